/*
 * Every row of every table and of every relation, by every loader, against the rows of
 * hand-written SQL: those of the same database, and those of the SQLite file.
 */
#include "chinook.h"

#include <stdlib.h>

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

/* Each statement's rows from the engine itself must be those of the reference. */
static struct grid *expected_rows(const struct chinook *chinook, const char *sql, const char *format, const char *what)
{
	struct grid *grid = chinook->raw->rows(sql, format);

	if (chinook->raw != &raw_sqlite)
		CHECK_GRID(grid, raw_sqlite.rows(sql, format), what);
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
