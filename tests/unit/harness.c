/*
 * The harness itself: that what has to fail does. Runs the program in TEST_SAMPLE.
 */
#include "test.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs the sample; returns its exit status and its output in `text`. */
static int run_sample(const char *arguments, char *text, size_t size)
{
	const char *sample = getenv("TEST_SAMPLE");
	char command[1024];

	if (!sample)
		SKIP("TEST_SAMPLE does not name the program");
	snprintf(command, sizeof(command), "'%s' %s 2>&1", sample, arguments);
	FILE *pipe = popen(command, "r");
	REQUIRE(pipe);
	size_t length = fread(text, 1, size - 1, pipe);
	text[length] = '\0';
	int status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char output[16384];

TEST(harness, failures_are_reported_with_place_and_values)
{
	CHECK_INT(run_sample("", output, sizeof(output)), 1);
	CHECK_CONTAINS(output, "1..7\n");
	CHECK_CONTAINS(output, "ok 1 - sample: passes\n");
	CHECK_CONTAINS(output, "harness_sample.c:17: 2 + 2\n#   is       4\n#   expected 5\n");
	CHECK_CONTAINS(output, "#   is       \"is\"\n#   expected \"was\"\n");
	CHECK_CONTAINS(output, "#   is       TRV_ERR_BUSY (-22)\n#   expected TRV_OK (0)\n");
	CHECK_CONTAINS(output, "not ok 2 - sample: goes on after a failed check\n");
	CHECK_CONTAINS(output, "not ok 3 - sample: ends at a failed requirement\n");
	CHECK(!strstr(output, "never reached"));
	CHECK_CONTAINS(output, "ok 4 - sample: is skipped # skip no reason\n");
}

TEST(harness, a_sweep_finds_leaks_and_wrong_statuses)
{
	CHECK_INT(run_sample("'a sweep'", output, sizeof(output)), 1);
	CHECK_CONTAINS(output, "1..2\n");
	CHECK_CONTAINS(output, "sweep, allocation 2 fails\n#   is       1\n#   expected 0\n");
	CHECK_CONTAINS(output, "not ok 1 - sample: a sweep finds a leak\n");
	CHECK_CONTAINS(output, "sweep, allocation 1 fails\n#   is TRV_ERR_SQL");
	CHECK_CONTAINS(output, "not ok 2 - sample: a sweep finds a wrong status\n");
}

TEST(harness, filters_choose_tests_and_no_match_is_a_failure)
{
	CHECK_INT(run_sample("passes is_skipped", output, sizeof(output)), 0);
	CHECK_CONTAINS(output, "1..2\n");
	CHECK_INT(run_sample("nonsense", output, sizeof(output)), 1);
	CHECK_INT(run_sample("--list", output, sizeof(output)), 0);
	CHECK_CONTAINS(output, "sample: goes on after a failed check\n");
}

TEST(harness, temporary_folders_are_removed_at_exit)
{
	CHECK_INT(run_sample("folder", output, sizeof(output)), 0);
	char *folder = strstr(output, "# folder ");
	REQUIRE(folder);
	folder += strlen("# folder ");
	folder[strcspn(folder, "\n")] = '\0';
	CHECK(*folder == '/');
	CHECK_INT(access(folder, F_OK), -1);
}
