/* The `trivet` command as its users meet it: arguments, files, messages, exit codes. */
#include "golden.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* One run of the command in a folder of its own. */
struct run {
	int code;
	char *output, *errors;
};

static void run_release(struct run *run)
{
	free(run->output);
	free(run->errors);
}

static char *read_in(const char *folder, const char *name)
{
	char path[1200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return golden_read(path);
}

static void write_in(const char *folder, const char *name, const char *text)
{
	char path[1200];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	REQUIRE(out);
	fputs(text, out);
	REQUIRE(fclose(out) == 0);
}

/* `arguments` as a shell reads them. */
static void trivet(struct run *run, const char *folder, const char *arguments)
{
	char command[2048];
	int status;

	snprintf(command, sizeof(command), "cd '%s' && '%s' %s >.output 2>.errors", folder, TRIVET, arguments);
	status = system(command);
	run->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	run->output = read_in(folder, ".output");
	run->errors = read_in(folder, ".errors");
	REQUIRE(run->output && run->errors);
}

/* Runs it for its exit code, and for a part of what it says. */
static bool check_run(const char *folder, const char *arguments, int code, const char *part, int line)
{
	struct run run;
	bool held;

	trivet(&run, folder, arguments);
	held = test_check_int(run.code, code, __FILE__, line, arguments);
	if (part && !strstr(run.output, part))
		held = test_check_contains(run.errors, part, __FILE__, line, arguments) && held;
	run_release(&run);
	return held;
}

#define CHECK_RUN(folder, arguments, code, part) check_run(folder, arguments, code, part, __LINE__)

static const char *const small = "model m { id int64 = auto primary }\n";

static const char *new_folder(void)
{
	const char *folder = test_temporary_folder();

	write_in(folder, "m.trv", small);
	write_in(folder, "bad.trv", "model m { id int65 = auto primary }\n");
	return folder;
}

static bool exists(const char *folder, const char *name)
{
	char path[1200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

TEST(command, exit_codes_tell_success_findings_and_misuse_apart)
{
	static const struct {
		const char *arguments;
		int code;
		const char *part;
	} runs[] = {
		{ "--version", 0, "trivet 0.1.0" },
		{ "--help", 0, "generate" },
		{ "", 2, "usage: trivet COMMAND" },
		{ "conjure", 2, "there is no command \"conjure\"" },
		{ "check m.trv", 0, NULL },
		{ "check bad.trv", 1, "bad.trv:1:14: error: " },
		{ "check m.trv bad.trv m.trv", 1, "bad.trv:1:14: error: " },
		{ "check missing.trv", 1, "missing.trv" },
		{ "check", 2, "no file is named" },
		{ "check --nonsense m.trv", 2, "usage: trivet check" },
		{ "check --help", 0, "--features" },
		{ "generate m.trv", 2, "where to? name a folder with -o" },
		{ "generate -o .", 2, "no file is named" },
		{ "generate -o nowhere m.trv", 1, "nowhere/m.trv.h: No such file or directory" },
		{ "generate -o . bad.trv", 1, "bad.trv:1:14: error: " },
		{ "generate --help", 0, "--depfile" },
		{ "ddl m.trv", 2, "which engine?" },
		{ "ddl --engine oracle m.trv", 2, "there is no engine \"oracle\"" },
		{ "ddl --engine sqlite m.trv", 0, "CREATE TABLE \"m\" (" },
		{ "ddl --engine sqlite bad.trv", 1, "bad.trv:1:14: error: " },
	};
	const char *folder = new_folder();

	for (size_t i = 0; i < TRV_COUNT_OF(runs); i++)
		CHECK_RUN(folder, runs[i].arguments, runs[i].code, runs[i].part);
}

TEST(command, check_tells_what_an_engine_of_the_schema_cannot_have)
{
	const char *folder = new_folder();

	write_in(folder, "wide.trv", "\nmodel wide { id int64 = auto primary; t text; index (t) }\n");
	CHECK_RUN(folder, "check wide.trv", 1,
	          "wide.trv:2:7: error: wide.t: mariadb needs a length of at most 768 for a column of wide_t_idx");
	CHECK_RUN(folder, "generate -o . wide.trv", 1, "wide.t: mariadb needs a length");
	write_in(folder, "wide.trv",
	         "engines sqlite postgresql\nmodel wide { id int64 = auto primary; t text; index (t) }\n");
	CHECK_RUN(folder, "check wide.trv", 0, NULL);
}

TEST(command, a_schema_with_errors_leaves_no_files)
{
	const char *folder = new_folder();

	CHECK_RUN(folder, "generate -o . --depfile d bad.trv", 1, "error");
	CHECK(!exists(folder, "bad.trv.h"));
	CHECK(!exists(folder, "bad.trv.c"));
	CHECK(!exists(folder, "d"));
}

TEST(command, generate_leaves_files_alone_that_are_current)
{
	const char *folder = new_folder();
	struct stat before, after;
	char path[1200];

	snprintf(path, sizeof(path), "%s/m.trv.h", folder);
	CHECK_RUN(folder, "generate -o . m.trv", 0, NULL);
	/* A time that no run can give. */
	REQUIRE(utimensat(AT_FDCWD, path, (const struct timespec[]) { { 1, 0 }, { 1, 0 } }, 0) == 0);
	REQUIRE(stat(path, &before) == 0);
	CHECK_RUN(folder, "generate -o . m.trv", 0, NULL);
	REQUIRE(stat(path, &after) == 0);
	CHECK_INT(after.st_mtime, 1);
	CHECK_INT(after.st_ino, before.st_ino);
	write_in(folder, "m.trv", "model m { id int64 = auto primary; n int32 }\n");
	CHECK_RUN(folder, "generate -o . m.trv", 0, NULL);
	REQUIRE(stat(path, &after) == 0);
	CHECK(after.st_mtime != 1);
}

TEST(command, generate_check_names_the_stale_files_and_writes_nothing)
{
	const char *folder = new_folder();
	char *text;

	CHECK_RUN(folder, "generate --check -o . m.trv", 1, "./m.trv.h is not what the schema says");
	CHECK(!exists(folder, "m.trv.h"));
	CHECK_RUN(folder, "generate -o . m.trv", 0, NULL);
	CHECK_RUN(folder, "generate --check -o . m.trv", 0, NULL);
	write_in(folder, "m.trv.c", "int edited;\n");
	CHECK_RUN(folder, "generate --check -o . m.trv", 1, "./m.trv.c is not what the schema says");
	text = read_in(folder, "m.trv.c");
	CHECK_STR(text, "int edited;\n");
	free(text);
}

TEST(command, the_depfile_lists_both_outputs_and_every_schema_as_make_reads_names)
{
	const char *folder = new_folder();
	char *text;

	write_in(folder, "n.trv", "include \"a b$c#.trv\"\nmodel n { id int64 = auto primary; m -> m }\n");
	write_in(folder, "a b$c#.trv", "include \"m.trv\"\n");
	CHECK_RUN(folder, "generate -o . --depfile d n.trv", 1, NULL);
	write_in(folder, "n.trv", "include \"m.trv\"\nmodel n { id int64 = auto primary; m -> m }\n");
	CHECK_RUN(folder, "generate -o . --depfile d m.trv n.trv", 0, NULL);
	text = read_in(folder, "d");
	CHECK_STR(text, "./m.trv.h ./m.trv.c: \\\n m.trv\n./n.trv.h ./n.trv.c: \\\n n.trv \\\n m.trv\n");
	free(text);
}

TEST(command, generate_writes_into_its_folder_only)
{
	const char *folder = new_folder();
	char path[1200], target[1200];

	snprintf(path, sizeof(path), "%s/out", folder);
	REQUIRE(mkdir(path, 0777) == 0);
	/* Whatever the schema's path is, the file's own name counts. */
	CHECK_RUN(folder, "generate -o out ../$(basename $PWD)/./m.trv", 0, NULL);
	CHECK(exists(folder, "out/m.trv.h"));
	CHECK(!exists(folder, "m.trv.h"));
	/* A link that someone left there is replaced, not followed. */
	write_in(folder, "victim", "precious\n");
	snprintf(target, sizeof(target), "%s/victim", folder);
	snprintf(path, sizeof(path), "%s/out/m.trv.c", folder);
	REQUIRE(unlink(path) == 0 && symlink(target, path) == 0);
	CHECK_RUN(folder, "generate -o out m.trv", 0, NULL);
	char *text = read_in(folder, "victim");
	CHECK_STR(text, "precious\n");
	free(text);
	text = read_in(folder, "out/m.trv.c");
	CHECK_CONTAINS(text, "m_model");
	free(text);
}

TEST(command, fmt_writes_in_place_and_tells_with_check)
{
	static const char *const crooked = "model m{id int64=auto primary // the key\n}\n";
	const char *folder = new_folder();
	char *text, *again;

	write_in(folder, "m.trv", crooked);
	CHECK_RUN(folder, "fmt --check m.trv", 1, "m.trv is not formatted: run trivet fmt");
	text = read_in(folder, "m.trv");
	CHECK_STR(text, crooked);
	free(text);
	CHECK_RUN(folder, "fmt m.trv", 0, NULL);
	CHECK_RUN(folder, "fmt --check m.trv", 0, NULL);
	text = read_in(folder, "m.trv");
	CHECK_CONTAINS(text, "// the key");
	CHECK_RUN(folder, "fmt m.trv", 0, NULL);
	again = read_in(folder, "m.trv");
	CHECK_STR(again, text);
	free(text);
	free(again);
	CHECK_RUN(folder, "check m.trv", 0, NULL);
}

TEST(command, fmt_of_a_dash_goes_from_input_to_output)
{
	const char *folder = new_folder();
	struct run run;
	char *text;

	CHECK_RUN(folder, "fmt m.trv", 0, NULL);
	text = read_in(folder, "m.trv");
	trivet(&run, folder, "fmt - <m.trv");
	CHECK_INT(run.code, 0);
	CHECK_STR(run.output, text);
	run_release(&run);
	free(text);
}

TEST(command, fmt_leaves_a_file_with_errors_of_syntax_alone)
{
	static const char *const broken = "model m {\n  id int64 = = auto\n}\n";
	const char *folder = new_folder();
	char *text;

	write_in(folder, "broken.trv", broken);
	CHECK_RUN(folder, "fmt broken.trv", 1, "broken.trv:2:14: error: ");
	text = read_in(folder, "broken.trv");
	CHECK_STR(text, broken);
	free(text);
	CHECK_RUN(folder, "fmt", 2, "no file is named; - is the standard input");
	CHECK_RUN(folder, "fmt missing.trv", 1, "missing.trv: No such file or directory");
}

TEST(command, two_files_of_one_name_are_refused)
{
	const char *folder = new_folder();
	char path[1200];

	snprintf(path, sizeof(path), "%s/other", folder);
	REQUIRE(mkdir(path, 0777) == 0);
	write_in(folder, "other/m.trv", small);
	CHECK_RUN(folder, "generate -o . m.trv other/m.trv", 1, "there are two files \"m.trv\"");
}

TEST(command, names_that_are_no_c_names_make_no_files)
{
	static const char *const names[] = { "a-b.trv", "1.trv", "a b.trv", "a\\\"b.trv", "a%n.trv" };
	const char *folder = new_folder();
	char arguments[200];

	for (size_t i = 0; i < TRV_COUNT_OF(names); i++) {
		snprintf(arguments, sizeof(arguments), "check m.trv && cp m.trv \"%s\"", names[i]);
		CHECK_RUN(folder, arguments, 0, NULL);
		snprintf(arguments, sizeof(arguments), "generate -o . -- \"%s\"", names[i]);
		CHECK_RUN(folder, arguments, 1, "error");
	}
}

TEST(command, an_output_that_cannot_be_written_is_an_error)
{
	const char *folder = new_folder();
	char command[2048], *errors;
	int status;

	if (access("/dev/full", W_OK) < 0)
		SKIP("/dev/full is not here");
	snprintf(command, sizeof(command), "cd '%s' && '%s' ddl --engine sqlite m.trv >/dev/full 2>.errors", folder,
	         TRIVET);
	status = system(command);
	CHECK_INT(WEXITSTATUS(status), 1);
	errors = read_in(folder, ".errors");
	CHECK_CONTAINS(errors, "cannot write the output");
	free(errors);
}

TEST(command, two_hundred_models_are_generated_in_a_second)
{
	const char *folder = new_folder();
	char path[1200];
	FILE *out;

	snprintf(path, sizeof(path), "%s/big.trv", folder);
	out = fopen(path, "w");
	REQUIRE(out);
	for (int i = 0; i < 200; i++)
		fprintf(out,
		        "model m%d {\n  id int64 = auto primary\n  name text(100)\n  day date?\n  sum decimal(10,2) = "
		        "0\n"
		        "  before -> m%d?\n  after [m%d] by before\n  index (name, day desc)\n}\n",
		        i, (i + 199) % 200, (i + 1) % 200);
	REQUIRE(fclose(out) == 0);
	CHECK_RUN(folder, "check m.trv", 0, NULL);
	uint64_t start = trv_monotonic();
	CHECK_RUN(folder, "generate -o . big.trv", 0, NULL);
	CHECK(trv_monotonic() - start < UINT64_C(1000000000));
}
