/* Inside a registry. */
#ifndef TRIVET_MODEL_REGISTRY_H
#define TRIVET_MODEL_REGISTRY_H

#include <trivet/registry.h>

struct trv__entry;

struct trv_registry {
	struct trv_allocator allocator;
	const struct trv_model **models; /* in the order in which they were added */
	size_t count;
	size_t room;
	struct trv__entry *by_name;
	struct trv__entry *by_table;
};

/* Where the model stands; the count of models when it is not there. */
size_t trv__registry_position(const struct trv_registry *registry, const struct trv_model *model);

#endif
