#include "build.h"

#include <string.h>
#include <unistd.h>

/* Those that the options name. */
static bool take_options(struct compiler *compiler)
{
	bool any = false;

	for (int i = 0; i < TRV_ENGINE_COUNT; i++) {
		enum trv_engine engine = compiler->options->engines[i];

		if (engine == TRV_ENGINE_ANY)
			continue;
		compiler->schema->engines[engine] = true;
		any = true;
	}
	return any;
}

/* Those that every file is for: a file without an `engines` line is for all. */
static void choose_engines(struct compiler *compiler)
{
	bool *engines = compiler->schema->engines;

	if (take_options(compiler))
		return;
	for (int i = TRV_ENGINE_SQLITE; i < TRV_ENGINE_COUNT; i++)
		engines[i] = true;
	for (const struct syntax_unit *unit = compiler->units; unit; unit = unit->next) {
		bool any = !unit->engines_span.length;

		for (int i = TRV_ENGINE_SQLITE; unit->engines_span.length && i < TRV_ENGINE_COUNT; i++) {
			engines[i] = engines[i] && unit->engines[i];
			any = any || engines[i];
		}
		if (!any && unit->errors == 0)
			complain(compiler, unit->engines_span, NULL, "no engine is left that all files are for");
	}
}

static void finish_model(struct model_build *model)
{
	/* What is empty is NULL, as in generated code. */
	if (model->out->description.column_count == 0)
		model->out->description.columns = NULL;
}

static void build(struct compiler *compiler)
{
	static void (*const steps[])(struct compiler *, struct model_build *) = {
		key_find, columns_build, primary_build, relations_build, keys_build,
	};

	declare_all(compiler);
	for (size_t step = 0; step < TRV_COUNT_OF(steps); step++)
		for (size_t i = 0; i < compiler->schema->model_count && !compiler_gave_up(compiler); i++)
			steps[step](compiler, &compiler->models[i]);
	struct model_build **spare = compiler->spare_mixins.items;
	for (size_t i = 0; i < compiler->spare_mixins.count && !compiler_gave_up(compiler); i++)
		columns_build(compiler, spare[i]);
	for (size_t i = 0; i < compiler->schema->model_count; i++)
		finish_model(&compiler->models[i]);
	identifiers_check(compiler);
	features_check(compiler);
	scratch_check(compiler);
}

struct request {
	const char *path;
	const char *text;
	size_t size;
};

/* Everything that may run out of memory; the jump ends here. */
static int run(struct compiler *compiler, const struct request *request)
{
	if (setjmp(compiler->out_of_memory))
		return TRV_ERR_NOMEM;
	source_load(compiler, request->path, request->text, request->size);
	choose_engines(compiler);
	build(compiler);
	diagnostics_finish(compiler);
	return compiler->schema->error_count ? TRV_ERR_VALUE : 0;
}

/* What a schema shows after the memory ran out: nothing, rather than half of it. */
static void forget(struct schema *schema)
{
	struct trv_arena arena = schema->arena;

	*schema = (struct schema) { .arena = arena };
}

static int load(struct schema *schema, const struct request *request, const struct schema_options *options)
{
	static const struct schema_options none = { 0 };
	struct compiler compiler = { .schema = schema, .options = options ? options : &none, .open_file = -1 };

	*schema = (struct schema) { 0 };
	trv_arena_init(&schema->arena, compiler.options->allocator, 0);
	compiler.last_unit = &compiler.units;
	int r = run(&compiler, request);
	if (compiler.open_file >= 0)
		close(compiler.open_file);
	scratch_close(&compiler);
	if (r == TRV_ERR_NOMEM)
		forget(schema);
	return r;
}

int schema_load(struct schema *schema, const char *path, const struct schema_options *options)
{
	return load(schema, &(struct request) { .path = path }, options);
}

int schema_load_text(struct schema *schema, const char *name, const char *text, size_t size,
                     const struct schema_options *options)
{
	return load(schema, &(struct request) { name, text ? text : "", size }, options);
}

void schema_release(struct schema *schema)
{
	trv_arena_release(&schema->arena);
	*schema = (struct schema) { .arena = schema->arena };
}
