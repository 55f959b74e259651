/*
 * MariaDB 10.5 and later, through Connector/C: the table of the driver's operations.
 */
#include "internal.h"

static void *native(struct trv_connection *base)
{
	struct mariadb_connection *connection = mariadb_connection_of(base);

	/* Who has the handle can change anything in the session. */
	connection->touched = true;
	return connection->mysql;
}

static const char *const schemes[] = { "mariadb", "mysql", NULL };

const struct trv_driver trv__mariadb_driver = {
	.abi = TRV_DRIVER_ABI,
	.size = sizeof(struct trv_driver),
	.name = "mariadb",
	.schemes = schemes,
	.dialect = &trv__mariadb_dialect,
	.connect = trv__mariadb_connect,
	.close = trv__mariadb_close,
	.ping = trv__mariadb_ping,
	.reset = trv__mariadb_reset,
	.cancel = trv__mariadb_cancel,
	.prepare = trv__mariadb_prepare,
	.finalize = trv__mariadb_finalize,
	.columns = trv__mariadb_columns,
	.execute = trv__mariadb_execute,
	.fetch = trv__mariadb_fetch,
	.finish = trv__mariadb_finish,
	.transaction = trv__mariadb_transaction,
	.run = trv__mariadb_run,
	.native = native,
	.ready = trv__mariadb_ready,
};
