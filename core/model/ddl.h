/*
 * Inside the DDL writer. ddl.c puts the statements in order, ddl_table.c writes tables,
 * ddl_column.c a column's type and the checks that follow from it, ddl_default.c its
 * default, ddl_index.c indexes, ddl_sql.c takes over SQL from the schema, ddl_key.c says
 * which keys an engine cannot have.
 */
#ifndef TRIVET_MODEL_DDL_H
#define TRIVET_MODEL_DDL_H

#include "model/buffer.h"

#include <trivet/ddl.h>
#include <trivet/driver.h>

struct trv__ddl {
	const struct trv_registry *registry;
	const struct trv_dialect *dialect;
	enum trv_engine engine;
	int (*emit)(const char *statement, void *argument);
	void *argument;
	struct trv_error *error;
	struct trv__buffer text; /* the statement that is being written */
	int status; /* the first failure; everything after it does nothing */
};

/* Keeps the first failure. */
int trv__ddl_fail(struct trv__ddl *ddl, int code, const char *format, ...) TRV_PRINTF(3, 4);

/* Hands the statement out and starts the next one. */
int trv__ddl_flush(struct trv__ddl *ddl);

void trv__ddl_put(struct trv__ddl *ddl, const char *text);
void trv__ddl_name(struct trv__ddl *ddl, const char *identifier);
/* "a", "b" */
void trv__ddl_names(struct trv__ddl *ddl, const struct trv_model *model, const uint16_t *columns, size_t count);
/* A name made of parts, cut to what every engine takes; the same parts always give the same name. */
void trv__ddl_made_name(struct trv__ddl *ddl, const char *table, const char *column, const char *what);
void trv__ddl_quote(struct trv__ddl *ddl, const char *string);
/* SQL from the schema: typed literals as this engine keeps such values. */
void trv__ddl_sql(struct trv__ddl *ddl, const struct trv_model *model, const char *sql);
/* Whether the SQL has that word outside of strings and comments. */
bool trv__ddl_mentions(const char *sql, const char *word);
/* X'00ff', or as the engine spells it. */
void trv__ddl_hex(struct trv__ddl *ddl, const void *data, size_t size);
/* A day, time or instant as the engine keeps it in `storage`. */
void trv__ddl_moment(struct trv__ddl *ddl, enum trv_type type, enum trv_storage storage, int64_t value);

void trv__ddl_table(struct trv__ddl *ddl, const struct trv_model *model, const bool *later);
void trv__ddl_column(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column);
void trv__ddl_default(struct trv__ddl *ddl, const struct trv_column *column);
/* Checks that follow from the column's type; each begins with a comma. */
void trv__ddl_column_checks(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column);
void trv__ddl_foreign_key(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_foreign_key *key);
void trv__ddl_indexes(struct trv__ddl *ddl, const struct trv_model *model);
/* Whether the column's own definition makes it the primary key (SQLite). */
bool trv__ddl_is_row_id(const struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column);

/* The longest text and bytes that are kept in a type that MariaDB can index. */
#define TRV__MARIADB_KEY_BYTES 3072
#define TRV__MARIADB_KEY_TEXT (TRV__MARIADB_KEY_BYTES / 4)

/*
 * Whether `dialect` can have a key (an index, a primary or foreign key) over `columns`:
 * TRV_ERR_UNSUPPORTED names the column and says why not. `what` names the key.
 */
TRV_MUST_CHECK int trv__ddl_check_key(const struct trv_model *model, const uint16_t *columns, size_t count,
                                      const struct trv_dialect *dialect, const char *what, struct trv_error *error);

/* The same for an index, with the features that it asks for. */
TRV_MUST_CHECK int trv__ddl_check_index(const struct trv_model *model, const struct trv_index *index,
                                        const struct trv_dialect *dialect, struct trv_error *error);

/* All that `dialect` cannot do of a model: the first problem. */
TRV_MUST_CHECK int trv__ddl_check_model(const struct trv_model *model, const struct trv_dialect *dialect,
                                        struct trv_error *error);

#endif
