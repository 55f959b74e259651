/*
 * Text that grows. A failure is kept until the end: writes after it do nothing, and
 * `status` tells. What it holds is always NUL-terminated.
 */
#ifndef TRIVET_MODEL_BUFFER_H
#define TRIVET_MODEL_BUFFER_H

#include <trivet/arena.h>

struct trv__buffer {
	const struct trv_allocator *allocator;
	char *data; /* NULL while nothing was written */
	size_t size;
	size_t room;
	int status;
};

/* `allocator` outlives it; NULL is malloc. */
void trv__buffer_init(struct trv__buffer *text, const struct trv_allocator *allocator);
void trv__buffer_release(struct trv__buffer *text);

/* Empties it and keeps its memory, and its failure. */
void trv__buffer_clear(struct trv__buffer *text);

/* What was written; "" while that is nothing. */
const char *trv__buffer_get(const struct trv__buffer *text);

void trv__buffer_put(struct trv__buffer *text, const char *string);
void trv__buffer_put_n(struct trv__buffer *text, const char *string, size_t size);
void trv__buffer_format(struct trv__buffer *text, const char *format, ...) TRV_PRINTF(2, 3);

/* The shortest digits that read back as the same number; `single` is a float's. Finite numbers only. */
void trv__buffer_double(struct trv__buffer *text, double number, bool single);

#endif
