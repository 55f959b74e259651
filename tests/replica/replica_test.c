/*
 * What replicas promise, on a primary and servers that really follow it: which calls go
 * there, that a session reads what it wrote, and what becomes of a replica that lags or dies.
 */
#include "follower.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Started by the first test that needs them; each leaves them as it found them. */
static struct follower followers[2];

struct scene {
	struct bank bank;
	struct trv_session *reader; /* allows replicas */
};

static void open_scene(struct scene *scene, size_t count, struct trv_options options)
{
	for (size_t i = 0; i < count; i++) {
		if (!followers[i].db)
			follower_start(&followers[i]);
		options.replicas[i] = followers[i].url;
	}
	bank_open(&scene->bank, NULL, options);
	scene->reader = bank_session(&scene->bank);
	trv_session_allow_replicas(scene->reader, true);
	for (size_t i = 0; i < count; i++) {
		/* the bank's tables reach it, too */
		follower_await(&followers[i]);
		wait_for_use(scene->bank.db, i, true);
	}
}

static void close_scene(struct scene *scene)
{
	trv_session_close(scene->reader);
	bank_close(&scene->bank);
}

static uint64_t on_replica(const struct trv_session *session)
{
	struct trv_session_stats stats;

	trv_session_stats(session, &stats);
	return stats.replica_calls;
}

static uint64_t transfers(struct trv_session *session)
{
	uint64_t count = 0;

	OK(session, transfer_count(session, &count, NULL));
	return count;
}

static void insert(struct trv_session *session, int64_t id)
{
	OK(session, insert_transfer(session, id));
}

/* --- where calls go ----------------------------------------------------------------------------- */

static void read_in_all_ways(struct trv_session *s)
{
	struct account account;
	struct account_list list;
	struct account_groups groups;
	struct trv_page page = { 0 };
	struct trv_stream stream = { 0 };
	const struct account *row;
	int64_t keys[] = { 1, 2 };
	uint64_t count;
	bool exists;

	OK(s, account_get(s, &account, 1));
	OK(s, account_get_many(s, &list, keys, 2));
	OK(s, account_find(s, &list, NULL));
	OK(s, account_one(s, &account, &(struct account_query) { .where = { account_id(TRV_EQ, 1) } }));
	OK(s, account_count(s, &count, NULL));
	OK(s, account_exists(s, &exists, NULL));
	OK(s, account_page(s, &list, &page, &(struct account_query) { .limit = 3 }));
	OK(s, account_aggregate(s, &groups, &(struct trv_aggregate) { .values = { { TRV_COUNT_ROWS, 0 } } }, NULL));
	OK(s, account_each(s, &stream, &row, NULL));
	trv_stream_close(&stream);
}

TEST(replica, every_generated_read_goes_there_when_it_is_allowed)
{
	struct scene t;

	open_scene(&t, 1, (struct trv_options) { .pool.size = 2 });
	read_in_all_ways(t.reader);
	CHECK_INT(on_replica(t.reader), 9);
	read_in_all_ways(t.bank.s);
	CHECK_INT(on_replica(t.bank.s), 0);
	trv_session_allow_replicas(t.reader, false);
	read_in_all_ways(t.reader);
	CHECK_INT(on_replica(t.reader), 9);
	close_scene(&t);
}

TEST(replica, a_read_there_sees_what_the_replica_has)
{
	struct scene t;

	open_scene(&t, 1, (struct trv_options) { .pool.size = 2, .replica_lag_ms = TRV_NEVER });
	follower_pause(&followers[0]);
	insert(t.bank.control, 1);
	CHECK_INT(transfers(t.reader), 0);
	CHECK_INT(transfers(t.bank.s), 1);
	CHECK_INT(on_replica(t.reader), 1);
	follower_resume(&followers[0]);
	close_scene(&t);
}

TEST(replica, transactions_locks_and_raw_sql_go_to_the_primary)
{
	struct trv_value value = { .type = TRV_INT64 };
	struct account_list list;
	struct scene t;

	open_scene(&t, 1, (struct trv_options) { .pool.size = 2 });
	OK(t.reader, trv_begin(t.reader, &(struct trv_transaction_options) { .read_only = true }));
	OK(t.reader, account_find(t.reader, &list, NULL));
	OK(t.reader, trv_commit(t.reader));
	OK(t.reader, account_find(t.reader, &list, &(struct account_query) { .lock = true }));
	OK(t.reader,
	   account_find(t.reader, &list, &(struct account_query) { .out = &(struct transfer_query) { .lock = true } }));
	OK(t.reader, trv_sql_value(t.reader, &value, TRV_INT64, "SELECT count(*) AS n FROM account", NULL, 0));
	CHECK_INT(on_replica(t.reader), 0);
	close_scene(&t);
}

TEST(replica, what_writes_while_a_stream_is_read_there_is_refused)
{
	struct trv_stream stream = { 0 };
	const struct account *row;
	struct scene t;

	open_scene(&t, 1, (struct trv_options) { .pool.size = 2 });
	OK(t.reader, account_each(t.reader, &stream, &row, NULL) > 0 ? 0 : -1);
	CHECK_INT(insert_transfer(t.reader, 1), TRV_ERR_MISUSE);
	CHECK_INT(trv_begin(t.reader, NULL), TRV_ERR_MISUSE);
	trv_stream_close(&stream);
	insert(t.reader, 1);
	CHECK_INT(on_replica(t.reader), 1);
	close_scene(&t);
}

/* --- reading what was written ------------------------------------------------------------------- */

TEST(replica, a_session_reads_what_it_wrote)
{
	struct scene t;
	unsigned reads = 0;

	open_scene(&t, 1, (struct trv_options) { .pool.size = 3, .replica_lag_ms = TRV_NEVER });
	struct trv_session *other = bank_session(&t.bank);
	trv_session_allow_replicas(other, true);
	follower_pause(&followers[0]);
	insert(t.reader, 1);
	for (int i = 0; i < 300; i++) {
		CHECK_INT(transfers(t.reader), 1);
		pause_ms(1);
	}
	CHECK_INT(on_replica(t.reader), 0);
	CHECK_INT(transfers(other), 0);
	follower_resume(&followers[0]);
	uint64_t resumed = trv_monotonic();
	for (; on_replica(t.reader) == 0 && CHECK(trv_monotonic() < resumed + 10000 * MS); reads++)
		CHECK_INT(transfers(t.reader), 1);
	test_note("after the replica went on, %u reads went to the primary for %u ms, then to the replica", reads,
	          (unsigned)((trv_monotonic() - resumed) / MS));
	CHECK_INT(transfers(t.reader), 1);
	trv_session_close(other);
	close_scene(&t);
}

/* Each thread a session: it writes, and reads at once, on and on, while the replica lags a little. */
struct writer {
	struct bank *bank;
	int number;
	atomic_int *wrong;
	uint64_t served;
	pthread_t thread;
};

#define WRITERS 4
#define ROUNDS 60

static void *write_and_read(void *argument)
{
	struct writer *writer = argument;
	struct trv_session *s = NULL;
	struct trv_error error;
	int64_t id = writer->number * 1000;

	if (trv_session_open(writer->bank->db, &s, &error) < 0)
		return NULL;
	trv_session_allow_replicas(s, true);
	for (int round = 0; round < ROUNDS; round++) {
		struct transfer found;

		if (insert_transfer(s, ++id) < 0)
			atomic_fetch_add(writer->wrong, 1);
		for (int i = 0; i < 20; i++) {
			if (transfer_get(s, &found, id) < 0)
				atomic_fetch_add(writer->wrong, 1);
			pause_ms(2);
		}
	}
	writer->served = on_replica(s);
	trv_session_close(s);
	return NULL;
}

TEST(replica, sessions_that_write_and_read_on_and_on_never_miss_their_own)
{
	struct writer writers[WRITERS];
	atomic_int wrong = 0;
	uint64_t served = 0;
	struct scene t;

	open_scene(&t, 2, (struct trv_options) { .pool.size = WRITERS });
	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer) { .bank = &t.bank, .number = i + 1, .wrong = &wrong };
		REQUIRE(pthread_create(&writers[i].thread, NULL, write_and_read, &writers[i]) == 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(writers[i].thread, NULL);
		served += writers[i].served;
	}
	CHECK_INT(atomic_load(&wrong), 0);
	CHECK(served > 0);
	test_note("%d writes, %d reads of what was just written: %llu of them served by 2 replicas, 0 missed it",
	          WRITERS * ROUNDS, WRITERS * ROUNDS * 20, (unsigned long long)served);
	close_scene(&t);
}

/* --- watching ------------------------------------------------------------------------------------ */

TEST(replica, metrics_tell_the_servers_apart)
{
	static const char *const lines[] = {
		"trivet_pool_size{server=\"primary\"} 2\n",
		"trivet_pool_size{server=\"replica1\"} 3\n",
		"trivet_pool_connections{server=\"replica2\",state=\"used\"} ",
		"trivet_pool_closed_total{server=\"replica2\",reason=\"idle\"} 0\n",
		"trivet_pool_acquire_seconds_bucket{server=\"replica1\",le=\"+Inf\"} ",
		"trivet_replica_in_use{server=\"replica1\"} 1\n",
		"trivet_replica_set_aside_total{server=\"replica2\"} 0\n",
	};
	struct scene t;

	open_scene(&t, 2, (struct trv_options) { .pool.size = 2, .replica_pool.size = 3 });
	size_t length = trv_pool_metrics(t.bank.db, NULL, 0);
	char *text = malloc(length + 4096);
	REQUIRE(text);
	trv_pool_metrics(t.bank.db, text, length + 4096);
	for (size_t i = 0; i < TRV_COUNT_OF(lines); i++)
		if (!CHECK(strstr(text, lines[i])))
			test_note("%s", lines[i]);
	free(text);
	close_scene(&t);
}

/* --- replicas that lag or die ------------------------------------------------------------------- */

TEST(replica, one_that_lags_is_set_aside_and_comes_back)
{
	struct trv_replica_stats stats;
	struct scene t;

	open_scene(&t, 1, (struct trv_options) { .pool.size = 2, .replica_lag_ms = 400 });
	pause_ms(1000);
	trv_replica_stats(t.bank.db, 0, &stats);
	CHECK(stats.in_use);
	CHECK_INT(stats.set_aside, 0);
	follower_pause(&followers[0]);
	insert(t.bank.control, 1);
	unsigned aside = wait_for_use(t.bank.db, 0, false);
	CHECK_INT(transfers(t.reader), 1);
	CHECK_INT(on_replica(t.reader), 0);
	follower_resume(&followers[0]);
	unsigned back = wait_for_use(t.bank.db, 0, true);
	CHECK_INT(transfers(t.reader), 1);
	CHECK_INT(on_replica(t.reader), 1);
	test_note("limit 400 ms: set aside %u ms after it stood still, used again %u ms after it went on", aside, back);
	CHECK(aside >= 100);
	close_scene(&t);
}

TEST(replica, the_others_serve_when_one_is_killed_and_it_comes_back)
{
	struct scene t;
	uint64_t slowest = 0;

	open_scene(&t, 2, (struct trv_options) { .pool.size = 2 });
	for (int i = 0; i < 400; i++) {
		struct trv_session *s = bank_session(&t.bank);

		trv_session_allow_replicas(s, true);
		if (i == 100)
			follower_kill(&followers[0]);
		uint64_t started = trv_monotonic();
		CHECK_INT(transfers(s), 0);
		CHECK_INT(on_replica(s) >= 1, 1);
		if (trv_monotonic() - started > slowest)
			slowest = trv_monotonic() - started;
		trv_session_close(s);
		pause_ms(1);
	}
	struct trv_replica_stats stats;
	trv_replica_stats(t.bank.db, 0, &stats);
	CHECK(!stats.in_use);
	CHECK_INT(stats.set_aside, 1);
	follower_again(&followers[0]);
	unsigned back = wait_for_use(t.bank.db, 0, true);
	test_note("400 reads with a replica killed: 0 failed, the slowest took %.1f ms; used again %u ms after it was "
	          "back",
	          (double)slowest / 1e6, back);
	close_scene(&t);
}

TEST(replica, the_primary_serves_when_the_only_one_is_killed)
{
	struct scene t;

	open_scene(&t, 1, (struct trv_options) { .pool.size = 2 });
	CHECK_INT(transfers(t.reader), 0);
	follower_kill(&followers[0]);
	for (int i = 0; i < 50; i++)
		CHECK_INT(transfers(t.reader), 0);
	follower_again(&followers[0]);
	wait_for_use(t.bank.db, 0, true);
	uint64_t before = on_replica(t.reader);
	CHECK_INT(transfers(t.reader), 0);
	CHECK_INT(on_replica(t.reader), before + 1);
	close_scene(&t);
}

TEST(replica, one_that_does_not_answer_costs_a_read_a_moment_and_is_set_aside)
{
	struct scene t;

	open_scene(&t, 1, (struct trv_options) { .pool.size = 2 });
	CHECK_INT(transfers(t.reader), 0);
	server_signal(&followers[0].server, SIGSTOP);
	pause_ms(600);
	uint64_t started = trv_monotonic();
	CHECK_INT(transfers(t.reader), 0);
	test_note("the first read took %u ms", (unsigned)((trv_monotonic() - started) / MS));
	CHECK(trv_monotonic() - started < 2000 * MS);
	wait_for_use(t.bank.db, 0, false);
	started = trv_monotonic();
	CHECK_INT(transfers(t.reader), 0);
	CHECK(trv_monotonic() - started < 1000 * MS);
	server_signal(&followers[0].server, SIGCONT);
	wait_for_use(t.bank.db, 0, true);
	close_scene(&t);
}

TEST(replica, reads_go_on_while_the_primary_does_not_answer)
{
	struct trv_replica_stats stats;
	struct scene t;
	uint64_t slowest = 0;

	open_scene(&t, 1, (struct trv_options) { .pool.size = 2, .replica_lag_ms = 400 });
	pause_ms(500);
	server_signal(followed_server(), SIGSTOP);
	for (int i = 0; i < 40; i++) {
		uint64_t started = trv_monotonic();

		CHECK_INT(transfers(t.reader), 0);
		if (trv_monotonic() - started > slowest)
			slowest = trv_monotonic() - started;
		pause_ms(50);
	}
	trv_replica_stats(t.bank.db, 0, &stats);
	server_signal(followed_server(), SIGCONT);
	CHECK_INT(on_replica(t.reader), 40);
	CHECK(stats.in_use);
	test_note("40 reads in 2 s, the slowest took %.1f ms", (double)slowest / 1e6);
	close_scene(&t);
}

struct breaker {
	struct bank *bank;
	pthread_t thread;
};

/* With a lock that no reader of the replica may stand against. */
static void *take_the_table(void *argument)
{
	struct breaker *breaker = argument;

	pause_ms(200);
	CHECK(trv_exec(breaker->bank->control, NULL, "ALTER TABLE account ADD COLUMN IF NOT EXISTS more int", NULL,
	               0) >= 0);
	return NULL;
}

/* PostgreSQL: what the primary cleaned away is waited for by replication only so long. */
TEST(replica, a_read_that_replication_breaks_off_is_run_again_elsewhere)
{
	struct trv_session_stats stats;
	struct scene t;
	uint64_t count = 7;

	if (engine() != POSTGRESQL)
		SKIP("replication waits for nobody's reads here");
	open_scene(&t, 1, (struct trv_options) { .pool.size = 2 });
	OK(followers[0].control,
	   trv_exec(followers[0].control, NULL, "ALTER SYSTEM SET max_standby_streaming_delay = 0", NULL, 0));
	OK(followers[0].control, trv_exec(followers[0].control, NULL, "SELECT pg_reload_conf()", NULL, 0));
	struct breaker breaker = { .bank = &t.bank };
	REQUIRE(pthread_create(&breaker.thread, NULL, take_the_table, &breaker) == 0);
	OK(t.reader,
	   account_count(t.reader, &count,
	                 &(struct account_query) {
				 .where = { account_where_sql("{id} < 3 AND pg_sleep(0.4) IS NOT NULL", NULL, 0) } }));
	pthread_join(breaker.thread, NULL);
	CHECK_INT(count, 2);
	CHECK_INT(on_replica(t.reader), 1);
	trv_session_stats(t.reader, &stats);
	CHECK_INT(stats.statements, 2);
	close_scene(&t);
}

TEST(replica, a_database_opens_though_its_replica_is_away)
{
	struct trv_replica_stats stats;
	struct bank bank;

	if (!followers[0].db)
		follower_start(&followers[0]);
	follower_kill(&followers[0]);
	bank_open(&bank, NULL, (struct trv_options) { .pool.size = 2, .replicas = { followers[0].url } });
	trv_session_allow_replicas(bank.s, true);
	CHECK_INT(transfers(bank.s), 0);
	CHECK_INT(on_replica(bank.s), 0);
	CHECK_INT(trv_replica_count(bank.db), 1);
	uint64_t end = trv_monotonic() + 5000 * MS;
	do
		trv_replica_stats(bank.db, 0, &stats);
	while (!stats.failure[0] && CHECK(trv_monotonic() < end));
	CHECK(!stats.in_use);
	CHECK_INT(stats.pool.created, 0);
	CHECK(strstr(stats.failure, "cannot connect"));
	CHECK(!strstr(stats.failure, "s3cret"));
	follower_again(&followers[0]);
	wait_for_use(bank.db, 0, true);
	bank_close(&bank);
}
