/*
 * The queue. Who waits is on its own stack, in the order of arrival, and keeps its place
 * and its absolute deadline when what it was given turns out to be of no use.
 */
#include "pool/internal.h"

/* --- giving ------------------------------------------------------------------------------------- */

void trv__pool_hand_over(struct trv__pool *pool, struct trv__waiter *waiter, struct trv__link *link)
{
	link->state = TRV__LINK_USED;
	link->site = waiter->site;
	link->reported = false;
	atomic_store_explicit(&link->holder, waiter->holder, memory_order_relaxed);
	trv__links_push(&pool->used, link);
	waiter->link = link;
}

static bool is_to_be_asked(const struct trv__pool *pool, const struct trv__link *link, uint64_t now)
{
	unsigned idle_ms = pool->settings.options.ping_idle_ms;

	return link->since < pool->suspect || (trv__pool_is_limited(idle_ms) && now > link->since + idle_ms * TRV__MS);
}

/* An idle connection, or a place for a new one; false where there is neither. */
static bool give(struct trv__pool *pool, struct trv__waiter *waiter)
{
	struct trv__link *link = pool->idle.newest;

	if (pool->suspended || pool->closed)
		return false;
	if (link) {
		uint64_t now = waiter->queued ? trv_monotonic() : waiter->started;

		trv__links_remove(&pool->idle, link);
		link->suspect = is_to_be_asked(pool, link, now);
		link->since = now;
		trv__pool_hand_over(pool, waiter, link);
		return true;
	}
	if (!trv__link_may_open(pool))
		return false;
	waiter->link = trv__link_reserve(pool);
	waiter->may_connect = waiter->link != NULL;
	waiter->no_memory = !waiter->link;
	return true;
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

void trv__pool_serve(struct trv__pool *pool)
{
	while (pool->first && give(pool, pool->first)) {
		pthread_cond_signal(&pool->first->wake);
		remove_waiter(pool, pool->first);
	}
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

int trv__pool_wait(struct trv__pool *pool, struct trv__waiter *waiter, struct trv_error *error)
{
	waiter->link = NULL;
	waiter->may_connect = waiter->no_memory = false;
	pthread_mutex_lock(&pool->lock);
	if (!waiter->ticket)
		waiter->ticket = ++pool->tickets;
	bool served = !pool->first && give(pool, waiter);
	if (!served && !pool->closed) {
		if (trv__cond_init(&waiter->wake) != 0) {
			pthread_mutex_unlock(&pool->lock);
			return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a wait");
		}
		wait_turn(pool, waiter);
		pthread_cond_destroy(&waiter->wake);
	}
	if (!waiter->link && !waiter->no_memory && !pool->closed)
		return trv__pool_refuse_late(pool, error);
	pthread_mutex_unlock(&pool->lock);
	if (waiter->link)
		return 0;
	return waiter->no_memory ? trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a connection")
	                         : trv__pool_refuse_closed(error);
}
