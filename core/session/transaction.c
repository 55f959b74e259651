#include "session/internal.h"

#include <stdlib.h>
#include <time.h>

static const char *const verbs[] = {
	[TRV_VERB_BEGIN] = "BEGIN",         [TRV_VERB_COMMIT] = "COMMIT",   [TRV_VERB_ROLLBACK] = "ROLLBACK",
	[TRV_VERB_SAVEPOINT] = "SAVEPOINT", [TRV_VERB_RELEASE] = "RELEASE", [TRV_VERB_ROLLBACK_TO] = "ROLLBACK TO",
};

/* A commit waits for the disk, a begin on SQLite for the lock. */
static void notice_slow(const struct trv_session *session, enum trv_transaction_verb verb, uint64_t took, int status)
{
	struct trv__monitor *monitor = &session->db->monitor;

	if (took >= monitor->slow_query)
		trv__monitor_tell(monitor, &(struct trv__sight) {
						   .kind = TRV_NOTICE_SLOW_STATEMENT,
						   .status = status,
						   .nanoseconds = took,
						   .sql = verbs[verb],
						   .site = session->site,
						   .session = session,
					   });
}

static int control(struct trv_session *session, enum trv_transaction_verb verb, unsigned level,
                   const struct trv_transaction_options *options)
{
	struct trv_connection *connection = session->link->connection;
	uint64_t started = trv_monotonic();

	trv__cancel_shield(session);
	int r = connection->driver->transaction(connection, verb, level, options,
	                                        started + session->db->query_ms * UINT64_C(1000000), &session->error);
	trv__cancel_reach(session);
	session->ended = trv_monotonic();
	notice_slow(session, verb, session->ended - started, r);
	return r;
}

static int begin(struct trv_session *session, const struct trv_transaction_options *options)
{
	int r = trv__streams_check(session);

	if (r < 0)
		return r;
	r = session->depth ? control(session, TRV_VERB_SAVEPOINT, session->depth, NULL)
	                   : control(session, TRV_VERB_BEGIN, 0, options);

	if (r < 0) {
		trv__note_failure(session, r);
		/* what did not begin took no effect */
		if (r == TRV_ERR_LOST)
			session->error.retryable = true;
		return r;
	}
	if (!session->depth) {
		session->stats.transactions++;
		session->resolvable = options && options->resolvable;
	}
	session->depth++;
	return 0;
}

static int begin_from(struct trv_session *session, const struct trv_transaction_options *options, const void *site)
{
	struct trv__call call;
	int r = trv__enter_primary(session, &call, site);

	if (r < 0)
		return r;
	return trv__leave(session, &call, begin(session, options));
}

int trv_begin(struct trv_session *session, const struct trv_transaction_options *options)
{
	return begin_from(session, options, TRV__SITE);
}

static void end_transaction(struct trv_session *session, enum trv_transaction_end end)
{
	session->depth = 0;
	session->failed = false;
	session->commits_next = false;
	trv__wishes_end(session, end);
}

static enum trv_transaction_end end_of_commit(int r)
{
	return r >= 0 ? TRV_COMMITTED : r == TRV_UNKNOWN_OUTCOME ? TRV_COMMIT_UNKNOWN : TRV_ROLLED_BACK;
}

/* What trv_commit_resolve will ask about, should it come to that. */
static int note_id(struct trv_session *session)
{
	const char *sql = trv__dialect(session)->transaction_id;

	session->commit_id = session->resolvable ? TRV__UNTOLD_ID : TRV__NO_ID;
	int r = session->resolvable && sql ? trv__fetch_integer(session, &session->commit_id, sql, NULL) : 0;
	session->commit_noted = session->ended;
	return r;
}

/* After a COMMIT that failed the engine may still hold the transaction: it is undone. */
static int commit_whole(struct trv_session *session)
{
	int r = note_id(session);

	if (r >= 0)
		r = control(session, TRV_VERB_COMMIT, 0, NULL);
	if (r != TRV_UNKNOWN_OUTCOME)
		session->commit_id = TRV__NO_ID;
	if (r < 0 && session->link->connection->in_transaction && !session->link->connection->broken) {
		struct trv_error first = session->error;

		if (control(session, TRV_VERB_ROLLBACK, 0, NULL) < 0)
			session->link->connection->broken = true;
		session->error = first;
	}
	end_transaction(session, end_of_commit(r));
	return r;
}

static int commit(struct trv_session *session)
{
	if (session->depth == 1)
		return commit_whole(session);
	int r = trv__streams_check(session);
	if (r < 0)
		return r;
	r = control(session, TRV_VERB_RELEASE, session->depth - 1, NULL);
	if (r < 0) {
		trv__note_failure(session, r);
	} else {
		session->depth--;
		trv__wishes_keep(session);
	}
	return r;
}

static int commit_from(struct trv_session *session, const void *site)
{
	struct trv__call call;
	int r = trv__enter(session, &call, site);

	if (r < 0)
		return r;
	if (!session->depth)
		r = trv_error_set(&session->error, TRV_ERR_MISUSE, "commit without a transaction");
	else if (session->depth == 1)
		trv__streams_close(session);
	return trv__leave(session, &call, r < 0 ? r : commit(session));
}

int trv_commit(struct trv_session *session)
{
	return commit_from(session, TRV__SITE);
}

/* --- together with a write ------------------------------------------------------------------------ */

int trv_commit_next(struct trv_session *session)
{
	struct trv__call call;
	int r = trv__enter(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	if (session->depth != 1)
		r = trv_error_set(&session->error, TRV_ERR_MISUSE,
		                  session->depth ? "a savepoint is not committed by the next write"
		                                 : "commit without a transaction");
	else
		session->commits_next = true;
	return trv__leave(session, &call, r);
}

/* A resolvable one needs its number first. */
void trv__commit_along(struct trv_session *session)
{
	session->commits_along = session->commits_next && session->depth == 1 && !session->resolvable &&
	                         !session->streams && !session->explanation && trv__dialect(session)->commits_along;
}

/* A statement that failed left the transaction open; a COMMIT that did has ended it. */
void trv__commit_went_along(struct trv_session *session, int r)
{
	if (session->commits_along &&
	    (r >= 0 || r == TRV_UNKNOWN_OUTCOME || !session->link->connection->in_transaction))
		end_transaction(session, end_of_commit(r));
	session->commits_along = false;
}

int trv__commit_after(struct trv_session *session, int r)
{
	if (r < 0 || !session->commits_next || session->depth != 1)
		return r;
	trv__streams_close(session);
	int done = commit_whole(session);
	return done < 0 ? done : r;
}

/* Also where the engine is thought to have undone it by itself: there it costs nothing, and a mistake would be committed. */
static int rollback_whole(struct trv_session *session)
{
	struct trv_connection *connection = session->link->connection;
	int r = connection->broken ? 0 : control(session, TRV_VERB_ROLLBACK, 0, NULL);

	if (r < 0 && connection->in_transaction)
		connection->broken = true; /* closing the connection undoes it */
	end_transaction(session, TRV_ROLLED_BACK);
	return r;
}

static int rollback(struct trv_session *session)
{
	struct trv_connection *connection = session->link->connection;

	if (session->depth == 1)
		return rollback_whole(session);
	session->depth--;
	trv__wishes_end(session, TRV_ROLLED_BACK);
	if (connection->broken || !connection->in_transaction)
		return 0; /* the savepoint went with the transaction; the levels above are still failed */
	int r = control(session, TRV_VERB_ROLLBACK_TO, session->depth, NULL);
	session->failed = false;
	trv__note_failure(session, r);
	return r;
}

int trv_rollback(struct trv_session *session)
{
	struct trv__call call;

	if (!session->depth) {
		int r = trv_error_set(&session->error, TRV_ERR_MISUSE, "rollback without a transaction");

		session->error.site = TRV__SITE;
		return r;
	}
	bool failed = session->failed;
	session->failed = false; /* this call is the way out */
	int r = trv__enter(session, &call, TRV__SITE);
	session->failed = failed;
	if (r < 0)
		return r;
	trv__streams_close(session);
	return trv__leave(session, &call, rollback(session));
}

unsigned trv_transaction_depth(const struct trv_session *session)
{
	return session->depth;
}

/*
 * The library's own levels leave the program's streams alone: they began before, and where
 * the engine cannot read meanwhile, begin() has refused.
 */
int trv__own_begin(struct trv_session *session)
{
	return begin(session, NULL);
}

int trv__own_end(struct trv_session *session, int r)
{
	if (r >= 0) {
		r = commit(session);
		if (r >= 0 || session->depth == 0)
			return r;
	}
	struct trv_error first = session->error;
	bool was_failed = session->failed;
	if (session->depth)
		rollback(session);
	/* the caller's transaction has seen a failed statement, whether or not the library's own savepoint undid it */
	session->failed = session->depth && was_failed;
	session->error = first;
	return r;
}

/* --- the closure helper ----------------------------------------------------------------------- */

#define FIRST_PAUSE_MS 5u
#define LONGEST_PAUSE_MS 500u

/* Exponential, with full jitter (M. Brooker, "Exponential backoff and jitter"). False: that would be too late. */
static bool pause_before(unsigned attempt, unsigned *seed, uint64_t deadline)
{
	unsigned longest = attempt < 7 ? FIRST_PAUSE_MS << attempt : LONGEST_PAUSE_MS;
	unsigned ms = 1 + (unsigned)rand_r(seed) % longest;
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	if (trv_monotonic() + ms * UINT64_C(1000000) >= deadline)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

/* What `work` left open goes too; the error is that of the failure. */
static void undo_to(struct trv_session *session, unsigned depth)
{
	struct trv_error first = session->error;

	while (session->depth > depth)
		trv_rollback(session);
	session->error = first;
}

static int attempt(struct trv_session *session, int (*work)(struct trv_session *session, void *argument),
                   void *argument, const struct trv_transaction_options *options, const void *site)
{
	unsigned outer = session->depth;
	int r = begin_from(session, options, site);

	if (r < 0)
		return r;
	int done = work(session, argument);
	if (done >= 0 && session->depth != outer + 1)
		done = trv_error_set(&session->error, TRV_ERR_MISUSE,
		                     "the work of a transaction ended %u levels deep, it began %u deep", session->depth,
		                     outer + 1);
	if (done >= 0) {
		r = commit_from(session, site);
		done = r < 0 ? r : done;
	}
	undo_to(session, outer);
	return done;
}

int trv_transaction(struct trv_session *session, int (*work)(struct trv_session *session, void *argument),
                    void *argument, const struct trv_transaction_options *options)
{
	static const struct trv_transaction_options usual;
	const struct trv_transaction_options *given = options ? options : &usual;
	unsigned attempts = given->attempts ? given->attempts : 5;
	uint64_t deadline = trv_monotonic() + (given->deadline_ms ? given->deadline_ms : 30000) * UINT64_C(1000000);
	unsigned seed = (unsigned)trv_monotonic() ^ (unsigned)(uintptr_t)&attempts;
	struct trv_mark mark = trv_mark(session);
	bool inner = session->depth > 0;

	for (unsigned i = 0;; i++) {
		trv_error_clear(&session->error);
		int r = attempt(session, work, argument, inner ? NULL : options, TRV__SITE);
		bool again = r < 0 && session->error.code == r && session->error.retryable;

		if (!again || inner || i + 1 >= attempts || !pause_before(i, &seed, deadline))
			return r;
		trv_rewind(session, mark);
	}
}
