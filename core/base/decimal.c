/*
 * Decimal numbers: a coefficient of 128 bits and a scale. Arithmetic is on the magnitude
 * and the sign, so that the intermediate values have a bit more.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trivet/status.h>
#include <trivet/types.h>

__extension__ typedef unsigned __int128 uint128;

struct magnitude {
	uint128 value;
	bool negative;
};

#define MAX_SCALE TRV_DECIMAL_DIGITS
#define TEN_TO_19 UINT64_C(10000000000000000000)

static const uint64_t small_powers[] = {
	1,
	10,
	100,
	1000,
	10000,
	100000,
	1000000,
	10000000,
	100000000,
	1000000000,
	UINT64_C(10000000000),
	UINT64_C(100000000000),
	UINT64_C(1000000000000),
	UINT64_C(10000000000000),
	UINT64_C(100000000000000),
	UINT64_C(1000000000000000),
	UINT64_C(10000000000000000),
	UINT64_C(100000000000000000),
	UINT64_C(1000000000000000000),
	TEN_TO_19,
};

/* 10^n for n <= 38. */
static uint128 power_of_ten(unsigned n)
{
	return n <= 19 ? small_powers[n] : (uint128)TEN_TO_19 * small_powers[n - 19];
}

static struct magnitude magnitude_of(const struct trv_decimal *decimal)
{
	uint128 bits = (uint128)(uint64_t)decimal->high << 64 | decimal->low;
	bool negative = decimal->high < 0;

	return (struct magnitude) { negative ? -bits : bits, negative };
}

static struct trv_decimal make_decimal(struct magnitude magnitude, unsigned scale)
{
	uint128 bits = magnitude.negative ? -magnitude.value : magnitude.value;

	return (struct trv_decimal) { .low = (uint64_t)bits, .high = (int64_t)(uint64_t)(bits >> 64), .scale = scale };
}

/* A scale that someone else wrote must not lead out of the tables. */
static unsigned scale_of(const struct trv_decimal *decimal)
{
	return decimal->scale <= MAX_SCALE ? decimal->scale : MAX_SCALE;
}

/* value * 10^n, if it is no more than `limit`. */
static bool scale_up(uint128 *value, unsigned n, uint128 limit)
{
	uint128 power = power_of_ten(n);

	if (*value > limit / power)
		return false;
	*value *= power;
	return true;
}

static uint128 largest(void)
{
	return power_of_ten(TRV_DECIMAL_DIGITS) - 1;
}

struct trv_decimal trv_decimal(int64_t units, unsigned scale)
{
	return (struct trv_decimal) { .low = (uint64_t)units, .high = units < 0 ? -1 : 0, .scale = scale };
}

/* --- text --------------------------------------------------------------------------------- */

struct scanner {
	const char *at;
	const char *end;
	uint128 value;
	int scale;
	bool digits; /* there was one */
};

static bool scan_is(const struct scanner *scan, char a, char b)
{
	return scan->at < scan->end && (*scan->at == a || *scan->at == b);
}

static bool scan_digit(struct scanner *scan, unsigned *digit)
{
	if (scan->at == scan->end || *scan->at < '0' || *scan->at > '9')
		return false;
	*digit = (unsigned)(*scan->at++ - '0');
	return true;
}

static bool scan_sign(struct scanner *scan)
{
	bool negative = scan_is(scan, '-', '-');

	if (scan_is(scan, '-', '+'))
		scan->at++;
	return negative;
}

/* Digits before (`step` 0) or behind (1) the point. Past the 38th, zeros only move the scale. */
static bool scan_digits(struct scanner *scan, int step)
{
	const uint128 room = power_of_ten(TRV_DECIMAL_DIGITS - 1);
	unsigned digit;

	while (scan_digit(scan, &digit)) {
		scan->digits = true;
		if (scan->value < room) {
			scan->value = scan->value * 10 + digit;
			scan->scale += step;
		} else if (digit == 0) {
			scan->scale += step - 1;
		} else {
			return false;
		}
	}
	return true;
}

static bool scan_exponent(struct scanner *scan)
{
	int exponent = 0;
	unsigned digit;

	if (!scan_is(scan, 'e', 'E'))
		return true;
	scan->at++;
	bool negative = scan_sign(scan);
	if (!scan_digit(scan, &digit))
		return false;
	do
		exponent = exponent > 100000000 ? exponent : exponent * 10 + (int)digit;
	while (scan_digit(scan, &digit));
	scan->scale += negative ? exponent : -exponent;
	return true;
}

/* Brings the scale between 0 and 38 where that loses nothing. */
static bool settle_scale(struct scanner *scan)
{
	if (scan->value == 0) {
		scan->scale = scan->scale < 0 ? 0 : scan->scale > MAX_SCALE ? MAX_SCALE : scan->scale;
		return true;
	}
	for (; scan->scale > MAX_SCALE && scan->value % 10 == 0; scan->scale--)
		scan->value /= 10;
	if (scan->scale < -MAX_SCALE || scan->scale > MAX_SCALE)
		return false;
	if (scan->scale < 0) {
		if (!scale_up(&scan->value, (unsigned)-scan->scale, largest()))
			return false;
		scan->scale = 0;
	}
	return true;
}

int trv_decimal_parse_n(struct trv_decimal *value, const char *text, size_t size)
{
	struct scanner scan = { .at = text, .end = text + size };

	/* More would overflow the scale, and is no number that anyone meant. */
	if (size > 10000)
		return TRV_ERR_VALUE;
	bool negative = scan_sign(&scan);
	if (!scan_digits(&scan, 0))
		return TRV_ERR_VALUE;
	if (scan_is(&scan, '.', '.')) {
		scan.at++;
		if (!scan_digits(&scan, 1))
			return TRV_ERR_VALUE;
	}
	if (!scan.digits || !scan_exponent(&scan) || scan.at != scan.end || !settle_scale(&scan))
		return TRV_ERR_VALUE;
	*value = make_decimal((struct magnitude) { scan.value, negative }, (unsigned)scan.scale);
	return 0;
}

int trv_decimal_parse(struct trv_decimal *value, const char *text)
{
	return text ? trv_decimal_parse_n(value, text, strlen(text)) : TRV_ERR_VALUE;
}

static char *write_digits(char *end, uint64_t value, unsigned at_least)
{
	for (unsigned i = 0; value || i < at_least; i++) {
		*--end = (char)('0' + value % 10);
		value /= 10;
	}
	return end;
}

/* Writes the digits so that they end before `end`; returns where they start. */
static char *write_coefficient(char *end, uint128 value, unsigned at_least)
{
	if (value < TEN_TO_19)
		return write_digits(end, (uint64_t)value, at_least);
	uint64_t low = (uint64_t)(value % TEN_TO_19);
	return write_coefficient(write_digits(end, low, 19), value / TEN_TO_19, at_least > 19 ? at_least - 19 : 1);
}

size_t trv_decimal_format(const struct trv_decimal *value, char text[TRV_DECIMAL_TEXT])
{
	char digits[TRV_DECIMAL_TEXT];
	char *end = digits + sizeof(digits);
	struct magnitude magnitude = magnitude_of(value);
	unsigned scale = scale_of(value);
	char *start = write_coefficient(end, magnitude.value, scale + 1);
	size_t whole = (size_t)(end - start) - scale;
	char *to = text;

	if (magnitude.negative)
		*to++ = '-';
	memcpy(to, start, whole);
	to += whole;
	if (scale) {
		*to++ = '.';
		memcpy(to, start + whole, scale);
		to += scale;
	}
	*to = '\0';
	return (size_t)(to - text);
}

/* --- arithmetic --------------------------------------------------------------------------- */

/* Compares a / 10^n with b. */
static int compare_scaled(uint128 a, unsigned n, uint128 b)
{
	uint128 power = power_of_ten(n);
	uint128 whole = a / power;

	if (whole != b)
		return whole < b ? -1 : 1;
	return a % power ? 1 : 0;
}

int trv_decimal_compare(const struct trv_decimal *a, const struct trv_decimal *b)
{
	struct magnitude x = magnitude_of(a);
	struct magnitude y = magnitude_of(b);
	unsigned x_scale = scale_of(a);
	unsigned y_scale = scale_of(b);

	if (x.negative != y.negative)
		return x.negative ? -1 : 1;
	int larger = x_scale >= y_scale ? compare_scaled(x.value, x_scale - y_scale, y.value)
	                                : -compare_scaled(y.value, y_scale - x_scale, x.value);
	return x.negative ? -larger : larger;
}

static struct magnitude add_magnitudes(struct magnitude a, struct magnitude b)
{
	if (a.negative == b.negative)
		return (struct magnitude) { a.value + b.value, a.negative };
	if (a.value >= b.value)
		return (struct magnitude) { a.value - b.value, a.negative && a.value != b.value };
	return (struct magnitude) { b.value - a.value, b.negative };
}

int trv_decimal_add(struct trv_decimal *sum, const struct trv_decimal *a, const struct trv_decimal *b)
{
	struct magnitude x = magnitude_of(a);
	struct magnitude y = magnitude_of(b);
	unsigned x_scale = scale_of(a);
	unsigned y_scale = scale_of(b);
	unsigned scale = x_scale > y_scale ? x_scale : y_scale;
	/* A part of more than 38 digits can still be brought back by the other one, if it is below 2 * 10^38. */
	uint128 limit = largest() * 2;

	if (!scale_up(&x.value, scale - x_scale, limit) || !scale_up(&y.value, scale - y_scale, limit))
		return TRV_ERR_VALUE;
	if (x.negative == y.negative && x.value > largest() - (y.value < largest() ? y.value : largest()))
		return TRV_ERR_VALUE;
	struct magnitude total = add_magnitudes(x, y);
	if (total.value > largest())
		return TRV_ERR_VALUE;
	*sum = make_decimal(total, scale);
	return 0;
}

int trv_decimal_rescale(struct trv_decimal *value, unsigned scale)
{
	struct magnitude magnitude = magnitude_of(value);
	unsigned before = scale_of(value);

	if (scale > MAX_SCALE)
		return TRV_ERR_VALUE;
	if (scale >= before) {
		if (!scale_up(&magnitude.value, scale - before, largest()))
			return TRV_ERR_VALUE;
	} else {
		uint128 power = power_of_ten(before - scale);
		uint128 rest = magnitude.value % power;
		magnitude.value = magnitude.value / power + (rest >= power - rest);
	}
	*value = make_decimal(magnitude, scale);
	return 0;
}

unsigned trv_decimal_digits(const struct trv_decimal *value)
{
	uint128 magnitude = magnitude_of(value).value;
	unsigned digits = 1;

	while (digits <= TRV_DECIMAL_DIGITS && magnitude >= power_of_ten(digits))
		digits++;
	return digits;
}

/* --- floating point ----------------------------------------------------------------------- */

#define EXACT_INTEGER (UINT64_C(1) << 53)
#define EXACT_POWERS 22 /* 10^22 is the largest power of ten that a double holds exactly */

double trv_decimal_to_double(const struct trv_decimal *value)
{
	struct magnitude magnitude = magnitude_of(value);
	unsigned scale = scale_of(value);

	if (magnitude.value <= EXACT_INTEGER && scale <= EXACT_POWERS) {
		double quotient = (double)(uint64_t)magnitude.value / (double)power_of_ten(scale);
		return magnitude.negative ? -quotient : quotient;
	}
	/* strtod rounds correctly; without a point in the text the locale has no say. */
	char text[TRV_DECIMAL_TEXT + 8];
	char *end = text + TRV_DECIMAL_TEXT;
	char *start = write_coefficient(end, magnitude.value, 1);
	snprintf(end, 8, "e-%u", scale);
	double number = strtod(start, NULL);
	return magnitude.negative ? -number : number;
}

/* 192 bits: an odd 53-bit significand times 5^38 needs 142. */
struct product {
	uint128 high;
	uint64_t low;
};

static struct product times_power_of_five(uint64_t value, unsigned n)
{
	struct product product = { 0, value };

	for (; n > 0; n--) {
		uint128 low = (uint128)product.low * 5;
		product.high = product.high * 5 + (low >> 64);
		product.low = (uint64_t)low;
	}
	return product;
}

static unsigned product_bit(struct product product, int bit)
{
	if (bit < 0 || bit >= 192)
		return 0;
	return (unsigned)(bit < 64 ? product.low >> bit : (uint64_t)(product.high >> (bit - 64))) & 1;
}

/* product / 2^shift, a half rounded up; false when it does not fit 38 digits. */
static bool shift_product(struct product product, int shift, uint128 *result)
{
	if (shift >= 64) {
		*result = shift < 192 ? product.high >> (shift - 64) : 0;
	} else {
		/* 2^127 is more than 38 digits: whatever is lost at the left was too large. */
		int left = 64 - shift;
		if (product.high && (left >= 127 || product.high >> (127 - left)))
			return false;
		uint128 low = product.low;
		if (shift < 0 && low && (shift <= -127 || low >> (127 + shift)))
			return false;
		*result = (product.high ? product.high << left : 0) | (shift >= 0 ? low >> shift
		                                                       : low      ? low << -shift
		                                                                  : 0);
	}
	*result += product_bit(product, shift - 1);
	return *result <= largest();
}

int trv_decimal_from_double(struct trv_decimal *value, double number, unsigned scale)
{
	int exponent;
	uint128 result;

	if (!isfinite(number) || scale > MAX_SCALE)
		return TRV_ERR_VALUE;
	/* number = significand * 2^exponent, so number * 10^scale = significand * 5^scale * 2^(exponent + scale). */
	uint64_t significand = (uint64_t)ldexp(frexp(fabs(number), &exponent), 53);
	exponent -= 53;
	struct product product = times_power_of_five(significand, scale);
	if (!shift_product(product, -(exponent + (int)scale), &result))
		return TRV_ERR_VALUE;
	*value = make_decimal((struct magnitude) { result, number < 0 && result != 0 }, scale);
	return 0;
}
