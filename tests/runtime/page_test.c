#include "reads_fixture.h"

#include <stdlib.h>

/* The ids of all pages of a query, and that no page is longer than the limit. */
static size_t read_pages(struct shop *shop, const struct task_query *query, int64_t ids[SHOP_TASKS + 1], size_t *pages)
{
	struct trv_page page = { .after = NULL };
	size_t count = 0;

	*pages = 0;
	do {
		struct task_list list;

		SHOP_OK(shop, task_page(shop->s, &list, &page, query));
		REQUIRE(list.count <= query->limit && count + list.count <= SHOP_TASKS + 1);
		for (size_t i = 0; i < list.count; i++)
			ids[count++] = list.items[i].id;
		++*pages;
		page.after = page.next;
	} while (page.after && *pages < 20);
	return count;
}

static void check_same_as_find(struct shop *shop, struct task_query query)
{
	int64_t ids[SHOP_TASKS + 1];
	struct task_list all;
	size_t pages;

	query.limit = 100;
	SHOP_OK(shop, task_find(shop->s, &all, &query));
	for (query.limit = 1; query.limit <= 4; query.limit++) {
		size_t count = read_pages(shop, &query, ids, &pages);

		CHECK_INT(count, all.count);
		CHECK_INT(pages, (all.count + query.limit - 1) / query.limit);
		for (size_t i = 0; i < count && i < all.count; i++)
			CHECK_INT(ids[i], all.items[i].id);
	}
}

TEST(page, pages_put_together_are_the_whole_in_every_order)
{
	struct shop shop;

	shop_open(&shop);
	check_same_as_find(&shop, (struct task_query) { .limit = 1 });
	for (enum trv_direction way = TRV_ASC; way <= TRV_DESC; way++) {
		check_same_as_find(&shop, (struct task_query) { .order_by = { task_by_title(way) } });
		check_same_as_find(&shop, (struct task_query) { .order_by = { task_by_due(way) } });
		check_same_as_find(&shop, (struct task_query) { .order_by = { task_by_effort(way) } });
		check_same_as_find(&shop, (struct task_query) { .order_by = { task_by_priority(way) } });
		check_same_as_find(&shop, (struct task_query) { .order_by = { task_by_created(way) } });
		check_same_as_find(&shop,
		                   (struct task_query) { .order_by = { task_by_assignee_id(way), task_by_due(TRV_DESC),
		                                                       task_by_title(TRV_ASC) } });
	}
	check_same_as_find(&shop, (struct task_query) { .where = { task_project_id(TRV_EQ, shop.atlas.id) },
	                                                .order_by = { task_by_state(TRV_DESC) } });
	shop_close(&shop);
}

TEST(page, the_last_page_and_one_without_rows_have_no_next)
{
	struct shop shop;
	struct task_list list;
	struct trv_page page = { .next = "old" };

	shop_open(&shop);
	SHOP_OK(&shop, task_page(shop.s, &list, &page, &(struct task_query) { .limit = SHOP_TASKS }));
	CHECK_INT(list.count, SHOP_TASKS);
	CHECK(page.next == NULL);
	page.next = "old";
	SHOP_OK(&shop, task_page(shop.s, &list, &page,
	                         &(struct task_query) { .where = { task_title(TRV_EQ, "none") }, .limit = 3 }));
	CHECK_INT(list.count, 0);
	CHECK(page.next == NULL);
	shop_close(&shop);
}

TEST(page, rows_that_come_or_go_before_a_token_change_nothing_behind_it)
{
	struct shop shop;
	struct task_list list;
	struct trv_page page = { .after = NULL };
	const struct task_query query = { .order_by = { task_by_priority(TRV_ASC) }, .limit = 3 };

	shop_open(&shop);
	SHOP_OK(&shop, task_page(shop.s, &list, &page, &query)); /* 0 and 5 have 1, 1 and 6 have 2 */
	CHECK_INT(list.items[2].id, shop.tasks[1].id);
	SHOP_OK(&shop, task_delete(shop.s, &shop.tasks[5]));
	page.after = page.next;
	SHOP_OK(&shop, task_page(shop.s, &list, &page, &query));
	REQUIRE(list.count == 3);
	CHECK_INT(list.items[0].id, shop.tasks[6].id);
	CHECK_INT(list.items[1].id, shop.tasks[2].id);
	shop_close(&shop);
}

TEST(page, relations_are_loaded_as_by_find_whatever_the_columns)
{
	struct shop shop;
	struct project_list list;
	struct trv_page page = { .after = NULL };
	const struct project_query query = {
		.columns = PROJECT_NAME,
		.order_by = { project_by_status(TRV_ASC), project_by_lead_id(TRV_ASC) },
		.limit = 1,
		.lead = &(struct person_query) { .limit = 0 },
		.tasks = &(struct task_query) { .how = TRV_JOINED, .order_by = { task_by_id(TRV_ASC) } },
		.members = &(struct person_query) { .how = TRV_SUBQUERY },
	};

	shop_open(&shop);
	static const size_t tasks[] = { 5, 3, 0 };
	for (int i = 0; i < 3; i++) {
		SHOP_OK(&shop, project_page(shop.s, &list, &page, &query));
		REQUIRE(list.count == 1);
		REQUIRE(list.items[0].tasks && list.items[0].members);
		CHECK_INT(list.items[0].tasks->count, tasks[i]);
		CHECK(!list.items[0].lead == (i == 2));
		CHECK(!page.next == (i == 2));
		page.after = page.next;
	}
	shop_close(&shop);
}

TEST(page, long_text_is_part_of_a_token)
{
	struct shop shop;
	struct sample_list list;
	struct trv_page page = { .after = NULL };
	const struct sample_query query = { .order_by = { sample_by_words(TRV_DESC), sample_by_blob(TRV_ASC),
		                                          sample_by_token(TRV_ASC), sample_by_double_(TRV_ASC) },
		                            .limit = 1 };
	char *words = malloc(70001);

	shop_open(&shop);
	REQUIRE(words);
	memset(words, 'x', 70000);
	words[70000] = '\0';
	for (int i = 0; i < 3; i++) {
		struct sample sample = { .words = words + i, .blob = { "\0b", 2 }, .extra = "{}", .double_ = 0.1 * i };

		SHOP_OK(&shop, sample_insert(shop.s, &sample));
	}
	for (size_t i = 0; i < 3; i++) {
		SHOP_OK(&shop, sample_page(shop.s, &list, &page, &query));
		REQUIRE(list.count == 1);
		CHECK_INT(strlen(list.items[0].words), 70000 - i);
		CHECK(!page.next == (i == 2));
		page.after = page.next;
	}
	free(words);
	shop_close(&shop);
}

static void check_refused(struct shop *shop, const char *token, const struct task_query *query)
{
	struct task_list list = { NULL, 77 };
	struct trv_page page = { .after = token, .next = "old" };

	CHECK_STATUS(task_page(shop->s, &list, &page, query), TRV_ERR_VALUE);
	CHECK_CONTAINS(trv_error(shop->s)->message, "page: the token is damaged");
	CHECK(trv_error(shop->s)->hint[0] != '\0');
	CHECK_INT(list.count, 77);
	CHECK_STR(page.next, "old");
}

TEST(page, a_damaged_token_is_refused_at_every_byte)
{
	struct shop shop;
	struct task_list list;
	struct trv_page page = { .after = NULL };
	const struct task_query query = { .order_by = { task_by_title(TRV_ASC), task_by_due(TRV_ASC),
		                                        task_by_effort(TRV_ASC), task_by_state(TRV_ASC) },
		                          .limit = 2 };

	shop_open(&shop);
	SHOP_OK(&shop, task_page(shop.s, &list, &page, &query));
	REQUIRE(page.next);
	size_t length = strlen(page.next);
	for (size_t i = 0; i < length; i++) {
		char *damaged = trv_arena_strdup(trv_session_arena(shop.s), page.next);

		REQUIRE(damaged);
		damaged[i] = damaged[i] == 'Q' ? 'R' : 'Q';
		check_refused(&shop, damaged, &query);
		damaged[i] = '=';
		check_refused(&shop, damaged, &query);
		damaged[i] = '\0';
		check_refused(&shop, damaged, &query);
	}
	check_refused(&shop, trv_arena_printf(trv_session_arena(shop.s), "%sA", page.next), &query);
	shop_close(&shop);
}

TEST(page, a_token_of_another_order_is_refused)
{
	struct shop shop;
	struct task_list list;
	struct trv_page page = { .after = NULL };

	shop_open(&shop);
	SHOP_OK(&shop, task_page(shop.s, &list, &page,
	                         &(struct task_query) { .order_by = { task_by_created(TRV_ASC) }, .limit = 2 }));
	REQUIRE(page.next);
	check_refused(&shop, page.next, &(struct task_query) { .order_by = { task_by_created(TRV_DESC) }, .limit = 2 });
	check_refused(&shop, page.next, &(struct task_query) { .order_by = { task_by_updated(TRV_ASC) }, .limit = 2 });
	check_refused(&shop, page.next, &(struct task_query) { .limit = 2 });
	shop_close(&shop);
}

TEST(page, needs_a_limit_and_takes_no_offset)
{
	struct shop shop;
	struct task_list list;
	struct trv_page page = { .after = NULL };

	shop_open(&shop);
	CHECK_STATUS(task_page(shop.s, &list, &page, NULL), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(shop.s)->message, "task: a page needs .limit");
	CHECK_STATUS(task_page(shop.s, &list, &page, &(struct task_query) { .limit = 2, .offset = 2 }), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(shop.s)->message, "not at an .offset");
	shop_close(&shop);
}
