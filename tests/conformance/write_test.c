/* Writes: defaults, what the engine makes and is read back, many rows, all or nothing. */
#include "value.h"

#include <stdlib.h>

/* --- defaults: each row is a case ------------------------------------------------------------------- */

static struct preset insert_preset(struct world *w, struct preset *ret_back)
{
	struct preset row = { .note = "n" };

	OK(w, preset_insert(w->s, &row));
	OK(w, preset_get(w->s, ret_back, row.id));
	return row;
}

static void check_preset(const struct preset *row)
{
	struct trv_decimal price = trv_decimal(1250, 2);
	struct trv_uuid token = uuid("01234567-89ab-cdef-0123-456789abcdef");

	CHECK(row->id != 0);
	CHECK(row->yes);
	CHECK_INT(row->small, -5);
	CHECK_INT(row->large, INT64_C(9007199254740993));
	CHECK_DOUBLE(row->ratio, 0.25);
	CHECK_INT(trv_decimal_compare(&row->price, &price), 0);
	CHECK_STR(row->words, "it's \"so\"");
	CHECK_INT(row->blob.size, 3);
	CHECK_BYTES(row->blob.data, "abc", 3);
	CHECK_INT(row->day, 18321);
	CHECK_INT(row->clock, INT64_C(86399000000));
	CHECK_INT(row->instant, -1000000);
	CHECK_BYTES(&row->token, &token, 16);
	CHECK_STR(row->extra, "{\"a\":1}");
	CHECK_INT(row->colour, SHADE_DARK);
	CHECK_INT(row->rank, LEVEL_HIGH);
	CHECK_INT(row->random.bytes[6] >> 4, 4);
	CHECK_INT(row->ordered.bytes[6] >> 4, 7);
	CHECK_INT(row->answer, 42);
	CHECK_STR(row->lowered, "abc");
}

TEST(writes, every_default_is_in_the_row_after_an_insert)
{
	struct preset back;
	struct world w;

	world_open(&w);
	int64_t before = trv_now();
	struct preset row = insert_preset(&w, &back);
	check_preset(&row);
	check_preset(&back);
	CHECK(row.born >= before && row.born <= trv_now());
	CHECK_INT(back.born, row.born);
	CHECK_BYTES(&back.random, &row.random, 16);
	world_close(&w);
}

TEST(writes, every_default_is_in_many_rows_after_an_insert)
{
	struct preset rows[5] = { { .note = "a" }, { .note = "b" }, { .note = "c" }, { .note = "d" }, { .note = "e" } };
	struct preset_list list;
	struct world w;

	world_open(&w);
	OK(&w, preset_insert_many(w.s, rows, 5));
	OK(&w, preset_find(w.s, &list, &(struct preset_query) { .order_by = { preset_by_id(TRV_ASC) } }));
	REQUIRE(list.count == 5);
	for (size_t i = 0; i < 5; i++) {
		check_preset(&rows[i]);
		check_preset(&list.items[i]);
		CHECK_STR(list.items[i].note, rows[i].note);
		CHECK_INT(list.items[i].id, rows[i].id);
		if (i)
			CHECK(memcmp(&rows[i].random, &rows[i - 1].random, 16) != 0);
	}
	world_close(&w);
}

TEST(writes, the_engine_has_the_same_defaults_for_rows_that_others_write)
{
	struct preset back;
	struct world w;

	world_open(&w);
	struct preset first = insert_preset(&w, &back);
	/* every column but those whose default the library makes */
	raw(w.s, "INSERT INTO preset (note, random, ordered) SELECT 'other', random, ordered FROM preset");
	OK(&w, preset_one(w.s, &back, &(struct preset_query) { .where = { preset_note(TRV_EQ, "other") } }));
	check_preset(&back);
	CHECK(back.id != first.id);
	CHECK(llabs(back.born - trv_now()) < 60000000);
	world_close(&w);
}

TEST(writes, a_named_zero_is_written_in_place_of_a_default)
{
	struct preset row = { .note = "n", .words = "", .blob = { "", 0 } }, back;
	struct world w;

	world_open(&w);
	OK(&w, preset_insert_columns(w.s, &row,
	                             PRESET_YES | PRESET_SMALL | PRESET_RATIO | PRESET_PRICE | PRESET_DAY |
	                                     PRESET_COLOUR | PRESET_RANK | PRESET_BORN | PRESET_ANSWER));
	OK(&w, preset_get(w.s, &back, row.id));
	CHECK(!back.yes);
	CHECK_INT(back.small, 0);
	CHECK_DOUBLE(back.ratio, 0);
	CHECK_STR(back.words, "");
	CHECK_INT(back.blob.size, 0);
	CHECK_INT(back.day, 0);
	CHECK_INT(back.colour, SHADE_LIGHT);
	CHECK_INT(back.rank, LEVEL_LOW);
	CHECK_INT(back.born, 0);
	CHECK_INT(back.answer, 0);
	CHECK_INT(back.large, INT64_C(9007199254740993));
	world_close(&w);
}

/* --- keys ---------------------------------------------------------------------------------------------- */

TEST(writes, automatic_keys_rise_and_are_read_back)
{
	struct genre rows[3] = { { .name = "a" }, { .name = "b" }, { .name = "c" } };
	struct genre row = { .name = "d" }, back;
	struct world w;

	world_open(&w);
	OK(&w, genre_insert_many(w.s, rows, 3));
	OK(&w, genre_insert(w.s, &row));
	CHECK(0 < rows[0].id && rows[0].id < rows[1].id && rows[1].id < rows[2].id && rows[2].id < row.id);
	for (size_t i = 0; i < 3; i++) {
		OK(&w, genre_get(w.s, &back, rows[i].id));
		CHECK_STR(back.name, rows[i].name);
	}
	world_close(&w);
}

TEST(writes, a_key_that_is_given_is_kept)
{
	struct genre row = { .id = 123456789012, .name = "given" }, negative = { .id = -7, .name = "negative" }, back;
	struct world w;

	world_open(&w);
	OK(&w, genre_insert(w.s, &row));
	OK(&w, genre_insert(w.s, &negative));
	CHECK_INT(row.id, 123456789012);
	OK(&w, genre_get(w.s, &back, -7));
	CHECK_STR(back.name, "negative");
	world_close(&w);
}

TEST(writes, given_and_automatic_keys_in_one_insert)
{
	struct genre rows[4] = { { .name = "auto" },
		                 { .id = 1000001, .name = "given" },
		                 { .name = "auto too" },
		                 { .id = 1000005, .name = "last" } };
	struct genre back;
	struct world w;

	world_open(&w);
	OK(&w, genre_insert_many(w.s, rows, 4));
	CHECK_INT(rows[1].id, 1000001);
	CHECK_INT(rows[3].id, 1000005);
	for (size_t i = 0; i < 4; i++) {
		OK(&w, genre_get(w.s, &back, rows[i].id));
		CHECK_STR(back.name, rows[i].name);
	}
	world_close(&w);
}

/* --- what the engine computes ------------------------------------------------------------------------------ */

TEST(writes, generated_columns_are_read_back_after_an_insert_and_an_update)
{
	struct computed row = { .left_ = 20, .right_ = 22, .name = "ABC" }, back;
	struct world w;

	world_open(&w);
	OK(&w, computed_insert(w.s, &row));
	CHECK_INT(row.total, 42);
	CHECK_INT(row.twice, 40);
	CHECK_STR(row.lowered, "abc");
	row.left_ = -2;
	row.name = "XYZ";
	OK(&w, computed_update(w.s, &row, COMPUTED_LEFT_ | COMPUTED_NAME));
	CHECK_INT(row.total, 20);
	CHECK_INT(row.twice, -4);
	CHECK_STR(row.lowered, "xyz");
	OK(&w, computed_one(w.s, &back, &(struct computed_query) { .where = { computed_twice(TRV_EQ, -4) } }));
	CHECK_INT(back.total, 20);
	CHECK_STR(back.lowered, "xyz");
	world_close(&w);
}

TEST(writes, generated_columns_of_many_rows_are_read_back)
{
	struct computed rows[20];
	struct world w;

	world_open(&w);
	for (int i = 0; i < 20; i++)
		rows[i] = (struct computed) { .left_ = i, .right_ = 100, .name = "N" };
	OK(&w, computed_insert_many(w.s, rows, 20));
	for (int i = 0; i < 20; i++) {
		CHECK_INT(rows[i].total, 100 + i);
		CHECK_INT(rows[i].twice, 2 * i);
		rows[i].right_ = 200;
	}
	OK(&w, computed_update_many(w.s, rows, 20, COMPUTED_RIGHT_));
	for (int i = 0; i < 20; i++)
		CHECK_INT(rows[i].total, 200 + i);
	world_close(&w);
}

TEST(writes, an_update_sets_the_time_and_counts_the_version)
{
	struct author author = { .name = "Ann" };
	struct world w;

	world_open(&w);
	OK(&w, author_insert(w.s, &author));
	struct book book = { .author_id = author.id, .title = "t", .updated = 1000 }, back;
	OK(&w, book_insert(w.s, &book));
	CHECK_INT(book.updated, 1000);
	int64_t before = trv_now();
	book.title = "u";
	OK(&w, book_update(w.s, &book, BOOK_TITLE));
	OK(&w, book_get(w.s, &back, book.id));
	CHECK(back.updated >= before && back.updated <= trv_now());
	CHECK_INT(back.updated, book.updated);
	CHECK_INT(back.version, 2);
	CHECK_INT(book.version, 2);
	OK(&w, book_update_where(w.s, NULL, &(struct book) { .title = "v" }, BOOK_TITLE,
	                         &(struct book_query) { .where = { book_id(TRV_EQ, book.id) } }));
	OK(&w, book_get(w.s, &back, book.id));
	CHECK_INT(back.version, 3);
	CHECK_STATUS(book_update(w.s, &book, BOOK_TITLE), TRV_ERR_STALE);
	world_close(&w);
}

/* --- upserts --------------------------------------------------------------------------------------------------- */

TEST(writes, an_upsert_inserts_or_updates_by_a_unique_column)
{
	struct account row = { .name = "Ann", .email = "a", .serial = 1 }, back;
	uint64_t count = 0;
	struct world w;

	world_open(&w);
	OK(&w, account_upsert(w.s, &row, ACCOUNT_EMAIL, ACCOUNT_NAME));
	int64_t id = row.id;
	CHECK(id != 0);
	row = (struct account) { .name = "Bob", .email = "a", .serial = 2 };
	OK(&w, account_upsert(w.s, &row, ACCOUNT_EMAIL, ACCOUNT_NAME));
	CHECK_INT(row.id, id);
	OK(&w, account_get(w.s, &back, id));
	CHECK_STR(back.name, "Bob");
	CHECK_INT(back.serial, 1);
	OK(&w, account_count(w.s, &count, NULL));
	CHECK_INT(count, 1);
	world_close(&w);
}

TEST(writes, upserts_of_many_rows_insert_some_and_update_others)
{
	struct stock rows[3] = { { .shop = "a", .item = 1, .amount = 1 }, { .shop = "a", .item = 2, .amount = 2 } };
	struct stock more[3] = { { .shop = "a", .item = 2, .amount = 20 },
		                 { .shop = "b", .item = 1, .amount = 30 },
		                 { .shop = "a", .item = 1, .amount = 10 } };
	struct stock_list list;
	struct world w;

	world_open(&w);
	OK(&w, stock_upsert_many(w.s, rows, 2, STOCK_SHOP | STOCK_ITEM, 0));
	OK(&w, stock_upsert_many(w.s, more, 3, STOCK_SHOP | STOCK_ITEM, 0));
	OK(&w, stock_find(w.s, &list,
	                  &(struct stock_query) { .order_by = { stock_by_shop(TRV_ASC), stock_by_item(TRV_ASC) } }));
	REQUIRE(CHECK_INT(list.count, 3));
	for (int i = 0; i < 3; i++)
		CHECK_INT(list.items[i].amount, 10 * (i + 1));
	world_close(&w);
}

/* --- many rows --------------------------------------------------------------------------------------------------- */

enum {
	MANY = 10000
};

static struct sample *many_rows(struct world *w)
{
	struct sample *rows = trv_arena_zero(trv_session_arena(w->s), MANY, sizeof(*rows));

	REQUIRE(rows);
	for (int i = 0; i < MANY; i++) {
		rows[i] = plain_row();
		rows[i].medium = i;
		rows[i].large = (int64_t)i * i;
		rows[i].words = i % 2 ? "odd" : "even";
		rows[i].maybe_small = (int16_t)i;
		rows[i].has_maybe_small = i % 3 == 0;
	}
	return rows;
}

TEST(writes, ten_thousand_rows_are_inserted_updated_and_deleted)
{
	struct sample_list list;
	uint64_t affected = 0;
	size_t right = 0;
	struct world w;

	world_open(&w);
	struct sample *rows = many_rows(&w);
	OK(&w, sample_insert_many(w.s, rows, MANY));
	OK(&w, sample_find(w.s, &list, &(struct sample_query) { .order_by = { sample_by_medium(TRV_ASC) } }));
	REQUIRE(CHECK_INT(list.count, MANY));
	for (int i = 0; i < MANY; i++)
		right += list.items[i].id == rows[i].id && list.items[i].medium == i &&
		         list.items[i].large == (int64_t)i * i && list.items[i].has_maybe_small == (i % 3 == 0);
	CHECK_INT(right, MANY);
	for (int i = 0; i < MANY; i++)
		rows[i].large = -i;
	OK(&w, sample_update_many(w.s, rows, MANY, SAMPLE_LARGE));
	CHECK_INT(raw_integer(w.s, "SELECT count(*) FROM sample WHERE large = -medium"), MANY);
	OK(&w,
	   sample_delete_where(w.s, &affected, &(struct sample_query) { .where = { sample_words(TRV_EQ, "odd") } }));
	CHECK_INT(affected, MANY / 2);
	world_close(&w);
}

TEST(writes, nothing_is_inserted_when_one_of_ten_thousand_is_refused_by_the_engine)
{
	uint64_t count = 1;
	struct world w;

	world_open(&w);
	struct genre *rows = trv_arena_zero(trv_session_arena(w.s), MANY, sizeof(*rows));
	REQUIRE(rows);
	for (int i = 0; i < MANY; i++)
		rows[i].name = trv_arena_printf(trv_session_arena(w.s), "g%d", i == MANY - 2 ? 5 : i);
	CHECK_STATUS(genre_insert_many(w.s, rows, MANY), TRV_ERR_UNIQUE);
	CHECK_INT(rows[0].id, 0);
	OK(&w, genre_count(w.s, &count, NULL));
	CHECK_INT(count, 0);
	world_close(&w);
}

TEST(writes, nothing_is_updated_when_one_of_many_is_refused_by_the_engine)
{
	struct account rows[100];
	struct world w;

	world_open(&w);
	for (int i = 0; i < 100; i++)
		rows[i] = (struct account) { .name = "n", .serial = i + 1 };
	OK(&w, account_insert_many(w.s, rows, 100));
	for (int i = 0; i < 100; i++)
		rows[i].balance = trv_decimal(i == 97 ? -1 : 1, 0);
	CHECK_STATUS(account_update_many(w.s, rows, 100, ACCOUNT_BALANCE), TRV_ERR_CHECK);
	CHECK_INT(raw_integer(w.s, "SELECT count(*) FROM account WHERE balance <> 0"), 0);
	world_close(&w);
}

TEST(writes, nothing_is_updated_when_one_of_many_is_stale)
{
	struct author author = { .name = "Ann" };
	struct book books[3];
	struct world w;

	world_open(&w);
	OK(&w, author_insert(w.s, &author));
	for (int i = 0; i < 3; i++)
		books[i] = (struct book) { .author_id = author.id, .title = "old" };
	OK(&w, book_insert_many(w.s, books, 3));
	books[1].version = 7;
	for (int i = 0; i < 3; i++)
		books[i].title = "new";
	CHECK_STATUS(book_update_many(w.s, books, 3, BOOK_TITLE), TRV_ERR_STALE);
	CHECK_INT(raw_integer(w.s, "SELECT count(*) FROM book WHERE title = 'new'"), 0);
	world_close(&w);
}

/* --- references ----------------------------------------------------------------------------------------------------- */

TEST(writes, deletions_cascade_and_set_null)
{
	struct author authors[2] = { { .name = "Ann" }, { .name = "Bob" } };
	struct book back;
	uint64_t count = 1;
	struct world w;

	world_open(&w);
	OK(&w, author_insert_many(w.s, authors, 2));
	struct book book = {
		.author_id = authors[0].id, .editor_id = authors[1].id, .has_editor_id = true, .title = "t"
	};
	OK(&w, book_insert(w.s, &book));
	OK(&w, author_delete(w.s, &authors[1]));
	OK(&w, book_get(w.s, &back, book.id));
	CHECK(!back.has_editor_id);
	OK(&w, author_delete(w.s, &authors[0]));
	OK(&w, book_count(w.s, &count, NULL));
	CHECK_INT(count, 0);
	world_close(&w);
}

TEST(writes, updates_of_a_key_cascade_to_those_that_refer_to_it)
{
	struct stock stock = { .shop = "a", .item = 1 };
	struct stock_part part = { .stock_shop = "a", .stock_item = 1, .name = "p" }, back;
	struct world w;

	world_open(&w);
	OK(&w, stock_insert(w.s, &stock));
	OK(&w, stock_part_insert(w.s, &part));
	raw(w.s, "UPDATE stock SET shop = 'b', item = 2");
	OK(&w, stock_part_get(w.s, &back, part.id));
	CHECK_STR(back.stock_shop, "b");
	CHECK_INT(back.stock_item, 2);
	world_close(&w);
}

TEST(writes, affected_rows_are_those_that_match)
{
	struct genre rows[3] = { { .name = "a" }, { .name = "b" }, { .name = "c" } };
	uint64_t affected = 0;
	struct world w;

	world_open(&w);
	OK(&w, genre_insert_many(w.s, rows, 3));
	OK(&w, trv_exec(w.s, &affected, "UPDATE genre SET name = name", NULL, 0));
	CHECK_INT(affected, 3); /* MariaDB could tell 0: none was changed */
	OK(&w, trv_exec(w.s, &affected, "DELETE FROM genre WHERE name = 'b'", NULL, 0));
	CHECK_INT(affected, 1);
	world_close(&w);
}
