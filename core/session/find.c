/* The reads: find, one, count, exists, and relations that are loaded later. */
#include "session/load.h"

/* A query is the caller's own, or none. */
static const struct trv_query *query_or_none(const void *query)
{
	return query ? query : trv__no_query();
}

/* Rows of a call that failed are freed. */
static int finish(struct trv__run *run, struct trv_mark mark, int r)
{
	if (r < 0)
		trv_arena_rewind(run->arena, mark);
	return r;
}

static int load(struct trv__run *run, struct trv__select *select, struct trv_list *list)
{
	struct trv_mark mark = trv_arena_mark(run->arena);
	/* what is not joined takes statements of its own */
	int r = run->loads >= select->node_count ? trv__hold_reads(run->session) : 0;

	return r < 0 ? r : finish(run, mark, trv__load_list(run, select, list));
}

static int find(struct trv_session *session, const struct trv_model *model, struct trv_list *list,
                const struct trv_query *query)
{
	struct trv__select select;
	struct trv__run run;
	int r = trv__run_init(&run, session, model, query);

	if (r >= 0)
		r = trv__select_init(&run, &select, model, query, 0, true);
	return r < 0 ? r : load(&run, &select, list);
}

int trv__find(struct trv_session *session, const struct trv_model *model, void *list, const void *query)
{
	struct trv__call call;
	int r;

	do {
		r = trv__enter_read(session, &call, TRV__SITE, model, query);
		if (r >= 0)
			r = trv__leave(session, &call, find(session, model, list, query_or_none(query)));
	} while (trv__read_again(session, r));
	return r;
}

/* The row goes to the caller's memory: its siblings are those of the list, not the copy. */
static int only_row(struct trv_session *session, const struct trv_model *model, void *row, const struct trv_list *list)
{
	if (list->count == 0)
		return trv_error_set(&session->error, TRV_ERR_NOT_FOUND, "no such %s", model->name);
	if (list->count > 1)
		return trv_error_set(&session->error, TRV_ERR_TOO_MANY, "more than one %s", model->name);
	memcpy(row, list->items, model->row_size);
	return 0;
}

static int one(struct trv_session *session, const struct trv_model *model, void *row, const struct trv_query *query)
{
	struct trv_list list = { NULL, 0 };
	struct trv__select select;
	struct trv__run run;
	int r = trv__run_init(&run, session, model, query);

	if (r < 0)
		return r;
	struct trv_mark mark = trv_arena_mark(run.arena);
	struct {
		struct trv_query common;
		const void *relations[TRV_MAX_RELATIONS];
	} two;
	memcpy(&two, query, model->query_size);
	if (!two.common.limit)
		two.common.limit = 2;
	r = trv__select_init(&run, &select, model, &two.common, 0, true);
	if (r >= 0)
		r = load(&run, &select, &list);
	if (r >= 0)
		r = only_row(session, model, row, &list);
	return finish(&run, mark, r);
}

int trv__one(struct trv_session *session, const struct trv_model *model, void *row, const void *query)
{
	struct trv__call call;
	int r;

	do {
		r = trv__enter_read(session, &call, TRV__SITE, model, query);
		if (r >= 0)
			r = trv__leave(session, &call, one(session, model, row, query_or_none(query)));
	} while (trv__read_again(session, r));
	return r;
}

/* --- counting ---------------------------------------------------------------------------------- */

static int scalar(struct trv_session *session, const struct trv_model *model, const struct trv_query *query,
                  enum trv__purpose purpose, int64_t *value, int *found)
{
	struct trv__select select;
	struct trv__run run;
	struct trv__writer writer;
	struct trv__cursor cursor;
	uint64_t absent = 0;
	void *bases[] = { value };
	int r = trv__run_init(&run, session, model, query);

	if (r >= 0 && query->lock)
		r = trv_error_set(&session->error, TRV_ERR_MISUSE, "%s: rows that are only counted cannot be locked",
		                  model->name);
	if (r < 0)
		return r;
	run.has_relations = false; /* relations only load rows */
	r = trv__select_init(&run, &select, model, query, 0, false);
	select.purpose = purpose;
	if (r >= 0)
		r = trv__cursor_open(session, &cursor, &writer, &trv__select_kind, &select, false);
	if (r < 0)
		return r;
	*found = trv__cursor_fetch(&cursor, bases, &session->scratch, &absent);
	return trv__cursor_close(&cursor);
}

static int summarize(struct trv_session *session, const struct trv_model *model, const struct trv_query *query,
                     enum trv__purpose purpose, int64_t *value, int *found, const void *site)
{
	struct trv__call call;
	int r;

	do {
		r = trv__enter_read(session, &call, site, model, query);
		if (r >= 0)
			r = trv__leave(session, &call,
			               scalar(session, model, query_or_none(query), purpose, value, found));
	} while (trv__read_again(session, r));
	return r;
}

int trv__count(struct trv_session *session, const struct trv_model *model, uint64_t *count, const void *query)
{
	int64_t value = 0;
	int found = 0;
	int r = summarize(session, model, query, TRV__COUNT, &value, &found, TRV__SITE);

	if (r >= 0)
		*count = (uint64_t)value;
	return r;
}

int trv__exists(struct trv_session *session, const struct trv_model *model, bool *exists, const void *query)
{
	int64_t value = 0;
	int found = 0;
	int r = summarize(session, model, query, TRV__EXISTS, &value, &found, TRV__SITE);

	if (r >= 0)
		*exists = found == 1;
	return r;
}

/* --- relations that are loaded later ------------------------------------------------------------- */

static int add_siblings(struct trv__run *run, const struct trv_load *load, void *row, struct trv__rows *rows)
{
	int r = trv__rows_add(run, rows, row);

	for (size_t i = 0; load && i < load->count && r >= 0; i++) {
		void *sibling = load->rows ? load->rows[i] : load->base + i * load->model->row_size;

		if (sibling != row)
			r = trv__rows_add(run, rows, sibling);
	}
	return r;
}

static int load_later(struct trv_session *session, const struct trv_model *model, void *row, uint16_t relation)
{
	const struct trv_relation *description = &model->relations[relation];
	const struct trv_load *load = trv__row(row)->load;
	const struct trv_query *query = load && load->queries ? load->queries[relation] : NULL;
	struct trv__rows rows = { NULL, 0, 0 };
	struct trv__run run;

	if (load && load->raise >> relation & 1)
		return trv_error_set(&session->error, TRV_ERR_NOT_LOADED,
		                     "%s.%s was not loaded, and the query said that it must not be loaded later",
		                     model->name, description->name);
	if (!description->target)
		return trv_error_set(&session->error, TRV_ERR_MODEL,
		                     "%s.%s: model '%s' is not linked into this program", model->name,
		                     description->name, description->target_name);
	if (!query)
		query = trv__no_query();
	int r = trv__run_init(&run, session, description->target, query);
	if (r < 0)
		return r;
	run.later = description->kind != TRV_TO_MANY || query->depth > 1;
	run.alone = !load || load->count <= 1;
	run.has_relations = true;
	if (load)
		run.arena = load->arena;
	r = run.loads || query->depth > 1 ? trv__hold_reads(session) : 0;
	if (r >= 0)
		r = add_siblings(&run, load, row, &rows);
	/* on failure nothing is freed: some siblings may have got what was loaded */
	if (r >= 0)
		r = trv__job_add(&run, model, relation, &rows, query, NULL, 1);
	return r < 0 ? r : trv__jobs_run(&run);
}

int trv__load(struct trv_session *session, const struct trv_model *model, void *row, uint16_t relation)
{
	struct trv__call call;

	if (trv__is_loaded(row, relation))
		return 0;
	int r;
	do {
		r = trv__enter_read(session, &call, TRV__SITE, model, NULL);
		if (r >= 0)
			r = trv__leave(session, &call, load_later(session, model, row, relation));
	} while (trv__read_again(session, r));
	return r;
}
