/*
 * How one relation of some rows is loaded: selectin, subquery, many-to-many, trees. A job
 * goes through stages; each stage runs one select, in as many statements as its keys take.
 */
#include "session/load.h"

/* A stage: what it asks for, and what is done when all of it was read. `end` returns 1 when there are further keys. */
struct trv__job_stage {
	int (*begin)(struct trv__job *job);
	int (*end)(struct trv__job *job);
	const struct trv__job_stage *next;
};

/* The group that a row belongs to. */
static int owner_of(struct trv__job *job, const void *row, struct trv__group **group)
{
	int r = job->meets_strangers ? trv__group_open(&job->groups, &job->found, row, group)
	                             : trv__group_find(&job->groups, &job->found, row, group);

	if (*group && (*group)->refs)
		*group = NULL; /* it is there already; or the engine takes keys for equal that are not */
	return r < 0 ? r : 0;
}

static int group_row(struct trv__job *job, const void *holder, void *row)
{
	struct trv__group *group;
	int r = owner_of(job, holder, &group);

	return r < 0 || !group ? r : trv__group_add(&job->groups, group, row);
}

static int group_linked(struct trv__run *run, void *row, const void *link, void *context)
{
	(void)run;
	return group_row(context, link, row);
}

/* The lists of what was read since the last time. */
static int make_lists(struct trv__job *job)
{
	const struct trv__rows *rows = job->reader ? trv__reader_rows(job->reader) : NULL;
	size_t count = rows && !job->sink.take ? rows->count : 0;

	for (size_t i = job->taken; i < count; i++) {
		int r = group_row(job, rows->items[i], rows->items[i]);
		if (r < 0)
			return r;
	}
	job->taken = count;
	return trv__groups_finish(&job->groups);
}

/* The list or the one row that belongs to a row. */
static int attach_row(struct trv__job *job, void *row, struct trv_refs **refs)
{
	struct trv__group *group;
	int r = trv__group_find(&job->groups, &job->asking, row, &group);

	if (r < 0)
		return r;
	*refs = group ? group->refs : &trv__no_refs;
	void *one = (*refs)->count ? (*refs)->items[0] : NULL;
	*trv__relation_member(row, job->relation) = job->relation->kind == TRV_TO_ONE ? one : (void *)*refs;
	trv__row(row)->relations |= UINT64_C(1) << job->index;
	return 0;
}

static int attach(struct trv__job *job)
{
	int r = make_lists(job);

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
	job->sink = (struct trv__sink) { .take = link ? group_linked : NULL, .context = job };
	return r;
}

/* Groups for the keys of the rows that ask; the keys that were not asked for before. */
static int open_keys(struct trv__job *job)
{
	return trv__keys_open(&job->groups, &job->asking, &job->rows, &job->keys);
}

static bool repeats_parents(const struct trv__job *job)
{
	return trv__how(job->relation, job->query) == TRV_SUBQUERY && job->parent_query;
}

/* --- to-one and to-many; many-to-many with the link joined -------------------------------------------- */

static int begin_direct(struct trv__job *job)
{
	int r = start_select(job, job->relation->through != NULL);

	if (r >= 0)
		r = open_keys(job);
	if (r < 0 || !repeats_parents(job))
		return r;
	job->select.tie = TRV__SUBQUERY;
	job->select.parent_query = job->parent_query;
	return 0;
}

static const struct trv__job_stage direct = { begin_direct, attach, NULL };

/* --- levels ---------------------------------------------------------------------------------------------- */

static bool is_beyond_one_statement(const struct trv__job *job, size_t keys)
{
	const struct trv__by *by = &job->asking;

	return keys > trv__keys_limit(trv__dialect(job->run->session), by->model, by->columns, by->count);
}

/*
 * Whether all of a tree or graph is read by a statement for each level. A recursive one takes all levels
 * at once; in pieces it would find rows again that lie below the keys of two of them.
 */
static bool goes_by_levels(const struct trv__job *job)
{
	return trv__dialect(job->run->session)->level_keys == 1 || is_beyond_one_statement(job, job->rows.count);
}

static int attach_level(struct trv__job *job)
{
	struct trv__rows next = { NULL, 0, 0 };

	for (size_t i = 0; i < job->rows.count; i++) {
		void *row = job->rows.items[i];
		struct trv_refs *refs = NULL;

		if (trv__is_loaded(row, job->index))
			continue;
		int r = attach_row(job, row, &refs);
		for (size_t k = 0; r >= 0 && k < refs->count; k++)
			if (!trv__is_loaded(refs->items[k], job->index))
				r = trv__rows_add(job->run, &next, refs->items[k]);
		if (r < 0)
			return r;
	}
	job->rows = next;
	job->levels++;
	return 0;
}

/*
 * Level by level from the rows that asked: those above the depth get their relation,
 * those at it are left as they are, to be loaded by whoever goes on from there.
 */
static int attach_levels(struct trv__job *job)
{
	int r = make_lists(job);

	while (job->rows.count && job->levels < job->query->depth && r >= 0)
		r = attach_level(job);
	return r;
}

/* --- many-to-many: the link rows, then the distinct targets ------------------------------------------- */

/* A link ties the group of one key to that of a target. The first of each target is kept: its key is in it. */
static int keep_link(struct trv__run *run, void *row, const void *link, void *context)
{
	struct trv__job *job = context;
	struct trv__group *owner, *target = NULL;
	int r = owner_of(job, row, &owner), added;

	(void)link;
	if (r >= 0 && owner)
		r = trv__group_open(&job->links, &job->linked, row, &target);
	if (r < 0 || !target)
		return r;
	added = trv__group_add(&job->links, target, owner);
	if (added >= 0 && r > 0)
		added = trv__rows_add(run, &job->link_rows, row);
	return added < 0 ? added : r;
}

static int begin_links(struct trv__job *job)
{
	const struct trv_relation *relation = job->relation;

	job->link_run = (struct trv__run) {
		.session = job->run->session,
		.arena = job->run->scratch,
		.scratch = job->run->scratch,
	};
	job->sink = (struct trv__sink) { .take = keep_link, .context = job, .passing = true };
	int r = trv__select_init(&job->link_run, &job->select, relation->through, trv__no_query(), 0, false);
	job->select.tie = TRV__KEYS;
	job->select.nodes[0].columns = trv__mask(relation->through_columns, relation->key_count) |
	                               trv__mask(relation->through_target_columns, relation->target_key_count);
	job->select.key_columns = relation->through_columns;
	if (job->query->depth > 1 && !goes_by_levels(job)) {
		job->select.tie = TRV__LINKS;
		job->select.relation = relation;
		job->select.depth = job->query->depth;
		job->meets_strangers = true;
	}
	return r < 0 ? r : open_keys(job);
}

/* Where a statement read the links of one level: the targets that it found lead on. */
static int end_links(struct trv__job *job)
{
	struct trv__rows met = job->link_rows;

	if (job->select.tie == TRV__LINKS || ++job->levels >= job->query->depth || job->run->session->explanation)
		return 0;
	if (met.count == job->links_led)
		return 0;
	met.items += job->links_led;
	met.count -= job->links_led;
	job->links_led = job->link_rows.count;
	int r = trv__keys_open(&job->groups, &job->linked, &met, &job->keys);
	return r < 0 ? r : job->keys.count != 0;
}

static int begin_targets(struct trv__job *job)
{
	int r = start_select(job, false);

	job->select.relation = NULL;
	return r < 0 ? r : trv__keys_of(job->run, &job->linked, &job->link_rows, &job->keys);
}

/* Puts a target into the list of each row that a link ties it to. */
static int place_target(struct trv__job *job, const struct trv__by *by, void *target)
{
	struct trv__group *links;
	int r = trv__group_find(&job->links, by, target, &links);

	for (const struct trv__member *at = links ? links->first : NULL; at && r >= 0; at = at->next)
		r = trv__group_add(&job->groups, at->row, target);
	return r;
}

/* Lists are in the order of the targets, whatever that of the links. */
static int end_targets(struct trv__job *job)
{
	const struct trv_relation *relation = job->relation;
	const struct trv__by by = trv__by(relation->target, relation->target_columns, relation->target_key_count);
	const struct trv__rows *targets = job->reader ? trv__reader_rows(job->reader) : NULL;

	for (; targets && job->taken < targets->count; job->taken++) {
		int r = place_target(job, &by, targets->items[job->taken]);
		if (r < 0)
			return r;
	}
	job->levels = 0;
	return job->query->depth > 1 ? attach_levels(job) : attach(job);
}

static const struct trv__job_stage targets = { begin_targets, end_targets, NULL };
static const struct trv__job_stage links = { begin_links, end_links, &targets };

static bool is_ordered(const struct trv_query *query)
{
	for (size_t i = 0; i < TRV_MAX_ORDER; i++)
		if (query->order_by[i].by)
			return true;
	return query->limit || query->offset;
}

/* --- trees ------------------------------------------------------------------------------------------------ */

#define FIRST_LEVELS 4

/*
 * How the next levels are read, below the keys at hand. Where a wide level is better read by a statement
 * of its own, the first statement takes a few levels: most trees have no more, and of others it tells how
 * wide they are.
 */
static void ask_levels(struct trv__job *job)
{
	uint32_t wide = trv__dialect(job->run->session)->level_keys;
	uint32_t depth = job->query->depth == TRV_WHOLE ? TRV_WHOLE : job->query->depth - job->levels;

	job->select.tie = TRV__TREE;
	if ((wide && job->keys.count >= wide) || is_beyond_one_statement(job, job->keys.count)) {
		job->select.tie = TRV__KEYS;
		depth = 1;
	} else if (wide && !job->levels && depth > FIRST_LEVELS) {
		depth = FIRST_LEVELS;
	}
	job->meets_strangers = job->select.tie == TRV__TREE;
	job->select.depth = depth;
	job->read_levels = depth == TRV_WHOLE ? TRV_WHOLE : job->levels + depth;
}

static int begin_tree(struct trv__job *job)
{
	int r = start_select(job, false);

	job->select.nodes[0].columns |= trv__mask(job->relation->columns, job->relation->key_count);
	job->select.ignore_limit = true;
	if (r >= 0)
		r = open_keys(job);
	ask_levels(job);
	return r;
}

static int end_tree(struct trv__job *job)
{
	int r = make_lists(job);

	while (job->rows.count && job->levels < job->query->depth && r >= 0) {
		if (job->levels < job->read_levels) {
			r = attach_level(job);
			continue;
		}
		/* the rows of an explanation are invented: they would lead on for ever */
		if (job->run->session->explanation)
			return 0;
		r = open_keys(job);
		ask_levels(job);
		if (r >= 0 && job->keys.count)
			return 1;
	}
	return r;
}

static const struct trv__job_stage tree = { begin_tree, end_tree, NULL };

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
		return goes_by_levels(job) ? "level by level" : "recursive";
	return repeats_parents(job) ? "subquery" : "selectin";
}

static int begin_stage(struct trv__job *job, const struct trv__job_stage *stage)
{
	job->stage = stage;
	job->reader = NULL;
	job->taken = 0;
	job->start = 0;
	job->keys.count = 0;
	return stage->begin(job);
}

/* By what rows go, in the relation. */
static void set_columns(struct trv__job *job)
{
	const struct trv_relation *relation = job->relation;
	const struct trv_model *through = relation->through;

	job->asking = trv__by(job->model, relation->columns, relation->key_count);
	job->found = through ? trv__by(through, relation->through_columns, relation->key_count)
	                     : trv__by(relation->target, relation->target_columns, relation->key_count);
	if (through)
		job->linked = trv__by(through, relation->through_target_columns, relation->target_key_count);
}

/* The rows of an explanation are invented: nobody's. */
static int begin(struct trv__job *job)
{
	int r = keep_pending(job);

	if (r < 0 || !job->rows.count)
		return r;
	set_columns(job);
	job->meets_strangers = job->run->session->explanation != NULL;
	r = trv__explain_label(job->run->session, job->depth, job->model, job->relation, loader_name(job));
	return r < 0 ? r : begin_stage(job, first_stage(job));
}

/* All keys of the stage were asked for: it has further ones, or the next stage follows, or nothing. */
static int end_keys(struct trv__job *job)
{
	int r = job->stage->end(job);

	job->start = 0;
	if (r)
		return r;
	if (job->reader)
		r = trv__reader_finish(job->reader);
	if (r < 0 || !job->stage->next)
		return r;
	r = begin_stage(job, job->stage->next);
	return r < 0 ? r : 1;
}

/* The next statement's keys; false when there are none left. */
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
		r = end_keys(job);
		if (r <= 0)
			return r;
	}
	struct trv__run *run = job->stage == &links ? &job->link_run : job->run;
	r = trv__reader_prepare(&job->reader, run, &job->select, &job->sink, job->depth);
	*reader = job->reader;
	return r < 0 ? r : 1;
}
