/*
 * What a program wants to be told at the end of a transaction. Each wish knows how deep it was
 * made: a savepoint that is released hands it to the level above, one that is rolled back
 * ends it. It is told when the call that ended the transaction is over, so that it may
 * use the session as anybody may.
 */
#include "session/internal.h"

struct trv__wish {
	struct trv__wish *next;
	unsigned depth;
	enum trv_transaction_end end;
	void (*run)(struct trv_session *session, enum trv_transaction_end end, void *argument);
	void *argument;
};

static struct trv__wish **last_of(struct trv__wish **at)
{
	while (*at)
		at = &(*at)->next;
	return at;
}

int trv_on_end(struct trv_session *session,
               void (*run)(struct trv_session *session, enum trv_transaction_end end, void *argument), void *argument)
{
	if (!session->depth) {
		run(session, TRV_COMMITTED, argument);
		return 0;
	}
	struct trv__wish *wish = trv_allocate(&session->db->allocator, sizeof(*wish));
	if (!wish)
		return trv_error_set(&session->error, TRV_ERR_NOMEM, "out of memory");
	*wish = (struct trv__wish) { .depth = session->depth, .run = run, .argument = argument };
	*last_of(&session->wishes) = wish;
	return 0;
}

/* In a forked child, whose parent's transaction it is, nobody is told. */
void trv__wishes_drop(struct trv_session *session)
{
	while (session->wishes) {
		struct trv__wish *wish = session->wishes;

		session->wishes = wish->next;
		trv_release(&session->db->allocator, wish);
	}
}

void trv__wishes_keep(struct trv_session *session)
{
	for (struct trv__wish *at = session->wishes; at; at = at->next)
		if (at->depth > session->depth)
			at->depth = session->depth;
}

void trv__wishes_end(struct trv_session *session, enum trv_transaction_end end)
{
	for (struct trv__wish **at = &session->wishes; *at;) {
		struct trv__wish *wish = *at;

		if (wish->depth <= session->depth) {
			at = &wish->next;
			continue;
		}
		*at = wish->next;
		wish->next = NULL;
		wish->end = end;
		*last_of(&session->due) = wish;
	}
}

/* The error that the call left is still the session's afterwards. One at a time: what is told may end a transaction too. */
void trv__wishes_tell(struct trv_session *session)
{
	struct trv_error error = session->error;

	while (session->due) {
		struct trv__wish *wish = session->due;

		session->due = wish->next;
		wish->run(session, wish->end, wish->argument);
		trv_release(&session->db->allocator, wish);
	}
	session->error = error;
}
