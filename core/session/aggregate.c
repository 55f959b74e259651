/*
 * Aggregates. The values are decoded into cells and the group columns straight into the
 * rows of the groups, by one decode table.
 */
#include "session/array.h"
#include "session/cell.h"
#include "session/load.h"

enum ability {
	CAN_EQUAL = 1 << 0, /* can be grouped by and counted without repeats */
	CAN_ORDER = 1 << 1, /* has a smallest and a largest value, on every engine */
	CAN_ADD = 1 << 2,
};

static const uint8_t abilities[TRV_ENUM + 1] = {
	[TRV_BOOL] = CAN_EQUAL,
	[TRV_INT16] = CAN_EQUAL | CAN_ORDER | CAN_ADD,
	[TRV_INT32] = CAN_EQUAL | CAN_ORDER | CAN_ADD,
	[TRV_INT64] = CAN_EQUAL | CAN_ORDER | CAN_ADD,
	[TRV_FLOAT32] = CAN_EQUAL | CAN_ORDER | CAN_ADD,
	[TRV_FLOAT64] = CAN_EQUAL | CAN_ORDER | CAN_ADD,
	[TRV_DECIMAL] = CAN_EQUAL | CAN_ORDER | CAN_ADD,
	[TRV_TEXT] = CAN_EQUAL | CAN_ORDER,
	[TRV_BYTES] = CAN_EQUAL,
	[TRV_DATE] = CAN_EQUAL | CAN_ORDER,
	[TRV_TIME] = CAN_EQUAL | CAN_ORDER,
	[TRV_TIMESTAMP] = CAN_EQUAL | CAN_ORDER,
	[TRV_UUID] = CAN_EQUAL,
	[TRV_ENUM] = CAN_EQUAL | CAN_ORDER,
};

static const struct {
	const char *noun;
	uint8_t needs; /* enum ability */
} functions[] = {
	[TRV_COUNT_ROWS] = { "count", 0 },
	[TRV_COUNT] = { "count", 0 },
	[TRV_COUNT_DISTINCT] = { "count of distinct values", CAN_EQUAL },
	[TRV_SUM] = { "sum", CAN_ADD },
	[TRV_MIN] = { "minimum that is the same on every engine", CAN_ORDER },
	[TRV_MAX] = { "maximum that is the same on every engine", CAN_ORDER },
	[TRV_AVERAGE] = { "average", CAN_ADD },
};

struct term {
	enum trv_aggregate_function function;
	const struct trv_column *column; /* NULL for TRV_COUNT_ROWS */
	size_t index; /* in `values` */
	enum trv_type type; /* of the value */
};

struct aggregation {
	const struct trv_model *model;
	const struct trv_query *query;
	const struct trv_aggregate *aggregate;
	struct term terms[TRV_MAX_AGGREGATES];
	size_t term_count;
	const struct term *order; /* the term that the groups are ordered by, or NULL */
};

/* --- what is asked for ---------------------------------------------------------------------- */

static bool is_whole(enum trv_type type)
{
	return type == TRV_INT16 || type == TRV_INT32 || type == TRV_INT64;
}

static enum trv_type type_of(const struct term *term)
{
	switch (term->function) {
	case TRV_SUM:
		if (is_whole(term->column->type))
			return TRV_INT64;
		return term->column->type == TRV_DECIMAL ? TRV_DECIMAL : TRV_FLOAT64;
	case TRV_MIN:
	case TRV_MAX:
		return term->column->type;
	case TRV_AVERAGE:
		return TRV_FLOAT64;
	default:
		return TRV_INT64;
	}
}

static int find_column(const struct trv_model *model, uint64_t flag, size_t index, const struct trv_column **column,
                       struct trv_error *error)
{
	if (__builtin_popcountll(flag) != 1 || flag & ~trv_model_all(model))
		return trv_error_set(error, TRV_ERR_MISUSE, "%s: aggregate %zu must name exactly one of its columns",
		                     model->name, index + 1);
	*column = &model->columns[__builtin_ctzll(flag)];
	return 0;
}

static int read_term(struct aggregation *aggregation, size_t index, struct trv_error *error)
{
	const struct trv_aggregate_term *given = &aggregation->aggregate->values[index];
	struct term *term = &aggregation->terms[aggregation->term_count];

	*term = (struct term) { .function = given->function, .index = index };
	if (!given->function)
		return 0;
	if ((size_t)given->function >= TRV_COUNT_OF(functions))
		return trv_error_set(error, TRV_ERR_MISUSE, "%s: aggregate %zu has no function that there is",
		                     aggregation->model->name, index + 1);
	if (given->function == TRV_COUNT_ROWS && given->column) {
		int r = trv_error_set(error, TRV_ERR_MISUSE, "%s: aggregate %zu counts rows and names a column",
		                      aggregation->model->name, index + 1);
		trv_error_hint(error, "TRV_COUNT counts the values of a column that are not null");
		return r;
	}
	if (given->function != TRV_COUNT_ROWS) {
		int r = find_column(aggregation->model, given->column, index, &term->column, error);
		if (r < 0)
			return r;
		if (functions[term->function].needs & ~abilities[term->column->type])
			return trv_error_set(error, TRV_ERR_MISUSE, "%s.%s: %s has no %s", aggregation->model->name,
			                     term->column->member, trv_type_name(term->column->type),
			                     functions[term->function].noun);
	}
	term->type = type_of(term);
	if (aggregation->aggregate->order_by == index + 1)
		aggregation->order = term;
	aggregation->term_count++;
	return 0;
}

static int check_groups(const struct aggregation *aggregation, struct trv_error *error)
{
	const struct trv_model *model = aggregation->model;
	uint64_t groups = aggregation->aggregate->group_by;

	if (groups & ~trv_model_all(model))
		return trv_error_set(error, TRV_ERR_MISUSE, "%s: .group_by names columns that it does not have",
		                     model->name);
	for (uint64_t left = groups; left; left &= left - 1) {
		const struct trv_column *column = &model->columns[__builtin_ctzll(left)];

		if (!(abilities[column->type] & CAN_EQUAL))
			return trv_error_set(error, TRV_ERR_MISUSE, "%s.%s: %s cannot be grouped by", model->name,
			                     column->member, trv_type_name(column->type));
	}
	for (size_t i = 0; i < TRV_MAX_ORDER; i++) {
		unsigned by = aggregation->query->order_by[i].by;

		if (by && (by > model->column_count || !(groups >> (by - 1) & 1)))
			return trv_error_set(error, TRV_ERR_MISUSE, "%s%s%s: ordered by, but not grouped by",
			                     model->name, by <= model->column_count ? "." : "",
			                     by <= model->column_count ? model->columns[by - 1].member : "");
	}
	return 0;
}

static int read_request(struct aggregation *aggregation, struct trv_error *error)
{
	const struct trv_aggregate *aggregate = aggregation->aggregate;
	int r = 0;

	for (size_t i = 0; i < TRV_MAX_AGGREGATES && r >= 0; i++)
		r = read_term(aggregation, i, error);
	if (r >= 0)
		r = check_groups(aggregation, error);
	if (r < 0)
		return r;
	if (!aggregation->term_count && !aggregate->group_by)
		return trv_error_set(error, TRV_ERR_MISUSE, "%s: no values and no groups are asked for",
		                     aggregation->model->name);
	if (aggregate->order_by && !aggregation->order)
		return trv_error_set(error, TRV_ERR_MISUSE, "%s: ordered by aggregate %u, which is not there",
		                     aggregation->model->name, aggregate->order_by);
	if (aggregation->query->lock)
		return trv_error_set(error, TRV_ERR_MISUSE, "%s: groups are no rows that can be locked",
		                     aggregation->model->name);
	return 0;
}

/* --- SQL -------------------------------------------------------------------------------------- */

static enum trv_storage storage_of(const struct trv_column *column, const struct trv_dialect *dialect)
{
	uint8_t own = column->storage[dialect->engine];

	return (enum trv_storage)(own ? own : column->storage[TRV_ENGINE_ANY]);
}

/* Decimals that are kept as their digits are summed by the dialect's exact function. */
static bool is_digits(const struct trv_column *column, const struct trv_dialect *dialect)
{
	enum trv_storage storage = storage_of(column, dialect);

	return column->type == TRV_DECIMAL && (storage == TRV_STORE_DEFAULT || storage == TRV_STORE_TEXT);
}

static void put_cast(struct trv__writer *writer, enum trv_type type)
{
	if (writer->dialect->casts[type])
		trv__put(writer, writer->dialect->casts[type]);
}

static void write_sum(struct trv__writer *writer, const struct trv_column *column)
{
	bool digits = is_digits(column, writer->dialect);

	trv__put(writer, digits ? writer->dialect->decimal_sum : "SUM");
	trv__put(writer, "(");
	trv__put_column(writer, 0, column);
	if (column->type == TRV_FLOAT32)
		put_cast(writer, TRV_FLOAT64); /* else the sum of reals is a real */
	trv__put(writer, ")");
	if (is_whole(column->type))
		put_cast(writer, TRV_DECIMAL); /* one type, whatever the width of the column */
}

/* A floating point number is added, because the average of whole numbers is cut to four digits by MariaDB. */
static void write_average(struct trv__writer *writer, const struct trv_column *column)
{
	bool units = column->type == TRV_DECIMAL && storage_of(column, writer->dialect) == TRV_STORE_INTEGER;

	trv__put(writer, "AVG(");
	trv__put_column(writer, 0, column);
	trv__put(writer, units ? " / 1e" : " + 0e");
	trv__put_number(writer, units ? column->scale : 0);
	trv__put(writer, ")");
	put_cast(writer, TRV_FLOAT64);
}

static void write_call(struct trv__writer *writer, const char *open, const struct trv_column *column)
{
	trv__put(writer, open);
	trv__put_column(writer, 0, column);
	trv__put(writer, ")");
}

static void write_term(struct trv__writer *writer, const struct term *term)
{
	switch (term->function) {
	case TRV_COUNT_ROWS:
		trv__put(writer, "COUNT(*)");
		break;
	case TRV_COUNT:
		write_call(writer, "COUNT(", term->column);
		break;
	case TRV_COUNT_DISTINCT:
		write_call(writer, "COUNT(DISTINCT ", term->column);
		break;
	case TRV_SUM:
		write_sum(writer, term->column);
		break;
	case TRV_MIN:
		write_call(writer, "MIN(", term->column);
		break;
	case TRV_MAX:
		write_call(writer, "MAX(", term->column);
		break;
	case TRV_AVERAGE:
		write_average(writer, term->column);
		break;
	}
}

static void write_group_columns(struct trv__writer *writer, const struct aggregation *aggregation, const char **glue)
{
	for (uint64_t left = aggregation->aggregate->group_by; left; left &= left - 1) {
		trv__put(writer, *glue);
		*glue = ", ";
		trv__put_column(writer, 0, &aggregation->model->columns[__builtin_ctzll(left)]);
	}
}

/* A function's result has lost its column's collation: decimals that are text must be told to order as numbers. */
static void write_collation(struct trv__writer *writer, const struct term *term)
{
	const char *type = writer->dialect->types[TRV_DECIMAL];
	const char *collation = type ? strstr(type, " COLLATE ") : NULL;

	if (collation && term->type == TRV_DECIMAL && is_digits(term->column, writer->dialect))
		trv__put(writer, collation);
}

static void write_value_order(struct trv__writer *writer, const struct aggregation *aggregation, const char **glue)
{
	bool descending = aggregation->aggregate->direction == TRV_DESC;

	if (!aggregation->order)
		return;
	trv__put(writer, *glue);
	*glue = ", ";
	write_term(writer, aggregation->order);
	write_collation(writer, aggregation->order);
	trv__put(writer, descending ? " DESC" : "");
	if (writer->dialect->order_nulls)
		trv__put(writer, descending ? " NULLS LAST" : " NULLS FIRST");
}

/* With a limit the order is made total by the group columns behind it. */
static void write_orders(struct trv__writer *writer, const struct aggregation *aggregation)
{
	struct trv_order terms[TRV_MAX_ORDER + TRV_MAX_COLUMNS];
	const struct trv_query *query = aggregation->query;
	uint64_t left = query->limit || query->offset ? aggregation->aggregate->group_by : 0;
	const char *glue = " ORDER BY ";
	size_t count = 0;

	for (size_t i = 0; i < TRV_MAX_ORDER; i++) {
		if (!query->order_by[i].by)
			continue;
		left &= ~(UINT64_C(1) << (query->order_by[i].by - 1u));
		terms[count++] = query->order_by[i];
	}
	for (; left; left &= left - 1)
		terms[count++] = trv_order_by((uint16_t)__builtin_ctzll(left), TRV_ASC);
	write_value_order(writer, aggregation, &glue);
	trv__write_terms(writer, aggregation->model, 0, terms, count, &glue);
}

static void write_shape(struct trv__writer *writer, const struct aggregation *aggregation)
{
	const struct trv_aggregate *aggregate = aggregation->aggregate;

	trv__shape(writer, TRV__SHAPE_AGGREGATE);
	trv__shape64(writer, (uint64_t)(uintptr_t)aggregation->model);
	trv__shape64(writer, aggregate->group_by);
	trv__shape(writer, (unsigned)aggregation->term_count);
	for (size_t i = 0; i < aggregation->term_count; i++) {
		trv__shape(writer, aggregation->terms[i].function);
		trv__shape64(writer, aggregate->values[aggregation->terms[i].index].column);
	}
	trv__shape(writer, aggregation->order ? 1u + (unsigned)(aggregation->order - aggregation->terms) : 0);
	trv__shape(writer, aggregate->direction);
}

static void write(struct trv__writer *writer, const void *what)
{
	const struct aggregation *aggregation = what;
	const struct trv_query *query = aggregation->query;
	const char *glue = "SELECT ";

	writer->aliases = 1;
	write_shape(writer, aggregation);
	write_group_columns(writer, aggregation, &glue);
	for (size_t i = 0; i < aggregation->term_count; i++) {
		trv__put(writer, glue);
		glue = ", ";
		write_term(writer, &aggregation->terms[i]);
	}
	trv__put(writer, " FROM ");
	trv__put_name(writer, aggregation->model->table);
	trv__put(writer, " AS t0");
	glue = " WHERE ";
	trv__write_all(writer, aggregation->model, 0, query->where, TRV_MAX_WHERE, &glue);
	trv__shape(writer, TRV_EXPR_NONE);
	glue = " GROUP BY ";
	write_group_columns(writer, aggregation, &glue);
	write_orders(writer, aggregation);
	trv__write_limit(writer, query->limit, query->offset);
}

/* --- the decode table ------------------------------------------------------------------------- */

enum base {
	BASE_KEY, /* the group's row */
	BASE_CELLS,
	BASE_COUNT,
};

static size_t slot_count(const void *what)
{
	const struct aggregation *aggregation = what;

	return (size_t)__builtin_popcountll(aggregation->aggregate->group_by) + aggregation->term_count;
}

/* The sum of whole numbers comes as a decimal, so that too large a one is seen and not cut. */
static struct trv_slot slot_of(const struct aggregation *aggregation, size_t i, const struct trv_dialect *dialect)
{
	const struct term *term = &aggregation->terms[i];
	struct trv_slot slot = { .type = (uint8_t)term->type, .model = aggregation->model->name };

	if (term->column && term->type == term->column->type && term->function != TRV_AVERAGE)
		slot = trv__slot(aggregation->model, term->column, dialect, BASE_CELLS);
	if (term->function == TRV_SUM && term->type == TRV_INT64) {
		slot.type = TRV_DECIMAL;
		slot.scale = 0;
	}
	slot.name = NULL;
	trv__cell_aim(&slot, BASE_CELLS, i);
	return slot;
}

static int slots(const void *what, const struct trv_dialect *dialect, struct trv_slot *to, size_t room, size_t *count)
{
	const struct aggregation *aggregation = what;
	size_t n = 0;

	if (slot_count(what) > room)
		return TRV_ERR_INTERNAL;
	for (uint64_t left = aggregation->aggregate->group_by; left; left &= left - 1)
		to[n++] = trv__slot(aggregation->model, &aggregation->model->columns[__builtin_ctzll(left)], dialect,
		                    BASE_KEY);
	for (size_t i = 0; i < aggregation->term_count; i++)
		to[n++] = slot_of(aggregation, i, dialect);
	*count = n;
	return 0;
}

static size_t bases(const void *what)
{
	(void)what;
	return BASE_COUNT;
}

static const struct trv__statement_kind aggregate_kind = {
	.write = write,
	.slot_count = slot_count,
	.slots = slots,
	.bases = bases,
};

/* --- rows ---------------------------------------------------------------------------------------- */

static int refuse_sum(const struct aggregation *aggregation, const struct term *term, struct trv_error *error)
{
	return trv_error_set(error, TRV_ERR_VALUE, "%s.%s: the sum does not fit 64 bits", aggregation->model->name,
	                     term->column->member);
}

static int whole_sum(struct trv__cell *cell)
{
	struct trv_decimal sum = cell->as.decimal;

	if (!cell->has)
		return 0;
	if (trv_decimal_rescale(&sum, 0) < 0 || sum.high != (int64_t)sum.low >> 63)
		return TRV_ERR_VALUE;
	cell->as.int64 = (int64_t)sum.low;
	return 0;
}

static int take_values(const struct aggregation *aggregation, struct trv__cell *cells, struct trv_value *values,
                       struct trv_error *error)
{
	for (size_t i = 0; i < aggregation->term_count; i++) {
		const struct term *term = &aggregation->terms[i];

		if (term->function == TRV_SUM && term->type == TRV_INT64 && whole_sum(&cells[i]) < 0)
			return refuse_sum(aggregation, term, error);
		values[term->index] = trv__cell_value(&cells[i], term->type);
	}
	return 0;
}

struct target {
	struct trv_arena *arena;
	struct trv__array groups;
	size_t values; /* offset in a group */
};

static int read_groups(const struct aggregation *aggregation, struct trv__cursor *cursor, struct target *target)
{
	struct trv__cell cells[TRV_MAX_AGGREGATES];
	struct trv_session *session = cursor->session;
	uint64_t absent = 0;

	for (;;) {
		char *group = trv__array_next(&target->groups);
		void *const places[BASE_COUNT] = { group, cells };

		if (!group)
			return trv__no_memory(session);
		int r = trv__cursor_fetch(cursor, places, target->arena, &absent);
		if (r <= 0)
			return r;
		r = take_values(aggregation, cells, (struct trv_value *)(void *)(group + target->values),
		                &session->error);
		if (r < 0)
			return r;
		trv__array_keep(&target->groups);
	}
}

/* The groups' rows share a head as those of a query do: a to-one relation of theirs can be loaded for all at once. */
static int finish_groups(struct trv__run *run, const struct aggregation *aggregation, const struct target *target,
                         struct trv_list *groups)
{
	size_t count = target->groups.count;
	char *items = trv__array_copy(&target->groups, run->arena);
	struct trv_load *load =
		trv__load_create(run, aggregation->model, aggregation->aggregate->group_by, aggregation->query);
	void **rows = trv_arena_zero(run->arena, count + 1, sizeof(*rows));

	if ((count && !items) || !load || !rows)
		return trv__no_memory(run->session);
	for (size_t i = 0; i < count; i++) {
		rows[i] = items + i * target->groups.size;
		trv__row(rows[i])->load = load;
	}
	load->rows = rows;
	load->count = count;
	groups->items = items;
	groups->count = count;
	return 0;
}

/* SQLite gives up when its own 64 bits overflow. */
static int name_overflow(const struct aggregation *aggregation, struct trv_error *error, int r)
{
	if (r != TRV_ERR_SQL ||
	    (!strstr(error->message, "integer overflow") && !strstr(error->detail, "integer overflow")))
		return r;
	for (size_t i = 0; i < aggregation->term_count; i++)
		if (aggregation->terms[i].function == TRV_SUM && aggregation->terms[i].type == TRV_INT64)
			return refuse_sum(aggregation, &aggregation->terms[i], error);
	return r;
}

static int run_aggregate(struct trv__run *run, const struct aggregation *aggregation, struct target *target,
                         struct trv_list *groups)
{
	struct trv__writer writer;
	struct trv__cursor cursor;
	int r = trv__cursor_open(run->session, &cursor, &writer, &aggregate_kind, aggregation, false);

	if (r < 0)
		return name_overflow(aggregation, &run->session->error, r);
	int done = read_groups(aggregation, &cursor, target);
	r = trv__cursor_close(&cursor);
	if (r < 0)
		return name_overflow(aggregation, &run->session->error, r);
	return done < 0 ? done : finish_groups(run, aggregation, target, groups);
}

static int aggregate_into(struct trv_session *session, struct aggregation *aggregation, size_t stride, size_t values,
                          struct trv_list *groups)
{
	struct trv__run run = {
		.session = session,
		.arena = aggregation->query->arena ? aggregation->query->arena : &session->arena,
		.scratch = &session->scratch,
	};
	struct target target = { .arena = run.arena, .values = values };
	struct trv_mark mark = trv_arena_mark(run.arena);
	int r = read_request(aggregation, &session->error);

	trv__array_init(&target.groups, run.scratch, stride);
	if (r >= 0)
		r = run_aggregate(&run, aggregation, &target, groups);
	if (r < 0)
		trv_arena_rewind(run.arena, mark);
	return r;
}

int trv__aggregate(struct trv_session *session, const struct trv_model *model, void *groups, size_t stride,
                   size_t values, const struct trv_aggregate *aggregate, const void *query)
{
	static const struct trv_aggregate nothing;
	struct aggregation aggregation = {
		.model = model,
		.query = query ? query : trv__no_query(),
		.aggregate = aggregate ? aggregate : &nothing,
	};
	struct trv__call call;
	int r;

	do {
		r = trv__enter_read(session, &call, TRV__SITE, model, query);
		if (r >= 0)
			r = trv__leave(session, &call, aggregate_into(session, &aggregation, stride, values, groups));
	} while (trv__read_again(session, r));
	return r;
}
