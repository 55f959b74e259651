/*
 * Prepared statements: prepare, execute, finish. Rows are read unbuffered: between an
 * execute with rows and its end the connection serves nothing else.
 */
#include "internal.h"

#include <string.h>

#define DRAIN_PATIENCE (2 * MARIADB_SECOND)

/* --- the client library's statement -------------------------------------------------------- */

static void close_handle(struct mariadb_statement *statement)
{
	if (statement->stmt)
		mysql_stmt_close(statement->stmt);
	statement->stmt = NULL;
}

/* Connector/C passes a row's columns to this function, straight from the packet. */
static void hook_rows(struct mariadb_statement *statement)
{
	union {
		void (*function)(void *, unsigned, unsigned char **);
		void *pointer;
	} hook = { .function = trv__mariadb_take_column };

	mysql_stmt_attr_set(statement->stmt, STMT_ATTR_CB_USER_DATA, statement);
	mysql_stmt_attr_set(statement->stmt, STMT_ATTR_CB_RESULT, hook.pointer);
}

static int open_handle(struct mariadb_statement *statement, struct trv_error *error)
{
	struct mariadb_connection *connection = mariadb_of(statement);

	close_handle(statement);
	statement->stmt = mysql_stmt_init(connection->mysql);
	if (!statement->stmt)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	statement->arrays = statement->bound = false;
	statement->epoch = connection->epoch;
	hook_rows(statement);
	if (mysql_stmt_prepare(statement->stmt, statement->sql, statement->length) == 0)
		return 0;
	int r = trv__mariadb_fail_statement(connection, statement->stmt, error);
	close_handle(statement);
	return r;
}

/* After a full reset, or when its columns were no longer those that it was prepared with. */
static int reopen_handle(struct mariadb_statement *statement, struct trv_error *error)
{
	if (statement->stmt && statement->epoch == mariadb_of(statement)->epoch)
		return 0;
	int r = open_handle(statement, error);
	if (r == 0 && mysql_stmt_param_count(statement->stmt) != statement->parameters) {
		close_handle(statement);
		return trv_error_set(error, TRV_ERR_MISMATCH, "the statement has other parameters than before");
	}
	return r;
}

/* --- prepare and finalize --------------------------------------------------------------------- */

static void destroy(struct mariadb_statement *statement)
{
	const struct trv_allocator *allocator = mariadb_of(statement)->allocator;

	close_handle(statement);
	trv__mariadb_bulk_end(statement);
	if (statement->binds)
		trv_release(allocator, statement->binds);
	if (statement->cells)
		trv_release(allocator, statement->cells);
	if (statement->names)
		trv_release(allocator, statement->names);
	if (statement->ways)
		trv_release(allocator, statement->ways);
	trv_release(allocator, statement);
}

static int allocate_binds(struct mariadb_statement *statement, struct trv_error *error)
{
	const struct trv_allocator *allocator = mariadb_of(statement)->allocator;
	size_t count = mysql_stmt_param_count(statement->stmt); /* 65,535 at most */

	statement->parameters = (unsigned)count;
	if (count == 0)
		return 0;
	statement->binds = trv_allocate(allocator, count * sizeof(*statement->binds));
	statement->cells = trv_allocate(allocator, count * sizeof(*statement->cells));
	if (!statement->binds || !statement->cells)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	memset(statement->binds, 0, count * sizeof(*statement->binds));
	memset(statement->cells, 0, count * sizeof(*statement->cells));
	return 0;
}

static int make(struct mariadb_connection *connection, const char *sql, size_t length, struct mariadb_statement **ret,
                struct trv_error *error)
{
	struct mariadb_statement *statement;

	if (length > connection->max_packet)
		return trv_error_set(error, TRV_ERR_LIMIT, "a statement of %zu bytes, the server takes %lu", length,
		                     connection->max_packet);
	statement = trv_allocate(connection->allocator, sizeof(*statement) + length + 1);
	if (!statement)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	*statement = (struct mariadb_statement) { .base.connection = &connection->base, .length = length };
	memcpy(statement->sql, sql, length);
	statement->sql[length] = '\0';
	statement->touches = trv__mariadb_touches(statement->sql, length);
	int r = open_handle(statement, error);
	if (r == 0)
		r = allocate_binds(statement, error);
	if (r < 0) {
		destroy(statement);
		return r;
	}
	*ret = statement;
	return 0;
}

int trv__mariadb_prepare(struct trv_connection *base, const char *sql, size_t length, uint64_t deadline,
                         struct trv_statement **ret, struct trv_error *error)
{
	struct mariadb_connection *connection = mariadb_connection_of(base);
	struct mariadb_statement *statement = NULL;
	int r = trv__mariadb_enter(connection, deadline, error);

	if (r < 0)
		return r;
	r = make(connection, sql, length, &statement, error);
	trv__mariadb_leave(connection);
	if (r == 0)
		*ret = &statement->base;
	return r;
}

/* Connector/C throws away the rows of another statement to close this one. */
void trv__mariadb_finalize(struct trv_statement *base)
{
	struct mariadb_statement *statement = mariadb_statement_of(base);
	struct mariadb_connection *connection = mariadb_of(statement);

	if (connection->reading == statement)
		trv__mariadb_finish(base);
	if (connection->reading) {
		statement->next = connection->closing;
		connection->closing = statement;
		return;
	}
	trv__mariadb_wait_until(trv_monotonic() + DRAIN_PATIENCE);
	destroy(statement);
}

void trv__mariadb_bury(struct mariadb_connection *connection)
{
	while (connection->closing) {
		struct mariadb_statement *statement = connection->closing;
		connection->closing = statement->next;
		destroy(statement);
	}
}

/* --- columns ---------------------------------------------------------------------------------- */

/* The client library's names go when the statement is prepared again: the caller gets copies. */
static int copy_names(struct mariadb_statement *statement, struct trv_result_column *columns, size_t max,
                      struct trv_error *error)
{
	const struct trv_allocator *allocator = mariadb_of(statement)->allocator;
	const MYSQL_FIELD *fields = statement->stmt->fields;
	size_t count = mysql_stmt_field_count(statement->stmt);
	size_t size = 1;

	for (size_t i = 0; i < count; i++)
		size += strlen(fields[i].name) + 1;
	char *names = trv_allocate(allocator, size);
	if (!names)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	if (statement->names)
		trv_release(allocator, statement->names);
	statement->names = names;
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(fields[i].name) + 1;
		memcpy(names, fields[i].name, length);
		if (i < max)
			columns[i].name = names;
		names += length;
	}
	return (int)count;
}

int trv__mariadb_columns(struct trv_statement *base, struct trv_result_column *columns, size_t max,
                         struct trv_error *error)
{
	struct mariadb_statement *statement = mariadb_statement_of(base);
	struct mariadb_connection *connection = mariadb_of(statement);

	if (!statement->stmt || statement->epoch != connection->epoch) {
		uint64_t patience = connection->query_ms ? connection->query_ms * UINT64_C(1000000) : 0;
		int r = trv__mariadb_enter(connection, patience ? trv_monotonic() + patience : 0, error);
		if (r < 0)
			return r;
		r = reopen_handle(statement, error);
		trv__mariadb_leave(connection);
		if (r < 0)
			return r;
	}
	return copy_names(statement, columns, max, error);
}

/* --- execute ------------------------------------------------------------------------------------ */

/* The server asks for a statement to be prepared again when a table changed too often meanwhile. */
static bool wants_preparing(unsigned native)
{
	return native == ER_NEED_REPREPARE || native == ER_UNKNOWN_STMT_HANDLER;
}

static bool execute_once(struct mariadb_statement *statement)
{
	if (statement->parameters && !statement->bound && mysql_stmt_bind_param(statement->stmt, statement->binds))
		return false;
	/* after a failure nobody knows what the server took in */
	statement->bound = mysql_stmt_execute(statement->stmt) == 0;
	return statement->bound;
}

int trv__mariadb_send(struct mariadb_statement *statement, struct trv_error *error)
{
	struct mariadb_connection *connection = mariadb_of(statement);
	const MYSQL_BIND *bound = trv__mariadb_binds(statement);

	if (execute_once(statement))
		return 0;
	if (wants_preparing(mysql_stmt_errno(statement->stmt)) && !statement->arrays) {
		if (bound != statement->binds)
			memcpy(statement->binds, bound, statement->parameters * sizeof(*bound));
		int r = open_handle(statement, error);
		if (r < 0)
			return r;
		if (execute_once(statement))
			return 0;
	}
	if (statement->bulk.failed)
		return statement->bulk.failed;
	int r = trv__mariadb_fail_statement(connection, statement->stmt, error);
	if (r == TRV_ERR_MISMATCH) {
		trv_error_set(error, r, "the table changed under the statement: it has other columns than before");
		error->native = CR_NEW_STMT_METADATA;
	}
	return r;
}

static int start(struct mariadb_statement *statement, const struct trv_request *request, struct trv_error *error)
{
	struct mariadb_connection *connection = mariadb_of(statement);
	uint64_t now = trv_monotonic();
	uint64_t left = request->deadline > now ? request->deadline - now : 0;

	if (request->bind_count != statement->parameters)
		return trv_error_set(error, TRV_ERR_MISUSE, "%zu values for %u parameters", request->bind_count,
		                     statement->parameters);
	/* A stream lasts as long as its reader takes; the deadline is then for each wait. */
	int r = trv__mariadb_limit(connection, request->stream ? 0 : left, error);
	if (r == 0)
		r = reopen_handle(statement, error);
	if (r < 0)
		return r;
	connection->touched |= statement->touches;
	statement->deadline = request->deadline;
	statement->span = request->stream ? left : 0;
	statement->rows = 0;
	if (request->rows != 1)
		return trv__mariadb_bulk_start(statement, request, error);
	r = trv__mariadb_bind(statement, request->binds, error);
	return r < 0 ? r : trv__mariadb_send(statement, error);
}

/* Without rows it is over; with rows `outcome` waits for the last one. */
static int accept_result(struct mariadb_statement *statement, const struct trv_request *request,
                         struct trv_outcome *outcome, struct trv_error *error)
{
	struct mariadb_connection *connection = mariadb_of(statement);

	if (mysql_stmt_field_count(statement->stmt) == 0) {
		trv__mariadb_settle(connection);
		if (request->decode)
			return trv_error_set(error, TRV_ERR_MISMATCH, "the statement returns no rows");
		outcome->affected = statement->rows + mysql_stmt_affected_rows(statement->stmt);
		outcome->last_id = (int64_t)mysql_stmt_insert_id(statement->stmt);
		return 0;
	}
	connection->reading = statement;
	statement->outcome = outcome;
	int r = request->decode ? trv__mariadb_check(statement, request->decode, error) : 0;
	if (r < 0) {
		trv__mariadb_finish(&statement->base);
		/* Prepared again, it shows its new columns. */
		statement->epoch = connection->epoch - 1;
	}
	return r;
}

int trv__mariadb_execute(struct trv_statement *base, const struct trv_request *request, struct trv_outcome *outcome,
                         struct trv_error *error)
{
	struct mariadb_statement *statement = mariadb_statement_of(base);
	struct mariadb_connection *connection = mariadb_of(statement);
	int r = trv__mariadb_enter(connection, request->deadline, error);

	if (r < 0)
		return r;
	r = start(statement, request, error);
	if (r == 0)
		r = accept_result(statement, request, outcome, error);
	if (r < 0 || connection->reading != statement) {
		/* Rows that came although the call failed on our side. */
		if (connection->mysql->status != MYSQL_STATUS_READY && !connection->base.broken)
			mysql_stmt_free_result(statement->stmt);
		trv__mariadb_bulk_end(statement);
		trv__mariadb_leave(connection);
	}
	return r;
}

/* --- finish --------------------------------------------------------------------------------------- */

/* A procedure gives further results and its status behind the rows. */
static bool drain(struct mariadb_statement *statement)
{
	MYSQL_STMT *stmt = statement->stmt;

	if (stmt->state != MYSQL_STMT_FETCH_DONE && mysql_stmt_free_result(stmt))
		return false;
	while (mysql_stmt_more_results(stmt)) {
		if (mysql_stmt_next_result(stmt) > 0 || mysql_stmt_free_result(stmt))
			return false;
	}
	return !trv__mariadb_wait_expired();
}

void trv__mariadb_finish(struct trv_statement *base)
{
	struct mariadb_statement *statement = mariadb_statement_of(base);
	struct mariadb_connection *connection = mariadb_of(statement);

	if (connection->reading != statement)
		return;
	if (!connection->base.broken) {
		uint64_t patience = trv_monotonic() + DRAIN_PATIENCE;
		uint64_t deadline = statement->deadline;
		bool earlier = !statement->span && deadline && deadline < patience;
		trv__mariadb_wait_until(earlier ? deadline : patience);
		if (drain(statement))
			trv__mariadb_settle(connection);
		else
			trv__mariadb_break(connection);
	}
	trv__mariadb_bulk_end(statement);
	connection->reading = NULL;
	trv__mariadb_bury(connection);
	trv__mariadb_leave(connection);
}

/* --- run -------------------------------------------------------------------------------------------- */

int trv__mariadb_run(struct trv_connection *base, const char *sql, uint64_t deadline, struct trv_error *error)
{
	struct mariadb_connection *connection = mariadb_connection_of(base);
	int r = trv__mariadb_enter(connection, deadline, error);

	if (r < 0)
		return r;
	uint64_t now = trv_monotonic();
	r = trv__mariadb_limit(connection, deadline > now ? deadline - now : 0, error);
	if (r == 0) {
		connection->touched |= trv__mariadb_touches(sql, strlen(sql));
		r = trv__mariadb_send_all(connection, &sql, 1, error);
	}
	if (r == 0)
		trv__mariadb_settle(connection);
	trv__mariadb_leave(connection);
	return r;
}
