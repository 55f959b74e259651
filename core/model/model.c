#include "query/value.h"

#include <string.h>

const char *trv_sql_for(const struct trv_sql *sql, enum trv_engine engine)
{
	if (!sql)
		return NULL;
	if ((unsigned)engine < TRV_ENGINE_COUNT && sql->text[engine])
		return sql->text[engine];
	return sql->text[TRV_ENGINE_ANY];
}

enum trv_storage trv_column_storage(const struct trv_column *column, enum trv_engine engine)
{
	uint8_t own = (unsigned)engine < TRV_ENGINE_COUNT ? column->storage[engine] : TRV_STORE_DEFAULT;

	return (enum trv_storage)(own ? own : column->storage[TRV_ENGINE_ANY]);
}

static bool is_plain(const struct trv_column *column)
{
	return !column->initial && !(column->flags & (TRV_GENERATED | TRV_AUTO | TRV_TOUCH | TRV_LOCK)) &&
	       trv__takes_any(column->type);
}

struct trv_model_masks trv_model_masks(const struct trv_model *model)
{
	struct trv_model_masks masks = { 0, 0, 0 };

	for (size_t i = 0; i < model->column_count; i++) {
		uint64_t bit = UINT64_C(1) << i;

		masks.generated |= model->columns[i].flags & TRV_GENERATED ? bit : 0;
		masks.touched |= model->columns[i].flags & TRV_TOUCH ? bit : 0;
		masks.plain |= is_plain(&model->columns[i]) ? bit : 0;
	}
	return masks;
}

int trv_model_column(const struct trv_model *model, const char *name)
{
	for (int i = 0; i < model->column_count; i++)
		if (strcmp(model->columns[i].member, name) == 0)
			return i;
	for (int i = 0; i < model->column_count; i++)
		if (strcmp(model->columns[i].name, name) == 0)
			return i;
	return -1;
}

int trv_model_relation(const struct trv_model *model, const char *name)
{
	for (int i = 0; i < model->relation_count; i++)
		if (strcmp(model->relations[i].name, name) == 0)
			return i;
	return -1;
}

const char *trv_enum_name(const struct trv_enum *enumeration, int value)
{
	return value >= 0 && value < enumeration->count ? enumeration->values[value].name : NULL;
}

int trv_enum_find(const struct trv_enum *enumeration, const char *name)
{
	for (int i = 0; i < enumeration->count; i++)
		if (strcmp(enumeration->values[i].name, name) == 0)
			return i;
	return -1;
}
