/*
 * Very many rows by the driver's own way in, where it has one. It knows no types but
 * those that the DDL writer gave the columns, so it is used on databases of our own only,
 * and it tells nothing back, so every column must be written.
 */
#include "session/write.h"

#define COPY_ROWS 4096 /* fewer are no slower by statements */

bool trv__can_copy(const struct trv_session *session, const struct trv_model *model, uint64_t columns)
{
	enum trv_engine engine = trv__dialect(session)->engine;

	if (!session->link->connection->driver->copy || !atomic_load(&session->db->is_ours))
		return false;
	for (uint64_t left = columns; left; left &= left - 1)
		if (trv_column_storage(&model->columns[__builtin_ctzll(left)], engine) != TRV_STORE_DEFAULT)
			return false;
	return columns == trv_model_all(model) && !trv__generated(model);
}

bool trv__worth_copying(const struct trv_session *session, const struct trv__write *write)
{
	return write->count >= COPY_ROWS && !write->key && trv__can_copy(session, write->model, write->columns);
}

/* The same arrays that an insert by arrays would take. */
static void bind_columns(struct trv__writer *writer, const struct trv__write *write)
{
	const struct trv_model *model = write->model;

	for (size_t i = 0; i < model->column_count; i++)
		trv__bind_rows(writer, &model->columns[i], write->rows, write->count, model->row_size);
}

static void write_copy(struct trv__writer *writer, const struct trv_model *model)
{
	trv__put(writer, "COPY ");
	trv__put_name(writer, model->table);
	trv__put(writer, " (");
	for (size_t i = 0; i < model->column_count; i++) {
		trv__put(writer, i ? ", " : "");
		trv__put_name(writer, model->columns[i].name);
	}
	trv__put(writer, ") FROM STDIN (FORMAT binary)");
}

static void observe_copy(struct trv_session *session, const struct trv__writer *writer, size_t rows, uint64_t started,
                         int status)
{
	struct trv_statement_event event = {
		.sql = writer->text,
		.rows = rows,
		.nanoseconds = trv_monotonic() - started,
		.site = session->site,
		.status = status,
	};

	trv__note_statement(session, &event);
}

int trv__copy_rows(struct trv_session *session, const struct trv__write *write)
{
	struct trv_connection *connection = session->link->connection;
	struct trv_outcome outcome = { 0, 0 };
	struct trv__writer writer;
	int r = trv__streams_check(session);

	if (r < 0)
		return r;
	if (trv__is_canceled(session))
		return trv__refuse_canceled(session);
	trv__writer_init(&writer, trv__dialect(session), &session->scratch, &session->error);
	bind_columns(&writer, write);
	size_t columns = writer.bind_count;
	trv__writer_start_text(&writer);
	write_copy(&writer, write->model);
	if (writer.status < 0)
		return writer.status;
	uint64_t started = trv_monotonic();
	session->stats.statements++;
	session->writes = write;
	r = connection->driver->copy(connection, writer.text, writer.binds, columns, trv__deadline(session), &outcome,
	                             &session->error);
	if (r < 0) {
		trv__explain_constraint(session);
		trv__note_failure(session, r);
	}
	session->writes = NULL;
	session->ended = 0;
	observe_copy(session, &writer, outcome.affected, started, r);
	return r;
}
