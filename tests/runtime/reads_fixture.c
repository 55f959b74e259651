#include "reads_fixture.h"

#include "servers.h"

#include <stdlib.h>

/* An own PostgreSQL where TRIVET_TEST_ENGINE says so; else the database of TRIVET_TEST_URL, or one in memory. */
static const char *url(void)
{
	const char *engine = getenv("TRIVET_TEST_ENGINE"), *given = getenv("TRIVET_TEST_URL");

	if (engine && strcmp(engine, "postgresql") == 0)
		return test_database("postgresql");
	return given && *given ? given : "sqlite::memory:";
}

/* MariaDB's tables one by one: without its database a connection is nowhere. */
static int drop_tables(struct trv_session *session)
{
	struct table {
		const char *name;
	};
	static const struct trv_field fields[] = { TRV_FIELD(struct table, name, TRV_TEXT) };
	struct trv_list tables;
	int r = trv_exec(session, NULL, "SET foreign_key_checks = 0", NULL, 0);

	if (r >= 0)
		r = trv_sql(session, &tables, sizeof(struct table), fields, 1,
		            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = database()",
		            NULL, 0);
	for (size_t i = 0; r >= 0 && i < tables.count; i++)
		r = trv_exec(session, NULL,
		             trv_arena_printf(trv_session_arena(session), "DROP TABLE `%s`",
		                              ((const struct table *)tables.items)[i].name),
		             NULL, 0);
	return r < 0 ? r : trv_exec(session, NULL, "SET foreign_key_checks = 1", NULL, 0);
}

/* In a session that keeps its connection, whose checks are off meanwhile. */
static int clear_mariadb(struct shop *shop)
{
	struct trv_session *session = NULL;
	struct trv_error error = { 0 };
	int r = trv_session_open(shop->db, &session, &error);

	if (r >= 0)
		r = trv_native(session) ? drop_tables(session) : TRV_ERR_UNSUPPORTED;
	trv_session_close(session);
	return r;
}

/* A server's database keeps what the test before left there. */
static int clear(struct shop *shop)
{
	if (shop_is(shop, "mariadb"))
		return clear_mariadb(shop);
	if (!shop_is(shop, "postgresql"))
		return 0;
	int r = trv_exec(shop->s, NULL, "DROP SCHEMA public CASCADE", NULL, 0);
	return r < 0 ? r : trv_exec(shop->s, NULL, "CREATE SCHEMA public", NULL, 0);
}

static int fill_people(struct shop *shop)
{
	shop->ada = (struct person) { .name = "Ada", .email = "ada@example.org", .age = 36, .has_age = true };
	shop->bob = (struct person) { .name = "Bob" };
	shop->cy = (struct person) { .name = "Cy", .age = 20, .has_age = true };
	int r = person_insert(shop->s, &shop->ada);
	if (r < 0)
		return r;
	shop->bob.boss_id = shop->cy.boss_id = shop->ada.id;
	shop->bob.has_boss_id = shop->cy.has_boss_id = true;
	r = person_insert(shop->s, &shop->bob);
	return r < 0 ? r : person_insert(shop->s, &shop->cy);
}

static int fill_projects(struct shop *shop)
{
	shop->atlas = (struct project) { .name = "Atlas", .lead_id = shop->ada.id, .has_lead_id = true };
	shop->borea = (struct project) { .name = "Borea", .lead_id = shop->bob.id, .has_lead_id = true };
	shop->corvus = (struct project) { .name = "Corvus", .status = PROJECT_CLOSED };
	int r = project_insert(shop->s, &shop->atlas);
	if (r >= 0)
		r = project_insert(shop->s, &shop->borea);
	return r < 0 ? r : project_insert(shop->s, &shop->corvus);
}

static int fill_tasks(struct shop *shop)
{
	static const char *const titles[SHOP_TASKS] = { "Écrire",        "a",  "A", "plan", "plan", "dig",
		                                        "100% \\ done_", "dig" };

	for (int i = 0; i < SHOP_TASKS; i++) {
		shop->tasks[i] = (struct task) {
			.project_id = i < 5 ? shop->atlas.id : shop->borea.id,
			.assignee_id = i % 2 ? shop->bob.id : shop->cy.id,
			.has_assignee_id = i % 4 != 3,
			.parent_id = i ? shop->tasks[0].id : 0,
			.has_parent_id = i == 1 || i == 2,
			.title = titles[i],
			.state = i % 3 == 0   ? TASK_DONE
			         : i % 3 == 1 ? TASK_OPEN
			                      : TASK_DOING,
			.priority = (int16_t)(1 + i % 5),
			.due = 20000 + i / 2,
			.has_due = i % 3 != 0,
			.effort = trv_decimal(i * 125 + 5, 2),
		};
		int r = task_insert(shop->s, &shop->tasks[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

int shop_try_open(struct shop *shop, const struct trv_allocator *allocator)
{
	struct trv_error error = { 0 };
	struct trv_options options = { .url = url(), .models = &shop_models };

	*shop = (struct shop) { 0 };
	if (allocator)
		options.allocator = *allocator;
	int r = trv_open(&shop->db, &options, &error);
	if (r >= 0)
		r = trv_session_open(shop->db, &shop->s, &error);
	if (r >= 0)
		r = clear(shop);
	if (r >= 0)
		r = trv_schema_create(shop->s);
	if (r >= 0)
		r = fill_people(shop);
	if (r >= 0)
		r = fill_projects(shop);
	return r < 0 ? r : fill_tasks(shop);
}

void shop_open(struct shop *shop)
{
	int r = shop_try_open(shop, NULL);

	REQUIRE_OK(r, shop->s ? trv_error(shop->s) : NULL);
}

void shop_close(struct shop *shop)
{
	trv_session_close(shop->s);
	trv_close(shop->db);
	*shop = (struct shop) { 0 };
}

bool shop_is(const struct shop *shop, const char *name)
{
	return strcmp(trv_db_driver(shop->db), name) == 0;
}

uint64_t shop_statements(const struct shop *shop)
{
	struct trv_session_stats stats;

	trv_session_stats(shop->s, &stats);
	return stats.statements;
}
