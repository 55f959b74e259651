"""The databases: a file for each side on SQLite, a server of its own for each other engine."""

import os
import shutil
import subprocess

import data

# The same for all sides. What is not durable here is not durable for anyone: fsync is off.
POSTGRESQL = "shared_buffers = 512MB\nautovacuum = off\nmax_wal_size = 4GB\njit = off\n"
MARIADB = "SET GLOBAL innodb_buffer_pool_size = 1073741824"
NETWORK_US = 250  # each way


class Database:
    """One engine with the data in it."""

    def __init__(self, engine, folder, scripts, build, items):
        self.engine, self.folder, self.build = engine, os.path.join(folder, engine), build
        self.script = os.path.join(scripts, engine + ".sh")
        self.copies, self.proxy = 0, None
        os.makedirs(self.folder)
        ddl = subprocess.run([os.path.join(build, "codegen/trivet"), "ddl", "--engine", engine,
                              os.path.join(os.path.dirname(__file__), "bench.trv")],
                             check=True, capture_output=True, text=True).stdout
        self.url = self.start()
        data.load(engine, self.url, ddl, items)

    def start(self):
        if self.engine == "sqlite":
            return "sqlite:" + os.path.join(self.folder, "bench.db")
        environment = dict(os.environ, TRIVET_TEST_POSTGRESQL_CONF=POSTGRESQL)
        url = subprocess.run([self.script, "start", self.folder, str(os.getpid())], env=environment, check=True,
                             stdout=subprocess.PIPE, text=True).stdout.strip()
        if self.engine == "mariadb":
            data.mariadb(url, MARIADB)
        return url

    def url_for_side(self):
        """On SQLite each side has a file of its own."""
        if self.engine != "sqlite":
            return self.url
        self.copies += 1
        path = os.path.join(self.folder, f"side{self.copies}.db")
        shutil.copyfile(self.url.removeprefix("sqlite:"), path)
        return "sqlite:" + path

    def url_with_delay(self):
        """By way of a proxy that delays what passes, half a millisecond for both ways together."""
        base, query = self.url.split("?")
        socket = query.split("=", 1)[1]
        if self.engine == "postgresql":
            socket += "/.s.PGSQL.5432"
        if not self.proxy:
            self.proxy = subprocess.Popen([os.path.join(self.build, "tests/bench/bench-delay"), socket,
                                           str(NETWORK_US)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.port = int(self.proxy.stdout.readline())
        return base.replace("@/", f"@127.0.0.1:{self.port}/")

    def stop(self):
        if self.proxy:
            self.proxy.stdin.close()  # it ends with its input
            self.proxy.wait()
        if self.engine != "sqlite":
            subprocess.run([self.script, "stop", self.folder], stdout=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)
