/*
 * Every allocation fails once, and then all from there on: the call says so or does
 * without, nothing leaks, and the session works when there is memory again.
 */
#include "fixture.h"

/* What is done in a session; it checks what it got when it succeeds. */
typedef int operation(struct trv_session *s, const struct world *w);

struct sweep {
	struct world *world;
	operation *run;
	const char *undo; /* SQL after each run, or NULL */
	const char *unchanged; /* a query whose answer a failed run does not change */
	unsigned retries; /* that succeeded after a failure */
};

static int use(struct trv_session *s, struct sweep *sweep)
{
	char before[256];

	snprintf(before, sizeof(before), "%s", sweep->unchanged ? raw(sweep->world, "%s", sweep->unchanged) : "");
	int r = sweep->run(s, sweep->world);
	if (r != TRV_ERR_NOMEM)
		return r;
	CHECK_INT(trv_error(s)->code, TRV_ERR_NOMEM);
	CHECK_INT(trv_transaction_depth(s), 0);
	if (sweep->unchanged)
		CHECK_STR(raw(sweep->world, "%s", sweep->unchanged), before);
	/* with memory again it works; without, it says so again */
	int again = sweep->run(s, sweep->world);
	if (again != TRV_ERR_NOMEM)
		sweep->retries += CHECK_OK(again, trv_error(s));
	return r;
}

static int run(const struct trv_allocator *allocator, void *argument)
{
	struct sweep *sweep = argument;
	struct trv_db *db = NULL;
	struct trv_session *s = NULL;
	struct trv_error error = { 0 };

	int r = trv_open(
		&db,
		&(struct trv_options) { .url = sweep->world->url, .models = &shop_models, .allocator = *allocator },
		&error);
	if (r >= 0)
		r = trv_session_open(db, &s, &error);
	if (r >= 0)
		r = use(s, sweep);
	if (r < 0 && r != TRV_ERR_NOMEM)
		test_note("%s", s ? trv_error(s)->message : error.message);
	trv_session_close(s);
	trv_close(db);
	if (sweep->undo)
		raw(sweep->world, "%s", sweep->undo);
	return r;
}

static void sweep_over(operation *what, const char *undo, const char *unchanged)
{
	struct world w;

	world_open(&w);
	struct sweep sweep = { .world = &w, .run = what, .undo = undo, .unchanged = unchanged };
	CHECK_SWEEP(run, &sweep);
	CHECK(sweep.retries > 0);
	world_close(&w);
}

/* --- reading ------------------------------------------------------------------------------------- */

static int find_nested(struct trv_session *s, const struct world *w)
{
	struct project_list list;
	int r = project_find(s, &list,
	                     &(struct project_query) {
				     .order_by = { project_by_id(TRV_ASC) },
				     .lead = &(struct person_query) { .boss = &(struct person_query) { .limit = 0 } },
				     .tasks = &(struct task_query) { .limit = 3,
	                                                             .order_by = { task_by_id(TRV_ASC) },
	                                                             .assignee = &(struct person_query) { .limit = 0 },
	                                                             .tags = &(struct tag_query) { .limit = 0 } },
				     .members = &(struct person_query) { .how = TRV_SUBQUERY } });

	if (r < 0)
		return r;
	CHECK_INT(list.count, PROJECTS);
	CHECK_STR(names_of_refs(w, list.items[ATLAS].tasks), "t0 t1 t2");
	CHECK_INT(list.items[ATLAS].tasks->items[0]->tags->count, 2);
	CHECK(list.items[ATLAS].tasks->items[0]->assignee == list.items[ATLAS].lead);
	CHECK_INT(list.items[ATLAS].members->count, 3);
	CHECK(list.items[CHRONOS].lead->boss == list.items[ATLAS].lead);
	return 0;
}

TEST(memory, a_find_with_joined_selectin_and_subquery_loads)
{
	sweep_over(find_nested, NULL, NULL);
}

static int find_joined_collection(struct trv_session *s, const struct world *w)
{
	struct task_list list;
	int r = task_find(s, &list,
	                  &(struct task_query) { .order_by = { task_by_id(TRV_ASC) },
	                                         .limit = 6,
	                                         .parent = &(struct task_query) { .limit = 0 },
	                                         .children = &(struct task_query) { .how = TRV_JOINED } });

	if (r < 0)
		return r;
	CHECK_STR(names_of_list(w, &list), "t0 t1 t2 t3 t4 t5");
	CHECK_INT(list.items[0].children->count, 2);
	CHECK(list.items[3].parent == &list.items[1]);
	CHECK(list.items[3].children->items[0] == &list.items[5]);
	return 0;
}

TEST(memory, a_joined_collection_of_the_root_rows_themselves)
{
	sweep_over(find_joined_collection, NULL, NULL);
}

static int find_trees(struct trv_session *s, const struct world *w)
{
	struct task_list list;
	int r = task_find(s, &list,
	                  &(struct task_query) {
				  .where = { task_title_in((const char *[]) { "t0", "t8" }, 2), task_has_tags(NULL) },
				  .order_by = { task_by_id(TRV_ASC) },
				  .children = &(struct task_query) { .depth = TRV_WHOLE,
	                                                             .order_by = { task_by_id(TRV_ASC) },
	                                                             .tags = &(struct tag_query) { .limit = 0 } },
				  .needs = &(struct task_query) { .depth = TRV_WHOLE } });

	if (r < 0)
		return r;
	CHECK_STR(names_of_list(w, &list), "t0 t8");
	CHECK_STR(names_of_refs(w, list.items[0].children), "t1 t2");
	const struct task *t1 = list.items[0].children->items[0];
	CHECK_STR(names_of_refs(w, t1->children), "t3 t4");
	CHECK(t1->needs->items[0]->needs->items[0] == &list.items[0]);
	return 0;
}

TEST(memory, trees_and_graphs)
{
	sweep_over(find_trees, NULL, NULL);
}

static int load_lazily(struct trv_session *s, const struct world *w)
{
	struct project_list list;
	const char *names[] = { "t0", "t8", "t11" };
	int r = project_find(
		s, &list,
		&(struct project_query) { .order_by = { project_by_id(TRV_ASC) },
	                                  .tasks = &(struct task_query) {
						  .how = TRV_LAZY, .where = { task_any(task_title_in(names, 3)) } } });

	for (size_t i = 0; r >= 0 && i < list.count; i++)
		r = project_tasks(s, &list.items[i]);
	for (size_t i = 0; r >= 0 && i < list.count; i++)
		r = project_members(s, &list.items[i]);
	if (r < 0)
		return r;
	CHECK_STR(names_of_refs(w, list.items[ATLAS].tasks), "t0");
	CHECK_STR(names_of_refs(w, list.items[CHRONOS].tasks), "t11");
	CHECK_INT(list.items[CHRONOS].members->count, 2);
	return 0;
}

TEST(memory, relations_that_are_loaded_later)
{
	sweep_over(load_lazily, NULL, NULL);
}

static int read_by_key(struct trv_session *s, const struct world *w)
{
	const int64_t ids[] = { w->tasks[4].id, w->tasks[2].id };
	struct task_list list;
	struct task task;
	uint64_t count = 0;
	bool exists = false;

	int r = task_get(s, &task, w->tasks[1].id);
	if (r >= 0)
		r = task_get_many(s, &list, ids, 2);
	if (r >= 0)
		r = task_count(s, &count, &(struct task_query) { .where = { task_title(TRV_CONTAINS, "1") } });
	if (r >= 0)
		r = task_exists(s, &exists, &(struct task_query) { .where = { task_priority(TRV_EQ, 5) } });
	if (r >= 0)
		r = task_one(s, &task, &(struct task_query) { .where = { task_title(TRV_EQ, "t9") } });
	if (r < 0)
		return r;
	CHECK_STR(names_of_list(w, &list), "t4 t2");
	CHECK_INT(count, 3);
	CHECK(exists);
	CHECK_STR(task.title, "t9");
	return 0;
}

TEST(memory, reads_by_key_and_counts)
{
	sweep_over(read_by_key, NULL, NULL);
}

static int read_parts(struct trv_session *s, const struct world *w)
{
	struct stock_list list;
	const struct stock_key keys[] = { { "b", 1 }, { "a", 1 } };
	int r = stock_find(s, &list,
	                   &(struct stock_query) { .order_by = { stock_by_shop(TRV_ASC) },
	                                           .parts = &(struct stock_part_query) {
							   .stock = &(struct stock_query) { .limit = 0 } } });

	(void)w;
	if (r < 0)
		return r;
	CHECK_INT(list.count, 2);
	CHECK_INT(list.items[0].parts->count, 2);
	CHECK(list.items[0].parts->items[0]->stock == &list.items[0]);
	CHECK(list.items[0].parts->items[1]->stock == &list.items[0]);
	r = stock_part_find(s, &(struct stock_part_list) { NULL, 0 },
	                    &(struct stock_part_query) { .stock = &(struct stock_query) { .how = TRV_SELECTIN } });
	if (r >= 0)
		r = stock_get_many(s, &list, keys, 2);
	if (r >= 0)
		CHECK_STR(list.items[0].shop, "b");
	return r;
}

TEST(memory, keys_of_two_parts)
{
	struct world w;
	struct stock stocks[] = { { .shop = "a", .item = 1 }, { .shop = "b", .item = 1 } };
	struct stock_part parts[] = { { .stock_shop = "a", .stock_item = 1, .name = "x" },
		                      { .stock_shop = "a", .stock_item = 1, .name = "y" } };

	world_open(&w);
	OK(&w, stock_insert_many(w.s, stocks, 2));
	OK(&w, stock_part_insert_many(w.s, parts, 2));
	struct sweep sweep = { .world = &w, .run = read_parts };
	CHECK_SWEEP(run, &sweep);
	CHECK(sweep.retries > 0);
	world_close(&w);
}

/* --- writing ---------------------------------------------------------------------------------------- */

static int insert_rows(struct trv_session *s, const struct world *w)
{
	struct stock stocks[70];
	struct tag tags[70];
	static char names[70][8];

	(void)w;
	memset(stocks, 0, sizeof(stocks));
	memset(tags, 0, sizeof(tags));
	for (int i = 0; i < 70; i++) {
		snprintf(names[i], sizeof(names[i]), "n%d", i);
		stocks[i] = (struct stock) { .shop = names[i], .item = i, .amount = i };
		tags[i].name = names[i];
	}
	int r = stock_delete_where(s, NULL, &(struct stock_query) { .all = true });
	if (r >= 0)
		r = tag_delete_where(s, NULL, &(struct tag_query) { .where = { tag_name(TRV_STARTS, "n") } });
	if (r >= 0)
		r = stock_insert_many(s, stocks, 70);
	if (r < 0) {
		CHECK_INT(stocks[69].serial, 0);
		return r;
	}
	CHECK_DOUBLE(stocks[69].worth, 138.0);
	CHECK_INT(stocks[69].serial, 42);
	r = tag_insert_many(s, tags, 70);
	if (r >= 0)
		CHECK(tags[69].id > 0);
	return r;
}

TEST(memory, many_inserts)
{
	sweep_over(insert_rows, "DELETE FROM tag WHERE name LIKE 'n%'", NULL);
}

static int insert_many_tags(struct trv_session *s, const struct world *w)
{
	struct tag tags[120];
	static char names[120][8];
	static unsigned round;

	(void)w;
	memset(tags, 0, sizeof(tags));
	round++;
	for (int i = 0; i < 120; i++) {
		snprintf(names[i], sizeof(names[i]), "n%d", i);
		tags[i].name = names[i];
	}
	int r = tag_insert_many(s, tags, 120);
	if (r < 0)
		CHECK_INT(tags[0].id + tags[119].id, 0);
	return r;
}

TEST(memory, an_insert_that_fails_wrote_nothing)
{
	sweep_over(insert_many_tags, "DELETE FROM tag WHERE name LIKE 'n%'", "SELECT count(*) FROM tag");
}

static int change(struct trv_session *s, void *argument)
{
	const struct world *w = argument;
	struct task task = w->tasks[3];
	struct person person = { .name = "Ann II", .email = "ann@example.org" };

	task.title = "changed";
	int r = task_update(s, &task, TASK_TITLE);
	if (r >= 0)
		r = trv_begin(s, NULL);
	if (r >= 0)
		r = task_delete(s, &w->tasks[0]);
	if (r >= 0)
		r = trv_rollback(s);
	if (r >= 0)
		r = person_upsert(s, &person, PERSON_EMAIL, PERSON_NAME);
	if (r >= 0)
		r = task_update_where(s, NULL, &(struct task) { .priority = 2 }, TASK_PRIORITY,
		                      &(struct task_query) { .where = { task_title(TRV_EQ, "t5") } });
	if (r >= 0)
		CHECK_INT(person.age, 50);
	return r;
}

static int change_in_transaction(struct trv_session *s, const struct world *w)
{
	return trv_transaction(s, change, (void *)(uintptr_t)w, NULL);
}

#define CHANGED                                                                                                        \
	"SELECT (SELECT count(*) FROM task), (SELECT sum(version) FROM task), (SELECT count(*) FROM task WHERE title " \
	"= "                                                                                                           \
	"'changed'), (SELECT name FROM person WHERE id = 1)"

TEST(memory, a_transaction_with_updates_and_a_rollback)
{
	sweep_over(change_in_transaction,
	           "UPDATE task SET version = 1, title = CASE title WHEN 'changed' THEN 't3' ELSE title END", NULL);
}

static int change_and_undo(struct trv_session *s, const struct world *w)
{
	int r = trv_begin(s, NULL);

	if (r < 0)
		return r;
	r = change(s, (void *)(uintptr_t)w);
	while (trv_transaction_depth(s)) {
		struct trv_error first = *trv_error(s);

		CHECK_OK(trv_rollback(s), trv_error(s)); /* needs no memory */
		*(struct trv_error *)(uintptr_t)trv_error(s) = first;
	}
	return r;
}

TEST(memory, a_transaction_that_is_rolled_back_changed_nothing)
{
	sweep_over(change_and_undo, NULL, CHANGED);
}

/* --- opening ------------------------------------------------------------------------------------------- */

static int start_plugin(struct trv_db *db, struct trv_error *error)
{
	struct trv_session *s = NULL;
	uint64_t count = 0;
	int r = trv_session_open(db, &s, error);

	if (r < 0)
		return r;
	r = tag_count(s, &count, NULL);
	if (r == TRV_ERR_SQL)
		r = 0; /* there are no tables yet */
	else if (r < 0)
		*error = *trv_error(s);
	trv_session_close(s);
	return r;
}

static const struct trv_plugin counting = { TRV_PLUGIN_HEADER, .name = "counting", .models = &shop_models,
	                                    .start = start_plugin };

static int open_and_create(const struct trv_allocator *allocator, void *argument)
{
	struct trv_db *db = NULL;
	struct trv_session *s = NULL;
	struct trv_error error = { 0 };

	(void)argument;
	int r = trv_open(
		&db,
		&(struct trv_options) { .url = "sqlite::memory:", .plugins = { &counting }, .allocator = *allocator },
		&error);
	if (r < 0) {
		CHECK_INT(error.code, r);
		CHECK(db == NULL);
		return r;
	}
	r = trv_session_open(db, &s, &error);
	if (r >= 0)
		r = trv_session_log(s, true);
	if (r >= 0) {
		r = trv_schema_create(s);
		/* a failure left nothing: it can be done again */
		if (r == TRV_ERR_NOMEM)
			CHECK(trv_schema_create(s) != TRV_ERR_MODEL);
	}
	trv_session_close(s);
	trv_close(db);
	return r;
}

TEST(memory, opening_and_creating_the_schema)
{
	CHECK_SWEEP(open_and_create, NULL);
}

TEST(memory, opening_a_database_that_is_there)
{
	struct world w;
	struct sweep sweep = { .world = &w, .run = read_by_key };

	world_open(&w);
	trv_session_close(w.s);
	w.s = NULL;
	CHECK_SWEEP(run, &sweep);
	world_close(&w);
}
