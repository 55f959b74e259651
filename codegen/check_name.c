#include "build.h"

#include <stdlib.h>
#include <string.h>

/* Sorted. Words of C to C23 and C++ to C++23, and lower-case macros that compilers or common headers define. */
static const char *const reserved[] = {
	"alignas",
	"alignof",
	"and",
	"and_eq",
	"asm",
	"assert",
	"auto",
	"bitand",
	"bitor",
	"bool",
	"break",
	"case",
	"catch",
	"char",
	"char16_t",
	"char32_t",
	"char8_t",
	"class",
	"co_await",
	"co_return",
	"co_yield",
	"compl",
	"complex",
	"concept",
	"const",
	"const_cast",
	"consteval",
	"constexpr",
	"constinit",
	"continue",
	"decltype",
	"default",
	"delete",
	"do",
	"double",
	"dynamic_cast",
	"else",
	"enum",
	"errno",
	"explicit",
	"export",
	"extern",
	"false",
	"float",
	"for",
	"friend",
	"goto",
	"i386",
	"if",
	"imaginary",
	"inline",
	"int",
	"linux",
	"long",
	"mutable",
	"namespace",
	"new",
	"noexcept",
	"noreturn",
	"not",
	"not_eq",
	"nullptr",
	"offsetof",
	"operator",
	"or",
	"or_eq",
	"private",
	"protected",
	"public",
	"register",
	"reinterpret_cast",
	"requires",
	"restrict",
	"return",
	"short",
	"signed",
	"sizeof",
	"static",
	"static_assert",
	"static_cast",
	"stderr",
	"stdin",
	"stdout",
	"struct",
	"switch",
	"template",
	"this",
	"thread_local",
	"throw",
	"true",
	"try",
	"typedef",
	"typeid",
	"typename",
	"typeof",
	"typeof_unqual",
	"union",
	"unix",
	"unsigned",
	"using",
	"virtual",
	"void",
	"volatile",
	"wchar_t",
	"while",
	"xor",
	"xor_eq",
};

static int compare_words(const void *a, const void *b)
{
	return strcmp(a, *(const char *const *)b);
}

const char *reserved_in_c(const char *word)
{
	bool found = bsearch(word, reserved, TRV_COUNT_OF(reserved), sizeof(reserved[0]), compare_words) != NULL;

	return found ? "it is a keyword or macro of C or C++" : NULL;
}

/* The name as this language would write it: "TaskList" becomes "task_list". */
static const char *snake_case(struct compiler *compiler, const char *name)
{
	char *snake = compiler_alloc(compiler, 2 * strlen(name) + 1), *to = snake;

	for (const char *at = name; *at; at++) {
		bool upper = *at >= 'A' && *at <= 'Z';

		if (upper && at > name && at[-1] >= 'a' && at[-1] <= 'z')
			*to++ = '_';
		if (*at == '_' && (to == snake || to[-1] == '_'))
			continue;
		*to++ = upper ? (char)(*at - 'A' + 'a') : *at;
	}
	*to = '\0';
	return snake;
}

static const char *article(const char *what)
{
	return strchr("aeiou", what[0]) ? "an" : "a";
}

bool check_name(struct compiler *compiler, const struct syntax_text *name, const char *what, bool in_c)
{
	const char *text = name->text;
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t good = strspn(text, letters);

	if (strlen(text) > MAX_NAME) {
		complain(compiler, name->span, NULL, "the name is %zu bytes long; the limit is %d", strlen(text),
		         MAX_NAME);
		return false;
	}
	if (text[good] || text[0] < 'a' || text[0] > 'z' || strstr(text, "__")) {
		const char *better = snake_case(compiler, text);
		bool usable = *better >= 'a' && *better <= 'z' && !better[strspn(better, letters)];

		complain(compiler, name->span,
		         usable ? compiler_format(compiler,
		                                  "'%s'? A name of the database goes behind 'column' or 'table'",
		                                  better)
		                : NULL,
		         "'%s' is not a name: lower case letters, digits and single underscores, a letter first", text);
		return false;
	}
	if (in_c && reserved_in_c(text)) {
		complain(compiler, name->span,
		         strcmp(what, "field") == 0 ? "name it otherwise; column \"...\" keeps the column's name"
		                                    : "name it otherwise, or give a 'prefix'",
		         "'%s' cannot name %s %s: %s", text, article(what), what, reserved_in_c(text));
		return false;
	}
	if ((in_c || strcmp(what, "prefix") == 0) && (strcmp(text, "trv") == 0 || strncmp(text, "trv_", 4) == 0)) {
		complain(compiler, name->span, "name it otherwise",
		         "'%s' cannot name %s %s: names in trv are the library's", text, article(what), what);
		return false;
	}
	return true;
}

bool check_quoted(struct compiler *compiler, const struct syntax_text *text, const char *what, size_t limit)
{
	size_t length = strlen(text->text);

	if (strpbrk(text->text, "\n\t")) {
		complain(compiler, text->span, NULL, "a %s has no line breaks or tabs", what);
		return false;
	}
	if (length > limit) {
		complain(compiler, text->span, NULL, "the %s is %zu bytes long; the limit is %zu", what, length, limit);
		return false;
	}
	if (length == 0) {
		complain(compiler, text->span, NULL, "the %s is empty", what);
		return false;
	}
	return true;
}

const char *fold(struct compiler *compiler, const char *name)
{
	char *folded = compiler_copy(compiler, name, strlen(name));

	for (char *at = folded; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	return folded;
}
