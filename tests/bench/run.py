#!/usr/bin/env python3
"""Runs the benchmark. README.md beside this file tells what is measured and how.

Every side is one process that stays; for each workload the sides take turns, in an order that
changes from round to round, and only one works at a time. The figures are medians.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import databases
import instructions
import report
import sides
import workloads

HERE = os.path.dirname(os.path.abspath(__file__))
ENGINES = ("sqlite", "postgresql", "mariadb")
LONG_RUN_US = 3_000_000  # of which fewer rounds are enough


def arguments():
    parser = argparse.ArgumentParser(prog="./bench", description="Trivet beside hand-written C and other libraries.")
    parser.add_argument("--engine", action="append", choices=ENGINES, help="only this one; may be repeated")
    parser.add_argument("--workload", action="append", metavar="LABEL", help="only this one; may be repeated; "
                        "get stands for get itself, get* for all that begin so")
    parser.add_argument("--side", action="append", metavar="NAME", help="only this one; may be repeated")
    parser.add_argument("--rounds", type=int, help="9, and one before that warms up; with --quick only that")
    parser.add_argument("--json", metavar="FILE", help="writes every row there")
    parser.add_argument("--instructions", action="store_true", help="counts instructions instead (SQLite, callgrind)")
    parser.add_argument("--quick", action="store_true", help="little data, short runs: checks that the sides agree")
    parser.add_argument("--no-peers", action="store_true", help="only Trivet and hand-written C")
    parser.add_argument("--install-peers", action="store_true", help="lets the peers install what they need")
    parser.add_argument("--network", action="store_true", help="only the workloads with network delay")
    parser.add_argument("--plots", metavar="FOLDER", help="draws how the cost grows, instead of the tables")
    parser.add_argument("--markdown", action="store_true", help="writes the tables into docs/performance.md")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    chosen.engine = chosen.engine or list(ENGINES)
    chosen.rounds = chosen.rounds or (0 if chosen.quick else 9)
    return chosen


def wanted(label, patterns):
    return not patterns or any(label == p or (p.endswith("*") and label.startswith(p[:-1])) for p in patterns)


class Engine:
    """All sides on one engine."""

    def __init__(self, name, chosen, folder, peers, delayed=False):
        self.name, self.chosen, self.delayed = name, chosen, delayed
        self.database, self.sides, self.missing = folder, {}, {}
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

    def measure(self, label, workload, size, times):
        """The rows of one workload: one for each side that has it."""
        found = {side: [] for side in self.sides}
        sums, failures, peaks = {}, {}, {}
        for n in range(self.chosen.rounds + 1):  # the first one warms up
            order = list(found)
            for side in order[n % len(order):] + order[:n % len(order)] if order else ():
                if n > 3 and found[side][0][0] > LONG_RUN_US:
                    continue
                try:
                    self.sides[side].forget_peak()
                    answer = self.sides[side].run(workload, size, times)
                    peaks[side] = self.sides[side].peak()
                except (sides.Failure, OSError) as failure:
                    failures[side] = str(failure)
                    answer = None
                if answer is None:
                    del found[side]
                    continue
                found[side].append(answer[:2])
                sums.setdefault(side, set()).add(answer[2])
        rows = [self.row(label, side, runs if len(runs) == 1 else runs[1:], times, peaks[side])
                for side, runs in found.items() if runs]
        return report.with_ratios(rows), self.disagreements(sums), failures

    def row(self, label, side, runs, times, peak):
        return {"engine": self.name, "workload": label, "side": side,
                "us": statistics.median(wall for wall, _ in runs) / times,
                "cpu_us": statistics.median(cpu for _, cpu in runs) / times,
                "least_us": min(wall for wall, _ in runs) / times, "rounds": len(runs), "peak_kb": peak}

    @staticmethod
    def disagreements(sums):
        """Sides whose checksum is not that of the hand-written C, or of most."""
        every = [value for values in sums.values() for value in values]
        right = next(iter(sums.get("raw_best") or [statistics.mode(every)])) if every else None
        return {side: sorted(values) for side, values in sums.items() if values != {right}}

    def close(self):
        for side in self.sides.values():
            side.close()


def measure_engine(engine, chosen, results):
    for label, workload, size, times in engine.rows():
        rows, disagreements, failures = engine.measure(label, workload, size, times)
        results["rows"] += rows
        results["peers"] += [{"engine": engine.name, "side": side, "why": why, "workload": label}
                             for side, why in failures.items()]
        report.show(label, rows, disagreements, failures)
        results["wrong"] += [f"{engine.name}, {label}: {side} has the checksum {sums}"
                             for side, sums in disagreements.items()]
        results["wrong"] += [f"{engine.name}, {label}: {side}: {why}" for side, why in failures.items()
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
            try:
                measure_engine(engine, chosen, results)
            finally:
                engine.close()
    finally:
        database.stop()


def main():
    chosen = arguments()
    peers, missing = {}, {}
    if not chosen.no_peers and not chosen.instructions:
        peers, missing = sides.build_peers(HERE, chosen.build, chosen.install_peers, chosen.side)
    results = {"rows": [], "sides": {}, "missing": {}, "peers": [], "wrong": [], "absent": missing}
    # Short, for a server's socket; it is removed at the end.
    with tempfile.TemporaryDirectory(prefix="trv-bench-") as folder:
        os.chmod(folder, 0o755)
        if chosen.instructions:
            return instructions.count(chosen, folder, wanted)
        for name in chosen.engine:
            run_engine(name, chosen, folder, peers, results)
    for side, why in missing.items():
        print(f"absent: {side}: {why}")
    if chosen.json:
        with open(chosen.json, "w") as file:
            json.dump(results["rows"], file, indent=1)
    if chosen.markdown:
        report.write_markdown(results, os.path.join(HERE, "../../docs/performance.md"))
    for wrong in results["wrong"]:
        print(f"WRONG: {wrong}")
    return 1 if results["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
