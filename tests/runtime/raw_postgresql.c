#include "raw.h"

#include "test.h"
#include <libpq-fe.h>

#define BOOL_OID 16

/* A bool as the other engines have it. */
static const char *value(const PGresult *result, int row, int column)
{
	if (PQgetisnull(result, row, column))
		return NULL;
	const char *text = PQgetvalue(result, row, column);
	if (PQftype(result, column) == BOOL_OID)
		return *text == 't' ? "1" : "0";
	return text;
}

void *raw_postgresql_open(const char *url)
{
	PGconn *connection = PQconnectdb(url);

	if (CHECK(PQstatus(connection) == CONNECTION_OK)) {
		PQclear(PQexec(connection, "SET client_min_messages = error; SET TIME ZONE 'UTC'"));
		return connection;
	}
	test_note("%s", PQerrorMessage(connection));
	PQfinish(connection);
	return NULL;
}

void raw_postgresql_close(void *connection)
{
	PQfinish(connection);
}

void raw_postgresql(void *connection, const char *sql, struct raw_rows *rows)
{
	PGresult *result = PQexec(connection, sql);
	ExecStatusType status = PQresultStatus(result);

	if (!CHECK(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK))
		test_note("%s: %s", PQerrorMessage(connection), sql);
	for (int i = 0; i < PQntuples(result); i++) {
		raw_row(rows);
		for (int k = 0; k < PQnfields(result); k++)
			raw_column(rows, value(result, i, k));
	}
	PQclear(result);
}
