/* Makes a driver that is otherwise built in a module of its own. */
#include <trivet/module.h>

extern const struct trv_driver MODULE_DRIVER;

TRV_DRIVER_MODULE(MODULE_DRIVER);
