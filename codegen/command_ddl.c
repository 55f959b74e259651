#include "command.h"

#include <getopt.h>
#include <trivet/ddl.h>

static int print_statement(const char *statement, void *argument)
{
	(void)argument;
	return printf("%s;\n", statement) < 0 ? TRV_ERR_IO : 0;
}

static int print_ddl(const struct schema *schema, const struct trv_dialect *dialect)
{
	struct trv_registry *registry;
	struct trv_error error = { 0 };
	int r = trv_registry_create(&registry, NULL);

	if (r < 0)
		return command_fail("%s", trv_status_message(r));
	for (size_t i = 0; r == 0 && i < schema->model_count; i++)
		r = trv_registry_add_model(registry, &schema->models[i]->description, &error);
	if (r == 0)
		r = trv_ddl_create(registry, dialect, print_statement, NULL, &error);
	trv_registry_destroy(registry);
	if (r < 0)
		return command_fail("%s", error.code ? error.message : trv_status_message(r));
	return EXIT_DONE;
}

static int ddl_of_file(const char *path, const struct trv_dialect *dialect, const char *const *include_paths)
{
	struct schema schema;
	int code = command_load(&schema, path, include_paths);

	if (code != EXIT_DONE)
		return code;
	code = print_ddl(&schema, dialect);
	schema_release(&schema);
	return code;
}

static int run(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "engine", required_argument, NULL, 'e' },
		{ "include", required_argument, NULL, 'I' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct command_paths paths = { .count = 0 };
	const struct trv_dialect *dialect = NULL;
	int code = EXIT_DONE, option;

	while ((option = getopt_long(argc, argv, "e:I:h", options, NULL)) != -1) {
		if (option == 'h')
			return command_help(self);
		if (option == '?')
			return command_misuse(self, "the options are not understood");
		if (option == 'e' && !(dialect = trv_dialect_named(optarg)))
			return command_misuse(self, "there is no engine \"%s\"", optarg);
		if (option == 'I' && command_add_path(&paths, self, optarg) != EXIT_DONE)
			return EXIT_USAGE;
	}
	if (!dialect)
		return command_misuse(self, "which engine? sqlite, postgresql or mariadb");
	if (optind == argc)
		return command_misuse(self, "no file is named");
	for (int i = optind; i < argc && code == EXIT_DONE; i++)
		code = ddl_of_file(argv[i], dialect, paths.paths);
	return code;
}

const struct command command_ddl = {
	.name = "ddl",
	.arguments = "--engine sqlite|postgresql|mariadb [-I DIR]... FILE...",
	.summary = "print the SQL that creates what a schema describes",
	.help = "  --engine E   for which engine\n"
		"  -I DIR       search DIR for included files\n",
	.run = run,
};
