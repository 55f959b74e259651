#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <trivet/status.h>

struct table table_begin(const struct table_column *columns, size_t count)
{
	struct table table = { .table = scols_new_table() };

	table.failed = !table.table;
	for (size_t i = 0; i < count && !table.failed; i++)
		table.failed = !scols_table_new_column(table.table, columns[i].name, 0, columns[i].flags);
	return table;
}

struct libscols_line *table_line(struct table *table, struct libscols_line *parent)
{
	table->line = table->failed ? NULL : scols_table_new_line(table->table, parent);
	table->next = 0;
	table->failed = !table->line;
	return table->line;
}

void table_cell(struct table *table, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (table->failed)
		return;
	va_start(arguments, format);
	table->failed = vasprintf(&text, format, arguments) < 0;
	va_end(arguments);
	if (table->failed)
		return;
	table->failed = scols_line_refer_data(table->line, table->next++, text) != 0;
	if (table->failed)
		free(text);
}

int table_print(struct table *table)
{
	if (!table->failed)
		table->failed = scols_print_table(table->table) != 0;
	scols_unref_table(table->table);
	table->table = NULL;
	return table->failed ? TRV_ERR_NOMEM : 0;
}
