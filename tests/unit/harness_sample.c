/*
 * Tests that fail on purpose, run by harness.c.
 */
#include "test.h"

#include <stdlib.h>
#include <trivet/driver.h>

TEST(sample, passes)
{
	CHECK(true);
	CHECK_INT(2 + 2, 4);
}

TEST(sample, goes_on_after_a_failed_check)
{
	CHECK_INT(2 + 2, 5);
	CHECK_STR("is", "was");
	CHECK_STATUS(TRV_ERR_BUSY, TRV_OK);
}

TEST(sample, ends_at_a_failed_requirement)
{
	REQUIRE(1 > 2);
	test_note("never reached");
}

TEST(sample, is_skipped)
{
	SKIP("no reason");
}

static int leak(const struct trv_allocator *allocator, void *argument)
{
	void *first = trv_allocate(allocator, 1);
	void *second = first ? trv_allocate(allocator, 1) : NULL;

	*(void **)argument = first;
	if (!second)
		return TRV_ERR_NOMEM;
	trv_release(allocator, second);
	trv_release(allocator, first);
	return 0;
}

TEST(sample, a_sweep_finds_a_leak)
{
	void *leaked = NULL;

	CHECK_SWEEP(leak, &leaked);
	free(leaked);
}

static int hide_failure(const struct trv_allocator *allocator, void *argument)
{
	void *memory = trv_allocate(allocator, 1);

	(void)argument;
	trv_release(allocator, memory);
	return memory ? 0 : TRV_ERR_SQL;
}

TEST(sample, a_sweep_finds_a_wrong_status)
{
	CHECK_SWEEP(hide_failure, NULL);
}

TEST(sample, makes_a_temporary_folder)
{
	const char *folder = test_temporary_folder();
	char path[512];

	snprintf(path, sizeof(path), "%s/file", folder);
	FILE *file = fopen(path, "w");
	REQUIRE(file);
	fclose(file);
	test_note("folder %s", folder);
}
