#include "build.h"

#include <stdlib.h>
#include <string.h>

/* --- types --- */

static const struct type_rule {
	const char *name;
	enum trv_type type;
	unsigned least, most; /* arguments */
} types[] = {
	{ "bool", TRV_BOOL, 0, 0 },       { "int16", TRV_INT16, 0, 0 },     { "int32", TRV_INT32, 0, 0 },
	{ "int64", TRV_INT64, 0, 0 },     { "float32", TRV_FLOAT32, 0, 0 }, { "float64", TRV_FLOAT64, 0, 0 },
	{ "decimal", TRV_DECIMAL, 2, 2 }, { "text", TRV_TEXT, 0, 1 },       { "bytes", TRV_BYTES, 0, 1 },
	{ "date", TRV_DATE, 0, 0 },       { "time", TRV_TIME, 0, 0 },       { "timestamp", TRV_TIMESTAMP, 0, 0 },
	{ "uuid", TRV_UUID, 0, 0 },       { "json", TRV_JSON, 0, 0 },
};

static const struct type_rule *find_type(const char *name)
{
	for (size_t i = 0; i < TRV_COUNT_OF(types); i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

bool is_type_name(const char *name)
{
	return find_type(name) != NULL;
}

/* What people write who come from elsewhere. */
static const struct {
	const char *theirs;
	const char *ours;
} habits[] = {
	{ "int", "int32" },          { "integer", "int64" },
	{ "bigint", "int64" },       { "smallint", "int16" },
	{ "string", "text" },        { "varchar", "text(n)" },
	{ "char", "text(n)" },       { "boolean", "bool" },
	{ "float", "float64" },      { "double", "float64" },
	{ "real", "float64" },       { "numeric", "decimal(p,s)" },
	{ "datetime", "timestamp" }, { "timestamptz", "timestamp" },
	{ "blob", "bytes" },         { "binary", "bytes" },
	{ "jsonb", "json" },         { "guid", "uuid" },
};

static const char *type_hint(struct compiler *compiler, const char *name)
{
	struct suggestion suggestion = suggest_begin(name);
	const struct symbol *symbol = name_find(&compiler->types, name);

	if (symbol && symbol->model)
		return compiler_format(compiler, "a reference to the model is written '-> %s'", name);
	for (size_t i = 0; i < TRV_COUNT_OF(habits); i++)
		if (strcmp(habits[i].theirs, name) == 0)
			return compiler_format(compiler, "did you mean '%s'?", habits[i].ours);
	for (size_t i = 0; i < TRV_COUNT_OF(types); i++)
		suggest_try(&suggestion, types[i].name);
	suggest_table(&suggestion, &compiler->types);
	return suggest_hint(compiler, &suggestion);
}

static void check_reach(struct compiler *compiler, const struct syntax_text *name, const struct symbol *symbol,
                        const char *what)
{
	if (source_reaches(compiler, name->span.start.file, symbol->span.start.file))
		return;
	complain(compiler, name->span,
	         compiler_format(compiler, "include the file that declares it, %s", symbol->span.start.file->path),
	         "%s '%s' is not declared in this file or in those that it includes", what, name->text);
}

static const struct trv_enum *find_enum(struct compiler *compiler, const struct syntax_text *name)
{
	const struct symbol *symbol = name_find(&compiler->types, name->text);

	if (!symbol || !symbol->enumeration) {
		complain(compiler, name->span, type_hint(compiler, name->text), "unknown type '%s'", name->text);
		return NULL;
	}
	check_reach(compiler, name, symbol, "enum");
	return &symbol->enumeration->description;
}

struct model_build *find_model(struct compiler *compiler, const struct syntax_text *name)
{
	const struct symbol *symbol = name_find(&compiler->types, name->text);

	if (!symbol || !symbol->model) {
		struct suggestion suggestion = suggest_begin(name->text);

		for (size_t i = 0; i < compiler->schema->model_count; i++)
			suggest_try(&suggestion, compiler->models[i].syntax->name.text);
		complain(compiler, name->span, suggest_hint(compiler, &suggestion), "unknown model '%s'", name->text);
		return NULL;
	}
	check_reach(compiler, name, symbol, "model");
	return symbol->model;
}

struct field_build *find_field(struct compiler *compiler, struct model_build *model, const struct syntax_text *name,
                               const char *what)
{
	struct field_build *field = name_find(&model->members, name->text);

	if (field || model->broken)
		return field;
	const char *hint = NULL;
	FOR_FIELDS(model, other)
	for (unsigned i = 0; other->columns && i < other->column_count; i++)
		if (other->syntax->kind == SYNTAX_REFERENCE && strcmp(other->columns[i].member, name->text) == 0)
			hint = compiler_format(compiler, "a reference is named by its field, '%s'",
			                       other->syntax->name.text);
	struct suggestion suggestion = suggest_begin(name->text);
	suggest_table(&suggestion, &model->members);
	hint = hint ? hint : suggest_hint(compiler, &suggestion);
	complain(compiler, name->span, hint, "model '%s' has no %s '%s'", model->syntax->name.text, what, name->text);
	return NULL;
}

/* A whole number in an argument; complains. */
static bool parse_argument(struct compiler *compiler, const struct syntax_text *argument, const char *what, long least,
                           long most, uint32_t *number)
{
	char *end;
	long value = strtol(argument->text, &end, 10);

	if (*end || value < least || value > most) {
		complain(compiler, argument->span, NULL, "%s must be a whole number from %ld to %ld", what, least,
		         most);
		return false;
	}
	*number = (uint32_t)value;
	return true;
}

static bool apply_arguments(struct compiler *compiler, const struct syntax_field *syntax, struct trv_column *column)
{
	uint32_t precision = 0, scale = 0;

	if (column->type != TRV_DECIMAL)
		return syntax->argument_count == 0 ||
		       parse_argument(compiler, &syntax->arguments[0], "the length", 1,
		                      column->type == TRV_TEXT ? MAX_TEXT_LENGTH : INT32_MAX, &column->length);
	if (!parse_argument(compiler, &syntax->arguments[0], "the number of digits", 1, TRV_DECIMAL_DIGITS,
	                    &precision) ||
	    !parse_argument(compiler, &syntax->arguments[1], "the digits behind the point", 0, TRV_DECIMAL_DIGITS,
	                    &scale))
		return false;
	if (scale > precision) {
		complain(compiler, syntax->arguments[1].span, NULL,
		         "decimal(%u,%u) has more digits behind the point than it has digits", precision, scale);
		return false;
	}
	column->precision = (uint16_t)precision;
	column->scale = (uint16_t)scale;
	return true;
}

static bool apply_type(struct compiler *compiler, const struct syntax_field *syntax, struct trv_column *column)
{
	const struct type_rule *rule = find_type(syntax->type.text);
	unsigned count = syntax->argument_count;

	if (!rule) {
		column->type = TRV_ENUM;
		column->enumeration = find_enum(compiler, &syntax->type);
		if (column->enumeration && count > 0)
			complain(compiler, syntax->arguments[0].span, NULL, "enum '%s' takes nothing in parentheses",
			         syntax->type.text);
		return column->enumeration != NULL;
	}
	column->type = rule->type;
	if (count < rule->least || count > rule->most) {
		const char *form = rule->most == 0   ? ""
		                   : rule->most == 1 ? "(length)"
		                                     : "(digits, digits behind the point)";

		complain(compiler, syntax->type.span, NULL, "the type is written '%s%s'", rule->name, form);
		return false;
	}
	return apply_arguments(compiler, syntax, column);
}

/* --- storage --- */

#define TYPE_BIT(type) (1u << (type))
#define TIMES (TYPE_BIT(TRV_DATE) | TYPE_BIT(TRV_TIME) | TYPE_BIT(TRV_TIMESTAMP))

static const struct {
	const char *name;
	enum trv_storage storage;
	unsigned types;
	const char *fits;
} storages[] = {
	{ "iso", TRV_STORE_ISO, TIMES, "date, time and timestamp" },
	{ "unix", TRV_STORE_UNIX, TYPE_BIT(TRV_TIMESTAMP), "timestamp" },
	{ "millis", TRV_STORE_MILLIS, TYPE_BIT(TRV_TIMESTAMP), "timestamp" },
	{ "micros", TRV_STORE_MICROS, TYPE_BIT(TRV_TIMESTAMP), "timestamp" },
	{ "julian", TRV_STORE_JULIAN, TYPE_BIT(TRV_DATE) | TYPE_BIT(TRV_TIMESTAMP), "date and timestamp" },
	{ "real", TRV_STORE_REAL, TYPE_BIT(TRV_DECIMAL), "decimal" },
	{ "text", TRV_STORE_TEXT, TYPE_BIT(TRV_UUID) | TYPE_BIT(TRV_DECIMAL) | TYPE_BIT(TRV_BOOL),
	  "uuid, decimal and bool" },
	{ "integer", TRV_STORE_INTEGER, TYPE_BIT(TRV_ENUM) | TYPE_BIT(TRV_DECIMAL), "enums and decimal" },
};

static enum trv_storage find_storage(struct compiler *compiler, const struct syntax_text *word, enum trv_type type)
{
	struct suggestion suggestion = suggest_begin(word->text);

	for (size_t i = 0; i < TRV_COUNT_OF(storages); i++) {
		suggest_try(&suggestion, storages[i].name);
		if (strcmp(storages[i].name, word->text) != 0)
			continue;
		if (!(storages[i].types & TYPE_BIT(type)))
			complain(compiler, word->span, NULL, "storage '%s' is for %s", word->text, storages[i].fits);
		return storages[i].storage;
	}
	complain(compiler, word->span, suggest_hint(compiler, &suggestion), "unknown storage '%s'", word->text);
	return TRV_STORE_DEFAULT;
}

static void apply_storage(struct compiler *compiler, const struct syntax_field *syntax, struct trv_column *column)
{
	uint8_t everywhere = TRV_STORE_DEFAULT;

	if (syntax->storage[TRV_ENGINE_ANY].text)
		everywhere = (uint8_t)find_storage(compiler, &syntax->storage[TRV_ENGINE_ANY], column->type);
	for (int engine = 0; engine < TRV_ENGINE_COUNT; engine++) {
		column->storage[engine] = everywhere;
		if (engine != TRV_ENGINE_ANY && syntax->storage[engine].text)
			column->storage[engine] =
				(uint8_t)find_storage(compiler, &syntax->storage[engine], column->type);
	}
}

static void apply_type_sql(struct compiler *compiler, const struct syntax_field *syntax, struct trv_column *column)
{
	struct trv_sql *sql = compiler_zero(compiler, 1, sizeof(*sql));

	if (!syntax->attributes[ATTRIBUTE_TYPE].length)
		return;
	for (int engine = 0; engine < TRV_ENGINE_COUNT; engine++) {
		const struct syntax_text *text = &syntax->type_sql[engine];

		if (!text->text || !check_quoted(compiler, text, "type", MAX_SQL_NAME))
			continue;
		/* A type goes into DDL as it is, so it is made of words, numbers and parentheses only. */
		if (text->text[strspn(text->text, TYPE_LETTERS)])
			complain(compiler, text->span, NULL,
			         "a type has letters, digits, spaces, '_', ',', '.', brackets and parentheses only");
		sql->text[engine] = text->text;
	}
	column->type_sql = sql;
}

/* --- attributes --- */

/* What may not stand together; each pair has its reason. */
static const struct {
	enum syntax_attribute one, other;
	const char *message;
} conflicts[] = {
	{ ATTRIBUTE_GENERATED, ATTRIBUTE_DEFAULT, "a generated column has no default" },
	{ ATTRIBUTE_GENERATED, ATTRIBUTE_PRIMARY, "a generated column is no primary key" },
	{ ATTRIBUTE_GENERATED, ATTRIBUTE_LOCK, "a generated column cannot be the version of a row" },
	{ ATTRIBUTE_GENERATED, ATTRIBUTE_TOUCH, "a generated column is not set by updates" },
	{ ATTRIBUTE_LOCK, ATTRIBUTE_DEFAULT, "the version of a row starts by itself: it has no default" },
	{ ATTRIBUTE_LOCK, ATTRIBUTE_PRIMARY, "the version of a row changes: it is no primary key" },
	{ ATTRIBUTE_LOCK, ATTRIBUTE_UNIQUE, "versions of rows are not unique" },
	{ ATTRIBUTE_PRIMARY, ATTRIBUTE_UNIQUE, "a primary key is unique already" },
	{ ATTRIBUTE_PRIMARY, ATTRIBUTE_TOUCH, "a primary key is not set by updates" },
	{ ATTRIBUTE_NO_CONSTRAINT, ATTRIBUTE_ON_DELETE, "without a constraint there is no action on delete" },
	{ ATTRIBUTE_NO_CONSTRAINT, ATTRIBUTE_ON_UPDATE, "without a constraint there is no action on update" },
	{ ATTRIBUTE_NO_CONSTRAINT, ATTRIBUTE_DEFERRABLE, "without a constraint there is nothing to defer" },
};

static void check_conflicts(struct compiler *compiler, const struct syntax_field *syntax)
{
	for (size_t i = 0; i < TRV_COUNT_OF(conflicts); i++) {
		struct span one = syntax->attributes[conflicts[i].one], other = syntax->attributes[conflicts[i].other];

		if (one.length && other.length)
			complain(compiler, one.start.column > other.start.column ? one : other, NULL, "%s",
			         conflicts[i].message);
	}
}

static void complain_at(struct compiler *compiler, const struct syntax_field *syntax, enum syntax_attribute attribute,
                        const char *message)
{
	complain(compiler, syntax->attributes[attribute], NULL, "%s", message);
}

/* Attributes that fit some types only. */
static void check_type(struct compiler *compiler, const struct syntax_field *syntax, const struct trv_column *column)
{
	const struct span *at = syntax->attributes;

	if (at[ATTRIBUTE_LOCK].length && column->type != TRV_INT32 && column->type != TRV_INT64)
		complain_at(compiler, syntax, ATTRIBUTE_LOCK, "the version of a row is an int32 or int64");
	else if (at[ATTRIBUTE_LOCK].length && syntax->nullable)
		complain(compiler, syntax->nullable_span, NULL, "the version of a row is never null");
	if (at[ATTRIBUTE_TOUCH].length && column->type != TRV_TIMESTAMP)
		complain_at(compiler, syntax, ATTRIBUTE_TOUCH, "'on update now' is for timestamp");
	if (at[ATTRIBUTE_COLLATE].length && column->type != TRV_TEXT)
		complain_at(compiler, syntax, ATTRIBUTE_COLLATE, "'collate' is for text");
	if (at[ATTRIBUTE_PRIMARY].length &&
	    (column->type == TRV_JSON || column->type == TRV_FLOAT32 || column->type == TRV_FLOAT64))
		complain(compiler, at[ATTRIBUTE_PRIMARY], NULL, "%s is no type for a primary key", syntax->type.text);
}

static void check_primary_null(struct compiler *compiler, const struct field_build *field)
{
	if (field->in_key && field->syntax->nullable)
		complain(compiler, field->syntax->nullable_span, NULL, "a primary key is never null");
}

static uint32_t field_flags(const struct field_build *field)
{
	static const struct {
		enum syntax_attribute attribute;
		uint32_t flag;
	} flags[] = {
		{ ATTRIBUTE_LOCK, TRV_LOCK },
		{ ATTRIBUTE_SECRET, TRV_SECRET },
		{ ATTRIBUTE_TOUCH, TRV_TOUCH },
		{ ATTRIBUTE_GENERATED, TRV_GENERATED },
	};
	const struct syntax_field *syntax = field->syntax;
	uint32_t set = (syntax->nullable ? TRV_NULLABLE : 0u) | (field->in_key ? TRV_PRIMARY : 0u);

	for (size_t i = 0; i < TRV_COUNT_OF(flags); i++)
		if (syntax->attributes[flags[i].attribute].length)
			set |= flags[i].flag;
	if ((set & TRV_GENERATED) && syntax->stored)
		set |= TRV_STORED;
	return set;
}

static const char *checked(struct compiler *compiler, const struct syntax_text *text, const char *what)
{
	return text->text && check_quoted(compiler, text, what, MAX_SQL_NAME) ? text->text : NULL;
}

static void build_plain(struct compiler *compiler, struct field_build *field)
{
	const struct syntax_field *syntax = field->syntax;
	struct trv_column *column = compiler_zero(compiler, 1, sizeof(*column));

	if (!apply_type(compiler, syntax, column))
		return;
	column->member = syntax->name.text;
	column->name = syntax->column_count ? syntax->columns[0].text : syntax->name.text;
	column->doc = syntax->doc;
	column->flags = field_flags(field);
	column->was = checked(compiler, &syntax->was, "former name");
	column->collation = checked(compiler, &syntax->collation, "collation");
	apply_storage(compiler, syntax, column);
	apply_type_sql(compiler, syntax, column);
	if (syntax->attributes[ATTRIBUTE_GENERATED].length)
		column->generated = sql_copy(compiler, &syntax->generated);
	check_conflicts(compiler, syntax);
	check_type(compiler, syntax, column);
	check_primary_null(compiler, field);
	field->columns = column;
	field->column_count = 1;
}

/* --- references --- */

static void build_field(struct compiler *compiler, struct field_build *field, unsigned depth);

/* The columns of a reference are those of the key that it refers to, which may be references themselves. */
static struct trv_column key_column(struct compiler *compiler, const struct field_build *field,
                                    const struct trv_column *target, unsigned number)
{
	const struct syntax_field *syntax = field->syntax;
	struct trv_column column = *target;

	column.member = compiler_format(compiler, "%s_%s", syntax->name.text, target->member);
	column.name = number < syntax->column_count ? syntax->columns[number].text : column.member;
	column.flags = field_flags(field) | TRV_REFERENCE | (target->flags & TRV_SECRET);
	column.doc = syntax->doc;
	column.initial = NULL;
	column.was = NULL;
	if (syntax->was.text)
		column.was = syntax->was_quoted ? checked(compiler, &syntax->was, "former name")
		                                : compiler_format(compiler, "%s_%s", syntax->was.text, target->member);
	return column;
}

static unsigned count_key_columns(const struct model_build *target)
{
	unsigned count = 0;

	for (unsigned i = 0; i < target->key_count; i++)
		count += target->key[i]->columns ? target->key[i]->column_count : 0;
	return count;
}

/* Whether the key of the target is known; builds it where it is not yet. */
static bool key_ready(struct compiler *compiler, struct field_build *field, unsigned depth)
{
	struct model_build *target = field->target;

	if (target->key_count == 0 && !target->broken)
		complain(compiler, field->syntax->type.span, "give it a field with 'primary'",
		         "model '%s' has no primary key, so nothing can refer to it", target->syntax->name.text);
	for (unsigned i = 0; i < target->key_count; i++) {
		if (target->key[i]->state == BUILD_RUNNING || depth >= MAX_DEPTH) {
			complain(compiler, field->syntax->type.span, NULL,
			         "the primary key of '%s' refers to itself, directly or through others",
			         target->syntax->name.text);
			return false;
		}
		build_field(compiler, target->key[i], depth + 1);
		if (!target->key[i]->columns)
			return false;
	}
	return target->key_count > 0;
}

static bool check_reference_columns(struct compiler *compiler, const struct field_build *field, unsigned count)
{
	const struct syntax_field *syntax = field->syntax;

	if (count > TRV_MAX_KEY) {
		complain(compiler, syntax->type.span, NULL, "the key of '%s' has %u columns; the limit is %d",
		         syntax->type.text, count, TRV_MAX_KEY);
		return false;
	}
	if (syntax->column_count && syntax->column_count != count)
		complain(compiler, syntax->attributes[ATTRIBUTE_COLUMN],
		         count == 1 ? "column \"A\"" : "columns (\"A\", \"B\")",
		         "the key of '%s' has %u column%s, but %u %s named", syntax->type.text, count,
		         count == 1 ? "" : "s", syntax->column_count, syntax->column_count == 1 ? "is" : "are");
	if (count > 1 && syntax->attributes[ATTRIBUTE_DEFAULT].length)
		complain_at(compiler, syntax, ATTRIBUTE_DEFAULT, "a reference of several columns has no default");
	if (count > 1 && syntax->was_quoted)
		complain(compiler, syntax->was.span, "'was' and the field's former name without quotes",
		         "a reference of several columns has no one former column");
	return true;
}

static void build_reference(struct compiler *compiler, struct field_build *field, unsigned depth)
{
	const struct syntax_field *syntax = field->syntax;

	field->target = find_model(compiler, &syntax->type);
	check_conflicts(compiler, syntax);
	check_primary_null(compiler, field);
	if (!field->target || !key_ready(compiler, field, depth))
		return;
	unsigned count = count_key_columns(field->target), next = 0;
	if (!check_reference_columns(compiler, field, count))
		return;
	struct trv_column *columns = compiler_zero(compiler, count, sizeof(*columns));
	for (unsigned i = 0; i < field->target->key_count; i++)
		for (unsigned k = 0; k < field->target->key[i]->column_count; k++, next++)
			columns[next] = key_column(compiler, field, &field->target->key[i]->columns[k], next);
	field->columns = columns;
	field->column_count = count;
}

static void build_field(struct compiler *compiler, struct field_build *field, unsigned depth)
{
	if (field->state != BUILD_WAITING)
		return;
	field->state = BUILD_RUNNING;
	if (field->syntax->broken)
		field->owner->broken = true;
	else if (field->syntax->kind == SYNTAX_COLUMN)
		build_plain(compiler, field);
	else if (field->syntax->kind == SYNTAX_REFERENCE)
		build_reference(compiler, field, depth);
	else
		field->target = find_model(compiler, &field->syntax->type);
	field->state = BUILD_DONE;
}

/* --- the model's columns --- */

static struct span column_place(const struct field_build *field, unsigned number)
{
	return number < field->syntax->column_count ? field->syntax->columns[number].span : field->syntax->name.span;
}

static void check_column_name(struct compiler *compiler, struct model_build *model, struct field_build *field,
                              unsigned number)
{
	const struct trv_column *column = &field->columns[number];
	struct span at = column_place(field, number);

	if (number < field->syntax->column_count) {
		check_quoted(compiler, &field->syntax->columns[number], "column", MAX_SQL_NAME);
	} else if (strlen(column->name) > MAX_SQL_NAME) {
		complain(compiler, at, "column \"...\" gives it a shorter one",
		         "the column's name '%s' is %zu bytes long; the limit is %d", column->name,
		         strlen(column->name), MAX_SQL_NAME);
	}
	const struct field_build *other = name_add(compiler, &model->column_names, fold(compiler, column->name), field);
	if (other && other != field)
		complain(compiler, at, "columns are compared without case; column \"...\" gives another name",
		         "column \"%s\" of model '%s' is made by field '%s' too, in line %u", column->name,
		         model->syntax->name.text, other->syntax->name.text, other->syntax->name.span.start.line);
	else if (other)
		complain(compiler, at, NULL, "column \"%s\" is named twice", column->name);
}

static void check_member_name(struct compiler *compiler, struct model_build *model, const struct field_build *field,
                              unsigned number)
{
	const char *member = field->columns[number].member;
	const struct field_build *other = name_find(&model->members, member);

	if (field->syntax->kind == SYNTAX_REFERENCE && strlen(member) > MAX_SQL_NAME)
		complain(compiler, field->syntax->name.span, "use a shorter name",
		         "the reference makes '%s', %zu bytes long; the limit is %d", member, strlen(member),
		         MAX_SQL_NAME);
	if (field->syntax->kind == SYNTAX_REFERENCE && other)
		complain(compiler, other->syntax->name.span, NULL,
		         "field '%s' and the key of reference '%s' in line %u have the same name", member,
		         field->syntax->name.text, field->syntax->name.span.start.line);
}

static void note_special(struct compiler *compiler, struct model_build *model, const struct field_build *field,
                         uint16_t index)
{
	struct trv_model *description = &model->out->description;

	if (field->syntax->attributes[ATTRIBUTE_LOCK].length) {
		if (description->lock_column >= 0)
			complain_at(compiler, field->syntax, ATTRIBUTE_LOCK, "a model has one version at most");
		description->lock_column = (int16_t)index;
	}
	if (model->columns[index].flags & TRV_AUTO)
		description->auto_column = (int16_t)index;
}

static void add_columns(struct compiler *compiler, struct model_build *model, struct field_build *field)
{
	struct trv_model *description = &model->out->description;

	field->first = description->column_count;
	for (unsigned i = 0; i < field->column_count; i++) {
		uint16_t index = description->column_count++;

		check_column_name(compiler, model, field, i);
		check_member_name(compiler, model, field, i);
		if (field->syntax->attributes[ATTRIBUTE_DEFAULT].length && field->column_count == 1)
			default_build(compiler, field, &field->columns[i]);
		model->columns[index] = field->columns[i];
		model->column_fields[index] = field;
		note_special(compiler, model, field, index);
	}
}

void columns_build(struct compiler *compiler, struct model_build *model)
{
	size_t count = 0;

	FOR_FIELDS(model, field)
	{
		build_field(compiler, field, 0);
		count += field->columns ? field->column_count : 0;
	}
	if (count > TRV_MAX_COLUMNS) {
		complain(compiler, model->syntax->name.span, "move some to a model of their own",
		         "model '%s' has %zu columns; the limit is %d", model->syntax->name.text, count,
		         TRV_MAX_COLUMNS);
		model->broken = true;
	}
	if (count == 0 && !model->broken && compiler->schema->error_count == 0)
		complain(compiler, model->syntax->name.span, NULL, "model '%s' has no columns",
		         model->syntax->name.text);
	model->columns = compiler_zero(compiler, count, sizeof(*model->columns));
	model->column_fields = compiler_zero(compiler, count, sizeof(*model->column_fields));
	FOR_FIELDS(model, field)
	if (field->columns)
		add_columns(compiler, model, field);
	else if (field->syntax->kind != SYNTAX_MANY)
		model->broken = true;
	model->out->description.columns = model->columns;
}
