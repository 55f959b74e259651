/**
 * @file status.h
 * The one error model. Every function that can fail returns an int: 0 or more is
 * success, a negative number is one of the codes below. The session (or the
 * `struct trv_error` given by the caller) holds the full record.
 *
 *     int r = task_find(s, &found, &(struct task_query){ 0 });
 *     if (r < 0)
 *             fprintf(stderr, "%s\n", trv_error(s)->message);
 *
 * On failure, outputs are untouched.
 */
#ifndef TRIVET_STATUS_H
#define TRIVET_STATUS_H

#include <trivet/common.h>

TRV_BEGIN_DECLS

/** What a service would answer. */
enum trv_class {
	TRV_CLASS_OK,
	TRV_CLASS_INVALID, /* the input is wrong: do not repeat it */
	TRV_CLASS_NOT_FOUND, /* there is no such row */
	TRV_CLASS_CONFLICT, /* the state of the data forbids it now */
	TRV_CLASS_DENIED, /* not allowed */
	TRV_CLASS_UNAVAILABLE, /* the database cannot answer now */
	TRV_CLASS_INTERNAL, /* a bug, here or in the schema */
};

/* X(name, value, class, message) */
#define TRV_STATUS_MAP(X)                                                                                              \
	X(OK, 0, OK, "success")                                                                                        \
	X(ERR_NOMEM, -1, UNAVAILABLE, "out of memory")                                                                 \
	X(ERR_MISUSE, -2, INTERNAL, "the call is not allowed here")                                                    \
	X(ERR_VALUE, -3, INVALID, "a value does not fit its column")                                                   \
	X(ERR_NOT_FOUND, -4, NOT_FOUND, "no such row")                                                                 \
	X(ERR_TOO_MANY, -5, CONFLICT, "more than one row")                                                             \
	X(ERR_UNIQUE, -6, CONFLICT, "a unique constraint is violated")                                                 \
	X(ERR_FOREIGN_KEY, -7, CONFLICT, "a foreign key is violated")                                                  \
	X(ERR_NOT_NULL, -8, INVALID, "a required value is missing")                                                    \
	X(ERR_CHECK, -9, INVALID, "a check constraint is violated")                                                    \
	X(ERR_CONSTRAINT, -10, CONFLICT, "a constraint is violated")                                                   \
	X(ERR_STALE, -11, CONFLICT, "the row was changed or deleted by someone else")                                  \
	X(ERR_NOT_LOADED, -12, INTERNAL, "the relation was not loaded")                                                \
	X(ERR_UNSUPPORTED, -13, INTERNAL, "the engine cannot do this")                                                 \
	X(ERR_SQL, -14, INTERNAL, "the engine refused the statement")                                                  \
	X(ERR_MISMATCH, -15, INTERNAL, "the database does not look as the model says")                                 \
	X(ERR_DATA, -16, INTERNAL, "a stored value does not fit its column's type")                                    \
	X(ERR_CONTRACT, -17, CONFLICT, "the database was made from another version of the models")                     \
	X(ERR_URL, -18, INVALID, "the database URL is not understood")                                                 \
	X(ERR_CONNECT, -19, UNAVAILABLE, "cannot connect to the database")                                             \
	X(ERR_LOST, -20, UNAVAILABLE, "the connection was lost")                                                       \
	X(ERR_TIMEOUT, -21, UNAVAILABLE, "the deadline passed")                                                        \
	X(ERR_BUSY, -22, UNAVAILABLE, "the database is locked by someone else")                                        \
	X(ERR_SERIALIZATION, -23, CONFLICT, "the transaction collided with another")                                   \
	X(ERR_DEADLOCK, -24, CONFLICT, "deadlock")                                                                     \
	X(ERR_CANCELED, -25, UNAVAILABLE, "canceled")                                                                  \
	X(ERR_READ_ONLY, -26, DENIED, "the database is read-only")                                                     \
	X(ERR_PERMISSION, -27, DENIED, "permission denied")                                                            \
	X(ERR_FULL, -28, UNAVAILABLE, "no space left")                                                                 \
	X(ERR_CORRUPT, -29, INTERNAL, "the database is damaged")                                                       \
	X(ERR_IO, -30, UNAVAILABLE, "input/output error")                                                              \
	X(ERR_TRANSACTION, -31, CONFLICT, "the transaction failed and must be rolled back")                            \
	X(UNKNOWN_OUTCOME, -32, UNAVAILABLE, "it is not known whether the commit took place")                          \
	X(ERR_LIMIT, -33, INVALID, "a limit is exceeded")                                                              \
	X(ERR_MODEL, -34, INTERNAL, "the models do not fit together")                                                  \
	X(ERR_ABI, -35, INTERNAL, "built for another version of trivet")                                               \
	X(ERR_STOPPED, -36, CONFLICT, "stopped by the caller")                                                         \
	X(ERR_INTERNAL, -37, INTERNAL, "a bug in trivet")

enum trv_status {
#define TRV_STATUS_ENUM(name, value, class, message) TRV_##name = (value),
	TRV_STATUS_MAP(TRV_STATUS_ENUM)
#undef TRV_STATUS_ENUM
};

/** The code's name, as "TRV_ERR_UNIQUE". A static string; any thread. */
TRV_API const char *trv_status_name(int status);

/** One line about the code. A static string; any thread. */
TRV_API const char *trv_status_message(int status);

/** The code's class. Numbers that are no code are TRV_CLASS_INTERNAL; any thread. */
TRV_API enum trv_class trv_status_class(int status);

/**
 * The full record of a failure. Fixed size; filling it cannot fail. Strings are
 * empty where there is nothing to say, and end in "..." where they were cut.
 * No parameter value of a column marked `secret` is ever in it, and no password.
 */
struct trv_error {
	int code; /* an enum trv_status */
	int native; /* the engine's own number, 0 if none */
	char sqlstate[6]; /* five characters, or empty */
	bool retryable; /* the whole transaction may be tried again */
	uint64_t id; /* to quote in a log; unique within the process */
	const void *site; /* the address of the call in the user's code, or NULL */
	char message[512]; /* lower case, no full stop: `task.title: 214 characters, the limit is 200` */
	char detail[512]; /* what the engine said, or more about the value */
	char hint[256]; /* the way out */
	char constraint[128];
	char table[128];
	char column[128];
};

/** Fills `error` and returns `code`. NULL for `error` is fine. Any thread. */
TRV_API int trv_error_set(struct trv_error *error, int code, const char *format, ...) TRV_PRINTF(3, 4);

/** Sets the way out. */
TRV_API void trv_error_hint(struct trv_error *error, const char *format, ...) TRV_PRINTF(2, 3);

/** Sets the detail. */
TRV_API void trv_error_detail(struct trv_error *error, const char *format, ...) TRV_PRINTF(2, 3);

/** Makes the record empty. */
TRV_API void trv_error_clear(struct trv_error *error);

/**
 * Writes where `error` came from, as "program(function+0x1f)", into `text`. Returns
 * the length, or 0 and an empty text when the record has no call site. Any thread.
 */
TRV_API size_t trv_error_site(const struct trv_error *error, char *text, size_t size);

TRV_END_DECLS

#endif
