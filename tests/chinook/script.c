#include "script.h"

#include "test.h"

#include <stdlib.h>

char *script_read(const char *folder, const char *file)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	FILE *in = fopen(path, "rb");
	REQUIRE(in);
	REQUIRE(fseek(in, 0, SEEK_END) == 0);
	long size = ftell(in);
	REQUIRE(size > 0);
	rewind(in);
	char *text = malloc((size_t)size + 1);
	REQUIRE(text && fread(text, 1, (size_t)size, in) == (size_t)size);
	text[size] = '\0';
	fclose(in);
	const char *first = strstr(text, "CREATE TABLE");
	REQUIRE(first);
	memmove(text, first, strlen(first) + 1);
	return text;
}
