#include "report.h"

#include <stdarg.h>

void report_problem(struct report *report, const char *path, size_t line, const char *format, ...)
{
	va_list arguments;

	report->count++;
	if (report->before)
		report->before(report->argument);
	fprintf(report->out, "tracker: %s:%zu: ", path, line);
	va_start(arguments, format);
	vfprintf(report->out, format, arguments);
	va_end(arguments);
	fputc('\n', report->out);
}
