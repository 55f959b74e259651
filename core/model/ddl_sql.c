#include "model/ddl.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define JULIAN_EPOCH 2440587.5

void trv__ddl_put(struct trv__ddl *ddl, const char *text)
{
	trv__buffer_put(&ddl->text, text);
}

/* What the servers take; SQLite has no limit. PostgreSQL would cut it silently. */
static const size_t name_limits[TRV_ENGINE_COUNT] = {
	[TRV_ENGINE_POSTGRESQL] = 63,
	[TRV_ENGINE_MARIADB] = 64,
};

void trv__ddl_name(struct trv__ddl *ddl, const char *identifier)
{
	size_t limit = name_limits[ddl->engine];
	char quote = ddl->dialect->quote;

	if (limit && strlen(identifier) > limit)
		trv__ddl_fail(ddl, TRV_ERR_UNSUPPORTED, "\"%s\": %s takes names of %zu bytes at most", identifier,
		              ddl->dialect->name, limit);
	trv__buffer_put_n(&ddl->text, &quote, 1);
	for (const char *at = identifier; *at; at++) {
		trv__buffer_put_n(&ddl->text, at, 1);
		if (*at == quote)
			trv__buffer_put_n(&ddl->text, at, 1);
	}
	trv__buffer_put_n(&ddl->text, &quote, 1);
}

void trv__ddl_names(struct trv__ddl *ddl, const struct trv_model *model, const uint16_t *columns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		trv__ddl_put(ddl, i ? ", " : "");
		trv__ddl_name(ddl, model->columns[columns[i]].name);
	}
}

/* Names of 60 bytes fit everywhere; of longer ones a hash keeps what is cut off apart. */
void trv__ddl_made_name(struct trv__ddl *ddl, const char *table, const char *column, const char *what)
{
	char name[64], hashed[64];
	uint32_t hash = UINT32_C(2166136261);
	int size = snprintf(name, sizeof(name), "%s_%s_%s", table, column, what);

	if (size <= 60) {
		trv__ddl_name(ddl, name);
		return;
	}
	const char *parts[] = { table, column, what };
	for (size_t i = 0; i < TRV_COUNT_OF(parts); i++)
		for (const char *at = parts[i]; *at; at++)
			hash = (hash ^ (uint8_t)*at) * UINT32_C(16777619);
	size = 50;
	while (size > 0 && ((uint8_t)name[size] & 0xc0) == 0x80)
		size--; /* not in the middle of a character */
	snprintf(hashed, sizeof(hashed), "%.*s_%08" PRIx32, size, name, hash);
	trv__ddl_name(ddl, hashed);
}

static void put_digits(struct trv__ddl *ddl, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		trv__buffer_format(&ddl->text, "%02x", bytes[i]);
}

void trv__ddl_hex(struct trv__ddl *ddl, const void *data, size_t size)
{
	trv__ddl_put(ddl, ddl->engine == TRV_ENGINE_POSTGRESQL ? "'\\x" : "X'");
	put_digits(ddl, data, size);
	trv__ddl_put(ddl, "'");
}

void trv__ddl_quote(struct trv__ddl *ddl, const char *string)
{
	/*
	 * Whether a backslash escapes depends on the server's sql_mode; hexadecimal does not.
	 * _utf8mb4 X'...' would be shorter, but MariaDB 10.11 stores such a literal in a check
	 * as an unescaped string and then cannot read it.
	 */
	if (ddl->engine == TRV_ENGINE_MARIADB && strchr(string, '\\')) {
		trv__ddl_put(ddl, "(CONVERT(unhex('");
		put_digits(ddl, string, strlen(string));
		trv__ddl_put(ddl, "') USING utf8mb4) COLLATE utf8mb4_nopad_bin)");
		return;
	}
	trv__ddl_put(ddl, "'");
	for (const char *at = string; *at; at++)
		trv__ddl_put(ddl, *at == '\'' ? "''" : (const char[]) { *at, '\0' });
	trv__ddl_put(ddl, "'");
}

/* --- days, times and instants --------------------------------------------------------------- */

static void put_typed(struct trv__ddl *ddl, enum trv_type type, int64_t value)
{
	bool postgresql = ddl->engine == TRV_ENGINE_POSTGRESQL;
	char text[TRV_TIME_TEXT];
	struct trv_civil civil;

	switch (type) {
	case TRV_DATE:
		trv_date_format((int32_t)value, text);
		trv__buffer_format(&ddl->text, "DATE '%s'", text);
		break;
	case TRV_TIME:
		trv_time_format(value, text);
		trv__buffer_format(&ddl->text, "TIME '%s'", text);
		break;
	default:
		civil = trv_timestamp_civil(value);
		trv__buffer_format(&ddl->text, "%s '%04" PRId32 "-%02d-%02d %02d:%02d:%02d.%06d%s'",
		                   postgresql ? "TIMESTAMPTZ" : "TIMESTAMP", civil.year, civil.month, civil.day,
		                   civil.hour, civil.minute, civil.second, civil.microsecond, postgresql ? "+00" : "");
		break;
	}
}

static void put_iso(struct trv__ddl *ddl, enum trv_type type, int64_t value)
{
	char text[TRV_TIME_TEXT];

	if (type == TRV_DATE)
		trv_date_format((int32_t)value, text);
	else if (type == TRV_TIME)
		trv_time_format(value, text);
	else
		trv_timestamp_format(value, text);
	trv__ddl_quote(ddl, text);
}

void trv__ddl_moment(struct trv__ddl *ddl, enum trv_type type, enum trv_storage storage, int64_t value)
{
	bool typed = ddl->engine == TRV_ENGINE_POSTGRESQL || ddl->engine == TRV_ENGINE_MARIADB;
	double days = type == TRV_DATE ? (double)value : (double)value / (double)TRV_DAY_MICROSECONDS;

	switch (storage) {
	case TRV_STORE_ISO:
	case TRV_STORE_TEXT:
		put_iso(ddl, type, value);
		break;
	case TRV_STORE_UNIX:
		trv__buffer_double(&ddl->text, (double)value / 1e6, false);
		break;
	case TRV_STORE_MILLIS:
		trv__buffer_format(&ddl->text, "%" PRId64, value / 1000);
		break;
	case TRV_STORE_JULIAN:
		trv__buffer_double(&ddl->text, days + JULIAN_EPOCH, false);
		break;
	default:
		if (typed && storage == TRV_STORE_DEFAULT)
			put_typed(ddl, type, value);
		else
			trv__buffer_format(&ddl->text, "%" PRId64, value);
		break;
	}
}

/* --- SQL of the schema ------------------------------------------------------------------------ */

/* How the model's columns of that type are kept: a literal is compared with one of them. */
static enum trv_storage storage_in(const struct trv__ddl *ddl, const struct trv_model *model, enum trv_type type)
{
	enum trv_storage storage = TRV_STORE_DEFAULT;

	for (int i = 0; model && i < model->column_count; i++) {
		if (model->columns[i].type != type)
			continue;
		if (storage != TRV_STORE_DEFAULT && storage != trv_column_storage(&model->columns[i], ddl->engine))
			return TRV_STORE_DEFAULT;
		storage = trv_column_storage(&model->columns[i], ddl->engine);
	}
	return storage;
}

/* The end of a quoted piece that begins at `at`, or of the text. */
static const char *quoted_end(const char *at)
{
	char quote = *at++;

	while (*at) {
		if (*at == quote && at[1] != quote)
			return at + 1;
		at += *at == quote ? 2 : 1;
	}
	return at;
}

static const char *comment_end(const char *at)
{
	const char *start = at;
	bool line = *at == '-';

	for (at++; *at; at++) {
		if (line && *at == '\n')
			return at + 1;
		if (!line && at > start + 1 && at[0] == '*' && at[1] == '/')
			return at + 2;
	}
	return at;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || ((unsigned char)c & 0x80);
}

static bool parse_moment(enum trv_type type, const char *text, size_t size, int64_t *value)
{
	int32_t date;

	if (type == TRV_TIME)
		return trv_time_parse(value, text, size) == 0;
	if (type == TRV_TIMESTAMP)
		return trv_timestamp_parse(value, text, size) == 0;
	if (trv_date_parse(&date, text, size) < 0)
		return false;
	*value = date;
	return true;
}

/* Writes `DATE '...'` that begins at `word` in the engine's way; where it ends, or NULL when it is none. */
static const char *put_literal(struct trv__ddl *ddl, const struct trv_model *model, const char *word, size_t size)
{
	static const struct {
		const char *word;
		enum trv_type type;
	} kinds[] = { { "DATE", TRV_DATE }, { "TIME", TRV_TIME }, { "TIMESTAMP", TRV_TIMESTAMP } };
	const char *quote = word + size + strspn(word + size, " \t\n");
	int64_t value;

	if (*quote != '\'')
		return NULL;
	const char *end = quoted_end(quote);
	if (end - quote < 2)
		return NULL;
	for (size_t i = 0; i < TRV_COUNT_OF(kinds); i++) {
		if (strlen(kinds[i].word) != size || strncasecmp(word, kinds[i].word, size) != 0 ||
		    !parse_moment(kinds[i].type, quote + 1, (size_t)(end - quote) - 2, &value))
			continue;
		trv__ddl_moment(ddl, kinds[i].type, storage_in(ddl, model, kinds[i].type), value);
		return end;
	}
	return NULL;
}

static const char *token_end(const char *at)
{
	const char *end = at + 1;

	if (strchr("'\"`", *at))
		return quoted_end(at);
	if (strncmp(at, "--", 2) == 0 || strncmp(at, "/*", 2) == 0)
		return comment_end(at);
	while (is_word(*at) && is_word(*end))
		end++;
	return end;
}

bool trv__ddl_mentions(const char *sql, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = sql, *end; *at; at = end) {
		bool quoted = *at == '"' || *at == '`';

		end = token_end(at);
		if ((size_t)(end - at) == length + (quoted ? 2 : 0) && strncasecmp(at + quoted, word, length) == 0)
			return true;
	}
	return false;
}

/* The end of the token at `at`, which was written. */
static const char *put_token(struct trv__ddl *ddl, const struct trv_model *model, const char *at)
{
	const char *end = token_end(at);
	const char *literal = is_word(*at) ? put_literal(ddl, model, at, (size_t)(end - at)) : NULL;

	if (literal)
		return literal;
	trv__buffer_put_n(&ddl->text, at, (size_t)(end - at));
	return end;
}

void trv__ddl_sql(struct trv__ddl *ddl, const struct trv_model *model, const char *sql)
{
	while (*sql)
		sql = put_token(ddl, model, sql);
}
