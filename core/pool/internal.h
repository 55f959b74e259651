/*
 * The inside of the pool. Everything in struct trv__pool is guarded by its lock, but for
 * what never changes. Connections are opened, asked, cleaned and closed without it.
 */
#ifndef TRIVET_POOL_INTERNAL_H
#define TRIVET_POOL_INTERNAL_H

#include "base/thread.h"
#include "pool/pool.h"

#include <pthread.h>

#define TRV__MS UINT64_C(1000000) /* nanoseconds */

/* As many connects at once: a pool that lost all its connections must not run its server over. */
#define TRV__CONNECTS 8u

struct trv__links {
	struct trv__link *newest, *oldest;
	unsigned count;
};

/* Who wants a connection, on its own stack. */
struct trv__waiter {
	const void *holder, *site;
	uint64_t ticket; /* by arrival */
	uint64_t started, deadline;
	struct trv__link *link; /* what it was given */
	int status; /* or why it gets nothing; `error` is filled then */
	struct trv_error *error;
	bool queued;
	pthread_cond_t wake;
	struct trv__waiter *next;
};

struct trv__pool {
	struct trv__pool_settings settings; /* but for options.size, never changed */
	uint64_t forks; /* when it was made */
	pthread_mutex_t lock;
	struct trv__links idle, used;
	struct trv__link *spare, *all;
	struct trv__waiter *first, *last;
	unsigned waiting;
	uint64_t tickets;
	unsigned open; /* connections that exist, or are being opened or closed */
	unsigned connecting;
	unsigned leaving; /* being closed */
	unsigned connectors; /* threads that connect */
	bool suspended, closed;
	bool abandoned; /* closed while a connector hung: the last of them frees the database */
	uint64_t generation; /* grows with each eviction */
	uint64_t suspect; /* what was used last before this moment is asked before it is used */
	unsigned failures; /* connects that failed since the last that did not */
	uint64_t retry_at; /* after such a failure */
	struct trv_error failure; /* of the last of them */
	uint64_t seed;
	pthread_cond_t quiet; /* a connection or a place was given up */
	pthread_cond_t keeper_wake;
	pthread_t keeper;
	bool has_keeper;
	uint64_t timeouts, created, connect_failures, leaks, misuses;
	uint64_t closes[TRV_POOL_CLOSED_COUNT];
	struct trv__pool *next_foreign;
};

static inline bool trv__pool_is_limited(unsigned milliseconds)
{
	return milliseconds != TRV_NEVER;
}

/* A condition on the monotonic clock. 0 or an errno. */
int trv__cond_init(pthread_cond_t *condition);

/* With the lock held: until it is woken or the time has come. */
void trv__cond_wait(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t until);

/* --- links.c: lists; all with the lock held ----------------------------------------------------- */

void trv__links_push(struct trv__links *links, struct trv__link *link);
void trv__links_remove(struct trv__links *links, struct trv__link *link);

/* --- link.c: connections ------------------------------------------------------------------------ */

/* With the lock held: a link without a connection, or NULL when out of memory. It counts as open and connecting. */
struct trv__link *trv__link_reserve(struct trv__pool *pool);

/* With the lock held: gives it up again. */
void trv__link_unreserve(struct trv__pool *pool, struct trv__link *link);

/*
 * With the lock held, given up meanwhile: connects, and puts the connection to the idle
 * ones. When it fails and nobody should wait for another attempt, the first waiter is told.
 */
void trv__link_open(struct trv__pool *pool, struct trv__link *link);

/* With the lock held, after a connect failed: the next waits for a while, or who waits is told that there is no use. */
void trv__link_failed(struct trv__pool *pool, const struct trv_error *error);

/* With the lock held: is there room for one more, and is now the time? */
bool trv__link_may_open(const struct trv__pool *pool);

/* With the lock held, and given up meanwhile: closes a connection that is in no list. */
void trv__link_close(struct trv__pool *pool, struct trv__link *link, enum trv_pool_closed why);

/* With the lock held, given up meanwhile: takes all idle connections that `doomed` picks, and closes them. */
void trv__links_close_idle(struct trv__pool *pool, enum trv_pool_closed why,
                           bool (*doomed)(const struct trv__pool *pool, const struct trv__link *link));

/* Without the lock, by the one who was given it: 0 it can be used. TRV_ERR_TIMEOUT, TRV_ERR_LOST: it was closed. */
int trv__link_check(struct trv__pool *pool, struct trv__link *link, uint64_t deadline);

/* Without the lock: undoes what a borrower left. False, and `why`, where it has to be closed. */
bool trv__link_clean(struct trv__link *link, bool touched, enum trv_pool_closed *why);

/* With the lock held: whether an idle one is there for longer than it may, and not needed. */
bool trv__link_is_stale(const struct trv__pool *pool, const struct trv__link *link, uint64_t now);

/* --- wait.c: the queue -------------------------------------------------------------------------- */

/* Without the lock: what is there at once, or NULL; the ticket is for waiting. */
struct trv__link *trv__pool_take(struct trv__pool *pool, const void *holder, const void *site, uint64_t now,
                                 uint64_t *ticket);

/* With the lock held: gives what there is to those who wait, first come, first served. */
void trv__pool_serve(struct trv__pool *pool);

/* With the lock held: the first of them gets this error. */
void trv__pool_fail_first(struct trv__pool *pool, const struct trv_error *error);

/* Without the lock: gets a connection within the deadline. It is still to be checked. */
TRV_MUST_CHECK int trv__pool_wait(struct trv__pool *pool, struct trv__waiter *waiter);

/* With the lock held: everybody who waits looks again. */
void trv__pool_wake_all(struct trv__pool *pool);

/* --- refuse.c ----------------------------------------------------------------------------------- */

/* With the lock held, which is given up. */
int trv__pool_refuse_late(struct trv__pool *pool, struct trv_error *error);
int trv__pool_refuse_closed(struct trv_error *error);

/* With the lock held: fills at most `max`, oldest first. Returns how many links are used. */
size_t trv__pool_holders(const struct trv__pool *pool, struct trv_pool_holder *holders, size_t max);

/* --- connector.c: threads that connect, so that nobody's wait depends on one attempt -------------- */

/* With the lock held. TRV_ERR_NOMEM, or TRV_ERR_CONNECT where there is no thread, which may pass. */
TRV_MUST_CHECK int trv__connector_start(struct trv__pool *pool, struct trv_error *error);

/* --- keeper.c: the pool's own thread, where an option needs it ----------------------------------- */

TRV_MUST_CHECK int trv__keeper_start(struct trv__pool *pool, struct trv_error *error);
void trv__keeper_stop(struct trv__pool *pool);

/* --- fork.c ------------------------------------------------------------------------------------- */

/* How many forks lie between this process and the one in which it was asked first. */
uint64_t trv__forks(void);

/* What a child cannot free, for leak checkers to find. */
void trv__foreign_keep(struct trv__pool *pool);

#endif
