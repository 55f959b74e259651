#include "servers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A server: where it may be given, the script that starts one, and what was started. */
struct own_server {
	const char *variable, *script, *pattern;
	char url[512];
	char folder[64];
};

static struct own_server servers[] = {
	{ .variable = "TRIVET_TEST_POSTGRESQL_URL", .script = "postgresql.sh", .pattern = "/tmp/trivet-pg-XXXXXX" },
	{ .variable = "TRIVET_TEST_MARIADB_URL", .script = "mariadb.sh", .pattern = "/tmp/trivet-my-XXXXXX" },
};

static const char *scripts(void)
{
	const char *given = getenv("TRIVET_TEST_SERVERS");

	return given ? given : "tests/servers";
}

static void stop_all(void)
{
	char command[1024];

	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		if (!servers[i].folder[0])
			continue;
		snprintf(command, sizeof(command), "'%s/%s' stop '%s'", scripts(), servers[i].script,
		         servers[i].folder);
		if (system(command) != 0)
			fprintf(stderr, "# the server in %s was not removed\n", servers[i].folder);
	}
}

static void start(struct own_server *server)
{
	static int registered;
	char command[1024];

	strcpy(server->folder, server->pattern);
	if (!mkdtemp(server->folder))
		return;
	if (!registered++)
		atexit(stop_all);
	snprintf(command, sizeof(command), "'%s/%s' start '%s' %d", scripts(), server->script, server->folder,
	         (int)getpid());
	FILE *output = popen(command, "r");
	if (!output)
		return;
	if (!fgets(server->url, sizeof(server->url), output))
		server->url[0] = '\0';
	server->url[strcspn(server->url, "\n")] = '\0';
	if (pclose(output) != 0)
		server->url[0] = '\0';
}

static const char *url_of(struct own_server *server)
{
	const char *given = getenv(server->variable);

	if (given && *given)
		return given;
	if (!server->folder[0])
		start(server);
	return server->url[0] ? server->url : NULL;
}

const char *test_postgresql_url(void)
{
	return url_of(&servers[0]);
}

const char *test_mariadb_url(void)
{
	return url_of(&servers[1]);
}
