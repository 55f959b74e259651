/*
 * Texts of fixed size in an error record.
 */
#ifndef TRIVET_BASE_ERROR_H
#define TRIVET_BASE_ERROR_H

#include <stdarg.h>
#include <trivet/status.h>

/* Formats into `to`; what does not fit ends in "...", never in the middle of a code point. */
void trv__text_format(char *to, size_t size, const char *format, va_list arguments) TRV_PRINTF(3, 0);

/* The same for a plain text; NULL makes it empty. `text` may lie within `to`. */
void trv__text_copy(char *to, size_t size, const char *text);

#endif
