#include "fixture.h"

static const char *found(struct world *w, const struct task_query *query)
{
	struct task_list list;

	OK(w, task_find(w->s, &list, query));
	return names_of_list(w, &list);
}

TEST(find, everything)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, task_find(w.s, &list, NULL));
	CHECK_INT(list.count, TASKS);
	CHECK_STR(found(&w, &(struct task_query) { .order_by = { task_by_id(TRV_ASC) } }),
	          "t0 t1 t2 t3 t4 t5 t6 t7 t8 t9 t10 t11");
	world_close(&w);
}

TEST(find, each_row_is_what_the_database_has)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	OK(&w, task_find(w.s, &list, &(struct task_query) { .order_by = { task_by_id(TRV_ASC) } }));
	for (size_t i = 0; i < list.count; i++) {
		const struct task *t = &list.items[i];
		char text[512], effort[TRV_DECIMAL_TEXT], parent[24] = "~", assignee[24] = "~";

		trv_decimal_format(&t->effort, effort);
		if (t->has_parent_id)
			snprintf(parent, sizeof(parent), "%lld", (long long)t->parent_id);
		if (t->has_assignee_id)
			snprintf(assignee, sizeof(assignee), "%lld", (long long)t->assignee_id);
		snprintf(text, sizeof(text), "%lld|%lld|%s|%s|%s|%d|%s|%lld|%lld|%d", (long long)t->id,
		         (long long)t->project_id, parent, assignee, t->title, t->priority, effort,
		         (long long)t->created, (long long)t->updated, t->version);
		CHECK_STR(raw(&w,
		              "SELECT id, project_id, parent_id, assignee_id, title, priority, effort, %s, %s, "
		              "version FROM task ORDER BY id LIMIT 1 OFFSET %zu",
		              SQL_MICROS("created"), SQL_MICROS("updated"), i),
		          text);
		CHECK_STR(raw(&w, "SELECT state FROM task WHERE id = %lld", (long long)t->id),
		          task_model.columns[5].enumeration->values[t->state].stored);
	}
	world_close(&w);
}

TEST(find, nothing_found_is_an_empty_list)
{
	struct world w;
	struct task_list list = { NULL, 9 };

	world_open(&w);
	OK(&w, task_find(w.s, &list, &(struct task_query) { .where = { task_id(TRV_EQ, 999) } }));
	CHECK_INT(list.count, 0);
	world_close(&w);
}

TEST(find, order_by_several_columns)
{
	struct world w;

	world_open(&w);
	CHECK_STR(found(&w, &(struct task_query) { .order_by = { task_by_priority(TRV_DESC), task_by_id(TRV_ASC) } }),
	          "t4 t9 t3 t8 t2 t7 t1 t6 t11 t0 t5 t10");
	CHECK_STR(found(&w, &(struct task_query) { .order_by = { task_by_state(TRV_ASC), task_by_priority(TRV_ASC),
	                                                         task_by_effort(TRV_DESC) } }),
	          "t10 t1 t7 t4 t5 t11 t2 t8 t0 t6 t3 t9");
	world_close(&w);
}

TEST(find, nulls_come_first_going_up_and_last_going_down)
{
	struct world w;

	world_open(&w);
	CHECK_STR(found(&w, &(struct task_query) { .order_by = { task_by_assignee_id(TRV_ASC), task_by_id(TRV_ASC) } }),
	          "t4 t7 t0 t5 t8 t1 t2 t9 t10 t3 t11 t6");
	CHECK_STR(
		found(&w, &(struct task_query) { .order_by = { task_by_assignee_id(TRV_DESC), task_by_id(TRV_ASC) } }),
		"t6 t3 t11 t1 t2 t9 t10 t0 t5 t8 t4 t7");
	world_close(&w);
}

TEST(find, json_has_no_order)
{
	struct world w;
	struct task_list list;
	const struct task_query by_meta = { .order_by = { task__order(trv_order_by(9, TRV_ASC)) } };

	world_open(&w);
	CHECK_STATUS(task_find(w.s, &list, &by_meta), TRV_ERR_MISUSE);
	CHECK_STR(trv_error(w.s)->message, "task.meta: json has no order");
	world_close(&w);
}

TEST(find, decimals_are_ordered_as_numbers)
{
	struct world w;

	world_open(&w);
	CHECK_STR(found(&w, &(struct task_query) { .order_by = { task_by_effort(TRV_DESC) }, .limit = 4 }),
	          "t11 t10 t9 t8");
	world_close(&w);
}

TEST(find, limit_and_offset)
{
	struct world w;
	const struct task_order by_id = task_by_id(TRV_ASC);

	world_open(&w);
	CHECK_STR(found(&w, &(struct task_query) { .order_by = { by_id }, .limit = 3 }), "t0 t1 t2");
	CHECK_STR(found(&w, &(struct task_query) { .order_by = { by_id }, .limit = 3, .offset = 10 }), "t10 t11");
	CHECK_STR(found(&w, &(struct task_query) { .order_by = { by_id }, .offset = 9 }), "t9 t10 t11");
	CHECK_STR(found(&w, &(struct task_query) { .order_by = { by_id }, .offset = 12 }), "");
	CHECK_STR(found(&w, &(struct task_query) { .order_by = { by_id }, .limit = SIZE_MAX, .offset = 11 }), "t11");
	CHECK_STR(found(&w, &(struct task_query) { .limit = 2, .offset = SIZE_MAX }), "");
	world_close(&w);
}

/* Named once, used everywhere: a query is constant data. */
static const struct project_query overview = {
	.order_by = { { { .by = 1 } } },
	.lead = &(const struct person_query) { .columns = PERSON_NAME },
	.tasks = &(const struct task_query) { .limit = 2, .assignee = &(const struct person_query) { .limit = 0 } },
};

TEST(find, a_constant_query_is_used_again_and_changed_in_a_copy)
{
	struct world w;
	struct project_list list;

	world_open(&w);
	OK(&w, project_find(w.s, &list, &overview));
	CHECK_INT(list.count, PROJECTS);
	CHECK_STR(list.items[0].name, "atlas");
	CHECK_INT(list.items[0].tasks->count, 2);
	struct project_query one = overview;
	one.where[0] = project_name(TRV_EQ, "chronos");
	one.lock = true; /* nothing to SQLite */
	OK(&w, project_find(w.s, &list, &one));
	REQUIRE(list.count == 1);
	CHECK_STR(list.items[0].lead->name, "Bob");
	world_close(&w);
}

TEST(find, a_limit_without_an_order_is_by_key)
{
	struct world w;

	world_open(&w);
	CHECK_STR(found(&w, &(struct task_query) { .limit = 2, .offset = 4 }), "t4 t5");
	CHECK_STR(found(&w, &(struct task_query) { .order_by = { task_by_priority(TRV_ASC) }, .limit = 4 }),
	          "t0 t5 t10 t1");
	world_close(&w);
}

TEST(find, chosen_columns_are_loaded_and_no_others)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .where = { task_priority(TRV_EQ, 4) },
	                                        .columns = TASK_TITLE,
	                                        .order_by = { task_by_effort(TRV_ASC) } }));
	CHECK(!strstr(last_statement(w.s), "\"state\""));
	REQUIRE(list.count == 2);
	CHECK_STR(list.items[0].title, "t3");
	CHECK_INT(list.items[0].id, w.tasks[3].id);
	CHECK_INT(list.items[0].priority, 0);
	CHECK_INT(list.items[0].version, 0);
	CHECK_INT(trv_row_columns(&list.items[0].trv), TASK_ID | TASK_TITLE);
	REQUIRE_STATUS(task_find(w.s, &list, &(struct task_query) { .columns = UINT64_C(1) << 40 }), TRV_ERR_MISUSE);
	world_close(&w);
}

TEST(find, a_relation_brings_the_columns_that_it_goes_by)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .where = { task_title(TRV_EQ, "t3") },
	                                        .columns = TASK_TITLE,
	                                        .assignee = &(struct person_query) { .columns = PERSON_NAME },
	                                        .children = &(struct task_query) { .columns = TASK_STATE } }));
	REQUIRE(list.count == 1);
	CHECK_STR(list.items[0].assignee->name, "Cid");
	CHECK_INT(trv_row_columns(&list.items[0].assignee->trv), PERSON_ID | PERSON_NAME);
	CHECK(trv_row_columns(&list.items[0].trv) & TASK_ASSIGNEE_ID);
	CHECK_STR(names_of_refs(&w, list.items[0].children), "t5");
	world_close(&w);
}

TEST(one, the_row_or_an_error)
{
	struct world w;
	struct person person = { .name = "untouched" };

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, person_one(w.s, &person, &(struct person_query) { .where = { person_name(TRV_EQ, "Dora") } }));
	CHECK_INT(person.id, w.people[DORA].id);
	struct person before = person;
	REQUIRE_STATUS(person_one(w.s, &person, &(struct person_query) { .where = { person_name(TRV_EQ, "Fay") } }),
	               TRV_ERR_NOT_FOUND);
	REQUIRE_STATUS(person_one(w.s, &person, NULL), TRV_ERR_TOO_MANY);
	CHECK_STR(trv_error(w.s)->message, "more than one person");
	CHECK(memcmp(&person, &before, sizeof(person)) == 0);
	OK(&w,
	   person_one(w.s, &person, &(struct person_query) { .order_by = { person_by_name(TRV_DESC) }, .limit = 1 }));
	CHECK_STR(person.name, "Eve");
	world_close(&w);
}

TEST(one, its_relations_come_along)
{
	struct world w;
	struct project project;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 2)
	OK(&w, project_one(w.s, &project,
	                   &(struct project_query) {
				   .where = { project_name(TRV_EQ, "boreas") },
				   .lead = &(struct person_query) { .limit = 0 },
				   .tasks = &(struct task_query) { .order_by = { task_by_id(TRV_ASC) } } }));
	CHECK_STR(project.lead->name, "Ann");
	CHECK_STR(names_of_refs(&w, project.tasks), "t8 t9");
	world_close(&w);
}

TEST(count, rows_that_match)
{
	struct world w;
	uint64_t count = 0;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, task_count(w.s, &count, NULL));
	CHECK_INT(count, TASKS);
	OK(&w, task_count(w.s, &count, &(struct task_query) { .where = { task_priority(TRV_GE, 4) } }));
	CHECK_INT(count, 4);
	OK(&w, task_count(w.s, &count, &(struct task_query) { .where = { task_priority(TRV_GE, 4) }, .limit = 3 }));
	CHECK_INT(count, 3);
	OK(&w, task_count(w.s, &count, &(struct task_query) { .limit = 100, .offset = 10 }));
	CHECK_INT(count, 2);
	OK(&w,
	   task_count(w.s, &count, &(struct task_query) { .children = &(struct task_query) { .how = TRV_JOINED } }));
	CHECK_INT(count, TASKS);
	world_close(&w);
}

TEST(exists, whether_there_is_one)
{
	struct world w;
	bool exists = false;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, task_exists(w.s, &exists, &(struct task_query) { .where = { task_title(TRV_EQ, "t11") } }));
	CHECK(exists);
	OK(&w, task_exists(w.s, &exists, &(struct task_query) { .where = { task_title(TRV_EQ, "t12") } }));
	CHECK(!exists);
	OK(&w, sample_exists(w.s, &exists, NULL));
	CHECK(!exists);
	OK(&w, task_exists(w.s, &exists, &(struct task_query) { .limit = 5, .offset = 11 }));
	CHECK(exists);
	OK(&w, task_exists(w.s, &exists, &(struct task_query) { .limit = 5, .offset = 12 }));
	CHECK(!exists);
	world_close(&w);
}

/* --- memory ---------------------------------------------------------------------------------------- */

TEST(arena, rows_go_where_the_query_says)
{
	struct world w;
	struct trv_arena arena;
	struct task_list list;

	world_open(&w);
	trv_arena_init(&arena, NULL, 0);
	size_t before = trv_session_arena(w.s)->used;
	struct trv_mark mark = trv_mark(w.s);
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .arena = &arena,
	                                        .order_by = { task_by_id(TRV_ASC) },
	                                        .assignee = &(struct person_query) { .limit = 0 },
	                                        .tags = &(struct tag_query) { .order_by = { tag_by_id(TRV_ASC) } } }));
	CHECK(arena.used > 0);
	CHECK_INT(trv_session_arena(w.s)->used, before);
	CHECK(trv_mark(w.s).next == mark.next);
	trv_session_close(w.s); /* they outlive the session */
	w.s = NULL;
	CHECK_STR(names_of_list(&w, &list), "t0 t1 t2 t3 t4 t5 t6 t7 t8 t9 t10 t11");
	CHECK_STR(list.items[0].tags->items[1]->name, "green");
	CHECK_STR(list.items[0].assignee->name, "Ann");
	trv_arena_release(&arena);
	world_close(&w);
}

TEST(arena, relations_that_are_loaded_later_go_to_the_rows_arena_too)
{
	struct world w;
	struct trv_arena arena;
	struct project_list list;

	world_open(&w);
	trv_arena_init(&arena, NULL, 0);
	struct trv_mark mark = trv_mark(w.s);
	OK(&w, project_find(w.s, &list, &(struct project_query) { .arena = &arena }));
	OK(&w, project_tasks(w.s, &list.items[0]));
	CHECK(trv_mark(w.s).next == mark.next && trv_mark(w.s).chunk == mark.chunk);
	CHECK_INT(list.items[0].tasks->count, 8);
	trv_arena_release(&arena);
	world_close(&w);
}

TEST(arena, a_long_loop_rewinds)
{
	struct world w;
	size_t most = 0;

	world_open(&w);
	for (int i = 0; i < 200; i++) {
		struct trv_mark mark = trv_mark(w.s);
		struct task_list list;

		OK(&w,
		   task_find(w.s, &list, &(struct task_query) { .project = &(struct project_query) { .limit = 0 } }));
		CHECK_INT(list.count, TASKS);
		if (i == 1)
			most = trv_session_arena(w.s)->used;
		trv_rewind(w.s, mark);
	}
	CHECK(trv_session_arena(w.s)->used <= most);
	world_close(&w);
}

TEST(arena, a_failed_call_leaves_nothing_in_it_and_its_outputs_alone)
{
	struct world w;
	struct task_list list = { NULL, 77 };
	uint64_t count = 77;
	bool exists = true;

	world_open(&w);
	OK(&w, task_find(w.s, &list, NULL));
	list.count = 77;
	struct trv_mark mark = trv_mark(w.s);
	const struct task_query bad = { .where = { task_where_sql(
						"abs({id} - 5) * -9223372036854775807 > 0 AND no_such()", NULL, 0) } };
	CHECK_STATUS(task_find(w.s, &list, &bad), TRV_ERR_SQL);
	CHECK_STATUS(task_count(w.s, &count, &bad), TRV_ERR_SQL);
	CHECK_STATUS(task_exists(w.s, &exists, &bad), TRV_ERR_SQL);
	CHECK(trv_mark(w.s).next == mark.next && trv_mark(w.s).chunk == mark.chunk);
	CHECK_INT(list.count, 77);
	CHECK_INT(count, 77);
	CHECK(exists);
	/* one that fails at a later row: the first is decoded already */
	const struct task_query late = { .where = { task_where_sql(
						 "abs(CASE WHEN {title} = 't4' THEN -9223372036854775807 - 1 "
						 "ELSE 1 END) > 0",
						 NULL, 0) } };
	CHECK(task_find(w.s, &list, &late) < 0);
	CHECK(trv_mark(w.s).next == mark.next && trv_mark(w.s).chunk == mark.chunk);
	CHECK_INT(list.count, 77);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	OK(&w, task_count(w.s, &count, NULL));
	CHECK_INT(count, TASKS);
	world_close(&w);
}

TEST(arena, a_session_has_a_cap)
{
	struct world w;
	struct task_list list = { NULL, 77 };

	world_open_with(&w, (struct trv_options) { .arena_cap = 400 * 1024 });
	OK(&w, trv_schema_create(w.s));
	world_fill(&w);
	raw(&w,
	    "INSERT INTO task (project_id, title, created, updated, version) "
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
	    "SELECT 1, 'task ' || i, %s, %s, 1 FROM n",
	    SQL_EPOCH, SQL_EPOCH);
	REQUIRE_STATUS(task_find(w.s, &list, NULL), TRV_ERR_NOMEM);
	CHECK_INT(list.count, 77);
	OK(&w, task_find(w.s, &list, &(struct task_query) { .limit = 12 }));
	CHECK_INT(list.count, 12);
	world_close(&w);
}
