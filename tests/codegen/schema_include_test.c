/* Files that include files. */
#include "schema_test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *write_file(const char *folder, const char *name, const char *text)
{
	static char path[1024];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	REQUIRE(file);
	fputs(text, file);
	fclose(file);
	return path;
}

/* What is wrong with the file, as schema_report writes it, without the folder's name; free it. */
static char *report_file(const char *folder, const char *name, const struct schema_options *options, int expected)
{
	char path[1024], *text = NULL;
	size_t size = 0, length = strlen(folder) + 1;
	struct schema schema;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	CHECK_STATUS(schema_load(&schema, path, options), expected);
	FILE *out = open_memstream(&text, &size);
	REQUIRE(out);
	schema_report(&schema, out);
	fclose(out);
	schema_release(&schema);
	for (char *at; (at = strstr(text, folder));)
		memmove(at, at + length, strlen(at + length) + 1);
	return text;
}

TEST(schema_include, files_may_include_each_other)
{
	const char *folder = test_temporary_folder();
	struct schema schema;
	struct schema_options options = { 0 };

	write_file(folder, "a.trv", "include \"b.trv\"\ninclude \"./b.trv\"\nmodel a { id int64 primary; bs [b] }\n");
	write_file(folder, "b.trv", "include \"a.trv\"\nmodel b { id int64 primary; a -> a }\n");
	const char *path =
		write_file(folder, "c.trv", "/// All.\n\ninclude \"a.trv\"\nmodel c { id int64 primary; b -> b }\n");
	REQUIRE_STATUS(schema_load(&schema, path, &options), 0);
	CHECK_INT(schema.file_count, 3);
	CHECK_STR(schema.files[0]->base, "c");
	CHECK_STR(schema.files[0]->doc, "All.");
	CHECK_INT(schema.files[0]->include_count, 1);
	CHECK(schema.files[0]->includes[0] == schema.files[1]);
	CHECK_INT(schema.files[1]->include_count, 1);
	CHECK_INT(schema.model_count, 3);
	CHECK(schema.models[0]->file == schema.files[0]);
	CHECK_INT(schema.diagnostic_count, 1);
	CHECK_STR(schema.diagnostics[0].message, "\"./b.trv\" is included twice");
	schema_release(&schema);
}

TEST(schema_include, an_error_is_shown_with_its_line_a_caret_and_a_hint)
{
	const char *folder = test_temporary_folder();

	write_file(folder, "b.trv", "model b {\n\tid int64 primary\n\ttïtle txt\n}\n");
	write_file(folder, "a.trv", "include \"b.trv\"\ninclude \"gone.trv\"\n");
	char *text = report_file(folder, "a.trv", NULL, TRV_ERR_VALUE);
	CHECK_STR(text, "a.trv:2:9: error: cannot read \"gone.trv\": no such file\n"
	                "    include \"gone.trv\"\n"
	                "            ^~~~~~~~~~\n"
	                "    hint: it is looked for beside this file, then in the include paths\n"
	                "b.trv:3:2: error: 'tïtle' is not a name: lower case letters, digits and single underscores, a "
	                "letter first\n"
	                "    \ttïtle txt\n"
	                "    \t^~~~~\n"
	                "b.trv:3:9: error: unknown type 'txt'\n"
	                "    \ttïtle txt\n"
	                "    \t      ^~~\n"
	                "    hint: did you mean 'text'?\n");
	free(text);
}

TEST(schema_include, include_paths_are_searched_after_the_own_folder)
{
	const char *folder = test_temporary_folder();
	char other[1024];
	const char *paths[] = { "/nonexistent", other, NULL };
	struct schema_options options = { .include_paths = paths };

	snprintf(other, sizeof(other), "%s/other", folder);
	REQUIRE(mkdir(other, 0700) == 0);
	write_file(folder, "other/b.trv", "model b { id int64 primary }\n");
	write_file(folder, "a.trv", "include \"b.trv\"\nmodel a { b -> b }\n");
	free(report_file(folder, "a.trv", &options, 0));
	free(report_file(folder, "a.trv", NULL, TRV_ERR_VALUE));
}

TEST(schema_include, what_is_not_included_is_not_seen)
{
	const char *folder = test_temporary_folder();

	write_file(folder, "b.trv", "model b { id int64 primary; x -> c; s e; use m }\n");
	write_file(folder, "c.trv", "model c { id int64 primary }\nenum e { one }\nmixin m { y int32 }\n");
	write_file(folder, "a.trv", "include \"b.trv\"\ninclude \"c.trv\"\n");
	char *text = report_file(folder, "a.trv", NULL, TRV_ERR_VALUE);
	CHECK_CONTAINS(text,
	               "b.trv:1:34: error: model 'c' is not declared in this file or in those that it includes\n");
	CHECK_CONTAINS(text, "b.trv:1:39: error: enum 'e' is not declared in this file or in those that it includes\n");
	CHECK_CONTAINS(text,
	               "b.trv:1:46: error: mixin 'm' is not declared in this file or in those that it includes\n");
	CHECK_CONTAINS(text, "hint: include the file that declares it, c.trv\n");
	free(text);
}

TEST(schema_include, a_file_that_cannot_be_a_schema_is_refused)
{
	const char *folder = test_temporary_folder();
	char fifo[1024];

	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	REQUIRE(mkfifo(fifo, 0600) == 0);
	write_file(folder, "a.trv",
	           "include \"fifo\"\ninclude \".\"\ninclude \"/etc/passwd\"\ninclude \"\"\ninclude \"a\\nb\"\ninclude "
	           "\"a.trv\"\n");
	char *text = report_file(folder, "a.trv", NULL, TRV_ERR_VALUE);
	CHECK_CONTAINS(text, "a.trv:1:9: error: cannot read \"fifo\": it is not a regular file\n");
	CHECK_CONTAINS(text, "a.trv:2:9: error: cannot read \".\": it is not a regular file\n");
	CHECK_CONTAINS(text,
	               "a.trv:3:9: error: an include is named from the including file's folder, not from the root\n");
	CHECK_CONTAINS(text, "a.trv:4:9: error: an include needs a file's name\n");
	CHECK_CONTAINS(text, "a.trv:5:9: error: a file's name has no line breaks or tabs here\n");
	CHECK_CONTAINS(text, "a.trv:6:9: warning: the file includes itself\n");
	free(text);
	text = report_file(folder, "gone.trv", NULL, TRV_ERR_VALUE);
	CHECK_STR(text, "gone.trv:1:1: error: cannot read the file: no such file\n    \n    ^\n");
	free(text);
}

TEST(schema_include, names_of_files_become_names_in_c)
{
	const char *folder = test_temporary_folder();
	char other[1024];

	snprintf(other, sizeof(other), "%s/other", folder);
	REQUIRE(mkdir(other, 0700) == 0);
	write_file(folder, "a-b.trv", "model a { id int64 primary }\n");
	char *text = report_file(folder, "a-b.trv", NULL, TRV_ERR_VALUE);
	CHECK_CONTAINS(text, "a-b.trv:1:1: error: the file's name 'a-b' cannot be a name in C");
	free(text);
	write_file(folder, "other/a.trv", "model b { id int64 primary }\n");
	write_file(folder, "a.trv", "include \"other/a.trv\"\n");
	text = report_file(folder, "a.trv", NULL, TRV_ERR_VALUE);
	CHECK_CONTAINS(text, "other/a.trv:1:1: error: a.trv would generate the same files\n");
	free(text);
}

TEST(schema_include, a_schema_is_for_the_engines_that_all_of_its_files_are_for)
{
	const char *folder = test_temporary_folder();
	static const char indexed[] = "model b { id int64 primary; index (id) where `id > 1` }\n";
	char text[256];

	snprintf(text, sizeof(text), "engines sqlite\n%s", indexed);
	write_file(folder, "b.trv", text);
	write_file(folder, "a.trv", "include \"b.trv\"\n");
	free(report_file(folder, "a.trv", NULL, 0));
	write_file(folder, "b.trv", indexed);
	char *report = report_file(folder, "a.trv", NULL, TRV_ERR_VALUE);
	CHECK_CONTAINS(report, "b.trv:1:46: error: mariadb has no partial index: an index covers all rows\n");
	free(report);
	write_file(folder, "b.trv", "engines mariadb\n");
	write_file(folder, "a.trv", "engines sqlite postgresql\ninclude \"b.trv\"\n");
	report = report_file(folder, "a.trv", NULL, TRV_ERR_VALUE);
	CHECK_CONTAINS(report, "b.trv:1:1: error: no engine is left that all files are for\n");
	free(report);
}

TEST(schema_include, the_options_engines_go_before_those_of_the_files)
{
	const char *folder = test_temporary_folder();
	struct schema_options options = { .engines = { TRV_ENGINE_SQLITE } };

	write_file(folder, "a.trv", "engines mariadb\nmodel b { id int64 primary; index (id) where `id > 1` }\n");
	free(report_file(folder, "a.trv", &options, 0));
	free(report_file(folder, "a.trv", NULL, TRV_ERR_VALUE));
}
