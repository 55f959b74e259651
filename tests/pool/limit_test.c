/* How many connections there are, who waits for them, and for how long. */
#include "fixture.h"

#include <pthread.h>

/* --- size and order ----------------------------------------------------------------------------- */

TEST(pool_limit, connections_are_opened_when_they_are_needed)
{
	struct pool_test t;
	struct trv_session *held[3];

	pool_open(&t, (struct trv_pool_options) { .size = 3 });
	CHECK_INT(stats_of(&t).created, 1);
	for (int i = 0; i < 3; i++) {
		held[i] = hold(&t);
		CHECK_INT(stats_of(&t).created, i + 1);
		CHECK_INT(stats_of(&t).used, i + 1);
	}
	for (int i = 0; i < 3; i++)
		trv_session_close(held[i]);
	CHECK_INT(stats_of(&t).idle, 3);
	CHECK_INT(stats_of(&t).used, 0);
	pool_close(&t);
}

TEST(pool_limit, the_last_one_given_back_is_the_first_one_given_out)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 3 });
	struct trv_session *a = hold(&t), *b = hold(&t), *c = hold(&t);
	struct trv__link *first = a->link, *second = b->link, *third = c->link;
	trv_session_close(b);
	trv_session_close(c);
	trv_session_close(a);
	a = hold(&t);
	CHECK(a->link == first);
	c = hold(&t);
	CHECK(c->link == third);
	b = hold(&t);
	CHECK(b->link == second);
	trv_session_close(a);
	trv_session_close(b);
	trv_session_close(c);
	pool_close(&t);
}

TEST(pool_limit, defaults_are_four_connections_and_no_thread)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 0 });
	CHECK_INT(stats_of(&t).size, 4);
	CHECK_INT(stats_of(&t).overflow, 0);
	CHECK(!trv__db_pool(t.db)->has_keeper);
	pool_close(&t);
}

TEST(pool_limit, overflow_is_closed_when_it_comes_back)
{
	struct pool_test t;
	struct trv_session *held[4];

	pool_open(&t, (struct trv_pool_options) { .size = 2, .overflow = 2 });
	for (int i = 0; i < 4; i++)
		held[i] = hold(&t);
	struct trv_session *fifth = session_of(&t);
	pool_be_impatient(&t, 200);
	CHECK_STATUS(try_hold(fifth), TRV_ERR_TIMEOUT);
	CHECK_CONTAINS(trv_error(fifth)->message, "all 4 are in use");
	for (int i = 0; i < 4; i++)
		trv_session_close(held[i]);
	CHECK_INT(stats_of(&t).idle, 2);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_SURPLUS], 2);
	CHECK_OK(poke(fifth), trv_error(fifth));
	trv_session_close(fifth);
	pool_close(&t);
}

/* --- waiting ------------------------------------------------------------------------------------ */

TEST(pool_limit, waiters_are_served_in_the_order_of_arrival)
{
	struct pool_test t;
	struct borrower borrowers[20] = { { .result = 0 } };

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *first = hold(&t);
	for (unsigned i = 0; i < 20; i++) {
		borrowers[i].hold_ms = 1;
		start_waiting(&borrowers[i], &t, i + 1);
	}
	trv_session_close(first);
	for (unsigned i = 0; i < 20; i++) {
		pthread_join(borrowers[i].thread, NULL);
		CHECK_OK(borrowers[i].result, &borrowers[i].error);
		if (i)
			CHECK(borrowers[i].served_at > borrowers[i - 1].served_at);
	}
	pool_close(&t);
}

/* 100 threads at once, each holds for 20 ms: ideally the last waits for 9 rounds. */
TEST(pool_limit, a_hundred_threads_on_ten_connections_wait_no_longer_than_they_must)
{
	struct pool_test t;
	struct borrower borrowers[100] = { { .result = 0 } };
	struct trv_session *held[10];
	double longest = 0;

	pool_open(&t, (struct trv_pool_options) { .size = 10, .acquire_ms = 20000 });
	for (unsigned i = 0; i < 10; i++)
		held[i] = hold(&t);
	for (unsigned i = 0; i < 100; i++) {
		borrowers[i].hold_ms = 20;
		start_waiting(&borrowers[i], &t, i + 1);
	}
	uint64_t start = trv_monotonic();
	for (unsigned i = 0; i < 10; i++)
		trv_session_close(held[i]);
	for (unsigned i = 0; i < 100; i++) {
		pthread_join(borrowers[i].thread, NULL);
		CHECK_OK(borrowers[i].result, &borrowers[i].error);
		double waited = (double)(borrowers[i].served_at - start) / 1e6;
		longest = waited > longest ? waited : longest;
	}
	test_note("longest wait %.1f ms, ideally 180 ms: %.2f times", longest, longest / 180);
	CHECK(longest <= 180 * 1.5);
	pool_close(&t);
}

TEST(pool_limit, exhaustion_is_an_error_within_20_ms_of_the_deadline)
{
	struct pool_test t;
	double worst = 0;
	int late = 0;

	pool_open(&t, (struct trv_pool_options) { .size = 1, .acquire_ms = 50 });
	struct trv_session *holder = hold(&t), *s = session_of(&t);
	for (int i = 0; i < 10; i++) {
		uint64_t start = trv_monotonic();
		CHECK_STATUS(poke(s), TRV_ERR_TIMEOUT);
		double took = since(start);
		CHECK(took >= 50);
		worst = took > worst ? took : worst;
		late += took >= 70;
	}
	test_note("at most %.1f ms for a deadline of 50 ms", worst);
	CHECK(late <= 1); /* a busy machine may keep one of ten threads from running */
	CHECK_INT(stats_of(&t).timeouts, 10);
	trv_session_close(holder);
	CHECK_OK(poke(s), trv_error(s));
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_limit, the_timeout_names_the_holders)
{
	struct pool_test t;
	struct trv_pool_holder holders[4];
	char site[160];

	pool_open(&t, (struct trv_pool_options) { .size = 2 });
	struct trv_session *a = hold(&t), *b = hold(&t), *s = session_of(&t);
	pool_be_impatient(&t, 200);
	CHECK_STATUS(poke(s), TRV_ERR_TIMEOUT);
	CHECK_INT(trv_pool_holders(t.db, holders, 4), 2);
	CHECK(holders[0].session == a && holders[1].session == b);
	CHECK(holders[0].held >= holders[1].held && holders[1].held >= 200 * MS);
	struct trv_error record = { .site = holders[0].site };
	REQUIRE(trv_error_site(&record, site, sizeof(site)) > 0);
	CHECK_CONTAINS(trv_error(s)->detail, "held by ");
	CHECK_CONTAINS(trv_error(s)->detail, site);
	CHECK_CONTAINS(trv_error(s)->detail, "test-pool");
	trv_session_close(a);
	trv_session_close(b);
	CHECK_INT(trv_pool_holders(t.db, holders, 4), 0);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_limit, many_holders_are_counted_where_there_is_no_room_to_name_them)
{
	struct pool_test t;
	struct trv_session *held[20];

	pool_open(&t, (struct trv_pool_options) { .size = 20 });
	for (int i = 0; i < 20; i++)
		held[i] = hold(&t);
	struct trv_session *s = session_of(&t);
	pool_be_impatient(&t, 200);
	CHECK_STATUS(poke(s), TRV_ERR_TIMEOUT);
	CHECK_CONTAINS(trv_error(s)->detail, " more");
	for (int i = 0; i < 20; i++)
		trv_session_close(held[i]);
	trv_session_close(s);
	pool_close(&t);
}

/* A connection comes and goes in front of it again and again: its deadline does not move. */
TEST(pool_limit, a_waiter_keeps_its_absolute_deadline)
{
	struct pool_test t;
	struct borrower late = { .result = 0 };

	pool_open(&t, (struct trv_pool_options) { .size = 1, .acquire_ms = 200 });
	struct trv_session *holder = hold(&t);
	start_waiting(&late, &t, 1);
	for (int i = 0; i < 30; i++) {
		pthread_mutex_lock(&trv__db_pool(t.db)->lock);
		trv__pool_wake_all(trv__db_pool(t.db));
		pthread_mutex_unlock(&trv__db_pool(t.db)->lock);
		pass(5);
	}
	pthread_join(late.thread, NULL);
	CHECK_STATUS(late.result, TRV_ERR_TIMEOUT);
	CHECK(late.waited >= 200 && late.waited < 260);
	trv_session_close(holder);
	pool_close(&t);
}

/* What it is given is dead, every time: it looks for another until its own deadline. */
TEST(pool_limit, a_waiter_that_is_given_a_dead_connection_gets_another)
{
	struct pool_test t;
	struct borrower waiter = { .result = 0 };

	pool_open(&t, (struct trv_pool_options) { .size = 1, .acquire_ms = 2000 });
	struct trv_session *holder = hold(&t);
	start_waiting(&waiter, &t, 1);
	holder->link->expires = 1; /* too old by the time it is given on */
	trv_session_close(holder);
	pthread_join(waiter.thread, NULL);
	CHECK_OK(waiter.result, &waiter.error);
	CHECK_INT(stats_of(&t).created, 2);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_LIFETIME], 1);
	pool_close(&t);
}

TEST(pool_limit, a_timed_out_waiter_leaves_the_queue_to_the_others)
{
	struct pool_test t;
	struct borrower waiters[3] = { { .result = 0 } };

	pool_open(&t, (struct trv_pool_options) { .size = 1, .acquire_ms = 150 });
	struct trv_session *holder = hold(&t);
	start_waiting(&waiters[0], &t, 1);
	pass(100);
	start_waiting(&waiters[1], &t, 2);
	start_waiting(&waiters[2], &t, 3);
	pthread_join(waiters[0].thread, NULL);
	CHECK_STATUS(waiters[0].result, TRV_ERR_TIMEOUT);
	trv_session_close(holder);
	for (int i = 1; i < 3; i++) {
		pthread_join(waiters[i].thread, NULL);
		CHECK_OK(waiters[i].result, &waiters[i].error);
	}
	CHECK_INT(stats_of(&t).waiting, 0);
	pool_close(&t);
}

/* --- no thread that would connect ----------------------------------------------------------------------- */

static size_t usual_stack;

/* No thread starts with a stack that no memory has room for. */
static void set_stack(size_t size)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	if (!usual_stack)
		pthread_attr_getstacksize(&attributes, &usual_stack);
	pthread_attr_setstacksize(&attributes, size);
	CHECK_INT(pthread_setattr_default_np(&attributes), 0);
	pthread_attr_destroy(&attributes);
}

static bool has_failed(void *argument)
{
	return stats_of(argument).connect_failures > 0;
}

static void *give_threads_back(void *argument)
{
	CHECK(await(has_failed, argument));
	set_stack(usual_stack);
	return NULL;
}

TEST(pool_limit, who_waits_outlasts_a_lack_of_threads)
{
	struct pool_test t;
	pthread_t thread;

	pool_open(&t, (struct trv_pool_options) { .size = 2 });
	struct trv_session *holder = hold(&t), *s = session_of(&t);
	REQUIRE(pthread_create(&thread, NULL, give_threads_back, &t) == 0);
	set_stack((size_t)1 << 60);
	CHECK_OK(try_hold(s), trv_error(s));
	pthread_join(thread, NULL);
	CHECK(stats_of(&t).connect_failures > 0);
	CHECK_INT(stats_of(&t).created, 2);
	trv_session_close(holder);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_limit, a_lack_of_threads_is_told_at_the_deadline)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 2, .acquire_ms = 200 });
	struct trv_session *holder = hold(&t), *s = session_of(&t);
	set_stack((size_t)1 << 60);
	CHECK_STATUS(try_hold(s), TRV_ERR_TIMEOUT);
	set_stack(usual_stack);
	CHECK_CONTAINS(trv_error(s)->message, "no thread can be started");
	trv_session_close(holder);
	trv_session_close(s);
	pool_close(&t);
}
