/* Closing a database while sessions are still open. */
#include "fixture.h"

#include <dirent.h>
#include <pthread.h>

static unsigned count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	REQUIRE(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

TEST(pool_close, closing_leaves_no_descriptor)
{
	struct pool_test t;
	struct trv_session *held[4];

	(void)database_url(); /* the server is there */
	unsigned before = count_descriptors();
	pool_open(&t, (struct trv_pool_options) { .size = 4, .min_idle = 2 });
	for (int i = 0; i < 4; i++)
		held[i] = hold(&t);
	for (int i = 0; i < 4; i++)
		trv_session_close(held[i]);
	pool_close(&t);
	CHECK_INT(count_descriptors(), before);
}

struct closer {
	struct trv_db *db;
	pthread_t thread;
	double took;
	uint64_t ended;
};

static void *close_database(void *argument)
{
	struct closer *closer = argument;
	uint64_t start = trv_monotonic();

	trv_close(closer->db);
	closer->took = since(start);
	closer->ended = trv_monotonic();
	return NULL;
}

TEST(pool_close, closing_waits_for_who_holds_a_connection)
{
	struct pool_test t;
	struct closer closer;

	(void)database_url();
	unsigned before = count_descriptors();
	pool_open(&t, (struct trv_pool_options) { .size = 2, .close_ms = 5000 });
	struct trv_session *s = hold(&t);
	closer.db = t.db;
	REQUIRE(pthread_create(&closer.thread, NULL, close_database, &closer) == 0);
	pass(60);
	CHECK_OK(poke(s), trv_error(s));
	uint64_t released = trv_monotonic();
	trv_session_close(s);
	pthread_join(closer.thread, NULL);
	CHECK(closer.ended >= released && closer.took < 4000);
	CHECK_INT(count_descriptors(), before);
}

TEST(pool_close, closing_is_bounded_and_the_last_session_takes_the_rest_along)
{
	struct pool_test t;

	(void)database_url();
	unsigned before = count_descriptors();
	pool_open(&t, (struct trv_pool_options) { .size = 2, .close_ms = 80, .leak_ms = 60000 });
	struct trv_session *s = hold(&t), *other = session_of(&t);
	uint64_t start = trv_monotonic();
	trv_close(t.db);
	double took = since(start);
	test_note("closed after %.1f ms, the bound is 80 ms", took);
	CHECK(took >= 80 && took < 180);
	CHECK_OK(poke(s), trv_error(s));
	CHECK_STATUS(poke(other), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(other)->message, "closed");
	CHECK_OK(trv_commit(s), trv_error(s));
	CHECK_STATUS(poke(s), TRV_ERR_MISUSE);
	trv_session_close(other);
	trv_session_close(s);
	CHECK_INT(count_descriptors(), before);
}

static void *wait_for_one(void *argument)
{
	struct trv_session *session = argument;

	return (void *)(intptr_t)poke(session);
}

static bool waits(void *argument)
{
	return stats_of(argument).waiting == 1;
}

TEST(pool_close, who_waits_is_told_at_once)
{
	struct pool_test t;
	pthread_t thread;
	struct closer closer;
	void *result;

	pool_open(&t, (struct trv_pool_options) { .size = 1, .close_ms = 5000, .acquire_ms = 10000 });
	struct trv_session *s = hold(&t), *waiter = session_of(&t);
	REQUIRE(pthread_create(&thread, NULL, wait_for_one, waiter) == 0);
	REQUIRE(await(waits, &t));
	uint64_t start = trv_monotonic();
	closer.db = t.db;
	REQUIRE(pthread_create(&closer.thread, NULL, close_database, &closer) == 0);
	pthread_join(thread, &result);
	CHECK(since(start) < 1000);
	CHECK_STATUS((int)(intptr_t)result, TRV_ERR_MISUSE);
	trv_session_close(waiter);
	trv_session_close(s);
	pthread_join(closer.thread, NULL);
}
