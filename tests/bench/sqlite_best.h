/*
 * The best hand-written C for SQLite: statements prepared once per connection, typed
 * columns read straight into structs, strings in chunks that stay warm, key lists as
 * prepared IN (?, ...), many rows in one VALUES.
 */
#ifndef TRIVET_TESTS_BENCH_SQLITE_BEST_H
#define TRIVET_TESTS_BENCH_SQLITE_BEST_H

#include "raw.h"

#include <sqlite3.h>

#define ITEM_COLUMNS "id, a, b, c, name, note, flag, at"
#define PERSON_COLUMNS "id, name, email, age, created"
#define POST_COLUMNS "id, person_id, title, body, score, created"
#define COMMENT_COLUMNS "id, post_id, body, score"
#define NODE_COLUMNS "id, parent_id, name, weight"

enum statement {
	BEGIN_READ,
	BEGIN_WRITE,
	COMMIT,
	GET_ITEM,
	FIND_ITEMS,
	FILTER_ITEMS,
	STREAM_ITEMS,
	FIND_PERSONS,
	FIND_POSTS,
	JOIN_POSTS,
	JOIN_PERSONS,
	FIND_NODE,
	FIND_NODES,
	UPDATE_ENTRY,
	STATEMENTS,
};

/* Statements that end in a list of so many parameters; prepared when a count first comes. */
enum listed {
	ITEMS_BY_ID,
	POSTS_BY_PERSON,
	COMMENTS_BY_POST,
	LINKS_BY_POST,
	TAGS_BY_ID,
	BADGES_BY_PERSON,
	VISITS_BY_PERSON,
	NODES_BY_PARENT,
	INSERT_ENTRIES,
	UPSERT_SLOTS,
	LISTED,
};

struct listed_statement {
	size_t count;
	sqlite3_stmt *statement;
};

struct connection {
	struct load load;
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	struct listed_statement listed[LISTED][16];
};

int connection_failed(struct connection *connection);

/* Prepared when it first comes. */
sqlite3_stmt *statement_prepare(struct connection *connection, enum statement which);

static inline sqlite3_stmt *statement(struct connection *connection, enum statement which)
{
	sqlite3_stmt *prepared = connection->statements[which];

	return prepared ? prepared : statement_prepare(connection, which);
}

/* A prepared statement for so many parameters or rows; NULL when it cannot be prepared. */
sqlite3_stmt *listed(struct connection *connection, enum listed which, size_t count);

/* Runs a statement that gives no rows, and resets it. */
int execute(struct connection *connection, enum statement which);

#endif
