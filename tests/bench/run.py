#!/usr/bin/env python3
"""Runs the benchmark. README.md beside this file tells what is measured and how.

Every side is one process that stays; for each workload the sides take turns, in an order that
changes from round to round, and only one works at a time. The figures are medians.
"""

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time

import databases
import generator
import instructions
import plots
import report
import sides
import workloads

HERE = os.path.dirname(os.path.abspath(__file__))
ENGINES = ("sqlite", "postgresql", "mariadb")
ENOUGH_S = 3  # a side that took so long for a workload gets no more rounds of it


def arguments():
    parser = argparse.ArgumentParser(prog="./bench", description="Trivet beside hand-written C and other libraries.")
    parser.add_argument("--engine", action="append", choices=ENGINES, help="only this one; may be repeated")
    parser.add_argument("--workload", action="append", metavar="LABEL", help="only this one; may be repeated; "
                        "get stands for get itself, get* for all that begin so")
    parser.add_argument("--side", action="append", metavar="NAME", help="only this one; may be repeated")
    parser.add_argument("--rounds", type=int, help="9, and one before that warms up; with --quick only that")
    parser.add_argument("--json", metavar="FILE", help="writes every row there")
    parser.add_argument("--instructions", action="store_true", help="counts instructions instead, with callgrind: on "
                        "SQLite, or with --engine those of a server's client")
    parser.add_argument("--quick", action="store_true", help="little data, short runs: checks that the sides agree")
    parser.add_argument("--no-peers", action="store_true", help="only Trivet and hand-written C")
    parser.add_argument("--install-peers", action="store_true", help="lets the peers install what they need")
    parser.add_argument("--network", action="store_true", help="only the workloads with network delay")
    parser.add_argument("--plots", metavar="FOLDER", help="draws how the cost grows, instead of the tables")
    parser.add_argument("--markdown", action="store_true", help="writes the tables into docs/performance.md")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    part = chosen.workload or chosen.side or chosen.network or (chosen.quick and not chosen.instructions)
    if chosen.markdown and part:
        parser.error("--markdown writes whole tables: not with --quick, --workload, --side or --network")
    chosen.counted = chosen.engine or (list(ENGINES) if chosen.markdown else ["sqlite"])
    chosen.engine = chosen.engine or list(ENGINES)
    chosen.rounds = chosen.rounds or (0 if chosen.quick else 9)
    return chosen


def wanted(label, patterns):
    return not patterns or any(label == p or (p.endswith("*") and label.startswith(p[:-1])) for p in patterns)


class Engine:
    """All sides on one engine."""

    def __init__(self, name, chosen, database, peers, delayed=False):
        self.name, self.chosen, self.delayed = name, chosen, delayed
        self.database, self.sides = database, {}
        commands, self.missing = sides.commands(chosen.build, name, peers)
        for side, command in commands.items():
            if chosen.side and side not in chosen.side:
                continue
            try:
                url = self.database.url_with_delay() if delayed else self.database.url_for_side()
                self.sides[side] = sides.Side(side, command, name, url)
            except sides.Failure as failure:
                self.missing[side] = str(failure)

    def rows(self):
        table = workloads.NETWORK if self.delayed else workloads.TABLE
        for row in table:
            if self.chosen.quick:
                row = workloads.quick(row)
            label, workload, size, sqlite, servers = row
            times = sqlite if self.name == "sqlite" else servers
            if times and wanted(label, self.chosen.workload):
                yield label, workload, size, times

    def ask(self, side, workload, size, times, answers):
        """One run; False when this side is not to be asked again."""
        try:
            self.sides[side].forget_peak()
            answer = self.sides[side].run(workload, size, times)
            answers.peaks[side] = self.sides[side].peak()
        except (sides.Failure, OSError) as failure:
            answers.failures[side] = str(failure)
            self.restart(side)
            return False
        if answer is None:
            return False
        answers.runs.setdefault(side, []).append(answer[:2])
        answers.sums.setdefault(side, set()).add(answer[2])
        return True

    def restart(self, side):
        """One that hangs or has ended would fail from here on."""
        if not self.sides[side].dead:
            return
        old = self.sides[side]
        try:
            self.sides[side] = sides.Side(old.name, old.command, self.name, old.url)
        except sides.Failure as failure:
            self.missing[side] = str(failure)
            del self.sides[side]

    def measure(self, label, workload, size, times):
        """The rows of one workload, one for each side that has it; and what its sides answered."""
        answers = sides.Answers()
        going, spent = list(self.sides), {}
        for n in range(self.chosen.rounds + 1):  # the first one warms up
            for side in going[n % len(going):] + going[:n % len(going)] if going else ():
                began = time.monotonic()
                more = self.ask(side, workload, size, times, answers)
                spent[side] = spent.get(side, 0) + time.monotonic() - began
                if not more or n > 0 and spent[side] > ENOUGH_S:
                    going.remove(side)
        rows = [self.row(label, side, runs[1:] or runs, times, answers.peaks[side])
                for side, runs in answers.runs.items()]
        timed = {side: runs[1:] or runs for side, runs in answers.runs.items()}
        return report.with_ratios(rows, timed), answers

    def row(self, label, side, runs, times, peak):
        return {"engine": self.name, "workload": label, "side": side,
                "us": statistics.median(wall for wall, _ in runs) / times,
                "cpu_us": statistics.median(cpu for _, cpu in runs) / times,
                "least_us": min(wall for wall, _ in runs) / times, "rounds": len(runs), "peak_kb": peak}

    def close(self):
        for side in self.sides.values():
            side.close()


def measure_engine(engine, chosen, results):
    for label, workload, size, times in engine.rows():
        rows, answers = engine.measure(label, workload, size, times)
        disagreements = answers.disagreements()
        results["rows"] += rows
        report.show(label, rows, disagreements, answers.failures)
        results["wrong"] += [f"{engine.name}, {label}: {side} has the checksum {sums}"
                             for side, sums in disagreements.items()]
        results["wrong"] += [f"{engine.name}, {label}: {side}: {why}" for side, why in answers.failures.items()
                             if side in sides.OWN]


def run_engine(name, chosen, folder, peers, results):
    items = workloads.QUICK_ITEMS if chosen.quick else 1_000_000
    database = databases.Database(name, folder, os.path.join(HERE, "../servers"), chosen.build, items)
    try:
        for delayed in (False, True):
            if delayed and name == "sqlite" or chosen.network and not delayed:
                continue
            engine = Engine(name, chosen, database, peers, delayed)
            report.begin(name, engine, delayed)
            results["sides"][name] = {side.name: side.about for side in engine.sides.values()}
            results["missing"].setdefault(name, {}).update(engine.missing)
            # our own sides have to be there: one that is not would be compared with nothing
            results["wrong"] += [
                f"{name}: {side} is absent: {why}"
                for side, why in engine.missing.items()
                if side in sides.OWN and (not chosen.side or side in chosen.side)
            ]
            try:
                measure_engine(engine, chosen, results)
            finally:
                engine.close()
    finally:
        database.stop()


def main():
    chosen = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers and files go in that case, too
    peers, missing = {}, {}
    if not (chosen.no_peers or chosen.instructions or chosen.plots):
        peers, missing = sides.build_peers(HERE, chosen.build, chosen.install_peers, chosen.side)
    results = {"rows": [], "sides": {}, "missing": {}, "wrong": [], "absent": missing}
    # Short, for a server's socket; it is removed at the end.
    with tempfile.TemporaryDirectory(prefix="trv-bench-") as folder:
        os.chmod(folder, 0o755)
        if chosen.instructions:
            return instructions.count(chosen, folder, wanted)
        if chosen.plots:
            return plots.draw_all(chosen, folder)
        for name in chosen.engine:
            run_engine(name, chosen, folder, peers, results)
    if not (chosen.quick or chosen.workload or chosen.side or chosen.network):
        results["generator"] = generator.measure(chosen.build)
        report.show_generator(*results["generator"])
    for side, why in missing.items():
        print(f"absent: {side}: {why}")
    if chosen.json:
        report.write_json(results["rows"], chosen.json)
    if chosen.markdown:
        report.write_markdown(results)
    for wrong in results["wrong"]:
        print(f"WRONG: {wrong}")
    return 1 if results["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
