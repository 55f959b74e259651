/* What statements cost, for who asks. */
#include "session/internal.h"

size_t trv_statement_stats(struct trv_db *db, struct trv_statement_stats *stats, size_t max)
{
	/* the lock may be held by a thread that the child does not have */
	if (trv__pool_is_foreign(db->pool))
		return 0;
	return trv__accounts_read(&db->monitor.accounts, stats, max);
}

size_t trv_notices(struct trv_db *db, struct trv_notice *notices, size_t max)
{
	if (trv__pool_is_foreign(db->pool))
		return 0;
	return trv__monitor_read(&db->monitor, notices, max);
}
