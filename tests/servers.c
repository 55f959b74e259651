#include "servers.h"

#include "test.h"
#include <stdlib.h>
#include <trivet/trivet.h>
#include <unistd.h>

/* An engine: where its server may be given, the script that starts one, what was started and made. */
struct own_server {
	const char *engine, *variable, *script, *pattern;
	char url[512];
	char folder[64];
	char database[512]; /* its URL */
};

static struct own_server servers[] = {
	{ .engine = "sqlite" },
	{ .engine = "postgresql",
	  .variable = "TRIVET_TEST_POSTGRESQL_URL",
	  .script = "postgresql.sh",
	  .pattern = "/tmp/trivet-pg-XXXXXX" },
	{ .engine = "mariadb",
	  .variable = "TRIVET_TEST_MARIADB_URL",
	  .script = "mariadb.sh",
	  .pattern = "/tmp/trivet-my-XXXXXX" },
};

static pid_t owner; /* whose exit removes them: not that of a child */

static const char *scripts(void)
{
	const char *given = getenv("TRIVET_TEST_SERVERS");

	return given ? given : "tests/servers";
}

static void database_name(char name[64])
{
	snprintf(name, 64, "trivet_test_%ld", (long)owner);
}

/* Makes or drops the process's own database. */
static int on_server(const struct own_server *server, bool drop)
{
	struct trv_error error = { 0 };
	struct trv_session *session = NULL;
	struct trv_db *db = NULL;
	char name[64], sql[128];

	database_name(name);
	/* A test that failed may have left a connection open. */
	const char *forced = drop && strcmp(server->engine, "postgresql") == 0 ? " WITH (FORCE)" : "";
	snprintf(sql, sizeof(sql), "%s DATABASE %s%s", drop ? "DROP" : "CREATE", name, forced);
	int r = trv_open(&db, &(struct trv_options) { .url = server->url }, &error);
	if (r >= 0)
		r = trv_session_open(db, &session, &error);
	if (r >= 0 && (r = trv_exec(session, NULL, sql, NULL, 0)) < 0)
		error = *trv_error(session);
	trv_session_close(session);
	trv_close(db);
	if (r < 0)
		fprintf(stderr, "# %s: %s\n", sql, error.message);
	return r;
}

static void stop(const struct own_server *server)
{
	char command[1024];

	snprintf(command, sizeof(command), "'%s/%s' stop '%s'", scripts(), server->script, server->folder);
	if (system(command) != 0)
		fprintf(stderr, "# the server in %s was not removed\n", server->folder);
}

static void stop_all(void)
{
	for (size_t i = 0; i < TRV_COUNT_OF(servers) && getpid() == owner; i++)
		if (servers[i].folder[0])
			stop(&servers[i]);
}

static void drop_all(void)
{
	for (size_t i = 0; i < TRV_COUNT_OF(servers) && getpid() == owner; i++)
		if (servers[i].database[0] && servers[i].script && !servers[i].folder[0])
			(void)on_server(&servers[i], true);
}

static void start(struct own_server *server)
{
	static bool registered;
	char command[1024];

	strcpy(server->folder, server->pattern);
	if (!mkdtemp(server->folder)) {
		server->folder[0] = '\0';
		return;
	}
	if (!registered)
		atexit(stop_all);
	registered = true;
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

static void find(struct own_server *server)
{
	const char *given = server->variable ? getenv(server->variable) : "sqlite:";

	if (!owner)
		owner = getpid();
	if (given && *given)
		snprintf(server->url, sizeof(server->url), "%s", given);
	else if (!server->folder[0])
		start(server);
}

static struct own_server *server_of(const char *engine)
{
	for (size_t i = 0; i < TRV_COUNT_OF(servers); i++) {
		if (strcmp(servers[i].engine, engine) != 0)
			continue;
		if (!servers[i].url[0])
			find(&servers[i]);
		return servers[i].url[0] ? &servers[i] : NULL;
	}
	return NULL;
}

const char *test_server(const char *engine)
{
	const struct own_server *server = server_of(engine);

	return server ? server->url : NULL;
}

const char *test_database(const char *engine)
{
	static bool registered;
	struct own_server *server = server_of(engine);
	char name[64];

	if (!server || server->database[0])
		return server ? server->database : NULL;
	if (!server->script) {
		snprintf(server->database, sizeof(server->database), "sqlite:%s/test.db", test_temporary_folder());
		return server->database;
	}
	if (on_server(server, false) < 0)
		return NULL;
	/* After the first connection: at exit what a client library registered then must not have run before. */
	if (!registered)
		atexit(drop_all);
	registered = true;
	database_name(name);
	test_url_database(server->database, server->url, name);
	return server->database;
}

void test_url_database(char to[512], const char *url, const char *database)
{
	const char *account = strstr(url, "://");
	const char *path = account ? strchr(account + 3, '/') : NULL;

	if (!path)
		path = url + strlen(url);
	char made[512]; /* gcc takes it for possible that `to` and `url` are the same server's at -O3 */
	snprintf(made, sizeof(made), "%.*s/%s%s", (int)(path - url), url, database, path + strcspn(path, "?"));
	memcpy(to, made, sizeof(made));
}
