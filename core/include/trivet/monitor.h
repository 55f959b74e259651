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
	const char *sql; /* valid until trv_close; "" of all those together for which there was no room */
	uint64_t calls; /* those that failed too */
	uint64_t rows; /* read, or affected */
	uint64_t errors;
	uint64_t nanoseconds, worst; /* of all calls; of the slowest one. The mean is nanoseconds / calls */
	uint64_t plan_hits, plan_misses; /* a connection had it prepared; it had to be prepared first */
	const void *site; /* of the last call, in the user's code; NULL: the library's own */
};

/**
 * Fills at most `max` statements, those that took the most time in all first; returns how many
 * there are, which is at most `monitor.shapes` and one more. Any thread. What runs on
 * other threads at that moment may be counted in part.
 */
TRV_API size_t trv_statement_stats(struct trv_db *db, struct trv_statement_stats *stats, size_t max);

TRV_END_DECLS

#endif
