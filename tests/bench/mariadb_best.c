#include "mariadb_best.h"

#include <stdio.h>
#include <stdlib.h>

const char *const raw_engine = "mariadb";

const char *raw_version(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "Connector/C %s", mysql_get_client_info());
	return text;
}

int connection_failed(struct connection *connection)
{
	return bench_fail("%s", mysql_error(connection->mysql));
}

int statement_failed(MYSQL_STMT *handle)
{
	return bench_fail("%s", mysql_stmt_error(handle));
}

/* --- statements ------------------------------------------------------------------------------------------------ */

MYSQL_STMT *prepare(struct connection *connection, const char *text, take_column take)
{
	MYSQL_STMT *handle = mysql_stmt_init(connection->mysql);
	union {
		take_column function;
		void *pointer;
	} hook = { .function = take };

	mysql_stmt_attr_set(handle, STMT_ATTR_CB_USER_DATA, connection);
	if (take)
		mysql_stmt_attr_set(handle, STMT_ATTR_CB_RESULT, hook.pointer);
	if (mysql_stmt_prepare(handle, text, strlen(text)) == 0)
		return handle;
	statement_failed(handle);
	mysql_stmt_close(handle);
	return NULL;
}

int read_rows(MYSQL_STMT *handle)
{
	int native;

	if (!handle)
		return bench_failed;
	if (mysql_stmt_execute(handle) != 0)
		return statement_failed(handle);
	while ((native = mysql_stmt_fetch(handle)) == 0)
		;
	return native == MYSQL_NO_DATA ? 0 : statement_failed(handle);
}

int run_sql(struct connection *connection, const char *sql)
{
	return mysql_query(connection->mysql, sql) == 0 ? 0 : connection_failed(connection);
}

/* --- connections --------------------------------------------------------------------------------------------------- */

/* mariadb://tester:PASSWORD@/test?socket=PATH or mariadb://tester:PASSWORD@127.0.0.1:PORT/test */
static bool connect_to(MYSQL *mysql, const char *url)
{
	const char *socket = strstr(url, "socket="), *place = strchr(url, '@') + 1;
	const char *host = *place == '/' ? "localhost" : "127.0.0.1", *port = strchr(place, ':');

	mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	return mysql_real_connect(mysql, host, "tester", "s3cret!pass", "test",
	                          *place == '/' || !port ? 0 : (unsigned)atoi(port + 1),
	                          socket && *place == '/' ? socket + strlen("socket=") : NULL, 0) != NULL;
}

struct connection *connection_open(const char *url)
{
	struct connection *connection = bench_allocate(sizeof(*connection));

	*connection = (struct connection) { .mysql = mysql_init(NULL) };
	if (connect_to(connection->mysql, url))
		return connection;
	connection_failed(connection);
	connection_close(connection);
	return NULL;
}

static void close_handle(MYSQL_STMT *handle)
{
	if (handle)
		mysql_stmt_close(handle);
}

void connection_close(struct connection *connection)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		close_handle(connection->statements[i]);
	for (size_t i = 0; i < WRITTEN; i++)
		close_handle(connection->writes[i]);
	for (size_t i = 0; i < LISTED; i++)
		for (size_t k = 0; k < BENCH_COUNT(connection->listed[i]); k++) {
			close_handle(connection->listed[i][k].handle);
			free(connection->listed[i][k].values);
		}
	mysql_close(connection->mysql);
	load_release(&connection->load);
	free(connection->writing.ids);
	free(connection);
}

void begin_load(struct connection *connection)
{
	load_empty(&connection->load);
}

int begin_read(struct connection *connection)
{
	return run_sql(connection, "START TRANSACTION READ ONLY");
}

int begin_write(struct connection *connection)
{
	return run_sql(connection, "BEGIN");
}

int commit(struct connection *connection)
{
	return run_sql(connection, "COMMIT");
}
