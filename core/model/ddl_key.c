/*
 * What an engine cannot do of a model. The DDL writer asks before it writes anything;
 * the schema's checker asks to tell it at the line.
 */
#include "model/ddl.h"

#define REFUSE(error, ...) trv_error_set(error, TRV_ERR_UNSUPPORTED, __VA_ARGS__)

static int require(const struct trv_dialect *dialect, enum trv_feature feature, const struct trv_model *model,
                   const char *what, struct trv_error *error)
{
	const struct trv_feature_support *support = &dialect->features[feature];

	if (support->level != TRV_REFUSED)
		return 0;
	return REFUSE(error, "%s.%s: %s cannot do this: %s", model->name, what, dialect->name,
	              support->note ? support->note : "it has no such thing");
}

static bool is_long(const struct trv_column *column)
{
	switch (column->type) {
	case TRV_TEXT:
		return column->length == 0 || column->length > TRV__MARIADB_KEY_TEXT;
	case TRV_BYTES:
		return column->length == 0 || column->length > TRV__MARIADB_KEY_BYTES;
	default:
		return false;
	}
}

/* Bytes of the column in a key of MariaDB. */
static size_t key_bytes(const struct trv_column *column)
{
	switch (column->type) {
	case TRV_TEXT:
		return (size_t)column->length * 4 + 2;
	case TRV_ENUM:
		return 64 * 4 + 2;
	case TRV_BYTES:
		return (size_t)column->length + 2;
	case TRV_UUID:
	case TRV_DECIMAL:
		return 20;
	default:
		return 8;
	}
}

int trv__ddl_check_key(const struct trv_model *model, const uint16_t *columns, size_t count,
                       const struct trv_dialect *dialect, const char *what, struct trv_error *error)
{
	bool mariadb = dialect->engine == TRV_ENGINE_MARIADB;
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++) {
		const struct trv_column *column = &model->columns[columns[i]];

		if (trv_sql_for(column->type_sql, dialect->engine))
			continue;
		if (column->type == TRV_JSON)
			return REFUSE(error, "%s.%s: json cannot be part of %s", model->name, column->member, what);
		if (mariadb && is_long(column))
			return REFUSE(error, "%s.%s: mariadb needs a length of at most %d for a column of %s",
			              model->name, column->member,
			              column->type == TRV_TEXT ? TRV__MARIADB_KEY_TEXT : TRV__MARIADB_KEY_BYTES, what);
		bytes += key_bytes(column);
	}
	/* What the lengths and nulls of each column take is left out of the limit for one column. */
	if (mariadb && count > 1 && bytes > TRV__MARIADB_KEY_BYTES)
		return REFUSE(error, "%s: %s has %zu bytes, mariadb takes %d at most", model->name, what, bytes,
		              TRV__MARIADB_KEY_BYTES);
	return 0;
}

int trv__ddl_check_index(const struct trv_model *model, const struct trv_index *index,
                         const struct trv_dialect *dialect, struct trv_error *error)
{
	bool wider = dialect->features[TRV_FEATURE_COVERING_INDEX].level == TRV_EMULATED;
	uint16_t columns[512];
	size_t count = 0;
	int r = 0;

	for (int i = 0; i < index->part_count && r == 0; i++) {
		if (!index->parts[i].expression)
			columns[count++] = index->parts[i].column;
		else if (!trv_sql_for(index->parts[i].expression, dialect->engine))
			r = REFUSE(error, "%s.%s: no expression for %s", model->name, index->name, dialect->name);
		else
			r = require(dialect, TRV_FEATURE_EXPRESSION_INDEX, model, index->name, error);
		if (r == 0 && index->parts[i].descending)
			r = require(dialect, TRV_FEATURE_DESCENDING_INDEX, model, index->name, error);
	}
	for (int i = 0; wider && i < index->include_count; i++)
		columns[count++] = index->include[i];
	if (r == 0 && trv_sql_for(index->where, dialect->engine))
		r = require(dialect, TRV_FEATURE_PARTIAL_INDEX, model, index->name, error);
	if (r == 0 && index->include_count)
		r = require(dialect, TRV_FEATURE_COVERING_INDEX, model, index->name, error);
	return r == 0 ? trv__ddl_check_key(model, columns, count, dialect, index->name, error) : r;
}

static int check_column(const struct trv_model *model, const struct trv_column *column,
                        const struct trv_dialect *dialect, struct trv_error *error)
{
	bool row_id = model->primary_count == 1 && &model->columns[model->primary[0]] == column;

	if (column->flags & TRV_GENERATED)
		return require(dialect,
		               column->flags & TRV_STORED ? TRV_FEATURE_GENERATED_STORED
		                                          : TRV_FEATURE_GENERATED_VIRTUAL,
		               model, column->member, error);
	if ((column->flags & TRV_AUTO) && !row_id && dialect->engine == TRV_ENGINE_SQLITE)
		return REFUSE(error, "%s.%s: sqlite numbers only a primary key of one column", model->name,
		              column->member);
	if (column->flags & TRV_TOUCH)
		return require(dialect, TRV_FEATURE_ON_UPDATE_NOW, model, column->member, error);
	return 0;
}

static int check_foreign_key(const struct trv_model *model, const struct trv_foreign_key *key,
                             const struct trv_dialect *dialect, struct trv_error *error)
{
	int r = key->deferrable ? require(dialect, TRV_FEATURE_DEFERRABLE, model, key->name, error) : 0;

	if (r == 0 && dialect->engine == TRV_ENGINE_MARIADB &&
	    (key->on_delete == TRV_SET_DEFAULT || key->on_update == TRV_SET_DEFAULT))
		r = REFUSE(error, "%s.%s: mariadb has no SET DEFAULT", model->name, key->name);
	return r == 0 ? trv__ddl_check_key(model, key->columns, key->count, dialect, key->name, error) : r;
}

/* MariaDB refuses expressions over the column that it numbers: errno 1901. */
static int check_auto(const struct trv_model *model, const struct trv_dialect *dialect, struct trv_error *error)
{
	const char *name, *sql;

	if (dialect->engine != TRV_ENGINE_MARIADB || model->auto_column < 0)
		return 0;
	name = model->columns[model->auto_column].name;
	for (int i = 0; i < model->column_count; i++) {
		sql = trv_sql_for(model->columns[i].generated, dialect->engine);
		if (sql && trv__ddl_mentions(sql, name))
			return REFUSE(error, "%s.%s: mariadb cannot compute a column from \"%s\", which it numbers",
			              model->name, model->columns[i].member, name);
	}
	for (int i = 0; i < model->check_count; i++) {
		sql = trv_sql_for(&model->checks[i].sql, dialect->engine);
		if (sql && trv__ddl_mentions(sql, name))
			return REFUSE(error, "%s.%s: mariadb cannot check \"%s\", which it numbers", model->name,
			              model->checks[i].name, name);
	}
	return 0;
}

#define MARIADB_ROW_BYTES 65535

/* Texts that can be indexed count towards a row's size, with four bytes for a character: errno 1118. */
static int check_row(const struct trv_model *model, const struct trv_dialect *dialect, struct trv_error *error)
{
	size_t bytes = 0;

	if (dialect->engine != TRV_ENGINE_MARIADB)
		return 0;
	for (int i = 0; i < model->column_count; i++)
		bytes += is_long(&model->columns[i]) ? 12 : key_bytes(&model->columns[i]);
	if (bytes > MARIADB_ROW_BYTES)
		return REFUSE(error, "%s: its columns take %zu bytes of a row, mariadb takes %d at most", model->name,
		              bytes, MARIADB_ROW_BYTES);
	return 0;
}

int trv__ddl_check_model(const struct trv_model *model, const struct trv_dialect *dialect, struct trv_error *error)
{
	int r = trv__ddl_check_key(model, model->primary, model->primary_count, dialect, "the primary key", error);

	for (int i = 0; r == 0 && i < model->column_count; i++)
		r = check_column(model, &model->columns[i], dialect, error);
	for (int i = 0; r == 0 && i < model->foreign_key_count; i++)
		r = check_foreign_key(model, &model->foreign_keys[i], dialect, error);
	for (int i = 0; r == 0 && i < model->index_count; i++)
		r = trv__ddl_check_index(model, &model->indexes[i], dialect, error);
	if (r == 0)
		r = check_row(model, dialect, error);
	return r == 0 ? check_auto(model, dialect, error) : r;
}
