#include "reads_fixture.h"

struct total {
	int64_t person;
	const char *name;
	int32_t age;
	bool has_age;
	struct trv_decimal effort;
};

static const struct trv_field total_fields[] = {
	TRV_FIELD(struct total, person, TRV_INT64),
	TRV_FIELD(struct total, name, TRV_TEXT),
	TRV_FIELD_NULLABLE(struct total, age, TRV_INT32),
	{ "effort", TRV_DECIMAL, offsetof(struct total, effort), 0, 2 },
};

#define TOTAL_FIELDS total_fields, TRV_COUNT_OF(total_fields)

TEST(sql, rows_go_into_a_struct_by_name_in_any_order)
{
	struct shop shop;
	struct trv_list list;

	shop_open(&shop);
	bool exact = shop_is(&shop, "sqlite");
	const char *sql =
		trv_arena_printf(trv_session_arena(shop.s),
	                         "SELECT CAST(p.age AS INTEGER) AS age, %s(t.effort) AS effort, p.id AS person, "
	                         "p.name FROM person p JOIN task t ON t.assignee_id = p.id "
	                         "WHERE t.priority >= ? GROUP BY p.id, p.age, p.name ORDER BY p.id",
	                         exact ? "decimal_sum" : "sum");
	for (int round = 0; round < 2; round++) {
		SHOP_OK(&shop, trv_sql(shop.s, &list, sizeof(struct total), TOTAL_FIELDS, sql,
		                       (struct trv_value[]) { trv_int(2) }, 1));
		REQUIRE(list.count == 2);
		const struct total *totals = list.items;
		char text[TRV_DECIMAL_TEXT];

		CHECK_STR(totals[0].name, "Bob");
		CHECK(!totals[0].has_age);
		CHECK_INT(totals[0].person, shop.bob.id);
		CHECK_INT(totals[1].age, 20);
		CHECK(totals[1].has_age);
		trv_decimal_format(&totals[1].effort, text);
		CHECK_STR(text, "15.15"); /* 2.55 + 5.05 + 7.55 */
	}
	shop_close(&shop);
}

TEST(sql, a_models_rows_take_the_columns_that_are_there)
{
	struct shop shop;
	struct task_list list;

	shop_open(&shop);
	SHOP_OK(&shop, task_sql(shop.s, &list, "SELECT * FROM task WHERE title = ? ORDER BY id",
	                        (struct trv_value[]) { trv_text("plan") }, 1));
	REQUIRE(list.count == 2);
	CHECK_INT(list.items[1].id, shop.tasks[4].id);
	CHECK_INT(list.items[1].state, shop.tasks[4].state);
	SHOP_OK(&shop, task_sql(shop.s, &list, "SELECT state, project_id FROM task ORDER BY id", NULL, 0));
	REQUIRE(list.count == SHOP_TASKS);
	CHECK(trv_row_columns(&list.items[0].trv) == (TASK_STATE | TASK_PROJECT_ID));
	CHECK_INT(list.items[2].state, TASK_DOING);
	CHECK(list.items[0].title == NULL);
	uint64_t before = shop_statements(&shop);
	for (int i = 0; i < SHOP_TASKS; i++) {
		SHOP_OK(&shop, task_project(shop.s, &list.items[i]));
		CHECK_STR(list.items[i].project->name, i < 5 ? "Atlas" : "Borea");
	}
	CHECK_INT(shop_statements(&shop) - before, 1);
	SHOP_OK(&shop, task_sql(shop.s, &list, "SELECT id FROM task WHERE 1 = 0", NULL, 0));
	CHECK_INT(list.count, 0);
	shop_close(&shop);
}

TEST(sql, what_does_not_match_is_named)
{
	static const struct {
		const char *sql, *message;
	} cases[] = {
		{ "SELECT id AS person, name, age FROM person", "no column 'effort'" },
		{ "SELECT id AS person, name, age, 0 AS effort, 1 AS more FROM person", "no field for column 'more'" },
		{ "SELECT id AS person, name, age, 0 AS effort, 1 AS name FROM person", "two columns 'name'" },
		{ "DELETE FROM tag WHERE id = 0", "returns no rows" },
	};
	struct shop shop;
	struct trv_list list = { NULL, 77 };
	struct task_list tasks;

	shop_open(&shop);
	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		CHECK_STATUS(trv_sql(shop.s, &list, sizeof(struct total), TOTAL_FIELDS, cases[i].sql, NULL, 0),
		             TRV_ERR_MISMATCH);
		CHECK_CONTAINS(trv_error(shop.s)->message, cases[i].message);
		CHECK_INT(list.count, 77);
	}
	CHECK_STATUS(task_sql(shop.s, &tasks, "SELECT id, 1 AS extra FROM task", NULL, 0), TRV_ERR_MISMATCH);
	CHECK_CONTAINS(trv_error(shop.s)->message, "'task' has no column 'extra'");
	shop_close(&shop);
}

TEST(sql, a_table_that_changed_is_described_again)
{
	struct shop shop;
	struct tag_list list;
	const char *sql = "SELECT * FROM tag";

	shop_open(&shop);
	SHOP_OK(&shop, tag_sql(shop.s, &list, sql, NULL, 0));
	SHOP_OK(&shop, trv_exec(shop.s, NULL, "ALTER TABLE tag ADD COLUMN colour integer", NULL, 0));
	CHECK_STATUS(tag_sql(shop.s, &list, sql, NULL, 0), TRV_ERR_MISMATCH);
	SHOP_OK(&shop, trv_exec(shop.s, NULL, "ALTER TABLE tag DROP COLUMN colour", NULL, 0));
	SHOP_OK(&shop, tag_sql(shop.s, &list, sql, NULL, 0));
	shop_close(&shop);
}

static const char *text_of(struct shop *shop, const char *sql, const struct trv_value *values, size_t count)
{
	struct trv_value value;

	SHOP_OK(shop, trv_sql_value(shop->s, &value, TRV_TEXT, sql, values, count));
	return value.as.text;
}

TEST(sql, question_marks_in_quotes_and_comments_are_left_alone)
{
	struct shop shop;
	const struct trv_value x[] = { trv_text("x"), trv_text("y") };

	shop_open(&shop);
	CHECK_STR(text_of(&shop, "SELECT ? || '?' || ?", x, 2), "x?y");
	CHECK_STR(text_of(&shop, "SELECT 'it''s ?' || ?", x, 1), "it's ?x");
	CHECK_STR(text_of(&shop, "SELECT ? -- really?\n || '!'", x, 1), "x!");
	CHECK_STR(text_of(&shop, "SELECT ? /* why? 'oh */ || '!'", x, 1), "x!");
	CHECK_STR(text_of(&shop, "SELECT t.\"a?\" FROM (SELECT ? AS \"a?\") AS t", x, 1), "x");
	CHECK_STR(text_of(&shop, "SELECT ? -- the end?", x, 1), "x");
	if (shop_is(&shop, "sqlite")) {
		CHECK_STR(text_of(&shop, "SELECT t.[a?] || t.`b?` FROM (SELECT ? AS [a?], ? AS `b?`) AS t", x, 2),
		          "xy");
	} else if (shop_is(&shop, "mariadb")) {
		CHECK_STR(text_of(&shop, "SELECT '\\'?' || ? || '?''?\\''", x, 1), "'?x?'?'");
		CHECK_STR(text_of(&shop, "SELECT ? # why?\n || '!'", x, 1), "x!");
		CHECK_STR(text_of(&shop, "SELECT t.`b?` || (5--?) FROM (SELECT ? AS `b?`) AS t",
		                  (struct trv_value[]) { trv_int(3), trv_text("x") }, 2),
		          "x8");
	} else {
		CHECK_STR(text_of(&shop, "SELECT $a$?$b$?$a$ || ? || $$?$$", x, 1), "?$b$?x?");
		CHECK_STR(text_of(&shop, "SELECT E'\\'?' || ? || e'?''\\'?'", x, 1), "'?x?''?");
		CHECK_STR(text_of(&shop, "SELECT ? /* a /* b? */ c? */ || '!'", x, 1), "x!");
		CHECK_STR(text_of(&shop, "SELECT ('{\"a\": 1}'::jsonb ?? ?)::text",
		                  (struct trv_value[]) { trv_text("a") }, 1),
		          "true");
	}
	shop_close(&shop);
}

TEST(sql, values_of_every_type_go_in_and_come_out)
{
	struct shop shop;
	struct trv_value value;
	struct trv_uuid uuid;

	shop_open(&shop);
	REQUIRE_STATUS(trv_uuid_v4(&uuid), 0);
	const struct trv_value values[] = {
		trv_int(-5),
		trv_double(1.5),
		trv_text("text"),
		trv_bytes("a\0b", 3),
		trv_bool(true),
		trv_date(19000),
		trv_time(5000),
		trv_timestamp(INT64_C(1700000000000000)),
		trv_uuid(uuid),
		trv_json("[1]"),
		trv_numeric(trv_decimal(-1250, 2)),
	};
	for (size_t i = 0; i < TRV_COUNT_OF(values); i++) {
		SHOP_OK(&shop, trv_sql_value(shop.s, &value, values[i].type, "SELECT ? AS it", &values[i], 1));
		CHECK_INT(value.type, values[i].type);
		CHECK(!value.null);
		if (values[i].type == TRV_TEXT || values[i].type == TRV_JSON)
			CHECK_STR(value.as.text, values[i].as.text);
		else if (values[i].type == TRV_BYTES)
			CHECK(value.as.bytes.size == 3 && memcmp(value.as.bytes.data, "a\0b", 3) == 0);
		else if (values[i].type == TRV_DECIMAL)
			CHECK_INT(trv_decimal_compare(&value.as.decimal, &values[i].as.decimal), 0);
		else if (values[i].type == TRV_UUID)
			CHECK(memcmp(&value.as.uuid, &uuid, sizeof(uuid)) == 0);
		else if (values[i].type == TRV_BOOL)
			CHECK(value.as.boolean);
		else
			CHECK(value.as.integer == values[i].as.integer);
		struct trv_value null = trv_null(values[i].type);
		SHOP_OK(&shop, trv_sql_value(shop.s, &value, values[i].type, "SELECT ? AS it", &null, 1));
		CHECK(value.null);
	}
	shop_close(&shop);
}

TEST(sql, narrow_values_are_sent_at_full_width)
{
	struct shop shop;
	struct trv_value value;
	const struct trv_value narrow[] = { { .type = TRV_INT16, .as.integer = -7 },
		                            { .type = TRV_INT32, .as.integer = 7 } };
	const struct trv_value single = { .type = TRV_FLOAT32, .as.number = 0.5 };

	shop_open(&shop);
	SHOP_OK(&shop, trv_sql_value(shop.s, &value, TRV_INT64, "SELECT ? + ? * 2", narrow, 2));
	CHECK_INT(value.as.integer, 7);
	SHOP_OK(&shop, trv_sql_value(shop.s, &value, TRV_FLOAT64, "SELECT ? * 3", &single, 1));
	CHECK_DOUBLE(value.as.number, 1.5);
	shop_close(&shop);
}

TEST(sql, one_value_means_one_row_and_one_column)
{
	struct shop shop;
	struct trv_value value = { .type = TRV_BOOL };

	shop_open(&shop);
	CHECK_STATUS(trv_sql_value(shop.s, &value, TRV_TEXT, "SELECT name FROM person WHERE 1 = 0", NULL, 0),
	             TRV_ERR_NOT_FOUND);
	CHECK_STATUS(trv_sql_value(shop.s, &value, TRV_TEXT, "SELECT name FROM person", NULL, 0), TRV_ERR_TOO_MANY);
	CHECK_STATUS(trv_sql_value(shop.s, &value, TRV_TEXT, "SELECT name, email FROM person", NULL, 0),
	             TRV_ERR_MISMATCH);
	CHECK_INT(value.type, TRV_BOOL);
	shop_close(&shop);
}

TEST(sql, a_statement_without_rows_says_how_many_it_affected)
{
	struct shop shop;
	uint64_t affected = 0;
	struct trv_value value;

	shop_open(&shop);
	SHOP_OK(&shop, trv_exec(shop.s, &affected, "UPDATE task SET priority = ? WHERE title = ?",
	                        (struct trv_value[]) { trv_int(5), trv_text("dig") }, 2));
	CHECK_INT(affected, 2);
	SHOP_OK(&shop, trv_exec(shop.s, NULL, "DELETE FROM task WHERE title = 'dig'", NULL, 0));
	SHOP_OK(&shop, trv_sql_value(shop.s, &value, TRV_INT64, "SELECT count(*) FROM task", NULL, 0));
	CHECK_INT(value.as.integer, 6);
	CHECK_STATUS(trv_exec(shop.s, &affected, "UPDATE nothing SET a = 1", NULL, 0), TRV_ERR_SQL);
	CHECK_INT(affected, 2);
	shop_close(&shop);
}

TEST(sql, values_and_marks_must_agree)
{
	struct shop shop;
	const struct trv_value values[] = { trv_int(1), { .type = TRV_ENUM, .as.integer = 1 }, { .as.integer = 1 } };
	static const struct trv_field wide = { "a", TRV_DECIMAL, 4, 0, 0 };
	static const struct trv_field coloured = { "a", TRV_ENUM, 0, 0, 0 };
	struct trv_list list;

	shop_open(&shop);
	CHECK_STATUS(trv_exec(shop.s, NULL, "DELETE FROM task WHERE id = ? OR id = ?", values, 1), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(shop.s)->message, "2 parameters and 1 values");
	CHECK_STATUS(trv_exec(shop.s, NULL, "DELETE FROM task WHERE title = '?'", values, 1), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(shop.s)->message, "0 parameters and 1 values");
	CHECK_STATUS(trv_exec(shop.s, NULL, "DELETE FROM task WHERE id = ?1", values, 1), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(shop.s)->message, "?1");
	CHECK_STATUS(trv_exec(shop.s, NULL, "DELETE FROM task WHERE state = ?", &values[1], 1), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(shop.s)->hint, "TRV_TEXT");
	CHECK_STATUS(trv_exec(shop.s, NULL, "DELETE FROM task WHERE state = ?", &values[2], 1), TRV_ERR_MISUSE);
	CHECK_STATUS(trv_exec(shop.s, NULL, NULL, NULL, 0), TRV_ERR_MISUSE);
	CHECK_STATUS(trv_exec(shop.s, NULL, "DELETE FROM task WHERE id = ?", NULL, 1), TRV_ERR_MISUSE);
	CHECK_STATUS(trv_sql(shop.s, &list, 16, &wide, 1, "SELECT 1 AS a", NULL, 0), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(shop.s)->message, "'a' lies outside");
	CHECK_STATUS(trv_sql(shop.s, &list, 16, &coloured, 1, "SELECT 1 AS a", NULL, 0), TRV_ERR_MISUSE);
	uint64_t count = 0;
	SHOP_OK(&shop, task_count(shop.s, &count, NULL));
	CHECK_INT(count, SHOP_TASKS);
	shop_close(&shop);
}

TEST(sql, an_escaped_pattern_matches_itself_only)
{
	struct shop shop;
	struct task_list list;

	shop_open(&shop);
	const char *escaped = trv_like_escape(shop.s, shop.tasks[6].title);
	CHECK_STR(escaped, "100\\% \\\\ done\\_");
	SHOP_OK(&shop, task_find(shop.s, &list, &(struct task_query) { .where = { task_title(TRV_LIKE, escaped) } }));
	REQUIRE(list.count == 1);
	CHECK_INT(list.items[0].id, shop.tasks[6].id);
	CHECK(trv_like_escape(shop.s, NULL) == NULL);
	shop_close(&shop);
}
