#include "changelog.h"

#include "bugs.h"
#include "rfc2822.h"
#include <string.h>
#include <strings.h>
#include <trivet/status.h>

/* Lines outside of entries that mean nothing, and those that end what can be read: the formats before 1996. */
static const char *const remarks[] = { "#", "/*", "vim:", "$", ";;", "Local variables:", "Local Variables:" };
static const char *const old_marks[] = { "Old Changelog:", "Changes from version ", "Changes in ", "Changes for " };

struct changelog changelog_open(const struct source *source, struct trv_arena *arena, struct report *report)
{
	return (struct changelog) {
		.path = source->path,
		.lines = lines_of(source->text, source->size),
		.arena = arena,
		.report = report,
	};
}

static bool is_one_of(const struct line *line, const char *const *prefixes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (line_starts(line, prefixes[i]))
			return true;
	}
	return false;
}

static bool is_remark(const struct line *line)
{
	return is_one_of(line, remarks, TRV_COUNT_OF(remarks));
}

/* --- headings: package (version) distribution...; key=value, key=value ----------------------- */

struct heading {
	struct line package;
	struct line version;
	struct line distribution;
	struct line keys;
};

static bool is_package_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
	       c == '.' || c == '_';
}

static struct line take_until(const char **text, const char *end, const char *stops)
{
	struct line taken = { .start = *text };

	while (*text < end && !strchr(stops, **text))
		++*text;
	taken.size = (size_t)(*text - taken.start);
	return taken;
}

static bool parse_heading(const struct line *line, struct heading *heading)
{
	const char *text = line->start;
	const char *end = text + line->size;

	heading->package.start = text;
	while (text < end && is_package_character(*text))
		text++;
	heading->package.size = (size_t)(text - line->start);
	if (heading->package.size == 0 || end - text < 2 || text[0] != ' ' || text[1] != '(')
		return false;
	text += 2;
	heading->version = take_until(&text, end, ") \t(");
	if (heading->version.size == 0 || text == end || *text++ != ')')
		return false;
	heading->distribution = take_until(&text, end, ";");
	heading->keys = (struct line) { text, (size_t)(end - text) };
	return text < end && !line_is_blank(&heading->distribution);
}

/* The value of "urgency=": its first word, in lower case. */
static char *take_urgency(struct trv_arena *arena, const struct line *keys)
{
	static const char name[] = "urgency=";
	const size_t size = sizeof(name) - 1;
	const char *end = keys->start + keys->size;
	struct line word = { keys->start, 0 };

	for (const char *c = keys->start; (size_t)(end - c) > size; c++) {
		if (strncasecmp(c, name, size) == 0) {
			c += size;
			word = take_until(&c, end, " ,(\t");
			break;
		}
	}

	char *urgency = trv_arena_copy(arena, word.start, word.size);
	for (char *c = urgency; c && *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
	return urgency;
}

static int begin_entry(struct changelog *reader, const struct heading *heading, struct changelog_entry *entry)
{
	struct trv_arena *arena = reader->arena;

	*entry = (struct changelog_entry) {
		.line = reader->lines.number,
		.package = trv_arena_copy(arena, heading->package.start, heading->package.size),
		.version = trv_arena_copy(arena, heading->version.start, heading->version.size),
		.distribution = text_collapse(arena, heading->distribution.start, heading->distribution.size),
		.urgency = take_urgency(arena, &heading->keys),
	};
	return entry->package && entry->version && entry->distribution && entry->urgency ? 0 : TRV_ERR_NOMEM;
}

bool changelog_recognises(const struct source *source)
{
	struct lines lines = lines_of(source->text, source->size);
	struct heading heading;
	struct line line;

	while (lines_next(&lines, &line)) {
		if (!line_is_blank(&line) && !is_remark(&line))
			return parse_heading(&line, &heading);
	}
	return false;
}

/* --- trailers: -- Name <email>  date ----------------------------------------------------------- */

static bool is_trailer(const struct line *line)
{
	return line_starts(line, " --") && (line->size == 3 || line->start[3] == ' ');
}

/* 1 when the entry is complete, 0 when the trailer is malformed, which is reported. */
static int end_entry(struct changelog *reader, const struct line *line, struct changelog_entry *entry)
{
	const char *text = line->start + 3;
	const char *end = line->start + line->size;
	struct line name = take_until(&text, end, "<");
	struct line email = { 0 };
	struct line date = { 0 };

	if (text < end) {
		text++;
		email = take_until(&text, end, ">");
	}
	if (text < end)
		date = (struct line) { text + 1, (size_t)(end - text - 1) };
	else
		date.start = end;
	if (!email.start)
		email.start = end;

	char *when = text_collapse(reader->arena, date.start, date.size);
	entry->name = text_collapse(reader->arena, name.start, name.size);
	entry->email = text_collapse(reader->arena, email.start, email.size);
	if (!when || !entry->name || !entry->email)
		return TRV_ERR_NOMEM;
	if (*entry->email == '\0' || *when == '\0')
		report_problem(reader->report, reader->path, reader->lines.number,
		               "not a \" -- Name <email>  date\" line; version %s is left out", entry->version);
	else if (rfc2822_parse(when, &entry->date) < 0)
		report_problem(reader->report, reader->path, reader->lines.number,
		               "\"%s\" is no date; version %s is left out", when, entry->version);
	else
		return 1;
	return 0;
}

/* --- what is between: changes, some of which close bugs --------------------------------------- */

/* An entry that is being read, from its heading to its trailer. */
struct body {
	struct changelog_entry *entry;
	const char *change; /* the change that is being read: from its bullet ... */
	const char *change_end; /* ... to the end of its last line */
	bool ended;
	bool stray; /* there were lines that do not belong here; said once */
};

static int end_change(struct changelog *reader, struct body *body)
{
	int r = 0;

	if (body->change)
		r = bugs_find(body->entry, body->change, (size_t)(body->change_end - body->change), reader->arena);
	body->change = NULL;
	return r;
}

/* "  * Change", "    - Part of it", "  [ Who did it ]". */
static bool begins_change(const struct line *line)
{
	size_t indent = line_indent(line);
	char first = line->start[indent];

	if (first == '[')
		return true;
	return (first == '*' || first == '-' || first == '+') && indent + 1 < line->size &&
	       line->start[indent + 1] == ' ';
}

static int add_line(struct changelog *reader, struct body *body, const struct line *line)
{
	int r = 0;

	if (begins_change(line)) {
		r = end_change(reader, body);
		body->entry->changes += line->start[line_indent(line)] == '*';
	}
	if (!body->change)
		body->change = line->start;
	body->change_end = line->start + line->size;
	return r;
}

/* A line inside an entry: 1 when it ended a sound one. */
static int read_line(struct changelog *reader, struct body *body, const struct line *line)
{
	if (is_trailer(line)) {
		int r = end_change(reader, body);

		body->ended = true;
		return r < 0 ? r : end_entry(reader, line, body->entry);
	}
	if (line_is_blank(line))
		return end_change(reader, body);
	if (line_indent(line) > 0)
		return add_line(reader, body, line);
	if (!body->stray && !is_remark(line)) {
		body->stray = true;
		report_problem(reader->report, reader->path, reader->lines.number,
		               "lines without indent inside version %s are left out", body->entry->version);
	}
	return 0;
}

/* From behind the heading to the trailer: 1 when the entry is sound, 0 when it is left out. */
static int read_entry(struct changelog *reader, struct changelog_entry *entry)
{
	struct body body = { .entry = entry };
	struct heading heading;
	struct line line;
	int r = 0;

	while (r == 0 && !body.ended) {
		struct lines before = reader->lines;

		if (!lines_next(&reader->lines, &line) || parse_heading(&line, &heading)) {
			reader->lines = before;
			report_problem(reader->report, reader->path, entry->line,
			               "version %s has no \" -- Name <email>  date\" line and is left out",
			               entry->version);
			break;
		}
		r = read_line(reader, &body, &line);
	}
	return r;
}

/* --- the whole ------------------------------------------------------------------------------------ */

/* Up to the next heading: 1 with `entry` begun, 0 at the end. */
static int find_heading(struct changelog *reader, struct changelog_entry *entry)
{
	struct heading heading;
	struct line line;
	bool stray = false;

	while (lines_next(&reader->lines, &line)) {
		if (line_is_blank(&line) || is_remark(&line))
			continue;
		if (parse_heading(&line, &heading)) {
			int r = begin_entry(reader, &heading, entry);
			return r < 0 ? r : 1;
		}
		if (is_one_of(&line, old_marks, TRV_COUNT_OF(old_marks))) {
			report_problem(reader->report, reader->path, reader->lines.number,
			               "what follows is in a format before 1996 and left out");
			reader->lines.next = reader->lines.end;
			return 0;
		}
		if (!stray)
			report_problem(reader->report, reader->path, reader->lines.number,
			               "not the heading of an entry; left out up to the next one");
		stray = true;
	}
	return 0;
}

int changelog_next(struct changelog *reader, struct changelog_entry *entry)
{
	struct changelog_entry found;
	int r;

	while ((r = find_heading(reader, &found)) > 0) {
		r = read_entry(reader, &found);
		if (r != 0)
			break;
	}
	if (r > 0)
		*entry = found;
	return r;
}
