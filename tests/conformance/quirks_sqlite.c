#include "quirks.h"

extern const struct quirks sqlite_quirks;

/* One writer at a time: who waits for the lock holds none. */
const struct quirks sqlite_quirks = {
	.driver = "sqlite",
	.deadlocks = false,
};
