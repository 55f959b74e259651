/*
 * What an engine has by itself, has by other means or refuses, as its dialect says. What
 * is refused is an error before anything runs; what is not behaves alike.
 */
#include "suite.h"

#include "features.trv.h"

#include <stdlib.h>
#include <trivet/ddl.h>
#include <trivet/driver.h>

struct step {
	const char *sql;
	int status;
};

/* Each row is a case. Its steps run one after another on the model's new table. */
static const struct feature_case {
	const char *sentence;
	enum trv_feature feature;
	const struct trv_model *model;
	struct step steps[8];
} feature_cases[] = {
	{ "a partial unique index minds only its rows, or is refused",
	  TRV_FEATURE_PARTIAL_INDEX,
	  &partial_model,
	  { { "INSERT INTO partial (name, state) VALUES ('a', 0)", 0 },
	    { "INSERT INTO partial (name, state) VALUES ('a', 1)", 0 },
	    { "INSERT INTO partial (name, state) VALUES ('a', 1)", 0 },
	    { "INSERT INTO partial (name, state) VALUES ('a', 0)", TRV_ERR_UNIQUE } } },
	{ "a unique index over an expression minds its values, or is refused",
	  TRV_FEATURE_EXPRESSION_INDEX,
	  &expressed_model,
	  { { "INSERT INTO expressed (name) VALUES ('Abc')", 0 },
	    { "INSERT INTO expressed (name) VALUES ('aBc')", TRV_ERR_UNIQUE },
	    { "INSERT INTO expressed (name) VALUES ('abcd')", 0 } } },
	{ "a deferrable reference is checked at the end, or is refused",
	  TRV_FEATURE_DEFERRABLE,
	  &deferred_model,
	  { { "INSERT INTO deferred (id, next_id) VALUES (3, 4)", TRV_ERR_FOREIGN_KEY },
	    { "BEGIN", 0 },
	    { "INSERT INTO deferred (id, next_id) VALUES (1, 2)", 0 },
	    { "INSERT INTO deferred (id, next_id) VALUES (2, 1)", 0 },
	    { "COMMIT", 0 },
	    { "DELETE FROM deferred WHERE id = 1", TRV_ERR_FOREIGN_KEY } } },
};

static int run_statement(const char *statement, void *argument)
{
	return trv_exec(argument, NULL, statement, NULL, 0);
}

/* Where a deferrable reference is not deferred at first, the transaction says so. */
static int run_step(struct trv_session *session, const struct step *step)
{
	if (strcmp(step->sql, "BEGIN") == 0)
		return trv_begin(session, NULL);
	if (strcmp(step->sql, "COMMIT") == 0)
		return trv_commit(session);
	return trv_exec(session, NULL, step->sql, NULL, 0);
}

static void is_had_or_refused(const void *argument)
{
	const struct feature_case *row = argument;
	const struct trv_model_set set = { "feature", &row->model, 1 };
	struct trv_registry *registry = NULL;
	struct trv_error error = { 0 };
	struct world w;

	world_open(&w);
	const struct trv_dialect *dialect = trv_dialect_named(trv_db_driver(w.db));
	if (!dialect) {
		world_close(&w);
		SKIP("the driver is not built in");
	}
	bool refused = dialect->features[row->feature].level == TRV_REFUSED;
	REQUIRE_OK(trv_registry_create(&registry, NULL), NULL);
	int r = trv_registry_add(registry, &set, &error);
	if (r >= 0)
		r = trv_ddl_create(registry, dialect, run_statement, w.s, &error);
	trv_registry_destroy(registry);
	if (refused) {
		CHECK_STATUS(r, TRV_ERR_UNSUPPORTED);
		CHECK_CONTAINS(error.message, row->model->name);
		world_close(&w);
		return;
	}
	CHECK_OK(r, &error);
	for (size_t i = 0; r >= 0 && row->steps[i].sql; i++)
		if (!CHECK_STATUS(run_step(w.s, &row->steps[i]), row->steps[i].status))
			test_note("%s: %s", row->steps[i].sql, trv_error(w.s)->message);
	if (trv_transaction_depth(w.s))
		CHECK_OK(trv_rollback(w.s), trv_error(w.s));
	char drop[80];
	snprintf(drop, sizeof(drop), "DROP TABLE %s", row->model->table);
	raw(w.s, drop);
	world_close(&w);
}

__attribute__((constructor)) static void add_features(void)
{
	for (size_t i = 0; i < TRV_COUNT_OF(feature_cases); i++)
		test_register_row("features", feature_cases[i].sentence, is_had_or_refused, &feature_cases[i]);
}

TEST(features, a_unique_index_that_carries_columns_along_is_unique_without_them)
{
	struct shelf first = { .place = 1, .label = "a" }, twin = { .place = 1, .label = "b" };
	struct world w;

	world_open(&w);
	OK(&w, shelf_insert(w.s, &first));
	CHECK_STATUS(shelf_insert(w.s, &twin), TRV_ERR_UNIQUE);
	CHECK_STR(trv_error(w.s)->message, "shelf.place: a row with this value is there already ('one_place')");
	CHECK_STR(trv_error(w.s)->constraint, "one_place");
	twin.place = 2;
	OK(&w, shelf_insert(w.s, &twin));
	world_close(&w);
}

TEST(features, the_schema_is_created_once_only)
{
	struct world w;

	world_open(&w);
	CHECK_STATUS(trv_schema_create(w.s), TRV_ERR_MODEL);
	CHECK_INT(raw_integer(w.s, "SELECT count(*) FROM genre"), 0);
	world_close(&w);
}

TEST(features, another_contract_is_refused)
{
	static const struct trv_model *const models[] = { &line_model };
	static const struct trv_model_set other = { "other", models, 1 };
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	struct world w;

	world_open(&w);
	struct trv_options options = { .url = suite_url(), .models = &other };
	CHECK_STATUS(trv_open(&db, &options, &error), TRV_ERR_CONTRACT);
	CHECK(db == NULL);
	options.accept_any_contract = true;
	CHECK_OK(trv_open(&db, &options, &error), &error);
	trv_close(db);
	world_close(&w);
}
