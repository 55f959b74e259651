#include "query/predicate.h"
#include "query/value.h"

#include <string.h>

static const char *const compare_sql[] = {
	[TRV_EQ] = " = ",        [TRV_NE] = " <> ",     [TRV_LT] = " < ",          [TRV_LE] = " <= ",
	[TRV_GT] = " > ",        [TRV_GE] = " >= ",     [TRV_LIKE] = " LIKE ",     [TRV_NOT_LIKE] = " NOT LIKE ",
	[TRV_STARTS] = " LIKE ", [TRV_ENDS] = " LIKE ", [TRV_CONTAINS] = " LIKE ",
};

static void write_expr(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                       const struct trv_expr *expr);

/* `value` with %, _ and \ escaped, between `before` and `after`. */
static const char *like_pattern(struct trv__writer *writer, const char *value, enum trv_operator operation)
{
	size_t size = strlen(value);
	char *pattern = trv_arena_bytes(writer->scratch, size * 2 + 3);
	char *to = pattern;

	if (!pattern) {
		trv__writer_fail(writer, TRV_ERR_NOMEM, "out of memory for a pattern");
		return NULL;
	}
	if (operation != TRV_STARTS)
		*to++ = '%';
	for (const char *at = value; *at; at++) {
		if (*at == '%' || *at == '_' || *at == '\\')
			*to++ = '\\';
		*to++ = *at;
	}
	if (operation != TRV_ENDS)
		*to++ = '%';
	*to = '\0';
	return pattern;
}

/* Whether `value` is text or bytes without data, which is refused. */
static bool refuse_null(struct trv__writer *writer, const struct trv_model *model, const struct trv_column *column,
                        const void *value)
{
	bool text = column->type == TRV_TEXT;
	bool null = (text && !*(const char *const *)value) ||
	            (column->type == TRV_BYTES && !((const struct trv_bytes *)value)->data);

	if (!null || writer->text_on)
		return false;
	trv__writer_fail(writer, TRV_ERR_VALUE, "%s.%s: NULL compares with nothing", model->name, column->member);
	trv_error_hint(writer->error, "ask with %s_%s_is_null()", model->name, column->member);
	return true;
}

/* PostgreSQL cannot compare it, and the others would go by its spelling. */
static bool refuse_json(struct trv__writer *writer, const struct trv_model *model, const struct trv_column *column)
{
	if (column->type != TRV_JSON)
		return false;
	trv__writer_fail(writer, TRV_ERR_MISUSE, "%s.%s: json compares with nothing", model->name, column->member);
	return true;
}

static bool check_operator(struct trv__writer *writer, const struct trv_model *model, const struct trv_column *column,
                           const struct trv_expr *expr)
{
	bool text = column->type == TRV_TEXT;
	bool pattern = expr->operation >= TRV_LIKE;

	if (expr->operation < TRV_EQ || expr->operation > TRV_CONTAINS) {
		trv__writer_fail(writer, TRV_ERR_MISUSE, "%s.%s: %u is no operator", model->name, column->member,
		                 expr->operation);
		return false;
	}
	if (pattern && !text) {
		trv__writer_fail(writer, TRV_ERR_MISUSE, "%s.%s: patterns are for text, the column is %s", model->name,
		                 column->member, trv_type_name(column->type));
		return false;
	}
	if (refuse_json(writer, model, column))
		return false;
	bool ordered = expr->operation >= TRV_LT && expr->operation <= TRV_GE;
	if (ordered && column->type == TRV_ENUM) {
		trv__writer_fail(writer, TRV_ERR_MISUSE, "%s.%s: %s has no order, compare with TRV_EQ or TRV_NE",
		                 model->name, column->member, trv_type_name(column->type));
		return false;
	}
	return !refuse_null(writer, model, column, &expr->as);
}

static void write_compare(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                          const struct trv_expr *expr)
{
	const struct trv_column *column = &model->columns[expr->column];

	if (!writer->text_on && expr->operation < TRV_LIKE) {
		/* whether the operator fits the column is checked with the text: no plan comes of one that does not */
		trv__shape(writer, expr->operation);
		trv__bind_compared(writer, model, expr);
		return;
	}
	if (!check_operator(writer, model, column, expr))
		return;
	trv__shape(writer, expr->operation);
	trv__put_column(writer, alias, column);
	trv__put(writer, compare_sql[expr->operation]);
	if (expr->operation >= TRV_STARTS && !writer->text_on) {
		struct trv_expr pattern = *expr;

		pattern.as.text = like_pattern(writer, expr->as.text, expr->operation);
		trv__bind_expr(writer, model, column, &pattern);
	} else {
		trv__bind_expr(writer, model, column, expr);
	}
	if (expr->operation >= TRV_LIKE)
		trv__put(writer, writer->dialect->like_escape);
}

void trv__bind_compared(struct trv__writer *writer, const struct trv_model *model, const struct trv_expr *expr)
{
	const struct trv_column *column = &model->columns[expr->column];

	if (!refuse_null(writer, model, column, &expr->as))
		trv__bind_expr(writer, model, column, expr);
}

/* The address of value i of an IN list, which is an array of the column's C type. */
static const char *list_item(const struct trv_column *column, const struct trv_expr *expr, size_t i)
{
	return (const char *)expr->as.list.items + i * trv_type_size(column->type);
}

static void write_in(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                     const struct trv_expr *expr)
{
	const struct trv_column *column = &model->columns[expr->column];
	size_t count = expr->as.list.count;
	size_t limit = trv__keys_limit(writer->dialect, model, &expr->column, 1);

	if (refuse_json(writer, model, column))
		return;
	trv__shape(writer, count == 0);
	if (count == 0) {
		trv__put(writer, "1 = 0");
		return;
	}
	if (count > limit) {
		trv__writer_fail(writer, TRV_ERR_LIMIT, "%s.%s: %zu values in a list, the limit is %zu", model->name,
		                 column->member, count, limit);
		return;
	}
	const char **values = NULL;
	if (!writer->text_on) {
		values = trv_arena_alloc(writer->scratch, count * sizeof(*values));
		if (!values) {
			trv__writer_fail(writer, TRV_ERR_NOMEM, "out of memory for a list of %zu values", count);
			return;
		}
		for (size_t i = 0; i < count; i++) {
			values[i] = list_item(column, expr, i);
			if (refuse_null(writer, model, column, values[i]))
				return;
			writer->status = trv__check_item(model, column, values[i], writer->error);
			if (writer->status < 0)
				return;
		}
	}
	struct trv__key_list keys = { model, &expr->column, 1, values, count };
	trv__write_keys(writer, alias, model, &expr->column, &keys);
}

static void write_list(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                       const struct trv_expr *expr)
{
	const struct trv_expr *items = expr->as.list.items;
	bool any = expr->kind == TRV_EXPR_ANY;
	const char *glue = "";

	trv__put(writer, "(");
	for (size_t i = 0; i < expr->as.list.count; i++) {
		if (items[i].kind == TRV_EXPR_NONE)
			continue;
		trv__put(writer, glue);
		write_expr(writer, model, alias, &items[i]);
		glue = any ? " OR " : " AND ";
	}
	if (!*glue)
		trv__put(writer, any ? "1 = 0" : "1 = 1");
	trv__put(writer, ")");
	trv__shape(writer, TRV_EXPR_NONE);
}

static void write_exists_through(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                                 const struct trv_relation *relation, unsigned target)
{
	unsigned link = writer->aliases++;

	trv__put(writer, " JOIN ");
	trv__put_name(writer, relation->through->table);
	trv__put(writer, " AS ");
	trv__put_alias(writer, link);
	trv__put(writer, " ON ");
	trv__write_key_match(writer, link, relation->through, relation->through_target_columns, target,
	                     relation->target, relation->target_columns, relation->target_key_count);
	trv__put(writer, " WHERE ");
	trv__write_key_match(writer, link, relation->through, relation->through_columns, alias, model,
	                     relation->columns, relation->key_count);
}

static void write_exists(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                         const struct trv_expr *expr)
{
	const struct trv_relation *relation = &model->relations[expr->column];
	const struct trv_query *query = expr->as.query;
	unsigned target = writer->aliases++;

	if (!relation->target) {
		trv__writer_fail(writer, TRV_ERR_MODEL, "%s.%s: model '%s' is not linked into this program",
		                 model->name, relation->name, relation->target_name);
		return;
	}
	trv__put(writer, "EXISTS (SELECT 1 FROM ");
	trv__put_name(writer, relation->target->table);
	trv__put(writer, " AS ");
	trv__put_alias(writer, target);
	if (relation->through) {
		write_exists_through(writer, model, alias, relation, target);
	} else {
		trv__put(writer, " WHERE ");
		trv__write_key_match(writer, target, relation->target, relation->target_columns, alias, model,
		                     relation->columns, relation->key_count);
	}
	const char *glue = " AND ";
	if (query)
		trv__write_all(writer, relation->target, target, query->where, TRV_MAX_WHERE, &glue);
	trv__shape(writer, TRV_EXPR_NONE);
	trv__put(writer, ")");
}

/* {member} in a raw predicate; returns where the text goes on. */
static const char *write_raw_member(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                                    const char *at)
{
	const char *end = strchr(at, '}');
	char name[128];

	if (end && (size_t)(end - at) < sizeof(name)) {
		memcpy(name, at, (size_t)(end - at));
		name[end - at] = '\0';
		int column = trv_model_column(model, name);
		if (column >= 0) {
			trv__put_column(writer, alias, &model->columns[column]);
			return end + 1;
		}
		trv__writer_fail(writer, TRV_ERR_MISUSE, "%s: no column '%s' for {%s} in a raw predicate", model->name,
		                 name, name);
	} else {
		trv__writer_fail(writer, TRV_ERR_MISUSE, "%s: an open { in a raw predicate", model->name);
	}
	return at + strlen(at);
}

static void write_raw(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                      const struct trv_expr *expr)
{
	const struct trv_value *values = expr->as.list.items;
	size_t next = 0;
	bool quoted = false;

	trv__shape_bytes(writer, expr->as.list.sql, strlen(expr->as.list.sql) + 1);
	trv__put(writer, "(");
	for (const char *at = expr->as.list.sql; *at && writer->status >= 0;) {
		if (*at == '\'')
			quoted = !quoted;
		if (!quoted && *at == '{') {
			at = write_raw_member(writer, model, alias, at + 1);
			continue;
		}
		if (!quoted && *at == '?') {
			if (next == expr->as.list.count) {
				trv__writer_fail(writer, TRV_ERR_MISUSE,
				                 "%s: a raw predicate has more ? than its %zu values", model->name,
				                 next);
				return;
			}
			trv__shape(writer, values[next].type);
			trv__bind_value(writer, &values[next++]);
		} else {
			trv__put_n(writer, at, 1);
		}
		at++;
	}
	trv__put(writer, ")");
	if (next != expr->as.list.count)
		trv__writer_fail(writer, TRV_ERR_MISUSE, "%s: a raw predicate has %zu ? and %zu values", model->name,
		                 next, expr->as.list.count);
}

static void write_null(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                       const struct trv_expr *expr)
{
	trv__put_column(writer, alias, &model->columns[expr->column]);
	trv__put(writer, expr->negated ? " IS NOT NULL" : " IS NULL");
}

typedef void write_kind(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                        const struct trv_expr *expr);

static write_kind *const kinds[] = {
	[TRV_EXPR_COMPARE] = write_compare, [TRV_EXPR_IN] = write_in,    [TRV_EXPR_NULL] = write_null,
	[TRV_EXPR_ANY] = write_list,        [TRV_EXPR_ALL] = write_list, [TRV_EXPR_EXISTS] = write_exists,
	[TRV_EXPR_SQL] = write_raw,
};

static bool in_range(const struct trv_model *model, const struct trv_expr *expr)
{
	switch (expr->kind) {
	case TRV_EXPR_COMPARE:
	case TRV_EXPR_IN:
	case TRV_EXPR_NULL:
		return expr->column < model->column_count;
	case TRV_EXPR_EXISTS:
		return expr->column < model->relation_count;
	default:
		return expr->kind < TRV_COUNT_OF(kinds);
	}
}

static void write_expr(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                       const struct trv_expr *expr)
{
	if (writer->status < 0)
		return;
	if (!in_range(model, expr)) {
		trv__writer_fail(writer, TRV_ERR_MISUSE, "%s: a predicate that the generated functions did not make",
		                 model->name);
		return;
	}
	if (writer->depth > TRV__MAX_NESTING) {
		trv__writer_fail(writer, TRV_ERR_LIMIT, "%s: predicates are nested more than %d deep", model->name,
		                 TRV__MAX_NESTING);
		return;
	}
	writer->depth++;
	trv__shape(writer, expr->kind | (expr->negated ? 0x80u : 0));
	trv__shape16(writer, expr->column);
	bool negated = expr->negated && expr->kind != TRV_EXPR_NULL;
	if (negated)
		trv__put(writer, "NOT (");
	kinds[expr->kind](writer, model, alias, expr);
	if (negated)
		trv__put(writer, ")");
	writer->depth--;
}

size_t trv__write_all(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                      const struct trv_expr *list, size_t count, const char **glue)
{
	size_t written = 0;

	for (size_t i = 0; i < count; i++) {
		if (list[i].kind == TRV_EXPR_NONE)
			continue;
		trv__put(writer, *glue);
		*glue = " AND ";
		write_expr(writer, model, alias, &list[i]);
		written++;
	}
	return written;
}

void trv__write_key_match(struct trv__writer *writer, unsigned alias, const struct trv_model *model,
                          const uint16_t *columns, unsigned other_alias, const struct trv_model *other,
                          const uint16_t *other_columns, size_t count)
{
	if (!writer->text_on)
		return;
	for (size_t i = 0; i < count; i++) {
		if (i)
			trv__put(writer, " AND ");
		trv__put_column(writer, alias, &model->columns[columns[i]]);
		trv__put(writer, " = ");
		trv__put_column(writer, other_alias, &other->columns[other_columns[i]]);
	}
}
