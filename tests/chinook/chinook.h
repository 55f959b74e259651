/*
 * What the Chinook tests stand on: the database opened by Trivet as a stranger's, the raw
 * way to the same database, and the SQLite file as the reference for every engine.
 */
#ifndef TRIVET_TESTS_CHINOOK_H
#define TRIVET_TESTS_CHINOOK_H

#include "chinook.trv.h"
#include "raw.h"

struct chinook {
	struct trv_db *db;
	struct trv_session *s;
	const struct raw *raw; /* of the engine that is tested */
};

/* Ends the test as skipped where the data is not there. */
void chinook_open(struct chinook *chinook);
void chinook_close(struct chinook *chinook);

#define OK(chinook, call) REQUIRE_OK(call, trv_error((chinook)->s))

/* How many statements the session has sent. */
uint64_t chinook_statements(const struct chinook *chinook);

/* --- the tables ------------------------------------------------------------------------------------ */

enum table_name {
	ALBUM,
	ARTIST,
	CUSTOMER,
	EMPLOYEE,
	GENRE,
	INVOICE,
	INVOICE_LINE,
	MEDIA_TYPE,
	PLAYLIST,
	PLAYLIST_TRACK,
	TRACK,
	TABLES
};

struct table {
	const struct trv_model *model;
	const char *name;
	const char *format; /* of its columns, the key first */
	const char *columns[16];
	size_t keys;
};

/* A relation, and its rows in SQL: `p` is the parent, `t` the target. */
struct relation {
	enum table_name parent;
	const char *name;
	enum table_name target;
	const char *from;
};

#define RELATIONS 24

extern const struct table chinook_tables[TABLES];
extern const struct relation chinook_relations[RELATIONS];

#endif
