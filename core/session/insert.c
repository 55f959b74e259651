/* insert, insert_many, upsert, upsert_many. */
#include "session/write.h"

/* --- the statement --------------------------------------------------------------------------- */

/* What a row that is there gets: the new row's values. */
static void write_conflict(struct trv__writer *writer, const struct trv__write *write)
{
	const struct trv_model *model = write->model;
	const char *glue = "";

	trv__shape64(writer, write->key);
	trv__shape64(writer, write->update);
	if (!write->key || !writer->text_on)
		return;
	bool duplicate = strcmp(writer->dialect->upsert, "duplicate") == 0;
	if (duplicate) {
		trv__put(writer, " ON DUPLICATE KEY UPDATE ");
	} else {
		trv__put(writer, " ON CONFLICT (");
		trv__write_names(writer, model, write->key, NULL);
		trv__put(writer, ") DO UPDATE SET ");
	}
	for (uint64_t left = write->update; left; left &= left - 1) {
		const struct trv_column *column = &model->columns[__builtin_ctzll(left)];

		trv__put(writer, glue);
		glue = ", ";
		trv__put_name(writer, column->name);
		trv__put(writer, duplicate ? " = VALUES(" : " = excluded.");
		trv__put_name(writer, column->name);
		trv__put(writer, duplicate ? ")" : "");
	}
	if (model->lock_column >= 0) {
		trv__put(writer, glue);
		trv__write_set(writer, model, 0, NULL, model->table);
	}
}

static bool by_arrays(const struct trv__write *write, const struct trv_dialect *dialect)
{
	return write->count > 1 && trv__fits_arrays(dialect, write->model, write->columns);
}

/* Without the filter SQLite would take ON CONFLICT for the condition of a join. */
static void write_arrays(struct trv__writer *writer, const struct trv__write *write)
{
	trv__put(writer, "SELECT * FROM ");
	trv__write_source(writer, write, write->columns);
	if (write->key && writer->dialect->rows_open)
		trv__put(writer, " WHERE true");
}

static void write_rows(struct trv__writer *writer, const struct trv__write *write, size_t count)
{
	trv__put(writer, "VALUES ");
	trv__bind_reserve(writer, count * (size_t)__builtin_popcountll(write->columns));
	for (size_t i = 0; i < count; i++) {
		trv__put(writer, i ? ", (" : "(");
		trv__write_values(writer, write->model, write->columns, trv__write_row(write, i));
		trv__put(writer, ")");
	}
}

static void insert_write(struct trv__writer *writer, const void *what)
{
	const struct trv__write *write = what;
	bool by_rows = writer->dialect->bulk == TRV_BULK_ROWS, arrays = by_arrays(write, writer->dialect);

	trv__shape(writer, TRV__SHAPE_INSERT);
	trv__shape64(writer, (uint64_t)(uintptr_t)write->model);
	trv__shape64(writer, write->columns);
	trv__shape64(writer, by_rows ? 1 : arrays ? 0 : write->count);
	writer->rows = by_rows ? write->count : 1;
	trv__put(writer, "INSERT INTO ");
	trv__put_name(writer, write->model->table);
	if (!write->columns) {
		trv__put(writer, writer->dialect->default_row);
	} else {
		trv__put(writer, " (");
		trv__write_names(writer, write->model, write->columns, NULL);
		trv__put(writer, ") ");
	}
	if (arrays)
		write_arrays(writer, write);
	else if (write->columns)
		write_rows(writer, write, by_rows && writer->text_on ? 1 : write->count);
	write_conflict(writer, write);
	trv__write_returning(writer, write);
}

static const struct trv__statement_kind insert_kind = {
	.write = insert_write,
	.slot_count = trv__write_slot_count,
	.slots = trv__write_slots,
	.bases = trv__write_bases,
};

/* --- what comes back ---------------------------------------------------------------------------- */

/* Columns whose values the engine made. */
static uint64_t made_by_engine(const struct trv_model *model, uint64_t columns)
{
	return (trv_model_all(model) & ~columns) | model->masks.generated;
}

/* An automatic key alone needs no RETURNING where the engine tells the last one (measured on SQLite: 3.7 times as fast). */
static uint64_t columns_back(const struct trv__write *write, const struct trv_dialect *dialect)
{
	uint64_t back = made_by_engine(write->model, write->columns);

	if (write->key) {
		/* a row that was there keeps what is not updated: the caller's copy gets that too */
		return back | trv__auto_mask(write->model) | trv__lock_mask(write->model) |
		       (write->columns & ~write->update & ~write->key);
	}
	if (back == trv__auto_mask(write->model) && (dialect->consecutive_ids || write->count == 1) && dialect->last_id)
		return 0;
	return back;
}

int trv__set_auto(const struct trv_model *model, void *row, int64_t id)
{
	const struct trv_column *column = &model->columns[model->auto_column];
	void *member = (char *)row + column->offset;

	if (column->type == TRV_INT16)
		return (*(int16_t *)member = (int16_t)id) == id;
	if (column->type == TRV_INT32)
		return (*(int32_t *)member = (int32_t)id) == id;
	*(int64_t *)member = id;
	return 1;
}

/* The rows of one statement got consecutive keys; the engine tells the last. */
static void take_last_id(const struct trv__write *write, const struct trv_outcome *outcome)
{
	if (write->back || write->key || write->model->auto_column < 0 || write->columns & trv__auto_mask(write->model))
		return;
	for (size_t i = 0; i < write->count; i++)
		trv__set_auto(write->model, trv__write_row(write, i),
		              outcome->last_id - (int64_t)(write->count - 1 - i));
}

/* `alone`: nothing of the call comes after it. */
static int run_piece(struct trv_session *session, struct trv__write *write, bool alone)
{
	const struct trv_dialect *dialect = trv__dialect(session);
	struct trv_outcome outcome = { 0, 0 };

	write->back = columns_back(write, dialect);
	if (write->back && dialect->features[TRV_FEATURE_INSERT_RETURNING].level != TRV_NATIVE)
		return trv_error_set(&session->error, TRV_ERR_UNSUPPORTED,
		                     "%s: engine '%s' does not return what it made", write->model->name, dialect->name);
	if (alone)
		trv__commit_along(session);
	int r = trv__write_run(session, &insert_kind, write, &outcome);
	trv__commit_went_along(session, r);
	if (r >= 0)
		take_last_id(write, &outcome);
	return r;
}

/* --- rows ---------------------------------------------------------------------------------------- */

/* How many rows one statement takes: the whole piece, or as many as its parameters allow. */
static size_t piece_limit(const struct trv_dialect *dialect, const struct trv_model *model, uint64_t columns)
{
	size_t width = (size_t)__builtin_popcountll(columns);
	size_t limit = dialect->bulk_rows ? dialect->bulk_rows : 1;

	if (!width)
		return 1;
	if (dialect->bulk == TRV_BULK_ROWS || trv__fits_arrays(dialect, model, columns))
		return limit;
	if (dialect->values_rows)
		limit = dialect->values_rows;
	while (limit > 1 && limit * width > dialect->max_parameters)
		limit /= 2;
	return limit;
}

struct insert {
	struct trv_session *session;
	const struct trv_model *model;
	char *copies;
	size_t count;
	uint64_t named; /* insert: to be written even where they are zero */
	uint64_t key, named_update; /* upsert: by what, and what the caller wants updated */
	uint64_t update; /* that and the columns that every update touches; 0: the usual ones */
	uint64_t *columns; /* what each row writes */
	bool hooked; /* hooks run on it */
	bool apart; /* each row goes by a statement of its own */
};

/* An upsert that names its columns sets the time of the change, whatever the row came with. */
static void forget_touched(const struct insert *insert, char *row)
{
	uint64_t touched = insert->model->masks.touched & ~insert->named_update;

	for (; touched; touched &= touched - 1) {
		const struct trv_column *column = &insert->model->columns[__builtin_ctzll(touched)];

		memset(row + column->offset, 0, trv_type_size(column->type));
		if (column->has_offset)
			row[column->has_offset] = false;
	}
}

/* A statement of arrays cannot change a row twice, as statements in a row do: the last one wins. */
static int find_repeats(struct insert *insert)
{
	if (!insert->key || insert->count < 2 || trv__dialect(insert->session)->bulk != TRV_BULK_UNNEST)
		return 0;
	int r = trv__keys_repeat(insert->session, insert->model, insert->key, insert->copies, insert->count);
	insert->apart = r > 0;
	return r < 0 ? r : 0;
}

static int fill_all(struct insert *insert)
{
	struct trv__fill fill = trv__fill_insert_plan(insert->model, insert->named);
	int r = 0;

	for (size_t i = 0; i < insert->count && (insert->hooked || insert->update) && r >= 0; i++) {
		char *row = insert->copies + i * insert->model->row_size;

		if (insert->hooked)
			r = trv__run_hooks(insert->session, insert->model, TRV_BEFORE_INSERT, row, insert->named);
		if (insert->update)
			forget_touched(insert, row);
	}
	if (r >= 0)
		r = trv__fill_insert(insert->session, insert->model, &fill, insert->copies, insert->count,
		                     insert->columns);
	return r < 0 ? r : find_repeats(insert);
}

/* What a row that is there gets when the caller names nothing: all but keys and what is made once. */
static uint64_t usual_update(const struct trv_model *model, uint64_t key, uint64_t columns)
{
	uint64_t mask = columns & ~key & ~trv__mask(model->primary, model->primary_count) & ~model->masks.generated;

	for (size_t i = 0; i < model->column_count; i++) {
		const struct trv_default *initial = model->columns[i].initial;
		bool once = initial && (initial->kind == TRV_DEFAULT_NOW || initial->kind == TRV_DEFAULT_UUID4 ||
		                        initial->kind == TRV_DEFAULT_UUID7);

		if ((once && !(model->columns[i].flags & TRV_TOUCH)) || model->columns[i].flags & TRV_LOCK)
			mask &= ~(UINT64_C(1) << i);
	}
	return mask;
}

/* How many rows from `start` on write the same columns; at most `limit`. */
static size_t alike_from(const struct insert *insert, size_t start, size_t limit)
{
	size_t end = start + 1;

	while (end < insert->count && end - start < limit && insert->columns[end] == insert->columns[start])
		end++;
	return end - start;
}

/* How many rows from `start` on one statement takes. */
static size_t piece_from(const struct insert *insert, size_t start)
{
	if (insert->count - start == 1)
		return 1;
	return alike_from(
		insert, start,
		insert->apart ? 1 : piece_limit(trv__dialect(insert->session), insert->model, insert->columns[start]));
}

/* Very many rows that write the same columns, by the driver's own way. 0: none went in; 1: `count` of them. */
static int copy_from(const struct insert *insert, size_t start, size_t *count)
{
	struct trv__write write = {
		.model = insert->model,
		.rows = insert->copies + start * insert->model->row_size,
		.columns = insert->columns[start],
	};

	if (insert->key || insert->count - start < TRV__COPY_ROWS || !trv__can_copy(insert->session, &write))
		return 0;
	*count = write.count = alike_from(insert, start, TRV__COPY_MOST);
	return write.count < TRV__COPY_ROWS ? 0 : trv__copy_rows(insert->session, &write);
}

static int run_pieces(struct insert *insert)
{
	for (size_t start = 0, count; start < insert->count; start += count) {
		int r = copy_from(insert, start, &count);
		if (r > 0)
			continue;
		if (r < 0)
			return r;
		count = piece_from(insert, start);
		struct trv__write write = {
			.model = insert->model,
			.rows = insert->copies + start * insert->model->row_size,
			.count = count,
			.columns = insert->columns[start],
			.key = insert->key,
		};
		if (insert->key)
			write.update = insert->update ? insert->update
			                              : usual_update(insert->model, insert->key, write.columns);
		if (insert->key && !write.update && insert->model->lock_column < 0)
			write.update = insert->key; /* nothing to change; but the row comes back */
		r = run_piece(insert->session, &write, count == insert->count && !insert->hooked);
		if (r < 0)
			return r;
	}
	return 0;
}

static int run_after_hooks(struct insert *insert)
{
	if (!insert->hooked)
		return 0;
	for (size_t i = 0; i < insert->count; i++) {
		int r = trv__run_hooks(insert->session, insert->model, TRV_AFTER_INSERT,
		                       insert->copies + i * insert->model->row_size, insert->columns[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* One statement is atomic by itself, unless it is one run for each row. */
static bool is_atomic(const struct insert *insert)
{
	if (trv__dialect(insert->session)->bulk == TRV_BULK_ROWS)
		return insert->count == 1;
	return piece_from(insert, 0) == insert->count;
}

/* Hooks may use the session, so they run inside the transaction; else it is begun only when one is needed. */
static int fill_and_run(struct insert *insert)
{
	struct trv_session *session = insert->session;
	insert->hooked = trv__has_hooks(session, insert->model, TRV_BEFORE_INSERT) ||
	                 trv__has_hooks(session, insert->model, TRV_AFTER_INSERT);
	bool own = insert->hooked;
	int r = own ? trv__own_begin(session) : 0;

	if (r < 0)
		return r;
	r = fill_all(insert);
	bool in_parts = r >= 0 && !own && !is_atomic(insert);
	if (in_parts && !session->depth) {
		r = trv__own_begin(session);
		if (r < 0)
			return r;
		own = true;
	}
	if (r >= 0)
		r = run_pieces(insert);
	/* in the caller's own transaction: a failure ends its level anyway, and with it goes what was written */
	if (in_parts && !own)
		trv__note_failure(session, r);
	if (r >= 0)
		r = run_after_hooks(insert);
	return own ? trv__own_end(session, r) : r;
}

static int insert_rows(struct insert *insert, void *rows)
{
	struct trv_session *session = insert->session;

	if (!insert->count)
		return 0;
	insert->copies = trv__write_copy(session, insert->model, rows, insert->count);
	insert->columns = trv_arena_zero(&session->scratch, insert->count, sizeof(*insert->columns));
	if (!insert->copies || !insert->columns)
		return trv__no_memory(session);
	int r = fill_and_run(insert);
	if (r >= 0)
		memcpy(rows, insert->copies, insert->count * insert->model->row_size);
	return r;
}

static int start(struct trv_session *session, const struct trv_model *model, void *rows, size_t count, uint64_t named,
                 const void *site)
{
	struct insert insert = { .session = session, .model = model, .count = count, .named = named };
	struct trv__call call;
	int r = trv__enter_write(session, &call, site);

	if (r < 0)
		return r;
	struct trv_mark mark = trv_arena_mark(&session->arena);
	if (named && named & (~trv_model_all(model) | model->masks.generated))
		r = trv_error_set(&session->error, TRV_ERR_MISUSE, "%s: these columns cannot be inserted", model->name);
	else
		r = insert_rows(&insert, rows);
	if (r < 0)
		trv_arena_rewind(&session->arena, mark);
	return trv__leave(session, &call, trv__commit_after(session, r));
}

int trv__insert(struct trv_session *session, const struct trv_model *model, void *row, uint64_t columns)
{
	return start(session, model, row, 1, columns, TRV__SITE);
}

int trv__insert_many(struct trv_session *session, const struct trv_model *model, void *rows, size_t count,
                     uint64_t columns)
{
	return start(session, model, rows, count, columns, TRV__SITE);
}

/* --- upsert ------------------------------------------------------------------------------------------ */

static uint64_t index_mask(const struct trv_index *index)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < index->part_count; i++) {
		if (index->parts[i].expression)
			return 0;
		mask |= UINT64_C(1) << index->parts[i].column;
	}
	return mask;
}

static bool is_unique_key(const struct trv_model *model, uint64_t key)
{
	if (key == trv__mask(model->primary, model->primary_count))
		return model->primary_count > 0;
	for (size_t i = 0; i < model->index_count; i++)
		if (model->indexes[i].unique && !model->indexes[i].where && key &&
		    index_mask(&model->indexes[i]) == key)
			return true;
	return false;
}

static int upsert(struct trv_session *session, const struct trv_model *model, void *rows, size_t count, uint64_t key,
                  uint64_t columns, const void *site)
{
	struct insert insert = {
		.session = session,
		.model = model,
		.count = count,
		.key = key,
		.named_update = columns,
		.update = columns ? columns | model->masks.touched : 0,
	};
	uint64_t fixed =
		trv__mask(model->primary, model->primary_count) | model->masks.generated | trv__lock_mask(model);
	struct trv__call call;
	int r = trv__enter_write(session, &call, site);

	if (r < 0)
		return r;
	struct trv_mark mark = trv_arena_mark(&session->arena);
	if (!is_unique_key(model, key)) {
		r = trv_error_set(&session->error, TRV_ERR_MISUSE,
		                  "%s: the key of an upsert is the primary key or the columns of a unique index",
		                  model->name);
	} else if (columns & (~trv_model_all(model) | fixed)) {
		r = trv_error_set(&session->error, TRV_ERR_MISUSE, "%s: these columns cannot be updated", model->name);
	} else {
		r = insert_rows(&insert, rows);
	}
	if (r < 0)
		trv_arena_rewind(&session->arena, mark);
	return trv__leave(session, &call, trv__commit_after(session, r));
}

int trv__upsert(struct trv_session *session, const struct trv_model *model, void *row, uint64_t key, uint64_t columns)
{
	return upsert(session, model, row, 1, key, columns, TRV__SITE);
}

int trv__upsert_many(struct trv_session *session, const struct trv_model *model, void *rows, size_t count, uint64_t key,
                     uint64_t columns)
{
	return upsert(session, model, rows, count, key, columns, TRV__SITE);
}
