#!/usr/bin/env python3
"""Writes what of the public headers is frozen, in a form that a test can hold against them.

    tests/abi/store.py > tests/abi/driver_abi_1.h

Until the first release, that line is all it takes to change the driver ABI. From then on the
file stays as it is: what comes after it is appended to struct trv_driver or struct trv_dialect.
"""
import re
import subprocess
import sys
from pathlib import Path

INCLUDE = Path(__file__).resolve().parents[2] / "core/include"
WHOLE = ("driver.h", "plugin.h", "model.h", "types.h", "arena.h")
# Of these headers, what drivers see.
PARTS = {"status.h": ("trv_status", "trv_error"), "session.h": ("trv_isolation", "trv_transaction_options")}
GROWS = ("trv_driver", "trv_dialect")
# How many there are by now; all but this one may become more.
COUNTS = ("TRV_FEATURE_COUNT",)
VERSIONS = ("TRV_DRIVER_ABI", "TRV_PLUGIN_ABI", "TRV_GENERATED_ABI", "TRV_MAX_NEEDS", "TRV_MAX_KEY", "TRV_MAX_COLUMNS",
            "TRV_FEATURE_ROOM", "TRV_TYPE_ROOM")


def preprocessed():
    """(header, text) of what the compiler sees, without comments; in pieces."""
    source = "#include <trivet/driver.h>\n#include <trivet/plugin.h>\n"
    text = subprocess.run(["cc", "-std=c11", "-E", f"-I{INCLUDE}", "-xc", "-"], input=source, text=True, check=True,
                          capture_output=True).stdout
    header, texts = "", {}
    for line in text.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            header = Path(marker[1]).name if str(INCLUDE) in marker[1] else ""
        else:
            texts[header] = texts.get(header, "") + line + "\n"
    return texts


def body_at(text, opening):
    depth = 0
    for i in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return text[opening + 1:i]
    raise ValueError("an open brace")


def definitions(texts):
    for header in texts:
        for found in re.finditer(r"^(struct|enum) (trv_\w+)\s*\{", texts[header], re.M):
            name = found[2]
            if header in WHOLE or name in PARTS.get(header, ()):
                yield found[1], name, " ".join(body_at(texts[header], found.end() - 1).split())


def declarations(body):
    depth, start = 0, 0
    for i, letter in enumerate(body):
        depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(letter, 0)
        if letter == ";" and depth == 0:
            yield body[start:i].strip()
            start = i + 1


def members(body, path=""):
    """(path, whether it is a struct or union that is written out)"""
    for declaration in declarations(body):
        inner = re.match(r"(?:struct|union) \{(.*)\} (\w+)$", declaration)
        if inner:
            yield path + inner[2], True
            yield from members(inner[1], path + inner[2] + ".")
        elif re.search(r"\(\*(\w+)\)", declaration):
            yield path + re.search(r"\(\*(\w+)\)", declaration)[1], False
        else:
            for declarator in declaration.split(","):
                yield path + re.search(r"(\w+)\s*(?:\[[^]]*\]\s*)*$", declarator)[1], False


def values(body):
    return [part.split("=")[0].strip() for part in body.split(",") if part.strip()]


def table(name, comment, rows):
    print(f"\n/* {comment} */\n#define {name}(X) \\")
    print(" \\\n".join("\t" + row for row in rows))


def main():
    found = list(definitions(preprocessed()))
    structs = [(name, body) for kind, name, body in found if kind == "struct"]
    enums = [(name, body) for kind, name, body in found if kind == "enum"]
    print("/*\n * Written by tests/abi/store.py; not to be edited. The driver ABI as it was when it was frozen:\n"
          " * the same structs under other names, whose members are of today's types.\n */\n"
          "#ifndef TRIVET_TESTS_DRIVER_ABI_1_H\n#define TRIVET_TESTS_DRIVER_ABI_1_H\n\n#include <trivet/driver.h>\n#include <trivet/plugin.h>\n\n/* clang-format off */")
    for name, body in enums:
        print(f"\nenum abi1_{name[4:]} {{")
        for value in body.split(","):
            if value.strip():
                print(f"\t{value.strip().replace('TRV_', 'ABI1_')},")
        print("};")
    for name, body in structs:
        print(f"\nstruct abi1_{name[4:]} {{")
        for declaration in declarations(body):
            print(f"\t{declaration.replace('[TRV_', '[ABI1_')};")
        print("};")
    table("ABI1_STRUCTS", "X(name, whether it may grow at its end)",
          [f"X({name[4:]}, {int(name in GROWS)})" for name, _ in structs])
    table("ABI1_MEMBERS", "X(struct, member, whether its type can be compared)",
          [f"X({name[4:]}, {path}, {int(not written_out)})" for name, body in structs
           for path, written_out in members(body)])
    table("ABI1_VALUES", "X(constant without its prefix)",
          [f"X({value[4:]})" for _, body in enums for value in values(body) if value not in COUNTS])
    print("\n/* X(constant without its prefix, value) */")
    probe = "#include <trivet/driver.h>\n#include <trivet/plugin.h>\n" + "\n".join(f"@{name} {name}" for name in VERSIONS)
    text = subprocess.run(["cc", "-std=c11", "-E", "-P", f"-I{INCLUDE}", "-xc", "-"], input=probe, text=True,
                          check=True, capture_output=True).stdout
    numbers = [line.split()[-1] for line in text.splitlines() if line.startswith("@")]
    print("#define ABI1_NUMBERS(X) \\")
    print(" \\\n".join(f"\tX({name[4:]}, {number})" for name, number in zip(VERSIONS, numbers)))
    print("\n/* clang-format on */\n\n#endif")


if __name__ == "__main__":
    sys.exit(main())
