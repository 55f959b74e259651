/*
 * Values that a schema keeps in another way than their type's usual one: a timestamp as
 * milliseconds, a UUID as text. They are rare here, as PostgreSQL has every type. They
 * are sent as text of a type that the server infers, so one spelling fits an integer, a
 * real and a text column.
 */
#include "internal.h"
#include <inttypes.h>
#include <stdio.h>

#define JULIAN_EPOCH 2440587.5 /* the Julian day of 1970-01-01 */

/* Writes the value as text; returns its length or a negative status. */
typedef int store(const struct trv_bind *bind, char text[PG_STORED_SIZE]);

static int store_integer(char *text, int64_t value)
{
	return snprintf(text, PG_STORED_SIZE, "%" PRId64, value);
}

static int store_real(char *text, double value)
{
	return snprintf(text, PG_STORED_SIZE, "%.17g", value);
}

static int iso_date(const struct trv_bind *bind, char *text)
{
	return (int)trv_date_format(*(const int32_t *)bind->value, text);
}

static int iso_time(const struct trv_bind *bind, char *text)
{
	return (int)trv_time_format(*(const int64_t *)bind->value, text);
}

static int iso_timestamp(const struct trv_bind *bind, char *text)
{
	return (int)trv_timestamp_format(*(const int64_t *)bind->value, text);
}

static int unix_timestamp(const struct trv_bind *bind, char *text)
{
	int64_t value = *(const int64_t *)bind->value;

	return value % 1000000 ? store_real(text, (double)value / 1e6) : store_integer(text, value / 1000000);
}

static int milli_timestamp(const struct trv_bind *bind, char *text)
{
	int64_t value = *(const int64_t *)bind->value;

	return store_integer(text, value / 1000 - (value % 1000 < 0));
}

static int micro_timestamp(const struct trv_bind *bind, char *text)
{
	return store_integer(text, *(const int64_t *)bind->value);
}

static int julian_date(const struct trv_bind *bind, char *text)
{
	return store_real(text, JULIAN_EPOCH + (double)*(const int32_t *)bind->value);
}

static int julian_timestamp(const struct trv_bind *bind, char *text)
{
	return store_real(text, JULIAN_EPOCH + (double)*(const int64_t *)bind->value / (double)TRV_DAY_MICROSECONDS);
}

static int real_decimal(const struct trv_bind *bind, char *text)
{
	return store_real(text, trv_decimal_to_double(bind->value));
}

static int text_decimal(const struct trv_bind *bind, char *text)
{
	return (int)trv_decimal_format(bind->value, text);
}

static int units_decimal(const struct trv_bind *bind, char *text)
{
	struct trv_decimal value = *(const struct trv_decimal *)bind->value;
	int r = trv_decimal_rescale(&value, bind->scale);

	if (r < 0 || value.high != ((int64_t)value.low < 0 ? -1 : 0))
		return TRV_ERR_VALUE;
	return store_integer(text, (int64_t)value.low);
}

static int text_bool(const struct trv_bind *bind, char *text)
{
	return snprintf(text, PG_STORED_SIZE, "%s", *(const bool *)bind->value ? "true" : "false");
}

static int text_uuid(const struct trv_bind *bind, char *text)
{
	trv_uuid_format(bind->value, text);
	return TRV_UUID_TEXT - 1;
}

static const struct {
	uint8_t type;
	uint8_t storage;
	store *store;
} stores[] = {
	{ TRV_DATE, TRV_STORE_ISO, iso_date },
	{ TRV_TIME, TRV_STORE_ISO, iso_time },
	{ TRV_TIMESTAMP, TRV_STORE_ISO, iso_timestamp },
	{ TRV_TIMESTAMP, TRV_STORE_UNIX, unix_timestamp },
	{ TRV_TIMESTAMP, TRV_STORE_MILLIS, milli_timestamp },
	{ TRV_TIMESTAMP, TRV_STORE_MICROS, micro_timestamp },
	{ TRV_DATE, TRV_STORE_JULIAN, julian_date },
	{ TRV_TIMESTAMP, TRV_STORE_JULIAN, julian_timestamp },
	{ TRV_DECIMAL, TRV_STORE_REAL, real_decimal },
	{ TRV_DECIMAL, TRV_STORE_TEXT, text_decimal },
	{ TRV_DECIMAL, TRV_STORE_INTEGER, units_decimal },
	{ TRV_BOOL, TRV_STORE_TEXT, text_bool },
	{ TRV_UUID, TRV_STORE_TEXT, text_uuid },
};

static store *store_for(const struct trv_bind *bind)
{
	for (size_t i = 0; i < TRV_COUNT_OF(stores); i++)
		if (stores[i].type == bind->type && stores[i].storage == bind->storage)
			return stores[i].store;
	return NULL;
}

bool trv__pg_is_store_known(const struct trv_bind *bind)
{
	return store_for(bind) != NULL;
}

int trv__pg_stored_write(const struct trv_bind *bind, char text[PG_STORED_SIZE], struct trv_error *error)
{
	int size = store_for(bind)(bind, text);

	if (size < 0)
		return trv_error_set(error, size, "a %s does not fit the way in which it is stored",
		                     trv_type_name((enum trv_type)bind->type));
	return size;
}
