/*
 * What the tests of faults stand on: a server of their own on the engine that
 * TRIVET_TEST_ENGINE names (SQLite without it), and a bank in it.
 */
#ifndef TRIVET_TESTS_FAULTS_H
#define TRIVET_TESTS_FAULTS_H

#include "bank.trv.h"
#include "proxy.h"
#include "test.h"

#include <trivet/driver.h>
#include <trivet/trivet.h>

#define MS UINT64_C(1000000) /* in nanoseconds */
/* The promise is 100 ms, and what a call took is printed; the rest is for a machine that is busy with other things. */
#define TOLERANCE_MS 1000
#define ACCOUNTS 8
#define START_BALANCE 1000

enum engine {
	SQLITE,
	POSTGRESQL,
	MARIADB,
};

struct server {
	char folder[64];
	char url[512];
	char socket[256];
};

struct bank {
	struct trv_db *db;
	struct trv_session *s; /* the one under test */
	struct trv_db *control_db;
	struct trv_session *control; /* looks and does harm by a connection of its own, straight to the server */
};

enum engine engine(void);

/* Started by the first call, gone with the process. Ends the test where there is none. */
const struct server *own_server(void);

/* Before that: it is started by this command, as "ip netns exec x". */
void own_server_within(const char *command);

/* Before that, too: what it acknowledged outlives its being killed. */
void own_server_durable(void);

/* Runs the engine's script on it; the first line that it prints, empty when it failed. */
void server_script(const struct server *server, const char *verb, const char *more, char *line, size_t size);

/* Stops or continues all its processes. */
void server_signal(const struct server *server, int number);

/* Kills all its processes without good-bye, and starts it again on its data. */
void server_kill(const struct server *server);
void server_again(const struct server *server);

/* A proxy in front of the own server, and the URL that goes through it. */
struct proxy *proxy_before_server(char url[512]);

/* Opens the bank anew, with ACCOUNTS accounts numbered from 1. `url` NULL: straight to the own server. */
void bank_open(struct bank *bank, const char *url, struct trv_options options);
void bank_close(struct bank *bank);

struct trv_session *bank_session(struct bank *bank);

/* One integer, as the control session sees it. */
int64_t control_integer(struct bank *bank, const char *sql);
void control_run(struct bank *bank, const char *sql);

/* The number of the session's connection on the server; in a transaction it stays the same. */
int64_t backend_of(struct trv_session *session);

/* Ends that connection from the server's side, and waits until it is gone. */
void kill_backend(struct bank *bank, int64_t backend);

/* The same by the session given, which may fail and does not wait. */
int try_kill(struct trv_session *control, int64_t backend);

int insert_transfer(struct trv_session *session, int64_t id);
uint64_t count_transfers(struct bank *bank);

/* How long the tests that go on and on do so: `usual` seconds, or `in_full` with TRIVET_LONG=1. */
uint64_t long_seconds(uint64_t usual, uint64_t in_full);

void pause_ms(unsigned milliseconds);

#define OK(session, call) REQUIRE_OK(call, trv_error(session))

/* Measures how much later than allowed each call returned. */
struct stopwatch {
	uint64_t started;
	unsigned allowed_ms;
};

struct stopwatch stopwatch_start(unsigned allowed_ms);

/* Reports the time as a note, and checks it. */
void stopwatch_check(struct stopwatch watch, const char *what);

#endif
