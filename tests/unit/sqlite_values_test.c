/*
 * Values through the SQLite driver: what is written is what is stored and what is read
 * back, and what strangers stored is read or refused, never changed.
 */
#include "sqlite_fixture.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

union cell {
	bool boolean;
	int16_t i16;
	int32_t i32;
	int64_t i64;
	float f32;
	double f64;
	struct trv_decimal decimal;
	struct trv_uuid uuid;
	const char *text;
	struct trv_bytes bytes;
};

enum state {
	STATE_OPEN,
	STATE_DONE
};

static const struct trv_enum_value state_values[] = { { "open", "open", NULL }, { "done", "finished", NULL } };
static const struct trv_enum state_enum = { "state", state_values, 2, NULL };

#define DECIMAL(u, s)                                                                                                  \
	{                                                                                                              \
		.decimal = {.low = (uint64_t)(int64_t)(u), .high = (u) < 0 ? -1 : 0, .scale = (s) }                    \
	}

/* A value, and how SQLite keeps it: typeof(x) and quote(x). */
struct trip {
	const char *column;
	enum trv_type type;
	enum trv_storage storage;
	unsigned scale;
	union cell value;
	const char *stored;
};

static const struct trip trips[] = {
	{ "INTEGER", TRV_BOOL, 0, 0, { .boolean = true }, "integer 1" },
	{ "INTEGER", TRV_BOOL, 0, 0, { .boolean = false }, "integer 0" },
	{ "TEXT", TRV_BOOL, TRV_STORE_TEXT, 0, { .boolean = true }, "text 'true'" },
	{ "INTEGER", TRV_INT16, 0, 0, { .i16 = INT16_MIN }, "integer -32768" },
	{ "INTEGER", TRV_INT16, 0, 0, { .i16 = INT16_MAX }, "integer 32767" },
	{ "INTEGER", TRV_INT32, 0, 0, { .i32 = INT32_MIN }, "integer -2147483648" },
	{ "INTEGER", TRV_INT32, 0, 0, { .i32 = INT32_MAX }, "integer 2147483647" },
	{ "INTEGER", TRV_INT64, 0, 0, { .i64 = INT64_MIN }, "integer -9223372036854775808" },
	{ "INTEGER", TRV_INT64, 0, 0, { .i64 = INT64_MAX }, "integer 9223372036854775807" },
	{ "REAL", TRV_FLOAT32, 0, 0, { .f32 = 16777217.0f }, NULL },
	{ "REAL", TRV_FLOAT32, 0, 0, { .f32 = FLT_TRUE_MIN }, NULL },
	{ "REAL", TRV_FLOAT32, 0, 0, { .f32 = -FLT_MAX }, NULL },
	{ "REAL", TRV_FLOAT32, 0, 0, { .f32 = INFINITY }, NULL },
	{ "REAL", TRV_FLOAT64, 0, 0, { .f64 = 0.1 }, "real 0.1" },
	{ "REAL", TRV_FLOAT64, 0, 0, { .f64 = 3.0 }, "real 3.0" },
	{ "BLOB", TRV_FLOAT64, 0, 0, { .f64 = -0.0 }, NULL },
	{ "REAL", TRV_FLOAT64, 0, 0, { .f64 = DBL_TRUE_MIN }, NULL },
	{ "REAL", TRV_FLOAT64, 0, 0, { .f64 = DBL_MAX }, NULL },
	{ "REAL", TRV_FLOAT64, 0, 0, { .f64 = INFINITY }, NULL },
	{ "REAL", TRV_FLOAT64, 0, 0, { .f64 = -INFINITY }, NULL },
	{ "TEXT COLLATE decimal", TRV_DECIMAL, 0, 2, DECIMAL(-1250, 2), "text '-12.50'" },
	{ "TEXT COLLATE decimal", TRV_DECIMAL, TRV_STORE_TEXT, 2, DECIMAL(0, 2), "text '0.00'" },
	{ "REAL", TRV_DECIMAL, TRV_STORE_REAL, 2, DECIMAL(99, 2), "real 0.99" },
	{ "INTEGER", TRV_DECIMAL, TRV_STORE_INTEGER, 2, DECIMAL(-1250, 2), "integer -1250" },
	{ "INTEGER", TRV_DATE, 0, 0, { .i32 = -1 }, "integer -1" },
	{ "TEXT", TRV_DATE, TRV_STORE_ISO, 0, { .i32 = -1 }, "text '1969-12-31'" },
	{ "REAL", TRV_DATE, TRV_STORE_JULIAN, 0, { .i32 = 10957 }, "real 2451544.5" },
	{ "INTEGER", TRV_TIME, 0, 0, { .i64 = 86399999999 }, "integer 86399999999" },
	{ "TEXT", TRV_TIME, TRV_STORE_ISO, 0, { .i64 = 86399999999 }, "text '23:59:59.999999'" },
	{ "INTEGER", TRV_TIMESTAMP, 0, 0, { .i64 = -1 }, "integer -1" },
	{ "INTEGER", TRV_TIMESTAMP, TRV_STORE_MICROS, 0, { .i64 = 1700000000123456 }, "integer 1700000000123456" },
	{ "TEXT", TRV_TIMESTAMP, TRV_STORE_ISO, 0, { .i64 = 1700000000000000 }, "text '2023-11-14 22:13:20'" },
	{ "TEXT", TRV_TIMESTAMP, TRV_STORE_ISO, 0, { .i64 = -1 }, "text '1969-12-31 23:59:59.999999'" },
	{ "INTEGER", TRV_TIMESTAMP, TRV_STORE_UNIX, 0, { .i64 = -1700000000000000 }, "integer -1700000000" },
	{ "NUMERIC", TRV_TIMESTAMP, TRV_STORE_UNIX, 0, { .i64 = 1700000000500000 }, "real 1700000000.5" },
	{ "INTEGER", TRV_TIMESTAMP, TRV_STORE_MILLIS, 0, { .i64 = -1000 }, "integer -1" },
	{ "REAL", TRV_TIMESTAMP, TRV_STORE_JULIAN, 0, { .i64 = 946728000000000 }, "real 2451545.0" },
	{ "BLOB", TRV_UUID, 0, 0, { .uuid = { { 0x01, [15] = 0xff } } }, "blob X'010000000000000000000000000000FF'" },
	{ "TEXT",
	  TRV_UUID,
	  TRV_STORE_TEXT,
	  0,
	  { .uuid = { { 0x01, [15] = 0xff } } },
	  "text '01000000-0000-0000-0000-0000000000ff'" },
	{ "INTEGER", TRV_ENUM, TRV_STORE_INTEGER, 0, { .i32 = STATE_DONE }, "integer 1" },
};

static void check_trip(struct fixture *f, const struct trip *trip)
{
	struct trv_bind bind = {
		.value = &trip->value,
		.type = (uint8_t)trip->type,
		.storage = (uint8_t)trip->storage,
		.scale = trip->scale,
	};
	struct trv_slot slot = {
		.type = bind.type,
		.storage = bind.storage,
		.scale = (uint16_t)trip->scale,
		.enumeration = trip->type == TRV_ENUM ? &state_enum : NULL,
		.name = "x",
		.model = "v",
	};
	union cell back;
	char sql[100];

	memset(&back, 0xa5, sizeof(back));
	snprintf(sql, sizeof(sql), "CREATE TABLE v (x %s)", trip->column);
	REQUIRE_OK(run(f, sql), &f->error);
	CHECK_OK(write_with(f, "INSERT INTO v VALUES (?)", &bind, 1), &f->error);
	CHECK_OK(select_row(f, "SELECT x FROM v", &slot, 1, &back), &f->error);
	if (!CHECK_BYTES(&back, &trip->value, trv_type_size(trip->type)))
		test_note("%s as %s, storage %d", trv_type_name(trip->type), trip->column, (int)trip->storage);
	if (trip->stored)
		CHECK_STR(select_text(f, "SELECT typeof(x) || ' ' || quote(x) AS x FROM v"), trip->stored);
	REQUIRE_OK(run(f, "DROP TABLE v"), &f->error);
}

TEST(sqlite_values, come_back_bit_for_bit_in_every_storage)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	for (size_t i = 0; i < TRV_COUNT_OF(trips); i++)
		check_trip(&f, &trips[i]);
	fixture_close(&f);
}

/* SQLite keeps whole numbers in a REAL column as integers; without affinity (above) the sign stays. */
TEST(sqlite_values, a_real_column_loses_only_the_sign_of_zero)
{
	static const struct trv_slot slot = { .type = TRV_FLOAT64, .name = "x" };
	double number = -0.0;
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE v (x REAL)"), &f.error);
	CHECK_OK(write_with(&f, "INSERT INTO v VALUES (?)",
	                    &(struct trv_bind) { .value = &number, .type = TRV_FLOAT64 }, 1),
	         &f.error);
	CHECK_OK(select_row(&f, "SELECT x FROM v", &slot, 1, &number), &f.error);
	CHECK(number == 0.0);
	CHECK(!signbit(number));
	fixture_close(&f);
}

TEST(sqlite_values, a_nan_is_refused_and_not_stored_as_null)
{
	double number = NAN;
	float small = NAN;
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE v (x REAL)"), &f.error);
	CHECK_STATUS(write_with(&f, "INSERT INTO v VALUES (?)",
	                        &(struct trv_bind) { .value = &number, .type = TRV_FLOAT64 }, 1),
	             TRV_ERR_VALUE);
	CHECK_CONTAINS(f.error.message, "NaN");
	CHECK_STATUS(write_with(&f, "INSERT INTO v VALUES (?)",
	                        &(struct trv_bind) { .value = &small, .type = TRV_FLOAT32 }, 1),
	             TRV_ERR_VALUE);
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM v"), 0);
	fixture_close(&f);
}

struct texts {
	const char *a;
	const char *b;
	struct trv_bytes c;
	struct trv_bytes d;
	int32_t state;
	int64_t number;
	bool has_number;
};

static const struct trv_slot text_slots[] = {
	{ .type = TRV_TEXT,
	  .offset = offsetof(struct texts, a),
	  .flags = TRV_SLOT_NULLABLE,
	  .name = "a",
	  .model = "v" },
	{ .type = TRV_TEXT,
	  .offset = offsetof(struct texts, b),
	  .flags = TRV_SLOT_NULLABLE,
	  .name = "b",
	  .model = "v" },
	{ .type = TRV_BYTES,
	  .offset = offsetof(struct texts, c),
	  .flags = TRV_SLOT_NULLABLE,
	  .name = "c",
	  .model = "v" },
	{ .type = TRV_BYTES,
	  .offset = offsetof(struct texts, d),
	  .flags = TRV_SLOT_NULLABLE,
	  .name = "d",
	  .model = "v" },
	{ .type = TRV_ENUM,
	  .offset = offsetof(struct texts, state),
	  .enumeration = &state_enum,
	  .name = "state",
	  .model = "v" },
	{ .type = TRV_INT64,
	  .offset = offsetof(struct texts, number),
	  .has_offset = offsetof(struct texts, has_number),
	  .flags = TRV_SLOT_NULLABLE,
	  .name = "number",
	  .model = "v" },
};

TEST(sqlite_values, empty_and_null_are_two_things)
{
	struct texts row = { .a = "old", .d = { "old", 3 }, .number = 7, .has_number = true };
	const struct trv_bind binds[] = {
		{ .value = NULL, .size = 0, .type = TRV_TEXT },       { .null = true, .type = TRV_TEXT },
		{ .value = NULL, .size = 0, .type = TRV_BYTES },      { .null = true, .type = TRV_BYTES },
		{ .value = "finished", .size = 8, .type = TRV_ENUM }, { .null = true, .type = TRV_INT64 },
	};
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE v (a TEXT, b TEXT, c BLOB, d BLOB, state TEXT, number INTEGER)"), &f.error);
	CHECK_OK(write_with(&f, "INSERT INTO v VALUES (?, ?, ?, ?, ?, ?)", binds, 6), &f.error);
	CHECK_OK(select_row(&f, "SELECT a, b, c, d, state, number FROM v", text_slots, 6, &row), &f.error);
	CHECK_STR(row.a, "");
	CHECK_STR(row.b, NULL);
	CHECK(row.c.data != NULL);
	CHECK_INT(row.c.size, 0);
	CHECK(row.d.data == NULL);
	CHECK_INT(row.state, STATE_DONE);
	CHECK(!row.has_number);
	CHECK_INT(row.number, 0);
	fixture_close(&f);
}

TEST(sqlite_values, sixty_four_megabytes_come_back_whole)
{
	static const struct trv_slot slot = { .type = TRV_BYTES, .name = "x" };
	size_t size = (size_t)64 << 20;
	struct trv_bytes back = { 0 };
	struct fixture f;

	unsigned char *data = malloc(size);
	REQUIRE(data);
	for (size_t i = 0; i < size; i++)
		data[i] = (unsigned char)(i * 2654435761u >> 13);
	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE v (x BLOB)"), &f.error);
	CHECK_OK(write_with(&f, "INSERT INTO v VALUES (?)",
	                    &(struct trv_bind) { .value = data, .size = size, .type = TRV_BYTES }, 1),
	         &f.error);
	CHECK_OK(select_row(&f, "SELECT x FROM v", &slot, 1, &back), &f.error);
	CHECK_INT(back.size, size);
	CHECK(back.size == size && memcmp(back.data, data, size) == 0);
	free(data);
	fixture_close(&f);
}

TEST(sqlite_values, more_bytes_than_sqlite_takes_are_refused)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE v (x)"), &f.error);
	CHECK_STATUS(write_with(&f, "INSERT INTO v VALUES (?)",
	                        &(struct trv_bind) { .value = "", .size = (size_t)1 << 31, .type = TRV_TEXT }, 1),
	             TRV_ERR_LIMIT);
	CHECK_STATUS(write_with(&f, "INSERT INTO v VALUES (?)",
	                        &(struct trv_bind) { .value = "", .size = (size_t)1 << 33, .type = TRV_BYTES }, 1),
	             TRV_ERR_LIMIT);
	fixture_close(&f);
}

static const char *const numbers[] = {
	"99999999999999999999.9999999999",
	"-99999999999999999999.9999999999",
	"0.0000000001",
	"10.0000000000",
	"9.0000000000",
	"-0.5000000000",
};

TEST(sqlite_values, decimals_of_thirty_digits_are_ordered_and_summed)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE v (x TEXT COLLATE decimal)"), &f.error);
	for (size_t i = 0; i < TRV_COUNT_OF(numbers); i++) {
		struct trv_decimal value;
		struct trv_bind bind = { .value = &value, .type = TRV_DECIMAL, .scale = 10 };

		REQUIRE_OK(trv_decimal_parse(&value, numbers[i]), NULL);
		CHECK_OK(write_with(&f, "INSERT INTO v VALUES (?)", &bind, 1), &f.error);
	}
	CHECK_STR(select_text(&f, "SELECT group_concat(x, ' ') AS x FROM (SELECT x FROM v ORDER BY x)"),
	          "-99999999999999999999.9999999999 -0.5000000000 0.0000000001 9.0000000000 10.0000000000 "
	          "99999999999999999999.9999999999");
	CHECK_STR(select_text(&f, "SELECT decimal_sum(x) AS x FROM v"), "18.5000000001");
	CHECK_STR(select_text(&f, "SELECT max(x) AS x FROM v"), numbers[0]);
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM v WHERE x = '10'"), 1);
	fixture_close(&f);
}

TEST(sqlite_values, a_sum_of_no_decimals_is_null_and_nulls_are_passed_over)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "CREATE TABLE v (x)"), &f.error);
	CHECK_STR(select_text(&f, "SELECT decimal_sum(x) AS x FROM v"), NULL);
	REQUIRE_OK(run(&f, "INSERT INTO v VALUES (NULL)"), &f.error);
	CHECK_STR(select_text(&f, "SELECT decimal_sum(x) AS x FROM v"), NULL);
	REQUIRE_OK(run(&f, "INSERT INTO v VALUES ('1.10'), (2), (0.25)"), &f.error);
	CHECK_STR(select_text(&f, "SELECT decimal_sum(x) AS x FROM v"), "3.35");
	REQUIRE_OK(run(&f, "INSERT INTO v VALUES ('swordfish')"), &f.error);
	CHECK_STATUS(select_row(&f, "SELECT decimal_sum(x) AS x FROM v", text_slots, 1, &(struct texts) { 0 }),
	             TRV_ERR_VALUE);
	CHECK_CONTAINS(f.error.message, "decimal_sum");
	CHECK(!strstr(f.error.message, "swordfish"));
	fixture_close(&f);
}

/* What a stranger wrote, the slot that reads it, and what is read. */
struct strange {
	const char *sql;
	enum trv_type type;
	enum trv_storage storage;
	unsigned scale;
	union cell value;
	int status;
};

static const struct strange strangers[] = {
	{ "SELECT '2009-01-01 00:00:00' AS x", TRV_TIMESTAMP, TRV_STORE_ISO, 0, { .i64 = 1230768000000000 }, 1 },
	{ "SELECT '2009-01-01T02:00:00.5+02:00' AS x",
	  TRV_TIMESTAMP,
	  TRV_STORE_ISO,
	  0,
	  { .i64 = 1230768000500000 },
	  1 },
	{ "SELECT '2009-01-01' AS x", TRV_TIMESTAMP, TRV_STORE_ISO, 0, { .i64 = 1230768000000000 }, 1 },
	{ "SELECT '2009-01-01' AS x", TRV_DATE, TRV_STORE_ISO, 0, { .i32 = 14245 }, 1 },
	{ "SELECT 1230768000 AS x", TRV_TIMESTAMP, TRV_STORE_UNIX, 0, { .i64 = 1230768000000000 }, 1 },
	{ "SELECT 1230768000.25 AS x", TRV_TIMESTAMP, TRV_STORE_UNIX, 0, { .i64 = 1230768000250000 }, 1 },
	{ "SELECT 1230768000250 AS x", TRV_TIMESTAMP, TRV_STORE_MILLIS, 0, { .i64 = 1230768000250000 }, 1 },
	{ "SELECT julianday('2009-01-01') AS x", TRV_TIMESTAMP, TRV_STORE_JULIAN, 0, { .i64 = 1230768000000000 }, 1 },
	{ "SELECT 0.99 AS x", TRV_DECIMAL, TRV_STORE_REAL, 2, DECIMAL(99, 2), 1 },
	{ "SELECT 1 AS x", TRV_DECIMAL, TRV_STORE_REAL, 2, DECIMAL(100, 2), 1 },
	{ "SELECT 3 AS x", TRV_FLOAT64, 0, 0, { .f64 = 3.0 }, 1 },
	{ "SELECT 'tomorrow' AS x", TRV_TIMESTAMP, TRV_STORE_ISO, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT 'abc' AS x", TRV_INT64, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT 1.5 AS x", TRV_INT64, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT x'00' AS x", TRV_INT64, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT 32768 AS x", TRV_INT16, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT -2147483649 AS x", TRV_INT32, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT 2147483648 AS x", TRV_DATE, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT 2 AS x", TRV_BOOL, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT 'abc' AS x", TRV_FLOAT64, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT 'lost' AS x", TRV_ENUM, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT 2 AS x", TRV_ENUM, TRV_STORE_INTEGER, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT x'0102' AS x", TRV_UUID, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT 'abc' || char(0) || 'def' AS x", TRV_TEXT, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT 'abcdefgh' || char(0) || 'abcdefghi' AS x", TRV_TEXT, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT CAST(x'61ff62' AS TEXT) AS x", TRV_TEXT, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT CAST(x'6161616161616161ff' AS TEXT) AS x", TRV_TEXT, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT CAST(x'eda080616161616161' AS TEXT) AS x", TRV_TEXT, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT NULL AS x", TRV_INT64, 0, 0, { 0 }, TRV_ERR_DATA },
	{ "SELECT NULL AS x", TRV_TEXT, 0, 0, { 0 }, TRV_ERR_DATA },
};

static void check_stranger(struct fixture *f, const struct strange *strange)
{
	struct trv_slot slot = {
		.type = (uint8_t)strange->type,
		.storage = (uint8_t)strange->storage,
		.scale = (uint16_t)strange->scale,
		.enumeration = strange->type == TRV_ENUM ? &state_enum : NULL,
		.name = "x",
		.model = "invoice",
	};
	union cell back = { 0 };

	trv_error_clear(&f->error);
	int r = select_row(f, strange->sql, &slot, 1, &back);
	if (!CHECK_INT(r, strange->status))
		test_note("%s as %s: %s", strange->sql, trv_type_name(strange->type), f->error.message);
	if (r == 1 && !CHECK_BYTES(&back, &strange->value, trv_type_size(strange->type)))
		test_note("%s as %s", strange->sql, trv_type_name(strange->type));
	if (r < 0 && !CHECK_CONTAINS(f->error.message, "invoice.x"))
		test_note("%s", strange->sql);
}

TEST(sqlite_values, of_strangers_are_read_right_or_refused_by_name)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	for (size_t i = 0; i < TRV_COUNT_OF(strangers); i++)
		check_stranger(&f, &strangers[i]);
	fixture_close(&f);
}

TEST(sqlite_values, text_that_is_not_ascii_is_read)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	CHECK_STR(select_text(&f, "SELECT 'Žluťoučký kůň' AS x"), "Žluťoučký kůň");
	CHECK_STR(select_text(&f, "SELECT char(0x10ffff, 0x80, 0x7f, 1) AS x"), "\xf4\x8f\xbf\xbf\xc2\x80\x7f\x01");
	CHECK_STR(select_text(&f, "SELECT 'abcdefg' AS x"), "abcdefg");
	CHECK_STR(select_text(&f, "SELECT 'abcdefgh' AS x"), "abcdefgh");
	CHECK_STR(select_text(&f, "SELECT 'abcdefghi' AS x"), "abcdefghi");
	fixture_close(&f);
}

TEST(sqlite_values, text_of_a_utf16_file_is_read)
{
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(run(&f, "PRAGMA encoding = 'UTF-16le'"), &f.error);
	REQUIRE_OK(run(&f, "CREATE TABLE v (x TEXT COLLATE decimal)"), &f.error);
	REQUIRE_OK(run(&f, "INSERT INTO v VALUES ('kůň')"), &f.error);
	CHECK_STR(select_text(&f, "SELECT x FROM v"), "kůň");
	fixture_close(&f);
}

/* A row of a left join: base 1 may be missing as a whole. */
TEST(sqlite_values, a_joined_row_that_is_not_there_is_absent)
{
	static const struct trv_slot slots[] = {
		{ .type = TRV_INT64, .base = 0, .name = "a" },
		{ .type = TRV_INT64, .base = 1, .flags = TRV_SLOT_OUTER | TRV_SLOT_PRESENCE, .name = "b" },
		{ .type = TRV_TEXT, .base = 1, .flags = TRV_SLOT_OUTER, .offset = 8, .name = "c" },
		{ .type = 0, .name = "d" },
	};
	static const struct trv_decode decode = { .slots = slots, .count = 4, .bases = 2 };
	struct {
		int64_t key;
		const char *text;
	} joined = { 0 };
	int64_t key = 0;
	void *bases[] = { &key, &joined };
	struct trv_statement *statement = NULL;
	uint64_t absent = 99;
	struct fixture f;

	fixture_open(&f, "sqlite::memory:");
	REQUIRE_OK(prepare(&f,
	                   "WITH t(a, b, c) AS (VALUES (1, NULL, NULL), (2, 20, 'here'))"
	                   " SELECT a, b, c, 'not wanted' AS d FROM t",
	                   &statement),
	           &f.error);
	struct trv_outcome outcome = { 0 };
	REQUIRE_OK(
		driver->execute(statement, &(struct trv_request) { .rows = 1, .decode = &decode }, &outcome, &f.error),
		&f.error);
	CHECK_INT(driver->fetch(statement, &decode, bases, &f.arena, &absent, &f.error), 1);
	CHECK_INT(absent, 2);
	CHECK_INT(key, 1);
	CHECK_INT(driver->fetch(statement, &decode, bases, &f.arena, &absent, &f.error), 1);
	CHECK_INT(absent, 0);
	CHECK_INT(joined.key, 20);
	CHECK_STR(joined.text, "here");
	CHECK_INT(driver->fetch(statement, &decode, bases, &f.arena, &absent, &f.error), 0);
	CHECK_INT(driver->fetch(statement, &decode, bases, &f.arena, &absent, &f.error), 0);
	driver->finalize(statement);
	fixture_close(&f);
}
