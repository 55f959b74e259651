/*
 * Cancelling, fenced. A cancel names a backend, not a statement: one that arrives late
 * kills whatever runs then. So a statement is only over when no canceller is on its way
 * any more; the server has then been signalled, and it drops a signal that finds it idle.
 *
 * PQcancel blocks for as long as the server likes. The gate is therefore counted by its
 * users and outlives the connection when it must.
 */
#include "internal.h"
#include <pthread.h>
#include <time.h>

#define ABANDON_NANOSECONDS (30 * UINT64_C(1000000))
#define CANCEL_WAIT_NANOSECONDS (5000 * UINT64_C(1000000))

struct pg_gate {
	pthread_mutex_t mutex;
	pthread_cond_t quiet; /* no canceller is on its way */
	PGcancel *target;
	struct trv_allocator allocator; /* a copy: the gate may outlive the pool */
	unsigned users; /* the connection, and each canceller */
	unsigned cancellers;
	bool open; /* a statement runs that may be canceled */
};

static int init_quiet(pthread_cond_t *quiet)
{
	pthread_condattr_t attributes;
	int failed = pthread_condattr_init(&attributes);

	if (failed)
		return failed;
	failed = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (!failed)
		failed = pthread_cond_init(quiet, &attributes);
	pthread_condattr_destroy(&attributes);
	return failed;
}

struct pg_gate *trv__pg_gate_create(PGconn *pq, const struct trv_allocator *allocator)
{
	struct pg_gate *gate = trv_allocate(allocator, sizeof(*gate));

	if (!gate)
		return NULL;
	*gate = (struct pg_gate) { .users = 1, .target = PQgetCancel(pq) };
	if (allocator)
		gate->allocator = *allocator;
	if (!gate->target)
		goto no_target;
	if (pthread_mutex_init(&gate->mutex, NULL))
		goto no_mutex;
	if (init_quiet(&gate->quiet))
		goto no_condition;
	return gate;

no_condition:
	pthread_mutex_destroy(&gate->mutex);
no_mutex:
	PQfreeCancel(gate->target);
no_target:
	trv_release(allocator, gate);
	return NULL;
}

/* Takes the lock along. */
static void drop_locked(struct pg_gate *gate)
{
	bool last = --gate->users == 0;

	pthread_mutex_unlock(&gate->mutex);
	if (!last)
		return;
	pthread_cond_destroy(&gate->quiet);
	pthread_mutex_destroy(&gate->mutex);
	PQfreeCancel(gate->target);
	struct trv_allocator allocator = gate->allocator;
	trv_release(&allocator, gate);
}

void trv__pg_gate_drop(struct pg_gate *gate)
{
	if (!gate)
		return;
	pthread_mutex_lock(&gate->mutex);
	gate->open = false;
	drop_locked(gate);
}

void trv__pg_gate_open(struct pg_gate *gate)
{
	pthread_mutex_lock(&gate->mutex);
	gate->open = true;
	pthread_mutex_unlock(&gate->mutex);
}

/* Whether the last canceller has gone by the deadline. */
static bool wait_quiet(struct pg_gate *gate, uint64_t deadline)
{
	struct timespec until = {
		.tv_sec = (time_t)(deadline / UINT64_C(1000000000)),
		.tv_nsec = (long)(deadline % UINT64_C(1000000000)),
	};

	while (gate->cancellers > 0)
		if (pthread_cond_timedwait(&gate->quiet, &gate->mutex, &until))
			return gate->cancellers == 0;
	return true;
}

bool trv__pg_gate_close(struct pg_gate *gate, uint64_t deadline)
{
	pthread_mutex_lock(&gate->mutex);
	gate->open = false;
	bool quiet = gate->cancellers == 0 ||
	             wait_quiet(gate, deadline ? deadline : trv_monotonic() + CANCEL_WAIT_NANOSECONDS);
	pthread_mutex_unlock(&gate->mutex);
	return quiet;
}

/* Sends the cancel of a canceller that was counted; gives its use of the gate up. */
static bool send_cancel(struct pg_gate *gate, char *reason, int size)
{
	bool sent = PQcancel(gate->target, reason, size);

	pthread_mutex_lock(&gate->mutex);
	if (--gate->cancellers == 0)
		pthread_cond_broadcast(&gate->quiet);
	drop_locked(gate);
	return sent;
}

int trv__pg_cancel(struct trv_connection *base, struct trv_error *error)
{
	struct pg_gate *gate = pg_connection_of(base)->gate;
	char reason[256] = "";

	pthread_mutex_lock(&gate->mutex);
	if (!gate->open) {
		pthread_mutex_unlock(&gate->mutex);
		return 0;
	}
	gate->cancellers++;
	gate->users++;
	pthread_mutex_unlock(&gate->mutex);
	if (send_cancel(gate, reason, sizeof(reason)))
		return 0;
	trv_error_set(error, TRV_ERR_CONNECT, "the cancel could not be sent");
	trv__pg_first_line(error->detail, sizeof(error->detail), reason);
	return TRV_ERR_CONNECT;
}

static void *abandon(void *argument)
{
	char reason[256];

	send_cancel(argument, reason, sizeof(reason));
	return NULL;
}

/* A thread, as PQcancel may block for ever; it then ends with the server's connection. */
static bool start_abandon(struct pg_gate *gate)
{
	pthread_attr_t attributes;
	pthread_t thread;

	if (pthread_attr_init(&attributes))
		return false;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	bool started = pthread_create(&thread, &attributes, abandon, gate) == 0;
	pthread_attr_destroy(&attributes);
	return started;
}

void trv__pg_gate_abandon(struct pg_gate *gate)
{
	pthread_mutex_lock(&gate->mutex);
	if (gate->open) {
		gate->cancellers++;
		gate->users++;
		if (start_abandon(gate)) {
			wait_quiet(gate, trv_monotonic() + ABANDON_NANOSECONDS);
		} else {
			gate->cancellers--;
			gate->users--;
		}
	}
	gate->open = false;
	pthread_mutex_unlock(&gate->mutex);
}
