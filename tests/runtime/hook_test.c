/* Hooks on writes. */
#include "fixture.h"

/* What the hooks saw, as "+t:a" (before insert), and what they are told to do. */
static struct {
	char seen[1024];
	const char *refuse_at; /* the mark at which one refuses */
	int refuse_with;
	bool silently;
} hooks;

static char marks[][3] = { "", "+<", "+>", "~<", "~>", "-<", "->" };

static int note(const char *mark, const char *what)
{
	size_t length = strlen(hooks.seen);

	snprintf(hooks.seen + length, sizeof(hooks.seen) - length, "%s%s%s", length ? " " : "", mark, what);
	return hooks.refuse_at && strcmp(hooks.refuse_at, hooks.seen + length + (length ? 1 : 0)) == 0;
}

static int note_tag(struct trv_session *s, const struct trv_model *model, void *row, uint64_t columns, void *context)
{
	const struct tag *tag = row;

	(void)columns;
	CHECK(model == &tag_model);
	CHECK(trv_transaction_depth(s) >= 1);
	if (!note(context, tag->name))
		return 0;
	return hooks.silently ? hooks.refuse_with : trv_session_fail(s, hooks.refuse_with, "not %s", tag->name);
}

/* Adds a mark to the title, and remembers the columns. */
static uint64_t task_columns;

static int rename_task(struct trv_session *s, const struct trv_model *model, void *row, uint64_t columns, void *context)
{
	struct task *task = row;

	(void)model;
	(void)context;
	task_columns = columns;
	if (strlen(task->title) > 20)
		return trv_session_fail(s, TRV_ERR_VALUE, "task.title: too long for this plugin");
	task->title = trv_arena_printf(trv_session_arena(s), "%s!", task->title);
	return task->title ? 0 : TRV_ERR_NOMEM;
}

/* Writes a tag for each task: with hooks of its own. */
static int tag_task(struct trv_session *s, const struct trv_model *model, void *row, uint64_t columns, void *context)
{
	struct task *task = row;
	struct tag tag = { .name = task->title };
	struct tag_list list;

	(void)model;
	(void)columns;
	(void)context;
	CHECK(task->id > 0);
	int r = tag_insert(s, &tag);
	if (r < 0)
		return r;
	struct tagging tagging = { .task_id = task->id, .tag_id = tag.id };
	r = tagging_insert(s, &tagging);
	return r < 0 ? r : tag_find(s, &list, &(struct tag_query) { .tasks = &(struct task_query) { .limit = 0 } });
}

static const struct trv_hook tag_hooks[] = {
	{ "tag", TRV_BEFORE_INSERT, note_tag, marks[TRV_BEFORE_INSERT] },
	{ "tag", TRV_AFTER_INSERT, note_tag, marks[TRV_AFTER_INSERT] },
	{ "tag", TRV_BEFORE_UPDATE, note_tag, marks[TRV_BEFORE_UPDATE] },
	{ "tag", TRV_AFTER_UPDATE, note_tag, marks[TRV_AFTER_UPDATE] },
	{ "tag", TRV_BEFORE_DELETE, note_tag, marks[TRV_BEFORE_DELETE] },
	{ "tag", TRV_AFTER_DELETE, note_tag, marks[TRV_AFTER_DELETE] },
	{ .model = NULL },
};

static const struct trv_hook task_hooks[] = {
	{ "task", TRV_BEFORE_INSERT, rename_task, NULL },
	{ "task", TRV_BEFORE_UPDATE, rename_task, NULL },
	{ "task", TRV_AFTER_INSERT, tag_task, NULL },
	{ .model = NULL },
};

static const struct trv_plugin tag_plugin = { TRV_PLUGIN_HEADER, .name = "tags", .hooks = tag_hooks };
static const struct trv_plugin task_plugin = { TRV_PLUGIN_HEADER, .name = "tasks", .needs = { "tags" },
	                                       .hooks = task_hooks };

static void open_hooked(struct world *w, bool tasks)
{
	memset(&hooks, 0, sizeof(hooks));
	world_open_with(w, (struct trv_options) { .plugins = { &tag_plugin, tasks ? &task_plugin : NULL } });
	OK(w, trv_schema_create(w->s));
}

static const char *seen(void)
{
	static char text[sizeof(hooks.seen)];

	memcpy(text, hooks.seen, sizeof(text));
	hooks.seen[0] = '\0';
	return text;
}

TEST(hooks, run_before_and_after_each_row)
{
	struct world w;

	open_hooked(&w, false);
	struct tag tags[] = { { .name = "a" }, { .name = "b" } };
	OK(&w, tag_insert_many(w.s, tags, 2));
	CHECK_STR(seen(), "+<a +<b +>a +>b");
	OK(&w, tag_update_many(w.s, tags, 2, TAG_NAME));
	CHECK_STR(seen(), "~<a ~<b ~>a ~>b");
	OK(&w, tag_delete(w.s, &tags[0]));
	CHECK_STR(seen(), "-<a ->a");
	struct tag b = { .name = "b" };
	OK(&w, tag_upsert(w.s, &b, TAG_NAME, 0));
	CHECK_STR(seen(), "+<b +>b");
	OK(&w, tag_delete_where(w.s, NULL, &(struct tag_query) { .all = true }));
	CHECK_STR(seen(), ""); /* set-based */
	world_close(&w);
}

static void check_refusal(struct world *w, const char *at, int r)
{
	char message[64];

	CHECK_STATUS(r, TRV_ERR_VALUE);
	snprintf(message, sizeof(message), "not %s", at + 2);
	CHECK_STR(trv_error(w->s)->message, message);
	CHECK(trv_error(w->s)->site != NULL);
	CHECK_INT(trv_transaction_depth(w->s), 0);
	CHECK_STR(raw(w, "SELECT name FROM tag"), "there");
}

TEST(hooks, a_refusal_undoes_the_whole_write)
{
	static const char *const at_insert[] = { "+<b", "+>a", "+>b" };
	struct world w;

	open_hooked(&w, false);
	struct tag there = { .name = "there" };
	OK(&w, tag_insert(w.s, &there));
	hooks.refuse_with = TRV_ERR_VALUE;
	for (size_t i = 0; i < TRV_COUNT_OF(at_insert); i++) {
		struct tag tags[] = { { .name = "a" }, { .name = "b" } };

		hooks.refuse_at = at_insert[i];
		check_refusal(&w, at_insert[i], tag_insert_many(w.s, tags, 2));
		CHECK_INT(tags[0].id, 0);
	}
	there.name = "changed";
	hooks.refuse_at = "~>changed";
	check_refusal(&w, "~>changed", tag_update(w.s, &there, TAG_NAME));
	hooks.refuse_at = "->changed";
	check_refusal(&w, "->changed", tag_delete(w.s, &there));
	hooks.refuse_at = NULL;
	OK(&w, tag_delete(w.s, &there));
	world_close(&w);
}

TEST(hooks, a_refusal_without_a_word_names_the_plugin)
{
	struct world w;
	struct tag tag = { .name = "a" };

	open_hooked(&w, false);
	hooks.refuse_at = "+<a";
	hooks.refuse_with = TRV_ERR_VALUE;
	/* even when the session's last error was of the same kind */
	CHECK_STATUS(tag_count(w.s, &(uint64_t) { 0 }, &(struct tag_query) { .where = { tag_name(TRV_EQ, NULL) } }),
	             TRV_ERR_VALUE);
	hooks.silently = true;
	CHECK_STATUS(tag_insert(w.s, &tag), TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->message, "tag: plugin 'tags' refused the row");
	world_close(&w);
}

TEST(hooks, in_a_transaction_a_refusal_undoes_only_the_write)
{
	struct world w;
	struct tag first = { .name = "first" }, tag = { .name = "a" };

	open_hooked(&w, false);
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, tag_insert(w.s, &first));
	hooks.refuse_at = "+>a";
	hooks.refuse_with = TRV_ERR_STOPPED;
	CHECK_STATUS(tag_insert(w.s, &tag), TRV_ERR_STOPPED);
	CHECK_INT(trv_transaction_depth(w.s), 1);
	OK(&w, trv_commit(w.s));
	CHECK_STR(raw(&w, "SELECT name FROM tag"), "first");
	world_close(&w);
}

TEST(hooks, change_the_row_before_it_is_checked_and_written)
{
	struct world w;
	struct project project = { .name = "p" };

	open_hooked(&w, true);
	OK(&w, project_insert(w.s, &project));
	struct task task = { .title = "write", .project_id = project.id };
	CHECK_STATUS(task_insert_columns(w.s, &task, TASK_PRIORITY | TASK_STATE), TRV_ERR_CHECK); /* priority 0 */
	CHECK_INT(task_columns, TASK_PRIORITY | TASK_STATE);
	OK(&w, task_insert(w.s, &task));
	CHECK_STR(task.title, "write!");
	CHECK_STR(raw(&w, "SELECT title FROM task"), "write!");
	OK(&w, task_update(w.s, &task, TASK_TITLE));
	CHECK_INT(task_columns, TASK_TITLE);
	CHECK_STR(task.title, "write!!");
	CHECK_STR(raw(&w, "SELECT title, version FROM task"), "write!!|2");
	task.title = "much too long for this plugin";
	CHECK_STATUS(task_update(w.s, &task, TASK_TITLE), TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->message, "task.title: too long for this plugin");
	CHECK_STR(task.title, "much too long for this plugin");
	world_close(&w);
}

TEST(hooks, write_and_read_themselves)
{
	struct world w;
	struct project project = { .name = "p" };

	open_hooked(&w, true);
	OK(&w, project_insert(w.s, &project));
	struct task tasks[] = { { .title = "a", .project_id = project.id },
		                { .title = "b", .project_id = project.id } };
	OK(&w, task_insert_many(w.s, tasks, 2));
	CHECK_STR(seen(), "+<a! +>a! +<b! +>b!");
	CHECK_STR(raw(&w,
	              "SELECT t.title, g.name FROM task t JOIN task_tag ON task_id = t.id JOIN tag g ON g.id = tag_id "
	              "ORDER BY t.id"),
	          "a!|a!\nb!|b!");
	/* the hook's own write fails: all of it is undone */
	struct task more[] = { { .title = "c", .project_id = project.id }, { .title = "a", .project_id = project.id } };
	CHECK_STATUS(task_insert_many(w.s, more, 2), TRV_ERR_UNIQUE);
	CHECK_STR(raw(&w, "SELECT count(*) FROM task"), "2");
	CHECK_STR(raw(&w, "SELECT count(*) FROM tag"), "2");
	CHECK_STR(more[0].title, "c");
	world_close(&w);
}
