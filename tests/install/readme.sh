#!/bin/sh
# What the README has a newcomer type, typed into a shell: in a copy of the tree, with an
# empty home. Only the packages are taken as installed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$top/tools/tap.sh"

export HOME="$tap_folder/home"
clone=$tap_folder/clone
snippets=$tap_folder/snippets
mkdir -p "$HOME" "$clone" "$snippets"
(cd "$top" && tar cf - --exclude='./build*' --exclude=./.git .) | tar xf - -C "$clone"
"$top/tools/snippets.py" "$top/README.md" "The first five minutes" "$snippets" || exit 1

# The files are written where the commands go to work; the line for apt is left out.
sed -e '/^sudo apt install /d' -e "s|^cd ~/notes\$|&; cp '$snippets'/notes.trv '$snippets'/hello.c .|" \
	"$snippets/commands.sh" > "$tap_folder/typed.sh"

typed() {
	cd "$clone" && sh -e "$tap_folder/typed.sh" > "$tap_folder/output" || { cat "$tap_folder/output"; return 1; }
}

promised() {
	tail -n "$(wc -l < "$snippets/expected")" "$tap_folder/output" | diff "$snippets/expected" -
}

complete() {
	[ "$(grep -c . "$snippets/commands.sh")" -ge 9 ] && [ -s "$snippets/notes.trv" ] && [ -s "$snippets/hello.c" ] &&
		[ -s "$snippets/expected" ]
}

ok "the README has commands, two files and their output" complete
ok "the README's commands work as they stand" typed
ok "the program prints what the README promises" promised

tap_done
