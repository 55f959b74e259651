/* What statements cost, as OpenMetrics text. Their number is bounded by `monitor.shapes`. */
#include "base/error.h"
#include "monitor/monitor.h"
#include "monitor/text.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <trivet/types.h>

#define LONGEST_SQL 1000

static void head(struct trv__text *text, const char *name, const char *type, const char *unit, const char *help)
{
	trv__text_put(text, "# TYPE trivet_%s %s\n", name, type);
	if (unit)
		trv__text_put(text, "# UNIT trivet_%s %s\n", name, unit);
	trv__text_put(text, "# HELP trivet_%s %s\n", name, help);
}

/* A label's value: SQL that a person wrote may be no UTF-8. */
static void put_label(struct trv__text *text, const char *value)
{
	char cut[LONGEST_SQL];

	trv__text_copy(cut, sizeof(cut), value);
	bool valid = trv_utf8_valid(cut, strlen(cut));
	for (const char *at = cut; *at; at++) {
		if (*at == '\n')
			trv__text_put(text, "\\n");
		else if (*at == '"' || *at == '\\')
			trv__text_put(text, "\\%c", *at);
		else
			trv__text_put(text, "%c", valid || (unsigned char)*at < 0x80 ? *at : '?');
	}
}

/* --- statements --------------------------------------------------------------------------------- */

struct metric {
	const char *name, *suffix, *type, *unit, *help;
	size_t offset;
	bool time;
};

#define MEMBER(member) offsetof(struct trv_statement_stats, member)

static const struct metric metrics[] = {
	{ "statement_calls", "_total", "counter", NULL, "Runs of a statement.", MEMBER(calls), false },
	{ "statement_rows", "_total", "counter", NULL, "Rows that it read or changed.", MEMBER(rows), false },
	{ "statement_errors", "_total", "counter", NULL, "Runs that failed.", MEMBER(errors), false },
	{ "statement_seconds", "_total", "counter", "seconds", "Time that its runs took.", MEMBER(nanoseconds), true },
	{ "statement_worst_seconds", "", "gauge", "seconds", "Time of the slowest run.", MEMBER(worst), true },
	{ "statement_plan_hits", "_total", "counter", NULL, "Runs that found it prepared.", MEMBER(plan_hits), false },
	{ "statement_plan_misses", "_total", "counter", NULL, "Runs that had to prepare it.", MEMBER(plan_misses),
	  false },
	{ "statement_repeated", "_total", "counter", NULL, "Sessions that ran it in a loop.", MEMBER(repeated), false },
};

static void put_metric(struct trv__text *text, const struct metric *metric, const struct trv_statement_stats *stats,
                       size_t count)
{
	head(text, metric->name, metric->type, metric->unit, metric->help);
	for (size_t i = 0; i < count; i++) {
		uint64_t value;

		memcpy(&value, (const char *)&stats[i] + metric->offset, sizeof(value));
		trv__text_put(text, "trivet_%s%s{shape=\"%016" PRIx64 "\"} ", metric->name, metric->suffix,
		              stats[i].shape);
		if (metric->time)
			trv__text_put(text, "%.9f\n", (double)value / 1e9);
		else
			trv__text_put(text, "%" PRIu64 "\n", value);
	}
}

static void put_info(struct trv__text *text, const struct trv_statement_stats *stats, size_t count)
{
	head(text, "statement", "info", NULL, "The text of a statement, by its shape.");
	for (size_t i = 0; i < count; i++) {
		trv__text_put(text, "trivet_statement_info{shape=\"%016" PRIx64 "\",sql=\"", stats[i].shape);
		put_label(text, *stats[i].sql ? stats[i].sql : "all others");
		trv__text_put(text, "\"} 1\n");
	}
}

/* Without memory there are none. */
void trv__monitor_put_metrics(struct trv__monitor *monitor, struct trv__text *text)
{
	size_t room = monitor->accounts.limit + 1;
	struct trv_statement_stats *stats = trv_allocate(monitor->allocator, room * sizeof(*stats));
	uint64_t noticed[TRV_NOTICE_COUNT];

	if (stats) {
		size_t count = trv__accounts_read(&monitor->accounts, stats, room);

		put_info(text, stats, count);
		for (size_t i = 0; i < TRV_COUNT_OF(metrics); i++)
			put_metric(text, &metrics[i], stats, count);
		trv_release(monitor->allocator, stats);
	}
	pthread_mutex_lock(&monitor->lock);
	memcpy(noticed, monitor->by_kind, sizeof(noticed));
	pthread_mutex_unlock(&monitor->lock);
	head(text, "notices", "counter", NULL, "What took too long or was done too often.");
	for (size_t i = 0; i < TRV_NOTICE_COUNT; i++)
		trv__text_put(text, "trivet_notices_total{kind=\"%s\"} %" PRIu64 "\n",
		              trv_notice_label((enum trv_notice_kind)i), noticed[i]);
}
