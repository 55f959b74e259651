#include "query/tally.h"

#include "base/hash.h"
#include "query/quoting.h"

#include <string.h>
#include <strings.h>

struct trv__account {
	uint64_t shape;
	uint64_t calls, rows, errors, nanoseconds, worst, misses; /* of tallies that are closed */
	uint64_t last, repeated;
	const void *site;
	struct trv__tally *open;
	UT_hash_handle hh;
	char sql[];
};

/* --- the table -------------------------------------------------------------------------------- */

static struct trv__account *create(const struct trv_allocator *allocator, uint64_t shape, const char *sql, size_t size)
{
	struct trv__account *account = trv_allocate(allocator, sizeof(*account) + size + 1);

	if (!account)
		return NULL;
	memset(account, 0, sizeof(*account));
	account->shape = shape;
	memcpy(account->sql, sql, size);
	account->sql[size] = '\0';
	return account;
}

int trv__accounts_init(struct trv__accounts *accounts, const struct trv_allocator *allocator, size_t limit)
{
	memset(accounts, 0, sizeof(*accounts));
	struct trv__account *rest = create(allocator, 0, "", 0);
	if (!rest)
		return TRV_ERR_NOMEM;
	if (pthread_mutex_init(&accounts->lock, NULL) != 0) {
		trv_release(allocator, rest);
		return TRV_ERR_NOMEM;
	}
	accounts->rest = rest;
	accounts->allocator = allocator;
	accounts->limit = limit;
	return 0;
}

void trv__accounts_release(struct trv__accounts *accounts)
{
	const struct trv_allocator *hash_memory = accounts->allocator;
	struct trv__account *account, *next;

	if (!accounts->rest)
		return;
	HASH_ITER(hh, accounts->table, account, next)
	{
		HASH_DEL(accounts->table, account);
		trv_release(accounts->allocator, account);
	}
	trv_release(accounts->allocator, accounts->rest);
	pthread_mutex_destroy(&accounts->lock);
	accounts->rest = NULL;
}

/* With the lock held. Where there is no room, or no memory, it is one of the rest. */
static struct trv__account *find(struct trv__accounts *accounts, uint64_t shape, const char *sql, size_t size)
{
	const struct trv_allocator *hash_memory = accounts->allocator;
	struct trv__account *account = NULL;
	bool hash_failed = false;

	HASH_FIND(hh, accounts->table, &shape, sizeof(shape), account);
	if (account || accounts->count >= accounts->limit)
		return account ? account : accounts->rest;
	account = create(accounts->allocator, shape, sql, size);
	if (!account)
		return accounts->rest;
	HASH_ADD(hh, accounts->table, shape, sizeof(shape), account);
	if (hash_failed) {
		trv_release(accounts->allocator, account);
		return accounts->rest;
	}
	accounts->count++;
	return account;
}

/* --- tallies ------------------------------------------------------------------------------------ */

static bool is_select(const char *sql)
{
	while (*sql == ' ' || *sql == '\n' || *sql == '\t' || *sql == '(')
		sql++;
	return strncasecmp(sql, "select", 6) == 0 || strncasecmp(sql, "with", 4) == 0;
}

/* A copy that may be shown, or NULL. */
static char *mask(const struct trv__accounts *accounts, const char *sql, const struct trv_dialect *by_hand)
{
	size_t room = by_hand ? strlen(sql) + 1 : 0;
	char *copy = room ? trv_allocate(accounts->allocator, room) : NULL;

	if (copy)
		trv__sql_mask(by_hand, sql, copy, room);
	return copy;
}

void trv__tally_open(struct trv__accounts *accounts, struct trv__tally *tally, const char *sql,
                     const struct trv_dialect *by_hand)
{
	if (!accounts)
		return;
	char *copy = mask(accounts, sql, by_hand);
	const char *text = copy ? copy : by_hand ? "" : sql;
	size_t size = strlen(text);
	tally->by_hand = by_hand;
	tally->reads = is_select(text);
	tally->shape = XXH3_64bits(text, size);
	pthread_mutex_lock(&accounts->lock);
	struct trv__account *account = size ? find(accounts, tally->shape, text, size) : accounts->rest;
	account->misses++;
	tally->account = account;
	tally->next = account->open;
	tally->at = &account->open;
	if (tally->next)
		tally->next->at = &tally->next;
	account->open = tally;
	pthread_mutex_unlock(&accounts->lock);
	trv_release(accounts->allocator, copy);
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* With the lock held. */
static void add(struct trv__account *account, const struct trv__tally *tally)
{
	uint64_t last = atomic_load_explicit(&tally->last, memory_order_relaxed);

	account->calls += atomic_load_explicit(&tally->calls, memory_order_relaxed);
	account->rows += atomic_load_explicit(&tally->rows, memory_order_relaxed);
	account->errors += atomic_load_explicit(&tally->errors, memory_order_relaxed);
	account->nanoseconds += atomic_load_explicit(&tally->nanoseconds, memory_order_relaxed);
	account->worst = later(account->worst, atomic_load_explicit(&tally->worst, memory_order_relaxed));
	if (last > account->last) {
		account->last = last;
		account->site = atomic_load_explicit(&tally->site, memory_order_relaxed);
	}
}

void trv__tally_close(struct trv__accounts *accounts, struct trv__tally *tally)
{
	if (!tally->account)
		return;
	pthread_mutex_lock(&accounts->lock);
	add(tally->account, tally);
	*tally->at = tally->next;
	if (tally->next)
		tally->next->at = tally->at;
	pthread_mutex_unlock(&accounts->lock);
	tally->account = NULL;
}

static void unprepare(struct trv__accounts *accounts, struct trv__tally *tally)
{
	pthread_mutex_lock(&accounts->lock);
	tally->account->misses--;
	pthread_mutex_unlock(&accounts->lock);
}

void trv__account_note(struct trv__accounts *accounts, const char *sql, const struct trv_dialect *by_hand,
                       const struct trv__run_figures *run, bool prepared)
{
	struct trv__tally tally = { .account = NULL };

	trv__tally_open(accounts, &tally, sql, by_hand);
	trv__tally_note(&tally, run);
	if (!prepared)
		unprepare(accounts, &tally);
	trv__tally_close(accounts, &tally);
}

void trv__account_repeated(struct trv__accounts *accounts, struct trv__account *account)
{
	pthread_mutex_lock(&accounts->lock);
	account->repeated++;
	pthread_mutex_unlock(&accounts->lock);
}

/* --- reading -------------------------------------------------------------------------------------- */

/* With the lock held. */
static struct trv_statement_stats stats_of(const struct trv__account *account)
{
	struct trv__account sum = *account;

	for (const struct trv__tally *tally = account->open; tally; tally = tally->next)
		add(&sum, tally);
	return (struct trv_statement_stats) {
		.shape = sum.shape,
		.sql = account->sql,
		.calls = sum.calls,
		.rows = sum.rows,
		.errors = sum.errors,
		.nanoseconds = sum.nanoseconds,
		.worst = sum.worst,
		.plan_hits = sum.calls > sum.misses ? sum.calls - sum.misses : 0,
		.plan_misses = sum.misses,
		.repeated = sum.repeated,
		.site = sum.site,
	};
}

static void swap(struct trv_statement_stats *a, struct trv_statement_stats *b)
{
	struct trv_statement_stats kept = *a;

	*a = *b;
	*b = kept;
}

/* A heap with the least on top: what is kept when there are more than fit. */
static void sink(struct trv_statement_stats *heap, size_t count, size_t i)
{
	for (size_t child; (child = 2 * i + 1) < count; i = child) {
		if (child + 1 < count && heap[child + 1].nanoseconds < heap[child].nanoseconds)
			child++;
		if (heap[i].nanoseconds <= heap[child].nanoseconds)
			return;
		swap(&heap[i], &heap[child]);
	}
}

static void rise(struct trv_statement_stats *heap, size_t i)
{
	for (size_t parent; i > 0 && heap[i].nanoseconds < heap[parent = (i - 1) / 2].nanoseconds; i = parent)
		swap(&heap[i], &heap[parent]);
}

static void take(struct trv_statement_stats *heap, size_t *count, size_t max, const struct trv_statement_stats *stats)
{
	if (*count < max) {
		heap[*count] = *stats;
		rise(heap, (*count)++);
	} else if (max && stats->nanoseconds > heap[0].nanoseconds) {
		heap[0] = *stats;
		sink(heap, max, 0);
	}
}

/* The least goes to the end, time after time. */
static void sort(struct trv_statement_stats *heap, size_t count)
{
	while (count > 1) {
		swap(&heap[0], &heap[--count]);
		sink(heap, count, 0);
	}
}

size_t trv__accounts_read(struct trv__accounts *accounts, struct trv_statement_stats *stats, size_t max)
{
	size_t count = 0;

	pthread_mutex_lock(&accounts->lock);
	size_t all = accounts->count;
	for (struct trv__account *account = accounts->table; account; account = account->hh.next) {
		struct trv_statement_stats found = stats_of(account);

		take(stats, &count, max, &found);
	}
	struct trv_statement_stats rest = stats_of(accounts->rest);
	if (rest.plan_misses || rest.calls) {
		all++;
		take(stats, &count, max, &rest);
	}
	pthread_mutex_unlock(&accounts->lock);
	sort(stats, count);
	return all;
}
