/*
 * Plugins in modules, named by NAME, that write down what is done with them: in the
 * environment, for a module exports nothing but its descriptor. The one that
 * TRIVET_TEST_FAIL names does not start.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trivet/module.h>

static void note(const char *what)
{
	const char *before = getenv("TRIVET_TEST_NOTES");
	char after[512];

	snprintf(after, sizeof(after), "%s%s" NAME " ", before ? before : "", what);
	setenv("TRIVET_TEST_NOTES", after, 1);
}

static int start(struct trv_db *db, struct trv_error *error)
{
	const char *fails = getenv("TRIVET_TEST_FAIL");

	(void)db;
	if (fails && strcmp(fails, NAME) == 0)
		return trv_error_set(error, TRV_ERR_UNSUPPORTED, "no " NAME " today");
	note("+");
	return 0;
}

static void stop(struct trv_db *db)
{
	(void)db;
	note("-");
}

static const struct trv_plugin plugin = {
	TRV_PLUGIN_HEADER, .name = NAME, .version = "1", .needs = { NEEDS }, .start = start, .stop = stop,
};

TRV_PLUGIN_MODULE(plugin);
