/*
 * Very many rows by the driver's own way in, where it has one and the table is fit for it.
 * It tells nothing back, so every column must be written: an automatic key's values are
 * taken from the engine before.
 */
#include "session/write.h"

bool trv__can_copy(const struct trv_session *session, const struct trv__write *write)
{
	const struct trv_driver *driver = session->link->connection->driver;
	uint64_t all = trv_model_all(write->model);

	return driver->copy && driver->reserve && (write->columns | trv__auto_mask(write->model)) == all &&
	       !write->model->masks.generated && trv__fits_arrays(trv__dialect(session), write->model, all);
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
	trv__write_names(writer, model, trv_model_all(model), NULL);
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

/* 1, or 0 where the table is not fit, or the keys do not fit their column: the insert says so then. */
static int reserve(struct trv_session *session, const struct trv__write *write, const struct trv_bind *columns)
{
	const struct trv_model *model = write->model;
	struct trv_connection *connection = session->link->connection;
	const char *names[TRV_MAX_COLUMNS];
	bool keyed = ~write->columns & trv__auto_mask(model);
	int64_t *keys = keyed ? trv_arena_alloc(&session->scratch, write->count * sizeof(*keys)) : NULL;
	struct trv_copy_target target = {
		.table = model->table,
		.names = names,
		.columns = columns,
		.count = model->column_count,
		.key = keyed ? model->columns[model->auto_column].name : NULL,
		.rows = write->count,
	};

	if (keyed && !keys)
		return trv__no_memory(session);
	for (size_t i = 0; i < model->column_count; i++)
		names[i] = model->columns[i].name;
	session->stats.statements++;
	int r = connection->driver->reserve(connection, &target, keys, trv__deadline(session), &session->error);
	for (size_t i = 0; i < write->count && r > 0 && keyed; i++)
		r = trv__set_auto(model, trv__write_row(write, i), keys[i]);
	return r;
}

static int copy(struct trv_session *session, const struct trv__write *write, struct trv__writer *writer)
{
	struct trv_connection *connection = session->link->connection;
	struct trv_outcome outcome = { 0, 0 };
	uint64_t started = trv_monotonic();
	size_t columns = writer->bind_count;
	int r = reserve(session, write, writer->binds);

	if (r == 0)
		return 0;
	trv__writer_start_text(writer);
	write_copy(writer, write->model);
	if (writer->status < 0)
		return writer->status;
	session->stats.statements++;
	session->writes = write;
	if (r > 0)
		r = connection->driver->copy(connection, writer->text, writer->binds, columns, trv__deadline(session),
		                             &outcome, &session->error);
	if (r < 0) {
		trv__explain_constraint(session);
		trv__note_failure(session, r);
	}
	session->writes = NULL;
	session->ended = 0;
	observe_copy(session, writer, outcome.affected, started, r);
	return r < 0 ? r : 1;
}

int trv__copy_rows(struct trv_session *session, const struct trv__write *write)
{
	struct trv__writer writer;
	int r = trv__streams_check(session);

	if (r < 0)
		return r;
	if (trv__is_canceled(session))
		return trv__refuse_canceled(session);
	trv__writer_init(&writer, trv__dialect(session), &session->scratch, &session->error);
	bind_columns(&writer, write);
	return writer.status < 0 ? writer.status : copy(session, write, &writer);
}
