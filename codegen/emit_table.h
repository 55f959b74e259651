/*
 * Constant tables, laid out. A table is `<declaration> = { ... };` of entries or of
 * fields; each field is `.name = value`. Nothing is written before its end, because
 * what does not fit into a line goes above the table as an array of its own.
 */
#ifndef TRIVET_CODEGEN_EMIT_TABLE_H
#define TRIVET_CODEGEN_EMIT_TABLE_H

#include "emit.h"

struct table {
	const struct emit *emit;
	struct trv__buffer above; /* arrays that the table points to */
	struct trv__buffer body; /* finished entries */
	struct trv__buffer fields; /* of the entry that is open, each ending in a NUL */
	struct trv__buffer comment; /* of the entry that is open */
	char declaration[400];
	bool open;
	bool entries; /* else the table is one struct */
	unsigned texts; /* how many arrays were made, for their names */
	int status;
};

void table_init(struct table *table, const struct emit *emit);
void table_release(struct table *table);

void table_begin(struct table *table, const char *declaration, ...) TRV_PRINTF(2, 3);
/* Ends the entry before, if any, and begins one. An entry on one line ends in its comment. */
void table_entry(struct table *table);
void table_comment(struct table *table, const char *prefix, const char *name);
/* Writes it all. Without a table_begin it does nothing. */
void table_end(struct table *table);

void table_field(struct table *table, const char *name, const char *value, ...) TRV_PRINTF(3, 4);
/* Left out when NULL. */
void table_string(struct table *table, const char *name, const char *text);
void table_sql_pointer(struct table *table, const char *name, const struct trv_sql *sql);
/* A pointer to `value`, or an array that is `value`, both in braces (see EMIT_OPEN). */
void table_pointer(struct table *table, const char *name, const char *type, const char *value);
void table_array(struct table *table, const char *name, const char *type, const char *value);

/* Parts of values, for those that are put together. */
void table_string_value(struct table *table, struct trv__buffer *text, const char *string);
void table_sql_value(struct table *table, struct trv__buffer *text, const struct trv_sql *sql);

/* Releases a text and keeps its failure. */
void table_absorb(struct table *table, struct trv__buffer *text);

#endif
