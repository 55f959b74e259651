/* Monitoring where memory runs out: it shows less, and harms nothing. */
#include "fixture.h"

struct sweep {
	const char *url, *path;
};

static int watch_everything(struct trv_session *s)
{
	struct trv_db *db = trv_session_db(s);
	struct trv_statement_stats stats[8];
	struct trv_notice notices[8];
	static char text[100000];
	struct trv_value value;
	int r = 0;

	for (int64_t id = 1; id <= 4 && r >= 0; id++) {
		struct author author;

		r = author_get(s, &author, id);
	}
	if (r >= 0)
		r = trv_sql_value(s, &value, TRV_INT64, "SELECT count(*) FROM book WHERE title = 'literal'", NULL, 0);
	trv_statement_stats(db, stats, 8);
	trv_notices(db, notices, 8);
	CHECK(trv_statement_metrics(db, text, sizeof(text)) > 0);
	CHECK(!strstr(text, "'literal'"));
	return r;
}

static int run(const struct trv_allocator *allocator, void *argument)
{
	const struct sweep *sweep = argument;
	struct trv_error error = { 0 };
	struct trv_session *s = NULL;
	struct trv_db *db = NULL;
	int r = trv_open(&db,
	                 &(struct trv_options) {
				 .url = sweep->url,
				 .models = &library_models,
				 .allocator = *allocator,
				 .pool.size = 1,
				 .monitor = { .socket = sweep->path, .repeats = 2, .shapes = 3, .notices = 4 },
			 },
	                 &error);

	if (r >= 0)
		r = trv_session_open(db, &s, &error);
	if (r >= 0)
		r = watch_everything(s);
	trv_session_close(s);
	trv_close(db);
	return r;
}

TEST(sweep, watching_survives_any_allocation_that_fails)
{
	char path[108];

	if (!is_sqlite())
		SKIP("client libraries do not survive it");
	snprintf(path, sizeof(path), "%s/sweep.sock", test_temporary_folder());
	CHECK_SWEEP(run, &((struct sweep) { world_url(), path }));
}
