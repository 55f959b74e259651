/*
 * What can go wrong with the other side: lost and stopped servers, deadlines, cancelling,
 * servers that are not what they should be; and what a borrower leaves behind.
 */
#include "mariadb_fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The promise is 100 ms; the rest is for a machine that is busy with other things. */
#define TOLERANCE (1000 * MILLISECOND)

/* --- URLs ------------------------------------------------------------------------------------- */

static int connect_url(const char *url, uint64_t deadline, struct trv_error *error)
{
	static const struct trv_allocator plain;
	struct trv_connect_options options = { .url = url, .allocator = &plain, .deadline = deadline };
	struct trv_connection *connection = NULL;
	int r = DRIVER->connect(&options, &connection, error);

	if (r == 0)
		DRIVER->close(connection);
	return r;
}

TEST(maria_url, a_wrong_url_is_refused_and_its_password_is_not_shown)
{
	static const struct {
		const char *url;
		const char *part;
	} cases[] = {
		{ "mariadb:u:hunter2@h/d", "mariadb://" },
		{ "mariadb://u:hunter2@h/d?colour=red", "'colour'" },
		{ "mariadb://u:hunter2@h/d?compress=yes", "'compress'" },
		{ "mariadb://u:hunter2@h/d?ssl-mode=maybe", "'ssl-mode'" },
		{ "mariadb://u:hunter2@h/d?target_session_attrs=standby", "'target_session_attrs'" },
		{ "mariadb://u:hunter2@h/d?socket", "name=value" },
		{ "mariadb://u:hunter2@h:port/d", "port" },
		{ "mariadb://u:hunter2@h:70000/d", "port" },
		{ "mariadb://u:hunter2@[::1/d", "brackets" },
		{ "mariadb://u:hunter2%zz@h/d", "%-escape" },
		{ "mariadb://u:hunter2%00@h/d", "%-escape" },
		{ "mariadb://u:x/hunter2@h/d", "encoded" },
		{ "mariadb://u:x?hunter2=1@h/d", "encoded" },
		{ "mariadb://u:hunter2@h/d/e", "database" },
		{ "mariadb://u:hunter2@h/d?socket=/tmp/s", "'socket'" },
		{ "mariadb://u:hunter2@a,b,c,d,e,f,g,h,i/d", "hosts" },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		struct trv_error error = { 0 };
		if (!CHECK_STATUS(connect_url(cases[i].url, after_ms(1000), &error), TRV_ERR_URL))
			test_note("%s", cases[i].url);
		CHECK_CONTAINS(error.message, cases[i].part);
		CHECK(!strstr(error.message, "hunter2"));
		CHECK(!strstr(error.detail, "hunter2"));
	}
}

TEST(maria_url, a_wrong_password_is_a_permission_error_without_it)
{
	struct trv_error error = { 0 };
	char url[512];
	const char *good = maria_url();
	const char *query = strchr(good, '?');

	REQUIRE(query != NULL);
	snprintf(url, sizeof(url), "mysql://tester:hunter2@/test%s", query);
	CHECK_STATUS(connect_url(url, after_ms(2000), &error), TRV_ERR_PERMISSION);
	CHECK(!strstr(error.message, "hunter2"));
	CHECK(!strstr(error.detail, "hunter2"));
}

TEST(maria_url, the_next_host_is_tried_when_one_does_not_answer)
{
	struct fixture f;
	char url[512];
	const char *good = maria_url();
	const char *socket_path = strchr(good, '?');

	REQUIRE(socket_path != NULL);
	/* Nobody listens on port 1; an empty host is the socket. */
	snprintf(url, sizeof(url), "mariadb://tester:s3cret%%21pass@localhost:1,/test%s", socket_path);
	maria_open_url(&f, url, 0);
	CHECK_INT(maria_number(&f, "SELECT 1"), 1);
	maria_close(&f);
}

TEST(maria_url, nobody_there_is_a_connect_error)
{
	struct trv_error error = { 0 };

	CHECK_STATUS(connect_url("mariadb://u@/d?socket=/nonexistent/s", after_ms(1000), &error), TRV_ERR_CONNECT);
	CHECK_STATUS(connect_url("mariadb://u@127.0.0.1:1/d", after_ms(1000), &error), TRV_ERR_CONNECT);
	CHECK_STATUS(connect_url("mariadb://u@nowhere.invalid/d", after_ms(1000), &error), TRV_ERR_CONNECT);
	CHECK_CONTAINS(error.message, "nowhere.invalid");
}

/* --- a hostile server ---------------------------------------------------------------------------- */

struct impostor {
	int listener;
	unsigned port;
	unsigned capabilities;
	bool asks_in_clear; /* whatever the client says, wants the password in clear */
	pthread_t thread;
	char heard[4096]; /* what the client sent */
	size_t size;
};

/* The first packet of a server: version 10, capabilities, a scramble. */
static size_t make_greeting(const struct impostor *impostor, unsigned char *packet)
{
	static const char version[] = "5.5.5-10.11.0-MariaDB";
	unsigned char *at = packet + 4;

	*at++ = 10;
	memcpy(at, version, sizeof(version));
	at += sizeof(version);
	memcpy(at, "\1\0\0\0abcdefgh\0", 13);
	at += 13;
	*at++ = (unsigned char)impostor->capabilities;
	*at++ = (unsigned char)(impostor->capabilities >> 8);
	*at++ = 45;
	*at++ = 2;
	*at++ = 0;
	*at++ = (unsigned char)(impostor->capabilities >> 16);
	*at++ = (unsigned char)(impostor->capabilities >> 24);
	*at++ = 21;
	memset(at, 0, 10);
	at += 10;
	memcpy(at, "ijklmnopqrst\0mysql_native_password", 35);
	at += 35;
	packet[0] = (unsigned char)(at - packet - 4);
	packet[1] = packet[2] = packet[3] = 0;
	return (size_t)(at - packet);
}

static void hear(struct impostor *impostor, int peer)
{
	struct pollfd item = { .fd = peer, .events = POLLIN };

	while (poll(&item, 1, 300) > 0) {
		ssize_t got = read(peer, impostor->heard + impostor->size, sizeof(impostor->heard) - impostor->size);
		if (got <= 0)
			return;
		impostor->size += (size_t)got;
		if (impostor->asks_in_clear) {
			static const char ask[] = "\x16\0\0\2\xfemysql_clear_password";
			impostor->asks_in_clear = false;
			if (write(peer, ask, sizeof(ask)) < 0)
				return;
		}
	}
}

static void *impersonate(void *argument)
{
	struct impostor *impostor = argument;
	unsigned char greeting[128];
	int peer = accept(impostor->listener, NULL, NULL);

	if (peer < 0)
		return NULL;
	if (write(peer, greeting, make_greeting(impostor, greeting)) > 0)
		hear(impostor, peer);
	close(peer);
	return NULL;
}

static void impostor_start(struct impostor *impostor)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY) };
	socklen_t size = sizeof(address);

	impostor->listener = socket(AF_INET, SOCK_STREAM, 0);
	REQUIRE(impostor->listener >= 0);
	REQUIRE(bind(impostor->listener, (struct sockaddr *)&address, size) == 0);
	REQUIRE(listen(impostor->listener, 5) == 0);
	REQUIRE(getsockname(impostor->listener, (struct sockaddr *)&address, &size) == 0);
	impostor->port = ntohs(address.sin_port);
	REQUIRE(pthread_create(&impostor->thread, NULL, impersonate, impostor) == 0);
}

static bool heard_text(const struct impostor *impostor, const char *text)
{
	return memmem(impostor->heard, impostor->size, text, strlen(text)) != NULL;
}

#define LARGE ((size_t)16 << 20)
#define CAPABILITIES 0x81fff7feu /* as of a real server */
#define CAPABILITY_SSL 0x800u

/* 0.0.0.0 reaches this machine but is no loopback address. */
TEST(maria_tls, a_host_that_is_not_local_without_tls_hears_nothing)
{
	struct impostor impostor = { .capabilities = CAPABILITIES & ~CAPABILITY_SSL };
	struct trv_error error = { 0 };
	char url[100];

	impostor_start(&impostor);
	snprintf(url, sizeof(url), "mariadb://alice:hunter2@0.0.0.0:%u/db", impostor.port);
	CHECK_STATUS(connect_url(url, after_ms(2000), &error), TRV_ERR_CONNECT);
	CHECK_CONTAINS(error.message, "SSL");
	pthread_join(impostor.thread, NULL);
	CHECK_INT(impostor.size, 0);
	close(impostor.listener);
}

TEST(maria_tls, no_name_and_no_password_goes_out_before_the_server_is_verified)
{
	struct impostor impostor = { .capabilities = CAPABILITIES | CAPABILITY_SSL };
	struct trv_error error = { 0 };
	char url[100];
	uint64_t start = trv_monotonic();

	impostor_start(&impostor);
	snprintf(url, sizeof(url), "mariadb://alice:hunter2@0.0.0.0:%u/db", impostor.port);
	/* It never answers the TLS hello. */
	int r = connect_url(url, after_ms(200), &error);
	CHECK(r == TRV_ERR_TIMEOUT || r == TRV_ERR_CONNECT);
	CHECK(trv_monotonic() - start < 200 * MILLISECOND + TOLERANCE);
	pthread_join(impostor.thread, NULL);
	CHECK(impostor.size > 32);
	CHECK(!heard_text(&impostor, "alice"));
	CHECK(!heard_text(&impostor, "hunter2"));
	close(impostor.listener);
}

TEST(maria_tls, a_server_that_wants_the_password_in_clear_does_not_get_it)
{
	struct impostor impostor = { .capabilities = CAPABILITIES, .asks_in_clear = true };
	struct trv_error error = { 0 };
	char url[100];

	impostor_start(&impostor);
	snprintf(url, sizeof(url), "mariadb://alice:hunter2@127.0.0.1:%u/db", impostor.port);
	CHECK_STATUS(connect_url(url, after_ms(2000), &error), TRV_ERR_CONNECT);
	pthread_join(impostor.thread, NULL);
	CHECK(heard_text(&impostor, "alice"));
	CHECK(!heard_text(&impostor, "hunter2"));
	close(impostor.listener);
}

TEST(maria_tls, a_verified_server_is_accepted_and_another_name_is_not)
{
	const char *folder = test_temporary_folder();
	struct fixture f;
	struct trv_error error = { 0 };
	char command[1024], server[300], url[600];

	snprintf(server, sizeof(server), "%s/tls", folder);
	snprintf(command, sizeof(command),
	         "cd '%s' && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 "
	         "-subj /CN=0.0.0.0 -addext subjectAltName=IP:0.0.0.0 2> log && chmod a+rx . && chmod a+r *.pem",
	         folder);
	REQUIRE(system(command) == 0);
	unsigned port = 20000 + (unsigned)getpid() % 20000;
	snprintf(command, sizeof(command),
	         "--port=%u --bind-address=0.0.0.0 --ssl-cert=%s/cert.pem --ssl-key=%s/key.pem", port, folder, folder);
	maria_private_start(server, command);
	snprintf(url, sizeof(url), "mariadb://tester:s3cret%%21pass@0.0.0.0:%u/test?ssl-ca=%s/cert.pem", port, folder);
	maria_open_url(&f, url, 1000);
	CHECK_INT(maria_number(&f, "SELECT COUNT(*) FROM information_schema.session_status WHERE variable_name ="
	                           " 'ssl_cipher' AND variable_value <> ''"),
	          1);
	/* More than the socket takes at once. */
	struct trv_bind large = { .type = TRV_BYTES, .value = calloc(1, LARGE), .size = LARGE };
	const struct trv_slot length = { .type = TRV_INT64 };
	int64_t counted = 0;
	REQUIRE(large.value != NULL);
	CHECK_STATUS(maria_row(&f, "SELECT LENGTH(?)", &large, 1, &length, 1, &counted), 1);
	CHECK_INT(counted, LARGE);
	free((void *)(uintptr_t)large.value);
	/* Deadlines hold in TLS too. */
	maria_private_signal(server, SIGSTOP);
	uint64_t start = trv_monotonic();
	CHECK_STATUS(DRIVER->ping(f.connection, after_ms(200), &f.error), TRV_ERR_TIMEOUT);
	CHECK(trv_monotonic() - start < 200 * MILLISECOND + TOLERANCE);
	maria_private_signal(server, SIGCONT);
	maria_close(&f);
	/* Without the authority, or under another name, it is nobody. */
	snprintf(url, sizeof(url), "mariadb://tester:s3cret%%21pass@0.0.0.0:%u/test", port);
	CHECK_STATUS(connect_url(url, after_ms(2000), &error), TRV_ERR_CONNECT);
	snprintf(url, sizeof(url), "mariadb://tester:s3cret%%21pass@127.0.0.1:%u/test?ssl-ca=%s/cert.pem", port,
	         folder);
	CHECK_STATUS(connect_url(url, after_ms(2000), &error), TRV_ERR_CONNECT);
	/* Unless the URL says that it is all the same. */
	snprintf(url, sizeof(url), "mariadb://tester:s3cret%%21pass@127.0.0.1:%u/test?ssl-mode=required", port);
	CHECK_OK(connect_url(url, after_ms(2000), &error), &error);
	maria_private_stop(server);
}

/* --- lost connections ------------------------------------------------------------------------------ */

static void kill_connection(struct fixture *f)
{
	struct fixture other;
	char sql[64];
	int64_t id = maria_number(f, "SELECT CONNECTION_ID()");

	maria_open(&other);
	snprintf(sql, sizeof(sql), "KILL CONNECTION %lld", (long long)id);
	maria_run(&other, sql);
	maria_close(&other);
}

TEST(maria_lost, a_killed_connection_is_lost_and_broken)
{
	struct fixture f;
	const int64_t one = 1;
	const struct trv_bind bind = bind_int64(&one);
	struct trv_request request = { .binds = &bind, .bind_count = 1, .rows = 1, .deadline = after_ms(5000) };

	maria_open(&f);
	struct trv_statement *s = maria_prepare(&f, "DO ?");
	REQUIRE_OK(DRIVER->transaction(f.connection, TRV_VERB_BEGIN, 0, NULL, 0, &f.error), &f.error);
	kill_connection(&f);
	request.deadline = after_ms(5000);
	CHECK_STATUS(DRIVER->execute(s, &request, &f.outcome, &f.error), TRV_ERR_LOST);
	CHECK(f.connection->broken);
	CHECK(!f.connection->in_transaction);
	CHECK_STATUS(DRIVER->execute(s, &request, &f.outcome, &f.error), TRV_ERR_LOST);
	CHECK_STATUS(DRIVER->ping(f.connection, 0, &f.error), TRV_ERR_LOST);
	DRIVER->finish(s);
	DRIVER->finalize(s);
	maria_close(&f);
}

TEST(maria_lost, a_commit_on_a_lost_connection_has_an_unknown_outcome)
{
	struct fixture f;

	maria_open(&f);
	REQUIRE_OK(DRIVER->transaction(f.connection, TRV_VERB_BEGIN, 0, NULL, 0, &f.error), &f.error);
	kill_connection(&f);
	CHECK_STATUS(DRIVER->transaction(f.connection, TRV_VERB_COMMIT, 0, NULL, after_ms(2000), &f.error),
	             TRV_UNKNOWN_OUTCOME);
	CHECK(!f.error.retryable);
	CHECK(f.connection->broken);
	maria_close(&f);
}

TEST(maria_lost, a_connection_lost_between_two_rows_is_an_error_and_not_the_end)
{
	struct fixture f;
	const struct trv_slot slot = { .type = TRV_INT64 };
	const struct trv_decode decode = { .slots = &slot, .count = 1, .bases = 1 };
	struct trv_request request = { .rows = 1, .decode = &decode, .stream = true, .deadline = after_ms(5000) };
	int64_t number;
	void *bases[] = { &number };
	uint64_t absent;
	int r;

	maria_open(&f);
	struct trv_statement *s = maria_prepare(&f, "SELECT seq FROM seq_1_to_10000000");
	kill_connection(&f);
	r = DRIVER->execute(s, &request, &f.outcome, &f.error);
	CHECK_STATUS(r, TRV_ERR_LOST);
	DRIVER->finalize(s);
	maria_close(&f);
	maria_open(&f);
	s = maria_prepare(&f, "SELECT seq FROM seq_1_to_10000000");
	int64_t id = maria_number(&f, "SELECT CONNECTION_ID()");
	REQUIRE_OK(DRIVER->execute(s, &request, &f.outcome, &f.error), &f.error);
	REQUIRE_STATUS(DRIVER->fetch(s, &decode, bases, &f.arena, &absent, &f.error), 1);
	struct fixture other;
	char sql[64];
	maria_open(&other);
	snprintf(sql, sizeof(sql), "KILL CONNECTION %lld", (long long)id);
	maria_run(&other, sql);
	maria_close(&other);
	while ((r = DRIVER->fetch(s, &decode, bases, &f.arena, &absent, &f.error)) == 1)
		continue;
	if (!CHECK_STATUS(r, TRV_ERR_LOST))
		test_note("%s (%d)", f.error.message, f.error.native);
	CHECK(number < 10000000);
	CHECK(f.connection->broken);
	DRIVER->finish(s);
	DRIVER->finalize(s);
	maria_close(&f);
}

/* --- stopped servers --------------------------------------------------------------------------------- */

enum call {
	CALL_CONNECT,
	CALL_PING,
	CALL_PREPARE,
	CALL_EXECUTE,
	CALL_FETCH,
	CALL_RUN,
	CALL_COMMIT,
	CALL_RESET,
	CALL_COUNT,
};

struct stopped {
	struct fixture f;
	struct trv_statement *ready; /* prepared before the server stopped */
	const char *url;
};

static const struct trv_slot stopped_slot = { .type = TRV_INT64 };
static const struct trv_decode stopped_decode = { .slots = &stopped_slot, .count = 1, .bases = 1 };

static int fetch_all(struct stopped *stopped)
{
	int64_t number;
	void *bases[] = { &number };
	uint64_t absent;
	int r;

	do
		r = DRIVER->fetch(stopped->ready, &stopped_decode, bases, &stopped->f.arena, &absent,
		                  &stopped->f.error);
	while (r == 1);
	return r;
}

static int call_stopped(struct stopped *stopped, enum call call, uint64_t deadline)
{
	struct trv_connection *c = stopped->f.connection;
	struct trv_error *error = &stopped->f.error;
	struct trv_statement *s;
	struct trv_request request = { .rows = 1, .decode = &stopped_decode, .deadline = deadline };

	switch (call) {
	case CALL_CONNECT:
		return connect_url(stopped->url, deadline, error);
	case CALL_PING:
		return DRIVER->ping(c, deadline, error);
	case CALL_PREPARE:
		return DRIVER->prepare(c, "SELECT 1", 8, deadline, &s, error);
	case CALL_EXECUTE:
		return DRIVER->execute(stopped->ready, &request, &stopped->f.outcome, error);
	case CALL_FETCH:
		return fetch_all(stopped);
	case CALL_RUN:
		return DRIVER->run(c, "DO 1", deadline, error);
	case CALL_COMMIT:
		return DRIVER->transaction(c, TRV_VERB_COMMIT, 0, NULL, deadline, error);
	case CALL_RESET:
		return DRIVER->reset(c, deadline, error);
	default:
		return 0;
	}
}

static void check_stopped(const char *folder, const char *url, enum call call)
{
	struct stopped stopped = { .url = url };

	maria_open_url(&stopped.f, url, 30000);
	stopped.ready = maria_prepare(&stopped.f, "SELECT seq FROM seq_1_to_1000000");
	REQUIRE_STATUS(DRIVER->transaction(stopped.f.connection, TRV_VERB_BEGIN, 0, NULL, 0, &stopped.f.error), 0);
	uint64_t deadline = after_ms(call == CALL_FETCH ? 300 : 200);
	struct trv_request request = { .rows = 1, .decode = &stopped_decode, .deadline = deadline };
	if (call == CALL_FETCH)
		REQUIRE_STATUS(DRIVER->execute(stopped.ready, &request, &stopped.f.outcome, &stopped.f.error), 0);
	maria_private_signal(folder, SIGSTOP);
	int r = call_stopped(&stopped, call, deadline);
	uint64_t returned = trv_monotonic();
	if (!CHECK_STATUS(r, call == CALL_COMMIT ? TRV_UNKNOWN_OUTCOME : TRV_ERR_TIMEOUT))
		test_note("call %d", call);
	if (!CHECK(returned < deadline + TOLERANCE))
		test_note("call %d took %llu ms too long", call,
		          (unsigned long long)((returned - deadline) / MILLISECOND));
	CHECK_INT(stopped.f.connection->broken, call != CALL_CONNECT);
	DRIVER->finish(stopped.ready);
	DRIVER->finalize(stopped.ready);
	if (call == CALL_CONNECT)
		maria_private_signal(folder, SIGCONT);
	maria_close(&stopped.f);
	CHECK(trv_monotonic() < returned + TOLERANCE);
	maria_private_signal(folder, SIGCONT);
}

TEST(maria_deadline, a_stopped_server_makes_every_call_return_in_time)
{
	char folder[300];

	/* As root the server has another account, which must get there. */
	const char *parent = test_temporary_folder();
	REQUIRE(chmod(parent, 0755) == 0);
	snprintf(folder, sizeof(folder), "%s/stopped", parent);
	const char *url = maria_private_start(folder, NULL);
	for (int call = 0; call < CALL_COUNT; call++)
		check_stopped(folder, url, (enum call)call);
	maria_private_stop(folder);
}

TEST(maria_deadline, a_slow_statement_ends_at_its_deadline)
{
	struct fixture f;

	maria_open(&f);
	uint64_t deadline = after_ms(150);
	CHECK_STATUS(DRIVER->run(f.connection, "DO SLEEP(10)", deadline, &f.error), TRV_ERR_TIMEOUT);
	CHECK(trv_monotonic() < deadline + TOLERANCE);
	CHECK(f.connection->broken);
	maria_close(&f);
}

TEST(maria_deadline, the_usual_deadline_is_kept_by_the_server_and_the_connection_lives)
{
	struct fixture f;

	maria_open_url(&f, maria_url(), 400);
	uint64_t deadline = after_ms(400);
	CHECK_STATUS(DRIVER->run(f.connection, "SELECT SLEEP(10)", deadline, &f.error), TRV_ERR_TIMEOUT);
	CHECK(trv_monotonic() < deadline + TOLERANCE);
	CHECK(!f.connection->broken);
	/* A longer one is kept too. */
	CHECK_OK(DRIVER->run(f.connection, "SELECT SLEEP(0.6)", after_ms(5000), &f.error), &f.error);
	CHECK_STATUS(DRIVER->run(f.connection, "DO 1", trv_monotonic() - 1, &f.error), TRV_ERR_TIMEOUT);
	CHECK(!f.connection->broken);
	maria_close(&f);
}

/* --- cancelling ------------------------------------------------------------------------------------------ */

/* A statement that lasts: n times n rows are looked at. */
#define JOIN(n) "SELECT COUNT(*) FROM seq_1_to_" #n " a JOIN seq_1_to_" #n " b WHERE a.seq * b.seq + a.seq = -1"

static void *cancel_later(void *argument)
{
	struct trv_connection *connection = argument;
	struct trv_error error = { 0 };

	usleep(100000);
	return (void *)(intptr_t)DRIVER->cancel(connection, &error);
}

TEST(maria_cancel, a_running_statement_is_ended_and_the_connection_lives)
{
	struct fixture f;
	pthread_t thread;
	void *canceled;

	maria_open(&f);
	REQUIRE(pthread_create(&thread, NULL, cancel_later, f.connection) == 0);
	CHECK_STATUS(DRIVER->run(f.connection, JOIN(1000000), after_ms(10000), &f.error), TRV_ERR_CANCELED);
	pthread_join(thread, &canceled);
	CHECK(canceled == NULL);
	CHECK(!f.connection->broken);
	CHECK_INT(maria_number(&f, "SELECT 1"), 1);
	CHECK_OK(DRIVER->cancel(f.connection, &f.error), &f.error);
	CHECK_INT(maria_number(&f, "SELECT 1"), 1);
	maria_close(&f);
}

struct canceller {
	struct trv_connection *connection;
	atomic_bool stop;
	atomic_int sent;
};

static void *cancel_always(void *argument)
{
	struct canceller *canceller = argument;
	struct trv_error error;

	while (!atomic_load(&canceller->stop)) {
		(void)DRIVER->cancel(canceller->connection, &error);
		atomic_fetch_add(&canceller->sent, 1);
	}
	return NULL;
}

static void *cancel_once(void *argument)
{
	struct trv_error error;

	return (void *)(intptr_t)DRIVER->cancel(argument, &error);
}

TEST(maria_cancel, a_late_cancel_never_hits_the_next_statement)
{
	struct fixture f;
	int victims = 0, canceled = 0;

	maria_open(&f);
	for (int i = 0; i < 200; i++) {
		struct canceller canceller = { .connection = f.connection };
		pthread_t thread;
		REQUIRE(pthread_create(&thread, NULL, cancel_always, &canceller) == 0);
		int r = DRIVER->run(f.connection, JOIN(300), after_ms(10000), &f.error);
		if (r != 0 && !CHECK_STATUS(r, TRV_ERR_CANCELED))
			test_note("%d: %s", f.error.native, f.error.message);
		canceled += r < 0;
		/* The last one may have been sent for it and be on its way still: this waits for that. */
		atomic_store(&canceller.stop, true);
		pthread_join(thread, NULL);
		victims += DRIVER->run(f.connection, "DO 1", after_ms(10000), &f.error) != 0;
		victims += DRIVER->run(f.connection, "SELECT 1", after_ms(10000), &f.error) != 0;
	}
	CHECK(canceled > 0);
	CHECK_INT(victims, 0);
	maria_close(&f);
}

/*
 * Where a statement is killed while a storage engine looks for its tables, the server reports that search
 * (1939), not the kill. Tables that it has never seen make that likely.
 */
TEST(maria_cancel, a_kill_that_the_server_reports_as_another_error_is_a_cancel)
{
	char sql[2048];
	struct fixture f;
	int disguised = 0;

	maria_open(&f);
	for (int i = 0; i < 150; i++) {
		struct canceller canceller = { .connection = f.connection };
		pthread_t thread;
		size_t size = (size_t)snprintf(sql, sizeof(sql), "SELECT 1 FROM seq_1_to_%d", 1000 + i * 40);
		for (int k = 1; k < 40; k++)
			size += (size_t)snprintf(sql + size, sizeof(sql) - size, ", seq_1_to_%d t%d", 1000 + i * 40 + k,
			                         k);
		snprintf(sql + size, sizeof(sql) - size, " LIMIT 1");
		REQUIRE(pthread_create(&thread, NULL, cancel_always, &canceller) == 0);
		int r = DRIVER->run(f.connection, sql, after_ms(10000), &f.error);
		if (r != 0 && !CHECK_STATUS(r, TRV_ERR_CANCELED))
			test_note("%d: %s", f.error.native, f.error.message);
		disguised += r != 0 && strcmp(f.error.sqlstate, "HY000") == 0;
		atomic_store(&canceller.stop, true);
		pthread_join(thread, NULL);
	}
	test_note("%d of 150 were reported as another error", disguised);
	/* Without a cancel it is what it says. */
	CHECK_STATUS(DRIVER->run(f.connection, "SELECT * FROM seq_1_to_0_step_0", after_ms(10000), &f.error),
	             TRV_ERR_SQL);
	CHECK_STR(f.error.sqlstate, "HY000");
	maria_close(&f);
}

/* The canceller found a statement and is still connecting when the next one is to run: that one waits. */
TEST(maria_cancel, the_next_statement_waits_for_a_cancel_under_way)
{
	struct fixture f;
	int victims = 0;

	maria_open(&f);
	for (int i = 0; i < 200; i++) {
		pthread_t thread;
		REQUIRE(pthread_create(&thread, NULL, cancel_once, f.connection) == 0);
		int first = DRIVER->run(f.connection, JOIN(100), after_ms(10000), &f.error);
		CHECK(first == 0 || first == TRV_ERR_CANCELED);
		/* Whatever the canceller meant, it began before or in the middle of one of these two. */
		int second = DRIVER->run(f.connection, JOIN(100), after_ms(10000), &f.error);
		CHECK(second == 0 || (second == TRV_ERR_CANCELED && first == 0));
		pthread_join(thread, NULL);
		victims += DRIVER->run(f.connection, JOIN(100), after_ms(10000), &f.error) != 0;
	}
	CHECK_INT(victims, 0);
	maria_close(&f);
}

/* --- reset ------------------------------------------------------------------------------------------------- */

TEST(maria_reset, nothing_of_a_borrower_is_left_for_the_next)
{
	struct fixture f;

	maria_open(&f);
	struct trv_statement *s = maria_prepare(&f, "SELECT @@sql_mode LIKE '%STRICT_ALL%' AND @@time_zone = '+00:00'");
	maria_run(&f, "SET sql_mode = '', time_zone = '+05:00', @secret = 7");
	maria_run(&f, "CREATE TEMPORARY TABLE left_behind (n int)");
	maria_run(&f, "USE information_schema");
	CHECK_INT(maria_number(&f, "SELECT GET_LOCK('left', 0)"), 1);
	REQUIRE_OK(DRIVER->transaction(f.connection, TRV_VERB_BEGIN, 0, NULL, 0, &f.error), &f.error);
	CHECK_OK(DRIVER->reset(f.connection, after_ms(2000), &f.error), &f.error);
	CHECK(!f.connection->in_transaction);
	CHECK_INT(maria_number(&f, "SELECT @secret IS NULL"), 1);
	CHECK_INT(maria_number(&f, "SELECT DATABASE() <> 'information_schema'"), 1);
	CHECK_INT(maria_number(&f, "SELECT IS_FREE_LOCK('left')"), 1);
	CHECK_STATUS(DRIVER->run(f.connection, "SELECT * FROM left_behind", 0, &f.error), TRV_ERR_SQL);
	/* A statement prepared before is prepared again by itself. */
	int64_t held = 0;
	void *bases[] = { &held };
	uint64_t absent;
	struct trv_request request = { .rows = 1, .decode = &stopped_decode };
	CHECK_OK(DRIVER->execute(s, &request, &f.outcome, &f.error), &f.error);
	CHECK_STATUS(DRIVER->fetch(s, &stopped_decode, bases, &f.arena, &absent, &f.error), 1);
	CHECK_INT(held, 1);
	DRIVER->finish(s);
	DRIVER->finalize(s);
	maria_close(&f);
}

/* How many statements the server has prepared for this connection since it began. */
static int64_t prepared_so_far(struct fixture *f)
{
	return maria_number(f, "SELECT variable_value FROM information_schema.session_status"
	                       " WHERE variable_name = 'com_stmt_prepare'");
}

TEST(maria_reset, a_transaction_alone_is_rolled_back_and_statements_stay_prepared)
{
	struct fixture f;
	struct trv_request request = { .rows = 1 };

	maria_open(&f);
	maria_run(&f, "CREATE OR REPLACE TABLE undone (n int)");
	struct trv_statement *s = maria_prepare(&f, "INSERT INTO undone VALUES (1)");
	int64_t before = prepared_so_far(&f);
	for (int i = 0; i < 3; i++) {
		REQUIRE_OK(DRIVER->transaction(f.connection, TRV_VERB_BEGIN, 0, NULL, 0, &f.error), &f.error);
		CHECK_OK(DRIVER->execute(s, &request, &f.outcome, &f.error), &f.error);
		CHECK_OK(DRIVER->reset(f.connection, 0, &f.error), &f.error);
	}
	CHECK_INT(maria_number(&f, "SELECT COUNT(*) FROM undone"), 0);
	/* The two questions themselves. */
	CHECK_INT(prepared_so_far(&f) - before, 2);
	DRIVER->finalize(s);
	maria_run(&f, "DROP TABLE undone");
	maria_close(&f);
}

/* --- memory --------------------------------------------------------------------------------------------------- */

static int use_everything(const struct trv_allocator *allocator, void *argument)
{
	struct trv_connect_options options = { .url = argument, .allocator = allocator, .deadline = after_ms(5000) };
	struct trv_connection *connection = NULL;
	struct trv_statement *s = NULL;
	struct trv_error error = { 0 };
	struct trv_outcome outcome;
	struct trv_arena arena;
	const char *sql = "SELECT ? AS a, ? AS b";
	const int64_t number = 5;
	const struct trv_bind binds[] = { bind_int64(&number), bind_text("text") };
	static const struct trv_slot slots[] = { { .type = TRV_INT64, .name = "a" },
		                                 { .type = TRV_TEXT, .name = "b", .offset = 8 } };
	static const struct trv_decode decode = { .slots = slots, .count = 2, .bases = 1 };
	struct trv_request request = { .binds = binds, .bind_count = 2, .rows = 1, .decode = &decode };
	struct trv_result_column columns[2];
	struct {
		int64_t a;
		const char *b;
	} row;
	void *bases[] = { &row };
	uint64_t absent;

	trv_arena_init(&arena, allocator, 0);
	int r = DRIVER->connect(&options, &connection, &error);
	if (r == 0)
		r = DRIVER->prepare(connection, sql, strlen(sql), 0, &s, &error);
	if (r == 0)
		r = DRIVER->columns(s, columns, 2, &error);
	if (r > 0)
		r = DRIVER->execute(s, &request, &outcome, &error);
	if (r == 0)
		r = DRIVER->fetch(s, &decode, bases, &arena, &absent, &error);
	if (s) {
		DRIVER->finish(s);
		DRIVER->finalize(s);
	}
	if (connection)
		DRIVER->close(connection);
	trv_arena_release(&arena);
	return r < 0 ? r : 0;
}

TEST(maria_memory, running_out_of_it_is_an_error_and_leaks_nothing)
{
	CHECK_SWEEP(use_everything, (void *)(uintptr_t)maria_url());
}
