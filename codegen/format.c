/*
 * Formats a schema file. The tokens, comments among them, are cut into lines; a line of a
 * field has cells (name, type, default, the rest), which stand in columns within a group
 * of neighbouring lines. Nothing but white space, line breaks and separators changes.
 */
#include "compiler.h"

#include <string.h>

#define MAX_CELLS 4
#define MAX_ONE_LINE 100 /* an enum that is longer gets a line for each value */

enum line_kind {
	LINE_PLAIN,
	LINE_COMMENT, /* does not end a group */
	LINE_FIELD, /* name, type, default, attributes */
	LINE_KEY, /* the word, the rest */
	LINE_VALUE, /* of an enum: name, stored text */
};

struct line {
	enum line_kind kind;
	bool blank; /* one before it */
	unsigned indent;
	const char *cells[MAX_CELLS]; /* "" is none */
	const char *comment; /* at its end */
};

/* A wider cell stands out of its column instead of moving the column for all others. */
static const size_t widest[][MAX_CELLS] = {
	[LINE_PLAIN] = { 0 },         [LINE_COMMENT] = { 0 },         [LINE_FIELD] = { 30, 24, 24, 0 },
	[LINE_KEY] = { 10, 0, 0, 0 }, [LINE_VALUE] = { 30, 0, 0, 0 },
};

struct formatter {
	struct compiler *compiler;
	const struct schema_file *file;
	const struct token *tokens;
	size_t next;
	unsigned indent;
	bool fresh; /* behind a '{' or at the file's beginning: no blank line here */
	struct vector lines; /* struct line */
	struct vector text; /* char */
};

/* --- tokens --- */

static bool is_mark(const struct token *token, char mark)
{
	return token->kind == TOKEN_MARK && token->mark == mark;
}

static bool is_comment(const struct token *token)
{
	return token->kind == TOKEN_COMMENT || token->kind == TOKEN_DOC;
}

static bool is_word(const struct formatter *formatter, const struct token *token, const char *word)
{
	return token->kind == TOKEN_NAME && token->length == strlen(word) &&
	       memcmp(formatter->file->text + token->offset, word, token->length) == 0;
}

static bool blank_before(const struct formatter *formatter)
{
	size_t at = formatter->next;

	return !formatter->fresh && at > 0 && formatter->tokens[at].line > formatter->tokens[at - 1].line + 1;
}

static const char *comment_text(const struct formatter *formatter, const struct token *token)
{
	const char *text = formatter->file->text + token->offset;
	size_t length = token->length;

	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		length--;
	return compiler_copy(formatter->compiler, text, length);
}

static bool space_between(const struct token *before, const struct token *after, bool compact)
{
	if (is_mark(after, ',') || is_mark(after, ')') || is_mark(after, ']') || is_mark(after, '?'))
		return false;
	if (is_mark(before, '(') || is_mark(before, '['))
		return false;
	return !(compact && (is_mark(before, ',') || is_mark(after, '(')));
}

/* The tokens as text. `compact`: as a type is written, "decimal(10,2)". */
static const char *join(const struct formatter *formatter, const struct token *tokens, size_t count, bool compact)
{
	size_t size = 1;

	for (size_t i = 0; i < count; i++)
		size += tokens[i].length + 1;
	char *text = compiler_alloc(formatter->compiler, size), *to = text;
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && space_between(&tokens[i - 1], &tokens[i], compact))
			*to++ = ' ';
		memcpy(to, formatter->file->text + tokens[i].offset, tokens[i].length);
		to += tokens[i].length;
	}
	*to = '\0';
	return text;
}

/* --- from tokens to lines --- */

static struct line *add_line(struct formatter *formatter, enum line_kind kind, bool blank)
{
	struct line *line = vector_push(formatter->compiler, &formatter->lines, sizeof(*line));

	*line = (struct line) {
		.kind = kind, .blank = blank, .indent = formatter->indent, .cells = { "", "", "", "" }
	};
	formatter->fresh = false;
	return line;
}

static void add_comment(struct formatter *formatter, const struct token *token, bool blank)
{
	const char *text = comment_text(formatter, token);

	add_line(formatter, LINE_COMMENT, blank)->cells[0] = text;
}

/* Separators behind a line say no more than its end does. A comment on the line belongs to it. */
static void finish_line(struct formatter *formatter, struct line *line)
{
	const struct token *tokens = formatter->tokens;

	while (is_mark(&tokens[formatter->next], ';') || is_mark(&tokens[formatter->next], ','))
		formatter->next++;
	const struct token *token = &tokens[formatter->next];
	if (token->kind != TOKEN_COMMENT || token->line != token[-1].line)
		return;
	line->comment = comment_text(formatter, token);
	formatter->next++;
}

/*
 * The tokens of one line of the language, which may go over several in parentheses.
 * Comments in there go before the line.
 */
static size_t take_line(struct formatter *formatter, bool *blank, struct vector *taken)
{
	size_t depth = 0, first = formatter->next;

	*blank = blank_before(formatter);
	for (;; formatter->next++) {
		const struct token *token = &formatter->tokens[formatter->next];

		if (token->kind == TOKEN_END ||
		    (depth == 0 && formatter->next > first && token->line != token[-1].line))
			break;
		if (depth == 0 && (is_mark(token, ';') || is_mark(token, '}') || is_comment(token)))
			break;
		if (is_comment(token)) {
			add_comment(formatter, token, *blank);
			*blank = false;
			continue;
		}
		*(struct token *)vector_push(formatter->compiler, taken, sizeof(*token)) = *token;
		if (is_mark(token, '('))
			depth++;
		else if (is_mark(token, ')') && depth > 0)
			depth--;
		if (is_mark(token, '{')) {
			formatter->next++;
			break;
		}
	}
	return taken->count;
}

/* Where the type of a field ends, counted in tokens; the name is the first. */
static size_t type_end(const struct token *tokens, size_t count)
{
	size_t at = 2;

	if (count > 1 && is_mark(&tokens[1], '-'))
		at = 3;
	else if (count > 1 && is_mark(&tokens[1], '['))
		at = 4;
	else if (count > 2 && is_mark(&tokens[2], '('))
		while (at < count && !is_mark(&tokens[at++], ')'))
			;
	if (at < count && is_mark(&tokens[at], '?'))
		at++;
	return at < count ? at : count;
}

static bool is_engine(const struct formatter *formatter, const struct token *token)
{
	for (int engine = TRV_ENGINE_SQLITE; engine < TRV_ENGINE_COUNT; engine++)
		if (is_word(formatter, token, engine_names[engine]))
			return true;
	return false;
}

/* Where a default ends that begins with '=' at `at`; SQL goes on with that of other engines. */
static size_t default_end(const struct formatter *formatter, const struct token *tokens, size_t at, size_t count)
{
	bool sql = false;

	if (at == count || !is_mark(&tokens[at], '='))
		return at;
	at++;
	for (; at < count; at++) {
		bool named = at + 1 < count && is_engine(formatter, &tokens[at]) && tokens[at + 1].kind == TOKEN_SQL;

		if (named || tokens[at].kind == TOKEN_SQL)
			sql = true;
		else
			return sql ? at : at + 1;
	}
	return at;
}

static void set_field(struct formatter *formatter, struct line *line, const struct token *tokens, size_t count)
{
	size_t type = type_end(tokens, count), initial = default_end(formatter, tokens, type, count);

	line->cells[0] = join(formatter, tokens, 1, false);
	line->cells[1] = join(formatter, tokens + 1, type - 1, true);
	line->cells[2] = join(formatter, tokens + type, initial - type, false);
	line->cells[3] = join(formatter, tokens + initial, count - initial, false);
}

static enum line_kind member_kind(const struct formatter *formatter, const struct token *token)
{
	static const char *const keys[] = { "primary", "index", "unique", "check" };

	for (size_t i = 0; i < TRV_COUNT_OF(keys); i++)
		if (is_word(formatter, token, keys[i]))
			return LINE_KEY;
	return is_word(formatter, token, "use") ? LINE_PLAIN : LINE_FIELD;
}

static void take_member(struct formatter *formatter)
{
	struct vector taken = { 0 };
	bool blank;
	size_t count = take_line(formatter, &blank, &taken);
	const struct token *tokens = taken.items;
	struct line *line = add_line(formatter, member_kind(formatter, tokens), blank);

	if (line->kind == LINE_FIELD) {
		set_field(formatter, line, tokens, count);
	} else if (line->kind == LINE_KEY) {
		line->cells[0] = join(formatter, tokens, 1, false);
		line->cells[1] = join(formatter, tokens + 1, count - 1, false);
	} else {
		line->cells[0] = join(formatter, tokens, count, false);
	}
	finish_line(formatter, line);
}

static void take_value(struct formatter *formatter)
{
	const struct token *tokens = &formatter->tokens[formatter->next];
	struct line *line = add_line(formatter, LINE_VALUE, blank_before(formatter));
	size_t count = is_mark(&tokens[1], '=') ? 3 : 1;

	line->cells[0] = join(formatter, tokens, 1, false);
	line->cells[1] = join(formatter, tokens + 1, count - 1, false);
	formatter->next += count;
	finish_line(formatter, line);
}

/* The values of an enum that is written on one line, and fits there: adds them to its head. */
static bool join_enum(struct formatter *formatter, struct line *line)
{
	const struct token *tokens = &formatter->tokens[formatter->next];
	const char *text = line->cells[0];
	size_t count = 0;

	while (tokens[count].line == tokens[-1].line && !is_mark(&tokens[count], '}'))
		count++;
	if (count == 0 || tokens[count].line != tokens[-1].line)
		return false;
	for (size_t i = 0; i < count && strlen(text) <= MAX_ONE_LINE; i++)
		if (!is_mark(&tokens[i], ',') && !is_mark(&tokens[i], ';'))
			text = compiler_format(formatter->compiler, "%s %.*s", text, (int)tokens[i].length,
			                       formatter->file->text + tokens[i].offset);
	text = compiler_format(formatter->compiler, "%s }", text);
	if (trv_utf8_length(text, strlen(text)) > MAX_ONE_LINE)
		return false;
	line->cells[0] = text;
	formatter->next += count + 1;
	return true;
}

static void take_block_end(struct formatter *formatter)
{
	formatter->indent = 0;
	struct line *line = add_line(formatter, LINE_PLAIN, false);
	line->cells[0] = "}";
	formatter->next++;
	finish_line(formatter, line);
}

static void take_block(struct formatter *formatter, void (*take)(struct formatter *))
{
	formatter->indent = 2;
	formatter->fresh = true;
	while (formatter->tokens[formatter->next].kind != TOKEN_END) {
		const struct token *token = &formatter->tokens[formatter->next];

		if (is_mark(token, '}')) {
			take_block_end(formatter);
			return;
		}
		if (is_comment(token)) {
			add_comment(formatter, token, blank_before(formatter));
			formatter->next++;
		} else if (is_mark(token, ';') || is_mark(token, ',')) {
			formatter->next++;
		} else {
			take(formatter);
		}
	}
}

static void take_declaration(struct formatter *formatter)
{
	struct vector taken = { 0 };
	bool blank;
	size_t count = take_line(formatter, &blank, &taken);
	const struct token *tokens = taken.items;
	struct line *line = add_line(formatter, LINE_PLAIN, blank);
	bool is_enum = is_word(formatter, tokens, "enum"), block = is_mark(&tokens[count - 1], '{');

	line->cells[0] = join(formatter, tokens, count, false);
	bool whole = is_enum && block && join_enum(formatter, line);
	finish_line(formatter, line);
	if (block && !whole)
		take_block(formatter, is_enum ? take_value : take_member);
}

static void take_file(struct formatter *formatter)
{
	formatter->fresh = true;
	while (formatter->tokens[formatter->next].kind != TOKEN_END) {
		const struct token *token = &formatter->tokens[formatter->next];

		if (is_comment(token)) {
			add_comment(formatter, token, blank_before(formatter));
			formatter->next++;
		} else if (is_mark(token, ';')) {
			formatter->next++;
		} else {
			take_declaration(formatter);
		}
	}
}

/* --- from lines to text --- */

static void put(struct formatter *formatter, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		*(char *)vector_push(formatter->compiler, &formatter->text, 1) = text[i];
}

static void put_spaces(struct formatter *formatter, size_t count)
{
	while (count-- > 0)
		put(formatter, " ", 1);
}

static size_t width_of(const char *text)
{
	return trv_utf8_length(text, strlen(text));
}

/* Where a group ends: at a blank line, or a line of another kind. */
static size_t group_end(const struct line *lines, size_t from, size_t count)
{
	size_t end = from + 1;

	while (end < count && !lines[end].blank &&
	       (lines[end].kind == lines[from].kind || lines[end].kind == LINE_COMMENT))
		end++;
	return end;
}

static void find_starts(const struct line *lines, size_t count, size_t starts[MAX_CELLS])
{
	size_t widths[MAX_CELLS] = { 0 };

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; lines[i].kind != LINE_COMMENT && k < MAX_CELLS; k++) {
			size_t width = width_of(lines[i].cells[k]);

			if (width > widths[k] && width <= widest[lines[i].kind][k])
				widths[k] = width;
		}
	starts[0] = lines[0].indent;
	for (size_t k = 1; k < MAX_CELLS; k++)
		starts[k] = starts[k - 1] + widths[k - 1] + (widths[k - 1] ? 2 : 0);
}

/* Goes over the cells as they will stand; writes them if `written`. The width of the line. */
static size_t lay_out(struct formatter *formatter, const struct line *line, const size_t starts[MAX_CELLS],
                      bool written)
{
	size_t at = 0;

	for (size_t k = 0; k < MAX_CELLS; k++) {
		const char *cell = line->cells[k];
		size_t start = starts[k];

		if (!*cell)
			continue;
		if (k > 0 && start <= at)
			start = at + 1; /* the one before stands out of its column */
		if (written) {
			put_spaces(formatter, start - at);
			put(formatter, cell, strlen(cell));
		}
		at = start + width_of(cell);
	}
	return at;
}

static void put_group(struct formatter *formatter, const struct line *lines, size_t count)
{
	size_t starts[MAX_CELLS], comments = 0;

	find_starts(lines, count, starts);
	for (size_t i = 0; i < count; i++) {
		size_t width = lines[i].comment ? lay_out(formatter, &lines[i], starts, false) : 0;

		comments = width > comments ? width : comments;
	}
	for (size_t i = 0; i < count; i++) {
		if (lines[i].blank)
			put(formatter, "\n", 1);
		size_t width = lay_out(formatter, &lines[i], starts, true);
		if (lines[i].comment) {
			put_spaces(formatter, comments + 2 - width);
			put(formatter, lines[i].comment, strlen(lines[i].comment));
		}
		put(formatter, "\n", 1);
	}
}

static void put_lines(struct formatter *formatter)
{
	const struct line *lines = formatter->lines.items;
	size_t count = formatter->lines.count;

	for (size_t from = 0, end; from < count; from = end) {
		bool grouped = lines[from].kind == LINE_FIELD || lines[from].kind == LINE_KEY ||
		               lines[from].kind == LINE_VALUE;

		end = grouped ? group_end(lines, from, count) : from + 1;
		put_group(formatter, lines + from, end - from);
	}
}

/* --- the door --- */

static int format(struct compiler *compiler, const char *text, size_t size, struct vector *result)
{
	struct schema_file file = { .path = "", .base = "" };

	if (setjmp(compiler->out_of_memory))
		return TRV_ERR_NOMEM;
	file.text = compiler_copy(compiler, text, size);
	file.size = size;
	const struct syntax_unit *unit = parse(compiler, &file);
	if (unit->errors > 0)
		return TRV_ERR_VALUE;
	struct formatter formatter = { .compiler = compiler, .file = &file, .tokens = unit->tokens.items };
	take_file(&formatter);
	put_lines(&formatter);
	put(&formatter, "", 1); /* the NUL */
	*result = formatter.text;
	return 0;
}

int schema_format(struct trv_arena *arena, const char *text, size_t size, char **formatted, size_t *formatted_size)
{
	static const struct schema_options options = { 0 };
	struct schema schema = { 0 };
	struct compiler compiler = { .schema = &schema, .options = &options, .open_file = -1 };
	struct vector result = { 0 };

	if (size > MAX_FILE_SIZE)
		return TRV_ERR_VALUE;
	trv_arena_init(&schema.arena, &arena->allocator, 0);
	int r = format(&compiler, text, size, &result);
	if (r == 0) {
		char *copy = trv_arena_copy(arena, result.items, result.count - 1);

		if (copy) {
			*formatted = copy;
			*formatted_size = result.count - 1;
		} else {
			r = TRV_ERR_NOMEM;
		}
	}
	trv_arena_release(&schema.arena);
	return r;
}
