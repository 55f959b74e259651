/*
 * Every wait of the driver. libpq has no read deadline of its own (a stopped server
 * holds PQexec for as long as it is stopped, whatever the keepalives), so it is never
 * let to block: we poll, and give up at the deadline.
 */
#include "internal.h"
#include <errno.h>
#include <poll.h>
#include <time.h>

#define NANOSECONDS UINT64_C(1000000000)

/* What is left until `deadline`; false when it has passed. */
static bool remaining(uint64_t deadline, struct timespec *left)
{
	uint64_t now = trv_monotonic();

	if (now >= deadline)
		return false;
	left->tv_sec = (time_t)((deadline - now) / NANOSECONDS);
	left->tv_nsec = (long)((deadline - now) % NANOSECONDS);
	return true;
}

int trv__pg_poll(int socket, short events, uint64_t deadline)
{
	struct pollfd entry = { .fd = socket, .events = events };
	struct timespec left;

	for (;;) {
		if (deadline && !remaining(deadline, &left))
			return TRV_ERR_TIMEOUT;
		int ready = ppoll(&entry, 1, deadline ? &left : NULL, NULL);
		if (ready > 0)
			return 0;
		/* Any other failure of poll shows again, and is reported, when libpq reads. */
		if (ready < 0 && errno != EINTR)
			return 0;
	}
}

bool trv__pg_is_gone(const struct pg_connection *connection)
{
	struct pollfd entry = { .fd = PQsocket(connection->pq), .events = POLLIN };

	/* The server's last words come before the end, which may come much later than they do. */
	while (poll(&entry, 1, 0) > 0)
		if (!PQconsumeInput(connection->pq) || PQstatus(connection->pq) != CONNECTION_OK)
			return true;
	(void)PQisBusy(connection->pq); /* looks at what was read */
	return connection->dismissed;
}

int trv__pg_enter(struct pg_connection *connection, bool cancelable, struct trv_error *error)
{
	if (connection->base.broken)
		return trv_error_set(error, TRV_ERR_LOST, "the connection was lost before");
	if (connection->streaming)
		return trv_error_set(error, TRV_ERR_MISUSE, "the rows of another statement are still being read");
	if (cancelable)
		trv__pg_gate_open(connection->gate);
	return 0;
}

void trv__pg_leave(struct pg_connection *connection, uint64_t deadline)
{
	PGTransactionStatusType status = PQtransactionStatus(connection->pq);

	if (!trv__pg_gate_close(connection->gate, deadline) || PQstatus(connection->pq) != CONNECTION_OK)
		connection->base.broken = true;
	connection->base.in_transaction =
		status == PQTRANS_INTRANS || status == PQTRANS_INERROR || connection->begin[0];
	/* Something is still under way: the next statement would read its results. */
	if (status == PQTRANS_ACTIVE || status == PQTRANS_UNKNOWN)
		connection->base.broken = true;
}

int trv__pg_flush(struct pg_connection *connection, uint64_t deadline, struct trv_error *error)
{
	int pending;

	while ((pending = PQflush(connection->pq)) > 0) {
		if (trv__pg_poll(PQsocket(connection->pq), POLLIN | POLLOUT, deadline) < 0)
			return trv__pg_timeout(connection, error);
		if (!PQconsumeInput(connection->pq))
			return 0; /* the reason is the next result */
	}
	/* A server that ends the connection says why: what it said is read as a result. */
	return 0;
}

static bool is_copy(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

int trv__pg_next(struct pg_connection *connection, uint64_t deadline, PGresult **result, struct trv_error *error)
{
	while (PQisBusy(connection->pq)) {
		short events = POLLIN;

		if (PQflush(connection->pq) > 0)
			events |= POLLOUT;
		if (trv__pg_poll(PQsocket(connection->pq), events, deadline) < 0)
			return trv__pg_timeout(connection, error);
		if (!PQconsumeInput(connection->pq))
			break; /* PQgetResult makes a failed result of what happened */
	}
	*result = PQgetResult(connection->pq);
	/* libpq gives the start of a copy again and again until somebody holds that conversation. */
	if (is_copy(*result) && !connection->copying)
		connection->base.broken = true;
	return 0;
}

int trv__pg_answer(struct pg_connection *connection, uint64_t deadline, PGresult **answer, struct trv_error *error)
{
	PGresult *kept = NULL;
	PGresult *result;
	int r;

	while ((r = trv__pg_next(connection, deadline, &result, error)) == 0 && result) {
		if (kept && trv__pg_failed(kept)) {
			PQclear(result);
			continue;
		}
		PQclear(kept);
		kept = result;
		if (connection->base.broken)
			break;
	}
	if (r == 0 && !kept)
		r = trv__pg_refused(connection, error);
	if (r == 0 && trv__pg_failed(kept))
		r = trv__pg_error(connection, kept, error);
	if (answer)
		*answer = kept;
	else
		PQclear(kept);
	return r;
}

void trv__pg_answer_rest(struct pg_connection *connection, uint64_t deadline)
{
	PGresult *result;
	struct trv_error ignored;

	while (!connection->base.broken && trv__pg_next(connection, deadline, &result, &ignored) == 0 && result)
		PQclear(result);
}

int trv__pg_query(struct pg_connection *connection, const char *sql, bool cancelable, uint64_t deadline,
                  PGresult **answer, struct trv_error *error)
{
	int r = trv__pg_enter(connection, cancelable, error);

	if (answer)
		*answer = NULL;
	if (r < 0)
		return r;
	if (!PQsendQuery(connection->pq, sql))
		r = trv__pg_refused(connection, error);
	if (r == 0)
		r = trv__pg_flush(connection, deadline, error);
	if (r == 0)
		r = trv__pg_answer(connection, deadline, answer, error);
	trv__pg_leave(connection, deadline);
	return r;
}
