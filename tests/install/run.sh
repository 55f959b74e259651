#!/bin/sh
# The ways to build with an installed Trivet, each in a folder of its own outside the tree,
# and again after a schema that another one includes has changed.
#
#     tests/install/run.sh PREFIX    where `meson install` put it
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
prefix=$(cd "$1" && pwd)
. "$top/tools/tap.sh"

library=$(dirname "$(find "$prefix" -name libtrivet.so)")
export PKG_CONFIG_PATH="$library/pkgconfig" LD_LIBRARY_PATH="$library" CMAKE_PREFIX_PATH="$prefix"
export PATH="$prefix/bin:$PATH"

# A folder with the program and what its way of building needs.
consumer() {
	folder="$tap_folder/a $1"
	mkdir -p "$folder"
	cp "$here"/consumer/* "$folder"
	[ ! -d "$here/$1" ] || cp -r "$here/$1"/* "$folder"
	cd "$folder"
}

expected() {
	cat <<-END
		Ursula: The Dispossessed
		Ursula: The Lathe of Heaven
		a person has $1 columns
	END
}

# prints COUNT PROGRAM
prints() {
	expected "$1" > expected
	"$2" > printed && diff expected printed
}

# Another column in the included schema.
edit_include() {
	sed -i 's/^  name .*/&\n  born  int16?/' people.trv
}

# builds NAME PROGRAM COMMAND...: first, again, and after a change of the included schema.
builds() {
	name=$1
	program=$2
	shift 2
	ok "$name: builds" "$@"
	ok "$name: the program runs" prints 2 "$program"
	ok "$name: builds again" "$@"
	edit_include
	ok "$name: builds when an included schema has changed" "$@"
	ok "$name: the program has what changed" prints 3 "$program"
}

# --- by hand -----------------------------------------------------------------------------------

by_hand() {
	trivet generate library.trv people.trv -o . &&
		eval "cc -o library library.c library.trv.c people.trv.c $(pkg-config --cflags --libs trivet)"
}

consumer hand
builds "by hand" ./library by_hand

# Without libtrivet.so when it runs; the clients' libraries stay shared.
statically() {
	eval "cc -o static library.c library.trv.c people.trv.c $(pkg-config --cflags trivet) '$library/libtrivet.a' \
		$(pkg-config --libs $(pkg-config --print-requires-private trivet)) -lm" && LD_LIBRARY_PATH='' ./static
}
ok "by hand: the static library links" statically

# --- make --------------------------------------------------------------------------------------

consumer make
builds make ./library make
idle() {
	make -q
}
ok "make: nothing is left to do" idle

# --- meson -------------------------------------------------------------------------------------

with_meson() {
	[ -d build ] || meson setup build || return 1
	ninja -C build
}

consumer meson
builds meson build/library with_meson

# A prefix that is not in PATH: the generator is found through the pkg-config file.
without_path() {
	rm -rf build
	PATH=$(echo "$PATH" | sed "s|^$prefix/bin:||") with_meson
}
ok "meson: the pkg-config file names the generator" without_path

# --- CMake -------------------------------------------------------------------------------------

with_cmake() {
	cmake -B build -G "$generator" && cmake --build build
}

for generator in "Unix Makefiles" Ninja; do
	consumer cmake
	rm -rf build
	if command -v cmake > /dev/null; then
		builds "CMake ($generator)" build/library with_cmake
	else
		skip "CMake ($generator)" "cmake is not installed"
	fi
done

# --- a subproject of meson ------------------------------------------------------------------------

with_subproject() {
	[ -d build ] || meson setup build --force-fallback-for=trivet \
		-Dtrivet:postgresql=disabled -Dtrivet:mariadb=disabled || return 1
	ninja -C build
}

consumer subproject
cp "$here/meson/meson.build" .
mkdir subprojects
mv trivet.wrap subprojects
# Only the sources: no folder in which something was built.
mkdir subprojects/trivet
(cd "$top" && tar cf - --exclude='./build*' --exclude=./.git .) | tar xf - -C subprojects/trivet
builds "meson, subproject" build/library with_subproject

tap_done
