/*
 * Many rows in one round trip, for a statement of one row. Connector/C asks for each row
 * when it writes the packet (STMT_ATTR_CB_PARAM), so the rows' values go from the caller's
 * memory to the packet with no arrays of columns between them.
 *
 * A packet has a limit, so the rows go in chunks. Where rows come back (RETURNING), the
 * next chunk is sent when those of the last one are read.
 */
#include "internal.h"

#include <string.h>

#define CHUNK_BYTES ((size_t)4 << 20) /* Connector/C holds a packet in memory, twice while it grows */

/* Called by Connector/C before it writes row `row` of the chunk. */
static my_bool bind_row(void *data, MYSQL_BIND *binds, unsigned row)
{
	struct mariadb_statement *statement = data;
	struct mariadb_bulk *bulk = &statement->bulk;
	const struct trv_bind *values = bulk->next + (size_t)row * statement->parameters;

	bulk->failed = trv__mariadb_bind_row(statement, binds, values, bulk->error);
	return bulk->failed != 0;
}

static void set_arrays(struct mariadb_statement *statement, unsigned rows)
{
	union {
		my_bool (*function)(void *, MYSQL_BIND *, unsigned);
		void *pointer;
	} hook = { .function = rows ? bind_row : NULL };

	mysql_stmt_attr_set(statement->stmt, STMT_ATTR_ARRAY_SIZE, &rows);
	mysql_stmt_attr_set(statement->stmt, STMT_ATTR_CB_PARAM, hook.pointer);
	/* a row alone is another command, for which the server wants the types anew */
	if (statement->arrays != (rows > 0))
		statement->bound = false;
	statement->arrays = rows > 0;
}

/* How many of the rows that are left fit the next packet: at least one. */
static int measure_chunk(const struct mariadb_statement *statement, unsigned *rows, struct trv_error *error)
{
	const struct mariadb_bulk *bulk = &statement->bulk;
	unsigned long limit = mariadb_of(statement)->max_packet;
	size_t room = limit < CHUNK_BYTES ? limit : CHUNK_BYTES;
	size_t size = 0;

	*rows = 0;
	while (*rows < bulk->rows && *rows < UINT16_MAX) {
		size_t row = trv__mariadb_row_size(bulk->next + (size_t)*rows * statement->parameters,
		                                   statement->parameters);
		if (row > limit)
			return trv_error_set(error, TRV_ERR_LIMIT,
			                     "a row of %zu bytes, the server's max_allowed_packet is %lu", row, limit);
		size += row;
		if (*rows > 0 && size > room)
			break;
		++*rows;
	}
	return 0;
}

int trv__mariadb_bulk_next(struct mariadb_statement *statement, struct trv_error *error)
{
	struct mariadb_bulk *bulk = &statement->bulk;
	unsigned rows = 0;

	if (bulk->rows == 0)
		return 0;
	int r = measure_chunk(statement, &rows, error);
	if (r < 0)
		return r;
	bulk->error = error;
	set_arrays(statement, rows);
	r = trv__mariadb_send(statement, error);
	bulk->error = NULL;
	if (r < 0)
		return r;
	bulk->next += (size_t)rows * statement->parameters;
	bulk->rows -= rows;
	return 1;
}

/* The values live until `finish`; the binds are the caller's own. */
static int keep_binds(struct mariadb_statement *statement, struct trv_error *error)
{
	struct mariadb_bulk *bulk = &statement->bulk;
	size_t size = bulk->rows * statement->parameters * sizeof(*bulk->copy);

	if (size == 0)
		return 0;
	bulk->copy = trv_allocate(mariadb_of(statement)->allocator, size);
	if (!bulk->copy)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	memcpy(bulk->copy, bulk->next, size);
	bulk->next = bulk->copy;
	return 0;
}

int trv__mariadb_bulk_start(struct mariadb_statement *statement, const struct trv_request *request,
                            struct trv_error *error)
{
	struct mariadb_bulk *bulk = &statement->bulk;

	if (request->rows == 0 || statement->parameters == 0)
		return trv_error_set(error, TRV_ERR_MISUSE, "a bulk statement needs rows and parameters");
	*bulk = (struct mariadb_bulk) { .next = request->binds, .rows = request->rows };
	int r = trv__mariadb_bind_types(statement, request->binds, error);
	if (r == 0)
		r = trv__mariadb_bulk_next(statement, error);
	/* Only now it is known whether rows come back: of a RETURNING, prepare tells no columns. */
	while (r > 0 && bulk->rows > 0 && mysql_stmt_field_count(statement->stmt) == 0) {
		statement->rows += mysql_stmt_affected_rows(statement->stmt);
		r = trv__mariadb_bulk_next(statement, error);
	}
	return r < 0 ? r : keep_binds(statement, error);
}

void trv__mariadb_bulk_end(struct mariadb_statement *statement)
{
	if (statement->arrays && statement->stmt)
		set_arrays(statement, 0);
	if (statement->bulk.copy)
		trv_release(mariadb_of(statement)->allocator, statement->bulk.copy);
	statement->bulk = (struct mariadb_bulk) { 0 };
}
