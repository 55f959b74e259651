#include "command.h"

#include <getopt.h>

static int check_file(const char *path, const char *const *include_paths, bool show_features)
{
	struct schema schema;
	int code = command_load(&schema, path, include_paths);

	if (code != EXIT_DONE)
		return code;
	if (show_features)
		schema_features(&schema, stdout);
	schema_release(&schema);
	return EXIT_DONE;
}

static int run(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "features", no_argument, NULL, 'f' },
		{ "include", required_argument, NULL, 'I' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct command_paths paths = { .count = 0 };
	bool show_features = false;
	int code = EXIT_DONE, option;

	while ((option = getopt_long(argc, argv, "I:h", options, NULL)) != -1) {
		if (option == 'h')
			return command_help(self);
		if (option == '?')
			return command_misuse(self, "the options are not understood");
		if (option == 'f')
			show_features = true;
		if (option == 'I' && command_add_path(&paths, self, optarg) != EXIT_DONE)
			return EXIT_USAGE;
	}
	if (optind == argc)
		return command_misuse(self, "no file is named");
	for (int i = optind; i < argc; i++)
		if (check_file(argv[i], paths.paths, show_features) != EXIT_DONE)
			code = EXIT_FINDINGS;
	return code;
}

const struct command command_check = {
	.name = "check",
	.arguments = "[--features] [-I DIR]... FILE...",
	.summary = "check schema files and what they include",
	.help = "  --features   tell what each engine makes of what a schema uses: native, emulated or refused\n"
		"  -I DIR       search DIR for included files\n",
	.run = run,
};
