/*
 * COPY ... FROM STDIN in binary format: the fastest way in for very many rows. What goes
 * over the wire is a head, for each row the number of its fields and each field with its
 * length, and a tail (PostgreSQL's documentation, COPY, "Binary Format").
 */
#include "internal.h"
#include <poll.h>
#include <string.h>

#define BUFFER_SIZE ((size_t)65536)

struct copying {
	struct pg_connection *connection;
	const struct trv_bind *columns;
	size_t count;
	char *buffer;
	size_t size, room;
	uint64_t deadline;
	struct trv_error *error;
};

static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
#define HEAD_SIZE ((size_t)19)

/* libpq takes nothing while its own buffer waits for the server. */
static int wait_to_send(struct copying *copying)
{
	struct pg_connection *connection = copying->connection;

	if (trv__pg_poll(PQsocket(connection->pq), POLLIN | POLLOUT, copying->deadline) < 0)
		return trv__pg_timeout(connection, copying->error);
	return PQconsumeInput(connection->pq) && PQflush(connection->pq) >= 0
	               ? 0
	               : trv__pg_refused(connection, copying->error);
}

static int send_buffer(struct copying *copying)
{
	int sent;
	int r = 0;

	while (r == 0 && (sent = PQputCopyData(copying->connection->pq, copying->buffer, (int)copying->size)) <= 0)
		r = sent < 0 ? trv__pg_refused(copying->connection, copying->error) : wait_to_send(copying);
	copying->size = 0;
	return r;
}

static int reserve(struct copying *copying, size_t more)
{
	const struct trv_allocator *allocator = copying->connection->allocator;

	if (more <= copying->room - copying->size)
		return 0;
	int r = copying->size ? send_buffer(copying) : 0;
	if (r < 0 || more <= copying->room)
		return r;
	if (more > INT32_MAX)
		return trv_error_set(copying->error, TRV_ERR_LIMIT, "a row of %zu bytes is too large to be sent", more);
	char *larger = trv_resize(allocator, copying->buffer, more);
	if (!larger)
		return trv_error_set(copying->error, TRV_ERR_NOMEM, "out of memory");
	copying->buffer = larger;
	copying->room = more;
	return 0;
}

static void put16(char *to, size_t value)
{
	to[0] = (char)(value >> 8 & 0xff);
	to[1] = (char)(value & 0xff);
}

static int put_row(struct copying *copying, size_t row)
{
	size_t room = 2;

	for (size_t i = 0; i < copying->count; i++)
		room += trv__pg_element_room(&copying->columns[i], row);
	int r = reserve(copying, room);
	if (r < 0)
		return r;
	char *at = copying->buffer + copying->size;
	put16(at, copying->count);
	at += 2;
	for (size_t i = 0; at && i < copying->count; i++)
		at = trv__pg_element_put(at, &copying->columns[i], row);
	if (!at)
		return trv_error_set(copying->error, TRV_ERR_VALUE, "row %zu: a value is out of the engine's range",
		                     row + 1);
	copying->size = (size_t)(at - copying->buffer);
	return 0;
}

static int put_rows(struct copying *copying)
{
	size_t rows = copying->columns[0].count;
	int r = reserve(copying, HEAD_SIZE);

	if (r < 0)
		return r;
	memcpy(copying->buffer, head, HEAD_SIZE);
	copying->size = HEAD_SIZE;
	for (size_t i = 0; i < rows && r == 0; i++)
		r = put_row(copying, i);
	if (r == 0)
		r = reserve(copying, 2);
	if (r < 0)
		return r;
	put16(copying->buffer + copying->size, UINT16_MAX);
	copying->size += 2;
	return send_buffer(copying);
}

static int start(struct copying *copying, const char *sql)
{
	struct pg_connection *connection = copying->connection;
	PGresult *result = NULL;
	int r = PQsendQuery(connection->pq, sql) ? 0 : trv__pg_refused(connection, copying->error);

	if (r == 0)
		r = trv__pg_flush(connection, copying->deadline, copying->error);
	if (r == 0)
		r = trv__pg_next(connection, copying->deadline, &result, copying->error);
	if (r == 0 && PQresultStatus(result) != PGRES_COPY_IN) {
		r = trv__pg_error(connection, result, copying->error);
		trv__pg_answer_rest(connection, copying->deadline);
	}
	PQclear(result);
	return r;
}

/* Tells the server that this was all, or that it is to forget it, and reads what it says. */
static int end(struct copying *copying, const char *reason, struct trv_outcome *outcome)
{
	struct pg_connection *connection = copying->connection;
	PGresult *answer = NULL;
	int sent, r = 0;

	while (r == 0 && (sent = PQputCopyEnd(connection->pq, reason)) <= 0)
		r = sent < 0 ? trv__pg_refused(connection, copying->error) : wait_to_send(copying);
	connection->copying = false;
	if (r == 0)
		r = trv__pg_flush(connection, copying->deadline, copying->error);
	if (r == 0)
		r = trv__pg_answer(connection, copying->deadline, &answer, copying->error);
	if (r == 0)
		outcome->affected = trv__pg_affected(answer);
	PQclear(answer);
	return r;
}

static int copy_rows(struct copying *copying, const char *sql, struct trv_outcome *outcome)
{
	int r = start(copying, sql);

	if (r < 0)
		return r;
	r = put_rows(copying);
	if (r == 0)
		return end(copying, NULL, outcome);
	struct trv_error first = *copying->error;
	if (!copying->connection->base.broken)
		(void)end(copying, "the rows cannot be sent", outcome);
	*copying->error = first;
	return r;
}

int trv__pg_copy(struct trv_connection *base, const char *sql, const struct trv_bind *columns, size_t count,
                 uint64_t deadline, struct trv_outcome *outcome, struct trv_error *error)
{
	struct pg_connection *connection = pg_connection_of(base);
	struct copying copying = { connection, columns, count, NULL, 0, BUFFER_SIZE, deadline, error };
	int r = trv__pg_begin_now(connection, deadline, error);

	if (r == 0)
		r = trv__pg_enter(connection, true, error);
	if (r < 0)
		return r;
	copying.buffer = trv_allocate(connection->allocator, BUFFER_SIZE);
	connection->copying = true;
	r = copying.buffer ? copy_rows(&copying, sql, outcome) : trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	connection->copying = false;
	trv_release(connection->allocator, copying.buffer);
	trv__pg_leave(connection, deadline);
	return r;
}
