/*
 * The SQL in backticks. Each expression is looked through as text, and prepared (never
 * run) on a scratch SQLite database in memory, in the kind of statement in which it will
 * stand: SQLite itself says what is wrong, and where.
 */
#include "build.h"
#include "sql_text.h"

#include <string.h>
#include <strings.h>

#ifdef TRV_HAVE_SQLITE
#include <sqlite3.h>
#endif

/* Where an expression stands. */
enum scratch_place {
	IN_CHECK,
	IN_DEFAULT,
	IN_GENERATED,
	IN_INDEX,
	IN_WHERE,
};

struct scratch {
	struct compiler *compiler;
	struct model_build *model;
	enum scratch_place place;
	const struct trv_column *column; /* IN_DEFAULT, IN_GENERATED */
	bool certain; /* the text is for SQLite: whatever it says is an error */
};

/* --- names in the text --- */

static const struct trv_column *find_column(const struct model_build *model, const struct syntax_text *sql,
                                            const struct sql_token *token)
{
	const struct trv_model *description = &model->out->description;

	for (uint16_t i = 0; i < description->column_count; i++)
		if (sql_token_is(sql, token, description->columns[i].name))
			return &description->columns[i];
	return NULL;
}

/* What may have been meant by a column that there is not. Sets `sure` when it is a name of the schema. */
static const char *column_hint(const struct scratch *scratch, const char *name, bool *sure)
{
	const struct trv_model *description = &scratch->model->out->description;
	struct suggestion suggestion = suggest_begin(name);
	const struct field_build *field = name_find(&scratch->model->members, name);

	*sure = true;
	for (uint16_t i = 0; i < description->column_count; i++)
		if (strcasecmp(description->columns[i].member, name) == 0)
			return compiler_format(scratch->compiler,
			                       "SQL names the columns of the database: it is \"%s\" there",
			                       description->columns[i].name);
	if (field && field->columns)
		return compiler_format(scratch->compiler, "the reference's column is \"%s\"", field->columns[0].name);
	if (field)
		return "a to-many relation has no column here";
	for (uint16_t i = 0; i < description->column_count; i++)
		suggest_try(&suggestion, description->columns[i].name);
	*sure = suggestion.best != NULL;
	return suggest_hint(scratch->compiler, &suggestion);
}

/* SQLite knows the row's number by these names; the other engines do not. */
static void check_row_numbers(const struct scratch *scratch, const struct syntax_text *sql,
                              const struct sql_tokens *tokens)
{
	static const char *const names[] = { "rowid", "oid", "_rowid_" };

	for (size_t i = 0; i < tokens->count; i++)
		for (size_t k = 0; k < TRV_COUNT_OF(names); k++)
			if (sql_token_is(sql, &tokens->items[i], names[k]) &&
			    !find_column(scratch->model, sql, &tokens->items[i]))
				complain(scratch->compiler,
				         sql_span(sql, tokens->items[i].offset, tokens->items[i].length), NULL,
				         "model '%s' has no column '%s'", scratch->model->syntax->name.text, names[k]);
}

/* PostgreSQL takes a name without quotes for lower case: it would not find the column "Title". */
static void check_case(const struct scratch *scratch, const struct syntax_text *sql, const struct sql_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		const struct sql_token *token = &tokens->items[i];
		const struct trv_column *column =
			token->kind == SQL_WORD ? find_column(scratch->model, sql, token) : NULL;

		if (column && strcmp(column->name, fold(scratch->compiler, column->name)) != 0)
			complain(scratch->compiler, sql_span(sql, token->offset, token->length),
			         compiler_format(scratch->compiler, "write \"%s\"", column->name),
			         "a column with capital letters stands in double quotes: postgresql would not find it");
	}
}

/* --- literals of dates and times --- */

static bool digits_at(const char *text, size_t size, size_t from, size_t count)
{
	for (size_t i = from; i < from + count; i++)
		if (i >= size || text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

/* '2020-12-31' and what goes on from there. */
static bool looks_like_date(const struct syntax_text *sql, const struct sql_token *token)
{
	const char *text = sql->text + token->offset + 1;
	size_t size = token->length - 2;

	return token->kind == SQL_STRING && token->length >= 12 && digits_at(text, size, 0, 4) && text[4] == '-' &&
	       digits_at(text, size, 5, 2) && text[7] == '-' && digits_at(text, size, 8, 2);
}

/* Whether the column's moments are numbers on SQLite, so that text compares with them as nonsense. */
static bool is_moment(const struct trv_column *column)
{
	return column && (column->type == TRV_DATE || column->type == TRV_TIMESTAMP) &&
	       column->storage[TRV_ENGINE_SQLITE] != TRV_STORE_ISO;
}

static bool is_comparison(const struct syntax_text *sql, const struct sql_token *token)
{
	static const char *const operators[] = { "=", "==", "<>", "!=", "<", "<=", ">", ">=" };

	for (size_t i = 0; token->kind == SQL_OPERATOR && i < TRV_COUNT_OF(operators); i++)
		if (strlen(operators[i]) == token->length &&
		    memcmp(sql->text + token->offset, operators[i], token->length) == 0)
			return true;
	return false;
}

static bool is_operator(const struct syntax_text *sql, const struct sql_token *token, char c)
{
	return token->kind == SQL_OPERATOR && sql->text[token->offset] == c;
}

/* The column that the literal at `at` is compared with: x > '...', '...' > x, x between '...' and '...', x in ('...'). */
static const struct trv_column *compared_column(const struct scratch *scratch, const struct syntax_text *sql,
                                                const struct sql_tokens *tokens, size_t at)
{
	const struct sql_token *items = tokens->items;

	if (at + 2 < tokens->count && is_comparison(sql, &items[at + 1]) &&
	    find_column(scratch->model, sql, &items[at + 2]))
		return find_column(scratch->model, sql, &items[at + 2]);
	if (at >= 2 && (is_comparison(sql, &items[at - 1]) || sql_token_is(sql, &items[at - 1], "between")))
		return find_column(scratch->model, sql, &items[at - 2]);
	if (at >= 4 && sql_token_is(sql, &items[at - 1], "and") && sql_token_is(sql, &items[at - 3], "between"))
		return find_column(scratch->model, sql, &items[at - 4]);
	while (at >= 1 && (items[at - 1].kind == SQL_STRING || is_operator(sql, &items[at - 1], ',')))
		at--;
	if (at >= 3 && is_operator(sql, &items[at - 1], '(') && sql_token_is(sql, &items[at - 2], "in"))
		return find_column(scratch->model, sql, &items[at - 3]);
	return NULL;
}

static void check_moments(const struct scratch *scratch, const struct syntax_text *sql, const struct sql_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		const struct sql_token *token = &tokens->items[i];

		if (!looks_like_date(sql, token))
			continue;
		const struct trv_column *column = compared_column(scratch, sql, tokens, i);
		if (!is_moment(column))
			continue;
		const char *word = column->type == TRV_DATE ? "DATE" : "TIMESTAMP";
		complain(scratch->compiler, sql_span(sql, token->offset, token->length),
		         compiler_format(scratch->compiler, "write %s %.*s, which fits every engine", word,
		                         (int)(token->length < 40 ? token->length : 40), sql->text + token->offset),
		         "SQLite keeps '%s' as a number, so this text is no %s", column->member,
		         trv_type_name(column->type));
	}
}

/* The text for SQLite: DATE '...' and its like without their word, everything at its place. */
static char *without_moment_words(struct compiler *compiler, const struct syntax_text *sql,
                                  const struct sql_tokens *tokens)
{
	static const char *const words[] = { "date", "time", "timestamp" };
	char *text = compiler_copy(compiler, sql->text, strlen(sql->text));

	for (size_t i = 0; i + 1 < tokens->count; i++)
		for (size_t k = 0; k < TRV_COUNT_OF(words); k++)
			if (tokens->items[i].kind == SQL_WORD && tokens->items[i + 1].kind == SQL_STRING &&
			    sql_token_is(sql, &tokens->items[i], words[k]))
				memset(text + tokens->items[i].offset, ' ', tokens->items[i].length);
	return text;
}

/* --- the scratch database --- */

#ifdef TRV_HAVE_SQLITE

static const char *quote(struct compiler *compiler, const char *name)
{
	char *quoted = compiler_alloc(compiler, 2 * strlen(name) + 3), *to = quoted;

	*to++ = '"';
	for (const char *at = name; *at; at++) {
		if (*at == '"')
			*to++ = '"';
		*to++ = *at;
	}
	*to++ = '"';
	*to = '\0';
	return quoted;
}

static bool open_scratch(struct compiler *compiler)
{
	if (compiler->scratch)
		return true;
	if (sqlite3_open_v2(":memory:", &compiler->scratch, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
	    SQLITE_OK)
		longjmp(compiler->out_of_memory, 1);
	/* Otherwise "titel" would be a string, not an unknown column. */
	sqlite3_db_config(compiler->scratch, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(compiler->scratch, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_limit(compiler->scratch, SQLITE_LIMIT_ATTACHED, 0);
	return true;
}

void scratch_close(struct compiler *compiler)
{
	sqlite3_close(compiler->scratch);
	compiler->scratch = NULL;
}

/* The columns of a CREATE TABLE, but for `except`. */
static const char *list_columns(struct compiler *compiler, const struct model_build *model,
                                const struct trv_column *except)
{
	const struct trv_model *description = &model->out->description;
	const char *list = "";

	for (uint16_t i = 0; i < description->column_count; i++)
		if (&description->columns[i] != except)
			list = compiler_format(compiler, "%s%s%s", list, *list ? ", " : "",
			                       quote(compiler, description->columns[i].name));
	return list;
}

/* A statement with the expression in it; `start` is where that begins. */
static const char *statement(const struct scratch *scratch, const char *expression, size_t *start)
{
	struct compiler *compiler = scratch->compiler;
	const char *table = quote(compiler, scratch->model->out->description.table), *head = "";
	const char *columns = scratch->place == IN_INDEX || scratch->place == IN_WHERE
	                              ? ""
	                              : list_columns(compiler, scratch->model, scratch->column);
	const char *comma = *columns ? ", " : "";
	const char *column = scratch->column ? quote(compiler, scratch->column->name) : "";
	const char *tail = scratch->place == IN_WHERE ? "" : "))";

	switch (scratch->place) {
	case IN_CHECK:
		head = compiler_format(compiler, "CREATE TEMP TABLE %s (%s%sCHECK (", table, columns, comma);
		break;
	case IN_DEFAULT:
		head = compiler_format(compiler, "CREATE TEMP TABLE %s (%s%s%s DEFAULT (", table, columns, comma,
		                       column);
		break;
	case IN_GENERATED:
		head = compiler_format(compiler, "CREATE TEMP TABLE %s (%s%s%s GENERATED ALWAYS AS (", table, columns,
		                       comma, column);
		break;
	case IN_INDEX:
		head = compiler_format(compiler, "CREATE INDEX main.trv_scratch ON %s ((", table);
		break;
	case IN_WHERE:
		head = compiler_format(compiler, "CREATE INDEX main.trv_scratch ON %s (1) WHERE ", table);
		break;
	}
	*start = strlen(head);
	return compiler_format(compiler, "%s%s%s", head, expression, tail);
}

/* Where SQLite says that it is, as an offset in the expression; -1: it does not say. */
static long error_offset(sqlite3 *database, size_t start, size_t length)
{
#if SQLITE_VERSION_NUMBER >= 3038000
	int offset = sqlite3_error_offset(database);

	if (offset < 0 || (size_t)offset < start)
		return -1;
	return (size_t)offset - start > length ? (long)length : (long)((size_t)offset - start);
#else
	(void)database;
	(void)start;
	(void)length;
	return -1;
#endif
}

/* The word at `offset`, or that of the text; for what is underlined. */
static struct span error_span(const struct syntax_text *sql, const struct sql_tokens *tokens, long offset,
                              const char *column)
{
	for (size_t i = 0; i < tokens->count; i++)
		if (offset < 0 ? column && sql_token_is(sql, &tokens->items[i], column)
		               : tokens->items[i].offset == (size_t)offset)
			return sql_span(sql, tokens->items[i].offset, tokens->items[i].length);
	return offset < 0 ? sql_span(sql, 0, strlen(sql->text)) : sql_span(sql, (size_t)offset, 1);
}

/* "no such column: t.x": the last part; of another error NULL. */
static const char *missing_column(const char *message)
{
	static const char prefix[] = "no such column: ";

	if (strncmp(message, prefix, sizeof(prefix) - 1) != 0)
		return NULL;
	const char *name = message + sizeof(prefix) - 1, *dot = strrchr(name, '.');
	return dot ? dot + 1 : name;
}

static void report(const struct scratch *scratch, const struct syntax_text *sql, const struct sql_tokens *tokens,
                   const char *message, long offset)
{
	const char *column = missing_column(message);
	bool sure;

	if (column) {
		const char *hint = column_hint(scratch, column, &sure);

		/* Another engine may know the word; one that is close to a column is a slip all the same. */
		if (scratch->certain || sure)
			complain(scratch->compiler, error_span(sql, tokens, offset, column), hint,
			         "model '%s' has no column '%s'", scratch->model->syntax->name.text, column);
		return;
	}
	if (!scratch->certain)
		return;
	if (offset == (long)strlen(sql->text))
		complain(scratch->compiler, sql_span(sql, (size_t)offset, 1), NULL, "the SQL ends too early");
	else if (strncmp(message, "default value of column", 23) == 0)
		complain(scratch->compiler, error_span(sql, tokens, offset, NULL), NULL,
		         "sqlite: a default is constant: it names no columns and has no subquery");
	else
		complain(scratch->compiler, error_span(sql, tokens, offset, NULL),
		         "SQL for one engine only stands behind its name: postgresql `...`", "sqlite: %s", message);
}

/* Prepares it, and lets go of it before anything else is done: nothing is left if memory runs out. */
static void prepare(const struct scratch *scratch, const struct syntax_text *sql, const struct sql_tokens *tokens)
{
	struct compiler *compiler = scratch->compiler;
	sqlite3_stmt *prepared = NULL;
	size_t start;

	open_scratch(compiler);
	const char *text = statement(scratch, without_moment_words(compiler, sql, tokens), &start);
	int result = sqlite3_prepare_v2(compiler->scratch, text, -1, &prepared, NULL);
	sqlite3_finalize(prepared);
	if (result == SQLITE_NOMEM)
		longjmp(compiler->out_of_memory, 1);
	if (result == SQLITE_OK)
		return;
	long offset = error_offset(compiler->scratch, start, strlen(sql->text));
	const char *message = sqlite3_errmsg(compiler->scratch);
	report(scratch, sql, tokens, compiler_copy(compiler, message, strlen(message)), offset);
}

/* The table itself, for indexes. */
static bool create_table(struct compiler *compiler, const struct model_build *model)
{
	const struct trv_model *description = &model->out->description;
	const char *text = compiler_format(compiler, "CREATE TABLE main.%s (%s)", quote(compiler, description->table),
	                                   list_columns(compiler, model, NULL));

	open_scratch(compiler);
	if (sqlite3_exec(compiler->scratch, text, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	const char *message = sqlite3_errmsg(compiler->scratch);
	if (compiler->schema->error_count == 0 && compiler->schema->engines[TRV_ENGINE_SQLITE])
		complain(compiler, model->syntax->table.text ? model->syntax->table.span : model->syntax->name.span,
		         NULL, "sqlite: %s", message);
	return false;
}

static void check_json(struct compiler *compiler, const struct field_build *field, const char *text)
{
	sqlite3_stmt *prepared = NULL;
	bool valid = true;

	open_scratch(compiler);
	if (sqlite3_prepare_v2(compiler->scratch, "SELECT json_valid(?)", -1, &prepared, NULL) == SQLITE_OK &&
	    sqlite3_bind_text(prepared, 1, text, -1, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_step(prepared) == SQLITE_ROW)
		valid = sqlite3_column_int(prepared, 0) != 0;
	sqlite3_finalize(prepared);
	if (!valid)
		complain(compiler, field->syntax->initial.value.span, NULL, "the default is not JSON");
}

#else

void scratch_close(struct compiler *compiler)
{
	(void)compiler;
}

static void prepare(const struct scratch *scratch, const struct syntax_text *sql, const struct sql_tokens *tokens)
{
	(void)without_moment_words;
	(void)column_hint;
	(void)tokens;
	if (!scratch->compiler->unprepared)
		warn(scratch->compiler, sql->span, NULL,
		     "the SQL is not checked: this trivet was built without SQLite");
	scratch->compiler->unprepared = true;
}

static bool create_table(struct compiler *compiler, const struct model_build *model)
{
	(void)compiler;
	(void)model;
	return true;
}

static void check_json(struct compiler *compiler, const struct field_build *field, const char *text)
{
	(void)compiler;
	(void)field;
	(void)text;
}

#endif

/* --- which text is checked how --- */

/* One text of those in `scratch`. What is for another engine is only looked at for slips in columns' names. */
static void check_text(const struct scratch *scratch, const struct syntax_text *sql, enum trv_engine engine)
{
	struct sql_tokens tokens;

	if (!sql_scan(scratch->compiler, sql, engine, &tokens) || scratch->model->broken)
		return;
	if (scratch->compiler->schema->engines[TRV_ENGINE_POSTGRESQL] &&
	    (engine == TRV_ENGINE_ANY || engine == TRV_ENGINE_POSTGRESQL))
		check_case(scratch, sql, &tokens);
	if (scratch->certain) {
		check_row_numbers(scratch, sql, &tokens);
		check_moments(scratch, sql, &tokens);
	}
	if (!scratch->compiler->options->quick)
		prepare(scratch, sql, &tokens);
}

/* A check may be for some engines only; what a column or index is made of is needed on all. */
static void check_engines(struct compiler *compiler, const struct syntax_sql *sql)
{
	int given = TRV_ENGINE_SQLITE;

	while (given < TRV_ENGINE_COUNT && !sql->of[given].text)
		given++;
	for (int engine = TRV_ENGINE_SQLITE; engine < TRV_ENGINE_COUNT && given < TRV_ENGINE_COUNT; engine++)
		if (compiler->schema->engines[engine] && !sql->of[engine].text)
			complain(compiler, sql->of[given].span,
			         "an expression without an engine's name is for all that have none of their own",
			         "there is no SQL for %s", engine_names[engine]);
}

static void check_sql(struct scratch *scratch, const struct syntax_sql *sql)
{
	bool sqlite = scratch->compiler->schema->engines[TRV_ENGINE_SQLITE];
	/* The text for every engine is SQLite's too, unless it has its own. */
	int ours = sql->of[TRV_ENGINE_SQLITE].text ? TRV_ENGINE_SQLITE : TRV_ENGINE_ANY;

	for (int engine = 0; engine < TRV_ENGINE_COUNT; engine++) {
		scratch->certain = sqlite && engine == ours;
		if (sql->of[engine].text)
			check_text(scratch, &sql->of[engine], (enum trv_engine)engine);
	}
	if (scratch->place != IN_CHECK && !sql->of[TRV_ENGINE_ANY].text)
		check_engines(scratch->compiler, sql);
}

static void check_column(struct compiler *compiler, struct model_build *model, uint16_t number)
{
	const struct field_build *field = model->column_fields[number];
	const struct trv_column *column = &model->out->description.columns[number];
	struct scratch scratch = { compiler, model, IN_DEFAULT, column, false };

	if (column->initial && column->initial->kind == TRV_DEFAULT_SQL)
		check_sql(&scratch, &field->syntax->initial.sql);
	if (column->initial && column->initial->kind == TRV_DEFAULT_LITERAL && column->type == TRV_JSON &&
	    !compiler->options->quick)
		check_json(compiler, field, column->initial->literal.as.text);
	scratch.place = IN_GENERATED;
	if (column->generated)
		check_sql(&scratch, &field->syntax->generated);
}

static void check_index(struct compiler *compiler, struct model_build *model, const struct syntax_key *key)
{
	struct scratch scratch = { compiler, model, IN_INDEX, NULL, false };

	for (size_t i = 0; i < key->part_count; i++)
		if (!key->parts[i].name.text)
			check_sql(&scratch, &key->parts[i].sql);
	scratch.place = IN_WHERE;
	if (key->has_where)
		check_sql(&scratch, &key->where);
}

/* Whether the table itself must be there: SQL in an index needs it, and SQLite refuses some names. */
static bool needs_table(const struct model_build *model)
{
	const struct trv_model *description = &model->out->description;

	if (description->column_count == 0)
		return false;
	for (uint16_t i = 0; i < description->index_count; i++)
		if (model->index_syntax[i])
			return true;
	return strncasecmp(description->table, "sqlite_", 7) == 0;
}

static void check_model(struct compiler *compiler, struct model_build *model)
{
	const struct trv_model *description = &model->out->description;
	struct scratch scratch = { compiler, model, IN_CHECK, NULL, false };
	bool table = model->broken || compiler->options->quick || !needs_table(model) || create_table(compiler, model);

	for (uint16_t i = 0; i < description->column_count; i++)
		check_column(compiler, model, i);
	for (uint16_t i = 0; i < description->check_count; i++)
		check_sql(&scratch, &model->check_syntax[i]->sql);
	for (uint16_t i = 0; table && i < description->index_count; i++)
		if (model->index_syntax[i])
			check_index(compiler, model, model->index_syntax[i]);
}

void scratch_check(struct compiler *compiler)
{
	for (size_t i = 0; i < compiler->schema->model_count && !compiler_gave_up(compiler); i++)
		check_model(compiler, &compiler->models[i]);
}
