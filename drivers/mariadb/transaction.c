/*
 * Transactions. The server says with each answer whether one is open, but not with an
 * error, and it accepts a COMMIT or a SAVEPOINT where there is none; so what was begun
 * here and what is still there are compared before anything is sent.
 */
#include "internal.h"

#include <stdio.h>

static const char *const isolations[] = {
	[TRV_READ_COMMITTED] = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
	[TRV_REPEATABLE_READ] = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
	[TRV_SERIALIZABLE] = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
};

static int begin(struct mariadb_connection *connection, const struct trv_transaction_options *options,
                 struct trv_error *error)
{
	const char *statements[2];
	size_t count = 0;

	if (connection->base.in_transaction)
		return trv_error_set(error, TRV_ERR_MISUSE, "a transaction is open already");
	if (options && (unsigned)options->isolation < TRV_COUNT_OF(isolations) && isolations[options->isolation])
		statements[count++] = isolations[options->isolation];
	statements[count++] = options && options->read_only ? "START TRANSACTION READ ONLY" : "START TRANSACTION";
	int r = trv__mariadb_send_all(connection, statements, count, error);
	if (r == 0) {
		connection->began = true;
		connection->slipped = false;
	}
	return r;
}

/*
 * These leave open whether the commit took place: the connection was lost, the deadline
 * passed, the statement was interrupted, or Galera does not know either.
 */
static bool is_unknown(int code, int native)
{
	return code == TRV_ERR_LOST || code == TRV_ERR_TIMEOUT || code == TRV_ERR_CANCELED ||
	       code == TRV_UNKNOWN_OUTCOME || native == ER_UNKNOWN_COM_ERROR;
}

static int gone(const struct mariadb_connection *connection, struct trv_error *error)
{
	if (connection->slipped)
		return trv_error_set(error, TRV_ERR_TRANSACTION,
		                     "the transaction is gone: a statement in it committed it, as DDL does on mariadb");
	return trv_error_set(error, TRV_ERR_TRANSACTION, "the transaction is gone: the server rolled it back");
}

static int commit(struct mariadb_connection *connection, struct trv_error *error)
{
	const char *statement = "COMMIT";

	if (!connection->began)
		return trv_error_set(error, TRV_ERR_MISUSE, "there is no transaction to commit");
	if (!connection->base.in_transaction)
		return gone(connection, error);
	connection->began = false;
	int r = trv__mariadb_send_all(connection, &statement, 1, error);
	if (r < 0 && is_unknown(error->code, error->native)) {
		trv__mariadb_break(connection);
		error->code = r = TRV_UNKNOWN_OUTCOME;
		error->retryable = false;
		trv_error_detail(error, "%s", error->message);
		snprintf(error->message, sizeof(error->message), "%s", trv_status_message(r));
	} else if (r < 0) {
		connection->began = connection->base.in_transaction;
	}
	return r;
}

static int rollback(struct mariadb_connection *connection, struct trv_error *error)
{
	const char *statement = "ROLLBACK";
	bool slipped = connection->began && connection->slipped;

	connection->began = connection->slipped = false;
	int r = trv__mariadb_send_all(connection, &statement, 1, error);
	if (r == 0 && slipped)
		return trv_error_set(error, TRV_ERR_TRANSACTION,
		                     "nothing was rolled back: a statement committed the transaction, as DDL does "
		                     "on mariadb");
	return r;
}

static int savepoint(struct mariadb_connection *connection, const char *const *formats, size_t count, unsigned level,
                     struct trv_error *error)
{
	char texts[2][48];
	const char *statements[2];

	if (!connection->began)
		return trv_error_set(error, TRV_ERR_MISUSE, "a savepoint outside a transaction");
	if (!connection->base.in_transaction)
		return gone(connection, error);
	for (size_t i = 0; i < count; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%s trv_%u", formats[i], level);
		statements[i] = texts[i];
	}
	return trv__mariadb_send_all(connection, statements, count, error);
}

static int perform(struct mariadb_connection *connection, enum trv_transaction_verb verb, unsigned level,
                   const struct trv_transaction_options *options, struct trv_error *error)
{
	static const char *const set[] = { "SAVEPOINT" };
	static const char *const release[] = { "RELEASE SAVEPOINT" };
	static const char *const undo[] = { "ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT" };

	switch (verb) {
	case TRV_VERB_BEGIN:
		return begin(connection, options, error);
	case TRV_VERB_COMMIT:
		return commit(connection, error);
	case TRV_VERB_ROLLBACK:
		return rollback(connection, error);
	case TRV_VERB_SAVEPOINT:
		return savepoint(connection, set, 1, level, error);
	case TRV_VERB_RELEASE:
		return savepoint(connection, release, 1, level, error);
	case TRV_VERB_ROLLBACK_TO:
		return savepoint(connection, undo, 2, level, error);
	}
	return trv_error_set(error, TRV_ERR_MISUSE, "no such verb");
}

int trv__mariadb_transaction(struct trv_connection *base, enum trv_transaction_verb verb, unsigned level,
                             const struct trv_transaction_options *options, uint64_t deadline, struct trv_error *error)
{
	struct mariadb_connection *connection = mariadb_connection_of(base);
	int r = trv__mariadb_enter(connection, deadline, error);

	if (r < 0)
		return r;
	r = perform(connection, verb, level, options, error);
	if (r == 0)
		trv__mariadb_settle(connection);
	trv__mariadb_leave(connection);
	return r;
}
