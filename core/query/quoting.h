/* Which parts of SQL that a person wrote are no SQL: quoted text and comments. */
#ifndef TRIVET_QUERY_QUOTING_H
#define TRIVET_QUERY_QUOTING_H

#include <trivet/driver.h>

/* Behind what begins at `at` and is not SQL; `at` itself where SQL goes on. `sql` is the beginning of the text. */
const char *trv__sql_skip(const struct trv_dialect *dialect, const char *sql, const char *at);

/*
 * The text with a question mark for each literal and without comments, so that it can be shown.
 * It is no longer than `sql`; what does not fit into `size` bytes is cut. Returns its length.
 */
size_t trv__sql_mask(const struct trv_dialect *dialect, const char *sql, char *text, size_t size);

#endif
