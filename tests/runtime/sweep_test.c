/* Every allocation of the reads fails once: nothing leaks, and what failed says so. */
#include "fixture.h"
#include "reads_fixture.h"

static int read_aggregate(struct shop *shop)
{
	struct task_groups groups;

	return task_aggregate(shop->s, &groups,
	                      &(struct trv_aggregate) { .values = { { TRV_SUM, TASK_EFFORT }, { TRV_MAX, TASK_TITLE } },
	                                                .group_by = TASK_STATE | TASK_TITLE,
	                                                .order_by = 1 },
	                      NULL);
}

static int read_pages(struct shop *shop)
{
	const struct project_query query = { .order_by = { project_by_name(TRV_ASC) },
		                             .limit = 1,
		                             .tasks = &(struct task_query) { .limit = 2 } };
	struct trv_page page = { .after = NULL };
	struct project_list list;
	int r;

	do {
		r = project_page(shop->s, &list, &page, &query);
		page.after = page.next;
	} while (r >= 0 && page.after);
	return r;
}

static int read_stream(struct shop *shop)
{
	/* A server runs nothing else beside a stream, so there only what is joined can be loaded. */
	const struct task_query children = { .how = TRV_SUBQUERY };
	const struct task_query query = { .where = { task_title(TRV_NE, "none") },
		                          .assignee = &(struct person_query) { .limit = 0 },
		                          .children = shop_is(shop, "sqlite") ? &children : NULL };
	struct trv_stream stream = { NULL };
	const struct task *task;
	const struct person *person;
	int r;

	while ((r = person_each(shop->s, &stream, &person, NULL)) > 0)
		continue;
	while (r >= 0 && (r = task_each(shop->s, &stream, &task, &query)) > 0)
		continue;
	return r;
}

static int read_explanation(struct shop *shop)
{
	const char *text;

	return task_explain(shop->s, &text,
	                    &(struct task_query) { .tags = &(struct tag_query) { .limit = 0 },
	                                           .children = &(struct task_query) { .depth = 3 } });
}

static int read_sql(struct shop *shop)
{
	struct trv_value value;
	struct task_list list;
	int r = task_sql(shop->s, &list, "SELECT title, id FROM task WHERE id > ?", (struct trv_value[]) { trv_int(0) },
	                 1);

	if (r >= 0)
		r = trv_sql_value(shop->s, &value, TRV_TEXT, "SELECT max(title) FROM task", NULL, 0);
	return r < 0 ? r : trv_exec(shop->s, NULL, "DELETE FROM task WHERE 1 = 0", NULL, 0);
}

static int read_all(const struct trv_allocator *allocator, void *argument)
{
	int (*read)(struct shop * shop) = *(int (**)(struct shop *))argument;
	struct shop shop;
	int r = world_is("sqlite") ? shop_try_open(&shop, allocator) : shop_try_connect(&shop, allocator);

	if (r >= 0)
		r = read(&shop);
	shop_close(&shop);
	return r;
}

/* In memory every run makes the shop anew; on a server that would take minutes, and one serves all. */
static void sweep(int (*read)(struct shop *shop))
{
	struct shop shop;

	shop_open(&shop);
	CHECK_SWEEP(read_all, &read);
	shop_close(&shop);
}

TEST(sweep, aggregates_survive_any_failed_allocation)
{
	sweep(read_aggregate);
}

TEST(sweep, pages_survive_any_failed_allocation)
{
	sweep(read_pages);
}

TEST(sweep, streams_survive_any_failed_allocation)
{
	sweep(read_stream);
}

TEST(sweep, explanations_survive_any_failed_allocation)
{
	sweep(read_explanation);
}

TEST(sweep, raw_sql_survives_any_failed_allocation)
{
	sweep(read_sql);
}
