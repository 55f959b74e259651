#include "names.h"

#include "text.h"
#include <string.h>
#include <trivet/status.h>

/* uthash ends the program when it has no memory, unless it is told to say so. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->lost = true)
#include <uthash.h>

struct name {
	int64_t value;
	size_t number;
	bool lost; /* there was no memory to enter it */
	UT_hash_handle hh;
	char text[];
};

void names_init(struct names *names)
{
	memset(names, 0, sizeof(*names));
	trv_arena_init(&names->arena, NULL, 0);
}

void names_release(struct names *names)
{
	HASH_CLEAR(hh, names->table);
	trv_arena_release(&names->arena);
}

bool names_find(const struct names *names, const char *text, size_t *number)
{
	struct name *found;

	HASH_FIND_STR(names->table, text, found);
	if (found)
		*number = found->number;
	return found != NULL;
}

int names_add(struct names *names, const char *text, size_t *number)
{
	size_t size = strlen(text);

	if (names_find(names, text, number))
		return 0;

	struct name *name = trv_arena_alloc(&names->arena, sizeof(*name) + size + 1);
	struct name **items = array_room(&names->arena, names->items, names->count, sizeof(struct name *));
	if (!name || !items)
		return TRV_ERR_NOMEM;
	memset(name, 0, sizeof(*name));
	memcpy(name->text, text, size + 1);
	name->number = names->count;
	HASH_ADD_STR(names->table, text, name);
	if (name->lost)
		return TRV_ERR_NOMEM;
	names->items = items;
	items[names->count++] = name;
	*number = name->number;
	return 1;
}

int64_t names_value(const struct names *names, size_t number)
{
	return names->items[number]->value;
}

void names_set_value(struct names *names, size_t number, int64_t value)
{
	names->items[number]->value = value;
}
