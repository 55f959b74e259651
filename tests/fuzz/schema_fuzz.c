/*
 * Any bytes as a schema: the compiler survives them, and what parses keeps parsing and
 * stays the same when it is formatted again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *what, const char *text, size_t size)
{
	fprintf(stderr, "%s:\n%.*s\n", what, (int)size, text);
	abort();
}

/* The same bytes are checked with SQL in every eighth run, which is much slower. */
static void load(const char *text, size_t size)
{
	struct schema_options options = { .quick = size % 8 != 0 };
	struct schema schema;
	int r = schema_load_text(&schema, "fuzz.trv", text, size, &options);

	if ((r == 0) != (schema.error_count == 0))
		fail("the result and the number of errors do not agree", text, size);
	schema_release(&schema);
}

static void format(const char *text, size_t size)
{
	struct trv_arena arena;
	char *once, *twice;
	size_t once_size, twice_size;

	trv_arena_init(&arena, NULL, 0);
	if (schema_format(&arena, text, size, &once, &once_size) == 0) {
		if (schema_format(&arena, once, once_size, &twice, &twice_size) < 0)
			fail("what was formatted does not parse", once, once_size);
		if (once_size != twice_size || memcmp(once, twice, once_size) != 0)
			fail("formatting again changes it", once, once_size);
	}
	trv_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	load((const char *)data, size);
	format((const char *)data, size);
	return 0;
}
