#include "value.h"

#include <float.h>

static const struct datum booleans[] = {
	{ "false", { .boolean = false } },
	{ "true", { .boolean = true } },
};

static const struct datum int16s[] = {
	{ "minimum", { .integer = INT16_MIN } },
	{ "-1", { .integer = -1 } },
	{ "0", { .integer = 0 } },
	{ "1", { .integer = 1 } },
	{ "maximum", { .integer = INT16_MAX } },
};

static const struct datum int32s[] = {
	{ "minimum", { .integer = INT32_MIN } },
	{ "-32769", { .integer = -32769 } },
	{ "-1", { .integer = -1 } },
	{ "0", { .integer = 0 } },
	{ "16777217", { .integer = 16777217 } },
	{ "maximum", { .integer = INT32_MAX } },
};

static const struct datum int64s[] = {
	{ "minimum", { .integer = INT64_MIN } },
	{ "-2^53 - 1", { .integer = INT64_C(-9007199254740993) } },
	{ "-1", { .integer = -1 } },
	{ "0", { .integer = 0 } },
	{ "2^31", { .integer = INT64_C(2147483648) } },
	{ "2^53 + 1", { .integer = INT64_C(9007199254740993) } },
	{ "maximum", { .integer = INT64_MAX } },
};

static const struct datum float32s[] = {
	{ "least", { .number = -FLT_MAX } },
	{ "-1/3", { .number = -1.0f / 3 } },
	{ "largest negative denormal", { .number = -FLT_TRUE_MIN } },
	{ "0", { .number = 0 } },
	{ "smallest denormal", { .number = FLT_TRUE_MIN } },
	{ "smallest normal", { .number = FLT_MIN } },
	{ "0.1", { .number = 0.1f } },
	{ "16777215", { .number = 16777215.0f } },
	{ "largest", { .number = FLT_MAX } },
};

static const struct datum float64s[] = {
	{ "least", { .number = -DBL_MAX } },
	{ "-1/3", { .number = -1.0 / 3 } },
	{ "largest negative denormal", { .number = -DBL_TRUE_MIN } },
	{ "0", { .number = 0 } },
	{ "smallest denormal", { .number = DBL_TRUE_MIN } },
	{ "largest denormal", { .number = DBL_MIN - DBL_TRUE_MIN } },
	{ "smallest normal", { .number = DBL_MIN } },
	{ "0.1", { .number = 0.1 } },
	{ "1 + epsilon", { .number = 1 + DBL_EPSILON } },
	{ "16777217", { .number = 16777217 } },
	{ "1e22", { .number = 1e22 } },
	{ "largest", { .number = DBL_MAX } },
};

static const struct datum decimals[] = {
	{ "least of 30 digits", { .text = "-99999999999999999999.9999999999" } },
	{ "-2", { .text = "-2" } },
	{ "-1.5", { .text = "-1.5" } },
	{ "largest negative", { .text = "-0.0000000001" } },
	{ "0", { .text = "0" } },
	{ "smallest positive", { .text = "0.0000000001" } },
	{ "0.1", { .text = "0.1" } },
	{ "9", { .text = "9" } },
	{ "10", { .text = "10" } },
	{ "of 29 digits", { .text = "1234567890123456789.0123456789" } },
	{ "largest of 30 digits", { .text = "99999999999999999999.9999999999" } },
};

#define LONG_TEXT_5 "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"
#define LONG_TEXT_8 LONG_TEXT_5 LONG_TEXT_5 LONG_TEXT_5 LONG_TEXT_5 LONG_TEXT_5 LONG_TEXT_5 LONG_TEXT_5 LONG_TEXT_5
#define LONG_TEXT LONG_TEXT_8 LONG_TEXT_8 LONG_TEXT_8 LONG_TEXT_8 /* 2,048 */

static const struct datum texts[] = {
	{ "that is empty", { .text = "" } },
	{ "of one control character", { .text = "\x01" } },
	{ "of one blank", { .text = " " } },
	{ "with quotes and a comment", { .text = "\"' OR 1=1; -- `" } },
	{ "with LIKE's characters", { .text = "%_\\" } },
	{ "of 2,048 characters", { .text = LONG_TEXT } },
	{ "in capitals", { .text = "ABC" } },
	{ "in small letters", { .text = "abc" } },
	{ "with a trailing blank", { .text = "abc " } },
	{ "with a trailing control character", { .text = "abc\x7f" } },
	{ "with a combining accent", { .text = "e\xcc\x81" } },
	{ "with an accent", { .text = "\xc3\xa9" } },
	{ "in Japanese", { .text = "\xe6\x97\xa5\xe6\x9c\xac" } },
	{ "of the last character of the BMP", { .text = "\xef\xbf\xbd" } },
	{ "of an emoji", { .text = "\xf0\x9f\x98\x80" } },
};

static const struct datum briefs[] = {
	{ "that is empty", { .text = "" } },
	{ "of 10 letters", { .text = "abcdefghij" } },
	{ "of 10 blanks", { .text = "j         " } },
	{ "of 10 accented letters",
	  { .text = "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9" } },
	{ "of 10 emojis",
	  { .text = "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
	            "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80" } },
};

static const struct datum blobs[] = {
	{ "that are empty", { .bytes = { "", 0 } } }, { "00", { .bytes = { "\0", 1 } } },
	{ "00 00", { .bytes = { "\0\0", 2 } } },      { "00 01", { .bytes = { "\0\x01", 2 } } },
	{ "of a blank", { .bytes = { " ", 1 } } },    { "of text", { .bytes = { "\\x41'", 5 } } },
	{ "7f", { .bytes = { "\x7f", 1 } } },         { "80", { .bytes = { "\x80", 1 } } },
	{ "ff", { .bytes = { "\xff", 1 } } },         { "ff 00", { .bytes = { "\xff\0", 2 } } },
};

static const struct datum stamps[] = {
	{ "that are empty", { .bytes = { "", 0 } } },
	{ "of 15 zeros", { .bytes = { "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15 } } },
	{ "of 16 zeros", { .bytes = { "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16 } } },
	{ "of 16 times ff", { .bytes = { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16 } } },
};

static const struct datum days[] = {
	{ "0001-01-01", { .integer = -719162 } },
	{ "1582-10-10", { .integer = -141432 } }, /* a day that the Gregorian calendar left out */
	{ "1969-12-31", { .integer = -1 } },
	{ "1970-01-01", { .integer = 0 } },
	{ "2000-02-29", { .integer = 11016 } },
	{ "2038-01-20", { .integer = 24856 } },
	{ "9999-12-31", { .integer = 2932896 } },
};

static const struct datum clocks[] = {
	{ "00:00:00", { .integer = 0 } },
	{ "00:00:00.000001", { .integer = 1 } },
	{ "12:30:00.5", { .integer = INT64_C(45000500000) } },
	{ "23:59:59.999999", { .integer = TRV_DAY_MICROSECONDS - 1 } },
};

static const struct datum instants[] = {
	{ "0001-01-01 00:00:00", { .integer = -719162 * TRV_DAY_MICROSECONDS } },
	{ "1883-11-18 12:03:57", { .integer = INT64_C(-2717668563000000) } }, /* local mean time ended */
	{ "1969-12-31 23:59:59.999999", { .integer = -1 } },
	{ "1970-01-01 00:00:00", { .integer = 0 } },
	{ "1970-01-01 00:00:00.000001", { .integer = 1 } },
	{ "2024-03-10 02:30:00", { .integer = INT64_C(1710037800000000) } }, /* no such hour in New York */
	{ "2024-11-03 01:30:00.123456", { .integer = INT64_C(1730597400123456) } }, /* twice in New York */
	{ "2038-01-19 03:14:08", { .integer = INT64_C(2147483648000000) } },
	{ "9999-12-31 23:59:59.999999", { .integer = 2932897 * TRV_DAY_MICROSECONDS - 1 } },
};

static const struct datum tokens[] = {
	{ "nil", { .text = "00000000-0000-0000-0000-000000000000" } },
	{ "of version 4", { .text = "0f8fad5b-d9cb-469f-a165-70867728950e" } },
	{ "of version 1", { .text = "6ba7b810-9dad-11d1-80b4-00c04fd430c8" } },
	{ "of version 6", { .text = "6ba7b811-0dad-61d1-80b4-00c04fd430c8" } },
	{ "of all ones", { .text = "ffffffff-ffff-ffff-ffff-ffffffffffff" } },
};

static const struct datum extras[] = {
	{ "null", { .text = "null" } },
	{ "number", { .text = "-1.50" } },
	{ "text", { .text = "\"it's \\\"so\\\" \\u00e9 \xf0\x9f\x98\x80\"" } },
	{ "object with blanks and an order of its own", { .text = "{ \"b\" : 2.50,  \"a\":[1, true,null] }" } },
	{ "object with a name twice", { .text = "{\"a\":1,\"a\":2}" } },
};

static const struct datum colours[] = {
	{ "first", { .integer = SHADE_LIGHT } },
	{ "stored as another text", { .integer = SHADE_DARK } },
	{ "last", { .integer = SHADE_BLACK } },
};

static const struct datum ranks[] = {
	{ "first", { .integer = LEVEL_LOW } },
	{ "last", { .integer = LEVEL_HIGH } },
};

#define KIND(name, column, data, ordered)                                                                              \
	{                                                                                                              \
		name, SAMPLE_##column, SAMPLE_MAYBE_##column, data, TRV_COUNT_OF(data), ordered                        \
	}

const struct kind kinds[] = {
	KIND("bool", YES, booleans, true),       KIND("int16", SMALL, int16s, true),
	KIND("int32", MEDIUM, int32s, true),     KIND("int64", LARGE, int64s, true),
	KIND("float32", SINGLE, float32s, true), KIND("float64", PRECISE, float64s, true),
	KIND("decimal", EXACT, decimals, true),  KIND("text", WORDS, texts, true),
	KIND("text(10)", BRIEF, briefs, true),   KIND("bytes", BLOB, blobs, true),
	KIND("bytes(16)", STAMP, stamps, true),  KIND("date", DAY, days, true),
	KIND("time", CLOCK, clocks, true),       KIND("timestamp", INSTANT, instants, true),
	KIND("uuid", TOKEN, tokens, true),       KIND("json", EXTRA, extras, false),
	KIND("enum", COLOUR, colours, false),    KIND("enum as integer", RANK, ranks, false),
};

const size_t kind_count = TRV_COUNT_OF(kinds);
