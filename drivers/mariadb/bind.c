/*
 * Parameters. Numbers, texts and bytes are sent from the caller's memory; what the wire
 * has in another form (decimals as digits, dates as fields) is written to a cell first.
 * The type on the wire depends on the column alone, never on the value: the rows of a
 * bulk statement share it.
 */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000) /* in microseconds */
#define EPOCH_JULIAN 2440587.5
#define MAX_LENGTH INT32_MAX

enum wire {
	WIRE_NONE,
	WIRE_NUMBER, /* the caller's number as it is */
	WIRE_FLOAT, /* the same, where it is finite */
	WIRE_REAL, /* a double in the cell */
	WIRE_INTEGER, /* an int64 in the cell */
	WIRE_TEXT, /* digits or text in the cell */
	WIRE_TIME, /* a date or time in the cell */
	WIRE_BYTES, /* the caller's bytes */
};

struct form {
	enum enum_field_types type;
	enum wire wire;
};

/* The usual form of each type, and below the forms of other storages. */
static const struct form usual[TRV_ENUM + 1] = {
	[TRV_BOOL] = { MYSQL_TYPE_TINY, WIRE_NUMBER },        [TRV_INT16] = { MYSQL_TYPE_SHORT, WIRE_NUMBER },
	[TRV_INT32] = { MYSQL_TYPE_LONG, WIRE_NUMBER },       [TRV_INT64] = { MYSQL_TYPE_LONGLONG, WIRE_NUMBER },
	[TRV_FLOAT32] = { MYSQL_TYPE_FLOAT, WIRE_FLOAT },     [TRV_FLOAT64] = { MYSQL_TYPE_DOUBLE, WIRE_FLOAT },
	[TRV_DECIMAL] = { MYSQL_TYPE_NEWDECIMAL, WIRE_TEXT }, [TRV_TEXT] = { MYSQL_TYPE_STRING, WIRE_BYTES },
	[TRV_BYTES] = { MYSQL_TYPE_BLOB, WIRE_BYTES },        [TRV_DATE] = { MYSQL_TYPE_DATE, WIRE_TIME },
	[TRV_TIME] = { MYSQL_TYPE_TIME, WIRE_TIME },          [TRV_TIMESTAMP] = { MYSQL_TYPE_DATETIME, WIRE_TIME },
	[TRV_UUID] = { MYSQL_TYPE_BLOB, WIRE_BYTES },         [TRV_JSON] = { MYSQL_TYPE_STRING, WIRE_BYTES },
	[TRV_ENUM] = { MYSQL_TYPE_STRING, WIRE_BYTES },
};

static const struct form text_form = { MYSQL_TYPE_STRING, WIRE_TEXT };
static const struct form number_form = { MYSQL_TYPE_NEWDECIMAL, WIRE_TEXT };
static const struct form integer_form = { MYSQL_TYPE_LONGLONG, WIRE_INTEGER };
static const struct form real_form = { MYSQL_TYPE_DOUBLE, WIRE_REAL };
static const struct form enum_form = { MYSQL_TYPE_LONG, WIRE_NUMBER };

static struct form form_of(const struct trv_bind *bind)
{
	if (bind->type == 0 || bind->type > TRV_ENUM)
		return (struct form) { MYSQL_TYPE_NULL, WIRE_NONE };
	switch (bind->storage) {
	case TRV_STORE_ISO:
	case TRV_STORE_TEXT:
		return text_form;
	case TRV_STORE_UNIX: /* may have a fraction */
		return number_form;
	case TRV_STORE_MILLIS:
	case TRV_STORE_MICROS:
		return integer_form;
	case TRV_STORE_JULIAN:
	case TRV_STORE_REAL:
		return real_form;
	case TRV_STORE_INTEGER:
		return bind->type == TRV_ENUM ? enum_form : integer_form;
	default:
		return usual[bind->type];
	}
}

static int refuse(unsigned i, const char *why, struct trv_error *error)
{
	return trv_error_set(error, TRV_ERR_VALUE, "parameter %u: %s", i + 1, why);
}

/* --- what is written to a cell ---------------------------------------------------------------- */

static int write_integer(struct mariadb_cell *cell, unsigned i, const struct trv_bind *bind, struct trv_error *error)
{
	if (bind->type == TRV_DECIMAL) {
		struct trv_decimal units;
		memcpy(&units, bind->value, sizeof(units));
		if (trv_decimal_rescale(&units, bind->scale) < 0 || units.high != ((int64_t)units.low < 0 ? -1 : 0))
			return refuse(i, "the decimal does not fit a 64-bit integer", error);
		cell->as.integer = (int64_t)units.low;
		return 0;
	}
	int64_t value = *(const int64_t *)bind->value;
	bool millis = bind->storage == TRV_STORE_MILLIS;
	cell->as.integer = millis ? value / 1000 - (value % 1000 < 0) : value;
	return 0;
}

static void write_real(struct mariadb_cell *cell, const struct trv_bind *bind)
{
	if (bind->type == TRV_DECIMAL)
		cell->as.real = trv_decimal_to_double(bind->value);
	else if (bind->type == TRV_DATE)
		cell->as.real = *(const int32_t *)bind->value + EPOCH_JULIAN;
	else
		cell->as.real = (double)*(const int64_t *)bind->value / (double)TRV_DAY_MICROSECONDS + EPOCH_JULIAN;
}

static size_t format_timestamp(const struct trv_bind *bind, char *text)
{
	int64_t value = *(const int64_t *)bind->value;

	if (bind->storage != TRV_STORE_UNIX)
		return trv_timestamp_format(value, text);
	struct trv_decimal seconds = trv_decimal(value, 6);
	return trv_decimal_format(&seconds, text);
}

static int write_text(struct mariadb_cell *cell, unsigned i, const struct trv_bind *bind, struct trv_error *error)
{
	char *text = cell->as.text;

	switch (bind->type) {
	case TRV_BOOL:
		cell->length = (unsigned long)snprintf(text, sizeof(cell->as.text), "%s",
		                                       *(const bool *)bind->value ? "true" : "false");
		return 0;
	case TRV_DECIMAL:
		cell->length = trv_decimal_format(bind->value, text);
		return 0;
	case TRV_DATE:
		cell->length = trv_date_format(*(const int32_t *)bind->value, text);
		return 0;
	case TRV_TIME:
		cell->length = trv_time_format(*(const int64_t *)bind->value, text);
		return 0;
	case TRV_TIMESTAMP:
		cell->length = format_timestamp(bind, text);
		return 0;
	case TRV_UUID:
		trv_uuid_format(bind->value, text);
		cell->length = TRV_UUID_TEXT - 1;
		return 0;
	default:
		return refuse(i, "this type is not stored as text", error);
	}
}

static int write_day_time(MYSQL_TIME *to, unsigned i, int64_t value, struct trv_error *error)
{
	if (value < 0 || value >= TRV_DAY_MICROSECONDS)
		return refuse(i, "the time is not within a day", error);
	*to = (MYSQL_TIME) {
		.hour = (unsigned)(value / (3600 * SECOND)),
		.minute = (unsigned)(value / (60 * SECOND) % 60),
		.second = (unsigned)(value / SECOND % 60),
		.second_part = (unsigned long)(value % SECOND),
		.time_type = MYSQL_TIMESTAMP_TIME,
	};
	return 0;
}

static int write_date(struct mariadb_cell *cell, unsigned i, int32_t date, enum enum_mysql_timestamp_type type,
                      struct trv_error *error)
{
	struct trv_civil civil = trv_date_civil(date);

	if (civil.year < 1 || civil.year > 9999)
		return refuse(i, "mariadb keeps the years 1 to 9999", error);
	cell->as.time = (MYSQL_TIME) {
		.year = (unsigned)civil.year,
		.month = (unsigned)civil.month,
		.day = (unsigned)civil.day,
		.time_type = type,
	};
	return 0;
}

/* What is written together is often of the same day, which the cell still has from the row before. */
static int write_timestamp(struct mariadb_cell *cell, unsigned i, int64_t value, struct trv_error *error)
{
	int64_t time = value % TRV_DAY_MICROSECONDS, days = value / TRV_DAY_MICROSECONDS;
	MYSQL_TIME *to = &cell->as.time;

	if (time < 0) {
		time += TRV_DAY_MICROSECONDS;
		days--;
	}
	if (days != cell->day) {
		int r = write_date(cell, i, (int32_t)days, MYSQL_TIMESTAMP_DATETIME, error);
		if (r < 0)
			return r;
		cell->day = days;
	}
	uint32_t seconds = (uint32_t)(time / SECOND);
	to->hour = seconds / 3600;
	to->minute = seconds / 60 % 60;
	to->second = seconds % 60;
	to->second_part = (unsigned long)(time % SECOND);
	return 0;
}

static int write_time(struct mariadb_cell *cell, unsigned i, const struct trv_bind *bind, struct trv_error *error)
{
	switch (bind->type) {
	case TRV_TIME:
		return write_day_time(&cell->as.time, i, *(const int64_t *)bind->value, error);
	case TRV_DATE:
		return write_date(cell, i, *(const int32_t *)bind->value, MYSQL_TIMESTAMP_DATE, error);
	default:
		return write_timestamp(cell, i, *(const int64_t *)bind->value, error);
	}
}

/* --- one parameter ------------------------------------------------------------------------------ */

static bool is_finite(const struct trv_bind *bind)
{
	return bind->type == TRV_FLOAT32 ? isfinite(*(const float *)bind->value)
	                                 : isfinite(*(const double *)bind->value);
}

static void point(MYSQL_BIND *to, struct mariadb_cell *cell, const void *memory, size_t size)
{
	/* Connector/C does not write to a parameter's memory. */
	to->buffer = (void *)(uintptr_t)memory;
	to->buffer_length = cell->length = (unsigned long)size;
}

static int bind_bytes(MYSQL_BIND *to, struct mariadb_cell *cell, unsigned i, const struct trv_bind *bind,
                      struct trv_error *error)
{
	size_t size = bind->type == TRV_UUID ? sizeof(struct trv_uuid) : bind->size;

	if (size > MAX_LENGTH)
		return trv_error_set(error, TRV_ERR_LIMIT, "parameter %u: %zu bytes, the limit is %d", i + 1, size,
		                     MAX_LENGTH);
	/* No buffer would be null. */
	point(to, cell, bind->value ? bind->value : "", size);
	return 0;
}

static int bind_cell(MYSQL_BIND *to, struct mariadb_cell *cell, unsigned i, const struct trv_bind *bind,
                     struct trv_error *error)
{
	int r = 0;

	if (cell->wire == WIRE_REAL)
		write_real(cell, bind);
	else if (cell->wire == WIRE_INTEGER)
		r = write_integer(cell, i, bind, error);
	else if (cell->wire == WIRE_TEXT)
		r = write_text(cell, i, bind, error);
	else
		r = write_time(cell, i, bind, error);
	point(to, cell, &cell->as, cell->wire == WIRE_TEXT ? cell->length : 0);
	return r;
}

/* Not null, and not a number as it is. */
static int bind_value(MYSQL_BIND *to, struct mariadb_cell *cell, unsigned i, const struct trv_bind *bind,
                      struct trv_error *error)
{
	if (cell->wire == WIRE_BYTES)
		return bind_bytes(to, cell, i, bind, error);
	if (cell->wire != WIRE_FLOAT)
		return bind_cell(to, cell, i, bind, error);
	if (!is_finite(bind))
		return refuse(i, "mariadb keeps no NaN and no infinity", error);
	to->buffer = (void *)(uintptr_t)bind->value;
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------------ */

int trv__mariadb_bind_row(struct mariadb_statement *statement, MYSQL_BIND *to, const struct trv_bind *row,
                          struct trv_error *error)
{
	struct mariadb_cell *cells = statement->cells, *end = cells + statement->parameters;
	int r = 0;

	for (struct mariadb_cell *cell = cells; cell < end && r == 0; cell++, to++, row++) {
		cell->null = row->null;
		if (row->null)
			to->buffer = cell; /* anything but NULL */
		else if (cell->wire == WIRE_NUMBER)
			to->buffer = (void *)(uintptr_t)row->value;
		else
			r = bind_value(to, cell, (unsigned)(cell - cells), row, error);
	}
	return r;
}

static int bind_type(MYSQL_BIND *to, struct mariadb_cell *cell, unsigned i, const struct trv_bind *value,
                     struct trv_error *error)
{
	struct form form = form_of(value);

	if (form.wire == WIRE_NONE)
		return trv_error_set(error, TRV_ERR_MISUSE, "parameter %u: no type %u", i + 1, value->type);
	if (value->count)
		return trv_error_set(error, TRV_ERR_UNSUPPORTED, "parameter %u: mariadb has no arrays", i + 1);
	cell->type = value->type;
	cell->storage = value->storage;
	cell->wire = (uint8_t)form.wire;
	cell->day = INT64_MAX; /* none */
	*to = (MYSQL_BIND) {
		.buffer_type = form.type,
		.length = &cell->length,
		.is_null = &cell->null,
		.u.indicator = &cell->null,
	};
	return 0;
}

static bool are_bound(const struct mariadb_statement *statement, const struct trv_bind *row)
{
	for (unsigned i = 0; i < statement->parameters; i++) {
		const struct mariadb_cell *cell = &statement->cells[i];

		if (row[i].type != cell->type || row[i].storage != cell->storage || row[i].count)
			return false;
	}
	return true;
}

/* The server remembers the types, and the client library where the values are: both are told once. */
int trv__mariadb_bind_types(struct mariadb_statement *statement, const struct trv_bind *row, struct trv_error *error)
{
	int r = 0;

	if (are_bound(statement, row))
		return 0;
	statement->bound = false;
	for (unsigned i = 0; i < statement->parameters && r == 0; i++)
		r = bind_type(&statement->binds[i], &statement->cells[i], i, &row[i], error);
	return r;
}

MYSQL_BIND *trv__mariadb_binds(struct mariadb_statement *statement)
{
	return statement->bound ? statement->stmt->params : statement->binds;
}

size_t trv__mariadb_row_size(const struct trv_bind *row, size_t count)
{
	size_t size = 0;

	/* The longest of what is not text or bytes, with its length and indicator. */
	for (size_t i = 0; i < count; i++)
		size += TRV_DECIMAL_TEXT + 10 + (row[i].null ? 0 : row[i].size);
	return size;
}

int trv__mariadb_bind(struct mariadb_statement *statement, const struct trv_bind *row, struct trv_error *error)
{
	if (!statement->parameters)
		return 0;
	if (statement->arrays)
		trv__mariadb_bulk_end(statement);
	int r = trv__mariadb_bind_types(statement, row, error);
	if (r == 0)
		r = trv__mariadb_bind_row(statement, trv__mariadb_binds(statement), row, error);
	if (r < 0)
		return r;
	size_t size = trv__mariadb_row_size(row, statement->parameters);
	unsigned long limit = mariadb_of(statement)->max_packet;
	/* The server would close the connection. */
	if (size > limit && size - limit > (TRV_DECIMAL_TEXT + 10) * (size_t)statement->parameters)
		return trv_error_set(error, TRV_ERR_LIMIT,
		                     "%zu bytes of values, the server's max_allowed_packet is %lu", size, limit);
	return 0;
}
