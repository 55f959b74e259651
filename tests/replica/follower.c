#include "follower.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 15000

static const struct {
	const char *pause, *resume;
} verbs[] = {
	[POSTGRESQL] = { "SELECT pg_wal_replay_pause()::text", "SELECT pg_wal_replay_resume()::text" },
	[MARIADB] = { "STOP SLAVE SQL_THREAD", "START SLAVE SQL_THREAD" },
};

unsigned free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int s = socket(AF_INET, SOCK_STREAM, 0);

	REQUIRE(s >= 0 && bind(s, (const void *)&address, size) == 0);
	REQUIRE(getsockname(s, (void *)&address, &size) == 0);
	close(s);
	return ntohs(address.sin_port);
}

/* The next server is started there. */
static unsigned set_port(void)
{
	unsigned port = free_port();
	char text[16];

	snprintf(text, sizeof(text), "%u", port);
	setenv("TRIVET_TEST_MARIADB_PORT", text, 1);
	return port;
}

static unsigned followed_port;

const struct server *followed_server(void)
{
	if (!followed_port)
		followed_port = set_port();
	return own_server();
}

static void connect_control(struct follower *follower)
{
	struct trv_error error = { 0 };
	const struct trv_options options = { .url = follower->server.url, .pool.size = 1, .accept_any_contract = true };

	REQUIRE_OK(trv_open(&follower->db, &options, &error), &error);
	REQUIRE_OK(trv_session_open(follower->db, &follower->control, &error), &error);
}

void follower_start(struct follower *follower)
{
	const struct server *primary = followed_server();
	char more[128];

	*follower = (struct follower) { .server.folder = "/tmp/trivet-follow-XXXXXX" };
	REQUIRE(mkdtemp(follower->server.folder));
	follower->port = set_port();
	snprintf(more, sizeof(more), "%d '%s'", (int)getpid(), primary->folder);
	server_script(&follower->server, "follow", more, follower->server.url, sizeof(follower->server.url));
	REQUIRE(follower->server.url[0]);
	memcpy(follower->url, follower->server.url, sizeof(follower->url));
	if (engine() == MARIADB)
		snprintf(follower->url, sizeof(follower->url), "mariadb://app:s3cret%%21pass@127.0.0.1:%u/test",
		         follower->port);
	connect_control(follower);
}

void follower_release(struct follower *follower)
{
	char ignored[8];

	trv_session_close(follower->control);
	trv_close(follower->db);
	server_script(&follower->server, "stop", "", ignored, sizeof(ignored));
}

static void run(struct follower *follower, const char *sql)
{
	struct trv_value value = { .type = TRV_TEXT };

	if (engine() == POSTGRESQL)
		OK(follower->control, trv_sql_value(follower->control, &value, TRV_TEXT, sql, NULL, 0));
	else
		OK(follower->control, trv_exec(follower->control, NULL, sql, NULL, 0));
}

void follower_pause(struct follower *follower)
{
	run(follower, verbs[engine()].pause);
}

void follower_resume(struct follower *follower)
{
	run(follower, verbs[engine()].resume);
}

void follower_kill(struct follower *follower)
{
	server_kill(&follower->server);
}

void follower_again(struct follower *follower)
{
	server_again(&follower->server);
	trv_session_close(follower->control);
	trv_close(follower->db);
	connect_control(follower);
}

/* On the primary. */
static const char *const confirming[][3] = {
	[POSTGRESQL] = {
		"ALTER SYSTEM SET synchronous_standby_names = '*'",
		"ALTER SYSTEM SET synchronous_commit = 'on'",
		"SELECT pg_reload_conf()",
	},
	[MARIADB] = {
		"SET GLOBAL rpl_semi_sync_master_timeout = 60000",
		"SET GLOBAL rpl_semi_sync_master_wait_point = AFTER_SYNC",
		"SET GLOBAL rpl_semi_sync_master_enabled = 1",
	},
};

static const char *const retiring[][3] = {
	[POSTGRESQL] = { "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()" },
	[MARIADB] = { "SET GLOBAL read_only = 1" },
};

/* How many, and of how many. */
static const struct {
	const char *sql;
	int wanted;
} confirmed[] = {
	[POSTGRESQL] = { "SELECT count(*) AS n FROM pg_stat_replication WHERE sync_state = 'sync'", 1 },
	[MARIADB] = { "SELECT count(*) AS n FROM information_schema.global_status WHERE"
	              " (variable_name = 'RPL_SEMI_SYNC_MASTER_STATUS' AND variable_value = 'ON')"
	              " OR (variable_name = 'RPL_SEMI_SYNC_MASTER_CLIENTS' AND variable_value = '1')",
	              2 },
};

static void on_primary(const char *const statements[3], struct trv_db **db, struct trv_session **s)
{
	const struct trv_options options = { .url = followed_server()->url, .accept_any_contract = true };
	struct trv_error error = { 0 };

	REQUIRE_OK(trv_open(db, &options, &error), &error);
	REQUIRE_OK(trv_session_open(*db, s, &error), &error);
	for (size_t i = 0; i < 3 && statements[i]; i++)
		OK(*s, trv_exec(*s, NULL, statements[i], NULL, 0));
}

void follower_confirms(void)
{
	struct trv_value value = { .type = TRV_INT64 };
	uint64_t end = trv_monotonic() + PATIENCE_MS * MS;
	struct trv_session *s = NULL;
	struct trv_db *db = NULL;

	on_primary(confirming[engine()], &db, &s);
	do
		OK(s, trv_sql_value(s, &value, TRV_INT64, confirmed[engine()].sql, NULL, 0));
	while (value.as.integer < confirmed[engine()].wanted && CHECK(trv_monotonic() < end));
	trv_session_close(s);
	trv_close(db);
}

void followed_retire(void)
{
	struct trv_session *s = NULL;
	struct trv_db *db = NULL;

	on_primary(retiring[engine()], &db, &s);
	trv_session_close(s);
	trv_close(db);
}

static const struct {
	const char *here, *there; /* how far the primary got, and whether the follower did */
} positions[] = {
	[POSTGRESQL] = { "SELECT pg_current_wal_insert_lsn()::text AS n",
	                 "SELECT (pg_last_wal_replay_lsn() >= ?::text::pg_lsn)::int::int8 AS n" },
	[MARIADB] = { "SELECT @@gtid_current_pos AS n", "SELECT MASTER_GTID_WAIT(?, 1) = 0 AS n" },
};

void follower_await(struct follower *follower)
{
	static const char *const nothing[3];
	uint64_t end = trv_monotonic() + PATIENCE_MS * MS;
	struct trv_value position = { .type = TRV_TEXT }, reached = { .type = TRV_INT64 };
	struct trv_session *s = NULL;
	struct trv_db *db = NULL;

	on_primary(nothing, &db, &s);
	OK(s, trv_sql_value(s, &position, TRV_TEXT, positions[engine()].here, NULL, 0));
	do
		OK(follower->control,
		   trv_sql_value(follower->control, &reached, TRV_INT64, positions[engine()].there, &position, 1));
	while (reached.as.integer != 1 && CHECK(trv_monotonic() < end));
	trv_session_close(s);
	trv_close(db);
}

void follower_promote(struct follower *follower)
{
	char line[16];

	server_script(&follower->server, "promote", "", line, sizeof(line));
	REQUIRE(line[0]);
}

void both_urls(const struct follower *follower, char url[512])
{
	if (engine() == MARIADB)
		snprintf(url, 512, "mariadb://app:s3cret%%21pass@127.0.0.1:%u,127.0.0.1:%u/test", followed_port,
		         follower->port);
	else
		snprintf(url, 512, "postgresql://tester:s3cret%%21pass@/test?host=%s/server,%s/server",
		         followed_server()->folder, follower->server.folder);
}

unsigned wait_for_use(struct trv_db *db, size_t replica, bool in_use)
{
	uint64_t started = trv_monotonic(), end = started + PATIENCE_MS * MS;
	struct trv_replica_stats stats;

	for (;;) {
		trv_replica_stats(db, replica, &stats);
		if (stats.in_use == in_use)
			return (unsigned)((trv_monotonic() - started) / MS);
		if (!CHECK(trv_monotonic() < end))
			return PATIENCE_MS;
		pause_ms(2);
	}
}
