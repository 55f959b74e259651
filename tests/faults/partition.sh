#!/bin/sh
# A network namespace that a link leads to, for a server that can be cut off.
#
#     partition.sh start NAME NUMBER PID   makes it; it goes when that process has ended, however it ended
#     partition.sh down NAME               takes the link down
#     partition.sh up NAME                 takes it up again
#     partition.sh stop NAME               removes it
#
# NAME has at most 12 letters. The far end is 10.213.NUMBER.2. Needs root, and iproute2.
set -eu

usage() {
	echo "usage: $0 start NAME NUMBER PID | down NAME | up NAME | stop NAME" >&2
	exit 2
}

[ $# -ge 2 ] || usage
verb=$1
name=$2
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")

start() {
	setsid "$self" watch "$name" "$2" > /dev/null 2>&1 < /dev/null &
	ip netns add "$name"
	ip link add "${name}o" type veth peer name "${name}i" netns "$name"
	ip addr add "10.213.$1.1/30" dev "${name}o"
	ip -n "$name" addr add "10.213.$1.2/30" dev "${name}i"
	ip -n "$name" link set lo up
	ip -n "$name" link set "${name}i" up
	ip link set "${name}o" up
}

stop() {
	ip link del "${name}o" 2> /dev/null || true
	ip netns del "$name" 2> /dev/null || true
}

watch() {
	while kill -0 "$1" 2> /dev/null; do
		sleep 0.3
	done
	stop
}

case $verb in
start) [ $# -eq 4 ] || usage; start "$3" "$4" ;;
watch) watch "$3" ;;
down | up) ip link set "${name}o" "$verb" ;;
stop) stop ;;
*) usage ;;
esac
