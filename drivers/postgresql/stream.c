/*
 * Rows that are read while they arrive: in libpq's single-row mode, or by COPY (SELECT ...)
 * TO STDOUT, for which libpq makes no result of each row: a third of the client's work. COPY
 * takes no parameters, so it is for statements whose values stand in their text.
 *
 * Nor does it tell types. The columns are cast to those that the prepared statement was
 * described with: that costs nothing while they are of these types, and once they are not,
 * what is read is still what is decoded.
 */
#include "internal.h"
#include "wire.h"
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define FINISH_NANOSECONDS (UINT64_C(2) * 1000000000)

/* The reader takes the time it likes between two rows. */
static void start_wait(struct pg_statement *statement)
{
	if (statement->span)
		statement->deadline = trv_monotonic() + statement->span;
}

static void end_stream(struct pg_statement *statement)
{
	struct pg_connection *connection = pg_owner(statement);

	connection->streaming = NULL;
	connection->copying = false;
	trv__pg_leave(connection, statement->deadline);
}

/* The last result of a stream has no rows and says how many there were. */
static int take_last(struct pg_statement *statement, PGresult *result)
{
	statement->outcome->affected = trv__pg_affected(result);
	PQclear(result);
	start_wait(statement);
	trv__pg_answer_rest(pg_owner(statement), statement->deadline);
	end_stream(statement);
	return 0;
}

static int fail_stream(struct pg_statement *statement, PGresult *result, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	int r = result ? trv__pg_error(connection, result, error) : trv__pg_refused(connection, error);

	PQclear(result);
	start_wait(statement);
	trv__pg_answer_rest(connection, statement->deadline);
	end_stream(statement);
	return r;
}

/* The next result of a stream, which is one without rows at its end. */
static int next_result(struct pg_statement *statement, PGresult **result, struct trv_error *error)
{
	if (PQisBusy(pg_owner(statement)->pq))
		start_wait(statement);
	int r = trv__pg_next(pg_owner(statement), statement->deadline, result, error);
	if (r < 0)
		end_stream(statement);
	else if (!*result || trv__pg_failed(*result))
		r = fail_stream(statement, *result, error);
	return r;
}

static int next_single(struct pg_statement *statement, struct trv_error *error)
{
	PGresult *result = NULL;

	PQclear(statement->rows);
	statement->rows = NULL;
	int r = next_result(statement, &result, error);
	if (r < 0)
		return r;
	if (PQntuples(result) == 0)
		return take_last(statement, result);
	statement->rows = result;
	statement->row = 0;
	statement->row_count = PQntuples(result);
	return 1;
}

/* --- COPY ------------------------------------------------------------------------------ */

static const char signature[] = "PGCOPY\n\377\r\n";
#define SIGNATURE_SIZE sizeof(signature) /* the NUL is part of it */
#define HEAD_SIZE (SIGNATURE_SIZE + 8) /* flags, and the size of what follows */

bool trv__pg_can_unload(const struct pg_statement *statement, const struct trv_request *request)
{
	const PGresult *columns = statement->description;

	if (!request->said || request->decode->by_name || pg_owner(statement)->pooler)
		return false;
	for (int i = 0; i < PQnfields(columns); i++)
		if (!trv__pg_cast_name(PQftype(columns, i)))
			return false;
	return true;
}

#define COLUMN_ROOM 64 /* "c63::timestamp with time zone, " and "c63, " */
#define COPY_ROOM 64 /* what stands around the columns and the statement */

static void write_copy(char *to, const char *end, const char *said, const PGresult *columns)
{
	int count = PQnfields(columns);

	to += snprintf(to, (size_t)(end - to), "COPY (SELECT ");
	for (int i = 0; i < count; i++)
		to += snprintf(to, (size_t)(end - to), "%sc%d::%s", i ? ", " : "", i,
		               trv__pg_cast_name(PQftype(columns, i)));
	to += snprintf(to, (size_t)(end - to), " FROM (%s) AS s (", said);
	for (int i = 0; i < count; i++)
		to += snprintf(to, (size_t)(end - to), "%sc%d", i ? ", " : "", i);
	snprintf(to, (size_t)(end - to), ")) TO STDOUT (FORMAT binary)");
}

int trv__pg_unload(struct pg_statement *statement, const struct trv_request *request, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	const PGresult *columns = statement->description;
	size_t size = strlen(request->said) + (size_t)PQnfields(columns) * COLUMN_ROOM + COPY_ROOM;
	char *sql = trv_allocate(connection->allocator, size);

	if (!sql)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	write_copy(sql, sql + size, request->said, columns);
	connection->copying = true;
	statement->headed = false;
	int sent = PQsendQueryParams(connection->pq, sql, 0, NULL, NULL, NULL, NULL, 1);
	trv_release(connection->allocator, sql);
	return sent ? 0 : trv__pg_refused(connection, error);
}

/* What COPY sends next: 1, or 0 where it has ended or failed, which the next result tells. */
static int next_piece(struct pg_statement *statement, uint64_t *deadline, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	int size;

	PQfreemem(statement->piece);
	statement->piece = NULL;
	while ((size = PQgetCopyData(connection->pq, &statement->piece, 1)) == 0) {
		start_wait(statement);
		if (trv__pg_poll(PQsocket(connection->pq), POLLIN, *deadline) < 0)
			return trv__pg_timeout(connection, error);
		if (!PQconsumeInput(connection->pq))
			break;
	}
	statement->fields = statement->piece;
	statement->fields_end = size > 0 ? statement->piece + size : statement->piece;
	return size > 0;
}

static int refuse_piece(struct trv_error *error)
{
	return trv_error_set(error, TRV_ERR_DATA, "the rows of COPY are not in a form that is known");
}

/* Before the first row. */
static int pass_head(struct pg_statement *statement, struct trv_error *error)
{
	size_t size = (size_t)(statement->fields_end - statement->fields);

	if (size < HEAD_SIZE || memcmp(statement->fields, signature, SIGNATURE_SIZE) != 0 ||
	    wire_get32(statement->fields + HEAD_SIZE - 4) > size - HEAD_SIZE)
		return refuse_piece(error);
	statement->fields += HEAD_SIZE + wire_get32(statement->fields + HEAD_SIZE - 4);
	statement->headed = true;
	return 0;
}

/* A piece is a row, but for the head and the tail. */
static int next_copied(struct pg_statement *statement, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	PGresult *result = NULL;
	int r;

	while ((r = next_piece(statement, &statement->deadline, error)) > 0) {
		if (!statement->headed && pass_head(statement, error) < 0)
			return error->code;
		if (statement->fields == statement->fields_end)
			continue;
		if (statement->fields_end - statement->fields < 2)
			return refuse_piece(error);
		uint16_t count = wire_get16(statement->fields);
		statement->fields += 2;
		if (count == UINT16_MAX)
			continue;
		return count == statement->planned->count ? 1 : refuse_piece(error);
	}
	if (r < 0) {
		end_stream(statement);
		return r;
	}
	connection->copying = false; /* nothing but an answer is left */
	r = next_result(statement, &result, error);
	return r < 0 ? r : take_last(statement, result);
}

int trv__pg_stream_next(struct pg_statement *statement, struct trv_error *error)
{
	return pg_owner(statement)->copying ? next_copied(statement, error) : next_single(statement, error);
}

/* --- the end ---------------------------------------------------------------------------- */

/* Results come behind what is left of a COPY. */
static void drop_rest(struct pg_statement *statement, uint64_t deadline)
{
	struct pg_connection *connection = pg_owner(statement);
	struct trv_error ignored;

	while (connection->copying && next_piece(statement, &deadline, &ignored) > 0)
		;
	connection->copying = false;
	trv__pg_answer_rest(connection, deadline);
}

/*
 * What was not read is still on its way. Outside a transaction the server is told to
 * stop; inside one that would fail the transaction, so the rows are read and dropped.
 */
void trv__pg_stream_stop(struct pg_statement *statement)
{
	struct pg_connection *connection = pg_owner(statement);
	uint64_t deadline = trv_monotonic() + FINISH_NANOSECONDS;

	start_wait(statement);
	if (!connection->base.in_transaction)
		trv__pg_gate_abandon(connection->gate);
	else if (statement->deadline)
		deadline = statement->deadline;
	drop_rest(statement, deadline);
	connection->streaming = NULL;
	connection->copying = false;
	trv__pg_leave(connection, deadline);
}
