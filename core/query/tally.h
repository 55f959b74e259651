/*
 * What statements cost, by their text. Each plan counts its own runs in a tally, without
 * a lock: the session that holds the connection is its only writer, and others may read
 * meanwhile. A tally belongs to an account, one for each text in the database; it is added to
 * it for good when its plan goes. The table's lock is taken where a plan is made or goes, never
 * where one runs.
 */
#ifndef TRIVET_QUERY_TALLY_H
#define TRIVET_QUERY_TALLY_H

#include <pthread.h>
#include <stdatomic.h>
#include <trivet/driver.h>
#include <trivet/monitor.h>

struct trv__account;

struct trv__tally {
	struct trv__account *account; /* NULL: nobody counts */
	uint64_t shape; /* of its text */
	const struct trv_dialect *by_hand;
	bool reads; /* a SELECT */
	_Atomic uint64_t calls, rows, errors, nanoseconds, worst;
	_Atomic uint64_t last; /* when it ran last */
	_Atomic(const void *) site; /* and from where */
	struct trv__tally *next, **at; /* of the account's, guarded by the lock */
};

struct trv__accounts {
	pthread_mutex_t lock;
	const struct trv_allocator *allocator;
	struct trv__account *table; /* a uthash */
	struct trv__account *rest; /* of those that came when the table was full */
	size_t count, limit;
};

/* What one run of a statement was. */
struct trv__run_figures {
	uint64_t nanoseconds, rows, ended;
	const void *site;
	int status;
};

/* There is one writer, so that no locked instruction is needed. */
static inline void trv__raise(_Atomic uint64_t *number, uint64_t by)
{
	atomic_store_explicit(number, atomic_load_explicit(number, memory_order_relaxed) + by, memory_order_relaxed);
}

static inline void trv__tally_note(struct trv__tally *tally, const struct trv__run_figures *run)
{
	trv__raise(&tally->calls, 1);
	trv__raise(&tally->rows, run->rows);
	trv__raise(&tally->nanoseconds, run->nanoseconds);
	if (run->nanoseconds > atomic_load_explicit(&tally->worst, memory_order_relaxed))
		atomic_store_explicit(&tally->worst, run->nanoseconds, memory_order_relaxed);
	if (run->status < 0)
		trv__raise(&tally->errors, 1);
	atomic_store_explicit(&tally->last, run->ended, memory_order_relaxed);
	atomic_store_explicit(&tally->site, run->site, memory_order_relaxed);
}

/* TRV_ERR_NOMEM. At most `limit` accounts, and one for all others together. The allocator outlives it. */
TRV_MUST_CHECK int trv__accounts_init(struct trv__accounts *accounts, const struct trv_allocator *allocator,
                                      size_t limit);

/* After the last tally was closed. */
void trv__accounts_release(struct trv__accounts *accounts);

/*
 * Of a plan that was just prepared. NULL for `accounts`: nobody counts. `by_hand` is the dialect of SQL
 * that a person wrote, whose literals nobody is to see; NULL for the library's own. Any thread.
 */
void trv__tally_open(struct trv__accounts *accounts, struct trv__tally *tally, const char *sql,
                     const struct trv_dialect *by_hand);
void trv__tally_close(struct trv__accounts *accounts, struct trv__tally *tally);

/* A run without a plan: one that could not be prepared, or goes its own way. Any thread. */
void trv__account_note(struct trv__accounts *accounts, const char *sql, const struct trv_dialect *by_hand,
                       const struct trv__run_figures *run, bool prepared);

/* It was noticed as repeated, in one session more. Any thread. */
void trv__account_repeated(struct trv__accounts *accounts, struct trv__account *account);

/* Those with the longest time in all come first; at most `max`. Returns how many there are. Any thread. */
size_t trv__accounts_read(struct trv__accounts *accounts, struct trv_statement_stats *stats, size_t max);

#endif
