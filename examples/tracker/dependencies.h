/*
 * Relations between packages, as in the fields Depends and Provides:
 * "libc6 (>= 2.34), gpgv | gpgv2 [amd64] <!nocheck>".
 */
#ifndef TRACKER_DEPENDENCIES_H
#define TRACKER_DEPENDENCIES_H

#include "deb822.h"

/* What one comma separates: any of the names will do. */
struct dependency_clause {
	const char *text; /* as it was written, on one line */
	const char **names; /* of packages, at least one */
	size_t name_count;
};

struct dependency_clauses {
	struct dependency_clause *items;
	size_t count;
};

/*
 * Reads a field's value into the arena. A clause that cannot be read is reported and left out;
 * `path` and the field's line are for that. TRV_ERR_NOMEM.
 */
TRV_MUST_CHECK int dependencies_parse(struct dependency_clauses *clauses, const struct deb822_field *field,
                                      const char *path, struct trv_arena *arena, struct report *report);

#endif
