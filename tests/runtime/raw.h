/* How raw.c reads what is really there: each engine by its client library's own functions. */
#ifndef TRIVET_TESTS_RUNTIME_RAW_H
#define TRIVET_TESTS_RUNTIME_RAW_H

#include <stddef.h>

#define RAW_SIZE 65536

/* The rows of one statement: columns with | between them, rows with a line feed, null as ~. */
struct raw_rows {
	char *text; /* of RAW_SIZE */
	size_t length, rows, columns;
};

void raw_row(struct raw_rows *rows);
void raw_column(struct raw_rows *rows, const char *text); /* NULL: null */

/* Runs statements on a connection of the client library; those before the last one have no rows. Reports failures. */
void raw_sqlite(void *connection, const char *sql, struct raw_rows *rows);
void raw_postgresql(void *connection, const char *sql, struct raw_rows *rows);
void raw_mariadb(void *connection, const char *sql, struct raw_rows *rows);

/* Connect to a URL; NULL: it failed. */
void *raw_sqlite_open(const char *url);
void *raw_postgresql_open(const char *url);
void *raw_mariadb_open(const char *url);

void raw_sqlite_close(void *connection);
void raw_postgresql_close(void *connection);
void raw_mariadb_close(void *connection);

#endif
