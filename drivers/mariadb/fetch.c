/* The rows of a result: what it has for columns, and one row after the other. */
#include "internal.h"

#include <string.h>
#include <strings.h>

/* --- metadata --------------------------------------------------------------------------------- */

static int make_room(struct mariadb_statement *statement, size_t count, struct trv_error *error)
{
	if (count <= statement->way_room)
		return 0;
	/* as many as the server has columns, 4,096 at most */
	struct mariadb_way *ways = trv_resize(mariadb_of(statement)->allocator, statement->ways, count * sizeof(*ways));
	if (!ways)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	statement->ways = ways;
	statement->way_room = count;
	return 0;
}

static bool is_name(const MYSQL_FIELD *field, const struct trv_slot *slot)
{
	if (!slot->name || !slot->type)
		return true;
	/* Names of columns differ by more than case in MariaDB. */
	return strcmp(field->name, slot->name) == 0 || strcasecmp(field->name, slot->name) == 0;
}

/* Every column is what it was when its way was decided. */
static bool is_known(const struct mariadb_statement *statement, const struct trv_decode *decode)
{
	const MYSQL_FIELD *field = mariadb_of(statement)->mysql->fields;
	const struct mariadb_way *way = statement->ways, *end = way + decode->count;
	const struct trv_slot *slot = decode->slots;

	for (; way < end; way++, field++, slot++) {
		bool named = slot->name && slot->type;

		if (way->wire != trv__mariadb_wire(field) || way->name_length != field->name_length ||
		    (named && memcmp(field->name, slot->name, field->name_length) != 0))
			return false;
	}
	return true;
}

/*
 * The names come with each answer, so the comparison is with each answer: a prepared
 * SELECT * whose table changed succeeds, with its values in other places than before.
 * Connector/C keeps the first names in the statement; the connection has the latest.
 */
int trv__mariadb_check(struct mariadb_statement *statement, const struct trv_decode *decode, struct trv_error *error)
{
	const MYSQL *mysql = mariadb_of(statement)->mysql;
	bool again = decode == statement->decode && !decode->by_name;

	statement->decode = NULL;
	if (mysql->field_count != decode->count)
		return trv_error_set(error, TRV_ERR_MISMATCH, "the result has %u columns, expected %zu",
		                     mysql->field_count, decode->count);
	if (again && is_known(statement, decode)) {
		statement->decode = decode;
		return 0;
	}
	int r = make_room(statement, decode->count, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < decode->count; i++) {
		const struct trv_slot *slot = &decode->slots[i];
		const MYSQL_FIELD *field = &mysql->fields[i];

		if (!is_name(field, slot))
			return trv_error_set(error, TRV_ERR_MISMATCH, "column %zu of the result is '%s', expected '%s'",
			                     i + 1, field->name, slot->name);
		statement->ways[i] = trv__mariadb_way(slot, field);
	}
	statement->decode = decode;
	statement->net = &mysql->net;
	return 0;
}

/* --- fetch -------------------------------------------------------------------------------------------------- */

static int complete(struct mariadb_statement *s)
{
	s->outcome->affected = s->rows;
	s->outcome->last_id = (int64_t)mysql_stmt_insert_id(s->stmt);
	trv__mariadb_finish(&s->base);
	return 0;
}

static int next_chunk(struct mariadb_statement *s, const struct trv_decode *decode, struct trv_error *error)
{
	int r = trv__mariadb_bulk_next(s, error);

	if (r > 0) {
		int checked = trv__mariadb_check(s, decode, error);
		r = checked < 0 ? checked : r;
	}
	return r;
}

/* Rows that keep coming never wait, and yet they may take too long; seen now and then. */
static bool is_late(const struct mariadb_statement *s)
{
	return (s->rows & 255) == 255 && !s->span && s->deadline && trv_monotonic() >= s->deadline;
}

static int refuse_late(const struct mariadb_statement *s, struct trv_error *error)
{
	return trv_error_set(error, TRV_ERR_TIMEOUT, "the deadline passed after %llu rows",
	                     (unsigned long long)s->rows);
}

/* Behind the last row of an answer: those of the next chunk, or the end. Out of the way of every other row. */
__attribute__((noinline)) static int go_on(struct mariadb_statement *s, int native)
{
	const struct trv_decode *decode = s->decode;
	struct trv_error *error = s->error;
	int r = 0;

	while (native == MYSQL_NO_DATA && (r = next_chunk(s, decode, error)) > 0)
		native = mysql_stmt_fetch(s->stmt);
	if (r < 0)
		return r;
	if (native == 0)
		return 1;
	if (native == MYSQL_NO_DATA)
		return complete(s);
	r = trv__mariadb_fail_statement(mariadb_of(s), s->stmt, error);
	trv__mariadb_finish(&s->base);
	return r;
}

static int refuse(struct mariadb_statement *s, struct trv_error *error)
{
	if (mariadb_of(s)->reading == s)
		return trv_error_set(error, TRV_ERR_MISUSE, "the decode table is not the one of the execute");
	return mariadb_of(s)->base.broken ? trv_error_set(error, TRV_ERR_LOST, "the connection was lost") : 0;
}

int trv__mariadb_fetch(struct trv_statement *base, const struct trv_decode *decode, void *const *bases,
                       struct trv_arena *arena, uint64_t *absent, struct trv_error *error)
{
	struct mariadb_statement *s = mariadb_statement_of(base);

	if (mariadb_of(s)->reading != s || decode != s->decode)
		return refuse(s, error);
	s->bases = bases;
	s->arena = arena;
	s->error = error;
	s->absent = 0;
	s->failed = 0;
	if (is_late(s))
		return refuse_late(s, error);
	if (s->span)
		trv__mariadb_wait_each(s->span);
	else
		trv__mariadb_wait_until(s->deadline);
	int native = mysql_stmt_fetch(s->stmt);
	int r = native == 0 ? 1 : go_on(s, native);
	if (r <= 0 || s->failed)
		return s->failed ? s->failed : r;
	s->rows++;
	*absent = s->absent;
	return 1;
}
