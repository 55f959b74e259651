/*
 * A register of texts: each has a number, in the order of arrival, and a value that
 * its owner gives it (the key of a row, once there is one).
 */
#ifndef TRACKER_NAMES_H
#define TRACKER_NAMES_H

#include <trivet/arena.h>

struct name;

struct names {
	struct trv_arena arena;
	struct name *table; /* by text */
	struct name **items; /* by number */
	size_t count;
};

void names_init(struct names *names);
void names_release(struct names *names);

/* 1 when the text is new, 0 when it was there; `*number` is its number. TRV_ERR_NOMEM. */
TRV_MUST_CHECK int names_add(struct names *names, const char *text, size_t *number);

bool names_find(const struct names *names, const char *text, size_t *number);

int64_t names_value(const struct names *names, size_t number);
void names_set_value(struct names *names, size_t number, int64_t value);

#endif
