/* Many writers on one SQLite file. */
#include "faults.h"

#include <pthread.h>
#include <stdatomic.h>

#define WRITERS 8
#define SNAPSHOT_BUSY 517 /* SQLITE_BUSY_SNAPSHOT */

struct writers {
	struct bank *bank;
	uint64_t end;
	atomic_int next;
	atomic_llong transfers, updates; /* that were acknowledged */
	atomic_llong failures, snapshots;
};

struct writer {
	struct writers *all;
	int64_t id;
};

/* Reads first and writes then, which is what a deferred transaction cannot do. */
static int move_one(struct trv_session *s, void *argument)
{
	const struct writer *writer = argument;
	struct account from, to;
	struct transfer transfer = { .id = writer->id, .source_id = 1 + writer->id % ACCOUNTS, .amount = 1 };

	transfer.target_id = 1 + (writer->id + 3) % ACCOUNTS;
	int r = account_get(s, &from, transfer.source_id);
	if (r >= 0)
		r = account_get(s, &to, transfer.target_id);
	from.balance--;
	to.balance++;
	if (r >= 0)
		r = account_update(s, &from, ACCOUNT_BALANCE);
	if (r >= 0)
		r = account_update(s, &to, ACCOUNT_BALANCE);
	return r < 0 ? r : transfer_insert(s, &transfer);
}

static void note_failure(struct writers *all, const struct trv_error *error)
{
	atomic_fetch_add(&all->failures, 1);
	if (error->native == SNAPSHOT_BUSY)
		atomic_fetch_add(&all->snapshots, 1);
	test_note("%s (%d)", error->message, error->native);
}

/* One statement alone, by the same door. */
static int touch(struct trv_session *s)
{
	return trv_exec(s, NULL, "UPDATE account SET version = version + 1 WHERE id = 8", NULL, 0);
}

static void *write_on(void *argument)
{
	struct writer writer = { .all = argument };
	struct writers *all = writer.all;
	struct trv_session *s = NULL;
	struct trv_error error = { 0 };

	if (!CHECK_OK(trv_session_open(all->bank->db, &s, &error), &error))
		return NULL;
	while (trv_monotonic() < all->end) {
		struct trv_mark mark = trv_mark(s);

		writer.id = 1 + atomic_fetch_add(&all->next, 1);
		if (trv_transaction(s, move_one, &writer, NULL) >= 0)
			atomic_fetch_add(&all->transfers, 1);
		else
			note_failure(all, trv_error(s));
		if (writer.id % 4 == 0 && touch(s) >= 0)
			atomic_fetch_add(&all->updates, 1);
		trv_rewind(s, mark);
	}
	trv_session_close(s);
	return NULL;
}

TEST(writers, eight_on_one_file_lose_nothing_and_see_no_busy_snapshot)
{
	struct bank bank;
	pthread_t threads[WRITERS];
	uint64_t seconds = long_seconds(20, 60);

	bank_open(&bank, NULL, (struct trv_options) { .pool.size = WRITERS, .query_ms = 30000 });
	struct writers all = { .bank = &bank, .end = trv_monotonic() + seconds * 1000 * MS };
	for (int i = 0; i < WRITERS; i++)
		REQUIRE(pthread_create(&threads[i], NULL, write_on, &all) == 0);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(atomic_load(&all.failures), 0);
	CHECK_INT(atomic_load(&all.snapshots), 0);
	CHECK_INT(count_transfers(&bank), atomic_load(&all.transfers));
	CHECK_INT(control_integer(&bank, "SELECT sum(balance) AS n FROM account"), ACCOUNTS * START_BALANCE);
	/* Each transfer and each update alone made versions of its own: none was overwritten. */
	CHECK_INT(control_integer(&bank, "SELECT sum(version) AS n FROM account"),
	          ACCOUNTS + 2 * atomic_load(&all.transfers) + atomic_load(&all.updates));
	CHECK(atomic_load(&all.transfers) > 100);
	test_note("%llu s, %d writers: %lld transfers and %lld updates acknowledged, %lld failed, %lld BUSY_SNAPSHOT",
	          (unsigned long long)seconds, WRITERS, atomic_load(&all.transfers), atomic_load(&all.updates),
	          atomic_load(&all.failures), atomic_load(&all.snapshots));
	bank_close(&bank);
}
