#include "sqlite_best.h"

#define ROWS_AT_ONCE 50 /* of one VALUES; more gains nothing */

static int run_sql(struct connection *connection, const char *sql)
{
	return sqlite3_exec(connection->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : connection_failed(connection);
}

int written(struct connection *connection, const char *sql, uint64_t *checksum)
{
	sqlite3_stmt *row = NULL;

	sqlite3_prepare_v2(connection->db, sql, -1, &row, NULL);
	if (sqlite3_step(row) == SQLITE_ROW)
		*checksum += (uint64_t)sqlite3_column_double(row, 0);
	return sqlite3_finalize(row) == SQLITE_OK ? 0 : connection_failed(connection);
}

/* What was written before is in the file, so that no checkpoint falls into the clock. */
int fill(struct connection *connection, const char *table, size_t last)
{
	char *sql = sqlite3_mprintf("DELETE FROM %s; INSERT INTO %s SELECT * FROM item WHERE id <= %lld;"
	                            " PRAGMA wal_checkpoint(TRUNCATE)",
	                            table, table, (long long)last);
	int result = run_sql(connection, sql);

	sqlite3_free(sql);
	return result;
}

/* --- inserts ----------------------------------------------------------------------------------------------------- */

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(statement, at);
}

/* The columns from a to at; returns the next parameter. */
static int bind_item(sqlite3_stmt *statement, int at, const struct item *item)
{
	sqlite3_bind_int(statement, at, item->a);
	sqlite3_bind_int64(statement, at + 1, item->b);
	sqlite3_bind_double(statement, at + 2, item->c);
	bind_text(statement, at + 3, item->name);
	bind_text(statement, at + 4, item->note);
	sqlite3_bind_int(statement, at + 5, item->flag);
	sqlite3_bind_int64(statement, at + 6, item->at);
	return at + 7;
}

static int step_write(struct connection *connection, sqlite3_stmt *statement)
{
	sqlite3_step(statement);
	return sqlite3_reset(statement) == SQLITE_OK ? 0 : connection_failed(connection);
}

static int insert_some(struct connection *connection, struct item *rows, size_t count)
{
	sqlite3_stmt *statement = listed(connection, INSERT_ENTRIES, count);
	int at = 1;

	for (size_t i = 0; i < count; i++)
		at = bind_item(statement, at, &rows[i]);
	if (step_write(connection, statement) < 0)
		return bench_failed;
	int64_t last = sqlite3_last_insert_rowid(connection->db);
	for (size_t i = 0; i < count; i++)
		rows[i].id = last - (int64_t)(count - 1 - i);
	return 0;
}

int insert_entries(struct connection *connection, struct item *rows, size_t count)
{
	int result = 0;

	for (size_t done = 0, some; done < count && result >= 0; done += some) {
		some = count - done < ROWS_AT_ONCE ? count - done : ROWS_AT_ONCE;
		result = insert_some(connection, rows + done, some);
	}
	return result;
}

int insert_transaction(struct connection *connection, struct item *row)
{
	int result = begin_write(connection);

	if (result >= 0)
		result = insert_entries(connection, row, 1);
	return result < 0 ? result : commit(connection);
}

/* --- updates and upserts --------------------------------------------------------------------------------------- */

int update_entries(struct connection *connection, const struct item *rows, size_t count)
{
	sqlite3_stmt *update = statement(connection, UPDATE_ENTRY);
	int result = 0;

	for (size_t i = 0; i < count && result >= 0; i++) {
		sqlite3_bind_int(update, 1, rows[i].a);
		sqlite3_bind_double(update, 2, rows[i].c);
		sqlite3_bind_text(update, 3, rows[i].name, -1, SQLITE_STATIC);
		sqlite3_bind_int64(update, 4, rows[i].id);
		result = step_write(connection, update);
	}
	return result;
}

static int upsert_some(struct connection *connection, const struct item *rows, size_t count)
{
	sqlite3_stmt *statement = listed(connection, UPSERT_SLOTS, count);
	int at = 1;

	for (size_t i = 0; i < count; i++) {
		sqlite3_bind_int64(statement, at, rows[i].id);
		at = bind_item(statement, at + 1, &rows[i]);
	}
	return step_write(connection, statement);
}

int upsert_slots(struct connection *connection, const struct item *rows, size_t count)
{
	int result = 0;

	for (size_t done = 0, some; done < count && result >= 0; done += some) {
		some = count - done < ROWS_AT_ONCE ? count - done : ROWS_AT_ONCE;
		result = upsert_some(connection, rows + done, some);
	}
	return result;
}
