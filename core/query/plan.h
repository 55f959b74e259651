/*
 * Plans: the SQL, the decode table and the prepared statement of one shape of query.
 * They are kept by connection, so no lock is needed, and the least recently used goes
 * when there are too many. A plan that is running is not given out again: a second run
 * of the same shape gets a plan of its own that dies with it.
 */
#ifndef TRIVET_QUERY_PLAN_H
#define TRIVET_QUERY_PLAN_H

#include "query/tally.h"

#include <trivet/driver.h>

struct trv__plan;

struct trv__plans {
	struct trv__plan *table; /* a uthash */
	struct trv__plan *newest, *oldest;
	struct trv_connection *connection;
	const struct trv_allocator *allocator;
	struct trv__accounts *accounts; /* what its plans cost; NULL: nobody counts */
	size_t count, limit;
};

struct trv__plan {
	struct trv_statement *statement;
	struct trv_decode decode;
	const char *sql;
	size_t sql_size;
	size_t parameters;
	bool running;
	bool kept; /* in the cache */
	void *described; /* the slots of a decode table that was made after it was prepared, with their names */
	struct trv__plan *newer, *older;
	struct trv__tally tally;
	size_t shape_size;
	const uint8_t *shape;
};

void trv__plans_init(struct trv__plans *plans, struct trv_connection *connection, const struct trv_allocator *allocator,
                     size_t limit, struct trv__accounts *accounts);

/* Finalizes every statement. */
void trv__plans_release(struct trv__plans *plans);

/* The plan of that shape, if it is there and not running. */
struct trv__plan *trv__plans_find(struct trv__plans *plans, const void *shape, size_t size);

struct trv__plan_parts {
	const void *shape;
	size_t shape_size;
	const char *sql;
	size_t sql_size;
	const struct trv_slot *slots; /* names must outlive the plan, or be copied by the caller into `names` */
	size_t slot_count;
	size_t bases;
	size_t parameters;
	bool by_hand; /* a person wrote the SQL, and perhaps values into it */
};

/* Prepares it and keeps it. */
TRV_MUST_CHECK int trv__plans_add(struct trv__plans *plans, const struct trv__plan_parts *parts, uint64_t deadline,
                                  struct trv__plan **plan, struct trv_error *error);

/* Gives it the decode table that its result asks for, with copies of the names. */
TRV_MUST_CHECK int trv__plan_describe(struct trv__plans *plans, struct trv__plan *plan, const struct trv_slot *slots,
                                      size_t count, struct trv_error *error);

/* After a run: frees it when it was not kept, or must not be used again. */
void trv__plan_done(struct trv__plans *plans, struct trv__plan *plan, bool keep);

#endif
