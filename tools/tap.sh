# For tests in shell: TAP from commands. Sourced; `ok`, `skip`, then `tap_done`.

tap_count=0
tap_failed=0
tap_folder=$(mktemp -d)
trap 'rm -rf "$tap_folder"' EXIT
trap 'exit 1' INT TERM HUP

# ok SENTENCE COMMAND...: the test holds when the command succeeds; else its output is shown.
ok() {
	sentence=$1
	shift
	tap_count=$((tap_count + 1))
	if "$@" > "$tap_folder/log" 2>&1 < /dev/null; then
		echo "ok $tap_count - $sentence"
	else
		sed 's/^/#   /' "$tap_folder/log"
		echo "not ok $tap_count - $sentence"
		tap_failed=1
	fi
}

# skip SENTENCE REASON
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# To be the last: the plan, and the script's own status.
tap_done() {
	echo "1..$tap_count"
	exit "$tap_failed"
}
