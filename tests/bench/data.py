"""Makes the benchmark's data and loads it by the engines' own tools: no side is asked.

README.md ("The data") is the definition; here it is a second time, in Python.
"""

import datetime
import sqlite3
import subprocess
import tempfile

PERSONS, POSTS, COMMENTS, TAGS, BADGES, VISITS, NODES = 1_000, 10_000, 100_000, 200, 3_000, 5_000, 10_000


def item(i):
    return (i, i // 100, i * 7919 % 1000003, (i % 1000) / 2.0, f"item {i}",
            f"note {i % 1000}" if i % 3 else None, i % 2, 1600000000000000 + i * 1000001)


def person(i):
    return (i, f"person {i}", f"p{i}@example.org" if i % 4 else None, 20 + i % 50, 1500000000000000 + i * 1000001)


def post(i):
    return (i, (i - 1) % PERSONS + 1, f"post {i}", f"this is what post {i} has to say to those who read it", i % 100,
            1550000000000000 + i * 1000001)


def links():
    for n in range(1, POSTS + 1):
        for k in range(5):
            yield n, (n * 7 + k * 37) % TAGS + 1


def count(function, rows):
    return (function(i) for i in range(1, rows + 1))


def tables(items):
    """(table, columns that are a bool, columns that are a timestamp, rows)"""
    return [
        ("item", (6,), (7,), count(item, items)),
        ("person", (), (4,), count(person, PERSONS)),
        ("post", (), (5,), count(post, POSTS)),
        ("comment", (), (), ((i, (i - 1) % POSTS + 1, f"comment {i}", i % 10) for i in range(1, COMMENTS + 1))),
        ("tag", (), (), ((i, f"tag {i}") for i in range(1, TAGS + 1))),
        ("post_tag", (), (), links()),
        ("badge", (), (), ((i, (i - 1) % PERSONS + 1, f"badge {i % 30}", i % 5) for i in range(1, BADGES + 1))),
        ("visit", (), (3,), ((i, (i - 1) % PERSONS + 1, f"place {i % 100}", 1600000000000000 + i * 1000001)
                             for i in range(1, VISITS + 1))),
        ("node", (), (), ((i, (i - 2) // 4 + 1 if i > 1 else None, f"node {i}", i % 100)
                          for i in range(1, NODES + 1))),
    ]


EPOCH = datetime.datetime(1970, 1, 1)


def moment(microseconds):
    return str(EPOCH + datetime.timedelta(microseconds=microseconds))


def load_sqlite(path, ddl, items):
    database = sqlite3.connect(path)
    database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;" + ddl)
    for table, _, _, rows in tables(items):
        rows = iter(rows)
        first = next(rows)
        insert = f"INSERT INTO {table} VALUES ({', '.join('?' * len(first))})"
        database.execute(insert, first)
        database.executemany(insert, rows)
    database.commit()
    database.executescript("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def as_text(row, moments, null, suffix):
    return "\t".join(null if value is None else moment(value) + suffix if i in moments else str(value)
                     for i, value in enumerate(row)) + "\n"


def load_postgresql(url, ddl, items):
    psql = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url]
    subprocess.run(psql, input=ddl, text=True, check=True, stdout=subprocess.DEVNULL)
    for table, _, moments, rows in tables(items):
        copy = subprocess.Popen(psql + ["-c", f"COPY {table} FROM STDIN"], stdin=subprocess.PIPE, text=True,
                                bufsize=1 << 20)
        for row in rows:
            copy.stdin.write(as_text(row, moments, "\\N", "+00"))
        copy.stdin.close()
        if copy.wait() != 0:
            raise RuntimeError(f"COPY {table} failed")
    subprocess.run(psql + ["-c", "VACUUM ANALYZE"], check=True)


def mariadb(url, sql):
    subprocess.run(["mariadb", "--no-defaults", "-S", url.split("socket=")[1], "-u", "tester", "--password=s3cret!pass",
                    "--local-infile=1", "--default-character-set=utf8mb4", "test"],
                   input=sql, text=True, check=True, stdout=subprocess.DEVNULL)


def load_mariadb(url, ddl, items):
    mariadb(url, ddl)
    for table, _, moments, rows in tables(items):
        with tempfile.NamedTemporaryFile("w", suffix=".tsv", buffering=1 << 20) as file:
            for row in rows:
                file.write(as_text(row, moments, "\\N", ""))
            file.flush()
            mariadb(url, f"SET foreign_key_checks = 0; LOAD DATA LOCAL INFILE '{file.name}' INTO TABLE {table};"
                         f" ANALYZE TABLE {table}")


LOADERS = {"sqlite": load_sqlite, "postgresql": load_postgresql, "mariadb": load_mariadb}


def load(engine, url, ddl, items):
    LOADERS[engine](url.removeprefix("sqlite:"), ddl, items)
