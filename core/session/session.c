#include "session/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int trv_session_open(struct trv_db *db, struct trv_session **session, struct trv_error *error)
{
	struct trv_session *made = trv_allocate(&db->allocator, sizeof(*made));

	if (!made)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a session");
	memset(made, 0, sizeof(*made));
	atomic_fetch_add(&db->users, 1);
	made->db = db;
	made->commit_id = TRV__NO_ID;
	trv_arena_init(&made->arena, &db->allocator, db->arena_cap);
	trv_arena_init(&made->scratch, &db->allocator, db->arena_cap);
	*session = made;
	return 0;
}

void trv_session_close(struct trv_session *session)
{
	if (!session)
		return;
	struct trv_db *db = session->db;
	if (!trv__pool_is_foreign(db->pool)) {
		trv__streams_close(session);
		while (session->depth)
			trv_rollback(session);
		trv__give_back(session);
	}
	trv__wishes_drop(session);
	trv__log_destroy(session);
	trv_arena_release(&session->scratch);
	trv_arena_release(&session->arena);
	trv_release(&db->allocator, session);
	trv__db_release(db);
}

const struct trv_error *trv_error(const struct trv_session *session)
{
	static const struct trv_error none = { .message = "there is no session" };

	return session ? &session->error : &none;
}

int trv_session_fail(struct trv_session *session, int code, const char *format, ...)
{
	char message[sizeof(session->error.message)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return trv_error_set(&session->error, code, "%s", message);
}

struct trv_db *trv_session_db(const struct trv_session *session)
{
	return session->db;
}

struct trv_arena *trv_session_arena(struct trv_session *session)
{
	return &session->arena;
}

struct trv_mark trv_mark(const struct trv_session *session)
{
	return trv_arena_mark(&session->arena);
}

void trv_rewind(struct trv_session *session, struct trv_mark mark)
{
	trv_arena_rewind(&session->arena, mark);
}

void trv_session_stats(const struct trv_session *session, struct trv_session_stats *stats)
{
	*stats = session->stats;
}

void *trv_native(struct trv_session *session)
{
	struct trv__call call;

	if (trv__enter_write(session, &call, TRV__SITE) < 0)
		return NULL;
	const struct trv_driver *driver = session->link->connection->driver;
	void *native = driver->native ? driver->native(session->link->connection) : NULL;
	if (native) {
		session->handed_out = true;
		session->pinned |= session->depth == 0;
	} else {
		trv_error_set(&session->error, TRV_ERR_UNSUPPORTED, "driver '%s' has no native handle", driver->name);
	}
	trv__leave(session, &call, native ? 0 : TRV_ERR_UNSUPPORTED);
	return native;
}
