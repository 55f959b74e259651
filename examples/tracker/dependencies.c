#include "dependencies.h"

#include <string.h>
#include <trivet/status.h>

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_name(char c)
{
	return is_name_start(c) || c == '+' || c == '-' || c == '.';
}

static const char *skip_space(const char *text)
{
	return text + strspn(text, " ");
}

/* What may follow a name, each at most once and in this order (but for profiles): (version) [architectures] <profiles>. */
static const char *const brackets[] = { "()", "[]", "<>" };

/* Over the brackets behind a name; NULL when one is empty or does not close. */
static const char *skip_brackets(const char *text)
{
	for (size_t i = 0; i < TRV_COUNT_OF(brackets); i++) {
		while (*text == brackets[i][0]) {
			size_t size = strcspn(text + 1, &brackets[i][1]);

			if (size == 0 || text[1 + size] == '\0')
				return NULL;
			text = skip_space(text + size + 2);
		}
	}
	return text;
}

/* One of the alternatives; moves behind it. False when it is malformed. */
static bool take_alternative(const char **text, struct line *name)
{
	const char *end = skip_space(*text);

	name->start = end;
	while (is_name(*end))
		end++;
	name->size = (size_t)(end - name->start);
	if (name->size < 2 || !is_name_start(*name->start))
		return false;
	if (*end == ':') /* "python3:any" */
		end += 1 + strspn(end + 1, "abcdefghijklmnopqrstuvwxyz0123456789-");
	end = skip_brackets(skip_space(end));
	if (!end || (*end != '|' && *end != '\0'))
		return false;
	*text = end;
	return true;
}

/* 1 when the clause is sound, 0 when not. */
static int parse_clause(struct dependency_clause *clause, const char *text, struct trv_arena *arena)
{
	const char *next = text;
	struct line name;

	*clause = (struct dependency_clause) { .text = text };
	for (;;) {
		if (!take_alternative(&next, &name))
			return 0;

		const char **names = array_room(arena, clause->names, clause->name_count, sizeof(*names));
		char *copy = trv_arena_copy(arena, name.start, name.size);
		if (!names || !copy)
			return TRV_ERR_NOMEM;
		clause->names = names;
		names[clause->name_count++] = copy;
		if (*next == '\0')
			return 1;
		next++;
	}
}

static int add_clause(struct dependency_clauses *clauses, const struct dependency_clause *clause,
                      struct trv_arena *arena)
{
	struct dependency_clause *items = array_room(arena, clauses->items, clauses->count, sizeof(*items));

	if (!items)
		return TRV_ERR_NOMEM;
	clauses->items = items;
	items[clauses->count++] = *clause;
	return 0;
}

int dependencies_parse(struct dependency_clauses *clauses, const struct deb822_field *field, const char *path,
                       struct trv_arena *arena, struct report *report)
{
	struct dependency_clauses found = { 0 };
	const char *next = field->value;

	while (*next) {
		struct dependency_clause clause;
		size_t size = strcspn(next, ",");
		char *text = text_collapse(arena, next, size);

		next += size + (next[size] == ',');
		if (!text)
			return TRV_ERR_NOMEM;
		if (*text == '\0' && *skip_space(next) == '\0') /* a comma at the end is usual */
			continue;

		int r = parse_clause(&clause, text, arena);
		if (r == 0)
			report_problem(report, path, field->line, "%s: cannot read \"%s\"", field->name, text);
		else if (r > 0)
			r = add_clause(&found, &clause, arena);
		if (r < 0)
			return r;
	}
	*clauses = found;
	return 0;
}
