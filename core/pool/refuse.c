/* Why a borrower got nothing, in words that help: who holds the connections, and why there is no other. */
#include "pool/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAMED 8 /* holders that an error names: as many as its text has room for */

size_t trv__pool_holders(const struct trv__pool *pool, struct trv_pool_holder *holders, size_t max)
{
	uint64_t now = trv_monotonic();
	size_t count = 0;

	for (const struct trv__link *link = pool->used.oldest; link && count < max; link = link->newer)
		holders[count++] = (struct trv_pool_holder) {
			.site = link->site,
			.session = atomic_load_explicit(&link->holder, memory_order_relaxed),
			.held = now > link->since ? now - link->since : 0,
		};
	return pool->used.count;
}

static void describe(char *text, size_t size, const struct trv_pool_holder *holder)
{
	char site[160];

	if (trv_site_name(holder->site, site, sizeof(site)) == 0)
		snprintf(site, sizeof(site), "trivet itself");
	snprintf(text, size, "%s for %" PRIu64 " ms", site, holder->held / TRV__MS);
}

/* "held by tracker(show+0x1f) for 812 ms, tracker(save+0x40) for 3 ms and 5 more" */
static void name_holders(struct trv_error *error, const struct trv_pool_holder *holders, size_t named, size_t count)
{
	char text[sizeof(error->detail)] = "held by ";
	size_t used = strlen(text), shown = 0;

	for (; shown < named; shown++) {
		char one[224];

		describe(one, sizeof(one), &holders[shown]);
		if (used + strlen(one) + 24 > sizeof(text))
			break;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", shown ? ", " : "", one);
	}
	if (shown < count)
		snprintf(text + used, sizeof(text) - used, " and %zu more", count - shown);
	trv_error_detail(error, "%s", text);
}

/* What the pool was like when the deadline passed. */
struct moment {
	struct trv_pool_holder holders[NAMED];
	size_t held;
	unsigned milliseconds, limit;
	bool suspended, failing;
	char failure[512];
};

static void look(struct trv__pool *pool, struct moment *moment)
{
	moment->held = trv__pool_holders(pool, moment->holders, NAMED);
	moment->milliseconds = pool->settings.options.acquire_ms;
	moment->limit = pool->settings.options.size + pool->settings.options.overflow;
	moment->suspended = pool->suspended;
	moment->failing = pool->failures > 0;
	if (pool->connect_failures)
		snprintf(moment->failure, sizeof(moment->failure), "%s", pool->failure.message);
}

static int tell(const struct moment *moment, struct trv_error *error)
{
	unsigned ms = moment->milliseconds;

	if (moment->suspended)
		return trv_error_set(error, TRV_ERR_TIMEOUT,
		                     "no connection became free within %u ms: the pool is suspended", ms);
	if (moment->failing)
		return trv_error_set(error, TRV_ERR_TIMEOUT, "no connection became free within %u ms: %s", ms,
		                     moment->failure);
	if (moment->held < moment->limit)
		return trv_error_set(error, TRV_ERR_TIMEOUT,
		                     "no connection became free within %u ms: %zu of %u are in use%s%s", ms,
		                     moment->held, moment->limit,
		                     *moment->failure ? ", the last failure to connect: " : "", moment->failure);
	return trv_error_set(error, TRV_ERR_TIMEOUT, "no connection became free within %u ms: all %u are in use%s%s",
	                     ms, moment->limit, *moment->failure ? ", the last failure to connect: " : "",
	                     moment->failure);
}

/* Names are looked up without the lock: that takes a while. */
int trv__pool_refuse_late(struct trv__pool *pool, struct trv_error *error)
{
	struct moment moment = { .held = 0 };

	pool->timeouts++;
	look(pool, &moment);
	pthread_mutex_unlock(&pool->lock);
	int r = tell(&moment, error);
	if (moment.held)
		name_holders(error, moment.holders, moment.held < NAMED ? moment.held : NAMED, moment.held);
	if (!moment.suspended && !moment.failing)
		trv_error_hint(error, "close sessions and transactions sooner, or give the pool a larger size");
	return r;
}

int trv__pool_refuse_closed(struct trv_error *error)
{
	return trv_error_set(error, TRV_ERR_MISUSE, "the database was closed");
}
