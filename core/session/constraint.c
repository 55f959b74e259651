/*
 * Constraint errors, the same from every engine. What an engine tells differs (SQLite the
 * columns of a unique key, MariaDB the name of it, PostgreSQL both): the model knows the rest.
 */
#include "session/write.h"

#include <stdio.h>
#include <string.h>

static const struct {
	int code;
	const char *what;
} kinds[] = {
	{ TRV_ERR_UNIQUE, "a row with this value is there already" },
	{ TRV_ERR_FOREIGN_KEY, "the row that this refers to is not there, or others refer to this one" },
	{ TRV_ERR_NOT_NULL, "a value is required" },
	{ TRV_ERR_CHECK, "the value breaks a check" },
};

/* What was violated, in the model's terms. */
struct violation {
	const struct trv_model *model;
	const char *constraint;
	uint16_t columns[TRV_MAX_KEY];
	size_t column_count;
	bool is_primary; /* whose name differs between the engines, so none is told */
};

static const char *what_of(int code)
{
	for (size_t i = 0; i < TRV_COUNT_OF(kinds); i++)
		if (kinds[i].code == code)
			return kinds[i].what;
	return NULL;
}

static void take_columns(struct violation *violation, const uint16_t *columns, size_t count)
{
	violation->column_count = count < TRV_MAX_KEY ? count : TRV_MAX_KEY;
	memcpy(violation->columns, columns, violation->column_count * sizeof(*columns));
}

static void take_index(struct violation *violation, const struct trv_index *index)
{
	violation->column_count = 0;
	for (size_t i = 0; i < index->part_count && i < TRV_MAX_KEY; i++)
		if (!index->parts[i].expression)
			violation->columns[violation->column_count++] = index->parts[i].column;
}

/* The names that the DDL gives: of an index, a check, a foreign key; and of primary keys. */
static bool by_constraint(struct violation *violation, const struct trv_model *model, const char *name)
{
	bool found = false;

	for (size_t i = 0; i < model->index_count && !found; i++) {
		found = strcmp(model->indexes[i].name, name) == 0;
		if (found)
			take_index(violation, &model->indexes[i]);
	}
	for (size_t i = 0; i < model->foreign_key_count && !found; i++) {
		const struct trv_foreign_key *key = &model->foreign_keys[i];

		found = strcmp(key->name, name) == 0;
		if (found)
			take_columns(violation, key->columns, key->count);
	}
	for (size_t i = 0; i < model->check_count && !found; i++)
		found = strcmp(model->checks[i].name, name) == 0;
	if (found)
		violation->model = model;
	return found;
}

static bool is_primary(const struct trv_model *model, const char *name)
{
	size_t length = strlen(model->table);

	return strcmp(name, "PRIMARY") == 0 ||
	       (strncmp(name, model->table, length) == 0 && strcmp(name + length, "_pkey") == 0);
}

static int column_named(const struct trv_model *model, const char *name)
{
	for (int i = 0; i < model->column_count; i++)
		if (strcmp(model->columns[i].name, name) == 0)
			return i;
	return -1;
}

/* "a", or "a, b": names of columns, as SQLite tells a key. */
static void by_columns(struct violation *violation, const char *names)
{
	char name[128];

	while (*names && violation->column_count < TRV_MAX_KEY) {
		size_t length = strcspn(names, ",");

		snprintf(name, sizeof(name), "%.*s", (int)length, names);
		int column = column_named(violation->model, name);
		if (column >= 0)
			violation->columns[violation->column_count++] = (uint16_t)column;
		names += length;
		names += strspn(names, ", ");
	}
}

/* The unique index over exactly those columns. */
static void name_index(struct violation *violation)
{
	for (size_t i = 0; i < violation->model->index_count && !violation->constraint; i++) {
		const struct trv_index *index = &violation->model->indexes[i];
		bool same = index->unique && index->part_count == violation->column_count;

		for (size_t k = 0; same && k < index->part_count; k++)
			same = !index->parts[k].expression && index->parts[k].column == violation->columns[k];
		if (same)
			violation->constraint = index->name;
	}
}

/* Whether a row that is written refers to anything by it. */
static bool is_set(const struct trv__write *write, const struct trv_foreign_key *key)
{
	for (size_t row = 0; row < write->count; row++) {
		bool set = true;

		for (size_t i = 0; i < key->count && set; i++) {
			const struct trv_column *column = &write->model->columns[key->columns[i]];

			set = write->columns >> key->columns[i] & 1 &&
			      !trv__member_is_null(column, trv__write_row(write, row));
		}
		if (set)
			return true;
	}
	return false;
}

/* Whether the key can be what refused the write: one of the rows' own, or one to what is deleted. */
static bool can_refuse(const struct trv__write *write, const struct trv_model *model, const struct trv_foreign_key *key)
{
	if (write->columns)
		return model == write->model && is_set(write, key);
	return key->target == write->model && (key->on_delete == TRV_NO_ACTION || key->on_delete == TRV_RESTRICT);
}

/* SQLite does not tell which reference was violated. Where only one comes into question, it was that. */
static void name_reference(struct violation *violation, const struct trv_session *session)
{
	const struct trv_registry *registry = session->db->registry;
	const struct trv_foreign_key *found = NULL;
	const struct trv_model *owner = NULL;

	for (size_t i = 0; i < trv_registry_count(registry); i++) {
		const struct trv_model *model = trv_registry_at(registry, i);

		for (size_t k = 0; k < model->foreign_key_count; k++) {
			if (!can_refuse(session->writes, model, &model->foreign_keys[k]))
				continue;
			if (found)
				return;
			found = &model->foreign_keys[k];
			owner = model;
		}
	}
	if (!found)
		return;
	violation->model = owner;
	violation->constraint = found->name;
	take_columns(violation, found->columns, found->count);
}

static const struct trv_model *model_of_table(const struct trv_session *session, const char *table)
{
	const struct trv_registry *registry = session->db->registry;

	for (size_t i = 0; i < trv_registry_count(registry); i++)
		if (strcmp(trv_registry_at(registry, i)->table, table) == 0)
			return trv_registry_at(registry, i);
	return NULL;
}

static void find_violation(const struct trv_session *session, struct violation *violation)
{
	const struct trv_error *error = &session->error;
	const struct trv_registry *registry = session->db->registry;
	bool found = false;

	for (size_t i = 0; i < trv_registry_count(registry) && *error->constraint && !found; i++)
		found = by_constraint(violation, trv_registry_at(registry, i), error->constraint);
	if (found)
		return;
	if (*error->table)
		violation->model = model_of_table(session, error->table);
	else
		violation->model = session->writes ? session->writes->model : NULL;
	if (!violation->model)
		return;
	violation->is_primary = is_primary(violation->model, error->constraint);
	if (violation->is_primary)
		take_columns(violation, violation->model->primary, violation->model->primary_count);
	else
		by_columns(violation, error->column);
	if (error->code == TRV_ERR_UNIQUE)
		name_index(violation);
	if (error->code == TRV_ERR_FOREIGN_KEY && session->writes && !*error->constraint)
		name_reference(violation, session);
}

/* "model.member" or "model.(a, b)"; and the database's names of the columns. */
static void describe(const struct violation *violation, char *place, size_t size, char *columns, size_t columns_size)
{
	const struct trv_model *model = violation->model;
	bool several = violation->column_count > 1;
	size_t used = (size_t)snprintf(place, size, "%s%s", model->name,
	                               !violation->column_count ? ""
	                               : several                ? ".("
	                                                        : ".");
	size_t named = 0;

	*columns = '\0';
	for (size_t i = 0; i < violation->column_count && used < size && named < columns_size; i++) {
		const struct trv_column *column = &model->columns[violation->columns[i]];

		used += (size_t)snprintf(place + used, size - used, "%s%s", i ? ", " : "", column->member);
		named += (size_t)snprintf(columns + named, columns_size - named, "%s%s", i ? ", " : "", column->name);
	}
	if (several && used < size)
		snprintf(place + used, size - used, ")");
}

void trv__explain_constraint(struct trv_session *session)
{
	struct trv_error *error = &session->error;
	const char *what = what_of(error->code);
	struct violation violation = { .model = NULL };
	char place[256];

	if (!what)
		return;
	find_violation(session, &violation);
	if (!violation.model)
		return;
	if (!*error->detail)
		snprintf(error->detail, sizeof(error->detail), "%s", error->message);
	if (violation.is_primary)
		error->constraint[0] = '\0';
	if (violation.constraint && !*error->constraint)
		snprintf(error->constraint, sizeof(error->constraint), "%s", violation.constraint);
	snprintf(error->table, sizeof(error->table), "%s", violation.model->table);
	describe(&violation, place, sizeof(place), error->column, sizeof(error->column));
	snprintf(error->message, sizeof(error->message), "%s: %s%s%s%s", place, what, *error->constraint ? " ('" : "",
	         error->constraint, *error->constraint ? "')" : "");
}
