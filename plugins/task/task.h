/*
 * The plugin "task": tasks of projects, and the uploads that finish them.
 */
#ifndef TASK_H
#define TASK_H

#include "task.trv.h"

extern const struct trv_plugin task_plugin;

/*
 * Closes or reopens the task in memory and returns the columns that this changed, to be
 * written:
 *
 *     r = task_update(s, &task, task_close(&task, trv_now()));
 */
uint64_t task_close(struct task *task, int64_t when);
uint64_t task_reopen(struct task *task);

#endif
