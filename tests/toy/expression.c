/* Expressions of the toy's SQL: a function for each level of precedence. */
#include "lex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 100 /* of parentheses and NOTs */

/* Never NULL, so that what calls need not look: after a failure, one that nobody evaluates. */
static struct toy_node *node(struct toy_parser *parser, enum toy_operator operator, struct toy_node * left,
                             struct toy_node *right)
{
	struct toy_node *made = toy_new(parser, sizeof(*made));

	if (!made)
		return &parser->none;
	*made = (struct toy_node) { .operator= operator, .left = left, .right = right };
	return made;
}

const char *toy_name(struct toy_parser *parser)
{
	const char *name = parser->text;

	if (parser->token != TOY_WORD && parser->token != TOY_NAME) {
		toy_refuse(parser, "a name");
		return "";
	}
	toy_next(parser);
	return name;
}

struct toy_node *toy_column_name(struct toy_parser *parser)
{
	struct toy_node *made = node(parser, TOY_COLUMN, NULL, NULL);

	made->name = toy_name(parser);
	if (toy_accept(parser, ".")) /* there is one table only, so its name or alias says nothing */
		made->name = toy_name(parser);
	if (parser->status >= 0) {
		made->unresolved = parser->command->unresolved;
		parser->command->unresolved = made;
	}
	return made;
}

struct toy_node *toy_list(struct toy_parser *parser, struct toy_node *(*read)(struct toy_parser *parser), size_t *count)
{
	struct toy_node *first = NULL, **last = &first;
	size_t read_count = 0;

	do {
		*last = read(parser);
		if (parser->status < 0)
			return NULL;
		last = &(*last)->next;
		read_count++;
	} while (toy_accept(parser, ","));
	if (count)
		*count = read_count;
	return first;
}

static struct toy_node *number(struct toy_parser *parser, bool negative)
{
	struct toy_node *made = node(parser, TOY_LITERAL, NULL, NULL);
	char *end;

	if (parser->token != TOY_NUMBER) {
		toy_refuse(parser, "a number");
		return made;
	}
	bool real = strpbrk(parser->text, ".eE") != NULL;
	const char *text = toy_join(parser, negative ? "-" : "", parser->text);
	errno = 0;
	if (real)
		made->value = (struct toy_value) { .kind = TOY_REAL, .real = strtod(text, &end) };
	else
		made->value = (struct toy_value) { .kind = TOY_INTEGER, .integer = strtoll(text, &end, 10) };
	if (*end || errno)
		toy_refuse(parser, "a number of 64 bits");
	toy_next(parser);
	return made;
}

static struct toy_node *literal(struct toy_parser *parser)
{
	struct toy_node *made = node(parser, TOY_LITERAL, NULL, NULL);

	if (parser->token == TOY_STRING)
		made->value =
			(struct toy_value) { .kind = TOY_TEXT, .data = parser->text, .size = strlen(parser->text) };
	toy_next(parser);
	return made;
}

static struct toy_node *primary(struct toy_parser *parser)
{
	struct toy_node *made;

	if (toy_accept(parser, "(")) {
		made = toy_expression(parser);
		toy_expect(parser, ")");
		return made;
	}
	if (toy_accept(parser, "?")) {
		made = node(parser, TOY_PARAMETER, NULL, NULL);
		made->index = parser->command->parameters++;
		return made;
	}
	if (toy_accept(parser, "-"))
		return number(parser, true);
	if (parser->token == TOY_NUMBER)
		return number(parser, false);
	if (parser->token == TOY_STRING || toy_is(parser, "NULL"))
		return literal(parser);
	if (toy_accept(parser, "NOW"))
		return node(parser, TOY_NOW, NULL, NULL);
	return toy_column_name(parser);
}

static struct toy_node *sum(struct toy_parser *parser)
{
	struct toy_node *left = primary(parser);

	while (toy_accept(parser, "+"))
		left = node(parser, TOY_PLUS, left, primary(parser));
	return left;
}

static struct toy_node *in_list(struct toy_parser *parser, struct toy_node *left)
{
	toy_expect(parser, "(");
	struct toy_node *made = node(parser, TOY_IN, left, toy_list(parser, toy_expression, NULL));
	toy_expect(parser, ")");
	return made;
}

static struct toy_node *comparison(struct toy_parser *parser)
{
	static const struct {
		const char *symbol;
		enum toy_operator operator;
	} symbols[] = {
		{ "=", TOY_EQ }, { "<>", TOY_NE }, { "<", TOY_LT }, { "<=", TOY_LE }, { ">", TOY_GT }, { ">=", TOY_GE },
	};
	struct toy_node *left = sum(parser);

	for (size_t i = 0; i < TRV_COUNT_OF(symbols); i++)
		if (toy_accept(parser, symbols[i].symbol))
			return node(parser, symbols[i].operator, left, sum(parser));
	if (toy_accept(parser, "IS")) {
		bool not = toy_accept(parser, "NOT");

		toy_expect(parser, "NULL");
		left = node(parser, TOY_IS_NULL, left, NULL);
		return not ? node(parser, TOY_NOT, left, NULL) : left;
	}
	return toy_accept(parser, "IN") ? in_list(parser, left) : left;
}

static struct toy_node *negation(struct toy_parser *parser)
{
	if (!toy_accept(parser, "NOT"))
		return comparison(parser);
	if (++parser->depth > DEPTH)
		toy_refuse(parser, "fewer NOTs");
	struct toy_node *made = node(parser, TOY_NOT, negation(parser), NULL);
	parser->depth--;
	return made;
}

static struct toy_node *conjunction(struct toy_parser *parser)
{
	struct toy_node *left = negation(parser);

	while (toy_accept(parser, "AND"))
		left = node(parser, TOY_AND, left, negation(parser));
	return left;
}

struct toy_node *toy_expression(struct toy_parser *parser)
{
	if (++parser->depth > DEPTH)
		toy_refuse(parser, "fewer parentheses");
	struct toy_node *left = conjunction(parser);
	while (toy_accept(parser, "OR"))
		left = node(parser, TOY_OR, left, conjunction(parser));
	parser->depth--;
	return left;
}
