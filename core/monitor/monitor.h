/*
 * What is watched of a database while it runs: what its statements cost, and what took too
 * long or was done too often.
 */
#ifndef TRIVET_MONITOR_INTERNAL_H
#define TRIVET_MONITOR_INTERNAL_H

#include "query/tally.h"

struct trv__monitor {
	struct trv__accounts accounts;
	/* never changed while it is used */
	uint64_t slow_query, slow_acquire; /* nanoseconds; UINT64_MAX: never */
	unsigned repeats; /* UINT_MAX: any number is fine */
	struct trv_monitor_options options;
	const struct trv_allocator *allocator;
	/* guarded by the lock */
	pthread_mutex_t lock;
	struct trv_notice *notices; /* a ring, made when the first is noticed */
	uint64_t count; /* of those that came into the ring, ever */
	uint64_t numbers; /* given out */
	uint64_t by_kind[TRV_NOTICE_COUNT];
};

/* The allocator outlives it. TRV_ERR_NOMEM. */
TRV_MUST_CHECK int trv__monitor_init(struct trv__monitor *monitor, const struct trv_allocator *allocator,
                                     const struct trv_monitor_options *options);

/* One that was not initialised is fine. */
void trv__monitor_release(struct trv__monitor *monitor);

/* What is to be noticed. */
struct trv__sight {
	enum trv_notice_kind kind;
	int status;
	uint64_t nanoseconds, rows, count;
	const char *sql; /* NULL: none */
	uint64_t shape; /* 0: it is made from `sql` */
	const char *model; /* whose rows are read; NULL: not known */
	const void *site, *session;
};

/* Keeps it, and tells the program. Any thread, without a lock held. */
void trv__monitor_tell(struct trv__monitor *monitor, const struct trv__sight *sight);

struct trv__text;

/* OpenMetrics of the statements and the notices, without the end mark. */
void trv__monitor_put_metrics(struct trv__monitor *monitor, struct trv__text *text);

/* As trv_notices. */
size_t trv__monitor_read(struct trv__monitor *monitor, struct trv_notice *notices, size_t max);

#endif
