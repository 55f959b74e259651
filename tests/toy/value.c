/* Values and the expressions over them. */
#include "toy.h"

#include <string.h>

/* --- comparing ------------------------------------------------------------------------------------ */

/* Integers and reals are one rank: they compare as numbers. */
static int rank(const struct toy_value *value)
{
	static const int ranks[] = {
		[TOY_NULL] = 0, [TOY_INTEGER] = 1, [TOY_REAL] = 1, [TOY_TEXT] = 2, [TOY_BLOB] = 3
	};

	return ranks[value->kind];
}

static int compare_numbers(const struct toy_value *a, const struct toy_value *b)
{
	if (a->kind == TOY_INTEGER && b->kind == TOY_INTEGER)
		return (a->integer > b->integer) - (a->integer < b->integer);
	double x = a->kind == TOY_REAL ? a->real : (double)a->integer;
	double y = b->kind == TOY_REAL ? b->real : (double)b->integer;
	return (x > y) - (x < y);
}

int toy_compare(const struct toy_value *a, const struct toy_value *b)
{
	if (rank(a) != rank(b))
		return rank(a) - rank(b);
	if (a->kind == TOY_NULL)
		return 0;
	if (rank(a) == 1)
		return compare_numbers(a, b);
	size_t size = a->size < b->size ? a->size : b->size;
	int order = size ? memcmp(a->data, b->data, size) : 0;
	return order ? order : (a->size > b->size) - (a->size < b->size);
}

bool toy_value_copy(struct toy_value *to, const struct toy_value *from, struct trv_arena *arena)
{
	*to = *from;
	if (from->kind != TOY_TEXT && from->kind != TOY_BLOB)
		return true;
	to->data = trv_arena_copy(arena, from->data ? from->data : "", from->size);
	return to->data != NULL;
}

/* --- parameters ------------------------------------------------------------------------------------- */

static struct toy_value integer(int64_t number)
{
	return (struct toy_value) { .kind = TOY_INTEGER, .integer = number };
}

static struct toy_value real(double number)
{
	return (struct toy_value) { .kind = TOY_REAL, .real = number };
}

static struct toy_value bytes(enum toy_kind kind, const void *data, size_t size)
{
	return (struct toy_value) { .kind = kind, .data = data, .size = size };
}

static int read_bind(const struct trv_bind *bind, struct toy_value *value, struct trv_error *error)
{
	bool number = bind->type == TRV_ENUM && bind->storage == TRV_STORE_INTEGER;

	*value = (struct toy_value) { .kind = TOY_NULL };
	if (bind->null)
		return 0;
	if (bind->storage != TRV_STORE_DEFAULT && !number)
		return trv_error_set(error, TRV_ERR_UNSUPPORTED, "the toy keeps %s in the usual way only",
		                     trv_type_name((enum trv_type)bind->type));
	switch (bind->type) {
	case TRV_BOOL:
		*value = integer(*(const bool *)bind->value);
		return 0;
	case TRV_INT16:
		*value = integer(*(const int16_t *)bind->value);
		return 0;
	case TRV_INT32:
	case TRV_DATE:
		*value = integer(*(const int32_t *)bind->value);
		return 0;
	case TRV_INT64:
	case TRV_TIME:
	case TRV_TIMESTAMP:
		*value = integer(*(const int64_t *)bind->value);
		return 0;
	case TRV_FLOAT32:
		*value = real((double)*(const float *)bind->value);
		return 0;
	case TRV_FLOAT64:
		*value = real(*(const double *)bind->value);
		return 0;
	case TRV_TEXT:
		*value = bytes(TOY_TEXT, bind->value, bind->size);
		return 0;
	case TRV_ENUM:
		*value = number ? integer(*(const int32_t *)bind->value) : bytes(TOY_TEXT, bind->value, bind->size);
		return 0;
	case TRV_BYTES:
		*value = bytes(TOY_BLOB, bind->value, bind->size);
		return 0;
	case TRV_UUID:
		*value = bytes(TOY_BLOB, bind->value, sizeof(struct trv_uuid));
		return 0;
	default:
		return trv_error_set(error, TRV_ERR_UNSUPPORTED, "the toy has no type for %s",
		                     trv_type_name((enum trv_type)bind->type));
	}
}

/* --- expressions ------------------------------------------------------------------------------------ */

static int compute_compare(const struct toy_node *node, const struct toy_scope *scope, struct toy_value *value)
{
	struct toy_value a, b;
	int r = toy_evaluate(node->left, scope, &a);

	if (r >= 0)
		r = toy_evaluate(node->right, scope, &b);
	if (r < 0)
		return r;
	*value = (struct toy_value) { .kind = TOY_NULL };
	if (a.kind == TOY_NULL || b.kind == TOY_NULL)
		return 0;
	int order = toy_compare(&a, &b);
	const bool held[] = {
		[TOY_EQ] = order == 0,
		[TOY_NE] = order != 0,
		[TOY_LT] = order<0, [TOY_LE] = order <= 0, [TOY_GT] = order> 0,
		[TOY_GE] = order >= 0,
	};
	*value = integer(held[node->operator]);
	return 0;
}

/* AND and OR of three values: `decides` on one side is the answer whatever the other is. */
static int compute_logic(const struct toy_node *node, const struct toy_scope *scope, struct toy_value *value)
{
	bool decides = node->operator== TOY_OR;
	struct toy_value b;
	int r = toy_evaluate(node->left, scope, value);

	if (r < 0 || (value->kind == TOY_INTEGER && (value->integer != 0) == decides))
		return r;
	r = toy_evaluate(node->right, scope, &b);
	if (r >= 0 && (value->kind != TOY_NULL || (b.kind == TOY_INTEGER && (b.integer != 0) == decides)))
		*value = b;
	return r;
}

static int compute_in(const struct toy_node *node, const struct toy_scope *scope, struct toy_value *value)
{
	struct toy_value wanted, item;
	bool unknown = false;
	int r = toy_evaluate(node->left, scope, &wanted);

	for (const struct toy_node *at = node->right; at && r >= 0; at = at->next) {
		r = toy_evaluate(at, scope, &item);
		unknown |= r >= 0 && item.kind == TOY_NULL;
		if (r >= 0 && wanted.kind != TOY_NULL && toy_compare(&wanted, &item) == 0) {
			*value = integer(1);
			return 0;
		}
	}
	*value = integer(0);
	if (wanted.kind == TOY_NULL || unknown)
		value->kind = TOY_NULL;
	return r;
}

static int compute_plus(const struct toy_node *node, const struct toy_scope *scope, struct toy_value *value)
{
	struct toy_value b;
	int r = toy_evaluate(node->left, scope, value);

	if (r >= 0)
		r = toy_evaluate(node->right, scope, &b);
	if (r < 0)
		return r;
	if (value->kind != TOY_INTEGER || b.kind != TOY_INTEGER)
		return trv_error_set(scope->error, TRV_ERR_UNSUPPORTED, "the toy adds integers only");
	if (__builtin_add_overflow(value->integer, b.integer, &value->integer))
		return trv_error_set(scope->error, TRV_ERR_VALUE, "a sum does not fit 64 bits");
	return 0;
}

int toy_evaluate(const struct toy_node *node, const struct toy_scope *scope, struct toy_value *value)
{
	int r;

	switch (node->operator) {
	case TOY_LITERAL:
		*value = node->value;
		return 0;
	case TOY_PARAMETER:
		return read_bind(&scope->binds[node->index], value, scope->error);
	case TOY_COLUMN:
		if (!scope->row)
			return trv_error_set(scope->error, TRV_ERR_UNSUPPORTED, "column '%s' has no row here",
			                     node->name);
		*value = scope->row[node->index];
		return 0;
	case TOY_NOW:
		*value = integer(trv_now());
		return 0;
	case TOY_PLUS:
		return compute_plus(node, scope, value);
	case TOY_AND:
	case TOY_OR:
		return compute_logic(node, scope, value);
	case TOY_NOT:
		r = toy_evaluate(node->left, scope, value);
		if (r >= 0)
			value->integer = !value->integer;
		return r;
	case TOY_IS_NULL:
		r = toy_evaluate(node->left, scope, value);
		if (r >= 0)
			*value = integer(value->kind == TOY_NULL);
		return r;
	case TOY_IN:
		return compute_in(node, scope, value);
	default:
		return compute_compare(node, scope, value);
	}
}

int toy_holds(const struct toy_node *node, const struct toy_scope *scope)
{
	struct toy_value value;
	int r = node ? toy_evaluate(node, scope, &value) : 1;

	return r < 0 || !node ? r : value.kind == TOY_INTEGER && value.integer != 0;
}

/* --- results ------------------------------------------------------------------------------------------- */

int toy_decode(const struct trv_slot *slot, const struct toy_value *value, char *base, struct trv_arena *arena,
               uint64_t *absent, struct trv_error *error)
{
	void *to = base + slot->offset;

	if (value->kind == TOY_NULL) {
		if (slot->flags & TRV_SLOT_PRESENCE)
			*absent |= UINT64_C(1) << slot->base;
		return *absent >> slot->base & 1 ? 0 : trv_decode_null(slot, base, error);
	}
	if (slot->has_offset)
		*(bool *)(base + slot->has_offset) = true;
	switch (value->kind) {
	case TOY_INTEGER:
		return trv_decode_integer(slot, value->integer, to, arena, error);
	case TOY_REAL:
		return trv_decode_real(slot, value->real, to, arena, error);
	case TOY_TEXT:
		return trv_decode_text(slot, value->data, value->size, to, arena, error);
	default:
		return trv_decode_blob(slot, value->data, value->size, to, arena, error);
	}
}
