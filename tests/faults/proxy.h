/*
 * Stands between client and server, listens on 127.0.0.1 and does harm on request: it
 * cuts, holds back, delays, or answers in the server's place.
 *
 *     struct proxy *proxy = proxy_start("/tmp/x/.s.PGSQL.5432");
 *     proxy_set_trap(proxy, &(struct proxy_trap){ .fault = PROXY_CUT_ANSWER, .trigger = "COMMIT" });
 *     ... connect to 127.0.0.1:proxy_port(proxy) ...
 *     proxy_stop(proxy);
 *
 * Any thread may call each function; start and stop end the test when they fail.
 */
#ifndef TRIVET_TESTS_FAULTS_PROXY_H
#define TRIVET_TESTS_FAULTS_PROXY_H

#include <stdbool.h>
#include <stddef.h>

enum proxy_fault {
	PROXY_NO_FAULT,
	PROXY_CUT_REQUEST, /* cuts both sides instead of passing the request on */
	PROXY_CUT_ANSWER, /* passes the request on, waits for the answer, and cuts both sides instead of passing it on */
	PROXY_SWALLOW_ANSWER, /* the same, but both sides stay open and hear nothing any more */
	PROXY_ANSWER, /* passes nothing on, and answers itself */
};

/* What happens to a request (what the client sent at once) that has `trigger` in it. */
struct proxy_trap {
	enum proxy_fault fault;
	const char *trigger;
	bool reset; /* cut with RST; else with FIN */
	const void *answer;
	size_t answer_size;
};

struct proxy;

/* `server` is the path of a Unix socket or "address:port". */
struct proxy *proxy_start(const char *server);
void proxy_stop(struct proxy *proxy);
int proxy_port(const struct proxy *proxy);

/* NULL takes it away. What it points to lives on until then. */
void proxy_set_trap(struct proxy *proxy, const struct proxy_trap *trap);

/* Passes nothing on, either way, while it holds: as a partition does. */
void proxy_hold(struct proxy *proxy, bool hold);

/* Each piece is passed on that much later. */
void proxy_delay(struct proxy *proxy, unsigned milliseconds);

/* Cuts what is connected now. */
void proxy_cut(struct proxy *proxy, bool reset);

/* What clients sent, in the order in which it came, as far as it has room. */
struct proxy_record {
	size_t size;
	unsigned char bytes[65536];
};

/* From now on it is kept there, which lives on until NULL ends it. Look when no conversation is open. */
void proxy_record(struct proxy *proxy, struct proxy_record *record);

struct proxy_counts {
	unsigned accepted; /* connections, ever */
	unsigned open;
	unsigned trapped; /* requests that met the trap */
};

struct proxy_counts proxy_counts(const struct proxy *proxy);

#endif
