/*
 * SQLite 3.40, as data. Decimals are text in a collation that compares numbers, and are
 * summed by a function; both have the names of SQLite's own decimal extension, so the
 * sqlite3 shell reads such a database.
 */
#include <trivet/driver.h>

extern const struct trv_dialect trv__sqlite_dialect;

const struct trv_dialect trv__sqlite_dialect = {
	.size = sizeof(struct trv_dialect),
	.engine = TRV_ENGINE_SQLITE,
	.name = "sqlite",
	.quote = '"',
	.numbered = false,
	.key_arrays = false,
	.nested_reads = true,
	.order_nulls = false,
	.bulk = TRV_BULK_UNNEST,
	.max_parameters = 32766,
	.bulk_rows = 8192,
	.holds_reads = true,
	.runs_each = true,
	.features = {
		[TRV_FEATURE_INSERT_RETURNING] = { TRV_NATIVE, NULL },
		[TRV_FEATURE_UPDATE_RETURNING] = { TRV_NATIVE, NULL },
		[TRV_FEATURE_DELETE_RETURNING] = { TRV_NATIVE, NULL },
		[TRV_FEATURE_PARTIAL_INDEX] = { TRV_NATIVE, NULL },
		[TRV_FEATURE_EXPRESSION_INDEX] = { TRV_NATIVE, NULL },
		[TRV_FEATURE_COVERING_INDEX] = { TRV_EMULATED,
			"the included columns are the last ones of the index; a unique index gets a second one" },
		[TRV_FEATURE_GENERATED_STORED] = { TRV_NATIVE, NULL },
		[TRV_FEATURE_GENERATED_VIRTUAL] = { TRV_NATIVE, NULL },
		[TRV_FEATURE_ON_UPDATE_NOW] = { TRV_EMULATED, "updates made through the library set it" },
		[TRV_FEATURE_DEFERRABLE] = { TRV_NATIVE, NULL },
		[TRV_FEATURE_TRANSACTIONAL_DDL] = { TRV_NATIVE, NULL },
		[TRV_FEATURE_LOCK_ROWS] = { TRV_EMULATED, "a transaction that writes locks the whole database" },
		[TRV_FEATURE_DESCENDING_INDEX] = { TRV_NATIVE, NULL },
		[TRV_FEATURE_UUID] = { TRV_EMULATED, "a blob of 16 bytes" },
		[TRV_FEATURE_DECIMAL] = { TRV_EMULATED, "text in the collation \"decimal\"" },
		[TRV_FEATURE_JSON] = { TRV_EMULATED, "text that is checked by json_valid" },
		[TRV_FEATURE_NOT_FINITE] = { TRV_REFUSED, "NaN would be stored as null" },
	},
	.types = {
		[TRV_BOOL] = "INTEGER",
		[TRV_INT16] = "INTEGER",
		[TRV_INT32] = "INTEGER",
		[TRV_INT64] = "INTEGER",
		[TRV_FLOAT32] = "REAL",
		[TRV_FLOAT64] = "REAL",
		[TRV_DECIMAL] = "TEXT COLLATE decimal",
		[TRV_TEXT] = "TEXT",
		[TRV_BYTES] = "BLOB",
		[TRV_DATE] = "INTEGER",
		[TRV_TIME] = "INTEGER",
		[TRV_TIMESTAMP] = "INTEGER",
		[TRV_UUID] = "BLOB",
		[TRV_JSON] = "TEXT",
		[TRV_ENUM] = "TEXT",
	},
	.auto_key = "PRIMARY KEY",
	/* To the millisecond: SQLite's own clock has no more. */
	.now = "CAST(strftime('%s', 'now') AS INTEGER) * 1000000 "
	       "+ CAST(substr(strftime('%f', 'now'), 4) AS INTEGER) * 1000",
	.table_exists = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?",
	.table_options = " STRICT",
	.upsert = "conflict",
	.decimal_sum = "decimal_sum",
	.like_escape = " ESCAPE '\\'",
	.key_rows = "VALUES ",
	.default_row = " DEFAULT VALUES",
	.last_id = true,
	.consecutive_ids = true,
	.lock_rows = NULL,
	.rows_open = "trv_rows(trv_arrays(",
	.rows_close = "))",
	.values_rows = 50,
	.level_keys = 1,
};
