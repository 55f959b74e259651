#!/bin/sh
# Gets what the peers need, from Debian's packages and, for those in JavaScript, from npm:
#
#     tests/bench/peers/install.sh [PEER...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${BENCH_BUILD:-$here/../../../build/bench}
mkdir -p "$build"
build=$(cd "$build" && pwd)
cd "$here"
[ $# -gt 0 ] || set -- $(ls -d */peer | xargs -n 1 dirname)
for peer in "$@"; do
	"$peer/peer" install "$build/peers/$peer" || echo "$peer: not installed" >&2
done
