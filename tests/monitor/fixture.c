#include "fixture.h"

#include "../servers.h"

#include <stdlib.h>
#include <time.h>

const char *engine(void)
{
	const char *given = getenv("TRIVET_TEST_ENGINE");

	return given && *given ? given : "sqlite";
}

bool is_sqlite(void)
{
	return strcmp(engine(), "sqlite") == 0;
}

static int fill_authors(struct trv_session *s)
{
	for (int64_t id = 1; id <= AUTHORS; id++) {
		struct author author = { .id = id, .pen = "somebody" };
		int r = author_insert(s, &author);

		for (int i = 0; i < BOOKS && r >= 0; i++) {
			struct book book = { .author_id = id, .title = "something", .secret = CANARY };

			r = book_insert(s, &book);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static void fill(const char *url)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	struct trv_session *s = NULL;

	REQUIRE_OK(trv_open(&db, &(struct trv_options) { .url = url, .models = &library_models }, &error), &error);
	REQUIRE_OK(trv_session_open(db, &s, &error), &error);
	REQUIRE_OK(trv_schema_create(s), trv_error(s));
	REQUIRE_OK(trv_begin(s, NULL), trv_error(s));
	REQUIRE_OK(fill_authors(s), trv_error(s));
	REQUIRE_OK(trv_commit(s), trv_error(s));
	trv_session_close(s);
	trv_close(db);
}

const char *world_url(void)
{
	static bool filled;
	const char *url = test_database(engine());

	REQUIRE(url);
	if (!filled)
		fill(url);
	filled = true;
	return url;
}

void world_open(struct world *world, struct trv_options options)
{
	memset(world, 0, sizeof(*world));
	options.url = world_url();
	options.models = &library_models;
	REQUIRE_OK(trv_open(&world->db, &options, &world->error), &world->error);
	REQUIRE_OK(trv_session_open(world->db, &world->s, &world->error), &world->error);
}

void world_close(struct world *world)
{
	trv_session_close(world->s);
	trv_close(world->db);
}

struct trv_statement_stats statement_with(struct trv_db *db, const char *part)
{
	static struct trv_statement_stats stats[200];
	size_t count = trv_statement_stats(db, stats, TRV_COUNT_OF(stats)), at = 0, found = 0;

	REQUIRE(count <= TRV_COUNT_OF(stats));
	for (size_t i = 0; i < count; i++)
		if (strstr(stats[i].sql, part)) {
			at = i;
			found++;
		}
	if (!CHECK_INT(found, 1))
		for (size_t i = 0; i < count; i++)
			test_note("%s", stats[i].sql);
	REQUIRE(found == 1);
	return stats[at];
}

/* SQLite has nothing that sleeps: it counts, until it took long enough. */
static int count_for(struct trv_session *session, unsigned ms)
{
	struct trv_value counted, to = trv_int((int64_t)ms * 4000);

	return trv_sql_value(session, &counted, TRV_INT64,
	                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
	                     "SELECT count(*) FROM n",
	                     &to, 1);
}

int take_time(struct trv_session *session, unsigned ms)
{
	struct trv_value slept, seconds = trv_double((double)ms / 1000);

	if (is_sqlite())
		return count_for(session, ms);
	if (strcmp(engine(), "mariadb") == 0)
		return trv_sql_value(session, &slept, TRV_INT64, "SELECT SLEEP(?)", &seconds, 1);
	return trv_sql_value(session, &slept, TRV_INT64, "SELECT 1::int8 FROM (SELECT pg_sleep(?)) AS slept", &seconds,
	                     1);
}
