#include "text.h"

#include <string.h>
#include <trivet/types.h>

struct lines lines_of(const char *text, size_t size)
{
	return (struct lines) { .next = text, .end = text + size };
}

bool lines_next(struct lines *lines, struct line *line)
{
	if (lines->next == lines->end)
		return false;

	size_t left = (size_t)(lines->end - lines->next);
	const char *feed = memchr(lines->next, '\n', left);

	line->start = lines->next;
	line->size = feed ? (size_t)(feed - lines->next) : left;
	lines->next = feed ? feed + 1 : lines->end;
	lines->number++;
	if (line->size > 0 && line->start[line->size - 1] == '\r')
		line->size--;
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

size_t line_indent(const struct line *line)
{
	size_t i = 0;

	while (i < line->size && (line->start[i] == ' ' || line->start[i] == '\t'))
		i++;
	return i;
}

bool line_is_blank(const struct line *line)
{
	for (size_t i = 0; i < line->size; i++) {
		if (!is_space(line->start[i]))
			return false;
	}
	return true;
}

bool line_starts(const struct line *line, const char *prefix)
{
	size_t size = strlen(prefix);

	return line->size >= size && memcmp(line->start, prefix, size) == 0;
}

/* Latin-1 to UTF-8; a NUL, which no text column takes, becomes a space. */
static char *put_latin1(char *out, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c >= 0x80) {
			*out++ = (char)(0xc0 | (c >> 6));
			*out++ = (char)(0x80 | (c & 0x3f));
		} else {
			*out++ = c ? (char)c : ' ';
		}
	}
	return out;
}

char *text_utf8(struct trv_arena *arena, const char *bytes, size_t size, size_t *converted)
{
	if (trv_utf8_valid(bytes, size))
		return trv_arena_copy(arena, bytes, size);
	if (size > (SIZE_MAX - 1) / 2)
		return NULL;

	char *text = trv_arena_bytes(arena, 2 * size + 1);
	if (!text)
		return NULL;

	char *out = text;
	const char *end = bytes + size;
	while (bytes < end) {
		const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t length = (size_t)((feed ? feed + 1 : end) - bytes);

		if (trv_utf8_valid(bytes, length)) {
			memcpy(out, bytes, length);
			out += length;
		} else {
			out = put_latin1(out, bytes, length);
			++*converted;
		}
		bytes += length;
	}
	*out = '\0';
	return text;
}

char *text_collapse(struct trv_arena *arena, const char *text, size_t size)
{
	char *copy = trv_arena_bytes(arena, size + 1);
	char *out = copy;

	if (!copy)
		return NULL;
	for (size_t i = 0; i < size; i++) {
		if (!is_space(text[i]))
			*out++ = text[i];
		else if (out > copy && out[-1] != ' ')
			*out++ = ' ';
	}
	if (out > copy && out[-1] == ' ')
		out--;
	*out = '\0';
	return copy;
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

void text_fit(char *text, size_t limit)
{
	size_t points = 0;
	char *cut = NULL; /* where the dots go if it is too long */

	for (char *c = text; *c; c++) {
		if (is_continuation(*c))
			continue;
		if (points == limit - 3)
			cut = c;
		if (points++ == limit) {
			memcpy(cut, "...", 4);
			return;
		}
	}
}

void *array_room(struct trv_arena *arena, void *items, size_t count, size_t item_size)
{
	const size_t first = 8;
	bool full = count == 0 || (count >= first && (count & (count - 1)) == 0);

	if (!full)
		return items;
	if (count > SIZE_MAX / item_size / 2)
		return NULL;

	void *larger = trv_arena_alloc(arena, (count ? 2 * count : first) * item_size);
	if (larger && count)
		memcpy(larger, items, count * item_size);
	return larger;
}
