/* A server that follows the own server of tests of faults, and what is done to it. */
#ifndef TRIVET_TESTS_FOLLOWER_H
#define TRIVET_TESTS_FOLLOWER_H

#include "faults.h"

/* The own server, made such that others can follow it. */
const struct server *followed_server(void);

/* A port of the loopback on which nobody listens now. */
unsigned free_port(void);

struct follower {
	struct server server;
	char url[512]; /* for those who only read: an account without the operator's rights, on MariaDB */
	unsigned port; /* of one that others can follow by it */
	struct trv_db *db; /* the test's own way to it */
	struct trv_session *control;
};

/* Starts it; it goes with the process. */
void follower_start(struct follower *follower);
void follower_release(struct follower *follower);

/* Waits until it shows what the primary has now. */
void follower_await(struct follower *follower);

/* What comes from the primary is received, and not shown. */
void follower_pause(struct follower *follower);
void follower_resume(struct follower *follower);

/* With SIGKILL, and on its data again. */
void follower_kill(struct follower *follower);
void follower_again(struct follower *follower);

/* From now on the primary acknowledges a commit when a follower has it. */
void follower_confirms(void);

/* The primary takes no writes any more. */
void followed_retire(void);

/* It becomes a primary; does not wait for that. */
void follower_promote(struct follower *follower);

/* A URL of both, the followed one first. */
void both_urls(const struct follower *follower, char url[512]);

/* Waits until the database uses its replica, or does not. Returns for how many milliseconds. */
unsigned wait_for_use(struct trv_db *db, size_t replica, bool in_use);

#endif
