/* Commits whose answer never came. */
#include "faults.h"

#define TURNS 200

struct attempt {
	int64_t id;
	int calls;
};

static int transfer_once(struct trv_session *s, void *argument)
{
	struct attempt *attempt = argument;

	attempt->calls++;
	return insert_transfer(s, attempt->id);
}

static void check_never_retried(enum proxy_fault fault, int expected)
{
	struct proxy_trap trap = { .fault = fault, .trigger = "COMMIT", .reset = true };
	struct bank bank;
	char url[512];
	struct proxy *proxy = proxy_before_server(url);
	int unknown = 0, calls = 0;

	bank_open(&bank, url, (struct trv_options) { .query_ms = 5000 });
	proxy_set_trap(proxy, &trap);
	for (int i = 0; i < TURNS; i++) {
		struct attempt attempt = { .id = i + 1 };

		int r = trv_transaction(bank.s, transfer_once, &attempt, NULL);
		unknown += r == TRV_UNKNOWN_OUTCOME;
		calls += attempt.calls;
		CHECK(!trv_error(bank.s)->retryable);
		CHECK_INT(trv_transaction_depth(bank.s), 0);
	}
	CHECK_INT(unknown, TURNS);
	CHECK_INT(calls, TURNS);
	CHECK_INT(proxy_counts(proxy).trapped, TURNS);
	CHECK_INT(count_transfers(&bank), expected);
	test_note("%d of %d unknown outcomes, run %d times; %llu took place", unknown, TURNS, calls,
	          (unsigned long long)count_transfers(&bank));
	bank_close(&bank);
	proxy_stop(proxy);
}

TEST(outcome, a_connection_cut_after_commit_was_sent_is_unknown_and_never_retried)
{
	check_never_retried(PROXY_CUT_ANSWER, TURNS);
}

TEST(outcome, a_connection_cut_before_the_server_got_the_commit_is_unknown_and_never_retried)
{
	check_never_retried(PROXY_CUT_REQUEST, 0);
}

TEST(outcome, a_commit_whose_answer_does_not_come_by_the_deadline_is_unknown)
{
	struct proxy_trap trap = { .fault = PROXY_SWALLOW_ANSWER, .trigger = "COMMIT" };
	struct bank bank;
	char url[512];
	struct proxy *proxy = proxy_before_server(url);

	bank_open(&bank, url, (struct trv_options) { .query_ms = 400 });
	proxy_set_trap(proxy, &trap);
	OK(bank.s, trv_begin(bank.s, NULL));
	OK(bank.s, insert_transfer(bank.s, 1));
	struct stopwatch watch = stopwatch_start(400);
	CHECK_STATUS(trv_commit(bank.s), TRV_UNKNOWN_OUTCOME);
	stopwatch_check(watch, "commit");
	CHECK_INT(trv_transaction_depth(bank.s), 0);
	CHECK_INT(count_transfers(&bank), 1);
	proxy_set_trap(proxy, NULL);
	OK(bank.s, insert_transfer(bank.s, 2));
	bank_close(&bank);
	proxy_stop(proxy);
}

TEST(outcome, a_commit_on_a_connection_that_was_lost_before_is_refused_until_rollback)
{
	struct bank bank;

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 5000 });
	OK(bank.s, trv_begin(bank.s, NULL));
	OK(bank.s, insert_transfer(bank.s, 1));
	kill_backend(&bank, backend_of(bank.s));
	CHECK_STATUS(insert_transfer(bank.s, 2), TRV_ERR_LOST);
	CHECK_STATUS(trv_commit(bank.s), TRV_ERR_TRANSACTION);
	CHECK_INT(trv_transaction_depth(bank.s), 1);
	OK(bank.s, trv_rollback(bank.s));
	CHECK_INT(count_transfers(&bank), 0);
	bank_close(&bank);
}

TEST(outcome, nothing_is_told_of_commits_that_are_known_or_were_not_to_be_asked_about)
{
	struct proxy_trap trap = { .fault = PROXY_CUT_ANSWER, .trigger = "COMMIT" };
	struct bank bank;
	char url[512];
	struct proxy *proxy = proxy_before_server(url);
	bool committed = false;

	bank_open(&bank, url, (struct trv_options) { .query_ms = 5000 });
	CHECK_STATUS(trv_commit_resolve(bank.s, &committed), TRV_ERR_MISUSE);
	OK(bank.s, trv_begin(bank.s, &(struct trv_transaction_options) { .resolvable = true }));
	CHECK_STATUS(trv_commit_resolve(bank.s, &committed), TRV_ERR_MISUSE);
	OK(bank.s, insert_transfer(bank.s, 1));
	OK(bank.s, trv_commit(bank.s));
	CHECK_STATUS(trv_commit_resolve(bank.s, &committed), TRV_ERR_MISUSE);
	OK(bank.s, trv_begin(bank.s, NULL));
	OK(bank.s, insert_transfer(bank.s, 2));
	proxy_set_trap(proxy, &trap);
	CHECK_STATUS(trv_commit(bank.s), TRV_UNKNOWN_OUTCOME);
	proxy_set_trap(proxy, NULL);
	CHECK_STATUS(trv_commit_resolve(bank.s, &committed), TRV_ERR_MISUSE);
	CHECK(!committed);
	bank_close(&bank);
	proxy_stop(proxy);
}
