/* Who waits, and what the queue does when the pool changes meanwhile. */
#include "fixture.h"

#define WAITERS 6

struct line {
	struct pool_test test;
	struct borrower waiters[WAITERS];
};

static void stand_in_line(struct line *line, unsigned count, unsigned hold_ms)
{
	for (unsigned i = 0; i < count; i++) {
		line->waiters[i] = (struct borrower) { .hold_ms = hold_ms };
		start_waiting(&line->waiters[i], &line->test, i + 1);
	}
}

static void check_served_in_order(struct line *line, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		pthread_join(line->waiters[i].thread, NULL);
		CHECK_OK(line->waiters[i].result, &line->waiters[i].error);
		if (i > 0)
			CHECK(line->waiters[i].served_at >= line->waiters[i - 1].served_at);
	}
	CHECK_INT(stats_of(&line->test).waiting, 0);
	CHECK_INT(stats_of(&line->test).used, 0);
}

TEST(pool_queue, an_eviction_meanwhile_leaves_the_order)
{
	struct line line;

	pool_open(&line.test, (struct trv_pool_options) { .size = 1 });
	struct trv_session *holder = hold(&line.test);
	stand_in_line(&line, WAITERS, 5);
	trv_pool_evict(line.test.db);
	trv_session_close(holder);
	check_served_in_order(&line, WAITERS);
	CHECK_INT(stats_of(&line.test).closed[TRV_POOL_CLOSED_EVICTED], 1);
	CHECK_INT(stats_of(&line.test).created, 2);
	pool_close(&line.test);
}

TEST(pool_queue, who_waits_over_a_suspension_is_served_in_order_after_it)
{
	struct line line;

	pool_open(&line.test, (struct trv_pool_options) { .size = 1 });
	trv_pool_suspend(line.test.db);
	stand_in_line(&line, WAITERS, 3);
	CHECK_INT(stats_of(&line.test).idle, 1);
	trv_pool_resume(line.test.db);
	check_served_in_order(&line, WAITERS);
	CHECK_INT(stats_of(&line.test).created, 1);
	pool_close(&line.test);
}

TEST(pool_queue, what_comes_back_to_a_suspended_pool_is_given_to_nobody)
{
	struct line line;

	pool_open(&line.test, (struct trv_pool_options) { .size = 1 });
	struct trv_session *holder = hold(&line.test);
	trv_pool_suspend(line.test.db);
	stand_in_line(&line, 2, 0);
	trv_session_close(holder);
	pass(20);
	CHECK_INT(stats_of(&line.test).waiting, 2);
	CHECK_INT(stats_of(&line.test).idle, 1);
	CHECK_INT(stats_of(&line.test).used, 0);
	trv_pool_resume(line.test.db);
	check_served_in_order(&line, 2);
	pool_close(&line.test);
}

TEST(pool_queue, suspending_twice_is_undone_by_resuming_once)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1, .acquire_ms = 2000 });
	struct trv_session *s = session_of(&t);
	trv_pool_suspend(t.db);
	trv_pool_suspend(t.db);
	trv_pool_resume(t.db);
	CHECK(!stats_of(&t).suspended);
	CHECK_OK(poke(s), trv_error(s));
	trv_pool_resume(t.db);
	CHECK_OK(poke(s), trv_error(s));
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_queue, a_larger_size_serves_the_first_of_those_who_wait)
{
	struct line line;

	pool_open(&line.test, (struct trv_pool_options) { .size = 1 });
	struct trv_session *holder = hold(&line.test);
	stand_in_line(&line, WAITERS, 5);
	CHECK_INT(trv_pool_resize(line.test.db, 2), 0);
	/* one by one, by the second connection */
	for (unsigned i = 0; i < WAITERS; i++)
		pthread_join(line.waiters[i].thread, NULL);
	for (unsigned i = 1; i < WAITERS; i++)
		CHECK(line.waiters[i].served_at >= line.waiters[i - 1].served_at);
	CHECK_INT(stats_of(&line.test).created, 2);
	trv_session_close(holder);
	pool_close(&line.test);
}

TEST(pool_queue, a_smaller_size_holds_for_those_who_wait)
{
	struct line line;

	pool_open(&line.test, (struct trv_pool_options) { .size = 3 });
	struct trv_session *a = hold(&line.test), *b = hold(&line.test), *c = hold(&line.test);
	stand_in_line(&line, 1, 0);
	CHECK_INT(trv_pool_resize(line.test.db, 1), 0);
	trv_session_close(a);
	trv_session_close(b);
	pass(20);
	CHECK_INT(stats_of(&line.test).waiting, 1);
	CHECK_INT(stats_of(&line.test).closed[TRV_POOL_CLOSED_SURPLUS], 2);
	trv_session_close(c);
	check_served_in_order(&line, 1);
	CHECK_INT(stats_of(&line.test).created, 3);
	pool_close(&line.test);
}

TEST(pool_queue, overflow_goes_to_who_waits_before_it_is_closed)
{
	struct line line;

	pool_open(&line.test, (struct trv_pool_options) { .size = 1, .overflow = 1 });
	struct trv_session *a = hold(&line.test), *b = hold(&line.test);
	stand_in_line(&line, 1, 0);
	trv_session_close(b);
	pthread_join(line.waiters[0].thread, NULL);
	CHECK_OK(line.waiters[0].result, &line.waiters[0].error);
	CHECK_INT(stats_of(&line.test).created, 2);
	CHECK_INT(stats_of(&line.test).closed[TRV_POOL_CLOSED_SURPLUS], 1); /* after it */
	trv_session_close(a);
	CHECK_INT(stats_of(&line.test).idle, 1);
	pool_close(&line.test);
}

TEST(pool_queue, a_canceled_waiter_leaves_its_place_to_the_next)
{
	struct line line;
	struct trv_error error;

	pool_open(&line.test, (struct trv_pool_options) { .size = 1 });
	struct trv_session *holder = hold(&line.test);
	stand_in_line(&line, 3, 2);
	struct trv__pool *pool = trv__db_pool(line.test.db);
	pthread_mutex_lock(&pool->lock);
	struct trv_session *second = (struct trv_session *)(uintptr_t)pool->first->next->holder;
	pthread_mutex_unlock(&pool->lock);
	CHECK_INT(trv_cancel(second, &error), 0);
	pthread_join(line.waiters[1].thread, NULL);
	CHECK_STATUS(line.waiters[1].result, TRV_ERR_CANCELED);
	CHECK_INT(stats_of(&line.test).waiting, 2);
	trv_session_close(holder);
	pthread_join(line.waiters[0].thread, NULL);
	pthread_join(line.waiters[2].thread, NULL);
	CHECK_OK(line.waiters[0].result, &line.waiters[0].error);
	CHECK_OK(line.waiters[2].result, &line.waiters[2].error);
	CHECK(line.waiters[2].served_at >= line.waiters[0].served_at);
	pool_close(&line.test);
}

TEST(pool_queue, nobody_overtakes_those_who_wait)
{
	struct line line;

	pool_open(&line.test, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = hold(&line.test);
	stand_in_line(&line, 3, 2);
	/* gives back and wants again at once */
	CHECK_OK(trv_rollback(s), trv_error(s));
	CHECK_OK(try_hold(s), trv_error(s));
	uint64_t served_at = trv_monotonic();
	for (int i = 0; i < 3; i++) {
		pthread_join(line.waiters[i].thread, NULL);
		CHECK(line.waiters[i].served_at <= served_at);
	}
	trv_session_close(s);
	pool_close(&line.test);
}

TEST(pool_queue, a_deadline_that_passes_in_line_counts_once)
{
	struct line line;

	pool_open(&line.test, (struct trv_pool_options) { .size = 1, .acquire_ms = 600 });
	struct trv_session *holder = hold(&line.test);
	stand_in_line(&line, 4, 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(line.waiters[i].thread, NULL);
		CHECK_STATUS(line.waiters[i].result, TRV_ERR_TIMEOUT);
	}
	CHECK_INT(stats_of(&line.test).timeouts, 4);
	CHECK_INT(stats_of(&line.test).waiting, 0);
	trv_session_close(holder);
	CHECK_INT(stats_of(&line.test).idle, 1);
	pool_close(&line.test);
}

/* --- everything at once ------------------------------------------------------------------------------- */

#define STORM_THREADS 16
#define STORM_MS 1500
#define STORM_SIZE 4

struct storm {
	struct pool_test *test;
	_Atomic int stop;
	_Atomic int inside, most; /* who hold a connection at once */
	_Atomic uint64_t calls, failures, wrong_gauges;
};

static void count_in(struct storm *storm)
{
	int now = atomic_fetch_add(&storm->inside, 1) + 1, most = atomic_load(&storm->most);

	while (now > most && !atomic_compare_exchange_weak(&storm->most, &most, now))
		;
}

static void *be_stormy(void *argument)
{
	struct storm *storm = argument;
	struct trv_session *s = session_of(storm->test);

	while (!atomic_load(&storm->stop)) {
		int r = try_hold(s);
		if (r >= 0) {
			count_in(storm);
			r = poke(s);
			atomic_fetch_sub(&storm->inside, 1);
			trv_rollback(s);
		}
		atomic_fetch_add(r < 0 ? &storm->failures : &storm->calls, 1);
	}
	trv_session_close(s);
	return NULL;
}

static void look(struct storm *storm)
{
	struct trv_pool_stats stats = stats_of(storm->test);

	if (stats.idle + stats.used + stats.connecting > STORM_SIZE + 2)
		atomic_fetch_add(&storm->wrong_gauges, 1);
}

static void change(struct storm *storm)
{
	uint64_t end = trv_monotonic() + STORM_MS * MS;

	for (unsigned i = 0; trv_monotonic() < end; i++) {
		if (i % 5 == 0)
			trv_pool_evict(storm->test->db);
		if (i % 7 == 0)
			trv_pool_suspend(storm->test->db);
		CHECK_INT(trv_pool_resize(storm->test->db, 1 + i % STORM_SIZE), 0);
		look(storm);
		pass(2);
		trv_pool_resume(storm->test->db);
	}
	CHECK_INT(trv_pool_resize(storm->test->db, STORM_SIZE), 0);
}

static bool is_quiet(void *argument)
{
	return stats_of(argument).connecting == 0;
}

TEST(pool_queue, sixteen_threads_and_a_restless_operator_lose_nothing)
{
	struct pool_test t;
	struct storm storm = { .test = &t };
	pthread_t threads[STORM_THREADS];

	pool_open(&t,
	          (struct trv_pool_options) {
			  .size = STORM_SIZE, .overflow = 2, .acquire_ms = 20000, .lifetime_ms = 50, .idle_ms = 40 });
	for (int i = 0; i < STORM_THREADS; i++)
		REQUIRE(pthread_create(&threads[i], NULL, be_stormy, &storm) == 0);
	change(&storm);
	atomic_store(&storm.stop, 1);
	for (int i = 0; i < STORM_THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(await(is_quiet, &t));
	struct trv_pool_stats stats = stats_of(&t);
	uint64_t closed = 0;
	for (int i = 0; i < TRV_POOL_CLOSED_COUNT; i++)
		closed += stats.closed[i];
	test_note("%llu borrows, at most %d at once; %llu connections made, %llu closed",
	          (unsigned long long)atomic_load(&storm.calls), atomic_load(&storm.most),
	          (unsigned long long)stats.created, (unsigned long long)closed);
	CHECK_INT(atomic_load(&storm.failures), 0);
	CHECK_INT(atomic_load(&storm.wrong_gauges), 0);
	CHECK(atomic_load(&storm.most) <= STORM_SIZE + 2);
	CHECK(atomic_load(&storm.calls) > STORM_THREADS);
	CHECK_INT(stats.used, 0);
	CHECK_INT(stats.waiting, 0);
	CHECK_INT(stats.misuses, 0);
	CHECK_INT(stats.created - closed, stats.idle);
	pool_close(&t);
}
