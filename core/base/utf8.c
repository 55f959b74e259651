/*
 * UTF-8. The byte ranges are those of the Unicode Standard, table 3-7 (well-formed UTF-8
 * byte sequences), which RFC 3629 gives as its syntax.
 */
#include <string.h>
#include <trivet/types.h>

#define LOW_BITS UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)

static uint64_t load_word(const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return word;
}

/* Without high bits, subtracting 1 from each byte sets one exactly where a byte is 0. */
static bool is_plain(uint64_t word)
{
	return ((word | (word - LOW_BITS)) & HIGH_BITS) == 0;
}

static bool is_between(unsigned char byte, unsigned low, unsigned high)
{
	return byte >= low && byte <= high;
}

static bool is_tail(unsigned char byte)
{
	return is_between(byte, 0x80, 0xbf);
}

/* The length of the sequence of two to four bytes that starts at `text`, or 0. */
static size_t sequence(const unsigned char *text, size_t room)
{
	unsigned char lead = text[0];

	if (lead < 0xe0)
		return lead >= 0xc2 && room >= 2 && is_tail(text[1]) ? 2 : 0;
	if (lead < 0xf0) {
		unsigned low = lead == 0xe0 ? 0xa0 : 0x80;
		unsigned high = lead == 0xed ? 0x9f : 0xbf;
		return room >= 3 && is_between(text[1], low, high) && is_tail(text[2]) ? 3 : 0;
	}
	unsigned low = lead == 0xf0 ? 0x90 : 0x80;
	unsigned high = lead == 0xf4 ? 0x8f : 0xbf;
	return lead <= 0xf4 && room >= 4 && is_between(text[1], low, high) && is_tail(text[2]) && is_tail(text[3]) ? 4
	                                                                                                           : 0;
}

/* From the last eight bytes on, which overlap what was looked at before. */
static bool ends_plain(const char *text, size_t size)
{
	return size >= 8 && is_plain(load_word(text + size - 8));
}

bool trv_utf8_valid(const char *text, size_t size)
{
	size_t i = 0;

	while (i < size) {
		if (size - i < 8 && ends_plain(text, size))
			return true;
		if (size - i >= 8 && is_plain(load_word(text + i))) {
			i += 8;
			continue;
		}
		unsigned char byte = (unsigned char)text[i];
		if (byte == 0)
			return false;
		size_t length = byte < 0x80 ? 1 : sequence((const unsigned char *)text + i, size - i);
		if (length == 0)
			return false;
		i += length;
	}
	return true;
}

size_t trv_utf8_length(const char *text, size_t size)
{
	size_t tails = 0;
	size_t i = 0;

	/* A tail byte has the high bit and lacks the one below. */
	for (; size - i >= 8; i += 8) {
		uint64_t word = load_word(text + i);
		tails += (size_t)__builtin_popcountll(word & ~(word << 1) & HIGH_BITS);
	}
	for (; i < size; i++)
		tails += is_tail((unsigned char)text[i]);
	return size - tails;
}
