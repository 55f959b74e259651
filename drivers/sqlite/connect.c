/*
 * Opening a database: reading its URL, opening the file, and ending a connection.
 *
 *     sqlite:path   sqlite:///abs/path   sqlite::memory:   ?mode=ro, rw or rwc
 */
#include "internal.h"
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int flags;
} modes[] = {
	{ "ro", SQLITE_OPEN_READONLY },
	{ "rw", SQLITE_OPEN_READWRITE },
	{ "rwc", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE },
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* %-decodes `size` bytes into `to`. False for a broken escape or a NUL. */
static bool decode_path(char *to, const char *from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = from[i];

		if (c == '%') {
			int high = i + 2 < size ? hex_digit(from[i + 1]) : -1;
			int low = i + 2 < size ? hex_digit(from[i + 2]) : -1;

			if (high < 0 || low < 0 || high + low == 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		*to++ = c;
	}
	*to = '\0';
	return true;
}

/* What stands behind '?', as mode=ro. */
static int read_mode(const char *url, const char *query, int *ret_flags, struct trv_error *error)
{
	static const char key[] = "mode=";

	if (strncmp(query, key, sizeof(key) - 1) != 0)
		return trv_error_set(error, TRV_ERR_URL, "'%s': the one parameter is mode=ro, rw or rwc", url);
	const char *value = query + sizeof(key) - 1;
	for (size_t i = 0; i < TRV_COUNT_OF(modes); i++) {
		if (strcmp(modes[i].name, value) == 0) {
			*ret_flags = modes[i].flags;
			return 0;
		}
	}
	return trv_error_set(error, TRV_ERR_URL, "'%s': mode '%s' is none of ro, rw and rwc", url, value);
}

/* The part of the URL that names the file: from `*ret_path`, `*ret_size` bytes. */
static int split_url(const char *url, const char **ret_path, size_t *ret_size, int *ret_flags, struct trv_error *error)
{
	static const char scheme[] = "sqlite:";
	const char *path = url + sizeof(scheme) - 1;

	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		return trv_error_set(error, TRV_ERR_URL, "'%s': does not begin with 'sqlite:'", url);
	if (strncmp(path, "//", 2) == 0) {
		path += 2;
		if (*path != '/') {
			trv_error_set(error, TRV_ERR_URL, "'%s': SQLite has no host", url);
			trv_error_hint(error, "sqlite:relative/path or sqlite:///absolute/path");
			return TRV_ERR_URL;
		}
	}
	size_t size = strcspn(path, "?");
	if (size == 0)
		return trv_error_set(error, TRV_ERR_URL, "'%s': names no file", url);
	*ret_path = path;
	*ret_size = size;
	*ret_flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	return path[size] ? read_mode(url, path + size + 1, ret_flags, error) : 0;
}

/* Gives a connection that has its path but no database handle yet. */
static int create(const struct trv_connect_options *options, struct sqlite_connection **ret, int *ret_flags,
                  struct trv_error *error)
{
	/* SQLite may be built to take names that begin so for its own kind of URL. */
	static const char uri[] = "file:", here[] = "./";
	const char *path = NULL;
	size_t size = 0;

	int r = split_url(options->url, &path, &size, ret_flags, error);
	if (r < 0)
		return r;
	struct sqlite_connection *connection =
		trv_allocate(options->allocator, sizeof(*connection) + sizeof(here) + size);
	if (!connection)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	memset(connection, 0, sizeof(*connection));
	if (!decode_path(connection->path, path, size)) {
		trv_release(options->allocator, connection);
		return trv_error_set(error, TRV_ERR_URL, "'%s': a broken %% escape", options->url);
	}
	if (strncmp(connection->path, uri, sizeof(uri) - 1) == 0) {
		memmove(connection->path + sizeof(here) - 1, connection->path, strlen(connection->path) + 1);
		memcpy(connection->path, here, sizeof(here) - 1);
	}
	connection->base.driver = &trv__sqlite_driver;
	connection->base.dialect = &trv__sqlite_dialect;
	connection->allocator = options->allocator;
	connection->memory = strcmp(connection->path, ":memory:") == 0;
	*ret = connection;
	return 0;
}

/* What failed becomes "cannot open", but for what the caller can wait out. */
static int refuse(struct sqlite_connection *connection, int native, struct trv_error *error)
{
	int code = trv__sqlite_code(native);
	bool passing = code == TRV_ERR_NOMEM || code == TRV_ERR_BUSY;
	const char *text = connection->db ? sqlite3_errmsg(connection->db) : sqlite3_errstr(native);
	int system_error = connection->db ? sqlite3_system_errno(connection->db) : 0;

	code = passing ? code : TRV_ERR_CONNECT;
	trv_error_set(error, code, "cannot open '%s': %s", connection->path, text);
	if ((native & 0xff) == SQLITE_CANTOPEN && system_error)
		trv_error_detail(error, "%s", strerror(system_error));
	else
		trv_error_detail(error, "%s", sqlite3_errstr(native));
	error->native = native;
	error->retryable = code == TRV_ERR_BUSY;
	return code;
}

static int open_file(struct sqlite_connection *connection, int flags, struct trv_error *error)
{
	flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int native = sqlite3_open_v2(connection->path, &connection->db, flags, NULL);
	if (native != SQLITE_OK)
		return refuse(connection, native, error);
	trv__sqlite_install_handlers(connection);
	native = trv__sqlite_add_functions(connection->db);
	if (native == SQLITE_OK)
		native = trv__sqlite_add_rows(connection->db);
	/* The file is first looked at here: one that is no database fails now, not later. */
	if (native == SQLITE_OK)
		native = sqlite3_exec(connection->db, "PRAGMA schema_version", NULL, NULL, NULL);
	if (native == SQLITE_OK)
		native = trv__sqlite_apply_settings(connection);
	return native == SQLITE_OK ? 0 : refuse(connection, native, error);
}

int trv__sqlite_connect(const struct trv_connect_options *options, struct trv_connection **ret, struct trv_error *error)
{
	struct sqlite_connection *connection = NULL;
	int flags = 0;

	if (sqlite3_threadsafe() == 0)
		return trv_error_set(error, TRV_ERR_CONNECT, "this SQLite was built without support for threads");
	int r = create(options, &connection, &flags, error);
	if (r < 0)
		return r;
	sqlite_begin(connection, options->deadline);
	r = open_file(connection, flags, error);
	if (r < 0) {
		trv__sqlite_close(&connection->base);
		return r;
	}
	connection->touched = false; /* by ourselves until now */
	*ret = &connection->base;
	return 0;
}

void trv__sqlite_close(struct trv_connection *base)
{
	struct sqlite_connection *connection = sqlite_connection_of(base);

	for (size_t i = 0; i < TRV_COUNT_OF(connection->controls); i++)
		sqlite3_finalize(connection->controls[i]);
	/* v2: statements that the caller made through the native handle do not keep the file open for ever. */
	sqlite3_close_v2(connection->db);
	trv_release(connection->allocator, connection);
}

int trv__sqlite_ping(struct trv_connection *base, uint64_t deadline, struct trv_error *error)
{
	return trv__sqlite_run(base, "SELECT 1", deadline, error);
}

/*
 * Any thread may call this while the connection is open; the core does not close it
 * meanwhile. Nothing that starts later is hit: SQLite forgets the interrupt when no
 * statement runs, and the flag is cleared when the next operation begins.
 */
int trv__sqlite_cancel(struct trv_connection *base, struct trv_error *error)
{
	struct sqlite_connection *connection = sqlite_connection_of(base);

	(void)error;
	atomic_store(&connection->canceled, true);
	sqlite3_interrupt(connection->db);
	return 0;
}
