#include "plugin/host.h"

#include <string.h>

enum mark {
	UNSEEN,
	OPEN,
	DONE
};

struct ordering {
	const struct trv_plugin *const *plugins;
	size_t total;
	enum mark marks[TRV_MAX_PLUGINS];
	const struct trv_plugin **ordered;
	size_t count;
	struct trv_error *error;
};

int trv__plugin_check(const struct trv_plugin *plugin, struct trv_error *error)
{
	const char *name = "?";
	int r = 0;

	if (plugin->abi != TRV_PLUGIN_ABI) {
		r = trv_error_set(error, TRV_ERR_ABI, "a plugin is built for plugin ABI %u, this is %u", plugin->abi,
		                  TRV_PLUGIN_ABI);
	} else if (plugin->size != sizeof(*plugin)) {
		/* the name's place is the same in every size */
		if (plugin->size >= offsetof(struct trv_plugin, version) && plugin->name)
			name = plugin->name;
		r = trv_error_set(error, TRV_ERR_ABI, "plugin '%s' has %u bytes, %zu are expected", name, plugin->size,
		                  sizeof(*plugin));
	} else if (!plugin->name) {
		r = trv_error_set(error, TRV_ERR_ABI, "a plugin has no name");
	}
	if (r < 0)
		trv_error_hint(error, "build the plugin again with the headers of trivet %s", TRV_VERSION);
	return r;
}

static int index_of(const struct ordering *ordering, const char *name)
{
	for (size_t i = 0; i < ordering->total; i++)
		if (strcmp(ordering->plugins[i]->name, name) == 0)
			return (int)i;
	return -1;
}

static int visit(struct ordering *ordering, size_t i)
{
	const struct trv_plugin *plugin = ordering->plugins[i];

	if (ordering->marks[i] == DONE)
		return 0;
	if (ordering->marks[i] == OPEN)
		return trv_error_set(ordering->error, TRV_ERR_MODEL, "plugin '%s' needs itself by way of others",
		                     plugin->name);
	ordering->marks[i] = OPEN;
	for (size_t k = 0; k < TRV_MAX_NEEDS && plugin->needs[k]; k++) {
		int other = index_of(ordering, plugin->needs[k]);

		if (other < 0)
			return trv_error_set(ordering->error, TRV_ERR_MODEL,
			                     "plugin '%s' needs plugin '%s', which is not among those given",
			                     plugin->name, plugin->needs[k]);
		int r = visit(ordering, (size_t)other);
		if (r < 0)
			return r;
	}
	ordering->marks[i] = DONE;
	ordering->ordered[ordering->count++] = plugin;
	return 0;
}

int trv__plugins_order(const struct trv_plugin *const *plugins, const struct trv_plugin **ordered, size_t *count,
                       struct trv_error *error)
{
	struct ordering ordering = { .plugins = plugins, .ordered = ordered, .error = error };

	while (ordering.total < TRV_MAX_PLUGINS && plugins[ordering.total]) {
		const struct trv_plugin *plugin = plugins[ordering.total];
		int r = trv__plugin_check(plugin, error);

		if (r < 0)
			return r;
		if (index_of(&ordering, plugin->name) >= 0)
			return trv_error_set(error, TRV_ERR_MODEL, "plugin '%s' is given twice", plugin->name);
		ordering.total++;
	}
	for (size_t i = 0; i < ordering.total; i++) {
		int r = visit(&ordering, i);
		if (r < 0)
			return r;
	}
	*count = ordering.count;
	return 0;
}

void trv__plugins_stop(const struct trv_plugin *const *plugins, size_t count, struct trv_db *db)
{
	while (count--)
		if (plugins[count]->stop)
			plugins[count]->stop(db);
}

int trv__plugins_start(const struct trv_plugin *const *plugins, size_t count, struct trv_db *db,
                       struct trv_error *error)
{
	for (size_t i = 0; i < count; i++) {
		int r = plugins[i]->start ? plugins[i]->start(db, error) : 0;

		if (r >= 0)
			continue;
		if (error && error->code != r)
			trv_error_set(error, r, "plugin '%s' did not start", plugins[i]->name);
		trv__plugins_stop(plugins, i, db);
		return r;
	}
	return 0;
}
