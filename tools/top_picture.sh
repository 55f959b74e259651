#!/bin/sh
# Makes docs/top.png anew: `trivet top`, attached to the tracker under load.
#
#     tools/top_picture.sh BUILD [URL]     BUILD is meson's build folder, URL an empty database (a file of SQLite)
#
# Needs tmux, python3-pil and fonts-dejavu-core.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
folder=$(mktemp -d)
url=${2:-sqlite:$folder/tracker.db}
screen="tmux -f /dev/null -L trivet-top-$$"
columns=150
load=

end() {
	$screen kill-server 2> /dev/null || true
	[ -z "$load" ] || kill "$load" 2> /dev/null || true
	wait
	rm -rf "$folder"
}
trap end EXIT

"$build/examples/tracker/tracker" import --url "$url" > /dev/null 2>&1
TRIVET_MONITOR=$folder/tracker.sock "$build/examples/tracker/tracker" load --url "$url" --threads 12 \
	> /dev/null 2>&1 &
load=$!
while [ ! -S "$folder/tracker.sock" ]; do sleep 0.1; done
LC_ALL=C.UTF-8 $screen new-session -d -x "$columns" -y 46 \
	"'$build/codegen/trivet' top --interval 0.5 '$folder/tracker.sock'"
sleep 16
$screen capture-pane -e -p -N > "$folder/captured"
LC_ALL=C.UTF-8 /usr/bin/python3 "$top/tools/terminal_picture.py" "$columns" < "$folder/captured" > "$top/docs/top.png"
ls -l "$top/docs/top.png"
