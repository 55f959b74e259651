#include "session/keymap.h"
#include "query/value.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define FIRST_BITS 6
#define LARGE 8192 /* slots: a smaller table grows fourfold, a larger one to the double */

/* --- keys ---------------------------------------------------------------------------------------- */

/* The bytes of one value and how many: text by its characters, decimals without their trailing zeros. */
static struct trv_bytes part_bytes(const struct trv_column *column, const void *row, char text[TRV_DECIMAL_TEXT])
{
	const char *at = (const char *)row + column->offset;
	struct trv_bytes bytes = { at, trv_type_size(column->type) };

	if (column->type == TRV_TEXT || column->type == TRV_JSON) {
		bytes.data = *(const char *const *)(const void *)at;
		bytes.size = bytes.data ? strlen(bytes.data) : 0;
	} else if (column->type == TRV_BYTES) {
		bytes = *(const struct trv_bytes *)(const void *)at;
	} else if (column->type == TRV_DECIMAL) {
		bytes.size = trv_decimal_format((const struct trv_decimal *)(const void *)at, text);
		while (strchr(text, '.') && text[bytes.size - 1] == '0')
			bytes.size--;
		bytes.size -= text[bytes.size - 1] == '.'; /* 12.00 is 12 */
		bytes.data = text;
	}
	return bytes;
}

/* Each part with its size before it, so that no two keys have the same bytes. */
static int join_parts(struct trv_arena *scratch, const struct trv__by *by, const void *row, struct trv_bytes *bytes)
{
	const struct trv_column *columns = by->model->columns;
	char text[TRV_DECIMAL_TEXT];
	size_t size = 0;

	for (size_t i = 0; i < by->count; i++)
		size += sizeof(size_t) + part_bytes(&columns[by->columns[i]], row, text).size;
	char *to = trv_arena_bytes(scratch, size);
	if (!to)
		return TRV_ERR_NOMEM;
	*bytes = (struct trv_bytes) { to, size };
	for (size_t i = 0; i < by->count; i++) {
		struct trv_bytes part = part_bytes(&columns[by->columns[i]], row, text);

		memcpy(to, &part.size, sizeof(part.size));
		to += sizeof(part.size);
		if (part.size)
			memcpy(to, part.data, part.size);
		to += part.size;
	}
	return 0;
}

/* The value as a number, where its type has at most eight bytes. */
static inline bool number_of(const struct trv_column *column, const void *row, uint64_t *number)
{
	const void *at = (const char *)row + column->offset;

	switch (column->type) {
	case TRV_BOOL:
		*number = *(const bool *)at;
		return true;
	case TRV_INT16:
		*number = (uint64_t)(int64_t) * (const int16_t *)at;
		return true;
	case TRV_INT32:
	case TRV_DATE:
	case TRV_ENUM:
		*number = (uint64_t)(int64_t) * (const int32_t *)at;
		return true;
	case TRV_INT64:
	case TRV_TIME:
	case TRV_TIMESTAMP:
	case TRV_FLOAT64:
		memcpy(number, at, sizeof(*number));
		return true;
	default:
		return false;
	}
}

/* The bytes of a key of one part, which need nothing between them; a decimal's are written out. */
static int single_part(struct trv_arena *scratch, const struct trv_column *column, const void *row,
                       struct trv_bytes *bytes)
{
	char text[TRV_DECIMAL_TEXT];

	*bytes = part_bytes(column, row, text);
	if (bytes->data == text)
		bytes->data = trv_arena_copy(scratch, text, bytes->size);
	else if (!bytes->data)
		bytes->data = "";
	return bytes->data ? 0 : TRV_ERR_NOMEM;
}

int trv__key_of_any(struct trv_arena *scratch, const struct trv__by *by, const void *row, struct trv__key *key)
{
	const struct trv_column *columns = by->model->columns, *first = &columns[by->columns[0]];
	int r;

	for (size_t i = 0; i < by->count; i++)
		if (trv__member_is_null(&columns[by->columns[i]], row))
			return 0;
	key->bytes = (struct trv_bytes) { NULL, 0 };
	if (by->count == 1 && number_of(first, row, &key->number))
		return 1;
	r = by->count == 1 ? single_part(scratch, first, row, &key->bytes) : join_parts(scratch, by, row, &key->bytes);
	if (r < 0)
		return r;
	key->number = XXH3_64bits(key->bytes.data, key->bytes.size);
	return 1;
}

/* --- the table ------------------------------------------------------------------------------------- */

struct trv__key *trv__keymap_find_bytes(const struct trv__keymap *map, const struct trv__key *key)
{
	if (!map->count)
		return NULL;
	for (size_t i = trv__keymap_slot(map, key->number);; i = (i + 1) & map->mask)
		if (!map->slots[i] || trv__key_equals(map->slots[i], key))
			return map->slots[i];
}

static int resize(struct trv__keymap *map, struct trv_arena *scratch, unsigned bits)
{
	struct trv__keymap made = { .mask = ((size_t)1 << bits) - 1, .shift = 64 - bits, .count = map->count };

	made.slots = trv_arena_zero(scratch, (size_t)1 << bits, sizeof(struct trv__key *));
	if (!made.slots)
		return TRV_ERR_NOMEM;
	for (size_t i = 0; map->slots && i <= map->mask; i++)
		if (map->slots[i])
			trv__keymap_put(&made, map->slots[i]);
	*map = made;
	return 0;
}

int trv__keymap_reserve(struct trv__keymap *map, struct trv_arena *scratch, size_t count)
{
	unsigned bits = FIRST_BITS;

	while ((size_t)1 << bits >> 1 < count)
		bits++;
	return resize(map, scratch, bits);
}

int trv__keymap_add_slowly(struct trv__keymap *map, struct trv_arena *scratch, struct trv__key *entry)
{
	int r = 0;

	if (entry->bytes.data) {
		entry->bytes.data = trv_arena_copy(scratch, entry->bytes.data, entry->bytes.size);
		if (!entry->bytes.data)
			return TRV_ERR_NOMEM;
	}
	if (!map->slots)
		r = resize(map, scratch, FIRST_BITS);
	else if (map->count > map->mask / 2)
		r = resize(map, scratch, 64 - map->shift + (map->mask < LARGE ? 2 : 1));
	if (r < 0)
		return r;
	trv__keymap_put(map, entry);
	map->count++;
	return 0;
}
