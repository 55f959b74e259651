/* What the parser's files share. */
#ifndef TRIVET_CODEGEN_PARSER_H
#define TRIVET_CODEGEN_PARSER_H

#include "compiler.h"

struct parser {
	struct compiler *compiler;
	struct syntax_unit *unit;
	const struct schema_file *file;
	const struct token *tokens; /* without comments, but with doc comments */
	size_t next;
	size_t doc_from; /* doc comments wait here for what they document */
	size_t doc_count;
	struct syntax_model **last_model;
	struct syntax_enum **last_enum;
	struct syntax_include **last_include;
	size_t line_start; /* of the line that must not go on in the next one; SIZE_MAX: none */
	size_t parentheses; /* open ones: line breaks are free inside */
	bool failed; /* in the current line: skip to its end */
};

/* The next token. Doc comments are collected on the way. */
const struct token *peek(struct parser *parser);
const struct token *take(struct parser *parser);
const struct token *peek_second(struct parser *parser);
struct span span_of(const struct parser *parser, const struct token *token);
struct syntax_text text_of(struct parser *parser, const struct token *token);

/* Between the two, peek gives TOKEN_LINE where the line ends outside of parentheses. */
void begin_line(struct parser *parser);
void end_line(struct parser *parser);

/* Whether the line, or the block, ends before the next token. */
bool at_line_end(struct parser *parser);
bool at_mark(struct parser *parser, char mark);
bool at_word(struct parser *parser, const char *word);
bool token_is(const struct parser *parser, const struct token *token, const char *word);

/* Takes it if it is there. */
bool accept_mark(struct parser *parser, char mark);
bool accept_word(struct parser *parser, const char *word);

/* Takes it or complains: "expected `what`, found ...", and the line has failed. */
bool expect_mark(struct parser *parser, char mark, const char *what);
bool expect_word(struct parser *parser, const char *word);
struct syntax_text expect_name(struct parser *parser, const char *what);
struct syntax_text expect_string(struct parser *parser, const char *what);
void unexpected(struct parser *parser, const char *what, const char *hint);

/* `any` sqlite `x` ...: at least one. */
struct syntax_sql parse_sql(struct parser *parser);
bool at_sql(struct parser *parser);

/* The doc comments before the last token, or NULL. */
const char *take_doc(struct parser *parser);

/* parse_field.c */
struct syntax_field *parse_field(struct parser *parser, struct syntax_text name, const char *doc);
/* parse_key.c; the first word is taken. */
struct syntax_key *parse_key(struct parser *parser, enum syntax_key_kind kind, struct span word);
struct syntax_check *parse_check(struct parser *parser, struct span word);

#endif
