#include "follower.h"

#include <stdlib.h>
#include <unistd.h>

#define PATIENCE_MS 15000

static const struct {
	const char *pause, *resume;
} verbs[] = {
	[POSTGRESQL] = { "SELECT pg_wal_replay_pause()::text", "SELECT pg_wal_replay_resume()::text" },
	[MARIADB] = { "STOP SLAVE SQL_THREAD", "START SLAVE SQL_THREAD" },
};

const struct server *followed_server(void)
{
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
	snprintf(more, sizeof(more), "%d '%s'", (int)getpid(), primary->folder);
	server_script(&follower->server, "follow", more, follower->server.url, sizeof(follower->server.url));
	REQUIRE(follower->server.url[0]);
	connect_control(follower);
}

void follower_release(struct follower *follower)
{
	char ignored[8];

	trv_session_close(follower->control);
	trv_close(follower->db);
	server_script(&follower->server, "stop", "", ignored, sizeof(ignored));
}

void follower_await(struct follower *follower, uint64_t accounts)
{
	uint64_t end = trv_monotonic() + PATIENCE_MS * MS, count = 0;

	/* the table may not be there yet */
	while (account_count(follower->control, &count, NULL) < 0 || count != accounts) {
		REQUIRE(trv_monotonic() < end);
		pause_ms(2);
	}
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

void follower_promote(struct follower *follower)
{
	char line[16];

	server_script(&follower->server, "promote", "", line, sizeof(line));
	REQUIRE(line[0]);
}

void both_urls(const struct follower *follower, char url[512])
{
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
