/*
 * Executing one statement: buffered, or streaming in libpq's single-row mode.
 */
#include "internal.h"

/* What the server inferred; behind a pooler it is not asked beforehand. */
static const PGresult *description_of(const struct pg_statement *statement)
{
	return pg_owner(statement)->pooler ? NULL : statement->description;
}

int trv__pg_bind(struct pg_statement *statement, const struct trv_request *request, size_t row, struct trv_error *error)
{
	const struct trv_bind *binds = request->binds ? request->binds + row * request->bind_count : NULL;

	return trv__pg_encode(&statement->parameters, binds, request->bind_count, description_of(statement),
	                      pg_owner(statement)->allocator, error);
}

int trv__pg_send(struct pg_statement *statement, size_t count, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	const struct pg_parameters *parameters = &statement->parameters;
	int sent;

	if (connection->pooler) {
		sent = PQsendQueryParams(connection->pq, statement->sql, (int)count, parameters->types,
		                         parameters->values, parameters->lengths, parameters->formats, 1);
	} else {
		sent = PQsendQueryPrepared(connection->pq, statement->name, (int)count, parameters->values,
		                           parameters->lengths, parameters->formats, 1);
	}
	return sent ? 0 : trv__pg_refused(connection, error);
}

/* Behind a pooler the types go along with each execute. */
static int declare(struct pg_statement *statement, const struct trv_request *request, struct trv_error *error)
{
	struct pg_parameters *parameters = &statement->parameters;
	int r = trv__pg_parameters_reserve(parameters, request->bind_count, pg_owner(statement)->allocator, error);

	for (size_t i = 0; r == 0 && i < request->bind_count; i++)
		parameters->types[i] = trv__pg_encode_type(&request->binds[i], false);
	statement->planned = NULL;
	return r;
}

int trv__pg_ready(struct pg_connection *connection, struct trv_statement *const *statements,
                  const struct trv_request *requests, size_t count, PGresult **failed, struct trv_error *error)
{
	int r = 0;

	for (size_t i = 0; i < count; i++)
		trv__pg_finish(statements[i]);
	if (!connection->pooler)
		r = trv__pg_statements_ready(connection, statements, requests, count, failed, error);
	for (size_t i = 0; r == 0 && i < count; i++) {
		struct pg_statement *statement = pg_statement_of(statements[i]);

		if (connection->pooler)
			r = declare(statement, &requests[i], error);
		else if (requests[i].decode)
			r = trv__pg_plan(statement, statement->description, requests[i].decode, error);
		/* The table may have changed since it was described, and may change back. */
		if (r == TRV_ERR_MISMATCH)
			trv__pg_statement_forget(statement);
	}
	return r;
}

uint64_t trv__pg_affected(const PGresult *result)
{
	const char *digits = PQcmdTuples((PGresult *)(uintptr_t)result);
	uint64_t count = 0;

	while (*digits >= '0' && *digits <= '9')
		count = count * 10 + (uint64_t)(*digits++ - '0');
	return count;
}

int trv__pg_keep(struct pg_statement *statement, const struct trv_request *request, PGresult *result,
                 struct trv_outcome *outcome, struct trv_error *error)
{
	int r = 0;

	outcome->affected = trv__pg_affected(result);
	outcome->last_id = 0;
	/* The description is checked when there is one; the result itself must have its shape. */
	if (request->decode && (pg_owner(statement)->pooler || (size_t)PQnfields(result) != request->decode->count)) {
		statement->planned = NULL;
		r = trv__pg_plan(statement, result, request->decode, error);
	}
	if (r < 0 || !request->decode) {
		PQclear(result);
		return r;
	}
	statement->rows = result;
	statement->row = 0;
	statement->row_count = PQntuples(result);
	return 0;
}

/* The first result tells whether the statement failed; the others are fetched. */
static int start_stream(struct pg_statement *statement, const struct trv_request *request, struct trv_outcome *outcome,
                        PGresult **failed, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	PGresult *first = NULL;
	uint64_t now = trv_monotonic();
	int r = trv__pg_next(connection, request->deadline, &first, error);
	bool copied = connection->copying && PQresultStatus(first) == PGRES_COPY_OUT;

	if (r == 0 && !first)
		r = trv__pg_refused(connection, error);
	if (r < 0)
		return r;
	if (!copied && trv__pg_failed(first)) {
		r = trv__pg_error(connection, first, error);
		*failed = first;
		trv__pg_answer_rest(connection, request->deadline);
		return r;
	}
	if (!copied && PQresultStatus(first) != PGRES_SINGLE_TUPLE) {
		r = trv__pg_keep(statement, request, first, outcome, error);
		trv__pg_answer_rest(connection, request->deadline);
		return r;
	}
	statement->outcome = outcome;
	statement->deadline = request->deadline;
	statement->span = request->deadline > now ? request->deadline - now : 0;
	connection->streaming = statement;
	if (!copied)
		return trv__pg_keep(statement, request, first, outcome, error);
	PQclear(first);
	return 0;
}

static int send_stream(struct pg_statement *statement, const struct trv_request *request, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);

	if (trv__pg_can_unload(statement, request))
		return trv__pg_unload(statement, request, error);
	int r = trv__pg_send(statement, request->bind_count, error);
	connection->single_rows = true;
	if (r == 0 && !PQsetSingleRowMode(connection->pq))
		r = trv__pg_refused(connection, error);
	return r;
}

static int exchange(struct pg_statement *statement, const struct trv_request *request, struct trv_outcome *outcome,
                    PGresult **failed, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	bool stream = request->stream && request->decode;
	PGresult *answer = NULL;
	int r = stream ? send_stream(statement, request, error) : trv__pg_send(statement, request->bind_count, error);

	if (r == 0)
		r = trv__pg_flush(connection, request->deadline, error);
	if (r == 0 && stream)
		r = start_stream(statement, request, outcome, failed, error);
	connection->copying &= connection->streaming == statement;
	if (stream)
		return r;
	if (r == 0)
		r = trv__pg_answer(connection, request->deadline, &answer, error);
	if (r == 0)
		return trv__pg_keep(statement, request, answer, outcome, error);
	*failed = answer;
	return r;
}

struct pair {
	struct pg_statement *statement;
	const struct trv_request *request;
	struct trv_outcome *outcome;
	bool answered; /* the statement was, and did not fail */
};

static int take_rows(void *argument, size_t index, PGresult *result, struct trv_error *error)
{
	struct pair *pair = argument;

	(void)index;
	pair->answered = true;
	return trv__pg_keep(pair->statement, pair->request, result, pair->outcome, error);
}

/* The first statement of a transaction takes the BEGIN along. */
static int exchange_with_begin(struct pg_statement *statement, const struct trv_request *request,
                               struct trv_outcome *outcome, PGresult **failed, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	struct pair pair = { statement, request, outcome, false };
	int r = trv__pg_pipeline_begin(connection, true, error);

	if (r < 0)
		return r;
	r = trv__pg_send(statement, request->bind_count, error);
	return trv__pg_pipeline_end(connection, r, 1, take_rows, &pair, request->deadline, failed, error);
}

static int take_rows_or_tag(void *argument, size_t index, PGresult *result, struct trv_error *error)
{
	return index == 0 ? take_rows(argument, index, result, error) : trv__pg_take_commit(result, error);
}

/* The server said that the statement failed: then it committed nothing. */
static bool is_refused(const struct pair *pair, const PGresult *failed)
{
	return !pair->answered && failed && PQresultErrorField(failed, PG_DIAG_SQLSTATE);
}

/* BEGIN, if it is held back, the statement and COMMIT: none is waited for before the next is sent. */
static int exchange_and_commit(struct pg_statement *statement, const struct trv_request *request,
                               struct trv_outcome *outcome, PGresult **failed, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	struct pair pair = { statement, request, outcome, false };
	int r = trv__pg_pipeline_begin(connection, false, error);

	if (r < 0)
		return r;
	r = trv__pg_send(statement, request->bind_count, error);
	if (r == 0 && !PQsendQueryParams(connection->pq, "COMMIT", 0, NULL, NULL, NULL, NULL, 1))
		r = trv__pg_refused(connection, error);
	bool sent = r == 0;
	r = trv__pg_pipeline_end(connection, r, 2, take_rows_or_tag, &pair, request->deadline, failed, error);
	if (r < 0 && sent && connection->base.broken && !is_refused(&pair, *failed))
		r = trv__pg_set_unknown(error);
	if (r < 0)
		trv__pg_finish(&statement->base);
	else
		connection->reads_only = false;
	return r;
}

static int exchange_alone(struct pg_statement *statement, const struct trv_request *request,
                          struct trv_outcome *outcome, PGresult **failed, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	int r = trv__pg_begin_now(connection, request->deadline, error);

	if (r == 0)
		r = trv__pg_enter(connection, true, error);
	if (r < 0)
		return r;
	r = exchange(statement, request, outcome, failed, error);
	if (r < 0 && connection->streaming == statement)
		trv__pg_finish(&statement->base);
	else if (!connection->streaming)
		trv__pg_leave(connection, request->deadline);
	return r;
}

static int execute_once(struct pg_statement *statement, const struct trv_request *request, struct trv_outcome *outcome,
                        PGresult **failed, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	struct trv_statement *const statements[] = { &statement->base };
	int r = trv__pg_ready(connection, statements, request, 1, failed, error);

	if (r < 0)
		return r;
	if (request->rows > 1)
		return trv__pg_bulk(statement, request, outcome, failed, error);
	r = trv__pg_bind(statement, request, 0, error);
	if (r < 0)
		return r;
	if (request->commit)
		return exchange_and_commit(statement, request, outcome, failed, error);
	if (connection->begin[0] && !request->stream)
		return exchange_with_begin(statement, request, outcome, failed, error);
	return exchange_alone(statement, request, outcome, failed, error);
}

int trv__pg_execute(struct trv_statement *base, const struct trv_request *request, struct trv_outcome *outcome,
                    struct trv_error *error)
{
	struct pg_statement *statement = pg_statement_of(base);
	struct pg_connection *connection = pg_owner(statement);
	bool in_transaction = connection->base.in_transaction;

	for (int attempt = 0;; attempt++) {
		PGresult *failed = NULL;
		int r = execute_once(statement, request, outcome, &failed, error);
		bool again = r < 0 && trv__pg_statements_again(connection, &base, 1, failed, in_transaction, error);

		PQclear(failed);
		if (!again || attempt > 0)
			return r < 0 ? error->code : 0;
	}
}
