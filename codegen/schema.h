/*
 * The schema compiler's result: the models of a schema file and of all that it
 * includes, as the same `struct trv_model` that generated C holds, with what only the
 * generator needs beside them (which file, which C names).
 *
 * In these models offsets and sizes of structs are 0: the C compiler knows them, and the
 * emitter writes offsetof().
 */
#ifndef TRIVET_CODEGEN_SCHEMA_H
#define TRIVET_CODEGEN_SCHEMA_H

#include <stdio.h>
#include <trivet/arena.h>
#include <trivet/driver.h>
#include <trivet/model.h>

struct schema_position {
	const struct schema_file *file;
	uint32_t line; /* from 1 */
	uint32_t column; /* from 1, in bytes */
};

struct schema_file {
	size_t number; /* in schema->files */
	const char *path; /* as it was opened */
	const char *base; /* the file name without folder and ".trv": "task", a C identifier */
	const char *text; /* the whole file, NUL-terminated */
	size_t size;
	const struct schema_file **includes; /* direct ones, in order */
	size_t include_count;
	const char *doc; /* the file's leading doc comment, or NULL */
};

struct schema_enum {
	struct trv_enum description;
	const char *prefix; /* of the C constants, lower case: "task" makes TASK_DONE */
	const struct schema_file *file;
	struct schema_position position;
};

struct schema_model {
	struct trv_model description; /* relations and foreign keys point to the descriptions of other schema_models */
	const char *prefix; /* of the C names: the model's name unless the schema says otherwise */
	const struct schema_file *file;
	struct schema_position position;
};

struct schema {
	struct trv_arena arena; /* everything lives here */
	struct schema_file **files; /* files[0] is the one asked for */
	size_t file_count;
	struct schema_enum **enums;
	size_t enum_count;
	struct schema_model **models;
	size_t model_count;
	struct schema_diagnostic *diagnostics; /* in the order of file, line, column */
	size_t diagnostic_count;
	size_t error_count; /* the others are warnings */
	bool engines[TRV_ENGINE_COUNT]; /* those that the schema is for; [0] is not used */
};

struct schema_diagnostic {
	struct schema_position position;
	bool warning;
	const char *message; /* lower case, no full stop */
	const char *hint; /* "did you mean 'title'?", or NULL */
	uint32_t length; /* of what is underlined, in bytes */
};

struct schema_options {
	const char *const *include_paths; /* searched after the including file's folder; NULL-terminated or NULL */
	enum trv_engine engines[TRV_ENGINE_COUNT]; /* check features for these; all zero: for all three */
	bool quick; /* leave out what needs a scratch database (SQL in backticks) */
	const struct trv_allocator *allocator; /* NULL: malloc */
};

/*
 * Reads, parses and checks `path` and what it includes. Always leaves `schema` in a state
 * for schema_release. 0, TRV_ERR_VALUE when there are errors (see the diagnostics),
 * TRV_ERR_NOMEM.
 */
TRV_MUST_CHECK int schema_load(struct schema *schema, const char *path, const struct schema_options *options);

/* The same for text in memory; `name` stands for the path. Includes are looked up from it. */
TRV_MUST_CHECK int schema_load_text(struct schema *schema, const char *name, const char *text, size_t size,
                                    const struct schema_options *options);

void schema_release(struct schema *schema);

/* Writes every diagnostic: `file:line:col: error: message`, the line, a caret, the hint. */
void schema_report(const struct schema *schema, FILE *out);

/* Writes a table of the features that the schema uses: what each engine makes of them. */
void schema_features(const struct schema *schema, FILE *out);

/*
 * Formats the text of a schema file: two spaces, a model's fields in columns, one blank
 * line at most, every comment kept. Formatting what is formatted changes nothing. 0 and
 * the text in `arena`; TRV_ERR_VALUE, and no text, where the file has errors of syntax;
 * TRV_ERR_NOMEM.
 */
TRV_MUST_CHECK int schema_format(struct trv_arena *arena, const char *text, size_t size, char **formatted,
                                 size_t *formatted_size);

/* The schema_model that holds this description. */
static inline const struct schema_model *schema_model_of(const struct trv_model *model)
{
	return (const struct schema_model *)(const void *)model;
}

#endif
