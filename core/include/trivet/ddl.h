/**
 * @file ddl.h
 * The SQL that creates what a registry describes, for any dialect, without a database.
 */
#ifndef TRIVET_DDL_H
#define TRIVET_DDL_H

#include <trivet/registry.h>

TRV_BEGIN_DECLS

struct trv_dialect;

/**
 * Writes the statements that create every model's table, indexes, checks and foreign
 * keys, in an order in which they can be run. `emit` gets each statement without its
 * semicolon and ends the writing with a negative result, which is returned. Identifiers
 * are always quoted. TRV_ERR_UNSUPPORTED for what the dialect refuses; TRV_ERR_NOMEM.
 */
TRV_API TRV_MUST_CHECK int trv_ddl_create(const struct trv_registry *registry, const struct trv_dialect *dialect,
                                          int (*emit)(const char *statement, void *argument), void *argument,
                                          struct trv_error *error);

/** The statement that creates the table in which the contract marker is kept. Static; any thread. */
TRV_API const char *trv_ddl_marker_table(const struct trv_dialect *dialect);

TRV_END_DECLS

#endif
