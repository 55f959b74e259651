#include "model/ddl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* SQLite's clock in microseconds; it has no more than milliseconds. */
#define SQLITE_MICROS                                                                                                  \
	"CAST(strftime('%s', 'now') AS INTEGER) * 1000000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER) * 1000"
#define SQLITE_MILLIS                                                                                                  \
	"CAST(strftime('%s', 'now') AS INTEGER) * 1000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER)"
#define POSTGRESQL_UTC "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')"

/* Now in every storage of a timestamp. */
static const struct {
	enum trv_storage storage;
	const char *sqlite, *postgresql, *mariadb;
} nows[] = {
	{ TRV_STORE_DEFAULT, SQLITE_MICROS, "CURRENT_TIMESTAMP", "utc_timestamp(6)" },
	{ TRV_STORE_MICROS, SQLITE_MICROS, "floor(extract(epoch FROM CURRENT_TIMESTAMP) * 1000000)::bigint",
	  "floor(unix_timestamp(CURRENT_TIMESTAMP(6)) * 1000000)" },
	{ TRV_STORE_MILLIS, SQLITE_MILLIS, "floor(extract(epoch FROM CURRENT_TIMESTAMP) * 1000)::bigint",
	  "floor(unix_timestamp(CURRENT_TIMESTAMP(6)) * 1000)" },
	{ TRV_STORE_UNIX, "CAST(strftime('%s', 'now') AS REAL)", "extract(epoch FROM CURRENT_TIMESTAMP)",
	  "unix_timestamp(CURRENT_TIMESTAMP(6))" },
	{ TRV_STORE_JULIAN, "julianday('now')", "extract(julian FROM " POSTGRESQL_UTC ") - 0.5",
	  "unix_timestamp(CURRENT_TIMESTAMP(6)) / 86400 + 2440587.5" },
	{ TRV_STORE_ISO, "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
	  "to_char(" POSTGRESQL_UTC ", 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
	  "date_format(utc_timestamp(6), '%Y-%m-%dT%H:%i:%s.%fZ')" },
};

static void put_now(struct trv__ddl *ddl, const struct trv_column *column)
{
	enum trv_storage storage = trv_column_storage(column, ddl->engine);

	for (size_t i = 0; i < TRV_COUNT_OF(nows); i++) {
		const char *forms[TRV_ENGINE_COUNT] = { ddl->dialect->now, nows[i].sqlite, nows[i].postgresql,
			                                nows[i].mariadb };

		if (nows[i].storage != storage)
			continue;
		trv__ddl_put(ddl, " DEFAULT (");
		trv__ddl_put(ddl, forms[ddl->engine]);
		trv__ddl_put(ddl, ")");
		return;
	}
}

/* --- literals -------------------------------------------------------------------------------- */

static void put_decimal(struct trv__ddl *ddl, const struct trv_column *column, struct trv_decimal decimal)
{
	enum trv_storage storage = trv_column_storage(column, ddl->engine);
	bool text = storage == TRV_STORE_TEXT || (storage == TRV_STORE_DEFAULT && ddl->engine == TRV_ENGINE_SQLITE);
	char digits[TRV_DECIMAL_TEXT];

	if (trv_decimal_rescale(&decimal, column->scale) < 0) {
		trv__ddl_fail(ddl, TRV_ERR_VALUE, "the default of \"%s\" does not fit its type", column->name);
		return;
	}
	if (storage == TRV_STORE_INTEGER)
		decimal.scale = 0; /* its units */
	trv_decimal_format(&decimal, digits);
	if (text)
		trv__ddl_quote(ddl, digits);
	else
		trv__ddl_put(ddl, digits);
}

static void put_uuid(struct trv__ddl *ddl, const struct trv_column *column, const struct trv_uuid *uuid)
{
	char text[TRV_UUID_TEXT];

	if (ddl->engine != TRV_ENGINE_POSTGRESQL && trv_column_storage(column, ddl->engine) != TRV_STORE_TEXT) {
		trv__ddl_hex(ddl, uuid->bytes, sizeof(uuid->bytes));
		return;
	}
	trv_uuid_format(uuid, text);
	trv__ddl_quote(ddl, text);
}

static void put_bool(struct trv__ddl *ddl, const struct trv_column *column, bool truth)
{
	if (trv_column_storage(column, ddl->engine) == TRV_STORE_TEXT)
		trv__ddl_put(ddl, truth ? "'true'" : "'false'");
	else if (ddl->engine == TRV_ENGINE_POSTGRESQL)
		trv__ddl_put(ddl, truth ? "TRUE" : "FALSE");
	else
		trv__ddl_put(ddl, truth ? "1" : "0");
}

static void put_enum(struct trv__ddl *ddl, const struct trv_column *column, int64_t value)
{
	if (trv_column_storage(column, ddl->engine) == TRV_STORE_INTEGER)
		trv__buffer_format(&ddl->text, "%" PRId64, value);
	else if (value >= 0 && value < column->enumeration->count)
		trv__ddl_quote(ddl, column->enumeration->values[value].stored);
	else
		trv__ddl_fail(ddl, TRV_ERR_MODEL, "the default of \"%s\" is none of its enum's values", column->name);
}

static void put_literal(struct trv__ddl *ddl, const struct trv_column *column, const struct trv_value *value)
{
	if (value->null) {
		trv__ddl_put(ddl, "NULL");
		return;
	}
	switch (column->type) {
	case TRV_BOOL:
		put_bool(ddl, column, value->as.boolean);
		break;
	case TRV_FLOAT32:
	case TRV_FLOAT64:
		trv__buffer_double(&ddl->text, value->as.number, column->type == TRV_FLOAT32);
		break;
	case TRV_DECIMAL:
		put_decimal(ddl, column, value->as.decimal);
		break;
	case TRV_TEXT:
	case TRV_JSON:
		trv__ddl_quote(ddl, value->as.text);
		break;
	case TRV_BYTES:
		trv__ddl_hex(ddl, value->as.bytes.data, value->as.bytes.size);
		break;
	case TRV_DATE:
	case TRV_TIME:
	case TRV_TIMESTAMP:
		trv__ddl_moment(ddl, column->type, trv_column_storage(column, ddl->engine), value->as.integer);
		break;
	case TRV_UUID:
		put_uuid(ddl, column, &value->as.uuid);
		break;
	case TRV_ENUM:
		put_enum(ddl, column, value->as.integer);
		break;
	default:
		trv__buffer_format(&ddl->text, "%" PRId64, value->as.integer);
		break;
	}
}

void trv__ddl_default(struct trv__ddl *ddl, const struct trv_column *column)
{
	const struct trv_default *initial = column->initial;
	const char *sql;

	if (!initial)
		return;
	switch (initial->kind) {
	case TRV_DEFAULT_LITERAL:
		trv__ddl_put(ddl, " DEFAULT ");
		put_literal(ddl, column, &initial->literal);
		break;
	case TRV_DEFAULT_NOW:
		put_now(ddl, column);
		break;
	case TRV_DEFAULT_SQL:
		sql = trv_sql_for(&initial->sql, ddl->engine);
		if (!sql)
			break;
		trv__ddl_put(ddl, " DEFAULT (");
		trv__ddl_sql(ddl, NULL, sql);
		trv__ddl_put(ddl, ")");
		break;
	case TRV_DEFAULT_NONE:
	case TRV_DEFAULT_UUID4:
	case TRV_DEFAULT_UUID7:
		break; /* made by the runtime */
	}
}
