#include "raw.h"

#include "test.h"
#include <sqlite3.h>
#include <trivet/trivet.h>

/* The library's decimals are text in this collation; the shell's own extension has it too. */
static int compare_decimals(void *context, int a_size, const void *a, int b_size, const void *b)
{
	struct trv_decimal left, right;

	(void)context;
	if (trv_decimal_parse_n(&left, a, (size_t)a_size) < 0 || trv_decimal_parse_n(&right, b, (size_t)b_size) < 0)
		return 0;
	return trv_decimal_compare(&left, &right);
}

void *raw_sqlite_open(const char *url)
{
	sqlite3 *db = NULL;

	CHECK_INT(sqlite3_open(url + strlen("sqlite:"), &db), SQLITE_OK);
	sqlite3_create_collation(db, "decimal", SQLITE_UTF8, NULL, compare_decimals);
	sqlite3_busy_timeout(db, 2000);
	sqlite3_exec(db, "PRAGMA ignore_check_constraints = on", NULL, NULL, NULL); /* as a stranger would write */
	return db;
}

void raw_sqlite_close(void *connection)
{
	sqlite3_close(connection);
}

void raw_sqlite(void *connection, const char *sql, struct raw_rows *rows)
{
	sqlite3_stmt *statement = NULL;
	int r = SQLITE_OK;

	for (const char *next = sql; r == SQLITE_OK && *next;) {
		r = sqlite3_prepare_v2(connection, next, -1, &statement, &next);
		while (r == SQLITE_OK && (r = sqlite3_step(statement)) == SQLITE_ROW) {
			r = SQLITE_OK;
			raw_row(rows);
			for (int i = 0; i < sqlite3_column_count(statement); i++)
				raw_column(rows, (const char *)sqlite3_column_text(statement, i));
		}
		sqlite3_finalize(statement);
		statement = NULL;
		r = r == SQLITE_DONE ? SQLITE_OK : r;
	}
	if (!CHECK_INT(r, SQLITE_OK))
		test_note("%s: %s", sqlite3_errmsg(connection), sql);
}
