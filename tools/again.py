#!/usr/bin/env python3
"""Tests that failed beside others are run again, alone: what then passes was short of time, not wrong.

    tools/again.py LOG          the names of the tests that failed in a log of meson
    tools/again.py LOG AGAIN    the log, with those that were run again taken from the second one

The names of the tests that passed only alone go to standard error.
"""
import json
import sys


def read(path):
    with open(path, encoding="utf-8") as log:
        return [json.loads(line) for line in log]


def failed(test):
    return test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL")


first = read(sys.argv[1])
if len(sys.argv) == 2:
    print("\n".join(test["name"] for test in first if failed(test)))
    sys.exit()
second = {test["name"]: test for test in read(sys.argv[2])}
for test in first:
    if failed(test) and test["name"] in second:
        test = second[test["name"]]
        if not failed(test):
            print(test["name"], file=sys.stderr)
    print(json.dumps(test))
