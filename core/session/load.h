/*
 * Loading: a statement's rows into structs, and the relations of those rows by further
 * statements. One `struct trv__run` lives for one call.
 */
#ifndef TRIVET_SESSION_LOAD_H
#define TRIVET_SESSION_LOAD_H

#include "session/internal.h"

#include <string.h>

/* What the rows of one result share. It lies in the rows' arena. */
struct trv_load {
	const struct trv_model *model;
	uint64_t columns;
	uint64_t raise; /* relations that must not be touched */
	const struct trv_query **queries; /* by relation, for those that are loaded later; NULL if none */
	struct trv_arena *arena;
	void **rows; /* the siblings; NULL: `count` rows side by side from `base` */
	char *base;
	size_t count;
};

/* A growing list of rows, in the scratch arena. */
struct trv__rows {
	void **items;
	size_t count, room;
};

/* The rows of one model that this run has seen, by key. */
struct trv__identity {
	const struct trv_model *model;
	struct trv__known *table; /* a uthash */
	struct trv__identity *next;
};

struct trv__run {
	struct trv_session *session;
	struct trv_arena *arena; /* of the rows */
	struct trv_arena *scratch;
	const struct trv_model *root_model;
	const struct trv_query *root_query;
	struct trv__identity *identities;
	bool has_columns; /* some query of the tree names its columns */
	bool has_relations; /* some query of the tree loads a relation */
};

static inline struct trv_row *trv__row(void *row)
{
	return row;
}

static inline const struct trv_query *trv__subquery(const struct trv_query *query, const struct trv_relation *relation)
{
	const struct trv_query *sub;

	memcpy(&sub, (const char *)query + relation->query_offset, sizeof(sub));
	return sub;
}

/* A query that asks for nothing in particular; as large as any. */
const struct trv_query *trv__no_query(void);

int trv__rows_add(struct trv__run *run, struct trv__rows *rows, void *row);

/* --- keys ---------------------------------------------------------------------------------- */

/*
 * The bytes of a row's key: the member itself where it is one column of fixed size,
 * else an encoding in `scratch`. NULL data: a part is null. TRV_ERR_NOMEM.
 */
int trv__key_bytes(struct trv_arena *scratch, const struct trv_model *model, const uint16_t *columns, size_t count,
                   const void *row, struct trv_bytes *key);

bool trv__member_is_null(const struct trv_column *column, const void *row);

/* The identity map of a model: NULL where every row of it comes but once. */
int trv__identity_of(struct trv__run *run, const struct trv_model *model, struct trv__identity **identity);
/* The row of the same key, or NULL; NULL without an identity map too. TRV_ERR_NOMEM. */
TRV_MUST_CHECK int trv__identity_find(struct trv__run *run, struct trv__identity *identity, const void *row,
                                      void **found);
/* Adds or replaces. */
int trv__identity_put(struct trv__run *run, struct trv__identity *identity, void *row);

/* --- statements ------------------------------------------------------------------------------ */

/* Reads the query tree's needs; refuses what cannot be done. */
int trv__run_init(struct trv__run *run, struct trv_session *session, const struct trv_model *model,
                  const struct trv_query *query);

/* The root and what is joined to it. `required` are columns that must be among the root's. */
int trv__select_init(struct trv__run *run, struct trv__select *select, const struct trv_model *model,
                     const struct trv_query *query, uint64_t required, bool collections);

uint64_t trv__mask(const uint16_t *columns, size_t count);

/* Rows of a select as they come in. */
struct trv__sink {
	/* Called for each row of the root; `link` is the link row of a many-to-many relation or NULL. */
	int (*take)(struct trv__run *run, void *row, const void *link, void *context);
	void *context;
};

/*
 * Runs a select whose root rows each get memory of their own in the arena, joins
 * included, hands each to the sink, and then loads the relations of all of them that
 * are not joined. A row that was there already is handed on as it is.
 */
int trv__load_select(struct trv__run *run, const struct trv__select *select, const struct trv__sink *sink);

/* Runs a select into one array. */
int trv__load_list(struct trv__run *run, const struct trv__select *select, struct trv_list *list);

/* The relations of a select's rows that it did not join. `rows` are those of node i. */
int trv__load_relations(struct trv__run *run, const struct trv__select *select, size_t node, struct trv__rows *rows);

/* One relation of some rows, by selectin, subquery, or recursively. */
int trv__load_relation(struct trv__run *run, const struct trv_model *model, uint16_t relation, struct trv__rows *rows,
                       const struct trv_query *query, const struct trv_query *parent_query);

/* --- groups: rows by the key of what they belong to --------------------------------------------- */

struct trv__groups {
	struct trv__run *run;
	struct trv__group *table; /* a uthash */
	struct trv__group *last; /* rows of one parent come one behind the other */
	struct trv__group_entry *entries;
	size_t count, room, groups;
};

int trv__groups_add(struct trv__groups *groups, const struct trv_model *model, const uint16_t *columns,
                    size_t key_count, const void *holder, void *row);
/* After the last was added: lists in the arena. */
int trv__groups_finish(struct trv__groups *groups);
/* The list of a key; the empty list when there is none. */
int trv__groups_find(struct trv__groups *groups, const struct trv_model *model, const uint16_t *columns,
                     size_t key_count, const void *holder, struct trv_refs **refs);

/* The distinct keys in some rows' columns, null ones left out. */
int trv__keys_collect(struct trv__run *run, const struct trv_model *model, const uint16_t *columns, size_t key_count,
                      const struct trv__rows *rows, struct trv__key_list *keys);

/* The head that rows of a result share. */
struct trv_load *trv__load_create(struct trv__run *run, const struct trv_model *model, uint64_t columns,
                                  const struct trv_query *query);

/* A copy of a query, with all that it points to, in `arena`; NULL when out of memory. */
const struct trv_query *trv__query_copy(struct trv_arena *arena, const struct trv_model *model,
                                        const struct trv_query *query);

/* A pointer member of a generated struct, whatever it points to. */
typedef void *trv__any __attribute__((may_alias));

static inline trv__any *trv__relation_member(void *row, const struct trv_relation *relation)
{
	return (trv__any *)(void *)((char *)row + relation->offset);
}

static inline bool trv__is_loaded(const void *row, size_t relation)
{
	return ((const struct trv_row *)row)->relations >> relation & 1;
}

static inline void trv__set_relation(void *row, const struct trv_model *model, size_t relation, void *value)
{
	*trv__relation_member(row, &model->relations[relation]) = value;
	((struct trv_row *)row)->relations |= UINT64_C(1) << relation;
}

enum trv_how trv__how(const struct trv_relation *relation, const struct trv_query *query);

#endif
