/**
 * @file replica.h
 * Replicas: servers that follow the one that is written, and may serve reads.
 *
 *     trv_open(&db, &(struct trv_options){
 *             .url = "postgresql://db1,db2/shop",
 *             .replicas = { "postgresql://db2/shop", "postgresql://db3/shop" },
 *     }, &err);
 *     ...
 *     trv_session_allow_replicas(s, true);
 *
 * Each replica has a pool of its own (`replica_pool`). Only what the program allows goes
 * there: the generated reads (get, find, one, each, page, count, exists, aggregate, and
 * relations that are loaded later) of a session that was told so, outside transactions.
 * Writes, transactions, `.lock` and raw SQL go to the primary.
 *
 * A session reads what it wrote: after a write its reads go to the primary until a replica
 * is known to show that write. It keeps to one replica for as long as that one is in use, so
 * that what it reads does not become older from call to call; when it has to change, it may.
 *
 * A thread of the database asks the primary how far its history goes, and the replicas whether
 * they got there: once in a second, more often with a short `replica_lag_ms` and while a session
 * that wrote wants to read. A replica that was behind for longer than `replica_lag_ms`, or
 * that does not answer, is set aside and tried again, with growing, jittered pauses up to two
 * seconds; it comes back when it has caught up. While the primary is away, replicas that had all that was
 * known of it stay in use. A read that fails because its replica is lost, or because
 * replication broke it off, is run again elsewhere: on another replica, then on the primary.
 *
 * What an engine tells of its history: docs/replicas.md.
 */
#ifndef TRIVET_REPLICA_H
#define TRIVET_REPLICA_H

#include <trivet/pool.h>
#include <trivet/session.h>

TRV_BEGIN_DECLS

/** From now on its reads may go to a replica, or not any more. A database without replicas has none to go to. */
TRV_API void trv_session_allow_replicas(struct trv_session *session, bool allow);

struct trv_replica_stats {
	bool in_use; /* else it is set aside, or was not asked yet */
	uint64_t behind; /* nanoseconds for which it lacks something; 0: it has all that is known. Exact to a second */
	uint64_t set_aside; /* how often */
	char failure[160]; /* why the last connect failed; "" where none did. No password is in it */
	struct trv_pool_stats pool;
};

/** How many replicas a database has. Any thread. */
TRV_API size_t trv_replica_count(const struct trv_db *db);

/** A snapshot of one, in the order of the options; of zeros where there is none. Any thread. */
TRV_API void trv_replica_stats(struct trv_db *db, size_t replica, struct trv_replica_stats *stats);

TRV_END_DECLS

#endif
