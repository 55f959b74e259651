/* The relations of rows that are there: selectin, subquery, many-to-many, trees. */
#include "session/load.h"

/* One relation of some rows. */
struct job {
	struct trv__run *run;
	const struct trv_model *model;
	const struct trv_relation *relation;
	uint16_t index;
	const struct trv_query *query;
	const struct trv_query *parent_query; /* for TRV_SUBQUERY; NULL where it cannot be repeated */
	struct trv__rows *rows; /* those that lack the relation */
	struct trv__groups groups; /* what was found, by the rows' keys */
};

static int group_row(struct trv__run *run, void *row, const void *link, void *context)
{
	struct job *job = context;
	const struct trv_relation *relation = job->relation;

	(void)run;
	if (link)
		return trv__groups_add(&job->groups, relation->through, relation->through_columns, relation->key_count,
		                       link, row);
	return trv__groups_add(&job->groups, relation->target, relation->target_columns, relation->key_count, row, row);
}

/* Every row gets its list, or its one row. */
static int attach(struct job *job)
{
	int r = trv__groups_finish(&job->groups);

	for (size_t i = 0; i < job->rows->count && r >= 0; i++) {
		void *row = job->rows->items[i];
		struct trv_refs *refs = NULL;

		r = trv__groups_find(&job->groups, job->model, job->relation->columns, job->relation->key_count, row,
		                     &refs);
		if (r < 0)
			break;
		void *one = refs->count ? refs->items[0] : NULL;
		trv__set_relation(row, job->model, job->index, job->relation->kind == TRV_TO_ONE ? one : (void *)refs);
	}
	return r;
}

/* Runs a select once for each piece of the key list that one statement takes. */
static int load_by_keys(struct trv__run *run, struct trv__select *select, const struct trv__key_list *keys,
                        const struct trv__sink *sink)
{
	size_t limit = trv__keys_limit(trv__dialect(run->session), keys->key_count);

	select->tie = select->tie == TRV__FREE ? TRV__KEYS : select->tie;
	for (size_t start = 0; start < keys->count; start += limit) {
		struct trv__key_list piece = *keys;

		piece.values += start * keys->key_count;
		piece.count = keys->count - start < limit ? keys->count - start : limit;
		select->keys = &piece;
		int r = trv__load_select(run, select, sink);
		if (r < 0)
			return r;
		if (limit > keys->count)
			break;
	}
	return 0;
}

/* The select on the target that a job needs: by the target's key columns or by the link's. */
static int start_select(struct job *job, struct trv__select *select, bool link)
{
	const struct trv_relation *relation = job->relation;
	uint64_t required = relation->through ? trv__mask(relation->target_columns, relation->target_key_count)
	                                      : trv__mask(relation->target_columns, relation->key_count);
	int r = trv__select_init(job->run, select, relation->target, job->query, required, false);

	select->relation = relation;
	select->parent = job->model;
	select->link = link;
	select->key_columns = link ? relation->through_columns : relation->target_columns;
	select->ignore_limit = relation->kind == TRV_TO_ONE;
	return r;
}

static bool repeats_parents(const struct job *job)
{
	return trv__how(job->relation, job->query) == TRV_SUBQUERY && job->parent_query;
}

/* To-one and to-many; many-to-many with the link joined. */
static int load_direct(struct job *job, bool link)
{
	struct trv__sink sink = { group_row, job };
	struct trv__select select;
	struct trv__key_list keys;
	int r = start_select(job, &select, link);

	if (r < 0)
		return r;
	if (repeats_parents(job)) {
		select.tie = TRV__SUBQUERY;
		select.parent_query = job->parent_query;
		r = trv__load_select(job->run, &select, &sink);
	} else {
		r = trv__keys_collect(job->run, job->model, job->relation->columns, job->relation->key_count, job->rows,
		                      &keys);
		if (r >= 0)
			r = load_by_keys(job->run, &select, &keys, &sink);
	}
	return r < 0 ? r : attach(job);
}

/* --- many-to-many: the link rows, then the distinct targets ------------------------------------------- */

static int keep_link(struct trv__run *run, void *row, const void *link, void *context)
{
	(void)link;
	return trv__rows_add(run, context, row);
}

static int load_links(struct job *job, struct trv__rows *links)
{
	const struct trv_relation *relation = job->relation;
	struct trv__run run = { .session = job->run->session,
		                .arena = job->run->scratch,
		                .scratch = job->run->scratch };
	struct trv__sink sink = { keep_link, links };
	struct trv__select select;
	struct trv__key_list keys;
	int r = trv__keys_collect(job->run, job->model, relation->columns, relation->key_count, job->rows, &keys);

	if (r < 0)
		return r;
	r = trv__select_init(&run, &select, relation->through, trv__no_query(), 0, false);
	select.nodes[0].columns = trv__mask(relation->through_columns, relation->key_count) |
	                          trv__mask(relation->through_target_columns, relation->target_key_count);
	select.key_columns = relation->through_columns;
	if (job->query->depth > 1) {
		select.tie = TRV__LINKS;
		select.relation = relation;
		select.depth = job->query->depth;
	}
	return r < 0 ? r : load_by_keys(&run, &select, &keys, &sink);
}

static int group_target(struct trv__run *run, void *row, const void *link, void *context)
{
	struct job *job = context;

	(void)link;
	(void)run;
	return trv__groups_add(&job->groups, job->relation->target, job->relation->target_columns,
	                       job->relation->target_key_count, row, row);
}

static int load_targets(struct job *job, const struct trv__rows *links, struct trv__groups *targets)
{
	const struct trv_relation *relation = job->relation;
	struct job wanted = *job;
	struct trv__sink sink = { group_target, &wanted };
	struct trv__select select;
	struct trv__key_list keys;

	wanted.groups = (struct trv__groups) { .run = job->run };
	int r = trv__keys_collect(job->run, relation->through, relation->through_target_columns,
	                          relation->target_key_count, links, &keys);
	if (r >= 0)
		r = start_select(job, &select, false);
	select.relation = NULL;
	if (r >= 0)
		r = load_by_keys(job->run, &select, &keys, &sink);
	if (r >= 0)
		r = trv__groups_finish(&wanted.groups);
	*targets = wanted.groups;
	return r;
}

/* Puts each link's target into the list of each link's row. */
static int join_links(struct job *job, const struct trv__rows *links, struct trv__groups *targets)
{
	const struct trv_relation *relation = job->relation;

	for (size_t i = 0; i < links->count; i++) {
		struct trv_refs *found = NULL;
		int r = trv__groups_find(targets, relation->through, relation->through_target_columns,
		                         relation->target_key_count, links->items[i], &found);

		if (r >= 0 && found->count)
			r = trv__groups_add(&job->groups, relation->through, relation->through_columns,
			                    relation->key_count, links->items[i], found->items[0]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int attach_levels(struct job *job);

static int load_through(struct job *job)
{
	struct trv__rows links = { NULL, 0, 0 };
	struct trv__groups targets;
	int r = load_links(job, &links);

	if (r >= 0)
		r = load_targets(job, &links, &targets);
	if (r >= 0)
		r = join_links(job, &links, &targets);
	if (r < 0)
		return r;
	return job->query->depth > 1 ? attach_levels(job) : attach(job);
}

static bool is_ordered(const struct trv_query *query)
{
	for (size_t i = 0; i < TRV_MAX_ORDER; i++)
		if (query->order_by[i].by)
			return true;
	return query->limit || query->offset;
}

/* --- trees ------------------------------------------------------------------------------------------------ */

/*
 * Level by level from the rows that asked: those above the depth get their relation,
 * those at it are left as they are, to be loaded by whoever goes on from there.
 */
static int attach_levels(struct job *job)
{
	uint32_t depth = job->query->depth;
	struct trv__rows level = *job->rows;
	int r = trv__groups_finish(&job->groups);

	for (uint32_t at = 0; level.count && (depth == TRV_WHOLE || at < depth) && r >= 0; at++) {
		struct trv__rows next = { NULL, 0, 0 };

		for (size_t i = 0; i < level.count && r >= 0; i++) {
			void *row = level.items[i];
			struct trv_refs *refs = NULL;

			if (trv__is_loaded(row, job->index))
				continue;
			r = trv__groups_find(&job->groups, job->model, job->relation->columns, job->relation->key_count,
			                     row, &refs);
			if (r < 0)
				break;
			void *one = refs->count ? refs->items[0] : NULL;
			trv__set_relation(row, job->model, job->index,
			                  job->relation->kind == TRV_TO_ONE ? one : (void *)refs);
			for (size_t k = 0; k < refs->count && r >= 0; k++)
				r = trv__rows_add(job->run, &next, refs->items[k]);
		}
		level = next;
	}
	return r;
}

static int load_tree(struct job *job)
{
	struct trv__sink sink = { group_row, job };
	struct trv__select select;
	struct trv__key_list keys;
	int r = start_select(job, &select, false);

	if (r < 0)
		return r;
	select.nodes[0].columns |= trv__mask(job->relation->columns, job->relation->key_count);
	select.tie = TRV__TREE;
	select.depth = job->query->depth;
	select.ignore_limit = true;
	r = trv__keys_collect(job->run, job->model, job->relation->columns, job->relation->key_count, job->rows, &keys);
	if (r >= 0)
		r = load_by_keys(job->run, &select, &keys, &sink);
	return r < 0 ? r : attach_levels(job);
}

/* --- which ------------------------------------------------------------------------------------------------- */

static int check_key_columns(struct job *job)
{
	uint64_t needed = trv__mask(job->relation->columns, job->relation->key_count);

	for (size_t i = 0; i < job->rows->count; i++) {
		const struct trv_load *load = trv__row(job->rows->items[i])->load;

		if (load && needed & ~load->columns)
			return trv_error_set(&job->run->session->error, TRV_ERR_NOT_LOADED,
			                     "%s.%s: the row was loaded without the columns that the relation goes by",
			                     job->model->name, job->relation->name);
	}
	return 0;
}

static const char *loader_name(const struct job *job)
{
	if (job->query->depth > 1)
		return "recursive";
	return repeats_parents(job) ? "subquery" : "selectin";
}

static int load_pending(struct job *job)
{
	bool link = job->relation->through != NULL;

	if (link && (job->query->depth > 1 || (!is_ordered(job->query) && !repeats_parents(job))))
		return load_through(job);
	if (job->query->depth > 1)
		return load_tree(job);
	return load_direct(job, link);
}

int trv__load_relation(struct trv__run *run, const struct trv_model *model, uint16_t relation, struct trv__rows *rows,
                       const struct trv_query *query, const struct trv_query *parent_query)
{
	struct trv__rows pending = { NULL, 0, 0 };
	struct job job = {
		.run = run,
		.model = model,
		.relation = &model->relations[relation],
		.index = relation,
		.query = query,
		.parent_query = parent_query,
		.rows = &pending,
		.groups = { .run = run },
	};
	int r = 0;

	for (size_t i = 0; i < rows->count && r >= 0; i++)
		if (!trv__is_loaded(rows->items[i], relation))
			r = trv__rows_add(run, &pending, rows->items[i]);
	if (r >= 0)
		r = check_key_columns(&job);
	if (r < 0 || !pending.count)
		return r;
	r = trv__explain_enter(run->session, model, job.relation, loader_name(&job));
	if (r >= 0)
		r = load_pending(&job);
	trv__explain_leave(run->session);
	return r;
}

static bool is_joined(const struct trv__select *select, size_t node, size_t relation)
{
	for (size_t i = 1; i < select->node_count; i++)
		if (select->nodes[i].parent == (int)node && select->nodes[i].relation == relation)
			return true;
	return false;
}

int trv__load_relations(struct trv__run *run, const struct trv__select *select, size_t node, struct trv__rows *rows)
{
	const struct trv_model *model = select->nodes[node].model;
	const struct trv_query *query = select->nodes[node].query;
	bool free_root = node == 0 && select->tie == TRV__FREE && !select->after;

	for (uint16_t i = 0; i < model->relation_count && rows->count; i++) {
		const struct trv_query *sub = trv__subquery(query, &model->relations[i]);

		if (!sub || sub->how == TRV_LAZY || sub->how == TRV_RAISE || is_joined(select, node, i))
			continue;
		int r = trv__load_relation(run, model, i, rows, sub, free_root ? query : NULL);
		if (r < 0)
			return r;
	}
	return 0;
}
