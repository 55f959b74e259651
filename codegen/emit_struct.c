/* The structs of a model: its row, lists, queries; and its column flags. */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

static void put_flag(struct trv__buffer *out, const struct schema_model *model, const struct trv_column *column)
{
	emit_upper(out, model->prefix);
	trv__buffer_put(out, "_");
	emit_upper(out, column->member);
}

/* A literal as a reader of the header knows it; what takes too much room is left to the schema. */
static void put_literal(struct trv__buffer *out, const struct trv_column *column, const struct trv_value *value)
{
	char text[TRV_DECIMAL_TEXT]; /* room for times too */

	switch (column->type) {
	case TRV_BOOL:
		trv__buffer_put(out, value->as.boolean ? "true" : "false");
		break;
	case TRV_FLOAT32:
	case TRV_FLOAT64:
		trv__buffer_double(out, value->as.number, column->type == TRV_FLOAT32);
		break;
	case TRV_DECIMAL:
		trv_decimal_format(&value->as.decimal, text);
		trv__buffer_put(out, text);
		break;
	case TRV_TEXT:
	case TRV_JSON:
		emit_string(out, strlen(value->as.text) <= 40 ? value->as.text : "...");
		break;
	case TRV_INT16:
	case TRV_INT32:
	case TRV_INT64:
		trv__buffer_format(out, "%" PRId64, value->as.integer);
		break;
	case TRV_ENUM:
		trv__buffer_put(out, column->enumeration->values[value->as.integer].name);
		break;
	case TRV_DATE:
		trv_date_format((int32_t)value->as.integer, text);
		trv__buffer_put(out, text);
		break;
	case TRV_TIME:
		trv_time_format(value->as.integer, text);
		trv__buffer_put(out, text);
		break;
	case TRV_TIMESTAMP:
		trv_timestamp_format(value->as.integer, text);
		trv__buffer_put(out, text);
		break;
	default:
		trv__buffer_put(out, "as in the schema");
		break;
	}
}

/* What zero is called; NULL where it cannot be inserted, because null is not allowed. */
static const char *zero_of(const struct trv_column *column)
{
	switch (column->type) {
	case TRV_BOOL:
		return "false";
	case TRV_TEXT:
	case TRV_BYTES:
	case TRV_JSON:
		return column->flags & TRV_NULLABLE ? "null" : NULL;
	case TRV_UUID:
		return "the nil uuid";
	case TRV_ENUM:
		return column->enumeration->values[0].name;
	default:
		return "0";
	}
}

static bool literal_is_zero(const struct trv_column *column, const struct trv_value *value)
{
	switch (column->type) {
	case TRV_BOOL:
		return !value->as.boolean;
	case TRV_FLOAT32:
	case TRV_FLOAT64:
		return value->as.number == 0;
	case TRV_DECIMAL:
		return value->as.decimal.low == 0 && value->as.decimal.high == 0;
	case TRV_TEXT:
	case TRV_JSON:
	case TRV_BYTES:
		return value->null;
	case TRV_UUID:
		return trv_uuid_is_nil(&value->as.uuid);
	default:
		return value->as.integer == 0;
	}
}

static void put_default(struct trv__buffer *out, const struct schema_model *model, const struct trv_column *column)
{
	static const char *const names[] = {
		[TRV_DEFAULT_NOW] = "now",
		[TRV_DEFAULT_UUID4] = "a random uuid",
		[TRV_DEFAULT_UUID7] = "a new uuid",
		[TRV_DEFAULT_SQL] = "made by the engine",
	};
	const struct trv_default *initial = column->initial;
	bool zero = initial->kind == TRV_DEFAULT_LITERAL && literal_is_zero(column, &initial->literal);

	trv__buffer_put(out, "default ");
	if (initial->kind == TRV_DEFAULT_LITERAL)
		put_literal(out, column, &initial->literal);
	else
		trv__buffer_put(out, names[initial->kind]);
	if (zero || !zero_of(column))
		return;
	trv__buffer_format(out, "; to insert %s, name ", zero_of(column));
	put_flag(out, model, column);
}

/* The words about a reference stand at its pointer; its key columns need not repeat them. */
static bool is_of_relation(const struct schema_model *model, const struct trv_column *column)
{
	for (int i = 0; i < model->description.relation_count; i++) {
		const char *doc = model->description.relations[i].doc;

		if ((column->flags & TRV_REFERENCE) && doc && strcmp(doc, column->doc) == 0)
			return true;
	}
	return false;
}

/* What the compiler cannot tell about a member: the schema's words, then the rules. */
static void put_note(struct trv__buffer *out, const struct schema_model *model, const struct trv_column *column)
{
	const struct {
		uint32_t flag;
		const char *text;
	} rules[] = {
		{ TRV_AUTO, "numbered by the engine when 0" },
		{ TRV_LOCK, "the version, counted by the library" },
		{ TRV_GENERATED, "computed by the engine, never written" },
		{ TRV_TOUCH, "set to now by every update" },
	};

	if (column->doc && !is_of_relation(model, column))
		trv__buffer_put(out, column->doc);
	for (size_t i = 0; i < TRV_COUNT_OF(rules); i++) {
		if (!(column->flags & rules[i].flag))
			continue;
		trv__buffer_put(out, out->size ? "; " : "");
		trv__buffer_put(out, rules[i].text);
	}
	if (column->initial && column->initial->kind != TRV_DEFAULT_NONE && !(column->flags & TRV_AUTO)) {
		trv__buffer_put(out, out->size ? "; " : "");
		put_default(out, model, column);
	}
}

/* The line, with its note behind it where there is room, else above it. */
static void put_member(const struct emit *emit, const char *line, const char *note)
{
	size_t width = 8 + strlen(line) + strlen(" /**< ") + strlen(note) + strlen(" */");
	bool behind = *note && !strchr(note, '\n') && width <= EMIT_COLUMNS - 10;

	if (!behind)
		emit_doc(emit->out, 1, note);
	trv__buffer_format(emit->out, "\t%s", line);
	if (behind) {
		trv__buffer_put(emit->out, " /**< ");
		emit_comment_text(emit->out, note, strlen(note));
		trv__buffer_put(emit->out, " */");
	}
	trv__buffer_put(emit->out, "\n");
}

static void put_column(const struct emit *emit, const struct schema_model *model, const struct trv_column *column)
{
	struct trv__buffer line, note;

	trv__buffer_init(&line, emit->out->allocator);
	trv__buffer_init(&note, emit->out->allocator);
	emit_type_name(&line, column);
	trv__buffer_format(&line, "%s;", column->member);
	put_note(&note, model, column);
	put_member(emit, trv__buffer_get(&line), trv__buffer_get(&note));
	if (emit_has_companion(column))
		trv__buffer_format(emit->out, "\tbool has_%s;\n", column->member);
	if (line.status < 0 || note.status < 0)
		emit->out->status = TRV_ERR_NOMEM;
	trv__buffer_release(&line);
	trv__buffer_release(&note);
}

static void put_relation(const struct emit *emit, const struct trv_relation *relation)
{
	struct trv__buffer line;

	trv__buffer_init(&line, emit->out->allocator);
	trv__buffer_format(&line, "struct %s%s *%s;", emit_prefix(relation->target),
	                   relation->kind == TRV_TO_ONE ? "" : "_refs", relation->name);
	put_member(emit, trv__buffer_get(&line), relation->doc ? relation->doc : "");
	if (line.status < 0)
		emit->out->status = line.status;
	trv__buffer_release(&line);
}

static void put_row(const struct emit *emit, const struct schema_model *model)
{
	const struct trv_model *description = &model->description;

	emit_doc(emit->out, 0, description->doc);
	emit_put(emit, model, "struct @ {\n\tstruct trv_row trv;\n");
	for (int i = 0; i < description->column_count; i++)
		put_column(emit, model, &description->columns[i]);
	for (int i = 0; i < description->relation_count; i++)
		put_relation(emit, &description->relations[i]);
	trv__buffer_put(emit->out, "};\n\n");
}

static void put_query(const struct emit *emit, const struct schema_model *model)
{
	const struct trv_model *description = &model->description;

	emit_put(emit, model,
	         "/** What to load of @; each relation that is named is loaded too. See struct trv_query. */\n"
	         "struct @_query {\n"
	         "\tuint64_t columns;\n"
	         "\tstruct @_expr where[TRV_MAX_WHERE];\n"
	         "\tstruct @_order order_by[TRV_MAX_ORDER];\n"
	         "\tsize_t limit;\n"
	         "\tsize_t offset;\n"
	         "\tenum trv_how how;\n"
	         "\tuint32_t depth;\n"
	         "\tbool all;\n"
	         "\tbool lock;\n"
	         "\tstruct trv_arena *arena;\n");
	for (int i = 0; i < description->relation_count; i++)
		trv__buffer_format(emit->out, "\tconst struct %s_query *%s;\n",
		                   emit_prefix(description->relations[i].target), description->relations[i].name);
	trv__buffer_put(emit->out, "};\n\n");
}

/* The key of many columns, for _get_many. */
static void put_key(const struct emit *emit, const struct schema_model *model)
{
	const struct trv_model *description = &model->description;

	if (description->primary_count < 2)
		return;
	emit_put(emit, model, "struct @_key {\n");
	for (int i = 0; i < description->primary_count; i++) {
		const struct trv_column *column = &description->columns[description->primary[i]];

		trv__buffer_put(emit->out, "\t");
		emit_type_name(emit->out, column);
		trv__buffer_format(emit->out, "%s;\n", column->member);
	}
	trv__buffer_put(emit->out, "};\n\n");
}

static void put_flags(const struct emit *emit, const struct schema_model *model)
{
	for (int i = 0; i < model->description.column_count; i++) {
		trv__buffer_put(emit->out, "#define ");
		put_flag(emit->out, model, &model->description.columns[i]);
		trv__buffer_format(emit->out, " (UINT64_C(1) << %d)\n", i);
	}
	trv__buffer_put(emit->out, "\n");
}

void emit_structs(const struct emit *emit, const struct schema_model *model)
{
	put_row(emit, model);
	put_key(emit, model);
	emit_put(emit, model,
	         "struct @_list {\n\tstruct @ *items;\n\tsize_t count;\n};\n\n"
	         "struct @_refs {\n\tstruct @ **items;\n\tsize_t count;\n};\n\n"
	         "struct @_group {\n\tstruct @ key;\n\tstruct trv_value values[TRV_MAX_AGGREGATES];\n};\n\n"
	         "struct @_groups {\n\tstruct @_group *items;\n\tsize_t count;\n};\n\n"
	         "struct @_expr {\n\tstruct trv_expr expr;\n};\n\n"
	         "struct @_order {\n\tstruct trv_order order;\n};\n\n");
	put_query(emit, model);
	put_flags(emit, model);
}
