/*
 * What the files of the SQLite driver share: its connection, its statement, and the
 * few functions that cross from one file to another.
 */
#ifndef TRIVET_DRIVERS_SQLITE_INTERNAL_H
#define TRIVET_DRIVERS_SQLITE_INTERNAL_H

#include <sqlite3.h>
#include <stdatomic.h>
#include <trivet/driver.h>

extern const struct trv_dialect trv__sqlite_dialect;
extern const struct trv_driver trv__sqlite_driver;

/* BEGIN, BEGIN IMMEDIATE, COMMIT, ROLLBACK, and for each level SAVEPOINT, RELEASE, ROLLBACK TO. */
#define SQLITE_CONTROL_LEVELS 8
#define SQLITE_CONTROLS (4 + 3 * SQLITE_CONTROL_LEVELS)

struct sqlite_connection {
	struct trv_connection base;
	sqlite3 *db;
	const struct trv_allocator *allocator;
	uint64_t deadline; /* of the operation that runs */
	uint64_t
		span; /* of a row of a stream: its deadline is so long after the clock was first looked at; 0: it has one */
	bool timed_out; /* the deadline ended it */
	atomic_bool canceled; /* `cancel` ended it */
	bool read_only; /* the transaction is: writes are refused */
	bool touched; /* a borrower changed settings, attached a file or made a temporary object */
	bool memory;
	sqlite3_stmt *controls[SQLITE_CONTROLS]; /* prepared when first needed */
	char path[]; /* as in the URL, %-decoded; for messages too */
};

/* One slot of a decode table, boiled down to what the fetch of a row needs. */
struct sqlite_way {
	uint8_t kind; /* the type where the value is stored the usual way, else for the shared decoders */
	uint8_t stored; /* as what SQLite has it then; 0: never */
	uint8_t base;
	uint16_t column;
	uint32_t offset;
	uint32_t has_offset;
	size_t distance; /* from the first value, where they are evenly apart */
};

struct sqlite_statement {
	struct trv_statement base;
	sqlite3_stmt *handle;
	struct trv_outcome *outcome; /* of the result that is being read */
	const struct trv_decode *decode; /* of the last execute */
	const struct trv_decode *verified; /* the decode table last compared with the metadata */
	char *names; /* the copies that `columns` handed out */
	uint64_t deadline;
	uint64_t
		span; /* of a stream, whose rows are read at the reader's pace: for each row; 0: the deadline is for all */
	sqlite3_int64 changes; /* total changes before it ran */
	int prepared; /* how often the engine had re-prepared it when `verified` was compared */
	int parameters;
	bool running;
	bool waiting; /* the first row was stepped to by execute and is not fetched yet */
	bool writes;
	struct sqlite_way *ways; /* made from `verified`: how each wanted column is read */
	size_t way_count;
	size_t way_room;
	bool even; /* the values of a row are evenly apart */
	bool measured; /* that, since `ways` was made */
};

static inline struct sqlite_connection *sqlite_connection_of(struct trv_connection *connection)
{
	return (struct sqlite_connection *)connection;
}

static inline struct sqlite_connection *sqlite_of(const struct sqlite_statement *statement)
{
	return (struct sqlite_connection *)statement->base.connection;
}

/** Starts an operation: what waits or runs from here on ends by `deadline`. */
static inline void sqlite_begin(struct sqlite_connection *connection, uint64_t deadline)
{
	connection->deadline = deadline;
	connection->span = 0;
	connection->timed_out = false;
	atomic_store_explicit(&connection->canceled, false, memory_order_relaxed);
}

/** Ends one: the core sees whether a transaction is open. */
static inline void sqlite_settle(struct sqlite_connection *connection)
{
	connection->base.in_transaction = !sqlite3_get_autocommit(connection->db);
	if (!connection->base.in_transaction)
		connection->read_only = false;
}

/* connect.c */
int trv__sqlite_connect(const struct trv_connect_options *options, struct trv_connection **ret,
                        struct trv_error *error);
void trv__sqlite_close(struct trv_connection *base);
int trv__sqlite_ping(struct trv_connection *base, uint64_t deadline, struct trv_error *error);
int trv__sqlite_cancel(struct trv_connection *base, struct trv_error *error);

/* settings.c: the engine's switches, and the watch that sees a borrower move them. */
int trv__sqlite_apply_settings(struct sqlite_connection *connection); /* gives SQLite's code */
int trv__sqlite_reset(struct trv_connection *base, uint64_t deadline, struct trv_error *error);
void trv__sqlite_install_handlers(struct sqlite_connection *connection);

/* function.c: the collation `decimal` and the aggregate `decimal_sum`. */
int trv__sqlite_add_functions(sqlite3 *db);

/* rows.c: arrays as a table. */
#define SQLITE_ROWS_POINTER "trv_bind"
int trv__sqlite_add_rows(sqlite3 *db);

/* error.c */
/** Fills `error` from what SQLite just returned, and keeps `in_transaction` true to the engine. */
int trv__sqlite_fail(struct sqlite_connection *connection, int native, struct trv_error *error);
/** The code and flags only, for a failure that has no connection yet. */
int trv__sqlite_code(int native);

/* statement.c */
int trv__sqlite_compile(struct sqlite_connection *connection, const char *sql, size_t length, unsigned flags,
                        sqlite3_stmt **ret, struct trv_error *error);
int trv__sqlite_prepare(struct trv_connection *base, const char *sql, size_t length, uint64_t deadline,
                        struct trv_statement **ret, struct trv_error *error);
void trv__sqlite_finalize(struct trv_statement *base);
int trv__sqlite_columns(struct trv_statement *base, struct trv_result_column *columns, size_t max,
                        struct trv_error *error);
int trv__sqlite_execute(struct trv_statement *base, const struct trv_request *request, struct trv_outcome *outcome,
                        struct trv_error *error);
void trv__sqlite_finish(struct trv_statement *base);
int trv__sqlite_run(struct trv_connection *base, const char *sql, uint64_t deadline, struct trv_error *error);
/** Steps past the rows of `handle`, if any, and resets it. */
int trv__sqlite_finish_step(struct sqlite_connection *connection, sqlite3_stmt *handle, struct trv_error *error);
/** The result was read to its end: fills its outcome. */
void trv__sqlite_complete(struct sqlite_statement *statement);

/* bind.c */
int trv__sqlite_bind(sqlite3_stmt *handle, const struct trv_request *request, size_t row, struct trv_error *error);

/* fetch.c */
/** Decides how the columns are read, once for each decode table. */
int trv__sqlite_plan_ways(struct sqlite_statement *statement, const struct trv_decode *decode, struct trv_error *error);
int trv__sqlite_fetch(struct trv_statement *base, const struct trv_decode *decode, void *const *bases,
                      struct trv_arena *arena, uint64_t *absent, struct trv_error *error);

/* transaction.c */
int trv__sqlite_transaction(struct trv_connection *base, enum trv_transaction_verb verb, unsigned level,
                            const struct trv_transaction_options *options, uint64_t deadline, struct trv_error *error);

#endif
