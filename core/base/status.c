/*
 * Codes, their names and classes, and the error record.
 */
#include "base/error.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <trivet/monitor.h>

struct status_text {
	const char *name;
	const char *message;
	enum trv_class class;
};

static const struct status_text statuses[] = {
#define STATUS_TEXT(name, value, class, message) [-(value)] = { "TRV_" #name, message, TRV_CLASS_##class },
	TRV_STATUS_MAP(STATUS_TEXT)
#undef STATUS_TEXT
};

static const struct status_text unknown_status = { "TRV_ERR_?", "an unknown status", TRV_CLASS_INTERNAL };

/* Positive numbers are counts, so success. */
static const struct status_text *find_status(int status)
{
	if (status >= 0)
		return &statuses[0];
	if (status <= -(int)TRV_COUNT_OF(statuses) || !statuses[-status].name)
		return &unknown_status;
	return &statuses[-status];
}

const char *trv_status_name(int status)
{
	return find_status(status)->name;
}

const char *trv_status_message(int status)
{
	return find_status(status)->message;
}

enum trv_class trv_status_class(int status)
{
	return find_status(status)->class;
}

/* Ends a text that fills `text` to its last byte in "...", before the code point that this would split. */
static void mark_cut(char *text, size_t size)
{
	static const char mark[] = "...";

	if (size <= sizeof(mark))
		return;
	size_t at = size - sizeof(mark);
	while (at > 0 && ((unsigned char)text[at] & 0xc0u) == 0x80)
		at--;
	memcpy(text + at, mark, sizeof(mark));
}

void trv__text_format(char *to, size_t size, const char *format, va_list arguments)
{
	/* Arguments often point into the record that is written: "...: %s", error->message. */
	char text[sizeof(((struct trv_error *)NULL)->message)];

	if (size > sizeof(text))
		size = sizeof(text);
	int length = vsnprintf(text, size, format, arguments);
	if (length < 0)
		text[0] = '\0';
	else if ((size_t)length >= size)
		mark_cut(text, size);
	memcpy(to, text, strlen(text) + 1);
}

void trv__text_copy(char *to, size_t size, const char *text)
{
	size_t length = text ? strlen(text) : 0;
	size_t kept = length < size ? length : size - 1;

	memmove(to, text ? text : "", kept);
	to[kept] = '\0';
	if (kept < length)
		mark_cut(to, size);
}

int trv_error_set(struct trv_error *error, int code, const char *format, ...)
{
	static _Atomic uint64_t last_id;
	char message[sizeof(error->message)];
	va_list arguments;

	if (!error)
		return code;
	va_start(arguments, format);
	trv__text_format(message, sizeof(message), format, arguments);
	va_end(arguments);

	/* The runtime knows the call site before anything fails, so it stays. */
	const void *site = error->site;
	trv_error_clear(error);
	error->site = site;
	error->code = code;
	error->id = atomic_fetch_add_explicit(&last_id, 1, memory_order_relaxed) + 1;
	memcpy(error->message, message, strlen(message) + 1);
	return code;
}

void trv_error_hint(struct trv_error *error, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return;
	va_start(arguments, format);
	trv__text_format(error->hint, sizeof(error->hint), format, arguments);
	va_end(arguments);
}

void trv_error_detail(struct trv_error *error, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return;
	va_start(arguments, format);
	trv__text_format(error->detail, sizeof(error->detail), format, arguments);
	va_end(arguments);
}

void trv_error_clear(struct trv_error *error)
{
	if (!error)
		return;
	error->code = TRV_OK;
	error->native = 0;
	error->retryable = false;
	error->id = 0;
	error->site = NULL;
	error->sqlstate[0] = '\0';
	error->message[0] = '\0';
	error->detail[0] = '\0';
	error->hint[0] = '\0';
	error->constraint[0] = '\0';
	error->table[0] = '\0';
	error->column[0] = '\0';
}

size_t trv_error_site(const struct trv_error *error, char *text, size_t size)
{
	return trv_site_name(error ? error->site : NULL, text, size);
}
