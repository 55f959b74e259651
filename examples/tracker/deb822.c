#include "deb822.h"

#include <string.h>
#include <strings.h>
#include <trivet/status.h>

struct deb822 deb822_open(const struct source *source, struct trv_arena *arena, struct report *report)
{
	return (struct deb822) {
		.path = source->path,
		.lines = lines_of(source->text, source->size),
		.arena = arena,
		.report = report,
	};
}

const struct deb822_field *deb822_field(const struct deb822_paragraph *paragraph, const char *name)
{
	for (size_t i = 0; i < paragraph->count; i++) {
		if (strcasecmp(paragraph->fields[i].name, name) == 0)
			return &paragraph->fields[i];
	}
	return NULL;
}

const char *deb822_value(const struct deb822_paragraph *paragraph, const char *name)
{
	const struct deb822_field *field = deb822_field(paragraph, name);

	return field ? field->value : NULL;
}

/* How long the field's name is: printable characters before a colon; 0 if it is no field. */
static size_t name_size(const struct line *line)
{
	size_t i = 0;

	while (i < line->size && line->start[i] > ' ' && line->start[i] < 0x7f && line->start[i] != ':')
		i++;
	return i < line->size && line->start[i] == ':' && line->start[0] != '-' ? i : 0;
}

static struct line trimmed(struct line line)
{
	size_t indent = line_indent(&line);

	line.start += indent;
	line.size -= indent;
	while (line.size > 0 && (line.start[line.size - 1] == ' ' || line.start[line.size - 1] == '\t'))
		line.size--;
	return line;
}

/* Only a line that begins with white space and has more goes on with the field above. */
static bool goes_on(const struct line *line)
{
	return line_indent(line) > 0 && !line_is_blank(line);
}

/* How many bytes the field's value has at most: all up to the next field. */
static size_t value_size(struct lines lines, size_t first)
{
	struct line line;
	size_t size = first + 1;

	while (lines_next(&lines, &line) && goes_on(&line))
		size += line.size + 1;
	return size;
}

/* Takes the rest of the first line and the lines that go on with it. */
static const char *take_value(struct deb822 *reader, struct line first)
{
	struct lines ahead = reader->lines;
	struct line line;
	char *value = trv_arena_bytes(reader->arena, value_size(ahead, first.size));

	if (!value)
		return NULL;
	memcpy(value, first.start, first.size);

	char *end = value + first.size;
	while (lines_next(&ahead, &line) && goes_on(&line)) {
		struct line text = trimmed(line);
		bool empty = text.size == 1 && *text.start == '.';

		*end++ = '\n';
		if (!empty) {
			memcpy(end, line.start + 1, line.size - 1);
			end += line.size - 1;
		}
		reader->lines = ahead;
	}
	*end = '\0';
	return value;
}

static int add_field(struct deb822 *reader, struct deb822_paragraph *paragraph, const struct line *line, size_t size)
{
	struct deb822_field field = { .line = reader->lines.number };
	struct line rest = trimmed((struct line) { line->start + size + 1, line->size - size - 1 });

	field.name = trv_arena_copy(reader->arena, line->start, size);
	field.value = take_value(reader, rest);
	if (!field.name || !field.value)
		return TRV_ERR_NOMEM;
	if (deb822_field(paragraph, field.name)) {
		report_problem(reader->report, reader->path, field.line, "field \"%s\" is here twice", field.name);
		return 0;
	}

	struct deb822_field *fields =
		array_room(reader->arena, paragraph->fields, paragraph->count, sizeof(*paragraph->fields));
	if (!fields)
		return TRV_ERR_NOMEM;
	if (paragraph->count == 0)
		paragraph->line = field.line;
	paragraph->fields = fields;
	fields[paragraph->count++] = field;
	return 0;
}

/* A line that is no field, and those that go on with it. */
static void skip_junk(struct deb822 *reader)
{
	struct lines ahead = reader->lines;
	struct line line;

	report_problem(reader->report, reader->path, reader->lines.number, "not a \"Field: value\" line");
	while (lines_next(&ahead, &line) && goes_on(&line))
		reader->lines = ahead;
}

int deb822_next(struct deb822 *reader, struct deb822_paragraph *paragraph)
{
	struct deb822_paragraph found = { 0 };
	struct line line;
	int r = 0;

	while (r == 0 && lines_next(&reader->lines, &line)) {
		size_t size = name_size(&line);

		if (line_is_blank(&line)) {
			if (found.count > 0)
				break;
		} else if (line.start[0] == '#') {
			continue;
		} else if (size > 0) {
			r = add_field(reader, &found, &line, size);
		} else {
			skip_junk(reader);
		}
	}
	if (r < 0)
		return r;
	*paragraph = found;
	return found.count > 0;
}
