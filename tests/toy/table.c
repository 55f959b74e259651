/* Tables: their rows, what must hold for them, and copies of all of them. */
#include "toy.h"

#include <stdio.h>
#include <string.h>

static int no_memory(struct trv_error *error)
{
	return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for the toy's rows");
}

/* --- stores ------------------------------------------------------------------------------------------- */

struct toy_table *toy_table_find(const struct toy_store *store, const char *name)
{
	struct toy_table *table = store->tables;

	while (table && strcmp(table->definition->name, name) != 0)
		table = table->next;
	return table;
}

/* Room for one more row. */
static bool grow(struct toy_store *store, struct toy_table *table, size_t wanted)
{
	if (wanted <= table->room)
		return true;
	size_t room = wanted < 16 ? 16 : wanted * 2;
	struct toy_value **rows = trv_arena_zero(&store->arena, room, sizeof(struct toy_value *));
	if (!rows)
		return false;
	if (table->count)
		memcpy(rows, table->rows, table->count * sizeof(*rows));
	table->rows = rows;
	table->room = room;
	return true;
}

static struct toy_value *copy_row(struct toy_store *store, const struct toy_definition *definition,
                                  const struct toy_value *from)
{
	struct toy_value *row = trv_arena_zero(&store->arena, definition->column_count, sizeof(*row));

	for (size_t i = 0; row && i < definition->column_count; i++)
		if (!toy_value_copy(&row[i], &from[i], &store->arena))
			return NULL;
	return row;
}

static bool copy_table(struct toy_store *store, const struct toy_table *from)
{
	struct toy_table *table = trv_arena_zero(&store->arena, 1, sizeof(*table));

	if (!table)
		return false;
	*table = *from;
	table->count = table->room = 0;
	table->next = store->tables;
	store->tables = table;
	if (!grow(store, table, from->count))
		return false;
	for (; table->count < from->count; table->count++) {
		table->rows[table->count] = copy_row(store, from->definition, from->rows[table->count]);
		if (!table->rows[table->count])
			return false;
	}
	return true;
}

struct toy_store *toy_store_copy(const struct trv_allocator *allocator, const struct toy_store *from)
{
	struct toy_store *store = trv_allocate(allocator, sizeof(*store));

	if (!store)
		return NULL;
	memset(store, 0, sizeof(*store));
	trv_arena_init(&store->arena, allocator, 0);
	for (const struct toy_table *table = from ? from->tables : NULL; table; table = table->next) {
		if (!copy_table(store, table)) {
			toy_store_destroy(allocator, store);
			return NULL;
		}
	}
	return store;
}

void toy_store_destroy(const struct trv_allocator *allocator, struct toy_store *store)
{
	trv_arena_release(&store->arena);
	trv_release(allocator, store);
}

/* --- constraints ------------------------------------------------------------------------------------------ */

static int violated(struct trv_error *error, int code, const char *table, const char *constraint, const char *column)
{
	trv_error_set(error, code, "%s: %s", table, trv_status_message(code));
	snprintf(error->table, sizeof(error->table), "%s", table);
	snprintf(error->constraint, sizeof(error->constraint), "%s", constraint);
	snprintf(error->column, sizeof(error->column), "%s", column);
	return code;
}

static bool same_key(const struct toy_node *columns, const struct toy_value *a, const struct toy_value *b)
{
	for (; columns; columns = columns->next)
		if (a[columns->index].kind == TOY_NULL || toy_compare(&a[columns->index], &b[columns->index]) != 0)
			return false;
	return true;
}

/* Whether row `at` is the only one with its keys. */
static int check_unique(const struct toy_table *table, const struct toy_constraint *constraint,
                        struct toy_value *const *rows, size_t count, size_t at, struct trv_error *error)
{
	for (; constraint; constraint = constraint->next)
		for (size_t i = 0; constraint->columns && i < count; i++)
			if (i != at && same_key(constraint->columns, rows[at], rows[i]))
				return violated(error, TRV_ERR_UNIQUE, table->definition->name, constraint->name, "");
	return 0;
}

static int check_keys(const struct toy_table *table, struct toy_value *const *rows, size_t count, size_t at,
                      struct trv_error *error)
{
	int r = check_unique(table, table->definition->constraints, rows, count, at, error);

	return r < 0 ? r : check_unique(table, table->unique, rows, count, at, error);
}

static int check_row(const struct toy_definition *table, const struct toy_value *row, struct trv_error *error)
{
	const struct toy_scope scope = { row, NULL, error };
	const struct toy_value *value = row;
	struct toy_value result;

	for (const struct toy_column *column = table->columns; column; column = column->next, value++) {
		if (column->required && value->kind == TOY_NULL)
			return violated(error, TRV_ERR_NOT_NULL, table->name, "", column->name);
		if (column->length && value->kind == TOY_TEXT &&
		    trv_utf8_length(value->data, value->size) > column->length)
			return trv_error_set(error, TRV_ERR_VALUE, "%s.%s: the limit is %u characters", table->name,
			                     column->name, column->length);
	}
	for (const struct toy_constraint *check = table->constraints; check; check = check->next) {
		int r = check->expression ? toy_evaluate(check->expression, &scope, &result) : 0;

		if (r < 0)
			return r;
		/* as everywhere in SQL, what is null does not break a check */
		if (check->expression && result.kind == TOY_INTEGER && !result.integer)
			return violated(error, TRV_ERR_CHECK, table->name, check->name, "");
	}
	return 0;
}

/* --- CREATE ---------------------------------------------------------------------------------------------------- */

/* Names of all tables are rows of the first one, so that there is a table to ask. */
static int list_table(struct toy_store *store, const char *name, struct trv_error *error)
{
	struct toy_table *list = toy_table_find(store, "toy_tables");
	const struct toy_value value = { .kind = TOY_TEXT, .data = name, .size = strlen(name) };

	if (!list)
		return 0;
	struct toy_value *row = copy_row(store, list->definition, &value);
	if (!row || !grow(store, list, list->count + 1))
		return no_memory(error);
	list->rows[list->count++] = row;
	return 0;
}

static int create_table(struct toy_store *store, const struct toy_definition *made, struct trv_error *error)
{
	if (toy_table_find(store, made->name))
		return trv_error_set(error, TRV_ERR_SQL, "table '%s' exists", made->name);
	struct toy_table *table = trv_arena_zero(&store->arena, 1, sizeof(*table));
	int r = table ? list_table(store, made->name, error) : no_memory(error);
	if (r < 0)
		return r;
	table->definition = made;
	table->next = store->tables;
	store->tables = table;
	return 0;
}

static int create_index(struct toy_store *store, const struct toy_command *command, struct trv_error *error)
{
	struct toy_table *table = toy_table_find(store, command->table);

	if (!table)
		return trv_error_set(error, TRV_ERR_SQL, "there is no table '%s'", command->table);
	int r = toy_resolve(command, table->definition, error);
	for (size_t i = 0; command->unique && i < table->count && r >= 0; i++)
		r = check_unique(table, command->unique, table->rows, table->count, i, error);
	if (r < 0 || !command->unique)
		return r;
	command->unique->next = table->unique;
	table->unique = command->unique;
	return 0;
}

int toy_create(struct toy_connection *connection, const struct toy_command *command, struct trv_error *error)
{
	if (command->verb == TOY_CREATE_INDEX)
		return create_index(connection->store, command, error);
	int r = toy_resolve(command, command->made, error);
	return r < 0 ? r : create_table(connection->store, command->made, error);
}

/* --- writing ----------------------------------------------------------------------------------------------------- */

/* Puts the values of one row's expressions, evaluated in `scope`, into `row`. Returns where the next row's begin. */
static int set_columns(struct toy_store *store, const struct toy_command *command, const struct toy_scope *scope,
                       const struct toy_node **values, struct toy_value *row)
{
	struct toy_value value;

	for (const struct toy_node *column = command->columns; column; column = column->next) {
		int r = toy_evaluate(*values, scope, &value);

		if (r < 0)
			return r;
		if (!toy_value_copy(&row[column->index], &value, &store->arena))
			return no_memory(scope->error);
		*values = (*values)->next;
	}
	return 0;
}

static int fill_row(struct toy_table *table, const struct toy_command *command, const struct toy_scope *scope,
                    struct toy_value *row)
{
	size_t i = 0;

	for (const struct toy_column *column = table->definition->columns; column; column = column->next, i++) {
		bool given = false;
		int r = 0;

		for (const struct toy_node *node = command->columns; node; node = node->next)
			given |= node->index == i;
		if (!given && column->automatic)
			row[i] = (struct toy_value) { .kind = TOY_INTEGER, .integer = ++table->last_key };
		else if (!given && column->initial)
			r = toy_evaluate(column->initial, scope, &row[i]);
		if (column->automatic && row[i].kind == TOY_INTEGER && row[i].integer > table->last_key)
			table->last_key = row[i].integer;
		if (r < 0)
			return r;
	}
	return check_row(table->definition, row, scope->error);
}

int toy_insert(struct toy_store *store, struct toy_table *table, const struct toy_command *command,
               struct toy_scope *scope)
{
	const struct toy_node *values = command->values;
	int r = 0;

	if (!grow(store, table, table->count + command->rows))
		return no_memory(scope->error);
	for (size_t i = table->count; i < table->count + command->rows && r >= 0; i++) {
		table->rows[i] = trv_arena_zero(&store->arena, table->definition->column_count, sizeof(**table->rows));
		if (!table->rows[i])
			return no_memory(scope->error);
		r = set_columns(store, command, scope, &values, table->rows[i]);
		if (r >= 0)
			r = fill_row(table, command, scope, table->rows[i]);
		if (r >= 0)
			r = check_keys(table, table->rows, i + 1, i, scope->error);
	}
	if (r >= 0)
		table->count += command->rows;
	return r;
}

/* The row with its new values, or NULL after a failure. */
static int update_row(struct toy_store *store, const struct toy_table *table, const struct toy_command *command,
                      const struct toy_scope *scope, struct toy_value **made)
{
	const struct toy_node *values = command->values;
	struct toy_value *row = copy_row(store, table->definition, scope->row);

	if (!row)
		return no_memory(scope->error);
	*made = row;
	int r = set_columns(store, command, scope, &values, row);
	return r < 0 ? r : check_row(table->definition, row, scope->error);
}

int toy_update(struct toy_store *store, struct toy_table *table, const struct toy_command *command,
               struct toy_scope *scope, struct toy_value **written, size_t *count)
{
	struct toy_value **rows = trv_arena_zero(&store->arena, table->count + 1, sizeof(struct toy_value *));
	int r = rows ? 0 : no_memory(scope->error);

	*count = 0;
	for (size_t i = 0; i < table->count && r >= 0; i++) {
		scope->row = rows[i] = table->rows[i];
		r = toy_holds(command->where, scope);
		if (r > 0) {
			r = update_row(store, table, command, scope, &rows[i]);
			written[(*count)++] = rows[i];
		}
	}
	for (size_t i = 0; i < table->count && r >= 0; i++)
		if (rows[i] != table->rows[i])
			r = check_keys(table, rows, table->count, i, scope->error);
	if (r < 0)
		return r;
	table->rows = rows;
	table->room = table->count;
	return 0;
}

int toy_delete(struct toy_table *table, const struct toy_command *command, struct toy_scope *scope, size_t *count)
{
	size_t kept = 0;
	int r = 0;

	/* first all are asked, then they go: a failure leaves everything as it was */
	for (size_t i = 0; i < table->count && r >= 0; i++) {
		scope->row = table->rows[i];
		r = toy_holds(command->where, scope);
	}
	for (size_t i = 0; i < table->count && r >= 0; i++) {
		scope->row = table->rows[i];
		if (toy_holds(command->where, scope) == 0)
			table->rows[kept++] = table->rows[i];
	}
	if (r < 0)
		return r;
	*count = table->count - kept;
	table->count = kept;
	return 0;
}
