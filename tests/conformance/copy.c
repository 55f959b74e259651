/*
 * conformance-copy [--rows N] ENGINE...
 *
 * Random rows of every type go from the first engine's database to the next through the
 * generated functions, and so on to the last. What arrives there has the same hash as
 * what was sent: nothing was lost or changed on the way. 20,000 rows, or 1,000,000 where
 * TRIVET_LONG is set.
 */
#include "../servers.h"
#include "conformance.trv.h"
#include "database.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 1000
#define MAX_STOPS 8

static uint64_t random_state;

/* splitmix64: the same rows in every run. */
static uint64_t random_number(void)
{
	uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int64_t between(int64_t first, int64_t last)
{
	return first + (int64_t)(random_number() % ((uint64_t)(last - first) + 1));
}

/* --- a random row -------------------------------------------------------------------------------------- */

static const char *random_text(struct trv_arena *arena, size_t most)
{
	static const char *const characters[] = {
		"a",    "B",  " ",        "'", "\\", "%", "\t", "\n", "\xc3\xa9", "\xe6\x97\xa5", "\xf0\x9f\x98\x80",
		"\x01", "\"", "e\xcc\x81"
	};
	size_t count = (size_t)between(0, (int64_t)most);
	char *text = trv_arena_bytes(arena, count * 4 + 1);
	char *to = text;

	for (size_t i = 0; text && i < count; i++) {
		/* the last one is two code points */
		size_t at = (size_t)between(0, (int64_t)TRV_COUNT_OF(characters) - 2);

		to = stpcpy(to, characters[at]);
	}
	if (text)
		*to = '\0';
	return text;
}

static struct trv_bytes random_bytes(struct trv_arena *arena, size_t most)
{
	size_t size = (size_t)between(0, (int64_t)most);
	uint8_t *data = trv_arena_alloc(arena, size + 1);

	for (size_t i = 0; data && i < size; i++)
		data[i] = (uint8_t)random_number();
	return (struct trv_bytes) { data, size };
}

static double random_double(void)
{
	double value;

	do {
		uint64_t bits = random_number();

		memcpy(&value, &bits, sizeof(value));
	} while (!isfinite(value));
	return value;
}

static float random_float(void)
{
	float value;

	do {
		uint32_t bits = (uint32_t)random_number();

		memcpy(&value, &bits, sizeof(value));
	} while (!isfinite(value));
	return value;
}

/* Up to 30 digits, 10 of them behind the point. */
static struct trv_decimal random_decimal(void)
{
	struct trv_decimal value = { 0, 0, 0, 0 };
	char text[TRV_DECIMAL_TEXT];

	snprintf(text, sizeof(text), "%s%lld%09lld.%05lld%05lld", random_number() % 2 ? "-" : "",
	         (long long)between(0, INT64_C(99999999999)), (long long)between(0, 999999999),
	         (long long)between(0, 99999), (long long)between(0, 99999));
	return trv_decimal_parse(&value, text) < 0 ? trv_decimal(0, 0) : value;
}

static void fill_required(struct sample *row, struct trv_arena *arena)
{
	row->yes = random_number() % 2;
	row->small = (int16_t)random_number();
	row->medium = (int32_t)random_number();
	row->large = (int64_t)random_number();
	row->single = random_float();
	row->precise = random_double();
	row->exact = random_decimal();
	row->words = random_text(arena, 60);
	row->brief = random_text(arena, 10);
	row->blob = random_bytes(arena, 100);
	row->stamp = random_bytes(arena, 16);
	row->day = (int32_t)between(-719162, 2932896);
	row->clock = between(0, TRV_DAY_MICROSECONDS - 1);
	row->instant = between(-719162 * TRV_DAY_MICROSECONDS, 2932897 * TRV_DAY_MICROSECONDS - 1);
	for (size_t i = 0; i < sizeof(row->token.bytes); i++)
		row->token.bytes[i] = (uint8_t)random_number();
	row->extra = trv_arena_printf(arena, "{\"a\": %lld,  \"b\":[%g, null]}", (long long)between(-9, 9),
	                              (double)between(0, 99) / 4);
	row->colour = (enum shade)between(0, 2);
	row->rank = (enum level)between(0, 2);
}

/* Each nullable column repeats the required one or is null. */
static void fill_nullable(struct sample *row)
{
	for (uint16_t i = 0; i < sample_model.column_count; i++) {
		const struct trv_column *column = &sample_model.columns[i];
		bool there = random_number() % 2;
		char name[64];

		if (!(column->flags & TRV_NULLABLE))
			continue;
		snprintf(name, sizeof(name), "%s", column->member + strlen("maybe_"));
		int from = trv_model_column(&sample_model, name);
		if (column->has_offset)
			*(bool *)((char *)row + column->has_offset) = there;
		if (there && from >= 0)
			memcpy((char *)row + column->offset, (char *)row + sample_model.columns[from].offset,
			       trv_type_size(column->type));
	}
}

static struct sample random_row(struct trv_arena *arena, int64_t id)
{
	struct sample row = { .id = id };

	fill_required(&row, arena);
	fill_nullable(&row);
	return row;
}

/* --- hashing: FNV-1a of 64 bits over every value -------------------------------------------------------- */

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t hash_value(uint64_t hash, const struct trv_column *column, const char *member)
{
	const struct trv_bytes *bytes = (const struct trv_bytes *)(const void *)member;
	const char *text = NULL;
	char digits[TRV_DECIMAL_TEXT];

	switch (column->type) {
	case TRV_TEXT:
	case TRV_JSON:
		text = *(const char *const *)(const void *)member;
		return text ? mix(hash, text, strlen(text) + 1) : mix(hash, "N", 1);
	case TRV_BYTES:
		return bytes->data ? mix(mix(hash, &bytes->size, sizeof(bytes->size)), bytes->data, bytes->size)
		                   : mix(hash, "N", 1);
	case TRV_DECIMAL:
		return mix(hash, digits, trv_decimal_format((const struct trv_decimal *)(const void *)member, digits));
	default:
		return mix(hash, member, trv_type_size(column->type));
	}
}

static uint64_t hash_row(uint64_t hash, const struct sample *row)
{
	for (uint16_t i = 0; i < sample_model.column_count; i++) {
		const struct trv_column *column = &sample_model.columns[i];
		const char *there = column->has_offset ? (const char *)row + column->has_offset : NULL;

		if (there && !*(const bool *)there)
			hash = mix(hash, "N", 1);
		else
			hash = hash_value(hash, column, (const char *)row + column->offset);
	}
	return hash;
}

/* --- the way --------------------------------------------------------------------------------------------- */

struct stop {
	struct trv_db *db;
	struct trv_session *session;
	struct database own;
};

static int failed(const struct stop *stop)
{
	return database_tell(trv_db_driver(stop->db), trv_error(stop->session));
}

static int stop_open(struct stop *stop, const char *engine, unsigned number)
{
	const char *url = test_server(engine);
	struct trv_error error = { 0 };

	if (!url) {
		fprintf(stderr, "conformance-copy: no server for %s\n", engine);
		return -1;
	}
	if (database_make(&stop->own, url, number) < 0)
		return -1;
	int r = trv_open(&stop->db, &(struct trv_options) { .url = stop->own.url, .models = &conformance_models },
	                 &error);
	if (r >= 0)
		r = trv_session_open(stop->db, &stop->session, &error);
	if (r < 0)
		return database_tell("cannot open", &error);
	return trv_schema_create(stop->session) < 0 ? failed(stop) : 0;
}

static void stop_close(struct stop *stop)
{
	trv_session_close(stop->session);
	trv_close(stop->db);
	if (stop->own.quirks)
		database_remove(&stop->own);
}

static int fill(struct stop *stop, int64_t rows, uint64_t *hash)
{
	for (int64_t id = 1; id <= rows; id += PIECE) {
		struct trv_mark mark = trv_mark(stop->session);
		struct trv_arena *arena = trv_session_arena(stop->session);
		size_t count = (size_t)(rows - id + 1 < PIECE ? rows - id + 1 : PIECE);
		struct sample *piece = trv_arena_zero(arena, count, sizeof(*piece));

		for (size_t i = 0; piece && i < count; i++) {
			piece[i] = random_row(arena, id + (int64_t)i);
			*hash = hash_row(*hash, &piece[i]);
		}
		if (!piece || sample_insert_many(stop->session, piece, count) < 0)
			return failed(stop);
		trv_rewind(stop->session, mark);
	}
	return 0;
}

static int copy(struct stop *from, struct stop *to)
{
	int64_t last = 0;

	for (;;) {
		struct trv_mark mark = trv_mark(from->session), other = trv_mark(to->session);
		struct sample_list list;
		const struct sample_query next = { .where = { sample_id(TRV_GT, last) },
			                           .order_by = { sample_by_id(TRV_ASC) },
			                           .limit = PIECE };

		if (sample_find(from->session, &list, &next) < 0)
			return failed(from);
		if (!list.count)
			return 0;
		last = list.items[list.count - 1].id;
		if (sample_insert_many(to->session, list.items, list.count) < 0)
			return failed(to);
		trv_rewind(from->session, mark);
		trv_rewind(to->session, other);
	}
}

static int hash_all(struct stop *stop, uint64_t *hash, int64_t *count)
{
	const struct sample_query query = { .order_by = { sample_by_id(TRV_ASC) } };
	struct trv_stream stream = { NULL };
	const struct sample *row;
	int r;

	while ((r = sample_each(stop->session, &stream, &row, &query)) > 0) {
		*hash = hash_row(*hash, row);
		++*count;
	}
	return r < 0 ? failed(stop) : 0;
}

static int travel(struct stop *stops, size_t count, int64_t rows)
{
	uint64_t sent = UINT64_C(0xcbf29ce484222325), arrived = sent;
	int64_t arrivals = 0;

	if (fill(&stops[0], rows, &sent) < 0)
		return -1;
	for (size_t i = 1; i < count; i++) {
		uint64_t hash = UINT64_C(0xcbf29ce484222325);
		int64_t there = 0;

		if (copy(&stops[i - 1], &stops[i]) < 0 || hash_all(&stops[i], &hash, &there) < 0)
			return -1;
		printf("# %s: %lld rows, %016llx\n", trv_db_driver(stops[i].db), (long long)there,
		       (unsigned long long)hash);
		arrived = hash;
		arrivals = there;
		if (hash != sent)
			break;
	}
	printf("%s 1 - copy: %lld random rows arrive as they were sent\n",
	       arrived == sent && arrivals == rows ? "ok" : "not ok", (long long)rows);
	return arrived == sent && arrivals == rows ? 0 : -1;
}

int main(int argc, char **argv)
{
	static struct stop stops[MAX_STOPS];
	int64_t rows = getenv("TRIVET_LONG") ? 1000000 : 20000;
	size_t count = 0;
	int first = 1, result = 0;

	if (argc > 2 && strcmp(argv[1], "--rows") == 0) {
		rows = strtoll(argv[2], NULL, 10);
		first = 3;
	}
	if (argc - first < 2 || argc - first > MAX_STOPS || rows < 1) {
		fputs("usage: conformance-copy [--rows N] ENGINE ENGINE...\n", stderr);
		return 2;
	}
	puts("1..1");
	for (int i = first; i < argc && result == 0; i++) {
		result = stop_open(&stops[count], argv[i], (unsigned)count);
		count++;
	}
	if (result == 0)
		result = travel(stops, count, rows);
	else
		puts("not ok 1 - copy: the databases are opened");
	for (size_t i = 0; i < count; i++)
		stop_close(&stops[i]);
	return result < 0;
}
