/* A result value that goes into no member of a model: decoded into a cell, handed out as a trv_value. */
#ifndef TRIVET_SESSION_CELL_H
#define TRIVET_SESSION_CELL_H

#include <trivet/driver.h>

struct trv__cell {
	union {
		bool boolean;
		int16_t int16;
		int32_t int32;
		int64_t int64;
		float float32;
		double float64;
		const char *text;
		struct trv_bytes bytes;
		struct trv_decimal decimal;
		struct trv_uuid uuid;
	} as;
	bool has;
};

/* Makes `slot` one that decodes into cell `index` of an array of cells at base `base`. */
void trv__cell_aim(struct trv_slot *slot, unsigned base, size_t index);

/* What was decoded as `type`. An enum's value is its number. */
struct trv_value trv__cell_value(const struct trv__cell *cell, enum trv_type type);

#endif
