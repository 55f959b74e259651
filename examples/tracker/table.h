/*
 * A table or tree on the terminal. Cells are formatted in the order of the columns; that
 * something failed is remembered and told by table_print().
 *
 *     struct table table = table_begin(columns, TRV_COUNT_OF(columns));
 *     table_line(&table, NULL);
 *     table_cell(&table, "%s", name);
 *     r = table_print(&table);
 */
#ifndef TRACKER_TABLE_H
#define TRACKER_TABLE_H

#include <libsmartcols/libsmartcols.h>
#include <trivet/common.h>

struct table_column {
	const char *name;
	int flags; /* SCOLS_FL_RIGHT, SCOLS_FL_TREE, SCOLS_FL_TRUNC */
};

struct table {
	struct libscols_table *table;
	struct libscols_line *line;
	size_t next; /* the column of the next cell */
	bool failed;
};

struct table table_begin(const struct table_column *columns, size_t count);

/* A new line, in a tree under `parent`; for use as a parent. */
struct libscols_line *table_line(struct table *table, struct libscols_line *parent);

void table_cell(struct table *table, const char *format, ...) TRV_PRINTF(2, 3);

/* Prints and frees it. TRV_ERR_NOMEM. */
TRV_MUST_CHECK int table_print(struct table *table);

#endif
