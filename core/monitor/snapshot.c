/*
 * What a database is doing at one moment, as text: a line for each thing, its kind first and then
 * fields, key=value, with tabs between them. A reader passes over what it does not know.
 */
#include "monitor/endpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <trivet/driver.h>
#include <trivet/pool.h>
#include <trivet/replica.h>
#include <unistd.h>

#define MOST_STATEMENTS 200
#define MOST_HOLDERS 64
#define MOST_NOTICES 32

/* --- fields ------------------------------------------------------------------------------------- */

static void put_number(struct trv__text *text, const char *key, uint64_t value)
{
	trv__text_put(text, "\t%s=%" PRIu64, key, value);
}

/* A backslash before what would end the field, the line or the escape. */
static void put_string(struct trv__text *text, const char *key, const char *value)
{
	trv__text_put(text, "\t%s=", key);
	for (const char *at = value; *at; at++) {
		if (*at == '\\')
			trv__text_put(text, "\\\\");
		else if (*at == '\n')
			trv__text_put(text, "\\n");
		else if (*at == '\t')
			trv__text_put(text, "\\t");
		else
			trv__text_put(text, "%c", (unsigned char)*at < 0x20 || *at == 0x7f ? '?' : *at);
	}
}

static void put_site(struct trv__text *text, struct trv__site_names *names, const void *site)
{
	size_t at = (size_t)(((uint64_t)(uintptr_t)site * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % TRV__SITES;

	if (site && names->names[at].site != site) {
		trv_site_name(site, names->names[at].name, sizeof(names->names[at].name));
		names->names[at].site = site;
	}
	put_string(text, "site", site ? names->names[at].name : "");
}

/* --- the process and its pool --------------------------------------------------------------------- */

static void put_process(struct trv__text *text, struct trv_db *db)
{
	trv__text_put(text, "process");
	put_number(text, "pid", (uint64_t)getpid());
	put_string(text, "program", program_invocation_short_name);
	put_string(text, "driver", trv_db_driver(db));
	put_number(text, "now_us", (uint64_t)trv_now());
	put_number(text, "monotonic_ns", trv_monotonic());
	trv__text_put(text, "\n");
}

static void put_pool_fields(struct trv__text *text, const struct trv_pool_stats *stats)
{
	put_number(text, "size", stats->size);
	put_number(text, "overflow", stats->overflow);
	put_number(text, "idle", stats->idle);
	put_number(text, "used", stats->used);
	put_number(text, "connecting", stats->connecting);
	put_number(text, "waiting", stats->waiting);
	put_number(text, "suspended", stats->suspended);
	put_number(text, "acquired", stats->acquired);
	put_number(text, "timeouts", stats->timeouts);
	put_number(text, "created", stats->created);
	put_number(text, "connect_failures", stats->connect_failures);
	put_number(text, "leaks", stats->leaks);
}

static void put_pool(struct trv__text *text, const struct trv_pool_stats *stats)
{
	trv__text_put(text, "pool");
	put_pool_fields(text, stats);
	trv__text_put(text, "\n");
}

static void put_replicas(struct trv__text *text, struct trv_db *db)
{
	for (size_t i = 0; i < trv_replica_count(db); i++) {
		struct trv_replica_stats stats;

		trv_replica_stats(db, i, &stats);
		trv__text_put(text, "replica\tindex=%zu", i);
		put_number(text, "in_use", stats.in_use);
		put_number(text, "behind_ns", stats.behind);
		put_number(text, "set_aside", stats.set_aside);
		put_pool_fields(text, &stats.pool);
		trv__text_put(text, "\n");
	}
}

/* Buckets of a power of two each; the limits are trv_histogram_limit(3), (7), (11) and so on. */
static void put_histogram(struct trv__text *text, const char *name, const struct trv_histogram *histogram)
{
	trv__text_put(text, "histogram\tname=%s", name);
	put_number(text, "count", histogram->count);
	put_number(text, "sum_ns", histogram->sum);
	put_number(text, "max_ns", histogram->max);
	put_number(text, "p50_ns", trv_histogram_quantile(histogram, 0.50));
	put_number(text, "p90_ns", trv_histogram_quantile(histogram, 0.90));
	put_number(text, "p99_ns", trv_histogram_quantile(histogram, 0.99));
	trv__text_put(text, "\tbuckets=");
	for (size_t i = 0; i < TRV_HISTOGRAM_BUCKETS; i += 4)
		trv__text_put(text, "%s%" PRIu64, i ? "," : "",
		              histogram->buckets[i] + histogram->buckets[i + 1] + histogram->buckets[i + 2] +
		                      histogram->buckets[i + 3]);
	trv__text_put(text, "\n");
}

static void put_holders(struct trv__text *text, struct trv__site_names *names, struct trv_db *db)
{
	struct trv_pool_holder holders[MOST_HOLDERS];
	size_t count = trv_pool_holders(db, holders, MOST_HOLDERS);

	for (size_t i = 0; i < count && i < MOST_HOLDERS; i++) {
		trv__text_put(text, "holder\tsession=%" PRIxPTR, (uintptr_t)holders[i].session);
		put_number(text, "held_ns", holders[i].held);
		put_site(text, names, holders[i].site);
		trv__text_put(text, "\n");
	}
}

/* --- statements and notices --------------------------------------------------------------------- */

static void put_statements(struct trv__text *text, struct trv__site_names *names, struct trv_db *db, size_t max)
{
	struct trv_statement_stats stats[MOST_STATEMENTS];
	size_t known = trv_statement_stats(db, stats, max < MOST_STATEMENTS ? max : MOST_STATEMENTS);

	trv__text_put(text, "statements\tknown=%zu\n", known);
	for (size_t i = 0; i < known && i < max && i < MOST_STATEMENTS; i++) {
		trv__text_put(text, "statement\tshape=%016" PRIx64, stats[i].shape);
		put_number(text, "calls", stats[i].calls);
		put_number(text, "rows", stats[i].rows);
		put_number(text, "errors", stats[i].errors);
		put_number(text, "total_ns", stats[i].nanoseconds);
		put_number(text, "worst_ns", stats[i].worst);
		put_number(text, "hits", stats[i].plan_hits);
		put_number(text, "misses", stats[i].plan_misses);
		put_number(text, "repeated", stats[i].repeated);
		put_site(text, names, stats[i].site);
		put_string(text, "sql", stats[i].sql);
		trv__text_put(text, "\n");
	}
}

static void put_notices(struct trv__text *text, struct trv__site_names *names, struct trv_db *db)
{
	struct trv_notice notices[MOST_NOTICES];
	size_t kept = trv_notices(db, notices, MOST_NOTICES);

	for (size_t i = 0; i < kept && i < MOST_NOTICES; i++) {
		const struct trv_notice *notice = &notices[i];

		trv__text_put(text, "notice\tnumber=%" PRIu64, notice->number);
		put_string(text, "kind", trv_notice_label(notice->kind));
		put_number(text, "when_us", (uint64_t)notice->when);
		put_string(text, "status", trv_status_name(notice->status));
		put_number(text, "took_ns", notice->nanoseconds);
		put_number(text, "rows", notice->rows);
		put_number(text, "count", notice->count);
		put_number(text, "sessions", notice->sessions);
		trv__text_put(text, "\tshape=%016" PRIx64, notice->shape);
		put_site(text, names, notice->site);
		put_string(text, "sql", notice->sql);
		put_string(text, "hint", notice->hint);
		trv__text_put(text, "\n");
	}
}

void trv__snapshot_put(struct trv_db *db, struct trv__site_names *names, size_t statements, struct trv__text *text)
{
	struct trv_pool_stats stats;

	trv_pool_stats(db, &stats);
	trv__text_put(text, "trivet\tprotocol=1\tversion=" TRV_VERSION "\n");
	put_process(text, db);
	put_pool(text, &stats);
	put_replicas(text, db);
	put_histogram(text, "acquire", &stats.acquire);
	put_histogram(text, "connect", &stats.connect);
	put_histogram(text, "hold", &stats.hold);
	put_histogram(text, "query", &stats.query);
	put_holders(text, names, db);
	put_statements(text, names, db, statements);
	put_notices(text, names, db);
}
