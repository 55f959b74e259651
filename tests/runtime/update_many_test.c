/* Updates of so many rows that they go by other statements than a few do, on both sides of where that begins. */
#include "fixture.h"

#include <float.h>
#include <stdio.h>

#define MOST 700

#define WRITTEN                                                                                                        \
	(SAMPLE_MAYBE_YES | SAMPLE_MAYBE_SMALL | SAMPLE_MAYBE_MEDIUM | SAMPLE_MAYBE_LARGE | SAMPLE_MAYBE_SINGLE |      \
	 SAMPLE_MAYBE_DOUBLE | SAMPLE_MAYBE_EXACT | SAMPLE_MAYBE_DAY | SAMPLE_MAYBE_CLOCK | SAMPLE_MAYBE_INSTANT |     \
	 SAMPLE_MAYBE_TOKEN | SAMPLE_MAYBE_COLOUR)

static struct sample samples[MOST];

static void make_samples(struct world *w)
{
	world_open_empty(w);
	for (size_t i = 0; i < MOST; i++)
		samples[i] = (struct sample) { .words = "", .blob = { "", 0 }, .extra = "null" };
	OK(w, sample_insert_many(w->s, samples, MOST));
}

/* Null in some rows, the first of them now and then, and far from zero in others; `turn` changes all. */
static void change(struct sample *row, size_t i, size_t turn)
{
	bool there = (i + turn) % 3 != 0, large = (i + turn) % 7 == 1;
	int64_t number = (int64_t)(i * 31 + turn * 1009);

	row->has_maybe_yes = row->has_maybe_small = row->has_maybe_medium = row->has_maybe_large = there;
	row->has_maybe_single = row->has_maybe_double = row->has_maybe_exact = row->has_maybe_day = there;
	row->has_maybe_clock = row->has_maybe_instant = row->has_maybe_token = row->has_maybe_colour = there;
	row->maybe_yes = there && number % 2;
	row->maybe_small = (int16_t)(!there ? 0 : large ? INT16_MIN : number % 1000);
	row->maybe_medium = (int32_t)(!there ? 0 : large ? INT32_MAX : -number);
	row->maybe_large = !there ? 0 : large ? INT64_MIN : number;
	row->maybe_single = !there ? 0 : large ? FLT_MAX : (float)number / 7;
	row->maybe_double = !there ? 0 : large ? -DBL_MAX : (double)number / 7;
	row->maybe_exact = trv_decimal(!there ? 0 : large ? INT64_MAX : number, 10);
	row->maybe_day = (int32_t)(!there ? 0 : large ? 2932896 : number);
	row->maybe_clock = !there ? 0 : large ? TRV_DAY_MICROSECONDS - 1 : number;
	row->maybe_instant = !there ? 0 : large ? -1 : number * 1000003;
	memset(&row->maybe_token, there ? (int)(number % 255 + 1) : 0, sizeof(row->maybe_token));
	row->maybe_colour = there && large ? SHADE_DARK : SHADE_LIGHT;
}

static void check_same(const struct sample *a, const struct sample *b)
{
	CHECK_INT(a->id, b->id);
	CHECK_INT(a->has_maybe_yes, b->has_maybe_yes);
	CHECK_INT(a->has_maybe_single, b->has_maybe_single);
	CHECK_INT(a->has_maybe_colour, b->has_maybe_colour);
	CHECK_INT(a->maybe_yes, b->maybe_yes);
	CHECK_INT(a->maybe_small, b->maybe_small);
	CHECK_INT(a->maybe_medium, b->maybe_medium);
	CHECK_INT(a->maybe_large, b->maybe_large);
	CHECK(memcmp(&a->maybe_single, &b->maybe_single, sizeof(a->maybe_single)) == 0);
	CHECK(memcmp(&a->maybe_double, &b->maybe_double, sizeof(a->maybe_double)) == 0);
	CHECK_INT(trv_decimal_compare(&a->maybe_exact, &b->maybe_exact), 0);
	CHECK_INT(a->maybe_day, b->maybe_day);
	CHECK_INT(a->maybe_clock, b->maybe_clock);
	CHECK_INT(a->maybe_instant, b->maybe_instant);
	CHECK_BYTES(&a->maybe_token, &b->maybe_token, 16);
	CHECK_INT(a->maybe_colour, b->maybe_colour);
}

TEST(update_many, values_of_every_type_arrive_however_many_rows_there_are)
{
	static const size_t counts[] = { 2, 127, 128, 129, 300, 511, 512, 513, 640, MOST };
	struct world w;

	make_samples(&w);
	for (size_t turn = 0; turn < TRV_COUNT_OF(counts); turn++) {
		struct sample_list found;

		for (size_t i = 0; i < counts[turn]; i++)
			change(&samples[i], i, turn);
		OK(&w, sample_update_many(w.s, samples, counts[turn], WRITTEN));
		struct trv_mark mark = trv_mark(w.s);
		OK(&w, sample_find(w.s, &found, &(struct sample_query) { .order_by = { sample_by_id(TRV_ASC) } }));
		REQUIRE(found.count == MOST);
		for (size_t i = 0; i < MOST; i++)
			check_same(&found.items[i], &samples[i]);
		trv_rewind(w.s, mark);
	}
	world_close(&w);
}

TEST(update_many, so_many_statements_are_sent)
{
	struct world w;

	make_samples(&w);
	/* each length once before: a statement is prepared when it is sent first, and that is no statement */
	OK(&w, sample_update_many(w.s, samples, MOST, SAMPLE_MEDIUM));
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, sample_update_many(w.s, samples, 127, SAMPLE_MEDIUM));
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, sample_update_many(w.s, samples, 128, SAMPLE_MEDIUM));
	/* 512, 128 and the other 60 */
	ASSERT_STATEMENTS(w.s, BY_ENGINE(1u, 1u, 3u))
	OK(&w, sample_update_many(w.s, samples, MOST, SAMPLE_MEDIUM));
	CHECK_CONTAINS(last_statement(w.s), "UPDATE");
	/* text without a limit would take the server's table of values from memory */
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, sample_update_many(w.s, samples, MOST, SAMPLE_WORDS));
	world_close(&w);
}

TEST(update_many, a_row_that_is_named_twice_has_the_later_values)
{
	struct world w;

	make_samples(&w);
	for (size_t i = 0; i < 200; i++)
		samples[i].medium = (int32_t)i;
	samples[150].id = samples[3].id;
	OK(&w, sample_update_many(w.s, samples, 200, SAMPLE_MEDIUM));
	CHECK_STR(raw(&w, "SELECT medium FROM sample WHERE id = %lld", (long long)samples[3].id), "150");
	CHECK_STR(raw(&w, "SELECT count(*) FROM sample WHERE medium > 0"), "198");
	world_close(&w);
}

TEST(update_many, a_row_that_is_not_there_undoes_all)
{
	struct world w;

	make_samples(&w);
	for (size_t i = 0; i < 600; i++)
		samples[i].medium = 7;
	samples[599].id = 999999;
	REQUIRE_STATUS(sample_update_many(w.s, samples, 600, SAMPLE_MEDIUM), TRV_ERR_NOT_FOUND);
	CHECK_STR(raw(&w, "SELECT count(*) FROM sample WHERE medium = 7"), "0");
	samples[599].id = samples[598].id + 1;
	samples[100].id = 999999;
	REQUIRE_STATUS(sample_update_many(w.s, samples, 600, SAMPLE_MEDIUM), TRV_ERR_NOT_FOUND);
	CHECK_STR(raw(&w, "SELECT count(*) FROM sample WHERE medium = 7"), "0");
	world_close(&w);
}

TEST(update_many, versions_are_compared_and_go_on_in_each_row)
{
	static struct task tasks[300];
	struct world w;

	world_open(&w);
	for (int i = 0; i < 300; i++)
		tasks[i] = (struct task) { .project_id = w.projects[ATLAS].id, .title = "one of many" };
	OK(&w, task_insert_many(w.s, tasks, 300));
	for (int i = 0; i < 300; i++) {
		tasks[i].priority = 5;
		tasks[i].title = i % 2 ? "odd" : "even";
	}
	OK(&w, task_update_many(w.s, tasks, 300, TASK_PRIORITY | TASK_TITLE));
	CHECK_INT(tasks[299].version, 2);
	CHECK_STR(raw(&w, "SELECT count(*) FROM task WHERE version = 2 AND title = 'odd' AND priority = 5"), "150");
	tasks[260].version = 1;
	REQUIRE_STATUS(task_update_many(w.s, tasks, 300, TASK_PRIORITY), TRV_ERR_STALE);
	tasks[260].version = 2;
	tasks[5].version = 3;
	REQUIRE_STATUS(task_update_many(w.s, tasks, 300, TASK_PRIORITY), TRV_ERR_STALE);
	CHECK_INT(tasks[0].version, 2);
	CHECK_STR(raw(&w, "SELECT count(*) FROM task WHERE version = 2"), "300");
	tasks[5].version = 2;
	tasks[200].priority = 9;
	REQUIRE_STATUS(task_update_many(w.s, tasks, 300, TASK_PRIORITY), TRV_ERR_CHECK);
	CHECK_STR(raw(&w, "SELECT count(*) FROM task WHERE version = 2 AND priority = 5"), "300");
	world_close(&w);
}
