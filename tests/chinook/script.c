#include "script.h"

#include "test.h"

#include <stdlib.h>
#include <unistd.h>

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

const char *script_database(void)
{
	static char name[64];

	snprintf(name, sizeof(name), "trivet_chinook_%ld", (long)getpid());
	return name;
}

void script_url(char to[512], const char *url, const char *database)
{
	const char *account = strstr(url, "://");
	const char *path = account ? strchr(account + 3, '/') : NULL;

	REQUIRE(path);
	int length = snprintf(to, 512, "%.*s/%s%s", (int)(path - url), url, database, path + strcspn(path, "?"));
	REQUIRE(length > 0 && length < 512);
}
