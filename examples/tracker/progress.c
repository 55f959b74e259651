#include "progress.h"

#include <stdarg.h>
#include <trivet/types.h>
#include <unistd.h>

#define TERMINAL_INTERVAL INT64_C(100000)
#define LINE_INTERVAL INT64_C(250000)

void progress_init(struct progress *progress, FILE *out)
{
	*progress = (struct progress) { .out = out, .terminal = isatty(fileno(out)) };
	(void)progress_due(progress); /* nothing is to be said in the first moment */
}

bool progress_due(struct progress *progress)
{
	int64_t now = trv_now();

	if (now < progress->next)
		return false;
	progress->next = now + (progress->terminal ? TERMINAL_INTERVAL : LINE_INTERVAL);
	return true;
}

void progress_show(struct progress *progress, const char *format, ...)
{
	va_list arguments;

	progress_clear(progress);
	va_start(arguments, format);
	vfprintf(progress->out, format, arguments);
	va_end(arguments);
	if (!progress->terminal)
		fputc('\n', progress->out);
	progress->shown = progress->terminal;
	fflush(progress->out);
}

void progress_clear(void *argument)
{
	struct progress *progress = argument;

	if (progress->shown)
		fputs("\r\033[K", progress->out);
	progress->shown = false;
	fflush(progress->out);
}
