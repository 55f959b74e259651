/* The functions of a model: one typed line each over the runtime. */
#include "emit.h"

#include <stdio.h>
#include <string.h>

/* @ is the model's prefix. The call's parameters are those behind the session, unless given. */
static const struct function {
	const char *doc;
	const char *name;
	const char *parameters;
	const char *call;
	bool keyed; /* for models with a primary key only */
} functions[] = {
	{ "Loads the rows that match.", "find", "struct @_list *list, const struct @_query *query",
	  "trv__find(session, &@_model, list, query)", false },
	{ "Loads the one row that matches; TRV_ERR_NOT_FOUND or TRV_ERR_TOO_MANY when that is not one.", "one",
	  "struct @ *row, const struct @_query *query", "trv__one(session, &@_model, row, query)", false },
	{ "Counts the rows that match.", "count", "uint64_t *count, const struct @_query *query",
	  "trv__count(session, &@_model, count, query)", false },
	{ "Whether a row matches.", "exists", "bool *exists, const struct @_query *query",
	  "trv__exists(session, &@_model, exists, query)", false },
	{ "The next row that matches: 1, or 0 at the end; bounded memory however many there are.", "each",
	  "struct trv_stream *stream, const struct @ **row, const struct @_query *query",
	  "trv__each(session, &@_model, stream, (void *)row, query)", false },
	{ "The next page of rows, in the query's order.", "page",
	  "struct @_list *list, struct trv_page *page, const struct @_query *query",
	  "trv__page(session, &@_model, list, page, query)", true },
	{ "Counts, sums and the like over the rows that match, in groups.", "aggregate",
	  "struct @_groups *groups, const struct trv_aggregate *aggregate, const struct @_query *query",
	  "trv__aggregate(session, &@_model, groups, sizeof(struct @_group), offsetof(struct @_group, values), "
	  "aggregate, "
	  "query)",
	  false },
	{ "Rows by SQL of your own.", "sql",
	  "struct @_list *list, const char *sql, const struct trv_value *values, size_t count",
	  "trv__sql(session, &@_model, list, sql, values, count)", false },
	{ "The statements that a find of `query` runs, and the engine's plans of them.", "explain",
	  "const char **text, const struct @_query *query", "trv__explain(session, &@_model, text, query)", false },
	{ "Inserts the row and reads back what the engine filled in.", "insert", "struct @ *row",
	  "trv__insert(session, &@_model, row, 0)", false },
	{ "The same; the columns named are written even where they are zero.", "insert_columns",
	  "struct @ *row, uint64_t columns", "trv__insert(session, &@_model, row, columns)", false },
	{ "Inserts many rows.", "insert_many", "struct @ *rows, size_t count",
	  "trv__insert_many(session, &@_model, rows, count, 0)", false },
	{ "Writes the columns named, zero or not.", "update", "struct @ *row, uint64_t columns",
	  "trv__update(session, &@_model, row, columns)", true },
	{ "The same for many rows.", "update_many", "struct @ *rows, size_t count, uint64_t columns",
	  "trv__update_many(session, &@_model, rows, count, columns)", true },
	{ "Inserts the row, or sets `columns` (0: all) of the one with the same `key` columns.", "upsert",
	  "struct @ *row, uint64_t key, uint64_t columns", "trv__upsert(session, &@_model, row, key, columns)", true },
	{ "The same for many rows.", "upsert_many", "struct @ *rows, size_t count, uint64_t key, uint64_t columns",
	  "trv__upsert_many(session, &@_model, rows, count, key, columns)", true },
	{ "Deletes the row.", "delete", "const struct @ *row", "trv__delete(session, &@_model, row)", true },
	{ "Sets `columns` from `values` in the rows that match; without a filter only if .all is true.", "update_where",
	  "uint64_t *affected, const struct @ *values, uint64_t columns, const struct @_query *query",
	  "trv__update_where(session, &@_model, affected, values, columns, query)", false },
	{ "Deletes the rows that match; without a filter only if .all is true.", "delete_where",
	  "uint64_t *affected, const struct @_query *query", "trv__delete_where(session, &@_model, affected, query)",
	  false },
};

/* `template` with the prefix put in, wrapped. */
static void put_line(const struct emit *emit, const struct schema_model *model, const char *template)
{
	struct trv__buffer line;

	trv__buffer_init(&line, emit->out->allocator);
	emit_put(&(struct emit) { emit->schema, emit->file, &line }, model, template);
	emit_wrapped(emit->out, trv__buffer_get(&line));
	if (line.status < 0)
		emit->out->status = line.status;
	trv__buffer_release(&line);
}

static void put_function(const struct emit *emit, const struct schema_model *model, const struct function *function)
{
	char line[512];

	trv__buffer_format(emit->out, "/** %s */\n", function->doc);
	snprintf(line, sizeof(line), "TRV_WRAPPER int @_%s(struct trv_session *session, %s)", function->name,
	         function->parameters);
	put_line(emit, model, line);
	trv__buffer_put(emit->out, "{\n");
	snprintf(line, sizeof(line), "\treturn %s;", function->call);
	put_line(emit, model, line);
	trv__buffer_put(emit->out, "}\n\n");
}

static const struct trv_column *key_column(const struct schema_model *model, int i)
{
	return &model->description.columns[model->description.primary[i]];
}

/* A key's member may be named like what else stands in a _get. */
static const char *parameter_name(const struct trv_column *column)
{
	static const char *const taken[] = { "key", "row", "session" };
	static const char *const instead[] = { "key_", "row_", "session_" };

	for (size_t i = 0; i < TRV_COUNT_OF(taken); i++)
		if (strcmp(column->member, taken[i]) == 0)
			return instead[i];
	return column->member;
}

static void put_get(const struct emit *emit, const struct schema_model *model)
{
	struct trv__buffer line;
	int count = model->description.primary_count;

	trv__buffer_put(emit->out, "/** Loads the row with this key; TRV_ERR_NOT_FOUND. */\n");
	trv__buffer_init(&line, emit->out->allocator);
	trv__buffer_put(&line, "TRV_WRAPPER int @_get(struct trv_session *session, struct @ *row");
	for (int i = 0; i < count; i++) {
		trv__buffer_put(&line, ", ");
		emit_type_name(&line, key_column(model, i));
		trv__buffer_put(&line, parameter_name(key_column(model, i)));
	}
	trv__buffer_put(&line, ")");
	put_line(emit, model, trv__buffer_get(&line));
	trv__buffer_put(emit->out, "{\n\tconst struct trv_expr key[] = {");
	for (int i = 0; i < count; i++) {
		const struct trv_column *column = key_column(model, i);

		trv__buffer_format(emit->out, "%strv_expr_%s(%d, TRV_EQ, %s%s)%s", count > 1 ? "\n\t\t" : " ",
		                   emit_type_of(column)->builder, model->description.primary[i],
		                   column->type == TRV_ENUM ? "(int64_t)" : "", parameter_name(column),
		                   count > 1 ? "," : "");
	}
	trv__buffer_put(emit->out, count > 1 ? "\n\t};\n\n" : " };\n\n");
	put_line(emit, model, "\treturn trv__get(session, &@_model, row, key);");
	trv__buffer_put(emit->out, "}\n\n");
	if (line.status < 0)
		emit->out->status = line.status;
	trv__buffer_release(&line);
}

static void put_key_layout(const struct emit *emit, const struct schema_model *model)
{
	int count = model->description.primary_count;

	trv__buffer_put(emit->out, "\tstatic const struct trv_key_layout layout = {");
	if (count == 1) {
		trv__buffer_put(emit->out, " sizeof(*keys), 1, { 0 } };\n\n");
		return;
	}
	trv__buffer_format(emit->out, "\n\t\tsizeof(*keys),\n\t\t%d,\n\t\t{\n", count);
	for (int i = 0; i < count; i++) {
		emit_put(emit, model, "\t\t\toffsetof(struct @_key, ");
		trv__buffer_format(emit->out, "%s),\n", key_column(model, i)->member);
	}
	trv__buffer_put(emit->out, "\t\t},\n\t};\n\n");
}

static void put_get_many(const struct emit *emit, const struct schema_model *model)
{
	const struct trv_column *first = key_column(model, 0);
	struct trv__buffer line;

	trv__buffer_put(emit->out, "/** Loads the rows that have one of these keys. */\n");
	trv__buffer_init(&line, emit->out->allocator);
	trv__buffer_put(&line, "TRV_WRAPPER int @_get_many(struct trv_session *session, struct @_list *list, ");
	if (model->description.primary_count > 1) {
		trv__buffer_put(&line, "const struct @_key ");
	} else if (first->type == TRV_TEXT) {
		trv__buffer_put(&line, "const char *const ");
	} else {
		trv__buffer_put(&line, "const ");
		emit_type_name(&line, first);
	}
	trv__buffer_put(&line, "*keys, size_t count)");
	put_line(emit, model, trv__buffer_get(&line));
	trv__buffer_put(emit->out, "{\n");
	put_key_layout(emit, model);
	put_line(emit, model, "\treturn trv__get_many(session, &@_model, list, keys, count, &layout);");
	trv__buffer_put(emit->out, "}\n\n");
	if (line.status < 0)
		emit->out->status = line.status;
	trv__buffer_release(&line);
}

static void put_accessor(const struct emit *emit, const struct schema_model *model, int index)
{
	const char *name = model->description.relations[index].name;
	struct trv__buffer line;

	trv__buffer_init(&line, emit->out->allocator);
	trv__buffer_format(emit->out, "/** Loads `%s` of the row and of all rows that were loaded with it. */\n", name);
	trv__buffer_format(&line, "TRV_WRAPPER int @_%s(struct trv_session *session, struct @ *row)", name);
	put_line(emit, model, trv__buffer_get(&line));
	trv__buffer_put(emit->out, "{\n");
	trv__buffer_clear(&line);
	trv__buffer_format(&line, "\treturn trv__load(session, &@_model, row, %d);", index);
	put_line(emit, model, trv__buffer_get(&line));
	trv__buffer_put(emit->out, "}\n\n");
	if (line.status < 0)
		emit->out->status = line.status;
	trv__buffer_release(&line);
}

void emit_functions(const struct emit *emit, const struct schema_model *model)
{
	bool keyed = model->description.primary_count > 0;

	if (keyed) {
		put_get(emit, model);
		put_get_many(emit, model);
	}
	for (size_t i = 0; i < TRV_COUNT_OF(functions); i++)
		if (keyed || !functions[i].keyed)
			put_function(emit, model, &functions[i]);
	for (int i = 0; keyed && i < model->description.relation_count; i++)
		put_accessor(emit, model, i);
}
