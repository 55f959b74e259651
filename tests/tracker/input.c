#include "input.h"

#include "text.h"
#include <stdlib.h>

void input_init(struct input *input, const char *text, size_t size)
{
	*input = (struct input) { .source.path = "input" };
	trv_arena_init(&input->arena, NULL, 0);
	input->report.out = open_memstream(&input->said, &input->said_size);
	REQUIRE(input->report.out);
	input->source.text = text_utf8(&input->arena, text, size, &input->source.converted);
	REQUIRE(input->source.text);
	input->source.size = strlen(input->source.text);
}

const char *input_said(struct input *input)
{
	fflush(input->report.out);
	return input->said;
}

void input_release(struct input *input)
{
	fclose(input->report.out);
	free(input->said);
	source_release(&input->source);
	trv_arena_release(&input->arena);
}
