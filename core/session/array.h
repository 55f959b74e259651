/* A growing array of equal structs in scratch memory, copied side by side once it is whole. */
#ifndef TRIVET_SESSION_ARRAY_H
#define TRIVET_SESSION_ARRAY_H

#include <trivet/arena.h>

struct trv__array_piece;

struct trv__array {
	struct trv_arena *scratch;
	size_t size; /* of an item */
	size_t count;
	struct trv__array_piece *first, *last;
};

void trv__array_init(struct trv__array *array, struct trv_arena *scratch, size_t size);

/* A zeroed place for one more item, which counts once it is kept; NULL when out of memory. */
void *trv__array_next(struct trv__array *array);
void trv__array_keep(struct trv__array *array);

/* All items in `arena`; NULL when there are none or memory is short. */
void *trv__array_copy(const struct trv__array *array, struct trv_arena *arena);

#endif
