/*
 * Transfers between accounts while backends and whole servers are killed, connections are
 * cut and the network falls silent at random: no money comes or goes, what was acknowledged
 * is there, what was refused is not, and what is unknown is counted as that.
 */
#include "faults.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define TELLERS 4
#define QUERY_MS 1000 /* the network falls silent for longer */
#define RESOLVE_MS 20000 /* for so long at most a teller asks what became of a commit */
#define MOST (1 << 20)

/* What the program was told. */
enum told {
	TOLD_NOTHING,
	TOLD_COMMITTED,
	TOLD_FAILED,
	TOLD_UNKNOWN,
	TOLD_RESOLVED_COMMITTED,
	TOLD_RESOLVED_ROLLED_BACK,
	TOLD_COUNT,
};

/* Whether the transfer must be there: 1, 0, or -1 for either. */
static const struct {
	const char *name;
	int there;
} meanings[TOLD_COUNT] = {
	[TOLD_NOTHING] = { "never begun", 0 },
	[TOLD_COMMITTED] = { "acknowledged", 1 },
	[TOLD_FAILED] = { "failed", 0 },
	[TOLD_UNKNOWN] = { "unknown", -1 },
	[TOLD_RESOLVED_COMMITTED] = { "unknown, resolved as committed", 1 },
	[TOLD_RESOLVED_ROLLED_BACK] = { "unknown, resolved as rolled back", 0 },
};

struct office {
	struct bank *bank;
	struct proxy *proxy;
	uint64_t end;
	atomic_int next;
	atomic_int attempts;
	atomic_int failures[64]; /* by their negated status */
	unsigned char *told; /* by the transfer's number */
	unsigned char *there;
};

struct order {
	struct office *office;
	struct transfer transfer;
};

static int move_balance(struct trv_session *s, int64_t id, int64_t amount)
{
	struct account_list list;
	int r = account_find(s, &list, &(struct account_query) { .where = { account_id(TRV_EQ, id) }, .lock = true });

	if (r < 0)
		return r;
	if (list.count != 1)
		return trv_session_fail(s, TRV_ERR_INTERNAL, "account %lld is not there", (long long)id);
	struct account account = list.items[0];
	account.balance += amount;
	return account_update(s, &account, ACCOUNT_BALANCE);
}

/* In the order of the transfer, so that tellers deadlock. */
static int carry_out(struct trv_session *s, void *argument)
{
	struct order *order = argument;
	struct transfer transfer = order->transfer;

	atomic_fetch_add(&order->office->attempts, 1);
	int r = move_balance(s, transfer.source_id, -transfer.amount);
	if (r >= 0)
		r = move_balance(s, transfer.target_id, transfer.amount);
	return r < 0 ? r : transfer_insert(s, &transfer);
}

/* A server that is starting, or a silent network, has no answer yet. */
static enum told tell(struct trv_session *s, int r)
{
	uint64_t end = trv_monotonic() + RESOLVE_MS * MS;
	bool committed = false;

	if (r >= 0)
		return TOLD_COMMITTED;
	if (r != TRV_UNKNOWN_OUTCOME)
		return TOLD_FAILED;
	do
		r = trv_commit_resolve(s, &committed);
	while (r < 0 && r != TRV_ERR_UNSUPPORTED && trv_monotonic() < end);
	if (r < 0)
		return TOLD_UNKNOWN;
	return committed ? TOLD_RESOLVED_COMMITTED : TOLD_RESOLVED_ROLLED_BACK;
}

static void *serve(void *argument)
{
	static const struct trv_transaction_options options = { .attempts = 20, .resolvable = true };
	struct office *office = argument;
	struct trv_session *s = NULL;
	struct trv_error error = { 0 };
	unsigned seed = (unsigned)(uintptr_t)&error;

	if (!CHECK_OK(trv_session_open(office->bank->db, &s, &error), &error))
		return NULL;
	while (trv_monotonic() < office->end) {
		int id = 1 + atomic_fetch_add(&office->next, 1);
		struct order order = { .office = office };
		struct trv_mark mark = trv_mark(s);

		if (id >= MOST)
			break;
		order.transfer = (struct transfer) { .id = id,
			                             .source_id = 1 + rand_r(&seed) % ACCOUNTS,
			                             .amount = 1 + rand_r(&seed) % 9 };
		order.transfer.target_id = 1 + (order.transfer.source_id + rand_r(&seed) % (ACCOUNTS - 1)) % ACCOUNTS;
		int r = trv_transaction(s, carry_out, &order, &options);
		if (r < 0)
			atomic_fetch_add(&office->failures[-r % 64], 1);
		office->told[id] = (unsigned char)tell(s, r);
		trv_rewind(s, mark);
	}
	trv_session_close(s);
	return NULL;
}

/* --- harm --------------------------------------------------------------------------------------- */

/* Each says whether it did what it is named for. */

static bool kill_one(struct office *office)
{
	struct trv_session *control = office->bank->control;
	struct trv_mark mark = trv_mark(control);
	struct trv_value backend = { .type = TRV_INT64 };
	int r = trv_sql_value(control, &backend, TRV_INT64,
	                      engine() == POSTGRESQL
	                              ? "SELECT pid::int8 AS n FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND"
	                                " backend_type = 'client backend' ORDER BY random() LIMIT 1"
	                              : "SELECT CAST(id AS SIGNED) AS n FROM information_schema.processlist WHERE"
	                                " id <> CONNECTION_ID() AND user = 'tester' ORDER BY rand() LIMIT 1",
	                      NULL, 0);
	/* It may have gone by itself meanwhile. */
	bool killed = r >= 0 && try_kill(control, backend.as.integer) >= 0;

	trv_rewind(control, mark);
	return killed;
}

/* Until one commit met it: cut before it got there, or after. */
static bool trap_commit(struct office *office, bool before)
{
	struct proxy_trap trap = {
		.fault = before ? PROXY_CUT_REQUEST : PROXY_CUT_ANSWER,
		.trigger = "COMMIT",
		.reset = true,
	};
	unsigned met = proxy_counts(office->proxy).trapped;

	proxy_set_trap(office->proxy, &trap);
	for (int i = 0; i < 100 && proxy_counts(office->proxy).trapped == met; i++)
		pause_ms(2);
	proxy_set_trap(office->proxy, NULL);
	return proxy_counts(office->proxy).trapped > met;
}

static bool cut_before_commit(struct office *office)
{
	return trap_commit(office, true);
}

static bool cut_after_commit(struct office *office)
{
	return trap_commit(office, false);
}

static bool cut_all(struct office *office)
{
	proxy_cut(office->proxy, true);
	return true;
}

static bool close_all(struct office *office)
{
	proxy_cut(office->proxy, false);
	return true;
}

/* Past the deadline of what is under way. */
static bool fall_silent(struct office *office)
{
	proxy_hold(office->proxy, true);
	pause_ms(QUERY_MS + 200);
	proxy_hold(office->proxy, false);
	return true;
}

static bool kill_server(struct office *office)
{
	(void)office;
	server_kill(own_server());
	pause_ms(50);
	server_again(own_server());
	return true;
}

/* How many of a hundred are of that kind. */
static const struct {
	const char *name;
	int share;
	bool (*done)(struct office *office);
} harms[] = {
	{ "backends killed", 46, kill_one },
	{ "connections cut before their COMMIT got there", 16, cut_before_commit },
	{ "cut after it", 16, cut_after_commit },
	{ "times all connections reset", 8, cut_all },
	{ "times all closed", 8, close_all },
	{ "times the network silent past the deadline", 3, fall_silent },
	{ "times the server killed and started again", 3, kill_server },
};

/* Each once, and then at random. */
static size_t choose(unsigned nth, unsigned *seed)
{
	size_t kind = 0;

	if (nth < TRV_COUNT_OF(harms))
		return nth;
	for (int left = rand_r(seed) % 100; left >= harms[kind].share; kind++)
		left -= harms[kind].share;
	return kind;
}

static void do_harm(struct office *office)
{
	int done[TRV_COUNT_OF(harms)] = { 0 };
	unsigned seed = 7;

	for (unsigned nth = 0; trv_monotonic() < office->end; nth++) {
		size_t kind = choose(nth, &seed);

		pause_ms(20 + (unsigned)rand_r(&seed) % 160);
		done[kind] += harms[kind].done(office);
	}
	for (size_t i = 0; i < TRV_COUNT_OF(harms); i++) {
		test_note("%d %s", done[i], harms[i].name);
		CHECK(done[i] > 0);
	}
}

static void run_office(struct office *office)
{
	pthread_t tellers[TELLERS];

	for (int i = 0; i < TELLERS; i++)
		REQUIRE(pthread_create(&tellers[i], NULL, serve, office) == 0);
	do_harm(office);
	for (int i = 0; i < TELLERS; i++)
		pthread_join(tellers[i], NULL);
}

/* --- the books ---------------------------------------------------------------------------------- */

/* What was sent may still be at work on the server when its client is gone. */
static void wait_until_quiet(struct bank *bank)
{
	uint64_t end = trv_monotonic() + 10000 * MS;
	const char *sql = engine() == POSTGRESQL
	                          ? "SELECT count(*) AS n FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND"
	                            " backend_type = 'client backend'"
	                          : "SELECT count(*) AS n FROM information_schema.processlist WHERE"
	                            " id <> CONNECTION_ID() AND user = 'tester'";

	while (control_integer(bank, sql) > 0 && CHECK(trv_monotonic() < end))
		pause_ms(20);
}

/* Each account has what the transfers that are there left it. */
static void check_accounts(struct office *office)
{
	struct trv_session *s = office->bank->control;
	int64_t balances[ACCOUNTS + 1];
	struct trv_stream stream = { 0 };
	const struct transfer *row;
	struct account_list accounts;
	int64_t sum = 0;
	int r;

	for (int i = 0; i <= ACCOUNTS; i++)
		balances[i] = START_BALANCE;
	while ((r = transfer_each(s, &stream, &row, NULL)) > 0) {
		office->there[row->id] = true;
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

static void check_told(const struct office *office)
{
	long long count[TOLD_COUNT] = { 0 }, there[TOLD_COUNT] = { 0 };

	for (int id = 1; id < MOST; id++) {
		count[office->told[id]]++;
		there[office->told[id]] += office->there[id];
	}
	for (int told = TOLD_COMMITTED; told < TOLD_COUNT; told++)
		test_note("%lld %s, %lld of them there", count[told], meanings[told].name, there[told]);
	for (int told = 0; told < TOLD_COUNT; told++)
		if (meanings[told].there >= 0)
			CHECK_INT(there[told], meanings[told].there ? count[told] : 0);
	CHECK(count[TOLD_COMMITTED] > 100);
	CHECK(count[TOLD_UNKNOWN] + count[TOLD_RESOLVED_COMMITTED] + count[TOLD_RESOLVED_ROLLED_BACK] > 0);
	/* PostgreSQL cannot say it of all that met the end of a killed server */
	if (engine() == POSTGRESQL)
		CHECK(count[TOLD_UNKNOWN] < (count[TOLD_RESOLVED_COMMITTED] + count[TOLD_RESOLVED_ROLLED_BACK]) / 2);
}

TEST(bank, transfers_under_random_kills_and_cuts_and_silence_keep_the_sum_and_every_acknowledged_commit)
{
	struct bank bank;
	char url[512];

	own_server_durable();
	uint64_t seconds = long_seconds(20, 600);
	struct office office = { .bank = &bank, .proxy = proxy_before_server(url) };

	bank_open(&bank, url, (struct trv_options) { .pool.size = TELLERS, .query_ms = QUERY_MS });
	office.told = calloc(MOST, 1);
	office.there = calloc(MOST, 1);
	REQUIRE(office.told && office.there);
	/* A connection as between two machines, so that more is under way when it is cut. */
	proxy_delay(office.proxy, 1);
	office.end = trv_monotonic() + seconds * 1000 * MS;
	run_office(&office);
	trv_session_close(bank.s);
	trv_close(bank.db);
	bank.s = NULL;
	bank.db = NULL;
	proxy_stop(office.proxy);
	wait_until_quiet(&bank);
	check_accounts(&office);
	check_told(&office);
	test_note("%llu s, %d tellers, %d attempts", (unsigned long long)seconds, TELLERS,
	          atomic_load(&office.attempts));
	for (int i = 0; i < 64; i++)
		if (atomic_load(&office.failures[i]))
			test_note("%d times %s", atomic_load(&office.failures[i]), trv_status_name(-i));
	free(office.told);
	free(office.there);
	bank_close(&bank);
}
