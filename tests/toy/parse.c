/* Statements of the toy's SQL: what the core writes for models without relations. */
#include "lex.h"

#include <stdlib.h>
#include <string.h>

/* --- CREATE ----------------------------------------------------------------------------------------- */

static void add_constraint(struct toy_parser *parser, const char *name, struct toy_node *columns,
                           struct toy_node *expression)
{
	struct toy_constraint *made = toy_new(parser, sizeof(*made));

	if (!made)
		return;
	*made = (struct toy_constraint) { name, columns, expression, parser->command->made->constraints };
	parser->command->made->constraints = made;
}

static struct toy_node *parenthesised_columns(struct toy_parser *parser)
{
	toy_expect(parser, "(");
	struct toy_node *columns = toy_list(parser, toy_column_name, NULL);
	toy_expect(parser, ")");
	return columns;
}

static struct toy_node *parenthesised(struct toy_parser *parser)
{
	toy_expect(parser, "(");
	struct toy_node *expression = toy_expression(parser);
	toy_expect(parser, ")");
	return expression;
}

static const char *primary_name(struct toy_parser *parser)
{
	return toy_join(parser, parser->command->table, "_pkey");
}

/* CONSTRAINT x CHECK (...), PRIMARY KEY (...); false: it is a column. */
static bool table_constraint(struct toy_parser *parser)
{
	if (toy_accept(parser, "CONSTRAINT")) {
		const char *name = toy_name(parser);

		if (toy_accept(parser, "CHECK"))
			add_constraint(parser, name, NULL, parenthesised(parser));
		else
			toy_refuse(parser, "CHECK");
		return true;
	}
	if (!toy_accept(parser, "PRIMARY"))
		return false;
	toy_expect(parser, "KEY");
	add_constraint(parser, primary_name(parser), parenthesised_columns(parser), NULL);
	return true;
}

/* A column that refers to itself, for the key that stands behind it. */
static struct toy_node *reference(struct toy_parser *parser, const struct toy_column *column)
{
	struct toy_node *made = toy_new(parser, sizeof(*made));

	if (made)
		*made = (struct toy_node) { .operator= TOY_COLUMN,
			                    .name = column->name,
			                    .unresolved = parser->command->unresolved };
	if (made)
		parser->command->unresolved = made;
	return made;
}

static void column_options(struct toy_parser *parser, struct toy_column *column)
{
	while (parser->status >= 0 && !toy_is(parser, ",") && !toy_is(parser, ")")) {
		if (toy_accept(parser, "NOT")) {
			toy_expect(parser, "NULL");
			column->required = true;
		} else if (toy_accept(parser, "DEFAULT")) {
			column->initial = toy_expression(parser);
		} else if (toy_accept(parser, "AUTO")) {
			column->automatic = true;
		} else if (toy_accept(parser, "PRIMARY")) {
			toy_expect(parser, "KEY");
			add_constraint(parser, primary_name(parser), reference(parser, column), NULL);
		} else {
			toy_refuse(parser, "NOT NULL, DEFAULT, AUTO or PRIMARY KEY");
		}
	}
}

static struct toy_column *column(struct toy_parser *parser)
{
	struct toy_column *made = toy_new(parser, sizeof(*made));

	if (!made)
		return NULL;
	made->name = toy_name(parser);
	toy_name(parser); /* the type: a toy keeps what it is given */
	if (toy_accept(parser, "(")) {
		if (parser->token != TOY_NUMBER)
			toy_refuse(parser, "a length");
		else
			made->length = (unsigned)strtoul(parser->text, NULL, 10);
		toy_next(parser);
		toy_expect(parser, ")");
	}
	column_options(parser, made);
	return made;
}

static void create_table(struct toy_parser *parser)
{
	struct toy_command *command = parser->command;
	struct toy_definition *made = toy_new(parser, sizeof(*made));

	command->verb = TOY_CREATE_TABLE;
	command->made = made;
	command->table = toy_name(parser);
	if (!made)
		return;
	made->name = command->table;
	struct toy_column **last = &made->columns;
	toy_expect(parser, "(");
	do {
		if (table_constraint(parser))
			continue;
		*last = column(parser);
		if (parser->status < 0)
			return;
		last = &(*last)->next;
		made->column_count++;
	} while (toy_accept(parser, ","));
	toy_expect(parser, ")");
}

static struct toy_node *ordered_column(struct toy_parser *parser)
{
	struct toy_node *made = toy_column_name(parser);
	bool descending = toy_accept(parser, "DESC");

	if (parser->status >= 0)
		made->descending = descending;
	return made;
}

static void create_index(struct toy_parser *parser, bool unique)
{
	struct toy_command *command = parser->command;
	struct toy_constraint *made = toy_new(parser, sizeof(*made));
	const char *name = toy_name(parser);

	command->verb = TOY_CREATE_INDEX;
	toy_expect(parser, "ON");
	command->table = toy_name(parser);
	toy_expect(parser, "(");
	struct toy_node *columns = toy_list(parser, ordered_column, NULL);
	toy_expect(parser, ")");
	if (!made || !unique)
		return;
	*made = (struct toy_constraint) { .name = name, .columns = columns };
	command->unique = made;
}

/* --- reading and writing -------------------------------------------------------------------------------- */

/* Behind the table's name; t0 and the name itself mean the same. */
static void table_name(struct toy_parser *parser)
{
	parser->command->table = toy_name(parser);
	if (toy_accept(parser, "AS"))
		toy_name(parser);
}

static void where(struct toy_parser *parser)
{
	if (toy_accept(parser, "WHERE"))
		parser->command->where = toy_expression(parser);
}

static void returning(struct toy_parser *parser)
{
	if (toy_accept(parser, "RETURNING"))
		parser->command->output = toy_list(parser, toy_column_name, &parser->command->output_count);
}

static void insert(struct toy_parser *parser)
{
	struct toy_command *command = parser->command;
	struct toy_node **last = &command->values;

	command->verb = TOY_INSERT;
	toy_expect(parser, "INTO");
	table_name(parser);
	if (toy_accept(parser, "(")) {
		command->columns = toy_list(parser, toy_column_name, &command->column_count);
		toy_expect(parser, ")");
	}
	toy_expect(parser, "VALUES");
	do {
		size_t count = 0;

		toy_expect(parser, "(");
		if (command->column_count)
			*last = toy_list(parser, toy_expression, &count);
		toy_expect(parser, ")");
		if (count != command->column_count)
			toy_refuse(parser, "a value for each column");
		while (*last)
			last = &(*last)->next;
		command->rows++;
	} while (parser->status >= 0 && toy_accept(parser, ","));
	returning(parser);
}

static void select_rows(struct toy_parser *parser)
{
	struct toy_command *command = parser->command;

	command->verb = TOY_SELECT;
	command->counts = toy_accept(parser, "COUNT");
	if (command->counts) {
		toy_expect(parser, "(");
		toy_expect(parser, "*");
		toy_expect(parser, ")");
		command->output_count = 1;
	} else {
		command->output = toy_list(parser, toy_expression, &command->output_count);
	}
	toy_expect(parser, "FROM");
	table_name(parser);
	where(parser);
	if (toy_accept(parser, "ORDER")) {
		toy_expect(parser, "BY");
		command->order = toy_list(parser, ordered_column, NULL);
	}
	if (toy_accept(parser, "LIMIT"))
		command->limit = toy_expression(parser);
	if (toy_accept(parser, "OFFSET"))
		command->offset = toy_expression(parser);
}

static void update(struct toy_parser *parser)
{
	struct toy_command *command = parser->command;
	struct toy_node **column = &command->columns, **value = &command->values;

	command->verb = TOY_UPDATE;
	table_name(parser);
	toy_expect(parser, "SET");
	do {
		*column = toy_column_name(parser);
		toy_expect(parser, "=");
		*value = toy_expression(parser);
		if (parser->status < 0)
			return;
		column = &(*column)->next;
		value = &(*value)->next;
		command->column_count++;
	} while (toy_accept(parser, ","));
	where(parser);
	returning(parser);
}

static void statement(struct toy_parser *parser)
{
	if (toy_accept(parser, "SELECT")) {
		select_rows(parser);
	} else if (toy_accept(parser, "INSERT")) {
		insert(parser);
	} else if (toy_accept(parser, "UPDATE")) {
		update(parser);
	} else if (toy_accept(parser, "DELETE")) {
		parser->command->verb = TOY_DELETE;
		toy_expect(parser, "FROM");
		table_name(parser);
		where(parser);
	} else {
		toy_expect(parser, "CREATE");
		bool unique = toy_accept(parser, "UNIQUE");
		if (toy_accept(parser, "INDEX"))
			create_index(parser, unique);
		else if (toy_accept(parser, "TABLE"))
			create_table(parser);
		else
			toy_refuse(parser, "TABLE or INDEX");
	}
	if (parser->token != TOY_END)
		toy_refuse(parser, "the end");
}

int toy_parse(struct toy_command *command, const char *sql, size_t length, struct trv_arena *arena,
              struct trv_error *error)
{
	struct toy_parser parser = {
		.at = sql, .end = sql + length, .arena = arena, .command = command, .error = error
	};

	*command = (struct toy_command) { .verb = TOY_SELECT };
	toy_next(&parser);
	statement(&parser);
	return parser.status;
}

int toy_resolve(const struct toy_command *command, const struct toy_definition *table, struct trv_error *error)
{
	for (struct toy_node *node = command->unresolved; node; node = node->unresolved) {
		const struct toy_column *column = table->columns;

		for (node->index = 0; column && strcmp(column->name, node->name) != 0; node->index++)
			column = column->next;
		if (!column)
			return trv_error_set(error, TRV_ERR_SQL, "table '%s' has no column '%.60s'", table->name,
			                     node->name);
	}
	return 0;
}
