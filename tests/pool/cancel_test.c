/* Ending a call from another thread: it ends, and nothing else does. */
#include "fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define LONG_MS 10000u

/* A statement that takes so long, if nobody ends it. */
static const char *sleep_sql(void)
{
	if (is_sqlite())
		return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000000) "
		       "SELECT count(*) FROM n";
	return is_postgresql() ? "SELECT 1 FROM pg_sleep(10)" : "SELECT sleep(10)";
}

static int sleep_in(struct trv_session *session)
{
	int64_t ignored;

	return ask(session, sleep_sql(), &ignored);
}

/* For about so many microseconds. */
static int work_for(struct trv_session *session, unsigned length)
{
	char sql[200];
	int64_t ignored;

	if (is_sqlite())
		snprintf(sql, sizeof(sql),
		         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %u) "
		         "SELECT count(*) FROM n",
		         length * 8);
	else if (is_postgresql())
		snprintf(sql, sizeof(sql), "SELECT 1 FROM pg_sleep(%.6f)", length / 1e6);
	else
		snprintf(sql, sizeof(sql), "SELECT sleep(%.6f)", length / 1e6);
	return ask(session, sql, &ignored);
}

struct canceller {
	struct trv_session *session;
	unsigned after_ms, times;
	int result;
	struct trv_error error;
};

static void *cancel_later(void *argument)
{
	struct canceller *canceller = argument;

	pass(canceller->after_ms);
	canceller->result = trv_cancel(canceller->session, &canceller->error);
	return NULL;
}

static pthread_t start(struct canceller *canceller)
{
	pthread_t thread;

	REQUIRE(pthread_create(&thread, NULL, cancel_later, canceller) == 0);
	return thread;
}

TEST(pool_cancel, a_statement_that_runs_is_ended_from_another_thread)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = session_of(&t);
	struct canceller canceller = { .session = s, .after_ms = 50 };
	uint64_t begun = trv_monotonic();
	pthread_t thread = start(&canceller);
	CHECK_STATUS(sleep_in(s), TRV_ERR_CANCELED);
	double took = since(begun);
	test_note("canceled after 50 ms, it ended after %.1f ms", took);
	CHECK(took >= 50 && took < LONG_MS / 2);
	pthread_join(thread, NULL);
	CHECK_OK(canceller.result, &canceller.error);
	CHECK_OK(poke(s), trv_error(s));
	CHECK_INT(stats_of(&t).created, 1);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_cancel, a_session_that_waits_for_a_connection_stops_waiting)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1, .acquire_ms = LONG_MS });
	struct trv_session *holder = hold(&t), *s = session_of(&t);
	struct canceller canceller = { .session = s, .after_ms = 50 };
	uint64_t begun = trv_monotonic();
	pthread_t thread = start(&canceller);
	CHECK_STATUS(poke(s), TRV_ERR_CANCELED);
	CHECK(since(begun) < LONG_MS / 2);
	CHECK_CONTAINS(trv_error(s)->message, "waited for a connection");
	pthread_join(thread, NULL);
	CHECK_OK(canceller.result, &canceller.error);
	CHECK_INT(stats_of(&t).waiting, 0);
	trv_session_close(holder);
	CHECK_OK(poke(s), trv_error(s));
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_cancel, a_session_that_does_nothing_is_not_touched)
{
	struct pool_test t;
	struct trv_error error;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = session_of(&t);
	CHECK_INT(trv_cancel(s, &error), 0);
	CHECK_OK(poke(s), trv_error(s));
	CHECK_OK(try_hold(s), trv_error(s));
	CHECK_INT(trv_cancel(s, &error), 0);
	CHECK_OK(poke(s), trv_error(s));
	CHECK_OK(trv_commit(s), trv_error(s));
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_cancel, in_a_transaction_the_way_on_is_a_rollback)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = hold(&t);
	struct canceller canceller = { .session = s, .after_ms = 30 };
	pthread_t thread = start(&canceller);
	CHECK_STATUS(sleep_in(s), TRV_ERR_CANCELED);
	pthread_join(thread, NULL);
	CHECK_STATUS(poke(s), TRV_ERR_TRANSACTION);
	CHECK_OK(trv_rollback(s), trv_error(s));
	CHECK_OK(poke(s), trv_error(s));
	trv_session_close(s);
	CHECK_INT(stats_of(&t).created, 1);
	pool_close(&t);
}

/* --- more than one statement ---------------------------------------------------------------------- */

static bool is_canceled(void *argument)
{
	return trv__is_canceled(argument);
}

struct interlude {
	struct trv_session *session;
	struct canceller canceller;
	pthread_t thread;
	int statements;
};

/* Between two statements of one call nothing runs that the engine could end. */
static void cancel_after_the_first(const struct trv_statement_event *event, void *argument)
{
	struct interlude *interlude = argument;

	(void)event;
	if (++interlude->statements > 1)
		return;
	interlude->thread = start(&interlude->canceller);
	CHECK(await(is_canceled, interlude->session));
}

TEST(pool_cancel, between_two_statements_of_a_call_the_second_is_not_run)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = session_of(&t);
	struct interlude interlude = { .session = s, .canceller = { .session = s } };
	trv_session_observe(s, cancel_after_the_first, &interlude);
	CHECK_STATUS(trv_schema_create(s), TRV_ERR_CANCELED);
	CHECK_INT(interlude.statements, 1);
	pthread_join(interlude.thread, NULL);
	CHECK_OK(interlude.canceller.result, &interlude.canceller.error);
	trv_session_observe(s, NULL, NULL);
	CHECK_OK(poke(s), trv_error(s));
	trv_session_close(s);
	pool_close(&t);
}

static int sleep_and_count(struct trv_session *session, void *argument)
{
	++*(int *)argument;
	return sleep_in(session);
}

TEST(pool_cancel, a_canceled_transaction_is_not_run_again)
{
	struct pool_test t;
	int attempts = 0;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = session_of(&t);
	struct canceller canceller = { .session = s, .after_ms = 30 };
	pthread_t thread = start(&canceller);
	CHECK_STATUS(
		trv_transaction(s, sleep_and_count, &attempts, &(struct trv_transaction_options) { .read_only = true }),
		TRV_ERR_CANCELED);
	CHECK_INT(attempts, 1);
	pthread_join(thread, NULL);
	CHECK_OK(poke(s), trv_error(s));
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_cancel, of_a_server_that_does_not_answer_it_gives_up_after_a_second)
{
	struct pool_test t;

	need_server();
	pool_open_url(&t, database_url(), (struct trv_options) { .query_ms = 3000, .pool.size = 1 });
	struct trv_session *s = session_of(&t);
	CHECK_OK(poke(s), trv_error(s));
	struct canceller canceller = { .session = s, .after_ms = 100 };
	server_stop();
	uint64_t begun = trv_monotonic();
	pthread_t thread = start(&canceller);
	int r = poke(s);
	double took = since(begun);
	pthread_join(thread, NULL);
	server_continue();
	test_note("the call took %.0f ms of 3,000: %s; the cancel said %s", took, trv_status_name(r),
	          canceller.result < 0 ? canceller.error.message : "nothing");
	CHECK(r < 0 && took < 3500);
	CHECK(canceller.result < 0);
	CHECK_OK(poke(s), trv_error(s));
	trv_session_close(s);
	pool_close(&t);
}

/* --- a cancel that is on its way for long ------------------------------------------------------------ */

#define ON_ITS_WAY_MS 150u

/* The engine's own driver, with a cancel that reaches it late. */
static const struct trv_driver *engines_own;
static struct trv_driver delayed;
static atomic_bool on_its_way;

static int cancel_late(struct trv_connection *connection, struct trv_error *error)
{
	atomic_store(&on_its_way, true);
	pass(ON_ITS_WAY_MS);
	int r = engines_own->cancel(connection, error);
	atomic_store(&on_its_way, false);
	return r;
}

static const struct trv_driver *delayed_driver(const char *url)
{
	engines_own = trv_driver_for_url(url);
	memcpy(&delayed, engines_own, engines_own->size);
	delayed.cancel = cancel_late;
	return &delayed;
}

/* The call ends by itself meanwhile; who borrows its connection next works on, right when the cancel arrives. */
TEST(pool_cancel, a_call_whose_cancel_is_on_its_way_gives_nothing_back_before_it_has_arrived)
{
	struct pool_test t;
	const char *url = database_url();

	pool_open_url(&t, url, (struct trv_options) { .driver = delayed_driver(url), .pool.size = 1 });
	struct trv_session *s = session_of(&t), *next = session_of(&t);
	struct canceller canceller = { .session = s, .after_ms = 20 };
	pthread_t thread = start(&canceller);
	uint64_t end = trv_monotonic() + 2000 * MS;
	int r = 0;
	while (r >= 0 && !atomic_load(&on_its_way) && trv_monotonic() < end)
		r = work_for(s, 30000);
	CHECK(!atomic_load(&on_its_way));
	for (int i = 0; i < 20; i++)
		CHECK_OK(work_for(next, 20000), trv_error(next));
	pthread_join(thread, NULL);
	CHECK_OK(canceller.result, &canceller.error);
	CHECK_OK(poke(s), trv_error(s));
	CHECK_INT(stats_of(&t).created, 1);
	trv_session_close(s);
	trv_session_close(next);
	pool_close(&t);
}

/* --- late cancels ----------------------------------------------------------------------------------- */

#define TARGETS 2
#define BYSTANDERS 2

struct field {
	struct pool_test *test;
	int rounds; /* of each target */
	atomic_bool over;
	atomic_int hit, missed, failed_cancels;
	atomic_int victims; /* calls that nobody canceled, and that were */
	atomic_int failures; /* of another kind */
	atomic_long bystander_calls;
};

struct target {
	struct field *field;
	struct trv_session *session;
	pthread_t thread, canceller;
	atomic_int begun, canceled; /* rounds */
	unsigned seed;
};

static void spin(unsigned microseconds)
{
	uint64_t end = trv_monotonic() + microseconds * UINT64_C(1000);

	while (trv_monotonic() < end)
		sched_yield();
}

static void note(struct field *field, int r)
{
	if (r == TRV_ERR_CANCELED)
		atomic_fetch_add(&field->victims, 1);
	else if (r < 0)
		atomic_fetch_add(&field->failures, 1);
}

static void *cancel_at_random(void *argument)
{
	struct target *target = argument;
	struct field *field = target->field;
	unsigned seed = target->seed + 100;
	struct trv_error error;

	for (int round = 1; round <= field->rounds; round++) {
		while (atomic_load(&target->begun) < round)
			spin(1);
		spin((unsigned)rand_r(&seed) % 1200);
		if (trv_cancel(target->session, &error) < 0 && atomic_fetch_add(&field->failed_cancels, 1) == 0)
			test_note("%s: %s", error.message, error.detail);
		atomic_store(&target->canceled, round);
	}
	return NULL;
}

/* When trv_cancel has returned, the very next call of the session is safe. */
static void *be_canceled(void *argument)
{
	struct target *target = argument;
	struct field *field = target->field;

	for (int round = 1; round <= field->rounds; round++) {
		atomic_store(&target->begun, round);
		/* up to about a millisecond, so that the cancel comes before, during or after it */
		int r = work_for(target->session, (unsigned)rand_r(&target->seed) % 1000);
		atomic_fetch_add(r == TRV_ERR_CANCELED ? &field->hit : &field->missed, 1);
		if (r < 0 && r != TRV_ERR_CANCELED)
			atomic_fetch_add(&field->failures, 1);
		while (atomic_load(&target->canceled) < round)
			spin(1);
		note(field, poke(target->session));
	}
	return NULL;
}

static void *stand_by(void *argument)
{
	struct field *field = argument;
	struct trv_session *session = session_of(field->test);

	while (!atomic_load(&field->over)) {
		note(field, work_for(session, 50));
		atomic_fetch_add(&field->bystander_calls, 1);
	}
	trv_session_close(session);
	return NULL;
}

/* Fewer connections than sessions, so that each goes from one to the other all the time. */
TEST(pool_cancel, cancels_at_random_moments_hit_no_wrong_call)
{
	struct pool_test t;
	struct field field = { .test = &t, .rounds = getenv("TRIVET_LONG") ? 5000 : 200 };
	struct target targets[TARGETS];
	pthread_t bystanders[BYSTANDERS];

	pool_open(&t, (struct trv_pool_options) { .size = 2 });
	for (unsigned i = 0; i < TARGETS; i++) {
		targets[i] = (struct target) { .field = &field, .session = session_of(&t), .seed = i };
		REQUIRE(pthread_create(&targets[i].thread, NULL, be_canceled, &targets[i]) == 0);
		REQUIRE(pthread_create(&targets[i].canceller, NULL, cancel_at_random, &targets[i]) == 0);
	}
	for (int i = 0; i < BYSTANDERS; i++)
		REQUIRE(pthread_create(&bystanders[i], NULL, stand_by, &field) == 0);
	for (int i = 0; i < TARGETS; i++) {
		pthread_join(targets[i].thread, NULL);
		pthread_join(targets[i].canceller, NULL);
		trv_session_close(targets[i].session);
	}
	int total = TARGETS * field.rounds;
	atomic_store(&field.over, true);
	for (int i = 0; i < BYSTANDERS; i++)
		pthread_join(bystanders[i], NULL);
	test_note("%d cancels: %d calls ended, %d were over before; %d of %ld calls of others were hit", total,
	          atomic_load(&field.hit), atomic_load(&field.missed), atomic_load(&field.victims),
	          atomic_load(&field.bystander_calls));
	CHECK_INT(atomic_load(&field.victims), 0);
	CHECK_INT(atomic_load(&field.failures), 0);
	CHECK(atomic_load(&field.failed_cancels) <= total / 100); /* a busy server does not take it in time */
	CHECK(atomic_load(&field.hit) > total / 100);
	CHECK(atomic_load(&field.missed) > total / 100);
	CHECK_INT(stats_of(&t).used, 0);
	pool_close(&t);
}
