/* The SQL that creates what a schema describes. SQLite's is run; the servers' is compared with what they took. */
#include "golden.h"
#include "model/buffer.h"
#include "model/ddl.h"

#include <sqlite3.h>
#include <stdlib.h>

static int append(const char *statement, void *argument)
{
	struct trv__buffer *text = argument;

	trv__buffer_format(text, "%s;\n", statement);
	return text->status;
}

/* All models of a schema. */
static int write_ddl(const struct schema *schema, enum trv_engine engine, const struct trv_allocator *allocator,
                     struct trv__buffer *text, struct trv_error *error)
{
	struct trv_registry *registry;
	int r = trv_registry_create(&registry, allocator);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < schema->model_count; i++)
		r = trv_registry_add_model(registry, &schema->models[i]->description, error);
	if (r == 0)
		r = trv_ddl_create(registry, trv_dialect_for(engine), append, text, error);
	trv_registry_destroy(registry);
	return r;
}

/* The DDL of a schema's text; what it says must stay in `text` is released by the caller. */
static int ddl_of(const char *schema_text, enum trv_engine engine, struct trv__buffer *text, struct trv_error *error)
{
	struct schema schema;
	int r;

	golden_schema_text(&schema, schema_text);
	trv__buffer_init(text, NULL);
	r = write_ddl(&schema, engine, NULL, text, error);
	schema_release(&schema);
	return r;
}

static void check_golden(const char *name)
{
	char file[64], golden[96];
	struct schema schema;

	snprintf(file, sizeof(file), "%s.trv", name);
	golden_schema(&schema, file);
	for (int engine = TRV_ENGINE_SQLITE; engine < TRV_ENGINE_COUNT; engine++) {
		struct trv_error error = { 0 };
		struct trv__buffer text;

		trv__buffer_init(&text, NULL);
		CHECK_OK(write_ddl(&schema, (enum trv_engine)engine, NULL, &text, &error), &error);
		snprintf(golden, sizeof(golden), "%s.%s.sql", name, trv_dialect_for((enum trv_engine)engine)->name);
		CHECK_GOLDEN(golden, trv__buffer_get(&text));
		trv__buffer_release(&text);
	}
	schema_release(&schema);
}

TEST(ddl, every_kind_of_column_key_and_check_is_written_for_every_engine)
{
	check_golden("kinds");
}

TEST(ddl, values_in_other_storages_have_types_and_defaults_of_their_own)
{
	check_golden("storage");
}

/* --- run on SQLite ----------------------------------------------------------------------------- */

static int compare_decimals(void *context, int a_size, const void *a, int b_size, const void *b)
{
	struct trv_decimal x, y;

	(void)context;
	if (trv_decimal_parse_n(&x, a, (size_t)a_size) < 0 || trv_decimal_parse_n(&y, b, (size_t)b_size) < 0)
		return 0;
	return trv_decimal_compare(&x, &y);
}

static sqlite3 *open_with(const char *sql)
{
	char *message = NULL;
	sqlite3 *db;

	REQUIRE(sqlite3_open(":memory:", &db) == SQLITE_OK);
	sqlite3_create_collation(db, "decimal", SQLITE_UTF8, NULL, compare_decimals);
	if (!CHECK_INT(sqlite3_exec(db, sql, NULL, NULL, &message), SQLITE_OK))
		CHECK_STR(message, NULL);
	sqlite3_free(message);
	return db;
}

static sqlite3 *open_golden(const char *name)
{
	char *sql = golden_read(golden_path(name));
	sqlite3 *db;

	REQUIRE(sql);
	db = open_with(sql);
	free(sql);
	return db;
}

/* The first column of the first row as text. */
static bool check_value(sqlite3 *db, const char *sql, const char *expected, int line)
{
	sqlite3_stmt *statement = NULL;
	bool held;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return test_check_str(sqlite3_errmsg(db), NULL, __FILE__, line, sql);
	sqlite3_step(statement);
	held = test_check_str((const char *)sqlite3_column_text(statement, 0), expected, __FILE__, line, sql);
	sqlite3_finalize(statement);
	return held;
}

#define CHECK_VALUE(db, sql, expected) check_value(db, sql, expected, __LINE__)

#define INSERT_THING(columns, values)                                                                                  \
	"INSERT INTO thing (token, version, place_id, " columns ") VALUES (zeroblob(16), 1, 1, " values ")"

TEST(ddl, sqlite_takes_it_and_fills_in_the_defaults)
{
	sqlite3 *db = open_golden("kinds.sqlite.sql");

	CHECK_INT(sqlite3_exec(db, "INSERT INTO place (name) VALUES ('x')", NULL, NULL, NULL), SQLITE_OK);
	CHECK_INT(sqlite3_exec(db, INSERT_THING("medium", "7"), NULL, NULL, NULL), SQLITE_OK);
	CHECK_VALUE(db, "SELECT id || flag || small || state FROM thing", "11-3doing");
	CHECK_VALUE(db, "SELECT big FROM thing", "-9223372036854775808");
	CHECK_VALUE(db, "SELECT price FROM thing", "12345678901234567890.5000000000");
	CHECK_VALUE(db, "SELECT title FROM thing", "it's \"so\" ?\?/ \\ 100% 'fine'");
	CHECK_VALUE(db, "SELECT typeof(title) || typeof(day) || typeof(created) FROM thing", "textintegerinteger");
	CHECK_VALUE(db, "SELECT day FROM thing", "18321");
	CHECK_VALUE(db, "SELECT fixed FROM thing", "1577836800000000");
	CHECK_VALUE(db, "SELECT abs(created / 1000000 - CAST(strftime('%s', 'now') AS INTEGER)) < 60 FROM thing", "1");
	CHECK_VALUE(db, "SELECT \"double_\" FROM thing", "-6");
	sqlite3_close(db);
}

TEST(ddl, sqlite_refuses_what_the_types_do_not_allow)
{
	static const struct {
		const char *sql, *constraint;
	} refused[] = {
		{ INSERT_THING("small", "32768"), "thing_small_range" },
		{ INSERT_THING("medium", "-2147483649"), "thing_medium_range" },
		{ INSERT_THING("flag", "2"), "thing_flag_bool" },
		{ INSERT_THING("state", "'Open'"), "thing_state_values" },
		{ INSERT_THING("state2", "3"), "thing_state2_values" },
		{ INSERT_THING("meta", "'{'"), "thing_meta_json" },
		{ INSERT_THING("title", "hex(zeroblob(101))"), "thing_title_length" },
		{ INSERT_THING("blob", "zeroblob(17)"), "thing_blob_length" },
		{ INSERT_THING("other", "zeroblob(15)"), "thing_other_uuid" },
		{ INSERT_THING("day", "7305"), "day_ok" },
		{ INSERT_THING("created", "631152000000000"), "day_ok" },
		{ "INSERT INTO log (line) VALUES (x'00')", "cannot store BLOB value in TEXT column" },
	};
	sqlite3 *db = open_golden("kinds.sqlite.sql");

	CHECK_INT(sqlite3_exec(db, "INSERT INTO place (name) VALUES ('x')", NULL, NULL, NULL), SQLITE_OK);
	for (size_t i = 0; i < TRV_COUNT_OF(refused); i++) {
		CHECK_INT(sqlite3_exec(db, refused[i].sql, NULL, NULL, NULL), SQLITE_CONSTRAINT);
		CHECK_CONTAINS(sqlite3_errmsg(db), refused[i].constraint);
	}
	CHECK_VALUE(db, "SELECT count(*) FROM thing", "0");
	sqlite3_close(db);
}

TEST(ddl, sqlite_orders_and_checks_decimals_as_numbers)
{
	struct trv_error error = { 0 };
	struct trv__buffer text;
	sqlite3 *db;

	CHECK_OK(ddl_of("model m { id int64 = auto primary; n decimal(30,2) check `n >= 0` }", TRV_ENGINE_SQLITE, &text,
	                &error),
	         &error);
	db = open_with(trv__buffer_get(&text));
	CHECK_INT(sqlite3_exec(db, "INSERT INTO m (n) VALUES ('10.00'), ('9.00'), ('100000000000000000000.01')", NULL,
	                       NULL, NULL),
	          SQLITE_OK);
	CHECK_INT(sqlite3_exec(db, "INSERT INTO m (n) VALUES ('-1.00')", NULL, NULL, NULL), SQLITE_CONSTRAINT);
	CHECK_VALUE(db, "SELECT group_concat(n) FROM (SELECT n FROM m ORDER BY n)",
	            "9.00,10.00,100000000000000000000.01");
	sqlite3_close(db);
	trv__buffer_release(&text);
}

TEST(ddl, the_marker_table_of_sqlite_can_be_made)
{
	sqlite3 *db = open_with(trv_ddl_marker_table(trv_dialect_for(TRV_ENGINE_SQLITE)));

	CHECK_VALUE(db, "SELECT count(*) FROM trivet_contract", "0");
	sqlite3_close(db);
}

/* --- order, literals, names ----------------------------------------------------------------------- */

TEST(ddl, a_table_comes_after_those_that_it_references)
{
	struct trv_error error = { 0 };
	struct trv__buffer text;
	const char *sql;

	CHECK_OK(ddl_of("model a { id int64 = auto primary; b -> b }\n"
	                "model b { id int64 = auto primary; c -> c; self -> b? }\n"
	                "model c { id int64 = auto primary }\n",
	                TRV_ENGINE_POSTGRESQL, &text, &error),
	         &error);
	sql = trv__buffer_get(&text);
	CHECK(strstr(sql, "CREATE TABLE \"c\"") < strstr(sql, "CREATE TABLE \"b\""));
	CHECK(strstr(sql, "CREATE TABLE \"b\"") < strstr(sql, "CREATE TABLE \"a\""));
	CHECK(!strstr(sql, "ALTER TABLE"));
	trv__buffer_release(&text);
}

TEST(ddl, a_circle_of_references_is_closed_afterwards_but_not_on_sqlite)
{
	static const char *const circle = "model a { id int64 = auto primary; b -> b? }\n"
					  "model b { id int64 = auto primary; a -> a? }\n";
	struct trv_error error = { 0 };
	struct trv__buffer text;

	CHECK_OK(ddl_of(circle, TRV_ENGINE_MARIADB, &text, &error), &error);
	CHECK_CONTAINS(trv__buffer_get(&text), "ALTER TABLE `b` ADD CONSTRAINT");
	trv__buffer_release(&text);
	CHECK_OK(ddl_of(circle, TRV_ENGINE_SQLITE, &text, &error), &error);
	CHECK(!strstr(trv__buffer_get(&text), "ALTER TABLE"));
	trv__buffer_release(&text);
}

TEST(ddl, typed_literals_become_what_the_column_holds)
{
	static const char *const source =
		"engines sqlite postgresql\n"
		"model m {\n  id int64 = auto primary\n  at timestamp\n  day date storage iso\n"
		"  check c `at > TIMESTAMP '1970-01-02 00:00:00' and day > date  '2000-02-29'"
		" and 'DATE ''x''' <> 'date'`\n}\n";
	struct trv_error error = { 0 };
	struct trv__buffer text;

	CHECK_OK(ddl_of(source, TRV_ENGINE_SQLITE, &text, &error), &error);
	CHECK_CONTAINS(trv__buffer_get(&text),
	               "CHECK (at > 86400000000 and day > '2000-02-29' and 'DATE ''x''' <> 'date')");
	trv__buffer_release(&text);
	CHECK_OK(ddl_of(source, TRV_ENGINE_POSTGRESQL, &text, &error), &error);
	CHECK_CONTAINS(trv__buffer_get(&text), "at > TIMESTAMPTZ '1970-01-02 00:00:00.000000+00'");
	trv__buffer_release(&text);
}

TEST(ddl, identifiers_are_quoted_whatever_they_hold)
{
	struct trv_error error = { 0 };
	struct trv__buffer text;
	sqlite3 *db;

	CHECK_OK(ddl_of("model m table \"select \\\"x\\\"; -- `y`\" { id int64 = auto primary; v int16 column "
	                "\"a\\\"b\" }",
	                TRV_ENGINE_SQLITE, &text, &error),
	         &error);
	CHECK_CONTAINS(trv__buffer_get(&text), "CREATE TABLE \"select \"\"x\"\"; -- `y`\"");
	db = open_with(trv__buffer_get(&text));
	CHECK_VALUE(db, "SELECT name FROM sqlite_schema WHERE type = 'table'", "select \"x\"; -- `y`");
	sqlite3_close(db);
	trv__buffer_release(&text);
}

TEST(ddl, names_made_of_long_names_stay_short_and_apart)
{
	struct trv_error error = { 0 };
	struct trv__buffer text;
	const char *one, *other;

	CHECK_OK(ddl_of("model a_table_with_a_name_of_forty_characters {\n  id int64 = auto primary\n"
	                "  and_a_column_of_forty_characters_too_one bool\n"
	                "  and_a_column_of_forty_characters_too_two bool\n}\n",
	                TRV_ENGINE_MARIADB, &text, &error),
	         &error);
	one = strstr(trv__buffer_get(&text), "CONSTRAINT `");
	REQUIRE(one);
	other = strstr(one + 1, "CONSTRAINT `");
	REQUIRE(other);
	CHECK(strcspn(one + 12, "`") <= 63);
	CHECK(strncmp(one, other, 12 + strcspn(one + 12, "`")) != 0);
	trv__buffer_release(&text);
}

/* --- what an engine cannot do --------------------------------------------------------------------- */

TEST(ddl, what_an_engine_cannot_do_is_refused_before_anything_is_written)
{
	static const struct {
		enum trv_engine engine;
		const char *schema, *message;
	} refused[] = {
		{ TRV_ENGINE_MARIADB, "engines sqlite\nmodel m { id int64 = auto primary; t text; index (t) }",
		  "m.t: mariadb needs a length of at most 768 for a column of m_t_idx" },
		{ TRV_ENGINE_MARIADB, "engines sqlite\nmodel m { t text(769) primary }",
		  "m.t: mariadb needs a length of at most 768 for a column of the primary key" },
		{ TRV_ENGINE_MARIADB, "engines sqlite\nmodel m { id int64 = auto primary; b bytes unique }",
		  "m.b: mariadb needs a length of at most 3072" },
		{ TRV_ENGINE_MARIADB,
		  "engines sqlite\nmodel m { id int64 = auto primary; s text(400); t text(400); index (s, t) }",
		  "m_s_t_idx has 3204 bytes, mariadb takes 3072 at most" },
		{ TRV_ENGINE_MARIADB,
		  "engines sqlite\nmodel m { id int64 = auto primary; n int32; index (n) where `n > 0` }",
		  "mariadb cannot do this: an index covers all rows" },
		{ TRV_ENGINE_MARIADB, "engines sqlite\nmodel m { id int64 = auto primary; n int32; index (`n + 1`) }",
		  "mariadb cannot do this: index a generated column instead" },
		{ TRV_ENGINE_MARIADB, "engines sqlite\nmodel m { id int64 = auto primary; m -> m? deferrable }",
		  "mariadb cannot do this: a foreign key is checked row by row" },
		{ TRV_ENGINE_MARIADB,
		  "engines sqlite\nmodel m { id int64 = auto primary; n int64 generated `ID * 2` stored }",
		  "m.n: mariadb cannot compute a column from \"id\", which it numbers" },
		{ TRV_ENGINE_MARIADB, "engines sqlite\nmodel m { id int64 = auto primary check `id > 0` }",
		  "mariadb cannot check \"id\", which it numbers" },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(refused); i++) {
		struct trv_error error = { 0 };
		struct trv__buffer text;

		CHECK_STATUS(ddl_of(refused[i].schema, refused[i].engine, &text, &error), TRV_ERR_UNSUPPORTED);
		CHECK_CONTAINS(error.message, refused[i].message);
		CHECK_STR(trv__buffer_get(&text), "");
		trv__buffer_release(&text);
	}
}

TEST(ddl, a_name_that_a_server_would_cut_is_refused)
{
	static const char *const name = "a_table_whose_name_has_sixty_four_bytes_which_is_one_byte_more__";
	struct trv_error error = { 0 };
	struct trv__buffer text;
	struct schema schema;

	golden_schema_text(&schema, "model m { id int64 = auto primary }");
	schema.models[0]->description.table = name;
	CHECK_INT(strlen(name), 64);
	trv__buffer_init(&text, NULL);
	CHECK_STATUS(write_ddl(&schema, TRV_ENGINE_POSTGRESQL, NULL, &text, &error), TRV_ERR_UNSUPPORTED);
	CHECK_CONTAINS(error.message, "postgresql takes names of 63 bytes at most");
	CHECK_OK(write_ddl(&schema, TRV_ENGINE_MARIADB, NULL, &text, &error), &error);
	trv__buffer_release(&text);
	schema_release(&schema);
}

TEST(ddl, a_row_that_mariadb_has_no_room_for_is_refused)
{
	struct trv_error error = { 0 };
	struct trv__buffer text;
	char schema[2000];
	int size = snprintf(schema, sizeof(schema), "engines sqlite\nmodel m {\n  id int64 = auto primary\n");

	for (int i = 0; i < 22; i++)
		size += snprintf(schema + size, sizeof(schema) - (size_t)size, "  t%d text(768)\n", i);
	snprintf(schema + size, sizeof(schema) - (size_t)size, "}\n");
	CHECK_STATUS(ddl_of(schema, TRV_ENGINE_MARIADB, &text, &error), TRV_ERR_UNSUPPORTED);
	CHECK_CONTAINS(error.message, "bytes of a row, mariadb takes 65535 at most");
	trv__buffer_release(&text);
}

TEST(ddl, a_chain_of_references_may_be_long)
{
	struct trv__buffer source, text;
	struct trv_error error = { 0 };

	trv__buffer_init(&source, NULL);
	trv__buffer_format(&source, "model m2999 { id int64 = auto primary }\n");
	for (int i = 0; i < 2999; i++)
		trv__buffer_format(&source, "model m%d { id int64 = auto primary; next -> m%d }\n", i, i + 1);
	CHECK_OK(ddl_of(trv__buffer_get(&source), TRV_ENGINE_POSTGRESQL, &text, &error), &error);
	CHECK(!strstr(trv__buffer_get(&text), "ALTER TABLE"));
	trv__buffer_release(&text);
	trv__buffer_release(&source);
}

static int sweep(const struct trv_allocator *allocator, void *argument)
{
	struct trv__buffer text;
	int r;

	trv__buffer_init(&text, NULL);
	r = write_ddl(argument, TRV_ENGINE_POSTGRESQL, allocator, &text, NULL);
	trv__buffer_release(&text);
	return r;
}

TEST(ddl, every_allocation_may_fail)
{
	struct schema schema;

	golden_schema(&schema, "kinds.trv");
	CHECK_SWEEP(sweep, &schema);
	schema_release(&schema);
}
