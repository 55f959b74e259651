#include "model/registry.h"

#include <string.h>
#include <trivet/driver.h>

/* Each function that touches a hash table has a `registry` at hand. */
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) trv_allocate(&registry->allocator, size)
#define uthash_free(memory, size) trv_release(&registry->allocator, memory)
#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <uthash.h>

struct trv__entry {
	const struct trv_model *model;
	size_t position; /* in the registry's array */
	UT_hash_handle hh_name;
	UT_hash_handle hh_table;
	bool lost; /* uthash had no memory for it */
};

static struct trv__entry *find_name(const struct trv_registry *registry, const char *name)
{
	struct trv__entry *entry = NULL;

	HASH_FIND(hh_name, registry->by_name, name, strlen(name), entry);
	return entry;
}

static struct trv__entry *find_table(const struct trv_registry *registry, const char *table)
{
	struct trv__entry *entry = NULL;

	HASH_FIND(hh_table, registry->by_table, table, strlen(table), entry);
	return entry;
}

static bool insert(struct trv_registry *registry, struct trv__entry *entry)
{
	const struct trv_model *model = entry->model;

	HASH_ADD_KEYPTR(hh_name, registry->by_name, model->name, strlen(model->name), entry);
	if (entry->lost)
		return false;
	HASH_ADD_KEYPTR(hh_table, registry->by_table, model->table, strlen(model->table), entry);
	if (!entry->lost)
		return true;
	HASH_DELETE(hh_name, registry->by_name, entry);
	return false;
}

static void clear(struct trv_registry *registry)
{
	struct trv__entry *entry, *next;

	HASH_CLEAR(hh_table, registry->by_table);
	HASH_ITER(hh_name, registry->by_name, entry, next)
	{
		HASH_DELETE(hh_name, registry->by_name, entry);
		trv_release(&registry->allocator, entry);
	}
}

#pragma GCC diagnostic pop

int trv_registry_create(struct trv_registry **registry, const struct trv_allocator *allocator)
{
	struct trv_registry *made = trv_allocate(allocator, sizeof(*made));

	if (!made)
		return TRV_ERR_NOMEM;
	*made = (struct trv_registry) { 0 };
	if (allocator)
		made->allocator = *allocator;
	*registry = made;
	return 0;
}

void trv_registry_destroy(struct trv_registry *registry)
{
	struct trv_allocator allocator;

	if (!registry)
		return;
	clear(registry);
	if (registry->models)
		trv_release(&registry->allocator, registry->models);
	allocator = registry->allocator;
	trv_release(&allocator, registry);
}

static bool make_room(struct trv_registry *registry)
{
	size_t room = registry->room ? registry->room * 2 : 16;
	const struct trv_model **models;

	if (registry->count < registry->room)
		return true;
	if (room > SIZE_MAX / sizeof(*models))
		return false;
	models = registry->models ? trv_resize(&registry->allocator, registry->models, room * sizeof(*models))
	                          : trv_allocate(&registry->allocator, room * sizeof(*models));
	if (!models)
		return false;
	registry->models = models;
	registry->room = room;
	return true;
}

static int no_memory(struct trv_error *error)
{
	return trv_error_set(error, TRV_ERR_NOMEM, "out of memory for the registry");
}

int trv_registry_add_model(struct trv_registry *registry, const struct trv_model *model, struct trv_error *error)
{
	struct trv__entry *entry = find_name(registry, model->name);

	if (entry && entry->model == model)
		return 0;
	if (entry)
		return trv_error_set(error, TRV_ERR_MODEL, "there are two models \"%s\"", model->name);
	entry = find_table(registry, model->table);
	if (entry)
		return trv_error_set(error, TRV_ERR_MODEL, "models \"%s\" and \"%s\" have the same table \"%s\"",
		                     entry->model->name, model->name, model->table);
	if (!make_room(registry))
		return no_memory(error);
	entry = trv_allocate(&registry->allocator, sizeof(*entry));
	if (!entry)
		return no_memory(error);
	*entry = (struct trv__entry) { .model = model, .position = registry->count };
	if (!insert(registry, entry)) {
		trv_release(&registry->allocator, entry);
		return no_memory(error);
	}
	registry->models[registry->count++] = model;
	return 0;
}

int trv_registry_add(struct trv_registry *registry, const struct trv_model_set *set, struct trv_error *error)
{
	for (size_t i = 0; i < set->count; i++) {
		int r = set->models[i] ? trv_registry_add_model(registry, set->models[i], error) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

const struct trv_model *trv_registry_find(const struct trv_registry *registry, const char *name)
{
	struct trv__entry *entry = find_name(registry, name);

	return entry ? entry->model : NULL;
}

size_t trv__registry_position(const struct trv_registry *registry, const struct trv_model *model)
{
	struct trv__entry *entry = model ? find_name(registry, model->name) : NULL;

	return entry && entry->model == model ? entry->position : registry->count;
}

size_t trv_registry_count(const struct trv_registry *registry)
{
	return registry->count;
}

const struct trv_model *trv_registry_at(const struct trv_registry *registry, size_t i)
{
	return i < registry->count ? registry->models[i] : NULL;
}

/* A sum does not depend on the order; the factor keeps equal pairs from cancelling out. */
uint64_t trv_registry_contract(const struct trv_registry *registry)
{
	uint64_t sum = registry->count;

	for (size_t i = 0; i < registry->count; i++) {
		uint64_t contract = registry->models[i]->contract;

		sum += (contract ^ (contract >> 29)) * UINT64_C(0x9e3779b97f4a7c15);
	}
	return sum;
}
