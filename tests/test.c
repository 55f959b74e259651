#include "test.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static struct test_case *first_test;
static struct test_case **last_test = &first_test;

static jmp_buf test_exit;
static const char *skip_reason;
static atomic_int failures; /* of the test that runs */
static uint64_t random_state;
static char current_name[512];

void test_register(struct test_case *test)
{
	*last_test = test;
	last_test = &test->next;
}

void test_register_row(const char *suite, const char *sentence, void (*run)(const void *argument), const void *argument)
{
	struct test_case *test = calloc(1, sizeof(*test));

	if (!test)
		abort();
	test->suite = suite;
	test->sentence = sentence;
	test->run_row = run;
	test->argument = argument;
	test_register(test);
}

/* --- checks --------------------------------------------------------------------------- */

TRV_PRINTF(4, 5) static bool fail(const char *file, int line, const char *text, const char *format, ...)
{
	va_list arguments;

	atomic_fetch_add(&failures, 1);
	va_start(arguments, format);
	flockfile(stdout);
	printf("# %s:%d: %s\n", file, line, text);
	vprintf(format, arguments);
	funlockfile(stdout);
	va_end(arguments);
	return false;
}

bool test_check(bool held, const char *file, int line, const char *text)
{
	return held || fail(file, line, text, "#   does not hold\n");
}

bool test_check_int(intmax_t actual, intmax_t expected, const char *file, int line, const char *text)
{
	return actual == expected || fail(file, line, text, "#   is       %jd\n#   expected %jd\n", actual, expected);
}

bool test_check_double(double actual, double expected, const char *file, int line, const char *text)
{
	bool both_nan = actual != actual && expected != expected;

	return both_nan || !(actual < expected || actual > expected || actual != actual || expected != expected) ||
	       fail(file, line, text, "#   is       %.17g\n#   expected %.17g\n", actual, expected);
}

bool test_check_str(const char *actual, const char *expected, const char *file, int line, const char *text)
{
	if (actual == expected || (actual && expected && strcmp(actual, expected) == 0))
		return true;
	return fail(file, line, text, "#   is       \"%s\"\n#   expected \"%s\"\n", actual ? actual : "(NULL)",
	            expected ? expected : "(NULL)");
}

bool test_check_contains(const char *actual, const char *part, const char *file, int line, const char *text)
{
	return (actual && strstr(actual, part)) ||
	       fail(file, line, text, "#   is           \"%s\"\n#   has to have  \"%s\"\n", actual ? actual : "(NULL)",
	            part);
}

static void print_bytes(const char *title, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	printf("#   %s", title);
	for (size_t i = 0; i < size && i < 32; i++)
		printf(" %02x", bytes[i]);
	printf("%s\n", size > 32 ? " ..." : "");
}

bool test_check_bytes(const void *actual, const void *expected, size_t size, const char *file, int line,
                      const char *text)
{
	if (size == 0 || (actual && expected && memcmp(actual, expected, size) == 0))
		return true;
	fail(file, line, text, "#   %zu bytes differ\n", size);
	print_bytes("is      ", actual, actual ? size : 0);
	print_bytes("expected", expected, expected ? size : 0);
	return false;
}

bool test_check_status(int actual, int expected, const char *file, int line, const char *text)
{
	return actual == expected || fail(file, line, text, "#   is       %s (%d)\n#   expected %s (%d)\n",
	                                  trv_status_name(actual), actual, trv_status_name(expected), expected);
}

bool test_check_ok(int actual, const struct trv_error *error, const char *file, int line, const char *text)
{
	return actual >= 0 || fail(file, line, text, "#   is %s: %s\n#   detail: %s\n", trv_status_name(actual),
	                           error ? error->message : trv_status_message(actual), error ? error->detail : "");
}

void test_end(void)
{
	longjmp(test_exit, 1);
}

void test_skip(const char *reason)
{
	skip_reason = reason;
	longjmp(test_exit, 1);
}

void test_note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	flockfile(stdout);
	fputs("# ", stdout);
	vprintf(format, arguments);
	putchar('\n');
	funlockfile(stdout);
	va_end(arguments);
}

/* splitmix64 */
uint64_t test_random(void)
{
	uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* --- allocation failure ----------------------------------------------------------------- */

static bool has_to_fail(struct test_allocator *allocator)
{
	size_t call = atomic_fetch_add(&allocator->calls, 1) + 1;
	size_t at = allocator->fail_at;
	bool fails = at && (call == at || (allocator->fail_on && call > at));

	if (fails)
		atomic_fetch_add(&allocator->failures, 1);
	return fails;
}

static void *counting_allocate(void *context, size_t size)
{
	struct test_allocator *allocator = context;

	if (has_to_fail(allocator))
		return NULL;
	void *memory = malloc(size);
	if (memory)
		atomic_fetch_add(&allocator->live, 1);
	return memory;
}

static void *counting_resize(void *context, void *memory, size_t size)
{
	struct test_allocator *allocator = context;

	if (has_to_fail(allocator))
		return NULL;
	void *resized = realloc(memory, size);
	if (resized && !memory)
		atomic_fetch_add(&allocator->live, 1);
	return resized;
}

static void counting_release(void *context, void *memory)
{
	struct test_allocator *allocator = context;

	if (memory)
		atomic_fetch_sub(&allocator->live, 1);
	free(memory);
}

void test_allocator_init(struct test_allocator *allocator)
{
	memset(allocator, 0, sizeof(*allocator));
	allocator->allocator = (struct trv_allocator) {
		.allocate = counting_allocate,
		.resize = counting_resize,
		.release = counting_release,
		.context = allocator,
	};
}

/* One run with the n-th allocation failing. Whether to go on; `met` tells whether it came to a failure. */
static bool sweep_step(test_sweep_fn *run, void *argument, size_t n, bool fail_on, bool *met, const char *file,
                       int line)
{
	struct test_allocator allocator;
	char text[96];

	test_allocator_init(&allocator);
	allocator.fail_at = n;
	allocator.fail_on = fail_on;
	snprintf(text, sizeof(text), "sweep, allocation %zu fails%s", n, fail_on ? " and all after it" : "");

	int before = atomic_load(&failures);
	int result = run(&allocator.allocator, argument);
	*met = allocator.failures > 0;
	test_check_int((intmax_t)allocator.live, 0, file, line, text);
	if (!*met || result != TRV_ERR_NOMEM)
		test_check_ok(result, NULL, file, line, text);
	return atomic_load(&failures) == before;
}

#define SWEEP_LIMIT 100000

bool test_sweep(test_sweep_fn *run, void *argument, const char *file, int line)
{
	for (int fail_on = 0; fail_on < 2; fail_on++) {
		bool met = true;
		for (size_t n = 1; met; n++) {
			if (n > SWEEP_LIMIT)
				return fail(file, line, "sweep", "#   does not end\n");
			if (!sweep_step(run, argument, n, fail_on, &met, file, line))
				return false;
		}
	}
	return true;
}

/* --- files ------------------------------------------------------------------------------- */

struct temporary_folder {
	struct temporary_folder *next;
	pid_t owner; /* a forked child must not remove its parent's */
	char path[];
};

static struct temporary_folder *temporary_folders;

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)type;
	(void)walk;
	return remove(path);
}

static void remove_temporary_folders(void)
{
	while (temporary_folders) {
		struct temporary_folder *folder = temporary_folders;
		temporary_folders = folder->next;
		if (folder->owner == getpid())
			nftw(folder->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
		free(folder);
	}
}

const char *test_temporary_folder(void)
{
	const char *parent = getenv("TMPDIR");
	if (!parent || !*parent)
		parent = "/tmp";

	size_t size = strlen(parent) + sizeof("/trivet-XXXXXX");
	struct temporary_folder *folder = malloc(sizeof(*folder) + size);
	REQUIRE(folder);
	snprintf(folder->path, size, "%s/trivet-XXXXXX", parent);
	bool made = mkdtemp(folder->path) != NULL;
	if (!made)
		free(folder);
	REQUIRE(made);
	if (!temporary_folders)
		atexit(remove_temporary_folders);
	folder->owner = getpid();
	folder->next = temporary_folders;
	temporary_folders = folder;
	return folder->path;
}

/* --- running ------------------------------------------------------------------------------ */

static void format_name(const struct test_case *test, char *text, size_t size)
{
	size_t suite = strlen(test->suite);

	snprintf(text, size, "%s: %s", test->suite, test->sentence);
	for (char *c = text + (suite < size ? suite : size - 1); *c; c++)
		if (*c == '_')
			*c = ' ';
}

static bool is_wanted(const struct test_case *test, char **filters)
{
	char name[512];

	if (!*filters)
		return true;
	format_name(test, name, sizeof(name));
	for (; *filters; filters++)
		if (strstr(name, *filters) || strstr(test->sentence, *filters))
			return true;
	return false;
}

/* Apart from run_tests because of longjmp: it has no locals that live across it. */
static void run_test(const struct test_case *test)
{
	failures = 0;
	skip_reason = NULL;
	random_state = 1;
	format_name(test, current_name, sizeof(current_name));
	if (setjmp(test_exit) != 0)
		return;
	if (test->run_row)
		test->run_row(test->argument);
	else
		test->run();
}

const char *test_name(void)
{
	return current_name;
}

bool test_exists(const char *name)
{
	char other[512];

	for (const struct test_case *test = first_test; test; test = test->next) {
		format_name(test, other, sizeof(other));
		if (strcmp(name, other) == 0)
			return true;
	}
	return false;
}

static bool report_test(const struct test_case *test, int number)
{
	char name[512];
	bool failed = failures > 0;

	format_name(test, name, sizeof(name));
	printf("%s %d - %s", failed ? "not ok" : "ok", number, name);
	if (skip_reason && !failed)
		printf(" # skip %s", skip_reason);
	putchar('\n');
	return !failed;
}

static int list_tests(void)
{
	char name[512];

	for (const struct test_case *test = first_test; test; test = test->next) {
		format_name(test, name, sizeof(name));
		puts(name);
	}
	return 0;
}

int test_main(char **filters, bool list, struct test_totals *ret_totals)
{
	struct test_totals totals = { 0, 0, 0 };
	int count = 0;

	if (list)
		return list_tests();
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (const struct test_case *test = first_test; test; test = test->next)
		count += is_wanted(test, filters);
	printf("1..%d\n", count);
	for (const struct test_case *test = first_test; test; test = test->next) {
		if (!is_wanted(test, filters))
			continue;
		run_test(test);
		totals.failed += !report_test(test, ++totals.run);
		totals.skipped += skip_reason && failures == 0;
	}
	if (count == 0)
		fprintf(stderr, "no test has such a name\n");
	*ret_totals = totals;
	return totals.failed > 0 || count == 0;
}
