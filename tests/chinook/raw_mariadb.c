#include "raw.h"

#include "script.h"
#include "mariadb_connect.h"
#include "servers.h"

#include <mysql.h>
#include <stdlib.h>

static MYSQL *connection;

/* All of its statements. */
static bool run(MYSQL *on, const char *sql)
{
	int r = mysql_real_query(on, sql, strlen(sql));

	while (r == 0) {
		mysql_free_result(mysql_store_result(on));
		r = mysql_next_result(on);
	}
	if (r > 0)
		fprintf(stderr, "# %s\n", mysql_error(on));
	return r < 0;
}

static void close_at_exit(void)
{
	mysql_close(connection);
	mysql_library_end();
}

static const char *open_database(const char *folder)
{
	const char *url = test_database("mariadb");

	if (connection)
		return url;
	REQUIRE(url);
	connection = test_mariadb_connect(url);
	REQUIRE(connection);
	atexit(close_at_exit);
	char *script = script_read(folder, "Chinook_MySql.sql");
	bool done = run(connection, script) && run(connection, "SET sql_mode = 'ANSI_QUOTES'");
	free(script);
	REQUIRE(done);
	return url;
}

static struct grid *rows(const char *sql, const char *format)
{
	struct grid *grid = grid_new(format);
	MYSQL_ROW row;

	if (!CHECK_INT(mysql_real_query(connection, sql, strlen(sql)), 0)) {
		test_note("%s: %s", mysql_error(connection), sql);
		return grid;
	}
	MYSQL_RES *result = mysql_store_result(connection);
	REQUIRE(result);
	if (CHECK_INT(mysql_num_fields(result), grid->columns))
		while ((row = mysql_fetch_row(result)))
			for (size_t i = 0; i < grid->columns; i++)
				grid_add_raw(grid, row[i]);
	mysql_free_result(result);
	return grid;
}

/* A backslash in a literal of the script is an escape here: it is lost. */
static void script_text(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++)
		if (*from != '\\')
			*to++ = *from;
	*to = '\0';
}

const struct raw raw_mariadb = {
	.name = "mariadb",
	.open = open_database,
	.rows = rows,
	.script_text = script_text,
	.folds = true,
	.count_tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()",
};
