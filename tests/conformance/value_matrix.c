/*
 * Every value of every type through every way in and out: each cell of the matrix is a
 * case, whose name is made of the table.
 */
#include "value.h"

#include <stdlib.h>

struct cell {
	const struct kind *kind;
	const struct datum *datum; /* NULL: the case is about the type as a whole */
};

/* --- the way in ---------------------------------------------------------------------------------- */

static struct sample row_of(const struct cell *cell)
{
	struct sample row = plain_row();

	put_datum(&row, cell->kind, cell->datum);
	return row;
}

static void check_stored(struct world *w, const struct cell *cell, int64_t id)
{
	struct sample back;

	OK(w, sample_get(w->s, &back, id));
	check_datum(&back, cell->kind, cell->datum);
}

static void survives_insert(const void *argument)
{
	const struct cell *cell = argument;
	struct world w;

	world_open(&w);
	struct sample row = row_of(cell);
	OK(&w, sample_insert(w.s, &row));
	check_datum(&row, cell->kind, cell->datum);
	check_stored(&w, cell, row.id);
	world_close(&w);
}

static struct sample *rows_of_kind(struct world *w, const struct kind *kind)
{
	struct sample *rows = trv_arena_zero(trv_session_arena(w->s), kind->count, sizeof(*rows));

	REQUIRE(rows);
	for (size_t i = 0; i < kind->count; i++) {
		rows[i] = plain_row();
		put_datum(&rows[i], kind, &kind->data[i]);
	}
	return rows;
}

static struct sample *insert_kind(struct world *w, const struct kind *kind)
{
	struct sample *rows = rows_of_kind(w, kind);

	OK(w, sample_insert_many(w->s, rows, kind->count));
	return rows;
}

static void survives_bulk_insert(const void *argument)
{
	const struct cell *cell = argument;
	struct world w;

	world_open(&w);
	struct sample *rows = insert_kind(&w, cell->kind);
	check_stored(&w, cell, rows[cell->datum - cell->kind->data].id);
	world_close(&w);
}

static void survives_update(const void *argument)
{
	const struct cell *cell = argument;
	struct sample row = plain_row();
	struct world w;

	world_open(&w);
	OK(&w, sample_insert(w.s, &row));
	put_datum(&row, cell->kind, cell->datum);
	OK(&w, sample_update(w.s, &row, cell->kind->column | cell->kind->maybe));
	check_stored(&w, cell, row.id);
	world_close(&w);
}

static void survives_bulk_update(const void *argument)
{
	const struct cell *cell = argument;
	struct sample rows[3] = { plain_row(), plain_row(), plain_row() };
	struct world w;

	world_open(&w);
	OK(&w, sample_insert_many(w.s, rows, 3));
	put_datum(&rows[0], cell->kind, cell->datum);
	put_datum(&rows[2], cell->kind, cell->datum);
	OK(&w, sample_update_many(w.s, rows, 3, cell->kind->column | cell->kind->maybe));
	check_stored(&w, cell, rows[0].id);
	check_stored(&w, cell, rows[2].id);
	world_close(&w);
}

static void survives_update_where(const void *argument)
{
	const struct cell *cell = argument;
	struct sample row = plain_row();
	uint64_t affected = 0;
	struct world w;

	world_open(&w);
	OK(&w, sample_insert(w.s, &row));
	struct sample values = row_of(cell);
	OK(&w, sample_update_where(w.s, &affected, &values, cell->kind->column | cell->kind->maybe,
	                           &(struct sample_query) { .where = { sample_id(TRV_EQ, row.id) } }));
	CHECK_INT(affected, 1);
	check_stored(&w, cell, row.id);
	world_close(&w);
}

static void survives_upsert(const void *argument)
{
	const struct cell *cell = argument;
	struct sample row = plain_row();
	struct world w;

	world_open(&w);
	OK(&w, sample_insert(w.s, &row));
	struct sample other = row_of(cell);
	other.id = row.id;
	OK(&w, sample_upsert(w.s, &other, SAMPLE_ID, 0));
	check_stored(&w, cell, row.id);
	world_close(&w);
}

/* --- the way out --------------------------------------------------------------------------------- */

static void check_found(struct world *w, const struct cell *cell, struct sample_expr expr)
{
	struct sample_list list;

	OK(w, sample_find(w->s, &list, &(struct sample_query) { .where = { expr } }));
	if (CHECK_INT(list.count, 1))
		check_datum(&list.items[0], cell->kind, cell->datum);
}

static void is_found_alone(const void *argument)
{
	const struct cell *cell = argument;
	struct world w;

	world_open(&w);
	insert_kind(&w, cell->kind);
	check_found(&w, cell, compare_datum(cell->kind->column, TRV_EQ, cell->datum));
	check_found(&w, cell, compare_datum(cell->kind->maybe, TRV_EQ, cell->datum));
	world_close(&w);
}

static void is_found_in_a_list(const void *argument)
{
	const struct cell *cell = argument;
	struct world w;

	world_open(&w);
	insert_kind(&w, cell->kind);
	check_found(&w, cell, list_of_datum(cell->kind->column, cell->datum, trv_session_arena(w.s)));
	check_found(&w, cell, list_of_datum(cell->kind->maybe, cell->datum, trv_session_arena(w.s)));
	world_close(&w);
}

static size_t count_where(struct world *w, struct sample_expr expr)
{
	uint64_t count = UINT64_MAX;

	OK(w, sample_count(w->s, &count, &(struct sample_query) { .where = { expr } }));
	return count;
}

static void differs_from_all_others(const void *argument)
{
	const struct cell *cell = argument;
	struct world w;

	world_open(&w);
	insert_kind(&w, cell->kind);
	CHECK_INT(count_where(&w, compare_datum(cell->kind->column, TRV_NE, cell->datum)), cell->kind->count - 1);
	CHECK_INT(count_where(&w, compare_datum(cell->kind->maybe, TRV_NE, cell->datum)), cell->kind->count - 1);
	world_close(&w);
}

static void has_its_place(const void *argument)
{
	const struct cell *cell = argument;
	size_t below = (size_t)(cell->datum - cell->kind->data);
	size_t above = cell->kind->count - below - 1;
	const uint64_t columns[] = { cell->kind->column, cell->kind->maybe };
	struct world w;

	world_open(&w);
	insert_kind(&w, cell->kind);
	for (size_t i = 0; i < 2; i++) {
		CHECK_INT(count_where(&w, compare_datum(columns[i], TRV_LT, cell->datum)), below);
		CHECK_INT(count_where(&w, compare_datum(columns[i], TRV_LE, cell->datum)), below + 1);
		CHECK_INT(count_where(&w, compare_datum(columns[i], TRV_GT, cell->datum)), above);
		CHECK_INT(count_where(&w, compare_datum(columns[i], TRV_GE, cell->datum)), above + 1);
	}
	world_close(&w);
}

/* --- a type as a whole --------------------------------------------------------------------------- */

/* All values, the last one first, and two nulls between. */
static void insert_mixed(struct world *w, const struct kind *kind)
{
	struct sample *rows = rows_of_kind(w, kind);

	for (size_t i = kind->count; i-- > 0;) {
		OK(w, sample_insert(w->s, &rows[i]));
		if (i == 0 || i == kind->count - 1) {
			struct sample null = plain_row();

			OK(w, sample_insert(w->s, &null));
		}
	}
}

static void check_order(struct world *w, const struct kind *kind, enum trv_direction direction)
{
	struct sample_list list;
	bool down = direction == TRV_DESC;

	OK(w, sample_find(w->s, &list, &(struct sample_query) { .order_by = { order_by(kind->maybe, direction) } }));
	REQUIRE(CHECK_INT(list.count, kind->count + 2));
	for (size_t i = 0; i < list.count; i++) {
		size_t at = down ? list.count - 1 - i : i;

		if (at < 2)
			check_null(&list.items[i], kind);
		else
			check_datum(&list.items[i], kind, &kind->data[at - 2]);
	}
}

static void is_ordered_up(const void *argument)
{
	const struct cell *cell = argument;
	struct world w;

	world_open(&w);
	insert_mixed(&w, cell->kind);
	check_order(&w, cell->kind, TRV_ASC);
	world_close(&w);
}

static void is_ordered_down(const void *argument)
{
	const struct cell *cell = argument;
	struct world w;

	world_open(&w);
	insert_mixed(&w, cell->kind);
	check_order(&w, cell->kind, TRV_DESC);
	world_close(&w);
}

static void null_survives(const void *argument)
{
	const struct cell *cell = argument;
	struct sample rows[3] = { plain_row(), plain_row(), plain_row() };
	struct sample back;
	struct world w;

	world_open(&w);
	put_datum(&rows[1], cell->kind, &cell->kind->data[cell->kind->count - 1]);
	OK(&w, sample_insert(w.s, &rows[0]));
	OK(&w, sample_insert_many(w.s, rows + 1, 2));
	OK(&w, sample_get(w.s, &back, rows[0].id));
	check_null(&back, cell->kind);
	OK(&w, sample_get(w.s, &back, rows[2].id));
	check_null(&back, cell->kind);
	OK(&w, sample_get(w.s, &back, rows[1].id));
	check_datum(&back, cell->kind, &cell->kind->data[cell->kind->count - 1]);
	world_close(&w);
}

static void null_takes_the_place(const void *argument)
{
	const struct cell *cell = argument;
	struct sample rows[2] = { plain_row(), plain_row() };
	struct sample back;
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < 2; i++)
		put_datum(&rows[i], cell->kind, &cell->kind->data[0]);
	OK(&w, sample_insert_many(w.s, rows, 2));
	for (size_t i = 0; i < 2; i++)
		put_null(&rows[i], cell->kind);
	OK(&w, sample_update(w.s, &rows[0], cell->kind->maybe));
	OK(&w, sample_update_many(w.s, rows + 1, 1, cell->kind->maybe));
	for (size_t i = 0; i < 2; i++) {
		OK(&w, sample_get(w.s, &back, rows[i].id));
		check_null(&back, cell->kind);
	}
	world_close(&w);
}

static void null_is_found(const void *argument)
{
	const struct cell *cell = argument;
	uint16_t column = (uint16_t)__builtin_ctzll(cell->kind->maybe);
	struct world w;

	world_open(&w);
	insert_mixed(&w, cell->kind);
	CHECK_INT(count_where(&w, (struct sample_expr) { trv_expr_null(column, false) }), 2);
	CHECK_INT(count_where(&w, (struct sample_expr) { trv_expr_null(column, true) }), cell->kind->count);
	CHECK_INT(count_where(&w, sample_not(compare_datum(cell->kind->maybe, TRV_EQ, &cell->kind->data[0]))),
	          cell->kind->count - 1);
	world_close(&w);
}

static void is_streamed(const void *argument)
{
	const struct cell *cell = argument;
	struct trv_stream stream = { NULL };
	const struct sample *row;
	size_t count = 0;
	struct world w;

	world_open(&w);
	insert_kind(&w, cell->kind);
	const struct sample_query query = { .order_by = { sample_by_id(TRV_ASC) } };
	int r;
	while ((r = sample_each(w.s, &stream, &row, &query)) == 1 && count < cell->kind->count)
		check_datum(row, cell->kind, &cell->kind->data[count++]);
	OK(&w, r);
	CHECK_INT(count, cell->kind->count);
	world_close(&w);
}

static void is_counted_apart(const void *argument)
{
	const struct cell *cell = argument;
	struct sample_groups groups;
	struct world w;

	world_open(&w);
	insert_kind(&w, cell->kind);
	insert_mixed(&w, cell->kind);
	OK(&w, sample_aggregate(w.s, &groups,
	                        &(struct trv_aggregate) { .values = { { TRV_COUNT_ROWS, 0 },
	                                                              { TRV_COUNT, cell->kind->maybe },
	                                                              { TRV_COUNT_DISTINCT, cell->kind->maybe } } },
	                        NULL));
	REQUIRE(CHECK_INT(groups.count, 1));
	CHECK_INT(groups.items[0].values[0].as.integer, 2 * cell->kind->count + 2);
	CHECK_INT(groups.items[0].values[1].as.integer, 2 * cell->kind->count);
	CHECK_INT(groups.items[0].values[2].as.integer, cell->kind->count);
	world_close(&w);
}

static void is_grouped(const void *argument)
{
	const struct cell *cell = argument;
	struct sample_groups groups;
	struct world w;

	world_open(&w);
	insert_mixed(&w, cell->kind);
	insert_kind(&w, cell->kind);
	OK(&w, sample_aggregate(
		       w.s, &groups,
		       &(struct trv_aggregate) { .values = { { TRV_COUNT_ROWS, 0 } }, .group_by = cell->kind->maybe },
		       &(struct sample_query) { .order_by = { order_by(cell->kind->maybe, TRV_ASC) } }));
	REQUIRE(CHECK_INT(groups.count, cell->kind->count + 1));
	for (size_t i = 0; i < groups.count; i++)
		CHECK_INT(groups.items[i].values[0].as.integer, 2);
	check_null(&groups.items[0].key, cell->kind);
	world_close(&w);
}

/* --- the matrix ---------------------------------------------------------------------------------- */

static const struct way {
	const char *sentence;
	void (*run)(const void *argument);
	bool ordered; /* only for types that have an order */
	bool comparable; /* only for types whose values can be told apart */
} value_ways[] = {
	{ "survives an insert", survives_insert, false, false },
	{ "survives a bulk insert", survives_bulk_insert, false, false },
	{ "survives an update", survives_update, false, false },
	{ "survives a bulk update", survives_bulk_update, false, false },
	{ "survives an update by a filter", survives_update_where, false, false },
	{ "survives an upsert", survives_upsert, false, false },
	{ "is found by TRV_EQ and by nothing else", is_found_alone, false, true },
	{ "is found in a list", is_found_in_a_list, false, true },
	{ "differs from all others by TRV_NE", differs_from_all_others, false, true },
	{ "has its place by <, <=, > and >=", has_its_place, true, false },
}, kind_ways[] = {
	{ "values come in ascending order, nulls first", is_ordered_up, true, false },
	{ "values come in descending order, nulls last", is_ordered_down, true, false },
	{ "nulls survive inserts", null_survives, false, false },
	{ "nulls take the place of values", null_takes_the_place, false, false },
	{ "nulls are found, and are neither equal nor unequal", null_is_found, false, true },
	{ "values are streamed", is_streamed, false, false },
	{ "values are counted, distinct ones too", is_counted_apart, false, true },
	{ "values make groups, null is one", is_grouped, true, false },
};

static void add(const struct way *way, const struct kind *kind, const struct datum *datum)
{
	struct cell *cell = malloc(sizeof(*cell));
	char sentence[256];

	if ((way->ordered && !kind->ordered) || (way->comparable && kind->column == SAMPLE_EXTRA)) {
		free(cell);
		return;
	}
	snprintf(sentence, sizeof(sentence), "%s%s%s %s", kind->name, datum ? " " : "", datum ? datum->name : "",
	         way->sentence);
	char *copy = strdup(sentence);
	if (!cell || !copy)
		abort();
	*cell = (struct cell) { kind, datum };
	test_register_row("values", copy, way->run, cell);
}

__attribute__((constructor)) static void add_all(void)
{
	for (size_t k = 0; k < kind_count; k++) {
		for (size_t d = 0; d < kinds[k].count; d++)
			for (size_t i = 0; i < TRV_COUNT_OF(value_ways); i++)
				add(&value_ways[i], &kinds[k], &kinds[k].data[d]);
		for (size_t i = 0; i < TRV_COUNT_OF(kind_ways); i++)
			add(&kind_ways[i], &kinds[k], NULL);
	}
}
