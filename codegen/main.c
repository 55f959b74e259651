#include "command.h"

#include "model/ddl.h"

#include <stdarg.h>
#include <string.h>

static const struct command *const commands[] = {
	&command_check, &command_fmt, &command_generate, &command_ddl, &command_top,
};

int command_help(const struct command *self)
{
	printf("usage: trivet %s %s\n\n%s\n\n%s", self->name, self->arguments, self->summary, self->help);
	return EXIT_DONE;
}

int command_misuse(const struct command *self, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "trivet %s: ", self->name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\nusage: trivet %s %s\n", self->name, self->arguments);
	return EXIT_USAGE;
}

int command_fail(const char *format, ...)
{
	va_list arguments;

	fputs("trivet: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return EXIT_FINDINGS;
}

/* What an engine that the schema is for cannot do, one line for each model and engine. */
static bool fits_engines(const struct schema *schema)
{
	struct trv_error error;
	bool fits = true;

	for (size_t i = 0; i < schema->model_count; i++) {
		const struct schema_model *model = schema->models[i];

		for (int engine = TRV_ENGINE_SQLITE; engine < TRV_ENGINE_COUNT; engine++) {
			const struct trv_dialect *dialect = trv_dialect_for((enum trv_engine)engine);

			if (!schema->engines[engine] || trv__ddl_check_model(&model->description, dialect, &error) == 0)
				continue;
			fprintf(stderr, "%s:%u:%u: error: %s\n", model->position.file->path, model->position.line,
			        model->position.column, error.message);
			fits = false;
		}
	}
	return fits;
}

int command_load(struct schema *schema, const char *path, const char *const *include_paths)
{
	struct schema_options options = { .include_paths = include_paths };
	int r = schema_load(schema, path, &options);

	schema_report(schema, stderr);
	if (r == 0 && fits_engines(schema))
		return EXIT_DONE;
	/* Errors without a place, such as no memory, are in no diagnostic. */
	if (r < 0 && schema->error_count == 0)
		command_fail("%s: %s", path, trv_status_message(r));
	schema_release(schema);
	return EXIT_FINDINGS;
}

int command_add_path(struct command_paths *paths, const struct command *self, const char *path)
{
	if (paths->count == COMMAND_MAX_PATHS)
		return command_misuse(self, "more than %d include folders", COMMAND_MAX_PATHS);
	paths->paths[paths->count++] = path;
	return EXIT_DONE;
}

static int usage(FILE *out, int code)
{
	fputs("usage: trivet COMMAND [OPTION...] FILE...\n\n", out);
	for (size_t i = 0; i < TRV_COUNT_OF(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n`trivet COMMAND --help` tells a command's options, `trivet --version` the version.\n", out);
	return code;
}

/* What was written to a full disk or a closed pipe did not arrive. */
static int flushed(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	command_fail("cannot write the output");
	return code == EXIT_DONE ? EXIT_FINDINGS : code;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, EXIT_USAGE);
	if (strcmp(argv[1], "--version") == 0) {
		puts("trivet " TRV_VERSION);
		return flushed(EXIT_DONE);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return flushed(usage(stdout, EXIT_DONE));
	for (size_t i = 0; i < TRV_COUNT_OF(commands); i++)
		if (strcmp(argv[1], commands[i]->name) == 0)
			return flushed(commands[i]->run(commands[i], argc - 1, argv + 1));
	fprintf(stderr, "trivet: there is no command \"%s\"\n", argv[1]);
	return usage(stderr, EXIT_USAGE);
}
