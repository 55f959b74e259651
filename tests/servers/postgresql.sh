#!/bin/sh
# An own PostgreSQL for tests: unprivileged, on a Unix socket, in a folder of its own.
#
#     url=$(tests/servers/postgresql.sh start DIR [PID])   starts it and prints its URL
#     tests/servers/postgresql.sh again DIR                starts it on its data after it was killed
#     tests/servers/postgresql.sh stop DIR                 stops it and removes DIR
#
# With a PID, the server is stopped and removed when that process ends, however it ends.
# DIR/server holds the data, the socket and the log. As root the server runs as `postgres`
# (or `nobody`), as it refuses to run as root. The password has a letter that a URL must
# encode, so that tests see whether it leaks. TRIVET_TEST_POSTGRESQL_LISTEN is an address on
# which it listens too, to whoever reaches it. With TRIVET_TEST_DURABLE what it acknowledged
# outlives its being killed; TRIVET_TEST_POSTGRESQL_CONF is more lines of configuration.
set -eu

usage() {
	echo "usage: $0 start DIR [PID] | again DIR | stop DIR" >&2
	exit 2
}

[ $# -ge 2 ] || usage
verb=$1
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
mkdir -p "$2"
dir=$(cd "$2" && pwd)
base=$dir/server
log=$base/log
account=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
	account=postgres
	id postgres > /dev/null 2>&1 || account=nobody
fi

bin=$(pg_config --bindir 2> /dev/null || true)
# Debian's pg_config may be that of the client library only.
[ -x "$bin/initdb" ] || bin=$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || bin=$(dirname "$(command -v initdb || echo /usr/bin/initdb)")

as_account() {
	if [ "$(id -un)" = "$account" ]; then
		"$@"
	else
		setpriv --reuid "$account" --regid "$(id -g "$account")" --clear-groups -- "$@"
	fi
}

fail() {
	echo "$0: $1; the log:" >&2
	tail -n 20 "$log" >&2 || true
	stop
	exit 1
}

again() {
	cd "$base"
	as_account "$bin/pg_ctl" -D "$base/data" -l "$log" -s -w -t 30 start < /dev/null >> "$log" 2>&1 9>&- ||
		fail "the server does not start"
}

start() {
	[ ${#base} -le 80 ] || { echo "$0: $base is too long for a socket" >&2; exit 1; }
	rm -rf "$base"
	mkdir "$base"
	if [ -n "${1:-}" ]; then
		# In a session of its own: what ends the caller's process group must not end the watch.
		setsid "$self" watch "$dir" "$1" > /dev/null 2>&1 < /dev/null 9>&- &
	fi
	printf '%s\n' 's3cret!pass' > "$base/password"
	if [ "$(id -u)" -eq 0 ]; then
		: > "$log"
		chown -R "$account" "$base"
		# The account must be able to reach the folder.
		chmod a+x "$dir"
	fi
	cd "$base"
	as_account "$bin/initdb" -D "$base/data" -U tester -E UTF8 --locale=C --auth=scram-sha-256 \
		--pwfile="$base/password" --no-sync > "$log" 2>&1 || fail "initdb failed"
	rm "$base/password"
	synchronous=off
	[ -z "${TRIVET_TEST_DURABLE:-}" ] || synchronous=on
	# Data of tests need not outlive a power cut: no fsync.
	cat >> "$base/data/postgresql.conf" <<-CONF
		listen_addresses = '${TRIVET_TEST_POSTGRESQL_LISTEN:-}'
		unix_socket_directories = '$base'
		fsync = off
		synchronous_commit = $synchronous
		full_page_writes = off
		max_connections = 200
		shared_buffers = 32MB
		deadlock_timeout = 200ms
		${TRIVET_TEST_POSTGRESQL_CONF:-}
	CONF
	[ -z "${TRIVET_TEST_POSTGRESQL_LISTEN:-}" ] || echo 'host all all all scram-sha-256' >> "$base/data/pg_hba.conf"
	echo 'CREATE DATABASE test' | as_account "$bin/postgres" --single -D "$base/data" postgres >> "$log" 2>&1 ||
		fail "the database was not made"
	again
	echo "postgresql://tester:s3cret%21pass@/test?host=$(echo "$base" | sed 's/%/%25/g; s/ /%20/g')"
}

watch() {
	cd /
	while kill -0 "$1" 2> /dev/null && [ -d "$base" ]; do
		sleep 0.3
	done
	stop
}

stop() {
	cd /
	if [ -s "$base/data/postmaster.pid" ]; then
		# Negative while the database is being made.
		pid=$(head -n 1 "$base/data/postmaster.pid" | tr -d -)
		# A test may have stopped the server or one of its backends.
		kill -CONT $(ps -o pid= --ppid "$pid") "$pid" 2> /dev/null || true
		as_account "$bin/pg_ctl" -D "$base/data" -m immediate -w -t 10 stop > /dev/null 2>&1 ||
			kill -KILL "$pid" 2> /dev/null || true
	fi
	rm -rf "$base"
	rmdir "$dir" 2> /dev/null || true
}

case $verb in
start) start "${3:-}" ;;
again) again && echo again ;;
watch) watch "$3" ;;
stop) stop ;;
*) usage ;;
esac
