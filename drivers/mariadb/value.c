/*
 * A value by what it is on the wire, whatever the slot expects: the way of those for which
 * row.c has none, and of those that are not as usual. The packet comes from outside, so
 * nothing is read beyond the client library's buffer.
 */
#include "internal.h"

#include <stdio.h>
#include <string.h>

struct value {
	const struct trv_slot *slot;
	const MYSQL_FIELD *field;
	const unsigned char *data;
	size_t size;
	void *to;
};

/* Bytes of a value by its type; 0: its length comes first. */
static size_t fixed_width(enum enum_field_types type)
{
	switch (type) {
	case MYSQL_TYPE_TINY:
		return 1;
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_YEAR:
		return 2;
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_FLOAT:
		return 4;
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_DOUBLE:
		return 8;
	default:
		return 0;
	}
}

static uint64_t little_endian(const unsigned char *data, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)data[i] << (8 * i);
	return value;
}

/* Cuts the value off the row; false: the row ends before it does. */
static bool cut_value(struct value *value, unsigned char **row, const unsigned char *end)
{
	unsigned char *at = *row;
	uint64_t size = fixed_width(value->field->type);

	if (size == 0) {
		if (at >= end)
			return false;
		size_t width = *at < 251 ? 0 : *at == 252 ? 2 : *at == 253 ? 3 : 8;
		if ((size_t)(end - at) < width + 1)
			return false;
		size = width ? little_endian(at + 1, width) : *at;
		at += width + 1;
	}
	if (size > (size_t)(end - at))
		return false;
	value->data = at;
	value->size = (size_t)size;
	*row = at + size;
	return true;
}

/* --- numbers -------------------------------------------------------------------------------------- */

static int decode_unsigned(struct mariadb_statement *s, const struct value *value, uint64_t number)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%llu", (unsigned long long)number);

	if (number <= INT64_MAX)
		return trv_decode_integer(value->slot, (int64_t)number, value->to, s->arena, s->error);
	return trv_decode_text(value->slot, text, (size_t)length, value->to, s->arena, s->error);
}

static int64_t sign_extend(uint64_t number, size_t size)
{
	unsigned shift = (unsigned)(64 - 8 * size);

	return (int64_t)(number << shift) >> shift;
}

static int decode_integer(struct mariadb_statement *s, const struct value *value)
{
	uint64_t bits = little_endian(value->data, value->size);
	bool is_unsigned = value->field->flags & UNSIGNED_FLAG || value->field->type == MYSQL_TYPE_YEAR;

	if (is_unsigned)
		return decode_unsigned(s, value, bits);
	return trv_decode_integer(value->slot, sign_extend(bits, value->size), value->to, s->arena, s->error);
}

static int decode_float(struct mariadb_statement *s, const struct value *value)
{
	float number;

	memcpy(&number, value->data, sizeof(number));
	return trv_decode_real(value->slot, number, value->to, s->arena, s->error);
}

static int decode_double(struct mariadb_statement *s, const struct value *value)
{
	double number;

	memcpy(&number, value->data, sizeof(number));
	return trv_decode_real(value->slot, number, value->to, s->arena, s->error);
}

/* BIT(n): the highest byte first. */
static int decode_bits(struct mariadb_statement *s, const struct value *value)
{
	uint64_t number = 0;

	if (value->size > 8)
		return trv_decode_blob(value->slot, value->data, value->size, value->to, s->arena, s->error);
	for (size_t i = 0; i < value->size; i++)
		number = number << 8 | value->data[i];
	return decode_unsigned(s, value, number);
}

/* --- text and bytes ---------------------------------------------------------------------------------- */

static int out_of_memory(struct mariadb_statement *s)
{
	return trv_error_set(s->error, TRV_ERR_NOMEM, "out of memory for the rows");
}

static int decode_digits(struct mariadb_statement *s, const struct value *value)
{
	return trv_decode_text(value->slot, (const char *)value->data, value->size, value->to, s->arena, s->error);
}

/* The server has checked the text's encoding; a NUL inside would end the C string early. */
static int decode_text(struct mariadb_statement *s, const struct value *value)
{
	bool plain = value->slot->type == TRV_TEXT || value->slot->type == TRV_JSON;

	if (!plain || memchr(value->data, '\0', value->size))
		return decode_digits(s, value);
	char *copy = trv_arena_bytes(s->arena, value->size + 1);
	if (!copy)
		return out_of_memory(s);
	memcpy(copy, value->data, value->size);
	copy[value->size] = '\0';
	*(const char **)value->to = copy;
	return 0;
}

static int decode_blob(struct mariadb_statement *s, const struct value *value)
{
	switch (value->slot->type) {
	case TRV_BYTES:
	case TRV_TEXT:
	case TRV_JSON:
	case TRV_UUID:
		return trv_decode_blob(value->slot, value->data, value->size, value->to, s->arena, s->error);
	default:
		return decode_digits(s, value);
	}
}

static int decode_string(struct mariadb_statement *s, const struct value *value)
{
	return value->field->charsetnr == MARIADB_BINARY ? decode_blob(s, value) : decode_text(s, value);
}

/* --- dates and times ----------------------------------------------------------------------------------- */

static int refuse_date(struct mariadb_statement *s, const struct value *value, const struct trv_civil *civil)
{
	const struct trv_slot *slot = value->slot;

	return trv_error_set(s->error, TRV_ERR_DATA, "%s%s%s: found the date %04d-%02d-%02d, expected %s",
	                     slot->model ? slot->model : "", slot->model ? "." : "", slot->name ? slot->name : "?",
	                     civil->year, civil->month, civil->day, trv_type_name((enum trv_type)slot->type));
}

/* 0, 4, 7 or 11 bytes: what follows the last field that is not zero is left out. */
static void read_civil(const struct value *value, struct trv_civil *civil)
{
	const unsigned char *data = value->data;

	*civil = (struct trv_civil) { 0 };
	if (value->size >= 4) {
		civil->year = (int)little_endian(data, 2);
		civil->month = data[2];
		civil->day = data[3];
	}
	if (value->size >= 7) {
		civil->hour = data[4];
		civil->minute = data[5];
		civil->second = data[6];
	}
	if (value->size >= 11)
		civil->microsecond = (int)(little_endian(data + 7, 4) & INT32_MAX);
}

static int decode_civil(struct mariadb_statement *s, const struct value *value)
{
	struct trv_civil civil;
	int64_t timestamp;
	char text[TRV_TIME_TEXT];

	read_civil(value, &civil);
	if (trv_timestamp_make(&timestamp, &civil) < 0)
		return refuse_date(s, value, &civil);
	if (value->slot->type == TRV_TIMESTAMP) {
		*(int64_t *)value->to = timestamp;
		return 0;
	}
	if (value->slot->type == TRV_DATE && timestamp % TRV_DAY_MICROSECONDS == 0) {
		*(int32_t *)value->to = (int32_t)(timestamp / TRV_DAY_MICROSECONDS);
		return 0;
	}
	bool date = value->field->type == MYSQL_TYPE_DATE;
	size_t length = date ? trv_date_format((int32_t)(timestamp / TRV_DAY_MICROSECONDS), text)
	                     : trv_timestamp_format(timestamp, text);
	return trv_decode_text(value->slot, text, length, value->to, s->arena, s->error);
}

/* A TIME of the server's is a span: from -838 to 838 hours. */
static int decode_time(struct mariadb_statement *s, const struct value *value)
{
	const unsigned char *data = value->data;
	int64_t time = 0;
	char text[TRV_TIME_TEXT];

	/* The server's spans have 34 days at most; whatever is sent, nothing overflows. */
	int64_t days = value->size >= 8 ? (int64_t)(little_endian(data + 1, 4) & UINT16_MAX) : 0;
	if (value->size >= 8)
		time = (((days * 24 + data[5]) * 60 + data[6]) * 60 + data[7]) * 1000000;
	if (value->size >= 12)
		time += (int64_t)little_endian(data + 8, 4);
	if (value->size >= 8 && data[0])
		time = -time;
	if (value->slot->type == TRV_TIME || time < 0 || time >= TRV_DAY_MICROSECONDS)
		return trv_decode_integer(value->slot, time, value->to, s->arena, s->error);
	size_t length = trv_time_format(time, text);
	return trv_decode_text(value->slot, text, length, value->to, s->arena, s->error);
}

/* --- a column -------------------------------------------------------------------------------------------- */

static int decode_value(struct mariadb_statement *s, const struct value *value)
{
	switch (value->field->type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_YEAR:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONGLONG:
		return decode_integer(s, value);
	case MYSQL_TYPE_FLOAT:
		return decode_float(s, value);
	case MYSQL_TYPE_DOUBLE:
		return decode_double(s, value);
	case MYSQL_TYPE_DECIMAL:
	case MYSQL_TYPE_NEWDECIMAL:
		return decode_digits(s, value);
	case MYSQL_TYPE_DATE:
	case MYSQL_TYPE_NEWDATE:
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_TIMESTAMP:
		return decode_civil(s, value);
	case MYSQL_TYPE_TIME:
		return decode_time(s, value);
	case MYSQL_TYPE_BIT:
		return decode_bits(s, value);
	default:
		return decode_string(s, value);
	}
}

int trv__mariadb_decode_value(struct mariadb_statement *s, unsigned column, bool wanted, unsigned char **row)
{
	const struct trv_slot *slot = &s->decode->slots[column];
	struct value value = { .slot = slot, .field = &s->stmt->fields[column] };

	if (!cut_value(&value, row, s->net->buff_end)) {
		trv__mariadb_break(mariadb_of(s));
		return trv_error_set(s->error, TRV_ERR_LOST, "the server sent a malformed row");
	}
	if (!wanted)
		return 0;
	char *base = s->bases[slot->base];
	value.to = base + slot->offset;
	int r = decode_value(s, &value);
	if (r == 0 && slot->has_offset)
		*(bool *)(base + slot->has_offset) = true;
	return r;
}
