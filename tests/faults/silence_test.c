/*
 * Servers that stop answering: stopped, behind a link that is down, behind a proxy that
 * passes nothing on. Every call returns by its deadline, and the session works again after.
 */
#include "faults.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUERY_MS 300
#define CONNECT_MS 400
#define ACQUIRE_MS 250

/* One way to be silent. */
struct silence {
	const char *name;
	const char *url; /* NULL: straight to the server */
	void (*set)(const struct silence *silence, bool silent);
	struct proxy *proxy;
};

static void stop_server(const struct silence *silence, bool silent)
{
	(void)silence;
	server_signal(own_server(), silent ? SIGSTOP : SIGCONT);
}

static void hold_proxy(const struct silence *silence, bool silent)
{
	proxy_hold(silence->proxy, silent);
}

/* --- the partition ------------------------------------------------------------------------------ */

static char namespace[16];
static char far_url[128];
static const char *impossible = "not tried";

static int partition(const char *verb, const char *more)
{
	char command[512];
	const char *scripts = getenv("TRIVET_TEST_SERVERS");

	snprintf(command, sizeof(command), "'%s/../faults/partition.sh' %s %s %s > /dev/null 2>&1",
	         scripts ? scripts : "tests/servers", verb, namespace, more);
	int status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void set_link(const struct silence *silence, bool silent)
{
	(void)silence;
	CHECK_INT(partition(silent ? "down" : "up", ""), 0);
}

static void remove_partition(void)
{
	partition("stop", "");
}

/* Before anything starts the server, which then lives in there and can be reached from here. */
static void make_partition(void)
{
	char more[48], command[64], address[24];
	int number = (int)getpid() % 250;

	if (geteuid() != 0 || system("command -v ip > /dev/null 2>&1") != 0) {
		impossible = "network namespaces need root and iproute2";
		return;
	}
	snprintf(namespace, sizeof(namespace), "trv%d", (int)getpid());
	snprintf(more, sizeof(more), "%d %d", number, (int)getpid());
	atexit(remove_partition);
	if (partition("start", more) != 0) {
		impossible = "this machine makes no network namespaces";
		remove_partition();
		return;
	}
	snprintf(address, sizeof(address), "10.213.%d.2", number);
	snprintf(command, sizeof(command), "--bind-address=%s", address);
	setenv("TRIVET_TEST_POSTGRESQL_LISTEN", address, 1);
	setenv("TRIVET_TEST_MARIADB_OPTIONS", command, 1);
	setenv("TRIVET_TEST_MARIADB_HOST", "10.213.%", 1);
	snprintf(command, sizeof(command), "ip netns exec %s", namespace);
	own_server_within(command);
	snprintf(far_url, sizeof(far_url),
	         engine() == POSTGRESQL ? "postgresql://tester:s3cret%%21pass@%s/test?sslmode=disable"
	                                : "mariadb://tester:s3cret%%21pass@%s/test?ssl-mode=disabled",
	         address);
	impossible = NULL;
}

static void start_server(void)
{
	static bool started;

	if (!started)
		make_partition();
	started = true;
	(void)own_server();
}

/* --- calls --------------------------------------------------------------------------------------------- */

struct call {
	const char *name;
	int (*run)(struct bank *bank);
	bool in_transaction; /* one is open when the silence begins */
	int expected; /* a status; 0: it may also need no answer */
	unsigned allowed_ms;
};

static int call_find(struct bank *bank)
{
	struct account_list list;

	return account_find(bank->s, &list, &(struct account_query) { .out = &(struct transfer_query) { 0 } });
}

static int call_get(struct bank *bank)
{
	struct account account;

	return account_get(bank->s, &account, 1);
}

static int call_each(struct bank *bank)
{
	struct trv_stream stream = { 0 };
	const struct account *row;
	int r = account_each(bank->s, &stream, &row, NULL);

	trv_stream_close(&stream);
	return r;
}

static int call_insert(struct bank *bank)
{
	return insert_transfer(bank->s, 50);
}

static int call_insert_many(struct bank *bank)
{
	static struct transfer many[2000];

	for (int i = 0; i < 2000; i++)
		many[i] = (struct transfer) { .id = 100 + i, .source_id = 1, .target_id = 2, .amount = 1 };
	return transfer_insert_many(bank->s, many, 2000);
}

static int call_update(struct bank *bank)
{
	struct account account = { .id = 1, .balance = START_BALANCE, .version = 1 };

	return account_update(bank->s, &account, ACCOUNT_BALANCE);
}

static int call_begin(struct bank *bank)
{
	int r = trv_begin(bank->s, NULL);

	while (trv_transaction_depth(bank->s))
		trv_rollback(bank->s);
	return r;
}

static int call_savepoint(struct bank *bank)
{
	return trv_begin(bank->s, NULL);
}

static int call_commit(struct bank *bank)
{
	return trv_commit(bank->s);
}

static int call_rollback(struct bank *bank)
{
	return trv_rollback(bank->s);
}

static int insert_one(struct trv_session *s, void *argument)
{
	(void)argument;
	return insert_transfer(s, 60);
}

static int call_transaction(struct bank *bank)
{
	return trv_transaction(bank->s, insert_one, NULL, NULL);
}

static const char *url_now; /* of the bank that is open */

static int call_open(struct bank *bank)
{
	struct trv_db *db = NULL;
	struct trv_error error = { 0 };
	int r = trv_open(&db, &(struct trv_options) { .url = url_now, .connect_ms = CONNECT_MS }, &error);

	(void)bank;
	trv_close(db);
	return r;
}

/* The one connection of the session under test is in a transaction: this one connects. */
static int call_connect(struct bank *bank)
{
	struct trv_session *other = bank_session(bank);
	struct account account;
	int r = account_get(other, &account, 1);

	trv_session_close(other);
	return r;
}

static const struct call calls[] = {
	{ "get", call_get, false, TRV_ERR_TIMEOUT, QUERY_MS },
	{ "find with its relation", call_find, false, TRV_ERR_TIMEOUT, QUERY_MS },
	{ "each", call_each, false, TRV_ERR_TIMEOUT, QUERY_MS },
	{ "insert", call_insert, false, TRV_ERR_TIMEOUT, QUERY_MS },
	{ "insert 2000", call_insert_many, false, TRV_ERR_TIMEOUT, QUERY_MS },
	{ "update", call_update, false, TRV_ERR_TIMEOUT, QUERY_MS },
	{ "begin", call_begin, false, 0, QUERY_MS },
	{ "transaction", call_transaction, false, TRV_ERR_TIMEOUT, QUERY_MS },
	{ "get in a transaction", call_get, true, TRV_ERR_TIMEOUT, QUERY_MS },
	{ "insert in a transaction", call_insert, true, TRV_ERR_TIMEOUT, QUERY_MS },
	{ "savepoint", call_savepoint, true, TRV_ERR_TIMEOUT, QUERY_MS },
	{ "commit", call_commit, true, TRV_UNKNOWN_OUTCOME, QUERY_MS },
	{ "rollback", call_rollback, true, TRV_ERR_TIMEOUT, QUERY_MS },
	{ "trv_open", call_open, false, TRV_ERR_TIMEOUT, CONNECT_MS },
	{ "get on a new connection", call_connect, true, TRV_ERR_TIMEOUT, CONNECT_MS },
};

static const struct trv_options options = {
	.query_ms = QUERY_MS,
	.connect_ms = CONNECT_MS,
	.pool = { .size = 2, .acquire_ms = ACQUIRE_MS },
};

/* At once, but for a link that has just come up: it takes a moment until packets get through. */
static void check_works_again(struct bank *bank, const struct silence *silence)
{
	uint64_t end = trv_monotonic() + (silence->set == set_link ? 3000 : 0) * MS;
	struct account account = { 0 };
	int r;

	while (trv_transaction_depth(bank->s))
		trv_rollback(bank->s);
	while ((r = account_get(bank->s, &account, 1)) < 0 && trv_monotonic() < end)
		CHECK(r == TRV_ERR_TIMEOUT || r == TRV_ERR_CONNECT);
	REQUIRE_OK(r, trv_error(bank->s));
	CHECK_INT(account.id, 1);
}

/* Where there is no way to the server, a connect may be told so at once. */
static bool is_expected(const struct silence *silence, const struct call *call, int r)
{
	bool connects = call->run == call_open || call->run == call_connect;

	if (r == call->expected || (connects && silence->set == set_link && r == TRV_ERR_CONNECT))
		return true;
	return !call->expected && (r == 0 || r == TRV_ERR_TIMEOUT);
}

static void check_call(const struct silence *silence, const struct call *call)
{
	struct bank bank;
	char what[96];

	bank_open(&bank, silence->url, options);
	url_now = silence->url ? silence->url : own_server()->url;
	/* A call in its usual state: the connection is there, the statement is prepared. */
	OK(bank.s, trv_begin(bank.s, NULL));
	int64_t backend = backend_of(bank.s);
	OK(bank.s, insert_transfer(bank.s, 1));
	if (!call->in_transaction)
		OK(bank.s, trv_rollback(bank.s));
	snprintf(what, sizeof(what), "%s, %s", silence->name, call->name);
	silence->set(silence, true);
	struct stopwatch watch = stopwatch_start(call->allowed_ms);
	int r = call->run(&bank);
	stopwatch_check(watch, what);
	silence->set(silence, false);
	if (!CHECK(is_expected(silence, call, r)))
		test_note("%s: %s", what, trv_status_name(r));
	check_works_again(&bank, silence);
	if (r < 0 && call->run != call_open && call->run != call_connect) {
		OK(bank.s, trv_begin(bank.s, NULL));
		CHECK(backend_of(bank.s) != backend);
		OK(bank.s, trv_rollback(bank.s));
	}
	bank_close(&bank);
}

static void check_calls(const struct silence *silence)
{
	for (size_t i = 0; i < TRV_COUNT_OF(calls); i++)
		check_call(silence, &calls[i]);
}

/* Two connections in use, one waits; and closing the whole with a transaction open. */
static void check_acquire_and_close(const struct silence *silence)
{
	struct bank bank;
	char what[96];

	bank_open(&bank, silence->url, options);
	OK(bank.s, trv_begin(bank.s, NULL));
	OK(bank.s, insert_transfer(bank.s, 1));
	struct trv_session *second = bank_session(&bank), *third = bank_session(&bank);
	struct account account;
	OK(second, trv_begin(second, NULL));
	OK(second, account_get(second, &account, 1));
	silence->set(silence, true);
	snprintf(what, sizeof(what), "%s, acquire", silence->name);
	struct stopwatch watch = stopwatch_start(ACQUIRE_MS);
	CHECK_STATUS(account_get(third, &account, 1), TRV_ERR_TIMEOUT);
	stopwatch_check(watch, what);
	snprintf(what, sizeof(what), "%s, closing a session with a transaction", silence->name);
	watch = stopwatch_start(QUERY_MS);
	trv_session_close(second);
	stopwatch_check(watch, what);
	trv_session_close(third);
	trv_session_close(bank.s);
	bank.s = NULL;
	snprintf(what, sizeof(what), "%s, trv_close", silence->name);
	watch = stopwatch_start(0);
	trv_close(bank.db);
	stopwatch_check(watch, what);
	bank.db = NULL;
	silence->set(silence, false);
	bank_close(&bank);
}

/* --- in the middle of a query ---------------------------------------------------------------------------- */

struct later {
	const struct silence *silence;
	struct bank *bank;
};

static void *be_silent_later(void *argument)
{
	const struct later *later = argument;

	pause_ms(QUERY_MS / 3);
	later->silence->set(later->silence, true);
	return NULL;
}

static void check_in_the_middle(const struct silence *silence)
{
	struct bank bank;
	struct account_list list;
	struct later later = { .silence = silence, .bank = &bank };
	pthread_t thread;
	char what[96];

	bank_open(&bank, silence->url, options);
	OK(bank.s, trv_begin(bank.s, NULL));
	OK(bank.control, trv_begin(bank.control, NULL));
	OK(bank.control, trv_exec(bank.control, NULL, "UPDATE account SET balance = balance WHERE id = 1", NULL, 0));
	REQUIRE(pthread_create(&thread, NULL, be_silent_later, &later) == 0);
	struct stopwatch watch = stopwatch_start(QUERY_MS);
	CHECK_STATUS(account_find(bank.s, &list, &(struct account_query) { .lock = true }), TRV_ERR_TIMEOUT);
	snprintf(what, sizeof(what), "%s, in the middle of a query", silence->name);
	stopwatch_check(watch, what);
	pthread_join(thread, NULL);
	silence->set(silence, false);
	OK(bank.control, trv_rollback(bank.control));
	check_works_again(&bank, silence);
	bank_close(&bank);
}

static void check_silence(const struct silence *silence)
{
	check_in_the_middle(silence);
	check_acquire_and_close(silence);
	check_calls(silence);
}

TEST(silence, a_stopped_server_makes_every_call_return_by_its_deadline)
{
	start_server();
	check_silence(&(struct silence) { .name = "SIGSTOP", .set = stop_server });
}

TEST(silence, a_partition_makes_every_call_return_by_its_deadline)
{
	start_server();
	if (impossible)
		SKIP(impossible);
	check_silence(&(struct silence) { .name = "link down", .url = far_url, .set = set_link });
}

TEST(silence, a_network_that_swallows_everything_makes_every_call_return_by_its_deadline)
{
	struct silence silence = { .name = "swallowed", .set = hold_proxy };
	char url[512];

	start_server();
	silence.proxy = proxy_before_server(url);
	silence.url = url;
	check_silence(&silence);
	proxy_stop(silence.proxy);
}
