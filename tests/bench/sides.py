"""The sides as processes: started once, asked again and again, one at a time."""

import os
import select
import statistics
import subprocess
import time

OWN = ("trivet", "raw_best", "raw_naive")
PROGRAMS = {
    "trivet": "bench-trivet",
    "raw_best": "bench-{engine}-best",
    "raw_naive": "bench-{engine}-naive",
}


class Failure(Exception):
    pass


class Side:
    """One program on one database."""

    def __init__(self, name, command, engine, url, wrapper=()):
        self.name, self.command, self.url = name, command, url
        self.left = b""
        self.dead = None
        self.process = subprocess.Popen([*wrapper, *command, "--engine", engine, "--url", url], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        line = self.read(120)
        word, _, self.about = line.partition(" ")
        if word != "ready":
            self.close()
            raise Failure(self.about or line or "it ended without a word")

    def read(self, seconds):
        end = time.monotonic() + seconds
        while b"\n" not in self.left:
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                self.close()
                self.dead = f"no answer in {seconds} s"
                raise Failure(self.dead)
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                self.dead = f"it ended, with status {self.process.wait()}"
                raise Failure(self.dead)
            self.left += piece
        line, _, self.left = self.left.partition(b"\n")
        return line.decode(errors="replace").strip()

    def run(self, workload, size, times, seconds=180):
        """(us, cpu_us, checksum) of all repetitions, or None when it has no such thing."""
        if self.dead:
            raise Failure(self.dead)
        self.process.stdin.write(f"run {workload} {size} {times}\n".encode())
        self.process.stdin.flush()
        word, *rest = self.read(seconds).split(" ", 3)
        if word == "none":
            return None
        if word != "ok" or len(rest) != 3:
            raise Failure(" ".join(rest) or word)
        return float(rest[0]), float(rest[1]), int(rest[2])

    def forget_peak(self):
        try:
            with open(f"/proc/{self.process.pid}/clear_refs", "w") as file:
                file.write("5")
        except OSError:
            pass

    def peak(self):
        """KiB of memory at most since forget_peak."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("VmHWM")), 0)

    def close(self):
        try:
            self.process.stdin.close()
        except OSError:
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Answers:
    """What the sides said to one workload."""

    def __init__(self):
        self.runs, self.sums, self.peaks, self.failures = {}, {}, {}, {}

    def disagreements(self):
        """Sides whose checksum is not that of the hand-written C, or of most."""
        every = [value for values in self.sums.values() for value in values]
        right = next(iter(self.sums.get("raw_best") or [statistics.mode(every)])) if every else None
        return {side: sorted(values) for side, values in self.sums.items() if values != {right}}


def commands(build, engine, peers):
    """{name: command} of what could run, and {name: why not} of what cannot."""
    there, missing = {}, {}
    for name in OWN:
        program = os.path.join(build, "tests/bench", PROGRAMS[name].format(engine=engine))
        if os.path.exists(program):
            there[name] = [program]
        else:
            missing[name] = "was not built"
    there.update({name: [script, "run", folder] for name, (script, folder) in peers.items()})
    return there, missing


def build_peers(source, build, install, only):
    """{name: (script, folder)} of the peers that can run here, and {name: why not}."""
    there, missing = {}, {}
    root = os.path.join(source, "peers")
    for name in sorted(os.listdir(root)) if os.path.isdir(root) else ():
        script = os.path.join(root, name, "peer")
        if not os.access(script, os.X_OK) or (only and name not in only):
            continue
        folder = os.path.join(build, "peers", name)
        os.makedirs(folder, exist_ok=True)
        if install:
            subprocess.run([script, "install", folder], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        made = subprocess.run([script, "build", folder], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if made.returncode == 0:
            there[name] = (script, folder)
        else:
            said = (made.stdout.strip() or made.stderr.strip() or "it could not be built").splitlines()
            missing[name] = said[-1]
    return there, missing
