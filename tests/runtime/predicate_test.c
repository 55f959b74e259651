/* Every operator on every type, on the nullable columns of `sample`. */
#include "fixture.h"

#define FIRST_MAYBE 16
#define LAST_MAYBE 30
#define ROWS 3 /* with values; a fourth has nothing but nulls */

/* Three values of each type in ascending order; bools and enums have but two. */
static struct sample values[ROWS];

static struct sample with_required(struct sample row)
{
	row.words = "w";
	row.blob = (struct trv_bytes) { "b", 1 };
	row.extra = "{}";
	return row;
}

static struct trv_decimal decimal(const char *text)
{
	struct trv_decimal value = { 0, 0, 0, 0 };

	CHECK_OK(trv_decimal_parse(&value, text), NULL);
	return value;
}

static void set_numbers(struct sample *row, int i)
{
	static const int16_t small[] = { INT16_MIN, -1, INT16_MAX };
	static const int32_t medium[] = { INT32_MIN, 7, INT32_MAX };
	static const int64_t large[] = { INT64_MIN, 0, INT64_MAX };
	static const float single[] = { -1.5f, 0.1f, 3e38f };
	static const double number[] = { -1e300, 1e-300, 0.1 };
	static const char *const exact[] = { "-12345678901234567890.0123456789", "9.5", "10.25" };

	row->maybe_small = small[i];
	row->maybe_medium = medium[i];
	row->maybe_large = large[i];
	row->maybe_single = single[i];
	row->maybe_double = number[i];
	row->maybe_exact = decimal(exact[i]);
}

static void set_rest(struct sample *row, int i)
{
	static const char *const words[] = { "Zebra", "apple", "\xc3\xa9t\xc3\xa9" };
	static const struct trv_bytes blobs[] = { { "\0", 1 }, { "\0\1", 2 }, { "\xff", 1 } };
	static const int32_t days[] = { -719162, 0, 20000 };
	static const int64_t clocks[] = { 0, 1, INT64_C(86399999999) };
	static const int64_t instants[] = { -1, 0, INT64_C(1700000000123456) };
	static const char *const extras[] = { "1", "[2]", "{\"three\":3}" };

	row->maybe_yes = i > 0;
	row->maybe_words = words[i];
	row->maybe_blob = blobs[i];
	row->maybe_day = days[i];
	row->maybe_clock = clocks[i];
	row->maybe_instant = instants[i];
	row->maybe_token.bytes[0] = (uint8_t)(i * 127);
	row->maybe_token.bytes[15] = 1;
	row->maybe_extra = extras[i];
	row->maybe_colour = i > 0 ? SHADE_DARK : SHADE_LIGHT;
}

static void set_present(struct sample *row)
{
	for (size_t i = FIRST_MAYBE; i <= LAST_MAYBE; i++)
		if (sample_model.columns[i].has_offset)
			*((bool *)row + sample_model.columns[i].has_offset) = true;
}

static void open_samples(struct world *w)
{
	world_open_empty(w);
	for (int i = 0; i < ROWS; i++) {
		values[i] = with_required((struct sample) { .id = i + 1 });
		set_numbers(&values[i], i);
		set_rest(&values[i], i);
		set_present(&values[i]);
		OK(w, sample_insert(w->s, &values[i]));
	}
	struct sample nothing = with_required((struct sample) { .id = ROWS + 1 });
	OK(w, sample_insert(w->s, &nothing));
}

static const void *member(size_t column, int row)
{
	return (const char *)&values[row] + sample_model.columns[column].offset;
}

static int64_t integer_of(enum trv_type type, const void *at)
{
	switch (type) {
	case TRV_INT16:
		return *(const int16_t *)at;
	case TRV_INT32:
	case TRV_DATE:
	case TRV_ENUM:
		return *(const int32_t *)at;
	default:
		return *(const int64_t *)at;
	}
}

static struct trv_expr compare(size_t column, enum trv_operator operation, int row)
{
	const void *at = member(column, row);
	uint16_t c = (uint16_t)column;

	switch (sample_model.columns[column].type) {
	case TRV_BOOL:
		return trv_expr_bool(c, operation, *(const bool *)at);
	case TRV_FLOAT32:
		return trv_expr_double(c, operation, (double)*(const float *)at);
	case TRV_FLOAT64:
		return trv_expr_double(c, operation, *(const double *)at);
	case TRV_DECIMAL:
		return trv_expr_decimal(c, operation, *(const struct trv_decimal *)at);
	case TRV_TEXT:
	case TRV_JSON:
		return trv_expr_text(c, operation, *(const char *const *)at);
	case TRV_BYTES:
		return trv_expr_bytes(c, operation, *(const struct trv_bytes *)at);
	case TRV_UUID:
		return trv_expr_uuid(c, operation, *(const struct trv_uuid *)at);
	default:
		return trv_expr_int(c, operation, integer_of(sample_model.columns[column].type, at));
	}
}

/* Bit i: row i is found; bit ROWS: the one of nulls. */
static unsigned found_by(struct world *w, struct trv_expr expr)
{
	struct sample_list list = { NULL, 0 };
	unsigned found = 0;

	OK(w, sample_find(w->s, &list, &(struct sample_query) { .where = { { expr } } }));
	for (size_t i = 0; i < list.count; i++)
		found |= 1u << (list.items[i].id - 1);
	return found;
}

static int rank(enum trv_type type, int row)
{
	return type == TRV_BOOL || type == TRV_ENUM ? row > 0 : row;
}

static bool holds(enum trv_operator operation, int a, int b)
{
	switch (operation) {
	case TRV_EQ:
		return a == b;
	case TRV_NE:
		return a != b;
	case TRV_LT:
		return a < b;
	case TRV_LE:
		return a <= b;
	case TRV_GT:
		return a > b;
	default:
		return a >= b;
	}
}

static unsigned expected_by(enum trv_type type, enum trv_operator operation, int row)
{
	unsigned expected = 0;

	for (int i = 0; i < ROWS; i++)
		if (holds(operation, rank(type, i), rank(type, row)))
			expected |= 1u << i;
	return expected;
}

static bool has_order(enum trv_type type)
{
	return type != TRV_JSON && type != TRV_ENUM;
}

TEST(predicate, every_comparison_on_every_type)
{
	struct world w;

	open_samples(&w);
	for (size_t column = FIRST_MAYBE; column <= LAST_MAYBE; column++) {
		enum trv_type type = sample_model.columns[column].type;
		enum trv_operator last = has_order(type) ? TRV_GE : TRV_NE;

		if (type == TRV_JSON)
			continue;
		for (enum trv_operator operation = TRV_EQ; operation <= last; operation++)
			for (int row = 0; row < ROWS; row++)
				if (!CHECK_INT(found_by(&w, compare(column, operation, row)),
				               expected_by(type, operation, row)))
					test_note("%s, operator %d, value %d", sample_model.columns[column].member,
					          (int)operation, row);
	}
	world_close(&w);
}

TEST(predicate, a_negated_comparison_leaves_nulls_out_too)
{
	struct world w;

	open_samples(&w);
	for (size_t column = FIRST_MAYBE; column <= LAST_MAYBE; column++) {
		struct trv_expr expr = compare(column, TRV_EQ, 0);

		if (sample_model.columns[column].type == TRV_JSON)
			continue;
		expr.negated = true;
		CHECK_INT(found_by(&w, expr), expected_by(sample_model.columns[column].type, TRV_NE, 0));
	}
	world_close(&w);
}

TEST(predicate, lists_of_every_type)
{
	struct world w;

	open_samples(&w);
	for (size_t column = FIRST_MAYBE; column <= LAST_MAYBE; column++) {
		const struct trv_column *description = &sample_model.columns[column];
		size_t size = trv_type_size(description->type);
		_Alignas(16) char list[ROWS * 64];

		if (description->type == TRV_JSON)
			continue;
		memcpy(list, member(column, 0), size);
		memcpy(list + size, member(column, 2), size);
		memcpy(list + 2 * size, member(column, 2), size);
		struct trv_expr in = trv_expr_list(TRV_EXPR_IN, (uint16_t)column, list, 3);
		bool two = rank(description->type, 2) == 1;
		if (!CHECK_INT(found_by(&w, in), two ? 7 : 5))
			test_note("%s", description->member);
		in.negated = true;
		CHECK_INT(found_by(&w, in), two ? 0 : 2);
		in.as.list.count = 0;
		CHECK_INT(found_by(&w, in), 15);
		in.negated = false;
		CHECK_INT(found_by(&w, in), 0);
	}
	world_close(&w);
}

TEST(predicate, null_and_not_null_of_every_type)
{
	struct world w;

	open_samples(&w);
	for (size_t column = FIRST_MAYBE; column <= LAST_MAYBE; column++) {
		CHECK_INT(found_by(&w, trv_expr_null((uint16_t)column, false)), 8);
		CHECK_INT(found_by(&w, trv_expr_null((uint16_t)column, true)), 7);
	}
	CHECK_INT(found_by(&w, sample_not(sample_maybe_day_is_null()).expr), 7);
	CHECK_INT(found_by(&w, sample_not(sample_maybe_day_is_not_null()).expr), 8);
	world_close(&w);
}

TEST(predicate, operators_that_a_type_does_not_have_are_refused)
{
	struct world w;

	open_samples(&w);
	for (size_t column = FIRST_MAYBE; column <= LAST_MAYBE; column++) {
		const struct trv_column *description = &sample_model.columns[column];
		struct sample_list list = { NULL, 77 };
		enum trv_operator first = description->type == TRV_TEXT ? TRV_CONTAINS + 1 : TRV_LIKE;

		if (description->type == TRV_JSON)
			first = TRV_EQ;
		if (!has_order(description->type))
			CHECK_STATUS(
				sample_find(w.s, &list,
			                    &(struct sample_query) { .where = { { compare(column, TRV_LT, 0) } } }),
				TRV_ERR_MISUSE);
		for (enum trv_operator operation = first; operation <= TRV_CONTAINS + 1; operation++) {
			CHECK_STATUS(
				sample_find(w.s, &list,
			                    &(struct sample_query) { .where = { { compare(column, operation, 0) } } }),
				TRV_ERR_MISUSE);
			CHECK_CONTAINS(trv_error(w.s)->message, description->member);
		}
		CHECK_INT(list.count, 77);
	}
	world_close(&w);
}

TEST(predicate, a_number_out_of_the_columns_range_equals_nothing)
{
	struct world w;
	uint64_t count = 0;

	open_samples(&w);
	struct trv_expr over = trv_expr_int(17, TRV_LT, 40000);
	OK(&w, sample_count(w.s, &count, &(struct sample_query) { .where = { { over } } }));
	CHECK_INT(count, 3);
	over.operation = TRV_EQ;
	OK(&w, sample_count(w.s, &count, &(struct sample_query) { .where = { { over } } }));
	CHECK_INT(count, 0);
	world_close(&w);
}

TEST(predicate, a_null_value_is_refused_with_the_way_out)
{
	struct world w;
	struct sample_list list;
	const char *words[] = { "apple", NULL };

	open_samples(&w);
	REQUIRE_STATUS(
		sample_find(w.s, &list, &(struct sample_query) { .where = { sample_maybe_words(TRV_EQ, NULL) } }),
		TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->message, "sample.maybe_words: NULL compares with nothing");
	CHECK_CONTAINS(trv_error(w.s)->hint, "sample_maybe_words_is_null()");
	REQUIRE_STATUS(sample_find(w.s, &list, &(struct sample_query) { .where = { sample_maybe_words_in(words, 2) } }),
	               TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->message, "sample.maybe_words: NULL compares with nothing");
	REQUIRE_STATUS(sample_find(w.s, &list,
	                           &(struct sample_query) {
					   .where = { sample_maybe_blob(TRV_EQ, (struct trv_bytes) { NULL, 0 }) } }),
	               TRV_ERR_VALUE);
	world_close(&w);
}

TEST(predicate, values_are_checked_in_comparisons_and_lists_alike)
{
	struct world w;
	uint64_t count = 77;
	static const char *const bad[] = { "\xff" };
	static char longer[301];
	const char *lists[] = { longer };

	world_open(&w);
	memset(longer, 'x', 300);
	CHECK_STATUS(task_count(w.s, &count, &(struct task_query) { .where = { task_title(TRV_EQ, bad[0]) } }),
	             TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->message, "task.title: the text is not valid UTF-8");
	CHECK_STATUS(task_count(w.s, &count, &(struct task_query) { .where = { task_title_in(bad, 1) } }),
	             TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->message, "task.title: the text is not valid UTF-8");
	CHECK_STATUS(
		task_count(w.s, &count, &(struct task_query) { .where = { task_state(TRV_EQ, (enum task_state)3) } }),
		TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->message, "task.state: 3 is no value of enum 'task_state'");
	CHECK_STATUS(task_count(w.s, &count,
	                        &(struct task_query) {
					.where = { task_state_in((enum task_state[]) { (enum task_state) - 1 }, 1) } }),
	             TRV_ERR_VALUE);
	CHECK_INT(count, 77);
	/* longer than the column can hold: simply not there */
	OK(&w, task_count(w.s, &count, &(struct task_query) { .where = { task_title(TRV_EQ, longer) } }));
	CHECK_INT(count, 0);
	OK(&w, task_count(w.s, &count, &(struct task_query) { .where = { task_title_in(lists, 1) } }));
	CHECK_INT(count, 0);
	world_close(&w);
}

/* --- patterns ------------------------------------------------------------------------------------- */

static const char *const texts[] = { "100%", "100x", "a_b", "axb", "c\\d", "cd", "Apple", "apple", "", "%" };

static void open_texts(struct world *w)
{
	world_open_empty(w);
	for (size_t i = 0; i < TRV_COUNT_OF(texts); i++) {
		struct sample row = with_required((struct sample) { .id = (int64_t)i + 1, .maybe_words = texts[i] });

		OK(w, sample_insert(w->s, &row));
	}
}

static const char *matching(struct world *w, struct sample_expr expr)
{
	static char found[4][256];
	static unsigned next;
	struct sample_list list;
	char *text = found[next++ % 4];

	text[0] = '\0';
	OK(w, sample_find(w->s, &list,
	                  &(struct sample_query) { .where = { expr }, .order_by = { sample_by_id(TRV_ASC) } }));
	for (size_t i = 0; i < list.count; i++)
		snprintf(text + strlen(text), 256 - strlen(text), "<%s>", list.items[i].maybe_words);
	return text;
}

TEST(predicate, like_has_two_wildcards_and_an_escape_and_minds_case)
{
	static const struct {
		const char *pattern, *expected;
	} cases[] = {
		{ "100%", "<100%><100x>" },
		{ "100\\%", "<100%>" },
		{ "a_b", "<a_b><axb>" },
		{ "a\\_b", "<a_b>" },
		{ "c\\\\d", "<c\\d>" },
		{ "apple", "<apple>" },
		{ "A%", "<Apple>" },
		{ "", "<>" },
		{ "_", "<%>" },
		{ "%d", "<c\\d><cd>" },
		{ "%p%l%", "<Apple><apple>" },
		{ "' OR 1=1 --", "" },
	};
	struct world w;

	open_texts(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++)
		CHECK_STR(matching(&w, sample_maybe_words(TRV_LIKE, cases[i].pattern)), cases[i].expected);
	CHECK_STR(matching(&w, sample_maybe_words(TRV_NOT_LIKE, "%_%")), "<>");
	CHECK_STR(matching(&w, sample_not(sample_maybe_words(TRV_NOT_LIKE, "100%"))), "<100%><100x>");
	world_close(&w);
}

TEST(predicate, starts_ends_and_contains_take_their_value_as_it_stands)
{
	struct world w;

	open_texts(&w);
	CHECK_STR(matching(&w, sample_maybe_words(TRV_STARTS, "100%")), "<100%>");
	CHECK_STR(matching(&w, sample_maybe_words(TRV_STARTS, "a")), "<a_b><axb><apple>");
	CHECK_STR(matching(&w, sample_maybe_words(TRV_ENDS, "%")), "<100%><%>");
	CHECK_STR(matching(&w, sample_maybe_words(TRV_ENDS, "b")), "<a_b><axb>");
	CHECK_STR(matching(&w, sample_maybe_words(TRV_CONTAINS, "_")), "<a_b>");
	CHECK_STR(matching(&w, sample_maybe_words(TRV_CONTAINS, "\\")), "<c\\d>");
	CHECK_STR(matching(&w, sample_maybe_words(TRV_CONTAINS, "ppl")), "<Apple><apple>");
	CHECK_STR(matching(&w, sample_maybe_words(TRV_ENDS, "e")), "<Apple><apple>");
	world_close(&w);
}

TEST(predicate, comparison_of_text_is_binary)
{
	struct world w;

	open_texts(&w);
	CHECK_STR(matching(&w, sample_maybe_words(TRV_EQ, "APPLE")), "");
	CHECK_STR(matching(&w, sample_maybe_words(TRV_GE, "a")), "<a_b><axb><c\\d><cd><apple>");
	CHECK_STR(matching(&w, sample_maybe_words(TRV_EQ, "")), "<>");
	CHECK_STR(matching(&w, sample_maybe_words(TRV_EQ, "100% ")), "");
	world_close(&w);
}

/* --- combinations --------------------------------------------------------------------------------------- */

static const char *tasks_where(struct world *w, struct task_expr expr)
{
	struct task_list list;

	OK(w, task_find(w->s, &list, &(struct task_query) { .where = { expr }, .order_by = { task_by_id(TRV_ASC) } }));
	return names_of_list(w, &list);
}

TEST(predicate, any_all_and_not_nest)
{
	struct world w;

	world_open(&w);
	CHECK_STR(tasks_where(&w, task_any(task_title(TRV_EQ, "t1"), task_title(TRV_EQ, "t3"))), "t1 t3");
	CHECK_STR(tasks_where(&w, task_all(task_priority(TRV_EQ, 1), task_state(TRV_EQ, TASK_DONE))), "t5");
	CHECK_STR(tasks_where(&w, task_not(task_any(task_priority(TRV_LE, 4), task_title(TRV_EQ, "t4")))), "t9");
	CHECK_STR(tasks_where(&w, task_any(task_all(task_priority(TRV_EQ, 1), task_not(task_state(TRV_EQ, TASK_OPEN))),
	                                   task_all(task_parent_id_is_null(), task_assignee_id_is_null()))),
	          "t5 t7 t10");
	CHECK_STR(tasks_where(&w, task_not(task_not(task_title(TRV_EQ, "t1")))), "t1");
	CHECK_STR(tasks_where(&w, task_any_of(NULL, 0)), "");
	CHECK_STR(tasks_where(&w, task_not(task_all_of(NULL, 0))), "");
	CHECK_STR(tasks_where(&w, task_all_of(NULL, 0)), "t0 t1 t2 t3 t4 t5 t6 t7 t8 t9 t10 t11");
	world_close(&w);
}

TEST(predicate, eight_terms_and_more_by_nesting)
{
	struct world w;
	struct task_list list;

	world_open(&w);
	OK(&w, task_find(w.s, &list,
	                 &(struct task_query) { .where = { task_id(TRV_GT, 0), task_id(TRV_LT, 99999),
	                                                   task_title(TRV_NE, "t0"), task_title(TRV_NE, "t1"),
	                                                   task_title(TRV_NE, "t2"), task_title(TRV_NE, "t3"),
	                                                   task_title(TRV_NE, "t4"),
	                                                   task_all(task_title(TRV_NE, "t5"), task_title(TRV_NE, "t6"),
	                                                            task_title(TRV_NE, "t7"), task_title(TRV_NE, "t8"),
	                                                            task_title(TRV_NE, "t9")) },
	                                        .order_by = { task_by_id(TRV_ASC) } }));
	CHECK_STR(names_of_list(&w, &list), "t10 t11");
	world_close(&w);
}

TEST(predicate, existence_over_every_kind_of_relation)
{
	struct world w;

	world_open(&w);
	CHECK_STR(tasks_where(&w, task_has_parent(NULL)), "t1 t2 t3 t4 t5 t6 t9");
	CHECK_STR(tasks_where(&w, task_has_parent(&(struct task_query) { .where = { task_title(TRV_EQ, "t1") } })),
	          "t3 t4");
	CHECK_STR(
		tasks_where(&w, task_has_assignee(&(struct person_query) { .where = { person_name(TRV_EQ, "Ann") } })),
		"t0 t5 t8");
	CHECK_STR(tasks_where(&w, task_not(task_has_assignee(NULL))), "t4 t7");
	CHECK_STR(tasks_where(&w, task_has_children(NULL)), "t0 t1 t3 t5 t8");
	CHECK_STR(tasks_where(&w, task_has_tags(NULL)), "t0 t1 t2 t5 t8 t11");
	CHECK_STR(tasks_where(&w, task_not(task_has_tags(NULL))), "t3 t4 t6 t7 t9 t10");
	CHECK_STR(tasks_where(&w, task_has_needs(&(struct task_query) { .where = { task_title(TRV_EQ, "t7") } })),
	          "t0");
	world_close(&w);
}

TEST(predicate, existence_nests_through_a_model_and_back)
{
	struct world w;

	world_open(&w);
	/* tasks whose parent has a child that is tagged blue */
	CHECK_STR(tasks_where(&w, task_has_parent(&(struct task_query) {
					  .where = { task_has_children(&(struct task_query) {
						  .where = { task_has_tags(&(struct tag_query) {
							  .where = { tag_name(TRV_EQ, "blue") } }) } }) } })),
	          "t1 t2 t5");
	/* tasks of projects that somebody takes part in who is led by ann */
	CHECK_STR(tasks_where(&w, task_has_project(&(struct project_query) {
					  .where = { project_has_members(&(struct person_query) {
						  .where = { person_has_boss(&(struct person_query) {
							  .where = { person_name(TRV_EQ, "Bob") } }) } }) } })),
	          "t10 t11");
	world_close(&w);
}

TEST(predicate, raw_sql_takes_members_and_values)
{
	struct world w;
	struct trv_value two[] = { trv_int(2), trv_text("t1") };
	struct task_list list;

	world_open(&w);
	CHECK_STR(tasks_where(&w, task_where_sql("{priority} + 1 > ? AND {title} = ?", two, 2)), "t1");
	CHECK_STR(tasks_where(&w, task_not(task_where_sql("{title} <> 't3?{'", NULL, 0))), "");
	const struct task_query unknown = { .where = { task_where_sql("{nothing} = 1", NULL, 0) } };
	REQUIRE_STATUS(task_find(w.s, &list, &unknown), TRV_ERR_MISUSE);
	CHECK_CONTAINS(trv_error(w.s)->message, "'nothing'");
	const struct task_query few = { .where = { task_where_sql("{id} = ? OR {id} = ?", two, 1) } };
	REQUIRE_STATUS(task_find(w.s, &list, &few), TRV_ERR_MISUSE);
	const struct task_query many = { .where = { task_where_sql("{id} = ?", two, 2) } };
	REQUIRE_STATUS(task_find(w.s, &list, &many), TRV_ERR_MISUSE);
	const struct task_query open = { .where = { task_where_sql("{id = 1", NULL, 0) } };
	REQUIRE_STATUS(task_find(w.s, &list, &open), TRV_ERR_MISUSE);
	const struct task_query wrong = { .where = { task_where_sql("no such thing", NULL, 0) } };
	REQUIRE_STATUS(task_find(w.s, &list, &wrong), TRV_ERR_SQL);
	CHECK_STR(tasks_where(&w, task_title(TRV_EQ, "t1")), "t1");
	world_close(&w);
}

TEST(predicate, long_lists)
{
	struct world w;
	static int64_t ids[20000];
	struct task_list list;

	world_open(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(ids); i++)
		ids[i] = 100000 + (int64_t)i;
	ids[777] = w.tasks[3].id;
	OK(&w, task_find(w.s, &list, &(struct task_query) { .where = { task_id_in(ids, 1000) } }));
	CHECK_STR(names_of_list(&w, &list), "t3");
	const struct task_query longer = { .where = { task_id_in(ids, 20000) } };
	if (world_is("postgresql")) { /* an array has no limit */
		OK(&w, task_find(w.s, &list, &longer));
		CHECK_STR(names_of_list(&w, &list), "t3");
		world_close(&w);
		return;
	}
	REQUIRE_STATUS(task_find(w.s, &list, &longer), TRV_ERR_LIMIT);
	CHECK_CONTAINS(trv_error(w.s)->message, "20000 values in a list");
	world_close(&w);
}
