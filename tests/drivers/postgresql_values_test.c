/*
 * Values through the PostgreSQL driver: what is written is what is stored and what is
 * read back, in binary both ways; what does not fit is refused, never changed.
 */
#include "../../drivers/postgresql/internal.h"
#include "postgresql_fixture.h"
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

static const struct trv_enum_value state_values[] = { { "open", "open", NULL }, { "done", "finished", NULL } };
static const struct trv_enum state_enum = { "state", state_values, 2, NULL };

/* A value, the column that it goes into, and how the server itself writes it: x::text. */
struct trip {
	const char *column;
	enum trv_type type;
	enum trv_storage storage;
	union cell value;
	const char *stored;
};

#define LOW(u) .low = (uint64_t)(int64_t)(u), .high = (u) < 0 ? -1 : 0
#define DECIMAL(u, s)                                                                                                  \
	{                                                                                                              \
		.decimal = { LOW(u), .scale = (s) }                                                                    \
	}

static const struct trip trips[] = {
	{ "boolean", TRV_BOOL, 0, { .boolean = true }, "true" },
	{ "boolean", TRV_BOOL, 0, { .boolean = false }, "false" },
	{ "text", TRV_BOOL, TRV_STORE_TEXT, { .boolean = true }, "true" },
	{ "smallint", TRV_INT16, 0, { .i16 = INT16_MIN }, "-32768" },
	{ "smallint", TRV_INT16, 0, { .i16 = INT16_MAX }, "32767" },
	{ "integer", TRV_INT16, 0, { .i16 = -7 }, "-7" },
	{ "integer", TRV_INT32, 0, { .i32 = INT32_MIN }, "-2147483648" },
	{ "integer", TRV_INT32, 0, { .i32 = INT32_MAX }, "2147483647" },
	{ "smallint", TRV_INT32, 0, { .i32 = -1 }, "-1" },
	{ "bigint", TRV_INT64, 0, { .i64 = INT64_MIN }, "-9223372036854775808" },
	{ "bigint", TRV_INT64, 0, { .i64 = INT64_MAX }, "9223372036854775807" },
	{ "numeric", TRV_INT64, 0, { .i64 = INT64_MIN }, "-9223372036854775808" },
	{ "real", TRV_FLOAT32, 0, { .f32 = 16777217.0f }, NULL },
	{ "real", TRV_FLOAT32, 0, { .f32 = 0.1f }, "0.1" },
	{ "real", TRV_FLOAT32, 0, { .f32 = FLT_TRUE_MIN }, NULL },
	{ "real", TRV_FLOAT32, 0, { .f32 = -FLT_MAX }, NULL },
	{ "real", TRV_FLOAT32, 0, { .f32 = NAN }, "NaN" },
	{ "real", TRV_FLOAT32, 0, { .f32 = -INFINITY }, "-Infinity" },
	{ "double precision", TRV_FLOAT64, 0, { .f64 = 0.1 }, "0.1" },
	{ "double precision", TRV_FLOAT64, 0, { .f64 = -0.0 }, "-0" },
	{ "double precision", TRV_FLOAT64, 0, { .f64 = DBL_TRUE_MIN }, NULL },
	{ "double precision", TRV_FLOAT64, 0, { .f64 = DBL_MAX }, NULL },
	{ "double precision", TRV_FLOAT64, 0, { .f64 = NAN }, "NaN" },
	{ "double precision", TRV_FLOAT64, 0, { .f64 = INFINITY }, "Infinity" },
	{ "numeric(10,2)", TRV_DECIMAL, 0, DECIMAL(-1250, 2), "-12.50" },
	{ "numeric(10,2)", TRV_DECIMAL, 0, DECIMAL(0, 2), "0.00" },
	{ "numeric(10,2)", TRV_DECIMAL, 0, DECIMAL(1, 2), "0.01" },
	{ "numeric(10,0)", TRV_DECIMAL, 0, DECIMAL(10000, 0), "10000" },
	{ "numeric", TRV_DECIMAL, 0, DECIMAL(100000000, 4), "10000.0000" },
	{ "numeric", TRV_DECIMAL, 0, DECIMAL(123456789, 7), "12.3456789" },
	{ "numeric", TRV_DECIMAL, 0, DECIMAL(5, 38), "0.00000000000000000000000000000000000005" },
	{ "numeric(30,10)", TRV_DECIMAL, 0, DECIMAL(INT64_MAX, 10), "922337203.6854775807" },
	/* 99999999999999999999.9999999999 and 99999999999999999999999999999999999999 */
	{ "numeric(30,10)",
	  TRV_DECIMAL,
	  0,
	  { .decimal = { .low = 5076944270305263615u, .high = 54210108624, .scale = 10 } },
	  "99999999999999999999.9999999999" },
	{ "numeric(38,0)",
	  TRV_DECIMAL,
	  0,
	  { .decimal = { .low = 687399551400673279u, .high = 5421010862427522170 } },
	  "99999999999999999999999999999999999999" },
	{ "text", TRV_DECIMAL, TRV_STORE_TEXT, DECIMAL(-1250, 2), "-12.50" },
	{ "bigint", TRV_DECIMAL, TRV_STORE_INTEGER, DECIMAL(-1250, 2), "-1250" },
	{ "double precision", TRV_DECIMAL, TRV_STORE_REAL, DECIMAL(50, 2), "0.5" },
	{ "text", TRV_TEXT, 0, { .text = "" }, "" },
	{ "text",
	  TRV_TEXT,
	  0,
	  { .text = "Stra\xc3\x9f"
	            "e \xf0\x9f\x8c\xb3" },
	  "Stra\xc3\x9f"
	  "e \xf0\x9f\x8c\xb3" },
	{ "varchar(20)", TRV_TEXT, 0, { .text = "it's \"quoted\" \\ $1" }, "it's \"quoted\" \\ $1" },
	{ "char(5)", TRV_TEXT, 0, { .text = "abcde" }, "abcde" },
	{ "name", TRV_TEXT, 0, { .text = "a_name" }, "a_name" },
	{ "mood", TRV_TEXT, 0, { .text = "finished" }, "finished" },
	{ "xml", TRV_TEXT, 0, { .text = "<a/>" }, "<a/>" },
	{ "json", TRV_JSON, 0, { .text = "{\"a\" : [1, 2]}" }, "{\"a\" : [1, 2]}" },
	{ "jsonb", TRV_JSON, 0, { .text = "{\"a\": [1, 2]}" }, "{\"a\": [1, 2]}" },
	{ "text", TRV_JSON, 0, { .text = "null" }, "null" },
	{ "bytea", TRV_BYTES, 0, { .bytes = { "", 0 } }, "\\x" },
	{ "bytea", TRV_BYTES, 0, { .bytes = { "a\0b\xff", 4 } }, "\\x610062ff" },
	{ "date", TRV_DATE, 0, { .i32 = -1 }, "1969-12-31" },
	{ "date", TRV_DATE, 0, { .i32 = 0 }, "1970-01-01" },
	{ "date", TRV_DATE, 0, { .i32 = 2932896 }, "9999-12-31" },
	{ "date", TRV_DATE, 0, { .i32 = -719162 }, "0001-01-01" },
	{ "text", TRV_DATE, TRV_STORE_ISO, { .i32 = -1 }, "1969-12-31" },
	{ "double precision", TRV_DATE, TRV_STORE_JULIAN, { .i32 = 10957 }, "2451544.5" },
	{ "time", TRV_TIME, 0, { .i64 = 0 }, "00:00:00" },
	{ "time", TRV_TIME, 0, { .i64 = 86399999999 }, "23:59:59.999999" },
	{ "text", TRV_TIME, TRV_STORE_ISO, { .i64 = 86399999999 }, "23:59:59.999999" },
	{ "timestamptz", TRV_TIMESTAMP, 0, { .i64 = 0 }, "1970-01-01 00:00:00+00" },
	{ "timestamptz", TRV_TIMESTAMP, 0, { .i64 = -1 }, "1969-12-31 23:59:59.999999+00" },
	{ "timestamptz", TRV_TIMESTAMP, 0, { .i64 = -62135596800000000 }, "0001-01-01 00:00:00+00" },
	{ "timestamptz", TRV_TIMESTAMP, 0, { .i64 = 253402300799999999 }, "9999-12-31 23:59:59.999999+00" },
	{ "timestamp", TRV_TIMESTAMP, 0, { .i64 = 1700000000123456 }, "2023-11-14 22:13:20.123456" },
	{ "bigint", TRV_TIMESTAMP, TRV_STORE_MICROS, { .i64 = -1700000000123456 }, "-1700000000123456" },
	{ "bigint", TRV_TIMESTAMP, TRV_STORE_MILLIS, { .i64 = -1700000000123000 }, "-1700000000123" },
	{ "bigint", TRV_TIMESTAMP, TRV_STORE_UNIX, { .i64 = 1700000000000000 }, "1700000000" },
	{ "double precision", TRV_TIMESTAMP, TRV_STORE_UNIX, { .i64 = 1700000000500000 }, "1700000000.5" },
	{ "text", TRV_TIMESTAMP, TRV_STORE_ISO, { .i64 = -1 }, "1969-12-31T23:59:59.999999Z" },
	{ "double precision", TRV_TIMESTAMP, TRV_STORE_JULIAN, { .i64 = 946684800000000 }, "2451544.5" },
	{ "uuid",
	  TRV_UUID,
	  0,
	  { .uuid = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255 } } },
	  "01020304-0506-0708-090a-0b0c0d0e0fff" },
	{ "text",
	  TRV_UUID,
	  TRV_STORE_TEXT,
	  { .uuid = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255 } } },
	  "01020304-0506-0708-090a-0b0c0d0e0fff" },
	{ "text", TRV_ENUM, 0, { .text = "finished" }, "finished" },
	{ "mood", TRV_ENUM, 0, { .text = "finished" }, "finished" },
	{ "smallint", TRV_ENUM, TRV_STORE_INTEGER, { .i32 = 1 }, "1" },
};

static bool is_run(const struct trip *trip)
{
	return trip->type == TRV_TEXT || trip->type == TRV_JSON || trip->type == TRV_BYTES ||
	       (trip->type == TRV_ENUM && trip->storage == TRV_STORE_DEFAULT);
}

static struct trv_bind bind_of(const struct trip *trip)
{
	struct trv_bind bind = { .value = &trip->value,
		                 .size = trv_type_size(trip->type),
		                 .type = (uint8_t)trip->type,
		                 .storage = (uint8_t)trip->storage,
		                 .scale = trip->type == TRV_DECIMAL ? trip->value.decimal.scale : 0 };

	if (trip->type == TRV_BYTES) {
		bind.value = trip->value.bytes.data;
		bind.size = trip->value.bytes.size;
	} else if (is_run(trip)) {
		bind.value = trip->value.text;
		bind.size = strlen(trip->value.text);
	}
	return bind;
}

static struct trv_slot slot_of(const struct trip *trip)
{
	return (struct trv_slot) { .type = (uint8_t)trip->type,
		                   .storage = (uint8_t)trip->storage,
		                   .scale = (uint16_t)(trip->type == TRV_DECIMAL ? trip->value.decimal.scale : 0),
		                   .enumeration = trip->type == TRV_ENUM ? &state_enum : NULL,
		                   .name = "x",
		                   .model = "t" };
}

static void check_equal(const struct trip *trip, const union cell *read)
{
	if (trip->type == TRV_BYTES) {
		CHECK_INT(read->bytes.size, trip->value.bytes.size);
		CHECK(read->bytes.data);
		CHECK_BYTES(read->bytes.data, trip->value.bytes.data, read->bytes.size);
	} else if (trip->type == TRV_ENUM) {
		CHECK_INT(read->i32, 1);
	} else if (is_run(trip)) {
		CHECK_STR(read->text, trip->value.text);
	} else {
		CHECK_BYTES(read, &trip->value, trv_type_size(trip->type));
	}
}

static void make_types(struct fixture *f)
{
	REQUIRE_OK(run(f, "CREATE TYPE pg_temp.mood AS ENUM ('open', 'finished')"), &f->error);
}

static void trip_once(struct fixture *f, const struct trip *trip)
{
	char sql[200];
	union cell read;
	struct trv_bind bind = bind_of(trip);
	struct trv_slot slot = slot_of(trip);

	memset(&read, 0xa5, sizeof(read));
	const char *prefix = strcmp(trip->column, "mood") == 0 ? "pg_temp." : "";
	snprintf(sql, sizeof(sql), "CREATE TEMPORARY TABLE t (x %s%s)", prefix, trip->column);
	REQUIRE_OK(run(f, sql), &f->error);
	CHECK_OK(write_with(f, "INSERT INTO t (x) VALUES ($1)", &bind, 1), &f->error);
	CHECK_INT(f->outcome.affected, 1);
	if (trip->stored)
		CHECK_STR(select_text(f, "SELECT x::text AS x FROM t"), trip->stored);
	if (CHECK_OK(select_with(f, "SELECT x FROM t", NULL, 0, &slot, 1, &read), &f->error))
		check_equal(trip, &read);
	if (strcmp(trip->column, "json") != 0 && strcmp(trip->column, "xml") != 0 && !isnan(trip->value.f64)) {
		int64_t found = 0;

		CHECK_OK(select_with(f, "SELECT count(*) AS x FROM t WHERE x = $1", &bind, 1,
		                     &(struct trv_slot) { .type = TRV_INT64, .name = "x" }, 1, &found),
		         &f->error);
		CHECK_INT(found, 1);
	}
	CHECK_OK(run(f, "DROP TABLE t"), &f->error);
}

TEST(postgresql_values, every_type_goes_there_and_back)
{
	struct fixture f;

	fixture_open(&f, "");
	make_types(&f);
	for (size_t i = 0; i < TRV_COUNT_OF(trips); i++) {
		if (trips[i].stored)
			test_note("%s as %s: %s", trv_type_name(trips[i].type), trips[i].column, trips[i].stored);
		trip_once(&f, &trips[i]);
	}
	fixture_close(&f);
}

TEST(postgresql_values, every_type_goes_there_and_back_in_pooler_mode)
{
	struct fixture f;

	fixture_open(&f, "&trivet_pooler=1");
	make_types(&f);
	for (size_t i = 0; i < TRV_COUNT_OF(trips); i++)
		trip_once(&f, &trips[i]);
	CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM pg_prepared_statements"), 0);
	fixture_close(&f);
}

TEST(postgresql_values, nulls_of_every_type_are_written_and_read)
{
	struct fixture f;

	fixture_open(&f, "");
	make_types(&f);
	for (size_t i = 0; i < TRV_COUNT_OF(trips); i++) {
		const struct trip *trip = &trips[i];
		struct trv_bind bind = { .type = (uint8_t)trip->type, .storage = (uint8_t)trip->storage, .null = true };
		struct {
			union cell value;
			bool has;
		} row;
		struct trv_slot slot = slot_of(trip);
		char sql[200];

		slot.flags = TRV_SLOT_NULLABLE;
		slot.has_offset = sizeof(union cell);
		memset(&row, 0xa5, sizeof(row));
		row.has = true;
		const char *prefix = strcmp(trip->column, "mood") == 0 ? "pg_temp." : "";
		snprintf(sql, sizeof(sql), "CREATE TEMPORARY TABLE t (x %s%s)", prefix, trip->column);
		REQUIRE_OK(run(&f, sql), &f.error);
		CHECK_OK(write_with(&f, "INSERT INTO t (x) VALUES ($1)", &bind, 1), &f.error);
		CHECK_INT(select_with(&f, "SELECT x FROM t", NULL, 0, &slot, 1, &row), 1);
		CHECK(!row.has);
		slot.flags = 0;
		CHECK_STATUS(select_with(&f, "SELECT x FROM t", NULL, 0, &slot, 1, &row), TRV_ERR_DATA);
		CHECK_CONTAINS(f.error.message, "t.x");
		CHECK_OK(run(&f, "DROP TABLE t"), &f.error);
	}
	fixture_close(&f);
}

TEST(postgresql_values, random_decimals_are_exact)
{
	struct fixture f;

	fixture_open(&f, "");
	for (int i = 0; i < 300; i++) {
		struct trv_decimal value = { .low = test_random(),
			                     .high = (int64_t)test_random() >> (test_random() % 60 + 2),
			                     .scale = (uint32_t)(test_random() % 39) };
		char text[TRV_DECIMAL_TEXT];
		const char *stored = NULL;
		struct trv_decimal back;

		trv_decimal_format(&value, text);
		if (trv_decimal_digits(&value) > TRV_DECIMAL_DIGITS)
			continue;
		struct trv_bind bind = { .value = &value, .size = sizeof(value), .type = TRV_DECIMAL };
		REQUIRE_OK(select_with(&f, "SELECT $1::numeric::text AS x", &bind, 1,
		                       &(struct trv_slot) { .type = TRV_TEXT, .name = "x" }, 1, &stored),
		           &f.error);
		CHECK_STR(stored, text);
		REQUIRE_OK(select_with(&f, "SELECT $1::numeric AS x", &bind, 1,
		                       &(struct trv_slot) { .type = TRV_DECIMAL, .name = "x" }, 1, &back),
		           &f.error);
		CHECK_BYTES(&back, &value, sizeof(value));
		trv_arena_release(&f.arena);
	}
	fixture_close(&f);
}

static const struct {
	const char *sql;
	enum trv_type type;
	const char *found;
} unfit[] = {
	{ "SELECT 'NaN'::numeric AS x", TRV_DECIMAL, "NaN" },
	{ "SELECT 'Infinity'::numeric AS x", TRV_DECIMAL, "infinity" },
	{ "SELECT 1e38::numeric AS x", TRV_DECIMAL, "38 digits" },
	{ "SELECT 1e1000::numeric AS x", TRV_DECIMAL, "38 digits" },
	{ "SELECT 1e-39::numeric AS x", TRV_DECIMAL, "38 digits" },
	{ "SELECT 'infinity'::timestamptz AS x", TRV_TIMESTAMP, "infinity" },
	{ "SELECT '-infinity'::date AS x", TRV_DATE, "infinity" },
	{ "SELECT '24:00'::time AS x", TRV_TIME, "24:00" },
	{ "SELECT 32768 AS x", TRV_INT16, "32768" },
	{ "SELECT 2147483648 AS x", TRV_INT32, "2147483648" },
	{ "SELECT 9223372036854775808 AS x", TRV_INT64, "out of range" },
	{ "SELECT 1.5 AS x", TRV_INT64, "fraction" },
	{ "SELECT 'closed'::text AS x", TRV_ENUM, "text" },
};

TEST(postgresql_values, what_does_not_fit_is_refused_by_name)
{
	struct fixture f;
	union cell value;

	fixture_open(&f, "");
	for (size_t i = 0; i < TRV_COUNT_OF(unfit); i++) {
		struct trv_slot slot = {
			.type = (uint8_t)unfit[i].type, .name = "x", .model = "t", .enumeration = &state_enum
		};

		test_note("%s", unfit[i].sql);
		CHECK_STATUS(select_with(&f, unfit[i].sql, NULL, 0, &slot, 1, &value), TRV_ERR_DATA);
		CHECK_CONTAINS(f.error.message, "t.x: found");
		CHECK_CONTAINS(f.error.message, unfit[i].found);
	}
	CHECK_INT(select_integer(&f, "SELECT 1 AS x"), 1);
	fixture_close(&f);
}

static const struct {
	const char *sql;
	enum trv_type type;
} mismatches[] = {
	{ "SELECT 1 AS x", TRV_TEXT },
	{ "SELECT 'a'::text AS x", TRV_INT64 },
	{ "SELECT 1 AS x", TRV_TIMESTAMP },
	{ "SELECT '2020-01-01'::text AS x", TRV_DATE },
	{ "SELECT now() AS x", TRV_DATE },
	{ "SELECT 'a'::bytea AS x", TRV_TEXT },
	{ "SELECT 1.5::float8 AS x", TRV_INT64 },
	{ "SELECT 1 AS y", TRV_INT32 },
	{ "SELECT 0.1::float8 AS x", TRV_FLOAT32 },
	{ "SELECT 1 AS x, 2 AS y", TRV_INT32 },
	{ "SELECT '{1}'::int[] AS x", TRV_TEXT },
};

TEST(postgresql_values, a_result_of_another_shape_is_a_mismatch)
{
	struct fixture f;
	union cell value;

	fixture_open(&f, "");
	for (size_t i = 0; i < TRV_COUNT_OF(mismatches); i++) {
		struct trv_slot slot = { .type = (uint8_t)mismatches[i].type, .name = "x" };

		CHECK_STATUS(select_with(&f, mismatches[i].sql, NULL, 0, &slot, 1, &value), TRV_ERR_MISMATCH);
	}
	fixture_close(&f);
}

/* A value as a server that means us harm would send it. */
static size_t hostile_value(char *data, size_t room)
{
	size_t size = test_random() % (room + 1);

	for (size_t i = 0; i < size; i++)
		data[i] = (char)(test_random() % 3 ? test_random() : test_random() % 4);
	return size;
}

TEST(postgresql_values, hostile_bytes_are_refused_or_are_values)
{
	static const Oid types[] = { PG_BOOL,   PG_BYTEA,   PG_CHAR,  PG_INT8,   PG_INT2,
		                     PG_INT4,   PG_TEXT,    PG_OID,   PG_JSON,   PG_XML,
		                     PG_FLOAT4, PG_FLOAT8,  PG_DATE,  PG_TIME,   PG_TIMESTAMPTZ,
		                     PG_UUID,   PG_NUMERIC, PG_JSONB, PG_BPCHAR, PG_FIRST_USER_OID };
	struct trv_arena arena;
	struct trv_error error;
	int refused = 0, taken = 0;

	trv_arena_init(&arena, NULL, 0);
	for (int i = 0; i < 200000; i++) {
		union cell cell;
		struct trv_slot slot = { .type = (uint8_t)(test_random() % TRV_ENUM + 1),
			                 .storage = (uint8_t)(test_random() % 2 * (test_random() % 9)),
			                 .scale = (uint16_t)(test_random() % 39),
			                 .enumeration = &state_enum,
			                 .name = "x" };
		pg_decoder *decoder = trv__pg_decoder_for(&slot, types[test_random() % TRV_COUNT_OF(types)]);
		size_t room = test_random() % 40;
		char *data = malloc(room ? room : 1); /* exact, so that reading beyond it is seen */

		REQUIRE(data);
		size_t size = hostile_value(data, room);
		int r = decoder ? decoder(&slot, data, size, &cell, &arena, &error) : TRV_ERR_MISMATCH;
		free(data);
		refused += r == TRV_ERR_DATA;
		taken += r == 0;
		if (r < 0 && r != TRV_ERR_DATA)
			CHECK_STATUS(r, TRV_ERR_MISMATCH);
	}
	CHECK(refused > 1000);
	CHECK(taken > 1000);
	trv_arena_release(&arena);
}

TEST(postgresql_values, sums_and_averages_are_read_as_they_come)
{
	struct fixture f;
	int64_t sum = 0;
	double average = 0;

	fixture_open(&f, "");
	CHECK_INT(select_with(&f, "SELECT sum(v) AS x FROM (VALUES (9223372036854775800::bigint), (7)) t(v)", NULL, 0,
	                      &(struct trv_slot) { .type = TRV_INT64, .name = "x" }, 1, &sum),
	          1);
	CHECK_INT(sum, INT64_MAX);
	CHECK_INT(select_with(&f, "SELECT avg(v) AS x FROM (VALUES (1), (2)) t(v)", NULL, 0,
	                      &(struct trv_slot) { .type = TRV_FLOAT64, .name = "x" }, 1, &average),
	          1);
	CHECK_DOUBLE(average, 1.5);
	CHECK_INT(select_with(&f, "SELECT 1e300::numeric / 3 AS x", NULL, 0,
	                      &(struct trv_slot) { .type = TRV_FLOAT64, .name = "x" }, 1, &average),
	          1);
	CHECK(fabs(average / (1e300 / 3) - 1) < 1e-15);
	fixture_close(&f);
}

TEST(postgresql_values, a_nul_and_invalid_utf8_are_refused)
{
	struct fixture f;
	static const struct {
		const char *text;
		size_t size;
	} bad[] = { { "ab\0cd", 5 }, { "\xff", 1 }, { "\xed\xa0\x80", 3 }, { "\xc0\xaf", 2 } };
	static const char *const columns[] = { "text", "varchar(9)", "json", "jsonb" };

	for (int pooler = 0; pooler < 2; pooler++) {
		fixture_open(&f, pooler ? "&trivet_pooler=1" : "");
		for (size_t i = 0; i < TRV_COUNT_OF(columns) * TRV_COUNT_OF(bad); i++) {
			char sql[100];
			const char *column = columns[i / TRV_COUNT_OF(bad)];
			struct trv_bind bind = { .value = bad[i % TRV_COUNT_OF(bad)].text,
				                 .size = bad[i % TRV_COUNT_OF(bad)].size,
				                 .type = TRV_TEXT };

			snprintf(sql, sizeof(sql), "CREATE TEMPORARY TABLE t (x %s)", column);
			REQUIRE_OK(run(&f, sql), &f.error);
			CHECK_STATUS(write_with(&f, "INSERT INTO t VALUES ($1)", &bind, 1), TRV_ERR_VALUE);
			CHECK_INT(select_integer(&f, "SELECT count(*) AS x FROM t"), 0);
			REQUIRE_OK(run(&f, "DROP TABLE t"), &f.error);
		}
		fixture_close(&f);
	}
}

/* An array, and what array_to_string makes of it. */
struct array {
	enum trv_type type;
	const void *values;
	size_t size;
	size_t count;
	const char *column;
	const char *text;
};

static const int16_t some_int16[] = { -1, 0, INT16_MAX };
static const int32_t some_int32[] = { 3, INT32_MIN };
static const int64_t some_int64[] = { 1, INT64_MAX };
static const bool some_bools[] = { true, false };
static const float some_floats[] = { 0.5f, 2 };
static const double some_doubles[] = { 0.1 };
static const char *const some_texts[] = { "a", "", NULL, "x,\"y\"" };
static const char *const some_json[] = { "{\"a\": 1}", NULL };
static const struct trv_bytes some_bytes[] = { { "a\0", 2 }, { NULL, 0 }, { "", 0 } };
static const struct trv_decimal some_decimals[] = { { .low = 125, .scale = 2 }, { .low = 3 } };
static const int32_t some_dates[] = { -1, 10957 };
static const int64_t some_times[] = { 0, 1 };
static const int64_t some_stamps[] = { -1, 0 };
static const struct trv_uuid some_uuids[] = { { { 1 } }, { { 2 } } };

static const struct array arrays[] = {
	{ TRV_INT16, some_int16, 2, 3, "smallint", "-1|0|32767" },
	{ TRV_INT32, some_int32, 4, 2, "integer", "3|-2147483648" },
	{ TRV_INT64, some_int64, 8, 2, "bigint", "1|9223372036854775807" },
	{ TRV_BOOL, some_bools, 1, 2, "boolean", "t|f" },
	{ TRV_FLOAT32, some_floats, 4, 2, "real", "0.5|2" },
	{ TRV_FLOAT64, some_doubles, 8, 1, "double precision", "0.1" },
	{ TRV_TEXT, some_texts, sizeof(char *), 4, "text", "a||NULL|x,\"y\"" },
	{ TRV_ENUM, some_texts, sizeof(char *), 1, "text", "a" },
	{ TRV_JSON, some_json, sizeof(char *), 2, "jsonb", "{\"a\": 1}|NULL" },
	{ TRV_JSON, some_json, sizeof(char *), 2, "json", "{\"a\": 1}|NULL" },
	{ TRV_BYTES, some_bytes, sizeof(struct trv_bytes), 3, "bytea", "\\x6100|NULL|\\x" },
	{ TRV_DECIMAL, some_decimals, sizeof(struct trv_decimal), 2, "numeric", "1.25|3" },
	{ TRV_DATE, some_dates, 4, 2, "date", "1969-12-31|2000-01-01" },
	{ TRV_TIME, some_times, 8, 2, "time", "00:00:00|00:00:00.000001" },
	{ TRV_TIMESTAMP, some_stamps, 8, 2, "timestamptz", "1969-12-31 23:59:59.999999+00|1970-01-01 00:00:00+00" },
	{ TRV_UUID, some_uuids, 16, 2, "uuid",
	  "01000000-0000-0000-0000-000000000000|02000000-0000-0000-0000-000000000000" },
};

TEST(postgresql_values, an_array_of_every_type_is_one_parameter)
{
	struct fixture f;

	fixture_open(&f, "");
	for (size_t i = 0; i < TRV_COUNT_OF(arrays); i++) {
		const struct array *array = &arrays[i];
		struct trv_bind bind = {
			.value = array->values, .size = array->size, .count = array->count, .type = (uint8_t)array->type
		};
		const char *text = NULL;
		char sql[200];

		snprintf(sql, sizeof(sql), "SELECT array_to_string($1::%s[], '|', 'NULL') AS x", array->column);
		CHECK_OK(select_with(&f, sql, &bind, 1, &(struct trv_slot) { .type = TRV_TEXT, .name = "x" }, 1, &text),
		         &f.error);
		CHECK_STR(text, array->text);
	}
	fixture_close(&f);
}

TEST(postgresql_values, a_key_list_is_one_array)
{
	struct fixture f;
	static const int64_t keys[] = { 3, 5, 999 };
	struct trv_bind bind = { .value = keys, .size = 8, .count = 3, .type = TRV_INT64 };
	int64_t found = 0;

	fixture_open(&f, "");
	CHECK_INT(select_with(&f, "SELECT count(*) AS x FROM generate_series(1, 10) g WHERE g = ANY($1)", &bind, 1,
	                      &(struct trv_slot) { .type = TRV_INT64, .name = "x" }, 1, &found),
	          1);
	CHECK_INT(found, 2);
	fixture_close(&f);
}

TEST(postgresql_values, many_rows_go_as_arrays_through_unnest)
{
	struct fixture f;
	static const int64_t ids[] = { 1, 2, 3 };
	static const char *const names[] = { "ann", NULL, "bob" };
	struct trv_bind binds[] = { { .value = ids, .size = 8, .count = 3, .type = TRV_INT64 },
		                    { .value = names, .size = sizeof(char *), .count = 3, .type = TRV_TEXT } };

	fixture_open(&f, "");
	REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE t (id bigint, name varchar(20))"), &f.error);
	CHECK_OK(write_with(&f, "INSERT INTO t SELECT * FROM unnest($1, $2)", binds, 2), &f.error);
	CHECK_INT(f.outcome.affected, 3);
	CHECK_STR(select_text(&f, "SELECT string_agg(coalesce(name, '-'), ',' ORDER BY id) AS x FROM t"), "ann,-,bob");
	fixture_close(&f);
}

TEST(postgresql_values, members_of_rows_go_as_arrays_with_their_nulls)
{
	static const struct row {
		bool has_amount;
		int32_t amount;
		const char *name;
		struct trv_decimal price;
	} rows[] = { { true, 7, "a", { .low = 150, .scale = 2 } }, { false, 99, NULL, { .low = 1 } } };
	struct trv_bind binds[] = {
		{ .value = &rows[0].amount,
		  .size = sizeof(struct row),
		  .count = 2,
		  .type = TRV_INT32,
		  .present = &rows[0].has_amount,
		  .present_stride = sizeof(struct row) },
		{ .value = &rows[0].name, .size = sizeof(struct row), .count = 2, .type = TRV_TEXT },
		{ .value = &rows[0].price, .size = sizeof(struct row), .count = 2, .type = TRV_DECIMAL }
	};
	struct fixture f;

	fixture_open(&f, "");
	REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE t (a int, n text, p numeric(10,2))"), &f.error);
	CHECK_OK(write_with(&f, "INSERT INTO t SELECT * FROM unnest($1, $2, $3)", binds, 3), &f.error);
	CHECK_STR(select_text(&f, "SELECT string_agg(concat_ws('/', coalesce(a, -1), coalesce(n, '-'), p), ',' "
	                          "ORDER BY p DESC) AS x FROM t"),
	          "7/a/1.50,-1/-/1.00");
	fixture_close(&f);
}

TEST(postgresql_values, sixty_four_megabytes_come_back_byte_for_byte)
{
	struct fixture f;
	size_t size = (size_t)64 << 20;
	unsigned char *data = malloc(size);
	struct trv_bytes back = { 0 };

	REQUIRE(data);
	for (size_t i = 0; i < size; i++)
		data[i] = (unsigned char)(i * 2654435761u >> 13);
	fixture_open(&f, "");
	REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE t (x bytea)"), &f.error);
	struct trv_bind bind = { .value = data, .size = size, .type = TRV_BYTES };
	CHECK_OK(write_with(&f, "INSERT INTO t VALUES ($1)", &bind, 1), &f.error);
	CHECK_INT(select_with(&f, "SELECT x FROM t", NULL, 0, &(struct trv_slot) { .type = TRV_BYTES, .name = "x" }, 1,
	                      &back),
	          1);
	CHECK_INT(back.size, size);
	CHECK(back.size == size && memcmp(back.data, data, size) == 0);
	fixture_close(&f);
	free(data);
}

TEST(postgresql_values, more_than_a_gigabyte_is_refused_before_it_is_sent)
{
	struct fixture f;
	char byte = 0;
	struct trv_bind bind = { .value = &byte, .size = (size_t)3 << 30, .type = TRV_BYTES };

	fixture_open(&f, "");
	CHECK_STATUS(write_with(&f, "SELECT $1::bytea", &bind, 1), TRV_ERR_LIMIT);
	CHECK_INT(select_integer(&f, "SELECT 1 AS x"), 1);
	fixture_close(&f);
}

TEST(postgresql_values, an_instant_is_the_same_in_every_time_zone)
{
	struct fixture f;
	int64_t before = -86400000001, after = 0;
	struct trv_bind bind = { .value = &before, .size = 8, .type = TRV_TIMESTAMP };

	fixture_open(&f, "");
	REQUIRE_OK(run(&f, "SET TimeZone = 'America/Caracas'"), &f.error);
	REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE t (x timestamptz)"), &f.error);
	REQUIRE_OK(write_with(&f, "INSERT INTO t VALUES ($1)", &bind, 1), &f.error);
	REQUIRE_OK(run(&f, "SET TimeZone = 'Asia/Kathmandu'"), &f.error);
	CHECK_INT(select_with(&f, "SELECT x FROM t", NULL, 0, &(struct trv_slot) { .type = TRV_TIMESTAMP, .name = "x" },
	                      1, &after),
	          1);
	CHECK_INT(after, before);
	CHECK_STR(select_text(&f, "SELECT (x AT TIME ZONE 'UTC')::text AS x FROM t"), "1969-12-30 23:59:59.999999");
	fixture_close(&f);
}

TEST(postgresql_values, values_that_would_mean_infinity_are_refused)
{
	struct fixture f;
	int64_t stamps[] = { INT64_MIN, INT64_MIN + INT64_C(946684800000000) };
	int32_t days[] = { INT32_MIN, INT32_MIN + 10957 };

	fixture_open(&f, "");
	for (int i = 0; i < 2; i++) {
		struct trv_bind stamp = { .value = &stamps[i], .size = 8, .type = TRV_TIMESTAMP };
		struct trv_bind day = { .value = &days[i], .size = 4, .type = TRV_DATE };

		CHECK_STATUS(write_with(&f, "SELECT $1::timestamptz", &stamp, 1), TRV_ERR_VALUE);
		CHECK_STATUS(write_with(&f, "SELECT $1::date", &day, 1), TRV_ERR_VALUE);
	}
	fixture_close(&f);
}

TEST(postgresql_values, a_joined_row_that_is_not_there_is_absent)
{
	struct row {
		int64_t id;
		bool has;
		const char *name;
	} parent, child = { .id = 77 };
	static const struct trv_slot slots[] = {
		{ .type = TRV_INT64, .base = 0, .offset = offsetof(struct row, id), .name = "id" },
		{ .type = TRV_INT64,
		  .base = 1,
		  .offset = offsetof(struct row, id),
		  .name = "child_id",
		  .flags = TRV_SLOT_OUTER | TRV_SLOT_PRESENCE },
		{ .type = TRV_TEXT,
		  .base = 1,
		  .offset = offsetof(struct row, name),
		  .name = "name",
		  .flags = TRV_SLOT_OUTER },
	};
	struct trv_decode decode = { .slots = slots, .count = 3, .bases = 2 };
	struct fixture f;
	struct trv_statement *statement;
	uint64_t absent = 0;

	fixture_open(&f, "");
	REQUIRE_OK(prepare(&f,
	                   "SELECT id, c AS child_id, n AS name FROM (VALUES (1::bigint, 5::bigint, 'x'), "
	                   "(2, NULL, NULL)) t(id, c, n)",
	                   &statement),
	           &f.error);
	REQUIRE_OK(driver->execute(statement, &(struct trv_request) { .rows = 1, .decode = &decode }, &f.outcome,
	                           &f.error),
	           &f.error);
	CHECK_INT(driver->fetch(statement, &decode, (void *[]) { &parent, &child }, &f.arena, &absent, &f.error), 1);
	CHECK_INT(absent, 0);
	CHECK_INT(child.id, 5);
	CHECK_INT(driver->fetch(statement, &decode, (void *[]) { &parent, &child }, &f.arena, &absent, &f.error), 1);
	CHECK_INT(absent, 2);
	CHECK_INT(parent.id, 2);
	CHECK_INT(driver->fetch(statement, &decode, (void *[]) { &parent, &child }, &f.arena, &absent, &f.error), 0);
	driver->finalize(statement);
	fixture_close(&f);
}
