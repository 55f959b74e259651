#include "raw.h"

#include "mariadb_connect.h"
#include "test.h"

static void add_result(MYSQL *connection, struct raw_rows *rows)
{
	MYSQL_RES *result = mysql_store_result(connection);
	MYSQL_ROW row;

	while (result && (row = mysql_fetch_row(result))) {
		raw_row(rows);
		for (unsigned i = 0; i < mysql_num_fields(result); i++)
			raw_column(rows, row[i]);
	}
	mysql_free_result(result);
}

/* One statement: a connection of the driver takes no more at once. */
static void run(MYSQL *connection, const char *sql, size_t size, struct raw_rows *rows)
{
	if (CHECK_INT(mysql_real_query(connection, sql, size), 0))
		add_result(connection, rows);
	else
		test_note("%s: %s", mysql_error(connection), sql);
}

void *raw_mariadb_open(const char *url)
{
	MYSQL *connection = test_mariadb_connect(url);

	if (connection)
		mysql_query(connection, "SET sql_mode = 'ANSI,TRADITIONAL', time_zone = '+00:00', "
		                        "max_recursive_iterations = 1000000");
	return connection;
}

void raw_mariadb_close(void *connection)
{
	mysql_close(connection);
}

/* Statements of tests have no ; in their literals. */
void raw_mariadb(void *connection, const char *sql, struct raw_rows *rows)
{
	while (*sql) {
		size_t size = strcspn(sql, ";");

		run(connection, sql, size, rows);
		sql += size + (sql[size] == ';');
		sql += strspn(sql, " ");
	}
}
