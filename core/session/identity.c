/* The maps by which the same row is one struct within a load. */
#include "session/load.h"

uint64_t trv__mask(const uint16_t *columns, size_t count)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < count; i++)
		mask |= UINT64_C(1) << columns[i];
	return mask;
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

static int key_of(struct trv__run *run, const struct trv__identity *identity, const void *row, struct trv__key *key)
{
	const struct trv_model *model = identity->model;
	int r = trv__key_of(run->scratch, model, model->primary, model->primary_count, row, key);

	return r < 0 ? trv__no_memory(run->session) : r;
}

int trv__identity_find(struct trv__run *run, struct trv__identity *identity, const void *row, void **found)
{
	struct trv__key key;

	*found = NULL;
	if (!identity)
		return 0;
	int r = key_of(run, identity, row, &key);
	void **entry = r > 0 ? trv__keymap_find(&identity->rows, &key) : NULL;
	if (entry)
		*found = *entry;
	return r < 0 ? r : 0;
}

int trv__identity_put(struct trv__run *run, struct trv__identity *identity, void *row)
{
	struct trv__key key;
	int r = key_of(run, identity, row, &key);

	if (r <= 0)
		return r;
	void **entry = trv__keymap_find(&identity->rows, &key);
	if (entry) {
		*entry = row;
		return 0;
	}
	r = trv__keymap_add(&identity->rows, run->scratch, &key, row);
	return r < 0 ? trv__no_memory(run->session) : 0;
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
