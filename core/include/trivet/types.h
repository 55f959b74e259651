/**
 * @file types.h
 * The column types and the C values that they have.
 *
 * | schema                  | C                                             |
 * |-------------------------|-----------------------------------------------|
 * | bool                    | bool                                          |
 * | int16, int32, int64     | int16_t, int32_t, int64_t                     |
 * | float32, float64        | float, double                                 |
 * | decimal(p,s)            | struct trv_decimal                            |
 * | text, text(n), json     | const char *, UTF-8                           |
 * | bytes                   | struct trv_bytes                              |
 * | date                    | int32_t, days since 1970-01-01                |
 * | time                    | int64_t, microseconds since midnight          |
 * | timestamp               | int64_t, microseconds since 1970, always UTC  |
 * | uuid                    | struct trv_uuid                               |
 * | an enum                 | a C enum (32 bits), stored as text            |
 *
 * All functions here are pure and may be called from any thread.
 */
#ifndef TRIVET_TYPES_H
#define TRIVET_TYPES_H

#include <trivet/common.h>

TRV_BEGIN_DECLS

enum trv_type {
	TRV_BOOL = 1,
	TRV_INT16,
	TRV_INT32,
	TRV_INT64,
	TRV_FLOAT32,
	TRV_FLOAT64,
	TRV_DECIMAL,
	TRV_TEXT,
	TRV_BYTES,
	TRV_DATE,
	TRV_TIME,
	TRV_TIMESTAMP,
	TRV_UUID,
	TRV_JSON,
	TRV_ENUM,
};

/** The type's name in the schema language; "?" for no type. */
TRV_API const char *trv_type_name(enum trv_type type);

/** The size of its C value. */
TRV_API size_t trv_type_size(enum trv_type type);

/** Bytes. NULL data is null; an empty value has a data pointer that is not NULL. */
struct trv_bytes {
	const void *data;
	size_t size;
};

/**
 * A decimal number: (high * 2^64 + low) / 10^scale, the coefficient in two's
 * complement. Up to 38 digits, exact. Zero-initialised it is 0.
 */
struct trv_decimal {
	uint64_t low;
	int64_t high;
	uint32_t scale; /* digits behind the point, 0 to 38 */
	uint32_t reserved;
};

#define TRV_DECIMAL_DIGITS 38
#define TRV_DECIMAL_TEXT 48 /* room for any decimal as text, with its NUL */

/** `units` / 10^scale: trv_decimal(1250, 2) is 12.50. */
TRV_API struct trv_decimal trv_decimal(int64_t units, unsigned scale);

/**
 * Reads "-12.50", digits with an optional sign, point and exponent, all of `text`.
 * TRV_ERR_VALUE when it is no number or does not fit 38 digits.
 */
TRV_API TRV_MUST_CHECK int trv_decimal_parse(struct trv_decimal *value, const char *text);

/** The same for `size` bytes without a NUL. */
TRV_API TRV_MUST_CHECK int trv_decimal_parse_n(struct trv_decimal *value, const char *text, size_t size);

/** Writes all its digits, as "-12.50"; returns the length. */
TRV_API size_t trv_decimal_format(const struct trv_decimal *value, char text[TRV_DECIMAL_TEXT]);

/** Less than, equal to or greater than 0; 1.5 equals 1.50. */
TRV_API int trv_decimal_compare(const struct trv_decimal *a, const struct trv_decimal *b);

/** a + b at the larger scale. TRV_ERR_VALUE when the sum does not fit. */
TRV_API TRV_MUST_CHECK int trv_decimal_add(struct trv_decimal *sum, const struct trv_decimal *a,
                                           const struct trv_decimal *b);

/** The same number with `scale` digits behind the point, halves away from zero. TRV_ERR_VALUE when it does not fit. */
TRV_API TRV_MUST_CHECK int trv_decimal_rescale(struct trv_decimal *value, unsigned scale);

/** How many digits the coefficient has; 0 has 1. */
TRV_API unsigned trv_decimal_digits(const struct trv_decimal *value);

/** The nearest double. */
TRV_API double trv_decimal_to_double(const struct trv_decimal *value);

/** The double with `scale` digits behind the point. TRV_ERR_VALUE for NaN, infinities and what does not fit. */
TRV_API TRV_MUST_CHECK int trv_decimal_from_double(struct trv_decimal *value, double number, unsigned scale);

struct trv_uuid {
	uint8_t bytes[16];
};

#define TRV_UUID_TEXT 37

/** A random UUID (version 4, RFC 9562). TRV_ERR_IO when the system gives no random bytes. */
TRV_API TRV_MUST_CHECK int trv_uuid_v4(struct trv_uuid *uuid);

/** A UUID that sorts by time (version 7, RFC 9562), increasing within the process. */
TRV_API TRV_MUST_CHECK int trv_uuid_v7(struct trv_uuid *uuid);

/** Reads the 36-character form, either case; TRV_ERR_VALUE for anything else. */
TRV_API TRV_MUST_CHECK int trv_uuid_parse(struct trv_uuid *uuid, const char *text, size_t size);

/** Writes the 36 characters in lower case and a NUL. */
TRV_API void trv_uuid_format(const struct trv_uuid *uuid, char text[TRV_UUID_TEXT]);

TRV_API bool trv_uuid_is_nil(const struct trv_uuid *uuid);

/** The calendar's reading of a date, time or timestamp. Proleptic Gregorian, UTC. */
struct trv_civil {
	int32_t year;
	int month; /* 1 to 12 */
	int day; /* 1 to 31 */
	int hour, minute, second;
	int microsecond;
};

#define TRV_TIME_TEXT 40
#define TRV_DAY_MICROSECONDS INT64_C(86400000000)

/** Now, in microseconds since 1970, UTC. */
TRV_API int64_t trv_now(void);

/** Days since 1970-01-01 of a calendar day, which must exist: TRV_ERR_VALUE. Source: H. Hinnant, days_from_civil. */
TRV_API TRV_MUST_CHECK int trv_date_make(int32_t *date, int year, int month, int day);

/** The timestamp of a calendar instant in UTC. TRV_ERR_VALUE when it does not exist. */
TRV_API TRV_MUST_CHECK int trv_timestamp_make(int64_t *timestamp, const struct trv_civil *civil);

TRV_API struct trv_civil trv_date_civil(int32_t date);
TRV_API struct trv_civil trv_timestamp_civil(int64_t timestamp);

/** "YYYY-MM-DD"; the length is returned. */
TRV_API size_t trv_date_format(int32_t date, char text[TRV_TIME_TEXT]);

/** "HH:MM:SS.ffffff", the fraction only when it is not zero. */
TRV_API size_t trv_time_format(int64_t time, char text[TRV_TIME_TEXT]);

/** "YYYY-MM-DDTHH:MM:SS.ffffffZ", the fraction only when it is not zero. */
TRV_API size_t trv_timestamp_format(int64_t timestamp, char text[TRV_TIME_TEXT]);

TRV_API TRV_MUST_CHECK int trv_date_parse(int32_t *date, const char *text, size_t size);
TRV_API TRV_MUST_CHECK int trv_time_parse(int64_t *time, const char *text, size_t size);

/**
 * Reads ISO 8601: a date, then optionally "T" or a space and a time with up to nine
 * digits of a second (cut to six), then optionally Z or an offset as +02:00. Without
 * one it is UTC. TRV_ERR_VALUE for anything else.
 */
TRV_API TRV_MUST_CHECK int trv_timestamp_parse(int64_t *timestamp, const char *text, size_t size);

/** Whether `size` bytes are UTF-8 (RFC 3629: no surrogates, no overlong forms) without a NUL. */
TRV_API bool trv_utf8_valid(const char *text, size_t size);

/** How many code points valid UTF-8 has. */
TRV_API size_t trv_utf8_length(const char *text, size_t size);

/**
 * A value with its type, for raw SQL and for aggregates. Made by the functions below.
 * Text and bytes are borrowed. An enum's value is bound as text.
 */
struct trv_value {
	enum trv_type type;
	bool null;
	union {
		bool boolean;
		int64_t integer; /* int16 to int64, date, time, timestamp */
		double number; /* float32, float64 */
		const char *text; /* text, json */
		struct trv_bytes bytes;
		struct trv_decimal decimal;
		struct trv_uuid uuid;
	} as;
};

TRV_API struct trv_value trv_null(enum trv_type type);
TRV_API struct trv_value trv_bool(bool value);
TRV_API struct trv_value trv_int(int64_t value);
TRV_API struct trv_value trv_double(double value);
TRV_API struct trv_value trv_text(const char *value);
TRV_API struct trv_value trv_json(const char *value);
TRV_API struct trv_value trv_bytes(const void *data, size_t size);
TRV_API struct trv_value trv_numeric(struct trv_decimal value);
TRV_API struct trv_value trv_date(int32_t value);
TRV_API struct trv_value trv_time(int64_t value);
TRV_API struct trv_value trv_timestamp(int64_t value);
TRV_API struct trv_value trv_uuid(struct trv_uuid value);

TRV_END_DECLS

#endif
