/*
 * One SELECT statement: a root model, the relations that are joined to it, and how its
 * rows are tied to rows that were loaded before.
 */
#ifndef TRIVET_QUERY_SELECT_H
#define TRIVET_QUERY_SELECT_H

#include "query/predicate.h"

#define TRV__MAX_NODES 32

/* A model in the statement. nodes[0] is the root; its alias is its index. */
struct trv__node {
	const struct trv_model *model;
	const struct trv_query *query; /* never NULL */
	uint64_t columns; /* to load */
	int parent; /* the node that it is joined to; -1 for the root */
	uint16_t relation; /* of the parent's model */
};

enum trv__tie {
	TRV__FREE, /* the query's own filter, order and limit */
	TRV__KEYS, /* rows of the parents with these keys */
	TRV__SUBQUERY, /* rows of the parents that another query finds */
	TRV__TREE, /* rows below those keys, level by level */
	TRV__LINKS, /* the root is a join model: its rows below those keys, level by level */
};

enum trv__purpose {
	TRV__ROWS,
	TRV__COUNT,
	TRV__EXISTS,
};

struct trv__select {
	enum trv__purpose purpose;
	enum trv__tie tie;
	struct trv__node nodes[TRV__MAX_NODES];
	size_t node_count;
	int collection; /* the node that is a joined collection, or 0 */
	const struct trv_relation *relation; /* of the parents to the root; NULL for TRV__FREE without one */
	const struct trv_model *parent;
	bool link; /* many-to-many: join the link rows and return their keys */
	const uint16_t *key_columns; /* TRV__KEYS: what is compared, of the root or of the link */
	const struct trv__key_list *keys;
	const struct trv_query *parent_query; /* TRV__SUBQUERY */
	uint32_t depth; /* TRV__TREE: levels, or TRV_WHOLE */
	bool ignore_limit; /* the caller deals with it */
	const void *after; /* keyset paging: a row that holds the last values; NULL: from the start */
	uint64_t after_nulls; /* which of its columns are null */
	size_t limit_more; /* added to the limit: a page looks one row ahead */
};

/* The order of the rows with the key behind it: what paging goes by. Returns the number of terms. */
#define TRV__MAX_TERMS (TRV_MAX_ORDER + TRV_MAX_KEY)
size_t trv__order_terms(const struct trv_model *model, const struct trv_query *query, struct trv_order *terms);

/* Shape and parameters, or the text: as the writer says. */
void trv__write_select(struct trv__writer *writer, const struct trv__select *select);

/* The decode table of a select, in `memory`. */
int trv__select_slots(const struct trv__select *select, const struct trv_dialect *dialect, struct trv_slot *slots,
                      size_t room, size_t *count);

/* How many slots it has. */
size_t trv__select_slot_count(const struct trv__select *select);

/* One slot for a column of a model, at base `base`. */
struct trv_slot trv__slot(const struct trv_model *model, const struct trv_column *column,
                          const struct trv_dialect *dialect, unsigned base);

/* The order of a query, down to the key where it must be total; any terms; a limit and offset. */
void trv__write_order(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                      const struct trv_query *query, bool total, const char **glue);
void trv__write_terms(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                      const struct trv_order *terms, size_t count, const char **glue);
void trv__write_limit(struct trv__writer *writer, size_t limit, size_t offset);

#endif
