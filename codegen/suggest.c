#include "compiler.h"

#include <ctype.h>
#include <string.h>

static size_t least(size_t a, size_t b, size_t c)
{
	size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

/* Damerau-Levenshtein (neighbours swapped count as one), letters' case apart; both at most MAX_SQL_NAME bytes. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][MAX_SQL_NAME + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];
	size_t width = strlen(b);

	for (size_t j = 0; j <= width; j++)
		last[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		now[0] = i;
		for (size_t j = 1; j <= width; j++) {
			int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);

			now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
			    y == tolower((unsigned char)a[i - 2]))
				now[j] = least(now[j], now[j], before[j - 2] + 1);
		}
		size_t *recycled = before;
		before = last;
		last = now;
		now = recycled;
	}
	return last[width];
}

struct suggestion suggest_begin(const char *wanted)
{
	/* A third of the letters may be wrong, but never all: "x" suggests nothing. */
	size_t length = strlen(wanted);

	return (struct suggestion) { .wanted = wanted, .distance = length < 3 ? 1 : length / 3 + 1 };
}

void suggest_try(struct suggestion *suggestion, const char *candidate)
{
	size_t length = strlen(suggestion->wanted), other = strlen(candidate);
	size_t difference = length > other ? length - other : other - length;

	if (suggestion->tried++ > MAX_CANDIDATES || length > MAX_SQL_NAME || other > MAX_SQL_NAME || length < 2 ||
	    difference > suggestion->distance)
		return;
	size_t found = distance(suggestion->wanted, candidate);
	if (found < suggestion->distance || (found == suggestion->distance && !suggestion->best)) {
		suggestion->best = candidate;
		suggestion->distance = found;
	}
}

void suggest_table(struct suggestion *suggestion, const struct name_table *table)
{
	for (const struct name_entry *entry = name_next(table, NULL); entry; entry = name_next(table, entry))
		suggest_try(suggestion, name_text(entry));
}

const char *suggest_hint(struct compiler *compiler, const struct suggestion *suggestion)
{
	if (!suggestion->best)
		return NULL;
	return compiler_format(compiler, "did you mean '%s'?", suggestion->best);
}
