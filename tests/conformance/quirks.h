/*
 * What a driver tells the suite about itself: how to get an empty database, and which
 * cases it cannot pass. One constant struct for each driver, and one row in quirks.c.
 * docs/drivers.md explains it.
 */
#ifndef TRIVET_CONFORMANCE_QUIRKS_H
#define TRIVET_CONFORMANCE_QUIRKS_H

#include <stdbool.h>

/* A case that is not run: its name as --list prints it, and why. */
struct quirk_skip {
	const char *name;
	const char *reason;
};

struct quirks {
	const char *driver; /* as trv_db_driver tells it */
	/*
	 * SQL that makes and removes a database, with %s for its name, run on the URL that was
	 * given. NULL: a file in a temporary folder takes its place in the URL.
	 */
	const char *create;
	const char *drop;
	const char *time_zone; /* SQL that moves the connection to another time zone; NULL: there is none */
	const char *move_column; /* SQL that puts shifting.last before shifting.first; NULL: columns stay */
	bool deadlocks; /* two transactions can wait for each other */
	const struct quirk_skip *skips; /* ends with a NULL name; NULL: none */
};

/* The quirks of a driver, or NULL. */
const struct quirks *quirks_for(const char *driver);

#endif
