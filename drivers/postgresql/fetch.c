/*
 * Rows into structs, straight from libpq's buffers.
 */
#include "internal.h"

#define FINISH_NANOSECONDS (UINT64_C(2) * 1000000000)

/* --- streams --------------------------------------------------------------------------- */

/* The reader takes the time it likes between two rows. */
static void start_wait(struct pg_statement *statement)
{
	if (statement->span)
		statement->deadline = trv_monotonic() + statement->span;
}

static void end_stream(struct pg_statement *statement)
{
	struct pg_connection *connection = pg_owner(statement);

	connection->streaming = NULL;
	trv__pg_leave(connection, statement->deadline);
}

/* The last result of a stream has no rows and says how many there were. */
static int take_last(struct pg_statement *statement, PGresult *result)
{
	statement->outcome->affected = trv__pg_affected(result);
	PQclear(result);
	start_wait(statement);
	trv__pg_answer_rest(pg_owner(statement), statement->deadline);
	end_stream(statement);
	return 0;
}

static int fail_stream(struct pg_statement *statement, PGresult *result, struct trv_error *error)
{
	struct pg_connection *connection = pg_owner(statement);
	int r = result ? trv__pg_error(connection, result, error) : trv__pg_refused(connection, error);

	PQclear(result);
	start_wait(statement);
	trv__pg_answer_rest(connection, statement->deadline);
	end_stream(statement);
	return r;
}

/* 1: a row arrived; 0: there are no more. */
static int next_of_stream(struct pg_statement *statement, struct trv_error *error)
{
	PGresult *result = NULL;

	PQclear(statement->rows);
	statement->rows = NULL;
	if (PQisBusy(pg_owner(statement)->pq))
		start_wait(statement);
	int r = trv__pg_next(pg_owner(statement), statement->deadline, &result, error);
	if (r < 0) {
		end_stream(statement);
		return r;
	}
	if (!result || trv__pg_failed(result))
		return fail_stream(statement, result, error);
	if (PQntuples(result) == 0)
		return take_last(statement, result);
	statement->rows = result;
	statement->row = 0;
	statement->row_count = PQntuples(result);
	return 1;
}

/*
 * What was not read is still on its way. Outside a transaction the server is told to
 * stop; inside one that would fail the transaction, so the rows are read and dropped.
 */
static void stop_stream(struct pg_statement *statement)
{
	struct pg_connection *connection = pg_owner(statement);
	uint64_t deadline = trv_monotonic() + FINISH_NANOSECONDS;

	start_wait(statement);
	if (!connection->base.in_transaction)
		trv__pg_gate_abandon(connection->gate);
	else if (statement->deadline)
		deadline = statement->deadline;
	trv__pg_answer_rest(connection, deadline);
	connection->streaming = NULL;
	trv__pg_leave(connection, deadline);
}

void trv__pg_finish(struct trv_statement *base)
{
	struct pg_statement *statement = pg_statement_of(base);

	PQclear(statement->rows);
	statement->rows = NULL;
	statement->row_count = 0;
	statement->row = 0;
	if (pg_owner(statement)->streaming == statement)
		stop_stream(statement);
}

/* --- rows ------------------------------------------------------------------------------ */

static int decode_null(const struct trv_slot *slot, char *base, uint64_t *absent, struct trv_error *error)
{
	if (slot->flags & TRV_SLOT_PRESENCE)
		*absent |= UINT64_C(1) << slot->base;
	return trv_decode_null(slot, base, error);
}

static int decode_row(const struct pg_statement *statement, const struct trv_decode *decode, void *const *bases,
                      struct trv_arena *arena, uint64_t *absent, struct trv_error *error)
{
	const PGresult *rows = statement->rows;
	int row = statement->row;
	int r = 0;

	*absent = 0;
	for (size_t i = 0; r >= 0 && i < decode->count; i++) {
		const struct trv_slot *slot = &decode->slots[i];
		pg_decoder *decoder = statement->decoders[i];

		if (!decoder)
			continue;
		char *base = bases[slot->base];
		int size = PQgetlength(rows, row, (int)i);
		if (size == 0 && PQgetisnull(rows, row, (int)i)) {
			r = decode_null(slot, base, absent, error);
			continue;
		}
		r = decoder(slot, PQgetvalue(rows, row, (int)i), (size_t)size, base + slot->offset, arena, error);
		if (slot->has_offset)
			*(bool *)(base + slot->has_offset) = true;
	}
	return r < 0 ? r : 1;
}

int trv__pg_fetch(struct trv_statement *base, const struct trv_decode *decode, void *const *bases,
                  struct trv_arena *arena, uint64_t *absent, struct trv_error *error)
{
	struct pg_statement *statement = pg_statement_of(base);

	if (statement->row >= statement->row_count) {
		if (pg_owner(statement)->streaming != statement)
			return 0;
		int r = next_of_stream(statement, error);
		if (r <= 0) {
			statement->row = statement->row_count = 0;
			return r;
		}
	}
	if (statement->planned != decode)
		return trv_error_set(error, TRV_ERR_MISUSE, "the rows are of another decode table");
	int r = decode_row(statement, decode, bases, arena, absent, error);
	statement->row++;
	return r;
}
