/*
 * The contract of a model: FNV-1a over a canonical text. The text is a list of fields,
 * each ending in a newline, so that no two descriptions give the same one. A target is
 * named, never followed: the hash does not depend on which other files are linked.
 */
#include <string.h>
#include <trivet/model.h>

#define FNV_BASIS UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

static void add_bytes(uint64_t *hash, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		*hash = (*hash ^ (uint8_t)bytes[i]) * FNV_PRIME;
}

/* In decimal. By hand, as each open of a database checks its models: printf was two thirds of an open on SQLite. */
static void add_number(uint64_t *hash, int64_t number)
{
	char text[32];
	char *at = text + sizeof(text);
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;

	*--at = '\n';
	do {
		*--at = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (number < 0)
		*--at = '-';
	add_bytes(hash, at, (size_t)(text + sizeof(text) - at));
}

/* The length goes first: text may hold newlines. -1 is NULL. */
static void add_text(uint64_t *hash, const char *text)
{
	add_number(hash, text ? (int64_t)strlen(text) : -1);
	if (text)
		add_bytes(hash, text, strlen(text));
}

static void add_sql(uint64_t *hash, const struct trv_sql *sql)
{
	for (int engine = 0; engine < TRV_ENGINE_COUNT; engine++)
		add_text(hash, sql ? sql->text[engine] : NULL);
}

static void add_indexes(uint64_t *hash, const uint16_t *indexes, size_t count)
{
	add_number(hash, (int64_t)count);
	for (size_t i = 0; indexes && i < count; i++)
		add_number(hash, indexes[i]);
}

static void add_double(uint64_t *hash, double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	add_number(hash, (int64_t)bits);
}

static void add_decimal(uint64_t *hash, const struct trv_decimal *decimal)
{
	add_number(hash, decimal->high);
	add_number(hash, (int64_t)decimal->low);
	add_number(hash, decimal->scale);
}

static void add_value(uint64_t *hash, const struct trv_value *value)
{
	add_number(hash, value->type);
	add_number(hash, value->null);
	switch (value->type) {
	case TRV_BOOL:
		add_number(hash, value->as.boolean);
		break;
	case TRV_FLOAT32:
	case TRV_FLOAT64:
		add_double(hash, value->as.number);
		break;
	case TRV_DECIMAL:
		add_decimal(hash, &value->as.decimal);
		break;
	case TRV_TEXT:
	case TRV_JSON:
		add_text(hash, value->as.text);
		break;
	case TRV_BYTES:
		add_number(hash, (int64_t)value->as.bytes.size);
		add_bytes(hash, value->as.bytes.data, value->as.bytes.size);
		break;
	case TRV_UUID:
		add_bytes(hash, (const char *)value->as.uuid.bytes, sizeof(value->as.uuid.bytes));
		break;
	default:
		add_number(hash, value->as.integer);
		break;
	}
}

static void add_default(uint64_t *hash, const struct trv_default *initial)
{
	add_number(hash, initial ? (int64_t)initial->kind : -1);
	if (initial && initial->kind == TRV_DEFAULT_LITERAL)
		add_value(hash, &initial->literal);
	if (initial && initial->kind == TRV_DEFAULT_SQL)
		add_sql(hash, &initial->sql);
}

static void add_enum(uint64_t *hash, const struct trv_enum *enumeration)
{
	add_text(hash, enumeration ? enumeration->name : NULL);
	for (int i = 0; enumeration && i < enumeration->count; i++) {
		add_text(hash, enumeration->values[i].name);
		add_text(hash, enumeration->values[i].stored);
	}
}

static void add_column(uint64_t *hash, const struct trv_column *column)
{
	add_text(hash, column->name);
	add_text(hash, column->member);
	add_number(hash, column->type);
	add_number(hash, column->flags);
	add_number(hash, column->length);
	add_number(hash, column->precision);
	add_number(hash, column->scale);
	add_enum(hash, column->enumeration);
	add_default(hash, column->initial);
	add_sql(hash, column->generated);
	add_sql(hash, column->type_sql);
	add_text(hash, column->collation);
	for (int engine = 0; engine < TRV_ENGINE_COUNT; engine++)
		add_number(hash, trv_column_storage(column, (enum trv_engine)engine));
}

static void add_relation(uint64_t *hash, const struct trv_relation *relation)
{
	add_text(hash, relation->name);
	add_number(hash, relation->kind);
	add_text(hash, relation->target_name);
	add_number(hash, relation->optional);
	add_indexes(hash, relation->columns, relation->key_count);
	add_indexes(hash, relation->through_columns, relation->key_count);
	add_indexes(hash, relation->through_target_columns, relation->target_key_count);
	add_indexes(hash, relation->target_columns,
	            relation->target_key_count ? relation->target_key_count : relation->key_count);
}

static void add_index(uint64_t *hash, const struct trv_index *index)
{
	add_text(hash, index->name);
	add_number(hash, index->unique);
	add_number(hash, index->part_count);
	for (int i = 0; i < index->part_count; i++) {
		add_number(hash, index->parts[i].expression ? -1 : index->parts[i].column);
		add_number(hash, index->parts[i].descending);
		add_sql(hash, index->parts[i].expression);
	}
	add_indexes(hash, index->include, index->include_count);
	add_sql(hash, index->where);
}

static void add_foreign_key(uint64_t *hash, const struct trv_foreign_key *key)
{
	add_text(hash, key->name);
	add_text(hash, key->target_name);
	add_indexes(hash, key->columns, key->count);
	add_indexes(hash, key->target_columns, key->count);
	add_number(hash, key->on_delete);
	add_number(hash, key->on_update);
	add_number(hash, key->deferrable);
}

uint64_t trv_model_contract(const struct trv_model *model)
{
	uint64_t hash = FNV_BASIS;

	add_text(&hash, model->name);
	add_text(&hash, model->table);
	add_number(&hash, model->column_count);
	for (int i = 0; i < model->column_count; i++)
		add_column(&hash, &model->columns[i]);
	add_indexes(&hash, model->primary, model->primary_count);
	add_number(&hash, model->lock_column);
	add_number(&hash, model->auto_column);
	add_number(&hash, model->relation_count);
	for (int i = 0; i < model->relation_count; i++)
		add_relation(&hash, &model->relations[i]);
	add_number(&hash, model->index_count);
	for (int i = 0; i < model->index_count; i++)
		add_index(&hash, &model->indexes[i]);
	add_number(&hash, model->check_count);
	for (int i = 0; i < model->check_count; i++) {
		add_text(&hash, model->checks[i].name);
		add_sql(&hash, &model->checks[i].sql);
	}
	add_number(&hash, model->foreign_key_count);
	for (int i = 0; i < model->foreign_key_count; i++)
		add_foreign_key(&hash, &model->foreign_keys[i]);
	return hash;
}
