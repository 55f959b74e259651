/*
 * The watcher of replicas. It alone decides when one comes back; that one is to be set
 * aside is noticed by the sessions too.
 */
#include "pool/ask.h"
#include "pool/replicas_internal.h"

#define LONGEST_SLEEP_MS 1000u
#define SHORTEST_SLEEP_MS 10u
#define ACQUIRE_MS 200u
#define ANSWER_MS 1000u
#define FIRST_PAUSE_MS 50u
#define LONGEST_PAUSE_MS 2000u

/* --- asking ------------------------------------------------------------------------------------- */

static struct trv__link *borrow(struct trv__replicas *replicas, struct trv__pool *pool)
{
	struct trv__link *link = NULL;
	struct trv_error ignored;

	if (trv__pool_acquire_by(pool, replicas, NULL, trv_monotonic() + ACQUIRE_MS * TRV__MS, &link, &ignored) < 0)
		return NULL;
	return link;
}

static void give_back(struct trv__replicas *replicas, struct trv__link *link)
{
	trv__pool_release(link->pool, replicas, link, false, 0);
}

static uint64_t answer_by(void)
{
	return trv_monotonic() + ANSWER_MS * TRV__MS;
}

/* Where the primary cannot be asked, what was known of it is all that there is to reach. */
static void ask_primary(struct trv__replicas *replicas)
{
	struct trv__position found = { .time = trv_monotonic() };
	struct trv__link *link = borrow(replicas, replicas->settings.primary);
	struct trv_error ignored;

	if (!link)
		return;
	const char *sql = link->connection->dialect->position;
	int r = sql ? trv__ask_text(link->connection, sql, replicas->settings.allocator, found.text, sizeof(found.text),
	                            answer_by(), &ignored)
	            : 0;
	give_back(replicas, link);
	if (r < 0)
		return;
	replicas->untold = !found.text[0];
	if (replicas->untold)
		found.time = 0;
	replicas->latest = found;
}

/* 1 it shows all of it, 0 not yet. */
static int has_reached(struct trv_connection *connection, const struct trv__position *position)
{
	const char *sql = connection->dialect->position_reached;
	struct trv_error ignored;
	int64_t reached = 0;

	if (!sql)
		return connection->driver->ping(connection, answer_by(), &ignored) < 0 ? TRV_ERR_LOST : 0;
	int r = trv__ask_integer(connection, sql, position->text, &reached, answer_by(), &ignored);
	return r < 0 ? r : reached == 1;
}

/*
 * A replica waits for one position until it reaches it, and only then for the next: the
 * latest one is never reached while there are always newer writes.
 */
static int follow(struct trv__replicas *replicas, struct trv__replica *replica, struct trv_connection *connection)
{
	struct trv_error ignored;

	if (!replicas->latest.time)
		return connection->driver->ping(connection, answer_by(), &ignored);
	for (;;) {
		if (!replica->awaited.time)
			replica->awaited = replicas->latest;
		int r = has_reached(connection, &replica->awaited);
		if (r <= 0)
			return r;
		bool all = replica->awaited.time == replicas->latest.time;
		atomic_store_explicit(&replica->reached, replica->awaited.time, memory_order_release);
		replica->awaited.time = 0;
		if (all)
			return 0;
	}
}

/* --- judging ------------------------------------------------------------------------------------ */

static uint64_t random_below(struct trv__replicas *replicas, uint64_t limit)
{
	uint64_t z = (replicas->seed += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % limit;
}

static void try_later(struct trv__replicas *replicas, struct trv__replica *replica)
{
	unsigned shift = replica->failures < 6 ? replica->failures : 6;
	uint64_t pause = (uint64_t)(FIRST_PAUSE_MS << shift) * TRV__MS;

	if (pause > LONGEST_PAUSE_MS * TRV__MS)
		pause = LONGEST_PAUSE_MS * TRV__MS;
	replica->failures++;
	replica->retry_at = trv_monotonic() + pause / 2 + random_below(replicas, pause / 2);
}

/* For how long it lacks something that is known; UINT64_MAX: since nobody knows when. */
static uint64_t behind(const struct trv__replicas *replicas, const struct trv__replica *replica)
{
	uint64_t reached = atomic_load(&replica->reached);

	if (replicas->untold || (replicas->latest.time && reached == replicas->latest.time))
		return 0;
	return reached ? trv_monotonic() - reached : UINT64_MAX;
}

/* Of one that answered. */
static void judge(struct trv__replicas *replicas, struct trv__replica *replica)
{
	uint64_t late = behind(replicas, replica), limit = replicas->settings.lag_ms * TRV__MS;

	atomic_store(&replica->behind, late == UINT64_MAX ? 0 : late);
	if (trv__replicas_are_limited(replicas) && late > limit) {
		trv__replica_set_aside(replica);
		try_later(replicas, replica);
		return;
	}
	replica->failures = 0;
	atomic_store_explicit(&replica->in_use, true, memory_order_release);
}

/* What comes in its place may be another server: what this one had reached is forgotten. */
static void forget(struct trv__replicas *replicas, struct trv__replica *replica)
{
	trv__replica_set_aside(replica);
	atomic_store(&replica->reached, 0);
	replica->awaited.time = 0;
	try_later(replicas, replica);
}

static void look_at(struct trv__replicas *replicas, struct trv__replica *replica)
{
	struct trv__link *link;
	int r = TRV_ERR_LOST;

	if (!atomic_load(&replica->in_use) && trv_monotonic() < replica->retry_at)
		return;
	link = borrow(replicas, replica->pool);
	/* one that is busy is not dead: what is known of it stays */
	if (!link && trv__pool_is_exhausted(replica->pool))
		return;
	if (link) {
		r = follow(replicas, replica, link->connection);
		give_back(replicas, link);
	}
	if (r < 0)
		forget(replicas, replica);
	else
		judge(replicas, replica);
}

/* --- the thread --------------------------------------------------------------------------------- */

static uint64_t usual_sleep(const struct trv__replicas *replicas)
{
	unsigned ms = LONGEST_SLEEP_MS;

	if (trv__replicas_are_limited(replicas) && replicas->settings.lag_ms / 4 < ms)
		ms = replicas->settings.lag_ms / 4;
	return (ms < SHORTEST_SLEEP_MS ? SHORTEST_SLEEP_MS : ms) * TRV__MS;
}

/* Who was set aside by a session since has no time yet: that is soon. */
static uint64_t next_look(const struct trv__replicas *replicas, uint64_t looked)
{
	uint64_t next = looked + usual_sleep(replicas);

	for (size_t i = 0; i < replicas->settings.count; i++) {
		const struct trv__replica *replica = &replicas->items[i];

		if (!atomic_load(&replica->in_use) && replica->retry_at < next)
			next = replica->retry_at;
	}
	if (atomic_load(&replicas->wanted))
		next = 0;
	return next < looked + SHORTEST_SLEEP_MS * TRV__MS ? looked + SHORTEST_SLEEP_MS * TRV__MS : next;
}

static void look(struct trv__replicas *replicas)
{
	atomic_store(&replicas->wanted, false);
	ask_primary(replicas);
	for (size_t i = 0; i < replicas->settings.count && atomic_load(&replicas->watching); i++)
		look_at(replicas, &replicas->items[i]);
}

void *trv__replicas_watch(void *argument)
{
	struct trv__replicas *replicas = argument;

	pthread_mutex_lock(&replicas->lock);
	while (atomic_load(&replicas->watching)) {
		pthread_mutex_unlock(&replicas->lock);
		look(replicas);
		uint64_t looked = trv_monotonic();
		pthread_mutex_lock(&replicas->lock);
		while (atomic_load(&replicas->watching) && trv_monotonic() < next_look(replicas, looked))
			trv__cond_wait(&replicas->wake, &replicas->lock, next_look(replicas, looked));
	}
	pthread_mutex_unlock(&replicas->lock);
	return NULL;
}
