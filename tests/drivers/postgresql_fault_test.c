/*
 * The PostgreSQL driver under fault: lost, stopped and silent servers, cancels, memory
 * that runs out, and secrets that must not be told.
 */
#include "postgresql_fixture.h"
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MILLISECOND UINT64_C(1000000)

static const struct trv_slot integer_slot = { .type = TRV_INT64, .name = "x" };
static const struct trv_decode integer_decode = { .slots = &integer_slot, .count = 1, .bases = 1 };

static pid_t backend_of(struct fixture *f)
{
	return (pid_t)select_integer(f, "SELECT pg_backend_pid() AS x");
}

static int terminate(struct fixture *by, pid_t pid)
{
	char sql[80];

	snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d, 5000)", (int)pid);
	return run(by, sql);
}

/* Does it, and checks that it took no longer than the deadline and 100 ms. */
static int timed_run(struct fixture *f, const char *sql, uint64_t milliseconds)
{
	uint64_t start = trv_monotonic();
	int r = driver->run(f->connection, sql, start + milliseconds * MILLISECOND, &f->error);
	uint64_t took = trv_monotonic() - start;

	/* the promise is 100 ms; the rest is for a machine that is busy with other things */
	CHECK(took < (milliseconds + 1000) * MILLISECOND);
	return r;
}

/* A socket that listens on a port of the loopback. */
static int listen_locally(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	REQUIRE(listener >= 0);
	REQUIRE(bind(listener, (struct sockaddr *)&address, size) == 0);
	REQUIRE(listen(listener, 8) == 0);
	REQUIRE(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
	*port = ntohs(address.sin_port);
	return listener;
}

/* --- lost ------------------------------------------------------------------------------ */

TEST(postgresql_faults, a_backend_that_was_killed_is_a_lost_connection)
{
	struct fixture f, other;
	struct trv_statement *statement;

	fixture_open(&other, "");
	for (int way = 0; way < 3; way++) {
		fixture_open(&f, "");
		REQUIRE_OK(prepare(&f, "SELECT 1::bigint AS x", &statement), &f.error);
		REQUIRE_OK(terminate(&other, backend_of(&f)), &other.error);
		if (way == 0)
			CHECK_STATUS(driver->ping(f.connection, in_ms(1000), &f.error), TRV_ERR_LOST);
		else if (way == 1)
			CHECK_STATUS(driver->execute(statement,
			                             &(struct trv_request) { .rows = 1,
			                                                     .decode = &integer_decode,
			                                                     .deadline = in_ms(1000) },
			                             &f.outcome, &f.error),
			             TRV_ERR_LOST);
		else
			CHECK_STATUS(run(&f, "SELECT 1"), TRV_ERR_LOST);
		CHECK(f.connection->broken);
		CHECK_STR(f.error.sqlstate, "57P01");
		CHECK_STATUS(run(&f, "SELECT 1"), TRV_ERR_LOST);
		driver->finalize(statement);
		fixture_close(&f);
	}
	fixture_close(&other);
}

struct runner {
	struct fixture fixture;
	const char *sql;
	enum trv_transaction_verb verb; /* where there is no text */
	int result;
};

static void *run_runner(void *argument)
{
	struct runner *runner = argument;

	runner->result =
		runner->sql ? run(&runner->fixture, runner->sql) : transaction(&runner->fixture, runner->verb, 0);
	return NULL;
}

/* Waits until the backend waits for what `event` names. */
static void await(struct fixture *other, pid_t pid, const char *event)
{
	char sql[200];
	uint64_t deadline = in_ms(5000);

	snprintf(sql, sizeof(sql), "SELECT count(*) AS x FROM pg_stat_activity WHERE pid = %d AND wait_event = '%s'",
	         (int)pid, event);
	while (select_integer(other, sql) == 0)
		REQUIRE(trv_monotonic() < deadline);
}

TEST(postgresql_faults, a_backend_killed_in_a_statement_is_a_lost_connection)
{
	struct runner runner = { .sql = "SELECT pg_sleep(30)" };
	struct fixture other;
	pthread_t thread;

	fixture_open(&other, "");
	fixture_open(&runner.fixture, "");
	pid_t pid = backend_of(&runner.fixture);
	REQUIRE(pthread_create(&thread, NULL, run_runner, &runner) == 0);
	await(&other, pid, "PgSleep");
	CHECK_OK(terminate(&other, pid), &other.error);
	pthread_join(thread, NULL);
	CHECK_STATUS(runner.result, TRV_ERR_LOST);
	CHECK(runner.fixture.connection->broken);
	fixture_close(&runner.fixture);
	fixture_close(&other);
}

/* A table whose rows make COMMIT take as long as `sleep` says. */
static void make_slow_commit(struct fixture *f)
{
	REQUIRE_OK(run(f, "CREATE TEMPORARY TABLE slow (x int)"), &f->error);
	REQUIRE_OK(run(f, "CREATE FUNCTION pg_temp.wait() RETURNS trigger LANGUAGE plpgsql AS "
	                  "$$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$"),
	           &f->error);
	REQUIRE_OK(run(f, "CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED "
	                  "FOR EACH ROW EXECUTE FUNCTION pg_temp.wait()"),
	           &f->error);
	REQUIRE_OK(transaction(f, TRV_VERB_BEGIN, 0), &f->error);
	REQUIRE_OK(run(f, "INSERT INTO slow VALUES (1)"), &f->error);
}

TEST(postgresql_faults, a_connection_lost_at_commit_is_an_unknown_outcome)
{
	struct runner runner = { .verb = TRV_VERB_COMMIT };
	struct fixture other;
	pthread_t thread;

	fixture_open(&other, "");
	fixture_open(&runner.fixture, "");
	pid_t pid = backend_of(&runner.fixture);
	make_slow_commit(&runner.fixture);
	REQUIRE(pthread_create(&thread, NULL, run_runner, &runner) == 0);
	await(&other, pid, "PgSleep");
	CHECK_OK(terminate(&other, pid), &other.error);
	pthread_join(thread, NULL);
	CHECK_STATUS(runner.result, TRV_UNKNOWN_OUTCOME);
	CHECK_INT(runner.fixture.error.code, TRV_UNKNOWN_OUTCOME);
	CHECK(!runner.fixture.error.retryable);
	CHECK(runner.fixture.connection->broken);
	fixture_close(&runner.fixture);
	fixture_close(&other);
}

TEST(postgresql_faults, a_backend_killed_before_commit_is_known_to_have_rolled_back)
{
	struct fixture f, other;

	fixture_open(&other, "");
	fixture_open(&f, "");
	REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
	REQUIRE_OK(terminate(&other, backend_of(&f)), &other.error);
	CHECK_STATUS(transaction(&f, TRV_VERB_COMMIT, 0), TRV_ERR_LOST);
	CHECK(f.error.retryable);
	CHECK(f.connection->broken);
	fixture_close(&f);
	fixture_close(&other);
}

/* Stands between a client and the server, and cuts both off when it has passed a COMMIT on. */
struct proxy {
	int listener;
	int port;
	struct sockaddr_un server;
	bool cut; /* after the COMMIT was passed on; else instead of it */
	int hold; /* the client sees the end only when there is something to read here; 0: at once */
	pthread_t thread;
};

static int reach_server(const struct proxy *proxy)
{
	int server = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK(connect(server, (const struct sockaddr *)&proxy->server, sizeof(proxy->server)) == 0);
	return server;
}

/* Passes on what has arrived; false at the end of the conversation. */
static bool pass_on(int from, int to, const struct proxy *proxy)
{
	char bytes[8192];
	ssize_t size = read(from, bytes, sizeof(bytes));

	if (size <= 0)
		return false;
	bool commit = memmem(bytes, (size_t)size, "COMMIT", 6);
	if (commit && !proxy->cut)
		return false;
	return write(to, bytes, (size_t)size) == size && !commit;
}

static void converse(const struct proxy *proxy, int client)
{
	int server = reach_server(proxy);
	struct pollfd entries[] = { { .fd = client, .events = POLLIN }, { .fd = server, .events = POLLIN } };
	bool open = true;

	while (open && poll(entries, 2, 10000) > 0) {
		if (entries[0].revents)
			open = pass_on(client, server, proxy);
		if (open && entries[1].revents) {
			struct proxy any = { .cut = true };

			open = pass_on(server, client, &any);
		}
	}
	char byte;
	if (proxy->hold)
		CHECK(read(proxy->hold, &byte, 1) == 1);
	close(client);
	/* The server has to see the COMMIT before it sees the end. */
	shutdown(server, SHUT_WR);
	char rest[512];
	while (read(server, rest, sizeof(rest)) > 0)
		continue;
	close(server);
}

static void *be_proxy(void *argument)
{
	struct proxy *proxy = argument;
	int client;

	while ((client = accept(proxy->listener, NULL, NULL)) >= 0)
		converse(proxy, client);
	return NULL;
}

/* Accepts at a port of its own; in `url` the program's database through it. */
static void proxy_start(struct proxy *proxy, char url[1024])
{
	const char *folder = NULL;
	char host[32];

	proxy->listener = listen_locally(&proxy->port);
	snprintf(host, sizeof(host), "127.0.0.1:%d", proxy->port);
	server_url_by(url, host, "sslmode=disable", &folder);
	proxy->server.sun_family = AF_UNIX;
	snprintf(proxy->server.sun_path, sizeof(proxy->server.sun_path), "%s/.s.PGSQL.5432", folder);
	REQUIRE(pthread_create(&proxy->thread, NULL, be_proxy, proxy) == 0);
}

static void proxy_stop(struct proxy *proxy)
{
	shutdown(proxy->listener, SHUT_RDWR);
	pthread_join(proxy->thread, NULL);
	close(proxy->listener);
}

TEST(postgresql_faults, a_server_whose_last_words_have_come_but_not_the_end_has_rolled_back)
{
	struct fixture f, other;
	struct proxy proxy = { 0 };
	char url[1024];
	int ends[2];

	REQUIRE(pipe(ends) == 0);
	proxy.hold = ends[0];
	proxy_start(&proxy, url);
	fixture_open(&other, "");
	REQUIRE_OK(fixture_connect(&f, url), &f.error);
	REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
	REQUIRE_OK(run(&f, "CREATE TEMPORARY TABLE x (x int)"), &f.error);
	struct pollfd words = { .fd = PQsocket(driver->native(f.connection)), .events = POLLIN };
	CHECK_OK(terminate(&other, backend_of(&f)), &other.error);
	CHECK(poll(&words, 1, 10000) == 1);
	CHECK_STATUS(transaction(&f, TRV_VERB_COMMIT, 0), TRV_ERR_LOST);
	CHECK(f.error.retryable);
	CHECK(f.connection->broken);
	CHECK(write(ends[1], "x", 1) == 1);
	fixture_close(&f);
	fixture_close(&other);
	proxy_stop(&proxy);
	close(ends[0]);
	close(ends[1]);
}

TEST(postgresql_faults, a_connection_cut_at_commit_is_an_unknown_outcome_every_time)
{
	enum {
		TURNS = 100
	};
	struct fixture f, other;
	struct proxy proxy = { 0 };
	char url[1024];
	int64_t rows = 0;

	proxy_start(&proxy, url);
	fixture_open(&other, "");
	REQUIRE_OK(run(&other, "DROP TABLE IF EXISTS cut"), &other.error);
	REQUIRE_OK(run(&other, "CREATE TABLE cut (x int)"), &other.error);
	for (int turn = 0; turn < TURNS; turn++) {
		proxy.cut = turn % 2;
		REQUIRE_OK(fixture_connect(&f, url), &f.error);
		REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
		REQUIRE_OK(write_with(&f, "INSERT INTO cut VALUES (1)", NULL, 0), &f.error);
		CHECK_STATUS(transaction(&f, TRV_VERB_COMMIT, 0), TRV_UNKNOWN_OUTCOME);
		CHECK(!f.error.retryable);
		CHECK(f.connection->broken);
		fixture_close(&f);
	}
	proxy_stop(&proxy);
	/* Half of them took place: nobody could have known which. */
	rows = select_integer(&other, "SELECT count(*) AS x FROM cut");
	CHECK_INT(rows, TURNS / 2);
	CHECK_OK(run(&other, "DROP TABLE cut"), &other.error);
	fixture_close(&other);
}

TEST(postgresql_faults, a_deadline_that_passes_at_commit_is_an_unknown_outcome)
{
	struct fixture f;

	fixture_open(&f, "");
	make_slow_commit(&f);
	CHECK_STATUS(driver->transaction(f.connection, TRV_VERB_COMMIT, 0, NULL, in_ms(200), &f.error),
	             TRV_UNKNOWN_OUTCOME);
	CHECK(f.connection->broken);
	fixture_close(&f);
}

TEST(postgresql_faults, a_commit_on_a_connection_that_was_lost_before_is_known_to_have_failed)
{
	struct fixture f;

	fixture_open(&f, "");
	REQUIRE_OK(transaction(&f, TRV_VERB_BEGIN, 0), &f.error);
	CHECK_STATUS(timed_run(&f, "SELECT pg_sleep(30)", 100), TRV_ERR_TIMEOUT);
	CHECK_STATUS(transaction(&f, TRV_VERB_COMMIT, 0), TRV_ERR_LOST);
	fixture_close(&f);
}

/* --- silent ---------------------------------------------------------------------------- */

TEST(postgresql_faults, a_statement_ends_at_its_deadline_and_on_the_server_too)
{
	struct fixture f, other;
	char sql[200];
	uint64_t deadline;

	fixture_open(&f, "");
	fixture_open(&other, "");
	pid_t pid = backend_of(&f);
	CHECK_STATUS(timed_run(&f, "SELECT pg_sleep(30)", 150), TRV_ERR_TIMEOUT);
	CHECK(f.connection->broken);
	fixture_close(&f);
	snprintf(sql, sizeof(sql), "SELECT count(*) AS x FROM pg_stat_activity WHERE pid = %d", (int)pid);
	deadline = in_ms(3000);
	while (select_integer(&other, sql) > 0)
		REQUIRE(trv_monotonic() < deadline);
	fixture_close(&other);
}

/* The server's first process: the parent of a backend. */
static pid_t postmaster_of(pid_t backend)
{
	char path[64];
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)backend);
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%*d %*s %*c %d", &parent) != 1)
		parent = 0;
	fclose(file);
	return parent;
}

/* Only a server of our own can be stopped. */
static void stop(pid_t pid)
{
	if (pid <= 0 || kill(pid, SIGSTOP) != 0)
		SKIP("the server's processes are not ours");
}

/* The BEGIN alone does not reach the server. */
static int begin_and_savepoint(struct fixture *f)
{
	REQUIRE_OK(transaction(f, TRV_VERB_BEGIN, 0), &f->error);
	return driver->transaction(f->connection, TRV_VERB_SAVEPOINT, 1, NULL, in_ms(200), &f->error);
}

TEST(postgresql_faults, every_call_returns_by_its_deadline_when_the_backend_stops)
{
	struct fixture f;
	struct trv_statement *statement;
	struct trv_request request = { .rows = 1, .decode = &integer_decode };

	for (int way = 0; way < 5; way++) {
		fixture_open(&f, "");
		REQUIRE_OK(prepare(&f, "SELECT 1::bigint AS x", &statement), &f.error);
		pid_t pid = backend_of(&f);
		stop(pid);
		uint64_t start = trv_monotonic();
		int r = TRV_OK;
		request.deadline = in_ms(200);
		if (way == 0)
			r = driver->execute(statement, &request, &f.outcome, &f.error);
		else if (way == 1)
			r = driver->ping(f.connection, in_ms(200), &f.error);
		else if (way == 2)
			r = driver->reset(f.connection, in_ms(200), &f.error);
		else if (way == 3)
			r = begin_and_savepoint(&f);
		else
			r = driver->pipeline(f.connection, &statement, &request, &f.outcome, 1, &f.error);
		CHECK(trv_monotonic() - start < 300 * MILLISECOND);
		CHECK_STATUS(r, TRV_ERR_TIMEOUT);
		CHECK(f.connection->broken);
		driver->finalize(statement);
		fixture_close(&f);
		kill(pid, SIGCONT);
	}
}

TEST(postgresql_faults, a_large_write_to_a_stopped_backend_returns_by_its_deadline)
{
	struct fixture f;
	size_t size = (size_t)16 << 20;
	char *data = calloc(1, size);
	struct trv_bind bind = { .value = data, .size = size, .type = TRV_BYTES };
	struct trv_statement *statement;

	REQUIRE(data);
	fixture_open(&f, "");
	REQUIRE_OK(prepare(&f, "SELECT length($1)::bigint AS x", &statement), &f.error);
	struct trv_request request = { .binds = &bind, .bind_count = 1, .rows = 1, .decode = &integer_decode };
	request.deadline = in_ms(5000);
	REQUIRE_OK(driver->execute(statement, &request, &f.outcome, &f.error), &f.error);
	driver->finish(statement);
	pid_t pid = backend_of(&f);
	stop(pid);
	uint64_t start = trv_monotonic();
	request.deadline = in_ms(200);
	CHECK_STATUS(driver->execute(statement, &request, &f.outcome, &f.error), TRV_ERR_TIMEOUT);
	CHECK(trv_monotonic() - start < 300 * MILLISECOND);
	kill(pid, SIGCONT);
	driver->finalize(statement);
	fixture_close(&f);
	free(data);
}

TEST(postgresql_faults, every_call_returns_by_its_deadline_when_the_whole_server_stops)
{
	struct fixture f, late;

	fixture_open(&f, "");
	pid_t pid = backend_of(&f);
	pid_t postmaster = postmaster_of(pid);
	stop(postmaster);
	stop(pid);
	CHECK_STATUS(timed_run(&f, "SELECT 1", 200), TRV_ERR_TIMEOUT);
	uint64_t start = trv_monotonic();
	memset(&late, 0, sizeof(late));
	trv_arena_init(&late.arena, NULL, 0);
	CHECK_STATUS(driver->connect(&(struct trv_connect_options) { .url = server_url(""), .deadline = in_ms(200) },
	                             &late.connection, &late.error),
	             TRV_ERR_TIMEOUT);
	CHECK(!late.connection);
	fixture_close(&f);
	CHECK(trv_monotonic() - start < 300 * MILLISECOND);
	kill(pid, SIGCONT);
	kill(postmaster, SIGCONT);
	fixture_open(&f, "");
	fixture_close(&f);
}

/* --- cancels --------------------------------------------------------------------------- */

TEST(postgresql_faults, a_cancel_ends_the_running_statement)
{
	struct runner runner = { .sql = "SELECT pg_sleep(30)" };
	struct fixture other;
	pthread_t thread;

	fixture_open(&other, "");
	fixture_open(&runner.fixture, "");
	/* Nothing runs: nothing happens. */
	CHECK_OK(driver->cancel(runner.fixture.connection, &other.error), &other.error);
	pid_t pid = backend_of(&runner.fixture);
	REQUIRE(pthread_create(&thread, NULL, run_runner, &runner) == 0);
	await(&other, pid, "PgSleep");
	CHECK_OK(driver->cancel(runner.fixture.connection, &other.error), &other.error);
	pthread_join(thread, NULL);
	CHECK_STATUS(runner.result, TRV_ERR_CANCELED);
	CHECK_STR(runner.fixture.error.sqlstate, "57014");
	CHECK(!runner.fixture.connection->broken);
	CHECK_OK(run(&runner.fixture, "SELECT 1"), &runner.fixture.error);
	fixture_close(&runner.fixture);
	fixture_close(&other);
}

struct canceller {
	struct trv_connection *connection;
	atomic_int turn; /* the statement that it shall cancel */
	atomic_int done;
	_Atomic uint64_t entered;
};

static void *cancel_in_turn(void *argument)
{
	struct canceller *canceller = argument;
	struct trv_error error;
	unsigned seed = 1;

	for (int turn = 1;; turn++) {
		while (atomic_load(&canceller->turn) < turn)
			sched_yield();
		if (atomic_load(&canceller->turn) == INT32_MAX)
			return NULL;
		usleep((unsigned)rand_r(&seed) % 2500);
		atomic_store(&canceller->entered, trv_monotonic());
		CHECK_OK(driver->cancel(canceller->connection, &error), &error);
		atomic_store(&canceller->done, turn);
	}
}

TEST(postgresql_faults, a_late_cancel_never_hits_the_next_statement)
{
	struct fixture f;
	struct canceller canceller = { 0 };
	pthread_t thread;
	int canceled = 0, victims = 0;

	fixture_open(&f, "");
	canceller.connection = f.connection;
	REQUIRE(pthread_create(&thread, NULL, cancel_in_turn, &canceller) == 0);
	for (int turn = 1; turn <= 500; turn++) {
		atomic_store(&canceller.turn, turn);
		canceled += run(&f, "SELECT pg_sleep(0.0012)") == TRV_ERR_CANCELED;
		uint64_t end = trv_monotonic();
		int r = run(&f, "SELECT count(*) FROM generate_series(1, 300)");
		while (atomic_load(&canceller.done) < turn)
			sched_yield();
		/* One that came while the second statement ran is in its right. */
		if (r < 0 && atomic_load(&canceller.entered) + MILLISECOND / 10 < end)
			victims++;
		REQUIRE(!f.connection->broken);
	}
	atomic_store(&canceller.turn, INT32_MAX);
	pthread_join(thread, NULL);
	CHECK_INT(victims, 0);
	CHECK(canceled > 0);
	fixture_close(&f);
}

/* --- secrets and strangers -------------------------------------------------------------- */

static bool tells(const struct trv_error *error, const char *secret)
{
	return strstr(error->message, secret) || strstr(error->detail, secret) || strstr(error->hint, secret);
}

TEST(postgresql_faults, no_error_tells_a_password)
{
	static const char *const urls[] = {
		"postgresql://u:CANARY@/nowhere?host=/nonexistent",
		"postgresql://u:CANARY%zz@localhost/db",
		"postgresql://u:CANARY?CANARY=1@localhost:1/db",
		"postgresql://u:CANARY@localhost:1/db?CANARY=1",
		"postgresql://u@localhost:1/db?password=CANARY&sslmode=CANARY",
		"postgresql://u:CANARY@localhost:1/db",
		"postgresql://u:CANARY@[::1/db",
		"postgresql://u:CANARY@localhost:1/db?trivet_CANARY=1",
		"postgresql://u:CANARY@localhost:99999/db",
	};
	struct fixture f;

	for (size_t i = 0; i < TRV_COUNT_OF(urls); i++) {
		test_note("url %zu", i);
		CHECK(fixture_connect(&f, urls[i]) < 0);
		CHECK(!f.connection);
		CHECK(f.error.message[0]);
		CHECK(!tells(&f.error, "CANARY"));
	}
}

TEST(postgresql_faults, a_wrong_password_is_refused_without_being_told)
{
	struct fixture f;
	char url[1024];
	const char *right = server_url("");
	const char *at = strchr(right, '@');

	if (!at || !strstr(right, "tester:"))
		SKIP("the server is not ours");
	snprintf(url, sizeof(url), "postgresql://tester:CANARY%s", at);
	CHECK_STATUS(fixture_connect(&f, url), TRV_ERR_CONNECT);
	CHECK_CONTAINS(f.error.message, "password authentication failed");
	CHECK(!tells(&f.error, "CANARY"));
	snprintf(url, sizeof(url), "postgresql://tester@%s", at + 1);
	CHECK_STATUS(fixture_connect(&f, url), TRV_ERR_CONNECT);
}

/* A server that says one thing and counts what it is told. */
struct stranger {
	int listener;
	int port;
	const char *answer; /* to the first bytes; NULL: none */
	size_t told; /* behind that answer */
	pthread_t thread;
};

static void *be_stranger(void *argument)
{
	struct stranger *stranger = argument;
	char bytes[512];
	int peer = accept(stranger->listener, NULL, NULL);
	ssize_t size;

	if (peer < 0)
		return NULL;
	size = read(peer, bytes, sizeof(bytes));
	if (size > 0 && stranger->answer)
		size = write(peer, stranger->answer, strlen(stranger->answer));
	while ((size = read(peer, bytes, sizeof(bytes))) > 0)
		stranger->told += (size_t)size;
	close(peer);
	return NULL;
}

static void stranger_start(struct stranger *stranger, const char *answer)
{
	*stranger = (struct stranger) { .answer = answer };
	stranger->listener = listen_locally(&stranger->port);
	REQUIRE(pthread_create(&stranger->thread, NULL, be_stranger, stranger) == 0);
}

static void stranger_stop(struct stranger *stranger)
{
	shutdown(stranger->listener, SHUT_RDWR);
	pthread_join(stranger->thread, NULL);
	close(stranger->listener);
}

TEST(postgresql_faults, a_server_that_is_not_local_must_prove_who_it_is)
{
	struct stranger stranger;
	struct fixture f;
	char url[200];

	/* 0.0.0.0 reaches this machine, and is no name of it. The server refuses TLS. */
	stranger_start(&stranger, "N");
	snprintf(url, sizeof(url), "postgresql://u:CANARY@0.0.0.0:%d/db", stranger.port);
	CHECK_STATUS(fixture_connect(&f, url), TRV_ERR_CONNECT);
	CHECK(!tells(&f.error, "CANARY"));
	CHECK_CONTAINS(f.error.hint, "sslmode");
	stranger_stop(&stranger);
	CHECK_INT(stranger.told, 0);

	/* The URL may say otherwise. */
	stranger_start(&stranger, NULL);
	snprintf(url, sizeof(url), "postgresql://u:CANARY@0.0.0.0:%d/db?sslmode=disable", stranger.port);
	memset(&f, 0, sizeof(f));
	CHECK_STATUS(driver->connect(&(struct trv_connect_options) { .url = url, .deadline = in_ms(100) },
	                             &f.connection, &f.error),
	             TRV_ERR_TIMEOUT);
	CHECK(!tells(&f.error, "CANARY"));
	stranger_stop(&stranger);
}

TEST(postgresql_faults, a_server_that_never_answers_is_given_up_at_the_deadline)
{
	struct stranger stranger;
	struct trv_connection *connection = NULL;
	struct trv_error error;
	char url[200];

	stranger_start(&stranger, NULL);
	snprintf(url, sizeof(url), "postgresql://u:CANARY@127.0.0.1:%d/db", stranger.port);
	uint64_t start = trv_monotonic();
	CHECK_STATUS(driver->connect(&(struct trv_connect_options) { .url = url, .deadline = in_ms(200) }, &connection,
	                             &error),
	             TRV_ERR_TIMEOUT);
	CHECK(trv_monotonic() - start < 300 * MILLISECOND);
	CHECK(!connection);
	stranger_stop(&stranger);
}

TEST(postgresql_faults, a_silent_server_does_not_keep_us_from_the_next_one)
{
	struct stranger stranger;
	struct fixture f;
	char url[1024];
	char hosts[256];
	const char *folder = NULL;

	server_url_by(url, "", "", &folder);
	stranger_start(&stranger, NULL);
	snprintf(hosts, sizeof(hosts), "port=1,%d,5432&host=127.0.0.1,127.0.0.1,%s", stranger.port, folder);
	server_url_by(url, "", hosts, &folder);
	uint64_t start = trv_monotonic();
	CHECK_OK(fixture_connect(&f, url), &f.error);
	CHECK(trv_monotonic() - start < 4000 * MILLISECOND);
	REQUIRE(f.connection);
	CHECK_INT(select_integer(&f, "SELECT 4 AS x"), 4);
	fixture_close(&f);
	stranger_stop(&stranger);
	/* A server that refuses is passed over at once, and one of the wrong kind too. */
	snprintf(hosts, sizeof(hosts), "port=1,5432&host=127.0.0.1,%s&target_session_attrs=read-write", folder);
	server_url_by(url, "", hosts, &folder);
	CHECK_OK(fixture_connect(&f, url), &f.error);
	fixture_close(&f);
	CHECK_STATUS(fixture_connect(&f, server_url("&target_session_attrs=standby")), TRV_ERR_CONNECT);
}

/* --- memory ---------------------------------------------------------------------------- */

static int work(const struct trv_allocator *allocator, void *argument)
{
	static const int64_t keys[] = { 1, 2, 3 };
	struct trv_bind binds[] = { { .value = keys, .size = 8, .count = 3, .type = TRV_INT64 }, bind_text("x") };
	struct trv_request request = {
		.binds = binds, .bind_count = 2, .rows = 1, .decode = &integer_decode, .deadline = in_ms(5000)
	};
	struct trv_connect_options options = { .url = argument, .allocator = allocator, .deadline = in_ms(5000) };
	struct trv_connection *connection = NULL;
	struct trv_statement *statement = NULL;
	struct trv_result_column column;
	struct trv_outcome outcome;
	struct trv_error error;
	struct trv_arena arena;
	int64_t value;
	uint64_t absent;
	static const char sql[] = "SELECT g::bigint AS x FROM unnest($1::bigint[]) g WHERE $2::varchar = 'x'";

	trv_arena_init(&arena, allocator, 0);
	int r = driver->connect(&options, &connection, &error);
	if (r == 0)
		r = driver->prepare(connection, sql, strlen(sql), 0, &statement, &error);
	if (r == 0)
		r = driver->columns(statement, &column, 1, &error);
	if (r >= 0)
		r = driver->execute(statement, &request, &outcome, &error);
	while (r >= 0 &&
	       (r = driver->fetch(statement, &integer_decode, (void *[]) { &value }, &arena, &absent, &error)) > 0)
		continue;
	if (statement)
		driver->finalize(statement);
	if (connection)
		driver->close(connection);
	trv_arena_release(&arena);
	return r;
}

/* Rows by one statement in each of the ways there are: many at once, as a stream, in a pipeline. */
static int work_in_other_ways(const struct trv_allocator *allocator, void *argument)
{
	static const int64_t values[] = { 1, 2, 3 };
	struct trv_bind binds[] = { bind_int64(&values[0]), bind_int64(&values[1]), bind_int64(&values[2]) };
	struct trv_request request = {
		.binds = binds, .bind_count = 1, .rows = 3, .decode = &integer_decode, .deadline = in_ms(5000)
	};
	struct trv_connect_options options = { .url = argument, .allocator = allocator, .deadline = in_ms(5000) };
	struct trv_connection *connection = NULL;
	struct trv_statement *statement = NULL;
	struct trv_outcome outcome;
	struct trv_error error;
	struct trv_arena arena;
	int64_t value;
	uint64_t absent;
	static const char sql[] = "SELECT $1::bigint + g AS x FROM generate_series(1, 5) g";

	trv_arena_init(&arena, allocator, 0);
	int r = driver->connect(&options, &connection, &error);
	if (r == 0)
		r = driver->prepare(connection, sql, strlen(sql), 0, &statement, &error);
	for (int way = 0; r == 0 && way < 3; way++) {
		request.rows = way == 0 ? 3 : 1;
		request.stream = way == 1;
		r = way == 2 ? driver->pipeline(connection, &statement, &request, &outcome, 1, &error)
		             : driver->execute(statement, &request, &outcome, &error);
		while (r >= 0 && (r = driver->fetch(statement, &integer_decode, (void *[]) { &value }, &arena, &absent,
		                                    &error)) > 0)
			continue;
		driver->finish(statement);
	}
	if (r == 0)
		r = driver->reset(connection, in_ms(5000), &error);
	if (statement)
		driver->finalize(statement);
	if (connection)
		driver->close(connection);
	trv_arena_release(&arena);
	return r;
}

TEST(postgresql_faults, memory_that_runs_out_is_an_error_and_leaks_nothing)
{
	char url[1024];

	snprintf(url, sizeof(url), "%s", server_url(""));
	CHECK_SWEEP(work, url);
	CHECK_SWEEP(work_in_other_ways, url);
}
