#include "query/plan.h"

#include "base/hash.h"

#include <string.h>

/* The plan and what it owns are one block: head, slots, shape, SQL. */
struct block {
	struct trv__plan plan;
	UT_hash_handle hh;
};

void trv__plans_init(struct trv__plans *plans, struct trv_connection *connection, const struct trv_allocator *allocator,
                     size_t limit, struct trv__accounts *accounts)
{
	memset(plans, 0, sizeof(*plans));
	plans->connection = connection;
	plans->allocator = allocator;
	plans->limit = limit;
	plans->accounts = accounts;
}

static void unlink_plan(struct trv__plans *plans, struct trv__plan *plan)
{
	*(plan->newer ? &plan->newer->older : &plans->newest) = plan->older;
	*(plan->older ? &plan->older->newer : &plans->oldest) = plan->newer;
	plan->newer = plan->older = NULL;
}

static void link_newest(struct trv__plans *plans, struct trv__plan *plan)
{
	plan->older = plans->newest;
	plan->newer = NULL;
	*(plans->newest ? &plans->newest->newer : &plans->oldest) = plan;
	plans->newest = plan;
}

static void destroy(struct trv__plans *plans, struct trv__plan *plan)
{
	trv__tally_close(plans->accounts, &plan->tally);
	if (plan->statement)
		plans->connection->driver->finalize(plan->statement);
	if (plan->described)
		trv_release(plans->allocator, plan->described);
	trv_release(plans->allocator, plan);
}

static void remove_plan(struct trv__plans *plans, struct trv__plan *plan)
{
	const struct trv_allocator *hash_memory = plans->allocator;
	struct block *table = (struct block *)(void *)plans->table;
	struct block *block = (struct block *)(void *)plan;

	HASH_DEL(table, block);
	plans->table = (struct trv__plan *)(void *)table;
	unlink_plan(plans, plan);
	plans->count--;
	plan->kept = false;
}

void trv__plans_release(struct trv__plans *plans)
{
	while (plans->newest) {
		struct trv__plan *plan = plans->newest;

		remove_plan(plans, plan);
		destroy(plans, plan);
	}
}

struct trv__plan *trv__plans_find(struct trv__plans *plans, const void *shape, size_t size)
{
	struct block *table = (struct block *)(void *)plans->table;
	struct trv__plan *newest = plans->newest;
	struct block *block = NULL;

	/* in a loop it is the last one again, which needs no hash */
	if (newest && newest->shape_size == size && memcmp(newest->shape, shape, size) == 0)
		return newest->running ? NULL : newest;
	HASH_FIND(hh, table, shape, size, block);
	if (!block || block->plan.running)
		return NULL;
	unlink_plan(plans, &block->plan);
	link_newest(plans, &block->plan);
	return &block->plan;
}

static struct trv__plan *build(const struct trv_allocator *allocator, const struct trv__plan_parts *parts)
{
	size_t slots_size = parts->slot_count * sizeof(*parts->slots);
	size_t size = sizeof(struct block) + slots_size + parts->shape_size + parts->sql_size + 1;
	struct block *block = trv_allocate(allocator, size);

	if (!block)
		return NULL;
	memset(block, 0, sizeof(*block));
	char *at = (char *)(block + 1);
	struct trv__plan *plan = &block->plan;
	if (slots_size)
		memcpy(at, parts->slots, slots_size);
	plan->decode.slots = (struct trv_slot *)(void *)at;
	plan->decode.count = parts->slot_count;
	plan->decode.bases = parts->bases;
	at += slots_size;
	memcpy(at, parts->shape, parts->shape_size);
	plan->shape = (uint8_t *)at;
	plan->shape_size = parts->shape_size;
	at += parts->shape_size;
	memcpy(at, parts->sql, parts->sql_size);
	at[parts->sql_size] = '\0';
	plan->sql = at;
	plan->sql_size = parts->sql_size;
	plan->parameters = parts->parameters;
	return plan;
}

static void evict(struct trv__plans *plans)
{
	struct trv__plan *plan = plans->oldest;

	while (plan && plan->running)
		plan = plan->newer;
	if (plan) {
		remove_plan(plans, plan);
		destroy(plans, plan);
	}
}

/* Puts it into the cache, unless its shape is there (and running) or memory is short. */
static void keep(struct trv__plans *plans, struct trv__plan *plan)
{
	const struct trv_allocator *hash_memory = plans->allocator;
	struct block *table = (struct block *)(void *)plans->table;
	struct block *block = (struct block *)(void *)plan, *there = NULL;
	bool hash_failed = false;

	if (plans->count >= plans->limit)
		evict(plans);
	table = (struct block *)(void *)plans->table;
	HASH_FIND(hh, table, plan->shape, plan->shape_size, there);
	if (there)
		return;
	HASH_ADD_KEYPTR(hh, table, plan->shape, plan->shape_size, block);
	plans->table = (struct trv__plan *)(void *)table;
	if (hash_failed)
		return;
	plan->kept = true;
	link_newest(plans, plan);
	plans->count++;
}

int trv__plans_add(struct trv__plans *plans, const struct trv__plan_parts *parts, uint64_t deadline,
                   struct trv__plan **plan, struct trv_error *error)
{
	struct trv__plan *made = build(plans->allocator, parts);

	if (!made)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a statement");
	int r = plans->connection->driver->prepare(plans->connection, made->sql, made->sql_size, deadline,
	                                           &made->statement, error);
	if (r < 0) {
		trv_release(plans->allocator, made);
		return r;
	}
	trv__tally_open(plans->accounts, &made->tally, made->sql, parts->by_hand ? plans->connection->dialect : NULL);
	keep(plans, made);
	*plan = made;
	return 0;
}

int trv__plan_describe(struct trv__plans *plans, struct trv__plan *plan, const struct trv_slot *slots, size_t count,
                       struct trv_error *error)
{
	size_t size = (count + 1) * sizeof(*slots), names = 0;

	for (size_t i = 0; i < count; i++)
		names += slots[i].name ? strlen(slots[i].name) + 1 : 0;
	struct trv_slot *copy = trv_allocate(plans->allocator, size + names);
	if (!copy)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for a statement");
	char *to = (char *)copy + size;
	for (size_t i = 0; i < count; i++) {
		copy[i] = slots[i];
		if (!slots[i].name)
			continue;
		size_t length = strlen(slots[i].name) + 1;
		copy[i].name = memcpy(to, slots[i].name, length);
		to += length;
	}
	plan->described = copy;
	plan->decode.slots = copy;
	plan->decode.count = count;
	plan->decode.by_name = true;
	return 0;
}

void trv__plan_done(struct trv__plans *plans, struct trv__plan *plan, bool keep_it)
{
	plan->running = false;
	if (plan->kept && keep_it)
		return;
	if (plan->kept)
		remove_plan(plans, plan);
	destroy(plans, plan);
}
