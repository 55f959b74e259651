/*
 * Values on their way into rows. A column's type and a slot's type choose a decoder, once
 * for each statement, from one table; what the table lacks does not fit. Nothing is
 * guessed: an integer column under a timestamp is refused unless the schema stores it so.
 */
#include "internal.h"
#include "wire.h"
#include <stdio.h>

/* Types that look alike on the wire. */
enum family {
	FAMILY_NONE,
	FAMILY_BOOL,
	FAMILY_INT2,
	FAMILY_INT4,
	FAMILY_INT8,
	FAMILY_OID,
	FAMILY_FLOAT4,
	FAMILY_FLOAT8,
	FAMILY_NUMERIC,
	FAMILY_TEXT,
	FAMILY_USER, /* enums and extensions: text, if it is text */
	FAMILY_JSONB,
	FAMILY_BYTEA,
	FAMILY_DATE,
	FAMILY_TIME,
	FAMILY_TIMESTAMP,
	FAMILY_UUID,
	FAMILY_COUNT,
};

static const struct {
	Oid type;
	uint8_t family;
	const char *name;
} families[] = {
	{ PG_BOOL, FAMILY_BOOL, "boolean" },
	{ PG_INT2, FAMILY_INT2, "smallint" },
	{ PG_INT4, FAMILY_INT4, "integer" },
	{ PG_INT8, FAMILY_INT8, "bigint" },
	{ PG_OID, FAMILY_OID, "oid" },
	{ PG_FLOAT4, FAMILY_FLOAT4, "real" },
	{ PG_FLOAT8, FAMILY_FLOAT8, "double precision" },
	{ PG_NUMERIC, FAMILY_NUMERIC, "numeric" },
	{ PG_TEXT, FAMILY_TEXT, "text" },
	{ PG_VARCHAR, FAMILY_TEXT, "character varying" },
	{ PG_BPCHAR, FAMILY_TEXT, "character" },
	{ PG_NAME, FAMILY_TEXT, "name" },
	{ PG_CHAR, FAMILY_TEXT, "\"char\"" },
	{ PG_UNKNOWN_TEXT, FAMILY_TEXT, "unknown" },
	{ PG_JSON, FAMILY_TEXT, "json" },
	{ PG_XML, FAMILY_TEXT, "xml" },
	{ PG_JSONB, FAMILY_JSONB, "jsonb" },
	{ PG_BYTEA, FAMILY_BYTEA, "bytea" },
	{ PG_DATE, FAMILY_DATE, "date" },
	{ PG_TIME, FAMILY_TIME, "time" },
	{ PG_TIMESTAMP, FAMILY_TIMESTAMP, "timestamp" },
	{ PG_TIMESTAMPTZ, FAMILY_TIMESTAMP, "timestamp with time zone" },
	{ PG_UUID, FAMILY_UUID, "uuid" },
};

static int refuse(const struct trv_slot *slot, const char *found, struct trv_error *error)
{
	const char *name = slot->name ? slot->name : "?";

	trv_error_set(error, TRV_ERR_DATA, "%s%s%s: found %s, expected %s", slot->model ? slot->model : "",
	              slot->model ? "." : "", name, found, trv_type_name((enum trv_type)slot->type));
	snprintf(error->column, sizeof(error->column), "%s", name);
	return TRV_ERR_DATA;
}

/* For values of a fixed size; any other size is no value of the type. */
#define REQUIRE_SIZE(expected)                                                                                         \
	do {                                                                                                           \
		if (size != (expected))                                                                                \
			return refuse(slot, "a malformed value", error);                                               \
	} while (0)

#define DECODER(name)                                                                                                  \
	static int name(const struct trv_slot *slot, const char *data, size_t size, void *to, struct trv_arena *arena, \
	                struct trv_error *error)

/* --- straight copies ------------------------------------------------------------------- */

DECODER(bool_plain)
{
	(void)arena;
	REQUIRE_SIZE(1);
	*(bool *)to = *data != 0;
	return 0;
}

DECODER(int16_plain)
{
	(void)arena;
	REQUIRE_SIZE(2);
	*(int16_t *)to = (int16_t)wire_get16(data);
	return 0;
}

/* int32 and float32 */
DECODER(plain_32)
{
	uint32_t bits;

	(void)arena;
	REQUIRE_SIZE(4);
	bits = wire_get32(data);
	memcpy(to, &bits, sizeof(bits));
	return 0;
}

/* int64 and float64 */
DECODER(plain_64)
{
	uint64_t bits;

	(void)arena;
	REQUIRE_SIZE(8);
	bits = wire_get64(data);
	memcpy(to, &bits, sizeof(bits));
	return 0;
}

DECODER(uuid_plain)
{
	(void)arena;
	REQUIRE_SIZE(sizeof(struct trv_uuid));
	memcpy(to, data, sizeof(struct trv_uuid));
	return 0;
}

/* The server promises UTF-8 without a NUL for its own text types. */
DECODER(text_plain)
{
	char *copy = trv_arena_bytes(arena, size + 1);

	(void)slot;
	if (!copy)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	memcpy(copy, data, size);
	copy[size] = '\0';
	*(const char **)to = copy;
	return 0;
}

DECODER(text_user)
{
	if (!trv_utf8_valid(data, size))
		return refuse(slot, "bytes that are no text", error);
	return text_plain(slot, data, size, to, arena, error);
}

DECODER(text_jsonb)
{
	if (size < 1 || *data != 1)
		return refuse(slot, "an unknown version of jsonb", error);
	return text_plain(slot, data + 1, size - 1, to, arena, error);
}

DECODER(bytes_plain)
{
	char *copy = trv_arena_alloc(arena, size ? size : 1);

	(void)slot;
	if (!copy)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	memcpy(copy, data, size);
	*(struct trv_bytes *)to = (struct trv_bytes) { copy, size };
	return 0;
}

/* --- dates and times ------------------------------------------------------------------- */

DECODER(date_plain)
{
	int32_t days;

	(void)arena;
	REQUIRE_SIZE(4);
	days = (int32_t)wire_get32(data);
	if (days == INT32_MAX || days == INT32_MIN)
		return refuse(slot, "infinity", error);
	if (__builtin_add_overflow(days, WIRE_EPOCH_DAYS, (int32_t *)to))
		return refuse(slot, "a value out of range", error);
	return 0;
}

DECODER(time_plain)
{
	int64_t microseconds;

	(void)arena;
	REQUIRE_SIZE(8);
	microseconds = (int64_t)wire_get64(data);
	if (microseconds < 0 || microseconds >= TRV_DAY_MICROSECONDS)
		return refuse(slot, "24:00", error);
	*(int64_t *)to = microseconds;
	return 0;
}

DECODER(timestamp_plain)
{
	int64_t microseconds;

	(void)arena;
	REQUIRE_SIZE(8);
	microseconds = (int64_t)wire_get64(data);
	if (microseconds == INT64_MAX || microseconds == INT64_MIN)
		return refuse(slot, "infinity", error);
	if (__builtin_add_overflow(microseconds, WIRE_EPOCH_MICROSECONDS, (int64_t *)to))
		return refuse(slot, "a value out of range", error);
	return 0;
}

/* --- numbers of another width ---------------------------------------------------------- */

DECODER(bool_integer)
{
	REQUIRE_SIZE(1);
	return trv_decode_integer(slot, *data != 0, to, arena, error);
}

DECODER(integer_2)
{
	REQUIRE_SIZE(2);
	return trv_decode_integer(slot, (int16_t)wire_get16(data), to, arena, error);
}

DECODER(integer_4)
{
	REQUIRE_SIZE(4);
	return trv_decode_integer(slot, (int32_t)wire_get32(data), to, arena, error);
}

DECODER(integer_8)
{
	REQUIRE_SIZE(8);
	return trv_decode_integer(slot, (int64_t)wire_get64(data), to, arena, error);
}

DECODER(integer_oid)
{
	REQUIRE_SIZE(4);
	return trv_decode_integer(slot, (int64_t)wire_get32(data), to, arena, error);
}

/* sum() of bigint is a numeric. */
DECODER(integer_numeric)
{
	struct trv_decimal value;
	const char *why;

	if (trv__pg_numeric_decode(data, size, &value, &why) < 0)
		return refuse(slot, why, error);
	struct trv_decimal whole = value;
	if (trv_decimal_rescale(&whole, 0) < 0 || trv_decimal_compare(&whole, &value) != 0)
		return refuse(slot, "a number with a fraction", error);
	if (whole.high != ((int64_t)whole.low < 0 ? -1 : 0))
		return refuse(slot, "a value out of range", error);
	return trv_decode_integer(slot, (int64_t)whole.low, to, arena, error);
}

DECODER(real_4)
{
	uint32_t bits;
	float value;

	REQUIRE_SIZE(4);
	bits = wire_get32(data);
	memcpy(&value, &bits, sizeof(value));
	return trv_decode_real(slot, (double)value, to, arena, error);
}

DECODER(real_8)
{
	uint64_t bits;
	double value;

	REQUIRE_SIZE(8);
	bits = wire_get64(data);
	memcpy(&value, &bits, sizeof(value));
	return trv_decode_real(slot, value, to, arena, error);
}

DECODER(real_numeric)
{
	double value;

	if (trv__pg_numeric_double(data, size, &value) < 0)
		return refuse(slot, "a malformed value", error);
	return trv_decode_real(slot, value, to, arena, error);
}

DECODER(any_blob)
{
	return trv_decode_blob(slot, data, size, to, arena, error);
}

/* At least the slot's scale, as on the other engines. */
DECODER(decimal_plain)
{
	struct trv_decimal value;
	const char *why;

	(void)arena;
	if (trv__pg_numeric_decode(data, size, &value, &why) < 0)
		return refuse(slot, why, error);
	struct trv_decimal padded = value;
	if (value.scale < slot->scale && trv_decimal_rescale(&padded, slot->scale) == 0)
		value = padded;
	*(struct trv_decimal *)to = value;
	return 0;
}

/* --- the table ------------------------------------------------------------------------- */

/* Decoders by type and family. */
static pg_decoder *const usual[][FAMILY_COUNT] = {
	[TRV_BOOL] = { [FAMILY_BOOL] = bool_plain },
	[TRV_INT16] = { [FAMILY_INT2] = int16_plain,
	                [FAMILY_INT4] = integer_4,
	                [FAMILY_INT8] = integer_8,
	                [FAMILY_NUMERIC] = integer_numeric },
	[TRV_INT32] = { [FAMILY_INT2] = integer_2,
	                [FAMILY_INT4] = plain_32,
	                [FAMILY_INT8] = integer_8,
	                [FAMILY_OID] = integer_oid,
	                [FAMILY_NUMERIC] = integer_numeric },
	[TRV_INT64] = { [FAMILY_INT2] = integer_2,
	                [FAMILY_INT4] = integer_4,
	                [FAMILY_INT8] = plain_64,
	                [FAMILY_OID] = integer_oid,
	                [FAMILY_NUMERIC] = integer_numeric },
	[TRV_FLOAT32] = { [FAMILY_FLOAT4] = plain_32 },
	[TRV_FLOAT64] = { [FAMILY_FLOAT4] = real_4,
	                  [FAMILY_FLOAT8] = plain_64,
	                  [FAMILY_NUMERIC] = real_numeric,
	                  [FAMILY_INT2] = integer_2,
	                  [FAMILY_INT4] = integer_4,
	                  [FAMILY_INT8] = integer_8 },
	[TRV_DECIMAL] = { [FAMILY_NUMERIC] = decimal_plain,
	                  [FAMILY_INT2] = integer_2,
	                  [FAMILY_INT4] = integer_4,
	                  [FAMILY_INT8] = integer_8 },
	[TRV_TEXT] = { [FAMILY_TEXT] = text_plain, [FAMILY_USER] = text_user, [FAMILY_JSONB] = text_jsonb },
	[TRV_BYTES] = { [FAMILY_BYTEA] = bytes_plain },
	[TRV_DATE] = { [FAMILY_DATE] = date_plain },
	[TRV_TIME] = { [FAMILY_TIME] = time_plain },
	[TRV_TIMESTAMP] = { [FAMILY_TIMESTAMP] = timestamp_plain },
	[TRV_UUID] = { [FAMILY_UUID] = uuid_plain },
	[TRV_JSON] = { [FAMILY_TEXT] = text_plain, [FAMILY_JSONB] = text_jsonb },
	[TRV_ENUM] = { [FAMILY_TEXT] = trv_decode_text, [FAMILY_USER] = trv_decode_text },
};

/* And where the schema stores the value in another way than the type's usual one. */
static pg_decoder *const stored[FAMILY_COUNT] = {
	[FAMILY_BOOL] = bool_integer,    [FAMILY_INT2] = integer_2,       [FAMILY_INT4] = integer_4,
	[FAMILY_INT8] = integer_8,       [FAMILY_FLOAT4] = real_4,        [FAMILY_FLOAT8] = real_8,
	[FAMILY_NUMERIC] = real_numeric, [FAMILY_TEXT] = trv_decode_text, [FAMILY_USER] = trv_decode_text,
	[FAMILY_BYTEA] = any_blob,
};

static enum family family_of(Oid type)
{
	for (size_t i = 0; i < TRV_COUNT_OF(families); i++)
		if (families[i].type == type)
			return (enum family)families[i].family;
	return type >= PG_FIRST_USER_OID ? FAMILY_USER : FAMILY_NONE;
}

pg_decoder *trv__pg_decoder_for(const struct trv_slot *slot, Oid type)
{
	enum family family = family_of(type);

	if (slot->type >= TRV_COUNT_OF(usual))
		return NULL;
	pg_decoder *decoder = usual[slot->type][family];
	return decoder || slot->storage == TRV_STORE_DEFAULT ? decoder : stored[family];
}

enum pg_step_kind trv__pg_step_kind(pg_decoder *decoder)
{
	static const struct {
		pg_decoder *decoder;
		enum pg_step_kind kind;
	} kinds[] = {
		{ bool_plain, PG_STEP_BOOL },           { plain_32, PG_STEP_32 },     { plain_64, PG_STEP_64 },
		{ timestamp_plain, PG_STEP_TIMESTAMP }, { text_plain, PG_STEP_TEXT },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(kinds); i++)
		if (kinds[i].decoder == decoder)
			return kinds[i].kind;
	return PG_STEP_CALL;
}

/* "character" means one of them, and what is unknown has no type yet. */
const char *trv__pg_cast_name(Oid type)
{
	bool known = type != PG_BPCHAR && type != PG_UNKNOWN_TEXT && type < PG_FIRST_USER_OID;

	return known && family_of(type) != FAMILY_NONE ? trv__pg_type_name(type) : NULL;
}

const char *trv__pg_type_name(Oid type)
{
	for (size_t i = 0; i < TRV_COUNT_OF(families); i++)
		if (families[i].type == type)
			return families[i].name;
	return "another type";
}
