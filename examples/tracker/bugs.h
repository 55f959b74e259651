/*
 * The bugs that a change closes: "Fix the build on musl (Closes: #1023053, #1023054; LP: #1900001)".
 */
#ifndef TRACKER_BUGS_H
#define TRACKER_BUGS_H

#include "changelog.h"

/*
 * Adds the bugs that the change (`size` bytes, several lines) closes to the entry's. A number
 * that is there already is passed over. TRV_ERR_NOMEM.
 */
TRV_MUST_CHECK int bugs_find(struct changelog_entry *entry, const char *change, size_t size, struct trv_arena *arena);

#endif
