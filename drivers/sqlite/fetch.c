/*
 * Rows into structs: the path that every read takes for every value.
 *
 * Measured: sqlite3_column_type on each column makes a fetch 1.26 times as slow, because
 * each sqlite3_column_ call looks its value up anew. One sqlite3_column_value and then
 * sqlite3_value_ calls on it give type and content for less than the two lookups. (SQLite
 * calls that value unprotected: its mutex is not held. The connection has none, and one
 * thread uses it.)
 *
 * A value that is stored the usual way is decoded here; everything else goes to the
 * decoders that all drivers share, which also know what is wrong and say so.
 */
#include "internal.h"
#include <float.h>
#include <string.h>

/* A word whose bytes are all ASCII and none NUL, which needs no further look. */
static inline bool plain(uint64_t word)
{
	const uint64_t low = UINT64_C(0x0101010101010101), high = low << 7;

	return ((word | (word - low)) & high) == 0;
}

/*
 * Copies text of `size` bytes and a NUL into the arena and sees, word by word on the
 * way, whether it is ASCII without NUL. `*plain_text` is false where it must be checked.
 */
static inline char *copy_text(struct trv_arena *arena, const char *text, size_t size, bool *plain_text)
{
	char *copy = trv_arena_bytes(arena, size + 1);
	uint64_t word = 0;
	size_t at = 0;

	if (!copy)
		return NULL;
	bool good = true;
	for (; size - at >= 8; at += 8) {
		memcpy(&word, text + at, 8);
		memcpy(copy + at, &word, 8);
		good &= plain(word);
	}
	for (; at < size; at++) {
		copy[at] = text[at];
		good &= copy[at] > 0;
	}
	copy[size] = '\0';
	*plain_text = good;
	return copy;
}

/* A stored value by what it is, whatever the slot expects: the shared decoders. */
static int decode_other(const struct trv_slot *slot, sqlite3_value *value, char *to, struct trv_arena *arena,
                        struct trv_error *error)
{
	const char *text;

	switch (sqlite3_value_type(value)) {
	case SQLITE_INTEGER:
		return trv_decode_integer(slot, sqlite3_value_int64(value), to, arena, error);
	case SQLITE_FLOAT:
		return trv_decode_real(slot, sqlite3_value_double(value), to, arena, error);
	case SQLITE_TEXT:
		text = (const char *)sqlite3_value_text(value);
		if (!text)
			return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
		return trv_decode_text(slot, text, (size_t)sqlite3_value_bytes(value), to, arena, error);
	default:
		text = sqlite3_value_blob(value);
		return trv_decode_blob(slot, text ? text : "", (size_t)sqlite3_value_bytes(value), to, arena, error);
	}
}

static int decode_text(const struct trv_slot *slot, sqlite3_value *value, char *to, struct trv_arena *arena,
                       struct trv_error *error)
{
	const char *text = (const char *)sqlite3_value_text(value);
	bool plain_text;

	if (!text)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	size_t size = (size_t)sqlite3_value_bytes(value);
	char *copy = copy_text(arena, text, size, &plain_text);
	if (!copy)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	if (!plain_text && !trv_utf8_valid(copy, size))
		return trv_decode_text(slot, copy, size, to, arena, error);
	*(const char **)(void *)to = copy;
	return 0;
}

static int decode_bytes(sqlite3_value *value, char *to, struct trv_arena *arena, struct trv_error *error)
{
	const void *data = sqlite3_value_blob(value);
	size_t size = (size_t)sqlite3_value_bytes(value);

	if (!data && size)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	char *copy = trv_arena_alloc(arena, size ? size : 1);
	if (!copy)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	if (size)
		memcpy(copy, data, size);
	*(struct trv_bytes *)(void *)to = (struct trv_bytes) { copy, size };
	return 0;
}

/* Stored text is compared with each value's; enums are short. */
static int decode_enum(const struct trv_slot *slot, sqlite3_value *value, char *to, struct trv_arena *arena,
                       struct trv_error *error)
{
	const struct trv_enum *enumeration = slot->enumeration;
	const char *text = (const char *)sqlite3_value_text(value);
	size_t size = (size_t)sqlite3_value_bytes(value);

	if (!text)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	for (int32_t i = 0; enumeration && i < enumeration->count; i++) {
		const char *stored = enumeration->values[i].stored;

		if (stored[0] == text[0] && strcmp(stored, text) == 0 && strlen(stored) == size) {
			*(int32_t *)(void *)to = i;
			return 0;
		}
	}
	return trv_decode_text(slot, text, size, to, arena, error);
}

static int decode_uuid(const struct trv_slot *slot, sqlite3_value *value, char *to, struct trv_arena *arena,
                       struct trv_error *error)
{
	if (sqlite3_value_bytes(value) != sizeof(struct trv_uuid))
		return decode_other(slot, value, to, arena, error);
	const void *data = sqlite3_value_blob(value);
	if (!data)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	memcpy(to, data, sizeof(struct trv_uuid));
	return 0;
}

/* An integer that came as one. False: it is not stored the usual way or does not fit. */
static inline bool decode_integer(uint8_t type, int64_t value, char *to)
{
	switch (type) {
	case TRV_INT64:
	case TRV_TIMESTAMP:
		*(int64_t *)(void *)to = value;
		return true;
	case TRV_TIME:
		*(int64_t *)(void *)to = value;
		return value >= 0 && value < TRV_DAY_MICROSECONDS;
	case TRV_INT32:
	case TRV_DATE:
		*(int32_t *)(void *)to = (int32_t)value;
		return value == (int32_t)value;
	case TRV_INT16:
		*(int16_t *)(void *)to = (int16_t)value;
		return value == (int16_t)value;
	case TRV_BOOL:
		*(bool *)to = value != 0;
		return value == 0 || value == 1;
	default:
		return false;
	}
}

/* A double that is a float too; others are the shared decoder's to judge. */
static inline bool decode_float32(double value, char *to)
{
	if (!(value >= -(double)FLT_MAX && value <= (double)FLT_MAX))
		return false;
	*(float *)(void *)to = (float)value;
	return (double)(float)value == value;
}

/* Storages that are another name for the usual way. */
static inline bool is_usual(const struct trv_slot *slot)
{
	return slot->storage == TRV_STORE_DEFAULT || (slot->storage == TRV_STORE_MICROS && slot->type == TRV_TIMESTAMP);
}

static inline int decode_value(const struct trv_slot *slot, sqlite3_value *value, int stored, char *to,
                               struct trv_arena *arena, struct trv_error *error)
{
	if (!is_usual(slot))
		return decode_other(slot, value, to, arena, error);
	switch (stored) {
	case SQLITE_INTEGER:
		if (decode_integer(slot->type, sqlite3_value_int64(value), to))
			return 0;
		break;
	case SQLITE_TEXT:
		if (slot->type == TRV_TEXT || slot->type == TRV_JSON)
			return decode_text(slot, value, to, arena, error);
		if (slot->type == TRV_ENUM)
			return decode_enum(slot, value, to, arena, error);
		break;
	case SQLITE_FLOAT:
		if (slot->type == TRV_FLOAT64) {
			*(double *)(void *)to = sqlite3_value_double(value);
			return 0;
		}
		if (slot->type == TRV_FLOAT32 && decode_float32(sqlite3_value_double(value), to))
			return 0;
		break;
	default:
		if (slot->type == TRV_BYTES)
			return decode_bytes(value, to, arena, error);
		if (slot->type == TRV_UUID)
			return decode_uuid(slot, value, to, arena, error);
		break;
	}
	return decode_other(slot, value, to, arena, error);
}

static int decode_row(sqlite3_stmt *handle, const struct trv_decode *decode, void *const *bases,
                      struct trv_arena *arena, uint64_t *absent, struct trv_error *error)
{
	const struct trv_slot *slot = decode->slots;
	uint64_t missing = 0;
	int r;

	for (size_t i = 0; i < decode->count; i++, slot++) {
		char *base = bases[slot->base];

		if (slot->type == 0)
			continue;
		sqlite3_value *value = sqlite3_column_value(handle, (int)i);
		int stored = sqlite3_value_type(value);
		if (stored == SQLITE_NULL) {
			if (slot->flags & TRV_SLOT_PRESENCE)
				missing |= UINT64_C(1) << slot->base;
			r = missing >> slot->base & 1 ? 0 : trv_decode_null(slot, base, error);
		} else {
			r = decode_value(slot, value, stored, base + slot->offset, arena, error);
			if (slot->has_offset)
				*(bool *)(base + slot->has_offset) = true;
		}
		if (r < 0)
			return r;
	}
	*absent = missing;
	return 1;
}

int trv__sqlite_fetch(struct trv_statement *base, const struct trv_decode *decode, void *const *bases,
                      struct trv_arena *arena, uint64_t *absent, struct trv_error *error)
{
	struct sqlite_statement *statement = (struct sqlite_statement *)base;
	struct sqlite_connection *connection = sqlite_of(statement);

	if (!statement->running)
		return 0;
	if (!statement->waiting) {
		connection->deadline = statement->deadline;
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
	return decode_row(statement->handle, decode, bases, arena, absent, error);
}
