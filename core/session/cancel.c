/*
 * Ending a session's call from another thread. The fence is one word: the owner of the
 * session says in it that a call is under way and has its connection, a canceller counts
 * itself in, and the call does not end before the last of them has left. So a cancel can
 * reach neither a later call of the session nor another borrower of the connection. To the
 * owner it costs two stores and one compare-and-swap for each call.
 */
#include "session/internal.h"

#include <time.h>

#define CALL UINT64_C(1) /* one is under way */
#define REACHABLE UINT64_C(2) /* and has its connection: cancellers may come */
#define CANCELED UINT64_C(4)
#define ONE UINT64_C(0x10) /* canceller */
#define CANCELLERS UINT64_C(0xfff0)
#define NEXT UINT64_C(0x10000) /* the number of the call is above */

#define PATIENCE_NS UINT64_C(1000000000) /* so long it is tried again */
#define FIRST_PAUSE_NS 50000
#define LONGEST_PAUSE_NS 20000000

static void rest(long nanoseconds)
{
	nanosleep(&(struct timespec) { .tv_nsec = nanoseconds }, NULL);
}

/* --- the owner ------------------------------------------------------------------------------------ */

/* Nobody else writes the word while no connection is reachable, so that a store is enough. */
void trv__cancel_begin(struct trv_session *session)
{
	uint64_t state = atomic_load_explicit(&session->cancel, memory_order_relaxed);

	atomic_store_explicit(&session->cancel, (state & ~(NEXT - 1)) + NEXT + CALL, memory_order_release);
}

void trv__cancel_reach(struct trv_session *session)
{
	uint64_t state = atomic_load_explicit(&session->cancel, memory_order_relaxed);

	session->cancel_target = session->link->connection;
	atomic_store_explicit(&session->cancel, state | REACHABLE, memory_order_release);
}

/* A driver's cancel has a bound of its own. */
static void wait_for_cancellers(struct trv_session *session)
{
	while (atomic_load_explicit(&session->cancel, memory_order_acquire) & CANCELLERS)
		rest(FIRST_PAUSE_NS);
}

void trv__cancel_end(struct trv_session *session)
{
	uint64_t state = atomic_load_explicit(&session->cancel, memory_order_relaxed), quiet = state & ~CANCELLERS;

	if (atomic_compare_exchange_strong(&session->cancel, &quiet, quiet & ~(NEXT - 1)))
		return;
	atomic_fetch_and(&session->cancel, ~(CALL | REACHABLE));
	wait_for_cancellers(session);
}

void trv__cancel_shield(struct trv_session *session)
{
	atomic_fetch_and(&session->cancel, ~REACHABLE);
	wait_for_cancellers(session);
}

bool trv__is_canceled(const struct trv_session *session)
{
	return atomic_load_explicit(&session->cancel, memory_order_relaxed) & CANCELED;
}

int trv__refuse_canceled(struct trv_session *session)
{
	int r = trv_error_set(&session->error, TRV_ERR_CANCELED, "the call was canceled");

	trv__note_failure(session, r);
	return r;
}

/* --- another thread ------------------------------------------------------------------------------- */

enum reached {
	NOT_YET,
	TOLD,
	OVER,
};

static bool is_of(uint64_t state, uint64_t call)
{
	return (state & CALL) && state / NEXT == call;
}

/* It waits for a connection, or is between that and having it. */
static enum reached end_wait(struct trv_session *session, uint64_t state)
{
	struct trv_error error;

	struct trv__pool *pool;

	trv_error_set(&error, TRV_ERR_CANCELED, "the call was canceled while it waited for a connection");
	for (size_t i = 0; (pool = trv__db_pool_at(session->db, i)); i++)
		if (trv__pool_end_wait(pool, session, &session->cancel, state, &error))
			return OVER;
	return NOT_YET;
}

static int tell(struct trv_session *session, struct trv_error *error)
{
	struct trv_connection *connection = session->cancel_target;

	if (connection->driver->cancel)
		return connection->driver->cancel(connection, error);
	return trv_error_set(error, TRV_ERR_UNSUPPORTED, "driver '%s' cannot cancel a statement that runs",
	                     connection->driver->name);
}

/* `r` is set when it was told. */
static enum reached reach(struct trv_session *session, uint64_t call, int *r, struct trv_error *error)
{
	uint64_t state = atomic_load_explicit(&session->cancel, memory_order_acquire);

	do {
		if (!is_of(state, call))
			return OVER;
		if (!(state & REACHABLE))
			return end_wait(session, state);
	} while (!atomic_compare_exchange_weak(&session->cancel, &state, (state | CANCELED) + ONE));
	*r = tell(session, error);
	atomic_fetch_sub_explicit(&session->cancel, ONE, memory_order_release);
	return TOLD;
}

/* Again until the call is over: the first may have come between two of its statements. */
int trv_cancel(struct trv_session *session, struct trv_error *error)
{
	uint64_t state = atomic_load_explicit(&session->cancel, memory_order_acquire);
	uint64_t call = state / NEXT, end = trv_monotonic() + PATIENCE_NS;
	int r = 0;

	if (trv__pool_is_foreign(session->db->pool))
		return trv__pool_refuse_foreign(error);
	if (!(state & CALL))
		return 0;
	for (long pause = FIRST_PAUSE_NS; reach(session, call, &r, error) != OVER && r >= 0; pause *= 2) {
		if (trv_monotonic() >= end)
			break;
		rest(pause < LONGEST_PAUSE_NS ? pause : LONGEST_PAUSE_NS);
	}
	return r;
}
