#include "pool/pool.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

/* A session that waits, on its own stack, in the order of arrival. */
struct waiter {
	pthread_cond_t wake;
	struct trv__link *link; /* what it was given */
	bool may_connect; /* or a place in which to connect */
	struct waiter *next;
};

struct trv__pool {
	pthread_mutex_t lock;
	struct trv__link *idle; /* last in, first out */
	struct waiter *first, *last;
	unsigned open; /* connections that exist or are being made */
	struct trv__pool_settings settings;
};

int trv__pool_create(struct trv__pool **pool, const struct trv__pool_settings *settings, struct trv_error *error)
{
	struct trv__pool *made = trv_allocate(settings->allocator, sizeof(*made));

	if (!made)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a pool");
	memset(made, 0, sizeof(*made));
	made->settings = *settings;
	pthread_mutex_init(&made->lock, NULL);
	*pool = made;
	return 0;
}

static void close_link(struct trv__pool *pool, struct trv__link *link)
{
	trv__plans_release(&link->plans);
	link->connection->driver->close(link->connection);
	trv_release(pool->settings.allocator, link);
}

void trv__pool_destroy(struct trv__pool *pool)
{
	if (!pool)
		return;
	while (pool->idle) {
		struct trv__link *link = pool->idle;

		pool->idle = link->next;
		close_link(pool, link);
	}
	pthread_mutex_destroy(&pool->lock);
	trv_release(pool->settings.allocator, pool);
}

static int open_link(struct trv__pool *pool, struct trv__link **link, struct trv_error *error)
{
	const struct trv__pool_settings *settings = &pool->settings;
	struct trv_connect_options options = {
		.url = settings->url,
		.allocator = settings->allocator,
		.deadline = trv_monotonic() + settings->connect_ms * UINT64_C(1000000),
		.query_ms = settings->query_ms,
	};
	struct trv__link *made = trv_allocate(settings->allocator, sizeof(*made));

	if (!made)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a connection");
	memset(made, 0, sizeof(*made));
	int r = settings->driver->table.connect(&options, &made->connection, error);
	if (r >= 0) {
		r = trv__driver_adopt(settings->driver, made->connection, &made->probed, error);
		if (r < 0)
			made->connection->driver->close(made->connection);
	}
	if (r < 0) {
		trv_release(settings->allocator, made);
		return r;
	}
	trv__plans_init(&made->plans, made->connection, settings->allocator, settings->statements);
	*link = made;
	return 0;
}

static void remove_waiter(struct trv__pool *pool, struct waiter *waiter)
{
	struct waiter **at = &pool->first, *before = NULL;

	while (*at && *at != waiter) {
		before = *at;
		at = &(*at)->next;
	}
	if (!*at)
		return;
	*at = waiter->next;
	if (pool->last == waiter)
		pool->last = before;
}

static struct waiter *take_first(struct trv__pool *pool)
{
	struct waiter *waiter = pool->first;

	if (waiter)
		remove_waiter(pool, waiter);
	return waiter;
}

/* With the lock held: until it is given something or the deadline passes. */
static int wait_turn(struct trv__pool *pool, struct waiter *waiter, struct trv_error *error)
{
	uint64_t until = trv_monotonic() + pool->settings.acquire_ms * UINT64_C(1000000);
	struct timespec deadline = { .tv_sec = (time_t)(until / UINT64_C(1000000000)),
		                     .tv_nsec = (long)(until % UINT64_C(1000000000)) };
	pthread_condattr_t attributes;
	int waited = 0;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&waiter->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	waiter->next = NULL;
	if (pool->last)
		pool->last->next = waiter;
	else
		pool->first = waiter;
	pool->last = waiter;
	while (!waiter->link && !waiter->may_connect && waited == 0)
		waited = pthread_cond_timedwait(&waiter->wake, &pool->lock, &deadline);
	remove_waiter(pool, waiter);
	pthread_cond_destroy(&waiter->wake);
	if (waiter->link || waiter->may_connect)
		return 0;
	int r = trv_error_set(error, TRV_ERR_TIMEOUT, "no connection became free within %u ms: all %u are in use",
	                      pool->settings.acquire_ms, pool->settings.size);
	trv_error_hint(error, "close sessions and transactions sooner, or give the pool a larger size");
	return r;
}

static void give_place(struct trv__pool *pool)
{
	struct waiter *waiter = take_first(pool);

	if (!waiter) {
		pool->open--;
		return;
	}
	waiter->may_connect = true;
	pthread_cond_signal(&waiter->wake);
}

int trv__pool_acquire(struct trv__pool *pool, struct trv__link **link, struct trv_error *error)
{
	struct waiter waiter = { .link = NULL };
	int r = 0;

	pthread_mutex_lock(&pool->lock);
	if (pool->idle) {
		*link = pool->idle;
		pool->idle = pool->idle->next;
		pthread_mutex_unlock(&pool->lock);
		return 0;
	}
	if (pool->open < pool->settings.size) {
		pool->open++;
		waiter.may_connect = true;
	} else {
		r = wait_turn(pool, &waiter, error);
	}
	pthread_mutex_unlock(&pool->lock);
	if (r < 0)
		return r;
	if (waiter.link) {
		*link = waiter.link;
		return 0;
	}
	r = open_link(pool, link, error);
	if (r < 0) {
		pthread_mutex_lock(&pool->lock);
		give_place(pool);
		pthread_mutex_unlock(&pool->lock);
	}
	return r;
}

void trv__pool_release(struct trv__pool *pool, struct trv__link *link)
{
	bool broken = link->connection->broken;

	if (broken)
		close_link(pool, link);
	pthread_mutex_lock(&pool->lock);
	struct waiter *waiter = broken ? NULL : take_first(pool);
	if (broken) {
		give_place(pool);
	} else if (waiter) {
		waiter->link = link;
		pthread_cond_signal(&waiter->wake);
	} else {
		link->next = pool->idle;
		pool->idle = link;
	}
	pthread_mutex_unlock(&pool->lock);
}
