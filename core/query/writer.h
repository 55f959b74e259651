/*
 * The writer turns a query into three things by one walk over it:
 *
 *   its shape: a few bytes that are equal for queries that differ in values only;
 *   its parameters, in the order in which they stand in the SQL;
 *   its SQL text.
 *
 * A first walk makes shape and parameters. Where a plan of that shape is in the cache,
 * that is all. Else a second walk over the same query with `text` on makes the SQL, and
 * because it is the same code, the placeholders are in the order of the parameters.
 */
#ifndef TRIVET_QUERY_WRITER_H
#define TRIVET_QUERY_WRITER_H

#include <trivet/driver.h>
#include <trivet/query.h>

/* What begins the shape of a statement that is no select: those begin with less. */
enum trv__shape {
	TRV__SHAPE_INSERT = 0x40,
	TRV__SHAPE_UPDATE,
	TRV__SHAPE_UPDATE_MANY,
	TRV__SHAPE_UPDATE_VALUES,
	TRV__SHAPE_UPDATE_WHERE,
	TRV__SHAPE_DELETE,
	TRV__SHAPE_DELETE_WHERE,
	TRV__SHAPE_GET,
	TRV__SHAPE_FIND,
	TRV__SHAPE_AGGREGATE,
	TRV__SHAPE_INTEGER,
	TRV__SHAPE_SQL, /* and, of raw SQL, what becomes of its rows */
};

/* A parameter's value where it does not lie in the caller's memory in its C type. */
union trv__scalar {
	bool boolean;
	int16_t int16;
	int32_t int32;
	int64_t int64;
	float float32;
	double float64;
};

struct trv__writer {
	const struct trv_dialect *dialect;
	struct trv_arena *scratch;
	struct trv_error *error;
	int status; /* the first failure; everything after it does nothing */
	bool text_on; /* writing SQL; else shape and parameters */
	bool secret; /* a parameter may be one */
	const struct trv_bind *said; /* what is written in place of placeholders; NULL: they are */
	uint16_t aliases; /* given out so far */
	const char *root; /* the table whose own name stands for the alias t0; NULL: it has the alias */
	uint16_t depth; /* of the predicate that is being written */
	size_t rows; /* the parameters are those of so many runs of the statement: TRV_BULK_ROWS */
	bool each; /* they are arrays, for a run with each of their elements */

	uint8_t *shape;
	size_t shape_size, shape_room;
	struct trv_bind *binds;
	union trv__scalar *scalars; /* one for each bind */
	size_t bind_count, bind_room;
	char *text;
	size_t text_size, text_room;

	uint8_t shape_inline[384];
	struct trv_bind binds_inline[32];
	union trv__scalar scalars_inline[32];
};

void trv__writer_init(struct trv__writer *writer, const struct trv_dialect *dialect, struct trv_arena *scratch,
                      struct trv_error *error);

/* From shape and parameters to the text of the same query. */
void trv__writer_start_text(struct trv__writer *writer);

int trv__writer_fail(struct trv__writer *writer, int code, const char *format, ...) TRV_PRINTF(3, 4);

/* Shape. */
void trv__shape_bytes(struct trv__writer *writer, const void *data, size_t size);

/* Inline, and the common sizes without a call: the shape is made for every query that runs. */
static inline void trv__shape_run(struct trv__writer *writer, const void *data, size_t size)
{
	if (writer->text_on)
		return;
	if (size <= writer->shape_room - writer->shape_size) {
		__builtin_memcpy(writer->shape + writer->shape_size, data, size);
		writer->shape_size += size;
	} else {
		trv__shape_bytes(writer, data, size);
	}
}

static inline void trv__shape(struct trv__writer *writer, unsigned value)
{
	uint8_t byte = (uint8_t)value;

	trv__shape_run(writer, &byte, sizeof(byte));
}

static inline void trv__shape16(struct trv__writer *writer, unsigned value)
{
	uint16_t both = (uint16_t)value;

	trv__shape_run(writer, &both, sizeof(both));
}

static inline void trv__shape64(struct trv__writer *writer, uint64_t value)
{
	trv__shape_run(writer, &value, sizeof(value));
}

/*
 * The same query's text with the values in it, in the writer's scratch memory. NULL: a value is a
 * secret or would have to be quoted, or memory is short.
 */
typedef void trv__write_text(struct trv__writer *writer, const void *what);
const char *trv__say(const struct trv__writer *writer, trv__write_text *write, const void *what);
void trv__put_literal(struct trv__writer *writer, const struct trv_bind *bind);

/* Text. They do nothing while the shape is written. */
void trv__put(struct trv__writer *writer, const char *text);
void trv__put_n(struct trv__writer *writer, const char *text, size_t size);
void trv__put_number(struct trv__writer *writer, uint64_t number);
void trv__put_name(struct trv__writer *writer, const char *identifier);
void trv__put_alias(struct trv__writer *writer, unsigned alias);
void trv__put_column(struct trv__writer *writer, unsigned alias, const struct trv_column *column);

/* Parameters. Each writes its placeholder or notes the value. */
struct trv_bind *trv__bind(struct trv__writer *writer, enum trv_type type);
/* The placeholder of a column's value, in the form in which the column is kept. */
void trv__placeholder(struct trv__writer *writer, const struct trv_column *column);

/* trv_column_storage, for the loops of every statement. */
static inline uint8_t trv__storage_of(const struct trv_dialect *dialect, const struct trv_column *column)
{
	uint8_t own = column->storage[dialect->engine];

	return own ? own : column->storage[TRV_ENGINE_ANY];
}

/* Whether its values go in the type's usual form, so that an array of them can be sent. */
static inline bool trv__is_kept_as_usual(const struct trv_dialect *dialect, const struct trv_column *column)
{
	return column->type == TRV_ENUM || trv__storage_of(dialect, column) == TRV_STORE_DEFAULT;
}

void trv__bind_int64(struct trv__writer *writer, int64_t value);

/* A value for `column` of `model`, checked; `value` as in struct trv_expr. */
void trv__bind_expr(struct trv__writer *writer, const struct trv_model *model, const struct trv_column *column,
                    const struct trv_expr *expr);
/* The member of a row's struct, or an element of an array of the column's C type. */
void trv__bind_member(struct trv__writer *writer, const struct trv_model *model, const struct trv_column *column,
                      const void *member);
/* Room for so many more, so that they are not moved time and again. */
void trv__bind_reserve(struct trv__writer *writer, size_t count);

/* The members of a row that was checked, in the columns' order. Only while the shape is written. */
void trv__bind_row(struct trv__writer *writer, const struct trv_model *model, uint64_t columns, const void *row);
void trv__bind_value(struct trv__writer *writer, const struct trv_value *value);
void trv__bind_null(struct trv__writer *writer, const struct trv_column *column);

/* One array parameter: `count` values of the column's C type, `stride` bytes apart. */
void trv__bind_array(struct trv__writer *writer, const struct trv_column *column, const void *values, size_t count,
                     size_t stride);

/* The same for a column of rows that lie side by side: their nulls too. */
void trv__bind_rows(struct trv__writer *writer, const struct trv_column *column, const char *rows, size_t count,
                    size_t row_size);

#endif
