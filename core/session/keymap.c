#include "session/keymap.h"
#include "query/value.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define FIRST_BITS 6

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
static int join_parts(struct trv_arena *scratch, const struct trv_model *model, const uint16_t *columns, size_t count,
                      const void *row, struct trv_bytes *bytes)
{
	char text[TRV_DECIMAL_TEXT];
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += sizeof(size_t) + part_bytes(&model->columns[columns[i]], row, text).size;
	char *to = trv_arena_bytes(scratch, size);
	if (!to)
		return TRV_ERR_NOMEM;
	*bytes = (struct trv_bytes) { to, size };
	for (size_t i = 0; i < count; i++) {
		struct trv_bytes part = part_bytes(&model->columns[columns[i]], row, text);

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

int trv__key_of_any(struct trv_arena *scratch, const struct trv_model *model, const uint16_t *columns, size_t count,
                    const void *row, struct trv__key *key)
{
	for (size_t i = 0; i < count; i++)
		if (trv__member_is_null(&model->columns[columns[i]], row))
			return 0;
	key->bytes = (struct trv_bytes) { NULL, 0 };
	if (count == 1 && number_of(&model->columns[columns[0]], row, &key->number))
		return 1;
	int r = join_parts(scratch, model, columns, count, row, &key->bytes);
	if (r < 0)
		return r;
	key->number = XXH3_64bits(key->bytes.data, key->bytes.size);
	return 1;
}

/* --- the table ------------------------------------------------------------------------------------- */

static void put(struct trv__keymap_slot *slots, unsigned bits, const struct trv__key *key, void *entry)
{
	size_t mask = ((size_t)1 << bits) - 1;
	size_t i = key->number * UINT64_C(0x9E3779B97F4A7C15) >> (64 - bits);

	while (slots[i].entry)
		i = (i + 1) & mask;
	slots[i] = (struct trv__keymap_slot) { *key, entry };
}

/* At most half of the slots are taken. */
static int grow(struct trv__keymap *map, struct trv_arena *scratch)
{
	unsigned bits = map->slots ? map->bits + 1 : FIRST_BITS;
	struct trv__keymap_slot *slots = trv_arena_zero(scratch, (size_t)1 << bits, sizeof(*slots));

	if (!slots)
		return TRV_ERR_NOMEM;
	for (size_t i = 0; map->slots && i < (size_t)1 << map->bits; i++)
		if (map->slots[i].entry)
			put(slots, bits, &map->slots[i].key, map->slots[i].entry);
	map->slots = slots;
	map->bits = bits;
	return 0;
}

int trv__keymap_add(struct trv__keymap *map, struct trv_arena *scratch, const struct trv__key *key, void *entry)
{
	if (!map->slots || map->count >= (size_t)1 << map->bits >> 1) {
		int r = grow(map, scratch);
		if (r < 0)
			return r;
	}
	put(map->slots, map->bits, key, entry);
	map->count++;
	return 0;
}
