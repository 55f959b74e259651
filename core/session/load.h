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
	struct trv__by by;
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

int trv__rows_grow(struct trv__run *run, struct trv__rows *rows);

static inline int trv__rows_add(struct trv__run *run, struct trv__rows *rows, void *row)
{
	int r = rows->count == rows->room ? trv__rows_grow(run, rows) : 0;

	if (r >= 0)
		rows->items[rows->count++] = row;
	return r;
}

/* --- identity ------------------------------------------------------------------------------ */

/* The identity map of a model: NULL where every row of it comes but once. */
int trv__identity_of(struct trv__run *run, const struct trv_model *model, struct trv__identity **identity);
/* The row of the same key, or NULL; NULL without an identity map too. TRV_ERR_NOMEM. */
TRV_MUST_CHECK int trv__identity_find(struct trv__run *run, const struct trv__identity *identity, const void *row,
                                      void **found);
/* Where the row of that key is noted, or is to be: it holds NULL then. NULL without an identity map. TRV_ERR_NOMEM. */
TRV_MUST_CHECK int trv__identity_place(struct trv__run *run, struct trv__identity *identity, const void *row,
                                       void ***place);
/* Room for so many rows, before the first. */
TRV_MUST_CHECK int trv__identity_reserve(struct trv__run *run, struct trv__identity *identity, size_t count);

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
	/* Called for each row of the root; `link` is the link row of a many-to-many relation or NULL. May be NULL. */
	int (*take)(struct trv__run *run, void *row, const void *link, void *context);
	void *context;
	bool passing; /* the rows lie in scratch memory and have no joins, no siblings; one is kept where `take` gives 1 */
};

/* A select that is running or about to. */
struct trv__reader;

/*
 * A select whose root rows each get memory of their own in the arena, joins included.
 * Prepared; then executed, alone or with others; then read: each row goes to the sink (a
 * row that was there already as it is). A reader that is there is prepared again, with
 * what changed in its select: what it reads belongs to what it read before. At the end the
 * relations of all rows that are not joined become jobs of the run, `depth` levels below its query.
 */
TRV_MUST_CHECK int trv__reader_prepare(struct trv__reader **reader, struct trv__run *run,
                                       const struct trv__select *select, const struct trv__sink *sink, unsigned depth);
struct trv__cursor *trv__reader_cursor(struct trv__reader *reader);
TRV_MUST_CHECK int trv__reader_read(struct trv__reader *reader);
/* The rows of all that it read. */
const struct trv__rows *trv__reader_rows(const struct trv__reader *reader);
TRV_MUST_CHECK int trv__reader_finish(struct trv__reader *reader);

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

struct trv__member {
	void *row;
	struct trv__member *next;
};

struct trv__group {
	struct trv__key key;
	struct trv__group *next; /* in the order in which they came */
	struct trv__member *first, **end;
	size_t count;
	struct trv_refs *refs; /* the list of its rows, once it is finished */
};

struct trv__groups {
	struct trv__run *run;
	struct trv__keymap map;
	struct trv__group *first, *end; /* those that are not finished */
	struct trv__group *last; /* found: rows of one parent come one behind the other */
};

/* The group of a row's key; NULL where there is none or a part of the key is null. */
TRV_MUST_CHECK int trv__group_find_any(struct trv__groups *groups, const struct trv__by *by, const void *row,
                                       struct trv__group **group);
/* Rows mostly come in the order of the groups: the last one again, or the one behind it. */
static inline struct trv__group *trv__group_numbered(struct trv__groups *groups, uint64_t number)
{
	struct trv__group *group = groups->last;

	if (group && group->key.number == number)
		return group;
	group = group ? group->next : NULL;
	if (!group || group->key.number != number)
		group = (struct trv__group *)(void *)trv__keymap_find_number(&groups->map, number);
	groups->last = group;
	return group;
}

TRV_MUST_CHECK static inline int trv__group_find(struct trv__groups *groups, const struct trv__by *by, const void *row,
                                                 struct trv__group **group)
{
	uint64_t number;

	if (!by->width)
		return trv__group_find_any(groups, by, row, group);
	*group = trv__key_number(by, row, &number) ? trv__group_numbered(groups, number) : NULL;
	return 0;
}

/* The same, made where there is none: 1. NULL where a part of the key is null. */
TRV_MUST_CHECK int trv__group_open_any(struct trv__groups *groups, const struct trv__by *by, const void *row,
                                       struct trv__group **group);
TRV_MUST_CHECK int trv__group_make(struct trv__groups *groups, const struct trv__key *key, struct trv__group **group);
TRV_MUST_CHECK static inline int trv__group_open(struct trv__groups *groups, const struct trv__by *by, const void *row,
                                                 struct trv__group **group)
{
	struct trv__key key = { .number = 0 };

	if (!by->width)
		return trv__group_open_any(groups, by, row, group);
	*group = NULL;
	if (!trv__key_number(by, row, &key.number))
		return 0;
	*group = trv__group_numbered(groups, key.number);
	return *group ? 0 : trv__group_make(groups, &key, group);
}

/* To one that is not finished. */
TRV_MUST_CHECK static inline int trv__group_add(struct trv__groups *groups, struct trv__group *group, void *row)
{
	struct trv__member *member = trv_arena_alloc(groups->run->scratch, sizeof(*member));

	if (!member)
		return trv__no_memory(groups->run->session);
	*member = (struct trv__member) { row, NULL };
	*group->end = member;
	group->end = &member->next;
	group->count++;
	return 0;
}

/* The list of those that have no rows. */
extern struct trv_refs trv__no_refs;

/* Those that are not finished get their lists, in the arena. */
TRV_MUST_CHECK int trv__groups_finish(struct trv__groups *groups);

/* Opens a group for the key of each row; the keys that had none, null ones left out. */
TRV_MUST_CHECK int trv__keys_open(struct trv__groups *groups, const struct trv__by *by, const struct trv__rows *rows,
                                  struct trv__key_list *keys);
/* The keys of rows of which each has another, and none is null. */
TRV_MUST_CHECK int trv__keys_of(struct trv__run *run, const struct trv__by *by, const struct trv__rows *rows,
                                struct trv__key_list *keys);

/* Whether two of the rows, which lie side by side, have the same key (a mask of columns); null is like nothing. 1, 0. */
int trv__keys_repeat(struct trv_session *session, const struct trv_model *model, uint64_t key, const char *rows,
                     size_t count);

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
	struct trv__by asking, found; /* by what the rows that ask go, and those that are found, or their link rows */
	struct trv__by linked; /* many-to-many: by what link rows lead on */
	struct trv__rows rows; /* those that lack the relation; of a tree, those of its last level */
	uint32_t levels, read_levels; /* of a tree: so many have the relation; were read */
	struct trv__groups groups; /* what was found, by the rows' keys */
	bool meets_strangers; /* of what is found some may belong to rows that are not known yet */
	struct trv__groups links; /* many-to-many: the groups that link rows tie a target to, by the target's key */
	struct trv__rows link_rows; /* the first of each target */
	size_t links_led; /* those that led to further links already */
	struct trv__run link_run; /* the link rows live in scratch memory */
	struct trv__reader *reader; /* of the stage */
	size_t taken; /* of its rows */
	struct trv__sink sink;
	struct trv__key_list keys, piece; /* all that the stage is to read next; those of one statement */
	size_t start; /* where the next piece begins */
	struct trv__job *next;
	struct trv__select select; /* is not cleared */
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
