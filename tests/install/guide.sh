#!/bin/sh
# The guide's pieces of C, compiled with every warning and run.
#
#     tests/install/guide.sh PREFIX ENGINE WITH_DATABASE
#
# PREFIX is where `meson install` put Trivet, ENGINE sqlite, postgresql or mariadb, and
# WITH_DATABASE the program that lends a database on a test server.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
prefix=$(cd "$1" && pwd)
engine=$2
with_database=$3
export TRIVET_TEST_SERVERS="$top/tests/servers"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
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
	"$with_database" "$engine" ./guide URL
fi
