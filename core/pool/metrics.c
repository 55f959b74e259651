/* A pool's statistics as OpenMetrics text. */
#include "monitor/text.h"
#include "pool/pool.h"

#include <inttypes.h>
#include <stddef.h>

static void head(struct trv__text *text, const char *name, const char *type, const char *unit, const char *help)
{
	trv__text_put(text, "# TYPE trivet_pool_%s %s\n", name, type);
	if (unit)
		trv__text_put(text, "# UNIT trivet_pool_%s %s\n", name, unit);
	trv__text_put(text, "# HELP trivet_pool_%s %s\n", name, help);
}

/* --- gauges ------------------------------------------------------------------------------------- */

static void put_gauges(struct trv__text *text, const struct trv_pool_stats *stats)
{
	head(text, "size", "gauge", NULL, "Connections that the pool keeps at most.");
	trv__text_put(text, "trivet_pool_size %u\n", stats->size);
	head(text, "connections", "gauge", NULL, "Connections by what they do.");
	trv__text_put(text, "trivet_pool_connections{state=\"idle\"} %u\n", stats->idle);
	trv__text_put(text, "trivet_pool_connections{state=\"used\"} %u\n", stats->used);
	trv__text_put(text, "trivet_pool_connections{state=\"connecting\"} %u\n", stats->connecting);
	head(text, "waiting", "gauge", NULL, "Sessions that wait for a connection.");
	trv__text_put(text, "trivet_pool_waiting %u\n", stats->waiting);
	head(text, "suspended", "gauge", NULL, "1 while no connection is given out.");
	trv__text_put(text, "trivet_pool_suspended %d\n", stats->suspended);
}

/* --- counters ----------------------------------------------------------------------------------- */

static const struct {
	const char *name, *help;
	size_t offset;
} counters[] = {
	{ "acquired", "Connections given to sessions.", offsetof(struct trv_pool_stats, acquired) },
	{ "timeouts", "Sessions that got none by their deadline.", offsetof(struct trv_pool_stats, timeouts) },
	{ "created", "Connections made.", offsetof(struct trv_pool_stats, created) },
	{ "connect_failures", "Attempts to connect that failed.", offsetof(struct trv_pool_stats, connect_failures) },
	{ "leaks", "Borrows longer than the threshold.", offsetof(struct trv_pool_stats, leaks) },
	{ "misuses", "Returns by someone who held nothing.", offsetof(struct trv_pool_stats, misuses) },
};

static const char *const reasons[] = {
#define REASON(name, label) label,
	TRV_POOL_CLOSED_MAP(REASON)
#undef REASON
};

static void put_counters(struct trv__text *text, const struct trv_pool_stats *stats)
{
	for (size_t i = 0; i < TRV_COUNT_OF(counters); i++) {
		const uint64_t *value = (const void *)((const char *)stats + counters[i].offset);

		head(text, counters[i].name, "counter", NULL, counters[i].help);
		trv__text_put(text, "trivet_pool_%s_total %" PRIu64 "\n", counters[i].name, *value);
	}
	head(text, "closed", "counter", NULL, "Connections closed, by reason.");
	for (size_t i = 0; i < TRV_POOL_CLOSED_COUNT; i++)
		trv__text_put(text, "trivet_pool_closed_total{reason=\"%s\"} %" PRIu64 "\n", reasons[i],
		              stats->closed[i]);
}

/* --- histograms --------------------------------------------------------------------------------- */

static const struct {
	const char *name, *help;
	size_t offset;
} histograms[] = {
	{ "acquire_seconds", "From the wish to the connection.", offsetof(struct trv_pool_stats, acquire) },
	{ "connect_seconds", "Of a connect that succeeded.", offsetof(struct trv_pool_stats, connect) },
	{ "hold_seconds", "From the connection to its return.", offsetof(struct trv_pool_stats, hold) },
	{ "query_seconds", "From sending a statement to its last row.", offsetof(struct trv_pool_stats, query) },
};

/* One line for each power of two: what is in between is for quantiles. */
static void put_histogram(struct trv__text *text, const char *name, const struct trv_histogram *histogram)
{
	uint64_t below = 0;

	for (size_t i = 0; i < TRV_HISTOGRAM_BUCKETS - 1; i++) {
		below += histogram->buckets[i];
		if (i % 4 == 3)
			trv__text_put(text, "trivet_pool_%s_bucket{le=\"%.9g\"} %" PRIu64 "\n", name,
			              (double)trv_histogram_limit(i) / 1e9, below);
	}
	trv__text_put(text, "trivet_pool_%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, histogram->count);
	trv__text_put(text, "trivet_pool_%s_count %" PRIu64 "\n", name, histogram->count);
	trv__text_put(text, "trivet_pool_%s_sum %.9f\n", name, (double)histogram->sum / 1e9);
}

static void put_histograms(struct trv__text *text, const struct trv_pool_stats *stats)
{
	for (size_t i = 0; i < TRV_COUNT_OF(histograms); i++) {
		head(text, histograms[i].name, "histogram", "seconds", histograms[i].help);
		put_histogram(text, histograms[i].name, (const void *)((const char *)stats + histograms[i].offset));
	}
}

void trv__pool_put_metrics(struct trv_db *db, struct trv__text *text)
{
	struct trv_pool_stats stats;

	trv_pool_stats(db, &stats);
	put_gauges(text, &stats);
	put_counters(text, &stats);
	put_histograms(text, &stats);
}

size_t trv_pool_metrics(struct trv_db *db, char *buffer, size_t size)
{
	struct trv__text text = { .at = buffer, .room = size };

	trv__pool_put_metrics(db, &text);
	trv__text_put(&text, "# EOF\n");
	return text.length;
}
