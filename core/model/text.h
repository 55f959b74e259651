/*
 * Text that grows. A failure is kept until the end: writes after it do nothing, and
 * `status` tells. What it holds is always NUL-terminated.
 */
#ifndef TRIVET_MODEL_TEXT_H
#define TRIVET_MODEL_TEXT_H

#include <trivet/arena.h>

struct trv__text {
	const struct trv_allocator *allocator;
	char *data; /* NULL while nothing was written */
	size_t size;
	size_t room;
	int status;
};

/* `allocator` outlives it; NULL is malloc. */
void trv__text_init(struct trv__text *text, const struct trv_allocator *allocator);
void trv__text_release(struct trv__text *text);

/* Empties it and keeps its memory, and its failure. */
void trv__text_clear(struct trv__text *text);

/* What was written; "" while that is nothing. */
const char *trv__text_get(const struct trv__text *text);

void trv__text_put(struct trv__text *text, const char *string);
void trv__text_put_n(struct trv__text *text, const char *string, size_t size);
void trv__text_format(struct trv__text *text, const char *format, ...) TRV_PRINTF(2, 3);

#endif
