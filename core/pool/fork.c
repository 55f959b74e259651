/*
 * A child of fork() has its parent's sockets. Whatever it would say on them, a good-bye
 * included, the server would take for the parent's. So the child is told apart, by a
 * count that only children move, and touches nothing.
 */
#include "pool/internal.h"

static _Atomic uint64_t forks;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct trv__pool *foreign;

static void count_fork(void)
{
	atomic_fetch_add_explicit(&forks, 1, memory_order_relaxed);
}

static void install(void)
{
	pthread_atfork(NULL, NULL, count_fork);
}

uint64_t trv__forks(void)
{
	pthread_once(&once, install);
	return atomic_load_explicit(&forks, memory_order_relaxed);
}

bool trv__pool_is_foreign(const struct trv__pool *pool)
{
	return atomic_load_explicit(&forks, memory_order_relaxed) != pool->forks;
}

int trv__pool_refuse_foreign(struct trv_error *error)
{
	int r = trv_error_set(error, TRV_ERR_MISUSE,
	                      "the database was opened by the parent process: a child of fork() cannot use it");

	trv_error_hint(error, "open it again in the child, with trv_open");
	return r;
}

void trv__foreign_keep(struct trv__pool *pool)
{
	pool->next_foreign = foreign;
	foreign = pool;
}
