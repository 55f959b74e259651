/* The inside of replicas: what sessions and the watcher share. */
#ifndef TRIVET_POOL_REPLICAS_INTERNAL_H
#define TRIVET_POOL_REPLICAS_INTERNAL_H

#include "pool/internal.h"
#include "pool/replicas.h"

/* A place in the primary's history. */
struct trv__position {
	uint64_t time; /* everything that was committed before lies before it; 0: none */
	char text[256];
};

struct trv__replica {
	struct trv__pool *pool;
	atomic_bool in_use;
	_Atomic uint64_t reached; /* it shows all that was committed before; 0: that is not known */
	_Atomic uint64_t behind; /* nanoseconds */
	_Atomic uint64_t set_aside; /* how often */
	/* the rest is the watcher's */
	struct trv__position awaited;
	unsigned failures; /* since it was in use */
	uint64_t retry_at;
};

struct trv__replicas {
	struct trv__replicas_settings settings;
	struct trv__replica items[TRV_MAX_REPLICAS];
	_Atomic unsigned turn; /* whose it is, of those that fit */
	atomic_bool wanted; /* a session waits for a replica to show what it wrote */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t watcher;
	atomic_bool watching; /* cleared with the lock */
	/* the watcher's */
	struct trv__position latest;
	bool untold; /* the primary tells no position */
	uint64_t seed;
	struct trv__replicas *next_foreign;
};

static inline bool trv__replicas_are_limited(const struct trv__replicas *replicas)
{
	return replicas->settings.lag_ms != TRV_NEVER;
}

/* No session is sent there from now on. Any thread. */
void trv__replica_set_aside(struct trv__replica *replica);

/* The watcher's thread. */
void *trv__replicas_watch(void *argument);

#endif
