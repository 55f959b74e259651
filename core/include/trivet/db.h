/**
 * @file db.h
 * A database: a URL, the models that it holds, and a pool of connections. A program
 * opens one at its start and shares it between its threads.
 *
 *     struct trv_db *db = NULL;
 *     struct trv_error err = { 0 };
 *     int r = trv_open(&db, &(struct trv_options){
 *             .url = "sqlite:tracker.db", .models = &tracker_models,
 *     }, &err);
 *
 * URLs: `sqlite:path`, `sqlite:///abs/path`, `sqlite::memory:` (one connection),
 * `postgresql://...`, `mariadb://...`; these may name several hosts, of which the one that takes
 * writes is found (docs/replicas.md). SQLite takes `?mode=ro`, `rw` or `rwc` (the
 * default: create the file). A server that is not local must prove by TLS who it is, unless the URL
 * says otherwise: docs/engines.md.
 */
#ifndef TRIVET_DB_H
#define TRIVET_DB_H

#include <trivet/arena.h>
#include <trivet/registry.h>
#include <trivet/status.h>

TRV_BEGIN_DECLS

struct trv_db;
struct trv_driver;
struct trv_plugin;

#define TRV_MAX_PLUGINS 32
#define TRV_MAX_REPLICAS 8

/** Of a time in milliseconds: without limit. */
#define TRV_NEVER (~0u)

struct trv_pool_holder;
struct trv_notice;

/** What they do, and how to watch them: trivet/pool.h. */
struct trv_pool_options {
	unsigned size; /* connections that are kept; 0 is 4 */
	unsigned acquire_ms; /* how long a session waits for one; 0 is 5,000 */
	unsigned overflow; /* connections beyond `size` while sessions wait; closed when they come back */
	unsigned min_idle; /* kept open and ready by a thread of the pool, as far as `size` allows */
	unsigned idle_ms; /* an idle connection is closed after that; 0 is 600,000; TRV_NEVER */
	unsigned lifetime_ms; /* any connection is, less up to a tenth at random; 0 is 1,800,000; TRV_NEVER */
	unsigned ping_idle_ms; /* one that was idle for so long is asked before it is used; 0 is 500; TRV_NEVER */
	unsigned close_ms; /* how long trv_close waits for sessions that hold one; 0 is 5,000 */
	unsigned leak_ms; /* who holds one for longer is reported; 0: nobody is */
	/** Called by the pool's thread, once for each such borrow. It must not use the database. Optional. */
	void (*leaked)(const struct trv_pool_holder *holder, void *argument);
	void *leaked_argument;
};

/** What is watched: trivet/monitor.h. */
struct trv_monitor_options {
	unsigned shapes; /* statements that are counted each for itself; all others are one. 0 is 1,000 */
	unsigned slow_query_ms; /* a statement that took so long is noticed; 0 is 500; TRV_NEVER */
	unsigned slow_acquire_ms; /* so is a session that waited so long for a connection; 0 is 100; TRV_NEVER */
	unsigned repeats; /* and a read that one line of a session repeats more often; 0 is 10; TRV_NEVER */
	unsigned notices; /* how many of these are kept; 0 is 128 */
	/** Called for each of them; trivet/monitor.h tells by whom. Optional. */
	void (*notice)(const struct trv_notice *notice, void *argument);
	void *notice_argument;
	/**
	 * Path of a Unix socket on which the library answers `trivet top` and other readers: docs/monitoring.md.
	 * %p in it is the process' number. NULL: the environment's TRIVET_MONITOR, if that is set.
	 */
	const char *socket;
};

/** Zero means the default, everywhere. Read during the call only, but for `models` and `plugins`. */
struct trv_options {
	const char *url;
	const struct trv_model_set *models; /* or NULL */
	const struct trv_plugin *plugins[TRV_MAX_PLUGINS]; /* linked statically; their models are added */
	struct trv_pool_options pool;
	struct trv_monitor_options monitor;
	unsigned connect_ms; /* deadline of a connect; 0 is 5,000 */
	unsigned query_ms; /* deadline of a statement, waiting for locks included; 0 is 30,000 */
	unsigned statements; /* compiled queries kept by each connection; 0 is 256 */
	size_t arena_cap; /* bytes that one session may hold; 0 is no limit */
	struct trv_allocator allocator; /* zero is malloc */
	bool accept_any_contract; /* open a database made from another version of the models */
	const struct trv_driver *driver; /* a driver that is not built in; NULL: by the URL's scheme */
	/** Servers that follow the one of `url` and may serve reads: trivet/replica.h. */
	const char *replicas[TRV_MAX_REPLICAS];
	struct trv_pool_options replica_pool; /* of each of them; with size 0 all of it is as `pool` */
	unsigned replica_lag_ms; /* one that is farther behind is set aside; 0 is 10,000; TRV_NEVER */
};

/**
 * Opens a database: finds the driver, checks the models, starts the plugins, connects
 * once and compares the contract marker. A database without a marker is a stranger's
 * and is taken as it is. TRV_ERR_URL, TRV_ERR_MODEL, TRV_ERR_CONNECT, TRV_ERR_CONTRACT.
 */
TRV_API TRV_MUST_CHECK int trv_open(struct trv_db **db, const struct trv_options *options, struct trv_error *error);

/**
 * Closes the pool; NULL is fine. Sessions should be closed before: one that still holds a
 * connection is waited for (`pool.close_ms`). From then on no session borrows one; what a
 * session holds all the same is closed when it gives it back, and the memory goes with the
 * last session. In a child of fork() nothing is sent on the parent's connections.
 */
TRV_API void trv_close(struct trv_db *db);

TRV_API const struct trv_registry *trv_db_registry(const struct trv_db *db);

/** "sqlite", "postgresql", "mariadb" or the name of another driver. */
TRV_API const char *trv_db_driver(const struct trv_db *db);

struct trv_session;

/**
 * Creates the tables, indexes and checks of every registered model, in one transaction
 * where the engine can, and stores the contract marker. TRV_ERR_MODEL when a table or a
 * marker is there already; nothing is changed then.
 */
TRV_API TRV_MUST_CHECK int trv_schema_create(struct trv_session *session);

TRV_END_DECLS

#endif
