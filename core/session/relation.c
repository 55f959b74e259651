/*
 * How one relation of some rows is loaded: selectin, subquery, many-to-many, trees. A job
 * goes through stages; each stage runs one select, in as many statements as its keys take.
 */
#include "session/load.h"

/* A stage: what it asks for, and what is done when all of it was read. `end` returns 1 when another stage follows. */
struct trv__job_stage {
	int (*begin)(struct trv__job *job);
	int (*end)(struct trv__job *job);
};

static int group_row(struct trv__run *run, void *row, const void *link, void *context)
{
	struct trv__job *job = context;
	const struct trv_relation *relation = job->relation;

	(void)run;
	if (link)
		return trv__groups_add(&job->groups, relation->through, relation->through_columns, relation->key_count,
		                       link, row);
	return trv__groups_add(&job->groups, relation->target, relation->target_columns, relation->key_count, row, row);
}

/* The list or the one row that belongs to a row. */
static int attach_row(struct trv__job *job, void *row, struct trv_refs **refs)
{
	int r = trv__groups_find(&job->groups, job->model, job->relation->columns, job->relation->key_count, row, refs);

	if (r < 0)
		return r;
	void *one = (*refs)->count ? (*refs)->items[0] : NULL;
	trv__set_relation(row, job->model, job->index, job->relation->kind == TRV_TO_ONE ? one : (void *)*refs);
	return 0;
}

static int attach(struct trv__job *job)
{
	int r = trv__groups_finish(&job->groups);

	for (size_t i = 0; i < job->rows.count && r >= 0; i++) {
		struct trv_refs *refs = NULL;

		r = attach_row(job, job->rows.items[i], &refs);
	}
	return r;
}

/* The select on the target that a job needs: by the target's key columns or by the link's. */
static int start_select(struct trv__job *job, bool link)
{
	const struct trv_relation *relation = job->relation;
	uint64_t required = relation->through ? trv__mask(relation->target_columns, relation->target_key_count)
	                                      : trv__mask(relation->target_columns, relation->key_count);
	int r = trv__select_init(job->run, &job->select, relation->target, job->query, required, false);

	job->select.tie = TRV__KEYS;
	job->select.relation = relation;
	job->select.parent = job->model;
	job->select.link = link;
	job->select.key_columns = link ? relation->through_columns : relation->target_columns;
	job->select.ignore_limit = relation->kind == TRV_TO_ONE;
	job->sink = (struct trv__sink) { group_row, job };
	return r;
}

/* The keys of the rows that ask. */
static int collect_keys(struct trv__job *job)
{
	return trv__keys_collect(job->run, job->model, job->relation->columns, job->relation->key_count, &job->rows,
	                         &job->keys);
}

static bool repeats_parents(const struct trv__job *job)
{
	return trv__how(job->relation, job->query) == TRV_SUBQUERY && job->parent_query;
}

/* --- to-one and to-many; many-to-many with the link joined -------------------------------------------- */

static int begin_direct(struct trv__job *job)
{
	int r = start_select(job, job->relation->through != NULL);

	if (r < 0 || !repeats_parents(job))
		return r < 0 ? r : collect_keys(job);
	job->select.tie = TRV__SUBQUERY;
	job->select.parent_query = job->parent_query;
	return 0;
}

static const struct trv__job_stage direct = { begin_direct, attach };

/* --- many-to-many: the link rows, then the distinct targets ------------------------------------------- */

static int keep_link(struct trv__run *run, void *row, const void *link, void *context)
{
	(void)link;
	return trv__rows_add(run, context, row);
}

static int begin_links(struct trv__job *job)
{
	const struct trv_relation *relation = job->relation;

	job->link_run = (struct trv__run) {
		.session = job->run->session,
		.arena = job->run->scratch,
		.scratch = job->run->scratch,
	};
	job->sink = (struct trv__sink) { keep_link, &job->links };
	int r = trv__select_init(&job->link_run, &job->select, relation->through, trv__no_query(), 0, false);
	job->select.tie = TRV__KEYS;
	job->select.nodes[0].columns = trv__mask(relation->through_columns, relation->key_count) |
	                               trv__mask(relation->through_target_columns, relation->target_key_count);
	job->select.key_columns = relation->through_columns;
	if (job->query->depth > 1) {
		job->select.tie = TRV__LINKS;
		job->select.relation = relation;
		job->select.depth = job->query->depth;
	}
	return r < 0 ? r : collect_keys(job);
}

static int more(struct trv__job *job)
{
	(void)job;
	return 1;
}

static int keep_target(struct trv__run *run, void *row, const void *link, void *context)
{
	struct trv__job *job = context;

	(void)link;
	return trv__rows_add(run, &job->targets, row);
}

static int begin_targets(struct trv__job *job)
{
	const struct trv_relation *relation = job->relation;
	int r = start_select(job, false);

	job->select.relation = NULL;
	job->sink = (struct trv__sink) { keep_target, job };
	return r < 0 ? r
	             : trv__keys_collect(job->run, relation->through, relation->through_target_columns,
	                                 relation->target_key_count, &job->links, &job->keys);
}

static int attach_levels(struct trv__job *job);

/* The links by their target: lists are in the order of the targets, whatever that of the links. */
static int links_by_target(struct trv__job *job, struct trv__groups *links)
{
	const struct trv_relation *relation = job->relation;
	int r = 0;

	for (size_t i = 0; i < job->links.count && r >= 0; i++)
		r = trv__groups_add(links, relation->through, relation->through_target_columns,
		                    relation->target_key_count, job->links.items[i], job->links.items[i]);
	return r < 0 ? r : trv__groups_finish(links);
}

/* Puts each target into the list of each row that a link ties it to. */
static int end_targets(struct trv__job *job)
{
	const struct trv_relation *relation = job->relation;
	struct trv__groups by_target = { .run = &job->link_run };
	int r = links_by_target(job, &by_target);

	for (size_t i = 0; i < job->targets.count && r >= 0; i++) {
		struct trv_refs *links = NULL;

		r = trv__groups_find(&by_target, relation->target, relation->target_columns, relation->target_key_count,
		                     job->targets.items[i], &links);
		for (size_t k = 0; r >= 0 && k < links->count; k++)
			r = trv__groups_add(&job->groups, relation->through, relation->through_columns,
			                    relation->key_count, links->items[k], job->targets.items[i]);
	}
	if (r < 0)
		return r;
	return job->query->depth > 1 ? attach_levels(job) : attach(job);
}

static const struct trv__job_stage targets = { begin_targets, end_targets };
static const struct trv__job_stage links = { begin_links, more }; /* followed by `targets` */

static bool is_ordered(const struct trv_query *query)
{
	for (size_t i = 0; i < TRV_MAX_ORDER; i++)
		if (query->order_by[i].by)
			return true;
	return query->limit || query->offset;
}

/* --- trees ------------------------------------------------------------------------------------------------ */

static int attach_level(struct trv__job *job, const struct trv__rows *level, struct trv__rows *next)
{
	for (size_t i = 0; i < level->count; i++) {
		struct trv_refs *refs = NULL;

		if (trv__is_loaded(level->items[i], job->index))
			continue;
		int r = attach_row(job, level->items[i], &refs);
		for (size_t k = 0; r >= 0 && k < refs->count; k++)
			r = trv__rows_add(job->run, next, refs->items[k]);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * Level by level from the rows that asked: those above the depth get their relation,
 * those at it are left as they are, to be loaded by whoever goes on from there.
 */
static int attach_levels(struct trv__job *job)
{
	uint32_t depth = job->query->depth;
	struct trv__rows level = job->rows;
	int r = trv__groups_finish(&job->groups);

	for (uint32_t at = 0; level.count && (depth == TRV_WHOLE || at < depth) && r >= 0; at++) {
		struct trv__rows next = { NULL, 0, 0 };

		r = attach_level(job, &level, &next);
		level = next;
	}
	return r;
}

static int begin_tree(struct trv__job *job)
{
	int r = start_select(job, false);

	job->select.nodes[0].columns |= trv__mask(job->relation->columns, job->relation->key_count);
	job->select.tie = TRV__TREE;
	job->select.depth = job->query->depth;
	job->select.ignore_limit = true;
	return r < 0 ? r : collect_keys(job);
}

static const struct trv__job_stage tree = { begin_tree, attach_levels };

/* --- steps -------------------------------------------------------------------------------------------------- */

static int check_key_columns(struct trv__job *job)
{
	uint64_t needed = trv__mask(job->relation->columns, job->relation->key_count);

	for (size_t i = 0; i < job->rows.count; i++) {
		const struct trv_load *load = trv__row(job->rows.items[i])->load;

		if (load && needed & ~load->columns)
			return trv_error_set(&job->run->session->error, TRV_ERR_NOT_LOADED,
			                     "%s.%s: the row was loaded without the columns that the relation goes by",
			                     job->model->name, job->relation->name);
	}
	return 0;
}

static int add_related(struct trv__job *job, void *row, struct trv__rows *related)
{
	void *member = *trv__relation_member(row, job->relation);
	const struct trv_refs *refs = member;
	int r = 0;

	if (job->relation->kind == TRV_TO_ONE)
		return member ? trv__rows_add(job->run, related, member) : 0;
	for (size_t i = 0; i < refs->count && r >= 0; i++)
		r = trv__rows_add(job->run, related, refs->items[i]);
	return r;
}

/* What the query asks of rows that are there already. */
static int add_jobs_below(struct trv__job *job, const struct trv__rows *rows)
{
	const struct trv_model *model = job->relation->target;
	int r = 0;

	for (uint16_t i = 0; i < model->relation_count && rows->count && r >= 0; i++) {
		const struct trv_query *sub = trv__subquery(job->query, &model->relations[i]);

		if (sub && sub->how != TRV_LAZY && sub->how != TRV_RAISE)
			r = trv__job_add(job->run, model, i, rows, sub, NULL, job->depth + 1);
	}
	return r;
}

/* Rows that got the relation in the meantime, by another path, only get what is below it. */
static int keep_pending(struct trv__job *job)
{
	struct trv__rows pending = { NULL, 0, 0 }, related = { NULL, 0, 0 };
	int r = 0;

	for (size_t i = 0; i < job->rows.count && r >= 0; i++) {
		void *row = job->rows.items[i];

		r = trv__is_loaded(row, job->index) ? add_related(job, row, &related)
		                                    : trv__rows_add(job->run, &pending, row);
	}
	job->rows = pending;
	if (r >= 0)
		r = add_jobs_below(job, &related);
	return r < 0 ? r : check_key_columns(job);
}

static const struct trv__job_stage *first_stage(const struct trv__job *job)
{
	bool deep = job->query->depth > 1;

	if (job->relation->through && (deep || (!is_ordered(job->query) && !repeats_parents(job))))
		return &links;
	return deep ? &tree : &direct;
}

static const char *loader_name(const struct trv__job *job)
{
	if (job->query->depth > 1)
		return "recursive";
	return repeats_parents(job) ? "subquery" : "selectin";
}

static int begin_stage(struct trv__job *job, const struct trv__job_stage *stage)
{
	job->stage = stage;
	job->start = 0;
	job->keys.count = 0;
	return stage->begin(job);
}

static int begin(struct trv__job *job)
{
	int r = keep_pending(job);

	if (r < 0 || !job->rows.count)
		return r;
	r = trv__explain_label(job->run->session, job->depth, job->model, job->relation, loader_name(job));
	return r < 0 ? r : begin_stage(job, first_stage(job));
}

/* The next statement's keys; false when the stage has run all of its own. */
static bool next_piece(struct trv__job *job)
{
	size_t left = job->keys.count - job->start;

	if (job->select.tie == TRV__SUBQUERY)
		return !job->start++;
	if (!left)
		return false;
	size_t limit = trv__keys_limit(trv__dialect(job->run->session), job->keys.model, job->keys.columns,
	                               job->keys.key_count);
	job->piece = job->keys;
	job->piece.values += job->start * job->keys.key_count;
	job->piece.count = left < limit ? left : limit;
	job->start += job->piece.count;
	job->select.keys = &job->piece;
	return true;
}

int trv__job_step(struct trv__job *job, struct trv__reader **reader)
{
	int r = job->stage ? 0 : begin(job);

	if (r < 0 || !job->stage)
		return r;
	while (!next_piece(job)) {
		r = job->stage->end(job);
		if (r > 0)
			r = begin_stage(job, &targets);
		else
			return r;
		if (r < 0)
			return r;
	}
	struct trv__run *run = job->stage == &links ? &job->link_run : job->run;
	r = trv__reader_prepare(reader, run, &job->select, &job->sink, job->depth);
	return r < 0 ? r : 1;
}
