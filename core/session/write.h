/* What the writes share: filling in and checking rows, binding them, reading back. */
#ifndef TRIVET_SESSION_WRITE_H
#define TRIVET_SESSION_WRITE_H

#include "session/load.h"

/* A statement that writes rows. Rows are the library's own copies: filled in, checked. */
struct trv__write {
	const struct trv_model *model;
	char *rows; /* `count` of them, row_size bytes apart */
	size_t count;
	uint64_t columns; /* that are written */
	uint64_t back; /* that the engine returns */
	uint64_t key; /* upsert: the columns of the unique key; 0: a plain insert */
	uint64_t update; /* upsert: the columns that a row that is there gets */
	const struct trv_query *query; /* of _where writes */
};

static inline char *trv__write_row(const struct trv__write *write, size_t i)
{
	return write->rows + i * write->model->row_size;
}

/* A copy of the caller's rows in scratch memory; NULL when out of memory. */
char *trv__write_copy(struct trv_session *session, const struct trv_model *model, const void *rows, size_t count);

static inline uint64_t trv__auto_mask(const struct trv_model *model)
{
	return model->auto_column >= 0 ? UINT64_C(1) << model->auto_column : 0;
}

static inline uint64_t trv__lock_mask(const struct trv_model *model)
{
	return model->lock_column >= 0 ? UINT64_C(1) << model->lock_column : 0;
}

/* What is done to the rows of a call before they are sent; by column. */
struct trv__fill {
	uint64_t named; /* by the caller: their members are meant as they are */
	uint64_t plain; /* written as they are, whatever they are */
	uint64_t checked; /* filled in where they are left zero, and checked */
	int64_t now;
};

struct trv__fill trv__fill_insert_plan(const struct trv_model *model, uint64_t named);

/*
 * Puts defaults where an insert leaves a column zero and unnamed, checks every value,
 * and says which columns each row's statement writes: what the engine makes is left out. `columns` is zero before.
 * Column by column: of several values that are refused, the first column's is named.
 */
TRV_MUST_CHECK int trv__fill_insert(struct trv_session *session, const struct trv_model *model,
                                    const struct trv__fill *fill, char *rows, size_t count, uint64_t *columns);

/* The same for an update, which writes `checked`: the named columns and those that every update touches. */
TRV_MUST_CHECK int trv__fill_update_plan(struct trv_session *session, const struct trv_model *model, uint64_t named,
                                         struct trv__fill *fill);
TRV_MUST_CHECK int trv__fill_update(struct trv_session *session, const struct trv_model *model,
                                    const struct trv__fill *fill, char *rows, size_t count);

/* The row's members in the columns, as parameters or placeholders, with commas. `row` is not looked at for text. */
void trv__write_values(struct trv__writer *writer, const struct trv_model *model, uint64_t columns, const void *row);

/* "a = ?, b = ?", and "version = version + 1" for the lock column of `table`. */
void trv__write_set(struct trv__writer *writer, const struct trv_model *model, uint64_t columns, const void *row,
                    const char *table);

/* " WHERE a = ? AND b = ?" by the primary key, and by the version where there is one. */
void trv__write_by_key(struct trv__writer *writer, const struct trv_model *model, const void *row);

/* Whether rows can go as an array for each column, in the form that the engine keeps them in. */
bool trv__fits_arrays(const struct trv_dialect *dialect, const struct trv_model *model, uint64_t columns);

/* What a statement calls the rows that are given to it: no table has this name. */
#define TRV__GIVEN "trv_given"

/* The rows as a table TRV__GIVEN with these columns, of arrays. */
void trv__write_source(struct trv__writer *writer, const struct trv__write *write, uint64_t columns);

/* "a, b"; with `numbered` "c0 AS a, c1 AS b", if that is "c". */
void trv__write_names(struct trv__writer *writer, const struct trv_model *model, uint64_t columns,
                      const char *numbered);

/* " RETURNING a, b". */
void trv__write_returning(struct trv__writer *writer, const struct trv__write *write);

size_t trv__write_slot_count(const void *what);
int trv__write_slots(const void *what, const struct trv_dialect *dialect, struct trv_slot *slots, size_t room,
                     size_t *count);
size_t trv__write_bases(const void *what);

/* Runs it; what is returned goes into its rows, in their order. */
TRV_MUST_CHECK int trv__write_run(struct trv_session *session, const struct trv__statement_kind *kind,
                                  const struct trv__write *write, struct trv_outcome *outcome);

/* bulk.c: rows that go in by the driver's own way, all columns of them. 1, or 0 where the table is not fit for it. */
#define TRV__COPY_ROWS 1000 /* fewer are no slower by statements */
#define TRV__COPY_MOST 65536 /* of one COPY: more are no faster, and their keys take memory */
bool trv__can_copy(const struct trv_session *session, const struct trv__write *write);
TRV_MUST_CHECK int trv__copy_rows(struct trv_session *session, const struct trv__write *write);

/* The automatic key that the engine gave; 0 where it is beyond the member's range, else 1. */
int trv__set_auto(const struct trv_model *model, void *row, int64_t id);

/* Writes by key need one. */
TRV_MUST_CHECK int trv__need_key(struct trv_session *session, const struct trv_model *model, const char *what);

/* The next version after a row's own, in its struct. */
void trv__next_version(const struct trv_model *model, void *row);

#endif
