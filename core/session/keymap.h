/*
 * Rows by their keys. A key of one fixed-size column is a number and is compared as such;
 * any other is a run of bytes with its hash. The table is an open one with linear probing,
 * in the scratch arena: nearly every row of a load with relations is looked up here once
 * or twice, and against a uthash of its own node for each key that is a fifth of the whole load.
 *
 * Fibonacci hashing: Knuth, The Art of Computer Programming 3, section 6.4.
 */
#ifndef TRIVET_SESSION_KEYMAP_H
#define TRIVET_SESSION_KEYMAP_H

#include <string.h>
#include <trivet/arena.h>
#include <trivet/model.h>

struct trv__key {
	uint64_t number; /* the key itself, or the hash of `bytes` */
	struct trv_bytes bytes; /* data NULL: the number is all of it */
};

struct trv__keymap_slot {
	struct trv__key key;
	void *entry; /* NULL: free */
};

struct trv__keymap {
	struct trv__keymap_slot *slots;
	size_t count;
	unsigned bits; /* of the number of slots */
};

/*
 * The key of a row in these columns: 1, 0 where a part of it is null, TRV_ERR_NOMEM. Its bytes lie in
 * the row, in what the row points to, or in `scratch`.
 */
int trv__key_of_any(struct trv_arena *scratch, const struct trv_model *model, const uint16_t *columns, size_t count,
                    const void *row, struct trv__key *key);

/* What most keys are, without a call. */
static inline int trv__key_of(struct trv_arena *scratch, const struct trv_model *model, const uint16_t *columns,
                              size_t count, const void *row, struct trv__key *key)
{
	const struct trv_column *column = &model->columns[columns[0]];

	if (count != 1 || column->type != TRV_INT64 || column->flags & TRV_NULLABLE)
		return trv__key_of_any(scratch, model, columns, count, row, key);
	memcpy(&key->number, (const char *)row + column->offset, sizeof(key->number));
	key->bytes = (struct trv_bytes) { NULL, 0 };
	return 1;
}

static inline bool trv__key_equals(const struct trv__key *a, const struct trv__key *b)
{
	if (a->number != b->number || a->bytes.size != b->bytes.size)
		return false;
	return !a->bytes.data || memcmp(a->bytes.data, b->bytes.data, a->bytes.size) == 0;
}

/* The place of its entry, or NULL. */
static inline void **trv__keymap_find(const struct trv__keymap *map, const struct trv__key *key)
{
	if (!map->count)
		return NULL;
	size_t mask = ((size_t)1 << map->bits) - 1;
	for (size_t i = key->number * UINT64_C(0x9E3779B97F4A7C15) >> (64 - map->bits);; i = (i + 1) & mask) {
		struct trv__keymap_slot *slot = &map->slots[i];

		if (!slot->entry)
			return NULL;
		if (trv__key_equals(&slot->key, key))
			return &slot->entry;
	}
}

/* Adds a key that is not there. Its bytes must outlive the map. TRV_ERR_NOMEM. */
int trv__keymap_add(struct trv__keymap *map, struct trv_arena *scratch, const struct trv__key *key, void *entry);

#endif
