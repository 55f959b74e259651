/* Rows by the key of what they belong to; distinct keys of rows. */
#include "session/load.h"

struct trv__group {
	struct trv__group *next;
	struct trv__key key;
	size_t count, filled;
	struct trv_refs *refs;
};

struct trv__group_entry {
	struct trv__group *group;
	void *row;
};

static struct trv__group *find_group(const struct trv__groups *groups, const struct trv__key *key)
{
	if (groups->last && trv__key_equals(&groups->last->key, key))
		return groups->last;
	void **found = trv__keymap_find(&groups->map, key);
	return found ? *found : NULL;
}

/* The key's bytes may lie in memory that is used again: they are copied. */
static struct trv__group *add_group(struct trv__groups *groups, const struct trv__key *key)
{
	struct trv_arena *scratch = groups->run->scratch;
	struct trv__group *group = trv_arena_alloc(scratch, sizeof(*group));

	if (!group)
		return NULL;
	*group = (struct trv__group) { .key = *key };
	if (key->bytes.data)
		group->key.bytes.data = trv_arena_copy(scratch, key->bytes.data, key->bytes.size);
	if (key->bytes.data && !group->key.bytes.data)
		return NULL;
	if (trv__keymap_add(&groups->map, scratch, &group->key, group) < 0)
		return NULL;
	*(groups->first ? groups->end : &groups->first) = group;
	groups->end = &group->next;
	groups->groups++;
	return group;
}

static bool make_room(struct trv__groups *groups)
{
	size_t room = groups->room ? groups->room * 2 : 64;
	struct trv__group_entry *entries = trv_arena_alloc(groups->run->scratch, room * sizeof(*entries));

	if (!entries)
		return false;
	if (groups->count)
		memcpy(entries, groups->entries, groups->count * sizeof(*entries));
	groups->entries = entries;
	groups->room = room;
	return true;
}

int trv__groups_add(struct trv__groups *groups, const struct trv_model *model, const uint16_t *columns,
                    size_t key_count, const void *holder, void *row)
{
	struct trv__key key;
	int r = trv__key_of(groups->run->scratch, model, columns, key_count, holder, &key);

	if (r <= 0)
		return r < 0 ? trv__no_memory(groups->run->session) : 0;
	struct trv__group *group = find_group(groups, &key);
	if (!group)
		group = add_group(groups, &key);
	if (!group || (groups->count == groups->room && !make_room(groups)))
		return trv__no_memory(groups->run->session);
	groups->last = group;
	group->count++;
	groups->entries[groups->count++] = (struct trv__group_entry) { group, row };
	return 0;
}

int trv__groups_finish(struct trv__groups *groups)
{
	struct trv_refs *refs = trv_arena_zero(groups->run->arena, groups->groups + 1, sizeof(*refs));
	void **items = trv_arena_alloc(groups->run->arena, (groups->count + 1) * sizeof(*items));

	if (!refs || !items)
		return trv__no_memory(groups->run->session);
	for (struct trv__group *at = groups->first; at; at = at->next) {
		at->refs = refs++;
		at->refs->items = items;
		at->refs->count = at->count;
		items += at->count;
	}
	for (size_t i = 0; i < groups->count; i++) {
		struct trv__group *group = groups->entries[i].group;

		group->refs->items[group->filled++] = groups->entries[i].row;
	}
	return 0;
}

int trv__groups_find(struct trv__groups *groups, const struct trv_model *model, const uint16_t *columns,
                     size_t key_count, const void *holder, struct trv_refs **refs)
{
	static struct trv_refs none;
	struct trv__key key;

	*refs = &none;
	int r = trv__key_of(groups->run->scratch, model, columns, key_count, holder, &key);
	if (r < 0)
		return trv__no_memory(groups->run->session);
	const struct trv__group *group = r > 0 ? find_group(groups, &key) : NULL;
	if (group)
		*refs = group->refs;
	return 0;
}

/* --- distinct keys ------------------------------------------------------------------------------- */

enum {
	KEY_NULL,
	KEY_NEW,
	KEY_KNOWN,
};

/* One of the above, or an error. */
static int add_key(struct trv__run *run, struct trv__keymap *seen, const struct trv_model *model,
                   const uint16_t *columns, size_t key_count, const void *row)
{
	static char there;
	struct trv__key key;
	int r = trv__key_of(run->scratch, model, columns, key_count, row, &key);

	if (r > 0 && trv__keymap_find(seen, &key))
		return KEY_KNOWN;
	if (r > 0)
		r = trv__keymap_add(seen, run->scratch, &key, &there) < 0 ? TRV_ERR_NOMEM : KEY_NEW;
	return r < 0 ? trv__no_memory(run->session) : r;
}

/* Rows in the order of a key that is one number, which needs no table. */
static bool keys_rise(struct trv__run *run, const struct trv_model *model, const uint16_t *columns, size_t key_count,
                      const char *rows, size_t count)
{
	struct trv__key key = { 0, { NULL, 0 } };

	for (size_t i = 0; i < count; i++) {
		uint64_t last = key.number;

		if (trv__key_of(run->scratch, model, columns, key_count, rows + i * model->row_size, &key) <= 0 ||
		    key.bytes.data || (i && key.number <= last))
			return false;
	}
	return true;
}

int trv__keys_repeat(struct trv_session *session, const struct trv_model *model, uint64_t key, const char *rows,
                     size_t count)
{
	struct trv__run run = { .session = session, .arena = &session->scratch, .scratch = &session->scratch };
	struct trv__keymap seen = { NULL, 0, 0 };
	uint16_t columns[TRV_MAX_COLUMNS];
	size_t key_count = 0;
	int r = 0;

	for (; key; key &= key - 1)
		columns[key_count++] = (uint16_t)__builtin_ctzll(key);
	if (keys_rise(&run, model, columns, key_count, rows, count))
		return 0;
	for (size_t i = 0; i < count && r >= 0 && r != KEY_KNOWN; i++)
		r = add_key(&run, &seen, model, columns, key_count, rows + i * model->row_size);
	return r < 0 ? r : r == KEY_KNOWN;
}

int trv__keys_collect(struct trv__run *run, const struct trv_model *model, const uint16_t *columns, size_t key_count,
                      const struct trv__rows *rows, struct trv__key_list *keys)
{
	struct trv__keymap seen = { NULL, 0, 0 };
	const char **values = trv_arena_alloc(run->scratch, (rows->count + 1) * key_count * sizeof(*values));
	size_t count = 0;

	if (!values)
		return trv__no_memory(run->session);
	for (size_t i = 0; i < rows->count; i++) {
		int r = add_key(run, &seen, model, columns, key_count, rows->items[i]);

		if (r < 0)
			return r;
		for (size_t part = 0; r == KEY_NEW && part < key_count; part++)
			values[count * key_count + part] =
				(const char *)rows->items[i] + model->columns[columns[part]].offset;
		count += r == KEY_NEW;
	}
	*keys = (struct trv__key_list) { model, columns, key_count, values, count };
	return 0;
}
