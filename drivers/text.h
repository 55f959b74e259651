/* What drivers share to read text. */
#ifndef TRIVET_DRIVERS_TEXT_H
#define TRIVET_DRIVERS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Copies text of `size` bytes and a NUL, and sees, word by word on the way, whether it is
 * ASCII without NUL: a byte above 127 has its highest bit set, and a byte 0 gets it when 1
 * is taken away. False: it must be checked.
 */
static inline bool trv__text_copy(char *copy, const char *text, size_t size)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t word, seen = 0;

	copy[size] = '\0';
	if (size >= sizeof(word)) {
		/* The last word overlaps the one before. */
		size_t last = size - sizeof(word);

		for (size_t at = 0; at < last; at += sizeof(word)) {
			memcpy(&word, text + at, sizeof(word));
			memcpy(copy + at, &word, sizeof(word));
			seen |= word | (word - ones);
		}
		memcpy(&word, text + last, sizeof(word));
		memcpy(copy + last, &word, sizeof(word));
		seen |= word | (word - ones);
	} else if (size >= sizeof(uint32_t)) {
		uint32_t first, last;

		memcpy(&first, text, sizeof(first));
		memcpy(&last, text + size - sizeof(last), sizeof(last));
		memcpy(copy, &first, sizeof(first));
		memcpy(copy + size - sizeof(last), &last, sizeof(last));
		word = (uint64_t)last << 32 | first;
		seen = word | (word - ones);
	} else {
		for (size_t at = 0; at < size; at++) {
			copy[at] = text[at];
			seen |= (uint64_t)((unsigned char)text[at] - 1) | (unsigned char)text[at];
		}
	}
	return (seen & ones << 7) == 0;
}

#endif
