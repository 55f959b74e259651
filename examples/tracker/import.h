/*
 * From a Debian machine to the tracker: an installed package becomes a project, the
 * uploads in its changelog become history, the bugs that they close become tasks.
 */
#ifndef TRACKER_IMPORT_H
#define TRACKER_IMPORT_H

#include "progress.h"
#include "report.h"
#include <trivet/session.h>

struct import_options {
	const char *status; /* the package database */
	const char *documents; /* the folder with a folder for each package */
};

struct import_counts {
	size_t projects;
	size_t people;
	size_t uploads;
	size_t tasks;
	size_t changelogs;
	size_t dependencies;
	size_t converted; /* lines that were Latin-1 */
};

/*
 * Imports everything into an empty schema. Bad records go to `report`. TRV_ERR_NOT_FOUND, with
 * a line in the report, when there is no package database; else the session's error.
 */
TRV_MUST_CHECK int import_machine(struct trv_session *session, const struct import_options *options,
                                  struct import_counts *counts, struct progress *progress, struct report *report);

#endif
