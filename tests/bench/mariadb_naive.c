#include "naive.h"

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>

const char *const raw_engine = "mariadb";
const bool times_are_numbers = false;

const char *raw_version(void)
{
	return "Connector/C, mysql_query";
}

static MYSQL *connection_of(struct handle *handle)
{
	return (MYSQL *)(void *)handle;
}

/* mariadb://tester:PASSWORD@/test?socket=PATH or mariadb://tester:PASSWORD@127.0.0.1:PORT/test */
struct handle *handle_open(const char *url)
{
	const char *socket = strstr(url, "socket="), *place = strchr(url, '@') + 1, *port = strchr(place, ':');
	bool local = *place == '/';
	MYSQL *mysql = mysql_init(NULL);

	mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (mysql_real_connect(mysql, local ? "localhost" : "127.0.0.1", "tester", "s3cret!pass", "test",
	                       !local && port ? (unsigned)atoi(port + 1) : 0,
	                       local && socket ? socket + strlen("socket=") : NULL, 0))
		return (struct handle *)(void *)mysql;
	bench_fail("%s", mysql_error(mysql));
	mysql_close(mysql);
	return NULL;
}

void handle_close(struct handle *handle)
{
	mysql_close(connection_of(handle));
}

int query(struct connection *connection, const char *sql, take_row take)
{
	MYSQL *mysql = connection_of(connection->handle);
	MYSQL_ROW row;

	if (mysql_query(mysql, sql) != 0)
		return bench_fail("%s", mysql_error(mysql));
	MYSQL_RES *result = mysql_store_result(mysql);
	while (result && take && (row = mysql_fetch_row(result)))
		take(connection, row);
	mysql_free_result(result);
	return 0;
}

int insert_row(struct connection *connection, const char *sql, int64_t *id)
{
	int result = query(connection, sql, NULL);

	*id = (int64_t)mysql_insert_id(connection_of(connection->handle));
	return result;
}

int empty(struct connection *connection, const char *table)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "TRUNCATE %s", table);
	return query(connection, sql, NULL);
}

int settle(struct connection *connection)
{
	(void)connection;
	return 0;
}
