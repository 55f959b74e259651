#include "fixture.h"

#include <time.h>

#define TASK_ROW "SELECT title, state, priority, effort, assignee_id, version FROM task WHERE id = %lld"

TEST(update, only_the_named_columns_are_written)
{
	struct world w;

	world_open(&w);
	struct task task = w.tasks[4];
	task.title = "changed";
	task.state = TASK_DOING;
	task.priority = 2;
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, task_update(w.s, &task, TASK_TITLE));
	CHECK_STR(raw(&w, TASK_ROW, (long long)task.id), "changed|doing|5|5.00|~|2");
	CHECK_INT(task.version, 2);
	world_close(&w);
}

TEST(update, zeros_and_nulls_are_written_when_named)
{
	struct world w;

	world_open(&w);
	struct task task = { .id = w.tasks[5].id, .version = 1 };
	OK(&w, task_update(w.s, &task, TASK_STATE | TASK_EFFORT | TASK_ASSIGNEE_ID | TASK_META));
	CHECK_STR(raw(&w, TASK_ROW, (long long)task.id), "t5|open|1|0.00|~|2");
	struct person ann = { .id = w.people[ANN].id };
	OK(&w, person_update(w.s, &ann, PERSON_EMAIL | PERSON_AGE));
	CHECK_STR(raw(&w, "SELECT name, email, age FROM person WHERE id = %lld", (long long)ann.id), "Ann|~|~");
	world_close(&w);
}

static void wait_for_the_clock(int64_t after)
{
	struct timespec pause = { .tv_nsec = 100000 };

	while (trv_now() <= after)
		nanosleep(&pause, NULL);
}

TEST(update, the_time_of_the_last_change_is_set)
{
	struct world w;

	world_open(&w);
	struct task task = w.tasks[0];
	wait_for_the_clock(task.updated);
	OK(&w, task_update(w.s, &task, TASK_TITLE));
	CHECK(task.updated > w.tasks[0].updated);
	CHECK_INT(task.created, w.tasks[0].created);
	CHECK_STR(raw(&w, "SELECT %s = %lld, %s = %lld FROM task WHERE id = %lld", SQL_MICROS("updated"),
	              (long long)task.updated, SQL_MICROS("created"), (long long)task.created, (long long)task.id),
	          "1|1");
	task.updated = 77;
	OK(&w, task_update(w.s, &task, TASK_UPDATED));
	CHECK_STR(raw(&w, "SELECT %s FROM task WHERE id = %lld", SQL_MICROS("updated"), (long long)task.id), "77");
	world_close(&w);
}

TEST(update, what_the_engine_computes_is_read_back)
{
	struct world w;

	world_open_empty(&w);
	struct stock stock = { .shop = "a", .item = 1, .amount = 2, .price = trv_decimal(1, 0) };
	OK(&w, stock_insert(w.s, &stock));
	stock.amount = 9;
	ASSERT_STATEMENTS(w.s, BY_ENGINE(1u, 1u, 2u)) /* MariaDB's UPDATE returns nothing */
	OK(&w, stock_update(w.s, &stock, STOCK_AMOUNT));
	CHECK_DOUBLE(stock.worth, 18.0);
	CHECK_STR(raw(&w, "SELECT amount, worth = 18 FROM stock"), "9|1");
	world_close(&w);
}

TEST(update, keys_versions_and_generated_columns_cannot_be_named)
{
	struct world w;

	world_open(&w);
	struct task task = w.tasks[0];
	REQUIRE_STATUS(task_update(w.s, &task, TASK_ID), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(w.s)->message, "task.id");
	REQUIRE_STATUS(task_update(w.s, &task, TASK_TITLE | TASK_VERSION), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(w.s)->message, "task.version");
	REQUIRE_STATUS(task_update(w.s, &task, 0), TRV_ERR_MISUSE);
	REQUIRE_STATUS(task_update(w.s, &task, UINT64_C(1) << 63), TRV_ERR_MISUSE);
	struct stock stock = { .shop = "a", .item = 1 };
	OK(&w, stock_insert(w.s, &stock));
	REQUIRE_STATUS(stock_update(w.s, &stock, STOCK_WORTH), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(w.s)->message, "stock.worth");
	CHECK_STR(raw(&w, "SELECT sum(version) FROM task"), "12");
	world_close(&w);
}

TEST(update, a_row_that_is_not_there_is_an_error)
{
	struct world w;

	world_open(&w);
	struct person nobody = { .id = 999, .name = "Nobody" };
	REQUIRE_STATUS(person_update(w.s, &nobody, PERSON_NAME), TRV_ERR_NOT_FOUND);
	struct task gone = { .id = 999, .title = "gone", .version = 1 };
	REQUIRE_STATUS(task_update(w.s, &gone, TASK_TITLE), TRV_ERR_STALE);
	world_close(&w);
}

TEST(update, a_value_that_is_refused_leaves_row_and_database_alone)
{
	struct world w;

	world_open(&w);
	struct task task = w.tasks[0];
	task.title = NULL;
	struct task before = task;
	REQUIRE_STATUS(task_update(w.s, &task, TASK_TITLE), TRV_ERR_NOT_NULL);
	CHECK(memcmp(&task, &before, sizeof(task)) == 0);
	task.title = "";
	REQUIRE_STATUS(task_update(w.s, &task, TASK_TITLE), TRV_ERR_CHECK);
	CHECK_INT(task.version, 1);
	CHECK_INT(task.updated, before.updated);
	CHECK_STR(raw(&w, "SELECT title, version FROM task WHERE id = %lld", (long long)task.id), "t0|1");
	world_close(&w);
}

TEST(update, many_rows_are_written_together_or_not_at_all)
{
	struct world w;
	struct task tasks[TASKS];

	world_open(&w);
	memcpy(tasks, w.tasks, sizeof(tasks));
	for (int i = 0; i < TASKS; i++)
		tasks[i].priority = (int16_t)(5 - i % 5);
	tasks[7].priority = 8;
	REQUIRE_STATUS(task_update_many(w.s, tasks, TASKS, TASK_PRIORITY), TRV_ERR_CHECK);
	CHECK_STR(raw(&w, "SELECT sum(priority), sum(version) FROM task"), "33|12");
	CHECK_INT(tasks[0].version, 1);
	tasks[7].priority = 3;
	OK(&w, task_update_many(w.s, tasks, TASKS, TASK_PRIORITY));
	CHECK_STR(raw(&w, "SELECT sum(version), count(*) FROM task"), "24|12");
	for (int i = 0; i < TASKS; i++) {
		CHECK_INT(tasks[i].version, 2);
		CHECK_STR(raw(&w, "SELECT priority = %d FROM task WHERE id = %lld", tasks[i].priority,
		              (long long)tasks[i].id),
		          "1");
	}
	world_close(&w);
}

TEST(update, many_rows_read_back_what_the_engine_computes_of_each)
{
	struct world w;
	struct stock stocks[5];

	world_open_empty(&w);
	memset(stocks, 0, sizeof(stocks));
	for (int i = 0; i < 5; i++)
		stocks[i] = (struct stock) { .shop = "a", .item = i };
	OK(&w, stock_insert_many(w.s, stocks, 5));
	for (int i = 0; i < 5; i++)
		stocks[i].amount = i + 1;
	OK(&w, stock_update_many(w.s, stocks, 5, STOCK_AMOUNT));
	for (int i = 0; i < 5; i++)
		CHECK_DOUBLE(stocks[i].worth, 2.0 * (i + 1));
	world_close(&w);
}

TEST(update, the_second_of_two_writers_is_told_that_the_row_changed)
{
	struct world w;
	struct task mine, theirs;

	world_open(&w);
	struct trv_session *other = world_session(&w);
	OK(&w, task_get(w.s, &mine, w.tasks[0].id));
	REQUIRE_OK(task_get(other, &theirs, w.tasks[0].id), trv_error(other));
	theirs.title = "theirs";
	REQUIRE_OK(task_update(other, &theirs, TASK_TITLE), trv_error(other));
	mine.title = "mine";
	REQUIRE_STATUS(task_update(w.s, &mine, TASK_TITLE), TRV_ERR_STALE);
	CHECK_INT(trv_status_class(TRV_ERR_STALE), TRV_CLASS_CONFLICT);
	CHECK_INT(mine.version, 1);
	REQUIRE_STATUS(task_delete(w.s, &mine), TRV_ERR_STALE);
	CHECK_STR(raw(&w, "SELECT title, version FROM task WHERE id = %lld", (long long)mine.id), "theirs|2");
	OK(&w, task_get(w.s, &mine, mine.id));
	mine.title = "mine";
	OK(&w, task_update(w.s, &mine, TASK_TITLE));
	CHECK_STR(raw(&w, "SELECT title, version FROM task WHERE id = %lld", (long long)mine.id), "mine|3");
	trv_session_close(other);
	world_close(&w);
}

/* --- by filter ------------------------------------------------------------------------------------ */

TEST(update_where, every_row_of_the_filter_changes_and_no_other)
{
	struct world w;
	uint64_t affected = 99;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, task_update_where(w.s, &affected, &(struct task) { .state = TASK_DONE }, TASK_STATE,
	                         &(struct task_query) { .where = { task_project_id(TRV_EQ, w.projects[BOREAS].id) } }));
	CHECK_INT(affected, 2);
	CHECK_STR(raw(&w, "SELECT title FROM task WHERE version = 2 ORDER BY id"), "t8\nt9");
	CHECK_STR(raw(&w, "SELECT state FROM task WHERE title IN ('t8', 't9')"), "finished\nfinished");
	OK(&w, task_update_where(w.s, NULL, &(struct task) { .priority = 1 }, TASK_PRIORITY,
	                         &(struct task_query) { .where = { task_id(TRV_EQ, 12345) } }));
	world_close(&w);
}

TEST(update_where, relations_can_be_part_of_the_filter)
{
	struct world w;
	uint64_t affected = 0;

	world_open(&w);
	OK(&w, task_update_where(w.s, &affected, &(struct task) { .priority = 1 }, TASK_PRIORITY,
	                         &(struct task_query) { .where = { task_has_tags(&(struct tag_query) {
								.where = { tag_name(TRV_EQ, "blue") } }) } }));
	CHECK_INT(affected, 2);
	CHECK_STR(raw(&w, "SELECT title FROM task WHERE version = 2 ORDER BY id"), "t2\nt5");
	world_close(&w);
}

static void check_guard(struct world *w, const struct task_query *query)
{
	uint64_t affected = 99;

	CHECK_STATUS(task_update_where(w->s, &affected, &(struct task) { .priority = 1 }, TASK_PRIORITY, query),
	             TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(w->s)->hint, ".all = true");
	CHECK_STATUS(task_delete_where(w->s, &affected, query), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(w->s)->hint, ".all = true");
	CHECK_INT(affected, 99);
	CHECK_STR(raw(w, "SELECT count(*), sum(version) FROM task"), "12|12");
}

TEST(update_where, a_filter_that_holds_for_every_row_needs_all)
{
	struct world w;

	world_open(&w);
	check_guard(&w, NULL);
	check_guard(&w, &(struct task_query) { .limit = 0 });
	check_guard(&w, &(struct task_query) { .where = { task_all_of(NULL, 0) } });
	check_guard(&w, &(struct task_query) { .where = { task_not(task_any_of(NULL, 0)) } });
	check_guard(&w,
	            &(struct task_query) { .where = { task_all((struct task_expr) { .expr = { .kind = TRV_EXPR_NONE } },
	                                                       task_all_of(NULL, 0)) } });
	check_guard(&w, &(struct task_query) { .where = { task_not(task_id_in(NULL, 0)) } });
	world_close(&w);
}

TEST(update_where, a_limit_is_refused)
{
	struct world w;

	world_open(&w);
	REQUIRE_STATUS(task_update_where(w.s, NULL, &(struct task) { .priority = 1 }, TASK_PRIORITY,
	                                 &(struct task_query) { .where = { task_id(TRV_GT, 0) }, .limit = 1 }),
	               TRV_ERR_MISUSE);
	REQUIRE_STATUS(
		task_delete_where(w.s, NULL, &(struct task_query) { .where = { task_id(TRV_GT, 0) }, .offset = 1 }),
		TRV_ERR_MISUSE);
	CHECK_STR(raw(&w, "SELECT count(*), sum(version) FROM task"), "12|12");
	world_close(&w);
}

TEST(update_where, all_means_every_row)
{
	struct world w;
	uint64_t affected = 0;

	world_open(&w);
	OK(&w, task_update_where(w.s, &affected, &(struct task) { .priority = 2 }, TASK_PRIORITY,
	                         &(struct task_query) { .all = true }));
	CHECK_INT(affected, TASKS);
	CHECK_STR(raw(&w, "SELECT count(*), sum(version), sum(priority) FROM task"), "12|24|24");
	world_close(&w);
}

/* --- deleting ------------------------------------------------------------------------------------------ */

TEST(delete, one_row_goes_and_what_hangs_on_it)
{
	struct world w;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, task_delete(w.s, &w.tasks[1]));
	CHECK_STR(raw(&w, "SELECT title FROM task ORDER BY id"), "t0\nt2\nt7\nt8\nt9\nt10\nt11");
	OK(&w, person_delete(w.s, &w.people[BOB]));
	CHECK_STR(raw(&w, "SELECT count(*) FROM task WHERE assignee_id IS NULL"), "4");
	REQUIRE_STATUS(person_delete(w.s, &w.people[BOB]), TRV_ERR_NOT_FOUND);
	world_close(&w);
}

TEST(delete, by_a_key_of_two_parts)
{
	struct world w;

	world_open(&w);
	struct tagging tagging = { .task_id = w.tasks[0].id, .tag_id = w.tags[RED].id };
	OK(&w, tagging_delete(w.s, &tagging));
	CHECK_STR(raw(&w, "SELECT count(*) FROM task_tag"), "7");
	REQUIRE_STATUS(tagging_delete(w.s, &tagging), TRV_ERR_NOT_FOUND);
	world_close(&w);
}

TEST(delete, by_filter)
{
	struct world w;
	uint64_t affected = 0;

	world_open(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, tagging_delete_where(w.s, &affected,
	                            &(struct tagging_query) { .where = { tagging_has_tag(&(struct tag_query) {
								      .where = { tag_name(TRV_EQ, "red") } }) } }));
	CHECK_INT(affected, 3);
	CHECK_STR(raw(&w, "SELECT count(*) FROM task_tag"), "5");
	OK(&w, tagging_delete_where(w.s, &affected, &(struct tagging_query) { .all = true }));
	CHECK_INT(affected, 5);
	CHECK_STR(raw(&w, "SELECT count(*) FROM task_tag"), "0");
	world_close(&w);
}
