/*
 * Transactions and savepoints. A BEGIN is held back and goes out with the first statement:
 * a transaction costs one round trip less, and one without statements none. The server
 * takes its snapshot with the first statement in any case.
 */
#include "internal.h"
#include <stdio.h>
#include <string.h>

static const char *const isolations[] = {
	[TRV_ISOLATION_DEFAULT] = "",
	[TRV_READ_COMMITTED] = " ISOLATION LEVEL READ COMMITTED",
	[TRV_REPEATABLE_READ] = " ISOLATION LEVEL REPEATABLE READ",
	[TRV_SERIALIZABLE] = " ISOLATION LEVEL SERIALIZABLE",
};

static int begin(struct pg_connection *connection, const struct trv_transaction_options *options,
                 struct trv_error *error)
{
	static const struct trv_transaction_options usual;

	if (connection->base.broken)
		return trv_error_set(error, TRV_ERR_LOST, "the connection was lost before");
	if (connection->base.in_transaction)
		return trv_error_set(error, TRV_ERR_MISUSE, "a transaction is open already");
	if (!options)
		options = &usual;
	if ((size_t)options->isolation >= TRV_COUNT_OF(isolations))
		return trv_error_set(error, TRV_ERR_MISUSE, "%d is no isolation level", (int)options->isolation);
	char *to = stpcpy(connection->begin, "BEGIN");
	to = stpcpy(to, isolations[options->isolation]);
	to = stpcpy(to, options->read_only ? " READ ONLY" : "");
	stpcpy(to, options->deferrable ? " DEFERRABLE" : "");
	connection->base.in_transaction = true;
	connection->reads_only = options->read_only;
	return 0;
}

int trv__pg_begin_now(struct pg_connection *connection, uint64_t deadline, struct trv_error *error)
{
	char sql[sizeof(connection->begin)];

	if (!connection->begin[0] || connection->base.broken || connection->streaming)
		return 0;
	memcpy(sql, connection->begin, sizeof(sql));
	connection->begin[0] = '\0';
	return trv__pg_query(connection, sql, false, deadline, NULL, error);
}

/* Ends a transaction of which the server does not know yet. */
static bool end_unsent(struct pg_connection *connection)
{
	bool unsent = connection->begin[0];

	connection->begin[0] = '\0';
	if (unsent)
		connection->base.in_transaction = false;
	return unsent;
}

/* From here on a lost connection says nothing about what the server did. */
int trv__pg_set_unknown(struct trv_error *error)
{
	struct trv_error cause = *error;

	trv_error_set(error, TRV_UNKNOWN_OUTCOME, "the connection was lost while it committed");
	trv_error_detail(error, "%s", cause.message);
	memcpy(error->sqlstate, cause.sqlstate, sizeof(error->sqlstate));
	error->retryable = false;
	return TRV_UNKNOWN_OUTCOME;
}

/* The COMMIT of a failed transaction succeeds, as a ROLLBACK: only its tag says so. */
static int check_tag(const PGresult *answer, struct trv_error *error)
{
	if (strcmp(PQcmdStatus((PGresult *)(uintptr_t)answer), "COMMIT") == 0)
		return 0;
	return trv_error_set(error, TRV_ERR_TRANSACTION, "the transaction had failed and was rolled back");
}

int trv__pg_take_commit(PGresult *result, struct trv_error *error)
{
	int r = check_tag(result, error);

	PQclear(result);
	return r;
}

static int commit(struct pg_connection *connection, uint64_t deadline, struct trv_error *error)
{
	PGresult *answer = NULL;

	/* Nothing was sent yet: the server has rolled back, and that is known. */
	if (!connection->base.broken && trv__pg_is_gone(connection))
		return trv__pg_refused(connection, error);
	bool sendable = !connection->base.broken && !connection->streaming;
	int r = trv__pg_query(connection, "COMMIT", false, deadline, &answer, error);

	if (r < 0 && sendable && connection->base.broken)
		r = trv__pg_set_unknown(error);
	else if (r == 0)
		r = check_tag(answer, error);
	PQclear(answer);
	return r;
}

/* A savepoint that was rolled back to is still there, and is released too. */
static int savepoint(struct pg_connection *connection, const char *verb, const char *then, unsigned level,
                     uint64_t deadline, struct trv_error *error)
{
	char sql[256];
	const char *begin = connection->begin;
	int size = snprintf(sql, sizeof(sql), "%s%s%s trv_%u", begin, *begin ? "; " : "", verb, level);

	if (then)
		snprintf(sql + size, sizeof(sql) - (size_t)size, "; %s trv_%u", then, level);
	connection->begin[0] = '\0';
	return trv__pg_query(connection, sql, false, deadline, NULL, error);
}

int trv__pg_transaction(struct trv_connection *base, enum trv_transaction_verb verb, unsigned level,
                        const struct trv_transaction_options *options, uint64_t deadline, struct trv_error *error)
{
	struct pg_connection *connection = pg_connection_of(base);

	if (verb == TRV_VERB_COMMIT || verb == TRV_VERB_ROLLBACK) {
		connection->reads_only = false;
		if (end_unsent(connection))
			return 0;
	}
	switch (verb) {
	case TRV_VERB_BEGIN:
		return begin(connection, options, error);
	case TRV_VERB_COMMIT:
		return commit(connection, deadline, error);
	case TRV_VERB_ROLLBACK:
		return trv__pg_query(connection, "ROLLBACK", false, deadline, NULL, error);
	case TRV_VERB_SAVEPOINT:
		return savepoint(connection, "SAVEPOINT", NULL, level, deadline, error);
	case TRV_VERB_RELEASE:
		return savepoint(connection, "RELEASE SAVEPOINT", NULL, level, deadline, error);
	case TRV_VERB_ROLLBACK_TO:
		return savepoint(connection, "ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT", level, deadline, error);
	}
	return trv_error_set(error, TRV_ERR_MISUSE, "%d is no verb of transactions", (int)verb);
}
