/* Others change a table while its statements are prepared: right values or an error, never wrong ones. */
#include "suite.h"

#define CREATE_SHIFTING                                                                                                \
	"CREATE TABLE shifting (id bigint NOT NULL PRIMARY KEY, first integer NOT NULL, last integer NOT NULL, "       \
	"word varchar(40) NOT NULL)"

static const char *const table[] = {
	"DROP TABLE shifting",
	CREATE_SHIFTING,
	"INSERT INTO shifting (id, first, last, word) VALUES (1, 11, 22, 'one')",
};

static void make_table(struct world *w)
{
	world_open(w);
	for (size_t i = 0; i < TRV_COUNT_OF(table); i++)
		raw(w->s, table[i]);
}

static int read_row(struct trv_session *session, struct shifting *row)
{
	struct shifting_list list;
	int r = shifting_find(session, &list, &(struct shifting_query) { .where = { shifting_id(TRV_EQ, 1) } });

	if (r >= 0 && list.count != 1)
		return TRV_ERR_INTERNAL;
	if (r >= 0)
		*row = list.items[0];
	return r;
}

static void check_row(struct trv_session *session, int first, int last)
{
	struct shifting row;
	int r = read_row(session, &row);

	if (r < 0) /* an error may come once, where a statement was prepared before */
		r = read_row(session, &row);
	REQUIRE_OK(r, trv_error(session));
	CHECK_INT(row.first, first);
	CHECK_INT(row.last, last);
	CHECK_STR(row.word, "one");
}

/* Each change of the table is a case; the statement was prepared and used before. */
static const struct change {
	const char *sentence;
	const char *sql[6];
	int first, last;
} changes[] = {
	{ "two columns change their names",
	  { "ALTER TABLE shifting RENAME COLUMN first TO other", "ALTER TABLE shifting RENAME COLUMN last TO first",
	    "ALTER TABLE shifting RENAME COLUMN other TO last" },
	  22,
	  11 },
	{ "a column is added", { "ALTER TABLE shifting ADD COLUMN more integer" }, 11, 22 },
	{ "a column in front is dropped and comes back at the end",
	  { "ALTER TABLE shifting ADD COLUMN copy integer", "UPDATE shifting SET copy = first",
	    "ALTER TABLE shifting DROP COLUMN first", "ALTER TABLE shifting RENAME COLUMN copy TO first" },
	  11,
	  22 },
	{ "another table takes its place, with its columns in another order",
	  { "CREATE TABLE shifted (word varchar(40) NOT NULL, last integer NOT NULL, first integer NOT NULL, "
	    "id bigint NOT NULL PRIMARY KEY)",
	    "INSERT INTO shifted (id, first, last, word) SELECT id, first, last, word FROM shifting",
	    "DROP TABLE shifting", "ALTER TABLE shifted RENAME TO shifting" },
	  11,
	  22 },
	{ "a column becomes wider",
	  { "ALTER TABLE shifting ADD COLUMN wide bigint", "UPDATE shifting SET wide = first",
	    "ALTER TABLE shifting DROP COLUMN first", "ALTER TABLE shifting RENAME COLUMN wide TO first" },
	  11,
	  22 },
};

static void change_table(struct trv_session *session, const struct change *change)
{
	for (size_t i = 0; i < TRV_COUNT_OF(change->sql) && change->sql[i]; i++)
		raw(session, change->sql[i]);
}

static void survives(const void *argument)
{
	const struct change *change = argument;
	struct world w;

	make_table(&w);
	struct trv_session *other = world_session(&w);
	REQUIRE(trv_native(w.s)); /* keeps the connection, and with it the prepared statement */
	for (int i = 0; i < 3; i++)
		check_row(w.s, 11, 22);
	change_table(other, change);
	for (int i = 0; i < 3; i++)
		check_row(w.s, change->first, change->last);
	check_row(other, change->first, change->last);
	world_close(&w);
}

/* A plan of an earlier case may be there: it is refused once, and is then made anew. */
static int read_star(struct trv_session *session, struct shifting_list *list)
{
	int r = shifting_sql(session, list, "SELECT * FROM shifting", NULL, 0);

	return r == TRV_ERR_MISMATCH ? shifting_sql(session, list, "SELECT * FROM shifting", NULL, 0) : r;
}

/* As above with raw SQL, whose * has no plan of its own. */
static void star_survives(const void *argument)
{
	const struct change *change = argument;
	struct shifting_list list;
	struct world w;

	make_table(&w);
	struct trv_session *other = world_session(&w);
	REQUIRE(trv_native(w.s));
	OK(&w, read_star(w.s, &list));
	change_table(other, change);
	for (int i = 0; i < 3; i++) {
		int r = shifting_sql(w.s, &list, "SELECT * FROM shifting", NULL, 0);

		if (r < 0)
			continue;
		REQUIRE(list.count == 1);
		CHECK_INT(list.items[0].first, change->first);
		CHECK_INT(list.items[0].last, change->last);
		CHECK_STR(list.items[0].word, "one");
	}
	world_close(&w);
}

static void write_survives(const void *argument)
{
	const struct change *change = argument;
	struct shifting row = { .id = 2, .first = 1, .last = 2, .word = "two" };
	struct world w;

	make_table(&w);
	struct trv_session *other = world_session(&w);
	REQUIRE(trv_native(w.s));
	OK(&w, shifting_insert(w.s, &row));
	change_table(other, change);
	row = (struct shifting) { .id = 3, .first = 33, .last = 44, .word = "three" };
	int r = shifting_insert(w.s, &row);
	if (r < 0)
		r = shifting_insert(w.s, &row);
	CHECK_OK(r, trv_error(w.s));
	CHECK_INT(raw_integer(other, "SELECT first FROM shifting WHERE id = 3"), 33);
	CHECK_INT(raw_integer(other, "SELECT last FROM shifting WHERE id = 3"), 44);
	world_close(&w);
}

__attribute__((constructor)) static void add_changes(void)
{
	static char sentences[3][TRV_COUNT_OF(changes)][128];

	for (size_t i = 0; i < TRV_COUNT_OF(changes); i++) {
		snprintf(sentences[0][i], sizeof(sentences[0][i]), "a prepared find gives right values when %s",
		         changes[i].sentence);
		snprintf(sentences[1][i], sizeof(sentences[1][i]),
		         "a prepared SELECT * never gives wrong values when %s", changes[i].sentence);
		snprintf(sentences[2][i], sizeof(sentences[2][i]), "a prepared insert writes the right columns when %s",
		         changes[i].sentence);
		test_register_row("traps", sentences[0][i], survives, &changes[i]);
		test_register_row("traps", sentences[1][i], star_survives, &changes[i]);
		test_register_row("traps", sentences[2][i], write_survives, &changes[i]);
	}
}

TEST(traps, columns_that_change_places_are_found_in_their_new_ones)
{
	struct shifting_list list;
	struct world w;

	make_table(&w);
	struct trv_session *other = world_session(&w);
	REQUIRE(trv_native(w.s));
	check_row(w.s, 11, 22);
	OK(&w, read_star(w.s, &list));
	if (w.quirks->move_column)
		raw(other, w.quirks->move_column);
	check_row(w.s, 11, 22);
	if (shifting_sql(w.s, &list, "SELECT * FROM shifting", NULL, 0) >= 0) {
		CHECK_INT(list.items[0].first, 11);
		CHECK_INT(list.items[0].last, 22);
	}
	world_close(&w);
}

TEST(traps, a_column_that_is_gone_is_an_error)
{
	struct shifting row;
	struct world w;

	make_table(&w);
	struct trv_session *other = world_session(&w);
	REQUIRE(trv_native(w.s));
	check_row(w.s, 11, 22);
	raw(other, "ALTER TABLE shifting DROP COLUMN last");
	for (int i = 0; i < 2; i++)
		CHECK(read_row(w.s, &row) < 0);
	CHECK_INT(raw_integer(w.s, "SELECT count(*) FROM genre"), 0); /* the session is fit for other things */
	world_close(&w);
}

TEST(traps, a_column_of_another_type_is_an_error)
{
	struct shifting row;
	struct world w;

	make_table(&w);
	struct trv_session *other = world_session(&w);
	REQUIRE(trv_native(w.s));
	check_row(w.s, 11, 22);
	raw(other, "ALTER TABLE shifting DROP COLUMN last");
	raw(other, "ALTER TABLE shifting ADD COLUMN last varchar(20) DEFAULT 'text'");
	for (int i = 0; i < 2; i++)
		CHECK(read_row(w.s, &row) < 0);
	world_close(&w);
}

TEST(traps, a_read_in_a_transaction_is_right_or_an_error)
{
	struct shifting row;
	struct world w;

	make_table(&w);
	struct trv_session *other = world_session(&w);
	REQUIRE(trv_native(w.s));
	check_row(w.s, 11, 22);
	change_table(other, &changes[3]);
	OK(&w, trv_begin(w.s, NULL));
	int r = read_row(w.s, &row);
	if (r >= 0) {
		CHECK_INT(row.first, 11);
		CHECK_INT(row.last, 22);
	} else {
		CHECK(trv_error(w.s)->retryable);
	}
	OK(&w, trv_rollback(w.s));
	check_row(w.s, 11, 22);
	world_close(&w);
}
