#include "model/ddl.h"

#include <inttypes.h>
#include <string.h>

/* Types of values that are kept in another way than the type's usual one. */
static const char *const storage_types[][TRV_ENGINE_COUNT] = {
	[TRV_STORE_ISO] = { "varchar(40)", "TEXT", "varchar(40) COLLATE \"C\"", "varchar(40)" },
	[TRV_STORE_UNIX] = { "double precision", "REAL", "double precision", "double" },
	[TRV_STORE_MILLIS] = { "bigint", "INTEGER", "bigint", "bigint" },
	[TRV_STORE_MICROS] = { "bigint", "INTEGER", "bigint", "bigint" },
	[TRV_STORE_JULIAN] = { "double precision", "REAL", "double precision", "double" },
	[TRV_STORE_REAL] = { "double precision", "REAL", "double precision", "double" },
	[TRV_STORE_TEXT] = { "varchar(64)", "TEXT", "varchar(64) COLLATE \"C\"", "varchar(64)" },
	[TRV_STORE_INTEGER] = { "bigint", "INTEGER", "bigint", "bigint" },
};

/* An enum's text is given room to grow, so that a new value changes the check only. */
#define ENUM_ROOM 64

static unsigned length_of(const struct trv_column *column)
{
	size_t longest = ENUM_ROOM;

	if (column->type != TRV_ENUM)
		return column->length;
	for (int i = 0; i < column->enumeration->count; i++) {
		size_t length = strlen(column->enumeration->values[i].stored);

		longest = length > longest ? length : longest;
	}
	return (unsigned)longest;
}

/* Longer texts than can be indexed go into MariaDB's type without a limit, and a check. */
static bool limit_is_checked(const struct trv__ddl *ddl, const struct trv_column *column)
{
	bool text = column->type == TRV_TEXT, bytes = column->type == TRV_BYTES;

	if (column->length == 0 || (!text && !bytes))
		return false;
	if (ddl->engine == TRV_ENGINE_MARIADB)
		return column->length > (text ? TRV__MARIADB_KEY_TEXT : TRV__MARIADB_KEY_BYTES);
	return ddl->dialect->types_limited[column->type] == NULL;
}

static const char *pattern_of(const struct trv__ddl *ddl, const struct trv_column *column)
{
	enum trv_storage storage = trv_column_storage(column, ddl->engine);
	const char *limited = ddl->dialect->types_limited[column->type];
	bool kept_as_usual = storage == TRV_STORE_DEFAULT || storage >= TRV_COUNT_OF(storage_types);

	/* Text is how SQLite keeps decimals anyway, but with a collation. */
	if (ddl->engine == TRV_ENGINE_SQLITE && column->type == TRV_DECIMAL && storage == TRV_STORE_TEXT)
		kept_as_usual = true;
	if (!kept_as_usual)
		return storage_types[storage][ddl->engine];
	if (column->length && limited && !limit_is_checked(ddl, column))
		return limited;
	return ddl->dialect->types[column->type];
}

static void put_pattern(struct trv__ddl *ddl, const struct trv_column *column, const char *pattern, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned number;

		if (pattern[i] != '%' || i + 1 == size) {
			trv__buffer_put_n(&ddl->text, &pattern[i], 1);
			continue;
		}
		i++;
		number = pattern[i] == 'p' ? column->precision : pattern[i] == 's' ? column->scale : length_of(column);
		trv__buffer_format(&ddl->text, "%u", number);
	}
}

static void put_type(struct trv__ddl *ddl, const struct trv_column *column)
{
	const char *own = trv_sql_for(column->type_sql, ddl->engine);
	const char *pattern = pattern_of(ddl, column);
	const char *collate = column->collation ? strstr(pattern, " COLLATE") : NULL;

	if (own) {
		trv__ddl_put(ddl, own);
		return;
	}
	put_pattern(ddl, column, pattern, collate ? (size_t)(collate - pattern) : strlen(pattern));
	if (column->collation) {
		trv__ddl_put(ddl, " COLLATE ");
		trv__ddl_name(ddl, column->collation);
	}
}

static void put_generated(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column)
{
	bool stored = (column->flags & TRV_STORED) || ddl->engine == TRV_ENGINE_POSTGRESQL;
	const char *sql = trv_sql_for(column->generated, ddl->engine);

	if (!sql) {
		trv__ddl_fail(ddl, TRV_ERR_UNSUPPORTED, "%s.%s: no expression for %s", model->name, column->member,
		              ddl->dialect->name);
		return;
	}
	trv__ddl_put(ddl, " GENERATED ALWAYS AS (");
	trv__ddl_sql(ddl, model, sql);
	trv__ddl_put(ddl, stored ? ") STORED" : ") VIRTUAL");
}

/* MariaDB sets it itself, in the time zone of the session, which the driver makes UTC. */
static bool engine_touches(const struct trv__ddl *ddl, const struct trv_column *column)
{
	return ddl->engine == TRV_ENGINE_MARIADB && (column->flags & TRV_TOUCH) && column->type == TRV_TIMESTAMP &&
	       trv_column_storage(column, ddl->engine) == TRV_STORE_DEFAULT &&
	       !trv_sql_for(column->type_sql, ddl->engine);
}

void trv__ddl_column(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column)
{
	bool generated = (column->flags & TRV_GENERATED) != 0;

	trv__ddl_name(ddl, column->name);
	trv__ddl_put(ddl, " ");
	put_type(ddl, column);
	if (generated)
		put_generated(ddl, model, column);
	/* MariaDB takes no NOT NULL on a generated column. */
	if (!(column->flags & TRV_NULLABLE) && !(generated && ddl->engine == TRV_ENGINE_MARIADB))
		trv__ddl_put(ddl, " NOT NULL");
	if (!generated)
		trv__ddl_default(ddl, column);
	if (engine_touches(ddl, column))
		trv__ddl_put(ddl, " ON UPDATE CURRENT_TIMESTAMP(6)");
	if ((column->flags & TRV_AUTO) &&
	    (ddl->engine != TRV_ENGINE_SQLITE || trv__ddl_is_row_id(ddl, model, column))) {
		trv__ddl_put(ddl, " ");
		trv__ddl_put(ddl, ddl->dialect->auto_key);
	}
}

/* --- checks that follow from the type ---------------------------------------------------- */

static void open_check(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column,
                       const char *what, const char *before)
{
	trv__ddl_put(ddl, ",\n\tCONSTRAINT ");
	trv__ddl_made_name(ddl, model->table, column->name, what);
	trv__ddl_put(ddl, " CHECK (");
	trv__ddl_put(ddl, before);
	trv__ddl_name(ddl, column->name);
}

static void check_values(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column)
{
	const struct trv_enum *enumeration = column->enumeration;

	open_check(ddl, model, column, "values", "");
	if (trv_column_storage(column, ddl->engine) == TRV_STORE_INTEGER) {
		trv__buffer_format(&ddl->text, " BETWEEN 0 AND %d)", enumeration->count - 1);
		return;
	}
	trv__ddl_put(ddl, " IN (");
	for (int i = 0; i < enumeration->count; i++) {
		trv__ddl_put(ddl, i ? ", " : "");
		trv__ddl_quote(ddl, enumeration->values[i].stored);
	}
	trv__ddl_put(ddl, "))");
}

static void check_range(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column,
                        int64_t low, int64_t high)
{
	open_check(ddl, model, column, "range", "");
	trv__buffer_format(&ddl->text, " BETWEEN %" PRId64 " AND %" PRId64 ")", low, high);
}

static void check_length(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column)
{
	const char *functions[TRV_ENGINE_COUNT] = { "char_length(", "length(", "char_length(", "char_length(" };

	if (column->type == TRV_BYTES)
		functions[TRV_ENGINE_ANY] = functions[TRV_ENGINE_POSTGRESQL] = functions[TRV_ENGINE_MARIADB] =
			"octet_length(";
	open_check(ddl, model, column, "length", functions[ddl->engine]);
	trv__buffer_format(&ddl->text, ") <= %u)", column->length);
}

static void check_json(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column)
{
	/* json_valid(NULL) is 0 in SQLite before 3.42 */
	open_check(ddl, model, column, "json", "coalesce(json_valid(");
	trv__ddl_put(ddl, "), 0) OR ");
	trv__ddl_name(ddl, column->name);
	trv__ddl_put(ddl, " IS NULL)");
}

static void check_truth(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column)
{
	open_check(ddl, model, column, "bool", "");
	trv__ddl_put(ddl, " IN (0, 1))");
}

static void check_uuid(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column)
{
	open_check(ddl, model, column, "uuid", "length(");
	trv__ddl_put(ddl, ") = 16)");
}

void trv__ddl_column_checks(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column)
{
	bool usual = trv_column_storage(column, ddl->engine) == TRV_STORE_DEFAULT;
	bool sqlite = ddl->engine == TRV_ENGINE_SQLITE, postgresql = ddl->engine == TRV_ENGINE_POSTGRESQL;

	if (trv_sql_for(column->type_sql, ddl->engine) || (column->flags & TRV_GENERATED))
		return;
	if (column->type == TRV_ENUM)
		check_values(ddl, model, column);
	else if (column->type == TRV_BOOL && usual && !postgresql)
		check_truth(ddl, model, column);
	else if (column->type == TRV_JSON && !postgresql)
		check_json(ddl, model, column);
	else if (column->type == TRV_INT16 && sqlite)
		check_range(ddl, model, column, INT16_MIN, INT16_MAX);
	else if (column->type == TRV_INT32 && sqlite)
		check_range(ddl, model, column, INT32_MIN, INT32_MAX);
	else if (column->type == TRV_UUID && usual && sqlite)
		check_uuid(ddl, model, column);
	else if (limit_is_checked(ddl, column))
		check_length(ddl, model, column);
}
