"""How the cost grows as the work grows: one PNG for each thing that grows, drawn by gnuplot."""

import os
import shutil
import subprocess
import tempfile

import databases
import generator
import sides
import workloads

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = (10, 20, 50, 100, 200, 500, 1000)
ROUNDS = 5


def points(engine, build, folder, series):
    """{side: [(value, us of one repetition)]} for one series, the least of some rounds."""
    found = {}
    database = databases.Database(engine, folder, os.path.join(HERE, "../servers"), build, 120_000)
    commands, _ = sides.commands(build, engine, {})
    running = [sides.Side(name, commands[name], engine, database.url_for_side()) for name in ("raw_best", "trivet")]
    for name, _, values in series:
        for value, workload, size, times in values:
            best = {}
            for _ in range(ROUNDS):
                for side in running:
                    us = side.run(workload, size, times)[0] / times
                    best[side.name] = min(best.get(side.name, us), us)
            for side, us in best.items():
                found.setdefault(name, {}).setdefault(side, []).append((value, us))
    for side in running:
        side.close()
    database.stop()
    return found


def block(name, rows):
    return f"${name} << END\n" + "".join(f"{x} {y}\n" for x, y in rows) + "END\n"


def draw(path, title, what, panels, logarithmic=True, unit="µs"):
    """One panel beside the other: {title: {line: [(x, y)]}}"""
    script = f"set terminal pngcairo size {520 * len(panels)},420 font 'sans,10'\nset output '{path}'\n"
    script += f"set multiplot layout 1,{len(panels)} title '{title}'\nset grid\nset key top left\n"
    script += f"set xlabel '{what}'\nset ylabel '{unit}'\n"
    script += "set logscale xy\n" if logarithmic else "set xrange [0:*]\nset yrange [0:*]\n"
    for i, (panel, lines) in enumerate(panels.items()):
        for k, (line, rows) in enumerate(lines.items()):
            script += block(f"d{i}_{k}", rows)
        script += f"set title '{panel}'\nplot " + ", ".join(
            f"$d{i}_{k} with linespoints pt {5 + 2 * k} title '{line}' noenhanced"
            for k, line in enumerate(lines)) + "\n"
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    print(path)


def draw_models(build, folder):
    with tempfile.TemporaryDirectory() as scratch:
        measured = [(models, generator.generate(build, models, scratch)) for models in MODELS]
    panels = {"time": {"trivet generate": [(n, us / 1000) for n, (us, _, _) in measured]},
              "memory": {"trivet generate": [(n, kib / 1024) for n, (_, _, kib) in measured]}}
    draw(os.path.join(folder, "models.png"), "Generating code", "models", panels, logarithmic=False, unit="ms, MiB")


def draw_all(chosen, scratch):
    if not shutil.which("gnuplot"):
        raise SystemExit("the plots need gnuplot: apt install gnuplot-nox")
    os.makedirs(chosen.plots, exist_ok=True)
    found = {engine: points(engine, chosen.build, scratch, workloads.SCALING) for engine in chosen.engine}
    for name, what, _ in workloads.SCALING:
        draw(os.path.join(chosen.plots, name + ".png"), what.capitalize(), what,
             {engine: found[engine][name] for engine in found}, logarithmic=name != "threads")
    draw_models(chosen.build, chosen.plots)
    return 0
