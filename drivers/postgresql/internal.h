/*
 * What the files of the PostgreSQL driver share: its connection, its statement, and the
 * functions that cross from one file to another.
 *
 * libpq is used in its non-blocking mode only. Every wait goes through wait.c, which
 * polls until an absolute deadline; a connection on which a deadline passed is broken,
 * as nobody knows any more what the server will still send.
 */
#ifndef TRIVET_DRIVERS_POSTGRESQL_INTERNAL_H
#define TRIVET_DRIVERS_POSTGRESQL_INTERNAL_H

#include <libpq-fe.h>
#include <trivet/driver.h>

extern const struct trv_dialect trv__postgresql_dialect;
extern const struct trv_driver trv__postgresql_driver;

/* Object ids of the types in pg_type.dat; they never change. */
enum pg_oid {
	PG_UNKNOWN = 0, /* as a parameter's type: the server infers it */
	PG_BOOL = 16,
	PG_BYTEA = 17,
	PG_CHAR = 18,
	PG_NAME = 19,
	PG_INT8 = 20,
	PG_INT2 = 21,
	PG_INT4 = 23,
	PG_TEXT = 25,
	PG_OID = 26,
	PG_JSON = 114,
	PG_XML = 142,
	PG_FLOAT4 = 700,
	PG_FLOAT8 = 701,
	PG_UNKNOWN_TEXT = 705,
	PG_BOOL_ARRAY = 1000,
	PG_BYTEA_ARRAY = 1001,
	PG_INT2_ARRAY = 1005,
	PG_INT4_ARRAY = 1007,
	PG_TEXT_ARRAY = 1009,
	PG_INT8_ARRAY = 1016,
	PG_FLOAT4_ARRAY = 1021,
	PG_FLOAT8_ARRAY = 1022,
	PG_BPCHAR = 1042,
	PG_VARCHAR = 1043,
	PG_DATE = 1082,
	PG_TIME = 1083,
	PG_TIMESTAMP = 1114,
	PG_DATE_ARRAY = 1182,
	PG_TIME_ARRAY = 1183,
	PG_TIMESTAMPTZ = 1184,
	PG_TIMESTAMPTZ_ARRAY = 1185,
	PG_NUMERIC_ARRAY = 1231,
	PG_NUMERIC = 1700,
	PG_UUID = 2950,
	PG_UUID_ARRAY = 2951,
	PG_JSONB = 3802,
	PG_JSON_ARRAY = 199,
	PG_FIRST_USER_OID = 16384, /* enums, extensions */
};

struct pg_gate;
struct pg_statement;

struct pg_connection {
	struct trv_connection base;
	PGconn *pq;
	const struct trv_allocator *allocator;
	struct pg_gate *gate; /* keeps cancels away from statements that they were not meant for */
	struct trv_statement *reserving; /* reserve.c's, from its first use on; or NULL */
	struct pg_statement *streaming; /* its rows are still arriving; nothing else can be sent */
	char *doomed; /* "DEALLOCATE trv_1;DEALLOCATE trv_7;": sent when nothing else goes on */
	size_t doomed_size;
	size_t doomed_count;
	char begin[128]; /* a BEGIN that goes out with the first statement; empty: none */
	bool beginning; /* it is the first command of the pipeline */
	bool copying; /* a COPY is under way, and copy.c or stream.c holds that conversation */
	bool single_rows; /* libpq was told to give rows one by one, and has not forgotten it yet */
	uint64_t names; /* statements named so far */
	uint64_t epoch; /* grows when the server was seen not to hold our statements as we think */
	bool pooler; /* behind a transaction pooler: nothing on the server outlives a transaction */
	bool reads_only; /* the transaction that is open was begun so */
	bool replica; /* that it takes no writes is as it should be */
	bool dismissed; /* the server said that it ends the session */
};

/* Where the parameters of a statement stand while they are sent. Grown, never shrunk. */
struct pg_parameters {
	void *block; /* the four arrays in one */
	Oid *types; /* as declared to the server */
	const char **values;
	int *lengths;
	int *formats;
	size_t capacity;
	char *scratch; /* the encoded values that cannot be sent from where they stand */
	size_t scratch_size;
};

typedef int pg_decoder(const struct trv_slot *slot, const char *data, size_t size, void *to, struct trv_arena *arena,
                       struct trv_error *error);

/* Values that fetch.c decodes by itself; all others take their decoder's call. */
enum pg_step_kind {
	PG_STEP_CALL,
	PG_STEP_BOOL,
	PG_STEP_32,
	PG_STEP_64,
	PG_STEP_TIMESTAMP,
	PG_STEP_TEXT,
};

/* How a column is decoded. */
struct pg_step {
	pg_decoder *decoder; /* NULL: it is passed over */
	const struct trv_slot *slot;
	uint32_t offset, has_offset; /* as in the slot */
	uint8_t base;
	uint8_t kind; /* enum pg_step_kind */
};

struct pg_statement {
	struct trv_statement base;
	char *sql;
	size_t length;
	char name[32]; /* on the server; "": it is not there */
	uint64_t epoch; /* of the connection, when it was prepared */
	size_t declared; /* how many of parameters.types were declared then */
	bool inferred; /* ... by the server, as nobody knew the parameters yet */
	PGresult *description; /* parameters and columns, as the server said */
	PGresult *shown; /* the columns that `columns` gave names of */
	size_t awaited; /* while it is prepared: which command of the pipeline describes it */
	bool plain_text; /* the server could not infer a text parameter's type: it is declared */
	struct pg_parameters parameters;

	const struct trv_decode *planned; /* the table that `steps` was made for; NULL: none */
	struct pg_step *steps; /* one for each slot */
	size_t step_capacity;

	PGresult *rows; /* buffered, or the row that arrived last */
	int row;
	int row_count;
	char *piece; /* of COPY, as it arrived last */
	const char *fields, *fields_end; /* its row */
	bool headed; /* the head before the first row was read */
	struct trv_outcome *outcome; /* filled at the end of a stream */
	uint64_t deadline; /* of a stream, and of a wait within it: */
	uint64_t span; /* a stream lasts as long as its reader takes, but no wait lasts longer than this; 0: no limit */
};

static inline struct pg_connection *pg_connection_of(struct trv_connection *connection)
{
	return (struct pg_connection *)connection;
}

static inline struct pg_statement *pg_statement_of(struct trv_statement *statement)
{
	return (struct pg_statement *)statement;
}

static inline struct pg_connection *pg_owner(const struct pg_statement *statement)
{
	return (struct pg_connection *)statement->base.connection;
}

/* connection.c */
int trv__pg_connect(const struct trv_connect_options *options, struct trv_connection **ret, struct trv_error *error);
void trv__pg_close(struct trv_connection *base);
bool trv__pg_reusable(struct trv_connection *base);
int trv__pg_ping(struct trv_connection *base, uint64_t deadline, struct trv_error *error);
int trv__pg_reset(struct trv_connection *base, uint64_t deadline, struct trv_error *error);
int trv__pg_run(struct trv_connection *base, const char *sql, uint64_t deadline, struct trv_error *error);
void *trv__pg_native(struct trv_connection *base);

/* url.c */

/* What PQconnectStartParams takes, and what is our own. */
struct pg_target {
	const char **keywords; /* ending in NULL; one block with the values */
	const char **values;
	size_t count;
	PQconninfoOption *parsed; /* owns the values */
	const char *password; /* to be kept out of messages; NULL if none */
	bool pooler;
};

/** Reads the URL and applies the defaults that keep a connection safe, and find the server that is wanted. */
int trv__pg_target_read(struct pg_target *target, const struct trv_connect_options *options, struct trv_error *error);
/** What the URL says of a keyword, or NULL. */
const char *trv__pg_target_value(const struct pg_target *target, const char *keyword);
void trv__pg_target_release(struct pg_target *target, const struct trv_allocator *allocator);

/* hosts.c */

/** How many servers the URL names. */
size_t trv__pg_hosts_count(const struct pg_target *target);
/** Takes the server out that the connection is trying; false when it is the only one. */
bool trv__pg_hosts_drop(struct pg_target *target, const PGconn *pq);

/* wait.c */

/** Waits until the socket is ready for `events` (POLLIN, POLLOUT). 0, or TRV_ERR_TIMEOUT. */
int trv__pg_poll(int socket, short events, uint64_t deadline);
/** Whether the server has ended the connection, as far as can be seen without waiting. */
bool trv__pg_is_gone(const struct pg_connection *connection);
/** Before anything is sent: whether the connection is fit for it. `cancelable` lets trv__pg_cancel end it. */
int trv__pg_enter(struct pg_connection *connection, bool cancelable, struct trv_error *error);
/** After the last result: waits for a canceller on its way, and notes the transaction's state. */
void trv__pg_leave(struct pg_connection *connection, uint64_t deadline);
/** Sends what libpq holds back, reading what arrives meanwhile so that neither side blocks the other. */
int trv__pg_flush(struct pg_connection *connection, uint64_t deadline, struct trv_error *error);
/** The next result, or NULL at the end of a statement. A failed statement is a result too. */
int trv__pg_next(struct pg_connection *connection, uint64_t deadline, PGresult **result, struct trv_error *error);
/** All results of what was sent; the last one is the answer, or the first that failed. */
int trv__pg_answer(struct pg_connection *connection, uint64_t deadline, PGresult **answer, struct trv_error *error);
/** Reads and drops what is left of a statement. */
void trv__pg_answer_rest(struct pg_connection *connection, uint64_t deadline);
/** One round trip of statements without parameters. `answer` may be NULL. */
int trv__pg_query(struct pg_connection *connection, const char *sql, bool cancelable, uint64_t deadline,
                  PGresult **answer, struct trv_error *error);

/* cancel.c */
struct pg_gate *trv__pg_gate_create(PGconn *pq, const struct trv_allocator *allocator);
void trv__pg_gate_drop(struct pg_gate *gate);
void trv__pg_gate_open(struct pg_gate *gate);
/** False when a canceller did not finish by the deadline. */
bool trv__pg_gate_close(struct pg_gate *gate, uint64_t deadline);
/** Asks the server to end what runs, and waits a short while for the question to arrive. */
void trv__pg_gate_abandon(struct pg_gate *gate);
int trv__pg_cancel(struct trv_connection *base, struct trv_error *error);

/* error.c */

/** The record of a failed result; marks the connection as broken where it is. Returns the code. */
int trv__pg_error(struct pg_connection *connection, const PGresult *result, struct trv_error *error);
/** The record of a call that libpq refused, or of a connection that is gone. */
int trv__pg_refused(struct pg_connection *connection, struct trv_error *error);
int trv__pg_timeout(struct pg_connection *connection, struct trv_error *error);
bool trv__pg_failed(const PGresult *result);
bool trv__pg_has_state(const PGresult *result, const char *sqlstate);
/** The first line of a message of libpq, in `text`. */
void trv__pg_first_line(char *text, size_t size, const char *message);

/* statement.c */
int trv__pg_prepare(struct trv_connection *base, const char *sql, size_t length, uint64_t deadline,
                    struct trv_statement **ret, struct trv_error *error);
void trv__pg_finalize(struct trv_statement *base);
int trv__pg_columns(struct trv_statement *base, struct trv_result_column *columns, size_t max, struct trv_error *error);
/** Makes sure that the server knows each statement, in the types of its request: one round trip or none. */
int trv__pg_statements_ready(struct pg_connection *connection, struct trv_statement *const *statements,
                             const struct trv_request *requests, size_t count, PGresult **failed,
                             struct trv_error *error);
/**
 * After a failure: whether the statements may be sent again, as they were prepared for
 * tables of another shape or are gone from the server. Inside a transaction they may not;
 * the record then says that the transaction can be retried.
 */
bool trv__pg_statements_again(struct pg_connection *connection, struct trv_statement *const *statements, size_t count,
                              const PGresult *failed, bool in_transaction, struct trv_error *error);
/** Makes it as new: it is prepared again when it is executed next. */
void trv__pg_statement_forget(struct pg_statement *statement);

/* encode.c */

/** The type as which a parameter is declared. `plain_text`: text where the server would have to infer it. */
Oid trv__pg_encode_type(const struct trv_bind *bind, bool plain_text);
/** Room for `count` parameters. The types are lost when it grows. */
int trv__pg_parameters_reserve(struct pg_parameters *parameters, size_t count, const struct trv_allocator *allocator,
                               struct trv_error *error);
void trv__pg_parameters_release(struct pg_parameters *parameters, const struct trv_allocator *allocator);
/**
 * Fills values, lengths and formats. `description` tells the types that the server
 * inferred; NULL: it was not asked, and text goes in text format.
 */
int trv__pg_encode(struct pg_parameters *parameters, const struct trv_bind *binds, size_t count,
                   const PGresult *description, const struct trv_allocator *allocator, struct trv_error *error);

/* elements.c */

/** Bytes on their way, in memory that grows, or is emptied, when it is full. */
struct pg_output {
	char *data;
	size_t size, room;
	/** Makes room for so many more; what is there may move, or go. */
	int (*reserve)(struct pg_output *output, size_t more, struct trv_error *error);
};

/** The type of an array parameter's elements. */
Oid trv__pg_element_type(const struct trv_bind *bind);
/** What an array takes at most, but for its texts and bytes. */
size_t trv__pg_array_room(const struct trv_bind *bind);
/** Writes it. There is room for as much as that. */
int trv__pg_array_put(struct pg_output *output, const struct trv_bind *bind, struct trv_error *error);
/** Array parameters of the same count, row by row, as COPY takes them. */
int trv__pg_rows_put(struct pg_output *output, const struct trv_bind *columns, size_t count, struct trv_error *error);

/* copy.c */
int trv__pg_copy(struct trv_connection *base, const char *sql, const struct trv_bind *columns, size_t count,
                 uint64_t deadline, struct trv_outcome *outcome, struct trv_error *error);

/* reserve.c */
int trv__pg_reserve(struct trv_connection *base, const struct trv_copy_target *target, int64_t *keys, uint64_t deadline,
                    struct trv_error *error);

/* numeric.c */

#define PG_NUMERIC_SIZE 64 /* room for any struct trv_decimal in binary format */

size_t trv__pg_numeric_encode(char *to, const struct trv_decimal *value);
/** TRV_ERR_DATA with what was found in `why` for NaN, infinities and more than 38 digits. */
int trv__pg_numeric_decode(const char *data, size_t size, struct trv_decimal *value, const char **why);
int trv__pg_numeric_double(const char *data, size_t size, double *value);

/* stored.c: values that are kept in another way than their type's usual one. */

#define PG_STORED_SIZE 64

bool trv__pg_is_store_known(const struct trv_bind *bind);
/** Whether the bind is kept so. */
static inline bool trv__pg_is_stored(const struct trv_bind *bind)
{
	return bind->storage != TRV_STORE_DEFAULT && trv__pg_is_store_known(bind);
}
/** Writes it as text, with a NUL; returns the length or a negative status. */
int trv__pg_stored_write(const struct trv_bind *bind, char text[PG_STORED_SIZE], struct trv_error *error);

/* decode.c */

/** The decoder of a column of that type into the slot; NULL: they do not fit. */
pg_decoder *trv__pg_decoder_for(const struct trv_slot *slot, Oid type);
/** What fetch.c may do instead of calling it. */
enum pg_step_kind trv__pg_step_kind(pg_decoder *decoder);
const char *trv__pg_type_name(Oid type);
/** Its name in a cast that changes nothing of the type's own values; NULL: it has none that is known. */
const char *trv__pg_cast_name(Oid type);

/* metadata.c */

/** Compares the columns with the decode table and chooses the decoders. TRV_ERR_MISMATCH. */
int trv__pg_plan(struct pg_statement *statement, const PGresult *columns, const struct trv_decode *decode,
                 struct trv_error *error);

/* execute.c */
int trv__pg_execute(struct trv_statement *base, const struct trv_request *request, struct trv_outcome *outcome,
                    struct trv_error *error);
/** Encodes a row of binds. */
int trv__pg_bind(struct pg_statement *statement, const struct trv_request *request, size_t row,
                 struct trv_error *error);
/** Hands the statement and the `count` parameters that were encoded last to libpq. */
int trv__pg_send(struct pg_statement *statement, size_t count, struct trv_error *error);
/** Makes statements ready to be sent: prepared, compared with their decode tables, their last rows given up. */
int trv__pg_ready(struct pg_connection *connection, struct trv_statement *const *statements,
                  const struct trv_request *requests, size_t count, PGresult **failed, struct trv_error *error);
uint64_t trv__pg_affected(const PGresult *result);
/** Keeps the result's rows for fetch and fills the outcome. */
int trv__pg_keep(struct pg_statement *statement, const struct trv_request *request, PGresult *result,
                 struct trv_outcome *outcome, struct trv_error *error);

/* fetch.c */
int trv__pg_fetch(struct trv_statement *base, const struct trv_decode *decode, void *const *bases,
                  struct trv_arena *arena, uint64_t *absent, struct trv_error *error);
void trv__pg_finish(struct trv_statement *base);

/* stream.c */

/** Whether the rows of the stream can come by COPY. The statement is described. */
bool trv__pg_can_unload(const struct pg_statement *statement, const struct trv_request *request);
/** Sends that COPY. The connection is `copying` from then on. */
int trv__pg_unload(struct pg_statement *statement, const struct trv_request *request, struct trv_error *error);
/** 1: a row arrived, in `rows` or in `fields`; 0: there are no more. */
int trv__pg_stream_next(struct pg_statement *statement, struct trv_error *error);
/** Gives up what was not read yet. */
void trv__pg_stream_stop(struct pg_statement *statement);

/* pipeline.c */

/** Takes the result of the command `index` of a pipeline, which it owns from then on. */
typedef int pg_take(void *argument, size_t index, PGresult *result, struct trv_error *error);

/** Starts a pipeline; a BEGIN that is held back goes first. */
int trv__pg_pipeline_begin(struct pg_connection *connection, bool cancelable, struct trv_error *error);
/**
 * Ends a pipeline of `count` commands: sends the sync, reads all results, leaves
 * pipeline mode. The first failure of a command or of `take` is returned, and the rest is
 * read all the same. `failed` (or NULL) gets the result that failed. `status` is how sending
 * them went: when it is negative, the connection is given up before the server commits
 * the half that it has got.
 */
int trv__pg_pipeline_end(struct pg_connection *connection, int status, size_t count, pg_take *take, void *argument,
                         uint64_t deadline, PGresult **failed, struct trv_error *error);
int trv__pg_pipeline(struct trv_connection *base, struct trv_statement *const *statements,
                     const struct trv_request *requests, struct trv_outcome *outcomes, size_t count,
                     struct trv_error *error);

/* bulk.c */
int trv__pg_bulk(struct pg_statement *statement, const struct trv_request *request, struct trv_outcome *outcome,
                 PGresult **failed, struct trv_error *error);

/* transaction.c */

/** Sends the BEGIN that is held back, if there is one, for what cannot go along with it. */
int trv__pg_begin_now(struct pg_connection *connection, uint64_t deadline, struct trv_error *error);
/** Takes the answer to COMMIT; TRV_ERR_TRANSACTION when it was one to ROLLBACK. */
int trv__pg_take_commit(PGresult *result, struct trv_error *error);
/** From here on a lost connection says nothing about what the server did: TRV_UNKNOWN_OUTCOME. */
int trv__pg_set_unknown(struct trv_error *error);
int trv__pg_transaction(struct trv_connection *base, enum trv_transaction_verb verb, unsigned level,
                        const struct trv_transaction_options *options, uint64_t deadline, struct trv_error *error);

#endif
