/* The reads: get, get_many, find, one, count, exists, and relations that are loaded later. */
#include "session/load.h"
#include "query/value.h"

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

	return finish(run, mark, trv__load_list(run, select, list));
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
	int r = trv__enter(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	return trv__leave(session, &call, find(session, model, list, query_or_none(query)));
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
		r = trv__load_list(&run, &select, &list);
	if (r >= 0)
		r = only_row(session, model, row, &list);
	return finish(&run, mark, r);
}

int trv__one(struct trv_session *session, const struct trv_model *model, void *row, const void *query)
{
	struct trv__call call;
	int r = trv__enter(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	return trv__leave(session, &call, one(session, model, row, query_or_none(query)));
}

/* --- by key ------------------------------------------------------------------------------------ */

static int get(struct trv_session *session, const struct trv_model *model, void *row, const struct trv_expr *key)
{
	struct trv_list list = { NULL, 0 };
	struct trv_query query;
	struct trv__select select;
	struct trv__run run = { .session = session, .arena = &session->arena, .scratch = &session->scratch };
	struct trv_mark mark = trv_arena_mark(run.arena);

	memset(&query, 0, sizeof(query));
	memcpy(query.where, key, model->primary_count * sizeof(*key));
	int r = trv__select_init(&run, &select, model, &query, 0, false);
	if (r >= 0)
		r = trv__load_list(&run, &select, &list);
	if (r >= 0)
		r = only_row(session, model, row, &list);
	return finish(&run, mark, r);
}

int trv__get(struct trv_session *session, const struct trv_model *model, void *row, const struct trv_expr *key)
{
	struct trv__call call;
	int r = trv__enter(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	return trv__leave(session, &call, get(session, model, row, key));
}

/* The keys of the caller's array as a key list, each once. */
struct key_array {
	const struct trv_model *model;
	const char *keys;
	size_t count;
	const struct trv_key_layout *layout;
};

/* A row of the model that holds nothing but key i, so that keys of rows and of arrays are made alike. */
static void fill_key(const struct key_array *array, size_t i, char *row)
{
	for (size_t part = 0; part < array->layout->count; part++) {
		const struct trv_column *column = &array->model->columns[array->model->primary[part]];

		memcpy(row + column->offset, array->keys + i * array->layout->stride + array->layout->offsets[part],
		       trv_type_size(column->type));
	}
}

/* As one key is checked where it is compared. */
static int check_key(struct trv__run *run, const struct trv_model *model, const char *row)
{
	int r = 0;

	for (size_t i = 0; i < model->primary_count && r >= 0; i++) {
		const struct trv_column *column = &model->columns[model->primary[i]];

		r = trv__check_item(model, column, row + column->offset, &run->session->error);
	}
	return r;
}

static int key_rows(struct trv__run *run, const struct key_array *array, struct trv__rows *rows)
{
	char *memory = trv_arena_zero(run->scratch, array->count, array->model->row_size);

	if (!memory && array->count)
		return trv__no_memory(run->session);
	for (size_t i = 0; i < array->count; i++) {
		char *row = memory + i * array->model->row_size;

		fill_key(array, i, row);
		int r = check_key(run, array->model, row);
		if (r >= 0)
			r = trv__rows_add(run, rows, row);
		if (r < 0)
			return r;
	}
	return 0;
}

static int group_by_key(struct trv__run *run, void *row, const void *link, void *context)
{
	struct trv__groups *groups = context;
	const struct trv_model *model = trv__row(row)->load->model;

	(void)run;
	(void)link;
	return trv__groups_add(groups, model, model->primary, model->primary_count, row, row);
}

/* The rows that were found, in the order of the keys. */
static int in_key_order(struct trv__run *run, const struct trv_model *model, struct trv__groups *groups,
                        const struct trv__rows *keys, struct trv_list *list)
{
	char *items = trv_arena_alloc(run->arena, (groups->count + 1) * model->row_size);
	struct trv_load *shared = NULL;
	size_t count = 0;
	int r = items ? trv__groups_finish(groups) : trv__no_memory(run->session);

	for (size_t i = 0; i < keys->count && r >= 0; i++) {
		struct trv_refs *refs = NULL;

		r = trv__groups_find(groups, model, model->primary, model->primary_count, keys->items[i], &refs);
		if (r < 0 || !refs->count)
			continue;
		char *to = items + count++ * model->row_size;
		memcpy(to, refs->items[0], model->row_size);
		shared = trv__row(to)->load;
		shared->rows = NULL;
		shared->base = items;
		refs->count = 0; /* a key that is given twice is found once */
	}
	for (size_t i = 0; i < count; i++)
		((struct trv_row *)(void *)(items + i * model->row_size))->load = shared;
	if (r < 0)
		return r;
	if (shared)
		shared->count = count;
	list->items = items;
	list->count = count;
	return 0;
}

static int get_many(struct trv_session *session, const struct key_array *array, struct trv_list *list)
{
	struct trv__run run = { .session = session, .arena = &session->arena, .scratch = &session->scratch };
	const struct trv_model *model = array->model;
	struct trv__groups groups = { .run = &run };
	struct trv__sink sink = { group_by_key, &groups };
	struct trv__rows rows = { NULL, 0, 0 };
	struct trv__key_list keys;
	struct trv__select select;
	size_t limit = trv__keys_limit(trv__dialect(session), model, model->primary, model->primary_count);
	int r = key_rows(&run, array, &rows);

	if (r >= 0)
		r = trv__keys_collect(&run, model, model->primary, model->primary_count, &rows, &keys);
	if (r >= 0)
		r = trv__select_init(&run, &select, model, trv__no_query(), 0, false);
	if (r < 0)
		return r;
	select.tie = TRV__KEYS;
	select.key_columns = model->primary;
	for (size_t start = 0; start < keys.count; start += limit) {
		struct trv__key_list piece = keys;

		piece.values += start * keys.key_count;
		piece.count = keys.count - start < limit ? keys.count - start : limit;
		select.keys = &piece;
		r = trv__load_select(&run, &select, &sink);
		if (r < 0)
			return r;
		if (limit > keys.count)
			break;
	}
	return in_key_order(&run, model, &groups, &rows, list);
}

int trv__get_many(struct trv_session *session, const struct trv_model *model, void *list, const void *keys,
                  size_t count, const struct trv_key_layout *layout)
{
	struct key_array array = { model, keys, count, layout };
	struct trv__call call;
	int r = trv__enter(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	struct trv_mark mark = trv_arena_mark(&session->arena);
	r = get_many(session, &array, list);
	if (r < 0)
		trv_arena_rewind(&session->arena, mark);
	return trv__leave(session, &call, r);
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

int trv__count(struct trv_session *session, const struct trv_model *model, uint64_t *count, const void *query)
{
	struct trv__call call;
	int64_t value = 0;
	int found = 0;
	int r = trv__enter(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	r = scalar(session, model, query_or_none(query), TRV__COUNT, &value, &found);
	if (r >= 0)
		*count = (uint64_t)value;
	return trv__leave(session, &call, r);
}

int trv__exists(struct trv_session *session, const struct trv_model *model, bool *exists, const void *query)
{
	struct trv__call call;
	int64_t value = 0;
	int found = 0;
	int r = trv__enter(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	r = scalar(session, model, query_or_none(query), TRV__EXISTS, &value, &found);
	if (r >= 0)
		*exists = found == 1;
	return trv__leave(session, &call, r);
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
	run.later = true;
	run.has_relations = true;
	if (load)
		run.arena = load->arena;
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
	int r = trv__enter(session, &call, TRV__SITE);
	if (r < 0)
		return r;
	return trv__leave(session, &call, load_later(session, model, row, relation));
}
