"""Tables: on the terminal while it runs, and in docs/performance.md."""

import json
import os
import statistics

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
PAGE = os.path.join(TOP, "docs/performance.md")
README = os.path.join(TOP, "README.md")


def with_ratios(rows, runs):
    """Beside raw best of the same round, as both met the machine in the same mood; the median of the rounds."""
    best = runs.get("raw_best")
    for row in rows if best else ():
        pairs = list(zip(runs[row["side"]], best))
        for n, name in enumerate(("ratio_best", "cpu_ratio_best")):
            row[name] = statistics.median(one[n] / other[n] if other[n] else 1.0 for one, other in pairs)
    return rows


def time(us):
    """Three figures, in a unit that suits."""
    for limit, unit, factor in ((1, "ns", 1000), (1000, "us", 1), (1_000_000, "ms", 1e-3)):
        if us < limit:
            return f"{us * factor:.3g} {unit}" if us * factor < 1000 else f"{us * factor:.0f} {unit}"
    return f"{us / 1e6:.3g} s"


def size(bytes):
    return f"{bytes / 1024:.0f} KiB"


def value(row):
    return size(row["us"]) if row["workload"].startswith("memory") else time(row["us"])


def begin(name, engine, delayed):
    print(f"\n{name}{', with 0.5 ms of network' if delayed else ''}: "
          + ", ".join(f"{side.name} ({side.about})" for side in engine.sides.values()))
    for side, why in engine.missing.items():
        print(f"  absent: {side}: {why}")
    print(f"{'':22} {'raw_best':>10} {'cpu':>8}   {'trivet':>10} {'x':>6} {'cpu x':>6}   others: x of raw_best")


def show(label, rows, disagreements, failures):
    by_side = {row["side"]: row for row in rows}
    best, ours = by_side.get("raw_best"), by_side.get("trivet")
    line = f"{label:22} "
    line += f"{value(best):>10} {time(best['cpu_us']):>8}   " if best else " " * 22
    if ours:
        line += f"{value(ours):>10} "
        line += f"{ours['ratio_best']:6.2f} {ours['cpu_ratio_best']:6.2f}   " if best else " " * 16
    line += ", ".join(f"{row['side']} {row['ratio_best']:.2f}" if best else f"{row['side']} {value(row)}"
                      for row in rows if row["side"] not in ("raw_best", "trivet"))
    print(line, flush=True)
    for side, sums in disagreements.items():
        print(f"    WRONG: {side} has the checksum {sums}")
    for side, why in failures.items():
        print(f"    {side} failed: {why}")


def show_generator(times, bytes):
    print("\nthe generator and its code")
    for name, us, cpu, peak in times:
        print(f"  {name}: {time(us)}, {time(cpu)} of CPU" + (f", {peak / 1024:.0f} MiB at most" if peak else ""))
    for name, count in bytes:
        print(f"  {name}: {count:,.0f}")


# --- docs/performance.md ------------------------------------------------------------------------

BEGIN, END = "<!-- {} begins -->\n", "<!-- {} ends -->\n"


def markdown_table(rows, sides):
    others = [side for side in sides if side not in ("trivet", "raw_best")]
    lines = ["| workload | raw best | Trivet | wall | CPU | " + " | ".join(others) + " |",
             "|---|--:|--:|--:|--:|" + "--:|" * len(others)]
    labels = list(dict.fromkeys(row["workload"] for row in rows))
    for label in labels:
        cells = {row["side"]: row for row in rows if row["workload"] == label}
        ours, best = cells.get("trivet"), cells.get("raw_best")
        line = f"| {label} | {value(best) if best else ''} | {value(ours) if ours else ''} | "
        line += f"{ours['ratio_best']:.2f} | {ours['cpu_ratio_best']:.2f} |" if ours and best else " | |"
        for side in others:
            cell = cells.get(side)
            line += f" {cell['ratio_best']:.2f} |" if cell and best else " |"
        lines.append(line)
    return "\n".join(lines) + "\n"


AHEAD = 0.95  # nearer than that is the same


def ahead(rows):
    """Where a peer takes less than Trivet: {workload: "peer wall CPU"}, as multiples of Trivet's."""
    found = {}
    for label in dict.fromkeys(row["workload"] for row in rows):
        cells = {row["side"]: row for row in rows if row["workload"] == label}
        ours = cells.pop("trivet", None)
        if not ours or label.startswith("memory"):
            continue
        for side, row in cells.items():
            if side.startswith("raw_") or not row["us"] or not ours["us"]:
                continue
            wall, cpu = row["us"] / ours["us"], row["cpu_us"] / ours["cpu_us"]
            if wall < AHEAD or cpu < AHEAD:
                found.setdefault(label, []).append(f"{side} {wall:.2f}, {cpu:.2f}")
    return found


def ahead_markdown(rows):
    found = ahead(rows)
    if not found:
        return ""
    lines = ["", "Where another library took less than Trivet (wall time and CPU as multiples of Trivet's, 1 and more "
             "in one of them where it is behind in that):", "", "| workload | |", "|---|---|"]
    return "\n".join(lines + [f"| {label} | " + "; ".join(peers) + " |" for label, peers in found.items()]) + "\n"


def markdown(results, engine):
    rows = [row for row in results["rows"] if row["engine"] == engine]
    sides = list(dict.fromkeys(row["side"] for row in rows))
    about = results["sides"][engine]
    text = "Sides: " + ", ".join(f"{side} ({about[side]})" for side in about) + ".\n\n" + markdown_table(rows, sides)
    text += ahead_markdown(rows)
    peaks = [f"{row['side']} {row['peak_kb'] / 1024:.0f} MiB" for row in rows if row["workload"] == "stream_1m"]
    if peaks:
        text += "\nMemory of the whole process at most during stream_1m: " + ", ".join(peaks) + ".\n"
    missing = dict(results["absent"], **results["missing"].get(engine, {}))
    if missing:
        text += "\nAbsent: " + "; ".join(f"{side} ({why})" for side, why in missing.items()) + ".\n"
    return text


def generator_markdown(times, bytes):
    lines = ["| | time | CPU | memory at most |", "|---|--:|--:|--:|"]
    lines += [f"| {name} | {time(us)} | {time(cpu)} | {f'{peak / 1024:.0f} MiB' if peak else ''} |"
              for name, us, cpu, peak in times]
    lines += ["", "| | bytes |", "|---|--:|"]
    lines += [f"| {name} | {count:,.0f} |" for name, count in bytes]
    return "\n".join(lines) + "\n"


# What the README shows.
SHORT = [
    ("one row by its key", "get"),
    ("100 rows of 8 columns", "find_100"),
    ("10,000 rows", "find_10k"),
    ("1,000 rows, their 10,000 children", "children_10k"),
    ("three levels, 100 x 10 x 10", "levels_100x10x10"),
    ("insert 100 rows", "insert_100"),
    ("insert 10,000 rows", "insert_10k"),
    ("update 10,000 rows by key", "update_10k"),
]


def short_markdown(rows):
    engines = list(dict.fromkeys(row["engine"] for row in rows))
    cells = {(row["workload"], row["engine"], row["side"]): row.get("ratio_best") for row in rows}
    text = "| | " + " | ".join(engines) + " |\n|---|" + "--:|" * len(engines) + "\n"
    for title, label in SHORT:
        pairs = [(cells.get((label, engine, "trivet")), cells.get((label, engine, "raw_naive"))) for engine in engines]
        text += f"| {title} | " + " | ".join(f"{ours:.2f} ({naive:.1f})" if ours and naive else "" for ours, naive
                                            in pairs) + " |\n"
    return text


def replace(page, name, text):
    begin, end = BEGIN.format(name), END.format(name)
    if begin not in page or end not in page:
        raise SystemExit(f"the page has no markers for {name}")
    return page[:page.index(begin) + len(begin)] + text + page[page.index(end):]


def write_section(name, text, path=PAGE):
    with open(path) as file:
        page = replace(file.read(), name, text)
    with open(path, "w") as file:
        file.write(page)


def write_markdown(results):
    for engine in results["sides"]:
        write_section(engine, markdown(results, engine))
    if len(results["sides"]) == 3:
        write_section("bench", short_markdown(results["rows"]), README)
    if "generator" in results:
        write_section("generator", generator_markdown(*results["generator"]))


def write_json(rows, path):
    with open(path, "w") as file:
        json.dump(rows, file, indent=1)
