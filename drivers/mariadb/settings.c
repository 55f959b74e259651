/*
 * The session's variables: what Trivet relies on whatever the server's defaults are, and
 * how a connection is made as new for the next borrower.
 */
#include "internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * Values that do not fit are errors and never cut (STRICT_ALL_TABLES); 0 is a value of an
 * automatic key like any other (NO_AUTO_VALUE_ON_ZERO); "x" is a name and || joins texts,
 * as in SQLite and PostgreSQL.
 */
#define SQL_MODE                                                                                                       \
	"STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,"            \
	"NO_AUTO_VALUE_ON_ZERO,ANSI_QUOTES,PIPES_AS_CONCAT"

/* The rows of one answer are thrown away, but for its first number. */
static bool read_rows(MYSQL *mysql, unsigned long *number)
{
	if (mysql_field_count(mysql) == 0)
		return true;
	MYSQL_RES *result = mysql_store_result(mysql);
	MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;
	if (row && row[0] && number)
		*number = strtoul(row[0], NULL, 10);
	mysql_free_result(result);
	return result != NULL;
}

/* One statement's answer; a procedure has several results. */
static int read_answer(struct mariadb_connection *connection, unsigned long *number, struct trv_error *error)
{
	MYSQL *mysql = connection->mysql;
	bool read = mysql_read_query_result(mysql) == 0 && read_rows(mysql, number);

	while (read && mysql_more_results(mysql))
		read = mysql_next_result(mysql) == 0 && read_rows(mysql, NULL);
	return read ? 0 : trv__mariadb_fail(connection, error);
}

static int exchange(struct mariadb_connection *connection, const char *const *statements, size_t count,
                    unsigned long *number, struct trv_error *error)
{
	struct trv_error later;
	int r = 0;

	for (size_t i = 0; i < count; i++)
		if (mysql_send_query(connection->mysql, statements[i], strlen(statements[i]))) {
			/* Answers to what was sent before are still under way. */
			r = trv__mariadb_fail(connection, error);
			trv__mariadb_break(connection);
			return r;
		}
	/* Also those behind one that failed: the connection stays in step. */
	for (size_t i = 0; i < count && !connection->base.broken; i++) {
		int failed = read_answer(connection, number, r < 0 ? &later : error);
		r = r < 0 ? r : failed;
	}
	return r;
}

int trv__mariadb_send_all(struct mariadb_connection *connection, const char *const *statements, size_t count,
                          struct trv_error *error)
{
	return exchange(connection, statements, count, NULL, error);
}

/*
 * The server's own limits are a little shorter than the usual deadline: it then gives the
 * statement up itself, and the connection lives. They also end what a client that has
 * gone away left running.
 */
static void usual_limits(struct mariadb_connection *connection, unsigned *lock_seconds)
{
	unsigned ms = connection->query_ms;

	connection->limit = ms > 0 ? (uint64_t)(ms - (ms < 2000 ? ms / 10 : 200)) * 1000000 : 0;
	*lock_seconds = ms == 0 ? 31536000 : ms < 3000 ? 1 : ms / 1000 - 1;
}

int trv__mariadb_settings_apply(struct mariadb_connection *connection, struct trv_error *error)
{
	char set[768];
	const char *statements[] = { set, "SELECT @@max_allowed_packet" };
	unsigned lock_seconds;

	usual_limits(connection, &lock_seconds);
	snprintf(set, sizeof(set),
	         "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin, sql_mode = '" SQL_MODE "', time_zone = '+00:00', "
	         "autocommit = 1, innodb_lock_wait_timeout = %u, lock_wait_timeout = %u, "
	         "max_statement_time = %.3f",
	         lock_seconds, lock_seconds, (double)connection->limit / (double)MARIADB_SECOND);
	int r = exchange(connection, statements, TRV_COUNT_OF(statements), &connection->max_packet, error);
	if (r == 0)
		connection->statement_limit = connection->limit;
	return r;
}

int trv__mariadb_is_writable(struct mariadb_connection *connection, struct trv_error *error)
{
	/* A cluster's node that lost the majority still answers, but to little else. */
	static const char *const statements[] = {
		"SELECT NOT @@global.read_only AND NOT EXISTS (SELECT 1 FROM information_schema.global_variables v, "
		"information_schema.global_status s WHERE v.variable_name = 'WSREP_ON' AND v.variable_value = 'ON' "
		"AND s.variable_name = 'WSREP_READY' AND s.variable_value <> 'ON')",
	};
	unsigned long writable = 0;
	int r = exchange(connection, statements, 1, &writable, error);

	return r < 0 ? r : writable == 1;
}

int trv__mariadb_limit(struct mariadb_connection *connection, uint64_t span, struct trv_error *error)
{
	char set[80];
	const char *statement = set;
	/* Within a second of the usual deadline the usual limit is meant. */
	bool usual = span && span <= connection->limit + MARIADB_SECOND + connection->limit / 10;
	uint64_t wanted = usual ? connection->limit : span;

	if (!connection->limit || wanted == connection->statement_limit)
		return 0;
	snprintf(set, sizeof(set), "SET max_statement_time = %.3f", (double)wanted / (double)MARIADB_SECOND);
	int r = exchange(connection, &statement, 1, NULL, error);
	if (r == 0)
		connection->statement_limit = wanted;
	return r;
}

/* --- reset ---------------------------------------------------------------------------------- */

static const char *const harmless[] = {
	"select",       "with",       "insert",       "update",
	"delete",       "replace",    "truncate",     "create table",
	"alter table",  "drop table", "rename table", "create or replace table",
	"create index", "drop index", "create view",  "create unique index",
	"drop view",
};

/* The functions of user locks, and LAST_INSERT_ID(n): found by an underscore, for there are few in a statement. */
static bool calls_for_session(const char *text, size_t length)
{
	static const char lock[] = "_lock", last[] = "last_insert_id";
	const char *end = text + length;

	for (const char *at = memchr(text, '_', length); at; at = memchr(at + 1, '_', (size_t)(end - at - 1))) {
		size_t before = strcspn(last, "_");

		/* the text ends in a NUL */
		if (strncasecmp(at, lock, strlen(lock)) == 0 ||
		    ((size_t)(at - text) >= before && strncasecmp(at - before, last, strlen(last)) == 0))
			return true;
	}
	return false;
}

/*
 * By its text: everything but work on rows and tables touches the session, and so do
 * variables (@name) and the functions of user locks. A stored function that does one of
 * these is not seen.
 */
bool trv__mariadb_touches(const char *sql, size_t length)
{
	size_t start = 0;

	while (start < length && strchr(" \t\r\n", sql[start]))
		start++;
	for (size_t i = 0; i < TRV_COUNT_OF(harmless); i++) {
		size_t size = strlen(harmless[i]);
		/* A whole word: the text ends in a NUL. */
		if (length - start >= size && strncasecmp(sql + start, harmless[i], size) == 0 &&
		    !isalnum((unsigned char)sql[start + size]) && sql[start + size] != '_')
			return memchr(sql, '@', length) || calls_for_session(sql, length);
	}
	return true;
}

/*
 * mysql_reset_connection undoes everything, prepared statements too: each would have to
 * be prepared again by the next borrower, which doubles the time of a lookup. So it is
 * for connections that a borrower touched; of others an open transaction is all that can
 * be left.
 */
static int reset_all(struct mariadb_connection *connection, struct trv_error *error)
{
	const char *database = connection->url.database;

	connection->epoch++;
	if (mysql_reset_connection(connection->mysql))
		return trv__mariadb_fail(connection, error);
	/* The one thing that stays as it is. */
	if (database && mysql_select_db(connection->mysql, database))
		return trv__mariadb_fail(connection, error);
	return trv__mariadb_settings_apply(connection, error);
}

int trv__mariadb_reset(struct trv_connection *base, uint64_t deadline, struct trv_error *error)
{
	struct mariadb_connection *connection = mariadb_connection_of(base);
	int r = trv__mariadb_enter(connection, deadline, error);

	if (r < 0)
		return r;
	if (connection->touched) {
		r = reset_all(connection, error);
	} else if (base->in_transaction || connection->mysql->server_status & SERVER_STATUS_IN_TRANS) {
		const char *rollback = "ROLLBACK";
		r = trv__mariadb_send_all(connection, &rollback, 1, error);
	}
	if (r == 0) {
		connection->touched = connection->began = connection->slipped = false;
		trv__mariadb_settle(connection);
	}
	trv__mariadb_leave(connection);
	return r;
}
