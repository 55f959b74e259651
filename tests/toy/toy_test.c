/*
 * The fourth driver: everything that a program does with simple models works by a driver
 * that nothing outside its own folder knows of, linked or (with TEST_TOY_MODULE, its file)
 * loaded.
 */
#include "refused.trv.h"
#include "test.h"
#include "toy.h"
#include "toy.trv.h"

#include <stdlib.h>
#include <trivet/trivet.h>

struct world {
	struct trv_db *db;
	struct trv_session *s;
};

#define OK(world, call) REQUIRE_OK(call, trv_error((world)->s))

/* The one that is linked, or the one that the test is told to load. */
static const struct trv_driver *the_driver(void)
{
	const char *file = getenv("TEST_TOY_MODULE");
	const char *folder = test_temporary_folder();
	const struct trv_driver *driver = NULL;
	struct trv_error error = { 0 };
	char command[512];

	if (!file)
		return &toy_driver;
	/* into a folder of safe rights, whatever those of the build folder are */
	snprintf(command, sizeof(command), "install -m 0700 '%s' '%s'", file, folder);
	REQUIRE(system(command) == 0);
	REQUIRE_OK(trv_module_driver(&driver, folder, "toy", &error), &error);
	CHECK(driver != &toy_driver);
	return driver;
}

static void open_empty(struct world *world)
{
	struct trv_error error = { 0 };
	struct trv_options options = { .url = "toy::memory:", .models = &toy_models, .driver = the_driver() };

	*world = (struct world) { NULL, NULL };
	REQUIRE_OK(trv_open(&world->db, &options, &error), &error);
	REQUIRE_OK(trv_session_open(world->db, &world->s, &error), &error);
}

static void open_world(struct world *world)
{
	open_empty(world);
	OK(world, trv_schema_create(world->s));
}

static void close_world(struct world *world)
{
	trv_session_close(world->s);
	trv_close(world->db);
}

/* Books "a" to "e" of two authors, with prices that go down. */
static void fill(struct world *world, struct book books[5])
{
	static const char *const titles[] = { "a", "b", "c", "d", "e" };

	for (int i = 0; i < 5; i++)
		books[i] = (struct book) { .author = 1 + i % 2, .title = titles[i], .price = 50.0 - i * 10 };
	books[3].has_weight = true;
	books[3].weight = 0.25f;
	OK(world, book_insert_many(world->s, books, 5));
}

static const char *titles_of(const struct book_list *list)
{
	static char text[64];

	text[0] = '\0';
	for (size_t i = 0; i < list->count && i < 60; i++)
		strcat(text, list->items[i].title);
	return text;
}

static void check_found(struct world *world, const struct book_query *query, const char *titles)
{
	struct book_list found;

	OK(world, book_find(world->s, &found, query));
	CHECK_STR(titles_of(&found), titles);
}

/* --- the schema ------------------------------------------------------------------------------------------- */

TEST(toy, is_opened_by_a_driver_that_is_not_built_in)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	struct world world;

	open_empty(&world);
	CHECK_STR(trv_db_driver(world.db), "toy");
	close_world(&world);
	CHECK_STATUS(trv_open(&db, &(struct trv_options) { .url = "toy::memory:" }, &error), TRV_ERR_URL);
	CHECK_STATUS(trv_open(&db, &(struct trv_options) { .url = "toy:x", .driver = &toy_driver }, &error),
	             TRV_ERR_URL);
}

TEST(toy, creates_the_tables_of_a_schema_once)
{
	struct world world;

	open_world(&world);
	CHECK_STATUS(trv_schema_create(world.s), TRV_ERR_MODEL);
	CHECK_CONTAINS(trv_error(world.s)->message, "exists already");
	close_world(&world);
}

TEST(toy, refuses_a_schema_that_needs_more_and_creates_nothing_of_it)
{
	struct trv_options options = { .url = "toy::memory:", .models = &refused_models, .driver = the_driver() };
	struct trv_error error = { 0 };
	struct world world = { NULL, NULL };
	struct trv_value value;

	REQUIRE_OK(trv_open(&world.db, &options, &error), &error);
	REQUIRE_OK(trv_session_open(world.db, &world.s, &error), &error);
	CHECK_STATUS(trv_schema_create(world.s), TRV_ERR_UNSUPPORTED);
	CHECK_CONTAINS(trv_error(world.s)->message, "FOREIGN");
	OK(&world, trv_sql_value(world.s, &value, TRV_INT64, "SELECT COUNT(*) FROM toy_tables", NULL, 0));
	CHECK_INT(value.as.integer, 0);
	close_world(&world);
}

/* --- writing and reading ---------------------------------------------------------------------------------- */

TEST(toy, every_type_comes_back_as_it_was)
{
	struct book back, book = { .author = 7,
		                   .title = "It's \"quoted\"",
		                   .price = 12.75,
		                   .has_weight = true,
		                   .weight = 0.5f,
		                   .state = BOOK_STATE_SOLD_OUT,
		                   .added = -1,
		                   .has_day = true,
		                   .day = -400,
		                   .has_token = true,
		                   .cover = { "\0\xff", 2 } };
	struct world world;

	open_world(&world);
	REQUIRE(trv_uuid_v7(&book.token) == 0);
	OK(&world, book_insert(world.s, &book));
	CHECK_INT(book.id, 1);
	OK(&world, book_get(world.s, &back, 1));
	CHECK_INT(back.author, 7);
	CHECK_STR(back.title, book.title);
	CHECK_DOUBLE(back.price, 12.75);
	CHECK(back.has_weight && back.has_day && back.has_token);
	CHECK_DOUBLE((double)back.weight, 0.5);
	CHECK_INT(back.state, BOOK_STATE_SOLD_OUT);
	CHECK_INT(back.added, -1);
	CHECK_INT(back.day, -400);
	CHECK_BYTES(back.token.bytes, book.token.bytes, 16);
	CHECK_INT(back.cover.size, 2);
	CHECK_BYTES(back.cover.data, "\0\xff", 2);
	close_world(&world);
}

TEST(toy, nulls_and_defaults_are_what_the_schema_says)
{
	struct book back, book = { .author = 1, .title = "t" };
	struct author author = { .name = "ann" }, read;
	struct world world;

	open_world(&world);
	OK(&world, book_insert(world.s, &book));
	OK(&world, author_insert(world.s, &author));
	OK(&world, book_get(world.s, &back, book.id));
	OK(&world, author_get(world.s, &read, author.id));
	CHECK_DOUBLE(back.price, 10.5);
	CHECK_INT(back.state, BOOK_STATE_PLANNED);
	CHECK(back.added > 0);
	CHECK(!back.has_weight && !back.has_day && !back.has_token && !back.cover.data);
	CHECK(read.active && !read.has_born);
	close_world(&world);
}

TEST(toy, many_rows_are_inserted_together_and_get_their_keys)
{
	struct book books[120] = { { .id = 0 } };
	char titles[120][8];
	struct world world;
	uint64_t count;

	open_world(&world);
	for (int i = 0; i < 120; i++) {
		snprintf(titles[i], sizeof(titles[i]), "%d", i);
		books[i].title = titles[i];
	}
	OK(&world, book_insert_many(world.s, books, 120));
	for (int i = 0; i < 120; i++)
		CHECK_INT(books[i].id, i + 1);
	OK(&world, book_count(world.s, &count, NULL));
	CHECK_INT(count, 120);
	close_world(&world);
}

TEST(toy, finds_by_filters_in_order_and_by_pages)
{
	struct book books[5];
	struct world world;

	open_world(&world);
	fill(&world, books);
	check_found(&world, &(struct book_query) { .where = { book_author(TRV_EQ, 1) } }, "ace");
	check_found(&world, &(struct book_query) { .where = { book_author(TRV_EQ, 1), book_title(TRV_NE, "c") } },
	            "ae");
	check_found(&world, &(struct book_query) { .where = { book_weight_is_null() } }, "abce");
	check_found(&world, &(struct book_query) { .where = { book_not(book_weight_is_null()) } }, "d");
	check_found(&world,
	            &(struct book_query) { .where = { book_any(book_title(TRV_EQ, "a"), book_price(TRV_LE, 20.0)) } },
	            "ade");
	check_found(&world, &(struct book_query) { .order_by = { book_by_price(TRV_ASC) } }, "edcba");
	check_found(&world, &(struct book_query) { .order_by = { book_by_author(TRV_DESC), book_by_price(TRV_ASC) } },
	            "dbeca");
	check_found(&world, &(struct book_query) { .limit = 2 }, "ab");
	check_found(&world, &(struct book_query) { .limit = 2, .offset = 4 }, "e");
	check_found(&world, &(struct book_query) { .where = { book_author_in((int64_t[]) { 2, 9, 2 }, 3) } }, "bd");
	close_world(&world);
}

TEST(toy, gets_many_by_their_keys_and_says_when_one_is_not_there)
{
	struct book books[5], book;
	struct book_list list;
	struct world world;
	bool exists;

	open_world(&world);
	fill(&world, books);
	OK(&world, book_get_many(world.s, &list, (int64_t[]) { 4, 1, 99 }, 3));
	CHECK_INT(list.count, 2);
	CHECK_STATUS(book_get(world.s, &book, 99), TRV_ERR_NOT_FOUND);
	OK(&world, book_exists(world.s, &exists, &(struct book_query) { .where = { book_title(TRV_EQ, "c") } }));
	CHECK(exists);
	OK(&world, book_exists(world.s, &exists, &(struct book_query) { .where = { book_title(TRV_EQ, "x") } }));
	CHECK(!exists);
	close_world(&world);
}

TEST(toy, updates_what_is_named_and_notices_a_stale_row)
{
	struct book books[5], stale, back;
	struct world world;

	open_world(&world);
	fill(&world, books);
	stale = books[0];
	books[0].price = 1.5;
	books[0].title = "not written";
	OK(&world, book_update(world.s, &books[0], BOOK_PRICE));
	OK(&world, book_get(world.s, &back, books[0].id));
	CHECK_DOUBLE(back.price, 1.5);
	CHECK_STR(back.title, "a");
	CHECK_INT(back.version, stale.version + 1);
	CHECK_STATUS(book_update(world.s, &stale, BOOK_PRICE), TRV_ERR_STALE);
	close_world(&world);
}

TEST(toy, updates_and_deletes_by_filters)
{
	struct book books[5];
	struct world world;
	uint64_t affected;

	open_world(&world);
	fill(&world, books);
	OK(&world, book_update_where(world.s, &affected, &(struct book) { .price = 0.5 }, BOOK_PRICE,
	                             &(struct book_query) { .where = { book_author(TRV_EQ, 2) } }));
	CHECK_INT(affected, 2);
	check_found(&world, &(struct book_query) { .where = { book_price(TRV_EQ, 0.5) } }, "bd");
	OK(&world,
	   book_delete_where(world.s, &affected, &(struct book_query) { .where = { book_price(TRV_EQ, 0.5) } }));
	CHECK_INT(affected, 2);
	OK(&world, book_delete(world.s, &books[0]));
	check_found(&world, NULL, "ce");
	CHECK_STATUS(book_delete(world.s, &books[0]), TRV_ERR_STALE);
	close_world(&world);
}

/* --- constraints -------------------------------------------------------------------------------------------- */

TEST(toy, constraints_hold_and_name_what_they_are_about)
{
	struct author ann = { .name = "ann" }, again = { .name = "ann" }, unborn = { .name = "bob", .has_born = true };
	struct world world;
	uint64_t count;

	open_world(&world);
	OK(&world, author_insert(world.s, &ann));
	CHECK_STATUS(author_insert(world.s, &again), TRV_ERR_UNIQUE);
	CHECK_STR(trv_error(world.s)->column, "name");
	again.id = ann.id;
	again.name = "another";
	CHECK_STATUS(author_insert(world.s, &again), TRV_ERR_UNIQUE);
	CHECK_STATUS(author_insert(world.s, &unborn), TRV_ERR_CHECK);
	CHECK_STATUS(trv_exec(world.s, NULL, "INSERT INTO author (born) VALUES (1)", NULL, 0), TRV_ERR_NOT_NULL);
	CHECK_STATUS(trv_exec(world.s, NULL, "INSERT INTO author (name) VALUES ('a name of more than twenty letters')",
	                      NULL, 0),
	             TRV_ERR_VALUE);
	OK(&world, author_count(world.s, &count, NULL));
	CHECK_INT(count, 1);
	close_world(&world);
}

TEST(toy, a_statement_that_fails_for_one_row_changes_none)
{
	struct author authors[3] = { { .name = "a" }, { .name = "b" }, { .name = "a" } };
	struct author fourth = { .name = "d" };
	struct world world;
	uint64_t count;

	open_world(&world);
	CHECK_STATUS(author_insert_many(world.s, authors, 3), TRV_ERR_UNIQUE);
	OK(&world, author_count(world.s, &count, NULL));
	CHECK_INT(count, 0);
	OK(&world, author_insert_many(world.s, authors, 2));
	OK(&world, author_insert(world.s, &fourth));
	CHECK_STATUS(trv_exec(world.s, NULL, "UPDATE author SET name = 'same'", NULL, 0), TRV_ERR_UNIQUE);
	OK(&world, author_count(world.s, &count, &(struct author_query) { .where = { author_name(TRV_EQ, "same") } }));
	CHECK_INT(count, 0);
	close_world(&world);
}

/* --- transactions --------------------------------------------------------------------------------------------- */

TEST(toy, a_rollback_undoes_everything_and_a_commit_keeps_it)
{
	struct book books[5], one = { .title = "z" };
	struct world world;

	open_world(&world);
	fill(&world, books);
	OK(&world, trv_begin(world.s, NULL));
	OK(&world, book_insert(world.s, &one));
	OK(&world, book_delete(world.s, &books[0]));
	check_found(&world, NULL, "bcdez");
	OK(&world, trv_rollback(world.s));
	check_found(&world, NULL, "abcde");
	OK(&world, trv_begin(world.s, NULL));
	OK(&world, book_delete(world.s, &books[0]));
	OK(&world, trv_commit(world.s));
	check_found(&world, NULL, "bcde");
	close_world(&world);
}

TEST(toy, savepoints_are_undone_alone)
{
	struct book books[5];
	struct world world;

	open_world(&world);
	fill(&world, books);
	OK(&world, trv_begin(world.s, NULL));
	OK(&world, book_delete(world.s, &books[0]));
	OK(&world, trv_begin(world.s, NULL));
	OK(&world, book_delete(world.s, &books[1]));
	OK(&world, trv_rollback(world.s));
	OK(&world, trv_begin(world.s, NULL));
	OK(&world, book_delete(world.s, &books[2]));
	OK(&world, trv_commit(world.s));
	OK(&world, trv_commit(world.s));
	check_found(&world, NULL, "bde");
	close_world(&world);
}

TEST(toy, a_read_only_transaction_writes_nothing)
{
	struct book books[5];
	struct world world;

	open_world(&world);
	fill(&world, books);
	OK(&world, trv_begin(world.s, &(struct trv_transaction_options) { .read_only = true }));
	CHECK_STATUS(book_delete(world.s, &books[0]), TRV_ERR_READ_ONLY);
	OK(&world, trv_rollback(world.s));
	OK(&world, book_delete(world.s, &books[0]));
	close_world(&world);
}

TEST(toy, a_stream_shows_the_rows_as_they_were_when_it_began)
{
	const struct book *row;
	struct trv_stream stream = { 0 };
	struct book books[5];
	struct world world;
	int count = 0, r = 0;

	open_world(&world);
	fill(&world, books);
	while ((r = book_each(world.s, &stream, &row, NULL)) > 0) {
		OK(&world, book_delete(world.s, row));
		count++;
	}
	CHECK_OK(r, trv_error(world.s));
	CHECK_INT(count, 5);
	check_found(&world, NULL, "");
	close_world(&world);
}

/* --- what a toy does not do -------------------------------------------------------------------------------------- */

TEST(toy, sql_beyond_it_is_refused_and_what_was_not_understood_is_named)
{
	static const struct {
		const char *sql, *part;
	} cases[] = {
		{ "DROP TABLE book", "not 'DROP'" },
		{ "SELECT title FROM book GROUP BY title", "not 'GROUP'" },
		{ "SELECT upper(title) FROM book", "not '('" },
		{ "SELECT b.title FROM book AS b JOIN author AS a ON 1 = 1", "not 'JOIN'" },
		{ "SELECT title FROM (SELECT title FROM book) AS t", "not '('" },
		{ "SELECT title FROM book WHERE title LIKE 'a%'", "not 'LIKE'" },
		{ "SELECT title FROM book; SELECT 1 FROM book", "not ';'" },
		{ "SELECT 'open FROM book", "a closing quote" },
		{ "SELECT 99999999999999999999 FROM book", "a number of 64 bits" },
		{ "INSERT INTO author (name, active) VALUES ('x')", "a value for each column" },
		{ "INSERT INTO author (name) VALUES ('x') ON CONFLICT (name) DO NOTHING", "not 'ON'" },
		{ "CREATE VIEW v", "not 'VIEW'" },
		{ "CREATE TABLE t (a text UNIQUE)", "not 'UNIQUE'" },
	};
	struct book upsert = { .title = "a" };
	struct world world;

	open_world(&world);
	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		CHECK_STATUS(trv_exec(world.s, NULL, cases[i].sql, NULL, 0), TRV_ERR_UNSUPPORTED);
		CHECK_CONTAINS(trv_error(world.s)->message, cases[i].part);
	}
	CHECK_STATUS(book_upsert(world.s, &upsert, BOOK_AUTHOR | BOOK_TITLE, BOOK_PRICE), TRV_ERR_UNSUPPORTED);
	CHECK_STATUS(trv_exec(world.s, NULL, "SELECT nothing FROM book", NULL, 0), TRV_ERR_SQL);
	CHECK_STATUS(trv_exec(world.s, NULL, "SELECT title FROM nowhere", NULL, 0), TRV_ERR_SQL);
	CHECK(trv_native(world.s) == NULL);
	close_world(&world);
}

TEST(toy, deep_nesting_is_refused_instead_of_using_up_the_stack)
{
	static char sql[200000];
	struct world world;
	size_t length = (size_t)snprintf(sql, sizeof(sql), "SELECT ");

	memset(sql + length, '(', sizeof(sql) - length - 1);
	open_world(&world);
	CHECK_STATUS(trv_exec(world.s, NULL, sql, NULL, 0), TRV_ERR_UNSUPPORTED);
	CHECK_CONTAINS(trv_error(world.s)->message, "fewer parentheses");
	for (length = 40; length + 4 < sizeof(sql); length += 4)
		memcpy(sql + length, "NOT ", 4);
	memcpy(sql, "SELECT title FROM book WHERE             ", 40);
	CHECK_STATUS(trv_exec(world.s, NULL, sql, NULL, 0), TRV_ERR_UNSUPPORTED);
	CHECK_CONTAINS(trv_error(world.s)->message, "fewer NOTs");
	close_world(&world);
}

/* --- memory ---------------------------------------------------------------------------------------------------------- */

static int use_all(struct trv_session *s)
{
	struct book books[3] = { { .title = "a" }, { .title = "b" }, { .title = "c" } };
	struct book_list found;
	int r = trv_schema_create(s);

	if (r >= 0)
		r = trv_begin(s, NULL);
	if (r >= 0)
		r = book_insert_many(s, books, 3);
	if (r >= 0)
		r = book_update(s, &books[1], BOOK_PRICE);
	if (r >= 0)
		r = book_delete(s, &books[2]);
	if (r >= 0)
		r = trv_commit(s);
	if (r >= 0)
		r = book_find(s, &found, &(struct book_query) { .order_by = { book_by_title(TRV_DESC) } });
	if (r >= 0 && found.count != 2)
		r = TRV_ERR_INTERNAL;
	return r;
}

static int open_and_use(const struct trv_allocator *allocator, void *driver)
{
	struct trv_options options = { .url = "toy::memory:", .models = &toy_models, .driver = driver };
	struct trv_session *s = NULL;
	struct trv_db *db = NULL;

	options.allocator = *allocator;
	int r = trv_open(&db, &options, NULL);
	if (r >= 0)
		r = trv_session_open(db, &s, NULL);
	if (r >= 0)
		r = use_all(s);
	trv_session_close(s);
	trv_close(db);
	return r;
}

TEST(toy, each_allocation_that_fails_is_an_error_and_leaves_nothing_behind)
{
	CHECK_SWEEP(open_and_use, (void *)(uintptr_t)the_driver());
}
