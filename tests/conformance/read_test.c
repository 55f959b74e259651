/* Reads: predicates, order, pages, streams, aggregates, explain, raw SQL. */
#include "library.h"

#include <stdlib.h>

/* --- predicates: each row is a case ---------------------------------------------------------------- */

static bool is_in_1995(const struct library *library, const struct book *book)
{
	(void)library;
	return book->year == 1995;
}

static bool is_not_in_1995(const struct library *library, const struct book *book)
{
	(void)library;
	return book->year != 1995;
}

static bool is_before_1995(const struct library *library, const struct book *book)
{
	(void)library;
	return book->year < 1995;
}

static bool is_rated(const struct library *library, const struct book *book)
{
	(void)library;
	return book->has_rating;
}

static bool is_rated_above_2(const struct library *library, const struct book *book)
{
	(void)library;
	return book->has_rating && book->rating > 2;
}

static bool is_not_rated_above_2(const struct library *library, const struct book *book)
{
	(void)library;
	return book->has_rating && !(book->rating > 2);
}

static bool is_dark_or_old(const struct library *library, const struct book *book)
{
	(void)library;
	return book->state == SHADE_DARK || book->year < 1992;
}

static bool is_neither_dark_nor_old(const struct library *library, const struct book *book)
{
	return !is_dark_or_old(library, book);
}

static bool is_dark_and_cheap(const struct library *library, const struct book *book)
{
	struct trv_decimal ten = trv_decimal(10, 0);

	(void)library;
	return book->state == SHADE_DARK && trv_decimal_compare(&book->price, &ten) < 0;
}

static bool has_young_editor(const struct library *library, const struct book *book)
{
	for (int i = 0; i < AUTHORS; i++)
		if (book->has_editor_id && library->authors[i].id == book->editor_id)
			return library->authors[i].has_age && library->authors[i].age < 40;
	return false;
}

static bool is_of_genre(const struct library *library, const struct book *book, const char *name)
{
	for (size_t i = 0; i < library->link_count; i++)
		for (int genre = 0; genre < GENRES; genre++)
			if (library->links[i].book_id == book->id &&
			    library->links[i].genre_id == library->genres[genre].id &&
			    strcmp(library->genres[genre].name, name) == 0)
				return true;
	return false;
}

static bool is_poem(const struct library *library, const struct book *book)
{
	return is_of_genre(library, book, "poem");
}

static bool is_no_poem(const struct library *library, const struct book *book)
{
	return !is_poem(library, book);
}

static bool has_any_genre(const struct library *library, const struct book *book)
{
	return is_of_genre(library, book, "poem") || is_of_genre(library, book, "novel") ||
	       is_of_genre(library, book, "essay") || is_of_genre(library, book, "crime");
}

static bool is_none(const struct library *library, const struct book *book)
{
	(void)library;
	(void)book;
	return false;
}

static bool is_any(const struct library *library, const struct book *book)
{
	(void)library;
	(void)book;
	return true;
}

static const int16_t years[] = { 1991, 1993, 1995, 2020 };

static bool is_in_years(const struct library *library, const struct book *book)
{
	(void)library;
	return book->year == 1991 || book->year == 1993 || book->year == 1995;
}

static bool is_not_in_years(const struct library *library, const struct book *book)
{
	return !is_in_years(library, book);
}

/* Filled by build(): expressions are made by functions. */
struct predicate {
	const char *sentence;
	bool (*holds)(const struct library *library, const struct book *book);
	struct book_expr (*build)(void);
};

static const struct author_query young = { .where = { { { .kind = TRV_EXPR_NONE } } } };

static struct book_expr build_1995(void)
{
	return book_year(TRV_EQ, 1995);
}

static struct book_expr build_not_1995(void)
{
	return book_year(TRV_NE, 1995);
}

static struct book_expr build_not_equal_1995(void)
{
	return book_not(book_year(TRV_EQ, 1995));
}

static struct book_expr build_before(void)
{
	return book_year(TRV_LT, 1995);
}

static struct book_expr build_rated(void)
{
	return book_rating_is_not_null();
}

static struct book_expr build_above(void)
{
	return book_rating(TRV_GT, 2);
}

static struct book_expr build_not_above(void)
{
	return book_not(book_rating(TRV_GT, 2));
}

static struct book_expr dark_or_old[2];

static struct book_expr build_any(void)
{
	dark_or_old[0] = book_state(TRV_EQ, SHADE_DARK);
	dark_or_old[1] = book_year(TRV_LT, 1992);
	return book_any_of(dark_or_old, 2);
}

static struct book_expr build_not_any(void)
{
	return book_not(build_any());
}

static struct book_expr dark_and_cheap[2];

static struct book_expr build_all(void)
{
	dark_and_cheap[0] = book_state(TRV_EQ, SHADE_DARK);
	dark_and_cheap[1] = book_price(TRV_LT, trv_decimal(10, 0));
	return book_all_of(dark_and_cheap, 2);
}

static struct book_expr build_none_of(void)
{
	return book_any_of(NULL, 0);
}

static struct book_expr build_all_of_none(void)
{
	return book_all_of(NULL, 0);
}

static struct book_expr build_in(void)
{
	return book_year_in(years, TRV_COUNT_OF(years));
}

static struct book_expr build_not_in(void)
{
	return book_not(book_year_in(years, TRV_COUNT_OF(years)));
}

static struct book_expr build_in_none(void)
{
	return book_year_in(years, 0);
}

static struct book_expr build_not_in_none(void)
{
	return book_not(book_year_in(years, 0));
}

static struct book_expr build_young_editor(void)
{
	static struct author_query query;

	query = young;
	query.where[0] = author_age(TRV_LT, 40);
	return book_has_editor(&query);
}

static struct book_expr build_poem(void)
{
	static struct genre_query query;

	query.where[0] = genre_name(TRV_EQ, "poem");
	return book_has_genres(&query);
}

static struct book_expr build_no_poem(void)
{
	return book_not(build_poem());
}

static struct book_expr build_any_genre(void)
{
	return book_has_genres(NULL);
}

static struct book_expr build_raw(void)
{
	static const struct trv_value values[] = { { .type = TRV_INT64, .as = { .integer = 1995 } } };

	return book_where_sql("{year} = ? AND '?' <> '{'", values, 1);
}

static const struct predicate predicates[] = {
	{ "equal", is_in_1995, build_1995 },
	{ "unequal", is_not_in_1995, build_not_1995 },
	{ "not equal", is_not_in_1995, build_not_equal_1995 },
	{ "less", is_before_1995, build_before },
	{ "not null", is_rated, build_rated },
	{ "greater, where nulls are", is_rated_above_2, build_above },
	{ "not greater, where nulls are", is_not_rated_above_2, build_not_above },
	{ "any of two", is_dark_or_old, build_any },
	{ "none of two", is_neither_dark_nor_old, build_not_any },
	{ "all of two", is_dark_and_cheap, build_all },
	{ "any of none", is_none, build_none_of },
	{ "all of none", is_any, build_all_of_none },
	{ "in a list", is_in_years, build_in },
	{ "not in a list", is_not_in_years, build_not_in },
	{ "in an empty list", is_none, build_in_none },
	{ "not in an empty list", is_any, build_not_in_none },
	{ "with a related row that matches", has_young_editor, build_young_editor },
	{ "with one of many related rows that matches", is_poem, build_poem },
	{ "without a related row that matches", is_no_poem, build_no_poem },
	{ "with any related row", has_any_genre, build_any_genre },
	{ "by SQL with a parameter and quoted marks", is_in_1995, build_raw },
};

static void selects(const void *argument)
{
	const struct predicate *predicate = argument;
	struct library library;
	struct book_list list;
	uint64_t count = 0;
	bool exists = false;
	size_t expected = 0;
	struct world w;

	library_open(&w, &library);
	const struct book_query query = { .where = { predicate->build() }, .order_by = { book_by_id(TRV_ASC) } };
	OK(&w, book_find(w.s, &list, &query));
	for (int i = 0; i < BOOKS; i++)
		if (predicate->holds(&library, &library.books[i])) {
			if (CHECK(expected < list.count))
				CHECK_INT(list.items[expected].id, library.books[i].id);
			expected++;
		}
	CHECK_INT(list.count, expected);
	OK(&w, book_count(w.s, &count, &query));
	CHECK_INT(count, expected);
	OK(&w, book_exists(w.s, &exists, &query));
	CHECK_INT(exists, expected > 0);
	world_close(&w);
}

static void selects_for_update(const void *argument)
{
	const struct predicate *predicate = argument;
	struct library library;
	uint64_t affected = 0, expected = 0;
	struct world w;

	library_open(&w, &library);
	const struct book_query query = { .where = { predicate->build() }, .all = true };
	for (int i = 0; i < BOOKS; i++)
		expected += predicate->holds(&library, &library.books[i]);
	OK(&w, book_update_where(w.s, &affected, &(struct book) { .title = "changed" }, BOOK_TITLE, &query));
	CHECK_INT(affected, expected);
	OK(&w, book_count(w.s, &affected, &(struct book_query) { .where = { book_title(TRV_EQ, "changed") } }));
	CHECK_INT(affected, expected);
	OK(&w, book_delete_where(w.s, &affected, &query));
	CHECK_INT(affected, expected);
	OK(&w, book_count(w.s, &affected, NULL));
	CHECK_INT(affected, BOOKS - expected);
	world_close(&w);
}

__attribute__((constructor)) static void add_predicates(void)
{
	for (size_t i = 0; i < TRV_COUNT_OF(predicates); i++) {
		char sentence[128];

		snprintf(sentence, sizeof(sentence), "rows are found: %s", predicates[i].sentence);
		test_register_row("reads", strdup(sentence), selects, &predicates[i]);
		snprintf(sentence, sizeof(sentence), "rows are updated and deleted: %s", predicates[i].sentence);
		test_register_row("writes", strdup(sentence), selects_for_update, &predicates[i]);
	}
}

/* --- some columns, order, limit ----------------------------------------------------------------------- */

TEST(reads, only_the_columns_that_are_named_are_loaded)
{
	struct library library;
	struct book_list list;
	struct world w;

	library_open(&w, &library);
	OK(&w, book_find(w.s, &list, &(struct book_query) { .columns = BOOK_TITLE, .limit = 1 }));
	REQUIRE(list.count == 1);
	CHECK_INT(trv_row_columns(&list.items[0].trv), BOOK_ID | BOOK_TITLE);
	CHECK(list.items[0].id && list.items[0].title);
	CHECK_INT(list.items[0].year, 0);
	world_close(&w);
}

TEST(reads, order_by_several_columns_in_several_directions)
{
	struct library library;
	struct book_list list;
	struct world w;

	library_open(&w, &library);
	const struct book_query query = { .order_by = { book_by_title(TRV_DESC), book_by_rating(TRV_ASC),
		                                        book_by_id(TRV_ASC) } };
	OK(&w, book_find(w.s, &list, &query));
	REQUIRE(list.count == BOOKS);
	for (size_t i = 1; i < list.count; i++) {
		const struct book *a = &list.items[i - 1], *b = &list.items[i];
		int titles = strcmp(a->title, b->title);

		CHECK(titles >= 0);
		if (titles == 0)
			CHECK(!a->has_rating || (b->has_rating && a->rating <= b->rating));
	}
	world_close(&w);
}

TEST(reads, limits_and_offsets)
{
	static const struct {
		size_t limit, offset, first, count;
	} slices[] = { { 5, 0, 0, 5 },   { 5, 28, 28, 2 },     { 0, 25, 25, 5 },      { 10, 30, 0, 0 },
		       { 1, 29, 29, 1 }, { 100, 0, 0, BOOKS }, { SIZE_MAX, 1, 1, 29 } };
	struct library library;
	struct book_list list;
	struct world w;

	library_open(&w, &library);
	for (size_t i = 0; i < TRV_COUNT_OF(slices); i++) {
		OK(&w, book_find(w.s, &list,
		                 &(struct book_query) { .order_by = { book_by_id(TRV_ASC) },
		                                        .limit = slices[i].limit,
		                                        .offset = slices[i].offset }));
		CHECK_INT(list.count, slices[i].count);
		if (list.count)
			CHECK_INT(list.items[0].id, library.books[slices[i].first].id);
	}
	world_close(&w);
}

TEST(reads, rows_by_many_keys_come_in_the_order_of_the_keys)
{
	struct library library;
	struct book_list list;
	struct world w;

	library_open(&w, &library);
	const int64_t keys[] = { library.books[9].id, library.books[2].id, -5, library.books[9].id,
		                 library.books[4].id };
	OK(&w, book_get_many(w.s, &list, keys, TRV_COUNT_OF(keys)));
	REQUIRE(CHECK_INT(list.count, 3));
	CHECK_INT(list.items[0].id, keys[0]);
	CHECK_INT(list.items[1].id, keys[1]);
	CHECK_INT(list.items[2].id, keys[4]);
	OK(&w, book_get_many(w.s, &list, keys, 0));
	CHECK_INT(list.count, 0);
	world_close(&w);
}

TEST(reads, lists_of_every_length)
{
	struct library library;
	int64_t ids[BOOKS];
	struct world w;

	library_open(&w, &library);
	for (int i = 0; i < BOOKS; i++)
		ids[i] = library.books[i].id;
	for (size_t length = 0; length <= BOOKS; length++) {
		uint64_t count = 0;

		OK(&w, book_count(w.s, &count, &(struct book_query) { .where = { book_id_in(ids, length) } }));
		CHECK_INT(count, length);
	}
	world_close(&w);
}

/* --- pages and streams ---------------------------------------------------------------------------------- */

static const struct paging {
	const char *sentence;
	struct book_query query;
} pagings[] = {
	{ "by key", { .limit = 7 } },
	{ "by a nullable column ascending", { .limit = 4, .order_by = { { { 9, TRV_ASC } } } } },
	{ "by a nullable column descending", { .limit = 4, .order_by = { { { 9, TRV_DESC } } } } },
	{ "one row at a time", { .limit = 1 } },
	{ "more than there is", { .limit = 100 } },
};

static void pages(const void *argument)
{
	struct book_query query = ((const struct paging *)argument)->query;
	struct trv_page page = { NULL, NULL };
	struct library library;
	struct book_list all, list;
	size_t seen = 0;
	struct world w;

	library_open(&w, &library);
	if (query.order_by[0].order.by)
		query.order_by[0] = book_by_rating((enum trv_direction)query.order_by[0].order.direction);
	do {
		OK(&w, book_page(w.s, &list, &page, &query));
		CHECK(list.count <= query.limit);
		seen += list.count;
		page.after = page.next;
	} while (page.next && seen < 2 * BOOKS);
	CHECK_INT(seen, BOOKS);
	page.after = NULL;
	size_t limit = query.limit;
	query.limit = 0;
	query.order_by[1] = book_by_id(TRV_ASC);
	OK(&w, book_find(w.s, &all, &query));
	query.order_by[1].order.by = 0;
	query.limit = limit;
	for (size_t at = 0; at < BOOKS; at += list.count) {
		OK(&w, book_page(w.s, &list, &page, &query));
		REQUIRE(list.count > 0 && at + list.count <= BOOKS);
		for (size_t i = 0; i < list.count && limit < BOOKS; i++)
			CHECK(list.items[i].has_rating == all.items[at + i].has_rating &&
			      (!list.items[i].has_rating || !(list.items[i].rating < all.items[at + i].rating ||
			                                      list.items[i].rating > all.items[at + i].rating)));
		page.after = page.next;
	}
	world_close(&w);
}

__attribute__((constructor)) static void add_pagings(void)
{
	for (size_t i = 0; i < TRV_COUNT_OF(pagings); i++) {
		char sentence[96];

		snprintf(sentence, sizeof(sentence), "pages: %s", pagings[i].sentence);
		test_register_row("reads", strdup(sentence), pages, &pagings[i]);
	}
}

TEST(reads, a_page_is_not_moved_by_rows_that_come_in_front)
{
	struct library library;
	struct genre_list first, second;
	struct trv_page page = { NULL, NULL };
	const struct genre_query query = { .order_by = { genre_by_name(TRV_ASC) }, .limit = 2 };
	struct world w;

	library_open(&w, &library);
	OK(&w, genre_page(w.s, &first, &page, &query)); /* crime, essay */
	struct genre front = { .name = "ballad" };
	OK(&w, genre_insert(w.s, &front));
	page.after = page.next;
	OK(&w, genre_page(w.s, &second, &page, &query));
	REQUIRE(second.count == 2);
	CHECK_STR(second.items[0].name, "novel");
	CHECK_STR(second.items[1].name, "poem");
	world_close(&w);
}

TEST(reads, a_damaged_page_token_is_refused)
{
	struct trv_page page = { "garbage", NULL };
	struct book_list list;
	struct world w;

	world_open(&w);
	CHECK_STATUS(book_page(w.s, &list, &page, &(struct book_query) { .limit = 2 }), TRV_ERR_VALUE);
	world_close(&w);
}

TEST(reads, a_stream_may_end_early_and_the_session_goes_on)
{
	struct library library;
	struct trv_stream stream = { NULL };
	const struct book *row;
	uint64_t count = 0;
	struct world w;

	library_open(&w, &library);
	const struct book_query query = { .order_by = { book_by_id(TRV_ASC) },
		                          .author = &(struct author_query) { .how = TRV_JOINED } };
	for (int i = 0; i < 3; i++) {
		REQUIRE_STATUS(book_each(w.s, &stream, &row, &query), 1);
		CHECK_INT(row->id, library.books[i].id);
		REQUIRE(row->author);
		CHECK_INT(row->author->id, row->author_id);
	}
	trv_stream_close(&stream);
	OK(&w, book_count(w.s, &count, NULL));
	CHECK_INT(count, BOOKS);
	world_close(&w);
}

TEST(reads, explain_tells_the_statements_of_a_query_and_runs_none)
{
	struct library library;
	const char *text = NULL;
	struct world w;

	library_open(&w, &library);
	OK(&w, author_explain(w.s, &text,
	                      &(struct author_query) { .where = { author_name(TRV_EQ, "Ann") },
	                                               .books = &(struct book_query) { .limit = 2 } }));
	REQUIRE(text);
	CHECK_CONTAINS(text, "author");
	CHECK_CONTAINS(text, "book");
	CHECK_INT(raw_integer(w.s, "SELECT count(*) FROM author"), AUTHORS);
	world_close(&w);
}

/* --- aggregates --------------------------------------------------------------------------------------------- */

TEST(reads, aggregates_of_all_rows_equal_those_computed_here)
{
	struct library library;
	struct book_groups groups;
	struct trv_decimal sum = trv_decimal(0, 2), least = { 0, 0, 0, 0 }, most = { 0, 0, 0, 0 };
	int64_t years_sum = 0, rated = 0;
	double ratings = 0;
	struct world w;

	library_open(&w, &library);
	for (int i = 0; i < BOOKS; i++) {
		const struct book *book = &library.books[i];

		REQUIRE_OK(trv_decimal_add(&sum, &sum, &book->price), NULL);
		least = i == 0 || trv_decimal_compare(&book->price, &least) < 0 ? book->price : least;
		most = i == 0 || trv_decimal_compare(&book->price, &most) > 0 ? book->price : most;
		years_sum += book->year;
		rated += book->has_rating;
		ratings += book->has_rating ? book->rating : 0;
	}
	const struct trv_aggregate aggregate = { .values = {
							 { TRV_COUNT_ROWS, 0 },
							 { TRV_COUNT, BOOK_RATING },
							 { TRV_SUM, BOOK_PRICE },
							 { TRV_MIN, BOOK_PRICE },
							 { TRV_MAX, BOOK_PRICE },
							 { TRV_SUM, BOOK_YEAR },
							 { TRV_AVERAGE, BOOK_RATING },
							 { TRV_COUNT_DISTINCT, BOOK_TITLE },
						 } };
	OK(&w, book_aggregate(w.s, &groups, &aggregate, NULL));
	REQUIRE(groups.count == 1);
	const struct trv_value *values = groups.items[0].values;
	CHECK_INT(values[0].as.integer, BOOKS);
	CHECK_INT(values[1].as.integer, rated);
	CHECK_INT(trv_decimal_compare(&values[2].as.decimal, &sum), 0);
	CHECK_INT(trv_decimal_compare(&values[3].as.decimal, &least), 0);
	CHECK_INT(trv_decimal_compare(&values[4].as.decimal, &most), 0);
	CHECK_INT(values[5].as.integer, years_sum);
	CHECK(values[6].as.number > ratings / (double)rated - 1e-9 &&
	      values[6].as.number < ratings / (double)rated + 1e-9);
	CHECK_INT(values[7].as.integer, 5);
	world_close(&w);
}

TEST(reads, aggregates_of_no_rows)
{
	struct book_groups groups;
	struct world w;

	world_open(&w);
	const struct trv_aggregate aggregate = { .values = { { TRV_COUNT_ROWS, 0 },
		                                             { TRV_SUM, BOOK_PRICE },
		                                             { TRV_SUM, BOOK_YEAR },
		                                             { TRV_MIN, BOOK_TITLE },
		                                             { TRV_AVERAGE, BOOK_RATING } } };
	OK(&w, book_aggregate(w.s, &groups, &aggregate, NULL));
	REQUIRE(groups.count == 1);
	CHECK_INT(groups.items[0].values[0].as.integer, 0);
	for (int i = 1; i < 5; i++)
		CHECK(groups.items[0].values[i].null);
	world_close(&w);
}

TEST(reads, groups_are_ordered_by_an_aggregate_and_limited)
{
	struct library library;
	struct book_groups groups;
	struct world w;

	library_open(&w, &library);
	OK(&w, book_aggregate(w.s, &groups,
	                      &(struct trv_aggregate) { .values = { { TRV_MAX, BOOK_PRICE } },
	                                                .group_by = BOOK_TITLE,
	                                                .order_by = 1,
	                                                .direction = TRV_DESC },
	                      &(struct book_query) { .limit = 2 }));
	REQUIRE(CHECK_INT(groups.count, 2));
	CHECK_STR(groups.items[0].key.title, "Eos");
	CHECK_STR(groups.items[1].key.title, "Delos");
	CHECK_INT(trv_decimal_compare(&groups.items[0].values[0].as.decimal, &library.books[29].price), 0);
	world_close(&w);
}

/* --- raw SQL ------------------------------------------------------------------------------------------------- */

struct total {
	int64_t id;
	int64_t books;
	const char *name;
	int16_t age;
	bool has_age;
};

TEST(reads, raw_sql_fills_structs_by_the_names_of_columns)
{
	static const struct trv_field fields[] = {
		TRV_FIELD(struct total, id, TRV_INT64),
		TRV_FIELD(struct total, name, TRV_TEXT),
		TRV_FIELD_NULLABLE(struct total, age, TRV_INT16),
		TRV_FIELD(struct total, books, TRV_INT64),
	};
	const struct trv_value values[] = { trv_text("Ann"), trv_text("Cid") };
	struct library library;
	struct trv_list list;
	struct world w;

	library_open(&w, &library);
	OK(&w, trv_sql(w.s, &list, sizeof(struct total), fields, TRV_COUNT_OF(fields),
	               "SELECT count(b.id) AS books, a.id AS id, a.age AS age, a.name AS name FROM author a "
	               "LEFT JOIN book b ON b.author_id = a.id WHERE a.name IN (?, ?) "
	               "GROUP BY a.id, a.name, a.age ORDER BY a.id",
	               values, 2));
	const struct total *totals = list.items;
	REQUIRE(CHECK_INT(list.count, 2));
	CHECK_STR(totals[0].name, "Ann");
	CHECK_INT(totals[0].id, library.authors[0].id);
	CHECK_INT(totals[0].books,
	          library_related(&library, &author_model, &author_model.relations[1], &library.authors[0]).count);
	CHECK(totals[0].has_age && !totals[1].has_age);
	world_close(&w);
}

TEST(reads, raw_sql_whose_columns_do_not_fit_is_refused)
{
	static const struct trv_field fields[] = { TRV_FIELD(struct total, id, TRV_INT64) };
	struct trv_list list;
	struct world w;

	world_open(&w);
	CHECK_STATUS(trv_sql(w.s, &list, sizeof(struct total), fields, 1, "SELECT id AS other FROM author", NULL, 0),
	             TRV_ERR_MISMATCH);
	CHECK_STATUS(trv_sql(w.s, &list, sizeof(struct total), fields, 1, "SELECT id, name FROM author", NULL, 0),
	             TRV_ERR_MISMATCH);
	world_close(&w);
}

TEST(reads, rows_of_a_model_by_raw_sql)
{
	const struct trv_value values[] = { trv_int(1993) };
	struct library library;
	struct book_list list;
	struct world w;

	library_open(&w, &library);
	OK(&w, book_sql(w.s, &list, "SELECT * FROM book WHERE year = ? ORDER BY id", values, 1));
	REQUIRE(CHECK_INT(list.count, 3));
	CHECK_INT(list.items[0].id, library.books[9].id);
	CHECK_STR(list.items[0].title, library.books[9].title);
	world_close(&w);
}

TEST(reads, a_model_without_a_key_is_found_and_counted)
{
	struct line lines[] = { { .place = 2, .has_place = true, .words = "b" },
		                { .place = 1, .has_place = true, .words = "a" },
		                { .words = NULL } };
	struct line_list list;
	struct world w;

	world_open(&w);
	OK(&w, line_insert(w.s, &lines[0]));
	OK(&w, line_insert_many(w.s, lines + 1, 2));
	OK(&w, line_find(w.s, &list, &(struct line_query) { .order_by = { line_by_place(TRV_ASC) } }));
	REQUIRE(list.count == 3);
	CHECK(!list.items[0].has_place && !list.items[0].words);
	CHECK_STR(list.items[1].words, "a");
	CHECK_STR(list.items[2].words, "b");
	world_close(&w);
}
