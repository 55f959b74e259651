/*
 * From SQLSTATE to Trivet's codes, and from the server's messages to ours. A record
 * must not tell values: the server quotes them in details (`Key (email)=(...)`, `Failing
 * row contains (...)`) and in the messages of class 22, so they are cut out here.
 */
#include "internal.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* What may be told of the server's detail. */
enum detail {
	DETAIL_NONE, /* it is about values */
	DETAIL_KEY, /* with the values behind "=(" cut out */
	DETAIL_ALL,
};

struct mapping {
	char state[6]; /* five characters, or two for the rest of a class */
	uint8_t retryable;
	uint8_t detail; /* enum detail */
	int code;
};

/* States before their classes. */
static const struct mapping mappings[] = {
	{ "23505", 0, DETAIL_KEY, TRV_ERR_UNIQUE },
	{ "23503", 0, DETAIL_KEY, TRV_ERR_FOREIGN_KEY },
	{ "23001", 0, DETAIL_KEY, TRV_ERR_FOREIGN_KEY },
	{ "23502", 0, DETAIL_NONE, TRV_ERR_NOT_NULL },
	{ "23514", 0, DETAIL_NONE, TRV_ERR_CHECK },
	{ "23P01", 0, DETAIL_KEY, TRV_ERR_CONSTRAINT },
	{ "23", 0, DETAIL_NONE, TRV_ERR_CONSTRAINT },
	{ "44000", 0, DETAIL_NONE, TRV_ERR_CHECK },
	{ "40001", 1, DETAIL_ALL, TRV_ERR_SERIALIZATION },
	{ "40P01", 1, DETAIL_ALL, TRV_ERR_DEADLOCK },
	{ "40003", 0, DETAIL_ALL, TRV_UNKNOWN_OUTCOME },
	{ "40", 0, DETAIL_NONE, TRV_ERR_TRANSACTION },
	{ "55P03", 1, DETAIL_ALL, TRV_ERR_BUSY },
	{ "55006", 1, DETAIL_ALL, TRV_ERR_BUSY },
	{ "55", 0, DETAIL_ALL, TRV_ERR_SQL },
	{ "57014", 0, DETAIL_ALL, TRV_ERR_CANCELED },
	{ "57P03", 1, DETAIL_ALL, TRV_ERR_CONNECT },
	{ "57P", 1, DETAIL_ALL, TRV_ERR_LOST },
	{ "57", 0, DETAIL_ALL, TRV_ERR_SQL },
	{ "25006", 0, DETAIL_ALL, TRV_ERR_READ_ONLY },
	{ "25P03", 1, DETAIL_ALL, TRV_ERR_LOST },
	{ "25", 0, DETAIL_ALL, TRV_ERR_TRANSACTION },
	{ "42501", 0, DETAIL_ALL, TRV_ERR_PERMISSION },
	{ "42", 0, DETAIL_ALL, TRV_ERR_SQL },
	{ "28", 0, DETAIL_ALL, TRV_ERR_PERMISSION },
	{ "08", 1, DETAIL_ALL, TRV_ERR_LOST },
	{ "0A", 0, DETAIL_ALL, TRV_ERR_UNSUPPORTED },
	{ "22", 0, DETAIL_NONE, TRV_ERR_VALUE },
	{ "53100", 0, DETAIL_ALL, TRV_ERR_FULL },
	{ "53200", 1, DETAIL_ALL, TRV_ERR_NOMEM },
	{ "53300", 1, DETAIL_ALL, TRV_ERR_CONNECT },
	{ "53", 0, DETAIL_ALL, TRV_ERR_LIMIT },
	{ "54", 0, DETAIL_ALL, TRV_ERR_LIMIT },
	{ "58", 0, DETAIL_ALL, TRV_ERR_IO },
	{ "XX001", 0, DETAIL_ALL, TRV_ERR_CORRUPT },
	{ "XX002", 0, DETAIL_ALL, TRV_ERR_CORRUPT },
	{ "", 0, DETAIL_NONE, TRV_ERR_SQL },
};

/* Ways out that the server does not know of. */
static const struct {
	char state[6];
	const char *hint;
} hints[] = {
	{ "42P05", "behind a transaction pooler, add trivet_pooler=1 to the URL" },
	{ "26000", "behind a transaction pooler, add trivet_pooler=1 to the URL" },
};

static const struct mapping *mapping_for(const char *state)
{
	const struct mapping *mapping = mappings;

	while (strncmp(mapping->state, state, strlen(mapping->state)) != 0)
		mapping++;
	return mapping;
}

static void copy(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%s", from ? from : "");
}

void trv__pg_first_line(char *text, size_t size, const char *message)
{
	size_t length = strcspn(message, "\n");

	while (length > 0 && (isspace((unsigned char)message[length - 1]) || message[length - 1] == '.'))
		length--;
	snprintf(text, size, "%.*s", (int)(length < size ? length : size), message);
}

/* Cuts what stands from `from` to `to` out of `text`, and puts `mark` there. */
static void cut(char *text, size_t size, char *from, const char *to, const char *mark)
{
	char rest[sizeof(((struct trv_error *)0)->detail)];

	copy(rest, sizeof(rest), to);
	snprintf(from, size - (size_t)(from - text), "%s%s", mark, rest);
}

/* `Key (a)=(x) already exists` becomes `Key (a) already exists`. */
static void hide_key(char *text, size_t size)
{
	char *from = strstr(text, ")=(");
	char *to = from ? strrchr(from, ')') : NULL;

	if (from && to > from)
		cut(text, size, from + 1, to + 1, "");
	else if (from)
		from[1] = '\0'; /* the end was cut off with the values' end */
}

/* `invalid input value for enum mood: "x"` becomes `invalid input value for enum mood: "..."`. */
static void hide_quoted(char *text, size_t size)
{
	char *from = strchr(text, '"');
	char *to = from ? strrchr(text, '"') : NULL;

	if (from)
		cut(text, size, from, to > from ? to + 1 : "", "\"...\"");
}

static void set_detail(struct trv_error *error, const struct mapping *mapping, const char *detail)
{
	if (!detail || mapping->detail == DETAIL_NONE)
		return;
	copy(error->detail, sizeof(error->detail), detail);
	if (mapping->detail == DETAIL_KEY)
		hide_key(error->detail, sizeof(error->detail));
}

static void set_hint(struct trv_error *error, const char *hint)
{
	copy(error->hint, sizeof(error->hint), hint);
	for (size_t i = 0; i < TRV_COUNT_OF(hints); i++)
		if (strcmp(hints[i].state, error->sqlstate) == 0)
			copy(error->hint, sizeof(error->hint), hints[i].hint);
}

/* What ends the connection ends it for us too, whatever the state says. */
static bool is_fatal(const PGresult *result)
{
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	return severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

bool trv__pg_failed(const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_EMPTY_QUERY:
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_SINGLE_TUPLE:
	case PGRES_PIPELINE_SYNC:
		return false;
	default:
		return true;
	}
}

bool trv__pg_has_state(const PGresult *result, const char *sqlstate)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return state && strcmp(state, sqlstate) == 0;
}

/* A copy needs a conversation that we do not hold; it is ended with the connection. */
static int set_copy(struct pg_connection *connection, struct trv_error *error)
{
	connection->base.broken = true;
	return trv_error_set(error, TRV_ERR_UNSUPPORTED, "COPY from or to the client is not possible here");
}

static void set_names(struct trv_error *error, const PGresult *result)
{
	copy(error->constraint, sizeof(error->constraint), PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME));
	copy(error->table, sizeof(error->table), PQresultErrorField(result, PG_DIAG_TABLE_NAME));
	copy(error->column, sizeof(error->column), PQresultErrorField(result, PG_DIAG_COLUMN_NAME));
}

/*
 * A write was refused that nobody said was none: the server is a standby, or was taken out of
 * service. Nothing took place, and another server may take it by now. (From version 14 on
 * the server reports that it takes no writes, but behind the error.)
 */
static bool is_read_only(const struct pg_connection *connection, const char *state)
{
	return strcmp(state, "25006") == 0 && !connection->replica && !connection->reads_only;
}

int trv__pg_error(struct pg_connection *connection, const PGresult *result, struct trv_error *error)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	ExecStatusType status = PQresultStatus(result);
	char text[sizeof(error->message)];

	if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
		return set_copy(connection, error);
	if (!state || !message)
		return trv__pg_refused(connection, error);
	const struct mapping *mapping = mapping_for(state);
	bool fatal = is_fatal(result);
	int code = fatal && mapping->code != TRV_ERR_CONNECT ? TRV_ERR_LOST : mapping->code;
	trv__pg_first_line(text, sizeof(text), message);
	if (mapping->code == TRV_ERR_VALUE)
		hide_quoted(text, sizeof(text));
	trv_error_set(error, code, "%s", text);
	copy(error->sqlstate, sizeof(error->sqlstate), state);
	error->retryable = mapping->retryable;
	set_detail(error, mapping, PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL));
	set_hint(error, PQresultErrorField(result, PG_DIAG_MESSAGE_HINT));
	set_names(error, result);
	if (is_read_only(connection, state))
		fatal = error->retryable = true;
	if (fatal)
		connection->base.broken = true;
	return code;
}

int trv__pg_refused(struct pg_connection *connection, struct trv_error *error)
{
	char text[sizeof(error->detail)];
	const char *message = PQerrorMessage(connection->pq);
	int code = TRV_ERR_INTERNAL;

	trv__pg_first_line(text, sizeof(text), message);
	if (connection->dismissed || PQstatus(connection->pq) != CONNECTION_OK) {
		connection->base.broken = true;
		code = TRV_ERR_LOST;
	} else if (strstr(message, "out of memory")) {
		code = TRV_ERR_NOMEM;
	}
	trv_error_set(error, code, "%s", trv_status_message(code));
	trv_error_detail(error, "%s", text);
	error->retryable = code == TRV_ERR_LOST;
	return code;
}

int trv__pg_timeout(struct pg_connection *connection, struct trv_error *error)
{
	connection->base.broken = true;
	trv__pg_gate_abandon(connection->gate);
	return trv_error_set(error, TRV_ERR_TIMEOUT, "the server did not answer by the deadline");
}
