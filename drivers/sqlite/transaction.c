/*
 * Transaction control, by statements that are prepared once per connection.
 *
 * A transaction that may write takes the write lock at once (BEGIN IMMEDIATE): one that
 * reads first and writes later fails with BUSY_SNAPSHOT when another has written in
 * between, however long it is ready to wait. A read-only one takes a snapshot at its
 * first read; its writes are refused by the driver, because PRAGMA query_only would
 * make SQLite prepare every cached statement again.
 */
#include "internal.h"
#include <stdio.h>
#include <string.h>

enum control {
	CONTROL_BEGIN,
	CONTROL_BEGIN_IMMEDIATE,
	CONTROL_COMMIT,
	CONTROL_ROLLBACK,
	CONTROL_SAVEPOINT, /* this and the following: by level */
	CONTROL_RELEASE,
	CONTROL_ROLLBACK_TO,
};

static const char *const texts[] = {
	[CONTROL_BEGIN] = "BEGIN",
	[CONTROL_BEGIN_IMMEDIATE] = "BEGIN IMMEDIATE",
	[CONTROL_COMMIT] = "COMMIT",
	[CONTROL_ROLLBACK] = "ROLLBACK",
	[CONTROL_SAVEPOINT] = "SAVEPOINT trv_",
	[CONTROL_RELEASE] = "RELEASE trv_",
	[CONTROL_ROLLBACK_TO] = "ROLLBACK TO trv_",
};

/* Where the prepared statement is kept; NULL for levels that are too deep to keep. */
static sqlite3_stmt **place(struct sqlite_connection *connection, enum control control, unsigned level)
{
	if (control < CONTROL_SAVEPOINT)
		return &connection->controls[control];
	if (level >= SQLITE_CONTROL_LEVELS)
		return NULL;
	return &connection->controls[CONTROL_SAVEPOINT + 3 * level + (control - CONTROL_SAVEPOINT)];
}

static int run(struct sqlite_connection *connection, enum control control, unsigned level, struct trv_error *error)
{
	sqlite3_stmt *handle = NULL;
	sqlite3_stmt **kept = place(connection, control, level);

	if (kept && *kept)
		return trv__sqlite_finish_step(connection, *kept, error);
	char sql[64];
	if (control < CONTROL_SAVEPOINT)
		snprintf(sql, sizeof(sql), "%s", texts[control]);
	else
		snprintf(sql, sizeof(sql), "%s%u", texts[control], level);
	int r = trv__sqlite_compile(connection, sql, strlen(sql), SQLITE_PREPARE_PERSISTENT, &handle, error);
	if (r == 0)
		r = trv__sqlite_finish_step(connection, handle, error);
	if (kept && handle)
		*kept = handle;
	else
		sqlite3_finalize(handle);
	return r;
}

static int begin(struct sqlite_connection *connection, const struct trv_transaction_options *options,
                 struct trv_error *error)
{
	bool read_only = options && options->read_only;

	if (connection->base.in_transaction)
		return trv_error_set(error, TRV_ERR_MISUSE, "a transaction is open already");
	/* A file that cannot be written has no write lock to take. */
	bool lock = !read_only && sqlite3_db_readonly(connection->db, "main") != 1;
	int r = run(connection, lock ? CONTROL_BEGIN_IMMEDIATE : CONTROL_BEGIN, 0, error);
	if (r == 0)
		connection->read_only = read_only;
	return r;
}

static int gone(struct trv_error *error)
{
	trv_error_set(error, TRV_ERR_TRANSACTION, "no transaction is open: the engine has rolled it back");
	memcpy(error->sqlstate, "25P01", 6);
	return TRV_ERR_TRANSACTION;
}

/* All but BEGIN. */
static int go_on(struct sqlite_connection *connection, enum trv_transaction_verb verb, unsigned level,
                 struct trv_error *error)
{
	int r;

	switch (verb) {
	case TRV_VERB_COMMIT:
		return run(connection, CONTROL_COMMIT, 0, error);
	case TRV_VERB_ROLLBACK:
		return run(connection, CONTROL_ROLLBACK, 0, error);
	case TRV_VERB_SAVEPOINT:
		return run(connection, CONTROL_SAVEPOINT, level, error);
	case TRV_VERB_RELEASE:
		return run(connection, CONTROL_RELEASE, level, error);
	case TRV_VERB_ROLLBACK_TO:
		r = run(connection, CONTROL_ROLLBACK_TO, level, error);
		return r < 0 ? r : run(connection, CONTROL_RELEASE, level, error);
	default:
		return trv_error_set(error, TRV_ERR_MISUSE, "unknown transaction verb %d", (int)verb);
	}
}

int trv__sqlite_transaction(struct trv_connection *base, enum trv_transaction_verb verb, unsigned level,
                            const struct trv_transaction_options *options, uint64_t deadline, struct trv_error *error)
{
	struct sqlite_connection *connection = sqlite_connection_of(base);

	sqlite_begin(connection, deadline);
	sqlite_settle(connection);
	if (verb == TRV_VERB_BEGIN)
		return begin(connection, options, error);
	if (!base->in_transaction)
		return verb == TRV_VERB_ROLLBACK ? 0 : gone(error);
	return go_on(connection, verb, level, error);
}
