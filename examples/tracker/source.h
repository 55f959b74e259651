/*
 * An input file, read whole: plain or gzip, as UTF-8. One buffer serves for all files
 * that are read one after the other; the text itself lives in the caller's arena.
 */
#ifndef TRACKER_SOURCE_H
#define TRACKER_SOURCE_H

#include "report.h"
#include <trivet/arena.h>

#define SOURCE_LARGEST ((size_t)64 << 20)

struct source {
	const char *path;
	const char *text; /* valid UTF-8, NUL-terminated */
	size_t size;
	size_t converted; /* lines, of this file, that were Latin-1 */
	char *buffer;
	size_t capacity;
};

/*
 * Reads `path`. TRV_ERR_NOT_FOUND when there is no such file; TRV_ERR_DATA, reported,
 * when it cannot be read, is no sound gzip file or is over SOURCE_LARGEST; TRV_ERR_NOMEM.
 */
TRV_MUST_CHECK int source_read(struct source *source, const char *path, struct trv_arena *arena, struct report *report);

void source_release(struct source *source);

#endif
