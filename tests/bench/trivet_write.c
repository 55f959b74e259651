#include "trivet.h"

#include <stdio.h>
#include <stdlib.h>

struct checkpoint {
	int32_t busy, log, checkpointed;
};

/* On SQLite what was written goes to the file, so that no checkpoint falls into the clock. */
static int checkpoint(void)
{
	static const struct trv_field fields[] = {
		TRV_FIELD(struct checkpoint, busy, TRV_INT32),
		TRV_FIELD(struct checkpoint, log, TRV_INT32),
		TRV_FIELD(struct checkpoint, checkpointed, TRV_INT32),
	};
	struct trv_list rows;

	if (strcmp(trv_db_driver(main_db), "sqlite") != 0)
		return 0;
	int result = trv_sql(main_session, &rows, sizeof(struct checkpoint), fields, TRV_COUNT_OF(fields),
	                     "PRAGMA wal_checkpoint(TRUNCATE)", NULL, 0);
	return result < 0 ? failed(main_session) : 0;
}

/* The next id is 1 again. */
static int empty(const char *table)
{
	static const struct {
		const char *engine, *head, *tail;
	} texts[] = {
		{ "sqlite", "DELETE FROM", "" },
		{ "postgresql", "TRUNCATE", "RESTART IDENTITY" },
		{ "mariadb", "TRUNCATE", "" },
	};
	char sql[64] = "";

	for (size_t i = 0; i < BENCH_COUNT(texts); i++)
		if (strcmp(trv_db_driver(main_db), texts[i].engine) == 0)
			snprintf(sql, sizeof(sql), "%s %s %s", texts[i].head, table, texts[i].tail);
	return trv_exec(main_session, NULL, sql, NULL, 0) < 0 ? failed(main_session) : checkpoint();
}

int empty_entries(void)
{
	return empty("entry");
}

/* The items from number `first` on, as entry and slot have them. */
#define MAKE_ROWS(make, model)                                                                                         \
	struct model *make(size_t first, size_t count)                                                                 \
	{                                                                                                              \
		struct model *rows = bench_allocate(count * sizeof(struct model));                                     \
		for (size_t k = 0; k < count; k++) {                                                                   \
			size_t i = first + k;                                                                          \
			rows[k] = (struct model) {                                                                     \
				.a = (int32_t)(i / 100),                                                               \
				.b = (int64_t)(i * 7919 % 1000003),                                                    \
				.c = (double)(i % 1000) / 2,                                                           \
				.name = trv_arena_printf(trv_session_arena(main_session), "item %zu", i),              \
				.flag = i % 2 == 1,                                                                    \
				.at = (int64_t)(UINT64_C(1600000000000000) + i * 1000001),                             \
			};                                                                                             \
			if (i % 3)                                                                                     \
				rows[k].note =                                                                         \
					trv_arena_printf(trv_session_arena(main_session), "note %zu", i % 1000);       \
		}                                                                                                      \
		return rows;                                                                                           \
	}

MAKE_ROWS(make_entries, entry)
MAKE_ROWS(make_slots, slot)

static int written(const char *sql, uint64_t *checksum)
{
	struct trv_value value;

	if (trv_sql_value(main_session, &value, TRV_FLOAT64, sql, NULL, 0) < 0)
		return failed(main_session);
	*checksum += (uint64_t)value.as.number;
	return 0;
}

int sum_entries(uint64_t *checksum)
{
	return written(BENCH_WRITTEN "entry", checksum);
}

/* --- inserts ----------------------------------------------------------------------------------------------------- */

/* They rise, from 1 on; MariaDB leaves some out. */
static int check_ids(const struct entry *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].id != 1 && (i == 0 || rows[i].id <= rows[i - 1].id))
			return bench_fail("row %zu has the id %lld", i, (long long)rows[i].id);
	return 0;
}

static int insert_all(struct bench_run *run, struct entry *rows)
{
	int result = trv_begin(main_session, NULL);

	for (size_t r = 0; r < run->times && result >= 0; r++)
		result = entry_insert_many(main_session, rows + r * run->size, run->size);
	return result < 0 ? result : trv_commit(main_session);
}

static int insert_singly(struct bench_run *run, struct entry *rows)
{
	int result = 0;

	for (size_t r = 0; r < run->times && result >= 0; r++) {
		result = trv_begin(main_session, NULL);
		if (result >= 0)
			result = trv_commit_next(main_session);
		if (result >= 0)
			result = entry_insert(main_session, &rows[r]);
	}
	return result;
}

static int insert(struct bench_run *run, int (*work)(struct bench_run *run, struct entry *rows), size_t count)
{
	struct trv_mark start = trv_mark(main_session);

	if (empty("entry") < 0)
		return bench_failed;
	struct entry *rows = make_entries(1, count);
	bench_start(run);
	int result = work(run, rows);
	bench_stop(run);
	result = result < 0 ? failed(main_session) : check_ids(rows, count);
	free(rows);
	trv_rewind(main_session, start);
	return result < 0 ? result : sum_entries(&run->checksum);
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

/* Empties the table and gives it the items up to `last`. */
static int fill(const char *table, size_t last)
{
	char sql[100];

	if (empty(table) < 0)
		return bench_failed;
	snprintf(sql, sizeof(sql), "INSERT INTO %s SELECT * FROM item WHERE id <= %zu", table, last);
	return trv_exec(main_session, NULL, sql, NULL, 0) < 0 ? failed(main_session) : checkpoint();
}

static int update_all(struct entry *rows, size_t count)
{
	int result = trv_begin(main_session, NULL);

	if (result >= 0)
		result = entry_update_many(main_session, rows, count, ENTRY_A | ENTRY_C | ENTRY_NAME);
	return result < 0 ? result : trv_commit(main_session);
}

int run_update(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct entry *rows = bench_allocate(run->size * sizeof(struct entry));
	int result = 0;

	for (size_t k = 0; k < run->size; k++)
		rows[k] = (struct entry) {
			.id = (int64_t)k + 1,
			.a = (int32_t)(2 * (k + 1)),
			.c = (double)(k + 1) / 2,
			.name = trv_arena_printf(trv_session_arena(main_session), "changed %zu", k + 1),
		};
	for (size_t r = 0; r < run->times && result >= 0; r++) {
		result = fill("entry", run->size);
		bench_start(run);
		if (result >= 0 && update_all(rows, run->size) < 0)
			result = failed(main_session);
		bench_stop(run);
	}
	free(rows);
	trv_rewind(main_session, start);
	return result < 0 ? result : sum_entries(&run->checksum);
}

static int upsert_all(struct slot *rows, size_t count)
{
	int result = trv_begin(main_session, NULL);

	if (result >= 0)
		result = slot_upsert_many(main_session, rows, count, SLOT_ID, 0);
	return result < 0 ? result : trv_commit(main_session);
}

int run_upsert(struct bench_run *run)
{
	struct trv_mark start = trv_mark(main_session);
	struct slot *rows = make_slots(1, run->size);
	int result = 0;

	for (size_t k = 0; k < run->size; k++) {
		rows[k].id = (int64_t)k + 1;
		rows[k].a = (int32_t)k + 1;
	}
	for (size_t r = 0; r < run->times && result >= 0; r++) {
		result = fill("slot", run->size / 2);
		bench_start(run);
		if (result >= 0 && upsert_all(rows, run->size) < 0)
			result = failed(main_session);
		bench_stop(run);
	}
	free(rows);
	trv_rewind(main_session, start);
	return result < 0 ? result : written(BENCH_WRITTEN "slot", &run->checksum);
}
