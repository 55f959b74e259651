/*
 * The emitters: from a checked schema to the text of a C header and a C source, laid
 * out as the project's formatter would. The same schema always gives the same bytes.
 */
#ifndef TRIVET_CODEGEN_EMIT_H
#define TRIVET_CODEGEN_EMIT_H

#include "model/buffer.h"
#include "schema.h"

#define EMIT_COLUMNS 120 /* of a line, a tab being 8 */

struct emit {
	const struct schema *schema;
	const struct schema_file *file; /* the one that is emitted */
	struct trv__buffer *out;
};

/* The header `<base>.trv.h` and the source `<base>.trv.c` of one file. Failures are in out->status. */
void emit_header(const struct emit *emit);
void emit_source(const struct emit *emit);

/* --- parts of a header ------------------------------------------------------------------- */

void emit_enum(const struct emit *emit, const struct schema_enum *enumeration);
void emit_structs(const struct emit *emit, const struct schema_model *model);
void emit_predicates(const struct emit *emit, const struct schema_model *model);
void emit_functions(const struct emit *emit, const struct schema_model *model);

/* --- names and types --------------------------------------------------------------------- */

/* How a column's value looks in C. */
struct emit_type {
	const char *name; /* "int64_t "; of an enum "enum " */
	const char *builder; /* trv_expr_<builder>; NULL: no predicate but those about null */
	const char *constant; /* enum trv_type's name */
};

const struct emit_type *emit_type_of(const struct trv_column *column);
/* "int64_t ", "const char *", "enum task_state ": a name may follow. */
void emit_type_name(struct trv__buffer *out, const struct trv_column *column);
/* Whether it has a bool has_<member> beside it. */
bool emit_has_companion(const struct trv_column *column);
const char *emit_prefix(const struct trv_model *model);

/* --- writing ------------------------------------------------------------------------------- */

/* As `format`, but every @ in it is the model's prefix. */
void emit_put(const struct emit *emit, const struct schema_model *model, const char *template);
/* In upper case. */
void emit_upper(struct trv__buffer *out, const char *text);
/* A C string literal, quotes included, that no later translation phase changes; "NULL" for NULL. */
void emit_string(struct trv__buffer *out, const char *text);
/* A doc comment on its own lines, `indent` tabs deep. Nothing for NULL. */
void emit_doc(struct trv__buffer *out, unsigned indent, const char *doc);
/* Text for the inside of a comment, on one line. */
void emit_comment_text(struct trv__buffer *out, const char *text, size_t size);
/*
 * `line`, with breaks after its commas where it is longer than a line may be; what
 * follows goes below the first character behind the first parenthesis.
 */
void emit_wrapped(struct trv__buffer *out, const char *line);

/*
 * A value that is put together holds these marks instead of braces and commas, so that
 * it can be laid out when it is known how much room there is.
 */
#define EMIT_OPEN "\x02"
#define EMIT_NEXT "\x01"
#define EMIT_CLOSE "\x03"

/* How wide it is on one line. */
size_t emit_value_width(const char *value, size_t size);
/* On one line where it ends before the last column, beginning at `column`; else one element a line. */
void emit_value(struct trv__buffer *out, const char *value, size_t size, unsigned indent, size_t column);
void emit_tabs(struct trv__buffer *out, unsigned count);

#endif
