/*
 * What the hand-written sides have: structs for the rows, memory for their strings, and
 * children grouped under their parents.
 */
#ifndef TRIVET_TESTS_BENCH_ROWS_H
#define TRIVET_TESTS_BENCH_ROWS_H

#include "side.h"

struct refs {
	void **items;
	size_t count;
};

struct item {
	int64_t id;
	int32_t a;
	bool flag;
	int64_t b;
	double c;
	const char *name, *note;
	int64_t at;
};

struct person {
	int64_t id;
	const char *name, *email;
	int16_t age;
	int64_t created;
	struct refs posts, badges, visits;
};

struct post {
	int64_t id, person_id;
	const char *title, *body;
	int32_t score;
	int64_t created;
	struct refs comments, tags;
	struct person *person;
};

struct comment {
	int64_t id, post_id;
	const char *body;
	int32_t score;
};

struct tag {
	int64_t id;
	const char *name;
};

struct post_tag {
	int64_t post_id, tag_id;
};

struct badge {
	int64_t id, person_id;
	const char *name;
	int16_t level;
};

struct visit {
	int64_t id, person_id;
	const char *place;
	int64_t at;
};

struct node {
	int64_t id, parent_id;
	bool has_parent_id;
	const char *name;
	int32_t weight;
	struct refs children;
};

/* --- memory ----------------------------------------------------------------------------------- */

/*
 * Chunks of 64 KiB that are kept for the next repetition: what is in the cache stays
 * there, and nothing is faulted in anew.
 */
struct arena {
	char *next, *end;
	struct chunk *first, *current;
};

void *arena_grow(struct arena *arena, size_t size);
void arena_reset(struct arena *arena);
void arena_release(struct arena *arena);
size_t arena_used(const struct arena *arena);

static inline void *arena_get(struct arena *arena, size_t size)
{
	char *memory = arena->next;

	if (size > (size_t)(arena->end - memory))
		return arena_grow(arena, size);
	arena->next += size;
	return memory;
}

static inline void *arena_get_aligned(struct arena *arena, size_t size)
{
	size_t skip = (size_t)(-(uintptr_t)arena->next & 7u);

	if (size + skip > (size_t)(arena->end - arena->next))
		return arena_grow(arena, size);
	arena->next += skip;
	return arena_get(arena, size);
}

static inline const char *arena_text(struct arena *arena, const void *text, size_t length)
{
	char *copy = arena_get(arena, length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

/* Rows of one type, one behind the other; the place is kept for the next repetition. */
struct rows {
	char *items;
	size_t count, room;
};

void rows_grow(struct rows *rows, size_t size);

static inline void *rows_add(struct rows *rows, size_t size)
{
	if (rows->count == rows->room)
		rows_grow(rows, size);
	return rows->items + size * rows->count++;
}

/* --- children ----------------------------------------------------------------------------------- */

/* From ids to rows: open addressing, at most half full. */
struct ids {
	struct ids_slot {
		int64_t id;
		void *row;
	} * slots;
	size_t mask, room;
};

/* The rows have their id first. */
void ids_fill(struct ids *ids, const struct rows *rows, size_t size);

static inline void *ids_find(const struct ids *ids, int64_t id)
{
	size_t i = (size_t)((uint64_t)id * 0x9E3779B97F4A7C15u >> 32) & ids->mask;

	while (ids->slots[i].id != id)
		i = (i + 1) & ids->mask;
	return ids->slots[i].row;
}

/*
 * Gives each parent the children whose key (at `key`) is its id. `member` is where in the
 * parent its refs are. Every child has a parent among these.
 */
void group(struct arena *arena, struct ids *ids, const struct rows *parents, size_t parent_size, size_t member,
           const struct rows *children, size_t child_size, size_t key);

/* The values of `rows`, with a child for each of `links`, as pairs of the parent's id and the child's. */
void group_links(struct arena *arena, struct ids *parents, struct ids *children, const struct rows *posts,
                 const struct rows *links);

/* --- checksums: S ------------------------------------------------------------------------------------ */

uint64_t sum_items(const struct rows *items);
uint64_t sum_persons(const struct rows *persons); /* with posts, and their comments */
uint64_t sum_siblings(const struct rows *persons);
uint64_t sum_tagged(const struct rows *posts);
uint64_t sum_joined(const struct rows *posts);
uint64_t sum_node(const struct node *node);

/* --- what is written ------------------------------------------------------------------------------- */

/* `count` items from number `first` on, with strings, as item and entry have them; freed by the caller, at once. */
struct item *make_items(size_t first, size_t count);
struct item *make_changed(size_t count); /* for the workload update */

#endif
