# What ./demo and ./check need from Debian, and how they get it. Sourced.

packages_build='gcc libc6-dev meson ninja-build pkg-config libxxhash-dev uthash-dev libsqlite3-dev zlib1g-dev
	libsmartcols-dev'
packages_check='g++ make cmake clang clang-format clang-tidy libclang-rt-14-dev valgrind libc6-dbg
	locales openssl procps python3 python3-prometheus-client'
packages_postgresql='libpq-dev postgresql'
packages_mariadb='libmariadb-dev mariadb-server galera-4 rsync'
packages_bench='python3 valgrind'
packages_plots='gnuplot-nox'

packages_missing() {
	for package in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || echo "$package"
	done
}

packages_as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

# Package lists that know all of them?
packages_known() {
	for package in "$@"; do
		apt-cache show "$package" > /dev/null 2>&1 || return 1
	done
}

packages_get() {
	packages_as_root apt-get install -y -q --no-install-recommends "$@" < /dev/null
}

# While servers are installed, none of them is to be started: the tests start their own.
packages_get_quietly() {
	policy=/usr/sbin/policy-rc.d
	if [ -e "$policy" ] || ! packages_as_root sh -c "printf '#!/bin/sh\nexit 101\n' > $policy && chmod 755 $policy"; then
		packages_get "$@"
		return
	fi
	packages_get "$@"
	packages_result=$?
	packages_as_root rm -f "$policy"
	return "$packages_result"
}

# packages_need PACKAGE...: installs those that are missing, and nothing when all are there.
packages_need() {
	if ! command -v apt-get > /dev/null; then
		echo "There is no apt here; these have to be there in some other way:" "$@"
		return 0
	fi
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo > /dev/null; then
		echo "These packages are needed, and there is no sudo to install them:" $missing >&2
		return 1
	fi
	echo "Installing with apt:" $missing
	packages_known $missing || packages_as_root apt-get update -q < /dev/null || return 1
	# Lists that are known but old name files that are gone: once more with new ones.
	packages_get_quietly $missing ||
		{ packages_as_root apt-get update -q < /dev/null && packages_get_quietly $missing; }
}
