/*
 * Connectors. A connect may hang, in the resolver even beyond its deadline, so it is no
 * borrower's thread that makes it: who waits takes the first connection that is there,
 * the new one or another that came back, and leaves by its own deadline. What was begun
 * is finished for the next one.
 */
#include "pool/internal.h"

/* After the unlock the pool may be gone. */
static void end(struct trv__pool *pool)
{
	struct trv_db *db = pool->settings.db;

	bool last = --pool->connectors == 0 && pool->abandoned;
	pthread_cond_broadcast(&pool->quiet);
	pthread_mutex_unlock(&pool->lock);
	if (last)
		trv__db_release(db);
}

static void *run(void *argument)
{
	struct trv__link *link = argument;
	struct trv__pool *pool = link->pool;

	pthread_mutex_lock(&pool->lock);
	trv__link_open(pool, link);
	end(pool);
	return NULL;
}

int trv__connector_start(struct trv__pool *pool, struct trv_error *error)
{
	struct trv__link *link = trv__link_reserve(pool);
	pthread_t thread;

	if (!link)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a connection");
	link->pool = pool;
	if (trv__thread_start(&thread, true, run, link) != 0) {
		trv__link_unreserve(pool, link);
		return trv_error_set(error, TRV_ERR_CONNECT, "no thread can be started that would connect");
	}
	pool->connectors++;
	return 0;
}
