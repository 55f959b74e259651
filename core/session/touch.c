/*
 * Which raw SQL leaves something behind in its connection, by its text. Work on rows does
 * not, unless it names what does; everything else may. A function of the user's that
 * changes settings is not seen.
 */
#include "session/internal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const harmless[] = {
	"select", "insert", "update", "delete", "with", "values", "replace", "explain"
};

/* Settings, temporary tables, user locks, variables. */
static const char *const suspicious[] = { "set_config", "temp", "_lock", "@", "last_insert_id" };

static const char *skip_space(const char *sql)
{
	while (isspace((unsigned char)*sql) || *sql == '(')
		sql++;
	return sql;
}

static bool starts_with_word(const char *sql, const char *word)
{
	size_t size = strlen(word);

	return strncasecmp(sql, word, size) == 0 && !isalnum((unsigned char)sql[size]) && sql[size] != '_';
}

bool trv__sql_touches(const char *sql)
{
	const char *start = skip_space(sql);
	bool works_on_rows = false;

	for (size_t i = 0; i < TRV_COUNT_OF(harmless) && !works_on_rows; i++)
		works_on_rows = starts_with_word(start, harmless[i]);
	if (!works_on_rows)
		return true;
	for (size_t i = 0; i < TRV_COUNT_OF(suspicious); i++)
		if (strcasestr(sql, suspicious[i]))
			return true;
	return false;
}
