/*
 * Transactions through the SQLite driver, and what a connection looks like to its next borrower.
 */
#include "sqlite_fixture.h"
#include <pthread.h>
#include <sqlite3.h>

static int verb(struct fixture *f, enum trv_transaction_verb verb_, unsigned level)
{
	return driver->transaction(f->connection, verb_, level, NULL, in_ms(2000), &f->error);
}

static const char *file_url(char *text, size_t size, const char *name)
{
	snprintf(text, size, "sqlite:%s/%s", scratch(), name);
	return text;
}

TEST(sqlite_transaction, commit_keeps_and_rollback_undoes)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE t (x)"), &f.error);
	CHECK_OK(verb(&f, TRV_VERB_BEGIN, 1), &f.error);
	CHECK(f.connection->in_transaction);
	CHECK_OK(run(&f, "INSERT INTO t VALUES (1)"), &f.error);
	CHECK_OK(verb(&f, TRV_VERB_COMMIT, 1), &f.error);
	CHECK(!f.connection->in_transaction);
	CHECK_OK(verb(&f, TRV_VERB_BEGIN, 1), &f.error);
	CHECK_OK(run(&f, "INSERT INTO t VALUES (2)"), &f.error);
	CHECK_OK(verb(&f, TRV_VERB_ROLLBACK, 1), &f.error);
	CHECK_INT(select_integer(&f, "SELECT sum(x) AS x FROM t"), 1);
	fixture_close(&f);
}

TEST(sqlite_transaction, savepoints_nest_deeper_than_any_cache)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE t (x INTEGER)"), &f.error);
	CHECK_OK(verb(&f, TRV_VERB_BEGIN, 1), &f.error);
	for (unsigned level = 2; level <= 12; level++) {
		CHECK_OK(verb(&f, TRV_VERB_SAVEPOINT, level), &f.error);
		CHECK_OK(run(&f, "INSERT INTO t VALUES (1)"), &f.error);
	}
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM t"), 11);
	for (unsigned level = 12; level >= 2; level--)
		CHECK_OK(verb(&f, level % 2 ? TRV_VERB_RELEASE : TRV_VERB_ROLLBACK_TO, level), &f.error);
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM t"), 0);
	CHECK_OK(verb(&f, TRV_VERB_COMMIT, 1), &f.error);
	fixture_close(&f);
}

TEST(sqlite_transaction, verbs_out_of_place_are_refused)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	CHECK_STATUS(verb(&f, TRV_VERB_COMMIT, 1), TRV_ERR_TRANSACTION);
	CHECK_STATUS(verb(&f, TRV_VERB_SAVEPOINT, 2), TRV_ERR_TRANSACTION);
	CHECK_OK(verb(&f, TRV_VERB_ROLLBACK, 1), &f.error);
	CHECK_OK(verb(&f, TRV_VERB_BEGIN, 1), &f.error);
	CHECK_STATUS(verb(&f, TRV_VERB_BEGIN, 1), TRV_ERR_MISUSE);
	CHECK(f.connection->in_transaction);
	CHECK_OK(verb(&f, TRV_VERB_ROLLBACK, 1), &f.error);
	fixture_close(&f);
}

TEST(sqlite_transaction, a_read_only_one_reads_and_writes_nothing)
{
	const struct trv_transaction_options options = { .read_only = true };
	struct trv_statement *insert = NULL;
	struct trv_outcome outcome = { 0 };
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE t (x INTEGER)"), &f.error);
	REQUIRE_OK(prepare(&f, "INSERT INTO t VALUES (1)", &insert), &f.error);
	CHECK_OK(driver->transaction(f.connection, TRV_VERB_BEGIN, 1, &options, in_ms(1000), &f.error), &f.error);
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM t"), 0);
	CHECK_STATUS(driver->execute(insert, &(struct trv_request) { .rows = 1 }, &outcome, &f.error),
	             TRV_ERR_READ_ONLY);
	CHECK_STR(f.error.sqlstate, "25006");
	CHECK_STATUS(run(&f, "DROP TABLE t"), TRV_ERR_READ_ONLY);
	CHECK_OK(verb(&f, TRV_VERB_COMMIT, 1), &f.error);
	CHECK_OK(driver->execute(insert, &(struct trv_request) { .rows = 1 }, &outcome, &f.error), &f.error);
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM t"), 1);
	driver->finalize(insert);
	fixture_close(&f);
}

TEST(sqlite_transaction, a_commit_that_fails_leaves_it_open)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE t (id INTEGER PRIMARY KEY,"
	                   " parent INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)"),
	           &f.error);
	CHECK_OK(verb(&f, TRV_VERB_BEGIN, 1), &f.error);
	CHECK_OK(run(&f, "INSERT INTO t VALUES (1, 99)"), &f.error);
	CHECK_STATUS(verb(&f, TRV_VERB_COMMIT, 1), TRV_ERR_FOREIGN_KEY);
	CHECK(f.connection->in_transaction);
	CHECK_OK(verb(&f, TRV_VERB_ROLLBACK, 1), &f.error);
	CHECK(!f.connection->in_transaction);
	fixture_close(&f);
}

/* An interrupted write rolls the whole transaction back; the core must see it. */
TEST(sqlite_transaction, a_rollback_by_the_engine_is_seen)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE t (x)"), &f.error);
	CHECK_OK(verb(&f, TRV_VERB_BEGIN, 1), &f.error);
	CHECK_OK(run(&f, "INSERT INTO t VALUES (1)"), &f.error);
	CHECK_STATUS(
		driver->run(
			f.connection,
			"INSERT INTO t WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n",
			in_ms(30), &f.error),
		TRV_ERR_TIMEOUT);
	CHECK(!f.connection->in_transaction);
	CHECK_STATUS(verb(&f, TRV_VERB_COMMIT, 1), TRV_ERR_TRANSACTION);
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM t"), 0);
	fixture_close(&f);
}

TEST(sqlite_transaction, a_stale_snapshot_is_retryable_at_once)
{
	struct fixture f, other;
	char url[512];

	fixture_open(&f, file_url(url, sizeof(url), "snapshot.db"));
	fixture_open(&other, url);
	REQUIRE_OK(run(&f, "CREATE TABLE t (x INTEGER)"), &f.error);
	REQUIRE_OK(run(&f, "BEGIN"), &f.error);
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM t"), 0);
	REQUIRE_OK(run(&other, "INSERT INTO t VALUES (1)"), &other.error);
	CHECK_STATUS(run(&f, "INSERT INTO t VALUES (2)"), TRV_ERR_BUSY);
	CHECK(f.error.retryable);
	CHECK_INT(f.error.native, 517);
	fixture_close(&other);
	fixture_close(&f);
}

static void *add_many(void *argument)
{
	const char *url = argument;
	struct fixture f;

	if (fixture_connect(&f, url) == 0) {
		for (int i = 0; i < 50; i++) {
			CHECK_OK(verb(&f, TRV_VERB_BEGIN, 1), &f.error);
			CHECK_OK(run(&f, "UPDATE t SET x = x + 1"), &f.error);
			CHECK_OK(verb(&f, TRV_VERB_COMMIT, 1), &f.error);
		}
	} else {
		CHECK_OK(f.error.code, &f.error);
	}
	fixture_close(&f);
	return NULL;
}

TEST(sqlite_transaction, writers_of_one_file_wait_for_each_other)
{
	pthread_t threads[4];
	struct fixture f;
	char url[512];

	fixture_open(&f, file_url(url, sizeof(url), "writers.db"));
	REQUIRE_OK(run(&f, "CREATE TABLE t (x INTEGER)"), &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO t VALUES (0)"), &f.error);
	for (size_t i = 0; i < TRV_COUNT_OF(threads); i++)
		REQUIRE(pthread_create(&threads[i], NULL, add_many, url) == 0);
	for (size_t i = 0; i < TRV_COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(select_integer(&f, "SELECT x FROM t"), 200);
	fixture_close(&f);
}

static void *just_connect(void *argument)
{
	struct fixture f;

	CHECK_OK(fixture_connect(&f, argument), &f.error);
	if (f.connection)
		CHECK_OK(run(&f, "CREATE TABLE IF NOT EXISTS t (x)"), &f.error);
	fixture_close(&f);
	return NULL;
}

TEST(sqlite_transaction, a_new_file_is_opened_by_many_at_once)
{
	for (int round = 0; round < 20; round++) {
		pthread_t threads[8];
		char url[512], name[20];

		snprintf(name, sizeof(name), "new%d.db", round);
		file_url(url, sizeof(url), name);
		for (size_t i = 0; i < TRV_COUNT_OF(threads); i++)
			REQUIRE(pthread_create(&threads[i], NULL, just_connect, url) == 0);
		for (size_t i = 0; i < TRV_COUNT_OF(threads); i++)
			pthread_join(threads[i], NULL);
	}
}

/* --- the next borrower -------------------------------------------------------------------- */

TEST(sqlite_reset, rolls_back_and_ends_what_is_being_read)
{
	static const struct trv_slot slot = { .type = TRV_INT64, .name = "x" };
	static const struct trv_decode decode = { .slots = &slot, .count = 1, .bases = 1 };
	struct trv_statement *statement = NULL;
	struct trv_outcome outcome = { 0 };
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE t (x)"), &f.error);
	REQUIRE_OK(prepare(&f, "SELECT 1 AS x UNION ALL SELECT 2", &statement), &f.error);
	CHECK_OK(verb(&f, TRV_VERB_BEGIN, 1), &f.error);
	CHECK_OK(run(&f, "INSERT INTO t VALUES (1)"), &f.error);
	CHECK_OK(driver->execute(statement, &(struct trv_request) { .rows = 1, .decode = &decode }, &outcome, &f.error),
	         &f.error);
	CHECK_OK(driver->reset(f.connection, in_ms(1000), &f.error), &f.error);
	CHECK(!f.connection->in_transaction);
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM t"), 0);
	CHECK_OK(driver->ping(f.connection, in_ms(1000), &f.error), &f.error);
	driver->finalize(statement);
	fixture_close(&f);
}

TEST(sqlite_reset, puts_every_setting_back)
{
	static const char *const meddling[] = {
		"PRAGMA foreign_keys = OFF",
		"PRAGMA case_sensitive_like = OFF",
		"PRAGMA query_only = ON",
		"PRAGMA synchronous = OFF",
		"PRAGMA busy_timeout = 7",
		"PRAGMA ignore_check_constraints = ON",
		"PRAGMA reverse_unordered_selects = ON",
	};
	char url[512];
	struct fixture f;

	fixture_open(&f, file_url(url, sizeof(url), "settings.db"));
	REQUIRE_OK(run(&f, "CREATE TEMP TABLE secrets (x)"), &f.error);
	REQUIRE_OK(run(&f, "CREATE TEMP VIEW shown AS SELECT * FROM secrets"), &f.error);
	REQUIRE_OK(run(&f, "ATTACH ':memory:' AS \"oth\"\"er\""), &f.error);
	for (size_t i = 0; i < TRV_COUNT_OF(meddling); i++)
		REQUIRE_OK(run(&f, meddling[i]), &f.error);
	CHECK_OK(driver->reset(f.connection, in_ms(1000), &f.error), &f.error);
	CHECK_INT(select_integer(&f, "SELECT foreign_keys AS x FROM pragma_foreign_keys"), 1);
	CHECK_INT(select_integer(&f, "SELECT synchronous AS x FROM pragma_synchronous"), 2);
	CHECK_INT(select_integer(&f, "SELECT query_only AS x FROM pragma_query_only"), 0);
	CHECK_INT(select_integer(&f, "SELECT 'A' LIKE 'a' AS x"), 0);
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM temp.sqlite_schema"), 0);
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM pragma_database_list WHERE name LIKE 'oth%'"), 0);
	fixture_close(&f);
}

/* Putting settings back makes SQLite prepare every cached statement again, so looking must not cost that. */
TEST(sqlite_reset, leaves_cached_statements_alone_where_nothing_was_set)
{
	static const struct trv_slot slot = { .type = TRV_INT64, .name = "x" };
	static const struct trv_decode decode = { .slots = &slot, .count = 1, .bases = 1 };
	const struct trv_request request = { .rows = 1, .decode = &decode };
	struct trv_statement *statement = NULL;
	struct trv_outcome outcome = { 0 };
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE t (x INTEGER)"), &f.error);
	REQUIRE_OK(prepare(&f, "SELECT count(*) AS x FROM t", &statement), &f.error);
	CHECK_OK(driver->execute(statement, &request, &outcome, &f.error), &f.error);
	driver->finish(statement);
	CHECK_OK(run(&f, "PRAGMA table_info(t)"), &f.error);
	CHECK_OK(run(&f, "PRAGMA foreign_keys"), &f.error);
	CHECK_OK(driver->reset(f.connection, in_ms(1000), &f.error), &f.error);
	CHECK_OK(driver->execute(statement, &request, &outcome, &f.error), &f.error);
	driver->finish(statement);
	CHECK_INT(sqlite3_stmt_status(sqlite3_next_stmt(driver->native(f.connection), NULL),
	                              SQLITE_STMTSTATUS_REPREPARE, 0),
	          0);
	driver->finalize(statement);
	fixture_close(&f);
}

/* PRAGMA busy_timeout replaces our way of waiting; after a reset the deadline holds again. */
TEST(sqlite_reset, gives_the_wait_for_locks_its_deadline_back)
{
	struct fixture holder, waiter;
	char url[512];

	fixture_open(&holder, file_url(url, sizeof(url), "wait.db"));
	fixture_open(&waiter, url);
	REQUIRE_OK(run(&waiter, "PRAGMA busy_timeout = 0"), &waiter.error);
	CHECK_OK(driver->reset(waiter.connection, in_ms(1000), &waiter.error), &waiter.error);
	REQUIRE_OK(run(&holder, "BEGIN IMMEDIATE"), &holder.error);
	uint64_t start = trv_monotonic();
	CHECK_STATUS(driver->run(waiter.connection, "CREATE TABLE t (x)", in_ms(50), &waiter.error), TRV_ERR_TIMEOUT);
	CHECK(trv_monotonic() - start >= 50000000);
	fixture_close(&waiter);
	fixture_close(&holder);
}
