#include "pool.h"
#include "sqlite_best.h"

#include <stdlib.h>

#define ROWS_AT_ONCE 50 /* of one VALUES; more gains nothing */

static int run_sql(struct connection *connection, const char *sql)
{
	return sqlite3_exec(connection->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : connection_failed(connection);
}

static int written(const char *sql, uint64_t *checksum)
{
	sqlite3_stmt *row = NULL;

	sqlite3_prepare_v2(main_connection.db, sql, -1, &row, NULL);
	if (sqlite3_step(row) == SQLITE_ROW)
		*checksum += (uint64_t)sqlite3_column_double(row, 0);
	return sqlite3_finalize(row) == SQLITE_OK ? 0 : connection_failed(&main_connection);
}

/* What was written before is in the file, so that no checkpoint falls into the clock. */
static int empty_entries(void)
{
	return run_sql(&main_connection, "DELETE FROM entry; PRAGMA wal_checkpoint(TRUNCATE)");
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

/* The table was empty, so the ids are 1, 2, 3 and so on. */
static int check_ids(const struct item *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].id != (int64_t)i + 1)
			return bench_fail("row %zu has the id %lld", i, (long long)rows[i].id);
	return 0;
}

static int insert_all(struct bench_run *run, struct item *rows)
{
	int result = execute(&main_connection, BEGIN_WRITE);

	for (size_t r = 0; r < run->times && result >= 0; r++)
		result = insert_entries(&main_connection, rows + r * run->size, run->size);
	return result < 0 ? result : execute(&main_connection, COMMIT);
}

int run_insert(struct bench_run *run)
{
	if (empty_entries() < 0)
		return bench_failed;
	struct item *rows = make_items(1, run->times * run->size);
	bench_start(run);
	int result = insert_all(run, rows);
	bench_stop(run);
	if (result >= 0)
		result = check_ids(rows, run->times * run->size);
	free(rows);
	return result < 0 ? result : written(BENCH_WRITTEN "entry", &run->checksum);
}

int run_transaction(struct bench_run *run)
{
	int result = empty_entries();
	struct item *rows = make_items(1, run->times);

	bench_start(run);
	for (size_t r = 0; r < run->times && result >= 0; r++) {
		result = execute(&main_connection, BEGIN_WRITE);
		if (result >= 0)
			result = insert_entries(&main_connection, &rows[r], 1);
		if (result >= 0)
			result = execute(&main_connection, COMMIT);
	}
	bench_stop(run);
	if (result >= 0)
		result = check_ids(rows, run->times);
	free(rows);
	return result < 0 ? result : written(BENCH_WRITTEN "entry", &run->checksum);
}

/* --- updates and upserts --------------------------------------------------------------------------------------- */

static int update_all(const struct item *rows, size_t count)
{
	sqlite3_stmt *update = statement(&main_connection, UPDATE_ENTRY);
	int result = execute(&main_connection, BEGIN_WRITE);

	for (size_t i = 0; i < count && result >= 0; i++) {
		sqlite3_bind_int(update, 1, rows[i].a);
		sqlite3_bind_double(update, 2, rows[i].c);
		sqlite3_bind_text(update, 3, rows[i].name, -1, SQLITE_STATIC);
		sqlite3_bind_int64(update, 4, rows[i].id);
		result = step_write(&main_connection, update);
	}
	return result < 0 ? result : execute(&main_connection, COMMIT);
}

/* Empties the table and gives it the items up to `last`. */
static int fill(const char *table, size_t last)
{
	char *sql = sqlite3_mprintf("DELETE FROM %s; INSERT INTO %s SELECT * FROM item WHERE id <= %lld;"
	                            " PRAGMA wal_checkpoint(TRUNCATE)",
	                            table, table, (long long)last);
	int result = run_sql(&main_connection, sql);

	sqlite3_free(sql);
	return result;
}

int run_update(struct bench_run *run)
{
	struct item *rows = make_changed(run->size);
	int result = 0;

	for (size_t r = 0; r < run->times && result >= 0; r++) {
		result = fill("entry", run->size);
		bench_start(run);
		if (result >= 0)
			result = update_all(rows, run->size);
		bench_stop(run);
	}
	free(rows);
	return result < 0 ? result : written(BENCH_WRITTEN "entry", &run->checksum);
}

static int upsert_some(const struct item *rows, size_t count)
{
	sqlite3_stmt *statement = listed(&main_connection, UPSERT_SLOTS, count);
	int at = 1;

	for (size_t i = 0; i < count; i++) {
		sqlite3_bind_int64(statement, at, rows[i].id);
		at = bind_item(statement, at + 1, &rows[i]);
	}
	return step_write(&main_connection, statement);
}

static int upsert_all(const struct item *rows, size_t count)
{
	int result = execute(&main_connection, BEGIN_WRITE);

	for (size_t done = 0, some; done < count && result >= 0; done += some) {
		some = count - done < ROWS_AT_ONCE ? count - done : ROWS_AT_ONCE;
		result = upsert_some(rows + done, some);
	}
	return result < 0 ? result : execute(&main_connection, COMMIT);
}

int run_upsert(struct bench_run *run)
{
	struct item *rows = make_items(1, run->size);
	int result = 0;

	for (size_t i = 0; i < run->size; i++)
		rows[i].a = (int32_t)rows[i].id;
	for (size_t r = 0; r < run->times && result >= 0; r++) {
		result = fill("slot", run->size / 2);
		bench_start(run);
		if (result >= 0)
			result = upsert_all(rows, run->size);
		bench_stop(run);
	}
	free(rows);
	return result < 0 ? result : written(BENCH_WRITTEN "slot", &run->checksum);
}

/* --- threads and connections ---------------------------------------------------------------------------------- */

struct lot {
	struct pool pool;
	struct item *rows; /* to insert */
};

/* Each call has the connection for itself, and gives it back. */
static int read_item(struct pool *pool, int64_t id)
{
	struct connection *connection = pool_acquire(pool);
	struct item item;

	arena_reset(&connection->arena);
	int result = get_item(connection, id, &item);
	pool_release(pool, connection);
	return result;
}

static int read_items(struct pool *pool, int64_t low)
{
	struct connection *connection = pool_acquire(pool);
	int result = find_items(connection, low, 10);

	pool_release(pool, connection);
	return result;
}

static int read_children(struct pool *pool)
{
	struct connection *connection = pool_acquire(pool);
	int result = find_children(connection, 10);

	pool_release(pool, connection);
	return result;
}

static int insert_row(struct pool *pool, struct item *row)
{
	struct connection *connection = pool_acquire(pool);
	int result = insert_entries(connection, row, 1);

	pool_release(pool, connection);
	return result;
}

static int mixed_lot(struct turn *turn)
{
	struct lot *lot = turn->context;
	size_t turns = turn->number * turn->times + turn->r;
	int result = 0;

	for (size_t n = 0; n < 8 && result >= 0; n++)
		result = read_item(&lot->pool, bench_key(turns * 8 + n));
	for (size_t n = 0; n < 2 && result >= 0; n++)
		result = read_items(&lot->pool, bench_low(turns + n));
	if (result >= 0)
		result = read_children(&lot->pool);
	if (result >= 0)
		result = insert_row(&lot->pool, &lot->rows[turns]);
	turn->rows += 8 + 2 * 10 + 10;
	return result;
}

int run_threads(struct bench_run *run)
{
	static struct connection connections[4];
	static struct lot lot = { .pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .free = PTHREAD_COND_INITIALIZER } };
	int result = empty_entries();

	for (size_t i = 0; i < BENCH_COUNT(connections) && result >= 0; i++) {
		if (connections[i].db)
			continue;
		result = connection_open(&connections[i], main_path);
		pool_release(&lot.pool, &connections[i]);
	}
	lot.rows = make_items(1, run->times * run->size);
	if (result >= 0)
		result = run_in_threads(run, mixed_lot, &lot);
	free(lot.rows);
	return result < 0 ? result : written(BENCH_WRITTEN "entry", &run->checksum);
}

int run_open(struct bench_run *run)
{
	int result = 0;

	bench_start(run);
	for (size_t r = 0; r < run->times && result >= 0; r++) {
		struct connection connection = { 0 };
		struct item item;
		result = connection_open(&connection, main_path);
		if (result >= 0)
			result = get_item(&connection, 1, &item);
		if (result >= 0)
			run->checksum += BENCH_ITEM(&item);
		connection_close(&connection);
		free(connection.arena.first);
	}
	bench_stop(run);
	return result;
}
