#include "raw.h"

#include "script.h"
#include "servers.h"

#include <ctype.h>
#include <libpq-fe.h>
#include <stdlib.h>

static PGconn *connection;

static PGconn *connect_to(const char *to)
{
	PGconn *made = PQconnectdb(to);

	if (PQstatus(made) != CONNECTION_OK) {
		test_note("%s", PQerrorMessage(made));
		PQfinish(made);
		return NULL;
	}
	return made;
}

static bool run(PGconn *on, const char *sql)
{
	PGresult *result = PQexec(on, sql);
	ExecStatusType status = PQresultStatus(result);

	PQclear(result);
	if (status != PGRES_COMMAND_OK)
		fprintf(stderr, "# %s", PQerrorMessage(on));
	return status == PGRES_COMMAND_OK;
}

static void close_at_exit(void)
{
	PQfinish(connection);
}

static const char *open_database(const char *folder)
{
	const char *url = test_database("postgresql");

	if (connection)
		return url;
	REQUIRE(url);
	connection = connect_to(url);
	REQUIRE(connection);
	atexit(close_at_exit);
	char *script = script_read(folder, "Chinook_PostgreSql.sql");
	bool done = run(connection, script);
	free(script);
	REQUIRE(done);
	return url;
}

/* "BillingCity" is billing_city here; what is not in double quotes stays as it is. */
static void rename_columns(char *to, size_t room, const char *sql)
{
	bool name = false;
	size_t length = 0;

	for (; *sql && length + 3 < room; sql++) {
		name ^= *sql == '"';
		if (name && isupper((unsigned char)*sql) && islower((unsigned char)sql[-1]))
			to[length++] = '_';
		to[length++] = name ? (char)tolower((unsigned char)*sql) : *sql;
	}
	REQUIRE(!*sql);
	to[length] = '\0';
}

static void add_rows(struct grid *grid, const PGresult *result)
{
	for (int i = 0; i < PQntuples(result); i++)
		for (int k = 0; k < (int)grid->columns; k++)
			grid_add_raw(grid, PQgetisnull(result, i, k) ? NULL : PQgetvalue(result, i, k));
}

static struct grid *rows(const char *sql, const char *format)
{
	struct grid *grid = grid_new(format);
	char renamed[4096];

	rename_columns(renamed, sizeof(renamed), sql);
	PGresult *result = PQexec(connection, renamed);
	if (!CHECK_INT(PQresultStatus(result), PGRES_TUPLES_OK))
		test_note("%s: %s", PQerrorMessage(connection), renamed);
	else if (CHECK_INT(PQnfields(result), grid->columns))
		add_rows(grid, result);
	PQclear(result);
	return grid;
}

/* A literal of the script is N'...', which is char(n) here: blanks at its end are lost. */
static void script_text(char *text)
{
	size_t length = strlen(text);

	while (length && text[length - 1] == ' ')
		text[--length] = '\0';
}

const struct raw raw_postgresql = {
	.name = "postgresql",
	.open = open_database,
	.rows = rows,
	.script_text = script_text,
	.count_tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'public'",
};
