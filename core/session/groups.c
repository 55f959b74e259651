/* Rows by the key of what they belong to; distinct keys of rows. */
#include "session/load.h"

struct trv_refs trv__no_refs;

static struct trv__group *find_group(struct trv__groups *groups, const struct trv__key *key)
{
	if (!groups->last || !trv__key_equals(&groups->last->key, key))
		groups->last = (struct trv__group *)(void *)trv__keymap_find(&groups->map, key);
	return groups->last;
}

int trv__group_find_any(struct trv__groups *groups, const struct trv__by *by, const void *row,
                        struct trv__group **group)
{
	struct trv__key key;
	int r = trv__key_of_any(groups->run->scratch, by, row, &key);

	if (r < 0)
		return trv__no_memory(groups->run->session);
	*group = r > 0 ? find_group(groups, &key) : NULL;
	return 0;
}

int trv__group_open_any(struct trv__groups *groups, const struct trv__by *by, const void *row,
                        struct trv__group **group)
{
	struct trv__key key;
	int r = trv__key_of_any(groups->run->scratch, by, row, &key);

	if (r < 0)
		return trv__no_memory(groups->run->session);
	*group = r > 0 ? find_group(groups, &key) : NULL;
	return r == 0 || *group ? 0 : trv__group_make(groups, &key, group);
}

int trv__group_make(struct trv__groups *groups, const struct trv__key *key, struct trv__group **group)
{
	struct trv_arena *scratch = groups->run->scratch;
	struct trv__group *made = trv_arena_alloc(scratch, sizeof(*made));

	if (!made)
		return trv__no_memory(groups->run->session);
	*made = (struct trv__group) { .key = *key, .end = &made->first };
	if (trv__keymap_add(&groups->map, scratch, &made->key) < 0)
		return trv__no_memory(groups->run->session);
	*(groups->first ? &groups->end->next : &groups->first) = made;
	groups->end = groups->last = *group = made;
	return 1;
}

int trv__groups_finish(struct trv__groups *groups)
{
	size_t lists = 0, rows = 0;

	for (const struct trv__group *at = groups->first; at; at = at->next) {
		lists += at->count != 0;
		rows += at->count;
	}
	struct trv_refs *refs = trv_arena_alloc(groups->run->arena, (lists + 1) * sizeof(*refs));
	void **items = trv_arena_alloc(groups->run->arena, (rows + 1) * sizeof(*items));
	if (!refs || !items)
		return trv__no_memory(groups->run->session);
	for (struct trv__group *at = groups->first; at; at = at->next) {
		at->refs = at->count ? refs++ : &trv__no_refs;
		if (!at->count)
			continue;
		*at->refs = (struct trv_refs) { items, at->count };
		for (const struct trv__member *member = at->first; member; member = member->next)
			*items++ = member->row;
	}
	groups->first = groups->end = NULL;
	return 0;
}

/* --- distinct keys ------------------------------------------------------------------------------- */

static const char **key_values(struct trv__run *run, const struct trv__by *by, size_t count)
{
	if (count >= SIZE_MAX / sizeof(const char *) / by->count)
		return NULL;
	return trv_arena_alloc(run->scratch, (count + 1) * by->count * sizeof(const char *));
}

static const char **put_key(const char **values, const struct trv__by *by, const char *row)
{
	for (size_t part = 0; part < by->count; part++)
		*values++ = row + by->model->columns[by->columns[part]].offset;
	return values;
}

int trv__keys_of(struct trv__run *run, const struct trv__by *by, const struct trv__rows *rows,
                 struct trv__key_list *keys)
{
	const char **values = key_values(run, by, rows->count), **to = values;

	if (!values)
		return trv__no_memory(run->session);
	for (size_t i = 0; i < rows->count; i++)
		to = put_key(to, by, rows->items[i]);
	*keys = (struct trv__key_list) { by->model, by->columns, by->count, values, rows->count };
	return 0;
}

int trv__keys_open(struct trv__groups *groups, const struct trv__by *by, const struct trv__rows *rows,
                   struct trv__key_list *keys)
{
	struct trv__run *run = groups->run;
	const char **values = key_values(run, by, rows->count), **to = values;
	size_t before = groups->map.count;

	if (!values || (!before && trv__keymap_reserve(&groups->map, run->scratch, rows->count) < 0))
		return trv__no_memory(run->session);
	for (size_t i = 0; i < rows->count; i++) {
		struct trv__group *group;
		int r = trv__group_open(groups, by, rows->items[i], &group);

		if (r < 0)
			return r;
		if (r > 0)
			to = put_key(to, by, rows->items[i]);
	}
	*keys = (struct trv__key_list) { by->model, by->columns, by->count, values, groups->map.count - before };
	return 0;
}

/* Rows in the order of a key that is one number, which needs no table. */
static bool keys_rise(struct trv__run *run, const struct trv__by *by, const char *rows, size_t count)
{
	struct trv__key key = { 0, { NULL, 0 } };

	for (size_t i = 0; i < count; i++) {
		uint64_t last = key.number;

		if (trv__key_of(run->scratch, by, rows + i * by->model->row_size, &key) <= 0 || key.bytes.data ||
		    (i && key.number <= last))
			return false;
	}
	return true;
}

int trv__keys_repeat(struct trv_session *session, const struct trv_model *model, uint64_t key, const char *rows,
                     size_t count)
{
	struct trv__run run = { .session = session, .arena = &session->scratch, .scratch = &session->scratch };
	struct trv__groups groups = { .run = &run };
	struct trv__group *group = NULL;
	uint16_t columns[TRV_MAX_COLUMNS];
	size_t column_count = 0;
	int r = 1;

	columns[0] = 0;
	for (; key; key &= key - 1)
		columns[column_count++] = (uint16_t)__builtin_ctzll(key);
	const struct trv__by by = trv__by(model, columns, column_count);
	if (keys_rise(&run, &by, rows, count))
		return 0;
	if (trv__keymap_reserve(&groups.map, run.scratch, count) < 0)
		return trv__no_memory(session);
	for (size_t i = 0; i < count && (r > 0 || !group) && r >= 0; i++)
		r = trv__group_open(&groups, &by, rows + i * model->row_size, &group);
	return r < 0 ? r : r == 0 && group;
}
