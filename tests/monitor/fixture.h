/*
 * What the tests of monitoring stand on: an engine (TRIVET_TEST_ENGINE: sqlite, postgresql or
 * mariadb) with authors 1 to 20 and three books of each.
 */
#ifndef TRIVET_TESTS_MONITOR_FIXTURE_H
#define TRIVET_TESTS_MONITOR_FIXTURE_H

#include "library.trv.h"
#include "test.h"

#include <trivet/trivet.h>

#define MS UINT64_C(1000000)
#define AUTHORS 20
#define BOOKS 3 /* of each author */

/* The secret of every book: it must be seen nowhere. */
#define CANARY "xyzzy-canary-plugh"

struct world {
	struct trv_db *db;
	struct trv_session *s;
	struct trv_error error;
};

const char *engine(void);
bool is_sqlite(void);

/* Of a database that is there and filled. */
const char *world_url(void);

/* The options' url and models are filled in. */
void world_open(struct world *world, struct trv_options options);
void world_close(struct world *world);

/* The statement of which `part` is a part; ends the test where there are none or several. */
struct trv_statement_stats statement_with(struct trv_db *db, const char *part);

/* A statement that takes so long at least, and returns one integer. */
int take_time(struct trv_session *session, unsigned ms);

#endif
