#include "command.h"

#include <getopt.h>

static const char *const features[TRV_FEATURE_COUNT] = {
	[TRV_FEATURE_INSERT_RETURNING] = "insert returning",
	[TRV_FEATURE_UPDATE_RETURNING] = "update returning",
	[TRV_FEATURE_DELETE_RETURNING] = "delete returning",
	[TRV_FEATURE_PARTIAL_INDEX] = "partial index",
	[TRV_FEATURE_EXPRESSION_INDEX] = "expression index",
	[TRV_FEATURE_COVERING_INDEX] = "covering index",
	[TRV_FEATURE_GENERATED_STORED] = "generated column, stored",
	[TRV_FEATURE_GENERATED_VIRTUAL] = "generated column, virtual",
	[TRV_FEATURE_ON_UPDATE_NOW] = "on update now",
	[TRV_FEATURE_DEFERRABLE] = "deferrable foreign key",
	[TRV_FEATURE_TRANSACTIONAL_DDL] = "transactional ddl",
	[TRV_FEATURE_LOCK_ROWS] = "row locks",
	[TRV_FEATURE_DESCENDING_INDEX] = "descending index",
	[TRV_FEATURE_UUID] = "uuid",
	[TRV_FEATURE_DECIMAL] = "decimal",
	[TRV_FEATURE_JSON] = "json",
	[TRV_FEATURE_NOT_FINITE] = "NaN and infinities",
};

static const char *const levels[] = { "refused", "emulated", "native" };

static void print_features(void)
{
	const struct trv_dialect *dialects[TRV_ENGINE_COUNT];

	printf("%-28s", "");
	for (int engine = TRV_ENGINE_SQLITE; engine < TRV_ENGINE_COUNT; engine++) {
		dialects[engine] = trv_dialect_for((enum trv_engine)engine);
		printf("%-12s", dialects[engine]->name);
	}
	putchar('\n');
	for (int feature = 0; feature < TRV_FEATURE_COUNT; feature++) {
		printf("%-28s", features[feature]);
		for (int engine = TRV_ENGINE_SQLITE; engine < TRV_ENGINE_COUNT; engine++)
			printf("%-12s", levels[dialects[engine]->features[feature].level]);
		putchar('\n');
		for (int engine = TRV_ENGINE_SQLITE; engine < TRV_ENGINE_COUNT; engine++)
			if (dialects[engine]->features[feature].note)
				printf("    %s: %s\n", dialects[engine]->name,
				       dialects[engine]->features[feature].note);
	}
}

static int check_file(const char *path, const char *const *include_paths)
{
	struct schema schema;
	int code = command_load(&schema, path, include_paths);

	if (code == EXIT_DONE)
		schema_release(&schema);
	return code;
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
	if (optind == argc && !show_features)
		return command_misuse(self, "no file is named");
	if (show_features)
		print_features();
	for (int i = optind; i < argc; i++)
		if (check_file(argv[i], paths.paths) != EXIT_DONE)
			code = EXIT_FINDINGS;
	return code;
}

const struct command command_check = {
	.name = "check",
	.arguments = "[--features] [-I DIR]... FILE...",
	.summary = "check schema files and what they include",
	.help = "  --features   what each engine has: native, emulated or refused\n"
		"  -I DIR       search DIR for included files\n",
	.run = run,
};
