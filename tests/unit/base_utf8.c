#include "../../drivers/text.h"
#include "test.h"

#include <trivet/common.h>
#include <trivet/types.h>

/* By decoding, as RFC 3629 describes it: slow, and made differently from what is tested. */
static bool slow_valid(const unsigned char *text, size_t size)
{
	static const uint32_t least[] = { 0, 1, 0x80, 0x800, 0x10000 };

	for (size_t i = 0; i < size;) {
		size_t length = 1;
		uint32_t point = text[i];
		if (point >= 0xf8)
			return false;
		if (point >= 0x80) {
			length = point >= 0xf0 ? 4 : point >= 0xe0 ? 3 : point >= 0xc0 ? 2 : 0;
			if (length == 0 || i + length > size)
				return false;
			point &= 0xffu >> (length + 1);
			for (size_t k = 1; k < length; k++) {
				if (text[i + k] >> 6 != 2)
					return false;
				point = point << 6 | (text[i + k] & 0x3f);
			}
		}
		if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
			return false;
		i += length;
	}
	return true;
}

/* Every value at which a rule of UTF-8 changes, and its neighbours. */
static const unsigned char edges[] = {
	0x00, 0x01, 0x7e, 0x7f, 0x80, 0x81, 0x8e, 0x8f, 0x90, 0x91, 0x9e, 0x9f, 0xa0, 0xa1, 0xbe, 0xbf, 0xc0, 0xc1,
	0xc2, 0xc3, 0xde, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xff,
};

static void check_one(const unsigned char *text, size_t size)
{
	bool expected = slow_valid(text, size);

	if (trv_utf8_valid((const char *)text, size) != expected)
		CHECK_BYTES(text, expected ? "valid" : "other", size);
}

TEST(utf8, all_sequences_of_boundary_bytes_agree_with_a_slow_reference)
{
	enum {
		COUNT = TRV_COUNT_OF(edges)
	};
	unsigned char text[4];

	for (size_t a = 0; a < COUNT; a++) {
		text[0] = edges[a];
		check_one(text, 1);
		for (size_t b = 0; b < COUNT; b++) {
			text[1] = edges[b];
			check_one(text, 2);
			for (size_t c = 0; c < COUNT; c++) {
				text[2] = edges[c];
				check_one(text, 3);
				for (size_t d = 0; d < COUNT; d++) {
					text[3] = edges[d];
					check_one(text, 4);
				}
			}
		}
	}
}

TEST(utf8, every_single_byte_and_pair_agrees)
{
	unsigned char text[2];

	for (unsigned pair = 0; pair < 65536; pair++) {
		text[0] = (unsigned char)(pair >> 8);
		text[1] = (unsigned char)pair;
		check_one(text, 1);
		check_one(text, 2);
	}
}

TEST(utf8, a_bad_byte_is_found_at_every_place)
{
	static const unsigned char bad[] = { 0x00, 0x80, 0xc0, 0xff };
	char text[40];

	for (size_t size = 1; size <= sizeof(text); size++) {
		for (size_t at = 0; at < size; at++) {
			for (size_t i = 0; i < sizeof(bad); i++) {
				memset(text, 'a', sizeof(text));
				CHECK(trv_utf8_valid(text, size));
				text[at] = (char)bad[i];
				REQUIRE(!trv_utf8_valid(text, size));
			}
		}
	}
}

TEST(utf8, random_mixes_agree)
{
	unsigned char text[64];

	for (int round = 0; round < 20000; round++) {
		size_t size = 0;
		while (size < 40) {
			unsigned choice = (unsigned)(test_random() % 40);
			static const char *const pieces[] = { "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
				                              "\xed\x9f\xbf" };
			if (choice < 4) {
				memcpy(text + size, pieces[choice], strlen(pieces[choice]));
				size += strlen(pieces[choice]);
			} else {
				text[size++] = choice == 4 ? (unsigned char)test_random() : 'a';
			}
		}
		check_one(text, size);
		check_one(text, (size_t)(test_random() % size));
	}
}

TEST(utf8, length_counts_code_points)
{
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
	char long_text[101];

	CHECK_INT(trv_utf8_length("", 0), 0);
	CHECK_INT(trv_utf8_length(text, strlen(text)), 4);
	for (size_t i = 0; i < 50; i++)
		memcpy(long_text + 2 * i, "\xc3\xa9", 2);
	for (size_t points = 0; points <= 50; points++)
		CHECK_INT(trv_utf8_length(long_text, points * 2), points);
	CHECK(trv_utf8_valid(NULL, 0));
	CHECK_INT(trv_utf8_length(NULL, 0), 0);
}

TEST(utf8, a_copy_tells_bytes_that_must_be_looked_at)
{
	static const struct {
		unsigned char byte;
		bool plain;
	} bytes[] = { { 0, false }, { 1, true }, { 0x7f, true }, { 0x80, false }, { 0x81, false }, { 0xff, false } };
	char text[48], copy[49];

	for (size_t size = 0; size <= sizeof(text); size++) {
		memset(text, 'a', sizeof(text));
		memset(copy, 'x', sizeof(copy));
		REQUIRE(trv__text_copy(copy, text, size));
		REQUIRE(memcmp(copy, text, size) == 0 && copy[size] == '\0');
		CHECK(size == sizeof(text) || copy[size + 1] == 'x');
		for (size_t i = 0; i < size * TRV_COUNT_OF(bytes); i++) {
			size_t at = i / TRV_COUNT_OF(bytes), which = i % TRV_COUNT_OF(bytes);

			text[at] = (char)bytes[which].byte;
			REQUIRE(trv__text_copy(copy, text, size) == bytes[which].plain);
			REQUIRE(memcmp(copy, text, size) == 0);
			text[at] = 'a';
		}
	}
}
