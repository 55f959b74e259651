/* PostgreSQL knows what became of a commit, and is asked. */
#include "faults.h"

#include <signal.h>
#include <sys/types.h>

#define TURNS 200

static int commit_trapped(struct bank *bank, struct proxy *proxy, enum proxy_fault fault, int64_t id)
{
	struct proxy_trap trap = { .fault = fault, .trigger = "COMMIT", .reset = true };

	proxy_set_trap(proxy, &trap);
	OK(bank->s, trv_begin(bank->s, &(struct trv_transaction_options) { .resolvable = true }));
	OK(bank->s, insert_transfer(bank->s, id));
	int r = trv_commit(bank->s);
	proxy_set_trap(proxy, NULL);
	return r;
}

struct stop_later {
	pid_t backend;
	bool stopped;
};

/* Called when the transaction's number was read, just before COMMIT goes out. */
static void stop_backend(const struct trv_statement_event *event, void *argument)
{
	struct stop_later *later = argument;

	(void)event;
	later->stopped = kill(later->backend, SIGSTOP) == 0;
}

TEST(outcome, what_became_of_a_commit_is_told)
{
	struct bank bank;
	char url[512], sql[96];
	struct proxy *proxy = proxy_before_server(url);
	int right = 0, committed_ones = 0;

	bank_open(&bank, url, (struct trv_options) { .query_ms = 5000 });
	for (int i = 0; i < TURNS; i++) {
		enum proxy_fault fault = test_random() % 2 ? PROXY_CUT_ANSWER : PROXY_CUT_REQUEST;
		bool committed = fault == PROXY_CUT_REQUEST;

		REQUIRE_STATUS(commit_trapped(&bank, proxy, fault, i + 1), TRV_UNKNOWN_OUTCOME);
		REQUIRE_OK(trv_commit_resolve(bank.s, &committed), trv_error(bank.s));
		snprintf(sql, sizeof(sql), "SELECT count(*) AS n FROM transfer WHERE id = %d", i + 1);
		right += committed == (control_integer(&bank, sql) == 1);
		committed_ones += committed;
		/* It was told, and is told once. */
		CHECK_STATUS(trv_commit_resolve(bank.s, &committed), TRV_ERR_MISUSE);
	}
	CHECK_INT(right, TURNS);
	CHECK(committed_ones > 0 && committed_ones < TURNS);
	test_note("%d of %d answers right, %d of them committed", right, TURNS, committed_ones);
	bank_close(&bank);
	proxy_stop(proxy);
}

/* The COMMIT lies in front of a backend that does not get to it: who says that it failed is wrong later. */
TEST(outcome, of_a_transaction_that_still_runs_nothing_is_said)
{
	struct bank bank;
	bool committed = false;

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 400 });
	OK(bank.s, trv_begin(bank.s, &(struct trv_transaction_options) { .resolvable = true }));
	OK(bank.s, insert_transfer(bank.s, 1));
	pid_t backend = (pid_t)backend_of(bank.s);
	struct stop_later later = { .backend = backend };
	trv_session_observe(bank.s, stop_backend, &later);
	CHECK_STATUS(trv_commit(bank.s), TRV_UNKNOWN_OUTCOME);
	trv_session_observe(bank.s, NULL, NULL);
	CHECK(later.stopped);
	struct stopwatch watch = stopwatch_start(400);
	CHECK_STATUS(trv_commit_resolve(bank.s, &committed), TRV_UNKNOWN_OUTCOME);
	stopwatch_check(watch, "resolve");
	CHECK(!committed);
	kill(backend, SIGCONT);
	OK(bank.s, trv_commit_resolve(bank.s, &committed));
	CHECK(committed);
	CHECK_INT(count_transfers(&bank), 1);
	bank_close(&bank);
}

/*
 * A server that is killed forgets numbers that are not in its log yet, and gives them to
 * others: what it then says about such a number may be about one of those.
 */
TEST(outcome, of_a_number_that_a_killed_server_gave_away_again_nothing_wrong_is_said)
{
	struct bank bank;
	char url[512];
	struct proxy *proxy = proxy_before_server(url);
	bool committed = false;

	bank_open(&bank, url, (struct trv_options) { .query_ms = 5000 });
	control_run(&bank, "ALTER SYSTEM SET wal_writer_delay = '10s'");
	control_run(&bank, "SELECT pg_reload_conf()");
	control_run(&bank, "CHECKPOINT");
	REQUIRE_STATUS(commit_trapped(&bank, proxy, PROXY_CUT_REQUEST, 1), TRV_UNKNOWN_OUTCOME);
	server_kill(own_server());
	server_again(own_server());
	for (int i = 2; i < 10; i++)
		OK(bank.control, insert_transfer(bank.control, i));
	int r = trv_commit_resolve(bank.s, &committed);
	test_note("%s, %s", trv_status_name(r),
	          r < 0       ? trv_error(bank.s)->message
	          : committed ? "committed"
	                      : "rolled back");
	CHECK(r == TRV_UNKNOWN_OUTCOME || (r == 0 && !committed));
	CHECK_INT(control_integer(&bank, "SELECT count(*) AS n FROM transfer WHERE id = 1"), 0);
	control_run(&bank, "ALTER SYSTEM RESET wal_writer_delay");
	bank_close(&bank);
	proxy_stop(proxy);
}

static int commit_with_write(struct bank *bank, struct proxy *proxy, const struct proxy_trap *trap, int64_t id)
{
	proxy_set_trap(proxy, trap);
	OK(bank->s, trv_begin(bank->s, NULL));
	OK(bank->s, trv_commit_next(bank->s));
	int r = insert_transfer(bank->s, id);
	proxy_set_trap(proxy, NULL);
	CHECK_INT(trv_transaction_depth(bank->s), 0);
	return r;
}

/* What answers to the BEGIN is cut off, so nothing was sent after it; and yet the write is there. */
TEST(outcome, begin_write_and_commit_are_one_request)
{
	struct proxy_trap answer = { .fault = PROXY_CUT_ANSWER, .trigger = "BEGIN", .reset = true };
	struct proxy_trap request = { .fault = PROXY_CUT_REQUEST, .trigger = "COMMIT", .reset = true };
	struct bank bank;
	char url[512];
	struct proxy *proxy = proxy_before_server(url);
	int took_place = 0;

	bank_open(&bank, url, (struct trv_options) { .query_ms = 5000 });
	for (int i = 0; i < TURNS / 4; i++) {
		/* prepares the statement on a connection that was just made */
		OK(bank.s, commit_with_write(&bank, proxy, NULL, 3 * i + 1));
		CHECK_STATUS(commit_with_write(&bank, proxy, &answer, 3 * i + 2), TRV_UNKNOWN_OUTCOME);
		CHECK(!trv_error(bank.s)->retryable);
		OK(bank.s, commit_with_write(&bank, proxy, NULL, 3 * i + 3));
		took_place += 3;
	}
	CHECK_INT(count_transfers(&bank), took_place);
	CHECK_STATUS(commit_with_write(&bank, proxy, &request, 1000), TRV_UNKNOWN_OUTCOME);
	CHECK_INT(count_transfers(&bank), took_place);
	CHECK_INT(proxy_counts(proxy).trapped, TURNS / 4 + 1);
	bank_close(&bank);
	proxy_stop(proxy);
}
