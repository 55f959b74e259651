#include "build.h"

#include <string.h>

/* The columns of a field, as indexes into its model's. */
static const uint16_t *field_indexes(struct compiler *compiler, const struct field_build *field)
{
	uint16_t *indexes = compiler_zero(compiler, field->column_count, sizeof(*indexes));

	for (unsigned i = 0; i < field->column_count; i++)
		indexes[i] = (uint16_t)(field->first + i);
	return indexes;
}

/* --- to-one --- */

static void add_to_one(struct compiler *compiler, const struct field_build *field, struct trv_relation *relation)
{
	const struct trv_model *target = &field->target->out->description;

	*relation = (struct trv_relation) {
		.name = field->syntax->name.text,
		.kind = TRV_TO_ONE,
		.target = target,
		.columns = field_indexes(compiler, field),
		.target_columns = target->primary,
		.key_count = (uint8_t)field->column_count,
		.optional = field->syntax->nullable,
		.target_name = target->name,
		.doc = field->syntax->doc,
	};
}

/* "a_id_b_id": the columns' members, for names of constraints. */
static const char *join_members(struct compiler *compiler, const struct field_build *field)
{
	const char *joined = field->columns[0].member;

	for (unsigned i = 1; i < field->column_count; i++)
		joined = compiler_format(compiler, "%s_%s", joined, field->columns[i].member);
	return joined;
}

static void check_actions(struct compiler *compiler, const struct field_build *field)
{
	const struct syntax_field *syntax = field->syntax;
	const enum trv_action chosen[] = { syntax->on_delete, syntax->on_update };
	const struct span at[] = { syntax->attributes[ATTRIBUTE_ON_DELETE], syntax->attributes[ATTRIBUTE_ON_UPDATE] };
	const char *const words[] = { "delete", "update" };

	for (unsigned i = 0; i < 2; i++) {
		if (chosen[i] == TRV_SET_NULL && !syntax->nullable)
			complain(compiler, at[i],
			         compiler_format(compiler, "-> %s? makes it optional", syntax->type.text),
			         "'on %s set null', but reference '%s' is never null", words[i], syntax->name.text);
		if (chosen[i] == TRV_SET_DEFAULT && syntax->initial.kind == SYNTAX_NO_DEFAULT)
			complain(compiler, at[i], NULL, "'on %s set default', but reference '%s' has no default",
			         words[i], syntax->name.text);
	}
}

static void add_foreign_key(struct compiler *compiler, struct model_build *model, const struct field_build *field,
                            struct trv_foreign_key *key)
{
	const struct syntax_field *syntax = field->syntax;
	const struct trv_model *target = &field->target->out->description;

	check_actions(compiler, field);
	*key = (struct trv_foreign_key) {
		.name = constraint_name(compiler, model, NULL, join_members(compiler, field), "fk", syntax->name.span),
		.columns = field_indexes(compiler, field),
		.target = target,
		.target_columns = target->primary,
		.count = (uint8_t)field->column_count,
		.on_delete = (uint8_t)syntax->on_delete,
		.on_update = (uint8_t)syntax->on_update,
		.deferrable = syntax->attributes[ATTRIBUTE_DEFERRABLE].length > 0,
		.target_name = target->name,
	};
}

/* --- to-many --- */

static bool refers_to(const struct field_build *field, const struct model_build *target)
{
	return field->syntax->kind == SYNTAX_REFERENCE && field->columns && field->target == target;
}

/* The references of `from` to `to`: how many, and the last one. Those that `skip` names do not count. */
static unsigned count_references(const struct model_build *from, const struct model_build *to,
                                 const struct field_build *skip, const struct field_build **found)
{
	unsigned count = 0;

	FOR_FIELDS(from, field)
	if (field != skip && refers_to(field, to)) {
		*found = field;
		count++;
	}
	return count;
}

static const char *list_references(struct compiler *compiler, const struct model_build *from,
                                   const struct model_build *to)
{
	const char *list = NULL;

	FOR_FIELDS(from, field)
	if (refers_to(field, to))
		list = list ? compiler_format(compiler, "%s, %s", list, field->syntax->name.text)
		            : field->syntax->name.text;
	return list;
}

/* The reference of `from` to `to` that `by` names. */
static const struct field_build *named_reference(struct compiler *compiler, struct model_build *from,
                                                 const struct model_build *to, const struct syntax_text *by)
{
	const struct field_build *field = find_field(compiler, from, by, "reference");

	if (!field)
		return NULL;
	if (field->syntax->kind != SYNTAX_REFERENCE) {
		complain(compiler, by->span, NULL, "'%s.%s' is no reference", from->syntax->name.text, by->text);
		return NULL;
	}
	if (!field->columns)
		return NULL; /* complained about already */
	if (field->target != to) {
		complain(compiler, by->span, NULL, "'%s.%s' refers to '%s', not to '%s'", from->syntax->name.text,
		         by->text, field->target->syntax->name.text, to->syntax->name.text);
		return NULL;
	}
	return field;
}

/* The only reference of `from` to `to`, or the one named. `skip` is left out of the search. */
static const struct field_build *find_reference(struct compiler *compiler, const struct syntax_field *syntax,
                                                struct model_build *from, const struct model_build *to,
                                                const struct syntax_text *by, const struct field_build *skip)
{
	const struct field_build *found = NULL;

	if (by)
		return named_reference(compiler, from, to, by);
	unsigned count = count_references(from, to, skip, &found);
	if (count == 1 || (count == 0 && from->broken))
		return found;
	if (count == 0)
		complain(compiler, syntax->type.span, NULL, "model '%s' has no reference to '%s'",
		         from->syntax->name.text, to->syntax->name.text);
	else
		complain(compiler, syntax->type.span,
		         compiler_format(compiler, "say which one by 'by': %s", list_references(compiler, from, to)),
		         "model '%s' has several references to '%s'", from->syntax->name.text, to->syntax->name.text);
	return NULL;
}

static void add_to_many(struct compiler *compiler, struct model_build *model, const struct field_build *field,
                        struct trv_relation *relation)
{
	const struct syntax_field *syntax = field->syntax;

	if (syntax->by_count > 1) {
		complain(compiler, syntax->by[1].span, NULL, "two references are named, but there is no 'through'");
		return;
	}
	const struct field_build *reference =
		find_reference(compiler, syntax, field->target, model, syntax->by_count ? &syntax->by[0] : NULL, NULL);
	if (!reference)
		return;
	*relation = (struct trv_relation) {
		.name = syntax->name.text,
		.kind = TRV_TO_MANY,
		.target = &field->target->out->description,
		.columns = model->out->description.primary,
		.target_columns = field_indexes(compiler, reference),
		.key_count = (uint8_t)reference->column_count,
		.target_name = field->target->syntax->name.text,
		.doc = syntax->doc,
	};
}

/* --- many-to-many --- */

static void add_many_to_many(struct compiler *compiler, struct model_build *model, const struct field_build *field,
                             struct trv_relation *relation)
{
	const struct syntax_field *syntax = field->syntax;
	struct model_build *through = find_model(compiler, &syntax->through);
	const struct syntax_text *by = syntax->by_count ? syntax->by : NULL;

	if (!through)
		return;
	if (syntax->by_count == 1) {
		complain(compiler, syntax->by[0].span, "by the one to this model, the one to the other",
		         "'through' needs both references, or none");
		return;
	}
	const struct field_build *ours = find_reference(compiler, syntax, through, model, by, NULL);
	if (!ours)
		return;
	const struct field_build *theirs =
		find_reference(compiler, syntax, through, field->target, by ? by + 1 : NULL, ours);
	if (!theirs)
		return;
	if (theirs == ours) {
		complain(compiler, syntax->by[1].span, NULL, "'%s' cannot be both ends of the relation", by[1].text);
		return;
	}
	*relation = (struct trv_relation) {
		.name = syntax->name.text,
		.kind = TRV_MANY_TO_MANY,
		.target = &field->target->out->description,
		.through = &through->out->description,
		.columns = model->out->description.primary,
		.target_columns = field->target->out->description.primary,
		.through_columns = field_indexes(compiler, ours),
		.through_target_columns = field_indexes(compiler, theirs),
		.key_count = (uint8_t)ours->column_count,
		.target_key_count = (uint8_t)theirs->column_count,
		.target_name = field->target->syntax->name.text,
		.doc = syntax->doc,
	};
}

/* --- all --- */

static bool has_relation(const struct field_build *field)
{
	if (field->syntax->kind == SYNTAX_MANY)
		return field->target != NULL && !field->syntax->broken;
	return field->syntax->kind == SYNTAX_REFERENCE && field->columns;
}

static size_t count_relations(const struct model_build *model)
{
	size_t count = 0;

	FOR_FIELDS(model, field)
	count += has_relation(field);
	return count;
}

static void add_relation(struct compiler *compiler, struct model_build *model, const struct field_build *field,
                         struct trv_relation *relation)
{
	if (field->syntax->kind == SYNTAX_REFERENCE)
		add_to_one(compiler, field, relation);
	else if (field->syntax->through.text)
		add_many_to_many(compiler, model, field, relation);
	else
		add_to_many(compiler, model, field, relation);
}

void relations_build(struct compiler *compiler, struct model_build *model)
{
	struct trv_model *description = &model->out->description;
	size_t count = count_relations(model);
	struct trv_relation *relations = compiler_zero(compiler, count, sizeof(*relations));
	struct trv_foreign_key *keys = compiler_zero(compiler, count, sizeof(*keys));

	if (count > TRV_MAX_RELATIONS) {
		complain(compiler, model->syntax->name.span, NULL, "model '%s' has %zu relations; the limit is %d",
		         model->syntax->name.text, count, TRV_MAX_RELATIONS);
		return;
	}
	FOR_FIELDS(model, field)
	{
		if (!has_relation(field))
			continue;
		struct trv_relation *relation = &relations[description->relation_count];
		add_relation(compiler, model, field, relation);
		if (relation->name)
			description->relation_count++;
		if (field->syntax->kind == SYNTAX_REFERENCE &&
		    !field->syntax->attributes[ATTRIBUTE_NO_CONSTRAINT].length)
			add_foreign_key(compiler, model, field, &keys[description->foreign_key_count++]);
	}
	description->relations = description->relation_count ? relations : NULL;
	description->foreign_keys = description->foreign_key_count ? keys : NULL;
}
