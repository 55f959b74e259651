/*
 * One statement, many rows of parameters: a pipeline of executes, in one implicit
 * transaction. The rows that they return are gathered in one result, so that fetch sees
 * them in order and no execute costs a result's worth of memory.
 *
 * Writes that can be said with arrays (INSERT ... SELECT FROM unnest($1, $2)) do not come
 * here: they are one execute with array parameters, and faster still.
 */
#include "internal.h"

#define ROWS_BETWEEN_FLUSHES 64 /* so that what libpq holds back stays small */

struct gathering {
	struct pg_statement *statement;
	const struct trv_request *request;
	PGresult *rows; /* of all executes so far */
	uint64_t affected;
};

static int append_rows(PGresult *to, const PGresult *from, struct trv_error *error)
{
	int columns = PQnfields(from);

	for (int row = 0; row < PQntuples(from); row++) {
		int at = PQntuples(to);

		for (int i = 0; i < columns; i++) {
			int size = PQgetisnull(from, row, i) ? -1 : PQgetlength(from, row, i);

			if (!PQsetvalue(to, at, i, size < 0 ? NULL : PQgetvalue(from, row, i), size))
				return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
		}
	}
	return 0;
}

static int take_row(void *argument, size_t index, PGresult *result, struct trv_error *error)
{
	struct gathering *gathering = argument;
	int r = 0;

	(void)index;
	gathering->affected += trv__pg_affected(result);
	if (!gathering->request->decode) {
		PQclear(result);
	} else if (!gathering->rows) {
		gathering->rows = result;
	} else {
		r = append_rows(gathering->rows, result, error);
		PQclear(result);
	}
	return r;
}

/* All rows are encoded once before any is sent: what cannot be said must not stop the pipeline half-way. */
static int check_rows(struct pg_statement *statement, const struct trv_request *request, struct trv_error *error)
{
	int r = 0;

	for (size_t row = 0; r == 0 && row < request->rows; row++)
		r = trv__pg_bind(statement, request, row, error);
	return r;
}

static int send_rows(struct pg_statement *statement, const struct trv_request *request, struct trv_error *error)
{
	int r = 0;

	for (size_t row = 0; r == 0 && row < request->rows; row++) {
		r = trv__pg_bind(statement, request, row, error);
		if (r == 0)
			r = trv__pg_send(statement, request->bind_count, error);
		if (r == 0 && row % ROWS_BETWEEN_FLUSHES == ROWS_BETWEEN_FLUSHES - 1)
			r = trv__pg_flush(pg_owner(statement), request->deadline, error);
	}
	return r;
}

int trv__pg_bulk(struct pg_statement *statement, const struct trv_request *request, struct trv_outcome *outcome,
                 PGresult **failed, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	struct gathering gathering = { statement, request, NULL, 0 };
	int r = check_rows(statement, request, error);

	if (r == 0)
		r = trv__pg_pipeline_begin(connection, true, error);
	if (r < 0)
		return r;
	r = send_rows(statement, request, error);
	r = trv__pg_pipeline_end(connection, r, request->rows, take_row, &gathering, request->deadline, failed, error);
	if (r < 0) {
		PQclear(gathering.rows);
		return r;
	}
	if (gathering.rows)
		r = trv__pg_keep(statement, request, gathering.rows, outcome, error);
	*outcome = (struct trv_outcome) { .affected = gathering.affected };
	return r;
}
