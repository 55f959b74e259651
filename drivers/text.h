/* What drivers share to read text. */
#ifndef TRIVET_DRIVERS_TEXT_H
#define TRIVET_DRIVERS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Of bytes, for a block is compared byte by byte. */
typedef uint8_t trv__text_block __attribute__((vector_size(16)));

/*
 * Each copies some bytes and gives them back with the highest bit set where a byte is
 * above 127, or 0: that gets it when 1 is taken away.
 */
static inline trv__text_block trv__text_copy_block(char *copy, const char *text)
{
	trv__text_block block;

	memcpy(&block, text, sizeof(block));
	memcpy(copy, &block, sizeof(block));
	return block | (trv__text_block)(block == 0);
}

static inline uint64_t trv__text_copy_8(char *copy, const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	memcpy(copy, &word, sizeof(word));
	return word | (word - UINT64_C(0x0101010101010101));
}

static inline uint64_t trv__text_copy_4(char *copy, const char *text)
{
	uint32_t word;

	memcpy(&word, text, sizeof(word));
	memcpy(copy, &word, sizeof(word));
	return word | (word - UINT32_C(0x01010101));
}

static inline uint64_t trv__text_copy_blocks(char *copy, const char *text, size_t size)
{
	size_t last = size - sizeof(trv__text_block);
	trv__text_block seen = trv__text_copy_block(copy + last, text + last);
	uint64_t words[2];

	for (size_t at = 0; at < last; at += sizeof(seen))
		seen |= trv__text_copy_block(copy + at, text + at);
	memcpy(words, &seen, sizeof(words));
	return words[0] | words[1];
}

/*
 * Copies text of `size` bytes and a NUL, and sees on the way whether it is ASCII without
 * NUL. False: it must be checked. The last block or word overlaps the one before.
 */
static inline bool trv__text_copy(char *copy, const char *text, size_t size)
{
	uint64_t seen = 0;

	copy[size] = '\0';
	if (size >= 16)
		seen = trv__text_copy_blocks(copy, text, size);
	else if (size >= 8)
		seen = trv__text_copy_8(copy, text) | trv__text_copy_8(copy + size - 8, text + size - 8);
	else if (size >= 4)
		seen = trv__text_copy_4(copy, text) | trv__text_copy_4(copy + size - 4, text + size - 4);
	else
		for (size_t at = 0; at < size; at++) {
			copy[at] = text[at];
			seen |= (uint64_t)((unsigned char)text[at] - 1) | (unsigned char)text[at];
		}
	return (seen & UINT64_C(0x8080808080808080)) == 0;
}

#endif
