/*
 * Not a test: what acquire and release cost by themselves, against a bare mutex and
 * condition variable.
 *
 *     meson configure build -Dbench=true
 *     ninja -C build tests/bench/bench-pool && build/tests/bench/bench-pool [SIZE]
 *
 * The pool (8 connections to a SQLite file, nothing is done on them; by itself, and of a
 * find, which tells when its statement ended, so that the clock is read once) stands beside two
 * counters under a mutex. In the first one who comes late may overtake those who wait, so
 * that a thread that releases and acquires again seldom sleeps; the second hands over to
 * the one that waits longest, as the pool promises to: with more threads than connections
 * every release then wakes another thread, and the price is that of the wake-up.
 */
#include "pool/internal.h"
#include "session/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <trivet/trivet.h>
#include <unistd.h>

#define RUN_MS 400
#define ROUNDS 3

struct counter {
	pthread_mutex_t lock;
	unsigned free;
	pthread_cond_t wake;
	struct place *first, *last; /* fair: those who wait */
};

struct place {
	pthread_cond_t wake;
	bool served;
	struct place *next;
};

static struct counter counter;
static struct trv__pool *pool;
static _Atomic int stop;

/* --- one acquire and release of each kind ----------------------------------------------------------- */

static void overtaking(void *holder)
{
	(void)holder;
	pthread_mutex_lock(&counter.lock);
	while (!counter.free)
		pthread_cond_wait(&counter.wake, &counter.lock);
	counter.free--;
	pthread_mutex_unlock(&counter.lock);
	pthread_mutex_lock(&counter.lock);
	counter.free++;
	pthread_cond_signal(&counter.wake);
	pthread_mutex_unlock(&counter.lock);
}

static void wait_in_line(void)
{
	struct place place = { .wake = PTHREAD_COND_INITIALIZER };

	if (counter.last)
		counter.last->next = &place;
	else
		counter.first = &place;
	counter.last = &place;
	while (!place.served)
		pthread_cond_wait(&place.wake, &counter.lock);
}

static void fair(void *holder)
{
	(void)holder;
	pthread_mutex_lock(&counter.lock);
	if (counter.free && !counter.first)
		counter.free--;
	else
		wait_in_line();
	pthread_mutex_unlock(&counter.lock);
	pthread_mutex_lock(&counter.lock);
	struct place *next = counter.first;
	if (next) {
		counter.first = next->next;
		if (!counter.first)
			counter.last = NULL;
		next->served = true;
		pthread_cond_signal(&next->wake);
	} else {
		counter.free++;
	}
	pthread_mutex_unlock(&counter.lock);
}

static void pooled(void *holder)
{
	struct trv__link *link;

	if (trv__pool_acquire(pool, holder, NULL, &link, NULL) < 0)
		abort();
	trv__pool_release(pool, holder, link, false, 0);
}

/* As a find does it, which tells when its statement ended. */
static void timed(void *holder)
{
	struct trv__link *link;

	if (trv__pool_acquire(pool, holder, NULL, &link, NULL) < 0)
		abort();
	trv__pool_release(pool, holder, link, false, link->given);
}

/* --- measuring ---------------------------------------------------------------------------------- */

struct runner {
	pthread_t thread;
	void (*once)(void *holder);
	uint64_t times;
};

static void *run(void *argument)
{
	struct runner *runner = argument;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		runner->once(runner);
		runner->times++;
	}
	return NULL;
}

/* Of one thread the processor's time, which a busy machine does not stretch; of more the clock on the wall. */
static uint64_t clock_for(unsigned threads)
{
	struct timespec now;

	if (threads > 1)
		return trv_monotonic();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Nanoseconds for one acquire and release, by all threads together. */
static double measure(void (*once)(void *holder), unsigned threads)
{
	struct runner runners[64] = { { .times = 0 } };
	uint64_t total = 0, start = clock_for(threads);

	atomic_store(&stop, 0);
	for (unsigned i = 0; i < threads; i++) {
		runners[i].once = once;
		if (pthread_create(&runners[i].thread, NULL, run, &runners[i]) != 0)
			abort();
	}
	usleep(RUN_MS * 1000);
	atomic_store(&stop, 1);
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(runners[i].thread, NULL);
		total += runners[i].times;
	}
	return (double)(clock_for(threads) - start) / (double)total;
}

static double best(void (*once)(void *holder), unsigned threads)
{
	double least = measure(once, threads);

	for (int i = 1; i < ROUNDS; i++) {
		double now = measure(once, threads);
		least = now < least ? now : least;
	}
	return least;
}

int main(int count, char **arguments)
{
	static const unsigned threads[] = { 1, 2, 8, 64 };
	unsigned size = count > 1 ? (unsigned)atoi(arguments[1]) : 8;
	char file[] = "/tmp/trivet-bench-XXXXXX", url[64];
	struct trv_error error;
	struct trv_db *db;

	close(mkstemp(file));
	snprintf(url, sizeof(url), "sqlite:%s", file);
	if (trv_open(&db, &(struct trv_options) { .url = url, .pool = { .size = size, .acquire_ms = 60000 } }, &error) <
	    0) {
		fprintf(stderr, "%s\n", error.message);
		return 1;
	}
	pool = trv__db_pool(db);
	counter =
		(struct counter) { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, .free = size };
	printf("acquire and release, %u connections, ns each\n", size);
	printf("threads   overtaking         fair         pool     of a find   to overtaking   to fair\n");
	for (size_t i = 0; i < TRV_COUNT_OF(threads); i++) {
		double bare = best(overtaking, threads[i]), in_line = best(fair, threads[i]),
		       ours = best(pooled, threads[i]), find = best(timed, threads[i]);
		printf("%7u %12.0f %12.0f %12.0f %13.0f %14.2fx %8.2fx\n", threads[i], bare, in_line, ours, find,
		       find / bare, find / in_line);
	}
	trv_close(db);
	unlink(file);
	return 0;
}
