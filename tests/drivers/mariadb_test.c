/*
 * Values and statements on a real MariaDB. Faults (lost connections, stopped servers,
 * cancelling, hostile servers) are in mariadb_fault_test.c.
 */
#include "mariadb_fixture.h"

#include <math.h>
#include <stdlib.h>

/* --- values --------------------------------------------------------------------------------- */

static const struct trv_enum_value state_values[] = { { "open", "open", NULL }, { "done", "done", NULL } };
static const struct trv_enum states = { "state", state_values, 2, NULL };

/* One table with every type, and its struct. */
struct everything {
	bool flag;
	int16_t small;
	int32_t medium;
	int64_t large;
	float narrow;
	double wide;
	struct trv_decimal exact;
	const char *text;
	struct trv_bytes bytes;
	int32_t day;
	int64_t time;
	int64_t moment;
	struct trv_uuid uuid;
	const char *json;
	int32_t state;
	bool has[15];
};

#define EVERYTHING_COLUMNS                                                                                             \
	"flag, small, medium, `large`, narrow, wide, exact, text, bytes, day, time, moment, uuid, json, state"
#define SLOT(kind, member, index)                                                                                      \
	{                                                                                                              \
		.type = kind, .name = #member, .offset = offsetof(struct everything, member),                          \
		.flags = TRV_SLOT_NULLABLE, .has_offset = (uint32_t)(offsetof(struct everything, has) + (index)),      \
		.model = "everything"                                                                                  \
	}

static const struct trv_slot everything_slots[] = {
	SLOT(TRV_BOOL, flag, 0),
	SLOT(TRV_INT16, small, 1),
	SLOT(TRV_INT32, medium, 2),
	SLOT(TRV_INT64, large, 3),
	SLOT(TRV_FLOAT32, narrow, 4),
	SLOT(TRV_FLOAT64, wide, 5),
	{ .type = TRV_DECIMAL,
	  .name = "exact",
	  .offset = offsetof(struct everything, exact),
	  .scale = 10,
	  .flags = TRV_SLOT_NULLABLE,
	  .has_offset = offsetof(struct everything, has) + 6 },
	SLOT(TRV_TEXT, text, 7),
	SLOT(TRV_BYTES, bytes, 8),
	SLOT(TRV_DATE, day, 9),
	SLOT(TRV_TIME, time, 10),
	SLOT(TRV_TIMESTAMP, moment, 11),
	SLOT(TRV_UUID, uuid, 12),
	SLOT(TRV_JSON, json, 13),
	{ .type = TRV_ENUM,
	  .name = "state",
	  .offset = offsetof(struct everything, state),
	  .enumeration = &states,
	  .flags = TRV_SLOT_NULLABLE,
	  .has_offset = offsetof(struct everything, has) + 14 },
};

static void make_everything(struct fixture *f)
{
	maria_open(f);
	maria_run(
		f,
		"CREATE TEMPORARY TABLE everything (id int AUTO_INCREMENT PRIMARY KEY, flag tinyint(1), small smallint,"
		" medium int, `large` bigint, narrow float, wide double, exact decimal(30,10), text longtext,"
		" bytes longblob, day date, time time(6), moment datetime(6), uuid binary(16), json longtext,"
		" state varchar(10)) CHARSET utf8mb4 COLLATE utf8mb4_nopad_bin");
}

static void bind_everything(struct trv_bind binds[15], const struct everything *row)
{
	const char *state = state_values[row->state].stored;

	binds[0] = bind_value(TRV_BOOL, &row->flag);
	binds[1] = bind_value(TRV_INT16, &row->small);
	binds[2] = bind_value(TRV_INT32, &row->medium);
	binds[3] = bind_value(TRV_INT64, &row->large);
	binds[4] = bind_value(TRV_FLOAT32, &row->narrow);
	binds[5] = bind_value(TRV_FLOAT64, &row->wide);
	binds[6] = bind_value(TRV_DECIMAL, &row->exact);
	binds[7] = bind_text(row->text);
	binds[8] = (struct trv_bind) { .type = TRV_BYTES, .value = row->bytes.data, .size = row->bytes.size };
	binds[9] = bind_value(TRV_DATE, &row->day);
	binds[10] = bind_value(TRV_TIME, &row->time);
	binds[11] = bind_value(TRV_TIMESTAMP, &row->moment);
	binds[12] = bind_value(TRV_UUID, &row->uuid);
	binds[13] = bind_text(row->json);
	binds[13].type = TRV_JSON;
	binds[14] = bind_text(state);
	binds[14].type = TRV_ENUM;
}

#define INSERT_EVERYTHING                                                                                              \
	"INSERT INTO everything (" EVERYTHING_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

static void check_equal(const struct everything *a, const struct everything *b)
{
	CHECK_INT(a->flag, b->flag);
	CHECK_INT(a->small, b->small);
	CHECK_INT(a->medium, b->medium);
	CHECK_INT(a->large, b->large);
	CHECK_BYTES(&a->narrow, &b->narrow, sizeof(float));
	CHECK_BYTES(&a->wide, &b->wide, sizeof(double));
	CHECK_INT(trv_decimal_compare(&a->exact, &b->exact), 0);
	CHECK_INT(a->exact.scale, 10);
	CHECK_STR(a->text, b->text);
	CHECK_INT(a->bytes.size, b->bytes.size);
	CHECK(a->bytes.data != NULL);
	CHECK_BYTES(a->bytes.data, b->bytes.data, b->bytes.size);
	CHECK_INT(a->day, b->day);
	CHECK_INT(a->time, b->time);
	CHECK_INT(a->moment, b->moment);
	CHECK_BYTES(&a->uuid, &b->uuid, 16);
	CHECK_STR(a->json, b->json);
	CHECK_INT(a->state, b->state);
	for (size_t i = 0; i < TRV_COUNT_OF(a->has); i++)
		CHECK(a->has[i]);
}

static struct trv_decimal decimal(const char *text)
{
	struct trv_decimal value;

	REQUIRE_STATUS(trv_decimal_parse(&value, text), 0);
	return value;
}

static void check_round_trip(struct fixture *f, const struct everything *row)
{
	struct trv_bind binds[15];
	struct everything found = { 0 };

	bind_everything(binds, row);
	REQUIRE_OK(maria_exec(f, INSERT_EVERYTHING, binds, 15), &f->error);
	CHECK_INT(f->outcome.affected, 1);
	CHECK(f->outcome.last_id > 0);
	REQUIRE_OK(maria_row(f, "SELECT " EVERYTHING_COLUMNS " FROM everything ORDER BY id DESC LIMIT 1", NULL, 0,
	                     everything_slots, 15, &found),
	           &f->error);
	check_equal(&found, row);
}

TEST(maria_values, each_type_comes_back_as_it_was)
{
	struct fixture f;
	struct everything row = {
		.flag = true,
		.small = -7,
		.medium = 70000,
		.large = INT64_C(1) << 40,
		.narrow = 16777217.0f,
		.wide = 0.1,
		.exact = decimal("12.5"),
		.text = "tr\xc3\xaas jolie \xf0\x9f\x99\x82",
		.bytes = { "a\0b\xff", 4 },
		.day = 20000,
		.time = 3723000004,
		.moment = 1700000000123456,
		.uuid = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0 } },
		.json = "{\"a\": [1, null]}",
		.state = 1,
	};

	make_everything(&f);
	check_round_trip(&f, &row);
	maria_close(&f);
}

TEST(maria_values, limits_come_back_exactly)
{
	struct fixture f;
	struct everything low = {
		.small = INT16_MIN,
		.medium = INT32_MIN,
		.large = INT64_MIN,
		.narrow = 1.401298e-45f,
		.wide = 4.9406564584124654e-324,
		.exact = decimal("-12345678901234567890.0123456789"),
		.text = "",
		.bytes = { "", 0 },
		.day = -719162,
		.time = 0,
		.moment = -62135596800000000,
		.json = "0",
	};
	struct everything high = {
		.flag = true,
		.small = INT16_MAX,
		.medium = INT32_MAX,
		.large = INT64_MAX,
		.narrow = 3.40282347e+38f,
		.wide = 1.7976931348623157e308,
		.exact = decimal("99999999999999999999.9999999999"),
		.text = "a ",
		.bytes = { "\0", 1 },
		.day = 2932896,
		.time = 86399999999,
		.moment = 253402300799999999,
		.json = "[]",
		.state = 1,
	};
	struct everything zero = { .narrow = 0,
		                   .wide = 0,
		                   .text = "A",
		                   .bytes = { "x", 1 },
		                   .json = "1",
		                   .exact = decimal("0"),
		                   .moment = -1,
		                   .day = -1 };

	make_everything(&f);
	check_round_trip(&f, &low);
	check_round_trip(&f, &high);
	check_round_trip(&f, &zero);
	maria_close(&f);
}

TEST(maria_values, minus_zero_comes_back_as_zero)
{
	struct fixture f;
	const double minus = -0.0;
	const struct trv_bind bind = bind_value(TRV_FLOAT64, &minus);
	const struct trv_slot slot = { .type = TRV_FLOAT64 };
	double found = 1;

	maria_open(&f);
	maria_run(&f, "CREATE TEMPORARY TABLE zeros (d double)");
	REQUIRE_OK(maria_exec(&f, "INSERT INTO zeros VALUES (?)", &bind, 1), &f.error);
	CHECK_STATUS(maria_row(&f, "SELECT d FROM zeros", NULL, 0, &slot, 1, &found), 1);
	/* The server does that; the sign is all that is lost. */
	CHECK_DOUBLE(found, 0);
	maria_close(&f);
}

TEST(maria_values, null_is_neither_empty_nor_zero)
{
	struct fixture f;
	struct trv_bind binds[15];
	struct everything found;
	static const struct everything nothing = { .text = "", .json = "", .bytes = { "", 0 } };

	make_everything(&f);
	bind_everything(binds, &nothing);
	for (size_t i = 0; i < 15; i++)
		binds[i] = bind_null((enum trv_type)binds[i].type);
	REQUIRE_OK(maria_exec(&f, INSERT_EVERYTHING, binds, 15), &f.error);
	memset(&found, 0x5a, sizeof(found));
	REQUIRE_OK(
		maria_row(&f, "SELECT " EVERYTHING_COLUMNS " FROM everything", NULL, 0, everything_slots, 15, &found),
		&f.error);
	for (size_t i = 0; i < TRV_COUNT_OF(found.has); i++)
		CHECK(!found.has[i]);
	CHECK(found.text == NULL);
	CHECK(found.bytes.data == NULL);
	CHECK(found.json == NULL);
	CHECK_INT(found.large, 0);
	maria_close(&f);
}

TEST(maria_values, what_the_engine_cannot_keep_is_refused_before_it_is_sent)
{
	struct fixture f;
	const double nan_value = NAN;
	const float infinity = INFINITY;
	const int64_t late = 253402300800000000; /* year 10000 */
	const int64_t day = TRV_DAY_MICROSECONDS;
	const struct trv_bind refused[] = {
		bind_value(TRV_FLOAT64, &nan_value),
		bind_value(TRV_FLOAT32, &infinity),
		bind_value(TRV_TIMESTAMP, &late),
		bind_value(TRV_TIME, &day),
	};

	maria_open(&f);
	for (size_t i = 0; i < TRV_COUNT_OF(refused); i++)
		CHECK_STATUS(maria_exec(&f, "DO ?", &refused[i], 1), TRV_ERR_VALUE);
	struct trv_bind huge = { .type = TRV_BYTES, .value = "", .size = (size_t)1 << 31 };
	CHECK_STATUS(maria_exec(&f, "DO ?", &huge, 1), TRV_ERR_LIMIT);
	/* More than the server takes: the connection lives. */
	huge.size = (size_t)200 << 20;
	CHECK_STATUS(maria_exec(&f, "DO ?", &huge, 1), TRV_ERR_LIMIT);
	CHECK(!f.connection->broken);
	CHECK_INT(maria_number(&f, "SELECT 7"), 7);
	maria_close(&f);
}

TEST(maria_values, stored_values_that_do_not_fit_name_the_column)
{
	struct fixture f;
	static const struct {
		const char *sql;
		struct trv_slot slot;
		const char *part;
	} cases[] = {
		{ "SELECT CAST(18446744073709551615 AS UNSIGNED) AS n",
		  { .type = TRV_INT64, .name = "n", .model = "task" },
		  "task.n" },
		{ "SELECT 70000 AS n", { .type = TRV_INT16, .name = "n" }, "70000" },
		{ "SELECT 'blue' AS n", { .type = TRV_ENUM, .name = "n", .enumeration = &states }, "n" },
		{ "SELECT NULL AS n", { .type = TRV_INT64, .name = "n", .model = "task" }, "task.n" },
		{ "SELECT CAST('25:00:00' AS TIME) AS n", { .type = TRV_TIME, .name = "n" }, "n" },
		{ "SELECT 'a\\0b' AS n", { .type = TRV_TEXT, .name = "n" }, "NUL" },
		{ "SELECT moment AS n FROM zero",
		  { .type = TRV_TIMESTAMP, .name = "n", .model = "zero" },
		  "0000-00-00" },
	};

	maria_open(&f);
	maria_run(&f, "CREATE TEMPORARY TABLE zero (moment datetime)");
	maria_run(&f, "SET STATEMENT sql_mode = '' FOR INSERT INTO zero VALUES ('0000-00-00')");
	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		char room[64];
		CHECK_STATUS(maria_row(&f, cases[i].sql, NULL, 0, &cases[i].slot, 1, room), TRV_ERR_DATA);
		CHECK_CONTAINS(f.error.message, cases[i].part);
	}
	maria_close(&f);
}

TEST(maria_values, expressions_of_other_types_are_converted_exactly)
{
	struct fixture f;
	double real = 0;
	struct trv_decimal sum = { 0 };
	const char *text = NULL;
	bool bit = false;
	int32_t day = 0;
	struct trv_uuid uuid = { { 0 } };
	char formatted[TRV_DECIMAL_TEXT];
	const struct trv_slot as_real = { .type = TRV_FLOAT64 }, as_decimal = { .type = TRV_DECIMAL, .scale = 2 },
			      as_text = { .type = TRV_TEXT }, as_bool = { .type = TRV_BOOL },
			      as_date = { .type = TRV_DATE }, as_uuid = { .type = TRV_UUID };

	maria_open(&f);
	CHECK_INT(maria_number(&f, "SELECT SUM(seq) FROM seq_1_to_10"), 55);
	CHECK_INT(maria_number(&f, "SELECT CAST(200 AS UNSIGNED)"), 200);
	CHECK_STATUS(maria_row(&f, "SELECT AVG(seq) FROM seq_1_to_2", NULL, 0, &as_real, 1, &real), 1);
	CHECK_DOUBLE(real, 1.5);
	CHECK_STATUS(maria_row(&f, "SELECT 12", NULL, 0, &as_decimal, 1, &sum), 1);
	trv_decimal_format(&sum, formatted);
	CHECK_STR(formatted, "12.00");
	CHECK_STATUS(maria_row(&f, "SELECT 42", NULL, 0, &as_text, 1, &text), 1);
	CHECK_STR(text, "42");
	CHECK_STATUS(maria_row(&f, "SELECT TIMESTAMP'2020-02-03 04:05:06'", NULL, 0, &as_text, 1, &text), 1);
	CHECK_CONTAINS(text, "2020-02-03");
	CHECK_STATUS(maria_row(&f, "SELECT TIMESTAMP'2020-02-03 00:00:00'", NULL, 0, &as_date, 1, &day), 1);
	CHECK_INT(day, 18295);
	CHECK_STATUS(maria_row(&f, "SELECT b'1'", NULL, 0, &as_bool, 1, &bit), TRV_ERR_DATA);
	maria_run(&f, "CREATE TEMPORARY TABLE bits (b bit(1), u uuid)");
	maria_run(&f, "INSERT INTO bits VALUES (b'1', '01020304-0506-0708-090a-0b0c0d0e0f10')");
	CHECK_STATUS(maria_row(&f, "SELECT b FROM bits", NULL, 0, &as_bool, 1, &bit), 1);
	CHECK(bit);
	CHECK_STATUS(maria_row(&f, "SELECT u FROM bits", NULL, 0, &as_uuid, 1, &uuid), 1);
	CHECK_INT(uuid.bytes[15], 0x10);
	maria_close(&f);
}

TEST(maria_values, timestamps_are_the_same_instant_in_any_time_zone)
{
	struct fixture f;
	const int64_t moment = -1234567890123456; /* 1930 */
	const struct trv_bind bind = bind_value(TRV_TIMESTAMP, &moment);
	const struct trv_slot slot = { .type = TRV_TIMESTAMP };
	int64_t found = 0;

	maria_open(&f);
	maria_run(&f, "CREATE TEMPORARY TABLE moments (m datetime(6))");
	REQUIRE_OK(maria_exec(&f, "INSERT INTO moments VALUES (?)", &bind, 1), &f.error);
	maria_run(&f, "SET time_zone = '-09:30'");
	CHECK_STATUS(maria_row(&f, "SELECT m FROM moments WHERE m = ?", &bind, 1, &slot, 1, &found), 1);
	CHECK_INT(found, moment);
	maria_close(&f);
}

TEST(maria_values, storages_that_are_not_the_usual_one_come_back)
{
	struct fixture f;
	static const struct {
		const char *type;
		uint8_t storage;
	} kinds[] = { { "varchar(40)", TRV_STORE_ISO },
		      { "decimal(20,6)", TRV_STORE_UNIX },
		      { "bigint", TRV_STORE_MILLIS },
		      { "bigint", TRV_STORE_MICROS },
		      { "double", TRV_STORE_JULIAN } };
	const int64_t moment = -86399999000; /* whole milliseconds before 1970 */

	maria_open(&f);
	for (size_t i = 0; i < TRV_COUNT_OF(kinds); i++) {
		struct trv_bind bind = bind_value(TRV_TIMESTAMP, &moment);
		struct trv_slot slot = { .type = TRV_TIMESTAMP, .storage = kinds[i].storage };
		char sql[100];
		int64_t found = 0;
		bind.storage = kinds[i].storage;
		snprintf(sql, sizeof(sql), "CREATE OR REPLACE TEMPORARY TABLE kept (v %s)", kinds[i].type);
		maria_run(&f, sql);
		REQUIRE_OK(maria_exec(&f, "INSERT INTO kept VALUES (?)", &bind, 1), &f.error);
		CHECK_STATUS(maria_row(&f, "SELECT v FROM kept", NULL, 0, &slot, 1, &found), 1);
		CHECK_INT(found, moment);
	}
	maria_close(&f);
}

TEST(maria_values, a_blob_of_64_mb_comes_back)
{
	struct fixture f;
	size_t size = (size_t)64 << 20;
	uint64_t *data = malloc(size);
	const struct trv_slot slot = { .type = TRV_BYTES };
	struct trv_bytes found = { 0 };

	REQUIRE(data != NULL);
	for (size_t i = 0; i < size / 8; i++)
		data[i] = i * UINT64_C(0x9e3779b97f4a7c15);
	struct trv_bind bind = { .type = TRV_BYTES, .value = data, .size = size };
	maria_open(&f);
	maria_run(&f, "CREATE TEMPORARY TABLE large_blob (b longblob)");
	CHECK_OK(maria_exec(&f, "INSERT INTO large_blob VALUES (?)", &bind, 1), &f.error);
	CHECK_STATUS(maria_row(&f, "SELECT b FROM large_blob", NULL, 0, &slot, 1, &found), 1);
	CHECK_INT(found.size, size);
	CHECK(found.size == size && memcmp(found.data, data, size) == 0);
	free(data);
	maria_close(&f);
}

TEST(maria_values, text_is_compared_by_its_bytes)
{
	struct fixture f;

	maria_open(&f);
	CHECK_INT(maria_number(&f, "SELECT 'a' = 'A'"), 0);
	CHECK_INT(maria_number(&f, "SELECT 'a' = 'a '"), 0);
	CHECK_INT(maria_number(&f, "SELECT 'e' = '\xc3\xa9'"), 0);
	CHECK_INT(maria_number(&f, "SELECT 'a' || 'b' = 'ab'"), 1);
	maria_close(&f);
}

/* --- rows ------------------------------------------------------------------------------------- */

struct joined {
	int64_t id;
	int64_t parent;
	bool has_parent;
};

TEST(maria_rows, a_missing_joined_row_is_reported_as_absent)
{
	struct fixture f;
	struct trv_slot slots[] = {
		{ .type = TRV_INT64, .name = "id" },
		{ .type = 0, .name = "unused" },
		{ .type = TRV_INT64, .name = "pid", .base = 1, .flags = TRV_SLOT_OUTER | TRV_SLOT_PRESENCE },
		{ .type = TRV_TEXT, .name = "name", .base = 1, .offset = 8, .flags = TRV_SLOT_OUTER },
	};
	const struct trv_decode decode = { .slots = slots, .count = 4, .bases = 2 };
	struct trv_request request = { .rows = 1, .decode = &decode };
	struct {
		int64_t id;
		const char *name;
	} child, parent;
	void *bases[] = { &child, &parent };
	uint64_t absent = 0;

	maria_open(&f);
	struct trv_statement *s = maria_prepare(
		&f, "SELECT 1 AS id, 2.5 AS unused, NULL AS pid, NULL AS name UNION ALL SELECT 2, 3.5, 3, 'x'");
	REQUIRE_OK(DRIVER->execute(s, &request, &f.outcome, &f.error), &f.error);
	REQUIRE_STATUS(DRIVER->fetch(s, &decode, bases, &f.arena, &absent, &f.error), 1);
	CHECK_INT(absent, 2);
	REQUIRE_STATUS(DRIVER->fetch(s, &decode, bases, &f.arena, &absent, &f.error), 1);
	CHECK_INT(absent, 0);
	CHECK_INT(child.id, 2);
	CHECK_STR(parent.name, "x");
	REQUIRE_STATUS(DRIVER->fetch(s, &decode, bases, &f.arena, &absent, &f.error), 0);
	REQUIRE_STATUS(DRIVER->fetch(s, &decode, bases, &f.arena, &absent, &f.error), 0);
	CHECK_INT(f.outcome.affected, 2);
	DRIVER->finish(s);
	DRIVER->finalize(s);
	maria_close(&f);
}

TEST(maria_rows, a_stream_of_100000_rows_is_read_in_order)
{
	struct fixture f;
	const struct trv_slot slot = { .type = TRV_INT64, .name = "seq" };
	const struct trv_decode decode = { .slots = &slot, .count = 1, .bases = 1 };
	struct trv_request request = { .rows = 1, .decode = &decode, .stream = true, .deadline = after_ms(5000) };
	int64_t number = 0, expected = 0;
	void *bases[] = { &number };
	uint64_t absent;
	int r;

	maria_open(&f);
	struct trv_statement *s = maria_prepare(&f, "SELECT seq FROM seq_1_to_100000");
	REQUIRE_OK(DRIVER->execute(s, &request, &f.outcome, &f.error), &f.error);
	while ((r = DRIVER->fetch(s, &decode, bases, &f.arena, &absent, &f.error)) == 1)
		if (number != ++expected)
			break;
	CHECK_STATUS(r, 0);
	CHECK_INT(expected, 100000);
	DRIVER->finish(s);
	DRIVER->finalize(s);
	maria_close(&f);
}

TEST(maria_rows, a_result_given_up_leaves_the_connection_usable)
{
	struct fixture f;
	const struct trv_slot slot = { .type = TRV_INT64 };
	const struct trv_decode decode = { .slots = &slot, .count = 1, .bases = 1 };
	struct trv_request request = { .rows = 1, .decode = &decode, .deadline = after_ms(5000) };
	struct trv_statement *other = NULL;
	int64_t number = 0;
	void *bases[] = { &number };
	uint64_t absent;

	maria_open(&f);
	struct trv_statement *spare = maria_prepare(&f, "SELECT 1");
	struct trv_statement *s = maria_prepare(&f, "SELECT seq FROM seq_1_to_100000");
	for (int i = 0; i < 3; i++) {
		REQUIRE_OK(DRIVER->execute(s, &request, &f.outcome, &f.error), &f.error);
		CHECK_STATUS(DRIVER->fetch(s, &decode, bases, &f.arena, &absent, &f.error), 1);
		/* Nothing else runs meanwhile; closing another statement harms no row. */
		CHECK_STATUS(DRIVER->prepare(f.connection, "SELECT 1", 8, 0, &other, &f.error), TRV_ERR_MISUSE);
		if (spare)
			DRIVER->finalize(spare);
		spare = NULL;
		CHECK_STATUS(DRIVER->fetch(s, &decode, bases, &f.arena, &absent, &f.error), 1);
		CHECK_INT(number, 2);
		DRIVER->finish(s);
	}
	CHECK(!f.connection->broken);
	DRIVER->finalize(s);
	CHECK_INT(maria_number(&f, "SELECT 5"), 5);
	maria_close(&f);
}

TEST(maria_rows, a_procedure_with_several_results_leaves_the_connection_usable)
{
	struct fixture f;

	maria_open(&f);
	maria_run(&f, "CREATE OR REPLACE PROCEDURE several() BEGIN SELECT 1 AS a; SELECT 2 AS b, 3 AS c; END");
	for (int i = 0; i < 3; i++)
		CHECK_INT(maria_number(&f, "CALL several()"), 1);
	maria_run(&f, "CALL several()");
	CHECK(!f.connection->broken);
	CHECK_INT(maria_number(&f, "SELECT 5"), 5);
	maria_run(&f, "DROP PROCEDURE several");
	maria_close(&f);
}

/* --- metadata ------------------------------------------------------------------------------------ */

static int run_again(struct trv_statement *s, const struct trv_decode *decode, struct fixture *f, void *base)
{
	struct trv_request request = { .rows = 1, .decode = decode, .deadline = after_ms(5000) };
	void *bases[] = { base };
	uint64_t absent;
	int r = DRIVER->execute(s, &request, &f->outcome, &f->error);

	if (r == 0)
		r = DRIVER->fetch(s, decode, bases, &f->arena, &absent, &f->error);
	DRIVER->finish(s);
	return r;
}

TEST(maria_metadata, columns_swapped_by_another_connection_are_never_mixed_up)
{
	struct fixture f, other;
	const struct trv_slot slots[] = { { .type = TRV_INT64, .name = "a" },
		                          { .type = TRV_INT64, .name = "b", .offset = 8 } };
	const struct trv_decode decode = { .slots = slots, .count = 2, .bases = 1, .by_name = true };
	struct trv_result_column columns[2];
	int64_t row[2];

	maria_open(&f);
	maria_open(&other);
	maria_run(&f, "CREATE OR REPLACE TABLE swapped (a int, b int)");
	maria_run(&f, "INSERT INTO swapped VALUES (1, 2)");
	struct trv_statement *s = maria_prepare(&f, "SELECT * FROM swapped");
	struct trv_statement *named = maria_prepare(&f, "SELECT a, b FROM swapped");
	for (int i = 0; i < 2; i++)
		CHECK_STATUS(run_again(s, &decode, &f, row), 1);
	maria_run(&other, "ALTER TABLE swapped MODIFY a int AFTER b");
	CHECK_STATUS(run_again(s, &decode, &f, row), TRV_ERR_MISMATCH);
	CHECK_CONTAINS(f.error.message, "'b'");
	CHECK(!f.connection->broken);
	/* With its columns looked up again it works again. */
	CHECK_INT(DRIVER->columns(s, columns, 2, &f.error), 2);
	CHECK_STR(columns[0].name, "b");
	CHECK_STATUS(run_again(named, &decode, &f, row), 1);
	CHECK_INT(row[0], 1);
	CHECK_INT(row[1], 2);
	DRIVER->finalize(s);
	DRIVER->finalize(named);
	maria_run(&f, "DROP TABLE swapped");
	maria_close(&other);
	maria_close(&f);
}

TEST(maria_metadata, a_statement_survives_changes_of_its_table)
{
	struct fixture f, other;
	const struct trv_slot slot = { .type = TRV_INT64, .name = "a" };
	const struct trv_decode decode = { .slots = &slot, .count = 1, .bases = 1 };
	int64_t a = 0;

	maria_open(&f);
	maria_open(&other);
	maria_run(&f, "CREATE OR REPLACE TABLE altered (a int)");
	maria_run(&f, "INSERT INTO altered VALUES (1)");
	struct trv_statement *s = maria_prepare(&f, "SELECT a FROM altered");
	CHECK_STATUS(run_again(s, &decode, &f, &a), 1);
	maria_run(&other, "ALTER TABLE altered ADD extra int FIRST");
	CHECK_STATUS(run_again(s, &decode, &f, &a), 1);
	maria_run(&other, "ALTER TABLE altered MODIFY a varchar(10)");
	CHECK_STATUS(run_again(s, &decode, &f, &a), 1);
	CHECK_INT(a, 1);
	maria_run(&other, "ALTER TABLE altered DROP a");
	CHECK_STATUS(run_again(s, &decode, &f, &a), TRV_ERR_SQL);
	CHECK(!f.connection->broken);
	DRIVER->finalize(s);
	maria_run(&f, "DROP TABLE altered");
	maria_close(&other);
	maria_close(&f);
}

TEST(maria_metadata, a_column_more_is_an_error_and_the_connection_is_given_up)
{
	struct fixture f, other;
	const struct trv_slot slot = { .type = TRV_INT64, .name = "a" };
	const struct trv_decode decode = { .slots = &slot, .count = 1, .bases = 1, .by_name = true };
	int64_t a = 0;

	maria_open(&f);
	maria_open(&other);
	maria_run(&f, "CREATE OR REPLACE TABLE grown (a int)");
	struct trv_statement *s = maria_prepare(&f, "SELECT * FROM grown");
	CHECK_STATUS(run_again(s, &decode, &f, &a), 0);
	maria_run(&other, "ALTER TABLE grown ADD b int");
	CHECK_STATUS(run_again(s, &decode, &f, &a), TRV_ERR_MISMATCH);
	CHECK(f.connection->broken);
	DRIVER->finalize(s);
	maria_run(&other, "DROP TABLE grown");
	maria_close(&other);
	maria_close(&f);
}

TEST(maria_metadata, wrong_names_and_counts_are_refused)
{
	struct fixture f;
	const struct trv_slot slots[] = { { .type = TRV_INT64, .name = "a" }, { .type = TRV_INT64, .name = "b" } };
	int64_t row;

	maria_open(&f);
	CHECK_STATUS(maria_row(&f, "SELECT 1 AS b", NULL, 0, slots, 1, &row), TRV_ERR_MISMATCH);
	CHECK_STATUS(maria_row(&f, "SELECT 1 AS a", NULL, 0, slots, 2, &row), TRV_ERR_MISMATCH);
	CHECK_STATUS(maria_row(&f, "DO 1", NULL, 0, slots, 1, &row), TRV_ERR_MISMATCH);
	CHECK_STATUS(maria_row(&f, "SELECT 1 AS A", NULL, 0, slots, 1, &row), 1);
	maria_close(&f);
}
