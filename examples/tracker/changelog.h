/*
 * Debian's changelogs: one entry for each upload, newest first.
 *
 *     bash (5.2.15-2) unstable; urgency=medium
 *
 *       * Remove one more pdf file without source. Closes: #1024598.
 *
 *      -- Matthias Klose <doko@debian.org>  Mon, 02 Jan 2023 13:06:21 +0100
 */
#ifndef TRACKER_CHANGELOG_H
#define TRACKER_CHANGELOG_H

#include "source.h"
#include "text.h"

enum changelog_tracker {
	CHANGELOG_DEBIAN, /* Closes: #123 */
	CHANGELOG_LAUNCHPAD, /* LP: #123 */
};

struct changelog_bug {
	enum changelog_tracker tracker;
	int64_t number;
	char *title; /* what the entry says about it */
};

struct changelog_entry {
	size_t line; /* of the heading */
	const char *package;
	const char *version;
	const char *distribution; /* several are separated by spaces */
	const char *urgency; /* in lower case, or "" */
	const char *name; /* of the uploader */
	const char *email;
	int64_t date; /* microseconds since 1970, UTC */
	struct changelog_bug *bugs;
	size_t bug_count;
	int32_t changes;
};

struct changelog {
	const char *path;
	struct lines lines;
	struct trv_arena *arena;
	struct report *report;
};

/* Whether the text begins with an entry's heading; many changelogs of authors do not. */
bool changelog_recognises(const struct source *source);

struct changelog changelog_open(const struct source *source, struct trv_arena *arena, struct report *report);

/*
 * The next sound entry, in the arena: 1, or 0 at the end. Everything else is reported and
 * left out; what follows a mark of the formats before 1996 is, as a whole. TRV_ERR_NOMEM.
 */
TRV_MUST_CHECK int changelog_next(struct changelog *reader, struct changelog_entry *entry);

#endif
