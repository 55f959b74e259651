/* Text: how it is compared, ordered and matched, and how its length is counted. */
#include "suite.h"

#include <stdlib.h>

#define WORDS 12

static const char *const words[WORDS] = {
	"",         "Zebra", "abc",          "abc ",  "ABC",           "a%c", /* as they are inserted */
	"a_c\\def", "abd",   "\303\204pfel", "apfel", "stra\303\237e", "\360\237\230\200 smile",
};

static void insert_words(struct world *w)
{
	struct sample rows[WORDS];

	world_open(w);
	memset(rows, 0, sizeof(rows));
	for (size_t i = 0; i < WORDS; i++) {
		rows[i].words = rows[i].maybe_words = words[i];
		rows[i].brief = "";
		rows[i].blob = rows[i].stamp = (struct trv_bytes) { "", 0 };
		rows[i].extra = "1";
	}
	OK(w, sample_insert_many(w->s, rows, WORDS));
}

/* --- patterns: each row is a case ------------------------------------------------------------------ */

static const struct pattern {
	const char *sentence;
	enum trv_operator operation;
	const char *text;
	unsigned found; /* a bit for each word */
} patterns[] = {
	{ "LIKE without special characters is equality", TRV_LIKE, "abc", 1 << 2 },
	{ "LIKE tells capitals from small letters", TRV_LIKE, "ABC", 1 << 4 },
	{ "LIKE with a percent sign at the end", TRV_LIKE, "ab%", 1 << 2 | 1 << 3 | 1 << 7 },
	{ "LIKE with a percent sign in front", TRV_LIKE, "%c", 1 << 2 | 1 << 5 },
	{ "LIKE minds trailing blanks", TRV_LIKE, "%c ", 1 << 3 },
	{ "LIKE with one percent sign finds all", TRV_LIKE, "%", (1 << WORDS) - 1 },
	{ "LIKE with an empty pattern finds the empty text", TRV_LIKE, "", 1 << 0 },
	{ "LIKE with an underscore finds one character", TRV_LIKE, "a_c", 1 << 2 | 1 << 5 },
	{ "LIKE's underscore is one character of several bytes", TRV_LIKE, "_pfel", 1 << 8 | 1 << 9 },
	{ "LIKE's underscore is one emoji", TRV_LIKE, "_ smile", 1 << 11 },
	{ "LIKE with an escaped percent sign", TRV_LIKE, "a\\%c", 1 << 5 },
	{ "LIKE with an escaped underscore", TRV_LIKE, "a\\_c%", 1 << 6 },
	{ "LIKE with an escaped backslash", TRV_LIKE, "%\\\\def", 1 << 6 },
	{ "LIKE tells letters with accents from those without", TRV_LIKE, "A%", 1 << 4 },
	{ "NOT LIKE finds the others", TRV_NOT_LIKE, "a%", 1 << 0 | 1 << 1 | 1 << 4 | 1 << 8 | 1 << 10 | 1 << 11 },
	{ "TRV_STARTS takes nothing as special", TRV_STARTS, "a%", 1 << 5 },
	{ "TRV_STARTS minds capitals", TRV_STARTS, "AB", 1 << 4 },
	{ "TRV_STARTS with an underscore", TRV_STARTS, "a_", 1 << 6 },
	{ "TRV_STARTS with nothing finds all", TRV_STARTS, "", (1 << WORDS) - 1 },
	{ "TRV_ENDS takes a backslash as it stands", TRV_ENDS, "\\def", 1 << 6 },
	{ "TRV_ENDS minds blanks", TRV_ENDS, " ", 1 << 3 },
	{ "TRV_CONTAINS finds what is in the middle", TRV_CONTAINS, "b", 1 << 1 | 1 << 2 | 1 << 3 | 1 << 7 },
	{ "TRV_CONTAINS with characters of several bytes", TRV_CONTAINS, "\xc3\x9f", 1 << 10 },
	{ "TRV_CONTAINS with a percent sign", TRV_CONTAINS, "%", 1 << 5 },
	{ "TRV_EQ tells capitals from small letters", TRV_EQ, "abc", 1 << 2 },
	{ "TRV_EQ minds trailing blanks", TRV_EQ, "abc ", 1 << 3 },
	{ "TRV_EQ tells ss from sharp s", TRV_EQ, "strasse", 0 },
	{ "TRV_EQ with empty text", TRV_EQ, "", 1 << 0 },
	{ "TRV_NE with empty text", TRV_NE, "", (1 << WORDS) - 2 },
	{ "TRV_LT goes by bytes", TRV_LT, "a", 1 << 0 | 1 << 1 | 1 << 4 },
	{ "TRV_GT puts letters with accents behind all others", TRV_GT, "zzz", 1 << 8 | 1 << 11 },
};

static void finds(const void *argument)
{
	const struct pattern *pattern = argument;
	struct sample_list list;
	unsigned found = 0;
	struct world w;

	insert_words(&w);
	const struct sample_query query = { .where = { sample_words(pattern->operation, pattern->text) },
		                            .order_by = { sample_by_id(TRV_ASC) } };
	OK(&w, sample_find(w.s, &list, &query));
	for (size_t i = 0; i < list.count; i++)
		for (size_t k = 0; k < WORDS; k++)
			found |= (unsigned)(strcmp(list.items[i].words, words[k]) == 0) << k;
	CHECK_INT(found, pattern->found);
	CHECK_INT(list.count, __builtin_popcount(pattern->found));
	world_close(&w);
}

__attribute__((constructor)) static void add_patterns(void)
{
	for (size_t i = 0; i < TRV_COUNT_OF(patterns); i++)
		test_register_row("text", patterns[i].sentence, finds, &patterns[i]);
}

TEST(text, escaped_user_text_is_found_as_it_stands)
{
	static const char *const texts[] = { "a%c", "a_c\\def" };
	struct world w;

	insert_words(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(texts); i++) {
		const char *escaped = trv_like_escape(w.s, texts[i]);
		struct sample_list list;

		REQUIRE(escaped);
		OK(&w,
		   sample_find(w.s, &list, &(struct sample_query) { .where = { sample_words(TRV_LIKE, escaped) } }));
		REQUIRE(list.count == 1);
		CHECK_STR(list.items[0].words, texts[i]);
	}
	world_close(&w);
}

TEST(text, order_is_that_of_the_bytes)
{
	struct sample_list list;
	struct world w;

	insert_words(&w);
	OK(&w, sample_find(w.s, &list, &(struct sample_query) { .order_by = { sample_by_words(TRV_ASC) } }));
	REQUIRE(list.count == WORDS);
	for (size_t i = 1; i < WORDS; i++)
		CHECK(strcmp(list.items[i - 1].words, list.items[i].words) < 0);
	OK(&w, sample_find(w.s, &list, &(struct sample_query) { .order_by = { sample_by_words(TRV_DESC) } }));
	for (size_t i = 1; i < WORDS; i++)
		CHECK(strcmp(list.items[i - 1].words, list.items[i].words) > 0);
	world_close(&w);
}

TEST(text, groups_tell_case_and_blanks_apart)
{
	struct sample_groups groups;
	struct world w;

	insert_words(&w);
	OK(&w,
	   sample_aggregate(w.s, &groups,
	                    &(struct trv_aggregate) { .values = { { TRV_COUNT_ROWS, 0 } }, .group_by = SAMPLE_WORDS },
	                    NULL));
	CHECK_INT(groups.count, WORDS);
	world_close(&w);
}

TEST(text, minimum_and_maximum_go_by_bytes)
{
	struct sample_groups groups;
	struct world w;

	insert_words(&w);
	OK(&w, sample_aggregate(
		       w.s, &groups,
		       &(struct trv_aggregate) { .values = { { TRV_MIN, SAMPLE_WORDS }, { TRV_MAX, SAMPLE_WORDS } } },
		       NULL));
	CHECK_STR(groups.items[0].values[0].as.text, "");
	CHECK_STR(groups.items[0].values[1].as.text, words[11]);
	world_close(&w);
}

TEST(text, unique_keys_tell_case_and_blanks_and_accents_apart)
{
	static const char *const names[] = { "cafe", "Cafe", "cafe ", "caf\xc3\xa9", "CAFE", "cafe\xcc\x81" };
	struct genre_list list;
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(names); i++) {
		struct genre genre = { .name = names[i] };

		OK(&w, genre_insert(w.s, &genre));
	}
	struct genre twin = { .name = "Cafe" };
	CHECK_STATUS(genre_insert(w.s, &twin), TRV_ERR_UNIQUE);
	OK(&w, genre_find(w.s, &list, &(struct genre_query) { .where = { genre_name(TRV_EQ, "cafe") } }));
	CHECK_INT(list.count, 1);
	world_close(&w);
}

TEST(text, keys_of_text_tell_case_and_blanks_apart)
{
	const struct stock_key keys[] = { { "a", 1 }, { "A", 1 }, { "a ", 1 }, { "b", 1 } };
	struct stock rows[] = { { .shop = "a", .item = 1, .amount = 1 },
		                { .shop = "A", .item = 1, .amount = 2 },
		                { .shop = "a ", .item = 1, .amount = 3 } };
	struct stock_list list;
	struct stock row;
	struct world w;

	world_open(&w);
	OK(&w, stock_insert_many(w.s, rows, 3));
	OK(&w, stock_get(w.s, &row, "a ", 1));
	CHECK_INT(row.amount, 3);
	OK(&w, stock_get_many(w.s, &list, keys, 4));
	REQUIRE(list.count == 3);
	for (int i = 0; i < 3; i++)
		CHECK_INT(list.items[i].amount, i + 1);
	world_close(&w);
}

/* --- length ------------------------------------------------------------------------------------------ */

static const struct unit {
	const char *sentence;
	const char *character;
} units[] = {
	{ "a length limit counts letters", "x" },
	{ "a length limit counts letters with accents as one", "\xc3\xa9" },
	{ "a length limit counts Japanese characters as one", "\xe6\x97\xa5" },
	{ "a length limit counts emojis as one", "\xf0\x9f\x98\x80" },
};

static void is_counted(const void *argument)
{
	const struct unit *unit = argument;
	char text[4 * 41 + 1] = "";
	struct genre genre = { .name = text }, back;
	struct world w;

	world_open(&w);
	for (int i = 0; i < 40; i++)
		strcat(text, unit->character);
	OK(&w, genre_insert(w.s, &genre));
	OK(&w, genre_get(w.s, &back, genre.id));
	CHECK_STR(back.name, text);
	strcat(text, unit->character);
	uint64_t before = sent(w.s);
	CHECK_STATUS(genre_insert(w.s, &genre), TRV_ERR_VALUE);
	CHECK_STR(trv_error(w.s)->message, "genre.name: 41 characters, the limit is 40");
	CHECK_INT(sent(w.s), before);
	world_close(&w);
}

__attribute__((constructor)) static void add_units(void)
{
	for (size_t i = 0; i < TRV_COUNT_OF(units); i++)
		test_register_row("text", units[i].sentence, is_counted, &units[i]);
}

TEST(text, nulls_are_neither_like_nor_unlike)
{
	struct sample row = { .words = "", .brief = "", .blob = { "", 0 }, .stamp = { "", 0 }, .extra = "1" };
	uint64_t count = 0;
	struct world w;

	world_open(&w);
	OK(&w, sample_insert(w.s, &row));
	const struct sample_expr exprs[] = { sample_maybe_words(TRV_LIKE, "%"), sample_maybe_words(TRV_NOT_LIKE, "x"),
		                             sample_maybe_words(TRV_NE, "x"),
		                             sample_not(sample_maybe_words(TRV_EQ, "x")) };
	for (size_t i = 0; i < TRV_COUNT_OF(exprs); i++) {
		OK(&w, sample_count(w.s, &count, &(struct sample_query) { .where = { exprs[i] } }));
		CHECK_INT(count, 0);
	}
	world_close(&w);
}
