#include "monitor/text.h"

#include <stdarg.h>
#include <stdio.h>

void trv__text_put(struct trv__text *text, const char *format, ...)
{
	va_list arguments;
	size_t left = text->length < text->room ? text->room - text->length : 0;

	va_start(arguments, format);
	int length = vsnprintf(left ? text->at + text->length : NULL, left, format, arguments);
	va_end(arguments);
	text->length += length > 0 ? (size_t)length : 0;
}
