/*
 * From SQLite's result codes to Trivet's. One table: extended codes before the primary
 * ones that they belong to.
 */
#include "internal.h"
#include <stdio.h>
#include <string.h>

/* What a constraint's message names behind "failed: ". */
enum names {
	NAMES_NOTHING,
	NAMES_COLUMNS, /* t.a, t.b, or index 'name' */
	NAMES_CONSTRAINT,
	NAMES_LAST_COLUMN, /* cannot store TEXT value in INTEGER column t.a */
};

struct mapping {
	int native;
	int code;
	char sqlstate[6];
	uint8_t retryable;
	uint8_t names; /* enum names */
};

static const struct mapping mappings[] = {
	{ SQLITE_CONSTRAINT_UNIQUE, TRV_ERR_UNIQUE, "23505", 0, NAMES_COLUMNS },
	{ SQLITE_CONSTRAINT_PRIMARYKEY, TRV_ERR_UNIQUE, "23505", 0, NAMES_COLUMNS },
	{ SQLITE_CONSTRAINT_ROWID, TRV_ERR_UNIQUE, "23505", 0, NAMES_COLUMNS },
	{ SQLITE_CONSTRAINT_NOTNULL, TRV_ERR_NOT_NULL, "23502", 0, NAMES_COLUMNS },
	{ SQLITE_CONSTRAINT_CHECK, TRV_ERR_CHECK, "23514", 0, NAMES_CONSTRAINT },
	{ SQLITE_CONSTRAINT_FOREIGNKEY, TRV_ERR_FOREIGN_KEY, "23503", 0, NAMES_NOTHING },
	{ SQLITE_CONSTRAINT_DATATYPE, TRV_ERR_VALUE, "22000", 0, NAMES_LAST_COLUMN },
	{ SQLITE_CONSTRAINT, TRV_ERR_CONSTRAINT, "23000", 0, NAMES_NOTHING },
	{ SQLITE_BUSY, TRV_ERR_BUSY, "55P03", 1, NAMES_NOTHING },
	{ SQLITE_LOCKED_SHAREDCACHE, TRV_ERR_BUSY, "55P03", 1, NAMES_NOTHING },
	/* Its own connection holds the lock: trying again changes nothing. */
	{ SQLITE_LOCKED, TRV_ERR_BUSY, "55006", 0, NAMES_NOTHING },
	{ SQLITE_PROTOCOL, TRV_ERR_BUSY, "55P03", 1, NAMES_NOTHING },
	{ SQLITE_ERROR_SNAPSHOT, TRV_ERR_BUSY, "55P03", 1, NAMES_NOTHING },
	{ SQLITE_ABORT, TRV_ERR_TRANSACTION, "25P02", 0, NAMES_NOTHING },
	{ SQLITE_NOMEM, TRV_ERR_NOMEM, "53200", 0, NAMES_NOTHING },
	{ SQLITE_IOERR_NOMEM, TRV_ERR_NOMEM, "53200", 0, NAMES_NOTHING },
	{ SQLITE_FULL, TRV_ERR_FULL, "53100", 0, NAMES_NOTHING },
	{ SQLITE_IOERR, TRV_ERR_IO, "58030", 0, NAMES_NOTHING },
	{ SQLITE_CANTOPEN, TRV_ERR_IO, "58030", 0, NAMES_NOTHING },
	{ SQLITE_READONLY, TRV_ERR_READ_ONLY, "25006", 0, NAMES_NOTHING },
	{ SQLITE_CORRUPT, TRV_ERR_CORRUPT, "XX001", 0, NAMES_NOTHING },
	{ SQLITE_NOTADB, TRV_ERR_CORRUPT, "XX001", 0, NAMES_NOTHING },
	{ SQLITE_PERM, TRV_ERR_PERMISSION, "42501", 0, NAMES_NOTHING },
	{ SQLITE_AUTH, TRV_ERR_PERMISSION, "42501", 0, NAMES_NOTHING },
	{ SQLITE_TOOBIG, TRV_ERR_LIMIT, "54000", 0, NAMES_NOTHING },
	{ SQLITE_NOLFS, TRV_ERR_LIMIT, "54000", 0, NAMES_NOTHING },
	{ SQLITE_MISMATCH, TRV_ERR_VALUE, "22000", 0, NAMES_NOTHING },
	{ SQLITE_RANGE, TRV_ERR_MISUSE, "07001", 0, NAMES_NOTHING },
	{ SQLITE_MISUSE, TRV_ERR_MISUSE, "HY010", 0, NAMES_NOTHING },
	{ SQLITE_INTERNAL, TRV_ERR_INTERNAL, "XX000", 0, NAMES_NOTHING },
	{ SQLITE_SCHEMA, TRV_ERR_SQL, "42000", 1, NAMES_NOTHING },
	{ SQLITE_ERROR, TRV_ERR_SQL, "42000", 0, NAMES_NOTHING },
};

static const struct mapping *mapping_for(int native)
{
	static const struct mapping other = { 0, TRV_ERR_SQL, "", 0, NAMES_NOTHING };

	for (size_t i = 0; i < TRV_COUNT_OF(mappings); i++)
		if (mappings[i].native == native)
			return &mappings[i];
	return native > 0xff ? mapping_for(native & 0xff) : &other;
}

int trv__sqlite_code(int native)
{
	return mapping_for(native)->code;
}

/* What does not fit ends in "...", never in the middle of a code point. */
static void copy(char *to, size_t room, const char *from, size_t size)
{
	static const char cut[] = "...";
	size_t keep = size;

	if (size >= room) {
		keep = room - sizeof(cut);
		while (keep && ((unsigned char)from[keep] & 0xc0) == 0x80)
			keep--;
	}
	memcpy(to, from, keep);
	if (keep < size)
		memcpy(to + keep, cut, sizeof(cut));
	else
		to[keep] = '\0';
}

/* Takes "t.a, t.b" apart: the table is named once, the columns become "a, b". */
static void read_columns(struct trv_error *error, const char *list)
{
	const char *dot = strchr(list, '.');
	char names[sizeof(error->column) * 4];
	size_t used = 0;

	if (!dot)
		return;
	size_t table = (size_t)(dot - list) + 1; /* with its dot */
	for (const char *item = list; item && strncmp(item, list, table) == 0 && used < sizeof(names);) {
		const char *end = strstr(item, ", ");
		const char *name = item + table;
		int length = end ? (int)(end - name) : (int)strlen(name);

		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.*s", used ? ", " : "", length, name);
		item = end ? end + 2 : NULL;
	}
	copy(error->table, sizeof(error->table), list, table - 1);
	copy(error->column, sizeof(error->column), names, strlen(names));
}

/* The part of a constraint's message behind "failed: ", or NULL. */
static const char *behind_failed(const char *message)
{
	static const char mark[] = "failed: ";
	const char *found = strstr(message, mark);

	return found ? found + sizeof(mark) - 1 : NULL;
}

static void read_names(struct trv_error *error, enum names names, const char *message)
{
	const char *text = behind_failed(message);
	const char *column = strstr(message, " column ");

	if (names == NAMES_LAST_COLUMN && column)
		read_columns(error, column + strlen(" column "));
	if (!text)
		return;
	if (names == NAMES_CONSTRAINT)
		copy(error->constraint, sizeof(error->constraint), text, strlen(text));
	else if (names == NAMES_COLUMNS && strncmp(text, "index '", 7) == 0)
		copy(error->constraint, sizeof(error->constraint), text + 7, strcspn(text + 7, "'"));
	else if (names == NAMES_COLUMNS)
		read_columns(error, text);
}

/* A lock that another connection held until the deadline; what is in the way for good is TRV_ERR_BUSY at once. */
static bool waited_in_vain(const struct sqlite_connection *connection, int native)
{
	return native == SQLITE_BUSY && connection->deadline && trv_monotonic() >= connection->deadline;
}

static int set_interrupted(struct sqlite_connection *connection, int native, struct trv_error *error)
{
	bool timed_out = connection->timed_out || native == SQLITE_BUSY;
	int code = TRV_ERR_CANCELED;

	if (timed_out && !atomic_load_explicit(&connection->canceled, memory_order_relaxed))
		code = TRV_ERR_TIMEOUT;
	trv_error_set(error, code, "%s",
	              code == TRV_ERR_CANCELED ? "the statement was canceled"
	              : native == SQLITE_BUSY  ? "the database was locked by someone else until the deadline"
	                                       : "the statement was ended at its deadline");
	memcpy(error->sqlstate, "57014", 6);
	error->native = native;
	error->retryable = code == TRV_ERR_TIMEOUT && native == SQLITE_BUSY; /* whoever held the lock lets it go */
	return code;
}

/* "t.a: why", as far as the engine said where. */
static void write_message(char *to, size_t room, const struct trv_error *named, int code, const char *text)
{
	const char *why = trv_status_message(code);

	if (named->table[0] && strchr(named->column, ','))
		snprintf(to, room, "%s (%s): %s", named->table, named->column, why);
	else if (named->table[0])
		snprintf(to, room, "%s.%s: %s", named->table, named->column, why);
	else if (named->constraint[0])
		snprintf(to, room, "%s: %s", named->constraint, why);
	else
		snprintf(to, room, "%s: %s", why, text);
}

/* Setting the message clears the record, so the names are read beside it. */
static void set_all(struct trv_error *error, const struct mapping *mapping, const char *text)
{
	struct trv_error named = { 0 };
	char message[sizeof(error->message)];

	read_names(&named, (enum names)mapping->names, text);
	write_message(message, sizeof(message), &named, mapping->code, text);
	trv_error_set(error, mapping->code, "%s", message);
	memcpy(error->constraint, named.constraint, sizeof(named.constraint));
	memcpy(error->table, named.table, sizeof(named.table));
	memcpy(error->column, named.column, sizeof(named.column));
	memcpy(error->sqlstate, mapping->sqlstate, sizeof(mapping->sqlstate));
	error->retryable = mapping->retryable;
}

/* ON DELETE RESTRICT is carried out by an inner trigger, and is told as one. */
static int restricted(struct sqlite_connection *connection, int native)
{
	bool key = native == SQLITE_CONSTRAINT_TRIGGER &&
	           strcmp(sqlite3_errmsg(connection->db), "FOREIGN KEY constraint failed") == 0;

	return key ? SQLITE_CONSTRAINT_FOREIGNKEY : native;
}

static int set_failed(struct sqlite_connection *connection, int native, struct trv_error *error)
{
	const struct mapping *mapping = mapping_for(restricted(connection, native));
	const char *text = mapping->code == TRV_ERR_NOMEM ? "out of memory" : sqlite3_errmsg(connection->db);
	int offset = sqlite3_error_offset(connection->db);

	/* The file is gone or another one stands in its place. */
	if (native == SQLITE_READONLY_DBMOVED)
		connection->base.broken = true;
	set_all(error, mapping, text);
	error->native = native;
	if (offset >= 0)
		trv_error_detail(error, "%s (at offset %d of the statement)", text, offset);
	else
		trv_error_detail(error, "%s", text);
	return mapping->code;
}

int trv__sqlite_fail(struct sqlite_connection *connection, int native, struct trv_error *error)
{
	bool was_open = connection->base.in_transaction;
	int primary = native & 0xff;
	int code;

	if (primary == SQLITE_INTERRUPT || (primary == SQLITE_BUSY && atomic_load(&connection->canceled)) ||
	    waited_in_vain(connection, native))
		code = set_interrupted(connection, native, error);
	else
		code = set_failed(connection, native, error);
	sqlite_settle(connection);
	if (was_open && !connection->base.in_transaction)
		trv_error_hint(error, "SQLite has rolled the whole transaction back");
	return code;
}
