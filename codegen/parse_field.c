#include "parser.h"

#include <string.h>

#define ANY_COLUMN (SYNTAX_COLUMN | SYNTAX_REFERENCE)

/* --- attributes: one function each, listed in the table below --- */

static void parse_nothing(struct parser *parser, struct syntax_field *field)
{
	(void)parser;
	(void)field;
}

static void parse_was(struct parser *parser, struct syntax_field *field)
{
	field->was_quoted = peek(parser)->kind == TOKEN_STRING;
	field->was =
		field->was_quoted ? expect_string(parser, "the former name") : expect_name(parser, "the former name");
}

static void parse_column(struct parser *parser, struct syntax_field *field)
{
	field->columns[0] = expect_string(parser, "the column's name in double quotes");
	field->column_count = !parser->failed;
}

static void parse_columns(struct parser *parser, struct syntax_field *field)
{
	if (!expect_mark(parser, '(', "'(' and the columns' names"))
		return;
	do {
		if (field->column_count == TRV_MAX_KEY) {
			unexpected(parser, "')'", "a key has at most 8 columns");
			return;
		}
		field->columns[field->column_count] = expect_string(parser, "a column's name in double quotes");
		if (parser->failed)
			return;
		field->column_count++;
	} while (accept_mark(parser, ','));
	expect_mark(parser, ')', "',' or ')'");
}

static void parse_field_check(struct parser *parser, struct syntax_field *field)
{
	struct syntax_check **last = &field->checks;

	while (*last)
		last = &(*last)->next;
	*last = parse_check(parser, field->attributes[ATTRIBUTE_CHECK]);
}

static void parse_collate(struct parser *parser, struct syntax_field *field)
{
	field->collation = expect_string(parser, "the collation's name in double quotes");
}

static const char *const storage_expected = "iso, unix, millis, micros, julian, real, text or integer";

static void parse_storage(struct parser *parser, struct syntax_field *field)
{
	field->storage[TRV_ENGINE_ANY] = expect_name(parser, storage_expected);
}

static void parse_type_sql(struct parser *parser, struct syntax_field *field)
{
	field->type_sql[TRV_ENGINE_ANY] = expect_string(parser, "the type in double quotes");
}

static void parse_generated(struct parser *parser, struct syntax_field *field)
{
	field->generated = parse_sql(parser);
	field->stored = true;
	if (!parser->failed && !at_line_end(parser) && !accept_word(parser, "stored") && accept_word(parser, "virtual"))
		field->stored = false;
}

static void parse_default(struct parser *parser, struct syntax_field *field)
{
	static const enum syntax_default_kind kinds[] = {
		[TOKEN_NAME] = SYNTAX_WORD,
		[TOKEN_NUMBER] = SYNTAX_NUMBER,
		[TOKEN_STRING] = SYNTAX_STRING,
		[TOKEN_LINE] = SYNTAX_NO_DEFAULT,
	};

	if (at_sql(parser)) {
		field->initial.kind = SYNTAX_SQL;
		field->initial.sql = parse_sql(parser);
		field->initial.value.span = field->attributes[ATTRIBUTE_DEFAULT];
		return;
	}
	if (at_line_end(parser) || kinds[peek(parser)->kind] == SYNTAX_NO_DEFAULT) {
		unexpected(parser, "a default: a word, number, string or SQL in backticks", NULL);
		return;
	}
	field->initial.kind = kinds[peek(parser)->kind];
	field->initial.value = text_of(parser, take(parser));
}

static void parse_by(struct parser *parser, struct syntax_field *field)
{
	do {
		if (field->by_count == 2) {
			unexpected(parser, "the end of the line", "'by' names one reference, or two behind 'through'");
			return;
		}
		field->by[field->by_count] = expect_name(parser, "a reference's name");
		if (parser->failed)
			return;
		field->by_count++;
	} while (accept_mark(parser, ','));
}

static void parse_through(struct parser *parser, struct syntax_field *field)
{
	field->through = expect_name(parser, "the model in between");
}

struct attribute_rule {
	const char *word;
	const char *second; /* a word that must follow, or NULL */
	enum syntax_attribute attribute;
	int kinds; /* bits of enum syntax_field_kind that it fits */
	bool repeats;
	void (*parse)(struct parser *parser, struct syntax_field *field);
};

static const struct attribute_rule rules[] = {
	{ "primary", NULL, ATTRIBUTE_PRIMARY, ANY_COLUMN, false, parse_nothing },
	{ "unique", NULL, ATTRIBUTE_UNIQUE, ANY_COLUMN, false, parse_nothing },
	{ "secret", NULL, ATTRIBUTE_SECRET, ANY_COLUMN, false, parse_nothing },
	{ "lock", NULL, ATTRIBUTE_LOCK, SYNTAX_COLUMN, false, parse_nothing },
	{ "was", NULL, ATTRIBUTE_WAS, ANY_COLUMN, false, parse_was },
	{ "column", NULL, ATTRIBUTE_COLUMN, ANY_COLUMN, false, parse_column },
	{ "columns", NULL, ATTRIBUTE_COLUMN, SYNTAX_REFERENCE, false, parse_columns },
	{ "check", NULL, ATTRIBUTE_CHECK, ANY_COLUMN, true, parse_field_check },
	{ "collate", NULL, ATTRIBUTE_COLLATE, SYNTAX_COLUMN, false, parse_collate },
	{ "deferrable", NULL, ATTRIBUTE_DEFERRABLE, SYNTAX_REFERENCE, false, parse_nothing },
	{ "no", "constraint", ATTRIBUTE_NO_CONSTRAINT, SYNTAX_REFERENCE, false, parse_nothing },
	{ "storage", NULL, ATTRIBUTE_STORAGE, SYNTAX_COLUMN, true, parse_storage },
	{ "type", NULL, ATTRIBUTE_TYPE, SYNTAX_COLUMN, true, parse_type_sql },
	{ "generated", NULL, ATTRIBUTE_GENERATED, SYNTAX_COLUMN, false, parse_generated },
	{ "by", NULL, ATTRIBUTE_BY, SYNTAX_MANY, false, parse_by },
	{ "through", NULL, ATTRIBUTE_THROUGH, SYNTAX_MANY, false, parse_through },
};

static const char *const kind_names[] = {
	[SYNTAX_COLUMN] = "a column",
	[SYNTAX_REFERENCE] = "a reference",
	[SYNTAX_MANY] = "a to-many relation",
};

/* Notes that the attribute stands here; complains about a second one or one that does not fit. */
static void mark_attribute(struct parser *parser, struct syntax_field *field, const struct attribute_rule *rule,
                           struct span at)
{
	if (!(rule->kinds & (int)field->kind))
		complain(parser->compiler, at, NULL, "'%s' is not for %s", rule->word, kind_names[field->kind]);
	else if (field->attributes[rule->attribute].length && !rule->repeats)
		complain(parser->compiler, at, NULL, "'%s' is said twice", rule->word);
	field->attributes[rule->attribute] = at;
}

static const struct {
	const char *words[2];
	enum trv_action action;
} actions[] = {
	{ { "no", "action" }, TRV_NO_ACTION },     { { "restrict", NULL }, TRV_RESTRICT },
	{ { "cascade", NULL }, TRV_CASCADE },      { { "set", "null" }, TRV_SET_NULL },
	{ { "set", "default" }, TRV_SET_DEFAULT },
};

static enum trv_action parse_action(struct parser *parser)
{
	static const char expected[] = "cascade, restrict, set null, set default or no action";

	for (size_t i = 0; i < TRV_COUNT_OF(actions); i++) {
		const struct token *token = peek(parser);

		if (at_line_end(parser) || !token_is(parser, token, actions[i].words[0]))
			continue;
		if (!actions[i].words[1]) {
			take(parser);
			return actions[i].action;
		}
		if (token_is(parser, peek_second(parser), actions[i].words[1])) {
			take(parser);
			take(parser);
			return actions[i].action;
		}
	}
	unexpected(parser, expected, NULL);
	return TRV_NO_ACTION;
}

/* on delete ACTION, on update ACTION, on update now */
static void parse_on(struct parser *parser, struct syntax_field *field, struct span at)
{
	static const struct attribute_rule rule_delete = { .word = "on delete",
		                                           .attribute = ATTRIBUTE_ON_DELETE,
		                                           .kinds = SYNTAX_REFERENCE };
	static const struct attribute_rule rule_update = { .word = "on update",
		                                           .attribute = ATTRIBUTE_ON_UPDATE,
		                                           .kinds = SYNTAX_REFERENCE };
	static const struct attribute_rule rule_touch = { .word = "on update now",
		                                          .attribute = ATTRIBUTE_TOUCH,
		                                          .kinds = SYNTAX_COLUMN };

	if (accept_word(parser, "delete")) {
		mark_attribute(parser, field, &rule_delete, at);
		field->on_delete = parse_action(parser);
	} else if (!accept_word(parser, "update")) {
		unexpected(parser, "'delete' or 'update'", NULL);
	} else if (!at_line_end(parser) && accept_word(parser, "now")) {
		mark_attribute(parser, field, &rule_touch, at);
	} else {
		mark_attribute(parser, field, &rule_update, at);
		field->on_update = parse_action(parser);
	}
}

/* sqlite storage real, postgresql type "citext" */
static void parse_engine(struct parser *parser, struct syntax_field *field, enum trv_engine engine, struct span at)
{
	struct syntax_text value = { 0 };
	bool storage = accept_word(parser, "storage");

	if (!storage && !accept_word(parser, "type")) {
		unexpected(parser, "'storage' or 'type'", NULL);
		return;
	}
	if (field->kind != SYNTAX_COLUMN)
		complain(parser->compiler, at, "a reference is stored as the key that it refers to",
		         "'%s' is not for %s", storage ? "storage" : "type", kind_names[field->kind]);
	value = storage ? expect_name(parser, storage_expected) : expect_string(parser, "the type in double quotes");
	struct syntax_text *slot = storage ? &field->storage[engine] : &field->type_sql[engine];
	if (slot->text)
		complain(parser->compiler, at, NULL, "the %s for %s is said twice", storage ? "storage" : "type",
		         engine_names[engine]);
	*slot = value;
	field->attributes[storage ? ATTRIBUTE_STORAGE : ATTRIBUTE_TYPE] = at;
}

static void unknown_attribute(struct parser *parser)
{
	struct syntax_text word = text_of(parser, peek(parser));
	struct suggestion suggestion = suggest_begin(word.text);

	for (size_t i = 0; i < TRV_COUNT_OF(rules); i++)
		suggest_try(&suggestion, rules[i].word);
	const char *hint = suggest_hint(parser->compiler, &suggestion);
	complain(parser->compiler, word.span, hint ? hint : "each field stands on its own line",
	         "unknown attribute '%s'", word.text);
	parser->failed = true;
}

static void parse_attribute(struct parser *parser, struct syntax_field *field)
{
	const struct token *token = peek(parser);
	struct span at = span_of(parser, token);

	if (accept_mark(parser, '=')) {
		static const struct attribute_rule rule = { .word = "=",
			                                    .attribute = ATTRIBUTE_DEFAULT,
			                                    .kinds = ANY_COLUMN };

		mark_attribute(parser, field, &rule, at);
		parse_default(parser, field);
		return;
	}
	if (token->kind != TOKEN_NAME) {
		unexpected(parser, "an attribute or the end of the line", NULL);
		return;
	}
	if (accept_word(parser, "on")) {
		parse_on(parser, field, at);
		return;
	}
	for (size_t i = 0; i < TRV_COUNT_OF(rules); i++) {
		if (!accept_word(parser, rules[i].word))
			continue;
		if (rules[i].second && !expect_word(parser, rules[i].second))
			return;
		mark_attribute(parser, field, &rules[i], at);
		rules[i].parse(parser, field);
		return;
	}
	enum trv_engine engine = engine_named(text_of(parser, token).text);
	if (engine == TRV_ENGINE_ANY) {
		unknown_attribute(parser);
		return;
	}
	take(parser);
	parse_engine(parser, field, engine, at);
}

/* --- the type --- */

static void parse_arguments(struct parser *parser, struct syntax_field *field)
{
	do {
		if (at_line_end(parser) || peek(parser)->kind != TOKEN_NUMBER) {
			unexpected(parser, "a number", NULL);
			return;
		}
		if (field->argument_count == 2) {
			unexpected(parser, "')'", NULL);
			return;
		}
		field->arguments[field->argument_count++] = text_of(parser, take(parser));
	} while (accept_mark(parser, ','));
	expect_mark(parser, ')', "',' or ')'");
}

static void parse_type(struct parser *parser, struct syntax_field *field)
{
	if (accept_mark(parser, '-')) {
		field->kind = SYNTAX_REFERENCE;
		field->type = expect_name(parser, "the model that it refers to");
	} else if (accept_mark(parser, '[')) {
		field->kind = SYNTAX_MANY;
		field->type = expect_name(parser, "a model");
		if (!parser->failed)
			expect_mark(parser, ']', "']'");
	} else {
		field->kind = SYNTAX_COLUMN;
		field->type = expect_name(parser, "a type, '-> model' or '[model]'");
		if (!parser->failed && !at_line_end(parser) && accept_mark(parser, '('))
			parse_arguments(parser, field);
	}
	if (parser->failed || at_line_end(parser) || !at_mark(parser, '?'))
		return;
	field->nullable_span = span_of(parser, take(parser));
	field->nullable = true;
	if (field->kind == SYNTAX_MANY)
		complain(parser->compiler, field->nullable_span, "a list without rows is empty, not null",
		         "a to-many relation is never null");
}

struct syntax_field *parse_field(struct parser *parser, struct syntax_text name, const char *doc)
{
	struct syntax_field *field = compiler_zero(parser->compiler, 1, sizeof(*field));

	field->name = name;
	field->doc = doc;
	field->kind = SYNTAX_COLUMN;
	if (at_line_end(parser))
		unexpected(parser, "a type, '-> model' or '[model]'", NULL);
	else
		parse_type(parser, field);
	while (!parser->failed && !at_line_end(parser))
		parse_attribute(parser, field);
	field->broken = parser->failed;
	return field;
}
