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

int trv__run_hooks(struct trv_session *session, const struct trv_model *model, enum trv_event event, void *row,
                   uint64_t columns)
{
	for (size_t i = 0; i < session->db->plugin_count; i++) {
		for (const struct trv_hook *hook = session->db->plugins[i]->hooks; hook && hook->model; hook++) {
			int r = fits(hook, model, event) ? hook->run(session, model, row, columns, hook->context) : 0;

			if (r >= 0)
				continue;
			if (session->error.code != r)
				trv_error_set(&session->error, r, "%s: plugin '%s' refused the row", model->name,
				              session->db->plugins[i]->name);
			return r;
		}
	}
	return 0;
}
