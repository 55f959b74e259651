/* Connections that die: killed, cut off, stopped, and connects that hang. */
#include "fixture.h"
#include "proxy.h"

#define BORROWS 10000
#define KILL_EVERY 500

static void fill(struct pool_test *t, unsigned size)
{
	struct trv_session *held[64];

	for (unsigned i = 0; i < size; i++)
		held[i] = hold(t);
	for (unsigned i = 0; i < size; i++)
		trv_session_close(held[i]);
	CHECK_INT(stats_of(t).idle, size);
}

/* --- killed ------------------------------------------------------------------------------------- */

TEST(pool_faults, killed_idle_backends_reach_no_borrower)
{
	struct pool_test t;
	unsigned failures = 0, killed = 0;

	need_server();
	pool_open(&t, (struct trv_pool_options) { .size = 8 });
	struct trv_session *s = session_of(&t);
	for (unsigned i = 0; i < BORROWS; i++) {
		if (i % KILL_EVERY == 0) {
			fill(&t, 8);
			killed += kill_backends();
		}
		failures += !CHECK_OK(poke(s), trv_error(s));
	}
	test_note("%u borrows, %u backends killed, %u failures", BORROWS, killed, failures);
	CHECK_INT(failures, 0);
	CHECK(killed >= 8 * (BORROWS / KILL_EVERY));
	trv_session_close(s);
	pool_close(&t);
}

/* PostgreSQL's BEGIN goes out with the first statement only: the look at the connection comes before it. */
TEST(pool_faults, a_transaction_does_not_begin_on_a_dead_connection)
{
	struct pool_test t;

	need_server();
	pool_open(&t, (struct trv_pool_options) { .size = 4 });
	for (int i = 0; i < 5; i++) {
		fill(&t, 4);
		CHECK(kill_backends() >= 4); /* the server may still be at taking leave of others */
		struct trv_session *s = session_of(&t);
		CHECK_OK(trv_begin(s, NULL), trv_error(s));
		CHECK_OK(poke(s), trv_error(s));
		CHECK_OK(trv_commit(s), trv_error(s));
		trv_session_close(s);
	}
	CHECK(stats_of(&t).closed[TRV_POOL_CLOSED_DEAD] >= 5);
	pool_close(&t);
}

TEST(pool_faults, a_connection_lost_while_it_was_held_is_replaced)
{
	struct pool_test t;

	need_server();
	pool_open(&t, (struct trv_pool_options) { .size = 1 });
	struct trv_session *s = hold(&t);
	CHECK_OK(poke(s), trv_error(s));
	CHECK(kill_backends() >= 1);
	CHECK_STATUS(poke(s), TRV_ERR_LOST);
	CHECK_STATUS(poke(s), TRV_ERR_TRANSACTION);
	(void)!trv_rollback(s);
	CHECK_OK(poke(s), trv_error(s));
	CHECK_INT(stats_of(&t).closed[TRV_POOL_CLOSED_BROKEN], 1);
	trv_session_close(s);
	pool_close(&t);
}

/* --- cut off ------------------------------------------------------------------------------------ */

#define ACQUIRE_MS 400
#define QUERY_MS 300

static void check_late(struct trv_session *s, double limit, const char *what)
{
	uint64_t start = trv_monotonic();
	int r = poke(s);
	double took = since(start);

	CHECK(r == TRV_ERR_TIMEOUT || r == TRV_ERR_LOST || r == TRV_ERR_CONNECT);
	if (!CHECK(took < limit + 100))
		test_note("%s: %s", what, trv_error(s)->message);
	test_note("%s: %.0f ms, the deadline is %.0f ms", what, took, limit);
}

static void check_silence(struct pool_test *t, void (*silence)(struct proxy *), void (*speak)(struct proxy *),
                          struct proxy *proxy)
{
	struct trv_session *held = hold(t), *idle = session_of(t), *fresh = session_of(t);

	CHECK_OK(poke(held), trv_error(held));
	fill(t, 2);
	silence(proxy);
	check_late(held, QUERY_MS, "a query");
	/* just used, so it is not asked: the query itself is late */
	check_late(idle, ACQUIRE_MS + QUERY_MS, "a borrow and its query");
	pass(20);
	check_late(fresh, ACQUIRE_MS, "a borrow that asks");
	(void)!trv_rollback(held);
	check_late(held, ACQUIRE_MS, "a borrow that connects");
	speak(proxy);
	uint64_t start = trv_monotonic();
	while (poke(fresh) < 0 && since(start) < 5000)
		;
	test_note("service again after %.0f ms", since(start));
	CHECK(since(start) < 2000);
	trv_session_close(held);
	trv_session_close(idle);
	trv_session_close(fresh);
}

static void go_silent(struct proxy *proxy)
{
	atomic_store(&proxy->mode, PROXY_SILENT);
	pass(20);
}

static void speak_again(struct proxy *proxy)
{
	atomic_store(&proxy->mode, PROXY_PASS);
}

static struct trv_options quick_options(void)
{
	return (struct trv_options) {
		.pool = { .size = 3, .acquire_ms = ACQUIRE_MS, .ping_idle_ms = 10 },
		.query_ms = QUERY_MS,
		.connect_ms = 1000, /* what was begun while nothing flows hangs for so long */
	};
}

TEST(pool_faults, behind_a_partition_every_call_returns_by_its_deadline)
{
	struct pool_test t;
	struct proxy proxy;

	need_server();
	pool_open_url(&t, proxy_start(&proxy), quick_options());
	check_silence(&t, go_silent, speak_again, &proxy);
	pool_close(&t);
	proxy_stop(&proxy);
}

static void stop_server(struct proxy *proxy)
{
	(void)proxy;
	server_stop();
}

static void continue_server(struct proxy *proxy)
{
	(void)proxy;
	server_continue();
}

TEST(pool_faults, with_a_stopped_server_every_call_returns_by_its_deadline)
{
	struct pool_test t;

	need_server();
	pool_open_url(&t, database_url(), quick_options());
	check_silence(&t, stop_server, continue_server, NULL);
	pool_close(&t);
}

/* --- connects that fail ------------------------------------------------------------------------- */

TEST(pool_faults, a_database_that_was_never_reached_fails_at_once)
{
	struct proxy proxy;
	struct trv_db *db = NULL;
	struct trv_error error;

	need_server();
	const char *url = proxy_start(&proxy);
	atomic_store(&proxy.mode, PROXY_REFUSE);
	uint64_t start = trv_monotonic();
	int r = trv_open(&db, &(struct trv_options) { .url = url, .pool.acquire_ms = 20000 }, &error);
	CHECK(r == TRV_ERR_CONNECT || r == TRV_ERR_LOST);
	CHECK(since(start) < 2000);
	CHECK(db == NULL);
	proxy_stop(&proxy);
}

TEST(pool_faults, the_timeout_names_the_last_connect_error)
{
	struct pool_test t;
	struct proxy proxy;

	need_server();
	pool_open_url(&t, proxy_start(&proxy), quick_options());
	struct trv_session *held = hold(&t), *s = session_of(&t);
	atomic_store(&proxy.mode, PROXY_REFUSE);
	check_late(s, ACQUIRE_MS, "a borrow");
	CHECK_INT(trv_error(s)->code, TRV_ERR_TIMEOUT);
	CHECK_CONTAINS(trv_error(s)->message, "cannot connect");
	CHECK_CONTAINS(trv_error(s)->detail, "held by ");
	CHECK(!strstr(trv_error(s)->message, "s3cret"));
	CHECK(stats_of(&t).connect_failures >= 2);
	/* the server is back: nobody has to wait for long */
	atomic_store(&proxy.mode, PROXY_PASS);
	CHECK_OK(poke(s), trv_error(s));
	trv_session_close(held);
	trv_session_close(s);
	pool_close(&t);
	proxy_stop(&proxy);
}

struct client {
	struct pool_test *test;
	pthread_t thread;
	int result;
	double took;
};

static void *call_once(void *argument)
{
	struct client *client = argument;
	struct trv_session *session = session_of(client->test);
	uint64_t start = trv_monotonic();

	client->result = poke(session);
	client->took = since(start);
	trv_session_close(session);
	return NULL;
}

static bool is_connecting(void *argument)
{
	return stats_of(argument).connecting == 1;
}

static bool are_both_waiting(void *argument)
{
	return stats_of(argument).waiting == 2;
}

TEST(pool_faults, one_connect_that_hangs_does_not_hold_up_other_waiters)
{
	struct pool_test t;
	struct proxy proxy;
	struct client hung = { .test = &t }, other = { .test = &t };

	need_server();
	pool_open_url(&t, proxy_start(&proxy),
	              (struct trv_options) { .pool = { .size = 2, .acquire_ms = 20000 }, .connect_ms = 20000 });
	struct trv_session *held = hold(&t);
	atomic_store(&proxy.hang, 1);
	REQUIRE(pthread_create(&hung.thread, NULL, call_once, &hung) == 0);
	CHECK(await(is_connecting, &t));
	REQUIRE(pthread_create(&other.thread, NULL, call_once, &other) == 0);
	CHECK(await(are_both_waiting, &t));
	pass(50);
	trv_session_close(held);
	pthread_join(other.thread, NULL);
	pthread_join(hung.thread, NULL);
	CHECK_OK(other.result, NULL);
	CHECK_OK(hung.result, NULL);
	CHECK_INT(stats_of(&t).connecting, 1); /* all that while */
	test_note("the other waited for %.0f ms, the one whose connect hung for %.0f ms", other.took, hung.took);
	proxy_cut(&proxy);
	pool_close(&t);
	proxy_stop(&proxy);
}

TEST(pool_faults, all_connections_cut_at_once_are_replaced_unseen)
{
	struct pool_test t;
	struct proxy proxy;

	need_server();
	pool_open_url(&t, proxy_start(&proxy), (struct trv_options) { .pool = { .size = 6 } });
	struct trv_session *s = session_of(&t);
	for (int i = 0; i < 10; i++) {
		fill(&t, 6);
		proxy_cut(&proxy);
		for (int j = 0; j < 10; j++)
			CHECK_OK(poke(s), trv_error(s));
	}
	trv_session_close(s);
	pool_close(&t);
	proxy_stop(&proxy);
}
