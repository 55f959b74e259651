#!/bin/sh
# A Galera cluster of three MariaDB nodes for tests: unprivileged, on the loopback, in a folder of its own.
#
#     tests/servers/galera.sh start DIR PID PORT...   twelve free ports, four for each node: of clients, of
#                                                     the group, of short and of whole state transfers;
#                                                     prints "ready"
#     tests/servers/galera.sh stop DIR                stops it and removes what it made
#
# The cluster goes when the process PID has ended. Node N is in DIR/N: its data, its socket "s", its log and its
# process id "pid". A node that is silent is given up after two seconds.
set -eu

usage() {
	echo "usage: $0 start DIR PID PORT... | stop DIR" >&2
	exit 2
}

[ $# -ge 2 ] || usage
verb=$1
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
mkdir -p "$2"
dir=$(cd "$2" && pwd)
owner=${3:-}
account=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
	account=mysql
	id mysql > /dev/null 2>&1 || account=nobody
fi

as_account() {
	if [ "$(id -un)" = "$account" ]; then
		"$@"
	else
		setpriv --reuid "$account" --regid "$(id -g "$account")" --clear-groups -- "$@"
	fi
}

fail() {
	echo "$0: $1; the logs:" >&2
	tail -n 15 "$dir"/*/log >&2 || true
	stop
	exit 1
}

# ask NODE SQL
ask() {
	mariadb --no-defaults -S "$dir/$1/s" -u tester --password='s3cret!pass' -N -e "$2" 2> /dev/null
}

is_synced() {
	[ "$(ask "$1" "SHOW STATUS LIKE 'wsrep_local_state_comment'" | cut -f 2)" = Synced ]
}

# Waits until the command holds, at most 30 seconds.
await() {
	turns=0
	until "$@"; do
		turns=$((turns + 1))
		[ "$turns" -le 300 ] || fail "waited in vain: $*"
		sleep 0.1
	done
}

# launch NODE CLIENTS GROUP SHORT WHOLE OPTION...
launch() {
	node=$1
	clients=$2
	group=$3
	short=$4
	whole=$5
	shift 5
	(as_account setsid mariadbd --no-defaults --datadir="$dir/$node/data" --tmpdir="$dir/$node" \
		--socket="$dir/$node/s" --pid-file="$dir/$node/pid" --bind-address=127.0.0.1 --port="$clients" \
		--binlog-format=ROW --innodb-autoinc-lock-mode=2 --innodb-flush-log-at-trx-commit=0 \
		--innodb-doublewrite=0 --innodb-log-file-size=16M --innodb-buffer-pool-size=32M \
		--skip-name-resolve --wsrep-on=ON --wsrep-provider=/usr/lib/galera/libgalera_smm.so \
		--wsrep-cluster-name=trivet --wsrep-node-name="$node" --wsrep-node-address=127.0.0.1 \
		--wsrep-sst-method=rsync --wsrep-sst-receive-address="127.0.0.1:$whole" \
		--wsrep-provider-options="gmcast.listen_addr=tcp://127.0.0.1:$group; ist.recv_addr=127.0.0.1:$short; gcache.size=32M; evs.suspect_timeout=PT2S; evs.inactive_timeout=PT5S; evs.keepalive_period=PT0.5S" \
		"$@") >> "$dir/$node/log" 2>&1 < /dev/null 9>&- &
}

start() {
	for node in 1 2 3; do
		mkdir -p "$dir/$node/data"
		[ "$(id -u)" -ne 0 ] || chown -R "$account" "$dir/$node"
	done
	[ "$(id -u)" -ne 0 ] || chmod a+x "$dir"
	setsid "$self" watch "$dir" "$owner" > /dev/null 2>&1 < /dev/null 9>&- &
	as_account mariadb-install-db --no-defaults --datadir="$dir/1/data" --tmpdir="$dir/1" \
		--auth-root-authentication-method=normal --skip-test-db --skip-name-resolve > "$dir/1/log" 2>&1 ||
		fail "no data"
	cat > "$dir/init.sql" <<-'SQL'
		CREATE DATABASE test;
		CREATE USER tester@localhost IDENTIFIED BY 's3cret!pass';
		GRANT ALL ON *.* TO tester@localhost;
		CREATE USER tester@'127.0.0.1' IDENTIFIED BY 's3cret!pass';
		GRANT ALL ON *.* TO tester@'127.0.0.1';
	SQL
	chmod a+r "$dir/init.sql"
	# The others are copies of it.
	launch 1 "$1" "$2" "$3" "$4" --wsrep-cluster-address=gcomm:// --init-file="$dir/init.sql"
	await is_synced 1
	launch 2 "$5" "$6" "$7" "$8" --wsrep-cluster-address="gcomm://127.0.0.1:$2"
	await is_synced 2
	launch 3 "$9" "${10}" "${11}" "${12}" --wsrep-cluster-address="gcomm://127.0.0.1:$2"
	await is_synced 3
	echo ready
}

watch() {
	cd /
	while kill -0 "$owner" 2> /dev/null && [ -d "$dir" ]; do
		sleep 0.5
	done
	stop
}

stop() {
	cd /
	for node in 1 2 3; do
		pid=$(cat "$dir/$node/pid" 2> /dev/null || true)
		[ -z "$pid" ] || kill -KILL "$pid" 2> /dev/null || true
	done
	rm -rf "$dir"
}

case $verb in
start)
	[ $# -eq 15 ] || usage
	shift 3
	start "$@"
	;;
watch) watch ;;
stop) stop ;;
*) usage ;;
esac
