#include "rows.h"

#include <stdio.h>
#include <stdlib.h>

#define CHUNK 65536

struct chunk {
	struct chunk *next;
	size_t size;
	char data[];
};

/* --- memory ----------------------------------------------------------------------------------- */

static void arena_enter(struct arena *arena, struct chunk *chunk)
{
	arena->current = chunk;
	arena->next = chunk->data;
	arena->end = chunk->data + chunk->size;
}

void *arena_grow(struct arena *arena, size_t size)
{
	struct chunk *next = arena->current ? arena->current->next : arena->first;

	if (!next || next->size < size) {
		size_t room = size > CHUNK - sizeof(struct chunk) ? size : CHUNK - sizeof(struct chunk);
		struct chunk *chunk = bench_allocate(sizeof(struct chunk) + room);
		*chunk = (struct chunk) { .next = next, .size = room };
		if (arena->current)
			arena->current->next = chunk;
		else
			arena->first = chunk;
		next = chunk;
	}
	arena_enter(arena, next);
	return arena_get(arena, size);
}

void arena_reset(struct arena *arena)
{
	arena->current = NULL;
	arena->next = arena->end = NULL;
	if (arena->first)
		arena_enter(arena, arena->first);
}

void arena_release(struct arena *arena)
{
	for (struct chunk *chunk = arena->first, *next; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	*arena = (struct arena) { .next = NULL };
}

size_t arena_used(const struct arena *arena)
{
	size_t used = 0;

	for (struct chunk *chunk = arena->first; chunk; chunk = chunk->next) {
		if (chunk == arena->current)
			return used + (size_t)(arena->next - chunk->data);
		used += chunk->size;
	}
	return used;
}

void rows_grow(struct rows *rows, size_t size)
{
	rows->room = rows->room ? rows->room * 2 : 64;
	rows->items = realloc(rows->items, rows->room * size);
	if (!rows->items)
		abort();
}

/* --- children ----------------------------------------------------------------------------------- */

void ids_fill(struct ids *ids, const struct rows *rows, size_t size)
{
	size_t room = 16;

	while (room < rows->count * 2)
		room *= 2;
	if (room > ids->room) {
		free(ids->slots);
		ids->slots = bench_allocate(room * sizeof(ids->slots[0]));
		ids->room = room;
	}
	ids->mask = room - 1;
	memset(ids->slots, 0, room * sizeof(ids->slots[0]));
	for (size_t i = 0; i < rows->count; i++) {
		char *row = rows->items + i * size;
		int64_t id = *(const int64_t *)(const void *)row;
		size_t at = (size_t)((uint64_t)id * 0x9E3779B97F4A7C15u >> 32) & ids->mask;
		while (ids->slots[at].row)
			at = (at + 1) & ids->mask;
		ids->slots[at] = (struct ids_slot) { .id = id, .row = row };
	}
}

static struct refs *refs_of(void *row, size_t member)
{
	return (struct refs *)(void *)((char *)row + member);
}

/* Every parent's places lie one behind the other; its count is set anew while they are filled. */
static void give_places(struct arena *arena, const struct rows *parents, size_t parent_size, size_t member,
                        size_t total)
{
	void **places = arena_get_aligned(arena, total * sizeof(void *));

	for (size_t i = 0; i < parents->count; i++) {
		struct refs *refs = refs_of(parents->items + i * parent_size, member);
		refs->items = places;
		places += refs->count;
		refs->count = 0;
	}
}

static void forget_children(const struct rows *parents, size_t parent_size, size_t member)
{
	for (size_t i = 0; i < parents->count; i++)
		refs_of(parents->items + i * parent_size, member)->count = 0;
}

void group(struct arena *arena, struct ids *ids, const struct rows *parents, size_t parent_size, size_t member,
           const struct rows *children, size_t child_size, size_t key)
{
	struct refs **owners = arena_get_aligned(arena, children->count * sizeof(struct refs *));

	ids_fill(ids, parents, parent_size);
	forget_children(parents, parent_size, member);
	for (size_t i = 0; i < children->count; i++) {
		const char *child = children->items + i * child_size;
		owners[i] = refs_of(ids_find(ids, *(const int64_t *)(const void *)(child + key)), member);
		owners[i]->count++;
	}
	give_places(arena, parents, parent_size, member, children->count);
	for (size_t i = 0; i < children->count; i++)
		owners[i]->items[owners[i]->count++] = children->items + i * child_size;
}

void group_links(struct arena *arena, struct ids *parents, struct ids *children, const struct rows *posts,
                 const struct rows *links)
{
	const struct post_tag *pairs = (const struct post_tag *)(const void *)links->items;

	ids_fill(parents, posts, sizeof(struct post));
	forget_children(posts, sizeof(struct post), offsetof(struct post, tags));
	for (size_t i = 0; i < links->count; i++)
		((struct post *)ids_find(parents, pairs[i].post_id))->tags.count++;
	give_places(arena, posts, sizeof(struct post), offsetof(struct post, tags), links->count);
	for (size_t i = 0; i < links->count; i++) {
		struct post *post = ids_find(parents, pairs[i].post_id);
		post->tags.items[post->tags.count++] = ids_find(children, pairs[i].tag_id);
	}
}

/* --- checksums ----------------------------------------------------------------------------------------- */

uint64_t sum_items(const struct rows *items)
{
	const struct item *rows = (const struct item *)(const void *)items->items;
	uint64_t sum = 0;

	for (size_t i = 0; i < items->count; i++)
		sum += BENCH_ITEM(&rows[i]);
	return sum;
}

static uint64_t sum_post(const struct post *post)
{
	uint64_t children = 0;

	for (size_t i = 0; i < post->comments.count; i++)
		children += BENCH_COMMENT((const struct comment *)post->comments.items[i]);
	return BENCH_POST(post) + BENCH_U(post->id) * children;
}

static uint64_t sum_posts(const struct refs *posts)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < posts->count; i++)
		sum += sum_post(posts->items[i]);
	return sum;
}

uint64_t sum_persons(const struct rows *persons)
{
	const struct person *rows = (const struct person *)(const void *)persons->items;
	uint64_t sum = 0;

	for (size_t i = 0; i < persons->count; i++)
		sum += BENCH_PERSON(&rows[i]) + BENCH_U(rows[i].id) * sum_posts(&rows[i].posts);
	return sum;
}

uint64_t sum_siblings(const struct rows *persons)
{
	const struct person *rows = (const struct person *)(const void *)persons->items;
	uint64_t sum = 0;

	for (size_t i = 0; i < persons->count; i++) {
		uint64_t children = sum_posts(&rows[i].posts);
		for (size_t k = 0; k < rows[i].badges.count; k++)
			children += 2 * BENCH_BADGE((const struct badge *)rows[i].badges.items[k]);
		for (size_t k = 0; k < rows[i].visits.count; k++)
			children += 3 * BENCH_VISIT((const struct visit *)rows[i].visits.items[k]);
		sum += BENCH_PERSON(&rows[i]) + BENCH_U(rows[i].id) * children;
	}
	return sum;
}

uint64_t sum_tagged(const struct rows *posts)
{
	const struct post *rows = (const struct post *)(const void *)posts->items;
	uint64_t sum = 0;

	for (size_t i = 0; i < posts->count; i++) {
		uint64_t children = 0;
		for (size_t k = 0; k < rows[i].tags.count; k++)
			children += BENCH_TAG((const struct tag *)rows[i].tags.items[k]);
		sum += BENCH_POST(&rows[i]) + BENCH_U(rows[i].id) * children;
	}
	return sum;
}

uint64_t sum_joined(const struct rows *posts)
{
	const struct post *rows = (const struct post *)(const void *)posts->items;
	uint64_t sum = 0;

	for (size_t i = 0; i < posts->count; i++)
		sum += BENCH_POST(&rows[i]) + BENCH_U(rows[i].id) * BENCH_PERSON(rows[i].person);
	return sum;
}

uint64_t sum_node(const struct node *node)
{
	uint64_t children = 0;

	for (size_t i = 0; i < node->children.count; i++)
		children += sum_node(node->children.items[i]);
	return BENCH_NODE(node) + BENCH_U(node->id) * children;
}

/* --- what is written ------------------------------------------------------------------------------- */

#define TEXT 24

static char *numbered(char **place, const char *word, size_t number)
{
	char *text = *place;

	*place += snprintf(text, TEXT, "%s %zu", word, number) + 1;
	return text;
}

struct item *make_items(size_t first, size_t count)
{
	struct item *items = bench_allocate(count * (sizeof(struct item) + (size_t)2 * TEXT));
	char *text = (char *)&items[count];

	for (size_t k = 0; k < count; k++) {
		size_t i = first + k;
		items[k] = (struct item) {
			.id = (int64_t)i,
			.a = (int32_t)(i / 100),
			.b = (int64_t)(i * 7919 % 1000003),
			.c = (double)(i % 1000) / 2,
			.name = numbered(&text, "item", i),
			.note = i % 3 ? numbered(&text, "note", i % 1000) : NULL,
			.flag = i % 2 == 1,
			.at = (int64_t)(UINT64_C(1600000000000000) + i * 1000001),
		};
	}
	return items;
}

struct item *make_changed(size_t count)
{
	struct item *items = bench_allocate(count * (sizeof(struct item) + (size_t)TEXT));
	char *text = (char *)&items[count];

	for (size_t k = 0; k < count; k++)
		items[k] = (struct item) {
			.id = (int64_t)k + 1,
			.a = (int32_t)(2 * (k + 1)),
			.c = (double)(k + 1) / 2,
			.name = numbered(&text, "changed", k + 1),
		};
	return items;
}
