/*
 * tracker: the packages of this Debian machine as projects, tasks and documents.
 */
#include "import.h"
#include "load.h"
#include "pages.h"

#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <trivet/plugin.h>
#include <unistd.h>

#include "document.h"
#include "task.h"
#include "tracker.trv.h"

struct options {
	const char *url;
	struct import_options import;
	struct page_options page;
	struct load_options load;
};

static const char usage[] =
	"usage: tracker [COMMAND] [OPTION]...\n"
	"\n"
	"  import   read the packages of this machine into an empty database\n"
	"  show     print what is there\n"
	"  load     keep the database busy, for `trivet top`; what it changes is the sizes of projects\n"
	"  demo     import and show, in a temporary database unless --url names one (the default)\n"
	"\n"
	"  --url URL        the database; import and show: sqlite:tracker.db\n"
	"  --status FILE    the package database (/var/lib/dpkg/status)\n"
	"  --docs DIR       the folder with the changelogs (/usr/share/doc)\n"
	"  --project NAME   what the project page and the tree are about\n"
	"  --search TEXT    what to look for in documents (memory leak)\n"
	"  --depth N        of the dependency tree (2)\n"
	"  --threads N      load: so many at once, 1 to 64 (10)\n"
	"  --seconds N      load: for so long; 0 is until it is interrupted (0)\n";

/* --- commands ------------------------------------------------------------------------------------ */

static void print_counts(const struct import_counts *counts, const struct report *report, const struct measure *cost)
{
	printf("Imported %zu packages, %zu people, %zu uploads, %zu closed bugs and %zu dependencies in %.1f s.\n",
	       counts->projects, counts->people, counts->uploads, counts->tasks, counts->dependencies,
	       (double)cost->microseconds / 1e6);
	if (counts->converted > 0)
		printf("%zu lines were Latin-1 and became UTF-8.\n", counts->converted);
	if (report->count > 0)
		printf("%zu bad records were reported and left out.\n", report->count);
}

static int import(struct trv_session *s, const struct options *options)
{
	struct progress progress;
	struct report report = { .out = stderr, .before = progress_clear, .argument = &progress };
	struct import_counts counts;
	struct measure cost = measure_begin(s);
	int r = trv_schema_create(s);

	if (r < 0)
		return r;
	progress_init(&progress, stdout);
	r = import_machine(s, &options->import, &counts, &progress, &report);
	if (r < 0)
		return r;
	measure_end(s, &cost);
	print_counts(&counts, &report, &cost);
	if (counts.changelogs == 0)
		printf("There are no changelogs in %s (container images leave them out): people, projects and\n"
		       "dependencies are from the package database alone; there is no history and there are no "
		       "tasks.\n",
		       options->import.documents);
	return 0;
}

static int show(struct trv_session *s, const struct options *options)
{
	const char *project = NULL;
	int r = page_people(s);

	if (r >= 0)
		r = page_choose_project(s, &options->page, &project);
	if (r >= 0)
		r = page_project(s, project);
	if (r >= 0)
		r = page_tree(s, project, options->page.depth);
	if (r >= 0)
		r = page_search(s, options->page.search);
	return r;
}

static int import_and_show(struct trv_session *s, const struct options *options)
{
	int r = import(s, options);

	return r < 0 ? r : show(s, options);
}

static int load(struct trv_session *s, const struct options *options)
{
	return load_run(s, &options->load);
}

static const struct command {
	const char *name;
	int (*run)(struct trv_session *s, const struct options *options);
	const char *url; /* NULL: a temporary database */
	unsigned connections; /* 0: the usual number */
} commands[] = {
	{ "demo", import_and_show, NULL, 0 }, /* the first is the default */
	{ "import", import, "sqlite:tracker.db", 0 },
	{ "show", show, "sqlite:tracker.db?mode=rw", 0 }, /* it makes no database */
	{ "load", load, "sqlite:tracker.db?mode=rw", 6 },
};

static void complain(const struct trv_error *error, int r)
{
	bool known = error->code == r;

	fprintf(stderr, "tracker: %s\n", known && *error->message ? error->message : trv_status_message(r));
	if (known && *error->detail)
		fprintf(stderr, "tracker: %s\n", error->detail);
	if (known && *error->hint)
		fprintf(stderr, "tracker: %s\n", error->hint);
}

static int run(const struct command *command, const struct options *options)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	struct trv_session *s = NULL;

	int r = trv_open(&db,
	                 &(struct trv_options) {
				 .url = options->url,
				 .models = &tracker_models,
				 .plugins = { &project_plugin, &task_plugin, &document_plugin },
				 .pool.size = command->connections,
			 },
	                 &error);
	if (r >= 0)
		r = trv_session_open(db, &s, &error);
	if (r >= 0)
		r = command->run(s, options);
	if (r < 0)
		complain(s ? trv_error(s) : &error, r);
	trv_session_close(s);
	trv_close(db);
	return r;
}

/* --- a temporary database -------------------------------------------------------------------------- */

static void remove_folder(const char *folder)
{
	static const char *const files[] = { "tracker.db", "tracker.db-wal", "tracker.db-shm" };
	char path[4096];

	for (size_t i = 0; i < TRV_COUNT_OF(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		unlink(path);
	}
	rmdir(folder);
}

static int run_temporary(const struct command *command, struct options *options)
{
	const char *parent = getenv("TMPDIR");
	char folder[2048];
	char url[sizeof(folder) + 32];

	snprintf(folder, sizeof(folder), "%s/tracker-XXXXXX", parent && *parent == '/' ? parent : "/tmp");
	if (!mkdtemp(folder)) {
		perror("tracker: cannot make a temporary folder");
		return TRV_ERR_IO;
	}
	snprintf(url, sizeof(url), "sqlite://%s/tracker.db", folder);
	options->url = url;
	int r = run(command, options);
	remove_folder(folder);
	return r;
}

/* --- the command line --------------------------------------------------------------------------------- */

static bool read_number(const char *text, unsigned least, unsigned most, uint32_t *number)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value < least || value > most)
		return false;
	*number = (uint32_t)value;
	return true;
}

/* 0; 1 when the program is done; 2 when the command line is wrong. */
static int read_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{ "url", required_argument, NULL, 'u' },     { "status", required_argument, NULL, 's' },
		{ "docs", required_argument, NULL, 'd' },    { "project", required_argument, NULL, 'p' },
		{ "search", required_argument, NULL, 't' },  { "depth", required_argument, NULL, 'n' },
		{ "threads", required_argument, NULL, 'w' }, { "seconds", required_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },          { 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return 1;
		}
		if (option == '?' || (option == 'n' && !read_number(optarg, 1, 100, &options->page.depth)) ||
		    (option == 'w' && !read_number(optarg, 1, 64, &options->load.threads)) ||
		    (option == 'e' && !read_number(optarg, 0, 86400, &options->load.seconds))) {
			fputs(usage, stderr);
			return 2;
		}
		if (option == 'u')
			options->url = optarg;
		else if (option == 's')
			options->import.status = optarg;
		else if (option == 'd')
			options->import.documents = optarg;
		else if (option == 'p')
			options->page.project = optarg;
		else if (option == 't')
			options->page.search = optarg;
	}
	return 0;
}

static const struct command *find_command(int argc, char **argv)
{
	if (optind == argc)
		return &commands[0];
	for (size_t i = 0; i < TRV_COUNT_OF(commands) && optind + 1 == argc; i++) {
		if (strcmp(argv[optind], commands[i].name) == 0)
			return &commands[i];
	}
	fputs(usage, stderr);
	return NULL;
}

int main(int argc, char **argv)
{
	struct options options = {
		.import = { .status = "/var/lib/dpkg/status", .documents = "/usr/share/doc" },
		.page = { .search = "memory leak", .depth = 2 },
		.load = { .threads = 10 },
	};

	setlocale(LC_ALL, "");
	int stop = read_options(argc, argv, &options);
	if (stop)
		return stop == 1 ? 0 : stop;

	const struct command *command = find_command(argc, argv);
	if (!command)
		return 2;
	if (!options.url)
		options.url = command->url;
	return (options.url ? run(command, &options) : run_temporary(command, &options)) < 0;
}
