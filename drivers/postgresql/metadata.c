/*
 * Before rows are trusted, the result's columns are compared with the decode table: how
 * many, which names, which types. What fits gets its decoder here.
 */
#include "internal.h"
#include <string.h>

#define NAME_LIMIT 63 /* the server cuts names there */

static int reserve_steps(struct pg_statement *statement, size_t count, struct trv_error *error)
{
	if (count <= statement->step_capacity)
		return 0;
	struct pg_step *steps = trv_resize(pg_owner(statement)->allocator, statement->steps, count * sizeof(*steps));
	if (!steps)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	statement->steps = steps;
	statement->step_capacity = count;
	return 0;
}

static int plan_slot(const struct trv_slot *slot, const PGresult *columns, int i, struct pg_step *step,
                     struct trv_error *error)
{
	const char *name = PQfname(columns, i);

	*step = (struct pg_step) {
		.slot = slot,
		.offset = slot->offset,
		.has_offset = slot->has_offset,
		.base = slot->base,
	};
	if (slot->type == 0)
		return 0;
	if (slot->name && strncmp(slot->name, name, NAME_LIMIT) != 0)
		return trv_error_set(error, TRV_ERR_MISMATCH, "column %d of the result is \"%s\", \"%s\" was expected",
		                     i + 1, name, slot->name);
	step->decoder = trv__pg_decoder_for(slot, PQftype(columns, i));
	step->kind = (uint8_t)trv__pg_step_kind(step->decoder);
	if (step->decoder)
		return 0;
	return trv_error_set(error, TRV_ERR_MISMATCH, "%s%s%s: the column is %s, which is not read as %s",
	                     slot->model ? slot->model : "", slot->model ? "." : "", name,
	                     trv__pg_type_name(PQftype(columns, i)), trv_type_name((enum trv_type)slot->type));
}

int trv__pg_plan(struct pg_statement *statement, const PGresult *columns, const struct trv_decode *decode,
                 struct trv_error *error)
{
	if (statement->planned == decode && !decode->by_name)
		return 0;
	statement->planned = NULL;
	if ((size_t)PQnfields(columns) != decode->count)
		return trv_error_set(error, TRV_ERR_MISMATCH, "the result has %d columns, %zu were expected",
		                     PQnfields(columns), decode->count);
	int r = reserve_steps(statement, decode->count, error);
	for (size_t i = 0; r == 0 && i < decode->count; i++)
		r = plan_slot(&decode->slots[i], columns, (int)i, &statement->steps[i], error);
	if (r == 0)
		statement->planned = decode;
	return r;
}
