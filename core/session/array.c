#include "session/array.h"

#include <stdint.h>
#include <string.h>

#define FIRST_PIECE 16
#define LARGEST_PIECE 32768 /* bytes */

struct trv__array_piece {
	char *items;
	size_t count, room;
	struct trv__array_piece *next;
};

void trv__array_init(struct trv__array *array, struct trv_arena *scratch, size_t size)
{
	*array = (struct trv__array) { .scratch = scratch, .size = size };
}

static size_t next_room(const struct trv__array *array)
{
	size_t room = array->last ? array->last->room * 2 : FIRST_PIECE;

	if (room <= LARGEST_PIECE / array->size)
		return room;
	return array->size < LARGEST_PIECE ? LARGEST_PIECE / array->size : 1;
}

static struct trv__array_piece *add_piece(struct trv__array *array)
{
	struct trv__array_piece *piece = trv_arena_zero(array->scratch, 1, sizeof(*piece));

	if (!piece)
		return NULL;
	piece->room = next_room(array);
	piece->items = trv_arena_alloc(array->scratch, piece->room * array->size);
	if (!piece->items)
		return NULL;
	*(array->last ? &array->last->next : &array->first) = piece;
	array->last = piece;
	return piece;
}

void *trv__array_next(struct trv__array *array)
{
	struct trv__array_piece *piece = array->last;

	if (!piece || piece->count == piece->room)
		piece = add_piece(array);
	if (!piece)
		return NULL;
	return memset(piece->items + piece->count * array->size, 0, array->size);
}

void trv__array_keep(struct trv__array *array)
{
	array->last->count++;
	array->count++;
}

void *trv__array_copy(const struct trv__array *array, struct trv_arena *arena)
{
	if (!array->count || array->count > SIZE_MAX / array->size)
		return NULL;
	char *items = trv_arena_alloc(arena, array->count * array->size), *to = items;
	if (!items)
		return NULL;
	for (const struct trv__array_piece *at = array->first; at; at = at->next) {
		if (at->count)
			memcpy(to, at->items, at->count * array->size);
		to += at->count * array->size;
	}
	return items;
}
