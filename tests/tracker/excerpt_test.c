#include "excerpt.h"

#include "test.h"

static struct trv_arena arena;

TEST(excerpt, it_is_cut_on_both_sides_and_on_one_line)
{
	trv_arena_init(&arena, NULL, 0);
	CHECK_STR(excerpt("0123456789 a\n  memory leak\nin b 0123456789", "memory", 5, &arena), "...a memory leak...");
	CHECK_STR(excerpt("memory", "memory", 5, &arena), "memory");
	CHECK_STR(excerpt("a memory b", "memory", 50, &arena), "a memory b");
	CHECK(!excerpt("a", "memory", 50, &arena));
	trv_arena_release(&arena);
}

TEST(excerpt, no_character_is_cut_in_two)
{
	static const char text[] = "\xc3\xa4\xc3\xb6\xc3\xbcX\xc3\xa4\xc3\xb6\xc3\xbc";

	trv_arena_init(&arena, NULL, 0);
	CHECK_STR(excerpt(text, "X", 3, &arena), "...\xc3\xbcX\xc3\xa4...");
	CHECK_STR(excerpt(text, "X", 4, &arena), "...\xc3\xb6\xc3\xbcX\xc3\xa4\xc3\xb6...");
	CHECK_STR(excerpt(text, "X", 6, &arena), text);
	trv_arena_release(&arena);
}
