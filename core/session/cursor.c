/* From a writer to a running statement. */
#include "query/quoting.h"
#include "session/internal.h"

#include <string.h>

/* Asks the driver for the result's columns, and the kind where they go. */
static int describe(struct trv__cursor *cursor, const struct trv__statement_kind *kind, const void *what)
{
	struct trv_session *session = cursor->session;
	struct trv_statement *statement = cursor->plan->statement;
	const struct trv_driver *driver = statement->connection->driver;
	struct trv_result_column *columns = NULL;
	int count = driver->columns(statement, NULL, 0, &session->error);

	if (count < 0)
		return count;
	size_t room = (size_t)count;
	struct trv_slot *slots = trv_arena_zero(&session->scratch, room + 1, sizeof(*slots));
	columns = trv_arena_zero(&session->scratch, room + 1, sizeof(*columns));
	if (!slots || !columns)
		return trv__no_memory(session);
	count = driver->columns(statement, columns, room, &session->error);
	if (count < 0)
		return count;
	if ((size_t)count != room)
		return trv_error_set(&session->error, TRV_ERR_MISMATCH, "the result changed while it was described");
	int r = kind->describe(what, columns, room, trv__dialect(session), slots, &session->error);
	return r < 0 ? r : trv__plan_describe(&session->link->plans, cursor->plan, slots, room, &session->error);
}

static int add_plan(struct trv__cursor *cursor, const struct trv__plan_parts *parts,
                    const struct trv__statement_kind *kind, const void *what)
{
	struct trv_session *session = cursor->session;
	struct trv__plans *plans = &session->link->plans;
	int r = trv__plans_add(plans, parts, trv__deadline(session), &cursor->plan, &session->error);

	if (r < 0 || !kind->describe)
		return r;
	r = describe(cursor, kind, what);
	if (r < 0)
		trv__plan_done(plans, cursor->plan, false);
	return r;
}

static int make_plan(struct trv__cursor *cursor, struct trv__writer *writer, const struct trv__statement_kind *kind,
                     const void *what)
{
	struct trv_session *session = cursor->session;
	size_t room = kind->slot_count ? kind->slot_count(what) : 0;
	struct trv_slot *slots = trv_arena_alloc(&session->scratch, (room + 1) * sizeof(*slots));
	size_t parameters = writer->bind_count;
	struct trv__plan_parts parts = {
		.shape = writer->shape,
		.shape_size = writer->shape_size,
		.slots = slots,
		.by_hand = kind->by_hand,
	};

	if (!slots)
		return trv__no_memory(session);
	trv__writer_start_text(writer);
	kind->write(writer, what);
	if (writer->status < 0)
		return writer->status;
	if (writer->bind_count * writer->rows != parameters)
		return trv_error_set(&session->error, TRV_ERR_INTERNAL, "%zu parameters for %zu placeholders",
		                     parameters, writer->bind_count);
	if (room) {
		int r = kind->slots(what, writer->dialect, slots, room, &parts.slot_count);
		if (r < 0)
			return trv_error_set(&session->error, r, "the decode table does not fit");
	}
	parts.sql = writer->text;
	parts.sql_size = writer->text_size;
	parts.parameters = writer->bind_count;
	parts.bases = kind->bases ? kind->bases(what) : 0;
	session->stats.compiled++;
	session->stats.prepared++;
	cursor->prepared = true;
	return add_plan(cursor, &parts, kind, what);
}

static uint64_t rows_of(const struct trv__cursor *cursor)
{
	return cursor->by_rows ? cursor->rows : cursor->outcome.affected;
}

static void emit_event(struct trv__cursor *cursor, const char *sql, int status)
{
	struct trv_statement_event event = {
		.sql = sql,
		.parameters = cursor->parameters,
		.rows = rows_of(cursor),
		.nanoseconds = trv_monotonic() - cursor->started,
		.site = cursor->session->site,
		.status = status,
		.prepared = cursor->prepared,
	};

	trv__observe(cursor->session, &event);
}

static void notice(const struct trv__cursor *cursor, const struct trv__run_figures *run, enum trv_notice_kind kind,
                   uint64_t times)
{
	const struct trv__plan *plan = cursor->plan;
	char masked[sizeof(((struct trv_notice *)0)->sql)];
	const char *text = plan->sql;

	if (plan->tally.by_hand) {
		trv__sql_mask(plan->tally.by_hand, plan->sql, masked, sizeof(masked));
		text = masked;
	}
	trv__monitor_tell(&cursor->session->db->monitor,
	                  &(struct trv__sight) {
				  .kind = kind,
				  .status = run->status,
				  .nanoseconds = run->nanoseconds,
				  .rows = run->rows,
				  .count = times,
				  .sql = text,
				  .shape = plan->tally.shape,
				  .model = plan->decode.count ? plan->decode.slots[0].model : NULL,
				  .site = run->site,
				  .session = cursor->session,
			  });
}

static void count_repeats(struct trv__cursor *cursor, const struct trv__run_figures *run)
{
	struct trv__monitor *monitor = &cursor->session->db->monitor;
	unsigned times = trv__repeats_note(&cursor->session->repeats, run->site, cursor->plan->tally.shape,
	                                   cursor->writer, monitor->repeats);

	if (!times)
		return;
	trv__account_repeated(&monitor->accounts, cursor->plan->tally.account);
	notice(cursor, run, TRV_NOTICE_REPEATED, times);
}

/* After the last row, or the failure: what it took goes into the books. */
static void count(struct trv__cursor *cursor, int status)
{
	struct trv_session *session = cursor->session;
	struct trv__run_figures run = {
		.ended = trv_monotonic(),
		.rows = rows_of(cursor),
		.site = session->site,
		.status = status,
	};

	run.nanoseconds = run.ended - cursor->started;
	session->ended = run.ended;
	trv__histogram_note(&session->link->query, run.nanoseconds);
	if (!cursor->plan->tally.account)
		return;
	trv__tally_note(&cursor->plan->tally, &run);
	if (run.nanoseconds >= session->db->monitor.slow_query)
		notice(cursor, &run, TRV_NOTICE_SLOW_STATEMENT, 1);
	if (cursor->plan->tally.reads && !session->batched && status >= 0)
		count_repeats(cursor, &run);
}

/* One that could not be prepared has no plan in which it would be counted. */
static void count_unprepared(struct trv__cursor *cursor, const struct trv__statement_kind *kind, const char *sql,
                             int status)
{
	struct trv_session *session = cursor->session;
	struct trv__run_figures run = { .ended = trv_monotonic(), .site = session->site, .status = status };

	run.nanoseconds = run.ended - cursor->started;
	if (cursor->prepared && !session->explanation)
		trv__account_note(&session->db->monitor.accounts, sql, kind->by_hand ? trv__dialect(session) : NULL,
		                  &run, true);
}

/* A failed statement's error, with its call site and whether it ends the transaction. */
static int failed(struct trv__cursor *cursor, const char *sql, int status)
{
	struct trv_session *session = cursor->session;

	trv__explain_constraint(session);
	session->error.site = session->site;
	trv__note_failure(session, status);
	if (trv__is_observed(session))
		emit_event(cursor, sql ? sql : "", status);
	return status;
}

#ifdef TRV_CHECK_PLANS
/*
 * The runtime's own tests are built with this: a plan from the cache must be the one that
 * the query would be compiled to. Else two queries share a shape and not their SQL.
 */
static int check_plan(const struct trv__cursor *cursor, const struct trv__statement_kind *kind, const void *what)
{
	struct trv_session *session = cursor->session;
	const struct trv__plan *plan = cursor->plan;
	struct trv__writer again = *cursor->writer;
	size_t room = kind->slot_count ? kind->slot_count(what) : 0, count = 0;
	struct trv_slot *slots = trv_arena_zero(&session->scratch, room + 1, sizeof(*slots));

	if (!slots)
		return trv__no_memory(session);
	trv__writer_start_text(&again);
	kind->write(&again, what);
	if (again.status < 0)
		return again.status;
	if (strcmp(again.text, plan->sql) != 0)
		return trv_error_set(&session->error, TRV_ERR_INTERNAL, "one shape, two texts: %s; %s", again.text,
		                     plan->sql);
	int r = room ? kind->slots(what, again.dialect, slots, room, &count) : 0;
	bool same = r >= 0 && count == (kind->describe ? 0 : plan->decode.count) &&
	            plan->decode.bases == (kind->bases ? kind->bases(what) : 0);
	for (size_t i = 0; same && i < count; i++)
		same = memcmp(&slots[i], &plan->decode.slots[i], sizeof(*slots)) == 0;
	return same ? 0
	            : trv_error_set(&session->error, TRV_ERR_INTERNAL, "one shape, two decode tables: %s", plan->sql);
}
#endif

int trv__cursor_prepare(struct trv_session *session, struct trv__cursor *cursor, struct trv__writer *writer,
                        struct trv_arena *memory, const struct trv__statement_kind *kind, const void *what)
{
	int r = trv__streams_check(session);

	memset(cursor, 0, sizeof(*cursor));
	cursor->session = session;
	cursor->writer = writer;
	if (r < 0)
		return r;
	if (trv__is_canceled(session))
		return trv__refuse_canceled(session);
	trv__writer_init(writer, trv__dialect(session), memory, &session->error);
	kind->write(writer, what);
	if (writer->status < 0)
		return writer->status;
	/* to read a clock costs a tenth of the fastest statements: one that comes at once has that of its call */
	cursor->started = session->borrowed && kind->at_once ? session->borrowed : trv_monotonic();
	session->borrowed = 0;
	cursor->plan = trv__plans_find(&session->link->plans, writer->shape, writer->shape_size);
	if (!cursor->plan) {
		r = make_plan(cursor, writer, kind, what);
		if (writer->status < 0) /* nothing was sent, so nothing failed */
			return writer->status;
		if (r < 0) {
			count_unprepared(cursor, kind, writer->text, r);
			return failed(cursor, writer->text, r);
		}
	}
#ifdef TRV_CHECK_PLANS
	r = cursor->prepared ? 0 : check_plan(cursor, kind, what);
	if (r < 0)
		return r;
#endif
	cursor->plan->running = true;
	cursor->parameters = cursor->plan->parameters;
	cursor->by_rows = cursor->plan->decode.count != 0;
	return 0;
}

void trv__cursor_abandon(struct trv__cursor *cursor)
{
	trv__plan_done(&cursor->session->link->plans, cursor->plan, true);
}

static struct trv_request request_of(struct trv__cursor *cursor, bool stream)
{
	struct trv__plan *plan = cursor->plan;

	cursor->session->stats.statements++;
	return (struct trv_request) {
		.binds = cursor->writer->binds,
		.bind_count = plan->parameters,
		.rows = cursor->writer->rows,
		.each = cursor->writer->each,
		.decode = plan->decode.count ? &plan->decode : NULL,
		.stream = stream,
		.commit = cursor->session->commits_along,
		.said = cursor->said,
		.deadline = cursor->started + cursor->session->db->query_ms * UINT64_C(1000000),
	};
}

/* After an execute that failed. */
static int give_up(struct trv__cursor *cursor, int r)
{
	struct trv_session *session = cursor->session;

	session->link->connection->driver->finish(cursor->plan->statement);
	count(cursor, r);
	failed(cursor, cursor->plan->sql, r);
	trv__plan_done(&session->link->plans, cursor->plan, false);
	return r;
}

int trv__cursor_execute(struct trv__cursor *cursor, bool stream)
{
	struct trv_session *session = cursor->session;
	struct trv_request request = request_of(cursor, stream);
	int r = session->link->connection->driver->execute(cursor->plan->statement, &request, &cursor->outcome,
	                                                   &session->error);

	return r < 0 ? give_up(cursor, r) : 0;
}

int trv__cursors_execute(struct trv_session *session, struct trv__cursor *const *cursors, size_t count)
{
	struct trv_connection *connection = session->link->connection;
	struct trv_statement **statements = trv_arena_zero(&session->scratch, count, sizeof(struct trv_statement *));
	struct trv_request *requests = trv_arena_zero(&session->scratch, count, sizeof(*requests));
	struct trv_outcome *outcomes = trv_arena_zero(&session->scratch, count, sizeof(*outcomes));
	int r = statements && requests && outcomes ? 0 : trv__no_memory(session);

	for (size_t i = 0; i < count && r >= 0; i++) {
		statements[i] = cursors[i]->plan->statement;
		requests[i] = request_of(cursors[i], false);
	}
	if (r >= 0)
		r = connection->driver->pipeline(connection, statements, requests, outcomes, count, &session->error);
	for (size_t i = 0; i < count && r < 0; i++)
		give_up(cursors[i], r);
	return r;
}

int trv__cursor_open_in(struct trv_session *session, struct trv__cursor *cursor, struct trv__writer *writer,
                        struct trv_arena *memory, const struct trv__statement_kind *kind, const void *what, bool stream)
{
	int r = trv__cursor_prepare(session, cursor, writer, memory, kind, what);

	if (r >= 0 && stream && writer->dialect->takes_said)
		cursor->said = trv__say(writer, kind->write, what);
	return r < 0 ? r : trv__cursor_execute(cursor, stream);
}

int trv__cursor_open(struct trv_session *session, struct trv__cursor *cursor, struct trv__writer *writer,
                     const struct trv__statement_kind *kind, const void *what, bool stream)
{
	return trv__cursor_open_in(session, cursor, writer, &session->scratch, kind, what, stream);
}

int trv__cursor_close(struct trv__cursor *cursor)
{
	struct trv_session *session = cursor->session;
	struct trv__plan *plan = cursor->plan;

	plan->statement->connection->driver->finish(plan->statement);
	count(cursor, cursor->status);
	session->stats.rows += cursor->rows;
	if (cursor->status < 0)
		failed(cursor, plan->sql, cursor->status);
	else if (trv__is_observed(session))
		emit_event(cursor, plan->sql, 0);
	trv__plan_done(&session->link->plans, plan, cursor->status >= 0);
	return cursor->status;
}

int trv__run(struct trv_session *session, const struct trv__statement_kind *kind, const void *what,
             struct trv_outcome *outcome)
{
	struct trv__writer writer;
	struct trv__cursor cursor;
	int r = trv__cursor_open(session, &cursor, &writer, kind, what, false);

	if (r < 0)
		return r;
	if (outcome)
		*outcome = cursor.outcome;
	return trv__cursor_close(&cursor);
}

/* --- the select kind ---------------------------------------------------------------------- */

static void select_write(struct trv__writer *writer, const void *what)
{
	trv__write_select(writer, what);
}

static size_t select_slot_count(const void *what)
{
	const struct trv__select *select = what;

	return select->purpose == TRV__ROWS ? trv__select_slot_count(select) : 1;
}

static int select_slots(const void *what, const struct trv_dialect *dialect, struct trv_slot *slots, size_t room,
                        size_t *count)
{
	const struct trv__select *select = what;

	if (select->purpose == TRV__ROWS)
		return trv__select_slots(select, dialect, slots, room, count);
	*count = 1;
	slots[0] = (struct trv_slot) { .type = TRV_INT64, .name = NULL };
	return 0;
}

static size_t select_bases(const void *what)
{
	const struct trv__select *select = what;

	return select->purpose == TRV__ROWS ? select->node_count + select->link : 1;
}

const struct trv__statement_kind trv__select_kind = {
	.write = select_write,
	.slot_count = select_slot_count,
	.slots = select_slots,
	.bases = select_bases,
	.at_once = true,
};

/* --- one integer ---------------------------------------------------------------------------- */

struct integer_query {
	const char *sql;
	const char *parameter;
};

/* The dialect's own SQL holds its placeholder; only the parameter is noted. */
static void integer_write(struct trv__writer *writer, const void *what)
{
	const struct integer_query *query = what;

	trv__shape(writer, TRV__SHAPE_INTEGER);
	trv__shape_bytes(writer, query->sql, strlen(query->sql));
	trv__put(writer, query->sql);
	if (!query->parameter)
		return;
	if (writer->text_on) {
		writer->bind_count++;
		return;
	}
	struct trv_value value = trv_text(query->parameter);
	trv__bind_value(writer, &value);
}

static size_t one(const void *what)
{
	(void)what;
	return 1;
}

static int integer_slots(const void *what, const struct trv_dialect *dialect, struct trv_slot *slots, size_t room,
                         size_t *count)
{
	(void)what;
	(void)dialect;
	(void)room;
	*count = 1;
	slots[0] = (struct trv_slot) { .type = TRV_INT64 };
	return 0;
}

static const struct trv__statement_kind integer_kind = {
	.write = integer_write,
	.slot_count = one,
	.slots = integer_slots,
	.bases = one,
};

int trv__fetch_integer(struct trv_session *session, int64_t *value, const char *sql, const char *parameter)
{
	struct integer_query query = { sql, parameter };
	struct trv__writer writer;
	struct trv__cursor cursor;
	int64_t found = 0;
	void *bases[] = { &found };
	uint64_t absent = 0;
	int r = trv__cursor_open(session, &cursor, &writer, &integer_kind, &query, false);

	if (r < 0)
		return r;
	int got = trv__cursor_fetch(&cursor, bases, &session->scratch, &absent);
	r = trv__cursor_close(&cursor);
	if (r < 0)
		return r;
	if (got == 0)
		return trv_error_set(&session->error, TRV_ERR_NOT_FOUND, "no row");
	*value = found;
	return 0;
}
