/*
 * Corners at which the engines differ or a size has no end. On the engine of
 * TRIVET_TEST_ENGINE.
 */
#include "fixture.h"
#include "review.trv.h"

#include <stdlib.h>
#include <time.h>

static void open_models(struct world *world, const struct trv_model_set *models, unsigned query_ms)
{
	struct trv_error error = { 0 };

	memset(world, 0, sizeof(*world));
	world_new_url(world->url);
	struct trv_options options = { .url = world->url, .models = models, .query_ms = query_ms };
	REQUIRE_OK(trv_open(&world->db, &options, &error), &error);
	REQUIRE_OK(trv_session_open(world->db, &world->s, &error), &error);
	OK(world, trv_schema_create(world->s));
}

static void open_shop(struct world *world)
{
	open_models(world, &shop_models, 0);
	world_fill(world);
}

/* --- locks ------------------------------------------------------------------------------------ */

/* Whether somebody else holds a lock on the row. On SQLite rows have none; MariaDB locks all that it looks at. */
static void check_locked(struct world *world, const char *table, int64_t id, bool locked)
{
	struct trv_session *other = world_session(world);
	char sql[128];
	struct trv_value found;

	snprintf(sql, sizeof(sql), "SELECT id FROM %s WHERE id = ? FOR UPDATE NOWAIT", table);
	if (world_is("postgresql") || (locked && world_is("mariadb")))
		CHECK_STATUS(trv_sql_value(other, &found, TRV_INT64, sql, (struct trv_value[]) { trv_int(id) }, 1),
		             locked ? TRV_ERR_BUSY : 0);
	trv_session_close(other);
}

TEST(lock, rows_with_joined_relations_are_locked)
{
	struct world world;
	struct task_list found;
	struct project_list projects;

	open_shop(&world);
	OK(&world, trv_begin(world.s, NULL));
	OK(&world, task_find(world.s, &found,
	                     &(struct task_query) { .where = { task_id(TRV_EQ, world.tasks[1].id) },
	                                            .lock = true,
	                                            .parent = &(struct task_query) { 0 },
	                                            .assignee = &(struct person_query) { 0 } }));
	CHECK_INT(found.count, 1);
	check_locked(&world, "task", world.tasks[1].id, true);
	OK(&world, project_find(world.s, &projects,
	                        &(struct project_query) { .order_by = { project_by_name(TRV_ASC) },
	                                                  .limit = 1,
	                                                  .lock = true,
	                                                  .tasks = &(struct task_query) { .how = TRV_JOINED } }));
	CHECK_INT(projects.count, 1);
	CHECK_INT(projects.items[0].tasks->count, 8);
	check_locked(&world, "project", world.projects[ATLAS].id, true);
	check_locked(&world, "project", world.projects[BOREAS].id, false);
	OK(&world, trv_rollback(world.s));
	world_close(&world);
}

TEST(lock, a_relation_can_be_locked_whatever_loads_it)
{
	struct world world;
	struct task_list found;
	struct task_query tree = { .depth = TRV_WHOLE, .lock = true };

	open_shop(&world);
	OK(&world, trv_begin(world.s, NULL));
	OK(&world, task_find(world.s, &found,
	                     &(struct task_query) { .where = { task_id(TRV_EQ, world.tasks[0].id) },
	                                            .assignee = &(struct person_query) { .lock = true },
	                                            .tags = &(struct tag_query) { .lock = true },
	                                            .children = &tree }));
	CHECK_INT(found.count, 1);
	check_locked(&world, "person", world.people[ANN].id, true);
	check_locked(&world, "tag", world.tags[RED].id, true);
	check_locked(&world, "task", world.tasks[6].id, true);
	check_locked(&world, "task", world.tasks[7].id, false);
	OK(&world, trv_rollback(world.s));
	world_close(&world);
}

TEST(lock, what_cannot_be_locked_is_refused_on_every_engine)
{
	struct world world;
	struct project_list projects;
	uint64_t count;
	bool exists;

	open_shop(&world);
	CHECK_STATUS(
		project_find(world.s, &projects,
	                     &(struct project_query) { .tasks = &(struct task_query) { .limit = 1, .lock = true } }),
		TRV_ERR_MISUSE);
	CHECK_STATUS(task_count(world.s, &count, &(struct task_query) { .lock = true }), TRV_ERR_MISUSE);
	CHECK_STATUS(task_exists(world.s, &exists, &(struct task_query) { .lock = true }), TRV_ERR_MISUSE);
	world_close(&world);
}

/* --- deadlines ---------------------------------------------------------------------------------- */

#define STREAMED 30000

TEST(deadline, a_stream_is_read_at_the_callers_pace)
{
	struct world world;
	struct trv_stream stream = { 0 };
	const struct tag *tag;
	struct tag *tags = calloc(STREAMED, sizeof(*tags));
	char(*names)[40] = calloc(STREAMED, sizeof(*names));
	size_t count = 0;
	int r;

	REQUIRE(tags && names);
	open_models(&world, &shop_models, 1500);
	for (size_t i = 0; i < STREAMED; i++) {
		snprintf(names[i], sizeof(names[i]), "%039zu", i);
		tags[i].name = names[i];
	}
	OK(&world, tag_insert_many(world.s, tags, STREAMED));
	while ((r = tag_each(world.s, &stream, &tag, NULL)) > 0)
		if (++count == 1)
			nanosleep(&(struct timespec) { .tv_sec = 2 }, NULL);
	CHECK_STATUS(r, 0);
	CHECK_INT(count, STREAMED);
	world_close(&world);
	free(tags);
	free(names);
}

/* --- the same row twice in one call ----------------------------------------------------------------- */

TEST(upsert, of_rows_with_one_key_the_last_wins)
{
	struct world world;
	struct tag tags[3] = { { .name = "new" }, { .name = "other" }, { .name = "new" } };
	struct person people[3] = { { .name = "A", .email = "e" },
		                    { .name = "B", .email = "f" },
		                    { .name = "C", .email = "e" } };
	struct person_list found;

	open_models(&world, &shop_models, 0);
	OK(&world, tag_upsert_many(world.s, tags, 3, TAG_NAME, 0));
	CHECK_INT(tags[0].id, tags[2].id);
	CHECK(tags[1].id != tags[0].id);
	OK(&world, person_upsert_many(world.s, people, 3, PERSON_EMAIL, PERSON_NAME));
	OK(&world, person_find(world.s, &found, &(struct person_query) { .order_by = { person_by_email(TRV_ASC) } }));
	REQUIRE(found.count == 2);
	CHECK_STR(found.items[0].name, "C");
	CHECK_STR(found.items[1].name, "B");
	world_close(&world);
}

TEST(update, of_rows_with_one_key_the_last_wins)
{
	struct world world;
	struct person people[2], found;

	open_shop(&world);
	people[0] = people[1] = world.people[EVE];
	people[0].name = "first";
	people[1].name = "second";
	OK(&world, person_update_many(world.s, people, 2, PERSON_NAME));
	OK(&world, person_get(world.s, &found, world.people[EVE].id));
	CHECK_STR(found.name, "second");
	world_close(&world);
}

/* --- sets that look at the table itself --------------------------------------------------------------- */

TEST(where, a_filter_by_relations_works_on_the_table_itself)
{
	struct world world;
	uint64_t affected = 0;

	open_shop(&world);
	OK(&world, task_update_where(world.s, &affected, &(struct task) { .priority = 5 }, TASK_PRIORITY,
	                             &(struct task_query) { .where = { task_has_children(NULL) } }));
	CHECK_INT(affected, 5);
	OK(&world,
	   task_delete_where(
		   world.s, &affected,
		   &(struct task_query) {
			   .where = { task_not(task_has_children(NULL)),
	                              task_has_project(&(struct project_query) {
					      .where = { project_name(TRV_EQ, world.projects[ATLAS].name) } }) } }));
	CHECK_INT(affected, 4);
	world_close(&world);
}

/* --- depth ------------------------------------------------------------------------------------------------ */

#define DEEP 100000

TEST(depth, predicates_within_predicates_end)
{
	struct world world;
	struct task_list found;
	const struct task *task;
	struct trv_stream stream = { 0 };
	struct task_expr *nested = calloc(DEEP, sizeof(*nested));
	uint64_t count;

	REQUIRE(nested);
	open_shop(&world);
	nested[0] = task_id(TRV_GT, 0);
	for (size_t i = 1; i < DEEP; i++)
		nested[i] = i % 2 ? task_any_of(&nested[i - 1], 1) : task_all_of(&nested[i - 1], 1);
	struct task_query fits = { .where = { nested[90] } }, deep = { .where = { nested[DEEP - 1] } };
	OK(&world, task_find(world.s, &found, &fits));
	CHECK_INT(found.count, TASKS);
	CHECK_STATUS(task_find(world.s, &found, &deep), TRV_ERR_LIMIT);
	CHECK_STATUS(task_count(world.s, &count, &deep), TRV_ERR_LIMIT);
	CHECK_STATUS(task_delete_where(world.s, NULL, &deep), TRV_ERR_LIMIT);
	CHECK_STATUS(task_each(world.s, &stream, &task, &deep), TRV_ERR_LIMIT);
	CHECK_STATUS(
		task_find(world.s, &found,
	                  &(struct task_query) { .children = &(struct task_query) { .how = TRV_LAZY,
	                                                                            .where = { nested[DEEP - 1] } } }),
		TRV_ERR_LIMIT);
	world_close(&world);
	free(nested);
}

TEST(depth, a_query_that_is_part_of_itself_is_refused)
{
	struct world world;
	struct task_list found;
	const struct task *task;
	struct trv_stream stream = { 0 };
	struct task_query query = { .limit = 2 };

	open_shop(&world);
	query.children = &query;
	CHECK_STATUS(task_find(world.s, &found, &query), TRV_ERR_LIMIT);
	CHECK_STATUS(task_each(world.s, &stream, &task, &query), TRV_ERR_LIMIT);
	world_close(&world);
}

/* --- keys and sizes ------------------------------------------------------------------------------------------- */

TEST(keys, equal_decimals_of_another_scale_are_one_key)
{
	struct world world;
	struct price prices[2] = { { .amount = trv_decimal(1200, 2), .name = "twelve" },
		                   { .amount = trv_decimal(5, 1), .name = "half" } };
	const struct trv_decimal keys[] = { trv_decimal(12, 0), trv_decimal(500, 3) };
	struct price_list found;

	open_models(&world, &review_models, 0);
	OK(&world, price_insert_many(world.s, prices, 2));
	OK(&world, price_get_many(world.s, &found, keys, 2));
	CHECK_INT(found.count, 2);
	world_close(&world);
}

TEST(sizes, sixty_four_columns_and_relations)
{
	struct world world;
	struct crowd first = { 0 }, second = { 0 }, changed;
	struct crowd_query all = { .how = TRV_JOINED };
	struct crowd_query query = { .where = { crowd_not(crowd_has_back(NULL)) },
		                     .order_by = { crowd_by_r63_id(TRV_DESC) } };
	struct crowd_list found;

	open_models(&world, &review_models, 0);
	OK(&world, crowd_insert(world.s, &first));
	second.r01_id = second.r63_id = first.id;
	second.has_r01_id = second.has_r63_id = true;
	OK(&world, crowd_insert(world.s, &second));
	for (size_t i = 0; i < crowd_model.relation_count; i++) {
		const struct crowd_query *sub = &all;

		memcpy((char *)&query + crowd_model.relations[i].query_offset, &sub, sizeof(sub));
	}
	OK(&world, crowd_find(world.s, &found, &query));
	REQUIRE(found.count == 1);
	CHECK_INT(found.items[0].id, second.id);
	CHECK_INT(found.items[0].r01->id, first.id);
	CHECK(found.items[0].r01 == found.items[0].r63);
	CHECK(!found.items[0].r62);
	CHECK_INT(found.items[0].back->count, 0);
	second.has_r63_id = false;
	OK(&world, crowd_update(world.s, &second, CROWD_R63_ID));
	OK(&world, crowd_get(world.s, &changed, second.id));
	CHECK(!changed.has_r63_id && changed.has_r01_id);
	world_close(&world);
}

#define TOKENS 40000

TEST(keys, that_are_kept_in_another_way_go_in_pieces)
{
	struct world world;
	struct token *tokens = calloc(TOKENS, sizeof(*tokens));
	struct trv_uuid *keys = calloc(2 * TOKENS, sizeof(*keys));
	struct token_list found;

	REQUIRE(tokens && keys);
	open_models(&world, &review_models, 0);
	for (int i = 0; i < 2 * TOKENS; i++) {
		memcpy(keys[i].bytes, &i, sizeof(i));
		if (i < TOKENS)
			tokens[i] = (struct token) { .id = keys[i], .note = i };
	}
	OK(&world, token_insert_many(world.s, tokens, TOKENS));
	OK(&world, token_get_many(world.s, &found, keys, (size_t)2 * TOKENS));
	CHECK_INT(found.count, TOKENS);
	world_close(&world);
	free(tokens);
	free(keys);
}

/* --- lost connections ------------------------------------------------------------------------------------------- */

static int kill_own(struct world *world)
{
	bool postgresql = world_is("postgresql");
	struct trv_value value;

	return trv_sql_value(world->s, &value, postgresql ? TRV_BOOL : TRV_INT64,
	                     postgresql ? "SELECT pg_terminate_backend(pg_backend_pid())" : "KILL CONNECTION_ID()",
	                     NULL, 0);
}

TEST(lost, a_session_works_again_with_another_connection)
{
	struct world world;
	uint64_t count;

	open_shop(&world);
	if (!world_is("sqlite")) {
		CHECK(kill_own(&world) < 0);
		OK(&world, task_count(world.s, &count, NULL));
		OK(&world, trv_begin(world.s, NULL));
		OK(&world, trv_begin(world.s, NULL));
		CHECK(kill_own(&world) < 0);
		CHECK_STATUS(task_count(world.s, &count, NULL), TRV_ERR_TRANSACTION);
		CHECK_STATUS(trv_rollback(world.s), 0);
		CHECK_STATUS(task_count(world.s, &count, NULL), TRV_ERR_TRANSACTION);
		CHECK_STATUS(trv_rollback(world.s), 0);
	}
	OK(&world, task_count(world.s, &count, NULL));
	CHECK_INT(count, TASKS);
	world_close(&world);
}

TEST(names, a_table_and_its_columns_may_have_the_shortest_names)
{
	static struct u rows[200];
	struct world world;

	open_models(&world, &review_models, 0);
	for (int i = 0; i < 200; i++)
		rows[i].g = i + 1;
	OK(&world, u_insert_many(world.s, rows, 200));
	for (int i = 0; i < 200; i++)
		rows[i].n = i;
	OK(&world, u_update_many(world.s, rows, 2, U_N));
	OK(&world, u_update_many(world.s, rows, 200, U_N));
	CHECK_STR(raw(&world, "SELECT sum(n) FROM u"), "19900");
	world_close(&world);
}
