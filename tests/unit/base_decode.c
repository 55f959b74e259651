#include "test.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <trivet/driver.h>

static const struct trv_enum_value colour_values[] = {
	{ "red", "red", NULL },
	{ "green", "grn", NULL },
	{ "none", "", NULL },
	{ "redder", "redder", NULL },
};
static const struct trv_enum colour = { .name = "colour", .values = colour_values, .count = 4 };

/* Everything that one decode needs, and gives. */
struct fixture {
	struct trv_slot slot;
	struct trv_arena arena;
	struct trv_error error;
	union {
		bool boolean;
		int16_t int16;
		int32_t int32;
		int64_t int64;
		float float32;
		double float64;
		struct trv_decimal decimal;
		const char *text;
		struct trv_bytes bytes;
		struct trv_uuid uuid;
		char raw[32];
	} to;
};

static struct fixture setup(enum trv_type type, enum trv_storage storage, unsigned scale)
{
	struct fixture f = {
		.slot = {
			.type = (uint8_t)type,
			.storage = (uint8_t)storage,
			.scale = (uint16_t)scale,
			.enumeration = type == TRV_ENUM ? &colour : NULL,
			.name = "title",
			.model = "task",
		},
	};

	memset(&f.to, 0x55, sizeof(f.to));
	trv_arena_init(&f.arena, NULL, 0);
	return f;
}

static int from_text(struct fixture *f, const char *text)
{
	return trv_decode_text(&f->slot, text, strlen(text), &f->to, &f->arena, &f->error);
}

static int from_integer(struct fixture *f, int64_t value)
{
	return trv_decode_integer(&f->slot, value, &f->to, &f->arena, &f->error);
}

static int from_real(struct fixture *f, double value)
{
	return trv_decode_real(&f->slot, value, &f->to, &f->arena, &f->error);
}

static int from_blob(struct fixture *f, const void *data, size_t size)
{
	return trv_decode_blob(&f->slot, data, size, &f->to, &f->arena, &f->error);
}

/* The C value of a type of integers. */
static int64_t integer_of(const struct fixture *f)
{
	switch (f->slot.type) {
	case TRV_BOOL:
		return f->to.boolean;
	case TRV_INT16:
		return f->to.int16;
	case TRV_INT32:
	case TRV_DATE:
	case TRV_ENUM:
		return f->to.int32;
	default:
		return f->to.int64;
	}
}

static bool is_untouched(const struct fixture *f)
{
	for (size_t i = 0; i < sizeof(f->to); i++)
		if (f->to.raw[i] != 0x55)
			return false;
	return true;
}

static void check_refused(struct fixture *f, int r, const char *note)
{
	if (!CHECK_STATUS(r, TRV_ERR_DATA) || !CHECK(is_untouched(f)))
		test_note("%s", note);
	CHECK_INT(f->error.code, TRV_ERR_DATA);
	CHECK_CONTAINS(f->error.message, "task.title: found ");
	CHECK_CONTAINS(f->error.message, ", expected ");
	CHECK_STR(f->error.column, "title");
	trv_arena_release(&f->arena);
}

#define AT INT64_C(1709209815) /* 2024-02-29T12:30:15Z */
#define MICROS (AT * 1000000)
#define HOUR INT64_C(3600000000)

TEST(decode, integers_become_what_the_type_and_storage_say)
{
	static const struct {
		enum trv_type type;
		enum trv_storage storage;
		int64_t value;
		int64_t expected;
	} cases[] = {
		{ TRV_BOOL, 0, 0, 0 },
		{ TRV_BOOL, 0, 1, 1 },
		{ TRV_INT16, 0, INT16_MIN, INT16_MIN },
		{ TRV_INT16, 0, INT16_MAX, INT16_MAX },
		{ TRV_INT32, 0, INT32_MIN, INT32_MIN },
		{ TRV_INT32, 0, INT32_MAX, INT32_MAX },
		{ TRV_INT64, 0, INT64_MIN, INT64_MIN },
		{ TRV_INT64, 0, INT64_MAX, INT64_MAX },
		{ TRV_DATE, 0, -719529, -719529 },
		{ TRV_DATE, TRV_STORE_JULIAN, 2440588, 0 },
		{ TRV_TIME, 0, 1, 1 },
		{ TRV_TIME, TRV_STORE_MICROS, TRV_DAY_MICROSECONDS - 1, TRV_DAY_MICROSECONDS - 1 },
		{ TRV_TIMESTAMP, 0, MICROS, MICROS },
		{ TRV_TIMESTAMP, TRV_STORE_MICROS, INT64_MIN, INT64_MIN },
		{ TRV_TIMESTAMP, TRV_STORE_UNIX, AT, MICROS },
		{ TRV_TIMESTAMP, TRV_STORE_UNIX, -1, -1000000 },
		{ TRV_TIMESTAMP, TRV_STORE_MILLIS, AT * 1000 + 5, MICROS + 5000 },
		{ TRV_TIMESTAMP, TRV_STORE_JULIAN, 2440588, 12 * HOUR },
		{ TRV_ENUM, TRV_STORE_INTEGER, 0, 0 },
		{ TRV_ENUM, TRV_STORE_INTEGER, 3, 3 },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		struct fixture f = setup(cases[i].type, cases[i].storage, 0);
		CHECK_OK(from_integer(&f, cases[i].value), &f.error);
		CHECK_INT(integer_of(&f), cases[i].expected);
		/* The same as text, where the storage is a number or the type an integer. */
		if (cases[i].storage || cases[i].type <= TRV_INT64) {
			char text[32];
			snprintf(text, sizeof(text), "%lld", (long long)cases[i].value);
			memset(&f.to, 0x55, sizeof(f.to));
			CHECK_OK(from_text(&f, text), &f.error);
			CHECK_INT(integer_of(&f), cases[i].expected);
		}
		trv_arena_release(&f.arena);
	}
}

TEST(decode, integers_that_do_not_fit_are_refused)
{
	static const struct {
		enum trv_type type;
		enum trv_storage storage;
		int64_t value;
	} cases[] = {
		{ TRV_BOOL, 0, 2 },
		{ TRV_BOOL, 0, -1 },
		{ TRV_INT16, 0, INT16_MAX + 1 },
		{ TRV_INT16, 0, INT16_MIN - 1 },
		{ TRV_INT32, 0, INT64_C(1) << 31 },
		{ TRV_INT32, 0, -(INT64_C(1) << 31) - 1 },
		{ TRV_BYTES, 0, 1 },
		{ TRV_UUID, 0, 1 },
		{ TRV_DATE, 0, INT64_C(1) << 31 },
		{ TRV_DATE, TRV_STORE_ISO, 1 },
		{ TRV_DATE, TRV_STORE_UNIX, 1 },
		{ TRV_DATE, TRV_STORE_JULIAN, -1 },
		{ TRV_TIME, 0, -1 },
		{ TRV_TIME, 0, TRV_DAY_MICROSECONDS },
		{ TRV_TIME, TRV_STORE_ISO, 1 },
		{ TRV_TIMESTAMP, TRV_STORE_ISO, 1 },
		{ TRV_TIMESTAMP, TRV_STORE_UNIX, INT64_MAX },
		{ TRV_TIMESTAMP, TRV_STORE_MILLIS, INT64_MIN },
		{ TRV_TIMESTAMP, TRV_STORE_JULIAN, INT64_MAX },
		{ TRV_ENUM, 0, 0 },
		{ TRV_ENUM, TRV_STORE_INTEGER, 4 },
		{ TRV_ENUM, TRV_STORE_INTEGER, -1 },
		{ 0, 0, 1 },
		{ (enum trv_type)200, (enum trv_storage)200, 1 },
		{ TRV_TIMESTAMP, (enum trv_storage)200, 1 },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		struct fixture f = setup(cases[i].type, cases[i].storage, 0);
		check_refused(&f, from_integer(&f, cases[i].value), trv_type_name(cases[i].type));
	}
}

TEST(decode, reals_become_what_the_type_and_storage_say)
{
	static const struct {
		enum trv_type type;
		enum trv_storage storage;
		double value;
		int64_t expected;
	} cases[] = {
		{ TRV_BOOL, 0, 1.0, 1 },
		{ TRV_INT16, 0, -32768.0, -32768 },
		{ TRV_INT32, 0, 5.0, 5 },
		{ TRV_INT64, 0, -0x1p63, INT64_MIN },
		{ TRV_INT64, 0, 0x1p62, INT64_C(1) << 62 },
		{ TRV_DATE, 0, 10.0, 10 },
		{ TRV_DATE, TRV_STORE_JULIAN, 2440587.5, 0 },
		{ TRV_DATE, TRV_STORE_JULIAN, 2440588.49, 0 },
		{ TRV_DATE, TRV_STORE_JULIAN, 2440587.49, -1 },
		{ TRV_TIME, 0, 1000.0, 1000 },
		{ TRV_TIMESTAMP, 0, 1000.0, 1000 },
		{ TRV_TIMESTAMP, TRV_STORE_UNIX, 1709209815.25, MICROS + 250000 },
		{ TRV_TIMESTAMP, TRV_STORE_UNIX, 1709209815.123457, MICROS + 123457 },
		{ TRV_TIMESTAMP, TRV_STORE_UNIX, -0.5, -500000 },
		{ TRV_TIMESTAMP, TRV_STORE_MILLIS, 1.5, 1500 },
		{ TRV_TIMESTAMP, TRV_STORE_JULIAN, 2440587.5, 0 },
		{ TRV_TIMESTAMP, TRV_STORE_JULIAN, 2440587.0, -12 * HOUR },
		{ TRV_TIMESTAMP, TRV_STORE_JULIAN, 0.0, INT64_C(-210866760000000000) },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		struct fixture f = setup(cases[i].type, cases[i].storage, 0);
		CHECK_OK(from_real(&f, cases[i].value), &f.error);
		CHECK_INT(integer_of(&f), cases[i].expected);
		trv_arena_release(&f.arena);
	}
}

TEST(decode, reals_that_do_not_fit_are_refused)
{
	static const struct {
		enum trv_type type;
		enum trv_storage storage;
		double value;
	} cases[] = {
		{ TRV_BOOL, 0, 0.5 },
		{ TRV_BOOL, 0, 2.0 },
		{ TRV_INT16, 0, 32768.0 },
		{ TRV_INT32, 0, 1.5 },
		{ TRV_INT32, 0, -0.25 },
		{ TRV_INT64, 0, 0x1p63 },
		{ TRV_INT64, 0, NAN },
		{ TRV_INT64, 0, -INFINITY },
		{ TRV_FLOAT32, 0, 1e39 },
		{ TRV_DECIMAL, 0, NAN },
		{ TRV_DECIMAL, 0, 1e39 },
		{ TRV_TEXT, 0, 1.5 },
		{ TRV_JSON, 0, 1.5 },
		{ TRV_BYTES, 0, 1.5 },
		{ TRV_UUID, 0, 1.5 },
		{ TRV_ENUM, 0, 1.0 },
		{ TRV_DATE, 0, 1.5 },
		{ TRV_DATE, TRV_STORE_ISO, 1.0 },
		{ TRV_DATE, TRV_STORE_JULIAN, -1.0 },
		{ TRV_DATE, TRV_STORE_JULIAN, 1e9 },
		{ TRV_TIME, 0, 1.5 },
		{ TRV_TIMESTAMP, TRV_STORE_ISO, 1.0 },
		{ TRV_TIMESTAMP, TRV_STORE_JULIAN, NAN },
		{ TRV_TIMESTAMP, TRV_STORE_JULIAN, 6e6 },
		{ TRV_TIMESTAMP, TRV_STORE_UNIX, 1e13 },
		{ TRV_TIMESTAMP, TRV_STORE_UNIX, INFINITY },
		{ TRV_TIMESTAMP, TRV_STORE_UNIX, NAN },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		struct fixture f = setup(cases[i].type, cases[i].storage, 2);
		check_refused(&f, from_real(&f, cases[i].value), trv_type_name(cases[i].type));
	}
}

/* SQLite computes julianday() from whole milliseconds, so that is how the numbers are made here. */
TEST(decode, julian_days_of_whole_milliseconds_come_back_whole)
{
	for (int i = 0; i < 20000; i++) {
		int64_t milliseconds = (int64_t)(test_random() % UINT64_C(8000000000000)) - INT64_C(4000000000000);
		double julian = (double)(milliseconds + INT64_C(210866760000000)) / 86400000.0;
		struct fixture f = setup(TRV_TIMESTAMP, TRV_STORE_JULIAN, 0);
		REQUIRE_OK(from_real(&f, julian), &f.error);
		REQUIRE(f.to.int64 == milliseconds * 1000);
	}
}

TEST(decode, julian_days_between_milliseconds_are_as_exact_as_they_are)
{
	struct fixture f = setup(TRV_TIMESTAMP, TRV_STORE_JULIAN, 0);

	/* 500 us after the epoch; a step of a double is 40 us there. */
	REQUIRE_OK(from_real(&f, 2440587.5 + 500.0 / 86400e6), &f.error);
	CHECK(llabs(f.to.int64 - 500) <= 41);
}

TEST(decode, floats_come_as_reals_integers_and_text)
{
	struct fixture f = setup(TRV_FLOAT64, 0, 0);

	CHECK_OK(from_real(&f, 0.1), &f.error);
	CHECK_DOUBLE(f.to.float64, 0.1);
	CHECK_OK(from_real(&f, NAN), &f.error);
	CHECK_DOUBLE(f.to.float64, NAN);
	CHECK_OK(from_integer(&f, -7), &f.error);
	CHECK_DOUBLE(f.to.float64, -7);
	CHECK_OK(from_text(&f, "1.7976931348623157e+308"), &f.error);
	CHECK_DOUBLE(f.to.float64, 1.7976931348623157e+308);
	CHECK_OK(from_text(&f, "-Infinity"), &f.error);
	CHECK_DOUBLE(f.to.float64, -INFINITY);
	CHECK_OK(from_text(&f, "NaN"), &f.error);
	CHECK_DOUBLE(f.to.float64, NAN);
	CHECK_OK(from_text(&f, "5e-324"), &f.error);
	CHECK_DOUBLE(f.to.float64, 5e-324);
	f = setup(TRV_FLOAT32, 0, 0);
	CHECK_OK(from_real(&f, 0.1), &f.error);
	CHECK_DOUBLE(f.to.float32, 0.1f);
	CHECK_OK(from_real(&f, INFINITY), &f.error);
	CHECK_DOUBLE(f.to.float32, INFINITY);
	CHECK_OK(from_integer(&f, 16777216), &f.error);
	CHECK_DOUBLE(f.to.float32, 16777216.0);
	/* By way of a double this would be rounded twice, to 0x1.000002p0. */
	CHECK_OK(from_text(&f, "1.00000017881393432617187499"), &f.error);
	CHECK_DOUBLE(f.to.float32, (double)0x1.000002p0f);
	CHECK_OK(from_text(&f, "1.000000178813934326171875000000001"), &f.error);
	CHECK_DOUBLE(f.to.float32, (double)0x1.000004p0f);
}

TEST(decode, a_locale_with_a_decimal_comma_changes_nothing)
{
	struct fixture f = setup(TRV_FLOAT64, 0, 0);

	if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "fr_FR.UTF-8"))
		SKIP("no such locale here");
	int r = from_text(&f, "2.5");
	struct trv_decimal value;
	int parsed = trv_decimal_parse(&value, "12345678901234567890.5");
	double number = trv_decimal_to_double(&value);
	setlocale(LC_NUMERIC, "C");
	CHECK_OK(r, &f.error);
	CHECK_DOUBLE(f.to.float64, 2.5);
	CHECK_OK(parsed, NULL);
	CHECK_DOUBLE(number, 12345678901234567890.5);
}

static void check_decimal(struct fixture *f, int r, const char *expected)
{
	char text[TRV_DECIMAL_TEXT];

	CHECK_OK(r, &f->error);
	trv_decimal_format(&f->to.decimal, text);
	CHECK_STR(text, expected);
}

TEST(decode, decimals_have_at_least_the_scale_of_their_column)
{
	struct fixture f = setup(TRV_DECIMAL, 0, 2);

	check_decimal(&f, from_text(&f, "12.5"), "12.50");
	check_decimal(&f, from_text(&f, "-3"), "-3.00");
	check_decimal(&f, from_text(&f, "1.2345"), "1.2345");
	check_decimal(&f, from_integer(&f, 12), "12.00");
	check_decimal(&f, from_integer(&f, INT64_MIN), "-9223372036854775808.00");
	check_decimal(&f, from_real(&f, 12.345), "12.35");
	check_decimal(&f, from_text(&f, "99999999999999999999999999999999999999"),
	              "99999999999999999999999999999999999999");
	f = setup(TRV_DECIMAL, TRV_STORE_REAL, 2);
	check_decimal(&f, from_real(&f, 0.1 + 0.2), "0.30");
	check_decimal(&f, from_integer(&f, 7), "7.00");
	f = setup(TRV_DECIMAL, TRV_STORE_TEXT, 10);
	check_decimal(&f, from_text(&f, "12345678901234567890.1234567890"), "12345678901234567890.1234567890");
}

TEST(decode, reals_without_a_scale_keep_the_digits_that_a_double_has)
{
	struct fixture f = setup(TRV_DECIMAL, 0, 0);

	check_decimal(&f, from_real(&f, 12.5), "12.5");
	check_decimal(&f, from_real(&f, -0.1 - 0.2), "-0.3");
	check_decimal(&f, from_real(&f, 0), "0");
	check_decimal(&f, from_real(&f, 1200), "1200");
	check_decimal(&f, from_real(&f, 1e15), "1000000000000000");
	check_decimal(&f, from_real(&f, 1e-5), "0.00001");
	check_decimal(&f, from_real(&f, 123456789.012345), "123456789.012345");
	check_decimal(&f, from_real(&f, 0x1p70), "1180591620717411303424");
	f = setup(TRV_DECIMAL, 0, 0);
	check_refused(&f, from_real(&f, INFINITY), "infinity");
}

TEST(decode, decimals_stored_as_units_are_scaled)
{
	struct fixture f = setup(TRV_DECIMAL, TRV_STORE_INTEGER, 2);

	check_decimal(&f, from_integer(&f, 1250), "12.50");
	check_decimal(&f, from_integer(&f, -1), "-0.01");
	check_decimal(&f, from_text(&f, "1250"), "12.50");
	check_decimal(&f, from_real(&f, 1e20), "1000000000000000000.00");
	f = setup(TRV_DECIMAL, TRV_STORE_INTEGER, 2);
	check_refused(&f, from_text(&f, "12.5"), "units are whole");
}

TEST(decode, text_is_copied_with_a_nul_and_checked)
{
	static const struct {
		const char *text;
		size_t size;
	} wrong[] = { { "a\0b", 3 }, { "\xff", 1 }, { "abc\xc3", 4 }, { "\xed\xa0\x80", 3 }, { "\0", 1 } };
	static const enum trv_type types[] = { TRV_TEXT, TRV_JSON };

	for (size_t t = 0; t < TRV_COUNT_OF(types); t++) {
		struct fixture f = setup(types[t], 0, 0);
		CHECK_OK(trv_decode_text(&f.slot, "caf\xc3\xa9!!", 5, &f.to, &f.arena, &f.error), &f.error);
		CHECK_STR(f.to.text, "caf\xc3\xa9");
		CHECK_OK(trv_decode_text(&f.slot, NULL, 0, &f.to, &f.arena, &f.error), &f.error);
		CHECK_STR(f.to.text, "");
		CHECK_OK(from_blob(&f, "abc", 3), &f.error);
		CHECK_STR(f.to.text, "abc");
		CHECK_OK(from_integer(&f, INT64_MIN), &f.error);
		CHECK_STR(f.to.text, "-9223372036854775808");
		trv_arena_release(&f.arena);
		for (size_t i = 0; i < TRV_COUNT_OF(wrong); i++) {
			f = setup(types[t], 0, 0);
			int r = trv_decode_text(&f.slot, wrong[i].text, wrong[i].size, &f.to, &f.arena, &f.error);
			check_refused(&f, r, "text");
			CHECK_CONTAINS(f.error.message, "not UTF-8");
			f = setup(types[t], 0, 0);
			check_refused(&f, from_blob(&f, wrong[i].text, wrong[i].size), "blob");
		}
	}
}

TEST(decode, bytes_are_copied_as_they_are)
{
	struct fixture f = setup(TRV_BYTES, 0, 0);

	CHECK_OK(from_blob(&f, "a\0\xff", 3), &f.error);
	CHECK_INT(f.to.bytes.size, 3);
	CHECK_BYTES(f.to.bytes.data, "a\0\xff", 3);
	CHECK_OK(from_blob(&f, NULL, 0), &f.error);
	CHECK_INT(f.to.bytes.size, 0);
	CHECK(f.to.bytes.data != NULL);
	CHECK_OK(from_text(&f, "text"), &f.error);
	CHECK_INT(f.to.bytes.size, 4);
	trv_arena_release(&f.arena);
}

TEST(decode, texts_become_what_the_type_and_storage_say)
{
	static const struct {
		enum trv_type type;
		enum trv_storage storage;
		const char *text;
		int64_t expected;
	} cases[] = {
		{ TRV_BOOL, 0, "t", 1 },
		{ TRV_BOOL, 0, "f", 0 },
		{ TRV_BOOL, TRV_STORE_TEXT, "TRUE", 1 },
		{ TRV_BOOL, TRV_STORE_TEXT, "false", 0 },
		{ TRV_BOOL, 0, "1", 1 },
		{ TRV_BOOL, 0, "0", 0 },
		{ TRV_INT16, 0, "+12", 12 },
		{ TRV_INT64, 0, "-9223372036854775808", INT64_MIN },
		{ TRV_INT64, 0, "9223372036854775807", INT64_MAX },
		{ TRV_INT64, 0, "0009", 9 },
		{ TRV_DATE, 0, "1970-01-02", 1 },
		{ TRV_DATE, TRV_STORE_ISO, "1969-12-31", -1 },
		{ TRV_DATE, TRV_STORE_JULIAN, "2440588.75", 1 },
		{ TRV_TIME, 0, "01:00:00", HOUR },
		{ TRV_TIME, TRV_STORE_MICROS, "25", 25 },
		{ TRV_TIMESTAMP, 0, "2024-02-29 12:30:15", MICROS },
		{ TRV_TIMESTAMP, TRV_STORE_ISO, "2024-02-29T13:30:15+01:00", MICROS },
		{ TRV_TIMESTAMP, TRV_STORE_MICROS, "2024-02-29 12:30:15", MICROS },
		{ TRV_TIMESTAMP, TRV_STORE_UNIX, "1709209815", MICROS },
		{ TRV_TIMESTAMP, TRV_STORE_UNIX, "1709209815.5", MICROS + 500000 },
		{ TRV_TIMESTAMP, TRV_STORE_JULIAN, "2440587.5", 0 },
		{ TRV_ENUM, 0, "red", 0 },
		{ TRV_ENUM, 0, "grn", 1 },
		{ TRV_ENUM, 0, "", 2 },
		{ TRV_ENUM, 0, "redder", 3 },
		{ TRV_ENUM, TRV_STORE_INTEGER, "1", 1 },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		struct fixture f = setup(cases[i].type, cases[i].storage, 0);
		CHECK_OK(from_text(&f, cases[i].text), &f.error);
		CHECK_INT(integer_of(&f), cases[i].expected);
		trv_arena_release(&f.arena);
	}
}

TEST(decode, texts_that_do_not_fit_are_refused)
{
	static const struct {
		enum trv_type type;
		enum trv_storage storage;
		const char *text;
	} cases[] = {
		{ TRV_BOOL, 0, "" },
		{ TRV_BOOL, 0, "yes" },
		{ TRV_BOOL, 0, "tr" },
		{ TRV_INT16, 0, "32768" },
		{ TRV_INT32, 0, "2147483648" },
		{ TRV_INT64, 0, "9223372036854775808" },
		{ TRV_INT64, 0, "-9223372036854775809" },
		{ TRV_INT64, 0, "99999999999999999999999" },
		{ TRV_INT64, 0, "" },
		{ TRV_INT64, 0, "-" },
		{ TRV_INT64, 0, "1.0" },
		{ TRV_INT64, 0, " 1" },
		{ TRV_INT64, 0, "1x" },
		{ TRV_FLOAT64, 0, "" },
		{ TRV_FLOAT64, 0, "1e400" },
		{ TRV_FLOAT64, 0, "0x10" },
		{ TRV_FLOAT64, 0, "1.5 " },
		{ TRV_FLOAT64, 0, " 1.5" },
		{ TRV_FLOAT64, 0, "nan(1)" },
		{ TRV_FLOAT64, 0, "1e" },
		{ TRV_FLOAT32, 0, "1e39" },
		{ TRV_FLOAT32, 0, "-" },
		{ TRV_DECIMAL, 0, "12,5" },
		{ TRV_DECIMAL, 0, "NaN" },
		{ TRV_DATE, 0, "2024-02-30" },
		{ TRV_DATE, 0, "2024-02-28T00:00:00" },
		{ TRV_DATE, 0, "19000" },
		{ TRV_DATE, TRV_STORE_JULIAN, "noon" },
		{ TRV_TIME, 0, "25:00" },
		{ TRV_TIMESTAMP, 0, "now" },
		{ TRV_TIMESTAMP, 0, "1709209815" },
		{ TRV_TIMESTAMP, TRV_STORE_ISO, "1709209815" },
		{ TRV_TIMESTAMP, TRV_STORE_UNIX, "tomorrow" },
		{ TRV_TIMESTAMP, 0, "0000-00-00 00:00:00" },
		{ TRV_UUID, 0, "0123" },
		{ TRV_ENUM, 0, "Red" },
		{ TRV_ENUM, 0, "re" },
		{ TRV_ENUM, 0, "green" },
		{ TRV_ENUM, TRV_STORE_INTEGER, "red" },
		{ TRV_ENUM, TRV_STORE_INTEGER, "4" },
		{ 0, 0, "x" },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		struct fixture f = setup(cases[i].type, cases[i].storage, 2);
		check_refused(&f, from_text(&f, cases[i].text), cases[i].text);
	}
}

TEST(decode, uuids_come_as_36_characters_or_16_bytes)
{
	static const char text[] = "0123ABCD-4567-89ef-fedc-ba9876543210";
	struct trv_uuid uuid;
	struct fixture f = setup(TRV_UUID, 0, 0);

	REQUIRE_STATUS(trv_uuid_parse(&uuid, text, 36), 0);
	CHECK_OK(from_text(&f, text), &f.error);
	CHECK_BYTES(&f.to.uuid, &uuid, 16);
	CHECK_OK(from_blob(&f, &uuid, 16), &f.error);
	CHECK_BYTES(&f.to.uuid, &uuid, 16);
	CHECK_OK(from_blob(&f, text, 36), &f.error);
	CHECK_BYTES(&f.to.uuid, &uuid, 16);
	f = setup(TRV_UUID, 0, 0);
	check_refused(&f, from_blob(&f, text, 15), "15 bytes");
}

TEST(decode, blobs_are_no_numbers)
{
	static const enum trv_type types[] = { TRV_BOOL,    TRV_INT16,     TRV_INT32,   TRV_INT64,
		                               TRV_FLOAT32, TRV_FLOAT64,   TRV_DECIMAL, TRV_DATE,
		                               TRV_TIME,    TRV_TIMESTAMP, TRV_ENUM };

	for (size_t i = 0; i < TRV_COUNT_OF(types); i++) {
		struct fixture f = setup(types[i], 0, 0);
		check_refused(&f, from_blob(&f, "1", 1), trv_type_name(types[i]));
	}
}

TEST(decode, messages_show_numbers_but_never_text)
{
	struct fixture f = setup(TRV_INT16, 0, 0);

	(void)from_integer(&f, 70000);
	CHECK_STR(f.error.message, "task.title: found integer 70000, expected int16");
	(void)from_text(&f, "hunter2");
	CHECK_STR(f.error.message, "task.title: found text of 7 bytes, expected int16");
	f = setup(TRV_ENUM, 0, 0);
	(void)from_text(&f, "hunter2");
	CHECK_STR(f.error.message, "task.title: found text of 7 bytes, expected one of the 4 values of 'colour'");
	f = setup(TRV_TIMESTAMP, TRV_STORE_ISO, 0);
	(void)from_real(&f, 1.5);
	CHECK_STR(f.error.message, "task.title: found real 1.5, expected timestamp as ISO 8601 text");
	f.slot.model = NULL;
	(void)from_blob(&f, "hunter2", 7);
	CHECK_STR(f.error.message, "title: found a blob of 7 bytes, expected timestamp as ISO 8601 text");
	f.slot.enumeration = NULL;
	f.slot.type = TRV_ENUM;
	CHECK_STATUS(from_text(&f, "red"), TRV_ERR_DATA);
	CHECK_STATUS(trv_decode_integer(&f.slot, 1, &f.to, &f.arena, NULL), TRV_ERR_DATA);
}

/* Texts made of what numbers and times are made of, each in memory of its very size. */
TEST(decode, random_texts_are_taken_or_refused_and_never_read_past_their_end)
{
	static const char alphabet[] = "0123456789012345678900+-.eE:TZ naif\xc3\xa9";
	int taken = 0;

	for (int round = 0; round < 100000; round++) {
		struct fixture f = setup((enum trv_type)(test_random() % (TRV_ENUM + 2)),
		                         (enum trv_storage)(test_random() % (TRV_STORE_INTEGER + 2)),
		                         (unsigned)(test_random() % 40));
		size_t size = (size_t)(test_random() % 24);
		char *text = malloc(size ? size : 1);
		REQUIRE(text);
		for (size_t i = 0; i < size; i++)
			text[i] = alphabet[test_random() % sizeof(alphabet)];
		int r = round % 2 ? trv_decode_text(&f.slot, text, size, &f.to, &f.arena, &f.error)
		                  : trv_decode_blob(&f.slot, text, size, &f.to, &f.arena, &f.error);
		REQUIRE(r == 0 || (r == TRV_ERR_DATA && is_untouched(&f)));
		taken += r == 0;
		free(text);
		trv_arena_release(&f.arena);
	}
	CHECK(taken > 1000);
}

struct row {
	int64_t id;
	const char *title;
	bool has_due;
	int32_t due;
};

TEST(decode, null_clears_the_value_and_what_says_that_it_is_there)
{
	struct row row = { .id = 5, .title = "x", .has_due = true, .due = 7 };
	struct trv_error error = { 0 };
	struct trv_slot due = {
		.type = TRV_DATE,
		.flags = TRV_SLOT_NULLABLE,
		.offset = offsetof(struct row, due),
		.has_offset = offsetof(struct row, has_due),
		.name = "due",
	};
	struct trv_slot title = { .type = TRV_TEXT, .offset = offsetof(struct row, title), .name = "title" };
	struct trv_slot none = { .type = 0 };

	CHECK_OK(trv_decode_null(&due, (char *)&row, &error), &error);
	CHECK(!row.has_due);
	CHECK_INT(row.due, 0);
	CHECK_INT(row.id, 5);
	CHECK_STATUS(trv_decode_null(&title, (char *)&row, &error), TRV_ERR_DATA);
	CHECK_STR(error.message, "title: found null, expected text");
	CHECK_STR(row.title, "x");
	title.flags = TRV_SLOT_OUTER;
	CHECK_OK(trv_decode_null(&title, (char *)&row, &error), &error);
	CHECK(!row.title);
	CHECK_OK(trv_decode_null(&none, (char *)&row, &error), &error);
	CHECK_INT(row.id, 5);
}

/* Every way that takes memory, in a fresh arena each so that it has to ask the allocator. */
static int decode_in_arenas(const struct trv_allocator *allocator, void *argument)
{
	int worst = 0;

	(void)argument;
	for (int way = 0; way < 3; way++) {
		struct fixture f = setup(way == 2 ? TRV_BYTES : TRV_TEXT, 0, 0);
		trv_arena_init(&f.arena, allocator, 0);
		int r = way == 0 ? from_text(&f, "abc") : way == 1 ? from_integer(&f, 5) : from_blob(&f, "abc", 3);
		if (r < 0) {
			CHECK(is_untouched(&f));
			CHECK_INT(f.error.code, r);
			worst = r;
		}
		trv_arena_release(&f.arena);
	}
	return worst;
}

TEST(decode, it_survives_every_allocation_failure)
{
	CHECK_SWEEP(decode_in_arenas, NULL);
}
