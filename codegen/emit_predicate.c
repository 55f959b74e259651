/* Predicates and orders of a model: one function for each thing that a column can be asked. */
#include "emit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A function that wraps one expression (or order) into the model's own type. */
static void put_builder(const struct emit *emit, const char *prefix, const char *type, const char *name,
                        const char *parameters, const char *value)
{
	struct trv__buffer line;
	bool order = strstr(type, "_order") != NULL;

	trv__buffer_init(&line, emit->out->allocator);
	trv__buffer_format(&line, "TRV_BUILDER struct %s %s(%s)", type, name, parameters);
	emit_wrapped(emit->out, trv__buffer_get(&line));
	trv__buffer_clear(&line);
	trv__buffer_format(&line, "\treturn %s__%s(%s);", prefix, order ? "order" : "expr", value);
	trv__buffer_put(emit->out, "{\n");
	emit_wrapped(emit->out, trv__buffer_get(&line));
	trv__buffer_put(emit->out, "}\n\n");
	if (line.status < 0)
		emit->out->status = line.status;
	trv__buffer_release(&line);
}

/* The four texts of a builder, made in one arena. */
struct parts {
	const struct emit *emit;
	struct trv_arena arena;
	const char *prefix;
	const char *expr, *order; /* names of the model's types */
	const char *column; /* "task_state": of its functions */
};

static void TRV_PRINTF(4, 5)
	put_formatted(struct parts *parts, const char *type, const char *name, const char *value, ...)
{
	char text[512];
	va_list arguments;
	const char *parameters = strchr(name, '(');
	char *own = trv_arena_strdup(&parts->arena, name);

	va_start(arguments, value);
	int size = vsnprintf(text, sizeof(text), value, arguments);
	va_end(arguments);
	if (!own || !parameters || size < 0 || (size_t)size >= sizeof(text)) {
		parts->emit->out->status = TRV_ERR_NOMEM;
		return;
	}
	own[parameters - name] = '\0';
	put_builder(parts->emit, parts->prefix, type, own, parameters + 1, text);
}

/* "name(parameters", in the arena; never NULL. */
#define SIGNATURE(parts, ...) signature_or_mark(parts, trv_arena_printf(&(parts)->arena, __VA_ARGS__))

static const char *signature_or_mark(struct parts *parts, const char *text)
{
	if (!text)
		parts->emit->out->status = TRV_ERR_NOMEM;
	return text ? text : "(";
}

static void put_compare(struct parts *parts, const struct trv_column *column, const char *type, int index)
{
	const struct emit_type *kind = emit_type_of(column);
	const char *cast = column->type == TRV_ENUM ? "(int64_t)" : "";

	put_formatted(parts, parts->expr,
	              SIGNATURE(parts, "%s(enum trv_operator operation, %svalue", parts->column, type),
	              "trv_expr_%s(%d, operation, %svalue)", kind->builder, index, cast);
	if (column->type == TRV_BOOL)
		return;
	put_formatted(parts, parts->expr,
	              SIGNATURE(parts, "%s_in(%s%s*values, size_t count", parts->column,
	                        column->type == TRV_TEXT ? "" : "const ",
	                        column->type == TRV_TEXT ? "const char *const " : type),
	              "trv_expr_list(TRV_EXPR_IN, %d, values, count)", index);
}

static void put_column(struct parts *parts, const struct schema_model *model, int index)
{
	const struct trv_column *column = &model->description.columns[index];
	const struct emit_type *kind = emit_type_of(column);
	struct trv__buffer type;

	trv__buffer_init(&type, parts->emit->out->allocator);
	emit_type_name(&type, column);
	parts->column = SIGNATURE(parts, "%s_%s", model->prefix, column->member);
	if (kind->builder || (column->flags & TRV_NULLABLE))
		trv__buffer_format(parts->emit->out, "/* %s.%s */\n\n", model->description.name, column->member);
	if (kind->builder)
		put_compare(parts, column, trv__buffer_get(&type), index);
	if (column->flags & TRV_NULLABLE) {
		put_formatted(parts, parts->expr, SIGNATURE(parts, "%s_is_null(void", parts->column),
		              "trv_expr_null(%d, false)", index);
		put_formatted(parts, parts->expr, SIGNATURE(parts, "%s_is_not_null(void", parts->column),
		              "trv_expr_null(%d, true)", index);
	}
	if (kind->builder)
		put_formatted(parts, parts->order,
		              SIGNATURE(parts, "%s_by_%s(enum trv_direction direction", model->prefix, column->member),
		              "trv_order_by(%d, direction)", index);
	if (type.status < 0)
		parts->emit->out->status = type.status;
	trv__buffer_release(&type);
}

static void put_relations(struct parts *parts, const struct schema_model *model)
{
	for (int i = 0; i < model->description.relation_count; i++) {
		const struct trv_relation *relation = &model->description.relations[i];

		trv__buffer_format(parts->emit->out, "/** There is a row of %s that matches; NULL: any row. */\n",
		                   relation->name);
		put_formatted(parts, parts->expr,
		              SIGNATURE(parts, "%s_has_%s(const struct %s_query *query", model->prefix, relation->name,
		                        emit_prefix(relation->target)),
		              "trv_expr_exists(%d, query)", i);
	}
}

/* One line of a macro that goes on. */
static void put_continued(struct trv__buffer *out, unsigned indent, const char *text)
{
	size_t width = indent * 8 + strlen(text);

	emit_tabs(out, indent);
	trv__buffer_put(out, text);
	trv__buffer_format(out, "%*s\\\n", width < EMIT_COLUMNS - 1 ? (int)(EMIT_COLUMNS - 1 - width) : 1, "");
}

/* task_any(...): the expressions in parentheses as one. */
static void put_macro(struct parts *parts, const char *which)
{
	struct trv__buffer *out = parts->emit->out;
	const char *head = SIGNATURE(parts, "#define %s_%s(...)", parts->prefix, which);
	const char *call = SIGNATURE(parts, "%s_%s_of(", parts->prefix, which);
	const char *items = SIGNATURE(parts, "TRV_ITEMS(struct %s, __VA_ARGS__))", parts->expr);

	if (strlen(head) + 1 + strlen(call) + strlen(items) <= EMIT_COLUMNS) {
		trv__buffer_format(out, "%s %s%s\n", head, call, items);
		return;
	}
	put_continued(out, 0, head);
	if (8 + strlen(call) + strlen(items) <= EMIT_COLUMNS) {
		trv__buffer_format(out, "\t%s%s\n", call, items);
		return;
	}
	put_continued(out, 1, call);
	trv__buffer_format(out, "\t\t%s\n", items);
}

static void put_combinations(struct parts *parts)
{
	const struct emit *emit = parts->emit;

	trv__buffer_put(emit->out, "/** At least one of them holds. */\n");
	put_formatted(parts, parts->expr,
	              SIGNATURE(parts, "%s_any_of(const struct %s *list, size_t count", parts->prefix, parts->expr),
	              "trv_expr_list(TRV_EXPR_ANY, 0, list, count)");
	trv__buffer_put(emit->out, "/** All of them hold. */\n");
	put_formatted(parts, parts->expr,
	              SIGNATURE(parts, "%s_all_of(const struct %s *list, size_t count", parts->prefix, parts->expr),
	              "trv_expr_list(TRV_EXPR_ALL, 0, list, count)");
	put_macro(parts, "any");
	put_macro(parts, "all");
	trv__buffer_put(emit->out, "\n");
	emit_wrapped(emit->out, SIGNATURE(parts, "TRV_BUILDER struct %s %s_not(struct %s expr)", parts->expr,
	                                  parts->prefix, parts->expr));
	trv__buffer_put(emit->out, "{\n\texpr.expr.negated = !expr.expr.negated;\n\treturn expr;\n}\n\n"
	                           "/** A predicate in SQL; see trv_expr_sql. */\n");
	put_formatted(parts, parts->expr,
	              SIGNATURE(parts, "%s_where_sql(const char *sql, const struct trv_value *values, size_t count",
	                        parts->prefix),
	              "trv_expr_sql(sql, values, count)");
}

/* From the runtime's types to the model's own, by which the compiler keeps models apart. */
static void put_wrapper(struct parts *parts, const char *type, const char *kind)
{
	const char *line = SIGNATURE(parts, "TRV_BUILDER struct %s %s__%s(struct trv_%s generic)", type, parts->prefix,
	                             kind, kind);

	emit_wrapped(parts->emit->out, line);
	trv__buffer_format(parts->emit->out, "{\n\tstruct %s own = { generic };\n\n\treturn own;\n}\n\n", type);
}

void emit_predicates(const struct emit *emit, const struct schema_model *model)
{
	struct parts parts = { .emit = emit, .prefix = model->prefix };

	trv_arena_init(&parts.arena, emit->out->allocator, 0);
	parts.expr = SIGNATURE(&parts, "%s_expr", model->prefix);
	parts.order = SIGNATURE(&parts, "%s_order", model->prefix);
	put_wrapper(&parts, parts.expr, "expr");
	put_wrapper(&parts, parts.order, "order");
	for (int i = 0; i < model->description.column_count; i++)
		put_column(&parts, model, i);
	put_relations(&parts, model);
	put_combinations(&parts);
	trv_arena_release(&parts.arena);
}
