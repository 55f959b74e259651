/*
 * What the parsers' tests share: an arena, a report that is kept in memory, and input
 * from a string.
 */
#ifndef TRACKER_TEST_INPUT_H
#define TRACKER_TEST_INPUT_H

#include "source.h"
#include "test.h"

struct input {
	struct trv_arena arena;
	struct source source;
	struct report report;
	char *said; /* what was reported; current after input_said() */
	size_t said_size;
};

/* The text (Latin-1 lines are converted, as for files) under the path "input". */
void input_init(struct input *input, const char *text, size_t size);

/* Everything reported so far. */
const char *input_said(struct input *input);

void input_release(struct input *input);

#define INPUT(input, text) input_init(input, text, sizeof(text) - 1)

#endif
