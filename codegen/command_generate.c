#include "command.h"

#include "emit.h"
#include "output.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct generate {
	const struct command *self;
	const char *folder;
	const char *depfile;
	bool check; /* compare only */
	struct command_paths paths;
	struct trv__buffer rules; /* of the depfile */
	struct trv__buffer bases; /* of the files so far, "/task/project/" */
};

/* As make reads a file name. */
static void put_make_name(struct trv__buffer *out, const char *name)
{
	for (const char *at = name; *at; at++) {
		if (*at == '$')
			trv__buffer_put(out, "$");
		else if (strchr(" #\\:", *at))
			trv__buffer_put(out, "\\");
		trv__buffer_put_n(out, at, 1);
	}
}

static void put_rule(struct generate *generate, const struct schema *schema)
{
	static const char *const suffixes[] = { ".trv.h ", ".trv.c:" };
	struct trv__buffer *out = &generate->rules;

	for (size_t i = 0; i < TRV_COUNT_OF(suffixes); i++) {
		put_make_name(out, generate->folder);
		trv__buffer_format(out, "/%s%s", schema->files[0]->base, suffixes[i]);
	}
	for (size_t i = 0; i < schema->file_count; i++) {
		trv__buffer_put(out, " \\\n ");
		put_make_name(out, schema->files[i]->path);
	}
	trv__buffer_put(out, "\n");
}

static int put_file(const struct generate *generate, const char *name, const struct trv__buffer *text)
{
	if (text->status < 0)
		return command_fail("%s: %s", name, trv_status_message(text->status));
	if (generate->check) {
		if (output_is_current(generate->folder, name, trv__buffer_get(text), text->size))
			return EXIT_DONE;
		return command_fail("%s/%s is not what the schema says: run trivet generate", generate->folder, name);
	}
	if (output_write(generate->folder, name, trv__buffer_get(text), text->size) < 0)
		return command_fail("%s/%s: %s", generate->folder, name, strerror(errno));
	return EXIT_DONE;
}

static int emit_files(struct generate *generate, const struct schema *schema)
{
	static const struct {
		const char *suffix;
		void (*emit)(const struct emit *emit);
	} files[] = { { ".trv.h", emit_header }, { ".trv.c", emit_source } };
	int code = EXIT_DONE;

	for (size_t i = 0; i < TRV_COUNT_OF(files); i++) {
		struct trv__buffer text;
		char name[300];

		trv__buffer_init(&text, NULL);
		files[i].emit(&(struct emit) { schema, schema->files[0], &text });
		if (snprintf(name, sizeof(name), "%s%s", schema->files[0]->base, files[i].suffix) >= (int)sizeof(name))
			text.status = TRV_ERR_LIMIT;
		if (put_file(generate, name, &text) != EXIT_DONE)
			code = EXIT_FINDINGS;
		trv__buffer_release(&text);
	}
	return code;
}

/* Two files of the same name would write over each other. */
static bool is_new(struct generate *generate, const char *base)
{
	struct trv__buffer key;
	bool found;

	trv__buffer_init(&key, NULL);
	trv__buffer_format(&key, "/%s/", base);
	found = strstr(trv__buffer_get(&generate->bases), trv__buffer_get(&key)) != NULL;
	if (!found)
		trv__buffer_put(&generate->bases, trv__buffer_get(&key));
	trv__buffer_release(&key);
	return !found;
}

static int generate_file(struct generate *generate, const char *path)
{
	struct schema schema;
	int code = command_load(&schema, path, generate->paths.paths);

	if (code != EXIT_DONE)
		return code;
	if (is_new(generate, schema.files[0]->base)) {
		code = emit_files(generate, &schema);
		put_rule(generate, &schema);
	} else {
		code = command_fail("%s: there are two files \"%s.trv\"", path, schema.files[0]->base);
	}
	schema_release(&schema);
	return code;
}

static int write_depfile(const struct generate *generate)
{
	const struct trv__buffer *rules = &generate->rules;
	FILE *file;

	if (rules->status < 0)
		return command_fail("%s: %s", generate->depfile, trv_status_message(rules->status));
	file = fopen(generate->depfile, "w");
	if (!file)
		return command_fail("%s: %s", generate->depfile, strerror(errno));
	fwrite(trv__buffer_get(rules), 1, rules->size, file);
	if (fclose(file) != 0)
		return command_fail("%s: %s", generate->depfile, strerror(errno));
	return EXIT_DONE;
}

/* EXIT_DONE to go on; else what to end with, --help included (-1). */
static int read_options(struct generate *generate, int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' }, { "depfile", required_argument, NULL, 'd' },
		{ "check", no_argument, NULL, 'c' },        { "include", required_argument, NULL, 'I' },
		{ "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "o:I:h", options, NULL)) != -1) {
		if (option == 'h')
			return -1;
		if (option == '?')
			return command_misuse(generate->self, "the options are not understood");
		if (option == 'o')
			generate->folder = optarg;
		if (option == 'd')
			generate->depfile = optarg;
		if (option == 'c')
			generate->check = true;
		if (option == 'I' && command_add_path(&generate->paths, generate->self, optarg) != EXIT_DONE)
			return EXIT_USAGE;
	}
	if (!generate->folder)
		return command_misuse(generate->self, "where to? name a folder with -o");
	if (optind == argc)
		return command_misuse(generate->self, "no file is named");
	return EXIT_DONE;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct generate generate = { .self = self };
	int code = read_options(&generate, argc, argv);

	if (code != EXIT_DONE)
		return code < 0 ? command_help(self) : code;
	trv__buffer_init(&generate.rules, NULL);
	trv__buffer_init(&generate.bases, NULL);
	for (int i = optind; i < argc; i++)
		if (generate_file(&generate, argv[i]) != EXIT_DONE)
			code = EXIT_FINDINGS;
	if (code == EXIT_DONE && generate.depfile && !generate.check)
		code = write_depfile(&generate);
	trv__buffer_release(&generate.rules);
	trv__buffer_release(&generate.bases);
	return code;
}

const struct command command_generate = {
	.name = "generate",
	.arguments = "-o DIR [--depfile FILE] [--check] [-I DIR]... FILE...",
	.summary = "write a C header and source for each schema file",
	.help = "  -o DIR           the folder, which must exist\n"
		"  --depfile FILE   write which files the output depends on, for make and ninja\n"
		"  --check          write nothing; exit 1 and name the files that are not up to date\n"
		"  -I DIR           search DIR for included files\n",
	.run = run,
};
