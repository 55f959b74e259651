#include "import_parts.h"

#include <string.h>

#define CLAUSE_LENGTH 500

static const struct {
	const char *field;
	enum dependency_kind kind;
} fields[] = {
	{ "Pre-Depends", DEPENDENCY_PRE_DEPENDS },
	{ "Depends", DEPENDENCY_DEPENDS },
	{ "Recommends", DEPENDENCY_RECOMMENDS },
};

static int read_clauses(struct import *import, const struct deb822_paragraph *paragraph, const char *name,
                        struct dependency_clauses *clauses)
{
	const struct deb822_field *field = deb822_field(paragraph, name);

	*clauses = (struct dependency_clauses) { 0 };
	return field ? dependencies_parse(clauses, field, import->status.path, &import->kept, import->report) : 0;
}

/* The first project that provides a virtual package stands for it. */
static int keep_provided(struct import *import, const struct deb822_paragraph *paragraph, size_t project)
{
	struct dependency_clauses provided;
	int r = read_clauses(import, paragraph, "Provides", &provided);

	for (size_t i = 0; r >= 0 && i < provided.count; i++) {
		size_t number;

		r = names_add(&import->provided, provided.items[i].names[0], &number);
		if (r == 1)
			names_set_value(&import->provided, number, (int64_t)project);
	}
	return r < 0 ? r : 0;
}

int import_needs_keep(struct import *import, const struct deb822_paragraph *paragraph, size_t project)
{
	int r = keep_provided(import, paragraph, project);

	for (size_t i = 0; r == 0 && i < TRV_COUNT_OF(fields); i++) {
		struct need need = { .project = project, .kind = fields[i].kind };
		struct need *needs =
			array_room(&import->kept, import->needs, import->need_count, sizeof(*import->needs));

		r = needs ? read_clauses(import, paragraph, fields[i].field, &need.clauses) : TRV_ERR_NOMEM;
		if (r < 0)
			break;
		import->needs = needs;
		needs[import->need_count++] = need;
	}
	return r;
}

/* The first of the alternatives that is installed, by itself or by what provides it. */
static bool resolve(const struct import *import, const struct dependency_clause *clause, size_t *project)
{
	for (size_t i = 0; i < clause->name_count; i++) {
		size_t number;

		if (names_find(&import->projects, clause->names[i], project))
			return true;
		if (names_find(&import->provided, clause->names[i], &number)) {
			*project = (size_t)names_value(&import->provided, number);
			return true;
		}
	}
	return false;
}

/* A package may be named in several clauses: python3 (>= 3.11~), python3 (<< 3.12). The first stays. */
static bool is_staged(const struct dependency_list *list, size_t first, int64_t target)
{
	for (size_t i = first; i < list->count; i++) {
		if (list->items[i].target_id == target)
			return true;
	}
	return false;
}

static int stage_need(struct import *import, const struct need *need)
{
	struct dependency_list *list = &import->batch.dependency_rows;
	size_t first = list->count;

	for (size_t i = 0; i < need->clauses.count; i++) {
		const struct dependency_clause *clause = &need->clauses.items[i];
		size_t target;

		if (!resolve(import, clause, &target) || target == need->project)
			continue;
		int64_t key = names_value(&import->projects, target);
		if (is_staged(list, first, key))
			continue;

		struct dependency *row = BATCH_ADD(&import->batch, dependency_rows);
		char *text = trv_arena_strdup(import->arena, clause->text);
		if (!row || !text)
			return TRV_ERR_NOMEM;
		text_fit(text, CLAUSE_LENGTH);
		row->project_id = names_value(&import->projects, need->project);
		row->target_id = key;
		row->kind = need->kind;
		row->clause = text;
		import->counts->dependencies++;
	}
	return 0;
}

int import_needs(struct import *import)
{
	for (size_t i = 0; i < import->need_count; i++) {
		int r = stage_need(import, &import->needs[i]);

		if (r == 0 && batch_is_full(&import->batch))
			r = batch_save(&import->batch);
		if (r < 0)
			return r;
	}
	return 0;
}
