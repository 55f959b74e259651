/* One question to a server, without a session. */
#ifndef TRIVET_POOL_ASK_H
#define TRIVET_POOL_ASK_H

#include <trivet/driver.h>

/* The one cell of a SELECT; null is "". TRV_ERR_LIMIT: it does not fit. */
TRV_MUST_CHECK int trv__ask_text(struct trv_connection *connection, const char *sql,
                                 const struct trv_allocator *allocator, char *text, size_t size, uint64_t deadline,
                                 struct trv_error *error);

/* The same of a SELECT with one parameter, for an integer. */
TRV_MUST_CHECK int trv__ask_integer(struct trv_connection *connection, const char *sql, const char *parameter,
                                    int64_t *number, uint64_t deadline, struct trv_error *error);

#endif
