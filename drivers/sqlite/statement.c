/*
 * Statements: prepared once, executed many times. A statement that returns rows is
 * stepped to its first row by execute, so that what is wrong with it is reported there
 * and a result whose columns are not those of the decode table is never decoded.
 */
#include "internal.h"
#include <limits.h>
#include <string.h>

/* Passes over white space, semicolons and comments. */
static const char *skip_blank(const char *at, const char *end)
{
	while (at < end) {
		size_t left = (size_t)(end - at);

		if (strchr(" \t\r\n\f;", *at) && *at) {
			at++;
		} else if (left >= 2 && memcmp(at, "--", 2) == 0) {
			const char *line = memchr(at, '\n', left);
			at = line ? line + 1 : end;
		} else if (left >= 2 && memcmp(at, "/*", 2) == 0) {
			const char *close = memmem(at + 2, left - 2, "*/", 2);
			at = close ? close + 2 : end;
		} else {
			break;
		}
	}
	return at;
}

int trv__sqlite_compile(struct sqlite_connection *connection, const char *sql, size_t length, unsigned flags,
                        sqlite3_stmt **ret, struct trv_error *error)
{
	sqlite3_stmt *handle = NULL;
	const char *tail = sql;

	if (length > INT_MAX)
		return trv_error_set(error, TRV_ERR_LIMIT, "the statement has %zu bytes", length);
	int native = sqlite3_prepare_v3(connection->db, sql, (int)length, flags, &handle, &tail);
	if (native != SQLITE_OK)
		return trv__sqlite_fail(connection, native, error);
	const char *more = skip_blank(tail, sql + length);
	if (handle && more == sql + length) {
		*ret = handle;
		return 0;
	}
	sqlite3_finalize(handle);
	if (!handle)
		return trv_error_set(error, TRV_ERR_SQL, "the text holds no statement");
	trv_error_set(error, TRV_ERR_SQL, "the text holds more than one statement");
	trv_error_detail(error, "the second one begins at offset %zu", (size_t)(more - sql));
	return TRV_ERR_SQL;
}

int trv__sqlite_prepare(struct trv_connection *base, const char *sql, size_t length, uint64_t deadline,
                        struct trv_statement **ret, struct trv_error *error)
{
	struct sqlite_connection *connection = sqlite_connection_of(base);
	sqlite3_stmt *handle;

	sqlite_begin(connection, deadline);
	int r = trv__sqlite_compile(connection, sql, length, SQLITE_PREPARE_PERSISTENT, &handle, error);
	if (r < 0)
		return r;
	struct sqlite_statement *statement = trv_allocate(connection->allocator, sizeof(*statement));
	if (!statement) {
		sqlite3_finalize(handle);
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	}
	*statement = (struct sqlite_statement) {
		.base.connection = base,
		.handle = handle,
		.parameters = sqlite3_bind_parameter_count(handle),
		.writes = !sqlite3_stmt_readonly(handle),
	};
	*ret = &statement->base;
	return 0;
}

void trv__sqlite_finalize(struct trv_statement *base)
{
	struct sqlite_statement *statement = (struct sqlite_statement *)base;
	struct sqlite_connection *connection = sqlite_of(statement);

	sqlite3_finalize(statement->handle);
	sqlite_settle(connection);
	trv_release(connection->allocator, statement->names);
	trv_release(connection->allocator, statement->ways);
	trv_release(connection->allocator, statement);
}

/* The names are copied: SQLite's own die when it re-prepares the statement. */
int trv__sqlite_columns(struct trv_statement *base, struct trv_result_column *columns, size_t max,
                        struct trv_error *error)
{
	struct sqlite_statement *statement = (struct sqlite_statement *)base;
	const struct trv_allocator *allocator = sqlite_of(statement)->allocator;
	int count = sqlite3_column_count(statement->handle);
	size_t size = 1;

	for (int i = 0; i < count; i++) {
		const char *name = sqlite3_column_name(statement->handle, i);

		if (!name)
			return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
		size += strlen(name) + 1;
	}
	char *names = trv_allocate(allocator, size);
	if (!names)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	trv_release(allocator, statement->names);
	statement->names = names;
	for (int i = 0; i < count && (size_t)i < max; i++) {
		const char *name = sqlite3_column_name(statement->handle, i);
		size_t length = strlen(name) + 1;

		columns[i].name = memcpy(names, name, length);
		names += length;
	}
	return count;
}

/* Compares the result's columns with the decode table. */
static int verify(struct sqlite_statement *statement, const struct trv_decode *decode, struct trv_error *error)
{
	size_t count = (size_t)sqlite3_column_count(statement->handle);

	if (count != decode->count)
		return trv_error_set(error, TRV_ERR_MISMATCH, "the result has %zu columns, %zu are expected", count,
		                     decode->count);
	for (size_t i = 0; i < count; i++) {
		const char *expected = decode->slots[i].name;
		const char *name = sqlite3_column_name(statement->handle, (int)i);

		if (!name)
			return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
		if (expected && strcmp(name, expected) != 0)
			return trv_error_set(error, TRV_ERR_MISMATCH,
			                     "column %zu of the result is '%s', '%s' is expected", i + 1, name,
			                     expected);
	}
	return 0;
}

/* verify, unless this very table was compared since the engine last prepared the statement. */
static int verify_once(struct sqlite_statement *statement, const struct trv_decode *decode, struct trv_error *error)
{
	int prepared = sqlite3_stmt_status(statement->handle, SQLITE_STMTSTATUS_REPREPARE, 0);

	if (statement->verified == decode && statement->prepared == prepared)
		return 0;
	statement->verified = NULL;
	int r = verify(statement, decode, error);
	if (r == 0)
		r = trv__sqlite_plan_ways(statement, decode, error);
	if (r == 0 && !decode->by_name) {
		statement->verified = decode;
		statement->prepared = prepared;
	}
	return r;
}

void trv__sqlite_complete(struct sqlite_statement *statement)
{
	sqlite3 *db = sqlite_of(statement)->db;

	if (!statement->outcome)
		return;
	/* What changes nothing (a query, DDL) leaves sqlite3_changes as the last write left it. */
	bool changed = sqlite3_total_changes64(db) != statement->changes;
	statement->outcome->affected = changed ? (uint64_t)sqlite3_changes64(db) : 0;
	statement->outcome->last_id = sqlite3_last_insert_rowid(db);
	statement->outcome = NULL;
}

static int check(const struct sqlite_statement *statement, const struct trv_request *request, struct trv_error *error)
{
	if (request->rows > 1 || (request->each && request->decode))
		return trv_error_set(error, TRV_ERR_UNSUPPORTED, "SQLite takes one row of parameters at a time");
	if (request->bind_count != (size_t)statement->parameters)
		return trv_error_set(error, TRV_ERR_MISUSE, "the statement has %d parameters, %zu are given",
		                     statement->parameters, request->bind_count);
	if (statement->writes && sqlite_of(statement)->read_only) {
		trv_error_set(error, TRV_ERR_READ_ONLY, "the transaction is read-only, the statement writes");
		memcpy(error->sqlstate, "25006", 6);
		return TRV_ERR_READ_ONLY;
	}
	return 0;
}

/* No rows are wanted: to the end at once. */
static int execute_all(struct sqlite_statement *statement, struct trv_error *error)
{
	struct sqlite_connection *connection = sqlite_of(statement);
	int native;

	do {
		native = sqlite3_step(statement->handle);
	} while (native == SQLITE_ROW);
	if (native == SQLITE_DONE)
		trv__sqlite_complete(statement);
	int r = native == SQLITE_DONE ? 0 : trv__sqlite_fail(connection, native, error);
	trv__sqlite_finish(&statement->base);
	return r;
}

static int execute_first(struct sqlite_statement *statement, const struct trv_decode *decode, struct trv_error *error)
{
	int native = sqlite3_step(statement->handle);
	int r = 0;

	if (native != SQLITE_ROW && native != SQLITE_DONE)
		r = trv__sqlite_fail(sqlite_of(statement), native, error);
	else
		r = verify_once(statement, decode, error);
	if (r < 0) {
		trv__sqlite_finish(&statement->base);
		return r;
	}
	statement->running = native == SQLITE_ROW;
	statement->waiting = statement->running;
	if (!statement->running)
		trv__sqlite_complete(statement);
	return 0;
}

/* A run with each element of the arrays. */
static int execute_each(struct sqlite_statement *statement, const struct trv_request *request, struct trv_error *error)
{
	size_t count = request->bind_count ? request->binds[0].count : 0;
	struct trv_outcome *outcome = statement->outcome;
	uint64_t affected = 0;
	int r = 0;

	for (size_t i = 0; i < count && r >= 0; i++) {
		statement->outcome = outcome;
		r = trv__sqlite_bind(statement->handle, request, i, error);
		if (r >= 0)
			r = execute_all(statement, error);
		affected += r < 0 ? 0 : outcome->affected;
	}
	outcome->affected = affected;
	return r;
}

int trv__sqlite_execute(struct trv_statement *base, const struct trv_request *request, struct trv_outcome *outcome,
                        struct trv_error *error)
{
	struct sqlite_statement *statement = (struct sqlite_statement *)base;
	struct sqlite_connection *connection = sqlite_of(statement);

	int r = check(statement, request, error);
	if (r < 0)
		return r;
	if (statement->running)
		trv__sqlite_finish(base);
	r = request->each ? 0 : trv__sqlite_bind(statement->handle, request, 0, error);
	if (r < 0)
		return r;
	sqlite_begin(connection, request->deadline);
	statement->deadline = request->deadline;
	uint64_t now = request->stream ? trv_monotonic() : request->deadline;
	statement->span = request->deadline > now ? request->deadline - now : 0;
	statement->outcome = outcome;
	statement->decode = request->decode;
	statement->changes = sqlite3_total_changes64(connection->db);
	if (request->decode)
		r = execute_first(statement, request->decode, error);
	else
		r = request->each ? execute_each(statement, request, error) : execute_all(statement, error);
	sqlite_settle(connection);
	return r;
}

void trv__sqlite_finish(struct trv_statement *base)
{
	struct sqlite_statement *statement = (struct sqlite_statement *)base;

	sqlite3_reset(statement->handle);
	statement->outcome = NULL;
	statement->running = false;
	statement->waiting = false;
	sqlite_settle(sqlite_of(statement));
}

int trv__sqlite_finish_step(struct sqlite_connection *connection, sqlite3_stmt *handle, struct trv_error *error)
{
	int native, r;

	do {
		native = sqlite3_step(handle);
	} while (native == SQLITE_ROW);
	r = native == SQLITE_DONE ? 0 : trv__sqlite_fail(connection, native, error);
	sqlite3_reset(handle);
	sqlite_settle(connection);
	return r;
}

int trv__sqlite_run(struct trv_connection *base, const char *sql, uint64_t deadline, struct trv_error *error)
{
	struct sqlite_connection *connection = sqlite_connection_of(base);
	sqlite3_stmt *handle;

	sqlite_begin(connection, deadline);
	int r = trv__sqlite_compile(connection, sql, strlen(sql), 0, &handle, error);
	if (r < 0)
		return r;
	if (connection->read_only && !sqlite3_stmt_readonly(handle))
		r = trv_error_set(error, TRV_ERR_READ_ONLY, "the transaction is read-only, the statement writes");
	else
		r = trv__sqlite_finish_step(connection, handle, error);
	sqlite3_finalize(handle);
	return r;
}
