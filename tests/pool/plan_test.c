/* The statements that a connection keeps. */
#include "fixture.h"

/* The nth of many that differ. */
static int ask_nth(struct trv_session *session, unsigned nth)
{
	char sql[40];
	int64_t found = -1;

	snprintf(sql, sizeof(sql), "SELECT %u + 0", nth);
	int r = ask(session, sql, &found);
	return r >= 0 && found != (int64_t)nth ? TRV_ERR_INTERNAL : r;
}

/* How many statements this prepares. */
static uint64_t prepares(struct trv_session *session, unsigned nth)
{
	struct trv_session_stats before, after;

	trv_session_stats(session, &before);
	CHECK_OK(ask_nth(session, nth), trv_error(session));
	trv_session_stats(session, &after);
	return after.prepared - before.prepared;
}

TEST(pool_plans, a_statement_is_prepared_once_on_each_connection)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 2 });
	struct trv_session *a = hold(&t), *b = hold(&t);
	CHECK_INT(prepares(a, 1), 1);
	CHECK_INT(prepares(a, 1), 0);
	CHECK_INT(prepares(b, 1), 1);
	CHECK_INT(prepares(b, 1), 0);
	trv_session_close(a);
	trv_session_close(b);
	pool_close(&t);
}

TEST(pool_plans, the_next_borrower_finds_them_prepared)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = session_of(&t);
	CHECK_INT(prepares(s, 1), 1);
	trv_session_close(s);
	s = session_of(&t);
	CHECK_INT(prepares(s, 1), 0);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_plans, there_are_no_more_than_the_limit)
{
	struct pool_test t;

	pool_open_url(&t, database_url(), (struct trv_options) { .statements = 4, .pool.size = 1 });
	struct trv_session *s = hold(&t);
	for (unsigned i = 0; i < 50; i++)
		CHECK_INT(prepares(s, i), 1);
	CHECK_INT(s->link->plans.count, 4);
	trv_session_close(s);
	pool_close(&t);
}

/* PostgreSQL's driver gives them up many at a time. */
TEST(pool_plans, the_server_does_not_collect_those_that_went)
{
	struct pool_test t;

	need_server();
	pool_open_url(&t, database_url(), (struct trv_options) { .statements = 4, .pool.size = 1 });
	struct trv_session *s = session_of(&t);
	for (unsigned i = 0; i < 300; i++)
		CHECK_OK(ask_nth(s, i), trv_error(s));
	int64_t kept = number(s, is_postgresql() ? "SELECT count(*) FROM pg_prepared_statements"
	                                         : "SELECT CAST(variable_value AS SIGNED) FROM "
	                                           "information_schema.global_status WHERE variable_name = "
	                                           "'PREPARED_STMT_COUNT'");
	test_note("the server keeps %lld of 300", (long long)kept);
	CHECK(kept > 0 && kept < 100);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_plans, the_one_not_used_for_longest_goes)
{
	struct pool_test t;

	pool_open_url(&t, database_url(), (struct trv_options) { .statements = 3, .pool.size = 1 });
	struct trv_session *s = hold(&t);
	for (unsigned i = 0; i < 3; i++)
		CHECK_INT(prepares(s, i), 1);
	CHECK_INT(prepares(s, 0), 0);
	CHECK_INT(prepares(s, 3), 1); /* instead of 1 */
	CHECK_INT(prepares(s, 0), 0);
	CHECK_INT(prepares(s, 2), 0);
	CHECK_INT(prepares(s, 1), 1);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_plans, a_limit_of_one_still_runs_everything)
{
	struct pool_test t;

	pool_open_url(&t, database_url(), (struct trv_options) { .statements = 1, .pool.size = 1 });
	struct trv_session *s = session_of(&t);
	for (unsigned i = 0; i < 20; i++) {
		CHECK_OK(ask_nth(s, i % 3), trv_error(s));
		CHECK_OK(poke(s), trv_error(s));
	}
	trv_session_close(s);
	pool_close(&t);
}

/* Cleaning a connection may cost its statements: what is kept of them must not be believed then. */
TEST(pool_plans, they_work_on_a_connection_that_was_cleaned)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = session_of(&t);
	for (int round = 0; round < 3; round++) {
		CHECK_OK(ask_nth(s, 1), trv_error(s));
		CHECK_OK(trv_exec(s, NULL, "CREATE TEMPORARY TABLE scratch (n INTEGER)", NULL, 0), trv_error(s));
		trv_session_close(s);
		s = session_of(&t);
		CHECK_OK(ask_nth(s, 1), trv_error(s));
		CHECK_OK(ask_nth(s, 2), trv_error(s));
	}
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_plans, a_connection_that_is_replaced_begins_without)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = session_of(&t);
	CHECK_INT(prepares(s, 1), 1);
	trv_pool_evict(t.db);
	CHECK_INT(prepares(s, 1), 1);
	CHECK_INT(prepares(s, 1), 0);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_plans, a_statement_that_fails_to_be_prepared_takes_no_room)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = session_of(&t);
	int64_t ignored;
	CHECK_OK(poke(s), trv_error(s));
	CHECK_OK(try_hold(s), trv_error(s));
	size_t before = s->link->plans.count;
	CHECK(ask(s, "SELECT not_there FROM nowhere", &ignored) < 0);
	CHECK_INT(s->link->plans.count, before);
	CHECK_OK(trv_rollback(s), trv_error(s));
	CHECK_OK(poke(s), trv_error(s));
	trv_session_close(s);
	pool_close(&t);
}
