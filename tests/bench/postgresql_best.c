#include "postgresql_best.h"

#include <stdio.h>
#include <stdlib.h>

const char *const raw_engine = "postgresql";

const char *raw_version(void)
{
	static char text[32];

	snprintf(text, sizeof(text), "libpq %d", PQlibVersion() / 10000);
	return text;
}

/* --- statements ------------------------------------------------------------------------------------------------ */

#define PERSON "id, name, email, age, created"
#define POST "id, person_id, title, body, score, created"
#define NODE "id, parent_id, name, weight"
#define POST_AND_PERSON                                                                                                \
	"t.id, t.person_id, t.title, t.body, t.score, t.created, p.id, p.name, p.email, p.age, p.created"

static const char *const texts[STATEMENTS] = {
	[BEGIN_WRITE] = "BEGIN",
	[COMMIT] = "COMMIT",
	[GET_ITEM] = "SELECT " ITEM_COLUMNS " FROM item WHERE id = $1",
	[ITEMS_BY_ID] = "SELECT " ITEM_COLUMNS " FROM item WHERE id = ANY($1)",
	[FIND_ITEMS] = "SELECT " ITEM_COLUMNS " FROM item WHERE id >= $1 AND id < $2",
	[FILTER_ITEMS] =
		"SELECT " ITEM_COLUMNS " FROM item WHERE a = $1 AND flag AND c >= 10 ORDER BY b DESC, id LIMIT $2",
	[STREAM_ITEMS] = "SELECT " ITEM_COLUMNS " FROM item WHERE id <= $1",
	[FIND_PERSONS] = "SELECT " PERSON " FROM person WHERE id <= $1",
	[FIND_POSTS] = "SELECT " POST " FROM post WHERE id <= $1",
	[JOIN_POSTS] = "SELECT " POST_AND_PERSON " FROM post t LEFT JOIN person p ON p.id = t.person_id"
		       " WHERE t.id >= $1 AND t.id < $2",
	[JOIN_PERSONS] = "SELECT " POST_AND_PERSON " FROM person p LEFT JOIN post t ON t.person_id = p.id"
			 " WHERE p.id <= $1 ORDER BY p.id",
	[POSTS_BY_PERSON] = "SELECT " POST " FROM post WHERE person_id = ANY($1)",
	[COMMENTS_BY_POST] = "SELECT id, post_id, body, score FROM comment WHERE post_id = ANY($1)",
	[LINKS_BY_POST] = "SELECT post_id, tag_id FROM post_tag WHERE post_id = ANY($1)",
	[TAGS_BY_ID] = "SELECT id, name FROM tag WHERE id = ANY($1)",
	[BADGES_BY_PERSON] = "SELECT id, person_id, name, level FROM badge WHERE person_id = ANY($1)",
	[VISITS_BY_PERSON] = "SELECT id, person_id, place, at FROM visit WHERE person_id = ANY($1)",
	[FIND_TREE] =
		"WITH RECURSIVE tree(" NODE ") AS (SELECT " NODE " FROM node WHERE id = $1"
		" UNION ALL SELECT n.id, n.parent_id, n.name, n.weight FROM tree t JOIN node n ON n.parent_id = t.id)"
		" SELECT " NODE " FROM tree",
	[FIND_NODES] = "SELECT " NODE " FROM node WHERE id >= $1 AND id < $2",
	[NODES_BY_PARENT] = "SELECT " NODE " FROM node WHERE parent_id = ANY($1)",
	[INSERT_ENTRY] =
		"INSERT INTO entry (a, b, c, name, note, flag, at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
	[INSERT_ENTRIES] =
		"INSERT INTO entry (a, b, c, name, note, flag, at) SELECT * FROM unnest($1::int4[], $2::int8[],"
		" $3::float8[], $4::text[], $5::text[], $6::bool[], $7::timestamptz[]) RETURNING id",
	[NEXT_IDS] = "SELECT array_agg(nextval('entry_id_seq')) FROM generate_series(1, $1::int8)",
	[UPDATE_ENTRIES] =
		"UPDATE entry e SET a = u.a, c = u.c, name = u.name"
		" FROM unnest($1::int8[], $2::int4[], $3::float8[], $4::text[]) u(id, a, c, name) WHERE e.id = u.id",
	[UPSERT_SLOTS] =
		"INSERT INTO slot (id, a, b, c, name, note, flag, at) SELECT * FROM unnest($1::int8[], $2::int4[],"
		" $3::int8[], $4::float8[], $5::text[], $6::text[], $7::bool[], $8::timestamptz[])"
		" ON CONFLICT (id) DO UPDATE SET a = excluded.a, b = excluded.b, c = excluded.c, name = excluded.name,"
		" note = excluded.note, flag = excluded.flag, at = excluded.at",
};

static const char *name_of(enum statement which)
{
	static const char *const names[] = { "s0",  "s1",  "s2",  "s3",  "s4",  "s5",  "s6",  "s7",  "s8",
		                             "s9",  "s10", "s11", "s12", "s13", "s14", "s15", "s16", "s17",
		                             "s18", "s19", "s20", "s21", "s22", "s23", "s24" };

	return names[which];
}

int connection_failed(struct connection *connection)
{
	return bench_fail("%s", PQerrorMessage(connection->pg));
}

int need(struct connection *connection, enum statement which)
{
	if (connection->prepared[which])
		return 0;
	PGresult *result = PQprepare(connection->pg, name_of(which), texts[which], 0, NULL);
	bool fine = PQresultStatus(result) == PGRES_COMMAND_OK;
	PQclear(result);
	connection->prepared[which] = fine;
	return fine ? 0 : connection_failed(connection);
}

static const int binary[MOST_PARAMETERS] = { 1, 1, 1, 1, 1, 1, 1, 1 };

int send_prepared(struct connection *connection, enum statement which, const struct parameters *parameters)
{
	static const struct parameters none = { .count = 0 };

	parameters = parameters ? parameters : &none;
	return PQsendQueryPrepared(connection->pg, name_of(which), parameters->count, parameters->values,
	                           parameters->lengths, binary, 1)
	               ? 0
	               : connection_failed(connection);
}

PGresult *receive(struct connection *connection, ExecStatusType status)
{
	PGresult *result = PQgetResult(connection->pg);

	if (PQresultStatus(result) == status)
		return result;
	bench_fail("%s", PQresultErrorMessage(result));
	PQclear(result);
	return NULL;
}

int finish(struct connection *connection)
{
	PGresult *result = PQgetResult(connection->pg);

	if (!result)
		return 0;
	bench_fail("%s", PQresultErrorMessage(result));
	PQclear(result);
	return bench_failed;
}

PGresult *run_prepared(struct connection *connection, enum statement which, const struct parameters *parameters,
                       ExecStatusType status)
{
	static const struct parameters none = { .count = 0 };

	parameters = parameters ? parameters : &none;
	if (need(connection, which) < 0)
		return NULL;
	PGresult *result = PQexecPrepared(connection->pg, name_of(which), parameters->count, parameters->values,
	                                  parameters->lengths, binary, 1);
	if (PQresultStatus(result) == status)
		return result;
	bench_fail("%s", PQresultErrorMessage(result));
	PQclear(result);
	return NULL;
}

void add_int64(struct parameters *parameters, int64_t value)
{
	int i = parameters->count++;

	parameters->numbers[i] = (int64_t)__builtin_bswap64((uint64_t)value);
	parameters->values[i] = (const char *)&parameters->numbers[i];
	parameters->lengths[i] = sizeof(int64_t);
}

void add_int32(struct parameters *parameters, int32_t value)
{
	uint32_t swapped = __builtin_bswap32((uint32_t)value);
	int i = parameters->count++;

	memcpy(&parameters->numbers[i], &swapped, sizeof(swapped));
	parameters->values[i] = (const char *)&parameters->numbers[i];
	parameters->lengths[i] = sizeof(int32_t);
}

/* --- bytes --------------------------------------------------------------------------------------------------------- */

void buffer_need(struct buffer *buffer, size_t size)
{
	if (size <= buffer->room)
		return;
	buffer->room = size * 2;
	buffer->data = realloc(buffer->data, buffer->room);
	if (!buffer->data)
		abort();
}

void put_array(struct buffer *buffer, uint32_t type, size_t count)
{
	put32(buffer, 1); /* dimensions */
	put32(buffer, 1); /* there may be nulls */
	put32(buffer, type);
	put32(buffer, (uint32_t)count);
	put32(buffer, 1); /* the first index */
}

/* --- connections --------------------------------------------------------------------------------------------------- */

struct connection *connection_open(const char *url)
{
	struct connection *connection = bench_allocate(sizeof(*connection));

	*connection = (struct connection) { .pg = PQconnectdb(url) };
	if (PQstatus(connection->pg) == CONNECTION_OK)
		return connection;
	connection_failed(connection);
	connection_close(connection);
	return NULL;
}

void connection_close(struct connection *connection)
{
	PQfinish(connection->pg);
	load_release(&connection->load);
	free(connection->buffer.data);
	free(connection);
}

void begin_load(struct connection *connection)
{
	load_empty(&connection->load);
}

static int command(struct connection *connection, enum statement which)
{
	PGresult *result = run_prepared(connection, which, NULL, PGRES_COMMAND_OK);

	PQclear(result);
	return result ? 0 : bench_failed;
}

int begin_read(struct connection *connection)
{
	return command(connection, BEGIN_WRITE);
}

int begin_write(struct connection *connection)
{
	return command(connection, BEGIN_WRITE);
}

int commit(struct connection *connection)
{
	return command(connection, COMMIT);
}
