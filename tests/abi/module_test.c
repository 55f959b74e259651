/* Loading modules: those that are in order, and everything that must not be loaded. */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <trivet/module.h>
#include <trivet/trivet.h>
#include <unistd.h>

#define PATH 256

/* --- folders and files ------------------------------------------------------------------------------ */

static const char *format(const char *first, const char *second)
{
	static char paths[8][PATH];
	static unsigned next;
	char path[PATH]; /* `first` may be one of them */

	REQUIRE(snprintf(path, PATH, "%s/%s", first, second) < PATH);
	return strcpy(paths[next++ % 8], path);
}

static const char *folder_in(const char *parent, const char *name)
{
	const char *path = format(parent, name);

	REQUIRE(mkdir(path, 0700) == 0);
	return path;
}

static void copy_file(const char *from, const char *to)
{
	int source = open(from, O_RDONLY | O_CLOEXEC), target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	char bytes[65536];
	ssize_t size;

	REQUIRE(source >= 0 && target >= 0);
	while ((size = read(source, bytes, sizeof(bytes))) > 0)
		REQUIRE(write(target, bytes, (size_t)size) == size);
	close(source);
	close(target);
}

/* The module that was built as module-NAME.so, in that folder, under the same name. */
static const char *place(const char *folder, const char *name)
{
	bool sqlite = strcmp(name, "sqlite") == 0;
	char file[80];

	snprintf(file, sizeof(file), "module-%s.so", name);
	const char *path = format(folder, file);
	copy_file(sqlite ? getenv("TEST_MODULE_SQLITE") : format(getenv("TEST_MODULES"), file), path);
	return path;
}

static size_t open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	REQUIRE(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void check_refused(int expected, const char *folder, const char *name, const char *why)
{
	const struct trv_driver *driver = NULL;
	struct trv_error error = { 0 };
	size_t before = open_descriptors();

	CHECK_STATUS(trv_module_driver(&driver, folder, name, &error), expected);
	CHECK_CONTAINS(error.message, why);
	CHECK(error.hint[0] != '\0');
	CHECK(driver == NULL);
	CHECK_INT(open_descriptors(), before);
}

/* --- loading ----------------------------------------------------------------------------------------- */

TEST(module, a_driver_is_loaded_and_used)
{
	const char *folder = test_temporary_folder();
	const struct trv_driver *driver = NULL;
	struct trv_error error = { 0 };
	struct trv_session *s = NULL;
	struct trv_db *db = NULL;
	struct trv_value value;

	place(folder, "sqlite");
	REQUIRE_OK(trv_module_driver(&driver, folder, "sqlite", &error), &error);
	CHECK(driver != trv_driver_for_url("sqlite:"));
	CHECK_STR(driver->name, "sqlite");
	REQUIRE_OK(trv_open(&db, &(struct trv_options) { .url = "sqlite::memory:", .driver = driver }, &error), &error);
	REQUIRE_OK(trv_session_open(db, &s, &error), &error);
	REQUIRE_OK(trv_sql_value(s, &value, TRV_INT64, "SELECT 40 + 2", NULL, 0), trv_error(s));
	CHECK_INT(value.as.integer, 42);
	trv_session_close(s);
	trv_close(db);
}

TEST(module, loading_it_again_gives_the_same)
{
	const char *folder = test_temporary_folder();
	const struct trv_driver *first = NULL, *second = NULL;
	struct trv_error error = { 0 };
	size_t before = open_descriptors();

	place(folder, "sqlite");
	REQUIRE_OK(trv_module_driver(&first, folder, "sqlite", &error), &error);
	REQUIRE_OK(trv_module_driver(&second, folder, "sqlite", &error), &error);
	CHECK(first == second);
	CHECK_INT(open_descriptors(), before);
}

TEST(module, different_files_are_different_modules_whatever_descriptor_they_had)
{
	const char *folder = test_temporary_folder();
	const struct trv_plugin *one = NULL, *two = NULL;
	struct trv_error error = { 0 };

	place(folder, "one");
	place(folder, "two");
	REQUIRE_OK(trv_module_plugin(&one, folder, "one", &error), &error);
	check_refused(TRV_ERR_ABI, folder, "one", "is no driver");
	REQUIRE_OK(trv_module_plugin(&two, folder, "two", &error), &error);
	CHECK_STR(one->name, "one");
	CHECK_STR(two->name, "two");
}

TEST(module, a_file_that_took_the_place_of_a_loaded_one_is_loaded_for_itself)
{
	const char *folder = test_temporary_folder();
	const struct trv_plugin *one = NULL, *two = NULL;
	struct trv_error error = { 0 };
	const char *path = place(folder, "one");

	REQUIRE_OK(trv_module_plugin(&one, folder, "one", &error), &error);
	REQUIRE(rename(place(folder, "two"), path) == 0);
	REQUIRE_OK(trv_module_plugin(&two, folder, "one", &error), &error);
	CHECK_STR(one->name, "one");
	CHECK_STR(two->name, "two");
}

/* In a process of its own, for it takes all the places. Gives what the first refusal says. */
static int load_too_many(const char *folder, struct trv_error *error)
{
	const struct trv_plugin *plugin = NULL;
	char name[32];
	int r = 0;

	for (int i = 0; i <= TRV_MAX_MODULES && r == 0; i++) {
		snprintf(name, sizeof(name), "copy%d", i);
		snprintf(error->column, sizeof(error->column), "module-%s.so", name);
		copy_file(format(getenv("TEST_MODULES"), "module-one.so"), format(folder, error->column));
		r = trv_module_plugin(&plugin, folder, name, error);
	}
	return r;
}

TEST(module, a_process_has_room_for_so_many_and_says_so)
{
	const char *folder = test_temporary_folder();
	struct trv_error error = { 0 };
	pid_t child = fork();
	int status = -1;

	REQUIRE(child >= 0);
	if (child == 0) {
		bool refused = load_too_many(folder, &error) == TRV_ERR_LIMIT;

		_exit(refused && strstr(error.message, "more than a process may load") ? 0 : 1);
	}
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK_INT(status, 0);
}

/* --- names and folders -------------------------------------------------------------------------------- */

TEST(module, names_that_are_paths_are_refused)
{
	static const char *const names[] = { "",          "..", "../sqlite", "a/b",      "/etc/passwd", "a.b",
		                             "sqlite.so", " ",  "a\nb",      "%n%n%n%n", "é",           "a\\b" };
	const char *folder = test_temporary_folder();
	char name[128];

	for (size_t i = 0; i < TRV_COUNT_OF(names); i++)
		check_refused(TRV_ERR_VALUE, folder, names[i], "is no name of a module");
	check_refused(TRV_ERR_VALUE, folder, NULL, "is no name of a module");
	memset(name, 'a', sizeof(name));
	name[65] = '\0';
	check_refused(TRV_ERR_VALUE, folder, name, "is no name of a module");
	name[64] = '\0';
	check_refused(TRV_ERR_IO, folder, name, "cannot be opened");
}

TEST(module, folders_that_are_not_told_from_the_root_are_refused)
{
	const char *folder = test_temporary_folder();

	place(folder, "sqlite");
	check_refused(TRV_ERR_VALUE, "modules", "sqlite", "is not absolute");
	check_refused(TRV_ERR_VALUE, ".", "sqlite", "is not absolute");
	check_refused(TRV_ERR_VALUE, "", "sqlite", "is not absolute");
	check_refused(TRV_ERR_VALUE, NULL, "sqlite", "is not absolute");
	check_refused(TRV_ERR_VALUE, format(folder_in(folder, "a"), ".."), "sqlite", "goes up with '..'");
}

TEST(module, what_is_not_there_is_an_error_that_names_it)
{
	const char *folder = test_temporary_folder();

	check_refused(TRV_ERR_IO, folder, "nothing", "module-nothing.so");
	check_refused(TRV_ERR_IO, format(folder, "nowhere"), "sqlite", "folder 'nowhere'");
}

TEST(module, symbolic_links_are_refused)
{
	const char *folder = test_temporary_folder();
	const char *real = folder_in(folder, "real");
	const char *inner = folder_in(real, "inner");
	const char *path = place(inner, "sqlite");

	REQUIRE(symlink(path, format(folder, "module-sqlite.so")) == 0);
	check_refused(TRV_ERR_PERMISSION, folder, "sqlite", "symbolic link");
	REQUIRE(symlink(inner, format(folder, "link")) == 0);
	check_refused(TRV_ERR_PERMISSION, format(folder, "link"), "sqlite", "symbolic link");
	REQUIRE(symlink(real, format(folder, "above")) == 0);
	check_refused(TRV_ERR_PERMISSION, format(folder, "above/inner"), "sqlite", "symbolic link");
}

TEST(module, what_is_no_regular_file_is_refused)
{
	const char *folder = test_temporary_folder();

	folder_in(folder, "module-folder.so");
	check_refused(TRV_ERR_PERMISSION, folder, "folder", "not a regular file");
	REQUIRE(mkfifo(format(folder, "module-pipe.so"), 0600) == 0);
	check_refused(TRV_ERR_PERMISSION, folder, "pipe", "not a regular file");
}

/* --- who may write ------------------------------------------------------------------------------------ */

TEST(module, files_that_others_may_write_are_refused)
{
	const char *folder = test_temporary_folder();
	const char *path = place(folder, "sqlite");

	REQUIRE(chmod(path, 0720) == 0);
	check_refused(TRV_ERR_PERMISSION, folder, "sqlite", "the file may be written by others");
	REQUIRE(chmod(path, 0702) == 0);
	check_refused(TRV_ERR_PERMISSION, folder, "sqlite", "the file may be written by others");
	/* what is harmless in a folder is none the less wrong with a file */
	REQUIRE(chmod(path, 01722) == 0);
	check_refused(TRV_ERR_PERMISSION, folder, "sqlite", "the file may be written by others");
}

TEST(module, folders_that_others_may_write_are_refused)
{
	static const mode_t modes[] = { 0720, 0702, 0777, 01777 };
	const char *folder = test_temporary_folder();
	const char *inner = folder_in(folder, "inner");

	place(inner, "sqlite");
	for (size_t i = 0; i < TRV_COUNT_OF(modes); i++) {
		REQUIRE(chmod(inner, modes[i]) == 0);
		check_refused(TRV_ERR_PERMISSION, inner, "sqlite", "folder 'inner' may be written by others");
	}
}

TEST(module, folders_above_that_others_may_write_are_refused_unless_only_owners_rename_there)
{
	const struct trv_driver *driver = NULL;
	const char *folder = test_temporary_folder();
	const char *above = folder_in(folder, "above"), *inner = folder_in(above, "inner");
	struct trv_error error = { 0 };

	place(inner, "sqlite");
	REQUIRE(chmod(above, 0777) == 0);
	check_refused(TRV_ERR_PERMISSION, inner, "sqlite", "folder 'above' may be written by others");
	REQUIRE(chmod(above, 01777) == 0);
	CHECK_OK(trv_module_driver(&driver, inner, "sqlite", &error), &error);
}

TEST(module, files_and_folders_of_another_user_are_refused)
{
	const char *folder = test_temporary_folder();
	const char *above = folder_in(folder, "above"), *inner = folder_in(above, "inner");
	const char *path = place(inner, "sqlite");

	if (geteuid() != 0)
		SKIP("only root can give files to another user");
	REQUIRE(chown(path, 65534, (gid_t)-1) == 0);
	check_refused(TRV_ERR_PERMISSION, inner, "sqlite", "the file belongs to user 65534");
	REQUIRE(chown(path, 0, (gid_t)-1) == 0);
	REQUIRE(chown(inner, 65534, (gid_t)-1) == 0);
	check_refused(TRV_ERR_PERMISSION, inner, "sqlite", "folder 'inner' belongs to user 65534");
	REQUIRE(chown(inner, 0, (gid_t)-1) == 0);
	REQUIRE(chown(above, 65534, (gid_t)-1) == 0);
	check_refused(TRV_ERR_PERMISSION, inner, "sqlite", "folder 'above' belongs to user 65534");
	REQUIRE(chown(above, 0, (gid_t)-1) == 0);
}

/* --- what is in it -------------------------------------------------------------------------------------- */

TEST(module, what_is_no_module_of_ours_is_refused)
{
	static const struct {
		const char *name;
		int status;
		const char *why;
	} cases[] = {
		{ "another-abi", TRV_ERR_ABI, "built for driver ABI 2, this is 1" },
		{ "another-size", TRV_ERR_ABI, "the largest known here" },
		{ "lacks-operation", TRV_ERR_ABI, "driver 'bad' lacks 'connect'" },
		{ "no-symbol", TRV_ERR_ABI, "is no driver" },
		{ "a-function", TRV_ERR_ABI, "something else under the name" },
		{ "too-small", TRV_ERR_ABI, "something else under the name" },
		{ "nothing", TRV_ERR_ABI, "names nothing" },
		{ "unresolved", TRV_ERR_IO, "cannot be loaded" },
		{ "plugin-abi", TRV_ERR_ABI, "is no driver" },
	};
	const char *folder = test_temporary_folder();
	char file[PATH];

	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		place(folder, cases[i].name);
		check_refused(cases[i].status, folder, cases[i].name, cases[i].why);
		snprintf(file, sizeof(file), "module-%s.so", cases[i].name);
		check_refused(cases[i].status, folder, cases[i].name, file);
	}
}

TEST(module, a_process_may_be_refused_as_often_as_it_likes)
{
	const char *folder = test_temporary_folder();

	place(folder, "no-symbol");
	for (int i = 0; i < 2 * TRV_MAX_MODULES; i++)
		check_refused(TRV_ERR_ABI, folder, "no-symbol", "is no driver");
}

TEST(module, plugins_of_another_abi_or_size_are_refused)
{
	const char *folder = test_temporary_folder();
	const struct trv_plugin *plugin = NULL;
	struct trv_error error = { 0 };

	place(folder, "plugin-abi");
	place(folder, "plugin-size");
	CHECK_STATUS(trv_module_plugin(&plugin, folder, "plugin-abi", &error), TRV_ERR_ABI);
	CHECK_CONTAINS(error.message, "plugin ABI 2, this is 1");
	CHECK_STATUS(trv_module_plugin(&plugin, folder, "plugin-size", &error), TRV_ERR_ABI);
	CHECK_CONTAINS(error.message, "module-plugin-size.so': plugin 'bad' has");
	CHECK_CONTAINS(error.hint, "build the plugin again");
	CHECK(plugin == NULL);
}

TEST(module, a_file_that_is_no_shared_object_is_an_error_with_what_the_linker_says)
{
	const char *folder = test_temporary_folder();
	const struct trv_driver *driver = NULL;
	struct trv_error error = { 0 };
	FILE *file = fopen(format(folder, "module-text.so"), "w");

	REQUIRE(file);
	for (int i = 0; i < 100; i++)
		fputs("there is nothing to load\n", file);
	fclose(file);
	CHECK_STATUS(trv_module_driver(&driver, folder, "text", &error), TRV_ERR_IO);
	CHECK_CONTAINS(error.message, "module-text.so");
	CHECK_CONTAINS(error.detail, "ELF");
}

/* --- between check and use ------------------------------------------------------------------------------ */

struct swap {
	char good[PATH], evil[PATH], name[PATH], next[PATH];
	atomic_bool stop;
};

/* Puts a module that is in order and a link to one that is not under one name in turn. */
static void *swap_files(void *argument)
{
	struct swap *swap = argument;

	while (!swap->stop) {
		if (link(swap->good, swap->next) == 0)
			rename(swap->next, swap->name); /* which leaves it when both are the same file */
		unlink(swap->next);
		if (symlink(swap->evil, swap->next) == 0)
			rename(swap->next, swap->name);
	}
	return NULL;
}

TEST(module, the_file_that_was_checked_is_the_one_that_is_loaded)
{
	const char *folder = test_temporary_folder(), *unsafe = folder_in(folder, "unsafe");
	const struct trv_plugin *plugin = NULL;
	struct trv_error error = { 0 };
	struct swap swap = { .stop = false };
	size_t loaded = 0, refused = 0;
	uint64_t until = trv_monotonic() + UINT64_C(10000000000);
	pthread_t thread;

	snprintf(swap.good, sizeof(swap.good), "%s", place(folder, "one"));
	snprintf(swap.evil, sizeof(swap.evil), "%s", place(unsafe, "evil"));
	REQUIRE(chmod(unsafe, 0777) == 0);
	snprintf(swap.name, sizeof(swap.name), "%s/module-swapped.so", folder);
	snprintf(swap.next, sizeof(swap.next), "%s/next", folder);
	REQUIRE(link(swap.good, swap.name) == 0);
	REQUIRE(pthread_create(&thread, NULL, swap_files, &swap) == 0);
	while ((loaded < 200 || refused < 200) && trv_monotonic() < until) {
		int r = trv_module_plugin(&plugin, folder, "swapped", &error);

		loaded += r == 0;
		refused += r == TRV_ERR_PERMISSION;
		if (r < 0 && r != TRV_ERR_PERMISSION)
			CHECK_OK(r, &error);
	}
	swap.stop = true;
	pthread_join(thread, NULL);
	CHECK(loaded > 0);
	CHECK(refused > 0);
	CHECK(getenv("TRIVET_TEST_EVIL") == NULL);

	/* and the evil one would have done it */
	REQUIRE(chmod(unsafe, 0700) == 0);
	CHECK_STATUS(trv_module_plugin(&plugin, unsafe, "evil", &error), TRV_ERR_ABI);
	CHECK_STR(getenv("TRIVET_TEST_EVIL"), "ran");
}

/* --- plugins ------------------------------------------------------------------------------------------------ */

static void load_plugins(struct trv_options *options, const char *folder)
{
	static const char *const names[] = { "three", "one", "two" };
	struct trv_error error = { 0 };

	for (size_t i = 0; i < TRV_COUNT_OF(names); i++) {
		place(folder, names[i]);
		REQUIRE_OK(trv_module_plugin(&options->plugins[i], folder, names[i], &error), &error);
	}
}

static void check_notes(struct trv_options *options, const char *fails, const char *notes)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;

	unsetenv("TRIVET_TEST_NOTES");
	setenv("TRIVET_TEST_FAIL", fails, 1);
	if (!*fails) {
		REQUIRE_OK(trv_open(&db, options, &error), &error);
	} else {
		CHECK_STATUS(trv_open(&db, options, &error), TRV_ERR_UNSUPPORTED);
		CHECK_CONTAINS(error.message, fails);
		CHECK(db == NULL);
	}
	trv_close(db);
	CHECK_STR(getenv("TRIVET_TEST_NOTES"), notes);
}

TEST(module, plugins_start_in_the_order_of_their_needs_and_unwind_when_one_fails)
{
	struct trv_options options = { .url = "sqlite::memory:" };

	load_plugins(&options, test_temporary_folder());
	check_notes(&options, "", "+one +two +three -three -two -one ");
	check_notes(&options, "one", NULL);
	check_notes(&options, "two", "+one -one ");
	check_notes(&options, "three", "+one +two -two -one ");
	check_notes(&options, "", "+one +two +three -three -two -one ");
}

static const struct trv_foreign_key *key_to(const struct trv_model *model, const char *target)
{
	for (uint16_t i = 0; i < model->foreign_key_count; i++)
		if (strcmp(model->foreign_keys[i].target_name, target) == 0)
			return &model->foreign_keys[i];
	return NULL;
}

TEST(module, models_of_a_plugin_refer_to_those_of_the_plugins_that_it_needs)
{
	const char *folder = test_temporary_folder();
	struct trv_options options = { .url = "sqlite::memory:" };
	struct trv_error error = { 0 };
	struct trv_session *s = NULL;
	struct trv_db *db = NULL;

	if (access(format(getenv("TEST_MODULES"), "module-task.so"), R_OK) != 0)
		SKIP("the plugins are not built");
	place(folder, "project");
	place(folder, "task");
	REQUIRE_OK(trv_module_plugin(&options.plugins[0], folder, "project", &error), &error);
	REQUIRE_OK(trv_module_plugin(&options.plugins[1], folder, "task", &error), &error);
	REQUIRE_OK(trv_open(&db, &options, &error), &error);
	REQUIRE_OK(trv_session_open(db, &s, &error), &error);
	REQUIRE_OK(trv_schema_create(s), trv_error(s));
	const struct trv_model *task = trv_registry_find(trv_db_registry(db), "task");
	REQUIRE(task && key_to(task, "project"));
	CHECK(key_to(task, "project")->target == trv_registry_find(trv_db_registry(db), "project"));
	trv_session_close(s);
	trv_close(db);
}
