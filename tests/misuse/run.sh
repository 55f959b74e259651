#!/bin/sh
# Programs that must not compile. Each has a twin, the same file without MISUSE, that must:
# so it is the misuse that the compiler refuses. The first lines of a file say with which
# message.
#
#     tests/misuse/run.sh TRIVET    the command that generates
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$top/tools/tap.sh"

export LC_ALL=C
"$1" generate "$here/shop.trv" -o "$tap_folder" || exit 1
# What gcc 14 and the guide ask for; everything else is an error in any C compiler.
set -- -Werror=int-conversion -Werror=incompatible-pointer-types -Werror=implicit-function-declaration \
	-Werror=unused-result

compile() {
	compiler=$1
	shift
	"$compiler" -std=c11 -c -o /dev/null -I"$top/core/include" -I"$tap_folder" "$@"
}

# refused COMPILER FILE FLAG...: it does not compile, for the reason that the file names.
refused() {
	wanted=$(sed -n "s|^/\* $1: \(.*\) \*/$|\1|p" "$2")
	compiler=$1
	file=$2
	shift 2
	! compile "$compiler" "$@" -DMISUSE "$file" 2> "$tap_folder/said" || {
		echo "it compiles"
		return 1
	}
	sed 's/[‘’]/'"'"'/g' "$tap_folder/said"
	[ -n "$wanted" ] && grep -Eq "error: .*($wanted)" "$tap_folder/said" || {
		echo "no error says: $wanted"
		return 1
	}
}

for compiler in gcc clang; do
	for file in "$here"/*.c; do
		what=$(basename "$file" .c | tr _ ' ')
		ok "$compiler: $what, right" compile "$compiler" -Wall -Wextra -Werror "$@" "$file"
		ok "$compiler: $what, wrong, is refused" refused "$compiler" "$file" "$@"
	done
done

tap_done
