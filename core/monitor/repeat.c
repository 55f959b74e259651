#include "monitor/repeat.h"

#include "base/hash.h"

#include <string.h>

#define WAYS 4u /* places that a line may have */
#define MOST_BINDS 8u /* that are looked at, and so much of each */
#define MOST_BYTES 64u

/* An empty text is 0 bytes long; of a value whose type has a size, and of that only, 0 means that size. */
static size_t size_of(const struct trv_bind *bind)
{
	switch (bind->type) {
	case TRV_TEXT:
	case TRV_JSON:
	case TRV_BYTES:
	case TRV_ENUM:
		return bind->size;
	default:
		return bind->size ? bind->size : trv_type_size((enum trv_type)bind->type);
	}
}

/* Mostly it is one key, which is a number. */
static inline uint64_t hash_of(const struct trv_bind *bind)
{
	uint64_t number;

	if (bind->type == TRV_INT64 && bind->value && !bind->null) {
		memcpy(&number, bind->value, sizeof(number));
		return number;
	}
	if (bind->null || !bind->value)
		return 1;
	size_t size = size_of(bind);
	return XXH3_64bits(bind->value, size < MOST_BYTES ? size : MOST_BYTES);
}

static uint64_t values_of(const struct trv__writer *writer)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < writer->bind_count && i < MOST_BINDS; i++)
		hash = (hash ^ hash_of(&writer->binds[i])) * UINT64_C(0x9e3779b97f4a7c15);
	return hash;
}

static size_t place_of(const void *site, uint64_t shape)
{
	return (size_t)((((uint64_t)(uintptr_t)site ^ shape) * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

/* Its place, or else the one that is the least needed. */
static struct trv__repeat *find(struct trv__repeats *repeats, const void *site, uint64_t shape)
{
	size_t start = place_of(site, shape);
	struct trv__repeat *least = NULL;

	for (size_t i = 0; i < WAYS; i++) {
		struct trv__repeat *place = &repeats->places[(start + i) % TRV__REPEAT_PLACES];

		if (place->site == site && place->shape == shape)
			return place;
		if (!least || place->count < least->count)
			least = place;
	}
	*least = (struct trv__repeat) { .site = site, .shape = shape };
	return least;
}

static bool was_told(const struct trv__repeats *repeats, const struct trv__repeat *place, unsigned limit)
{
	for (size_t i = 0; i < TRV__REPEAT_PLACES; i++)
		if (&repeats->places[i] != place && repeats->places[i].site == place->site &&
		    repeats->places[i].count > limit)
			return true;
	return false;
}

unsigned trv__repeats_note(struct trv__repeats *repeats, const void *site, uint64_t shape,
                           const struct trv__writer *writer, unsigned limit)
{
	if (!site || limit == TRV_NEVER)
		return 0;
	struct trv__repeat *place = find(repeats, site, shape);
	if (place->count > limit)
		return 0;
	uint64_t values = values_of(writer);
	if (place->count && place->values == values)
		return 0;
	place->values = values;
	if (++place->count <= limit)
		return 0;
	return was_told(repeats, place, limit) ? 0 : place->count;
}
