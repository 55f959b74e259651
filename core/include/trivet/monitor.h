/**
 * @file monitor.h
 * What a program's statements cost, while it runs. Statements are counted by their text, for
 * the whole database: values are parameters and no part of the text, so that queries that
 * differ in values only are one line here.
 *
 *     struct trv_statement_stats top[10];
 *     size_t known = trv_statement_stats(db, top, 10);
 *     for (size_t i = 0; i < known && i < 10; i++)
 *             printf("%8.1f ms in %llu calls: %s\n", (double)top[i].nanoseconds / 1e6,
 *                    (unsigned long long)top[i].calls, top[i].sql);
 *
 * SQL that the program wrote by hand is shown with a question mark for each literal and without
 * comments; it is counted by that.
 *
 * Counting takes no lock and no memory when a statement runs: each connection counts for
 * itself. Begin, commit and what is only explained are not counted.
 */
#ifndef TRIVET_MONITOR_H
#define TRIVET_MONITOR_H

#include <trivet/db.h>

TRV_BEGIN_DECLS

/** One statement. Times are from the send to the last row; of a stream that includes what the program did meanwhile. */
struct trv_statement_stats {
	uint64_t shape; /* a hash of `sql`: the same in every run of the program. 0: `sql` is "" */
	const char *
		sql; /* UTF-8 as far as the program's own SQL is; valid until trv_close; "" of all those together for which there was no room */
	uint64_t calls; /* those that failed too */
	uint64_t rows; /* read, or affected */
	uint64_t errors;
	uint64_t nanoseconds, worst; /* of all calls; of the slowest one. The mean is nanoseconds / calls */
	uint64_t plan_hits, plan_misses; /* a connection had it prepared; it had to be prepared first */
	uint64_t repeated; /* sessions in which it was noticed as repeated: TRV_NOTICE_REPEATED */
	const void *site; /* of the last call, in the user's code; NULL: the library's own */
};

/**
 * Fills at most `max` statements, those that took the most time in all first; returns how many
 * there are, which is at most `monitor.shapes` and one more. Any thread. What runs on
 * other threads at that moment may be counted in part.
 */
TRV_API size_t trv_statement_stats(struct trv_db *db, struct trv_statement_stats *stats, size_t max);

/**
 * The same as OpenMetrics text, ending in "# EOF", with the number of notices. Series are by `shape`; the
 * text of a statement is in trivet_statement_info. Writes at most `size` bytes, the NUL included, and
 * returns the length of the whole text, as snprintf does. Any thread.
 */
TRV_API size_t trv_statement_metrics(struct trv_db *db, char *buffer, size_t size);

/* --- what is noticed ---------------------------------------------------------------------------- */

/* X(name, label) */
#define TRV_NOTICE_MAP(X)                                                                                              \
	X(SLOW_STATEMENT, "slow statement") /* monitor.slow_query_ms; begin, commit and their like too */              \
	X(SLOW_ACQUIRE, "slow acquire") /* monitor.slow_acquire_ms */                                                  \
	X(REPEATED, "repeated") /* monitor.repeats: N+1 */

enum trv_notice_kind {
#define TRV_NOTICE_ENUM(name, label) TRV_NOTICE_##name,
	TRV_NOTICE_MAP(TRV_NOTICE_ENUM)
#undef TRV_NOTICE_ENUM
	TRV_NOTICE_COUNT
};

/**
 * Something that took long, or was done too often. Fixed size; strings are empty where there
 * is nothing to say, and end in "..." where they were cut. No parameter's value is in it.
 *
 * Repeated is a read that the same line of the program runs in one session more than
 * `monitor.repeats` times, each for other values than the time before: N queries where one
 * would do. Loads of relations together with their parents or for all siblings, `_get_many` and
 * `_page` are no such reads, and neither is one that asks for the same values again. It is noticed
 * once for each line in each session.
 */
struct trv_notice {
	enum trv_notice_kind kind;
	int status; /* of the statement or of the wait */
	uint64_t number; /* 1, 2, 3 ... in this database */
	int64_t when; /* microseconds since 1970, UTC */
	uint64_t nanoseconds; /* it took; REPEATED: of the last time */
	uint64_t rows; /* read, or affected */
	uint64_t count; /* REPEATED: how often this session ran it so far; else 1 */
	uint64_t sessions; /* REPEATED: in how many sessions it was noticed; else 1 */
	uint64_t shape; /* as in struct trv_statement_stats; 0: none */
	const void *site; /* the call in the user's code, or NULL */
	const void *session; /* to compare, not to use */
	char sql[512];
	char hint[256]; /* the way out */
};

/**
 * Fills at most `max` of the last notices, the newest first; returns how many are kept. One about a
 * line that repeats the same statement in many sessions is kept once, with their number. Any thread.
 *
 * `monitor.notice` is called for each as it comes about, on the thread and in the midst of the call
 * that it is about: it must be quick, and must not use that session. It may use any
 * function of this header and of trivet/pool.h. Several threads may call it at once.
 */
TRV_API size_t trv_notices(struct trv_db *db, struct trv_notice *notices, size_t max);

/** "slow statement", "slow acquire", "repeated". A static string; any thread. */
TRV_API const char *trv_notice_label(enum trv_notice_kind kind);

/** The notice as one line, with its call site and the way out. Returns its length, at most size - 1. Any thread. */
TRV_API size_t trv_notice_text(const struct trv_notice *notice, char *text, size_t size);

/**
 * Writes which function of which file `site` lies in, as "program(function+0x1f)". Functions that
 * are not exported are named where the file is not stripped. It reads files: for what is printed.
 * Returns the length, or 0 and an empty text for NULL. Any thread.
 */
TRV_API size_t trv_site_name(const void *site, char *text, size_t size);

TRV_END_DECLS

#endif
