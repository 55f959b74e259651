/*
 * The test harness. A test registers itself; a program is test.c and files of tests:
 *
 *     TEST(arena, memory_is_aligned_to_eight)
 *     {
 *             struct trv_arena arena;
 *             trv_arena_init(&arena, NULL, 0);
 *             char *memory = trv_arena_alloc(&arena, 3);
 *             REQUIRE(memory);
 *             CHECK_INT((uintptr_t)memory % 8, 0);
 *             trv_arena_release(&arena);
 *     }
 *
 * Output is TAP. Arguments: `--list`, or parts of names to run only the tests that have
 * one of them ("arena", "aligned_to"). The exit status is 1 when a test failed.
 *
 * CHECK goes on after a failure and gives whether it held; REQUIRE ends the test, so it
 * is for the test's own thread only. CHECK may be used in any thread.
 */
#ifndef TRIVET_TEST_H
#define TRIVET_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <trivet/arena.h>
#include <trivet/status.h>

struct test_case {
	const char *suite;
	const char *sentence;
	void (*run)(void);
	struct test_case *next;
	void (*run_row)(const void *argument); /* instead of `run`, for a case made of a table's row */
	const void *argument;
};

/* What test_main did. */
struct test_totals {
	int run; /* skipped ones too */
	int failed;
	int skipped;
};

void test_register(struct test_case *test);

/* Registers a case that is made of a table's row, before test_main. The texts live on. */
void test_register_row(const char *suite, const char *sentence, void (*run)(const void *argument),
                       const void *argument);

/* The tests whose names have one of the parts in `filters`, which ends with NULL; or lists them. The exit status. */
int test_main(char **filters, bool list, struct test_totals *ret_totals);

/* The name of the test that runs, as it is reported. */
const char *test_name(void);

/* Whether a test has exactly this name. */
bool test_exists(const char *name);

#define TEST(suite, sentence)                                                                                          \
	static void test__run_##suite##_##sentence(void);                                                              \
	static struct test_case test__case_##suite##_##sentence = { #suite, #sentence, test__run_##suite##_##sentence, \
		                                                    NULL,   NULL,      NULL };                         \
	__attribute__((constructor)) static void test__add_##suite##_##sentence(void)                                  \
	{                                                                                                              \
		test_register(&test__case_##suite##_##sentence);                                                       \
	}                                                                                                              \
	static void test__run_##suite##_##sentence(void)

/* Each returns whether it held, and reports at file:line when it did not. */
bool test_check(bool held, const char *file, int line, const char *text);
bool test_check_int(intmax_t actual, intmax_t expected, const char *file, int line, const char *text);
bool test_check_double(double actual, double expected, const char *file, int line, const char *text);
bool test_check_str(const char *actual, const char *expected, const char *file, int line, const char *text);
bool test_check_contains(const char *actual, const char *part, const char *file, int line, const char *text);
bool test_check_bytes(const void *actual, const void *expected, size_t size, const char *file, int line,
                      const char *text);
bool test_check_status(int actual, int expected, const char *file, int line, const char *text);
bool test_check_ok(int actual, const struct trv_error *error, const char *file, int line, const char *text);
_Noreturn void test_end(void);
_Noreturn void test_skip(const char *reason);

#define CHECK(condition) test_check(condition, __FILE__, __LINE__, #condition)
/* Any integer type. */
#define CHECK_INT(actual, expected)                                                                                    \
	test_check_int((intmax_t)(actual), (intmax_t)(expected), __FILE__, __LINE__, #actual)
/* Equal as numbers; NaN equals NaN. */
#define CHECK_DOUBLE(actual, expected) test_check_double(actual, expected, __FILE__, __LINE__, #actual)
/* Either may be NULL. */
#define CHECK_STR(actual, expected) test_check_str(actual, expected, __FILE__, __LINE__, #actual)
#define CHECK_CONTAINS(actual, part) test_check_contains(actual, part, __FILE__, __LINE__, #actual)
#define CHECK_BYTES(actual, expected, size) test_check_bytes(actual, expected, size, __FILE__, __LINE__, #actual)
/* The very status. */
#define CHECK_STATUS(result, expected) test_check_status(result, expected, __FILE__, __LINE__, #result)
/* 0 or more; `error` (or NULL) tells why when it is less. */
#define CHECK_OK(result, error) test_check_ok(result, error, __FILE__, __LINE__, #result)

#define REQUIRE(condition) ((condition) ? (void)0 : (test_check(false, __FILE__, __LINE__, #condition), test_end()))
#define REQUIRE_STATUS(result, expected) (CHECK_STATUS(result, expected) ? (void)0 : test_end())
#define REQUIRE_OK(result, error) (CHECK_OK(result, error) ? (void)0 : test_end())

/* Ends the test as skipped. */
#define SKIP(reason) test_skip(reason)

/* A line of comment in the output. */
void test_note(const char *format, ...) TRV_PRINTF(1, 2);

/* --- allocation failure ----------------------------------------------------------------- */

/* An allocator that counts, and fails when told to. Give `&it.allocator` to what is tested. */
struct test_allocator {
	struct trv_allocator allocator;
	_Atomic size_t live; /* blocks that are not released */
	_Atomic size_t calls; /* allocate and resize, failed ones too */
	_Atomic size_t failures;
	size_t fail_at; /* this call fails, counted from 1; 0: none does */
	bool fail_on; /* and all calls after it */
};

void test_allocator_init(struct test_allocator *allocator);

/* What a sweep runs: returns a status, and has released everything before. */
typedef int test_sweep_fn(const struct trv_allocator *allocator, void *argument);

/*
 * Runs it with the first, second, third ... allocation failing until none is met, first
 * with one failure and then with all from there on failing. Checks that each run
 * releases everything and returns TRV_ERR_NOMEM or succeeds without what it lacked,
 * and that the one without a failure succeeds.
 */
bool test_sweep(test_sweep_fn *run, void *argument, const char *file, int line);

#define CHECK_SWEEP(run, argument) test_sweep(run, argument, __FILE__, __LINE__)

/* --- files ------------------------------------------------------------------------------- */

/* A new empty folder, removed with what is in it at exit. */
const char *test_temporary_folder(void);

/* A deterministic pseudo-random number; every test starts from the same seed. */
uint64_t test_random(void);

#endif
