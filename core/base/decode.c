/*
 * From what an engine hands out to the C value of a slot: one table of functions for
 * each of text, integer, real and blob, by the slot's type. A NULL in a table is a
 * combination that makes no sense.
 *
 * Nothing is rounded or cut in silence: what does not fit is TRV_ERR_DATA. A message
 * shows numbers, and of text only how long it is, for it may be a secret.
 */
#include "base/error.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <trivet/driver.h>

#define EPOCH_JULIAN 2440587.5 /* 1970-01-01T00:00Z as a Julian day */

struct target {
	const struct trv_slot *slot;
	void *to;
	struct trv_arena *arena;
	struct trv_error *error;
};

typedef int decode_text(const struct target *target, const char *text, size_t size);
typedef int decode_integer(const struct target *target, int64_t value);
typedef int decode_real(const struct target *target, double value);

/* --- refusing ----------------------------------------------------------------------------- */

static const char *const storage_notes[] = {
	[TRV_STORE_DEFAULT] = "",
	[TRV_STORE_ISO] = " as ISO 8601 text",
	[TRV_STORE_UNIX] = " as seconds since 1970",
	[TRV_STORE_MILLIS] = " as milliseconds since 1970",
	[TRV_STORE_MICROS] = " as microseconds since 1970",
	[TRV_STORE_JULIAN] = " as a Julian day",
	[TRV_STORE_REAL] = " as a floating point number",
	[TRV_STORE_TEXT] = " as text",
	[TRV_STORE_INTEGER] = " as an integer",
};

static void describe_type(const struct trv_slot *slot, char *text, size_t size)
{
	const char *note = slot->storage < TRV_COUNT_OF(storage_notes) ? storage_notes[slot->storage] : "";

	if (slot->type == TRV_ENUM && slot->enumeration)
		snprintf(text, size, "one of the %u values of '%s'%s", slot->enumeration->count,
		         slot->enumeration->name, note);
	else
		snprintf(text, size, "%s%s", trv_type_name((enum trv_type)slot->type), note);
}

static int refuse(const struct target *target, const char *found)
{
	const struct trv_slot *slot = target->slot;
	const char *name = slot->name ? slot->name : "?";
	char expected[160];

	describe_type(slot, expected, sizeof(expected));
	int r = trv_error_set(target->error, TRV_ERR_DATA, "%s%s%s: found %s, expected %s",
	                      slot->model ? slot->model : "", slot->model ? "." : "", name, found, expected);
	if (target->error)
		trv__text_copy(target->error->column, sizeof(target->error->column), name);
	return r;
}

static int refuse_text(const struct target *target, size_t size, const char *note)
{
	char found[80];

	snprintf(found, sizeof(found), "text of %zu bytes%s", size, note);
	return refuse(target, found);
}

static int refuse_blob(const struct target *target, size_t size)
{
	char found[64];

	snprintf(found, sizeof(found), "a blob of %zu bytes", size);
	return refuse(target, found);
}

static int refuse_integer(const struct target *target, int64_t value)
{
	char found[64];

	snprintf(found, sizeof(found), "integer %lld", (long long)value);
	return refuse(target, found);
}

static int refuse_real(const struct target *target, double value)
{
	char found[64];

	snprintf(found, sizeof(found), "real %.17g", value);
	return refuse(target, found);
}

static int no_memory(const struct target *target)
{
	return trv_error_set(target->error, TRV_ERR_NOMEM, "out of memory for the rows");
}

/* --- integers ----------------------------------------------------------------------------- */

static int bool_from_integer(const struct target *target, int64_t value)
{
	if (value != 0 && value != 1)
		return refuse_integer(target, value);
	*(bool *)target->to = value == 1;
	return 0;
}

static int int16_from_integer(const struct target *target, int64_t value)
{
	if (value < INT16_MIN || value > INT16_MAX)
		return refuse_integer(target, value);
	*(int16_t *)target->to = (int16_t)value;
	return 0;
}

static int int32_from_integer(const struct target *target, int64_t value)
{
	if (value < INT32_MIN || value > INT32_MAX)
		return refuse_integer(target, value);
	*(int32_t *)target->to = (int32_t)value;
	return 0;
}

static int int64_from_integer(const struct target *target, int64_t value)
{
	*(int64_t *)target->to = value;
	return 0;
}

static int float32_from_integer(const struct target *target, int64_t value)
{
	*(float *)target->to = (float)value;
	return 0;
}

static int float64_from_integer(const struct target *target, int64_t value)
{
	*(double *)target->to = (double)value;
	return 0;
}

/* At least the column's digits behind the point, and never fewer than the value has. */
static void put_decimal(const struct target *target, struct trv_decimal value)
{
	struct trv_decimal padded = value;

	/* Where 38 digits leave no room for the zeros, the number is the same without them. */
	if (value.scale < target->slot->scale && trv_decimal_rescale(&padded, target->slot->scale) == 0)
		value = padded;
	*(struct trv_decimal *)target->to = value;
}

static int decimal_from_integer(const struct target *target, int64_t value)
{
	bool units = target->slot->storage == TRV_STORE_INTEGER;

	put_decimal(target, trv_decimal(value, units ? target->slot->scale : 0));
	return 0;
}

static int text_from_integer(const struct target *target, int64_t value)
{
	char *text = trv_arena_printf(target->arena, "%lld", (long long)value);

	if (!text)
		return no_memory(target);
	*(const char **)target->to = text;
	return 0;
}

static int date_from_real(const struct target *target, double value);
static int timestamp_from_real(const struct target *target, double value);

static int date_from_integer(const struct target *target, int64_t value)
{
	if (target->slot->storage == TRV_STORE_JULIAN)
		return date_from_real(target, (double)value);
	if (target->slot->storage != TRV_STORE_DEFAULT)
		return refuse_integer(target, value);
	return int32_from_integer(target, value);
}

static int time_from_integer(const struct target *target, int64_t value)
{
	if (target->slot->storage == TRV_STORE_ISO || value < 0 || value >= TRV_DAY_MICROSECONDS)
		return refuse_integer(target, value);
	return int64_from_integer(target, value);
}

/* Microseconds in the unit in which a timestamp is stored as a number; 0: it is not. */
static int64_t timestamp_unit(const struct trv_slot *slot)
{
	static const int32_t units[] = {
		[TRV_STORE_DEFAULT] = 1,
		[TRV_STORE_UNIX] = 1000000,
		[TRV_STORE_MILLIS] = 1000,
		[TRV_STORE_MICROS] = 1,
	};

	return slot->storage < TRV_COUNT_OF(units) ? units[slot->storage] : 0;
}

static int timestamp_from_integer(const struct target *target, int64_t value)
{
	int64_t unit = timestamp_unit(target->slot);
	int64_t timestamp;

	if (target->slot->storage == TRV_STORE_JULIAN)
		return timestamp_from_real(target, (double)value);
	if (unit == 0 || __builtin_mul_overflow(value, unit, &timestamp))
		return refuse_integer(target, value);
	return int64_from_integer(target, timestamp);
}

static int enum_from_integer(const struct target *target, int64_t value)
{
	const struct trv_enum *enumeration = target->slot->enumeration;

	if (target->slot->storage != TRV_STORE_INTEGER || !enumeration || value < 0 || value >= enumeration->count)
		return refuse_integer(target, value);
	return int32_from_integer(target, value);
}

static decode_integer *const from_integer[TRV_ENUM + 1] = {
	[TRV_BOOL] = bool_from_integer,       [TRV_INT16] = int16_from_integer,
	[TRV_INT32] = int32_from_integer,     [TRV_INT64] = int64_from_integer,
	[TRV_FLOAT32] = float32_from_integer, [TRV_FLOAT64] = float64_from_integer,
	[TRV_DECIMAL] = decimal_from_integer, [TRV_TEXT] = text_from_integer,
	[TRV_JSON] = text_from_integer,       [TRV_DATE] = date_from_integer,
	[TRV_TIME] = time_from_integer,       [TRV_TIMESTAMP] = timestamp_from_integer,
	[TRV_ENUM] = enum_from_integer,
};

/* --- reals -------------------------------------------------------------------------------- */

/* Whether a double is within int64; 2^63 is the first that is not. */
static bool fits_int64(double value)
{
	return value >= -0x1p63 && value < 0x1p63;
}

/* Where only a whole number makes sense. */
static int whole_from_real(const struct target *target, double value)
{
	/* The cast is exact where floor agrees. */
	if (!fits_int64(value) || floor(value) < value)
		return refuse_real(target, value);
	return from_integer[target->slot->type](target, (int64_t)value);
}

static int float32_from_real(const struct target *target, double value)
{
	float narrow = (float)value;

	if (isinf(narrow) && !isinf(value))
		return refuse_real(target, value);
	*(float *)target->to = narrow;
	return 0;
}

static int float64_from_real(const struct target *target, double value)
{
	*(double *)target->to = value;
	return 0;
}

/* The 15 digits that every double has, without zeros at their end. */
static int significant_decimal(struct trv_decimal *value, double number)
{
	struct trv_decimal shorter;
	int whole = number > 0 || number < 0 ? (int)floor(log10(fabs(number))) + 1 : 1;
	int scale = whole > 15 ? 0 : 15 - whole;
	int r = trv_decimal_from_double(value, number,
	                                scale < TRV_DECIMAL_DIGITS ? (unsigned)scale : TRV_DECIMAL_DIGITS);

	for (shorter = *value; r == 0 && shorter.scale > 0; *value = shorter)
		if (trv_decimal_rescale(&shorter, shorter.scale - 1) < 0 || trv_decimal_compare(&shorter, value) != 0)
			break;
	return r;
}

/*
 * A column's scale rounds away what floating point has added. Where there is none, as in
 * raw SQL, rounding would lose digits in silence.
 */
static int decimal_from_real(const struct target *target, double value)
{
	bool units = target->slot->storage == TRV_STORE_INTEGER;
	unsigned scale = target->slot->scale;
	struct trv_decimal decimal;

	if (!isfinite(value))
		return refuse_real(target, value);
	int r = scale == 0 && !units ? significant_decimal(&decimal, value)
	                             : trv_decimal_from_double(&decimal, value, units ? 0 : scale);
	if (r < 0)
		return refuse_real(target, value);
	if (units)
		decimal.scale = scale;
	*(struct trv_decimal *)target->to = decimal;
	return 0;
}

/* A Julian day as Unix microseconds. */
static int64_t julian_microseconds(double julian)
{
	int64_t exact = llround((julian - EPOCH_JULIAN) * (double)TRV_DAY_MICROSECONDS);
	/* A double has steps of 40 us here. What is within a step of a whole millisecond was one: SQLite writes those. */
	int64_t step = (int64_t)((nextafter(julian, INFINITY) - julian) * (double)TRV_DAY_MICROSECONDS) + 1;
	int64_t milliseconds = llround((double)exact / 1000) * 1000;

	return llabs(exact - milliseconds) <= step ? milliseconds : exact;
}

/* Julian days that are years -4712 to 9999, the range of SQLite's own functions. */
static bool is_julian(double value)
{
	return value >= 0 && value < 5373484.5;
}

static int date_from_real(const struct target *target, double value)
{
	if (target->slot->storage == TRV_STORE_DEFAULT)
		return whole_from_real(target, value);
	if (target->slot->storage != TRV_STORE_JULIAN || !is_julian(value))
		return refuse_real(target, value);
	return int32_from_integer(target, (int64_t)floor(value - EPOCH_JULIAN));
}

static int timestamp_from_real(const struct target *target, double value)
{
	int64_t unit = timestamp_unit(target->slot);

	if (target->slot->storage == TRV_STORE_JULIAN && is_julian(value))
		return int64_from_integer(target, julian_microseconds(value));
	if (unit == 0 || !fits_int64(value * (double)unit))
		return refuse_real(target, value);
	return int64_from_integer(target, llround(value * (double)unit));
}

static decode_real *const from_real[TRV_ENUM + 1] = {
	[TRV_BOOL] = whole_from_real,          [TRV_INT16] = whole_from_real,     [TRV_INT32] = whole_from_real,
	[TRV_INT64] = whole_from_real,         [TRV_FLOAT32] = float32_from_real, [TRV_FLOAT64] = float64_from_real,
	[TRV_DECIMAL] = decimal_from_real,     [TRV_DATE] = date_from_real,       [TRV_TIME] = whole_from_real,
	[TRV_TIMESTAMP] = timestamp_from_real,
};

/* --- text --------------------------------------------------------------------------------- */

static int text_from_text(const struct target *target, const char *text, size_t size)
{
	if (!trv_utf8_valid(text, size))
		return refuse_text(target, size, " that is not UTF-8 or has a NUL inside");
	char *copy = trv_arena_bytes(target->arena, size + 1);
	if (!copy)
		return no_memory(target);
	if (size)
		memcpy(copy, text, size);
	copy[size] = '\0';
	*(const char **)target->to = copy;
	return 0;
}

static int bytes_from_text(const struct target *target, const char *text, size_t size)
{
	char *copy = trv_arena_copy(target->arena, text, size);

	if (!copy)
		return no_memory(target);
	*(struct trv_bytes *)target->to = (struct trv_bytes) { .data = copy, .size = size };
	return 0;
}

static bool is_word(const char *text, size_t size, const char *word)
{
	return strlen(word) == size && strncasecmp(text, word, size) == 0;
}

static int bool_from_text(const struct target *target, const char *text, size_t size)
{
	static const char *const words[] = { "0", "1", "f", "t", "false", "true" };

	for (size_t i = 0; i < TRV_COUNT_OF(words); i++) {
		if (is_word(text, size, words[i])) {
			*(bool *)target->to = i % 2 == 1;
			return 0;
		}
	}
	return refuse_text(target, size, "");
}

/* An optional sign and digits, all of the text. */
static bool parse_integer(const char *text, size_t size, int64_t *value)
{
	size_t i = size > 0 && (*text == '-' || *text == '+');
	bool negative = size > 0 && *text == '-';
	int64_t sum = 0;

	if (i == size)
		return false;
	for (; i < size; i++) {
		int digit = text[i] - '0';
		if (digit < 0 || digit > 9 || __builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_sub_overflow(sum, digit, &sum))
			return false;
	}
	/* The sum is below zero, where there is room for one more. */
	if (!negative && sum == INT64_MIN)
		return false;
	*value = negative ? sum : -sum;
	return true;
}

static int integer_from_text(const struct target *target, const char *text, size_t size)
{
	int64_t value;

	if (!parse_integer(text, size, &value))
		return refuse_text(target, size, "");
	return from_integer[target->slot->type](target, value);
}

/* Numbers as engines write them, their names for what is not finite included. */
static bool is_number_text(const char *text, size_t size)
{
	static const char *const names[] = { "nan", "inf", "infinity" };
	size_t sign = size > 0 && (*text == '-' || *text == '+');

	for (size_t i = 0; i < TRV_COUNT_OF(names); i++)
		if (is_word(text + sign, size - sign, names[i]))
			return true;
	for (size_t i = 0; i < size; i++)
		if (!strchr("0123456789+-.eE", text[i]) || !text[i])
			return false;
	return size > 0;
}

/* Reads a number, as float where `narrow` points: rounding to double first could round twice. */
static bool parse_real(const char *text, size_t size, double *wide, float *narrow)
{
	char copy[400]; /* the longest double without an exponent has some 330 characters */
	char *end;

	if (size >= sizeof(copy) || !is_number_text(text, size))
		return false;
	memcpy(copy, text, size);
	copy[size] = '\0';
	/* The program's locale may have a decimal comma. This one is static in the C library: nothing to free. */
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!plain)
		return false;
	if (narrow)
		*narrow = strtof_l(copy, &end, plain);
	else
		*wide = strtod_l(copy, &end, plain);
	freelocale(plain);
	return *end == '\0';
}

/* Infinity is a value only where it says so; a number too large is none. */
static bool is_overflow(bool infinite, const char *text, size_t size)
{
	return infinite && !memchr(text, 'i', size) && !memchr(text, 'I', size);
}

static int float32_from_text(const struct target *target, const char *text, size_t size)
{
	float value;

	if (!parse_real(text, size, NULL, &value) || is_overflow(isinf(value), text, size))
		return refuse_text(target, size, "");
	*(float *)target->to = value;
	return 0;
}

static int float64_from_text(const struct target *target, const char *text, size_t size)
{
	double value;

	if (!parse_real(text, size, &value, NULL) || is_overflow(isinf(value), text, size))
		return refuse_text(target, size, "");
	*(double *)target->to = value;
	return 0;
}

static int decimal_from_text(const struct target *target, const char *text, size_t size)
{
	struct trv_decimal value;

	if (trv_decimal_parse_n(&value, text, size) < 0)
		return refuse_text(target, size, "");
	if (target->slot->storage == TRV_STORE_INTEGER) {
		if (value.scale != 0)
			return refuse_text(target, size, "");
		value.scale = target->slot->scale;
	}
	put_decimal(target, value);
	return 0;
}

/* A number that was stored as text, in a storage of numbers. */
static int number_from_text(const struct target *target, const char *text, size_t size)
{
	int64_t integer;
	double real;

	if (target->slot->storage == TRV_STORE_DEFAULT || target->slot->storage == TRV_STORE_ISO)
		return refuse_text(target, size, "");
	if (parse_integer(text, size, &integer))
		return from_integer[target->slot->type](target, integer);
	if (!parse_real(text, size, &real, NULL))
		return refuse_text(target, size, "");
	return from_real[target->slot->type](target, real);
}

static int date_from_text(const struct target *target, const char *text, size_t size)
{
	if (trv_date_parse(target->to, text, size) < 0)
		return number_from_text(target, text, size);
	return 0;
}

static int time_from_text(const struct target *target, const char *text, size_t size)
{
	if (trv_time_parse(target->to, text, size) < 0)
		return number_from_text(target, text, size);
	return 0;
}

/* ISO text cannot be taken for a number, so it is read whatever the storage: CURRENT_TIMESTAMP writes it. */
static int timestamp_from_text(const struct target *target, const char *text, size_t size)
{
	if (trv_timestamp_parse(target->to, text, size) < 0)
		return number_from_text(target, text, size);
	return 0;
}

static int uuid_from_text(const struct target *target, const char *text, size_t size)
{
	if (trv_uuid_parse(target->to, text, size) < 0)
		return refuse_text(target, size, "");
	return 0;
}

static int enum_from_text(const struct target *target, const char *text, size_t size)
{
	const struct trv_enum *enumeration = target->slot->enumeration;
	size_t count = enumeration ? enumeration->count : 0;

	if (target->slot->storage == TRV_STORE_INTEGER)
		return integer_from_text(target, text, size);
	for (size_t i = 0; i < count; i++) {
		const char *stored = enumeration->values[i].stored;
		if (strlen(stored) == size && memcmp(stored, text, size) == 0) {
			*(int32_t *)target->to = (int32_t)i;
			return 0;
		}
	}
	return refuse_text(target, size, "");
}

static decode_text *const from_text[TRV_ENUM + 1] = {
	[TRV_BOOL] = bool_from_text,       [TRV_INT16] = integer_from_text,   [TRV_INT32] = integer_from_text,
	[TRV_INT64] = integer_from_text,   [TRV_FLOAT32] = float32_from_text, [TRV_FLOAT64] = float64_from_text,
	[TRV_DECIMAL] = decimal_from_text, [TRV_TEXT] = text_from_text,       [TRV_BYTES] = bytes_from_text,
	[TRV_DATE] = date_from_text,       [TRV_TIME] = time_from_text,       [TRV_TIMESTAMP] = timestamp_from_text,
	[TRV_UUID] = uuid_from_text,       [TRV_JSON] = text_from_text,       [TRV_ENUM] = enum_from_text,
};

/* --- blobs -------------------------------------------------------------------------------- */

static int uuid_from_blob(const struct target *target, const char *data, size_t size)
{
	if (size == sizeof(struct trv_uuid)) {
		memcpy(target->to, data, size);
		return 0;
	}
	if (trv_uuid_parse(target->to, data, size) < 0)
		return refuse_blob(target, size);
	return 0;
}

/* Other tools keep text as blobs, and MariaDB calls the text of some expressions binary. */
static decode_text *const from_blob[TRV_ENUM + 1] = {
	[TRV_TEXT] = text_from_text,
	[TRV_JSON] = text_from_text,
	[TRV_BYTES] = bytes_from_text,
	[TRV_UUID] = uuid_from_blob,
};

/* --- what drivers call -------------------------------------------------------------------- */

int trv_decode_text(const struct trv_slot *slot, const char *text, size_t size, void *to, struct trv_arena *arena,
                    struct trv_error *error)
{
	const struct target target = { slot, to, arena, error };

	if (slot->type > TRV_ENUM || !from_text[slot->type])
		return refuse_text(&target, size, "");
	return from_text[slot->type](&target, text, size);
}

int trv_decode_integer(const struct trv_slot *slot, int64_t value, void *to, struct trv_arena *arena,
                       struct trv_error *error)
{
	const struct target target = { slot, to, arena, error };

	if (slot->type > TRV_ENUM || !from_integer[slot->type])
		return refuse_integer(&target, value);
	return from_integer[slot->type](&target, value);
}

int trv_decode_real(const struct trv_slot *slot, double value, void *to, struct trv_arena *arena,
                    struct trv_error *error)
{
	const struct target target = { slot, to, arena, error };

	if (slot->type > TRV_ENUM || !from_real[slot->type])
		return refuse_real(&target, value);
	return from_real[slot->type](&target, value);
}

int trv_decode_blob(const struct trv_slot *slot, const void *data, size_t size, void *to, struct trv_arena *arena,
                    struct trv_error *error)
{
	const struct target target = { slot, to, arena, error };

	if (slot->type > TRV_ENUM || !from_blob[slot->type])
		return refuse_blob(&target, size);
	return from_blob[slot->type](&target, data, size);
}

int trv_decode_null(const struct trv_slot *slot, char *base, struct trv_error *error)
{
	const struct target target = { .slot = slot, .error = error };

	if (slot->type == 0)
		return 0;
	if (!(slot->flags & (TRV_SLOT_NULLABLE | TRV_SLOT_OUTER | TRV_SLOT_PRESENCE)))
		return refuse(&target, "null");
	memset(base + slot->offset, 0, trv_type_size((enum trv_type)slot->type));
	if (slot->has_offset)
		*(bool *)(base + slot->has_offset) = false;
	return 0;
}
