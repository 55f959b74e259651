"""What the generator and its output cost: `trivet generate`, and compiling what it makes."""

import os
import subprocess
import tempfile
import time

MODEL = """/// Model {i}.
model thing{i} {{
  id       int64          = auto  primary
  {owner}
  title    text(100)
  note     text?
  state    bool           = false
  amount   decimal(10,2)  = 0
  weight   float64
  due      date?
  created  timestamp      = now

  {many}
  index (owner)
}}

"""


def schema(models):
    """Each refers to the one before it, which has the list of those that refer to it."""
    return "".join(MODEL.format(i=i, owner=f"owner -> thing{max(i - 1, 0)}",
                                many=f"things [thing{i + 1}] by owner" if i + 1 < models and i else "")
                   for i in range(models))


def run(command):
    """(us, CPU us)"""
    start = time.monotonic()
    pid = subprocess.Popen(command).pid
    _, status, usage = os.wait4(pid, 0)
    took = (time.monotonic() - start) * 1e6
    if status:
        raise RuntimeError(f"{command[0]} failed")
    return took, (usage.ru_utime + usage.ru_stime) * 1e6


def peak(command):
    """KiB at most, as often as it can be looked at: what wait4 tells includes what we were when it was forked."""
    process = subprocess.Popen(command)
    most = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as file:
                most = max([most] + [int(line.split()[1]) for line in file if line.startswith("VmHWM")])
        except OSError:
            break
        time.sleep(0.0005)
    process.wait()
    return most


def best(command, times=5):
    runs = [run(command) for _ in range(times)]
    return min(runs)[0], min(cpu for _, cpu in runs), peak(command)


def generate(build, models, folder):
    path = os.path.join(folder, f"many{models}.trv")
    with open(path, "w") as file:
        file.write(schema(models))
    return best([os.path.join(build, "codegen/trivet"), "generate", path, "-o", folder])


def sizes(path):
    """text + data of an object file."""
    line = subprocess.run(["size", path], check=True, capture_output=True, text=True).stdout.splitlines()[1].split()
    return int(line[0]) + int(line[1])


def compile_source(source, folder, models):
    include = os.path.join(os.path.dirname(__file__), "../../core/include")
    command = ["gcc", "-std=c11", "-O2", "-I", include, "-I", folder, "-c"]
    user = os.path.join(folder, "user.c")
    with open(user, "w") as file:
        file.write(f'#include "many{models}.trv.h"\n'
                   "int count(struct trv_session *s, uint64_t *n);\n"
                   "int count(struct trv_session *s, uint64_t *n) { return thing1_count(s, n, NULL); }\n")
    tables = best(command + [source, "-o", source + ".o"], 3)
    header = best(command + [user, "-o", user + ".o"], 3)
    return tables, header, sizes(source + ".o"), sizes(user + ".o")


def measure(build, models=500, compiled=100):
    """([(what, us, CPU us, KiB at most; 0 where a compiler's processes are several)], [(what, bytes)])"""
    with tempfile.TemporaryDirectory() as folder:
        took, cpu, peak = generate(build, models, folder)
        generate(build, compiled, folder)
        source = os.path.join(folder, f"many{compiled}.trv.c")
        tables, header, table_bytes, user_bytes = compile_source(source, folder, compiled)
    return [
        (f"trivet generate, {models} models", took, cpu, peak),
        (f"compiling the tables, for each model of {compiled}", tables[0] / compiled, tables[1] / compiled, 0),
        (f"compiling a file that includes the header of {compiled} models, for each", header[0] / compiled,
         header[1] / compiled, 0),
    ], [("object code of the tables, bytes for each model", table_bytes / compiled),
        ("object code of a file that counts one model's rows, bytes", user_bytes)]
