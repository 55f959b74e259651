#include "trivet.h"

#include <stdlib.h>

/*
 * Repeats `load`, which leaves its rows in `list`; each repetition begins with the memory
 * of the one before, the last one's rows stay until the checksum is made.
 */
#define REPEAT(run, list, load)                                                                                        \
	do {                                                                                                           \
		int result_ = 0;                                                                                       \
		trv_rewind(main_session, start);                                                                       \
		bench_start(run);                                                                                      \
		for (size_t r = 0; r < (run)->times && result_ >= 0; r++) {                                            \
			trv_rewind(main_session, start);                                                               \
			result_ = (load);                                                                              \
			(run)->checksum += BENCH_ROW * (list).count;                                                   \
		}                                                                                                      \
		bench_stop(run);                                                                                       \
		if (result_ < 0)                                                                                       \
			return failed(main_session);                                                                   \
	} while (0)

/* --- items ------------------------------------------------------------------------------------------------------ */

static uint64_t sum_items(const struct item *items, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += BENCH_ITEM(&items[i]);
	return sum;
}

static int get_items(struct item *items, size_t times)
{
	int result = 0;

	for (size_t r = 0; r < times && result >= 0; r++)
		result = item_get(main_session, &items[r], bench_key(r));
	return result;
}

int run_get(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct item *items = bench_allocate(run->times * sizeof(struct item));

	bench_start(run);
	int result = get_items(items, run->times);
	bench_stop(run);
	if (result >= 0)
		run->checksum = sum_items(items, run->times);
	free(items);
	trv_rewind(main_session, start);
	return result < 0 ? failed(main_session) : 0;
}

int run_get_tx(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct item *items = bench_allocate(run->times * sizeof(struct item));

	bench_start(run);
	int result = trv_begin(main_session, &(struct trv_transaction_options) { .read_only = true });
	if (result >= 0)
		result = get_items(items, run->times);
	if (result >= 0)
		result = trv_commit(main_session);
	bench_stop(run);
	if (result >= 0)
		run->checksum = sum_items(items, run->times);
	free(items);
	trv_rewind(main_session, start);
	return result < 0 ? failed(main_session) : 0;
}

static int get_many(struct item_list *list, int64_t *keys, size_t r, size_t size)
{
	for (size_t j = 0; j < size; j++)
		keys[j] = bench_key(r * size + j);
	return item_get_many(main_session, list, keys, size);
}

int run_get_many(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct item_list list = { 0 };
	int64_t keys[1000];

	if (run->size > BENCH_COUNT(keys))
		return bench_fail("too many keys");
	REPEAT(run, list, get_many(&list, keys, r, run->size));
	run->checksum += sum_items(list.items, list.count);
	trv_rewind(main_session, start);
	return 0;
}

static int find_items(struct item_list *list, int64_t low, size_t size)
{
	return item_find(main_session, list,
	                 &(struct item_query) {
				 .where = { item_id(TRV_GE, low), item_id(TRV_LT, low + (int64_t)size) },
			 });
}

int run_find(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct item_list list = { 0 };

	REPEAT(run, list, find_items(&list, bench_low(r), run->size));
	run->checksum += sum_items(list.items, list.count);
	trv_rewind(main_session, start);
	return 0;
}

/* What the rows of one find take from the session's arena. */
int run_memory(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct item_list list = { 0 };
	size_t before = trv_session_arena(main_session)->used;

	if (find_items(&list, bench_low(0), run->size) < 0)
		return failed(main_session);
	run->wall = 1000 * (trv_session_arena(main_session)->used - before);
	run->checksum = sum_items(list.items, list.count);
	trv_rewind(main_session, start);
	return 0;
}

static int filter_items(struct item_list *list, size_t r, size_t size)
{
	return item_find(main_session, list,
	                 &(struct item_query) {
				 .where = { item_a(TRV_EQ, (int32_t)(r % 100 + 10)), item_flag(TRV_EQ, true),
	                                    item_c(TRV_GE, 10) },
				 .order_by = { item_by_b(TRV_DESC), item_by_id(TRV_ASC) },
				 .limit = size,
			 });
}

int run_filter(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct item_list list = { 0 };

	REPEAT(run, list, filter_items(&list, r, run->size));
	for (size_t i = 0; i < list.count; i++)
		run->checksum += BENCH_ITEM(&list.items[i]) * (i + 1);
	trv_rewind(main_session, start);
	return 0;
}

int run_stream(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	int result = 0;

	bench_start(run);
	for (size_t r = 0; r < run->times && result >= 0; r++) {
		struct trv_stream stream = { 0 };
		const struct item *item;
		struct item_query query = { .where = { item_id(TRV_LE, (int64_t)run->size) } };
		while ((result = item_each(main_session, &stream, &item, &query)) > 0)
			run->checksum += BENCH_U(item->id) + strlen(item->name);
	}
	bench_stop(run);
	trv_rewind(main_session, start);
	return result < 0 ? failed(main_session) : 0;
}

/* --- to-one --------------------------------------------------------------------------------------------------- */

static int join_posts(struct post_list *list, int64_t low, size_t size)
{
	return post_find(main_session, list,
	                 &(struct post_query) {
				 .where = { post_id(TRV_GE, low), post_id(TRV_LT, low + (int64_t)size) },
				 .person = &(struct person_query) { 0 },
			 });
}

int run_join(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct post_list list = { 0 };

	REPEAT(run, list, join_posts(&list, bench_low(r), run->size));
	for (size_t i = 0; i < list.count; i++)
		run->checksum +=
			BENCH_POST(&list.items[i]) + BENCH_U(list.items[i].id) * BENCH_PERSON(list.items[i].person);
	trv_rewind(main_session, start);
	return 0;
}

/* --- to-many ---------------------------------------------------------------------------------------------------- */

static uint64_t sum_posts(const struct post_refs *posts, bool comments)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < posts->count; i++) {
		const struct post *post = posts->items[i];
		uint64_t children = 0;
		for (size_t k = 0; comments && k < post->comments->count; k++)
			children += BENCH_COMMENT(post->comments->items[k]);
		sum += BENCH_POST(post) + BENCH_U(post->id) * children;
	}
	return sum;
}

static uint64_t sum_persons(const struct person_list *persons, bool comments)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < persons->count; i++)
		sum += BENCH_PERSON(&persons->items[i]) +
		       BENCH_U(persons->items[i].id) * sum_posts(persons->items[i].posts, comments);
	return sum;
}

static int find_children(struct person_list *list, size_t last, enum trv_how how)
{
	return person_find(main_session, list,
	                   &(struct person_query) {
				   .where = { person_id(TRV_LE, (int64_t)last) },
				   .posts = &(struct post_query) { .how = how },
			   });
}

static int find_selectin(struct person_list *list, size_t last)
{
	return find_children(list, last, TRV_SELECTIN);
}

static int find_joined(struct person_list *list, size_t last)
{
	return find_children(list, last, TRV_JOINED);
}

static int find_and_ask(struct person_list *list, size_t last)
{
	int result = find_children(list, last, TRV_LAZY);

	for (size_t i = 0; i < list->count && result >= 0; i++)
		result = person_posts(main_session, &list->items[i]);
	return result;
}

static int find_levels(struct person_list *list, size_t last)
{
	return person_find(main_session, list,
	                   &(struct person_query) {
				   .where = { person_id(TRV_LE, (int64_t)last) },
				   .posts = &(struct post_query) { .comments = &(struct comment_query) { 0 } },
			   });
}

static int run_persons(struct bench_run *run, int (*find)(struct person_list *list, size_t last), bool comments)
{
	struct trv_mark start = trv_mark(main_session);
	struct person_list list = { 0 };

	REPEAT(run, list, find(&list, run->size));
	run->checksum += sum_persons(&list, comments);
	trv_rewind(main_session, start);
	return 0;
}

int run_children(struct bench_run *run)
{
	return run_persons(run, find_selectin, false);
}

int run_children_joined(struct bench_run *run)
{
	return run_persons(run, find_joined, false);
}

int run_children_lazy(struct bench_run *run)
{
	return run_persons(run, find_and_ask, false);
}

int run_levels(struct bench_run *run)
{
	return run_persons(run, find_levels, true);
}

static int find_tagged(struct post_list *list, size_t last)
{
	return post_find(main_session, list,
	                 &(struct post_query) {
				 .where = { post_id(TRV_LE, (int64_t)last) },
				 .tags = &(struct tag_query) { 0 },
			 });
}

int run_many_to_many(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct post_list list = { 0 };

	REPEAT(run, list, find_tagged(&list, run->size));
	for (size_t i = 0; i < list.count; i++) {
		const struct post *post = &list.items[i];
		uint64_t children = 0;
		for (size_t k = 0; k < post->tags->count; k++)
			children += BENCH_TAG(post->tags->items[k]);
		run->checksum += BENCH_POST(post) + BENCH_U(post->id) * children;
	}
	trv_rewind(main_session, start);
	return 0;
}

static int find_siblings(struct person_list *list, size_t last)
{
	return person_find(main_session, list,
	                   &(struct person_query) {
				   .where = { person_id(TRV_LE, (int64_t)last) },
				   .posts = &(struct post_query) { 0 },
				   .badges = &(struct badge_query) { 0 },
				   .visits = &(struct visit_query) { 0 },
			   });
}

int run_siblings(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct person_list list = { 0 };

	REPEAT(run, list, find_siblings(&list, run->size));
	for (size_t i = 0; i < list.count; i++) {
		const struct person *person = &list.items[i];
		uint64_t children = sum_posts(person->posts, false);
		for (size_t k = 0; k < person->badges->count; k++)
			children += 2 * BENCH_BADGE(person->badges->items[k]);
		for (size_t k = 0; k < person->visits->count; k++)
			children += 3 * BENCH_VISIT(person->visits->items[k]);
		run->checksum += BENCH_PERSON(person) + BENCH_U(person->id) * children;
	}
	trv_rewind(main_session, start);
	return 0;
}

/* --- trees ------------------------------------------------------------------------------------------------------- */

static uint64_t sum_node(const struct node *node)
{
	uint64_t children = 0;

	for (size_t i = 0; node->children && i < node->children->count; i++)
		children += sum_node(node->children->items[i]);
	return BENCH_NODE(node) + BENCH_U(node->id) * children;
}

static uint64_t sum_nodes(const struct node_list *nodes)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < nodes->count; i++)
		sum += sum_node(&nodes->items[i]);
	return sum;
}

static int find_tree(struct node_list *list)
{
	return node_find(main_session, list,
	                 &(struct node_query) {
				 .where = { node_id(TRV_EQ, 1) },
				 .children = &(struct node_query) { .depth = TRV_WHOLE },
			 });
}

int run_tree(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct node_list list = { 0 };

	REPEAT(run, list, find_tree(&list));
	run->checksum += sum_nodes(&list);
	trv_rewind(main_session, start);
	return 0;
}

int run_nest(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct node_list list = { 0 };
	struct node_query levels[8] = { { .where = { node_id(TRV_GE, 2), node_id(TRV_LE, 5) } } };

	if (run->size >= BENCH_COUNT(levels))
		return bench_fail("too deep");
	for (size_t i = 0; i < run->size; i++)
		levels[i].children = &levels[i + 1];
	REPEAT(run, list, node_find(main_session, &list, levels));
	run->checksum += sum_nodes(&list);
	trv_rewind(main_session, start);
	return 0;
}
