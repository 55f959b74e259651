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

/* A key that was asked for, and the row that was found. */
struct wanted {
	struct trv__key key;
	void *row;
};

/* The keys of the caller's array, each once. */
struct key_array {
	const struct trv_model *model;
	const char *keys;
	size_t count;
	const struct trv_key_layout *layout;
	struct trv__by by, given; /* by what rows go; and keys, where they have a width */
	struct trv__keymap map;
	struct wanted *wanted; /* in the order of the keys */
	const char **values; /* of those, as a key list has them */
};

/* A row of the model that holds nothing but a key, so that keys of rows and of arrays are made alike. */
static int fill_key(struct trv__run *run, const struct key_array *array, const char *key, char *row)
{
	int r = 0;

	for (size_t part = 0; part < array->layout->count && r >= 0; part++) {
		const struct trv_column *column = &array->model->columns[array->model->primary[part]];
		const char *value = key + array->layout->offsets[part];

		memcpy(row + column->offset, value, trv_type_size(column->type));
		r = trv__check_item(array->model, column, value, &run->session->error);
	}
	return r;
}

/* A number is what it is; other keys are checked. */
static int given_key(struct trv__run *run, const struct key_array *array, const char *given, char *row,
                     struct trv__key *key)
{
	if (array->by.width)
		return trv__key_of(run->scratch, &array->given, given, key);
	int r = fill_key(run, array, given, row);
	if (r >= 0 && trv__key_of_any(run->scratch, &array->by, row, key) < 0)
		r = trv__no_memory(run->session);
	return r;
}

/* One key, unless it was given before. */
static int want(struct trv__run *run, struct key_array *array, const char *key, char *row)
{
	struct wanted *wanted = &array->wanted[array->map.count];
	const char **values = &array->values[array->map.count * array->by.count];
	int r = given_key(run, array, key, row, &wanted->key);

	if (r < 0 || trv__keymap_find(&array->map, &wanted->key))
		return r;
	wanted->row = NULL;
	for (size_t part = 0; part < array->by.count; part++)
		values[part] = key + array->layout->offsets[part];
	r = trv__keymap_add(&array->map, run->scratch, &wanted->key);
	return r < 0 ? trv__no_memory(run->session) : 0;
}

static int want_all(struct trv__run *run, struct key_array *array)
{
	size_t room = array->count + 1;
	char *row = trv_arena_zero(run->scratch, 1, array->model->row_size);
	int r = 0;

	if (room > SIZE_MAX / sizeof(*array->wanted) || room > SIZE_MAX / sizeof(*array->values) / array->by.count)
		return trv__no_memory(run->session);
	array->wanted = trv_arena_alloc(run->scratch, room * sizeof(*array->wanted));
	array->values = trv_arena_alloc(run->scratch, room * array->by.count * sizeof(*array->values));
	if (!row || !array->wanted || !array->values)
		return trv__no_memory(run->session);
	array->given = array->by;
	array->given.offset = (uint32_t)array->layout->offsets[0];
	array->given.has_offset = 0;
	if (trv__keymap_reserve(&array->map, run->scratch, array->count) < 0)
		return trv__no_memory(run->session);
	for (size_t i = 0; i < array->count && r >= 0; i++)
		r = want(run, array, array->keys + i * array->layout->stride, row);
	return r;
}

/* A row that was found, at its key. The engine may take keys for equal that are not: such a row is passed over. */
static int take_wanted(struct trv__run *run, void *row, const void *link, void *context)
{
	struct key_array *array = context;
	struct trv__key key;

	(void)link;
	int r = trv__key_of(run->scratch, &array->by, row, &key);
	if (r < 0)
		return trv__no_memory(run->session);
	struct wanted *wanted = (struct wanted *)(void *)trv__keymap_find(&array->map, &key);
	if (!wanted || wanted->row)
		return 0;
	wanted->row = row;
	return 1;
}

/* The rows that were found, in the order of the keys. */
static int in_key_order(struct trv__run *run, const struct key_array *array, struct trv_list *list)
{
	size_t size = array->model->row_size, count = 0;
	struct trv_load *load = NULL;

	for (size_t i = 0; i < array->map.count; i++)
		count += array->wanted[i].row != NULL;
	char *items = trv_arena_alloc(run->arena, (count + 1) * size), *to = items;
	if (!items)
		return trv__no_memory(run->session);
	for (size_t i = 0; i < array->map.count; i++) {
		if (!array->wanted[i].row)
			continue;
		load = trv__row(array->wanted[i].row)->load;
		memcpy(to, array->wanted[i].row, size);
		to += size;
	}
	if (load) {
		load->base = items;
		load->count = count;
	}
	list->items = items;
	list->count = count;
	return 0;
}

static int read_wanted(struct trv__run *run, struct key_array *array)
{
	const struct trv__by *by = &array->by;
	size_t limit = trv__keys_limit(trv__dialect(run->session), by->model, by->columns, by->count), left;
	struct trv__sink sink = { .take = take_wanted, .context = array, .passing = true };
	struct trv__key_list keys = { by->model, by->columns, by->count, array->values, 0 };
	struct trv__reader *reader = NULL;
	struct trv__select select;
	int r = trv__select_init(run, &select, by->model, trv__no_query(), 0, false);

	select.tie = TRV__KEYS;
	select.key_columns = by->columns;
	select.keys = &keys;
	for (left = array->map.count; left && r >= 0; left -= keys.count) {
		keys.values += keys.count * by->count;
		keys.count = left < limit ? left : limit;
		r = trv__reader_prepare(&reader, run, &select, &sink, 0);
		if (r >= 0)
			r = trv__cursor_execute(trv__reader_cursor(reader), false);
		if (r >= 0)
			r = trv__reader_read(reader);
	}
	return r;
}

static int get_many(struct trv_session *session, struct key_array *array, struct trv_list *list)
{
	struct trv__run run = { .session = session, .arena = &session->arena, .scratch = &session->scratch };
	int r = want_all(&run, array);

	if (r >= 0)
		r = read_wanted(&run, array);
	return r < 0 ? r : in_key_order(&run, array, list);
}

int trv__get_many(struct trv_session *session, const struct trv_model *model, void *list, const void *keys,
                  size_t count, const struct trv_key_layout *layout)
{
	struct trv__call call;
	struct trv_mark mark = trv_arena_mark(&session->arena);
	int r;

	do {
		r = trv__enter_read(session, &call, TRV__SITE, model, NULL);
		if (r < 0)
			return r;
		session->batched = true;
		struct key_array array = {
			.model = model,
			.keys = keys,
			.count = count,
			.layout = layout,
			.by = trv__by(model, model->primary, layout->count),
		};

		r = get_many(session, &array, list);
		if (r < 0)
			trv_arena_rewind(&session->arena, mark);
		r = trv__leave(session, &call, r);
	} while (trv__read_again(session, r));
	return r;
}
