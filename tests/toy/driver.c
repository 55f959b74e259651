/* Connections, transactions, and the two tables by which the core knows the driver. */
#include "toy.h"

#include <string.h>

static struct toy_connection *toy_of(struct trv_connection *base)
{
	return (struct toy_connection *)(void *)base;
}

static const struct trv_dialect dialect = {
	.size = sizeof(struct trv_dialect),
	.engine = TRV_ENGINE_ANY,
	.name = "toy",
	.quote = '"',
	.nested_reads = true,
	.last_id = true,
	.consecutive_ids = true,
	.bulk = TRV_BULK_VALUES,
	.max_parameters = 32766,
	.bulk_rows = 50,
	/* What is not here is refused. */
	.features = {
		[TRV_FEATURE_INSERT_RETURNING] = { TRV_NATIVE, NULL },
		[TRV_FEATURE_UPDATE_RETURNING] = { TRV_NATIVE, NULL },
		[TRV_FEATURE_ON_UPDATE_NOW] = { TRV_EMULATED, "updates made through the library set it" },
		[TRV_FEATURE_TRANSACTIONAL_DDL] = { TRV_NATIVE, NULL },
		[TRV_FEATURE_LOCK_ROWS] = { TRV_EMULATED, "nobody else is there" },
		[TRV_FEATURE_DESCENDING_INDEX] = { TRV_EMULATED, "there is no order in which rows are kept" },
		[TRV_FEATURE_UUID] = { TRV_EMULATED, "a blob of 16 bytes" },
		[TRV_FEATURE_DECIMAL] = { TRV_REFUSED, "a toy has no decimals" },
		[TRV_FEATURE_JSON] = { TRV_REFUSED, "a toy cannot check JSON" },
		[TRV_FEATURE_NOT_FINITE] = { TRV_NATIVE, NULL },
	},
	.types = {
		[TRV_BOOL] = "bool",
		[TRV_INT16] = "integer",
		[TRV_INT32] = "integer",
		[TRV_INT64] = "integer",
		[TRV_FLOAT32] = "real",
		[TRV_FLOAT64] = "real",
		[TRV_DECIMAL] = "decimal",
		[TRV_TEXT] = "text",
		[TRV_BYTES] = "blob",
		[TRV_DATE] = "date",
		[TRV_TIME] = "time",
		[TRV_TIMESTAMP] = "timestamp",
		[TRV_UUID] = "uuid",
		[TRV_JSON] = "json",
		[TRV_ENUM] = "text",
	},
	.types_limited = { [TRV_TEXT] = "text(%l)" },
	.auto_key = "AUTO",
	.now = "now",
	.table_exists = "SELECT COUNT(*) FROM toy_tables WHERE name = ?",
	.table_options = "",
	.upsert = "conflict",
	.default_row = " VALUES ()",
	.decimal_sum = "sum",
	.like_escape = " ESCAPE '\\'",
	.key_rows = "",
};

/* --- connections ------------------------------------------------------------------------------------ */

static void close_connection(struct trv_connection *base)
{
	struct toy_connection *connection = toy_of(base);

	while (connection->store) {
		struct toy_store *store = connection->store;

		connection->store = store->before;
		toy_store_destroy(connection->allocator, store);
	}
	trv_arena_release(&connection->definitions);
	trv_release(connection->allocator, connection);
}

/* A connection is a database of its own; the core keeps to one where a URL says ":memory:". */
static int connect_toy(const struct trv_connect_options *options, struct trv_connection **ret, struct trv_error *error)
{
	if (strcmp(options->url, "toy::memory:") != 0)
		return trv_error_set(error, TRV_ERR_URL, "the toy has one URL: toy::memory:");
	struct toy_connection *connection = trv_allocate(options->allocator, sizeof(*connection));
	if (!connection)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a connection");
	*connection = (struct toy_connection) { .base = { .driver = &toy_driver, .dialect = &dialect },
		                                .allocator = options->allocator };
	trv_arena_init(&connection->definitions, options->allocator, 0);
	connection->store = toy_store_copy(options->allocator, NULL);
	int r = connection->store ? 0 : trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a connection");
	if (r >= 0)
		r = toy_run(&connection->base, "CREATE TABLE toy_tables (name text NOT NULL)", options->deadline,
		            error);
	if (r < 0)
		close_connection(&connection->base);
	else
		*ret = &connection->base;
	return r;
}

static int ping(struct trv_connection *base, uint64_t deadline, struct trv_error *error)
{
	(void)base;
	(void)deadline;
	(void)error;
	return 0;
}

/* --- transactions ------------------------------------------------------------------------------------ */

static int begin(struct toy_connection *connection, struct trv_error *error)
{
	struct toy_store *copy = toy_store_copy(connection->allocator, connection->store);

	if (!copy)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a transaction");
	copy->before = connection->store;
	connection->store = copy;
	return 0;
}

/* Ends the innermost level: what it did stays, or what was before is back. */
static void end(struct toy_connection *connection, bool keep)
{
	struct toy_store *store = connection->store, *before = store->before;

	if (keep)
		store->before = before->before;
	else
		connection->store = before;
	toy_store_destroy(connection->allocator, keep ? before : store);
}

static int transaction(struct trv_connection *base, enum trv_transaction_verb verb, unsigned level,
                       const struct trv_transaction_options *options, uint64_t deadline, struct trv_error *error)
{
	struct toy_connection *connection = toy_of(base);
	bool whole = verb == TRV_VERB_COMMIT || verb == TRV_VERB_ROLLBACK;
	bool keep = verb == TRV_VERB_COMMIT || verb == TRV_VERB_RELEASE;
	bool begins = verb == TRV_VERB_BEGIN || verb == TRV_VERB_SAVEPOINT;

	(void)level; /* the core ends the innermost one, always */
	(void)deadline;
	if (base->in_transaction == (verb == TRV_VERB_BEGIN))
		return trv_error_set(error, TRV_ERR_MISUSE, "a transaction is open already, or none is");
	if (begins) {
		int r = begin(connection, error);

		if (r >= 0 && verb == TRV_VERB_BEGIN)
			connection->read_only = options && options->read_only;
		base->in_transaction = r >= 0 || base->in_transaction;
		return r;
	}
	do {
		end(connection, keep);
	} while (whole && connection->store->before);
	base->in_transaction = connection->store->before != NULL;
	connection->read_only &= base->in_transaction;
	return 0;
}

static int reset(struct trv_connection *base, uint64_t deadline, struct trv_error *error)
{
	return base->in_transaction ? transaction(base, TRV_VERB_ROLLBACK, 0, NULL, deadline, error) : 0;
}

static const char *const schemes[] = { "toy", NULL };

const struct trv_driver toy_driver = {
	.abi = TRV_DRIVER_ABI,
	.size = sizeof(struct trv_driver),
	.name = "toy",
	.schemes = schemes,
	.dialect = &dialect,
	.connect = connect_toy,
	.close = close_connection,
	.ping = ping,
	.reset = reset,
	.prepare = toy_prepare,
	.finalize = toy_finalize,
	.columns = toy_columns,
	.execute = toy_execute,
	.fetch = toy_fetch,
	.finish = toy_finish,
	.transaction = transaction,
	.run = toy_run,
};
