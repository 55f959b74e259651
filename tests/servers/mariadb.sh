#!/bin/sh
# An own MariaDB for tests: unprivileged, on a Unix socket, in a folder of its own.
#
#     url=$(tests/servers/mariadb.sh start DIR [PID])   starts it and prints its URL
#     tests/servers/mariadb.sh again DIR                starts it on its data after it was killed
#     tests/servers/mariadb.sh stop DIR                 stops it and removes what it made
#     url=$(tests/servers/mariadb.sh follow DIR PID PRIMARY)   starts one that follows the one in PRIMARY
#     tests/servers/mariadb.sh promote DIR              makes it a primary, with all that it received
#
# With PID the server goes, too, when that process has ended, however it ended.
# DIR/server holds the data, the socket, the log and the process id. As root the server
# runs as `mysql` (or `nobody`). TRIVET_TEST_MARIADB_OPTIONS replaces --skip-networking;
# TRIVET_TEST_MARIADB_HOST is a host, or a pattern of hosts, from which the account may connect too.
# With TRIVET_TEST_MARIADB_PORT it listens there on the loopback, and others can follow it; it keeps to that
# when it is started again.
# With TRIVET_TEST_DURABLE what it acknowledged outlives its being killed.
# The password has letters that a URL must encode, so that tests see whether it leaks.
set -eu

usage() {
	echo "usage: $0 start DIR [PID] | again DIR | stop DIR | follow DIR PID PRIMARY | promote DIR" >&2
	exit 2
}

[ $# -ge 2 ] && [ $# -le 4 ] || usage
verb=$1
owner=${3:-}
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
mkdir -p "$2"
dir=$(cd "$2" && pwd)
base=$dir/server
socket=$base/s
log=$base/log
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

alive() {
	[ -s "$base/pid" ] && kill -0 "$(cat "$base/pid")" 2> /dev/null
}

# Waits until the command holds, at most 30 seconds.
await() {
	turns=0
	until "$@"; do
		turns=$((turns + 1))
		if [ "$turns" -gt 300 ]; then
			echo "$0: the server does not get ready; its log:" >&2
			tail -n 20 "$log" >&2 || true
			exit 1
		fi
		sleep 0.1
	done
}

answers() {
	[ -S "$socket" ] && mariadb --no-defaults -S "$socket" -u tester --password='s3cret!pass' test -e 'DO 1' 2> /dev/null
}

watch() {
	cd /
	while kill -0 "$owner" 2> /dev/null && [ -d "$base" ]; do
		sleep 0.3
	done
	stop
}

start() {
	[ ${#socket} -le 100 ] || { echo "$0: $socket is too long for a socket" >&2; exit 1; }
	alive && { echo "$0: already running in $dir" >&2; exit 1; }
	rm -rf "$base"
	mkdir "$base"
	if [ "$(id -u)" -eq 0 ]; then
		chown "$account" "$base"
		# The account must be able to reach the folder.
		chmod a+x "$dir"
	fi
	# A server that starts removes what looks like an old temporary table from its folder for
	# them: in a shared one it would be that of another that starts at the same time.
	as_account mkdir "$base/tmp"
	as_account mariadb-install-db --no-defaults --datadir="$base/data" --tmpdir="$base/tmp" \
		--auth-root-authentication-method=normal --skip-test-db --skip-name-resolve > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
	# The server's own bootstrap: accounts exist before anyone can connect.
	# Servers that follow one another all have them.
	cat > "$base/init.sql" <<-'SQL'
		SET sql_log_bin = 0;
		CREATE DATABASE test;
		CREATE USER tester@localhost IDENTIFIED BY 's3cret!pass';
		GRANT ALL ON *.* TO tester@localhost WITH GRANT OPTION;
		CREATE USER tester@'127.0.0.1' IDENTIFIED BY 's3cret!pass';
		GRANT ALL ON *.* TO tester@'127.0.0.1' WITH GRANT OPTION;
		CREATE USER app@'127.0.0.1' IDENTIFIED BY 's3cret!pass';
		GRANT ALL ON test.* TO app@'127.0.0.1';
		DROP USER IF EXISTS root@localhost;
	SQL
	[ -z "${TRIVET_TEST_MARIADB_HOST:-}" ] || cat >> "$base/init.sql" <<-SQL
		CREATE USER tester@'$TRIVET_TEST_MARIADB_HOST' IDENTIFIED BY 's3cret!pass';
		GRANT ALL ON *.* TO tester@'$TRIVET_TEST_MARIADB_HOST' WITH GRANT OPTION;
	SQL
	chmod a+r "$base/init.sql"
	# In a session of its own: what ends the caller's process group must not end the watch.
	[ -z "$owner" ] || setsid "$self" watch "$dir" "$owner" > /dev/null 2>&1 < /dev/null 9>&- &
	[ -z "${TRIVET_TEST_MARIADB_PORT:-}" ] || echo "$TRIVET_TEST_MARIADB_PORT" > "$base/port"
	launch "--init-file=$base/init.sql"
	echo "mariadb://tester:s3cret%21pass@/test?socket=$socket"
}

# launch [OPTION]
launch() {
	flush=0
	net=${TRIVET_TEST_MARIADB_OPTIONS:---skip-networking}
	logs=--skip-log-bin
	if [ -e "$base/port" ]; then
		port=$(cat "$base/port")
		net="--bind-address=127.0.0.1 --port=$port"
		# The log must not know more than the data do, when it is killed.
		flush=2
		logs="--log-bin --server-id=$port --log-slave-updates --gtid-strict-mode=1 --rpl-semi-sync-slave-enabled=1"
	fi
	[ -z "${TRIVET_TEST_DURABLE:-}" ] || flush=2
	# Data of tests need not outlive a power cut: no fsync, of data or of what DDL writes.
	# In a subshell of its own, which keeps no copy of our output: who reads that would wait for ever.
	(as_account setsid mariadbd --no-defaults --datadir="$base/data" --tmpdir="$base/tmp" --socket="$socket" \
		--pid-file="$base/pid" ${1:-} $net \
		--max-allowed-packet=128M --innodb-log-file-size=64M --innodb-buffer-pool-size=64M \
		--innodb-flush-log-at-trx-commit=$flush --innodb-flush-method=nosync --innodb-doublewrite=0 \
		--sync-frm=0 $logs --local-infile=1 \
		--max-connections=200 --skip-name-resolve) >> "$log" 2>&1 < /dev/null 9>&- &
	echo $! > "$base/starter"
	await answers
}

say() {
	mariadb --no-defaults -S "$socket" -u tester --password='s3cret!pass' -N -e "$1"
}

# follow PRIMARY
follow() {
	start
	say "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = $(cat "$1/server/port"), MASTER_USER = 'tester',
		MASTER_PASSWORD = 's3cret!pass', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1;
		START SLAVE; SET GLOBAL read_only = 1"
}

promote() {
	say "STOP SLAVE IO_THREAD"
	received=$(say 'SHOW SLAVE STATUS\G' | sed -n 's/^ *Gtid_IO_Pos: //p')
	say "SELECT MASTER_GTID_WAIT('$received', 10); STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0" > /dev/null
}

# The server's own number, or before it wrote that the number of what started it.
stop() {
	pid=$(cat "$base/pid" 2> /dev/null || cat "$base/starter" 2> /dev/null || true)
	if [ -n "$pid" ] && kill -0 "$pid" 2> /dev/null; then
		kill -CONT "$pid" 2> /dev/null || true
		kill -TERM "$pid" 2> /dev/null || true
		turns=0
		while kill -0 "$pid" 2> /dev/null; do
			turns=$((turns + 1))
			[ "$turns" -le 100 ] || kill -KILL "$pid" 2> /dev/null || true
			sleep 0.1
		done
	fi
	rm -rf "$base"
	rmdir "$dir" 2> /dev/null || true
}

case $verb in
start) start ;;
again) launch && echo again ;;
watch) watch ;;
stop) stop ;;
follow) follow "$4" ;;
promote) promote && echo promoted ;;
*) usage ;;
esac
