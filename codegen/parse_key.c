#include "parser.h"

static bool parse_part(struct parser *parser, struct vector *parts)
{
	struct syntax_part part = { .span = span_of(parser, peek(parser)) };

	if (at_sql(parser))
		part.sql = parse_sql(parser);
	else
		part.name = expect_name(parser, "a field or SQL in backticks");
	if (parser->failed)
		return false;
	if (accept_word(parser, "desc"))
		part.descending = true;
	else
		accept_word(parser, "asc");
	*(struct syntax_part *)vector_push(parser->compiler, parts, sizeof(part)) = part;
	return true;
}

/* ( part, part ): line breaks are free inside. */
static void parse_parts(struct parser *parser, struct syntax_key *key)
{
	struct vector parts = { 0 };

	if (!expect_mark(parser, '(', "'('"))
		return;
	do {
		if (!parse_part(parser, &parts))
			return;
	} while (accept_mark(parser, ','));
	expect_mark(parser, ')', "',' or ')'");
	key->parts = parts.items;
	key->part_count = parts.count;
}

static void parse_include(struct parser *parser, struct syntax_key *key)
{
	struct vector names = { 0 };

	if (!expect_mark(parser, '(', "'('"))
		return;
	do {
		struct syntax_text name = expect_name(parser, "a field");

		if (parser->failed)
			return;
		*(struct syntax_text *)vector_push(parser->compiler, &names, sizeof(name)) = name;
	} while (accept_mark(parser, ','));
	expect_mark(parser, ')', "',' or ')'");
	key->include = names.items;
	key->include_count = names.count;
}

struct syntax_key *parse_key(struct parser *parser, enum syntax_key_kind kind, struct span word)
{
	struct syntax_key *key = compiler_zero(parser->compiler, 1, sizeof(*key));

	key->kind = kind;
	key->span = word;
	if (kind != SYNTAX_PRIMARY && !at_line_end(parser) && peek(parser)->kind == TOKEN_NAME)
		key->name = text_of(parser, take(parser));
	parse_parts(parser, key);
	if (!parser->failed && kind != SYNTAX_PRIMARY && !at_line_end(parser) && accept_word(parser, "include"))
		parse_include(parser, key);
	if (!parser->failed && kind != SYNTAX_PRIMARY && !at_line_end(parser) && accept_word(parser, "where")) {
		key->where = parse_sql(parser);
		key->has_where = !parser->failed;
	}
	return key;
}

struct syntax_check *parse_check(struct parser *parser, struct span word)
{
	struct syntax_check *check = compiler_zero(parser->compiler, 1, sizeof(*check));

	check->span = word;
	if (!at_sql(parser) && !at_line_end(parser) && peek(parser)->kind == TOKEN_NAME)
		check->name = text_of(parser, take(parser));
	check->sql = parse_sql(parser);
	return check;
}
