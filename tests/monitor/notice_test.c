/* What took too long, or was done too often. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static const struct trv_monitor_options quick = { .slow_query_ms = 30, .slow_acquire_ms = 30 };
static const struct trv_monitor_options calm = { .slow_query_ms = TRV_NEVER, .slow_acquire_ms = TRV_NEVER };

/* The newest of its kind; ends the test where there is none. */
static struct trv_notice newest(struct trv_db *db, enum trv_notice_kind kind)
{
	static struct trv_notice notices[128];
	size_t kept = trv_notices(db, notices, TRV_COUNT_OF(notices)), at = 0;

	REQUIRE(kept <= TRV_COUNT_OF(notices));
	while (at < kept && notices[at].kind != kind)
		at++;
	REQUIRE(at < kept);
	return notices[at];
}

static size_t kept_of(struct trv_db *db, enum trv_notice_kind kind)
{
	static struct trv_notice notices[128];
	size_t kept = trv_notices(db, notices, TRV_COUNT_OF(notices)), count = 0;

	for (size_t i = 0; i < kept && i < TRV_COUNT_OF(notices); i++)
		count += notices[i].kind == kind;
	return count;
}

/* --- slow statements ------------------------------------------------------------------------------ */

TEST(notices, a_slow_statement_is_noticed_and_a_quick_one_is_not)
{
	struct world w;
	struct author author;

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor = quick });
	REQUIRE_OK(take_time(w.s, 200), trv_error(w.s));
	struct trv_notice notice = newest(w.db, TRV_NOTICE_SLOW_STATEMENT);
	uint64_t number = notice.number;
	CHECK(notice.nanoseconds >= 30 * MS);
	CHECK_INT(notice.status, 0);
	CHECK_INT(notice.rows, 1);
	CHECK_CONTAINS(notice.sql, "SELECT");
	CHECK(notice.session == w.s);
	CHECK(notice.shape == statement_with(w.db, notice.sql).shape);
	CHECK(notice.site != NULL);
	CHECK(notice.when / 1000000 <= time(NULL) && notice.when / 1000000 > time(NULL) - 60);
	REQUIRE_OK(author_get(w.s, &author, 1), trv_error(w.s));
	struct trv_notice after = newest(w.db, TRV_NOTICE_SLOW_STATEMENT);
	if (after.number != number)
		CHECK(after.nanoseconds >= 30 * MS); /* the machine was slow */
	world_close(&w);
}

TEST(notices, a_slow_statement_that_fails_is_noticed_with_its_status)
{
	struct world w;

	if (is_sqlite())
		SKIP("SQLite has no deadline of its own within a statement that counts");
	world_open(&w, (struct trv_options) { .pool.size = 1, .query_ms = 100, .monitor = quick });
	CHECK(take_time(w.s, 5000) < 0);
	struct trv_notice notice = newest(w.db, TRV_NOTICE_SLOW_STATEMENT);
	CHECK_INT(notice.status, trv_error(w.s)->code);
	char text[1200];
	size_t length = trv_notice_text(&notice, text, sizeof(text));
	CHECK_INT(length, strlen(text));
	CHECK_CONTAINS(text, "slow statement: ");
	CHECK_CONTAINS(text, trv_status_name(notice.status));
	world_close(&w);
}

/* The caller of the library that is to be named. */
__attribute__((noinline)) static int read_slowly(struct trv_session *session)
{
	struct trv_value counted;
	int r = trv_sql_value(session, &counted, TRV_INT64, "SELECT count(*) FROM book a, book b, book c", NULL, 0);

	CHECK(r < 0 || counted.as.integer > 1000);
	return r;
}

TEST(notices, where_it_was_called_from_is_named_even_if_the_function_is_static)
{
	struct world w;
	char text[1200];

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor.slow_query_ms = 1 });
	REQUIRE_OK(read_slowly(w.s), trv_error(w.s));
	struct trv_notice notice = newest(w.db, TRV_NOTICE_SLOW_STATEMENT);
	trv_notice_text(&notice, text, sizeof(text));
	CHECK_CONTAINS(text, "(read_slowly+0x");
	CHECK_CONTAINS(text, "test-monitor(");
	char tiny[8];
	CHECK_INT(trv_notice_text(&notice, tiny, sizeof(tiny)), 7);
	CHECK_INT(trv_notice_text(&notice, tiny, 0), 0);
	world_close(&w);
}

TEST(notices, the_ring_keeps_the_last_ones)
{
	struct trv_notice some[2];
	struct world w;

	world_open(&w, (struct trv_options) {
			       .pool.size = 1,
			       .monitor = { .slow_query_ms = 5, .slow_acquire_ms = TRV_NEVER, .notices = 3 } });
	for (int i = 0; i < 5; i++)
		REQUIRE_OK(take_time(w.s, 50), trv_error(w.s));
	CHECK_INT(trv_notices(w.db, some, 2), 3);
	CHECK(some[0].number >= 5);
	CHECK_INT(some[1].number, some[0].number - 1);
	CHECK_INT(trv_notices(w.db, NULL, 0), 3);
	world_close(&w);
}

TEST(notices, literals_of_the_program_s_own_sql_are_not_seen)
{
	struct trv_value counted;
	struct world w;
	char text[1200];

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor.slow_query_ms = 1 });
	REQUIRE_OK(trv_sql_value(w.s, &counted, TRV_INT64,
	                         "SELECT count(*) FROM book a, book b, book c WHERE a.secret = '" CANARY "'", NULL, 0),
	           trv_error(w.s));
	struct trv_notice notice = newest(w.db, TRV_NOTICE_SLOW_STATEMENT);
	CHECK_STR(notice.sql, "SELECT count(*) FROM book a, book b, book c WHERE a.secret = ?");
	CHECK(notice.shape == statement_with(w.db, "a.secret").shape);
	trv_notice_text(&notice, text, sizeof(text));
	CHECK(!strstr(text, CANARY));
	world_close(&w);
}

/* --- slow acquires ---------------------------------------------------------------------------------- */

struct waiting {
	struct trv_db *db;
	const void *session;
	int status;
};

static void *wait_for_one(void *argument)
{
	struct waiting *waiting = argument;
	struct trv_session *s = NULL;
	struct author author;

	waiting->status = trv_session_open(waiting->db, &s, NULL);
	waiting->session = s;
	if (waiting->status >= 0)
		waiting->status = author_get(s, &author, 1);
	trv_session_close(s);
	return NULL;
}

static void let_one_wait(struct world *w, struct waiting *waiting, unsigned ms)
{
	struct timespec pause = { .tv_nsec = (long)ms * 1000000 };
	pthread_t thread;

	waiting->db = w->db;
	REQUIRE_OK(trv_begin(w->s, NULL), trv_error(w->s));
	REQUIRE_OK(take_time(w->s, 1), trv_error(w->s));
	REQUIRE(pthread_create(&thread, NULL, wait_for_one, waiting) == 0);
	nanosleep(&pause, NULL);
	REQUIRE_OK(trv_rollback(w->s), trv_error(w->s));
	pthread_join(thread, NULL);
}

TEST(notices, who_waited_long_for_a_connection_is_noticed_with_the_call)
{
	struct waiting waiting = { 0 };
	struct world w;
	char text[600];

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor = quick });
	let_one_wait(&w, &waiting, 150);
	CHECK_STATUS(waiting.status, 0);
	struct trv_notice notice = newest(w.db, TRV_NOTICE_SLOW_ACQUIRE);
	CHECK(notice.nanoseconds >= 30 * MS);
	CHECK(notice.session == waiting.session);
	CHECK_INT(notice.status, 0);
	CHECK_STR(notice.sql, "");
	trv_notice_text(&notice, text, sizeof(text));
	CHECK_CONTAINS(text, "(wait_for_one+0x");
	world_close(&w);
}

TEST(notices, who_waited_in_vain_is_noticed_with_the_status)
{
	struct waiting waiting = { 0 };
	struct world w;

	world_open(&w, (struct trv_options) { .pool = { .size = 1, .acquire_ms = 60 }, .monitor.slow_acquire_ms = 30 });
	let_one_wait(&w, &waiting, 300);
	CHECK_STATUS(waiting.status, TRV_ERR_TIMEOUT);
	CHECK_INT(newest(w.db, TRV_NOTICE_SLOW_ACQUIRE).status, TRV_ERR_TIMEOUT);
	world_close(&w);
}

/* --- told at once ------------------------------------------------------------------------------------- */

struct heard {
	struct trv_db *db;
	struct trv_notice last;
	size_t count;
};

static void hear(const struct trv_notice *notice, void *argument)
{
	struct heard *heard = argument;
	struct trv_statement_stats stats[4];
	struct trv_pool_stats pool;

	if (!heard->db)
		return; /* opening it was slow */
	heard->last = *notice;
	heard->count++;
	/* what it may use */
	trv_statement_stats(heard->db, stats, 4);
	trv_pool_stats(heard->db, &pool);
	trv_notices(heard->db, NULL, 0);
}

TEST(notices, the_program_is_told_when_it_happens)
{
	struct heard heard = { .count = 0 };
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1,
	                                      .monitor = { .slow_query_ms = 30,
	                                                   .slow_acquire_ms = TRV_NEVER,
	                                                   .repeats = TRV_NEVER,
	                                                   .notice = hear,
	                                                   .notice_argument = &heard } });
	heard.db = w.db;
	REQUIRE_OK(take_time(w.s, 200), trv_error(w.s));
	CHECK(heard.count >= 1);
	CHECK_INT(heard.last.kind, TRV_NOTICE_SLOW_STATEMENT);
	CHECK_INT(heard.last.number, heard.count);
	world_close(&w);
}

/* --- N+1 ------------------------------------------------------------------------------------------------ */

#define LIMIT 10

static void read_books_of(struct trv_session *s, int64_t from, int64_t to)
{
	for (int64_t id = from; id <= to; id++) {
		struct book_list books;

		REQUIRE_OK(book_find(s, &books, &(struct book_query) { .where = { book_author_id(TRV_EQ, id) } }),
		           trv_error(s));
		CHECK_INT(books.count, BOOKS);
	}
}

TEST(repeats, a_query_for_each_parent_is_noticed_once_with_the_way_out)
{
	struct world w;
	char text[1200];

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor = calm });
	read_books_of(w.s, 1, LIMIT);
	CHECK_INT(kept_of(w.db, TRV_NOTICE_REPEATED), 0);
	read_books_of(w.s, LIMIT + 1, LIMIT + 1);
	CHECK_INT(kept_of(w.db, TRV_NOTICE_REPEATED), 1);
	read_books_of(w.s, LIMIT + 2, AUTHORS);
	CHECK_INT(kept_of(w.db, TRV_NOTICE_REPEATED), 1);
	struct trv_notice notice = newest(w.db, TRV_NOTICE_REPEATED);
	CHECK_INT(notice.count, LIMIT + 1);
	CHECK_INT(notice.sessions, 1);
	CHECK(notice.session == w.s);
	CHECK_CONTAINS(notice.sql, "title");
	CHECK_CONTAINS(notice.hint, "struct book_query");
	CHECK_CONTAINS(notice.hint, "book_get_many");
	trv_notice_text(&notice, text, sizeof(text));
	CHECK_CONTAINS(text, "(read_books_of+0x");
	CHECK_INT(statement_with(w.db, "title").repeated, 1);
	world_close(&w);
}

TEST(repeats, each_session_is_told_of_and_kept_as_one)
{
	struct heard heard = { .count = 0 };
	struct trv_monitor_options options = calm;
	struct trv_session *other = NULL;
	struct world w;

	options.notice = hear;
	options.notice_argument = &heard;
	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor = options });
	heard.db = w.db;
	read_books_of(w.s, 1, AUTHORS);
	REQUIRE_OK(trv_session_open(w.db, &other, &w.error), &w.error);
	read_books_of(other, 1, AUTHORS);
	CHECK_INT(heard.count, 2);
	CHECK_INT(heard.last.sessions, 2);
	CHECK_INT(kept_of(w.db, TRV_NOTICE_REPEATED), 1);
	CHECK_INT(newest(w.db, TRV_NOTICE_REPEATED).sessions, 2);
	CHECK_INT(statement_with(w.db, "title").repeated, 2);
	trv_session_close(other);
	world_close(&w);
}

TEST(repeats, what_comes_again_is_not_forgotten_for_what_came_once)
{
	struct trv_notice notices[8];
	struct world w;

	world_open(
		&w,
		(struct trv_options) {
			.pool.size = 1,
			.monitor = { .slow_query_ms = 5, .slow_acquire_ms = TRV_NEVER, .repeats = 2, .notices = 8 } });
	for (int i = 0; i < 8; i++) {
		struct trv_session *other = NULL;

		REQUIRE_OK(trv_session_open(w.db, &other, &w.error), &w.error);
		read_books_of(other, 1, 3);
		for (int times = 0; times < 2; times++)
			REQUIRE_OK(take_time(other, 40), trv_error(other));
		trv_session_close(other);
	}
	CHECK_INT(trv_notices(w.db, notices, 8), 8);
	for (size_t i = 1; i < 8; i++)
		CHECK(notices[i - 1].number > notices[i].number);
	CHECK_INT(newest(w.db, TRV_NOTICE_REPEATED).sessions, 8);
	world_close(&w);
}

TEST(repeats, a_loop_of_gets_and_one_of_lazy_loads_are_noticed)
{
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor = calm });
	for (int64_t id = 1; id <= LIMIT + 1; id++) {
		struct author author;

		REQUIRE_OK(author_get(w.s, &author, id), trv_error(w.s));
		REQUIRE_OK(author_books(w.s, &author), trv_error(w.s));
		CHECK_INT(author.books->count, BOOKS);
	}
	CHECK_INT(kept_of(w.db, TRV_NOTICE_REPEATED), 2);
	world_close(&w);
}

TEST(repeats, raw_sql_and_counts_in_a_loop_are_noticed)
{
	const char *sql = strcmp(engine(), "postgresql") == 0 ? "SELECT count(*) FROM book WHERE author_id = ?::int8"
	                                                      : "SELECT count(*) FROM book WHERE author_id = ?";
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor = calm });
	for (int64_t id = 1; id <= LIMIT + 1; id++) {
		struct trv_value number, key = trv_int(id);
		uint64_t count;

		REQUIRE_OK(trv_sql_value(w.s, &number, TRV_INT64, sql, &key, 1), trv_error(w.s));
		REQUIRE_OK(book_count(w.s, &count, &(struct book_query) { .where = { book_author_id(TRV_EQ, id) } }),
		           trv_error(w.s));
	}
	CHECK_INT(kept_of(w.db, TRV_NOTICE_REPEATED), 2);
	CHECK_CONTAINS(newest(w.db, TRV_NOTICE_REPEATED).hint, "ask once for all");
	world_close(&w);
}

TEST(repeats, the_same_parent_again_and_again_is_no_such_loop)
{
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor = calm });
	for (int i = 0; i < 5 * LIMIT; i++) {
		struct author author;

		REQUIRE_OK(author_get(w.s, &author, 3), trv_error(w.s));
		REQUIRE_OK(author_books(w.s, &author), trv_error(w.s));
	}
	CHECK_INT(kept_of(w.db, TRV_NOTICE_REPEATED), 0);
	world_close(&w);
}

/* What lies behind it in memory is no part of it. */
TEST(repeats, the_same_empty_text_again_and_again_is_no_such_loop)
{
	char text[16] = "";
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor = calm });
	for (int i = 0; i < 5 * LIMIT; i++) {
		uint64_t count;

		memset(text + 1, 'a' + i % 26, sizeof(text) - 1);
		REQUIRE_OK(book_count(w.s, &count, &(struct book_query) { .where = { book_title(TRV_EQ, text) } }),
		           trv_error(w.s));
	}
	CHECK_INT(kept_of(w.db, TRV_NOTICE_REPEATED), 0);
	world_close(&w);
}

TEST(repeats, many_parents_loaded_together_are_no_such_loop)
{
	struct author_list found;
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor = calm });
	for (int64_t id = 1; id <= AUTHORS - 1; id++) {
		REQUIRE_OK(author_find(w.s, &found, &(struct author_query) { .books = &(struct book_query) { 0 } }),
		           trv_error(w.s));
		int64_t keys[] = { id, id + 1 };
		REQUIRE_OK(author_get_many(w.s, &found, keys, 2), trv_error(w.s));
		REQUIRE_OK(author_books(w.s, &found.items[0]), trv_error(w.s));
	}
	CHECK_INT(kept_of(w.db, TRV_NOTICE_REPEATED), 0);
	world_close(&w);
}

TEST(repeats, pages_and_streams_are_no_such_loop)
{
	struct trv_page page = { .after = NULL };
	struct trv_stream stream = { NULL };
	const struct author *author;
	struct author_list found;
	struct world w;
	int r;

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor = calm });
	do {
		REQUIRE_OK(author_page(w.s, &found, &page,
		                       &(struct author_query) { .limit = 1,
		                                                .order_by = { author_by_id(TRV_ASC) },
		                                                .books = &(struct book_query) { 0 } }),
		           trv_error(w.s));
		page.after = page.next;
	} while (page.next);
	while ((r = author_each(w.s, &stream, &author, NULL)) > 0)
		CHECK(author->id > 0);
	REQUIRE_OK(r, trv_error(w.s));
	CHECK_INT(kept_of(w.db, TRV_NOTICE_REPEATED), 0);
	world_close(&w);
}

TEST(repeats, different_lines_and_writes_are_no_such_loop)
{
	struct world w;
	struct author a;

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor.repeats = 2 });
	REQUIRE_OK(author_get(w.s, &a, 1), trv_error(w.s));
	REQUIRE_OK(author_get(w.s, &a, 2), trv_error(w.s));
	REQUIRE_OK(author_get(w.s, &a, 3), trv_error(w.s));
	REQUIRE_OK(author_get(w.s, &a, 4), trv_error(w.s));
	REQUIRE_OK(trv_begin(w.s, NULL), trv_error(w.s));
	for (int64_t id = 100; id < 110; id++) {
		struct author author = { .id = id, .pen = "new" };

		REQUIRE_OK(author_insert(w.s, &author), trv_error(w.s));
	}
	REQUIRE_OK(trv_rollback(w.s), trv_error(w.s));
	CHECK_INT(kept_of(w.db, TRV_NOTICE_REPEATED), 0);
	world_close(&w);
}

TEST(repeats, the_limit_can_be_chosen_and_turned_off)
{
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor.repeats = 2 });
	read_books_of(w.s, 1, 2);
	CHECK_INT(kept_of(w.db, TRV_NOTICE_REPEATED), 0);
	read_books_of(w.s, 3, 3);
	CHECK_INT(newest(w.db, TRV_NOTICE_REPEATED).count, 3);
	world_close(&w);
	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor.repeats = TRV_NEVER });
	read_books_of(w.s, 1, AUTHORS);
	CHECK_INT(kept_of(w.db, TRV_NOTICE_REPEATED), 0);
	world_close(&w);
}
