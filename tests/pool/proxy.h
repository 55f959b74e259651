/* A proxy on the loopback in front of the server, which can cut, silence and count. */
#ifndef TRIVET_TESTS_POOL_PROXY_H
#define TRIVET_TESTS_POOL_PROXY_H

#include <pthread.h>
#include <stdatomic.h>

enum proxy_mode {
	PROXY_PASS,
	PROXY_SILENT, /* nothing flows and nothing is closed, as when a cable is pulled; connects are taken, and hang */
	PROXY_REFUSE, /* new connections are closed at once */
};

#define PROXY_PAIRS 256

struct proxy {
	pthread_t thread;
	int listener, port;
	const char *target; /* the server's Unix socket */
	_Atomic int mode;
	_Atomic unsigned accepted;
	_Atomic unsigned hang; /* so many of the next connections hang, the others pass */
	_Atomic int cut; /* all pairs are to be closed */
	_Atomic int stop;
	int pairs[PROXY_PAIRS][2]; /* client, server (-1: it hangs) */
	unsigned count;
};

/* Ends the test when it cannot be had. The URL of the server by way of it is in a static buffer. */
const char *proxy_start(struct proxy *proxy);
void proxy_stop(struct proxy *proxy);

/* Closes all connections, as a server that dies does. */
void proxy_cut(struct proxy *proxy);

#endif
