/* Every loader on every kind of relation: what is loaded, by how many statements. */
#include "fixture.h"

#include <stdlib.h>

static const char *const how_names[] = { "auto", "joined", "selectin", "subquery", "lazy", "raise" };

/* --- what ought to be there ------------------------------------------------------------------------ */

static const char *const tasks_of[PROJECTS] = { "t0 t1 t2 t3 t4 t5 t6 t7", "t8 t9", "t10 t11", "" };
static const char *const members_of[PROJECTS] = { "Ann Bob Cid", "Bob", "Cid Dora", "" };
static const char *const lead_of[PROJECTS] = { "Ann", "Ann", "Bob", NULL };
static const char *const children_of[TASKS] = { "t1 t2", "t3 t4", "", "t5", "", "t6", "", "", "t9", "", "", "" };
static const char *const needs_of[TASKS] = { "t1 t7", "t2", "t0", "", "", "", "", "t8", "", "", "t11", "" };
static const char *const tags_of[TASKS] = { "red green", "green", "red blue", "", "", "blue",
	                                    "",          "",      "red",      "", "", "green" };

/* In the order of the keys, whatever order they came in. */
static int by_id(const void *a, const void *b)
{
	int64_t left = (*(struct person *const *)a)->id, right = (*(struct person *const *)b)->id;

	return (left > right) - (left < right);
}

static int by_task_id(const void *a, const void *b)
{
	int64_t left = (*(struct task *const *)a)->id, right = (*(struct task *const *)b)->id;

	return (left > right) - (left < right);
}

static int by_tag_id(const void *a, const void *b)
{
	int64_t left = (*(struct tag *const *)a)->id, right = (*(struct tag *const *)b)->id;

	return (left > right) - (left < right);
}

static const char *people(struct person_refs *refs)
{
	static char text[256];

	text[0] = '\0';
	if (refs->count)
		qsort(refs->items, refs->count, sizeof(*refs->items), by_id);
	for (size_t i = 0; i < refs->count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", refs->items[i]->name);
	return text;
}

static const char *sorted_tasks(struct world *w, struct task_refs *refs)
{
	if (refs->count)
		qsort(refs->items, refs->count, sizeof(*refs->items), by_task_id);
	return names_of_refs(w, refs);
}

static const char *tags(struct tag_refs *refs)
{
	static char text[256];

	text[0] = '\0';
	if (refs->count)
		qsort(refs->items, refs->count, sizeof(*refs->items), by_tag_id);
	for (size_t i = 0; i < refs->count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", refs->items[i]->name);
	return text;
}

/* --- to-one ------------------------------------------------------------------------------------------- */

static void check_leads(struct world *w, enum trv_how how, unsigned statements)
{
	struct project_list list;

	ASSERT_STATEMENTS(w->s, statements)
	{
		OK(w, project_find(w->s, &list,
		                   &(struct project_query) { .order_by = { project_by_id(TRV_ASC) },
		                                             .lead = &(struct person_query) { .how = how } }));
		for (size_t i = 0; i < list.count; i++)
			OK(w, project_lead(w->s, &list.items[i]));
	}
	CHECK_INT(list.count, PROJECTS);
	for (size_t i = 0; i < list.count; i++) {
		const struct person *lead = list.items[i].lead;

		if (!CHECK_STR(lead ? lead->name : NULL, lead_of[i]))
			test_note("%s", how_names[how]);
	}
	CHECK(list.items[0].lead == list.items[1].lead);
}

TEST(loader, to_one)
{
	struct world w;

	world_open(&w);
	check_leads(&w, TRV_AUTO_LOAD, 1);
	check_leads(&w, TRV_JOINED, 1);
	check_leads(&w, TRV_SELECTIN, 2);
	check_leads(&w, TRV_SUBQUERY, 2);
	check_leads(&w, TRV_LAZY, 2);
	world_close(&w);
}

/* --- to-many ------------------------------------------------------------------------------------------ */

static void check_tasks(struct world *w, enum trv_how how, unsigned statements)
{
	struct project_list list;

	ASSERT_STATEMENTS(w->s, statements)
	{
		OK(w, project_find(w->s, &list,
		                   &(struct project_query) { .order_by = { project_by_id(TRV_ASC) },
		                                             .tasks = &(struct task_query) { .how = how } }));
		for (size_t i = 0; i < list.count; i++)
			OK(w, project_tasks(w->s, &list.items[i]));
	}
	CHECK_INT(list.count, PROJECTS);
	for (size_t i = 0; i < list.count; i++)
		if (!CHECK_STR(sorted_tasks(w, list.items[i].tasks), tasks_of[i]))
			test_note("%s", how_names[how]);
	/* an empty list is a list */
	CHECK(list.items[DELOS].tasks != NULL && list.items[DELOS].tasks->count == 0);
}

TEST(loader, to_many)
{
	struct world w;

	world_open(&w);
	check_tasks(&w, TRV_AUTO_LOAD, 2);
	check_tasks(&w, TRV_JOINED, 1);
	check_tasks(&w, TRV_SELECTIN, 2);
	check_tasks(&w, TRV_SUBQUERY, 2);
	check_tasks(&w, TRV_LAZY, 2);
	world_close(&w);
}

/* --- many-to-many --------------------------------------------------------------------------------------- */

static void check_members(struct world *w, enum trv_how how, unsigned statements)
{
	struct project_list list;

	ASSERT_STATEMENTS(w->s, statements)
	{
		OK(w, project_find(w->s, &list,
		                   &(struct project_query) { .order_by = { project_by_id(TRV_ASC) },
		                                             .members = &(struct person_query) { .how = how } }));
		for (size_t i = 0; i < list.count; i++)
			OK(w, project_members(w->s, &list.items[i]));
	}
	for (size_t i = 0; i < list.count; i++)
		if (!CHECK_STR(people(list.items[i].members), members_of[i]))
			test_note("%s", how_names[how]);
	/* bob is one struct in both */
	CHECK(list.items[ATLAS].members->items[1] == list.items[BOREAS].members->items[0]);
}

TEST(loader, many_to_many)
{
	struct world w;

	world_open(&w);
	check_members(&w, TRV_AUTO_LOAD, 3); /* links, then the distinct targets */
	check_members(&w, TRV_JOINED, 3); /* joined, it would multiply */
	check_members(&w, TRV_SELECTIN, 3);
	check_members(&w, TRV_SUBQUERY, 2);
	check_members(&w, TRV_LAZY, 3);
	world_close(&w);
}

TEST(loader, many_to_many_from_the_other_side_of_a_list)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .order_by = { task_by_id(TRV_ASC) },
	                                        .tags = &(struct tag_query) { .limit = 0 } }));
	for (size_t i = 0; i < list.count; i++)
		CHECK_STR(tags(list.items[i].tags), tags_of[i]);
	world_close(&w);
}

/* --- self-referential ------------------------------------------------------------------------------------- */

static void check_family(struct world *w, enum trv_how how, unsigned statements)
{
	struct task_list list;

	ASSERT_STATEMENTS(w->s, statements)
	{
		OK(w, task_find(w->s, &list,
		                &(struct task_query) { .order_by = { task_by_id(TRV_ASC) },
		                                       .parent = &(struct task_query) { .how = how },
		                                       .children = &(struct task_query) { .how = how } }));
		for (size_t i = 0; i < list.count; i++) {
			OK(w, task_parent(w->s, &list.items[i]));
			OK(w, task_children(w->s, &list.items[i]));
		}
	}
	REQUIRE(list.count == TASKS);
	for (int i = 0; i < TASKS; i++) {
		const struct task *parent = list.items[i].parent;

		CHECK_INT(parent ? world_task(w, parent->id) : NOBODY, world_parents[i]);
		if (!CHECK_STR(sorted_tasks(w, list.items[i].children), children_of[i]))
			test_note("%s", how_names[how]);
		if (how == TRV_LAZY || !parent)
			continue;
		/* the root rows themselves */
		CHECK(parent == &list.items[world_parents[i]]);
		for (size_t k = 0; k < list.items[i].children->count; k++) {
			const struct task *child = list.items[i].children->items[k];

			CHECK(child == &list.items[world_task(w, child->id)]);
		}
	}
}

TEST(loader, of_a_model_to_itself)
{
	struct world w;

	world_open(&w);
	check_family(&w, TRV_AUTO_LOAD, 2);
	check_family(&w, TRV_JOINED, 1);
	check_family(&w, TRV_SELECTIN, 3);
	check_family(&w, TRV_SUBQUERY, 3);
	check_family(&w, TRV_LAZY, 3);
	world_close(&w);
}

TEST(loader, many_to_many_of_a_model_to_itself)
{
	static const enum trv_how hows[] = { TRV_SELECTIN, TRV_SUBQUERY, TRV_LAZY };
	struct world w;
	struct task_list list;

	world_open(&w);
	for (size_t how = 0; how < TRV_COUNT_OF(hows); how++) {
		OK(&w, task_find(w.s, &list,
		                 &(struct task_query) { .order_by = { task_by_id(TRV_ASC) },
		                                        .needs = &(struct task_query) { .how = hows[how] } }));
		for (int i = 0; i < TASKS; i++) {
			OK(&w, task_needs(w.s, &list.items[i]));
			CHECK_STR(sorted_tasks(&w, list.items[i].needs), needs_of[i]);
		}
		if (hows[how] != TRV_LAZY)
			CHECK(list.items[2].needs->items[0] == &list.items[0]);
	}
	world_close(&w);
}

/* --- raise --------------------------------------------------------------------------------------------------- */

TEST(loader, touching_what_must_not_be_loaded_names_relation_and_call_site)
{
	struct world w;
	struct project_list list;
	char site[256];

	world_open(&w);
	OK(&w, project_find(w.s, &list,
	                    &(struct project_query) { .lead = &(struct person_query) { .how = TRV_RAISE },
	                                              .tasks = &(struct task_query) { .how = TRV_RAISE },
	                                              .members = &(struct person_query) { .how = TRV_RAISE } }));
	ASSERT_STATEMENTS(w.s, 0)
	{
		CHECK_STATUS(project_lead(w.s, &list.items[0]), TRV_ERR_NOT_LOADED);
		CHECK_CONTAINS(trv_error(w.s)->message, "project.lead");
		CHECK_STATUS(project_tasks(w.s, &list.items[0]), TRV_ERR_NOT_LOADED);
		CHECK_CONTAINS(trv_error(w.s)->message, "project.tasks");
		CHECK_STATUS(project_members(w.s, &list.items[0]), TRV_ERR_NOT_LOADED);
	}
	CHECK(trv_error_site(trv_error(w.s), site, sizeof(site)) > 0);
	CHECK_CONTAINS(site, "test-runtime");
	CHECK(!list.items[0].tasks && !list.items[0].lead);
	world_close(&w);
}

TEST(loader, raise_deeper_in_the_tree)
{
	struct world w;
	struct project_list list;

	world_open(&w);
	OK(&w,
	   project_find(w.s, &list,
	                &(struct project_query) { .order_by = { project_by_id(TRV_ASC) },
	                                          .tasks = &(struct task_query) {
							  .assignee = &(struct person_query) { .how = TRV_RAISE } } }));
	CHECK_STATUS(task_assignee(w.s, list.items[0].tasks->items[0]), TRV_ERR_NOT_LOADED);
	CHECK_CONTAINS(trv_error(w.s)->message, "task.assignee");
	OK(&w, task_tags(w.s, list.items[0].tasks->items[0]));
	world_close(&w);
}

/* --- lazy ------------------------------------------------------------------------------------------------------ */

TEST(loader, one_statement_serves_all_siblings_wherever_they_are)
{
	struct world w;
	struct project_list list;
	size_t count = 0;

	world_open(&w);
	OK(&w, project_find(w.s, &list, &(struct project_query) { .tasks = &(struct task_query) { .limit = 0 } }));
	ASSERT_STATEMENTS(w.s, 1)
	for (size_t i = 0; i < list.count; i++) {
		for (size_t k = 0; k < list.items[i].tasks->count; k++) {
			OK(&w, task_assignee(w.s, list.items[i].tasks->items[k]));
			count += list.items[i].tasks->items[k]->assignee != NULL;
		}
	}
	CHECK_INT(count, 10);
	world_close(&w);
}

TEST(loader, a_row_that_the_program_copied_is_loaded_with_its_siblings)
{
	struct world w;
	struct project_list list;

	world_open(&w);
	OK(&w, project_find(w.s, &list, &(struct project_query) { .order_by = { project_by_id(TRV_ASC) } }));
	struct project copy = list.items[1];
	ASSERT_STATEMENTS(w.s, 1)
	{
		OK(&w, project_tasks(w.s, &copy));
		for (size_t i = 0; i < list.count; i++)
			OK(&w, project_tasks(w.s, &list.items[i]));
	}
	CHECK_STR(sorted_tasks(&w, copy.tasks), tasks_of[1]);
	CHECK_STR(sorted_tasks(&w, list.items[0].tasks), tasks_of[0]);
	CHECK(copy.tasks->items[0] == list.items[1].tasks->items[0]);
	/* and a copy of a copy, whose original is gone */
	struct task deep = *copy.tasks->items[0];
	OK(&w, task_assignee(w.s, &deep));
	CHECK_STR(deep.assignee->name, "Ann");
	world_close(&w);
}

TEST(loader, a_row_that_the_program_made_is_loaded_alone)
{
	struct world w;

	world_open(&w);
	struct project project = { .id = w.projects[BOREAS].id, .lead_id = w.people[CID].id, .has_lead_id = true };
	ASSERT_STATEMENTS(w.s, 2)
	{
		OK(&w, project_tasks(w.s, &project));
		OK(&w, project_lead(w.s, &project));
	}
	CHECK_STR(sorted_tasks(&w, project.tasks), "t8 t9");
	CHECK_STR(project.lead->name, "Cid");
	ASSERT_STATEMENTS(w.s, 0)
	OK(&w, project_tasks(w.s, &project));
	struct project nobody = { .id = 999 };
	ASSERT_STATEMENTS(w.s, 1)
	{
		OK(&w, project_tasks(w.s, &nobody));
		OK(&w, project_lead(w.s, &nobody)); /* a null key needs no statement */
	}
	CHECK(nobody.tasks->count == 0 && !nobody.lead);
	world_close(&w);
}

static int find_lazily(struct world *w, struct project_list *list)
{
	/* everything the query points to is gone when the relation is loaded */
	char title[8];
	enum task_state states[] = { TASK_OPEN, TASK_DONE };
	struct trv_value values[] = { trv_int(1) };
	const struct tag_query tag = { .where = { tag_name(TRV_NE, "none") } };
	const struct task_query query = {
		.how = TRV_LAZY,
		.where = { task_title(TRV_NE, title), task_state_in(states, 2),
		           task_any(task_has_tags(&tag), task_priority(TRV_EQ, 4)),
		           task_where_sql("{priority} >= ?", values, 1) },
		.order_by = { task_by_id(TRV_DESC) },
		.assignee = &(struct person_query) { .columns = PERSON_NAME },
	};

	strcpy(title, "t5");
	int r = project_find(w->s, list,
	                     &(struct project_query) { .order_by = { project_by_id(TRV_ASC) }, .tasks = &query });
	memset(title, 'x', sizeof(title) - 1);
	memset(states, 0x7f, sizeof(states));
	memset(values, 0x7f, sizeof(values));
	return r;
}

TEST(loader, the_query_of_a_lazy_relation_is_kept)
{
	struct world w;
	struct project_list list;

	world_open(&w);
	OK(&w, find_lazily(&w, &list));
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, project_tasks(w.s, &list.items[2]));
	CHECK_STR(names_of_refs(&w, list.items[0].tasks), "t3 t2 t0");
	CHECK_STR(names_of_refs(&w, list.items[1].tasks), "t8");
	CHECK_STR(names_of_refs(&w, list.items[2].tasks), "t11");
	CHECK_STR(list.items[2].tasks->items[0]->assignee->name, "Cid");
	CHECK_INT(trv_row_columns(&list.items[2].tasks->items[0]->assignee->trv), PERSON_ID | PERSON_NAME);
	world_close(&w);
}

TEST(loader, rows_without_the_key_columns_say_so)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	OK(&w, task_find(w.s, &list, &(struct task_query) { .columns = TASK_TITLE }));
	CHECK_STATUS(task_assignee(w.s, &list.items[0]), TRV_ERR_NOT_LOADED);
	CHECK_CONTAINS(trv_error(w.s)->message, "task.assignee");
	OK(&w, task_children(w.s, &list.items[0]));
	world_close(&w);
}

/* --- filter, order, limit for each parent ------------------------------------------------------------------------ */

static void check_cut(struct world *w, enum trv_how how, size_t limit, size_t offset,
                      const char *const expected[PROJECTS])
{
	struct project_list list;

	ASSERT_STATEMENTS(w->s, 2)
	{
		OK(w, project_find(w->s, &list,
		                   &(struct project_query) {
					   .order_by = { project_by_id(TRV_ASC) },
					   .tasks = &(struct task_query) { .how = how,
		                                                           .where = { task_title(TRV_NE, "t3") },
		                                                           .order_by = { task_by_priority(TRV_DESC) },
		                                                           .limit = limit,
		                                                           .offset = offset } }));
		for (size_t i = 0; i < list.count; i++)
			OK(w, project_tasks(w->s, &list.items[i]));
	}
	for (size_t i = 0; i < list.count; i++)
		if (!CHECK_STR(names_of_refs(w, list.items[i].tasks), expected[i]))
			test_note("%s, limit %zu, offset %zu", how_names[how], limit, offset);
}

TEST(loader, filter_order_limit_and_offset_are_for_each_parent)
{
	static const enum trv_how hows[] = { TRV_AUTO_LOAD, TRV_JOINED, TRV_SELECTIN, TRV_SUBQUERY, TRV_LAZY };
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(hows); i++) {
		check_cut(&w, hows[i], 3, 0, (const char *const[]) { "t4 t2 t7", "t9 t8", "t11 t10", "" });
		check_cut(&w, hows[i], 2, 1, (const char *const[]) { "t2 t7", "t8", "t10", "" });
		check_cut(&w, hows[i], 0, 5, (const char *const[]) { "t0 t5", "", "", "" });
		check_cut(&w, hows[i], SIZE_MAX, 6, (const char *const[]) { "t5", "", "", "" });
	}
	world_close(&w);
}

TEST(loader, many_to_many_with_filter_order_and_limit_for_each_parent)
{
	static const enum trv_how hows[] = { TRV_AUTO_LOAD, TRV_SELECTIN, TRV_SUBQUERY };
	struct world w;
	struct project_list list;

	world_open(&w);
	for (size_t how = 0; how < TRV_COUNT_OF(hows); how++) {
		ASSERT_STATEMENTS(w.s, 2)
		OK(&w, project_find(w.s, &list,
		                    &(struct project_query) { .order_by = { project_by_id(TRV_ASC) },
		                                              .members = &(struct person_query) {
								      .how = hows[how],
								      .where = { person_name(TRV_NE, "Dora") },
								      .order_by = { person_by_name(TRV_DESC) },
								      .limit = 2 } }));
		REQUIRE(list.items[0].members->count == 2);
		CHECK_STR(list.items[0].members->items[0]->name, "Cid");
		CHECK_STR(list.items[0].members->items[1]->name, "Bob");
		CHECK_INT(list.items[1].members->count, 1);
		CHECK_INT(list.items[2].members->count, 1);
		CHECK_STR(list.items[2].members->items[0]->name, "Cid");
		CHECK_INT(list.items[3].members->count, 0);
	}
	world_close(&w);
}

TEST(loader, a_filter_on_a_to_one_relation_leaves_it_null)
{
	static const enum trv_how hows[] = { TRV_JOINED, TRV_SELECTIN, TRV_SUBQUERY };
	struct world w;
	struct project_list list;

	world_open(&w);
	for (size_t how = 0; how < TRV_COUNT_OF(hows); how++) {
		OK(&w, project_find(w.s, &list,
		                    &(struct project_query) {
					    .order_by = { project_by_id(TRV_ASC) },
					    .lead = &(struct person_query) {
						    .how = hows[how], .where = { person_name(TRV_EQ, "Bob") } } }));
		REQUIRE(list.count == PROJECTS);
		CHECK(!list.items[0].lead && !list.items[1].lead && !list.items[3].lead);
		CHECK_STR(list.items[2].lead->name, "Bob");
		ASSERT_STATEMENTS(w.s, 0) /* it is loaded, and it is null */
		OK(&w, project_lead(w.s, &list.items[0]));
	}
	world_close(&w);
}

/* --- the parents' own query ----------------------------------------------------------------------------------------- */

TEST(loader, a_subquery_repeats_filter_order_limit_and_offset_of_the_parents)
{
	struct world w;
	struct project_list list;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 3)
	OK(&w, project_find(w.s, &list,
	                    &(struct project_query) { .where = { project_has_tasks(&(struct task_query) {
							      .where = { task_priority(TRV_GT, 0) } }) },
	                                              .order_by = { project_by_name(TRV_DESC) },
	                                              .limit = 1,
	                                              .offset = 1,
	                                              .tasks = &(struct task_query) { .how = TRV_SUBQUERY },
	                                              .members = &(struct person_query) { .how = TRV_SUBQUERY } }));
	REQUIRE(list.count == 1);
	CHECK_STR(list.items[0].name, "boreas");
	CHECK_STR(sorted_tasks(&w, list.items[0].tasks), "t8 t9");
	CHECK_STR(people(list.items[0].members), "Bob");
	world_close(&w);
}

TEST(loader, a_limit_counts_parents_not_joined_rows)
{
	struct world w;
	struct project_list list;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w,
	   project_find(w.s, &list,
	                &(struct project_query) { .order_by = { project_by_name(TRV_ASC) },
	                                          .limit = 2,
	                                          .offset = 1,
	                                          .lead = &(struct person_query) { .how = TRV_JOINED },
	                                          .tasks = &(struct task_query) {
							  .how = TRV_JOINED, .order_by = { task_by_id(TRV_DESC) } } }));
	REQUIRE(list.count == 2);
	CHECK_STR(list.items[0].name, "boreas");
	CHECK_STR(names_of_refs(&w, list.items[0].tasks), "t9 t8");
	CHECK_STR(list.items[1].name, "chronos");
	CHECK_STR(names_of_refs(&w, list.items[1].tasks), "t11 t10");
	CHECK_STR(list.items[1].lead->name, "Bob");
	world_close(&w);
}

TEST(loader, two_joined_collections_are_not_multiplied)
{
	struct world w;
	struct person_list list;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 2) /* the second one goes by selectin */
	OK(&w, person_find(w.s, &list,
	                   &(struct person_query) { .order_by = { person_by_id(TRV_ASC) },
	                                            .reports = &(struct person_query) { .how = TRV_JOINED },
	                                            .leads = &(struct project_query) { .how = TRV_JOINED } }));
	REQUIRE(list.count == PEOPLE);
	CHECK_STR(people(list.items[ANN].reports), "Bob Cid");
	CHECK_INT(list.items[ANN].leads->count, 2);
	CHECK_STR(people(list.items[BOB].reports), "Dora");
	CHECK_INT(list.items[BOB].leads->count, 1);
	CHECK_INT(list.items[EVE].reports->count + list.items[EVE].leads->count, 0);
	world_close(&w);
}

/* --- nesting ------------------------------------------------------------------------------------------------------------ */

TEST(loader, five_deep)
{
	struct world w;
	struct person_list list;

	world_open(&w);
	/* person -> projects led -> their tasks -> tags -> tagged tasks -> project and its lead */
	ASSERT_STATEMENTS(w.s, 7)
	OK(&w, person_find(w.s, &list,
	                   &(struct person_query) {
				   .where = { person_name(TRV_EQ, "Ann") },
				   .leads = &(struct project_query) {
					   .order_by = { project_by_id(TRV_ASC) },
					   .tasks = &(struct task_query) {
						   .order_by = { task_by_id(TRV_ASC) },
						   .tags = &(struct tag_query) {
							   .tasks = &(struct task_query) {
								   .project = &(struct project_query) {
									   .lead = &(struct person_query) {
										   .limit = 0 } } } } } } }));
	REQUIRE(list.count == 1 && list.items[0].leads->count == 2);
	const struct project *atlas = list.items[0].leads->items[0];
	REQUIRE(atlas->tasks->count == 8);
	struct tag_refs *found = atlas->tasks->items[0]->tags;
	CHECK_STR(tags(found), "red green");
	struct tag *green = found->items[1];
	CHECK_STR(sorted_tasks(&w, green->tasks), "t0 t1 t11");
	CHECK(green->tasks->items[0] == atlas->tasks->items[0]);
	CHECK(green->tasks->items[0]->project == atlas);
	CHECK(atlas->lead == &list.items[0]);
	CHECK_STR(green->tasks->items[2]->project->lead->name, "Bob");
	world_close(&w);
}

TEST(loader, joined_to_one_relations_nest_in_one_statement)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) {
				 .order_by = { task_by_id(TRV_ASC) },
				 .project =
					 &(struct project_query) {
						 .lead =
							 &(struct person_query) {
								 .boss = &(struct person_query) { .limit = 0 } } },
				 .assignee = &(struct person_query) { .boss = &(struct person_query) { .limit = 0 } },
				 .parent = &(struct task_query) { .assignee = &(struct person_query) { .limit = 0 },
	                                                          .parent = &(struct task_query) { .limit = 0 } } }));
	REQUIRE(list.count == TASKS);
	for (int i = 0; i < TASKS; i++) {
		const struct task *t = &list.items[i];
		int assignee = world_assignees[i], parent = world_parents[i];

		CHECK_INT(world_projects[i], t->project->id - w.projects[0].id);
		CHECK_STR(t->project->lead->name, lead_of[world_projects[i]]);
		CHECK_STR(t->assignee ? t->assignee->name : NULL, assignee == NOBODY ? NULL : w.people[assignee].name);
		CHECK_STR(t->assignee && t->assignee->boss ? t->assignee->boss->name : NULL,
		          assignee == BOB || assignee == CID ? "Ann"
		          : assignee == DORA                 ? "Bob"
		                                             : NULL);
		CHECK(t->parent == (parent == NOBODY ? NULL : &list.items[parent]));
	}
	CHECK_STR(list.items[10].project->lead->boss->name, "Ann");
	CHECK(list.items[0].assignee == list.items[10].project->lead->boss);
	CHECK(list.items[1].project == list.items[0].project);
	world_close(&w);
}

TEST(loader, what_is_asked_of_a_relation_is_asked_of_the_shared_row)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	/* t1's parent t0 is a root row too: what the parent's query loads is there on the root row */
	OK(&w,
	   task_find(w.s, &list,
	             &(struct task_query) { .order_by = { task_by_id(TRV_ASC) },
	                                    .columns = TASK_TITLE,
	                                    .parent = &(struct task_query) {
						    .columns = TASK_PRIORITY,
						    .tags = &(struct tag_query) { .limit = 0 },
						    .assignee = &(struct person_query) { .columns = PERSON_NAME } } }));
	struct task *t0 = list.items[1].parent;
	REQUIRE(t0 == &list.items[0]);
	CHECK_STR(t0->title, "t0");
	CHECK_INT(t0->priority, 1);
	CHECK(trv_row_columns(&t0->trv) & TASK_PRIORITY && trv_row_columns(&t0->trv) & TASK_TITLE);
	CHECK_STR(tags(t0->tags), "red green");
	CHECK_STR(t0->assignee->name, "Ann");
	world_close(&w);
}

TEST(loader, the_same_relation_on_two_paths)
{
	struct world w;
	struct project_list list;

	world_open(&w);
	OK(&w,
	   project_find(w.s, &list,
	                &(struct project_query) {
				.order_by = { project_by_id(TRV_ASC) },
				.lead = &(struct person_query) { .leads = &(struct project_query) { .limit = 0 } },
				.members = &(struct person_query) { .leads = &(struct project_query) { .limit = 0 } },
				.tasks = &(struct task_query) {
					.assignee = &(struct person_query) {
						.leads = &(struct project_query) { .limit = 0 } } } }));
	REQUIRE(list.count == PROJECTS);
	struct person *ann = list.items[ATLAS].lead;
	CHECK_STR(people(list.items[ATLAS].members), "Ann Bob Cid");
	CHECK(list.items[ATLAS].members->items[0] == ann);
	CHECK_STR(sorted_tasks(&w, list.items[ATLAS].tasks), tasks_of[ATLAS]);
	CHECK(list.items[ATLAS].tasks->items[0]->assignee == ann);
	CHECK_INT(ann->leads->count, 2);
	CHECK(ann->leads->items[0] == &list.items[ATLAS] || ann->leads->items[1] == &list.items[ATLAS]);
	CHECK_INT(list.items[ATLAS].tasks->items[6]->assignee->leads->count, 0); /* dora */
	world_close(&w);
}

TEST(loader, what_is_asked_below_a_relation_is_loaded_on_either_path)
{
	struct world w;
	struct project_list list;

	world_open(&w);
	/* ann leads projects on both paths; only the second asks for their members */
	OK(&w, project_find(w.s, &list,
	                    &(struct project_query) {
				    .where = { project_name(TRV_EQ, "atlas") },
				    .lead = &(struct person_query) { .leads = &(struct project_query) { .limit = 0 } },
				    .members = &(struct person_query) {
					    .leads = &(struct project_query) {
						    .members = &(struct person_query) { .limit = 0 } } } }));
	const struct person *ann = list.items[0].lead;
	REQUIRE(ann->leads->count == 2);
	for (size_t i = 0; i < 2; i++) {
		struct project *led = ann->leads->items[i];

		REQUIRE(led->members != NULL);
		CHECK_STR(people(led->members), strcmp(led->name, "atlas") ? "Bob" : "Ann Bob Cid");
	}
	world_close(&w);
}

TEST(loader, joined_copies_of_root_rows_are_replaced_on_every_level)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) {
				 .order_by = { task_by_id(TRV_ASC) },
				 .children = &(struct task_query) {
					 .how = TRV_JOINED,
					 .parent = &(struct task_query) {
						 .parent = &(struct task_query) { .how = TRV_SELECTIN } } } }));
	REQUIRE(list.count == TASKS);
	for (int i = 0; i < TASKS; i++) {
		for (size_t k = 0; k < list.items[i].children->count; k++) {
			const struct task *child = list.items[i].children->items[k];

			CHECK(child == &list.items[world_task(&w, child->id)]);
			CHECK(child->parent == &list.items[i]);
			CHECK(child->parent->parent ==
			      (world_parents[i] == NOBODY ? NULL : &list.items[world_parents[i]]));
		}
	}
	world_close(&w);
}

TEST(loader, rows_shared_by_two_queries_have_the_columns_of_both)
{
	struct world w;
	struct project_list list;

	world_open(&w);
	/* bob is met as a lead with his name only, and as a member whose boss is wanted */
	OK(&w,
	   project_find(w.s, &list,
	                &(struct project_query) { .order_by = { project_by_id(TRV_DESC) },
	                                          .columns = PROJECT_NAME,
	                                          .lead = &(struct person_query) { .columns = PERSON_NAME },
	                                          .members = &(struct person_query) {
							  .columns = PERSON_AGE,
							  .boss = &(struct person_query) { .columns = PERSON_NAME,
	                                                                                   .how = TRV_SELECTIN } } }));
	const struct person *bob = list.items[1].lead;
	REQUIRE(bob == list.items[2].members->items[0]);
	CHECK_INT(bob->age, 49);
	REQUIRE(bob->boss != NULL);
	CHECK_STR(bob->boss->name, "Ann");
	world_close(&w);
}

TEST(loader, a_joined_collection_is_ordered_by_columns_that_are_not_loaded)
{
	struct world w;
	struct person_list list;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, person_find(w.s, &list,
	                   &(struct person_query) { .columns = PERSON_NAME,
	                                            .order_by = { person_by_age(TRV_DESC) },
	                                            .limit = 2,
	                                            .leads = &(struct project_query) { .how = TRV_JOINED } }));
	REQUIRE(list.count == 2);
	CHECK_STR(list.items[0].name, "Ann");
	CHECK_INT(list.items[0].leads->count, 2);
	CHECK_STR(list.items[1].name, "Bob");
	CHECK(!(trv_row_columns(&list.items[0].trv) & PERSON_AGE));
	world_close(&w);
}

TEST(loader, the_query_of_a_lazy_relation_holds_for_rows_met_on_another_path)
{
	struct world w;
	struct project_list list;

	world_open(&w);
	OK(&w, project_find(w.s, &list,
	                    &(struct project_query) {
				    .order_by = { project_by_id(TRV_ASC) },
				    .lead = &(struct person_query) { .limit = 0 },
				    .members = &(struct person_query) {
					    .leads = &(struct project_query) {
						    .how = TRV_LAZY, .where = { project_name(TRV_NE, "atlas") } } } }));
	struct person *ann = list.items[0].lead;
	OK(&w, person_leads(w.s, ann));
	REQUIRE(ann->leads->count == 1);
	CHECK_STR(ann->leads->items[0]->name, "boreas");
	world_close(&w);
}

/* A chain of parents, each asked for by the one before. */
static void chain_up(struct task_query queries[], size_t count)
{
	memset(queries, 0, count * sizeof(*queries));
	for (size_t i = 0; i + 1 < count; i++)
		queries[i].parent = &queries[i + 1];
}

TEST(loader, more_joins_than_one_statement_takes)
{
	struct world w;
	struct task_query queries[60];
	struct task_list list;

	world_open(&w);
	chain_up(queries, 60);
	queries[0].where[0] = task_title(TRV_EQ, "t6");
	ASSERT_STATEMENTS(w.s, 1) /* there are no rows so far up that would need the second */
	OK(&w, task_find(w.s, &list, &queries[0]));
	REQUIRE(list.count == 1);
	int expected = 6;
	const struct task *at = &list.items[0];
	for (; at; at = at->parent, expected = world_parents[expected])
		if (!CHECK_INT(world_task(&w, at->id), expected) || world_parents[expected] == NOBODY)
			break;
	CHECK(at && !at->parent);
	world_close(&w);
}

TEST(loader, a_tree_of_queries_that_leads_into_itself_is_refused)
{
	struct world w;
	struct task_query queries[3];
	struct task_list list;

	world_open(&w);
	chain_up(queries, 3);
	queries[2].parent = &queries[0];
	CHECK_STATUS(task_find(w.s, &list, &queries[0]), TRV_ERR_LIMIT);
	CHECK_CONTAINS(trv_error(w.s)->message, "leads into itself");
	world_close(&w);
}

TEST(loader, no_parents_need_no_more_statements)
{
	struct world w;
	struct project_list list;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, project_find(w.s, &list,
	                    &(struct project_query) { .where = { project_id(TRV_EQ, 999) },
	                                              .tasks = &(struct task_query) { .how = TRV_SELECTIN },
	                                              .members = &(struct person_query) { .how = TRV_SUBQUERY } }));
	CHECK_INT(list.count, 0);
	world_close(&w);
}

TEST(loader, null_keys_alone_need_no_statement)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .where = { task_assignee_id_is_null() },
	                                        .assignee = &(struct person_query) { .how = TRV_SELECTIN } }));
	CHECK_INT(list.count, 2);
	CHECK(!list.items[0].assignee && !list.items[1].assignee);
	ASSERT_STATEMENTS(w.s, 0)
	OK(&w, task_assignee(w.s, &list.items[0]));
	world_close(&w);
}

/* --- keys of two parts ---------------------------------------------------------------------------------------------------- */

static void fill_stock(struct world *w)
{
	struct stock stocks[] = { { .shop = "a", .item = 1 }, { .shop = "a", .item = 2 }, { .shop = "b", .item = 1 } };
	struct stock_part parts[] = { { .stock_shop = "a", .stock_item = 1, .name = "a1 wheel" },
		                      { .stock_shop = "b", .stock_item = 1, .name = "b1 wheel" },
		                      { .stock_shop = "a", .stock_item = 1, .name = "a1 axle" },
		                      { .stock_shop = "b", .stock_item = 1, .name = "b1 axle" } };

	OK(w, stock_insert_many(w->s, stocks, 3));
	OK(w, stock_part_insert_many(w->s, parts, 4));
}

static void check_parts(struct world *w, enum trv_how how, unsigned statements, size_t limit)
{
	struct stock_list list;

	ASSERT_STATEMENTS(w->s, statements)
	{
		OK(w, stock_find(w->s, &list,
		                 &(struct stock_query) { .order_by = { stock_by_shop(TRV_ASC), stock_by_item(TRV_ASC) },
		                                         .parts = &(struct stock_part_query) {
								 .how = how,
								 .limit = limit,
								 .order_by = { stock_part_by_name(TRV_ASC) } } }));
		for (size_t i = 0; i < list.count; i++)
			OK(w, stock_parts(w->s, &list.items[i]));
	}
	REQUIRE(list.count == 3);
	size_t each = limit ? limit : 2;
	CHECK_INT(list.items[0].parts->count, each);
	CHECK_INT(list.items[1].parts->count, 0);
	CHECK_INT(list.items[2].parts->count, each);
	CHECK_STR(list.items[0].parts->items[0]->name, "a1 axle");
	CHECK_STR(list.items[2].parts->items[0]->name, "b1 axle");
}

TEST(loader, keys_of_two_parts)
{
	struct world w;

	world_open_empty(&w);
	fill_stock(&w);
	check_parts(&w, TRV_JOINED, 1, 0);
	check_parts(&w, TRV_SELECTIN, 2, 0);
	check_parts(&w, TRV_SUBQUERY, 2, 0);
	check_parts(&w, TRV_LAZY, 2, 0);
	check_parts(&w, TRV_SELECTIN, 2, 1);
	check_parts(&w, TRV_SUBQUERY, 2, 1);
	world_close(&w);
}

TEST(loader, to_one_by_a_key_of_two_parts)
{
	static const enum trv_how hows[] = { TRV_JOINED, TRV_SELECTIN, TRV_SUBQUERY, TRV_LAZY };
	struct world w;
	struct stock_part_list list;

	world_open_empty(&w);
	fill_stock(&w);
	for (size_t how = 0; how < TRV_COUNT_OF(hows); how++) {
		OK(&w,
		   stock_part_find(w.s, &list,
		                   &(struct stock_part_query) { .order_by = { stock_part_by_id(TRV_ASC) },
		                                                .stock = &(struct stock_query) { .how = hows[how] } }));
		REQUIRE(list.count == 4);
		for (size_t i = 0; i < 4; i++) {
			OK(&w, stock_part_stock(w.s, &list.items[i]));
			CHECK_STR(list.items[i].stock->shop, list.items[i].stock_shop);
			CHECK_INT(list.items[i].stock->item, list.items[i].stock_item);
		}
		CHECK(list.items[0].stock == list.items[2].stock);
		CHECK(list.items[0].stock != list.items[1].stock);
	}
	world_close(&w);
}

/* --- many parents ------------------------------------------------------------------------------------------------------------ */

#define MANY 20000

TEST(loader, twenty_thousand_parents)
{
	struct world w;
	struct tag_list list;

	world_open(&w);
	raw(&w,
	    "INSERT INTO tag (id, name) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
	    "SELECT 100 + i, 'tag ' || i FROM n",
	    MANY);
	raw(&w, "INSERT INTO task_tag SELECT %lld, id FROM tag WHERE id > 100 AND id %% 2 = 0",
	    (long long)w.tasks[3].id);
	/* the tags; the links by 8,192 keys each, 16,384 or an array; one target */
	ASSERT_STATEMENTS(w.s, BY_ENGINE(5u, 3u, 4u))
	OK(&w, tag_find(w.s, &list,
	                &(struct tag_query) { .where = { tag_id(TRV_GT, 100) },
	                                      .tasks = &(struct task_query) { .limit = 0 } }));
	REQUIRE(list.count == MANY);
	for (size_t i = 0; i < list.count; i++)
		if (!CHECK_INT(list.items[i].tasks->count, list.items[i].id % 2 == 0))
			break;
	ASSERT_STATEMENTS(w.s, 2)
	OK(&w, tag_find(w.s, &list,
	                &(struct tag_query) { .where = { tag_id(TRV_GT, 100) },
	                                      .tasks = &(struct task_query) { .how = TRV_SUBQUERY } }));
	CHECK_INT(list.items[1].tasks->count + list.items[2].tasks->count, 1);
	world_close(&w);
}

/* --- what others write between the statements of a load ------------------------------------------------ */

struct intruder {
	struct trv_session *other;
	int64_t project;
	int writes;
};

static void write_between(const struct trv_statement_event *event, void *argument)
{
	struct intruder *intruder = argument;
	struct task task = { .title = "between", .project_id = intruder->project };

	(void)event;
	if (intruder->writes++)
		return;
	REQUIRE_OK(task_insert(intruder->other, &task), trv_error(intruder->other));
}

TEST(loader, the_statements_of_a_load_see_the_same_on_sqlite)
{
	struct world w;
	struct project_list list;
	struct task task = { .title = "after" };

	world_open(&w);
	struct intruder intruder = { world_session(&w), w.projects[ATLAS].id, 0 };
	trv_session_observe(w.s, write_between, &intruder);
	OK(&w, project_find(w.s, &list,
	                    &(struct project_query) { .where = { project_id(TRV_EQ, w.projects[ATLAS].id) },
	                                              .tasks = &(struct task_query) { .how = TRV_SELECTIN } }));
	trv_session_observe(w.s, NULL, NULL);
	CHECK_INT(intruder.writes, 2);
	CHECK_INT(list.items[0].tasks->count, world_is("sqlite") ? 8 : 9);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	/* the call is over, and so is what it held: this one is written, and seen by all */
	task.project_id = intruder.project;
	OK(&w, task_insert(w.s, &task));
	uint64_t count = 0;
	REQUIRE_OK(
		task_count(intruder.other, &count, &(struct task_query) { .where = { task_title(TRV_EQ, "after") } }),
		trv_error(intruder.other));
	CHECK_INT(count, 1);
	trv_session_close(intruder.other);
	world_close(&w);
}

TEST(loader, a_load_that_fails_in_the_middle_leaves_no_transaction)
{
	struct world w;
	struct project_list list;
	struct task task = { .title = "after" };

	world_open(&w);
	REQUIRE_STATUS(project_find(w.s, &list,
	                            &(struct project_query) {
					    .tasks = &(struct task_query) { .where = { task_where_sql(
										    "no_such_function({title}) = 1",
										    NULL, 0) },
	                                                                    .how = TRV_SELECTIN } }),
	               TRV_ERR_SQL);
	task.project_id = w.projects[ATLAS].id;
	OK(&w, task_insert(w.s, &task));
	struct trv_session *other = world_session(&w);
	uint64_t count = 0;
	REQUIRE_OK(task_count(other, &count, &(struct task_query) { .where = { task_title(TRV_EQ, "after") } }),
	           trv_error(other));
	CHECK_INT(count, 1);
	trv_session_close(other);
	world_close(&w);
}
