#!/bin/sh
# The guide's pieces of C, compiled with every warning and run.
#
#     tests/install/guide.sh PREFIX ENGINE    where `meson install` put it; sqlite, postgresql, mariadb
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
prefix=$(cd "$1" && pwd)
engine=$2
# In a short path: a socket's name has at most 107 bytes.
folder=$(mktemp -d /tmp/trivet-guide-XXXXXX)
chmod 711 "$folder"
server=$top/tests/servers/$engine.sh

finish() {
	[ ! -e "$folder/url" ] || "$server" stop "$folder/server" > /dev/null 2>&1 || true
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

library=$(dirname "$(find "$prefix" -name libtrivet.so)")
export PKG_CONFIG_PATH="$library/pkgconfig" LD_LIBRARY_PATH="$library"
"$here/guide.py" "$top/docs/guide.md" "$folder"
cd "$folder"
"$prefix/bin/trivet" generate library.trv -o .
eval "cc -std=gnu11 -g -Wall -Wextra -Werror -o guide guide.c library.trv.c $(pkg-config --cflags --libs trivet)"
if [ "$engine" = sqlite ]; then
	./guide
else
	env -u LD_LIBRARY_PATH "$server" start "$folder/server" $$ > url
	./guide "$(cat url)"
fi
