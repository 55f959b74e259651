#include "raw.h"

#include <stdlib.h>

struct connection *main_connection;
const char *main_url;

static struct load *main_load(void)
{
	return (struct load *)(void *)main_connection;
}

void load_empty(struct load *load)
{
	arena_reset(&load->arena);
	load->items.count = load->persons.count = load->posts.count = load->comments.count = load->links.count = 0;
	load->tags.count = load->badges.count = load->visits.count = load->nodes.count = load->keys.count = 0;
}

void load_release(struct load *load)
{
	struct rows *rows[] = { &load->items, &load->persons, &load->posts,  &load->comments, &load->links,
		                &load->tags,  &load->badges,  &load->visits, &load->nodes,    &load->keys };

	for (size_t i = 0; i < BENCH_COUNT(rows); i++)
		free(rows[i]->items);
	free(load->ids.slots);
	free(load->other_ids.slots);
	arena_release(&load->arena);
}

/* Ids are small here: one bit for each says that it was seen. */
void load_tag_keys(struct load *load)
{
	const struct post_tag *links = (const struct post_tag *)(const void *)load->links.items;
	uint64_t seen[64] = { 0 };

	for (size_t i = 0; i < load->links.count; i++) {
		size_t id = (size_t)links[i].tag_id % (64 * BENCH_COUNT(seen));
		if (seen[id / 64] & UINT64_C(1) << id % 64)
			continue;
		seen[id / 64] |= UINT64_C(1) << id % 64;
		*(int64_t *)rows_add(&load->keys, sizeof(int64_t)) = links[i].tag_id;
	}
}

void load_hang(struct load *load, size_t roots)
{
	struct rows children = { load->nodes.items + roots * sizeof(struct node), load->nodes.count - roots, 0 };

	group(&load->arena, &load->ids, &load->nodes, sizeof(struct node), offsetof(struct node, children), &children,
	      sizeof(struct node), offsetof(struct node, parent_id));
}

/* --- one by one ------------------------------------------------------------------------------------------------- */

static int get_all(size_t times)
{
	int result = 0;

	for (size_t r = 0; r < times && result >= 0; r++)
		result = get_item(main_connection, bench_key(r), rows_add(&main_load()->items, sizeof(struct item)));
	return result;
}

int run_get(struct bench_run *run)
{
	begin_load(main_connection);
	bench_start(run);
	int result = get_all(run->times);
	bench_stop(run);
	run->checksum = sum_items(&main_load()->items);
	return result;
}

int run_get_tx(struct bench_run *run)
{
	begin_load(main_connection);
	bench_start(run);
	int result = begin_read(main_connection);
	if (result >= 0)
		result = get_all(run->times);
	if (result >= 0)
		result = commit(main_connection);
	bench_stop(run);
	run->checksum = sum_items(&main_load()->items);
	return result;
}

/* --- lists --------------------------------------------------------------------------------------------------------- */

/* Adds up the rows of each repetition; `load` leaves them in `rows`. */
#define REPEAT(run, rows, load)                                                                                        \
	do {                                                                                                           \
		int result_ = 0;                                                                                       \
		bench_start(run);                                                                                      \
		for (size_t r = 0; r < (run)->times && result_ >= 0; r++) {                                            \
			begin_load(main_connection);                                                                   \
			result_ = (load);                                                                              \
			(run)->checksum += BENCH_ROW * main_load()->rows.count;                                        \
		}                                                                                                      \
		bench_stop(run);                                                                                       \
		if (result_ < 0)                                                                                       \
			return result_;                                                                                \
	} while (0)

static int get_many(size_t r, size_t size)
{
	for (size_t j = 0; j < size; j++)
		*(int64_t *)rows_add(&main_load()->keys, sizeof(int64_t)) = bench_key(r * size + j);
	return get_items(main_connection);
}

int run_get_many(struct bench_run *run)
{
	REPEAT(run, items, get_many(r, run->size));
	run->checksum += sum_items(&main_load()->items);
	return 0;
}

int run_find(struct bench_run *run)
{
	REPEAT(run, items, find_items(main_connection, bench_low(r), bench_low(r) + (int64_t)run->size));
	run->checksum += sum_items(&main_load()->items);
	return 0;
}

/* What the rows of one find hold afterwards, without what was set aside for more. */
int run_memory(struct bench_run *run)
{
	begin_load(main_connection);
	if (find_items(main_connection, bench_low(0), bench_low(0) + (int64_t)run->size) < 0)
		return bench_failed;
	if (!arena_used(&main_load()->arena))
		return bench_refused; /* its strings are elsewhere */
	run->wall = 1000 * (arena_used(&main_load()->arena) + main_load()->items.count * sizeof(struct item));
	run->checksum = sum_items(&main_load()->items);
	return 0;
}

int run_filter(struct bench_run *run)
{
	REPEAT(run, items, filter_items(main_connection, (int32_t)(r % 100 + 10), (int64_t)run->size));
	const struct item *items = (const struct item *)(const void *)main_load()->items.items;
	for (size_t i = 0; i < main_load()->items.count; i++)
		run->checksum += BENCH_ITEM(&items[i]) * (i + 1);
	return 0;
}

int run_stream(struct bench_run *run)
{
	int result = 0;

	begin_load(main_connection);
	bench_start(run);
	for (size_t r = 0; r < run->times && result >= 0; r++)
		result = stream_items(main_connection, (int64_t)run->size, &run->checksum);
	bench_stop(run);
	return result;
}

int run_join(struct bench_run *run)
{
	REPEAT(run, posts, join_posts(main_connection, bench_low(r), bench_low(r) + (int64_t)run->size));
	run->checksum += sum_joined(&main_load()->posts);
	return 0;
}

/* --- children ------------------------------------------------------------------------------------------------ */

int run_children_joined(struct bench_run *run)
{
	REPEAT(run, persons, join_persons(main_connection, (int64_t)run->size));
	run->checksum += sum_persons(&main_load()->persons);
	return 0;
}

int run_children(struct bench_run *run)
{
	REPEAT(run, persons, find_children(main_connection, (int64_t)run->size));
	run->checksum += sum_persons(&main_load()->persons);
	return 0;
}

/* What one parent's load brings for its siblings is what all ask for here. */
int run_children_lazy(struct bench_run *run)
{
	return run_children(run);
}

int run_levels(struct bench_run *run)
{
	REPEAT(run, persons, find_levels(main_connection, (int64_t)run->size));
	run->checksum += sum_persons(&main_load()->persons);
	return 0;
}

int run_many_to_many(struct bench_run *run)
{
	REPEAT(run, posts, find_tagged(main_connection, (int64_t)run->size));
	run->checksum += sum_tagged(&main_load()->posts);
	return 0;
}

int run_siblings(struct bench_run *run)
{
	REPEAT(run, persons, find_siblings(main_connection, (int64_t)run->size));
	run->checksum += sum_siblings(&main_load()->persons);
	return 0;
}

/* --- trees: the list is that of the first level ---------------------------------------------------------------- */

static uint64_t sum_nodes(size_t times, size_t roots)
{
	const struct node *nodes = (const struct node *)(const void *)main_load()->nodes.items;
	uint64_t sum = BENCH_ROW * times * roots;

	for (size_t i = 0; i < roots; i++)
		sum += sum_node(&nodes[i]);
	return sum;
}

int run_tree(struct bench_run *run)
{
	REPEAT(run, nodes, find_tree(main_connection));
	run->checksum = sum_nodes(run->times, 1);
	return 0;
}

int run_nest(struct bench_run *run)
{
	REPEAT(run, nodes, find_nest(main_connection, run->size));
	run->checksum = sum_nodes(run->times, 4);
	return 0;
}
