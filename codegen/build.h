/*
 * From the tree to the description, in steps over all files:
 *
 *   declare.c   names of enums, models and mixins; mixins are put into their models
 *   columns.c   types, columns; a reference takes the key of its target
 *   default.c   defaults
 *   relation.c  relations, foreign keys
 *   key.c       primary keys, indexes, checks and their names
 *   identifier.c  names that the generated C would have twice
 *   feature.c   what an engine refuses
 *   scratch.c   the SQL in backticks, on a scratch database
 */
#ifndef TRIVET_CODEGEN_BUILD_H
#define TRIVET_CODEGEN_BUILD_H

#include "compiler.h"

/* What a name of the schema stands for. */
struct symbol {
	struct span span; /* where it was declared */
	struct schema_enum *enumeration; /* or */
	struct model_build *model; /* or */
	const struct syntax_model *mixin;
	bool used; /* the mixin */
};

enum build_state {
	BUILD_WAITING,
	BUILD_RUNNING, /* coming here again is a cycle */
	BUILD_DONE,
};

struct field_build {
	const struct syntax_field *syntax;
	struct model_build *owner;
	struct model_build *target; /* of a reference or list; NULL where it is unknown */
	enum build_state state;
	struct trv_column *columns; /* those that the field makes; NULL where its type is wrong */
	unsigned column_count;
	uint16_t first; /* of them in the model */
	bool in_key;
};

struct check_build {
	const struct syntax_check *syntax;
	const struct field_build *field; /* NULL: the model's */
};

struct model_build {
	struct schema_model *out;
	const struct syntax_model *syntax;
	struct vector fields; /* struct field_build *: mixins put in their places */
	struct vector keys; /* const struct syntax_key * */
	struct vector checks; /* struct check_build */
	struct name_table used; /* mixins */
	struct name_table members; /* field name -> struct field_build */
	struct name_table column_names; /* folded -> struct field_build */
	struct trv_column *columns;
	const struct field_build **column_fields; /* which field made the column */
	struct field_build *key[TRV_MAX_KEY];
	unsigned key_count; /* fields */
	bool broken; /* parts are missing: do not complain about what may follow from it */
	/* Where the SQL of each check and index of `out` stands, for scratch.c. */
	const struct syntax_check **check_syntax;
	const struct syntax_key **index_syntax;
};

#define FOR_FIELDS(model, field)                                                                                       \
	for (struct field_build **field##_at = (model)->fields.items,                                                  \
	                        *field = (model)->fields.count ? *field##_at : NULL;                                   \
	     field;                                                                                                    \
	     field = ++field##_at < (struct field_build **)(model)->fields.items + (model)->fields.count ? *field##_at \
	                                                                                                 : NULL)

/* Complains unless `name` can be a name of the schema; `in_c`: it stands alone in C, so it is no keyword either. */
bool check_name(struct compiler *compiler, const struct syntax_text *name, const char *what, bool in_c);
/* Complains unless `text` can be quoted in SQL. */
bool check_quoted(struct compiler *compiler, const struct syntax_text *text, const char *what, size_t limit);
/* A copy with ASCII letters in lower case: SQL compares names so. */
const char *fold(struct compiler *compiler, const char *name);
/* Why C will not take the word as a name, or NULL. */
const char *reserved_in_c(const char *word);
bool is_type_name(const char *name);

void declare_all(struct compiler *compiler);

void columns_build(struct compiler *compiler, struct model_build *model);
/* Looks the model up that `name` in `from` means; complains. */
struct model_build *find_model(struct compiler *compiler, const struct syntax_text *name);
/* The field of the model; complains. */
struct field_build *find_field(struct compiler *compiler, struct model_build *model, const struct syntax_text *name,
                               const char *what);

/* Gives the column the field's default, or the flag of `auto`; complains. */
void default_build(struct compiler *compiler, const struct field_build *field, struct trv_column *column);

void relations_build(struct compiler *compiler, struct model_build *model);

/* Which fields are the primary key; before the columns are built. */
void key_find(struct compiler *compiler, struct model_build *model);
/* Its columns, once those are built. */
void primary_build(struct compiler *compiler, struct model_build *model);
void keys_build(struct compiler *compiler, struct model_build *model);

/* A constraint's or index's name: as given, or `model`_parts_`suffix`. Complains about a second one. */
const char *constraint_name(struct compiler *compiler, const struct model_build *model, const struct syntax_text *given,
                            const char *parts, const char *suffix, struct span at);

struct trv_sql sql_build(const struct syntax_sql *sql);
const struct trv_sql *sql_copy(struct compiler *compiler, const struct syntax_sql *sql);

void identifiers_check(struct compiler *compiler);
void features_check(struct compiler *compiler);
void scratch_check(struct compiler *compiler);
void scratch_close(struct compiler *compiler);

#endif
