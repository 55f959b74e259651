/*
 * trivet-conformance [--url URL | --engine NAME] [--list] [FILTER...]
 *
 * Runs the suite on a database of its own where the URL leads, and says at the end how
 * many cases ran. With --engine the URL is the one of a test server, which is started if
 * none runs; without either it is SQLite.
 */
#include "../servers.h"
#include "database.h"
#include "suite.h"

static int usage(void)
{
	fputs("usage: trivet-conformance [--url URL | --engine NAME] [--list] [FILTER...]\n", stderr);
	return 2;
}

static int run(const char *url, char **filters)
{
	struct test_totals totals = { 0, 0, 0 };

	if (suite_start(url) < 0) {
		suite_stop();
		return 1;
	}
	int result = test_main(filters, false, &totals);
	printf("# %s: %d cases ran, %d failed, %d skipped\n", suite_driver(), totals.run - totals.skipped,
	       totals.failed, totals.skipped);
	suite_stop();
	return result;
}

int main(int argc, char **argv)
{
	const char *url = "sqlite:";
	int i = 1;

	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		struct test_totals totals;

		if (strcmp(argv[i], "--list") == 0)
			return test_main(argv + argc, true, &totals);
		if (i + 1 == argc)
			return usage();
		if (strcmp(argv[i], "--url") == 0)
			url = argv[++i];
		else if (strcmp(argv[i], "--engine") == 0)
			url = test_server(argv[++i]);
		else
			return usage();
		if (!url) {
			fprintf(stderr, "conformance: no server for %s\n", argv[i]);
			return 1;
		}
	}
	return run(url, argv + i);
}
