#include "test.h"

#include <stdlib.h>
#include <time.h>
#include <trivet/driver.h>
#include <trivet/types.h>

/* Length first, so that the tables below can be read. */
static int parse_timestamp(const char *text, int64_t *value)
{
	return trv_timestamp_parse(value, text, strlen(text));
}

static bool leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Walks the calendar day by day; 1970-01-01 is day 0, so -0004-01-01 is found by counting backwards. */
TEST(time, every_day_from_year_minus_4_to_4000_round_trips)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int32_t day = 0;

	for (int year = -4; year < 1970; year++)
		day -= leap(year) ? 366 : 365;
	for (int year = -4; year <= 4000; year++) {
		for (int month = 1; month <= 12; month++) {
			int length = lengths[month - 1] + (month == 2 && leap(year));
			for (int d = 1; d <= length; d++, day++) {
				int32_t made;
				REQUIRE_STATUS(trv_date_make(&made, year, month, d), 0);
				struct trv_civil civil = trv_date_civil(day);
				REQUIRE(made == day && civil.year == year && civil.month == month && civil.day == d);
				char text[TRV_TIME_TEXT];
				size_t size = trv_date_format(day, text);
				REQUIRE_STATUS(trv_date_parse(&made, text, size), 0);
				REQUIRE(made == day);
			}
			int32_t none = 77;
			CHECK_STATUS(trv_date_make(&none, year, month, length + 1), TRV_ERR_VALUE);
			CHECK_STATUS(trv_date_make(&none, year, month, 0), TRV_ERR_VALUE);
			CHECK_INT(none, 77);
		}
	}
}

TEST(time, the_calendar_agrees_with_the_c_library)
{
	for (int i = 0; i < 20000; i++) {
		int64_t seconds = (int64_t)(test_random() % UINT64_C(500000000000)) - INT64_C(250000000000);
		int64_t micros = (int64_t)(test_random() % 1000000);
		time_t t = (time_t)seconds;
		struct tm tm;
		REQUIRE(gmtime_r(&t, &tm));
		struct trv_civil civil = trv_timestamp_civil(seconds * 1000000 + micros);
		REQUIRE(civil.year == tm.tm_year + 1900 && civil.month == tm.tm_mon + 1 && civil.day == tm.tm_mday);
		REQUIRE(civil.hour == tm.tm_hour && civil.minute == tm.tm_min && civil.second == tm.tm_sec);
		REQUIRE(civil.microsecond == micros);
		int64_t made;
		REQUIRE_STATUS(trv_timestamp_make(&made, &civil), 0);
		REQUIRE(made == seconds * 1000000 + micros);
	}
}

TEST(time, dates_reach_the_ends_of_their_type)
{
	static const int32_t days[] = { INT32_MIN, INT32_MIN + 1, -1, 0, INT32_MAX - 1, INT32_MAX };
	char text[TRV_TIME_TEXT];

	for (size_t i = 0; i < TRV_COUNT_OF(days); i++) {
		struct trv_civil civil = trv_date_civil(days[i]);
		int32_t made = 0;
		CHECK_STATUS(trv_date_make(&made, civil.year, civil.month, civil.day), 0);
		CHECK_INT(made, days[i]);
		size_t size = trv_date_format(days[i], text);
		CHECK_STATUS(trv_date_parse(&made, text, size), 0);
		CHECK_INT(made, days[i]);
	}
	int32_t date;
	CHECK_STATUS(trv_date_make(&date, 5900000, 1, 1), TRV_ERR_VALUE);
	CHECK_STATUS(trv_date_make(&date, INT32_MAX, 1, 1), TRV_ERR_VALUE);
	CHECK_STATUS(trv_date_make(&date, INT32_MIN, 12, 31), TRV_ERR_VALUE);
	CHECK_STATUS(trv_date_make(&date, 2024, 13, 1), TRV_ERR_VALUE);
	CHECK_STATUS(trv_date_make(&date, 2024, 0, 1), TRV_ERR_VALUE);
	CHECK_STATUS(trv_date_make(&date, 2023, 2, 29), TRV_ERR_VALUE);
	CHECK_STATUS(trv_date_make(&date, 1900, 2, 29), TRV_ERR_VALUE);
	CHECK_STATUS(trv_date_make(&date, 2000, 2, 29), 0);
}

TEST(time, timestamps_reach_the_ends_of_their_type)
{
	static const int64_t instants[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX };
	char text[TRV_TIME_TEXT];

	for (size_t i = 0; i < TRV_COUNT_OF(instants); i++) {
		struct trv_civil civil = trv_timestamp_civil(instants[i]);
		int64_t made = 0;
		CHECK_STATUS(trv_timestamp_make(&made, &civil), 0);
		CHECK_INT(made, instants[i]);
		size_t size = trv_timestamp_format(instants[i], text);
		CHECK_INT(size, strlen(text));
		made = 0;
		CHECK_STATUS(trv_timestamp_parse(&made, text, size), 0);
		CHECK_INT(made, instants[i]);
	}
	int64_t value = 5;
	CHECK_STATUS(parse_timestamp("294247-01-10T04:00:54.775808Z", &value), TRV_ERR_VALUE);
	CHECK_STATUS(parse_timestamp("-290308-12-21T19:59:05.224191Z", &value), TRV_ERR_VALUE);
	CHECK_STATUS(parse_timestamp("294247-01-11T00:00:00+23:59", &value), 0);
	CHECK_STATUS(parse_timestamp("-290308-12-20T23:59:00-23:59", &value), 0);
	CHECK_STATUS(parse_timestamp("999999-01-01", &value), TRV_ERR_VALUE);
	CHECK_STATUS(parse_timestamp("9999999-01-01", &value), TRV_ERR_VALUE);
}

TEST(time, random_timestamps_round_trip_through_text)
{
	char text[TRV_TIME_TEXT];

	for (int i = 0; i < 20000; i++) {
		int64_t instant = (int64_t)(test_random() >> test_random() % 40);
		if (i % 2)
			instant = -instant;
		int64_t parsed = 0;
		size_t size = trv_timestamp_format(instant, text);
		REQUIRE_STATUS(trv_timestamp_parse(&parsed, text, size), 0);
		REQUIRE(parsed == instant);
	}
}

TEST(time, texts_are_as_promised)
{
	char text[TRV_TIME_TEXT];

	CHECK_INT(trv_date_format(0, text), 10);
	CHECK_STR(text, "1970-01-01");
	trv_date_format(-1, text);
	CHECK_STR(text, "1969-12-31");
	trv_date_format(-719529, text);
	CHECK_STR(text, "-0001-12-31");
	trv_time_format(0, text);
	CHECK_STR(text, "00:00:00");
	trv_time_format(TRV_DAY_MICROSECONDS - 1, text);
	CHECK_STR(text, "23:59:59.999999");
	trv_timestamp_format(-1, text);
	CHECK_STR(text, "1969-12-31T23:59:59.999999Z");
	trv_timestamp_format(1700000000 * INT64_C(1000000) + 50, text);
	CHECK_STR(text, "2023-11-14T22:13:20.000050Z");
	CHECK(trv_time_format(INT64_MIN, text) < TRV_TIME_TEXT);
	CHECK(trv_time_format(INT64_MAX, text) < TRV_TIME_TEXT);
}

TEST(time, timestamps_are_read_in_all_their_forms)
{
	static const struct {
		const char *text;
		const char *same;
	} forms[] = {
		{ "2024-02-29", "2024-02-29T00:00:00Z" },
		{ "2024-02-29 12:30", "2024-02-29T12:30:00Z" },
		{ "2024-02-29 12:30:15", "2024-02-29T12:30:15Z" },
		{ "2024-02-29t12:30:15z", "2024-02-29T12:30:15Z" },
		{ "2024-02-29T12:30:15.5", "2024-02-29T12:30:15.500000Z" },
		{ "2024-02-29T12:30:15.123456789Z", "2024-02-29T12:30:15.123456Z" },
		{ "2024-02-29T12:30:15+02:00", "2024-02-29T10:30:15Z" },
		{ "2024-02-29T12:30:15-0530", "2024-02-29T18:00:15Z" },
		{ "2024-02-29 23:30:15-02", "2024-03-01T01:30:15Z" },
		{ "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z" },
		{ "0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z" },
		{ "-0004-02-29", "-0004-02-29T00:00:00Z" },
		{ "+12024-01-01", "12024-01-01T00:00:00Z" },
	};
	char text[TRV_TIME_TEXT];

	for (size_t i = 0; i < TRV_COUNT_OF(forms); i++) {
		int64_t value = 0;
		CHECK_STATUS(parse_timestamp(forms[i].text, &value), 0);
		trv_timestamp_format(value, text);
		CHECK_STR(text, forms[i].same);
	}
}

static const char *const wrong_timestamps[] = {
	"",
	"2024",
	"2024-02",
	"2024-2-29",
	"24-02-29",
	"2023-02-29",
	"2024-00-10",
	"2024-13-10",
	"2024-01-00",
	"2024-01-32",
	"0000-00-00",
	"0000-00-00 00:00:00",
	"2024/01/01",
	"2024-01-01T",
	"2024-01-01 ",
	"2024-01-01T1",
	"2024-01-01T12",
	"2024-01-01T12:",
	"2024-01-01T12:0",
	"2024-01-01T24:00:00",
	"2024-01-01T12:60",
	"2024-01-01T12:00:60",
	"2024-01-01T12:00:00.",
	"2024-01-01T12:00:00.1234567890",
	"2024-01-01T12:00:00,5",
	"2024-01-01T12:00:00ZZ",
	"2024-01-01T12:00:00 Z",
	"2024-01-01T12:00:00+",
	"2024-01-01T12:00:00+2",
	"2024-01-01T12:00:00+02:",
	"2024-01-01T12:00:00+02:0",
	"2024-01-01T12:00:00+24:00",
	"2024-01-01T12:00:00+02:60",
	"2024-01-01T12:00:00+02:00x",
	"2024-01-01Z",
	" 2024-01-01",
	"2024-01-01x",
	"--2024-01-01",
	"-+2024-01-01",
	"20240101",
	"12345678-01-01",
};

TEST(time, what_is_no_timestamp_is_refused_and_leaves_the_output)
{
	for (size_t i = 0; i < TRV_COUNT_OF(wrong_timestamps); i++) {
		int64_t value = 42;
		if (!CHECK_STATUS(parse_timestamp(wrong_timestamps[i], &value), TRV_ERR_VALUE))
			test_note("%s", wrong_timestamps[i]);
		CHECK_INT(value, 42);
	}
}

/* Each text lies in memory of its very size, so that a sanitizer sees a read past its end. */
TEST(time, no_parser_reads_past_the_end)
{
	static const char text[] = "2024-02-29T12:30:15.123456+02:00";

	for (size_t size = 0; size < sizeof(text); size++) {
		char *copy = malloc(size ? size : 1);
		REQUIRE(copy);
		memcpy(copy, text, size);
		int64_t instant;
		int32_t date;
		bool complete = size == 10 || size == 16 || size == 19 || (size >= 21 && size <= 26) || size == 29 ||
		                size == 32;
		CHECK_INT(trv_timestamp_parse(&instant, copy, size), complete ? 0 : TRV_ERR_VALUE);
		CHECK_INT(trv_date_parse(&date, copy, size), size == 10 ? 0 : TRV_ERR_VALUE);
		CHECK_INT(trv_time_parse(&instant, copy, size), TRV_ERR_VALUE);
		free(copy);
	}
}

TEST(time, times_of_day_are_read_strictly)
{
	static const char *const wrong[] = { "",         "1:00",      "12",     "12:",    "24:00",  "12:60",
		                             "12:00:60", "12:00:00.", "12:00Z", "-01:00", "12:00 ", "120000" };
	int64_t time = 0;

	CHECK_STATUS(trv_time_parse(&time, "23:59:59.999999", 15), 0);
	CHECK_INT(time, TRV_DAY_MICROSECONDS - 1);
	CHECK_STATUS(trv_time_parse(&time, "12:30", 5), 0);
	CHECK_INT(time, INT64_C(45000000000));
	for (size_t i = 0; i < TRV_COUNT_OF(wrong); i++)
		if (!CHECK_STATUS(trv_time_parse(&time, wrong[i], strlen(wrong[i])), TRV_ERR_VALUE))
			test_note("%s", wrong[i]);
	for (int64_t t = 0; t < TRV_DAY_MICROSECONDS; t += 7777777) {
		char text[TRV_TIME_TEXT];
		int64_t parsed = -1;
		size_t size = trv_time_format(t, text);
		REQUIRE_STATUS(trv_time_parse(&parsed, text, size), 0);
		REQUIRE(parsed == t);
	}
}

TEST(time, an_instant_that_does_not_exist_is_refused)
{
	static const struct trv_civil wrong[] = {
		{ .year = 2023, .month = 2, .day = 29 },
		{ .year = 2023, .month = 1, .day = 1, .hour = 24 },
		{ .year = 2023, .month = 1, .day = 1, .hour = -1 },
		{ .year = 2023, .month = 1, .day = 1, .minute = 60 },
		{ .year = 2023, .month = 1, .day = 1, .second = 60 },
		{ .year = 2023, .month = 1, .day = 1, .microsecond = 1000000 },
		{ .year = 2023, .month = 1, .day = 1, .microsecond = -1 },
		{ .year = 300000, .month = 1, .day = 1 },
		{ .year = -300000, .month = 1, .day = 1 },
		{ .year = INT32_MAX, .month = 1, .day = 1 },
		{ 0 },
	};
	int64_t timestamp = 3;

	for (size_t i = 0; i < TRV_COUNT_OF(wrong); i++)
		CHECK_STATUS(trv_timestamp_make(&timestamp, &wrong[i]), TRV_ERR_VALUE);
	CHECK_INT(timestamp, 3);
}

TEST(time, clocks_go_forward)
{
	uint64_t before = trv_monotonic();

	CHECK(trv_monotonic() >= before);
	CHECK(trv_now() / 1000000 >= (int64_t)time(NULL) - 1);
	CHECK(trv_now() / 1000000 <= (int64_t)time(NULL) + 1);
}
