/*
 * The monitoring endpoint: a Unix socket on which a thread of the library answers who asks
 * what the program's database is doing. docs/monitoring.md tells the protocol.
 */
#ifndef TRIVET_MONITOR_ENDPOINT_H
#define TRIVET_MONITOR_ENDPOINT_H

#include "monitor/text.h"

#include <trivet/monitor.h>

struct trv__endpoint;

/*
 * Serves `db` at `path`, in which %p is the process' number. A socket that nobody serves any more is
 * replaced. TRV_ERR_IO, TRV_ERR_LIMIT for a path that is too long, TRV_ERR_MISUSE where somebody else
 * serves there, TRV_ERR_NOMEM. The allocator outlives it.
 */
TRV_MUST_CHECK int trv__endpoint_start(struct trv__endpoint **endpoint, struct trv_db *db, const char *path,
                                       const struct trv_allocator *allocator, struct trv_error *error);

/* Stops the thread and removes the socket; NULL is fine. In a child of fork() (`foreign`) the parent's stays. */
void trv__endpoint_stop(struct trv__endpoint *endpoint, bool foreign);

/* --- snapshot.c ------------------------------------------------------------------------------------- */

#define TRV__SITES 256

/* Names of call sites that were looked up before. */
struct trv__site_names {
	struct {
		const void *site;
		char name[120];
	} names[TRV__SITES];
};

/* A snapshot as lines of fields, with at most so many statements. */
void trv__snapshot_put(struct trv_db *db, struct trv__site_names *names, size_t statements, struct trv__text *text);

#endif
