#!/usr/bin/env python3
"""Makes a program of the guide: each piece of C runs, in order, on one database.

    tests/install/guide.py GUIDE FOLDER

Writes library.trv and guide.c into FOLDER. A piece that defines something stays as it is;
any other becomes the body of a function. A first line `/* 2 statements */` is compared
with the session's counter. The program writes TAP.
"""
import os
import re
import sys

PIECE = re.compile(r"^```(c?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DEFINES = re.compile(r"^(?:static (?:int|const struct \w+) \w+(?:\[\])?(?:\(| =)|struct \w+ \{)")
COUNT = re.compile(r"^/\* (\d+) statements? \*/")
HEADING = re.compile(r"^## (.*)$", re.MULTILINE)

HEAD = """#include <stdio.h>
#include <string.h>
#include <trivet/trivet.h>
#include "library.trv.h"

struct piece {
	int (*run)(struct trv_session *s);
	const char *name;
	long statements; /* -1: any number */
};

"""

TAIL = """
static bool try(struct trv_session *s, const struct piece *piece)
{
	struct trv_session_stats before, after;

	trv_session_stats(s, &before);
	int r = piece->run(s);
	trv_session_stats(s, &after);
	long statements = (long)(after.statements - before.statements);
	if (r < 0)
		printf("#   %s: %s\\n", trv_status_name(r), trv_error(s)->message);
	if (piece->statements >= 0 && statements != piece->statements)
		printf("#   %ld statements, the guide says %ld\\n", statements, piece->statements);
	return r >= 0 && (piece->statements < 0 || statements == piece->statements);
}

int main(int argc, char **argv)
{
	const char *url = argc > 1 ? argv[1] : "sqlite::memory:";
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	struct trv_session *s = NULL;
	size_t failed = 0;

	int r = trv_open(&db, &(struct trv_options){ .url = url, .models = &library_models }, &error);
	if (r == 0)
		r = trv_session_open(db, &s, &error);
	if (r < 0) {
		printf("Bail out! %s\\n", error.message);
		return 1;
	}
	printf("1..%zu\\n", TRV_COUNT_OF(pieces));
	for (size_t i = 0; i < TRV_COUNT_OF(pieces); i++) {
		bool held = try(s, &pieces[i]);
		failed += !held;
		printf("%sok %zu - the guide: %s\\n", held ? "" : "not ", i + 1, pieces[i].name);
	}
	trv_session_close(s);
	trv_close(db);
	return failed > 0;
}
"""


def main():
    guide, folder = sys.argv[1:]
    with open(guide, encoding="utf-8") as file:
        text = file.read()
    program, pieces, schema = HEAD, [], None
    for found in PIECE.finditer(text):
        language, body = found.groups()
        if not language:
            schema = body
        elif DEFINES.match(body):
            program += body + "\n"
        else:
            count = COUNT.match(body)
            section = HEADING.findall(text[: found.start()])[-1]
            name = f"piece_{len(pieces) + 1}"
            pieces.append((name, f"{section}, {len(pieces) + 1}", count.group(1) if count else "-1"))
            code = re.sub(r"^(?=.)", "\t", body, flags=re.MULTILINE)
            end = "" if re.search(r"^return [^\n]*(?:\n\t[^\n]*|\n\}\);)*\n?\Z", body, re.MULTILINE) else "\treturn 0;\n"
            program += f"static int {name}(struct trv_session *s)\n{{\n\t(void)s;\n{code}{end}}}\n\n"
    table = "".join(f'\t{{ {name}, "{title}", {count} }},\n' for name, title, count in pieces)
    program += "static const struct piece pieces[] = {\n" + table + "};\n" + TAIL
    for name, content in (("library.trv", schema), ("guide.c", program)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(content)


main()
