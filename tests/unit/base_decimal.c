#include "test.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <trivet/types.h>

#define NINES "99999999999999999999999999999999999999" /* 38 of them */

static struct trv_decimal parse(const char *text)
{
	struct trv_decimal value = { 0 };

	if (!CHECK_STATUS(trv_decimal_parse(&value, text), 0))
		test_note("%s", text);
	return value;
}

static const char *format(struct trv_decimal value)
{
	static char texts[4][TRV_DECIMAL_TEXT];
	static unsigned next;
	char *text = texts[next++ % 4];
	size_t size = trv_decimal_format(&value, text);

	CHECK_INT(size, strlen(text));
	return text;
}

TEST(decimal, text_round_trips_with_all_its_digits)
{
	static const char *const texts[] = {
		"0",
		"1",
		"-1",
		"0.00",
		"12.50",
		"-0.05",
		"9223372036854775807",
		"-9223372036854775808",
		"18446744073709551616",
		"9999999999999999999",
		"10000000000000000000",
		"1000000000000000000.0000000000000000001",
		"12345678901234567890.1234567890",
		NINES,
		"-" NINES,
		"0." NINES,
		"-0." NINES,
		"0.00000000000000000000000000000000000001",
	};

	for (size_t i = 0; i < TRV_COUNT_OF(texts); i++)
		CHECK_STR(format(parse(texts[i])), texts[i]);
}

TEST(decimal, signs_points_exponents_and_zeros_are_read)
{
	static const char *const forms[][2] = {
		{ "+5", "5" },
		{ "-0", "0" },
		{ "-0.0", "0.0" },
		{ "007.10", "7.10" },
		{ ".5", "0.5" },
		{ "5.", "5" },
		{ "1e3", "1000" },
		{ "1E+3", "1000" },
		{ "1.25e1", "12.5" },
		{ "1.25e2", "125" },
		{ "125e-2", "1.25" },
		{ "1e-38", "0.00000000000000000000000000000000000001" },
		{ "1e37", "10000000000000000000000000000000000000" },
		{ "0e999999999999", "0" },
		{ "0e-999999999999", "0.00000000000000000000000000000000000000" },
		{ "10e-39", "0.00000000000000000000000000000000000001" },
		{ NINES "000e-3", NINES },
		{ NINES ".000000000000", NINES },
		{ "1.0000000000000000000000000000000000000000000000000000", "1.0000000000000000000000000000000000000" },
		{ "0.0000000000000000000000000000000000000000000000000000",
		  "0.00000000000000000000000000000000000000" },
		{ "000000000000000000000000000000000000000000000000000001", "1" },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(forms); i++)
		CHECK_STR(format(parse(forms[i][0])), forms[i][1]);
}

TEST(decimal, what_is_no_number_or_has_too_many_digits_is_refused)
{
	static const char *const wrong[] = {
		"",      "-",       "+",           ".",        "-.",           "e5",
		"1e",    "1e+",     "1 ",          " 1",       "1,5",          "1.2.3",
		"--1",   "0x10",    "NaN",         "Infinity", "1e38",         "1e999999999999999999999",
		"1e-39", NINES "9", "-" NINES "9", NINES ".5", "0." NINES "9",
	};
	struct trv_decimal value = trv_decimal(7, 1);

	for (size_t i = 0; i < TRV_COUNT_OF(wrong); i++)
		if (!CHECK_STATUS(trv_decimal_parse(&value, wrong[i]), TRV_ERR_VALUE))
			test_note("%s", wrong[i]);
	CHECK_STATUS(trv_decimal_parse(&value, NULL), TRV_ERR_VALUE);
	CHECK_STATUS(trv_decimal_parse_n(&value, "1\0", 2), TRV_ERR_VALUE);
	CHECK_STR(format(value), "0.7");
	CHECK_STATUS(trv_decimal_parse_n(&value, "12345", 2), 0);
	CHECK_STR(format(value), "12");
}

TEST(decimal, a_number_of_any_length_is_read_or_refused_without_harm)
{
	enum {
		SIZE = 20000
	};
	char *text = malloc(SIZE);
	struct trv_decimal value = { 0 };

	REQUIRE(text);
	memset(text, '0', SIZE);
	text[0] = '1';
	CHECK_STATUS(trv_decimal_parse_n(&value, text, SIZE), TRV_ERR_VALUE);
	CHECK_STATUS(trv_decimal_parse_n(&value, text, 5000), TRV_ERR_VALUE);
	text[1] = '.';
	CHECK_STATUS(trv_decimal_parse_n(&value, text, 5000), 0);
	free(text);
}

TEST(decimal, units_and_scale_make_a_number)
{
	CHECK_STR(format(trv_decimal(1250, 2)), "12.50");
	CHECK_STR(format(trv_decimal(-1, 3)), "-0.001");
	CHECK_STR(format(trv_decimal(INT64_MIN, 0)), "-9223372036854775808");
	CHECK_STR(format((struct trv_decimal) { 0 }), "0");
}

TEST(decimal, a_record_from_elsewhere_cannot_overrun_the_text)
{
	static const struct trv_decimal wild[] = {
		{ .low = UINT64_MAX, .high = INT64_MAX, .scale = 38 },
		{ .low = 0, .high = INT64_MIN, .scale = 38 },
		{ .low = 0, .high = INT64_MIN, .scale = UINT32_MAX },
		{ .low = 1, .high = 0, .scale = UINT32_MAX },
	};
	char text[TRV_DECIMAL_TEXT];
	struct trv_decimal sum;

	for (size_t i = 0; i < TRV_COUNT_OF(wild); i++) {
		CHECK(trv_decimal_format(&wild[i], text) < TRV_DECIMAL_TEXT);
		CHECK_INT(trv_decimal_compare(&wild[i], &wild[i]), 0);
		CHECK(isfinite(trv_decimal_to_double(&wild[i])));
		CHECK(trv_decimal_digits(&wild[i]) <= 39);
		if (i < 3)
			CHECK_STATUS(trv_decimal_add(&sum, &wild[i], &wild[i]), TRV_ERR_VALUE);
	}
}

static void check_order(const char *small, const char *large)
{
	struct trv_decimal a = parse(small);
	struct trv_decimal b = parse(large);

	if (!CHECK(trv_decimal_compare(&a, &b) < 0) || !CHECK(trv_decimal_compare(&b, &a) > 0))
		test_note("%s < %s", small, large);
}

TEST(decimal, comparison_is_exact_over_all_scales)
{
	struct trv_decimal a = parse("1.5");
	struct trv_decimal b = parse("1.50000000000000000000000000000000000");

	CHECK_INT(trv_decimal_compare(&a, &b), 0);
	a = parse("-1.5");
	b = parse("-1.50");
	CHECK_INT(trv_decimal_compare(&a, &b), 0);
	a = parse("0");
	b = parse("0.00000000000000000000000000000000000000");
	CHECK_INT(trv_decimal_compare(&a, &b), 0);
	check_order("-1", "1");
	check_order("-0.01", "0");
	check_order("-2", "-1.99999999999999999999");
	check_order("1.9999999999999999999999999999999999999", "2");
	check_order("-" NINES, "-0." NINES);
	check_order("0." NINES, NINES);
	check_order("0.9", "1.00000000000000000000000000000000001");
	check_order("-1.00000000000000000000000000000000001", "-1");
	check_order("1", "1.00000000000000000000000000000000001");
}

TEST(decimal, sums_have_the_larger_scale_and_do_not_overflow_in_silence)
{
	static const char *const sums[][3] = {
		{ "1.5", "2.25", "3.75" },
		{ "-1.5", "1.5", "0.0" },
		{ "1", "-0.01", "0.99" },
		{ "99999999999999999999999999999999999998", "1", NINES },
		{ "-99999999999999999999999999999999999998", "-1", "-" NINES },
		/* One operand alone does not fit at the larger scale, but the sum does. */
		{ "1", "-0.00000000000000000000000000000000000001", "0." NINES },
		{ "-1", "0.00000000000000000000000000000000000001", "-0." NINES },
		{ "1.9", "-0." NINES, "0.90000000000000000000000000000000000001" },
	};
	static const char *const too_large[][2] = {
		{ NINES, "1" },
		{ "-" NINES, "-1" },
		{ NINES, "0.1" },
		{ NINES, NINES },
		{ "1", "0.00000000000000000000000000000000000001" },
		{ "2", "-0." NINES },
		{ "5", "-0.00000000000000000000000000000000000001" },
	};
	struct trv_decimal sum = trv_decimal(3, 0);

	for (size_t i = 0; i < TRV_COUNT_OF(too_large); i++) {
		struct trv_decimal a = parse(too_large[i][0]);
		struct trv_decimal b = parse(too_large[i][1]);
		CHECK_STATUS(trv_decimal_add(&sum, &a, &b), TRV_ERR_VALUE);
		CHECK_STATUS(trv_decimal_add(&sum, &b, &a), TRV_ERR_VALUE);
	}
	CHECK_STR(format(sum), "3");
	for (size_t i = 0; i < TRV_COUNT_OF(sums); i++) {
		struct trv_decimal a = parse(sums[i][0]);
		struct trv_decimal b = parse(sums[i][1]);
		CHECK_STATUS(trv_decimal_add(&sum, &a, &b), 0);
		CHECK_STR(format(sum), sums[i][2]);
		CHECK_STATUS(trv_decimal_add(&sum, &b, &a), 0);
		CHECK_STR(format(sum), sums[i][2]);
	}
	sum = parse("1.25");
	CHECK_STATUS(trv_decimal_add(&sum, &sum, &sum), 0);
	CHECK_STR(format(sum), "2.50");
}

TEST(decimal, rescaling_rounds_halves_away_from_zero)
{
	static const struct {
		const char *text;
		unsigned scale;
		const char *result;
	} cases[] = {
		{ "1.25", 1, "1.3" },
		{ "-1.25", 1, "-1.3" },
		{ "1.24999999999999999999999999", 1, "1.2" },
		{ "1.5", 3, "1.500" },
		{ "0.5", 0, "1" },
		{ "-0.5", 0, "-1" },
		{ "0.4999", 0, "0" },
		{ "-0.4999", 0, "0" },
		{ "99.995", 2, "100.00" },
		{ NINES, 0, NINES },
		{ "0." NINES, 0, "1" },
		{ "0." NINES, 37, "1.0000000000000000000000000000000000000" },
		{ "0.49999999999999999999999999999999999999", 0, "0" },
		{ "0.50000000000000000000000000000000000000", 0, "1" },
		{ "1", 37, "1.0000000000000000000000000000000000000" },
		{ "0", 38, "0.00000000000000000000000000000000000000" },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		struct trv_decimal value = parse(cases[i].text);
		CHECK_STATUS(trv_decimal_rescale(&value, cases[i].scale), 0);
		CHECK_STR(format(value), cases[i].result);
	}
	struct trv_decimal value = parse("1");
	CHECK_STATUS(trv_decimal_rescale(&value, 38), TRV_ERR_VALUE);
	CHECK_STATUS(trv_decimal_rescale(&value, 39), TRV_ERR_VALUE);
	CHECK_STR(format(value), "1");
}

TEST(decimal, digits_are_those_of_the_coefficient)
{
	char text[40] = "";

	CHECK_INT(trv_decimal_digits(&(struct trv_decimal) { 0 }), 1);
	for (unsigned n = 1; n <= 38; n++) {
		text[n - 1] = '9';
		struct trv_decimal value = parse(text);
		CHECK_INT(trv_decimal_digits(&value), n);
		/* The complement is -10^n. */
		value.high = ~value.high;
		value.low = ~value.low;
		CHECK_INT(trv_decimal_digits(&value), n + 1);
	}
}

/* --- against a school-book reference ------------------------------------------------------- */

#define PLACES 80 /* 40 before the point, 40 behind */

struct school {
	signed char digits[PLACES]; /* least first */
	bool negative;
};

static struct school to_school(const char *text)
{
	struct school number = { .negative = *text == '-' };
	const char *point = strchr(text, '.');
	const char *end = text + strlen(text);
	int place = 40 - (point ? (int)(end - point) - 1 : 0);

	for (const char *c = end; c-- > text + number.negative;)
		if (*c != '.')
			number.digits[place++] = (signed char)(*c - '0');
	return number;
}

static int compare_school(const struct school *a, const struct school *b)
{
	for (int i = PLACES; i-- > 0;)
		if (a->digits[i] != b->digits[i])
			return a->digits[i] < b->digits[i] ? -1 : 1;
	return 0;
}

static struct school add_school(const struct school *a, const struct school *b)
{
	struct school sum = *a;
	int carry = 0;

	if (compare_school(a, b) < 0)
		return add_school(b, a);
	for (int i = 0; i < PLACES; i++) {
		int digit = a->digits[i] + (a->negative == b->negative ? b->digits[i] : -b->digits[i]) + carry;
		carry = digit > 9 ? 1 : digit < 0 ? -1 : 0;
		sum.digits[i] = (signed char)(digit - carry * 10);
	}
	return sum;
}

static bool is_zero_school(const struct school *number)
{
	for (int i = 0; i < PLACES; i++)
		if (number->digits[i])
			return false;
	return true;
}

/* A random number of up to 37 digits, so that most sums fit. */
static void random_text(char *text)
{
	unsigned digits = 1 + (unsigned)(test_random() % 37);
	unsigned scale = (unsigned)(test_random() % (digits + 1));
	char *to = text;

	if (test_random() % 2)
		*to++ = '-';
	if (digits == scale)
		*to++ = '0';
	for (unsigned i = digits; i > 0; i--) {
		if (i == scale)
			*to++ = '.';
		*to++ = (char)('0' + (test_random() % 3 ? test_random() % 10 : test_random() % 2 * 9));
	}
	*to = '\0';
}

TEST(decimal, random_sums_and_comparisons_agree_with_school_arithmetic)
{
	char text[2][64];
	int fitted = 0;

	for (int round = 0; round < 20000; round++) {
		random_text(text[0]);
		random_text(text[1]);
		struct trv_decimal a = parse(text[0]);
		struct trv_decimal b = parse(text[1]);
		struct school x = to_school(text[0]);
		struct school y = to_school(text[1]);
		struct trv_decimal sum;
		if (trv_decimal_add(&sum, &a, &b) == 0) {
			struct school expected = add_school(&x, &y);
			struct school actual = to_school(format(sum));
			REQUIRE(compare_school(&actual, &expected) == 0);
			REQUIRE(is_zero_school(&expected) || actual.negative == expected.negative);
			fitted++;
		}
		y.negative = !y.negative;
		struct school difference = add_school(&x, &y);
		int order = is_zero_school(&difference) ? 0 : difference.negative ? -1 : 1;
		int actual = trv_decimal_compare(&a, &b);
		REQUIRE((actual > 0) - (actual < 0) == order);
	}
	CHECK(fitted > 10000);
}

/* --- floating point ------------------------------------------------------------------------ */

TEST(decimal, to_double_is_the_nearest)
{
	char text[64];

	for (int round = 0; round < 20000; round++) {
		random_text(text);
		struct trv_decimal value = parse(text);
		CHECK_DOUBLE(trv_decimal_to_double(&value), strtod(text, NULL));
	}
	struct trv_decimal value = parse("-" NINES);
	CHECK_DOUBLE(trv_decimal_to_double(&value), -1e38);
	value = parse("0.1");
	CHECK_DOUBLE(trv_decimal_to_double(&value), 0.1);
}

static const char *from_double(double number, unsigned scale)
{
	struct trv_decimal value = { 0 };

	CHECK_STATUS(trv_decimal_from_double(&value, number, scale), 0);
	return format(value);
}

TEST(decimal, from_double_rounds_the_exact_value)
{
	CHECK_STR(from_double(0, 2), "0.00");
	CHECK_STR(from_double(-0.0, 0), "0");
	CHECK_STR(from_double(12.5, 2), "12.50");
	CHECK_STR(from_double(0.125, 2), "0.13");
	CHECK_STR(from_double(-0.125, 2), "-0.13");
	CHECK_STR(from_double(0.5, 0), "1");
	CHECK_STR(from_double(0.49999999999999994, 0), "0");
	CHECK_STR(from_double(-0.001, 2), "0.00");
	CHECK_STR(from_double(0.1, 38), "0.10000000000000000555111512312578270212");
	CHECK_STR(from_double(1e37, 0), "9999999999999999538762658202121142272");
	CHECK_STR(from_double(0x1p100, 0), "1267650600228229401496703205376");
	CHECK_STR(from_double(5e-324, 38), "0.00000000000000000000000000000000000000");
	CHECK_STR(from_double(9007199254740993.0, 3), "9007199254740992.000");
}

TEST(decimal, from_double_refuses_what_does_not_fit)
{
	static const struct {
		double number;
		unsigned scale;
	} wrong[] = {
		{ NAN, 0 },     { INFINITY, 0 }, { -INFINITY, 2 }, { 1.0000001e38, 0 }, { 1e300, 0 }, { DBL_MAX, 38 },
		{ 1, 38 },      { 10, 37 },      { 1, 39 },        { 0x1p127, 0 },      { -1e38, 1 }, { 0x1p64, 38 },
		{ 0x1p128, 0 }, { 0x1p190, 0 },  { 0x1p1000, 1 },  { 1e20, 20 },        { 1e5, 34 },  { 0, UINT32_MAX },
	};
	struct trv_decimal value = trv_decimal(1, 0);

	for (size_t i = 0; i < TRV_COUNT_OF(wrong); i++)
		if (!CHECK_STATUS(trv_decimal_from_double(&value, wrong[i].number, wrong[i].scale), TRV_ERR_VALUE))
			test_note("%g %u", wrong[i].number, wrong[i].scale);
	CHECK_STR(format(value), "1");
}

/* printf rounds exact halves to even; we round them away from zero. */
static bool is_half(double number, unsigned scale)
{
	char text[1500];

	snprintf(text, sizeof(text), "%.1100f", number);
	const char *rest = strchr(text, '.') + 1 + scale;
	return *rest == '5' && strspn(rest + 1, "0") == strlen(rest + 1);
}

TEST(decimal, random_doubles_agree_with_printf)
{
	char expected[512];

	for (int round = 0; round < 20000; round++) {
		unsigned scale = (unsigned)(test_random() % 39);
		int exponent = (int)(test_random() % 160) - 120;
		double number = ldexp((double)(int64_t)test_random() / 0x1p63, exponent);
		struct trv_decimal value;
		if (is_half(number, scale))
			continue;
		snprintf(expected, sizeof(expected), "%.*f", (int)scale, number);
		size_t digits = 0;
		bool zero = true;
		for (const char *c = expected; *c; c++) {
			zero = zero && (*c < '1' || *c > '9');
			digits += !zero && *c >= '0';
		}
		int r = trv_decimal_from_double(&value, number, scale);
		REQUIRE(r == (digits > 38 ? TRV_ERR_VALUE : 0));
		if (r == 0)
			REQUIRE(strcmp(format(value), expected + (zero && *expected == '-')) == 0);
	}
}
