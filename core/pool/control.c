/* Watching and steering a pool while it is used. */
#include "pool/internal.h"

#include <stdio.h>
#include <string.h>

/* --- watching ----------------------------------------------------------------------------------- */

static void count(const struct trv__pool *pool, struct trv_pool_stats *stats)
{
	*stats = (struct trv_pool_stats) {
		.size = pool->settings.options.size,
		.overflow = pool->settings.options.overflow,
		.idle = pool->idle.count,
		.used = pool->used.count,
		.connecting = pool->connecting,
		.waiting = pool->waiting,
		.suspended = pool->suspended,
		.timeouts = pool->timeouts,
		.created = pool->created,
		.connect_failures = pool->connect_failures,
		.leaks = pool->leaks,
		.misuses = pool->misuses,
	};
	memcpy(stats->closed, pool->closes, sizeof(stats->closed));
}

void trv__pool_stats(struct trv__pool *pool, struct trv_pool_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	if (trv__pool_is_foreign(pool))
		return;
	pthread_mutex_lock(&pool->lock);
	count(pool, stats);
	for (const struct trv__link *link = pool->all; link; link = link->next_of_all) {
		trv__histogram_add(&stats->acquire, &link->acquire);
		trv__histogram_add(&stats->connect, &link->connect);
		trv__histogram_add(&stats->hold, &link->hold);
		trv__histogram_add(&stats->query, &link->query);
	}
	stats->acquired = stats->acquire.count;
	pthread_mutex_unlock(&pool->lock);
}

void trv_pool_stats(struct trv_db *db, struct trv_pool_stats *stats)
{
	trv__pool_stats(trv__db_pool(db), stats);
}

void trv__pool_failure(struct trv__pool *pool, char *text, size_t size)
{
	text[0] = '\0';
	if (trv__pool_is_foreign(pool))
		return;
	pthread_mutex_lock(&pool->lock);
	if (pool->connect_failures)
		snprintf(text, size, "%s", pool->failure.message);
	pthread_mutex_unlock(&pool->lock);
}

size_t trv_pool_holders(struct trv_db *db, struct trv_pool_holder *holders, size_t max)
{
	struct trv__pool *pool = trv__db_pool(db);

	if (trv__pool_is_foreign(pool))
		return 0;
	pthread_mutex_lock(&pool->lock);
	size_t held = trv__pool_holders(pool, holders, max);
	pthread_mutex_unlock(&pool->lock);
	return held;
}

/* --- steering ----------------------------------------------------------------------------------- */

/* With the lock held. */
static void close_surplus(struct trv__pool *pool)
{
	while (pool->idle.oldest && pool->open - pool->leaving > pool->settings.options.size) {
		struct trv__link *link = pool->idle.oldest;

		trv__links_remove(&pool->idle, link);
		trv__link_close(pool, link, TRV_POOL_CLOSED_SURPLUS);
	}
}

int trv_pool_resize(struct trv_db *db, unsigned size)
{
	struct trv__pool *pool = trv__db_pool(db);

	if (trv__pool_is_foreign(pool))
		return TRV_ERR_MISUSE;
	if (size == 0 || size > TRV_NEVER / 2 || (pool->settings.in_memory && size > 1))
		return TRV_ERR_LIMIT;
	pthread_mutex_lock(&pool->lock);
	pool->settings.options.size = size;
	trv__pool_serve(pool);
	close_surplus(pool);
	pthread_cond_signal(&pool->keeper_wake);
	pthread_mutex_unlock(&pool->lock);
	return 0;
}

static void set_suspended(struct trv_db *db, bool suspended)
{
	struct trv__pool *pool;

	for (size_t i = 0; (pool = trv__db_pool_at(db, i)) && !trv__pool_is_foreign(pool); i++) {
		pthread_mutex_lock(&pool->lock);
		pool->suspended = suspended;
		trv__pool_serve(pool);
		pthread_mutex_unlock(&pool->lock);
	}
}

void trv_pool_suspend(struct trv_db *db)
{
	set_suspended(db, true);
}

void trv_pool_resume(struct trv_db *db)
{
	set_suspended(db, false);
}

static bool is_older(const struct trv__pool *pool, const struct trv__link *link)
{
	return link->generation != pool->generation;
}

/* With the lock held. */
static void evict(struct trv__pool *pool)
{
	pool->generation++;
	trv__links_close_idle(pool, TRV_POOL_CLOSED_EVICTED, is_older);
}

void trv__pool_evict_with(struct trv__pool *pool, const struct trv__link *link)
{
	pthread_mutex_lock(&pool->lock);
	if (link->generation == pool->generation)
		evict(pool);
	pthread_mutex_unlock(&pool->lock);
}

void trv_pool_evict(struct trv_db *db)
{
	struct trv__pool *pool;

	for (size_t i = 0; (pool = trv__db_pool_at(db, i)) && !trv__pool_is_foreign(pool); i++) {
		pthread_mutex_lock(&pool->lock);
		if (!pool->settings.in_memory)
			evict(pool);
		pthread_mutex_unlock(&pool->lock);
	}
}
