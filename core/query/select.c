#include "query/select.h"

#include <string.h>

#define LINK_ALIAS TRV__MAX_NODES

static const struct trv_relation *relation_of(const struct trv__select *select, const struct trv__node *node)
{
	return &select->nodes[node->parent].model->relations[node->relation];
}

static bool is_limited(const struct trv__select *select)
{
	const struct trv_query *query = select->nodes[0].query;

	return !select->ignore_limit && (query->limit || query->offset);
}

/* Rows are numbered for each parent, and cut by their number. */
static bool is_per_parent(const struct trv__select *select)
{
	return is_limited(select) && (select->tie == TRV__KEYS || select->tie == TRV__SUBQUERY) && select->relation;
}

/* The root comes from a subselect: to number rows, or so that a limit counts parents and not joined rows. */
static bool is_derived(const struct trv__select *select)
{
	return is_per_parent(select) || (select->collection && is_limited(select));
}

size_t trv__order_terms(const struct trv_model *model, const struct trv_query *query, struct trv_order *terms)
{
	size_t count = 0;
	uint64_t seen = 0;

	for (size_t i = 0; i < TRV_MAX_ORDER; i++) {
		if (!query->order_by[i].by)
			continue;
		seen |= UINT64_C(1) << ((query->order_by[i].by - 1u) & 63); /* checked when it is written */
		terms[count++] = query->order_by[i];
	}
	for (size_t i = 0; i < model->primary_count; i++)
		if (!(seen & UINT64_C(1) << model->primary[i]))
			terms[count++] = trv_order_by(model->primary[i], TRV_ASC);
	return count;
}

/* What is wrong with a term is found when its text is written: no plan comes of it. */
void trv__write_terms(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                      const struct trv_order *terms, size_t count, const char **glue)
{
	if (!writer->text_on) {
		trv__shape_run(writer, terms, count * sizeof(*terms));
		trv__shape16(writer, 0);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (!terms[i].by)
			continue;
		if (terms[i].by > model->column_count) {
			trv__writer_fail(writer, TRV_ERR_MISUSE,
			                 "%s: an order that the generated functions did not make", model->name);
			return;
		}
		const struct trv_column *column = &model->columns[terms[i].by - 1u];
		bool descending = terms[i].direction == TRV_DESC;
		if (column->type == TRV_JSON) { /* PostgreSQL cannot, and the others would go by its spelling */
			trv__writer_fail(writer, TRV_ERR_MISUSE, "%s.%s: json has no order", model->name,
			                 column->member);
			return;
		}
		trv__put(writer, *glue);
		*glue = ", ";
		trv__put_column(writer, alias, column);
		if (descending)
			trv__put(writer, " DESC");
		if (writer->dialect->order_nulls && (column->flags & TRV_NULLABLE))
			trv__put(writer, descending ? " NULLS LAST" : " NULLS FIRST");
	}
}

void trv__write_order(struct trv__writer *writer, const struct trv_model *model, unsigned alias,
                      const struct trv_query *query, bool total, const char **glue)
{
	struct trv_order terms[TRV__MAX_TERMS];

	trv__shape(writer, total);
	if (total && writer->text_on)
		trv__write_terms(writer, model, alias, terms, trv__order_terms(model, query, terms), glue);
	else
		trv__write_terms(writer, model, alias, query->order_by, TRV_MAX_ORDER, glue);
}

void trv__write_limit(struct trv__writer *writer, size_t limit, size_t offset)
{
	trv__shape(writer, (limit != 0) * 2u + (offset != 0));
	if (!limit && !offset)
		return;
	trv__put(writer, " LIMIT ");
	trv__bind_int64(writer, limit && limit < INT64_MAX ? (int64_t)limit : INT64_MAX);
	if (offset) {
		trv__put(writer, " OFFSET ");
		trv__bind_int64(writer, offset < INT64_MAX ? (int64_t)offset : INT64_MAX);
	}
}

/* --- columns -------------------------------------------------------------------------- */

struct trv_slot trv__slot(const struct trv_model *model, const struct trv_column *column,
                          const struct trv_dialect *dialect, unsigned base)
{
	uint8_t storage = column->storage[dialect->engine];
	struct trv_slot slot = {
		.type = (uint8_t)column->type,
		.storage = storage ? storage : column->storage[TRV_ENGINE_ANY],
		.base = (uint8_t)base,
		.flags = column->flags & TRV_NULLABLE ? TRV_SLOT_NULLABLE : 0,
		.offset = column->offset,
		.has_offset = column->has_offset,
		.scale = column->scale,
		.enumeration = column->enumeration,
		.name = column->name,
		.model = model->name,
	};
	return slot;
}

size_t trv__select_slot_count(const struct trv__select *select)
{
	size_t count = select->link ? select->relation->key_count : 0;

	for (size_t i = 0; i < select->node_count; i++)
		count += (size_t)__builtin_popcountll(select->nodes[i].columns);
	return count;
}

int trv__select_slots(const struct trv__select *select, const struct trv_dialect *dialect, struct trv_slot *slots,
                      size_t room, size_t *count)
{
	size_t n = 0;

	if (trv__select_slot_count(select) > room)
		return TRV_ERR_INTERNAL;
	for (size_t i = 0; i < select->node_count; i++) {
		const struct trv__node *node = &select->nodes[i];

		for (uint64_t left = node->columns; left; left &= left - 1) {
			const struct trv_column *column = &node->model->columns[__builtin_ctzll(left)];

			slots[n] = trv__slot(node->model, column, dialect, (unsigned)i);
			if (i)
				slots[n].flags |= TRV_SLOT_OUTER;
			if (i && (column->flags & TRV_PRIMARY))
				slots[n].flags |= TRV_SLOT_PRESENCE;
			n++;
		}
	}
	if (select->link) {
		for (size_t i = 0; i < select->relation->key_count; i++) {
			const struct trv_model *through = select->relation->through;

			slots[n++] = trv__slot(through, &through->columns[select->relation->through_columns[i]],
			                       dialect, (unsigned)select->node_count);
		}
	}
	*count = n;
	return 0;
}

static void write_columns_of(struct trv__writer *writer, const struct trv__node *node, unsigned alias, bool named,
                             const char **glue)
{
	if (!writer->text_on)
		return;
	for (uint64_t left = node->columns; left; left &= left - 1) {
		const struct trv_column *column = &node->model->columns[__builtin_ctzll(left)];

		trv__put(writer, *glue);
		*glue = ", ";
		trv__put_column(writer, alias, column);
		if (named) {
			trv__put(writer, " AS ");
			trv__put_name(writer, column->name);
		}
	}
}

/* The link's key columns: as they are, or under the names that a derived root gives them. */
static void write_link_columns(struct trv__writer *writer, const struct trv__select *select, bool inner, bool derived,
                               const char **glue)
{
	if (!writer->text_on || !select->link)
		return;
	for (unsigned i = 0; i < select->relation->key_count; i++) {
		const struct trv_model *through = select->relation->through;
		const struct trv_column *column = &through->columns[select->relation->through_columns[i]];

		trv__put(writer, *glue);
		*glue = ", ";
		if (derived && !inner) {
			trv__put(writer, "t0.trv_l");
			trv__put_number(writer, i);
			trv__put(writer, " AS ");
			trv__put_name(writer, column->name);
			continue;
		}
		trv__put_column(writer, LINK_ALIAS, column);
		if (inner) {
			trv__put(writer, " AS trv_l");
			trv__put_number(writer, i);
		}
	}
}

/* --- from ------------------------------------------------------------------------------ */

static void write_table(struct trv__writer *writer, const struct trv_model *model, unsigned alias)
{
	trv__put_name(writer, model->table);
	trv__put(writer, " AS ");
	trv__put_alias(writer, alias);
}

static void write_link_join(struct trv__writer *writer, const struct trv__select *select)
{
	const struct trv_relation *relation = select->relation;

	trv__put(writer, " JOIN ");
	write_table(writer, relation->through, LINK_ALIAS);
	trv__put(writer, " ON ");
	trv__write_key_match(writer, LINK_ALIAS, relation->through, relation->through_target_columns, 0,
	                     relation->target, relation->target_columns, relation->target_key_count);
}

static void write_joins(struct trv__writer *writer, const struct trv__select *select)
{
	for (size_t i = 1; i < select->node_count; i++) {
		const struct trv__node *node = &select->nodes[i];
		const struct trv_relation *relation = relation_of(select, node);
		const char *glue = " AND ";

		trv__put(writer, " LEFT JOIN ");
		write_table(writer, node->model, (unsigned)i);
		trv__put(writer, " ON ");
		trv__write_key_match(writer, (unsigned)i, node->model, relation->target_columns, (unsigned)node->parent,
		                     select->nodes[node->parent].model, relation->columns, relation->key_count);
		trv__write_all(writer, node->model, (unsigned)i, node->query->where, TRV_MAX_WHERE, &glue);
		trv__shape(writer, TRV_EXPR_NONE);
	}
}

/* --- where ----------------------------------------------------------------------------- */

/* The keys of the rows that the parents' own query finds. */
static void write_parent_query(struct trv__writer *writer, const struct trv__select *select)
{
	const struct trv_relation *relation = select->relation;
	const struct trv_query *query = select->parent_query;
	unsigned alias = writer->aliases++;
	const char *glue = " WHERE ";

	trv__put(writer, " IN (SELECT ");
	for (unsigned i = 0; i < relation->key_count; i++) {
		trv__put(writer, i ? ", trv_k" : "trv_k");
		trv__put_number(writer, i);
	}
	trv__put(writer, " FROM (SELECT ");
	for (unsigned i = 0; i < relation->key_count; i++) {
		trv__put(writer, i ? ", " : "");
		trv__put_column(writer, alias, &select->parent->columns[relation->columns[i]]);
		trv__put(writer, " AS trv_k");
		trv__put_number(writer, i);
	}
	trv__put(writer, " FROM ");
	write_table(writer, select->parent, alias);
	trv__write_all(writer, select->parent, alias, query->where, TRV_MAX_WHERE, &glue);
	trv__shape(writer, TRV_EXPR_NONE);
	if (query->limit || query->offset) {
		glue = " ORDER BY ";
		trv__write_order(writer, select->parent, alias, query, true, &glue);
	}
	trv__write_limit(writer, query->limit, query->offset);
	trv__put(writer, ") AS trv_parents)");
}

static void write_column_list(struct trv__writer *writer, unsigned alias, const struct trv_model *model,
                              const uint16_t *columns, size_t count)
{
	trv__put(writer, count > 1 ? "(" : "");
	for (size_t i = 0; i < count; i++) {
		trv__put(writer, i ? ", " : "");
		trv__put_column(writer, alias, &model->columns[columns[i]]);
	}
	trv__put(writer, count > 1 ? ")" : "");
}

/* trv_reach holds the targets of the levels above the last: rows that start there belong to the graph. */
static void write_links_tie(struct trv__writer *writer, const struct trv__select *select, const char *glue)
{
	const struct trv_relation *relation = select->relation;

	trv__put(writer, glue);
	trv__put(writer, "(");
	trv__write_keys(writer, 0, relation->through, relation->through_columns, select->keys);
	trv__put(writer, " OR ");
	write_column_list(writer, 0, relation->through, relation->through_columns, relation->key_count);
	trv__put(writer, " IN (SELECT ");
	for (unsigned i = 0; i < relation->key_count; i++) {
		trv__put(writer, i ? ", trv_k" : "trv_k");
		trv__put_number(writer, i);
	}
	trv__put(writer, " FROM trv_reach))");
}

static void write_tie(struct trv__writer *writer, const struct trv__select *select, const char **glue)
{
	const struct trv_model *model = select->link ? select->relation->through : select->nodes[0].model;
	unsigned alias = select->link ? LINK_ALIAS : 0;

	if (select->tie == TRV__FREE || select->tie == TRV__TREE)
		return;
	if (select->tie == TRV__LINKS) {
		write_links_tie(writer, select, *glue);
		*glue = " AND ";
		return;
	}
	trv__put(writer, *glue);
	*glue = " AND ";
	if (select->tie == TRV__KEYS) {
		trv__write_keys(writer, alias, model, select->key_columns, select->keys);
		return;
	}
	write_column_list(writer, alias, model, select->key_columns, select->relation->key_count);
	write_parent_query(writer, select);
}

/* One column of a keyset comparison: beyond the last row's value, or level with it. */
static void write_after_column(struct trv__writer *writer, const struct trv__select *select, struct trv_order term,
                               bool beyond)
{
	const struct trv_model *model = select->nodes[0].model;
	const struct trv_column *column = &model->columns[term.by - 1u];
	bool null = select->after_nulls >> (term.by - 1u) & 1;
	bool descending = term.direction == TRV_DESC;
	bool nullable = column->flags & TRV_NULLABLE;

	if (null && beyond && descending) {
		trv__put(writer, "1 = 0");
		return;
	}
	trv__put(writer, nullable && beyond && descending ? "(" : "");
	trv__put_column(writer, 0, column);
	if (null) {
		trv__put(writer, beyond ? " IS NOT NULL" : " IS NULL");
		return;
	}
	trv__put(writer, !beyond ? " = " : descending ? " < " : " > ");
	if (writer->text_on)
		trv__placeholder(writer, column);
	else
		trv__bind_member(writer, model, column, (const char *)select->after + column->offset);
	if (nullable && beyond && descending) {
		trv__put(writer, " OR ");
		trv__put_column(writer, 0, column);
		trv__put(writer, " IS NULL)");
	}
}

/* (a > ?) OR (a = ? AND b > ?) OR ...: nulls come first ascending and last descending. */
static void write_after(struct trv__writer *writer, const struct trv__select *select, const char **glue)
{
	struct trv_order terms[TRV__MAX_TERMS];

	trv__shape(writer, select->after != NULL);
	if (!select->after)
		return;
	size_t count = trv__order_terms(select->nodes[0].model, select->nodes[0].query, terms);
	trv__shape64(writer, select->after_nulls);
	trv__put(writer, *glue);
	*glue = " AND ";
	trv__put(writer, "(");
	for (size_t i = 0; i < count; i++) {
		trv__put(writer, i ? " OR (" : "(");
		for (size_t j = 0; j <= i; j++) {
			trv__put(writer, j ? " AND " : "");
			write_after_column(writer, select, terms[j], j == i);
		}
		trv__put(writer, ")");
	}
	trv__put(writer, ")");
}

static void write_where(struct trv__writer *writer, const struct trv__select *select)
{
	const char *glue = " WHERE ";

	write_tie(writer, select, &glue);
	if (select->tie != TRV__TREE) /* there the filter is in the recursion */
		trv__write_all(writer, select->nodes[0].model, 0, select->nodes[0].query->where, TRV_MAX_WHERE, &glue);
	trv__shape(writer, TRV_EXPR_NONE);
	write_after(writer, select, &glue);
}

/* --- trees ------------------------------------------------------------------------------ */

/* Whether what leads on from a row is its own key, as it is to children. */
static bool leads_on_by_key(const struct trv__select *select)
{
	const struct trv_model *model = select->nodes[0].model;
	const struct trv_relation *relation = select->relation;

	return relation->key_count == model->primary_count &&
	       memcmp(relation->columns, model->primary, relation->key_count * sizeof(model->primary[0])) == 0;
}

/* trv_k: the key of a row; trv_s: by what its own children (or parent) are found, where it is not that. */
static void write_tree_columns(struct trv__writer *writer, const struct trv__select *select, unsigned alias)
{
	const struct trv_model *model = select->nodes[0].model;

	for (size_t i = 0; i < model->primary_count; i++) {
		trv__put(writer, i ? ", " : "");
		trv__put_column(writer, alias, &model->columns[model->primary[i]]);
	}
	for (size_t i = 0; !leads_on_by_key(select) && i < select->relation->key_count; i++) {
		trv__put(writer, ", ");
		trv__put_column(writer, alias, &model->columns[select->relation->columns[i]]);
	}
}

static void write_tree_names(struct trv__writer *writer, const struct trv__select *select)
{
	for (unsigned i = 0; i < select->nodes[0].model->primary_count; i++) {
		trv__put(writer, i ? ", trv_k" : "trv_k");
		trv__put_number(writer, i);
	}
	for (unsigned i = 0; !leads_on_by_key(select) && i < select->relation->key_count; i++) {
		trv__put(writer, ", trv_s");
		trv__put_number(writer, i);
	}
}

static void write_tree_step(struct trv__writer *writer, const struct trv__select *select, unsigned alias)
{
	const struct trv_relation *relation = select->relation;
	const struct trv_model *model = select->nodes[0].model;
	const char *glue = " AND ";

	trv__put(writer, " JOIN trv_tree ON ");
	for (unsigned i = 0; i < relation->key_count; i++) {
		trv__put(writer, i ? " AND " : "");
		trv__put_column(writer, alias, &model->columns[relation->target_columns[i]]);
		trv__put(writer, leads_on_by_key(select) ? " = trv_tree.trv_k" : " = trv_tree.trv_s");
		trv__put_number(writer, i);
	}
	trv__put(writer, " WHERE 1 = 1");
	if (select->depth != TRV_WHOLE) {
		trv__put(writer, " AND trv_tree.trv_level < ");
		trv__bind_int64(writer, select->depth);
	}
	trv__write_all(writer, model, alias, select->nodes[0].query->where, TRV_MAX_WHERE, &glue);
	trv__shape(writer, TRV_EXPR_NONE);
}

/*
 * One recursive statement walks the tree by keys. UNION (not UNION ALL) ends it where
 * the data has a cycle; with a depth the level ends it.
 */
static void write_tree(struct trv__writer *writer, const struct trv__select *select)
{
	const struct trv_model *model = select->nodes[0].model;
	bool levels = select->depth != TRV_WHOLE;
	unsigned first = writer->aliases++;
	unsigned next = writer->aliases++;
	const char *glue = " AND ";

	trv__shape(writer, levels);
	trv__put(writer, "WITH RECURSIVE trv_tree (");
	write_tree_names(writer, select);
	trv__put(writer, levels ? ", trv_level) AS (SELECT " : ") AS (SELECT ");
	write_tree_columns(writer, select, first);
	trv__put(writer, levels ? ", 1 FROM " : " FROM ");
	write_table(writer, model, first);
	trv__put(writer, " WHERE ");
	trv__write_keys(writer, first, model, select->key_columns, select->keys);
	trv__write_all(writer, model, first, select->nodes[0].query->where, TRV_MAX_WHERE, &glue);
	trv__shape(writer, TRV_EXPR_NONE);
	trv__put(writer, " UNION SELECT ");
	write_tree_columns(writer, select, next);
	trv__put(writer, levels ? ", trv_tree.trv_level + 1 FROM " : " FROM ");
	write_table(writer, model, next);
	write_tree_step(writer, select, next);
	trv__put(writer, ") ");
}

static void write_tree_join(struct trv__writer *writer, const struct trv__select *select)
{
	const struct trv_model *model = select->nodes[0].model;
	bool repeated = select->depth != TRV_WHOLE; /* a row on two levels */

	trv__put(writer, repeated ? " JOIN (SELECT DISTINCT " : " JOIN trv_tree ON ");
	for (unsigned i = 0; repeated && i < model->primary_count; i++) {
		trv__put(writer, i ? ", trv_k" : "trv_k");
		trv__put_number(writer, i);
	}
	trv__put(writer, repeated ? " FROM trv_tree) AS trv_tree ON " : "");
	for (unsigned i = 0; i < model->primary_count; i++) {
		trv__put(writer, i ? " AND " : "");
		trv__put_column(writer, 0, &model->columns[model->primary[i]]);
		trv__put(writer, " = trv_tree.trv_k");
		trv__put_number(writer, i);
	}
}

static void write_reach_columns(struct trv__writer *writer, const struct trv_relation *relation, unsigned alias)
{
	for (size_t i = 0; i < relation->key_count; i++) {
		trv__put(writer, i ? ", " : "");
		trv__put_column(writer, alias, &relation->through->columns[relation->through_target_columns[i]]);
	}
}

/* WITH RECURSIVE trv_reach: the keys that the links lead to, from the given ones on. */
static void write_reach(struct trv__writer *writer, const struct trv__select *select)
{
	const struct trv_relation *relation = select->relation;
	bool levels = select->depth != TRV_WHOLE;
	unsigned first = writer->aliases++, next = writer->aliases++;

	trv__shape(writer, levels);
	trv__put(writer, "WITH RECURSIVE trv_reach (");
	for (unsigned i = 0; i < relation->key_count; i++) {
		trv__put(writer, i ? ", trv_k" : "trv_k");
		trv__put_number(writer, i);
	}
	trv__put(writer, levels ? ", trv_level) AS (SELECT " : ") AS (SELECT ");
	write_reach_columns(writer, relation, first);
	trv__put(writer, levels ? ", 1 FROM " : " FROM ");
	write_table(writer, relation->through, first);
	trv__put(writer, " WHERE ");
	trv__write_keys(writer, first, relation->through, relation->through_columns, select->keys);
	trv__put(writer, " UNION SELECT ");
	write_reach_columns(writer, relation, next);
	trv__put(writer, levels ? ", trv_reach.trv_level + 1 FROM " : " FROM ");
	write_table(writer, relation->through, next);
	trv__put(writer, " JOIN trv_reach ON ");
	for (unsigned i = 0; i < relation->key_count; i++) {
		trv__put(writer, i ? " AND " : "");
		trv__put_column(writer, next, &relation->through->columns[relation->through_columns[i]]);
		trv__put(writer, " = trv_reach.trv_k");
		trv__put_number(writer, i);
	}
	if (levels) {
		trv__put(writer, " WHERE trv_reach.trv_level < ");
		trv__bind_int64(writer, (int64_t)select->depth - 1);
	}
	trv__put(writer, ") ");
}

/* --- the whole -------------------------------------------------------------------------- */

static void write_row_number(struct trv__writer *writer, const struct trv__select *select)
{
	const struct trv_model *keys = select->link ? select->relation->through : select->nodes[0].model;
	const char *glue = " ORDER BY ";

	trv__put(writer, ", ROW_NUMBER() OVER (PARTITION BY ");
	for (unsigned i = 0; i < select->relation->key_count; i++) {
		trv__put(writer, i ? ", " : "");
		trv__put_column(writer, select->link ? LINK_ALIAS : 0, &keys->columns[select->key_columns[i]]);
	}
	trv__write_order(writer, select->nodes[0].model, 0, select->nodes[0].query, true, &glue);
	trv__put(writer, ") AS trv_n");
}

static uint64_t order_mask(const struct trv_query *query)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < TRV_MAX_ORDER; i++)
		if (query->order_by[i].by)
			mask |= UINT64_C(1) << ((query->order_by[i].by - 1u) & 63);
	return mask;
}

static void write_lock(struct trv__writer *writer, const struct trv_query *query)
{
	if (query->lock && writer->dialect->lock_rows)
		trv__put(writer, writer->dialect->lock_rows);
}

/* FROM (SELECT ...) AS t0: the root with its filter, numbered or limited inside. */
static void write_derived(struct trv__writer *writer, const struct trv__select *select)
{
	const struct trv_query *query = select->nodes[0].query;
	struct trv__node inner = select->nodes[0];
	const char *glue = "";

	inner.columns |= order_mask(query); /* the rows are ordered again outside */
	trv__put(writer, "(SELECT ");
	write_columns_of(writer, &inner, 0, true, &glue);
	write_link_columns(writer, select, true, true, &glue);
	if (is_per_parent(select))
		write_row_number(writer, select);
	trv__put(writer, " FROM ");
	write_table(writer, select->nodes[0].model, 0);
	if (select->link)
		write_link_join(writer, select);
	write_where(writer, select);
	if (!is_per_parent(select)) {
		glue = " ORDER BY ";
		trv__write_order(writer, select->nodes[0].model, 0, query, true, &glue);
		trv__write_limit(writer, query->limit, query->offset);
	}
	write_lock(writer, query);
	trv__put(writer, ") AS t0");
}

static void write_number_range(struct trv__writer *writer, const struct trv_query *query)
{
	size_t last = query->limit ? query->offset + query->limit : 0;

	trv__shape(writer, (query->limit != 0) * 2u + (query->offset != 0));
	trv__put(writer, " WHERE ");
	if (query->offset) {
		trv__put(writer, "t0.trv_n > ");
		trv__bind_int64(writer, query->offset < INT64_MAX ? (int64_t)query->offset : INT64_MAX);
	}
	trv__put(writer, query->offset && query->limit ? " AND " : "");
	if (query->limit) {
		trv__put(writer, "t0.trv_n <= ");
		trv__bind_int64(writer, last >= query->limit && last < INT64_MAX ? (int64_t)last : INT64_MAX);
	}
}

static void write_final_order(struct trv__writer *writer, const struct trv__select *select)
{
	bool total = is_limited(select) || select->collection || select->after || select->limit_more;
	const char *glue = " ORDER BY ";

	if (is_per_parent(select)) {
		trv__put(writer, " ORDER BY t0.trv_n");
		return;
	}
	trv__write_order(writer, select->nodes[0].model, 0, select->nodes[0].query, total, &glue);
	if (select->collection) {
		const struct trv__node *node = &select->nodes[select->collection];

		trv__write_order(writer, node->model, (unsigned)select->collection, node->query, false, &glue);
	}
}

static void write_shape(struct trv__writer *writer, const struct trv__select *select, bool derived, bool per_parent)
{
	if (writer->text_on)
		return;
	trv__shape(writer, 1u + (unsigned)select->purpose * 8u + (unsigned)select->tie);
	trv__shape(writer, (unsigned)select->node_count * 2u + select->link);
	trv__shape(writer, (unsigned)select->collection);
	trv__shape64(writer, (uint64_t)(uintptr_t)select->nodes[0].model);
	trv__shape64(writer, (uint64_t)(uintptr_t)select->relation);
	trv__shape64(writer, (uint64_t)(uintptr_t)select->key_columns);
	trv__shape(writer, select->nodes[0].query->lock + derived * 2u + per_parent * 4u);
	for (size_t i = 0; i < select->node_count; i++) {
		trv__shape16(writer, (unsigned)(select->nodes[i].parent + 1));
		trv__shape16(writer, select->nodes[i].relation);
		trv__shape64(writer, select->nodes[i].columns);
	}
}

static void write_select_list(struct trv__writer *writer, const struct trv__select *select, bool derived)
{
	const char *glue = "";

	if (!writer->text_on)
		return;

	trv__put(writer, "SELECT ");
	if (select->purpose == TRV__EXISTS || (select->purpose == TRV__COUNT && is_limited(select))) {
		trv__put(writer, "1");
	} else if (select->purpose == TRV__COUNT) {
		trv__put(writer, "COUNT(*)");
	} else {
		for (size_t i = 0; i < select->node_count; i++)
			write_columns_of(writer, &select->nodes[i], (unsigned)i, false, &glue);
		write_link_columns(writer, select, false, derived, &glue);
	}
}

/* A find of one model by itself, as most are: no joins, no parents, no page. */
static bool is_plain(const struct trv__select *select)
{
	return select->purpose == TRV__ROWS && select->tie == TRV__FREE && select->node_count == 1 && !select->link &&
	       !select->after && !select->limit_more && !select->ignore_limit;
}

/* Shape and parameters of such a find, without the walk over all that it has not. */
static void write_plain(struct trv__writer *writer, const struct trv__node *node)
{
	const struct trv_query *query = node->query;
	struct {
		uint32_t kind, lock;
		struct trv_order order_by[TRV_MAX_ORDER];
		uint64_t columns, model;
	} shape = {
		.kind = TRV__SHAPE_FIND, .lock = query->lock, .columns = node->columns, .model = (uintptr_t)node->model
	};
	const char *glue = "";

	TRV_STATIC_ASSERT(sizeof(shape) == 24 + sizeof(shape.order_by), "padding would tell equal shapes apart");
	memcpy(shape.order_by, query->order_by, sizeof(shape.order_by));
	trv__shape_run(writer, &shape, sizeof(shape));
	trv__write_all(writer, node->model, 0, query->where, TRV_MAX_WHERE, &glue);
	trv__write_limit(writer, query->limit, query->offset);
}

void trv__write_select(struct trv__writer *writer, const struct trv__select *select)
{
	const struct trv_query *query = select->nodes[0].query;
	bool counted = select->purpose == TRV__COUNT && is_limited(select);
	bool per_parent = is_per_parent(select), derived = is_derived(select);

	writer->aliases = LINK_ALIAS + 1;
	if (!writer->text_on && is_plain(select)) {
		write_plain(writer, &select->nodes[0]);
		return;
	}
	write_shape(writer, select, derived, per_parent);
	if (counted)
		trv__put(writer, "SELECT COUNT(*) FROM (");
	if (select->tie == TRV__TREE)
		write_tree(writer, select);
	if (select->tie == TRV__LINKS)
		write_reach(writer, select);
	write_select_list(writer, select, derived);
	trv__put(writer, " FROM ");
	if (derived) {
		write_derived(writer, select);
	} else {
		write_table(writer, select->nodes[0].model, 0);
		if (select->link)
			write_link_join(writer, select);
		if (select->tie == TRV__TREE)
			write_tree_join(writer, select);
	}
	write_joins(writer, select);
	if (per_parent)
		write_number_range(writer, query);
	else if (!derived)
		write_where(writer, select);
	if (select->purpose == TRV__ROWS)
		write_final_order(writer, select);
	if (select->purpose == TRV__EXISTS)
		trv__write_limit(writer, 1, query->offset);
	else if (!derived && is_limited(select))
		trv__write_limit(writer, query->limit ? query->limit + select->limit_more : 0, query->offset);
	if (!derived) /* there it is inside, where the rows are */
		write_lock(writer, query);
	if (counted)
		trv__put(writer, ") AS trv_rows");
}
