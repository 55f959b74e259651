/* Defaults and checks, before a row is sent. */
#include "session/write.h"

#include <math.h>
#include <stdio.h>

char *trv__write_copy(struct trv_session *session, const struct trv_model *model, const void *rows, size_t count)
{
	size_t size;

	if (__builtin_mul_overflow(count, model->row_size, &size))
		return NULL;
	char *copy = trv_arena_alloc(&session->scratch, size);
	return copy ? memcpy(copy, rows, size) : NULL;
}

int trv__need_key(struct trv_session *session, const struct trv_model *model, const char *what)
{
	if (model->primary_count)
		return 0;
	return trv_error_set(&session->error, TRV_ERR_MISUSE, "%s has no primary key, so there is no %s of one row",
	                     model->name, what);
}

static char *member_of(const struct trv_column *column, void *row)
{
	return (char *)row + column->offset;
}

static void set_has(const struct trv_column *column, void *row)
{
	if (column->has_offset)
		*(bool *)((char *)row + column->has_offset) = true;
}

static inline bool is_zero(const struct trv_column *column, const void *row)
{
	static const struct trv_uuid nil;
	const char *member = (const char *)row + column->offset;
	uint64_t bits = 0;

	if (column->flags & TRV_NULLABLE)
		return trv__member_is_null(column, row);
	switch (column->type) {
	case TRV_DECIMAL:
		return !((const struct trv_decimal *)(const void *)member)->low &&
		       !((const struct trv_decimal *)(const void *)member)->high;
	case TRV_BYTES:
		return !((const struct trv_bytes *)(const void *)member)->data;
	case TRV_UUID:
		return memcmp(member, &nil, sizeof(nil)) == 0;
	case TRV_BOOL:
		return !*(const bool *)member;
	case TRV_INT16:
		return !*(const int16_t *)(const void *)member;
	case TRV_INT32:
	case TRV_FLOAT32:
	case TRV_DATE:
	case TRV_ENUM:
		memcpy(&bits, member, sizeof(int32_t));
		return !bits;
	default: /* eight bytes: of text and JSON, the pointer */
		memcpy(&bits, member, sizeof(bits));
		return !bits;
	}
}

static void put_integer(const struct trv_column *column, void *row, int64_t value)
{
	void *member = member_of(column, row);

	switch (column->type) {
	case TRV_INT16:
		*(int16_t *)member = (int16_t)value;
		break;
	case TRV_INT32:
	case TRV_DATE:
	case TRV_ENUM:
		*(int32_t *)member = (int32_t)value;
		break;
	default:
		*(int64_t *)member = value;
	}
}

static void put_literal(const struct trv_column *column, void *row, const struct trv_value *value)
{
	void *member = member_of(column, row);

	switch (column->type) {
	case TRV_BOOL:
		*(bool *)member = value->as.boolean;
		break;
	case TRV_FLOAT32:
		*(float *)member = (float)value->as.number;
		break;
	case TRV_FLOAT64:
		*(double *)member = value->as.number;
		break;
	case TRV_DECIMAL:
		*(struct trv_decimal *)member = value->as.decimal;
		break;
	case TRV_TEXT:
	case TRV_JSON:
		*(const char **)member = value->as.text;
		break;
	case TRV_BYTES:
		*(struct trv_bytes *)member = value->as.bytes;
		break;
	case TRV_UUID:
		*(struct trv_uuid *)member = value->as.uuid;
		break;
	default:
		put_integer(column, row, value->as.integer);
	}
}

/* Now, in the column's own type. */
static void put_now(const struct trv_column *column, void *row, int64_t now)
{
	int64_t days = now / TRV_DAY_MICROSECONDS - (now % TRV_DAY_MICROSECONDS < 0);

	if (column->type == TRV_DATE)
		put_integer(column, row, days);
	else if (column->type == TRV_TIME)
		put_integer(column, row, now - days * TRV_DAY_MICROSECONDS);
	else
		put_integer(column, row, now);
	set_has(column, row);
}

static int put_default(struct trv_session *session, const struct trv_column *column, void *row, int64_t now)
{
	struct trv_uuid *uuid = (struct trv_uuid *)(void *)member_of(column, row);
	int r = 0;

	switch (column->initial->kind) {
	case TRV_DEFAULT_LITERAL:
		put_literal(column, row, &column->initial->literal);
		break;
	case TRV_DEFAULT_NOW:
		put_now(column, row, now);
		break;
	case TRV_DEFAULT_UUID4:
		r = trv_uuid_v4(uuid);
		break;
	case TRV_DEFAULT_UUID7:
		r = trv_uuid_v7(uuid);
		break;
	default:
		return 0;
	}
	set_has(column, row);
	return r < 0 ? trv_error_set(&session->error, r, "no random bytes for a UUID") : 0;
}

static int refuse_missing(struct trv_session *session, const struct trv_model *model, const struct trv_column *column)
{
	int r = trv_error_set(&session->error, TRV_ERR_NOT_NULL, "%s.%s: a value is required", model->name,
	                      column->member);

	snprintf(session->error.table, sizeof(session->error.table), "%s", model->table);
	snprintf(session->error.column, sizeof(session->error.column), "%s", column->name);
	return r;
}

/*
 * Checks it, and makes equal numbers equal bytes: decimals go at the column's own scale, and -0.0
 * as 0.0, because SQLite's columns keep no sign of a zero.
 */
static inline int check(struct trv_session *session, const struct trv_model *model, const struct trv_column *column,
                        void *row)
{
	void *member = member_of(column, row);
	const char *text;
	int r;

	if (trv__takes_any(column->type) || trv__member_is_null(column, row))
		return 0;
	switch (column->type) {
	case TRV_TEXT:
	case TRV_JSON:
		text = *(const char *const *)member;
		return text ? trv__check_text(model, column, text, strlen(text), &session->error)
		            : refuse_missing(session, model, column);
	case TRV_BYTES:
		if (!((const struct trv_bytes *)member)->data)
			return refuse_missing(session, model, column);
		break;
	default:
		break;
	}
	r = trv__check_member(model, column, member, &session->error);
	if (r >= 0 && column->type == TRV_DECIMAL)
		r = trv_decimal_rescale(member, column->scale);
	if (column->type == TRV_FLOAT32)
		*(float *)member += 0.0f;
	if (column->type == TRV_FLOAT64)
		*(double *)member += 0.0;
	return r;
}

/* --- the same for a column of many rows, by a loop for each of the usual types: bulk writes are held to this ---- */

struct rows {
	struct trv_session *session;
	const struct trv_model *model;
	char *rows;
	size_t count;
};

static int check_texts(const struct rows *all, const struct trv_column *column)
{
	const char *member = all->rows + column->offset;
	int r = 0;

	for (size_t i = 0; i < all->count && r >= 0; i++, member += all->model->row_size) {
		const char *text = *(const char *const *)(const void *)member;

		if (text)
			r = trv__check_text(all->model, column, text, strlen(text), &all->session->error);
		else if (!(column->flags & TRV_NULLABLE))
			r = refuse_missing(all->session, all->model, column);
	}
	return r;
}

/* What is wrong has its message from trv__check_member. */
static int check_doubles(const struct rows *all, const struct trv_column *column)
{
	char *row = all->rows;

	for (size_t i = 0; i < all->count; i++, row += all->model->row_size) {
		double *member = (double *)(void *)member_of(column, row);

		if (trv__member_is_null(column, row))
			continue;
		if (!isfinite(*member))
			return trv__check_member(all->model, column, member, &all->session->error);
		*member += 0.0;
	}
	return 0;
}

static int check_timestamps(const struct rows *all, const struct trv_column *column)
{
	char *row = all->rows;

	for (size_t i = 0; i < all->count; i++, row += all->model->row_size) {
		const int64_t *member = (const int64_t *)(const void *)member_of(column, row);

		if (!trv__is_timestamp(*member) && !trv__member_is_null(column, row))
			return trv__check_member(all->model, column, member, &all->session->error);
	}
	return 0;
}

static int check_all(const struct rows *all, const struct trv_column *column)
{
	int r = 0;

	switch (column->type) {
	case TRV_TEXT:
	case TRV_JSON:
		return check_texts(all, column);
	case TRV_FLOAT64:
		return check_doubles(all, column);
	case TRV_TIMESTAMP:
		return check_timestamps(all, column);
	default:
		for (size_t i = 0; i < all->count && !trv__takes_any(column->type) && r >= 0; i++)
			r = check(all->session, all->model, column, all->rows + i * all->model->row_size);
		return r;
	}
}

/* --- inserts ----------------------------------------------------------------------------------- */

/* Whether the engine makes the value of a column that an insert leaves zero. */
static bool engine_makes(const struct trv_column *column)
{
	return column->flags & TRV_AUTO || (column->initial && column->initial->kind == TRV_DEFAULT_SQL);
}

/* Whether an insert puts something in the place of a zero that nobody named. */
static inline bool is_open(const struct trv_column *column)
{
	return column->initial || column->flags & (TRV_AUTO | TRV_TOUCH | TRV_LOCK);
}

struct trv__fill trv__fill_insert_plan(const struct trv_model *model, uint64_t named)
{
	return (struct trv__fill) {
		.named = named,
		.plain = model->masks.plain,
		.checked = trv_model_all(model) & ~(model->masks.plain | model->masks.generated),
		.now = trv_now(),
	};
}

static int fill_column(struct trv_session *session, const struct trv_column *column, void *row, int64_t now)
{
	if (column->initial)
		return put_default(session, column, row, now);
	if (column->flags & TRV_TOUCH)
		put_now(column, row, now);
	else if (column->flags & TRV_LOCK)
		put_integer(column, row, 1);
	return 0;
}

/* A column in which a zero has a meaning: what the engine makes is left out of the row's statement. */
static int fill_open(const struct rows *all, const struct trv_column *column, int64_t now, uint64_t bit,
                     uint64_t *columns)
{
	bool left_out = engine_makes(column);
	int r = 0;

	for (size_t i = 0; i < all->count && r >= 0; i++) {
		char *row = all->rows + i * all->model->row_size;
		bool open = is_zero(column, row);

		if (open && left_out)
			continue;
		if (open)
			r = fill_column(all->session, column, row, now);
		if (r >= 0)
			r = check(all->session, all->model, column, row);
		columns[i] |= bit;
	}
	return r;
}

int trv__fill_insert(struct trv_session *session, const struct trv_model *model, const struct trv__fill *fill,
                     char *rows, size_t count, uint64_t *columns)
{
	const struct rows all = { session, model, rows, count };
	uint64_t common = fill->plain;

	for (uint64_t left = fill->checked; left; left &= left - 1) {
		const struct trv_column *column = &model->columns[__builtin_ctzll(left)];
		uint64_t bit = left & -left;
		bool open = !(fill->named & bit) && is_open(column);
		int r = open ? fill_open(&all, column, fill->now, bit, columns) : check_all(&all, column);

		if (r < 0)
			return r;
		common |= open ? 0 : bit;
	}
	for (size_t i = 0; i < count; i++)
		columns[i] |= common;
	return 0;
}

int trv__fill_update_plan(struct trv_session *session, const struct trv_model *model, uint64_t named,
                          struct trv__fill *fill)
{
	uint64_t fixed =
		trv__mask(model->primary, model->primary_count) | model->masks.generated | trv__lock_mask(model);

	if (named & ~trv_model_all(model) || !named)
		return trv_error_set(&session->error, TRV_ERR_MISUSE, "%s: an update names the columns that it writes",
		                     model->name);
	if (named & fixed) {
		const struct trv_column *column = &model->columns[__builtin_ctzll(named & fixed)];

		return trv_error_set(&session->error, TRV_ERR_MISUSE, "%s.%s: %s is not updated", model->name,
		                     column->member,
		                     column->flags & TRV_PRIMARY     ? "a primary key"
		                     : column->flags & TRV_GENERATED ? "a generated column"
		                                                     : "the version");
	}
	*fill = (struct trv__fill) { .named = named, .checked = named | model->masks.touched, .now = trv_now() };
	return 0;
}

int trv__fill_update(struct trv_session *session, const struct trv_model *model, const struct trv__fill *fill,
                     char *rows, size_t count)
{
	const struct rows all = { session, model, rows, count };
	int r = 0;

	for (uint64_t left = fill->checked; left && r >= 0; left &= left - 1) {
		const struct trv_column *column = &model->columns[__builtin_ctzll(left)];

		for (size_t i = 0; i < count && !(fill->named & left & -left); i++)
			put_now(column, rows + i * model->row_size, fill->now);
		r = check_all(&all, column);
	}
	return r;
}

void trv__next_version(const struct trv_model *model, void *row)
{
	const struct trv_column *column = model->lock_column >= 0 ? &model->columns[model->lock_column] : NULL;

	if (!column)
		return;
	switch (column->type) {
	case TRV_INT16:
		put_integer(column, row, *(const int16_t *)(const void *)member_of(column, row) + 1);
		break;
	case TRV_INT32:
		put_integer(column, row, *(const int32_t *)(const void *)member_of(column, row) + 1);
		break;
	default:
		put_integer(column, row, *(const int64_t *)(const void *)member_of(column, row) + 1);
	}
}
