/* How long connections live, and what is done to them meanwhile. */
#include "fixture.h"

#include <pthread.h>

static bool has_idle(void *argument)
{
	return stats_of(argument).idle == 3;
}

TEST(pool_life, idle_connections_are_opened_beforehand)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 5, .min_idle = 3 });
	CHECK(await(has_idle, &t));
	CHECK_INT(stats_of(&t).created, 3);
	pool_close(&t);
}

static bool are_two_closed(void *argument)
{
	return stats_of(argument).closed[TRV_POOL_CLOSED_IDLE] == 2;
}

TEST(pool_life, idle_connections_are_closed_in_a_pool_that_nobody_uses)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 3, .idle_ms = 40, .min_idle = 1 });
	struct trv_session *a = hold(&t), *b = hold(&t), *c = hold(&t);
	trv_session_close(a);
	trv_session_close(b);
	trv_session_close(c);
	CHECK_INT(stats_of(&t).idle, 3);
	CHECK(await(are_two_closed, &t));
	pass(60);
	CHECK_INT(stats_of(&t).idle, 1);
	pool_close(&t);
}

TEST(pool_life, a_connection_ends_with_its_lifetime)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1, .lifetime_ms = 30 });
	struct trv_session *s = session_of(&t);
	pass(40);
	CHECK_OK(poke(s), trv_error(s));
	CHECK_INT(stats_of(&t).created, 2);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_LIFETIME], 1);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_life, lifetimes_differ)
{
	struct pool_test t;
	struct trv_session *held[8];
	uint64_t least = UINT64_MAX, most = 0;

	pool_open(&t, (struct trv_pool_options) { .size = 8, .lifetime_ms = 100000 });
	for (int i = 0; i < 8; i++) {
		held[i] = hold(&t);
		uint64_t life = held[i]->link->expires - trv_monotonic();
		CHECK(life <= 100000 * MS && life > 89000 * MS);
		least = life < least ? life : least;
		most = life > most ? life : most;
	}
	CHECK(most - least > 100 * MS);
	for (int i = 0; i < 8; i++)
		trv_session_close(held[i]);
	pool_close(&t);
}

TEST(pool_life, never_is_never)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) {
			      .size = 1, .lifetime_ms = TRV_NEVER, .idle_ms = TRV_NEVER, .ping_idle_ms = TRV_NEVER });
	struct trv_session *s = hold(&t);
	CHECK(s->link->expires == UINT64_MAX);
	CHECK(!trv__db_pool(t.db)->has_keeper);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_life, a_used_connection_is_not_ended)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1, .lifetime_ms = 20, .idle_ms = 20 });
	struct trv_session *s = hold(&t);
	pass(60);
	CHECK_OK(poke(s), trv_error(s));
	CHECK_INT(stats_of(&t).created, 1);
	trv_session_close(s);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_LIFETIME], 1);
	pool_close(&t);
}

TEST(pool_life, a_connection_that_was_idle_is_asked_and_one_just_used_is_not)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1, .ping_idle_ms = 30 });
	struct trv_session *s = hold(&t);
	struct trv__link *link = s->link;
	CHECK(!link->suspect);
	CHECK_OK(trv_rollback(s), trv_error(s));
	pass(40);
	CHECK_OK(try_hold(s), trv_error(s));
	CHECK(s->link == link);
	CHECK(link->suspect);
	trv_session_close(s);
	pool_close(&t);
}

/* --- steering ----------------------------------------------------------------------------------- */

TEST(pool_life, eviction_replaces_idle_connections_at_once_and_used_ones_on_return)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 3 });
	struct trv_session *a = hold(&t), *b = hold(&t);
	trv_session_close(b);
	trv_pool_evict(t.db);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_EVICTED], 1);
	CHECK_INT(stats_of(&t).idle, 0);
	CHECK_OK(poke(a), trv_error(a));
	trv_session_close(a);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_EVICTED], 2);
	b = hold(&t);
	trv_session_close(b);
	CHECK_INT(stats_of(&t).idle, 1);
	CHECK_INT(stats_of(&t).created, 3);
	pool_close(&t);
}

TEST(pool_life, a_pool_grows_while_sessions_wait)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *a = hold(&t), *b = session_of(&t);
	pool_be_impatient(&t, 200);
	CHECK_STATUS(try_hold(b), TRV_ERR_TIMEOUT);
	pool_be_impatient(&t, 5000);
	CHECK_INT(trv_pool_resize(t.db, 2), 0);
	CHECK_OK(try_hold(b), trv_error(b));
	trv_session_close(a);
	trv_session_close(b);
	pool_close(&t);
}

TEST(pool_life, a_pool_shrinks_idle_connections_first_and_used_ones_on_return)
{
	struct pool_test t;
	struct trv_session *held[4];

	pool_open(&t, (struct trv_pool_options) { .size = 4 });
	for (int i = 0; i < 4; i++)
		held[i] = hold(&t);
	trv_session_close(held[0]);
	CHECK_INT(trv_pool_resize(t.db, 2), 0);
	CHECK_INT(stats_of(&t).idle, 0);
	CHECK_INT(stats_of(&t).used, 3);
	trv_session_close(held[1]);
	CHECK_INT(stats_of(&t).idle, 0);
	trv_session_close(held[2]);
	CHECK_INT(stats_of(&t).idle, 1);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_SURPLUS], 2);
	trv_session_close(held[3]);
	CHECK_INT(stats_of(&t).idle, 2);
	CHECK_STATUS(trv_pool_resize(t.db, 0), TRV_ERR_LIMIT);
	CHECK_INT(stats_of(&t).size, 2);
	pool_close(&t);
}

static void *resume_later(void *argument)
{
	pass(50);
	trv_pool_resume(argument);
	return NULL;
}

TEST(pool_life, a_suspended_pool_makes_sessions_wait_until_it_resumes)
{
	struct pool_test t;
	pthread_t thread;

	pool_open(&t, (struct trv_pool_options) { .size = 2, .acquire_ms = 500 });
	struct trv_session *a = hold(&t), *b = session_of(&t);
	trv_pool_suspend(t.db);
	CHECK_OK(poke(a), trv_error(a));
	uint64_t start = trv_monotonic();
	REQUIRE(pthread_create(&thread, NULL, resume_later, t.db) == 0);
	CHECK_OK(poke(b), trv_error(b));
	CHECK(since(start) >= 49);
	pthread_join(thread, NULL);
	trv_session_close(a);
	trv_session_close(b);
	pool_close(&t);
}

TEST(pool_life, a_suspended_pool_says_so_at_the_deadline)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 2, .acquire_ms = 200 });
	struct trv_session *s = session_of(&t);
	trv_pool_suspend(t.db);
	CHECK(stats_of(&t).suspended);
	CHECK_STATUS(poke(s), TRV_ERR_TIMEOUT);
	CHECK_CONTAINS(trv_error(s)->message, "suspended");
	trv_pool_resume(t.db);
	CHECK_OK(poke(s), trv_error(s));
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_life, a_database_in_memory_keeps_its_one_connection)
{
	struct pool_test t;

	if (!is_sqlite())
		SKIP("only SQLite has databases in memory");
	pool_open_url(&t, "sqlite::memory:",
	              (struct trv_options) {
			      .pool = { .size = 4, .overflow = 2, .idle_ms = 10, .lifetime_ms = 10, .min_idle = 1 } });
	struct trv_session *s = session_of(&t);
	CHECK_OK(trv_exec(s, NULL, "CREATE TABLE kept (n INTEGER)", NULL, 0), trv_error(s));
	pass(30);
	trv_pool_evict(t.db);
	CHECK_STATUS(trv_pool_resize(t.db, 2), TRV_ERR_LIMIT);
	CHECK_INT(number(s, "SELECT count(*) FROM kept"), 0);
	CHECK_INT(stats_of(&t).created, 1);
	trv_session_close(s);
	pool_close(&t);
}

/* --- leaks -------------------------------------------------------------------------------------- */

struct report {
	pthread_mutex_t lock;
	unsigned count;
	struct trv_pool_holder holder;
};

static void note_leak(const struct trv_pool_holder *holder, void *argument)
{
	struct report *report = argument;

	pthread_mutex_lock(&report->lock);
	report->count++;
	report->holder = *holder;
	pthread_mutex_unlock(&report->lock);
}

static bool is_reported(void *argument)
{
	struct report *report = argument;

	pthread_mutex_lock(&report->lock);
	bool reported = report->count > 0;
	pthread_mutex_unlock(&report->lock);
	return reported;
}

TEST(pool_life, a_leaked_session_is_reported_once_with_its_call_site)
{
	struct pool_test t;
	struct report report = { .lock = PTHREAD_MUTEX_INITIALIZER };
	char site[160];

	pool_open(&t, (struct trv_pool_options) {
			      .size = 2, .leak_ms = 80, .leaked = note_leak, .leaked_argument = &report });
	struct trv_session *s = session_of(&t);
	for (int i = 0; i < 20; i++)
		CHECK_OK(poke(s), trv_error(s));
	CHECK(!is_reported(&report));
	uint64_t start = trv_monotonic();
	CHECK_OK(try_hold(s), trv_error(s));
	CHECK(await(is_reported, &report));
	double took = since(start);
	test_note("reported after %.1f ms, the threshold is 80 ms", took);
	CHECK(took >= 80 && took < 120);
	CHECK(report.holder.session == s);
	CHECK(report.holder.held >= 80 * MS);
	REQUIRE(trv_error_site(&(struct trv_error) { .site = report.holder.site }, site, sizeof(site)) > 0);
	CHECK_CONTAINS(site, "test-pool");
	pass(100);
	pthread_mutex_lock(&report.lock);
	CHECK_INT(report.count, 1);
	pthread_mutex_unlock(&report.lock);
	CHECK_INT(stats_of(&t).leaks, 1);
	trv_session_close(s);
	pool_close(&t);
}
