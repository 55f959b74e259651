/*
 * The engine's switches. They are set when a connection opens; an authorizer then
 * watches whether a borrower moves one (PRAGMA), attaches a file or makes a temporary
 * object, so that giving back a clean connection costs nothing.
 */
#include "internal.h"
#include <strings.h>
#include <time.h>

/*
 * Steps of the virtual machine between looks at the clock, some 20 us. The looks cost
 * nothing that can be measured; that there is a handler costs 7 ns of a row's 240.
 */
#define PROGRESS_STEPS 2000

static const struct {
	int option;
	int value;
} switches[] = {
	{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
	{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 1 },
	{ SQLITE_DBCONFIG_ENABLE_VIEW, 1 },
	/* SQL that a hostile file's schema holds calls no function with side effects ... */
	/* ... and no SQL can damage the file itself. */
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
	{ SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0 },
	{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
	/* "titel" is a column that does not exist, not a string. Schemas that are there already still load. */
	{ SQLITE_DBCONFIG_DQS_DML, 0 },
	{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	{ SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 0 },
};

/*
 * Durability: synchronous = FULL, so an acknowledged commit outlives a power cut, as on
 * the other engines. In WAL, NORMAL would lose the last commits then; it saves one
 * fdatasync per commit (measured on a virtual disk: 0.2 to 0.5 ms, the rest of a commit
 * 0.01 to 0.04 ms), which a program gets back by larger transactions.
 */
static const char *const pragmas[] = {
	"PRAGMA synchronous = FULL",
	"PRAGMA case_sensitive_like = ON", /* LIKE means the same on every engine */
	"PRAGMA cell_size_check = ON",
	"PRAGMA recursive_triggers = ON",
	"PRAGMA query_only = OFF",
	"PRAGMA ignore_check_constraints = OFF",
	"PRAGMA defer_foreign_keys = OFF",
	"PRAGMA read_uncommitted = OFF",
	"PRAGMA reverse_unordered_selects = OFF",
	"PRAGMA automatic_index = ON",
	"PRAGMA locking_mode = NORMAL",
	"PRAGMA full_column_names = OFF",
	"PRAGMA short_column_names = ON",
};

/* A row of a stream begins to count here, so that reading one costs no look at the clock. */
static uint64_t deadline_at(struct sqlite_connection *connection, uint64_t now)
{
	if (connection->span && !connection->deadline)
		connection->deadline = now + connection->span;
	return connection->deadline;
}

/* Called while another connection holds a lock; 0 gives up. */
static int wait_for_lock(void *argument, int tries)
{
	static const uint8_t pauses[] = { 0, 1, 1, 2, 3, 5, 8, 12, 20 }; /* ms; the first try only yields */
	struct sqlite_connection *connection = argument;
	size_t step = (size_t)tries < sizeof(pauses) ? (size_t)tries : sizeof(pauses) - 1;
	uint64_t pause = (uint64_t)pauses[step] * 1000000 + 50000;

	if (atomic_load_explicit(&connection->canceled, memory_order_relaxed))
		return 0;
	uint64_t now = trv_monotonic();
	if (deadline_at(connection, now)) {
		if (now >= connection->deadline)
			return 0;
		if (pause > connection->deadline - now)
			pause = connection->deadline - now;
	}
	nanosleep(&(struct timespec) { .tv_nsec = (long)pause }, NULL);
	return 1;
}

/* Called every PROGRESS_STEPS while a statement runs; not 0 interrupts it. */
static int look_at_clock(void *argument)
{
	struct sqlite_connection *connection = argument;

	if (atomic_load_explicit(&connection->canceled, memory_order_relaxed))
		return 1;
	uint64_t now = trv_monotonic();
	uint64_t deadline = deadline_at(connection, now);
	if (deadline && now >= deadline)
		connection->timed_out = true;
	return connection->timed_out;
}

/* Pragmas with an argument that only look. */
static const char *const looking[] = {
	"table_info",       "table_xinfo",       "table_list",      "index_list",  "index_info", "index_xinfo",
	"foreign_key_list", "foreign_key_check", "integrity_check", "quick_check", "optimize",   "wal_checkpoint",
};

static bool is_looking(const char *name)
{
	for (size_t i = 0; i < TRV_COUNT_OF(looking); i++)
		if (strcasecmp(looking[i], name) == 0)
			return true;
	return false;
}

/* Called while statements are prepared: sees what would outlive the borrower, forbids nothing. */
static int watch(void *argument, int action, const char *name, const char *value, const char *database,
                 const char *trigger)
{
	struct sqlite_connection *connection = argument;

	(void)database, (void)trigger;
	switch (action) {
	case SQLITE_PRAGMA:
		if (value && !is_looking(name))
			connection->touched = true;
		break;
	case SQLITE_ATTACH:
	case SQLITE_CREATE_TEMP_TABLE:
	case SQLITE_CREATE_TEMP_VIEW:
	case SQLITE_CREATE_TEMP_TRIGGER:
	case SQLITE_CREATE_TEMP_INDEX:
		connection->touched = true;
		break;
	default:
		break;
	}
	return SQLITE_OK;
}

void trv__sqlite_install_handlers(struct sqlite_connection *connection)
{
	sqlite3_busy_handler(connection->db, wait_for_lock, connection);
	sqlite3_progress_handler(connection->db, PROGRESS_STEPS, look_at_clock, connection);
	sqlite3_set_authorizer(connection->db, watch, connection);
}

static int set_switches(sqlite3 *db)
{
	int native = SQLITE_OK;

	for (size_t i = 0; i < TRV_COUNT_OF(switches) && native == SQLITE_OK; i++)
		native = sqlite3_db_config(db, switches[i].option, switches[i].value, (int *)NULL);
	for (size_t i = 0; i < TRV_COUNT_OF(pragmas) && native == SQLITE_OK; i++)
		native = sqlite3_exec(db, pragmas[i], NULL, NULL, NULL);
	return native;
}

/*
 * Readers and a writer do not block each other in WAL. It is a property of the file and
 * stays; a file that cannot have it (read-only, or in a folder where nothing may be
 * created) keeps its rollback journal. Two connections that switch a new file at once
 * get SQLITE_BUSY without the busy handler having been asked, so the wait is here.
 */
static int set_journal(struct sqlite_connection *connection)
{
	int native, code, tries = 0;

	if (connection->memory || sqlite3_db_readonly(connection->db, "main") == 1)
		return SQLITE_OK;
	do {
		native = sqlite3_exec(connection->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		code = trv__sqlite_code(native);
	} while (code == TRV_ERR_BUSY && wait_for_lock(connection, tries++));

	return code == TRV_ERR_IO || code == TRV_ERR_READ_ONLY ? SQLITE_OK : native;
}

int trv__sqlite_apply_settings(struct sqlite_connection *connection)
{
	int native = set_switches(connection->db);

	return native == SQLITE_OK ? set_journal(connection) : native;
}

/* Runs, one at a time, the statements that `query` gives as text, until it gives none. */
static int run_each(struct sqlite_connection *connection, const char *query, struct trv_error *error)
{
	for (;;) {
		sqlite3_stmt *handle = NULL;
		int native = sqlite3_prepare_v2(connection->db, query, -1, &handle, NULL);
		char *sql = NULL;

		if (native == SQLITE_OK && (native = sqlite3_step(handle)) == SQLITE_ROW)
			sql = sqlite3_mprintf("%s", sqlite3_column_text(handle, 0));
		bool more = native == SQLITE_ROW;
		sqlite3_finalize(handle);
		if (more)
			native = sql ? sqlite3_exec(connection->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
		sqlite3_free(sql);
		if (native != SQLITE_OK && native != SQLITE_DONE)
			return trv__sqlite_fail(connection, native, error);
		if (!more)
			return 0;
	}
}

static int remove_objects(struct sqlite_connection *connection, struct trv_error *error)
{
	/* Triggers and views go before tables; indexes go with their table. */
	int r = run_each(connection,
	                 "SELECT format('DROP %s temp.\"%w\"', type, name) FROM temp.sqlite_schema"
	                 " WHERE type <> 'index' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
	                 " ORDER BY type DESC LIMIT 1",
	                 error);
	if (r == 0)
		r = run_each(connection,
		             "SELECT format('DETACH \"%w\"', name) FROM pragma_database_list"
		             " WHERE name NOT IN ('main', 'temp') LIMIT 1",
		             error);
	return r;
}

int trv__sqlite_reset(struct trv_connection *base, uint64_t deadline, struct trv_error *error)
{
	struct sqlite_connection *connection = sqlite_connection_of(base);
	int r = 0;

	sqlite_begin(connection, deadline);
	for (sqlite3_stmt *s = NULL; (s = sqlite3_next_stmt(connection->db, s)) != NULL;)
		if (sqlite3_stmt_busy(s))
			sqlite3_reset(s);
	if (!sqlite3_get_autocommit(connection->db))
		r = trv__sqlite_run(base, "ROLLBACK", deadline, error);
	if (r == 0 && connection->touched) {
		trv__sqlite_install_handlers(connection);
		int native = trv__sqlite_apply_settings(connection);
		r = native == SQLITE_OK ? remove_objects(connection, error)
		                        : trv__sqlite_fail(connection, native, error);
	}
	if (r == 0)
		connection->touched = false;
	sqlite_settle(connection);
	return r;
}
