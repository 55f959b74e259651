"""Instructions, counted by callgrind: exact where a clock is not, and the same on every machine.

Only what is inside the sides' clock is counted. The profiles stay in BUILD/callgrind, for
callgrind_annotate.
"""

import os

import databases
import report
import sides
import workloads

LESS = 40  # times fewer repetitions: callgrind is that much slower


def rows(chosen, wanted, engine="sqlite"):
    for label, workload, size, sqlite, servers in workloads.TABLE:
        times = sqlite if engine == "sqlite" else servers
        # of threads only the first is counted, and Trivet connects in one of its own
        skipped = label.startswith(("pool", "threads", "memory", "open"))
        if times and not skipped and wanted(label, chosen.workload):
            yield label, workload, min(size, workloads.QUICK_ITEMS), max(1, min(times, times // LESS + 2))


def instructions(path):
    """Of one dump: the line "summary: N"."""
    with open(path) as file:
        return next(int(line.split()[1]) for line in file if line.startswith(("summary:", "totals:")))


def count_side(side, command, engine, url, chosen, todo):
    """{label: instructions of one repetition}. Each workload runs twice; the second is counted."""
    folder = os.path.join(chosen.build, "callgrind")
    os.makedirs(folder, exist_ok=True)
    base = os.path.join(folder, side if engine == "sqlite" else f"{engine}.{side}")
    wrapper = ["valgrind", "-q", "--tool=callgrind", "--collect-atstart=no", f"--callgrind-out-file={base}"]
    process = sides.Side(side, command, engine, url, wrapper)
    found, dump = {}, 0
    for label, workload, size, times in todo:
        answers = [process.run(workload, size, times), process.run(workload, size, times)]
        dump += 2
        for n in (dump - 1, dump):
            if n == dump and answers[0]:
                os.replace(f"{base}.{n}", f"{base}.{label}")
                found[label] = instructions(f"{base}.{label}") / times
            elif os.path.exists(f"{base}.{n}"):
                os.unlink(f"{base}.{n}")
    process.close()
    return found


def count(chosen, folder, wanted):
    rows = [row for engine in chosen.counted for row in count_engine(engine, chosen, folder, wanted)]
    if chosen.json:
        report.write_json(rows, chosen.json)
    print(f"profiles: callgrind_annotate {chosen.build}/callgrind/[ENGINE.]SIDE.LABEL")
    return 0


def count_engine(engine, chosen, folder, wanted):
    scripts = os.path.join(os.path.dirname(__file__), "../servers")
    database = databases.Database(engine, folder, scripts, chosen.build, workloads.QUICK_ITEMS)
    try:
        todo = list(rows(chosen, wanted, engine))
        commands, _ = sides.commands(chosen.build, engine, {})
        found = {side: count_side(side, command, engine, database.url_for_side(), chosen, todo)
                 for side, command in commands.items() if side in (chosen.side or ("trivet", "raw_best"))}
    finally:
        database.stop()
    print(f"{engine}: " + ("instructions" if engine == "sqlite" else "instructions of the client"))
    show(todo, found)
    if chosen.markdown:
        report.write_section(f"{engine} instructions", markdown(todo, found))
    return [{"engine": engine, "workload": label, "side": side, "instructions": counts.get(label)}
            for side, counts in found.items() for label, *_ in todo]


def ratio(found, side, label):
    best, other = found.get("raw_best", {}).get(label), found.get(side, {}).get(label)
    return f"{other / best:.3f}" if best and other else ""


def show(todo, found):
    print(f"{'instructions':22} " + " ".join(f"{side:>13}" for side in found) + "   trivet / raw_best")
    for label, *_ in todo:
        print(f"{label:22} " + " ".join(f"{counts.get(label, 0):13,.0f}" for counts in found.values())
              + "   " + ratio(found, "trivet", label))


def markdown(todo, found):
    text = "| workload | raw best | Trivet | ratio |\n|---|--:|--:|--:|\n"
    for label, *_ in todo:
        text += f"| {label} | " + " | ".join(f"{found.get(side, {}).get(label, 0):,.0f}" for side in
                                           ("raw_best", "trivet"))
        text += f" | {ratio(found, 'trivet', label)} |\n"
    return text
