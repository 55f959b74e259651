#include "rfc2822.h"

#include "test.h"
#include <trivet/types.h>

static const char *instant(const char *date)
{
	static char text[TRV_TIME_TEXT];
	int64_t timestamp;

	if (rfc2822_parse(date, &timestamp) < 0)
		return "refused";
	trv_timestamp_format(timestamp, text);
	return text;
}

TEST(rfc2822, a_date_becomes_utc)
{
	CHECK_STR(instant("Mon, 02 Jan 2023 13:06:21 +0100"), "2023-01-02T12:06:21Z");
	CHECK_STR(instant("Tue, 31 Dec 2019 23:30:00 -0130"), "2020-01-01T01:00:00Z");
	CHECK_STR(instant("Thu,  1 Jan 1970 00:00:00 +0000"), "1970-01-01T00:00:00Z");
	CHECK_STR(instant("Wed, 31 Dec 1969 23:59:59 +0000"), "1969-12-31T23:59:59Z");
}

TEST(rfc2822, old_spellings_are_read)
{
	CHECK_STR(instant("2 Jan 2023 13:06 GMT"), "2023-01-02T13:06:00Z");
	CHECK_STR(instant("Sun, 05 Sept 1999 08:00:00 EST"), "1999-09-05T13:00:00Z");
	CHECK_STR(instant("Sat, 27 April 1996 23:02:02 -0400 (EDT)"), "1996-04-28T03:02:02Z");
	CHECK_STR(instant("Sat, 31 Dec 2016 23:59:60 +0000"), "2016-12-31T23:59:59Z");
}

TEST(rfc2822, a_day_that_does_not_exist_is_refused)
{
	CHECK_STR(instant("Wed, 30 Feb 2000 10:00:00 +0000"), "refused");
	CHECK_STR(instant("Mon, 29 Feb 1900 10:00:00 +0000"), "refused");
	CHECK_STR(instant("Mon, 29 Feb 2000 10:00:00 +0000"), "2000-02-29T10:00:00Z");
	CHECK_STR(instant("Mon, 00 Jan 2023 10:00:00 +0000"), "refused");
}

TEST(rfc2822, anything_else_is_refused)
{
	static const char *const wrong[] = {
		"",
		"yesterday",
		"Mon, 02 Jan 2023",
		"Mon, 02 Jan 2023 13:06:21",
		"Mon, 02 Jan 23 13:06:21 +0000",
		"Mon, 02 Jan 1899 13:06:21 +0000",
		"Fri, 31 Dec 9999 23:59:59 -2400",
		"Mon, 02 Foo 2023 13:06:21 +0000",
		"Mon, 02 Jan 2023 25:06:21 +0000",
		"Mon, 02 Jan 2023 13:61:21 +0000",
		"Mon, 02 Jan 2023 13:06:21 +01",
		"Mon, 02 Jan 2023 13:06:21 +0199",
		"Mon, 02 Jan 2023 13:06:21 MOON",
		"Mon, 02 Jan 2023 13:06:21 +0000 and more",
		"Mon, 002 Jan 2023 13:06:21 +0000",
		"2023-01-02T13:06:21Z",
	};

	for (size_t i = 0; i < TRV_COUNT_OF(wrong); i++) {
		int64_t untouched = 42;

		if (!CHECK_STATUS(rfc2822_parse(wrong[i], &untouched), TRV_ERR_VALUE))
			test_note("\"%s\"", wrong[i]);
		CHECK_INT(untouched, 42);
	}
}
