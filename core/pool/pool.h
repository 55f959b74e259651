/*
 * The pool: connections with their plans, handed out to one session at a time. The last
 * one given back is the first one given out (its caches are warm); sessions that wait
 * are served in the order in which they came.
 */
#ifndef TRIVET_POOL_POOL_H
#define TRIVET_POOL_POOL_H

#include "pool/driver.h"
#include "query/plan.h"

/* A pooled connection. */
struct trv__link {
	struct trv_connection *connection;
	struct trv__plans plans;
	struct trv__link *next; /* among the idle ones */
	struct trv_dialect probed; /* the completed copy of an older driver's own dialect for this connection */
};

struct trv__pool_settings {
	const struct trv__driver *driver;
	const char *url;
	const struct trv_allocator *allocator;
	unsigned size, acquire_ms, connect_ms, query_ms, statements;
};

struct trv__pool;

/* `settings->url` and the allocator outlive the pool. */
TRV_MUST_CHECK int trv__pool_create(struct trv__pool **pool, const struct trv__pool_settings *settings,
                                    struct trv_error *error);
void trv__pool_destroy(struct trv__pool *pool);

/* Waits at most the acquire deadline. Any thread. */
TRV_MUST_CHECK int trv__pool_acquire(struct trv__pool *pool, struct trv__link **link, struct trv_error *error);

/* A broken connection is closed instead. Any thread. */
void trv__pool_release(struct trv__pool *pool, struct trv__link *link);

#endif
