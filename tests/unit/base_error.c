#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <trivet/driver.h>

TEST(status, every_code_has_a_name_a_message_and_a_class)
{
	CHECK_STR(trv_status_name(TRV_OK), "TRV_OK");
	CHECK_STR(trv_status_name(TRV_ERR_UNIQUE), "TRV_ERR_UNIQUE");
	CHECK_STR(trv_status_name(TRV_UNKNOWN_OUTCOME), "TRV_UNKNOWN_OUTCOME");
	CHECK_STR(trv_status_message(TRV_ERR_NOT_FOUND), "no such row");
	CHECK_INT(trv_status_class(TRV_ERR_NOT_FOUND), TRV_CLASS_NOT_FOUND);
	CHECK_INT(trv_status_class(TRV_ERR_DEADLOCK), TRV_CLASS_CONFLICT);
	for (int code = 0; code >= TRV_ERR_INTERNAL; code--) {
		CHECK(strncmp(trv_status_name(code), "TRV_", 4) == 0);
		CHECK(!strchr(trv_status_name(code), '?'));
		CHECK(trv_status_message(code)[0] != '\0');
		CHECK((trv_status_class(code) == TRV_CLASS_OK) == (code == 0));
	}
}

TEST(status, a_number_that_is_no_code_is_internal_and_a_count_is_success)
{
	CHECK_STR(trv_status_name(-1000), "TRV_ERR_?");
	CHECK_STR(trv_status_name(TRV_ERR_INTERNAL - 1), "TRV_ERR_?");
	CHECK_STR(trv_status_name(INT32_MIN), "TRV_ERR_?");
	CHECK_INT(trv_status_class(INT32_MIN), TRV_CLASS_INTERNAL);
	CHECK_STR(trv_status_name(7), "TRV_OK");
	CHECK_INT(trv_status_class(7), TRV_CLASS_OK);
}

TEST(error, setting_fills_and_returns_the_code)
{
	struct trv_error error = { 0 };

	CHECK_INT(trv_error_set(&error, TRV_ERR_VALUE, "%s.%s: %d characters", "task", "title", 214), TRV_ERR_VALUE);
	CHECK_STR(error.message, "task.title: 214 characters");
	CHECK_INT(error.code, TRV_ERR_VALUE);
	trv_error_hint(&error, "try %d", 1);
	trv_error_detail(&error, "more %s", "about it");
	CHECK_STR(error.hint, "try 1");
	CHECK_STR(error.detail, "more about it");
	CHECK_INT(trv_error_set(NULL, TRV_ERR_VALUE, "x"), TRV_ERR_VALUE);
	trv_error_hint(NULL, "x");
	trv_error_detail(NULL, "x");
	trv_error_clear(NULL);
}

TEST(error, a_new_failure_leaves_nothing_of_the_former_one_but_the_site)
{
	struct trv_error error;

	memset(&error, 'x', sizeof(error));
	error.site = &error;
	(void)trv_error_set(&error, TRV_ERR_LOST, "gone");
	CHECK_STR(error.message, "gone");
	CHECK_INT(error.native, 0);
	CHECK(!error.retryable);
	CHECK_STR(error.sqlstate, "");
	CHECK_STR(error.detail, "");
	CHECK_STR(error.hint, "");
	CHECK_STR(error.constraint, "");
	CHECK_STR(error.table, "");
	CHECK_STR(error.column, "");
	CHECK(error.site == &error);
	trv_error_clear(&error);
	CHECK_INT(error.code, 0);
	CHECK_STR(error.message, "");
	CHECK(!error.site);
}

TEST(error, a_record_may_be_wrapped_in_itself)
{
	struct trv_error error = { 0 };

	(void)trv_error_set(&error, TRV_ERR_SQL, "no such table");
	trv_error_detail(&error, "near x");
	(void)trv_error_set(&error, TRV_ERR_SQL, "task: %s (%s)", error.message, error.detail);
	CHECK_STR(error.message, "task: no such table (near x)");
	trv_error_hint(&error, "a");
	trv_error_hint(&error, "%s%s", error.hint, error.hint);
	CHECK_STR(error.hint, "aa");
}

TEST(error, what_does_not_fit_ends_in_dots)
{
	struct trv_error error = { 0 };
	char text[2000];

	memset(text, 'a', sizeof(text));
	text[sizeof(error.message) - 1] = '\0';
	(void)trv_error_set(&error, TRV_ERR_SQL, "%s", text);
	CHECK_STR(error.message, text);
	text[sizeof(error.message) - 1] = 'a';
	text[sizeof(text) - 1] = '\0';
	(void)trv_error_set(&error, TRV_ERR_SQL, "%s", text);
	CHECK_INT(strlen(error.message), sizeof(error.message) - 1);
	CHECK_STR(error.message + sizeof(error.message) - 6, "aa...");
	trv_error_hint(&error, "%s", text);
	CHECK_INT(strlen(error.hint), sizeof(error.hint) - 1);
	CHECK_STR(error.hint + sizeof(error.hint) - 5, "a...");
}

TEST(error, a_cut_never_splits_a_code_point)
{
	static const char *const letters[] = { "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
	struct trv_error error = { 0 };
	char text[2000];

	for (size_t l = 0; l < TRV_COUNT_OF(letters); l++) {
		for (size_t shift = 0; shift < 5; shift++) {
			memset(text, 'a', shift);
			text[shift] = '\0';
			while (strlen(text) < 1000)
				strcat(text, letters[l]);
			(void)trv_error_set(&error, TRV_ERR_SQL, "%s", text);
			size_t length = strlen(error.message);
			CHECK(trv_utf8_valid(error.message, length));
			CHECK(length > sizeof(error.message) - 6);
			CHECK_STR(error.message + length - 3, "...");
		}
	}
}

static void *take_ids(void *argument)
{
	uint64_t *ids = argument;
	struct trv_error error = { 0 };

	for (int i = 0; i < 1000; i++) {
		(void)trv_error_set(&error, TRV_ERR_SQL, "x");
		ids[i] = error.id;
	}
	return NULL;
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

TEST(error, ids_are_unique_in_all_threads)
{
	enum {
		THREADS = 4
	};
	static uint64_t ids[THREADS * 1000];
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		REQUIRE(pthread_create(&threads[i], NULL, take_ids, ids + i * 1000) == 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	qsort(ids, TRV_COUNT_OF(ids), sizeof(ids[0]), compare_ids);
	CHECK(ids[0] > 0);
	for (size_t i = 1; i < TRV_COUNT_OF(ids); i++)
		REQUIRE(ids[i] != ids[i - 1]);
}

TEST(error, the_site_names_the_program_or_the_library_and_the_place)
{
	struct trv_error error = { 0 };
	char text[256];

	CHECK_INT(trv_error_site(&error, text, sizeof(text)), 0);
	CHECK_STR(text, "");
	error.site = (const char *)(uintptr_t)test_register + 4;
	size_t length = trv_error_site(&error, text, sizeof(text));
	CHECK_INT(length, strlen(text));
	CHECK_CONTAINS(text, "+0x");
	CHECK_CONTAINS(text, "(");
	error.site = (const char *)(uintptr_t)pthread_create + 4;
	trv_error_site(&error, text, sizeof(text));
	CHECK_CONTAINS(text, "pthread_create");
	CHECK_CONTAINS(text, "+0x4)");
	char tiny[6];
	CHECK_INT(trv_error_site(&error, tiny, sizeof(tiny)), 5);
	CHECK_INT(strlen(tiny), 5);
	error.site = (const void *)(uintptr_t)16;
	CHECK(trv_error_site(&error, text, sizeof(text)) > 0);
	CHECK_INT(trv_error_site(NULL, text, sizeof(text)), 0);
	CHECK_INT(trv_error_site(&error, text, 0), 0);
}
