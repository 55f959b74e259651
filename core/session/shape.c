/* From a query tree to selects: what is joined, what is loaded later, which columns it takes. */
#include "session/load.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	struct trv_query common;
	const void *relations[TRV_MAX_RELATIONS];
} no_query;

const struct trv_query *trv__no_query(void)
{
	return &no_query.common;
}

enum trv_how trv__how(const struct trv_relation *relation, const struct trv_query *query)
{
	if (query->how != TRV_AUTO_LOAD)
		return query->how;
	return relation->kind == TRV_TO_ONE ? TRV_JOINED : TRV_SELECTIN;
}

#define DEEPEST_TREE 100

static int check_relation(struct trv_error *error, const struct trv_model *model, const struct trv_relation *relation,
                          const struct trv_query *query, unsigned level)
{
	if (!relation->target)
		return trv_error_set(error, TRV_ERR_MODEL, "%s.%s: model '%s' is not linked into this program",
		                     model->name, relation->name, relation->target_name);
	if (query->depth > 1 && relation->target != model)
		return trv_error_set(error, TRV_ERR_MISUSE,
		                     "%s.%s: .depth is for a relation of a model to itself, this one leads to '%s'",
		                     model->name, relation->name, relation->target->name);
	if (query->depth > 1 && (query->limit || query->offset))
		return trv_error_set(error, TRV_ERR_MISUSE, "%s.%s: .limit and .depth do not go together", model->name,
		                     relation->name);
	if (query->lock && relation->kind != TRV_TO_ONE && (query->limit || query->offset))
		return trv_error_set(error, TRV_ERR_MISUSE,
		                     "%s.%s: .lock does not go together with a limit for each parent", model->name,
		                     relation->name);
	if (level >= DEEPEST_TREE)
		return trv_error_set(error, TRV_ERR_LIMIT,
		                     "%s.%s: the tree of queries is more than %u levels deep, or leads into itself",
		                     model->name, relation->name, DEEPEST_TREE);
	return 0;
}

/* What walks over predicates calls itself for each level of them. */
static bool is_too_deep(const struct trv_expr *list, size_t count, unsigned level)
{
	if (level > TRV__MAX_NESTING)
		return true;
	for (size_t i = 0; i < count; i++) {
		const struct trv_expr *expr = &list[i];
		const struct trv_query *query;

		switch (expr->kind) {
		case TRV_EXPR_ANY:
		case TRV_EXPR_ALL:
			if (is_too_deep(expr->as.list.items, expr->as.list.count, level + 1))
				return true;
			break;
		case TRV_EXPR_EXISTS:
			query = expr->as.query;
			if (query && is_too_deep(query->where, TRV_MAX_WHERE, level + 1))
				return true;
			break;
		default:
			break;
		}
	}
	return false;
}

/* The needs of a tree; and that a row of it can be told from another where that matters. */
static int survey(struct trv__run *run, const struct trv_model *model, const struct trv_query *query, unsigned level)
{
	struct trv_error *error = &run->session->error;

	if (is_too_deep(query->where, TRV_MAX_WHERE, 0))
		return trv_error_set(error, TRV_ERR_LIMIT, "%s: predicates are nested more than %d deep", model->name,
		                     TRV__MAX_NESTING);
	run->has_columns |= query->columns != 0;
	if (query->columns & ~trv_model_all(model))
		return trv_error_set(error, TRV_ERR_MISUSE, "%s: .columns names columns that it does not have",
		                     model->name);
	for (size_t i = 0; i < model->relation_count; i++) {
		const struct trv_relation *relation = &model->relations[i];
		const struct trv_query *sub = trv__subquery(query, relation);

		if (!sub)
			continue;
		run->has_relations = true;
		run->has_lazy |= sub->how == TRV_LAZY;
		run->loads += sub->how != TRV_LAZY && sub->how != TRV_RAISE;
		int r = check_relation(error, model, relation, sub, level);
		if (r >= 0)
			r = survey(run, relation->target, sub, level + 1);
		if (r < 0)
			return r;
	}
	return 0;
}

int trv__run_init(struct trv__run *run, struct trv_session *session, const struct trv_model *model,
                  const struct trv_query *query)
{
	*run = (struct trv__run) {
		.session = session,
		.arena = query->arena ? query->arena : &session->arena,
		.scratch = &session->scratch,
		.root_model = model,
		.root_query = query,
	};
	return survey(run, model, query, 1);
}

static uint64_t target_key(const struct trv_relation *relation)
{
	return trv__mask(relation->target_columns,
	                 relation->through ? relation->target_key_count : relation->key_count);
}

/*
 * The columns that any query of the tree asks of a model, and those that its relations go
 * by: its rows are shared, so they are loaded alike.
 */
static uint64_t asked(const struct trv_model *model, const struct trv_query *query, const struct trv_model *wanted)
{
	uint64_t mask = model != wanted ? 0 : query->columns ? query->columns : trv_model_all(model);

	for (size_t i = 0; i < model->relation_count; i++) {
		const struct trv_relation *relation = &model->relations[i];
		const struct trv_query *sub = trv__subquery(query, relation);

		if (!sub || !relation->target)
			continue;
		if (model == wanted)
			mask |= trv__mask(relation->columns, relation->key_count);
		if (relation->target == wanted)
			mask |= target_key(relation);
		mask |= asked(relation->target, sub, wanted);
	}
	return mask;
}

static uint64_t columns_of(const struct trv__run *run, const struct trv_model *model, const struct trv_query *query,
                           uint64_t required)
{
	uint64_t mask = trv_model_all(model);

	if (!run->has_columns)
		return mask;
	mask = required | trv__mask(model->primary, model->primary_count);
	mask |= query->columns ? query->columns : trv_model_all(model);
	if (run->root_model && run->has_relations)
		mask |= asked(run->root_model, run->root_query, model);
	for (size_t i = 0; i < model->relation_count; i++)
		if (trv__subquery(query, &model->relations[i]))
			mask |= trv__mask(model->relations[i].columns, model->relations[i].key_count);
	return mask;
}

#define MAX_JOINED_COLUMNS 1600 /* PostgreSQL gives 1,664, SQLite 2,000 */

static size_t columns_in(const struct trv__select *select)
{
	size_t count = 0;

	for (size_t i = 0; i < select->node_count; i++)
		count += (size_t)__builtin_popcountll(select->nodes[i].columns);
	return count;
}

static bool can_join(const struct trv__select *select, const struct trv_relation *relation,
                     const struct trv_query *query, size_t node, bool collections)
{
	/* the rows of an outer join's other side cannot be locked */
	if (trv__how(relation, query) != TRV_JOINED || query->depth > 1 || query->lock ||
	    select->node_count == TRV__MAX_NODES || !relation->target->primary_count)
		return false;
	if (columns_in(select) + relation->target->column_count > MAX_JOINED_COLUMNS)
		return false;
	if (relation->kind == TRV_TO_ONE)
		return true;
	/* one collection of the root, whole: two would multiply, and a limit is for each parent */
	return collections && node == 0 && !select->collection && relation->kind == TRV_TO_MANY && !query->limit &&
	       !query->offset && select->nodes[0].model->primary_count;
}

static void add_joins(struct trv__run *run, struct trv__select *select, size_t node, bool collections)
{
	const struct trv_model *model = select->nodes[node].model;

	for (uint16_t i = 0; i < model->relation_count; i++) {
		const struct trv_relation *relation = &model->relations[i];
		const struct trv_query *sub = trv__subquery(select->nodes[node].query, relation);

		if (!sub || !can_join(select, relation, sub, node, collections))
			continue;
		size_t made = select->node_count++;
		if (relation->kind != TRV_TO_ONE)
			select->collection = (int)made;
		uint64_t required = trv__mask(relation->target_columns, relation->key_count);
		select->nodes[made] = (struct trv__node) {
			.model = relation->target,
			.query = sub,
			.columns = columns_of(run, relation->target, sub, required),
			.parent = (int)node,
			.relation = i,
		};
		add_joins(run, select, made, collections);
	}
}

int trv__select_init(struct trv__run *run, struct trv__select *select, const struct trv_model *model,
                     const struct trv_query *query, uint64_t required, bool collections)
{
	memset(select, 0, offsetof(struct trv__select, nodes));
	memset(&select->node_count, 0, sizeof(*select) - offsetof(struct trv__select, node_count));
	select->nodes[0] = (struct trv__node) {
		.model = model,
		.query = query,
		.columns = columns_of(run, model, query, required),
		.parent = -1,
	};
	select->node_count = 1;
	if (run->has_relations)
		add_joins(run, select, 0, collections);
	return 0;
}

/* --- heads ------------------------------------------------------------------------------------- */

/* A lazy query for the relation anywhere in a tree: rows are shared, so it holds for each of the model. */
static const struct trv_query *lazy_query(const struct trv_model *model, const struct trv_query *query,
                                          const struct trv_model *wanted, size_t relation)
{
	const struct trv_query *found = model == wanted ? trv__subquery(query, &model->relations[relation]) : NULL;

	if (found && found->how != TRV_LAZY)
		found = NULL;
	for (size_t i = 0; i < model->relation_count && !found; i++) {
		const struct trv_query *sub = trv__subquery(query, &model->relations[i]);

		if (sub && model->relations[i].target)
			found = lazy_query(model->relations[i].target, sub, wanted, relation);
	}
	return found;
}

/* Queries of relations that are loaded later outlive the call: they are copied. */
static int keep_later(struct trv__run *run, struct trv_load *load, const struct trv_query *query)
{
	const struct trv_model *model = load->model;

	for (size_t i = 0; i < model->relation_count; i++) {
		const struct trv_relation *relation = &model->relations[i];
		const struct trv_query *sub = trv__subquery(query, relation);

		if (sub && sub->how == TRV_RAISE)
			load->raise |= UINT64_C(1) << i;
		if (!sub && run->has_lazy)
			sub = lazy_query(run->root_model, run->root_query, model, i);
		if (!sub || sub->how != TRV_LAZY)
			continue;
		if (!load->queries)
			load->queries = trv_arena_zero(run->arena, model->relation_count, sizeof(*load->queries));
		if (!load->queries)
			return TRV_ERR_NOMEM;
		load->queries[i] = trv__query_copy(run->arena, relation->target, sub);
		if (!load->queries[i])
			return TRV_ERR_NOMEM;
	}
	return 0;
}

struct trv_load *trv__load_create(struct trv__run *run, const struct trv_model *model, uint64_t columns,
                                  const struct trv_query *query)
{
	struct trv_load *load = trv_arena_zero(run->arena, 1, sizeof(*load));

	if (!load)
		return NULL;
	load->model = model;
	load->columns = columns;
	load->arena = run->arena;
	if (run->has_relations && keep_later(run, load, query) < 0)
		return NULL;
	return load;
}

uint64_t trv_row_columns(const struct trv_row *row)
{
	return row->load ? row->load->columns : 0;
}
