/*
 * What the server's and the client library's error numbers mean to Trivet, and what of
 * their text may be shown. The server quotes values ("Duplicate entry 'secret' for key
 * 'name'"): those are cut out before anyone sees them.
 */
#include "internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum trait {
	RETRY = 1 << 0, /* the whole transaction may be tried again */
	GONE = 1 << 1, /* the server has rolled the transaction back */
	BROKEN = 1 << 2, /* the connection is of no more use */
	HIDE = 1 << 3, /* the text quotes a value */
};

enum names {
	NAMES_NONE,
	NAMES_KEY, /* ... for key 'constraint' */
	NAMES_REFERENCE, /* (`database`.`table`, CONSTRAINT `constraint` FOREIGN KEY (`column`) ... */
	NAMES_CHECK, /* CONSTRAINT `constraint` failed for `database`.`table` */
	NAMES_COLUMN, /* ... column 'column' ... */
	NAMES_FIELD, /* Field 'column' ... */
	NAMES_TABLE, /* ... 'database.table' ... */
};

static const struct meaning {
	unsigned native;
	int code;
	unsigned traits;
	enum names names;
} meanings[] = {
	{ ER_DUP_ENTRY, TRV_ERR_UNIQUE, HIDE, NAMES_KEY },
	{ ER_DUP_ENTRY_WITH_KEY_NAME, TRV_ERR_UNIQUE, HIDE, NAMES_KEY },
	{ ER_DUP_KEY, TRV_ERR_UNIQUE, HIDE, NAMES_NONE },
	{ ER_NO_REFERENCED_ROW, TRV_ERR_FOREIGN_KEY, 0, NAMES_NONE },
	{ ER_ROW_IS_REFERENCED, TRV_ERR_FOREIGN_KEY, 0, NAMES_NONE },
	{ ER_NO_REFERENCED_ROW_2, TRV_ERR_FOREIGN_KEY, 0, NAMES_REFERENCE },
	{ ER_ROW_IS_REFERENCED_2, TRV_ERR_FOREIGN_KEY, 0, NAMES_REFERENCE },
	{ ER_BAD_NULL_ERROR, TRV_ERR_NOT_NULL, 0, NAMES_COLUMN },
	{ ER_NO_DEFAULT_FOR_FIELD, TRV_ERR_NOT_NULL, 0, NAMES_FIELD },
	{ ER_CONSTRAINT_FAILED, TRV_ERR_CHECK, 0, NAMES_CHECK },
	{ ER_DATA_TOO_LONG, TRV_ERR_VALUE, 0, NAMES_COLUMN },
	{ ER_WARN_DATA_OUT_OF_RANGE, TRV_ERR_VALUE, 0, NAMES_COLUMN },
	{ WARN_DATA_TRUNCATED, TRV_ERR_VALUE, 0, NAMES_COLUMN },
	{ ER_TRUNCATED_WRONG_VALUE, TRV_ERR_VALUE, HIDE, NAMES_NONE },
	{ ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, TRV_ERR_VALUE, HIDE, NAMES_COLUMN },
	{ ER_WRONG_VALUE, TRV_ERR_VALUE, HIDE, NAMES_NONE },
	{ ER_DATA_OUT_OF_RANGE, TRV_ERR_VALUE, HIDE, NAMES_NONE },
	{ ER_WRONG_VALUE_FOR_TYPE, TRV_ERR_VALUE, HIDE, NAMES_NONE },
	{ ER_NO_PARTITION_FOR_GIVEN_VALUE, TRV_ERR_VALUE, HIDE, NAMES_NONE },
	{ ER_DIVISION_BY_ZERO, TRV_ERR_VALUE, 0, NAMES_NONE },
	{ ER_CANNOT_CONVERT_CHARACTER, TRV_ERR_VALUE, HIDE, NAMES_NONE },
	{ ER_LOCK_DEADLOCK, TRV_ERR_DEADLOCK, RETRY | GONE, NAMES_NONE },
	{ ER_LOCK_WAIT_TIMEOUT, TRV_ERR_BUSY, RETRY, NAMES_NONE },
	{ ER_CHECKREAD, TRV_ERR_SERIALIZATION, RETRY, NAMES_NONE },
	{ ER_QUERY_INTERRUPTED, TRV_ERR_CANCELED, 0, NAMES_NONE },
	{ ER_STATEMENT_TIMEOUT, TRV_ERR_TIMEOUT, 0, NAMES_NONE },
	{ ER_ERROR_DURING_COMMIT, TRV_UNKNOWN_OUTCOME, GONE, NAMES_NONE },
	{ ER_UNKNOWN_COM_ERROR, TRV_ERR_CONNECT, BROKEN, NAMES_NONE }, /* Galera: the node is not ready */
	{ ER_CON_COUNT_ERROR, TRV_ERR_CONNECT, BROKEN, NAMES_NONE },
	{ ER_TOO_MANY_USER_CONNECTIONS, TRV_ERR_CONNECT, BROKEN, NAMES_NONE },
	{ ER_SERVER_SHUTDOWN, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ ER_NORMAL_SHUTDOWN, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ ER_CONNECTION_KILLED, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ ER_NET_READ_ERROR, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ ER_NET_READ_INTERRUPTED, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ ER_NET_ERROR_ON_WRITE, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ ER_NET_WRITE_INTERRUPTED, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ ER_NET_PACKETS_OUT_OF_ORDER, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ ER_NET_PACKET_TOO_LARGE, TRV_ERR_LIMIT, BROKEN, NAMES_NONE },
	{ ER_MAX_PREPARED_STMT_COUNT_REACHED, TRV_ERR_LIMIT, 0, NAMES_NONE },
	{ ER_OPTION_PREVENTS_STATEMENT, TRV_ERR_READ_ONLY, 0, NAMES_NONE },
	{ ER_READ_ONLY_MODE, TRV_ERR_READ_ONLY, 0, NAMES_NONE },
	{ ER_OPEN_AS_READONLY, TRV_ERR_READ_ONLY, 0, NAMES_NONE },
	{ ER_DBACCESS_DENIED_ERROR, TRV_ERR_PERMISSION, 0, NAMES_NONE },
	{ ER_ACCESS_DENIED_ERROR, TRV_ERR_PERMISSION, 0, NAMES_NONE },
	{ ER_TABLEACCESS_DENIED_ERROR, TRV_ERR_PERMISSION, 0, NAMES_NONE },
	{ ER_COLUMNACCESS_DENIED_ERROR, TRV_ERR_PERMISSION, 0, NAMES_NONE },
	{ ER_SPECIFIC_ACCESS_DENIED_ERROR, TRV_ERR_PERMISSION, 0, NAMES_NONE },
	{ ER_PROCACCESS_DENIED_ERROR, TRV_ERR_PERMISSION, 0, NAMES_NONE },
	{ ER_ACCESS_DENIED_NO_PASSWORD_ERROR, TRV_ERR_PERMISSION, 0, NAMES_NONE },
	{ ER_KILL_DENIED_ERROR, TRV_ERR_PERMISSION, 0, NAMES_NONE },
	{ ER_RECORD_FILE_FULL, TRV_ERR_FULL, 0, NAMES_NONE },
	{ ER_DISK_FULL, TRV_ERR_FULL, 0, NAMES_NONE },
	{ ER_OUTOFMEMORY, TRV_ERR_NOMEM, 0, NAMES_NONE },
	{ ER_OUT_OF_RESOURCES, TRV_ERR_NOMEM, 0, NAMES_NONE },
	{ ER_CRASHED_ON_USAGE, TRV_ERR_CORRUPT, 0, NAMES_NONE },
	{ ER_NOT_KEYFILE, TRV_ERR_CORRUPT, 0, NAMES_NONE },
	{ ER_NO_SUCH_TABLE, TRV_ERR_SQL, 0, NAMES_TABLE },
	{ ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, TRV_ERR_READ_ONLY, 0, NAMES_NONE },
	{ CR_SERVER_GONE_ERROR, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ CR_SERVER_LOST, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ CR_SERVER_LOST_EXTENDED, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ CR_STMT_CLOSED, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ CR_COMMANDS_OUT_OF_SYNC, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ CR_MALFORMED_PACKET, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ CR_SSL_CONNECTION_ERROR, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ CR_ERR_NET_READ, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ CR_ERR_NET_WRITE, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ CR_ERR_NET_UNCOMPRESS, TRV_ERR_LOST, BROKEN, NAMES_NONE },
	{ CR_NET_PACKET_TOO_LARGE, TRV_ERR_LIMIT, BROKEN, NAMES_NONE },
	{ CR_NEW_STMT_METADATA, TRV_ERR_MISMATCH, BROKEN, NAMES_NONE },
	{ CR_OUT_OF_MEMORY, TRV_ERR_NOMEM, BROKEN, NAMES_NONE },
};

static const struct meaning unknown = { 0, TRV_ERR_SQL, 0, NAMES_NONE };

static const struct meaning *meaning_of(unsigned native)
{
	for (size_t i = 0; i < TRV_COUNT_OF(meanings); i++)
		if (meanings[i].native == native)
			return &meanings[i];
	return &unknown;
}

/* The text between `open` behind `from` and the next `close`. */
static void copy_between(char *to, size_t size, const char *from, const char *open, char close)
{
	const char *begin = from ? strstr(from, open) : NULL;

	if (!begin)
		return;
	begin += strlen(open);
	const char *end = strchr(begin, close);
	if (!end)
		return;
	size_t length = (size_t)(end - begin);
	snprintf(to, size, "%.*s", (int)(length < size ? length : size - 1), begin);
}

/* The last place of `what` in `text`: what comes before may be a value that looks like it. */
static const char *last(const char *text, const char *what)
{
	const char *found = NULL;

	for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
		found = at;
	return found;
}

static void find_column(struct trv_error *error, const char *text)
{
	const char *at = last(text, "olumn ");

	if (!at)
		return;
	/* Either 'name' or `database`.`table`.`name`. */
	copy_between(error->column, sizeof(error->column), at, "olumn '", '\'');
	const char *table = strstr(at, "`.`");
	const char *column = table ? strstr(table + 3, "`.`") : NULL;
	if (column) {
		copy_between(error->table, sizeof(error->table), table, "`.`", '`');
		copy_between(error->column, sizeof(error->column), column, "`.`", '`');
	}
}

/* With ANSI_QUOTES, which we set, names of foreign keys come in double quotes. */
static void find_reference(struct trv_error *error, const char *text)
{
	char copy[sizeof(error->detail)];

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *quote = strchr(copy, '"'); quote; quote = strchr(quote, '"'))
		*quote = '`';
	copy_between(error->table, sizeof(error->table), copy, "`.`", '`');
	copy_between(error->constraint, sizeof(error->constraint), copy, "CONSTRAINT `", '`');
	copy_between(error->column, sizeof(error->column), copy, "FOREIGN KEY (`", '`');
}

static void find_names(struct trv_error *error, enum names names, const char *text)
{
	switch (names) {
	case NAMES_NONE:
		return;
	case NAMES_KEY:
		copy_between(error->constraint, sizeof(error->constraint), last(text, "for key '"), "for key '", '\'');
		return;
	case NAMES_REFERENCE:
		find_reference(error, text);
		return;
	case NAMES_CHECK:
		copy_between(error->constraint, sizeof(error->constraint), text, "CONSTRAINT `", '`');
		copy_between(error->table, sizeof(error->table), strstr(text, " failed for "), "`.`", '`');
		return;
	case NAMES_COLUMN:
		find_column(error, text);
		return;
	case NAMES_FIELD:
		copy_between(error->column, sizeof(error->column), text, "Field '", '\'');
		return;
	case NAMES_TABLE:
		copy_between(error->table, sizeof(error->table), text, ".", '\'');
		return;
	}
}

/* A check of a column has the column's name for its own, as `table`.`column`. */
static void split_check(struct trv_error *error)
{
	char *dot = strchr(error->constraint, '.');

	if (dot && strncmp(error->constraint, error->table, strlen(error->table)) == 0 &&
	    dot == error->constraint + strlen(error->table)) {
		snprintf(error->column, sizeof(error->column), "%s", dot + 1);
		memmove(error->constraint, dot + 1, strlen(dot + 1) + 1);
	}
}

/*
 * What may be shown of a text that quotes a value: what comes before the first quote, and
 * of a duplicate key its name. A value may hold anything, so nothing else is trusted to
 * be its end.
 */
static void hide_value(char *to, size_t size, const char *text, enum names names)
{
	const char *quote = strchr(text, '\'');
	const char *behind = names == NAMES_KEY ? last(text, "' for key ") : NULL;

	if (!quote)
		snprintf(to, size, "%s", text);
	else
		snprintf(to, size, "%.*s'...'%s", (int)(quote - text), text,
		         behind && behind > quote ? behind + 1 : "");
}

/* With the names that were found, else with what the server said. */
static void write_message(struct trv_error *error, const char *text)
{
	const char *line = trv_status_message(error->code);
	const char *name = error->constraint[0] ? error->constraint : error->column;
	const char *separator = error->table[0] ? "." : "";
	size_t size = sizeof(error->message);
	int length;

	if (name[0])
		length = snprintf(error->message, size, "%s: '%s%s%s'", line, error->table, separator, name);
	else
		length = snprintf(error->message, size, "%s: %s", line, text);
	if (length >= (int)size)
		memcpy(error->message + size - 4, "...", 4);
}

/* Fills all of `error`. `text` is the server's or the client library's. */
static int fill(struct trv_error *error, const struct meaning *meaning, unsigned native, const char *sqlstate,
                const char *text)
{
	char shown[sizeof(error->detail)];

	trv_error_clear(error);
	trv_error_set(error, meaning->code, "%s", trv_status_message(meaning->code));
	find_names(error, meaning->names, text);
	if (meaning->names == NAMES_CHECK)
		split_check(error);
	if (meaning->traits & HIDE)
		hide_value(shown, sizeof(shown), text, meaning->names);
	else
		snprintf(shown, sizeof(shown), "%s", text);
	if (shown[0])
		write_message(error, shown);
	trv_error_detail(error, "%s", shown);
	error->native = (int)native;
	snprintf(error->sqlstate, sizeof(error->sqlstate), "%s", sqlstate);
	error->retryable = meaning->traits & RETRY;
	return meaning->code;
}

void trv__mariadb_break(struct mariadb_connection *connection)
{
	connection->base.broken = true;
	connection->base.in_transaction = false;
	connection->began = false;
	/* Whatever Connector/C still wants to read or write (a result's rest, COM_QUIT) fails at once. */
	if (connection->mysql && connection->mysql->net.pvio)
		shutdown(mysql_get_socket(connection->mysql), SHUT_RDWR);
}

/*
 * The server itself takes no writes: it is a replica, or was taken out of service. Nothing
 * took place, and another server may take them by now.
 */
static bool is_read_only(const struct mariadb_connection *connection, unsigned native, const char *text)
{
	if (connection->replica)
		return false;
	/* other options prevent statements, too */
	return native == ER_READ_ONLY_MODE || (native == ER_OPTION_PREVENTS_STATEMENT && strstr(text, "--read-only"));
}

/*
 * A kill that meets a storage engine at its work comes out as that engine's failure (1939 where it looks for a
 * table). So the server's general error, after which no class of SQL errors is told, is taken for the kill
 * where one was sent; the server's own words are in `detail`.
 */
static const struct meaning *meaning_for(struct mariadb_connection *connection, unsigned native, const char *sqlstate)
{
	static const struct meaning killed = { 0, TRV_ERR_CANCELED, 0, NAMES_NONE };
	const struct meaning *meaning = meaning_of(native);

	if (meaning == &unknown && native < CR_MIN_ERROR && strcmp(sqlstate, "HY000") == 0 &&
	    trv__mariadb_is_canceled(connection))
		return &killed;
	return meaning;
}

/*
 * A deadline shows as a lost connection: the answer may still come, so the connection is
 * of no more use, and the statement may have taken effect.
 */
static int fail(struct mariadb_connection *connection, struct trv_error *error, unsigned native, const char *sqlstate,
                const char *text)
{
	const struct meaning *meaning = meaning_for(connection, native, sqlstate);

	if (trv__mariadb_wait_expired()) {
		trv__mariadb_break(connection);
		trv_error_clear(error);
		trv_error_set(error, TRV_ERR_TIMEOUT, "the deadline passed: the server has not answered");
		trv_error_detail(error, "the statement may have taken effect");
		error->native = (int)native;
		return TRV_ERR_TIMEOUT;
	}
	if (meaning->traits & GONE) {
		connection->base.in_transaction = false;
		connection->slipped = false;
		/* An error tells no status: what ends the statement later must not find the one from before. */
		connection->mysql->server_status &= ~(unsigned)SERVER_STATUS_IN_TRANS;
	}
	bool read_only = is_read_only(connection, native, text);
	if (meaning->traits & BROKEN || read_only)
		trv__mariadb_break(connection);
	int r = fill(error, meaning, native, sqlstate, text);
	error->retryable = error->retryable || read_only;
	return r;
}

int trv__mariadb_fail(struct mariadb_connection *connection, struct trv_error *error)
{
	MYSQL *mysql = connection->mysql;

	return fail(connection, error, mysql_errno(mysql), mysql_sqlstate(mysql), mysql_error(mysql));
}

int trv__mariadb_fail_statement(struct mariadb_connection *connection, MYSQL_STMT *stmt, struct trv_error *error)
{
	/* A row that did not come is told by the connection alone. */
	if (mysql_stmt_errno(stmt) == 0)
		return trv__mariadb_fail(connection, error);
	return fail(connection, error, mysql_stmt_errno(stmt), mysql_stmt_sqlstate(stmt), mysql_stmt_error(stmt));
}

/* Of a certificate with another name Connector/C says no more than that it is not valid. */
static const char *connect_text(MYSQL *mysql, const char *name, char *room, size_t size)
{
	const char *text = mysql_error(mysql);

	if (!strstr(text, "Validation of SSL server certificate failed"))
		return text;
	snprintf(room, size, "the server's certificate is not a valid one for the name '%s'", name);
	return room;
}

/* The client library's own failures (2000 and up) are all failures to connect here. */
int trv__mariadb_fail_connect(MYSQL *mysql, const struct mariadb_host *host, struct trv_error *error)
{
	unsigned native = mysql_errno(mysql);
	struct meaning meaning = *meaning_of(native);
	const char *name = *host->name ? host->name : "the local socket";
	char room[sizeof(error->detail)];

	if (trv__mariadb_wait_expired()) {
		trv_error_clear(error);
		return trv_error_set(error, TRV_ERR_TIMEOUT, "the deadline passed: %s does not answer", name);
	}
	if (native == CR_OUT_OF_MEMORY)
		meaning.code = TRV_ERR_NOMEM;
	else if (native >= CR_MIN_ERROR && meaning.code != TRV_ERR_PERMISSION)
		meaning.code = TRV_ERR_CONNECT;
	else if (meaning.code == TRV_ERR_LOST || meaning.code == TRV_ERR_SQL)
		meaning.code = TRV_ERR_CONNECT;
	fill(error, &meaning, native, mysql_sqlstate(mysql), connect_text(mysql, name, room, sizeof(room)));
	trv_error_hint(error, "tried %s%s", name,
	               native == CR_SSL_CONNECTION_ERROR
	                       ? "; a server that is not local must have a certificate that can be verified; "
	                         "ssl-mode and ssl-ca in the URL say otherwise"
	                       : "");
	return meaning.code;
}

void trv__mariadb_settle(struct mariadb_connection *connection)
{
	bool open = connection->mysql->server_status & SERVER_STATUS_IN_TRANS;

	if (connection->began && connection->base.in_transaction && !open)
		connection->slipped = true;
	connection->base.in_transaction = open;
}
