/*
 * Rows into structs, straight from libpq's buffers.
 */
#include "internal.h"
#include "wire.h"

void trv__pg_finish(struct trv_statement *base)
{
	struct pg_statement *statement = pg_statement_of(base);

	PQclear(statement->rows);
	statement->rows = NULL;
	statement->row_count = 0;
	statement->row = 0;
	if (pg_owner(statement)->streaming == statement)
		trv__pg_stream_stop(statement);
	PQfreemem(statement->piece);
	statement->piece = NULL;
}

/* Where a row goes. */
struct row {
	void *const *bases;
	struct trv_arena *arena;
	uint64_t *absent;
	struct trv_error *error;
};

static int decode_null(const struct row *row, const struct trv_slot *slot)
{
	if (slot->flags & TRV_SLOT_PRESENCE)
		*row->absent |= UINT64_C(1) << slot->base;
	return trv_decode_null(slot, row->bases[slot->base], row->error);
}

/* True: it was of the usual size and in range. Else its decoder says what is wrong, or does it. */
static inline __attribute__((always_inline)) bool decode_here(const struct row *row, const struct pg_step *step,
                                                              const char *value, size_t size, void *to)
{
	int64_t time;
	char *copy;

	switch (step->kind) {
	case PG_STEP_BOOL:
		*(bool *)to = *value != 0;
		return size == 1;
	case PG_STEP_32:
		if (size != sizeof(uint32_t))
			return false;
		wire_copy32(to, value);
		return true;
	case PG_STEP_64:
		if (size != sizeof(uint64_t))
			return false;
		wire_copy64(to, value);
		return true;
	case PG_STEP_TIMESTAMP:
		time = size == sizeof(time) ? (int64_t)wire_get64(value) : INT64_MAX;
		return time != INT64_MIN && !__builtin_add_overflow(time, WIRE_EPOCH_MICROSECONDS, (int64_t *)to);
	case PG_STEP_TEXT:
		copy = trv_arena_bytes(row->arena, size + 1);
		if (!copy)
			return false;
		memcpy(copy, value, size);
		copy[size] = '\0';
		*(const char **)to = copy;
		return true;
	default:
		return false;
	}
}

static inline __attribute__((always_inline)) int decode_value(const struct row *row, const struct pg_step *step,
                                                              const char *value, size_t size)
{
	char *base = row->bases[step->base];
	void *to = base + step->offset;

	if (step->has_offset)
		*(bool *)(base + step->has_offset) = true;
	if (decode_here(row, step, value, size, to))
		return 0;
	return step->decoder(step->slot, value, size, to, row->arena, row->error);
}

static int decode_row(const struct pg_statement *statement, const struct row *row)
{
	const PGresult *rows = statement->rows;
	const struct pg_step *step = statement->steps, *last = step + statement->planned->count;
	int number = statement->row;

	for (int i = 0; step < last; step++, i++) {
		int size, r;

		if (!step->decoder)
			continue;
		size = PQgetlength(rows, number, i);
		if (size == 0 && PQgetisnull(rows, number, i))
			r = decode_null(row, step->slot);
		else
			r = decode_value(row, step, PQgetvalue(rows, number, i), (size_t)size);
		if (r < 0)
			return r;
	}
	return 1;
}

static int refuse_fields(const struct row *row)
{
	return trv_error_set(row->error, TRV_ERR_DATA, "a row of COPY is shorter than its values");
}

/* Of COPY: each value has its length before it, and a null has none: its length is the largest. */
static int decode_fields(const struct pg_statement *statement, const struct row *row)
{
	const char *at = statement->fields;
	const struct pg_step *step = statement->steps, *last = step + statement->planned->count;
	size_t left = (size_t)(statement->fields_end - at);

	for (; step < last; step++) {
		int r = 0;

		if (left < sizeof(uint32_t))
			return refuse_fields(row);
		uint32_t size = wire_get32(at);
		const char *value = at + sizeof(size);
		left -= sizeof(size);
		at = value;
		if (size <= left) {
			at += size;
			left -= size;
			if (step->decoder)
				r = decode_value(row, step, value, size);
		} else if (size != UINT32_MAX) {
			return refuse_fields(row);
		} else if (step->decoder) {
			r = decode_null(row, step->slot);
		}
		if (r < 0)
			return r;
	}
	return 1;
}

int trv__pg_fetch(struct trv_statement *base, const struct trv_decode *decode, void *const *bases,
                  struct trv_arena *arena, uint64_t *absent, struct trv_error *error)
{
	struct pg_statement *statement = pg_statement_of(base);

	bool copied = false;

	if (statement->row >= statement->row_count) {
		if (pg_owner(statement)->streaming != statement)
			return 0;
		copied = pg_owner(statement)->copying;
		int r = trv__pg_stream_next(statement, error);
		if (r <= 0) {
			statement->row = statement->row_count = 0;
			return r;
		}
	}
	if (statement->planned != decode)
		return trv_error_set(error, TRV_ERR_MISUSE, "the rows are of another decode table");
	const struct row row = { bases, arena, absent, error };
	*absent = 0;
	if (copied)
		return decode_fields(statement, &row);
	int r = decode_row(statement, &row);
	statement->row++;
	return r;
}
