#include "naive.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

const char *const raw_engine = "postgresql";
const bool times_are_numbers = false;

const char *raw_version(void)
{
	return "libpq, PQexec";
}

static PGconn *connection_of(struct handle *handle)
{
	return (PGconn *)(void *)handle;
}

struct handle *handle_open(const char *url)
{
	PGconn *pg = PQconnectdb(url);

	if (PQstatus(pg) == CONNECTION_OK) {
		PQclear(PQexec(pg, "SET timezone = 'UTC'"));
		return (struct handle *)(void *)pg;
	}
	bench_fail("%s", PQerrorMessage(pg));
	PQfinish(pg);
	return NULL;
}

void handle_close(struct handle *handle)
{
	PQfinish(connection_of(handle));
}

#define MOST_COLUMNS 16

static PGresult *run(struct connection *connection, const char *sql)
{
	PGresult *result = PQexec(connection_of(connection->handle), sql);

	if (PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK)
		return result;
	bench_fail("%s", PQresultErrorMessage(result));
	PQclear(result);
	return NULL;
}

int query(struct connection *connection, const char *sql, take_row take)
{
	PGresult *result = run(connection, sql);
	char *values[MOST_COLUMNS];

	if (!result)
		return bench_failed;
	for (int row = 0; take && row < PQntuples(result); row++) {
		for (int i = 0; i < PQnfields(result) && i < MOST_COLUMNS; i++)
			values[i] = PQgetisnull(result, row, i) ? NULL : PQgetvalue(result, row, i);
		take(connection, values);
	}
	PQclear(result);
	return 0;
}

int insert_row(struct connection *connection, const char *sql, int64_t *id)
{
	char returning[1024];

	snprintf(returning, sizeof(returning), "%s RETURNING id", sql);
	PGresult *result = run(connection, returning);
	if (!result)
		return bench_failed;
	*id = atoll(PQgetvalue(result, 0, 0));
	PQclear(result);
	return 0;
}

int empty(struct connection *connection, const char *table)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "TRUNCATE %s RESTART IDENTITY", table);
	return query(connection, sql, NULL);
}

int settle(struct connection *connection)
{
	(void)connection;
	return 0;
}
