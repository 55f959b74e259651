#include "fixture.h"

#include <pthread.h>
#include <time.h>

static void add_tag(struct world *w, const char *name)
{
	struct tag tag = { .name = name };

	OK(w, tag_insert(w->s, &tag));
}

#define NAMES "SELECT name FROM tag ORDER BY id"

TEST(transaction, what_is_committed_is_there_and_what_is_rolled_back_is_not)
{
	struct world w;

	world_open_empty(&w);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	OK(&w, trv_begin(w.s, NULL));
	CHECK_INT(trv_transaction_depth(w.s), 1);
	add_tag(&w, "a");
	CHECK_STR(inside(&w, NAMES), "a");
	CHECK_STR(raw(&w, NAMES), "");
	OK(&w, trv_commit(w.s));
	CHECK_STR(raw(&w, NAMES), "a");
	OK(&w, trv_begin(w.s, NULL));
	add_tag(&w, "b");
	OK(&w, trv_rollback(w.s));
	CHECK_INT(trv_transaction_depth(w.s), 0);
	CHECK_STR(raw(&w, NAMES), "a");
	world_close(&w);
}

TEST(transaction, levels_nest)
{
	struct world w;

	world_open_empty(&w);
	OK(&w, trv_begin(w.s, NULL));
	add_tag(&w, "a");
	OK(&w, trv_begin(w.s, NULL));
	add_tag(&w, "b");
	OK(&w, trv_begin(w.s, NULL));
	add_tag(&w, "c");
	CHECK_INT(trv_transaction_depth(w.s), 3);
	OK(&w, trv_rollback(w.s));
	CHECK_INT(trv_transaction_depth(w.s), 2);
	CHECK_STR(inside(&w, NAMES), "a\nb");
	add_tag(&w, "d");
	OK(&w, trv_commit(w.s));
	OK(&w, trv_begin(w.s, NULL));
	add_tag(&w, "e");
	OK(&w, trv_rollback(w.s));
	CHECK_INT(trv_transaction_depth(w.s), 1);
	OK(&w, trv_commit(w.s));
	CHECK_STR(raw(&w, NAMES), "a\nb\nd");
	world_close(&w);
}

TEST(transaction, undoing_an_outer_level_undoes_the_committed_inner_ones)
{
	struct world w;

	world_open_empty(&w);
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, trv_begin(w.s, NULL));
	add_tag(&w, "a");
	OK(&w, trv_commit(w.s));
	OK(&w, trv_rollback(w.s));
	CHECK_STR(raw(&w, NAMES), "");
	world_close(&w);
}

TEST(transaction, commit_and_rollback_without_one_are_misuse)
{
	struct world w;
	char site[256];

	world_open_empty(&w);
	CHECK_STATUS(trv_commit(w.s), TRV_ERR_MISUSE);
	CHECK_STATUS(trv_rollback(w.s), TRV_ERR_MISUSE);
	CHECK(trv_error_site(trv_error(w.s), site, sizeof(site)) > 0);
	CHECK_CONTAINS(site, "test-runtime");
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, trv_commit(w.s));
	CHECK_STATUS(trv_commit(w.s), TRV_ERR_MISUSE);
	add_tag(&w, "a");
	world_close(&w);
}

TEST(transaction, a_statement_that_fails_ends_the_level_until_it_is_rolled_back)
{
	struct world w;
	struct tag twin = { .name = "a" }, other = { .name = "b" };
	uint64_t count = 0;

	world_open_empty(&w);
	OK(&w, trv_begin(w.s, NULL));
	add_tag(&w, "a");
	OK(&w, trv_begin(w.s, NULL));
	CHECK_STATUS(tag_insert(w.s, &twin), TRV_ERR_UNIQUE);
	CHECK_STATUS(tag_insert(w.s, &other), TRV_ERR_TRANSACTION);
	CHECK_CONTAINS(trv_error(w.s)->hint, "trv_rollback");
	CHECK_STATUS(tag_count(w.s, &count, NULL), TRV_ERR_TRANSACTION);
	CHECK_STATUS(trv_commit(w.s), TRV_ERR_TRANSACTION);
	OK(&w, trv_rollback(w.s));
	add_tag(&w, "b");
	OK(&w, trv_commit(w.s));
	CHECK_STR(raw(&w, NAMES), "a\nb");
	world_close(&w);
}

TEST(transaction, a_value_that_is_refused_before_it_is_sent_does_not_end_it)
{
	struct world w;
	struct tag none = { .name = NULL };
	struct tag row;

	world_open_empty(&w);
	OK(&w, trv_begin(w.s, NULL));
	CHECK_STATUS(tag_insert(w.s, &none), TRV_ERR_NOT_NULL);
	CHECK_STATUS(tag_get(w.s, &row, 12345), TRV_ERR_NOT_FOUND);
	add_tag(&w, "a");
	OK(&w, trv_commit(w.s));
	CHECK_STR(raw(&w, NAMES), "a");
	world_close(&w);
}

TEST(transaction, closing_the_session_rolls_back)
{
	struct world w;

	world_open_empty(&w);
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, trv_begin(w.s, NULL));
	add_tag(&w, "a");
	trv_session_close(w.s);
	w.s = world_session(&w);
	CHECK_STR(raw(&w, NAMES), "");
	add_tag(&w, "b");
	CHECK_STR(raw(&w, NAMES), "b");
	world_close(&w);
}

TEST(transaction, a_read_only_one_writes_nothing)
{
	struct world w;
	struct tag tag = { .name = "a" };

	world_open(&w);
	OK(&w, trv_begin(w.s, &(struct trv_transaction_options) { .read_only = true }));
	uint64_t count = 0;
	OK(&w, tag_count(w.s, &count, NULL));
	CHECK_INT(count, TAGS);
	CHECK_STATUS(tag_insert(w.s, &tag), TRV_ERR_READ_ONLY);
	OK(&w, trv_rollback(w.s));
	OK(&w, tag_insert(w.s, &tag));
	world_close(&w);
}

TEST(transaction, a_read_only_one_sees_one_state)
{
	struct world w;
	uint64_t count = 0;

	world_open(&w);
	OK(&w,
	   trv_begin(w.s, &(struct trv_transaction_options) { .read_only = true, .isolation = TRV_REPEATABLE_READ }));
	OK(&w, tag_count(w.s, &count, NULL));
	raw(&w, "INSERT INTO tag (name) VALUES ('meanwhile')");
	OK(&w, tag_count(w.s, &count, NULL));
	CHECK_INT(count, TAGS);
	OK(&w, trv_commit(w.s));
	OK(&w, tag_count(w.s, &count, NULL));
	CHECK_INT(count, TAGS + 1);
	world_close(&w);
}

/* --- failed ------------------------------------------------------------------------------------------------ */

/* From here on a tag of that name makes the engine itself roll the whole transaction back. */
static void doom(struct world *w)
{
	if (world_is("mariadb")) {
		world_close(w);
		SKIP("only a deadlock makes MariaDB undo a whole transaction: tests/conformance has one");
	}
	if (world_is("postgresql"))
		inside(w, "CREATE FUNCTION doom() RETURNS trigger LANGUAGE plpgsql AS "
		          "$$ BEGIN RAISE EXCEPTION 'doomed'; END $$; CREATE TRIGGER doom BEFORE INSERT ON tag "
		          "FOR EACH ROW WHEN (new.name = 'doomed') EXECUTE FUNCTION doom()");
	else
		inside(w, "CREATE TEMP TRIGGER doom BEFORE INSERT ON main.tag WHEN new.name = 'doomed' "
		          "BEGIN SELECT RAISE(ROLLBACK, 'doomed'); END");
}

static int fail_whole(struct world *w)
{
	struct tag tag = { .name = "doomed" };

	return tag_insert(w->s, &tag);
}

TEST(transaction, after_the_engine_undid_it_every_call_fails_until_rollback)
{
	struct world w;
	struct tag tag = { .name = "b" };
	uint64_t count = 77;

	world_open_empty(&w);
	doom(&w);
	OK(&w, trv_begin(w.s, NULL));
	add_tag(&w, "a");
	CHECK(fail_whole(&w) < 0);
	CHECK_STATUS(tag_insert(w.s, &tag), TRV_ERR_TRANSACTION);
	CHECK_CONTAINS(trv_error(w.s)->hint, "trv_rollback");
	CHECK(trv_error(w.s)->site != NULL);
	CHECK_STATUS(tag_count(w.s, &count, NULL), TRV_ERR_TRANSACTION);
	CHECK_STATUS(trv_begin(w.s, NULL), TRV_ERR_TRANSACTION);
	CHECK_STATUS(trv_commit(w.s), TRV_ERR_TRANSACTION);
	CHECK_INT(count, 77);
	OK(&w, trv_rollback(w.s));
	CHECK_INT(trv_transaction_depth(w.s), 0);
	OK(&w, tag_insert(w.s, &tag));
	CHECK_STR(raw(&w, NAMES), "b");
	world_close(&w);
}

TEST(transaction, every_level_has_to_be_rolled_back)
{
	struct world w;
	uint64_t count;

	if (world_is("postgresql"))
		SKIP("PostgreSQL's savepoints outlive a failed statement");
	world_open_empty(&w);
	doom(&w);
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, trv_begin(w.s, NULL));
	CHECK(fail_whole(&w) < 0);
	OK(&w, trv_rollback(w.s));
	CHECK_STATUS(tag_count(w.s, &count, NULL), TRV_ERR_TRANSACTION);
	OK(&w, trv_rollback(w.s));
	CHECK_STATUS(tag_count(w.s, &count, NULL), TRV_ERR_TRANSACTION);
	CHECK_INT(trv_transaction_depth(w.s), 1);
	OK(&w, trv_rollback(w.s));
	OK(&w, tag_count(w.s, &count, NULL));
	CHECK_INT(count, 0);
	world_close(&w);
}

TEST(transaction, a_bulk_write_that_the_engine_undid_with_all_the_rest)
{
	struct world w;

	world_open_empty(&w);
	doom(&w);
	OK(&w, trv_begin(w.s, NULL));
	add_tag(&w, "a");
	struct tag tags[] = { { .name = "b" }, { .name = "doomed" } };
	CHECK(tag_insert_many(w.s, tags, 2) < 0);
	uint64_t count;
	CHECK_STATUS(tag_count(w.s, &count, NULL), TRV_ERR_TRANSACTION);
	OK(&w, trv_rollback(w.s));
	CHECK_STR(raw(&w, NAMES), "");
	CHECK(tag_insert_many(w.s, tags, 2) < 0);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	add_tag(&w, "c");
	CHECK_STR(raw(&w, NAMES), "c");
	world_close(&w);
}

/* --- the helper ------------------------------------------------------------------------------------------------ */

struct work {
	int calls, fail_with, result;
	unsigned left_open, rolled_back;
	const char *name;
};

static int work(struct trv_session *s, void *argument)
{
	struct work *work = argument;
	struct tag tag = { .name = work->name };

	work->calls++;
	int r = tag_insert(s, &tag);
	for (unsigned i = 0; i < work->left_open && r >= 0; i++)
		r = trv_begin(s, NULL);
	for (unsigned i = 0; i < work->rolled_back && r >= 0; i++)
		r = trv_rollback(s);
	return r < 0 ? r : work->fail_with < 0 ? trv_session_fail(s, work->fail_with, "on purpose") : work->result;
}

TEST(transaction, the_helper_commits_and_hands_the_result_on)
{
	struct world w;
	struct work job = { .name = "a", .result = 42 };

	world_open_empty(&w);
	CHECK_INT(trv_transaction(w.s, work, &job, NULL), 42);
	CHECK_STR(raw(&w, NAMES), "a");
	CHECK_INT(job.calls, 1);
	world_close(&w);
}

TEST(transaction, the_helper_rolls_back_and_keeps_the_error)
{
	struct world w;
	struct work job = { .name = "a", .fail_with = TRV_ERR_STOPPED };

	world_open_empty(&w);
	CHECK_STATUS(trv_transaction(w.s, work, &job, NULL), TRV_ERR_STOPPED);
	CHECK_STR(trv_error(w.s)->message, "on purpose");
	CHECK_STR(raw(&w, NAMES), "");
	CHECK_INT(job.calls, 1);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	world_close(&w);
}

TEST(transaction, the_helper_undoes_levels_that_a_failed_work_left_open)
{
	struct world w;
	struct work job = { .name = "a", .fail_with = TRV_ERR_STOPPED, .left_open = 2 };

	world_open_empty(&w);
	CHECK_STATUS(trv_transaction(w.s, work, &job, NULL), TRV_ERR_STOPPED);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	CHECK_STR(raw(&w, NAMES), "");
	world_close(&w);
}

TEST(transaction, a_work_that_succeeds_with_levels_left_open_is_misuse)
{
	struct world w;
	struct work job = { .name = "a", .left_open = 1 };

	world_open_empty(&w);
	CHECK_STATUS(trv_transaction(w.s, work, &job, NULL), TRV_ERR_MISUSE);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	CHECK_STR(raw(&w, NAMES), "");
	struct work undone = { .name = "b", .rolled_back = 1 };
	CHECK_STATUS(trv_transaction(w.s, work, &undone, NULL), TRV_ERR_MISUSE);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	world_close(&w);
}

TEST(transaction, inside_another_one_the_helper_is_a_savepoint)
{
	struct world w;
	struct work good = { .name = "good", .result = 1 };
	struct work bad = { .name = "bad", .fail_with = TRV_ERR_STOPPED, .left_open = 1 };

	world_open_empty(&w);
	OK(&w, trv_begin(w.s, NULL));
	CHECK_INT(trv_transaction(w.s, work, &good, NULL), 1);
	CHECK_STATUS(trv_transaction(w.s, work, &bad, NULL), TRV_ERR_STOPPED);
	CHECK_INT(trv_transaction_depth(w.s), 1);
	OK(&w, trv_commit(w.s));
	CHECK_STR(raw(&w, NAMES), "good");
	world_close(&w);
}

TEST(transaction, a_work_that_rolled_back_its_callers_level_too_is_told)
{
	struct world w;
	struct work job = { .name = "a", .fail_with = TRV_ERR_STOPPED, .rolled_back = 1 };

	world_open_empty(&w);
	OK(&w, trv_begin(w.s, NULL));
	add_tag(&w, "outer");
	CHECK_STATUS(trv_transaction(w.s, work, &job, NULL), TRV_ERR_STOPPED);
	CHECK_INT(trv_transaction_depth(w.s), 1);
	OK(&w, trv_commit(w.s));
	CHECK_STR(raw(&w, NAMES), "outer");
	world_close(&w);
}

/* --- colliding ---------------------------------------------------------------------------------------------------- */

struct holder {
	struct world *world;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool holds, release;
};

static void *hold_the_lock(void *argument)
{
	struct holder *holder = argument;
	struct trv_session *s = world_session(holder->world);
	struct tag tag = { .name = "held" };

	CHECK_OK(trv_begin(s, NULL), trv_error(s));
	CHECK_OK(tag_insert(s, &tag), trv_error(s));
	pthread_mutex_lock(&holder->lock);
	holder->holds = true;
	pthread_cond_signal(&holder->changed);
	while (!holder->release)
		pthread_cond_wait(&holder->changed, &holder->lock);
	pthread_mutex_unlock(&holder->lock);
	CHECK_OK(trv_commit(s), trv_error(s));
	trv_session_close(s);
	return NULL;
}

static void start_holding(struct holder *holder, pthread_t *thread)
{
	pthread_mutex_init(&holder->lock, NULL);
	pthread_cond_init(&holder->changed, NULL);
	REQUIRE(pthread_create(thread, NULL, hold_the_lock, holder) == 0);
	pthread_mutex_lock(&holder->lock);
	while (!holder->holds)
		pthread_cond_wait(&holder->changed, &holder->lock);
	pthread_mutex_unlock(&holder->lock);
}

static void stop_holding(struct holder *holder)
{
	pthread_mutex_lock(&holder->lock);
	holder->release = true;
	pthread_cond_signal(&holder->changed);
	pthread_mutex_unlock(&holder->lock);
}

TEST(transaction, two_writers_on_one_file_collide_and_the_second_is_told_to_retry)
{
	struct world w;
	pthread_t thread;

	if (!world_is("sqlite"))
		SKIP("a server locks rows, not files: tests/faults has what collides there");
	world_open_with(&w, (struct trv_options) { .query_ms = 50 });
	OK(&w, trv_schema_create(w.s));
	struct holder holder = { .world = &w };
	start_holding(&holder, &thread);
	struct tag tag = { .name = "b" };
	int r = tag_insert(w.s, &tag);
	CHECK(r == TRV_ERR_BUSY || r == TRV_ERR_TIMEOUT);
	CHECK(trv_error(w.s)->retryable);
	struct work job = { .name = "never" };
	r = trv_transaction(w.s, work, &job, &(struct trv_transaction_options) { .attempts = 2 });
	CHECK(r == TRV_ERR_BUSY || r == TRV_ERR_TIMEOUT);
	CHECK_INT(job.calls, 0);
	CHECK_INT(trv_transaction_depth(w.s), 0);
	stop_holding(&holder);
	pthread_join(thread, NULL);
	CHECK_STR(raw(&w, NAMES), "held");
	world_close(&w);
}

struct retry {
	struct holder *holder;
	int calls;
};

/* Reads, and then collides: what it read is out of date once the holder has committed. */
static int read_then_write(struct trv_session *s, void *argument)
{
	struct retry *retry = argument;
	struct tag_list list;
	struct tag tag = { .name = "after" };

	int r = tag_find(s, &list, NULL);
	if (r >= 0 && retry->calls++ == 0) {
		trv_session_fail(s, TRV_ERR_BUSY, "as if it had collided");
		((struct trv_error *)(uintptr_t)trv_error(s))->retryable = true;
		stop_holding(retry->holder);
		return TRV_ERR_BUSY;
	}
	return r < 0 ? r : tag_insert(s, &tag);
}

TEST(transaction, the_helper_runs_the_whole_of_it_again)
{
	struct world w;
	pthread_t thread;

	if (!world_is("sqlite"))
		SKIP("a server locks rows, not files: tests/faults has what collides there");
	world_open_with(&w, (struct trv_options) { .query_ms = 100 });
	OK(&w, trv_schema_create(w.s));
	struct holder holder = { .world = &w };
	start_holding(&holder, &thread);
	struct retry retry = { .holder = &holder };
	struct work blocked = { .name = "blocked" };
	/* the lock is held: every attempt fails at its begin */
	CHECK(trv_transaction(w.s, work, &blocked, &(struct trv_transaction_options) { .attempts = 2 }) < 0);
	stop_holding(&holder);
	pthread_join(thread, NULL);
	CHECK_OK(trv_transaction(w.s, read_then_write, &retry, NULL), trv_error(w.s));
	CHECK_INT(retry.calls, 2);
	CHECK_STR(raw(&w, NAMES), "held\nafter");
	world_close(&w);
}

struct counter {
	struct world *world;
	int64_t id;
	unsigned rounds;
};

static int increment(struct trv_session *s, void *argument)
{
	struct counter *counter = argument;
	struct person person;
	int r = person_one(s, &person,
	                   &(struct person_query) { .where = { person_id(TRV_EQ, counter->id) }, .lock = true });

	if (r < 0)
		return r;
	person.age++;
	return person_update(s, &person, PERSON_AGE);
}

static void *count_up(void *argument)
{
	struct counter *counter = argument;
	struct trv_session *s = world_session(counter->world);

	for (unsigned i = 0; i < counter->rounds; i++)
		CHECK_OK(trv_transaction(s, increment, counter, &(struct trv_transaction_options) { .attempts = 50 }),
		         trv_error(s));
	trv_session_close(s);
	return NULL;
}

TEST(transaction, four_threads_count_together)
{
	struct world w;
	pthread_t threads[4];

	world_open(&w);
	struct counter counter = { .world = &w, .id = w.people[EVE].id, .rounds = 25 };
	for (size_t i = 0; i < 4; i++)
		REQUIRE(pthread_create(&threads[i], NULL, count_up, &counter) == 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK_STR(raw(&w, "SELECT age FROM person WHERE name = 'Eve'"), "146");
	world_close(&w);
}
