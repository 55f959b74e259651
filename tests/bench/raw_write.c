#include "pool.h"
#include "raw.h"

#include <stdlib.h>

/* --- inserts ----------------------------------------------------------------------------------------------------- */

/* They rise, from 1 on; MariaDB leaves some out. */
static int check_ids(const struct item *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].id != 1 && (i == 0 || rows[i].id <= rows[i - 1].id))
			return bench_fail("row %zu has the id %lld", i, (long long)rows[i].id);
	return 0;
}

static int insert_all(struct bench_run *run, struct item *rows)
{
	int result = begin_write(main_connection);

	for (size_t r = 0; r < run->times && result >= 0; r++)
		result = insert_entries(main_connection, rows + r * run->size, run->size);
	return result < 0 ? result : commit(main_connection);
}

static int insert_singly(struct bench_run *run, struct item *rows)
{
	int result = 0;

	for (size_t r = 0; r < run->times && result >= 0; r++)
		result = insert_transaction(main_connection, &rows[r]);
	return result;
}

static int insert(struct bench_run *run, int (*work)(struct bench_run *run, struct item *rows), size_t count)
{
	if (fill(main_connection, "entry", 0) < 0)
		return bench_failed;
	struct item *rows = make_items(1, count);
	bench_start(run);
	int result = work(run, rows);
	bench_stop(run);
	if (result >= 0)
		result = check_ids(rows, count);
	free(rows);
	return result < 0 ? result : written(main_connection, BENCH_WRITTEN "entry", &run->checksum);
}

int run_insert(struct bench_run *run)
{
	return insert(run, insert_all, run->times * run->size);
}

int run_transaction(struct bench_run *run)
{
	return insert(run, insert_singly, run->times);
}

/* --- updates and upserts --------------------------------------------------------------------------------------- */

static int in_transaction(const struct item *rows, size_t count,
                          int (*work)(struct connection *connection, const struct item *rows, size_t count))
{
	int result = begin_write(main_connection);

	if (result >= 0)
		result = work(main_connection, rows, count);
	return result < 0 ? result : commit(main_connection);
}

int run_update(struct bench_run *run)
{
	struct item *rows = make_changed(run->size);
	int result = 0;

	for (size_t r = 0; r < run->times && result >= 0; r++) {
		result = fill(main_connection, "entry", run->size);
		bench_start(run);
		if (result >= 0)
			result = in_transaction(rows, run->size, update_entries);
		bench_stop(run);
	}
	free(rows);
	return result < 0 ? result : written(main_connection, BENCH_WRITTEN "entry", &run->checksum);
}

int run_upsert(struct bench_run *run)
{
	struct item *rows = make_items(1, run->size);
	int result = 0;

	for (size_t i = 0; i < run->size; i++)
		rows[i].a = (int32_t)rows[i].id;
	for (size_t r = 0; r < run->times && result >= 0; r++) {
		result = fill(main_connection, "slot", run->size / 2);
		bench_start(run);
		if (result >= 0)
			result = in_transaction(rows, run->size, upsert_slots);
		bench_stop(run);
	}
	free(rows);
	return result < 0 ? result : written(main_connection, BENCH_WRITTEN "slot", &run->checksum);
}

/* --- threads and connections ---------------------------------------------------------------------------------- */

struct lot {
	struct pool pool;
	struct item *rows; /* to insert */
};

/* Each call has the connection for itself, and gives it back. */
static int read_item(struct pool *pool, int64_t id)
{
	struct connection *connection = pool_acquire(pool);
	struct item item;

	begin_load(connection);
	int result = get_item(connection, id, &item);
	pool_release(pool, connection);
	return result;
}

static int read_items(struct pool *pool, int64_t low)
{
	struct connection *connection = pool_acquire(pool);

	begin_load(connection);
	int result = find_items(connection, low, low + 10);
	pool_release(pool, connection);
	return result;
}

static int read_children(struct pool *pool)
{
	struct connection *connection = pool_acquire(pool);

	begin_load(connection);
	int result = find_children(connection, 10);
	pool_release(pool, connection);
	return result;
}

static int pooled_insert(struct pool *pool, struct item *row)
{
	struct connection *connection = pool_acquire(pool);
	int result = insert_entries(connection, row, 1);

	pool_release(pool, connection);
	return result;
}

static int mixed_lot(struct turn *turn)
{
	struct lot *lot = turn->context;
	size_t turns = turn->number * turn->times + turn->r;
	int result = 0;

	for (size_t n = 0; n < 8 && result >= 0; n++)
		result = read_item(&lot->pool, bench_key(turns * 8 + n));
	for (size_t n = 0; n < 2 && result >= 0; n++)
		result = read_items(&lot->pool, bench_low(turns + n));
	if (result >= 0)
		result = read_children(&lot->pool);
	if (result >= 0)
		result = pooled_insert(&lot->pool, &lot->rows[turns]);
	turn->rows += 8 + 2 * 10 + 10;
	return result;
}

int run_threads(struct bench_run *run)
{
	static struct lot lot = { .pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .free = PTHREAD_COND_INITIALIZER } };

	if (fill(main_connection, "entry", 0) < 0)
		return bench_failed;
	while (lot.pool.count < 4) {
		struct connection *connection = connection_open(main_url);
		if (!connection)
			return bench_failed;
		pool_release(&lot.pool, connection);
	}
	lot.rows = make_items(1, run->times * run->size);
	int result = run_in_threads(run, mixed_lot, &lot);
	free(lot.rows);
	return result < 0 ? result : written(main_connection, BENCH_WRITTEN "entry", &run->checksum);
}

int run_open(struct bench_run *run)
{
	int result = 0;

	bench_start(run);
	for (size_t r = 0; r < run->times && result >= 0; r++) {
		struct item item;
		struct connection *connection = connection_open(main_url);
		if (!connection)
			return bench_failed;
		begin_load(connection);
		result = get_item(connection, 1, &item);
		if (result >= 0)
			run->checksum += BENCH_ITEM(&item);
		connection_close(connection);
	}
	bench_stop(run);
	return result;
}

static int acquire_and_release(struct turn *turn)
{
	struct pool *pool = turn->context;

	pool_release(pool, pool_acquire(pool));
	turn->rows++;
	return 0;
}

int run_pool(struct bench_run *run)
{
	static char items[8];
	struct pool pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .free = PTHREAD_COND_INITIALIZER };

	for (size_t i = 0; i < BENCH_COUNT(items); i++)
		pool.items[pool.count++] = &items[i];
	return run_in_threads(run, acquire_and_release, &pool);
}
