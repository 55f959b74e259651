/*
 * What the pool's tests stand on: an engine (TRIVET_TEST_ENGINE: sqlite, postgresql or
 * mariadb), a server of the test program's own, which may be stopped, cut off and
 * restarted, and small pools on it.
 */
#ifndef TRIVET_TESTS_POOL_FIXTURE_H
#define TRIVET_TESTS_POOL_FIXTURE_H

#include "pool/internal.h"
#include "session/internal.h"
#include "test.h"

#include <pthread.h>
#include <trivet/trivet.h>

#define MS UINT64_C(1000000)

struct pool_test {
	struct trv_db *db;
	struct trv_error error;
	char url[600];
};

const char *engine(void);
bool is_sqlite(void);
bool is_postgresql(void);

/* Ends the test where the fault does not exist. */
void need_server(void);

/* The database's URL: of the server, or of a new file. */
const char *database_url(void);

/* A pool on it. Ends the test when it cannot be opened. */
void pool_open(struct pool_test *test, struct trv_pool_options options);
void pool_open_url(struct pool_test *test, const char *url, struct trv_options options);
void pool_close(struct pool_test *test);

/* Who borrows from now on waits for so long at most: after what it is to wait for was opened, which may take long. */
void pool_be_impatient(struct pool_test *test, unsigned acquire_ms);
struct trv_pool_stats stats_of(struct pool_test *test);

struct trv_session *session_of(struct pool_test *test);

/* One integer. */
int ask(struct trv_session *session, const char *sql, int64_t *number);
int64_t number(struct trv_session *session, const char *sql);

/* A small statement; the status. */
int poke(struct trv_session *session);

/* A new session that holds a connection, by a transaction that only reads. */
struct trv_session *hold(struct pool_test *test);
int try_hold(struct trv_session *session);

/* --- who borrows in a thread of its own --------------------------------------------------------- */

struct borrower {
	struct pool_test *test;
	pthread_t thread;
	int result;
	double waited; /* milliseconds */
	uint64_t served_at;
	unsigned hold_ms;
	struct trv_error error;
};

/* Starts it and waits until it waits as the nth, so that the order of arrival is known. */
void start_waiting(struct borrower *borrower, struct pool_test *test, unsigned nth);

/* How the server names the session's connection. */
int64_t server_id(struct trv_session *session);

/* Waits until `done` holds, at most five seconds. Whether it did. */
bool await(bool (*done)(void *argument), void *argument);

/* Sleeps. Only for what takes time by itself: idle and life times. */
void pass(unsigned milliseconds);

/* Milliseconds since. */
double since(uint64_t start);

/* --- the server --------------------------------------------------------------------------------- */

/* Ends all connections but the caller's, and waits until they are gone. How many there were. */
unsigned kill_backends(void);

/* Stops the server's processes and lets them go on. */
void server_stop(void);
void server_continue(void);

/* Kills it without good-bye, and starts it again on its data. */
void server_kill(void);
void server_again(void);

/* The path of its Unix socket. Starts it where it does not run. */
void server_socket(char *path, size_t size);

#endif
