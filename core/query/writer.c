#include "query/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void trv__writer_init(struct trv__writer *writer, const struct trv_dialect *dialect, struct trv_arena *scratch,
                      struct trv_error *error)
{
	writer->dialect = dialect;
	writer->scratch = scratch;
	writer->error = error;
	writer->status = 0;
	writer->text_on = false;
	writer->secret = false;
	writer->said = NULL;
	writer->aliases = 0;
	writer->root = NULL;
	writer->depth = 0;
	writer->rows = 1;
	writer->each = false;
	writer->shape = writer->shape_inline;
	writer->shape_size = 0;
	writer->shape_room = sizeof(writer->shape_inline);
	writer->binds = writer->binds_inline;
	writer->scalars = writer->scalars_inline;
	writer->bind_count = 0;
	writer->bind_room = TRV_COUNT_OF(writer->binds_inline);
	writer->text = NULL;
	writer->text_size = 0;
	writer->text_room = 0;
}

void trv__writer_start_text(struct trv__writer *writer)
{
	writer->text_on = true;
	writer->aliases = 0;
	writer->bind_count = 0; /* now counts placeholders */
}

int trv__writer_fail(struct trv__writer *writer, int code, const char *format, ...)
{
	char message[sizeof(writer->error->message)];
	va_list arguments;

	if (writer->status < 0)
		return writer->status;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	writer->status = trv_error_set(writer->error, code, "%s", message);
	return writer->status;
}

static bool no_memory(struct trv__writer *writer)
{
	if (writer->status >= 0)
		writer->status = trv_error_set(writer->error, TRV_ERR_NOMEM, "out of memory for a query");
	return false;
}

/* Room for `more` items behind `used`; moves what was inline into the scratch arena. */
static void *grown(struct trv__writer *writer, const void *items, size_t used, size_t *room, size_t more, size_t size)
{
	size_t wanted = *room ? *room : 64;

	while (wanted < used + more) {
		if (wanted > SIZE_MAX / 2 / size)
			return no_memory(writer), NULL;
		wanted *= 2;
	}
	void *memory = trv_arena_alloc(writer->scratch, wanted * size);
	if (!memory)
		return no_memory(writer), NULL;
	if (used)
		memcpy(memory, items, used * size);
	*room = wanted;
	return memory;
}

void trv__shape_bytes(struct trv__writer *writer, const void *data, size_t size)
{
	if (writer->status < 0 || writer->text_on)
		return;
	if (size > writer->shape_room - writer->shape_size) {
		uint8_t *memory = grown(writer, writer->shape, writer->shape_size, &writer->shape_room, size, 1);

		if (!memory)
			return;
		writer->shape = memory;
	}
	memcpy(writer->shape + writer->shape_size, data, size);
	writer->shape_size += size;
}

void trv__put_n(struct trv__writer *writer, const char *text, size_t size)
{
	if (!writer->text_on || writer->status < 0)
		return;
	if (size >= writer->text_room - writer->text_size) {
		if (!writer->text_room)
			writer->text_room = 512;
		char *memory = grown(writer, writer->text, writer->text_size, &writer->text_room, size + 1, 1);
		if (!memory)
			return;
		writer->text = memory;
	}
	memcpy(writer->text + writer->text_size, text, size);
	writer->text_size += size;
	writer->text[writer->text_size] = '\0';
}

void trv__put(struct trv__writer *writer, const char *text)
{
	if (writer->text_on)
		trv__put_n(writer, text, strlen(text));
}

void trv__put_number(struct trv__writer *writer, uint64_t number)
{
	char digits[24];

	if (writer->text_on)
		trv__put_n(writer, digits,
		           (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number));
}

void trv__put_name(struct trv__writer *writer, const char *identifier)
{
	char quote = writer->dialect->quote;

	if (!writer->text_on)
		return;
	trv__put_n(writer, &quote, 1);
	for (const char *at = identifier; *at; at++) {
		trv__put_n(writer, at, 1);
		if (*at == quote)
			trv__put_n(writer, at, 1);
	}
	trv__put_n(writer, &quote, 1);
}

void trv__put_alias(struct trv__writer *writer, unsigned alias)
{
	if (!alias && writer->root) {
		trv__put_name(writer, writer->root);
		return;
	}
	trv__put(writer, "t");
	trv__put_number(writer, alias);
}

void trv__put_column(struct trv__writer *writer, unsigned alias, const struct trv_column *column)
{
	if (!writer->text_on)
		return;
	trv__put_alias(writer, alias);
	trv__put(writer, ".");
	trv__put_name(writer, column->name);
}
