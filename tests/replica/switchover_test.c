/*
 * The primary is taken out of service under load, as an operator does it: it takes no writes
 * any more, and the server that follows it is promoted. Nothing fails: a write that was
 * refused took no effect, and is run again where writes are taken.
 */
#include "follower.h"
#include "workload.h"

TEST(switchover, writes_that_are_refused_as_read_only_find_the_new_primary)
{
	static struct follower follower;
	struct bank bank;
	struct workload load = { .ways = 1 };
	struct trv_pool_stats stats;
	char url[512];

	follower_start(&follower);
	follower_confirms();
	both_urls(&follower, url);
	bank_open(&bank, url, (struct trv_options) { .pool.size = WORKERS });
	follower_await(&follower);
	load.dbs[0] = bank.db;
	workload_start(&load);
	workload_await(&load, trv_monotonic());
	pause_ms(1000);
	uint64_t retired = trv_monotonic();
	followed_retire();
	/* what was under way ends, and the follower gets it */
	pause_ms(500);
	uint64_t promoted = trv_monotonic();
	follower_promote(&follower);
	unsigned since_promotion = workload_await(&load, promoted);
	test_note(
		"all %d threads write again %.1f s after the old primary became read-only, %.1f s after the promotion",
		WORKERS, (double)(trv_monotonic() - retired) / 1e9, since_promotion / 1e3);
	pause_ms(500);
	workload_stop(&load);
	trv_pool_stats(bank.db, &stats);
	test_note("%llu connections were given up for it", (unsigned long long)stats.closed[TRV_POOL_CLOSED_EVICTED]);
	int failed = 0;
	for (int i = 0; i < 64; i++)
		failed += atomic_load(&load.failures[i]);
	CHECK_INT(failed, 0);
	workload_check(&load, follower.control, 0);
	bank_close(&bank);
	follower_release(&follower);
}
