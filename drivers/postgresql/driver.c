/*
 * The PostgreSQL driver's table of operations.
 */
#include "internal.h"

static const char *const schemes[] = { "postgresql", "postgres", NULL };

const struct trv_driver trv__postgresql_driver = {
	.abi = TRV_DRIVER_ABI,
	.size = sizeof(struct trv_driver),
	.name = "postgresql",
	.schemes = schemes,
	.dialect = &trv__postgresql_dialect,
	.connect = trv__pg_connect,
	.close = trv__pg_close,
	.ping = trv__pg_ping,
	.reset = trv__pg_reset,
	.cancel = trv__pg_cancel,
	.prepare = trv__pg_prepare,
	.finalize = trv__pg_finalize,
	.columns = trv__pg_columns,
	.execute = trv__pg_execute,
	.fetch = trv__pg_fetch,
	.finish = trv__pg_finish,
	.transaction = trv__pg_transaction,
	.run = trv__pg_run,
	.native = trv__pg_native,
	.pipeline = trv__pg_pipeline,
	.ready = trv__pg_reusable,
	.copy = trv__pg_copy,
	.reserve = trv__pg_reserve,
};
