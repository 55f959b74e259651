/* Reads that a replica may serve. */
#include "pool/replicas.h"
#include "session/load.h"

#include <trivet/replica.h>

#define DEEPEST 16u /* deeper trees are refused by those who load them */

void trv_session_allow_replicas(struct trv_session *session, bool allow)
{
	session->allows_replicas = allow && session->db->replicas;
}

static bool locks(const struct trv_model *model, const struct trv_query *query, unsigned level)
{
	if (query->lock || level > DEEPEST)
		return true;
	for (size_t i = 0; i < model->relation_count; i++) {
		const struct trv_relation *relation = &model->relations[i];
		const struct trv_query *sub = trv__subquery(query, relation);

		if (sub && relation->target && locks(relation->target, sub, level + 1))
			return true;
	}
	return false;
}

int trv__borrow_replica(struct trv_session *session, const struct trv_model *model, const struct trv_query *query,
                        const void *site)
{
	if (query && locks(model, query, 0))
		return 0;
	int r = trv__replicas_acquire(session->db->replicas, &session->choice, session, site, &session->link,
	                              &session->error);
	session->on_replica = r > 0;
	session->stats.replica_calls += r > 0;
	return r;
}

/*
 * What a replica alone is to blame for: it is lost, replication broke the statement off,
 * or the statement turned out to be one for the primary.
 */
static bool is_its_own(const struct trv_error *error)
{
	return error->code == TRV_ERR_LOST || error->code == TRV_ERR_CONNECT || error->code == TRV_ERR_READ_ONLY ||
	       error->retryable;
}

bool trv__reads_elsewhere(struct trv_session *session, int r)
{
	bool failed = session->on_replica && r < 0 && session->error.code == r;
	bool lost = r == TRV_ERR_LOST || r == TRV_ERR_CONNECT || r == TRV_ERR_TIMEOUT;
	bool again = failed && is_its_own(&session->error);

	if (failed && (again || lost))
		trv__replicas_failed(session->db->replicas, &session->choice, lost);
	if (!again)
		session->choice.tried = 0;
	session->on_replica = false;
	return again;
}
