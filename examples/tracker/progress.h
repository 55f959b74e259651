/*
 * How far a long work is: one line that is written over on a terminal, else a line now
 * and then.
 */
#ifndef TRACKER_PROGRESS_H
#define TRACKER_PROGRESS_H

#include <stdio.h>
#include <trivet/common.h>

struct progress {
	FILE *out;
	bool terminal;
	bool shown; /* a line is on the terminal */
	int64_t next; /* not before this time, in microseconds */
};

void progress_init(struct progress *progress, FILE *out);

/* Whether it is time to show something again. */
bool progress_due(struct progress *progress);

void progress_show(struct progress *progress, const char *format, ...) TRV_PRINTF(2, 3);

/* Takes the line off the terminal. `progress` is a struct progress. */
void progress_clear(void *progress);

#endif
