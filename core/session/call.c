/* The frame of every call: borrowing the connection, scratch memory, errors. */
#include "session/internal.h"

#include <string.h>

#define WRITING UINT64_MAX /* in place of the time when the session wrote: no replica shows that */

uint64_t trv__deadline(const struct trv_session *session)
{
	return trv_monotonic() + session->db->query_ms * UINT64_C(1000000);
}

int trv__no_memory(struct trv_session *session)
{
	if (session->arena.cap && session->arena.used >= session->arena.cap / 2)
		return trv_error_set(&session->error, TRV_ERR_NOMEM, "the session holds %zu bytes, its cap is %zu",
		                     session->arena.used, session->arena.cap);
	return trv_error_set(&session->error, TRV_ERR_NOMEM, "out of memory");
}

static int refuse_failed(struct trv_session *session)
{
	const struct trv_error *cause = &session->cause;
	int r = trv_error_set(&session->error, TRV_ERR_TRANSACTION, "an earlier failure ended the transaction");

	trv_error_detail(&session->error, "%s: %s", trv_status_name(cause->code), cause->message);
	trv_error_hint(&session->error, "call trv_rollback before anything else");
	session->error.native = cause->native;
	session->error.retryable = cause->retryable;
	memcpy(session->error.sqlstate, cause->sqlstate, sizeof(cause->sqlstate));
	return r;
}

/* What a call is about, where a replica may serve it. */
struct read {
	const struct trv_model *model;
	const struct trv_query *query;
};

/* In a forked child, not even a connection that is held may be used. */
static int borrow(struct trv_session *session, const void *site, const struct read *read)
{
	if (trv__pool_is_foreign(session->db->pool))
		return trv__pool_refuse_foreign(&session->error);
	session->borrowed = session->ended = 0;
	if (session->link)
		return 0;
	int r = read && session->allows_replicas ? trv__borrow_replica(session, read->model, read->query, site) : 0;
	if (r == 0)
		r = trv__pool_acquire(session->db->pool, session, site, &session->link, &session->error);
	if (r >= 0)
		session->borrowed = session->link->given;
	return r < 0 ? r : 0;
}

/* The outermost call may be canceled from here on. */
static int start(struct trv_session *session, const void *site, const struct read *read)
{
	if (session->calls)
		return 0;
	trv__cancel_begin(session);
	int r = borrow(session, site, read);
	if (r < 0)
		trv__cancel_end(session);
	else
		trv__cancel_reach(session);
	return r;
}

static int enter(struct trv_session *session, struct trv__call *call, const void *site, const struct read *read)
{
	call->site = session->site;
	call->batched = session->batched;
	call->scratch = trv_arena_mark(&session->scratch);
	session->site = site;
	session->on_replica = false;
	int r = session->failed ? refuse_failed(session) : start(session, site, read);
	if (r < 0) {
		session->error.site = site;
		session->site = call->site;
		return r;
	}
	session->calls++;
	session->batched = false;
	return 0;
}

int trv__enter(struct trv_session *session, struct trv__call *call, const void *site)
{
	return enter(session, call, site, NULL);
}

int trv__enter_read(struct trv_session *session, struct trv__call *call, const void *site,
                    const struct trv_model *model, const void *query)
{
	return enter(session, call, site, &(struct read) { model, query });
}

int trv__enter_primary(struct trv_session *session, struct trv__call *call, const void *site)
{
	int r = enter(session, call, site, NULL);

	if (r < 0 || session->link->pool == session->db->pool)
		return r;
	r = trv_error_set(&session->error, TRV_ERR_MISUSE, "a stream from a replica is open");
	trv_error_hint(&session->error, "end it first, or use another session meanwhile");
	return trv__leave(session, call, r);
}

int trv__enter_write(struct trv_session *session, struct trv__call *call, const void *site)
{
	int r = trv__enter_primary(session, call, site);

	if (r >= 0 && session->db->replicas)
		session->choice.wrote = WRITING;
	return r;
}

/* What it wrote is committed by now; on a connection that was lost, at a time that nobody knows. */
static void note_written(struct trv_session *session)
{
	if (session->choice.wrote == WRITING && !session->link->connection->broken)
		session->choice.wrote = trv_monotonic();
}

void trv__give_back(struct trv_session *session)
{
	if (!session->link)
		return;
	note_written(session);
	trv__pool_release(session->link->pool, session, session->link, session->handed_out, session->ended);
	session->handed_out = session->pinned = false;
	session->link = NULL;
}

int trv__hold_reads(struct trv_session *session)
{
	static const struct trv_transaction_options options = { .read_only = true };
	struct trv_connection *connection = session->link->connection;

	if (!connection->dialect->holds_reads || session->holds || session->depth || session->streams ||
	    session->explanation || connection->in_transaction)
		return 0;
	int r = connection->driver->transaction(connection, TRV_VERB_BEGIN, 1, &options, trv__deadline(session),
	                                        &session->error);
	session->holds = r >= 0;
	return r;
}

/* A transaction that only read has nothing to lose. */
static void let_go(struct trv_session *session)
{
	struct trv_connection *connection = session->link->connection;
	struct trv_error ignored;

	session->holds = false;
	if (connection->in_transaction && connection->driver->transaction(connection, TRV_VERB_ROLLBACK, 1, NULL,
	                                                                  trv__deadline(session), &ignored) < 0)
		connection->broken = true;
}

static bool needs_link(const struct trv_session *session)
{
	if (session->calls || session->depth || session->streams || session->failed)
		return true;
	return session->pinned && !session->link->connection->broken;
}

/*
 * A statement may have ended the transaction and succeeded, as DDL does on MariaDB: what
 * came next would be committed by itself, one by one.
 */
static void notice_end(struct trv_session *session)
{
	if (!session->depth || session->failed || session->link->connection->in_transaction)
		return;
	trv_error_set(&session->cause, TRV_ERR_TRANSACTION,
	              "a statement ended the transaction; what came before it may be committed");
	session->failed = true;
}

int trv__leave(struct trv_session *session, struct trv__call *call, int r)
{
	if (r < 0)
		session->error.site = session->site;
	notice_end(session);
	trv_arena_rewind(&session->scratch, call->scratch);
	session->site = call->site;
	session->batched = call->batched;
	if (--session->calls == 0) {
		if (session->holds)
			let_go(session);
		trv__cancel_end(session);
	}
	if (session->link && !needs_link(session))
		trv__give_back(session);
	session->ended = 0;
	if (session->due && !session->calls)
		trv__wishes_tell(session);
	return r;
}

/*
 * Of a transaction whose connection is lost before its COMMIT was sent nothing took place, so
 * the whole may be tried again. A statement alone may have taken place.
 */
static void qualify_loss(struct trv_session *session, int status)
{
	if (status == TRV_ERR_LOST || status == TRV_ERR_CONNECT)
		session->error.retryable = session->depth > 0;
	if (session->depth == 0 && session->writes && (status == TRV_ERR_LOST || status == TRV_ERR_TIMEOUT))
		trv_error_hint(&session->error, "the write may have taken place; in a transaction it would have not");
}

/*
 * PostgreSQL ends a transaction at the first failed statement, the others go on. So that
 * a program behaves alike on all of them, it must roll back on all of them.
 */
void trv__note_failure(struct trv_session *session, int status)
{
	if (status >= 0)
		return;
	/* the server takes no writes any more: another one may */
	if (status == TRV_ERR_READ_ONLY && session->link->connection->broken)
		trv__pool_evict_with(session->link->pool, session->link);
	qualify_loss(session, status);
	if (session->depth && !session->failed)
		session->cause = session->error;
	session->failed = session->failed || session->depth;
}
