/* Very many rows at once: by COPY on PostgreSQL, by statements elsewhere, and the same either way. */
#include "fixture.h"
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

/* Whether the last thing that was logged is one. */
static bool was_copied(const struct shop *shop)
{
	const struct trv_statement_event *event;
	bool copied = false;

	for (size_t i = 0; (event = trv_session_logged(shop->s, i)); i++)
		copied = strncmp(event->sql, "COPY ", 5) == 0;
	return copied;
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

/* --- automatic keys ------------------------------------------------------------------------------- */

#define FEWEST 1000 /* that go by COPY */
#define TAGS (FEWEST + 5)

struct tags {
	struct tag rows[TAGS];
	char names[TAGS][16];
};

static struct tags *make_tags(const char *prefix)
{
	struct tags *tags = calloc(1, sizeof(*tags));

	REQUIRE(tags);
	for (int i = 0; i < TAGS; i++) {
		snprintf(tags->names[i], sizeof(tags->names[i]), "%s %d", prefix, i);
		tags->rows[i].name = tags->names[i];
	}
	return tags;
}

static uint64_t count_tags(struct shop *shop)
{
	uint64_t count = 0;

	SHOP_OK(shop, tag_count(shop->s, &count, NULL));
	return count;
}

/* Each row is in the table under the id that its struct got, and the ids rise. */
static void check_tags(struct shop *shop, const struct tags *tags, size_t count)
{
	struct tag_list found;
	int64_t ids[TAGS];
	int wrong = 0;

	for (size_t i = 0; i < count; i++)
		ids[i] = tags->rows[i].id;
	SHOP_OK(shop, tag_get_many(shop->s, &found, ids, count));
	REQUIRE(found.count == count);
	for (size_t i = 0; i < count; i++)
		wrong += strcmp(found.items[i].name, tags->names[i]) != 0 || (i && ids[i] <= ids[i - 1]);
	CHECK_INT(wrong, 0);
}

TEST(copy, rows_get_their_automatic_keys_by_it_from_a_thousand_on)
{
	struct tags *few = make_tags("few"), *many = make_tags("many");
	struct shop shop;

	shop_open(&shop);
	SHOP_OK(&shop, trv_session_log(shop.s, true));
	SHOP_OK(&shop, tag_insert_many(shop.s, few->rows, FEWEST - 1));
	CHECK(!was_copied(&shop));
	SHOP_OK(&shop, tag_insert_many(shop.s, many->rows, FEWEST));
	CHECK_INT(was_copied(&shop), shop_is(&shop, "postgresql"));
	CHECK_INT(count_tags(&shop), 2 * FEWEST - 1);
	check_tags(&shop, few, FEWEST - 1);
	check_tags(&shop, many, FEWEST);
	CHECK(many->rows[0].id > few->rows[FEWEST - 2].id);
	shop_close(&shop);
	free(few);
	free(many);
}

TEST(copy, a_row_with_a_key_of_its_own_ends_what_goes_together)
{
	struct tags *tags = make_tags("tag");
	struct tag found;
	struct shop shop;

	shop_open(&shop);
	tags->rows[FEWEST + 2].id = 1000000;
	SHOP_OK(&shop, tag_insert_many(shop.s, tags->rows, TAGS));
	CHECK_INT(count_tags(&shop), TAGS);
	check_tags(&shop, tags, FEWEST + 2);
	CHECK_INT(tags->rows[FEWEST + 2].id, 1000000);
	SHOP_OK(&shop, tag_get(shop.s, &found, 1000000));
	CHECK_STR(found.name, tags->names[FEWEST + 2]);
	SHOP_OK(&shop, tag_get(shop.s, &found, tags->rows[TAGS - 1].id));
	CHECK_STR(found.name, tags->names[TAGS - 1]);
	shop_close(&shop);
	free(tags);
}

/* The same is told, and nothing stays, whether the rows go by statements or by COPY. */
TEST(copy, one_that_is_there_already_is_refused_alike_by_either_way)
{
	struct tags *tags = make_tags("tag");
	struct trv_error first;
	struct shop shop;

	shop_open(&shop);
	tags->rows[FEWEST - 2].name = tags->names[7];
	CHECK_STATUS(tag_insert_many(shop.s, tags->rows, FEWEST - 1), TRV_ERR_UNIQUE);
	first = *trv_error(shop.s);
	CHECK_STATUS(tag_insert_many(shop.s, tags->rows, TAGS), TRV_ERR_UNIQUE);
	CHECK_STR(trv_error(shop.s)->message, first.message);
	CHECK_STR(trv_error(shop.s)->table, first.table);
	CHECK_STR(trv_error(shop.s)->column, first.column);
	CHECK_STR(trv_error(shop.s)->constraint, first.constraint);
	CHECK_STR(trv_error(shop.s)->sqlstate, first.sqlstate);
	CHECK_INT(tags->rows[0].id, 0);
	CHECK_INT(count_tags(&shop), 0);
	shop_close(&shop);
	free(tags);
}

/* More than one COPY: 65,536 rows, and a thousand. */
TEST(copy, very_many_rows_go_in_pieces_and_all_of_them_or_none)
{
	size_t count = world_is("postgresql") ? 65536 + FEWEST : 2 * FEWEST;
	struct tag *rows = calloc(count, sizeof(*rows));
	char(*names)[16] = calloc(count, sizeof(*names));
	struct shop shop;
	int wrong = 0;

	REQUIRE(rows && names);
	shop_open(&shop);
	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i);
		rows[i].name = names[i];
	}
	rows[count - 1].name = names[3];
	CHECK_STATUS(tag_insert_many(shop.s, rows, count), TRV_ERR_UNIQUE);
	CHECK_INT(count_tags(&shop), 0);
	rows[count - 1].name = names[count - 1];
	SHOP_OK(&shop, tag_insert_many(shop.s, rows, count));
	CHECK_INT(count_tags(&shop), count);
	for (size_t i = 1; i < count; i++)
		wrong += rows[i].id <= rows[i - 1].id;
	CHECK_INT(wrong, 0);
	shop_close(&shop);
	free(rows);
	free(names);
}

/* --- tables that are not as COPY needs them --------------------------------------------------------- */

#define AS_LIMITED                                                                                                     \
	"CREATE ROLE copy_test", "GRANT USAGE ON SCHEMA public TO copy_test", "GRANT SELECT, INSERT ON tag TO copy_test"

static const struct table {
	const char *what;
	const char *sql[6];
	bool limited, copied;
} tables[] = {
	{ .what = "as it was made", .copied = true },
	{ .what = "whose key is always generated",
	  .sql = { "ALTER TABLE tag ALTER id SET GENERATED ALWAYS" },
	  .copied = true },
	{ .what = "whose key is serial",
	  .sql = { "ALTER TABLE tag ALTER id DROP IDENTITY", "CREATE SEQUENCE numbers OWNED BY tag.id",
	           "ALTER TABLE tag ALTER id SET DEFAULT nextval('numbers')" },
	  .copied = true },
	{ .what = "whose key is made from its sequence",
	  .sql = { "ALTER TABLE tag ALTER id DROP IDENTITY", "CREATE SEQUENCE numbers OWNED BY tag.id",
	           "ALTER TABLE tag ALTER id SET DEFAULT nextval('numbers') + 5000" } },
	{ .what = "whose text is limited", .sql = { "ALTER TABLE tag ALTER name TYPE varchar(90)" }, .copied = true },
	{ .what = "of another type",
	  .sql = { "CREATE DOMAIN label AS text", "ALTER TABLE tag ALTER name TYPE label" } },
	{ .what = "with a rule", .sql = { "CREATE RULE quiet AS ON INSERT TO tag DO ALSO SELECT 1 WHERE false" } },
	{ .what = "with a trigger that changes keys",
	  .sql = { "CREATE FUNCTION move() RETURNS trigger LANGUAGE plpgsql AS"
	           " 'BEGIN NEW.id = NEW.id + 7000; RETURN NEW; END'",
	           "CREATE TRIGGER moves BEFORE INSERT ON tag FOR EACH ROW EXECUTE FUNCTION move()" } },
	{ .what = "of another owner",
	  .sql = { AS_LIMITED, "GRANT USAGE ON tag_id_seq TO copy_test" },
	  .limited = true,
	  .copied = true },
	{ .what = "whose sequence may not be used", .sql = { AS_LIMITED }, .limited = true },
	{ .what = "with a policy",
	  .sql = { AS_LIMITED, "GRANT USAGE ON tag_id_seq TO copy_test", "ALTER TABLE tag ENABLE ROW LEVEL SECURITY",
	           "CREATE POLICY open ON tag USING (true)" },
	  .limited = true },
};

static void run_sql(struct shop *shop, const char *sql)
{
	SHOP_OK(shop, trv_exec(shop->s, NULL, sql, NULL, 0));
}

/* In a transaction, of which nothing stays: roles are the whole server's. */
static void check_table(const struct table *table)
{
	struct tags *tags = make_tags("tag");
	struct shop shop;

	shop_open(&shop);
	SHOP_OK(&shop, trv_session_log(shop.s, true));
	SHOP_OK(&shop, trv_begin(shop.s, NULL));
	for (size_t i = 0; i < TRV_COUNT_OF(table->sql) && table->sql[i]; i++)
		run_sql(&shop, table->sql[i]);
	if (table->limited)
		run_sql(&shop, "SET LOCAL ROLE copy_test");
	SHOP_OK(&shop, tag_insert_many(shop.s, tags->rows, TAGS));
	if (!CHECK_INT(was_copied(&shop), table->copied))
		test_note("a table %s", table->what);
	check_tags(&shop, tags, TAGS);
	SHOP_OK(&shop, trv_rollback(shop.s));
	shop_close(&shop);
	free(tags);
}

TEST(copy, it_is_not_chosen_where_the_table_would_get_other_rows_or_none)
{
	for (size_t i = 0; i < TRV_COUNT_OF(tables) && world_is("postgresql"); i++)
		check_table(&tables[i]);
}

/* COPY would take them, an insert does not. */
TEST(copy, keys_that_are_always_generated_are_not_taken_from_rows)
{
	static const size_t counts[] = { 2, TAGS };
	struct tags *tags = make_tags("tag");
	struct shop shop;

	shop_open(&shop);
	for (int i = 0; i < TAGS; i++)
		tags->rows[i].id = i + 1;
	for (size_t i = 0; i < TRV_COUNT_OF(counts) && shop_is(&shop, "postgresql"); i++) {
		run_sql(&shop, "ALTER TABLE tag ALTER id SET GENERATED ALWAYS");
		CHECK_STATUS(tag_insert_many(shop.s, tags->rows, counts[i]), TRV_ERR_SQL);
		CHECK_STR(trv_error(shop.s)->sqlstate, "428C9");
	}
	shop_close(&shop);
	free(tags);
}
