/* What is kept ready, what is given up, and when. */
#include "fixture.h"

struct awaited {
	struct pool_test *test;
	unsigned idle;
};

static bool is_idle(void *argument)
{
	const struct awaited *awaited = argument;

	return stats_of(awaited->test).idle == awaited->idle;
}

static void check_idle(struct pool_test *test, unsigned idle)
{
	struct awaited awaited = { test, idle };

	if (!CHECK(await(is_idle, &awaited)))
		test_note("%u are idle, not %u", stats_of(test).idle, idle);
}

TEST(pool_keep, what_was_evicted_is_opened_again_where_some_are_to_be_ready)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 4, .min_idle = 3 });
	check_idle(&t, 3);
	trv_pool_evict(t.db);
	check_idle(&t, 3);
	CHECK_INT(stats_of(&t).created, 6);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_EVICTED], 3);
	pool_close(&t);
}

TEST(pool_keep, as_some_are_borrowed_others_get_ready)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 4, .min_idle = 2 });
	check_idle(&t, 2);
	struct trv_session *a = hold(&t), *b = hold(&t);
	check_idle(&t, 2);
	struct trv_session *c = hold(&t);
	pass(20);
	CHECK_INT(stats_of(&t).idle, 1); /* there is no room for more */
	CHECK_INT(stats_of(&t).created, 4);
	trv_session_close(a);
	trv_session_close(b);
	trv_session_close(c);
	pool_close(&t);
}

TEST(pool_keep, no_more_are_ready_than_the_size_and_more_when_it_grows)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 2, .min_idle = 5 });
	check_idle(&t, 2);
	pass(20);
	CHECK_INT(stats_of(&t).created, 2);
	CHECK_INT(trv_pool_resize(t.db, 4), 0);
	check_idle(&t, 4);
	CHECK_INT(trv_pool_resize(t.db, 1), 0);
	check_idle(&t, 1);
	pool_close(&t);
}

TEST(pool_keep, nothing_is_opened_while_the_pool_is_suspended)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 3, .min_idle = 3, .leak_ms = 40 });
	check_idle(&t, 3);
	trv_pool_suspend(t.db);
	trv_pool_evict(t.db);
	pass(40);
	CHECK_INT(stats_of(&t).idle, 0);
	CHECK_INT(stats_of(&t).created, 3);
	trv_pool_resume(t.db);
	check_idle(&t, 3);
	pool_close(&t);
}

TEST(pool_keep, the_oldest_goes_when_another_comes_back_after_its_time)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 2 });
	struct trv_session *a = hold(&t), *b = hold(&t);
	struct trv__link *old = a->link;
	CHECK(!trv__db_pool(t.db)->has_keeper);
	trv_session_close(a);
	pthread_mutex_lock(&trv__db_pool(t.db)->lock);
	old->expires = 1; /* while it is idle */
	pthread_mutex_unlock(&trv__db_pool(t.db)->lock);
	CHECK_INT(stats_of(&t).idle, 1);
	trv_session_close(b);
	CHECK_INT(stats_of(&t).idle, 1);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_LIFETIME], 1);
	pool_close(&t);
}

TEST(pool_keep, what_is_in_use_all_the_time_is_never_idle_for_too_long)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1, .idle_ms = 300 });
	struct trv_session *s = session_of(&t);
	uint64_t end = trv_monotonic() + 700 * MS;
	while (trv_monotonic() < end) {
		CHECK_OK(poke(s), trv_error(s));
		pass(10);
	}
	CHECK_INT(stats_of(&t).created, 1);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_IDLE], 0);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_keep, a_pool_that_is_not_busy_lets_the_connections_of_its_peak_go)
{
	struct pool_test t;
	struct trv_session *held[6], *s;

	pool_open(&t, (struct trv_pool_options) { .size = 6, .idle_ms = 60 });
	for (int i = 0; i < 6; i++)
		held[i] = hold(&t);
	for (int i = 0; i < 6; i++)
		trv_session_close(held[i]);
	s = session_of(&t);
	/* the same one again and again: the last given back is the first given out */
	for (int i = 0; i < 60 && stats_of(&t).idle > 1; i++) {
		CHECK_OK(poke(s), trv_error(s));
		pass(10);
	}
	CHECK_INT(stats_of(&t).idle, 1);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_IDLE], 5);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_keep, a_burst_opens_no_more_than_it_needs)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 20 });
	struct trv_session *s = session_of(&t);
	for (int i = 0; i < 500; i++)
		CHECK_OK(poke(s), trv_error(s));
	CHECK_INT(stats_of(&t).created, 1);
	struct trv_session *a = hold(&t), *b = hold(&t);
	for (int i = 0; i < 100; i++)
		CHECK_OK(poke(s), trv_error(s));
	CHECK_INT(stats_of(&t).created, 3);
	trv_session_close(a);
	trv_session_close(b);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_keep, evicting_twice_replaces_each_connection_once)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 2 });
	struct trv_session *s = hold(&t);
	trv_pool_evict(t.db);
	trv_pool_evict(t.db);
	trv_session_close(s);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_EVICTED], 1);
	s = hold(&t);
	trv_session_close(s);
	CHECK_INT(stats_of(&t).idle, 1);
	CHECK_INT(stats_of(&t).created, 2);
	pool_close(&t);
}

TEST(pool_keep, a_connection_is_suspect_from_the_moment_on_that_another_was_found_dead)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 3, .ping_idle_ms = TRV_NEVER });
	struct trv_session *a = hold(&t), *b = hold(&t);
	struct trv__link *dead = b->link;
	trv_session_close(a);
	trv_session_close(b);
	pthread_mutex_lock(&trv__db_pool(t.db)->lock);
	dead->connection->broken = true; /* as its driver would find it */
	pthread_mutex_unlock(&trv__db_pool(t.db)->lock);
	struct trv_session *s = hold(&t);
	CHECK(s->link != dead);
	CHECK(s->link->suspect);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_DEAD], 1);
	trv_session_close(s);
	s = hold(&t);
	CHECK(!s->link->suspect); /* it was asked by now */
	trv_session_close(s);
	pool_close(&t);
}

/* --- leaks ---------------------------------------------------------------------------------------- */

static bool is_leak_counted(void *argument)
{
	return stats_of(argument).leaks >= 1;
}

static bool are_two_leaks_counted(void *argument)
{
	return stats_of(argument).leaks >= 2;
}

TEST(pool_keep, leaks_are_counted_where_nobody_wants_to_hear_of_them)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1, .leak_ms = 30 });
	struct trv_session *s = hold(&t);
	CHECK(await(is_leak_counted, &t));
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_keep, each_borrow_that_is_too_long_is_a_leak_of_its_own)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1, .leak_ms = 30 });
	struct trv_session *s = hold(&t);
	CHECK(await(is_leak_counted, &t));
	CHECK_OK(trv_rollback(s), trv_error(s));
	CHECK_OK(try_hold(s), trv_error(s));
	CHECK(await(are_two_leaks_counted, &t));
	CHECK_INT(stats_of(&t).leaks, 2);
	trv_session_close(s);
	pool_close(&t);
}
