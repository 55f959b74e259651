#include "text.h"

#include "test.h"

static struct trv_arena arena;

TEST(text, valid_utf8_stays_as_it_is)
{
	size_t converted = 0;

	trv_arena_init(&arena, NULL, 0);
	CHECK_STR(text_utf8(&arena, "J\xc3\xb6rg\n", 6, &converted), "J\xc3\xb6rg\n");
	CHECK_INT(converted, 0);
	trv_arena_release(&arena);
}

TEST(text, only_the_lines_that_are_latin1_are_converted)
{
	static const char mixed[] = "J\xf6rg\nJ\xc3\xb6rg\nna\xefve";
	size_t converted = 0;

	trv_arena_init(&arena, NULL, 0);
	CHECK_STR(text_utf8(&arena, mixed, sizeof(mixed) - 1, &converted), "J\xc3\xb6rg\nJ\xc3\xb6rg\nna\xc3\xafve");
	CHECK_INT(converted, 2);
	trv_arena_release(&arena);
}

TEST(text, a_nul_inside_does_not_cut_the_text)
{
	size_t converted = 0;

	trv_arena_init(&arena, NULL, 0);
	CHECK_STR(text_utf8(&arena, "ab\0cd", 5, &converted), "ab cd");
	CHECK_INT(converted, 1);
	trv_arena_release(&arena);
}

TEST(text, lines_are_counted_and_lose_their_ends)
{
	struct lines lines = lines_of("one\r\n\nthree", 11);
	struct line line;

	REQUIRE(lines_next(&lines, &line));
	CHECK_INT(line.size, 3);
	REQUIRE(lines_next(&lines, &line));
	CHECK(line_is_blank(&line));
	REQUIRE(lines_next(&lines, &line));
	CHECK_BYTES(line.start, "three", 5);
	CHECK_INT(lines.number, 3);
	CHECK(!lines_next(&lines, &line));
}

TEST(text, white_space_collapses)
{
	trv_arena_init(&arena, NULL, 0);
	CHECK_STR(text_collapse(&arena, "a \t\n b\r\nc  ", 11), "a b c");
	CHECK_STR(text_collapse(&arena, " a", 2), "a");
	CHECK_STR(text_collapse(&arena, " \n ", 3), "");
	CHECK_STR(text_collapse(&arena, "", 0), "");
	trv_arena_release(&arena);
}

TEST(text, fitting_counts_code_points_and_cuts_between_them)
{
	char exact[] = "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f";
	char longer[] = "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f!";

	text_fit(exact, 4);
	CHECK_STR(exact, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f");
	text_fit(longer, 4);
	CHECK_STR(longer, "\xc3\xa4...");
}

TEST(text, an_array_grows_and_keeps_what_it_has)
{
	int *items = NULL;

	trv_arena_init(&arena, NULL, 0);
	for (size_t count = 0; count < 1000; count++) {
		items = array_room(&arena, items, count, sizeof(*items));
		REQUIRE(items);
		items[count] = (int)count;
	}
	for (size_t i = 0; i < 1000; i++)
		CHECK_INT(items[i], i);
	CHECK(!array_room(&arena, items, (size_t)1 << 62, sizeof(*items)));
	trv_arena_release(&arena);
}
