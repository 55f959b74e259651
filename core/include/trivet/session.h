/**
 * @file session.h
 * A session is one conversation with a database: it is the one context argument of
 * every generated function. It borrows a connection from the pool when it first needs
 * one, holds the last error, and owns the arena in which everything it loads lives.
 *
 *     struct trv_session *s = NULL;
 *     int r = trv_session_open(db, &s, &err);
 *     ...
 *     trv_session_close(s);    // NULL is fine; every row it loaded dies here
 *
 * A session belongs to one thread at a time; different sessions are independent.
 *
 * In a transaction (trv_begin ... trv_commit) the session keeps its connection. Calls
 * nest: the inner ones are savepoints. After a statement that the engine refused inside a
 * transaction, or after a lost connection, every call fails with TRV_ERR_TRANSACTION until
 * trv_rollback: on every engine, because PostgreSQL goes on in no other way. What may fail
 * and be survived stands in a savepoint of its own. A call that is refused before anything
 * is sent (TRV_ERR_VALUE, TRV_ERR_MISUSE) or that finds no row leaves the transaction as it was.
 * The detail of TRV_ERR_TRANSACTION is the first failure; it is as retryable as that was.
 *
 * Rows are the program's own structs, and the library keeps no copies of them: a write changes
 * one only when it succeeded, and a rollback leaves it as it is. What was read or written in a
 * transaction that was rolled back is to be read again. A row with a `lock` column that is
 * written nevertheless is TRV_ERR_STALE, for it has a version that the database never had.
 */
#ifndef TRIVET_SESSION_H
#define TRIVET_SESSION_H

#include <trivet/db.h>

TRV_BEGIN_DECLS

struct trv_session;

/** Cannot block: the connection is borrowed later. TRV_ERR_NOMEM. */
TRV_API TRV_MUST_CHECK int trv_session_open(struct trv_db *db, struct trv_session **session, struct trv_error *error);

/** Rolls back what is open, gives the connection back, frees every row. NULL is fine. */
TRV_API void trv_session_close(struct trv_session *session);

/** The record of the last call that failed. Never NULL; valid until the next call that fails. */
TRV_API const struct trv_error *trv_error(const struct trv_session *session);

TRV_API struct trv_db *trv_session_db(const struct trv_session *session);

/** The arena in which the session's rows live; the caller may put its own things there. */
TRV_API struct trv_arena *trv_session_arena(struct trv_session *session);

/** Long loops free memory early: take a mark, work, rewind. Rows loaded in between die. */
TRV_API struct trv_mark trv_mark(const struct trv_session *session);
TRV_API void trv_rewind(struct trv_session *session, struct trv_mark mark);

/* --- transactions ----------------------------------------------------------------- */

enum trv_isolation {
	TRV_ISOLATION_DEFAULT,
	TRV_READ_COMMITTED,
	TRV_REPEATABLE_READ,
	TRV_SERIALIZABLE,
};

struct trv_transaction_options {
	enum trv_isolation isolation;
	bool read_only;
	bool deferrable;
	unsigned attempts; /* trv_transaction: how often it is run at most; 0 is 5 */
	unsigned deadline_ms; /* trv_transaction: no new attempt after this long; 0 is 30,000 */
	bool resolvable; /* trv_commit_resolve can be asked; on PostgreSQL one round trip more at commit */
};

/**
 * Begins a transaction, or inside one a savepoint. `options` NULL is the engine's usual
 * way; a savepoint takes none. On SQLite a transaction that is not read-only takes the
 * write lock at once (BEGIN IMMEDIATE).
 */
TRV_API TRV_MUST_CHECK int trv_begin(struct trv_session *session, const struct trv_transaction_options *options);

/** Commits the innermost level. TRV_UNKNOWN_OUTCOME when the connection was lost while it committed. */
TRV_API TRV_MUST_CHECK int trv_commit(struct trv_session *session);

/**
 * What became of the session's last trv_commit, which returned TRV_UNKNOWN_OUTCOME, of a
 * transaction that was begun as `.resolvable`: asked on another connection, within the
 * statement's deadline, as often as it takes. `committed` is set on success only. Outside a
 * transaction. TRV_UNKNOWN_OUTCOME when the server still works on it or knows no more;
 * TRV_ERR_UNSUPPORTED on an engine that cannot say (of ours PostgreSQL can, from version 13 on);
 * TRV_ERR_MISUSE without such a commit. A server that was killed since may have forgotten the
 * transaction and given its number to another: it then says that it was rolled back, or nothing.
 * The answer is that of the server to which the URL leads now: of one that took over without the commit it is about the history that goes on.
 */
TRV_API TRV_MUST_CHECK int trv_commit_resolve(struct trv_session *session, bool *committed);

/**
 * The next write of the session commits the transaction: when it has succeeded, no transaction is
 * open. Where the engine can (PostgreSQL), an insert or upsert of one statement goes out together
 * with the COMMIT, and with the BEGIN when nothing was sent before: begin, write and commit are one round trip.
 * Elsewhere, and of other writes, the commit follows the write. A write that the engine refuses leaves the
 * transaction open and failed, as ever; one that is refused before it is sent commits nothing, and
 * it is the next that does. What trv_commit would have returned, the write returns; its rows
 * may have got their keys then. A commit with the write cannot be canceled.
 * At the outermost level only: else TRV_ERR_MISUSE.
 */
TRV_API TRV_MUST_CHECK int trv_commit_next(struct trv_session *session);

/** Undoes the innermost level. Outside a transaction: TRV_ERR_MISUSE. */
TRV_API int trv_rollback(struct trv_session *session);

enum trv_transaction_end {
	TRV_COMMITTED,
	TRV_ROLLED_BACK, /* also of a savepoint, with what was wished inside it; and of a commit that failed */
	TRV_COMMIT_UNKNOWN, /* trv_commit returned TRV_UNKNOWN_OUTCOME */
};

/**
 * `run` is called once, when it is known what became of what the session does now: after the
 * outermost commit, or after the rollback of the level at which it was asked for or of one
 * around it. So mails are sent and caches are emptied for what took place only. In the order in
 * which they were asked for, by the session's thread, when the call that ended the transaction is
 * over: `run` may use the session, begin transactions, and ask again. Outside a transaction it is called at once
 * with TRV_COMMITTED. A hook of a plugin may ask, too. TRV_ERR_NOMEM: it is not called.
 */
TRV_API TRV_MUST_CHECK int trv_on_end(struct trv_session *session,
                                      void (*run)(struct trv_session *session, enum trv_transaction_end end,
                                                  void *argument),
                                      void *argument);

/** How deep: 0 is none, 1 a transaction, more are savepoints. */
TRV_API unsigned trv_transaction_depth(const struct trv_session *session);

/**
 * Runs `work` in a transaction: commits when it returns 0 or more, rolls back when it
 * returns less. The whole of it is run again, after a pause with jitter, when it failed
 * in a way that says so (`retryable`: deadlock, serialization, busy, a connection lost before
 * the commit was sent, a server that takes no writes any more); so `work` must have no effects outside the database. Never after
 * TRV_UNKNOWN_OUTCOME. Rows that a failed attempt loaded are freed.
 * Returns what `work` returned, or the failure to commit.
 */
TRV_API TRV_MUST_CHECK int trv_transaction(struct trv_session *session,
                                           int (*work)(struct trv_session *session, void *argument), void *argument,
                                           const struct trv_transaction_options *options);

/* --- canceling -------------------------------------------------------------------- */

/**
 * Ends the call that the session makes now; any thread may say so, while the session stays
 * open. The call returns TRV_ERR_CANCELED, also where it waits for a connection; in a
 * transaction the next is then trv_rollback. Without effect where no call is under way, on
 * a call that is about to succeed, and on trv_begin, trv_commit and trv_rollback. What comes
 * later, in this session or on the same connection, is never hit; on SQLite streams that the
 * session has open end, too.
 *
 * Returns 0 when the call is over, or after a second, when it is told and ends at its next
 * statement. TRV_ERR_CONNECT or TRV_ERR_TIMEOUT where the server does not take the cancel
 * within that second (MariaDB: five; the call that is canceled ends no sooner than that); TRV_ERR_UNSUPPORTED of a driver that has none.
 */
TRV_API int trv_cancel(struct trv_session *session, struct trv_error *error);

/* --- seeing what happens ------------------------------------------------------------ */

/** One statement that a session ran. Strings are valid during the callback or, in the log, until it is cleared. */
struct trv_statement_event {
	const char *sql;
	size_t parameters;
	uint64_t rows; /* read, or affected */
	uint64_t nanoseconds; /* from the send to the last row */
	const void *site; /* the call in the user's code */
	int status;
	bool prepared; /* it was prepared now; else it was in the cache */
};

struct trv_session_stats {
	uint64_t statements; /* that went to the engine, begin and commit not counted */
	uint64_t rows; /* read */
	uint64_t prepared; /* statements prepared */
	uint64_t compiled; /* queries for which SQL text was built */
	uint64_t transactions;
	uint64_t replica_calls; /* that were served by a replica */
};

TRV_API void trv_session_stats(const struct trv_session *session, struct trv_session_stats *stats);

/** Called after each statement, on the session's thread; it must not use the session. NULL stops it. */
TRV_API void trv_session_observe(struct trv_session *session,
                                 void (*observe)(const struct trv_statement_event *event, void *argument),
                                 void *argument);

/** Starts (empty) or stops the statement log. It keeps the last 1,024 statements. */
TRV_API TRV_MUST_CHECK int trv_session_log(struct trv_session *session, bool on);

/** The i-th statement in the log, or NULL. */
TRV_API const struct trv_statement_event *trv_session_logged(const struct trv_session *session, size_t i);

TRV_END_DECLS

#endif
