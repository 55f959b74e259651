/*
 * Taking a driver. A driver may be built against an older driver.h, whose tables end
 * earlier: the core works with copies of them that are complete, in which what the
 * driver does not have is NULL. So nothing else in the core asks for a table's size.
 */
#ifndef TRIVET_POOL_DRIVER_H
#define TRIVET_POOL_DRIVER_H

#include <trivet/driver.h>

struct trv__driver {
	struct trv_driver table;
	struct trv_dialect dialect;
	const struct trv_dialect *given; /* the driver's own, of which `dialect` is the copy */
};

/*
 * Completes `given` into `driver`, which then must not move. TRV_ERR_ABI: built for another
 * ABI or a newer header, or a required operation or member is missing; it is named.
 */
TRV_MUST_CHECK int trv__driver_take(struct trv__driver *driver, const struct trv_driver *given,
                                    struct trv_error *error);

/* Makes a new connection of that driver point to the completed tables; `probed` has room for a dialect of its own. */
TRV_MUST_CHECK int trv__driver_adopt(const struct trv__driver *driver, struct trv_connection *connection,
                                     struct trv_dialect *probed, struct trv_error *error);

#endif
