#include "proxy.h"

#include "test.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TURN_MS 5 /* how long it takes at most until an order is seen */

struct proxy {
	int listener;
	int port;
	union {
		struct sockaddr any;
		struct sockaddr_un local;
		struct sockaddr_in remote;
	} server;
	socklen_t server_size;
	pthread_t thread;
	pthread_mutex_t lock; /* of the trap and the record */
	struct proxy_trap trap;
	struct proxy_record *record;
	atomic_bool stopped, held;
	atomic_uint delay_ms, accepted, open, trapped;
	atomic_uint cuts; /* orders to cut, ever */
	atomic_bool cut_resets;
};

/* Two ends, and what was ordered when they came. */
struct conversation {
	struct proxy *proxy;
	int client, server;
	unsigned cuts;
	struct proxy_trap met; /* its fault is none until the trigger was seen */
};

static void wait_ms(unsigned milliseconds)
{
	struct timespec pause = { .tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000 };

	nanosleep(&pause, NULL);
}

static void close_hard(int socket)
{
	const struct linger at_once = { .l_onoff = 1 };

	(void)setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(socket);
}

/* --- one conversation ------------------------------------------------------------------------ */

static struct proxy_trap trap_for(struct conversation *talk, const char *bytes, size_t size)
{
	struct proxy *proxy = talk->proxy;
	struct proxy_trap trap = { .fault = PROXY_NO_FAULT };

	pthread_mutex_lock(&proxy->lock);
	if (proxy->trap.fault && memmem(bytes, size, proxy->trap.trigger, strlen(proxy->trap.trigger)))
		trap = proxy->trap;
	pthread_mutex_unlock(&proxy->lock);
	if (trap.fault)
		atomic_fetch_add(&proxy->trapped, 1);
	return trap;
}

static bool send_all(int socket, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(socket, bytes, size, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		bytes += sent;
		size -= (size_t)sent;
	}
	return true;
}

static bool pass_on(struct conversation *talk, int to, const char *bytes, size_t size)
{
	wait_ms(atomic_load(&talk->proxy->delay_ms));
	return send_all(to, bytes, size);
}

static void keep(struct proxy *proxy, const char *bytes, size_t size)
{
	pthread_mutex_lock(&proxy->lock);
	struct proxy_record *record = proxy->record;
	size_t room = record ? sizeof(record->bytes) - record->size : 0;
	if (size > room)
		size = room;
	if (size > 0) {
		memcpy(record->bytes + record->size, bytes, size);
		record->size += size;
	}
	pthread_mutex_unlock(&proxy->lock);
}

/* False: the conversation is over. */
static bool take_request(struct conversation *talk, char *bytes, size_t room)
{
	ssize_t size = recv(talk->client, bytes, room, 0);

	if (size <= 0)
		return false;
	keep(talk->proxy, bytes, (size_t)size);
	struct proxy_trap trap = trap_for(talk, bytes, (size_t)size);
	if (trap.fault)
		talk->met = trap;
	if (trap.fault == PROXY_CUT_REQUEST)
		return false;
	if (trap.fault == PROXY_ANSWER)
		return send_all(talk->client, trap.answer, trap.answer_size);
	return pass_on(talk, talk->server, bytes, (size_t)size);
}

static bool take_answer(struct conversation *talk, char *bytes, size_t room)
{
	ssize_t size = recv(talk->server, bytes, room, 0);

	if (size <= 0 || talk->met.fault == PROXY_CUT_ANSWER)
		return false;
	if (talk->met.fault == PROXY_SWALLOW_ANSWER)
		return true;
	return pass_on(talk, talk->client, bytes, (size_t)size);
}

static bool is_over(const struct conversation *talk)
{
	return atomic_load(&talk->proxy->stopped) || atomic_load(&talk->proxy->cuts) != talk->cuts;
}

static void pass_all(struct conversation *talk)
{
	char bytes[16384];
	bool open = true;

	while (open && !is_over(talk)) {
		struct pollfd ends[] = { { .fd = talk->client, .events = POLLIN },
			                 { .fd = talk->server, .events = POLLIN } };

		if (atomic_load(&talk->proxy->held)) {
			wait_ms(TURN_MS);
			continue;
		}
		if (poll(ends, 2, TURN_MS) <= 0)
			continue;
		if (ends[0].revents)
			open = take_request(talk, bytes, sizeof(bytes));
		if (open && ends[1].revents)
			open = take_answer(talk, bytes, sizeof(bytes));
	}
}

static int reach_server(const struct proxy *proxy)
{
	int server = socket(proxy->server.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (server >= 0 && connect(server, &proxy->server.any, proxy->server_size) != 0) {
		close(server);
		return -1;
	}
	return server;
}

static void *converse(void *argument)
{
	struct conversation *talk = argument;
	struct proxy *proxy = talk->proxy;

	talk->server = reach_server(proxy);
	if (talk->server >= 0)
		pass_all(talk);
	bool ordered = atomic_load(&proxy->cuts) != talk->cuts;
	if (ordered ? atomic_load(&proxy->cut_resets) : talk->met.reset)
		close_hard(talk->client);
	else
		close(talk->client);
	if (talk->server >= 0)
		close(talk->server);
	free(talk);
	atomic_fetch_sub(&proxy->open, 1);
	return NULL;
}

/* --- the proxy ------------------------------------------------------------------------------------ */

static void take_client(struct proxy *proxy, int client)
{
	struct conversation *talk = calloc(1, sizeof(*talk));
	const int on = 1;
	pthread_t thread;

	if (!talk) {
		close(client);
		return;
	}
	(void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*talk = (struct conversation) { .proxy = proxy, .client = client, .cuts = atomic_load(&proxy->cuts) };
	atomic_fetch_add(&proxy->accepted, 1);
	atomic_fetch_add(&proxy->open, 1);
	if (pthread_create(&thread, NULL, converse, talk) == 0) {
		pthread_detach(thread);
		return;
	}
	close(client);
	free(talk);
	atomic_fetch_sub(&proxy->open, 1);
}

static void *accept_all(void *argument)
{
	struct proxy *proxy = argument;

	while (!atomic_load(&proxy->stopped)) {
		struct pollfd entry = { .fd = proxy->listener, .events = POLLIN };
		int client = -1;

		if (poll(&entry, 1, TURN_MS) > 0)
			client = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
		if (client >= 0)
			take_client(proxy, client);
	}
	return NULL;
}

static void set_server(struct proxy *proxy, const char *server)
{
	const char *colon = strrchr(server, ':');
	char address[64];

	if (*server == '/') {
		proxy->server.local.sun_family = AF_UNIX;
		snprintf(proxy->server.local.sun_path, sizeof(proxy->server.local.sun_path), "%s", server);
		proxy->server_size = sizeof(proxy->server.local);
		return;
	}
	REQUIRE(colon);
	snprintf(address, sizeof(address), "%.*s", (int)(colon - server), server);
	proxy->server.remote.sin_family = AF_INET;
	proxy->server.remote.sin_port = htons((uint16_t)atoi(colon + 1));
	REQUIRE(inet_pton(AF_INET, address, &proxy->server.remote.sin_addr) == 1);
	proxy->server_size = sizeof(proxy->server.remote);
}

static void listen_anywhere(struct proxy *proxy)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);

	proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	REQUIRE(proxy->listener >= 0);
	REQUIRE(bind(proxy->listener, (struct sockaddr *)&address, size) == 0);
	REQUIRE(listen(proxy->listener, 128) == 0);
	REQUIRE(getsockname(proxy->listener, (struct sockaddr *)&address, &size) == 0);
	proxy->port = ntohs(address.sin_port);
}

struct proxy *proxy_start(const char *server)
{
	struct proxy *proxy = calloc(1, sizeof(*proxy));

	REQUIRE(proxy);
	set_server(proxy, server);
	listen_anywhere(proxy);
	pthread_mutex_init(&proxy->lock, NULL);
	REQUIRE(pthread_create(&proxy->thread, NULL, accept_all, proxy) == 0);
	return proxy;
}

void proxy_stop(struct proxy *proxy)
{
	atomic_store(&proxy->stopped, true);
	pthread_join(proxy->thread, NULL);
	while (atomic_load(&proxy->open) > 0)
		wait_ms(1);
	close(proxy->listener);
	pthread_mutex_destroy(&proxy->lock);
	free(proxy);
}

int proxy_port(const struct proxy *proxy)
{
	return proxy->port;
}

void proxy_set_trap(struct proxy *proxy, const struct proxy_trap *trap)
{
	pthread_mutex_lock(&proxy->lock);
	proxy->trap = trap ? *trap : (struct proxy_trap) { .fault = PROXY_NO_FAULT };
	pthread_mutex_unlock(&proxy->lock);
}

void proxy_record(struct proxy *proxy, struct proxy_record *record)
{
	pthread_mutex_lock(&proxy->lock);
	proxy->record = record;
	pthread_mutex_unlock(&proxy->lock);
}

void proxy_hold(struct proxy *proxy, bool hold)
{
	atomic_store(&proxy->held, hold);
}

void proxy_delay(struct proxy *proxy, unsigned milliseconds)
{
	atomic_store(&proxy->delay_ms, milliseconds);
}

void proxy_cut(struct proxy *proxy, bool reset)
{
	atomic_store(&proxy->cut_resets, reset);
	atomic_fetch_add(&proxy->cuts, 1);
}

struct proxy_counts proxy_counts(const struct proxy *proxy)
{
	return (struct proxy_counts) {
		.accepted = atomic_load(&proxy->accepted),
		.open = atomic_load(&proxy->open),
		.trapped = atomic_load(&proxy->trapped),
	};
}
