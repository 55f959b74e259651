#include "reads_fixture.h"

static void check_decimal(const struct trv_value *value, const char *expected)
{
	char text[TRV_DECIMAL_TEXT];

	CHECK_INT(value->type, TRV_DECIMAL);
	CHECK(!value->null);
	trv_decimal_format(&value->as.decimal, text);
	CHECK_STR(text, expected);
}

TEST(aggregate, without_groups_all_rows_are_one)
{
	struct shop shop;
	struct task_groups groups;

	shop_open(&shop);
	SHOP_OK(&shop, task_aggregate(shop.s, &groups,
	                              &(struct trv_aggregate) { .values = { { TRV_COUNT_ROWS, 0 },
	                                                                    { TRV_COUNT, TASK_DUE },
	                                                                    { TRV_COUNT_DISTINCT, TASK_TITLE },
	                                                                    { TRV_SUM, TASK_PRIORITY },
	                                                                    { TRV_SUM, TASK_EFFORT },
	                                                                    { TRV_AVERAGE, TASK_PRIORITY },
	                                                                    { TRV_AVERAGE, TASK_EFFORT } } },
	                              NULL));
	REQUIRE(groups.count == 1);
	const struct trv_value *values = groups.items[0].values;
	CHECK_INT(values[0].as.integer, 8);
	CHECK_INT(values[1].as.integer, 5);
	CHECK_INT(values[2].as.integer, 6);
	CHECK_INT(values[3].type, TRV_INT64);
	CHECK_INT(values[3].as.integer, 1 + 2 + 3 + 4 + 5 + 1 + 2 + 3);
	check_decimal(&values[4], "35.40");
	CHECK_INT(values[5].type, TRV_FLOAT64);
	CHECK_DOUBLE(values[5].as.number, 21.0 / 8);
	CHECK(values[6].as.number > 4.4249 && values[6].as.number < 4.4251);
	shop_close(&shop);
}

TEST(aggregate, smallest_and_largest_have_the_columns_type)
{
	struct shop shop;
	struct task_groups groups;

	shop_open(&shop);
	SHOP_OK(&shop, task_aggregate(shop.s, &groups,
	                              &(struct trv_aggregate) { .values = { { TRV_MIN, TASK_TITLE },
	                                                                    { TRV_MAX, TASK_TITLE },
	                                                                    { TRV_MAX, TASK_EFFORT },
	                                                                    { TRV_MIN, TASK_DUE },
	                                                                    { TRV_MAX, TASK_PRIORITY },
	                                                                    { TRV_MAX, TASK_STATE } } },
	                              NULL));
	REQUIRE(groups.count == 1);
	const struct trv_value *values = groups.items[0].values;
	CHECK_STR(values[0].as.text, "100% \\ done_");
	CHECK_STR(values[1].as.text, "Écrire");
	check_decimal(&values[2], "8.80");
	CHECK_INT(values[3].type, TRV_DATE);
	CHECK_INT(values[3].as.integer, 20000);
	CHECK_INT(values[4].type, TRV_INT16);
	CHECK_INT(values[4].as.integer, 5);
	CHECK_INT(values[5].type, TRV_ENUM);
	CHECK_INT(values[5].as.integer, TASK_OPEN); /* "open" is the last of the stored texts */
	shop_close(&shop);
}

TEST(aggregate, of_no_rows_counts_are_zero_and_the_rest_null)
{
	struct shop shop;
	struct task_groups groups;
	const struct task_query none = { .where = { task_title(TRV_EQ, "nothing") } };

	shop_open(&shop);
	SHOP_OK(&shop, task_aggregate(shop.s, &groups,
	                              &(struct trv_aggregate) { .values = { { TRV_COUNT_ROWS, 0 },
	                                                                    { TRV_SUM, TASK_PRIORITY },
	                                                                    { TRV_SUM, TASK_EFFORT },
	                                                                    { TRV_MIN, TASK_TITLE },
	                                                                    { TRV_AVERAGE, TASK_EFFORT } } },
	                              &none));
	REQUIRE(groups.count == 1);
	CHECK(!groups.items[0].values[0].null);
	CHECK_INT(groups.items[0].values[0].as.integer, 0);
	for (int i = 1; i < 5; i++)
		CHECK(groups.items[0].values[i].null);
	SHOP_OK(&shop,
	        task_aggregate(shop.s, &groups,
	                       &(struct trv_aggregate) { .values = { { TRV_COUNT_ROWS, 0 } }, .group_by = TASK_STATE },
	                       &none));
	CHECK_INT(groups.count, 0);
	shop_close(&shop);
}

TEST(aggregate, groups_are_rows_ordered_by_a_value)
{
	struct shop shop;
	struct task_groups groups;

	shop_open(&shop);
	SHOP_OK(&shop,
	        task_aggregate(shop.s, &groups,
	                       &(struct trv_aggregate) { .values = { { TRV_COUNT_ROWS, 0 }, { TRV_SUM, TASK_EFFORT } },
	                                                 .group_by = TASK_STATE,
	                                                 .order_by = 2,
	                                                 .direction = TRV_DESC },
	                       NULL));
	/* done: 0.05 + 3.80 + 7.55, open: 1.30 + 5.05 + 8.80, doing: 2.55 + 6.30 */
	REQUIRE(groups.count == 3);
	CHECK_INT(groups.items[0].key.state, TASK_OPEN);
	check_decimal(&groups.items[0].values[1], "15.15");
	CHECK_INT(groups.items[1].key.state, TASK_DONE);
	check_decimal(&groups.items[1].values[1], "11.40");
	CHECK_INT(groups.items[2].key.state, TASK_DOING);
	check_decimal(&groups.items[2].values[1], "8.85");
	CHECK_INT(groups.items[0].values[0].as.integer, 3);
	CHECK(trv_row_columns(&groups.items[0].key.trv) == TASK_STATE);
	shop_close(&shop);
}

TEST(aggregate, limit_and_order_go_by_group_columns)
{
	struct shop shop;
	struct task_groups groups;

	shop_open(&shop);
	SHOP_OK(&shop,
	        task_aggregate(shop.s, &groups,
	                       &(struct trv_aggregate) { .values = { { TRV_COUNT_ROWS, 0 } },
	                                                 .group_by = TASK_DUE | TASK_PROJECT_ID },
	                       &(struct task_query) { .order_by = { task_by_due(TRV_ASC) }, .limit = 2, .offset = 1 }));
	REQUIRE(groups.count == 2);
	/* (null, Atlas), (null, Borea), (20000, Atlas), ... */
	CHECK(!groups.items[0].key.has_due);
	CHECK_INT(groups.items[0].key.project_id, shop.borea.id);
	CHECK(groups.items[1].key.has_due);
	CHECK_INT(groups.items[1].key.due, 20000);
	shop_close(&shop);
}

TEST(aggregate, without_values_gives_the_distinct_rows)
{
	struct shop shop;
	struct task_groups groups;

	shop_open(&shop);
	SHOP_OK(&shop, task_aggregate(shop.s, &groups, &(struct trv_aggregate) { .group_by = TASK_PROJECT_ID },
	                              &(struct task_query) { .order_by = { task_by_project_id(TRV_DESC) } }));
	REQUIRE(groups.count == 2);
	CHECK_INT(groups.items[0].key.project_id, shop.borea.id);
	uint64_t before = shop_statements(&shop);
	SHOP_OK(&shop, task_project(shop.s, &groups.items[0].key));
	SHOP_OK(&shop, task_project(shop.s, &groups.items[1].key));
	CHECK_STR(groups.items[0].key.project->name, "Borea");
	CHECK_STR(groups.items[1].key.project->name, "Atlas");
	CHECK_INT(shop_statements(&shop) - before, 1);
	shop_close(&shop);
}

TEST(aggregate, whole_numbers_that_do_not_fit_are_an_error)
{
	struct shop shop;
	struct sample_groups groups = { NULL, 77 };
	struct sample sample = { .words = "w",
		                 .blob = { "b", 1 },
		                 .extra = "{}",
		                 .exact = trv_decimal(1, 10),
		                 .large = INT64_MAX,
		                 .medium = INT32_MAX };
	const struct trv_aggregate sum = { .values = { { TRV_SUM, SAMPLE_LARGE } } };
	const struct trv_aggregate medium = { .values = { { TRV_SUM, SAMPLE_MEDIUM } } };

	shop_open(&shop);
	for (int i = 0; i < 2; i++) {
		sample.id = 0;
		memset(&sample.token, 0, sizeof(sample.token));
		SHOP_OK(&shop, sample_insert(shop.s, &sample));
	}
	CHECK_STATUS(sample_aggregate(shop.s, &groups, &sum, NULL), TRV_ERR_VALUE);
	CHECK_CONTAINS(trv_error(shop.s)->message, "sample.large: the sum");
	CHECK_INT(groups.count, 77);
	SHOP_OK(&shop, sample_aggregate(shop.s, &groups, &medium, NULL));
	CHECK_INT(groups.items[0].values[0].as.integer, 2 * (int64_t)INT32_MAX);
	shop_close(&shop);
}

TEST(aggregate, what_makes_no_sense_names_the_column)
{
	static const struct {
		struct trv_aggregate aggregate;
		const char *message;
	} cases[] = {
		{ { .values = { { TRV_SUM, TASK_TITLE } } }, "task.title: text has no sum" },
		{ { .values = { { TRV_AVERAGE, TASK_DUE } } }, "task.due: date has no average" },
		{ { .values = { { TRV_MIN, TASK_META } } }, "task.meta: json has no minimum" },
		{ { .values = { { TRV_COUNT_DISTINCT, TASK_META } } }, "task.meta: json has no count of distinct" },
		{ { .values = { { TRV_SUM, TASK_PRIORITY | TASK_EFFORT } } }, "aggregate 1 must name exactly one" },
		{ { .values = { { TRV_COUNT_ROWS, 0 }, { TRV_MAX, 0 } } }, "aggregate 2 must name exactly one" },
		{ { .values = { { TRV_COUNT_ROWS, TASK_ID } } }, "aggregate 1 counts rows and names a column" },
		{ { .group_by = TASK_META }, "task.meta: json cannot be grouped by" },
		{ { .group_by = UINT64_C(1) << 63 }, "task: .group_by names columns" },
		{ { .group_by = TASK_STATE, .order_by = 1 }, "ordered by aggregate 1" },
		{ { .group_by = 0 }, "no values and no groups" },
	};
	struct shop shop;
	struct task_groups groups;

	shop_open(&shop);
	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		CHECK_STATUS(task_aggregate(shop.s, &groups, &cases[i].aggregate, NULL), TRV_ERR_MISUSE);
		CHECK_CONTAINS(trv_error(shop.s)->message, cases[i].message);
	}
	CHECK_STATUS(task_aggregate(shop.s, &groups, &(struct trv_aggregate) { .group_by = TASK_STATE },
	                            &(struct task_query) { .order_by = { task_by_title(TRV_ASC) } }),
	             TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(shop.s)->message, "task.title: ordered by, but not grouped by");
	shop_close(&shop);
}

TEST(aggregate, queries_that_differ_in_what_they_compute_share_no_plan)
{
	struct shop shop;
	struct task_groups groups;
	static const enum trv_aggregate_function functions[] = { TRV_MIN, TRV_MAX, TRV_SUM, TRV_COUNT };
	static const int64_t expected[] = { 1, 5, 21, 8 };

	shop_open(&shop);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < TRV_COUNT_OF(functions); i++) {
			const struct trv_aggregate one = { .values = { { functions[i], TASK_PRIORITY } } };

			SHOP_OK(&shop, task_aggregate(shop.s, &groups, &one, NULL));
			CHECK_INT(groups.items[0].values[0].as.integer, expected[i]);
		}
	}
	shop_close(&shop);
}
