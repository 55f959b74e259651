/* Keys of rows, and the maps by which the same row is one struct within a load. */
#include "session/load.h"

#define TRV__HASH_ARENA
#include "base/hash.h"

#include <string.h>

struct trv__known {
	UT_hash_handle hh;
	void *row;
};

uint64_t trv__mask(const uint16_t *columns, size_t count)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < count; i++)
		mask |= UINT64_C(1) << columns[i];
	return mask;
}

static bool is_plain(enum trv_type type)
{
	return type != TRV_TEXT && type != TRV_JSON && type != TRV_BYTES && type != TRV_DECIMAL;
}

/* The bytes of one value and how many: text by its characters, decimals without their trailing zeros. */
static struct trv_bytes part_bytes(const struct trv_column *column, const void *row, char text[TRV_DECIMAL_TEXT])
{
	const char *at = (const char *)row + column->offset;
	struct trv_bytes bytes = { at, trv_type_size(column->type) };

	if (column->type == TRV_TEXT || column->type == TRV_JSON) {
		bytes.data = *(const char *const *)(const void *)at;
		bytes.size = bytes.data ? strlen(bytes.data) : 0;
	} else if (column->type == TRV_BYTES) {
		bytes = *(const struct trv_bytes *)(const void *)at;
	} else if (column->type == TRV_DECIMAL) {
		bytes.size = trv_decimal_format((const struct trv_decimal *)(const void *)at, text);
		while (strchr(text, '.') && text[bytes.size - 1] == '0')
			bytes.size--;
		bytes.size -= text[bytes.size - 1] == '.'; /* 12.00 is 12 */
		bytes.data = text;
	}
	return bytes;
}

int trv__key_bytes(struct trv_arena *scratch, const struct trv_model *model, const uint16_t *columns, size_t count,
                   const void *row, struct trv_bytes *key)
{
	char text[TRV_DECIMAL_TEXT];
	size_t size = 0;

	key->data = NULL;
	key->size = 0;
	for (size_t i = 0; i < count; i++)
		if (trv__member_is_null(&model->columns[columns[i]], row))
			return 0;
	if (count == 1 && is_plain(model->columns[columns[0]].type)) {
		*key = part_bytes(&model->columns[columns[0]], row, text);
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		size += sizeof(size_t) + part_bytes(&model->columns[columns[i]], row, text).size;
	char *to = trv_arena_bytes(scratch, size);
	if (!to)
		return TRV_ERR_NOMEM;
	key->data = to;
	key->size = size;
	for (size_t i = 0; i < count; i++) {
		struct trv_bytes part = part_bytes(&model->columns[columns[i]], row, text);

		memcpy(to, &part.size, sizeof(part.size));
		to += sizeof(part.size);
		if (part.size)
			memcpy(to, part.data, part.size);
		to += part.size;
	}
	return 0;
}

/* How many nodes of the query tree are of `model`, counted to two. */
static unsigned count_nodes(const struct trv_model *model, const struct trv_query *query,
                            const struct trv_model *wanted)
{
	unsigned count = model == wanted;

	for (size_t i = 0; i < model->relation_count && count < 2; i++) {
		const struct trv_relation *relation = &model->relations[i];
		const struct trv_query *sub = trv__subquery(query, relation);

		if (!sub || !relation->target)
			continue;
		count += count_nodes(relation->target, sub, wanted);
		/* a row can be met by several parents; a recursive relation meets its own */
		if (relation->target == wanted && (relation->kind != TRV_TO_MANY || sub->depth > 1))
			count = 2;
	}
	return count;
}

int trv__identity_of(struct trv__run *run, const struct trv_model *model, struct trv__identity **identity)
{
	*identity = NULL;
	for (struct trv__identity *at = run->identities; at; at = at->next) {
		if (at->model == model) {
			*identity = at;
			return 0;
		}
	}
	if (!model->primary_count || !run->has_relations)
		return 0;
	if (!run->later && count_nodes(run->root_model, run->root_query, model) < 2)
		return 0;
	struct trv__identity *made = trv_arena_zero(run->scratch, 1, sizeof(*made));
	if (!made)
		return trv__no_memory(run->session);
	made->model = model;
	made->next = run->identities;
	run->identities = made;
	*identity = made;
	return 0;
}

int trv__identity_find(struct trv__run *run, struct trv__identity *identity, const void *row, void **found)
{
	struct trv__known *known = NULL;
	struct trv_bytes key;

	*found = NULL;
	if (!identity)
		return 0;
	if (trv__key_bytes(run->scratch, identity->model, identity->model->primary, identity->model->primary_count, row,
	                   &key) < 0)
		return trv__no_memory(run->session);
	if (key.data)
		HASH_FIND(hh, identity->table, key.data, key.size, known);
	*found = known ? known->row : NULL;
	return 0;
}

int trv__identity_put(struct trv__run *run, struct trv__identity *identity, void *row)
{
	struct trv_arena *hash_memory = run->scratch;
	struct trv__known *known = NULL;
	struct trv_bytes key;
	bool hash_failed = false;

	if (trv__key_bytes(run->scratch, identity->model, identity->model->primary, identity->model->primary_count, row,
	                   &key) < 0)
		return trv__no_memory(run->session);
	if (!key.data)
		return 0;
	HASH_FIND(hh, identity->table, key.data, key.size, known);
	if (known) {
		known->row = row;
		return 0;
	}
	known = trv_arena_zero(run->scratch, 1, sizeof(*known));
	if (!known)
		return trv__no_memory(run->session);
	known->row = row;
	HASH_ADD_KEYPTR(hh, identity->table, key.data, key.size, known);
	return hash_failed ? trv__no_memory(run->session) : 0;
}

int trv__rows_add(struct trv__run *run, struct trv__rows *rows, void *row)
{
	if (rows->count == rows->room) {
		size_t room = rows->room ? rows->room * 2 : 64;
		void **items = trv_arena_alloc(run->scratch, room * sizeof(*items));

		if (!items)
			return trv__no_memory(run->session);
		if (rows->count)
			memcpy(items, rows->items, rows->count * sizeof(*items));
		rows->items = items;
		rows->room = room;
	}
	rows->items[rows->count++] = row;
	return 0;
}
