/* What is really in the database, by the client library's own functions. */
#include "fixture.h"

#include <sqlite3.h>
#include <stdarg.h>

#define RAW_SIZE 65536

static char *next_buffer(void)
{
	static char buffers[4][RAW_SIZE];
	static unsigned next;

	return buffers[next++ % 4];
}

static size_t add(char *buffer, size_t length, const char *text)
{
	size_t size = strlen(text);

	REQUIRE(length + size < RAW_SIZE);
	memcpy(buffer + length, text, size + 1);
	return length + size;
}

static const char *dump(sqlite3 *db, const char *sql)
{
	char *buffer = next_buffer();
	sqlite3_stmt *statement = NULL;
	size_t length = add(buffer, 0, "");
	int r = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	while (r == SQLITE_OK && (r = sqlite3_step(statement)) == SQLITE_ROW) {
		r = SQLITE_OK;
		length = add(buffer, length, length ? "\n" : "");
		for (int i = 0; i < sqlite3_column_count(statement); i++) {
			const char *text = (const char *)sqlite3_column_text(statement, i);

			length = add(buffer, length, i ? "|" : "");
			length = add(buffer, length, text ? text : "~");
		}
	}
	if (!CHECK_INT(r, SQLITE_DONE))
		test_note("%s: %s", sqlite3_errmsg(db), sql);
	sqlite3_finalize(statement);
	return buffer;
}

/* The library's decimals are text in this collation; the shell's own extension has it too. */
static int compare_decimals(void *context, int a_size, const void *a, int b_size, const void *b)
{
	struct trv_decimal left, right;

	(void)context;
	if (trv_decimal_parse_n(&left, a, (size_t)a_size) < 0 || trv_decimal_parse_n(&right, b, (size_t)b_size) < 0)
		return 0;
	return trv_decimal_compare(&left, &right);
}

const char *raw(struct world *world, const char *format, ...)
{
	char sql[2048];
	va_list arguments;
	sqlite3 *db = NULL;

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	if (strncmp(world->url, "sqlite:", 7) != 0)
		SKIP("there is no raw access to this engine");
	int r = sqlite3_open(world->url + 7, &db);
	CHECK_INT(r, SQLITE_OK);
	sqlite3_create_collation(db, "decimal", SQLITE_UTF8, NULL, compare_decimals);
	sqlite3_busy_timeout(db, 2000);
	sqlite3_exec(db, "PRAGMA ignore_check_constraints = on", NULL, NULL, NULL); /* as a stranger would write */
	const char *found = dump(db, sql);
	sqlite3_close(db);
	return found;
}

const char *inside(struct world *world, const char *format, ...)
{
	char sql[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	if (strcmp(trv_db_driver(world->db), "sqlite") != 0)
		SKIP("there is no raw access to this engine");
	sqlite3 *db = trv_native(world->s);
	REQUIRE(db);
	return dump(db, sql);
}
