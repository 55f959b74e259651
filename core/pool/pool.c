/* Making, using and ending a pool. */
#include "pool/internal.h"

#include <string.h>

/* --- making ------------------------------------------------------------------------------------- */

static unsigned or_usual(unsigned value, unsigned usual)
{
	return value ? value : usual;
}

static void complete(struct trv__pool_settings *settings)
{
	struct trv_pool_options *options = &settings->options;

	settings->watch_idle = options->idle_ms && options->idle_ms != TRV_NEVER && !settings->in_memory;
	options->size = or_usual(options->size, 4);
	options->acquire_ms = or_usual(options->acquire_ms, 5000);
	options->idle_ms = or_usual(options->idle_ms, 600000);
	options->lifetime_ms = or_usual(options->lifetime_ms, 1800000);
	options->ping_idle_ms = or_usual(options->ping_idle_ms, 500);
	options->close_ms = or_usual(options->close_ms, 5000);
	if (settings->in_memory) {
		options->size = 1;
		options->overflow = 0;
	}
	/* no sum of the two wraps */
	if (options->overflow > TRV_NEVER / 2)
		options->overflow = TRV_NEVER / 2;
}

static int init(struct trv__pool *pool)
{
	if (pthread_mutex_init(&pool->lock, NULL) != 0)
		return TRV_ERR_NOMEM;
	if (trv__cond_init(&pool->quiet) != 0)
		goto no_quiet;
	if (trv__cond_init(&pool->keeper_wake) != 0)
		goto no_keeper;
	return 0;

no_keeper:
	pthread_cond_destroy(&pool->quiet);
no_quiet:
	pthread_mutex_destroy(&pool->lock);
	return TRV_ERR_NOMEM;
}

static void release(struct trv__pool *pool)
{
	pthread_cond_destroy(&pool->keeper_wake);
	pthread_cond_destroy(&pool->quiet);
	pthread_mutex_destroy(&pool->lock);
	for (struct trv__link *link = pool->all, *next; link; link = next) {
		next = link->next_of_all;
		trv_release(pool->settings.allocator, link);
	}
	trv_release(pool->settings.allocator, pool);
}

int trv__pool_create(struct trv__pool **pool, const struct trv__pool_settings *settings, struct trv_error *error)
{
	struct trv__pool *made;

	if (settings->options.size > TRV_NEVER / 2)
		return trv_error_set(error, TRV_ERR_LIMIT, "a pool of %u connections is too large",
		                     settings->options.size);
	made = trv_allocate(settings->allocator, sizeof(*made));
	if (!made)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a pool");
	memset(made, 0, sizeof(*made));
	made->settings = *settings;
	made->forks = trv__forks();
	made->seed = trv_monotonic() ^ (uint64_t)(uintptr_t)made;
	complete(&made->settings);
	if (init(made) < 0) {
		trv_release(settings->allocator, made);
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a pool");
	}
	int r = trv__keeper_start(made, error);
	if (r < 0) {
		release(made);
		return r;
	}
	*pool = made;
	return 0;
}

/* --- using -------------------------------------------------------------------------------------- */

static void notice_wait(const struct trv__pool *pool, const struct trv__waiter *waiter, uint64_t waited, int status)
{
	/* the library's own threads wait for nobody */
	if (waiter->site && waited >= pool->settings.monitor->slow_acquire)
		trv__monitor_tell(pool->settings.monitor, &(struct trv__sight) {
								  .kind = TRV_NOTICE_SLOW_ACQUIRE,
								  .status = status,
								  .nanoseconds = waited,
								  .site = waiter->site,
								  .session = waiter->holder,
							  });
}

/* Until it has one that is good; what was there at once may need to be asked. */
static int acquire_waiting(struct trv__pool *pool, struct trv__waiter *waiter, struct trv__link **link)
{
	int r = waiter->link ? trv__link_check(pool, waiter->link, waiter->deadline) : TRV_ERR_LOST;

	while (r == TRV_ERR_LOST || (r < 0 && !pool->settings.replica)) {
		r = trv__pool_wait(pool, waiter);
		if (r < 0) {
			notice_wait(pool, waiter, trv_monotonic() - waiter->started, r);
			return r;
		}
		r = trv__link_check(pool, waiter->link, waiter->deadline);
	}
	if (r < 0)
		return trv_error_set(waiter->error, r, "the replica does not answer");
	waiter->link->given = trv_monotonic();
	trv__histogram_note(&waiter->link->acquire, waiter->link->given - waiter->started);
	notice_wait(pool, waiter, waiter->link->given - waiter->started, 0);
	*link = waiter->link;
	return 0;
}

/* `deadline` 0 is the usual one. */
static int acquire(struct trv__pool *pool, const void *holder, const void *site, uint64_t deadline,
                   struct trv__link **link, struct trv_error *error)
{
	uint64_t started = trv_monotonic(), ticket;

	if (trv__pool_is_foreign(pool))
		return trv__pool_refuse_foreign(error);
	struct trv__link *taken = trv__pool_take(pool, holder, site, started, &ticket);
	bool at_once = taken && !taken->suspect;
	if (at_once && trv__link_check(pool, taken, 0) >= 0) {
		/* it took less time than reading the clock does */
		taken->given = started;
		trv__histogram_note_none(&taken->acquire);
		*link = taken;
		return 0;
	}
	struct trv__waiter waiter = {
		.holder = holder,
		.site = site,
		.ticket = ticket,
		.started = started,
		.deadline = deadline ? deadline : started + pool->settings.options.acquire_ms * TRV__MS,
		.link = at_once ? NULL : taken,
		.error = error,
	};
	return acquire_waiting(pool, &waiter, link);
}

int trv__pool_acquire(struct trv__pool *pool, const void *holder, const void *site, struct trv__link **link,
                      struct trv_error *error)
{
	return acquire(pool, holder, site, 0, link, error);
}

int trv__pool_acquire_by(struct trv__pool *pool, const void *holder, const void *site, uint64_t deadline,
                         struct trv__link **link, struct trv_error *error)
{
	return acquire(pool, holder, site, deadline, link, error);
}

bool trv__pool_is_exhausted(struct trv__pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	bool exhausted = pool->used.count >= pool->settings.options.size + pool->settings.options.overflow;
	pthread_mutex_unlock(&pool->lock);
	return exhausted;
}

/* With the lock held: why a connection that is good does not stay. False: it stays. */
static bool has_to_go(const struct trv__pool *pool, const struct trv__link *link, uint64_t now,
                      enum trv_pool_closed *why)
{
	unsigned there = pool->open - pool->leaving, size = pool->settings.options.size;

	if (pool->closed)
		*why = TRV_POOL_CLOSED_SHUTDOWN;
	else if (pool->settings.in_memory)
		return false;
	else if (link->generation != pool->generation)
		*why = TRV_POOL_CLOSED_EVICTED;
	else if (there > size && (!pool->first || there > size + pool->settings.options.overflow))
		*why = TRV_POOL_CLOSED_SURPLUS;
	else if (now >= link->expires)
		*why = TRV_POOL_CLOSED_LIFETIME;
	else
		return false;
	return true;
}

/* With the lock held. The oldest idle one goes, when its time has come: there is no thread that would do it. */
static void put_back(struct trv__pool *pool, struct trv__link *link, uint64_t now)
{
	struct trv__link *oldest;

	link->state = TRV__LINK_IDLE;
	link->since = now;
	trv__links_push(&pool->idle, link);
	if (pool->first)
		trv__pool_serve(pool);
	oldest = pool->idle.oldest;
	if (!oldest || oldest == link || !trv__link_is_stale(pool, oldest, now))
		return;
	trv__links_remove(&pool->idle, oldest);
	trv__link_close(pool, oldest, now >= oldest->expires ? TRV_POOL_CLOSED_LIFETIME : TRV_POOL_CLOSED_IDLE);
}

/* With the lock held, given up meanwhile: whether what it left behind is undone, and the time after that. */
static bool clean(struct trv__pool *pool, struct trv__link *link, bool touched, uint64_t *now,
                  enum trv_pool_closed *why)
{
	pthread_mutex_unlock(&pool->lock);
	bool good = trv__link_clean(link, touched, why);
	*now = trv_monotonic();
	pthread_mutex_lock(&pool->lock);
	return good;
}

/* With the lock held, by the holder: from here on it is nobody's. */
static void take_back(struct trv__pool *pool, struct trv__link *link, bool touched, uint64_t now)
{
	const struct trv_connection *connection = link->connection;
	enum trv_pool_closed why;
	bool good = true;

	atomic_store_explicit(&link->holder, NULL, memory_order_relaxed);
	if (touched || connection->broken || connection->in_transaction)
		good = clean(pool, link, touched, &now, &why);
	trv__histogram_note(&link->hold, now - link->since);
	trv__links_remove(&pool->used, link);
	if (good && !has_to_go(pool, link, now, &why))
		put_back(pool, link, now);
	else
		trv__link_close(pool, link, why);
}

int trv__pool_release(struct trv__pool *pool, const void *holder, struct trv__link *link, bool touched, uint64_t now)
{
	if (trv__pool_is_foreign(pool))
		return 0;
	if (!now)
		now = trv_monotonic();
	pthread_mutex_lock(&pool->lock);
	bool held = holder && atomic_load_explicit(&link->holder, memory_order_relaxed) == holder;
	if (held)
		take_back(pool, link, touched, now);
	else
		pool->misuses++;
	pthread_mutex_unlock(&pool->lock);
	return held ? 0 : TRV_ERR_MISUSE;
}

/* --- ending ------------------------------------------------------------------------------------- */

static bool every(const struct trv__pool *pool, const struct trv__link *link)
{
	(void)pool;
	(void)link;
	return true;
}

static bool is_busy(const struct trv__pool *pool)
{
	return pool->used.count || pool->connectors || pool->leaving;
}

bool trv__pool_close(struct trv__pool *pool)
{
	uint64_t deadline = trv_monotonic() + pool->settings.options.close_ms * TRV__MS;

	if (trv__pool_is_foreign(pool))
		return true;
	pthread_mutex_lock(&pool->lock);
	pool->closed = true;
	trv__pool_wake_all(pool);
	trv__links_close_idle(pool, TRV_POOL_CLOSED_SHUTDOWN, every);
	while (is_busy(pool) && trv_monotonic() < deadline)
		trv__cond_wait(&pool->quiet, &pool->lock, deadline);
	bool quiet = pool->connectors == 0;
	pthread_mutex_unlock(&pool->lock);
	trv__keeper_stop(pool);
	if (quiet)
		return true;
	pthread_mutex_lock(&pool->lock);
	quiet = pool->connectors == 0;
	pool->abandoned = !quiet;
	pthread_mutex_unlock(&pool->lock);
	return quiet;
}

void trv__pool_destroy(struct trv__pool *pool)
{
	if (!pool)
		return;
	if (trv__pool_is_foreign(pool))
		trv__foreign_keep(pool);
	else
		release(pool);
}
