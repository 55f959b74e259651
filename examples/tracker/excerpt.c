#include "excerpt.h"

#include "text.h"
#include <string.h>

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

char *excerpt(const char *text, const char *word, size_t around, struct trv_arena *arena)
{
	const char *found = strstr(text, word);

	if (!found)
		return NULL;

	const char *behind = found + strlen(word);
	const char *start = (size_t)(found - text) > around ? found - around : text;
	const char *end = behind + strnlen(behind, around);

	while (is_continuation(*start))
		start++;
	while (is_continuation(*end))
		end--;

	char *line = text_collapse(arena, start, (size_t)(end - start));
	if (!line)
		return NULL;
	return trv_arena_printf(arena, "%s%s%s", start > text ? "..." : "", line, *end ? "..." : "");
}
