/* Plans and prepared statements are made once for each shape. */
#include "fixture.h"

static struct trv_session_stats stats(struct world *w)
{
	struct trv_session_stats found;

	trv_session_stats(w->s, &found);
	return found;
}

static int page(struct world *w, int64_t above, size_t limit, const char *name)
{
	struct project_list list;
	struct trv_mark mark = trv_mark(w->s);
	const int64_t ids[] = { above, 2, 3 };

	int r = project_find(
		w->s, &list,
		&(struct project_query) {
			.where = { project_id(TRV_GT, above), project_has_tasks(&(struct task_query) {
								      .where = { task_project_id_in(ids, 3) } }) },
			.order_by = { project_by_name(TRV_ASC) },
			.limit = limit,
			.lead = &(struct person_query) { .where = { person_name(TRV_NE, name) } },
			.tasks = &(struct task_query) { .limit = limit, .tags = &(struct tag_query) { .limit = 0 } },
			.members = &(struct person_query) { .how = TRV_SUBQUERY } });
	trv_rewind(w->s, mark);
	return r;
}

TEST(plan, a_repeated_query_prepares_and_compiles_nothing)
{
	struct world w;

	world_open(&w);
	for (int i = 0; i < 2; i++)
		OK(&w, page(&w, 0, 4, "Bob")); /* the second run pads its lists as the first did */
	struct trv_session_stats before = stats(&w);
	for (int i = 0; i < 20; i++)
		OK(&w, page(&w, i % 2, (size_t)(4 + i), i % 2 ? "Ann" : "Cid"));
	struct trv_session_stats after = stats(&w);
	CHECK_INT(after.prepared, before.prepared);
	CHECK_INT(after.compiled, before.compiled);
	CHECK(after.statements > before.statements);
	world_close(&w);
}

TEST(plan, writes_are_prepared_once_too)
{
	struct world w;
	struct trv_session_stats before = { .statements = 0 };

	world_open(&w);
	for (int i = 0; i < 10; i++) {
		struct task task = { .title = "x",
			             .project_id = w.projects[i % 3].id,
			             .priority = (int16_t)(1 + i % 5) };

		OK(&w, task_insert(w.s, &task));
		task.title = "y";
		OK(&w, task_update(w.s, &task, TASK_TITLE));
		OK(&w, task_upsert(w.s, &task, TASK_ID, TASK_TITLE));
		OK(&w, task_delete(w.s, &task));
		OK(&w, task_update_where(w.s, NULL, &task, TASK_PRIORITY,
		                         &(struct task_query) { .where = { task_id(TRV_EQ, i) } }));
		if (i == 0)
			before = stats(&w);
	}
	CHECK_INT(stats(&w).prepared, before.prepared);
	CHECK_INT(stats(&w).compiled, before.compiled);
	CHECK_INT(stats(&w).statements, before.statements + 45);
	world_close(&w);
}

TEST(plan, one_shape_for_every_value_and_another_for_another_shape)
{
	struct world w;
	uint64_t count;

	world_open(&w);
	OK(&w, task_count(w.s, &count, &(struct task_query) { .where = { task_priority(TRV_EQ, 1) } }));
	uint64_t prepared = stats(&w).prepared;
	OK(&w, task_count(w.s, &count, &(struct task_query) { .where = { task_priority(TRV_EQ, 2) } }));
	CHECK_INT(stats(&w).prepared, prepared);
	const struct task_query others[] = {
		{ .where = { task_priority(TRV_NE, 1) } },
		{ .where = { task_version(TRV_EQ, 1) } },
		{ .where = { task_not(task_priority(TRV_EQ, 1)) } },
		{ .where = { task_any(task_priority(TRV_EQ, 1)) } },
		{ .where = { task_all(task_priority(TRV_EQ, 1)) } },
		{ .where = { task_priority(TRV_EQ, 1), task_priority(TRV_EQ, 1) } },
		{ .where = { task_priority_in((const int16_t[]) { 1 }, 1) } },
		{ .where = { task_priority_in((const int16_t[]) { 1, 2 }, 2) } },
		{ .where = { task_priority_in(NULL, 0) } },
		{ .where = { task_due_is_null() } },
		{ .where = { task_due_is_not_null() } },
		{ .where = { task_priority(TRV_EQ, 1) }, .limit = 2 },
		{ .where = { task_priority(TRV_EQ, 1) }, .limit = 2, .offset = 1 },
		{ .where = { task_where_sql("{priority} = 1", NULL, 0) } },
		{ .where = { task_where_sql("{priority} = 2", NULL, 0) } },
		{ .where = { task_has_parent(NULL) } },
		{ .where = { task_has_children(NULL) } },
		{ .where = { task_has_parent(&(struct task_query) { .where = { task_priority(TRV_EQ, 1) } }) } },
		{ .where = { task_has_parent(NULL), task_priority(TRV_EQ, 1) } },
	};
	for (size_t i = 0; i < TRV_COUNT_OF(others); i++) {
		OK(&w, task_count(w.s, &count, &others[i]));
		/* PostgreSQL's lists are arrays: one statement for all lengths. */
		if (others[i].where[0].expr.kind == TRV_EXPR_IN && others[i].where[0].expr.as.list.count == 2)
			prepared -= BY_ENGINE(0u, 1u, 0u);
		if (!CHECK_INT(stats(&w).prepared, prepared + i + 1))
			test_note("query %zu", i);
	}
	world_close(&w);
}

/* Nesting may not make two queries alike: any(a, any(b)) and any(a), any(b) and so on. */
TEST(plan, where_a_list_ends_is_part_of_the_shape)
{
	struct world w;
	uint64_t count;

	world_open(&w);
	const struct task_expr a = task_priority(TRV_EQ, 1), b = task_priority(TRV_EQ, 2);
	const struct {
		struct task_query query;
		unsigned expected;
	} cases[] = {
		{ { .where = { task_any(a, b) } }, 6 },
		{ { .where = { task_any(a), b } }, 0 },
		{ { .where = { task_any(a), task_any(b) } }, 0 },
		{ { .where = { task_any(a, task_any(b)) } }, 6 },
		{ { .where = { task_any(a, task_all(b)) } }, 6 },
		{ { .where = { task_any(task_all(a, b)) } }, 0 },
		{ { .where = { task_any(task_all(a), b) } }, 6 },
		{ { .where = { task_has_parent(&(struct task_query) { .where = { a } }), b } }, 2 },
		{ { .where = { task_has_parent(&(struct task_query) { .where = { a, b } }) } }, 0 },
	};
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
			OK(&w, task_count(w.s, &count, &cases[i].query));
			if (!CHECK_INT(count, cases[i].expected))
				test_note("query %zu, round %d", i, round);
		}
	}
	world_close(&w);
}

TEST(plan, more_shapes_than_the_cache_holds)
{
	struct world w;

	world_open_with(&w, (struct trv_options) { .statements = 4 });
	OK(&w, trv_schema_create(w.s));
	world_fill(&w);
	for (int round = 0; round < 3; round++) {
		for (uint16_t column = 0; column < task_model.column_count; column++) {
			struct task_list list;
			const struct task_query query = { .where = { { trv_expr_null(column, true) } },
				                          .order_by = { task_by_id(TRV_ASC) },
				                          .project = &(struct project_query) { .how = TRV_SELECTIN } };

			OK(&w, task_find(w.s, &list, &query));
			size_t expected = column == 2 ? 7 : column == 3 ? 10 : column == 7 || column == 9 ? 0 : TASKS;
			CHECK_INT(list.count, expected);
			if (list.count)
				CHECK_STR(list.items[0].project->name, "atlas");
		}
	}
	world_close(&w);
}

TEST(plan, a_connection_that_keeps_one_statement_works)
{
	struct world w;

	world_open_with(&w, (struct trv_options) { .statements = 1 });
	OK(&w, trv_schema_create(w.s));
	world_fill(&w);
	for (int i = 0; i < 3; i++)
		OK(&w, page(&w, 0, 3, "Bob"));
	world_close(&w);
}

TEST(plan, a_statement_that_fails_is_prepared_again)
{
	struct world w;
	struct tag again = { .name = "red" };

	world_open(&w);
	CHECK_STATUS(tag_insert(w.s, &again), TRV_ERR_UNIQUE);
	again.name = "other";
	OK(&w, tag_insert(w.s, &again));
	CHECK_STR(raw(&w, "SELECT count(*) FROM tag"), "5");
	world_close(&w);
}

TEST(plan, a_table_that_changed_under_a_prepared_statement)
{
	struct world w;
	struct tag_list list = { NULL, 77 };

	world_open(&w);
	const struct tag_query by_id = { .order_by = { tag_by_id(TRV_ASC) } };
	OK(&w, tag_find(w.s, &list, &by_id));
	raw(&w, "ALTER TABLE tag ADD COLUMN extra TEXT DEFAULT 'x'");
	OK(&w, tag_find(w.s, &list, &by_id));
	CHECK_INT(list.count, TAGS);
	CHECK_STR(list.items[0].name, "red");
	raw(&w, "ALTER TABLE tag RENAME COLUMN name TO title");
	list.count = 77;
	CHECK(tag_find(w.s, &list, &by_id) < 0);
	CHECK_INT(list.count, 77);
	raw(&w, "ALTER TABLE tag RENAME COLUMN title TO name");
	OK(&w, tag_find(w.s, &list, &by_id));
	CHECK_STR(list.items[0].name, "red");
	world_close(&w);
}

/* --- what is seen ------------------------------------------------------------------------------------------- */

struct seen {
	unsigned count, prepared, failed;
	uint64_t rows;
	const void *site;
};

static void observe(const struct trv_statement_event *event, void *argument)
{
	struct seen *seen = argument;

	seen->count++;
	seen->prepared += event->prepared;
	seen->failed += event->status < 0;
	seen->rows += event->rows;
	seen->site = event->site;
	CHECK(event->sql && *event->sql);
	CHECK(event->nanoseconds > 0);
}

TEST(plan, every_statement_is_seen_with_its_rows_and_its_call_site)
{
	struct world w;
	struct seen seen = { 0 };
	struct task_list list;

	world_open(&w);
	trv_session_observe(w.s, observe, &seen);
	const struct task_query query = { .where = { task_priority(TRV_EQ, 4) },
		                          .children = &(struct task_query) { .limit = 0 } };
	OK(&w, task_find(w.s, &list, &query));
	CHECK_INT(seen.count, 2);
	CHECK_INT(seen.prepared, 2);
	CHECK_INT(seen.rows, 4); /* t3 and t8, t5 and t9 */
	CHECK(seen.site != NULL);
	OK(&w, task_find(w.s, &list, &query));
	CHECK_INT(seen.count, 4);
	CHECK_INT(seen.prepared, 2);
	struct tag again = { .name = "red" };
	CHECK_STATUS(tag_insert(w.s, &again), TRV_ERR_UNIQUE);
	CHECK_INT(seen.failed, 1);
	seen.rows = 0;
	uint64_t affected = 0;
	OK(&w, task_update_where(w.s, &affected, &(struct task) { .priority = 1 }, TASK_PRIORITY,
	                         &(struct task_query) { .where = { task_priority(TRV_EQ, 5) } }));
	CHECK_INT(seen.rows, 2);
	trv_session_observe(w.s, NULL, NULL);
	OK(&w, task_find(w.s, &list, &query));
	CHECK_INT(seen.count, 6);
	world_close(&w);
}

TEST(plan, the_log_keeps_the_last_thousand)
{
	struct world w;
	uint64_t count;
	size_t logged = 0;

	world_open(&w);
	CHECK(!trv_session_logged(w.s, 0));
	OK(&w, trv_session_log(w.s, true));
	CHECK(!trv_session_logged(w.s, 0));
	OK(&w, person_count(w.s, &count, NULL));
	for (int i = 0; i < 1024; i++)
		OK(&w, tag_count(w.s, &count, NULL));
	while (trv_session_logged(w.s, logged))
		logged++;
	CHECK_INT(logged, 1024);
	CHECK_CONTAINS(trv_session_logged(w.s, 0)->sql, "tag");
	OK(&w, trv_session_log(w.s, true));
	CHECK(!trv_session_logged(w.s, 0));
	OK(&w, trv_session_log(w.s, false));
	world_close(&w);
}
