#include "test.h"

#include <trivet/driver.h>

/* Where each block is an allocation of its own there are no chunks to speak of. */
#ifdef TRV_ARENA_EXACT
#define NEEDS_CHUNKS() SKIP("built with TRV_ARENA_EXACT")
#else
#define NEEDS_CHUNKS() (void)0
#endif

TEST(arena, memory_is_aligned_to_eight)
{
	struct trv_arena arena;

	trv_arena_init(&arena, NULL, 0);
	for (size_t size = 0; size < 100; size++) {
		char *memory = trv_arena_alloc(&arena, size);
		REQUIRE(memory);
		CHECK_INT((uintptr_t)memory % 8, 0);
		memset(memory, 0xff, size);
		REQUIRE(trv_arena_bytes(&arena, size % 7));
	}
	trv_arena_release(&arena);
}

TEST(arena, an_empty_request_of_an_empty_arena_is_not_out_of_memory)
{
	struct trv_arena arena;

	trv_arena_init(&arena, NULL, 0);
	CHECK(trv_arena_alloc(&arena, 0) != NULL);
	CHECK(trv_arena_bytes(&arena, 0) != NULL);
	CHECK(trv_arena_zero(&arena, 0, 8) != NULL);
	trv_arena_release(&arena);
}

TEST(arena, blocks_do_not_overlap)
{
	enum {
		COUNT = 3000
	};
	static struct {
		unsigned char *at;
		size_t size;
	} blocks[COUNT];
	struct trv_arena arena;

	trv_arena_init(&arena, NULL, 0);
	for (size_t i = 0; i < COUNT; i++) {
		blocks[i].size = i % 50 == 0 ? test_random() % 100000 : test_random() % 200;
		blocks[i].at = trv_arena_alloc(&arena, blocks[i].size);
		REQUIRE(blocks[i].at);
		memset(blocks[i].at, (int)(i % 251), blocks[i].size);
	}
	for (size_t i = 0; i < COUNT; i++)
		for (size_t k = 0; k < blocks[i].size; k++)
			REQUIRE(blocks[i].at[k] == i % 251);
	trv_arena_release(&arena);
	CHECK_INT(arena.used, 0);
}

TEST(arena, a_large_block_leaves_the_open_chunk_open)
{
	struct trv_arena arena;

	NEEDS_CHUNKS();
	trv_arena_init(&arena, NULL, 0);
	char *small = trv_arena_alloc(&arena, 8);
	REQUIRE(small);
	REQUIRE(trv_arena_alloc(&arena, 100000));
	CHECK(trv_arena_alloc(&arena, 8) == (void *)(small + 8));
	trv_arena_release(&arena);
}

TEST(arena, zero_gives_zeros_and_refuses_a_product_that_overflows)
{
	struct trv_arena arena;
	static const char zeros[800];

	trv_arena_init(&arena, NULL, 0);
	struct trv_mark mark = trv_arena_mark(&arena);
	void *dirty = trv_arena_alloc(&arena, 800);
	REQUIRE(dirty);
	memset(dirty, 1, 800);
	trv_arena_rewind(&arena, mark);
	void *memory = trv_arena_zero(&arena, 100, 8);
	REQUIRE(memory);
	CHECK_BYTES(memory, zeros, sizeof(zeros));
	CHECK(!trv_arena_zero(&arena, SIZE_MAX / 2, 3));
	CHECK(!trv_arena_zero(&arena, SIZE_MAX, 1));
	CHECK(!trv_arena_alloc(&arena, SIZE_MAX));
	CHECK(!trv_arena_copy(&arena, zeros, SIZE_MAX));
	trv_arena_release(&arena);
}

TEST(arena, copies_end_in_a_nul)
{
	struct trv_arena arena;

	trv_arena_init(&arena, NULL, 0);
	CHECK_STR(trv_arena_copy(&arena, "abcdef", 3), "abc");
	CHECK_STR(trv_arena_copy(&arena, NULL, 0), "");
	CHECK_STR(trv_arena_strdup(&arena, "text"), "text");
	CHECK(!trv_arena_strdup(&arena, NULL));
	CHECK_STR(trv_arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
	char *wide = trv_arena_printf(&arena, "%200000d", 1);
	REQUIRE(wide);
	CHECK_INT(strlen(wide), 200000);
	trv_arena_release(&arena);
}

TEST(arena, the_cap_is_never_passed)
{
	struct test_allocator allocator;
	struct trv_arena arena;
	size_t given = 0;

	NEEDS_CHUNKS();
	test_allocator_init(&allocator);
	trv_arena_init(&arena, &allocator.allocator, 100000);
	while (trv_arena_alloc(&arena, 1000))
		given += 1000;
	CHECK(arena.used <= 100000);
	CHECK(given >= 98000);
	CHECK(!trv_arena_alloc(&arena, 50000));
	trv_arena_release(&arena);
	CHECK(trv_arena_alloc(&arena, 90000) != NULL);
	CHECK(!trv_arena_alloc(&arena, 20000));
	trv_arena_release(&arena);
	CHECK_INT(allocator.live, 0);
}

TEST(arena, a_cap_below_a_chunk_is_usable)
{
	struct trv_arena arena;

	trv_arena_init(&arena, NULL, 1000);
	CHECK(trv_arena_alloc(&arena, 500) != NULL);
	CHECK(trv_arena_alloc(&arena, 300) != NULL);
	CHECK(!trv_arena_alloc(&arena, 300));
	CHECK(arena.used <= 1000);
	trv_arena_release(&arena);
	trv_arena_init(&arena, NULL, 8);
	CHECK(!trv_arena_alloc(&arena, 8));
	trv_arena_release(&arena);
}

TEST(arena, a_spare_chunk_does_not_stand_in_the_way_of_a_large_one)
{
	struct trv_arena arena;

	trv_arena_init(&arena, NULL, 200000);
	REQUIRE(trv_arena_alloc(&arena, 10));
	struct trv_mark mark = trv_arena_mark(&arena);
	for (int i = 0; i < 10; i++)
		REQUIRE(trv_arena_alloc(&arena, 10000));
	trv_arena_rewind(&arena, mark);
	CHECK(trv_arena_alloc(&arena, 120000) != NULL);
	trv_arena_release(&arena);
}

TEST(arena, rewinding_gives_the_same_memory_again)
{
	struct trv_arena arena;

	NEEDS_CHUNKS();
	trv_arena_init(&arena, NULL, 0);
	REQUIRE(trv_arena_alloc(&arena, 16));
	struct trv_mark mark = trv_arena_mark(&arena);
	void *first = trv_arena_alloc(&arena, 24);
	REQUIRE(trv_arena_alloc(&arena, 300000));
	REQUIRE(trv_arena_alloc(&arena, 16000));
	trv_arena_rewind(&arena, mark);
	CHECK(trv_arena_alloc(&arena, 24) == first);
	trv_arena_release(&arena);
}

TEST(arena, a_mark_above_a_large_block_keeps_the_block)
{
	struct trv_arena arena;

	NEEDS_CHUNKS();
	trv_arena_init(&arena, NULL, 0);
	REQUIRE(trv_arena_alloc(&arena, 16));
	char *large = trv_arena_alloc(&arena, 70000);
	REQUIRE(large);
	memset(large, 'x', 70000);
	struct trv_mark mark = trv_arena_mark(&arena);
	void *next = trv_arena_alloc(&arena, 8);
	for (int i = 0; i < 20; i++)
		REQUIRE(trv_arena_alloc(&arena, 10000));
	trv_arena_rewind(&arena, mark);
	CHECK(trv_arena_alloc(&arena, 8) == next);
	CHECK(large[0] == 'x' && large[69999] == 'x');
	trv_arena_release(&arena);
}

static void load_and_rewind(struct trv_arena *arena, struct trv_mark mark)
{
	for (int k = 0; k < 50; k++)
		REQUIRE(trv_arena_alloc(arena, 1500));
	trv_arena_rewind(arena, mark);
}

TEST(arena, a_loop_with_rewinds_allocates_no_more_after_its_first_turn)
{
	struct test_allocator allocator;
	struct trv_arena arena;

	NEEDS_CHUNKS();
	test_allocator_init(&allocator);
	trv_arena_init(&arena, &allocator.allocator, 0);
	REQUIRE(trv_arena_alloc(&arena, 1));
	struct trv_mark mark = trv_arena_mark(&arena);
	load_and_rewind(&arena, mark);
	size_t calls = allocator.calls;
	for (int i = 0; i < 100; i++)
		load_and_rewind(&arena, mark);
	CHECK_INT(allocator.calls, calls);
	CHECK_INT(allocator.live, 2);
	trv_arena_release(&arena);
	CHECK_INT(allocator.live, 0);
}

TEST(arena, rewinding_keeps_one_spare_chunk_at_most)
{
	struct test_allocator allocator;
	struct trv_arena arena;

	NEEDS_CHUNKS();
	test_allocator_init(&allocator);
	trv_arena_init(&arena, &allocator.allocator, 0);
	struct trv_mark empty = trv_arena_mark(&arena);
	REQUIRE(trv_arena_alloc(&arena, 1));
	struct trv_mark low = trv_arena_mark(&arena);
	for (int turn = 0; turn < 3; turn++) {
		for (int i = 0; i < 100; i++)
			REQUIRE(trv_arena_alloc(&arena, i % 3 ? 9000 : 20000));
		struct trv_mark high = trv_arena_mark(&arena);
		for (int i = 0; i < 100; i++)
			REQUIRE(trv_arena_alloc(&arena, 9000));
		trv_arena_rewind(&arena, high);
		REQUIRE(trv_arena_alloc(&arena, 70000));
		trv_arena_rewind(&arena, low);
		CHECK_INT(allocator.live, 2);
	}
	trv_arena_rewind(&arena, empty);
	CHECK_INT(allocator.live, 1);
	CHECK_INT(arena.used, 65536);
	trv_arena_rewind(&arena, empty);
	CHECK_INT(allocator.live, 1);
	trv_arena_release(&arena);
	CHECK_INT(allocator.live, 0);
	CHECK_INT(arena.used, 0);
}

TEST(arena, one_that_is_all_zero_can_be_used_and_released)
{
	struct trv_arena arena = { 0 };

	trv_arena_release(&arena);
	CHECK(trv_arena_strdup(&arena, "x") != NULL);
	trv_arena_release(&arena);
	trv_arena_release(&arena);
	struct trv_arena other = { 0 };
	struct trv_mark mark = trv_arena_mark(&other);
	CHECK(trv_arena_strdup(&other, "x") != NULL);
	trv_arena_rewind(&other, mark);
	CHECK(trv_arena_strdup(&other, "y") != NULL);
	trv_arena_release(&other);
}

static int fill_arena(const struct trv_allocator *allocator, void *argument)
{
	struct trv_arena arena;
	bool complete = true;

	(void)argument;
	trv_arena_init(&arena, allocator, 0);
	for (int turn = 0; turn < 3; turn++) {
		struct trv_mark mark = trv_arena_mark(&arena);
		for (size_t i = 0; i < 40; i++)
			complete = trv_arena_zero(&arena, i % 9 == 0 ? 50000 : 5000, 1) && complete;
		complete = trv_arena_printf(&arena, "%70000d", 1) && complete;
		if (turn != 1)
			trv_arena_rewind(&arena, mark);
	}
	trv_arena_release(&arena);
	return complete ? 0 : TRV_ERR_NOMEM;
}

TEST(arena, it_survives_every_allocation_failure)
{
	CHECK_SWEEP(fill_arena, NULL);
}

TEST(memory, the_hooks_never_see_a_size_of_zero)
{
	struct test_allocator allocator;

	test_allocator_init(&allocator);
	void *memory = trv_allocate(&allocator.allocator, 0);
	REQUIRE(memory);
	memory = trv_resize(&allocator.allocator, memory, 0);
	REQUIRE(memory);
	memory = trv_resize(&allocator.allocator, memory, 1000);
	REQUIRE(memory);
	trv_release(&allocator.allocator, memory);
	trv_release(&allocator.allocator, NULL);
	CHECK_INT(allocator.live, 0);
	CHECK_INT(allocator.calls, 3);
	memory = trv_resize(&allocator.allocator, NULL, 10);
	CHECK_INT(allocator.live, 1);
	trv_release(&allocator.allocator, memory);
}

TEST(memory, without_hooks_it_is_malloc)
{
	struct trv_allocator none = { 0 };
	void *memory = trv_allocate(NULL, 10);

	memory = trv_resize(&none, memory, 100);
	REQUIRE(memory);
	memset(memory, 1, 100);
	trv_release(&none, memory);
}
