/*
 * The pool of the hand-written sides: a stack of connections under a mutex, and a
 * condition for those who wait.
 */
#ifndef TRIVET_TESTS_BENCH_POOL_H
#define TRIVET_TESTS_BENCH_POOL_H

#include "side.h"

#include <pthread.h>

#define POOL_MOST 64

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t free;
	void *items[POOL_MOST];
	size_t count;
};

static inline void *pool_acquire(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	while (!pool->count)
		pthread_cond_wait(&pool->free, &pool->lock);
	void *item = pool->items[--pool->count];
	pthread_mutex_unlock(&pool->lock);
	return item;
}

static inline void pool_release(struct pool *pool, void *item)
{
	pthread_mutex_lock(&pool->lock);
	pool->items[pool->count++] = item;
	pthread_cond_signal(&pool->free);
	pthread_mutex_unlock(&pool->lock);
}

/* --- pool.c: the workloads that need threads ------------------------------------------------------- */

/* One turn of the workload `threads`: by thread `number`, the r-th time. */
struct turn {
	void *context;
	size_t times, number, r;
	uint64_t rows; /* that it read; children are not counted */
};

/* Starts `run->size` threads inside the clock; each calls `once` `run->times` times. The sum of rows is the checksum. */
int run_in_threads(struct bench_run *run, int (*once)(struct turn *turn), void *context);

#endif
