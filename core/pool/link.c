/* One pooled connection: opened, looked at, cleaned, closed. */
#include "pool/internal.h"

#include <string.h>

#define PING_MS 1000u /* at most, and half of the time that the borrower has */
#define CLEAN_MS 5000u
#define FIRST_PAUSE_MS 20u
#define LONGEST_PAUSE_MS 250u

static uint64_t random_below(struct trv__pool *pool, uint64_t limit)
{
	uint64_t z = (pool->seed += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % limit;
}

/* --- opening ------------------------------------------------------------------------------------ */

bool trv__link_may_open(const struct trv__pool *pool)
{
	if (pool->open >= pool->settings.options.size + pool->settings.options.overflow)
		return false;
	if (pool->failures)
		return pool->connecting == 0 && trv_monotonic() >= pool->retry_at;
	return pool->connecting < TRV__CONNECTS;
}

static bool may_retry(int status)
{
	return status == TRV_ERR_CONNECT || status == TRV_ERR_TIMEOUT || status == TRV_ERR_LOST;
}

struct trv__link *trv__link_reserve(struct trv__pool *pool)
{
	struct trv__link *link = pool->spare;

	if (link) {
		pool->spare = link->next;
	} else {
		link = trv_allocate(pool->settings.allocator, sizeof(*link));
		if (!link)
			return NULL;
		memset(link, 0, sizeof(*link));
		link->next_of_all = pool->all;
		pool->all = link;
	}
	link->state = TRV__LINK_MOVING;
	pool->open++;
	pool->connecting++;
	return link;
}

static void give_up_place(struct trv__pool *pool, struct trv__link *link)
{
	link->state = TRV__LINK_SPARE;
	link->next = pool->spare;
	pool->spare = link;
	pool->open--;
	pthread_cond_broadcast(&pool->quiet);
}

/* Exponential, from half to the whole of the pause: those who lost the server together do not come back together. */
static void note_failure(struct trv__pool *pool, const struct trv_error *error)
{
	unsigned shift = pool->failures < 5 ? pool->failures : 5;
	uint64_t pause = (uint64_t)(FIRST_PAUSE_MS << shift) * TRV__MS;

	if (pause > LONGEST_PAUSE_MS * TRV__MS)
		pause = LONGEST_PAUSE_MS * TRV__MS;
	pool->connect_failures++;
	pool->failure = *error;
	if (!may_retry(error->code))
		return;
	pool->failures++;
	pool->retry_at = trv_monotonic() + pause / 2 + random_below(pool, pause / 2);
	/* who is first has to look when that is */
	if (pool->first)
		pthread_cond_signal(&pool->first->wake);
}

static void note_success(struct trv__pool *pool, struct trv__link *link, uint64_t now)
{
	unsigned lifetime = pool->settings.options.lifetime_ms;

	pool->created++;
	pool->failures = 0;
	link->generation = pool->generation;
	link->since = now;
	link->expires = UINT64_MAX;
	if (trv__pool_is_limited(lifetime) && !pool->settings.in_memory)
		link->expires = now + lifetime * TRV__MS - random_below(pool, lifetime * TRV__MS / 10 + 1);
}

void trv__link_unreserve(struct trv__pool *pool, struct trv__link *link)
{
	pool->connecting--;
	give_up_place(pool, link);
}

static int connect(struct trv__pool *pool, struct trv__link *link, struct trv_error *error)
{
	const struct trv__pool_settings *settings = &pool->settings;
	uint64_t started = trv_monotonic();
	struct trv_connect_options options = {
		.url = settings->url,
		.allocator = settings->allocator,
		.deadline = started + settings->connect_ms * TRV__MS,
		.query_ms = settings->query_ms,
		.replica = settings->replica,
	};
	int r = settings->driver->table.connect(&options, &link->connection, error);

	if (r < 0)
		return r;
	r = trv__driver_adopt(settings->driver, link->connection, &link->probed, error);
	if (r < 0) {
		link->connection->driver->close(link->connection);
		return r;
	}
	trv__histogram_note(&link->connect, trv_monotonic() - started);
	trv__plans_init(&link->plans, link->connection, settings->allocator, settings->statements,
	                &settings->monitor->accounts);
	return 0;
}

/*
 * A database that was never reached is most likely a mistake in the URL: nobody waits for
 * that. Nor for a replica: others can serve.
 */
static void tell_failure(struct trv__pool *pool, const struct trv_error *error)
{
	if (!may_retry(error->code) || !pool->created)
		trv__pool_fail_first(pool, error);
	while (pool->settings.replica && pool->first)
		trv__pool_fail_first(pool, error);
}

void trv__link_failed(struct trv__pool *pool, const struct trv_error *error)
{
	note_failure(pool, error);
	tell_failure(pool, error);
}

void trv__link_open(struct trv__pool *pool, struct trv__link *link)
{
	struct trv_error error = { .code = 0 };

	pthread_mutex_unlock(&pool->lock);
	int r = connect(pool, link, &error);
	pthread_mutex_lock(&pool->lock);
	if (r < 0) {
		trv__link_unreserve(pool, link);
		trv__link_failed(pool, &error);
	} else {
		pool->connecting--;
		note_success(pool, link, trv_monotonic());
		if (pool->closed) {
			trv__link_close(pool, link, TRV_POOL_CLOSED_SHUTDOWN);
		} else {
			link->state = TRV__LINK_IDLE;
			trv__links_push(&pool->idle, link);
		}
	}
	trv__pool_serve(pool);
}

/* --- closing ------------------------------------------------------------------------------------ */

void trv__link_close(struct trv__pool *pool, struct trv__link *link, enum trv_pool_closed why)
{
	link->state = TRV__LINK_MOVING;
	atomic_store_explicit(&link->holder, NULL, memory_order_relaxed);
	pool->leaving++;
	pthread_mutex_unlock(&pool->lock);
	/* To a server that does not answer nothing is said. */
	if (why == TRV_POOL_CLOSED_DEAD)
		link->connection->broken = true;
	trv__plans_release(&link->plans);
	link->connection->driver->close(link->connection);
	link->connection = NULL;
	pthread_mutex_lock(&pool->lock);
	pool->leaving--;
	pool->closes[why]++;
	give_up_place(pool, link);
	trv__pool_serve(pool);
}

void trv__links_close_idle(struct trv__pool *pool, enum trv_pool_closed why,
                           bool (*doomed)(const struct trv__pool *pool, const struct trv__link *link))
{
	struct trv__link *chosen = NULL;

	for (struct trv__link *link = pool->idle.oldest, *newer; link; link = newer) {
		newer = link->newer;
		if (!doomed(pool, link))
			continue;
		trv__links_remove(&pool->idle, link);
		link->state = TRV__LINK_MOVING;
		link->next = chosen;
		chosen = link;
	}
	while (chosen) {
		struct trv__link *link = chosen;

		chosen = link->next;
		trv__link_close(pool, link, why);
	}
}

bool trv__link_is_stale(const struct trv__pool *pool, const struct trv__link *link, uint64_t now)
{
	const struct trv_pool_options *options = &pool->settings.options;

	if (pool->settings.in_memory)
		return false;
	if (now >= link->expires)
		return true;
	return trv__pool_is_limited(options->idle_ms) && pool->idle.count > options->min_idle &&
	       now > link->since + options->idle_ms * TRV__MS;
}

/* --- before it is given out --------------------------------------------------------------------- */

static bool seems_ready(const struct trv__link *link)
{
	struct trv_connection *connection = link->connection;

	if (connection->broken || connection->in_transaction)
		return false;
	return !connection->driver->ready || connection->driver->ready(connection);
}

static int ping(struct trv__link *link, uint64_t deadline)
{
	struct trv_error ignored;
	uint64_t now = trv_monotonic();
	uint64_t bound = now < deadline ? (deadline - now) / 2 : 0;

	if (bound > PING_MS * TRV__MS)
		bound = PING_MS * TRV__MS;
	return link->connection->driver->ping(link->connection, now + bound, &ignored);
}

static bool was_used_before(const struct trv__pool *pool, const struct trv__link *link)
{
	return link->since < pool->suspect;
}

/* One that is dead makes the others suspect: they are asked. One that is silent has others closed unasked. */
static void discard(struct trv__pool *pool, struct trv__link *link, enum trv_pool_closed why, bool silent)
{
	pthread_mutex_lock(&pool->lock);
	trv__links_remove(&pool->used, link);
	if (why == TRV_POOL_CLOSED_DEAD)
		pool->suspect = trv_monotonic();
	trv__link_close(pool, link, why);
	if (silent && !pool->settings.in_memory)
		trv__links_close_idle(pool, TRV_POOL_CLOSED_DEAD, was_used_before);
	pthread_mutex_unlock(&pool->lock);
}

int trv__link_check(struct trv__pool *pool, struct trv__link *link, uint64_t deadline)
{
	if (link->since >= link->expires) {
		discard(pool, link, TRV_POOL_CLOSED_LIFETIME, false);
		return TRV_ERR_LOST;
	}
	int r = seems_ready(link) ? 0 : TRV_ERR_LOST;
	if (r == 0 && link->suspect)
		r = ping(link, deadline);
	if (r >= 0)
		return 0;
	discard(pool, link, TRV_POOL_CLOSED_DEAD, r == TRV_ERR_TIMEOUT);
	return r == TRV_ERR_TIMEOUT ? r : TRV_ERR_LOST;
}

/* --- after it came back ------------------------------------------------------------------------- */

bool trv__link_clean(struct trv__link *link, bool touched, enum trv_pool_closed *why)
{
	struct trv_connection *connection = link->connection;
	struct trv_error ignored;

	*why = TRV_POOL_CLOSED_BROKEN;
	if (connection->broken)
		return false;
	if (!touched && !connection->in_transaction)
		return true;
	*why = TRV_POOL_CLOSED_UNCLEAN;
	return connection->driver->reset(connection, trv_monotonic() + CLEAN_MS * TRV__MS, &ignored) >= 0 &&
	       !connection->broken && !connection->in_transaction;
}
