#!/bin/sh
# Gets what the peers need, from Debian's packages and, for those in JavaScript, from npm:
#
#     tests/bench/peers/install.sh [PEER...]
set -eu
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- $(ls -d */peer | xargs -n 1 dirname)
for peer in "$@"; do
	"$peer/peer" install || echo "$peer: not installed" >&2
done
