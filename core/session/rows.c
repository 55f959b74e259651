/* From a statement's rows to structs: the root's, and those of the relations joined to it. */
#include "session/load.h"

#include <string.h>

/* A pointer to a joined row whose model is the root's: the root's own row may take its place. */
struct fixup {
	size_t root; /* the holder is this root row ... */
	void *holder; /* ... or, when not NULL, this joined row */
	const struct trv_relation *relation;
	struct fixup *before;
};

/* A piece of the array that is being made, in the scratch arena. */
struct segment {
	char *rows;
	size_t count, room;
	struct segment *next;
};

/* A child of a joined collection. */
struct member {
	struct member *next;
	size_t root;
	void *row;
};

struct trv__reader {
	struct trv__run *run;
	const struct trv__select *select;
	const struct trv__sink *sink; /* not of lists */
	unsigned depth; /* below the run's query */
	struct trv__cursor cursor;
	struct trv__writer writer;
	void *bases[TRV__MAX_NODES + 1];
	void *resolved[TRV__MAX_NODES];
	struct trv_load *loads[TRV__MAX_NODES];
	struct trv__identity *identities[TRV__MAX_NODES];
	struct trv__rows rows[TRV__MAX_NODES];
	uint64_t absent;
	/* only of lists */
	struct segment *first, *last;
	size_t count;
	void *previous; /* row */
	struct fixup *fixups;
	struct member *members, **members_end;
	size_t member_count;
	struct trv__by root_by; /* a root's row is told from the next one's */
};

static const struct trv_relation *joined_relation(const struct trv__reader *reader, size_t node)
{
	const struct trv__node *at = &reader->select->nodes[node];

	return &reader->select->nodes[at->parent].model->relations[at->relation];
}

/* Heads, identity maps and memory for the joined rows, which are read once before they get a place. */
static int prepare(struct trv__reader *reader, struct trv__run *run, const struct trv__select *select)
{
	reader->run = run;
	reader->select = select;
	reader->first = reader->last = NULL;
	reader->count = 0;
	reader->previous = NULL;
	reader->fixups = NULL;
	reader->members = NULL;
	reader->members_end = &reader->members;
	reader->member_count = 0;
	if (select->collection)
		reader->root_by = trv__by(select->nodes[0].model, select->nodes[0].model->primary,
		                          select->nodes[0].model->primary_count);
	for (size_t i = 0; i < select->node_count; i++) {
		const struct trv__node *node = &select->nodes[i];

		reader->rows[i] = (struct trv__rows) { NULL, 0, 0 };
		int r = trv__identity_of(run, node->model, &reader->identities[i]);
		if (r < 0)
			return r;
		reader->loads[i] = trv__load_create(run, node->model, node->columns, node->query);
		reader->bases[i] = i ? trv_arena_zero(run->scratch, 1, node->model->row_size) : NULL;
		if (!reader->loads[i] || (i && !reader->bases[i]))
			return trv__no_memory(run->session);
	}
	if (select->link) {
		reader->bases[select->node_count] =
			trv_arena_zero(run->scratch, 1, select->relation->through->row_size);
		if (!reader->bases[select->node_count])
			return trv__no_memory(run->session);
	}
	return 0;
}

/* A copy of what was just read of a joined row, at a place of its own. */
static void *settled_copy(struct trv__reader *reader, size_t node)
{
	const struct trv_model *model = reader->select->nodes[node].model;
	void *made = trv_arena_alloc(reader->run->arena, model->row_size);

	if (!made)
		return NULL;
	memcpy(made, reader->bases[node], model->row_size);
	trv__row(made)->load = reader->loads[node];
	trv__row(made)->relations = 0;
	return made;
}

/* The joined row at its own place: one that is known, or a copy. */
static int settle(struct trv__reader *reader, size_t node, void **row)
{
	struct trv__run *run = reader->run;
	void **place;
	int r = trv__identity_place(run, reader->identities[node], reader->bases[node], &place);

	if (r < 0)
		return r;
	if (place && *place) {
		*row = *place;
		return trv__row(*row)->load == reader->loads[node] ? 0 : trv__rows_add(run, &reader->rows[node], *row);
	}
	*row = settled_copy(reader, node);
	if (!*row)
		return trv__no_memory(run->session);
	if (place)
		*place = *row;
	return trv__rows_add(run, &reader->rows[node], *row);
}

static int note_fixup(struct trv__reader *reader, size_t node)
{
	const struct trv__node *at = &reader->select->nodes[node];

	if (!reader->count || at->model != reader->select->nodes[0].model)
		return 0;
	struct fixup *fixup = trv_arena_alloc(reader->run->scratch, sizeof(*fixup));
	if (!fixup)
		return trv__no_memory(reader->run->session);
	*fixup = (struct fixup) {
		.root = reader->count - 1,
		.holder = at->parent ? reader->resolved[at->parent] : NULL,
		.relation = joined_relation(reader, node),
		.before = reader->fixups,
	};
	reader->fixups = fixup;
	return 0;
}

static int add_member(struct trv__reader *reader, void *row)
{
	struct member *member = trv_arena_alloc(reader->run->scratch, sizeof(*member));

	if (!member)
		return trv__no_memory(reader->run->session);
	*member = (struct member) { NULL, reader->count - 1, row };
	*reader->members_end = member;
	reader->members_end = &member->next;
	reader->member_count++;
	return 0;
}

static int attach_joined(struct trv__reader *reader, size_t node)
{
	const struct trv__node *at = &reader->select->nodes[node];
	const struct trv_relation *relation = joined_relation(reader, node);
	void *parent = reader->resolved[at->parent];
	bool absent = reader->absent >> node & 1;
	void *row = NULL;

	reader->resolved[node] = NULL;
	if (!parent)
		return 0;
	bool collection = (int)node == reader->select->collection;
	if (!collection && trv__row(parent)->relations >> at->relation & 1) {
		row = reader->resolved[node] = *trv__relation_member(parent, relation);
		/* it came by another path, which may have asked for less of it */
		return row && trv__row(row)->load != reader->loads[node]
		               ? trv__rows_add(reader->run, &reader->rows[node], row)
		               : 0;
	}
	int r = absent ? 0 : settle(reader, node, &row);
	if (r < 0)
		return r;
	reader->resolved[node] = row;
	if (collection)
		return row ? add_member(reader, row) : 0;
	*trv__relation_member(parent, relation) = row;
	trv__row(parent)->relations |= UINT64_C(1) << at->relation;
	return row ? note_fixup(reader, node) : 0;
}

static int attach_all(struct trv__reader *reader, void *root)
{
	reader->resolved[0] = root;
	for (size_t i = 1; i < reader->select->node_count; i++) {
		int r = attach_joined(reader, i);
		if (r < 0)
			return r;
	}
	return 0;
}

static int fetch(struct trv__reader *reader, void *root)
{
	reader->bases[0] = root;
	reader->absent = 0;
	return trv__cursor_fetch(&reader->cursor, reader->bases, reader->run->arena, &reader->absent);
}

/* What is not joined, for the rows of every node, is loaded next. */
static int load_the_rest(struct trv__reader *reader)
{
	for (size_t i = 0; i < reader->select->node_count; i++) {
		int r = trv__jobs_add(reader->run, reader->select, i, &reader->rows[i], reader->depth + 1);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The rows array of a head: the siblings that a later load serves too. */
static int keep_siblings(struct trv__reader *reader, size_t node)
{
	struct trv_load *load = reader->loads[node];
	struct trv__rows *rows = &reader->rows[node];

	if (!rows->count || load->rows || load->base)
		return 0;
	load->rows = trv_arena_alloc(reader->run->arena, rows->count * sizeof(void *));
	if (!load->rows)
		return trv__no_memory(reader->run->session);
	memcpy(load->rows, rows->items, rows->count * sizeof(void *));
	load->count = rows->count;
	return 0;
}

static int close_reader(struct trv__reader *reader, int r)
{
	int closed = trv__cursor_close(&reader->cursor);

	return r < 0 ? r : closed;
}

/* --- rows one by one ------------------------------------------------------------------------- */

/* 1: it was there already, and its memory serves the next one. */
static int take_row(struct trv__reader *reader, const struct trv__sink *sink, void *row)
{
	struct trv__run *run = reader->run;
	const struct trv__select *select = reader->select;
	void **place = NULL, *used = row;
	int r = reader->identities[0] ? trv__identity_place(run, reader->identities[0], row, &place) : 0;

	if (r < 0)
		return r;
	if (place && *place)
		used = *place;
	else
		trv__row(row)->load = reader->loads[0];
	if (place)
		*place = used;
	r = trv__rows_add(run, &reader->rows[0], used);
	if (r >= 0 && select->node_count > 1)
		r = attach_all(reader, used);
	if (r >= 0 && sink->take)
		r = sink->take(run, used, select->link ? reader->bases[select->node_count] : NULL, sink->context);
	return r < 0 ? r : used != row;
}

/* 1: it is not kept. */
static int pass_row(struct trv__reader *reader, const struct trv__sink *sink, void *row)
{
	trv__row(row)->load = reader->loads[0];
	int r = sink->take(reader->run, row, NULL, sink->context);
	return r < 0 ? r : !r;
}

static int read_rows(struct trv__reader *reader, const struct trv__sink *sink)
{
	struct trv_arena *arena = sink->passing ? reader->run->scratch : reader->run->arena;
	size_t size = reader->select->nodes[0].model->row_size;
	void *row = NULL;
	int r = 0;

	for (;;) {
		if (!r) {
			row = trv_arena_alloc(arena, size);
			if (!row)
				return trv__no_memory(reader->run->session);
			memset(row, 0, size);
		}
		r = fetch(reader, row);
		if (r <= 0)
			return r;
		r = sink->passing ? pass_row(reader, sink, row) : take_row(reader, sink, row);
		if (r < 0)
			return r;
	}
}

static int make_reader(struct trv__reader **reader, struct trv__run *run, const struct trv__select *select,
                       const struct trv__sink *sink, unsigned depth)
{
	struct trv__reader *made = trv_arena_alloc(run->scratch, sizeof(*made));

	if (!made)
		return trv__no_memory(run->session);
	made->sink = sink;
	made->depth = depth;
	int r = prepare(made, run, select);
	if (r >= 0)
		*reader = made;
	return r;
}

int trv__reader_prepare(struct trv__reader **reader, struct trv__run *run, const struct trv__select *select,
                        const struct trv__sink *sink, unsigned depth)
{
	int r = *reader ? 0 : make_reader(reader, run, select, sink, depth);

	return r < 0 ? r
	             : trv__cursor_prepare(run->session, &(*reader)->cursor, &(*reader)->writer, run->scratch,
	                                   &trv__select_kind, select);
}

struct trv__cursor *trv__reader_cursor(struct trv__reader *reader)
{
	return &reader->cursor;
}

int trv__reader_read(struct trv__reader *reader)
{
	return close_reader(reader, read_rows(reader, reader->sink));
}

const struct trv__rows *trv__reader_rows(const struct trv__reader *reader)
{
	return &reader->rows[0];
}

int trv__reader_finish(struct trv__reader *reader)
{
	int r = 0;

	for (size_t i = 0; i < reader->select->node_count && r >= 0; i++)
		r = keep_siblings(reader, i);
	return r < 0 ? r : load_the_rest(reader);
}

/* --- rows in one array ------------------------------------------------------------------------- */

static void *next_place(struct trv__reader *reader)
{
	size_t size = reader->select->nodes[0].model->row_size;
	struct segment *segment = reader->last;

	if (!segment || segment->count == segment->room) {
		size_t room = segment ? segment->room * 2 : 16;

		segment = trv_arena_alloc(reader->run->scratch, sizeof(*segment));
		if (!segment)
			return NULL;
		if (room * size > 65536 / 2 && room > 16)
			room = 65536 / 2 / size + 1;
		*segment =
			(struct segment) { .rows = trv_arena_alloc(reader->run->scratch, room * size), .room = room };
		if (!segment->rows)
			return NULL;
		*(reader->last ? &reader->last->next : &reader->first) = segment;
		reader->last = segment;
	}
	void *row = segment->rows + segment->count * size;
	memset(row, 0, size);
	return row;
}

/* With a joined collection the root's row is repeated for each child, one behind the other. */
static int is_repeated(struct trv__reader *reader, const void *row)
{
	const struct trv__by *by = &reader->root_by;
	struct trv__key a, b;

	if (!reader->previous)
		return 0;
	int r = trv__key_of(reader->run->scratch, by, row, &a);
	if (r > 0)
		r = trv__key_of(reader->run->scratch, by, reader->previous, &b);
	if (r < 0)
		return trv__no_memory(reader->run->session);
	return r > 0 && trv__key_equals(&a, &b);
}

/* The row is one of the list, or another time the one before. */
static int list_row(struct trv__reader *reader, void *row)
{
	int r = reader->select->collection ? is_repeated(reader, row) : 0;

	if (r < 0)
		return r;
	if (!r) {
		trv__row(row)->load = reader->loads[0];
		reader->last->count++;
		reader->count++;
		reader->previous = row;
	}
	return reader->select->node_count > 1 ? attach_all(reader, reader->previous) : 0;
}

/* 0: there are no more; 1: there are `max`. */
static int read_list(struct trv__reader *reader, size_t max)
{
	while (reader->count < max) {
		void *row = next_place(reader);

		if (!row)
			return trv__no_memory(reader->run->session);
		int r = fetch(reader, row);
		if (r <= 0)
			return r;
		r = list_row(reader, row);
		if (r < 0)
			return r;
	}
	return 1;
}

/* The row by which a page looked ahead is not in the list. */
static size_t list_count(const struct trv__reader *reader)
{
	size_t limit = reader->select->nodes[0].query->limit;

	return reader->select->limit_more && reader->count > limit ? limit : reader->count;
}

static int make_array(struct trv__reader *reader, struct trv_list *list)
{
	size_t size = reader->select->nodes[0].model->row_size;
	struct trv_load *load = reader->loads[0];
	char *items = NULL;

	if (reader->count) {
		items = trv_arena_alloc(reader->run->arena, reader->count * size);
		if (!items)
			return trv__no_memory(reader->run->session);
	}
	char *to = items;
	for (struct segment *at = reader->first; at && at->count; at = at->next) {
		memcpy(to, at->rows, at->count * size);
		to += at->count * size;
	}
	load->base = items;
	load->count = list_count(reader);
	list->items = items;
	list->count = load->count;
	return 0;
}

/* What a joined copy of a root row has loaded and the root row has not. */
static void merge(const struct trv_model *model, void *row, void *copy)
{
	uint64_t missing = trv__row(copy)->relations & ~trv__row(row)->relations;

	for (; missing; missing &= missing - 1) {
		const struct trv_relation *relation = &model->relations[__builtin_ctzll(missing)];

		*trv__relation_member(row, relation) = *trv__relation_member(copy, relation);
	}
	trv__row(row)->relations |= trv__row(copy)->relations;
}

/* Pointers to joined copies of root rows become pointers to the root rows. */
static int apply_fixup(struct trv__reader *reader, const struct trv_list *list, const struct fixup *fixup)
{
	const struct trv_model *model = reader->select->nodes[0].model;
	void *holder = fixup->holder ? fixup->holder : (char *)list->items + fixup->root * model->row_size;
	trv__any *member = trv__relation_member(holder, fixup->relation);
	void *row;
	int r = trv__identity_find(reader->run, reader->identities[0], *member, &row);

	if (r >= 0 && row)
		*member = row;
	return r;
}

/* Among the rows whose relations are loaded next; the copies' pointers are right by now. */
static int replace_copies(struct trv__reader *reader, size_t node)
{
	const struct trv_model *model = reader->select->nodes[0].model;
	struct trv__rows *rows = &reader->rows[node];

	for (size_t i = 0; i < rows->count; i++) {
		void *row;
		int r = trv__identity_find(reader->run, reader->identities[0], rows->items[i], &row);

		if (r < 0)
			return r;
		if (!row || row == rows->items[i])
			continue;
		merge(model, row, rows->items[i]);
		rows->items[i] = row;
	}
	return 0;
}

/* Once the root rows are at their place, pointers to joined copies of them become pointers to them. */
static int apply_fixups(struct trv__reader *reader, const struct trv_list *list)
{
	const struct trv_model *model = reader->select->nodes[0].model;
	struct trv__identity *identity = reader->identities[0];
	int r = 0;

	if (!identity)
		return 0;
	r = trv__identity_reserve(reader->run, identity, list->count);
	for (size_t i = 0; i < list->count && r >= 0; i++) {
		void *row = (char *)list->items + i * model->row_size, **place;

		r = trv__identity_place(reader->run, identity, row, &place);
		if (place)
			*place = row;
	}
	for (struct fixup *at = reader->fixups; at && r >= 0; at = at->before)
		r = apply_fixup(reader, list, at);
	for (size_t node = 1; node < reader->select->node_count && r >= 0; node++)
		if (reader->select->nodes[node].model == model)
			r = replace_copies(reader, node);
	return r;
}

/* A child that is a root row as well is that row. */
static int member_row(struct trv__reader *reader, const struct trv__identity *roots, void **row)
{
	void *root;
	int r = trv__identity_find(reader->run, roots, *row, &root);

	if (r >= 0 && root)
		*row = root;
	return r;
}

/* The lists of a joined collection: children come grouped by their root row. */
static int attach_members(struct trv__reader *reader, const struct trv_list *list)
{
	if (!reader->select->collection)
		return 0;
	const struct trv__node *node = &reader->select->nodes[reader->select->collection];
	const struct trv_relation *relation = joined_relation(reader, (size_t)reader->select->collection);
	const struct trv__identity *roots =
		node->model == reader->select->nodes[0].model ? reader->identities[0] : NULL;
	size_t row_size = reader->select->nodes[0].model->row_size;
	const struct member *member = reader->members;
	struct trv_refs *refs = trv_arena_zero(reader->run->arena, list->count, sizeof(*refs));
	void **items = trv_arena_alloc(reader->run->arena, (reader->member_count + 1) * sizeof(*items));
	int r = 0;

	if ((list->count && !refs) || !items)
		return trv__no_memory(reader->run->session);
	for (size_t i = 0; i < list->count; i++) {
		void *row = (char *)list->items + i * row_size;

		refs[i].items = items;
		for (; member && member->root == i && r >= 0; member = member->next) {
			*items = member->row;
			r = roots ? member_row(reader, roots, items) : 0;
			items++;
		}
		if (r < 0)
			return r;
		refs[i].count = (size_t)(items - refs[i].items);
		*trv__relation_member(row, relation) = &refs[i];
		trv__row(row)->relations |= UINT64_C(1) << node->relation;
	}
	return 0;
}

static int root_rows(struct trv__reader *reader, const struct trv_list *list)
{
	size_t size = reader->select->nodes[0].model->row_size;

	for (size_t i = 0; i < list->count; i++) {
		int r = trv__rows_add(reader->run, &reader->rows[0], (char *)list->items + i * size);
		if (r < 0)
			return r;
	}
	return 0;
}

/* From what was read to a list with its relations. */
static int finish_list(struct trv__reader *reader, struct trv_list *list)
{
	struct trv__run *run = reader->run;
	struct trv_list made = { NULL, 0 };
	int r = make_array(reader, &made);

	if (r >= 0 && run->has_relations)
		r = apply_fixups(reader, &made);
	if (r >= 0)
		r = attach_members(reader, &made);
	if (r >= 0 && run->has_relations)
		r = root_rows(reader, &made);
	for (size_t i = 1; i < reader->select->node_count && r >= 0; i++)
		r = keep_siblings(reader, i);
	if (r >= 0 && run->has_relations)
		r = load_the_rest(reader);
	if (r >= 0 && run->jobs)
		r = trv__jobs_run(run);
	if (r < 0)
		return r;
	*list = made;
	return reader->count > made.count;
}

int trv__load_list(struct trv__run *run, const struct trv__select *select, struct trv_list *list)
{
	struct trv__reader *reader = trv_arena_alloc(run->scratch, sizeof(*reader));

	if (!reader)
		return trv__no_memory(run->session);
	reader->depth = 0;
	int r = prepare(reader, run, select);
	if (r < 0)
		return r;
	r = trv__cursor_open(run->session, &reader->cursor, &reader->writer, &trv__select_kind, select, false);
	if (r < 0)
		return r;
	r = close_reader(reader, read_list(reader, SIZE_MAX));
	return r < 0 ? r : finish_list(reader, list);
}

/* --- rows in pieces ------------------------------------------------------------------------------- */

int trv__reader_open(struct trv__reader **reader, struct trv__run *run, const struct trv__select *select,
                     struct trv_arena *memory)
{
	struct trv__reader *made = trv_arena_alloc(memory, sizeof(*made));

	if (!made)
		return trv__no_memory(run->session);
	made->run = run;
	made->select = select;
	made->depth = 0;
	int r = trv__cursor_open_in(run->session, &made->cursor, &made->writer, memory, &trv__select_kind, select,
	                            true);
	if (r >= 0)
		*reader = made;
	return r;
}

int trv__reader_next(struct trv__reader *reader, size_t max, struct trv_list *list)
{
	reader->run->identities = NULL;
	int r = prepare(reader, reader->run, reader->select);

	if (r >= 0)
		r = read_list(reader, max);
	if (r >= 0)
		r = finish_list(reader, list);
	return r < 0 ? r : list->count != 0;
}

int trv__reader_close(struct trv__reader *reader)
{
	return trv__cursor_close(&reader->cursor);
}
