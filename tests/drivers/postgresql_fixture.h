/*
 * What the tests of the PostgreSQL driver share: a connection with its arena and error,
 * and short ways to run, write and read through the driver's table of operations.
 */
#ifndef TRIVET_TESTS_POSTGRESQL_FIXTURE_H
#define TRIVET_TESTS_POSTGRESQL_FIXTURE_H

#include "../servers.h"
#include "../test.h"
#include <trivet/driver.h>

extern const struct trv_driver trv__postgresql_driver;

static const struct trv_driver *const driver = &trv__postgresql_driver;

struct fixture {
	struct trv_connection *connection;
	struct trv_arena arena;
	struct trv_error error;
	struct trv_statement *statement; /* the one being read by select_row */
	struct trv_outcome outcome;
};

/* A deadline so many milliseconds from now. */
static inline uint64_t in_ms(uint64_t ms)
{
	return trv_monotonic() + ms * 1000000;
}

static inline int fixture_connect(struct fixture *f, const char *url)
{
	memset(f, 0, sizeof(*f));
	trv_arena_init(&f->arena, NULL, 0);
	return driver->connect(&(struct trv_connect_options) { .url = url, .deadline = in_ms(5000) }, &f->connection,
	                       &f->error);
}

/* The test server's URL, with more parameters. */
static inline const char *server_url(const char *more)
{
	static char url[1024];

	REQUIRE(test_database("postgresql"));
	snprintf(url, sizeof(url), "%s%s", test_database("postgresql"), more);
	return url;
}

/*
 * A URL of that database whose host is given, with more parameters; in `folder` where the
 * server's own socket is. Skips the test where that is not known.
 */
static inline void server_url_by(char url[1024], const char *hosts, const char *more, const char **folder)
{
	const char *path = strstr(server_url(""), "@/");
	const char *socket = path ? strstr(path, "?host=") : NULL;

	if (!socket || strchr(socket, '&'))
		SKIP("the server is not on a socket of this machine");
	*folder = socket + strlen("?host=");
	snprintf(url, 1024, "postgresql://tester:s3cret%%21pass@%s/%.*s?%s", hosts, (int)(socket - path - 2), path + 2,
	         more);
}

static inline void fixture_open(struct fixture *f, const char *more)
{
	REQUIRE_OK(fixture_connect(f, server_url(more)), &f->error);
}

static inline void fixture_close(struct fixture *f)
{
	if (f->statement)
		driver->finalize(f->statement);
	if (f->connection)
		driver->close(f->connection);
	trv_arena_release(&f->arena);
}

static inline int run(struct fixture *f, const char *sql)
{
	return driver->run(f->connection, sql, in_ms(5000), &f->error);
}

static inline int prepare(struct fixture *f, const char *sql, struct trv_statement **ret)
{
	return driver->prepare(f->connection, sql, strlen(sql), in_ms(5000), ret, &f->error);
}

/* One statement with parameters, no rows. */
static inline int write_with(struct fixture *f, const char *sql, const struct trv_bind *binds, size_t count)
{
	struct trv_statement *statement = NULL;

	int r = prepare(f, sql, &statement);
	if (r < 0)
		return r;
	r = driver->execute(
		statement,
		&(struct trv_request) { .binds = binds, .bind_count = count, .rows = 1, .deadline = in_ms(60000) },
		&f->outcome, &f->error);
	driver->finalize(statement);
	return r;
}

static inline int transaction(struct fixture *f, enum trv_transaction_verb verb, unsigned level)
{
	return driver->transaction(f->connection, verb, level, NULL, in_ms(5000), &f->error);
}

/* Prepares and executes `sql` and fetches its first row; 1, 0 or an error. */
static inline int select_with(struct fixture *f, const char *sql, const struct trv_bind *binds, size_t bind_count,
                              const struct trv_slot *slots, size_t count, void *row)
{
	struct trv_decode decode = { .slots = slots, .count = count, .bases = 1 };
	struct trv_request request = {
		.binds = binds, .bind_count = bind_count, .rows = 1, .decode = &decode, .deadline = in_ms(20000)
	};
	uint64_t absent = 0;

	if (f->statement)
		driver->finalize(f->statement);
	f->statement = NULL;
	int r = prepare(f, sql, &f->statement);
	if (r < 0)
		return r;
	r = driver->execute(f->statement, &request, &f->outcome, &f->error);
	if (r == 0)
		r = driver->fetch(f->statement, &decode, (void *[]) { row }, &f->arena, &absent, &f->error);
	driver->finish(f->statement);
	return r;
}

/* The one integer that `sql` (SELECT ... AS x) gives; ends the test when there is none. */
static inline int64_t select_integer(struct fixture *f, const char *sql)
{
	static const struct trv_slot slot = { .type = TRV_INT64, .name = "x" };
	int64_t value = 0;

	int r = select_with(f, sql, NULL, 0, &slot, 1, &value);
	CHECK_OK(r, &f->error);
	REQUIRE(r == 1);
	return value;
}

/* The same for text; it lives in the arena. */
static inline const char *select_text(struct fixture *f, const char *sql)
{
	static const struct trv_slot slot = { .type = TRV_TEXT, .name = "x", .flags = TRV_SLOT_NULLABLE };
	const char *value = NULL;

	int r = select_with(f, sql, NULL, 0, &slot, 1, &value);
	CHECK_OK(r, &f->error);
	REQUIRE(r == 1);
	return value;
}

static inline struct trv_bind bind_int64(const int64_t *value)
{
	return (struct trv_bind) { .value = value, .size = sizeof(*value), .type = TRV_INT64 };
}

static inline struct trv_bind bind_text(const char *text)
{
	return (struct trv_bind) { .value = text, .size = strlen(text), .type = TRV_TEXT };
}

#endif
