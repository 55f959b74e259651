/*
 * The best hand-written C for PostgreSQL: statements prepared once per connection,
 * parameters and results in binary, key lists as one array (= ANY), many rows as arrays
 * (unnest) or by COPY BINARY, statements that do not wait for each other in a pipeline.
 */
#ifndef TRIVET_TESTS_BENCH_POSTGRESQL_BEST_H
#define TRIVET_TESTS_BENCH_POSTGRESQL_BEST_H

#include "raw.h"

#include <libpq-fe.h>

#define ITEM_COLUMNS "id, a, b, c, name, note, flag, at"

enum statement {
	BEGIN_WRITE,
	COMMIT,
	GET_ITEM,
	ITEMS_BY_ID,
	FIND_ITEMS,
	FILTER_ITEMS,
	STREAM_ITEMS,
	FIND_PERSONS,
	FIND_POSTS,
	JOIN_POSTS,
	JOIN_PERSONS,
	POSTS_BY_PERSON,
	COMMENTS_BY_POST,
	LINKS_BY_POST,
	TAGS_BY_ID,
	BADGES_BY_PERSON,
	VISITS_BY_PERSON,
	FIND_TREE,
	FIND_NODES,
	NODES_BY_PARENT,
	INSERT_ENTRY,
	INSERT_ENTRIES,
	NEXT_IDS,
	UPDATE_ENTRIES,
	UPSERT_SLOTS,
	STATEMENTS,
};

/* Bytes to send, kept from call to call. */
struct buffer {
	char *data;
	size_t size, room;
};

struct connection {
	struct load load;
	PGconn *pg;
	bool prepared[STATEMENTS];
	struct buffer buffer;
};

#define MOST_PARAMETERS 8

struct parameters {
	int count;
	const char *values[MOST_PARAMETERS];
	int lengths[MOST_PARAMETERS];
	int64_t numbers[MOST_PARAMETERS]; /* what the values may point to */
};

int connection_failed(struct connection *connection);

/* Prepares it when it first comes, which must not be in a pipeline. */
int need(struct connection *connection, enum statement which);

/* Sends it; the results are asked for in binary. */
int send_prepared(struct connection *connection, enum statement which, const struct parameters *parameters);

/* The next result, which must be of this status, or NULL after bench_fail. */
PGresult *receive(struct connection *connection, ExecStatusType status);

/* Ends what send_prepared began outside of a pipeline: no more results. */
int finish(struct connection *connection);

/* Sends it and reads its only result. */
PGresult *run_prepared(struct connection *connection, enum statement which, const struct parameters *parameters,
                       ExecStatusType status);

void add_int64(struct parameters *parameters, int64_t value);
void add_int32(struct parameters *parameters, int32_t value);

/* --- bytes ------------------------------------------------------------------------------------------------------ */

void buffer_need(struct buffer *buffer, size_t size);

static inline void put16(struct buffer *buffer, uint16_t value)
{
	value = __builtin_bswap16(value);
	memcpy(buffer->data + buffer->size, &value, sizeof(value));
	buffer->size += sizeof(value);
}

static inline void put32(struct buffer *buffer, uint32_t value)
{
	value = __builtin_bswap32(value);
	memcpy(buffer->data + buffer->size, &value, sizeof(value));
	buffer->size += sizeof(value);
}

static inline void put64(struct buffer *buffer, uint64_t value)
{
	value = __builtin_bswap64(value);
	memcpy(buffer->data + buffer->size, &value, sizeof(value));
	buffer->size += sizeof(value);
}

static inline uint16_t take16(const char *bytes)
{
	uint16_t value;

	memcpy(&value, bytes, sizeof(value));
	return __builtin_bswap16(value);
}

static inline uint32_t take32(const char *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return __builtin_bswap32(value);
}

static inline uint64_t take64(const char *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return __builtin_bswap64(value);
}

enum {
	OID_BOOL = 16,
	OID_INT8 = 20,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_FLOAT8 = 701,
	OID_TIMESTAMPTZ = 1184
};

/* The head of an array; its elements, each with its length before it, come behind. The buffer has room for it. */
void put_array(struct buffer *buffer, uint32_t type, size_t count);

/* PostgreSQL counts from the year 2000. */
#define SINCE_2000 INT64_C(946684800000000)

#endif
