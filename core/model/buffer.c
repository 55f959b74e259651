#include "model/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trivet/driver.h>

void trv__buffer_init(struct trv__buffer *text, const struct trv_allocator *allocator)
{
	*text = (struct trv__buffer) { .allocator = allocator };
}

void trv__buffer_release(struct trv__buffer *text)
{
	if (text->data)
		trv_release(text->allocator, text->data);
	text->data = NULL;
	text->size = text->room = 0;
}

void trv__buffer_clear(struct trv__buffer *text)
{
	text->size = 0;
	if (text->data)
		text->data[0] = '\0';
}

const char *trv__buffer_get(const struct trv__buffer *text)
{
	return text->data ? text->data : "";
}

static bool make_room(struct trv__buffer *text, size_t more)
{
	size_t wanted = text->room ? text->room : 256;
	char *data;

	if (text->status < 0)
		return false;
	if (more < text->room - text->size)
		return true;
	while (wanted - text->size <= more) {
		if (wanted > SIZE_MAX / 2) {
			text->status = TRV_ERR_NOMEM;
			return false;
		}
		wanted *= 2;
	}
	data = text->data ? trv_resize(text->allocator, text->data, wanted) : trv_allocate(text->allocator, wanted);
	if (!data) {
		text->status = TRV_ERR_NOMEM;
		return false;
	}
	text->data = data;
	text->room = wanted;
	return true;
}

void trv__buffer_put_n(struct trv__buffer *text, const char *string, size_t size)
{
	if (!make_room(text, size))
		return;
	if (size)
		memcpy(text->data + text->size, string, size);
	text->size += size;
	text->data[text->size] = '\0';
}

void trv__buffer_put(struct trv__buffer *text, const char *string)
{
	trv__buffer_put_n(text, string, strlen(string));
}

void trv__buffer_format(struct trv__buffer *text, const char *format, ...)
{
	va_list arguments;
	va_list again;

	va_start(arguments, format);
	va_copy(again, arguments);
	int size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (size >= 0 && make_room(text, (size_t)size)) {
		vsnprintf(text->data + text->size, (size_t)size + 1, format, again);
		text->size += (size_t)size;
	}
	va_end(again);
}

void trv__buffer_double(struct trv__buffer *text, double number, bool single)
{
	char digits[40];

	for (int precision = 1; precision <= 17; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, number);
		double read = strtod(digits, NULL);

		if (single ? (float)read == (float)number : read == number)
			break;
	}
	char *comma = strchr(digits, ','); /* the program's locale may have one */
	if (comma)
		*comma = '.';
	trv__buffer_put(text, digits);
	if (!strpbrk(digits, ".en"))
		trv__buffer_put(text, ".0");
}
