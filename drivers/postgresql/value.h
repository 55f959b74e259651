/*
 * C values in the server's binary format.
 */
#ifndef TRIVET_DRIVERS_POSTGRESQL_VALUE_H
#define TRIVET_DRIVERS_POSTGRESQL_VALUE_H

#include "internal.h"
#include "wire.h"

/* How a value is written. */
enum pg_kind {
	PG_KIND_TEXT, /* a run of bytes up to a NUL */
	PG_KIND_BYTES, /* a run of bytes; all others have a room */
	PG_KIND_BYTE,
	PG_KIND_16,
	PG_KIND_32, /* float32 too: it is its bits that count */
	PG_KIND_64,
	PG_KIND_DATE,
	PG_KIND_TIMESTAMP,
	PG_KIND_UUID,
	PG_KIND_DECIMAL,
};

/* What stands for a type on the wire. */
struct pg_wire {
	Oid type;
	Oid array;
	uint8_t kind; /* enum pg_kind */
	uint8_t room; /* that a value needs, at most; 0: it is a run of bytes */
};

#define PG_WIRES (TRV_ENUM + 1)
extern const struct pg_wire trv__pg_wires[PG_WIRES]; /* by enum trv_type */

static inline const struct pg_wire *pg_wire_of(const struct trv_bind *bind)
{
	if (bind->type == TRV_ENUM && bind->storage == TRV_STORE_INTEGER)
		return &trv__pg_wires[TRV_INT32];
	return &trv__pg_wires[bind->type < PG_WIRES ? bind->type : 0];
}

static inline size_t pg_put_64(char *to, int64_t value)
{
	wire_put64(to, (uint64_t)value);
	return sizeof(value);
}

/* The ends of the range stand for infinity on the server: no value of ours may become one. */
static inline size_t pg_put_date(char *to, int32_t value)
{
	int64_t days = (int64_t)value - WIRE_EPOCH_DAYS;

	if (days <= INT32_MIN)
		return 0;
	wire_put32(to, (uint32_t)days);
	return sizeof(value);
}

static inline size_t pg_put_timestamp(char *to, int64_t value)
{
	int64_t microseconds;

	if (__builtin_sub_overflow(value, WIRE_EPOCH_MICROSECONDS, &microseconds) || microseconds == INT64_MIN)
		return 0;
	return pg_put_64(to, microseconds);
}

static inline size_t pg_put_decimal(char *to, const struct trv_decimal *value)
{
	return value->scale <= TRV_DECIMAL_DIGITS ? trv__pg_numeric_encode(to, value) : 0;
}

/*
 * Writes a value of a kind that is no run of bytes; returns its size, or 0 when it cannot be
 * said. Inline, so that a loop over values of one kind has no branches by kind.
 */
static inline __attribute__((always_inline)) size_t pg_put(enum pg_kind kind, char *to, const void *value)
{
	uint32_t bits;
	int64_t wide;

	switch (kind) {
	case PG_KIND_BYTE:
		*to = *(const char *)value;
		return 1;
	case PG_KIND_16:
		wire_put16(to, (uint16_t) * (const int16_t *)value);
		return 2;
	case PG_KIND_32:
		memcpy(&bits, value, sizeof(bits));
		wire_put32(to, bits);
		return sizeof(bits);
	case PG_KIND_64:
		memcpy(&wide, value, sizeof(wide));
		return pg_put_64(to, wide);
	case PG_KIND_DATE:
		return pg_put_date(to, *(const int32_t *)value);
	case PG_KIND_TIMESTAMP:
		return pg_put_timestamp(to, *(const int64_t *)value);
	case PG_KIND_UUID:
		memcpy(to, value, sizeof(struct trv_uuid));
		return sizeof(struct trv_uuid);
	case PG_KIND_DECIMAL:
		return pg_put_decimal(to, value);
	default:
		return 0;
	}
}

#endif
