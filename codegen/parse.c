#include "parser.h"

#include <string.h>

const char *const engine_names[TRV_ENGINE_COUNT] = {
	[TRV_ENGINE_ANY] = "every engine",
	[TRV_ENGINE_SQLITE] = "sqlite",
	[TRV_ENGINE_POSTGRESQL] = "postgresql",
	[TRV_ENGINE_MARIADB] = "mariadb",
};

enum trv_engine engine_named(const char *name)
{
	for (int engine = TRV_ENGINE_SQLITE; engine < TRV_ENGINE_COUNT; engine++)
		if (strcmp(engine_names[engine], name) == 0)
			return (enum trv_engine)engine;
	return TRV_ENGINE_ANY;
}

/* --- tokens --- */

/* What peek gives at the end of a line that must not go on in the next one. */
static const struct token line_end_token = { .kind = TOKEN_LINE };

void begin_line(struct parser *parser)
{
	peek(parser);
	parser->line_start = parser->next;
	parser->parentheses = 0;
}

void end_line(struct parser *parser)
{
	parser->line_start = SIZE_MAX;
	parser->parentheses = 0;
}

static bool line_ended(const struct parser *parser)
{
	return parser->line_start < parser->next && parser->parentheses == 0 &&
	       parser->tokens[parser->next].line != parser->tokens[parser->next - 1].line;
}

/* Waiting comments are neighbours: those from before something that was skipped are forgotten. */
static void collect_doc(struct parser *parser)
{
	if (parser->doc_count == 0 || parser->doc_from + parser->doc_count != parser->next) {
		parser->doc_from = parser->next;
		parser->doc_count = 0;
	}
	parser->doc_count++;
}

const struct token *peek(struct parser *parser)
{
	if (line_ended(parser))
		return &line_end_token;
	while (parser->tokens[parser->next].kind == TOKEN_DOC) {
		if (parser->parentheses > 0)
			complain(parser->compiler, token_span(parser->file, &parser->tokens[parser->next]),
			         "use // here", "a doc comment stands on its own line, above what it documents");
		else
			collect_doc(parser);
		parser->next++;
	}
	return line_ended(parser) ? &line_end_token : &parser->tokens[parser->next];
}

const struct token *take(struct parser *parser)
{
	const struct token *token = peek(parser);

	if (token->kind == TOKEN_END || token->kind == TOKEN_LINE)
		return token;
	parser->next++;
	if (token->kind == TOKEN_MARK && token->mark == '(')
		parser->parentheses++;
	else if (token->kind == TOKEN_MARK && token->mark == ')' && parser->parentheses > 0)
		parser->parentheses--;
	return token;
}

struct span span_of(const struct parser *parser, const struct token *token)
{
	struct span span = token_span(parser->file, token);

	if (token->kind == TOKEN_END)
		span.length = 1;
	return span;
}

struct syntax_text text_of(struct parser *parser, const struct token *token)
{
	return token_text(parser->compiler, parser->file, token);
}

bool token_is(const struct parser *parser, const struct token *token, const char *word)
{
	return token->kind == TOKEN_NAME && strlen(word) == token->length &&
	       memcmp(parser->file->text + token->offset, word, token->length) == 0;
}

bool at_mark(struct parser *parser, char mark)
{
	const struct token *token = peek(parser);

	return token->kind == TOKEN_MARK && token->mark == mark;
}

bool at_word(struct parser *parser, const char *word)
{
	return token_is(parser, peek(parser), word);
}

bool at_line_end(struct parser *parser)
{
	const struct token *token = peek(parser);

	return token->kind == TOKEN_END || token->kind == TOKEN_LINE || at_mark(parser, ';') || at_mark(parser, '}');
}

/* The token behind the next one, if it is on the same line. */
const struct token *peek_second(struct parser *parser)
{
	const struct token *token = peek(parser);

	if (token->kind == TOKEN_END || token->kind == TOKEN_LINE || token[1].line != token->line)
		return &line_end_token;
	return token + 1;
}

bool accept_mark(struct parser *parser, char mark)
{
	if (!at_mark(parser, mark))
		return false;
	take(parser);
	return true;
}

bool accept_word(struct parser *parser, const char *word)
{
	if (!at_word(parser, word))
		return false;
	take(parser);
	return true;
}

void unexpected(struct parser *parser, const char *what, const char *hint)
{
	const struct token *token = peek(parser);
	const char *found = parser->file->text + token->offset;
	int length = (int)(token->length < 40 ? token->length : 40);

	if (parser->failed)
		return;
	parser->failed = true;
	/* Not in the middle of a character. */
	while (length > 0 && length < (int)token->length && ((unsigned char)found[length] & 0xC0) == 0x80)
		length--;
	if (token->kind == TOKEN_END) {
		complain(parser->compiler, span_of(parser, token), hint, "expected %s, found the end of the file",
		         what);
	} else if (token->kind == TOKEN_LINE) {
		const struct token *last = &parser->tokens[parser->next - 1];
		struct span at = span_of(parser, last);

		at.start.column += last->length;
		at.length = 1;
		complain(parser->compiler, at, hint, "expected %s, found the end of the line", what);
	} else {
		complain(parser->compiler, span_of(parser, token), hint, "expected %s, found '%.*s'", what, length,
		         found);
	}
}

bool expect_mark(struct parser *parser, char mark, const char *what)
{
	if (accept_mark(parser, mark))
		return true;
	unexpected(parser, what, NULL);
	return false;
}

bool expect_word(struct parser *parser, const char *word)
{
	if (!at_line_end(parser) && accept_word(parser, word))
		return true;
	unexpected(parser, compiler_format(parser->compiler, "'%s'", word), NULL);
	return false;
}

static struct syntax_text expect_kind(struct parser *parser, enum token_kind kind, const char *what)
{
	const struct token *token = peek(parser);

	if (token->kind != kind) {
		unexpected(parser, what, NULL);
		return (struct syntax_text) { .text = "", .span = span_of(parser, token) };
	}
	return text_of(parser, take(parser));
}

struct syntax_text expect_name(struct parser *parser, const char *what)
{
	return expect_kind(parser, TOKEN_NAME, what);
}

struct syntax_text expect_string(struct parser *parser, const char *what)
{
	return expect_kind(parser, TOKEN_STRING, what);
}

/* --- SQL --- */

static enum trv_engine sql_engine(struct parser *parser)
{
	const struct token *token = peek(parser);

	if (token->kind != TOKEN_NAME || peek_second(parser)->kind != TOKEN_SQL)
		return TRV_ENGINE_ANY;
	return engine_named(text_of(parser, token).text);
}

bool at_sql(struct parser *parser)
{
	return !at_line_end(parser) && (peek(parser)->kind == TOKEN_SQL || sql_engine(parser) != TRV_ENGINE_ANY);
}

struct syntax_sql parse_sql(struct parser *parser)
{
	struct syntax_sql sql = { 0 };

	if (!at_sql(parser)) {
		unexpected(parser, "SQL in backticks", NULL);
		return sql;
	}
	if (peek(parser)->kind == TOKEN_SQL)
		sql.of[TRV_ENGINE_ANY] = text_of(parser, take(parser));
	while (at_sql(parser)) {
		enum trv_engine engine = sql_engine(parser);

		if (engine == TRV_ENGINE_ANY) {
			unexpected(parser, "an engine's name before another expression", NULL);
			break;
		}
		struct span at = span_of(parser, take(parser));
		if (sql.of[engine].text)
			complain(parser->compiler, at, NULL, "the SQL for %s is given twice", engine_names[engine]);
		sql.of[engine] = text_of(parser, take(parser));
	}
	return sql;
}

/* --- documentation --- */

/* Joins the lines of doc comments; one space behind the slashes is not part of the text. */
static const char *join_docs(struct parser *parser, size_t from, size_t count)
{
	size_t size = 0;

	for (size_t i = from; i < from + count; i++)
		size += parser->tokens[i].length;
	char *text = compiler_alloc(parser->compiler, size + 1), *to = text;
	for (size_t i = from; i < from + count; i++) {
		const char *line = parser->file->text + parser->tokens[i].offset + 3;
		size_t length = parser->tokens[i].length - 3;

		if (length > 0 && *line == ' ') {
			line++;
			length--;
		}
		while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
			length--;
		if (to > text)
			*to++ = '\n';
		memcpy(to, line, length);
		to += length;
	}
	*to = '\0';
	return text;
}

const char *take_doc(struct parser *parser)
{
	size_t count = parser->doc_count;

	peek(parser);
	parser->doc_count = 0;
	return count ? join_docs(parser, parser->doc_from, count) : NULL;
}

/* Doc comments that wait, but nothing that can be documented follows. */
static void drop_doc(struct parser *parser)
{
	peek(parser);
	if (parser->doc_count > 0)
		warn(parser->compiler, token_span(parser->file, &parser->tokens[parser->doc_from]),
		     "a plain comment begins with //", "this documents nothing");
	parser->doc_count = 0;
}

/* Doc comments stand above what they document: at the end of a line they would document the next one. */
static void check_doc_places(struct parser *parser)
{
	for (size_t i = 1; parser->tokens[i - 1].kind != TOKEN_END; i++) {
		const struct token *token = &parser->tokens[i];

		if (token->kind == TOKEN_DOC && parser->tokens[i - 1].line == token->line)
			complain(parser->compiler, token_span(parser->file, token), "use // here, or put it above",
			         "a doc comment stands on its own line, above what it documents");
	}
}

/* The file's own: the first lines, if a blank line or an include follows. */
static void take_file_doc(struct parser *parser)
{
	const struct token *token = peek(parser);

	if (parser->doc_count == 0 || parser->doc_from != 0)
		return;
	size_t count = 1;
	while (count < parser->doc_count && parser->tokens[count].line == parser->tokens[count - 1].line + 1)
		count++;
	if (count == parser->doc_count && token->line == parser->tokens[count - 1].line + 1 &&
	    token->kind != TOKEN_END && !at_word(parser, "include") && !at_word(parser, "engines"))
		return;
	parser->unit->file->doc = join_docs(parser, 0, count);
	parser->doc_from += count;
	parser->doc_count -= count;
}

/* --- recovery --- */

static void skip_line(struct parser *parser)
{
	parser->parentheses = 0;
	while (!at_line_end(parser))
		take(parser);
	parser->failed = false;
	end_line(parser);
}

static bool at_declaration(struct parser *parser)
{
	static const char *const words[] = { "include", "engines", "enum", "mixin", "model" };

	for (size_t i = 0; i < TRV_COUNT_OF(words); i++)
		if (peek(parser)->column == 1 && at_word(parser, words[i]))
			return true;
	return false;
}

/* To the next declaration that stands at the beginning of a line, or behind the block's end. */
static void skip_declaration(struct parser *parser)
{
	size_t depth = 0;

	parser->failed = false;
	end_line(parser);
	while (peek(parser)->kind != TOKEN_END) {
		const struct token *token = take(parser);

		if (token->kind == TOKEN_MARK && token->mark == '{')
			depth++;
		else if (token->kind == TOKEN_MARK && token->mark == '}' && (depth == 0 || --depth == 0))
			break;
		if (peek(parser)->line != token->line && at_declaration(parser))
			break;
	}
}

/* --- enums --- */

static void parse_enum_value(struct parser *parser, struct syntax_enum *enumeration, struct syntax_enum_value ***last)
{
	const char *doc = take_doc(parser);
	struct syntax_enum_value *value = compiler_zero(parser->compiler, 1, sizeof(*value));

	value->doc = doc;
	begin_line(parser);
	value->name = expect_name(parser, "a value's name or '}'");
	if (parser->failed)
		return;
	if (accept_mark(parser, '='))
		value->stored = expect_string(parser, "the stored text in double quotes");
	if (parser->failed)
		return;
	end_line(parser);
	**last = value;
	*last = &value->next;
	enumeration->value_count++;
}

static void parse_enum(struct parser *parser, const char *doc)
{
	struct syntax_enum *enumeration = compiler_zero(parser->compiler, 1, sizeof(*enumeration));
	struct syntax_enum_value **last = &enumeration->values;

	enumeration->doc = doc;
	enumeration->name = expect_name(parser, "the enum's name");
	if (!parser->failed) {
		*parser->last_enum = enumeration;
		parser->last_enum = &enumeration->next;
	}
	if (!parser->failed && accept_word(parser, "prefix"))
		enumeration->prefix = expect_name(parser, "the prefix");
	if (!parser->failed)
		expect_mark(parser, '{', "'{'");
	if (!parser->failed)
		end_line(parser);
	while (!parser->failed && !at_mark(parser, '}')) {
		if (accept_mark(parser, ';') || accept_mark(parser, ','))
			continue;
		parse_enum_value(parser, enumeration, &last);
	}
	drop_doc(parser);
	enumeration->broken = parser->failed;
	if (parser->failed)
		skip_declaration(parser);
	else
		take(parser);
}

/* --- models and mixins --- */

static struct syntax_member *add_member(struct parser *parser, struct syntax_member ***last,
                                        enum syntax_member_kind kind)
{
	struct syntax_member *member = compiler_zero(parser->compiler, 1, sizeof(*member));

	member->kind = kind;
	**last = member;
	*last = &member->next;
	return member;
}

static void parse_member(struct parser *parser, struct syntax_member ***last)
{
	static const struct {
		const char *word;
		enum syntax_key_kind kind;
	} keys[] = { { "primary", SYNTAX_PRIMARY }, { "index", SYNTAX_INDEX }, { "unique", SYNTAX_UNIQUE } };
	const char *doc = take_doc(parser);
	struct span word = span_of(parser, peek(parser));

	for (size_t i = 0; i < TRV_COUNT_OF(keys); i++) {
		if (!accept_word(parser, keys[i].word))
			continue;
		add_member(parser, last, SYNTAX_KEY)->as.key = parse_key(parser, keys[i].kind, word);
		return;
	}
	if (accept_word(parser, "check")) {
		add_member(parser, last, SYNTAX_CHECK)->as.check = parse_check(parser, word);
	} else if (accept_word(parser, "use")) {
		struct syntax_text name = expect_name(parser, "a mixin");

		if (!parser->failed)
			add_member(parser, last, SYNTAX_USE)->as.use = name;
	} else {
		struct syntax_text name = expect_name(parser, "a field or '}'");

		if (parser->failed)
			return;
		struct syntax_field *field = parse_field(parser, name, doc);
		/* A field that did not parse still has a name that others may use. */
		add_member(parser, last, SYNTAX_FIELD)->as.field = field;
	}
}

static void parse_members(struct parser *parser, struct syntax_model *model)
{
	struct syntax_member **last = &model->members;

	while (!at_mark(parser, '}') && peek(parser)->kind != TOKEN_END && !compiler_gave_up(parser->compiler)) {
		if (accept_mark(parser, ';'))
			continue;
		if (at_declaration(parser) && peek_second(parser)->kind == TOKEN_NAME) {
			complain(parser->compiler, span_of(parser, peek(parser)), NULL,
			         "expected '}' to end %s '%s' before the next declaration",
			         model->mixin ? "mixin" : "model", model->name.text);
			model->broken = true;
			return;
		}
		begin_line(parser);
		size_t start = parser->next;
		parse_member(parser, &last);
		if (!parser->failed && !at_line_end(parser))
			unexpected(parser, "the end of the line", NULL);
		if (parser->failed) {
			model->broken = true;
			if (parser->next == start)
				take(parser);
			skip_line(parser);
		}
		end_line(parser);
	}
	drop_doc(parser);
	if (!accept_mark(parser, '}'))
		unexpected(parser, "'}'", NULL);
	parser->failed = false;
}

/* table "x", prefix x, was x: each once. Whether one was there. */
static bool parse_model_option(struct parser *parser, struct syntax_model *model)
{
	struct syntax_text *option = NULL;
	struct span at = span_of(parser, peek(parser));

	if (accept_word(parser, "table"))
		option = &model->table;
	else if (accept_word(parser, "prefix"))
		option = &model->prefix;
	else if (accept_word(parser, "was"))
		option = &model->was;
	else
		return false;
	if (option->text)
		complain(parser->compiler, at, NULL, "'%.*s' is said twice", (int)at.length,
		         parser->file->text + parser->tokens[parser->next - 1].offset);
	if (option == &model->table || (option == &model->was && peek(parser)->kind == TOKEN_STRING))
		*option = expect_string(parser, "the table's name in double quotes");
	else
		*option = expect_name(parser, "a name");
	return true;
}

static void parse_model_head(struct parser *parser, struct syntax_model *model)
{
	while (!parser->failed && !at_mark(parser, '{')) {
		if (model->mixin || !parse_model_option(parser, model))
			unexpected(parser, model->mixin ? "'{'" : "'{', table, prefix or was",
			           peek(parser)->kind == TOKEN_LINE ? "the '{' stands on the same line" : NULL);
	}
}

static void parse_model(struct parser *parser, bool mixin, const char *doc)
{
	struct syntax_model *model = compiler_zero(parser->compiler, 1, sizeof(*model));

	model->mixin = mixin;
	model->doc = doc;
	model->name = expect_name(parser, mixin ? "the mixin's name" : "the model's name");
	if (!parser->failed) {
		*parser->last_model = model;
		parser->last_model = &model->next;
	}
	parse_model_head(parser, model);
	if (parser->failed) {
		model->broken = true;
		skip_declaration(parser);
	} else {
		take(parser);
		end_line(parser);
		parse_members(parser, model);
	}
}

/* --- the file --- */

static void parse_include(struct parser *parser)
{
	struct syntax_include *include = compiler_zero(parser->compiler, 1, sizeof(*include));

	include->path = expect_string(parser, "the file's name in double quotes");
	if (parser->failed)
		return;
	*parser->last_include = include;
	parser->last_include = &include->next;
}

static void parse_engines(struct parser *parser, struct span at)
{
	if (parser->unit->engines_span.length)
		complain(parser->compiler, at, NULL, "'engines' is said twice in this file");
	parser->unit->engines_span = at;
	do {
		struct syntax_text name = expect_name(parser, "sqlite, postgresql or mariadb");

		if (parser->failed)
			return;
		enum trv_engine engine = engine_named(name.text);
		if (engine == TRV_ENGINE_ANY) {
			struct suggestion suggestion = suggest_begin(name.text);

			for (int known = TRV_ENGINE_SQLITE; known < TRV_ENGINE_COUNT; known++)
				suggest_try(&suggestion, engine_names[known]);
			complain(parser->compiler, name.span, suggest_hint(parser->compiler, &suggestion),
			         "unknown engine '%s'", name.text);
		} else {
			parser->unit->engines[engine] = true;
		}
	} while (!at_line_end(parser));
}

static void unknown_declaration(struct parser *parser)
{
	static const char *const words[] = { "include", "engines", "enum", "mixin", "model" };
	struct syntax_text word = text_of(parser, peek(parser));
	struct suggestion suggestion = suggest_begin(word.text);

	for (size_t i = 0; i < TRV_COUNT_OF(words); i++)
		suggest_try(&suggestion, words[i]);
	unexpected(parser, "include, engines, enum, mixin or model", suggest_hint(parser->compiler, &suggestion));
}

static void parse_declaration(struct parser *parser)
{
	struct span at = span_of(parser, peek(parser));
	bool line = at_word(parser, "include") || at_word(parser, "engines");

	if (line)
		drop_doc(parser);
	const char *doc = take_doc(parser);
	begin_line(parser);
	if (accept_word(parser, "include"))
		parse_include(parser);
	else if (accept_word(parser, "engines"))
		parse_engines(parser, at);
	else if (accept_word(parser, "enum"))
		parse_enum(parser, doc);
	else if (accept_word(parser, "mixin"))
		parse_model(parser, true, doc);
	else if (accept_word(parser, "model"))
		parse_model(parser, false, doc);
	else
		unknown_declaration(parser);
	if (line && !parser->failed && !at_line_end(parser))
		unexpected(parser, "the end of the line", NULL);
	if (parser->failed && line)
		skip_line(parser);
	else if (parser->failed)
		skip_declaration(parser);
	end_line(parser);
}

/* The tokens without plain comments. */
static const struct token *without_comments(struct compiler *compiler, const struct token_list *all)
{
	struct token *kept = compiler_zero(compiler, all->count + 2, sizeof(*kept));
	size_t count = 0;

	for (size_t i = 0; i <= all->count; i++)
		if (all->items[i].kind != TOKEN_COMMENT)
			kept[count++] = all->items[i];
	kept[count] = kept[count - 1]; /* one may look one past the end */
	return kept;
}

struct syntax_unit *parse(struct compiler *compiler, struct schema_file *file)
{
	struct syntax_unit *unit = compiler_zero(compiler, 1, sizeof(*unit));
	size_t errors = compiler->schema->error_count;

	unit->file = file;
	unit->tokens = lex(compiler, file);
	struct parser parser = {
		.compiler = compiler,
		.unit = unit,
		.file = file,
		.tokens = without_comments(compiler, &unit->tokens),
		.line_start = SIZE_MAX,
		.last_model = &unit->models,
		.last_enum = &unit->enums,
		.last_include = &unit->includes,
	};
	check_doc_places(&parser);
	take_file_doc(&parser);
	while (peek(&parser)->kind != TOKEN_END && !compiler_gave_up(compiler)) {
		if (!accept_mark(&parser, ';'))
			parse_declaration(&parser);
	}
	drop_doc(&parser);
	unit->errors = compiler->schema->error_count - errors;
	return unit;
}
