/* The toy as a loadable module. */
#include "toy.h"

#include <trivet/module.h>

TRV_DRIVER_MODULE(toy_driver);
