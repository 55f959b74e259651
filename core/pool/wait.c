/*
 * The queue. Who waits is on its own stack, in the order of arrival, and keeps its place
 * and its absolute deadline when what it was given turns out to be of no use.
 */
#include "pool/internal.h"

/* --- giving ------------------------------------------------------------------------------------- */

static bool is_to_be_asked(const struct trv__pool *pool, const struct trv__link *link, uint64_t now)
{
	unsigned idle_ms = pool->settings.options.ping_idle_ms;

	return link->since < pool->suspect || (trv__pool_is_limited(idle_ms) && now > link->since + idle_ms * TRV__MS);
}

static bool may_give(const struct trv__pool *pool)
{
	return pool->idle.newest && !pool->suspended && !pool->closed;
}

/* The last one that was given back. */
static struct trv__link *give(struct trv__pool *pool, const void *holder, const void *site, uint64_t now)
{
	struct trv__link *link = pool->idle.newest;

	trv__links_remove(&pool->idle, link);
	link->suspect = is_to_be_asked(pool, link, now);
	link->since = now;
	link->state = TRV__LINK_USED;
	link->site = site;
	link->reported = false;
	atomic_store_explicit(&link->holder, holder, memory_order_relaxed);
	trv__links_push(&pool->used, link);
	return link;
}

struct trv__link *trv__pool_take(struct trv__pool *pool, const void *holder, const void *site, uint64_t now,
                                 uint64_t *ticket)
{
	struct trv__link *link = NULL;

	pthread_mutex_lock(&pool->lock);
	*ticket = ++pool->tickets;
	if (!pool->first && may_give(pool))
		link = give(pool, holder, site, now);
	pthread_mutex_unlock(&pool->lock);
	return link;
}

static void remove_waiter(struct trv__pool *pool, struct trv__waiter *waiter)
{
	struct trv__waiter **at = &pool->first, *before = NULL;

	while (*at != waiter) {
		before = *at;
		at = &(*at)->next;
	}
	*at = waiter->next;
	if (pool->last == waiter)
		pool->last = before;
	waiter->queued = false;
	pool->waiting--;
	/* Only the first looks when the next attempt to connect is due. */
	if (!before && pool->first && pool->failures)
		pthread_cond_signal(&pool->first->wake);
}

static void wake_and_remove(struct trv__pool *pool, struct trv__waiter *waiter)
{
	pthread_cond_signal(&waiter->wake);
	remove_waiter(pool, waiter);
}

static void fail(struct trv__pool *pool, struct trv__waiter *waiter, const struct trv_error *error)
{
	waiter->status = error->code;
	if (waiter->error)
		*waiter->error = *error;
	wake_and_remove(pool, waiter);
}

void trv__pool_fail_first(struct trv__pool *pool, const struct trv_error *error)
{
	if (pool->first)
		fail(pool, pool->first, error);
}

bool trv__pool_end_wait(struct trv__pool *pool, const void *holder, const _Atomic uint64_t *word, uint64_t expected,
                        const struct trv_error *error)
{
	pthread_mutex_lock(&pool->lock);
	struct trv__waiter *waiter = pool->first;
	while (waiter && waiter->holder != holder)
		waiter = waiter->next;
	bool waits = waiter && atomic_load(word) == expected;
	if (waits)
		fail(pool, waiter, error);
	pthread_mutex_unlock(&pool->lock);
	return waits;
}

/* A connection for each who waits is being made, as far as there is room. */
void trv__pool_serve(struct trv__pool *pool)
{
	struct trv_error error;

	while (pool->first && may_give(pool)) {
		struct trv__waiter *waiter = pool->first;

		waiter->link = give(pool, waiter->holder, waiter->site, trv_monotonic());
		wake_and_remove(pool, waiter);
	}
	while (pool->connecting < pool->waiting && !pool->suspended && !pool->closed && trv__link_may_open(pool))
		if (trv__connector_start(pool, &error) < 0)
			trv__link_failed(pool, &error);
}

void trv__pool_wake_all(struct trv__pool *pool)
{
	for (struct trv__waiter *waiter = pool->first; waiter; waiter = waiter->next)
		pthread_cond_signal(&waiter->wake);
}

/* --- waiting ------------------------------------------------------------------------------------ */

/* Behind those who came before it: mostly the last, and the first when it comes again. */
static void queue(struct trv__pool *pool, struct trv__waiter *waiter)
{
	struct trv__waiter **at = &pool->first;

	if (pool->last && pool->last->ticket < waiter->ticket)
		at = &pool->last->next;
	while (*at && (*at)->ticket < waiter->ticket)
		at = &(*at)->next;
	waiter->next = *at;
	*at = waiter;
	if (!waiter->next)
		pool->last = waiter;
	waiter->queued = true;
	pool->waiting++;
}

static uint64_t look_again_at(const struct trv__pool *pool, const struct trv__waiter *waiter)
{
	bool watches = waiter == pool->first && pool->failures && !pool->connecting && !pool->suspended;

	return watches && pool->retry_at > trv_monotonic() && pool->retry_at < waiter->deadline ? pool->retry_at
	                                                                                        : waiter->deadline;
}

static void wait_turn(struct trv__pool *pool, struct trv__waiter *waiter)
{
	queue(pool, waiter);
	trv__pool_serve(pool);
	while (waiter->queued && !pool->closed) {
		if (trv_monotonic() >= waiter->deadline)
			break;
		trv__cond_wait(&waiter->wake, &pool->lock, look_again_at(pool, waiter));
		if (waiter->queued)
			trv__pool_serve(pool);
	}
	if (waiter->queued)
		remove_waiter(pool, waiter);
}

/* With the lock held. The first connect of all may take its own time: nothing can be served before. */
static int wait_in_queue(struct trv__pool *pool, struct trv__waiter *waiter)
{
	uint64_t connected_by = waiter->started + pool->settings.connect_ms * TRV__MS;

	if (trv__cond_init(&waiter->wake) != 0)
		return trv_error_set(waiter->error, TRV_ERR_NOMEM, "out of memory for a wait");
	if (!pool->created && !pool->settings.replica && waiter->deadline < connected_by)
		waiter->deadline = connected_by;
	wait_turn(pool, waiter);
	pthread_cond_destroy(&waiter->wake);
	return waiter->status;
}

/* With the lock held: a replica to which the last connect failed, before it is time for the next. */
static bool is_away(const struct trv__pool *pool)
{
	return pool->settings.replica && pool->failures && !pool->connecting && !trv__link_may_open(pool);
}

static int refuse_away(const struct trv__pool *pool, struct trv__waiter *waiter)
{
	if (waiter->error)
		*waiter->error = pool->failure;
	return pool->failure.code;
}

int trv__pool_wait(struct trv__pool *pool, struct trv__waiter *waiter)
{
	int r = 0;

	waiter->link = NULL;
	pthread_mutex_lock(&pool->lock);
	if (!pool->closed)
		r = is_away(pool) ? refuse_away(pool, waiter) : wait_in_queue(pool, waiter);
	if (r == 0 && !waiter->link && !pool->closed)
		return trv__pool_refuse_late(pool, waiter->error);
	pthread_mutex_unlock(&pool->lock);
	return r == 0 && !waiter->link ? trv__pool_refuse_closed(waiter->error) : r;
}
