#include "naive.h"

#include <sqlite3.h>
#include <stdio.h>

const char *const raw_engine = "sqlite";
const bool times_are_numbers = true;

const char *raw_version(void)
{
	return "SQLite " SQLITE_VERSION ", sqlite3_exec";
}

static sqlite3 *database(struct handle *handle)
{
	return (sqlite3 *)(void *)handle;
}

struct handle *handle_open(const char *url)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(url + strlen("sqlite:"), &db) != SQLITE_OK ||
	    sqlite3_exec(db, "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL", NULL, NULL, NULL) != SQLITE_OK) {
		bench_fail("%s", sqlite3_errmsg(db));
		sqlite3_close(db);
		return NULL;
	}
	sqlite3_busy_timeout(db, 30000);
	return (struct handle *)(void *)db;
}

void handle_close(struct handle *handle)
{
	sqlite3_close(database(handle));
}

struct taking {
	struct connection *connection;
	take_row take;
};

static int take_one(void *argument, int count, char **values, char **names)
{
	const struct taking *taking = argument;

	(void)count;
	(void)names;
	if (taking->take)
		taking->take(taking->connection, values);
	return 0;
}

int query(struct connection *connection, const char *sql, take_row take)
{
	struct taking taking = { connection, take };
	sqlite3 *db = database(connection->handle);

	return sqlite3_exec(db, sql, take_one, &taking, NULL) == SQLITE_OK ? 0 : bench_fail("%s", sqlite3_errmsg(db));
}

int insert_row(struct connection *connection, const char *sql, int64_t *id)
{
	int result = query(connection, sql, NULL);

	*id = sqlite3_last_insert_rowid(database(connection->handle));
	return result;
}

int empty(struct connection *connection, const char *table)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "DELETE FROM %s", table);
	return query(connection, sql, NULL);
}

int settle(struct connection *connection)
{
	return query(connection, "PRAGMA wal_checkpoint(TRUNCATE)", NULL);
}
