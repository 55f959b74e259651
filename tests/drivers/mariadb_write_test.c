/*
 * Writing: constraint errors with their names, transactions, and many rows at once.
 */
#include "mariadb_fixture.h"

#include <pthread.h>
#include <stdlib.h>

/* --- errors ----------------------------------------------------------------------------------- */

static void make_family(struct fixture *f)
{
	maria_open(f);
	maria_run(f, "DROP TABLE IF EXISTS child, parent");
	maria_run(f, "CREATE TABLE parent (id int AUTO_INCREMENT PRIMARY KEY, name varchar(20) NOT NULL,"
	             " size int, CONSTRAINT parent_size CHECK (size > 0), UNIQUE KEY parent_name (name))");
	maria_run(f, "CREATE TABLE child (id int PRIMARY KEY, pid int,"
	             " CONSTRAINT child_parent FOREIGN KEY (pid) REFERENCES parent (id))");
	maria_run(f, "INSERT INTO parent VALUES (1, 'top''secret', 1)");
	maria_run(f, "INSERT INTO child VALUES (1, 1)");
}

static void drop_family(struct fixture *f)
{
	maria_run(f, "DROP TABLE child, parent");
	maria_close(f);
}

TEST(maria_errors, constraints_are_named_and_values_are_not)
{
	struct fixture f;
	static const struct {
		const char *sql;
		int status;
		const char *constraint;
		const char *column;
		const char *table;
	} cases[] = {
		{ "INSERT INTO parent VALUES (2, ?, 1)", TRV_ERR_UNIQUE, "parent_name", "", "" },
		{ "INSERT INTO parent VALUES (1, concat(?, 'x'), 1)", TRV_ERR_UNIQUE, "PRIMARY", "", "" },
		{ "INSERT INTO child VALUES (length(?), 99)", TRV_ERR_FOREIGN_KEY, "child_parent", "pid", "child" },
		{ "DELETE FROM parent WHERE name = ?", TRV_ERR_FOREIGN_KEY, "child_parent", "pid", "child" },
		{ "INSERT INTO parent VALUES (2, nullif(?, 'top''secret'), 1)", TRV_ERR_NOT_NULL, "", "name", "" },
		{ "INSERT INTO parent (size) VALUES (length(?))", TRV_ERR_NOT_NULL, "", "name", "" },
		{ "INSERT INTO parent VALUES (2, concat(?, 'x'), 0)", TRV_ERR_CHECK, "parent_size", "", "parent" },
		{ "INSERT INTO parent VALUES (2, repeat(?, 9), 1)", TRV_ERR_VALUE, "", "name", "" },
		{ "INSERT INTO parent VALUES (2, ?, 1 << 40)", TRV_ERR_VALUE, "", "size", "" },
		{ "INSERT INTO parent VALUES (2, 'other', ?)", TRV_ERR_VALUE, "", "size", "parent" },
		{ "INSERT INTO parent VALUES (2, 'other', ? + 1)", TRV_ERR_VALUE, "", "", "" },
	};
	struct trv_bind secret = bind_text("top'secret");

	make_family(&f);
	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		memset(&f.error, 0x5a, sizeof(f.error));
		if (!CHECK_STATUS(maria_exec(&f, cases[i].sql, &secret, 1), cases[i].status))
			test_note("%s", cases[i].sql);
		CHECK_STR(f.error.constraint, cases[i].constraint);
		CHECK_STR(f.error.column, cases[i].column);
		CHECK_STR(f.error.table, cases[i].table);
		CHECK(!strstr(f.error.message, "secret"));
		CHECK(!strstr(f.error.detail, "secret"));
		CHECK(f.error.native > 0);
		CHECK_INT(strlen(f.error.sqlstate), 5);
		CHECK(!f.error.retryable);
	}
	CHECK(!f.connection->broken);
	drop_family(&f);
}

TEST(maria_errors, a_statement_that_is_not_understood_says_why)
{
	struct fixture f;
	struct trv_statement *s = NULL;

	maria_open(&f);
	CHECK_STATUS(DRIVER->prepare(f.connection, "SELECT FROM", 11, 0, &s, &f.error), TRV_ERR_SQL);
	CHECK_STR(f.error.sqlstate, "42000");
	CHECK_STATUS(DRIVER->run(f.connection, "SELECT * FROM nowhere", 0, &f.error), TRV_ERR_SQL);
	CHECK_CONTAINS(f.error.message, "nowhere");
	CHECK_STR(f.error.table, "nowhere");
	CHECK_STATUS(DRIVER->run(f.connection, "SELECT 1; SELECT 2", 0, &f.error), TRV_ERR_SQL);
	CHECK_STATUS(DRIVER->run(f.connection, "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE parent", 0, &f.error),
	             TRV_ERR_SQL);
	CHECK_INT(maria_number(&f, "SELECT 1"), 1);
	maria_close(&f);
}

TEST(maria_errors, writing_in_a_read_only_transaction_is_refused)
{
	struct fixture f;
	const struct trv_transaction_options options = { .isolation = TRV_SERIALIZABLE, .read_only = true };

	make_family(&f);
	REQUIRE_OK(DRIVER->transaction(f.connection, TRV_VERB_BEGIN, 0, &options, 0, &f.error), &f.error);
	CHECK(f.connection->in_transaction);
	CHECK_STATUS(DRIVER->run(f.connection, "DELETE FROM child", 0, &f.error), TRV_ERR_READ_ONLY);
	CHECK_OK(DRIVER->transaction(f.connection, TRV_VERB_ROLLBACK, 0, NULL, 0, &f.error), &f.error);
	CHECK(!f.connection->in_transaction);
	drop_family(&f);
}

/* --- transactions --------------------------------------------------------------------------------- */

static int verb(struct fixture *f, enum trv_transaction_verb which, unsigned level)
{
	return DRIVER->transaction(f->connection, which, level, NULL, after_ms(10000), &f->error);
}

TEST(maria_transactions, savepoints_undo_their_own_part)
{
	struct fixture f;

	maria_open(&f);
	maria_run(&f, "CREATE TEMPORARY TABLE numbers (n int)");
	CHECK_STATUS(verb(&f, TRV_VERB_SAVEPOINT, 1), TRV_ERR_MISUSE);
	REQUIRE_STATUS(verb(&f, TRV_VERB_BEGIN, 0), 0);
	CHECK_STATUS(verb(&f, TRV_VERB_BEGIN, 0), TRV_ERR_MISUSE);
	maria_run(&f, "INSERT INTO numbers VALUES (1)");
	REQUIRE_STATUS(verb(&f, TRV_VERB_SAVEPOINT, 1), 0);
	maria_run(&f, "INSERT INTO numbers VALUES (2)");
	REQUIRE_STATUS(verb(&f, TRV_VERB_SAVEPOINT, 2), 0);
	maria_run(&f, "INSERT INTO numbers VALUES (3)");
	REQUIRE_STATUS(verb(&f, TRV_VERB_RELEASE, 2), 0);
	REQUIRE_STATUS(verb(&f, TRV_VERB_ROLLBACK_TO, 1), 0);
	CHECK(f.connection->in_transaction);
	REQUIRE_STATUS(verb(&f, TRV_VERB_COMMIT, 0), 0);
	CHECK(!f.connection->in_transaction);
	CHECK_INT(maria_number(&f, "SELECT SUM(n) FROM numbers"), 1);
	CHECK_STATUS(verb(&f, TRV_VERB_COMMIT, 0), TRV_ERR_MISUSE);
	maria_close(&f);
}

TEST(maria_transactions, ddl_that_commits_in_the_middle_is_not_passed_over)
{
	struct fixture f;

	maria_open(&f);
	REQUIRE_STATUS(verb(&f, TRV_VERB_BEGIN, 0), 0);
	maria_run(&f, "CREATE OR REPLACE TABLE slipped (n int)");
	CHECK(!f.connection->in_transaction);
	CHECK_STATUS(verb(&f, TRV_VERB_SAVEPOINT, 1), TRV_ERR_TRANSACTION);
	CHECK_STATUS(verb(&f, TRV_VERB_COMMIT, 0), TRV_ERR_TRANSACTION);
	CHECK_CONTAINS(f.error.message, "committed");
	CHECK_STATUS(verb(&f, TRV_VERB_ROLLBACK, 0), TRV_ERR_TRANSACTION);
	REQUIRE_STATUS(verb(&f, TRV_VERB_BEGIN, 0), 0);
	CHECK_STATUS(verb(&f, TRV_VERB_ROLLBACK, 0), 0);
	maria_run(&f, "DROP TABLE slipped");
	maria_close(&f);
}

struct rival {
	struct fixture f;
	int status;
};

/* Takes row 2, then wants row 1. */
static void *want_row_1(void *argument)
{
	struct rival *rival = argument;
	const int64_t one = 1;
	const struct trv_bind bind = bind_int64(&one);
	struct trv_statement *s = NULL;
	const char *sql = "UPDATE locks SET n = n + 1 WHERE id = ?";
	struct trv_request request = { .binds = &bind, .bind_count = 1, .rows = 1, .deadline = after_ms(10000) };

	rival->status = DRIVER->prepare(rival->f.connection, sql, strlen(sql), 0, &s, &rival->f.error);
	if (rival->status == 0)
		rival->status = DRIVER->execute(s, &request, &rival->f.outcome, &rival->f.error);
	if (s)
		DRIVER->finalize(s);
	return NULL;
}

static void make_locks(struct fixture *f)
{
	maria_open(f);
	maria_run(f, "CREATE OR REPLACE TABLE locks (id int PRIMARY KEY, n int)");
	maria_run(f, "INSERT INTO locks VALUES (1, 0), (2, 0)");
}

/* The loser's transaction is gone three savepoints deep; the winner's goes on. */
TEST(maria_transactions, a_deadlock_takes_the_whole_transaction)
{
	struct fixture f;
	struct rival rival;
	const int64_t two = 2;
	const struct trv_bind bind = bind_int64(&two);
	pthread_t thread;

	make_locks(&f);
	maria_open(&rival.f);
	REQUIRE_STATUS(verb(&f, TRV_VERB_BEGIN, 0), 0);
	for (unsigned level = 1; level <= 3; level++)
		REQUIRE_STATUS(verb(&f, TRV_VERB_SAVEPOINT, level), 0);
	maria_run(&f, "UPDATE locks SET n = n + 1 WHERE id = 1");
	REQUIRE_STATUS(verb(&rival.f, TRV_VERB_BEGIN, 0), 0);
	maria_run(&rival.f, "UPDATE locks SET n = n + 1 WHERE id = 2");
	REQUIRE(pthread_create(&thread, NULL, want_row_1, &rival) == 0);
	int status = maria_exec(&f, "UPDATE locks SET n = n + 1 WHERE id = ?", &bind, 1);
	struct fixture *loser = status < 0 ? &f : &rival.f;
	if (status == 0)
		CHECK_STATUS(verb(&f, TRV_VERB_ROLLBACK, 0), 0);
	pthread_join(thread, NULL);
	CHECK_INT((status == TRV_ERR_DEADLOCK) + (rival.status == TRV_ERR_DEADLOCK), 1);
	CHECK_INT(status + rival.status, TRV_ERR_DEADLOCK);
	CHECK(loser->error.retryable);
	CHECK(!loser->connection->in_transaction);
	CHECK(!loser->connection->broken);
	CHECK_STATUS(verb(loser, TRV_VERB_COMMIT, 0), TRV_ERR_TRANSACTION);
	CHECK_STATUS(verb(loser, TRV_VERB_ROLLBACK, 0), 0);
	maria_close(&rival.f);
	maria_run(&f, "DROP TABLE locks");
	maria_close(&f);
}

TEST(maria_transactions, a_lock_that_is_not_given_is_busy_and_can_be_retried)
{
	struct fixture f, other;
	const int64_t one = 1;
	const struct trv_bind bind = bind_int64(&one);

	make_locks(&f);
	maria_open_url(&other, maria_url(), 2500);
	REQUIRE_STATUS(verb(&f, TRV_VERB_BEGIN, 0), 0);
	maria_run(&f, "UPDATE locks SET n = 1 WHERE id = 1");
	REQUIRE_STATUS(verb(&other, TRV_VERB_BEGIN, 0), 0);
	CHECK_STATUS(maria_exec(&other, "UPDATE locks SET n = 2 WHERE id = ?", &bind, 1), TRV_ERR_BUSY);
	CHECK(other.error.retryable);
	CHECK(other.connection->in_transaction);
	CHECK(!other.connection->broken);
	CHECK_STATUS(verb(&other, TRV_VERB_ROLLBACK, 0), 0);
	CHECK_STATUS(verb(&f, TRV_VERB_ROLLBACK, 0), 0);
	maria_close(&other);
	maria_run(&f, "DROP TABLE locks");
	maria_close(&f);
}

TEST(maria_transactions, an_update_counts_the_rows_that_matched)
{
	struct fixture f;
	const int64_t zero = 0;
	const struct trv_bind bind = bind_int64(&zero);

	make_locks(&f);
	CHECK_OK(maria_exec(&f, "UPDATE locks SET n = ?", &bind, 1), &f.error);
	CHECK_INT(f.outcome.affected, 2);
	maria_run(&f, "DROP TABLE locks");
	maria_close(&f);
}

/* --- many rows ------------------------------------------------------------------------------------- */

#define BULK_ROWS 1000

struct bulk_row {
	int64_t id;
	int32_t number;
	const char *name;
	struct trv_decimal price;
	int64_t moment;
};

static void fill_binds(struct trv_bind *binds, const struct bulk_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		binds[4 * i] = bind_value(TRV_INT32, &rows[i].number);
		binds[4 * i + 1] = rows[i].name ? bind_text(rows[i].name) : bind_null(TRV_TEXT);
		binds[4 * i + 2] = bind_value(TRV_DECIMAL, &rows[i].price);
		binds[4 * i + 3] = bind_value(TRV_TIMESTAMP, &rows[i].moment);
	}
}

static void make_rows(struct bulk_row *rows, struct trv_bind *binds, size_t count)
{
	static const char *const names[] = { "a", "", NULL, "a longer name" };

	for (size_t i = 0; i < count; i++)
		rows[i] = (struct bulk_row) {
			.number = (int32_t)i - 5,
			.name = names[i % 4],
			.price = trv_decimal((int64_t)i * 101 - 7, 2),
			.moment = (int64_t)i * 999983 - 500000,
		};
	fill_binds(binds, rows, count);
}

static void make_bulk(struct fixture *f)
{
	maria_open(f);
	maria_run(f, "CREATE TEMPORARY TABLE bulk (id bigint AUTO_INCREMENT PRIMARY KEY, number int UNIQUE,"
	             " name varchar(40) CHECK (name <> 'forbidden'), price decimal(12,2), moment datetime(6))"
	             " CHARSET utf8mb4 COLLATE utf8mb4_nopad_bin");
}

#define BULK_INSERT "INSERT INTO bulk (number, name, price, moment) VALUES (?, ?, ?, ?)"

static int execute_bulk(struct fixture *f, struct trv_statement *s, const struct trv_bind *binds, size_t rows,
                        const struct trv_decode *decode)
{
	struct trv_request request = {
		.binds = binds, .bind_count = 4, .rows = rows, .decode = decode, .deadline = after_ms(30000)
	};

	return DRIVER->execute(s, &request, &f->outcome, &f->error);
}

/* Each row's number comes back with its id, in the order of the rows given. */
static void check_returned(struct fixture *f, struct trv_statement *s, const struct trv_decode *decode,
                           const struct bulk_row *rows, size_t count)
{
	int64_t last = 0;

	for (size_t i = 0; i < count; i++) {
		struct bulk_row row = { 0 };
		void *bases[] = { &row };
		uint64_t absent;
		if (!CHECK_OK(DRIVER->fetch(s, decode, bases, &f->arena, &absent, &f->error), &f->error) ||
		    !CHECK_INT(row.number, rows[i].number) || !CHECK(row.id > last))
			break;
		last = row.id;
	}
	struct bulk_row row;
	void *bases[] = { &row };
	uint64_t absent;
	CHECK_STATUS(DRIVER->fetch(s, decode, bases, &f->arena, &absent, &f->error), 0);
	CHECK_INT(f->outcome.affected, count);
}

static const struct trv_slot returned_slots[] = {
	{ .type = TRV_INT64, .name = "id", .offset = offsetof(struct bulk_row, id) },
	{ .type = TRV_INT32, .name = "number", .offset = offsetof(struct bulk_row, number) },
};
static const struct trv_decode returned = { .slots = returned_slots, .count = 2, .bases = 1 };

TEST(maria_bulk, a_thousand_rows_are_inserted_with_their_keys)
{
	struct fixture f;
	static struct bulk_row rows[BULK_ROWS];
	static struct trv_bind binds[4 * BULK_ROWS];

	make_bulk(&f);
	make_rows(rows, binds, BULK_ROWS);
	struct trv_statement *s = maria_prepare(&f, BULK_INSERT " RETURNING id, number");
	REQUIRE_OK(execute_bulk(&f, s, binds, BULK_ROWS, &returned), &f.error);
	check_returned(&f, s, &returned, rows, BULK_ROWS);
	DRIVER->finish(s);
	/* The same statement with one row, as any other. */
	rows[0].number = 5000;
	REQUIRE_OK(execute_bulk(&f, s, binds, 1, &returned), &f.error);
	check_returned(&f, s, &returned, rows, 1);
	DRIVER->finish(s);
	DRIVER->finalize(s);
	CHECK_INT(maria_number(&f, "SELECT COUNT(*) FROM bulk"), BULK_ROWS + 1);
	CHECK_INT(maria_number(&f, "SELECT COUNT(*) FROM bulk WHERE name IS NULL"), BULK_ROWS / 4);
	CHECK_INT(maria_number(&f, "SELECT COUNT(*) FROM bulk WHERE name = ''"), BULK_ROWS / 4);
	CHECK_INT(maria_number(&f, "SELECT SUM(price) = SUM((number + 5) * 1.01 - 0.07) FROM bulk WHERE number < 5000"),
	          1);
	CHECK_INT(maria_number(&f, "SELECT MIN(moment) = '1969-12-31 23:59:59.5' FROM bulk"), 1);
	maria_close(&f);
}

TEST(maria_bulk, rows_of_more_than_one_packet_go_in_chunks)
{
	struct fixture f;
	enum {
		COUNT = 70000
	};
	struct bulk_row *rows = calloc(COUNT, sizeof(*rows));
	struct trv_bind *binds = calloc((size_t)4 * COUNT, sizeof(*binds));

	REQUIRE(rows && binds);
	make_bulk(&f);
	make_rows(rows, binds, COUNT);
	REQUIRE_STATUS(verb(&f, TRV_VERB_BEGIN, 0), 0);
	struct trv_statement *s = maria_prepare(&f, BULK_INSERT " RETURNING id, number");
	REQUIRE_OK(execute_bulk(&f, s, binds, COUNT, &returned), &f.error);
	/* The values must live on; the binds need not. */
	memset(binds, 0x5a, (size_t)4 * COUNT * sizeof(*binds));
	check_returned(&f, s, &returned, rows, COUNT);
	DRIVER->finish(s);
	DRIVER->finalize(s);
	REQUIRE_STATUS(verb(&f, TRV_VERB_ROLLBACK, 0), 0);
	s = maria_prepare(&f, BULK_INSERT);
	fill_binds(binds, rows, COUNT);
	REQUIRE_OK(execute_bulk(&f, s, binds, COUNT, NULL), &f.error);
	CHECK_INT(f.outcome.affected, COUNT);
	DRIVER->finalize(s);
	CHECK_INT(maria_number(&f, "SELECT COUNT(*) FROM bulk"), COUNT);
	free(rows);
	free(binds);
	maria_close(&f);
}

/* The types of the parameters are told once; whatever comes between, each row arrives as what it is. */
TEST(maria_bulk, one_row_and_many_and_failures_and_other_types_take_turns)
{
	static struct bulk_row rows[40];
	static struct trv_bind binds[4 * 40];
	static const int64_t wide = 1000;
	struct fixture f;

	make_bulk(&f);
	make_rows(rows, binds, 40);
	struct trv_statement *s = maria_prepare(&f, BULK_INSERT);
	REQUIRE_OK(execute_bulk(&f, s, binds, 1, NULL), &f.error);
	REQUIRE_OK(execute_bulk(&f, s, binds + 4, 1, NULL), &f.error);
	REQUIRE_OK(execute_bulk(&f, s, binds + 8, 10, NULL), &f.error);
	REQUIRE_OK(execute_bulk(&f, s, binds + 48, 10, NULL), &f.error);
	CHECK_STATUS(execute_bulk(&f, s, binds, 1, NULL), TRV_ERR_UNIQUE);
	REQUIRE_OK(execute_bulk(&f, s, binds + 88, 1, NULL), &f.error);
	CHECK_STATUS(execute_bulk(&f, s, binds, 10, NULL), TRV_ERR_UNIQUE);
	REQUIRE_OK(execute_bulk(&f, s, binds + 92, 15, NULL), &f.error);
	/* an int64 and a text where an int32 and a timestamp were */
	binds[156] = bind_value(TRV_INT64, &wide);
	binds[159] = bind_text("2001-02-03 04:05:06.000007");
	REQUIRE_OK(execute_bulk(&f, s, binds + 156, 1, NULL), &f.error);
	REQUIRE_OK(execute_bulk(&f, s, binds + 156 - 4, 1, NULL), &f.error);
	DRIVER->finalize(s);
	CHECK_INT(maria_number(&f, "SELECT COUNT(*) FROM bulk"), 40);
	CHECK_INT(maria_number(&f, "SELECT COUNT(*) FROM bulk WHERE price = (number + 5) * 1.01 - 0.07 AND moment = "
	                           "TIMESTAMPADD(MICROSECOND, (number + 5) * 999983 - 500000, '1970-01-01')"),
	          39);
	CHECK_INT(maria_number(&f, "SELECT moment = '2001-02-03 04:05:06.000007' FROM bulk WHERE number = 1000"), 1);
	maria_close(&f);
}

TEST(maria_bulk, timestamps_of_one_day_and_of_others_arrive)
{
	enum {
		DAYS = 12
	};
	/* by the days between: the same, the next, the one before, far away, and the ends of one */
	static const int64_t days[DAYS] = { 0, 0, 1, 0, -1, -1, -719162, 2932896, 2932896, 0, 11016, 11017 };
	static struct bulk_row rows[DAYS];
	static struct trv_bind binds[4 * DAYS];
	struct fixture f;

	make_bulk(&f);
	make_rows(rows, binds, DAYS);
	for (int64_t i = 0; i < DAYS; i++)
		rows[i].moment = days[i] * TRV_DAY_MICROSECONDS + (i % 3 == 0   ? 0
		                                                   : i % 3 == 1 ? TRV_DAY_MICROSECONDS - 1
		                                                                : i * 3723000004);
	struct trv_statement *s = maria_prepare(&f, BULK_INSERT);
	REQUIRE_OK(execute_bulk(&f, s, binds, DAYS, NULL), &f.error);
	DRIVER->finalize(s);
	for (size_t i = 0; i < DAYS; i++) {
		char sql[120], moment[TRV_TIME_TEXT];

		trv_timestamp_format(rows[i].moment, moment);
		moment[strcspn(moment, "Z")] = '\0';
		snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM bulk WHERE number = %d AND moment = '%s'",
		         rows[i].number, moment);
		CHECK_INT(maria_number(&f, sql), 1);
	}
	rows[3].moment = (days[7] + 1) * TRV_DAY_MICROSECONDS;
	s = maria_prepare(&f, BULK_INSERT);
	CHECK_STATUS(execute_bulk(&f, s, binds, DAYS, NULL), TRV_ERR_VALUE);
	DRIVER->finalize(s);
	maria_close(&f);
}

TEST(maria_bulk, updates_and_deletes_of_many_rows_count_all_of_them)
{
	struct fixture f;
	static struct bulk_row rows[100];
	static struct trv_bind binds[400];
	static struct trv_bind keys[400];

	make_bulk(&f);
	make_rows(rows, binds, 100);
	struct trv_statement *s = maria_prepare(&f, BULK_INSERT);
	REQUIRE_OK(execute_bulk(&f, s, binds, 100, NULL), &f.error);
	CHECK_INT(f.outcome.affected, 100);
	DRIVER->finalize(s);
	for (size_t i = 0; i < 100; i++)
		keys[i] = bind_value(TRV_INT32, &rows[i].number);
	s = maria_prepare(&f, "UPDATE bulk SET name = 'same' WHERE number = ?");
	struct trv_request request = { .binds = keys, .bind_count = 1, .rows = 100, .deadline = after_ms(10000) };
	for (int i = 0; i < 2; i++) {
		CHECK_OK(DRIVER->execute(s, &request, &f.outcome, &f.error), &f.error);
		CHECK_INT(f.outcome.affected, 100);
	}
	DRIVER->finalize(s);
	s = maria_prepare(&f, "DELETE FROM bulk WHERE number = ?");
	CHECK_OK(DRIVER->execute(s, &request, &f.outcome, &f.error), &f.error);
	CHECK_INT(f.outcome.affected, 100);
	DRIVER->finalize(s);
	maria_close(&f);
}

TEST(maria_bulk, one_bad_row_is_reported_and_a_transaction_undoes_the_rest)
{
	struct fixture f;
	static struct bulk_row rows[BULK_ROWS];
	static struct trv_bind binds[4 * BULK_ROWS];

	make_bulk(&f);
	make_rows(rows, binds, BULK_ROWS);
	rows[700].name = "forbidden";
	rows[701].number = rows[3].number;
	fill_binds(binds, rows, BULK_ROWS);
	struct trv_statement *s = maria_prepare(&f, BULK_INSERT);
	REQUIRE_STATUS(verb(&f, TRV_VERB_BEGIN, 0), 0);
	CHECK_STATUS(execute_bulk(&f, s, binds, BULK_ROWS, NULL), TRV_ERR_CHECK);
	rows[700].name = "allowed";
	fill_binds(binds, rows, BULK_ROWS);
	REQUIRE_STATUS(verb(&f, TRV_VERB_ROLLBACK, 0), 0);
	REQUIRE_STATUS(verb(&f, TRV_VERB_BEGIN, 0), 0);
	CHECK_STATUS(execute_bulk(&f, s, binds, BULK_ROWS, NULL), TRV_ERR_UNIQUE);
	CHECK_STR(f.error.constraint, "number");
	REQUIRE_STATUS(verb(&f, TRV_VERB_ROLLBACK, 0), 0);
	CHECK_INT(maria_number(&f, "SELECT COUNT(*) FROM bulk"), 0);
	/* A value that cannot be sent: nothing is. */
	rows[701].moment = INT64_MAX;
	rows[701].number = 9000;
	CHECK_STATUS(execute_bulk(&f, s, binds, BULK_ROWS, NULL), TRV_ERR_VALUE);
	CHECK(!f.connection->broken);
	CHECK_INT(maria_number(&f, "SELECT COUNT(*) FROM bulk"), 0);
	rows[701].moment = 0;
	CHECK_OK(execute_bulk(&f, s, binds, BULK_ROWS, NULL), &f.error);
	DRIVER->finalize(s);
	maria_close(&f);
}
