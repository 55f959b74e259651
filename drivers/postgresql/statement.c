/*
 * Prepared statements. A statement is prepared when it is first executed, as its
 * parameters' types are known only then, and described in the same round trip: what
 * the server inferred decides how text is sent, and the columns are checked before
 * anything is executed. Behind a transaction pooler nothing is kept on the server.
 */
#include "internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DOOMED_LIMIT 16 /* statements that are given up together */
#define DOOMED_TEXT 48
#define DESCRIBE_NANOSECONDS (UINT64_C(30) * 1000000000) /* the operation has no deadline of its own */

int trv__pg_prepare(struct trv_connection *base, const char *sql, size_t length, uint64_t deadline,
                    struct trv_statement **ret, struct trv_error *error)
{
	struct pg_connection *connection = pg_connection_of(base);
	struct pg_statement *statement = trv_allocate(connection->allocator, sizeof(*statement) + length + 1);

	(void)deadline;
	if (!statement)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	*statement = (struct pg_statement) { .base.connection = base, .sql = (char *)(statement + 1) };
	memcpy(statement->sql, sql, length);
	statement->sql[length] = '\0';
	*ret = &statement->base;
	return 0;
}

/* --- giving up ------------------------------------------------------------------------- */

/*
 * Notes that the server's statement is not needed any more. Where there is no memory to
 * note it, it stays on the server until the connection closes: names are never used twice.
 */
static void doom(struct pg_connection *connection, const struct pg_statement *statement)
{
	if (!statement->name[0] || statement->epoch != connection->epoch || connection->base.broken)
		return;
	char *text = trv_resize(connection->allocator, connection->doomed, connection->doomed_size + DOOMED_TEXT);
	if (!text)
		return;
	connection->doomed = text;
	connection->doomed_size +=
		(size_t)snprintf(text + connection->doomed_size, DOOMED_TEXT, "DEALLOCATE %s;", statement->name);
	connection->doomed_count++;
}

/* Outside a transaction only: a DEALLOCATE that fails would take the transaction along. */
static int bury(struct pg_connection *connection, uint64_t deadline, struct trv_error *error)
{
	struct trv_error ignored;

	if (connection->doomed_count < DOOMED_LIMIT || connection->base.in_transaction)
		return 0;
	trv__pg_query(connection, connection->doomed, false, deadline, NULL, &ignored);
	connection->doomed_count = 0;
	connection->doomed_size = 0;
	if (connection->base.broken)
		*error = ignored;
	return connection->base.broken ? ignored.code : 0;
}

static void release_description(struct pg_statement *statement)
{
	PQclear(statement->description);
	statement->description = NULL;
	statement->planned = NULL;
	statement->name[0] = '\0';
	statement->declared = 0;
	statement->inferred = false;
}

void trv__pg_finalize(struct trv_statement *base)
{
	struct pg_statement *statement = pg_statement_of(base);
	struct pg_connection *connection = pg_owner(statement);

	trv__pg_finish(base);
	trv__pg_statement_forget(statement);
	PQclear(statement->shown);
	trv__pg_parameters_release(&statement->parameters, connection->allocator);
	trv_release(connection->allocator, statement->steps);
	trv_release(connection->allocator, statement);
}

void trv__pg_statement_forget(struct pg_statement *statement)
{
	doom(pg_owner(statement), statement);
	release_description(statement);
}

/* --- getting ready --------------------------------------------------------------------- */

static bool knows_types(const struct pg_statement *statement, const struct trv_request *request)
{
	const Oid *types = statement->parameters.types;

	if (statement->declared != request->bind_count)
		return false;
	for (size_t i = 0; i < request->bind_count; i++) {
		Oid type = trv__pg_encode_type(&request->binds[i], statement->plain_text);

		if (type != types[i] && !(type == PG_UNKNOWN && statement->inferred))
			return false;
	}
	return true;
}

static bool is_ready(const struct pg_statement *statement, const struct trv_request *request)
{
	return statement->name[0] && statement->epoch == pg_owner(statement)->epoch && knows_types(statement, request);
}

static int declare_types(struct pg_statement *statement, const struct trv_request *request, struct trv_error *error)
{
	struct pg_parameters *parameters = &statement->parameters;
	int r = trv__pg_parameters_reserve(parameters, request->bind_count, pg_owner(statement)->allocator, error);

	for (size_t i = 0; r == 0 && i < request->bind_count; i++)
		parameters->types[i] = trv__pg_encode_type(&request->binds[i], statement->plain_text);
	return r;
}

/* Statements on their way to the server. */
struct preparation {
	struct trv_statement *const *statements;
	const struct trv_request *requests; /* NULL: the server infers all types */
	size_t count;
	uint64_t deadline;
};

static size_t parameters_of(const struct preparation *preparation, size_t i)
{
	return preparation->requests ? preparation->requests[i].bind_count : 0;
}

/* Each statement is two commands: prepare and describe. */
static int take_description(void *argument, size_t index, PGresult *result, struct trv_error *error)
{
	const struct preparation *preparation = argument;

	(void)error;
	for (size_t i = 0; i < preparation->count; i++) {
		struct pg_statement *statement = pg_statement_of(preparation->statements[i]);

		if (statement->description || statement->awaited != index)
			continue;
		statement->description = result;
		return 0;
	}
	PQclear(result);
	return 0;
}

/* Behind a pooler the statement has no name and is only described. */
static int send_prepare(struct pg_connection *connection, struct pg_statement *statement, size_t count,
                        struct trv_error *error)
{
	if (!connection->pooler)
		snprintf(statement->name, sizeof(statement->name), "trv_%" PRIu64, ++connection->names);
	if (!PQsendPrepare(connection->pq, statement->name, statement->sql, (int)count, statement->parameters.types) ||
	    !PQsendDescribePrepared(connection->pq, statement->name))
		return trv__pg_refused(connection, error);
	return 0;
}

static int send_prepares(struct pg_connection *connection, const struct preparation *preparation, size_t *commands,
                         struct trv_error *error)
{
	for (size_t i = 0; i < preparation->count; i++) {
		struct pg_statement *statement = pg_statement_of(preparation->statements[i]);

		if (statement->description)
			continue;
		statement->awaited = *commands + 1;
		int r = send_prepare(connection, statement, parameters_of(preparation, i), error);
		if (r < 0)
			return r;
		*commands += 2;
	}
	return 0;
}

/* What was described is ready; what was not is as new. */
static void settle(struct pg_connection *connection, const struct preparation *preparation)
{
	for (size_t i = 0; i < preparation->count; i++) {
		struct pg_statement *statement = pg_statement_of(preparation->statements[i]);

		if (!statement->description) {
			release_description(statement);
		} else if (statement->epoch != connection->epoch) {
			statement->epoch = connection->epoch;
			statement->declared = parameters_of(preparation, i);
		}
	}
}

/* Prepares the statements that have no description, in one round trip. */
static int prepare_all(struct pg_connection *connection, struct preparation *preparation, PGresult **failed,
                       struct trv_error *error)
{
	size_t commands = 0;
	int r = trv__pg_pipeline_begin(connection, true, error);

	if (r < 0)
		return r;
	r = send_prepares(connection, preparation, &commands, error);
	r = trv__pg_pipeline_end(connection, r, commands, take_description, preparation, preparation->deadline, failed,
	                         error);
	settle(connection, preparation);
	return r;
}

/* The server could not tell a parameter's type: concat($1), $1 || $2. */
static bool is_undetermined(const PGresult *failed)
{
	return failed && (trv__pg_has_state(failed, "42P18") || trv__pg_has_state(failed, "42725"));
}

/* Makes what is not ready as new; returns how many those are, or a negative status. */
static int64_t clear_unready(const struct preparation *preparation, bool plain_text, struct trv_error *error)
{
	int64_t unready = 0;

	for (size_t i = 0; i < preparation->count; i++) {
		struct pg_statement *statement = pg_statement_of(preparation->statements[i]);

		if (is_ready(statement, &preparation->requests[i]))
			continue;
		unready++;
		trv__pg_statement_forget(statement);
		statement->epoch = UINT64_MAX;
		statement->plain_text |= plain_text;
		int r = declare_types(statement, &preparation->requests[i], error);
		if (r < 0)
			return r;
	}
	return unready;
}

int trv__pg_statements_ready(struct pg_connection *connection, struct trv_statement *const *statements,
                             const struct trv_request *requests, size_t count, PGresult **failed,
                             struct trv_error *error)
{
	struct preparation preparation = { statements, requests, count, requests[0].deadline };
	bool in_transaction = connection->base.in_transaction;
	int64_t unready = clear_unready(&preparation, false, error);

	if (unready <= 0)
		return (int)unready;
	int r = bury(connection, preparation.deadline, error);
	if (r == 0)
		r = prepare_all(connection, &preparation, failed, error);
	if (r == 0 || in_transaction || connection->base.broken || !is_undetermined(*failed))
		return r;
	PQclear(*failed);
	*failed = NULL;
	unready = clear_unready(&preparation, true, error);
	return unready < 0 ? (int)unready : prepare_all(connection, &preparation, failed, error);
}

/* --- metadata -------------------------------------------------------------------------- */

/* The types that the server inferred are what the parameters are compared with later. */
static int keep_inferred(struct pg_statement *statement, struct trv_error *error)
{
	int count = PQnparams(statement->description);
	int r = trv__pg_parameters_reserve(&statement->parameters, (size_t)count, pg_owner(statement)->allocator,
	                                   error);

	if (r < 0)
		return r;
	for (int i = 0; i < count; i++)
		statement->parameters.types[i] = PQparamtype(statement->description, i);
	statement->declared = (size_t)count;
	statement->inferred = true;
	return 0;
}

static int describe(struct pg_statement *statement, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	struct trv_statement *const statements[] = { &statement->base };
	struct preparation preparation = { statements, NULL, 1, trv_monotonic() + DESCRIBE_NANOSECONDS };

	trv__pg_statement_forget(statement);
	statement->epoch = UINT64_MAX;
	int r = prepare_all(connection, &preparation, NULL, error);
	if (r == 0)
		r = keep_inferred(statement, error);
	if (r < 0 && statement->description)
		release_description(statement);
	return r;
}

int trv__pg_columns(struct trv_statement *base, struct trv_result_column *columns, size_t max, struct trv_error *error)
{
	struct pg_statement *statement = pg_statement_of(base);

	if (!statement->description || statement->epoch != pg_owner(statement)->epoch) {
		int r = describe(statement, error);

		if (r < 0)
			return r;
	}
	/* A copy: to execute it may prepare it again. */
	PQclear(statement->shown);
	statement->shown = PQcopyResult(statement->description, PG_COPYRES_ATTRS);
	if (!statement->shown)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	int count = PQnfields(statement->shown);
	for (int i = 0; i < count && (size_t)i < max; i++)
		columns[i].name = PQfname(statement->shown, i);
	return count;
}

/* --- statements that the server does not hold as we think ------------------------------- */

static bool is_outdated(const PGresult *failed)
{
	const char *function = PQresultErrorField(failed, PG_DIAG_SOURCE_FUNCTION);

	/* Somebody deallocated it, or a pooler gave us another server. */
	if (trv__pg_has_state(failed, "26000"))
		return true;
	/* "cached plan must not change result type"; the text depends on the server's language. */
	return trv__pg_has_state(failed, "0A000") && function && strcmp(function, "RevalidateCachedQuery") == 0;
}

bool trv__pg_statements_again(struct pg_connection *connection, struct trv_statement *const *statements, size_t count,
                              const PGresult *failed, bool in_transaction, struct trv_error *error)
{
	if (!failed || connection->base.broken || !is_outdated(failed))
		return false;
	/* One that was deallocated was seldom the only one. */
	if (trv__pg_has_state(failed, "26000"))
		connection->epoch++;
	for (size_t i = 0; i < count; i++)
		trv__pg_statement_forget(pg_statement_of(statements[i]));
	if (!in_transaction)
		return true;
	error->code = TRV_ERR_MISMATCH;
	error->retryable = true;
	return false;
}
