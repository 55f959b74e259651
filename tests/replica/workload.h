/* Threads that write and read on and on, and know what they were told. */
#ifndef TRIVET_TESTS_WORKLOAD_H
#define TRIVET_TESTS_WORKLOAD_H

#include "faults.h"

#include <pthread.h>
#include <stdatomic.h>

#define WORKERS 6
#define MOST_TRANSFERS (1 << 18)

enum told {
	TOLD_NOTHING,
	TOLD_COMMITTED,
	TOLD_FAILED,
	TOLD_UNKNOWN,
	TOLD_COUNT,
};

#define MOST_WAYS 3

struct workload {
	struct trv_db *dbs[MOST_WAYS]; /* the workers go by them in turn */
	size_t ways;
	bool contended; /* each transfer moves money between two of few accounts, too */
	atomic_int next; /* the number of a transfer */
	atomic_bool ended;
	atomic_int failures[64]; /* of writes and reads, by their negated status */
	atomic_int reads, replica_reads;
	_Atomic uint64_t last_good[WORKERS]; /* when a write of each was acknowledged last */
	uint64_t slowest[WORKERS]; /* write, nanoseconds */
	unsigned char *told; /* by the transfer's number */
	pthread_t threads[WORKERS];
};

/*
 * Each transfer is a transaction of its own, read back at once by the session that wrote it.
 * The members above are set before.
 */
void workload_start(struct workload *load);

/* Waits until each thread had a write acknowledged that it began after `moment`. Milliseconds since `moment`. */
unsigned workload_await(struct workload *load, uint64_t moment);

void workload_stop(struct workload *load);

/*
 * Compares what was told with what is there: nothing acknowledged is missing, nothing that
 * failed is there, and what is unknown is no more than `unknown`. Prints the counts.
 */
void workload_check(struct workload *load, struct trv_session *session, int unknown);

#endif
