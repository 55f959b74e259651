#include "test.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <trivet/types.h>

TEST(uuid, text_round_trips_in_either_case)
{
	static const char text[] = "0123abcd-4567-89ef-fedc-ba9876543210";
	struct trv_uuid uuid;
	char out[TRV_UUID_TEXT];
	char upper[TRV_UUID_TEXT];

	REQUIRE_STATUS(trv_uuid_parse(&uuid, text, 36), 0);
	CHECK_INT(uuid.bytes[0], 0x01);
	CHECK_INT(uuid.bytes[15], 0x10);
	trv_uuid_format(&uuid, out);
	CHECK_STR(out, text);
	for (size_t i = 0; i < sizeof(text); i++)
		upper[i] = (char)toupper((unsigned char)text[i]);
	struct trv_uuid same;
	REQUIRE_STATUS(trv_uuid_parse(&same, upper, 36), 0);
	CHECK_BYTES(&same, &uuid, sizeof(uuid));
}

TEST(uuid, anything_else_is_refused_and_leaves_the_output)
{
	static const char *const wrong[] = {
		"",
		"0123abcd-4567-89ef-fedc-ba987654321",
		"0123abcd-4567-89ef-fedc-ba98765432100",
		"0123abcd45-67-89ef-fedc-ba9876543210",
		"0123abcg-4567-89ef-fedc-ba9876543210",
		"{123abcd-4567-89ef-fedc-ba987654321}",
		"0123abcd-4567-89ef-fedc-ba987654321 ",
		"0123abcd4567-89ef-fedc-ba9876543210-",
	};
	struct trv_uuid uuid = { { 7 } };

	for (size_t i = 0; i < TRV_COUNT_OF(wrong); i++)
		CHECK_STATUS(trv_uuid_parse(&uuid, wrong[i], strlen(wrong[i])), TRV_ERR_VALUE);
	CHECK_INT(uuid.bytes[0], 7);
}

TEST(uuid, nil_is_all_zero)
{
	struct trv_uuid uuid = { { 0 } };

	CHECK(trv_uuid_is_nil(&uuid));
	uuid.bytes[15] = 1;
	CHECK(!trv_uuid_is_nil(&uuid));
}

TEST(uuid, version_4_and_7_carry_their_marks_and_differ)
{
	struct trv_uuid a;
	struct trv_uuid b;

	for (int i = 0; i < 100; i++) {
		REQUIRE_STATUS(trv_uuid_v4(&a), 0);
		REQUIRE_STATUS(trv_uuid_v4(&b), 0);
		CHECK_INT(a.bytes[6] >> 4, 4);
		CHECK_INT(a.bytes[8] >> 6, 2);
		CHECK(memcmp(&a, &b, sizeof(a)) != 0);
		REQUIRE_STATUS(trv_uuid_v7(&a), 0);
		CHECK_INT(a.bytes[6] >> 4, 7);
		CHECK_INT(a.bytes[8] >> 6, 2);
	}
}

TEST(uuid, version_7_begins_with_the_milliseconds_of_now)
{
	struct trv_uuid uuid;
	int64_t before = trv_now() / 1000;
	int64_t stamp = 0;

	REQUIRE_STATUS(trv_uuid_v7(&uuid), 0);
	for (int i = 0; i < 6; i++)
		stamp = stamp << 8 | uuid.bytes[i];
	/* Other tests may have pushed it ahead of the clock by some. */
	CHECK(stamp >= before);
	CHECK(stamp <= trv_now() / 1000 + 1000);
}

enum {
	THREADS = 4,
	EACH = 5000
};

static void *make_many(void *argument)
{
	struct trv_uuid *uuids = argument;

	for (int i = 0; i < EACH; i++)
		CHECK_STATUS(trv_uuid_v7(&uuids[i]), 0);
	return NULL;
}

static int compare_uuids(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct trv_uuid));
}

TEST(uuid, version_7_increases_in_every_thread_and_is_unique_in_all)
{
	static struct trv_uuid uuids[THREADS * EACH];
	pthread_t threads[THREADS];

	for (size_t t = 0; t < THREADS; t++)
		REQUIRE(pthread_create(&threads[t], NULL, make_many, uuids + t * EACH) == 0);
	for (size_t t = 0; t < THREADS; t++)
		pthread_join(threads[t], NULL);
	for (size_t t = 0; t < THREADS; t++)
		for (size_t i = 1; i < EACH; i++)
			REQUIRE(compare_uuids(&uuids[t * EACH + i - 1], &uuids[t * EACH + i]) < 0);
	qsort(uuids, TRV_COUNT_OF(uuids), sizeof(uuids[0]), compare_uuids);
	/* The stamps alone, without the random part, never repeat. */
	for (size_t i = 1; i < TRV_COUNT_OF(uuids); i++)
		REQUIRE(memcmp(&uuids[i - 1], &uuids[i], 8) < 0);
}
