#include "fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static char folder[64];
static char server_url[512];

const char *engine(void)
{
	const char *given = getenv("TRIVET_TEST_ENGINE");

	return given && *given ? given : "sqlite";
}

bool is_sqlite(void)
{
	return strcmp(engine(), "sqlite") == 0;
}

bool is_postgresql(void)
{
	return strcmp(engine(), "postgresql") == 0;
}

void need_server(void)
{
	if (is_sqlite())
		SKIP("there is no server");
}

/* --- the server --------------------------------------------------------------------------------- */

static bool script(const char *verb, const char *more, char *line, size_t size)
{
	const char *servers = getenv("TRIVET_TEST_SERVERS");
	char command[900];

	snprintf(command, sizeof(command), "'%s/%s.sh' %s '%s' %s", servers ? servers : "tests/servers", engine(), verb,
	         folder, more);
	FILE *pipe = popen(command, "r");
	if (!pipe)
		return false;
	bool read = fgets(line, (int)size, pipe) != NULL;
	line[strcspn(line, "\n")] = '\0';
	return pclose(pipe) == 0 && (read || !*more);
}

static void remove_server(void)
{
	char line[16];

	if (!script("stop", "", line, sizeof(line)))
		fprintf(stderr, "# the server in %s was not removed\n", folder);
}

static void server_start(void)
{
	char owner[24];

	snprintf(owner, sizeof(owner), "%ld", (long)getpid());
	if (!*folder) {
		strcpy(folder, "/tmp/trivet-pool-XXXXXX");
		REQUIRE(mkdtemp(folder));
		atexit(remove_server);
	}
	REQUIRE(script("start", owner, server_url, sizeof(server_url)));
}

void server_again(void)
{
	char line[16];

	REQUIRE(script("again", "", line, sizeof(line)));
}

static pid_t server_pid(void)
{
	char path[160];
	long pid = 0;

	snprintf(path, sizeof(path), "%s/server/%s", folder, is_postgresql() ? "data/postmaster.pid" : "pid");
	FILE *file = fopen(path, "r");
	REQUIRE(file);
	int read = fscanf(file, "%ld", &pid);
	fclose(file);
	REQUIRE(read == 1 && pid > 1);
	return (pid_t)pid;
}

/* PostgreSQL's other processes. */
static void send_children(pid_t pid, int signal_number)
{
	char command[120];

	if (!is_postgresql())
		return;
	snprintf(command, sizeof(command), "ps -o pid= --ppid %ld", (long)pid);
	FILE *pipe = popen(command, "r");
	REQUIRE(pipe);
	for (long child; fscanf(pipe, "%ld", &child) == 1;)
		kill((pid_t)child, signal_number);
	pclose(pipe);
}

static void send_all(int signal_number)
{
	pid_t pid = server_pid();

	kill(pid, signal_number);
	send_children(pid, signal_number);
}

void server_stop(void)
{
	send_all(SIGSTOP);
	pass(20);
}

void server_continue(void)
{
	send_all(SIGCONT);
}

static bool is_gone(void *argument)
{
	return kill(*(pid_t *)argument, 0) != 0;
}

void server_kill(void)
{
	pid_t pid = server_pid();

	/* It stands still meanwhile: without it its children would not be found, and would serve on for a while. */
	kill(pid, SIGSTOP);
	send_children(pid, SIGKILL);
	kill(pid, SIGKILL);
	CHECK(await(is_gone, &pid));
}

void server_socket(char *path, size_t size)
{
	(void)database_url();
	snprintf(path, size, "%s/server/%s", folder, is_postgresql() ? ".s.PGSQL.5432" : "s");
}

/* --- pools -------------------------------------------------------------------------------------- */

const char *database_url(void)
{
	static char url[600];
	static int files;

	if (is_sqlite()) {
		snprintf(url, sizeof(url), "sqlite:%s/%d.db", test_temporary_folder(), files++);
		return url;
	}
	if (!*server_url)
		server_start();
	return server_url;
}

void pool_open_url(struct pool_test *test, const char *url, struct trv_options options)
{
	memset(test, 0, sizeof(*test));
	snprintf(test->url, sizeof(test->url), "%s", url);
	options.url = test->url;
	REQUIRE_OK(trv_open(&test->db, &options, &test->error), &test->error);
}

void pool_open(struct pool_test *test, struct trv_pool_options options)
{
	pool_open_url(test, database_url(), (struct trv_options) { .pool = options });
}

void pool_close(struct pool_test *test)
{
	trv_close(test->db);
	test->db = NULL;
}

void pool_be_impatient(struct pool_test *test, unsigned acquire_ms)
{
	trv__db_pool(test->db)->settings.options.acquire_ms = acquire_ms;
}

struct trv_pool_stats stats_of(struct pool_test *test)
{
	struct trv_pool_stats stats;

	trv_pool_stats(test->db, &stats);
	return stats;
}

struct trv_session *session_of(struct pool_test *test)
{
	struct trv_session *session = NULL;

	REQUIRE_OK(trv_session_open(test->db, &session, &test->error), &test->error);
	return session;
}

int ask(struct trv_session *session, const char *sql, int64_t *found)
{
	struct trv_value value;
	struct trv_mark mark = trv_mark(session);
	int r = trv_sql_value(session, &value, TRV_INT64, sql, NULL, 0);

	if (r >= 0)
		*found = value.as.integer;
	trv_rewind(session, mark);
	return r;
}

int64_t number(struct trv_session *session, const char *sql)
{
	int64_t found = -1;

	CHECK_OK(ask(session, sql, &found), trv_error(session));
	return found;
}

int poke(struct trv_session *session)
{
	int64_t found = 0;
	int r = ask(session, "SELECT 7", &found);

	return r >= 0 && found != 7 ? TRV_ERR_INTERNAL : r;
}

int try_hold(struct trv_session *session)
{
	return trv_begin(session, &(struct trv_transaction_options) { .read_only = true });
}

struct trv_session *hold(struct pool_test *test)
{
	struct trv_session *session = session_of(test);

	REQUIRE_OK(try_hold(session), trv_error(session));
	return session;
}

int64_t server_id(struct trv_session *session)
{
	return number(session, is_postgresql() ? "SELECT pg_backend_pid()" : "SELECT connection_id()");
}

bool await(bool (*done)(void *argument), void *argument)
{
	uint64_t deadline = trv_monotonic() + 5000 * MS;

	while (!done(argument)) {
		if (trv_monotonic() > deadline)
			return false;
		pass(1);
	}
	return true;
}

void pass(unsigned milliseconds)
{
	struct timespec time = { .tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000 };

	nanosleep(&time, NULL);
}

double since(uint64_t start)
{
	return (double)(trv_monotonic() - start) / 1e6;
}

/* --- borrowers --------------------------------------------------------------------------------- */

static void *borrow(void *argument)
{
	struct borrower *borrower = argument;
	struct trv_session *session = NULL;
	uint64_t start = trv_monotonic();

	borrower->result = trv_session_open(borrower->test->db, &session, &borrower->error);
	if (borrower->result >= 0)
		borrower->result = try_hold(session);
	borrower->served_at = trv_monotonic();
	borrower->waited = since(start);
	if (borrower->result < 0 && session)
		borrower->error = *trv_error(session);
	if (borrower->hold_ms)
		pass(borrower->hold_ms);
	trv_session_close(session);
	return NULL;
}

struct wanted {
	struct pool_test *test;
	unsigned waiting;
};

static bool are_waiting(void *argument)
{
	struct wanted *wanted = argument;

	return stats_of(wanted->test).waiting == wanted->waiting;
}

void start_waiting(struct borrower *borrower, struct pool_test *test, unsigned nth)
{
	struct wanted wanted = { test, nth };

	borrower->test = test;
	REQUIRE(pthread_create(&borrower->thread, NULL, borrow, borrower) == 0);
	REQUIRE(await(are_waiting, &wanted));
}

/* --- a connection apart ------------------------------------------------------------------------- */

static struct trv_session *open_apart(struct pool_test *test)
{
	pool_open(test, (struct trv_pool_options) { .size = 1 });
	return session_of(test);
}

static void close_apart(struct pool_test *test, struct trv_session *session)
{
	trv_session_close(session);
	pool_close(test);
}

static int64_t count_others(struct trv_session *session)
{
	return number(session, is_postgresql()
	                               ? "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
	                                 "AND pid <> pg_backend_pid()"
	                               : "SELECT count(*) FROM information_schema.processlist "
	                                 "WHERE user = 'tester' AND id <> connection_id()");
}

static bool are_no_others(void *argument)
{
	return count_others(argument) == 0;
}

static void kill_of_mariadb(struct trv_session *session)
{
	for (;;) {
		char sql[64];
		int64_t id;

		if (ask(session,
		        "SELECT coalesce(min(id), 0) FROM information_schema.processlist "
		        "WHERE user = 'tester' AND id <> connection_id()",
		        &id) < 0 ||
		    id == 0)
			return;
		snprintf(sql, sizeof(sql), "KILL %lld", (long long)id);
		(void)!trv_exec(session, NULL, sql, NULL, 0); /* it may have gone meanwhile */
	}
}

unsigned kill_backends(void)
{
	struct pool_test test;
	struct trv_session *session = open_apart(&test);
	int64_t killed = count_others(session);

	if (is_postgresql())
		number(session, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
		                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
	else
		kill_of_mariadb(session);
	CHECK(await(are_no_others, session));
	close_apart(&test, session);
	return (unsigned)killed;
}
