/*
 * Rows. Connector/C reads a packet and hands out its columns one by one; each is decoded
 * from the packet straight into the caller's struct. The packet comes from outside, so
 * nothing is read beyond the client library's buffer.
 */
#include "internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BINARY 63 /* the number of the character set that is none */

/* --- metadata --------------------------------------------------------------------------------- */

static bool same_name(const char *a, const char *b)
{
	/* Names of columns differ by more than case in MariaDB. */
	return strcmp(a, b) == 0 || strcasecmp(a, b) == 0;
}

/*
 * The names come with each answer, so the comparison is with each answer: a prepared
 * SELECT * whose table changed succeeds, with its values in other places than before.
 * Connector/C keeps the first names in the statement; the connection has the latest.
 */
int trv__mariadb_check(struct mariadb_statement *statement, const struct trv_decode *decode, struct trv_error *error)
{
	const MYSQL *mysql = mariadb_of(statement)->mysql;

	if (mysql->field_count != decode->count)
		return trv_error_set(error, TRV_ERR_MISMATCH, "the result has %u columns, expected %zu",
		                     mysql->field_count, decode->count);
	for (size_t i = 0; i < decode->count; i++) {
		const struct trv_slot *slot = &decode->slots[i];
		if (slot->name && slot->type && !same_name(mysql->fields[i].name, slot->name))
			return trv_error_set(error, TRV_ERR_MISMATCH, "column %zu of the result is '%s', expected '%s'",
			                     i + 1, mysql->fields[i].name, slot->name);
	}
	return 0;
}

/* --- the packet --------------------------------------------------------------------------------- */

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
	const unsigned char *at = *row;
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
	*row += (at - *row) + (ptrdiff_t)size;
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
	int64_t number = sign_extend(bits, value->size);
	if (value->slot->type == TRV_INT64) {
		*(int64_t *)value->to = number;
		return 0;
	}
	if (value->slot->type == TRV_INT32 && number == (int32_t)number) {
		*(int32_t *)value->to = (int32_t)number;
		return 0;
	}
	return trv_decode_integer(value->slot, number, value->to, s->arena, s->error);
}

static int decode_float(struct mariadb_statement *s, const struct value *value)
{
	float number;

	memcpy(&number, value->data, sizeof(number));
	if (value->slot->type == TRV_FLOAT32) {
		*(float *)value->to = number;
		return 0;
	}
	return trv_decode_real(value->slot, number, value->to, s->arena, s->error);
}

static int decode_double(struct mariadb_statement *s, const struct value *value)
{
	double number;

	memcpy(&number, value->data, sizeof(number));
	if (value->slot->type == TRV_FLOAT64) {
		*(double *)value->to = number;
		return 0;
	}
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
	return value->field->charsetnr == BINARY ? decode_blob(s, value) : decode_text(s, value);
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

static int decode_null(struct mariadb_statement *s, const struct trv_slot *slot)
{
	if (slot->type == 0)
		return 0;
	if (slot->flags & TRV_SLOT_PRESENCE) {
		s->absent |= UINT64_C(1) << slot->base;
		return 0;
	}
	return trv_decode_null(slot, s->bases[slot->base], s->error);
}

static int decode_column(struct mariadb_statement *s, const struct value *value)
{
	char *base = s->bases[value->slot->base];
	int r = decode_value(s, value);

	if (r == 0 && value->slot->has_offset)
		*(bool *)(base + value->slot->has_offset) = true;
	return r;
}

void trv__mariadb_decode(void *data, unsigned column, unsigned char **row)
{
	struct mariadb_statement *s = data;
	const struct trv_slot *slot = s->slots ? &s->slots[column] : NULL;

	if (!row) {
		if (!s->failed && slot)
			s->failed = decode_null(s, slot);
		return;
	}
	/* also of a row that is given up: the client library looks for the next column where this one ends */
	struct value value = { .slot = slot, .field = &s->stmt->fields[column] };
	if (!cut_value(&value, row, mariadb_of(s)->mysql->net.buff_end)) {
		trv__mariadb_break(mariadb_of(s));
		s->failed = trv_error_set(s->error, TRV_ERR_LOST, "the server sent a malformed row");
		return;
	}
	if (s->failed || !slot || slot->type == 0 || s->absent >> slot->base & 1)
		return;
	value.to = (char *)s->bases[slot->base] + slot->offset;
	s->failed = decode_column(s, &value);
}

/* --- fetch -------------------------------------------------------------------------------------------------- */

static int complete(struct mariadb_statement *s)
{
	s->outcome->affected = s->rows;
	s->outcome->last_id = (int64_t)mysql_stmt_insert_id(s->stmt);
	trv__mariadb_finish(&s->base);
	return 0;
}

static int next_row(struct mariadb_statement *s, struct trv_error *error)
{
	int native = mysql_stmt_fetch(s->stmt);

	if (native == 0)
		return s->failed ? s->failed : 1;
	if (native == MYSQL_NO_DATA)
		return 0;
	int r = trv__mariadb_fail_statement(mariadb_of(s), s->stmt, error);
	trv__mariadb_finish(&s->base);
	return r;
}

static int next_chunk(struct mariadb_statement *s, const struct trv_decode *decode, struct trv_error *error)
{
	int r = trv__mariadb_bulk_next(s, error);

	if (r > 0) {
		int checked = trv__mariadb_check(s, decode, error);
		r = checked < 0 ? checked : r;
	}
	return r;
}

static int prepare_wait(struct mariadb_statement *s, struct trv_error *error)
{
	if (s->span)
		trv__mariadb_wait_each(s->span);
	else
		trv__mariadb_wait_until(s->deadline);
	/* Rows that keep coming never wait, and yet they may take too long. */
	if (!s->span && s->deadline && (s->rows & 255) == 255 && trv_monotonic() >= s->deadline)
		return trv_error_set(error, TRV_ERR_TIMEOUT, "the deadline passed after %llu rows",
		                     (unsigned long long)s->rows);
	return 0;
}

int trv__mariadb_fetch(struct trv_statement *base, const struct trv_decode *decode, void *const *bases,
                       struct trv_arena *arena, uint64_t *absent, struct trv_error *error)
{
	struct mariadb_statement *s = mariadb_statement_of(base);

	if (mariadb_of(s)->reading != s)
		return mariadb_of(s)->base.broken ? trv_error_set(error, TRV_ERR_LOST, "the connection was lost") : 0;
	if (decode->count != mysql_stmt_field_count(s->stmt))
		return trv_error_set(error, TRV_ERR_MISMATCH, "the result has %u columns, expected %zu",
		                     mysql_stmt_field_count(s->stmt), decode->count);
	int r = prepare_wait(s, error);
	s->slots = decode->slots;
	s->bases = bases;
	s->arena = arena;
	s->error = error;
	s->absent = 0;
	s->failed = 0;
	if (r == 0)
		r = next_row(s, error);
	while (r == 0 && mariadb_of(s)->reading == s && (r = next_chunk(s, decode, error)) > 0)
		r = next_row(s, error);
	s->slots = NULL;
	if (r > 0) {
		s->rows++;
		*absent = s->absent;
	} else if (r == 0 && mariadb_of(s)->reading == s) {
		complete(s);
	}
	return r;
}
