#include "fixture.h"

#include <time.h>

TEST(upsert, a_row_that_is_not_there_is_inserted)
{
	struct world w;

	world_open_empty(&w);
	struct person ann = { .name = "Ann", .email = "ann@example.org" };
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, person_upsert(w.s, &ann, PERSON_EMAIL, 0));
	CHECK(ann.id > 0);
	CHECK_STR(raw(&w, "SELECT id, name, email FROM person"), "1|Ann|ann@example.org");
	world_close(&w);
}

TEST(upsert, by_a_unique_index_the_row_that_is_there_is_updated)
{
	struct world w;

	world_open(&w);
	struct person ann = { .name = "Ann II", .email = "ann@example.org", .age = 51, .has_age = true };
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, person_upsert(w.s, &ann, PERSON_EMAIL, PERSON_NAME));
	CHECK_INT(ann.id, w.people[ANN].id);
	CHECK_STR(raw(&w, "SELECT name, age FROM person WHERE id = %lld", (long long)ann.id), "Ann II|50");
	CHECK_INT(ann.age, 50); /* what was not updated is what is there */
	ann.age = 51;
	OK(&w, person_upsert(w.s, &ann, PERSON_EMAIL, 0));
	CHECK_STR(raw(&w, "SELECT name, age FROM person WHERE id = %lld", (long long)ann.id), "Ann II|51");
	CHECK_STR(raw(&w, "SELECT count(*) FROM person"), "5");
	world_close(&w);
}

static void wait_for_the_clock(int64_t after)
{
	struct timespec pause = { .tv_nsec = 100000 };

	while (trv_now() <= after)
		nanosleep(&pause, NULL);
}

TEST(upsert, by_primary_key_what_is_made_once_stays)
{
	struct world w;

	world_open(&w);
	wait_for_the_clock(w.tasks[3].updated);
	struct task task = { .id = w.tasks[3].id, .project_id = w.projects[DELOS].id, .title = "again" };
	OK(&w, task_upsert(w.s, &task, TASK_ID, 0));
	CHECK_STR(raw(&w,
	              "SELECT title, project_id = %lld, version, %s = %lld, updated > created FROM task WHERE id "
	              "= %lld",
	              (long long)w.projects[DELOS].id, SQL_MICROS("created"), (long long)w.tasks[3].created,
	              (long long)task.id),
	          "again|1|2|1|1");
	world_close(&w);
}

TEST(upsert, the_callers_row_is_as_the_database_has_it)
{
	struct world w;
	struct task found;

	world_open(&w);
	wait_for_the_clock(w.tasks[3].updated);
	struct task task = { .id = w.tasks[3].id, .project_id = w.projects[DELOS].id, .title = "again", .priority = 1 };
	OK(&w, task_upsert(w.s, &task, TASK_ID, TASK_TITLE));
	OK(&w, task_get(w.s, &found, task.id));
	CHECK_STR(found.title, "again");
	CHECK_INT(task.version, found.version);
	CHECK_INT(task.created, found.created);
	CHECK_INT(task.updated, found.updated);
	CHECK_INT(task.priority, found.priority);
	CHECK_INT(task.project_id, found.project_id);
	CHECK_INT(task.has_parent_id, found.has_parent_id);
	CHECK_INT(task.parent_id, found.parent_id);
	world_close(&w);
}

TEST(upsert, named_columns_touch_the_time_of_the_last_change_too)
{
	struct world w;

	world_open(&w);
	wait_for_the_clock(w.tasks[3].updated);
	struct task task = w.tasks[3];
	task.title = "touched";
	task.updated = 0;
	OK(&w, task_upsert(w.s, &task, TASK_ID, TASK_TITLE));
	CHECK_STR(raw(&w, "SELECT title, version, %s > %lld FROM task WHERE id = %lld", SQL_MICROS("updated"),
	              (long long)w.tasks[3].updated, (long long)task.id),
	          "touched|2|1");
	world_close(&w);
}

TEST(upsert, by_a_key_of_two_parts)
{
	struct world w;

	world_open_empty(&w);
	struct stock stock = { .shop = "a", .item = 1, .amount = 2, .note = "first" };
	OK(&w, stock_upsert(w.s, &stock, STOCK_SHOP | STOCK_ITEM, 0));
	CHECK_DOUBLE(stock.worth, 4.0);
	struct stock again = { .shop = "a", .item = 1, .amount = 5 };
	OK(&w, stock_upsert(w.s, &again, STOCK_SHOP | STOCK_ITEM, STOCK_AMOUNT));
	CHECK_DOUBLE(again.worth, 10.0);
	CHECK_STR(raw(&w, "SELECT shop, item, amount, worth = 10, note FROM stock"), "a|1|5|1|first");
	CHECK_STR(again.note, "first");
	world_close(&w);
}

TEST(upsert, a_row_of_nothing_but_its_key_is_found_again)
{
	struct world w;

	world_open(&w);
	struct tagging tagging = { .task_id = w.tasks[0].id, .tag_id = w.tags[RED].id };
	OK(&w, tagging_upsert(w.s, &tagging, TAGGING_TASK_ID | TAGGING_TAG_ID, 0));
	CHECK_STR(raw(&w, "SELECT count(*) FROM task_tag"), "8");
	struct tag red = { .name = "red" };
	OK(&w, tag_upsert(w.s, &red, TAG_NAME, 0));
	CHECK_INT(red.id, w.tags[RED].id);
	world_close(&w);
}

TEST(upsert, many_rows_some_there_and_some_not)
{
	struct world w;

	world_open(&w);
	struct tag tags[] = { { .name = "new" }, { .name = "blue" }, { .name = "newer" }, { .name = "red" } };
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, tag_upsert_many(w.s, tags, 4, TAG_NAME, 0));
	CHECK_INT(tags[1].id, w.tags[BLUE].id);
	CHECK_INT(tags[3].id, w.tags[RED].id);
	for (int i = 0; i < 4; i++)
		CHECK_STR(raw(&w, "SELECT name FROM tag WHERE id = %lld", (long long)tags[i].id), tags[i].name);
	CHECK_STR(raw(&w, "SELECT count(*) FROM tag"), "6");
	world_close(&w);
}

TEST(upsert, a_key_that_is_not_unique_is_refused)
{
	struct world w;

	world_open(&w);
	struct person person = { .name = "Ann" };
	ASSERT_STATEMENTS(w.s, 0)
	{
		REQUIRE_STATUS(person_upsert(w.s, &person, PERSON_NAME, 0), TRV_ERR_MISUSE);
		CHECK_CONTAINS(trv_error(w.s)->message, "person");
		REQUIRE_STATUS(person_upsert(w.s, &person, 0, 0), TRV_ERR_MISUSE);
		REQUIRE_STATUS(person_upsert(w.s, &person, PERSON_EMAIL | PERSON_ID, 0), TRV_ERR_MISUSE);
		REQUIRE_STATUS(person_upsert(w.s, &person, PERSON_EMAIL, PERSON_ID), TRV_ERR_MISUSE);
		struct task task = w.tasks[0];
		REQUIRE_STATUS(task_upsert(w.s, &task, TASK_ID, TASK_VERSION), TRV_ERR_MISUSE);
	}
	CHECK_STR(raw(&w, "SELECT count(*) FROM person"), "5");
	world_close(&w);
}

TEST(upsert, another_unique_key_that_is_taken_is_an_error)
{
	struct world w;

	world_open(&w);
	struct person person = { .id = w.people[BOB].id, .name = "Bob", .email = "ann@example.org" };
	REQUIRE_STATUS(person_upsert(w.s, &person, PERSON_ID, 0), TRV_ERR_UNIQUE);
	CHECK_STR(raw(&w, "SELECT email FROM person WHERE name = 'Bob'"), "~");
	world_close(&w);
}
