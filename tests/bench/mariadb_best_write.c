#include "mariadb_best.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ARRAY_ROWS 5000 /* of one array binding */
#define UPDATE_ROWS 500 /* of one VALUES */

int written(struct connection *connection, const char *sql, uint64_t *checksum)
{
	if (run_sql(connection, sql) < 0)
		return bench_failed;
	MYSQL_RES *result = mysql_store_result(connection->mysql);
	MYSQL_ROW row = mysql_fetch_row(result);
	if (row && row[0])
		*checksum += (uint64_t)strtod(row[0], NULL);
	mysql_free_result(result);
	return 0;
}

int fill(struct connection *connection, const char *table, size_t last)
{
	char sql[120];

	snprintf(sql, sizeof(sql), "TRUNCATE %s", table);
	if (run_sql(connection, sql) < 0)
		return bench_failed;
	snprintf(sql, sizeof(sql), "INSERT INTO %s SELECT * FROM item WHERE id <= %zu", table, last);
	return run_sql(connection, sql);
}

/* --- binding: each row when Connector/C writes it, from the caller's struct --------------------------------------- */

static void put_time(MYSQL_TIME *to, int64_t value)
{
	time_t seconds = (time_t)(value / 1000000);
	struct tm civil;

	gmtime_r(&seconds, &civil);
	to->year = (unsigned)civil.tm_year + 1900;
	to->month = (unsigned)civil.tm_mon + 1;
	to->day = (unsigned)civil.tm_mday;
	to->hour = (unsigned)civil.tm_hour;
	to->minute = (unsigned)civil.tm_min;
	to->second = (unsigned)civil.tm_sec;
	to->second_part = (unsigned long)(value % 1000000);
}

static my_bool bind_row(void *data, MYSQL_BIND *binds, unsigned row)
{
	struct writing *writing = &((struct connection *)data)->writing;
	/* Connector/C does not write to a parameter's memory. */
	struct item *item = (struct item *)(uintptr_t)&writing->rows[row];

	if (writing->with_id)
		(binds++)->buffer = &item->id;
	binds[0].buffer = &item->a;
	binds[1].buffer = &item->b;
	binds[2].buffer = &item->c;
	binds[3].buffer = (void *)(uintptr_t)item->name;
	writing->lengths[0] = strlen(item->name);
	binds[4].buffer = (void *)(uintptr_t)(item->note ? item->note : "");
	writing->lengths[1] = item->note ? strlen(item->note) : 0;
	writing->note_indicator = item->note ? STMT_INDICATOR_NONE : STMT_INDICATOR_NULL;
	binds[5].buffer = &item->flag;
	put_time(&writing->at, item->at);
	return 0;
}

static bool bind_item(struct connection *connection, MYSQL_STMT *handle, bool with_id)
{
	struct writing *writing = &connection->writing;
	MYSQL_BIND binds[8] = { { .buffer_type = MYSQL_TYPE_LONGLONG, .u.indicator = &writing->name_indicator } };
	MYSQL_BIND *at = with_id ? binds + 1 : binds;

	at[0].buffer_type = MYSQL_TYPE_LONG;
	at[1].buffer_type = MYSQL_TYPE_LONGLONG;
	at[2].buffer_type = MYSQL_TYPE_DOUBLE;
	at[3].buffer_type = at[4].buffer_type = MYSQL_TYPE_STRING;
	at[3].length = &writing->lengths[0];
	at[4].length = &writing->lengths[1];
	at[5].buffer_type = MYSQL_TYPE_TINY;
	at[6].buffer_type = MYSQL_TYPE_DATETIME;
	at[6].buffer = &writing->at;
	for (size_t i = 0; i < 7; i++)
		at[i].u.indicator = &writing->name_indicator; /* never null */
	at[4].u.indicator = &writing->note_indicator;
	return mysql_stmt_bind_param(handle, binds) == 0;
}

/* --- statements --------------------------------------------------------------------------------------------------- */

static void take_id(void *data, unsigned column, unsigned char **row)
{
	struct writing *writing = &((struct connection *)data)->writing;

	(void)column;
	memcpy(&writing->ids[writing->id_count++], *row, sizeof(int64_t));
	*row += sizeof(int64_t);
}

static const struct {
	const char *text;
	take_column take;
	bool with_id;
} rows_written[] = {
	[INSERT_ENTRY] = { "INSERT INTO entry (a, b, c, name, note, flag, at) VALUES (?, ?, ?, ?, ?, ?, ?)", NULL,
	                   false },
	[INSERT_ENTRIES] = { "INSERT INTO entry (a, b, c, name, note, flag, at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING "
	                     "id",
	                     take_id, false },
	[UPSERT_SLOTS] = { "INSERT INTO slot (id, a, b, c, name, note, flag, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
	                   " ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b), c = VALUES(c), name = VALUES(name),"
	                   " note = VALUES(note), flag = VALUES(flag), at = VALUES(at)",
	                   NULL, true },
};

static MYSQL_STMT *row_statement(struct connection *connection, enum written which)
{
	MYSQL_STMT *handle = connection->writes[which];

	if (handle)
		return handle;
	union {
		my_bool (*function)(void *, MYSQL_BIND *, unsigned);
		void *pointer;
	} hook = { .function = bind_row };
	handle = prepare(connection, rows_written[which].text, rows_written[which].take);
	if (!handle || !bind_item(connection, handle, rows_written[which].with_id))
		return NULL;
	mysql_stmt_attr_set(handle, STMT_ATTR_CB_PARAM, hook.pointer);
	connection->writes[which] = handle;
	return handle;
}

static int write_some(struct connection *connection, enum written which, const struct item *rows, size_t count)
{
	MYSQL_STMT *handle = row_statement(connection, which);
	unsigned size = (unsigned)count;

	if (!handle)
		return bench_failed;
	connection->writing.rows = rows;
	connection->writing.with_id = rows_written[which].with_id;
	mysql_stmt_attr_set(handle, STMT_ATTR_ARRAY_SIZE, &size);
	if (rows_written[which].take)
		return read_rows(handle);
	return mysql_stmt_execute(handle) == 0 ? 0 : statement_failed(handle);
}

/* --- inserts ----------------------------------------------------------------------------------------------------- */

static int insert_some(struct connection *connection, struct item *rows, size_t count)
{
	struct writing *writing = &connection->writing;

	if (!writing->ids)
		writing->ids = bench_allocate(ARRAY_ROWS * sizeof(int64_t));
	writing->id_count = 0;
	if (write_some(connection, INSERT_ENTRIES, rows, count) < 0)
		return bench_failed;
	if (writing->id_count != count)
		return bench_fail("%zu ids for %zu rows", writing->id_count, count);
	for (size_t i = 0; i < count; i++)
		rows[i].id = writing->ids[i];
	return 0;
}

int insert_entries(struct connection *connection, struct item *rows, size_t count)
{
	int result = 0;

	if (count == 1) {
		result = write_some(connection, INSERT_ENTRY, rows, 1);
		rows->id = (int64_t)mysql_insert_id(connection->mysql);
		return result;
	}
	for (size_t done = 0, some; done < count && result >= 0; done += some) {
		some = count - done < ARRAY_ROWS ? count - done : ARRAY_ROWS;
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

static MYSQL_STMT *update_statement(struct connection *connection)
{
	static const char head[] =
		"UPDATE (SELECT ? AS id, ? AS a, ? AS c, CAST(? AS CHAR(100)) AS name UNION ALL VALUES ";
	/* The values first, then each row by its key: left alone, the server reads the whole table. */
	static const char tail[] = ") v STRAIGHT_JOIN entry e ON e.id = v.id SET e.a = v.a, e.c = v.c, e.name = v.name";
	char *text, *end;

	if (connection->writes[UPDATE_ENTRIES])
		return connection->writes[UPDATE_ENTRIES];
	text = bench_allocate(sizeof(head) + sizeof(tail) + (size_t)UPDATE_ROWS * 10);
	end = stpcpy(text, head);
	for (size_t i = 1; i < UPDATE_ROWS; i++)
		end = stpcpy(end, i == 1 ? "(?,?,?,?)" : ",(?,?,?,?)");
	strcpy(end, tail);
	connection->writes[UPDATE_ENTRIES] = prepare(connection, text, NULL);
	free(text);
	return connection->writes[UPDATE_ENTRIES];
}

/* The rows beyond the last are the last one again. */
static int update_some(MYSQL_STMT *handle, MYSQL_BIND *binds, const struct item *rows, size_t count)
{
	for (size_t i = 0; i < UPDATE_ROWS; i++) {
		struct item *row = (struct item *)(uintptr_t)&rows[i < count ? i : count - 1];
		*binds++ = (MYSQL_BIND) { .buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &row->id };
		*binds++ = (MYSQL_BIND) { .buffer_type = MYSQL_TYPE_LONG, .buffer = &row->a };
		*binds++ = (MYSQL_BIND) { .buffer_type = MYSQL_TYPE_DOUBLE, .buffer = &row->c };
		*binds++ = (MYSQL_BIND) { .buffer_type = MYSQL_TYPE_STRING,
			                  .buffer = (void *)(uintptr_t)row->name,
			                  .buffer_length = strlen(row->name) };
	}
	bool fine = mysql_stmt_bind_param(handle, binds - UPDATE_ROWS * 4) == 0 && mysql_stmt_execute(handle) == 0;
	return fine ? 0 : statement_failed(handle);
}

int update_entries(struct connection *connection, const struct item *rows, size_t count)
{
	MYSQL_STMT *handle = update_statement(connection);
	MYSQL_BIND *binds = bench_allocate((size_t)UPDATE_ROWS * 4 * sizeof(*binds));
	int result = handle ? 0 : bench_failed;

	for (size_t done = 0; done < count && result >= 0; done += UPDATE_ROWS) {
		size_t some = count - done < UPDATE_ROWS ? count - done : UPDATE_ROWS;
		result = update_some(handle, binds, rows + done, some);
	}
	free(binds);
	return result;
}

int upsert_slots(struct connection *connection, const struct item *rows, size_t count)
{
	int result = 0;

	for (size_t done = 0, some; done < count && result >= 0; done += some) {
		some = count - done < ARRAY_ROWS ? count - done : ARRAY_ROWS;
		result = write_some(connection, UPSERT_SLOTS, rows + done, some);
	}
	return result;
}
