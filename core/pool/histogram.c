/* Log-linear histograms: four buckets for each power of two, in units of 256 nanoseconds. */
#include "pool/pool.h"

#define UNIT_BITS 8
#define LAST (TRV_HISTOGRAM_BUCKETS - 1)

static size_t bucket_of(uint64_t nanoseconds)
{
	uint64_t units = nanoseconds >> UNIT_BITS;

	if (units < 4)
		return (size_t)units;
	unsigned power = 63 - (unsigned)__builtin_clzll(units);
	size_t bucket = 4 * ((size_t)power - 1) + (size_t)((units >> (power - 2)) & 3);
	return bucket < LAST ? bucket : LAST;
}

uint64_t trv_histogram_limit(size_t i)
{
	if (i >= LAST)
		return UINT64_MAX;
	if (i < 4)
		return (uint64_t)(i + 1) << UNIT_BITS;
	return (uint64_t)(i % 4 + 5) << (i / 4 - 1 + UNIT_BITS);
}

void trv__histogram_note(struct trv__histogram *histogram, uint64_t nanoseconds)
{
	trv__raise(&histogram->buckets[bucket_of(nanoseconds)], 1);
	trv__raise(&histogram->sum, nanoseconds);
	if (nanoseconds > atomic_load_explicit(&histogram->max, memory_order_relaxed))
		atomic_store_explicit(&histogram->max, nanoseconds, memory_order_relaxed);
}

void trv__histogram_note_none(struct trv__histogram *histogram)
{
	trv__raise(&histogram->buckets[0], 1);
}

/* The count is that of the buckets, so that they always add up. */
void trv__histogram_add(struct trv_histogram *to, const struct trv__histogram *from)
{
	uint64_t max = atomic_load_explicit(&from->max, memory_order_relaxed);

	for (size_t i = 0; i < TRV_HISTOGRAM_BUCKETS; i++) {
		uint64_t count = atomic_load_explicit(&from->buckets[i], memory_order_relaxed);

		to->buckets[i] += count;
		to->count += count;
	}
	to->sum += atomic_load_explicit(&from->sum, memory_order_relaxed);
	if (max > to->max)
		to->max = max;
}

uint64_t trv_histogram_quantile(const struct trv_histogram *histogram, double part)
{
	double wanted = part * (double)histogram->count;
	uint64_t seen = 0;

	for (size_t i = 0; i < TRV_HISTOGRAM_BUCKETS; i++) {
		uint64_t limit = trv_histogram_limit(i);

		seen += histogram->buckets[i];
		if (histogram->buckets[i] && (double)seen >= wanted)
			return limit < histogram->max ? limit : histogram->max;
	}
	return histogram->max;
}
