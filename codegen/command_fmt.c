#include "command.h"

#include "model/buffer.h"
#include "output.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* All of a stream; false with a message. */
static bool read_all(FILE *in, const char *path, struct trv__buffer *text)
{
	char chunk[16384];
	size_t got;

	while ((got = fread(chunk, 1, sizeof(chunk), in)) > 0)
		trv__buffer_put_n(text, chunk, got);
	if (ferror(in)) {
		command_fail("%s: %s", path, strerror(errno));
		return false;
	}
	if (text->status < 0)
		command_fail("%s: %s", path, trv_status_message(text->status));
	return text->status == 0;
}

static bool read_file(const char *path, struct trv__buffer *text)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *in = standard ? stdin : fopen(path, "r");
	bool read;

	if (!in) {
		command_fail("%s: %s", path, strerror(errno));
		return false;
	}
	read = read_all(in, path, text);
	if (!standard)
		fclose(in);
	return read;
}

/* The errors of a file that cannot be formatted are told as `check` tells them. */
static int report(const char *path, const struct trv__buffer *text, int status)
{
	struct schema schema;

	if (status != TRV_ERR_VALUE)
		return command_fail("%s: %s", path, trv_status_message(status));
	if (schema_load_text(&schema, path, trv__buffer_get(text), text->size, NULL) < 0)
		schema_report(&schema, stderr);
	schema_release(&schema);
	return EXIT_FINDINGS;
}

static int write_back(const char *path, const char *data, size_t size)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int r;

	if (!folder)
		return command_fail("%s: out of memory", path);
	r = output_write(folder, slash ? slash + 1 : path, data, size);
	free(folder);
	return r < 0 ? command_fail("%s: %s", path, strerror(errno)) : EXIT_DONE;
}

static int put_formatted(const char *path, const struct trv__buffer *text, const char *data, size_t size, bool check)
{
	bool same = size == text->size && memcmp(data, trv__buffer_get(text), size) == 0;

	if (check)
		return same ? EXIT_DONE : command_fail("%s is not formatted: run trivet fmt", path);
	if (strcmp(path, "-") == 0) {
		fwrite(data, 1, size, stdout);
		return EXIT_DONE;
	}
	return same ? EXIT_DONE : write_back(path, data, size);
}

static int format_file(const char *path, bool check)
{
	struct trv_arena arena;
	struct trv__buffer text;
	char *data;
	size_t size;
	int code = EXIT_FINDINGS;

	trv_arena_init(&arena, NULL, 0);
	trv__buffer_init(&text, NULL);
	if (read_file(path, &text)) {
		int r = schema_format(&arena, trv__buffer_get(&text), text.size, &data, &size);

		code = r < 0 ? report(path, &text, r) : put_formatted(path, &text, data, size, check);
	}
	trv__buffer_release(&text);
	trv_arena_release(&arena);
	return code;
}

static int run(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "check", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool check = false;
	int code = EXIT_DONE, option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h')
			return command_help(self);
		if (option == '?')
			return command_misuse(self, "the options are not understood");
		check = true;
	}
	if (optind == argc)
		return command_misuse(self, "no file is named; - is the standard input");
	for (int i = optind; i < argc; i++)
		if (format_file(argv[i], check) != EXIT_DONE)
			code = EXIT_FINDINGS;
	return code;
}

const struct command command_fmt = {
	.name = "fmt",
	.arguments = "[--check] FILE...",
	.summary = "lay schema files out in the one way, keeping their comments",
	.help = "  --check   write nothing; exit 1 and name the files that are laid out otherwise\n"
		"  A FILE of - is read from the standard input and written to the standard output.\n",
	.run = run,
};
