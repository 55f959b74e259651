/*
 * Several commands in one round trip. All of a pipeline is one implicit transaction up to
 * its sync, so where a command fails, the server passes over those behind it and undoes
 * those before it (unless a transaction was begun).
 */
#include "internal.h"

/*
 * The single-row mode of a stream ends when something else is sent; but not when that is
 * the first command of a pipeline (seen in libpq 15). A command that is refused, as it is
 * none, ends it too and sends nothing.
 */
static void end_single_rows(struct pg_connection *connection)
{
	if (connection->single_rows)
		PQsendQueryParams(connection->pq, NULL, 0, NULL, NULL, NULL, NULL, 1);
	connection->single_rows = false;
}

int trv__pg_pipeline_begin(struct pg_connection *connection, bool cancelable, struct trv_error *error)
{
	int r = trv__pg_enter(connection, cancelable, error);

	if (r < 0)
		return r;
	end_single_rows(connection);
	if (!PQenterPipelineMode(connection->pq)) {
		r = trv__pg_refused(connection, error);
		trv__pg_leave(connection, 0);
	}
	if (r == 0 && connection->begin[0]) {
		connection->beginning = true;
		if (!PQsendQueryParams(connection->pq, connection->begin, 0, NULL, NULL, NULL, NULL, 1))
			r = trv__pg_pipeline_end(connection, trv__pg_refused(connection, error), 0, NULL, NULL, 0, NULL,
			                         error);
		connection->begin[0] = '\0';
	}
	return r;
}

struct reading {
	pg_take *take;
	void *argument;
	uint64_t deadline;
	PGresult *failed;
	int status; /* of the first failure */
	struct trv_error *error;
};

static void note_failure(struct pg_connection *connection, struct reading *reading, PGresult *result)
{
	if (reading->status < 0) {
		PQclear(result);
		return;
	}
	reading->status = trv__pg_error(connection, result, reading->error);
	reading->failed = result;
}

/* One row would be taken for all of them. */
static void note_single_row(struct pg_connection *connection, struct reading *reading, PGresult *result)
{
	PQclear(result);
	connection->base.broken = true;
	reading->status = trv_error_set(reading->error, TRV_ERR_INTERNAL, "rows came one by one in a pipeline");
}

/* Reads a command's results up to the NULL behind them. False: nothing more can be read. */
static bool read_command(struct pg_connection *connection, struct reading *reading, size_t index)
{
	PGresult *result;
	int r;

	while ((r = trv__pg_next(connection, reading->deadline, &result, reading->error)) == 0 && result) {
		if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED) {
			PQclear(result);
		} else if (trv__pg_failed(result)) {
			note_failure(connection, reading, result);
		} else if (reading->status < 0) {
			PQclear(result);
		} else if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
			note_single_row(connection, reading, result);
		} else {
			reading->status = reading->take(reading->argument, index, result, reading->error);
		}
		if (connection->base.broken)
			return false;
	}
	if (r < 0)
		reading->status = r;
	return r == 0;
}

static int take_begin(void *argument, size_t index, PGresult *result, struct trv_error *error)
{
	(void)argument;
	(void)index;
	(void)error;
	PQclear(result);
	return 0;
}

static void read_sync(struct pg_connection *connection, struct reading *reading)
{
	PGresult *result;
	int r = trv__pg_next(connection, reading->deadline, &result, reading->error);

	if (r < 0) {
		reading->status = r;
		return;
	}
	if (PQresultStatus(result) != PGRES_PIPELINE_SYNC) {
		connection->base.broken = true;
		if (reading->status == 0)
			reading->status = trv__pg_refused(connection, reading->error);
	}
	PQclear(result);
}

int trv__pg_pipeline_end(struct pg_connection *connection, int status, size_t count, pg_take *take, void *argument,
                         uint64_t deadline, PGresult **failed, struct trv_error *error)
{
	struct reading reading = { take, argument, deadline, NULL, status, error };

	if (status < 0)
		connection->base.broken = true;
	else if (!PQpipelineSync(connection->pq))
		reading.status = trv__pg_refused(connection, error);
	else
		reading.status = trv__pg_flush(connection, deadline, error);
	bool readable = !connection->base.broken && reading.status == 0;
	if (readable && connection->beginning) {
		reading.take = take_begin;
		readable = read_command(connection, &reading, 0);
		reading.take = take;
	}
	connection->beginning = false;
	for (size_t i = 0; readable && i < count; i++)
		readable = read_command(connection, &reading, i);
	if (readable)
		read_sync(connection, &reading);
	if (!connection->base.broken && !PQexitPipelineMode(connection->pq))
		connection->base.broken = true;
	trv__pg_leave(connection, deadline);
	if (failed)
		*failed = reading.failed;
	else
		PQclear(reading.failed);
	return reading.status;
}

/* --- the driver's operation ------------------------------------------------------------- */

struct batch {
	struct trv_statement *const *statements;
	const struct trv_request *requests;
	struct trv_outcome *outcomes;
	size_t count;
};

static int take_rows(void *argument, size_t index, PGresult *result, struct trv_error *error)
{
	const struct batch *batch = argument;

	return trv__pg_keep(pg_statement_of(batch->statements[index]), &batch->requests[index], result,
	                    &batch->outcomes[index], error);
}

/* A statement holds the rows of one execute. */
static int check_batch(const struct batch *batch, struct trv_error *error)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->requests[i].rows > 1)
			return trv_error_set(error, TRV_ERR_MISUSE, "a pipeline takes one row for each statement");
		for (size_t j = 0; j < i; j++)
			if (batch->statements[i] == batch->statements[j])
				return trv_error_set(error, TRV_ERR_MISUSE, "a statement is in the pipeline twice");
	}
	return 0;
}

static int run_batch(struct pg_connection *connection, struct batch *batch, PGresult **failed, struct trv_error *error)
{
	uint64_t deadline = batch->requests[0].deadline;
	int r = trv__pg_ready(connection, batch->statements, batch->requests, batch->count, failed, error);

	for (size_t i = 0; r == 0 && i < batch->count; i++)
		r = trv__pg_bind(pg_statement_of(batch->statements[i]), &batch->requests[i], 0, error);
	if (r == 0)
		r = trv__pg_pipeline_begin(connection, true, error);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < batch->count; i++)
		r = trv__pg_send(pg_statement_of(batch->statements[i]), batch->requests[i].bind_count, error);
	r = trv__pg_pipeline_end(connection, r, batch->count, take_rows, batch, deadline, failed, error);
	for (size_t i = 0; r < 0 && i < batch->count; i++)
		trv__pg_finish(batch->statements[i]);
	return r;
}

int trv__pg_pipeline(struct trv_connection *base, struct trv_statement *const *statements,
                     const struct trv_request *requests, struct trv_outcome *outcomes, size_t count,
                     struct trv_error *error)
{
	struct pg_connection *connection = pg_connection_of(base);
	struct batch batch = { statements, requests, outcomes, count };
	bool in_transaction = base->in_transaction;
	int r = count ? check_batch(&batch, error) : 0;

	if (r < 0 || count == 0)
		return r;
	for (int attempt = 0;; attempt++) {
		PGresult *failed = NULL;

		r = run_batch(connection, &batch, &failed, error);
		bool again =
			r < 0 && trv__pg_statements_again(connection, statements, count, failed, in_transaction, error);
		PQclear(failed);
		if (!again || attempt > 0)
			return r < 0 ? error->code : 0;
	}
}
