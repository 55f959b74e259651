#include "fixture.h"

TEST(insert, a_row_gets_its_key_its_defaults_and_the_time)
{
	struct world w;
	int64_t before = trv_now();

	world_open_empty(&w);
	struct project project = { .name = "atlas" };
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, project_insert(w.s, &project));
	CHECK(project.id > 0);
	CHECK_INT(project.status, PROJECT_ACTIVE);
	CHECK(project.created >= before && project.created <= trv_now());
	CHECK_STR(raw(&w, "SELECT id, name, status, %s = %lld, lead_id FROM project", SQL_MICROS("created"),
	              (long long)project.created),
	          "1|atlas|active|1|~");
	world_close(&w);
}

TEST(insert, a_named_zero_is_written_where_an_unnamed_one_gives_the_default)
{
	struct world w;

	world_open_empty(&w);
	struct project usual = { .name = "usual" }, planned = { .name = "planned", .status = PROJECT_PLANNED };
	OK(&w, project_insert(w.s, &usual));
	OK(&w, project_insert_columns(w.s, &planned, PROJECT_STATUS | PROJECT_CREATED));
	CHECK_INT(planned.status, PROJECT_PLANNED);
	CHECK_INT(planned.created, 0);
	CHECK_STR(raw(&w, "SELECT name, status, %s > 0 FROM project ORDER BY id", SQL_MICROS("created")),
	          "usual|active|1\nplanned|planned|0");
	struct membership membership = { .project_id = usual.id, .role = "", .person_id = 0 };
	struct person ann = { .name = "Ann" };
	OK(&w, person_insert(w.s, &ann));
	membership.person_id = ann.id;
	OK(&w, membership_insert(w.s, &membership));
	CHECK_STR(raw(&w, "SELECT '<' || role || '>' FROM membership"), "<>"); /* empty is not missing */
	world_close(&w);
}

TEST(insert, a_key_of_zero_is_written_when_it_is_named)
{
	struct world w;

	world_open_empty(&w);
	struct tag zero = { .name = "zero" }, next = { .name = "next" };
	OK(&w, tag_insert_columns(w.s, &zero, TAG_ID));
	OK(&w, tag_insert(w.s, &next));
	CHECK_INT(zero.id, 0);
	CHECK_STR(raw(&w, "SELECT id, name FROM tag ORDER BY id"), "0|zero\n1|next");
	CHECK_INT(next.id, 1);
	world_close(&w);
}

TEST(insert, a_key_that_is_given_is_kept)
{
	struct world w;

	world_open_empty(&w);
	struct tag tag = { .id = 700, .name = "given" };
	OK(&w, tag_insert(w.s, &tag));
	CHECK_INT(tag.id, 700);
	CHECK_STR(raw(&w, "SELECT id FROM tag"), "700");
	world_close(&w);
}

TEST(insert, a_version_begins_at_one)
{
	struct world w;

	world_open_empty(&w);
	struct project project = { .name = "p" };
	OK(&w, project_insert(w.s, &project));
	struct task task = { .title = "t", .project_id = project.id };
	OK(&w, task_insert(w.s, &task));
	CHECK_INT(task.version, 1);
	CHECK_INT(task.priority, 3);
	CHECK_INT(task.created, task.updated);
	CHECK_STR(raw(&w, "SELECT version, priority, state, effort, due, meta FROM task"), "1|3|open|0.00|~|~");
	world_close(&w);
}

TEST(insert, what_the_engine_makes_is_read_back)
{
	struct world w;

	world_open_empty(&w);
	struct stock stock = { .shop = "a", .item = 7, .amount = 3, .price = trv_decimal(199, 2) };
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, stock_insert(w.s, &stock));
	CHECK_DOUBLE(stock.worth, 6.0);
	CHECK_INT(stock.serial, 42);
	CHECK_STR(raw(&w, "SELECT shop, item, amount, price, worth = 6, serial, note FROM stock"), "a|7|3|1.99|1|42|~");
	struct stock own = { .shop = "a", .item = 8, .price = trv_decimal(5, 0), .serial = 9 };
	OK(&w, stock_insert(w.s, &own));
	CHECK_INT(own.serial, 9);
	CHECK_DOUBLE(own.worth, 0.0);
	CHECK_INT(own.price.scale, 2); /* at the column's own scale */
	world_close(&w);
}

TEST(insert, a_generated_column_cannot_be_named)
{
	struct world w;

	world_open_empty(&w);
	struct stock stock = { .shop = "a", .item = 7, .worth = 5 };
	REQUIRE_STATUS(stock_insert_columns(w.s, &stock, STOCK_WORTH), TRV_ERR_MISUSE);
	CHECK_STR(raw(&w, "SELECT count(*) FROM stock"), "0");
	CHECK_DOUBLE(stock.worth, 5.0);
	world_close(&w);
}

static struct sample small_sample(void)
{
	return (struct sample) { .words = "w", .blob = { "b", 1 }, .extra = "{}" };
}

TEST(insert, uuids_sort_by_time)
{
	struct world w;
	struct sample rows[20];

	world_open_empty(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(rows); i++)
		rows[i] = small_sample();
	OK(&w, sample_insert_many(w.s, rows, TRV_COUNT_OF(rows)));
	for (size_t i = 1; i < TRV_COUNT_OF(rows); i++)
		CHECK(memcmp(&rows[i - 1].token, &rows[i].token, sizeof(rows[i].token)) < 0);
	CHECK_INT(rows[0].token.bytes[6] >> 4, 7);
	CHECK_STR(raw(&w, "SELECT id FROM sample ORDER BY token"),
	          "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20");
	char text[TRV_UUID_TEXT];
	trv_uuid_format(&rows[3].token, text);
	for (char *from = text, *to = text; (*to = *from); from++)
		to += *from != '-';
	CHECK_STR(raw(&w, "SELECT lower(%s) FROM sample WHERE id = 4", SQL_HEX_UUID("token")), text);
	world_close(&w);
}

TEST(insert, a_named_nil_uuid_is_written)
{
	struct world w;

	world_open_empty(&w);
	struct sample sample = small_sample();
	OK(&w, sample_insert_columns(w.s, &sample, SAMPLE_TOKEN));
	CHECK(trv_uuid_is_nil(&sample.token));
	CHECK_STR(raw(&w, "SELECT %s FROM sample", SQL_HEX_UUID("token")), "00000000000000000000000000000000");
	world_close(&w);
}

TEST(insert, many_rows_get_their_keys_in_order)
{
	struct world w;
	struct tag tags[137];
	char names[137][12];

	world_open_empty(&w);
	memset(tags, 0, sizeof(tags));
	for (size_t i = 0; i < TRV_COUNT_OF(tags); i++) {
		snprintf(names[i], sizeof(names[i]), "tag%03zu", i);
		tags[i].name = names[i];
	}
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, tag_insert_many(w.s, tags, TRV_COUNT_OF(tags)));
	for (size_t i = 0; i < TRV_COUNT_OF(tags); i++)
		CHECK_STR(raw(&w, "SELECT name FROM tag WHERE id = %lld", (long long)tags[i].id), names[i]);
	CHECK_STR(raw(&w, "SELECT count(*) FROM tag"), "137");
	world_close(&w);
}

TEST(insert, rows_with_and_without_keys_go_together)
{
	struct world w;

	world_open_empty(&w);
	struct tag tags[] = { { .name = "a" },           { .id = 50, .name = "b" }, { .name = "c" },
		              { .id = 20, .name = "d" }, { .name = "e" },           { .name = "f" } };
	OK(&w, tag_insert_many(w.s, tags, TRV_COUNT_OF(tags)));
	CHECK_INT(tags[1].id, 50);
	CHECK_INT(tags[3].id, 20);
	for (size_t i = 0; i < TRV_COUNT_OF(tags); i++)
		CHECK_STR(raw(&w, "SELECT name FROM tag WHERE id = %lld", (long long)tags[i].id), tags[i].name);
	CHECK_STR(raw(&w, "SELECT count(*) FROM tag"), "6");
	world_close(&w);
}

TEST(insert, many_rows_read_back_what_the_engine_made_of_each)
{
	struct world w;
	struct stock stocks[120];

	world_open_empty(&w);
	memset(stocks, 0, sizeof(stocks));
	for (int i = 0; i < 120; i++) {
		stocks[i].shop = i % 2 ? "odd" : "even";
		stocks[i].item = i;
		stocks[i].amount = i;
		stocks[i].serial = i % 3 == 0 ? 1000 + i : 0;
	}
	OK(&w, stock_insert_many(w.s, stocks, 120));
	for (int i = 0; i < 120; i++) {
		CHECK_DOUBLE(stocks[i].worth, i * 2.0);
		CHECK_INT(stocks[i].serial, i % 3 == 0 ? 1000 + i : 42);
	}
	CHECK_STR(raw(&w, "SELECT count(*), sum(amount), sum(worth) = 14280, sum(serial) FROM stock"),
	          "120|7140|1|45700");
	world_close(&w);
}

TEST(insert, no_rows_send_nothing)
{
	struct world w;

	world_open_empty(&w);
	ASSERT_STATEMENTS(w.s, 0)
	OK(&w, tag_insert_many(w.s, NULL, 0));
	world_close(&w);
}

#define MANY 10000

static struct task *many_tasks(const struct project *project)
{
	static struct task tasks[MANY];
	static char titles[MANY][16];

	memset(tasks, 0, sizeof(tasks));
	for (int i = 0; i < MANY; i++) {
		snprintf(titles[i], sizeof(titles[i]), "task %d", i);
		tasks[i].title = titles[i];
		tasks[i].project_id = project->id;
		tasks[i].priority = (int16_t)(1 + i % 5);
		tasks[i].effort = trv_decimal(i, 2);
	}
	return tasks;
}

TEST(insert, ten_thousand_rows)
{
	struct world w;
	struct project project = { .name = "p" };

	world_open_empty(&w);
	OK(&w, project_insert(w.s, &project));
	struct task *tasks = many_tasks(&project);
	ASSERT_STATEMENTS(w.s, BY_ENGINE(2u, 2u, 4u)) /* 8,192 and the rest; 2,500 on MariaDB */
	OK(&w, task_insert_many(w.s, tasks, MANY));
	CHECK_STR(raw(&w, "SELECT count(*), min(id), sum(priority), sum(version) FROM task"), "10000|1|30000|10000");
	/* MariaDB takes its keys in pieces, and leaves some out between them. */
	if (!world_is("mariadb"))
		CHECK_STR(raw(&w, "SELECT max(id) FROM task"), "10000");
	for (int i = 1; i < MANY; i++)
		if (!CHECK(tasks[i].id > tasks[i - 1].id))
			break;
	CHECK_STR(raw(&w, "SELECT title FROM task ORDER BY id LIMIT 1 OFFSET 7777"), "task 7777");
	CHECK_STR(raw(&w, "SELECT title FROM task WHERE id = %lld", (long long)tasks[9000].id), "task 9000");
	world_close(&w);
}

/* Byte for byte, padding included: the rows are the caller's own. */
static void check_untouched(struct task *tasks, const struct task *before, struct world *w)
{
	CHECK(memcmp(tasks, before, MANY * sizeof(*tasks)) == 0);
	CHECK_STR(raw(w, "SELECT count(*) FROM task"), "0");
}

TEST(insert, nothing_is_written_when_the_engine_refuses_one_of_many)
{
	static struct task before[MANY];
	struct world w;
	struct project project = { .name = "p" };

	world_open_empty(&w);
	OK(&w, project_insert(w.s, &project));
	struct task *tasks = many_tasks(&project);
	tasks[6999].priority = 9;
	memcpy(before, tasks, sizeof(before));
	REQUIRE_STATUS(task_insert_many(w.s, tasks, MANY), TRV_ERR_CHECK);
	CHECK_CONTAINS(trv_error(w.s)->constraint, "priority");
	check_untouched(tasks, before, &w);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	tasks[6999].priority = 5;
	OK(&w, task_insert_many(w.s, tasks, MANY));
	CHECK_STR(raw(&w, "SELECT count(*) FROM task"), "10000");
	world_close(&w);
}

TEST(insert, nothing_is_sent_when_one_of_many_is_refused_beforehand)
{
	static struct task before[MANY];
	struct world w;
	struct project project = { .name = "p" };

	world_open_empty(&w);
	OK(&w, project_insert(w.s, &project));
	struct task *tasks = many_tasks(&project);
	tasks[6999].title = NULL;
	memcpy(before, tasks, sizeof(before));
	ASSERT_STATEMENTS(w.s, 0)
	REQUIRE_STATUS(task_insert_many(w.s, tasks, MANY), TRV_ERR_NOT_NULL);
	CHECK_STR(trv_error(w.s)->message, "task.title: a value is required");
	check_untouched(tasks, before, &w);
	world_close(&w);
}

TEST(insert, many_that_fail_inside_a_transaction_are_undone_to_its_savepoint)
{
	struct world w;

	world_open_empty(&w);
	OK(&w, trv_begin(w.s, NULL));
	struct tag first = { .name = "first" };
	OK(&w, tag_insert(w.s, &first));
	OK(&w, trv_begin(w.s, NULL));
	struct tag tags[] = { { .name = "a" }, { .name = "b" }, { .name = "a" } };
	REQUIRE_STATUS(tag_insert_many(w.s, tags, 3), TRV_ERR_UNIQUE);
	CHECK_INT(tags[0].id, 0);
	CHECK_INT(trv_transaction_depth(w.s), 2);
	CHECK_STATUS(tag_insert(w.s, &(struct tag) { .name = "late" }), TRV_ERR_TRANSACTION);
	OK(&w, trv_rollback(w.s));
	tags[2].name = "c";
	OK(&w, tag_insert_many(w.s, tags, 3));
	OK(&w, trv_commit(w.s));
	CHECK_STR(raw(&w, "SELECT name FROM tag ORDER BY id"), "first\na\nb\nc");
	world_close(&w);
}

TEST(insert, what_the_engine_refuses_is_told_by_kind_table_and_column)
{
	struct world w;

	world_open(&w);
	struct person twin = { .name = "Twin", .email = "ann@example.org" };
	REQUIRE_STATUS(person_insert(w.s, &twin), TRV_ERR_UNIQUE);
	CHECK_STR(trv_error(w.s)->table, "person");
	CHECK_STR(trv_error(w.s)->column, "email");
	CHECK(!strstr(trv_error(w.s)->message, "ann@example"));
	CHECK(!strstr(trv_error(w.s)->detail, "ann@example"));
	CHECK_INT(twin.id, 0);
	struct task orphan = { .title = "orphan", .project_id = 9999 };
	REQUIRE_STATUS(task_insert(w.s, &orphan), TRV_ERR_FOREIGN_KEY);
	struct task steep = { .title = "steep", .project_id = w.projects[ATLAS].id, .priority = 6 };
	REQUIRE_STATUS(task_insert(w.s, &steep), TRV_ERR_CHECK);
	struct tagging again = { .task_id = w.tasks[0].id, .tag_id = w.tags[RED].id };
	REQUIRE_STATUS(tagging_insert(w.s, &again), TRV_ERR_UNIQUE);
	CHECK_INT(trv_status_class(TRV_ERR_UNIQUE), TRV_CLASS_CONFLICT);
	world_close(&w);
}
