/* Tokens of the toy's SQL. */
#ifndef TRIVET_TESTS_TOY_LEX_H
#define TRIVET_TESTS_TOY_LEX_H

#include "toy.h"

enum toy_token {
	TOY_END,
	TOY_WORD, /* a keyword or a plain name */
	TOY_NAME, /* a quoted name */
	TOY_STRING,
	TOY_NUMBER,
	TOY_SYMBOL
};

struct toy_parser {
	const char *at, *end;
	enum toy_token token; /* the current one */
	const char *text; /* of it, without quotes */
	struct trv_arena *arena;
	struct toy_command *command;
	struct trv_error *error;
	int status; /* the first failure; everything after it does nothing */
	unsigned depth;
	struct toy_node none; /* what is read when there is no memory */
};

void toy_next(struct toy_parser *parser);
/* Fails with what was found instead. */
void toy_refuse(struct toy_parser *parser, const char *wanted);
/* A keyword or symbol. `toy_accept` passes over it where it is there. */
bool toy_is(const struct toy_parser *parser, const char *text);
bool toy_accept(struct toy_parser *parser, const char *text);
void toy_expect(struct toy_parser *parser, const char *text);
/* Zeroed; NULL and a failure when out of memory. */
void *toy_new(struct toy_parser *parser, size_t size);
/* Two texts behind each other; "" and a failure when out of memory. */
const char *toy_join(struct toy_parser *parser, const char *first, const char *second);

/* expression.c */
struct toy_node *toy_expression(struct toy_parser *parser);
/* A name of a column or table; "" after a failure. */
const char *toy_name(struct toy_parser *parser);
/* a, b, c: each what `read` reads; `count` may be NULL. */
struct toy_node *toy_list(struct toy_parser *parser, struct toy_node *(*read)(struct toy_parser *parser),
                          size_t *count);
struct toy_node *toy_column_name(struct toy_parser *parser);

#endif
