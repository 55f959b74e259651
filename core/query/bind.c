/*
 * Parameters: from a predicate's value, a row's member or a caller's value to a
 * struct trv_bind, checked before anything is sent.
 */
#include "query/writer.h"
#include "query/value.h"

#include <float.h>
#include <string.h>

static void placeholder(struct trv__writer *writer, enum trv_type type)
{
	const char *cast = writer->dialect->casts[type];

	writer->bind_count++;
	if (writer->said) {
		trv__put_literal(writer, &writer->said[writer->bind_count - 1]);
	} else if (writer->dialect->numbered) {
		trv__put(writer, "$");
		trv__put_number(writer, writer->bind_count);
	} else {
		trv__put(writer, "?");
	}
	if (cast)
		trv__put(writer, cast);
}

static bool make_room(struct trv__writer *writer, size_t more)
{
	size_t room = writer->bind_room * 2;

	if (room - writer->bind_count < more)
		room = writer->bind_count + more;
	struct trv_bind *binds = trv_arena_alloc(writer->scratch, room * sizeof(*binds));
	union trv__scalar *scalars = trv_arena_alloc(writer->scratch, room * sizeof(*scalars));

	if (!binds || !scalars) {
		trv__writer_fail(writer, TRV_ERR_NOMEM, "out of memory for %zu parameters", writer->bind_count);
		return false;
	}
	memcpy(binds, writer->binds, writer->bind_count * sizeof(*binds));
	memcpy(scalars, writer->scalars, writer->bind_count * sizeof(*scalars));
	for (size_t i = 0; i < writer->bind_count; i++)
		if (binds[i].value == &writer->scalars[i])
			binds[i].value = &scalars[i];
	writer->binds = binds;
	writer->scalars = scalars;
	writer->bind_room = room;
	return true;
}

void trv__bind_reserve(struct trv__writer *writer, size_t count)
{
	if (!writer->text_on && writer->status >= 0 && writer->bind_room - writer->bind_count < count)
		make_room(writer, count);
}

struct trv_bind *trv__bind(struct trv__writer *writer, enum trv_type type)
{
	if (writer->status < 0)
		return NULL;
	if (writer->text_on) {
		placeholder(writer, type);
		return NULL;
	}
	if (writer->bind_count == writer->bind_room && !make_room(writer, 1))
		return NULL;
	struct trv_bind *bind = &writer->binds[writer->bind_count];
	*bind = (struct trv_bind) { .value = &writer->scalars[writer->bind_count++], .type = (uint8_t)type };
	return bind;
}

static union trv__scalar *scalar_of(struct trv__writer *writer)
{
	return &writer->scalars[writer->bind_count - 1];
}

void trv__bind_int64(struct trv__writer *writer, int64_t value)
{
	if (trv__bind(writer, TRV_INT64))
		scalar_of(writer)->int64 = value;
}

/* Enums go as the text that is stored, or as their number. Everything else as it is. */
static enum trv_type sent_type(const struct trv__writer *writer, const struct trv_column *column)
{
	if (column->type != TRV_ENUM)
		return column->type;
	return trv__storage_of(writer->dialect, column) == TRV_STORE_INTEGER ? TRV_INT32 : TRV_TEXT;
}

/* What is kept in another way has the type that the engine infers: a driver sends it so. */
void trv__placeholder(struct trv__writer *writer, const struct trv_column *column)
{
	bool usual = trv__is_kept_as_usual(writer->dialect, column);

	trv__bind(writer, usual ? sent_type(writer, column) : (enum trv_type)0);
}

static struct trv_bind *bind_for(struct trv__writer *writer, const struct trv_column *column)
{
	struct trv_bind *bind = trv__bind(writer, sent_type(writer, column));

	writer->secret |= (column->flags & TRV_SECRET) != 0;
	if (bind) {
		bind->storage = column->type == TRV_ENUM ? TRV_STORE_DEFAULT : trv__storage_of(writer->dialect, column);
		bind->scale = column->scale;
	}
	return bind;
}

void trv__bind_null(struct trv__writer *writer, const struct trv_column *column)
{
	struct trv_bind *bind = bind_for(writer, column);

	if (bind)
		bind->null = true;
}

/* What is compared may be longer than its column: it equals nothing then. Rows were checked before they came here. */
static void set_text(struct trv__writer *writer, struct trv_bind *bind, const struct trv_model *model,
                     const struct trv_column *column, const char *text)
{
	if (!text) {
		bind->null = true;
		return;
	}
	size_t size = strlen(text);
	int r = trv__check_text(NULL, NULL, text, size, writer->error);
	if (r < 0) {
		writer->status = r;
		if (model && column)
			trv__name_value_error(writer->error, model, column);
	}
	bind->value = text;
	bind->size = size;
}

static void set_enum(struct trv__writer *writer, struct trv_bind *bind, const struct trv_model *model,
                     const struct trv_column *column, int64_t value)
{
	int32_t number = (int32_t)(value < -1 ? -1 : value > INT32_MAX ? INT32_MAX : value);

	writer->status = trv__check_item(model, column, &number, writer->error);
	if (writer->status < 0)
		return;
	if (bind->type == TRV_INT32) {
		scalar_of(writer)->int32 = (int32_t)value;
		return;
	}
	bind->value = column->enumeration->values[value].stored;
	bind->size = strlen(bind->value);
}

static void set_integer(struct trv__writer *writer, struct trv_bind *bind, enum trv_type type, int64_t value)
{
	switch (type) {
	case TRV_DATE: /* what does not fit 32 bits is refused as what does not fit the calendar */
		scalar_of(writer)->int32 = (int32_t)(value < INT32_MIN   ? INT32_MIN
		                                     : value > INT32_MAX ? INT32_MAX
		                                                         : value);
		break;
	case TRV_INT16:
	case TRV_INT32:
		/* compared at full width: a number out of the column's range equals nothing in it */
		bind->type = TRV_INT64;
		scalar_of(writer)->int64 = value;
		break;
	default:
		scalar_of(writer)->int64 = value;
	}
}

/* What is compared, and a value without a column, goes at the full width of its kind. */
static enum trv_type widest(enum trv_type type)
{
	if (type == TRV_INT16 || type == TRV_INT32)
		return TRV_INT64;
	return type == TRV_FLOAT32 ? TRV_FLOAT64 : type;
}

/* A number of the column's precision; one beyond its range stays what it is, and compares so. */
static double as_float32(double number)
{
	return number >= -(double)FLT_MAX && number <= (double)FLT_MAX ? (double)(float)number : number;
}

static void check_plain(struct trv__writer *writer, const struct trv_bind *bind, const struct trv_model *model,
                        const struct trv_column *column)
{
	if (bind->null || writer->status < 0)
		return;
	writer->status = trv__check_plain((enum trv_type)bind->type, bind->value, bind->size, writer->error);
	if (writer->status < 0 && column)
		trv__name_value_error(writer->error, model, column);
}

void trv__bind_expr(struct trv__writer *writer, const struct trv_model *model, const struct trv_column *column,
                    const struct trv_expr *expr)
{
	if (writer->text_on) {
		if (widest(column->type) != column->type)
			trv__bind(writer, widest(column->type));
		else
			trv__placeholder(writer, column);
		return;
	}
	struct trv_bind *bind = bind_for(writer, column);
	if (!bind)
		return;
	switch (column->type) {
	case TRV_BOOL:
		scalar_of(writer)->boolean = expr->as.boolean;
		return;
	case TRV_INT16: /* compared at full width: a number out of the column's range equals nothing in it */
	case TRV_INT32:
	case TRV_INT64:
		bind->type = TRV_INT64;
		scalar_of(writer)->int64 = expr->as.integer;
		return;
	case TRV_FLOAT32:
		bind->type = TRV_FLOAT64;
		scalar_of(writer)->float64 = as_float32(expr->as.number);
		break;
	case TRV_FLOAT64:
		scalar_of(writer)->float64 = expr->as.number;
		break;
	case TRV_DECIMAL:
		bind->value = &expr->as.decimal;
		bind->scale = expr->as.decimal.scale;
		break;
	case TRV_TEXT:
	case TRV_JSON:
		set_text(writer, bind, model, column, expr->as.text);
		break;
	case TRV_BYTES:
		bind->value = expr->as.bytes.data;
		bind->size = expr->as.bytes.size;
		bind->null = !expr->as.bytes.data;
		break;
	case TRV_UUID:
		bind->value = &expr->as.uuid;
		break;
	case TRV_ENUM:
		set_enum(writer, bind, model, column, expr->as.integer);
		break;
	default:
		set_integer(writer, bind, column->type, expr->as.integer);
	}
	check_plain(writer, bind, model, column);
}

void trv__bind_member(struct trv__writer *writer, const struct trv_model *model, const struct trv_column *column,
                      const void *member)
{
	struct trv_bind *bind = bind_for(writer, column);
	const struct trv_bytes *bytes = member;

	if (!bind)
		return;
	switch (column->type) {
	case TRV_TEXT:
	case TRV_JSON:
		set_text(writer, bind, model, column, *(const char *const *)member);
		break;
	case TRV_BYTES:
		bind->value = bytes->data;
		bind->size = bytes->size;
		bind->null = !bytes->data;
		break;
	case TRV_ENUM:
		set_enum(writer, bind, model, column, *(const int32_t *)member);
		break;
	case TRV_DECIMAL:
		bind->scale = ((const struct trv_decimal *)member)->scale;
		bind->value = member;
		break;
	default:
		bind->value = member;
	}
}

static void set_stored_enum(struct trv_bind *bind, const struct trv_column *column, int32_t value)
{
	if (bind->type == TRV_INT32)
		return;
	bind->value = column->enumeration->values[value].stored;
	bind->size = strlen(bind->value);
}

static void set_checked(struct trv_bind *bind, const struct trv_column *column, const void *member)
{
	const struct trv_bytes *bytes = member;

	switch (column->type) {
	case TRV_TEXT:
	case TRV_JSON:
		bind->value = *(const char *const *)member;
		bind->size = strlen(bind->value);
		break;
	case TRV_BYTES:
		bind->value = bytes->data;
		bind->size = bytes->size;
		break;
	case TRV_ENUM:
		set_stored_enum(bind, column, *(const int32_t *)member);
		break;
	case TRV_DECIMAL:
		bind->scale = ((const struct trv_decimal *)member)->scale;
		break;
	default:
		break;
	}
}

void trv__bind_row(struct trv__writer *writer, const struct trv_model *model, uint64_t columns, const void *row)
{
	size_t count = (size_t)__builtin_popcountll(columns);

	if (writer->status < 0 || (writer->bind_room - writer->bind_count < count && !make_room(writer, count)))
		return;
	struct trv_bind *bind = &writer->binds[writer->bind_count];
	for (uint64_t left = columns; left; left &= left - 1) {
		const struct trv_column *column = &model->columns[__builtin_ctzll(left)];
		const char *member = (const char *)row + column->offset;

		*bind = (struct trv_bind) {
			.value = member,
			.type = (uint8_t)sent_type(writer, column),
			.storage =
				column->type == TRV_ENUM ? TRV_STORE_DEFAULT : trv__storage_of(writer->dialect, column),
			.scale = column->scale,
			.null = trv__member_is_null(column, row),
		};
		if (!bind->null)
			set_checked(bind, column, member);
		bind++;
	}
	writer->bind_count += count;
}

void trv__bind_array(struct trv__writer *writer, const struct trv_column *column, const void *values, size_t count,
                     size_t stride)
{
	struct trv_bind *bind = bind_for(writer, column);

	if (!bind)
		return;
	bind->value = values;
	bind->count = count;
	bind->size = stride;
}

/* Enums go as the texts that are stored; a null one stays NULL. */
static const char **stored_texts(struct trv__writer *writer, const struct trv_column *column, const char *rows,
                                 size_t count, size_t row_size)
{
	const char **texts = trv_arena_zero(writer->scratch, count, sizeof(*texts));

	if (!texts)
		trv__writer_fail(writer, TRV_ERR_NOMEM, "out of memory for %zu values", count);
	for (size_t i = 0; texts && i < count; i++) {
		const char *row = rows + i * row_size;

		if (!column->has_offset || *(const bool *)(row + column->has_offset))
			texts[i] = column->enumeration->values[*(const int32_t *)(const void *)(row + column->offset)]
			                   .stored;
	}
	return texts;
}

void trv__bind_rows(struct trv__writer *writer, const struct trv_column *column, const char *rows, size_t count,
                    size_t row_size)
{
	if (writer->text_on) {
		trv__placeholder(writer, column);
		trv__put(writer, writer->dialect->rows_open ? "" : "[]");
		return;
	}
	struct trv_bind *bind = bind_for(writer, column);
	if (!bind)
		return;
	bind->count = count;
	if (bind->type == TRV_TEXT && column->type == TRV_ENUM) {
		bind->value = stored_texts(writer, column, rows, count, row_size);
		bind->size = sizeof(const char *);
		return;
	}
	bind->value = rows + column->offset;
	bind->size = row_size;
	bind->present = column->has_offset ? (const bool *)(rows + column->has_offset) : NULL;
	bind->present_stride = row_size;
}

void trv__bind_value(struct trv__writer *writer, const struct trv_value *value)
{
	struct trv_bind *bind = trv__bind(writer, widest(value->type));

	writer->secret = true; /* nothing says that it is none */
	if (!bind)
		return;
	bind->null = value->null;
	if (value->null)
		return;
	switch (widest(value->type)) {
	case TRV_TEXT:
	case TRV_JSON:
		set_text(writer, bind, NULL, NULL, value->as.text);
		break;
	case TRV_BYTES:
		bind->value = value->as.bytes.data;
		bind->size = value->as.bytes.size;
		bind->null = !value->as.bytes.data;
		break;
	case TRV_DECIMAL:
		bind->value = &value->as.decimal;
		bind->scale = value->as.decimal.scale;
		break;
	case TRV_UUID:
		bind->value = &value->as.uuid;
		break;
	case TRV_BOOL:
		scalar_of(writer)->boolean = value->as.boolean;
		break;
	case TRV_FLOAT64:
		scalar_of(writer)->float64 = value->as.number;
		break;
	default:
		set_integer(writer, bind, value->type, value->as.integer);
	}
	check_plain(writer, bind, NULL, NULL);
}
