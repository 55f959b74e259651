/* Opening and closing a database; the contract marker; creating the schema. */
#include "monitor/endpoint.h"
#include "plugin/host.h"
#include "session/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trivet/ddl.h>

#define MARKER_TABLE "trivet_contract"

static unsigned or_default(unsigned value, unsigned usual)
{
	return value ? value : usual;
}

static int find_driver(struct trv_db *db, const struct trv_options *options, struct trv_error *error)
{
	if (!options->url || !*options->url)
		return trv_error_set(error, TRV_ERR_URL, "no database URL is given");
	const struct trv_driver *driver = options->driver ? options->driver : trv_driver_for_url(options->url);
	if (!driver) {
		const char *colon = strchr(options->url, ':');
		int length = colon ? (int)(colon - options->url) : 0;

		if (length > 32)
			length = 32;
		int r = trv_error_set(error, TRV_ERR_URL, "no driver for database URLs that begin with '%.*s:'", length,
		                      options->url);
		trv_error_hint(error, "URLs begin with sqlite:, postgresql: or mariadb:, as far as their drivers are "
		                      "built in; another driver is given as .driver");
		return r;
	}
	return trv__driver_take(&db->driver, driver, error);
}

static int fill_registry(struct trv_db *db, const struct trv_options *options, struct trv_error *error)
{
	int r = trv_registry_create(&db->registry, &db->allocator);

	if (r < 0)
		return trv_error_set(error, r, "out of memory for the registry");
	if (options->models)
		r = trv_registry_add(db->registry, options->models, error);
	for (size_t i = 0; i < db->plugin_count && r >= 0; i++)
		if (db->plugins[i]->models)
			r = trv_registry_add(db->registry, db->plugins[i]->models, error);
	return r < 0 ? r : trv_registry_check(db->registry, error);
}

static struct trv__pool_settings pool_settings(struct trv_db *db, const struct trv_options *options)
{
	return (struct trv__pool_settings) {
		.driver = &db->driver,
		.db = db,
		.url = db->url,
		.allocator = &db->allocator,
		.monitor = &db->monitor,
		.connect_ms = or_default(options->connect_ms, 5000),
		.query_ms = db->query_ms,
		.statements = or_default(options->statements, 256),
		/* each connection to a database in memory has a database of its own */
		.in_memory = strstr(db->url, ":memory:") != NULL,
		.options = options->pool,
	};
}

static int make_pool(struct trv_db *db, const struct trv_options *options, struct trv_error *error)
{
	struct trv__pool_settings settings = pool_settings(db, options);

	return trv__pool_create(&db->pool, &settings, error);
}

/* --- replicas ------------------------------------------------------------------------------------- */

static int check_replica(const struct trv_db *db, const struct trv_options *options, size_t i, struct trv_error *error)
{
	const char *url = options->replicas[i];

	if (strstr(db->url, ":memory:") || strstr(url, ":memory:"))
		return trv_error_set(error, TRV_ERR_URL, "a database in memory has no replicas");
	if (!options->driver && trv_driver_for_url(url) != trv_driver_for_url(db->url))
		return trv_error_set(error, TRV_ERR_URL, "the URL of replica %zu is not one of %s", i + 1,
		                     db->driver.table.name);
	return 0;
}

/* Each pool is a user of the database: it may be the last to give it up. */
static int make_replica_pool(struct trv_db *db, const struct trv_options *options, size_t i, struct trv_error *error)
{
	struct trv__pool_settings settings = pool_settings(db, options);
	int r = check_replica(db, options, i, error);

	if (r < 0)
		return r;
	if (options->replica_pool.size)
		settings.options = options->replica_pool;
	settings.replica = true;
	settings.url = trv_arena_strdup(&db->arena, options->replicas[i]);
	if (!settings.url)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a database");
	r = trv__pool_create(&db->replica_pools[i], &settings, error);
	if (r >= 0)
		atomic_fetch_add(&db->users, 1);
	return r;
}

static int make_replicas(struct trv_db *db, const struct trv_options *options, struct trv_error *error)
{
	struct trv__replicas_settings settings = {
		.allocator = &db->allocator,
		.primary = db->pool,
		.lag_ms = or_default(options->replica_lag_ms, 10000),
	};
	int r = 0;

	for (size_t i = 0; i < TRV_MAX_REPLICAS && options->replicas[i] && r >= 0; i++) {
		r = make_replica_pool(db, options, i, error);
		settings.pools[i] = db->replica_pools[i];
		settings.count = i + 1;
	}
	if (r < 0 || !settings.count)
		return r;
	return trv__replicas_create(&db->replicas, &settings, error);
}

/* --- the marker ----------------------------------------------------------------------------------- */

static int table_exists(struct trv_session *session, const char *table, bool *exists)
{
	int64_t count = 0;
	int r = trv__fetch_integer(session, &count, trv__dialect(session)->table_exists, table);

	if (r >= 0)
		*exists = count > 0;
	return r;
}

static uint64_t contract_of(const struct trv_session *session)
{
	return trv_registry_contract(session->db->registry);
}

/* The marker is one row; its contract is kept as a signed number, which every engine has. */
static int compare_marker(struct trv_session *session)
{
	bool marked = false;
	int64_t stored = 0;
	int r = table_exists(session, MARKER_TABLE, &marked);

	if (r < 0 || !marked)
		return r;
	r = trv__fetch_integer(session, &stored, "SELECT contract FROM " MARKER_TABLE " WHERE name = 'models'", NULL);
	if (r == TRV_ERR_NOT_FOUND)
		return 0;
	if (r < 0 || (uint64_t)stored == contract_of(session))
		return r;
	r = trv_error_set(&session->error, TRV_ERR_CONTRACT,
	                  "the database was made from another version of the models (its contract is %016" PRIx64
	                  ", the program's %016" PRIx64 ")",
	                  (uint64_t)stored, contract_of(session));
	trv_error_hint(&session->error, "migrate the database, or set .accept_any_contract to open it all the same");
	return r;
}

static int check_marker(struct trv_db *db, const struct trv_options *options, struct trv_error *error)
{
	struct trv_session *session = NULL;
	struct trv__call call;
	int r = trv_session_open(db, &session, error);

	if (r < 0)
		return r;
	r = trv__enter(session, &call, NULL);
	if (r >= 0)
		r = trv__leave(session, &call, options->accept_any_contract ? 0 : compare_marker(session));
	if (r < 0 && error)
		*error = session->error;
	trv_session_close(session);
	return r;
}

/* --- open and close -------------------------------------------------------------------------------- */

void trv__db_release(struct trv_db *db)
{
	struct trv_allocator allocator = db->allocator;

	if (atomic_fetch_sub(&db->users, 1) > 1)
		return;
	trv__replicas_destroy(db->replicas);
	trv__pool_destroy(db->pool);
	for (size_t i = 0; i < TRV_MAX_REPLICAS; i++)
		trv__pool_destroy(db->replica_pools[i]);
	trv__monitor_release(&db->monitor);
	trv_registry_destroy(db->registry);
	trv_arena_release(&db->arena);
	trv_release(&allocator, db);
}

/* The last of them may free the database. */
static void close_pools(struct trv_db *db)
{
	struct trv__pool *pools[TRV_MAX_REPLICAS];

	trv__replicas_stop(db->replicas);
	memcpy(pools, db->replica_pools, sizeof(pools));
	for (size_t i = 0; i < TRV_MAX_REPLICAS; i++)
		if (pools[i] && trv__pool_close(pools[i]))
			trv__db_release(db);
	if (!db->pool || trv__pool_close(db->pool))
		trv__db_release(db);
}

/*
 * What the program asks for has to be there. What the environment asks for is a favour: a program does
 * not fail for it, as when a second one runs.
 */
static int start_endpoint(struct trv_db *db, const struct trv_options *options, struct trv_error *error)
{
	const char *path = options->monitor.socket, *wanted = getenv("TRIVET_MONITOR");
	struct trv_error ignored;

	if (path)
		return trv__endpoint_start(&db->endpoint, db, path, &db->allocator, error);
	if (wanted && *wanted)
		(void)!trv__endpoint_start(&db->endpoint, db, wanted, &db->allocator, &ignored);
	return 0;
}

static int open_all(struct trv_db *db, const struct trv_options *options, struct trv_error *error)
{
	int r = find_driver(db, options, error);

	if (r < 0)
		return r;
	db->url = trv_arena_strdup(&db->arena, options->url);
	if (!db->url)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a database");
	r = trv__plugins_order(options->plugins, db->plugins, &db->plugin_count, error);
	if (r >= 0)
		r = fill_registry(db, options, error);
	if (r >= 0)
		r = make_pool(db, options, error);
	if (r >= 0)
		r = check_marker(db, options, error);
	if (r >= 0)
		r = make_replicas(db, options, error);
	if (r >= 0)
		r = trv__plugins_start(db->plugins, db->plugin_count, db, error);
	if (r < 0)
		return r;
	r = start_endpoint(db, options, error);
	if (r < 0)
		trv__plugins_stop(db->plugins, db->plugin_count, db);
	return r;
}

int trv_open(struct trv_db **db, const struct trv_options *options, struct trv_error *error)
{
	struct trv_db *made = trv_allocate(&options->allocator, sizeof(*made));

	if (!made)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a database");
	memset(made, 0, sizeof(*made));
	made->users = 1;
	made->allocator = options->allocator;
	made->query_ms = or_default(options->query_ms, 30000);
	made->arena_cap = options->arena_cap;
	trv_arena_init(&made->arena, &made->allocator, 0);
	int r = trv__monitor_init(&made->monitor, &made->allocator, &options->monitor);
	r = r < 0 ? trv_error_set(error, r, "out of memory for a database") : open_all(made, options, error);
	if (r < 0) {
		close_pools(made);
		return r;
	}
	*db = made;
	return 0;
}

void trv_close(struct trv_db *db)
{
	if (!db)
		return;
	trv__endpoint_stop(db->endpoint, trv__pool_is_foreign(db->pool));
	db->endpoint = NULL;
	trv__plugins_stop(db->plugins, db->plugin_count, db);
	close_pools(db);
}

struct trv__pool *trv__db_pool(const struct trv_db *db)
{
	return db->pool;
}

struct trv__pool *trv__db_pool_at(const struct trv_db *db, size_t i)
{
	if (i == 0)
		return db->pool;
	return i <= TRV_MAX_REPLICAS ? db->replica_pools[i - 1] : NULL;
}

struct trv__replicas *trv__db_replicas(const struct trv_db *db)
{
	return db->replicas;
}

const struct trv_registry *trv_db_registry(const struct trv_db *db)
{
	return db->registry;
}

const char *trv_db_driver(const struct trv_db *db)
{
	return db->driver.table.name;
}

/* --- creating the schema ------------------------------------------------------------------------------ */

static int run_sql(struct trv_session *session, const char *sql)
{
	struct trv_connection *connection = session->link->connection;
	uint64_t started = trv_monotonic();

	if (trv__is_canceled(session))
		return trv__refuse_canceled(session);
	session->stats.statements++;
	int r = connection->driver->run(connection, sql, trv__deadline(session), &session->error);
	session->ended = 0;
	trv__note_statement(session, &(struct trv_statement_event) {
					     .sql = sql,
					     .nanoseconds = trv_monotonic() - started,
					     .site = session->site,
					     .status = r,
				     });
	return r;
}

static int run_ddl(const char *statement, void *argument)
{
	return run_sql(argument, statement);
}

static int refuse_existing(struct trv_session *session)
{
	const struct trv_registry *registry = session->db->registry;
	bool exists = false;
	const char *table = MARKER_TABLE;
	int r = table_exists(session, table, &exists);

	for (size_t i = 0; i < trv_registry_count(registry) && r >= 0 && !exists; i++) {
		table = trv_registry_at(registry, i)->table;
		r = table_exists(session, table, &exists);
	}
	if (r < 0 || !exists)
		return r;
	return trv_error_set(&session->error, TRV_ERR_MODEL, "table '%s' exists already, so nothing was created",
	                     table);
}

static int store_marker(struct trv_session *session)
{
	const struct trv_dialect *dialect = trv__dialect(session);
	char sql[256];
	int r = run_sql(session, trv_ddl_marker_table(dialect));

	snprintf(sql, sizeof(sql), "INSERT INTO " MARKER_TABLE " (name, contract) VALUES ('models', %" PRId64 ")",
	         (int64_t)contract_of(session));
	return r < 0 ? r : run_sql(session, sql);
}

static int create_schema(struct trv_session *session)
{
	const struct trv_dialect *dialect = trv__dialect(session);
	int r = refuse_existing(session);

	if (r >= 0)
		r = trv_ddl_create(session->db->registry, dialect, run_ddl, session, &session->error);
	return r < 0 ? r : store_marker(session);
}

int trv_schema_create(struct trv_session *session)
{
	struct trv__call call;
	int r = trv__enter_write(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	bool whole = trv__dialect(session)->features[TRV_FEATURE_TRANSACTIONAL_DDL].level == TRV_NATIVE;
	r = whole ? trv__own_begin(session) : 0;
	if (r >= 0) {
		r = create_schema(session);
		r = whole ? trv__own_end(session, r) : r;
	}
	return trv__leave(session, &call, r);
}
