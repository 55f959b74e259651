#include "chinook.h"

#include <stdlib.h>
#include <sys/stat.h>

static const struct raw *const engines[] = {
	&raw_sqlite,
#ifdef CHINOOK_POSTGRESQL
	&raw_postgresql,
#endif
#ifdef CHINOOK_MARIADB
	&raw_mariadb,
#endif
};

static const struct raw *engine(void)
{
	const char *name = getenv("TRIVET_TEST_ENGINE");

	for (size_t i = 0; name && i < TRV_COUNT_OF(engines); i++)
		if (strcmp(engines[i]->name, name) == 0)
			return engines[i];
	return name ? NULL : &raw_sqlite;
}

static const char *data(void)
{
	static const char *const files[] = { "Chinook_Sqlite.sqlite", "Chinook_PostgreSql.sql", "Chinook_MySql.sql" };
	static char reason[600];
	const char *folder = getenv("TRIVET_TEST_CHINOOK");
	struct stat status;
	char path[512];

	if (!folder)
		SKIP("TRIVET_TEST_CHINOOK does not name the folder with the Chinook database");
	for (size_t i = 0; i < TRV_COUNT_OF(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		if (stat(path, &status) < 0) {
			snprintf(reason, sizeof(reason), "there is no %s", path);
			SKIP(reason);
		}
	}
	return folder;
}

void chinook_open(struct chinook *chinook)
{
	struct trv_error error = { 0 };
	const char *folder = data();

	*chinook = (struct chinook) { .raw = engine() };
	REQUIRE(chinook->raw);
	raw_sqlite.open(folder);
	struct trv_options options = { .url = chinook->raw->open(folder), .models = &chinook_models };
	REQUIRE_OK(trv_open(&chinook->db, &options, &error), &error);
	REQUIRE_OK(trv_session_open(chinook->db, &chinook->s, &error), &error);
	CHECK_STR(trv_db_driver(chinook->db), chinook->raw->name);
}

void chinook_close(struct chinook *chinook)
{
	trv_session_close(chinook->s);
	trv_close(chinook->db);
	grid_release_all();
}

uint64_t chinook_statements(const struct chinook *chinook)
{
	struct trv_session_stats stats;

	trv_session_stats(chinook->s, &stats);
	return stats.statements;
}
