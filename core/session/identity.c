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
		if (at->by.model == model) {
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
	made->by = trv__by(model, model->primary, model->primary_count);
	made->next = run->identities;
	run->identities = made;
	*identity = made;
	return 0;
}

struct trv__known {
	struct trv__key key;
	void *row;
};

static struct trv__known *find(const struct trv__identity *identity, const struct trv__key *key)
{
	return (struct trv__known *)(void *)trv__keymap_find(&identity->rows, key);
}

int trv__identity_find(struct trv__run *run, const struct trv__identity *identity, const void *row, void **found)
{
	struct trv__key key;

	*found = NULL;
	int r = identity ? trv__key_of(run->scratch, &identity->by, row, &key) : 0;
	const struct trv__known *known = r > 0 ? find(identity, &key) : NULL;
	if (known)
		*found = known->row;
	return r < 0 ? trv__no_memory(run->session) : 0;
}

static struct trv__known *add(struct trv__run *run, struct trv__identity *identity, const struct trv__key *key)
{
	struct trv__known *known = trv_arena_alloc(run->scratch, sizeof(*known));

	if (!known)
		return NULL;
	*known = (struct trv__known) { *key, NULL };
	return trv__keymap_add(&identity->rows, run->scratch, &known->key) < 0 ? NULL : known;
}

int trv__identity_place(struct trv__run *run, struct trv__identity *identity, const void *row, void ***place)
{
	struct trv__key key;

	*place = NULL;
	int r = identity ? trv__key_of(run->scratch, &identity->by, row, &key) : 0;
	if (r <= 0)
		return r < 0 ? trv__no_memory(run->session) : 0;
	struct trv__known *known = find(identity, &key);
	if (!known)
		known = add(run, identity, &key);
	if (!known)
		return trv__no_memory(run->session);
	*place = &known->row;
	return 0;
}

int trv__identity_reserve(struct trv__run *run, struct trv__identity *identity, size_t count)
{
	if (identity->rows.count)
		return 0;
	return trv__keymap_reserve(&identity->rows, run->scratch, count) < 0 ? trv__no_memory(run->session) : 0;
}

int trv__rows_grow(struct trv__run *run, struct trv__rows *rows)
{
	size_t room = rows->room ? rows->room * 2 : 64;
	void **items = trv_arena_alloc(run->scratch, room * sizeof(*items));

	if (!items)
		return trv__no_memory(run->session);
	if (rows->count)
		memcpy(items, rows->items, rows->count * sizeof(*items));
	rows->items = items;
	rows->room = room;
	return 0;
}
