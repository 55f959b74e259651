/* update, update_many, delete, and the set-based _update_where and _delete_where. */
#include "session/write.h"

/* --- statements ------------------------------------------------------------------------------------- */

/* Many rows in one run of the statement: as arrays, or as a run for each row that goes along. */
static bool by_rows(const struct trv_dialect *dialect)
{
	return dialect->bulk == TRV_BULK_ROWS || dialect->bulk == TRV_BULK_UNNEST;
}

static void by_key_shape(struct trv__writer *writer, const struct trv__write *write, unsigned verb)
{
	trv__shape(writer, verb);
	trv__shape64(writer, (uint64_t)(uintptr_t)write->model);
	trv__shape64(writer, write->columns);
	writer->each = writer->dialect->runs_each && write->count > 1;
	writer->rows = by_rows(writer->dialect) && !writer->each ? write->count : 1;
}

/* The parameters of trv__write_set and trv__write_by_key, as arrays. */
static void bind_each(struct trv__writer *writer, const struct trv__write *write)
{
	const struct trv_model *model = write->model;
	uint16_t columns[TRV_MAX_COLUMNS + TRV_MAX_KEY + 1];
	size_t count = 0;

	for (uint64_t left = write->columns; left; left &= left - 1)
		columns[count++] = (uint16_t)__builtin_ctzll(left);
	for (size_t i = 0; i < model->primary_count; i++)
		columns[count++] = model->primary[i];
	if (model->lock_column >= 0)
		columns[count++] = (uint16_t)model->lock_column;
	for (size_t i = 0; i < count; i++)
		trv__bind_rows(writer, &model->columns[columns[i]], write->rows, write->count, model->row_size);
}

static void update_write(struct trv__writer *writer, const void *what)
{
	const struct trv__write *write = what;

	by_key_shape(writer, write, TRV__SHAPE_UPDATE);
	size_t written = writer->text_on ? 1 : writer->each ? 0 : write->count;
	if (writer->each && !writer->text_on)
		bind_each(writer, write);
	trv__put(writer, "UPDATE ");
	trv__put_name(writer, write->model->table);
	trv__put(writer, " SET ");
	for (size_t i = 0; i < written; i++) {
		trv__write_set(writer, write->model, write->columns, trv__write_row(write, i), write->model->table);
		trv__write_by_key(writer, write->model, trv__write_row(write, i));
	}
	trv__write_returning(writer, write);
}

/* --- many rows by arrays: UPDATE t SET a = g.a FROM ... AS g WHERE t.id = g.id ---------------------------- */

static uint64_t key_mask(const struct trv_model *model)
{
	return trv__mask(model->primary, model->primary_count) | trv__lock_mask(model);
}

static bool by_arrays(const struct trv_dialect *dialect, const struct trv_model *model, uint64_t columns)
{
	return !dialect->runs_each && !model->masks.generated &&
	       trv__fits_arrays(dialect, model, columns | key_mask(model));
}

static void write_pairs(struct trv__writer *writer, const struct trv_model *model, uint64_t columns, bool qualified,
                        const char *glue, const char *next)
{
	for (uint64_t left = columns; left && writer->text_on; left &= left - 1) {
		const struct trv_column *column = &model->columns[__builtin_ctzll(left)];

		trv__put(writer, glue);
		glue = next;
		if (qualified) {
			trv__put_name(writer, model->table);
			trv__put(writer, ".");
		}
		trv__put_name(writer, column->name);
		trv__put(writer, " = " TRV__GIVEN ".");
		trv__put_name(writer, column->name);
	}
}

static void update_arrays_write(struct trv__writer *writer, const void *what)
{
	const struct trv__write *write = what;
	const struct trv_model *model = write->model;

	trv__shape(writer, TRV__SHAPE_UPDATE_MANY);
	trv__shape64(writer, (uint64_t)(uintptr_t)model);
	trv__shape64(writer, write->columns);
	trv__put(writer, "UPDATE ");
	trv__put_name(writer, model->table);
	trv__put(writer, " SET ");
	write_pairs(writer, model, write->columns, false, "", ", ");
	if (model->lock_column >= 0) {
		trv__put(writer, ", ");
		trv__write_set(writer, model, 0, NULL, model->table);
	}
	trv__put(writer, " FROM ");
	trv__write_source(writer, write, write->columns | key_mask(model));
	write_pairs(writer, model, key_mask(model), true, " WHERE ", " AND ");
}

/* --- many rows by values: UPDATE (SELECT ... UNION ALL VALUES (?, ?), ...) AS g STRAIGHT_JOIN t ON ... SET ... --- */

/* Bytes of a row at most: the server makes a table of them, which should have its place in memory. */
#define VALUES_WIDTH 8192

static bool by_values(const struct trv_dialect *dialect, const struct trv_model *model, uint64_t columns)
{
	size_t width = 0;

	if (!dialect->join_rows || model->masks.generated)
		return false;
	for (uint64_t left = columns | key_mask(model); left; left &= left - 1) {
		const struct trv_column *column = &model->columns[__builtin_ctzll(left)];
		bool text = column->type == TRV_TEXT || column->type == TRV_BYTES || column->type == TRV_JSON;

		if (column->type_sql || !trv__is_kept_as_usual(dialect, column) || (text && !column->length))
			return false;
		width += text ? 4 * (size_t)column->length : sizeof(struct trv_decimal);
	}
	return width <= VALUES_WIDTH;
}

/* Lengths that stay prepared: a power of two. 0: the rows that are left are too few to gain by it. */
static size_t values_length(const struct trv_dialect *dialect, const struct trv_model *model, uint64_t columns,
                            size_t left)
{
	size_t width = (size_t)__builtin_popcountll(columns | key_mask(model)), length = dialect->join_rows;

	while (length > left || length * width > dialect->max_parameters)
		length /= 2;
	return length < dialect->join_rows / 4 ? 0 : length;
}

/* The values have the types of the table's columns, whatever they are: a null in the first row has none. */
static void update_values_write(struct trv__writer *writer, const void *what)
{
	const struct trv__write *write = what;
	const struct trv_model *model = write->model;
	uint64_t sent = write->columns | key_mask(model);

	trv__shape(writer, TRV__SHAPE_UPDATE_VALUES);
	trv__shape64(writer, (uint64_t)(uintptr_t)model);
	trv__shape64(writer, write->columns);
	trv__shape64(writer, write->count);
	trv__put(writer, "UPDATE (SELECT ");
	trv__write_names(writer, model, sent, NULL);
	trv__put(writer, " FROM ");
	trv__put_name(writer, model->table);
	trv__put(writer, " WHERE 0 UNION ALL VALUES ");
	for (size_t i = 0; i < write->count; i++) {
		trv__put(writer, i ? ", (" : "(");
		trv__write_values(writer, model, sent, trv__write_row(write, i));
		trv__put(writer, ")");
	}
	/* Left to choose, the server reads the whole table for each row. */
	trv__put(writer, ") AS " TRV__GIVEN " STRAIGHT_JOIN ");
	trv__put_name(writer, model->table);
	write_pairs(writer, model, key_mask(model), true, " ON ", " AND ");
	write_pairs(writer, model, write->columns, true, " SET ", ", ");
	if (model->lock_column < 0)
		return;
	trv__put(writer, ", ");
	trv__put_name(writer, model->table);
	trv__put(writer, ".");
	trv__write_set(writer, model, 0, NULL, model->table);
}

static void delete_write(struct trv__writer *writer, const void *what)
{
	const struct trv__write *write = what;

	by_key_shape(writer, write, TRV__SHAPE_DELETE);
	trv__put(writer, "DELETE FROM ");
	trv__put_name(writer, write->model->table);
	trv__write_by_key(writer, write->model, write->rows);
}

static void filter_write(struct trv__writer *writer, const struct trv__write *write)
{
	const char *glue = " WHERE ";

	trv__write_all(writer, write->model, 0, write->query->where, TRV_MAX_WHERE, &glue);
}

static void update_where_write(struct trv__writer *writer, const void *what)
{
	const struct trv__write *write = what;

	writer->aliases = 1;
	trv__shape(writer, TRV__SHAPE_UPDATE_WHERE);
	trv__shape64(writer, (uint64_t)(uintptr_t)write->model);
	trv__shape64(writer, write->columns);
	trv__put(writer, "UPDATE ");
	trv__put_name(writer, write->model->table);
	trv__put(writer, " AS t0 SET ");
	trv__write_set(writer, write->model, write->columns, write->rows, "t0");
	filter_write(writer, write);
}

static void delete_where_write(struct trv__writer *writer, const void *what)
{
	const struct trv__write *write = what;

	writer->aliases = 1;
	trv__shape(writer, TRV__SHAPE_DELETE_WHERE);
	trv__shape64(writer, (uint64_t)(uintptr_t)write->model);
	/* with an alias MariaDB takes it for a DELETE of several tables, which may not look at the table itself */
	writer->root = write->model->table;
	trv__put(writer, "DELETE FROM ");
	trv__put_name(writer, write->model->table);
	filter_write(writer, write);
}

static const struct trv__statement_kind update_kind = {
	.write = update_write,
	.slot_count = trv__write_slot_count,
	.slots = trv__write_slots,
	.bases = trv__write_bases,
};
static const struct trv__statement_kind update_arrays_kind = { .write = update_arrays_write };
static const struct trv__statement_kind update_values_kind = { .write = update_values_write };
static const struct trv__statement_kind delete_kind = { .write = delete_write };
static const struct trv__statement_kind update_where_kind = { .write = update_where_write };
static const struct trv__statement_kind delete_where_kind = { .write = delete_where_write };

/* --- reading computed columns back where an update cannot return them --------------------------------- */

static int read_again(struct trv_session *session, const struct trv__write *write, uint64_t columns)
{
	struct trv__run run = { .session = session, .arena = &session->arena, .scratch = &session->scratch };
	const struct trv__by by = trv__by(write->model, write->model->primary, write->model->primary_count);
	struct trv__key_list keys;
	struct trv__rows rows = { NULL, 0, 0 };
	struct trv__select select;
	struct trv__writer writer;
	struct trv__cursor cursor;
	uint64_t absent = 0;
	void *bases[] = { write->rows };
	int r = trv__rows_add(&run, &rows, write->rows);

	if (r >= 0)
		r = trv__keys_of(&run, &by, &rows, &keys);
	if (r >= 0)
		r = trv__select_init(&run, &select, write->model, trv__no_query(), 0, false);
	if (r < 0)
		return r;
	select.tie = TRV__KEYS;
	select.key_columns = write->model->primary;
	select.keys = &keys;
	select.nodes[0].columns = columns;
	r = trv__cursor_open(session, &cursor, &writer, &trv__select_kind, &select, false);
	if (r < 0)
		return r;
	(void)trv__cursor_fetch(&cursor, bases, run.arena, &absent); /* a failure is kept by the cursor */
	return trv__cursor_close(&cursor);
}

/* --- by key -------------------------------------------------------------------------------------------- */

static int none_affected(struct trv_session *session, const struct trv_model *model, const char *verb)
{
	if (model->lock_column >= 0)
		return trv_error_set(&session->error, TRV_ERR_STALE,
		                     "%s: the row was changed or deleted by someone else since it was loaded",
		                     model->name);
	return trv_error_set(&session->error, TRV_ERR_NOT_FOUND, "%s: there is no such row to %s", model->name, verb);
}

static int update_rows(struct trv_session *session, const struct trv__statement_kind *kind, struct trv__write *write)
{
	const struct trv_dialect *dialect = trv__dialect(session);
	struct trv_outcome outcome = { 0, 0 };
	bool returns = dialect->features[TRV_FEATURE_UPDATE_RETURNING].level == TRV_NATIVE;
	uint64_t computed = write->model->masks.generated;

	write->back = returns ? computed : 0;
	int r = trv__write_run(session, kind, write, &outcome);
	if (r < 0)
		return r;
	if (outcome.affected < write->count)
		return none_affected(session, write->model, "update");
	if (computed && !returns)
		r = read_again(session, write, computed);
	for (size_t i = 0; i < write->count; i++)
		trv__next_version(write->model, trv__write_row(write, i));
	return r;
}

struct update {
	struct trv_session *session;
	const struct trv_model *model;
	char *copies;
	size_t count;
	uint64_t named;
};

static int update_hooks(struct update *update, enum trv_event event, uint64_t columns)
{
	if (!trv__has_hooks(update->session, update->model, event))
		return 0;
	for (size_t i = 0; i < update->count; i++) {
		int r = trv__run_hooks(update->session, update->model, event,
		                       update->copies + i * update->model->row_size, columns);
		if (r < 0)
			return r;
	}
	return 0;
}

/* How the rows of a call go: so many by a statement, of which kind. */
struct pieces {
	const struct trv__statement_kind *kind;
	size_t length;
	bool values; /* instead, as long as there are enough of them */
};

/* Rows go together where the driver takes many; computed columns are read back one by one. */
static int plan_pieces(const struct update *update, uint64_t columns, struct pieces *pieces)
{
	const struct trv_dialect *dialect = trv__dialect(update->session);
	const struct trv_model *model = update->model;
	bool together = by_rows(dialect) && !model->masks.generated && update->count > 1;
	bool arrays = together && by_arrays(dialect, model, columns);
	bool once = together && dialect->bulk == TRV_BULK_UNNEST && !dialect->runs_each;
	int r = 0;

	*pieces = (struct pieces) {
		.kind = arrays ? &update_arrays_kind : &update_kind,
		.length = together ? dialect->bulk_rows : 1,
		.values = together && by_values(dialect, model, columns) &&
		          values_length(dialect, model, columns, update->count),
	};
	/* a statement that joins the rows changes each once */
	if (once || pieces->values)
		r = trv__keys_repeat(update->session, model, trv__mask(model->primary, model->primary_count),
		                     update->copies, update->count);
	if (r > 0 && once)
		*pieces = (struct pieces) { &update_kind, 1, false };
	pieces->values = pieces->values && r == 0;
	return r;
}

static int run_piece(struct update *update, const struct pieces *pieces, uint64_t columns, size_t start, size_t *count)
{
	const struct trv_model *model = update->model;
	size_t left = update->count - start;
	size_t values = pieces->values ? values_length(trv__dialect(update->session), model, columns, left) : 0;
	struct trv__write write = {
		.model = model,
		.rows = update->copies + start * model->row_size,
		.count = values ? values : pieces->length,
		.columns = columns,
	};

	if (write.count > left)
		write.count = left;
	*count = write.count;
	return update_rows(update->session, values ? &update_values_kind : pieces->kind, &write);
}

static int run_updates(struct update *update)
{
	const struct trv_model *model = update->model;
	struct trv__fill fill;
	struct pieces pieces;
	int r = update_hooks(update, TRV_BEFORE_UPDATE, update->named);

	if (r >= 0)
		r = trv__fill_update_plan(update->session, model, update->named, &fill);
	if (r >= 0)
		r = trv__fill_update(update->session, model, &fill, update->copies, update->count);
	if (r >= 0)
		r = plan_pieces(update, fill.checked, &pieces);
	for (size_t start = 0, count = 0; start < update->count && r >= 0; start += count)
		r = run_piece(update, &pieces, fill.checked, start, &count);
	return r < 0 ? r : update_hooks(update, TRV_AFTER_UPDATE, fill.checked);
}

static int update_all(struct update *update, void *rows)
{
	struct trv_session *session = update->session;
	bool own = update->count > 1 || trv__has_hooks(session, update->model, TRV_BEFORE_UPDATE) ||
	           trv__has_hooks(session, update->model, TRV_AFTER_UPDATE);
	int r = trv__need_key(session, update->model, "update");

	if (r < 0 || !update->count)
		return r;
	update->copies = trv__write_copy(session, update->model, rows, update->count);
	if (!update->copies)
		return trv__no_memory(session);
	r = own ? trv__own_begin(session) : 0;
	if (r < 0)
		return r;
	r = run_updates(update);
	if (own)
		r = trv__own_end(session, r);
	if (r >= 0)
		memcpy(rows, update->copies, update->count * update->model->row_size);
	return r;
}

static int start_update(struct trv_session *session, const struct trv_model *model, void *rows, size_t count,
                        uint64_t columns, const void *site)
{
	struct update update = { session, model, NULL, count, columns };
	struct trv__call call;
	int r = trv__enter_write(session, &call, site);

	if (r < 0)
		return r;
	struct trv_mark mark = trv_arena_mark(&session->arena);
	r = update_all(&update, rows);
	if (r < 0)
		trv_arena_rewind(&session->arena, mark);
	return trv__leave(session, &call, trv__commit_after(session, r));
}

int trv__update(struct trv_session *session, const struct trv_model *model, void *row, uint64_t columns)
{
	return start_update(session, model, row, 1, columns, TRV__SITE);
}

int trv__update_many(struct trv_session *session, const struct trv_model *model, void *rows, size_t count,
                     uint64_t columns)
{
	return start_update(session, model, rows, count, columns, TRV__SITE);
}

/* A write that gives nothing back. */
static int run_write(struct trv_session *session, const struct trv__statement_kind *kind,
                     const struct trv__write *write, struct trv_outcome *outcome)
{
	session->writes = write;
	int r = trv__run(session, kind, write, outcome);
	session->writes = NULL;
	return r;
}

static int delete_run(struct trv_session *session, struct trv__write *write)
{
	struct trv_outcome outcome = { 0, 0 };
	int r = trv__run_hooks(session, write->model, TRV_BEFORE_DELETE, write->rows, 0);

	if (r >= 0)
		r = run_write(session, &delete_kind, write, &outcome);
	if (r >= 0 && !outcome.affected)
		r = none_affected(session, write->model, "delete");
	return r < 0 ? r : trv__run_hooks(session, write->model, TRV_AFTER_DELETE, write->rows, 0);
}

static int delete_row(struct trv_session *session, const struct trv_model *model, const void *row)
{
	bool own =
		trv__has_hooks(session, model, TRV_BEFORE_DELETE) || trv__has_hooks(session, model, TRV_AFTER_DELETE);
	struct trv__write write = { .model = model, .count = 1 };
	int r = trv__need_key(session, model, "delete");

	if (r < 0)
		return r;
	write.rows = trv__write_copy(session, model, row, 1);
	if (!write.rows)
		return trv__no_memory(session);
	r = own ? trv__own_begin(session) : 0;
	if (r < 0)
		return r;
	r = delete_run(session, &write);
	return own ? trv__own_end(session, r) : r;
}

int trv__delete(struct trv_session *session, const struct trv_model *model, const void *row)
{
	struct trv__call call;
	int r = trv__enter_write(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	return trv__leave(session, &call, trv__commit_after(session, delete_row(session, model, row)));
}

/* --- by filter --------------------------------------------------------------------------------------------- */

/* For how many rows a predicate holds, as far as can be told without looking: empty lists hold for all or none. */
enum reach {
	NO_ROW,
	SOME_ROWS,
	EVERY_ROW
};

static enum reach reach_of(const struct trv_expr *expr, unsigned level);

static enum reach reach_of_list(const struct trv_expr *list, size_t count, bool any, unsigned level)
{
	enum reach reach = any ? NO_ROW : EVERY_ROW;

	for (size_t i = 0; i < count; i++) {
		enum reach item = list[i].kind == TRV_EXPR_NONE ? reach : reach_of(&list[i], level);

		if (any ? item > reach : item < reach)
			reach = item;
	}
	return reach;
}

static enum reach reach_of(const struct trv_expr *expr, unsigned level)
{
	enum reach reach = SOME_ROWS;

	if (level > TRV__MAX_NESTING)
		return reach; /* refused when it is written */
	if (expr->kind == TRV_EXPR_IN && !expr->as.list.count)
		reach = NO_ROW;
	if (expr->kind == TRV_EXPR_ANY || expr->kind == TRV_EXPR_ALL)
		reach = reach_of_list(expr->as.list.items, expr->as.list.count, expr->kind == TRV_EXPR_ANY, level + 1);
	return expr->negated ? EVERY_ROW - reach : reach;
}

static int check_filter(struct trv_session *session, const struct trv_model *model, const struct trv_query *query,
                        const char *verb)
{
	if (query->limit || query->offset)
		return trv_error_set(&session->error, TRV_ERR_MISUSE, "%s: %s_where takes no limit and no offset",
		                     model->name, verb);
	if (query->all || reach_of_list(query->where, TRV_MAX_WHERE, false, 0) != EVERY_ROW)
		return 0;
	int r = trv_error_set(&session->error, TRV_ERR_MISUSE, "%s: %s_where without a filter would %s every row",
	                      model->name, verb, verb);
	trv_error_hint(&session->error, "set .all = true in the query if that is meant");
	return r;
}

static int run_where(struct trv_session *session, const struct trv__statement_kind *kind, struct trv__write *write,
                     uint64_t *affected)
{
	struct trv_outcome outcome = { 0, 0 };
	int r = run_write(session, kind, write, &outcome);

	if (r >= 0 && affected)
		*affected = outcome.affected;
	return r;
}

static int update_where(struct trv_session *session, const struct trv_model *model, uint64_t *affected,
                        const void *values, uint64_t columns, const struct trv_query *query)
{
	struct trv__write write = { .model = model, .count = 1, .query = query };
	struct trv__fill fill;
	int r = check_filter(session, model, query, "update");

	if (r >= 0)
		r = trv__fill_update_plan(session, model, columns, &fill);
	if (r < 0)
		return r;
	write.rows = trv__write_copy(session, model, values, 1);
	if (!write.rows)
		return trv__no_memory(session);
	write.columns = fill.checked;
	r = trv__fill_update(session, model, &fill, write.rows, 1);
	return r < 0 ? r : run_where(session, &update_where_kind, &write, affected);
}

int trv__update_where(struct trv_session *session, const struct trv_model *model, uint64_t *affected,
                      const void *values, uint64_t columns, const void *query)
{
	struct trv__call call;
	int r = trv__enter_write(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	r = update_where(session, model, affected, values, columns, query ? query : trv__no_query());
	return trv__leave(session, &call, trv__commit_after(session, r));
}

int trv__delete_where(struct trv_session *session, const struct trv_model *model, uint64_t *affected, const void *query)
{
	struct trv__write write = { .model = model, .count = 1, .query = query ? query : trv__no_query() };
	struct trv__call call;
	int r = trv__enter_write(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	r = check_filter(session, model, write.query, "delete");
	if (r >= 0)
		r = run_where(session, &delete_where_kind, &write, affected);
	return trv__leave(session, &call, trv__commit_after(session, r));
}
