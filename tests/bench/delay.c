/*
 * A network between client and server: listens on 127.0.0.1, prints its port, and passes
 * each piece on so many microseconds after it came, either way, in order. More may be on
 * the way at the same time, as on a wire. Ends with its standard input.
 *
 *     bench-delay /path/of/the/server's/socket 250
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PIECES 64
#define PIECE 65536

struct piece {
	struct timespec due;
	size_t size; /* 0: the end */
	char data[PIECE];
};

/* One direction: one thread fills the ring, another empties it. */
struct wire {
	int from, to;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	size_t first, count;
	struct piece pieces[PIECES];
};

static const char *server;
static long delay_ns;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct piece *free_piece(struct wire *wire)
{
	pthread_mutex_lock(&wire->lock);
	while (wire->count == PIECES)
		pthread_cond_wait(&wire->moved, &wire->lock);
	struct piece *piece = &wire->pieces[(wire->first + wire->count) % PIECES];
	pthread_mutex_unlock(&wire->lock);
	return piece;
}

static void move_ring(struct wire *wire, bool took)
{
	pthread_mutex_lock(&wire->lock);
	if (took)
		wire->first = (wire->first + 1) % PIECES;
	wire->count = took ? wire->count - 1 : wire->count + 1;
	pthread_cond_signal(&wire->moved);
	pthread_mutex_unlock(&wire->lock);
}

static void *take_in(void *argument)
{
	struct wire *wire = argument;
	ssize_t size;

	do {
		struct piece *piece = free_piece(wire);
		size = read(wire->from, piece->data, PIECE);
		clock_gettime(CLOCK_MONOTONIC, &piece->due);
		piece->due.tv_nsec += delay_ns;
		piece->due.tv_sec += piece->due.tv_nsec / 1000000000;
		piece->due.tv_nsec %= 1000000000;
		piece->size = size > 0 ? (size_t)size : 0;
		move_ring(wire, false);
	} while (size > 0);
	return NULL;
}

static struct piece *next_piece(struct wire *wire)
{
	pthread_mutex_lock(&wire->lock);
	while (!wire->count)
		pthread_cond_wait(&wire->moved, &wire->lock);
	struct piece *piece = &wire->pieces[wire->first];
	pthread_mutex_unlock(&wire->lock);
	return piece;
}

static bool write_all(int to, const char *data, size_t size)
{
	while (size) {
		ssize_t written = send(to, data, size, MSG_NOSIGNAL);
		if (written <= 0)
			return false;
		data += written;
		size -= (size_t)written;
	}
	return true;
}

static void *give_out(void *argument)
{
	struct wire *wire = argument;
	size_t size;

	prctl(PR_SET_TIMERSLACK, 1);
	do {
		struct piece *piece = next_piece(wire);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &piece->due, NULL);
		size = piece->size;
		if (size && !write_all(wire->to, piece->data, size))
			size = 0;
		move_ring(wire, true);
	} while (size);
	shutdown(wire->to, SHUT_WR);
	shutdown(wire->from, SHUT_RD);
	return NULL;
}

/* Its memory and descriptors stay until the program ends: connections are few. */
static void lay_wire(int from, int to)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	pthread_t thread;

	if (!wire)
		die("calloc");
	wire->from = from;
	wire->to = to;
	pthread_mutex_init(&wire->lock, NULL);
	pthread_cond_init(&wire->moved, NULL);
	if (pthread_create(&thread, NULL, take_in, wire) != 0 || pthread_detach(thread) != 0 ||
	    pthread_create(&thread, NULL, give_out, wire) != 0 || pthread_detach(thread) != 0)
		die("pthread_create");
}

static int connect_server(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, server, sizeof(address.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(server);
	return fd;
}

static void *accept_clients(void *argument)
{
	int listener = *(int *)argument, client;

	while ((client = accept(listener, NULL, NULL)) >= 0) {
		int one = 1, to = connect_server();
		setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		lay_wire(client, to);
		lay_wire(to, client);
	}
	return NULL;
}

int main(int count, char **arguments)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	pthread_t thread;
	char ignored[64];

	if (count != 3)
		return 2;
	server = arguments[1];
	delay_ns = atol(arguments[2]) * 1000;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 64) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		die("listen");
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	if (pthread_create(&thread, NULL, accept_clients, &listener) != 0)
		die("pthread_create");
	while (read(STDIN_FILENO, ignored, sizeof(ignored)) > 0)
		;
	return 0;
}
