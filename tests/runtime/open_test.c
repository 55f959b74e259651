/* Opening databases, the contract marker, creating the schema. */
#include "fixture.h"

#include <trivet/driver.h>

static void check_refused(struct trv_options options, int status, const char *message)
{
	struct trv_db *db = NULL;
	struct trv_error error = { 0 };

	options.models = &shop_models;
	CHECK_STATUS(trv_open(&db, &options, &error), status);
	CHECK_CONTAINS(error.message, message);
	CHECK_INT(error.code, status);
	CHECK(db == NULL);
	CHECK(trv_open(&db, &options, NULL) < 0); /* the record may be left out */
}

#define URL(text) ((struct trv_options) { .url = text })

TEST(open, urls_that_are_not_understood)
{
	check_refused(URL(NULL), TRV_ERR_URL, "no database URL");
	check_refused(URL(""), TRV_ERR_URL, "no database URL");
	check_refused(URL("nonsense"), TRV_ERR_URL, "no driver");
	check_refused(URL("oracle:thing"), TRV_ERR_URL, "'oracle:'");
	check_refused(URL("sqlit:x"), TRV_ERR_URL, "'sqlit:'");
	check_refused(URL("sqlite:"), TRV_ERR_URL, "names no file");
	check_refused(URL("sqlite://host/x"), TRV_ERR_URL, "no host");
	check_refused(URL("sqlite:x?mode=yes"), TRV_ERR_URL, "'yes'");
	check_refused(URL("sqlite:x?cache=shared"), TRV_ERR_URL, "mode=ro");
	check_refused(URL("sqlite:/nowhere/at/all.db"), TRV_ERR_CONNECT, "cannot open");
	check_refused(URL("sqlite:/tmp/there-is-no-such-file.db?mode=ro"), TRV_ERR_CONNECT, "cannot open");
}

TEST(open, a_driver_can_be_given)
{
	struct trv_driver old = *trv_driver_for_url("sqlite:x");
	struct trv_db *db = NULL;
	struct trv_error error = { 0 };

	old.abi++;
	check_refused((struct trv_options) { .url = "sqlite::memory:", .driver = &old }, TRV_ERR_ABI, "ABI");
	old.abi--;
	REQUIRE_OK(trv_open(&db, &(struct trv_options) { .url = "sqlite::memory:", .driver = &old }, &error), &error);
	CHECK_STR(trv_db_driver(db), "sqlite");
	CHECK_INT(trv_registry_count(trv_db_registry(db)), 0);
	trv_close(db);
	trv_close(NULL);
	trv_session_close(NULL);
}

TEST(open, a_database_in_memory_is_one_database)
{
	struct trv_db *db = NULL;
	struct trv_error error = { 0 };
	struct trv_session *a = NULL, *b = NULL;
	uint64_t count = 77;

	REQUIRE_OK(trv_open(&db,
	                    &(struct trv_options) { .url = "sqlite::memory:", .models = &shop_models, .pool.size = 8 },
	                    &error),
	           &error);
	REQUIRE_OK(trv_session_open(db, &a, &error), &error);
	REQUIRE_OK(trv_session_open(db, &b, &error), &error);
	REQUIRE_OK(trv_schema_create(a), trv_error(a));
	struct tag tag = { .name = "a" };
	REQUIRE_OK(tag_insert(a, &tag), trv_error(a));
	REQUIRE_OK(tag_count(b, &count, NULL), trv_error(b));
	CHECK_INT(count, 1);
	trv_session_close(a);
	trv_session_close(b);
	trv_close(db);
}

/* --- the schema -------------------------------------------------------------------------------------- */

/* Tables and views. */
#define OBJECTS                                                                                                        \
	BY_ENGINE("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' AND type <> 'index' ORDER BY 1",       \
	          "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",         \
	          "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1")

TEST(schema, creates_every_table_once)
{
	struct world w;

	world_open_empty(&w);
	CHECK_STR(raw(&w, "%s", OBJECTS),
	          "entry\nmembership\nperson\nproject\nsample\nstock\nstock_part\ntag\ntask\ntask_need\ntask_tag\n"
	          "ticket\ntrivet_contract");
	CHECK_STR(raw(&w, "SELECT name, contract = %lld FROM trivet_contract",
	              (long long)trv_registry_contract(trv_db_registry(w.db))),
	          "models|1");
	if (world_is("sqlite"))
		CHECK_STR(raw(&w, "PRAGMA foreign_key_check"), "");
	world_close(&w);
}

TEST(schema, its_statements_are_seen)
{
	struct world w;
	struct trv_session_stats stats;
	size_t logged = 0, tables = 0;

	world_open_with(&w, (struct trv_options) { .url = NULL });
	OK(&w, trv_session_log(w.s, true));
	OK(&w, trv_schema_create(w.s));
	for (const struct trv_statement_event *event; (event = trv_session_logged(w.s, logged)); logged++)
		tables += strncmp(event->sql, "CREATE TABLE", 12) == 0;
	CHECK_INT(tables, shop_models.count + 1);
	trv_session_stats(w.s, &stats);
	CHECK_INT(stats.statements, logged);
	world_close(&w);
}

TEST(schema, a_second_time_is_refused_and_changes_nothing)
{
	struct world w;
	char before[1024];

	world_open(&w);
	snprintf(before, sizeof(before), "%s", raw(&w, "%s", OBJECTS));
	CHECK_STATUS(trv_schema_create(w.s), TRV_ERR_MODEL);
	CHECK_CONTAINS(trv_error(w.s)->message, "exists already");
	CHECK_STR(raw(&w, "%s", OBJECTS), before);
	CHECK_STR(raw(&w, "SELECT count(*) FROM task"), "12");
	CHECK_INT(trv_transaction_depth(w.s), 0);
	world_close(&w);
}

TEST(schema, one_table_that_is_there_refuses_all)
{
	struct world w;

	world_open_with(&w, (struct trv_options) { .url = NULL });
	raw(&w, "CREATE TABLE stock_part (id INTEGER)");
	CHECK_STATUS(trv_schema_create(w.s), TRV_ERR_MODEL);
	CHECK_STR(trv_error(w.s)->message, "table 'stock_part' exists already, so nothing was created");
	CHECK_STR(raw(&w, "%s", OBJECTS), "stock_part");
	world_close(&w);
}

TEST(schema, a_failure_half_way_leaves_nothing)
{
	struct world w;

	world_open_with(&w, (struct trv_options) { .url = NULL });
	raw(&w, "CREATE VIEW stock AS SELECT 1"); /* not a table, but in the way of one */
	CHECK(trv_schema_create(w.s) < 0);
	CHECK_STR(raw(&w, "%s", OBJECTS), "stock");
	CHECK_INT(trv_transaction_depth(w.s), 0);
	raw(&w, "DROP VIEW stock");
	OK(&w, trv_schema_create(w.s));
	world_close(&w);
}

TEST(schema, can_be_part_of_a_transaction)
{
	struct world w;

	if (world_is("mariadb"))
		SKIP("a table that MariaDB creates ends the transaction");
	world_open_with(&w, (struct trv_options) { .url = NULL });
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, trv_schema_create(w.s));
	struct tag tag = { .name = "a" };
	OK(&w, tag_insert(w.s, &tag));
	OK(&w, trv_rollback(w.s));
	CHECK_STR(raw(&w, "%s", OBJECTS), "");
	OK(&w, trv_schema_create(w.s));
	OK(&w, tag_insert(w.s, &tag));
	world_close(&w);
}

/* --- the marker ----------------------------------------------------------------------------------------- */

static int reopen(struct world *w, bool any, struct trv_error *error)
{
	trv_session_close(w->s);
	trv_close(w->db);
	w->s = NULL;
	w->db = NULL;
	int r = trv_open(&w->db,
	                 &(struct trv_options) { .url = w->url, .models = &shop_models, .accept_any_contract = any },
	                 error);
	return r < 0 ? r : trv_session_open(w->db, &w->s, error);
}

TEST(marker, the_same_models_open_it_again)
{
	struct world w;
	struct trv_error error = { 0 };
	uint64_t count = 0;

	world_open(&w);
	CHECK_OK(reopen(&w, false, &error), &error);
	OK(&w, task_count(w.s, &count, NULL));
	CHECK_INT(count, TASKS);
	world_close(&w);
}

TEST(marker, other_models_are_refused_unless_they_are_allowed)
{
	struct world w;
	struct trv_error error = { 0 };
	uint64_t count = 0;

	world_open(&w);
	raw(&w, "UPDATE trivet_contract SET contract = contract + 1");
	CHECK_STATUS(reopen(&w, false, &error), TRV_ERR_CONTRACT);
	CHECK_CONTAINS(error.message, "another version of the models");
	CHECK_CONTAINS(error.hint, "accept_any_contract");
	CHECK_INT(trv_status_class(error.code), TRV_CLASS_CONFLICT);
	CHECK_OK(reopen(&w, true, &error), &error);
	OK(&w, task_count(w.s, &count, NULL));
	CHECK_INT(count, TASKS);
	world_close(&w);
}

TEST(marker, a_database_of_somebody_else_is_taken_as_it_is)
{
	struct world w;
	struct trv_error error = { 0 };
	struct tag_list list;

	world_open_with(&w, (struct trv_options) { .url = NULL });
	raw(&w, "CREATE TABLE tag (name VARCHAR(40), more INTEGER, id BIGINT PRIMARY KEY)");
	raw(&w, "INSERT INTO tag (id, name) VALUES (7, 'theirs')");
	CHECK_OK(reopen(&w, false, &error), &error);
	OK(&w, tag_find(w.s, &list, NULL));
	REQUIRE(list.count == 1);
	CHECK_STR(list.items[0].name, "theirs");
	struct task_list tasks;
	CHECK_STATUS(task_find(w.s, &tasks, NULL), TRV_ERR_SQL);
	CHECK_STR(raw(&w, "%s", OBJECTS), "tag");
	world_close(&w);
}

TEST(marker, a_read_only_database_is_read)
{
	struct world w;
	struct trv_error error = { 0 };
	uint64_t count = 0;

	if (!world_is("sqlite"))
		SKIP("a server's URL has no mode");
	world_open(&w);
	strcat(w.url, "?mode=ro");
	CHECK_OK(reopen(&w, false, &error), &error);
	OK(&w, task_count(w.s, &count, NULL));
	CHECK_INT(count, TASKS);
	struct tag tag = { .name = "a" };
	CHECK_STATUS(tag_insert(w.s, &tag), TRV_ERR_READ_ONLY);
	struct tag tags[] = { { .name = "a" }, { .name = "b" } };
	CHECK_STATUS(tag_insert_many(w.s, tags, 2), TRV_ERR_READ_ONLY);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	world_close(&w);
}

TEST(open, models_that_do_not_fit_together)
{
	const struct trv_model *only_task[] = { &task_model };
	const struct trv_model_set set = { "half", only_task, 1 };
	struct trv_model twin = tag_model;
	struct trv_db *db = NULL;
	struct trv_error error = { 0 };

	CHECK_STATUS(trv_open(&db, &(struct trv_options) { .url = "sqlite::memory:", .models = &set }, &error),
	             TRV_ERR_MODEL);
	CHECK_CONTAINS(error.message, "task");
	twin.name = "other";
	const struct trv_model *twins[] = { &tag_model, &twin };
	const struct trv_model_set both = { "twins", twins, 2 };
	CHECK_STATUS(trv_open(&db, &(struct trv_options) { .url = "sqlite::memory:", .models = &both }, &error),
	             TRV_ERR_MODEL);
	CHECK(db == NULL);
}
