/*
 * The SQLite driver: URLs and opening, statements, errors, waits and their deadlines.
 * Transactions are in sqlite_transaction_test.c, values in sqlite_values_test.c.
 */
#include "sqlite_fixture.h"
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

/* --- opening ----------------------------------------------------------------------------- */

static const struct {
	const char *url;
	int status;
	const char *message;
} bad_urls[] = {
	{ "sqlite:", TRV_ERR_URL, "names no file" },
	{ "sqlite://", TRV_ERR_URL, "no host" },
	{ "sqlite://host/path", TRV_ERR_URL, "no host" },
	{ "sqlite:?mode=ro", TRV_ERR_URL, "names no file" },
	{ "sqlite:a%2", TRV_ERR_URL, "escape" },
	{ "sqlite:a%zz", TRV_ERR_URL, "escape" },
	{ "sqlite:a%00b", TRV_ERR_URL, "escape" },
	{ "sqlite:a?mode=rx", TRV_ERR_URL, "'rx' is none of" },
	{ "sqlite:a?cache=shared", TRV_ERR_URL, "mode=ro" },
	{ "sqlite:a?", TRV_ERR_URL, "mode=ro" },
	{ "sqlite:/no/such/folder/file.db", TRV_ERR_CONNECT, "'/no/such/folder/file.db'" },
	{ "sqlite:///no/such/folder/file.db", TRV_ERR_CONNECT, "'/no/such/folder/file.db'" },
	{ "sqlite:/no/such/file.db?mode=ro", TRV_ERR_CONNECT, "'/no/such/file.db'" },
	{ "sqlite:/", TRV_ERR_CONNECT, "'/'" },
};

TEST(sqlite, a_url_that_is_wrong_says_why)
{
	for (size_t i = 0; i < TRV_COUNT_OF(bad_urls); i++) {
		struct fixture f;

		if (!CHECK_STATUS(fixture_connect(&f, bad_urls[i].url), bad_urls[i].status) ||
		    !CHECK_CONTAINS(f.error.message, bad_urls[i].message))
			test_note("%s: %s", bad_urls[i].url, f.error.message);
		CHECK(f.connection == NULL);
		fixture_close(&f);
	}
}

static const char *in_folder(char *text, size_t size, const char *prefix, const char *name)
{
	snprintf(text, size, "%s%s/%s", prefix, scratch(), name);
	return text;
}

TEST(sqlite, the_path_is_percent_decoded)
{
	char url[512], path[512];
	struct fixture f;

	in_folder(path, sizeof(path), "", "a b?c.db");
	snprintf(url, sizeof(url), "sqlite://%.*s/a%%20b%%3fc.db", (int)(strrchr(path, '/') - path), path);
	fixture_open(&f, url);
	fixture_close(&f);
	CHECK_INT(access(path, F_OK), 0);
}

TEST(sqlite, a_file_is_in_wal_mode_with_every_switch_set)
{
	char url[512];
	struct fixture f;

	fixture_open(&f, in_folder(url, sizeof(url), "sqlite:", "switches.db"));
	CHECK_STR(select_text(&f, "SELECT journal_mode AS x FROM pragma_journal_mode"), "wal");
	CHECK_INT(select_integer(&f, "SELECT foreign_keys AS x FROM pragma_foreign_keys"), 1);
	CHECK_INT(select_integer(&f, "SELECT synchronous AS x FROM pragma_synchronous"), 2);
	CHECK_INT(select_integer(&f, "SELECT 'Atlas' LIKE 'atlas' AS x"), 0);
	CHECK_STATUS(run(&f, "SELECT \"not a column\""), TRV_ERR_SQL);
	CHECK_STATUS(run(&f, "SELECT load_extension('x')"), TRV_ERR_SQL);
	fixture_close(&f);
}

TEST(sqlite, mode_ro_reads_and_refuses_to_write)
{
	char url[512];
	struct fixture f;

	fixture_open(&f, in_folder(url, sizeof(url), "sqlite:", "ro.db"));
	REQUIRE_OK(run(&f, "CREATE TABLE t (x INTEGER)"), &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO t VALUES (7)"), &f.error);
	fixture_close(&f);
	fixture_open(&f, strcat(url, "?mode=ro"));
	CHECK_INT(select_integer(&f, "SELECT x FROM t"), 7);
	CHECK_STATUS(run(&f, "INSERT INTO t VALUES (8)"), TRV_ERR_READ_ONLY);
	CHECK_OK(driver->transaction(f.connection, TRV_VERB_BEGIN, 1, NULL, in_ms(1000), &f.error), &f.error);
	CHECK_OK(driver->transaction(f.connection, TRV_VERB_COMMIT, 1, NULL, in_ms(1000), &f.error), &f.error);
	fixture_close(&f);
}

TEST(sqlite, mode_rw_does_not_create_a_file)
{
	char url[512], path[512];
	struct fixture f;

	in_folder(path, sizeof(path), "", "absent.db");
	in_folder(url, sizeof(url), "sqlite:", "absent.db?mode=rw");
	CHECK_STATUS(fixture_connect(&f, url), TRV_ERR_CONNECT);
	CHECK_CONTAINS(f.error.message, path);
	CHECK(access(path, F_OK) != 0);
	fixture_close(&f);
}

TEST(sqlite, a_file_that_is_no_database_is_refused_and_left_alone)
{
	static const char text[] = "dear diary, this is not a database, however long it may be, is it? no: it is text";
	char url[512], path[512], back[sizeof(text)] = { 0 };
	struct fixture f;

	FILE *file = fopen(in_folder(path, sizeof(path), "", "diary.txt"), "w+");
	REQUIRE(file);
	for (int i = 0; i < 20; i++)
		fputs(text, file);
	fflush(file);
	CHECK_STATUS(fixture_connect(&f, in_folder(url, sizeof(url), "sqlite:", "diary.txt")), TRV_ERR_CONNECT);
	CHECK_INT(f.error.native, SQLITE_NOTADB);
	CHECK_CONTAINS(f.error.message, path);
	rewind(file);
	CHECK_INT(fread(back, 1, sizeof(text) - 1, file), sizeof(text) - 1);
	CHECK_STR(back, text);
	fclose(file);
	fixture_close(&f);
}

/* --- statements --------------------------------------------------------------------------- */

static const struct {
	const char *sql;
	int status;
	const char *message;
} texts[] = {
	{ "SELECT 1", 0, "" },
	{ "SELECT 1;", 0, "" },
	{ "SELECT 1 ; \n\t -- done; SELECT 2\n /* and; done */ ;", 0, "" },
	{ "SELECT 1 -- done", 0, "" },
	{ "SELECT 1; /* open end", 0, "" },
	{ "SELECT 1; SELECT 2", TRV_ERR_SQL, "more than one statement" },
	{ "SELECT 1; -- x\n DROP TABLE t", TRV_ERR_SQL, "more than one statement" },
	{ "", TRV_ERR_SQL, "no statement" },
	{ " -- nothing", TRV_ERR_SQL, "no statement" },
	{ "SELEC 1", TRV_ERR_SQL, "syntax error" },
	{ "SELECT missing FROM sqlite_schema", TRV_ERR_SQL, "no such column: missing" },
};

TEST(sqlite, a_text_must_be_one_statement)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	for (size_t i = 0; i < TRV_COUNT_OF(texts); i++) {
		struct trv_statement *statement = NULL;

		trv_error_clear(&f.error);
		if (!CHECK_STATUS(prepare(&f, texts[i].sql, &statement), texts[i].status) ||
		    !CHECK_CONTAINS(f.error.message, texts[i].message))
			test_note("%s", texts[i].sql);
		if (statement)
			driver->finalize(statement);
	}
	fixture_close(&f);
}

TEST(sqlite, a_syntax_error_names_its_offset)
{
	struct trv_statement *statement = NULL;
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	CHECK_STATUS(prepare(&f, "SELECT missing FROM sqlite_schema", &statement), TRV_ERR_SQL);
	CHECK_CONTAINS(f.error.detail, "offset 7");
	CHECK_STR(f.error.sqlstate, "42000");
	fixture_close(&f);
}

static const struct trv_slot x_slot = { .type = TRV_INT64, .name = "x", .model = "t" };
static const struct trv_decode x_decode = { .slots = &x_slot, .count = 1, .bases = 1 };

static int execute(struct fixture *f, struct trv_statement *statement, const struct trv_decode *decode,
                   uint64_t deadline, struct trv_outcome *outcome)
{
	const struct trv_request request = { .rows = 1, .decode = decode, .deadline = deadline };

	return driver->execute(statement, &request, outcome, &f->error);
}

static int fetch_x(struct fixture *f, struct trv_statement *statement, int64_t *x)
{
	uint64_t absent;

	return driver->fetch(statement, &x_decode, (void *[]) { x }, &f->arena, &absent, &f->error);
}

TEST(sqlite, a_statement_is_used_again_after_finish)
{
	struct trv_statement *statement = NULL;
	struct trv_outcome outcome = { 0 };
	struct fixture f;
	int64_t x = 0;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(prepare(&f, "SELECT 1 AS x UNION ALL SELECT 2", &statement), &f.error);
	for (int i = 0; i < 3; i++) {
		CHECK_OK(execute(&f, statement, &x_decode, 0, &outcome), &f.error);
		CHECK_INT(fetch_x(&f, statement, &x), 1);
		CHECK_INT(x, 1);
		if (i == 1) /* read to the end once, given up in the middle otherwise */
			while (fetch_x(&f, statement, &x) == 1)
				CHECK_INT(x, 2);
		driver->finish(statement);
		CHECK_INT(fetch_x(&f, statement, &x), 0);
	}
	driver->finalize(statement);
	fixture_close(&f);
}

TEST(sqlite, an_outcome_counts_what_the_statement_did)
{
	struct trv_statement *update = NULL, *create = NULL, *insert = NULL;
	struct trv_outcome outcome = { 0 };
	struct fixture f;
	int64_t x = 0;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE t (x INTEGER PRIMARY KEY)"), &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO t VALUES (5), (6), (7)"), &f.error);
	REQUIRE_OK(prepare(&f, "UPDATE t SET x = x + 10 WHERE x > 5", &update), &f.error);
	CHECK_OK(execute(&f, update, NULL, 0, &outcome), &f.error);
	CHECK_INT(outcome.affected, 2);
	REQUIRE_OK(prepare(&f, "CREATE TABLE u (x)", &create), &f.error);
	CHECK_OK(execute(&f, create, NULL, 0, &outcome), &f.error);
	CHECK_INT(outcome.affected, 0);
	REQUIRE_OK(prepare(&f, "INSERT INTO t VALUES (NULL) RETURNING x", &insert), &f.error);
	outcome = (struct trv_outcome) { 0 };
	CHECK_OK(execute(&f, insert, &x_decode, 0, &outcome), &f.error);
	CHECK_INT(fetch_x(&f, insert, &x), 1);
	CHECK_INT(fetch_x(&f, insert, &x), 0);
	CHECK_INT(x, 18);
	CHECK_INT(outcome.affected, 1);
	CHECK_INT(outcome.last_id, 18);
	driver->finalize(update);
	driver->finalize(create);
	driver->finalize(insert);
	fixture_close(&f);
}

TEST(sqlite, misused_parameters_are_refused)
{
	const int64_t value = 1;
	const struct trv_bind bind = { .value = &value, .type = TRV_INT64 };
	struct trv_statement *statement = NULL;
	struct trv_outcome outcome = { 0 };
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(prepare(&f, "SELECT ? AS x", &statement), &f.error);
	const struct trv_request none = { .rows = 1 };
	const struct trv_request rows = { .binds = &bind, .bind_count = 1, .rows = 2, .decode = &x_decode };
	CHECK_STATUS(driver->execute(statement, &none, &outcome, &f.error), TRV_ERR_MISUSE);
	CHECK_STATUS(driver->execute(statement, &rows, &outcome, &f.error), TRV_ERR_UNSUPPORTED);
	driver->finalize(statement);
	fixture_close(&f);
}

static int64_t sum_of_x(struct fixture *f, const char *sql, const struct trv_bind *binds, size_t count)
{
	const struct trv_request request = { .binds = binds, .bind_count = count, .rows = 1, .decode = &x_decode };
	struct trv_statement *statement = NULL;
	struct trv_outcome outcome = { 0 };
	int64_t x = 0;

	REQUIRE_OK(prepare(f, sql, &statement), &f->error);
	CHECK_OK(driver->execute(statement, &request, &outcome, &f->error), &f->error);
	CHECK_INT(fetch_x(f, statement, &x), 1);
	driver->finalize(statement);
	return x;
}

TEST(sqlite, arrays_are_the_rows_of_a_function)
{
	const int64_t numbers[] = { 1, 20, 300 };
	const bool present[] = { true, false, true };
	const struct trv_bind binds[] = {
		{ .value = numbers, .size = 8, .count = 3, .type = TRV_INT64 },
		{ .value = numbers, .size = 8, .count = 3, .type = TRV_INT64, .present = present, .present_stride = 1 },
	};
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	CHECK_INT(sum_of_x(&f, "SELECT sum(c0) + 1000 * sum(c1) AS x FROM trv_rows(trv_arrays(?, ?))", binds, 2),
	          301321);
	CHECK_INT(sum_of_x(&f, "SELECT count(c2) AS x FROM trv_rows(trv_arrays(?, ?))", binds, 2), 0);
	fixture_close(&f);
}

TEST(sqlite, what_is_no_array_of_ours_has_no_rows)
{
	const int64_t value = 1;
	const struct trv_bind bind = { .value = &value, .type = TRV_INT64 };
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	CHECK_INT(sum_of_x(&f, "SELECT count(*) AS x FROM trv_rows(?)", &bind, 1), 0);
	CHECK_INT(sum_of_x(&f, "SELECT count(*) AS x FROM trv_rows(trv_arrays(?))", &bind, 1), 0);
	CHECK_INT(sum_of_x(&f, "SELECT count(*) AS x FROM trv_rows(trv_arrays())", NULL, 0), 0);
	CHECK_INT(sum_of_x(&f, "SELECT count(*) AS x FROM trv_rows", NULL, 0), 0);
	fixture_close(&f);
}

TEST(sqlite, a_statement_runs_for_each_element_of_its_arrays)
{
	const int64_t numbers[] = { 1, 20, 300 };
	const char *const names[] = { "a", NULL, "ccc" };
	const struct trv_bytes bytes[] = { { "x", 1 }, { "", 0 }, { NULL, 0 } };
	const bool present[] = { true, false, true };
	const struct trv_bind binds[] = {
		{ .value = numbers, .size = 8, .count = 3, .type = TRV_INT64 },
		{ .value = numbers, .size = 8, .count = 3, .type = TRV_INT64, .present = present, .present_stride = 1 },
		{ .value = names, .size = sizeof(names[0]), .count = 3, .type = TRV_TEXT },
		{ .value = bytes, .size = sizeof(bytes[0]), .count = 3, .type = TRV_BYTES },
	};
	const struct trv_request each = { .binds = binds, .bind_count = 4, .rows = 1, .each = true };
	struct trv_statement *statement = NULL;
	struct trv_outcome outcome = { 0 };
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(driver->run(f.connection, "CREATE TABLE t (x INTEGER, y INTEGER, z TEXT, b BLOB)", 0, &f.error),
	           &f.error);
	REQUIRE_OK(prepare(&f, "INSERT INTO t VALUES (?, ?, ?, ?)", &statement), &f.error);
	CHECK_OK(driver->execute(statement, &each, &outcome, &f.error), &f.error);
	CHECK_INT(outcome.affected, 3);
	driver->finalize(statement);
	CHECK_INT(sum_of_x(&f, "SELECT sum(x) + 1000 * sum(y) AS x FROM t", NULL, 0), 301321);
	CHECK_INT(sum_of_x(&f, "SELECT sum(length(z)) * 10 + count(z) AS x FROM t", NULL, 0), 42);
	CHECK_INT(sum_of_x(&f, "SELECT sum(length(b)) * 10 + count(b) AS x FROM t", NULL, 0), 12);
	fixture_close(&f);
}

TEST(sqlite, the_first_element_that_fails_ends_it)
{
	const int64_t numbers[] = { 1, 2, 2, 3 };
	const struct trv_bind bind = { .value = numbers, .size = 8, .count = 4, .type = TRV_INT64 };
	const struct trv_request each = { .binds = &bind, .bind_count = 1, .rows = 1, .each = true };
	struct trv_statement *statement = NULL;
	struct trv_outcome outcome = { 0 };
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(driver->run(f.connection, "CREATE TABLE t (x INTEGER UNIQUE)", 0, &f.error), &f.error);
	REQUIRE_OK(prepare(&f, "INSERT INTO t VALUES (?)", &statement), &f.error);
	CHECK_STATUS(driver->execute(statement, &each, &outcome, &f.error), TRV_ERR_UNIQUE);
	driver->finalize(statement);
	CHECK_INT(sum_of_x(&f, "SELECT sum(x) AS x FROM t", NULL, 0), 3);
	fixture_close(&f);
}

TEST(sqlite, columns_are_named)
{
	struct trv_result_column columns[2] = { 0 };
	struct trv_statement *statement = NULL;
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(prepare(&f, "SELECT 1 AS a, 2 AS \"b c\", 3 AS d", &statement), &f.error);
	CHECK_INT(driver->columns(statement, columns, 2, &f.error), 3);
	CHECK_STR(columns[0].name, "a");
	CHECK_STR(columns[1].name, "b c");
	driver->finalize(statement);
	fixture_close(&f);
}

/* The trap: a prepared SELECT * whose table another connection changes. */
TEST(sqlite, a_result_that_changed_its_columns_is_never_decoded)
{
	static const struct {
		const char *change;
		int status;
	} changes[] = {
		{ "ALTER TABLE t ADD COLUMN z INTEGER DEFAULT 3", TRV_ERR_MISMATCH },
		{ "ALTER TABLE t DROP COLUMN z", 0 },
		{ "ALTER TABLE t RENAME COLUMN y TO x2", TRV_ERR_MISMATCH },
		{ "ALTER TABLE t RENAME COLUMN x2 TO y", 0 },
	};
	static const struct trv_slot slots[] = { { .type = TRV_INT64, .name = "x" },
		                                 { .type = TRV_INT64, .name = "y", .offset = 8 } };
	static const struct trv_decode decode = { .slots = slots, .count = 2, .bases = 1 };
	struct trv_statement *statement = NULL;
	struct trv_outcome outcome = { 0 };
	struct fixture f, other;
	char url[512];

	fixture_open(&f, in_folder(url, sizeof(url), "sqlite:", "changed.db"));
	fixture_open(&other, url);
	REQUIRE_OK(run(&f, "CREATE TABLE t (x INTEGER, y INTEGER)"), &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO t VALUES (1, 2)"), &f.error);
	REQUIRE_OK(prepare(&f, "SELECT * FROM t", &statement), &f.error);
	CHECK_OK(execute(&f, statement, &decode, 0, &outcome), &f.error);
	driver->finish(statement);
	for (size_t i = 0; i < TRV_COUNT_OF(changes); i++) {
		REQUIRE_OK(run(&other, changes[i].change), &other.error);
		if (!CHECK_STATUS(execute(&f, statement, &decode, 0, &outcome), changes[i].status))
			test_note("%s", changes[i].change);
		driver->finish(statement);
	}
	driver->finalize(statement);
	fixture_close(&other);
	fixture_close(&f);
}

/* --- errors ------------------------------------------------------------------------------- */

static const struct {
	const char *sql;
	int status;
	const char *sqlstate, *table, *column, *constraint;
} violations[] = {
	{ "INSERT INTO t (id, a, b) VALUES (1, 1, 1)", TRV_ERR_UNIQUE, "23505", "t", "id", "" },
	{ "INSERT INTO t (a, b) VALUES (1, 2)", TRV_ERR_UNIQUE, "23505", "t", "a, b", "" },
	{ "INSERT INTO t (a, b, name) VALUES (9, 9, 'atlas')", TRV_ERR_UNIQUE, "23505", "", "", "t_name" },
	{ "INSERT INTO t (a) VALUES (NULL)", TRV_ERR_NOT_NULL, "23502", "t", "a", "" },
	{ "INSERT INTO t (a, b) VALUES (-1, 9)", TRV_ERR_CHECK, "23514", "", "", "a_positive" },
	{ "INSERT INTO t (a, b, parent) VALUES (9, 9, 99)", TRV_ERR_FOREIGN_KEY, "23503", "", "", "" },
	{ "INSERT INTO t (a, b) VALUES ('many', 9)", TRV_ERR_VALUE, "22000", "t", "a", "" },
	{ "INSERT INTO r (key) VALUES ('x')", TRV_ERR_VALUE, "22000", "", "", "" },
	{ "INSERT INTO t (a, b) VALUES (13, 13)", TRV_ERR_CONSTRAINT, "23000", "", "", "" },
	{ "SELECT * FROM nowhere", TRV_ERR_SQL, "42000", "", "", "" },
	{ "SELECT abs(-9223372036854775808)", TRV_ERR_SQL, "42000", "", "", "" },
	{ "SELECT zeroblob(2000000000)", TRV_ERR_LIMIT, "54000", "", "", "" },
};

TEST(sqlite, a_violation_names_what_was_violated)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE r (key INTEGER PRIMARY KEY)"), &f.error);
	REQUIRE_OK(run(&f,
	               "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b INTEGER, name TEXT,"
	               " parent INTEGER REFERENCES t (id), UNIQUE (a, b), CONSTRAINT a_positive CHECK (a > 0)) STRICT"),
	           &f.error);
	REQUIRE_OK(run(&f, "CREATE UNIQUE INDEX t_name ON t (lower(name))"), &f.error);
	REQUIRE_OK(run(&f, "CREATE TRIGGER t_13 BEFORE INSERT ON t WHEN new.a = 13"
	                   " BEGIN SELECT RAISE(ABORT, 'unlucky'); END"),
	           &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO t (id, a, b, name) VALUES (1, 1, 2, 'ATLAS')"), &f.error);
	for (size_t i = 0; i < TRV_COUNT_OF(violations); i++) {
		trv_error_clear(&f.error);
		bool good = CHECK_STATUS(run(&f, violations[i].sql), violations[i].status);
		good &= CHECK_STR(f.error.sqlstate, violations[i].sqlstate);
		good &= CHECK_STR(f.error.table, violations[i].table);
		good &= CHECK_STR(f.error.column, violations[i].column);
		good &= CHECK_STR(f.error.constraint, violations[i].constraint);
		good &= CHECK_INT(f.error.code, violations[i].status);
		if (!good)
			test_note("%s: %s", violations[i].sql, f.error.message);
	}
	fixture_close(&f);
}

/* 70 times two bytes: the field holds 127, so the cut falls into a letter. */
TEST(sqlite, a_name_that_is_too_long_is_cut_between_letters)
{
	char name[142] = "", sql[256], expected[128];
	struct fixture f;

	for (size_t i = 0; i < 140; i += 2)
		memcpy(name + i, "\xc3\xa9", 3);
	fixture_open(&f, "sqlite::memory:");
	snprintf(sql, sizeof(sql), "CREATE TABLE t (a TEXT, \"b%s\" TEXT NOT NULL)", name);
	REQUIRE_OK(run(&f, sql), &f.error);
	CHECK_STATUS(run(&f, "INSERT INTO t (a) VALUES ('x')"), TRV_ERR_NOT_NULL);
	snprintf(expected, sizeof(expected), "b%.122s...", name);
	CHECK_STR(f.error.column, expected);
	fixture_close(&f);
}

TEST(sqlite, a_full_database_says_so)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE t (x BLOB)"), &f.error);
	REQUIRE_OK(run(&f, "PRAGMA max_page_count = 10"), &f.error);
	CHECK_STATUS(run(&f, "INSERT INTO t VALUES (zeroblob(1000000))"), TRV_ERR_FULL);
	CHECK_STR(f.error.sqlstate, "53100");
	fixture_close(&f);
}

TEST(sqlite, a_damaged_file_says_so)
{
	char url[512], path[512], junk[4096];
	struct fixture f;

	fixture_open(&f, in_folder(url, sizeof(url), "sqlite:", "damaged.db"));
	REQUIRE_OK(run(&f, "CREATE TABLE t (x)"), &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO t VALUES (zeroblob(9000))"), &f.error);
	fixture_close(&f);
	FILE *file = fopen(in_folder(path, sizeof(path), "", "damaged.db"), "r+");
	REQUIRE(file);
	memset(junk, 0xc7, sizeof(junk));
	CHECK_INT(fseek(file, 4096, SEEK_SET), 0);
	CHECK_INT(fwrite(junk, sizeof(junk), 1, file), 1);
	fclose(file);
	fixture_open(&f, url);
	CHECK_STATUS(run(&f, "SELECT length(x) FROM t"), TRV_ERR_CORRUPT);
	CHECK_STR(f.error.sqlstate, "XX001");
	fixture_close(&f);
}

/* --- waiting ------------------------------------------------------------------------------ */

static const char endless[] =
	"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) AS x FROM n";

static int64_t elapsed_ms(uint64_t since)
{
	return (int64_t)((trv_monotonic() - since) / 1000000);
}

TEST(sqlite, an_endless_query_ends_at_its_deadline)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	uint64_t start = trv_monotonic();
	CHECK_STATUS(driver->run(f.connection, endless, in_ms(60), &f.error), TRV_ERR_TIMEOUT);
	int64_t took = elapsed_ms(start);
	CHECK(took >= 60);
	CHECK(took < 160);
	CHECK_STR(f.error.sqlstate, "57014");
	CHECK_OK(run(&f, "SELECT 1"), &f.error);
	fixture_close(&f);
}

TEST(sqlite, a_result_that_is_read_too_long_ends_at_its_deadline)
{
	struct trv_statement *statement = NULL;
	struct trv_outcome outcome = { 0 };
	struct fixture f;
	int64_t x = 0;
	int r = 1;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(prepare(&f, "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n",
	                   &statement),
	           &f.error);
	CHECK_OK(execute(&f, statement, &x_decode, in_ms(40), &outcome), &f.error);
	uint64_t start = trv_monotonic();
	while (r == 1 && elapsed_ms(start) < 2000)
		r = fetch_x(&f, statement, &x);
	CHECK_STATUS(r, TRV_ERR_TIMEOUT);
	CHECK(x > 1);
	driver->finalize(statement);
	fixture_close(&f);
}

TEST(sqlite, a_lock_is_waited_for_until_the_deadline)
{
	struct fixture holder, waiter;
	char url[512];

	fixture_open(&holder, in_folder(url, sizeof(url), "sqlite:", "busy.db"));
	fixture_open(&waiter, url);
	REQUIRE_OK(run(&holder, "CREATE TABLE t (x)"), &holder.error);
	REQUIRE_OK(run(&holder, "BEGIN IMMEDIATE"), &holder.error);
	uint64_t start = trv_monotonic();
	CHECK_STATUS(driver->run(waiter.connection, "INSERT INTO t VALUES (1)", in_ms(80), &waiter.error),
	             TRV_ERR_TIMEOUT);
	int64_t took = elapsed_ms(start);
	CHECK(took >= 80);
	CHECK(took < 180);
	CHECK(waiter.error.retryable);
	CHECK(!waiter.connection->broken);
	REQUIRE_OK(run(&holder, "COMMIT"), &holder.error);
	CHECK_OK(run(&waiter, "INSERT INTO t VALUES (1)"), &waiter.error);
	fixture_close(&waiter);
	fixture_close(&holder);
}

struct running {
	struct fixture *fixture;
	const char *sql;
	int result;
	atomic_bool started;
	pthread_t thread;
};

static void *run_in_thread(void *argument)
{
	struct running *running = argument;

	atomic_store(&running->started, true);
	running->result =
		driver->run(running->fixture->connection, running->sql, in_ms(10000), &running->fixture->error);
	return NULL;
}

/* Starts it, cancels it after a while, and again until it has ended (the first may come too early). */
static void cancel_while_running(struct fixture *f, const char *sql)
{
	struct running running = { .fixture = f, .sql = sql, .result = 99 };
	struct timespec pause = { .tv_nsec = 20000000 };
	struct trv_error error = { 0 };
	uint64_t start = trv_monotonic();

	REQUIRE(pthread_create(&running.thread, NULL, run_in_thread, &running) == 0);
	while (!atomic_load(&running.started))
		nanosleep(&(struct timespec) { .tv_nsec = 1000000 }, NULL);
	do {
		nanosleep(&pause, NULL);
		CHECK_OK(driver->cancel(f->connection, &error), &error);
	} while (pthread_tryjoin_np(running.thread, NULL) != 0 && elapsed_ms(start) < 5000);
	CHECK(elapsed_ms(start) < 5000);
	CHECK_STATUS(running.result, TRV_ERR_CANCELED);
}

TEST(sqlite, a_running_statement_is_canceled_from_another_thread)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	cancel_while_running(&f, endless);
	CHECK_OK(run(&f, "SELECT 1"), &f.error);
	fixture_close(&f);
}

TEST(sqlite, a_wait_for_a_lock_is_canceled_from_another_thread)
{
	struct fixture holder, waiter;
	char url[512];

	fixture_open(&holder, in_folder(url, sizeof(url), "sqlite:", "cancel.db"));
	fixture_open(&waiter, url);
	REQUIRE_OK(run(&holder, "BEGIN IMMEDIATE"), &holder.error);
	cancel_while_running(&waiter, "CREATE TABLE t (x)");
	fixture_close(&waiter);
	fixture_close(&holder);
}

TEST(sqlite, a_late_cancel_hits_nothing)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	for (int i = 0; i < 100; i++) {
		CHECK_OK(driver->cancel(f.connection, &f.error), &f.error);
		CHECK_INT(select_integer(&f, "SELECT 5 AS x"), 5);
	}
	fixture_close(&f);
}

/* --- memory ------------------------------------------------------------------------------- */

static int work(const struct trv_allocator *allocator, struct trv_connection *connection)
{
	struct trv_statement *statement = NULL;
	struct trv_result_column column;
	struct trv_outcome outcome;
	struct trv_error error;
	struct trv_arena arena;
	const char *text = NULL;
	uint64_t absent;
	static const struct trv_slot slot = { .type = TRV_TEXT, .name = "x" };
	static const struct trv_decode decode = { .slots = &slot, .count = 1, .bases = 1 };
	static const char sql[] = "SELECT 'a text' AS x";

	trv_arena_init(&arena, allocator, 0);
	int r = driver->prepare(connection, sql, sizeof(sql) - 1, 0, &statement, &error);
	if (r >= 0)
		r = driver->columns(statement, &column, 1, &error);
	if (r >= 0)
		r = driver->execute(statement, &(struct trv_request) { .rows = 1, .decode = &decode }, &outcome,
		                    &error);
	if (r >= 0)
		r = driver->fetch(statement, &decode, (void *[]) { &text }, &arena, &absent, &error);
	if (r >= 0)
		CHECK_STR(text, "a text");
	if (statement)
		driver->finalize(statement);
	trv_arena_release(&arena);
	return r < 0 ? r : 0;
}

static int connect_and_work(const struct trv_allocator *allocator, void *argument)
{
	struct trv_connection *connection = NULL;
	struct trv_error error;

	(void)argument;
	int r = driver->connect(&(struct trv_connect_options) { .url = "sqlite::memory:", .allocator = allocator },
	                        &connection, &error);
	if (r < 0)
		return r;
	r = work(allocator, connection);
	driver->close(connection);
	return r;
}

TEST(sqlite, running_out_of_memory_is_an_error_and_leaks_nothing)
{
	CHECK_SWEEP(connect_and_work, NULL);
}
