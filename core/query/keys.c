/*
 * Key lists. Where the engine takes arrays, a list is one parameter and the statement
 * is the same for every length. Elsewhere it is IN (?, ?, ...), padded with the last
 * value so that few statements serve all lengths (measured: at most 9 % more than the
 * exact length, against 40 to 55 % for preparing each).
 */
#include "query/predicate.h"

#include <string.h>

#define KEYS_LIMIT 16384
#define QUARTERED 64

/* What is kept in another way than usual has no array type that the driver knows. */
static bool go_by_arrays(const struct trv_dialect *dialect, const struct trv_model *model, const uint16_t *columns,
                         size_t key_count)
{
	for (size_t i = 0; i < key_count; i++)
		if (!trv__is_kept_as_usual(dialect, &model->columns[columns[i]]))
			return false;
	return dialect->key_arrays;
}

size_t trv__keys_limit(const struct trv_dialect *dialect, const struct trv_model *model, const uint16_t *columns,
                       size_t key_count)
{
	size_t limit = KEYS_LIMIT;

	if (go_by_arrays(dialect, model, columns, key_count))
		return SIZE_MAX;
	while (limit > 1 && limit * key_count > dialect->max_parameters / 2)
		limit /= 2;
	return limit;
}

/* The next power of two; of many keys, of which each takes its time, the next quarter of it. */
static size_t padded_to(size_t count)
{
	size_t padded = 1, quarter;

	while (padded < count)
		padded *= 2;
	if (padded <= QUARTERED)
		return padded;
	quarter = padded / 8;
	return (count + quarter - 1) / quarter * quarter;
}

/* What an array parameter holds: the column's C values side by side. Enums become their stored text. */
static void bind_column(struct trv__writer *writer, const struct trv__key_list *keys, size_t part)
{
	const struct trv_column *column = &keys->model->columns[keys->columns[part]];
	size_t size = trv_type_size(column->type);
	bool as_text =
		column->type == TRV_ENUM && trv_column_storage(column, writer->dialect->engine) != TRV_STORE_INTEGER;
	size_t stride = as_text ? sizeof(const char *) : size;
	char *values = keys->count > SIZE_MAX / stride ? NULL : trv_arena_alloc(writer->scratch, keys->count * stride);

	if (!values) {
		trv__writer_fail(writer, TRV_ERR_NOMEM, "out of memory for %zu keys", keys->count);
		return;
	}
	for (size_t i = 0; i < keys->count; i++) {
		const char *value = keys->values[i * keys->key_count + part];

		if (as_text)
			((const char **)(void *)values)[i] =
				column->enumeration->values[*(const int32_t *)(const void *)value].stored;
		else
			memcpy(values + i * stride, value, size);
	}
	trv__bind_array(writer, column, values, keys->count, stride);
}

static void array_placeholder(struct trv__writer *writer, const struct trv__key_list *keys, size_t part)
{
	const struct trv_column *column = &keys->model->columns[keys->columns[part]];

	if (!writer->text_on) {
		bind_column(writer, keys, part);
		return;
	}
	trv__placeholder(writer, column);
	trv__put(writer, "[]");
}

static void write_arrays(struct trv__writer *writer, unsigned alias, const struct trv_model *model,
                         const uint16_t *columns, const struct trv__key_list *keys)
{
	if (keys->key_count == 1) {
		trv__put_column(writer, alias, &model->columns[columns[0]]);
		trv__put(writer, " = ANY(");
		array_placeholder(writer, keys, 0);
		trv__put(writer, ")");
		return;
	}
	trv__put(writer, "(");
	for (size_t i = 0; i < keys->key_count; i++) {
		trv__put(writer, i ? ", " : "");
		trv__put_column(writer, alias, &model->columns[columns[i]]);
	}
	trv__put(writer, ") IN (SELECT * FROM unnest(");
	for (size_t i = 0; i < keys->key_count; i++) {
		trv__put(writer, i ? ", " : "");
		array_placeholder(writer, keys, i);
	}
	trv__put(writer, "))");
}

static void write_one_key(struct trv__writer *writer, const struct trv__key_list *keys, size_t index)
{
	size_t i = index < keys->count ? index : keys->count - 1;
	bool rows = keys->key_count > 1;

	trv__put(writer, index ? ", " : "");
	trv__put(writer, rows ? "(" : "");
	for (size_t part = 0; part < keys->key_count; part++) {
		const struct trv_column *column = &keys->model->columns[keys->columns[part]];

		trv__put(writer, part ? ", " : "");
		if (writer->text_on)
			trv__placeholder(writer, column);
		else
			trv__bind_member(writer, keys->model, column, keys->values[i * keys->key_count + part]);
	}
	trv__put(writer, rows ? ")" : "");
}

/* Numbers: their parameters differ in nothing but where the value lies. */
static void bind_numbers(struct trv__writer *writer, const struct trv__key_list *keys, size_t padded)
{
	write_one_key(writer, keys, 0);
	trv__bind_reserve(writer, padded - 1);
	if (writer->status < 0)
		return;
	struct trv_bind *first = &writer->binds[writer->bind_count - 1];
	for (size_t i = 1; i < padded; i++) {
		first[i] = *first;
		first[i].value = keys->values[i < keys->count ? i : keys->count - 1];
	}
	writer->bind_count += padded - 1;
}

static bool are_numbers(const struct trv__key_list *keys)
{
	enum trv_type type = keys->model->columns[keys->columns[0]].type;

	return keys->key_count == 1 && (type == TRV_INT16 || type == TRV_INT32 || type == TRV_INT64);
}

void trv__write_keys(struct trv__writer *writer, unsigned alias, const struct trv_model *model, const uint16_t *columns,
                     const struct trv__key_list *keys)
{
	/* the placeholders are of the values' types, whatever the columns that they are compared with */
	for (size_t i = 0; i < keys->key_count; i++) {
		trv__shape(writer, columns[i] + 1u);
		trv__shape(writer, keys->model->columns[keys->columns[i]].type);
	}
	trv__shape(writer, 0);
	if (go_by_arrays(writer->dialect, keys->model, keys->columns, keys->key_count)) {
		write_arrays(writer, alias, model, columns, keys);
		return;
	}
	size_t padded = padded_to(keys->count);

	trv__shape64(writer, padded);
	if (keys->key_count > 1)
		trv__put(writer, "(");
	for (size_t i = 0; i < keys->key_count; i++) {
		trv__put(writer, i ? ", " : "");
		trv__put_column(writer, alias, &model->columns[columns[i]]);
	}
	trv__put(writer, keys->key_count > 1 ? ") IN (" : " IN (");
	if (keys->key_count > 1)
		trv__put(writer, writer->dialect->key_rows);
	if (!writer->text_on && are_numbers(keys))
		bind_numbers(writer, keys, padded);
	else
		for (size_t i = 0; i < padded && writer->status >= 0; i++)
			write_one_key(writer, keys, i);
	trv__put(writer, ")");
}
