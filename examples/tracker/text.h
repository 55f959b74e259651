/*
 * Small tools on UTF-8 text: lines with their numbers, Latin-1 made UTF-8, white space,
 * lengths, and arrays that grow in an arena.
 */
#ifndef TRACKER_TEXT_H
#define TRACKER_TEXT_H

#include <trivet/arena.h>

/* Walks over the lines of a text. The end of a line (\n or \r\n) is no part of it. */
struct lines {
	const char *next;
	const char *end;
	size_t number; /* of the line last returned, from 1 */
};

struct line {
	const char *start;
	size_t size;
};

struct lines lines_of(const char *text, size_t size);

/* False at the end. */
bool lines_next(struct lines *lines, struct line *line);

/* How many bytes of white space (space, tab) the line begins with. */
size_t line_indent(const struct line *line);

bool line_is_blank(const struct line *line);
bool line_starts(const struct line *line, const char *prefix);

/*
 * A copy of the bytes as valid UTF-8 without NUL, with a NUL behind it: as they stand where they
 * are; a line that is not is read as Latin-1, as changelogs before about 2005 were
 * written, and counted in `converted`. NULL when out of memory.
 */
char *text_utf8(struct trv_arena *arena, const char *bytes, size_t size, size_t *converted);

/* A copy with every run of white space made one space, none at the ends. NULL when out of memory. */
char *text_collapse(struct trv_arena *arena, const char *text, size_t size);

/* Cuts valid UTF-8 to at most `limit` (3 or more) code points; "..." says that it was cut. */
void text_fit(char *text, size_t limit);

/*
 * Room for one item more in an array of `count`: the array itself or a larger copy. The
 * capacity is not kept, it follows from the count. NULL when out of memory.
 */
void *array_room(struct trv_arena *arena, void *items, size_t count, size_t item_size);

#endif
