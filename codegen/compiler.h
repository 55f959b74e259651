/*
 * What the parts of the schema compiler share: its state, memory, complaints, tables of
 * names.
 *
 * Everything the compiler makes lives in the schema's arena and dies with it. So an
 * allocation that fails needs no unwinding: compiler_alloc jumps back to schema_load,
 * which closes the two things outside of the arena (a file, the scratch database) and
 * returns TRV_ERR_NOMEM. None of these functions returns NULL for want of memory.
 */
#ifndef TRIVET_CODEGEN_COMPILER_H
#define TRIVET_CODEGEN_COMPILER_H

#include <setjmp.h>

#include "syntax.h"

#define MAX_NAME 50 /* bytes of a name in the schema language */
#define MAX_SQL_NAME 63 /* bytes of a table, column, index or constraint: PostgreSQL's limit */
#define MAX_ERRORS 200
#define MAX_FILES 4096
#define MAX_FILE_SIZE ((size_t)16 << 20)
#define MAX_SCHEMA_SIZE ((size_t)64 << 20) /* of all files together */
#define MAX_MODELS 10000 /* and as many enums */
#define MAX_CANDIDATES 10000 /* names looked at for one "did you mean" */
#define MAX_TEXT_LENGTH 1000000000 /* code points: four bytes each stay below 2^32 */
#define TYPE_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ ,.()[]"
#define MAX_ENUM_VALUES 1000
#define MAX_MEMBERS 1000 /* lines of a model, its mixins' included */
#define MAX_DEPTH 32 /* of mixins in mixins, of references in primary keys */

struct sqlite3;
struct model_build;

/* Names and what they stand for. Zero-initialised it is empty. */
struct name_table {
	struct name_entry *entries;
};

/* A growing array in the arena. */
struct vector {
	void *items;
	size_t count;
	size_t capacity;
};

struct compiler {
	struct schema *schema;
	const struct schema_options *options;
	jmp_buf out_of_memory;
	int open_file; /* -1: none */
	size_t total_size; /* of the files' texts */
	struct sqlite3 *scratch;
	bool unprepared; /* it was said that SQL is not tried */
	struct syntax_unit *units; /* one for each of schema->files, in that order */
	struct syntax_unit **last_unit;
	struct name_table file_ids; /* device and inode -> schema_file */
	struct name_table types; /* enums and models: struct symbol */
	struct name_table mixins; /* struct symbol */
	struct name_table tables; /* table names, folded -> struct model_build */
	struct name_table constraints; /* names of indexes and constraints -> struct span */
	struct model_build *models; /* schema->model_count of them */
	struct vector spare_mixins; /* struct model_build *: those that no model uses, to be checked all the same */
	uint8_t **reach; /* by number of file: which files can be seen from it; NULL: not looked at yet */
};

/* --- memory --- */

void *compiler_alloc(struct compiler *compiler, size_t size);
void *compiler_zero(struct compiler *compiler, size_t count, size_t size);
char *compiler_copy(struct compiler *compiler, const char *text, size_t size);
char *compiler_format(struct compiler *compiler, const char *format, ...) TRV_PRINTF(2, 3) __attribute__((nonnull));

/* A zeroed new element at the end, `size` bytes. */
void *vector_push(struct compiler *compiler, struct vector *vector, size_t size);

/* --- tables of names --- */

void *name_find(const struct name_table *table, const char *name);

/* Adds it and returns NULL, or returns what is there already. `name` must live on. */
void *name_add(struct compiler *compiler, struct name_table *table, const char *name, void *value);

/* Goes through a table in the order of adding: NULL starts it, NULL ends it. */
const struct name_entry *name_next(const struct name_table *table, const struct name_entry *entry);
const char *name_text(const struct name_entry *entry);

/* --- complaints --- */

/* An error at `at`; `hint` may be NULL. */
void complain(struct compiler *compiler, struct span at, const char *hint, const char *format, ...) TRV_PRINTF(4, 5);
void warn(struct compiler *compiler, struct span at, const char *hint, const char *format, ...) TRV_PRINTF(4, 5);

/* Whether so many errors were found that it is no use to go on. */
bool compiler_gave_up(const struct compiler *compiler);

/* Sorts the diagnostics and leaves out what was said before at the same place. */
void diagnostics_finish(struct compiler *compiler);

/* "file:line" for messages. */
const char *place(struct compiler *compiler, struct schema_position position);

/* "did you mean 'x'?" for the nearest of the names tried, or NULL. */
struct suggestion {
	const char *wanted;
	const char *best;
	size_t distance;
	size_t tried;
};
struct suggestion suggest_begin(const char *wanted);
void suggest_try(struct suggestion *suggestion, const char *candidate);
void suggest_table(struct suggestion *suggestion, const struct name_table *table);
const char *suggest_hint(struct compiler *compiler, const struct suggestion *suggestion);

/* --- lex.c, parse.c, source.c --- */

/* The tokens of `file`, comments included. Complains. */
struct token_list lex(struct compiler *compiler, const struct schema_file *file);
struct span token_span(const struct schema_file *file, const struct token *token);
/* What a string or SQL token says. Complains about unknown escapes. */
struct syntax_text token_text(struct compiler *compiler, const struct schema_file *file, const struct token *token);

/* Parses the file, which is not read further; the unit's includes are not followed. */
struct syntax_unit *parse(struct compiler *compiler, struct schema_file *file);

/* Reads `path` or takes `text`, and parses it and all that it includes. */
void source_load(struct compiler *compiler, const char *path, const char *text, size_t size);

/* Whether `to` can be seen from `from`: it is the same file, or included directly or by another. */
bool source_reaches(struct compiler *compiler, const struct schema_file *from, const struct schema_file *to);

extern const char *const engine_names[TRV_ENGINE_COUNT];
enum trv_engine engine_named(const char *name); /* TRV_ENGINE_ANY: none */

#endif
