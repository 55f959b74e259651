/* Statements as OpenMetrics: read by a parser that is not ours. */
#include "fixture.h"

#include <stdlib.h>
#include <unistd.h>

/* What the parser says of the text: "metric{label=value,...} number", line by line. In the session's arena. */
static const char *parsed(struct world *w, const char *text)
{
	const char *folder = test_temporary_folder();
	const char *script = getenv("TRIVET_TEST_OPENMETRICS");
	char *out = trv_arena_zero(trv_session_arena(w->s), 1, 200000);
	char path[300], command[900];

	snprintf(path, sizeof(path), "%s/metrics", folder);
	FILE *file = fopen(path, "w");
	REQUIRE(file && out && script);
	fputs(text, file);
	fclose(file);
	snprintf(command, sizeof(command), "/usr/bin/python3 '%s' '%s' 2>&1", script, path);
	FILE *pipe = popen(command, "r");
	REQUIRE(pipe);
	size_t size = fread(out, 1, 199999, pipe);
	out[size] = '\0';
	if (!CHECK_INT(pclose(pipe), 0))
		test_note("%.2000s", out);
	return out;
}

static const char *metrics_of(struct world *w, size_t (*metrics)(struct trv_db *db, char *buffer, size_t size))
{
	size_t size = metrics(w->db, NULL, 0);
	char *text = trv_arena_zero(trv_session_arena(w->s), 1, size + 4096);

	REQUIRE(text);
	CHECK(metrics(w->db, text, size + 4096) < size + 4096);
	return text;
}

TEST(metrics, a_parser_reads_what_was_counted)
{
	struct trv_value value;
	struct author author;
	struct world w;
	char line[200];

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor.repeats = 2 });
	/* a compiler that unrolls the loop makes several lines of it */
	volatile int64_t last = 7;
	for (int64_t id = 1; id <= last; id++)
		REQUIRE_OK(author_get(w.s, &author, id), trv_error(w.s));
	REQUIRE_OK(trv_sql_value(w.s, &value, TRV_INT64, "SELECT\n1 AS n", NULL, 0), trv_error(w.s));
	const char *seen = parsed(&w, metrics_of(&w, trv_statement_metrics));
	uint64_t shape = statement_with(w.db, "pen").shape;
	snprintf(line, sizeof(line), "\ntrivet_statement_calls_total{shape=%016llx} 7\n", (unsigned long long)shape);
	CHECK_CONTAINS(seen, line);
	snprintf(line, sizeof(line), "\ntrivet_statement_plan_hits_total{shape=%016llx} 6\n",
	         (unsigned long long)shape);
	CHECK_CONTAINS(seen, line);
	snprintf(line, sizeof(line), "\ntrivet_statement_repeated_total{shape=%016llx} 1\n", (unsigned long long)shape);
	CHECK_CONTAINS(seen, line);
	CHECK_CONTAINS(seen, "\ntrivet_notices_total{kind=repeated} 1\n");
	/* quotes and line breaks came through */
	CHECK_CONTAINS(seen, is_sqlite() || engine()[0] == 'p' ? "FROM \"author\" AS" : "FROM `author` AS");
	CHECK_CONTAINS(seen, "sql=SELECT<newline>? AS n");
	world_close(&w);
}

TEST(metrics, those_of_the_pool_are_read_too)
{
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 3 });
	CHECK_CONTAINS(parsed(&w, metrics_of(&w, trv_pool_metrics)), "trivet_pool_size{} 3\n");
	world_close(&w);
}

TEST(metrics, text_that_is_no_utf8_is_still_read)
{
	struct trv_statement_stats stats[4];
	struct world w;

	if (!is_sqlite())
		SKIP("the servers refuse such a statement, which is counted all the same");
	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor.shapes = 2 });
	CHECK(trv_exec(w.s, NULL, "DELETE FROM \"caf\xe9\"", NULL, 0) < 0);
	CHECK(trv_statement_stats(w.db, stats, 4) <= 3);
	CHECK_CONTAINS(parsed(&w, metrics_of(&w, trv_statement_metrics)), "all others");
	world_close(&w);
	world_open(&w, (struct trv_options) { .pool.size = 1 });
	CHECK(trv_exec(w.s, NULL, "DELETE FROM \"caf\xe9\"", NULL, 0) < 0);
	CHECK_CONTAINS(parsed(&w, metrics_of(&w, trv_statement_metrics)), "caf?");
	world_close(&w);
}

TEST(metrics, there_is_no_secret_in_them)
{
	struct author_list found;
	struct trv_value value;
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1 });
	REQUIRE_OK(author_find(w.s, &found,
	                       &(struct author_query) {
				       .books = &(struct book_query) { .where = { book_secret(TRV_EQ, CANARY) } } }),
	           trv_error(w.s));
	REQUIRE_OK(
		trv_sql_value(w.s, &value, TRV_INT64, "SELECT count(*) FROM book WHERE secret = '" CANARY "'", NULL, 0),
		trv_error(w.s));
	CHECK(!strstr(metrics_of(&w, trv_statement_metrics), CANARY));
	CHECK(!strstr(metrics_of(&w, trv_pool_metrics), CANARY));
	world_close(&w);
}
