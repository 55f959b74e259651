/* Generated code, linked: its tables say what the schema says. */
#include "demo.trv.h"
#include "kinds.trv.h"
#include "place.trv.h"
#include "storage.trv.h"
#include "test.h"

#include <trivet/ddl.h>
#include <trivet/driver.h>

#include "golden.h"
#include "model/buffer.h"

TEST(generated, registries_of_generated_models_hold)
{
	const struct trv_model_set *const sets[] = { &demo_models, &kinds_models, &place_models, &storage_models };

	for (size_t i = 0; i < TRV_COUNT_OF(sets); i++) {
		struct trv_registry *registry = NULL;
		struct trv_error error = { 0 };

		REQUIRE_OK(trv_registry_create(&registry, NULL), NULL);
		CHECK_OK(trv_registry_add(registry, sets[i], &error), &error);
		CHECK_INT(trv_registry_count(registry), sets[i]->count);
		CHECK_OK(trv_registry_check(registry, &error), &error);
		trv_registry_destroy(registry);
	}
}

static int append(const char *statement, void *argument)
{
	trv__buffer_format(argument, "%s;\n", statement);
	return ((struct trv__buffer *)argument)->status;
}

static void check_ddl(const struct trv_model_set *set, enum trv_engine engine)
{
	struct trv_registry *registry = NULL;
	struct trv_error error = { 0 };
	struct trv__buffer text;
	char golden[100];

	REQUIRE_OK(trv_registry_create(&registry, NULL), NULL);
	trv__buffer_init(&text, NULL);
	CHECK_OK(trv_registry_add(registry, set, &error), &error);
	CHECK_OK(trv_ddl_create(registry, trv_dialect_for(engine), append, &text, &error), &error);
	snprintf(golden, sizeof(golden), "%s.%s.sql", set->name, trv_dialect_for(engine)->name);
	CHECK_GOLDEN(golden, trv__buffer_get(&text));
	trv__buffer_release(&text);
	trv_registry_destroy(registry);
}

/* The whole description survives the way through C, or some of these would differ. */
TEST(generated, the_tables_give_the_same_ddl_as_the_schema)
{
	for (int engine = TRV_ENGINE_SQLITE; engine < TRV_ENGINE_COUNT; engine++) {
		check_ddl(&kinds_models, (enum trv_engine)engine);
		check_ddl(&storage_models, (enum trv_engine)engine);
	}
}

TEST(generated, members_lie_where_the_tables_say)
{
	struct thing thing = { .small = 7, .title = "x", .has_medium = true, .place_id = 9 };
	const struct trv_column *columns = thing_model.columns;
	const char *row = (const char *)&thing;
	int small = trv_model_column(&thing_model, "small"), medium = trv_model_column(&thing_model, "medium");
	int title = trv_model_column(&thing_model, "title"), place = trv_model_column(&thing_model, "place_id");

	REQUIRE(small >= 0 && medium >= 0 && title >= 0 && place >= 0);
	CHECK_INT(*(const int16_t *)(const void *)(row + columns[small].offset), 7);
	CHECK_STR(*(const char *const *)(const void *)(row + columns[title].offset), "x");
	CHECK(*(const bool *)(row + columns[medium].has_offset));
	CHECK_INT(*(const int64_t *)(const void *)(row + columns[place].offset), 9);
	CHECK_INT(columns[title].has_offset, 0);
	CHECK(THING_TITLE == UINT64_C(1) << title);
}

TEST(generated, predicates_name_their_column_and_carry_their_value)
{
	struct thing_expr expr = thing_state(TRV_NE, STATE_DONE);
	int state = trv_model_column(&thing_model, "state"), title = trv_model_column(&thing_model, "title");

	CHECK_INT(expr.expr.kind, TRV_EXPR_COMPARE);
	CHECK_INT(expr.expr.operation, TRV_NE);
	CHECK_INT(expr.expr.column, state);
	CHECK_INT(expr.expr.as.integer, STATE_DONE);
	expr = thing_title(TRV_LIKE, "a%");
	CHECK_INT(expr.expr.column, title);
	CHECK_STR(expr.expr.as.text, "a%");
	expr = thing_not(thing_medium_is_null());
	CHECK_INT(expr.expr.kind, TRV_EXPR_NULL);
	CHECK(expr.expr.negated);
	expr = thing_id_in((const int64_t[]) { 1, 2, 3 }, 3);
	CHECK_INT(expr.expr.as.list.count, 3);
	expr = thing_any(thing_flag(TRV_EQ, true), thing_small(TRV_GT, 1), thing_g(TRV_LT, 0.5));
	CHECK_INT(expr.expr.kind, TRV_EXPR_ANY);
	CHECK_INT(expr.expr.as.list.count, 3);
	CHECK_INT(thing_by_day(TRV_DESC).order.by, 1 + trv_model_column(&thing_model, "day"));
	CHECK_INT(thing_has_labels(&(struct label_query) { .limit = 1 }).expr.column,
	          trv_model_relation(&thing_model, "labels"));
}

TEST(generated, enums_are_named_and_parsed)
{
	enum kind_state state = STATE_OPEN;

	CHECK_STR(kind_state_name(STATE_DONE), "done");
	CHECK(!kind_state_name((enum kind_state)7));
	CHECK(kind_state_parse(&state, "doing"));
	CHECK_INT(state, STATE_DOING);
	CHECK(!kind_state_parse(&state, "Doing"));
	CHECK_INT(state, STATE_DOING);
}

TEST(generated, relations_reach_their_models_in_both_files_of_a_circle)
{
	int place = trv_model_relation(&thing_model, "place"), labels = trv_model_relation(&thing_model, "labels");

	REQUIRE(place >= 0 && labels >= 0);
	CHECK(thing_model.relations[place].target == &place_model);
	CHECK(thing_model.relations[labels].through == &thing_label_model);
	CHECK_INT(thing_model.relations[labels].query_offset, offsetof(struct thing_query, labels));
	CHECK(place_model.relations[0].target == &thing_model);
}

TEST(generated, defaults_are_the_values_of_the_schema)
{
	const struct trv_column *columns = thing_model.columns;
	char text[TRV_DECIMAL_TEXT];

	trv_decimal_format(&columns[trv_model_column(&thing_model, "price")].initial->literal.as.decimal, text);
	CHECK_STR(text, "12345678901234567890.5000000000");
	CHECK_STR(columns[trv_model_column(&thing_model, "title")].initial->literal.as.text,
	          "it's \"so\" ?\?/ \\ 100% 'fine'");
	CHECK_INT(columns[trv_model_column(&thing_model, "big")].initial->literal.as.integer, INT64_MIN);
	CHECK_DOUBLE((float)columns[trv_model_column(&thing_model, "f")].initial->literal.as.number, 0.1f);
}
