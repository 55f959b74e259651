#!/usr/bin/env python3
"""Counts the tests of one stage and says what failed and what was skipped.

    tools/tally.py FILE      a log of `meson test` (testlog.json), or TAP

Prints for people, and as its last line "PASSED FAILED SKIPPED".
"""
import collections
import json
import re
import sys

RESULT = re.compile(r"^(not )?ok\b *\d* *-? *(.*)$")
SKIP = re.compile(r"^(.*?) *# *skip\S* *(.*)$", re.IGNORECASE)
ALL_SKIPPED = re.compile(r"^1\.\.0 *# *skip\S* *(.*)$", re.IGNORECASE)
# What meson makes of a program that ended well.
GOOD = {"OK", "SKIP", "EXPECTEDFAIL"}


class Tally:
    def __init__(self):
        self.passed = 0
        self.failures = []
        self.skips = collections.Counter()

    def add_tap(self, program, text):
        """The lines of one program; returns how many tests it had."""
        count = 0
        comments = []
        for line in text.splitlines():
            whole = ALL_SKIPPED.match(line)
            found = RESULT.match(line)
            if whole:
                self.skips[whole.group(1)] += 1
                count += 1
            elif found:
                count += 1
                self.add_result(program, bool(found.group(1)), found.group(2), comments)
            if line.startswith("#"):
                comments.append(line)
            else:
                comments = []
        return count

    def add_result(self, program, failed, name, comments):
        skipped = SKIP.match(name)
        if failed:
            self.failures.append((f"{program}: {name}", comments))
        elif skipped:
            self.skips[skipped.group(2) or "no reason given"] += 1
        else:
            self.passed += 1

    def add_program(self, test):
        """One entry of meson's log."""
        name = test["name"]
        output = test.get("stdout") or ""
        before = len(self.failures)
        count = self.add_tap(name, output)
        if test["result"] in GOOD:
            if count == 0:
                self.passed += 1
        elif len(self.failures) == before:
            # It crashed, timed out, or said less than its plan promised.
            tail = (output + (test.get("stderr") or "")).splitlines()[-40:]
            self.failures.append((f"{name}: {test['result']}, exit status {test['returncode']}", tail))
        elif test.get("stderr"):
            self.failures[-1][1].extend(test["stderr"].splitlines()[-20:])

    def report(self):
        for name, lines in self.failures:
            print(f"    FAILED  {name}")
            for line in lines:
                print(f"            {line}")
        for reason, count in self.skips.items():
            print(f"    skipped {count}: {reason}")
        print(self.passed, len(self.failures), sum(self.skips.values()))


def check_plan(tally, text):
    """A script that ended early has no plan, or fewer tests than planned."""
    plan = re.search(r"^1\.\.(\d+)", text, re.MULTILINE)
    count = len(re.findall(r"^(?:not )?ok\b", text, re.MULTILINE))
    if not plan or int(plan.group(1)) != count:
        tally.failures.append(("it ended before its last test", text.splitlines()[-20:]))


def main():
    tally = Tally()
    path = sys.argv[1]
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    if path.endswith(".json"):
        for line in text.splitlines():
            tally.add_program(json.loads(line))
        if not text.strip():
            tally.failures.append(("no test was run", []))
    else:
        tally.add_tap("test", text)
        check_plan(tally, text)
    tally.report()


main()
