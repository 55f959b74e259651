/* The inside of databases and sessions, shared by this floor's files. */
#ifndef TRIVET_SESSION_INTERNAL_H
#define TRIVET_SESSION_INTERNAL_H

#include "monitor/repeat.h"
#include "pool/replicas.h"
#include "query/select.h"

#include <stdatomic.h>
#include <trivet/plugin.h>
#include <trivet/runtime.h>
#include <trivet/session.h>

struct trv_db {
	_Atomic unsigned users; /* its opener and the sessions: the last one frees it */
	struct trv_allocator allocator;
	struct trv_arena arena; /* the URL and what lives as long as the database */
	const char *url;
	struct trv__driver driver;
	struct trv_registry *registry;
	struct trv__pool *pool;
	struct trv__monitor monitor;
	struct trv__endpoint *endpoint; /* NULL: nobody is to watch */
	struct trv__pool *replica_pools[TRV_MAX_REPLICAS]; /* NULL behind the last */
	struct trv__replicas *replicas; /* or NULL */
	unsigned query_ms;
	size_t arena_cap;
	const struct trv_plugin *plugins[TRV_MAX_PLUGINS]; /* in the order in which they were started */
	size_t plugin_count;
};

struct trv__log;
struct trv__write;

/* In place of the number of a transaction. */
#define TRV__NO_ID INT64_C(-1)
#define TRV__UNTOLD_ID INT64_C(-2) /* the engine tells none */

struct trv_session {
	struct trv_db *db;
	struct trv_arena arena; /* rows */
	struct trv_arena scratch; /* of the running call */
	struct trv__link *link; /* borrowed; NULL between calls outside a transaction */
	struct trv_error error;
	const void *site; /* of the running call */
	uint64_t borrowed; /* the clock as the call read it for that, while nothing was done since; else 0 */
	uint64_t ended; /* the same of the end of its last statement */
	const struct trv__write *writes; /* what the running statement writes, or NULL */
	bool batched; /* the running call reads for many at once: it is not one of many */
	unsigned calls; /* nested, by hooks and streams */
	unsigned streams; /* that are open: they hold the connection */
	unsigned depth; /* of transactions */
	bool failed; /* the transaction must be rolled back */
	struct trv_error cause; /* the first failure that made it so */
	bool resolvable; /* its commit may be asked about */
	struct trv__wish *wishes, *due; /* to be told at the end of the transaction; and now */
	bool commits_next; /* the next write ends the transaction */
	bool commits_along; /* the statement that is run now does, in the same round trip */
	int64_t commit_id; /* the engine's number of the transaction whose commit's outcome is unknown, or TRV__NO_ID */
	uint64_t commit_noted; /* when it was told */
	bool holds; /* the running call holds a transaction, in which it only reads */
	bool handed_out; /* to the native handle or to raw SQL: the connection is cleaned before it goes back */
	bool pinned; /* that was outside a transaction: the session keeps the connection until it closes */
	bool allows_replicas; /* to serve its reads; there are some */
	bool on_replica; /* the running read, or the last one, is served by a replica */
	struct trv__choice choice; /* of a replica */
	struct trv_session_stats stats;
	struct trv__repeats repeats;
	void (*observe)(const struct trv_statement_event *event, void *argument);
	void *observe_argument;
	struct trv__log *log;
	struct trv_stream_state *open_streams;
	_Atomic uint64_t cancel; /* cancel.c: the fence */
	struct trv_connection *cancel_target;
	struct trv__explanation *explanation; /* what is being explained instead of run, or NULL */
};

/* --- a call into the library ------------------------------------------------------------- */

struct trv__call {
	struct trv_mark scratch;
	const void *site; /* of the call around it */
	bool batched;
};

#define TRV__SITE __builtin_extract_return_addr(__builtin_return_address(0))

/*
 * Puts what the running call reads from here on into one transaction, where that costs no
 * round trip: the locks are taken once, and all its statements see the same. It ends with the call.
 */
TRV_MUST_CHECK int trv__hold_reads(struct trv_session *session);

/* Begins a call: notes the call site and borrows a connection, where there is none, to the primary. */
TRV_MUST_CHECK int trv__enter(struct trv_session *session, struct trv__call *call, const void *site);

/* The same for what must not run on a replica, from which a stream may be open, and for what may write. */
TRV_MUST_CHECK int trv__enter_primary(struct trv_session *session, struct trv__call *call, const void *site);
TRV_MUST_CHECK int trv__enter_write(struct trv_session *session, struct trv__call *call, const void *site);

/*
 * The same for a read that a replica may serve; `query` may be NULL. When it failed for the
 * replica's sake, it is run again elsewhere:
 *
 *     do {
 *             r = trv__enter_read(session, &call, site, model, query);
 *             if (r >= 0)
 *                     r = trv__leave(session, &call, ...);
 *     } while (trv__read_again(session, r));
 */
TRV_MUST_CHECK int trv__enter_read(struct trv_session *session, struct trv__call *call, const void *site,
                                   const struct trv_model *model, const void *query);
bool trv__reads_elsewhere(struct trv_session *session, int r);
static inline bool trv__read_again(struct trv_session *session, int r)
{
	return session->allows_replicas && trv__reads_elsewhere(session, r);
}

/* Borrows a connection to a replica: 1. 0: none fits, the primary has to serve. TRV_ERR_CANCELED. */
TRV_MUST_CHECK int trv__borrow_replica(struct trv_session *session, const struct trv_model *model,
                                       const struct trv_query *query, const void *site);

/* Ends it: frees the scratch memory, gives the connection back. Returns `r`. */
int trv__leave(struct trv_session *session, struct trv__call *call, int r);

/* Around a call, and between them once it has its connection: cancellers may come. cancel.c */
void trv__cancel_begin(struct trv_session *session);
void trv__cancel_reach(struct trv_session *session);
void trv__cancel_end(struct trv_session *session);

/* Until trv__cancel_reach none comes: a cancelled COMMIT would have an unknown outcome. */
void trv__cancel_shield(struct trv_session *session);

/* Whether the call is to end before its next statement; as a failure of that. */
bool trv__is_canceled(const struct trv_session *session);
int trv__refuse_canceled(struct trv_session *session);

/* Whether raw SQL may change what outlives its transaction: settings, temporary tables, locks. touch.c */
bool trv__sql_touches(const char *sql);

/* Gives the connection back, clean, if there is one. */
void trv__give_back(struct trv_session *session);

uint64_t trv__deadline(const struct trv_session *session);

static inline const struct trv_dialect *trv__dialect(const struct trv_session *session)
{
	return session->link->connection->dialect;
}

int trv__no_memory(struct trv_session *session);

/* --- statements ---------------------------------------------------------------------------- */

/* What can be written by a writer, and what its rows look like. */
struct trv__statement_kind {
	void (*write)(struct trv__writer *writer, const void *what);
	size_t (*slot_count)(const void *what);
	int (*slots)(const void *what, const struct trv_dialect *dialect, struct trv_slot *slots, size_t room,
	             size_t *count);
	size_t (*bases)(const void *what);
	/*
	 * Instead of slot_count and slots, where the decode table follows from the result: fills
	 * one slot for each of its columns. The names in them are copied. With a plan from the
	 * cache it is not called; the driver compares the names again.
	 */
	int (*describe)(const void *what, const struct trv_result_column *columns, size_t count,
	                const struct trv_dialect *dialect, struct trv_slot *slots, struct trv_error *error);
	bool by_hand; /* a person wrote the SQL, and perhaps values into it */
	bool at_once; /* nothing that takes time comes before it in its call */
};

extern const struct trv__statement_kind trv__select_kind;

/* A running statement. */
struct trv__cursor {
	struct trv_session *session;
	struct trv__writer *writer; /* holds the parameters */
	struct trv__plan *plan;
	struct trv_outcome outcome;
	const char *said; /* of a stream: the text with its values, or NULL */
	uint64_t started, rows;
	size_t parameters;
	bool prepared, by_rows;
	int status;
};

/*
 * Writes, finds or makes the plan, and executes. After success, trv__cursor_close ends
 * it. The writer lives until then: parameters lie in it.
 */
TRV_MUST_CHECK int trv__cursor_open(struct trv_session *session, struct trv__cursor *cursor, struct trv__writer *writer,
                                    const struct trv__statement_kind *kind, const void *what, bool stream);

/* The two halves of it, with the memory for the parameters. What was prepared is executed or abandoned. */
TRV_MUST_CHECK int trv__cursor_prepare(struct trv_session *session, struct trv__cursor *cursor,
                                       struct trv__writer *writer, struct trv_arena *memory,
                                       const struct trv__statement_kind *kind, const void *what);
TRV_MUST_CHECK int trv__cursor_execute(struct trv__cursor *cursor, bool stream);
void trv__cursor_abandon(struct trv__cursor *cursor);

/* Executes several in one round trip, by a driver that can. Their rows are then fetched in turn. All or none. */
TRV_MUST_CHECK int trv__cursors_execute(struct trv_session *session, struct trv__cursor *const *cursors, size_t count);

/* The same with other memory for the parameters, for a cursor that outlives the call. */
TRV_MUST_CHECK int trv__cursor_open_in(struct trv_session *session, struct trv__cursor *cursor,
                                       struct trv__writer *writer, struct trv_arena *memory,
                                       const struct trv__statement_kind *kind, const void *what, bool stream);

/* 1 a row, 0 no more. */
static inline int trv__cursor_fetch(struct trv__cursor *cursor, void *const *bases, struct trv_arena *arena,
                                    uint64_t *absent)
{
	struct trv_statement *statement = cursor->plan->statement;
	int r = statement->connection->driver->fetch(statement, &cursor->plan->decode, bases, arena, absent,
	                                             &cursor->session->error);

	cursor->rows += r > 0;
	if (r < 0)
		cursor->status = r;
	return r;
}

/* Ends it and counts it. Returns the first failure of the statement, or 0. */
int trv__cursor_close(struct trv__cursor *cursor);

/* A statement without rows. */
TRV_MUST_CHECK int trv__run(struct trv_session *session, const struct trv__statement_kind *kind, const void *what,
                            struct trv_outcome *outcome);

/* One integer from a statement that the dialect gives, with one text parameter or none. */
TRV_MUST_CHECK int trv__fetch_integer(struct trv_session *session, int64_t *value, const char *sql,
                                      const char *parameter);

/* After a statement failed: is the transaction lost? */
void trv__note_failure(struct trv_session *session, int status);

/* Makes a constraint error say what the model knows, the same on every engine. */
void trv__explain_constraint(struct trv_session *session);

/* --- the log ----------------------------------------------------------------------------- */

void trv__observe(struct trv_session *session, const struct trv_statement_event *event);
static inline bool trv__is_observed(const struct trv_session *session)
{
	return session->observe || session->log;
}

/* A statement that goes without a cursor: it is counted, and told to who observes. */
void trv__note_statement(struct trv_session *session, const struct trv_statement_event *event);

void trv__log_destroy(struct trv_session *session);

/* --- hooks --------------------------------------------------------------------------------- */

bool trv__has_hooks(const struct trv_session *session, const struct trv_model *model, enum trv_event event);
TRV_MUST_CHECK int trv__run_hooks(struct trv_session *session, const struct trv_model *model, enum trv_event event,
                                  void *row, uint64_t columns);

/* Starts a transaction or savepoint of the library's own around a write; commits or undoes it by `r`. */
TRV_MUST_CHECK int trv__own_begin(struct trv_session *session);
TRV_MUST_CHECK int trv__own_end(struct trv_session *session, int r);

/* trv_on_end. After a savepoint was released; after levels below the depth came to an end; when the call is over. */
void trv__wishes_keep(struct trv_session *session);
void trv__wishes_end(struct trv_session *session, enum trv_transaction_end end);
void trv__wishes_tell(struct trv_session *session);
void trv__wishes_drop(struct trv_session *session);

/*
 * Around the one statement of a write: whether it takes the COMMIT along, and what that made of the transaction.
 * At the end of every write: commits now what was to be committed with it.
 */
void trv__commit_along(struct trv_session *session);
void trv__commit_went_along(struct trv_session *session, int r);
int trv__commit_after(struct trv_session *session, int r);

/* --- streams --------------------------------------------------------------------------------- */

void trv__streams_close(struct trv_session *session);

/* TRV_ERR_MISUSE where a stream is open and the engine runs nothing else on its connection meanwhile. */
TRV_MUST_CHECK int trv__streams_check(struct trv_session *session);

/* --- explanations ------------------------------------------------------------------------------ */

/* What comes next loads a relation, so many levels below the query. Does nothing while queries really run. */
TRV_MUST_CHECK int trv__explain_label(struct trv_session *session, unsigned depth, const struct trv_model *model,
                                      const struct trv_relation *relation, const char *loader);

#endif
