/* Statements: prepared, executed, fetched. A result is a copy, made by execute. */
#include "toy.h"

#include <stdlib.h>
#include <string.h>

static struct toy_connection *connection_of(const struct toy_statement *statement)
{
	return (struct toy_connection *)(void *)statement->base.connection;
}

static int no_memory(struct trv_error *error)
{
	return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a statement");
}

static bool creates(const struct toy_statement *statement)
{
	return statement->command.verb == TOY_CREATE_TABLE || statement->command.verb == TOY_CREATE_INDEX;
}

/* --- prepare -------------------------------------------------------------------------------------------- */

static int find_table(struct toy_statement *statement, struct toy_table **table, struct trv_error *error)
{
	*table = toy_table_find(connection_of(statement)->store, statement->command.table);
	if (*table)
		return 0;
	return trv_error_set(error, TRV_ERR_SQL, "there is no table '%.60s'", statement->command.table);
}

static int compile(struct toy_statement *statement, struct trv_error *error)
{
	struct toy_table *table;
	int r = toy_parse(&statement->command, statement->sql, statement->length, &statement->memory, error);

	if (r < 0 || creates(statement))
		return r;
	r = find_table(statement, &table, error);
	if (r < 0)
		return r;
	statement->table = table->definition;
	return toy_resolve(&statement->command, table->definition, error);
}

int toy_prepare(struct trv_connection *base, const char *sql, size_t length, uint64_t deadline,
                struct trv_statement **ret, struct trv_error *error)
{
	const struct trv_allocator *allocator = ((struct toy_connection *)(void *)base)->allocator;
	struct toy_statement *statement = trv_allocate(allocator, sizeof(*statement));

	(void)deadline; /* nothing here waits */
	if (!statement)
		return no_memory(error);
	*statement = (struct toy_statement) { .base.connection = base, .length = length };
	trv_arena_init(&statement->memory, allocator, 0);
	trv_arena_init(&statement->results, allocator, 0);
	statement->sql = trv_arena_copy(&statement->memory, sql, length);
	int r = statement->sql ? compile(statement, error) : no_memory(error);
	if (r < 0)
		toy_finalize(&statement->base);
	else
		*ret = &statement->base;
	return r;
}

void toy_finalize(struct trv_statement *base)
{
	struct toy_statement *statement = (struct toy_statement *)(void *)base;

	trv_arena_release(&statement->memory);
	trv_arena_release(&statement->results);
	trv_release(connection_of(statement)->allocator, statement);
}

static const char *column_name(const struct toy_node *output)
{
	return output && output->name ? output->name : "?";
}

int toy_columns(struct trv_statement *base, struct trv_result_column *columns, size_t max, struct trv_error *error)
{
	const struct toy_command *command = &((struct toy_statement *)(void *)base)->command;
	const struct toy_node *output = command->output;

	(void)error;
	for (size_t i = 0; i < command->output_count && i < max; i++, output = output ? output->next : NULL)
		columns[i].name = command->counts ? "count" : column_name(output);
	return (int)command->output_count;
}

/* --- results ----------------------------------------------------------------------------------------------- */

/* The output of some rows of the table. */
static int make_result(struct toy_statement *statement, struct toy_value *const *rows, size_t count,
                       struct toy_scope *scope)
{
	size_t width = statement->command.output_count;
	struct toy_value *cell = trv_arena_zero(&statement->results, count * width + 1, sizeof(*cell));
	struct toy_value value;

	if (!cell)
		return no_memory(scope->error);
	statement->cells = cell;
	for (size_t i = 0; i < count; i++) {
		scope->row = rows[i];
		for (const struct toy_node *node = statement->command.output; node; node = node->next) {
			int r = toy_evaluate(node, scope, &value);

			if (r < 0)
				return r;
			if (!toy_value_copy(cell++, &value, &statement->results))
				return no_memory(scope->error);
		}
	}
	statement->row_count = count;
	return 0;
}

static int compare_rows(const void *a, const void *b, void *order)
{
	const struct toy_value *x = *(struct toy_value *const *)a, *y = *(struct toy_value *const *)b;

	for (const struct toy_node *node = order; node; node = node->next) {
		int result = toy_compare(&x[node->index], &y[node->index]);

		if (result)
			return node->descending ? -result : result;
	}
	return 0;
}

/* What LIMIT or OFFSET says; `usual` where it is not there. */
static int read_count(const struct toy_node *node, const struct toy_scope *scope, size_t usual, size_t *count)
{
	struct toy_value value = { .kind = TOY_INTEGER };
	int r = node ? toy_evaluate(node, scope, &value) : 0;

	if (r < 0)
		return r;
	if (value.kind != TOY_INTEGER || value.integer < 0)
		return trv_error_set(scope->error, TRV_ERR_SQL, "LIMIT and OFFSET are numbers from 0 on");
	*count = node ? (size_t)value.integer : usual;
	return 0;
}

static int count_rows(struct toy_statement *statement, size_t count, struct toy_scope *scope)
{
	statement->cells = trv_arena_zero(&statement->results, 1, sizeof(*statement->cells));
	if (!statement->cells)
		return no_memory(scope->error);
	*statement->cells = (struct toy_value) { .kind = TOY_INTEGER, .integer = (int64_t)count };
	statement->row_count = 1;
	return 0;
}

static int run_select(struct toy_statement *statement, const struct toy_table *table, struct toy_scope *scope)
{
	const struct toy_command *command = &statement->command;
	struct toy_value **rows = trv_arena_zero(&statement->results, table->count + 1, sizeof(struct toy_value *));
	size_t count = 0, offset = 0, limit = 0;
	int r = rows ? 0 : no_memory(scope->error);

	for (size_t i = 0; i < table->count && r >= 0; i++) {
		scope->row = table->rows[i];
		r = toy_holds(command->where, scope);
		if (r > 0)
			rows[count++] = table->rows[i];
	}
	scope->row = NULL;
	if (r >= 0)
		r = read_count(command->offset, scope, 0, &offset);
	if (r >= 0)
		r = read_count(command->limit, scope, count, &limit);
	if (r < 0)
		return r;
	if (command->counts)
		return count_rows(statement, count, scope);
	if (command->order)
		qsort_r(rows, count, sizeof(*rows), compare_rows, command->order);
	offset = offset < count ? offset : count;
	limit = limit < count - offset ? limit : count - offset;
	return make_result(statement, rows + offset, limit, scope);
}

/* --- execute --------------------------------------------------------------------------------------------------- */

/* A failure, of RETURNING too, leaves the table as it was. */
static int run_update(struct toy_statement *statement, struct toy_table *table, struct toy_scope *scope, size_t *count)
{
	const struct toy_table before = *table;
	struct toy_value **written = trv_arena_zero(&statement->results, table->count + 1, sizeof(struct toy_value *));
	int r = written ? 0 : no_memory(scope->error);

	if (r >= 0)
		r = toy_update(connection_of(statement)->store, table, &statement->command, scope, written, count);
	if (r >= 0 && statement->command.output)
		r = make_result(statement, written, *count, scope);
	if (r < 0)
		*table = before;
	return r;
}

static int run_insert(struct toy_statement *statement, struct toy_table *table, struct toy_scope *scope, size_t *count)
{
	const struct toy_table before = *table;
	int r = toy_insert(connection_of(statement)->store, table, &statement->command, scope);

	*count = table->count - before.count;
	if (r >= 0 && statement->command.output)
		r = make_result(statement, table->rows + before.count, *count, scope);
	if (r < 0)
		*table = before;
	return r;
}

/* What CREATE makes outlives the statement, so it is compiled into the connection's own memory. */
static int run_create(struct toy_statement *statement, struct trv_error *error)
{
	struct toy_connection *connection = connection_of(statement);
	struct toy_command command;
	char *sql = trv_arena_copy(&connection->definitions, statement->sql, statement->length);
	int r = sql ? 0 : no_memory(error);

	if (r >= 0)
		r = toy_parse(&command, sql, statement->length, &connection->definitions, error);
	return r < 0 ? r : toy_create(connection, &command, error);
}

static int run(struct toy_statement *statement, struct toy_scope *scope, struct trv_outcome *outcome)
{
	const struct toy_command *command = &statement->command;
	struct toy_table *table = NULL;
	size_t count = 0;

	if (command->verb != TOY_SELECT && connection_of(statement)->read_only)
		return trv_error_set(scope->error, TRV_ERR_READ_ONLY, "the transaction is read-only");
	if (creates(statement))
		return run_create(statement, scope->error);
	int r = find_table(statement, &table, scope->error);
	if (r < 0)
		return r;
	if (table->definition != statement->table)
		return trv_error_set(scope->error, TRV_ERR_MISMATCH, "table '%s' is another one by now",
		                     command->table);
	if (command->verb == TOY_SELECT)
		return run_select(statement, table, scope);
	if (command->verb == TOY_INSERT)
		r = run_insert(statement, table, scope, &count);
	else if (command->verb == TOY_UPDATE)
		r = run_update(statement, table, scope, &count);
	else
		r = toy_delete(table, command, scope, &count);
	outcome->affected = count;
	outcome->last_id = table->last_key;
	return r;
}

static int compare_columns(const struct toy_command *command, const struct trv_decode *decode, struct trv_error *error)
{
	const struct toy_node *output = command->output;

	if (decode->count != command->output_count)
		return trv_error_set(error, TRV_ERR_MISMATCH, "the result has %zu columns, %zu are expected",
		                     command->output_count, decode->count);
	for (size_t i = 0; output; i++, output = output->next)
		if (decode->slots[i].name && strcmp(decode->slots[i].name, column_name(output)) != 0)
			return trv_error_set(error, TRV_ERR_MISMATCH, "column %zu of the result is '%s', not '%s'",
			                     i + 1, column_name(output), decode->slots[i].name);
	return 0;
}

int toy_execute(struct trv_statement *base, const struct trv_request *request, struct trv_outcome *outcome,
                struct trv_error *error)
{
	struct toy_statement *statement = (struct toy_statement *)(void *)base;
	struct toy_scope scope = { NULL, request->binds, error };
	int r = 0;

	toy_finish(base);
	if (request->rows > 1)
		return trv_error_set(error, TRV_ERR_UNSUPPORTED, "the toy takes one row of parameters at a time");
	if (request->bind_count != statement->command.parameters)
		return trv_error_set(error, TRV_ERR_MISUSE, "the statement has %zu parameters, %zu are given",
		                     statement->command.parameters, request->bind_count);
	if (request->decode)
		r = compare_columns(&statement->command, request->decode, error);
	*outcome = (struct trv_outcome) { 0, 0 };
	if (r >= 0)
		r = run(statement, &scope, outcome);
	if (r < 0)
		toy_finish(base);
	return r < 0 ? r : 0;
}

int toy_fetch(struct trv_statement *base, const struct trv_decode *decode, void *const *bases, struct trv_arena *arena,
              uint64_t *absent, struct trv_error *error)
{
	struct toy_statement *statement = (struct toy_statement *)(void *)base;
	const struct toy_value *cells = statement->cells + statement->next_row * statement->command.output_count;

	if (statement->next_row == statement->row_count)
		return 0;
	statement->next_row++;
	*absent = 0;
	for (size_t i = 0; i < decode->count; i++) {
		const struct trv_slot *slot = &decode->slots[i];
		int r = slot->type ? toy_decode(slot, &cells[i], bases[slot->base], arena, absent, error) : 0;

		if (r < 0)
			return r;
	}
	return 1;
}

void toy_finish(struct trv_statement *base)
{
	struct toy_statement *statement = (struct toy_statement *)(void *)base;

	trv_arena_release(&statement->results);
	statement->cells = NULL;
	statement->row_count = statement->next_row = 0;
}

int toy_run(struct trv_connection *base, const char *sql, uint64_t deadline, struct trv_error *error)
{
	const struct trv_request request = { .rows = 1, .deadline = deadline };
	struct trv_outcome outcome;
	struct trv_statement *statement;
	int r = toy_prepare(base, sql, strlen(sql), deadline, &statement, error);

	if (r < 0)
		return r;
	r = toy_execute(statement, &request, &outcome, error);
	toy_finalize(statement);
	return r;
}
