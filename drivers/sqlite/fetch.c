/*
 * Rows into structs: the path that every read takes for every value.
 *
 * Measured: sqlite3_column_type on each column makes a fetch 1.26 times as slow, because
 * each sqlite3_column_ call looks its value up anew. One sqlite3_column_value and then
 * sqlite3_value_ calls on it give type and content for less than the two lookups. (SQLite
 * calls that value unprotected: its mutex is not held. The connection has none, and one
 * thread uses it.)
 *
 * The values of a row lie side by side, so only the first is looked up and the others are
 * found by their distance. That is how SQLite keeps them, not what it promises: before a
 * statement's rows are read so, the address of each column's value is compared with the
 * one that it would have, and where one differs every value is looked up. It takes a
 * eighth off a row of nine columns, its step included: 1.01 times the instructions of
 * hand-written sqlite3_column_ code that looks at no types, ranges or UTF-8, against 1.16.
 *
 * A value that is stored the usual way is decoded here; everything else goes to the
 * decoders that all drivers share, which also know what is wrong and say so.
 */
#include "../text.h"
#include "internal.h"

#include <float.h>
#include <string.h>

#define KIND_SHARED 0

/* What every value of a row needs beside its way. */
struct row {
	const struct trv_decode *decode;
	void *const *bases;
	struct trv_arena *arena;
	struct trv_error *error;
	uint64_t absent;
};

static int no_memory(const struct row *row)
{
	return trv_error_set(row->error, TRV_ERR_NOMEM, "out of memory");
}

/* A stored value by what it is, whatever the slot expects: the shared decoders. Kept out of the loop's registers. */
__attribute__((noinline)) static int decode_shared(const struct sqlite_way *way, sqlite3_value *value, char *to,
                                                   const struct row *row)
{
	const struct trv_slot *slot = &row->decode->slots[way->column];
	const char *text;

	switch (sqlite3_value_type(value)) {
	case SQLITE_INTEGER:
		return trv_decode_integer(slot, sqlite3_value_int64(value), to, row->arena, row->error);
	case SQLITE_FLOAT:
		return trv_decode_real(slot, sqlite3_value_double(value), to, row->arena, row->error);
	case SQLITE_TEXT:
		text = (const char *)sqlite3_value_text(value);
		if (!text)
			return no_memory(row);
		return trv_decode_text(slot, text, (size_t)sqlite3_value_bytes(value), to, row->arena, row->error);
	default:
		text = sqlite3_value_blob(value);
		return trv_decode_blob(slot, text ? text : "", (size_t)sqlite3_value_bytes(value), to, row->arena,
		                       row->error);
	}
}

static inline int decode_text(const struct sqlite_way *way, sqlite3_value *value, char *to, const struct row *row)
{
	const char *text = (const char *)sqlite3_value_text(value);

	if (!text)
		return no_memory(row);
	size_t size = (size_t)sqlite3_value_bytes(value);
	char *copy = trv_arena_bytes(row->arena, size + 1);
	if (!copy)
		return no_memory(row);
	if (!trv__text_copy(copy, text, size) && !trv_utf8_valid(copy, size))
		return decode_shared(way, value, to, row);
	*(const char **)(void *)to = copy;
	return 0;
}

static int decode_bytes(sqlite3_value *value, char *to, const struct row *row)
{
	const void *data = sqlite3_value_blob(value);
	size_t size = (size_t)sqlite3_value_bytes(value);

	if (!data && size)
		return no_memory(row);
	char *copy = trv_arena_alloc(row->arena, size ? size : 1);
	if (!copy)
		return no_memory(row);
	if (size)
		memcpy(copy, data, size);
	*(struct trv_bytes *)(void *)to = (struct trv_bytes) { copy, size };
	return 0;
}

/* Stored text is compared with each value's; enums are short. */
static int decode_enum(const struct sqlite_way *way, sqlite3_value *value, char *to, const struct row *row)
{
	const struct trv_enum *enumeration = row->decode->slots[way->column].enumeration;
	const char *text = (const char *)sqlite3_value_text(value);
	size_t size = (size_t)sqlite3_value_bytes(value);

	if (!text)
		return no_memory(row);
	for (int32_t i = 0; enumeration && i < enumeration->count; i++) {
		const char *stored = enumeration->values[i].stored;

		if (stored[0] == text[0] && strcmp(stored, text) == 0 && strlen(stored) == size) {
			*(int32_t *)(void *)to = i;
			return 0;
		}
	}
	return decode_shared(way, value, to, row);
}

static int decode_uuid(const struct sqlite_way *way, sqlite3_value *value, char *to, const struct row *row)
{
	if (sqlite3_value_bytes(value) != sizeof(struct trv_uuid))
		return decode_shared(way, value, to, row);
	const void *data = sqlite3_value_blob(value);
	if (!data)
		return no_memory(row);
	memcpy(to, data, sizeof(struct trv_uuid));
	return 0;
}

/* A double that is a float too; others are the shared decoder's to judge. */
static bool decode_float32(double value, char *to)
{
	if (!(value >= -(double)FLT_MAX && value <= (double)FLT_MAX))
		return false;
	*(float *)(void *)to = (float)value;
	return (double)(float)value == value;
}

/* As what SQLite stores the values of a kind, the usual way. */
static const uint8_t stored_types[] = {
	[TRV_BOOL] = SQLITE_INTEGER,  [TRV_INT16] = SQLITE_INTEGER, [TRV_INT32] = SQLITE_INTEGER,
	[TRV_INT64] = SQLITE_INTEGER, [TRV_FLOAT32] = SQLITE_FLOAT, [TRV_FLOAT64] = SQLITE_FLOAT,
	[TRV_TEXT] = SQLITE_TEXT,     [TRV_BYTES] = SQLITE_BLOB,    [TRV_UUID] = SQLITE_BLOB,
	[TRV_ENUM] = SQLITE_TEXT,
};

static uint8_t kind_of(const struct trv_slot *slot)
{
	bool usual = slot->storage == TRV_STORE_DEFAULT ||
	             (slot->storage == TRV_STORE_MICROS && slot->type == TRV_TIMESTAMP);

	if (!usual)
		return KIND_SHARED;
	switch (slot->type) {
	case TRV_TIMESTAMP:
		return TRV_INT64;
	case TRV_DATE:
		return TRV_INT32;
	case TRV_JSON:
		return TRV_TEXT;
	default:
		return slot->type;
	}
}

static int make_room(struct sqlite_statement *statement, size_t count, struct trv_error *error)
{
	const struct trv_allocator *allocator = sqlite_of(statement)->allocator;

	if (count <= statement->way_room)
		return 0;
	/* SQLite has 32767 result columns at most. */
	struct sqlite_way *ways = trv_resize(allocator, statement->ways, count * sizeof(*ways));
	if (!ways)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	statement->ways = ways;
	statement->way_room = count;
	return 0;
}

int trv__sqlite_plan_ways(struct sqlite_statement *statement, const struct trv_decode *decode, struct trv_error *error)
{
	int r = make_room(statement, decode->count, error);
	if (r < 0)
		return r;
	struct sqlite_way *way = statement->ways;
	for (size_t i = 0; i < decode->count; i++) {
		const struct trv_slot *slot = &decode->slots[i];

		if (slot->type == 0)
			continue;
		uint8_t kind = kind_of(slot);

		*way++ = (struct sqlite_way) {
			.kind = kind,
			.stored = stored_types[kind],
			.base = slot->base,
			.column = (uint16_t)i,
			.offset = slot->offset,
			.has_offset = slot->has_offset,
		};
	}
	statement->way_count = (size_t)(way - statement->ways);
	statement->measured = false;
	return 0;
}

static int decode_null(const struct sqlite_way *way, char *base, struct row *row)
{
	const struct trv_slot *slot = &row->decode->slots[way->column];
	uint64_t bit = UINT64_C(1) << slot->base;

	if (slot->flags & TRV_SLOT_PRESENCE)
		row->absent |= bit;
	return row->absent & bit ? 0 : trv_decode_null(slot, base, row->error);
}

/* What is not stored as it usually is: null, or the shared decoders'. Kept out of the loop's registers. */
__attribute__((noinline)) static int decode_other(const struct sqlite_way *way, sqlite3_value *value, int stored,
                                                  char *base, struct row *row)
{
	if (stored == SQLITE_NULL)
		return decode_null(way, base, row);
	if (way->has_offset)
		*(bool *)(base + way->has_offset) = true;
	return decode_shared(way, value, base + way->offset, row);
}

/* One value of the stored type that is expected. */
static inline int decode_value(const struct sqlite_way *way, sqlite3_value *value, char *to, const struct row *row)
{
	int64_t integer;

	switch (way->kind) {
	case TRV_INT64:
		*(int64_t *)(void *)to = sqlite3_value_int64(value);
		return 0;
	case TRV_INT32:
		integer = sqlite3_value_int64(value);
		if (integer != (int32_t)integer)
			break;
		*(int32_t *)(void *)to = (int32_t)integer;
		return 0;
	case TRV_INT16:
		integer = sqlite3_value_int64(value);
		if (integer != (int16_t)integer)
			break;
		*(int16_t *)(void *)to = (int16_t)integer;
		return 0;
	case TRV_BOOL:
		integer = sqlite3_value_int64(value);
		if ((integer & ~INT64_C(1)) != 0)
			break;
		*(bool *)to = integer != 0;
		return 0;
	case TRV_FLOAT64:
		*(double *)(void *)to = sqlite3_value_double(value);
		return 0;
	case TRV_FLOAT32:
		if (!decode_float32(sqlite3_value_double(value), to))
			break;
		return 0;
	case TRV_TEXT:
		return decode_text(way, value, to, row);
	case TRV_ENUM:
		return decode_enum(way, value, to, row);
	case TRV_BYTES:
		return decode_bytes(value, to, row);
	case TRV_UUID:
		return decode_uuid(way, value, to, row);
	default:
		__builtin_unreachable(); /* what has a stored type has a case */
	}
	return decode_shared(way, value, to, row);
}

__attribute__((always_inline)) static inline int decode_cell(const struct sqlite_way *way, sqlite3_value *value,
                                                             char *base, struct row *row)
{
	int stored = sqlite3_value_type(value);

	if (stored != way->stored)
		return decode_other(way, value, stored, base, row);
	if (way->has_offset)
		*(bool *)(base + way->has_offset) = true;
	return decode_value(way, value, base + way->offset, row);
}

/* Each value looked up: its place says nothing about that of another. */
static int decode_apart(const struct sqlite_statement *statement, struct row *row)
{
	const struct sqlite_way *end = statement->ways + statement->way_count;
	int r = 1;

	for (const struct sqlite_way *way = statement->ways; way < end && r >= 0; way++)
		r = decode_cell(way, sqlite3_column_value(statement->handle, way->column), row->bases[way->base], row);
	return r < 0 ? r : 1;
}

static inline int decode_row(const struct sqlite_statement *statement, struct row *row)
{
	const struct sqlite_way *way = statement->ways;
	const struct sqlite_way *end = way + statement->way_count;

	if (!statement->even)
		return decode_apart(statement, row);
	char *first = (char *)sqlite3_column_value(statement->handle, 0);
	void *const *bases = row->bases;
	for (; way < end; way++) {
		sqlite3_value *value = (sqlite3_value *)(void *)(first + way->distance);
		int r = decode_cell(way, value, bases[way->base], row);

		if (r < 0)
			return r;
	}
	return 1;
}

/* Whether the values of this row are evenly apart: then each is found by its distance from the first. */
static void measure(struct sqlite_statement *statement)
{
	sqlite3_stmt *handle = statement->handle;
	int count = sqlite3_data_count(handle);
	uintptr_t first = (uintptr_t)sqlite3_column_value(handle, 0);
	size_t stride = count > 1 ? (uintptr_t)sqlite3_column_value(handle, 1) - first : 0;

	statement->measured = true;
	statement->even = true;
	for (int i = 2; i < count; i++)
		if ((uintptr_t)sqlite3_column_value(handle, i) != first + stride * (size_t)i)
			statement->even = false;
	for (size_t i = 0; i < statement->way_count; i++)
		statement->ways[i].distance = stride * statement->ways[i].column;
}

int trv__sqlite_fetch(struct trv_statement *base, const struct trv_decode *decode, void *const *bases,
                      struct trv_arena *arena, uint64_t *absent, struct trv_error *error)
{
	struct sqlite_statement *statement = (struct sqlite_statement *)base;
	struct sqlite_connection *connection = sqlite_of(statement);

	if (!statement->running)
		return 0;
	if (decode != statement->decode)
		return trv_error_set(error, TRV_ERR_MISUSE, "the decode table is not the one of the execute");
	if (statement->waiting) {
		if (!statement->measured)
			measure(statement);
	} else {
		connection->deadline = statement->span ? 0 : statement->deadline;
		connection->span = statement->span;
		int native = sqlite3_step(statement->handle);

		if (native != SQLITE_ROW) {
			statement->running = false;
			if (native != SQLITE_DONE)
				return trv__sqlite_fail(connection, native, error);
			trv__sqlite_complete(statement);
			sqlite_settle(connection);
			return 0;
		}
	}
	statement->waiting = false;
	struct row row = { decode, bases, arena, error, 0 };
	int r = decode_row(statement, &row);
	if (r > 0)
		*absent = row.absent;
	return r;
}
