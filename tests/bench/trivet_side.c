#include "trivet.h"

struct trv_db *main_db;
struct trv_session *main_session;
const char *database_url;

int failed(const struct trv_session *of)
{
	const struct trv_error *error = trv_error(of);

	return bench_fail("%s%s%s", error->message, error->detail[0] ? ": " : "", error->detail);
}

static int open_side(const char *engine, const char *url)
{
	struct trv_error error = { 0 };

	(void)engine;
	database_url = url;
	if (trv_open(&main_db, &(struct trv_options) { .url = url, .models = &bench_models }, &error) < 0 ||
	    trv_session_open(main_db, &main_session, &error) < 0)
		return bench_fail("%s", error.message);
	return 0;
}

static const char *version(void)
{
	return "Trivet " TRV_VERSION;
}

static void close_side(void)
{
	trv_session_close(main_session);
	trv_close(main_db);
}

const struct bench_side bench_side = {
	.open = open_side,
	.version = version,
	.close = close_side,
};
