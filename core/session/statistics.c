/* What statements cost, for who asks. */
#include "session/internal.h"

size_t trv_statement_stats(struct trv_db *db, struct trv_statement_stats *stats, size_t max)
{
	/* the lock may be held by a thread that the child does not have */
	if (trv__pool_is_foreign(db->pool))
		return 0;
	return trv__accounts_read(&db->accounts, stats, max);
}
