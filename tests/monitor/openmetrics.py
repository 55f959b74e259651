#!/usr/bin/env python3
"""Reads an OpenMetrics file with Prometheus' own parser and prints its samples, a line each."""
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
print("samples")
for family in text_string_to_metric_families(text):
    for sample in family.samples:
        labels = ",".join(f"{name}={value}" for name, value in sample.labels.items()).replace("\n", "<newline>")
        print(f"{sample.name}{{{labels}}} {sample.value:.15g}")
