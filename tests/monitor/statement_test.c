/* What statements cost, by their text. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>

TEST(statements, values_do_not_make_a_statement_another_one)
{
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1 });
	for (int64_t id = 1; id <= 7; id++) {
		struct author author;

		REQUIRE_OK(author_get(w.s, &author, id), trv_error(w.s));
	}
	struct trv_statement_stats found = statement_with(w.db, "pen");
	CHECK_INT(found.calls, 7);
	CHECK_INT(found.rows, 7);
	CHECK_INT(found.errors, 0);
	CHECK_INT(found.plan_misses, 1);
	CHECK_INT(found.plan_hits, 6);
	CHECK(found.shape != 0);
	CHECK(found.worst > 0 && found.worst <= found.nanoseconds);
	CHECK(found.nanoseconds <= 7 * found.worst);
	CHECK(found.site != NULL);
	world_close(&w);
}

TEST(statements, rows_of_lists_and_of_writes_are_counted)
{
	struct world w;
	struct author_list found;
	uint64_t written = 0;

	world_open(&w, (struct trv_options) { .pool.size = 1 });
	REQUIRE_OK(author_find(w.s, &found, &(struct author_query) { .books = &(struct book_query) { 0 } }),
	           trv_error(w.s));
	REQUIRE_OK(trv_begin(w.s, NULL), trv_error(w.s));
	REQUIRE_OK(book_update_where(w.s, &written, &(struct book) { .title = "another" }, BOOK_TITLE,
	                             &(struct book_query) { .where = { book_author_id(TRV_LE, 4) } }),
	           trv_error(w.s));
	REQUIRE_OK(trv_rollback(w.s), trv_error(w.s));
	CHECK_INT(statement_with(w.db, "UPDATE").rows, 4 * BOOKS);
	CHECK_INT(statement_with(w.db, "pen").rows, AUTHORS);
	CHECK_INT(statement_with(w.db, "secret").rows, AUTHORS * BOOKS);
	world_close(&w);
}

TEST(statements, a_failure_is_a_call_and_an_error)
{
	struct world w;
	struct author author = { .id = 1, .pen = "once more" };

	world_open(&w, (struct trv_options) { .pool.size = 1 });
	for (int i = 0; i < 3; i++)
		CHECK_STATUS(author_insert(w.s, &author), TRV_ERR_UNIQUE);
	CHECK_STATUS(trv_exec(w.s, NULL, "DELETE FROM nowhere", NULL, 0), TRV_ERR_SQL);
	struct trv_statement_stats insert = statement_with(w.db, "INSERT INTO");
	CHECK_INT(insert.calls, 3);
	CHECK_INT(insert.errors, 3);
	struct trv_statement_stats nowhere = statement_with(w.db, "nowhere");
	CHECK_INT(nowhere.calls, 1);
	CHECK_INT(nowhere.errors, 1);
	CHECK_INT(nowhere.plan_misses, 1);
	CHECK_INT(nowhere.plan_hits, 0);
	world_close(&w);
}

TEST(statements, what_a_plan_counted_stays_when_it_is_evicted)
{
	struct world w;
	struct author author;
	uint64_t count;

	world_open(&w, (struct trv_options) { .pool.size = 1, .statements = 1 });
	for (int i = 0; i < 5; i++) {
		REQUIRE_OK(author_get(w.s, &author, 1), trv_error(w.s));
		REQUIRE_OK(book_count(w.s, &count, NULL), trv_error(w.s));
	}
	CHECK_INT(statement_with(w.db, "pen").calls, 5);
	CHECK_INT(statement_with(w.db, "pen").plan_misses, 5);
	trv_pool_evict(w.db);
	CHECK_INT(statement_with(w.db, "pen").calls, 5);
	CHECK_INT(statement_with(w.db, "pen").rows, 5);
	world_close(&w);
}

TEST(statements, what_is_only_explained_is_not_counted)
{
	struct world w;
	const char *text;

	world_open(&w, (struct trv_options) { .pool.size = 1 });
	size_t before = trv_statement_stats(w.db, NULL, 0);
	REQUIRE_OK(author_explain(w.s, &text, NULL), trv_error(w.s));
	CHECK_INT(trv_statement_stats(w.db, NULL, 0), before);
	world_close(&w);
}

TEST(statements, those_beyond_the_bound_are_counted_together)
{
	struct trv_statement_stats stats[10];
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor.shapes = 5 });
	uint64_t calls = 0;
	for (int i = 0; i < 50; i++) {
		struct trv_value value;
		char sql[40];

		snprintf(sql, sizeof(sql), "SELECT 1 AS c%d", i);
		REQUIRE_OK(trv_sql_value(w.s, &value, TRV_INT64, sql, NULL, 0), trv_error(w.s));
	}
	size_t known = trv_statement_stats(w.db, stats, 10);
	CHECK_INT(known, 6);
	for (size_t i = 0; i < known; i++)
		calls += stats[i].calls;
	struct trv_statement_stats rest = stats[0];
	for (size_t i = 1; i < known; i++)
		if (!*stats[i].sql)
			rest = stats[i];
	CHECK_STR(rest.sql, "");
	CHECK_INT(rest.shape, 0);
	CHECK(rest.calls >= 45);
	CHECK_INT(rest.plan_misses, rest.calls);
	struct trv_session_stats session;
	trv_session_stats(w.s, &session);
	/* the contract marker was looked for by another session */
	CHECK(calls >= session.statements && calls <= session.statements + 2);
	world_close(&w);
}

TEST(statements, the_longest_come_first_however_many_are_asked_for)
{
	struct trv_statement_stats all[100], some[3];
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1 });
	for (int i = 0; i < 40; i++) {
		struct trv_value value;
		char sql[40];

		snprintf(sql, sizeof(sql), "SELECT 2 AS c%d", i);
		for (int times = 0; times <= i % 7; times++)
			REQUIRE_OK(trv_sql_value(w.s, &value, TRV_INT64, sql, NULL, 0), trv_error(w.s));
	}
	REQUIRE_OK(take_time(w.s, 20), trv_error(w.s));
	size_t known = trv_statement_stats(w.db, all, 100);
	REQUIRE(known >= 41 && known < 100);
	for (size_t i = 1; i < known; i++)
		CHECK(all[i - 1].nanoseconds >= all[i].nanoseconds);
	CHECK_INT(trv_statement_stats(w.db, some, 3), known);
	for (size_t i = 0; i < 3; i++)
		CHECK(some[i].shape == all[i].shape);
	CHECK_INT(trv_statement_stats(w.db, NULL, 0), known);
	world_close(&w);
}

TEST(statements, what_a_person_wrote_is_shown_without_its_literals)
{
	struct trv_value value;
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1 });
	for (int i = 0; i < 3; i++) {
		char sql[200];

		snprintf(sql, sizeof(sql),
		         "SELECT count(*) /* " CANARY " */ FROM book b WHERE b.id > 12%d AND b.title = 'it''s " CANARY
		         "%d'",
		         i, i);
		REQUIRE_OK(trv_sql_value(w.s, &value, TRV_INT64, sql, NULL, 0), trv_error(w.s));
		CHECK(trv_exec(w.s, NULL, "DELETE FROM nowhere WHERE secret = '" CANARY "'", NULL, 0) < 0);
	}
	struct trv_statement_stats found = statement_with(w.db, "b.id");
	CHECK_INT(found.calls, 3);
	CHECK_INT(found.plan_misses, 3);
	CHECK_STR(found.sql, "SELECT count(*)   FROM book b WHERE b.id > ? AND b.title = ?");
	CHECK_STR(statement_with(w.db, "nowhere").sql, "DELETE FROM nowhere WHERE secret = ?");
	world_close(&w);
}

TEST(statements, a_shape_is_the_same_in_every_database)
{
	struct world w, v;
	uint64_t count;

	world_open(&w, (struct trv_options) { .pool.size = 1 });
	world_open(&v, (struct trv_options) { .pool.size = 1 });
	REQUIRE_OK(book_count(w.s, &count, NULL), trv_error(w.s));
	REQUIRE_OK(book_count(v.s, &count, NULL), trv_error(v.s));
	CHECK(statement_with(w.db, "book").shape == statement_with(v.db, "book").shape);
	world_close(&v);
	world_close(&w);
}

/* --- many threads ----------------------------------------------------------------------------------- */

#define THREADS 8
#define ROUNDS 200

struct crowd {
	struct trv_db *db;
	atomic_uint failures;
	atomic_bool done;
};

static void *read_much(void *argument)
{
	struct crowd *crowd = argument;
	struct trv_error error;
	struct trv_session *s = NULL;

	if (trv_session_open(crowd->db, &s, &error) < 0) {
		atomic_fetch_add(&crowd->failures, 1);
		return NULL;
	}
	for (int64_t i = 0; i < ROUNDS; i++) {
		struct trv_mark mark = trv_mark(s);
		struct author author;
		struct book_list books;

		if (author_get(s, &author, i % AUTHORS + 1) < 0 ||
		    book_find(s, &books, &(struct book_query) { .where = { book_author_id(TRV_EQ, author.id) } }) < 0)
			atomic_fetch_add(&crowd->failures, 1);
		trv_rewind(s, mark);
	}
	trv_session_close(s);
	return NULL;
}

static void *look_on(void *argument)
{
	struct trv_statement_stats stats[8];
	struct crowd *crowd = argument;
	uint64_t before = 0;

	while (!atomic_load(&crowd->done)) {
		uint64_t calls = 0;
		size_t known = trv_statement_stats(crowd->db, stats, 8);

		for (size_t i = 0; i < known && i < 8; i++)
			calls += stats[i].calls;
		if (calls < before)
			atomic_fetch_add(&crowd->failures, 1);
		before = calls;
	}
	return NULL;
}

TEST(statements, eight_threads_lose_no_count_while_others_look)
{
	pthread_t threads[THREADS], watcher;
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 4, .statements = 2 });
	struct crowd crowd = { .db = w.db };
	REQUIRE(pthread_create(&watcher, NULL, look_on, &crowd) == 0);
	for (size_t i = 0; i < THREADS; i++)
		REQUIRE(pthread_create(&threads[i], NULL, read_much, &crowd) == 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	atomic_store(&crowd.done, true);
	pthread_join(watcher, NULL);
	CHECK_INT(atomic_load(&crowd.failures), 0);
	CHECK_INT(statement_with(w.db, "pen").calls, THREADS * ROUNDS);
	CHECK_INT(statement_with(w.db, "pen").rows, THREADS * ROUNDS);
	CHECK_INT(statement_with(w.db, "title").rows, THREADS * ROUNDS * BOOKS);
	world_close(&w);
}
