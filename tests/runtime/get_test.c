#include "fixture.h"

TEST(get, by_key)
{
	struct world w;
	struct task task;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, task_get(w.s, &task, w.tasks[3].id));
	CHECK_STR(task.title, "t3");
	CHECK_INT(task.parent_id, w.tasks[1].id);
	CHECK(task.has_parent_id && task.has_assignee_id && !task.has_due && !task.meta);
	CHECK_INT(task.created, w.tasks[3].created);
	CHECK_INT(trv_decimal_compare(&task.effort, &(struct trv_decimal) { .low = 375, .scale = 2 }), 0);
	CHECK_INT(trv_row_columns(&task.trv), trv_model_all(&task_model));
	CHECK_INT(trv_row_columns(&w.tasks[3].trv), 0);
	world_close(&w);
}

TEST(get, by_a_key_of_two_parts)
{
	struct world w;
	struct stock stock;

	world_open_empty(&w);
	struct stock rows[] = { { .shop = "a", .item = 1, .note = "a1" },
		                { .shop = "a", .item = 2, .note = "a2" },
		                { .shop = "b", .item = 1, .note = "b1" } };
	OK(&w, stock_insert_many(w.s, rows, 3));
	OK(&w, stock_get(w.s, &stock, "b", 1));
	CHECK_STR(stock.note, "b1");
	OK(&w, stock_get(w.s, &stock, "a", 2));
	CHECK_STR(stock.note, "a2");
	CHECK_STATUS(stock_get(w.s, &stock, "b", 2), TRV_ERR_NOT_FOUND);
	CHECK_STATUS(stock_get(w.s, &stock, NULL, 2), TRV_ERR_VALUE);
	world_close(&w);
}

TEST(get, a_row_that_is_not_there_leaves_the_callers_alone)
{
	struct world w;
	struct task task, before;

	world_open(&w);
	memset(&task, 0x5a, sizeof(task));
	memcpy(&before, &task, sizeof(task));
	CHECK_STATUS(task_get(w.s, &task, 999), TRV_ERR_NOT_FOUND);
	CHECK_STR(trv_error(w.s)->message, "no such task");
	CHECK_INT(trv_status_class(TRV_ERR_NOT_FOUND), TRV_CLASS_NOT_FOUND);
	CHECK(memcmp(&task, &before, sizeof(task)) == 0);
	world_close(&w);
}

TEST(get, errors_name_the_call_site)
{
	struct world w;
	struct task task;
	char site[256];

	world_open(&w);
	CHECK_STATUS(task_get(w.s, &task, 999), TRV_ERR_NOT_FOUND);
	CHECK(trv_error(w.s)->site != NULL);
	CHECK(trv_error_site(trv_error(w.s), site, sizeof(site)) > 0);
	CHECK_CONTAINS(site, "test-runtime");
	world_close(&w);
}

TEST(get_many, in_the_order_of_the_keys_each_once)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	int64_t ids[] = { w.tasks[5].id, 999, w.tasks[0].id, w.tasks[5].id, -1, w.tasks[11].id };
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, task_get_many(w.s, &list, ids, TRV_COUNT_OF(ids)));
	CHECK_STR(names_of_list(&w, &list), "t5 t0 t11");
	CHECK_STR(list.items[1].title, "t0");
	/* they are siblings */
	ASSERT_STATEMENTS(w.s, 1)
	for (size_t i = 0; i < list.count; i++)
		OK(&w, task_project(w.s, &list.items[i]));
	CHECK_STR(list.items[0].project->name, "atlas");
	CHECK(list.items[0].project == list.items[1].project);
	CHECK_STR(list.items[2].project->name, "chronos");
	world_close(&w);
}

TEST(get_many, no_keys_and_none_found)
{
	struct world w;
	struct task_list list = { NULL, 5 };

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 0)
	OK(&w, task_get_many(w.s, &list, NULL, 0));
	CHECK_INT(list.count, 0);
	OK(&w, task_get_many(w.s, &list, (int64_t[]) { 998, 999 }, 2));
	CHECK_INT(list.count, 0);
	world_close(&w);
}

TEST(get_many, by_keys_of_two_parts)
{
	struct world w;
	struct stock_list list;
	char shops[60][8];
	struct stock rows[60];

	world_open_empty(&w);
	memset(rows, 0, sizeof(rows));
	for (int i = 0; i < 60; i++) {
		snprintf(shops[i], sizeof(shops[i]), "s%d", i / 3);
		rows[i] = (struct stock) { .shop = shops[i], .item = i % 3, .amount = i };
	}
	OK(&w, stock_insert_many(w.s, rows, 60));
	const struct stock_key keys[] = { { "s19", 2 }, { "s0", 0 },  { "s7", 3 }, { "none", 0 },
		                          { "s4", 1 },  { "s19", 2 }, { "", 0 } };
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, stock_get_many(w.s, &list, keys, TRV_COUNT_OF(keys)));
	REQUIRE(list.count == 3);
	CHECK_INT(list.items[0].amount, 59);
	CHECK_INT(list.items[1].amount, 0);
	CHECK_INT(list.items[2].amount, 13);
	world_close(&w);
}

static void add_tags(struct world *w, int count)
{
	raw(w,
	    "INSERT INTO tag (id, name) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
	    "SELECT i, 'tag ' || i FROM n",
	    count);
}

/* Lists are padded to lengths that are kept prepared: on both sides of some. */
TEST(get_many, lists_of_many_lengths)
{
	static const size_t lengths[] = { 1,   2,   3,   4,   5,   7,   8,   9,   31,  32,  33,  63,  64,  65,  66,
		                          79,  80,  81,  95,  96,  97,  100, 111, 112, 113, 127, 128, 129, 159, 160,
		                          161, 191, 192, 193, 223, 224, 225, 255, 256, 257, 319, 320, 321 };
	int64_t ids[321];
	struct world w;
	struct tag_list list;

	world_open_empty(&w);
	add_tags(&w, (int)TRV_COUNT_OF(ids));
	for (size_t i = 0; i < TRV_COUNT_OF(ids); i++)
		ids[i] = (int64_t)(i * 100 % TRV_COUNT_OF(ids)) + 1;
	for (size_t k = 0; k < TRV_COUNT_OF(lengths); k++) {
		OK(&w, tag_get_many(w.s, &list, ids, lengths[k]));
		REQUIRE(list.count == lengths[k]);
		for (size_t i = 0; i < list.count; i++)
			REQUIRE(list.items[i].id == ids[i]);
	}
	world_close(&w);
}

#define MANY 40000

TEST(get_many, forty_thousand_keys)
{
	static int64_t ids[MANY];
	struct world w;
	struct tag_list list;

	world_open_empty(&w);
	add_tags(&w, MANY);
	for (int i = 0; i < MANY; i++)
		ids[i] = MANY - i;
	ids[7] = MANY + 7; /* not there */
	ASSERT_STATEMENTS(w.s, BY_ENGINE(5u, 1u, 3u)) /* 8,192 or 16,384 keys each, or an array */
	OK(&w, tag_get_many(w.s, &list, ids, MANY));
	REQUIRE(list.count == MANY - 1);
	size_t at = 0;
	for (int i = 0; i < MANY; i++) {
		char name[20];

		if (i == 7)
			continue;
		snprintf(name, sizeof(name), "tag %d", MANY - i);
		if (!CHECK_INT(list.items[at].id, ids[i]) || !CHECK_STR(list.items[at].name, name))
			break;
		at++;
	}
	world_close(&w);
}
