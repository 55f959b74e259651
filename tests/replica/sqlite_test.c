/* On SQLite a replica is a file: the same one, or a copy that somebody else keeps up. Nobody tells how far it got. */
#include "faults.h"

static uint64_t on_replica(const struct trv_session *session)
{
	struct trv_session_stats stats;

	trv_session_stats(session, &stats);
	return stats.replica_calls;
}

static void await_use(struct trv_db *db)
{
	uint64_t end = trv_monotonic() + 10000 * MS;
	struct trv_replica_stats stats;

	do {
		REQUIRE(trv_monotonic() < end);
		pause_ms(2);
		trv_replica_stats(db, 0, &stats);
	} while (!stats.in_use);
}

TEST(replica_sqlite, reads_go_to_the_file_until_the_session_writes)
{
	struct bank bank;
	struct account account;
	char url[256];

	snprintf(url, sizeof(url), "sqlite:%s/bank.db?mode=ro", test_temporary_folder());
	bank_open(&bank, NULL, (struct trv_options) { .pool.size = 2, .replicas = { url } });
	await_use(bank.db);
	trv_session_allow_replicas(bank.s, true);
	OK(bank.s, account_get(bank.s, &account, 1));
	CHECK_INT(on_replica(bank.s), 1);
	OK(bank.s, insert_transfer(bank.s, 1));
	pause_ms(100);
	for (int i = 0; i < 10; i++)
		OK(bank.s, account_get(bank.s, &account, 1));
	CHECK_INT(on_replica(bank.s), 1);
	bank_close(&bank);
}

static int open_with(const char *url, const char *replica)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	int r = trv_open(&db, &(struct trv_options) { .url = url, .replicas = { replica } }, &error);

	trv_close(db);
	return r;
}

TEST(replica_sqlite, what_cannot_be_a_replica_is_refused)
{
	char url[256];

	snprintf(url, sizeof(url), "sqlite:%s/one.db", test_temporary_folder());
	CHECK_STATUS(open_with("sqlite::memory:", url), TRV_ERR_URL);
	CHECK_STATUS(open_with(url, "sqlite::memory:"), TRV_ERR_URL);
	CHECK_STATUS(open_with(url, "postgresql://nowhere/x"), TRV_ERR_URL);
	CHECK_STATUS(open_with(url, "nonsense"), TRV_ERR_URL);
}
