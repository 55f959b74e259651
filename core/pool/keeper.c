/*
 * The keeper: a thread that looks after a pool in which nobody stirs. It opens the idle
 * connections that are wanted, closes those that are idle for too long, and reports who
 * holds one for too long. Only a pool with one of these options has it.
 */
#include "pool/internal.h"

#define LONGEST_SLEEP_MS 1000u
#define SHORTEST_SLEEP_MS 2u
#define REPORTS 16 /* at a time */

/* An eighth of the shortest time that it watches: so late it is at most. */
static uint64_t sleep_of(const struct trv_pool_options *options, bool watches_idle)
{
	unsigned ms = LONGEST_SLEEP_MS;

	if (options->leak_ms && options->leak_ms / 8 < ms)
		ms = options->leak_ms / 8;
	if (watches_idle && options->idle_ms / 8 < ms)
		ms = options->idle_ms / 8;
	return (ms < SHORTEST_SLEEP_MS ? SHORTEST_SLEEP_MS : ms) * TRV__MS;
}

/* --- leaks -------------------------------------------------------------------------------------- */

static size_t find_leaks(struct trv__pool *pool, struct trv_pool_holder *found)
{
	uint64_t now = trv_monotonic(), limit = pool->settings.options.leak_ms * TRV__MS;
	size_t count = 0;

	for (struct trv__link *link = pool->used.oldest; link && count < REPORTS; link = link->newer) {
		if (link->reported || now < link->since + limit)
			continue;
		link->reported = true;
		found[count++] = (struct trv_pool_holder) {
			.site = link->site,
			.session = atomic_load_explicit(&link->holder, memory_order_relaxed),
			.held = now - link->since,
		};
	}
	pool->leaks += count;
	return count;
}

static void report_leaks(struct trv__pool *pool)
{
	const struct trv_pool_options *options = &pool->settings.options;
	struct trv_pool_holder found[REPORTS];
	size_t count = options->leak_ms ? find_leaks(pool, found) : 0;

	if (!count || !options->leaked)
		return;
	pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < count; i++)
		options->leaked(&found[i], options->leaked_argument);
	pthread_mutex_lock(&pool->lock);
}

/* --- idle connections --------------------------------------------------------------------------- */

static void close_stale(struct trv__pool *pool)
{
	uint64_t now = trv_monotonic();
	struct trv__link *link = pool->idle.oldest;

	while (link && !pool->closed) {
		struct trv__link *newer = link->newer;

		if (trv__link_is_stale(pool, link, now)) {
			trv__links_remove(&pool->idle, link);
			trv__link_close(pool, link,
			                now >= link->expires ? TRV_POOL_CLOSED_LIFETIME : TRV_POOL_CLOSED_IDLE);
			newer = pool->idle.oldest; /* the lock was given up */
		}
		link = newer;
	}
}

static bool wants_more(const struct trv__pool *pool)
{
	const struct trv_pool_options *options = &pool->settings.options;

	return !pool->closed && !pool->suspended && pool->idle.count + pool->connecting < options->min_idle &&
	       pool->open < options->size && trv__link_may_open(pool);
}

static void warm_up(struct trv__pool *pool)
{
	struct trv_error ignored;

	while (wants_more(pool) && trv__connector_start(pool, &ignored) >= 0)
		;
}

/* --- the thread --------------------------------------------------------------------------------- */

static void *keep(void *argument)
{
	struct trv__pool *pool = argument;
	uint64_t sleep = sleep_of(&pool->settings.options, !pool->settings.in_memory);

	pthread_mutex_lock(&pool->lock);
	while (!pool->closed) {
		report_leaks(pool);
		close_stale(pool);
		warm_up(pool);
		if (!pool->closed)
			trv__cond_wait(&pool->keeper_wake, &pool->lock, trv_monotonic() + sleep);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

int trv__keeper_start(struct trv__pool *pool, struct trv_error *error)
{
	const struct trv_pool_options *options = &pool->settings.options;

	if (!options->leak_ms && !options->min_idle && !pool->settings.watch_idle)
		return 0;
	if (trv__thread_start(&pool->keeper, false, keep, pool) != 0)
		return trv_error_set(error, TRV_ERR_NOMEM, "no thread can be started for a pool");
	pool->has_keeper = true;
	return 0;
}

void trv__keeper_stop(struct trv__pool *pool)
{
	if (!pool->has_keeper)
		return;
	pthread_mutex_lock(&pool->lock);
	pthread_cond_signal(&pool->keeper_wake);
	pthread_mutex_unlock(&pool->lock);
	pthread_join(pool->keeper, NULL);
	pool->has_keeper = false;
}
