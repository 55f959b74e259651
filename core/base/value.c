/*
 * Names and sizes of the types, and the constructors of values.
 */
#include <trivet/types.h>

static const struct {
	const char *name;
	size_t size;
} types[] = {
	[TRV_BOOL] = { "bool", sizeof(bool) },
	[TRV_INT16] = { "int16", sizeof(int16_t) },
	[TRV_INT32] = { "int32", sizeof(int32_t) },
	[TRV_INT64] = { "int64", sizeof(int64_t) },
	[TRV_FLOAT32] = { "float32", sizeof(float) },
	[TRV_FLOAT64] = { "float64", sizeof(double) },
	[TRV_DECIMAL] = { "decimal", sizeof(struct trv_decimal) },
	[TRV_TEXT] = { "text", sizeof(const char *) },
	[TRV_BYTES] = { "bytes", sizeof(struct trv_bytes) },
	[TRV_DATE] = { "date", sizeof(int32_t) },
	[TRV_TIME] = { "time", sizeof(int64_t) },
	[TRV_TIMESTAMP] = { "timestamp", sizeof(int64_t) },
	[TRV_UUID] = { "uuid", sizeof(struct trv_uuid) },
	[TRV_JSON] = { "json", sizeof(const char *) },
	[TRV_ENUM] = { "enum", sizeof(int32_t) },
};

static bool is_type(enum trv_type type)
{
	return (size_t)type < TRV_COUNT_OF(types) && types[type].name;
}

const char *trv_type_name(enum trv_type type)
{
	return is_type(type) ? types[type].name : "?";
}

size_t trv_type_size(enum trv_type type)
{
	return is_type(type) ? types[type].size : 0;
}

struct trv_value trv_null(enum trv_type type)
{
	return (struct trv_value) { .type = type, .null = true };
}

struct trv_value trv_bool(bool value)
{
	return (struct trv_value) { .type = TRV_BOOL, .as.boolean = value };
}

struct trv_value trv_int(int64_t value)
{
	return (struct trv_value) { .type = TRV_INT64, .as.integer = value };
}

struct trv_value trv_double(double value)
{
	return (struct trv_value) { .type = TRV_FLOAT64, .as.number = value };
}

struct trv_value trv_text(const char *value)
{
	return (struct trv_value) { .type = TRV_TEXT, .null = !value, .as.text = value };
}

struct trv_value trv_json(const char *value)
{
	return (struct trv_value) { .type = TRV_JSON, .null = !value, .as.text = value };
}

struct trv_value trv_bytes(const void *data, size_t size)
{
	return (struct trv_value) { .type = TRV_BYTES, .null = !data, .as.bytes = { data, size } };
}

struct trv_value trv_numeric(struct trv_decimal value)
{
	return (struct trv_value) { .type = TRV_DECIMAL, .as.decimal = value };
}

struct trv_value trv_date(int32_t value)
{
	return (struct trv_value) { .type = TRV_DATE, .as.integer = value };
}

struct trv_value trv_time(int64_t value)
{
	return (struct trv_value) { .type = TRV_TIME, .as.integer = value };
}

struct trv_value trv_timestamp(int64_t value)
{
	return (struct trv_value) { .type = TRV_TIMESTAMP, .as.integer = value };
}

struct trv_value trv_uuid(struct trv_uuid value)
{
	return (struct trv_value) { .type = TRV_UUID, .as.uuid = value };
}
