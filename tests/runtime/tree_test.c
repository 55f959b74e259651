/* Self-referential relations: by depth, whole, down, up and in a graph with a cycle. */
#include "fixture.h"

#include <stdlib.h>

/* A tree as text: t0(t1(t3 t4) t2); "?" where the next level is not loaded. */
static void add_tree(struct world *w, const struct task *task, char *text, unsigned depth)
{
	size_t room = 512 - strlen(text);

	REQUIRE(depth < 20);
	snprintf(text + strlen(text), room, "t%d", world_task(w, task->id));
	if (!task->children) {
		strcat(text, "?");
		return;
	}
	if (!task->children->count)
		return;
	strcat(text, "(");
	for (size_t i = 0; i < task->children->count; i++) {
		strcat(text, i ? " " : "");
		add_tree(w, task->children->items[i], text, depth + 1);
	}
	strcat(text, ")");
}

static const char *tree(struct world *w, const struct task_list *list)
{
	static char text[512];

	text[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		strcat(text, i ? " " : "");
		add_tree(w, &list->items[i], text, 0);
	}
	return text;
}

/* The rows, and what is below them: a statement for each of five levels; one; one for the first four and another. */
static void check_tree(struct world *w, uint32_t depth, enum trv_how how, const char *expected)
{
	unsigned levels = depth < 1 ? 1 : depth < 5 ? (unsigned)depth : 5;
	struct task_list list;

	ASSERT_STATEMENTS(w->s, 1 + BY_ENGINE(levels, 1u, levels < 5 ? 1u : 2u))
	OK(w, task_find(w->s, &list,
	                &(struct task_query) {
				.where = { task_parent_id_is_null() },
				.order_by = { task_by_id(TRV_ASC) },
				.children = &(struct task_query) {
					.depth = depth, .how = how, .order_by = { task_by_id(TRV_ASC) } } }));
	if (!CHECK_STR(tree(w, &list), expected))
		test_note("depth %u, how %d", (unsigned)depth, (int)how);
}

TEST(tree, down_to_a_depth)
{
	struct world w;

	world_open(&w);
	check_tree(&w, 0, TRV_AUTO_LOAD, "t0(t1? t2?) t7 t8(t9?) t10 t11");
	check_tree(&w, 1, TRV_AUTO_LOAD, "t0(t1? t2?) t7 t8(t9?) t10 t11");
	check_tree(&w, 2, TRV_AUTO_LOAD, "t0(t1(t3? t4?) t2) t7 t8(t9) t10 t11");
	check_tree(&w, 3, TRV_SELECTIN, "t0(t1(t3(t5?) t4) t2) t7 t8(t9) t10 t11");
	check_tree(&w, 4, TRV_JOINED, "t0(t1(t3(t5(t6?)) t4) t2) t7 t8(t9) t10 t11");
	check_tree(&w, 5, TRV_SUBQUERY, "t0(t1(t3(t5(t6)) t4) t2) t7 t8(t9) t10 t11");
	check_tree(&w, 50, TRV_AUTO_LOAD, "t0(t1(t3(t5(t6)) t4) t2) t7 t8(t9) t10 t11");
	world_close(&w);
}

TEST(tree, whole)
{
	struct world w;

	world_open(&w);
	check_tree(&w, TRV_WHOLE, TRV_AUTO_LOAD, "t0(t1(t3(t5(t6)) t4) t2) t7 t8(t9) t10 t11");
	world_close(&w);
}

TEST(tree, the_next_level_is_loaded_when_it_is_wanted)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .where = { task_title(TRV_EQ, "t0") },
	                                        .children = &(struct task_query) {
							.depth = 2, .order_by = { task_by_id(TRV_ASC) } } }));
	CHECK_STR(tree(&w, &list), "t0(t1(t3? t4?) t2)");
	struct task *t1 = list.items[0].children->items[0];
	ASSERT_STATEMENTS(w.s, 1)
	{
		OK(&w, task_children(w.s, t1->children->items[0]));
		OK(&w, task_children(w.s, t1->children->items[1]));
	}
	CHECK_STR(tree(&w, &list), "t0(t1(t3(t5?) t4) t2)");
	world_close(&w);
}

TEST(tree, a_whole_tree_is_loaded_later_at_once)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) {
				 .where = { task_parent_id_is_null() },
				 .order_by = { task_by_id(TRV_ASC) },
				 .children = &(struct task_query) {
					 .how = TRV_LAZY, .depth = TRV_WHOLE, .order_by = { task_by_id(TRV_ASC) } } }));
	ASSERT_STATEMENTS(w.s, BY_ENGINE(5u, 1u, 2u))
	for (size_t i = 0; i < list.count; i++)
		OK(&w, task_children(w.s, &list.items[i]));
	CHECK_STR(tree(&w, &list), "t0(t1(t3(t5(t6)) t4) t2) t7 t8(t9) t10 t11");
	world_close(&w);
}

TEST(tree, from_rows_that_lie_in_each_others_trees)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 2)
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .order_by = { task_by_id(TRV_ASC) },
	                                        .children = &(struct task_query) {
							.depth = TRV_WHOLE, .order_by = { task_by_id(TRV_ASC) } } }));
	REQUIRE(list.count == TASKS);
	list.count = 1;
	CHECK_STR(tree(&w, &list), "t0(t1(t3(t5(t6)) t4) t2)");
	CHECK(list.items[0].children->items[0] == &list.items[1]);
	CHECK(list.items[5].children->items[0] == &list.items[6]);
	world_close(&w);
}

TEST(tree, a_filter_ends_a_branch)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) {
				 .where = { task_title(TRV_EQ, "t0") },
				 .children = &(struct task_query) { .depth = TRV_WHOLE,
	                                                            .where = { task_title(TRV_NE, "t3") },
	                                                            .order_by = { task_by_id(TRV_DESC) } } }));
	CHECK_STR(tree(&w, &list), "t0(t2 t1(t4))");
	world_close(&w);
}

TEST(tree, rows_of_all_levels_get_their_relations)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 3 + BY_ENGINE(5u, 1u, 2u)) /* root; tree and assignees; links and tags */
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) {
				 .where = { task_title(TRV_EQ, "t0") },
				 .children = &(struct task_query) { .depth = TRV_WHOLE,
	                                                            .order_by = { task_by_id(TRV_ASC) },
	                                                            .assignee = &(struct person_query) { .limit = 0 },
	                                                            .tags = &(struct tag_query) { .limit = 0 } } }));
	const struct task *t5 = list.items[0].children->items[0]->children->items[0]->children->items[0];
	CHECK_STR(t5->title, "t5");
	CHECK_STR(t5->assignee->name, "Ann");
	REQUIRE(t5->tags->count == 1);
	CHECK_STR(t5->tags->items[0]->name, "blue");
	CHECK_INT(t5->children->items[0]->tags->count, 0);
	world_close(&w);
}

static const char *ancestors(struct world *w, const struct task *task)
{
	static char text[256];

	text[0] = '\0';
	for (const struct task *at = task->parent; at; at = at->parent)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "t%d%s ", world_task(w, at->id),
		         at->trv.relations ? "" : "?");
	return text;
}

TEST(tree, up_to_the_root)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1 + BY_ENGINE(2u, 1u, 1u))
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .where = { task_title_in((const char *[]) { "t6", "t4", "t7" }, 3) },
	                                        .order_by = { task_by_id(TRV_ASC) },
	                                        .parent = &(struct task_query) { .depth = TRV_WHOLE } }));
	REQUIRE(list.count == 3);
	CHECK_STR(ancestors(&w, &list.items[0]), "t1 t0 ");
	CHECK_STR(ancestors(&w, &list.items[1]), "t5 t3 t1 t0 ");
	CHECK_STR(ancestors(&w, &list.items[2]), "");
	CHECK(list.items[0].parent == list.items[1].parent->parent->parent);
	world_close(&w);
}

TEST(tree, up_to_a_depth)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .where = { task_title(TRV_EQ, "t6") },
	                                        .parent = &(struct task_query) { .depth = 3 } }));
	CHECK_STR(ancestors(&w, &list.items[0]), "t5 t3 t1? ");
	world_close(&w);
}

/* --- graphs -------------------------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	int64_t left = (*(struct task *const *)a)->id, right = (*(struct task *const *)b)->id;

	return (left > right) - (left < right);
}

static void check_graph(struct world *w, uint32_t depth, const char *t1, const char *t2, const char *t7)
{
	struct task_list list;

	/* the root, the links (of three levels, then the cycle is known), the targets */
	ASSERT_STATEMENTS(w->s, 2 + BY_ENGINE(depth < 3 ? 2u : 3u, 1u, 1u))
	OK(w, task_find(w->s, &list,
	                &(struct task_query) { .where = { task_title(TRV_EQ, "t0") },
	                                       .needs = &(struct task_query) { .depth = depth } }));
	struct task *t0 = &list.items[0];
	REQUIRE(t0->needs->count == 2);
	qsort(t0->needs->items, 2, sizeof(void *), by_id);
	CHECK_STR(names_of_refs(w, t0->needs), "t1 t7");
	const struct task *one = t0->needs->items[0], *seven = t0->needs->items[1];
	CHECK_STR(one->needs ? names_of_refs(w, one->needs) : "?", t1);
	CHECK_STR(seven->needs ? names_of_refs(w, seven->needs) : "?", t7);
	if (!one->needs)
		return;
	const struct task *two = one->needs->items[0];
	CHECK_STR(two->needs ? names_of_refs(w, two->needs) : "?", t2);
	if (two->needs)
		CHECK(two->needs->items[0] == t0); /* the cycle closes on the very row */
}

TEST(tree, a_graph_with_a_cycle)
{
	struct world w;

	world_open(&w);
	check_graph(&w, 2, "t2", "?", "t8");
	check_graph(&w, 3, "t2", "t0", "t8");
	check_graph(&w, 4, "t2", "t0", "t8");
	check_graph(&w, TRV_WHOLE, "t2", "t0", "t8");
	world_close(&w);
}

TEST(tree, a_cycle_among_parents_ends)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	/* t0 under t6, which is under t0 */
	raw(&w, "UPDATE task SET parent_id = %lld WHERE title = 't0'", (long long)w.tasks[6].id);
	ASSERT_STATEMENTS(w.s, BY_ENGINE(6u, 2u, 3u))
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .where = { task_title(TRV_EQ, "t3") },
	                                        .parent = &(struct task_query) { .depth = TRV_WHOLE } }));
	const struct task *at = list.items[0].parent;
	static const int expected[] = { 1, 0, 6, 5, 3, 1 };
	for (size_t i = 0; i < TRV_COUNT_OF(expected); i++, at = at->parent)
		CHECK_INT(world_task(&w, at->id), expected[i]);
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .where = { task_title(TRV_EQ, "t3") },
	                                        .children = &(struct task_query) { .depth = TRV_WHOLE } }));
	CHECK(list.items[0]
	              .children->items[0]
	              ->children->items[0]
	              ->children->items[0]
	              ->children->items[0]
	              ->children->items[0] == &list.items[0]);
	world_close(&w);
}

TEST(tree, what_makes_no_sense_is_refused)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	CHECK_STATUS(task_find(w.s, &list,
	                       &(struct task_query) { .children = &(struct task_query) { .depth = 2, .limit = 1 } }),
	             TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(w.s)->message, "task.children");
	CHECK_STATUS(task_find(w.s, &list, &(struct task_query) { .tags = &(struct tag_query) { .depth = 2 } }),
	             TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(w.s)->message, "task.tags");
	world_close(&w);
}

TEST(tree, a_thousand_levels)
{
	struct world w;
	struct task_list list;
	size_t depth = 0;

	world_open(&w);
	raw(&w,
	    "INSERT INTO task (id, project_id, parent_id, title, created, updated, version) "
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
	    "SELECT 1000 + i, %lld, CASE i WHEN 1 THEN NULL ELSE 999 + i END, 'level ' || i, %s, %s, 1 FROM n",
	    (long long)w.projects[DELOS].id, SQL_EPOCH, SQL_EPOCH);
	ASSERT_STATEMENTS(w.s, 1 + BY_ENGINE(1000u, 1u, 2u))
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .where = { task_id(TRV_EQ, 1001) },
	                                        .children = &(struct task_query) { .depth = TRV_WHOLE } }));
	for (const struct task *at = &list.items[0]; at->children->count; at = at->children->items[0])
		depth++;
	CHECK_INT(depth, 999);
	world_close(&w);
}

/* --- large ones -------------------------------------------------------------------------------------------- */

/* Tasks 1001 to 1000 + count, whose parent is 1000 + `parent`, an expression of i; NULL is none. */
static void grow(struct world *w, int count, const char *parent)
{
	raw(w,
	    "INSERT INTO task (id, project_id, parent_id, title, created, updated, version) "
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
	    "SELECT 1000 + i, %lld, 1000 + %s, 'level', %s, %s, 1 FROM n",
	    count, (long long)w->projects[DELOS].id, parent, SQL_EPOCH, SQL_EPOCH);
}

#define WIDE 200

/* How many rows each level below has, as text; "?" where the next one is not loaded. The last child comes first. */
static const char *widths(struct task *root)
{
	static struct task *rows[2][WIDE];
	static char text[128];
	size_t count = 1;

	text[0] = '\0';
	rows[0][0] = root;
	for (size_t level = 0; count; level++) {
		struct task **now = rows[level & 1], **below = rows[~level & 1];
		size_t next = 0;

		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %zu", count);
		for (size_t i = 0; i < count; i++) {
			if (!now[i]->children)
				return strcat(text, "?");
			REQUIRE(next + now[i]->children->count <= WIDE);
			for (size_t k = 0; k < now[i]->children->count; k++) {
				below[next++] = now[i]->children->items[k];
				CHECK(k == 0 || now[i]->children->items[k - 1]->id > now[i]->children->items[k]->id);
			}
		}
		count = next;
	}
	return text;
}

static void check_widths(struct world *w, uint32_t depth, unsigned statements, const char *expected)
{
	struct task_list list;

	ASSERT_STATEMENTS(w->s, statements)
	OK(w, task_find(w->s, &list,
	                &(struct task_query) { .where = { task_id(TRV_EQ, 1001) },
	                                       .children = &(struct task_query) {
						       .depth = depth, .order_by = { task_by_id(TRV_DESC) } } }));
	if (!CHECK_STR(widths(&list.items[0]), expected))
		test_note("depth %u", (unsigned)depth);
}

/* MariaDB: four levels by one statement, each of the wide ones by its own, the rest by one. */
TEST(tree, narrow_levels_and_wide_ones)
{
	struct world w;

	world_open(&w);
	grow(&w, 408,
	     "CASE WHEN i = 1 THEN NULL WHEN i <= 4 THEN i - 1 WHEN i <= 204 THEN 4 WHEN i <= 404 THEN i - 200 "
	     "ELSE i - 1 END");
	check_widths(&w, TRV_WHOLE, 1 + BY_ENGINE(10u, 1u, 4u), " 1 1 1 1 200 200 1 1 1 1");
	check_widths(&w, 4, 1 + BY_ENGINE(4u, 1u, 1u), " 1 1 1 1 200?");
	check_widths(&w, 5, 1 + BY_ENGINE(5u, 1u, 2u), " 1 1 1 1 200 200?");
	check_widths(&w, 6, 1 + BY_ENGINE(6u, 1u, 3u), " 1 1 1 1 200 200 1?");
	check_widths(&w, 7, 1 + BY_ENGINE(7u, 1u, 4u), " 1 1 1 1 200 200 1 1?");
	check_widths(&w, 9, 1 + BY_ENGINE(9u, 1u, 4u), " 1 1 1 1 200 200 1 1 1 1?");
	check_widths(&w, 10, 1 + BY_ENGINE(10u, 1u, 4u), " 1 1 1 1 200 200 1 1 1 1");
	world_close(&w);
}

#define MANY 20000 /* more than the keys of one statement */

TEST(tree, from_more_rows_than_one_statement_has_keys_for)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	grow(&w, MANY, "CASE WHEN i = 1 THEN NULL ELSE floor(i / 2) END");
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .where = { task_id(TRV_GT, 1000) },
	                                        .order_by = { task_by_id(TRV_ASC) },
	                                        .children = &(struct task_query) { .depth = TRV_WHOLE } }));
	REQUIRE(list.count == MANY);
	for (size_t i = 0; i < MANY; i++) {
		size_t number = i + 1, expected = 2 * number < MANY ? 2 : 2 * number == MANY;
		struct task_refs *children = list.items[i].children;

		if (!CHECK_INT(children->count, expected))
			break;
		for (size_t k = 0; k < children->count; k++)
			CHECK(children->items[k] == &list.items[2 * number - 1] ||
			      children->items[k] == &list.items[2 * number]);
	}
	world_close(&w);
}

TEST(tree, a_graph_from_more_rows_than_one_statement_has_keys_for)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	grow(&w, MANY, "NULL");
	raw(&w, "INSERT INTO task_need SELECT id, 1001 + (id - 1000) %% %d FROM task WHERE id > 1000", MANY);
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .where = { task_id(TRV_GT, 1000) },
	                                        .order_by = { task_by_id(TRV_ASC) },
	                                        .needs = &(struct task_query) { .depth = 3 } }));
	REQUIRE(list.count == MANY);
	for (size_t i = 0; i < MANY; i++)
		if (!CHECK_INT(list.items[i].needs->count, 1) ||
		    !CHECK(list.items[i].needs->items[0] == &list.items[(i + 1) % MANY]))
			break;
	world_close(&w);
}
