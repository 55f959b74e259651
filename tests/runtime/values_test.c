/* Every type both ways, at its limits; what is refused, and how that is said. */
#include "fixture.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define FIRST_DAY (-719162)
#define LAST_DAY 2932896

static struct sample plain(void)
{
	return (struct sample) { .words = "", .blob = { "", 0 }, .extra = "null" };
}

static struct trv_decimal decimal(const char *text)
{
	struct trv_decimal value = { 0, 0, 0, 0 };

	CHECK_OK(trv_decimal_parse(&value, text), NULL);
	return value;
}

static struct sample reload(struct world *w, int64_t id)
{
	struct sample row;

	OK(w, sample_get(w->s, &row, id));
	return row;
}

static void check_equal(const struct sample *a, const struct sample *b)
{
	CHECK_INT(a->yes, b->yes);
	CHECK_INT(a->small, b->small);
	CHECK_INT(a->medium, b->medium);
	CHECK_INT(a->large, b->large);
	CHECK(memcmp(&a->single, &b->single, sizeof(a->single)) == 0);
	CHECK(memcmp(&a->double_, &b->double_, sizeof(a->double_)) == 0);
	CHECK_INT(trv_decimal_compare(&a->exact, &b->exact), 0);
	CHECK_INT(a->exact.scale, 10);
	CHECK_STR(a->words, b->words);
	CHECK_INT(a->blob.size, b->blob.size);
	CHECK_BYTES(a->blob.data, b->blob.data, b->blob.size);
	CHECK_INT(a->day, b->day);
	CHECK_INT(a->clock, b->clock);
	CHECK_INT(a->instant, b->instant);
	CHECK_BYTES(&a->token, &b->token, 16);
	CHECK_STR(a->extra, b->extra);
	CHECK_INT(a->colour, b->colour);
}

TEST(values, the_least_of_every_type)
{
	struct world w;

	world_open_empty(&w);
	struct sample row = plain();
	row.small = INT16_MIN;
	row.medium = INT32_MIN;
	row.large = INT64_MIN;
	row.single = -FLT_MAX;
	row.double_ = -DBL_MAX;
	row.exact = decimal("-99999999999999999999.9999999999");
	row.day = FIRST_DAY;
	row.instant = FIRST_DAY * TRV_DAY_MICROSECONDS;
	row.token.bytes[15] = 1;
	OK(&w, sample_insert(w.s, &row));
	struct sample back = reload(&w, row.id);
	check_equal(&back, &row);
	CHECK(back.blob.data != NULL);
	CHECK_STR(raw(&w,
	              "SELECT yes, small, medium, large, exact, words, length(%s), %s, %s, %s, extra, colour, "
	              "maybe_yes FROM sample",
	              "\"blob\"", SQL_DAYS("day"), SQL_CLOCK("clock"), SQL_MICROS("instant")),
	          "0|-32768|-2147483648|-9223372036854775808|-99999999999999999999.9999999999||0|-719162|0|"
	          "-62135596800000000|null|light|~");
	world_close(&w);
}

TEST(values, the_most_of_every_type)
{
	struct world w;

	world_open_empty(&w);
	struct sample row = plain();
	row.yes = true;
	row.small = INT16_MAX;
	row.medium = INT32_MAX;
	row.large = INT64_MAX;
	row.single = FLT_MAX;
	row.double_ = DBL_MAX;
	row.exact = decimal("99999999999999999999.9999999999");
	row.words = "\xf4\x8f\xbf\xbf\xed\x9f\xbf z\xcc\x88";
	row.blob = (struct trv_bytes) { "\0\xff\0", 3 };
	row.day = LAST_DAY;
	row.clock = TRV_DAY_MICROSECONDS - 1;
	row.instant = (LAST_DAY + 1) * TRV_DAY_MICROSECONDS - 1;
	memset(&row.token, 0xff, 16);
	row.extra = "{\"a\":[1,2.50,\"\\u00e9\"],\"b\":null}";
	row.colour = SHADE_DARK;
	OK(&w, sample_insert(w.s, &row));
	struct sample back = reload(&w, row.id);
	check_equal(&back, &row);
	CHECK_STR(
		raw(&w, "SELECT yes, small, medium, large, exact, %s, %s, %s, %s, %s, %s, colour FROM sample",
	            SQL_HEX_TEXT("words"), SQL_HEX_BYTES("\"blob\""), SQL_DAYS("day"), SQL_CLOCK("clock"),
	            SQL_MICROS("instant"), SQL_HEX_UUID("token")),
		"1|32767|2147483647|9223372036854775807|99999999999999999999.9999999999|F48FBFBFED9FBF207ACC88|00FF00|"
		"2932896|86399999999|253402300799999999|FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF|dark");
	world_close(&w);
}

TEST(values, floats_keep_every_bit)
{
	static const double numbers[] = { 0.1, DBL_TRUE_MIN, DBL_MIN, DBL_EPSILON, 1e22, 9007199254740993.0, -1.0 / 3 };
	static const float singles[] = { 0.1f, FLT_TRUE_MIN, FLT_MIN, 16777217.0f, 1e-30f, 3.0f, -1.0f / 3 };
	struct world w;

	world_open_empty(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(numbers); i++) {
		struct sample row = plain();

		row.double_ = numbers[i];
		row.single = singles[i];
		OK(&w, sample_insert(w.s, &row));
		struct sample back = reload(&w, row.id);
		check_equal(&back, &row);
	}
	world_close(&w);
}

TEST(values, minus_zero_is_written_as_zero)
{
	struct world w;

	world_open_empty(&w);
	struct sample row = plain();
	row.double_ = -0.0;
	OK(&w, sample_insert(w.s, &row));
	struct sample back = reload(&w, row.id);
	CHECK_DOUBLE(back.double_, 0.0);
	CHECK(!signbit(back.double_));
	world_close(&w);
}

TEST(values, null_and_empty_are_two_things)
{
	struct world w;

	world_open_empty(&w);
	struct sample row = plain();
	row.maybe_words = "";
	row.maybe_blob = (struct trv_bytes) { "", 0 };
	row.has_maybe_small = row.has_maybe_yes = row.has_maybe_token = true;
	OK(&w, sample_insert(w.s, &row));
	struct sample back = reload(&w, row.id);
	CHECK_STR(back.maybe_words, "");
	CHECK(back.maybe_blob.data && back.maybe_blob.size == 0);
	CHECK(back.has_maybe_small && back.maybe_small == 0);
	CHECK(back.has_maybe_yes && !back.maybe_yes);
	CHECK(back.has_maybe_token && trv_uuid_is_nil(&back.maybe_token));
	CHECK(!back.has_maybe_large && !back.has_maybe_exact && !back.has_maybe_day && !back.has_maybe_colour);
	CHECK(!back.maybe_extra);
	struct sample none = plain();
	OK(&w, sample_insert(w.s, &none));
	back = reload(&w, none.id);
	CHECK(!back.maybe_words && !back.maybe_blob.data && !back.has_maybe_small);
	CHECK_STR(raw(&w, "SELECT maybe_words IS NULL, maybe_blob IS NULL, maybe_small IS NULL, maybe_day IS NULL "
	                  "FROM sample ORDER BY id"),
	          "0|0|0|1\n1|1|1|1");
	world_close(&w);
}

TEST(values, a_value_whose_has_is_false_is_null_whatever_it_holds)
{
	struct world w;

	world_open_empty(&w);
	struct sample row = plain();
	row.maybe_small = 77;
	row.maybe_double = NAN;
	row.maybe_day = INT32_MAX;
	row.maybe_colour = (enum shade)99;
	OK(&w, sample_insert(w.s, &row));
	CHECK_STR(raw(&w, "SELECT maybe_small, maybe_double, maybe_day, maybe_colour FROM sample"), "~|~|~|~");
	world_close(&w);
}

TEST(values, a_megabyte_of_text_and_of_bytes)
{
	size_t size = 1 << 20;
	struct world w;

	world_open_empty(&w);
	char *text = malloc(size + 1);
	REQUIRE(text);
	for (size_t i = 0; i < size; i++)
		text[i] = (char)('a' + test_random() % 26);
	text[size] = '\0';
	struct sample row = plain();
	row.words = text;
	row.blob = (struct trv_bytes) { text, size };
	OK(&w, sample_insert(w.s, &row));
	struct sample back = reload(&w, row.id);
	CHECK_STR(back.words, text);
	CHECK_INT(back.blob.size, size);
	CHECK_BYTES(back.blob.data, text, size);
	CHECK_STR(raw(&w, "SELECT length(words), length(\"blob\") FROM sample"), "1048576|1048576");
	free(text);
	world_close(&w);
}

TEST(values, rows_that_are_written_together_keep_their_own_nulls_and_defaults)
{
	struct sample rows[] = { plain(), plain(), plain() };
	struct world w;

	world_open_empty(&w);
	rows[0].maybe_double = NAN;
	rows[0].maybe_instant = INT64_MAX;
	rows[1].has_maybe_double = rows[1].has_maybe_instant = true;
	rows[1].maybe_double = -0.0;
	rows[1].maybe_instant = 5;
	rows[1].maybe_words = "two";
	rows[1].token = (struct trv_uuid) { { 1, 2, 3 } };
	rows[2].double_ = -0.0;
	OK(&w, sample_insert_many(w.s, rows, TRV_COUNT_OF(rows)));
	for (size_t i = 0; i < TRV_COUNT_OF(rows); i++) {
		struct sample back = reload(&w, rows[i].id);

		CHECK(back.has_maybe_double == (i == 1) && back.has_maybe_instant == (i == 1));
		CHECK(!signbit(back.maybe_double) && !signbit(back.double_));
		CHECK_INT(back.maybe_instant, i == 1 ? 5 : 0);
		CHECK_STR(back.maybe_words ? back.maybe_words : "", i == 1 ? "two" : "");
		CHECK((back.token.bytes[6] >> 4 == 7) == (i != 1));
		CHECK(memcmp(&back.token, &rows[i].token, sizeof(back.token)) == 0);
	}
	world_close(&w);
}

/* --- what is refused ------------------------------------------------------------------------------- */

static void check_refused(struct world *w, struct sample row, int status, const char *message)
{
	struct sample before = row, rows[] = { plain(), plain(), row, plain() }, all_before[TRV_COUNT_OF(rows)];

	CHECK_STATUS(sample_insert(w->s, &row), status);
	CHECK_STR(trv_error(w->s)->message, message);
	CHECK_STR(trv_error(w->s)->table, "sample");
	CHECK(memcmp(&row, &before, sizeof(row)) == 0);
	memcpy(all_before, rows, sizeof(rows));
	CHECK_STATUS(sample_insert_many(w->s, rows, TRV_COUNT_OF(rows)), status);
	CHECK_STR(trv_error(w->s)->message, message);
	CHECK_STR(trv_error(w->s)->table, "sample");
	CHECK(memcmp(rows, all_before, sizeof(rows)) == 0);
}

#define REFUSED(world, expected, member_is)                                                                            \
	do {                                                                                                           \
		struct sample refused = plain();                                                                       \
		refused.member_is;                                                                                     \
		check_refused(world, refused, TRV_ERR_VALUE, expected);                                                \
	} while (0)

TEST(values, what_does_not_fit_is_refused_by_name)
{
	struct world w;

	world_open_empty(&w);
	REFUSED(&w, "sample.words: the text is not valid UTF-8", words = "caf\xe9");
	REFUSED(&w, "sample.words: the text is not valid UTF-8", words = "\xc0\x80"); /* an overlong NUL */
	REFUSED(&w, "sample.words: the text is not valid UTF-8", words = "\xed\xa0\x80"); /* a surrogate */
	REFUSED(&w, "sample.extra: the text is not valid UTF-8", extra = "\"\xff\"");
	REFUSED(&w, "sample.double_: NaN and infinities are refused", double_ = NAN);
	REFUSED(&w, "sample.double_: NaN and infinities are refused", double_ = -INFINITY);
	REFUSED(&w, "sample.single: NaN and infinities are refused", single = INFINITY);
	REFUSED(&w, "sample.exact: 100000000000000000000 does not fit decimal(30,10)",
	        exact = decimal("100000000000000000000"));
	REFUSED(&w, "sample.exact: 0.12345678901 has more than 10 digits behind the point",
	        exact = decimal("0.12345678901"));
	REFUSED(&w, "sample.day: the date is outside the years 1 to 9999", day = FIRST_DAY - 1);
	REFUSED(&w, "sample.day: the date is outside the years 1 to 9999", day = LAST_DAY + 1);
	REFUSED(&w, "sample.clock: the time is not within a day", clock = -1);
	REFUSED(&w, "sample.clock: the time is not within a day", clock = TRV_DAY_MICROSECONDS);
	REFUSED(&w, "sample.instant: the timestamp is outside the years 1 to 9999", instant = INT64_MAX);
	REFUSED(&w, "sample.instant: the timestamp is outside the years 1 to 9999",
	        instant = FIRST_DAY * TRV_DAY_MICROSECONDS - 1);
	REFUSED(&w, "sample.colour: 2 is no value of enum 'shade'", colour = (enum shade)2);
	REFUSED(&w, "sample.colour: -1 is no value of enum 'shade'", colour = (enum shade) - 1);
	CHECK_STR(raw(&w, "SELECT count(*) FROM sample"), "0");
	world_close(&w);
}

TEST(values, what_is_missing_is_refused_by_name)
{
	struct world w;

	world_open_empty(&w);
	struct sample row = plain();
	row.words = NULL;
	check_refused(&w, row, TRV_ERR_NOT_NULL, "sample.words: a value is required");
	row = plain();
	row.blob.data = NULL;
	check_refused(&w, row, TRV_ERR_NOT_NULL, "sample.blob: a value is required");
	row = plain();
	row.extra = NULL;
	check_refused(&w, row, TRV_ERR_NOT_NULL, "sample.extra: a value is required");
	CHECK_STR(trv_error(w.s)->column, "extra");
	CHECK_INT(trv_status_class(TRV_ERR_NOT_NULL), TRV_CLASS_INVALID);
	world_close(&w);
}

TEST(values, json_is_checked_when_it_is_written)
{
	struct world w;

	world_open_empty(&w);
	struct sample row = plain();
	row.extra = "{\"open\":";
	CHECK(sample_insert(w.s, &row) < 0);
	CHECK_STR(raw(&w, "SELECT count(*) FROM sample"), "0");
	world_close(&w);
}

/* n times "é", which is two bytes. */
static const char *accents(size_t n)
{
	static char text[1000];

	for (size_t i = 0; i < n; i++)
		memcpy(text + 2 * i, "\xc3\xa9", 2);
	text[2 * n] = '\0';
	return text;
}

TEST(values, the_length_of_text_is_counted_in_characters)
{
	struct world w;

	world_open(&w);
	struct task task = { .title = accents(200), .project_id = w.projects[ATLAS].id };
	OK(&w, task_insert(w.s, &task));
	CHECK_STR(raw(&w, "SELECT %s FROM task WHERE id = %lld",
	              BY_ENGINE("length(title), length(CAST(title AS BLOB))", "length(title), octet_length(title)",
	                        "char_length(title), length(title)"),
	              (long long)task.id),
	          "200|400");
	task.title = accents(214);
	CHECK_STATUS(task_insert(w.s, &task), TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->message, "task.title: 214 characters, the limit is 200");
	CHECK_STATUS(task_update(w.s, &task, TASK_TITLE), TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->message, "task.title: 214 characters, the limit is 200");
	CHECK_STATUS(task_update_where(w.s, NULL, &task, TASK_TITLE, &(struct task_query) { .all = true }),
	             TRV_ERR_VALUE);
	CHECK_STATUS(task_upsert(w.s, &task, TASK_ID, 0), TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->column, "title");
	CHECK_STR(raw(&w, "SELECT count(*) FROM task"), "13");
	world_close(&w);
}

/* --- secrets ------------------------------------------------------------------------------------------ */

#define CANARY "canary-7f3e@example.org"

static void check_silent(const struct trv_error *error)
{
	const char *texts[] = { error->message, error->detail, error->hint, error->constraint };

	for (size_t i = 0; i < TRV_COUNT_OF(texts); i++)
		if (!CHECK(!strstr(texts[i], "canary")))
			test_note("%s", texts[i]);
}

TEST(values, a_secret_is_in_no_error)
{
	struct world w;
	static char longer[200];

	world_open(&w);
	struct person canary = { .name = "Canary", .email = CANARY };
	OK(&w, person_insert(w.s, &canary));
	struct person twin = { .name = "Twin", .email = CANARY };
	CHECK_STATUS(person_insert(w.s, &twin), TRV_ERR_UNIQUE);
	check_silent(trv_error(w.s));
	twin.name = NULL;
	CHECK(person_insert(w.s, &twin) < 0);
	check_silent(trv_error(w.s));
	snprintf(longer, sizeof(longer), "%s%0150d", CANARY, 0);
	twin = (struct person) { .name = "Twin", .email = longer };
	CHECK_STATUS(person_insert(w.s, &twin), TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->message, "person.email: 173 characters, the limit is 100");
	check_silent(trv_error(w.s));
	twin.email = CANARY "\xff";
	CHECK_STATUS(person_insert(w.s, &twin), TRV_ERR_VALUE);
	check_silent(trv_error(w.s));
	struct person_list list;
	const struct trv_value value = trv_text(CANARY);
	const struct person_query bad = { .where = { person_where_sql("{email} = ? AND nonsense(1)", &value, 1) } };
	CHECK(person_find(w.s, &list, &bad) < 0);
	check_silent(trv_error(w.s));
	world_close(&w);
}

/* --- data that somebody else wrote ------------------------------------------------------------------------- */

static void check_stored(struct world *w, const char *set, const char *message)
{
	struct person person = { .name = "untouched" };

	raw(w, "UPDATE person SET %s WHERE name = 'Eve'", set);
	CHECK_STATUS(person_one(w->s, &person, &(struct person_query) { .where = { person_name(TRV_EQ, "Eve") } }),
	             TRV_ERR_DATA);
	CHECK_CONTAINS(trv_error(w->s)->message, message);
	CHECK_STR(person.name, "untouched");
}

TEST(values, stored_values_that_do_not_fit_their_type_are_an_error)
{
	struct world w;
	struct project_list list = { NULL, 77 };

	if (!world_is("sqlite"))
		SKIP("a server keeps no value that does not fit its column's type");
	world_open(&w);
	check_stored(&w, "age = 40000", "person.age");
	raw(&w, "UPDATE person SET age = 4 WHERE name = 'Eve'");
	check_stored(&w, "email = CAST(x'ff' AS TEXT)", "person.email");
	raw(&w, "UPDATE project SET status = 'asleep' WHERE name = 'delos'");
	CHECK_STATUS(project_find(w.s, &list, NULL), TRV_ERR_DATA);
	CHECK_CONTAINS(trv_error(w.s)->message, "project.status");
	CHECK_INT(list.count, 77);
	world_close(&w);
}
