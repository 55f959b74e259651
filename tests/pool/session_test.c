/* When a session holds a connection, and when it does not. */
#include "fixture.h"

TEST(pool_sessions, a_session_that_does_nothing_holds_nothing)
{
	struct pool_test t;
	struct trv_session *sessions[50];

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	for (int i = 0; i < 50; i++) {
		sessions[i] = session_of(&t);
		CHECK_OK(poke(sessions[i]), trv_error(sessions[i]));
		CHECK_INT(stats_of(&t).used, 0);
	}
	CHECK_INT(stats_of(&t).created, 1);
	for (int i = 0; i < 50; i++)
		trv_session_close(sessions[i]);
	pool_close(&t);
}

TEST(pool_sessions, a_transaction_keeps_its_connection_to_the_end)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 3 });
	struct trv_session *other = hold(&t), *s = hold(&t);
	const struct trv__link *link = s->link;
	trv_session_close(other);
	for (int i = 0; i < 5; i++) {
		CHECK_OK(poke(s), trv_error(s));
		CHECK(s->link == link);
	}
	CHECK_OK(trv_commit(s), trv_error(s));
	CHECK(s->link == NULL);
	CHECK_INT(stats_of(&t).used, 0);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_sessions, savepoints_take_no_second_connection)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1, .acquire_ms = 200 });
	struct trv_session *s = hold(&t);
	for (int i = 0; i < 5; i++)
		CHECK_OK(trv_begin(s, NULL), trv_error(s));
	CHECK_OK(poke(s), trv_error(s));
	CHECK_INT(stats_of(&t).used, 1);
	for (int i = 0; i < 5; i++)
		CHECK_OK(trv_commit(s), trv_error(s));
	CHECK_INT(stats_of(&t).used, 1);
	CHECK_OK(trv_commit(s), trv_error(s));
	CHECK_INT(stats_of(&t).used, 0);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_sessions, a_failed_transaction_holds_on_until_it_is_rolled_back)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = hold(&t);
	CHECK(trv_exec(s, NULL, "SELECT nothing FROM nowhere", NULL, 0) < 0);
	CHECK_INT(stats_of(&t).used, 1);
	CHECK_STATUS(poke(s), TRV_ERR_TRANSACTION);
	CHECK_INT(stats_of(&t).used, 1);
	CHECK_OK(trv_rollback(s), trv_error(s));
	CHECK_INT(stats_of(&t).used, 0);
	trv_session_close(s);
	pool_close(&t);
}

TEST(pool_sessions, the_native_handle_pins_the_connection_until_the_session_ends)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1, .acquire_ms = 200 });
	struct trv_session *s = session_of(&t), *other = session_of(&t);
	void *native = trv_native(s);
	CHECK(native != NULL);
	CHECK_OK(poke(s), trv_error(s));
	CHECK(trv_native(s) == native);
	CHECK_INT(stats_of(&t).used, 1);
	CHECK_STATUS(poke(other), TRV_ERR_TIMEOUT);
	trv_session_close(s);
	CHECK_OK(poke(other), trv_error(other));
	trv_session_close(other);
	pool_close(&t);
}

static void *close_elsewhere(void *argument)
{
	trv_session_close(argument);
	return NULL;
}

TEST(pool_sessions, a_session_may_be_closed_by_another_thread_than_opened_it)
{
	struct pool_test t;
	pthread_t thread;

	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = hold(&t);
	REQUIRE(pthread_create(&thread, NULL, close_elsewhere, s) == 0);
	pthread_join(thread, NULL);
	CHECK_INT(stats_of(&t).used, 0);
	CHECK_INT(stats_of(&t).idle, 1);
	CHECK_INT(stats_of(&t).misuses, 0);
	pool_close(&t);
}

TEST(pool_sessions, the_holder_is_named_by_the_call_that_borrowed)
{
	struct pool_test t;
	struct trv_pool_holder holders[3];

	pool_open(&t, (struct trv_pool_options) { .size = 3 });
	struct trv_session *a = hold(&t), *b = hold(&t), *c = session_of(&t);
	CHECK(trv_native(c) != NULL);
	CHECK_OK(poke(a), trv_error(a)); /* it borrows nothing */
	REQUIRE(trv_pool_holders(t.db, holders, 3) == 3);
	CHECK(holders[0].site == holders[1].site);
	CHECK(holders[0].site != holders[2].site);
	CHECK(holders[2].site && holders[2].session == c);
	trv_session_close(a);
	trv_session_close(b);
	trv_session_close(c);
	pool_close(&t);
}

TEST(pool_sessions, who_waited_for_nothing_is_told_the_deadline_of_the_pool)
{
	struct pool_test t;

	pool_open(&t, (struct trv_pool_options) { .size = 1, .acquire_ms = 123 });
	struct trv_session *holder = hold(&t), *s = session_of(&t);
	CHECK_STATUS(poke(s), TRV_ERR_TIMEOUT);
	CHECK_CONTAINS(trv_error(s)->message, "123 ms");
	CHECK_CONTAINS(trv_error(s)->hint, "larger size");
	trv_session_close(holder);
	trv_session_close(s);
	pool_close(&t);
}
