#include "emit_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A string that is longer stands above the table. */
#define INLINE_STRING 72

void table_init(struct table *table, const struct emit *emit)
{
	*table = (struct table) { .emit = emit };
	trv__buffer_init(&table->above, emit->out->allocator);
	trv__buffer_init(&table->body, emit->out->allocator);
	trv__buffer_init(&table->fields, emit->out->allocator);
	trv__buffer_init(&table->comment, emit->out->allocator);
}

void table_absorb(struct table *table, struct trv__buffer *text)
{
	if (text->status < 0)
		table->status = text->status;
	trv__buffer_release(text);
}

void table_release(struct table *table)
{
	table_absorb(table, &table->above);
	table_absorb(table, &table->body);
	table_absorb(table, &table->fields);
	table_absorb(table, &table->comment);
	if (table->status < 0)
		table->emit->out->status = table->status;
}

void table_begin(struct table *table, const char *declaration, ...)
{
	va_list arguments;

	va_start(arguments, declaration);
	vsnprintf(table->declaration, sizeof(table->declaration), declaration, arguments);
	va_end(arguments);
	table->open = true;
	table->entries = false;
	trv__buffer_clear(&table->above);
	trv__buffer_clear(&table->body);
	trv__buffer_clear(&table->fields);
}

/* The width of `{ field, field },`. */
static size_t line_width(const struct table *table)
{
	const char *at = trv__buffer_get(&table->fields);
	const char *end = at + table->fields.size;
	size_t width = strlen("{  },");

	for (; at < end; at += strlen(at) + 1)
		width += emit_value_width(at, strlen(at)) + strlen(", ");
	return width - strlen(", ");
}

static void put_fields(struct table *table, unsigned indent)
{
	const char *at = trv__buffer_get(&table->fields);
	const char *end = at + table->fields.size;

	for (; at < end; at += strlen(at) + 1) {
		emit_tabs(&table->body, indent);
		emit_value(&table->body, at, strlen(at), indent, indent * 8);
		trv__buffer_put(&table->body, ",\n");
	}
}

static void put_one_line(struct table *table)
{
	const char *at = trv__buffer_get(&table->fields);
	const char *end = at + table->fields.size;
	const char *comma = "\t{ ";

	for (; at < end; at += strlen(at) + 1) {
		trv__buffer_put(&table->body, comma);
		emit_value(&table->body, at, strlen(at), 0, 0);
		comma = ", ";
	}
	trv__buffer_put(&table->body, " },");
	trv__buffer_put(&table->body, trv__buffer_get(&table->comment));
	trv__buffer_put(&table->body, "\n");
}

/*
 * The formatter sets short entries in columns unless a comment ends each line, so they
 * have one, or are wide enough that two do not fit.
 */
static bool fits_one_line(const struct table *table)
{
	size_t width = 8 + line_width(table) + table->comment.size;

	return width <= EMIT_COLUMNS && (table->comment.size || width > EMIT_COLUMNS / 2 + 8);
}

void table_comment(struct table *table, const char *prefix, const char *name)
{
	trv__buffer_put(&table->comment, " /* ");
	emit_upper(&table->comment, prefix);
	trv__buffer_put(&table->comment, "_");
	emit_upper(&table->comment, name);
	trv__buffer_put(&table->comment, " */");
}

static void end_entry(struct table *table)
{
	if (!table->fields.size)
		return;
	if (fits_one_line(table)) {
		put_one_line(table);
	} else {
		trv__buffer_put(&table->body, "\t{\n");
		put_fields(table, 2);
		trv__buffer_put(&table->body, "\t},\n");
	}
	trv__buffer_clear(&table->fields);
}

void table_entry(struct table *table)
{
	end_entry(table);
	trv__buffer_clear(&table->comment);
	table->entries = true;
}

void table_end(struct table *table)
{
	struct trv__buffer *out = table->emit->out;

	if (!table->open)
		return;
	if (table->entries)
		end_entry(table);
	else
		put_fields(table, 1);
	trv__buffer_put(out, trv__buffer_get(&table->above));
	trv__buffer_format(out, "%s = {\n%s};\n\n", table->declaration, trv__buffer_get(&table->body));
	table->open = false;
}

void table_field(struct table *table, const char *name, const char *value, ...)
{
	struct trv__buffer text;
	char small[400];
	va_list arguments;

	trv__buffer_init(&text, table->emit->out->allocator);
	va_start(arguments, value);
	if (strcmp(value, "%s") == 0)
		trv__buffer_put(&text, va_arg(arguments, const char *));
	else if (vsnprintf(small, sizeof(small), value, arguments) < (int)sizeof(small))
		trv__buffer_put(&text, small);
	else
		table->status = TRV_ERR_LIMIT;
	va_end(arguments);
	trv__buffer_format(&table->fields, ".%s = %s", name, trv__buffer_get(&text));
	trv__buffer_put_n(&table->fields, "", 1);
	table_absorb(table, &text);
}

/* Whether a piece may not end before `at`: in an escape, in a character of many bytes. */
static bool inside_character(const char *text, size_t at)
{
	size_t backslash = at;

	if (((unsigned char)text[at] & 0xc0) == 0x80)
		return true;
	/* Escapes here are \x or \ooo. */
	for (size_t back = 1; back <= 3 && back <= at; back++) {
		if (text[at - back] != '\\')
			continue;
		backslash = at - back;
		size_t run = 0;
		while (run < backslash && text[backslash - run - 1] == '\\')
			run++;
		if (run % 2 == 0)
			return back == 1 || (text[backslash + 1] >= '0' && text[backslash + 1] <= '7');
	}
	return false;
}

/* Where the first piece of `text` ends: behind a blank where there is one. */
static size_t piece_length(const char *text, size_t size, size_t room)
{
	size_t end = room;

	if (size <= room)
		return size;
	while (end > room / 2 && text[end - 1] != ' ')
		end--;
	if (text[end - 1] != ' ')
		end = room;
	while (end > 1 && inside_character(text, end))
		end--;
	return end;
}

/* Outside of parentheses the formatter aligns with tabs as far as they go. */
static void put_continuation(struct trv__buffer *out, size_t column)
{
	trv__buffer_put(out, "\n");
	emit_tabs(out, (unsigned)(column / 8));
	trv__buffer_format(out, "%*s", (int)(column % 8), "");
}

/* static const char text_1_of_task[] = "..." in pieces, each a line. */
static void put_array(struct table *table, const char *literal, const char *name)
{
	struct trv__buffer *out = &table->above;
	size_t before = out->size, size = strlen(literal) - 2, align;

	literal++;
	trv__buffer_format(out, "static const char %s[] = ", name);
	align = out->size - before;
	for (bool first = true; size > 0; first = false) {
		size_t piece = piece_length(literal, size, EMIT_COLUMNS - 3 - align);

		if (!first)
			put_continuation(out, align);
		trv__buffer_put(out, "\"");
		trv__buffer_put_n(out, literal, piece);
		trv__buffer_put(out, "\"");
		literal += piece;
		size -= piece;
	}
	trv__buffer_put(out, ";\n");
}

void table_string_value(struct table *table, struct trv__buffer *text, const char *string)
{
	struct trv__buffer literal;
	char name[200];

	trv__buffer_init(&literal, table->emit->out->allocator);
	emit_string(&literal, string);
	if (literal.size <= INLINE_STRING) {
		trv__buffer_put(text, trv__buffer_get(&literal));
	} else {
		snprintf(name, sizeof(name), "text_%u_of_%s", ++table->texts, table->emit->file->base);
		put_array(table, trv__buffer_get(&literal), name);
		trv__buffer_put(text, name);
	}
	table_absorb(table, &literal);
}

void table_string(struct table *table, const char *name, const char *string)
{
	struct trv__buffer text;

	if (!string)
		return;
	trv__buffer_init(&text, table->emit->out->allocator);
	table_string_value(table, &text, string);
	table_field(table, name, "%s", trv__buffer_get(&text));
	table_absorb(table, &text);
}

void table_sql_value(struct table *table, struct trv__buffer *text, const struct trv_sql *sql)
{
	static const char *const engines[] = { "TRV_ENGINE_ANY", "TRV_ENGINE_SQLITE", "TRV_ENGINE_POSTGRESQL",
		                               "TRV_ENGINE_MARIADB" };
	const char *next = "";

	trv__buffer_put(text, EMIT_OPEN EMIT_OPEN);
	for (int i = 0; i < TRV_ENGINE_COUNT; i++) {
		if (!sql->text[i])
			continue;
		trv__buffer_format(text, "%s[%s] = ", next, engines[i]);
		table_string_value(table, text, sql->text[i]);
		next = EMIT_NEXT;
	}
	trv__buffer_put(text, EMIT_CLOSE EMIT_CLOSE);
}

void table_sql_pointer(struct table *table, const char *name, const struct trv_sql *sql)
{
	struct trv__buffer text;

	if (!sql)
		return;
	trv__buffer_init(&text, table->emit->out->allocator);
	table_sql_value(table, &text, sql);
	table_pointer(table, name, "const struct trv_sql", trv__buffer_get(&text));
	table_absorb(table, &text);
}

/* What does not fit on its line, two tabs deep, stands above the table under a name. */
static bool fits(const char *name, const char *type, const char *value)
{
	return 16 + strlen(". = &([]) ") + strlen(name) + strlen(type) + emit_value_width(value, strlen(value)) + 1 <=
	       EMIT_COLUMNS;
}

static void put_above(struct table *table, const char *name, const char *type, const char *array, const char *value)
{
	struct trv__buffer *out = &table->above;
	size_t before = out->size;

	trv__buffer_format(out, "static %s %s_%u_of_%s%s = ", type, name, ++table->texts, table->emit->file->base,
	                   array);
	emit_value(out, value, strlen(value), 0, out->size - before);
	trv__buffer_put(out, ";\n");
}

void table_pointer(struct table *table, const char *name, const char *type, const char *value)
{
	struct trv__buffer text;

	trv__buffer_init(&text, table->emit->out->allocator);
	if (fits(name, type, value)) {
		trv__buffer_format(&text, "&(%s) %s", type, value);
	} else {
		put_above(table, name, type, "", value);
		trv__buffer_format(&text, "&%s_%u_of_%s", name, table->texts, table->emit->file->base);
	}
	table_field(table, name, "%s", trv__buffer_get(&text));
	table_absorb(table, &text);
}

void table_array(struct table *table, const char *name, const char *type, const char *value)
{
	struct trv__buffer text;

	trv__buffer_init(&text, table->emit->out->allocator);
	if (fits(name, type, value)) {
		trv__buffer_format(&text, "(%s[]) %s", type, value);
	} else {
		put_above(table, name, type, "[]", value);
		trv__buffer_format(&text, "%s_%u_of_%s", name, table->texts, table->emit->file->base);
	}
	table_field(table, name, "%s", trv__buffer_get(&text));
	table_absorb(table, &text);
}
