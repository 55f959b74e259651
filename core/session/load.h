/*
 * Loading: a statement's rows into structs, and the relations of those rows by further
 * statements. One `struct trv__run` lives for one call.
 */
#ifndef TRIVET_SESSION_LOAD_H
#define TRIVET_SESSION_LOAD_H

#include "query/value.h"
#include "session/internal.h"
#include "session/keymap.h"

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
	struct trv__keymap rows;
	struct trv__identity *next;
};

struct trv__run {
	struct trv_session *session;
	size_t loads; /* relations that are loaded with it */
	struct trv_arena *arena; /* of the rows */
	struct trv_arena *scratch;
	const struct trv_model *root_model;
	const struct trv_query *root_query;
	struct trv__identity *identities;
	struct trv__job *jobs; /* relations that are still to be loaded, in their order */
	bool has_columns; /* some query of the tree names its columns */
	bool has_relations; /* some query of the tree loads a relation */
	bool has_lazy; /* or will load it later */
	bool alone; /* it loads for one row only, which was read before */
	bool later; /* the tree hangs on rows that are there already: several may share its root */
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

/* --- identity ------------------------------------------------------------------------------ */

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

/* A select that is running or about to. */
struct trv__reader;

/*
 * A select whose root rows each get memory of their own in the arena, joins included.
 * Prepared; then executed, alone or with others; then read: each row goes to the sink (a
 * row that was there already as it is), and the relations of all of them that are not
 * joined become jobs of the run, `depth` levels below its query.
 */
TRV_MUST_CHECK int trv__reader_prepare(struct trv__reader **reader, struct trv__run *run,
                                       const struct trv__select *select, const struct trv__sink *sink, unsigned depth);
struct trv__cursor *trv__reader_cursor(struct trv__reader *reader);
TRV_MUST_CHECK int trv__reader_read(struct trv__reader *reader);

/* All of it for one select that has no relations to load. */
int trv__load_select(struct trv__run *run, const struct trv__select *select, const struct trv__sink *sink);

/* Runs a select into one array. 1: there was one row more than the limit (`limit_more`), which is not in the list. */
int trv__load_list(struct trv__run *run, const struct trv__select *select, struct trv_list *list);

/*
 * A select's rows in pieces, each with its relations. `memory` lasts as long as the
 * reader; the run's arena and scratch may be rewound between two pieces.
 */
TRV_MUST_CHECK int trv__reader_open(struct trv__reader **reader, struct trv__run *run, const struct trv__select *select,
                                    struct trv_arena *memory);
/* At most `max` rows; 0: there are no more. */
TRV_MUST_CHECK int trv__reader_next(struct trv__reader *reader, size_t max, struct trv_list *list);
int trv__reader_close(struct trv__reader *reader);
/* --- groups: rows by the key of what they belong to --------------------------------------------- */

struct trv__groups {
	struct trv__run *run;
	struct trv__keymap map;
	struct trv__group *first, **end; /* in the order in which they came */
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

/* Whether two of the rows, which lie side by side, have the same key (a mask of columns); null is like nothing. 1, 0. */
int trv__keys_repeat(struct trv_session *session, const struct trv_model *model, uint64_t key, const char *rows,
                     size_t count);

/* The distinct keys in some rows' columns, null ones left out. */
int trv__keys_collect(struct trv__run *run, const struct trv_model *model, const uint16_t *columns, size_t key_count,
                      const struct trv__rows *rows, struct trv__key_list *keys);

/* --- jobs: relations that are loaded by statements of their own ------------------------------------- */

/* Notes a job for each relation of the rows of node i that the select did not join. */
int trv__jobs_add(struct trv__run *run, const struct trv__select *select, size_t node, const struct trv__rows *rows,
                  unsigned depth);

/* Notes one. `parent_query` is what found the rows, for a loader that repeats it; NULL where it cannot be repeated. */
int trv__job_add(struct trv__run *run, const struct trv_model *model, uint16_t relation, const struct trv__rows *rows,
                 const struct trv_query *query, const struct trv_query *parent_query, unsigned depth);

/* Runs the jobs and those that come of them, one level at a time where the driver has pipelines. */
int trv__jobs_run(struct trv__run *run);

/* What a job does next: 1 with a statement prepared in `reader`, 0 when the relation is loaded. */
int trv__job_step(struct trv__job *job, struct trv__reader **reader);

/* One relation of some rows. */
struct trv__job {
	struct trv__run *run;
	const struct trv_model *model;
	const struct trv_relation *relation;
	const struct trv_query *query;
	const struct trv_query *parent_query;
	uint16_t index;
	unsigned depth;
	const struct trv__job_stage *stage; /* NULL: not begun */
	struct trv__rows rows; /* those that lack the relation */
	struct trv__groups groups; /* what was found, by the rows' keys */
	struct trv__select select;
	struct trv__sink sink;
	struct trv__key_list keys, piece; /* all of the stage; those of one statement */
	size_t start; /* where the next piece begins */
	struct trv__run link_run; /* many-to-many: the link rows live in scratch memory */
	struct trv__rows links, targets;
	struct trv__job *next;
};

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
