/*
 * A real MariaDB for the tests of its driver: a database of this program's own on the test
 * server, and servers of its own for what stops or configures one.
 */
#ifndef TRIVET_TESTS_MARIADB_FIXTURE_H
#define TRIVET_TESTS_MARIADB_FIXTURE_H

#include "../test.h"

#include <trivet/driver.h>

extern const struct trv_driver trv__mariadb_driver;

#define DRIVER (&trv__mariadb_driver)
#define MILLISECOND UINT64_C(1000000)

struct fixture {
	struct trv_connection *connection;
	struct trv_arena arena;
	struct trv_error error;
	struct trv_outcome outcome; /* of the last execute */
};

/** The URL of the program's own database. Ends the test when there is none. */
const char *maria_url(void);

/** A server for one test that stops or restarts it; `options` are mariadbd's, NULL for the usual ones. */
const char *maria_private_start(const char *folder, const char *options);
void maria_private_stop(const char *folder);
/** Sends a signal to the private server. */
void maria_private_signal(const char *folder, int number);

uint64_t after_ms(uint64_t milliseconds);

void maria_open(struct fixture *fixture);
void maria_open_url(struct fixture *fixture, const char *url, unsigned query_ms);
void maria_close(struct fixture *fixture);

/** Must succeed. */
void maria_run(struct fixture *fixture, const char *sql);
struct trv_statement *maria_prepare(struct fixture *fixture, const char *sql);
/** Prepares, executes, finalizes; what execute returns. */
int maria_exec(struct fixture *fixture, const char *sql, const struct trv_bind *binds, size_t count);
/** The first row into `base`, in the fixture's arena: 1, 0 or an error. */
int maria_row(struct fixture *fixture, const char *sql, const struct trv_bind *binds, size_t bind_count,
              const struct trv_slot *slots, size_t slot_count, void *base);
/** The integer that a query gives. */
int64_t maria_number(struct fixture *fixture, const char *sql);

struct trv_bind bind_int64(const int64_t *value);
struct trv_bind bind_text(const char *text);
struct trv_bind bind_value(enum trv_type type, const void *value);
struct trv_bind bind_null(enum trv_type type);

#endif
