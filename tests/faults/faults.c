#include "faults.h"

#include <ctype.h>
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *const engine_names[] = { [SQLITE] = "sqlite", [POSTGRESQL] = "postgresql", [MARIADB] = "mariadb" };

enum engine engine(void)
{
	const char *given = getenv("TRIVET_TEST_ENGINE");

	for (size_t i = 0; given && i < TRV_COUNT_OF(engine_names); i++)
		if (strcmp(given, engine_names[i]) == 0)
			return (enum engine)i;
	return SQLITE;
}

/* --- the server ------------------------------------------------------------------------------- */

static struct server own;

static char wrapper[64]; /* in front of the script that starts the server */

void server_script(const struct server *server, const char *verb, const char *more, char *line, size_t size)
{
	const char *scripts = getenv("TRIVET_TEST_SERVERS");
	char command[512];

	snprintf(command, sizeof(command), "%s '%s/%s.sh' %s '%s' %s", wrapper, scripts ? scripts : "tests/servers",
	         engine_names[engine()], verb, server->folder, more);
	FILE *output = popen(command, "r");
	if (!output)
		return;
	if (!fgets(line, (int)size, output))
		line[0] = '\0';
	if (pclose(output) != 0)
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

static void stop_own(void)
{
	char ignored[8];

	server_script(&own, "stop", "", ignored, sizeof(ignored));
}

void own_server_within(const char *command)
{
	REQUIRE(!own.folder[0]);
	snprintf(wrapper, sizeof(wrapper), "%s", command);
}

void own_server_durable(void)
{
	REQUIRE(!own.folder[0]);
	setenv("TRIVET_TEST_DURABLE", "1", 1);
}

static void find_socket(struct server *server)
{
	const char *name = engine() == POSTGRESQL ? ".s.PGSQL.5432" : "s";

	snprintf(server->socket, sizeof(server->socket), "%s/server/%s", server->folder, name);
}

const struct server *own_server(void)
{
	char owner[24];

	REQUIRE(engine() != SQLITE);
	if (own.folder[0]) {
		REQUIRE(own.url[0]);
		return &own;
	}
	strcpy(own.folder, "/tmp/trivet-faults-XXXXXX");
	REQUIRE(mkdtemp(own.folder));
	atexit(stop_own);
	snprintf(owner, sizeof(owner), "%d", (int)getpid());
	server_script(&own, "start", owner, own.url, sizeof(own.url));
	REQUIRE(own.url[0]);
	find_socket(&own);
	return &own;
}

static long server_pid(const struct server *server)
{
	char path[128];
	long pid = 0;

	snprintf(path, sizeof(path), "%s/server/%s", server->folder,
	         engine() == POSTGRESQL ? "data/postmaster.pid" : "pid");
	FILE *file = fopen(path, "r");
	REQUIRE(file);
	int read = fscanf(file, "%ld", &pid);
	fclose(file);
	REQUIRE(read == 1 && pid > 1);
	return pid;
}

static long parent_of(long pid)
{
	char path[64], line[512] = "";
	long parent = 0;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	/* The name in front may have anything in it. */
	const char *behind = strrchr(line, ')');
	return behind && sscanf(behind, ") %*c %ld", &parent) == 1 ? parent : 0;
}

/* Whether every thread of the process stands still. */
static bool has_stopped(long pid)
{
	char path[300], line[512];
	const struct dirent *entry;
	bool stopped = true;

	snprintf(path, sizeof(path), "/proc/%ld/task", pid);
	DIR *threads = opendir(path);
	while (threads && stopped && (entry = readdir(threads))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%ld/task/%.20s/stat", pid, entry->d_name);
		FILE *file = fopen(path, "r");
		const char *behind = file && fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
		stopped = !behind || behind[2] == 'T';
		if (file)
			fclose(file);
	}
	if (threads)
		closedir(threads);
	return stopped;
}

/* A signal to stop arrives a little later, and a thread that runs may still answer until then. */
static void send_signal(long pid, int number)
{
	uint64_t end = trv_monotonic() + 2000 * MS;

	kill((pid_t)pid, number);
	while (number == SIGSTOP && !has_stopped(pid) && trv_monotonic() < end)
		sched_yield();
}

static void signal_children(long pid, int number)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;

	REQUIRE(processes);
	while ((entry = readdir(processes)))
		if (isdigit((unsigned char)entry->d_name[0]) && parent_of(atol(entry->d_name)) == pid)
			send_signal(atol(entry->d_name), number);
	closedir(processes);
}

void server_signal(const struct server *server, int number)
{
	long pid = server_pid(server);

	send_signal(pid, number);
	signal_children(pid, number);
}

void server_kill(const struct server *server)
{
	uint64_t end = trv_monotonic() + 10000 * MS;
	long pid = server_pid(server);

	/* It stands still meanwhile: it would start its children again, and without it they would not be found. */
	send_signal(pid, SIGSTOP);
	signal_children(pid, SIGKILL);
	send_signal(pid, SIGKILL);
	while (kill((pid_t)pid, 0) == 0) {
		REQUIRE(trv_monotonic() < end);
		pause_ms(1);
	}
}

void server_again(const struct server *server)
{
	char line[16] = "";

	server_script(server, "again", "", line, sizeof(line));
	REQUIRE(strcmp(line, "again") == 0);
}

struct proxy *proxy_before_server(char url[512])
{
	struct proxy *proxy = proxy_start(own_server()->socket);

	snprintf(url, 512, "%s://tester:s3cret%%21pass@127.0.0.1:%d/test%s", engine_names[engine()], proxy_port(proxy),
	         engine() == POSTGRESQL ? "?sslmode=disable" : "");
	return proxy;
}

/* --- the bank --------------------------------------------------------------------------------------- */

static const char *direct_url(void)
{
	static char url[256];

	if (engine() != SQLITE)
		return own_server()->url;
	snprintf(url, sizeof(url), "sqlite:%s/bank.db", test_temporary_folder());
	return url;
}

static void open_db(struct trv_db **db, struct trv_session **session, struct trv_options options)
{
	struct trv_error error = { 0 };

	options.models = &bank_models;
	REQUIRE_OK(trv_open(db, &options, &error), &error);
	REQUIRE_OK(trv_session_open(*db, session, &error), &error);
}

static void fill(struct trv_session *session)
{
	static const char *const tables[] = { "transfer", "account", "trivet_contract" };
	struct account accounts[ACCOUNTS] = { 0 };

	for (size_t i = 0; i < TRV_COUNT_OF(tables); i++)
		OK(session, trv_exec(session, NULL,
		                     trv_arena_printf(trv_session_arena(session), "DROP TABLE IF EXISTS %s", tables[i]),
		                     NULL, 0));
	OK(session, trv_schema_create(session));
	for (int i = 0; i < ACCOUNTS; i++)
		accounts[i] = (struct account) { .id = i + 1, .balance = START_BALANCE };
	OK(session, account_insert_many(session, accounts, ACCOUNTS));
}

void bank_open(struct bank *bank, const char *url, struct trv_options options)
{
	const char *direct = direct_url();

	memset(bank, 0, sizeof(*bank));
	open_db(&bank->control_db, &bank->control, (struct trv_options) { .url = direct });
	fill(bank->control);
	options.url = url ? url : direct;
	open_db(&bank->db, &bank->s, options);
}

void bank_close(struct bank *bank)
{
	trv_session_close(bank->s);
	trv_close(bank->db);
	trv_session_close(bank->control);
	trv_close(bank->control_db);
	memset(bank, 0, sizeof(*bank));
}

struct trv_session *bank_session(struct bank *bank)
{
	struct trv_session *session = NULL;
	struct trv_error error = { 0 };

	REQUIRE_OK(trv_session_open(bank->db, &session, &error), &error);
	return session;
}

static int integer(struct trv_session *session, const char *sql, int64_t *number)
{
	struct trv_value value = { .type = TRV_INT64 };
	int r = trv_sql_value(session, &value, TRV_INT64, sql, NULL, 0);

	*number = value.as.integer;
	return r;
}

int64_t control_integer(struct bank *bank, const char *sql)
{
	int64_t number = 0;

	OK(bank->control, integer(bank->control, sql, &number));
	return number;
}

void control_run(struct bank *bank, const char *sql)
{
	OK(bank->control, trv_exec(bank->control, NULL, sql, NULL, 0));
}

int64_t backend_of(struct trv_session *session)
{
	int64_t number = 0;

	OK(session, integer(session,
	                    engine() == POSTGRESQL ? "SELECT pg_backend_pid()::int8 AS n"
	                                           : "SELECT CAST(CONNECTION_ID() AS SIGNED) AS n",
	                    &number));
	return number;
}

int try_kill(struct trv_session *control, int64_t backend)
{
	char sql[96];
	int64_t ignored;

	if (engine() == MARIADB) {
		snprintf(sql, sizeof(sql), "KILL CONNECTION %lld", (long long)backend);
		return trv_exec(control, NULL, sql, NULL, 0);
	}
	snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%lld)::int::int8 AS n", (long long)backend);
	return integer(control, sql, &ignored);
}

void kill_backend(struct bank *bank, int64_t backend)
{
	uint64_t end = trv_monotonic() + 5000 * MS;
	char sql[128];

	snprintf(sql, sizeof(sql),
	         engine() == POSTGRESQL ? "SELECT count(*) AS n FROM pg_stat_activity WHERE pid = %lld"
	                                : "SELECT count(*) AS n FROM information_schema.processlist WHERE id = %lld",
	         (long long)backend);
	OK(bank->control, try_kill(bank->control, backend));
	while (control_integer(bank, sql) > 0) {
		REQUIRE(trv_monotonic() < end);
		pause_ms(2);
	}
}

int insert_transfer(struct trv_session *session, int64_t id)
{
	struct transfer transfer = { .id = id, .source_id = 1, .target_id = 2, .amount = 1 };

	return transfer_insert(session, &transfer);
}

uint64_t count_transfers(struct bank *bank)
{
	uint64_t count = 0;

	OK(bank->control, transfer_count(bank->control, &count, NULL));
	return count;
}

/* --- time ------------------------------------------------------------------------------------------------ */

uint64_t long_seconds(uint64_t usual, uint64_t in_full)
{
	const char *given = getenv("TRIVET_LONG");

	return given && strcmp(given, "1") == 0 ? in_full : usual;
}

void pause_ms(unsigned milliseconds)
{
	struct timespec pause = { .tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000 };

	nanosleep(&pause, NULL);
}

struct stopwatch stopwatch_start(unsigned allowed_ms)
{
	return (struct stopwatch) { .started = trv_monotonic(), .allowed_ms = allowed_ms };
}

void stopwatch_check(struct stopwatch watch, const char *what)
{
	unsigned took = (unsigned)((trv_monotonic() - watch.started) / MS);

	test_note("%s: %u ms, its deadline is %u ms", what, took, watch.allowed_ms);
	if (!CHECK(took <= watch.allowed_ms + TOLERANCE_MS))
		test_note("%s took too long", what);
}
