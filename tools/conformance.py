#!/usr/bin/env python3
"""How many cases of the conformance suite each engine ran, from a log of meson; they must be equal.

A case that an engine's quirks file skips, with its reason, counts as one that is there.
"""
import json
import re
import sys

LINE = re.compile(r"^# (\w+): (\d+) cases ran, (\d+) failed, (\d+) skipped", re.M)

counts = {}
for text in open(sys.argv[1], encoding="utf-8"):
    test = json.loads(text)
    if re.fullmatch(r"conformance-(sqlite|postgresql|mariadb)", test["name"]):
        for engine, ran, failed, skipped in LINE.findall(test.get("stdout", "") + test.get("stderr", "")):
            counts[engine] = (int(ran), int(failed), int(skipped))
for engine, (ran, failed, skipped) in sorted(counts.items()):
    print(f"{engine}: {ran} cases ran, {failed} failed, {skipped} skipped by its quirks file")
totals = {ran + skipped for ran, failed, skipped in counts.values()}
if len(totals) != 1:
    print("the engines did not run the same cases")
    sys.exit(1)
