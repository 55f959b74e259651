/*
 * Pools' statistics as OpenMetrics text. Where there are replicas, each sample says of which
 * server's pool it is.
 */
#include "monitor/text.h"
#include "pool/pool.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <trivet/replica.h>

struct source {
	char label[24]; /* server="primary", or "" where there is but one */
	struct trv_pool_stats stats;
};

struct output {
	struct trv__text *text;
	const struct source *sources;
	size_t count;
};

static void head(struct trv__text *text, const char *name, const char *type, const char *unit, const char *help)
{
	trv__text_put(text, "# TYPE trivet_pool_%s %s\n", name, type);
	if (unit)
		trv__text_put(text, "# UNIT trivet_pool_%s %s\n", name, unit);
	trv__text_put(text, "# HELP trivet_pool_%s %s\n", name, help);
}

/* The name with its suffix and labels, up to the value. */
static void begin(struct trv__text *text, const char *name, const char *suffix, const char *first, const char *second)
{
	trv__text_put(text, "trivet_pool_%s%s", name, suffix);
	if (*first || *second)
		trv__text_put(text, "{%s%s%s}", first, *first && *second ? "," : "", second);
	trv__text_put(text, " ");
}

/* --- gauges ------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *label;
	const char *help; /* NULL: one more sample of the family before */
	size_t offset;
} gauges[] = {
	{ "size", "", "Connections that the pool keeps at most.", offsetof(struct trv_pool_stats, size) },
	{ "connections", "state=\"idle\"", "Connections by what they do.", offsetof(struct trv_pool_stats, idle) },
	{ "connections", "state=\"used\"", NULL, offsetof(struct trv_pool_stats, used) },
	{ "connections", "state=\"connecting\"", NULL, offsetof(struct trv_pool_stats, connecting) },
	{ "waiting", "", "Sessions that wait for a connection.", offsetof(struct trv_pool_stats, waiting) },
};

static void put_gauges(const struct output *output)
{
	for (size_t i = 0; i < TRV_COUNT_OF(gauges); i++) {
		if (gauges[i].help)
			head(output->text, gauges[i].name, "gauge", NULL, gauges[i].help);
		for (size_t k = 0; k < output->count; k++) {
			const struct source *source = &output->sources[k];
			const unsigned *value = (const void *)((const char *)&source->stats + gauges[i].offset);

			begin(output->text, gauges[i].name, "", source->label, gauges[i].label);
			trv__text_put(output->text, "%u\n", *value);
		}
	}
	head(output->text, "suspended", "gauge", NULL, "1 while no connection is given out.");
	for (size_t k = 0; k < output->count; k++) {
		begin(output->text, "suspended", "", output->sources[k].label, "");
		trv__text_put(output->text, "%d\n", output->sources[k].stats.suspended);
	}
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

static void put_closed(const struct output *output)
{
	char label[48];

	head(output->text, "closed", "counter", NULL, "Connections closed, by reason.");
	for (size_t k = 0; k < output->count; k++)
		for (size_t i = 0; i < TRV_POOL_CLOSED_COUNT; i++) {
			snprintf(label, sizeof(label), "reason=\"%s\"", reasons[i]);
			begin(output->text, "closed", "_total", output->sources[k].label, label);
			trv__text_put(output->text, "%" PRIu64 "\n", output->sources[k].stats.closed[i]);
		}
}

static void put_counters(const struct output *output)
{
	for (size_t i = 0; i < TRV_COUNT_OF(counters); i++) {
		head(output->text, counters[i].name, "counter", NULL, counters[i].help);
		for (size_t k = 0; k < output->count; k++) {
			const struct source *source = &output->sources[k];
			const uint64_t *value = (const void *)((const char *)&source->stats + counters[i].offset);

			begin(output->text, counters[i].name, "_total", source->label, "");
			trv__text_put(output->text, "%" PRIu64 "\n", *value);
		}
	}
	put_closed(output);
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
static void put_histogram(struct trv__text *text, const char *name, const char *server,
                          const struct trv_histogram *histogram)
{
	uint64_t below = 0;
	char label[32];

	for (size_t i = 0; i < TRV_HISTOGRAM_BUCKETS - 1; i++) {
		below += histogram->buckets[i];
		if (i % 4 != 3)
			continue;
		snprintf(label, sizeof(label), "le=\"%.9g\"", (double)trv_histogram_limit(i) / 1e9);
		begin(text, name, "_bucket", server, label);
		trv__text_put(text, "%" PRIu64 "\n", below);
	}
	begin(text, name, "_bucket", server, "le=\"+Inf\"");
	trv__text_put(text, "%" PRIu64 "\n", histogram->count);
	begin(text, name, "_count", server, "");
	trv__text_put(text, "%" PRIu64 "\n", histogram->count);
	begin(text, name, "_sum", server, "");
	trv__text_put(text, "%.9f\n", (double)histogram->sum / 1e9);
}

static void put_histograms(const struct output *output)
{
	for (size_t i = 0; i < TRV_COUNT_OF(histograms); i++) {
		head(output->text, histograms[i].name, "histogram", "seconds", histograms[i].help);
		for (size_t k = 0; k < output->count; k++) {
			const struct source *source = &output->sources[k];

			put_histogram(output->text, histograms[i].name, source->label,
			              (const void *)((const char *)&source->stats + histograms[i].offset));
		}
	}
}

/* --- replicas ----------------------------------------------------------------------------------- */

static void put_replicas(struct trv__text *text, const struct trv_replica_stats *replicas, size_t count)
{
	trv__text_put(text, "# TYPE trivet_replica_in_use gauge\n"
	                    "# HELP trivet_replica_in_use 1 while reads go there, 0 while it is set aside.\n");
	for (size_t i = 0; i < count; i++)
		trv__text_put(text, "trivet_replica_in_use{server=\"replica%zu\"} %d\n", i + 1, replicas[i].in_use);
	trv__text_put(text, "# TYPE trivet_replica_behind_seconds gauge\n"
	                    "# UNIT trivet_replica_behind_seconds seconds\n"
	                    "# HELP trivet_replica_behind_seconds For how long it lacks something.\n");
	for (size_t i = 0; i < count; i++)
		trv__text_put(text, "trivet_replica_behind_seconds{server=\"replica%zu\"} %.9f\n", i + 1,
		              (double)replicas[i].behind / 1e9);
	trv__text_put(text, "# TYPE trivet_replica_set_aside counter\n"
	                    "# HELP trivet_replica_set_aside How often it was set aside.\n");
	for (size_t i = 0; i < count; i++)
		trv__text_put(text, "trivet_replica_set_aside_total{server=\"replica%zu\"} %" PRIu64 "\n", i + 1,
		              replicas[i].set_aside);
}

void trv__pool_put_metrics(struct trv_db *db, struct trv__text *text)
{
	struct source sources[1 + TRV_MAX_REPLICAS] = { { .label = "" } };
	struct trv_replica_stats replicas[TRV_MAX_REPLICAS];
	size_t count = trv_replica_count(db);
	const struct output output = { .text = text, .sources = sources, .count = count + 1 };

	trv_pool_stats(db, &sources[0].stats);
	if (count)
		snprintf(sources[0].label, sizeof(sources[0].label), "server=\"primary\"");
	for (size_t i = 0; i < count; i++) {
		trv_replica_stats(db, i, &replicas[i]);
		snprintf(sources[i + 1].label, sizeof(sources[0].label), "server=\"replica%zu\"", i + 1);
		sources[i + 1].stats = replicas[i].pool;
	}
	put_gauges(&output);
	put_counters(&output);
	put_histograms(&output);
	if (count)
		put_replicas(text, replicas, count);
}

size_t trv_pool_metrics(struct trv_db *db, char *buffer, size_t size)
{
	struct trv__text text = { .at = buffer, .room = size };

	trv__pool_put_metrics(db, &text);
	trv__text_put(&text, "# EOF\n");
	return text.length;
}
