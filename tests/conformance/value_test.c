/* Values that are no row of the matrix: what is refused, what is large, what is summed. */
#include "value.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* --- refused alike ------------------------------------------------------------------------------- */

struct refused {
	const char *name;
	uint64_t column;
	struct datum datum;
	const char *message;
};

static const struct refused refused[] = {
	{ "text with an invalid byte", SAMPLE_WORDS, { NULL, { .text = "caf\xe9" } }, "the text is not valid UTF-8" },
	{ "text that is cut within a character",
	  SAMPLE_WORDS,
	  { NULL, { .text = "\xe6\x97" } },
	  "the text is not valid UTF-8" },
	{ "text with a surrogate", SAMPLE_WORDS, { NULL, { .text = "\xed\xa0\x80" } }, "the text is not valid UTF-8" },
	{ "text with an overlong NUL", SAMPLE_WORDS, { NULL, { .text = "a\xc0\x80" } }, "the text is not valid UTF-8" },
	{ "text beyond the last code point",
	  SAMPLE_WORDS,
	  { NULL, { .text = "\xf4\x90\x80\x80" } },
	  "the text is not valid UTF-8" },
	{ "json with an invalid byte", SAMPLE_EXTRA, { NULL, { .text = "\"\xff\"" } }, "the text is not valid UTF-8" },
	{ "float32 NaN", SAMPLE_SINGLE, { NULL, { .number = NAN } }, "NaN and infinities are refused" },
	{ "float32 infinity", SAMPLE_SINGLE, { NULL, { .number = INFINITY } }, "NaN and infinities are refused" },
	{ "float64 NaN", SAMPLE_PRECISE, { NULL, { .number = NAN } }, "NaN and infinities are refused" },
	{ "float64 infinity", SAMPLE_PRECISE, { NULL, { .number = INFINITY } }, "NaN and infinities are refused" },
	{ "float64 negative infinity",
	  SAMPLE_PRECISE,
	  { NULL, { .number = -INFINITY } },
	  "NaN and infinities are refused" },
	{ "date before the year 1",
	  SAMPLE_DAY,
	  { NULL, { .integer = -719163 } },
	  "the date is outside the years 1 to 9999" },
	{ "date after the year 9999",
	  SAMPLE_DAY,
	  { NULL, { .integer = 2932897 } },
	  "the date is outside the years 1 to 9999" },
	{ "negative time", SAMPLE_CLOCK, { NULL, { .integer = -1 } }, "the time is not within a day" },
	{ "time of 24:00",
	  SAMPLE_CLOCK,
	  { NULL, { .integer = TRV_DAY_MICROSECONDS } },
	  "the time is not within a day" },
	{ "timestamp before the year 1",
	  SAMPLE_INSTANT,
	  { NULL, { .integer = -719162 * TRV_DAY_MICROSECONDS - 1 } },
	  "the timestamp is outside the years 1 to 9999" },
	{ "largest timestamp",
	  SAMPLE_INSTANT,
	  { NULL, { .integer = INT64_MAX } },
	  "the timestamp is outside the years 1 to 9999" },
	{ "number that is no value of an enum",
	  SAMPLE_COLOUR,
	  { NULL, { .integer = 3 } },
	  "3 is no value of enum 'shade'" },
	{ "negative number for an enum", SAMPLE_RANK, { NULL, { .integer = -1 } }, "-1 is no value of enum 'level'" },
};

/* Only where a row is written: what is compared may be longer or more precise than the column. */
static const struct refused unfit[] = {
	{ "text of 11 characters",
	  SAMPLE_BRIEF,
	  { NULL,
	    { .text = "\xf0\x9f\x98\x80"
	              "0123456789" } },
	  "11 characters, the limit is 10" },
	{ "17 bytes", SAMPLE_STAMP, { NULL, { .bytes = { "0123456789abcdefg", 17 } } }, "17 bytes, the limit is 16" },
	{ "decimal of 31 digits",
	  SAMPLE_EXACT,
	  { NULL, { .text = "100000000000000000000" } },
	  "100000000000000000000 does not fit decimal(30,10)" },
	{ "decimal with 11 digits behind the point",
	  SAMPLE_EXACT,
	  { NULL, { .text = "0.12345678901" } },
	  "0.12345678901 has more than 10 digits behind the point" },
};

static struct kind kind_of(uint64_t column)
{
	for (size_t i = 0; i < kind_count; i++)
		if (kinds[i].column == column)
			return kinds[i];
	return kinds[0];
}

static void check_refused(struct world *w, const struct refused *row, int r, uint64_t before)
{
	const struct trv_error *error = trv_error(w->s);
	char message[256];

	snprintf(message, sizeof(message), "sample.%s: %s", column_of(row->column)->member, row->message);
	CHECK_STATUS(r, TRV_ERR_VALUE);
	CHECK_STR(error->message, message);
	CHECK_STR(error->table, "sample");
	CHECK_STR(error->column, column_of(row->column)->name);
	CHECK_INT(sent(w->s), before);
}

static void is_refused_when_written(const void *argument)
{
	const struct refused *row = argument;
	struct kind kind = kind_of(row->column);
	struct sample rows[2] = { plain_row(), plain_row() };
	struct sample stored = plain_row();
	struct world w;

	world_open(&w);
	OK(&w, sample_insert(w.s, &stored));
	put_datum(&rows[1], &kind, &row->datum);
	rows[1].id = stored.id;
	uint64_t before = sent(w.s);
	check_refused(&w, row, sample_insert(w.s, &rows[1]), before);
	check_refused(&w, row, sample_insert_many(w.s, rows, 2), before);
	check_refused(&w, row, sample_upsert(w.s, &rows[1], SAMPLE_ID, 0), before);
	check_refused(&w, row, sample_update(w.s, &rows[1], row->column), before);
	check_refused(&w, row, sample_update_many(w.s, rows + 1, 1, row->column), before);
	check_refused(&w, row,
	              sample_update_where(w.s, NULL, &rows[1], row->column, &(struct sample_query) { .all = true }),
	              before);
	CHECK_INT(raw_integer(w.s, "SELECT count(*) FROM sample"), 1);
	world_close(&w);
}

static void is_refused_when_compared(const void *argument)
{
	const struct refused *row = argument;
	struct sample_list list;
	struct world w;

	world_open(&w);
	uint64_t before = sent(w.s);
	struct sample_expr equal = compare_datum(row->column, TRV_EQ, &row->datum);
	check_refused(&w, row, sample_find(w.s, &list, &(struct sample_query) { .where = { equal } }), before);
	struct sample_expr in = list_of_datum(row->column, &row->datum, trv_session_arena(w.s));
	check_refused(&w, row, sample_find(w.s, &list, &(struct sample_query) { .where = { in } }), before);
	world_close(&w);
}

static void add(const struct refused *row, const char *how, void (*run)(const void *argument))
{
	char sentence[256];

	snprintf(sentence, sizeof(sentence), "%s is refused when it is %s", row->name, how);
	char *copy = strdup(sentence);
	if (!copy)
		abort();
	test_register_row("values", copy, run, row);
}

__attribute__((constructor)) static void add_refused(void)
{
	for (size_t i = 0; i < TRV_COUNT_OF(refused); i++) {
		add(&refused[i], "written", is_refused_when_written);
		if (refused[i].column != SAMPLE_EXTRA)
			add(&refused[i], "compared", is_refused_when_compared);
	}
	for (size_t i = 0; i < TRV_COUNT_OF(unfit); i++)
		add(&unfit[i], "written", is_refused_when_written);
}

TEST(values, raw_parameters_are_refused_as_typed_ones_are)
{
	const struct trv_value values[] = {
		trv_text("\xff"),         trv_double(NAN), trv_double(-INFINITY), trv_date(INT32_MAX),
		trv_timestamp(INT64_MIN), trv_time(-1),    trv_json("\xff"),      trv_bytes("", (size_t)INT32_MAX + 1),
	};
	struct trv_value value;
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(values); i++)
		CHECK_STATUS(trv_sql_value(w.s, &value, TRV_INT64, "SELECT count(*) FROM sample WHERE ? IS NULL",
		                           &values[i], 1),
		             TRV_ERR_VALUE);
	world_close(&w);
}

TEST(values, a_key_with_invalid_text_is_refused)
{
	const struct stock_key keys[] = { { "\xff", 1 } };
	struct stock_list list;
	struct stock row;
	struct world w;

	world_open(&w);
	uint64_t before = sent(w.s);
	CHECK_STATUS(stock_get(w.s, &row, "\xff", 1), TRV_ERR_VALUE);
	CHECK_STATUS(stock_get_many(w.s, &list, keys, 1), TRV_ERR_VALUE);
	CHECK_INT(sent(w.s), before);
	world_close(&w);
}

TEST(values, bytes_of_2_gib_and_more_are_refused_before_anything_is_sent)
{
	static const size_t sizes[] = { (size_t)INT32_MAX + 1, UINT32_MAX, (size_t)UINT32_MAX + 1, SIZE_MAX };
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(sizes); i++) {
		const struct refused row = { NULL, SAMPLE_BLOB, { NULL, { .bytes = { "x", sizes[i] } } }, NULL };
		struct sample rows[2] = { plain_row(), plain_row() };
		struct sample_list list;
		uint64_t before = sent(w.s);

		rows[1].blob = row.datum.as.bytes;
		CHECK_STATUS(sample_insert(w.s, &rows[1]), TRV_ERR_VALUE);
		CHECK_CONTAINS(trv_error(w.s)->message, "the limit is 2147483647");
		CHECK_STATUS(sample_insert_many(w.s, rows, 2), TRV_ERR_VALUE);
		CHECK_STATUS(sample_upsert(w.s, &rows[1], SAMPLE_ID, 0), TRV_ERR_VALUE);
		struct sample_expr equal = compare_datum(SAMPLE_BLOB, TRV_EQ, &row.datum);
		CHECK_STATUS(sample_find(w.s, &list, &(struct sample_query) { .where = { equal } }), TRV_ERR_VALUE);
		struct sample_expr in = list_of_datum(SAMPLE_BLOB, &row.datum, trv_session_arena(w.s));
		CHECK_STATUS(sample_find(w.s, &list, &(struct sample_query) { .where = { in } }), TRV_ERR_VALUE);
		CHECK_INT(sent(w.s), before);
	}
	world_close(&w);
}

TEST(values, json_that_is_none_is_refused)
{
	static const char *const texts[] = { "", "{", "{\"a\":}", "nul", "'a'", "[1,]", "1 2" };
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(texts); i++) {
		struct sample row = plain_row();

		row.extra = texts[i];
		if (!CHECK(sample_insert(w.s, &row) < 0))
			test_note("%s", texts[i]);
		CHECK_INT(trv_status_class(trv_error(w.s)->code), TRV_CLASS_INVALID);
	}
	CHECK_INT(raw_integer(w.s, "SELECT count(*) FROM sample"), 0);
	world_close(&w);
}

/* --- numbers --------------------------------------------------------------------------------------- */

static bool is_plus_zero(const void *number, size_t size)
{
	static const char zero[8];

	return memcmp(number, zero, size) == 0;
}

TEST(values, minus_zero_is_kept_as_zero)
{
	struct sample rows[3] = { plain_row(), plain_row(), plain_row() };
	struct sample_list list;
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < 3; i++) {
		rows[i].single = rows[i].maybe_single = -0.0f;
		rows[i].precise = rows[i].maybe_precise = -0.0;
		rows[i].has_maybe_single = rows[i].has_maybe_precise = true;
	}
	OK(&w, sample_insert(w.s, &rows[0]));
	OK(&w, sample_insert_many(w.s, rows + 1, 2));
	rows[0].precise = -0.0;
	OK(&w, sample_update(w.s, &rows[0], SAMPLE_PRECISE));
	rows[1].precise = -0.0;
	OK(&w, sample_update_many(w.s, rows + 1, 2, SAMPLE_PRECISE));
	OK(&w, sample_find(w.s, &list, &(struct sample_query) { .where = { sample_precise(TRV_EQ, -0.0) } }));
	REQUIRE(list.count == 3);
	for (size_t i = 0; i < 3; i++) {
		CHECK(is_plus_zero(&list.items[i].single, sizeof(float)));
		CHECK(is_plus_zero(&list.items[i].maybe_single, sizeof(float)));
		CHECK(is_plus_zero(&list.items[i].precise, sizeof(double)));
		CHECK(is_plus_zero(&list.items[i].maybe_precise, sizeof(double)));
	}
	world_close(&w);
}

TEST(values, random_floats_keep_every_bit)
{
	struct sample rows[200];
	struct sample_list list;
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(rows); i++) {
		rows[i] = plain_row();
		do
			fill_random(&rows[i].precise, sizeof(double));
		while (!isfinite(rows[i].precise));
		do
			fill_random(&rows[i].single, sizeof(float));
		while (!isfinite(rows[i].single));
	}
	OK(&w, sample_insert_many(w.s, rows, TRV_COUNT_OF(rows)));
	OK(&w, sample_find(w.s, &list, &(struct sample_query) { .order_by = { sample_by_id(TRV_ASC) } }));
	REQUIRE(list.count == TRV_COUNT_OF(rows));
	for (size_t i = 0; i < list.count; i++) {
		CHECK_BYTES(&list.items[i].precise, &rows[i].precise, sizeof(double));
		CHECK_BYTES(&list.items[i].single, &rows[i].single, sizeof(float));
	}
	world_close(&w);
}

static uint64_t count_of(struct world *w, struct sample_expr expr)
{
	uint64_t count = UINT64_MAX;

	OK(w, sample_count(w->s, &count, &(struct sample_query) { .where = { expr } }));
	return count;
}

TEST(values, numbers_beyond_a_column_compare_as_what_they_are)
{
	struct sample row = plain_row();
	struct world w;

	world_open(&w);
	row.small = INT16_MAX;
	row.medium = INT32_MIN;
	row.single = FLT_MAX;
	row.exact = decimal("0.1");
	OK(&w, sample_insert(w.s, &row));
	const struct sample_expr small = { trv_expr_int((uint16_t)__builtin_ctzll(SAMPLE_SMALL), TRV_LT, 32768) };
	CHECK_INT(count_of(&w, small), 1);
	const struct sample_expr equal = { trv_expr_int((uint16_t)__builtin_ctzll(SAMPLE_SMALL), TRV_EQ, 98303) };
	CHECK_INT(count_of(&w, equal), 0);
	const struct sample_expr medium = { trv_expr_int((uint16_t)__builtin_ctzll(SAMPLE_MEDIUM), TRV_GT, INT64_MIN) };
	CHECK_INT(count_of(&w, medium), 1);
	const struct sample_expr single = { trv_expr_double((uint16_t)__builtin_ctzll(SAMPLE_SINGLE), TRV_LT, 1e300) };
	CHECK_INT(count_of(&w, single), 1);
	CHECK_INT(count_of(&w, sample_exact(TRV_LT, decimal("0.10000000000000000000001"))), 1);
	CHECK_INT(count_of(&w, sample_exact(TRV_EQ, decimal("0.10000000000000000000001"))), 0);
	CHECK_INT(count_of(&w, sample_exact(TRV_EQ, decimal("0.1000"))), 1);
	CHECK_INT(count_of(&w, sample_exact(TRV_LT, decimal("99999999999999999999999999999999999999"))), 1);
	CHECK_INT(count_of(&w, sample_brief(TRV_EQ, "longer than the column")), 0);
	world_close(&w);
}

TEST(values, decimals_are_summed_to_the_last_digit)
{
	static const char *const numbers[] = { "99999999999999999999.9999999999", "0.0000000001", "-0.0000000003",
		                               "12345678901234567890.0123456789", "-99999999999999999999.9999999999" };
	struct sample_groups groups;
	struct trv_decimal expected = decimal("0.0000000000");
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(numbers); i++) {
		struct sample row = plain_row();
		struct trv_decimal number = decimal(numbers[i]);

		row.exact = number;
		OK(&w, sample_insert(w.s, &row));
		REQUIRE_OK(trv_decimal_add(&expected, &expected, &number), NULL);
	}
	const struct trv_aggregate sums = {
		.values = { { TRV_SUM, SAMPLE_EXACT }, { TRV_MIN, SAMPLE_EXACT }, { TRV_MAX, SAMPLE_EXACT } }
	};
	OK(&w, sample_aggregate(w.s, &groups, &sums, NULL));
	REQUIRE(groups.count == 1);
	const struct trv_value *values = groups.items[0].values;
	CHECK_INT(trv_decimal_compare(&values[0].as.decimal, &expected), 0);
	expected = decimal(numbers[4]);
	CHECK_INT(trv_decimal_compare(&values[1].as.decimal, &expected), 0);
	expected = decimal(numbers[0]);
	CHECK_INT(trv_decimal_compare(&values[2].as.decimal, &expected), 0);
	world_close(&w);
}

TEST(values, many_cents_are_summed_exactly)
{
	struct sample rows[100];
	struct sample_groups groups;
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(rows); i++) {
		rows[i] = plain_row();
		rows[i].exact = trv_decimal(1, 1);
	}
	OK(&w, sample_insert_many(w.s, rows, TRV_COUNT_OF(rows)));
	OK(&w,
	   sample_aggregate(w.s, &groups, &(struct trv_aggregate) { .values = { { TRV_SUM, SAMPLE_EXACT } } }, NULL));
	struct trv_decimal ten = trv_decimal(10, 0);
	CHECK_INT(trv_decimal_compare(&groups.items[0].values[0].as.decimal, &ten), 0);
	world_close(&w);
}

TEST(values, a_sum_of_integers_beyond_64_bits_is_refused)
{
	struct sample rows[2] = { plain_row(), plain_row() };
	struct sample_groups groups;
	struct world w;

	world_open(&w);
	rows[0].large = INT64_MAX;
	OK(&w, sample_insert_many(w.s, rows, 2));
	const struct trv_aggregate sum = { .values = { { TRV_SUM, SAMPLE_LARGE } } };
	OK(&w, sample_aggregate(w.s, &groups, &sum, NULL));
	CHECK_INT(groups.items[0].values[0].as.integer, INT64_MAX);
	rows[1].large = 1;
	OK(&w, sample_update(w.s, &rows[1], SAMPLE_LARGE));
	CHECK_STATUS(sample_aggregate(w.s, &groups, &sum, NULL), TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->message, "sample.large: the sum does not fit 64 bits");
	world_close(&w);
}

/* --- size -------------------------------------------------------------------------------------------- */

static const size_t sizes[] = { 1, 255, 256, 65535, 65536, (1 << 20) + 1, (16 << 20) + 1, 64 << 20 };

/* With time for a busy disk. */
static void open_patient(struct world *w)
{
	world_open(w);
	w->db = world_database(w, (struct trv_options) { .query_ms = 240000 });
	w->s = world_session(w);
}

static void blob_survives(const void *argument)
{
	size_t size = *(const size_t *)argument;
	struct sample rows[3] = { plain_row(), plain_row(), plain_row() };
	struct sample back;
	struct world w;

	open_patient(&w);
	char *data = malloc(size);
	REQUIRE(data);
	fill_random(data, size);
	rows[0].blob = rows[2].blob = (struct trv_bytes) { data, size };
	int r = sample_insert(w.s, &rows[0]);
	if (r >= 0)
		r = sample_insert_many(w.s, rows + 1, 2);
	CHECK_OK(r, trv_error(w.s));
	for (size_t i = 0; i < 3 && r >= 0; i += 2) {
		CHECK_OK(r = sample_get(w.s, &back, rows[i].id), trv_error(w.s));
		if (r >= 0 && CHECK_INT(back.blob.size, size))
			CHECK_BYTES(back.blob.data, data, size);
	}
	free(data);
	world_close(&w);
}

static void text_survives(const void *argument)
{
	size_t size = *(const size_t *)argument;
	struct sample rows[3] = { plain_row(), plain_row(), plain_row() };
	struct sample back;
	struct world w;

	open_patient(&w);
	char *text = malloc(size + 1);
	REQUIRE(text);
	for (size_t i = 0; i < size; i++)
		text[i] = (char)('a' + i % 26);
	text[size] = '\0';
	rows[0].words = rows[2].words = text;
	int r = sample_insert(w.s, &rows[0]);
	if (r >= 0)
		r = sample_insert_many(w.s, rows + 1, 2);
	CHECK_OK(r, trv_error(w.s));
	for (size_t i = 0; i < 3 && r >= 0; i += 2) {
		CHECK_OK(r = sample_get(w.s, &back, rows[i].id), trv_error(w.s));
		if (r >= 0)
			CHECK(strcmp(back.words, text) == 0);
	}
	free(text);
	world_close(&w);
}

__attribute__((constructor)) static void add_sizes(void)
{
	for (size_t i = 0; i < TRV_COUNT_OF(sizes); i++) {
		char sentence[2][96];

		snprintf(sentence[0], sizeof(sentence[0]), "%zu bytes survive an insert and a bulk insert", sizes[i]);
		snprintf(sentence[1], sizeof(sentence[1]), "text of %zu bytes survives an insert and a bulk insert",
		         sizes[i]);
		test_register_row("values", strdup(sentence[0]), blob_survives, &sizes[i]);
		if (sizes[i] <= (1 << 20) + 1)
			test_register_row("values", strdup(sentence[1]), text_survives, &sizes[i]);
	}
}

/* --- nothing, empty and something --------------------------------------------------------------------- */

TEST(values, empty_and_null_are_two_things)
{
	struct sample row = plain_row();
	struct sample back;
	struct world w;

	world_open(&w);
	row.maybe_words = row.maybe_brief = "";
	row.maybe_blob = row.maybe_stamp = (struct trv_bytes) { "", 0 };
	OK(&w, sample_insert(w.s, &row));
	OK(&w, sample_get(w.s, &back, row.id));
	CHECK_STR(back.maybe_words, "");
	CHECK_STR(back.maybe_brief, "");
	CHECK(back.maybe_blob.data && back.maybe_blob.size == 0);
	CHECK(back.maybe_stamp.data && back.maybe_stamp.size == 0);
	CHECK_INT(count_of(&w, sample_maybe_words_is_null()), 0);
	CHECK_INT(count_of(&w, sample_maybe_words(TRV_EQ, "")), 1);
	CHECK_INT(count_of(&w, sample_maybe_blob(TRV_EQ, (struct trv_bytes) { "", 0 })), 1);
	row.maybe_words = NULL;
	row.maybe_blob = (struct trv_bytes) { NULL, 0 };
	OK(&w, sample_update(w.s, &row, SAMPLE_MAYBE_WORDS | SAMPLE_MAYBE_BLOB));
	OK(&w, sample_get(w.s, &back, row.id));
	CHECK(!back.maybe_words && !back.maybe_blob.data);
	CHECK_STR(back.maybe_brief, "");
	CHECK_INT(count_of(&w, sample_maybe_words_is_null()), 1);
	world_close(&w);
}

TEST(values, null_is_refused_as_something_to_compare_with)
{
	struct sample_list list;
	struct world w;

	world_open(&w);
	CHECK_STATUS(sample_find(w.s, &list, &(struct sample_query) { .where = { sample_maybe_words(TRV_EQ, NULL) } }),
	             TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->message, "sample.maybe_words: NULL compares with nothing");
	world_close(&w);
}

/* --- time ------------------------------------------------------------------------------------------------ */

TEST(values, timestamps_are_the_same_instants_in_every_time_zone)
{
	static const int64_t instants[] = { INT64_C(-2717668563000000), -1, 0, INT64_C(1710037800000000),
		                            INT64_C(1730597400123456) };
	struct sample rows[TRV_COUNT_OF(instants)], back;
	struct sample_list list;
	struct world w;

	world_open(&w);
	REQUIRE(trv_native(w.s)); /* keeps the connection, and with it the time zone */
	if (w.quirks->time_zone)
		raw(w.s, w.quirks->time_zone);
	for (size_t i = 0; i < TRV_COUNT_OF(instants); i++) {
		rows[i] = plain_row();
		rows[i].instant = instants[i];
		rows[i].clock = 3600000000;
	}
	OK(&w, sample_insert(w.s, &rows[0]));
	OK(&w, sample_insert_many(w.s, rows + 1, TRV_COUNT_OF(rows) - 1));
	struct trv_session *other = world_session(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(instants); i++) {
		REQUIRE_OK(sample_get(other, &back, rows[i].id), trv_error(other));
		CHECK_INT(back.instant, instants[i]);
		CHECK_INT(back.clock, 3600000000);
		OK(&w, sample_get(w.s, &back, rows[i].id));
		CHECK_INT(back.instant, instants[i]);
		OK(&w, sample_find(w.s, &list,
		                   &(struct sample_query) { .where = { sample_instant(TRV_EQ, instants[i]) } }));
		CHECK_INT(list.count, 1);
	}
	world_close(&w);
}

TEST(values, a_time_zone_is_not_left_to_the_next_session)
{
	struct preset preset = { .note = "now" }, back;
	struct world w;

	world_open(&w);
	REQUIRE(trv_native(w.s));
	if (w.quirks->time_zone)
		raw(w.s, w.quirks->time_zone);
	trv_session_close(world_take(&w));
	w.s = world_session(&w);
	int64_t before = trv_now();
	OK(&w, preset_insert(w.s, &preset));
	OK(&w, preset_get(w.s, &back, preset.id));
	CHECK(back.born >= before && back.born <= trv_now());
	struct author author = { .name = "Ann" };
	struct book book;
	OK(&w, author_insert(w.s, &author));
	raw(w.s, "INSERT INTO book (author_id, title, year, version) SELECT id, 'by the engine', 1, 1 FROM author");
	OK(&w, book_one(w.s, &book, NULL));
	CHECK(book.updated >= before - 1000000 && book.updated <= trv_now() + 1000000);
	world_close(&w);
}

/* --- kept in another way ------------------------------------------------------------------------------------ */

static struct kept kept_row(int i)
{
	return (struct kept) {
		.day = -1 + i,
		.clock = 86399999999 - i,
		.instant = INT64_C(1710037800123456) + i,
		.seconds = INT64_C(-1000000) * (i + 1),
		.millis = INT64_C(1710037800123000) + 1000 * i,
		.micros = -1 - i,
		.julian = 11016 + i,
		.real_ = trv_decimal(1025 + 25 * i, 2),
		.written = trv_decimal(-12345 + i, 4),
		.units = trv_decimal(-1025 - i, 2),
		.yes = i % 2 == 0,
		.maybe = trv_decimal(5, 2),
		.has_maybe = i % 2 == 0,
	};
}

static void check_kept(const struct kept *a, const struct kept *b)
{
	CHECK_INT(a->day, b->day);
	CHECK_INT(a->clock, b->clock);
	CHECK_INT(a->instant, b->instant);
	CHECK_INT(a->seconds, b->seconds);
	CHECK_INT(a->millis, b->millis);
	CHECK_INT(a->micros, b->micros);
	CHECK_INT(a->julian, b->julian);
	CHECK_INT(trv_decimal_compare(&a->real_, &b->real_), 0);
	CHECK_INT(trv_decimal_compare(&a->written, &b->written), 0);
	CHECK_INT(trv_decimal_compare(&a->units, &b->units), 0);
	CHECK_INT(a->yes, b->yes);
	CHECK_INT(a->has_maybe, b->has_maybe);
}

TEST(storage, every_storage_gives_back_what_was_inserted)
{
	struct kept rows[4], back;
	struct world w;

	world_open(&w);
	for (int i = 0; i < 4; i++)
		rows[i] = kept_row(i);
	OK(&w, kept_insert(w.s, &rows[0]));
	OK(&w, kept_insert_many(w.s, rows + 1, 3));
	for (int i = 0; i < 4; i++) {
		struct kept expected = kept_row(i);

		OK(&w, kept_get(w.s, &back, rows[i].id));
		check_kept(&back, &expected);
	}
	world_close(&w);
}

TEST(storage, every_storage_gives_back_what_was_updated)
{
	const uint64_t all = KEPT_DAY | KEPT_CLOCK | KEPT_INSTANT | KEPT_SECONDS | KEPT_MILLIS | KEPT_MICROS |
	                     KEPT_JULIAN | KEPT_REAL_ | KEPT_WRITTEN | KEPT_UNITS | KEPT_YES | KEPT_MAYBE;
	struct kept rows[3], back;
	struct world w;

	world_open(&w);
	for (int i = 0; i < 3; i++)
		rows[i] = kept_row(0);
	OK(&w, kept_insert_many(w.s, rows, 3));
	for (int i = 0; i < 3; i++) {
		struct trv_uuid id = rows[i].id;

		rows[i] = kept_row(i + 1);
		rows[i].id = id;
	}
	OK(&w, kept_update(w.s, &rows[0], all));
	OK(&w, kept_update_many(w.s, rows + 1, 2, all));
	for (int i = 0; i < 3; i++) {
		struct kept expected = kept_row(i + 1);

		OK(&w, kept_get(w.s, &back, rows[i].id));
		check_kept(&back, &expected);
	}
	world_close(&w);
}

TEST(storage, every_storage_is_found_by_its_value)
{
	struct kept rows[3];
	struct world w;

	world_open(&w);
	for (int i = 0; i < 3; i++)
		rows[i] = kept_row(i);
	OK(&w, kept_insert_many(w.s, rows, 3));
	const struct kept_expr exprs[] = {
		kept_id(TRV_EQ, rows[1].id),
		kept_day(TRV_EQ, rows[1].day),
		kept_clock(TRV_EQ, rows[1].clock),
		kept_instant(TRV_EQ, rows[1].instant),
		kept_seconds(TRV_EQ, rows[1].seconds),
		kept_millis(TRV_EQ, rows[1].millis),
		kept_micros(TRV_EQ, rows[1].micros),
		kept_julian(TRV_EQ, rows[1].julian),
		kept_real_(TRV_EQ, rows[1].real_),
		kept_written(TRV_EQ, rows[1].written),
		kept_units(TRV_EQ, rows[1].units),
		kept_yes(TRV_EQ, false),
		kept_id_in(&rows[1].id, 1),
		kept_day_in(&rows[1].day, 1),
		kept_millis_in(&rows[1].millis, 1),
		kept_units_in(&rows[1].units, 1),
	};
	for (size_t i = 0; i < TRV_COUNT_OF(exprs); i++) {
		uint64_t count = 0;

		OK(&w, kept_count(w.s, &count, &(struct kept_query) { .where = { exprs[i] } }));
		if (!CHECK_INT(count, 1))
			test_note("predicate %zu", i);
	}
	world_close(&w);
}

TEST(storage, ten_thousand_rows_of_every_storage_are_inserted)
{
	enum {
		MANY = 10000
	};
	struct kept_list list;
	size_t right = 0;
	struct world w;

	world_open(&w);
	struct kept *rows = trv_arena_zero(trv_session_arena(w.s), MANY, sizeof(*rows));
	REQUIRE(rows);
	for (int i = 0; i < MANY; i++)
		rows[i] = kept_row(i);
	OK(&w, kept_insert_many(w.s, rows, MANY));
	OK(&w, kept_find(w.s, &list, &(struct kept_query) { .order_by = { kept_by_day(TRV_ASC) } }));
	REQUIRE(list.count == MANY);
	for (int i = 0; i < MANY; i++)
		right += list.items[i].micros == -1 - i && memcmp(&list.items[i].id, &rows[i].id, 16) == 0;
	CHECK_INT(right, MANY);
	world_close(&w);
}

TEST(storage, rows_whose_key_is_kept_as_text_load_their_relations)
{
	struct kept parent = kept_row(0), children[3];
	struct kept_list list;
	struct world w;

	world_open(&w);
	OK(&w, kept_insert(w.s, &parent));
	for (int i = 0; i < 3; i++) {
		children[i] = kept_row(i);
		children[i].parent_id = parent.id;
		children[i].has_parent_id = true;
	}
	OK(&w, kept_insert_many(w.s, children, 3));
	OK(&w, kept_find(w.s, &list,
	                 &(struct kept_query) { .where = { kept_parent_id_is_null() },
	                                        .children = &(struct kept_query) { .how = TRV_SELECTIN } }));
	REQUIRE(list.count == 1);
	CHECK_INT(list.items[0].children->count, 3);
	world_close(&w);
}
