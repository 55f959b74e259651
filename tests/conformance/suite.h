/*
 * What the cases stand on. The program opens one database, which is its own and holds
 * the tables of conformance.trv; each case begins with them empty and ends with every
 * session closed, however it ends.
 */
#ifndef TRIVET_CONFORMANCE_SUITE_H
#define TRIVET_CONFORMANCE_SUITE_H

#include "../test.h"
#include "conformance.trv.h"
#include "quirks.h"

struct world {
	struct trv_db *db;
	struct trv_session *s;
	const struct quirks *quirks; /* of the driver; empty where it has none */
};

/* Ends the case as skipped where the quirks say so. */
void world_open(struct world *world);
void world_close(struct world *world);

/* Another session on the same database. */
struct trv_session *world_session(struct world *world);

/* The world's session, which the caller closes. */
struct trv_session *world_take(struct world *world);

/* Another database handle on the same database, with options of its own; closed with the world. */
struct trv_db *world_database(struct world *world, struct trv_options options);

/* SQL that must succeed. */
void raw(struct trv_session *session, const char *sql);
int64_t raw_integer(struct trv_session *session, const char *sql);

/* Statements that the session has sent so far. */
uint64_t sent(const struct trv_session *session);

/* Numbers that are the same in every run. */
void fill_random(void *data, size_t size);

#define OK(world, call) REQUIRE_OK(call, trv_error((world)->s))

/* For main(): opens what every world uses; 0 or a message was printed. */
int suite_start(const char *url);
void suite_stop(void);
const char *suite_driver(void);
const char *suite_url(void);

#endif
