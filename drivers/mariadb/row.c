/*
 * Rows into structs: the path that every read takes for every value. Connector/C calls back
 * for each column of a row (STMT_ATTR_CB_RESULT) with its place in the packet, and finds the
 * next column where the function left off: what is not wanted is passed over too.
 *
 * How a column is read is decided once for each result, by what the slot expects and what
 * the server sends. What is sent in its usual form is read here, by a function that knows
 * both; the rest is value.c's. The packet comes from outside: nothing is read beyond the
 * client library's buffer.
 */
#include "../text.h"
#include "internal.h"

#include <endian.h>
#include <string.h>

/* Out of line, so that the functions of the usual forms, which end with a call of these, save no registers. */
#define APART __attribute__((noinline))

/* --- what is not as usual ----------------------------------------------------------------------------- */

static void fail(struct mariadb_statement *s, int status)
{
	s->failed = status;
	/* what is left of the row is passed over */
	s->absent = UINT64_MAX;
}

APART static void take_shared(struct mariadb_statement *s, const struct mariadb_way *way, unsigned char **row)
{
	int r = trv__mariadb_decode_value(s, (unsigned)(way - s->ways), true, row);

	if (r < 0)
		fail(s, r);
}

APART static void pass_over(struct mariadb_statement *s, const struct mariadb_way *way, unsigned char **row)
{
	int r = trv__mariadb_decode_value(s, (unsigned)(way - s->ways), false, row);

	if (r < 0)
		fail(s, r);
}

APART static void take_null(struct mariadb_statement *s, const struct mariadb_way *way)
{
	const struct trv_slot *slot = &s->decode->slots[way - s->ways];
	char *base = s->bases[way->base];

	if (way->zeros) {
		memset(base + way->offset, 0, way->zeros);
		if (way->has_offset)
			*(bool *)(base + way->has_offset) = false;
	} else if (slot->flags & TRV_SLOT_PRESENCE) {
		s->absent |= UINT64_C(1) << way->base;
	} else if (slot->type && !s->failed) {
		int r = trv_decode_null(slot, base, s->error);
		if (r < 0)
			fail(s, r);
	}
}

/* --- values in their usual form --------------------------------------------------------------------------- */

static inline size_t room_for(const struct mariadb_statement *s, const unsigned char *at)
{
	return (size_t)((const unsigned char *)s->net->buff_end - at);
}

static inline char *place_of(const struct mariadb_statement *s, const struct mariadb_way *way)
{
	char *base = s->bases[way->base];

	if (way->has_offset)
		*(bool *)(base + way->has_offset) = true;
	return base + way->offset;
}

static inline uint32_t read_32(const unsigned char *at)
{
	uint32_t bits;

	memcpy(&bits, at, sizeof(bits));
	return le32toh(bits);
}

static void take_64(struct mariadb_statement *s, const struct mariadb_way *way, unsigned char **row)
{
	unsigned char *at = *row;
	uint64_t bits;

	if (room_for(s, at) < sizeof(bits)) {
		take_shared(s, way, row);
		return;
	}
	memcpy(&bits, at, sizeof(bits));
	bits = le64toh(bits);
	memcpy(place_of(s, way), &bits, sizeof(bits));
	*row = at + sizeof(bits);
}

static void take_32(struct mariadb_statement *s, const struct mariadb_way *way, unsigned char **row)
{
	unsigned char *at = *row;
	uint32_t bits;

	if (room_for(s, at) < sizeof(bits)) {
		take_shared(s, way, row);
		return;
	}
	bits = read_32(at);
	memcpy(place_of(s, way), &bits, sizeof(bits));
	*row = at + sizeof(bits);
}

static void take_16(struct mariadb_statement *s, const struct mariadb_way *way, unsigned char **row)
{
	unsigned char *at = *row;
	uint16_t bits;

	if (room_for(s, at) < sizeof(bits)) {
		take_shared(s, way, row);
		return;
	}
	memcpy(&bits, at, sizeof(bits));
	bits = le16toh(bits);
	memcpy(place_of(s, way), &bits, sizeof(bits));
	*row = at + sizeof(bits);
}

static void take_bool(struct mariadb_statement *s, const struct mariadb_way *way, unsigned char **row)
{
	unsigned char *at = *row;

	if (room_for(s, at) < 1 || *at > 1) {
		take_shared(s, way, row);
		return;
	}
	*(bool *)place_of(s, way) = *at;
	*row = at + 1;
}

static void take_uuid(struct mariadb_statement *s, const struct mariadb_way *way, unsigned char **row)
{
	unsigned char *at = *row;

	if (room_for(s, at) <= sizeof(struct trv_uuid) || *at != sizeof(struct trv_uuid)) {
		take_shared(s, way, row);
		return;
	}
	memcpy(place_of(s, way), at + 1, sizeof(struct trv_uuid));
	*row = at + 1 + sizeof(struct trv_uuid);
}

static inline void keep_text(struct mariadb_statement *s, const struct mariadb_way *way, unsigned char **row)
{
	unsigned char *at = *row;

	*(const char **)(void *)place_of(s, way) = s->arena->next;
	s->arena->next += *at + 1;
	*row = at + 1 + *at;
}

/* The server has checked the text's encoding; a NUL inside would end the C string early. The copy is in the arena. */
APART static void check_text(struct mariadb_statement *s, const struct mariadb_way *way, unsigned char **row)
{
	if (memchr(s->arena->next, '\0', **row))
		take_shared(s, way, row);
	else
		keep_text(s, way, row);
}

static void take_text(struct mariadb_statement *s, const struct mariadb_way *way, unsigned char **row)
{
	unsigned char *at = *row;
	char *copy = s->arena->next;

	/* from 251 bytes on the length itself has more of them */
	if (room_for(s, at) < 1 || *at > 250 || *at >= room_for(s, at) || *at >= s->arena->end - copy)
		take_shared(s, way, row);
	else if (trv__text_copy(copy, (const char *)at + 1, *at))
		keep_text(s, way, row);
	else
		check_text(s, way, row);
}

/* Rows that lie near to each other are often of the same day. */
APART static bool find_day(struct mariadb_statement *s, uint32_t date)
{
	int32_t days;

	if (trv_date_make(&days, (int)(date & UINT16_MAX), (int)(date >> 16 & UINT8_MAX), (int)(date >> 24)) < 0)
		return false;
	s->day = date;
	s->day_start = days * TRV_DAY_MICROSECONDS;
	return true;
}

/* 11, 7 or 4 bytes: what follows the last field that is not zero is left out. */
static inline bool read_timestamp(struct mariadb_statement *s, const unsigned char *at, size_t room, int64_t *timestamp)
{
	int64_t seconds = 0, micros = 0;

	if (room < 1 || *at >= room || (*at != 11 && *at != 7 && *at != 4))
		return false;
	uint32_t date = read_32(at + 1);
	if (date != s->day && !find_day(s, date))
		return false;
	if (*at >= 7) {
		if (at[5] > 23 || at[6] > 59 || at[7] > 59)
			return false;
		seconds = at[5] * 3600 + at[6] * 60 + at[7];
	}
	if (*at == 11)
		micros = read_32(at + 8);
	*timestamp = s->day_start + seconds * 1000000 + micros;
	return micros < 1000000;
}

static void take_timestamp(struct mariadb_statement *s, const struct mariadb_way *way, unsigned char **row)
{
	unsigned char *at = *row;
	int64_t timestamp;

	if (!read_timestamp(s, at, room_for(s, at), &timestamp)) {
		take_shared(s, way, row);
		return;
	}
	*(int64_t *)(void *)place_of(s, way) = timestamp;
	*row = at + 1 + *at;
}

/* --- how a column is read ----------------------------------------------------------------------------------- */

/* The types on the wire that have the slot's own form; no two of them are the same modulo 32. */
#define FIELD(type) (UINT32_C(1) << (MYSQL_TYPE_##type & 31))

static const struct {
	mariadb_take *take;
	uint32_t fields;
	bool text; /* with a character set; else without one */
} usual[TRV_ENUM + 1] = {
	[TRV_BOOL] = { take_bool, FIELD(TINY), false },
	[TRV_INT16] = { take_16, FIELD(SHORT), false },
	[TRV_INT32] = { take_32, FIELD(LONG) | FIELD(INT24), false },
	[TRV_INT64] = { take_64, FIELD(LONGLONG), false },
	[TRV_FLOAT32] = { take_32, FIELD(FLOAT), false },
	[TRV_FLOAT64] = { take_64, FIELD(DOUBLE), false },
	[TRV_TEXT] = { take_text, FIELD(VAR_STRING) | FIELD(STRING) | FIELD(BLOB), true },
	[TRV_TIMESTAMP] = { take_timestamp, FIELD(DATETIME) | FIELD(TIMESTAMP), false },
	[TRV_UUID] = { take_uuid, FIELD(STRING), false },
	[TRV_JSON] = { take_text, FIELD(VAR_STRING) | FIELD(STRING) | FIELD(BLOB), true },
};

static bool is_usual(uint8_t type, const MYSQL_FIELD *field)
{
	return type <= TRV_ENUM && usual[type].fields >> (field->type & 31) & 1 && !(field->flags & UNSIGNED_FLAG) &&
	       (field->charsetnr != MARIADB_BINARY) == usual[type].text;
}

struct mariadb_way trv__mariadb_way(const struct trv_slot *slot, const MYSQL_FIELD *field)
{
	bool may_be_null =
		slot->type && slot->flags & (TRV_SLOT_NULLABLE | TRV_SLOT_OUTER) && !(slot->flags & TRV_SLOT_PRESENCE);

	return (struct mariadb_way) {
		.take = !slot->type                   ? pass_over
		        : is_usual(slot->type, field) ? usual[slot->type].take
		                                      : take_shared,
		.base = slot->base,
		.offset = slot->offset,
		.has_offset = slot->has_offset,
		.wire = trv__mariadb_wire(field),
		.name_length = field->name_length,
		.zeros = may_be_null ? (uint8_t)trv_type_size((enum trv_type)slot->type) : 0,
	};
}

void trv__mariadb_take_column(void *data, unsigned column, unsigned char **row)
{
	struct mariadb_statement *s = data;
	const struct mariadb_way *way = &s->ways[column];

	if (!row)
		take_null(s, way);
	else if (s->absent && s->absent >> way->base & 1)
		pass_over(s, way, row);
	else
		way->take(s, way, row);
}
