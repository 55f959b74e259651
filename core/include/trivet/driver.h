/**
 * @file driver.h
 * What a database driver implements, and all that it may use of the core.
 *
 * A driver is one `const struct trv_driver`: a versioned table of operations. The core
 * calls it from one thread at a time for each connection (`cancel` apart), checks values
 * before they are bound, and hands out decode tables by which the driver writes result
 * values straight from its client library's buffers into the rows' structs.
 *
 * Rules for every operation:
 *  - it returns 0 or a negative enum trv_status, with the record in `error` (never NULL)
 *    filled as far as the engine tells: code, sqlstate, native, message, detail,
 *    constraint, table, column, retryable;
 *  - it ends by `deadline` (CLOCK_MONOTONIC nanoseconds; 0 is none) with TRV_ERR_TIMEOUT;
 *  - a connection that cannot be trusted any more has `broken` set; the core then only
 *    closes it;
 *  - memory is taken through the connect options' allocator, rows' text from the arena.
 */
#ifndef TRIVET_DRIVER_H
#define TRIVET_DRIVER_H

#include <trivet/arena.h>
#include <trivet/model.h>
#include <trivet/session.h>
#include <trivet/status.h>

TRV_BEGIN_DECLS

#define TRV_DRIVER_ABI 1

/* --- dialect --------------------------------------------------------------------------- */

enum trv_support {
	TRV_REFUSED, /* a schema that asks for it is an error for this engine */
	TRV_EMULATED, /* the same behaviour by other means; `note` says which */
	TRV_NATIVE,
};

enum trv_feature {
	TRV_FEATURE_INSERT_RETURNING,
	TRV_FEATURE_UPDATE_RETURNING,
	TRV_FEATURE_DELETE_RETURNING,
	TRV_FEATURE_PARTIAL_INDEX,
	TRV_FEATURE_EXPRESSION_INDEX,
	TRV_FEATURE_COVERING_INDEX,
	TRV_FEATURE_GENERATED_STORED,
	TRV_FEATURE_GENERATED_VIRTUAL,
	TRV_FEATURE_ON_UPDATE_NOW,
	TRV_FEATURE_DEFERRABLE,
	TRV_FEATURE_TRANSACTIONAL_DDL,
	TRV_FEATURE_LOCK_ROWS, /* SELECT ... FOR UPDATE */
	TRV_FEATURE_DESCENDING_INDEX,
	TRV_FEATURE_UUID,
	TRV_FEATURE_DECIMAL,
	TRV_FEATURE_JSON,
	TRV_FEATURE_NOT_FINITE, /* NaN and infinities in floats */
	TRV_FEATURE_COUNT,
};

/*
 * The dialect's arrays have room for features and types to come, so that its members never
 * move. A feature that a driver knows nothing of is TRV_REFUSED, for that is 0.
 */
#define TRV_FEATURE_ROOM 32
#define TRV_TYPE_ROOM 24

struct trv_feature_support {
	enum trv_support level;
	const char *note; /* how it is emulated or why it is refused; NULL where native */
};

enum trv_bulk {
	TRV_BULK_VALUES, /* INSERT ... VALUES (...), (...): the core writes it */
	TRV_BULK_ROWS, /* the driver takes many rows for a one-row statement */
	TRV_BULK_UNNEST, /* INSERT ... SELECT FROM unnest($1, $2, ...): the core writes it, an array for each column */
};

/**
 * What an engine can and how it spells it. Constant data, usable without its client library.
 * Append-only: of an older one, with a smaller `size`, what lies beyond it is taken as 0.
 */
struct trv_dialect {
	uint32_t size; /* sizeof(struct trv_dialect) */
	enum trv_engine engine;
	const char *name; /* "sqlite" */
	char quote; /* of identifiers; doubled inside */
	bool numbered; /* $1, $2 ...; else ? */
	bool key_arrays; /* a key list is one array parameter: = ANY($1) */
	bool nested_reads; /* a statement may run while another one's rows are being read */
	bool order_nulls; /* needs NULLS FIRST / NULLS LAST to put nulls first in ascending order */
	bool last_id; /* the outcome of an insert tells the automatic key */
	bool consecutive_ids; /* the rows of one multi-row insert get consecutive automatic keys, the last is told */
	enum trv_bulk bulk;
	uint32_t max_parameters; /* of one statement */
	uint32_t bulk_rows; /* rows of one statement, at most */
	struct trv_feature_support features[TRV_FEATURE_ROOM];
	/**
	 * DDL types by enum trv_type. %l is the length, %p the precision, %s the scale; of
	 * text and bytes `types_limited` is used where there is a length, when not NULL.
	 */
	const char *types[TRV_TYPE_ROOM];
	const char *types_limited[TRV_TYPE_ROOM];
	/** DDL of an automatic key, behind its type or instead of it; see the DDL writer. */
	const char *auto_key;
	const char *now; /* DDL default of a timestamp, as an expression */
	const char *table_exists; /* SELECT of one integer, one parameter: the table's name */
	const char *table_options; /* behind a CREATE TABLE, or "" */
	const char *upsert; /* "conflict": ON CONFLICT; "duplicate": ON DUPLICATE KEY */
	const char *default_row; /* behind INSERT INTO t: a row of nothing but defaults */
	const char *decimal_sum; /* the function that sums decimals exactly */
	/** How a parameter of a type is spelled where the engine must be told; NULL or "" is plain. As "::int8". */
	const char *casts[TRV_TYPE_ROOM];
	const char *like_escape; /* behind a LIKE: " ESCAPE '\\'", in the engine's spelling of that string */
	const char *key_rows; /* opens the list in (a, b) IN (...) of composite keys: "VALUES " or "" */
	const char *lock_rows; /* " FOR UPDATE", of the rows of the alias t0 at least; or NULL where it means nothing */
	/**
	 * SELECT of one integer: the number of the running transaction, or 0 when it has
	 * written nothing. NULL: the engine cannot say later what became of one.
	 */
	const char *transaction_id;
	/**
	 * SELECT of one integer: 1 committed, 0 rolled back, 2 it still runs, 3 it cannot be said any more.
	 * One parameter, as text: that number, a space, and how many microseconds ago it was told.
	 */
	const char *transaction_status;
	/**
	 * SELECT of one text of at most 255 bytes, on a server that replicas follow: how far its history
	 * goes, as it can be compared on a replica. "" or null where it tells none. NULL: the engine has no such thing.
	 */
	const char *position;
	/** SELECT of one integer, one parameter: a position. 1 where the server shows all that lies before it, else 0. */
	const char *position_reached;
	/**
	 * TRV_BULK_UNNEST: what stands for `unnest(` and `)` around the parameters. Its columns are
	 * c0, c1, ..., and ON CONFLICT needs a WHERE before it. NULL: unnest itself.
	 */
	const char *rows_open, *rows_close;
	bool commits_along; /* a request may commit */
	uint32_t values_rows; /* of one VALUES, where a column of theirs fits no array; 0: bulk_rows */
	bool holds_reads; /* a transaction takes no round trip: a load of several statements is in one, which only reads */
	bool takes_said; /* of a stream the driver takes the text with its values: `said` */
	bool runs_each; /* a request may be for each element of its arrays: so many rows are updated by their keys */
	uint32_t join_rows; /* so many rows at most are updated by one statement that joins them as VALUES; 0: none */
	/**
	 * A level of a tree with so many keys takes a statement of its own, which costs less there than
	 * to go on in a recursive one. 0: that never pays; 1: it always does.
	 */
	uint32_t level_keys;
};

/** The dialects that are built in, by engine or name; NULL if there is none. Any thread. */
TRV_API const struct trv_dialect *trv_dialect_for(enum trv_engine engine);
TRV_API const struct trv_dialect *trv_dialect_named(const char *name);

/* --- values --------------------------------------------------------------------------- */

/**
 * One parameter. text, json, bytes: `value` points to the bytes and `size` counts them;
 * behind those of text and json stands a NUL, which is not counted. Every other type: `value` points to the C value. An enum comes
 * as the text that is stored, or as int32 where its storage is INTEGER. The core has
 * checked length, range, UTF-8 and digits.
 */
struct trv_bind {
	const void *value; /* what it points to is valid until `finish`, or until an execute without rows returns */
	size_t size;
	size_t count; /* an array parameter of so many values, `size` bytes apart; 0: one value */
	uint8_t type; /* enum trv_type */
	uint8_t storage; /* enum trv_storage */
	bool null;
	uint8_t reserved;
	uint32_t scale; /* decimal */
	/**
	 * Of an array: whether each value is there, `present_stride` bytes apart (so the has_
	 * members of rows serve). NULL: all are. In arrays text, JSON and enums are `const char *`
	 * and bytes are struct trv_bytes; their NULL is null too.
	 */
	const bool *present;
	size_t present_stride;
};

enum trv_slot_flag {
	TRV_SLOT_NULLABLE = 1 << 0,
	TRV_SLOT_OUTER = 1 << 1, /* of a LEFT JOIN: null is nothing wrong */
	TRV_SLOT_PRESENCE = 1 << 2, /* null here says that the joined row is not there */
};

/** Where one result column goes. A slot of type 0 is passed over. */
struct trv_slot {
	uint8_t type; /* enum trv_type */
	uint8_t storage; /* enum trv_storage */
	uint8_t base; /* index into the bases of the fetch */
	uint8_t flags; /* enum trv_slot_flag */
	uint32_t offset; /* from the base */
	uint32_t has_offset; /* set to whether it is not null; 0: none */
	uint16_t scale;
	uint16_t reserved;
	const struct trv_enum *enumeration;
	const char *name; /* of the result column */
	const char *model; /* for messages: `model.name`; may be NULL */
};

/**
 * The decode table of a statement. The driver compares it with the result's metadata
 * (number of columns, names, and types as far as the engine tells) whenever the
 * statement was prepared or re-prepared: TRV_ERR_MISMATCH. A table with `by_name` is
 * compared at every execute; any other one stays as it is for as long as a statement
 * that it was executed with lives, so the driver may know it again by its address.
 */
struct trv_decode {
	const struct trv_slot *slots;
	size_t count;
	size_t bases;
	bool by_name; /* raw SQL: result columns are matched by name; the core did so after `columns` */
};

/* --- operations ------------------------------------------------------------------------ */

struct trv_connect_options {
	const char *url;
	const struct trv_allocator *allocator; /* outlives the connection */
	uint64_t deadline;
	unsigned query_ms; /* the usual deadline, for the engine's own timers */
	bool replica; /* it is only read: of several servers in the URL any will do. Else one that can be written */
};

/** The head of a driver's own connection struct. */
struct trv_connection {
	const struct trv_driver *driver; /* the core's completed copy of the table, from the end of connect on */
	const struct trv_dialect *dialect; /* as probed at connect */
	bool broken;
	/**
	 * Whether the engine has a transaction open, as far as the driver knows; kept after every
	 * operation. Where the core began one and this is false after a failure, the engine has
	 * rolled all of it back by itself.
	 */
	bool in_transaction;
};

/** The head of a driver's own statement struct. */
struct trv_statement {
	struct trv_connection *connection;
};

struct trv_request {
	const struct trv_bind *binds; /* `rows` times `bind_count`, row after row */
	size_t bind_count; /* of one row */
	size_t rows; /* 1; more with TRV_BULK_ROWS, and with TRV_BULK_UNNEST where rows fit no arrays */
	const struct trv_decode *decode; /* NULL: the statement returns no rows */
	bool stream; /* the rows are many: hold few of them in memory */
	/**
	 * The transaction is committed in the same round trip; only of a dialect that `commits_along`.
	 * Where the statement fails, the transaction stays open, failed; TRV_UNKNOWN_OUTCOME as of TRV_VERB_COMMIT.
	 */
	bool commit;
	uint64_t deadline;
	/**
	 * The arrays are not one value each: the statement is run once for each of their elements, as if these
	 * were given one by one, and `affected` is the sum. Only of a dialect that `runs_each`, without `decode`.
	 */
	bool each;
	/** Of a stream, where the dialect `takes_said`: the statement with its values in its text, or NULL. */
	const char *said;
};

struct trv_outcome {
	uint64_t affected; /* rows that matched, of a write */
	int64_t last_id; /* the key that the engine gave last; 0 if none */
};

enum trv_transaction_verb {
	TRV_VERB_BEGIN,
	TRV_VERB_COMMIT,
	TRV_VERB_ROLLBACK,
	TRV_VERB_SAVEPOINT, /* `level` names it */
	TRV_VERB_RELEASE,
	TRV_VERB_ROLLBACK_TO, /* and release */
};

/** Where rows are to go that `copy` would write. */
struct trv_copy_target {
	const char *table;
	const char *const *names; /* of the columns that are written, */
	const struct trv_bind *columns; /* and their values, as for `copy` */
	size_t count;
	const char *key; /* the automatic one among them, of whose values `rows` are taken; NULL: none are */
	size_t rows;
};

/** A result column's metadata, for raw SQL. */
struct trv_result_column {
	const char *name; /* valid until the statement is finalized or `columns` is called again */
};

/**
 * The operations. Append-only: a driver built for an older table has a smaller `size`,
 * and the core takes what lies beyond it as NULL. Those marked optional may be NULL.
 */
struct trv_driver {
	uint32_t abi; /* TRV_DRIVER_ABI */
	uint32_t size; /* sizeof(struct trv_driver) */
	const char *name;
	const char *const *schemes; /* of URLs, ending in NULL */
	const struct trv_dialect *dialect;

	int (*connect)(const struct trv_connect_options *options, struct trv_connection **connection,
	               struct trv_error *error);
	/** NULL is never given. All statements are finalized before. */
	void (*close)(struct trv_connection *connection);
	/** Whether the server still answers. */
	int (*ping)(struct trv_connection *connection, uint64_t deadline, struct trv_error *error);
	/** Undoes what a borrower left behind: open transactions, settings. */
	int (*reset)(struct trv_connection *connection, uint64_t deadline, struct trv_error *error);
	/**
	 * Ends the running statement; any thread. The core does not close the connection meanwhile, nor give
	 * it to anyone: the call that is to end waits, so this gives up within seconds by itself. Optional.
	 */
	int (*cancel)(struct trv_connection *connection, struct trv_error *error);

	int (*prepare)(struct trv_connection *connection, const char *sql, size_t length, uint64_t deadline,
	               struct trv_statement **statement, struct trv_error *error);
	void (*finalize)(struct trv_statement *statement);
	/** Metadata of the result; returns how many columns there are, also when more than `max`. */
	int (*columns)(struct trv_statement *statement, struct trv_result_column *columns, size_t max,
	               struct trv_error *error);

	/** Sends it. With rows, `outcome` is filled when the last was fetched. `finish` ends it in every case. */
	int (*execute)(struct trv_statement *statement, const struct trv_request *request, struct trv_outcome *outcome,
	               struct trv_error *error);
	/**
	 * Decodes the next row: 1 a row, 0 no more. Bit i of `absent` says that the row of
	 * base i is not there (a presence slot was null); its other slots may be left alone.
	 */
	int (*fetch)(struct trv_statement *statement, const struct trv_decode *decode, void *const *bases,
	             struct trv_arena *arena, uint64_t *absent, struct trv_error *error);
	/** Gives the result up, read to its end or not; the statement can be executed again. */
	void (*finish)(struct trv_statement *statement);

	int (*transaction)(struct trv_connection *connection, enum trv_transaction_verb verb, unsigned level,
	                   const struct trv_transaction_options *options, uint64_t deadline, struct trv_error *error);
	/** One statement without parameters or rows; DDL. */
	int (*run)(struct trv_connection *connection, const char *sql, uint64_t deadline, struct trv_error *error);

	/** The client library's handle. Optional. */
	void *(*native)(struct trv_connection *connection);

	/**
	 * Sends several statements in one round trip; the rows are then fetched from each in
	 * turn. Optional: the core executes one by one.
	 */
	int (*pipeline)(struct trv_connection *connection, struct trv_statement *const *statements,
	                const struct trv_request *requests, struct trv_outcome *outcomes, size_t count,
	                struct trv_error *error);

	/**
	 * Writes many rows by the fastest way that the engine has: `sql` is COPY t (a, b) FROM
	 * STDIN (FORMAT binary), `columns` one array parameter for each column, all of the same
	 * count. All rows or none. Only after `reserve` said so.
	 * Optional: the core inserts by statements.
	 */
	int (*copy)(struct trv_connection *connection, const char *sql, const struct trv_bind *columns, size_t count,
	            uint64_t deadline, struct trv_outcome *outcome, struct trv_error *error);

	/**
	 * Whether it can be handed to the next borrower as it is, as far as that can be known without
	 * asking the server: no result half read, no transaction open, and its socket neither closed nor
	 * holding something nobody asked for. Optional: the core takes a connection that is not broken as ready.
	 */
	bool (*ready)(struct trv_connection *connection);

	/**
	 * Whether `copy` does to the table what inserts do, now: its columns have the types that are sent, and
	 * nothing is in the way. Then 1, and the next values of the automatic key are in `keys`. Else 0.
	 * Optional, with `copy`.
	 */
	int (*reserve)(struct trv_connection *connection, const struct trv_copy_target *target, int64_t *keys,
	               uint64_t deadline, struct trv_error *error);
};

/** The drivers that are built in. */
TRV_API const struct trv_driver *trv_driver_for_url(const char *url);

/* --- what the core gives to drivers ------------------------------------------------------ */

TRV_API void *trv_allocate(const struct trv_allocator *allocator, size_t size);
TRV_API void *trv_resize(const struct trv_allocator *allocator, void *memory, size_t size);
TRV_API void trv_release(const struct trv_allocator *allocator, void *memory);

/** CLOCK_MONOTONIC, in nanoseconds. */
TRV_API uint64_t trv_monotonic(void);

/**
 * Decoding of what came as text or in a storage that is not the engine's usual one,
 * shared by the drivers. Each writes the C value of the slot's type to `to`, text into
 * the arena. TRV_ERR_DATA (with `model.column`, what was found and what was expected) or TRV_ERR_NOMEM.
 */
TRV_API int trv_decode_text(const struct trv_slot *slot, const char *text, size_t size, void *to,
                            struct trv_arena *arena, struct trv_error *error);
TRV_API int trv_decode_integer(const struct trv_slot *slot, int64_t value, void *to, struct trv_arena *arena,
                               struct trv_error *error);
TRV_API int trv_decode_real(const struct trv_slot *slot, double value, void *to, struct trv_arena *arena,
                            struct trv_error *error);
TRV_API int trv_decode_blob(const struct trv_slot *slot, const void *data, size_t size, void *to,
                            struct trv_arena *arena, struct trv_error *error);
/** Null: clears the has_ member and the value; TRV_ERR_DATA where the slot takes no null. */
TRV_API int trv_decode_null(const struct trv_slot *slot, char *base, struct trv_error *error);

TRV_END_DECLS

#endif
