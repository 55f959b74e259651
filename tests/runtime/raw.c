/* What is really in the database, by the client library's own functions. */
#include "raw.h"

#include "fixture.h"
#include "servers.h"
#include <stdarg.h>
#include <stdlib.h>

struct side {
	const char *engine;
	void *(*open)(const char *url);
	void (*close)(void *connection);
	void (*run)(void *connection, const char *sql, struct raw_rows *rows);
};

static const struct side sides[] = {
	{ "sqlite", raw_sqlite_open, raw_sqlite_close, raw_sqlite },
#ifdef WITH_POSTGRESQL
	{ "postgresql", raw_postgresql_open, raw_postgresql_close, raw_postgresql },
#endif
#ifdef WITH_MARIADB
	{ "mariadb", raw_mariadb_open, raw_mariadb_close, raw_mariadb },
#endif
};

static const struct side *side(void)
{
	for (size_t i = 0; i < TRV_COUNT_OF(sides); i++)
		if (strcmp(sides[i].engine, world_engine()) == 0)
			return &sides[i];
	CHECK_STR(world_engine(), "an engine that is built in");
	test_end();
}

/* --- rows as text ------------------------------------------------------------------------------- */

static void add(struct raw_rows *rows, const char *text)
{
	size_t size = strlen(text);

	REQUIRE(rows->length + size < RAW_SIZE);
	memcpy(rows->text + rows->length, text, size + 1);
	rows->length += size;
}

void raw_row(struct raw_rows *rows)
{
	if (rows->rows++)
		add(rows, "\n");
	rows->columns = 0;
}

void raw_column(struct raw_rows *rows, const char *text)
{
	if (rows->columns++)
		add(rows, "|");
	add(rows, text ? text : "~");
}

static const char *run(void *connection, const char *sql)
{
	static char buffers[4][RAW_SIZE];
	static unsigned next;
	struct raw_rows rows = { .text = buffers[next++ % 4] };

	add(&rows, "");
	side()->run(connection, sql, &rows);
	return rows.text;
}

/* --- connections ---------------------------------------------------------------------------------- */

/* To a server: one for the whole program. */
static void *server_connection;

static void close_server(void)
{
	side()->close(server_connection);
}

/* To the program's own database on the server. */
static void *on_server(void)
{
	if (!server_connection) {
		REQUIRE(test_database(world_engine()));
		server_connection = side()->open(test_database(world_engine()));
		REQUIRE(server_connection);
		atexit(close_server);
	}
	return server_connection;
}

void raw_empty(const char *url)
{
	const char *path = strchr(strstr(url, "://") + 3, '/') + 1;
	char database[64], sql[256];

	snprintf(database, sizeof(database), "%.*s", (int)strcspn(path, "?"), path);
	if (world_is("postgresql"))
		snprintf(sql, sizeof(sql), "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
	else
		snprintf(sql, sizeof(sql), "DROP DATABASE %s; CREATE DATABASE %s; USE %s", database, database,
		         database);
	run(on_server(), sql);
}

const char *raw(struct world *world, const char *format, ...)
{
	char sql[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	if (!world_is("sqlite"))
		return run(on_server(), sql);
	void *connection = side()->open(world->url);
	const char *found = run(connection, sql);
	side()->close(connection);
	return found;
}

const char *inside(struct world *world, const char *format, ...)
{
	char sql[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	void *connection = trv_native(world->s);
	REQUIRE(connection);
	return run(connection, sql);
}
