/*
 * The binary form of numeric: a count of digits to base 10,000, the weight of the first,
 * a sign, the number of decimal digits shown behind the point, and the digits; all of
 * them 16-bit integers in network order.
 */
#include "internal.h"
#include "wire.h"
#include <math.h>
#include <string.h>

#define HEAD 8 /* count, weight, sign, scale */
#define BASE 10000
#define POSITIVE 0x0000
#define NEGATIVE 0x4000
#define NOT_A_NUMBER 0xC000
#define POSITIVE_INFINITY 0xD000
#define NEGATIVE_INFINITY 0xF000
#define SPECIAL 0xC000
#define MAX_GROUPS 12 /* 38 digits, cut by a point that is not at a group's edge */

__extension__ typedef unsigned __int128 uint128;

static const unsigned powers[] = { 1, 10, 100, 1000, BASE };

static uint128 magnitude_of(const struct trv_decimal *value)
{
	uint128 bits = (uint128)(uint64_t)value->high << 64 | value->low;

	return value->high < 0 ? -bits : bits;
}

/* Cuts the number into groups of four digits, lowest first; returns how many, and how many are behind the point. */
static int split(uint128 rest, unsigned scale, uint16_t groups[MAX_GROUPS], int *behind)
{
	unsigned odd = scale % 4;
	int count = 0;

	/* A group behind the point that is not full is filled up with zeros at its end. */
	if (odd) {
		groups[count++] = (uint16_t)((unsigned)(rest % powers[odd]) * powers[4 - odd]);
		rest /= powers[odd];
	}
	*behind = (int)(scale + 3) / 4;
	while (rest || count < *behind) {
		groups[count++] = (uint16_t)(rest % BASE);
		rest /= BASE;
	}
	return count;
}

size_t trv__pg_numeric_encode(char *to, const struct trv_decimal *value)
{
	uint16_t groups[MAX_GROUPS];
	int behind;
	int count = split(magnitude_of(value), value->scale, groups, &behind);
	int weight = count - behind - 1;

	while (count > 0 && groups[count - 1] == 0) {
		count--;
		weight--;
	}
	wire_put16(to, (uint16_t)count);
	wire_put16(to + 2, (uint16_t)(count ? weight : 0));
	wire_put16(to + 4, value->high < 0 ? NEGATIVE : POSITIVE);
	wire_put16(to + 6, (uint16_t)value->scale);
	for (int i = 0; i < count; i++)
		wire_put16(to + HEAD + 2 * i, groups[count - 1 - i]);
	return HEAD + 2 * (size_t)count;
}

struct number {
	const char *digits;
	int count;
	int weight;
	unsigned sign;
	unsigned scale;
};

static bool read_number(const char *data, size_t size, struct number *number)
{
	if (size < HEAD)
		return false;
	number->count = wire_get16(data);
	number->weight = (int16_t)wire_get16(data + 2);
	number->sign = wire_get16(data + 4);
	number->scale = wire_get16(data + 6);
	number->digits = data + HEAD;
	return size == HEAD + 2 * (size_t)number->count;
}

static unsigned group_at(const struct number *number, int weight)
{
	int i = number->weight - weight;

	return i >= 0 && i < number->count ? wire_get16(number->digits + 2 * i) : 0;
}

/* 10^38: more than any coefficient. */
static uint128 limit(void)
{
	return (uint128)UINT64_C(10000000000000000000) * UINT64_C(10000000000000000000);
}

/* coefficient * 10^digits + the first `digits` of the four digits of `group`; false when it has too many digits. */
static bool append(uint128 *coefficient, unsigned group, unsigned digits)
{
	/* Below 2^50 there is room for every group: no division for what nearly every value is. */
	if (*coefficient >> 50 && *coefficient >= limit() / powers[digits])
		return false;
	*coefficient = *coefficient * powers[digits] + group / powers[4 - digits];
	return true;
}

/* The scale at which no digit is lost, at most the shown one: trailing zeros may go. */
static unsigned needed_scale(const struct number *number)
{
	int last = number->count;

	while (last > 0 && wire_get16(number->digits + 2 * (last - 1)) == 0)
		last--;
	if (last == 0)
		return 0;
	unsigned group = wire_get16(number->digits + 2 * (last - 1));
	int places = 4 * (last - 1 - number->weight);
	for (unsigned power = 1; power < 4 && group % powers[power] == 0; power++)
		places--;
	return places > 0 ? (unsigned)places : 0;
}

static bool gather(const struct number *number, unsigned scale, uint128 *coefficient)
{
	int lowest = -(int)((scale + 3) / 4);

	*coefficient = 0;
	for (int weight = number->weight > 0 ? number->weight : 0; weight >= lowest; weight--) {
		unsigned digits = weight == lowest && scale % 4 ? scale % 4 : 4;

		if (!append(coefficient, group_at(number, weight), digits))
			return false;
	}
	return true;
}

static void set_decimal(struct trv_decimal *value, uint128 coefficient, bool negative, unsigned scale)
{
	uint128 bits = negative ? -coefficient : coefficient;

	*value =
		(struct trv_decimal) { .low = (uint64_t)bits, .high = (int64_t)(uint64_t)(bits >> 64), .scale = scale };
}

int trv__pg_numeric_decode(const char *data, size_t size, struct trv_decimal *value, const char **why)
{
	struct number number;
	uint128 coefficient;

	*why = "a malformed value";
	if (!read_number(data, size, &number))
		return TRV_ERR_DATA;
	*why = number.sign == NOT_A_NUMBER ? "NaN" : "infinity";
	if ((number.sign & SPECIAL) == SPECIAL)
		return TRV_ERR_DATA;
	unsigned scale = number.scale;
	*why = "more than 38 digits";
	if (scale > TRV_DECIMAL_DIGITS || !gather(&number, scale, &coefficient)) {
		scale = needed_scale(&number);
		if (scale > TRV_DECIMAL_DIGITS || !gather(&number, scale, &coefficient))
			return TRV_ERR_DATA;
	}
	set_decimal(value, coefficient, number.sign == NEGATIVE, scale);
	return 0;
}

int trv__pg_numeric_double(const char *data, size_t size, double *value)
{
	struct number number;
	struct trv_decimal exact;
	const char *why;

	if (!read_number(data, size, &number))
		return TRV_ERR_DATA;
	if (number.sign == NOT_A_NUMBER) {
		*value = NAN;
	} else if ((number.sign & SPECIAL) == SPECIAL) {
		*value = number.sign == NEGATIVE_INFINITY ? -INFINITY : INFINITY;
	} else if (trv__pg_numeric_decode(data, size, &exact, &why) == 0) {
		*value = trv_decimal_to_double(&exact);
	} else {
		long double sum = 0;

		for (int i = 0; i < number.count; i++)
			sum += (long double)wire_get16(number.digits + 2 * i) *
			       powl(BASE, (long double)(number.weight - i));
		*value = (double)(number.sign == NEGATIVE ? -sum : sum);
	}
	return 0;
}
