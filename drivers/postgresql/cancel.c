/*
 * Cancelling, fenced. A cancel names a backend, not a statement: one that arrives late
 * kills whatever runs then. So a statement is only over when no canceller is on its way
 * any more; the server has then been signalled, and it drops a signal that finds it idle.
 *
 * PQcancel blocks for as long as the server likes, so a thread of its own calls it. The gate
 * is therefore counted by its users and outlives the connection when it must.
 */
#include "internal.h"
#include <pthread.h>
#include <string.h>
#include <time.h>

#define ABANDON_NANOSECONDS (30 * UINT64_C(1000000))
#define CANCEL_WAIT_NANOSECONDS (5000 * UINT64_C(1000000))
#define CANCEL_NANOSECONDS (1000 * UINT64_C(1000000))

struct pg_gate {
	pthread_mutex_t mutex;
	pthread_cond_t quiet; /* no canceller is on its way */
	PGcancel *target;
	struct trv_allocator allocator; /* a copy: the gate may outlive the pool */
	unsigned users; /* the connection, and each canceller */
	unsigned cancellers;
	bool open; /* a statement runs that may be canceled */
	char refusal[256]; /* why the last cancel could not be sent, or empty */
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

/* For a canceller that was counted; gives its use of the gate up. */
static void *send_cancel(void *argument)
{
	struct pg_gate *gate = argument;
	char refusal[sizeof(gate->refusal)] = "";
	bool sent = PQcancel(gate->target, refusal, sizeof(refusal));

	pthread_mutex_lock(&gate->mutex);
	memcpy(gate->refusal, sent ? "" : refusal, sent ? 1 : sizeof(refusal));
	if (--gate->cancellers == 0)
		pthread_cond_broadcast(&gate->quiet);
	drop_locked(gate);
	return NULL;
}

/* A thread; if it is stuck, it ends with the server's connection. With the lock held. */
static bool start_cancel(struct pg_gate *gate)
{
	pthread_attr_t attributes;
	pthread_t thread;

	if (pthread_attr_init(&attributes))
		return false;
	gate->cancellers++;
	gate->users++;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	bool started = pthread_create(&thread, &attributes, send_cancel, gate) == 0;
	pthread_attr_destroy(&attributes);
	gate->cancellers -= !started;
	gate->users -= !started;
	return started;
}

static int refuse_cancel(const char *refusal, struct trv_error *error)
{
	trv_error_set(error, TRV_ERR_CONNECT, "the cancel could not be sent");
	trv__pg_first_line(error->detail, sizeof(error->detail), refusal);
	return TRV_ERR_CONNECT;
}

int trv__pg_cancel(struct trv_connection *base, struct trv_error *error)
{
	struct pg_gate *gate = pg_connection_of(base)->gate;
	char refusal[sizeof(gate->refusal)] = "";
	int r = 0;

	pthread_mutex_lock(&gate->mutex);
	gate->refusal[0] = '\0';
	if (gate->open && !start_cancel(gate))
		strcpy(refusal, "no thread can be started for it");
	else if (gate->open && !wait_quiet(gate, trv_monotonic() + CANCEL_NANOSECONDS))
		r = trv_error_set(error, TRV_ERR_TIMEOUT, "the server did not take the cancel within a second");
	else
		memcpy(refusal, gate->refusal, sizeof(refusal));
	pthread_mutex_unlock(&gate->mutex);
	return refusal[0] ? refuse_cancel(refusal, error) : r;
}

void trv__pg_gate_abandon(struct pg_gate *gate)
{
	pthread_mutex_lock(&gate->mutex);
	if (gate->open && start_cancel(gate))
		wait_quiet(gate, trv_monotonic() + ABANDON_NANOSECONDS);
	gate->open = false;
	pthread_mutex_unlock(&gate->mutex);
}
