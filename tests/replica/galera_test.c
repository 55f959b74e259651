/*
 * A Galera cluster of three nodes under the load of writers on all of them, on the same few
 * accounts: one node is stopped for a while, one is killed. What was acknowledged is there,
 * what failed is not, and what is unknown is said to be.
 */
#include "follower.h"
#include "workload.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define NODES 3
#define PORTS 4 /* of each */

struct cluster {
	char folder[64];
	unsigned ports[NODES]; /* of clients */
	struct trv_db *dbs[NODES]; /* each prefers its own node */
};

static struct cluster cluster = { .folder = "/tmp/trivet-galera-XXXXXX" };

static void run_script(const char *verb, const char *more, char line[16])
{
	const char *scripts = getenv("TRIVET_TEST_SERVERS");
	char command[512];

	snprintf(command, sizeof(command), "'%s/galera.sh' %s '%s' %s", scripts ? scripts : "tests/servers", verb,
	         cluster.folder, more);
	FILE *output = popen(command, "r");
	REQUIRE(output);
	if (!fgets(line, 16, output))
		line[0] = '\0';
	pclose(output);
}

static void start_cluster(void)
{
	char more[256], line[16];
	int size = snprintf(more, sizeof(more), "%d", (int)getpid());

	REQUIRE(mkdtemp(cluster.folder));
	for (int i = 0; i < NODES * PORTS; i++) {
		unsigned port = free_port();

		if (i % PORTS == 0)
			cluster.ports[i / PORTS] = port;
		size += snprintf(more + size, sizeof(more) - (size_t)size, " %u", port);
	}
	run_script("start", more, line);
	REQUIRE(strcmp(line, "ready\n") == 0);
}

static void node_signal(int node, int number)
{
	char path[128];
	long pid = 0;

	snprintf(path, sizeof(path), "%s/%d/pid", cluster.folder, node + 1);
	FILE *file = fopen(path, "r");
	REQUIRE(file);
	int read = fscanf(file, "%ld", &pid);
	fclose(file);
	REQUIRE(read == 1 && pid > 1);
	kill((pid_t)pid, number);
}

/* All nodes, from this one on. `only`: this one alone. */
static struct trv_db *open_node(int node, bool only)
{
	struct trv_options options = { .models = &bank_models, .pool.size = WORKERS, .query_ms = 4000 };
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	char url[256];
	int size = snprintf(url, sizeof(url), "mariadb://tester:s3cret%%21pass@");

	for (int i = 0; i < (only ? 1 : NODES); i++)
		size += snprintf(url + size, sizeof(url) - (size_t)size, "%s127.0.0.1:%u", i ? "," : "",
		                 cluster.ports[(node + i) % NODES]);
	snprintf(url + size, sizeof(url) - (size_t)size, "/test?target_session_attrs=read-write");
	options.url = url;
	REQUIRE_OK(trv_open(&db, &options, &error), &error);
	return db;
}

static struct trv_session *open_session(struct trv_db *db)
{
	struct trv_session *s = NULL;
	struct trv_error error = { 0 };

	REQUIRE_OK(trv_session_open(db, &s, &error), &error);
	return s;
}

static void fill(struct trv_session *s)
{
	struct account accounts[ACCOUNTS] = { 0 };

	OK(s, trv_schema_create(s));
	for (int i = 0; i < ACCOUNTS; i++)
		accounts[i] = (struct account) { .id = i + 1, .balance = START_BALANCE };
	OK(s, account_insert_many(s, accounts, ACCOUNTS));
}

/* Every account has what the transfers left it; and each node says the same. */
static void check_balances(struct trv_session *s)
{
	int64_t balances[ACCOUNTS + 1], sum = 0;
	struct trv_stream stream = { 0 };
	const struct transfer *row;
	struct account_list accounts;
	int r;

	for (int i = 0; i <= ACCOUNTS; i++)
		balances[i] = START_BALANCE;
	while ((r = transfer_each(s, &stream, &row, NULL)) > 0) {
		balances[row->source_id] -= row->amount;
		balances[row->target_id] += row->amount;
	}
	OK(s, r);
	OK(s, account_find(s, &accounts, NULL));
	for (size_t i = 0; i < accounts.count; i++) {
		CHECK_INT(accounts.items[i].balance, balances[accounts.items[i].id]);
		sum += accounts.items[i].balance;
	}
	CHECK_INT(sum, ACCOUNTS * START_BALANCE);
}

/* Waits until the node sees a cluster of so many, and has what the others have. */
static void await_node(int node, int size)
{
	uint64_t end = trv_monotonic() + 60000 * MS;
	struct trv_value holds = { .type = TRV_INT64 };
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	struct trv_session *s = NULL;
	char url[128], sql[512];

	snprintf(url, sizeof(url), "mariadb://tester:s3cret%%21pass@127.0.0.1:%u/test", cluster.ports[node]);
	snprintf(sql, sizeof(sql),
	         "SELECT count(*) AS n FROM information_schema.global_status WHERE (variable_name ="
	         " 'WSREP_LOCAL_STATE_COMMENT' AND variable_value = 'Synced')"
	         " OR (variable_name = 'WSREP_CLUSTER_SIZE' AND variable_value = '%d')",
	         size);
	REQUIRE_OK(trv_open(&db, &(struct trv_options) { .url = url, .accept_any_contract = true }, &error), &error);
	REQUIRE_OK(trv_session_open(db, &s, &error), &error);
	do {
		REQUIRE(trv_monotonic() < end);
		pause_ms(50);
		if (trv_sql_value(s, &holds, TRV_INT64, sql, NULL, 0) < 0)
			holds.as.integer = 0;
	} while (holds.as.integer != 2);
	trv_session_close(s);
	trv_close(db);
}

static void harm(struct workload *load)
{
	uint64_t moment = trv_monotonic();

	test_note("started: all write %u ms later", workload_await(load, moment));
	pause_ms(2000);
	moment = trv_monotonic();
	node_signal(2, SIGSTOP);
	unsigned stopped = workload_await(load, moment);
	pause_ms(3000);
	node_signal(2, SIGCONT);
	await_node(0, 3);
	await_node(2, 3);
	moment = trv_monotonic();
	unsigned back = workload_await(load, moment);
	pause_ms(1000);
	moment = trv_monotonic();
	node_signal(1, SIGKILL);
	unsigned killed = workload_await(load, moment);
	pause_ms(2000);
	test_note("all %d threads write again %.1f s after a node was stopped, %.1f s after it was back, %.1f s after "
	          "another was killed",
	          WORKERS, stopped / 1e3, back / 1e3, killed / 1e3);
}

TEST(galera, nothing_acknowledged_is_lost_when_a_node_is_stopped_and_another_killed_under_load)
{
	struct workload load = { .ways = NODES, .contended = true };
	char ignored[16];

	if (!long_seconds(0, 1))
		SKIP("TRIVET_LONG=1 runs it: a cluster of three nodes");
	start_cluster();
	for (int i = 0; i < NODES; i++) {
		load.dbs[i] = open_node(i, false);
		if (i == 0) {
			struct trv_session *s = open_session(load.dbs[0]);

			fill(s);
			trv_session_close(s);
			pause_ms(500);
		}
	}
	workload_start(&load);
	harm(&load);
	workload_stop(&load);
	for (int i = 0; i < NODES; i++)
		trv_close(load.dbs[i]);
	struct trv_db *db = open_node(0, true);
	struct trv_session *s = open_session(db);
	await_node(2, 2);
	check_balances(s);
	workload_check(&load, s, 2 * WORKERS);
	trv_session_close(s);
	trv_close(db);
	run_script("stop", "", ignored);
}
