#include "quirks.h"

#include <stddef.h>

extern const struct quirks sqlite_quirks;

#define ONE_OF_TWO "SQLite does not say which of two references was violated: the error names the model only"

static const struct quirk_skip skips[] = {
	{ "errors: one of two references to no row is told alike", ONE_OF_TWO },
	{ "errors: one of two references to no row is told alike in a transaction, which rolls back", ONE_OF_TWO },
	{ NULL, NULL },
};

/* One writer at a time: who waits for the lock holds none. */
const struct quirks sqlite_quirks = {
	.driver = "sqlite",
	.deadlocks = false,
	.skips = skips,
};
