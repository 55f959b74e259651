#ifndef TRIVET_QUERY_PREDICATE_H
#define TRIVET_QUERY_PREDICATE_H

#include "query/writer.h"

/* Levels of predicates within predicates: their depth on the stack is the caller's choice, so it ends. */
#define TRV__MAX_NESTING 100

/*
 * Writes the predicates in `list`, joined by AND, each preceded by `*glue` which then
 * becomes " AND ". Nothing is written for predicates that are left out. Returns how many there were.
 */
size_t trv__write_all(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                      const struct trv_expr *list, size_t count, const char **glue);

/* The value that a column is compared with, as a parameter; null is refused. */
void trv__bind_compared(struct trv__writer *writer, const struct trv_model *model, const struct trv_expr *expr);

/* `a.x = b.y AND ...`, for each column of a key. */
void trv__write_key_match(struct trv__writer *writer, unsigned alias, const struct trv_model *model,
                          const uint16_t *columns, unsigned other_alias, const struct trv_model *other,
                          const uint16_t *other_columns, size_t count);

/* A list of keys, as the loaders and _get_many make it. */
struct trv__key_list {
	const struct trv_model *model; /* the model whose columns hold the values */
	const uint16_t *columns;
	size_t key_count; /* columns of one key */
	const char *const *values; /* for each key, for each column: the address of its value */
	size_t count; /* keys */
};

/* How many keys one statement takes, whose values are those of the model's columns. */
size_t trv__keys_limit(const struct trv_dialect *dialect, const struct trv_model *model, const uint16_t *columns,
                       size_t key_count);

/* `(a.x, a.y) IN (...)`: target columns of `model` against the list. */
void trv__write_keys(struct trv__writer *writer, unsigned alias, const struct trv_model *model, const uint16_t *columns,
                     const struct trv__key_list *keys);

#endif
