/* What statements cost, for who asks. */
#include "monitor/text.h"
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

void trv__statement_put_metrics(struct trv_db *db, struct trv__text *text)
{
	if (!trv__pool_is_foreign(db->pool))
		trv__monitor_put_metrics(&db->monitor, text);
}

size_t trv_statement_metrics(struct trv_db *db, char *buffer, size_t size)
{
	struct trv__text text = { .at = buffer, .room = size };

	trv__statement_put_metrics(db, &text);
	trv__text_put(&text, "# EOF\n");
	return text.length;
}
