/* How a row's values come out of the packet: each on both sides of what makes its way another one. */
#include "mariadb_fixture.h"

#include <stdio.h>
#include <string.h>

/* `length` bytes, told apart by their place; `odd` stands in the place `at`, if there is one. */
static const char *some_text(char *text, size_t length, size_t at, const char *odd)
{
	for (size_t i = 0; i < length; i++)
		text[i] = (char)('a' + i % 26);
	if (at < length)
		memcpy(text + at, odd, strlen(odd));
	text[length] = '\0';
	return text;
}

TEST(maria_values, texts_of_every_length_come_back)
{
	/* around the widths in which they are copied, and where the length itself takes more bytes */
	static const size_t lengths[] = { 0,  1,  2,  3,  4,  5,  7,   8,   9,   11,  15,    16,    17,
		                          23, 24, 31, 32, 33, 63, 249, 250, 251, 252, 65535, 65536, 70000 };
	static const struct trv_slot slot = { .type = TRV_TEXT, .name = "n" };
	static char text[70001];
	struct fixture f;

	maria_open(&f);
	for (size_t i = 0; i < TRV_COUNT_OF(lengths); i++)
		for (size_t k = 0; k < 3; k++) {
			/* none, the first, the last */
			size_t length = lengths[i], at = k == 0 ? length : k == 1 || length < 2 ? 0 : length - 2;
			const char *back = NULL;
			struct trv_bind bind = bind_text(some_text(text, length, length < 2 ? length : at, "\xc3\xa9"));
			REQUIRE_STATUS(maria_row(&f, "SELECT ? AS n", &bind, 1, &slot, 1, &back), 1);
			CHECK_STR(back, text);
		}
	maria_close(&f);
}

TEST(maria_values, a_nul_is_found_in_every_place_of_a_text)
{
	static const struct trv_slot slot = { .type = TRV_TEXT, .name = "n", .model = "task" };
	struct fixture f;
	char text[300], sql[100];
	const char *back = NULL;

	maria_open(&f);
	for (size_t length = 1; length < 20; length++)
		for (size_t at = 0; at < length; at++) {
			snprintf(sql, sizeof(sql),
			         "SELECT CONCAT(LEFT(?, %zu), CHAR(0 USING utf8mb4), RIGHT(?, %zu)) AS n", at,
			         length - at - 1);
			struct trv_bind bind = bind_text(some_text(text, length, length, ""));
			struct trv_bind binds[] = { bind, bind };
			REQUIRE_STATUS(maria_row(&f, sql, binds, 2, &slot, 1, &back), TRV_ERR_DATA);
			CHECK_CONTAINS(f.error.message, "task.n");
		}
	maria_close(&f);
}

TEST(maria_values, a_timestamp_is_sent_without_what_is_zero_behind)
{
	static const struct {
		const char *text;
		int64_t value;
	} cases[] = {
		{ "1970-01-01 00:00:00.000000", 0 },
		{ "1970-01-01 00:00:00.000001", 1 },
		{ "1970-01-01 23:59:59.000000", 86399000000 },
		{ "1969-12-31 23:59:59.999999", -1 },
		{ "2000-02-29 00:00:00.000000", 951782400000000 },
		{ "2000-02-29 12:00:00.000000", 951825600000000 },
		{ "0001-01-01 00:00:00.000000", -62135596800000000 },
		{ "9999-12-31 23:59:59.999999", 253402300799999999 },
	};
	static const struct trv_slot slot = { .type = TRV_TIMESTAMP, .name = "n" };
	const struct trv_decode decode = { .slots = &slot, .count = 1, .bases = 1 };
	struct trv_request request = { .rows = 1, .decode = &decode };
	struct fixture f;
	char sql[100];
	int64_t value;
	void *bases[] = { &value };
	uint64_t absent = 0;

	maria_open(&f);
	maria_run(&f, "CREATE TEMPORARY TABLE moments (id int PRIMARY KEY AUTO_INCREMENT, n datetime(6))");
	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		snprintf(sql, sizeof(sql), "INSERT INTO moments (n) VALUES ('%s')", cases[i].text);
		maria_run(&f, sql);
	}
	struct trv_statement *s = maria_prepare(&f, "SELECT n FROM moments ORDER BY id");
	REQUIRE_OK(DRIVER->execute(s, &request, &f.outcome, &f.error), &f.error);
	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		REQUIRE_STATUS(DRIVER->fetch(s, &decode, bases, &f.arena, &absent, &f.error), 1);
		CHECK_INT(value, cases[i].value);
	}
	DRIVER->finish(s);
	DRIVER->finalize(s);
	maria_close(&f);
}

TEST(maria_values, numbers_of_other_widths_fit_or_are_refused)
{
	static const struct {
		const char *type, *value;
		enum trv_type slot;
		int64_t expected; /* -1: refused */
	} cases[] = {
		{ "tinyint(1)", "1", TRV_BOOL, 1 },
		{ "tinyint(1)", "2", TRV_BOOL, -1 },
		{ "tinyint", "127", TRV_INT64, 127 },
		{ "tinyint unsigned", "255", TRV_INT16, 255 },
		{ "smallint unsigned", "65535", TRV_INT32, 65535 },
		{ "smallint unsigned", "65535", TRV_INT16, -1 },
		{ "mediumint", "8388607", TRV_INT32, 8388607 },
		{ "mediumint unsigned", "16777215", TRV_INT32, 16777215 },
		{ "int unsigned", "4294967295", TRV_INT64, 4294967295 },
		{ "int unsigned", "4294967295", TRV_INT32, -1 },
		{ "bigint", "2147483647", TRV_INT32, 2147483647 },
		{ "bigint unsigned", "9223372036854775807", TRV_INT64, INT64_MAX },
		{ "bigint unsigned", "9223372036854775808", TRV_INT64, -1 },
		{ "year", "2026", TRV_INT16, 2026 },
	};
	struct fixture f;
	char sql[100];

	maria_open(&f);
	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		const struct trv_slot slot = { .type = (uint8_t)cases[i].slot, .name = "n" };
		int64_t value = 0;

		snprintf(sql, sizeof(sql), "CREATE OR REPLACE TEMPORARY TABLE numbers (n %s)", cases[i].type);
		maria_run(&f, sql);
		snprintf(sql, sizeof(sql), "INSERT INTO numbers VALUES (%s)", cases[i].value);
		maria_run(&f, sql);
		int r = maria_row(&f, "SELECT n FROM numbers", NULL, 0, &slot, 1, &value);
		CHECK_STATUS(r, cases[i].expected < 0 ? TRV_ERR_DATA : 1);
		if (r == 1)
			CHECK_INT(value, cases[i].expected);
	}
	maria_close(&f);
}
