/* A child of fork() and its parent's pool. */
#include "fixture.h"

#include <sys/wait.h>
#include <unistd.h>

/* Runs it in a child; its exit status. */
static int in_child(int (*what)(struct pool_test *t, struct trv_session *s), struct pool_test *t, struct trv_session *s)
{
	int status = -1;

	fflush(stdout);
	pid_t child = fork();
	REQUIRE(child >= 0);
	if (child == 0)
		_exit(what(t, s));
	REQUIRE(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int use(struct pool_test *t, struct trv_session *s)
{
	(void)t;
	if (poke(s) != TRV_ERR_MISUSE)
		return 1;
	return strstr(trv_error(s)->message, "child of fork()") ? 0 : 2;
}

static int open_session(struct pool_test *t, struct trv_session *s)
{
	struct trv_session *own = NULL;
	struct trv_error error;

	(void)s;
	if (trv_session_open(t->db, &own, &error) < 0)
		return 1;
	int r = poke(own) == TRV_ERR_MISUSE ? 0 : 2;
	trv_session_close(own);
	return r;
}

static int close_all(struct pool_test *t, struct trv_session *s)
{
	trv_session_close(s);
	trv_close(t->db);
	return 0;
}

static int watch(struct pool_test *t, struct trv_session *s)
{
	struct trv_pool_stats stats;

	(void)s;
	trv_pool_stats(t->db, &stats);
	trv_pool_evict(t->db);
	trv_pool_suspend(t->db);
	return stats.size == 0 && trv_pool_resize(t->db, 3) == TRV_ERR_MISUSE ? 0 : 1;
}

static int open_own(struct pool_test *t, struct trv_session *s)
{
	struct pool_test own = { .db = NULL };

	(void)s;
	if (trv_open(&own.db, &(struct trv_options) { .url = t->url }, &own.error) < 0)
		return 1;
	struct trv_session *session = NULL;
	if (trv_session_open(own.db, &session, &own.error) < 0 || poke(session) < 0)
		return 2;
	trv_session_close(session);
	trv_close(own.db);
	return 0;
}

static const struct {
	const char *name;
	int (*what)(struct pool_test *t, struct trv_session *s);
} deeds[] = {
	{ "use", use }, { "open", open_session }, { "watch", watch }, { "own", open_own }, { "close", close_all },
};

TEST(pool_fork, a_child_is_refused_and_the_parent_goes_on)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 2 });
	struct trv_session *s = session_of(&t);
	CHECK_OK(poke(s), trv_error(s));
	for (size_t i = 0; i < TRV_COUNT_OF(deeds); i++) {
		if (!CHECK_INT(in_child(deeds[i].what, &t, s), 0))
			test_note("%s", deeds[i].name);
		for (int round = 0; round < 3; round++)
			CHECK_OK(poke(s), trv_error(s));
	}
	CHECK_INT(stats_of(&t).created, 1);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_fork, a_connection_that_was_held_works_on_in_the_parent)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = hold(&t);
	int64_t before = is_sqlite() ? 0 : server_id(s);
	for (size_t i = 0; i < TRV_COUNT_OF(deeds); i++)
		if (deeds[i].what != open_own && !CHECK_INT(in_child(deeds[i].what, &t, s), 0))
			test_note("%s", deeds[i].name);
	CHECK_OK(poke(s), trv_error(s));
	CHECK_INT(trv_transaction_depth(s), 1);
	if (!is_sqlite())
		CHECK_INT(server_id(s), before);
	CHECK_OK(trv_commit(s), trv_error(s));
	CHECK_INT(stats_of(&t).created, 1);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_fork, a_thread_of_the_pool_does_not_hinder_a_fork)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 3, .min_idle = 2, .leak_ms = 10000 });
	struct trv_session *s = hold(&t);
	for (int i = 0; i < 10; i++)
		CHECK_INT(in_child(close_all, &t, s), 0);
	CHECK_OK(poke(s), trv_error(s));
	trv_session_close(s);
	pool_close(&t);
}
