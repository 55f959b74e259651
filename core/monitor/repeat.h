/*
 * Which reads a session repeats, line by line: N queries where one would do. A small table
 * without allocations, in the session, and so used by one thread at a time. Where more lines
 * read than it has places, those that repeat the most stay.
 */
#ifndef TRIVET_MONITOR_REPEAT_H
#define TRIVET_MONITOR_REPEAT_H

#include "query/writer.h"

#define TRV__REPEAT_PLACES 32

struct trv__repeat {
	const void *site;
	uint64_t shape;
	uint64_t values; /* a hash of the last time's */
	unsigned count; /* runs for other values than the one before */
};

struct trv__repeats {
	struct trv__repeat places[TRV__REPEAT_PLACES];
};

/*
 * One more run, with the parameters in `writer`. Its count when that has just become more than
 * the limit and nothing was said of this line yet; else 0.
 */
unsigned trv__repeats_note(struct trv__repeats *repeats, const void *site, uint64_t shape,
                           const struct trv__writer *writer, unsigned limit);

#endif
