/*
 * Parameters. What the caller holds until `finish` (text, bytes, UUIDs) is bound without
 * a copy; what is written out here (decimals, ISO times) SQLite copies.
 */
#include "internal.h"
#include <limits.h>
#include <math.h>
#include <string.h>

#define SECOND INT64_C(1000000) /* in microseconds */
#define UNIX_EPOCH_JULIAN 2440587.5

static int64_t read_integer(const struct trv_bind *bind)
{
	switch (bind->type) {
	case TRV_BOOL:
		return *(const bool *)bind->value;
	case TRV_INT16:
		return *(const int16_t *)bind->value;
	case TRV_INT32:
	case TRV_DATE:
	case TRV_ENUM:
		return *(const int32_t *)bind->value;
	default:
		return *(const int64_t *)bind->value;
	}
}

static int bind_short(sqlite3_stmt *handle, int at, const char *text, size_t size)
{
	return sqlite3_bind_text(handle, at, text, (int)size, SQLITE_TRANSIENT);
}

/* Not NULL for an empty value: SQLite would take that as null. */
static int bind_bytes(sqlite3_stmt *handle, int at, const struct trv_bind *bind)
{
	return sqlite3_bind_blob64(handle, at, bind->value ? bind->value : "", bind->size, SQLITE_STATIC);
}

/*
 * Without a length: then SQLite knows of the NUL, and need not copy the text to put one there, as it
 * does for each CHECK that calls length(). Measured: a tenth of an insert.
 */
static int bind_text(sqlite3_stmt *handle, int at, const struct trv_bind *bind)
{
	if (bind->size > INT_MAX)
		return SQLITE_TOOBIG;
	return sqlite3_bind_text(handle, at, bind->value ? bind->value : "", -1, SQLITE_STATIC);
}

static int bind_decimal(sqlite3_stmt *handle, int at, const struct trv_bind *bind)
{
	const struct trv_decimal *value = bind->value;
	char text[TRV_DECIMAL_TEXT];

	if (bind->storage == TRV_STORE_REAL)
		return sqlite3_bind_double(handle, at, trv_decimal_to_double(value));
	if (bind->storage == TRV_STORE_INTEGER) {
		struct trv_decimal units = *value;

		if (trv_decimal_rescale(&units, bind->scale) < 0 || units.high != ((int64_t)units.low < 0 ? -1 : 0))
			return SQLITE_MISMATCH;
		return sqlite3_bind_int64(handle, at, (int64_t)units.low);
	}
	return bind_short(handle, at, text, trv_decimal_format(value, text));
}

static int bind_bool(sqlite3_stmt *handle, int at, const struct trv_bind *bind)
{
	bool value = read_integer(bind) != 0;

	if (bind->storage == TRV_STORE_TEXT)
		return sqlite3_bind_text(handle, at, value ? "true" : "false", -1, SQLITE_STATIC);
	return sqlite3_bind_int64(handle, at, value);
}

static int bind_uuid(sqlite3_stmt *handle, int at, const struct trv_bind *bind)
{
	char text[TRV_UUID_TEXT];

	if (bind->storage != TRV_STORE_TEXT)
		return sqlite3_bind_blob(handle, at, bind->value, sizeof(struct trv_uuid), SQLITE_STATIC);
	trv_uuid_format(bind->value, text);
	return bind_short(handle, at, text, TRV_UUID_TEXT - 1);
}

static int64_t floor_divide(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

static int bind_date(sqlite3_stmt *handle, int at, const struct trv_bind *bind)
{
	int32_t value = *(const int32_t *)bind->value;
	char text[TRV_TIME_TEXT];

	switch (bind->storage) {
	case TRV_STORE_ISO:
		return bind_short(handle, at, text, trv_date_format(value, text));
	case TRV_STORE_JULIAN:
		return sqlite3_bind_double(handle, at, value + UNIX_EPOCH_JULIAN);
	default:
		return sqlite3_bind_int64(handle, at, value);
	}
}

static int bind_time(sqlite3_stmt *handle, int at, const struct trv_bind *bind)
{
	int64_t value = *(const int64_t *)bind->value;
	char text[TRV_TIME_TEXT];

	if (bind->storage == TRV_STORE_ISO)
		return bind_short(handle, at, text, trv_time_format(value, text));
	return sqlite3_bind_int64(handle, at, value);
}

/* As SQLite's own datetime() writes it, "YYYY-MM-DD HH:MM:SS", so that both kinds sort together. */
static int bind_iso(sqlite3_stmt *handle, int at, int64_t value)
{
	char text[TRV_TIME_TEXT];
	size_t size = trv_timestamp_format(value, text);
	char *middle = memchr(text, 'T', size);

	if (middle)
		*middle = ' ';
	if (size && text[size - 1] == 'Z')
		size--;
	return bind_short(handle, at, text, size);
}

static int bind_timestamp(sqlite3_stmt *handle, int at, const struct trv_bind *bind)
{
	int64_t value = *(const int64_t *)bind->value;

	switch (bind->storage) {
	case TRV_STORE_ISO:
		return bind_iso(handle, at, value);
	case TRV_STORE_UNIX:
		if (value % SECOND)
			return sqlite3_bind_double(handle, at, (double)value / (double)SECOND);
		return sqlite3_bind_int64(handle, at, value / SECOND);
	case TRV_STORE_MILLIS:
		return sqlite3_bind_int64(handle, at, floor_divide(value, 1000));
	case TRV_STORE_JULIAN:
		return sqlite3_bind_double(handle, at,
		                           (double)value / (double)TRV_DAY_MICROSECONDS + UNIX_EPOCH_JULIAN);
	default:
		return sqlite3_bind_int64(handle, at, value);
	}
}

static int bind_enum(sqlite3_stmt *handle, int at, const struct trv_bind *bind)
{
	if (bind->storage == TRV_STORE_INTEGER)
		return sqlite3_bind_int64(handle, at, read_integer(bind));
	return bind_text(handle, at, bind);
}

/* NaN is refused: SQLite would store it as null. */
static int bind_double(sqlite3_stmt *handle, int at, double value)
{
	return isnan(value) ? SQLITE_MISMATCH : sqlite3_bind_double(handle, at, value);
}

static inline int bind_one(sqlite3_stmt *handle, int at, const struct trv_bind *bind)
{
	switch (bind->type) {
	case TRV_BOOL:
		return bind_bool(handle, at, bind);
	case TRV_INT16:
	case TRV_INT32:
	case TRV_INT64:
		return sqlite3_bind_int64(handle, at, read_integer(bind));
	case TRV_FLOAT32:
		return bind_double(handle, at, *(const float *)bind->value);
	case TRV_FLOAT64:
		return bind_double(handle, at, *(const double *)bind->value);
	case TRV_DECIMAL:
		return bind_decimal(handle, at, bind);
	case TRV_TEXT:
	case TRV_JSON:
		return bind_text(handle, at, bind);
	case TRV_BYTES:
		return bind_bytes(handle, at, bind);
	case TRV_DATE:
		return bind_date(handle, at, bind);
	case TRV_TIME:
		return bind_time(handle, at, bind);
	case TRV_TIMESTAMP:
		return bind_timestamp(handle, at, bind);
	case TRV_UUID:
		return bind_uuid(handle, at, bind);
	case TRV_ENUM:
		return bind_enum(handle, at, bind);
	default:
		return SQLITE_MISUSE;
	}
}

static int refuse(const struct trv_bind *bind, int at, int native, struct trv_error *error)
{
	const char *type = trv_type_name((enum trv_type)bind->type);

	if (native == SQLITE_TOOBIG)
		return trv_error_set(error, TRV_ERR_LIMIT, "parameter %d: %zu bytes are more than SQLite takes", at,
		                     bind->size);
	if (native == SQLITE_MISMATCH && bind->type == TRV_DECIMAL)
		return trv_error_set(error, TRV_ERR_VALUE, "parameter %d: the decimal does not fit a 64-bit integer",
		                     at);
	if (native == SQLITE_MISMATCH)
		return trv_error_set(error, TRV_ERR_VALUE, "parameter %d: SQLite cannot keep NaN in a %s", at, type);
	if (native == SQLITE_NOMEM)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	return trv_error_set(error, TRV_ERR_MISUSE, "parameter %d: cannot bind type %d", at, bind->type);
}

static int bind_null_or_one(sqlite3_stmt *handle, int at, const struct trv_bind *bind)
{
	return bind->null ? sqlite3_bind_null(handle, at) : bind_one(handle, at, bind);
}

/* Element `i` of an array, as a parameter of its own. */
static int bind_element(sqlite3_stmt *handle, int at, const struct trv_bind *array, size_t i)
{
	const void *value = (const char *)array->value + i * array->size;
	const struct trv_bytes *bytes = value;
	const char *text;

	if (array->present && !array->present[i * array->present_stride])
		return sqlite3_bind_null(handle, at);
	switch (array->type) {
	case TRV_TEXT:
	case TRV_JSON:
	case TRV_ENUM:
		text = *(const char *const *)value;
		return sqlite3_bind_text(handle, at, text, -1, SQLITE_STATIC); /* NULL is null */
	case TRV_BYTES:
		return bytes->data ? sqlite3_bind_blob64(handle, at, bytes->size ? bytes->data : "", bytes->size,
		                                         SQLITE_STATIC)
		                   : sqlite3_bind_null(handle, at);
	default:
		return bind_one(handle, at,
		                &(struct trv_bind) { .value = value,
		                                     .type = array->type,
		                                     .storage = array->storage,
		                                     .scale = array->scale });
	}
}

int trv__sqlite_bind(sqlite3_stmt *handle, const struct trv_request *request, size_t row, struct trv_error *error)
{
	for (size_t i = 0; i < request->bind_count; i++) {
		const struct trv_bind *bind = &request->binds[i];
		int at = (int)i + 1;
		int native;

		if (bind->count && request->each)
			native = bind_element(handle, at, bind, row);
		else if (bind->count)
			native = sqlite3_bind_pointer(handle, at, (void *)bind, SQLITE_ROWS_POINTER, NULL);
		else
			native = bind_null_or_one(handle, at, bind);
		if (native != SQLITE_OK)
			return refuse(bind, at, native, error);
	}
	return 0;
}
