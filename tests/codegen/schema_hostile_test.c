/* Input that is hostile, deep, huge or random, and memory that runs out. */
#include "schema_test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *repeat(const char *before, const char *part, size_t count, const char *after)
{
	size_t length = strlen(part);
	char *text = malloc(strlen(before) + count * length + strlen(after) + 1), *to = text;

	REQUIRE(text);
	to = stpcpy(to, before);
	for (size_t i = 0; i < count; i++)
		to = stpcpy(to, part);
	stpcpy(to, after);
	return text;
}

/* Loads the text, which may be anything; the schema is well formed whatever comes out. */
static int load_any(const char *text, size_t size, bool quick)
{
	struct schema_options options = { .quick = quick };
	struct schema schema;
	int r = schema_load_text(&schema, "any.trv", text, size, &options);

	CHECK(r == 0 || schema.error_count > 0);
	CHECK(schema.error_count <= 200);
	schema_release(&schema);
	return r;
}

TEST(schema_hostile, quoted_names_are_taken_as_they_are)
{
	struct schema schema;

	load_good(&schema, "enum e { a = \"*/ %n ' \\\" \\\\ `\" }\n"
	                   "model m table \"../../*/ \\\"'; drop table m; --\" {\n"
	                   "  id int64 primary column \"%n%s ?\" \n"
	                   "  select_ text column \"select\" check `\"select\" > ''`\n"
	                   "}\n");
	CHECK_STR(schema.models[0]->description.table, "../../*/ \"'; drop table m; --");
	CHECK_STR(schema.models[0]->description.columns[0].name, "%n%s ?");
	CHECK_STR(schema.enums[0]->description.values[0].stored, "*/ %n ' \" \\ `");
	schema_release(&schema);
}

TEST(schema_hostile, bytes_that_are_no_text_are_refused_at_their_place)
{
	static const struct {
		const char *text;
		size_t size;
		const char *message;
		uint32_t line, column;
	} cases[] = {
		{ "model m {\n  a\0 int32\n}\n", 22, "the byte 0x00 is not UTF-8 text", 2, 4 },
		{ "// \xff\n", 5, "the byte 0xff is not UTF-8 text", 1, 4 },
		{ "\n\nenum e { a = \"x\xc3\" }\n", 21, "the byte 0xc3 is not UTF-8 text", 3, 16 },
		{ "model m table \"a\x01\" {\n}\n", 23, "a control character (0x01) does not belong here", 1, 17 },
		{ "// \x1b[2J\n", 8, "a control character (0x1b) does not belong here", 1, 4 },
		{ "\x02", 1, "a control character (0x02) does not belong here", 1, 1 },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		struct schema schema;
		int r = schema_load_text(&schema, "x.trv", cases[i].text, cases[i].size, NULL);

		CHECK_STATUS(r, TRV_ERR_VALUE);
		REQUIRE(schema.diagnostic_count > 0);
		CHECK_STR(schema.diagnostics[0].message, cases[i].message);
		CHECK_INT(schema.diagnostics[0].position.line, cases[i].line);
		CHECK_INT(schema.diagnostics[0].position.column, cases[i].column);
		schema_release(&schema);
	}
}

TEST(schema_hostile, deep_and_huge_input_is_an_error_not_a_crash)
{
	static const struct {
		const char *before, *part;
		size_t count;
		const char *after;
	} cases[] = {
		{ "", "{", 200000, "" },
		{ "model m { a text", "(", 200000, "" },
		{ "model m { id int32; check `", "(", 60000, "` }" },
		{ "model m { id int32; check `", "not ", 15000, "id` }" },
		{ "model m { id int32; check `id", "+id", 20000, " > 0` }" },
		{ "model m { id int32; check `", "x", 100000, "` }" },
		{ "model m { id int32; index (", "id,", 200000, "id) }" },
		{ "model m { ", "a int32;", 100000, "}" },
		{ "enum e { ", "a ", 200000, "}" },
		{ "", "model m {}\n", 50000, "" },
		{ "", "include \"gone.trv\"\n", 20000, "" },
		{ "// ", "x", 1000000, "" },
		{ "mixin a { use a ", "; use a", 100000, "}\nmodel m { use a }" },
		{ "model m { id int32; a -> m? columns (", "\"a\",", 100000, "\"b\") }" },
		{ "model ", "a", 100000, "{}" },
		{ "///", " doc\n///", 100000, "\nmodel m { id 5 }" },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		char *text = repeat(cases[i].before, cases[i].part, cases[i].count, cases[i].after);

		if (!CHECK_STATUS(load_any(text, strlen(text), false), TRV_ERR_VALUE))
			test_note("%s%s...", cases[i].before, cases[i].part);
		free(text);
	}
	CHECK_STATUS(load_any("", ((size_t)16 << 20) + 1, true), TRV_ERR_VALUE);
}

TEST(schema_hostile, chains_of_keys_and_mixins_have_an_end)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	REQUIRE(out);
	fprintf(out, "model m0 { id int32 primary }\nmixin x0 { a int32 }\n");
	for (int i = 1; i < 3000; i++)
		fprintf(out, "model m%d { r -> m%d primary }\nmixin x%d { use x%d }\n", 3000 - i, 2999 - i, i, i - 1);
	fprintf(out, "model last { use x2999 }\n");
	fclose(out);
	CHECK_STATUS(load_any(text, size, true), TRV_ERR_VALUE);
	free(text);
}

TEST(schema_hostile, after_two_hundred_errors_it_gives_up_and_says_so)
{
	char *text = repeat("model m {\n", "  a int33\n", 1000, "}\n");
	struct schema schema;

	CHECK_STATUS(schema_load_text(&schema, "x.trv", text, strlen(text), NULL), TRV_ERR_VALUE);
	CHECK_INT(schema.error_count, 200);
	CHECK_INT(schema.diagnostic_count, 201);
	CHECK(schema.diagnostics[200].warning);
	CHECK_STR(schema.diagnostics[200].message, "too many errors: the rest of them is not shown");
	schema_release(&schema);
	free(text);
}

static const char sample[] =
	"engines sqlite\n/// Doc.\nenum state { open done = \"x\" }\nmixin s { created timestamp = now }\n"
	"model task table \"T\" { use s; id int64 = auto primary; parent -> task? on delete cascade\n"
	"  title text(20) = \"a\" check `title > ''`; state state = open; children [task] by parent\n"
	"  full text generated `title || 'x'` stored; j json = \"{}\"\n"
	"  index (state, `lower(title)`) include (title) where `state <> 'x'` }\n";

TEST(schema_hostile, any_mutation_of_a_schema_is_survived)
{
	static const char pieces[] = "{}()[],=?;->`\"'\\/\n \t09azAZ_.\xc3\xa9";

	for (int round = 0; round < 3000; round++) {
		char text[sizeof(sample)];

		memcpy(text, sample, sizeof(sample));
		for (uint64_t i = 0, count = test_random() % 4 + 1; i < count; i++)
			text[test_random() % (sizeof(sample) - 1)] = pieces[test_random() % (sizeof(pieces) - 1)];
		(void)load_any(text, sizeof(sample) - 1 - test_random() % 3 * (test_random() % 400), round % 8 > 0);
	}
}

static int load_with(const struct trv_allocator *allocator, void *argument)
{
	struct schema_options options = { .allocator = allocator };
	struct schema schema;

	(void)argument;
	int r = schema_load_text(&schema, "x.trv", sample, sizeof(sample) - 1, &options);
	CHECK(r == 0 || schema.model_count == 0);
	schema_release(&schema);
	return r;
}

TEST(schema_hostile, running_out_of_memory_is_an_error)
{
	CHECK_SWEEP(load_with, NULL);
}

TEST(schema_hostile, two_hundred_models_take_their_time)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct timespec from, to;
	struct schema schema;

	REQUIRE(out);
	fprintf(out, "engines sqlite\nenum state { open done }\n");
	for (int i = 0; i < 200; i++)
		fprintf(out,
		        "model model%d {\n  id int64 = auto primary\n  name text(100) unique check `length(name) > 0`\n"
		        "  state state = open\n  price decimal(10,2) = 0 check `price >= 0`\n  due date?\n  created "
		        "timestamp = now\n"
		        "  next -> model%d? on delete set null\n  other -> model%d? on delete cascade\n  before "
		        "[model%d] by next\n"
		        "  index (state, `lower(name)`) include (due) where `state <> 'done'`\n  version int32 "
		        "lock\n}\n",
		        i, (i + 1) % 200, (i * 7) % 200, (i + 199) % 200);
	fclose(out);
	clock_gettime(CLOCK_MONOTONIC, &from);
	int r = schema_load_text(&schema, "x.trv", text, size, NULL);
	clock_gettime(CLOCK_MONOTONIC, &to);
	CHECK_STATUS(r, 0);
	CHECK_INT(schema.model_count, 200);
	test_note("200 models with 800 expressions: %ld ms, %zu KiB",
	          (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000, schema.arena.used / 1024);
	schema_release(&schema);
	free(text);
}
