#include "reads_fixture.h"

/* The lines of an explanation that are labels, as one text; and how many statements there are. */
static const char *labels(struct shop *shop, const char *text, size_t *statements)
{
	char *kept = trv_arena_alloc(trv_session_arena(shop->s), strlen(text) + 1), *to = kept;

	REQUIRE(kept);
	*statements = 0;
	for (const char *line = text; *line;) {
		const char *end = strchr(line, '\n');

		REQUIRE(end);
		if (strncmp(line + strspn(line, " "), "--", 2) == 0) {
			memcpy(to, line, (size_t)(end - line) + 1);
			to += end - line + 1;
		} else {
			++*statements;
		}
		line = end + 1;
	}
	*to = '\0';
	return kept;
}

TEST(explain, shows_each_statement_with_its_relation_and_loader)
{
	struct shop shop;
	const char *text = NULL;
	size_t statements;

	shop_open(&shop);
	SHOP_OK(&shop, project_explain(shop.s, &text,
	                               &(struct project_query) {
					       .where = { project_status(TRV_EQ, PROJECT_ACTIVE) },
					       .lead = &(struct person_query) { .limit = 0 },
					       .tasks =
						       &(struct task_query) {
							       .limit = 5,
							       .assignee = &(struct person_query) { .limit = 0 },
							       .tags = &(struct tag_query) { .limit = 0 },
							       .children = &(struct task_query) { .depth = TRV_WHOLE },
						       },
					       .members = &(struct person_query) { .how = TRV_SUBQUERY },
				       }));
	bool by_levels = shop_is(&shop, "sqlite");
	CHECK_STR(labels(&shop, text, &statements), by_levels ? "-- project\n"
	                                                        "  -- project.tasks: selectin\n"
	                                                        "    -- task.children: level by level\n"
	                                                        "    -- task.tags: selectin\n"
	                                                        "  -- project.members: subquery\n"
	                                                      : "-- project\n"
	                                                        "  -- project.tasks: selectin\n"
	                                                        "    -- task.children: recursive\n"
	                                                        "    -- task.tags: selectin\n"
	                                                        "  -- project.members: subquery\n");
	CHECK_INT(statements, 1 + 1 + 1 + 2 + 1);
	CHECK_CONTAINS(text, "LEFT JOIN");
	CHECK_CONTAINS(text, "ROW_NUMBER()");
	CHECK(by_levels == !strstr(text, "WITH RECURSIVE"));
	shop_close(&shop);
}

TEST(explain, names_as_many_statements_as_are_run)
{
	struct shop shop;
	struct project_list list;
	const char *text;
	size_t statements;
	/* each of them on rows that no other one reaches, for a row's relation is loaded once */
	const struct person_query each = { .how = TRV_SELECTIN, .leads = &(struct project_query) { .limit = 0 } };
	const struct project_query apart = { .how = TRV_SELECTIN };
	const struct task_query children = { .project = &apart };
	const struct task_query tasks = { .assignee = &each, .children = &children };
	const struct person_query lead = { .reports = &(struct person_query) { .how = TRV_JOINED } };
	const struct project_query query = { .tasks = &tasks, .lead = &lead };

	shop_open(&shop);
	SHOP_OK(&shop, project_explain(shop.s, &text, &query));
	labels(&shop, text, &statements);
	uint64_t before = shop_statements(&shop);
	SHOP_OK(&shop, project_find(shop.s, &list, &query));
	CHECK_INT(statements, shop_statements(&shop) - before);
	shop_close(&shop);
}

TEST(explain, gives_the_very_text_that_is_sent)
{
	struct shop shop;
	struct task_list list;
	const char *text;
	const struct task_query query = { .where = { task_title(TRV_CONTAINS, "a"), task_due_is_null() },
		                          .order_by = { task_by_due(TRV_DESC) },
		                          .limit = 3 };

	shop_open(&shop);
	SHOP_OK(&shop, trv_session_log(shop.s, true));
	SHOP_OK(&shop, task_explain(shop.s, &text, &query));
	CHECK(trv_session_logged(shop.s, 0) == NULL);
	SHOP_OK(&shop, task_find(shop.s, &list, &query));
	REQUIRE(trv_session_logged(shop.s, 0));
	CHECK_STR(text,
	          trv_arena_printf(trv_session_arena(shop.s), "-- task\n%s\n", trv_session_logged(shop.s, 0)->sql));
	shop_close(&shop);
}

TEST(explain, runs_nothing_and_counts_nothing)
{
	struct shop shop;
	const char *text = NULL;
	struct trv_session_stats before, after;
	uint64_t count = 0;

	shop_open(&shop);
	SHOP_OK(&shop, trv_exec(shop.s, NULL, "DROP TABLE task_need", NULL, 0));
	trv_session_stats(shop.s, &before);
	SHOP_OK(&shop, need_explain(shop.s, &text, NULL));
	CHECK_CONTAINS(text, "task_need");
	trv_session_stats(shop.s, &after);
	CHECK(memcmp(&before, &after, sizeof(before)) == 0);
	SHOP_OK(&shop, task_count(shop.s, &count, NULL));
	CHECK_INT(count, SHOP_TASKS);
	shop_close(&shop);
}

TEST(explain, refuses_what_the_query_would_refuse)
{
	struct shop shop;
	const char *text = "untouched";

	shop_open(&shop);
	CHECK_STATUS(task_explain(shop.s, &text, &(struct task_query) { .where = { task_title(TRV_EQ, NULL) } }),
	             TRV_ERR_VALUE);
	CHECK_STR(text, "untouched");
	SHOP_OK(&shop, task_explain(shop.s, &text, NULL));
	shop_close(&shop);
}
