/* Ordering and starting plugins. */
#ifndef TRIVET_PLUGIN_HOST_H
#define TRIVET_PLUGIN_HOST_H

#include <trivet/plugin.h>

/* Whether a descriptor fits this library: TRV_ERR_ABI. */
TRV_MUST_CHECK int trv__plugin_check(const struct trv_plugin *plugin, struct trv_error *error);

/*
 * Puts `plugins` (ending in NULL) into an order in which each comes after those that it
 * needs. TRV_ERR_ABI, TRV_ERR_MODEL: a need that is not there, a circle, a name twice.
 */
TRV_MUST_CHECK int trv__plugins_order(const struct trv_plugin *const *plugins, const struct trv_plugin **ordered,
                                      size_t *count, struct trv_error *error);

/* Starts them; when one fails, stops those before it, in reverse. `started` counts them. */
TRV_MUST_CHECK int trv__plugins_start(const struct trv_plugin *const *plugins, size_t count, struct trv_db *db,
                                      struct trv_error *error);

void trv__plugins_stop(const struct trv_plugin *const *plugins, size_t count, struct trv_db *db);

#endif
