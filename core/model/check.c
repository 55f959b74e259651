/*
 * Checks a registry as a whole, so that the rest of the library may trust what it
 * holds. Generated tables pass by construction; a model that someone wrote by hand, or
 * that was generated from another version of a file than its neighbour, is found here.
 */
#include "model/registry.h"

#include <string.h>
#include <trivet/driver.h>
#include <trivet/query.h>

struct check {
	const struct trv_registry *registry;
	const struct trv_model *model;
	struct trv_error *error;
};

#define FAIL(check, ...) trv_error_set((check)->error, TRV_ERR_MODEL, __VA_ARGS__)

static int check_counts(const struct check *check)
{
	const struct trv_model *model = check->model;
	const struct {
		const char *what;
		const void *array;
		unsigned count, limit;
	} arrays[] = {
		{ "columns", model->columns, model->column_count, TRV_MAX_COLUMNS },
		{ "relations", model->relations, model->relation_count, TRV_MAX_RELATIONS },
		{ "key columns", model->primary, model->primary_count, TRV_MAX_KEY },
		{ "indexes", model->indexes, model->index_count, UINT16_MAX },
		{ "checks", model->checks, model->check_count, UINT16_MAX },
		{ "foreign keys", model->foreign_keys, model->foreign_key_count, UINT16_MAX },
	};

	if (model->column_count == 0)
		return FAIL(check, "model \"%s\" has no columns", model->name);
	for (size_t i = 0; i < TRV_COUNT_OF(arrays); i++) {
		if (arrays[i].count > arrays[i].limit)
			return FAIL(check, "model \"%s\" has %u %s, the limit is %u", model->name, arrays[i].count,
			            arrays[i].what, arrays[i].limit);
		if (arrays[i].count && !arrays[i].array)
			return FAIL(check, "model \"%s\" says that it has %u %s and holds none", model->name,
			            arrays[i].count, arrays[i].what);
	}
	return 0;
}

/* All of `indexes` are columns of `model`. */
static int check_indexes(const struct check *check, const struct trv_model *model, const uint16_t *indexes,
                         size_t count, const char *what)
{
	if (count > 0 && !indexes)
		return FAIL(check, "%s.%s has no columns", check->model->name, what);
	for (size_t i = 0; i < count; i++)
		if (indexes[i] >= model->column_count)
			return FAIL(check, "%s.%s: \"%s\" has no column %u", check->model->name, what, model->name,
			            indexes[i]);
	return 0;
}

static int check_special(const struct check *check, int16_t column, uint32_t flag, const char *what)
{
	const struct trv_model *model = check->model;

	if (column < 0)
		return 0;
	if (column >= model->column_count || !(model->columns[column].flags & flag))
		return FAIL(check, "model \"%s\": its %s column is %d, which is none", model->name, what, column);
	return 0;
}

/* 0 sizes are those of a model that no C struct was made for. */
static bool fits(uint32_t offset, size_t size, uint32_t whole)
{
	return whole == 0 || (size <= whole && offset <= whole - size);
}

static int check_column(const struct check *check, const struct trv_column *column)
{
	const struct trv_model *model = check->model;

	if (!column->name || !column->member)
		return FAIL(check, "model \"%s\" has a column without a name", model->name);
	if (column->type < TRV_BOOL || column->type > TRV_ENUM)
		return FAIL(check, "%s.%s has no type", model->name, column->member);
	if ((column->type == TRV_ENUM) != (column->enumeration != NULL))
		return FAIL(check, "%s.%s and its enum do not fit", model->name, column->member);
	if ((column->flags & TRV_GENERATED) && !column->generated)
		return FAIL(check, "%s.%s is generated from nothing", model->name, column->member);
	if (!fits(column->offset, trv_type_size(column->type), model->row_size) ||
	    !fits(column->has_offset, sizeof(bool), model->row_size))
		return FAIL(check, "%s.%s lies outside the row's %u bytes", model->name, column->member,
		            model->row_size);
	return 0;
}

/* a[columns_a[i]] and b[columns_b[i]] hold the same type. */
static int check_pairs(const struct check *check, const char *what, const struct trv_model *a,
                       const uint16_t *columns_a, const struct trv_model *b, const uint16_t *columns_b, size_t count)
{
	if (count == 0 || count > TRV_MAX_KEY)
		return FAIL(check, "%s.%s: a key of %zu columns", check->model->name, what, count);
	int r = check_indexes(check, a, columns_a, count, what);
	if (r == 0)
		r = check_indexes(check, b, columns_b, count, what);
	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct trv_column *x = &a->columns[columns_a[i]];
		const struct trv_column *y = &b->columns[columns_b[i]];

		if (x->type != y->type)
			r = FAIL(check, "%s.%s: %s.%s is %s, %s.%s is %s", check->model->name, what, a->name, x->member,
			         trv_type_name(x->type), b->name, y->member, trv_type_name(y->type));
	}
	return r;
}

/* `target` is what the tables point to: NULL where its file is not linked. */
static int check_target(const struct check *check, const char *what, const struct trv_model *target, const char *name)
{
	if (!target)
		return FAIL(check, "%s.%s: model \"%s\" is not linked into the program", check->model->name, what,
		            name ? name : "?");
	if (trv_registry_find(check->registry, target->name) != target)
		return FAIL(check, "%s.%s: model \"%s\" is not registered", check->model->name, what, target->name);
	return 0;
}

static int check_foreign_key(const struct check *check, const struct trv_foreign_key *key)
{
	int r = check_target(check, key->name, key->target, key->target_name);

	return r < 0 ? r
	             : check_pairs(check, key->name, check->model, key->columns, key->target, key->target_columns,
	                           key->count);
}

static int check_through(const struct check *check, const struct trv_relation *relation)
{
	int r = check_target(check, relation->name, relation->through, "of the join");

	if (r == 0)
		r = check_pairs(check, relation->name, check->model, relation->columns, relation->through,
		                relation->through_columns, relation->key_count);
	if (r == 0)
		r = check_pairs(check, relation->name, relation->through, relation->through_target_columns,
		                relation->target, relation->target_columns, relation->target_key_count);
	return r;
}

static int check_relation(const struct check *check, const struct trv_relation *relation)
{
	const struct trv_model *model = check->model;

	if (!relation->name)
		return FAIL(check, "model \"%s\" has a relation without a name", model->name);
	if (!fits(relation->offset, sizeof(void *), model->row_size) ||
	    !fits(relation->query_offset, sizeof(void *), model->query_size))
		return FAIL(check, "%s.%s lies outside the row or the query", model->name, relation->name);
	/* A collection of a model that is not linked is one that the program cannot ask for. */
	if (relation->kind != TRV_TO_ONE && !relation->target)
		return 0;
	int r = check_target(check, relation->name, relation->target, relation->target_name);
	if (r < 0)
		return r;
	if (relation->kind == TRV_MANY_TO_MANY)
		return check_through(check, relation);
	return check_pairs(check, relation->name, model, relation->columns, relation->target, relation->target_columns,
	                   relation->key_count);
}

static int check_index(const struct check *check, const struct trv_index *index)
{
	if (index->part_count == 0 || !index->parts)
		return FAIL(check, "index \"%s\" of \"%s\" has no parts", index->name, check->model->name);
	for (int i = 0; i < index->part_count; i++)
		if (!index->parts[i].expression && index->parts[i].column >= check->model->column_count)
			return FAIL(check, "index \"%s\": \"%s\" has no column %u", index->name, check->model->name,
			            index->parts[i].column);
	return check_indexes(check, check->model, index->include, index->include_count, index->name);
}

static int check_head(const struct check *check)
{
	const struct trv_model *model = check->model;
	int r = check_counts(check);

	if (r == 0)
		r = check_indexes(check, model, model->primary, model->primary_count, "primary");
	if (r == 0)
		r = check_special(check, model->lock_column, TRV_LOCK, "lock");
	if (r == 0)
		r = check_special(check, model->auto_column, TRV_AUTO, "auto");
	if (r == 0 && model->query_size && model->query_size < sizeof(struct trv_query))
		r = FAIL(check, "model \"%s\": its query has %u bytes, fewer than every query has", model->name,
		         model->query_size);
	if (r == 0 && model->row_size && model->row_size < sizeof(struct trv_row))
		r = FAIL(check, "model \"%s\": its row has %u bytes, fewer than every row has", model->name,
		         model->row_size);
	return r;
}

static int check_masks(const struct check *check)
{
	const struct trv_model_masks masks = trv_model_masks(check->model);

	if (memcmp(&masks, &check->model->masks, sizeof(masks)) != 0)
		return FAIL(check, "model \"%s\": its masks are not those of its columns", check->model->name);
	return 0;
}

/* Last: the hash may only walk arrays that are known to be whole. */
static int check_contract(const struct check *check)
{
	if (check->model->contract != trv_model_contract(check->model))
		return FAIL(check, "model \"%s\" was changed after it was generated: its contract does not hold",
		            check->model->name);
	return 0;
}

static int check_model(const struct check *check)
{
	const struct trv_model *model = check->model;
	int r = check_head(check);

	for (int i = 0; r == 0 && i < model->column_count; i++)
		r = check_column(check, &model->columns[i]);
	for (int i = 0; r == 0 && i < model->foreign_key_count; i++)
		r = check_foreign_key(check, &model->foreign_keys[i]);
	for (int i = 0; r == 0 && i < model->relation_count; i++)
		r = check_relation(check, &model->relations[i]);
	for (int i = 0; r == 0 && i < model->index_count; i++)
		r = check_index(check, &model->indexes[i]);
	if (r == 0)
		r = check_contract(check);
	return r == 0 ? check_masks(check) : r;
}

int trv_registry_check(const struct trv_registry *registry, struct trv_error *error)
{
	for (size_t i = 0; i < registry->count; i++) {
		int r = check_model(&(struct check) { registry, registry->models[i], error });

		if (r < 0)
			return r;
	}
	return 0;
}
