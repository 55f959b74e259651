/* What a borrower leaves behind never reaches the next one. */
#include "fixture.h"

#include <pthread.h>

/* --- giving back -------------------------------------------------------------------------------- */

TEST(pool_clean, a_second_release_is_an_error_without_effect)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = hold(&t);
	struct trv__pool *pool = trv__db_pool(t.db);
	struct trv__link *link = s->link;
	trv_session_close(s);
	CHECK_STATUS(trv__pool_release(pool, s, link, false, 0), TRV_ERR_MISUSE);
	CHECK_INT(stats_of(&t).idle, 1);
	CHECK_INT(stats_of(&t).misuses, 1);
	pool_close(&t);
}

TEST(pool_clean, a_connection_that_someone_else_has_by_now_cannot_be_released)
{
	struct pool_test t;
	int stranger;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *next = hold(&t);
	struct trv__link *link = next->link;
	CHECK_STATUS(trv__pool_release(trv__db_pool(t.db), &stranger, link, false, 0), TRV_ERR_MISUSE);
	CHECK_STATUS(trv__pool_release(trv__db_pool(t.db), NULL, link, false, 0), TRV_ERR_MISUSE);
	CHECK_INT(stats_of(&t).used, 1);
	CHECK_INT(stats_of(&t).misuses, 2);
	CHECK_OK(poke(next), trv_error(next));
	trv_session_close(next);
	pool_close(&t);
}

TEST(pool_clean, a_connection_that_was_closed_cannot_be_released)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = hold(&t);
	struct trv__link *link = s->link;
	trv_pool_evict(t.db);
	trv_session_close(s);
	CHECK_STATUS(trv__pool_release(trv__db_pool(t.db), s, link, false, 0), TRV_ERR_MISUSE);
	CHECK_INT(stats_of(&t).idle, 0);
	CHECK_INT(stats_of(&t).misuses, 1);
	pool_close(&t);
}

/* --- transactions and results ------------------------------------------------------------------- */

TEST(pool_clean, a_transaction_of_raw_sql_is_rolled_back)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = session_of(&t);
	CHECK_OK(trv_exec(s, NULL, "DROP TABLE IF EXISTS left_open", NULL, 0), trv_error(s));
	CHECK_OK(trv_exec(s, NULL, "CREATE TABLE left_open (n INTEGER)", NULL, 0), trv_error(s));
	REQUIRE(trv_native(s)); /* the session keeps its connection */
	CHECK_OK(trv_exec(s, NULL, "BEGIN", NULL, 0), trv_error(s));
	CHECK_OK(trv_exec(s, NULL, "INSERT INTO left_open VALUES (1)", NULL, 0), trv_error(s));
	struct trv_connection *connection = s->link->connection;
	trv_session_close(s);
	s = hold(&t);
	CHECK(s->link->connection == connection);
	CHECK_INT(number(s, "SELECT count(*) FROM left_open"), 0);
	trv_session_close(s);
	CHECK_INT(stats_of(&t).created, 1);
	pool_close(&t);
}

TEST(pool_clean, a_transaction_that_was_begun_and_forgotten_ends_with_the_session)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	for (int i = 0; i < 3; i++) {
		struct trv_session *s = session_of(&t);
		CHECK_OK(trv_begin(s, NULL), trv_error(s));
		CHECK_OK(trv_begin(s, NULL), trv_error(s));
		CHECK_OK(poke(s), trv_error(s));
		trv_session_close(s);
	}
	CHECK_INT(stats_of(&t).created, 1);
	CHECK_INT(stats_of(&t).idle, 1);
	pool_close(&t);
}

/* Given back in the middle of its rows, past the session: the pool itself has to see it. */
TEST(pool_clean, an_unread_result_never_reaches_the_next_borrower)
{
	struct pool_test t;
	struct trv_error error;
	struct trv__plan *plan = NULL;
	struct trv_outcome outcome;
	const char *sql = "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3";

	need_server();
	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = session_of(&t);
	struct trv__link *link = NULL;
	REQUIRE_OK(trv__pool_acquire(trv__db_pool(t.db), s, NULL, &link, &error), &error);
	struct trv_connection *connection = link->connection;
	const struct trv_slot slot = { .type = TRV_INT64, .name = NULL };
	const struct trv__plan_parts parts = { .shape = "unread",
		                               .shape_size = 6,
		                               .sql = sql,
		                               .sql_size = strlen(sql),
		                               .slots = &slot,
		                               .slot_count = 1,
		                               .bases = 1 };
	uint64_t deadline = trv_monotonic() + 5000 * MS;
	/* a plan of the connection's, which is finalized with it */
	REQUIRE_OK(trv__plans_add(&link->plans, &parts, deadline, &plan, &error), &error);
	const struct trv_request request = { .rows = 1, .decode = &plan->decode, .stream = true, .deadline = deadline };
	REQUIRE_OK(connection->driver->execute(plan->statement, &request, &outcome, &error), &error);
	CHECK(!connection->driver->ready(connection));
	CHECK_INT(trv__pool_release(trv__db_pool(t.db), s, link, false, 0), 0);
	for (int i = 0; i < 3; i++)
		CHECK_OK(poke(s), trv_error(s));
	CHECK_INT(stats_of(&t).created, 2);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_DEAD], 1);
	trv_session_close(s);
	pool_close(&t);
}

/* --- session state ------------------------------------------------------------------------------ */

/* What raw SQL may change, and a query that shows it: `clean` is its answer when nobody did. */
struct state {
	const char *engine, *change, *look;
	int64_t clean;
};

static const struct state states[] = {
	{ "postgresql", "SET work_mem = '77MB'",
	  "SELECT count(*) FROM pg_settings WHERE name = 'work_mem' AND setting = '78848'", 0 },
	{ "postgresql", "SELECT set_config('search_path', 'nowhere', false)",
	  "SELECT CAST(current_setting('search_path') = 'nowhere' AS integer)", 0 },
	{ "postgresql", "CREATE TEMPORARY TABLE t (n integer)",
	  "SELECT count(*) FROM pg_class WHERE relname = 't' AND relpersistence = 't'", 0 },
	{ "postgresql", "SELECT pg_advisory_lock(42)", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", 0 },
	{ "postgresql", "SET ROLE pg_monitor", "SELECT CAST(current_user <> session_user AS integer)", 0 },
	{ "postgresql", "SET default_transaction_read_only = on",
	  "SELECT CAST(current_setting('default_transaction_read_only') = 'on' AS integer)", 0 },
	{ "postgresql", "LISTEN news", "SELECT count(*) FROM pg_listening_channels()", 0 },
	{ "postgresql", "SET TimeZone = 'Asia/Tokyo'", "SELECT CAST(current_setting('TimeZone') <> 'UTC' AS integer)",
	  0 },
	{ "postgresql", "SET statement_timeout = 1234",
	  "SELECT CAST(current_setting('statement_timeout') = '1234ms' AS integer)", 0 },
	{ "mariadb", "SET @mine = 5", "SELECT CAST(@mine IS NOT NULL AS SIGNED)", 0 },
	{ "mariadb", "SET SESSION sql_mode = ''", "SELECT CAST(@@sql_mode = '' AS SIGNED)", 0 },
	{ "mariadb", "SET time_zone = '+09:00'", "SELECT CAST(@@time_zone = '+09:00' AS SIGNED)", 0 },
	{ "mariadb", "CREATE TEMPORARY TABLE t (n INTEGER)",
	  "SELECT count(*) FROM information_schema.tables WHERE table_name = 't' AND table_type = 'TEMPORARY'", 0 },
	{ "mariadb", "SET autocommit = 0", "SELECT CAST(@@autocommit = 0 AS SIGNED)", 0 },
	{ "mariadb", "SET SESSION TRANSACTION READ ONLY", "SELECT CAST(@@tx_read_only AS SIGNED)", 0 },
	{ "mariadb", "USE mysql", "SELECT CAST(database() <> 'test' AS SIGNED)", 0 },
	{ "mariadb", "DO GET_LOCK('mine', 1)", "SELECT CAST(IS_USED_LOCK('mine') IS NOT NULL AS SIGNED)", 0 },
	{ "sqlite", "CREATE TEMP TABLE t (n INTEGER)", "SELECT count(*) FROM temp.sqlite_schema WHERE name = 't'", 0 },
	{ "sqlite", "PRAGMA foreign_keys = OFF", "SELECT foreign_keys FROM pragma_foreign_keys", 1 },
	{ "sqlite", "ATTACH ':memory:' AS other", "SELECT count(*) FROM pragma_database_list WHERE name = 'other'", 0 },
	{ "sqlite", "PRAGMA query_only = ON", "SELECT query_only FROM pragma_query_only", 0 },
};

/* With rows or without: a SELECT that changes something has some. */
static int change(struct trv_session *session, const struct state *state)
{
	struct trv_value ignored;

	if (strncmp(state->change, "SELECT", 6) == 0)
		return trv_sql_value(session, &ignored, TRV_TEXT, state->change, NULL, 0);
	return trv_exec(session, NULL, state->change, NULL, 0);
}

static void check_state(struct pool_test *t, const struct state *state)
{
	struct trv_session *s = session_of(t);
	int r = change(s, state);

	/* "no such type" of a function that returns nothing: it ran all the same */
	if (r < 0 && r != TRV_ERR_DATA && r != TRV_ERR_MISMATCH)
		CHECK_OK(r, trv_error(s));
	trv_session_close(s);
	s = session_of(t);
	int64_t found = number(s, state->look);
	if (!CHECK_INT(found, state->clean))
		test_note("after %s", state->change);
	CHECK_OK(poke(s), trv_error(s));
	trv_session_close(s);
}

TEST(pool_clean, session_state_is_never_seen_by_the_next_borrower)
{
	struct pool_test t;
	unsigned checked = 0;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	for (size_t i = 0; i < TRV_COUNT_OF(states); i++) {
		if (strcmp(states[i].engine, engine()) != 0)
			continue;
		check_state(&t, &states[i]);
		checked++;
	}
	CHECK(checked >= 4);
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_UNCLEAN], 0);
	test_note("%u kinds of state, on %u connections", checked, (unsigned)stats_of(&t).created);
	pool_close(&t);
}

TEST(pool_clean, state_of_a_transaction_of_raw_sql_is_not_seen_either)
{
	struct pool_test t;

	need_server();
	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = session_of(&t);
	CHECK_OK(trv_begin(s, NULL), trv_error(s));
	CHECK_OK(trv_exec(s, NULL, is_postgresql() ? "SET work_mem = '77MB'" : "SET @mine = 5", NULL, 0), trv_error(s));
	CHECK_OK(trv_commit(s), trv_error(s));
	CHECK_INT(number(s, is_postgresql() ? states[0].look : "SELECT CAST(@mine IS NOT NULL AS SIGNED)"), 0);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_clean, work_on_rows_asks_for_no_cleaning)
{
	static const char *const clean[] = { "SELECT 1",
		                             "  select * from a",
		                             "INSERT INTO a VALUES (1)",
		                             "WITH x AS (SELECT 1) SELECT * FROM x",
		                             "(SELECT 1)",
		                             "UPDATE a SET b = 1 WHERE c = clock_timestamp()" };
	static const char *const touching[] = { "SET a = 1",
		                                "SELECT set_config('a', 'b', false)",
		                                "SELECT pg_try_advisory_lock(1)",
		                                "SELECT * INTO TEMP x FROM a",
		                                "SELECT @a := 1",
		                                "selector",
		                                "/* SELECT */ SET a = 1",
		                                "LISTEN x",
		                                "DO 1",
		                                "CALL p()",
		                                "" };

	for (size_t i = 0; i < TRV_COUNT_OF(clean); i++)
		if (!CHECK(!trv__sql_touches(clean[i])))
			test_note("%s", clean[i]);
	for (size_t i = 0; i < TRV_COUNT_OF(touching); i++)
		if (!CHECK(trv__sql_touches(touching[i])))
			test_note("%s", touching[i]);
}
