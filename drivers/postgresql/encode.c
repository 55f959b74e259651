/*
 * Parameters on their way to the server. Text, JSON and bytes are sent from where they
 * stand; the rest is written to the statement's scratch memory in binary format.
 *
 * Text, JSON, enums and stored values are declared as of unknown type, so that the server
 * infers it from the column that they meet (varchar, citext, jsonb, an enum of its own)
 * and its indexes stay usable. What it inferred decides the format: types that are text
 * on the wire take the bytes as they are, all others parse the text.
 */
#include "internal.h"
#include "wire.h"
#include <limits.h>

/* A message of more than a gigabyte is no message for the server: it ends the connection. */
#define MESSAGE_LIMIT 0x3fff0000u
#define ARRAY_HEAD 20 /* dimensions, has nulls, element type, length, lower bound */

/* Writes a C value in binary format; returns the size, or 0 when it cannot be said. */
typedef size_t put(char *to, const void *value);

static size_t put_bool(char *to, const void *value)
{
	*to = (char)*(const bool *)value;
	return 1;
}

static size_t put_int16(char *to, const void *value)
{
	wire_put16(to, (uint16_t) * (const int16_t *)value);
	return 2;
}

/* float32 too: it is its bits that count. */
static size_t put_32(char *to, const void *value)
{
	uint32_t bits;

	memcpy(&bits, value, sizeof(bits));
	wire_put32(to, bits);
	return 4;
}

static size_t put_64(char *to, const void *value)
{
	uint64_t bits;

	memcpy(&bits, value, sizeof(bits));
	wire_put64(to, bits);
	return 8;
}

static size_t put_decimal(char *to, const void *value)
{
	const struct trv_decimal *decimal = value;

	return decimal->scale <= TRV_DECIMAL_DIGITS ? trv__pg_numeric_encode(to, decimal) : 0;
}

/* The ends of the range stand for infinity on the server: no value of ours may become one. */
static size_t put_date(char *to, const void *value)
{
	int64_t days = (int64_t) * (const int32_t *)value - WIRE_EPOCH_DAYS;

	if (days <= INT32_MIN)
		return 0;
	wire_put32(to, (uint32_t)days);
	return 4;
}

static size_t put_timestamp(char *to, const void *value)
{
	int64_t microseconds;

	if (__builtin_sub_overflow(*(const int64_t *)value, WIRE_EPOCH_MICROSECONDS, &microseconds) ||
	    microseconds == INT64_MIN)
		return 0;
	wire_put64(to, (uint64_t)microseconds);
	return 8;
}

static size_t put_uuid(char *to, const void *value)
{
	memcpy(to, value, sizeof(struct trv_uuid));
	return sizeof(struct trv_uuid);
}

/* By enum trv_type. Without `put`, the value is a run of bytes. */
static const struct wire {
	Oid type;
	Oid array;
	put *put;
	size_t room; /* that `put` needs, at most */
} wires[] = {
	[TRV_BOOL] = { PG_BOOL, PG_BOOL_ARRAY, put_bool, 1 },
	[TRV_INT16] = { PG_INT2, PG_INT2_ARRAY, put_int16, 2 },
	[TRV_INT32] = { PG_INT4, PG_INT4_ARRAY, put_32, 4 },
	[TRV_INT64] = { PG_INT8, PG_INT8_ARRAY, put_64, 8 },
	[TRV_FLOAT32] = { PG_FLOAT4, PG_FLOAT4_ARRAY, put_32, 4 },
	[TRV_FLOAT64] = { PG_FLOAT8, PG_FLOAT8_ARRAY, put_64, 8 },
	[TRV_DECIMAL] = { PG_NUMERIC, PG_NUMERIC_ARRAY, put_decimal, PG_NUMERIC_SIZE },
	[TRV_TEXT] = { PG_UNKNOWN, PG_TEXT_ARRAY, NULL, 0 },
	[TRV_BYTES] = { PG_BYTEA, PG_BYTEA_ARRAY, NULL, 0 },
	[TRV_DATE] = { PG_DATE, PG_DATE_ARRAY, put_date, 4 },
	[TRV_TIME] = { PG_TIME, PG_TIME_ARRAY, put_64, 8 },
	[TRV_TIMESTAMP] = { PG_TIMESTAMPTZ, PG_TIMESTAMPTZ_ARRAY, put_timestamp, 8 },
	[TRV_UUID] = { PG_UUID, PG_UUID_ARRAY, put_uuid, 16 },
	[TRV_JSON] = { PG_UNKNOWN, PG_JSON_ARRAY, NULL, 0 },
	[TRV_ENUM] = { PG_UNKNOWN, PG_TEXT_ARRAY, NULL, 0 },
};

/* The element of each array type above. */
static Oid element_of(Oid array)
{
	for (size_t i = 0; i < TRV_COUNT_OF(wires); i++)
		if (wires[i].array == array && wires[i].type != PG_UNKNOWN)
			return wires[i].type;
	return array == PG_JSON_ARRAY ? PG_JSON : PG_TEXT;
}

static const struct wire *wire_of(const struct trv_bind *bind)
{
	if (bind->type == TRV_ENUM && bind->storage == TRV_STORE_INTEGER)
		return &wires[TRV_INT32];
	return &wires[bind->type < TRV_COUNT_OF(wires) ? bind->type : 0];
}

/* Types whose binary format is their text. */
static bool is_text(Oid type)
{
	switch (type) {
	case PG_TEXT:
	case PG_VARCHAR:
	case PG_BPCHAR:
	case PG_NAME:
	case PG_JSON:
	case PG_UNKNOWN_TEXT:
		return true;
	default:
		return false;
	}
}

Oid trv__pg_encode_type(const struct trv_bind *bind, bool plain_text)
{
	const struct wire *wire = wire_of(bind);
	Oid type = bind->count ? wire->array : wire->type;

	if (trv__pg_is_stored(bind))
		type = PG_UNKNOWN;
	return type == PG_UNKNOWN && plain_text ? PG_TEXT : type;
}

int trv__pg_parameters_reserve(struct pg_parameters *parameters, size_t count, const struct trv_allocator *allocator,
                               struct trv_error *error)
{
	if (count > UINT16_MAX)
		return trv_error_set(error, TRV_ERR_LIMIT, "%zu parameters, the limit is 65535", count);
	if (count <= parameters->capacity)
		return 0;
	size_t each = sizeof(char *) + sizeof(Oid) + 2 * sizeof(int);
	/* Not resized: where the arrays begin depends on the count. Their contents are made anew. */
	void *block = trv_allocate(allocator, count * each);
	if (!block)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	trv_release(allocator, parameters->block);
	parameters->block = block;
	parameters->values = block;
	parameters->types = (Oid *)(void *)(parameters->values + count);
	parameters->lengths = (int *)(void *)(parameters->types + count);
	parameters->formats = parameters->lengths + count;
	parameters->capacity = count;
	return 0;
}

void trv__pg_parameters_release(struct pg_parameters *parameters, const struct trv_allocator *allocator)
{
	trv_release(allocator, parameters->block);
	trv_release(allocator, parameters->scratch);
}

/* --- arrays ---------------------------------------------------------------------------- */

/* The bytes of element i of an array of text or bytes; NULL data is null. */
static struct trv_bytes element(const struct trv_bind *bind, size_t i)
{
	const char *at = (const char *)bind->value + i * bind->size;

	if (bind->type == TRV_BYTES)
		return *(const struct trv_bytes *)(const void *)at;
	const char *text = *(const char *const *)(const void *)at;
	return (struct trv_bytes) { text, text ? strlen(text) : 0 };
}

static bool is_present(const struct trv_bind *bind, size_t i)
{
	return !bind->present || *(const bool *)((const char *)bind->present + i * bind->present_stride);
}

static size_t array_room(const struct trv_bind *bind)
{
	const struct wire *wire = wire_of(bind);
	size_t room = ARRAY_HEAD;

	if (bind->count > MESSAGE_LIMIT / 8)
		return SIZE_MAX;
	if (wire->put)
		return room + bind->count * (4 + wire->room);
	for (size_t i = 0; i < bind->count; i++) {
		size_t size = is_present(bind, i) ? element(bind, i).size : 0;

		if (size > MESSAGE_LIMIT || room > MESSAGE_LIMIT)
			return SIZE_MAX;
		room += 4 + size;
	}
	return room;
}

static char *put_null(char *to, bool *nulls)
{
	*nulls = true;
	wire_put32(to, UINT32_MAX);
	return to + 4;
}

/* The bytes as they stand: JSON travels as json, which keeps its spelling. */
static size_t put_bytes(char *to, struct trv_bytes bytes)
{
	memcpy(to, bytes.data, bytes.size);
	return bytes.size;
}

/* Writes the length and the value of an element; returns where the next one goes, or NULL. */
static char *put_element(char *to, const struct trv_bind *bind, const struct wire *wire, size_t i, bool *nulls)
{
	struct trv_bytes bytes = { "", 0 };
	size_t size;

	if (!wire->put && is_present(bind, i))
		bytes = element(bind, i);
	if (!is_present(bind, i) || !bytes.data)
		return put_null(to, nulls);
	if (wire->put) {
		size = wire->put(to + 4, (const char *)bind->value + i * bind->size);
		if (!size)
			return NULL;
	} else {
		size = put_bytes(to + 4, bytes);
	}
	wire_put32(to, (uint32_t)size);
	return to + 4 + size;
}

/* One dimension, counted from 1; an array without elements has no dimension. */
static size_t put_array(char *to, const struct trv_bind *bind)
{
	const struct wire *wire = wire_of(bind);
	bool nulls = false;
	char *next = to + ARRAY_HEAD;

	for (size_t i = 0; next && i < bind->count; i++)
		next = put_element(next, bind, wire, i, &nulls);
	wire_put32(to, 1);
	wire_put32(to + 4, nulls);
	wire_put32(to + 8, element_of(wire->array));
	wire_put32(to + 12, (uint32_t)bind->count);
	wire_put32(to + 16, 1);
	return next ? (size_t)(next - to) : 0;
}

Oid trv__pg_element_type(const struct trv_bind *bind)
{
	return element_of(wire_of(bind)->array);
}

size_t trv__pg_element_room(const struct trv_bind *bind, size_t i)
{
	const struct wire *wire = wire_of(bind);

	if (wire->put || !is_present(bind, i))
		return 4 + wire->room;
	return 4 + element(bind, i).size;
}

char *trv__pg_element_put(char *to, const struct trv_bind *bind, size_t i)
{
	bool nulls = false;

	return put_element(to, bind, wire_of(bind), i, &nulls);
}

/* --- one parameter --------------------------------------------------------------------- */

/* How a parameter is sent. */
enum way {
	WAY_NULL,
	WAY_DIRECT, /* from where it stands */
	WAY_PUT, /* in binary format */
	WAY_ARRAY,
	WAY_JSONB, /* a version byte, then the text */
	WAY_TEXT, /* text format, which wants a NUL */
	WAY_STORED,
};

static enum way way_of(const struct trv_bind *bind, Oid type)
{
	if (bind->null)
		return WAY_NULL;
	if (bind->count)
		return WAY_ARRAY;
	if (trv__pg_is_stored(bind))
		return WAY_STORED;
	if (wire_of(bind)->put)
		return WAY_PUT;
	if (bind->type == TRV_BYTES || is_text(type))
		return WAY_DIRECT;
	return type == PG_JSONB ? WAY_JSONB : WAY_TEXT;
}

static size_t room_of(const struct trv_bind *bind, enum way way)
{
	switch (way) {
	case WAY_PUT:
		return wire_of(bind)->room;
	case WAY_ARRAY:
		return array_room(bind);
	case WAY_JSONB:
	case WAY_TEXT:
		return bind->size + 1;
	case WAY_STORED:
		return PG_STORED_SIZE;
	default:
		return 0;
	}
}

static size_t add(size_t a, size_t b)
{
	return a > MESSAGE_LIMIT || b > MESSAGE_LIMIT ? SIZE_MAX : a + b;
}

/* Text format ends at the first NUL: what stands behind it would be lost without a word. */
static int put_text(char *to, const struct trv_bind *bind, struct trv_error *error)
{
	if (memchr(bind->value, '\0', bind->size))
		return trv_error_set(error, TRV_ERR_VALUE, "a text has a NUL inside");
	memcpy(to, bind->value, bind->size);
	to[bind->size] = '\0';
	return 0;
}

static int no_such_value(const struct trv_bind *bind, struct trv_error *error)
{
	return trv_error_set(error, TRV_ERR_VALUE, "a %s is out of the engine's range",
	                     trv_type_name((enum trv_type)bind->type));
}

/* Writes what is not sent directly; returns its size or a negative status. */
static int64_t put_parameter(char *to, const struct trv_bind *bind, enum way way, struct trv_error *error)
{
	size_t size;
	int r = 0;

	switch (way) {
	case WAY_PUT:
	case WAY_ARRAY:
		size = way == WAY_PUT ? wire_of(bind)->put(to, bind->value) : put_array(to, bind);
		return size ? (int64_t)size : no_such_value(bind, error);
	case WAY_JSONB:
		*to = 1;
		memcpy(to + 1, bind->value, bind->size);
		return (int64_t)bind->size + 1;
	case WAY_TEXT:
		r = put_text(to, bind, error);
		return r < 0 ? r : (int64_t)bind->size + 1;
	case WAY_STORED:
		r = trv__pg_stored_write(bind, to, error);
		return r < 0 ? r : r + 1;
	default:
		return 0;
	}
}

static Oid type_of(const struct pg_parameters *parameters, const PGresult *description, size_t i)
{
	return description ? PQparamtype(description, (int)i) : parameters->types[i];
}

/* An empty run of bytes still needs an address: NULL would be null. */
static const char *direct(const struct trv_bind *bind)
{
	return bind->size ? bind->value : "";
}

static int reserve_scratch(struct pg_parameters *parameters, const struct trv_bind *binds, size_t count,
                           const PGresult *description, const struct trv_allocator *allocator, struct trv_error *error)
{
	size_t room = 0;
	size_t message = 0;

	for (size_t i = 0; i < count; i++) {
		enum way way = way_of(&binds[i], type_of(parameters, description, i));
		size_t part = room_of(&binds[i], way);

		room = add(room, part);
		message = add(message, add(part, way == WAY_DIRECT ? binds[i].size : 0));
	}
	if (message > MESSAGE_LIMIT)
		return trv_error_set(error, TRV_ERR_LIMIT, "the parameters have more than a gigabyte");
	if (room <= parameters->scratch_size)
		return 0;
	char *scratch = trv_resize(allocator, parameters->scratch, room);
	if (!scratch)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	parameters->scratch = scratch;
	parameters->scratch_size = room;
	return 0;
}

int trv__pg_encode(struct pg_parameters *parameters, const struct trv_bind *binds, size_t count,
                   const PGresult *description, const struct trv_allocator *allocator, struct trv_error *error)
{
	int r = reserve_scratch(parameters, binds, count, description, allocator, error);
	char *to = parameters->scratch;

	for (size_t i = 0; r == 0 && i < count; i++) {
		enum way way = way_of(&binds[i], type_of(parameters, description, i));
		int64_t size = put_parameter(to, &binds[i], way, error);

		if (size < 0)
			return (int)size;
		parameters->formats[i] = way != WAY_TEXT && way != WAY_STORED;
		parameters->values[i] = way == WAY_NULL ? NULL : way == WAY_DIRECT ? direct(&binds[i]) : to;
		parameters->lengths[i] = (int)(way == WAY_DIRECT ? (int64_t)binds[i].size : size);
		/* There is no scratch memory where nothing goes into it. */
		if (size > 0)
			to += size;
	}
	return r;
}
