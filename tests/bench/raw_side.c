#include "raw.h"

static int open_side(const char *engine, const char *url)
{
	if (strcmp(engine, raw_engine) != 0)
		return bench_refused;
	main_url = url;
	main_connection = connection_open(url);
	return main_connection ? 0 : bench_failed;
}

static void close_side(void)
{
	connection_close(main_connection);
}

const struct bench_side bench_side = {
	.open = open_side,
	.version = raw_version,
	.close = close_side,
};
