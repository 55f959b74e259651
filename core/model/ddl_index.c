#include "model/ddl.h"

/*
 * Nulls come first in ascending order everywhere; PostgreSQL's own order is the other
 * one, and only an index in the same order serves an ORDER BY.
 */
static void put_part(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_index_part *part)
{
	if (part->expression) {
		trv__ddl_put(ddl, "(");
		trv__ddl_sql(ddl, model, trv_sql_for(part->expression, ddl->engine));
		trv__ddl_put(ddl, ")");
	} else {
		trv__ddl_name(ddl, model->columns[part->column].name);
	}
	if (part->descending)
		trv__ddl_put(ddl, " DESC");
	if (ddl->dialect->order_nulls && !part->expression && (model->columns[part->column].flags & TRV_NULLABLE))
		trv__ddl_put(ddl, part->descending ? " NULLS LAST" : " NULLS FIRST");
}

static void put_parts(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_index *index, bool wider)
{
	trv__ddl_put(ddl, " ON ");
	trv__ddl_name(ddl, model->table);
	trv__ddl_put(ddl, " (");
	for (int i = 0; i < index->part_count; i++) {
		trv__ddl_put(ddl, i ? ", " : "");
		put_part(ddl, model, &index->parts[i]);
	}
	if (wider) {
		trv__ddl_put(ddl, ", ");
		trv__ddl_names(ddl, model, index->include, index->include_count);
	}
	trv__ddl_put(ddl, ")");
}

static void put_where(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_index *index)
{
	const char *sql = trv_sql_for(index->where, ddl->engine);

	if (sql) {
		trv__ddl_put(ddl, " WHERE ");
		trv__ddl_sql(ddl, model, sql);
	}
	trv__ddl_flush(ddl);
}

static void put_index(struct trv__ddl *ddl, const struct trv_model *model, const struct trv_index *index)
{
	bool native = ddl->dialect->features[TRV_FEATURE_COVERING_INDEX].level == TRV_NATIVE;
	bool covers = index->include_count > 0;

	trv__ddl_put(ddl, index->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
	trv__ddl_name(ddl, index->name);
	/* A wider unique index would let duplicates in, so it stays as it is and a second one covers. */
	put_parts(ddl, model, index, covers && !native && !index->unique);
	if (covers && native) {
		trv__ddl_put(ddl, " INCLUDE (");
		trv__ddl_names(ddl, model, index->include, index->include_count);
		trv__ddl_put(ddl, ")");
	}
	put_where(ddl, model, index);
	if (!covers || native || !index->unique)
		return;
	trv__ddl_put(ddl, "CREATE INDEX ");
	trv__ddl_made_name(ddl, index->name, "covering", "idx");
	put_parts(ddl, model, index, true);
	put_where(ddl, model, index);
}

void trv__ddl_indexes(struct trv__ddl *ddl, const struct trv_model *model)
{
	for (int i = 0; i < model->index_count && ddl->status == 0; i++)
		put_index(ddl, model, &model->indexes[i]);
}
