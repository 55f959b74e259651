/* The schemas in docs/schema.md. */
#include "schema_test.h"

#include <string.h>

/* The next block that is marked `trv`, NUL-terminated in place; NULL at the end. */
static char *next_block(char **at)
{
	char *start = strstr(*at, "```trv\n");
	char *end = start ? strstr(start + 7, "```\n") : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	*at = end + 1;
	return start + 7;
}

TEST(schema_docs, every_schema_in_the_reference_is_right_and_formatted)
{
	static char text[65536];
	char *at = text, *block;
	int blocks = 0;
	FILE *file = fopen(SOURCE "/docs/schema.md", "r");

	REQUIRE(file);
	CHECK(fread(text, 1, sizeof(text) - 1, file) > 1000);
	fclose(file);
	while ((block = next_block(&at))) {
		struct trv_arena arena;
		char *formatted = NULL;
		size_t size = 0;

		CHECK_STR(diagnose(block, NULL), "");
		trv_arena_init(&arena, NULL, 0);
		CHECK_STATUS(schema_format(&arena, block, strlen(block), &formatted, &size), 0);
		CHECK_STR(block, formatted);
		trv_arena_release(&arena);
		blocks++;
	}
	CHECK_INT(blocks, 6);
}
