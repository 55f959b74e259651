/*
 * Raw SQL: typed parameters in, structs out. A plan is found by the text, the values'
 * types and what the rows are decoded into; where they go is known once the engine has
 * told the names of the result's columns.
 */
#include "query/quoting.h"
#include "session/array.h"
#include "session/cell.h"
#include "session/load.h"

#include <stdio.h>
#include <trivet/sql.h>

enum form {
	FORM_MODEL = TRV__SHAPE_SQL, /* the first byte of the shape */
	FORM_FIELDS,
	FORM_VALUE,
	FORM_EXEC,
};

struct raw {
	enum form form;
	const char *sql;
	const struct trv_value *values;
	size_t count;
	const struct trv_model *model; /* FORM_MODEL */
	const struct trv_field *fields; /* FORM_FIELDS */
	size_t field_count, row_size;
	enum trv_type type; /* FORM_VALUE */
};

/* --- SQL ----------------------------------------------------------------------------------------------- */

/* A ? at `at`: a parameter, or ?? for the character itself. Returns what is behind it. */
static const char *write_mark(struct trv__writer *writer, const struct raw *raw, const char *at, size_t *next)
{
	if (at[1] == '?') {
		trv__put(writer, "?");
		return at + 2;
	}
	if (at[1] >= '0' && at[1] <= '9') {
		trv__writer_fail(writer, TRV_ERR_MISUSE, "raw SQL: a numbered parameter, '%.3s'", at);
		trv_error_hint(writer->error, "a plain ? stands for the next of the values");
		return at + 1;
	}
	if (*next < raw->count)
		trv__bind_value(writer, &raw->values[*next]);
	(*next)++;
	return at + 1;
}

static void write_text(struct trv__writer *writer, const struct raw *raw)
{
	const char *from = raw->sql, *at = from;
	size_t next = 0;

	while (*at && writer->status >= 0) {
		const char *end = trv__sql_skip(writer->dialect, raw->sql, at);

		if (end != at || *at != '?') {
			at = end != at ? end : at + 1;
			continue;
		}
		trv__put_n(writer, from, (size_t)(at - from));
		from = at = write_mark(writer, raw, at, &next);
	}
	trv__put_n(writer, from, (size_t)(at - from));
	if (next != raw->count)
		trv__writer_fail(writer, TRV_ERR_MISUSE, "raw SQL: %zu parameters and %zu values", next, raw->count);
}

static void write_shape(struct trv__writer *writer, const struct raw *raw)
{
	trv__shape(writer, raw->form);
	trv__shape_bytes(writer, raw->sql, strlen(raw->sql) + 1);
	trv__shape64(writer, raw->count);
	for (size_t i = 0; i < raw->count; i++)
		trv__shape(writer, raw->values[i].type);
	trv__shape64(writer, (uint64_t)(uintptr_t)raw->model);
	trv__shape(writer, raw->type);
	for (size_t i = 0; i < raw->field_count; i++) {
		const struct trv_field *field = &raw->fields[i];

		trv__shape_bytes(writer, field->name, strlen(field->name) + 1);
		trv__shape(writer, field->type);
		trv__shape64(writer, (uint64_t)field->offset << 32 | field->has_offset);
		trv__shape16(writer, field->scale);
	}
}

/* The text is looked through only where it is not known yet; its values stand in its order. */
static void write(struct trv__writer *writer, const void *what)
{
	const struct raw *raw = what;

	if (writer->text_on) {
		write_text(writer, raw);
		return;
	}
	write_shape(writer, raw);
	for (size_t i = 0; i < raw->count; i++)
		trv__bind_value(writer, &raw->values[i]);
}

/* --- decode tables ------------------------------------------------------------------------------------- */

static int check_result(const struct trv_result_column *columns, size_t count, struct trv_error *error)
{
	if (!count) {
		int r = trv_error_set(error, TRV_ERR_MISMATCH, "raw SQL: the statement returns no rows");

		trv_error_hint(error, "trv_exec runs it");
		return r;
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(columns[i].name, columns[j].name) == 0)
				return trv_error_set(error, TRV_ERR_MISMATCH,
				                     "raw SQL: the result has two columns '%s'", columns[i].name);
	return 0;
}

static const struct trv_column *find_column(const struct trv_model *model, const char *name)
{
	for (size_t i = 0; i < model->column_count; i++)
		if (strcmp(model->columns[i].name, name) == 0)
			return &model->columns[i];
	int member = trv_model_column(model, name);
	return member < 0 ? NULL : &model->columns[member];
}

static int describe_model(const struct raw *raw, const struct trv_result_column *columns, size_t count,
                          const struct trv_dialect *dialect, struct trv_slot *slots, struct trv_error *error)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < count; i++) {
		const struct trv_column *column = find_column(raw->model, columns[i].name);
		uint64_t flag = column ? UINT64_C(1) << (column - raw->model->columns) : 0;

		if (!column || seen & flag) {
			int r = trv_error_set(error, TRV_ERR_MISMATCH, "raw SQL: '%s' has no %scolumn '%s'",
			                      raw->model->name, column ? "second " : "", columns[i].name);

			trv_error_hint(error, "trv_sql decodes into a struct of your own");
			return r;
		}
		seen |= flag;
		slots[i] = trv__slot(raw->model, column, dialect, 0);
		slots[i].name = columns[i].name;
	}
	return 0;
}

static const struct trv_field *find_field(const struct raw *raw, const char *name)
{
	for (size_t i = 0; i < raw->field_count; i++)
		if (strcmp(raw->fields[i].name, name) == 0)
			return &raw->fields[i];
	return NULL;
}

static int check_all_found(const struct raw *raw, const struct trv_result_column *columns, size_t count,
                           struct trv_error *error)
{
	for (size_t i = 0; i < raw->field_count; i++) {
		size_t at = 0;

		while (at < count && strcmp(columns[at].name, raw->fields[i].name) != 0)
			at++;
		if (at == count)
			return trv_error_set(error, TRV_ERR_MISMATCH, "raw SQL: the result has no column '%s'",
			                     raw->fields[i].name);
	}
	return 0;
}

static int describe_fields(const struct raw *raw, const struct trv_result_column *columns, size_t count,
                           struct trv_slot *slots, struct trv_error *error)
{
	for (size_t i = 0; i < count; i++) {
		const struct trv_field *field = find_field(raw, columns[i].name);

		if (!field)
			return trv_error_set(error, TRV_ERR_MISMATCH,
			                     "raw SQL: the struct has no field for column '%s'", columns[i].name);
		slots[i] = (struct trv_slot) {
			.type = (uint8_t)field->type,
			.flags = TRV_SLOT_NULLABLE,
			.offset = field->offset,
			.has_offset = field->has_offset,
			.scale = field->scale,
			.name = columns[i].name,
		};
	}
	return check_all_found(raw, columns, count, error);
}

static int describe(const void *what, const struct trv_result_column *columns, size_t count,
                    const struct trv_dialect *dialect, struct trv_slot *slots, struct trv_error *error)
{
	const struct raw *raw = what;
	int r = check_result(columns, count, error);

	if (r < 0)
		return r;
	if (raw->form == FORM_MODEL)
		return describe_model(raw, columns, count, dialect, slots, error);
	return describe_fields(raw, columns, count, slots, error);
}

static size_t one(const void *what)
{
	(void)what;
	return 1;
}

static int value_slot(const void *what, const struct trv_dialect *dialect, struct trv_slot *slots, size_t room,
                      size_t *count)
{
	const struct raw *raw = what;

	(void)dialect;
	(void)room;
	slots[0] = (struct trv_slot) { .type = (uint8_t)raw->type };
	trv__cell_aim(&slots[0], 0, 0);
	*count = 1;
	return 0;
}

static const struct trv__statement_kind rows_kind = {
	.write = write, .bases = one, .describe = describe, .by_hand = true
};
static const struct trv__statement_kind value_kind = {
	.write = write,
	.slot_count = one,
	.slots = value_slot,
	.bases = one,
	.by_hand = true,
};
static const struct trv__statement_kind exec_kind = { .write = write, .by_hand = true };

/* --- what the caller gives ------------------------------------------------------------------------------ */

static bool is_plain_type(enum trv_type type)
{
	return type >= TRV_BOOL && type < TRV_ENUM;
}

static int refuse_enum(struct trv_error *error, const char *what)
{
	int r = trv_error_set(error, TRV_ERR_MISUSE, "raw SQL: %s is of no type that can be sent or read", what);

	trv_error_hint(error, "an enum goes as TRV_TEXT, as it is stored");
	return r;
}

static int check_fields(const struct raw *raw, struct trv_error *error)
{
	if (!raw->fields || !raw->field_count || !raw->row_size)
		return trv_error_set(error, TRV_ERR_MISUSE, "raw SQL: rows need a struct with fields");
	for (size_t i = 0; i < raw->field_count; i++) {
		const struct trv_field *field = &raw->fields[i];

		if (!field->name)
			return trv_error_set(error, TRV_ERR_MISUSE, "raw SQL: field %zu has no name", i + 1);
		if (!is_plain_type(field->type))
			return refuse_enum(error, field->name);
		if (field->offset > raw->row_size || trv_type_size(field->type) > raw->row_size - field->offset ||
		    field->has_offset >= raw->row_size)
			return trv_error_set(error, TRV_ERR_MISUSE, "raw SQL: field '%s' lies outside its struct",
			                     field->name);
	}
	return 0;
}

static int check(const struct raw *raw, struct trv_error *error)
{
	if (!raw->sql || (raw->count && !raw->values))
		return trv_error_set(error, TRV_ERR_MISUSE, "raw SQL: the %s missing",
		                     raw->sql ? "values are" : "text is");
	for (size_t i = 0; i < raw->count; i++) {
		char name[32];

		if (is_plain_type(raw->values[i].type))
			continue;
		snprintf(name, sizeof(name), "value %zu", i + 1);
		return refuse_enum(error, name);
	}
	if (raw->form == FORM_VALUE && !is_plain_type(raw->type))
		return refuse_enum(error, "the result");
	return raw->form == FORM_FIELDS ? check_fields(raw, error) : 0;
}

/* --- rows ------------------------------------------------------------------------------------------------ */

static int read_rows(struct trv__cursor *cursor, struct trv__array *rows, struct trv_arena *arena)
{
	uint64_t absent = 0;

	for (;;) {
		void *row = trv__array_next(rows);

		if (!row)
			return trv__no_memory(cursor->session);
		int r = trv__cursor_fetch(cursor, &row, arena, &absent);
		if (r <= 0)
			return r;
		trv__array_keep(rows);
	}
}

/* Which of the model's columns the result has. */
static uint64_t loaded_columns(const struct trv_model *model, const struct trv_decode *decode)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < decode->count; i++)
		for (size_t column = 0; column < model->column_count; column++)
			if (model->columns[column].offset == decode->slots[i].offset)
				mask |= UINT64_C(1) << column;
	return mask;
}

/* What the text may leave behind in the connection is undone before someone else gets it. */
static int begin(struct trv_session *session, const struct raw *raw)
{
	int r = check(raw, &session->error);

	if (r >= 0)
		session->handed_out |= trv__sql_touches(raw->sql);
	return r;
}

static int give_heads(struct trv__run *run, const struct raw *raw, uint64_t columns, const struct trv_list *list)
{
	struct trv_load *load = trv__load_create(run, raw->model, columns, trv__no_query());
	char *items = list->items;

	if (!load)
		return trv__no_memory(run->session);
	load->base = items;
	load->count = list->count;
	for (size_t i = 0; i < list->count; i++)
		trv__row(items + i * raw->row_size)->load = load;
	return 0;
}

static int load_rows(struct trv__run *run, const struct raw *raw, struct trv_list *list)
{
	struct trv__writer writer;
	struct trv__cursor cursor;
	struct trv__array rows;
	int r = trv__cursor_open(run->session, &cursor, &writer, &rows_kind, raw, false);

	if (r < 0)
		return r;
	trv__array_init(&rows, run->scratch, raw->row_size);
	uint64_t columns = raw->model ? loaded_columns(raw->model, &cursor.plan->decode) : 0;
	int done = read_rows(&cursor, &rows, run->arena);
	r = trv__cursor_close(&cursor);
	if (r < 0 || done < 0)
		return r < 0 ? r : done;
	struct trv_list made = { trv__array_copy(&rows, run->arena), rows.count };
	if (made.count && !made.items)
		return trv__no_memory(run->session);
	r = raw->model ? give_heads(run, raw, columns, &made) : 0;
	if (r >= 0)
		*list = made;
	return r;
}

static int rows_of(struct trv_session *session, const struct raw *raw, struct trv_list *list)
{
	struct trv__run run = { .session = session, .arena = &session->arena, .scratch = &session->scratch };
	struct trv_mark mark = trv_arena_mark(run.arena);
	int r = begin(session, raw);

	if (r >= 0)
		r = load_rows(&run, raw, list);
	if (r < 0)
		trv_arena_rewind(run.arena, mark);
	return r;
}

int trv__sql(struct trv_session *session, const struct trv_model *model, void *list, const char *sql,
             const struct trv_value *values, size_t count)
{
	const struct raw raw = {
		.form = FORM_MODEL,
		.sql = sql,
		.values = values,
		.count = count,
		.model = model,
		.row_size = model->row_size,
	};
	struct trv__call call;
	int r = trv__enter_write(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	return trv__leave(session, &call, rows_of(session, &raw, list));
}

int trv_sql(struct trv_session *session, struct trv_list *rows, size_t row_size, const struct trv_field *fields,
            size_t field_count, const char *sql, const struct trv_value *values, size_t count)
{
	const struct raw raw = {
		.form = FORM_FIELDS,
		.sql = sql,
		.values = values,
		.count = count,
		.fields = fields,
		.field_count = field_count,
		.row_size = row_size,
	};
	struct trv__call call;
	int r = trv__enter_write(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	return trv__leave(session, &call, rows_of(session, &raw, rows));
}

/* --- no rows, and one value -------------------------------------------------------------------------------- */

int trv_exec(struct trv_session *session, uint64_t *affected, const char *sql, const struct trv_value *values,
             size_t count)
{
	const struct raw raw = { .form = FORM_EXEC, .sql = sql, .values = values, .count = count };
	struct trv_outcome outcome = { 0 };
	struct trv__call call;
	int r = trv__enter_write(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	r = begin(session, &raw);
	if (r >= 0)
		r = trv__run(session, &exec_kind, &raw, &outcome);
	if (r >= 0 && affected)
		*affected = outcome.affected;
	return trv__leave(session, &call, r);
}

static int read_value(struct trv__cursor *cursor, struct trv__cell *cell)
{
	struct trv_session *session = cursor->session;
	struct trv__cell second = { .has = false };
	void *bases[] = { cell };
	uint64_t absent = 0;
	int r = trv__cursor_fetch(cursor, bases, &session->arena, &absent);

	if (r < 0)
		return r;
	if (r == 0)
		return trv_error_set(&session->error, TRV_ERR_NOT_FOUND, "raw SQL: no row");
	bases[0] = &second;
	r = trv__cursor_fetch(cursor, bases, &session->scratch, &absent);
	return r > 0 ? trv_error_set(&session->error, TRV_ERR_TOO_MANY, "raw SQL: more than one row") : r;
}

static int value_of(struct trv_session *session, const struct raw *raw, struct trv_value *value)
{
	struct trv__cell cell = { .has = false };
	struct trv__writer writer;
	struct trv__cursor cursor;
	struct trv_mark mark = trv_arena_mark(&session->arena);
	int r = begin(session, raw);

	if (r >= 0)
		r = trv__cursor_open(session, &cursor, &writer, &value_kind, raw, false);
	if (r < 0)
		return r;
	int done = read_value(&cursor, &cell);
	r = trv__cursor_close(&cursor);
	if (r >= 0)
		r = done;
	if (r < 0)
		trv_arena_rewind(&session->arena, mark);
	else
		*value = trv__cell_value(&cell, raw->type);
	return r;
}

int trv_sql_value(struct trv_session *session, struct trv_value *value, enum trv_type type, const char *sql,
                  const struct trv_value *values, size_t count)
{
	const struct raw raw = { .form = FORM_VALUE, .sql = sql, .values = values, .count = count, .type = type };
	struct trv__call call;
	int r = trv__enter_write(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	return trv__leave(session, &call, value_of(session, &raw, value));
}

const char *trv_like_escape(struct trv_session *session, const char *text)
{
	char *escaped = text ? trv_arena_bytes(&session->arena, strlen(text) * 2 + 1) : NULL;
	char *to = escaped;

	if (!escaped) {
		if (text)
			trv__no_memory(session);
		return NULL;
	}
	for (const char *at = text; *at; at++) {
		if (*at == '%' || *at == '_' || *at == '\\')
			*to++ = '\\';
		*to++ = *at;
	}
	*to = '\0';
	return escaped;
}
