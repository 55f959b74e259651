/*
 * _each: rows one at a time, in memory that is used again. The cursor stays open between
 * calls, so the stream has memory of its own, holds the session's connection, and keeps
 * a copy of the query, whose values may lie on the caller's stack.
 *
 * The caller's handle is small and apart from what the stream needs to run: a commit, a
 * rollback or the session's end take the latter away and leave the handle to its owner.
 */
#include "session/load.h"

#define BATCH_ROWS 256 /* of rows whose relations take statements of their own */

struct running {
	struct trv_arena keep; /* as long as the stream */
	struct trv_arena rows, scratch; /* until the next row or batch */
	struct trv_mark rows_start, scratch_start;
	struct trv__run run;
	struct trv__select select;
	/* with relations: pieces of one row, or of BATCH_ROWS */
	struct trv__reader *reader;
	struct trv_list list;
	size_t at, batch;
	/* without: one row, decoded in place */
	struct trv__cursor cursor;
	struct trv__writer writer;
	struct trv_load *load;
	void *row;
	bool opened;
};

struct trv_stream_state {
	struct trv_allocator allocator;
	struct trv_session *session;
	const struct trv_model *model;
	struct running *running; /* NULL: the session ended it */
	struct trv_stream_state *next; /* of the session's open ones */
};

int trv__streams_check(struct trv_session *session)
{
	const struct trv_dialect *dialect = trv__dialect(session);

	if (!session->streams || dialect->nested_reads)
		return 0;
	int r = trv_error_set(&session->error, TRV_ERR_MISUSE,
	                      "%s: a stream is open, and %s runs nothing else on its connection until it ends",
	                      session->open_streams->model->name, dialect->name);
	trv_error_hint(&session->error, "read with %s_page, or use another session meanwhile",
	               session->open_streams->model->name);
	return r;
}

/* --- the end ----------------------------------------------------------------------------------- */

static void release_running(struct trv_stream_state *state)
{
	struct running *running = state->running;

	state->running = NULL;
	trv_arena_release(&running->scratch);
	trv_arena_release(&running->rows);
	trv_arena_release(&running->keep);
	trv_release(&state->allocator, running);
}

static void unlink_state(struct trv_stream_state *state)
{
	struct trv_stream_state **at = &state->session->open_streams;

	while (*at != state)
		at = &(*at)->next;
	*at = state->next;
	state->session->streams--;
}

/* Closes the cursor and gives everything back but the handle. */
static int end(struct trv_stream_state *state)
{
	struct running *running = state->running;
	int r = 0;

	if (running->opened) {
		r = running->reader ? trv__reader_close(running->reader) : trv__cursor_close(&running->cursor);
		unlink_state(state);
	}
	release_running(state);
	state->session = NULL;
	return r;
}

static void release_state(struct trv_stream *stream)
{
	struct trv_allocator allocator = stream->state->allocator;

	trv_release(&allocator, stream->state);
	stream->state = NULL;
}

void trv__streams_close(struct trv_session *session)
{
	while (session->open_streams)
		end(session->open_streams);
}

/* The connection goes back to the pool, as at the end of any call; the session's last error stays. */
static void end_outside_a_call(struct trv_stream_state *state)
{
	struct trv_session *session = state->session;
	struct trv_error last = session->error;
	struct trv__call call;
	int r = trv__enter(session, &call, session->site);

	end(state);
	if (r >= 0)
		trv__leave(session, &call, 0);
	session->error = last;
}

void trv_stream_close(struct trv_stream *stream)
{
	if (!stream || !stream->state)
		return;
	if (stream->state->running)
		end_outside_a_call(stream->state);
	release_state(stream);
}

/* --- the beginning ------------------------------------------------------------------------------- */

static bool is_joined(const struct trv__select *select, size_t node, size_t relation)
{
	for (size_t i = 1; i < select->node_count; i++)
		if (select->nodes[i].parent == (int)node && select->nodes[i].relation == relation)
			return true;
	return false;
}

/* A relation that takes a statement of its own, or NULL. */
static const struct trv_relation *loaded_apart(const struct trv__select *select)
{
	for (size_t node = 0; node < select->node_count; node++) {
		const struct trv_model *model = select->nodes[node].model;

		for (size_t i = 0; i < model->relation_count; i++) {
			const struct trv_query *sub = trv__subquery(select->nodes[node].query, &model->relations[i]);

			if (sub && sub->how != TRV_LAZY && sub->how != TRV_RAISE && !is_joined(select, node, i))
				return &model->relations[i];
		}
	}
	return NULL;
}

static int refuse_apart(struct trv_session *session, const struct trv_model *model, const struct trv_relation *relation)
{
	int r = trv_error_set(&session->error, TRV_ERR_UNSUPPORTED, "%s.%s: %s cannot load it while it streams rows",
	                      model->name, relation->name, trv__dialect(session)->name);

	trv_error_hint(&session->error, "read in pieces with %s_page, or join the relation where it leads to one row",
	               model->name);
	return r;
}

/* The stream's own copy. Repeating the whole query for each batch would load all rows' relations again and again. */
static const struct trv_query *own_query(struct running *running, const struct trv_model *model,
                                         const struct trv_query *query)
{
	const struct trv_query *copy = trv__query_copy(&running->keep, model, query);

	for (size_t i = 0; copy && i < model->relation_count; i++) {
		struct trv_query *sub;

		memcpy(&sub, (const char *)copy + model->relations[i].query_offset, sizeof(sub));
		if (sub && sub->how == TRV_SUBQUERY)
			sub->how = TRV_SELECTIN;
	}
	return copy;
}

static int open_reader(struct running *running, struct trv_session *session, const struct trv_model *model)
{
	const struct trv_relation *apart = loaded_apart(&running->select);

	if (apart && !trv__dialect(session)->nested_reads)
		return refuse_apart(session, model, apart);
	running->batch = apart ? BATCH_ROWS : 1;
	return trv__reader_open(&running->reader, &running->run, &running->select, &running->keep);
}

static int open_plain(struct running *running, struct trv_session *session, const struct trv_model *model)
{
	running->load =
		trv__load_create(&running->run, model, running->select.nodes[0].columns, running->run.root_query);
	running->row = trv_arena_alloc(&running->keep, model->row_size);
	if (!running->load || !running->row)
		return trv__no_memory(session);
	running->load->base = running->row;
	running->load->count = 1;
	return trv__cursor_open_in(session, &running->cursor, &running->writer, &running->keep, &trv__select_kind,
	                           &running->select, true);
}

static int open_running(struct trv_stream_state *state, const struct trv_query *query)
{
	struct trv_session *session = state->session;
	struct running *running = state->running;
	int r = trv__run_init(&running->run, session, state->model, query ? query : trv__no_query());

	if (r < 0)
		return r; /* what is refused need not be fit to be copied */
	const struct trv_query *copy = query ? own_query(running, state->model, query) : trv__no_query();
	if (!copy)
		return trv__no_memory(session);
	r = trv__run_init(&running->run, session, state->model, copy);
	running->run.arena = &running->rows;
	running->run.scratch = &running->scratch;
	if (r >= 0)
		r = trv__select_init(&running->run, &running->select, state->model, copy, 0, false);
	if (r >= 0)
		r = running->run.has_relations ? open_reader(running, session, state->model)
		                               : open_plain(running, session, state->model);
	if (r < 0)
		return r;
	running->rows_start = trv_arena_mark(&running->rows);
	running->scratch_start = trv_arena_mark(&running->scratch);
	running->opened = true;
	state->next = session->open_streams;
	session->open_streams = state;
	session->streams++;
	return 0;
}

static int open(struct trv_session *session, const struct trv_model *model, struct trv_stream *stream,
                const struct trv_query *query)
{
	const struct trv_db *db = session->db;
	struct trv_stream_state *state = trv_allocate(&db->allocator, sizeof(*state));
	struct running *running = trv_allocate(&db->allocator, sizeof(*running));

	if (!state || !running) {
		if (state)
			trv_release(&db->allocator, state);
		if (running)
			trv_release(&db->allocator, running);
		return trv__no_memory(session);
	}
	memset(running, 0, sizeof(*running));
	trv_arena_init(&running->keep, &db->allocator, db->arena_cap);
	trv_arena_init(&running->rows, &db->allocator, db->arena_cap);
	trv_arena_init(&running->scratch, &db->allocator, db->arena_cap);
	*state = (struct trv_stream_state) {
		.allocator = db->allocator,
		.session = session,
		.model = model,
		.running = running,
	};
	stream->state = state;
	return open_running(state, query);
}

/* --- rows ------------------------------------------------------------------------------------------ */

static int next_plain(struct trv_stream_state *state, void **row)
{
	struct running *running = state->running;
	void *bases[] = { running->row };
	uint64_t absent = 0;

	trv_arena_rewind(&running->rows, running->rows_start);
	memset(running->row, 0, state->model->row_size);
	((struct trv_row *)running->row)->load = running->load;
	*row = running->row;
	return trv__cursor_fetch(&running->cursor, bases, &running->rows, &absent);
}

static int next_of_batch(struct trv_stream_state *state, void **row)
{
	struct running *running = state->running;

	if (running->at == running->list.count) {
		bool last = running->list.items && running->list.count < running->batch;

		if (last)
			return 0;
		trv_arena_rewind(&running->rows, running->rows_start);
		trv_arena_rewind(&running->scratch, running->scratch_start);
		running->at = 0;
		int r = trv__reader_next(running->reader, running->batch, &running->list);
		if (r <= 0)
			return r;
	}
	*row = (char *)running->list.items + running->at++ * state->model->row_size;
	return 1;
}

static int refuse_state(struct trv_session *session, const struct trv_model *model, struct trv_stream *stream)
{
	struct trv_stream_state *state = stream->state;

	if (!state->running) {
		int r = trv_error_set(&session->error, TRV_ERR_MISUSE,
		                      "%s: the stream was ended by a commit, a rollback or the end of its session",
		                      state->model->name);

		trv_error_hint(&session->error, "read it to its end, or close it, before the transaction ends");
		release_state(stream);
		return r;
	}
	if (state->session != session)
		return trv_error_set(&session->error, TRV_ERR_MISUSE, "%s: the stream belongs to another session",
		                     state->model->name);
	if (state->model != model)
		return trv_error_set(&session->error, TRV_ERR_MISUSE, "the stream is one of '%s', not of '%s'",
		                     state->model->name, model->name);
	return 0;
}

static int each(struct trv_session *session, const struct trv_model *model, struct trv_stream *stream,
                trv__any *row_pointer, const struct trv_query *query)
{
	void *row = NULL;
	int r = stream->state ? 0 : open(session, model, stream, query);

	if (r >= 0)
		r = stream->state->running->reader ? next_of_batch(stream->state, &row)
		                                   : next_plain(stream->state, &row);
	if (r > 0) {
		*row_pointer = row;
		return 1;
	}
	if (!stream->state)
		return r;
	int ended = end(stream->state);
	release_state(stream);
	if (r == 0 && ended < 0)
		return ended;
	if (r == 0)
		*row_pointer = NULL;
	return r;
}

int trv__each(struct trv_session *session, const struct trv_model *model, struct trv_stream *stream, void *row_pointer,
              const void *query)
{
	struct trv__call call;
	int r = stream->state ? refuse_state(session, model, stream) : 0;

	if (r < 0) {
		session->error.site = TRV__SITE;
		return r;
	}
	do {
		r = trv__enter_read(session, &call, TRV__SITE, model, query);
		if (r >= 0)
			r = trv__leave(session, &call, each(session, model, stream, row_pointer, query));
		else
			trv_stream_close(stream);
	} while (trv__read_again(session, r));
	return r;
}
