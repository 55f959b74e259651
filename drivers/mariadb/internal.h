/*
 * What the files of the MariaDB driver share: its connection, its statement, and the
 * few functions that cross from one file to another.
 *
 * One way goes through everything: `trv__mariadb_enter` (is the connection usable, has
 * the last canceller gone, by when must this end), calls of Connector/C that block no
 * longer than that, and `trv__mariadb_settle`, which keeps `in_transaction` true.
 */
#ifndef TRIVET_DRIVERS_MARIADB_INTERNAL_H
#define TRIVET_DRIVERS_MARIADB_INTERNAL_H

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <pthread.h>
#include <trivet/driver.h>

#define MARIADB_SECOND UINT64_C(1000000000)
#define MARIADB_MAX_HOSTS 8

extern const struct trv_dialect trv__mariadb_dialect;
extern const struct trv_driver trv__mariadb_driver;

/* --- url.c ------------------------------------------------------------------------------- */

enum mariadb_tls {
	MARIADB_TLS_DEFAULT, /* verified for a host that is not local, none for one that is */
	MARIADB_TLS_DISABLED,
	MARIADB_TLS_REQUIRED, /* encrypted; whom we talk to is not checked */
	MARIADB_TLS_VERIFIED, /* the certificate is valid and its name is the host's */
};

/* Which of several servers. */
enum mariadb_target {
	MARIADB_TARGET_DEFAULT, /* of several one that takes writes; of one that one */
	MARIADB_TARGET_ANY,
	MARIADB_TARGET_READ_WRITE,
};

struct mariadb_host {
	const char *name; /* "" is the local socket */
	unsigned port; /* 0: the usual one */
};

/** A URL taken apart. The strings live in `text`. */
struct mariadb_url {
	struct mariadb_host hosts[MARIADB_MAX_HOSTS];
	size_t host_count;
	const char *user; /* NULL: the system's account */
	const char *password; /* NULL: none */
	const char *database; /* NULL: none */
	const char *socket; /* NULL: the usual path */
	const char *ssl_ca;
	const char *ssl_capath;
	const char *ssl_cert;
	const char *ssl_key;
	const char *ssl_cipher;
	const char *ssl_crl;
	const char *tls_version;
	const char *auth; /* one more authentication plugin that is allowed */
	enum mariadb_tls tls;
	enum mariadb_target target;
	bool compress;
	char *text;
};

/** TRV_ERR_URL says what is wrong and never quotes the URL. Ended by trv__mariadb_url_release. */
int trv__mariadb_url_parse(struct mariadb_url *url, const char *text, const struct trv_allocator *allocator,
                           struct trv_error *error);
void trv__mariadb_url_release(struct mariadb_url *url, const struct trv_allocator *allocator);
/** Whether it is on this machine: a socket or a loopback address. */
bool trv__mariadb_host_is_local(const struct mariadb_host *host);

/* --- connections -------------------------------------------------------------------------- */

struct mariadb_statement;

struct mariadb_connection {
	struct trv_connection base;
	MYSQL *mysql;
	const struct trv_allocator *allocator;
	struct mariadb_url url; /* for a second connection that cancels */
	size_t host; /* the one of `url` that answered */
	unsigned query_ms;
	bool replica; /* that it takes no writes is as it should be */
	unsigned long max_packet; /* the server's max_allowed_packet */
	uint64_t statement_limit; /* nanoseconds after which the server itself ends a statement; 0: never */
	uint64_t limit; /* the usual one */
	bool touched; /* a borrower may have changed what only a full reset undoes */
	bool began; /* the transaction that is open was begun by `transaction` */
	bool slipped; /* it was committed by a statement that commits implicitly */
	uint32_t epoch; /* counts full resets: statements of an older one are prepared again */
	struct mariadb_statement *reading; /* its rows are not all read */
	struct mariadb_statement *closing; /* finalized while another one was being read */

	/* Cancelling. The fence keeps a canceller and the next operation apart. */
	pthread_mutex_t fence;
	pthread_cond_t quiet; /* a canceller has finished */
	unsigned cancellers;
	bool busy; /* an operation runs or rows are being read */
	bool canceled; /* a cancel has begun since the last operation did */
};

static inline struct mariadb_connection *mariadb_connection_of(struct trv_connection *connection)
{
	return (struct mariadb_connection *)connection;
}

/* wait.c: deadlines. */

/** Sets by when Connector/C's calls on this thread must end; 0 is never. */
void trv__mariadb_wait_until(uint64_t deadline);
/** Instead of a deadline: how long each wait may last, in nanoseconds. */
void trv__mariadb_wait_each(uint64_t span);
/** As `until`, for mysql_real_connect: the TLS handshake ends by it too. */
void trv__mariadb_wait_connect(uint64_t deadline);
/** A socket that does not block is one of TLS, which reads and writes without asking first. */
void trv__mariadb_wait_blocks(my_socket handle, bool blocks);
/** Whether a wait since then ran into it. */
bool trv__mariadb_wait_expired(void);
/** Makes every wait of `mysql` end by the thread's deadline. Before connecting. */
void trv__mariadb_wait_install(MYSQL *mysql);

/* connection.c */
int trv__mariadb_connect(const struct trv_connect_options *options, struct trv_connection **ret,
                         struct trv_error *error);
void trv__mariadb_close(struct trv_connection *base);
bool trv__mariadb_ready(struct trv_connection *base);
int trv__mariadb_ping(struct trv_connection *base, uint64_t deadline, struct trv_error *error);
/** A client handle that is connected to host `host` of the URL, or NULL with `error` filled. */
MYSQL *trv__mariadb_dial(const struct mariadb_url *url, size_t host, uint64_t deadline, struct trv_error *error);

/* cancel.c */
int trv__mariadb_fence_init(struct mariadb_connection *connection, struct trv_error *error);
void trv__mariadb_fence_release(struct mariadb_connection *connection);
/** Starts an operation: TRV_ERR_LOST on a broken connection, TRV_ERR_TIMEOUT when it is too late. */
int trv__mariadb_enter(struct mariadb_connection *connection, uint64_t deadline, struct trv_error *error);
/** Ends one: a canceller that comes now finds nothing to cancel. */
void trv__mariadb_leave(struct mariadb_connection *connection);
/** Whether the operation that runs, or the last one, has met a canceller. */
bool trv__mariadb_is_canceled(struct mariadb_connection *connection);
int trv__mariadb_cancel(struct trv_connection *base, struct trv_error *error);

/* settings.c: the session's variables. */
int trv__mariadb_settings_apply(struct mariadb_connection *connection, struct trv_error *error);
/** Whether the server takes writes: it is not read-only and, in a cluster, one of the majority. 1, 0. */
int trv__mariadb_is_writable(struct mariadb_connection *connection, struct trv_error *error);
int trv__mariadb_reset(struct trv_connection *base, uint64_t deadline, struct trv_error *error);
/** Whether a statement may leave something behind in the session. */
bool trv__mariadb_touches(const char *sql, size_t length);
/** Makes the server's own limit fit a statement that may last `span` nanoseconds; 0 is for ever. */
int trv__mariadb_limit(struct mariadb_connection *connection, uint64_t span, struct trv_error *error);
/** Sends several statements without rows in one round trip; the first failure is reported. */
int trv__mariadb_send_all(struct mariadb_connection *connection, const char *const *statements, size_t count,
                          struct trv_error *error);

/* error.c */
/** Fills `error` from the connection's last failure; the connection may be broken by it. */
int trv__mariadb_fail(struct mariadb_connection *connection, struct trv_error *error);
int trv__mariadb_fail_statement(struct mariadb_connection *connection, MYSQL_STMT *stmt, struct trv_error *error);
/** Of a handle that is not a connection yet. */
int trv__mariadb_fail_connect(MYSQL *mysql, const struct mariadb_host *host, struct trv_error *error);
/** Nothing more can be read or written: every later call ends at once. */
void trv__mariadb_break(struct mariadb_connection *connection);
/** After a success: what the server said about the transaction. */
void trv__mariadb_settle(struct mariadb_connection *connection);

/* transaction.c */
int trv__mariadb_transaction(struct trv_connection *base, enum trv_transaction_verb verb, unsigned level,
                             const struct trv_transaction_options *options, uint64_t deadline, struct trv_error *error);

/* --- statements ----------------------------------------------------------------------------- */

/** Where one parameter's value is while it is sent, when it is not sent from the caller's memory. */
struct mariadb_cell {
	union {
		MYSQL_TIME time;
		int64_t integer;
		double real;
		char text[TRV_DECIMAL_TEXT];
	} as;
	unsigned long length;
	int64_t day; /* of a timestamp in `as.time` */
	char null; /* 1, which is STMT_INDICATOR_NULL too, or 0 */
	uint8_t type, storage; /* of the values that it is bound for */
	uint8_t wire; /* bind.c knows which there are */
};

/** The rows of a bulk statement that are not sent yet. */
struct mariadb_bulk {
	const struct trv_bind *next;
	struct trv_bind *copy; /* of the binds, while rows come back between two chunks */
	size_t rows; /* left, those of the chunk that is being sent included */
	int failed; /* a value of a chunk could not be bound */
	struct trv_error *error;
};

struct mariadb_way;

/** Takes one column's value off the row. */
typedef void mariadb_take(struct mariadb_statement *statement, const struct mariadb_way *way, unsigned char **row);

/** How one column of a result is read. */
struct mariadb_way {
	mariadb_take *take;
	uint32_t offset, has_offset;
	/* What it was decided by, so that it stands for as long as they are the same. */
	uint32_t wire;
	unsigned name_length;
	uint8_t base;
	uint8_t zeros; /* that a null leaves; 0: it means something else, or something wrong */
};

struct mariadb_statement {
	struct trv_statement base;
	MYSQL_STMT *stmt;
	struct mariadb_statement *next; /* in `closing` */
	MYSQL_BIND *binds;
	struct mariadb_cell *cells;
	char *names; /* the copies that `columns` handed out */
	unsigned parameters;
	uint32_t epoch;
	bool touches;
	bool arrays; /* the client library is set to arrays */
	bool bound; /* the client library and the server know the types of `binds` */
	uint64_t deadline; /* of the result that is being read */
	uint64_t span; /* instead of it, for a stream: of each wait */
	struct trv_outcome *outcome;
	uint64_t rows;
	struct mariadb_bulk bulk;

	/* Of the result that is being read. */
	const struct trv_decode *decode;
	const NET *net; /* whose buffer it comes from */
	struct mariadb_way *ways;
	size_t way_room;
	uint32_t day; /* a date as the server sends it, and when it begins */
	int64_t day_start;

	/* The row that is being decoded. */
	void *const *bases;
	struct trv_arena *arena;
	struct trv_error *error;
	uint64_t absent; /* bases whose columns are passed over */
	int failed;

	size_t length;
	char sql[];
};

static inline struct mariadb_statement *mariadb_statement_of(struct trv_statement *statement)
{
	return (struct mariadb_statement *)statement;
}

static inline struct mariadb_connection *mariadb_of(const struct mariadb_statement *statement)
{
	return (struct mariadb_connection *)statement->base.connection;
}

/* statement.c */
int trv__mariadb_prepare(struct trv_connection *base, const char *sql, size_t length, uint64_t deadline,
                         struct trv_statement **ret, struct trv_error *error);
void trv__mariadb_finalize(struct trv_statement *base);
int trv__mariadb_columns(struct trv_statement *base, struct trv_result_column *columns, size_t max,
                         struct trv_error *error);
int trv__mariadb_execute(struct trv_statement *base, const struct trv_request *request, struct trv_outcome *outcome,
                         struct trv_error *error);
void trv__mariadb_finish(struct trv_statement *base);
int trv__mariadb_run(struct trv_connection *base, const char *sql, uint64_t deadline, struct trv_error *error);
/** Sends what is bound and reads up to the first row. */
int trv__mariadb_send(struct mariadb_statement *statement, struct trv_error *error);
/** Closes what was finalized while rows were being read. */
void trv__mariadb_bury(struct mariadb_connection *connection);

/* bind.c */
/** Binds one row's values. */
int trv__mariadb_bind(struct mariadb_statement *statement, const struct trv_bind *row, struct trv_error *error);
/** Sets the types alone, by the first of many rows. */
int trv__mariadb_bind_types(struct mariadb_statement *statement, const struct trv_bind *row, struct trv_error *error);
/** Points `to` (`binds` or Connector/C's copy) to one row's values. */
int trv__mariadb_bind_row(struct mariadb_statement *statement, MYSQL_BIND *to, const struct trv_bind *row,
                          struct trv_error *error);
/** Where the next execute finds the values: in Connector/C's copy, once it has one. */
MYSQL_BIND *trv__mariadb_binds(struct mariadb_statement *statement);
/** How many bytes a row has at most when it is sent. */
size_t trv__mariadb_row_size(const struct trv_bind *row, size_t count);

/* bulk.c */
int trv__mariadb_bulk_start(struct mariadb_statement *statement, const struct trv_request *request,
                            struct trv_error *error);
/** Sends the next chunk: 1, or 0 when all rows are sent. */
int trv__mariadb_bulk_next(struct mariadb_statement *statement, struct trv_error *error);
void trv__mariadb_bulk_end(struct mariadb_statement *statement);

/* fetch.c */
/** Compares the result's metadata with the decode table, and decides how its columns are read. */
int trv__mariadb_check(struct mariadb_statement *statement, const struct trv_decode *decode, struct trv_error *error);
int trv__mariadb_fetch(struct trv_statement *base, const struct trv_decode *decode, void *const *bases,
                       struct trv_arena *arena, uint64_t *absent, struct trv_error *error);

/* row.c */
#define MARIADB_BINARY 63 /* the number of the character set that is none */
struct mariadb_way trv__mariadb_way(const struct trv_slot *slot, const MYSQL_FIELD *field);
/** All that the way depends on in the result. */
static inline uint32_t trv__mariadb_wire(const MYSQL_FIELD *field)
{
	return (uint32_t)field->type | (field->flags & UNSIGNED_FLAG ? UINT32_C(1) << 30 : 0) |
	       (field->charsetnr == MARIADB_BINARY ? UINT32_C(1) << 31 : 0);
}
/** What Connector/C calls for each column of a row. */
void trv__mariadb_take_column(void *statement, unsigned column, unsigned char **row);

/* value.c */
/** Cuts the next value off the row, and decodes it where it is wanted. */
int trv__mariadb_decode_value(struct mariadb_statement *statement, unsigned column, bool wanted, unsigned char **row);

#endif
