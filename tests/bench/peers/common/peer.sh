# What the peers' scripts share; sourced with the script's own arguments, after these are set:
#
#     packages    Debian's packages that it needs
#     there       a command that succeeds when they are there
#     build       makes what is run in $folder; not 0 when it cannot
#     run         becomes the side, with "$@" as its arguments
#
# ../../README.md tells what the verbs do.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
common=$(cd "$here/../common" && pwd)
tools=$(cd "$here/../../../../tools" && pwd)

verb=${1:-}
[ $# -ge 2 ] || verb=
case $verb in
build | run | install)
	folder=$(mkdir -p "$2" && cd "$2" && pwd)
	shift 2
	;;
*)
	echo "usage: $0 build FOLDER | run FOLDER --engine ENGINE --url URL | install FOLDER" >&2
	exit 2
	;;
esac

# newer FILE SOURCE...: the file is there, and newer than each of the sources
newer() {
	made=$1
	shift
	[ -e "$made" ] || return 1
	for source in "$@"; do
		[ "$made" -nt "$source" ] || return 1
	done
}

peer_build() {
	if ! there > /dev/null 2>&1; then
		echo "needs $packages"
		exit 1
	fi
	if ! build > "$folder/build.log" 2>&1; then
		echo "could not be built: $folder/build.log"
		exit 1
	fi
}

peer_install() {
	. "$tools/packages.sh"
	packages_need $packages
}

peer_main() {
	case $verb in
	build) peer_build ;;
	run) run "$@" ;;
	install) peer_install ;;
	esac
}

# --- a peer in Python: `modules` are what it imports; Debian's python3 is preferred, as the packages are for it

python_peer() {
	find_python() {
		for python in /usr/bin/python3 python3; do
			"$python" -c "import $(echo $modules | sed 's/ /, /g')" && return
		done
		return 1
	}
	there() { find_python; }
	build() { :; }
	run() {
		find_python 2> /dev/null
		PYTHONPYCACHEPREFIX=$folder exec "$python" "$here/peer.py" "$@"
	}
	peer_main "$@"
}

# --- a peer in C++: `header` is the library's; `flags` and `libraries` are for
# the compiler and the linker; with `quiet` what it writes to the standard error goes into a file -----------------------

cxx_peer() {
	cxx="${CXX:-c++} -std=c++17 -O2 -I$common $flags"
	there() { printf '#include <%s>\n' $header | $cxx -fsyntax-only -x c++ -; }
	build() {
		newer "$folder/side" "$here/peer.cpp" "$common/bench.cpp" "$common/program.cpp" "$common/bench.hpp" ||
			$cxx -o "$folder/side" "$here/peer.cpp" "$common/bench.cpp" "$common/program.cpp" $libraries -pthread
	}
	run() {
		[ -z "${quiet:-}" ] || exec 2> "$folder/run.log"
		exec "$folder/side" "$@"
	}
	peer_main "$@"
}
