#include "build.h"

#include <string.h>

/* --- enums --- */

static void add_value(struct compiler *compiler, const struct syntax_enum_value *syntax, struct trv_enum_value *value,
                      struct name_table *names, struct name_table *stored)
{
	struct syntax_enum_value *self = (struct syntax_enum_value *)(uintptr_t)syntax, *other;

	check_name(compiler, &syntax->name, "value", false);
	other = name_add(compiler, names, syntax->name.text, self);
	if (other)
		complain(compiler, syntax->name.span, NULL, "value '%s' is declared twice; first in line %u",
		         syntax->name.text, other->name.span.start.line);
	const struct syntax_text *text = syntax->stored.text ? &syntax->stored : &syntax->name;
	if (syntax->stored.text)
		check_quoted(compiler, text, "stored text", 100);
	other = name_add(compiler, stored, text->text, self);
	if (other && strcmp(other->name.text, syntax->name.text) != 0)
		complain(compiler, text->span, NULL, "'%s' is stored as \"%s\", and so is '%s'", syntax->name.text,
		         text->text, other->name.text);
	*value = (struct trv_enum_value) { syntax->name.text, text->text, syntax->doc };
}

static void build_values(struct compiler *compiler, const struct syntax_enum *syntax, struct trv_enum *description)
{
	struct trv_enum_value *values = compiler_zero(compiler, syntax->value_count, sizeof(*values));
	struct name_table names = { 0 }, stored = { 0 };
	size_t count = 0;

	if (syntax->value_count == 0 && !syntax->broken)
		complain(compiler, syntax->name.span, NULL, "enum '%s' has no values", syntax->name.text);
	if (syntax->value_count > MAX_ENUM_VALUES) {
		complain(compiler, syntax->name.span, NULL, "enum '%s' has %zu values; the limit is %d",
		         syntax->name.text, syntax->value_count, MAX_ENUM_VALUES);
		return;
	}
	for (const struct syntax_enum_value *value = syntax->values; value; value = value->next)
		add_value(compiler, value, &values[count++], &names, &stored);
	description->values = values;
	description->count = (uint16_t)count;
}

static void declare_enum(struct compiler *compiler, const struct schema_file *file, const struct syntax_enum *syntax)
{
	struct schema_enum *enumeration = compiler_zero(compiler, 1, sizeof(*enumeration));
	struct symbol *symbol = compiler_zero(compiler, 1, sizeof(*symbol));

	enumeration->description.name = syntax->name.text;
	enumeration->description.doc = syntax->doc;
	enumeration->prefix = syntax->prefix.text ? syntax->prefix.text : syntax->name.text;
	enumeration->file = file;
	enumeration->position = syntax->name.span.start;
	if (is_type_name(syntax->name.text))
		complain(compiler, syntax->name.span, NULL, "'%s' is a type already", syntax->name.text);
	else
		check_name(compiler, &syntax->name, "enum", true);
	if (syntax->prefix.text)
		check_name(compiler, &syntax->prefix, "prefix", false);
	build_values(compiler, syntax, &enumeration->description);
	*symbol = (struct symbol) { .span = syntax->name.span, .enumeration = enumeration };
	const struct symbol *other = name_add(compiler, &compiler->types, syntax->name.text, symbol);
	if (other) {
		complain(compiler, syntax->name.span, NULL, "'%s' is declared twice; first at %s", syntax->name.text,
		         place(compiler, other->span.start));
		return;
	}
	compiler->schema->enums[compiler->schema->enum_count++] = enumeration;
}

/* --- models and mixins --- */

static void check_model_head(struct compiler *compiler, const struct syntax_model *syntax, struct model_build *model)
{
	struct syntax_text table = syntax->table.text ? syntax->table : syntax->name;

	check_name(compiler, &syntax->name, "model", !syntax->prefix.text);
	if (syntax->prefix.text)
		check_name(compiler, &syntax->prefix, "prefix", true);
	if (syntax->was.text)
		check_quoted(compiler, &syntax->was, "former name", MAX_SQL_NAME);
	if (!check_quoted(compiler, &table, "table", MAX_SQL_NAME))
		return;
	const struct model_build *other = name_add(compiler, &compiler->tables, fold(compiler, table.text), model);
	if (other && other->syntax->table.text)
		complain(compiler, table.span, "names of tables are compared without case",
		         "table \"%s\" is the table of model '%s' too, at %s", table.text, other->syntax->name.text,
		         place(compiler, other->out->position));
	else if (other && strcmp(other->syntax->name.text, syntax->name.text) != 0)
		complain(compiler, table.span, NULL, "table \"%s\" is the table of model '%s' too, at %s", table.text,
		         other->syntax->name.text, place(compiler, other->out->position));
}

static void declare_model(struct compiler *compiler, const struct schema_file *file, const struct syntax_model *syntax)
{
	struct symbol *symbol = compiler_zero(compiler, 1, sizeof(*symbol));
	struct model_build *model = &compiler->models[compiler->schema->model_count];
	struct schema_model *out = compiler_zero(compiler, 1, sizeof(*out));

	*symbol = (struct symbol) { .span = syntax->name.span, .model = model };
	const struct symbol *other = name_add(compiler, &compiler->types, syntax->name.text, symbol);
	if (other) {
		complain(compiler, syntax->name.span, NULL, "'%s' is declared twice; first at %s", syntax->name.text,
		         place(compiler, other->span.start));
		return;
	}
	out->prefix = syntax->prefix.text ? syntax->prefix.text : syntax->name.text;
	out->file = file;
	out->position = syntax->name.span.start;
	out->description = (struct trv_model) {
		.name = syntax->name.text,
		.table = syntax->table.text ? syntax->table.text : syntax->name.text,
		.was = syntax->was.text,
		.doc = syntax->doc,
		.file = file->path,
		.line = out->position.line,
		.lock_column = -1,
		.auto_column = -1,
	};
	*model = (struct model_build) { .out = out, .syntax = syntax, .broken = syntax->broken };
	compiler->schema->models[compiler->schema->model_count++] = out;
	check_model_head(compiler, syntax, model);
}

static void declare_mixin(struct compiler *compiler, const struct syntax_model *syntax)
{
	struct symbol *symbol = compiler_zero(compiler, 1, sizeof(*symbol));

	*symbol = (struct symbol) { .span = syntax->name.span, .mixin = syntax };
	check_name(compiler, &syntax->name, "mixin", false);
	const struct symbol *other = name_add(compiler, &compiler->mixins, syntax->name.text, symbol);
	if (other)
		complain(compiler, syntax->name.span, NULL, "mixin '%s' is declared twice; first at %s",
		         syntax->name.text, place(compiler, other->span.start));
}

/* --- members of a model --- */

static void add_field(struct compiler *compiler, struct model_build *model, const struct syntax_field *syntax)
{
	struct field_build *field = compiler_zero(compiler, 1, sizeof(*field));

	*field = (struct field_build) { .syntax = syntax, .owner = model };
	check_name(compiler, &syntax->name, "field", true);
	const struct field_build *other = name_add(compiler, &model->members, syntax->name.text, field);
	if (other) {
		complain(compiler, syntax->name.span, NULL, "field '%s' is declared twice; first at %s",
		         syntax->name.text, place(compiler, other->syntax->name.span.start));
		return;
	}
	*(struct field_build **)vector_push(compiler, &model->fields, sizeof(field)) = field;
	for (const struct syntax_check *check = syntax->checks; check; check = check->next)
		*(struct check_build *)vector_push(compiler, &model->checks, sizeof(struct check_build)) =
			(struct check_build) { check, field };
}

static const struct syntax_model *find_mixin(struct compiler *compiler, const struct syntax_text *name)
{
	struct symbol *symbol = name_find(&compiler->mixins, name->text);

	if (!symbol) {
		struct suggestion suggestion = suggest_begin(name->text);

		suggest_table(&suggestion, &compiler->mixins);
		const char *hint = suggest_hint(compiler, &suggestion);
		if (!hint && name_find(&compiler->types, name->text))
			hint = "only a mixin can be used so";
		complain(compiler, name->span, hint, "unknown mixin '%s'", name->text);
		return NULL;
	}
	symbol->used = true;
	if (!source_reaches(compiler, name->span.start.file, symbol->span.start.file))
		complain(compiler, name->span,
		         compiler_format(compiler, "include the file that declares it, %s",
		                         symbol->span.start.file->path),
		         "mixin '%s' is not declared in this file or in those that it includes", name->text);
	return symbol->mixin;
}

static void add_members(struct compiler *compiler, struct model_build *model, const struct syntax_model *syntax,
                        unsigned depth);

static void add_mixin(struct compiler *compiler, struct model_build *model, const struct syntax_text *name,
                      unsigned depth)
{
	const struct syntax_model *mixin = find_mixin(compiler, name);
	static char seen;

	model->broken |= !mixin || mixin->broken;
	if (!mixin)
		return;
	if (name_add(compiler, &model->used, name->text, &seen))
		complain(compiler, name->span, NULL, "mixin '%s' is used already", name->text);
	else if (depth == MAX_DEPTH)
		complain(compiler, name->span, NULL, "mixins use each other more than %d deep", MAX_DEPTH);
	else
		add_members(compiler, model, mixin, depth + 1);
}

static void add_members(struct compiler *compiler, struct model_build *model, const struct syntax_model *syntax,
                        unsigned depth)
{
	for (const struct syntax_member *member = syntax->members; member; member = member->next) {
		if (model->fields.count + model->keys.count + model->checks.count > MAX_MEMBERS)
			return; /* too many columns will be said anyway */
		switch (member->kind) {
		case SYNTAX_FIELD:
			add_field(compiler, model, member->as.field);
			break;
		case SYNTAX_KEY:
			*(const struct syntax_key **)vector_push(compiler, &model->keys, sizeof(member->as.key)) =
				member->as.key;
			break;
		case SYNTAX_CHECK:
			*(struct check_build *)vector_push(compiler, &model->checks, sizeof(struct check_build)) =
				(struct check_build) { member->as.check, NULL };
			break;
		case SYNTAX_USE:
			add_mixin(compiler, model, &member->as.use, depth);
			break;
		}
	}
}

/* A mixin that no model uses has errors too: it becomes a model of its own, which is not in the schema. */
static void add_spare_mixin(struct compiler *compiler, const struct syntax_model *syntax)
{
	struct symbol *symbol = name_find(&compiler->mixins, syntax->name.text);
	struct model_build *model;

	if (symbol->used || symbol->mixin != syntax)
		return;
	model = compiler_zero(compiler, 1, sizeof(*model));
	model->out = compiler_zero(compiler, 1, sizeof(*model->out));
	model->syntax = syntax;
	model->broken = true; /* what it names may be in the model that would use it */
	*(struct model_build **)vector_push(compiler, &compiler->spare_mixins, sizeof(model)) = model;
	add_members(compiler, model, syntax, 0);
}

/* --- all --- */

static void count_declarations(struct compiler *compiler, size_t *models, size_t *enums)
{
	for (const struct syntax_unit *unit = compiler->units; unit; unit = unit->next) {
		for (const struct syntax_model *model = unit->models; model; model = model->next)
			(*models)++;
		for (const struct syntax_enum *enumeration = unit->enums; enumeration; enumeration = enumeration->next)
			(*enums)++;
	}
}

void declare_all(struct compiler *compiler)
{
	struct schema *schema = compiler->schema;
	size_t models = 0, enums = 0;

	count_declarations(compiler, &models, &enums);
	if (models > MAX_MODELS || enums > MAX_MODELS) {
		complain(compiler, (struct span) { { schema->files[0], 1, 1 }, 1 }, NULL,
		         "the schema has %zu models and mixins and %zu enums; the limit is %d of each", models, enums,
		         MAX_MODELS);
		return;
	}
	schema->models = compiler_zero(compiler, models, sizeof(struct schema_model *));
	schema->enums = compiler_zero(compiler, enums, sizeof(struct schema_enum *));
	compiler->models = compiler_zero(compiler, models, sizeof(*compiler->models));
	for (const struct syntax_unit *unit = compiler->units; unit; unit = unit->next) {
		for (const struct syntax_enum *enumeration = unit->enums; enumeration; enumeration = enumeration->next)
			declare_enum(compiler, unit->file, enumeration);
		for (const struct syntax_model *model = unit->models; model; model = model->next) {
			if (model->mixin)
				declare_mixin(compiler, model);
			else
				declare_model(compiler, unit->file, model);
		}
	}
	for (size_t i = 0; i < schema->model_count; i++)
		add_members(compiler, &compiler->models[i], compiler->models[i].syntax, 0);
	for (const struct syntax_unit *unit = compiler->units; unit; unit = unit->next)
		for (const struct syntax_model *model = unit->models; model; model = model->next)
			if (model->mixin)
				add_spare_mixin(compiler, model);
}
