#include "pool.h"
#include "trivet.h"

#include "pool/internal.h"
#include "session/internal.h"

#include <stdlib.h>

/* What the sessions share: a database of its own, for its pool has 4 connections. */
static struct trv_db *shared;

struct lot {
	struct trv_session *sessions[POOL_MOST];
	struct entry *rows; /* to insert */
};

static int open_shared(void)
{
	struct trv_error error = { 0 };

	if (shared)
		return 0;
	if (trv_open(&shared,
	             &(struct trv_options) { .url = database_url, .models = &bench_models, .pool = { .size = 4 } },
	             &error) < 0)
		return bench_fail("%s", error.message);
	return 0;
}

static int read_lot(struct trv_session *s, size_t turns)
{
	int result = 0;
	struct item item;
	struct item_list items;
	struct person_list persons;

	for (size_t n = 0; n < 8 && result >= 0; n++)
		result = item_get(s, &item, bench_key(turns * 8 + n));
	for (size_t n = 0; n < 2 && result >= 0; n++) {
		int64_t low = bench_low(turns + n);
		result = item_find(
			s, &items,
			&(struct item_query) { .where = { item_id(TRV_GE, low), item_id(TRV_LT, low + 10) } });
	}
	if (result >= 0)
		result = person_find(s, &persons,
		                     &(struct person_query) { .where = { person_id(TRV_LE, 10) },
		                                              .posts = &(struct post_query) { 0 } });
	return result;
}

static int mixed_lot(struct turn *turn)
{
	struct lot *lot = turn->context;
	struct trv_session *s = lot->sessions[turn->number];
	size_t turns = turn->number * turn->times + turn->r;
	struct trv_mark start = trv_mark(s);
	int result = read_lot(s, turns);

	if (result >= 0)
		result = entry_insert(s, &lot->rows[turns]);
	turn->rows += 8 + 2 * 10 + 10;
	trv_rewind(s, start);
	return result < 0 ? failed(s) : 0;
}

int run_threads(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct lot lot = { .rows = NULL };
	int result = open_shared();

	if (result >= 0)
		result = empty_entries();
	for (size_t i = 0; i < run->size && i < POOL_MOST && result >= 0; i++)
		result = trv_session_open(shared, &lot.sessions[i], NULL);
	lot.rows = make_entries(1, run->times * run->size);
	if (result >= 0)
		result = run_in_threads(run, mixed_lot, &lot);
	for (size_t i = 0; i < POOL_MOST; i++)
		trv_session_close(lot.sessions[i]);
	free(lot.rows);
	trv_rewind(main_session, start);
	return result < 0 ? result : sum_entries(&run->checksum);
}

/* Without a pool beside it: what a program does that needs one row and ends. */
static int open_and_get(uint64_t *checksum)
{
	struct trv_error error = { 0 };
	struct trv_db *other = NULL;
	struct trv_session *s = NULL;
	struct item item;

	int result = trv_open(&other, &(struct trv_options) { .url = database_url, .models = &bench_models }, &error);
	if (result >= 0)
		result = trv_session_open(other, &s, &error);
	if (result >= 0)
		result = item_get(s, &item, 1);
	if (result >= 0)
		*checksum += BENCH_ITEM(&item);
	if (result < 0)
		result = bench_fail("%s", s ? trv_error(s)->message : error.message);
	trv_session_close(s);
	trv_close(other);
	return result;
}

int run_open(struct bench_run *run)
{
	int result = 0;

	bench_start(run);
	for (size_t r = 0; r < run->times && result >= 0; r++)
		result = open_and_get(&run->checksum);
	bench_stop(run);
	return result;
}

/* --- the pool alone: by its internal functions, as a session calls them ------------------------------------- */

static int acquire_and_release(struct turn *turn)
{
	struct trv__link *link;

	if (trv__pool_acquire(turn->context, turn, NULL, &link, NULL) < 0)
		return bench_fail("no connection");
	trv__pool_release(turn->context, turn, link, false, link->given);
	turn->rows++;
	return 0;
}

int run_pool(struct bench_run *run)
{
	struct trv_error error = { 0 };
	struct trv_db *other = NULL;

	if (trv_open(&other, &(struct trv_options) { .url = database_url, .pool = { .size = 8, .acquire_ms = 60000 } },
	             &error) < 0)
		return bench_fail("%s", error.message);
	int result = run_in_threads(run, acquire_and_release, trv__db_pool(other));
	trv_close(other);
	return result;
}
