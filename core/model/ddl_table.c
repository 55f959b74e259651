#include "model/ddl.h"

static const char *const actions[] = {
	[TRV_NO_ACTION] = NULL,      [TRV_RESTRICT] = "RESTRICT",       [TRV_CASCADE] = "CASCADE",
	[TRV_SET_NULL] = "SET NULL", [TRV_SET_DEFAULT] = "SET DEFAULT",
};

static void put_action(struct trv__ddl *ddl, const char *event, uint8_t action)
{
	if (action >= TRV_COUNT_OF(actions) || !actions[action])
		return;
	trv__ddl_put(ddl, event);
	trv__ddl_put(ddl, actions[action]);
}

void trv__ddl_foreign_key(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_foreign_key *key)
{
	trv__ddl_put(ddl, "CONSTRAINT ");
	trv__ddl_name(ddl, key->name);
	trv__ddl_put(ddl, " FOREIGN KEY (");
	trv__ddl_names(ddl, model, key->columns, key->count);
	trv__ddl_put(ddl, ") REFERENCES ");
	trv__ddl_name(ddl, key->target->table);
	trv__ddl_put(ddl, " (");
	trv__ddl_names(ddl, key->target, key->target_columns, key->count);
	trv__ddl_put(ddl, ")");
	put_action(ddl, " ON DELETE ", key->on_delete);
	put_action(ddl, " ON UPDATE ", key->on_update);
	if (key->deferrable)
		trv__ddl_put(ddl, " DEFERRABLE INITIALLY DEFERRED");
}

bool trv__ddl_is_row_id(const struct trv__ddl *ddl, const struct trv_model *model, const struct trv_column *column)
{
	return ddl->engine == TRV_ENGINE_SQLITE && (column->flags & TRV_AUTO) && model->primary_count == 1 &&
	       &model->columns[model->primary[0]] == column;
}

static void put_primary(struct trv__ddl *ddl, const struct trv_model *model)
{
	if (model->primary_count == 0 || trv__ddl_is_row_id(ddl, model, &model->columns[model->primary[0]]))
		return;
	trv__ddl_put(ddl, ",\n\tPRIMARY KEY (");
	trv__ddl_names(ddl, model, model->primary, model->primary_count);
	trv__ddl_put(ddl, ")");
}

static void put_checks(struct trv__ddl *ddl, const struct trv_model *model)
{
	for (int i = 0; i < model->column_count; i++)
		trv__ddl_column_checks(ddl, model, &model->columns[i]);
	for (int i = 0; i < model->check_count; i++) {
		const char *sql = trv_sql_for(&model->checks[i].sql, ddl->engine);

		if (!sql)
			continue;
		trv__ddl_put(ddl, ",\n\tCONSTRAINT ");
		trv__ddl_name(ddl, model->checks[i].name);
		trv__ddl_put(ddl, " CHECK (");
		trv__ddl_sql(ddl, model, sql);
		trv__ddl_put(ddl, ")");
	}
}

/* A type of the schema's own need not be one that a STRICT table takes. */
static bool has_own_types(const struct trv__ddl *ddl, const struct trv_model *model)
{
	for (int i = 0; i < model->column_count; i++)
		if (trv_sql_for(model->columns[i].type_sql, ddl->engine))
			return true;
	return false;
}

void trv__ddl_table(struct trv__ddl *ddl, const struct trv_model *model, const bool *later)
{
	if (ddl->status < 0)
		return;
	trv__ddl_put(ddl, "CREATE TABLE ");
	trv__ddl_name(ddl, model->table);
	trv__ddl_put(ddl, " (");
	for (int i = 0; i < model->column_count; i++) {
		trv__ddl_put(ddl, i ? ",\n\t" : "\n\t");
		trv__ddl_column(ddl, model, &model->columns[i]);
	}
	put_primary(ddl, model);
	put_checks(ddl, model);
	for (int i = 0; i < model->foreign_key_count; i++) {
		if (later[i])
			continue;
		trv__ddl_put(ddl, ",\n\t");
		trv__ddl_foreign_key(ddl, model, &model->foreign_keys[i]);
	}
	trv__ddl_put(ddl, "\n)");
	if (ddl->engine != TRV_ENGINE_SQLITE || !has_own_types(ddl, model))
		trv__ddl_put(ddl, ddl->dialect->table_options);
	trv__ddl_flush(ddl);
	trv__ddl_indexes(ddl, model);
}
