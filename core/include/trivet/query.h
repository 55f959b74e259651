/**
 * @file query.h
 * Queries as data. A query is a compound literal on the caller's stack: building one
 * allocates nothing. For each model `task` the generator makes
 *
 *  - `struct task_expr` and one function per column that returns it, so that a
 *    predicate of another model does not compile: `task_state(TRV_NE, TASK_DONE)`,
 *    `task_id_in(ids, n)`, `task_due_is_null()`, `task_any(...)`, `task_not(...)`,
 *    `task_has_children(&(struct task_query){ ... })`;
 *  - `struct task_order`: `task_by_priority(TRV_DESC)`;
 *  - `struct task_query`: the members of `struct trv_query`, and a pointer for each
 *    relation. The tree of queries is the tree of what is loaded.
 *
 * The structs below are the generic views through which the runtime reads those.
 */
#ifndef TRIVET_QUERY_H
#define TRIVET_QUERY_H

#include <trivet/arena.h>
#include <trivet/model.h>

TRV_BEGIN_DECLS

#define TRV_MAX_WHERE 8 /* terms of one list; nest with _any and _all for more */
#define TRV_MAX_ORDER 4

enum trv_operator {
	TRV_EQ = 1,
	TRV_NE, /* as in SQL: a null is neither equal nor unequal */
	TRV_LT,
	TRV_LE,
	TRV_GT,
	TRV_GE,
	TRV_LIKE, /* text: % and _ as in SQL, \ escapes; case matters on every engine */
	TRV_NOT_LIKE,
	TRV_STARTS, /* text: the value as it stands, nothing in it is special */
	TRV_ENDS,
	TRV_CONTAINS,
};

enum trv_direction {
	TRV_ASC, /* nulls first, on every engine */
	TRV_DESC, /* nulls last */
};

/** Which loader fetches a relation. */
enum trv_how {
	TRV_AUTO_LOAD, /* joined for to-one, selectin for to-many */
	TRV_JOINED, /* in the parents' statement, by LEFT JOIN */
	TRV_SELECTIN, /* one statement for all parents, keyed by their ids */
	TRV_SUBQUERY, /* the same, keyed by repeating the parents' query */
	TRV_LAZY, /* later, for all siblings at once */
	TRV_RAISE, /* never: touching it is an error */
};

/** `.depth` of a self-referential relation: as deep as the data goes. */
#define TRV_WHOLE UINT32_MAX

enum trv_expr_kind {
	TRV_EXPR_NONE, /* left out; also what fills the rest of `where` */
	TRV_EXPR_COMPARE,
	TRV_EXPR_IN,
	TRV_EXPR_NULL,
	TRV_EXPR_ANY,
	TRV_EXPR_ALL,
	TRV_EXPR_EXISTS,
	TRV_EXPR_SQL,
};

/** One predicate. Made by the generated functions, read by the runtime. */
struct trv_expr {
	uint8_t kind; /* enum trv_expr_kind */
	uint8_t operation; /* enum trv_operator, of TRV_EXPR_COMPARE */
	bool negated;
	uint8_t reserved;
	uint16_t column; /* index of the column, or of the relation for TRV_EXPR_EXISTS */
	uint16_t reserved2;
	union {
		bool boolean;
		int64_t integer; /* integers, enums, dates and times */
		double number;
		const char *text;
		struct trv_bytes bytes;
		struct trv_decimal decimal;
		struct trv_uuid uuid;
		struct {
			const void *items; /* an array of the column's C type; of trv_expr; of trv_value */
			size_t count;
			const char *sql;
		} list;
		const void *query; /* TRV_EXPR_EXISTS: the related model's query, or NULL for any row */
	} as;
};

struct trv_order {
	uint16_t by; /* 1 + index of the column; 0 is none */
	uint16_t direction;
};

/**
 * What every generated query struct begins with. Its first member is a number, so that gcc
 * has no braces to miss in `{ 0 }` (-Wmissing-braces).
 */
struct trv_query {
	uint64_t columns; /* which columns to load, as TASK_TITLE | TASK_STATE; 0 is all. Keys come along */
	struct trv_expr where[TRV_MAX_WHERE]; /* all of them must hold */
	struct trv_order order_by[TRV_MAX_ORDER];
	size_t limit; /* rows, of a relation: rows for each parent; 0 is no limit */
	size_t offset;
	enum trv_how how; /* of a relation: the loader */
	uint32_t depth; /* of a self-referential relation: levels below the parent, TRV_WHOLE; 0 is 1 */
	bool all; /* lets _update_where and _delete_where go without a filter */
	bool lock; /* lock the rows for update until the transaction ends */
	struct trv_arena *arena; /* where the rows go; NULL is the session's */
} TRV_VIEW;

/** What every generated list is: `struct task_list { struct task *items; size_t count; }`. */
struct trv_list {
	void *items;
	size_t count;
} TRV_VIEW;

/** What a to-many relation is: `struct task_refs { struct task **items; size_t count; }`. A row is shared, so these are pointers. */
struct trv_refs {
	void **items;
	size_t count;
} TRV_VIEW;

/**
 * The head of every row's struct, as its first member `trv`. Zero in a row that the
 * program made. A row is copied with plain assignment.
 */
struct trv_row {
	struct trv_load *load; /* the result it came with: its columns, its siblings */
	uint64_t relations; /* which relations are loaded */
};

/** The items of an argument list with their count, for the generated _any and _all. */
#define TRV_ITEMS(type, ...) (const type[]) { __VA_ARGS__ }, sizeof((const type[]) { __VA_ARGS__ }) / sizeof(type)

/** The generic views above fit what was generated for a model. */
#define TRV_ASSERT_LAYOUT(model)                                                                                       \
	TRV_STATIC_ASSERT(offsetof(struct model, trv) == 0, #model);                                                   \
	TRV_ASSERT_MEMBER(struct model##_list, struct trv_list, items);                                                \
	TRV_ASSERT_MEMBER(struct model##_list, struct trv_list, count);                                                \
	TRV_ASSERT_MEMBER(struct model##_refs, struct trv_refs, items);                                                \
	TRV_ASSERT_MEMBER(struct model##_refs, struct trv_refs, count);                                                \
	TRV_ASSERT_MEMBER(struct model##_query, struct trv_query, where);                                              \
	TRV_ASSERT_MEMBER(struct model##_query, struct trv_query, order_by);                                           \
	TRV_ASSERT_MEMBER(struct model##_query, struct trv_query, columns);                                            \
	TRV_ASSERT_MEMBER(struct model##_query, struct trv_query, limit);                                              \
	TRV_ASSERT_MEMBER(struct model##_query, struct trv_query, offset);                                             \
	TRV_ASSERT_MEMBER(struct model##_query, struct trv_query, how);                                                \
	TRV_ASSERT_MEMBER(struct model##_query, struct trv_query, depth);                                              \
	TRV_ASSERT_MEMBER(struct model##_query, struct trv_query, all);                                                \
	TRV_ASSERT_MEMBER(struct model##_query, struct trv_query, lock);                                               \
	TRV_ASSERT_MEMBER(struct model##_query, struct trv_query, arena)

#define TRV_ASSERT_MEMBER(type, view, member)                                                                          \
	TRV_STATIC_ASSERT(offsetof(type, member) == offsetof(view, member) &&                                          \
	                          sizeof(((type *)0)->member) == sizeof(((view *)0)->member),                          \
	                  #type "." #member)

/** The columns that a row was loaded with, as a mask; 0 for a row that the program made. */
TRV_API uint64_t trv_row_columns(const struct trv_row *row);

/* --- builders, for generated code ------------------------------------------------- */

TRV_BUILDER struct trv_expr trv_expr_make(uint16_t column, enum trv_operator operation)
{
	struct trv_expr expr;

	__builtin_memset(&expr, 0, sizeof(expr));
	expr.kind = TRV_EXPR_COMPARE;
	expr.operation = (uint8_t)operation;
	expr.column = column;
	return expr;
}

TRV_BUILDER struct trv_expr trv_expr_bool(uint16_t column, enum trv_operator operation, bool value)
{
	struct trv_expr expr = trv_expr_make(column, operation);

	expr.as.boolean = value;
	return expr;
}

TRV_BUILDER struct trv_expr trv_expr_int(uint16_t column, enum trv_operator operation, int64_t value)
{
	struct trv_expr expr = trv_expr_make(column, operation);

	expr.as.integer = value;
	return expr;
}

TRV_BUILDER struct trv_expr trv_expr_double(uint16_t column, enum trv_operator operation, double value)
{
	struct trv_expr expr = trv_expr_make(column, operation);

	expr.as.number = value;
	return expr;
}

TRV_BUILDER struct trv_expr trv_expr_text(uint16_t column, enum trv_operator operation, const char *value)
{
	struct trv_expr expr = trv_expr_make(column, operation);

	expr.as.text = value;
	return expr;
}

TRV_BUILDER struct trv_expr trv_expr_bytes(uint16_t column, enum trv_operator operation, struct trv_bytes value)
{
	struct trv_expr expr = trv_expr_make(column, operation);

	expr.as.bytes = value;
	return expr;
}

TRV_BUILDER struct trv_expr trv_expr_decimal(uint16_t column, enum trv_operator operation, struct trv_decimal value)
{
	struct trv_expr expr = trv_expr_make(column, operation);

	expr.as.decimal = value;
	return expr;
}

TRV_BUILDER struct trv_expr trv_expr_uuid(uint16_t column, enum trv_operator operation, struct trv_uuid value)
{
	struct trv_expr expr = trv_expr_make(column, operation);

	expr.as.uuid = value;
	return expr;
}

/** `kind` is TRV_EXPR_IN, TRV_EXPR_ANY or TRV_EXPR_ALL. */
TRV_BUILDER struct trv_expr trv_expr_list(enum trv_expr_kind kind, uint16_t column, const void *items, size_t count)
{
	struct trv_expr expr = trv_expr_make(column, TRV_EQ);

	expr.kind = (uint8_t)kind;
	expr.as.list.items = items;
	expr.as.list.count = count;
	return expr;
}

TRV_BUILDER struct trv_expr trv_expr_null(uint16_t column, bool negated)
{
	struct trv_expr expr = trv_expr_make(column, TRV_EQ);

	expr.kind = TRV_EXPR_NULL;
	expr.negated = negated;
	return expr;
}

TRV_BUILDER struct trv_expr trv_expr_exists(uint16_t relation, const void *query)
{
	struct trv_expr expr = trv_expr_make(relation, TRV_EQ);

	expr.kind = TRV_EXPR_EXISTS;
	expr.as.query = query;
	return expr;
}

/**
 * A predicate in SQL, for what the typed ones cannot say. `sql` is constant text of
 * the program, never of a user; `?` stands for the next of `values`. A column is
 * written as {member} and becomes the quoted, qualified column.
 */
TRV_BUILDER struct trv_expr trv_expr_sql(const char *sql, const struct trv_value *values, size_t count)
{
	struct trv_expr expr = trv_expr_make(0, TRV_EQ);

	expr.kind = TRV_EXPR_SQL;
	expr.as.list.items = values;
	expr.as.list.count = count;
	expr.as.list.sql = sql;
	return expr;
}

TRV_BUILDER struct trv_order trv_order_by(uint16_t column, enum trv_direction direction)
{
	struct trv_order order;

	order.by = (uint16_t)(column + 1u);
	order.direction = (uint16_t)direction;
	return order;
}

/* --- aggregates ---------------------------------------------------------------------- */

#define TRV_MAX_AGGREGATES 8

enum trv_aggregate_function {
	TRV_COUNT_ROWS = 1, /* rows */
	TRV_COUNT, /* values that are not null */
	TRV_COUNT_DISTINCT,
	TRV_SUM, /* integers: int64, TRV_ERR_VALUE when it overflows; decimal: exact; floats: double */
	TRV_MIN, /* of the column's type */
	TRV_MAX,
	TRV_AVERAGE, /* double */
};

/** One aggregate: `{ TRV_SUM, TASK_EFFORT }`. */
struct trv_aggregate_term {
	enum trv_aggregate_function function;
	uint64_t column; /* exactly one column, as its flag; 0 for TRV_COUNT_ROWS */
};

/**
 * What to compute and how to group it. The filter is that of the query given along;
 * the query's order_by may name group columns, its limit and offset count groups.
 *
 *     struct task_groups groups;
 *     int r = task_aggregate(s, &groups, &(struct trv_aggregate){
 *             .values = { { TRV_COUNT_ROWS }, { TRV_SUM, TASK_EFFORT } },
 *             .group_by = TASK_STATE,
 *             .order_by = 1, .direction = TRV_DESC,       // the first value, largest first
 *     }, &(struct task_query){ .where = { ... } });
 *     for (...) groups.items[i].key.state, groups.items[i].values[1].as.decimal
 */
struct trv_aggregate {
	struct trv_aggregate_term values[TRV_MAX_AGGREGATES];
	uint64_t group_by; /* columns, as their flags; 0 is one group of all rows */
	unsigned order_by; /* 1 + index into values, before the query's order_by; 0 is none */
	enum trv_direction direction;
};

TRV_END_DECLS

#endif
