/* A deep copy of a query tree, for relations that are loaded after the call that named them. */
#include "session/load.h"

#include <string.h>

static int copy_expr(struct trv_arena *arena, const struct trv_model *model, struct trv_expr *expr);

static int copy_text(struct trv_arena *arena, const char **text)
{
	if (*text)
		*text = trv_arena_strdup(arena, *text);
	return *text ? 0 : TRV_ERR_NOMEM;
}

static int copy_bytes(struct trv_arena *arena, struct trv_bytes *bytes)
{
	if (bytes->data)
		bytes->data = trv_arena_copy(arena, bytes->data, bytes->size);
	return bytes->data ? 0 : TRV_ERR_NOMEM;
}

/* Arrays hold the column's C values; text and bytes among them are copied too. */
static int copy_array(struct trv_arena *arena, enum trv_type type, const void **items, size_t count)
{
	size_t size = trv_type_size(type);
	char *copy = trv_arena_zero(arena, count + 1, size);
	int r = 0;

	if (!copy)
		return TRV_ERR_NOMEM;
	if (count)
		memcpy(copy, *items, count * size);
	*items = copy;
	for (size_t i = 0; i < count && r >= 0; i++) {
		if (type == TRV_TEXT || type == TRV_JSON)
			r = copy_text(arena, (const char **)(void *)(copy + i * size));
		else if (type == TRV_BYTES)
			r = copy_bytes(arena, (struct trv_bytes *)(void *)(copy + i * size));
	}
	return r;
}

static int copy_list(struct trv_arena *arena, const struct trv_model *model, struct trv_expr *expr)
{
	size_t count = expr->as.list.count;
	struct trv_expr *copy = trv_arena_zero(arena, count + 1, sizeof(*copy));
	int r = 0;

	if (!copy)
		return TRV_ERR_NOMEM;
	if (count)
		memcpy(copy, expr->as.list.items, count * sizeof(*copy));
	expr->as.list.items = copy;
	for (size_t i = 0; i < count && r >= 0; i++)
		r = copy_expr(arena, model, &copy[i]);
	return r;
}

static int copy_values(struct trv_arena *arena, struct trv_expr *expr)
{
	size_t count = expr->as.list.count;
	struct trv_value *copy = trv_arena_zero(arena, count + 1, sizeof(*copy));
	int r = copy ? copy_text(arena, &expr->as.list.sql) : TRV_ERR_NOMEM;

	if (r < 0)
		return r;
	if (count)
		memcpy(copy, expr->as.list.items, count * sizeof(*copy));
	expr->as.list.items = copy;
	for (size_t i = 0; i < count && r >= 0; i++) {
		if (copy[i].null)
			continue;
		if (copy[i].type == TRV_TEXT || copy[i].type == TRV_JSON)
			r = copy_text(arena, &copy[i].as.text);
		else if (copy[i].type == TRV_BYTES)
			r = copy_bytes(arena, &copy[i].as.bytes);
	}
	return r;
}

static int copy_compared(struct trv_arena *arena, enum trv_type type, struct trv_expr *expr)
{
	if ((type == TRV_TEXT || type == TRV_JSON) && expr->as.text)
		return copy_text(arena, &expr->as.text);
	if (type == TRV_BYTES && expr->as.bytes.data)
		return copy_bytes(arena, &expr->as.bytes);
	return 0;
}

static int copy_expr(struct trv_arena *arena, const struct trv_model *model, struct trv_expr *expr)
{
	bool has_column = expr->column < model->column_count;

	switch (expr->kind) {
	case TRV_EXPR_COMPARE:
		return has_column ? copy_compared(arena, model->columns[expr->column].type, expr) : 0;
	case TRV_EXPR_IN:
		return has_column ? copy_array(arena, model->columns[expr->column].type, &expr->as.list.items,
		                               expr->as.list.count)
		                  : 0;
	case TRV_EXPR_ANY:
	case TRV_EXPR_ALL:
		return copy_list(arena, model, expr);
	case TRV_EXPR_SQL:
		return copy_values(arena, expr);
	case TRV_EXPR_EXISTS:
		if (!expr->as.query || expr->column >= model->relation_count)
			return 0;
		expr->as.query = trv__query_copy(arena, model->relations[expr->column].target, expr->as.query);
		return expr->as.query ? 0 : TRV_ERR_NOMEM;
	default:
		return 0;
	}
}

const struct trv_query *trv__query_copy(struct trv_arena *arena, const struct trv_model *model,
                                        const struct trv_query *query)
{
	struct trv_query *copy = trv_arena_alloc(arena, model->query_size);

	if (!copy)
		return NULL;
	memcpy(copy, query, model->query_size);
	for (size_t i = 0; i < TRV_MAX_WHERE; i++)
		if (copy_expr(arena, model, &copy->where[i]) < 0)
			return NULL;
	for (size_t i = 0; i < model->relation_count; i++) {
		const struct trv_relation *relation = &model->relations[i];
		const struct trv_query *sub = trv__subquery(query, relation);

		if (!sub || !relation->target)
			continue;
		sub = trv__query_copy(arena, relation->target, sub);
		if (!sub)
			return NULL;
		memcpy((char *)copy + relation->query_offset, &sub, sizeof(sub));
	}
	return copy;
}
