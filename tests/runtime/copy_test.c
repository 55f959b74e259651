/* Very many rows at once: by COPY on PostgreSQL, by statements elsewhere, and the same either way. */
#include "reads_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 9000

struct many {
	struct sample *rows;
	char (*names)[32];
};

static struct many make_rows(void)
{
	struct many many = { calloc(ROWS, sizeof(*many.rows)), calloc(ROWS, sizeof(*many.names)) };

	REQUIRE(many.rows && many.names);
	for (int i = 0; i < ROWS; i++) {
		struct sample *row = &many.rows[i];

		snprintf(many.names[i], sizeof(many.names[i]), "word %d \xc3\xa9", i);
		row->id = i + 1;
		row->yes = i & 1;
		row->small = (int16_t)(i - 4000);
		row->large = (i - 4500) * INT64_C(1000000007);
		row->double_ = i / 3.0;
		row->exact = trv_decimal(i - 5000, 10);
		row->words = many.names[i];
		row->blob = (struct trv_bytes) { many.names[i], (size_t)(i % 9) };
		row->day = i - 5000;
		row->instant = (i - 5000) * INT64_C(86400000123);
		row->extra = "{\"a\":  1}";
		row->colour = i % 2 ? SHADE_DARK : SHADE_LIGHT;
		row->has_maybe_medium = row->has_maybe_colour = i % 3 == 0;
		row->maybe_medium = i;
		row->maybe_words = i % 5 ? many.names[i] : NULL;
	}
	return many;
}

static void free_rows(struct many *many)
{
	free(many->rows);
	free(many->names);
}

static bool same(const struct sample *a, const struct sample *b)
{
	return a->id == b->id && a->yes == b->yes && a->small == b->small && a->large == b->large &&
	       a->double_ == b->double_ && trv_decimal_compare(&a->exact, &b->exact) == 0 &&
	       strcmp(a->words, b->words) == 0 && a->blob.size == b->blob.size &&
	       memcmp(a->blob.data, b->blob.data, a->blob.size) == 0 && a->day == b->day && a->instant == b->instant &&
	       memcmp(&a->token, &b->token, sizeof(a->token)) == 0 && strcmp(a->extra, b->extra) == 0 &&
	       a->colour == b->colour && a->has_maybe_medium == b->has_maybe_medium &&
	       (!a->has_maybe_medium || a->maybe_medium == b->maybe_medium) &&
	       a->has_maybe_colour == b->has_maybe_colour && (a->maybe_words == NULL) == (b->maybe_words == NULL) &&
	       (!a->maybe_words || strcmp(a->maybe_words, b->maybe_words) == 0);
}

static bool was_copied(const struct shop *shop)
{
	const struct trv_statement_event *event;

	for (size_t i = 0; (event = trv_session_logged(shop->s, i)); i++)
		if (strncmp(event->sql, "COPY ", 5) == 0)
			return true;
	return false;
}

static uint64_t count_rows(struct shop *shop)
{
	uint64_t count = 0;

	SHOP_OK(shop, sample_count(shop->s, &count, NULL));
	return count;
}

TEST(copy, very_many_rows_arrive_as_they_were)
{
	struct many many = make_rows();
	struct sample_list found;
	struct shop shop;
	int wrong = 0;

	shop_open(&shop);
	SHOP_OK(&shop, trv_session_log(shop.s, true));
	SHOP_OK(&shop, sample_insert_many(shop.s, many.rows, ROWS));
	CHECK_INT(was_copied(&shop), shop_is(&shop, "postgresql"));
	SHOP_OK(&shop, sample_find(shop.s, &found, &(struct sample_query) { .order_by = { sample_by_id(TRV_ASC) } }));
	REQUIRE(found.count == ROWS);
	for (size_t i = 0; i < ROWS; i++)
		wrong += !same(&many.rows[i], &found.items[i]);
	CHECK_INT(wrong, 0);
	shop_close(&shop);
	free_rows(&many);
}

TEST(copy, one_row_that_is_refused_keeps_all_of_them_out)
{
	struct many many = make_rows();
	struct shop shop;

	shop_open(&shop);
	many.rows[ROWS - 1].id = 1;
	CHECK_STATUS(sample_insert_many(shop.s, many.rows, ROWS), TRV_ERR_UNIQUE);
	CHECK_STR(trv_error(shop.s)->table, "sample");
	CHECK_INT(count_rows(&shop), 0);
	many.rows[ROWS - 1].id = ROWS;
	SHOP_OK(&shop, sample_insert_many(shop.s, many.rows, ROWS));
	CHECK_INT(count_rows(&shop), ROWS);
	shop_close(&shop);
	free_rows(&many);
}

TEST(copy, it_is_part_of_a_transaction)
{
	struct many many = make_rows();
	struct shop shop;

	shop_open(&shop);
	SHOP_OK(&shop, trv_begin(shop.s, NULL));
	SHOP_OK(&shop, sample_insert_many(shop.s, many.rows, ROWS));
	CHECK_INT(count_rows(&shop), ROWS);
	SHOP_OK(&shop, trv_rollback(shop.s));
	CHECK_INT(count_rows(&shop), 0);
	shop_close(&shop);
	free_rows(&many);
}
