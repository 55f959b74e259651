/* Plugins: their order, what they need, starting and stopping. */
#include "fixture.h"

static char events[256];
static const char *failing;
static bool silent;

static void add_event(const char *sign, const char *name)
{
	snprintf(events + strlen(events), sizeof(events) - strlen(events), "%s%s", sign, name);
}

static int start_named(const char *name, struct trv_db *db, struct trv_error *error)
{
	struct trv_session *session = NULL;
	uint64_t count = 0;

	/* the database is open: a plugin can use it */
	CHECK_OK(trv_session_open(db, &session, error), error);
	int r = tag_count(session, &count, NULL);
	CHECK(r == 0 || r == TRV_ERR_SQL);
	trv_session_close(session);
	if (failing && strcmp(failing, name) == 0)
		return silent ? TRV_ERR_PERMISSION : trv_error_set(error, TRV_ERR_STOPPED, "%s does not want to", name);
	add_event("+", name);
	return 0;
}

#define PLUGIN(letter, ...)                                                                                            \
	static int start_##letter(struct trv_db *db, struct trv_error *error)                                          \
	{                                                                                                              \
		return start_named(#letter, db, error);                                                                \
	}                                                                                                              \
	static void stop_##letter(struct trv_db *db)                                                                   \
	{                                                                                                              \
		(void)db;                                                                                              \
		add_event("-", #letter);                                                                               \
	}                                                                                                              \
	static const struct trv_plugin plugin_##letter = { TRV_PLUGIN_HEADER, .name = #letter,                         \
		                                           .start = start_##letter, .stop = stop_##letter,             \
		                                           __VA_ARGS__ }

PLUGIN(a, .needs = { "b", "c" });
PLUGIN(b, .needs = { "d" });
PLUGIN(c, .needs = { "d" });
PLUGIN(d, .models = &shop_models);
PLUGIN(e, .needs = { "f" });
PLUGIN(f, .needs = { "g" });
PLUGIN(g, .needs = { "e" });
PLUGIN(h, .needs = { "nowhere" });
PLUGIN(i, .needs = { "i" });

static int try_open(struct trv_db **db, struct trv_options options, struct trv_error *error)
{
	static char url[512];

	events[0] = '\0';
	world_new_url(url);
	options.url = url;
	trv_error_clear(error);
	return trv_open(db, &options, error);
}

TEST(plugin, each_starts_after_what_it_needs_and_stops_before)
{
	struct trv_db *db = NULL;
	struct trv_error error = { 0 };

	failing = NULL;
	REQUIRE_OK(try_open(&db, (struct trv_options) { .plugins = { &plugin_a, &plugin_b, &plugin_c, &plugin_d } },
	                    &error),
	           &error);
	CHECK_STR(events, "+d+b+c+a");
	CHECK(trv_registry_find(trv_db_registry(db), "task") == &task_model);
	trv_close(db);
	CHECK_STR(events, "+d+b+c+a-a-c-b-d");
}

TEST(plugin, models_may_be_given_twice)
{
	struct trv_db *db = NULL;
	struct trv_error error = { 0 };

	failing = NULL;
	REQUIRE_OK(try_open(&db, (struct trv_options) { .models = &shop_models, .plugins = { &plugin_d } }, &error),
	           &error);
	CHECK_INT(trv_registry_count(trv_db_registry(db)), shop_models.count);
	trv_close(db);
}

static void check_not_opened(struct trv_options options, int status, const char *message)
{
	struct trv_db *db = NULL;
	struct trv_error error = { 0 };

	CHECK_STATUS(try_open(&db, options, &error), status);
	CHECK_CONTAINS(error.message, message);
	CHECK(db == NULL);
}

TEST(plugin, what_cannot_be_ordered_is_refused)
{
	failing = NULL;
	check_not_opened((struct trv_options) { .plugins = { &plugin_e, &plugin_f, &plugin_g } }, TRV_ERR_MODEL,
	                 "needs itself");
	check_not_opened((struct trv_options) { .plugins = { &plugin_i } }, TRV_ERR_MODEL, "'i' needs itself");
	check_not_opened((struct trv_options) { .plugins = { &plugin_d, &plugin_h } }, TRV_ERR_MODEL,
	                 "'h' needs plugin 'nowhere'");
	check_not_opened((struct trv_options) { .plugins = { &plugin_d, &plugin_b, &plugin_d } }, TRV_ERR_MODEL,
	                 "'d' is given twice");
	CHECK_STR(events, "");
}

TEST(plugin, one_built_for_another_version_is_refused)
{
	struct trv_plugin old = plugin_d, small = plugin_d;

	failing = NULL;
	old.abi++;
	small.size -= 8;
	check_not_opened((struct trv_options) { .plugins = { &old } }, TRV_ERR_ABI, "ABI");
	check_not_opened((struct trv_options) { .plugins = { &small } }, TRV_ERR_ABI, "'d'");
}

TEST(plugin, when_one_does_not_start_the_others_are_stopped)
{
	failing = "a";
	silent = false;
	check_not_opened((struct trv_options) { .plugins = { &plugin_a, &plugin_b, &plugin_c, &plugin_d } },
	                 TRV_ERR_STOPPED, "a does not want to");
	CHECK_STR(events, "+d+b+c-c-b-d");
	failing = "d";
	check_not_opened((struct trv_options) { .plugins = { &plugin_a, &plugin_b, &plugin_c, &plugin_d } },
	                 TRV_ERR_STOPPED, "d does not want to");
	CHECK_STR(events, "");
	failing = "c";
	silent = true;
	check_not_opened((struct trv_options) { .plugins = { &plugin_a, &plugin_b, &plugin_c, &plugin_d } },
	                 TRV_ERR_PERMISSION, "plugin 'c' did not start");
	CHECK_STR(events, "+d+b-b-d");
	failing = NULL;
}
