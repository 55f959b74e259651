#include "database.h"

#include "../servers.h"
#include "../test.h"

#include <trivet/trivet.h>
#include <unistd.h>

static const struct quirks no_quirks;

int database_tell(const char *what, const struct trv_error *error)
{
	fprintf(stderr, "conformance: %s: %s %s\n", what, error->message, error->detail);
	return -1;
}

/* Runs `format` with the database's name where the given URL leads. */
static int run_there(const struct database *database, const char *format)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	struct trv_session *session = NULL;
	char sql[256];

	snprintf(sql, sizeof(sql), "%.*s%s%s", (int)(strstr(format, "%s") - format), format, database->name,
	         strstr(format, "%s") + 2);
	int r = trv_open(&db, &(struct trv_options) { .url = database->given }, &error);
	if (r >= 0)
		r = trv_session_open(db, &session, &error);
	if (r >= 0) {
		r = trv_exec(session, NULL, sql, NULL, 0);
		error = *trv_error(session);
	}
	trv_session_close(session);
	trv_close(db);
	return r < 0 ? database_tell(sql, &error) : 0;
}

static void name_file(struct database *database, unsigned number)
{
	const char *folder = test_temporary_folder();
	int scheme = (int)strcspn(database->given, ":");

	snprintf(database->url, sizeof(database->url), "%.*s:%s/conformance-%u.db", scheme, database->given, folder,
	         number);
}

static int find_quirks(struct database *database)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;

	if (strcmp(database->given, "sqlite:") == 0) {
		database->quirks = quirks_for("sqlite");
		return 0;
	}
	if (trv_open(&db, &(struct trv_options) { .url = database->given }, &error) < 0)
		return database_tell("cannot open the database", &error);
	database->quirks = quirks_for(trv_db_driver(db));
	trv_close(db);
	return 0;
}

int database_make(struct database *database, const char *url, unsigned number)
{
	*database = (struct database) { .quirks = NULL };
	snprintf(database->given, sizeof(database->given), "%s", url);
	snprintf(database->url, sizeof(database->url), "%s", url);
	if (find_quirks(database) < 0)
		return -1;
	if (!database->quirks) {
		database->quirks = &no_quirks;
	} else if (!database->quirks->create) {
		name_file(database, number);
	} else {
		snprintf(database->name, sizeof(database->name), "trivet_conformance_%ld_%u", (long)getpid(), number);
		test_url_database(database->url, database->given, database->name);
		if (run_there(database, database->quirks->create) < 0) {
			database->name[0] = '\0';
			return -1;
		}
	}
	return 0;
}

void database_remove(struct database *database)
{
	if (database->name[0])
		run_there(database, database->quirks->drop);
	database->name[0] = '\0';
}
