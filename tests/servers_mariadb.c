#include "servers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char url[512];
static char folder[64];

static const char *script(void)
{
	const char *servers = getenv("TRIVET_TEST_SERVERS");
	static char path[512];

	snprintf(path, sizeof(path), "%s/mariadb.sh", servers ? servers : "tests/servers");
	return path;
}

static void stop(void)
{
	char command[1024];

	snprintf(command, sizeof(command), "'%s' stop '%s'", script(), folder);
	if (system(command) != 0)
		fprintf(stderr, "# the server in %s was not removed\n", folder);
}

static void start(void)
{
	char command[1024];
	FILE *output;

	strcpy(folder, "/tmp/trivet-my-XXXXXX");
	if (!mkdtemp(folder))
		return;
	snprintf(command, sizeof(command), "'%s' start '%s' %d", script(), folder, (int)getpid());
	output = popen(command, "r");
	if (!output)
		return;
	if (!fgets(url, sizeof(url), output))
		url[0] = '\0';
	url[strcspn(url, "\n")] = '\0';
	atexit(stop);
	if (pclose(output) != 0)
		url[0] = '\0';
}

const char *test_mariadb_url(void)
{
	const char *given = getenv("TRIVET_TEST_MARIADB_URL");

	if (given && *given)
		return given;
	if (!folder[0])
		start();
	return url[0] ? url : NULL;
}
