#!/bin/sh
# An own PostgreSQL for tests: unprivileged, on a Unix socket, in a folder of its own.
#
#     url=$(tests/servers/postgresql.sh start DIR [PID])   starts it and prints its URL
#     tests/servers/postgresql.sh again DIR                starts it on its data after it was killed
#     tests/servers/postgresql.sh stop DIR                 stops it and removes DIR
#     url=$(tests/servers/postgresql.sh follow DIR PID PRIMARY)   starts a standby of the one in PRIMARY
#     tests/servers/postgresql.sh promote DIR              makes it a primary; the line that is printed comes at once
#
# With a PID, the server is stopped and removed when that process ends, however it ends.
# DIR/server holds the data, the socket and the log. As root the server runs as `postgres`
# (or `nobody`), as it refuses to run as root. The password has a letter that a URL must
# encode, so that tests see whether it leaks. TRIVET_TEST_POSTGRESQL_LISTEN is an address on
# which it listens too, to whoever reaches it. With TRIVET_TEST_DURABLE what it acknowledged
# outlives its being killed; TRIVET_TEST_POSTGRESQL_CONF is more lines of configuration.
# TRIVET_TEST_POSTGRESQL_TLS is a folder with server.pem and server.key, with which it speaks TLS.
set -eu

usage() {
	echo "usage: $0 start DIR [PID] | again DIR | stop DIR | follow DIR PID PRIMARY | promote DIR" >&2
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

# prepare [PID]
prepare() {
	[ ${#base} -le 80 ] || { echo "$0: $base is too long for a socket" >&2; exit 1; }
	rm -rf "$base"
	mkdir "$base"
	if [ -n "${1:-}" ]; then
		# In a session of its own: what ends the caller's process group must not end the watch.
		setsid "$self" watch "$dir" "$1" > /dev/null 2>&1 < /dev/null 9>&- &
	fi
	if [ "$(id -u)" -eq 0 ]; then
		: > "$log"
		chown -R "$account" "$base"
		# The account must be able to reach the folder.
		chmod a+x "$dir"
	fi
	cd "$base"
}

url() {
	echo "postgresql://tester:s3cret%21pass@/test?host=$(echo "$base" | sed 's/%/%25/g; s/ /%20/g')"
}

start() {
	prepare "${1:-}"
	printf '%s\n' 's3cret!pass' > "$base/password"
	[ "$(id -u)" -ne 0 ] || chown "$account" "$base/password"
	as_account "$bin/initdb" -D "$base/data" -U tester -E UTF8 --locale=C --auth=scram-sha-256 \
		--pwfile="$base/password" --no-sync > "$log" 2>&1 || fail "initdb failed"
	rm "$base/password"
	if [ -n "${TRIVET_TEST_POSTGRESQL_TLS:-}" ]; then
		# It takes a key only when it is its own and nobody else can read it.
		cp "$TRIVET_TEST_POSTGRESQL_TLS/server.pem" "$base/data/server.crt"
		cp "$TRIVET_TEST_POSTGRESQL_TLS/server.key" "$base/data/server.key"
		chmod 600 "$base/data/server.key"
		[ "$(id -u)" -ne 0 ] || chown "$account" "$base/data/server.crt" "$base/data/server.key"
		echo 'ssl = on' >> "$base/data/postgresql.conf"
	fi
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
	url
}

# follow PID PRIMARY
follow() {
	prepare "$1"
	as_account "$bin/pg_basebackup" -D "$base/data" -R -X stream -c fast --no-sync \
		-d "host=$2/server user=tester password=s3cret!pass" > "$log" 2>&1 || fail "the copy was not made"
	echo "unix_socket_directories = '$base'" >> "$base/data/postgresql.conf"
	again
	url
}

promote() {
	cd "$base"
	as_account "$bin/pg_ctl" -D "$base/data" -s -W promote < /dev/null >> "$log" 2>&1 9>&-
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
follow) follow "$3" "$4" ;;
promote) promote && echo promoted ;;
*) usage ;;
esac
