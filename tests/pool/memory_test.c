/* A pool whose memory runs out, at each of its allocations. */
#include "fixture.h"

#include <stddef.h>
#include <stdlib.h>

struct stage {
	struct pool_test test;
	struct trv_session *a, *b;
};

/* --- the steps, each of which may be refused for memory -------------------------------------------- */

static int open_sessions(struct stage *stage)
{
	int r = trv_session_open(stage->test.db, &stage->a, &stage->test.error);

	return r < 0 ? r : trv_session_open(stage->test.db, &stage->b, &stage->test.error);
}

static int borrow_both(struct stage *stage)
{
	int r = try_hold(stage->a);

	return r < 0 ? r : try_hold(stage->b);
}

static int ask_both(struct stage *stage)
{
	int r = poke(stage->a);

	return r < 0 ? r : poke(stage->b);
}

static int give_one_back(struct stage *stage)
{
	return trv_rollback(stage->a);
}

static int shrink(struct stage *stage)
{
	return trv_pool_resize(stage->test.db, 1);
}

static int grow(struct stage *stage)
{
	return trv_pool_resize(stage->test.db, 3);
}

static int evict(struct stage *stage)
{
	trv_pool_evict(stage->test.db);
	return 0;
}

static int give_the_other_back(struct stage *stage)
{
	return trv_rollback(stage->b);
}

static int (*const steps[])(struct stage *stage) = {
	open_sessions, borrow_both, ask_both,      give_one_back, shrink,   give_the_other_back,
	grow,          borrow_both, give_one_back, evict,         ask_both, give_the_other_back,
};

/* Whatever failed: who closes the sessions finds nothing borrowed and nobody waiting. */
static int go_through(struct pool_test *test)
{
	struct stage stage = { .test = *test };
	int r = 0;

	for (size_t i = 0; i < TRV_COUNT_OF(steps) && r >= 0; i++)
		r = steps[i](&stage);
	trv_session_close(stage.a);
	trv_session_close(stage.b);
	struct trv_pool_stats stats = stats_of(test);
	CHECK_INT(stats.used, 0);
	CHECK_INT(stats.waiting, 0);
	CHECK_INT(stats.misuses, 0);
	return r < 0 ? r : 0;
}

static bool fails_once(const struct trv_allocator *allocator)
{
	return !((const struct test_allocator *)(const void *)((const char *)allocator -
	                                                       offsetof(struct test_allocator, allocator)))
	                ->fail_on;
}

static int open_pool(struct pool_test *test, const struct trv_allocator *allocator, unsigned min_idle)
{
	return trv_open(&test->db,
	                &(struct trv_options) { .url = test->url,
	                                        .allocator = *allocator,
	                                        .pool = { .size = 3, .acquire_ms = 20000, .min_idle = min_idle } },
	                &test->error);
}

/* After one allocation that failed everything goes on as if nothing had been. */
static int live(const struct trv_allocator *allocator, void *argument)
{
	struct pool_test test = { .db = NULL };

	snprintf(test.url, sizeof(test.url), "%s", database_url());
	int first = open_pool(&test, allocator, *(unsigned *)argument);
	if (first < 0 && (!fails_once(allocator) || !CHECK_OK(open_pool(&test, allocator, 0), &test.error)))
		return first;
	int r = go_through(&test);
	if (r < 0 && fails_once(allocator))
		CHECK_OK(go_through(&test), &test.error);
	trv_close(test.db);
	return first < 0 ? first : r;
}

TEST(pool_memory, a_failed_allocation_loses_no_connection_and_no_memory)
{
	unsigned min_idle = 0;

	(void)database_url();
	CHECK_SWEEP(live, &min_idle);
}

/* The pool's own threads allocate, too, on every engine alike; what they lack they try again. */
TEST(pool_memory, nor_does_one_of_the_pools_own_threads)
{
	unsigned min_idle = 2;

	if (!is_sqlite() && !getenv("TRIVET_LONG"))
		SKIP("it connects many hundred times: with TRIVET_LONG");
	(void)database_url();
	CHECK_SWEEP(live, &min_idle);
}
