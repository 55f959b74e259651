#!/bin/sh
# The guide's pieces of C, compiled with every warning and run.
#
#     tests/install/guide.sh PREFIX    where `meson install` put it
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
prefix=$(cd "$1" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

library=$(dirname "$(find "$prefix" -name libtrivet.so)")
export PKG_CONFIG_PATH="$library/pkgconfig" LD_LIBRARY_PATH="$library"
"$here/guide.py" "$top/docs/guide.md" "$folder"
cd "$folder"
"$prefix/bin/trivet" generate library.trv -o .
eval "cc -std=gnu11 -g -Wall -Wextra -Werror -o guide guide.c library.trv.c $(pkg-config --cflags --libs trivet)"
./guide
