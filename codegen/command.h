/*
 * The `trivet` command: one row for each subcommand. Every one gets its own arguments
 * with its name in argv[0] and gives an exit code.
 */
#ifndef TRIVET_CODEGEN_COMMAND_H
#define TRIVET_CODEGEN_COMMAND_H

#include "schema.h"

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FINDINGS = 1, /* errors in a schema, stale or unformatted files, files that cannot be written */
	EXIT_USAGE = 2,
};

struct command {
	const char *name;
	const char *arguments; /* in the usage line */
	const char *summary; /* in the list of commands */
	const char *help; /* the options, a line each */
	int (*run)(const struct command *self, int argc, char **argv);
};

extern const struct command command_check;
extern const struct command command_fmt;
extern const struct command command_generate;
extern const struct command command_ddl;
extern const struct command command_top;

/* Says how the command is used: on stdout for --help, on stderr after a mistake. */
int command_help(const struct command *self);
int command_misuse(const struct command *self, const char *format, ...) TRV_PRINTF(2, 3);

/* "trivet: ..." on stderr; EXIT_FINDINGS. */
int command_fail(const char *format, ...) TRV_PRINTF(1, 2);

/* Loads a schema and reports its diagnostics. `schema` must be released if it returns EXIT_DONE. */
int command_load(struct schema *schema, const char *path, const char *const *include_paths);

/* The -I options of one command line, ending in NULL. */
#define COMMAND_MAX_PATHS 64
struct command_paths {
	const char *paths[COMMAND_MAX_PATHS + 1];
	size_t count;
};
int command_add_path(struct command_paths *paths, const struct command *self, const char *path);

#endif
