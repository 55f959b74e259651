#include "suite.h"

#include "database.h"

#include <stdlib.h>
#include <unistd.h>

#define SESSIONS 16

static struct {
	struct database own;
	struct trv_db *db;
	struct trv_session *sessions[SESSIONS];
	struct trv_db *databases[SESSIONS];
} suite;

/* --- the database ---------------------------------------------------------------------------- */

/* A quirk that names no case is an error: it would hide that the case is gone. */
static int check_skips(void)
{
	for (const struct quirk_skip *skip = suite.own.quirks->skips; skip && skip->name; skip++)
		if (!test_exists(skip->name)) {
			fprintf(stderr, "conformance: the quirks of %s name no case: %s\n", suite.own.quirks->driver,
			        skip->name);
			return -1;
		}
	return 0;
}

static int create_schema(void)
{
	struct trv_error error = { 0 };
	struct trv_session *session = NULL;
	struct trv_options options = { .url = suite.own.url, .models = &conformance_models, .pool.size = SESSIONS };

	int r = trv_open(&suite.db, &options, &error);
	if (r >= 0)
		r = trv_session_open(suite.db, &session, &error);
	if (r >= 0) {
		r = trv_schema_create(session);
		error = *trv_error(session);
	}
	trv_session_close(session);
	return r < 0 ? database_tell("cannot create the tables", &error) : 0;
}

int suite_start(const char *url)
{
	if (database_make(&suite.own, url, 0) < 0)
		return -1;
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
	database_remove(&suite.own);
}

const char *suite_driver(void)
{
	return trv_db_driver(suite.db);
}

const char *suite_url(void)
{
	return suite.own.url;
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
	"DELETE FROM shelf",
	"UPDATE kept SET parent_id = NULL",
	"DELETE FROM kept",
};

static void skip_what_quirks_say(void)
{
	for (const struct quirk_skip *skip = suite.own.quirks->skips; skip && skip->name; skip++)
		if (strcmp(skip->name, test_name()) == 0)
			SKIP(skip->reason);
}

void world_open(struct world *world)
{
	close_all();
	*world = (struct world) { .db = suite.db, .quirks = suite.own.quirks };
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
	options.url = suite.own.url;
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
