/*
 * Debian's control format: paragraphs of "Field: value" lines, as in the database of
 * installed packages.
 *
 *     struct deb822 reader = deb822_open(&source, arena, report);
 *     while ((r = deb822_next(&reader, &paragraph)) > 0)
 *             ... deb822_value(&paragraph, "Package") ...
 */
#ifndef TRACKER_DEB822_H
#define TRACKER_DEB822_H

#include "source.h"
#include "text.h"

struct deb822_field {
	const char *name;
	const char *value; /* lines joined by \n, their indent of one gone; a line of "." is empty */
	size_t line;
};

struct deb822_paragraph {
	struct deb822_field *fields;
	size_t count;
	size_t line; /* of the first field */
};

struct deb822 {
	const char *path;
	struct lines lines;
	struct trv_arena *arena;
	struct report *report;
};

struct deb822 deb822_open(const struct source *source, struct trv_arena *arena, struct report *report);

/*
 * The next paragraph that has a field, in the arena: 1, or 0 at the end. Lines that are no
 * fields are reported and left out. TRV_ERR_NOMEM.
 */
TRV_MUST_CHECK int deb822_next(struct deb822 *reader, struct deb822_paragraph *paragraph);

/* The field of that name (case does not matter), or NULL. */
const struct deb822_field *deb822_field(const struct deb822_paragraph *paragraph, const char *name);

/* Its value, or NULL. */
const char *deb822_value(const struct deb822_paragraph *paragraph, const char *name);

#endif
