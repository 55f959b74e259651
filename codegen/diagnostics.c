#include "compiler.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool compiler_gave_up(const struct compiler *compiler)
{
	return compiler->schema->error_count >= MAX_ERRORS;
}

/* schema->diagnostics grows by doubling whenever the count is a power of two. */
static struct schema_diagnostic *add(struct compiler *compiler)
{
	struct schema *schema = compiler->schema;
	size_t count = schema->diagnostic_count;

	if (count == 0 || (count >= 8 && (count & (count - 1)) == 0)) {
		struct schema_diagnostic *larger = compiler_zero(compiler, count ? count * 2 : 8, sizeof(*larger));

		if (count)
			memcpy(larger, schema->diagnostics, count * sizeof(*larger));
		schema->diagnostics = larger;
	}
	return &schema->diagnostics[schema->diagnostic_count++];
}

TRV_PRINTF(5, 0)
static void report(struct compiler *compiler, struct span at, bool warning, const char *hint, const char *format,
                   va_list arguments)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, arguments);
	const char *message = compiler_copy(compiler, text, strlen(text));
	*add(compiler) = (struct schema_diagnostic) {
		.position = at.start,
		.warning = warning,
		.message = message,
		.hint = hint,
		.length = at.length,
	};
}

void complain(struct compiler *compiler, struct span at, const char *hint, const char *format, ...)
{
	va_list arguments;

	if (compiler_gave_up(compiler))
		return;
	va_start(arguments, format);
	report(compiler, at, false, hint, format, arguments);
	va_end(arguments);
	compiler->schema->error_count++;
}

void warn(struct compiler *compiler, struct span at, const char *hint, const char *format, ...)
{
	va_list arguments;

	if (compiler_gave_up(compiler) || compiler->schema->diagnostic_count >= 2 * MAX_ERRORS)
		return;
	va_start(arguments, format);
	report(compiler, at, true, hint, format, arguments);
	va_end(arguments);
}

const char *place(struct compiler *compiler, struct schema_position position)
{
	return compiler_format(compiler, "%s:%u", position.file->path, position.line);
}

struct numbered {
	struct schema_diagnostic diagnostic;
	size_t file;
	size_t order;
};

static int compare_sizes(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int compare(const void *left, const void *right)
{
	const struct numbered *a = left, *b = right;
	int result = compare_sizes(a->file, b->file);

	if (result == 0)
		result = compare_sizes(a->diagnostic.position.line, b->diagnostic.position.line);
	if (result == 0)
		result = compare_sizes(a->diagnostic.position.column, b->diagnostic.position.column);
	return result ? result : compare_sizes(a->order, b->order);
}

static bool same_place(const struct schema_diagnostic *a, const struct schema_diagnostic *b)
{
	return a->position.file == b->position.file && a->position.line == b->position.line &&
	       a->position.column == b->position.column;
}

/*
 * One complaint for each place is kept, the first: a field of a mixin is looked at once for
 * each model that uses it, and a second error about the same word mostly follows from the first.
 */
static void keep_first(struct schema *schema, const struct numbered *sorted, size_t count)
{
	struct schema_diagnostic *last = NULL;

	schema->diagnostic_count = 0;
	schema->error_count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct schema_diagnostic *next = &sorted[i].diagnostic;

		if (last && same_place(last, next)) {
			if (next->warning || !last->warning)
				continue;
			*last = *next; /* an error goes before a warning */
			schema->error_count++;
			continue;
		}
		last = &schema->diagnostics[schema->diagnostic_count++];
		*last = *next;
		schema->error_count += !next->warning;
	}
}

static void add_gave_up(struct schema *schema)
{
	/* There is room: complain() stops at MAX_ERRORS, which is no power of two. */
	struct schema_diagnostic *last = &schema->diagnostics[schema->diagnostic_count - 1];

	schema->diagnostics[schema->diagnostic_count++] = (struct schema_diagnostic) {
		.position = last->position,
		.warning = true,
		.message = "too many errors: the rest of them is not shown",
		.length = 1,
	};
}

void diagnostics_finish(struct compiler *compiler)
{
	struct schema *schema = compiler->schema;
	size_t count = schema->diagnostic_count;
	bool gave_up = compiler_gave_up(compiler);

	if (count == 0)
		return;
	struct numbered *sorted = compiler_zero(compiler, count, sizeof(*sorted));
	for (size_t i = 0; i < count; i++) {
		sorted[i].diagnostic = schema->diagnostics[i];
		sorted[i].file = schema->diagnostics[i].position.file->number;
		sorted[i].order = i;
	}
	/* One more than there were, for the note. */
	schema->diagnostics = compiler_zero(compiler, count + 1, sizeof(*schema->diagnostics));
	qsort(sorted, count, sizeof(*sorted), compare);
	keep_first(schema, sorted, count);
	if (gave_up)
		add_gave_up(schema);
}

/* The caret's line: tabs stay tabs, so that it stands under its word whatever their width. */
static void print_caret(FILE *out, const char *line, uint32_t column, uint32_t length)
{
	fputs("    ", out);
	for (uint32_t i = 0; i + 1 < column; i++) {
		unsigned char byte = (unsigned char)line[i];

		if (byte == '\t')
			fputc('\t', out);
		else if ((byte & 0xC0) != 0x80)
			fputc(' ', out);
	}
	fputc('^', out);
	for (uint32_t i = 1; i < length; i++)
		if (((unsigned char)line[column - 1 + i] & 0xC0) != 0x80)
			fputc('~', out);
	fputc('\n', out);
}

/* Bytes that a terminal might take for a command never leave the file. */
static void print_line(FILE *out, const char *line, size_t length)
{
	fputs("    ", out);
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)line[i];

		fputc((byte < 0x20 && byte != '\t') || byte == 0x7f ? '?' : byte, out);
	}
	fputc('\n', out);
}

#define MAX_SHOWN 400 /* bytes of a line; longer ones are not shown */

static void print_source(FILE *out, const struct schema_diagnostic *diagnostic)
{
	const struct schema_file *file = diagnostic->position.file;
	const char *line = file->text, *end = file->text + file->size;

	for (uint32_t number = 1; number < diagnostic->position.line && line < end; number++) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));

		line = newline ? newline + 1 : end;
	}
	const char *stop = memchr(line, '\n', (size_t)(end - line));
	size_t length = (size_t)((stop ? stop : end) - line);
	if (length > 0 && line[length - 1] == '\r')
		length--;
	if (length > MAX_SHOWN || diagnostic->position.column == 0 || diagnostic->position.column > length + 1)
		return;
	size_t room = length + 1 - diagnostic->position.column;
	print_line(out, line, length);
	print_caret(out, line, diagnostic->position.column,
	            diagnostic->length < room ? diagnostic->length : (uint32_t)room);
}

void schema_report(const struct schema *schema, FILE *out)
{
	for (size_t i = 0; i < schema->diagnostic_count; i++) {
		const struct schema_diagnostic *diagnostic = &schema->diagnostics[i];

		fprintf(out, "%s:%u:%u: %s: %s\n", diagnostic->position.file->path, diagnostic->position.line,
		        diagnostic->position.column, diagnostic->warning ? "warning" : "error", diagnostic->message);
		print_source(out, diagnostic);
		if (diagnostic->hint)
			fprintf(out, "    hint: %s\n", diagnostic->hint);
	}
}
