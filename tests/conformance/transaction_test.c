/* Transactions: what is undone, what goes on after a failure, who waits for whom. */
#include "suite.h"

#include <pthread.h>
#include <trivet/driver.h>

static uint64_t count_genres(struct trv_session *session)
{
	uint64_t count = UINT64_MAX;

	REQUIRE_OK(genre_count(session, &count, NULL), trv_error(session));
	return count;
}

static void insert_genre(struct world *w, const char *name)
{
	struct genre genre = { .name = name };

	OK(w, genre_insert(w->s, &genre));
}

TEST(transactions, a_commit_keeps_and_a_rollback_undoes)
{
	struct world w;

	world_open(&w);
	OK(&w, trv_begin(w.s, NULL));
	insert_genre(&w, "kept");
	OK(&w, trv_commit(w.s));
	OK(&w, trv_begin(w.s, NULL));
	insert_genre(&w, "undone");
	CHECK_INT(count_genres(w.s), 2);
	OK(&w, trv_rollback(w.s));
	CHECK_INT(count_genres(w.s), 1);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	world_close(&w);
}

TEST(transactions, others_see_nothing_before_the_commit)
{
	struct world w;

	world_open(&w);
	struct trv_session *other = world_session(&w);
	OK(&w, trv_begin(w.s, NULL));
	insert_genre(&w, "a");
	CHECK_INT(count_genres(other), 0);
	OK(&w, trv_commit(w.s));
	CHECK_INT(count_genres(other), 1);
	world_close(&w);
}

TEST(transactions, savepoints_nest_and_undo_their_own)
{
	struct world w;

	world_open(&w);
	OK(&w, trv_begin(w.s, NULL));
	insert_genre(&w, "outer");
	OK(&w, trv_begin(w.s, NULL));
	insert_genre(&w, "middle");
	OK(&w, trv_begin(w.s, NULL));
	insert_genre(&w, "inner");
	CHECK_INT(trv_transaction_depth(w.s), 3);
	OK(&w, trv_rollback(w.s));
	CHECK_INT(count_genres(w.s), 2);
	OK(&w, trv_commit(w.s));
	OK(&w, trv_begin(w.s, NULL));
	insert_genre(&w, "again");
	OK(&w, trv_rollback(w.s));
	OK(&w, trv_commit(w.s));
	CHECK_INT(count_genres(w.s), 2);
	world_close(&w);
}

TEST(transactions, a_closed_session_undoes_what_is_open)
{
	struct world w;

	world_open(&w);
	OK(&w, trv_begin(w.s, NULL));
	insert_genre(&w, "lost");
	trv_session_close(world_take(&w));
	w.s = world_session(&w);
	CHECK_INT(count_genres(w.s), 0);
	world_close(&w);
}

/* --- after a failure --------------------------------------------------------------------------------- */

TEST(transactions, after_a_refused_statement_every_call_fails_until_rollback)
{
	struct genre twin = { .name = "a" };
	struct genre_list list;
	struct world w;

	world_open(&w);
	OK(&w, trv_begin(w.s, NULL));
	insert_genre(&w, "a");
	CHECK_STATUS(genre_insert(w.s, &twin), TRV_ERR_UNIQUE);
	CHECK_STATUS(genre_find(w.s, &list, NULL), TRV_ERR_TRANSACTION);
	CHECK_STATUS(trv_begin(w.s, NULL), TRV_ERR_TRANSACTION);
	CHECK_STATUS(trv_commit(w.s), TRV_ERR_TRANSACTION);
	CHECK_STATUS(trv_exec(w.s, NULL, "DELETE FROM genre", NULL, 0), TRV_ERR_TRANSACTION);
	OK(&w, trv_rollback(w.s));
	CHECK_INT(count_genres(w.s), 0);
	world_close(&w);
}

TEST(transactions, a_failure_in_a_savepoint_is_undone_with_it)
{
	struct genre twin = { .name = "a" };
	struct world w;

	world_open(&w);
	OK(&w, trv_begin(w.s, NULL));
	insert_genre(&w, "a");
	OK(&w, trv_begin(w.s, NULL));
	insert_genre(&w, "b");
	CHECK_STATUS(genre_insert(w.s, &twin), TRV_ERR_UNIQUE);
	OK(&w, trv_rollback(w.s));
	insert_genre(&w, "c");
	OK(&w, trv_commit(w.s));
	CHECK_INT(count_genres(w.s), 2);
	world_close(&w);
}

TEST(transactions, what_is_refused_before_it_is_sent_ends_nothing)
{
	struct genre invalid = { .name = "\xff" }, row;
	struct world w;

	world_open(&w);
	OK(&w, trv_begin(w.s, NULL));
	insert_genre(&w, "a");
	CHECK_STATUS(genre_insert(w.s, &invalid), TRV_ERR_VALUE);
	CHECK_STATUS(genre_get(w.s, &row, 999999), TRV_ERR_NOT_FOUND);
	CHECK_STATUS(genre_delete_where(w.s, NULL, NULL), TRV_ERR_MISUSE);
	insert_genre(&w, "b");
	OK(&w, trv_commit(w.s));
	CHECK_INT(count_genres(w.s), 2);
	world_close(&w);
}

TEST(transactions, a_syntax_error_ends_it_as_a_constraint_does)
{
	struct world w;

	world_open(&w);
	OK(&w, trv_begin(w.s, NULL));
	insert_genre(&w, "a");
	CHECK_STATUS(trv_exec(w.s, NULL, "SELEKT", NULL, 0), TRV_ERR_SQL);
	CHECK_STATUS(trv_commit(w.s), TRV_ERR_TRANSACTION);
	OK(&w, trv_rollback(w.s));
	CHECK_INT(count_genres(w.s), 0);
	world_close(&w);
}

/* --- options: each row is a case ------------------------------------------------------------------------ */

static const struct option {
	const char *sentence;
	struct trv_transaction_options options;
} options[] = {
	{ "read committed", { .isolation = TRV_READ_COMMITTED } },
	{ "repeatable read", { .isolation = TRV_REPEATABLE_READ } },
	{ "serializable", { .isolation = TRV_SERIALIZABLE } },
	{ "read only", { .read_only = true } },
	{ "serializable, read only and deferrable",
	  { .isolation = TRV_SERIALIZABLE, .read_only = true, .deferrable = true } },
};

static void takes_option(const void *argument)
{
	const struct option *option = argument;
	struct genre genre = { .name = "a" };
	struct world w;

	world_open(&w);
	OK(&w, trv_begin(w.s, &option->options));
	CHECK_INT(count_genres(w.s), 0);
	int r = genre_insert(w.s, &genre);
	CHECK_STATUS(r < 0 ? r : 0, option->options.read_only ? TRV_ERR_READ_ONLY : 0);
	CHECK_OK(r < 0 ? trv_rollback(w.s) : trv_commit(w.s), trv_error(w.s));
	insert_genre(&w, "b");
	CHECK_INT(count_genres(w.s), option->options.read_only ? 1 : 2);
	world_close(&w);
}

__attribute__((constructor)) static void add_options(void)
{
	static char sentences[TRV_COUNT_OF(options)][80];

	for (size_t i = 0; i < TRV_COUNT_OF(options); i++) {
		snprintf(sentences[i], sizeof(sentences[i]), "one may be %s", options[i].sentence);
		test_register_row("transactions", sentences[i], takes_option, &options[i]);
	}
}

TEST(transactions, a_repeatable_read_sees_one_state)
{
	const struct trv_transaction_options repeatable = { .isolation = TRV_REPEATABLE_READ, .read_only = true };
	struct genre genre = { .name = "later" };
	struct world w;

	world_open(&w);
	insert_genre(&w, "a");
	struct trv_session *other = world_session(&w);
	OK(&w, trv_begin(w.s, &repeatable));
	CHECK_INT(count_genres(w.s), 1);
	REQUIRE_OK(genre_insert(other, &genre), trv_error(other));
	CHECK_INT(count_genres(w.s), 1);
	OK(&w, trv_commit(w.s));
	CHECK_INT(count_genres(w.s), 2);
	world_close(&w);
}

/* --- the helper ------------------------------------------------------------------------------------------- */

static int insert_and_fail(struct trv_session *session, void *argument)
{
	struct genre genre = { .name = "helped" };
	int r = genre_insert(session, &genre);

	return r < 0 ? r : *(int *)argument;
}

TEST(transactions, the_helper_commits_or_rolls_back_by_the_result)
{
	int result = 5;
	struct world w;

	world_open(&w);
	CHECK_INT(trv_transaction(w.s, insert_and_fail, &result, NULL), 5);
	CHECK_INT(count_genres(w.s), 1);
	CHECK_STATUS(trv_transaction(w.s, insert_and_fail, &result, NULL), TRV_ERR_UNIQUE);
	raw(w.s, "DELETE FROM genre");
	result = TRV_ERR_STOPPED;
	CHECK_STATUS(trv_transaction(w.s, insert_and_fail, &result, NULL), TRV_ERR_STOPPED);
	CHECK_INT(count_genres(w.s), 0);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	world_close(&w);
}

/* --- two at once --------------------------------------------------------------------------------------------- */

struct transfer {
	struct trv_session *session;
	int64_t from, to;
	pthread_barrier_t *barrier;
	int attempts, result;
};

/* Takes both rows in an order of its own; the first time after both sides hold one. */
static int transfer_work(struct trv_session *session, void *argument)
{
	struct transfer *transfer = argument;
	struct stock row;
	const char *const shops[] = { "a", "b" };
	const int64_t order[] = { transfer->from, transfer->to };

	transfer->attempts++;
	for (size_t i = 0; i < 2; i++) {
		struct stock_query query = { .where = { stock_shop(TRV_EQ, shops[order[i]]) }, .lock = true };
		int r = stock_one(session, &row, &query);

		if (r >= 0) {
			row.amount += i ? 1 : -1;
			r = stock_update(session, &row, STOCK_AMOUNT);
		}
		if (r < 0)
			return r;
		if (i == 0 && transfer->attempts == 1 && transfer->barrier)
			pthread_barrier_wait(transfer->barrier);
	}
	return 0;
}

static void *transfer_run(void *argument)
{
	struct transfer *transfer = argument;

	transfer->result = trv_transaction(transfer->session, transfer_work, transfer, NULL);
	return NULL;
}

TEST(transactions, transfers_that_cross_are_tried_again_and_lose_nothing)
{
	struct stock stocks[] = { { .shop = "a", .item = 1, .amount = 100 },
		                  { .shop = "b", .item = 1, .amount = 100 } };
	pthread_barrier_t barrier;
	pthread_t thread;
	struct world w;

	world_open(&w);
	OK(&w, stock_insert_many(w.s, stocks, 2));
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_barrier_t *both = w.quirks->deadlocks ? &barrier : NULL;
	struct transfer there = { world_session(&w), 0, 1, both, 0, 0 };
	struct transfer back = { world_session(&w), 1, 0, both, 0, 0 };
	REQUIRE(pthread_create(&thread, NULL, transfer_run, &there) == 0);
	transfer_run(&back);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&barrier);
	CHECK_OK(there.result, trv_error(there.session));
	CHECK_OK(back.result, trv_error(back.session));
	CHECK(!both || there.attempts + back.attempts > 2);
	CHECK_INT(raw_integer(w.s, "SELECT count(*) FROM stock WHERE amount = 100"), 2);
	world_close(&w);
}

struct lost {
	struct trv_session *session;
	int attempts;
	struct trv_session *other;
};

/* The first attempt reads, and then someone else writes what it read. */
static int add_one(struct trv_session *session, void *argument)
{
	struct lost *lost = argument;
	struct stock row;
	int r = stock_get(session, &row, "a", 1);

	if (r >= 0 && lost->attempts++ == 0 && lost->other)
		r = trv_exec(lost->other, NULL, "UPDATE stock SET amount = amount + 10", NULL, 0);
	if (r < 0)
		return r;
	row.amount++;
	return stock_update(session, &row, STOCK_AMOUNT);
}

TEST(transactions, an_update_of_what_someone_else_changed_is_tried_again_when_serializable)
{
	const struct trv_transaction_options serializable = { .isolation = TRV_SERIALIZABLE };
	struct stock stock = { .shop = "a", .item = 1, .amount = 1 };
	struct world w;

	world_open(&w);
	OK(&w, stock_insert(w.s, &stock));
	struct trv_db *impatient = world_database(&w, (struct trv_options) { .query_ms = 300 });
	struct world v = { .db = impatient };
	struct lost lost = { w.s, 0, w.quirks->deadlocks ? world_session(&v) : NULL };
	int r = trv_transaction(w.s, add_one, &lost, &serializable);
	/* Where readers lock, the other one waited in vain and said so; where they do not, it was tried again. */
	if (r < 0)
		CHECK_STATUS(trv_error(lost.other)->code, TRV_ERR_TIMEOUT);
	int64_t amount = raw_integer(w.s, "SELECT amount FROM stock");
	CHECK_INT(amount, r < 0 ? 1 : lost.attempts > 1 ? 12 : 2);
	world_close(&w);
}

TEST(transactions, a_wait_for_a_lock_ends_at_its_deadline)
{
	struct genre genre = { .name = "a" };
	struct world w;

	world_open(&w);
	insert_genre(&w, "a");
	struct world impatient = { .db = world_database(&w, (struct trv_options) { .query_ms = 300 }) };
	impatient.s = world_session(&impatient);
	OK(&w, trv_begin(w.s, NULL));
	raw(w.s, "UPDATE genre SET name = 'b'");
	uint64_t before = trv_monotonic();
	int r = genre_insert(impatient.s, &genre);
	if (r >= 0)
		r = trv_exec(impatient.s, NULL, "UPDATE genre SET name = 'c'", NULL, 0);
	uint64_t waited = (trv_monotonic() - before) / 1000000;
	CHECK_STATUS(r, TRV_ERR_TIMEOUT);
	CHECK_INT(trv_status_class(r), TRV_CLASS_UNAVAILABLE);
	CHECK(waited >= 250 && waited < 2000);
	OK(&w, trv_rollback(w.s));
	REQUIRE_OK(trv_exec(impatient.s, NULL, "UPDATE genre SET name = 'd'", NULL, 0), trv_error(impatient.s));
	world_close(&w);
}

TEST(transactions, locked_rows_are_not_written_by_others_until_the_end)
{
	struct stock stock = { .shop = "a", .item = 1, .amount = 1 }, row;
	struct world w;

	world_open(&w);
	OK(&w, stock_insert(w.s, &stock));
	struct world impatient = { .db = world_database(&w, (struct trv_options) { .query_ms = 300 }) };
	impatient.s = world_session(&impatient);
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, stock_one(w.s, &row, &(struct stock_query) { .lock = true }));
	row.amount = 7;
	/* In a transaction: of a single statement that timed out it is not known whether it took place. */
	int r = trv_begin(impatient.s, NULL);
	if (r >= 0)
		r = stock_update(impatient.s, &row, STOCK_AMOUNT);
	CHECK_STATUS(r, TRV_ERR_TIMEOUT);
	row.amount++;
	OK(&w, stock_update(w.s, &row, STOCK_AMOUNT));
	OK(&w, trv_commit(w.s));
	if (trv_transaction_depth(impatient.s))
		REQUIRE_OK(trv_rollback(impatient.s), trv_error(impatient.s));
	REQUIRE_OK(stock_get(impatient.s, &row, "a", 1), trv_error(impatient.s));
	CHECK_INT(row.amount, 8);
	world_close(&w);
}
