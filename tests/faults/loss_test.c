/* Transactions that end before their COMMIT: what was lost stays lost, and nothing slips through. */
#include "faults.h"

#include <pthread.h>
#include <stdatomic.h>

/* --- lost in the middle ------------------------------------------------------------------------- */

/* Every kind of call; each but the first writes or reads something that would be seen. */
static int call_insert(struct trv_session *s)
{
	return insert_transfer(s, 100);
}

static int call_insert_many(struct trv_session *s)
{
	struct transfer many[2] = { { .id = 101, .source_id = 1, .target_id = 2, .amount = 1 },
		                    { .id = 102, .source_id = 1, .target_id = 2, .amount = 1 } };

	return transfer_insert_many(s, many, 2);
}

static int call_update(struct trv_session *s)
{
	struct account account = { .id = 1, .balance = 7, .version = 1 };

	return account_update(s, &account, ACCOUNT_BALANCE);
}

static int call_update_where(struct trv_session *s)
{
	struct account values = { .balance = 7 };

	return account_update_where(s, NULL, &values, ACCOUNT_BALANCE, &(struct account_query) { .all = true });
}

static int call_delete_where(struct trv_session *s)
{
	return account_delete_where(s, NULL, &(struct account_query) { .all = true });
}

static int call_get(struct trv_session *s)
{
	struct account account;

	return account_get(s, &account, 1);
}

static int call_find(struct trv_session *s)
{
	struct account_list list;

	return account_find(s, &list, &(struct account_query) { .out = &(struct transfer_query) { 0 } });
}

static int call_count(struct trv_session *s)
{
	uint64_t count;

	return account_count(s, &count, NULL);
}

static int call_each(struct trv_session *s)
{
	struct trv_stream stream = { 0 };
	const struct account *row;
	int r = account_each(s, &stream, &row, NULL);

	trv_stream_close(&stream);
	return r;
}

static int call_exec(struct trv_session *s)
{
	return trv_exec(s, NULL, "UPDATE account SET balance = 7", NULL, 0);
}

static int call_begin(struct trv_session *s)
{
	return trv_begin(s, NULL);
}

static int call_commit(struct trv_session *s)
{
	return trv_commit(s);
}

static int nothing(struct trv_session *s, void *argument)
{
	(void)s;
	(void)argument;
	return 0;
}

static int call_transaction(struct trv_session *s)
{
	return trv_transaction(s, nothing, NULL, NULL);
}

static int (*const calls[])(struct trv_session *s) = {
	call_insert, call_insert_many, call_update, call_update_where, call_delete_where, call_get,         call_find,
	call_count,  call_each,        call_exec,   call_begin,        call_commit,       call_transaction,
};

/* Nothing is there but what was before. */
static void check_untouched(struct bank *bank)
{
	CHECK_INT(count_transfers(bank), 0);
	CHECK_INT(control_integer(bank, "SELECT CAST(sum(balance) AS decimal(20)) AS n FROM account"),
	          ACCOUNTS * START_BALANCE);
	CHECK_INT(control_integer(bank, "SELECT count(*) AS n FROM account WHERE version = 1"), ACCOUNTS);
}

/* The first call after the loss is `first`; all of them follow. */
static void check_lost(struct bank *bank, size_t first)
{
	OK(bank->s, trv_begin(bank->s, NULL));
	OK(bank->s, insert_transfer(bank->s, 1));
	kill_backend(bank, backend_of(bank->s));
	int r = calls[first](bank->s);
	/* A commit that finds the connection gone before it sends anything may know; else it cannot. */
	if (calls[first] == call_commit) {
		CHECK(r == TRV_ERR_LOST || r == TRV_UNKNOWN_OUTCOME);
		CHECK_INT(trv_transaction_depth(bank->s), 0);
		return;
	}
	if (!CHECK_STATUS(r, TRV_ERR_LOST))
		test_note("call %zu", first);
	for (size_t i = 0; i < TRV_COUNT_OF(calls); i++) {
		if (!CHECK_STATUS(calls[i](bank->s), TRV_ERR_TRANSACTION))
			test_note("call %zu after call %zu", i, first);
		CHECK_CONTAINS(trv_error(bank->s)->detail, "TRV_ERR_LOST");
		CHECK(trv_error(bank->s)->retryable);
	}
	CHECK_INT(trv_transaction_depth(bank->s), 1);
	OK(bank->s, trv_rollback(bank->s));
	CHECK_INT(trv_transaction_depth(bank->s), 0);
}

TEST(loss, in_the_middle_every_later_call_fails_until_rollback_and_nothing_is_committed)
{
	struct bank bank;

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 5000 });
	for (size_t first = 0; first < TRV_COUNT_OF(calls); first++) {
		check_lost(&bank, first);
		check_untouched(&bank);
	}
	test_note("%zu first calls, each followed by %zu: 0 stray commits", TRV_COUNT_OF(calls), TRV_COUNT_OF(calls));
	OK(bank.s, insert_transfer(bank.s, 1));
	CHECK_INT(count_transfers(&bank), 1);
	bank_close(&bank);
}

/* --- a transaction that is over without the session's doing ------------------------------------- */

TEST(loss, a_commit_that_rolled_back_is_an_error)
{
	struct bank bank;

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 5000 });
	OK(bank.s, trv_begin(bank.s, NULL));
	OK(bank.s, insert_transfer(bank.s, 1));
	OK(bank.s, trv_exec(bank.s, NULL, "ROLLBACK", NULL, 0));
	CHECK_STATUS(insert_transfer(bank.s, 2), TRV_ERR_TRANSACTION);
	CHECK_STATUS(trv_commit(bank.s), TRV_ERR_TRANSACTION);
	CHECK(!trv_error(bank.s)->retryable);
	trv_rollback(bank.s);
	CHECK_INT(trv_transaction_depth(bank.s), 0);
	CHECK_INT(count_transfers(&bank), 0);
	bank_close(&bank);
}

/* --- deadlocks ------------------------------------------------------------------------------------ */

/* Locks account 2 and much more, then waits for account 1: the engine gives the other one up. */
struct rival {
	struct bank *bank;
	atomic_int step; /* 1: it holds account 2; 2: it may ask for account 1 */
	int result;
};

static int hold_and_ask(struct trv_session *s, struct rival *rival)
{
	struct account values = { .balance = START_BALANCE };
	int r = trv_begin(s, NULL);

	/* MariaDB gives up the one that changed less. A transfer locks its accounts, there. */
	for (int64_t id = 1000; r >= 0 && id < 1200; id++)
		r = transfer_insert(s, &(struct transfer) { .id = id, .source_id = 5, .target_id = 6, .amount = 1 });
	if (r >= 0)
		r = account_update_where(s, NULL, &values, ACCOUNT_BALANCE,
		                         &(struct account_query) { .where = { account_id(TRV_EQ, 2) } });
	atomic_store(&rival->step, 1);
	while (atomic_load(&rival->step) == 1)
		pause_ms(1);
	if (r >= 0)
		r = account_update_where(s, NULL, &values, ACCOUNT_BALANCE,
		                         &(struct account_query) { .where = { account_id(TRV_EQ, 1) } });
	return r;
}

static void *be_rival(void *argument)
{
	struct rival *rival = argument;
	struct trv_session *s = NULL;
	struct trv_error error = { 0 };

	rival->result = trv_session_open(rival->bank->db, &s, &error);
	if (rival->result >= 0)
		rival->result = hold_and_ask(s, rival);
	if (!CHECK(rival->result >= 0))
		test_note("the rival: %s", trv_error(s)->message);
	while (s && trv_transaction_depth(s))
		trv_rollback(s);
	trv_session_close(s);
	return NULL;
}

static int ask_by_update(struct trv_session *s)
{
	struct account values = { .balance = START_BALANCE };

	return account_update_where(s, NULL, &values, ACCOUNT_BALANCE,
	                            &(struct account_query) { .where = { account_id(TRV_EQ, 2) } });
}

static int ask_by_row(struct trv_session *s)
{
	struct account account = { .id = 2, .balance = START_BALANCE, .version = 1 };

	return account_update(s, &account, ACCOUNT_BALANCE);
}

static int ask_by_lock(struct trv_session *s)
{
	struct account_list list;

	return account_find(s, &list, &(struct account_query) { .where = { account_id(TRV_EQ, 2) }, .lock = true });
}

static int ask_by_delete(struct trv_session *s)
{
	return account_delete_where(s, NULL, &(struct account_query) { .where = { account_id(TRV_EQ, 2) } });
}

static int ask_by_insert(struct trv_session *s)
{
	struct account account = { .id = 2, .balance = 1 };

	return account_upsert(s, &account, ACCOUNT_ID, ACCOUNT_BALANCE);
}

static int ask_by_sql(struct trv_session *s)
{
	return trv_exec(s, NULL, "UPDATE account SET balance = balance WHERE id = 2", NULL, 0);
}

static int (*const asks[])(struct trv_session *s) = {
	ask_by_update, ask_by_row, ask_by_lock, ask_by_delete, ask_by_insert, ask_by_sql,
};

static void lock_account_1(struct trv_session *s)
{
	struct account values = { .balance = START_BALANCE };

	OK(s, account_update_where(s, NULL, &values, ACCOUNT_BALANCE,
	                           &(struct account_query) { .where = { account_id(TRV_EQ, 1) } }));
}

static void wait_until_rival_waits(struct bank *bank)
{
	uint64_t end = trv_monotonic() + 5000 * MS;
	const char *sql = engine() == POSTGRESQL ? "SELECT count(*) AS n FROM pg_locks WHERE NOT granted"
	                                         : "SELECT count(*) AS n FROM information_schema.innodb_lock_waits";

	while (control_integer(bank, sql) == 0 && CHECK(trv_monotonic() < end))
		pause_ms(150); /* MariaDB's table is made anew only when nobody read it for 100 ms */
	/* PostgreSQL's one that waits looks for a deadlock once, after this long, and must find none. */
	if (engine() == POSTGRESQL)
		pause_ms(300);
}

/* Savepoints `before` the lock on account 1, and three in all when the deadlock comes. */
static void check_deadlock(struct bank *bank, size_t index, unsigned before)
{
	struct rival rival = { .bank = bank };
	pthread_t thread;

	REQUIRE(pthread_create(&thread, NULL, be_rival, &rival) == 0);
	while (atomic_load(&rival.step) == 0)
		pause_ms(1);
	for (unsigned depth = 0; depth < 4; depth++) {
		OK(bank->s, trv_begin(bank->s, NULL));
		if (depth == before)
			lock_account_1(bank->s);
	}
	atomic_store(&rival.step, 2);
	wait_until_rival_waits(bank);
	if (!CHECK_STATUS(asks[index](bank->s), TRV_ERR_DEADLOCK))
		test_note("asked by number %zu", index);
	struct trv_error first = *trv_error(bank->s);
	CHECK(first.retryable);
	CHECK_INT(trv_transaction_depth(bank->s), 4);
	/* What comes after it is refused, and says why; nothing runs outside the transaction. */
	CHECK_STATUS(insert_transfer(bank->s, 1), TRV_ERR_TRANSACTION);
	CHECK_CONTAINS(trv_error(bank->s)->detail, first.message);
	CHECK_STR(trv_error(bank->s)->sqlstate, first.sqlstate);
	CHECK(trv_error(bank->s)->retryable);
	for (unsigned depth = 4; depth > 0; depth--) {
		if (!CHECK_OK(trv_rollback(bank->s), trv_error(bank->s)))
			test_note("asked by number %zu, lock in level %u", index, before);
		CHECK_INT(trv_transaction_depth(bank->s), depth - 1);
	}
	pthread_join(thread, NULL);
}

TEST(loss, after_a_deadlock_three_savepoints_deep_nesting_is_0_again_and_the_first_error_is_kept)
{
	struct bank bank;
	int turns = 0;

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 10000 });
	for (size_t i = 0; i < TRV_COUNT_OF(asks); i++)
		for (unsigned before = 0; before < 4; before += i ? 3 : 1, turns++) {
			check_deadlock(&bank, i, before);
			check_untouched(&bank);
		}
	OK(bank.s, trv_begin(bank.s, NULL));
	OK(bank.s, insert_transfer(bank.s, 1));
	OK(bank.s, trv_commit(bank.s));
	CHECK_INT(count_transfers(&bank), 1);
	test_note("%d deadlocks, by %zu kinds of statement", turns, TRV_COUNT_OF(asks));
	bank_close(&bank);
}

/* --- the helper ------------------------------------------------------------------------------------ */

struct careless {
	int calls;
};

/* Passes over the deadlock and goes on, as programs do. */
static int pass_over(struct trv_session *s, void *argument)
{
	struct careless *careless = argument;

	if (careless->calls++ == 0)
		CHECK_STATUS(trv_exec(s, NULL,
		                      engine() == POSTGRESQL
		                              ? "DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"
		                              : "BEGIN NOT ATOMIC SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213; END",
		                      NULL, 0),
		             TRV_ERR_DEADLOCK);
	return insert_transfer(s, careless->calls);
}

TEST(loss, the_helper_sees_a_deadlock_that_its_work_passed_over)
{
	struct careless careless = { 0 };
	struct bank bank;

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 5000 });
	OK(bank.s, trv_transaction(bank.s, pass_over, &careless, NULL));
	CHECK_INT(careless.calls, 2);
	CHECK_INT(count_transfers(&bank), 1);
	bank_close(&bank);
}

struct unlucky {
	struct bank *bank;
	int calls, losses;
};

static int lose(struct trv_session *s, void *argument)
{
	struct unlucky *unlucky = argument;
	int r = insert_transfer(s, 1);

	if (r >= 0 && unlucky->calls++ < unlucky->losses)
		kill_backend(unlucky->bank, backend_of(s));
	return r < 0 ? r : insert_transfer(s, 2);
}

TEST(loss, the_helper_runs_again_what_was_lost_before_its_commit)
{
	struct bank bank;
	struct unlucky unlucky = { .bank = &bank, .losses = 2 };

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 5000 });
	OK(bank.s, trv_transaction(bank.s, lose, &unlucky, NULL));
	CHECK_INT(unlucky.calls, 3);
	CHECK_INT(count_transfers(&bank), 2);
	bank_close(&bank);
}

TEST(loss, a_write_alone_that_was_lost_is_not_called_retryable)
{
	struct bank bank;
	char url[512];
	struct proxy *proxy = proxy_before_server(url);
	struct proxy_trap trap = { .fault = PROXY_CUT_ANSWER, .trigger = "alone" };

	bank_open(&bank, url, (struct trv_options) { .query_ms = 5000 });
	proxy_set_trap(proxy, &trap);
	int r = trv_exec(bank.s, NULL, "DELETE FROM account WHERE 'alone' <> '' AND id = 8", NULL, 0);
	CHECK_STATUS(r, TRV_ERR_LOST);
	CHECK(!trv_error(bank.s)->retryable);
	proxy_set_trap(proxy, NULL);
	bank_close(&bank);
	proxy_stop(proxy);
}
