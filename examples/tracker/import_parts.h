/*
 * What the parts of the import share: packages, their changelogs, their needs.
 */
#ifndef TRACKER_IMPORT_PARTS_H
#define TRACKER_IMPORT_PARTS_H

#include "batch.h"
#include "deb822.h"
#include "dependencies.h"
#include "import.h"

/* What a package declared, kept until every package has its key. */
struct need {
	size_t project; /* its number */
	enum dependency_kind kind;
	struct dependency_clauses clauses;
};

struct import {
	const struct import_options *options;
	struct import_counts *counts;
	struct report *report;
	struct trv_session *session;
	struct trv_arena *arena; /* the session's: rewound with each batch */
	struct trv_arena kept; /* lives as long as the import */
	struct batch batch;
	struct names people; /* by address */
	struct names projects; /* by package */
	struct names provided; /* by virtual package; the value is the number of the first project that provides it */
	struct need *needs;
	size_t need_count;
	struct source status;
	struct source changelog;
};

/*
 * The number of the person, who is staged when new. TRV_ERR_VALUE when they have no address:
 * the caller reports that.
 */
TRV_MUST_CHECK int import_person(struct import *import, const char *name, const char *email, int64_t *number);

/* Stages the package and all that belongs to it. A bad one is reported and left out. */
TRV_MUST_CHECK int import_package(struct import *import, const struct deb822_paragraph *paragraph);

/* Stages uploads, tasks, uploaders and text of the package's changelog, if it has one. `place` is the project's in the batch. */
TRV_MUST_CHECK int import_changelog(struct import *import, const char *package, size_t place);

/* Keeps what the package needs and provides. */
TRV_MUST_CHECK int import_needs_keep(struct import *import, const struct deb822_paragraph *paragraph, size_t project);

/* Stages all that was kept. */
TRV_MUST_CHECK int import_needs(struct import *import);

#endif
