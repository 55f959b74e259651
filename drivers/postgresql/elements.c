/*
 * Values of many rows on their way: column by column as arrays, row by row as COPY takes
 * them. Each has its length before it; a null has the length -1 and nothing behind.
 *
 * Arrays have a loop for each kind of value with its writer in it: a call for each value
 * took more of the client's time than all else that it does for them.
 */
#include "value.h"

#define ARRAY_HEAD 20 /* dimensions, has nulls, element type, length, lower bound */
#define LENGTH sizeof(uint32_t)

/* The element of each array type. */
static Oid element_of(const struct pg_wire *wire)
{
	if (wire->type != PG_UNKNOWN)
		return wire->type;
	return wire->array == PG_JSON_ARRAY ? PG_JSON : PG_TEXT;
}

Oid trv__pg_element_type(const struct trv_bind *bind)
{
	return element_of(pg_wire_of(bind));
}

/* Where the elements of an array parameter lie. */
struct column {
	const char *values;
	size_t step;
	const char *present; /* NULL: all are */
	size_t present_step;
	uint8_t kind; /* enum pg_kind */
};

static struct column column_of(const struct trv_bind *bind)
{
	return (struct column) {
		.values = bind->value,
		.step = bind->size,
		.present = (const char *)bind->present,
		.present_step = bind->present_stride,
		.kind = pg_wire_of(bind)->kind,
	};
}

/* Element i, or NULL. */
static inline const void *value_at(const struct column *column, size_t i)
{
	if (column->present && !*(const bool *)(column->present + i * column->present_step))
		return NULL;
	return column->values + i * column->step;
}

/* The bytes of a text or of bytes; NULL data is null. */
static inline __attribute__((always_inline)) struct trv_bytes run_at(enum pg_kind kind, const void *value)
{
	const char *text;

	if (!value)
		return (struct trv_bytes) { NULL, 0 };
	if (kind == PG_KIND_BYTES)
		return *(const struct trv_bytes *)value;
	text = *(const char *const *)value;
	return (struct trv_bytes) { text, text ? strlen(text) : 0 };
}

static inline char *put_null(char *to)
{
	wire_put32(to, UINT32_MAX);
	return to + LENGTH;
}

static inline char *put_run(char *to, struct trv_bytes run)
{
	wire_put32(to, (uint32_t)run.size);
	memcpy(to + LENGTH, run.data, run.size);
	return to + LENGTH + run.size;
}

/* Makes room behind `to`, and says where that is then. NULL: there is none. */
static char *more_room(struct pg_output *output, char *to, size_t more, struct trv_error *error)
{
	output->size = (size_t)(to - output->data);
	return output->reserve(output, more, error) < 0 ? NULL : output->data + output->size;
}

static int no_such_value(const struct trv_bind *bind, struct trv_error *error)
{
	return trv_error_set(error, TRV_ERR_VALUE, "a %s is out of the engine's range",
	                     trv_type_name((enum trv_type)bind->type));
}

/* --- arrays ---------------------------------------------------------------------------- */

/* What is done for each element of an array. */
struct elements {
	struct pg_output *output;
	struct column column;
	size_t count;
	bool nulls; /* there are some */
};

/* There is room for all of them. */
static inline __attribute__((always_inline)) bool put_fixed(struct elements *elements, enum pg_kind kind)
{
	struct pg_output *output = elements->output;
	const struct column column = elements->column;
	char *to = output->data + output->size;

	for (size_t i = 0; i < elements->count; i++) {
		const void *value = value_at(&column, i);

		if (!value) {
			elements->nulls = true;
			to = put_null(to);
			continue;
		}
		size_t size = pg_put(kind, to + LENGTH, value);
		if (!size)
			return false;
		wire_put32(to, (uint32_t)size);
		to += LENGTH + size;
	}
	output->size = (size_t)(to - output->data);
	return true;
}

static bool put_by_kind(struct elements *elements)
{
	switch (elements->column.kind) {
	case PG_KIND_BYTE:
		return put_fixed(elements, PG_KIND_BYTE);
	case PG_KIND_16:
		return put_fixed(elements, PG_KIND_16);
	case PG_KIND_32:
		return put_fixed(elements, PG_KIND_32);
	case PG_KIND_64:
		return put_fixed(elements, PG_KIND_64);
	case PG_KIND_TIMESTAMP:
		return put_fixed(elements, PG_KIND_TIMESTAMP);
	default:
		return put_fixed(elements, (enum pg_kind)elements->column.kind);
	}
}

static int put_runs(struct elements *elements, struct trv_error *error)
{
	struct pg_output *output = elements->output;
	const struct column column = elements->column;
	char *to = output->data + output->size;

	for (size_t i = 0; i < elements->count; i++) {
		struct trv_bytes run = run_at((enum pg_kind)column.kind, value_at(&column, i));
		size_t size = LENGTH + run.size;

		if (size > output->room - (size_t)(to - output->data)) {
			to = more_room(output, to, size, error);
			if (!to)
				return error->code;
		}
		elements->nulls |= !run.data;
		to = run.data ? put_run(to, run) : put_null(to);
	}
	output->size = (size_t)(to - output->data);
	return 0;
}

size_t trv__pg_array_room(const struct trv_bind *bind)
{
	size_t room;

	if (__builtin_mul_overflow(bind->count, LENGTH + pg_wire_of(bind)->room, &room) ||
	    __builtin_add_overflow(room, ARRAY_HEAD, &room))
		return SIZE_MAX;
	return room;
}

/* One dimension, counted from 1; an array without elements has no dimension. */
int trv__pg_array_put(struct pg_output *output, const struct trv_bind *bind, struct trv_error *error)
{
	struct elements elements = { output, column_of(bind), bind->count, false };
	size_t start = output->size;
	int r = 0;

	output->size += ARRAY_HEAD;
	if (elements.column.kind <= PG_KIND_BYTES)
		r = put_runs(&elements, error);
	else if (!put_by_kind(&elements))
		r = no_such_value(bind, error);
	char *head = output->data + start;
	wire_put32(head, 1);
	wire_put32(head + 4, elements.nulls);
	wire_put32(head + 8, trv__pg_element_type(bind));
	wire_put32(head + 12, (uint32_t)bind->count);
	wire_put32(head + 16, 1);
	return r;
}

/* --- rows ------------------------------------------------------------------------------ */

struct rows {
	struct pg_output *output;
	struct column columns[TRV_MAX_COLUMNS];
	size_t count; /* of columns */
	size_t fixed; /* bytes of a row at most, without its runs */
};

/* A run leaves room for what of the row has a fixed size. */
static inline char *put_field(const struct rows *rows, const struct column *column, size_t i, char *to,
                              struct trv_error *error)
{
	struct pg_output *output = rows->output;
	const void *value = value_at(column, i);
	size_t size;

	if (column->kind <= PG_KIND_BYTES) {
		struct trv_bytes run = run_at((enum pg_kind)column->kind, value);

		if (!run.data)
			return put_null(to);
		if (run.size + rows->fixed > output->room - (size_t)(to - output->data)) {
			to = more_room(output, to, run.size + rows->fixed, error);
			if (!to)
				return NULL;
		}
		return put_run(to, run);
	}
	if (!value)
		return put_null(to);
	size = pg_put((enum pg_kind)column->kind, to + LENGTH, value);
	if (!size) {
		trv_error_set(error, TRV_ERR_VALUE, "row %zu: a value is out of the engine's range", i + 1);
		return NULL;
	}
	wire_put32(to, (uint32_t)size);
	return to + LENGTH + size;
}

static int put_row(const struct rows *rows, size_t i, struct trv_error *error)
{
	struct pg_output *output = rows->output;
	char *to = output->data + output->size;

	if (rows->fixed > output->room - output->size)
		to = more_room(output, to, rows->fixed, error);
	if (to) {
		wire_put16(to, (uint16_t)rows->count);
		to += sizeof(uint16_t);
	}
	for (size_t k = 0; to && k < rows->count; k++)
		to = put_field(rows, &rows->columns[k], i, to, error);
	if (!to)
		return error->code;
	output->size = (size_t)(to - output->data);
	return 0;
}

int trv__pg_rows_put(struct pg_output *output, const struct trv_bind *columns, size_t count, struct trv_error *error)
{
	struct rows rows = { .output = output, .count = count, .fixed = sizeof(uint16_t) };
	int r = 0;

	if (count > TRV_MAX_COLUMNS)
		return trv_error_set(error, TRV_ERR_LIMIT, "%zu columns, the limit is %d", count, TRV_MAX_COLUMNS);
	for (size_t i = 0; i < count; i++) {
		rows.columns[i] = column_of(&columns[i]);
		rows.fixed += LENGTH + pg_wire_of(&columns[i])->room;
	}
	for (size_t i = 0; i < columns[0].count && r == 0; i++)
		r = put_row(&rows, i, error);
	return r;
}
