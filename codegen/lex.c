#include "compiler.h"

#include <string.h>

#define MAX_TOKENS ((size_t)2 << 20)
#define MAX_TOKEN 65535 /* bytes of one string, SQL or comment */

struct lexer {
	struct compiler *compiler;
	const struct schema_file *file;
	const char *at;
	const char *end;
	const char *line_start;
	uint32_t line;
	struct vector tokens;
};

struct span token_span(const struct schema_file *file, const struct token *token)
{
	return (struct span) { { file, token->line, token->column }, token->length };
}

static struct span span_here(const struct lexer *lexer, size_t length)
{
	uint32_t column = (uint32_t)(lexer->at - lexer->line_start) + 1;

	return (struct span) { { lexer->file, lexer->line, column }, (uint32_t)length };
}

/* Of a word: letters beyond ASCII too, so that a name with one is complained about as a whole. */
static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Where the line at `lexer->at` ends: before its "\n" or "\r\n". */
static const char *line_end(const struct lexer *lexer)
{
	const char *newline = memchr(lexer->at, '\n', (size_t)(lexer->end - lexer->at));
	const char *end = newline ? newline : lexer->end;

	if (newline && end > lexer->at && end[-1] == '\r')
		end--;
	return end;
}

static void emit(struct lexer *lexer, enum token_kind kind, char mark, size_t length)
{
	struct token *token = vector_push(lexer->compiler, &lexer->tokens, sizeof(*token));

	*token = (struct token) {
		.kind = (uint8_t)kind,
		.mark = mark,
		.offset = (uint32_t)(lexer->at - lexer->file->text),
		.length = (uint32_t)length,
		.line = lexer->line,
		.column = (uint32_t)(lexer->at - lexer->line_start) + 1,
	};
	lexer->at += length;
}

static void lex_name(struct lexer *lexer)
{
	const char *stop = lexer->at;

	while (stop < lexer->end && (is_letter(*stop) || is_digit(*stop)))
		stop++;
	emit(lexer, TOKEN_NAME, 0, (size_t)(stop - lexer->at));
}

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && is_digit(*at))
		at++;
	return at;
}

static void lex_number(struct lexer *lexer)
{
	const char *end = lexer->end;
	const char *stop = skip_digits(lexer->at + (*lexer->at == '-'), end);

	if (stop + 1 < end && *stop == '.' && is_digit(stop[1]))
		stop = skip_digits(stop + 1, end);
	if (stop + 1 < end && (*stop == 'e' || *stop == 'E')) {
		const char *exponent = stop + 1 + (stop[1] == '+' || stop[1] == '-');

		if (exponent < end && is_digit(*exponent))
			stop = skip_digits(exponent, end);
	}
	const char *rest = stop;
	while (rest < end && (is_letter(*rest) || is_digit(*rest) || *rest == '.'))
		rest++;
	if (rest > stop)
		complain(lexer->compiler, span_here(lexer, (size_t)(rest - lexer->at)), NULL,
		         "'%.*s' is neither a number nor a name", (int)(rest - lexer->at < 60 ? rest - lexer->at : 60),
		         lexer->at);
	emit(lexer, TOKEN_NUMBER, 0, (size_t)(rest - lexer->at));
}

/* A string or SQL: up to its closing quote on the same line. */
static void lex_quoted(struct lexer *lexer, enum token_kind kind)
{
	const char *stop = line_end(lexer), *at = lexer->at + 1;
	char quote = *lexer->at;

	for (; at < stop; at++) {
		if (kind == TOKEN_STRING && *at == '\\' && at + 1 < stop)
			at++;
		else if (kind == TOKEN_SQL && *at == quote && at + 1 < stop && at[1] == quote)
			at++; /* `` is one backtick */
		else if (*at == quote)
			break;
	}
	size_t length = (size_t)(at - lexer->at) + (at < stop);
	if (at >= stop)
		complain(lexer->compiler, span_here(lexer, 1), "it must close on the same line",
		         kind == TOKEN_SQL ? "the backtick is never closed" : "the quote is never closed");
	else if (length > MAX_TOKEN)
		complain(lexer->compiler, span_here(lexer, 1), NULL,
		         "%zu bytes are too long for one %s: the limit is %d", length,
		         kind == TOKEN_SQL ? "expression" : "string", MAX_TOKEN);
	bool bad = at >= stop || length > MAX_TOKEN;
	emit(lexer, kind, 0, length);
	struct token *tokens = lexer->tokens.items;
	tokens[lexer->tokens.count - 1].bad = bad;
}

static void lex_comment(struct lexer *lexer)
{
	const char *stop = line_end(lexer);
	size_t length = (size_t)(stop - lexer->at);
	/* "////" is a ruler, not documentation. */
	bool doc = length >= 3 && lexer->at[2] == '/' && (length == 3 || lexer->at[3] != '/');

	if (length > MAX_TOKEN) {
		complain(lexer->compiler, span_here(lexer, 2), NULL, "the comment is too long: the limit is %d bytes",
		         MAX_TOKEN);
		lexer->at = stop;
		return;
	}
	emit(lexer, doc ? TOKEN_DOC : TOKEN_COMMENT, 0, length);
}

/* How far a slip goes that is complained about once: 'text' and a comment of C as a whole. */
static size_t slip_length(const struct lexer *lexer)
{
	const char *at = lexer->at, *stop = line_end(lexer), *end = NULL;

	if (*at == '\'')
		end = memchr(at + 1, '\'', (size_t)(stop - at - 1));
	else if (*at == '/' && at + 1 < stop && at[1] == '*')
		end = memmem(at + 2, (size_t)(stop - at - 2), "*/", 2);
	if (end)
		return (size_t)(end - at) + (*at == '/' ? 2 : 1);
	return 1;
}

static void lex_unknown(struct lexer *lexer)
{
	unsigned char byte = (unsigned char)*lexer->at;
	size_t length = slip_length(lexer);
	const char *hint = NULL;

	if (byte == '\'')
		hint = "text stands in double quotes, SQL in backticks";
	else if (byte == '#' || byte == '*' || byte == '/')
		hint = "a comment begins with //";
	if (byte < 0x20 || byte == 0x7f)
		complain(lexer->compiler, span_here(lexer, 1), NULL,
		         "a control character (0x%02x) does not belong here", byte);
	else
		complain(lexer->compiler, span_here(lexer, length), hint, "%.*s does not belong here",
		         (int)(length < 60 ? length : 1), lexer->at);
	if (byte == '\'' && length > 1)
		emit(lexer, TOKEN_STRING, 0, length); /* so that nothing seems to be missing */
	else
		lexer->at += length;
}

static bool skip_space(struct lexer *lexer)
{
	char c = *lexer->at;

	if (c == '\n') {
		lexer->at++;
		lexer->line++;
		lexer->line_start = lexer->at;
		return true;
	}
	if (c == ' ' || c == '\t' || (c == '\r' && lexer->at + 1 < lexer->end && lexer->at[1] == '\n')) {
		lexer->at++;
		return true;
	}
	return false;
}

static void lex_one(struct lexer *lexer)
{
	char c = *lexer->at, next = lexer->at + 1 < lexer->end ? lexer->at[1] : '\0';

	if (is_letter(c))
		lex_name(lexer);
	else if (is_digit(c) || (c == '-' && is_digit(next)))
		lex_number(lexer);
	else if (c == '"' || c == '`')
		lex_quoted(lexer, c == '"' ? TOKEN_STRING : TOKEN_SQL);
	else if (c == '/' && next == '/')
		lex_comment(lexer);
	else if (c == '-' && next == '>')
		emit(lexer, TOKEN_MARK, '-', 2);
	else if (strchr("{}()[],=?;", c))
		emit(lexer, TOKEN_MARK, c, 1);
	else
		lex_unknown(lexer);
}

/* The first byte of the text that is not UTF-8, or NUL or another control character inside of quotes or comments. */
static size_t valid_prefix(const char *text, size_t size)
{
	size_t good = 0;

	/* Line by line, so that the search for the byte stays short. */
	while (good < size) {
		const char *newline = memchr(text + good, '\n', size - good);
		size_t length = newline ? (size_t)(newline - text) + 1 - good : size - good;

		if (!trv_utf8_valid(text + good, length))
			break;
		good += length;
	}
	size_t line = good;
	for (size_t length = 1; line < size && good < size && length <= 4;) {
		if (trv_utf8_valid(text + good, length)) {
			good += length;
			length = 1;
		} else if (good + ++length > size) {
			break;
		}
	}
	return good;
}

static bool check_bytes(struct lexer *lexer)
{
	size_t size = lexer->file->size, good = valid_prefix(lexer->file->text, size);

	if (good == size)
		return true;
	for (const char *at = lexer->file->text; at < lexer->file->text + good; at++)
		if (*at == '\n') {
			lexer->line++;
			lexer->line_start = at + 1;
		}
	lexer->at = lexer->file->text + good;
	complain(lexer->compiler, span_here(lexer, 1), NULL, "the byte 0x%02x is not UTF-8 text",
	         (unsigned char)*lexer->at);
	return false;
}

/* Control characters hide in strings and comments: each token that can hold one is looked through. */
static void check_controls(struct lexer *lexer)
{
	struct token *tokens = lexer->tokens.items;

	for (size_t i = 0; i < lexer->tokens.count; i++) {
		const char *text = lexer->file->text + tokens[i].offset;

		if (tokens[i].kind < TOKEN_STRING || tokens[i].kind == TOKEN_MARK)
			continue;
		for (uint32_t k = 0; k < tokens[i].length; k++) {
			unsigned char byte = (unsigned char)text[k];

			if ((byte >= 0x20 || byte == '\t') && byte != 0x7f)
				continue;
			struct span at = token_span(lexer->file, &tokens[i]);
			at.start.column += k;
			at.length = 1;
			complain(lexer->compiler, at, NULL, "a control character (0x%02x) does not belong here", byte);
			break;
		}
	}
}

struct token_list lex(struct compiler *compiler, const struct schema_file *file)
{
	struct lexer lexer = { .compiler = compiler, .file = file, .line = 1 };

	lexer.at = lexer.line_start = file->text;
	lexer.end = file->text + file->size;
	if (!check_bytes(&lexer))
		lexer.at = lexer.end;
	else if (file->size >= 3 && memcmp(file->text, "\xEF\xBB\xBF", 3) == 0)
		lexer.at += 3; /* a byte order mark */
	while (lexer.at < lexer.end && !compiler_gave_up(compiler)) {
		if (skip_space(&lexer))
			continue;
		if (lexer.tokens.count >= MAX_TOKENS) {
			complain(compiler, span_here(&lexer, 1), "split it and include the parts",
			         "the file is too long: the limit is %zu words", MAX_TOKENS);
			break;
		}
		lex_one(&lexer);
	}
	check_controls(&lexer);
	size_t count = lexer.tokens.count;
	emit(&lexer, TOKEN_END, 0, 0);
	return (struct token_list) { lexer.tokens.items, count };
}

static char unescape(struct compiler *compiler, struct span at, char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case '"':
	case '\\':
		return c;
	default:
		complain(compiler, at, "these are known: \\\" \\\\ \\n \\t", "'\\%.*s' is not an escape",
		         (unsigned char)c < 0x80 ? 1 : 0, &c);
		return c;
	}
}

struct syntax_text token_text(struct compiler *compiler, const struct schema_file *file, const struct token *token)
{
	const char *from = file->text + token->offset, *end = from + token->length;
	struct span span = token_span(file, token);

	if (token->kind != TOKEN_STRING && token->kind != TOKEN_SQL)
		return (struct syntax_text) { compiler_copy(compiler, from, token->length), span };
	if (token->bad)
		return (struct syntax_text) { "", span };
	char *text = compiler_alloc(compiler, token->length), *to = text;
	for (const char *at = from + 1; at < end - 1; at++) {
		if (token->kind == TOKEN_SQL && *at == '`') {
			at++;
			*to++ = '`';
		} else if (token->kind == TOKEN_STRING && *at == '\\') {
			struct span escape = span;

			escape.start.column += (uint32_t)(at - from);
			escape.length = 2;
			*to++ = unescape(compiler, escape, *++at);
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
	return (struct syntax_text) { text, span };
}
