/* What the schema asks of the engines, and what each of them makes of it. */
#include "build.h"

#include <string.h>

static const struct {
	enum trv_feature feature;
	const char *name;
} features[] = {
	{ TRV_FEATURE_PARTIAL_INDEX, "partial index" },
	{ TRV_FEATURE_EXPRESSION_INDEX, "expression index" },
	{ TRV_FEATURE_COVERING_INDEX, "covering index" },
	{ TRV_FEATURE_DESCENDING_INDEX, "descending index" },
	{ TRV_FEATURE_GENERATED_STORED, "generated column, stored" },
	{ TRV_FEATURE_GENERATED_VIRTUAL, "generated column, virtual" },
	{ TRV_FEATURE_ON_UPDATE_NOW, "on update now" },
	{ TRV_FEATURE_DEFERRABLE, "deferrable reference" },
	{ TRV_FEATURE_UUID, "uuid" },
	{ TRV_FEATURE_DECIMAL, "decimal" },
	{ TRV_FEATURE_JSON, "json" },
};

static const char *feature_name(enum trv_feature feature)
{
	for (size_t i = 0; i < TRV_COUNT_OF(features); i++)
		if (features[i].feature == feature)
			return features[i].name;
	return "?";
}

/* --- which features a description uses --- */

typedef void feature_fn(void *context, enum trv_feature feature, size_t number);

static void column_features(const struct trv_column *column, size_t number, feature_fn *found, void *context)
{
	static const struct {
		enum trv_type type;
		enum trv_feature feature;
	} types[] = {
		{ TRV_UUID, TRV_FEATURE_UUID },
		{ TRV_DECIMAL, TRV_FEATURE_DECIMAL },
		{ TRV_JSON, TRV_FEATURE_JSON },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(types); i++)
		if (column->type == types[i].type)
			found(context, types[i].feature, number);
	if (column->flags & TRV_GENERATED)
		found(context,
		      column->flags & TRV_STORED ? TRV_FEATURE_GENERATED_STORED : TRV_FEATURE_GENERATED_VIRTUAL,
		      number);
	if (column->flags & TRV_TOUCH)
		found(context, TRV_FEATURE_ON_UPDATE_NOW, number);
}

static void index_features(const struct trv_index *index, size_t number, feature_fn *found, void *context)
{
	bool expression = false, descending = false;

	for (uint8_t i = 0; i < index->part_count; i++) {
		expression |= index->parts[i].expression != NULL;
		descending |= index->parts[i].descending;
	}
	if (index->where)
		found(context, TRV_FEATURE_PARTIAL_INDEX, number);
	if (expression)
		found(context, TRV_FEATURE_EXPRESSION_INDEX, number);
	if (descending)
		found(context, TRV_FEATURE_DESCENDING_INDEX, number);
	if (index->include_count)
		found(context, TRV_FEATURE_COVERING_INDEX, number);
}

/* --- errors for what an engine refuses --- */

struct place_of {
	struct compiler *compiler;
	const struct model_build *model;
	struct span (*at)(const struct place_of *self, enum trv_feature feature, size_t number);
};

static struct span column_span(const struct place_of *self, enum trv_feature feature, size_t number)
{
	const struct syntax_field *syntax = self->model->column_fields[number]->syntax;

	switch (feature) {
	case TRV_FEATURE_GENERATED_STORED:
	case TRV_FEATURE_GENERATED_VIRTUAL:
		return syntax->attributes[ATTRIBUTE_GENERATED];
	case TRV_FEATURE_ON_UPDATE_NOW:
		return syntax->attributes[ATTRIBUTE_TOUCH];
	default:
		return syntax->type.span;
	}
}

static struct span first_sql(const struct syntax_sql *sql, struct span otherwise)
{
	for (int i = 0; i < TRV_ENGINE_COUNT; i++)
		if (sql->of[i].text)
			return sql->of[i].span;
	return otherwise;
}

static struct span index_span(const struct place_of *self, enum trv_feature feature, size_t number)
{
	const struct syntax_key *key = self->model->index_syntax[number];

	if (feature == TRV_FEATURE_PARTIAL_INDEX)
		return first_sql(&key->where, key->span);
	if (feature == TRV_FEATURE_COVERING_INDEX && key->include_count)
		return key->include[0].span;
	for (size_t i = 0; i < key->part_count; i++)
		if (feature == TRV_FEATURE_EXPRESSION_INDEX ? !key->parts[i].name.text : key->parts[i].descending)
			return key->parts[i].span;
	return key->span;
}

static void refuse(struct compiler *compiler, struct span at, enum trv_feature feature)
{
	for (int engine = TRV_ENGINE_SQLITE; engine < TRV_ENGINE_COUNT; engine++) {
		const struct trv_dialect *dialect = trv_dialect_for((enum trv_engine)engine);

		if (!compiler->schema->engines[engine] || !dialect || dialect->features[feature].level != TRV_REFUSED)
			continue;
		complain(compiler, at, "a line such as 'engines sqlite' at the top says for which engines a schema is",
		         "%s has no %s: %s", engine_names[engine], feature_name(feature),
		         dialect->features[feature].note);
	}
}

static void refuse_found(void *context, enum trv_feature feature, size_t number)
{
	const struct place_of *self = context;

	refuse(self->compiler, self->at(self, feature, number), feature);
}

static void check_model(struct compiler *compiler, const struct model_build *model)
{
	const struct trv_model *description = &model->out->description;
	struct place_of columns = { compiler, model, column_span }, indexes = { compiler, model, index_span };

	for (uint16_t i = 0; i < description->column_count; i++)
		column_features(&description->columns[i], i, refuse_found, &columns);
	for (uint16_t i = 0; i < description->index_count; i++)
		if (model->index_syntax[i])
			index_features(&description->indexes[i], i, refuse_found, &indexes);
	FOR_FIELDS(model, field)
	if (field->columns && field->syntax->attributes[ATTRIBUTE_DEFERRABLE].length)
		refuse(compiler, field->syntax->attributes[ATTRIBUTE_DEFERRABLE], TRV_FEATURE_DEFERRABLE);
}

void features_check(struct compiler *compiler)
{
	for (size_t i = 0; i < compiler->schema->model_count && !compiler_gave_up(compiler); i++)
		check_model(compiler, &compiler->models[i]);
}

/* --- the table --- */

static void count_found(void *context, enum trv_feature feature, size_t number)
{
	size_t *counts = context;

	(void)number;
	counts[feature]++;
}

static void count_features(const struct schema *schema, size_t counts[TRV_FEATURE_COUNT])
{
	for (size_t i = 0; i < schema->model_count; i++) {
		const struct trv_model *model = &schema->models[i]->description;

		for (uint16_t k = 0; k < model->column_count; k++)
			column_features(&model->columns[k], k, count_found, counts);
		for (uint16_t k = 0; k < model->index_count; k++)
			index_features(&model->indexes[k], k, count_found, counts);
		for (uint16_t k = 0; k < model->foreign_key_count; k++)
			counts[TRV_FEATURE_DEFERRABLE] += model->foreign_keys[k].deferrable;
	}
}

void schema_features(const struct schema *schema, FILE *out)
{
	static const char *const levels[] = { "refused", "emulated", "native" };
	size_t counts[TRV_FEATURE_COUNT] = { 0 };

	count_features(schema, counts);
	for (size_t i = 0; i < TRV_COUNT_OF(features); i++)
		for (int engine = TRV_ENGINE_SQLITE; engine < TRV_ENGINE_COUNT; engine++) {
			const struct trv_dialect *dialect = trv_dialect_for((enum trv_engine)engine);

			if (!counts[features[i].feature] || !schema->engines[engine] || !dialect)
				continue;
			const struct trv_feature_support *support = &dialect->features[features[i].feature];
			fprintf(out, "%-26s %-11s %-9s%s%s\n", features[i].name, engine_names[engine],
			        levels[support->level], support->note ? " " : "", support->note ? support->note : "");
		}
}
