/**
 * @file plugin.h
 * A plugin adds a domain: models, hooks on them, and something to do when a database is
 * opened and closed. It is a schema file, a little C and one descriptor:
 *
 *     const struct trv_plugin task_plugin = {
 *             TRV_PLUGIN_HEADER, .name = "task", .version = "1.0",
 *             .models = &task_models, .needs = { "project" }, .hooks = task_hooks,
 *     };
 *
 * It is linked by naming the descriptor in the options of trv_open, or loaded from a module
 * (module.h) and named there. The host starts the
 * plugins in the order of what they need and, when one fails, stops those that were
 * started, in reverse.
 */
#ifndef TRIVET_PLUGIN_H
#define TRIVET_PLUGIN_H

#include <trivet/db.h>
#include <trivet/session.h>

TRV_BEGIN_DECLS

#define TRV_PLUGIN_ABI 1
#define TRV_PLUGIN_HEADER .abi = TRV_PLUGIN_ABI, .size = sizeof(struct trv_plugin)
#define TRV_MAX_NEEDS 16

enum trv_event {
	TRV_BEFORE_INSERT = 1,
	TRV_AFTER_INSERT,
	TRV_BEFORE_UPDATE,
	TRV_AFTER_UPDATE,
	TRV_BEFORE_DELETE,
	TRV_AFTER_DELETE,
};

/**
 * A hook on one model. It runs on the session's thread, inside the same transaction as
 * the write (the runtime opens one when there is none), once for each row. It may use
 * the session. A negative result stops the write: TRV_ERR_VALUE with
 * trv_session_fail(...) is the way to say what is wrong. `columns` are those written.
 * Set-based writes (_update_where, _delete_where) run no hooks.
 */
struct trv_hook {
	const char *model; /* NULL ends the table */
	enum trv_event event;
	int (*run)(struct trv_session *session, const struct trv_model *model, void *row, uint64_t columns,
	           void *context);
	void *context;
};

struct trv_plugin {
	uint32_t abi;
	uint32_t size;
	const char *name;
	const char *version;
	const struct trv_model_set *models; /* or NULL */
	const char *needs[TRV_MAX_NEEDS]; /* names of other plugins */
	const struct trv_hook *hooks; /* or NULL */
	/** Called when a database was opened, before it is handed out. Optional. */
	int (*start)(struct trv_db *db, struct trv_error *error);
	/** Called when it is closed. Optional. */
	void (*stop)(struct trv_db *db);
};

/** Fills the session's error, for hooks; returns `code`. */
TRV_API int trv_session_fail(struct trv_session *session, int code, const char *format, ...) TRV_PRINTF(3, 4);

TRV_END_DECLS

#endif
