/* What rows show after a rollback: what they showed before it, and no later read shows it again. */
#include "faults.h"

TEST(rows, a_write_that_failed_changes_no_struct)
{
	enum {
		MANY = 3000
	};
	static struct transfer many[MANY];
	struct bank bank;

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 10000 });
	struct account account = { .id = 1, .balance = 5 };
	struct account before = account;
	CHECK_STATUS(account_insert(bank.s, &account), TRV_ERR_UNIQUE);
	CHECK(memcmp(&account, &before, sizeof(account)) == 0);
	struct account stale = { .id = 1, .balance = 5, .version = 77 };
	CHECK_STATUS(account_update(bank.s, &stale, ACCOUNT_BALANCE), TRV_ERR_STALE);
	CHECK_INT(stale.version, 77);
	/* The last of many is refused: no earlier one was filled, in whatever pieces they went. */
	for (int i = 0; i < MANY; i++)
		many[i] = (struct transfer) { .id = i + 1, .source_id = 1, .target_id = 2, .amount = i < MANY - 1 };
	CHECK(transfer_insert_many(bank.s, many, MANY) < 0);
	CHECK_INT(many[0].id, 1);
	CHECK_INT(count_transfers(&bank), 0);
	struct account accounts[] = { { .id = 20, .balance = 1 },
		                      { .id = 21, .balance = 1 },
		                      { .id = 1, .balance = 1 } };
	CHECK_STATUS(account_insert_many(bank.s, accounts, 3), TRV_ERR_UNIQUE);
	CHECK_INT(accounts[0].version, 0);
	CHECK_INT(accounts[1].version, 0);
	bank_close(&bank);
}

TEST(rows, after_a_rollback_no_read_shows_what_was_rolled_back)
{
	struct bank bank;
	struct account one, two;
	struct account_list list;

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 10000 });
	/* Plans are cached before, in and after the transaction: rows never are. */
	OK(bank.s, account_get(bank.s, &one, 1));
	OK(bank.s, trv_begin(bank.s, NULL));
	one.balance = 1;
	OK(bank.s, account_update(bank.s, &one, ACCOUNT_BALANCE));
	OK(bank.s, insert_transfer(bank.s, 1));
	OK(bank.s, account_get(bank.s, &two, 1));
	CHECK_INT(two.balance, 1);
	OK(bank.s, account_find(bank.s, &list, &(struct account_query) { .out = &(struct transfer_query) { 0 } }));
	OK(bank.s, trv_rollback(bank.s));
	struct account_list again;
	OK(bank.s, account_get(bank.s, &two, 1));
	CHECK_INT(two.balance, START_BALANCE);
	CHECK_INT(two.version, 1);
	OK(bank.s, account_find(bank.s, &again, &(struct account_query) { .out = &(struct transfer_query) { 0 } }));
	REQUIRE(again.count == ACCOUNTS);
	for (size_t i = 0; i < again.count; i++) {
		CHECK_INT(again.items[i].balance, START_BALANCE);
		CHECK_INT(again.items[i].out->count, 0);
	}
	bank_close(&bank);
}

TEST(rows, a_struct_from_a_transaction_that_was_rolled_back_overwrites_nothing)
{
	struct bank bank;
	struct account account, other;

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 10000 });
	OK(bank.s, account_get(bank.s, &account, 1));
	OK(bank.s, trv_begin(bank.s, NULL));
	account.balance = 1;
	OK(bank.s, account_update(bank.s, &account, ACCOUNT_BALANCE));
	CHECK_INT(account.version, 2);
	OK(bank.s, trv_rollback(bank.s));
	/* It has a version that the database never had. */
	account.balance = 2;
	CHECK_STATUS(account_update(bank.s, &account, ACCOUNT_BALANCE), TRV_ERR_STALE);
	OK(bank.s, account_get(bank.s, &other, 1));
	CHECK_INT(other.balance, START_BALANCE);
	other.balance = 3;
	OK(bank.s, account_update(bank.s, &other, ACCOUNT_BALANCE));
	CHECK_INT(control_integer(&bank, "SELECT balance AS n FROM account WHERE id = 1"), 3);
	bank_close(&bank);
}

struct reader {
	int calls;
	size_t used; /* of the arena, when the first attempt had read */
};

static int read_and_collide(struct trv_session *s, void *argument)
{
	struct reader *reader = argument;
	struct account_list list;
	struct account account = { .id = 1 };
	int r = account_find(s, &list, NULL);

	if (reader->calls++ == 0)
		reader->used = trv_session_arena(s)->used;
	CHECK_INT(trv_session_arena(s)->used, reader->used);
	if (r >= 0)
		CHECK_INT(list.items[0].balance, START_BALANCE);
	account = list.items[0];
	account.balance--;
	if (r >= 0)
		r = account_update(s, &account, ACCOUNT_BALANCE);
	if (r >= 0 && reader->calls < 3) {
		trv_session_fail(s, TRV_ERR_SERIALIZATION, "as if it had collided");
		((struct trv_error *)(uintptr_t)trv_error(s))->retryable = true;
		return TRV_ERR_SERIALIZATION;
	}
	return r;
}

TEST(rows, each_attempt_of_the_helper_begins_without_the_rows_of_the_last)
{
	struct bank bank;
	struct reader reader = { 0 };

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 10000 });
	OK(bank.s, trv_transaction(bank.s, read_and_collide, &reader, NULL));
	CHECK_INT(reader.calls, 3);
	CHECK_INT(control_integer(&bank, "SELECT balance AS n FROM account WHERE id = 1"), START_BALANCE - 1);
	bank_close(&bank);
}
