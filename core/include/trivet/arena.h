/**
 * @file arena.h
 * Memory that dies together. An arena hands out memory from chunks and frees all of
 * it at once; nothing in it is freed alone. A session owns one, and every row, string
 * and list that it loads lives there until the session closes or is rewound:
 *
 *     struct trv_mark mark = trv_arena_mark(arena);
 *     ... many allocations ...
 *     trv_arena_rewind(arena, mark);
 *
 * An arena belongs to one thread at a time.
 */
#ifndef TRIVET_ARENA_H
#define TRIVET_ARENA_H

#include <trivet/common.h>

TRV_BEGIN_DECLS

/**
 * Where the library gets its memory. All three are given or none (malloc). `context`
 * comes back in each call. They must be safe to call from every thread that uses the
 * library. `resize` follows realloc; sizes are never 0.
 */
struct trv_allocator {
	void *(*allocate)(void *context, size_t size);
	void *(*resize)(void *context, void *memory, size_t size);
	void (*release)(void *context, void *memory);
	void *context;
};

/** An arena. Inside it is the library's; it is here so that it can live on the stack. */
struct trv_arena {
	char *next; /* the free part of the current chunk */
	char *end;
	struct trv_arena_chunk *chunk;
	size_t used; /* bytes in chunks, all together */
	size_t cap; /* the most it may take; 0 is no limit */
	struct trv_allocator allocator;
};

/** A place to come back to. */
struct trv_mark {
	struct trv_arena_chunk *chunk;
	char *next;
};

/** `allocator` NULL is malloc; `cap` 0 is no limit, in bytes. Cannot fail, allocates nothing. */
TRV_API void trv_arena_init(struct trv_arena *arena, const struct trv_allocator *allocator, size_t cap);

/** Frees everything. The arena is usable again afterwards. */
TRV_API void trv_arena_release(struct trv_arena *arena);

/** The slow way of trv_arena_alloc: takes a new chunk. NULL when out of memory or over the cap. */
TRV_API void *trv_arena_grow(struct trv_arena *arena, size_t size);

/** `size` bytes, not zeroed, aligned to 8; NULL when out of memory or over the cap. */
static inline void *trv_arena_alloc(struct trv_arena *arena, size_t size)
{
	size_t skip = (size_t)(-(uintptr_t)arena->next & 7u);
	size_t room = (size_t)(arena->end - arena->next);

	if (room < skip || size > room - skip)
		return trv_arena_grow(arena, size);
	char *memory = arena->next + skip;
	arena->next = memory + size;
	return memory;
}

/** `size` bytes with no alignment, for strings; NULL as above. */
static inline char *trv_arena_bytes(struct trv_arena *arena, size_t size)
{
	if (size > (size_t)(arena->end - arena->next))
		return (char *)trv_arena_grow(arena, size);
	char *memory = arena->next;
	arena->next += size;
	return memory;
}

/** `count` times `size` zeroed bytes; NULL also when the product overflows. */
TRV_API void *trv_arena_zero(struct trv_arena *arena, size_t count, size_t size);

/** A copy of `text` (NULL gives NULL). */
TRV_API char *trv_arena_strdup(struct trv_arena *arena, const char *text);

/** A copy of `size` bytes and a NUL behind them. */
TRV_API char *trv_arena_copy(struct trv_arena *arena, const void *data, size_t size);

/** Formats into the arena. */
TRV_API char *trv_arena_printf(struct trv_arena *arena, const char *format, ...) TRV_PRINTF(2, 3);

TRV_API struct trv_mark trv_arena_mark(const struct trv_arena *arena);

/** Frees what was allocated since `mark`. Marks taken since are void. */
TRV_API void trv_arena_rewind(struct trv_arena *arena, struct trv_mark mark);

TRV_END_DECLS

#endif
