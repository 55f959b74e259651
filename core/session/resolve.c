/* What became of a commit that had an unknown outcome: the engine is asked, on another connection. */
#include "session/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define PAUSE_NS 20000000

enum fate {
	FATE_ROLLED_BACK,
	FATE_COMMITTED,
	FATE_RUNNING,
};

/* The number of a transaction that wrote nothing is 0: committed or not, there is no difference. */
static int ask(struct trv_session *session, int64_t *fate, const void *site)
{
	struct trv__call call;
	int r = trv__enter(session, &call, site);
	char id[48];

	if (r < 0)
		return r;
	const char *sql = trv__dialect(session)->transaction_status;
	snprintf(id, sizeof(id), "%" PRId64 " %" PRIu64, session->commit_id,
	         (trv_monotonic() - session->commit_noted) / 1000);
	if (session->commit_id == 0)
		*fate = FATE_COMMITTED;
	else if (sql)
		r = trv__fetch_integer(session, fate, sql, id);
	else
		r = trv_error_set(&session->error, TRV_ERR_UNSUPPORTED,
		                  "the engine cannot say what became of a commit");
	return trv__leave(session, &call, r);
}

/* The server may be starting again, or be still at work. */
static bool is_passing(int r, int64_t fate)
{
	return r >= 0 ? fate == FATE_RUNNING : r == TRV_ERR_LOST || r == TRV_ERR_CONNECT;
}

static int refuse(struct trv_session *session, const void *site)
{
	int r = session->depth ? trv_error_set(&session->error, TRV_ERR_MISUSE, "a transaction is open")
	                       : trv_error_set(&session->error, TRV_ERR_MISUSE,
	                                       "there is no commit to ask about: none had an unknown outcome, or its "
	                                       "transaction was not begun as resolvable");

	session->error.site = site;
	return r;
}

int trv_commit_resolve(struct trv_session *session, bool *committed)
{
	static const struct timespec pause = { .tv_nsec = PAUSE_NS };
	uint64_t deadline = trv__deadline(session);
	int64_t fate = FATE_RUNNING;
	int r;

	if (session->depth || session->commit_id == TRV__NO_ID)
		return refuse(session, TRV__SITE);
	while ((r = ask(session, &fate, TRV__SITE)) < 0 || fate == FATE_RUNNING) {
		if (!is_passing(r, fate) || trv_monotonic() + PAUSE_NS >= deadline)
			break;
		nanosleep(&pause, NULL);
	}
	if (r < 0)
		return r;
	if (fate > FATE_COMMITTED)
		return trv_error_set(
			&session->error, TRV_UNKNOWN_OUTCOME,
			fate == FATE_RUNNING
				? "the server still works on the transaction"
				: "the server cannot say it any more: it forgot the transaction, or was killed since");
	session->commit_id = TRV__NO_ID;
	*committed = fate == FATE_COMMITTED;
	return 0;
}
