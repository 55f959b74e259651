/*
 * Integers in network order, at any alignment.
 */
#ifndef TRIVET_DRIVERS_POSTGRESQL_WIRE_H
#define TRIVET_DRIVERS_POSTGRESQL_WIRE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* Timestamps and dates are counted from 2000-01-01. */
#define WIRE_EPOCH_DAYS 10957
#define WIRE_EPOCH_MICROSECONDS INT64_C(946684800000000)

static inline void wire_put16(char *to, uint16_t value)
{
	value = htobe16(value);
	memcpy(to, &value, sizeof(value));
}

static inline void wire_put32(char *to, uint32_t value)
{
	value = htobe32(value);
	memcpy(to, &value, sizeof(value));
}

static inline void wire_put64(char *to, uint64_t value)
{
	value = htobe64(value);
	memcpy(to, &value, sizeof(value));
}

static inline void wire_copy32(void *to, const char *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	value = be32toh(value);
	memcpy(to, &value, sizeof(value));
}

static inline void wire_copy64(void *to, const char *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	value = be64toh(value);
	memcpy(to, &value, sizeof(value));
}

static inline uint16_t wire_get16(const char *from)
{
	uint16_t value;

	memcpy(&value, from, sizeof(value));
	return be16toh(value);
}

static inline uint32_t wire_get32(const char *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return be32toh(value);
}

static inline uint64_t wire_get64(const char *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	return be64toh(value);
}

#endif
