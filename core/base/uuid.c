/*
 * UUIDs: RFC 9562.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <trivet/status.h>
#include <trivet/types.h>

static int random_bytes(uint8_t *bytes, size_t size)
{
	while (size > 0) {
		ssize_t got = getrandom(bytes, size, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return TRV_ERR_IO;
		bytes += got;
		size -= (size_t)got;
	}
	return 0;
}

static void set_version(struct trv_uuid *uuid, unsigned version)
{
	uuid->bytes[6] = (uint8_t)((uuid->bytes[6] & 0x0fu) | version << 4);
	uuid->bytes[8] = (uint8_t)((uuid->bytes[8] & 0x3fu) | 0x80u);
}

int trv_uuid_v4(struct trv_uuid *uuid)
{
	struct trv_uuid made;
	int r = random_bytes(made.bytes, sizeof(made.bytes));

	if (r < 0)
		return r;
	set_version(&made, 4);
	*uuid = made;
	return 0;
}

/*
 * 48 bits of milliseconds and 12 of their fraction (RFC 9562 section 6.2, method 3), and
 * always more than what was given before: in the same tick, or after the clock was set
 * back, the last one plus 1.
 */
static uint64_t next_stamp(void)
{
	static _Atomic uint64_t last;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	uint64_t milliseconds = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	uint64_t fraction = (uint64_t)now.tv_nsec % 1000000 * 4096 / 1000000;
	uint64_t clock = milliseconds << 12 | fraction;
	uint64_t before = atomic_load_explicit(&last, memory_order_relaxed);
	uint64_t stamp;
	do
		stamp = clock > before ? clock : before + 1;
	while (!atomic_compare_exchange_weak_explicit(&last, &before, stamp, memory_order_relaxed,
	                                              memory_order_relaxed));
	return stamp;
}

int trv_uuid_v7(struct trv_uuid *uuid)
{
	struct trv_uuid made;
	int r = random_bytes(made.bytes + 8, sizeof(made.bytes) - 8);

	if (r < 0)
		return r;
	uint64_t stamp = next_stamp();
	for (int i = 0; i < 6; i++)
		made.bytes[i] = (uint8_t)(stamp >> (52 - 8 * i));
	made.bytes[6] = (uint8_t)(stamp >> 8 & 0x0f);
	made.bytes[7] = (uint8_t)stamp;
	set_version(&made, 7);
	*uuid = made;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Where the 16 bytes stand in the text. */
static const uint8_t places[16] = { 0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34 };
static const uint8_t dashes[4] = { 8, 13, 18, 23 };

int trv_uuid_parse(struct trv_uuid *uuid, const char *text, size_t size)
{
	struct trv_uuid parsed;

	if (size != TRV_UUID_TEXT - 1)
		return TRV_ERR_VALUE;
	for (size_t i = 0; i < sizeof(dashes); i++)
		if (text[dashes[i]] != '-')
			return TRV_ERR_VALUE;
	for (size_t i = 0; i < sizeof(places); i++) {
		int high = hex_digit(text[places[i]]);
		int low = hex_digit(text[places[i] + 1]);
		if (high < 0 || low < 0)
			return TRV_ERR_VALUE;
		parsed.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*uuid = parsed;
	return 0;
}

void trv_uuid_format(const struct trv_uuid *uuid, char text[TRV_UUID_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof(places); i++) {
		text[places[i]] = digits[uuid->bytes[i] >> 4];
		text[places[i] + 1] = digits[uuid->bytes[i] & 15];
	}
	for (size_t i = 0; i < sizeof(dashes); i++)
		text[dashes[i]] = '-';
	text[TRV_UUID_TEXT - 1] = '\0';
}

bool trv_uuid_is_nil(const struct trv_uuid *uuid)
{
	static const struct trv_uuid nil;

	return memcmp(uuid, &nil, sizeof(nil)) == 0;
}
