/*
 * The replicas of a database: a pool each, and a thread that watches how far they got.
 * What they promise is told in trivet/replica.h.
 *
 * The clock is the program's own. Now and then the watcher notes the time, and asks the
 * primary for its position: what was committed before that time lies before that position. A
 * replica that has reached the position shows all of it, so a session that wrote before that time
 * may read there. No session has to ask for itself.
 */
#ifndef TRIVET_POOL_REPLICAS_H
#define TRIVET_POOL_REPLICAS_H

#include "pool/pool.h"

struct trv__replicas;

struct trv__replicas_settings {
	const struct trv_allocator *allocator;
	struct trv__pool *primary;
	struct trv__pool *pools[TRV_MAX_REPLICAS];
	size_t count;
	unsigned lag_ms; /* TRV_NEVER: no limit */
};

/* Starts the watcher. It uses the pools, which outlive it, until trv__replicas_stop. */
TRV_MUST_CHECK int trv__replicas_create(struct trv__replicas **replicas, const struct trv__replicas_settings *settings,
                                        struct trv_error *error);

/* The watcher ends; no replica is in use any more. NULL is fine. */
void trv__replicas_stop(struct trv__replicas *replicas);

/* After that, and when nobody chooses any more. NULL is fine. The pools are not its own. */
void trv__replicas_destroy(struct trv__replicas *replicas);

/* What a session wants of a replica, and which it had. */
struct trv__choice {
	uint64_t wrote; /* everything until then must be shown; 0: nothing in particular */
	unsigned replica; /* 1 + its number, of the one to keep to; 0: any */
	unsigned tried; /* those that failed during the call, as bits */
};

/* Borrows a connection to a replica that fits: 1. 0: the primary has to serve. TRV_ERR_CANCELED: by the caller. */
TRV_MUST_CHECK int trv__replicas_acquire(struct trv__replicas *replicas, struct trv__choice *choice, const void *holder,
                                         const void *site, struct trv__link **link, struct trv_error *error);

/* The one that was chosen last failed the call: another one has to serve it. `lost`: it is set aside. */
void trv__replicas_failed(struct trv__replicas *replicas, struct trv__choice *choice, bool lost);

#endif
