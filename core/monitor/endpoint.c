#include "monitor/endpoint.h"

#include "base/thread.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <trivet/driver.h>
#include <unistd.h>

#define CLIENTS 8
#define LONGEST_REQUEST 128
#define IDLE_NS (UINT64_C(60) * 1000000000) /* a client that says nothing and takes nothing for so long goes */
#define USUAL_STATEMENTS 50

struct client {
	int socket; /* -1: none */
	char request[LONGEST_REQUEST];
	size_t received;
	char *answer; /* NULL: none is on its way */
	size_t size, sent;
	bool last; /* it goes when it has its answer */
	uint64_t since; /* when something was sent or received last */
};

struct trv__endpoint {
	struct trv_db *db;
	const struct trv_allocator *allocator;
	struct sockaddr_un address;
	struct stat identity; /* of the socket's file */
	int listener, stop;
	pthread_t thread;
	struct client clients[CLIENTS];
	struct trv__site_names names;
};

/* --- answers ------------------------------------------------------------------------------------ */

static void put_snapshot(struct trv__endpoint *endpoint, const char *arguments, struct trv__text *text)
{
	unsigned long statements = strtoul(arguments, NULL, 10);

	trv__snapshot_put(endpoint->db, &endpoint->names, statements ? statements : USUAL_STATEMENTS, text);
}

static void put_metrics(struct trv__endpoint *endpoint, const char *arguments, struct trv__text *text)
{
	(void)arguments;
	trv__pool_put_metrics(endpoint->db, text);
	trv__statement_put_metrics(endpoint->db, text);
}

static const struct {
	const char *name;
	void (*put)(struct trv__endpoint *endpoint, const char *arguments, struct trv__text *text);
} requests[] = {
	{ "snapshot", put_snapshot },
	{ "metrics", put_metrics },
};

static void put_answer(struct trv__endpoint *endpoint, const char *request, struct trv__text *text)
{
	size_t length = strcspn(request, " ");

	for (size_t i = 0; i < TRV_COUNT_OF(requests); i++)
		if (strlen(requests[i].name) == length && memcmp(requests[i].name, request, length) == 0) {
			requests[i].put(endpoint, request + length, text);
			trv__text_put(text, "# EOF\n");
			return;
		}
	trv__text_put(text, "error\tmessage=the requests are: snapshot [STATEMENTS]; metrics\n# EOF\n");
}

/* What is told may grow while it is measured. False: no memory. */
static bool make_answer(struct trv__endpoint *endpoint, struct client *client, const char *request)
{
	struct trv__text text = { .at = NULL };

	put_answer(endpoint, request, &text);
	while (text.length >= text.room) {
		size_t room = text.length + 4096;

		trv_release(endpoint->allocator, text.at);
		text = (struct trv__text) { .at = trv_allocate(endpoint->allocator, room), .room = room };
		if (!text.at)
			return false;
		put_answer(endpoint, request, &text);
	}
	client->answer = text.at;
	client->size = text.length;
	client->sent = 0;
	return true;
}

/* --- clients -------------------------------------------------------------------------------------- */

static void drop(struct trv__endpoint *endpoint, struct client *client)
{
	if (client->socket < 0)
		return;
	close(client->socket);
	trv_release(endpoint->allocator, client->answer);
	*client = (struct client) { .socket = -1 };
}

/* Only who the program belongs to, and root, may know what it does; the file's mode says so too. */
static bool is_friend(int socket)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static void take_client(struct trv__endpoint *endpoint)
{
	int socket = accept4(endpoint->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (socket < 0)
		return;
	for (size_t i = 0; i < CLIENTS && is_friend(socket); i++)
		if (endpoint->clients[i].socket < 0) {
			endpoint->clients[i] = (struct client) { .socket = socket, .since = trv_monotonic() };
			return;
		}
	close(socket);
}

/* A line that is there, if no answer is on its way. False: the client goes. */
static bool serve_line(struct trv__endpoint *endpoint, struct client *client)
{
	char *end = memchr(client->request, '\n', client->received);
	char line[LONGEST_REQUEST];

	if (client->answer)
		return true;
	if (!end)
		return client->received < sizeof(client->request);
	size_t length = (size_t)(end - client->request);
	memcpy(line, client->request, length);
	line[length > 0 && line[length - 1] == '\r' ? length - 1 : length] = '\0';
	client->received -= length + 1;
	memmove(client->request, end + 1, client->received);
	return make_answer(endpoint, client, line);
}

static bool receive(struct trv__endpoint *endpoint, struct client *client)
{
	size_t room = sizeof(client->request) - client->received;
	ssize_t got = recv(client->socket, client->request + client->received, room, 0);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	client->received += (size_t)got;
	client->last |= got == 0;
	client->since = trv_monotonic();
	return serve_line(endpoint, client) && (client->answer || !client->last);
}

static bool send_some(struct trv__endpoint *endpoint, struct client *client)
{
	ssize_t sent = send(client->socket, client->answer + client->sent, client->size - client->sent, MSG_NOSIGNAL);

	if (sent < 0)
		return errno == EAGAIN || errno == EINTR;
	client->sent += (size_t)sent;
	client->since = trv_monotonic();
	if (client->sent < client->size)
		return true;
	trv_release(endpoint->allocator, client->answer);
	client->answer = NULL;
	return serve_line(endpoint, client) && (client->answer || !client->last);
}

static void serve(struct trv__endpoint *endpoint, struct client *client, short events)
{
	bool stays = true;

	if (events & POLLOUT)
		stays = send_some(endpoint, client);
	else if (events & (POLLIN | POLLHUP | POLLERR))
		stays = receive(endpoint, client);
	if (!stays || trv_monotonic() - client->since > IDLE_NS)
		drop(endpoint, client);
}

/* --- the thread ------------------------------------------------------------------------------------- */

static void *run(void *argument)
{
	struct trv__endpoint *endpoint = argument;
	struct pollfd polled[CLIENTS + 2];

	for (;;) {
		polled[CLIENTS] = (struct pollfd) { .fd = endpoint->listener, .events = POLLIN };
		polled[CLIENTS + 1] = (struct pollfd) { .fd = endpoint->stop, .events = POLLIN };
		for (size_t i = 0; i < CLIENTS; i++) {
			const struct client *client = &endpoint->clients[i];

			polled[i] =
				(struct pollfd) { .fd = client->socket, .events = client->answer ? POLLOUT : POLLIN };
		}
		if (poll(polled, CLIENTS + 2, 1000) < 0 && errno != EINTR)
			return NULL;
		if (polled[CLIENTS + 1].revents)
			return NULL;
		for (size_t i = 0; i < CLIENTS; i++)
			if (polled[i].fd >= 0)
				serve(endpoint, &endpoint->clients[i], polled[i].revents);
		if (polled[CLIENTS].revents)
			take_client(endpoint);
	}
}

/* --- the socket ------------------------------------------------------------------------------------- */

static int refuse(struct trv_error *error, int status, const char *path, const char *why)
{
	return trv_error_set(error, status, "the monitoring socket '%s': %s", path, why);
}

static int set_address(struct trv__endpoint *endpoint, const char *path, struct trv_error *error)
{
	char *to = endpoint->address.sun_path;
	size_t room = sizeof(endpoint->address.sun_path);

	endpoint->address.sun_family = AF_UNIX;
	for (; *path && room > 1; path++) {
		int length = 1;

		if (path[0] == '%' && path[1] == 'p') {
			length = snprintf(to, room, "%ld", (long)getpid());
			path++;
		} else {
			*to = *path;
		}
		if ((size_t)length >= room)
			break;
		to += length;
		room -= (size_t)length;
	}
	*to = '\0';
	return *path ? refuse(error, TRV_ERR_LIMIT, endpoint->address.sun_path, "the path is too long") : 0;
}

/* A file that is left of a program that died. What is no socket, or another user's, is left alone. */
static int remove_stale(const struct trv__endpoint *endpoint, struct trv_error *error)
{
	const char *path = endpoint->address.sun_path;
	struct stat before, after;
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (probe < 0)
		return refuse(error, TRV_ERR_IO, path, strerror(errno));
	int found = lstat(path, &before);
	int failed = found == 0 && S_ISSOCK(before.st_mode) &&
	                             connect(probe, (const struct sockaddr *)&endpoint->address,
	                                     sizeof(endpoint->address)) < 0
	                     ? errno
	                     : 0;
	close(probe);
	if (found < 0)
		return 0;
	if (!S_ISSOCK(before.st_mode) || before.st_uid != geteuid())
		return refuse(error, TRV_ERR_IO, path, "something else is there");
	if (failed != ECONNREFUSED)
		return refuse(error, TRV_ERR_MISUSE, path, "another program serves there");
	if (lstat(path, &after) == 0 && after.st_ino == before.st_ino && after.st_dev == before.st_dev)
		unlink(path);
	return 0;
}

/* The mode is set before the file is there, so that it is at no time open to others. */
static int bind_socket(struct trv__endpoint *endpoint, struct trv_error *error)
{
	const char *path = endpoint->address.sun_path;

	endpoint->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	endpoint->stop = eventfd(0, EFD_CLOEXEC);
	if (endpoint->listener < 0 || endpoint->stop < 0 || fchmod(endpoint->listener, 0600) < 0)
		return refuse(error, TRV_ERR_IO, path, strerror(errno));
	if (bind(endpoint->listener, (const struct sockaddr *)&endpoint->address, sizeof(endpoint->address)) < 0)
		return refuse(error, TRV_ERR_IO, path, strerror(errno));
	if (lstat(path, &endpoint->identity) < 0 || listen(endpoint->listener, CLIENTS) < 0) {
		int r = refuse(error, TRV_ERR_IO, path, strerror(errno));

		unlink(path);
		return r;
	}
	return 0;
}

static void release(struct trv__endpoint *endpoint)
{
	for (size_t i = 0; i < CLIENTS; i++)
		drop(endpoint, &endpoint->clients[i]);
	if (endpoint->listener >= 0)
		close(endpoint->listener);
	if (endpoint->stop >= 0)
		close(endpoint->stop);
	trv_release(endpoint->allocator, endpoint);
}

/* It may be another program's by now. */
static void remove_socket(const struct trv__endpoint *endpoint)
{
	struct stat now;

	if (lstat(endpoint->address.sun_path, &now) == 0 && now.st_ino == endpoint->identity.st_ino &&
	    now.st_dev == endpoint->identity.st_dev)
		unlink(endpoint->address.sun_path);
}

int trv__endpoint_start(struct trv__endpoint **endpoint, struct trv_db *db, const char *path,
                        const struct trv_allocator *allocator, struct trv_error *error)
{
	struct trv__endpoint *made = trv_allocate(allocator, sizeof(*made));

	if (!made)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for the monitoring endpoint");
	memset(made, 0, sizeof(*made));
	made->db = db;
	made->allocator = allocator;
	made->listener = made->stop = -1;
	for (size_t i = 0; i < CLIENTS; i++)
		made->clients[i].socket = -1;
	int r = set_address(made, path, error);
	if (r >= 0)
		r = remove_stale(made, error);
	if (r >= 0)
		r = bind_socket(made, error);
	if (r >= 0 && trv__thread_start(&made->thread, false, run, made) != 0) {
		r = trv_error_set(error, TRV_ERR_NOMEM, "no thread can be started for the monitoring endpoint");
		remove_socket(made);
	}
	if (r < 0)
		release(made);
	else
		*endpoint = made;
	return r;
}

void trv__endpoint_stop(struct trv__endpoint *endpoint, bool foreign)
{
	if (!endpoint)
		return;
	if (!foreign) {
		eventfd_write(endpoint->stop, 1);
		pthread_join(endpoint->thread, NULL);
		remove_socket(endpoint);
	}
	release(endpoint);
}
