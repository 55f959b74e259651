#include "workload.h"

#include <stdlib.h>

struct worker {
	struct workload *load;
	int number;
};

static int move_balance(struct trv_session *s, int64_t id, int64_t amount)
{
	struct account account;
	int r = account_one(s, &account, &(struct account_query) { .where = { account_id(TRV_EQ, id) }, .lock = true });

	if (r < 0)
		return r;
	account.balance += amount;
	return account_update(s, &account, ACCOUNT_BALANCE);
}

struct order {
	const struct workload *load;
	struct transfer transfer;
};

static int write_transfer(struct trv_session *s, void *argument)
{
	const struct order *order = argument;
	struct transfer transfer = order->transfer;
	int r = 0;

	if (order->load->contended)
		r = move_balance(s, transfer.source_id, -transfer.amount);
	if (r >= 0 && order->load->contended)
		r = move_balance(s, transfer.target_id, transfer.amount);
	return r < 0 ? r : transfer_insert(s, &transfer);
}

static void note_failure(struct workload *load, int r)
{
	int status = -r < 64 ? -r : 63;

	atomic_fetch_add(&load->failures[status], 1);
}

/* What the session wrote it must find. */
static void read_back(struct workload *load, struct trv_session *s, int64_t id)
{
	struct transfer found;
	int r = transfer_get(s, &found, id);

	atomic_fetch_add(&load->reads, 1);
	if (r < 0)
		note_failure(load, r);
	CHECK(r != TRV_ERR_NOT_FOUND);
}

static void write_one(struct worker *worker, struct trv_session *s)
{
	struct workload *load = worker->load;
	const struct trv_transaction_options options = { .attempts = 50 };
	int64_t id = atomic_fetch_add(&load->next, 1);
	struct order order = {
		.load = load,
		.transfer = { .id = id,
		              .source_id = id % ACCOUNTS + 1,
		              .target_id = id * 3 % ACCOUNTS + 1,
		              .amount = 1 },
	};
	uint64_t started = trv_monotonic();
	int r = trv_transaction(s, write_transfer, &order, &options);

	if (trv_monotonic() - started > load->slowest[worker->number])
		load->slowest[worker->number] = trv_monotonic() - started;
	load->told[id] = r >= 0 ? TOLD_COMMITTED : r == TRV_UNKNOWN_OUTCOME ? TOLD_UNKNOWN : TOLD_FAILED;
	if (r < 0) {
		note_failure(load, r);
		if (r != TRV_UNKNOWN_OUTCOME)
			test_note("transfer %lld: %s: %s", (long long)id, trv_status_name(r), trv_error(s)->message);
		return;
	}
	atomic_store(&load->last_good[worker->number], started);
	read_back(load, s, id);
}

/* By a session that writes nothing. */
static void read_one(struct workload *load, struct trv_session *s)
{
	struct trv_mark mark = trv_mark(s);
	struct account found;
	int r = account_get(s, &found, 1);

	atomic_fetch_add(&load->reads, 1);
	if (r < 0)
		note_failure(load, r);
	trv_rewind(s, mark);
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct workload *load = worker->load;
	struct trv_session_stats stats;
	struct trv_session *s = NULL, *reader = NULL;
	struct trv_error error;

	struct trv_db *db = load->dbs[(size_t)worker->number % load->ways];
	if (!CHECK(trv_session_open(db, &s, &error) >= 0 && trv_session_open(db, &reader, &error) >= 0))
		return NULL;
	trv_session_allow_replicas(s, true);
	trv_session_allow_replicas(reader, true);
	while (!atomic_load(&load->ended) && atomic_load(&load->next) < MOST_TRANSFERS - WORKERS) {
		struct trv_mark mark = trv_mark(s);

		write_one(worker, s);
		read_one(load, reader);
		trv_rewind(s, mark);
		pause_ms(1);
	}
	trv_session_stats(s, &stats);
	atomic_fetch_add(&load->replica_reads, (int)stats.replica_calls);
	trv_session_stats(reader, &stats);
	atomic_fetch_add(&load->replica_reads, (int)stats.replica_calls);
	trv_session_close(s);
	trv_session_close(reader);
	free(worker);
	return NULL;
}

void workload_start(struct workload *load)
{
	atomic_store(&load->next, 1);
	load->told = calloc(MOST_TRANSFERS, 1);
	REQUIRE(load->told);
	for (int i = 0; i < WORKERS; i++) {
		struct worker *worker = malloc(sizeof(*worker));

		REQUIRE(worker);
		*worker = (struct worker) { load, i };
		REQUIRE(pthread_create(&load->threads[i], NULL, work, worker) == 0);
	}
}

unsigned workload_await(struct workload *load, uint64_t moment)
{
	uint64_t end = trv_monotonic() + 60000 * MS;

	for (int i = 0; i < WORKERS;) {
		if (atomic_load(&load->last_good[i]) > moment)
			i++;
		else if (CHECK(trv_monotonic() < end))
			pause_ms(1);
		else
			break;
	}
	return (unsigned)((trv_monotonic() - moment) / MS);
}

void workload_stop(struct workload *load)
{
	atomic_store(&load->ended, true);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(load->threads[i], NULL);
}

static unsigned char *what_is_there(struct trv_session *session)
{
	unsigned char *there = calloc(MOST_TRANSFERS, 1);
	struct trv_stream stream = { 0 };
	const struct transfer *row;
	int r;

	REQUIRE(there);
	while ((r = transfer_each(session, &stream, &row, NULL)) > 0)
		there[row->id]++;
	OK(session, r);
	return there;
}

void workload_check(struct workload *load, struct trv_session *session, int unknown)
{
	static const char *const names[] = { "never begun", "acknowledged", "failed", "unknown" };
	int count[TOLD_COUNT] = { 0 }, found[TOLD_COUNT] = { 0 };
	unsigned char *there = what_is_there(session);
	uint64_t slowest = 0;

	for (int id = 1; id < MOST_TRANSFERS; id++) {
		count[load->told[id]]++;
		found[load->told[id]] += there[id];
	}
	for (int told = TOLD_COMMITTED; told < TOLD_COUNT; told++)
		test_note("%d writes %s, %d of them there", count[told], names[told], found[told]);
	for (int i = 0; i < WORKERS; i++)
		slowest = load->slowest[i] > slowest ? load->slowest[i] : slowest;
	test_note("%d reads, %d of them by a replica; the slowest write took %.1f s", atomic_load(&load->reads),
	          atomic_load(&load->replica_reads), (double)slowest / 1e9);
	CHECK(count[TOLD_COMMITTED] > 100);
	CHECK_INT(found[TOLD_COMMITTED], count[TOLD_COMMITTED]);
	CHECK_INT(found[TOLD_FAILED], 0);
	CHECK_INT(found[TOLD_NOTHING], 0);
	CHECK_INT(count[TOLD_UNKNOWN] <= unknown, 1);
	for (int i = 0; i < 64; i++)
		if (atomic_load(&load->failures[i]))
			test_note("%d calls were %s", atomic_load(&load->failures[i]), trv_status_name(-i));
	free(there);
	free(load->told);
}
