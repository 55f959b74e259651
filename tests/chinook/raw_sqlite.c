#include "raw.h"

#include <sqlite3.h>
#include <stdlib.h>

static sqlite3 *db;
static char url[512];

static void close_at_exit(void)
{
	sqlite3_close(db);
}

/* Tests read it, but a stranger's file stays as it is: they get a copy. */
static void copy(const char *from, const char *to)
{
	char buffer[65536];
	size_t size;
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");

	REQUIRE(in && out);
	while ((size = fread(buffer, 1, sizeof(buffer), in)) > 0)
		REQUIRE(fwrite(buffer, 1, size, out) == size);
	REQUIRE(!ferror(in));
	fclose(in);
	REQUIRE(fclose(out) == 0);
}

static const char *open_copy(const char *folder)
{
	char from[512], to[400];

	if (db)
		return url;
	snprintf(from, sizeof(from), "%s/Chinook_Sqlite.sqlite", folder);
	snprintf(to, sizeof(to), "%s/chinook.db", test_temporary_folder());
	snprintf(url, sizeof(url), "sqlite:%s", to);
	copy(from, to);
	atexit(close_at_exit);
	REQUIRE(sqlite3_open_v2(to, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
	return url;
}

/* How SQLite keeps a value of each letter: a decimal as a float, or as an integer where it has no fraction. */
static bool is_kept_as(char letter, int type)
{
	switch (letter) {
	case 'i':
		return type == SQLITE_INTEGER;
	case 'd':
	case 'f':
		return type == SQLITE_FLOAT || type == SQLITE_INTEGER;
	default:
		return type == SQLITE_TEXT;
	}
}

static void add_row(struct grid *grid, sqlite3_stmt *statement)
{
	for (int i = 0; i < (int)grid->columns; i++) {
		int type = sqlite3_column_type(statement, i);

		CHECK(type == SQLITE_NULL || is_kept_as(grid->format[i], type));
		grid_add_raw(grid, (const char *)sqlite3_column_text(statement, i));
	}
}

static struct grid *rows(const char *sql, const char *format)
{
	struct grid *grid = grid_new(format);
	sqlite3_stmt *statement = NULL;
	int r = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (r == SQLITE_OK)
		CHECK_INT(sqlite3_column_count(statement), grid->columns);
	while (r == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		add_row(grid, statement);
	if (!CHECK_INT(sqlite3_finalize(statement), SQLITE_OK) || !CHECK_INT(r, SQLITE_OK))
		test_note("%s: %s", sqlite3_errmsg(db), sql);
	return grid;
}

const struct raw raw_sqlite = {
	.name = "sqlite",
	.open = open_copy,
	.rows = rows,
	.count_tables = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'",
};
