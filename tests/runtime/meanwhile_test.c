/* What else a session does while it reads a stream: the stream goes on. */
#include "fixture.h"

/* A server sends the rows of one statement at a time: the session says so, which stream_test.c checks. */
static void need_statements_side_by_side(void)
{
	if (!world_is("sqlite"))
		SKIP("a server's connection runs nothing else while a stream is open");
}

TEST(meanwhile, the_same_query_runs_inside_itself)
{
	struct world w;
	struct trv_stream outer = { NULL };
	const struct task *task;
	const struct task_query query = { .order_by = { task_by_id(TRV_ASC) } };
	size_t pairs = 0;
	int r;

	need_statements_side_by_side();
	world_open(&w);
	while ((r = task_each(w.s, &outer, &task, &query)) > 0) {
		struct trv_stream inner = { NULL };
		const struct task *other;
		struct task_list list;
		int64_t id = task->id;

		while ((r = task_each(w.s, &inner, &other, &query)) > 0)
			pairs++;
		OK(&w, r);
		OK(&w, task_find(w.s, &list, &query));
		CHECK_INT(list.count, TASKS);
		CHECK_INT(task->id, id);
	}
	OK(&w, r);
	CHECK_INT(pairs, TASKS * TASKS);
	world_close(&w);
}

/* For each tag one task is written, in the way that `write` has. */
static void check_writes(struct world *w, int (*write)(struct trv_session *s, const struct world *w, const char *title),
                         size_t each)
{
	struct trv_stream stream = { NULL };
	const struct tag *tag;
	size_t seen = 0;
	char title[64];
	int r;

	while ((r = tag_each(w->s, &stream, &tag, &(struct tag_query) { .order_by = { tag_by_id(TRV_ASC) } })) > 0) {
		CHECK_STR(tag->name, w->tags[seen++].name);
		snprintf(title, sizeof(title), "for %s", tag->name);
		OK(w, write(w->s, w, title));
	}
	OK(w, r);
	CHECK_INT(seen, TAGS);
	CHECK_INT(trv_transaction_depth(w->s), 0);
	uint64_t count = 0;
	OK(w, task_count(w->s, &count, &(struct task_query) { .where = { task_title(TRV_STARTS, "for ") } }));
	CHECK_INT(count, TAGS * each);
}

static int write_one(struct trv_session *s, const struct world *w, const char *title)
{
	struct task task = { .title = title, .project_id = w->projects[ATLAS].id };

	return task_insert(s, &task);
}

static int write_two(struct trv_session *s, const struct world *w, const char *title)
{
	struct task tasks[] = { { .title = title, .project_id = w->projects[ATLAS].id },
		                { .title = title, .project_id = w->projects[BOREAS].id } };

	return task_insert_many(s, tasks, 2);
}

/* More than one statement takes, so it is a transaction of its own. */
static int write_many(struct trv_session *s, const struct world *w, const char *title)
{
	struct task tasks[120];

	memset(tasks, 0, sizeof(tasks));
	for (int i = 0; i < 120; i++)
		tasks[i] = (struct task) { .title = title, .project_id = w->projects[i % 3].id };
	return task_insert_many(s, tasks, 120);
}

static int write_and_undo(struct trv_session *s, const struct world *w, const char *title)
{
	struct task tasks[120];

	memset(tasks, 0, sizeof(tasks));
	for (int i = 0; i < 120; i++)
		tasks[i] = (struct task) { .title = title, .project_id = i < 110 ? w->projects[i % 3].id : 999 };
	return task_insert_many(s, tasks, 120) == TRV_ERR_FOREIGN_KEY ? 0 : -1;
}

TEST(meanwhile, one_row_is_written_for_each)
{
	struct world w;

	need_statements_side_by_side();
	world_open(&w);
	check_writes(&w, write_one, 1);
	world_close(&w);
}

TEST(meanwhile, rows_are_written_together_for_each)
{
	struct world w;

	need_statements_side_by_side();
	world_open(&w);
	check_writes(&w, write_two, 2);
	world_close(&w);
	world_open(&w);
	check_writes(&w, write_many, 120);
	world_close(&w);
}

TEST(meanwhile, writes_that_fail_end_nothing_but_themselves)
{
	struct world w;

	need_statements_side_by_side();
	world_open(&w);
	check_writes(&w, write_and_undo, 0);
	world_close(&w);
}
