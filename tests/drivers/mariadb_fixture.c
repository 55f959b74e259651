#include "mariadb_fixture.h"

#include "../servers.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static bool read_line(const char *command, char *line, size_t size)
{
	FILE *pipe = popen(command, "r");

	if (!pipe)
		return false;
	bool read = fgets(line, (int)size, pipe) != NULL;
	read = pclose(pipe) == 0 && read;
	line[strcspn(line, "\n")] = '\0';
	return read;
}

static const char *script(void)
{
	static char path[512];
	const char *servers = getenv("TRIVET_TEST_SERVERS");

	snprintf(path, sizeof(path), "%s/mariadb.sh", servers ? servers : "tests/servers");
	return path;
}

static bool start(const char *folder, const char *options, char *url, size_t size)
{
	char command[1536];

	if (options)
		setenv("TRIVET_TEST_MARIADB_OPTIONS", options, 1);
	else
		unsetenv("TRIVET_TEST_MARIADB_OPTIONS");
	snprintf(command, sizeof(command), "'%s' start '%s' %ld", script(), folder, (long)getpid());
	return read_line(command, url, size);
}

static void stop(const char *folder)
{
	char command[1536];

	snprintf(command, sizeof(command), "'%s' stop '%s'", script(), folder);
	if (system(command) != 0)
		fprintf(stderr, "# cannot stop the server in %s\n", folder);
}

const char *maria_url(void)
{
	REQUIRE(test_database("mariadb"));
	return test_database("mariadb");
}

const char *maria_private_start(const char *folder, const char *options)
{
	static char url[512];

	REQUIRE(start(folder, options, url, sizeof(url)));
	return url;
}

void maria_private_stop(const char *folder)
{
	stop(folder);
}

/* The state letter behind the name in /proc/PID/stat. */
static bool has_stopped(long pid)
{
	char path[64], line[256] = "";

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return true;
	bool read = fgets(line, sizeof(line), file) != NULL;
	fclose(file);
	const char *name_end = strrchr(line, ')');
	return !read || !name_end || name_end[2] == 'T';
}

void maria_private_signal(const char *folder, int number)
{
	char path[320];
	long pid = 0;

	snprintf(path, sizeof(path), "%s/server/pid", folder);
	FILE *file = fopen(path, "r");
	REQUIRE(file != NULL);
	int read = fscanf(file, "%ld", &pid);
	fclose(file);
	REQUIRE(read == 1 && pid > 1);
	REQUIRE(kill((pid_t)pid, number) == 0);
	for (uint64_t end = after_ms(5000); number == SIGSTOP && !has_stopped(pid) && trv_monotonic() < end;)
		usleep(1000);
}

uint64_t after_ms(uint64_t milliseconds)
{
	return trv_monotonic() + milliseconds * MILLISECOND;
}

void maria_open_url(struct fixture *fixture, const char *url, unsigned query_ms)
{
	static const struct trv_allocator plain;
	struct trv_connect_options options = {
		.url = url,
		.allocator = &plain,
		.deadline = after_ms(10000),
		.query_ms = query_ms,
	};

	memset(fixture, 0, sizeof(*fixture));
	trv_arena_init(&fixture->arena, NULL, 0);
	REQUIRE_OK(DRIVER->connect(&options, &fixture->connection, &fixture->error), &fixture->error);
}

void maria_open(struct fixture *fixture)
{
	maria_open_url(fixture, maria_url(), 30000);
}

void maria_close(struct fixture *fixture)
{
	if (fixture->connection)
		DRIVER->close(fixture->connection);
	trv_arena_release(&fixture->arena);
	fixture->connection = NULL;
}

void maria_run(struct fixture *fixture, const char *sql)
{
	int r = DRIVER->run(fixture->connection, sql, after_ms(30000), &fixture->error);

	REQUIRE_OK(r, &fixture->error);
}

struct trv_statement *maria_prepare(struct fixture *fixture, const char *sql)
{
	struct trv_statement *statement = NULL;
	int r = DRIVER->prepare(fixture->connection, sql, strlen(sql), after_ms(30000), &statement, &fixture->error);

	REQUIRE_OK(r, &fixture->error);
	return statement;
}

int maria_exec(struct fixture *fixture, const char *sql, const struct trv_bind *binds, size_t count)
{
	struct trv_statement *statement = maria_prepare(fixture, sql);
	struct trv_request request = { .binds = binds, .bind_count = count, .rows = 1, .deadline = after_ms(30000) };
	int r = DRIVER->execute(statement, &request, &fixture->outcome, &fixture->error);

	DRIVER->finish(statement);
	DRIVER->finalize(statement);
	return r;
}

int maria_row(struct fixture *fixture, const char *sql, const struct trv_bind *binds, size_t bind_count,
              const struct trv_slot *slots, size_t slot_count, void *base)
{
	struct trv_statement *statement = maria_prepare(fixture, sql);
	struct trv_decode decode = { .slots = slots, .count = slot_count, .bases = 1 };
	struct trv_request request = {
		.binds = binds,
		.bind_count = bind_count,
		.rows = 1,
		.decode = &decode,
		.deadline = after_ms(30000),
	};
	void *bases[] = { base };
	uint64_t absent = 0;
	int r = DRIVER->execute(statement, &request, &fixture->outcome, &fixture->error);

	if (r == 0)
		r = DRIVER->fetch(statement, &decode, bases, &fixture->arena, &absent, &fixture->error);
	DRIVER->finish(statement);
	DRIVER->finalize(statement);
	return r;
}

int64_t maria_number(struct fixture *fixture, const char *sql)
{
	const struct trv_slot slot = { .type = TRV_INT64 };
	int64_t number = INT64_MIN;

	REQUIRE_STATUS(maria_row(fixture, sql, NULL, 0, &slot, 1, &number), 1);
	return number;
}

struct trv_bind bind_value(enum trv_type type, const void *value)
{
	return (struct trv_bind) { .type = (uint8_t)type, .value = value };
}

struct trv_bind bind_int64(const int64_t *value)
{
	return bind_value(TRV_INT64, value);
}

struct trv_bind bind_text(const char *text)
{
	return (struct trv_bind) { .type = TRV_TEXT, .value = text, .size = strlen(text) };
}

struct trv_bind bind_null(enum trv_type type)
{
	return (struct trv_bind) { .type = (uint8_t)type, .null = true };
}
