#include "pool/ask.h"

#include <stdio.h>
#include <string.h>

struct question {
	const char *sql;
	const char *parameter; /* or NULL */
	struct trv_slot slot;
	void *cell;
	struct trv_arena *arena;
	uint64_t deadline;
};

static int answer(struct trv_statement *statement, const struct question *question, struct trv_error *error)
{
	const struct trv_driver *driver = statement->connection->driver;
	const struct trv_decode decode = { .slots = &question->slot, .count = 1, .bases = 1 };
	const struct trv_bind bind = {
		.value = question->parameter,
		.size = question->parameter ? strlen(question->parameter) : 0,
		.type = TRV_TEXT,
	};
	const struct trv_request request = {
		.binds = &bind,
		.bind_count = question->parameter ? 1 : 0,
		.rows = 1,
		.decode = &decode,
		.deadline = question->deadline,
	};
	struct trv_outcome outcome;
	void *bases[] = { question->cell };
	uint64_t absent = 0;
	int r = driver->execute(statement, &request, &outcome, error);

	if (r >= 0)
		r = driver->fetch(statement, &decode, bases, question->arena, &absent, error);
	driver->finish(statement);
	return r == 0 ? trv_error_set(error, TRV_ERR_NOT_FOUND, "no row") : r;
}

static int ask(struct trv_connection *connection, const struct question *question, struct trv_error *error)
{
	struct trv_statement *statement = NULL;
	int r = connection->driver->prepare(connection, question->sql, strlen(question->sql), question->deadline,
	                                    &statement, error);

	if (r < 0)
		return r;
	r = answer(statement, question, error);
	connection->driver->finalize(statement);
	return r;
}

int trv__ask_text(struct trv_connection *connection, const char *sql, const struct trv_allocator *allocator, char *text,
                  size_t size, uint64_t deadline, struct trv_error *error)
{
	struct trv_arena arena;
	const char *found = NULL;
	const struct question question = {
		.sql = sql,
		.slot = { .type = TRV_TEXT, .flags = TRV_SLOT_NULLABLE },
		.cell = &found,
		.arena = &arena,
		.deadline = deadline,
	};

	trv_arena_init(&arena, allocator, 0);
	int r = ask(connection, &question, error);
	if (r >= 0 && snprintf(text, size, "%s", found ? found : "") >= (int)size)
		r = trv_error_set(error, TRV_ERR_LIMIT, "a text of more than %zu bytes", size - 1);
	trv_arena_release(&arena);
	return r;
}

int trv__ask_integer(struct trv_connection *connection, const char *sql, const char *parameter, int64_t *number,
                     uint64_t deadline, struct trv_error *error)
{
	const struct question question = {
		.sql = sql,
		.parameter = parameter,
		.slot = { .type = TRV_INT64 },
		.cell = number,
		.deadline = deadline,
	};

	return ask(connection, &question, error);
}
