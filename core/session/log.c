/* Statement hooks and the statement log. */
#include "session/internal.h"

#include <string.h>

#define LOG_LENGTH 1024

struct trv__log {
	struct trv_statement_event events[LOG_LENGTH]; /* a ring */
	uint64_t count; /* ever */
};

static void forget(struct trv_session *session, struct trv_statement_event *event)
{
	trv_release(&session->db->allocator, (void *)(uintptr_t)event->sql);
	event->sql = NULL;
}

void trv__log_destroy(struct trv_session *session)
{
	if (!session->log)
		return;
	for (size_t i = 0; i < LOG_LENGTH; i++)
		forget(session, &session->log->events[i]);
	trv_release(&session->db->allocator, session->log);
	session->log = NULL;
}

int trv_session_log(struct trv_session *session, bool on)
{
	trv__log_destroy(session);
	if (!on)
		return 0;
	session->log = trv_allocate(&session->db->allocator, sizeof(*session->log));
	if (!session->log)
		return trv__no_memory(session);
	memset(session->log, 0, sizeof(*session->log));
	return 0;
}

/* An event whose text does not fit into memory is kept without it. */
static void record(struct trv_session *session, const struct trv_statement_event *event)
{
	struct trv_statement_event *place = &session->log->events[session->log->count++ % LOG_LENGTH];
	size_t size = strlen(event->sql) + 1;
	char *copy = trv_allocate(&session->db->allocator, size);

	forget(session, place);
	*place = *event;
	if (copy)
		memcpy(copy, event->sql, size);
	place->sql = copy;
}

void trv__observe(struct trv_session *session, const struct trv_statement_event *event)
{
	if (session->observe)
		session->observe(event, session->observe_argument);
	if (session->log)
		record(session, event);
}

void trv__note_statement(struct trv_session *session, const struct trv_statement_event *event)
{
	struct trv__run_figures run = {
		.nanoseconds = event->nanoseconds,
		.rows = event->rows,
		.ended = trv_monotonic(),
		.site = event->site,
		.status = event->status,
	};

	trv__account_note(&session->db->monitor.accounts, event->sql, NULL, &run, false);
	if (event->nanoseconds >= session->db->monitor.slow_query)
		trv__monitor_tell(&session->db->monitor, &(struct trv__sight) {
								 .kind = TRV_NOTICE_SLOW_STATEMENT,
								 .status = event->status,
								 .nanoseconds = event->nanoseconds,
								 .rows = event->rows,
								 .sql = event->sql,
								 .site = event->site,
								 .session = session,
							 });
	if (trv__is_observed(session))
		trv__observe(session, event);
}

const struct trv_statement_event *trv_session_logged(const struct trv_session *session, size_t i)
{
	const struct trv__log *log = session->log;
	uint64_t first = log && log->count > LOG_LENGTH ? log->count - LOG_LENGTH : 0;

	if (!log || i >= log->count - first)
		return NULL;
	return &log->events[(first + i) % LOG_LENGTH];
}

void trv_session_observe(struct trv_session *session,
                         void (*observe)(const struct trv_statement_event *event, void *argument), void *argument)
{
	session->observe = observe;
	session->observe_argument = argument;
}
