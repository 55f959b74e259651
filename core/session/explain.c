/*
 * What a query would run. The loaders themselves run, on a connection that is none: it
 * notes each statement's text and answers with one invented row, so that what depends on
 * rows is shown too. So nothing here knows how a query is loaded, and nothing can differ
 * from what is really sent.
 */
#include "session/load.h"

#include <stdarg.h>
#include <stdio.h>

struct trv__explanation {
	struct trv_connection connection;
	struct trv__link link;
	struct trv_arena *scratch;
	char *text;
	size_t size, room;
	unsigned depth;
	int64_t rows; /* invented so far */
};

/* A statement that is noted when it is executed. */
struct noted {
	struct trv_statement base;
	const char *sql;
	bool fetched;
};

/* --- text --------------------------------------------------------------------------------------- */

static int append(struct trv__explanation *explanation, const char *text, struct trv_error *error)
{
	size_t size = strlen(text);

	if (size >= explanation->room - explanation->size) {
		size_t room = explanation->room * 2 + size + 512;
		char *more = trv_arena_bytes(explanation->scratch, room);

		if (!more)
			return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for an explanation");
		if (explanation->size)
			memcpy(more, explanation->text, explanation->size);
		explanation->text = more;
		explanation->room = room;
	}
	memcpy(explanation->text + explanation->size, text, size + 1);
	explanation->size += size;
	return 0;
}

static int append_line(struct trv__explanation *explanation, const char *text, struct trv_error *error)
{
	int r = 0;

	for (unsigned i = 0; i < explanation->depth && r >= 0; i++)
		r = append(explanation, "  ", error);
	if (r >= 0)
		r = append(explanation, text, error);
	return r < 0 ? r : append(explanation, "\n", error);
}

int trv__explain_label(struct trv_session *session, unsigned depth, const struct trv_model *model,
                       const struct trv_relation *relation, const char *loader)
{
	struct trv__explanation *explanation = session->explanation;

	if (!explanation)
		return 0;
	explanation->depth = depth;
	const char *line = trv_arena_printf(explanation->scratch, "-- %s.%s: %s", model->name, relation->name, loader);
	if (!line)
		return trv__no_memory(session);
	return append_line(explanation, line, &session->error);
}

/* --- the connection that is none -------------------------------------------------------------------- */

static struct trv__explanation *explanation_of(struct trv_connection *connection)
{
	return (struct trv__explanation *)(void *)connection;
}

static int prepare(struct trv_connection *connection, const char *sql, size_t length, uint64_t deadline,
                   struct trv_statement **statement, struct trv_error *error)
{
	struct noted *noted = trv_arena_zero(explanation_of(connection)->scratch, 1, sizeof(*noted));

	(void)length;
	(void)deadline;
	if (!noted)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for an explanation");
	noted->base.connection = connection;
	noted->sql = sql;
	*statement = &noted->base;
	return 0;
}

static void finish(struct trv_statement *statement)
{
	((struct noted *)(void *)statement)->fetched = false;
}

static int execute(struct trv_statement *statement, const struct trv_request *request, struct trv_outcome *outcome,
                   struct trv_error *error)
{
	struct noted *noted = (struct noted *)(void *)statement;

	(void)request;
	(void)outcome;
	noted->fetched = false;
	return append_line(explanation_of(statement->connection), noted->sql, error);
}

/* A value that no other row has, so that no two rows are taken for one. */
static int invent(const struct trv_slot *slot, int64_t number, void *to, struct trv_arena *arena)
{
	struct trv_uuid uuid = { { 0 } };
	const char *text;

	switch (slot->type) {
	case TRV_TEXT:
	case TRV_JSON:
	case TRV_BYTES:
		text = trv_arena_printf(arena, "%lld", (long long)number);
		if (slot->type == TRV_BYTES)
			*(struct trv_bytes *)to = (struct trv_bytes) { text, text ? strlen(text) : 0 };
		else
			*(const char **)to = text;
		return text ? 0 : TRV_ERR_NOMEM;
	case TRV_DECIMAL:
		*(struct trv_decimal *)to = trv_decimal(number, slot->scale);
		return 0;
	case TRV_UUID:
		memcpy(uuid.bytes, &number, sizeof(number));
		*(struct trv_uuid *)to = uuid;
		return 0;
	case TRV_INT16:
		*(int16_t *)to = (int16_t)number;
		return 0;
	case TRV_INT32:
	case TRV_DATE:
		*(int32_t *)to = (int32_t)number;
		return 0;
	case TRV_INT64:
	case TRV_TIME:
	case TRV_TIMESTAMP:
		*(int64_t *)to = number;
		return 0;
	default:
		memset(to, 0, trv_type_size((enum trv_type)slot->type));
		return 0;
	}
}

static int fetch(struct trv_statement *statement, const struct trv_decode *decode, void *const *bases,
                 struct trv_arena *arena, uint64_t *absent, struct trv_error *error)
{
	struct noted *noted = (struct noted *)(void *)statement;
	struct trv__explanation *explanation = explanation_of(statement->connection);

	if (noted->fetched)
		return 0;
	noted->fetched = true;
	explanation->rows++;
	for (size_t i = 0; i < decode->count; i++) {
		const struct trv_slot *slot = &decode->slots[i];
		char *base = bases[slot->base];
		int64_t number = explanation->rows * (TRV__MAX_NODES + 1) + slot->base;

		if (invent(slot, number, base + slot->offset, arena) < 0)
			return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for an explanation");
		if (slot->has_offset)
			*(bool *)(base + slot->has_offset) = true;
	}
	*absent = 0;
	return 1;
}

static const struct trv_driver explaining = {
	.abi = TRV_DRIVER_ABI,
	.size = sizeof(struct trv_driver),
	.name = "explain",
	.prepare = prepare,
	.finalize = finish,
	.execute = execute,
	.fetch = fetch,
	.finish = finish,
};

/* --- the call ------------------------------------------------------------------------------------------ */

static int load(struct trv_session *session, const struct trv_model *model, const struct trv_query *query)
{
	struct trv_list list = { NULL, 0 };
	struct trv__select select;
	struct trv__run run;
	const char *title = trv_arena_printf(&session->scratch, "-- %s", model->name);
	int r = title ? append_line(session->explanation, title, &session->error) : trv__no_memory(session);

	if (r >= 0)
		r = trv__run_init(&run, session, model, query);
	if (r < 0)
		return r;
	run.arena = &session->scratch;
	r = trv__select_init(&run, &select, model, query, 0, true);
	return r < 0 ? r : trv__load_list(&run, &select, &list);
}

/* The session as it is, but for its connection, for as long as the loaders run. Nobody is told of it. */
static int load_aside(struct trv_session *session, struct trv__explanation *explanation, const struct trv_model *model,
                      const struct trv_query *query)
{
	struct trv_session before = *session;

	session->link = &explanation->link;
	session->explanation = explanation;
	session->observe = NULL;
	session->log = NULL;
	session->streams = 0;
	int r = load(session, model, query);
	session->link = before.link;
	session->explanation = NULL;
	session->observe = before.observe;
	session->log = before.log;
	session->streams = before.streams;
	session->stats = before.stats;
	session->failed = before.failed;
	return r;
}

static int explain(struct trv_session *session, const struct trv_model *model, const char **text,
                   const struct trv_query *query)
{
	struct trv__explanation explanation = {
		.connection = { .driver = &explaining, .dialect = trv__dialect(session), .in_transaction = true },
		.scratch = &session->scratch,
	};

	explanation.link.connection = &explanation.connection;
	trv__plans_init(&explanation.link.plans, &explanation.connection, &session->db->allocator, 1, NULL);
	int r = load_aside(session, &explanation, model, query);
	trv__plans_release(&explanation.link.plans);
	if (r < 0)
		return r;
	const char *copy = trv_arena_strdup(&session->arena, explanation.text);
	if (!copy)
		return trv__no_memory(session);
	*text = copy;
	return 0;
}

int trv__explain(struct trv_session *session, const struct trv_model *model, const char **text, const void *query)
{
	struct trv__call call;
	int r = trv__enter(session, &call, TRV__SITE);

	if (r < 0)
		return r;
	return trv__leave(session, &call, explain(session, model, text, query ? query : trv__no_query()));
}
