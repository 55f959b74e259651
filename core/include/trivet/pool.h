/**
 * @file pool.h
 * The pool of a database, watched and steered while the program runs. Sessions borrow a
 * connection for the length of a call or of a transaction; the last one given back is the
 * first one given out, and sessions that wait are served in the order in which they came.
 * The limits are in struct trv_pool_options (trivet/db.h).
 *
 *     struct trv_pool_stats stats;
 *     trv_pool_stats(db, &stats);
 *     printf("%u of %u in use, %u waiting, 99 %% served within %.1f ms\n", stats.used, stats.size, stats.waiting,
 *            (double)trv_histogram_quantile(&stats.acquire, 0.99) / 1e6);
 *
 * A connection that was idle is looked at before it is given out, and one that is dead is
 * replaced without the borrower noticing. While the server cannot be reached, one attempt
 * at a time is made, with growing, jittered pauses, and borrowers wait for it up to their
 * deadline; only a database that was never reached fails at once.
 *
 * What a borrower leaves behind (a transaction, an unread result, settings of raw SQL or of
 * the native handle) is undone before the next one gets the connection, or it is closed.
 *
 * A child of fork() has no part in its parent's pool: its calls are refused with
 * TRV_ERR_MISUSE and send nothing. It opens a database of its own.
 *
 * Every function here may be called by any thread.
 */
#ifndef TRIVET_POOL_H
#define TRIVET_POOL_H

#include <trivet/db.h>

TRV_BEGIN_DECLS

/* --- histograms ------------------------------------------------------------------------- */

/* Four buckets for each power of two, from a quarter of a microsecond to two minutes: at most 25 % wide. */
#define TRV_HISTOGRAM_BUCKETS 112

/** Times in nanoseconds. `sum` and `max` are exact. */
struct trv_histogram {
	uint64_t count, sum, max;
	uint64_t buckets[TRV_HISTOGRAM_BUCKETS];
};

/** The upper end of bucket `i` in nanoseconds; UINT64_MAX of the last one. */
TRV_API uint64_t trv_histogram_limit(size_t i);

/** A time that the given part of all (0.5, 0.99) did not exceed; never more than `max`. 0 when empty. */
TRV_API uint64_t trv_histogram_quantile(const struct trv_histogram *histogram, double part);

/* --- statistics --------------------------------------------------------------------------- */

/* X(name, label): why connections were closed */
#define TRV_POOL_CLOSED_MAP(X)                                                                                         \
	X(BROKEN, "broken") /* lost while it was used */                                                               \
	X(DEAD, "dead") /* found dead when it was to be given out */                                                   \
	X(UNCLEAN, "unclean") /* what a borrower left could not be undone */                                           \
	X(IDLE, "idle") /* idle for too long */                                                                        \
	X(LIFETIME, "lifetime") /* old */                                                                              \
	X(SURPLUS, "surplus") /* overflow, or the pool was made smaller */                                             \
	X(EVICTED, "evicted") /* trv_pool_evict */                                                                     \
	X(SHUTDOWN, "shutdown") /* trv_close */

enum trv_pool_closed {
#define TRV_POOL_CLOSED_ENUM(name, label) TRV_POOL_CLOSED_##name,
	TRV_POOL_CLOSED_MAP(TRV_POOL_CLOSED_ENUM)
#undef TRV_POOL_CLOSED_ENUM
	TRV_POOL_CLOSED_COUNT
};

struct trv_pool_stats {
	unsigned size, overflow; /* as they are set now */
	unsigned idle, used, connecting; /* connections; those being closed are in none of them */
	unsigned waiting; /* sessions */
	bool suspended;
	uint64_t acquired, timeouts;
	uint64_t created, connect_failures;
	uint64_t closed[TRV_POOL_CLOSED_COUNT];
	uint64_t leaks; /* borrows longer than pool.leak_ms */
	uint64_t misuses; /* released by someone who did not hold it: a bug, without effect */
	struct trv_histogram acquire; /* from the wish to the connection, checks and connects included */
	struct trv_histogram connect;
	struct trv_histogram hold; /* from the connection to its return */
	struct trv_histogram query; /* from sending a statement to its last row */
};

/**
 * A snapshot. Gauges and counters are of one moment; histograms are kept by each connection
 * without locks and added up, so that they may miss what is being counted right now.
 */
TRV_API void trv_pool_stats(struct trv_db *db, struct trv_pool_stats *stats);

/**
 * The same as OpenMetrics text, ending in "# EOF". With replicas every sample of a pool is labelled with
 * its server ("primary", "replica1" and so on), and how far they got is told too (trivet/replica.h). Writes at most `size` bytes, the NUL
 * included, and returns the length of the whole text, as snprintf does.
 */
TRV_API size_t trv_pool_metrics(struct trv_db *db, char *buffer, size_t size);

/** Who holds a connection. */
struct trv_pool_holder {
	const void *site; /* of the call that borrowed it: trv_begin, where it is a transaction. May be NULL */
	const void *session; /* to compare, not to use: it is another thread's */
	uint64_t held; /* nanoseconds */
};

/** Fills at most `max` holders, those that hold longest first; returns how many connections are held. */
TRV_API size_t trv_pool_holders(struct trv_db *db, struct trv_pool_holder *holders, size_t max);

/* --- steering ------------------------------------------------------------------------------ */

/**
 * Changes the size. What is too much is closed when it is idle or comes back. TRV_ERR_LIMIT
 * for 0, and for more than 1 where the database is in memory.
 */
TRV_API TRV_MUST_CHECK int trv_pool_resize(struct trv_db *db, unsigned size);

/** From now on no connection is given out, so that sessions wait; those in use stay so. */
TRV_API void trv_pool_suspend(struct trv_db *db);
TRV_API void trv_pool_resume(struct trv_db *db);

/**
 * Replaces every connection that is open now: idle ones are closed at once, used ones when
 * they come back. After a failover, or when credentials changed. A database in memory stays.
 */
TRV_API void trv_pool_evict(struct trv_db *db);

TRV_END_DECLS

#endif
