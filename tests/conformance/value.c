#include "value.h"

const struct trv_column *column_of(uint64_t flag)
{
	return &sample_model.columns[__builtin_ctzll(flag)];
}

struct sample plain_row(void)
{
	return (struct sample) {
		.words = "",
		.brief = "",
		.blob = { "", 0 },
		.stamp = { "", 0 },
		.extra = "null",
	};
}

struct trv_decimal decimal(const char *text)
{
	struct trv_decimal value = { 0, 0, 0, 0 };

	CHECK_OK(trv_decimal_parse(&value, text), NULL);
	return value;
}

struct trv_uuid uuid(const char *text)
{
	struct trv_uuid value = { { 0 } };

	CHECK_OK(trv_uuid_parse(&value, text, strlen(text)), NULL);
	return value;
}

/* The column's C value at `to`. */
static void write_datum(void *to, enum trv_type type, const struct datum *datum)
{
	switch (type) {
	case TRV_BOOL:
		*(bool *)to = datum->as.boolean;
		break;
	case TRV_INT16:
		*(int16_t *)to = (int16_t)datum->as.integer;
		break;
	case TRV_INT32:
	case TRV_DATE:
	case TRV_ENUM:
		*(int32_t *)to = (int32_t)datum->as.integer;
		break;
	case TRV_FLOAT32:
		*(float *)to = (float)datum->as.number;
		break;
	case TRV_FLOAT64:
		*(double *)to = datum->as.number;
		break;
	case TRV_DECIMAL:
		*(struct trv_decimal *)to = decimal(datum->as.text);
		break;
	case TRV_UUID:
		*(struct trv_uuid *)to = uuid(datum->as.text);
		break;
	case TRV_TEXT:
	case TRV_JSON:
		*(const char **)to = datum->as.text;
		break;
	case TRV_BYTES:
		*(struct trv_bytes *)to = datum->as.bytes;
		break;
	default:
		*(int64_t *)to = datum->as.integer;
	}
}

static char *member(struct sample *row, uint64_t flag)
{
	return (char *)row + column_of(flag)->offset;
}

static bool *has(struct sample *row, uint64_t flag)
{
	uint32_t offset = column_of(flag)->has_offset;

	return offset ? (bool *)((char *)row + offset) : NULL;
}

void put_datum(struct sample *row, const struct kind *kind, const struct datum *datum)
{
	enum trv_type type = column_of(kind->column)->type;

	write_datum(member(row, kind->column), type, datum);
	write_datum(member(row, kind->maybe), type, datum);
	if (has(row, kind->maybe))
		*has(row, kind->maybe) = true;
}

void put_null(struct sample *row, const struct kind *kind)
{
	memset(member(row, kind->maybe), 0, trv_type_size(column_of(kind->maybe)->type));
	if (has(row, kind->maybe))
		*has(row, kind->maybe) = false;
}

static bool check_bytes_of(const struct trv_bytes *actual, const struct trv_bytes *expected)
{
	return CHECK(actual->data != NULL) && CHECK_INT(actual->size, expected->size) &&
	       CHECK_BYTES(actual->data, expected->data, expected->size);
}

/* Floats by their bits; decimals with the column's own digits behind the point. */
static bool check_member_is(const char *actual, const struct trv_column *column, const struct datum *datum)
{
	struct trv_decimal expected = { 0, 0, 0, 0 };
	char value[sizeof(expected)] = { 0 };

	switch (column->type) {
	case TRV_TEXT:
	case TRV_JSON:
		return CHECK_STR(*(const char *const *)(const void *)actual, datum->as.text);
	case TRV_BYTES:
		return check_bytes_of((const struct trv_bytes *)(const void *)actual, &datum->as.bytes);
	case TRV_DECIMAL:
		expected = decimal(datum->as.text);
		return CHECK_INT(((const struct trv_decimal *)(const void *)actual)->scale, column->scale) &&
		       CHECK_INT(trv_decimal_compare((const struct trv_decimal *)(const void *)actual, &expected), 0);
	default:
		write_datum(value, column->type, datum);
		return CHECK_BYTES(actual, value, trv_type_size(column->type));
	}
}

bool check_datum(const struct sample *row, const struct kind *kind, const struct datum *datum)
{
	struct sample copy = *row;
	const bool *there = has(&copy, kind->maybe);

	return check_member_is(member(&copy, kind->column), column_of(kind->column), datum) &&
	       (!there || CHECK(*there)) && check_member_is(member(&copy, kind->maybe), column_of(kind->maybe), datum);
}

bool check_null(const struct sample *row, const struct kind *kind)
{
	struct sample copy = *row;
	const bool *there = has(&copy, kind->maybe);

	return there ? CHECK(!*there) : CHECK(!*(void **)(void *)member(&copy, kind->maybe));
}

/* --- predicates ---------------------------------------------------------------------------------- */

struct sample_expr compare_datum(uint64_t flag, enum trv_operator operation, const struct datum *datum)
{
	uint16_t column = (uint16_t)__builtin_ctzll(flag);

	switch (column_of(flag)->type) {
	case TRV_BOOL:
		return (struct sample_expr) { trv_expr_bool(column, operation, datum->as.boolean) };
	case TRV_FLOAT32:
	case TRV_FLOAT64:
		return (struct sample_expr) { trv_expr_double(column, operation, datum->as.number) };
	case TRV_DECIMAL:
		return (struct sample_expr) { trv_expr_decimal(column, operation, decimal(datum->as.text)) };
	case TRV_UUID:
		return (struct sample_expr) { trv_expr_uuid(column, operation, uuid(datum->as.text)) };
	case TRV_TEXT:
	case TRV_JSON:
		return (struct sample_expr) { trv_expr_text(column, operation, datum->as.text) };
	case TRV_BYTES:
		return (struct sample_expr) { trv_expr_bytes(column, operation, datum->as.bytes) };
	default:
		return (struct sample_expr) { trv_expr_int(column, operation, datum->as.integer) };
	}
}

struct sample_expr list_of_datum(uint64_t flag, const struct datum *datum, struct trv_arena *arena)
{
	const struct trv_column *column = column_of(flag);
	void *item = trv_arena_zero(arena, 1, trv_type_size(column->type));

	REQUIRE(item);
	write_datum(item, column->type, datum);
	return (struct sample_expr) { trv_expr_list(TRV_EXPR_IN, (uint16_t)__builtin_ctzll(flag), item, 1) };
}

struct sample_order order_by(uint64_t flag, enum trv_direction direction)
{
	return (struct sample_order) { trv_order_by((uint16_t)__builtin_ctzll(flag), direction) };
}
