/*
 * The best hand-written C for MariaDB: statements prepared once per connection, their
 * parameters bound once, rows taken unbuffered and straight from the packet
 * (STMT_ATTR_CB_RESULT), key lists as prepared IN (?, ...), many rows by array binding.
 */
#ifndef TRIVET_TESTS_BENCH_MARIADB_BEST_H
#define TRIVET_TESTS_BENCH_MARIADB_BEST_H

#include "raw.h"

#include <mysql.h>

#define ITEM_COLUMNS "id, a, b, c, name, note, flag, at"

/* By one or two numbers. */
enum statement {
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
	STATEMENTS,
};

/* With a list of so many numbers. */
enum listed {
	ITEMS_BY_ID,
	POSTS_BY_PERSON,
	COMMENTS_BY_POST,
	LINKS_BY_POST,
	TAGS_BY_ID,
	BADGES_BY_PERSON,
	VISITS_BY_PERSON,
	NODES_BY_PARENT,
	LISTED,
};

/* With the values of rows. */
enum written {
	INSERT_ENTRY,
	INSERT_ENTRIES,
	UPDATE_ENTRIES,
	UPSERT_SLOTS,
	WRITTEN,
};

/* Connector/C gives each column of each row; `row` is NULL for a null. It moves *row behind the value. */
typedef void (*take_column)(void *connection, unsigned column, unsigned char **row);

struct listed_statement {
	size_t count;
	MYSQL_STMT *handle;
	int64_t *values; /* what is bound */
};

/* The row that is written next, for the callback that binds it. */
struct writing {
	const struct item *rows;
	bool with_id;
	int64_t *ids; /* that came back */
	size_t id_count;
	unsigned long lengths[2];
	char name_indicator, note_indicator;
	MYSQL_TIME at;
};

struct connection {
	struct load load;
	MYSQL *mysql;
	MYSQL_STMT *statements[STATEMENTS];
	int64_t numbers[STATEMENTS][2]; /* what is bound */
	struct listed_statement listed[LISTED][16];
	MYSQL_STMT *writes[WRITTEN];
	struct writing writing;
	void *row; /* that is read now */
	struct person *person;
	uint64_t *sum; /* of a stream */
};

int connection_failed(struct connection *connection);
int statement_failed(MYSQL_STMT *handle);

/* NULL after bench_fail. `take` may be NULL. */
MYSQL_STMT *prepare(struct connection *connection, const char *text, take_column take);

/* Executes it and takes all rows. */
int read_rows(MYSQL_STMT *handle);

int run_sql(struct connection *connection, const char *sql);

#endif
