/*
 * COPY ... FROM STDIN in binary format: the fastest way in for very many rows. What goes
 * over the wire is a head, for each row the number of its fields and each field with its
 * length, and a tail (PostgreSQL's documentation, COPY, "Binary Format").
 */
#include "internal.h"
#include "wire.h"
#include <poll.h>
#include <string.h>

#define BUFFER_SIZE ((size_t)65536)

struct copying {
	struct pg_output output;
	struct pg_connection *connection;
	uint64_t deadline;
};

static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
#define HEAD_SIZE ((size_t)19)
#define TAIL_SIZE ((size_t)2)

/* libpq takes nothing while its own buffer waits for the server. */
static int wait_to_send(const struct copying *copying, struct trv_error *error)
{
	struct pg_connection *connection = copying->connection;

	if (trv__pg_poll(PQsocket(connection->pq), POLLIN | POLLOUT, copying->deadline) < 0)
		return trv__pg_timeout(connection, error);
	return PQconsumeInput(connection->pq) && PQflush(connection->pq) >= 0 ? 0 : trv__pg_refused(connection, error);
}

/* A piece may end anywhere, within a row too. */
static int send_output(struct copying *copying, struct trv_error *error)
{
	struct pg_output *output = &copying->output;
	int sent;
	int r = 0;

	while (r == 0 && (sent = PQputCopyData(copying->connection->pq, output->data, (int)output->size)) <= 0)
		r = sent < 0 ? trv__pg_refused(copying->connection, error) : wait_to_send(copying, error);
	output->size = 0;
	return r;
}

static int make_room(struct pg_output *output, size_t more, struct trv_error *error)
{
	struct copying *copying = (struct copying *)output;
	int r = output->size ? send_output(copying, error) : 0;

	if (r < 0 || more <= output->room)
		return r;
	if (more > INT32_MAX)
		return trv_error_set(error, TRV_ERR_LIMIT, "a value of %zu bytes is too large to be sent", more);
	char *larger = trv_resize(copying->connection->allocator, output->data, more);
	if (!larger)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	output->data = larger;
	output->room = more;
	return 0;
}

static int put_rows(struct copying *copying, const struct trv_bind *columns, size_t count, struct trv_error *error)
{
	struct pg_output *output = &copying->output;

	memcpy(output->data, head, HEAD_SIZE);
	output->size = HEAD_SIZE;
	int r = trv__pg_rows_put(output, columns, count, error);
	if (r == 0 && output->room - output->size < TAIL_SIZE)
		r = make_room(output, TAIL_SIZE, error);
	if (r < 0)
		return r;
	wire_put16(output->data + output->size, UINT16_MAX);
	output->size += TAIL_SIZE;
	return send_output(copying, error);
}

static int start(const struct copying *copying, const char *sql, struct trv_error *error)
{
	struct pg_connection *connection = copying->connection;
	PGresult *result = NULL;
	int r = PQsendQuery(connection->pq, sql) ? 0 : trv__pg_refused(connection, error);

	if (r == 0)
		r = trv__pg_flush(connection, copying->deadline, error);
	if (r == 0)
		r = trv__pg_next(connection, copying->deadline, &result, error);
	if (r == 0 && PQresultStatus(result) != PGRES_COPY_IN) {
		r = trv__pg_error(connection, result, error);
		trv__pg_answer_rest(connection, copying->deadline);
	}
	PQclear(result);
	return r;
}

/* Tells the server that this was all, or that it is to forget it, and reads what it says. */
static int end(const struct copying *copying, const char *reason, struct trv_outcome *outcome, struct trv_error *error)
{
	struct pg_connection *connection = copying->connection;
	PGresult *answer = NULL;
	int sent, r = 0;

	while (r == 0 && (sent = PQputCopyEnd(connection->pq, reason)) <= 0)
		r = sent < 0 ? trv__pg_refused(connection, error) : wait_to_send(copying, error);
	connection->copying = false;
	if (r == 0)
		r = trv__pg_flush(connection, copying->deadline, error);
	if (r == 0)
		r = trv__pg_answer(connection, copying->deadline, &answer, error);
	if (r == 0)
		outcome->affected = trv__pg_affected(answer);
	PQclear(answer);
	return r;
}

static int copy_rows(struct copying *copying, const char *sql, const struct trv_bind *columns, size_t count,
                     struct trv_outcome *outcome, struct trv_error *error)
{
	int r = start(copying, sql, error);

	if (r < 0)
		return r;
	r = put_rows(copying, columns, count, error);
	if (r == 0)
		return end(copying, NULL, outcome, error);
	struct trv_error first = *error;
	if (!copying->connection->base.broken)
		(void)end(copying, "the rows cannot be sent", outcome, error);
	*error = first;
	return r;
}

int trv__pg_copy(struct trv_connection *base, const char *sql, const struct trv_bind *columns, size_t count,
                 uint64_t deadline, struct trv_outcome *outcome, struct trv_error *error)
{
	struct pg_connection *connection = pg_connection_of(base);
	struct copying copying = { { NULL, 0, BUFFER_SIZE, make_room }, connection, deadline };
	int r = trv__pg_begin_now(connection, deadline, error);

	if (r == 0)
		r = trv__pg_enter(connection, true, error);
	if (r < 0)
		return r;
	copying.output.data = trv_allocate(connection->allocator, BUFFER_SIZE);
	connection->copying = true;
	r = copying.output.data ? copy_rows(&copying, sql, columns, count, outcome, error)
	                        : trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	connection->copying = false;
	trv_release(connection->allocator, copying.output.data);
	trv__pg_leave(connection, deadline);
	return r;
}
