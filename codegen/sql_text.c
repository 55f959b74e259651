#include "sql_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define MAX_PARENTHESES 100

struct scanner {
	struct compiler *compiler;
	const struct syntax_text *sql;
	enum trv_engine engine;
	struct vector tokens;
	size_t open[MAX_PARENTHESES]; /* where the open parentheses are */
	size_t depth;
	bool failed;
};

struct span sql_span(const struct syntax_text *sql, size_t offset, size_t length)
{
	struct span span = sql->span;

	/* A backtick stands twice in the file. */
	span.start.column += (uint32_t)(offset + 1);
	for (size_t i = 0; i < offset; i++)
		span.start.column += sql->text[i] == '`';
	span.length = (uint32_t)(length ? length : 1);
	return span;
}

bool sql_token_is(const struct syntax_text *sql, const struct sql_token *token, const char *name)
{
	size_t quotes = token->kind == SQL_QUOTED ? 1 : 0, length = token->length - 2 * quotes;

	return (token->kind == SQL_WORD || token->kind == SQL_QUOTED) && strlen(name) == length &&
	       strncasecmp(sql->text + token->offset + quotes, name, length) == 0;
}

static void fail(struct scanner *scanner, size_t offset, size_t length, const char *hint, const char *message)
{
	if (!scanner->failed)
		complain(scanner->compiler, sql_span(scanner->sql, offset, length), hint, "%s", message);
	scanner->failed = true;
}

static bool is_word(unsigned char c)
{
	return isalnum(c) || c == '_' || c >= 0x80;
}

static size_t word_length(const char *text)
{
	size_t length = 0;

	while (is_word((unsigned char)text[length]))
		length++;
	return length;
}

static size_t number_length(const char *text)
{
	size_t length = 0;

	while (is_word((unsigned char)text[length]) || text[length] == '.' ||
	       ((text[length] == '+' || text[length] == '-') && length > 0 && tolower(text[length - 1]) == 'e' &&
	        isdigit((unsigned char)text[length + 1])))
		length++;
	return length;
}

/* Up to the closing quote; the quote is doubled inside. */
static size_t quoted_length(struct scanner *scanner, size_t offset)
{
	const char *text = scanner->sql->text + offset;
	char quote = text[0];
	size_t length = 1;

	for (; text[length]; length++) {
		if (text[length] != quote)
			continue;
		if (text[length + 1] != quote)
			return length + 1;
		length++;
	}
	fail(scanner, offset, 1, NULL, "the quote in the SQL is never closed");
	return length;
}

static void parenthesis(struct scanner *scanner, size_t offset)
{
	if (scanner->sql->text[offset] == ')') {
		if (scanner->depth == 0)
			fail(scanner, offset, 1, NULL, "the parenthesis in the SQL was never opened");
		else
			scanner->depth--;
	} else if (scanner->depth == MAX_PARENTHESES) {
		fail(scanner, offset, 1, NULL, "parentheses in SQL are at most 100 deep");
	} else {
		scanner->open[scanner->depth++] = offset;
	}
}

/* What has no place in an expression of a schema. */
static void refuse(struct scanner *scanner, size_t offset)
{
	const char *text = scanner->sql->text + offset;
	bool postgresql = scanner->engine == TRV_ENGINE_POSTGRESQL;

	if (*text == ';')
		fail(scanner, offset, 1, NULL, "SQL here is one expression, without ';'");
	else if ((text[0] == '-' && text[1] == '-') || (text[0] == '/' && text[1] == '*') ||
	         (text[0] == '#' && scanner->engine != TRV_ENGINE_POSTGRESQL))
		fail(scanner, offset, *text == '#' ? 1 : 2,
		     "a comment of the schema begins with //, behind the backtick",
		     "a comment has no place in SQL here");
	else if ((*text == '?' && !postgresql) || *text == '$' ||
	         (*text == ':' && (is_word((unsigned char)text[1]) && (offset == 0 || text[-1] != ':'))) ||
	         (*text == '@' && !postgresql))
		fail(scanner, offset, 1, NULL, "a parameter has no place in SQL here: nobody gives its value");
	else if (*text == '\\')
		fail(scanner, offset, 1, NULL, "a backslash has no place in SQL here");
}

static size_t operator_length(const char *text)
{
	static const char *const pairs[] = { "<=", ">=", "<>", "!=", "==", "||", "::", "->", "<<", ">>" };

	for (size_t i = 0; i < TRV_COUNT_OF(pairs); i++)
		if (strncmp(text, pairs[i], 2) == 0)
			return 2;
	return 1;
}

/* MariaDB takes \' for a quote inside of the string, the others for its end. */
static void check_backslash(struct scanner *scanner, size_t offset, size_t length)
{
	const char *text = scanner->sql->text + offset;
	bool mariadb = scanner->engine == TRV_ENGINE_MARIADB ||
	               (scanner->engine == TRV_ENGINE_ANY && scanner->compiler->schema->engines[TRV_ENGINE_MARIADB]);
	const char *backslash = memchr(text, '\\', length);

	if (mariadb && backslash)
		fail(scanner, offset + (size_t)(backslash - text), 1, "engines read it differently",
		     "a backslash has no place in a string of SQL here");
}

static void scan_one(struct scanner *scanner, size_t *offset)
{
	const char *text = scanner->sql->text + *offset;
	struct sql_token token = { .offset = *offset };

	if (*text == '\'' || *text == '"' || *text == '`') {
		token.kind = *text == '\'' ? SQL_STRING : SQL_QUOTED;
		token.length = quoted_length(scanner, *offset);
		check_backslash(scanner, *offset, token.length);
	} else if (isdigit((unsigned char)*text)) {
		token.kind = SQL_NUMBER;
		token.length = number_length(text);
	} else if (is_word((unsigned char)*text)) {
		token.kind = SQL_WORD;
		token.length = word_length(text);
	} else {
		token.kind = SQL_OPERATOR;
		token.length = operator_length(text);
		refuse(scanner, *offset);
		if (*text == '(' || *text == ')')
			parenthesis(scanner, *offset);
	}
	*(struct sql_token *)vector_push(scanner->compiler, &scanner->tokens, sizeof(token)) = token;
	*offset += token.length;
}

bool sql_scan(struct compiler *compiler, const struct syntax_text *sql, enum trv_engine engine,
              struct sql_tokens *tokens)
{
	struct scanner scanner = { .compiler = compiler, .sql = sql, .engine = engine };
	size_t offset = 0;

	while (sql->text[offset] && !scanner.failed) {
		if (sql->text[offset] == ' ' || sql->text[offset] == '\t')
			offset++;
		else
			scan_one(&scanner, &offset);
	}
	if (scanner.tokens.count == 0 && !scanner.failed) {
		complain(compiler, sql->span, NULL, "the SQL is empty");
		return false;
	}
	if (scanner.depth > 0)
		fail(&scanner, scanner.open[scanner.depth - 1], 1, NULL, "the parenthesis in the SQL is never closed");
	tokens->items = scanner.tokens.items;
	tokens->count = scanner.tokens.count;
	return !scanner.failed;
}
