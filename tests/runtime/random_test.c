/*
 * Random trees of queries, loaded by one loader and then by a random one at each node:
 * what is loaded is the same. Row by row, in order, with the columns that were asked for.
 */
#include "fixture.h"

#include <stdarg.h>
#include <stdlib.h>

#define TEXT_ROOM (1 << 20)
#define DEEPEST 4

/* A query struct of any model. */
struct any_query {
	struct trv_query common;
	const struct any_query *relations[TRV_MAX_RELATIONS];
};

/* What is asked of a relation is the same wherever it stands in a tree, since rows are shared. */
struct plan {
	struct trv_arena arena;
	struct {
		const struct trv_model *model;
		size_t relation;
		struct trv_query query;
	} relations[64];
	size_t count;
	const struct trv_model *root_model;
	const struct any_query *root;
};

static uint64_t pick(uint64_t below)
{
	return test_random() % below;
}

static uint64_t some_columns(const struct trv_model *model)
{
	return pick(3) ? 0 : (test_random() & trv_model_all(model)) | 1;
}

static void order_by_key(const struct trv_model *model, struct trv_query *query)
{
	size_t n = 0;
	bool descending = pick(2);

	size_t first = pick(model->column_count);
	if (pick(3) == 0 && model->columns[first].type != TRV_JSON)
		query->order_by[n++] = trv_order_by((uint16_t)first, pick(2) ? TRV_DESC : TRV_ASC);
	for (size_t i = 0; i < model->primary_count; i++)
		query->order_by[n++] = trv_order_by(model->primary[i], descending ? TRV_DESC : TRV_ASC);
}

static void filter(const struct trv_model *model, struct trv_query *query)
{
	const struct trv_column *key = &model->columns[model->primary[0]];

	if (key->type == TRV_INT64 && pick(3) == 0)
		query->where[0] = trv_expr_int(model->primary[0], TRV_NE, (int64_t)pick(12) + 1);
	if (pick(4) == 0)
		query->where[1] = trv_expr_null((uint16_t)pick(model->column_count), pick(2));
}

static const struct trv_query *asked_of(struct plan *plan, const struct trv_model *model, size_t relation)
{
	const struct trv_relation *description = &model->relations[relation];

	for (size_t i = 0; i < plan->count; i++)
		if (plan->relations[i].model == model && plan->relations[i].relation == relation)
			return &plan->relations[i].query;
	struct trv_query *query = &plan->relations[plan->count].query;
	plan->relations[plan->count].model = model;
	plan->relations[plan->count++].relation = relation;
	memset(query, 0, sizeof(*query));
	order_by_key(description->target, query);
	filter(description->target, query);
	query->columns = some_columns(description->target);
	if (description->target == model && pick(3) == 0)
		query->depth = pick(3) ? (uint32_t)pick(4) : TRV_WHOLE;
	else if (description->kind != TRV_TO_ONE && pick(3) == 0)
		query->limit = 1 + pick(3), query->offset = pick(2);
	return query;
}

/* How often a relation stands in a tree. */
static unsigned times_asked(const struct trv_model *model, const struct any_query *query,
                            const struct trv_model *wanted, size_t relation)
{
	unsigned count = model == wanted && query->relations[relation];

	for (size_t i = 0; i < model->relation_count; i++)
		if (query->relations[i])
			count += times_asked(model->relations[i].target, query->relations[i], wanted, relation);
	return count;
}

static struct any_query *make(struct plan *plan, const struct trv_model *model, const struct trv_query *own,
                              unsigned depth)
{
	struct any_query *query = trv_arena_zero(&plan->arena, 1, sizeof(*query));

	REQUIRE(query);
	query->common = *own;
	for (size_t i = 0; i < model->relation_count; i++)
		if (depth < DEEPEST && pick(depth + 2) == 0)
			query->relations[i] =
				make(plan, model->relations[i].target, asked_of(plan, model, i), depth + 1);
	return query;
}

/*
 * The same tree, with loaders of its own. Where a row is met on two paths the first one to load a
 * relation has loaded it: so only what stands in the tree once goes deep, or lazily.
 */
static struct any_query *with_loaders(struct plan *plan, const struct trv_model *model, const struct any_query *from,
                                      bool random)
{
	const struct any_query *root = plan->root;
	static const enum trv_how hows[] = { TRV_AUTO_LOAD, TRV_JOINED, TRV_SELECTIN, TRV_SUBQUERY, TRV_LAZY };
	struct any_query *query = trv_arena_zero(&plan->arena, 1, sizeof(*query));

	REQUIRE(query);
	query->common = from->common;
	query->common.how = random ? hows[pick(TRV_COUNT_OF(hows))] : TRV_SELECTIN;
	for (size_t i = 0; i < model->relation_count; i++) {
		if (!from->relations[i])
			continue;
		struct any_query *sub = with_loaders(plan, model->relations[i].target, from->relations[i], random);
		bool once = times_asked(plan->root_model, root, model, i) == 1;

		if (!once && sub->common.how == TRV_LAZY)
			sub->common.how = TRV_AUTO_LOAD;
		if (!once)
			sub->common.depth = 0;
		query->relations[i] = sub;
	}
	return query;
}

/* --- what was loaded, as text ------------------------------------------------------------------------- */

struct dump {
	struct trv_session *session;
	char *text;
	size_t size;
	int status;
};

TRV_PRINTF(2, 3) static void add(struct dump *dump, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(dump->text + dump->size, TEXT_ROOM - dump->size, format, arguments);
	va_end(arguments);
	dump->size += (size_t)length;
	if (dump->size >= TEXT_ROOM)
		dump->size = TEXT_ROOM - 1;
}

static void add_columns(struct dump *dump, const struct trv_model *model, const void *row, uint64_t columns)
{
	uint64_t wanted = columns ? columns : trv_model_all(model);

	if (wanted & ~trv_row_columns(row))
		add(dump, "[not loaded: %llx]", (unsigned long long)(wanted & ~trv_row_columns(row)));
	for (size_t i = 0; i < model->column_count; i++) {
		const struct trv_column *column = &model->columns[i];
		const char *at = (const char *)row + column->offset;

		if (!(wanted >> i & 1))
			continue;
		if (column->type == TRV_INT64 || column->type == TRV_TIMESTAMP)
			add(dump, " %lld", (long long)*(const int64_t *)(const void *)at);
		else if (column->type == TRV_TEXT)
			add(dump, " %s",
			    *(const char *const *)(const void *)at ? *(const char *const *)(const void *)at : "~");
		else if (column->type == TRV_ENUM || column->type == TRV_INT32)
			add(dump, " %d", *(const int32_t *)(const void *)at);
	}
}

static void add_row(struct dump *dump, const struct trv_model *model, void *row, const struct any_query *query,
                    unsigned level);

static void add_relation(struct dump *dump, const struct trv_model *model, void *row, size_t relation,
                         const struct any_query *query, unsigned level)
{
	const struct trv_relation *description = &model->relations[relation];
	void *value;

	const struct trv_row *head = row;
	if (query->common.how != TRV_LAZY && !(head->relations >> relation & 1))
		add(dump, " [%s missing]", description->name);
	int r = trv__load(dump->session, model, row, (uint16_t)relation);
	if (r < 0) {
		dump->status = r;
		return;
	}
	memcpy(&value, (char *)row + description->offset, sizeof(value));
	add(dump, " %s(", description->name);
	if (description->kind == TRV_TO_ONE) {
		if (value)
			add_row(dump, description->target, value, query, level + 1);
	} else {
		const struct trv_refs *refs = value;

		for (size_t i = 0; i < refs->count; i++) {
			add(dump, i ? ", " : "");
			add_row(dump, description->target, refs->items[i], query, level + 1);
		}
	}
	add(dump, ")");
}

static void add_row(struct dump *dump, const struct trv_model *model, void *row, const struct any_query *query,
                    unsigned level)
{
	if (dump->status < 0 || level > 8 || dump->size > TEXT_ROOM / 2)
		return;
	add_columns(dump, model, row, query->common.columns);
	for (size_t i = 0; i < model->relation_count; i++)
		if (query->relations[i])
			add_relation(dump, model, row, i, query->relations[i], level);
}

static void describe(const struct trv_model *model, const struct any_query *query, unsigned depth)
{
	static const char *const hows[] = { "auto", "joined", "selectin", "subquery", "lazy", "raise" };

	for (size_t i = 0; i < model->relation_count; i++) {
		const struct any_query *sub = query->relations[i];

		if (!sub)
			continue;
		test_note("%*s%s.%s: %s limit %zu offset %zu depth %u columns %llx", (int)depth * 2, "", model->name,
		          model->relations[i].name, hows[sub->common.how], sub->common.limit, sub->common.offset,
		          (unsigned)sub->common.depth, (unsigned long long)sub->common.columns);
		describe(model->relations[i].target, sub, depth + 1);
	}
}

static void load(struct world *w, const struct trv_model *model, const struct any_query *query, char *text)
{
	struct trv_mark mark = trv_mark(w->s);
	struct trv_list list;
	struct dump dump = { .session = w->s, .text = text };

	REQUIRE_OK(trv_session_log(w->s, true), trv_error(w->s));
	int r = trv__find(w->s, model, &list, query);
	if (!CHECK_OK(r, trv_error(w->s))) {
		describe(model, query, 0);
		test_note("%s", last_statement(w->s));
		test_end();
	}
	text[0] = '\0';
	for (size_t i = 0; i < list.count; i++) {
		add(&dump, "%s", i ? "\n" : "");
		add_row(&dump, model, (char *)list.items + i * model->row_size, query, 0);
	}
	OK(w, dump.status);
	trv_rewind(w->s, mark);
}

/* --- the test ------------------------------------------------------------------------------------------- */

/* The first place where they differ, with what comes before it. */
static void show_difference(const char *expected, const char *actual)
{
	size_t at = 0;

	while (expected[at] && expected[at] == actual[at])
		at++;
	size_t from = at > 60 ? at - 60 : 0;
	test_note("expected ...%.120s", expected + from);
	test_note("is       ...%.120s", actual + from);
}

static bool compare_once(struct world *w, char *expected, char *actual)
{
	static const struct trv_model *const roots[] = { &task_model, &project_model, &person_model, &tag_model,
		                                         &membership_model };
	const struct trv_model *model = roots[pick(TRV_COUNT_OF(roots))];
	struct plan plan = { .count = 0 };
	struct trv_query own;

	trv_arena_init(&plan.arena, NULL, 0);
	memset(&own, 0, sizeof(own));
	order_by_key(model, &own);
	filter(model, &own);
	own.columns = some_columns(model);
	if (pick(3) == 0)
		own.limit = 1 + pick(6), own.offset = pick(3);
	plan.root_model = model;
	plan.root = make(&plan, model, &own, 0);
	const struct any_query *plain = with_loaders(&plan, model, plan.root, false);
	const struct any_query *mixed = with_loaders(&plan, model, plan.root, true);
	load(w, model, plain, expected);
	load(w, model, mixed, actual);
	bool same = strcmp(expected, actual) == 0;
	if (!CHECK(same)) {
		test_note("%s limit %zu offset %zu columns %llx", model->name, own.limit, own.offset,
		          (unsigned long long)own.columns);
		describe(model, mixed, 1);
		show_difference(expected, actual);
	}
	trv_arena_release(&plan.arena);
	return same;
}

TEST(random, trees_are_the_same_by_every_loader)
{
	struct world w;
	char *expected = malloc(TEXT_ROOM), *actual = malloc(TEXT_ROOM);
	const char *rounds = getenv("TRIVET_TEST_ROUNDS");
	int last = rounds ? atoi(rounds) : 300;

	REQUIRE(expected && actual);
	world_open(&w);
	for (int i = 0; i < last; i++)
		if (!compare_once(&w, expected, actual))
			break;
	free(expected);
	free(actual);
	world_close(&w);
}
