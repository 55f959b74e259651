/*
 * Rows by their keys. A key of one fixed-size column is a number and is compared as such;
 * any other is a run of bytes with its hash. The table is an open one with linear probing,
 * in the scratch arena: nearly every row of a load with relations is looked up here once
 * or twice, and against a uthash of its own node for each key that is a fifth of the whole
 * load. It holds pointers, so that little has to be cleared: what is found begins with its key.
 *
 * Fibonacci hashing: Knuth, The Art of Computer Programming 3, section 6.4.
 */
#ifndef TRIVET_SESSION_KEYMAP_H
#define TRIVET_SESSION_KEYMAP_H

#include <string.h>
#include <trivet/arena.h>
#include <trivet/model.h>

/* The columns that rows of a model go by. */
struct trv__by {
	const struct trv_model *model;
	const uint16_t *columns;
	size_t count;
	uint32_t offset, has_offset; /* of the one column's member */
	uint8_t width; /* one column of an integer of so many bytes: most keys are that; else 0 */
};

static inline struct trv__by trv__by(const struct trv_model *model, const uint16_t *columns, size_t count)
{
	const struct trv_column *column = &model->columns[columns[0]];
	size_t width = column->type == TRV_INT64 ? sizeof(int64_t) : column->type == TRV_INT32 ? sizeof(int32_t) : 0;

	return (struct trv__by) {
		model, columns, count, column->offset, column->has_offset, (uint8_t)(count == 1 ? width : 0)
	};
}

struct trv__key {
	uint64_t number; /* the key itself, or the hash of `bytes` */
	struct trv_bytes bytes; /* data NULL: the number is all of it */
};

/* A map's keys are all numbers or all bytes. */
struct trv__keymap {
	struct trv__key **slots; /* NULL: free */
	size_t mask; /* their number, less one */
	unsigned shift; /* from a hash to a slot */
	size_t count;
};

/*
 * The key of a row: 1, 0 where a part of it is null, TRV_ERR_NOMEM. Its bytes lie in
 * the row, in what the row points to, or in `scratch`.
 */
int trv__key_of_any(struct trv_arena *scratch, const struct trv__by *by, const void *row, struct trv__key *key);

/* Of columns with a width. False where it is null. */
static inline bool trv__key_number(const struct trv__by *by, const void *row, uint64_t *number)
{
	const char *member = (const char *)row + by->offset;
	int32_t half;

	if (by->has_offset && !*((const bool *)row + by->has_offset))
		return false;
	if (by->width == sizeof(*number)) {
		memcpy(number, member, sizeof(*number));
		return true;
	}
	memcpy(&half, member, sizeof(half));
	*number = (uint64_t)half;
	return true;
}

static inline int trv__key_of(struct trv_arena *scratch, const struct trv__by *by, const void *row,
                              struct trv__key *key)
{
	if (!by->width)
		return trv__key_of_any(scratch, by, row, key);
	key->bytes = (struct trv_bytes) { NULL, 0 };
	return trv__key_number(by, row, &key->number);
}

static inline bool trv__key_equals(const struct trv__key *a, const struct trv__key *b)
{
	if (a->number != b->number || a->bytes.size != b->bytes.size)
		return false;
	return !a->bytes.data || memcmp(a->bytes.data, b->bytes.data, a->bytes.size) == 0;
}

/* What was added with this key, or NULL. */
struct trv__key *trv__keymap_find_bytes(const struct trv__keymap *map, const struct trv__key *key);

static inline size_t trv__keymap_slot(const struct trv__keymap *map, uint64_t number)
{
	return number * UINT64_C(0x9E3779B97F4A7C15) >> map->shift;
}

static inline struct trv__key *trv__keymap_find_number(const struct trv__keymap *map, uint64_t number)
{
	struct trv__key *found = NULL;

	if (!map->count)
		return NULL;
	for (size_t i = trv__keymap_slot(map, number); (found = map->slots[i]) && found->number != number;)
		i = (i + 1) & map->mask;
	return found;
}

static inline struct trv__key *trv__keymap_find(const struct trv__keymap *map, const struct trv__key *key)
{
	return key->bytes.data ? trv__keymap_find_bytes(map, key) : trv__keymap_find_number(map, key->number);
}

/* Room for so many keys, where their number is known; before the first. TRV_ERR_NOMEM. */
int trv__keymap_reserve(struct trv__keymap *map, struct trv_arena *scratch, size_t count);

/* Adds what has a key that is not there; the key's bytes are copied. TRV_ERR_NOMEM. */
int trv__keymap_add_slowly(struct trv__keymap *map, struct trv_arena *scratch, struct trv__key *entry);

static inline void trv__keymap_put(struct trv__keymap *map, struct trv__key *entry)
{
	size_t i = trv__keymap_slot(map, entry->number);

	while (map->slots[i])
		i = (i + 1) & map->mask;
	map->slots[i] = entry;
}

/* At most half of the slots are taken. */
static inline int trv__keymap_add(struct trv__keymap *map, struct trv_arena *scratch, struct trv__key *entry)
{
	if (entry->bytes.data || !map->slots || map->count > map->mask / 2)
		return trv__keymap_add_slowly(map, scratch, entry);
	trv__keymap_put(map, entry);
	map->count++;
	return 0;
}

#endif
