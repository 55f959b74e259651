/*
 * The pool: connections with their plans, handed out to one session at a time. The last
 * one given back is the first one given out (its caches are warm); sessions that wait
 * are served in the order in which they came. What it promises is told in trivet/pool.h.
 */
#ifndef TRIVET_POOL_POOL_H
#define TRIVET_POOL_POOL_H

#include "monitor/monitor.h"
#include "pool/driver.h"
#include "query/plan.h"

#include <stdatomic.h>
#include <trivet/pool.h>

/* A histogram with one writer, which others may read meanwhile. */
struct trv__histogram {
	_Atomic uint64_t sum, max;
	_Atomic uint64_t buckets[TRV_HISTOGRAM_BUCKETS];
};

void trv__histogram_note(struct trv__histogram *histogram, uint64_t nanoseconds);

/* A time of nothing. */
void trv__histogram_note_none(struct trv__histogram *histogram);

/* Adds what is in `from`. */
void trv__histogram_add(struct trv_histogram *to, const struct trv__histogram *from);

struct trv__pool;

enum trv__link_state {
	TRV__LINK_SPARE, /* has no connection */
	TRV__LINK_IDLE,
	TRV__LINK_USED,
	TRV__LINK_MOVING, /* being opened or closed */
};

/* A pooled connection. The struct lives as long as the pool, the connection as long as it is good. */
struct trv__link {
	struct trv__pool *pool;
	struct trv_connection *connection;
	struct trv__plans plans;
	struct trv_dialect probed; /* the completed copy of an older driver's own dialect for this connection */
	enum trv__link_state state;
	_Atomic(const void *) holder; /* the session; NULL: nobody, and nobody can give it back */
	const void *site; /* of the borrowing call */
	uint64_t since; /* it is idle or used */
	uint64_t given; /* its borrower has it, as that one read the clock */
	uint64_t expires; /* UINT64_MAX: never */
	uint64_t generation; /* of the pool, when it was opened */
	bool suspect; /* to be asked whether it lives before it is given out */
	bool reported; /* as a leak */
	struct trv__link *newer, *older; /* of the idle or the used ones */
	struct trv__link *next; /* of the spare ones */
	struct trv__link *next_of_all;
	struct trv__histogram acquire, connect, hold, query;
};

struct trv__pool_settings {
	const struct trv__driver *driver;
	struct trv_db *db; /* whose it is; outlives it */
	const char *url;
	const struct trv_allocator *allocator;
	struct trv__monitor *monitor; /* of its database; outlives it */
	unsigned connect_ms, query_ms, statements;
	bool watch_idle; /* idle_ms was given: also when nobody uses the pool */
	bool replica; /* of a server that only serves reads: who cannot be served there at once goes elsewhere */
	bool in_memory; /* one connection, which is never given up: the data is in it */
	struct trv_pool_options options;
};

/* `settings->url` and the allocator outlive the pool. Zero options become the usual ones. */
TRV_MUST_CHECK int trv__pool_create(struct trv__pool **pool, const struct trv__pool_settings *settings,
                                    struct trv_error *error);

/*
 * No borrower is served from now on, idle connections are closed, and those in use are
 * waited for within the bound. Any thread, once. False: a connect still hangs; when it
 * ends, it gives up the closer's use of the database (trv__db_release).
 */
TRV_MUST_CHECK bool trv__pool_close(struct trv__pool *pool);

/* After trv__pool_close, when nobody holds a connection. NULL is fine. In a forked child it leaves everything alone. */
void trv__pool_destroy(struct trv__pool *pool);

/* Waits at most the acquire deadline. `holder` is to give it back; `given` of the link is now. Any thread. */
TRV_MUST_CHECK int trv__pool_acquire(struct trv__pool *pool, const void *holder, const void *site,
                                     struct trv__link **link, struct trv_error *error);

/* The same with a deadline. */
TRV_MUST_CHECK int trv__pool_acquire_by(struct trv__pool *pool, const void *holder, const void *site, uint64_t deadline,
                                        struct trv__link **link, struct trv_error *error);

/* Whether all connections that it may have are in use. Any thread. */
bool trv__pool_is_exhausted(struct trv__pool *pool);

/* trv_pool_evict of one pool, unless that was done since the connection was opened. By who holds it. */
void trv__pool_evict_with(struct trv__pool *pool, const struct trv__link *link);

/* Why the last connect failed, or "". Any thread. */
void trv__pool_failure(struct trv__pool *pool, char *text, size_t size);

/* trv_pool_stats of one pool. Any thread. */
void trv__pool_stats(struct trv__pool *pool, struct trv_pool_stats *stats);

/*
 * Where `holder` waits for a connection and `*word` is `expected`, it stops with `error`, and
 * the answer is true. The word is the waiter's, which changes it only when it does not wait.
 * Any thread.
 */
bool trv__pool_end_wait(struct trv__pool *pool, const void *holder, const _Atomic uint64_t *word, uint64_t expected,
                        const struct trv_error *error);

/*
 * Gives it back; a `touched` connection, or one in a transaction, is cleaned first. A
 * connection that is not good any more is closed. `now` is the time, or 0 where the caller
 * has not just read it. TRV_ERR_MISUSE, without effect, where `holder` does not hold it. Any thread.
 */
int trv__pool_release(struct trv__pool *pool, const void *holder, struct trv__link *link, bool touched, uint64_t now);

/* Whether this process is a child of the one that made the pool. */
bool trv__pool_is_foreign(const struct trv__pool *pool);

/* TRV_ERR_MISUSE that says so. */
int trv__pool_refuse_foreign(struct trv_error *error);

/*
 * Defined where databases are: the pool of one; all of its pools, that of the primary first and
 * NULL behind the last; its replicas, or NULL; and one user less. The last one frees it.
 */
struct trv__replicas;
struct trv__pool *trv__db_pool(const struct trv_db *db);
struct trv__pool *trv__db_pool_at(const struct trv_db *db, size_t i);
struct trv__replicas *trv__db_replicas(const struct trv_db *db);
void trv__db_release(struct trv_db *db);

#endif
