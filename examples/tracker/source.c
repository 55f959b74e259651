#include "source.h"

#include "text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <trivet/status.h>
#include <zlib.h>

static int reserve(struct source *source)
{
	size_t capacity = source->capacity ? 2 * source->capacity : (size_t)256 << 10;
	char *buffer = realloc(source->buffer, capacity);

	if (!buffer)
		return TRV_ERR_NOMEM;
	source->buffer = buffer;
	source->capacity = capacity;
	return 0;
}

static size_t count_lines(const char *bytes, size_t size)
{
	size_t count = 0;

	for (const char *c = bytes; size && (c = memchr(c, '\n', (size_t)(bytes + size - c))); c++)
		count++;
	return count;
}

/* gzread follows read(2): bytes, 0 at the end, -1. A truncated file shows only in gzclose. */
static int read_all(struct source *source, gzFile file, size_t *size)
{
	int got;

	*size = 0;
	do {
		if (*size == source->capacity) {
			int r = reserve(source);
			if (r < 0)
				return r;
		}
		got = gzread(file, source->buffer + *size, (unsigned)(source->capacity - *size));
		*size += got > 0 ? (size_t)got : 0;
	} while (got > 0 && *size <= SOURCE_LARGEST);
	if (got > 0)
		return TRV_ERR_LIMIT;
	return got < 0 ? TRV_ERR_DATA : 0;
}

static int read_file(struct source *source, gzFile file, size_t *size, struct report *report)
{
	int native = Z_OK;
	int r = read_all(source, file, size);
	const char *why = r == TRV_ERR_LIMIT ? "too large, the limit is 64 MiB" : gzerror(file, &native);

	/* Reports why while `file` still holds the text. */
	if (r == TRV_ERR_LIMIT || r == TRV_ERR_DATA) {
		if (native == Z_ERRNO)
			why = strerror(errno);
		report_problem(report, source->path, count_lines(source->buffer, *size) + 1, "cannot read it: %s", why);
		r = TRV_ERR_DATA;
	}
	return r;
}

int source_read(struct source *source, const char *path, struct trv_arena *arena, struct report *report)
{
	gzFile file = gzopen(path, "rbe");
	size_t size;

	source->path = path;
	source->text = NULL;
	source->size = 0;
	source->converted = 0;
	if (!file && errno == ENOENT)
		return TRV_ERR_NOT_FOUND;
	if (!file) {
		report_problem(report, path, 1, "cannot open it: %s", strerror(errno));
		return TRV_ERR_DATA;
	}

	int r = read_file(source, file, &size, report);
	bool cut = gzclose(file) != Z_OK;
	if (r == 0 && cut) {
		report_problem(report, path, count_lines(source->buffer, size) + 1, "the file is cut off");
		r = TRV_ERR_DATA;
	}
	if (r < 0)
		return r;
	source->text = text_utf8(arena, source->buffer, size, &source->converted);
	if (!source->text)
		return TRV_ERR_NOMEM;
	source->size = strlen(source->text);
	return 0;
}

void source_release(struct source *source)
{
	free(source->buffer);
	source->buffer = NULL;
	source->capacity = 0;
}
