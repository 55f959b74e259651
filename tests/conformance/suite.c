#include "suite.h"

#include <stdlib.h>
#include <unistd.h>

#define SESSIONS 16
#define URL_SIZE 1024

static const struct quirks no_quirks;

static struct {
	char given[URL_SIZE];
	char url[URL_SIZE];
	char name[64]; /* of the database that was made; empty: none */
	struct trv_db *db;
	const struct quirks *quirks;
	struct trv_session *sessions[SESSIONS];
	struct trv_db *databases[SESSIONS];
} suite;

/* --- the database ---------------------------------------------------------------------------- */

static int tell(const char *what, const struct trv_error *error)
{
	fprintf(stderr, "conformance: %s: %s %s\n", what, error->message, error->detail);
	return -1;
}

/* Runs `format` with the database's name where the given URL leads. */
static int run_there(const char *format)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	struct trv_session *session = NULL;
	char sql[256];

	snprintf(sql, sizeof(sql), "%.*s%s%s", (int)(strstr(format, "%s") - format), format, suite.name,
	         strstr(format, "%s") + 2);
	int r = trv_open(&db, &(struct trv_options) { .url = suite.given }, &error);
	if (r >= 0)
		r = trv_session_open(db, &session, &error);
	if (r >= 0) {
		r = trv_exec(session, NULL, sql, NULL, 0);
		error = *trv_error(session);
	}
	trv_session_close(session);
	trv_close(db);
	return r < 0 ? tell(sql, &error) : 0;
}

/* The given URL with another database behind its host. */
static void name_database(void)
{
	const char *host = strstr(suite.given, "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;
	const char *end = path ? path + strcspn(path, "?") : NULL;

	if (path)
		snprintf(suite.url, sizeof(suite.url), "%.*s/%s%s", (int)(path - suite.given), suite.given, suite.name,
		         end);
}

static void name_file(void)
{
	const char *folder = test_temporary_folder();
	int scheme = (int)strcspn(suite.given, ":");

	snprintf(suite.url, sizeof(suite.url), "%.*s:%s/conformance.db", scheme, suite.given, folder);
}

static int find_quirks(void)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;

	if (strcmp(suite.given, "sqlite:") == 0) {
		suite.quirks = quirks_for("sqlite");
		return 0;
	}
	if (trv_open(&db, &(struct trv_options) { .url = suite.given }, &error) < 0)
		return tell("cannot open the database", &error);
	suite.quirks = quirks_for(trv_db_driver(db));
	trv_close(db);
	return 0;
}

/* A quirk that names no case is an error: it would hide that the case is gone. */
static int check_skips(void)
{
	for (const struct quirk_skip *skip = suite.quirks->skips; skip && skip->name; skip++)
		if (!test_exists(skip->name)) {
			fprintf(stderr, "conformance: the quirks of %s name no case: %s\n", suite.quirks->driver,
			        skip->name);
			return -1;
		}
	return 0;
}

static int create_schema(void)
{
	struct trv_error error = { 0 };
	struct trv_session *session = NULL;
	struct trv_options options = { .url = suite.url, .models = &conformance_models, .pool.size = SESSIONS };

	int r = trv_open(&suite.db, &options, &error);
	if (r >= 0)
		r = trv_session_open(suite.db, &session, &error);
	if (r >= 0) {
		r = trv_schema_create(session);
		error = *trv_error(session);
	}
	trv_session_close(session);
	return r < 0 ? tell("cannot create the tables", &error) : 0;
}

int suite_start(const char *url)
{
	snprintf(suite.given, sizeof(suite.given), "%s", url);
	snprintf(suite.url, sizeof(suite.url), "%s", url);
	if (find_quirks() < 0)
		return -1;
	bool known = suite.quirks != NULL;
	if (!known)
		suite.quirks = &no_quirks;
	if (known && suite.quirks->create) {
		snprintf(suite.name, sizeof(suite.name), "trivet_conformance_%ld", (long)getpid());
		name_database();
		if (run_there(suite.quirks->create) < 0)
			return -1;
	} else if (known) {
		name_file();
	}
	return check_skips() < 0 ? -1 : create_schema();
}

static void close_all(void)
{
	for (size_t i = 0; i < SESSIONS; i++) {
		trv_session_close(suite.sessions[i]);
		suite.sessions[i] = NULL;
	}
	for (size_t i = 0; i < SESSIONS; i++) {
		trv_close(suite.databases[i]);
		suite.databases[i] = NULL;
	}
}

void suite_stop(void)
{
	close_all();
	trv_close(suite.db);
	suite.db = NULL;
	if (suite.name[0])
		run_there(suite.quirks->drop);
}

const char *suite_driver(void)
{
	return trv_db_driver(suite.db);
}

/* --- a case's world ------------------------------------------------------------------------------ */

/* Those that refer to others first. */
static const char *const clearing[] = {
	"DELETE FROM book_genre",
	"DELETE FROM book",
	"DELETE FROM genre",
	"UPDATE author SET mentor_id = NULL",
	"DELETE FROM author",
	"DELETE FROM edge",
	"UPDATE node SET parent_id = NULL",
	"DELETE FROM node",
	"UPDATE account SET friend__id = NULL",
	"DELETE FROM account",
	"DELETE FROM stock_part",
	"DELETE FROM stock",
	"DELETE FROM computed",
	"DELETE FROM preset",
	"DELETE FROM sample",
	"DELETE FROM line",
	"UPDATE kept SET parent_id = NULL",
	"DELETE FROM kept",
};

static void skip_what_quirks_say(void)
{
	for (const struct quirk_skip *skip = suite.quirks->skips; skip && skip->name; skip++)
		if (strcmp(skip->name, test_name()) == 0)
			SKIP(skip->reason);
}

void world_open(struct world *world)
{
	close_all();
	*world = (struct world) { .db = suite.db, .quirks = suite.quirks };
	skip_what_quirks_say();
	world->s = world_session(world);
	OK(world, trv_begin(world->s, NULL));
	for (size_t i = 0; i < TRV_COUNT_OF(clearing); i++)
		raw(world->s, clearing[i]);
	OK(world, trv_commit(world->s));
}

void world_close(struct world *world)
{
	close_all();
	*world = (struct world) { .db = NULL };
}

struct trv_session *world_session(struct world *world)
{
	struct trv_error error = { 0 };
	struct trv_session *session = NULL;
	size_t i = 0;

	while (i < SESSIONS && suite.sessions[i])
		i++;
	REQUIRE(i < SESSIONS);
	REQUIRE_OK(trv_session_open(world->db, &session, &error), &error);
	suite.sessions[i] = session;
	return session;
}

struct trv_session *world_take(struct world *world)
{
	struct trv_session *session = world->s;

	for (size_t i = 0; i < SESSIONS; i++)
		if (suite.sessions[i] == session)
			suite.sessions[i] = NULL;
	world->s = NULL;
	return session;
}

struct trv_db *world_database(struct world *world, struct trv_options options)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	size_t i = 0;

	(void)world;
	while (i < SESSIONS && suite.databases[i])
		i++;
	REQUIRE(i < SESSIONS);
	options.url = suite.url;
	options.models = &conformance_models;
	REQUIRE_OK(trv_open(&db, &options, &error), &error);
	suite.databases[i] = db;
	return db;
}

void raw(struct trv_session *session, const char *sql)
{
	int r = trv_exec(session, NULL, sql, NULL, 0);

	if (!CHECK_OK(r, trv_error(session))) {
		test_note("%s", sql);
		test_end();
	}
}

int64_t raw_integer(struct trv_session *session, const char *sql)
{
	struct trv_value value;

	REQUIRE_OK(trv_sql_value(session, &value, TRV_INT64, sql, NULL, 0), trv_error(session));
	return value.as.integer;
}

uint64_t sent(const struct trv_session *session)
{
	struct trv_session_stats stats;

	trv_session_stats(session, &stats);
	return stats.statements;
}

void fill_random(void *data, size_t size)
{
	uint8_t *bytes = data;

	for (size_t i = 0; i < size; i += 8) {
		uint64_t random = test_random();

		memcpy(bytes + i, &random, size - i < 8 ? size - i : 8);
	}
}
