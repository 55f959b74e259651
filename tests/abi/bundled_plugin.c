/* One of the plugins that come with Trivet, as a module. */
#include <trivet/module.h>

extern const struct trv_plugin BUNDLED;

TRV_PLUGIN_MODULE(BUNDLED);
