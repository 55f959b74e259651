/*
 * The arena: a stack of chunks. Small requests are cut from the open chunk. A request
 * that is large and does not fit gets a chunk of its own on the stack, and the open
 * chunk stays open; so one long text wastes nothing.
 *
 * A rewind frees the chunks above the mark but for one, which waits on the top chunk as
 * its spare: a loop that takes a mark, loads and rewinds calls malloc no more.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <trivet/arena.h>
#include <trivet/driver.h>

/* 64 KiB decode rows 1.2 times as fast as one doubling block. */
#define CHUNK_SIZE ((size_t)65536)

struct trv_arena_chunk {
	struct trv_arena_chunk *below;
	struct trv_arena_chunk *open; /* from which small requests are cut while this is on top; may be NULL */
	struct trv_arena_chunk *spare; /* only of the top chunk */
	size_t size; /* with this head */
};

/* Where an arena without an open chunk points to, so that arithmetic on its pointers is defined. */
static uint64_t nowhere;

/*
 * Built with TRV_ARENA_EXACT every request is a large one: each block is an allocation of
 * its very size, so that sanitizers see a byte too far and a use after a rewind, and
 * failing allocators can fail each.
 */
static bool is_large(size_t size)
{
#ifdef TRV_ARENA_EXACT
	(void)size;
	return true;
#else
	return size > CHUNK_SIZE / 4;
#endif
}

static char *chunk_start(struct trv_arena_chunk *chunk)
{
	return (char *)(chunk + 1);
}

static char *chunk_end(struct trv_arena_chunk *chunk)
{
	return (char *)chunk + chunk->size;
}

static void release_chunk(struct trv_arena *arena, struct trv_arena_chunk *chunk)
{
	if (!chunk)
		return;
	arena->used -= chunk->size;
	trv_release(&arena->allocator, chunk);
}

/* Makes `next` the place from which small requests are cut; NULL is the start of the top's open chunk. */
static void open_at(struct trv_arena *arena, char *next)
{
	struct trv_arena_chunk *open = arena->chunk ? arena->chunk->open : NULL;

	arena->end = open ? chunk_end(open) : (char *)&nowhere;
	arena->next = !open ? (char *)&nowhere : next ? next : chunk_start(open);
}

void trv_arena_init(struct trv_arena *arena, const struct trv_allocator *allocator, size_t cap)
{
	*arena = (struct trv_arena) { .cap = cap };
	if (allocator)
		arena->allocator = *allocator;
	open_at(arena, NULL);
}

static struct trv_arena_chunk *take_spare(struct trv_arena *arena)
{
	struct trv_arena_chunk *spare = arena->chunk ? arena->chunk->spare : NULL;

	if (spare)
		arena->chunk->spare = NULL;
	return spare;
}

void trv_arena_release(struct trv_arena *arena)
{
	release_chunk(arena, take_spare(arena));
	while (arena->chunk) {
		struct trv_arena_chunk *top = arena->chunk;
		arena->chunk = top->below;
		release_chunk(arena, top);
	}
	open_at(arena, NULL);
}

/* How many bytes a new chunk may still have room for. */
static size_t room_under_cap(const struct trv_arena *arena)
{
	size_t room = arena->cap == 0 ? SIZE_MAX : arena->used < arena->cap ? arena->cap - arena->used : 0;

	return room > sizeof(struct trv_arena_chunk) ? room - sizeof(struct trv_arena_chunk) : 0;
}

/* A chunk with room for `size` bytes, not yet on the stack: the usual size, or less under a tight cap. */
static struct trv_arena_chunk *new_chunk(struct trv_arena *arena, size_t size)
{
	size_t room = room_under_cap(arena);
	size_t usual = CHUNK_SIZE - sizeof(struct trv_arena_chunk);

	if (size > room)
		return NULL;
	if (!is_large(size))
		size = room < usual ? room : usual;
	size += sizeof(struct trv_arena_chunk);
	struct trv_arena_chunk *chunk = trv_allocate(&arena->allocator, size);
	if (!chunk)
		return NULL;
	chunk->size = size;
	arena->used += size;
	return chunk;
}

/* The spare, unless the request is large. Then the spare must not stand in the way of the cap. */
static struct trv_arena_chunk *find_chunk(struct trv_arena *arena, size_t size, struct trv_arena_chunk **spare)
{
	*spare = take_spare(arena);
	if (*spare && !is_large(size)) {
		struct trv_arena_chunk *chunk = *spare;
		*spare = NULL;
		return chunk;
	}
	if (*spare && size > room_under_cap(arena)) {
		release_chunk(arena, *spare);
		*spare = NULL;
	}
	return new_chunk(arena, size);
}

void *trv_arena_grow(struct trv_arena *arena, size_t size)
{
	struct trv_arena_chunk *spare;
	struct trv_arena_chunk *chunk = find_chunk(arena, size, &spare);

	if (!chunk) {
		if (arena->chunk)
			arena->chunk->spare = spare;
		return NULL;
	}
	chunk->below = arena->chunk;
	chunk->spare = spare;
	chunk->open = chunk;
	if (is_large(size) && arena->chunk)
		chunk->open = arena->chunk->open;
	arena->chunk = chunk;
	if (chunk->open == chunk)
		open_at(arena, chunk_start(chunk) + size);
	return chunk_start(chunk);
}

void *trv_arena_zero(struct trv_arena *arena, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	void *memory = trv_arena_alloc(arena, total ? total : 1);
	return memory ? memset(memory, 0, total) : NULL;
}

char *trv_arena_copy(struct trv_arena *arena, const void *data, size_t size)
{
	if (size == SIZE_MAX)
		return NULL;
	char *copy = trv_arena_bytes(arena, size + 1);
	if (!copy)
		return NULL;
	if (size)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}

char *trv_arena_strdup(struct trv_arena *arena, const char *text)
{
	return text ? trv_arena_copy(arena, text, strlen(text)) : NULL;
}

char *trv_arena_printf(struct trv_arena *arena, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		return NULL;
	char *text = trv_arena_bytes(arena, (size_t)length + 1);
	if (!text)
		return NULL;
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}

struct trv_mark trv_arena_mark(const struct trv_arena *arena)
{
	return (struct trv_mark) { .chunk = arena->chunk, .next = arena->next };
}

/* Of two chunks, keeps the first if it is of the usual size; frees what is not kept. */
static struct trv_arena_chunk *keep_one(struct trv_arena *arena, struct trv_arena_chunk *kept,
                                        struct trv_arena_chunk *chunk)
{
	if (!kept && chunk && chunk->size == CHUNK_SIZE)
		return chunk;
	release_chunk(arena, chunk);
	return kept;
}

/* Kept out of the registers of a rewind that frees nothing. */
__attribute__((noinline)) static void rewind_chunks(struct trv_arena *arena, struct trv_mark mark)
{
	struct trv_arena_chunk *spare = keep_one(arena, NULL, take_spare(arena));
	while (arena->chunk && arena->chunk != mark.chunk) {
		struct trv_arena_chunk *top = arena->chunk;
		arena->chunk = top->below;
		spare = keep_one(arena, spare, top);
	}
	if (arena->chunk) {
		arena->chunk->spare = spare;
		open_at(arena, mark.next);
		return;
	}
	/* The mark is of the empty arena: there is no chunk on which a spare could wait, so it is the open one. */
	arena->chunk = spare;
	if (spare) {
		spare->below = NULL;
		spare->spare = NULL;
		spare->open = spare;
	}
	open_at(arena, NULL);
}

/* Whether no chunk is freed: what a loop does that takes little. One that began with nothing has its first chunk. */
static inline bool is_in_top(const struct trv_arena *arena, struct trv_mark mark)
{
	const struct trv_arena_chunk *top = arena->chunk;

	return top == mark.chunk || (!mark.chunk && !top->below && !top->spare && top->size == CHUNK_SIZE);
}

void trv_arena_rewind(struct trv_arena *arena, struct trv_mark mark)
{
	if (is_in_top(arena, mark))
		open_at(arena, mark.chunk ? mark.next : NULL);
	else
		rewind_chunks(arena, mark);
}
