#include "reads_fixture.h"

#include "fixture.h"
#include "servers.h"

/* In memory on SQLite; the program's own database of a server. */
static const char *url(void)
{
	return world_is("sqlite") ? "sqlite::memory:" : test_database(world_engine());
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

int shop_try_connect(struct shop *shop, const struct trv_allocator *allocator)
{
	struct trv_error error = { 0 };
	struct trv_options options = { .url = url(), .models = &shop_models };

	*shop = (struct shop) { 0 };
	if (allocator)
		options.allocator = *allocator;
	int r = trv_open(&shop->db, &options, &error);
	return r < 0 ? r : trv_session_open(shop->db, &shop->s, &error);
}

int shop_try_open(struct shop *shop, const struct trv_allocator *allocator)
{
	if (!world_is("sqlite") && url())
		raw_empty(url());
	int r = shop_try_connect(shop, allocator);
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
