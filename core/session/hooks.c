/* Hooks of the plugins on writes. */
#include "session/internal.h"

#include <string.h>

static bool fits(const struct trv_hook *hook, const struct trv_model *model, enum trv_event event)
{
	return hook->event == event && strcmp(hook->model, model->name) == 0;
}

bool trv__has_hooks(const struct trv_session *session, const struct trv_model *model, enum trv_event event)
{
	for (size_t i = 0; i < session->db->plugin_count; i++)
		for (const struct trv_hook *hook = session->db->plugins[i]->hooks; hook && hook->model; hook++)
			if (fits(hook, model, event))
				return true;
	return false;
}

static int run_hook(struct trv_session *session, const struct trv_plugin *plugin, const struct trv_hook *hook,
                    const struct trv_model *model, void *row, uint64_t columns)
{
	uint64_t before = session->error.id;
	int r = hook->run(session, model, row, columns, hook->context);
	session->ended = 0;

	if (r < 0 && (session->error.id == before || session->error.code != r))
		trv_error_set(&session->error, r, "%s: plugin '%s' refused the row", model->name, plugin->name);
	return r < 0 ? r : 0;
}

int trv__run_hooks(struct trv_session *session, const struct trv_model *model, enum trv_event event, void *row,
                   uint64_t columns)
{
	for (size_t i = 0; i < session->db->plugin_count; i++) {
		const struct trv_plugin *plugin = session->db->plugins[i];

		for (const struct trv_hook *hook = plugin->hooks; hook && hook->model; hook++) {
			int r = fits(hook, model, event) ? run_hook(session, plugin, hook, model, row, columns) : 0;
			if (r < 0)
				return r;
		}
	}
	return 0;
}
