#!/bin/sh
# Every public header is complete by itself, as C11 and as C++17, and so is what is
# generated; none of them needs a database client or a third-party header.
#
#     tests/header/run.sh TRIVET    the command that generates
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
include=$top/core/include
. "$top/tools/tap.sh"

"$1" generate "$here/every_type.trv" -o "$tap_folder" || exit 1
warnings='-Wall -Wextra -Wconversion -Wpedantic -Werror'

# alone LANGUAGE HEADER COMPILER...: a file that includes it, twice, compiles.
alone() {
	language=$1
	printf '#include <%s>\n#include <%s>\nint main(void) { return 0; }\n' "$2" "$2" > "$tap_folder/alone"
	shift 2
	"$@" $warnings -x "$language" -c -o /dev/null -I"$include" -I"$tap_folder" "$tap_folder/alone"
}

# What it includes, all the way down, has none of theirs.
includes_little() {
	! cc -std=c11 -M -I"$include" "$include/$1" | grep -E 'sqlite|libpq|postgres|mysql|mariadb|uthash|utlist|xxh'
}

headers=$(cd "$include" && ls trivet/*.h)
for header in $headers every_type.trv.h; do
	ok "$header is C11 for gcc" alone c "$header" gcc -std=c11 -Wshadow
	ok "$header is C11 for clang" alone c "$header" clang -std=c11 -Wshadow
	ok "$header is C++17 for g++" alone c++ "$header" g++ -std=c++17
	ok "$header is C++17 for clang++" alone c++ "$header" clang++ -std=c++17
done
for header in $headers; do
	ok "$header includes no database client and no third party" includes_little "$header"
done

tap_done
