/*
 * The SQLite driver's table of operations. Each file of this folder holds one part:
 * connect.c (URL, opening), settings.c (switches and reset), statement.c (prepare,
 * execute), bind.c, fetch.c, transaction.c, error.c and function.c.
 */
#include "internal.h"

static void *native(struct trv_connection *base)
{
	return sqlite_connection_of(base)->db;
}

static const char *const schemes[] = { "sqlite", NULL };

const struct trv_driver trv__sqlite_driver = {
	.abi = TRV_DRIVER_ABI,
	.size = sizeof(struct trv_driver),
	.name = "sqlite",
	.schemes = schemes,
	.dialect = &trv__sqlite_dialect,
	.connect = trv__sqlite_connect,
	.close = trv__sqlite_close,
	.ping = trv__sqlite_ping,
	.reset = trv__sqlite_reset,
	.cancel = trv__sqlite_cancel,
	.prepare = trv__sqlite_prepare,
	.finalize = trv__sqlite_finalize,
	.columns = trv__sqlite_columns,
	.execute = trv__sqlite_execute,
	.fetch = trv__sqlite_fetch,
	.finish = trv__sqlite_finish,
	.transaction = trv__sqlite_transaction,
	.run = trv__sqlite_run,
	.native = native,
};
