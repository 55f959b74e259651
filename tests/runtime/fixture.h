/*
 * What the runtime's tests stand on: a database with the schema of shop.trv, a session,
 * and a small world in which everything has a name. The engine is that of
 * TRIVET_TEST_ENGINE, SQLite without it; there the database is a new file, and on a server
 * the program's own one, emptied.
 *
 * The world:
 *
 *   people    ann; bob and cid under ann; dora under bob; eve alone
 *   projects  atlas (ann leads), boreas (ann), chronos (bob), delos (nobody, nothing in it)
 *   members   atlas: ann bob cid; boreas: bob; chronos: cid dora
 *   tasks     atlas: t0 (t1 (t3 (t5 (t6)) t4) t2) t7; boreas: t8 (t9); chronos: t10 t11
 *   tags      red: t0 t2 t8; green: t0 t1 t11; blue: t2 t5; plain: none
 *   needs     t0 -> t1 -> t2 -> t0, t0 -> t7 -> t8, t10 -> t11
 */
#ifndef TRIVET_TESTS_RUNTIME_FIXTURE_H
#define TRIVET_TESTS_RUNTIME_FIXTURE_H

#include "shop.trv.h"
#include "test.h"

#include <trivet/trivet.h>

enum person_name {
	ANN,
	BOB,
	CID,
	DORA,
	EVE,
	PEOPLE
};

enum project_name {
	ATLAS,
	BOREAS,
	CHRONOS,
	DELOS,
	PROJECTS
};

enum tag_name {
	RED,
	GREEN,
	BLUE,
	PLAIN,
	TAGS
};

#define TASKS 12
#define NOBODY (-1)

struct world {
	struct trv_db *db;
	struct trv_session *s;
	char url[512];
	struct person people[PEOPLE];
	struct project projects[PROJECTS];
	struct task tasks[TASKS];
	struct tag tags[TAGS];
};

/* The parent, assignee and project of task i. */
extern const int world_parents[TASKS];
extern const int world_assignees[TASKS];
extern const int world_projects[TASKS];

/* A database with the schema and nothing in it. Ends the test when that fails. */
void world_open_empty(struct world *world);

/* The same with more options; `url` and `models` are filled in. */
void world_open_with(struct world *world, struct trv_options options);

/* The whole of it. */
void world_open(struct world *world);
void world_close(struct world *world);

/* Puts the rows above into an empty one. */
void world_fill(struct world *world);

/* A second session on the same database. */
struct trv_session *world_session(struct world *world);

const char *world_engine(void);
bool world_is(const char *engine);

/* The URL of a database with nothing in it, in `url`. */
void world_new_url(char url[512]);

/* Which task it is, by its key; -1: none. */
int world_task(const struct world *world, int64_t id);

#define OK(world, call) REQUIRE_OK(call, trv_error((world)->s))

/* --- what is really there --------------------------------------------------------------------- */

/*
 * The rows of a statement, through the client library itself: columns with | between
 * them, rows with a line feed, null as ~. In a static buffer, four in turn. `raw` goes by a
 * connection of its own, `inside` by the session's.
 */
const char *raw(struct world *world, const char *format, ...) TRV_PRINTF(2, 3);
const char *inside(struct world *world, const char *format, ...) TRV_PRINTF(2, 3);

/* Leaves nothing in a server's database. */
void raw_empty(const char *url);

/* What it is on the engine: a text of SQL, a number of statements. */
#define BY_ENGINE(sqlite, postgresql, mariadb)                                                                         \
	(world_is("sqlite") ? (sqlite) : world_is("postgresql") ? (postgresql) : (mariadb))

/* In SQL: a timestamp as microseconds, the bytes of a value in hexadecimal. */
#define SQL_MICROS(column)                                                                                             \
	BY_ENGINE(column, "floor(extract(epoch FROM " column ") * 1000000)::bigint",                                   \
	          "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', " column ")")
#define SQL_EPOCH BY_ENGINE("0", "TIMESTAMP '1970-01-01'", "TIMESTAMP '1970-01-01 00:00:00'")
#define SQL_DAYS(column) BY_ENGINE(column, "(" column " - DATE '1970-01-01')", "DATEDIFF(" column ", '1970-01-01')")
#define SQL_CLOCK(column)                                                                                              \
	BY_ENGINE(column, "floor(extract(epoch FROM " column ") * 1000000)::bigint",                                   \
	          "CAST(TIME_TO_SEC(" column ") * 1000000 AS INTEGER)")
#define SQL_HEX_TEXT(column)                                                                                           \
	BY_ENGINE("hex(" column ")", "upper(encode(convert_to(" column ", 'UTF8'), 'hex'))", "hex(" column ")")
#define SQL_HEX_BYTES(column) BY_ENGINE("hex(" column ")", "upper(encode(" column ", 'hex'))", "hex(" column ")")
#define SQL_HEX_UUID(column)                                                                                           \
	BY_ENGINE("hex(" column ")", "upper(replace(" column "::text, '-', ''))", "hex(" column ")")

/* --- how many statements ------------------------------------------------------------------------ */

struct statement_count {
	struct trv_session *session;
	uint64_t before, expected;
	const char *file;
	int line;
	bool running;
};

struct statement_count statements_start(struct trv_session *session, uint64_t expected, const char *file, int line);
void statements_end(struct statement_count *count);

/* ASSERT_STATEMENTS(s, 2) { ... }: the block sends that many, or the test fails and lists them. */
#define ASSERT_STATEMENTS(session, expected)                                                                           \
	for (struct statement_count statement_count = statements_start(session, expected, __FILE__, __LINE__);         \
	     statement_count.running; statements_end(&statement_count))

/* The text of the last statement that an ASSERT_STATEMENTS block sent. */
const char *last_statement(struct trv_session *session);

/* The letters of some tasks of the world, as "t0 t1": in the order given. Static, four in turn. */
const char *names_of_refs(const struct world *world, const struct task_refs *refs);
const char *names_of_list(const struct world *world, const struct task_list *list);

#endif
