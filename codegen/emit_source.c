/*
 * The source: constant tables, one entry for each thing that the schema says. An entry
 * is a list of fields, on one line where it fits and else one line for each. What is
 * pointed to stands in place as a compound literal; texts too long for that are arrays
 * of their own above the table.
 */
#include "emit.h"

#include "emit_table.h"

#include <inttypes.h>
#include <string.h>

static const char *const storages[] = {
	[TRV_STORE_DEFAULT] = "TRV_STORE_DEFAULT", [TRV_STORE_ISO] = "TRV_STORE_ISO",
	[TRV_STORE_UNIX] = "TRV_STORE_UNIX",       [TRV_STORE_MILLIS] = "TRV_STORE_MILLIS",
	[TRV_STORE_MICROS] = "TRV_STORE_MICROS",   [TRV_STORE_JULIAN] = "TRV_STORE_JULIAN",
	[TRV_STORE_REAL] = "TRV_STORE_REAL",       [TRV_STORE_TEXT] = "TRV_STORE_TEXT",
	[TRV_STORE_INTEGER] = "TRV_STORE_INTEGER",
};

static const char *const engines[] = {
	[TRV_ENGINE_ANY] = "TRV_ENGINE_ANY",
	[TRV_ENGINE_SQLITE] = "TRV_ENGINE_SQLITE",
	[TRV_ENGINE_POSTGRESQL] = "TRV_ENGINE_POSTGRESQL",
	[TRV_ENGINE_MARIADB] = "TRV_ENGINE_MARIADB",
};

static const char *const kinds[] = { "TRV_TO_ONE", "TRV_TO_MANY", "TRV_MANY_TO_MANY" };

static const char *const actions[] = { "TRV_NO_ACTION", "TRV_RESTRICT", "TRV_CASCADE", "TRV_SET_NULL",
	                               "TRV_SET_DEFAULT" };

static const struct {
	uint32_t flag;
	const char *name;
} flags[] = {
	{ TRV_NULLABLE, "TRV_NULLABLE" }, { TRV_PRIMARY, "TRV_PRIMARY" }, { TRV_AUTO, "TRV_AUTO" },
	{ TRV_LOCK, "TRV_LOCK" },         { TRV_SECRET, "TRV_SECRET" },   { TRV_GENERATED, "TRV_GENERATED" },
	{ TRV_STORED, "TRV_STORED" },     { TRV_TOUCH, "TRV_TOUCH" },     { TRV_REFERENCE, "TRV_REFERENCE" },
};

/* --- enums --------------------------------------------------------------------------------- */

static void put_enum(struct table *table, const struct schema_enum *source)
{
	const struct trv_enum *enumeration = &source->description;

	table_begin(table, "static const struct trv_enum_value values_of_%s[]", enumeration->name);
	for (int i = 0; i < enumeration->count; i++) {
		table_entry(table);
		table_comment(table, source->prefix, enumeration->values[i].name);
		table_string(table, "name", enumeration->values[i].name);
		table_string(table, "stored", enumeration->values[i].stored);
		table_string(table, "doc", enumeration->values[i].doc);
	}
	table_end(table);
	table_begin(table, "const struct trv_enum %s_enum", enumeration->name);
	table_string(table, "name", enumeration->name);
	table_field(table, "values", "values_of_%s", enumeration->name);
	table_field(table, "count", "%d", enumeration->count);
	table_string(table, "doc", enumeration->doc);
	table_end(table);
}

/* --- columns --------------------------------------------------------------------------------- */

static void put_flags(struct table *table, const struct trv_column *column)
{
	struct trv__buffer text;

	trv__buffer_init(&text, table->emit->out->allocator);
	for (size_t i = 0; i < TRV_COUNT_OF(flags); i++)
		if (column->flags & flags[i].flag)
			trv__buffer_format(&text, "%s%s", text.size ? " | " : "", flags[i].name);
	if (text.size)
		table_field(table, "flags", "%s", trv__buffer_get(&text));
	table_absorb(table, &text);
}

static void literal_bytes(struct trv__buffer *text, const char *before, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	trv__buffer_put(text, before);
	for (size_t i = 0; i < size; i++)
		trv__buffer_format(text, "%s0x%02x", i ? EMIT_NEXT : "", bytes[i]);
}

/* INT64_MIN has no literal. */
static void literal_integer(struct trv__buffer *text, int64_t value)
{
	if (value == INT64_MIN)
		trv__buffer_put(text, ".integer = INT64_MIN");
	else if (value >= INT32_MIN && value <= INT32_MAX)
		trv__buffer_format(text, ".integer = %" PRId64, value);
	else
		trv__buffer_format(text, ".integer = INT64_C(%" PRId64 ")", value);
}

static void literal_decimal(struct trv__buffer *text, const struct trv_decimal *decimal)
{
	trv__buffer_format(text, ".decimal = " EMIT_OPEN ".low = UINT64_C(%" PRIu64 ")", decimal->low);
	if (decimal->high)
		trv__buffer_format(text, EMIT_NEXT ".high = INT64_C(%" PRId64 ")", decimal->high);
	if (decimal->scale)
		trv__buffer_format(text, EMIT_NEXT ".scale = %" PRIu32, decimal->scale);
	trv__buffer_put(text, EMIT_CLOSE);
}

static void literal_value(struct table *table, struct trv__buffer *text, const struct trv_value *value)
{
	switch (value->type) {
	case TRV_BOOL:
		trv__buffer_put(text, value->as.boolean ? ".boolean = true" : ".boolean = false");
		break;
	case TRV_FLOAT32:
	case TRV_FLOAT64:
		trv__buffer_put(text, ".number = ");
		trv__buffer_double(text, value->as.number, false);
		break;
	case TRV_DECIMAL:
		literal_decimal(text, &value->as.decimal);
		break;
	case TRV_TEXT:
	case TRV_JSON:
		trv__buffer_put(text, ".text = ");
		table_string_value(table, text, value->as.text);
		break;
	case TRV_BYTES:
		literal_bytes(text, ".bytes = " EMIT_OPEN "(const uint8_t[]) " EMIT_OPEN, value->as.bytes.data,
		              value->as.bytes.size);
		/* An array has at least one element. */
		trv__buffer_format(text, "%s" EMIT_CLOSE EMIT_NEXT "%zu" EMIT_CLOSE, value->as.bytes.size ? "" : "0",
		                   value->as.bytes.size);
		break;
	case TRV_UUID:
		literal_bytes(text, ".uuid = " EMIT_OPEN EMIT_OPEN, value->as.uuid.bytes, sizeof(value->as.uuid.bytes));
		trv__buffer_put(text, EMIT_CLOSE EMIT_CLOSE);
		break;
	default:
		literal_integer(text, value->as.integer);
		break;
	}
}

static const char *constant_of(enum trv_type type)
{
	return emit_type_of(&(struct trv_column) { .type = type })->constant;
}

/* On one line by the macro, or above the table. */
static void put_literal(struct table *table, const struct trv_value *literal)
{
	struct trv__buffer text, whole;

	trv__buffer_init(&text, table->emit->out->allocator);
	trv__buffer_init(&whole, table->emit->out->allocator);
	literal_value(table, &text, literal);
	if (emit_value_width(trv__buffer_get(&text), text.size) <= 60) {
		table_field(table, "initial", "TRV_LITERAL(%s, %s)", constant_of(literal->type),
		            trv__buffer_get(&text));
	} else {
		trv__buffer_format(&whole,
		                   EMIT_OPEN ".kind = TRV_DEFAULT_LITERAL" EMIT_NEXT ".literal = " EMIT_OPEN
		                             ".type = %s" EMIT_NEXT ".as = " EMIT_OPEN
		                             "%s" EMIT_CLOSE EMIT_CLOSE EMIT_CLOSE,
		                   constant_of(literal->type), trv__buffer_get(&text));
		table_pointer(table, "initial", "const struct trv_default", trv__buffer_get(&whole));
	}
	table_absorb(table, &text);
	table_absorb(table, &whole);
}

static void put_default(struct table *table, const struct trv_column *column)
{
	static const char *const names[] = {
		[TRV_DEFAULT_NONE] = "TRV_DEFAULT_NONE",   [TRV_DEFAULT_LITERAL] = "TRV_DEFAULT_LITERAL",
		[TRV_DEFAULT_NOW] = "TRV_DEFAULT_NOW",     [TRV_DEFAULT_UUID4] = "TRV_DEFAULT_UUID4",
		[TRV_DEFAULT_UUID7] = "TRV_DEFAULT_UUID7", [TRV_DEFAULT_SQL] = "TRV_DEFAULT_SQL",
	};
	const struct trv_default *initial = column->initial;
	struct trv__buffer text;

	if (!initial)
		return;
	if (initial->kind == TRV_DEFAULT_LITERAL && !initial->literal.null) {
		put_literal(table, &initial->literal);
		return;
	}
	trv__buffer_init(&text, table->emit->out->allocator);
	trv__buffer_format(&text, EMIT_OPEN ".kind = %s", names[initial->kind]);
	if (initial->kind == TRV_DEFAULT_LITERAL)
		trv__buffer_format(&text,
		                   EMIT_NEXT ".literal = " EMIT_OPEN ".type = %s" EMIT_NEXT ".null = true" EMIT_CLOSE,
		                   constant_of(initial->literal.type));
	if (initial->kind == TRV_DEFAULT_SQL) {
		trv__buffer_put(&text, EMIT_NEXT ".sql = ");
		table_sql_value(table, &text, &initial->sql);
	}
	trv__buffer_put(&text, EMIT_CLOSE);
	table_pointer(table, "initial", "const struct trv_default", trv__buffer_get(&text));
	table_absorb(table, &text);
}

static void put_storage(struct table *table, const struct trv_column *column)
{
	struct trv__buffer text;

	trv__buffer_init(&text, table->emit->out->allocator);
	for (int i = 0; i < TRV_ENGINE_COUNT; i++)
		if (column->storage[i] && (i == 0 || column->storage[i] != column->storage[0]))
			trv__buffer_format(&text, "%s[%s] = %s", text.size ? EMIT_NEXT : "", engines[i],
			                   storages[column->storage[i]]);
	if (text.size)
		table_field(table, "storage", EMIT_OPEN "%s" EMIT_CLOSE, trv__buffer_get(&text));
	table_absorb(table, &text);
}

static void put_number(struct table *table, const char *name, uint32_t number)
{
	if (number)
		table_field(table, name, "%" PRIu32, number);
}

static void put_column(struct table *table, const struct schema_model *model, const struct trv_column *column)
{
	table_entry(table);
	table_comment(table, model->prefix, column->member);
	table_string(table, "name", column->name);
	table_string(table, "member", column->member);
	table_field(table, "type", "%s", emit_type_of(column)->constant);
	put_flags(table, column);
	put_number(table, "length", column->length);
	put_number(table, "precision", column->precision);
	put_number(table, "scale", column->scale);
	table_field(table, "offset", "offsetof(struct %s, %s)", model->prefix, column->member);
	if (emit_has_companion(column))
		table_field(table, "has_offset", "offsetof(struct %s, has_%s)", model->prefix, column->member);
	if (column->enumeration)
		table_field(table, "enumeration", "&%s_enum", column->enumeration->name);
	put_default(table, column);
	table_sql_pointer(table, "generated", column->generated);
	table_sql_pointer(table, "type_sql", column->type_sql);
	table_string(table, "collation", column->collation);
	table_string(table, "was", column->was);
	table_string(table, "doc", column->doc);
	put_storage(table, column);
}

/* --- relations, keys, indexes, checks ---------------------------------------------------------- */

static void put_indexes(struct table *table, const char *name, const uint16_t *indexes, size_t count)
{
	struct trv__buffer text;

	if (!indexes || count == 0)
		return;
	trv__buffer_init(&text, table->emit->out->allocator);
	for (size_t i = 0; i < count; i++)
		trv__buffer_format(&text, "%s%u", i ? EMIT_NEXT : EMIT_OPEN, indexes[i]);
	trv__buffer_put(&text, EMIT_CLOSE);
	table_array(table, name, "const uint16_t", trv__buffer_get(&text));
	table_absorb(table, &text);
}

static void put_model(struct table *table, const char *name, const struct trv_model *model)
{
	if (model)
		table_field(table, name, "&%s_model", emit_prefix(model));
}

static void put_relation(struct table *table, const struct schema_model *model, const struct trv_relation *relation)
{
	size_t target_count = relation->target_key_count ? relation->target_key_count : relation->key_count;

	table_entry(table);
	table_string(table, "name", relation->name);
	table_field(table, "kind", "%s", kinds[relation->kind]);
	put_model(table, "target", relation->target);
	put_model(table, "through", relation->through);
	put_indexes(table, "columns", relation->columns, relation->key_count);
	put_indexes(table, "target_columns", relation->target_columns, target_count);
	put_indexes(table, "through_columns", relation->through_columns, relation->key_count);
	put_indexes(table, "through_target_columns", relation->through_target_columns, relation->target_key_count);
	put_number(table, "key_count", relation->key_count);
	put_number(table, "target_key_count", relation->target_key_count);
	if (relation->optional)
		table_field(table, "optional", "true");
	table_field(table, "offset", "offsetof(struct %s, %s)", model->prefix, relation->name);
	table_field(table, "query_offset", "offsetof(struct %s_query, %s)", model->prefix, relation->name);
	table_string(table, "target_name", relation->target_name);
	table_string(table, "doc", relation->doc);
}

static void put_foreign_key(struct table *table, const struct trv_foreign_key *key)
{
	table_entry(table);
	table_string(table, "name", key->name);
	put_indexes(table, "columns", key->columns, key->count);
	put_model(table, "target", key->target);
	put_indexes(table, "target_columns", key->target_columns, key->count);
	put_number(table, "count", key->count);
	if (key->on_delete)
		table_field(table, "on_delete", "%s", actions[key->on_delete]);
	if (key->on_update)
		table_field(table, "on_update", "%s", actions[key->on_update]);
	if (key->deferrable)
		table_field(table, "deferrable", "true");
	table_string(table, "target_name", key->target_name);
}

static void put_index(struct table *table, const struct trv_index *index)
{
	struct trv__buffer text;

	table_entry(table);
	table_string(table, "name", index->name);
	trv__buffer_init(&text, table->emit->out->allocator);
	for (int i = 0; i < index->part_count; i++) {
		const struct trv_index_part *part = &index->parts[i];

		trv__buffer_put(&text, i ? EMIT_NEXT EMIT_OPEN : EMIT_OPEN EMIT_OPEN);
		if (part->expression) {
			trv__buffer_put(&text, ".expression = &(const struct trv_sql) ");
			table_sql_value(table, &text, part->expression);
		} else {
			trv__buffer_format(&text, ".column = %u", part->column);
		}
		trv__buffer_put(&text, part->descending ? EMIT_NEXT ".descending = true" EMIT_CLOSE : EMIT_CLOSE);
	}
	trv__buffer_put(&text, EMIT_CLOSE);
	table_array(table, "parts", "const struct trv_index_part", trv__buffer_get(&text));
	table_absorb(table, &text);
	put_indexes(table, "include", index->include, index->include_count);
	table_sql_pointer(table, "where", index->where);
	put_number(table, "part_count", index->part_count);
	put_number(table, "include_count", index->include_count);
	if (index->unique)
		table_field(table, "unique", "true");
}

static void put_check(struct table *table, const struct trv_check *check)
{
	struct trv__buffer text;

	table_entry(table);
	table_string(table, "name", check->name);
	trv__buffer_init(&text, table->emit->out->allocator);
	table_sql_value(table, &text, &check->sql);
	table_field(table, "sql", "%s", trv__buffer_get(&text));
	table_absorb(table, &text);
}

/* --- models ------------------------------------------------------------------------------------- */

static void put_tables(struct table *table, const struct schema_model *model)
{
	const struct trv_model *description = &model->description;

	if (description->column_count)
		table_begin(table, "static const struct trv_column columns_of_%s[]", model->prefix);
	for (int i = 0; i < description->column_count; i++)
		put_column(table, model, &description->columns[i]);
	table_end(table);
	if (description->relation_count)
		table_begin(table, "static const struct trv_relation relations_of_%s[]", model->prefix);
	for (int i = 0; i < description->relation_count; i++)
		put_relation(table, model, &description->relations[i]);
	table_end(table);
	if (description->foreign_key_count)
		table_begin(table, "static const struct trv_foreign_key foreign_keys_of_%s[]", model->prefix);
	for (int i = 0; i < description->foreign_key_count; i++)
		put_foreign_key(table, &description->foreign_keys[i]);
	table_end(table);
	if (description->index_count)
		table_begin(table, "static const struct trv_index indexes_of_%s[]", model->prefix);
	for (int i = 0; i < description->index_count; i++)
		put_index(table, &description->indexes[i]);
	table_end(table);
	if (description->check_count)
		table_begin(table, "static const struct trv_check checks_of_%s[]", model->prefix);
	for (int i = 0; i < description->check_count; i++)
		put_check(table, &description->checks[i]);
	table_end(table);
}

static void put_arrays(struct table *table, const struct schema_model *model)
{
	const struct trv_model *description = &model->description;
	const struct {
		const char *name;
		unsigned count;
	} arrays[] = {
		{ "columns", description->column_count },
		{ "relations", description->relation_count },
		{ "indexes", description->index_count },
		{ "checks", description->check_count },
		{ "foreign_keys", description->foreign_key_count },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(arrays); i++)
		if (arrays[i].count)
			table_field(table, arrays[i].name, "%s_of_%s", arrays[i].name, model->prefix);
	put_indexes(table, "primary", description->primary, description->primary_count);
	put_number(table, "column_count", description->column_count);
	put_number(table, "relation_count", description->relation_count);
	put_number(table, "index_count", description->index_count);
	put_number(table, "check_count", description->check_count);
	put_number(table, "foreign_key_count", description->foreign_key_count);
	put_number(table, "primary_count", description->primary_count);
}

static void put_description(struct table *table, const struct schema_model *model)
{
	const struct trv_model *description = &model->description;
	const struct trv_model_masks masks = trv_model_masks(description);
	char file[300];

	put_tables(table, model);
	table_begin(table, "const struct trv_model %s_model", model->prefix);
	table_string(table, "name", description->name);
	table_string(table, "table", description->table);
	put_arrays(table, model);
	table_field(table, "lock_column", "%d", description->lock_column);
	table_field(table, "auto_column", "%d", description->auto_column);
	table_field(table, "row_size", "sizeof(struct %s)", model->prefix);
	table_field(table, "query_size", "sizeof(struct %s_query)", model->prefix);
	table_field(table, "contract", "UINT64_C(0x%016" PRIx64 ")", trv_model_contract(description));
	table_field(table, "masks", "{ 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 " }", masks.generated, masks.touched,
	            masks.plain);
	table_string(table, "was", description->was);
	table_string(table, "doc", description->doc);
	snprintf(file, sizeof(file), "%s.trv", model->file->base);
	table_string(table, "file", file);
	put_number(table, "line", model->position.line);
	table_end(table);
	trv__buffer_format(table->emit->out, "TRV_ASSERT_LAYOUT(%s);\n\n", model->prefix);
}

/* Models of other files are weak: a program need not link those that it does not use. */
static void put_foreign(const struct emit *emit)
{
	bool any = false;

	for (size_t i = 0; i < emit->schema->model_count; i++) {
		if (emit->schema->models[i]->file == emit->file)
			continue;
		emit_put(emit, emit->schema->models[i], "extern const struct trv_model @_model TRV_WEAK;\n");
		any = true;
	}
	trv__buffer_put(emit->out, any ? "\n" : "");
}

static void put_set_entry(const struct emit *emit, const struct schema_model *model)
{
	trv__buffer_format(emit->out, "\t&%s_model, /* %s.trv */\n", model->prefix, model->file->base);
}

static void put_set(const struct emit *emit)
{
	const char *base = emit->file->base;

	if (emit->schema->model_count) {
		trv__buffer_format(emit->out, "static const struct trv_model *const models_of_%s[] = {\n", base);
		for (size_t i = 0; i < emit->schema->model_count; i++)
			put_set_entry(emit, emit->schema->models[i]);
		trv__buffer_put(emit->out, "};\n\n");
	}
	trv__buffer_format(emit->out, "const struct trv_model_set %s_models = {\n\t.name = \"%s\",\n", base, base);
	if (emit->schema->model_count)
		trv__buffer_format(emit->out, "\t.models = models_of_%s,\n\t.count = %zu,\n", base,
		                   emit->schema->model_count);
	trv__buffer_put(emit->out, "};\n");
}

void emit_source(const struct emit *emit)
{
	struct table table;

	trv__buffer_format(emit->out,
	                   "/* Generated by trivet " TRV_VERSION " from %s.trv. Do not edit. */\n"
	                   "#include \"%s.trv.h\"\n\n",
	                   emit->file->base, emit->file->base);
	put_foreign(emit);
	table_init(&table, emit);
	for (size_t i = 0; i < emit->schema->enum_count; i++)
		if (emit->schema->enums[i]->file == emit->file)
			put_enum(&table, emit->schema->enums[i]);
	for (size_t i = 0; i < emit->schema->model_count; i++)
		if (emit->schema->models[i]->file == emit->file)
			put_description(&table, emit->schema->models[i]);
	table_release(&table);
	put_set(emit);
}
