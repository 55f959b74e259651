/*
 * SQL in backticks, cut into words: enough to see that it is one whole expression and to
 * find names in it. It knows no engine's grammar.
 */
#ifndef TRIVET_CODEGEN_SQL_TEXT_H
#define TRIVET_CODEGEN_SQL_TEXT_H

#include "compiler.h"

enum sql_kind {
	SQL_WORD,
	SQL_QUOTED, /* a quoted name */
	SQL_STRING,
	SQL_NUMBER,
	SQL_OPERATOR, /* one or two characters */
};

struct sql_token {
	enum sql_kind kind;
	size_t offset;
	size_t length;
};

struct sql_tokens {
	struct sql_token *items;
	size_t count;
};

/*
 * The words of `sql`, which is meant for `engine`. Complains, and returns false, where it
 * is no whole expression: empty, quotes or parentheses open, a ';', a comment, a parameter.
 */
bool sql_scan(struct compiler *compiler, const struct syntax_text *sql, enum trv_engine engine,
              struct sql_tokens *tokens);

/* Where a part of the text stands in the schema file. */
struct span sql_span(const struct syntax_text *sql, size_t offset, size_t length);

/* Whether the word is `name`, letters' case apart; of a quoted name what is inside of the quotes. */
bool sql_token_is(const struct syntax_text *sql, const struct sql_token *token, const char *name);

#endif
