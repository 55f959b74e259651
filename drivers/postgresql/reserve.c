/*
 * What must hold before rows go in by COPY, and the keys that they get: one statement, which
 * the connection keeps. COPY knows no RETURNING and no casts, takes no rules and no policies,
 * takes keys that are always generated, and tells nothing of what a trigger made of a row:
 * where one of these matters, the rows are inserted by statements, as they are where the role
 * may not use the key's sequence.
 */
#include "internal.h"
#include "wire.h"

/*
 * $1 the table, $2 and $3 its columns and their types, $4 the automatic key or "", $5 how
 * many of its values are to be taken. Those come as eight bytes each, the high one first.
 *
 * A text goes into a varchar as well. Of a key the default must be the sequence's next value.
 */
static const char text[] =
	"SELECT s.fits, CASE WHEN s.fits THEN (SELECT string_agg(int8send(n.next), '') FROM"
	" (SELECT nextval(s.keys) AS next FROM generate_series(1, $5::int8)) AS n) END"
	" FROM (SELECT c.relkind = 'r' AND NOT c.relhasrules AND NOT row_security_active(c.oid)"
	" AND has_table_privilege(c.oid, 'INSERT')"
	" AND cardinality($2::text[]) = (SELECT count(*) FROM unnest($2::text[], $3::int8[]) AS w (name, type)"
	" JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = w.name::name AND"
	" (a.attidentity <> 'a' OR w.name = $4::text)"
	" AND (a.atttypid::int8 = w.type OR w.type = 25 AND a.atttypid = 1043))"
	" AND ($4::text = '' OR NOT EXISTS (SELECT FROM pg_catalog.pg_trigger AS g WHERE g.tgrelid = c.oid"
	" AND g.tgtype & 6 = 6 AND g.tgenabled <> 'D')"
	" AND coalesce(has_sequence_privilege(k.keys, 'USAGE, UPDATE'), false)"
	" AND EXISTS (SELECT FROM pg_catalog.pg_attribute AS a LEFT JOIN pg_catalog.pg_attrdef AS d"
	" ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = c.oid AND a.attname = $4::text::name"
	" AND (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) = format('nextval(%L::regclass)', k.keys))))"
	" AS fits, k.keys FROM pg_catalog.pg_class AS c, LATERAL (SELECT CASE WHEN $4::text <> ''"
	" THEN pg_get_serial_sequence(quote_ident($1::text), $4::text)::regclass END AS keys) AS k"
	" WHERE c.oid = to_regclass(quote_ident($1::text)) OFFSET 0) AS s";

enum {
	FITS,
	KEYS
};

static const struct trv_slot slots[] = {
	[FITS] = { .type = TRV_BOOL },
	[KEYS] = { .type = TRV_BYTES, .flags = TRV_SLOT_NULLABLE },
};
static const struct trv_decode answer = { .slots = slots, .count = TRV_COUNT_OF(slots), .bases = 1 };

static struct trv_bind of_text(const char *value)
{
	return (struct trv_bind) { .type = TRV_TEXT, .value = value, .size = strlen(value) };
}

static int ask(struct trv_statement *statement, const struct trv_copy_target *target, uint64_t deadline,
               struct trv_error *error)
{
	int64_t types[TRV_MAX_COLUMNS], rows = (int64_t)target->rows;
	const struct trv_bind binds[] = {
		of_text(target->table),
		{ .type = TRV_TEXT, .value = target->names, .size = sizeof(*target->names), .count = target->count },
		{ .type = TRV_INT64, .value = types, .size = sizeof(*types), .count = target->count },
		of_text(target->key ? target->key : ""),
		{ .type = TRV_INT64, .value = &rows, .size = sizeof(rows) },
	};
	const struct trv_request request = {
		.binds = binds,
		.bind_count = TRV_COUNT_OF(binds),
		.rows = 1,
		.decode = &answer,
		.deadline = deadline,
	};
	struct trv_outcome outcome;

	for (size_t i = 0; i < target->count; i++)
		types[i] = trv__pg_element_type(&target->columns[i]);
	return trv__pg_execute(statement, &request, &outcome, error);
}

/* 0 also where there is no such table: the insert says so. */
static int take_keys(const struct pg_statement *statement, const struct trv_copy_target *target, int64_t *keys)
{
	const PGresult *rows = statement->rows;

	if (PQntuples(rows) != 1 || PQgetisnull(rows, 0, FITS) || !*PQgetvalue(rows, 0, FITS))
		return 0;
	if (!target->key)
		return 1;
	const char *at = PQgetvalue(rows, 0, KEYS);
	if ((size_t)PQgetlength(rows, 0, KEYS) != target->rows * sizeof(*keys))
		return 0;
	for (size_t i = 0; i < target->rows; i++)
		keys[i] = (int64_t)wire_get64(at + i * sizeof(*keys));
	return 1;
}

int trv__pg_reserve(struct trv_connection *base, const struct trv_copy_target *target, int64_t *keys, uint64_t deadline,
                    struct trv_error *error)
{
	struct pg_connection *connection = pg_connection_of(base);
	struct trv_statement **statement = &connection->reserving;
	int r = *statement ? 0 : trv__pg_prepare(base, text, sizeof(text) - 1, deadline, statement, error);

	if (r == 0)
		r = ask(*statement, target, deadline, error);
	if (r < 0)
		return r;
	r = take_keys(pg_statement_of(*statement), target, keys);
	trv__pg_finish(*statement);
	return r;
}
