/*
 * The inside of the toy driver, an example for authors of drivers: an engine in memory
 * that runs what the core writes for simple models, and refuses all other SQL by name.
 * It is written against the installed headers only.
 *
 * The driver is driver.c (connections, transactions, the tables of operations and
 * spellings) and statement.c (prepare, execute, fetch). The rest is what others have in
 * their client library or server: lex.c, expression.c and parse.c (from SQL to commands),
 * value.c (values and expressions) and table.c (rows and constraints).
 */
#ifndef TRIVET_TESTS_TOY_H
#define TRIVET_TESTS_TOY_H

#include <trivet/driver.h>

/* --- values and expressions -------------------------------------------------------------------- */

enum toy_kind {
	TOY_NULL,
	TOY_INTEGER,
	TOY_REAL,
	TOY_TEXT,
	TOY_BLOB
};

struct toy_value {
	enum toy_kind kind;
	int64_t integer;
	double real;
	const char *data; /* text and blobs */
	size_t size;
};

enum toy_operator {
	TOY_LITERAL,
	TOY_PARAMETER,
	TOY_COLUMN,
	TOY_NOW,
	TOY_PLUS,
	TOY_EQ,
	TOY_NE,
	TOY_LT,
	TOY_LE,
	TOY_GT,
	TOY_GE,
	TOY_AND,
	TOY_OR,
	TOY_NOT,
	TOY_IS_NULL,
	TOY_IN, /* right is a list */
};

struct toy_node {
	enum toy_operator operator;
	bool descending; /* of an ORDER BY */
	struct toy_value value; /* TOY_LITERAL */
	const char *name; /* TOY_COLUMN */
	size_t index; /* of the parameter or column */
	struct toy_node *left, *right;
	struct toy_node *next; /* in a list */
	struct toy_node *unresolved; /* columns whose table was not known yet */
};

/* What an expression is computed from. */
struct toy_scope {
	const struct toy_value *row; /* NULL: there is none */
	const struct trv_bind *binds;
	struct trv_error *error;
};

int toy_evaluate(const struct toy_node *node, const struct toy_scope *scope, struct toy_value *value);
/* 1 it holds, 0 it does not or is null. NULL holds. */
int toy_holds(const struct toy_node *node, const struct toy_scope *scope);
/* Nulls first, then numbers, texts, blobs. */
int toy_compare(const struct toy_value *a, const struct toy_value *b);
/* With its bytes in the arena. False: out of memory. */
bool toy_value_copy(struct toy_value *to, const struct toy_value *from, struct trv_arena *arena);
int toy_decode(const struct trv_slot *slot, const struct toy_value *value, char *base, struct trv_arena *arena,
               uint64_t *absent, struct trv_error *error);

/* --- tables ------------------------------------------------------------------------------------- */

struct toy_column {
	const char *name;
	bool required, automatic;
	unsigned length; /* of text, in code points; 0 is no limit */
	struct toy_node *initial;
	struct toy_column *next;
};

/* A unique key, or with `expression` a check. */
struct toy_constraint {
	const char *name;
	struct toy_node *columns;
	struct toy_node *expression;
	struct toy_constraint *next;
};

/* What CREATE TABLE said; it lives as long as the connection. */
struct toy_definition {
	const char *name;
	struct toy_column *columns;
	size_t column_count;
	struct toy_constraint *constraints;
};

struct toy_table {
	const struct toy_definition *definition;
	struct toy_constraint *unique; /* indexes that were made later */
	struct toy_value **rows; /* a row never changes: an update puts another one in its place */
	size_t count, room;
	int64_t last_key;
	struct toy_table *next;
};

/* All tables at one time. A transaction works on a copy, with the one before it underneath. */
struct toy_store {
	struct trv_arena arena;
	struct toy_table *tables;
	struct toy_store *before;
};

/* --- commands --------------------------------------------------------------------------------- */

enum toy_verb {
	TOY_CREATE_TABLE,
	TOY_CREATE_INDEX,
	TOY_INSERT,
	TOY_SELECT,
	TOY_UPDATE,
	TOY_DELETE
};

struct toy_command {
	enum toy_verb verb;
	const char *table;
	struct toy_definition *made; /* TOY_CREATE_TABLE */
	struct toy_constraint *unique; /* TOY_CREATE_INDEX; NULL: an index that changes nothing */
	struct toy_node *columns; /* that an INSERT or UPDATE sets */
	size_t column_count;
	struct toy_node *values; /* of them, row after row */
	size_t rows;
	bool counts; /* SELECT COUNT(*) */
	struct toy_node *output; /* of SELECT or RETURNING */
	size_t output_count;
	struct toy_node *where, *order, *limit, *offset;
	size_t parameters;
	struct toy_node *unresolved;
};

/* The command lies in the arena. TRV_ERR_UNSUPPORTED for what is beyond a toy. */
int toy_parse(struct toy_command *command, const char *sql, size_t length, struct trv_arena *arena,
              struct trv_error *error);
/* Finds the command's columns in its table. */
int toy_resolve(const struct toy_command *command, const struct toy_definition *table, struct trv_error *error);

/* --- connections and statements ------------------------------------------------------------------ */

struct toy_connection {
	struct trv_connection base; /* first: the core sees no more of it */
	const struct trv_allocator *allocator;
	struct trv_arena definitions;
	struct toy_store *store;
	bool read_only; /* the transaction */
};

struct toy_statement {
	struct trv_statement base;
	struct trv_arena memory; /* the command */
	struct trv_arena results;
	const char *sql;
	size_t length;
	struct toy_command command;
	const struct toy_definition *table; /* that it was prepared for */
	struct toy_value *cells; /* the result, row after row */
	size_t row_count, next_row;
};

struct toy_table *toy_table_find(const struct toy_store *store, const char *name);
struct toy_store *toy_store_copy(const struct trv_allocator *allocator, const struct toy_store *from);
void toy_store_destroy(const struct trv_allocator *allocator, struct toy_store *store);

/* Each changes all rows or none. The rows written come back in `written`, which has room. */
int toy_create(struct toy_connection *connection, const struct toy_command *command, struct trv_error *error);
int toy_insert(struct toy_store *store, struct toy_table *table, const struct toy_command *command,
               struct toy_scope *scope);
int toy_update(struct toy_store *store, struct toy_table *table, const struct toy_command *command,
               struct toy_scope *scope, struct toy_value **written, size_t *count);
int toy_delete(struct toy_table *table, const struct toy_command *command, struct toy_scope *scope, size_t *count);

int toy_prepare(struct trv_connection *connection, const char *sql, size_t length, uint64_t deadline,
                struct trv_statement **statement, struct trv_error *error);
void toy_finalize(struct trv_statement *statement);
int toy_columns(struct trv_statement *statement, struct trv_result_column *columns, size_t max,
                struct trv_error *error);
int toy_execute(struct trv_statement *statement, const struct trv_request *request, struct trv_outcome *outcome,
                struct trv_error *error);
int toy_fetch(struct trv_statement *statement, const struct trv_decode *decode, void *const *bases,
              struct trv_arena *arena, uint64_t *absent, struct trv_error *error);
void toy_finish(struct trv_statement *statement);
int toy_run(struct trv_connection *connection, const char *sql, uint64_t deadline, struct trv_error *error);

extern const struct trv_driver toy_driver;

#endif
