/*
 * The PostgreSQL driver's statements, transactions and errors, against a real server.
 */
#include "postgresql_fixture.h"
#include <libpq-fe.h>
#include <pthread.h>
#include <stdlib.h>

static const struct trv_slot integer_slot = { .type = TRV_INT64, .name = "x" };
static const struct trv_decode integer_decode = { .slots = &integer_slot, .count = 1, .bases = 1 };

/* The next row's integer; ends the test when there is none. */
static int64_t fetch_integer(struct fixture *f, struct trv_statement *statement)
{
	uint64_t absent;
	int64_t value = 0;
	int r = driver->fetch(statement, &integer_decode, (void *[]) { &value }, &f->arena, &absent, &f->error);

	CHECK_OK(r, &f->error);
	REQUIRE(r == 1);
	return value;
}

static int fetch_end(struct fixture *f, struct trv_statement *statement)
{
	uint64_t absent;
	int64_t value = 0;

	return driver->fetch(statement, &integer_decode, (void *[]) { &value }, &f->arena, &absent, &f->error);
}

static int execute(struct fixture *f, struct trv_statement *statement, const struct trv_bind *binds, size_t count,
                   const struct trv_decode *decode)
{
	return driver->execute(
		statement,
		&(struct trv_request) {
			.binds = binds, .bind_count = count, .rows = 1, .decode = decode, .deadline = in_ms(5000) },
		&f->outcome, &f->error);
}

/* --- statements ------------------------------------------------------------------------ */

TEST(postgresql, a_statement_is_prepared_once_and_given_up_in_the_end)
{
	struct fixture f;
	struct trv_statement *statement;

	fixture_open(&f, "");
	REQUIRE_OK(prepare(&f, "SELECT $1 + 1 AS x", &statement), &f.error);
	for (int64_t i = 0; i < 5; i++) {
		struct trv_bind bind = bind_int64(&i);

		REQUIRE_OK(execute(&f, statement, &bind, 1, &integer_decode), &f.error);
		CHECK_INT(fetch_integer(&f, statement), i + 1);
		CHECK_INT(fetch_end(&f, statement), 0);
		driver->finish(statement);
	}
	CHECK_INT(select_integer(
			  &f, "SELECT count(*) AS x FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1 + 1%'"),
	          1);
	driver->finalize(statement);
	for (int i = 0; i < 40; i++)
		CHECK_INT(select_integer(&f, "SELECT 7 AS x"), 7);
	CHECK(select_integer(&f, "SELECT count(*) AS x FROM pg_prepared_statements") < 20);
	fixture_close(&f);
}

TEST(postgresql, parameters_of_other_types_prepare_it_again)
{
	struct fixture f;
	struct trv_statement *statement;
	int64_t seven = 7;
	struct trv_bind number = bind_int64(&seven), text = bind_text("seven");
	struct trv_slot slot = { .type = TRV_TEXT, .name = "x" };
	struct trv_decode decode = { .slots = &slot, .count = 1, .bases = 1 };
	const char *value = NULL;
	uint64_t absent;

	fixture_open(&f, "");
	REQUIRE_OK(prepare(&f, "SELECT concat($1, '!') AS x", &statement), &f.error);
	REQUIRE_OK(execute(&f, statement, &number, 1, &decode), &f.error);
	CHECK_INT(driver->fetch(statement, &decode, (void *[]) { &value }, &f.arena, &absent, &f.error), 1);
	CHECK_STR(value, "7!");
	/* Here the server cannot infer what $1 is, and is told that it is text. */
	REQUIRE_OK(execute(&f, statement, &text, 1, &decode), &f.error);
	CHECK_INT(driver->fetch(statement, &decode, (void *[]) { &value }, &f.arena, &absent, &f.error), 1);
	CHECK_STR(value, "seven!");
	driver->finalize(statement);
	fixture_close(&f);
}

TEST(postgresql, columns_are_named_before_anything_is_executed)
{
	struct fixture f;
	struct trv_statement *statement;
	struct trv_result_column columns[2] = { { NULL }, { NULL } };
	int64_t one = 1;
	struct trv_bind bind = bind_int64(&one);

	fixture_open(&f, "");
	REQUIRE_OK(prepare(&f, "SELECT $1::bigint AS x, 2 AS \"Y y\", 3 AS z", &statement), &f.error);
	CHECK_INT(driver->columns(statement, columns, 2, &f.error), 3);
	CHECK_STR(columns[0].name, "x");
	CHECK_STR(columns[1].name, "Y y");
	CHECK_STATUS(execute(&f, statement, &bind, 1, &integer_decode), TRV_ERR_MISMATCH);
	CHECK_STR(columns[1].name, "Y y");
	driver->finalize(statement);
	REQUIRE_OK(prepare(&f, "SELECT 1 AS x FRM t", &statement), &f.error);
	CHECK_STATUS(driver->columns(statement, columns, 2, &f.error), TRV_ERR_SQL);
	CHECK_STR(f.error.sqlstate, "42601");
	driver->finalize(statement);
	CHECK_INT(select_integer(&f, "SELECT 1 AS x"), 1);
	fixture_close(&f);
}

TEST(postgresql, several_statements_in_one_text_are_refused)
{
	struct fixture f;

	fixture_open(&f, "");
	CHECK_STATUS(run(&f, "SELECT 1; SELECT 2"), TRV_ERR_SQL);
	CHECK_STATUS(write_with(&f, "SELECT 1; SELECT 2", NULL, 0), TRV_ERR_SQL);
	CHECK_OK(run(&f, "SELECT 1"), &f.error);
	fixture_close(&f);
}

TEST(postgresql, a_column_that_changed_its_type_is_seen_at_once)
{
	struct fixture f, other;
	struct trv_statement *statement;

	fixture_open(&f, "");
	fixture_open(&other, "");
	REQUIRE_OK(run(&f, "DROP TABLE IF EXISTS altered"), &f.error);
	REQUIRE_OK(run(&f, "CREATE TABLE altered (x bigint, y bigint)"), &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO altered VALUES (1, 2)"), &f.error);
	REQUIRE_OK(prepare(&f, "SELECT x FROM altered", &statement), &f.error);
	REQUIRE_OK(execute(&f, statement, NULL, 0, &integer_decode), &f.error);
	CHECK_INT(fetch_integer(&f, statement), 1);
	driver->finish(statement);
	/* Of another width: prepared again without a word. */
	REQUIRE_OK(run(&other, "ALTER TABLE altered ALTER x TYPE integer"), &other.error);
	REQUIRE_OK(execute(&f, statement, NULL, 0, &integer_decode), &f.error);
	CHECK_INT(fetch_integer(&f, statement), 1);
	driver->finish(statement);
	/* Of another kind: a mismatch. */
	REQUIRE_OK(run(&other, "ALTER TABLE altered ALTER x TYPE text"), &other.error);
	CHECK_STATUS(execute(&f, statement, NULL, 0, &integer_decode), TRV_ERR_MISMATCH);
	CHECK(!f.error.retryable);
	/* In a transaction it cannot be prepared again: the whole may be tried again. */
	REQUIRE_OK(run(&other, "ALTER TABLE altered ALTER x TYPE bigint USING x::bigint"), &other.error);
	REQUIRE_OK(execute(&f, statement, NULL, 0, &integer_decode), &f.error);
	driver->finish(statement);
	REQUIRE_OK(run(&other, "ALTER TABLE altered ALTER x TYPE integer"), &other.error);
	for (int i = 0; i < 2; i++) {
		REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
		int r = execute(&f, statement, NULL, 0, &integer_decode);
		CHECK_STATUS(r, i == 0 ? TRV_ERR_MISMATCH : TRV_OK);
		CHECK(i > 0 || f.error.retryable);
		driver->finish(statement);
		REQUIRE_OK(transaction(&f, TRV_VERB_ROLLBACK, 0), &f.error);
	}
	driver->finalize(statement);
	CHECK_OK(run(&f, "DROP TABLE altered"), &f.error);
	fixture_close(&f);
	fixture_close(&other);
}

TEST(postgresql, columns_that_were_swapped_give_right_values)
{
	struct fixture f, other;
	struct trv_statement *statement;
	static const struct trv_slot slots[] = {
		{ .type = TRV_INT64, .name = "a", .offset = 0 },
		{ .type = TRV_INT64, .name = "b", .offset = 8 },
	};
	struct trv_decode decode = { .slots = slots, .count = 2, .bases = 1 };
	int64_t row[2];
	uint64_t absent;
	static const char *const swaps[] = { "ALTER TABLE swapped RENAME a TO c", "ALTER TABLE swapped RENAME b TO a",
		                             "ALTER TABLE swapped RENAME c TO b", "ALTER TABLE swapped DROP b",
		                             "ALTER TABLE swapped ADD b bigint DEFAULT 5" };

	fixture_open(&f, "");
	fixture_open(&other, "");
	REQUIRE_OK(run(&f, "DROP TABLE IF EXISTS swapped"), &f.error);
	REQUIRE_OK(run(&f, "CREATE TABLE swapped (a bigint, b bigint)"), &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO swapped VALUES (1, 2)"), &f.error);
	REQUIRE_OK(prepare(&f, "SELECT a, b FROM swapped", &statement), &f.error);
	REQUIRE_OK(execute(&f, statement, NULL, 0, &decode), &f.error);
	CHECK_INT(driver->fetch(statement, &decode, (void *[]) { row }, &f.arena, &absent, &f.error), 1);
	CHECK_INT(row[0], 1);
	for (size_t i = 0; i < TRV_COUNT_OF(swaps); i++)
		REQUIRE_OK(run(&other, swaps[i]), &other.error);
	REQUIRE_OK(execute(&f, statement, NULL, 0, &decode), &f.error);
	CHECK_INT(driver->fetch(statement, &decode, (void *[]) { row }, &f.arena, &absent, &f.error), 1);
	CHECK_INT(row[0], 2);
	CHECK_INT(row[1], 5);
	driver->finalize(statement);
	CHECK_OK(run(&f, "DROP TABLE swapped"), &f.error);
	fixture_close(&f);
	fixture_close(&other);
}

TEST(postgresql, statements_that_somebody_deallocated_are_prepared_again)
{
	struct fixture f;
	struct trv_statement *statement;

	fixture_open(&f, "");
	REQUIRE_OK(prepare(&f, "SELECT 5 AS x", &statement), &f.error);
	for (int i = 0; i < 2; i++) {
		REQUIRE_OK(execute(&f, statement, NULL, 0, &integer_decode), &f.error);
		CHECK_INT(fetch_integer(&f, statement), 5);
		driver->finish(statement);
		REQUIRE_OK(run(&f, "DEALLOCATE ALL"), &f.error);
	}
	driver->finalize(statement);
	fixture_close(&f);
}

/* --- many rows ------------------------------------------------------------------------- */

#define MANY 100000

TEST(postgresql, a_hundred_thousand_rows_are_streamed)
{
	struct fixture f;
	struct trv_statement *statement;
	struct trv_request request = { .rows = 1, .decode = &integer_decode, .stream = true, .deadline = in_ms(20000) };
	int64_t sum = 0;

	for (int pooler = 0; pooler < 2; pooler++) {
		fixture_open(&f, pooler ? "&trivet_pooler=1" : "");
		REQUIRE_OK(prepare(&f, "SELECT g::bigint AS x FROM generate_series(1, 100000) g", &statement),
		           &f.error);
		REQUIRE_OK(driver->execute(statement, &request, &f.outcome, &f.error), &f.error);
		sum = 0;
		for (int i = 0; i < MANY; i++)
			sum += fetch_integer(&f, statement);
		CHECK_STATUS(run(&f, "SELECT 1"), TRV_ERR_MISUSE);
		CHECK_INT(fetch_end(&f, statement), 0);
		CHECK_INT(fetch_end(&f, statement), 0);
		CHECK_INT(sum, (int64_t)MANY * (MANY + 1) / 2);
		CHECK_INT(f.outcome.affected, MANY);
		CHECK_OK(run(&f, "SELECT 1"), &f.error);
		driver->finalize(statement);
		fixture_close(&f);
	}
}

TEST(postgresql, a_stream_without_rows_ends_at_once)
{
	struct fixture f;
	struct trv_statement *statement;
	struct trv_request request = { .rows = 1, .decode = &integer_decode, .stream = true, .deadline = in_ms(5000) };

	fixture_open(&f, "");
	for (int copied = 0; copied < 2; copied++) {
		REQUIRE_OK(prepare(&f, "SELECT 1::bigint AS x WHERE false", &statement), &f.error);
		request.said = copied ? "SELECT 1::bigint AS x WHERE false" : NULL;
		REQUIRE_OK(driver->execute(statement, &request, &f.outcome, &f.error), &f.error);
		CHECK_INT(fetch_end(&f, statement), 0);
		driver->finish(statement);
		CHECK_OK(run(&f, "SELECT 1"), &f.error);
		driver->finalize(statement);
	}
	fixture_close(&f);
}

/* The text is another one than was prepared: so it shows which of them was run. */
TEST(postgresql, a_stream_whose_values_are_in_its_text_is_read_by_copy)
{
	static const char *const said = "SELECT g::bigint FROM generate_series(3, 100002) g";
	struct fixture f;
	struct trv_statement *statement;
	int64_t one = 1;
	struct trv_bind bind = bind_int64(&one);
	struct trv_request request = {
		.binds = &bind,
		.bind_count = 1,
		.rows = 1,
		.decode = &integer_decode,
		.stream = true,
		.said = said,
	};

	for (int pooler = 0; pooler < 2; pooler++) {
		int64_t sum = 0;

		fixture_open(&f, pooler ? "&trivet_pooler=1" : "");
		REQUIRE_OK(prepare(&f, "SELECT $1::bigint AS x", &statement), &f.error);
		request.deadline = in_ms(20000);
		REQUIRE_OK(driver->execute(statement, &request, &f.outcome, &f.error), &f.error);
		for (int i = 0; i < (pooler ? 1 : MANY); i++)
			sum += fetch_integer(&f, statement);
		CHECK_STATUS(run(&f, "SELECT 1"), TRV_ERR_MISUSE);
		CHECK_INT(fetch_end(&f, statement), 0);
		CHECK_INT(fetch_end(&f, statement), 0);
		CHECK_INT(sum, pooler ? 1 : (int64_t)MANY * (MANY + 1) / 2 + 2 * MANY);
		CHECK_INT(f.outcome.affected, pooler ? 1 : MANY);
		CHECK_OK(run(&f, "SELECT 1"), &f.error);
		/* what is not streamed has parameters */
		request.stream = false;
		REQUIRE_OK(driver->execute(statement, &request, &f.outcome, &f.error), &f.error);
		CHECK_INT(fetch_integer(&f, statement), 1);
		request.stream = true;
		driver->finalize(statement);
		fixture_close(&f);
	}
}

/* COPY tells no types: a column that has become another one must not be taken for what it was. */
TEST(postgresql, a_copied_column_that_changed_its_type_is_cast_or_refused)
{
	static const char *const sql = "SELECT x FROM shifted";
	struct fixture f;
	struct trv_statement *statement;
	struct trv_request request = {
		.rows = 1,
		.decode = &integer_decode,
		.stream = true,
		.deadline = in_ms(20000),
		.said = sql,
	};

	fixture_open(&f, "");
	REQUIRE_OK(run(&f, "DROP TABLE IF EXISTS shifted"), &f.error);
	REQUIRE_OK(run(&f, "CREATE TABLE shifted AS SELECT 7::bigint AS x"), &f.error);
	REQUIRE_OK(prepare(&f, sql, &statement), &f.error);
	for (int turn = 0; turn < 2; turn++) {
		REQUIRE_OK(driver->execute(statement, &request, &f.outcome, &f.error), &f.error);
		CHECK_INT(fetch_integer(&f, statement), 7);
		driver->finish(statement);
		REQUIRE_OK(run(&f, "ALTER TABLE shifted ALTER x TYPE smallint"), &f.error);
	}
	REQUIRE_OK(run(&f, "ALTER TABLE shifted ALTER x TYPE timestamptz USING now()"), &f.error);
	CHECK_STATUS(driver->execute(statement, &request, &f.outcome, &f.error), TRV_ERR_SQL);
	CHECK_STR(f.error.sqlstate, "42846");
	CHECK_OK(run(&f, "DROP TABLE shifted"), &f.error);
	driver->finalize(statement);
	fixture_close(&f);
}

TEST(postgresql, what_follows_a_stream_in_a_pipeline_gets_all_its_rows)
{
	struct fixture f;
	struct trv_statement *statement;
	struct trv_request request = { .rows = 1, .decode = &integer_decode, .deadline = in_ms(5000) };

	fixture_open(&f, "");
	REQUIRE_OK(prepare(&f, "SELECT g::bigint AS x FROM generate_series(1, 5) g", &statement), &f.error);
	for (int turn = 0; turn < 2; turn++) {
		request.stream = true;
		REQUIRE_OK(driver->execute(statement, &request, &f.outcome, &f.error), &f.error);
		while (fetch_end(&f, statement) == 1)
			continue;
		driver->finish(statement);
		request.stream = false;
		if (turn == 0) {
			REQUIRE_OK(driver->pipeline(f.connection, &statement, &request, &f.outcome, 1, &f.error),
			           &f.error);
		} else {
			REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
			REQUIRE_OK(driver->execute(statement, &request, &f.outcome, &f.error), &f.error);
		}
		for (int i = 1; i <= 5; i++)
			CHECK_INT(fetch_integer(&f, statement), i);
		CHECK_INT(fetch_end(&f, statement), 0);
	}
	driver->finalize(statement);
	fixture_close(&f);
}

TEST(postgresql, a_stream_that_fails_half_way_says_so)
{
	struct fixture f;
	struct trv_statement *statement;
	struct trv_request request = { .rows = 1, .decode = &integer_decode, .stream = true, .deadline = in_ms(5000) };
	static const char *const sql = "SELECT 10 / (500 - g)::bigint AS x FROM generate_series(1, 1000) g";

	fixture_open(&f, "");
	REQUIRE_OK(prepare(&f, sql, &statement), &f.error);
	for (int copied = 0; copied < 2; copied++) {
		int rows = 0;
		int r;

		request.said = copied ? sql : NULL;
		REQUIRE_OK(driver->execute(statement, &request, &f.outcome, &f.error), &f.error);
		while ((r = fetch_end(&f, statement)) == 1)
			rows++;
		CHECK_STATUS(r, TRV_ERR_VALUE);
		CHECK_STR(f.error.sqlstate, "22012");
		CHECK_INT(rows, 499);
		driver->finish(statement);
		CHECK_OK(run(&f, "SELECT 1"), &f.error);
	}
	driver->finalize(statement);
	fixture_close(&f);
}

TEST(postgresql, a_stream_that_is_given_up_leaves_the_connection_usable)
{
	struct fixture f;
	struct trv_statement *statement;

	fixture_open(&f, "");
	for (int way = 0; way < 4; way++) {
		bool inside = way & 1;
		uint64_t start = trv_monotonic();
		struct trv_request request = {
			.rows = 1, .decode = &integer_decode, .stream = true, .deadline = in_ms(30000)
		};

		REQUIRE_OK(prepare(&f, "SELECT generate_series(1::bigint, $1) AS x", &statement), &f.error);
		/* Outside a transaction the server is told to stop what would take hours. */
		int64_t count = inside ? 200000 : INT64_C(100000000000);
		struct trv_bind bind = bind_int64(&count);
		request.binds = &bind;
		request.bind_count = 1;
		if (way & 2)
			request.said = inside ? "SELECT generate_series(1, 200000)::bigint"
			                      : "SELECT generate_series(1, 100000000000)::bigint";
		if (inside)
			REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
		REQUIRE_OK(driver->execute(statement, &request, &f.outcome, &f.error), &f.error);
		CHECK_INT(fetch_integer(&f, statement), 1);
		driver->finish(statement);
		CHECK(!f.connection->broken);
		CHECK_INT(select_integer(&f, "SELECT 3 AS x"), 3);
		if (inside)
			CHECK_OK(transaction(&f, TRV_VERB_COMMIT, 0), &f.error);
		driver->finalize(statement);
		CHECK(trv_monotonic() - start < UINT64_C(5000000000));
	}
	fixture_close(&f);
}

TEST(postgresql, many_rows_are_written_in_one_round_trip)
{
	struct fixture f;
	struct trv_statement *statement;
	enum {
		ROWS = 1000
	};
	int64_t values[ROWS];
	struct trv_bind binds[ROWS];
	struct trv_request request = { .binds = binds, .bind_count = 1, .rows = ROWS, .decode = &integer_decode };

	for (int pooler = 0; pooler < 2; pooler++) {
		fixture_open(&f, pooler ? "&trivet_pooler=1" : "");
		REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE t (id bigserial, v bigint UNIQUE)"), &f.error);
		for (int i = 0; i < ROWS; i++) {
			values[i] = i * 3;
			binds[i] = bind_int64(&values[i]);
		}
		REQUIRE_OK(prepare(&f, "INSERT INTO t (v) VALUES ($1) RETURNING v + id AS x", &statement), &f.error);
		request.deadline = in_ms(10000);
		REQUIRE_OK(driver->execute(statement, &request, &f.outcome, &f.error), &f.error);
		CHECK_INT(f.outcome.affected, ROWS);
		for (int i = 0; i < ROWS; i++)
			CHECK_INT(fetch_integer(&f, statement), i * 3 + i + 1);
		CHECK_INT(fetch_end(&f, statement), 0);
		driver->finish(statement);
		/* All or nothing. */
		for (int i = 0; i < ROWS; i++)
			values[i] = i == 600 ? 0 : 1000000 + i;
		CHECK_STATUS(driver->execute(statement, &request, &f.outcome, &f.error), TRV_ERR_UNIQUE);
		CHECK(!f.connection->broken);
		driver->finish(statement);
		CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM t"), ROWS);
		driver->finalize(statement);
		fixture_close(&f);
	}
}

TEST(postgresql, a_bulk_write_larger_than_every_buffer_does_not_block)
{
	struct fixture f;
	struct trv_statement *statement;
	enum {
		ROWS = 3000
	};
	static char text[10001];
	struct trv_bind *binds = calloc(ROWS, sizeof(*binds));
	struct trv_slot slot = { .type = TRV_TEXT, .name = "x" };
	struct trv_decode decode = { .slots = &slot, .count = 1, .bases = 1 };

	REQUIRE(binds);
	memset(text, 'a', sizeof(text) - 1);
	for (int i = 0; i < ROWS; i++)
		binds[i] = bind_text(text);
	fixture_open(&f, "");
	REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE t (x text)"), &f.error);
	REQUIRE_OK(prepare(&f, "INSERT INTO t (x) VALUES ($1) RETURNING x", &statement), &f.error);
	REQUIRE_OK(driver->execute(statement,
	                           &(struct trv_request) { .binds = binds,
	                                                   .bind_count = 1,
	                                                   .rows = ROWS,
	                                                   .decode = &decode,
	                                                   .deadline = in_ms(30000) },
	                           &f.outcome, &f.error),
	           &f.error);
	CHECK_INT(f.outcome.affected, ROWS);
	driver->finalize(statement);
	free(binds);
	fixture_close(&f);
}

/* --- pipelines ------------------------------------------------------------------------- */

static void prepare_five(struct fixture *f, struct trv_statement **statements, struct trv_request *requests)
{
	static const char *const texts[] = { "SELECT 1::bigint AS x", "SELECT $1 * 2 AS x",
		                             "INSERT INTO t VALUES (5), (6)", "SELECT v AS x FROM t ORDER BY v",
		                             "SELECT g::bigint AS x FROM generate_series(1, 3) g" };
	static const int64_t two = 21;
	static struct trv_bind bind;

	bind = bind_int64(&two);
	for (int i = 0; i < 5; i++) {
		REQUIRE_OK(prepare(f, texts[i], &statements[i]), &f->error);
		requests[i] = (struct trv_request) { .rows = 1,
			                             .decode = i == 2 ? NULL : &integer_decode,
			                             .deadline = in_ms(5000) };
	}
	requests[1].binds = &bind;
	requests[1].bind_count = 1;
}

TEST(postgresql, five_statements_go_in_one_pipeline)
{
	struct fixture f;
	struct trv_statement *statements[5];
	struct trv_request requests[5];
	struct trv_outcome outcomes[5];

	for (int pooler = 0; pooler < 2; pooler++) {
		fixture_open(&f, pooler ? "&trivet_pooler=1" : "");
		REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE t (v bigint UNIQUE)"), &f.error);
		prepare_five(&f, statements, requests);
		REQUIRE_OK(driver->pipeline(f.connection, statements, requests, outcomes, 5, &f.error), &f.error);
		CHECK_INT(fetch_integer(&f, statements[0]), 1);
		CHECK_INT(fetch_integer(&f, statements[1]), 42);
		CHECK_INT(outcomes[2].affected, 2);
		CHECK_INT(fetch_integer(&f, statements[3]), 5);
		CHECK_INT(fetch_integer(&f, statements[3]), 6);
		CHECK_INT(fetch_end(&f, statements[3]), 0);
		CHECK_INT(fetch_integer(&f, statements[4]), 1);
		/* The third one fails now: nothing of the whole is kept, and nothing is left to read. */
		CHECK_STATUS(driver->pipeline(f.connection, statements, requests, outcomes, 5, &f.error),
		             TRV_ERR_UNIQUE);
		CHECK(!f.connection->broken);
		CHECK(!f.connection->in_transaction);
		CHECK_INT(fetch_end(&f, statements[0]), 0);
		for (int i = 0; i < 5; i++)
			driver->finalize(statements[i]);
		CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM t"), 2);
		fixture_close(&f);
	}
}

TEST(postgresql, a_pipeline_that_fails_in_a_transaction_fails_the_transaction)
{
	struct fixture f;
	struct trv_statement *statements[5];
	struct trv_request requests[5];
	struct trv_outcome outcomes[5];

	fixture_open(&f, "");
	REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE t (v bigint UNIQUE)"), &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO t VALUES (6)"), &f.error);
	prepare_five(&f, statements, requests);
	REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
	CHECK_STATUS(driver->pipeline(f.connection, statements, requests, outcomes, 5, &f.error), TRV_ERR_UNIQUE);
	CHECK(f.connection->in_transaction);
	CHECK_STATUS(run(&f, "SELECT 1"), TRV_ERR_TRANSACTION);
	CHECK_OK(transaction(&f, TRV_VERB_ROLLBACK, 0), &f.error);
	for (int i = 0; i < 5; i++)
		driver->finalize(statements[i]);
	fixture_close(&f);
}

TEST(postgresql, a_statement_is_in_a_pipeline_once)
{
	struct fixture f;
	struct trv_statement *statement;
	struct trv_outcome outcomes[2];

	fixture_open(&f, "");
	REQUIRE_OK(prepare(&f, "SELECT 1::bigint AS x", &statement), &f.error);
	struct trv_statement *const statements[] = { statement, statement };
	const struct trv_request requests[] = { { .rows = 1, .decode = &integer_decode },
		                                { .rows = 1, .decode = &integer_decode } };
	CHECK_STATUS(driver->pipeline(f.connection, statements, requests, outcomes, 2, &f.error), TRV_ERR_MISUSE);
	CHECK_OK(driver->pipeline(f.connection, statements, requests, outcomes, 1, &f.error), &f.error);
	driver->finalize(statement);
	fixture_close(&f);
}

/* --- transactions ---------------------------------------------------------------------- */

TEST(postgresql, savepoints_nest_and_roll_back)
{
	struct fixture f;

	fixture_open(&f, "");
	REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE t (v bigint UNIQUE)"), &f.error);
	REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
	CHECK(f.connection->in_transaction);
	REQUIRE_OK(run(&f, "INSERT INTO t VALUES (1)"), &f.error);
	REQUIRE_OK(transaction(&f, TRV_VERB_SAVEPOINT, 1), &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO t VALUES (2)"), &f.error);
	REQUIRE_OK(transaction(&f, TRV_VERB_SAVEPOINT, 2), &f.error);
	CHECK_STATUS(run(&f, "INSERT INTO t VALUES (2)"), TRV_ERR_UNIQUE);
	CHECK_STATUS(run(&f, "INSERT INTO t VALUES (3)"), TRV_ERR_TRANSACTION);
	REQUIRE_OK(transaction(&f, TRV_VERB_ROLLBACK_TO, 2), &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO t VALUES (4)"), &f.error);
	REQUIRE_OK(transaction(&f, TRV_VERB_RELEASE, 1), &f.error);
	REQUIRE_OK(transaction(&f, TRV_VERB_COMMIT, 0), &f.error);
	CHECK(!f.connection->in_transaction);
	CHECK_STR(select_text(&f, "SELECT string_agg(v::text, ',' ORDER BY v) AS x FROM t"), "1,2,4");
	fixture_close(&f);
}

TEST(postgresql, the_commit_of_a_failed_transaction_is_an_error)
{
	struct fixture f;

	fixture_open(&f, "");
	REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
	CHECK_STATUS(run(&f, "SELECT 1 / 0"), TRV_ERR_VALUE);
	CHECK(f.connection->in_transaction);
	CHECK_STATUS(transaction(&f, TRV_VERB_COMMIT, 0), TRV_ERR_TRANSACTION);
	CHECK(!f.connection->in_transaction);
	CHECK(!f.connection->broken);
	fixture_close(&f);
}

TEST(postgresql, a_transaction_begins_with_its_first_statement)
{
	struct fixture f;
	struct trv_statement *statement;
	struct trv_request request = { .rows = 1, .decode = &integer_decode, .stream = true };
	struct trv_outcome outcome;
	static const char sql[] = "SELECT count(*) AS x FROM t";

	for (int pooler = 0; pooler < 2; pooler++) {
		fixture_open(&f, pooler ? "&trivet_pooler=1" : "");
		PGconn *pq = driver->native(f.connection);
		REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE t (v bigint)"), &f.error);
		/* Without statements there is nothing to do. */
		REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
		CHECK(f.connection->in_transaction);
		CHECK_STATUS(transaction(&f, TRV_VERB_BEGIN, 0), TRV_ERR_MISUSE);
		CHECK_OK(driver->ping(f.connection, in_ms(1000), &f.error), &f.error);
		CHECK(f.connection->in_transaction);
		CHECK(PQtransactionStatus(pq) == PQTRANS_IDLE);
		REQUIRE_OK(transaction(&f, TRV_VERB_COMMIT, 0), &f.error);
		CHECK(!f.connection->in_transaction);
		/* However the first statement goes out, it is in the transaction. */
		for (int way = 0; way < 6; way++) {
			test_note("way %d", way);
			REQUIRE_OK(prepare(&f, sql, &statement), &f.error);
			REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
			request.stream = way == 1;
			request.deadline = in_ms(5000);
			if (way < 2)
				REQUIRE_OK(driver->execute(statement, &request, &outcome, &f.error), &f.error);
			else if (way == 2)
				REQUIRE_OK(run(&f, "SELECT 1"), &f.error);
			else if (way == 3)
				REQUIRE_OK(driver->pipeline(f.connection, &statement, &request, &outcome, 1, &f.error),
				           &f.error);
			else if (way == 4)
				REQUIRE_OK(transaction(&f, TRV_VERB_SAVEPOINT, 1), &f.error);
			else
				CHECK(driver->native(f.connection) == pq);
			driver->finish(statement);
			CHECK(PQtransactionStatus(pq) == PQTRANS_INTRANS);
			REQUIRE_OK(run(&f, "INSERT INTO t VALUES (1)"), &f.error);
			REQUIRE_OK(transaction(&f, TRV_VERB_ROLLBACK, 0), &f.error);
			CHECK(PQtransactionStatus(pq) == PQTRANS_IDLE);
			CHECK_INT(select_integer(&f, sql), 0);
			driver->finalize(statement);
		}
		REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
		REQUIRE_OK(driver->reset(f.connection, in_ms(5000), &f.error), &f.error);
		CHECK(!f.connection->in_transaction);
		CHECK_INT(select_integer(&f, "SELECT 1 AS x"), 1);
		CHECK(PQtransactionStatus(pq) == PQTRANS_IDLE);
		fixture_close(&f);
	}
}

TEST(postgresql, options_of_a_transaction_reach_the_server)
{
	struct fixture f;
	struct trv_transaction_options options = { .isolation = TRV_SERIALIZABLE,
		                                   .read_only = true,
		                                   .deferrable = true };

	fixture_open(&f, "");
	REQUIRE_OK(driver->transaction(f.connection, TRV_VERB_BEGIN, 0, &options, in_ms(5000), &f.error), &f.error);
	CHECK_STR(select_text(&f, "SELECT current_setting('transaction_isolation') AS x"), "serializable");
	CHECK_STR(select_text(&f, "SELECT current_setting('transaction_deferrable') AS x"), "on");
	CHECK_STATUS(run(&f, "CREATE TABLE no (x int)"), TRV_ERR_READ_ONLY);
	REQUIRE_OK(transaction(&f, TRV_VERB_ROLLBACK, 0), &f.error);
	options.isolation = (enum trv_isolation)99;
	CHECK_STATUS(driver->transaction(f.connection, TRV_VERB_BEGIN, 0, &options, 0, &f.error), TRV_ERR_MISUSE);
	fixture_close(&f);
}

/* --- errors ---------------------------------------------------------------------------- */

static const struct {
	const char *sql;
	int code;
	const char *constraint;
	const char *table;
	const char *column;
	const char *detail;
} violations[] = {
	{ "INSERT INTO c VALUES (1, 1, 1, 'CANARY')", TRV_ERR_UNIQUE, "c_name_key", "c", "",
	  "Key (name) already exists." },
	{ "INSERT INTO c VALUES (2, 9999, 1, 'b')", TRV_ERR_FOREIGN_KEY, "c_parent_fkey", "c", "", "Key (parent)" },
	{ "INSERT INTO c VALUES (2, 1, NULL, 'CANARY2')", TRV_ERR_NOT_NULL, "", "c", "amount", "" },
	{ "INSERT INTO c VALUES (2, 1, -5, 'CANARY3')", TRV_ERR_CHECK, "positive", "c", "", "" },
	{ "UPDATE c SET amount = 'CANARY4'", TRV_ERR_VALUE, "", "", "", "" },
	{ "SELECT 'CANARY5'::date", TRV_ERR_VALUE, "", "", "", "" },
	{ "SELECT '{CANARY6'::json", TRV_ERR_VALUE, "", "", "", "" },
	{ "SELECT nothing FROM c", TRV_ERR_SQL, "", "", "", "" },
	{ "SELECT FROM nowhere", TRV_ERR_SQL, "", "", "", "" },
	{ "COPY c TO STDOUT", TRV_ERR_UNSUPPORTED, "", "", "", "" },
};

TEST(postgresql, errors_name_the_constraint_and_tell_no_values)
{
	struct fixture f;

	fixture_open(&f, "");
	REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE p (id int PRIMARY KEY)"), &f.error);
	REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE c (id int PRIMARY KEY, parent int REFERENCES p, amount int NOT NULL "
	                   "CONSTRAINT positive CHECK (amount > 0), name text UNIQUE)"),
	           &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO p VALUES (1)"), &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO c VALUES (1, 1, 1, 'CANARY')"), &f.error);
	REQUIRE_OK(run(&f, "UPDATE c SET id = 7"), &f.error);
	for (size_t i = 0; i < TRV_COUNT_OF(violations); i++) {
		test_note("%s", violations[i].sql);
		CHECK_STATUS(run(&f, violations[i].sql), violations[i].code);
		CHECK_STR(f.error.constraint, violations[i].constraint);
		CHECK_STR(f.error.table, violations[i].table);
		CHECK_STR(f.error.column, violations[i].column);
		CHECK_CONTAINS(f.error.detail, violations[i].detail);
		CHECK(!strstr(f.error.message, "CANARY") && !strstr(f.error.detail, "CANARY"));
		CHECK(!strstr(f.error.detail, "9999"));
		CHECK(!f.error.retryable);
	}
	/* The last one left a conversation that nobody holds. */
	CHECK(f.connection->broken);
	fixture_close(&f);
}

/* Runs `first` on one connection and `second` on another at the same time. */
struct racer {
	struct fixture fixture;
	const char *sql;
	int result;
};

static void *race(void *argument)
{
	struct racer *racer = argument;

	racer->result = run(&racer->fixture, racer->sql);
	return NULL;
}

TEST(postgresql, a_deadlock_is_retryable)
{
	struct racer racers[2] = { { .sql = "UPDATE locked SET v = v WHERE id = 2" },
		                   { .sql = "UPDATE locked SET v = v WHERE id = 1" } };
	static const char *const firsts[] = { "UPDATE locked SET v = v WHERE id = 1",
		                              "UPDATE locked SET v = v WHERE id = 2" };
	pthread_t thread;

	for (int i = 0; i < 2; i++)
		fixture_open(&racers[i].fixture, "");
	REQUIRE_OK(run(&racers[0].fixture, "DROP TABLE IF EXISTS locked"), &racers[0].fixture.error);
	REQUIRE_OK(run(&racers[0].fixture, "CREATE TABLE locked AS SELECT g id, 0 v FROM generate_series(1, 2) g"),
	           &racers[0].fixture.error);
	for (int i = 0; i < 2; i++) {
		REQUIRE_OK(transaction(&racers[i].fixture, TRV_VERB_BEGIN, 0), &racers[i].fixture.error);
		REQUIRE_OK(run(&racers[i].fixture, firsts[i]), &racers[i].fixture.error);
	}
	REQUIRE(pthread_create(&thread, NULL, race, &racers[0]) == 0);
	race(&racers[1]);
	/* The survivor waits for the other one's lock. */
	struct racer *loser = &racers[racers[1].result < 0];
	if (loser == &racers[1])
		CHECK_OK(transaction(&racers[1].fixture, TRV_VERB_ROLLBACK, 0), NULL);
	pthread_join(thread, NULL);
	loser = &racers[racers[1].result < 0];
	CHECK_STATUS(loser->result, TRV_ERR_DEADLOCK);
	CHECK_STATUS(racers[loser == &racers[0]].result, TRV_OK);
	CHECK_STR(loser->fixture.error.sqlstate, "40P01");
	CHECK(loser->fixture.error.retryable);
	for (int i = 0; i < 2; i++)
		driver->reset(racers[i].fixture.connection, in_ms(5000), &racers[i].fixture.error);
	CHECK_OK(run(&racers[0].fixture, "DROP TABLE locked"), &racers[0].fixture.error);
	for (int i = 0; i < 2; i++)
		fixture_close(&racers[i].fixture);
}

TEST(postgresql, a_serialization_failure_is_retryable)
{
	struct fixture f, other;
	struct trv_transaction_options options = { .isolation = TRV_REPEATABLE_READ };

	fixture_open(&f, "");
	fixture_open(&other, "");
	REQUIRE_OK(run(&f, "DROP TABLE IF EXISTS serial"), &f.error);
	REQUIRE_OK(run(&f, "CREATE TABLE serial AS SELECT 1 v"), &f.error);
	REQUIRE_OK(driver->transaction(f.connection, TRV_VERB_BEGIN, 0, &options, in_ms(5000), &f.error), &f.error);
	REQUIRE_OK(run(&f, "SELECT * FROM serial"), &f.error);
	REQUIRE_OK(run(&other, "UPDATE serial SET v = 2"), &other.error);
	CHECK_STATUS(run(&f, "UPDATE serial SET v = 3"), TRV_ERR_SERIALIZATION);
	CHECK_STR(f.error.sqlstate, "40001");
	CHECK(f.error.retryable);
	REQUIRE_OK(transaction(&f, TRV_VERB_ROLLBACK, 0), &f.error);
	REQUIRE_OK(transaction(&other, TRV_VERB_BEGIN, 0), &other.error);
	REQUIRE_OK(run(&other, "SELECT * FROM serial FOR UPDATE"), &other.error);
	CHECK_STATUS(run(&f, "SELECT * FROM serial FOR UPDATE NOWAIT"), TRV_ERR_BUSY);
	CHECK(f.error.retryable);
	REQUIRE_OK(transaction(&other, TRV_VERB_ROLLBACK, 0), &other.error);
	CHECK_OK(run(&f, "DROP TABLE serial"), &f.error);
	fixture_close(&f);
	fixture_close(&other);
}

/* --- sessions -------------------------------------------------------------------------- */

/* For this role in this database only: others work on the same server. */
static int set_time_zone(struct fixture *f, const char *action)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
	         "DO $$ BEGIN EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %%I %s', current_database()); END $$",
	         action);
	return run(f, sql);
}

TEST(postgresql, a_session_is_in_utc_and_utf8_whatever_the_role_says)
{
	struct fixture f;

	fixture_open(&f, "");
	REQUIRE_OK(set_time_zone(&f, "SET TimeZone = ''Asia/Tokyo''"), &f.error);
	fixture_close(&f);
	fixture_open(&f, "");
	CHECK_STR(select_text(&f, "SELECT current_setting('TimeZone') AS x"), "UTC");
	CHECK_STR(select_text(&f, "SELECT current_setting('client_encoding') AS x"), "UTF8");
	CHECK_STR(select_text(&f, "SELECT current_setting('application_name') AS x"), "trivet");
	CHECK_STR(select_text(&f, "SELECT current_setting('client_connection_check_interval') AS x"), "1s");
	CHECK_OK(driver->reset(f.connection, in_ms(5000), &f.error), &f.error);
	CHECK_STR(select_text(&f, "SELECT current_setting('TimeZone') AS x"), "UTC");
	REQUIRE_OK(set_time_zone(&f, "RESET TimeZone"), &f.error);
	fixture_close(&f);
}

TEST(postgresql, a_reset_leaves_nothing_to_the_next_borrower)
{
	struct fixture f, other;
	struct trv_statement *statement;

	fixture_open(&f, "");
	fixture_open(&other, "");
	REQUIRE_OK(prepare(&f, "SELECT 5::bigint AS x", &statement), &f.error);
	REQUIRE_OK(execute(&f, statement, NULL, 0, &integer_decode), &f.error);
	driver->finish(statement);
	REQUIRE_OK(run(&f, "SET search_path = pg_catalog"), &f.error);
	REQUIRE_OK(run(&f, "SET statement_timeout = 12345"), &f.error);
	REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE left_behind (x int)"), &f.error);
	REQUIRE_OK(run(&f, "SELECT pg_advisory_lock(42)"), &f.error);
	REQUIRE_OK(run(&f, "LISTEN something"), &f.error);
	REQUIRE_OK(run(&f, "SET ROLE pg_monitor"), &f.error);
	REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
	CHECK_STATUS(run(&f, "SELECT 1 / 0"), TRV_ERR_VALUE);
	REQUIRE_OK(driver->reset(f.connection, in_ms(5000), &f.error), &f.error);
	CHECK(!f.connection->in_transaction);
	CHECK_STR(select_text(&f, "SELECT current_setting('search_path') AS x"), "\"$user\", public");
	CHECK_STR(select_text(&f, "SELECT current_setting('statement_timeout') AS x"), "0");
	CHECK_STR(select_text(&f, "SELECT current_setting('role') AS x"), "none");
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM pg_class WHERE relname = 'left_behind'"), 0);
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM pg_listening_channels()"), 0);
	CHECK_INT(select_integer(&other, "SELECT pg_try_advisory_lock(42)::int AS x"), 1);
	/* Our own statements stay. */
	CHECK(select_integer(&f, "SELECT count(*) AS x FROM pg_prepared_statements WHERE statement LIKE 'SELECT 5%'") ==
	      1);
	REQUIRE_OK(execute(&f, statement, NULL, 0, &integer_decode), &f.error);
	CHECK_INT(fetch_integer(&f, statement), 5);
	driver->finalize(statement);
	fixture_close(&f);
	fixture_close(&other);
}

TEST(postgresql, the_handle_is_libpqs)
{
	struct fixture f;

	fixture_open(&f, "");
	PGconn *pq = driver->native(f.connection);
	CHECK(PQstatus(pq) == CONNECTION_OK);
	CHECK_OK(driver->ping(f.connection, in_ms(5000), &f.error), &f.error);
	fixture_close(&f);
}
