/*
 * Connections: made, checked, cleaned and closed.
 */
#include "internal.h"
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define NATIVE_NANOSECONDS (UINT64_C(5) * 1000000000)
#define LONGEST_TURN (UINT64_C(10) * 1000000000)

/*
 * What a session is like, whatever the role, the database or the environment say. As
 * commands: set_config() would have a new server look into half of its catalogue first.
 */
#define POOLER_SETTINGS "SET TimeZone = 'UTC'; SET standard_conforming_strings = on; SET DateStyle = 'ISO, YMD'"
#define SETTINGS POOLER_SETTINGS "; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'hex'"

/*
 * The server looks now and then whether the client is still there, so that what a lost
 * client left running does not run on; servers before version 14 cannot.
 */
#define LOOKS_SINCE 140000
#define LOOK "; SET client_connection_check_interval = 1000"

/*
 * DISCARD ALL would do, but takes our prepared statements along. SESSION AUTHORIZATION
 * goes first, as it takes roles back; temporary tables, locks and listeners are gone with it.
 */
#define CLEAN                                                                                                          \
	"CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); "       \
	"DISCARD TEMP; DISCARD SEQUENCES; " SETTINGS

/* Notices are of no use to us, but a server that ends a session while nothing is asked says so as one. */
static void hear(void *argument, const PGresult *notice)
{
	struct pg_connection *connection = argument;
	const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0))
		connection->dismissed = true;
}

/* --- connecting ------------------------------------------------------------------------ */

/* No message of libpq has the password in it; this makes sure. */
static void hide_password(char *text, const char *password)
{
	size_t size = password ? strlen(password) : 0;

	for (char *at = text; size >= 3 && (at = strstr(at, password)) != NULL; at += size)
		memset(at, '*', size);
}

static int cannot_connect(const PGconn *pq, const struct pg_target *target, struct trv_error *error)
{
	char text[sizeof(error->detail)];

	trv__pg_first_line(text, sizeof(text), pq ? PQerrorMessage(pq) : "out of memory");
	hide_password(text, target->password);
	trv_error_set(error, TRV_ERR_CONNECT, "cannot connect to the database: %s", text);
	if (strstr(text, "certificate") || strstr(text, "SSL"))
		trv_error_hint(error, "a server that is not local must have a certificate that can be verified; "
		                      "sslmode and sslrootcert in the URL say otherwise");
	return TRV_ERR_CONNECT;
}

static int connect_timeout(const PGconn *pq, struct trv_error *error)
{
	const char *host = PQhost(pq);

	return trv_error_set(error, TRV_ERR_TIMEOUT, "no connection to the database by the deadline: %s",
	                     host && *host ? host : "the server does not answer");
}

/* How long the server that is being tried may take, so that the others get their turn. */
struct turn {
	uint64_t deadline; /* of the whole */
	uint64_t end; /* of the server that is tried; 0: none */
	size_t left; /* servers not tried, this one included */
	const char *host; /* as libpq points to it */
	const char *port;
};

static void take_turn(struct turn *turn, const PGconn *pq)
{
	uint64_t now = trv_monotonic();
	uint64_t rest = LONGEST_TURN;

	if (turn->host == PQhost(pq) && turn->port == PQport(pq))
		return;
	turn->host = PQhost(pq);
	turn->port = PQport(pq);
	if (turn->deadline)
		rest = turn->deadline > now ? (turn->deadline - now) / turn->left : 0;
	turn->end = turn->left > 1 ? now + rest : turn->deadline;
	turn->left -= turn->left > 1;
}

static int drive(PGconn *pq, const struct pg_target *target, uint64_t deadline, struct trv_error *error)
{
	/* Until the first PQconnectPoll, the rule is to wait for writing. */
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	struct turn turn = { .deadline = deadline, .left = trv__pg_hosts_count(target) };

	if (PQstatus(pq) == CONNECTION_BAD)
		return cannot_connect(pq, target, error);
	while (status != PGRES_POLLING_OK) {
		short events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;

		take_turn(&turn, pq);
		if (trv__pg_poll(PQsocket(pq), events, turn.end) < 0)
			return connect_timeout(pq, error);
		status = PQconnectPoll(pq);
		if (status == PGRES_POLLING_FAILED)
			return cannot_connect(pq, target, error);
	}
	return 0;
}

/*
 * libpq goes on to the next server when one refuses, but waits for ever for one that is
 * silent. What no deadline of ours bounds is the look-up of a name, which libpq does
 * without polling: the resolver's own limits hold there, or `hostaddr` in the URL.
 */
static int reach(struct pg_connection *connection, struct pg_target *target, uint64_t deadline, struct trv_error *error)
{
	for (;;) {
		connection->pq = PQconnectStartParams(target->keywords, target->values, 0);
		if (!connection->pq)
			return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
		PQsetNoticeReceiver(connection->pq, hear, connection);
		int r = drive(connection->pq, target, deadline, error);
		bool late = deadline && trv_monotonic() >= deadline;
		if (r != TRV_ERR_TIMEOUT || late || !trv__pg_hosts_drop(target, connection->pq))
			return r;
		PQfinish(connection->pq);
	}
}

/* SQL_ASCII checks nothing, and other encodings lack characters. */
static int check_encoding(const PGconn *pq, struct trv_error *error)
{
	const char *encoding = PQparameterStatus(pq, "server_encoding");

	if (encoding && strcmp(encoding, "UTF8") == 0)
		return 0;
	return trv_error_set(error, TRV_ERR_UNSUPPORTED, "the database's encoding is \"%s\", UTF8 is needed",
	                     encoding ? encoding : "?");
}

static bool looks(const struct pg_connection *connection)
{
	return PQserverVersion(connection->pq) >= LOOKS_SINCE;
}

static int start(struct pg_connection *connection, struct pg_target *target, uint64_t deadline, struct trv_error *error)
{
	int r = reach(connection, target, deadline, error);

	if (r == 0 && PQsetnonblocking(connection->pq, 1) != 0)
		r = cannot_connect(connection->pq, target, error);
	if (r == 0)
		r = check_encoding(connection->pq, error);
	if (r < 0)
		return r;
	connection->gate = trv__pg_gate_create(connection->pq, connection->allocator);
	if (!connection->gate)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	const char *settings = looks(connection) ? SETTINGS LOOK : SETTINGS;
	return trv__pg_query(connection, connection->pooler ? POOLER_SETTINGS : settings, false, deadline, NULL, error);
}

int trv__pg_connect(const struct trv_connect_options *options, struct trv_connection **ret, struct trv_error *error)
{
	struct pg_target target;
	struct pg_connection *connection;
	int r = trv__pg_target_read(&target, options, error);

	if (r < 0)
		return r;
	connection = trv_allocate(options->allocator, sizeof(*connection));
	if (!connection) {
		trv__pg_target_release(&target, options->allocator);
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	}
	*connection = (struct pg_connection) {
		.base = { .driver = &trv__postgresql_driver, .dialect = &trv__postgresql_dialect },
		.allocator = options->allocator,
		.pooler = target.pooler,
		.replica = options->replica,
	};
	r = start(connection, &target, options->deadline, error);
	trv__pg_target_release(&target, options->allocator);
	if (r < 0)
		trv__pg_close(&connection->base);
	else
		*ret = &connection->base;
	return r;
}

void trv__pg_close(struct trv_connection *base)
{
	struct pg_connection *connection = pg_connection_of(base);

	if (connection->reserving)
		trv__pg_finalize(connection->reserving);
	PQfinish(connection->pq);
	trv__pg_gate_drop(connection->gate);
	trv_release(connection->allocator, connection->doomed);
	trv_release(connection->allocator, connection);
}

/* --- keeping --------------------------------------------------------------------------- */

/* An empty statement: the server answers, and does nothing. */
int trv__pg_ping(struct trv_connection *base, uint64_t deadline, struct trv_error *error)
{
	return trv__pg_query(pg_connection_of(base), "", false, deadline, NULL, error);
}

/* An idle server says nothing: what can be read are its last words, or the end. */
bool trv__pg_reusable(struct trv_connection *base)
{
	struct pg_connection *connection = pg_connection_of(base);
	struct pollfd socket = { .fd = PQsocket(connection->pq), .events = POLLIN };

	return !base->broken && !connection->streaming && !connection->begin[0] &&
	       PQstatus(connection->pq) == CONNECTION_OK && PQtransactionStatus(connection->pq) == PQTRANS_IDLE &&
	       PQpipelineStatus(connection->pq) == PQ_PIPELINE_OFF && poll(&socket, 1, 0) == 0;
}

int trv__pg_reset(struct trv_connection *base, uint64_t deadline, struct trv_error *error)
{
	static const char *const texts[2][2] = { { CLEAN, CLEAN LOOK },
		                                 { "ROLLBACK; " CLEAN, "ROLLBACK; " CLEAN LOOK } };
	struct pg_connection *connection = pg_connection_of(base);

	if (connection->streaming)
		trv__pg_finish(&connection->streaming->base);
	connection->reads_only = false;
	if (connection->begin[0]) {
		connection->begin[0] = '\0';
		base->in_transaction = false;
	}
	if (connection->pooler)
		return base->in_transaction ? trv__pg_query(connection, "ROLLBACK", false, deadline, NULL, error) : 0;
	return trv__pg_query(connection, texts[base->in_transaction][looks(connection)], false, deadline, NULL, error);
}

/* Through the extended protocol, which takes one statement only. */
int trv__pg_run(struct trv_connection *base, const char *sql, uint64_t deadline, struct trv_error *error)
{
	struct pg_connection *connection = pg_connection_of(base);
	int r = trv__pg_begin_now(connection, deadline, error);

	if (r == 0)
		r = trv__pg_enter(connection, true, error);
	if (r < 0)
		return r;
	if (!PQsendQueryParams(connection->pq, sql, 0, NULL, NULL, NULL, NULL, 1))
		r = trv__pg_refused(connection, error);
	if (r == 0)
		r = trv__pg_flush(connection, deadline, error);
	if (r == 0)
		r = trv__pg_answer(connection, deadline, NULL, error);
	trv__pg_leave(connection, deadline);
	return r;
}

void *trv__pg_native(struct trv_connection *base)
{
	struct pg_connection *connection = pg_connection_of(base);
	struct trv_error ignored;

	/* Who sends past us must be in the transaction; if that fails, the handle will say so. */
	(void)trv__pg_begin_now(connection, trv_monotonic() + NATIVE_NANOSECONDS, &ignored);
	return connection->pq;
}
