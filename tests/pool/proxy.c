#include "proxy.h"

#include "fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int dial(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int handle = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (handle >= 0 && connect(handle, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(handle);
		return -1;
	}
	return handle;
}

static void drop(struct proxy *proxy, unsigned i)
{
	close(proxy->pairs[i][0]);
	if (proxy->pairs[i][1] >= 0)
		close(proxy->pairs[i][1]);
	proxy->count--;
	proxy->pairs[i][0] = proxy->pairs[proxy->count][0];
	proxy->pairs[i][1] = proxy->pairs[proxy->count][1];
}

static void take(struct proxy *proxy)
{
	int client = accept(proxy->listener, NULL, NULL), server = -1;
	unsigned hang = atomic_load(&proxy->hang);
	int mode = atomic_load(&proxy->mode);
	bool hangs = hang > 0 || mode == PROXY_SILENT;

	if (client < 0)
		return;
	atomic_fetch_add(&proxy->accepted, 1);
	if (hang)
		atomic_fetch_sub(&proxy->hang, 1);
	if (!hangs && mode == PROXY_PASS)
		server = dial(proxy->target);
	if ((!hangs && server < 0) || proxy->count == PROXY_PAIRS) {
		close(client);
		return;
	}
	proxy->pairs[proxy->count][0] = client;
	proxy->pairs[proxy->count++][1] = server;
}

/* False: one side is gone. */
static bool carry(int from, int to)
{
	char data[65536];
	ssize_t size = recv(from, data, sizeof(data), 0);

	for (ssize_t sent = 0, now; sent < size; sent += now)
		if ((now = send(to, data + sent, (size_t)(size - sent), MSG_NOSIGNAL)) <= 0)
			return false;
	return size > 0;
}

static void carry_all(struct proxy *proxy, const struct pollfd *items)
{
	for (unsigned i = proxy->count; i-- > 0;) {
		const short both[] = { items[2 * i].revents, items[2 * i + 1].revents };
		bool alive = true;

		for (int side = 0; side < 2 && alive; side++)
			if (both[side] && proxy->pairs[i][1] >= 0)
				alive = carry(proxy->pairs[i][side], proxy->pairs[i][!side]);
		if (!alive)
			drop(proxy, i);
	}
}

static void *run(void *argument)
{
	struct proxy *proxy = argument;
	struct pollfd items[2 * PROXY_PAIRS + 1];

	while (!atomic_load(&proxy->stop)) {
		bool silent = atomic_load(&proxy->mode) == PROXY_SILENT;
		unsigned pairs = silent ? 0 : proxy->count;

		if (atomic_exchange(&proxy->cut, 0))
			while (proxy->count)
				drop(proxy, 0);
		pairs = pairs < proxy->count ? pairs : proxy->count;
		for (unsigned i = 0; i < pairs; i++)
			for (int side = 0; side < 2; side++)
				items[2 * i + (unsigned)side] = (struct pollfd) {
					.fd = proxy->pairs[i][1] < 0 ? -1 : proxy->pairs[i][side],
					.events = POLLIN,
				};
		items[2 * pairs] = (struct pollfd) { .fd = proxy->listener, .events = POLLIN };
		poll(items, 2 * pairs + 1, 5);
		bool waiting = items[2 * pairs].revents != 0;
		if (pairs)
			carry_all(proxy, items);
		if (waiting)
			take(proxy);
	}
	return NULL;
}

static void listen_locally(struct proxy *proxy)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);

	proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	REQUIRE(proxy->listener >= 0);
	REQUIRE(bind(proxy->listener, (struct sockaddr *)&address, size) == 0);
	REQUIRE(listen(proxy->listener, 128) == 0);
	REQUIRE(getsockname(proxy->listener, (struct sockaddr *)&address, &size) == 0);
	proxy->port = ntohs(address.sin_port);
}

const char *proxy_start(struct proxy *proxy)
{
	static char url[256], target[108];

	memset(proxy, 0, sizeof(*proxy));
	server_socket(target, sizeof(target));
	proxy->target = target;
	listen_locally(proxy);
	snprintf(url, sizeof(url), "%s://tester:s3cret%%21pass@127.0.0.1:%d/test%s", engine(), proxy->port,
	         is_postgresql() ? "?sslmode=disable" : "");
	REQUIRE(pthread_create(&proxy->thread, NULL, run, proxy) == 0);
	return url;
}

static bool has_none(void *argument)
{
	return atomic_load(&((struct proxy *)argument)->cut) == 0;
}

void proxy_cut(struct proxy *proxy)
{
	atomic_store(&proxy->cut, 1);
	CHECK(await(has_none, proxy));
	pass(5);
}

void proxy_stop(struct proxy *proxy)
{
	atomic_store(&proxy->stop, 1);
	pthread_join(proxy->thread, NULL);
	while (proxy->count)
		drop(proxy, 0);
	close(proxy->listener);
}
