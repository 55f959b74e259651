#include "query/quoting.h"

#include <string.h>

#define ON(engine) (1u << (engine))
#define EVERYWHERE 0xffu

enum quoting_flag {
	QUOTE_DOUBLED = 1 << 0, /* two closing quotes stand for one */
	QUOTE_BACKSLASH = 1 << 1, /* a backslash escapes what follows */
	QUOTE_NESTED = 1 << 2,
	QUOTE_WORD = 1 << 3, /* does not begin within a word */
	QUOTE_SPACE = 1 << 4, /* only where a space or the line's end follows */
};

struct quoting {
	const char *open, *close;
	uint8_t engines;
	uint8_t flags;
};

static const struct quoting quotings[] = {
	{ "'", "'", ON(TRV_ENGINE_MARIADB), QUOTE_DOUBLED | QUOTE_BACKSLASH },
	{ "'", "'", EVERYWHERE, QUOTE_DOUBLED },
	{ "E'", "'", ON(TRV_ENGINE_POSTGRESQL), QUOTE_DOUBLED | QUOTE_BACKSLASH | QUOTE_WORD },
	{ "e'", "'", ON(TRV_ENGINE_POSTGRESQL), QUOTE_DOUBLED | QUOTE_BACKSLASH | QUOTE_WORD },
	{ "\"", "\"", EVERYWHERE, QUOTE_DOUBLED },
	{ "`", "`", EVERYWHERE & ~ON(TRV_ENGINE_POSTGRESQL), QUOTE_DOUBLED },
	{ "[", "]", ON(TRV_ENGINE_SQLITE), 0 },
	{ "--", "\n", ON(TRV_ENGINE_MARIADB), QUOTE_SPACE },
	{ "--", "\n", EVERYWHERE & ~ON(TRV_ENGINE_MARIADB), 0 },
	{ "#", "\n", ON(TRV_ENGINE_MARIADB), 0 },
	{ "/*", "*/", ON(TRV_ENGINE_POSTGRESQL), QUOTE_NESTED },
	{ "/*", "*/", EVERYWHERE, 0 },
};

static bool in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
	       (c & 0x80);
}

static bool starts(const char *at, const char *text)
{
	return strncmp(at, text, strlen(text)) == 0;
}

static bool opens(const struct quoting *quoting, const char *sql, const char *at)
{
	if (!starts(at, quoting->open))
		return false;
	char after = at[strlen(quoting->open)];
	if (quoting->flags & QUOTE_WORD && at > sql && in_word(at[-1]))
		return false;
	return !(quoting->flags & QUOTE_SPACE) || !after || (unsigned char)after <= ' ';
}

static const char *skip_to_close(const struct quoting *quoting, const char *at)
{
	size_t length = strlen(quoting->close), depth = 1;

	for (at += strlen(quoting->open); *at; at++) {
		if (quoting->flags & QUOTE_BACKSLASH && *at == '\\' && at[1]) {
			at++;
		} else if (quoting->flags & QUOTE_NESTED && starts(at, quoting->open)) {
			depth++;
			at++;
		} else if (starts(at, quoting->close)) {
			if (quoting->flags & QUOTE_DOUBLED && at[1] == *at)
				at++;
			else if (--depth == 0)
				return at + length;
			else
				at += length - 1;
		}
	}
	return at;
}

/* $$ ... $$ or $tag$ ... $tag$, of PostgreSQL. */
static const char *skip_dollars(const char *sql, const char *at)
{
	const char *end = at + 1;

	if (*at != '$' || (at > sql && in_word(at[-1])) || (*end >= '0' && *end <= '9'))
		return at;
	while (*end != '$' && in_word(*end))
		end++;
	if (*end != '$')
		return at;
	size_t size = (size_t)(end - at) + 1;
	for (const char *close = end + 1; *close; close++)
		if (strncmp(close, at, size) == 0)
			return close + size;
	return end + strlen(end);
}

const char *trv__sql_skip(const struct trv_dialect *dialect, const char *sql, const char *at)
{
	for (size_t i = 0; i < TRV_COUNT_OF(quotings); i++)
		if (quotings[i].engines & ON(dialect->engine) && opens(&quotings[i], sql, at))
			return skip_to_close(&quotings[i], at);
	return dialect->engine == TRV_ENGINE_POSTGRESQL ? skip_dollars(sql, at) : at;
}

/* --- masking ----------------------------------------------------------------------------------------- */

/* What text, number or comment stands at `at`: what is put in its place, and where it ends. NULL: it is none. */
static const char *masked(const struct trv_dialect *dialect, const char *sql, const char *at, const char **end)
{
	bool first = at == sql || !in_word(at[-1]);
	bool name = *at == '`' || *at == '[' || (*at == '"' && dialect->engine != TRV_ENGINE_MARIADB);

	*end = trv__sql_skip(dialect, sql, at);
	if (*end != at && !name)
		return starts(at, "--") || starts(at, "/*") || *at == '#' ? " " : "?";
	if (*end != at || !first || *at < '0' || *at > '9')
		return NULL;
	while (in_word(**end) || **end == '.')
		(*end)++;
	return "?";
}

size_t trv__sql_mask(const struct trv_dialect *dialect, const char *sql, char *text, size_t size)
{
	const char *at = sql, *end;
	size_t length = 0;

	while (*at && length + 1 < size) {
		const char *mask = masked(dialect, sql, at, &end);
		size_t run = mask || end == at ? 1 : (size_t)(end - at);

		if (run > size - 1 - length)
			break;
		memcpy(text + length, mask ? mask : at, run);
		length += run;
		at = end == at ? at + 1 : end;
	}
	text[length] = '\0';
	return length;
}
