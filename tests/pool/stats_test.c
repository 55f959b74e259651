/* What can be seen of a pool. */
#include "fixture.h"

#include <stdlib.h>

TEST(pool_stats, histogram_buckets_follow_each_other)
{
	uint64_t before = 0;

	for (size_t i = 0; i < TRV_HISTOGRAM_BUCKETS; i++) {
		uint64_t limit = trv_histogram_limit(i);

		CHECK(limit > before);
		if (i >= 4 && i < TRV_HISTOGRAM_BUCKETS - 1)
			CHECK((double)limit <= (double)before * 1.25 + 1);
		before = limit;
	}
	CHECK(trv_histogram_limit(TRV_HISTOGRAM_BUCKETS - 2) > 60 * UINT64_C(1000000000));
	CHECK(before == UINT64_MAX);
}

/* Each time lies below the limit of its bucket and not below that of the one before. */
TEST(pool_stats, a_time_is_counted_in_its_bucket)
{
	for (int i = 0; i < 2000; i++) {
		uint64_t time = test_random() >> (test_random() % 64);
		struct trv__histogram one = { .sum = 0 };
		struct trv_histogram seen = { .sum = 0 };
		size_t at = 0;

		trv__histogram_note(&one, time);
		trv__histogram_add(&seen, &one);
		while (!seen.buckets[at])
			at++;
		if (!CHECK(time < trv_histogram_limit(at) || time == UINT64_MAX) ||
		    !CHECK(at == 0 || time >= trv_histogram_limit(at - 1)))
			test_note("%llu in %zu", (unsigned long long)time, at);
		CHECK_INT(seen.count, 1);
		CHECK(seen.sum == time && seen.max == time);
	}
}

TEST(pool_stats, quantiles_are_as_exact_as_the_buckets)
{
	struct trv__histogram times = { .sum = 0 };
	struct trv_histogram seen = { .sum = 0 };

	CHECK_INT(trv_histogram_quantile(&seen, 0.5), 0);
	for (uint64_t i = 1; i <= 1000; i++)
		trv__histogram_note(&times, i * 10000);
	trv__histogram_add(&seen, &times);
	uint64_t half = trv_histogram_quantile(&seen, 0.5), most = trv_histogram_quantile(&seen, 0.99);
	CHECK(half >= 5000000 && half <= 6250000);
	CHECK(most >= 9900000 && most <= 10000000);
	CHECK_INT(trv_histogram_quantile(&seen, 1), 10000000);
}

TEST(pool_stats, statements_and_borrows_are_counted)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 2 });
	struct trv_pool_stats before = stats_of(&t);
	struct trv_session *s = session_of(&t);
	for (int i = 0; i < 10; i++)
		CHECK_OK(poke(s), trv_error(s));
	struct trv_session *holder = hold(&t);
	pass(30);
	trv_session_close(holder);
	struct trv_pool_stats after = stats_of(&t);
	CHECK_INT(after.acquired - before.acquired, 11);
	CHECK_INT(after.hold.count - before.hold.count, 11);
	CHECK_INT(after.query.count - before.query.count, 10);
	CHECK_INT(after.acquire.count, after.acquired);
	CHECK_INT(after.connect.count, after.created);
	CHECK(after.hold.max >= 30 * MS);
	CHECK(after.connect.max > 0);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_stats, a_failed_statement_is_counted_too)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = session_of(&t);
	uint64_t before = stats_of(&t).hold.count;
	CHECK(trv_exec(s, NULL, "INSERT INTO not_there VALUES (1)", NULL, 0) < 0);
	CHECK_INT(stats_of(&t).hold.count, before + 1);
	CHECK_INT(stats_of(&t).idle, 1);
	trv_session_close(s);
	pool_close(&t);
}

/* --- OpenMetrics -------------------------------------------------------------------------------- */

/* The number behind `name`, or -1. */
static double metric(const char *text, const char *name)
{
	size_t size = strlen(name);

	for (const char *at = strstr(text, name); at; at = strstr(at + 1, name))
		if ((at == text || at[-1] == '\n') && at[size] == ' ')
			return atof(at + size);
	return -1;
}

TEST(pool_stats, open_metrics_text_says_the_same)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 3 });
	struct trv_session *s = hold(&t);
	size_t length = trv_pool_metrics(t.db, NULL, 0);
	char *text = malloc(length + 1);
	REQUIRE(text);
	CHECK_INT(trv_pool_metrics(t.db, text, length + 1), length);
	CHECK_INT(strlen(text), length);
	CHECK_STR(text + length - 6, "# EOF\n");
	CHECK_DOUBLE(metric(text, "trivet_pool_size"), 3);
	CHECK_DOUBLE(metric(text, "trivet_pool_connections{state=\"used\"}"), 1);
	CHECK_DOUBLE(metric(text, "trivet_pool_connections{state=\"idle\"}"), 0);
	CHECK_DOUBLE(metric(text, "trivet_pool_created_total"), 1);
	CHECK_DOUBLE(metric(text, "trivet_pool_closed_total{reason=\"broken\"}"), 0);
	CHECK_DOUBLE(metric(text, "trivet_pool_connect_seconds_count"), 1);
	CHECK_DOUBLE(metric(text, "trivet_pool_connect_seconds_bucket{le=\"+Inf\"}"), 1);
	CHECK(metric(text, "trivet_pool_connect_seconds_sum") > 0);
	free(text);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_stats, open_metrics_text_is_cut_where_there_is_no_room)
{
	struct pool_test t;
	char text[64];

	memset(text, 'x', sizeof(text));
	pool_open(&t, (struct trv_pool_options) { .size = 3 });
	CHECK(trv_pool_metrics(t.db, text, sizeof(text)) > 1000);
	CHECK_INT(strlen(text), sizeof(text) - 1);
	pool_close(&t);
}

/* Every line is a comment or a sample; each family is named before its samples. */
TEST(pool_stats, open_metrics_text_has_only_known_lines)
{
	struct pool_test t;
	char text[32768], family[128] = "";

	pool_open(&t, (struct trv_pool_options) { .size = 3 });
	REQUIRE(trv_pool_metrics(t.db, text, sizeof(text)) < sizeof(text));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (sscanf(line, "# TYPE %127s", family) == 1 || strncmp(line, "# ", 2) == 0)
			continue;
		if (!CHECK(strncmp(line, family, strlen(family)) == 0 && strrchr(line, ' ')))
			test_note("%s", line);
	}
	pool_close(&t);
}
