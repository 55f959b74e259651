#include "task.h"

#include <trivet/plugin.h>

uint64_t task_close(struct task *task, int64_t when)
{
	task->state = TASK_DONE;
	task->closed = when;
	task->has_closed = true;
	return TASK_STATE | TASK_CLOSED;
}

uint64_t task_reopen(struct task *task)
{
	task->state = TASK_OPEN;
	task->closed = 0;
	task->has_closed = false;
	return TASK_STATE | TASK_CLOSED;
}

/* A task that is done when it is entered was closed at that moment, unless it says when. */
static int set_closed(struct trv_session *session, const struct trv_model *model, void *row, uint64_t columns,
                      void *context)
{
	struct task *task = row;

	(void)session;
	(void)model;
	(void)columns;
	(void)context;
	if (task->state == TASK_DONE && !task->has_closed)
		task_close(task, trv_now());
	return 0;
}

/* The state and the time of closing change together, as task_close() and task_reopen() do. */
static int check_closed(struct trv_session *session, const struct trv_model *model, void *row, uint64_t columns,
                        void *context)
{
	const struct task *task = row;
	bool state = columns & TASK_STATE;
	bool closed = columns & TASK_CLOSED;

	(void)model;
	(void)context;
	if (state != closed)
		return trv_session_fail(session, TRV_ERR_VALUE,
		                        "task.%s: cannot change alone, use task_close or task_reopen",
		                        state ? "state" : "closed");
	if (state && (task->state == TASK_DONE) != task->has_closed)
		return trv_session_fail(session, TRV_ERR_VALUE, "task.closed: a task has it when it is done");
	return 0;
}

/* A part of a task belongs to the same project, and no task is a part of itself. An insert names no columns. */
static int check_parent(struct trv_session *session, const struct trv_model *model, void *row, uint64_t columns,
                        void *context)
{
	const struct task *task = row;
	struct task parent;

	(void)model;
	(void)context;
	if (!task->has_parent_id || (columns && !(columns & (TASK_PARENT_ID | TASK_PROJECT_ID))))
		return 0;
	if (task->parent_id == task->id)
		return trv_session_fail(session, TRV_ERR_VALUE, "task.parent: a task cannot be a part of itself");

	int r = task_one(session, &parent,
	                 &(struct task_query) {
				 .where = { task_id(TRV_EQ, task->parent_id) },
				 .columns = TASK_PROJECT_ID,
			 });
	if (r == TRV_ERR_NOT_FOUND)
		return trv_session_fail(session, TRV_ERR_FOREIGN_KEY, "task.parent: there is no task %lld",
		                        (long long)task->parent_id);
	if (r == 0 && parent.project_id != task->project_id)
		return trv_session_fail(session, TRV_ERR_VALUE, "task.parent: task %lld is of another project",
		                        (long long)task->parent_id);
	return r;
}

static const struct trv_hook task_hooks[] = {
	{ "task", TRV_BEFORE_INSERT, set_closed, NULL },
	{ "task", TRV_BEFORE_INSERT, check_parent, NULL },
	{ "task", TRV_BEFORE_UPDATE, check_closed, NULL },
	{ "task", TRV_BEFORE_UPDATE, check_parent, NULL },
	{ 0 },
};

const struct trv_plugin task_plugin = {
	TRV_PLUGIN_HEADER,      .name = "task",         .version = "1.0",
	.models = &task_models, .needs = { "project" }, .hooks = task_hooks,
};
