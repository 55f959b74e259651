#include "postgresql_best.h"

#include <stdio.h>

#define COPY_ROWS 1000 /* from so many on COPY is faster, though it takes more round trips */

static int run_sql(struct connection *connection, const char *sql)
{
	PGresult *result = PQexec(connection->pg, sql);
	bool fine = PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;

	PQclear(result);
	return fine ? 0 : connection_failed(connection);
}

int written(struct connection *connection, const char *sql, uint64_t *checksum)
{
	PGresult *result = PQexec(connection->pg, sql);
	double sum = 0;

	if (PQntuples(result) != 1 || sscanf(PQgetvalue(result, 0, 0), "%lf", &sum) != 1)
		return connection_failed(connection);
	PQclear(result);
	*checksum += (uint64_t)sum;
	return 0;
}

int fill(struct connection *connection, const char *table, size_t last)
{
	char sql[160];

	snprintf(sql, sizeof(sql), "TRUNCATE %s RESTART IDENTITY; INSERT INTO %s SELECT * FROM item WHERE id <= %zu",
	         table, table, last);
	return run_sql(connection, sql);
}

/* --- columns as arrays ------------------------------------------------------------------------------------------- */

static void put_text(struct buffer *buffer, const char *text)
{
	if (!text) {
		put32(buffer, UINT32_MAX);
		return;
	}
	size_t length = strlen(text);
	buffer_need(buffer, buffer->size + length + 4);
	put32(buffer, (uint32_t)length);
	memcpy(buffer->data + buffer->size, text, length);
	buffer->size += length;
}

static void put_double(struct buffer *buffer, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	put64(buffer, bits);
}

enum column {
	COLUMN_ID,
	COLUMN_A,
	COLUMN_B,
	COLUMN_C,
	COLUMN_NAME,
	COLUMN_NOTE,
	COLUMN_FLAG,
	COLUMN_AT
};

static const struct {
	uint32_t type, size;
} columns[] = {
	{ OID_INT8, 8 }, { OID_INT4, 4 }, { OID_INT8, 8 }, { OID_FLOAT8, 8 },
	{ OID_TEXT, 0 }, { OID_TEXT, 0 }, { OID_BOOL, 1 }, { OID_TIMESTAMPTZ, 8 },
};

/* One value with its length before it. There is room for it, but for texts, which make their own. */
static inline __attribute__((always_inline)) void put_value(struct buffer *buffer, enum column column,
                                                            const struct item *row)
{
	if (columns[column].size)
		put32(buffer, columns[column].size);
	switch (column) {
	case COLUMN_ID:
		put64(buffer, (uint64_t)row->id);
		break;
	case COLUMN_A:
		put32(buffer, (uint32_t)row->a);
		break;
	case COLUMN_B:
		put64(buffer, (uint64_t)row->b);
		break;
	case COLUMN_C:
		put_double(buffer, row->c);
		break;
	case COLUMN_NAME:
		put_text(buffer, row->name);
		break;
	case COLUMN_NOTE:
		put_text(buffer, row->note);
		break;
	case COLUMN_FLAG:
		buffer->data[buffer->size++] = (char)row->flag;
		break;
	case COLUMN_AT:
		put64(buffer, (uint64_t)(row->at - SINCE_2000));
		break;
	}
}

static inline __attribute__((always_inline)) void put_column(struct buffer *buffer, enum column column,
                                                             const struct item *rows, size_t count)
{
	buffer_need(buffer, buffer->size + 20 + count * 12);
	put_array(buffer, columns[column].type, count);
	for (size_t i = 0; i < count; i++) {
		/* What texts take beyond this they ask for; what is still to come must fit as well. */
		put_value(buffer, column, &rows[i]);
		if (!columns[column].size)
			buffer_need(buffer, buffer->size + (count - i) * 12);
	}
}

/* A function for each column, so that its loop has no branches by type. */
static void put_array_of(struct buffer *buffer, enum column column, const struct item *rows, size_t count)
{
	switch (column) {
	case COLUMN_ID:
		put_column(buffer, COLUMN_ID, rows, count);
		break;
	case COLUMN_A:
		put_column(buffer, COLUMN_A, rows, count);
		break;
	case COLUMN_B:
		put_column(buffer, COLUMN_B, rows, count);
		break;
	case COLUMN_C:
		put_column(buffer, COLUMN_C, rows, count);
		break;
	case COLUMN_NAME:
		put_column(buffer, COLUMN_NAME, rows, count);
		break;
	case COLUMN_NOTE:
		put_column(buffer, COLUMN_NOTE, rows, count);
		break;
	case COLUMN_FLAG:
		put_column(buffer, COLUMN_FLAG, rows, count);
		break;
	case COLUMN_AT:
		put_column(buffer, COLUMN_AT, rows, count);
		break;
	}
}

/* All of them lie in the connection's buffer, one behind the other. */
static struct parameters arrays_of(struct connection *connection, const enum column *which, int count,
                                   const struct item *rows, size_t row_count)
{
	struct parameters parameters = { .count = count };
	struct buffer *buffer = &connection->buffer;
	size_t starts[MOST_PARAMETERS];

	buffer->size = 0;
	for (int i = 0; i < count; i++) {
		starts[i] = buffer->size;
		put_array_of(buffer, which[i], rows, row_count);
		parameters.lengths[i] = (int)(buffer->size - starts[i]);
	}
	for (int i = 0; i < count; i++)
		parameters.values[i] = buffer->data + starts[i];
	return parameters;
}

/* --- inserts ----------------------------------------------------------------------------------------------------- */

static const enum column inserted[] = {
	COLUMN_A, COLUMN_B, COLUMN_C, COLUMN_NAME, COLUMN_NOTE, COLUMN_FLAG, COLUMN_AT
};

static void add_text(struct parameters *parameters, const char *text)
{
	int i = parameters->count++;

	parameters->values[i] = text;
	parameters->lengths[i] = text ? (int)strlen(text) : 0;
}

static void one_row(struct parameters *parameters, const struct item *row)
{
	int64_t bits;

	memcpy(&bits, &row->c, sizeof(bits));
	parameters->count = 0;
	add_int32(parameters, row->a);
	add_int64(parameters, row->b);
	add_int64(parameters, bits);
	add_text(parameters, row->name);
	add_text(parameters, row->note);
	add_int32(parameters, row->flag ? 1 << 24 : 0); /* its first byte */
	parameters->lengths[parameters->count - 1] = 1;
	add_int64(parameters, row->at - SINCE_2000);
}

static int take_ids(PGresult *result, struct item *rows, size_t count)
{
	if (!result)
		return bench_failed;
	for (size_t i = 0; i < count; i++)
		rows[i].id = (int64_t)take64(PQgetvalue(result, (int)i, 0));
	PQclear(result);
	return 0;
}

static int insert_one(struct connection *connection, struct item *row)
{
	struct parameters parameters;

	one_row(&parameters, row);
	return take_ids(run_prepared(connection, INSERT_ENTRY, &parameters, PGRES_TUPLES_OK), row, 1);
}

static int insert_some(struct connection *connection, struct item *rows, size_t count)
{
	struct parameters parameters = arrays_of(connection, inserted, BENCH_COUNT(inserted), rows, count);

	return take_ids(run_prepared(connection, INSERT_ENTRIES, &parameters, PGRES_TUPLES_OK), rows, count);
}

/* COPY tells no ids, so they are taken from the sequence before: as one array, in one row. */
static int reserve_ids(struct connection *connection, struct item *rows, size_t count)
{
	struct parameters parameters = { .count = 0 };

	add_int64(&parameters, (int64_t)count);
	PGresult *result = run_prepared(connection, NEXT_IDS, &parameters, PGRES_TUPLES_OK);
	if (!result)
		return bench_failed;
	const char *element = PQgetvalue(result, 0, 0) + 20;
	for (size_t i = 0; i < count; i++, element += 12)
		rows[i].id = (int64_t)take64(element + 4);
	PQclear(result);
	return 0;
}

static int put_rows(struct connection *connection, const struct item *rows, size_t count)
{
	struct buffer *buffer = &connection->buffer;

	buffer->size = 0;
	buffer_need(buffer, 65536);
	memcpy(buffer->data, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
	buffer->size = 19;
	for (size_t i = 0; i < count; i++) {
		buffer_need(buffer, buffer->size + 512);
		put16(buffer, 8);
		for (enum column column = COLUMN_ID; column <= COLUMN_AT; column++)
			put_value(buffer, column, &rows[i]);
		if (buffer->size < 60000)
			continue;
		if (PQputCopyData(connection->pg, buffer->data, (int)buffer->size) != 1)
			return connection_failed(connection);
		buffer->size = 0;
	}
	put16(buffer, UINT16_MAX);
	bool fine = PQputCopyData(connection->pg, buffer->data, (int)buffer->size) == 1 &&
	            PQputCopyEnd(connection->pg, NULL) == 1;
	return fine ? 0 : connection_failed(connection);
}

static int copy_rows(struct connection *connection, struct item *rows, size_t count)
{
	if (reserve_ids(connection, rows, count) < 0)
		return bench_failed;
	PQclear(PQexec(connection->pg, "COPY entry (id, a, b, c, name, note, flag, at) FROM STDIN (FORMAT binary)"));
	if (put_rows(connection, rows, count) < 0)
		return bench_failed;
	PGresult *result = receive(connection, PGRES_COMMAND_OK);
	PQclear(result);
	return result ? finish(connection) : bench_failed;
}

int insert_entries(struct connection *connection, struct item *rows, size_t count)
{
	if (count == 1)
		return insert_one(connection, rows);
	if (count < COPY_ROWS)
		return insert_some(connection, rows, count);
	return copy_rows(connection, rows, count);
}

/* All three in one round trip. */
int insert_transaction(struct connection *connection, struct item *row)
{
	struct parameters parameters;

	if (need(connection, BEGIN_WRITE) < 0 || need(connection, INSERT_ENTRY) < 0 || need(connection, COMMIT) < 0)
		return bench_failed;
	one_row(&parameters, row);
	PQenterPipelineMode(connection->pg);
	if (send_prepared(connection, BEGIN_WRITE, NULL) < 0 ||
	    send_prepared(connection, INSERT_ENTRY, &parameters) < 0 || send_prepared(connection, COMMIT, NULL) < 0)
		return bench_failed;
	PQpipelineSync(connection->pg);
	PQclear(receive(connection, PGRES_COMMAND_OK));
	PQclear(PQgetResult(connection->pg));
	int result = take_ids(receive(connection, PGRES_TUPLES_OK), row, 1);
	PQclear(PQgetResult(connection->pg));
	PQclear(receive(connection, PGRES_COMMAND_OK));
	PQclear(PQgetResult(connection->pg));
	PQclear(receive(connection, PGRES_PIPELINE_SYNC));
	PQexitPipelineMode(connection->pg);
	return result;
}

/* --- updates and upserts --------------------------------------------------------------------------------------- */

int update_entries(struct connection *connection, const struct item *rows, size_t count)
{
	static const enum column which[] = { COLUMN_ID, COLUMN_A, COLUMN_C, COLUMN_NAME };
	struct parameters parameters = arrays_of(connection, which, BENCH_COUNT(which), rows, count);
	PGresult *result = run_prepared(connection, UPDATE_ENTRIES, &parameters, PGRES_COMMAND_OK);

	PQclear(result);
	return result ? 0 : bench_failed;
}

int upsert_slots(struct connection *connection, const struct item *rows, size_t count)
{
	static const enum column which[] = { COLUMN_ID,   COLUMN_A,    COLUMN_B,    COLUMN_C,
		                             COLUMN_NAME, COLUMN_NOTE, COLUMN_FLAG, COLUMN_AT };
	struct parameters parameters = arrays_of(connection, which, BENCH_COUNT(which), rows, count);
	PGresult *result = run_prepared(connection, UPSERT_SLOTS, &parameters, PGRES_COMMAND_OK);

	PQclear(result);
	return result ? 0 : bench_failed;
}
