/* Text into the caller's buffer, as much as fits, and the length of the whole. */
#ifndef TRIVET_MONITOR_TEXT_H
#define TRIVET_MONITOR_TEXT_H

#include <trivet/common.h>

struct trv_db;

struct trv__text {
	char *at;
	size_t room, length;
};

void trv__text_put(struct trv__text *text, const char *format, ...) TRV_PRINTF(2, 3);

/* Without the end mark. */
void trv__pool_put_metrics(struct trv_db *db, struct trv__text *text);
void trv__statement_put_metrics(struct trv_db *db, struct trv__text *text);

#endif
