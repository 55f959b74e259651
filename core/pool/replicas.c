/* Making, choosing and ending replicas. */
#include "pool/replicas_internal.h"

#include <string.h>
#include <trivet/replica.h>

/* --- making ------------------------------------------------------------------------------------- */

static int init(struct trv__replicas *replicas)
{
	if (pthread_mutex_init(&replicas->lock, NULL) != 0)
		return TRV_ERR_NOMEM;
	if (trv__cond_init(&replicas->wake) == 0)
		return 0;
	pthread_mutex_destroy(&replicas->lock);
	return TRV_ERR_NOMEM;
}

int trv__replicas_create(struct trv__replicas **replicas, const struct trv__replicas_settings *settings,
                         struct trv_error *error)
{
	struct trv__replicas *made = trv_allocate(settings->allocator, sizeof(*made));

	if (!made)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for replicas");
	memset(made, 0, sizeof(*made));
	made->settings = *settings;
	made->seed = trv_monotonic() ^ (uint64_t)(uintptr_t)made;
	for (size_t i = 0; i < settings->count; i++)
		made->items[i].pool = settings->pools[i];
	if (init(made) < 0) {
		trv_release(settings->allocator, made);
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for replicas");
	}
	atomic_store(&made->watching, true);
	if (trv__thread_start(&made->watcher, false, trv__replicas_watch, made) != 0) {
		atomic_store(&made->watching, false);
		trv__replicas_destroy(made);
		return trv_error_set(error, TRV_ERR_NOMEM, "no thread can be started for replicas");
	}
	*replicas = made;
	return 0;
}

/* --- choosing ----------------------------------------------------------------------------------- */

static bool shows(const struct trv__replica *replica, uint64_t wrote)
{
	return !wrote || atomic_load_explicit(&replica->reached, memory_order_acquire) > wrote;
}

/* The watcher looks at once: somebody who wrote would rather read from a replica. */
static void want(struct trv__replicas *replicas)
{
	if (atomic_exchange(&replicas->wanted, true))
		return;
	pthread_mutex_lock(&replicas->lock);
	pthread_cond_signal(&replicas->wake);
	pthread_mutex_unlock(&replicas->lock);
}

/* 1 + its number. `late`: one would do but for what it does not show yet. */
static unsigned fitting(struct trv__replicas *replicas, const struct trv__choice *choice, unsigned number, bool *late)
{
	const struct trv__replica *replica = &replicas->items[number - 1];

	if (choice->tried >> (number - 1) & 1 || !atomic_load_explicit(&replica->in_use, memory_order_acquire))
		return 0;
	if (shows(replica, choice->wrote))
		return number;
	*late = true;
	return 0;
}

static unsigned choose(struct trv__replicas *replicas, const struct trv__choice *choice)
{
	unsigned count = (unsigned)replicas->settings.count, found = 0;
	bool late = false;

	if (choice->replica)
		found = fitting(replicas, choice, choice->replica, &late);
	unsigned turn = found ? 0 : atomic_fetch_add_explicit(&replicas->turn, 1, memory_order_relaxed);
	for (unsigned i = 0; i < count && !found; i++)
		found = fitting(replicas, choice, (turn + i) % count + 1, &late);
	if (!found && late)
		want(replicas);
	return found;
}

int trv__replicas_acquire(struct trv__replicas *replicas, struct trv__choice *choice, const void *holder,
                          const void *site, struct trv__link **link, struct trv_error *error)
{
	unsigned number;

	while ((number = choose(replicas, choice)) != 0) {
		struct trv__pool *pool = replicas->items[number - 1].pool;
		struct trv_error failure;
		/* the primary is to have half of the time */
		uint64_t wait = pool->settings.options.acquire_ms * TRV__MS / 2;
		int r = trv__pool_acquire_by(pool, holder, site, trv_monotonic() + wait, link, &failure);

		choice->replica = number;
		if (r >= 0)
			return 1;
		if (r == TRV_ERR_CANCELED) {
			*error = failure;
			return r;
		}
		trv__replicas_failed(replicas, choice, !trv__pool_is_exhausted(pool));
	}
	return 0;
}

void trv__replica_set_aside(struct trv__replica *replica)
{
	if (atomic_exchange(&replica->in_use, false))
		atomic_fetch_add_explicit(&replica->set_aside, 1, memory_order_relaxed);
}

void trv__replicas_failed(struct trv__replicas *replicas, struct trv__choice *choice, bool lost)
{
	unsigned i = choice->replica - 1;

	choice->tried |= 1u << i;
	if (lost)
		trv__replica_set_aside(&replicas->items[i]);
}

/* --- ending ------------------------------------------------------------------------------------- */

void trv__replicas_stop(struct trv__replicas *replicas)
{
	if (!replicas || trv__pool_is_foreign(replicas->settings.primary))
		return;
	pthread_mutex_lock(&replicas->lock);
	bool watching = atomic_exchange(&replicas->watching, false);
	pthread_cond_signal(&replicas->wake);
	pthread_mutex_unlock(&replicas->lock);
	if (watching)
		pthread_join(replicas->watcher, NULL);
	for (size_t i = 0; i < replicas->settings.count; i++)
		atomic_store(&replicas->items[i].in_use, false);
}

/* In a forked child the watcher, which is not there, waits for ever: nothing can be destroyed. */
static struct trv__replicas *foreign;

void trv__replicas_destroy(struct trv__replicas *replicas)
{
	if (!replicas)
		return;
	if (trv__pool_is_foreign(replicas->settings.primary)) {
		replicas->next_foreign = foreign;
		foreign = replicas;
		return;
	}
	pthread_cond_destroy(&replicas->wake);
	pthread_mutex_destroy(&replicas->lock);
	trv_release(replicas->settings.allocator, replicas);
}

/* --- watching ----------------------------------------------------------------------------------- */

size_t trv_replica_count(const struct trv_db *db)
{
	const struct trv__replicas *replicas = trv__db_replicas(db);

	return replicas ? replicas->settings.count : 0;
}

void trv_replica_stats(struct trv_db *db, size_t replica, struct trv_replica_stats *stats)
{
	struct trv__replicas *replicas = trv__db_replicas(db);

	memset(stats, 0, sizeof(*stats));
	if (!replicas || replica >= replicas->settings.count)
		return;
	struct trv__replica *item = &replicas->items[replica];
	stats->in_use = atomic_load(&item->in_use);
	stats->behind = atomic_load(&item->behind);
	stats->set_aside = atomic_load(&item->set_aside);
	trv__pool_stats(item->pool, &stats->pool);
	trv__pool_failure(item->pool, stats->failure, sizeof(stats->failure));
}
