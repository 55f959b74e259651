/* Sessions that share a pool of connections, in threads. */
#include "fixture.h"

#include <pthread.h>

#define THREADS 8
#define ROUNDS 40

struct worker {
	struct world *world;
	int number;
	int failures;
};

/* Reads the whole world and writes a row of its own, again and again. */
static int one_round(struct trv_session *s, const struct worker *worker, int round)
{
	char name[32];
	struct project_list list;

	int r = project_find(s, &list,
	                     &(struct project_query) {
				     .order_by = { project_by_id(TRV_ASC) },
				     .lead = &(struct person_query) { .limit = 0 },
				     .tasks = &(struct task_query) { .tags = &(struct tag_query) { .limit = 0 } } });
	if (r < 0)
		return r;
	CHECK_INT(list.count, PROJECTS);
	CHECK_INT(list.items[ATLAS].tasks->count, 8);
	CHECK_STR(list.items[ATLAS].lead->name, "Ann");
	snprintf(name, sizeof(name), "w%d r%d", worker->number, round);
	struct tag tag = { .name = name };
	return tag_insert(s, &tag);
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct trv_session *s = world_session(worker->world);

	for (int i = 0; i < ROUNDS; i++) {
		struct trv_mark mark = trv_mark(s);
		int r = one_round(s, worker, i);

		worker->failures += !CHECK_OK(r, trv_error(s));
		trv_rewind(s, mark);
	}
	trv_session_close(s);
	return NULL;
}

static void run_threads(unsigned size)
{
	struct world w;
	pthread_t threads[THREADS];
	struct worker workers[THREADS];

	world_open_with(&w, (struct trv_options) { .pool = { .size = size, .acquire_ms = 30000 } });
	OK(&w, trv_schema_create(w.s));
	world_fill(&w);
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker) { .world = &w, .number = i };
		REQUIRE(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		CHECK_INT(workers[i].failures, 0);
	}
	CHECK_STR(raw(&w, "SELECT count(*), count(DISTINCT name) FROM tag WHERE name LIKE 'w%%'"), "320|320");
	world_close(&w);
}

TEST(pool, more_threads_than_connections)
{
	run_threads(2);
}

TEST(pool, one_connection_serves_all)
{
	run_threads(1);
}

TEST(pool, as_many_connections_as_threads)
{
	run_threads(THREADS);
}

TEST(pool, a_session_waits_no_longer_than_it_may)
{
	struct world w;
	uint64_t count = 77;

	world_open_with(&w, (struct trv_options) { .pool = { .size = 2, .acquire_ms = 400 } });
	OK(&w, trv_schema_create(w.s));
	struct trv_session *a = world_session(&w), *b = world_session(&w);
	REQUIRE_OK(trv_begin(a, &(struct trv_transaction_options) { .read_only = true }), trv_error(a));
	REQUIRE_OK(trv_begin(b, &(struct trv_transaction_options) { .read_only = true }), trv_error(b));
	int64_t started = trv_now();
	CHECK_STATUS(tag_count(w.s, &count, NULL), TRV_ERR_TIMEOUT);
	int64_t waited = (trv_now() - started) / 1000;
	CHECK(waited >= 399 && waited < 2000);
	CHECK_CONTAINS(trv_error(w.s)->message, "400 ms");
	CHECK_CONTAINS(trv_error(w.s)->message, "all 2 are in use");
	CHECK(trv_error(w.s)->site != NULL);
	CHECK_INT(count, 77);
	CHECK_STATUS(trv_begin(w.s, NULL), TRV_ERR_TIMEOUT);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	REQUIRE_OK(trv_commit(a), trv_error(a));
	OK(&w, tag_count(w.s, &count, NULL));
	trv_session_close(a);
	trv_session_close(b);
	world_close(&w);
}

TEST(pool, a_session_holds_a_connection_only_while_it_works)
{
	struct world w;
	struct trv_session *sessions[20];
	uint64_t count;

	world_open_with(&w, (struct trv_options) { .pool = { .size = 1, .acquire_ms = 50 } });
	OK(&w, trv_schema_create(w.s));
	for (size_t i = 0; i < TRV_COUNT_OF(sessions); i++) {
		sessions[i] = world_session(&w);
		CHECK_OK(tag_count(sessions[i], &count, NULL), trv_error(sessions[i]));
	}
	for (size_t i = 0; i < TRV_COUNT_OF(sessions); i++)
		trv_session_close(sessions[i]);
	world_close(&w);
}

struct waiter {
	struct world *world;
	int result;
};

static void *wait_and_count(void *argument)
{
	struct waiter *waiter = argument;
	struct trv_session *s = world_session(waiter->world);
	uint64_t count;

	waiter->result = tag_count(s, &count, NULL);
	trv_session_close(s);
	return NULL;
}

TEST(pool, who_waits_is_served_when_a_connection_comes_back)
{
	struct world w;
	pthread_t threads[4];
	struct waiter waiters[4];

	world_open_with(&w, (struct trv_options) { .pool = { .size = 1, .acquire_ms = 20000 } });
	OK(&w, trv_schema_create(w.s));
	OK(&w, trv_begin(w.s, NULL));
	for (size_t i = 0; i < 4; i++) {
		waiters[i] = (struct waiter) { &w, 77 };
		REQUIRE(pthread_create(&threads[i], NULL, wait_and_count, &waiters[i]) == 0);
	}
	OK(&w, trv_commit(w.s));
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		CHECK_OK(waiters[i].result, NULL);
	}
	world_close(&w);
}

/* --- the native handle ----------------------------------------------------------------------------- */

TEST(native, what_a_borrower_left_behind_is_cleaned)
{
	struct world w;
	uint64_t count = 0;

	world_open_with(&w, (struct trv_options) { .pool.size = 1 });
	OK(&w, trv_schema_create(w.s));
	struct trv_session *s = world_session(&w);
	struct world borrower = { .s = s };
	inside(&borrower, "%s",
	       BY_ENGINE("PRAGMA foreign_keys = OFF", "SET session_replication_role = replica",
	                 "SET foreign_key_checks = 0"));
	inside(&borrower, "CREATE TEMPORARY TABLE tag (id INTEGER, name VARCHAR(40))");
	inside(&borrower, "BEGIN");
	inside(&borrower, "INSERT INTO person (name) VALUES ('half')");
	trv_session_close(s);
	OK(&w, person_count(w.s, &count, NULL));
	CHECK_INT(count, 0);
	OK(&w, tag_count(w.s, &count, NULL));
	struct tag tag = { .name = "whole" };
	OK(&w, tag_insert(w.s, &tag));
	CHECK_STR(raw(&w, "SELECT name FROM tag"), "whole");
	struct task orphan = { .title = "orphan", .project_id = 5 };
	CHECK_STATUS(task_insert(w.s, &orphan), TRV_ERR_FOREIGN_KEY);
	world_close(&w);
}

TEST(native, the_session_keeps_the_connection)
{
	struct world w;
	uint64_t count;

	world_open_with(&w, (struct trv_options) { .pool = { .size = 1, .acquire_ms = 30 } });
	OK(&w, trv_schema_create(w.s));
	struct trv_session *other = world_session(&w);
	void *first = trv_native(w.s);
	struct tag tags[] = { { .name = "a" }, { .name = "b" } };
	OK(&w, tag_insert_many(w.s, tags, 2));
	CHECK(trv_native(w.s) == first);
	CHECK_STATUS(tag_count(other, &count, NULL), TRV_ERR_TIMEOUT);
	trv_session_close(w.s);
	w.s = other;
	OK(&w, tag_count(other, &count, NULL));
	/* taken inside a transaction, only until that ends */
	OK(&w, trv_begin(other, NULL));
	CHECK(trv_native(other) == first);
	OK(&w, trv_commit(other));
	other = world_session(&w);
	CHECK_OK(tag_count(other, &count, NULL), trv_error(other));
	trv_session_close(other);
	world_close(&w);
}
