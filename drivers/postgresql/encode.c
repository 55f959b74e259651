/*
 * Parameters on their way to the server. Text, JSON and bytes are sent from where they
 * stand; the rest is written to the statement's scratch memory in binary format.
 *
 * Text, JSON, enums and stored values are declared as of unknown type, so that the server
 * infers it from the column that they meet (varchar, citext, jsonb, an enum of its own)
 * and its indexes stay usable. What it inferred decides the format: types that are text
 * on the wire take the bytes as they are, all others parse the text.
 */
#include "value.h"
#include <limits.h>

/* A message of more than a gigabyte is no message for the server: it ends the connection. */
#define MESSAGE_LIMIT 0x3fff0000u

const struct pg_wire trv__pg_wires[PG_WIRES] = {
	[TRV_BOOL] = { PG_BOOL, PG_BOOL_ARRAY, PG_KIND_BYTE, 1 },
	[TRV_INT16] = { PG_INT2, PG_INT2_ARRAY, PG_KIND_16, 2 },
	[TRV_INT32] = { PG_INT4, PG_INT4_ARRAY, PG_KIND_32, 4 },
	[TRV_INT64] = { PG_INT8, PG_INT8_ARRAY, PG_KIND_64, 8 },
	[TRV_FLOAT32] = { PG_FLOAT4, PG_FLOAT4_ARRAY, PG_KIND_32, 4 },
	[TRV_FLOAT64] = { PG_FLOAT8, PG_FLOAT8_ARRAY, PG_KIND_64, 8 },
	[TRV_DECIMAL] = { PG_NUMERIC, PG_NUMERIC_ARRAY, PG_KIND_DECIMAL, PG_NUMERIC_SIZE },
	[TRV_TEXT] = { PG_UNKNOWN, PG_TEXT_ARRAY, PG_KIND_TEXT, 0 },
	[TRV_BYTES] = { PG_BYTEA, PG_BYTEA_ARRAY, PG_KIND_BYTES, 0 },
	[TRV_DATE] = { PG_DATE, PG_DATE_ARRAY, PG_KIND_DATE, 4 },
	[TRV_TIME] = { PG_TIME, PG_TIME_ARRAY, PG_KIND_64, 8 },
	[TRV_TIMESTAMP] = { PG_TIMESTAMPTZ, PG_TIMESTAMPTZ_ARRAY, PG_KIND_TIMESTAMP, 8 },
	[TRV_UUID] = { PG_UUID, PG_UUID_ARRAY, PG_KIND_UUID, 16 },
	[TRV_JSON] = { PG_UNKNOWN, PG_JSON_ARRAY, PG_KIND_TEXT, 0 },
	[TRV_ENUM] = { PG_UNKNOWN, PG_TEXT_ARRAY, PG_KIND_TEXT, 0 },
};

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
	const struct pg_wire *wire = pg_wire_of(bind);
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

static Oid type_of(const struct pg_parameters *parameters, const PGresult *description, size_t i)
{
	return description ? PQparamtype(description, (int)i) : parameters->types[i];
}

/* The way of parameter i. Its type matters to texts only. */
static inline enum way way_of(const struct trv_bind *bind, const struct pg_parameters *parameters,
                              const PGresult *description, size_t i)
{
	Oid type;

	if (bind->null)
		return WAY_NULL;
	if (bind->count)
		return WAY_ARRAY;
	if (trv__pg_is_stored(bind))
		return WAY_STORED;
	if (pg_wire_of(bind)->room)
		return WAY_PUT;
	if (bind->type == TRV_BYTES)
		return WAY_DIRECT;
	type = type_of(parameters, description, i);
	if (is_text(type))
		return WAY_DIRECT;
	return type == PG_JSONB ? WAY_JSONB : WAY_TEXT;
}

static size_t room_of(const struct trv_bind *bind, enum way way)
{
	switch (way) {
	case WAY_PUT:
		return pg_wire_of(bind)->room;
	case WAY_ARRAY:
		return trv__pg_array_room(bind);
	case WAY_JSONB:
	case WAY_TEXT:
		return bind->size + 1;
	case WAY_STORED:
		return PG_STORED_SIZE;
	default:
		return 0;
	}
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

/* The scratch memory that is being filled. */
struct filling {
	struct pg_output output;
	struct pg_parameters *parameters;
	const struct trv_allocator *allocator;
};

static int grow(struct pg_output *output, size_t more, struct trv_error *error)
{
	struct filling *filling = (struct filling *)output;
	size_t room = output->room * 2;

	if (more > MESSAGE_LIMIT || output->size > MESSAGE_LIMIT - more)
		return trv_error_set(error, TRV_ERR_LIMIT, "the parameters have more than a gigabyte");
	if (room < output->size + more)
		room = output->size + more;
	char *scratch = trv_resize(filling->allocator, output->data, room);
	if (!scratch)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	filling->parameters->scratch = output->data = scratch;
	filling->parameters->scratch_size = output->room = room;
	return 0;
}

static int put_scalar(struct pg_output *output, const struct trv_bind *bind, enum way way, struct trv_error *error)
{
	char *to = output->data + output->size;
	size_t size;
	int r = 0;

	switch (way) {
	case WAY_PUT:
		size = pg_put((enum pg_kind)pg_wire_of(bind)->kind, to, bind->value);
		output->size += size;
		return size ? 0 : no_such_value(bind, error);
	case WAY_JSONB:
		*to = 1;
		memcpy(to + 1, bind->value, bind->size);
		output->size += bind->size + 1;
		return 0;
	case WAY_TEXT:
		r = put_text(to, bind, error);
		output->size += bind->size + 1;
		return r;
	case WAY_STORED:
		r = trv__pg_stored_write(bind, to, error);
		output->size += r < 0 ? 0 : (size_t)r + 1;
		return r < 0 ? r : 0;
	default:
		return 0;
	}
}

/* Writes what is not sent directly. */
static inline int put_parameter(struct pg_output *output, const struct trv_bind *bind, enum way way,
                                struct trv_error *error)
{
	size_t room = room_of(bind, way);

	if (!room)
		return 0;
	if (room > output->room - output->size) {
		int r = output->reserve(output, room, error);
		if (r < 0)
			return r;
	}
	return way == WAY_ARRAY ? trv__pg_array_put(output, bind, error) : put_scalar(output, bind, way, error);
}

/* An empty run of bytes still needs an address: NULL would be null. */
static const char *direct(const struct trv_bind *bind)
{
	return bind->size ? bind->value : "";
}

/* The scratch memory has moved since the values in it were noted. */
static void note_again(struct pg_parameters *parameters, const struct trv_bind *binds, size_t count,
                       const PGresult *description)
{
	const char *at = parameters->scratch;

	for (size_t i = 0; i < count; i++) {
		enum way way = way_of(&binds[i], parameters, description, i);

		if (way == WAY_NULL || way == WAY_DIRECT)
			continue;
		parameters->values[i] = at;
		at += parameters->lengths[i];
	}
}

int trv__pg_encode(struct pg_parameters *parameters, const struct trv_bind *binds, size_t count,
                   const PGresult *description, const struct trv_allocator *allocator, struct trv_error *error)
{
	struct filling filling = {
		.output = { parameters->scratch, 0, parameters->scratch_size, grow },
		.parameters = parameters,
		.allocator = allocator,
	};
	size_t message = 0;
	const char *before = parameters->scratch;

	for (size_t i = 0; i < count; i++) {
		const struct trv_bind *bind = &binds[i];
		enum way way = way_of(bind, parameters, description, i);
		size_t start = filling.output.size;
		int r = put_parameter(&filling.output, bind, way, error);

		if (r < 0)
			return r;
		size_t size = way == WAY_DIRECT ? bind->size : filling.output.size - start;
		if (size > MESSAGE_LIMIT || (message += size) > MESSAGE_LIMIT)
			return trv_error_set(error, TRV_ERR_LIMIT, "the parameters have more than a gigabyte");
		parameters->formats[i] = way != WAY_TEXT && way != WAY_STORED;
		parameters->values[i] = way == WAY_NULL     ? NULL
		                        : way == WAY_DIRECT ? direct(bind)
		                                            : filling.output.data + start;
		parameters->lengths[i] = (int)size;
	}
	if (filling.output.data != before)
		note_again(parameters, binds, count, description);
	return 0;
}
