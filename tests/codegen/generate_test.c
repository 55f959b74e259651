/* The generated C: compared with goldens, compiled by every compiler there is, and formatted as the project is. */
#include "emit.h"
#include "golden.h"

#include <stdlib.h>

struct generated {
	struct trv__buffer header, source;
};

static int emit_both(const struct schema *schema, const struct trv_allocator *allocator, struct generated *generated)
{
	trv__buffer_init(&generated->header, allocator);
	trv__buffer_init(&generated->source, allocator);
	emit_header(&(struct emit) { schema, schema->files[0], &generated->header });
	emit_source(&(struct emit) { schema, schema->files[0], &generated->source });
	return generated->header.status < 0 ? generated->header.status : generated->source.status;
}

static void release(struct generated *generated)
{
	trv__buffer_release(&generated->header);
	trv__buffer_release(&generated->source);
}

static void generate(struct generated *generated, const char *name)
{
	struct schema schema;

	golden_schema(&schema, name);
	CHECK_OK(emit_both(&schema, NULL, generated), NULL);
	schema_release(&schema);
}

static void generate_text(struct generated *generated, const char *text)
{
	struct schema schema;

	golden_schema_text(&schema, text);
	CHECK_OK(emit_both(&schema, NULL, generated), NULL);
	schema_release(&schema);
}

static void write_to(const char *folder, const char *name, const char *text)
{
	char path[1200];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	REQUIRE(out);
	fputs(text, out);
	REQUIRE(fclose(out) == 0);
}

/* Both files of each schema in one folder. */
static const char *write_all(const char *const *names)
{
	const char *folder = test_temporary_folder();
	char file[100];

	for (; *names; names++) {
		struct generated generated;

		snprintf(file, sizeof(file), "%s.trv", *names);
		generate(&generated, file);
		snprintf(file, sizeof(file), "%s.trv.h", *names);
		write_to(folder, file, trv__buffer_get(&generated.header));
		snprintf(file, sizeof(file), "%s.trv.c", *names);
		write_to(folder, file, trv__buffer_get(&generated.source));
		release(&generated);
	}
	return folder;
}

static const char *const all[] = { "demo", "kinds", "place", "storage", "wide", NULL };

static bool is_there(const char *program)
{
	char command[200];

	snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", program);
	return system(command) == 0;
}

/* Runs `program arguments` in the folder, with its output as comments of the test. */
static bool runs(const char *folder, const char *program, const char *arguments)
{
	char command[2048];

	snprintf(command, sizeof(command), "cd '%s' && %s %s 2>&1 | head -n 20 | sed 's/^/# /'; exit ${PIPESTATUS[0]}",
	         folder, program, arguments);
	return setenv("TEST_COMMAND", command, 1) == 0 && system("bash -c \"$TEST_COMMAND\"") == 0;
}

/* --- goldens ------------------------------------------------------------------------------------- */

TEST(generate, the_demo_is_what_was_read_by_a_person)
{
	struct generated generated;

	generate(&generated, "demo.trv");
	CHECK_GOLDEN("demo.trv.h", trv__buffer_get(&generated.header));
	CHECK_GOLDEN("demo.trv.c", trv__buffer_get(&generated.source));
	release(&generated);
}

TEST(generate, every_kind_of_entry_has_its_place_in_the_tables)
{
	struct generated generated;

	generate(&generated, "kinds.trv");
	CHECK_GOLDEN("kinds.trv.c", trv__buffer_get(&generated.source));
	release(&generated);
}

TEST(generate, the_same_schema_gives_the_same_bytes)
{
	struct generated one, other;

	generate(&one, "kinds.trv");
	generate(&other, "./../golden/kinds.trv");
	CHECK_STR(trv__buffer_get(&one.header), trv__buffer_get(&other.header));
	CHECK_STR(trv__buffer_get(&one.source), trv__buffer_get(&other.source));
	CHECK(!strstr(trv__buffer_get(&one.source), GOLDEN));
	release(&one);
	release(&other);
}

TEST(generate, a_line_of_schema_makes_at_most_forty_five_lines_of_c)
{
	struct generated generated;
	char *schema = golden_read(golden_path("demo.trv"));
	size_t written = 0, generated_lines = 0;

	REQUIRE(schema);
	generate(&generated, "demo.trv");
	for (const char *at = schema; *at; at++)
		written += *at == '\n';
	for (const char *at = trv__buffer_get(&generated.header); *at; at++)
		generated_lines += *at == '\n';
	for (const char *at = trv__buffer_get(&generated.source); *at; at++)
		generated_lines += *at == '\n';
	test_note("%zu lines of schema, %zu of C: %.1f for each", written, generated_lines,
	          (double)generated_lines / (double)written);
	CHECK(generated_lines <= 45 * written);
	release(&generated);
	free(schema);
}

/* --- compilers --------------------------------------------------------------------------------------- */

#define C_FLAGS                                                                                                        \
	" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wconversion -Wshadow -Wformat=2 -Wpointer-arith -Wstrict-prototypes"   \
	" -Wmissing-prototypes -Wwrite-strings -Wpedantic -Werror -fsyntax-only -I. -I'" INCLUDE "' "
#define CPP_FLAGS " -std=c++17 -Wall -Wextra -Werror -fsyntax-only -I. -I'" INCLUDE "' -x c++ "

TEST(generate, it_compiles_without_a_warning)
{
	const char *folder = write_all(all);
	int compilers = 0;

	for (const char *const *compiler = (const char *const[]) { "gcc", "clang", NULL }; *compiler; compiler++) {
		if (!is_there(*compiler))
			continue;
		compilers++;
		CHECK(runs(folder, *compiler, C_FLAGS "*.trv.c"));
	}
	CHECK(compilers > 0);
}

TEST(generate, its_headers_are_cpp_too_and_stand_alone)
{
	const char *folder = write_all(all);
	char arguments[1024];

	for (const char *const *name = all; *name; name++) {
		char file[100], text[200];

		snprintf(file, sizeof(file), "%s.cpp", *name);
		snprintf(text, sizeof(text), "#include \"%s.trv.h\"\n#include \"%s.trv.h\"\n", *name, *name);
		write_to(folder, file, text);
		for (const char *const *compiler = (const char *const[]) { "g++", "clang++", NULL }; *compiler;
		     compiler++) {
			snprintf(arguments, sizeof(arguments), CPP_FLAGS "%s", file);
			if (is_there(*compiler))
				CHECK(runs(folder, *compiler, arguments));
		}
	}
}

TEST(generate, a_file_of_another_generator_version_does_not_compile)
{
	const char *folder = write_all((const char *const[]) { "demo", NULL });
	char path[1200], *errors;

	write_to(folder, "old.c",
	         "#include <trivet/common.h>\n#undef TRV_GENERATED_ABI\n#define TRV_GENERATED_ABI 0\n"
	         "#include \"demo.trv.h\"\n");
	if (!is_there("gcc"))
		SKIP("gcc is not here");
	snprintf(path, sizeof(path), "cd '%s' && gcc" C_FLAGS "old.c 2>errors", folder);
	CHECK(system(path) != 0);
	snprintf(path, sizeof(path), "%s/errors", folder);
	errors = golden_read(path);
	REQUIRE(errors);
	CHECK_CONTAINS(errors, "demo.trv.h was generated for another version of trivet: run trivet generate again");
	free(errors);
}

TEST(generate, it_is_laid_out_as_the_project_is)
{
	const char *folder = write_all(all);

	if (!is_there("clang-format"))
		SKIP("clang-format is not here");
	CHECK(runs(folder, "clang-format", "--style=file:'" SOURCE "/.clang-format' --dry-run -Werror *.trv.[ch]"));
}

/* --- hostile text -------------------------------------------------------------------------------------- */

TEST(generate, a_doc_comment_cannot_end_the_comment_it_is_in)
{
	struct generated generated;

	generate_text(&generated, "/// ends */ int injected; /* here\n"
	                          "/// and a trigraph ?\?/\n"
	                          "model m {\n  /// also */ int injected; /* here\n  id int64 = auto primary\n}\n");
	CHECK(!strstr(trv__buffer_get(&generated.header), "*/ int"));
	CHECK_CONTAINS(trv__buffer_get(&generated.header), "ends * / int injected; / * here");
	CHECK(!strstr(trv__buffer_get(&generated.header), "?\?/"));
	release(&generated);
}

TEST(generate, a_string_keeps_every_byte_through_the_compiler)
{
	struct trv__buffer text;

	trv__buffer_init(&text, NULL);
	emit_string(&text, "a\"b\\c\nd\te?\?/f\x01g%n\x7f");
	CHECK_STR(trv__buffer_get(&text), "\"a\\\"b\\\\c\\nd\\te?\\?/f\\001g%n\\177\"");
	trv__buffer_clear(&text);
	emit_string(&text, "gr\xc3\xbc\xc3\x9f");
	CHECK_STR(trv__buffer_get(&text), "\"gr\xc3\xbc\xc3\x9f\"");
	trv__buffer_clear(&text);
	emit_string(&text, "\xff");
	CHECK_STR(trv__buffer_get(&text), "\"\\377\"");
	trv__buffer_clear(&text);
	emit_string(&text, NULL);
	CHECK_STR(trv__buffer_get(&text), "NULL");
	trv__buffer_release(&text);
}

/* What stands in the schema is what the compiled table holds: the long way round, through gcc. */
TEST(generate, long_texts_are_cut_between_characters_only)
{
	struct generated generated;
	const char *folder;
	char schema[2000], program[4000];
	size_t size = 0;

	if (!is_there("gcc"))
		SKIP("gcc is not here");
	size += (size_t)snprintf(schema, sizeof(schema), "model m {\n  id int64 = auto primary\n  t text = \"");
	for (int i = 0; i < 60; i++)
		size += (size_t)snprintf(schema + size, sizeof(schema) - size, "%s",
		                         (const char *const[]) { "\\\\", "\xc3\xbc", "\\\"", "x y" }[i % 4]);
	snprintf(schema + size, sizeof(schema) - size, "\"\n}\n");
	generate_text(&generated, schema);
	folder = test_temporary_folder();
	write_to(folder, "test.trv.h", trv__buffer_get(&generated.header));
	write_to(folder, "test.trv.c", trv__buffer_get(&generated.source));
	release(&generated);
	snprintf(program, sizeof(program),
	         "#include \"test.trv.h\"\n#include <string.h>\n"
	         "int main(void)\n{\n"
	         "	const char *text = m_model.columns[1].initial->literal.as.text;\n"
	         "	for (int i = 0; i < 15; i++, text += 7)\n"
	         "		if (memcmp(text, \"\\\\\\303\\274\\\"x y\", 7) != 0)\n"
	         "			return 1;\n"
	         "	return *text != 0;\n}\n");
	write_to(folder, "main.c", program);
	CHECK(runs(folder, "gcc", "-std=c11 -Wall -Werror -I. -I'" INCLUDE "' main.c test.trv.c -o main"));
	CHECK(runs(folder, "./main", ""));
}

TEST(generate, a_program_may_leave_out_files_whose_models_it_does_not_use)
{
	const char *folder = write_all((const char *const[]) { "kinds", "place", NULL });

	if (!is_there("gcc"))
		SKIP("gcc is not here");
	write_to(folder, "main.c",
	         "#include \"place.trv.h\"\n"
	         "int main(void)\n{\n"
	         "	int here = 0, absent = 0;\n\n"
	         "	for (size_t i = 0; i < place_models.count; i++)\n"
	         "		*(place_models.models[i] ? &here : &absent) += 1;\n"
	         "	if (here != 1 || absent != 4 || place_model.relations[0].target)\n"
	         "		return 1;\n"
	         "	return 0;\n}\n");
	for (const char *const *kind = (const char *const[]) { "-fPIE -pie", "-fno-pie -no-pie", NULL }; *kind;
	     kind++) {
		char arguments[1024];

		snprintf(arguments, sizeof(arguments), "-std=c11 %s -I. -I'" INCLUDE "' main.c place.trv.c -o main",
		         *kind);
		CHECK(runs(folder, "gcc", arguments));
		CHECK(runs(folder, "./main", ""));
	}
}

static int sweep(const struct trv_allocator *allocator, void *argument)
{
	struct generated generated;
	int r = emit_both(argument, allocator, &generated);

	release(&generated);
	return r;
}

TEST(generate, every_allocation_may_fail)
{
	struct schema schema;

	golden_schema(&schema, "demo.trv");
	CHECK_SWEEP(sweep, &schema);
	schema_release(&schema);
}
