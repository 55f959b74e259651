/*
 * What is wrong with the input. A bad record is reported as
 *
 *     tracker: /var/lib/dpkg/status:120: field without a colon
 *
 * and skipped; it never ends the import.
 */
#ifndef TRACKER_REPORT_H
#define TRACKER_REPORT_H

#include <stdio.h>
#include <trivet/common.h>

struct report {
	FILE *out;
	size_t count;
	void (*before)(void *argument); /* called before each line, to clear a progress line; or NULL */
	void *argument;
};

void report_problem(struct report *report, const char *path, size_t line, const char *format, ...) TRV_PRINTF(4, 5);

#endif
