#!/bin/sh
# The tracker on an engine prints what it prints on SQLite, but for the time that it took, and the number of
# statements of a page: trees go level by level on one engine, in one statement on another.
#
#     tests/tracker/engines.sh ENGINE WITH_DATABASE TRACKER MACHINE
#
# WITH_DATABASE lends a database on the engine's test server, MACHINE has `status` and `doc`.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../tools/tap.sh"
engine=$1
with_database=$2
tracker=$3
machine=$4

# timeless FILE: without "0.1 s", "8.0 ms" and the columns of times in the table of the three ways,
# whose widths go by the longest time; and without "(6 statements, ".
timeless() {
	sed -E -e 's/ +/ /g' -e 's/\([0-9]+ statements, /(/' -e 's/[0-9]+\.[0-9]+ (ms|s)\b/TIME/' -e '/^(eager|lazy|naive): /s/ +[0-9.]+ +[0-9.]+$/ TIMES/' "$1"
}

# on ENGINE COMMAND [OPTION...]: what the tracker prints, in a new database.
on() {
	on_engine=$1
	shift
	"$with_database" "$on_engine" "$tracker" "$@" --url URL --status "$machine/status" --docs "$machine/doc" \
		> "$tap_folder/$on_engine" 2> "$tap_folder/$on_engine.errors" ||
		{ cat "$tap_folder/$on_engine.errors"; return 1; }
	[ -s "$tap_folder/$on_engine" ] || { echo "it printed nothing"; return 1; }
	timeless "$tap_folder/$on_engine" > "$tap_folder/$on_engine.out"
}

# as_on_sqlite COMMAND [OPTION...]
as_on_sqlite() {
	on sqlite "$@" && on "$engine" "$@" && diff "$tap_folder/sqlite.out" "$tap_folder/$engine.out" &&
		diff "$tap_folder/sqlite.errors" "$tap_folder/$engine.errors"
}

# A second run of it reads what the first has written.
import_then_show() {
	"$with_database" "$1" sh -c '"$1" import --url "$2" --status "$3/status" --docs "$3/doc" > /dev/null 2>&1 &&
		"$1" show --url "$2"' sh "$tracker" URL "$machine" > "$tap_folder/$1" && timeless "$tap_folder/$1" > "$tap_folder/$1.out"
}

shows_the_same() {
	import_then_show sqlite && import_then_show "$engine" && [ -s "$tap_folder/sqlite.out" ] &&
		diff "$tap_folder/sqlite.out" "$tap_folder/$engine.out"
}

ok "the demo prints on $engine what it prints on sqlite" as_on_sqlite demo --search shell
ok "the import prints on $engine what it prints on sqlite" as_on_sqlite import
ok "what was imported on $engine is shown as on sqlite" shows_the_same

tap_done
