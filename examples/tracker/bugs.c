#include "bugs.h"

#include <string.h>
#include <strings.h>
#include <trivet/status.h>

/* How a list of numbers is announced. Ours are the patterns of Debian's and of Launchpad's tools. */
static const struct announcement {
	enum changelog_tracker tracker;
	const char *word;
	const char *prefix; /* may stand before a number; its last character must where `strict` */
	bool strict;
} announcements[] = {
	{ CHANGELOG_DEBIAN, "closes:", "bug#", false },
	{ CHANGELOG_LAUNCHPAD, "lp:", "#", true },
};

#define LARGEST_BUG INT64_C(999999999)

static const char *skip_space(const char *text)
{
	return text + strspn(text, " ");
}

/* A bug's number with what may stand before it: "123", "#123", "bug#123", "bug 123". NULL if there is none. */
static const char *take_number(const char *text, const struct announcement *how, int64_t *number)
{
	size_t word = strlen(how->prefix) - 1;

	text = skip_space(text);
	if (word && strncasecmp(text, how->prefix, word) == 0)
		text += word;
	if (*text == '#')
		text++;
	else if (how->strict)
		return NULL;
	text = skip_space(text);

	int64_t value = 0;
	size_t digits = strspn(text, "0123456789");
	for (size_t i = 0; i < digits && value <= LARGEST_BUG; i++)
		value = value * 10 + (text[i] - '0');
	if (value < 1 || value > LARGEST_BUG)
		return NULL;
	*number = value;
	return text + digits;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The next announcement in `text`, or NULL. `*rest` is what follows its word. */
static const struct announcement *find_announcement(const char *text, const char **at, const char **rest)
{
	for (const char *c = text; *c; c++) {
		for (size_t i = 0; i < TRV_COUNT_OF(announcements); i++) {
			const struct announcement *how = &announcements[i];
			size_t size = strlen(how->word);

			if (strncasecmp(c, how->word, size) != 0 || (c > text && is_letter(c[-1])))
				continue;
			*at = c;
			*rest = c + size;
			return how;
		}
	}
	return NULL;
}

/* What was said between two announcements, without the brackets and stops around it. */
static struct line title_between(const char *start, const char *end)
{
	start += strspn(start, " .,;:)]*+-");
	while (end > start && strchr(" ,;:([", end[-1]))
		end--;
	return (struct line) { start, end > start ? (size_t)(end - start) : 0 };
}

static int add_bug(struct changelog_entry *entry, enum changelog_tracker tracker, int64_t number,
                   const struct line *title, struct trv_arena *arena)
{
	for (size_t i = 0; i < entry->bug_count; i++) {
		if (entry->bugs[i].number == number && entry->bugs[i].tracker == tracker)
			return 0;
	}

	struct changelog_bug *bugs = array_room(arena, entry->bugs, entry->bug_count, sizeof(*bugs));
	char *copy = trv_arena_copy(arena, title->start, title->size);
	if (!bugs || !copy)
		return TRV_ERR_NOMEM;
	entry->bugs = bugs;
	bugs[entry->bug_count++] = (struct changelog_bug) { .tracker = tracker, .number = number, .title = copy };
	return 0;
}

/* The numbers behind one announcement; `*rest` moves behind them. */
static int add_bugs(struct changelog_entry *entry, const struct announcement *how, const char **rest,
                    const struct line *title, struct trv_arena *arena)
{
	int64_t number;
	const char *next = take_number(*rest, how, &number);
	int r = 0;

	while (r == 0 && next) {
		*rest = next;
		r = add_bug(entry, how->tracker, number, title, arena);
		next = skip_space(next);
		next = *next == ',' ? take_number(next + 1, how, &number) : NULL;
	}
	return r;
}

/* Most changes close nothing: they are looked at without a copy. */
static bool mentions_bugs(const char *change, size_t size)
{
	for (const char *c = change; (c = memchr(c, ':', (size_t)(change + size - c))); c++) {
		for (size_t i = 0; i < TRV_COUNT_OF(announcements); i++) {
			size_t word = strlen(announcements[i].word) - 1;

			if ((size_t)(c - change) >= word && strncasecmp(c - word, announcements[i].word, word) == 0)
				return true;
		}
	}
	return false;
}

int bugs_find(struct changelog_entry *entry, const char *change, size_t size, struct trv_arena *arena)
{
	if (!mentions_bugs(change, size))
		return 0;

	const char *text = text_collapse(arena, change, size);
	if (!text)
		return TRV_ERR_NOMEM;

	struct line title = title_between(text, text + strlen(text));
	const char *from = text;
	const char *at;
	const char *rest;
	const struct announcement *how;
	int r = 0;

	while (r == 0 && (how = find_announcement(from, &at, &rest))) {
		struct line said = title_between(from, at);

		if (said.size > 0)
			title = said;
		r = add_bugs(entry, how, &rest, &title, arena);
		from = rest;
	}
	return r;
}
