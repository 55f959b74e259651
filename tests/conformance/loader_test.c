/*
 * Relations by each loader: what is loaded equals what belongs together by the rows
 * themselves, and costs the same number of statements on every engine.
 */
#include "library.h"

#include <stdlib.h>

enum variation {
	PLAIN,
	FILTERED, /* the targets with an id above the middle */
	DESCENDING, /* by their ids */
	LIMITED, /* the two of each parent with the largest ids */
};

struct load {
	const struct trv_model *model;
	uint16_t relation;
	enum trv_how how;
	enum variation variation;
};

union query_space {
	struct trv_query view;
	struct author_query author;
	struct book_query book;
	struct genre_query genre;
	struct node_query node;
};

static int64_t id_of(const void *row, const struct trv_model *model)
{
	return *(const int64_t *)(const void *)((const char *)row + model->columns[0].offset);
}

/* The id in the middle of a model's rows. */
static int64_t middle_id(const struct library *library, const struct trv_model *model)
{
	size_t count;
	const char *rows = library_rows(library, model, &count);

	return id_of(rows + count / 2 * model->row_size, model);
}

static void vary(struct trv_query *query, const struct load *load, int64_t middle)
{
	query->how = load->how;
	if (load->variation == FILTERED)
		query->where[0] = trv_expr_int(0, TRV_GT, middle);
	if (load->variation == DESCENDING || load->variation == LIMITED)
		query->order_by[0] = trv_order_by(0, TRV_DESC);
	if (load->variation == LIMITED)
		query->limit = 2;
}

static struct ids expected_ids(const struct library *library, const struct load *load, const void *row, int64_t middle)
{
	struct ids all = library_related(library, load->model, &load->model->relations[load->relation], row);
	struct ids ids = { .count = 0 };
	bool down = load->variation == DESCENDING || load->variation == LIMITED;

	for (size_t i = 0; i < all.count; i++) {
		int64_t id = all.items[down ? all.count - 1 - i : i];

		if (load->variation == FILTERED && id <= middle)
			continue;
		if (load->variation == LIMITED && ids.count == 2)
			break;
		ids.items[ids.count++] = id;
	}
	return ids;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* What was loaded; sorted where no order was asked for. */
static struct ids loaded_ids(const struct load *load, const char *row)
{
	const struct trv_relation *relation = &load->model->relations[load->relation];
	const void *member = *(void *const *)(const void *)(row + relation->offset);
	struct ids ids = { .count = 0 };

	if (member && relation->kind == TRV_TO_ONE) {
		ids.items[ids.count++] = id_of(member, relation->target);
	} else if (member) {
		const struct trv_refs *refs = member;

		REQUIRE(refs->count <= MOST);
		for (size_t i = 0; i < refs->count; i++)
			ids.items[ids.count++] = id_of(refs->items[i], relation->target);
	}
	if (load->variation == PLAIN || load->variation == FILTERED)
		qsort(ids.items, ids.count, sizeof(ids.items[0]), compare_ids);
	return ids;
}

/*
 * Statements of a find of the parents and this relation. Through a join model: the links and then
 * the distinct targets, or both together where the targets' order counts; never joined to the parents.
 */
static unsigned cost(const struct load *load)
{
	const struct trv_relation *relation = &load->model->relations[load->relation];

	bool ordered = load->variation == DESCENDING || load->variation == LIMITED;

	if (load->how == TRV_JOINED && relation->kind == TRV_TO_ONE)
		return 1;
	if (load->how == TRV_JOINED && relation->kind == TRV_TO_MANY && load->variation != LIMITED)
		return 1;
	return relation->kind == TRV_MANY_TO_MANY && !ordered && load->how != TRV_SUBQUERY ? 3 : 2;
}

static void loads(const void *argument)
{
	const struct load *load = argument;
	const struct trv_relation *relation = &load->model->relations[load->relation];
	union query_space query = { .view = { .columns = 0 } }, target = { .view = { .columns = 0 } };
	struct library library;
	struct trv_list list;
	struct world w;

	library_open(&w, &library);
	int64_t middle = middle_id(&library, relation->target);
	vary(&target.view, load, middle);
	query.view.order_by[0] = trv_order_by(0, TRV_ASC);
	*(const void **)(void *)((char *)&query + relation->query_offset) = &target;
	uint64_t before = sent(w.s);
	OK(&w, trv__find(w.s, load->model, &list, &query));
	if (load->how == TRV_LAZY) {
		CHECK_INT(sent(w.s) - before, 1);
		OK(&w, trv__load(w.s, load->model, list.items, load->relation));
	}
	CHECK_INT(sent(w.s) - before, cost(load));
	size_t count;
	const char *rows = library_rows(&library, load->model, &count);
	REQUIRE(CHECK_INT(list.count, count));
	for (size_t i = 0; i < count; i++) {
		struct ids expected = expected_ids(&library, load, rows + i * load->model->row_size, middle);
		struct ids actual = loaded_ids(load, (const char *)list.items + i * load->model->row_size);

		if (CHECK_INT(actual.count, expected.count))
			CHECK_BYTES(actual.items, expected.items, actual.count * sizeof(actual.items[0]));
	}
	CHECK_INT(sent(w.s) - before, cost(load));
	world_close(&w);
}

static const char *const how_names[] = {
	[TRV_JOINED] = "joined", [TRV_SELECTIN] = "by selectin", [TRV_SUBQUERY] = "by subquery", [TRV_LAZY] = "later"
};
static const char *const variation_names[] = { [PLAIN] = "",
	                                       [FILTERED] = ", filtered",
	                                       [DESCENDING] = ", in an order of its own",
	                                       [LIMITED] = ", two for each row" };

static void add(const struct load *load)
{
	struct load *copy = malloc(sizeof(*copy));
	char sentence[160];

	snprintf(sentence, sizeof(sentence), "%s.%s is loaded %s%s", load->model->name,
	         load->model->relations[load->relation].name, how_names[load->how], variation_names[load->variation]);
	char *name = strdup(sentence);
	if (!copy || !name)
		abort();
	*copy = *load;
	test_register_row("loaders", name, loads, copy);
}

static void add_relation(const struct trv_model *model, uint16_t relation)
{
	bool one = model->relations[relation].kind == TRV_TO_ONE;

	for (enum trv_how how = TRV_JOINED; how <= TRV_LAZY; how++)
		for (enum variation variation = PLAIN; variation <= LIMITED; variation++) {
			bool skipped = (one && variation > FILTERED) || (how == TRV_LAZY && variation != PLAIN);

			if (!skipped)
				add(&(struct load) { model, relation, how, variation });
		}
}

__attribute__((constructor)) static void add_loads(void)
{
	const struct trv_model *const models[] = { &author_model, &book_model, &genre_model, &node_model };

	for (size_t i = 0; i < TRV_COUNT_OF(models); i++)
		for (uint16_t relation = 0; relation < models[i]->relation_count; relation++)
			add_relation(models[i], relation);
}

/* --- more than one relation --------------------------------------------------------------------------- */

static void check_same_rows(const struct book_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t k = 0; k < i; k++)
			if (list->items[i].author_id == list->items[k].author_id)
				CHECK(list->items[i].author == list->items[k].author);
}

TEST(loaders, the_same_row_is_one_struct_within_a_load)
{
	static const enum trv_how hows[] = { TRV_JOINED, TRV_SELECTIN, TRV_SUBQUERY };
	struct library library;
	struct book_list list;
	struct world w;

	library_open(&w, &library);
	for (size_t i = 0; i < TRV_COUNT_OF(hows); i++) {
		OK(&w,
		   book_find(w.s, &list, &(struct book_query) { .author = &(struct author_query) { .how = hows[i] } }));
		REQUIRE(list.count == BOOKS);
		check_same_rows(&list);
	}
	world_close(&w);
}

TEST(loaders, a_tree_of_queries_costs_one_statement_for_each_relation)
{
	struct library library;
	struct author_list list;
	size_t books = 0, genres = 0;
	struct world w;

	library_open(&w, &library);
	uint64_t before = sent(w.s);
	const struct author_query query = {
		.order_by = { author_by_id(TRV_ASC) },
		.mentor = &(struct author_query) { .how = TRV_AUTO_LOAD },
		.books =
			&(struct book_query) {
				.order_by = { book_by_year(TRV_DESC), book_by_id(TRV_ASC) },
				.editor = &(struct author_query) { .how = TRV_AUTO_LOAD },
				.genres = &(struct genre_query) { .order_by = { genre_by_name(TRV_ASC) } },
			},
	};
	OK(&w, author_find(w.s, &list, &query));
	CHECK_INT(sent(w.s) - before, 3); /* authors with mentors, books with editors, genres with links */
	for (size_t i = 0; i < list.count; i++)
		for (size_t k = 0; k < list.items[i].books->count; k++) {
			const struct book *book = list.items[i].books->items[k];

			books++;
			genres += book->genres->count;
			CHECK_INT(book->author_id, list.items[i].id);
			CHECK(book->has_editor_id == (book->editor != NULL));
			if (k)
				CHECK(list.items[i].books->items[k - 1]->year >= book->year);
		}
	CHECK_INT(books, BOOKS);
	CHECK_INT(genres, library.link_count);
	world_close(&w);
}

TEST(loaders, a_limit_limits_parents_when_a_collection_is_joined)
{
	struct library library;
	struct author_list list;
	struct world w;

	library_open(&w, &library);
	OK(&w, author_find(w.s, &list,
	                   &(struct author_query) { .order_by = { author_by_id(TRV_ASC) },
	                                            .limit = 3,
	                                            .offset = 1,
	                                            .books = &(struct book_query) { .how = TRV_JOINED } }));
	REQUIRE(CHECK_INT(list.count, 3));
	for (size_t i = 0; i < 3; i++) {
		struct ids expected =
			library_related(&library, &author_model, &author_model.relations[1], &library.authors[i + 1]);

		CHECK_INT(list.items[i].id, library.authors[i + 1].id);
		CHECK_INT(list.items[i].books->count, expected.count);
	}
	world_close(&w);
}

static size_t count_tree(const struct node *node)
{
	size_t count = 1;

	for (size_t i = 0; node->children && i < node->children->count; i++)
		count += count_tree(node->children->items[i]);
	return count;
}

TEST(loaders, a_tree_is_loaded_whole)
{
	struct library library;
	struct node_list list;
	struct world w;

	library_open(&w, &library);
	OK(&w, node_find(w.s, &list,
	                 &(struct node_query) { .where = { node_parent_id_is_null() },
	                                        .order_by = { node_by_id(TRV_ASC) },
	                                        .children = &(struct node_query) { .depth = TRV_WHOLE } }));
	REQUIRE(CHECK_INT(list.count, 3));
	CHECK_INT(count_tree(&list.items[0]), 7);
	CHECK_INT(count_tree(&list.items[1]), 4);
	CHECK_INT(count_tree(&list.items[2]), 1);
	world_close(&w);
}

TEST(loaders, a_tree_is_loaded_to_a_depth)
{
	struct library library;
	struct node_list list;
	struct world w;

	library_open(&w, &library);
	OK(&w, node_find(w.s, &list,
	                 &(struct node_query) { .where = { node_name(TRV_EQ, "a") },
	                                        .children = &(struct node_query) { .depth = 2 } }));
	REQUIRE(CHECK_INT(list.count, 1));
	CHECK_INT(count_tree(&list.items[0]), 5);
	world_close(&w);
}

TEST(loaders, the_line_of_parents_is_loaded_to_the_root)
{
	struct library library;
	struct node node;
	struct world w;
	int depth = 0;

	library_open(&w, &library);
	OK(&w, node_one(w.s, &node,
	                &(struct node_query) { .where = { node_name(TRV_EQ, "g") },
	                                       .parent = &(struct node_query) { .depth = TRV_WHOLE } }));
	for (const struct node *at = &node; at; at = at->parent)
		depth++;
	CHECK_INT(depth, 5); /* g, f, d, b, a */
	world_close(&w);
}

TEST(loaders, a_graph_with_cycles_is_loaded_whole_and_ends)
{
	struct library library;
	struct node node;
	struct world w;

	library_open(&w, &library);
	OK(&w, node_one(w.s, &node,
	                &(struct node_query) { .where = { node_name(TRV_EQ, "a") },
	                                       .next = &(struct node_query) { .depth = TRV_WHOLE,
	                                                                      .order_by = { node_by_id(TRV_ASC) } } }));
	REQUIRE(CHECK_INT(node.next->count, 3)); /* b, h, j */
	const struct node *b = node.next->items[0];
	REQUIRE(b->next && CHECK_INT(b->next->count, 1));
	const struct node *c = b->next->items[0];
	REQUIRE(c->next && CHECK_INT(c->next->count, 2)); /* a again, d */
	const struct node *a = c->next->items[0], *d = c->next->items[1];
	CHECK_INT(a->id, node.id);
	REQUIRE(a->next && CHECK_INT(a->next->count, 3));
	CHECK(a->next->items[0] == b);
	REQUIRE(d->next && CHECK_INT(d->next->count, 1));
	CHECK(d->next->items[0] == d);
	world_close(&w);
}

TEST(loaders, what_is_raised_is_an_error_and_sends_nothing)
{
	struct library library;
	struct author_list list;
	struct world w;

	library_open(&w, &library);
	OK(&w, author_find(w.s, &list, &(struct author_query) { .books = &(struct book_query) { .how = TRV_RAISE } }));
	uint64_t before = sent(w.s);
	CHECK_STATUS(author_books(w.s, &list.items[0]), TRV_ERR_NOT_LOADED);
	CHECK_CONTAINS(trv_error(w.s)->message, "author.books");
	CHECK_INT(sent(w.s), before);
	world_close(&w);
}

TEST(loaders, keys_of_two_columns_load_their_rows)
{
	struct stock stocks[] = { { .shop = "a", .item = 1 }, { .shop = "a", .item = 2 }, { .shop = "b", .item = 1 } };
	struct stock_part parts[] = { { .stock_shop = "a", .stock_item = 1, .name = "x" },
		                      { .stock_shop = "b", .stock_item = 1, .name = "y" },
		                      { .stock_shop = "a", .stock_item = 1, .name = "z" } };
	static const size_t counts[] = { 2, 0, 1 };
	static const enum trv_how hows[] = { TRV_JOINED, TRV_SELECTIN, TRV_SUBQUERY };
	struct stock_list list;
	struct world w;

	world_open(&w);
	OK(&w, stock_insert_many(w.s, stocks, 3));
	OK(&w, stock_part_insert_many(w.s, parts, 3));
	for (size_t how = 0; how < TRV_COUNT_OF(hows); how++) {
		OK(&w, stock_find(w.s, &list,
		                  &(struct stock_query) {
					  .order_by = { stock_by_shop(TRV_ASC), stock_by_item(TRV_ASC) },
					  .parts = &(struct stock_part_query) { .how = hows[how] },
				  }));
		REQUIRE(list.count == 3);
		for (size_t i = 0; i < 3; i++)
			CHECK_INT(list.items[i].parts->count, counts[i]);
	}
	world_close(&w);
}

TEST(loaders, ten_thousand_parents_load_their_children)
{
	enum {
		MANY = 10000
	};
	struct author author = { .name = "Ann" };
	struct author_list list;
	struct world w;

	world_open(&w);
	struct author *authors = trv_arena_zero(trv_session_arena(w.s), MANY, sizeof(*authors));
	struct book *books = trv_arena_zero(trv_session_arena(w.s), MANY, sizeof(*books));
	REQUIRE(authors && books);
	for (size_t i = 0; i < MANY; i++)
		authors[i] = author;
	OK(&w, author_insert_many(w.s, authors, MANY));
	for (size_t i = 0; i < MANY; i++)
		books[i] = (struct book) { .author_id = authors[i].id, .title = "t", .year = (int16_t)i };
	OK(&w, book_insert_many(w.s, books, MANY));
	OK(&w, author_find(w.s, &list,
	                   &(struct author_query) { .order_by = { author_by_id(TRV_ASC) },
	                                            .books = &(struct book_query) { .how = TRV_SELECTIN } }));
	REQUIRE(list.count == MANY);
	size_t right = 0;
	for (size_t i = 0; i < MANY; i++)
		right += list.items[i].books->count == 1 && list.items[i].books->items[0]->year == (int16_t)i;
	CHECK_INT(right, MANY);
	world_close(&w);
}
