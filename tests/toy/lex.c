#include "lex.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

void *toy_new(struct toy_parser *parser, size_t size)
{
	void *memory = trv_arena_zero(parser->arena, 1, size);

	if (!memory && parser->status >= 0)
		parser->status = trv_error_set(parser->error, TRV_ERR_NOMEM, "out of memory for a statement");
	return memory;
}

const char *toy_join(struct toy_parser *parser, const char *first, const char *second)
{
	size_t size = strlen(first);
	char *text = toy_new(parser, size + strlen(second) + 1);

	if (!text)
		return "";
	memcpy(text, first, size);
	memcpy(text + size, second, strlen(second));
	return text;
}

void toy_refuse(struct toy_parser *parser, const char *wanted)
{
	if (parser->status < 0)
		return;
	parser->status = trv_error_set(parser->error, TRV_ERR_UNSUPPORTED, "the toy expects %s, not '%.60s'", wanted,
	                               parser->token == TOY_END ? "the end" : parser->text);
	parser->token = TOY_END;
}

static void take(struct toy_parser *parser, enum toy_token token, const char *from, size_t size)
{
	parser->token = token;
	parser->text = trv_arena_copy(parser->arena, from, size);
	if (!parser->text) {
		parser->text = "";
		parser->token = TOY_END;
		parser->status = trv_error_set(parser->error, TRV_ERR_NOMEM, "out of memory for a statement");
	}
}

/* 'it''s' and "a ""b""": the quote doubled is itself. */
static void quoted(struct toy_parser *parser, char quote)
{
	const char *from = parser->at + 1, *to = from;
	char *out;

	while (to < parser->end && (*to != quote || (to + 1 < parser->end && to[1] == quote)))
		to += *to == quote ? 2 : 1;
	if (to >= parser->end) {
		parser->text = "an open quote";
		toy_refuse(parser, "a closing quote");
		return;
	}
	parser->at = to + 1;
	take(parser, quote == '"' ? TOY_NAME : TOY_STRING, from, (size_t)(to - from));
	out = (char *)(uintptr_t)parser->text; /* our own copy */
	for (const char *in = out; parser->token != TOY_END && *in; in += *in == quote ? 2 : 1)
		*out++ = *in;
	if (parser->token != TOY_END)
		*out = '\0';
}

void toy_next(struct toy_parser *parser)
{
	static const char *const pairs[] = { "<>", "<=", ">=" };
	const char *from;

	while (parser->at < parser->end && isspace((unsigned char)*parser->at))
		parser->at++;
	from = parser->at;
	parser->token = TOY_END;
	if (parser->status < 0 || from == parser->end)
		return;
	size_t left = (size_t)(parser->end - from), size = 0;
	bool number = isdigit((unsigned char)*from);
	if (*from == '"' || *from == '\'') {
		quoted(parser, *from);
		return;
	}
	while (size < left &&
	       (isalnum((unsigned char)from[size]) || from[size] == '_' || (number && from[size] == '.')))
		size++;
	enum toy_token token = number ? TOY_NUMBER : size ? TOY_WORD : TOY_SYMBOL;
	for (size_t i = 0; i < TRV_COUNT_OF(pairs) && !size; i++)
		size = left >= 2 && memcmp(from, pairs[i], 2) == 0 ? 2 : 0;
	size = size ? size : 1;
	parser->at += size;
	take(parser, token, from, size);
}

bool toy_is(const struct toy_parser *parser, const char *text)
{
	return (parser->token == TOY_WORD || parser->token == TOY_SYMBOL) && strcasecmp(parser->text, text) == 0;
}

bool toy_accept(struct toy_parser *parser, const char *text)
{
	bool there = toy_is(parser, text);

	if (there)
		toy_next(parser);
	return there;
}

void toy_expect(struct toy_parser *parser, const char *text)
{
	if (!toy_accept(parser, text))
		toy_refuse(parser, text);
}
