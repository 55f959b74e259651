/*
 * What users commonly write: SQL put together as text, results as text, a string from
 * malloc for each text, one INSERT for each row, one query for each parent's children.
 * It is the same on all engines (naive.c), but for how a query is sent.
 */
#ifndef TRIVET_TESTS_BENCH_NAIVE_H
#define TRIVET_TESTS_BENCH_NAIVE_H

#include "raw.h"

/* What each engine's file has to define. */

struct handle;

struct connection {
	struct load load;
	struct rows strings; /* what malloc gave: char * */
	struct handle *handle;
};

/* Values are texts, or NULL. */
typedef void (*take_row)(struct connection *connection, char **values);

struct handle *handle_open(const char *url); /* NULL after bench_fail */
void handle_close(struct handle *handle);
int query(struct connection *connection, const char *sql, take_row take);
int empty(struct connection *connection, const char *table); /* its ids begin anew */
int settle(struct connection *connection); /* what was written lies where it shall */
int insert_row(struct connection *connection, const char *sql, int64_t *id);

extern const bool times_are_numbers; /* whole microseconds; else as 2020-09-13 12:26:40.000001 */

#endif
