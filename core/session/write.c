/* The parts of statements that write, and running them. */
#include "session/write.h"

static void write_member(struct trv__writer *writer, const struct trv_model *model, const struct trv_column *column,
                         const void *row)
{
	if (writer->text_on)
		trv__placeholder(writer, column);
	else if (trv__member_is_null(column, row))
		trv__bind_null(writer, column);
	else
		trv__bind_member(writer, model, column, (const char *)row + column->offset);
}

void trv__write_values(struct trv__writer *writer, const struct trv_model *model, uint64_t columns, const void *row)
{
	const char *glue = "";

	if (!writer->text_on)
		trv__bind_row(writer, model, columns, row);
	for (uint64_t left = writer->text_on ? columns : 0; left; left &= left - 1) {
		trv__put(writer, glue);
		glue = ", ";
		trv__placeholder(writer, &model->columns[__builtin_ctzll(left)]);
	}
}

void trv__write_set(struct trv__writer *writer, const struct trv_model *model, uint64_t columns, const void *row,
                    const char *table)
{
	const char *glue = "";

	if (!writer->text_on) {
		trv__bind_row(writer, model, columns, row);
		return;
	}
	for (uint64_t left = columns; left; left &= left - 1) {
		const struct trv_column *column = &model->columns[__builtin_ctzll(left)];

		trv__put(writer, glue);
		glue = ", ";
		trv__put_name(writer, column->name);
		trv__put(writer, " = ");
		trv__placeholder(writer, column);
	}
	if (model->lock_column < 0)
		return;
	const struct trv_column *version = &model->columns[model->lock_column];
	trv__put(writer, glue);
	trv__put_name(writer, version->name);
	trv__put(writer, " = ");
	trv__put_name(writer, table);
	trv__put(writer, ".");
	trv__put_name(writer, version->name);
	trv__put(writer, " + 1");
}

static void write_equal(struct trv__writer *writer, const struct trv_model *model, const struct trv_column *column,
                        const void *row, const char **glue)
{
	trv__put(writer, *glue);
	*glue = " AND ";
	trv__put_name(writer, column->name);
	trv__put(writer, " = ");
	write_member(writer, model, column, row);
}

void trv__write_by_key(struct trv__writer *writer, const struct trv_model *model, const void *row)
{
	const char *glue = " WHERE ";

	for (size_t i = 0; i < model->primary_count; i++)
		write_equal(writer, model, &model->columns[model->primary[i]], row, &glue);
	if (model->lock_column >= 0)
		write_equal(writer, model, &model->columns[model->lock_column], row, &glue);
}

bool trv__fits_arrays(const struct trv_dialect *dialect, const struct trv_model *model, uint64_t columns)
{
	if (dialect->bulk != TRV_BULK_UNNEST)
		return false;
	for (uint64_t left = columns; left; left &= left - 1)
		if (!trv__is_kept_as_usual(dialect, &model->columns[__builtin_ctzll(left)]))
			return false;
	return columns != 0;
}

static void write_arrays(struct trv__writer *writer, const struct trv__write *write, uint64_t columns)
{
	const char *glue = writer->dialect->rows_open ? writer->dialect->rows_open : "unnest(";

	for (uint64_t left = columns; left; left &= left - 1) {
		trv__put(writer, glue);
		glue = ", ";
		trv__bind_rows(writer, &write->model->columns[__builtin_ctzll(left)], write->rows, write->count,
		               write->model->row_size);
	}
	trv__put(writer, writer->dialect->rows_open ? writer->dialect->rows_close : ")");
}

void trv__write_names(struct trv__writer *writer, const struct trv_model *model, uint64_t columns, const char *numbered)
{
	unsigned number = 0;

	for (uint64_t left = writer->text_on ? columns : 0; left; left &= left - 1, number++) {
		trv__put(writer, number ? ", " : "");
		if (numbered) {
			trv__put(writer, numbered);
			trv__put_number(writer, number);
			trv__put(writer, " AS ");
		}
		trv__put_name(writer, model->columns[__builtin_ctzll(left)].name);
	}
}

/* unnest names its columns by an alias; those of another function have numbers, and get their names here. */
void trv__write_source(struct trv__writer *writer, const struct trv__write *write, uint64_t columns)
{
	bool numbered = writer->dialect->rows_open != NULL;

	if (!numbered)
		write_arrays(writer, write, columns);
	trv__put(writer, numbered ? "(SELECT " : " AS " TRV__GIVEN " (");
	trv__write_names(writer, write->model, columns, numbered ? "c" : NULL);
	if (numbered) {
		trv__put(writer, " FROM ");
		write_arrays(writer, write, columns);
	}
	trv__put(writer, numbered ? ") AS " TRV__GIVEN : ")");
}

void trv__write_returning(struct trv__writer *writer, const struct trv__write *write)
{
	trv__shape64(writer, write->back);
	trv__put(writer, write->back ? " RETURNING " : "");
	trv__write_names(writer, write->model, write->back, NULL);
}

size_t trv__write_slot_count(const void *what)
{
	const struct trv__write *write = what;

	return (size_t)__builtin_popcountll(write->back);
}

int trv__write_slots(const void *what, const struct trv_dialect *dialect, struct trv_slot *slots, size_t room,
                     size_t *count)
{
	const struct trv__write *write = what;
	size_t n = 0;

	for (uint64_t left = write->back; left && n < room; left &= left - 1)
		slots[n++] = trv__slot(write->model, &write->model->columns[__builtin_ctzll(left)], dialect, 0);
	*count = n;
	return 0;
}

size_t trv__write_bases(const void *what)
{
	(void)what;
	return 1;
}

/* `spare`: where a row that nobody expects would go. */
static int read_back(struct trv_session *session, struct trv__cursor *cursor, const struct trv__write *write,
                     void *spare)
{
	uint64_t absent = 0;

	for (size_t i = 0;; i++) {
		void *bases[] = { i < write->count ? trv__write_row(write, i) : spare };

		int r = trv__cursor_fetch(cursor, bases, &session->arena, &absent);
		if (r <= 0)
			return r;
		if (i == write->count)
			return trv_error_set(&session->error, TRV_ERR_MISMATCH,
			                     "%s: more rows came back than were written", write->model->name);
	}
}

int trv__write_run(struct trv_session *session, const struct trv__statement_kind *kind, const struct trv__write *write,
                   struct trv_outcome *outcome)
{
	struct trv__writer writer;
	struct trv__cursor cursor;
	/* taken before: once the rows are written, nothing should be able to fail */
	void *spare = write->back ? trv_arena_zero(&session->scratch, 1, write->model->row_size) : NULL;

	if (write->back && !spare)
		return trv__no_memory(session);
	session->writes = write;
	int r = trv__cursor_open(session, &cursor, &writer, kind, write, false);
	session->writes = NULL;
	if (r < 0)
		return r;
	int read = write->back ? read_back(session, &cursor, write, spare) : 0;
	*outcome = cursor.outcome;
	if (write->back && cursor.rows > outcome->affected)
		outcome->affected = cursor.rows;
	r = trv__cursor_close(&cursor);
	return read < 0 ? read : r;
}
