/* trv_on_end: what is told at the end of a transaction. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define NAMES "SELECT name FROM tag ORDER BY id"

static struct {
	char text[128];
} diary;

static void write_down(struct trv_session *session, enum trv_transaction_end end, void *argument)
{
	static const char *const marks[] = {
		[TRV_COMMITTED] = "+", [TRV_ROLLED_BACK] = "-", [TRV_COMMIT_UNKNOWN] = "?"
	};
	size_t used = strlen(diary.text);

	(void)session;
	snprintf(diary.text + used, sizeof(diary.text) - used, "%s%s ", marks[end], (const char *)argument);
}

static void ask(struct world *w, const char *name)
{
	OK(w, trv_on_end(w->s, write_down, (void *)(uintptr_t)name));
}

static void open_world(struct world *w)
{
	world_open_empty(w);
	diary.text[0] = '\0';
}

TEST(end, outside_a_transaction_it_is_told_at_once)
{
	struct world w;

	open_world(&w);
	ask(&w, "a");
	CHECK_STR(diary.text, "+a ");
	world_close(&w);
}

TEST(end, a_commit_is_told_in_the_order_of_asking_and_once)
{
	struct world w;

	open_world(&w);
	OK(&w, trv_begin(w.s, NULL));
	ask(&w, "a");
	ask(&w, "b");
	CHECK_STR(diary.text, "");
	OK(&w, trv_commit(w.s));
	CHECK_STR(diary.text, "+a +b ");
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, trv_commit(w.s));
	CHECK_STR(diary.text, "+a +b ");
	world_close(&w);
}

TEST(end, a_rollback_is_told)
{
	struct world w;

	open_world(&w);
	OK(&w, trv_begin(w.s, NULL));
	ask(&w, "a");
	OK(&w, trv_rollback(w.s));
	CHECK_STR(diary.text, "-a ");
	world_close(&w);
}

TEST(end, a_savepoint_that_is_rolled_back_takes_its_own_only)
{
	struct world w;

	open_world(&w);
	OK(&w, trv_begin(w.s, NULL));
	ask(&w, "a");
	OK(&w, trv_begin(w.s, NULL));
	ask(&w, "b");
	OK(&w, trv_rollback(w.s));
	CHECK_STR(diary.text, "-b ");
	OK(&w, trv_begin(w.s, NULL));
	ask(&w, "c");
	OK(&w, trv_commit(w.s));
	CHECK_STR(diary.text, "-b ");
	OK(&w, trv_commit(w.s));
	CHECK_STR(diary.text, "-b +a +c ");
	world_close(&w);
}

TEST(end, a_released_savepoint_goes_with_the_level_around_it)
{
	struct world w;

	open_world(&w);
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, trv_begin(w.s, NULL));
	ask(&w, "a");
	OK(&w, trv_commit(w.s));
	OK(&w, trv_rollback(w.s));
	CHECK_STR(diary.text, "-a ");
	OK(&w, trv_commit(w.s));
	CHECK_STR(diary.text, "-a ");
	world_close(&w);
}

TEST(end, a_transaction_that_failed_is_told_when_it_is_rolled_back)
{
	struct world w;

	open_world(&w);
	OK(&w, tag_insert(w.s, &(struct tag) { .name = "x" }));
	OK(&w, trv_begin(w.s, NULL));
	ask(&w, "a");
	CHECK_STATUS(tag_insert(w.s, &(struct tag) { .name = "x" }), TRV_ERR_UNIQUE);
	CHECK_STR(diary.text, "");
	OK(&w, trv_rollback(w.s));
	CHECK_STR(diary.text, "-a ");
	world_close(&w);
}

TEST(end, closing_the_session_rolls_back_and_tells)
{
	struct trv_session *s = NULL;
	struct trv_error error = { 0 };
	struct world w;

	open_world(&w);
	REQUIRE_OK(trv_session_open(w.db, &s, &error), &error);
	REQUIRE_OK(trv_begin(s, NULL), trv_error(s));
	REQUIRE_OK(trv_on_end(s, write_down, (void *)(uintptr_t) "a"), trv_error(s));
	trv_session_close(s);
	CHECK_STR(diary.text, "-a ");
	world_close(&w);
}

TEST(end, a_write_that_commits_tells)
{
	struct world w;

	open_world(&w);
	OK(&w, trv_begin(w.s, NULL));
	ask(&w, "a");
	OK(&w, trv_commit_next(w.s));
	OK(&w, tag_insert(w.s, &(struct tag) { .name = "x" }));
	CHECK_STR(diary.text, "+a ");
	world_close(&w);
}

static void insert_again(struct trv_session *session, enum trv_transaction_end end, void *argument)
{
	struct world *w = argument;

	CHECK_INT(end, TRV_COMMITTED);
	CHECK_INT(trv_transaction_depth(session), 0);
	OK(w, trv_begin(session, NULL));
	OK(w, trv_on_end(session, write_down, (void *)(uintptr_t) "inner"));
	OK(w, tag_insert(session, &(struct tag) { .name = "after" }));
	OK(w, trv_commit(session));
}

TEST(end, what_is_told_may_use_the_session)
{
	struct world w;

	open_world(&w);
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, tag_insert(w.s, &(struct tag) { .name = "x" }));
	OK(&w, trv_on_end(w.s, insert_again, &w));
	OK(&w, trv_commit(w.s));
	CHECK_STR(raw(&w, NAMES), "x\nafter");
	CHECK_STR(diary.text, "+inner ");
	world_close(&w);
}

static int fail_twice(struct trv_session *session, void *argument)
{
	struct trv_error *error = (struct trv_error *)(uintptr_t)trv_error(session);
	int *calls = argument;
	int r = trv_on_end(session, write_down, (void *)(uintptr_t) "t");

	if (r < 0 || ++*calls > 2)
		return r;
	r = trv_session_fail(session, TRV_ERR_DEADLOCK, "once more");
	error->retryable = true;
	return r;
}

TEST(end, each_attempt_of_a_transaction_is_told)
{
	struct world w;
	int calls = 0;

	open_world(&w);
	OK(&w, trv_transaction(w.s, fail_twice, &calls, NULL));
	CHECK_STR(diary.text, "-t -t +t ");
	world_close(&w);
}
