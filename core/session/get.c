/* The reads by key: get and get_many. */
#include "session/load.h"

/* --- one row ----------------------------------------------------------------------------------- */

/* What a get asks. The model alone says what its SQL is, so its shape is no more than that. */
struct key_query {
	const struct trv_model *model;
	const struct trv_expr *key; /* one for each column of the primary key */
};

static struct trv__select select_of(const struct key_query *what, struct trv_query *query)
{
	memset(query, 0, sizeof(*query));
	memcpy(query->where, what->key, what->model->primary_count * sizeof(*what->key));
	return (struct trv__select) {
		.nodes = { { .model = what->model,
		             .query = query,
		             .columns = trv_model_all(what->model),
		             .parent = -1 } },
		.node_count = 1,
	};
}

static void write_get(struct trv__writer *writer, const void *what)
{
	const struct key_query *get = what;

	if (writer->text_on) {
		struct trv_query query;
		struct trv__select select = select_of(get, &query);

		trv__write_select(writer, &select);
		return;
	}
	trv__shape(writer, TRV__SHAPE_GET);
	trv__shape64(writer, (uint64_t)(uintptr_t)get->model);
	for (size_t i = 0; i < get->model->primary_count; i++)
		trv__bind_compared(writer, get->model, &get->key[i]);
}

static size_t get_slot_count(const void *what)
{
	return ((const struct key_query *)what)->model->column_count;
}

static int get_slots(const void *what, const struct trv_dialect *dialect, struct trv_slot *slots, size_t room,
                     size_t *count)
{
	struct trv_query query;
	struct trv__select select = select_of(what, &query);

	return trv__select_slots(&select, dialect, slots, room, count);
}

static size_t get_bases(const void *what)
{
	(void)what;
	return 1;
}

static const struct trv__statement_kind get_kind = {
	.write = write_get,
	.slot_count = get_slot_count,
	.slots = get_slots,
	.bases = get_bases,
	.at_once = true,
};

/* Into memory of the call's own, so that a failure leaves the caller's row as it was. 1: it is there. */
static int fetch_one(struct trv_session *session, const struct key_query *get, void *row)
{
	struct trv__writer writer;
	struct trv__cursor cursor;
	void *bases[] = { row };
	uint64_t absent = 0;
	int r = trv__cursor_open(session, &cursor, &writer, &get_kind, get, false);

	if (r < 0)
		return r;
	int found = trv__cursor_fetch(&cursor, bases, &session->arena, &absent);
	r = trv__cursor_close(&cursor);
	return r < 0 ? r : found;
}

static int get(struct trv_session *session, const struct trv_model *model, void *row, const struct trv_expr *key)
{
	struct trv__run run = { .session = session, .arena = &session->arena, .scratch = &session->scratch };
	struct key_query query = { model, key };
	void *made = trv_arena_zero(&session->scratch, 1, model->row_size);
	struct trv_load *load = trv__load_create(&run, model, trv_model_all(model), trv__no_query());

	if (!made || !load)
		return trv__no_memory(session);
	int r = fetch_one(session, &query, made);
	if (r < 0)
		return r;
	if (r == 0)
		return trv_error_set(&session->error, TRV_ERR_NOT_FOUND, "no such %s", model->name);
	trv__row(made)->load = load;
	memcpy(row, made, model->row_size);
	return 0;
}

int trv__get(struct trv_session *session, const struct trv_model *model, void *row, const struct trv_expr *key)
{
	struct trv__call call;
	struct trv_mark mark = trv_arena_mark(&session->arena);
	int r;

	do {
		r = trv__enter_read(session, &call, TRV__SITE, model, NULL);
		if (r < 0)
			return r;
		r = get(session, model, row, key);
		if (r < 0)
			trv_arena_rewind(&session->arena, mark);
		r = trv__leave(session, &call, r);
	} while (trv__read_again(session, r));
	return r;
}

/* --- many rows --------------------------------------------------------------------------------- */

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
	struct trv_mark mark = trv_arena_mark(&session->arena);
	int r;

	do {
		r = trv__enter_read(session, &call, TRV__SITE, model, NULL);
		if (r < 0)
			return r;
		session->batched = true;
		r = get_many(session, &array, list);
		if (r < 0)
			trv_arena_rewind(&session->arena, mark);
		r = trv__leave(session, &call, r);
	} while (trv__read_again(session, r));
	return r;
}
