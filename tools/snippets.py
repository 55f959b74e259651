#!/usr/bin/env python3
"""Takes a document apart, so that what it shows can be run.

    tools/snippets.py DOCUMENT SECTION FOLDER

Of the section (up to the next heading of its level) it writes into FOLDER: each block
that comes after a line "`name`:" as the file `name`, all blocks of shell as `commands.sh`,
and the block after "It prints:" as `expected`.
"""
import os
import re
import sys

FENCE = re.compile(r"^```(\w*)$")
FILE = re.compile(r"^`([\w.]+)`:$")


def section_of(text, title):
    start = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    if not start:
        sys.exit(f"snippets: there is no section {title!r}")
    rest = text[start.end():]
    end = re.search(rf"^{start.group(1)} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def blocks_of(text):
    """(what stands above, language, content) of each block."""
    above, language, content = "", None, []
    for line in text.splitlines():
        fence = FENCE.match(line)
        if language is None and fence:
            language, content = fence.group(1), []
        elif language is not None and line == "```":
            yield above, language, "\n".join(content) + "\n"
            above, language = "", None
        elif language is not None:
            content.append(line)
        elif line.strip():
            above = line


def main():
    document, title, folder = sys.argv[1:]
    with open(document, encoding="utf-8") as file:
        section = section_of(file.read(), title)
    commands = ""
    for above, language, content in blocks_of(section):
        named = FILE.match(above)
        if language == "sh":
            commands += content
            continue
        name = named.group(1) if named else "expected" if above == "It prints:" else None
        if name:
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(content)
    with open(os.path.join(folder, "commands.sh"), "w", encoding="utf-8") as file:
        file.write(commands)


main()
