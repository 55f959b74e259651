#include "build.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* --- names of constraints --- */

/* At most MAX_SQL_NAME bytes: what is too long ends with a hash of the whole. */
static const char *shorten(struct compiler *compiler, const char *name)
{
	size_t length = strlen(name);

	if (length <= MAX_SQL_NAME)
		return name;
	return compiler_format(compiler, "%.*s_%08x", MAX_SQL_NAME - 9, name,
	                       (unsigned)(XXH64(name, length, 0) & 0xFFFFFFFFu));
}

const char *constraint_name(struct compiler *compiler, const struct model_build *model, const struct syntax_text *given,
                            const char *parts, const char *suffix, struct span at)
{
	struct span *here = compiler_zero(compiler, 1, sizeof(*here));
	const char *name = given && given->text ? given->text : NULL;

	*here = name ? given->span : at;
	if (name)
		check_name(compiler, given, "constraint", false);
	else
		name = shorten(compiler, compiler_format(compiler, "%s%s%s_%s", model->syntax->name.text,
		                                         *parts ? "_" : "", parts, suffix));
	const struct span *other = name_add(compiler, &compiler->constraints, name, here);
	if (other)
		complain(compiler, *here, given ? "give it a name of its own" : NULL,
		         "there is an index or constraint '%s' already, at %s", name, place(compiler, other->start));
	return name;
}

struct trv_sql sql_build(const struct syntax_sql *sql)
{
	struct trv_sql built = { 0 };

	for (int engine = 0; engine < TRV_ENGINE_COUNT; engine++)
		built.text[engine] = sql->of[engine].text;
	return built;
}

const struct trv_sql *sql_copy(struct compiler *compiler, const struct syntax_sql *sql)
{
	struct trv_sql *copy = compiler_alloc(compiler, sizeof(*copy));

	*copy = sql_build(sql);
	return copy;
}

/* --- the primary key --- */

static void key_add(struct compiler *compiler, struct model_build *model, struct field_build *field, struct span at)
{
	if (field->in_key)
		complain(compiler, at, NULL, "'%s' is in the primary key already", field->syntax->name.text);
	else if (model->key_count == TRV_MAX_KEY)
		complain(compiler, at, NULL, "a primary key has at most %d fields", TRV_MAX_KEY);
	else
		model->key[model->key_count++] = field;
	field->in_key = true;
}

static void key_from_list(struct compiler *compiler, struct model_build *model, const struct syntax_key *key)
{
	for (size_t i = 0; i < key->part_count; i++) {
		const struct syntax_part *part = &key->parts[i];

		if (!part->name.text || part->descending) {
			complain(compiler, part->span, NULL, "a primary key is a list of fields");
			continue;
		}
		struct field_build *field = find_field(compiler, model, &part->name, "field");
		if (field && field->syntax->kind == SYNTAX_MANY)
			complain(compiler, part->span, NULL, "'%s' is a to-many relation and has no column here",
			         part->name.text);
		else if (field && field->syntax->attributes[ATTRIBUTE_GENERATED].length)
			complain(compiler, part->span, NULL, "a generated column is no primary key");
		else if (field)
			key_add(compiler, model, field, part->span);
	}
}

void key_find(struct compiler *compiler, struct model_build *model)
{
	const struct syntax_key **keys = model->keys.items;
	struct span first = { 0 };

	FOR_FIELDS(model, field)
	{
		struct span at = field->syntax->attributes[ATTRIBUTE_PRIMARY];

		if (!at.length)
			continue;
		if (first.length)
			complain(compiler, at, "a key of several fields is written 'primary (a, b)'",
			         "model '%s' has a primary key already, in line %u", model->syntax->name.text,
			         first.start.line);
		else
			key_add(compiler, model, field, at);
		first = first.length ? first : at;
	}
	for (size_t i = 0; i < model->keys.count; i++) {
		if (keys[i]->kind != SYNTAX_PRIMARY)
			continue;
		if (first.length)
			complain(compiler, keys[i]->span, NULL, "model '%s' has a primary key already, in line %u",
			         model->syntax->name.text, first.start.line);
		else
			key_from_list(compiler, model, keys[i]);
		first = first.length ? first : keys[i]->span;
	}
	model->broken |= first.length && model->key_count == 0;
}

void primary_build(struct compiler *compiler, struct model_build *model)
{
	struct trv_model *description = &model->out->description;
	uint16_t *primary = compiler_zero(compiler, TRV_MAX_COLUMNS + 1, sizeof(*primary));
	unsigned count = 0;

	for (unsigned i = 0; i < model->key_count; i++)
		for (unsigned k = 0; model->key[i]->columns && k < model->key[i]->column_count; k++)
			primary[count++] = (uint16_t)(model->key[i]->first + k);
	if (count > TRV_MAX_KEY)
		complain(compiler, model->syntax->name.span, NULL,
		         "the primary key of '%s' has %u columns; the limit is %d", model->syntax->name.text, count,
		         TRV_MAX_KEY);
	description->primary = count ? primary : NULL;
	description->primary_count = (uint16_t)count;
}

/* --- indexes --- */

/* An index while it is put together. */
struct index_build {
	struct vector parts; /* struct trv_index_part */
	struct vector include; /* uint16_t */
	const char *names; /* "a_b", for its own name */
	uint64_t columns; /* those in it, to find doubles */
};

/* The field's columns, each once; NULL if it has none, with a complaint where that is not a consequence. */
static const struct field_build *index_field(struct compiler *compiler, struct model_build *model,
                                             const struct syntax_text *name, struct index_build *build)
{
	const struct field_build *field = find_field(compiler, model, name, "field");
	uint64_t mask = 0;

	if (field && field->syntax->kind == SYNTAX_MANY)
		complain(compiler, name->span, NULL, "'%s' is a to-many relation and has no column here", name->text);
	if (!field || !field->columns || field->first + field->column_count > TRV_MAX_COLUMNS)
		return NULL;
	for (unsigned i = 0; i < field->column_count; i++)
		mask |= UINT64_C(1) << (field->first + i);
	if (build->columns & mask)
		complain(compiler, name->span, NULL, "'%s' is in the index already", name->text);
	build->columns |= mask;
	return field;
}

static void append_name(struct compiler *compiler, struct index_build *build, const char *name)
{
	build->names = *build->names ? compiler_format(compiler, "%s_%s", build->names, name) : name;
}

static void add_field_parts(struct compiler *compiler, struct index_build *build, const struct field_build *field,
                            bool descending)
{
	for (unsigned i = 0; i < field->column_count; i++) {
		struct trv_index_part *part = vector_push(compiler, &build->parts, sizeof(*part));

		part->column = (uint16_t)(field->first + i);
		part->descending = descending;
		append_name(compiler, build, field->columns[i].member);
	}
}

static void add_part(struct compiler *compiler, struct model_build *model, const struct syntax_part *part,
                     struct index_build *build)
{
	if (!part->name.text) {
		struct trv_index_part *expression = vector_push(compiler, &build->parts, sizeof(*expression));

		expression->descending = part->descending;
		expression->expression = sql_copy(compiler, &part->sql);
		append_name(compiler, build, "expr");
		return;
	}
	const struct field_build *field = index_field(compiler, model, &part->name, build);
	if (field)
		add_field_parts(compiler, build, field, part->descending);
}

static void add_include(struct compiler *compiler, struct model_build *model, const struct syntax_text *name,
                        struct index_build *build)
{
	const struct field_build *field = index_field(compiler, model, name, build);

	for (unsigned i = 0; field && i < field->column_count; i++)
		*(uint16_t *)vector_push(compiler, &build->include, sizeof(uint16_t)) = (uint16_t)(field->first + i);
}

#define MAX_INDEX_PARTS 16 /* the least that the engines promise: MariaDB */

static void too_wide(struct compiler *compiler, struct span at)
{
	complain(compiler, at, NULL, "an index has at most %d columns, and as many included ones", MAX_INDEX_PARTS);
}

static void finish_index(struct compiler *compiler, struct model_build *model, const struct index_build *build,
                         const struct syntax_text *name, bool unique, struct span at, struct trv_index *index)
{
	if (build->parts.count > MAX_INDEX_PARTS || build->include.count > MAX_INDEX_PARTS)
		too_wide(compiler, at);
	index->name = constraint_name(compiler, model, name, build->names, unique ? "key" : "idx", at);
	index->parts = build->parts.items;
	index->part_count = (uint8_t)build->parts.count;
	index->include = build->include.items;
	index->include_count = (uint8_t)build->include.count;
	index->unique = unique;
}

static bool build_index(struct compiler *compiler, struct model_build *model, const struct syntax_key *key,
                        struct trv_index *index)
{
	struct index_build build = { .names = "" };

	if (key->part_count > MAX_INDEX_PARTS || key->include_count > MAX_INDEX_PARTS) {
		too_wide(compiler, key->span);
		return false;
	}
	for (size_t i = 0; i < key->part_count; i++)
		add_part(compiler, model, &key->parts[i], &build);
	for (size_t i = 0; i < key->include_count; i++)
		add_include(compiler, model, &key->include[i], &build);
	if (build.parts.count == 0)
		return false; /* complained about already */
	finish_index(compiler, model, &build, &key->name, key->kind == SYNTAX_UNIQUE, key->span, index);
	if (key->has_where)
		index->where = sql_copy(compiler, &key->where);
	return true;
}

static void build_unique_field(struct compiler *compiler, struct model_build *model, const struct field_build *field,
                               struct trv_index *index)
{
	struct index_build build = { .names = "" };

	add_field_parts(compiler, &build, field, false);
	finish_index(compiler, model, &build, NULL, true, field->syntax->attributes[ATTRIBUTE_UNIQUE], index);
}

static void build_indexes(struct compiler *compiler, struct model_build *model)
{
	const struct syntax_key **keys = model->keys.items;
	size_t most = model->keys.count + model->fields.count;
	struct trv_index *indexes = compiler_zero(compiler, most, sizeof(*indexes));
	uint16_t count = 0;

	model->index_syntax = compiler_zero(compiler, most, sizeof(*model->index_syntax));
	FOR_FIELDS(model, field)
	if (field->columns && field->syntax->attributes[ATTRIBUTE_UNIQUE].length)
		build_unique_field(compiler, model, field, &indexes[count++]);
	for (size_t i = 0; i < model->keys.count; i++) {
		if (keys[i]->kind == SYNTAX_PRIMARY || !build_index(compiler, model, keys[i], &indexes[count]))
			continue;
		model->index_syntax[count++] = keys[i];
	}
	model->out->description.indexes = count ? indexes : NULL;
	model->out->description.index_count = count;
}

/* --- checks --- */

/* "title", "title_2": the checks of one field, or of the model, are numbered from the second on. */
static const char *check_parts(struct compiler *compiler, const struct model_build *model, size_t number)
{
	const struct check_build *checks = model->checks.items;
	const char *base = checks[number].field ? checks[number].field->syntax->name.text : "";
	unsigned before = 0;

	if (checks[number].syntax->name.text)
		return base;
	for (size_t i = 0; i < number; i++)
		before += checks[i].field == checks[number].field && !checks[i].syntax->name.text;
	if (before == 0)
		return base;
	return compiler_format(compiler, "%s%s%u", base, *base ? "_" : "", before + 1);
}

static void build_checks(struct compiler *compiler, struct model_build *model)
{
	const struct check_build *checks = model->checks.items;
	size_t count = model->checks.count;
	struct trv_check *built = compiler_zero(compiler, count, sizeof(*built));

	model->check_syntax = compiler_zero(compiler, count, sizeof(*model->check_syntax));
	for (size_t i = 0; i < count; i++) {
		const struct syntax_check *syntax = checks[i].syntax;

		model->check_syntax[i] = syntax;
		built[i].sql = sql_build(&syntax->sql);
		built[i].name = constraint_name(compiler, model, &syntax->name, check_parts(compiler, model, i),
		                                "check", syntax->span);
	}
	model->out->description.checks = count ? built : NULL;
	model->out->description.check_count = (uint16_t)count;
}

void keys_build(struct compiler *compiler, struct model_build *model)
{
	build_indexes(compiler, model);
	build_checks(compiler, model);
}
