/* What the retry helper runs again, how often, and how long. */
#include "faults.h"

#include <stdlib.h>

struct refusal {
	const char *sqlstate; /* PostgreSQL raises this, */
	int native; /* and MariaDB signals that with it */
	bool again;
};

static const struct refusal of_postgresql[] = {
	{ "40001", 0, true },  { "40P01", 0, true },  { "55P03", 0, true },  { "23505", 0, false },
	{ "23503", 0, false }, { "23514", 0, false }, { "22012", 0, false }, { "42501", 0, false },
	{ "57014", 0, false }, { "25006", 0, true },  { "40002", 0, false }, { "40003", 0, false },
	{ "53100", 0, false }, { "P0001", 0, false }, { "XX000", 0, false }, { "0A000", 0, false },
};

static const struct refusal of_mariadb[] = {
	{ "40001", 1213, true },  { "HY000", 1205, true },  { "HY000", 1020, true },  { "23000", 1062, false },
	{ "23000", 1452, false }, { "23000", 4025, false }, { "22001", 1406, false }, { "42000", 1142, false },
	{ "70100", 1317, false }, { "70100", 1969, false }, { "25006", 1792, false }, { "HY000", 1180, false },
	{ "HY000", 1021, false }, { "45000", 1644, false }, { "HY000", 1114, false },
};

struct work {
	const struct refusal *refusal;
	int calls;
	int refused; /* the first so many calls are */
	int64_t id;
};

static int refuse(struct trv_session *s, const struct refusal *refusal)
{
	char sql[160];

	if (engine() == POSTGRESQL)
		snprintf(sql, sizeof(sql), "DO $$ BEGIN RAISE SQLSTATE '%s'; END $$", refusal->sqlstate);
	else
		snprintf(sql, sizeof(sql), "BEGIN NOT ATOMIC SIGNAL SQLSTATE '%s' SET MYSQL_ERRNO = %d; END",
		         refusal->sqlstate, refusal->native);
	return trv_exec(s, NULL, sql, NULL, 0);
}

/* Writes, and is then refused. */
static int run(struct trv_session *s, void *argument)
{
	struct work *work = argument;
	int r = insert_transfer(s, work->id);

	work->calls++;
	if (r >= 0 && work->calls <= work->refused)
		r = refuse(s, work->refusal);
	return r < 0 ? r : insert_transfer(s, work->id + 1);
}

static void check_refusal(struct bank *bank, const struct refusal *refusal, int64_t id)
{
	const struct trv_transaction_options options = { .attempts = 3 };
	struct work always = { .refusal = refusal, .refused = 1000, .id = id };
	struct work once = { .refusal = refusal, .refused = 1, .id = id };

	uint64_t before = count_transfers(bank);
	CHECK(trv_transaction(bank->s, run, &always, &options) < 0);
	if (!CHECK_INT(always.calls, refusal->again ? 3 : 1))
		test_note("%s %d", refusal->sqlstate, refusal->native);
	CHECK_INT(count_transfers(bank), before);
	int r = trv_transaction(bank->s, run, &once, &options);
	CHECK_INT(r >= 0, refusal->again);
	/* The whole of it was run: both rows are there, or none. */
	CHECK_INT(count_transfers(bank) - before, refusal->again ? 2 : 0);
	CHECK_INT(trv_transaction_depth(bank->s), 0);
}

TEST(retry, only_what_the_engine_says_may_be_tried_again_is_and_then_the_whole_of_it)
{
	const struct refusal *refusals = engine() == POSTGRESQL ? of_postgresql : of_mariadb;
	size_t count = engine() == POSTGRESQL ? TRV_COUNT_OF(of_postgresql) : TRV_COUNT_OF(of_mariadb);
	struct bank bank;

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 5000 });
	for (size_t i = 0; i < count; i++)
		check_refusal(&bank, &refusals[i], 1 + 2 * (int64_t)i);
	test_note("%zu refusals", count);
	bank_close(&bank);
}

TEST(retry, it_ends_after_the_attempts_that_are_allowed)
{
	struct bank bank;
	const struct refusal *refusal = engine() == POSTGRESQL ? of_postgresql : of_mariadb;

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 5000 });
	for (unsigned attempts = 0; attempts < 4; attempts++) {
		struct work work = { .refusal = refusal, .refused = 1000, .id = 1 };

		CHECK(trv_transaction(bank.s, run, &work, &(struct trv_transaction_options) { .attempts = attempts }) <
		      0);
		CHECK_INT(work.calls, attempts ? attempts : 5);
	}
	bank_close(&bank);
}

TEST(retry, no_attempt_begins_after_the_deadline)
{
	struct bank bank;
	const struct refusal *refusal = engine() == POSTGRESQL ? of_postgresql : of_mariadb;
	struct work work = { .refusal = refusal, .refused = 1000000, .id = 1 };

	bank_open(&bank, NULL, (struct trv_options) { .query_ms = 5000 });
	struct stopwatch watch = stopwatch_start(700);
	CHECK(trv_transaction(bank.s, run, &work,
	                      &(struct trv_transaction_options) { .attempts = 1000000, .deadline_ms = 700 }) < 0);
	stopwatch_check(watch, "all attempts");
	CHECK(work.calls > 2);
	CHECK(trv_error(bank.s)->retryable);
	bank_close(&bank);
}
