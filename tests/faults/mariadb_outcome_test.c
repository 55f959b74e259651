/* What MariaDB cannot tell, and what Galera says at commit. There is no cluster here: the proxy says it. */
#include "faults.h"

static int transfer_once(struct trv_session *s, void *argument)
{
	int *calls = argument;

	++*calls;
	return insert_transfer(s, 1);
}

TEST(outcome, mariadb_cannot_tell_what_became_of_a_commit)
{
	struct proxy_trap trap = { .fault = PROXY_CUT_ANSWER, .trigger = "COMMIT" };
	struct bank bank;
	char url[512];
	struct proxy *proxy = proxy_before_server(url);
	bool committed = true;

	bank_open(&bank, url, (struct trv_options) { .query_ms = 5000 });
	proxy_set_trap(proxy, &trap);
	OK(bank.s, trv_begin(bank.s, &(struct trv_transaction_options) { .resolvable = true }));
	OK(bank.s, insert_transfer(bank.s, 1));
	CHECK_STATUS(trv_commit(bank.s), TRV_UNKNOWN_OUTCOME);
	proxy_set_trap(proxy, NULL);
	CHECK_STATUS(trv_commit_resolve(bank.s, &committed), TRV_ERR_UNSUPPORTED);
	CHECK(committed);
	bank_close(&bank);
	proxy_stop(proxy);
}

/* An error packet in the place of COMMIT's answer: 3 bytes of size, number 1, 0xff, the error, '#', SQLSTATE. */
static void check_refused_commit(int native, const char *packet, size_t size)
{
	struct proxy_trap trap = { .fault = PROXY_ANSWER, .trigger = "COMMIT", .answer = packet, .answer_size = size };
	struct bank bank;
	char url[512];
	struct proxy *proxy = proxy_before_server(url);
	int calls = 0;

	bank_open(&bank, url, (struct trv_options) { .query_ms = 5000 });
	proxy_set_trap(proxy, &trap);
	int r = trv_transaction(bank.s, transfer_once, &calls, NULL);
	proxy_set_trap(proxy, NULL);
	CHECK_STATUS(r, TRV_UNKNOWN_OUTCOME);
	CHECK_INT(trv_status_class(r), TRV_CLASS_UNAVAILABLE);
	CHECK_INT(trv_error(bank.s)->native, native);
	CHECK_INT(calls, 1);
	CHECK_INT(trv_transaction_depth(bank.s), 0);
	OK(bank.s, insert_transfer(bank.s, 2));
	bank_close(&bank);
	proxy_stop(proxy);
}

TEST(outcome, galeras_error_during_commit_is_unknown)
{
	static const char packet[] = "\x12\x00\x00\x01\xff\x9c\x04#HY000Got error";

	check_refused_commit(1180, packet, 4 + 0x12);
}

TEST(outcome, galeras_node_that_is_not_ready_at_commit_is_unknown)
{
	static const char packet[] = "\x12\x00\x00\x01\xff\x17\x04#08S01WSREP not";

	check_refused_commit(1047, packet, 4 + 0x12);
}
