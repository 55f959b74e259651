/* Rows by the key of what they belong to; distinct keys of rows. */
#include "session/load.h"

#define TRV__HASH_ARENA
#include "base/hash.h"

struct trv__group {
	UT_hash_handle hh;
	struct trv_bytes key;
	size_t count, filled;
	struct trv_refs *refs;
};

struct trv__group_entry {
	struct trv__group *group;
	void *row;
};

static struct trv__group *find_group(struct trv__groups *groups, const struct trv_bytes *key)
{
	struct trv__group *group = groups->last;

	if (group && group->key.size == key->size && memcmp(group->key.data, key->data, key->size) == 0)
		return group;
	HASH_FIND(hh, groups->table, key->data, key->size, group);
	return group;
}

/* The key's bytes may lie in memory that is used again: they are copied. */
static struct trv__group *add_group(struct trv__groups *groups, const struct trv_bytes *key)
{
	struct trv_arena *hash_memory = groups->run->scratch;
	struct trv__group *group = trv_arena_zero(hash_memory, 1, sizeof(*group));
	bool hash_failed = false;

	if (!group)
		return NULL;
	group->key.data = trv_arena_copy(hash_memory, key->data, key->size);
	group->key.size = key->size;
	if (!group->key.data)
		return NULL;
	HASH_ADD_KEYPTR(hh, groups->table, group->key.data, group->key.size, group);
	groups->groups++;
	return hash_failed ? NULL : group;
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
	struct trv_bytes key;

	if (trv__key_bytes(groups->run->scratch, model, columns, key_count, holder, &key) < 0)
		return trv__no_memory(groups->run->session);
	if (!key.data)
		return 0;
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
	for (struct trv__group *at = groups->table; at; at = at->hh.next) {
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
	struct trv_bytes key;

	*refs = &none;
	if (trv__key_bytes(groups->run->scratch, model, columns, key_count, holder, &key) < 0)
		return trv__no_memory(groups->run->session);
	struct trv__group *group = key.data ? find_group(groups, &key) : NULL;
	if (group)
		*refs = group->refs;
	return 0;
}

/* --- distinct keys ------------------------------------------------------------------------------- */

static int is_new(struct trv__groups *seen, const struct trv_bytes *key)
{
	if (!key->data)
		return 0;
	if (find_group(seen, key))
		return 0;
	seen->last = add_group(seen, key);
	return seen->last ? 1 : trv__no_memory(seen->run->session);
}

int trv__keys_repeat(struct trv_session *session, const struct trv_model *model, uint64_t key, const char *rows,
                     size_t count)
{
	struct trv__run run = { .session = session, .arena = &session->scratch, .scratch = &session->scratch };
	struct trv__groups seen = { .run = &run };
	uint16_t columns[TRV_MAX_COLUMNS];
	size_t key_count = 0;

	for (; key; key &= key - 1)
		columns[key_count++] = (uint16_t)__builtin_ctzll(key);
	for (size_t i = 0; i < count; i++) {
		struct trv_bytes bytes;

		if (trv__key_bytes(run.scratch, model, columns, key_count, rows + i * model->row_size, &bytes) < 0)
			return trv__no_memory(session);
		if (!bytes.data)
			continue;
		int r = is_new(&seen, &bytes);
		if (r <= 0)
			return r < 0 ? r : 1;
	}
	return 0;
}

int trv__keys_collect(struct trv__run *run, const struct trv_model *model, const uint16_t *columns, size_t key_count,
                      const struct trv__rows *rows, struct trv__key_list *keys)
{
	struct trv__groups seen = { .run = run };
	const char **values = trv_arena_alloc(run->scratch, (rows->count + 1) * key_count * sizeof(*values));
	size_t count = 0;

	if (!values)
		return trv__no_memory(run->session);
	for (size_t i = 0; i < rows->count; i++) {
		struct trv_bytes key;

		if (trv__key_bytes(run->scratch, model, columns, key_count, rows->items[i], &key) < 0)
			return trv__no_memory(run->session);
		int r = is_new(&seen, &key);
		if (r < 0)
			return r;
		for (size_t part = 0; r && part < key_count; part++)
			values[count * key_count + part] =
				(const char *)rows->items[i] + model->columns[columns[part]].offset;
		count += (size_t)r;
	}
	*keys = (struct trv__key_list) { model, columns, key_count, values, count };
	return 0;
}
