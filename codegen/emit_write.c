#include "emit.h"

#include <ctype.h>
#include <string.h>

#define TAB 8

static const char *const marks[] = { [1] = ", ", [2] = "{ ", [3] = " }" };

static bool is_mark(char c)
{
	return c >= 1 && c <= 3;
}

void emit_put(const struct emit *emit, const struct schema_model *model, const char *template)
{
	for (const char *at = template; *at; at++) {
		size_t plain = strcspn(at, "@");

		trv__buffer_put_n(emit->out, at, plain);
		at += plain;
		if (!*at)
			break;
		trv__buffer_put(emit->out, model->prefix);
	}
}

void emit_upper(struct trv__buffer *out, const char *text)
{
	for (; *text; text++)
		trv__buffer_put_n(out, (const char[]) { (char)toupper((unsigned char)*text) }, 1);
}

static const char *escape_of(char c)
{
	static const struct {
		char c;
		const char *text;
	} escapes[] = { { '\\', "\\\\" }, { '"', "\\\"" }, { '\n', "\\n" }, { '\t', "\\t" }, { '\r', "\\r" } };

	for (size_t i = 0; i < TRV_COUNT_OF(escapes); i++)
		if (escapes[i].c == c)
			return escapes[i].text;
	return NULL;
}

void emit_string(struct trv__buffer *out, const char *text)
{
	bool utf8 = text && trv_utf8_valid(text, strlen(text));

	if (!text) {
		trv__buffer_put(out, "NULL");
		return;
	}
	trv__buffer_put(out, "\"");
	for (const char *at = text; *at; at++) {
		unsigned char c = (unsigned char)*at;
		const char *escape = escape_of(*at);

		if (escape)
			trv__buffer_put(out, escape);
		else if (c == '?' && at > text && at[-1] == '?')
			trv__buffer_put(out, "\\?"); /* no trigraphs */
		else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8))
			trv__buffer_format(out, "\\%03o", c);
		else
			trv__buffer_put_n(out, at, 1);
	}
	trv__buffer_put(out, "\"");
}

/* Blanks keep comment marks and trigraphs from forming. */
void emit_comment_text(struct trv__buffer *out, const char *text, size_t size)
{
	char before = '\0';

	for (size_t i = 0; i < size; i++) {
		char c = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? ' ' : text[i];
		bool mark = (before == '*' && c == '/') || (before == '/' && c == '*') || (before == '?' && c == '?');

		if (mark)
			trv__buffer_put(out, " ");
		trv__buffer_put_n(out, &c, 1);
		before = c;
	}
}

void emit_tabs(struct trv__buffer *out, unsigned count)
{
	while (count--)
		trv__buffer_put(out, "\t");
}

static size_t line_length(const char *line)
{
	size_t length = strcspn(line, "\n");

	while (length > 0 && isspace((unsigned char)line[length - 1]))
		length--;
	return length;
}

void emit_doc(struct trv__buffer *out, unsigned indent, const char *doc)
{
	bool one_line;

	if (!doc || !*doc)
		return;
	one_line = !strchr(doc, '\n');
	emit_tabs(out, indent);
	trv__buffer_put(out, one_line ? "/** " : "/**\n");
	for (const char *line = doc; *line;) {
		size_t length = line_length(line);

		if (!one_line) {
			emit_tabs(out, indent);
			trv__buffer_put(out, length ? " * " : " *");
		}
		emit_comment_text(out, line, length);
		trv__buffer_put(out, one_line ? "" : "\n");
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	if (!one_line)
		emit_tabs(out, indent);
	trv__buffer_put(out, " */\n");
}

static size_t columns_of(const char *text, size_t size)
{
	size_t columns = 0;

	for (size_t i = 0; i < size; i++)
		columns += text[i] == '\t' ? TAB : 1;
	return columns;
}

/* A new line: tabs as `line` has them, then blanks up to the column; 0 is the line's end alone. */
static void put_alignment(struct trv__buffer *out, const char *line, size_t column)
{
	size_t tabs = strspn(line, "\t");

	trv__buffer_put(out, "\n");
	if (column == 0)
		return;
	if (column % TAB == 0 && column / TAB == tabs + 1)
		tabs++; /* an indent, no alignment */
	emit_tabs(out, (unsigned)tabs);
	for (size_t i = tabs * TAB; i < column; i++)
		trv__buffer_put(out, " ");
}

/* Behind the next comma that stands in the outermost parentheses, or the end. */
static size_t part_size(const char *line, const char *part)
{
	int depth = 0;

	for (const char *at = line;; at++) {
		depth += *at == '(';
		depth -= *at == ')';
		if (!*at)
			return (size_t)(at - part);
		if (at >= part && depth == 1 && at[0] == ',' && at[1] == ' ')
			return (size_t)(at - part) + 1;
	}
}

/* Whether all parts of `line` fit when what does not fit on a line goes to column `align`, and writes it if `out`. */
static bool fill(struct trv__buffer *out, const char *line, const char *part, size_t at, size_t align)
{
	bool first = true;

	for (; *part; first = false) {
		size_t size = part_size(line, part);
		size_t width = columns_of(part, size);

		if (!first && at + 1 + width > EMIT_COLUMNS) {
			at = align;
			if (out)
				put_alignment(out, line, align);
		} else if (!first) {
			at++;
			if (out)
				trv__buffer_put(out, " ");
		}
		at += width;
		if (at > EMIT_COLUMNS)
			return false;
		if (out)
			trv__buffer_put_n(out, part, size);
		part += part[size] ? size + 1 : size;
	}
	return true;
}

/* As the formatter: below the parenthesis, else behind a break after it, else behind one after the type. */
void emit_wrapped(struct trv__buffer *out, const char *line)
{
	const char *open = strchr(line, '(');
	size_t head = open ? (size_t)(open - line) + 1 : 0;
	size_t align = columns_of(line, head);
	size_t indent = (strspn(line, "\t") + 1) * TAB;
	const char *name = open;

	while (name && name > line && name[-1] != ' ')
		name--;
	if (fill(NULL, line, line, 0, align)) {
		fill(out, line, line, 0, align);
	} else if (open && align <= EMIT_COLUMNS && fill(NULL, line, line + head, indent, indent)) {
		trv__buffer_put_n(out, line, head);
		put_alignment(out, line, 0);
		emit_tabs(out, (unsigned)(indent / TAB));
		fill(out, line, line + head, indent, indent);
	} else if (name && name > line && strncmp(line, "TRV_", 4) == 0) {
		trv__buffer_put_n(out, line, (size_t)(name - line) - 1);
		trv__buffer_put(out, "\n");
		emit_wrapped(out, name);
		return;
	} else {
		trv__buffer_put(out, line); /* nothing can be done about it */
	}
	trv__buffer_put(out, "\n");
}

size_t emit_value_width(const char *value, size_t size)
{
	size_t width = 0;

	for (size_t i = 0; i < size; i++)
		width += is_mark(value[i]) ? 2 : 1;
	return width;
}

static void put_inline(struct trv__buffer *out, const char *value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (is_mark(value[i]))
			trv__buffer_put(out, marks[(int)value[i]]);
		else
			trv__buffer_put_n(out, &value[i], 1);
	}
}

/* Up to the mark that ends the element which begins at `value`. */
static size_t element_size(const char *value, size_t size)
{
	int depth = 0;
	size_t i = 0;

	for (; i < size; i++) {
		if (depth == 0 && (value[i] == *EMIT_NEXT || value[i] == *EMIT_CLOSE))
			break;
		depth += value[i] == *EMIT_OPEN;
		depth -= value[i] == *EMIT_CLOSE;
	}
	return i;
}

static size_t element_count(const char *value, const char *end)
{
	size_t count = 0;

	for (const char *at = value; at < end; at++, count++)
		at += element_size(at, (size_t)(end - at));
	return count;
}

/* The formatter sets longer lists in columns unless a comment ends each line. */
#define LONG_LIST 4

/* Values nest four deep at most, so recursion is bounded. */
void emit_value(struct trv__buffer *out, const char *value, size_t size, unsigned indent, size_t column)
{
	const char *open = memchr(value, *EMIT_OPEN, size);
	const char *end = value + size;
	const char *equals;
	size_t number = 0, count;

	/* A comma or semicolon follows. */
	if (!open && column + size + 1 > EMIT_COLUMNS && (equals = memmem(value, size, " = ", 3))) {
		trv__buffer_put_n(out, value, (size_t)(equals - value) + 2);
		trv__buffer_put(out, "\n");
		emit_tabs(out, indent + 1);
		trv__buffer_put_n(out, equals + 3, size - (size_t)(equals - value) - 3);
		return;
	}
	if (!open || column + emit_value_width(value, size) + 1 <= EMIT_COLUMNS) {
		put_inline(out, value, size);
		return;
	}
	trv__buffer_put_n(out, value, (size_t)(open - value));
	trv__buffer_put(out, "{\n");
	count = element_count(open + 1, end);
	for (const char *at = open + 1; at < end; at++, number++) {
		size_t length = element_size(at, (size_t)(end - at));

		emit_tabs(out, indent + 1);
		emit_value(out, at, length, indent + 1, (indent + 1) * TAB);
		if (count > LONG_LIST)
			trv__buffer_format(out, ", /* %zu */\n", number);
		else
			trv__buffer_put(out, ",\n");
		at += length;
		if (at < end && *at == *EMIT_CLOSE) {
			emit_tabs(out, indent);
			trv__buffer_put(out, "}");
			put_inline(out, at + 1, (size_t)(end - at) - 1);
			return;
		}
	}
}
