/**
 * @file registry.h
 * A registry is a set of models that belong together: one database has one. It is
 * looked up by name, walked in an order in which a table comes after those that it
 * references, and checked as a whole. There is no global one.
 *
 * A registry does not copy models; they must outlive it. Filling it is for one thread,
 * reading it for any number.
 */
#ifndef TRIVET_REGISTRY_H
#define TRIVET_REGISTRY_H

#include <trivet/arena.h>
#include <trivet/model.h>

TRV_BEGIN_DECLS

struct trv_registry;

/** `allocator` NULL is malloc. TRV_ERR_NOMEM. */
TRV_API TRV_MUST_CHECK int trv_registry_create(struct trv_registry **registry, const struct trv_allocator *allocator);

/** NULL is fine. */
TRV_API void trv_registry_destroy(struct trv_registry *registry);

/**
 * Adds the models of a set. A model that is there already (the same address) is passed
 * over; another model of the same name or table is TRV_ERR_MODEL.
 */
TRV_API TRV_MUST_CHECK int trv_registry_add(struct trv_registry *registry, const struct trv_model_set *set,
                                            struct trv_error *error);

TRV_API TRV_MUST_CHECK int trv_registry_add_model(struct trv_registry *registry, const struct trv_model *model,
                                                  struct trv_error *error);

/**
 * Checks it as a whole: every foreign key and every to-one relation finds its model
 * here, keys are of equal types, indexes are in range, generated tables fit this
 * library. TRV_ERR_MODEL names the first fault.
 */
TRV_API TRV_MUST_CHECK int trv_registry_check(const struct trv_registry *registry, struct trv_error *error);

/** The model of that name, or NULL. */
TRV_API const struct trv_model *trv_registry_find(const struct trv_registry *registry, const char *name);

TRV_API size_t trv_registry_count(const struct trv_registry *registry);

/** The i-th model, in the order in which they were added; NULL past the end. */
TRV_API const struct trv_model *trv_registry_at(const struct trv_registry *registry, size_t i);

/** A hash over the contracts of all models, whatever the order in which they were added. */
TRV_API uint64_t trv_registry_contract(const struct trv_registry *registry);

TRV_END_DECLS

#endif
