#include "reads_fixture.h"

#include <stdlib.h>

TEST(stream, rows_come_one_by_one_in_memory_that_is_used_again)
{
	struct shop shop;
	struct trv_stream stream = { NULL };
	const struct task *row = NULL, *first = NULL;
	const struct task_query query = { .order_by = { task_by_id(TRV_DESC) } };
	int r, i = 0;

	shop_open(&shop);
	size_t used = trv_session_arena(shop.s)->used;
	while ((r = task_each(shop.s, &stream, &row, &query)) > 0) {
		first = first ? first : row;
		CHECK(row == first);
		CHECK_INT(row->id, shop.tasks[SHOP_TASKS - 1 - i].id);
		CHECK_STR(row->title, shop.tasks[SHOP_TASKS - 1 - i].title);
		CHECK_INT(row->has_due, shop.tasks[SHOP_TASKS - 1 - i].has_due);
		i++;
	}
	SHOP_OK(&shop, r);
	CHECK_INT(i, SHOP_TASKS);
	CHECK(row == NULL);
	CHECK(stream.state == NULL);
	CHECK_INT(trv_session_arena(shop.s)->used, used);
	shop_close(&shop);
}

TEST(stream, the_query_may_lie_in_memory_that_changes)
{
	struct shop shop;
	struct trv_stream stream = { NULL };
	const struct task *row;
	char title[] = "plan";
	struct task_query query = { .where = { task_title(TRV_EQ, title) }, .order_by = { task_by_id(TRV_ASC) } };

	shop_open(&shop);
	SHOP_OK(&shop, task_each(shop.s, &stream, &row, &query));
	memset(title, 'x', 4);
	memset(&query, 0xff, sizeof(query));
	CHECK_INT(task_each(shop.s, &stream, &row, &query), 1);
	CHECK_STR(row->title, "plan");
	CHECK_INT(row->id, shop.tasks[4].id);
	CHECK_INT(task_each(shop.s, &stream, &row, &query), 0);
	shop_close(&shop);
}

TEST(stream, joined_relations_come_with_each_row)
{
	struct shop shop;
	struct trv_stream stream = { NULL };
	const struct task *row;
	const struct task_query query = {
		.order_by = { task_by_id(TRV_ASC) },
		.project = &(struct project_query) { .lead = &(struct person_query) { .limit = 0 } },
		.assignee = &(struct person_query) { .limit = 0 },
	};
	int r, i = 0;

	shop_open(&shop);
	uint64_t before = shop_statements(&shop);
	while ((r = task_each(shop.s, &stream, &row, &query)) > 0) {
		REQUIRE(row->project && row->project->lead);
		CHECK_STR(row->project->name, i < 5 ? "Atlas" : "Borea");
		CHECK_STR(row->project->lead->name, i < 5 ? "Ada" : "Bob");
		CHECK(!row->assignee == (i % 4 == 3));
		if (row->assignee)
			CHECK_STR(row->assignee->name, i % 2 ? "Bob" : "Cy");
		if (i == 5)
			CHECK(row->assignee == row->project->lead); /* the same row is one struct */
		i++;
	}
	SHOP_OK(&shop, r);
	CHECK_INT(i, SHOP_TASKS);
	CHECK_INT(shop_statements(&shop) - before, 1);
	shop_close(&shop);
}

/* 600 projects more, each with as many tasks as its number's last digit. */
static void add_projects(struct shop *shop)
{
	static struct project projects[600];
	static struct task tasks[600 * 9];
	size_t count = 0;

	memset(projects, 0, sizeof(projects));
	memset(tasks, 0, sizeof(tasks));
	for (int i = 0; i < 600; i++)
		projects[i].name = "one of many";
	SHOP_OK(shop, project_insert_many(shop->s, projects, 600));
	for (int i = 0; i < 600; i++)
		for (int k = 0; k < i % 10; k++)
			tasks[count++] = (struct task) { .project_id = projects[i].id, .title = "one of some" };
	SHOP_OK(shop, task_insert_many(shop->s, tasks, count));
}

TEST(stream, other_relations_are_loaded_in_batches_or_refused)
{
	struct shop shop;
	struct trv_stream stream = { NULL };
	const struct project *row;
	struct project_query query = {
		.where = { project_name(TRV_EQ, "one of many") },
		.order_by = { project_by_id(TRV_ASC) },
		.tasks = &(struct task_query) { .how = TRV_SUBQUERY },
	};
	int r, i = 0;

	shop_open(&shop);
	add_projects(&shop);
	uint64_t before = shop_statements(&shop);
	while ((r = project_each(shop.s, &stream, &row, &query)) > 0) {
		REQUIRE(row->tasks);
		CHECK_INT(row->tasks->count, i % 10);
		i++;
	}
	if (shop_is(&shop, "sqlite")) {
		SHOP_OK(&shop, r);
		CHECK_INT(i, 600);
		CHECK_INT(shop_statements(&shop) - before, 1 + 3); /* 256 + 256 + 88 */
	} else {
		CHECK_STATUS(r, TRV_ERR_UNSUPPORTED);
		CHECK_CONTAINS(trv_error(shop.s)->message, "project.tasks: ");
		CHECK_CONTAINS(trv_error(shop.s)->hint, "project_page");
	}
	CHECK(stream.state == NULL);
	shop_close(&shop);
}

TEST(stream, memory_does_not_grow_with_the_rows)
{
	struct test_allocator allocator;
	struct shop shop;
	struct trv_stream stream = { NULL };
	const struct sample *row;
	char *words = malloc(20001);
	size_t live = 0;
	int r, i = 0;

	REQUIRE(words);
	memset(words, 'w', 20000);
	words[20000] = '\0';
	test_allocator_init(&allocator);
	r = shop_try_open(&shop, &allocator.allocator);
	SHOP_OK(&shop, r);
	for (int k = 0; k < 40; k++) {
		struct sample sample = { .words = words, .blob = { "b", 1 }, .extra = "{}" };

		SHOP_OK(&shop, sample_insert(shop.s, &sample));
	}
	while ((r = sample_each(shop.s, &stream, &row, NULL)) > 0) {
		CHECK_INT(strlen(row->words), 20000);
		if (++i == 5)
			live = allocator.live;
		if (i > 5)
			CHECK(allocator.live <= live);
	}
	SHOP_OK(&shop, r);
	CHECK_INT(i, 40);
	free(words);
	shop_close(&shop);
	CHECK_INT(allocator.live, 0);
}

TEST(stream, closing_early_gives_the_connection_back)
{
	struct shop shop;
	struct trv_stream stream = { NULL };
	const struct task *row;

	shop_open(&shop);
	SHOP_OK(&shop, task_each(shop.s, &stream, &row, NULL));
	trv_stream_close(&stream);
	CHECK(stream.state == NULL);
	trv_stream_close(&stream);
	trv_stream_close(NULL);
	uint64_t count = 0;
	SHOP_OK(&shop, task_count(shop.s, &count, NULL));
	CHECK_INT(count, SHOP_TASKS);
	SHOP_OK(&shop, task_each(shop.s, &stream, &row, NULL)); /* it begins anew */
	trv_stream_close(&stream);
	shop_close(&shop);
}

TEST(stream, the_end_of_the_transaction_ends_it)
{
	struct shop shop;
	struct trv_stream stream = { NULL };
	const struct task *row = NULL;

	shop_open(&shop);
	for (int round = 0; round < 2; round++) {
		SHOP_OK(&shop, trv_begin(shop.s, NULL));
		SHOP_OK(&shop, task_each(shop.s, &stream, &row, NULL));
		SHOP_OK(&shop, round ? trv_commit(shop.s) : trv_rollback(shop.s));
		CHECK_STATUS(task_each(shop.s, &stream, &row, NULL), TRV_ERR_MISUSE);
		CHECK_CONTAINS(trv_error(shop.s)->message, "task: the stream was ended by a commit");
		CHECK(stream.state == NULL);
	}
	shop_close(&shop);
}

TEST(stream, the_session_may_end_before_it)
{
	struct shop shop;
	struct trv_stream stream = { NULL };
	const struct task *row;

	shop_open(&shop);
	SHOP_OK(&shop, task_each(shop.s, &stream, &row, NULL));
	shop_close(&shop);
	trv_stream_close(&stream);
	CHECK(stream.state == NULL);
}

TEST(stream, another_models_or_sessions_stream_is_refused)
{
	struct shop shop;
	struct trv_stream stream = { NULL };
	struct trv_session *other = NULL;
	struct trv_error error = { 0 };
	const struct task *row;
	const struct person *person;

	shop_open(&shop);
	REQUIRE_OK(trv_session_open(shop.db, &other, &error), &error);
	SHOP_OK(&shop, task_each(shop.s, &stream, &row, NULL));
	CHECK_STATUS(person_each(shop.s, &stream, &person, NULL), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(shop.s)->message, "one of 'task', not of 'person'");
	CHECK_STATUS(task_each(other, &stream, &row, NULL), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(other)->message, "belongs to another session");
	CHECK_INT(task_each(shop.s, &stream, &row, NULL), 1);
	trv_stream_close(&stream);
	trv_session_close(other);
	shop_close(&shop);
}

TEST(stream, other_statements_run_meanwhile_where_the_engine_can)
{
	struct shop shop;
	struct trv_stream stream = { NULL };
	const struct task *row;
	uint64_t count = 0;
	int i = 0, r;

	shop_open(&shop);
	SHOP_OK(&shop, trv_begin(shop.s, NULL));
	while ((r = task_each(shop.s, &stream, &row, NULL)) > 0) {
		int counted = task_count(shop.s, &count, NULL);

		if (shop_is(&shop, "sqlite")) {
			SHOP_OK(&shop, counted);
			CHECK_INT(count, SHOP_TASKS);
		} else {
			CHECK_STATUS(counted, TRV_ERR_MISUSE);
			CHECK_CONTAINS(trv_error(shop.s)->message, "task: a stream is open");
		}
		i++;
	}
	SHOP_OK(&shop, r);
	CHECK_INT(i, SHOP_TASKS);
	SHOP_OK(&shop, task_count(shop.s, &count, NULL));
	SHOP_OK(&shop, trv_commit(shop.s));
	shop_close(&shop);
}

TEST(stream, a_query_that_cannot_run_leaves_nothing_open)
{
	struct shop shop;
	struct trv_stream stream = { NULL };
	const struct task *row;

	shop_open(&shop);
	CHECK_STATUS(task_each(shop.s, &stream, &row,
	                       &(struct task_query) { .where = { task_where_sql("no_such_column = 1", NULL, 0) } }),
	             TRV_ERR_SQL);
	CHECK(stream.state == NULL);
	SHOP_OK(&shop, task_each(shop.s, &stream, &row, NULL));
	trv_stream_close(&stream);
	shop_close(&shop);
}

/* --- values in the text: PostgreSQL's COPY takes no parameters --------------------------------- */

static void add_samples(struct shop *shop, struct sample *rows, int count)
{
	for (int i = 0; i < count; i++)
		rows[i] = (struct sample) {
			.yes = i & 1,
			.small = (int16_t)(i - 3),
			.medium = (i - 3) * 100000,
			.large = i ? (i - 3) * INT64_C(1000000000000) : INT64_MIN,
			.double_ = i / 4.0,
			.exact = trv_decimal(i, 2),
			.words = i & 1 ? "it's \\ odd" : "even",
			.blob = { "", 0 },
			.day = (i - 3) * 10000,
			.instant = (i - 3) * INT64_C(86400123456),
			.extra = "1",
		};
	SHOP_OK(shop, sample_insert_many(shop->s, rows, (size_t)count));
}

TEST(stream, a_filter_of_any_type_gives_the_rows_that_find_gives)
{
	struct sample rows[8];
	struct shop shop;

	shop_open(&shop);
	add_samples(&shop, rows, TRV_COUNT_OF(rows));
	const struct sample_query queries[] = {
		{ .where = { sample_yes(TRV_EQ, true) } },
		{ .where = { sample_small(TRV_LT, -1) } },
		{ .where = { sample_medium(TRV_GE, -100000) } },
		{ .where = { sample_large(TRV_EQ, INT64_MIN) } },
		{ .where = { sample_large(TRV_GT, -1) }, .limit = 2, .offset = 1 },
		{ .where = { sample_double_(TRV_GT, 0.75) } },
		{ .where = { sample_exact(TRV_LE, trv_decimal(3, 2)) } },
		{ .where = { sample_words(TRV_EQ, "it's \\ odd") } },
		{ .where = { sample_day(TRV_LE, -20000) } },
		{ .where = { sample_instant(TRV_GE, rows[1].instant) } },
		{ .where = { sample_token(TRV_EQ, rows[2].token) } },
		{ .where = { sample_small_in((int16_t[]) { -3, 4 }, 2) } },
		{ .where = { sample_small(TRV_GE, -2), sample_words(TRV_EQ, "even") } },
	};
	for (size_t i = 0; i < TRV_COUNT_OF(queries); i++) {
		struct sample_query query = queries[i];
		struct trv_stream stream = { NULL };
		const struct sample *row = NULL;
		struct sample_list found;
		size_t count = 0;
		int r;

		query.order_by[0] = sample_by_id(TRV_ASC);
		SHOP_OK(&shop, sample_find(shop.s, &found, &query));
		CHECK(found.count > 0 && found.count < TRV_COUNT_OF(rows));
		while ((r = sample_each(shop.s, &stream, &row, &query)) > 0) {
			REQUIRE(count < found.count);
			CHECK_INT(row->id, found.items[count].id);
			CHECK_INT(row->large, found.items[count].large);
			CHECK_INT(row->instant, found.items[count].instant);
			CHECK_STR(row->words, found.items[count].words);
			count++;
		}
		SHOP_OK(&shop, r);
		CHECK_INT(count, found.count);
	}
	shop_close(&shop);
}
