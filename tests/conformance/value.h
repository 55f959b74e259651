/*
 * The values that every type is tried with. A kind is a type of the model `sample` with
 * its two columns, the second one nullable; its data are in ascending order.
 */
#ifndef TRIVET_CONFORMANCE_VALUE_H
#define TRIVET_CONFORMANCE_VALUE_H

#include "suite.h"

struct datum {
	const char *name; /* as in "int64 -1 survives an insert" */
	union {
		bool boolean;
		int64_t integer;
		double number;
		const char *text; /* of decimals and UUIDs too */
		struct trv_bytes bytes;
	} as;
};

struct kind {
	const char *name;
	uint64_t column; /* SAMPLE_LARGE */
	uint64_t maybe; /* SAMPLE_MAYBE_LARGE */
	const struct datum *data;
	size_t count;
	bool ordered; /* <, > and ORDER BY have a meaning */
};

extern const struct kind kinds[];
extern const size_t kind_count;

const struct trv_column *column_of(uint64_t flag);

/* A row whose columns hold something that is valid. */
struct sample plain_row(void);

/* Sets both columns of a row, or reports which one differs. */
void put_datum(struct sample *row, const struct kind *kind, const struct datum *datum);
void put_null(struct sample *row, const struct kind *kind);
bool check_datum(const struct sample *row, const struct kind *kind, const struct datum *datum);
bool check_null(const struct sample *row, const struct kind *kind);

/* Predicates over one of the columns. */
struct sample_expr compare_datum(uint64_t flag, enum trv_operator operation, const struct datum *datum);
struct sample_expr list_of_datum(uint64_t flag, const struct datum *datum, struct trv_arena *arena);
struct sample_order order_by(uint64_t flag, enum trv_direction direction);

struct trv_decimal decimal(const char *text);
struct trv_uuid uuid(const char *text);

#endif
