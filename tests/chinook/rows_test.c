/*
 * Every row of every table and of every relation, by every loader, against the rows of
 * hand-written SQL: those of the same database, and those of the SQLite file.
 */
#include "chinook.h"

/* A query of any model, with nothing asked for. */
static struct trv_query *query_new(const struct chinook *chinook, const struct trv_model *model)
{
	struct trv_query *query = trv_arena_alloc(trv_session_arena(chinook->s), model->query_size);

	REQUIRE(query);
	memset(query, 0, model->query_size);
	return query;
}

static void order_by_key(struct trv_query *query, const struct trv_model *model, enum trv_direction direction)
{
	for (size_t i = 0; i < model->primary_count; i++)
		query->order_by[i] = trv_order_by(model->primary[i], direction);
}

/* What SQLite's file has, as the engine's own script would write it. */
static struct grid *reference_rows(const struct chinook *chinook, const char *sql, const char *format)
{
	struct grid *grid = raw_sqlite.rows(sql, format);

	for (size_t i = 0; chinook->raw->script_text && i < grid->count; i++)
		if (grid->cells[i] && format[i % grid->columns] == 't')
			chinook->raw->script_text(grid->cells[i]);
	return grid;
}

/* A statement's rows from the engine itself, which must be those of the reference. */
static struct grid *expected_rows(const struct chinook *chinook, const char *sql, const char *format, const char *what)
{
	struct grid *grid = chinook->raw->rows(sql, format);

	if (chinook->raw != &raw_sqlite)
		CHECK_GRID(grid, reference_rows(chinook, sql, format), what);
	return grid;
}

static struct grid *grid_of_list(const struct table *table, const struct trv_list *list)
{
	struct grid *grid = grid_new(table->format);

	for (size_t i = 0; i < list->count; i++)
		grid_add_row(grid, table->model, (const char *)list->items + i * table->model->row_size);
	return grid;
}

/* "p."AlbumId", p."Title"": the first `count` columns, or all; `as` names them k0, k1. */
static size_t add_columns(char *sql, size_t length, const struct table *table, const char *alias, size_t count, bool as)
{
	for (size_t i = 0; i < count; i++) {
		length += (size_t)sprintf(sql + length, "%s%s.\"%s\"", i ? ", " : "", alias, table->columns[i]);
		if (as)
			length += (size_t)sprintf(sql + length, " AS k%zu", i);
	}
	return length;
}

/* --- tables ------------------------------------------------------------------------------------------ */

static struct grid *expected_table(const struct chinook *chinook, const struct table *table)
{
	char sql[2048];
	size_t length = (size_t)sprintf(sql, "SELECT * FROM \"%s\" t ORDER BY ", table->name);

	add_columns(sql, length, table, "t", table->keys, false);
	return expected_rows(chinook, sql, table->format, table->name);
}

TEST(chinook, every_table_has_the_rows_and_columns_that_raw_sql_finds)
{
	struct chinook chinook;

	chinook_open(&chinook);
	for (size_t i = 0; i < TABLES; i++) {
		const struct table *table = &chinook_tables[i];
		struct trv_query *query = query_new(&chinook, table->model);
		uint64_t before = chinook_statements(&chinook);
		struct trv_list list;

		order_by_key(query, table->model, TRV_ASC);
		OK(&chinook, trv__find(chinook.s, table->model, &list, query));
		CHECK_INT(chinook_statements(&chinook) - before, 1);
		CHECK_GRID(grid_of_list(table, &list), expected_table(&chinook, table), table->name);
	}
	chinook_close(&chinook);
}

/* --- relations ----------------------------------------------------------------------------------------- */

/* A load of all rows of a model with one relation. */
struct load {
	const struct relation *relation;
	const struct table *parent, *target;
	const struct trv_relation *described;
	struct trv_query *query, *sub;
	struct trv_list list;
};

static struct load load_new(const struct chinook *chinook, const struct relation *relation)
{
	struct load load = {
		.relation = relation,
		.parent = &chinook_tables[relation->parent],
		.target = &chinook_tables[relation->target],
	};
	int index = trv_model_relation(load.parent->model, relation->name);

	REQUIRE(index >= 0);
	load.described = &load.parent->model->relations[index];
	REQUIRE(load.described->target == load.target->model);
	load.query = query_new(chinook, load.parent->model);
	load.sub = query_new(chinook, load.target->model);
	order_by_key(load.query, load.parent->model, TRV_ASC);
	memcpy((char *)load.query + load.described->query_offset, &load.sub, sizeof(load.sub));
	return load;
}

static const void *related(const struct load *load, const void *row)
{
	const void *found;

	memcpy(&found, (const char *)row + load->described->offset, sizeof(found));
	return found;
}

static void add_pair(struct grid *grid, const struct load *load, const void *row, const void *target)
{
	grid_add_key(grid, load->parent->model, row);
	grid_add_row(grid, load->target->model, target);
}

/* The rows of the relation: the parent's key, the columns of the target. */
static struct grid *grid_of_load(const struct load *load, const char *format)
{
	struct grid *grid = grid_new(format);

	for (size_t i = 0; i < load->list.count; i++) {
		const char *row = (const char *)load->list.items + i * load->parent->model->row_size;
		const void *found = related(load, row);

		if (load->described->kind == TRV_TO_ONE) {
			if (found)
				add_pair(grid, load, row, found);
			continue;
		}
		REQUIRE(found); /* loaded and empty is not the same as not loaded */
		const struct trv_refs *refs = found;
		for (size_t k = 0; k < refs->count; k++)
			add_pair(grid, load, row, refs->items[k]);
	}
	return grid;
}

static void pair_format(const struct load *load, char format[GRID_COLUMNS + 1])
{
	snprintf(format, GRID_COLUMNS + 1, "%.*s%s", (int)load->parent->keys, load->parent->format,
	         load->target->format);
}

static struct grid *expected_pairs(const struct chinook *chinook, const struct load *load, const char *what)
{
	char sql[4096], format[GRID_COLUMNS + 1];
	size_t length = (size_t)sprintf(sql, "SELECT ");

	length = add_columns(sql, length, load->parent, "p", load->parent->keys, false);
	length += (size_t)sprintf(sql + length, ", ");
	length = add_columns(sql, length, load->target, "t", strlen(load->target->format), false);
	length += (size_t)sprintf(sql + length, " FROM %s ORDER BY ", load->relation->from);
	length = add_columns(sql, length, load->parent, "p", load->parent->keys, false);
	length += (size_t)sprintf(sql + length, ", ");
	add_columns(sql, length, load->target, "t", load->target->keys, false);
	pair_format(load, format);
	return expected_rows(chinook, sql, format, what);
}

/* What a loader is called, and what it sends for each kind of relation. */
struct loader {
	const char *name;
	enum trv_how how;
	unsigned statements[3]; /* by enum trv_relation_kind */
};

/* Many-to-many without an order: the links, then the distinct targets. With one: both in one statement. */
static const struct loader plain[] = {
	{ "usual", TRV_AUTO_LOAD, { 1, 2, 3 } },   { "joined", TRV_JOINED, { 1, 1, 3 } },
	{ "selectin", TRV_SELECTIN, { 2, 2, 3 } }, { "subquery", TRV_SUBQUERY, { 2, 2, 2 } },
	{ "lazy", TRV_LAZY, { 2, 2, 3 } },         { NULL, TRV_RAISE, { 0, 0, 0 } },
};

static const struct loader ordered[] = {
	{ "usual, in order", TRV_AUTO_LOAD, { 1, 2, 2 } },   { "joined, in order", TRV_JOINED, { 1, 1, 2 } },
	{ "selectin, in order", TRV_SELECTIN, { 2, 2, 2 } }, { "subquery, in order", TRV_SUBQUERY, { 2, 2, 2 } },
	{ "lazy, in order", TRV_LAZY, { 2, 2, 2 } },         { NULL, TRV_RAISE, { 0, 0, 0 } },
};

/* Touches the relation of one row, which loads it for all of them. */
static void touch(const struct chinook *chinook, const struct load *load)
{
	char *row = (char *)load->list.items + load->list.count / 2 * load->parent->model->row_size;

	CHECK(!related(load, row));
	OK(chinook, trv__load(chinook->s, load->parent->model, row,
	                      (uint16_t)(load->described - load->parent->model->relations)));
}

static void run_load(const struct chinook *chinook, struct load *load, const struct loader *loader, const char *what)
{
	uint64_t before = chinook_statements(chinook);

	load->sub->how = loader->how;
	OK(chinook, trv__find(chinook->s, load->parent->model, &load->list, load->query));
	if (loader->how == TRV_LAZY)
		touch(chinook, load);
	if (!CHECK_INT(chinook_statements(chinook) - before, loader->statements[load->described->kind]))
		test_note("statements of %s", what);
}

static void check_loaders(const struct chinook *chinook, struct load *load, const struct loader *loader, bool sorted)
{
	const char *name = load->parent->model->name;
	char what[128], format[GRID_COLUMNS + 1];
	struct grid *expected = expected_pairs(chinook, load, name);
	struct grid *parents = expected_table(chinook, load->parent);

	pair_format(load, format);
	if (!sorted)
		grid_sort(expected);
	for (; loader->name; loader++) {
		snprintf(what, sizeof(what), "%s.%s, %s", name, load->relation->name, loader->name);
		run_load(chinook, load, loader, what);
		struct grid *pairs = grid_of_load(load, format);
		if (!sorted)
			grid_sort(pairs);
		CHECK_GRID(grid_of_list(load->parent, &load->list), parents, what);
		CHECK_GRID(pairs, expected, what);
	}
}

static void check_relation(const struct chinook *chinook, const struct relation *relation)
{
	struct trv_mark mark = trv_mark(chinook->s);
	struct load load = load_new(chinook, relation);

	check_loaders(chinook, &load, plain, false);
	order_by_key(load.sub, load.target->model, TRV_ASC);
	check_loaders(chinook, &load, ordered, true);
	trv_rewind(chinook->s, mark);
	grid_release_all();
}

TEST(chinook, every_relation_by_every_loader_has_the_rows_that_raw_sql_finds)
{
	struct chinook chinook;

	chinook_open(&chinook);
	for (size_t i = 0; i < RELATIONS; i++)
		check_relation(&chinook, &chinook_relations[i]);
	chinook_close(&chinook);
}

/* --- relations with a limit --------------------------------------------------------------------------- */

#define LIMIT 3
#define OFFSET 1

/* A limit is for each parent, so a collection with one is never joined. */
static const struct loader limited[] = {
	{ "usual, some", TRV_AUTO_LOAD, { 0, 2, 2 } },   { "joined, some", TRV_JOINED, { 0, 2, 2 } },
	{ "selectin, some", TRV_SELECTIN, { 0, 2, 2 } }, { "subquery, some", TRV_SUBQUERY, { 0, 2, 2 } },
	{ "lazy, some", TRV_LAZY, { 0, 2, 2 } },         { NULL, TRV_RAISE, { 0, 0, 0 } },
};

/* Of each parent the rows 2 to 4, the largest key first. */
static struct grid *expected_some(const struct chinook *chinook, const struct load *load, const char *what)
{
	char sql[4096], format[GRID_COLUMNS + 1];
	size_t length = (size_t)sprintf(sql, "SELECT k0, ");

	length = add_columns(sql, length, load->target, "n", strlen(load->target->format), false);
	length += (size_t)sprintf(sql + length, " FROM (SELECT ");
	length = add_columns(sql, length, load->parent, "p", load->parent->keys, true);
	length += (size_t)sprintf(sql + length, ", ");
	length = add_columns(sql, length, load->target, "t", strlen(load->target->format), false);
	length += (size_t)sprintf(sql + length, ", ROW_NUMBER() OVER (PARTITION BY p.\"%s\" ORDER BY ",
	                          load->parent->columns[0]);
	for (size_t i = 0; i < load->target->keys; i++)
		length += (size_t)sprintf(sql + length, "%st.\"%s\" DESC", i ? ", " : "", load->target->columns[i]);
	sprintf(sql + length, ") AS number FROM %s) AS n WHERE number > %d AND number <= %d ORDER BY k0, number",
	        load->relation->from, OFFSET, OFFSET + LIMIT);
	pair_format(load, format);
	return expected_rows(chinook, sql, format, what);
}

static void check_limited(const struct chinook *chinook, const struct relation *relation)
{
	struct trv_mark mark = trv_mark(chinook->s);
	struct load load = load_new(chinook, relation);
	char what[128], format[GRID_COLUMNS + 1];

	pair_format(&load, format);
	order_by_key(load.sub, load.target->model, TRV_DESC);
	load.sub->limit = LIMIT;
	load.sub->offset = OFFSET;
	for (size_t i = 0; load.described->kind != TRV_TO_ONE && limited[i].name; i++) {
		snprintf(what, sizeof(what), "%s.%s, %s", load.parent->model->name, relation->name, limited[i].name);
		run_load(chinook, &load, &limited[i], what);
		CHECK_GRID(grid_of_load(&load, format), expected_some(chinook, &load, what), what);
	}
	trv_rewind(chinook->s, mark);
	grid_release_all();
}

TEST(chinook, a_limit_of_a_relation_counts_for_each_parent)
{
	struct chinook chinook;

	chinook_open(&chinook);
	for (size_t i = 0; i < RELATIONS; i++)
		check_limited(&chinook, &chinook_relations[i]);
	chinook_close(&chinook);
}
