/*
 * The primary is killed under load, the server that follows it is promoted, and the
 * program goes on: both are in its URL. The follower confirms each commit, so what
 * was acknowledged is there.
 */
#include "follower.h"
#include "workload.h"

#include <signal.h>

static struct follower follower;

static void open_bank(struct bank *bank, struct trv_options options)
{
	static char url[512];

	both_urls(&follower, url);
	options.replicas[0] = follower.url;
	options.pool.size = WORKERS;
	options.query_ms = 5000;
	bank_open(bank, url, options);
	follower_await(&follower);
	wait_for_use(bank->db, 0, true);
}

TEST(failover, a_program_goes_on_when_its_primary_is_killed_and_the_follower_promoted)
{
	struct bank bank;
	struct workload load = { .ways = 1 };

	follower_start(&follower);
	follower_confirms();
	open_bank(&bank, (struct trv_options) { .replica_lag_ms = 2000 });
	load.dbs[0] = bank.db;
	workload_start(&load);
	workload_await(&load, trv_monotonic());
	pause_ms(1500);
	uint64_t killed = trv_monotonic();
	server_signal(followed_server(), SIGKILL);
	/* so long it takes somebody to notice */
	pause_ms(500);
	uint64_t promoted = trv_monotonic();
	follower_promote(&follower);
	unsigned since_promotion = workload_await(&load, promoted);
	unsigned since_kill = (unsigned)((trv_monotonic() - killed) / MS);
	pause_ms(1500);
	workload_stop(&load);
	test_note("all %d threads write again %.1f s after the kill, %.1f s after the promotion", WORKERS,
	          since_kill / 1e3, since_promotion / 1e3);
	CHECK(since_promotion < 10000);
	workload_check(&load, follower.control, WORKERS);
	bank_close(&bank);
	follower_release(&follower);
}
