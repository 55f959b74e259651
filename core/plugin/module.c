/* Loading a file that was checked, and what is in it. */
#include "plugin/module.h"

#include "plugin/host.h"
#include "pool/driver.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <trivet/module.h>
#include <unistd.h>

/*
 * What is loaded. The file is given to the linker as /proc/self/fd/N, so that it is the one
 * that was checked. The linker remembers that name and answers it with the same module
 * for as long as it is there, whatever N is by then: so a number is used only once.
 */
struct loaded {
	int number;
	dev_t device;
	ino_t file; /* cannot be used again while it is mapped */
	void *handle; /* never closed */
};

static struct loaded table[TRV_MAX_MODULES];
static size_t count;
/* Recursive, for code that runs while a module is loaded may load another one. */
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void *find_loaded(const struct stat *status)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].handle && table[i].device == status->st_dev && table[i].file == status->st_ino)
			return table[i].handle;
	return NULL;
}

static bool is_used(int number)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].number == number)
			return true;
	return false;
}

/* Moves the descriptor to a number that the linker has not seen. */
static int renumber(struct trv__module_file *file)
{
	while (is_used(file->descriptor)) {
		int other = fcntl(file->descriptor, F_DUPFD_CLOEXEC, file->descriptor + 1);

		if (other < 0)
			return other;
		close(file->descriptor);
		file->descriptor = other;
	}
	return 0;
}

static int fail(struct trv_error *error, int code, const char *path, const char *why, const char *hint)
{
	const char *engine = dlerror(); /* of what failed last; NULL when that was no call of the linker */

	trv_error_set(error, code, "module '%s' %s", path, why);
	if (engine)
		trv_error_detail(error, "%s", engine);
	trv_error_hint(error, "%s", hint);
	return code;
}

/* What a kind of module is: the symbol, and how what it points to is checked. */
struct kind {
	const char *symbol;
	const char *missing;
	int scope;
	int (*check)(const void *descriptor, struct trv_error *error);
};

/* The pointer that the module exports under the kind's name: it must be an object of a pointer's size. */
static int look_up(void *handle, const struct kind *kind, const char *path, const void **found, struct trv_error *error)
{
	void *address = dlsym(handle, kind->symbol);
	const ElfW(Sym) *entry = NULL;
	Dl_info info;

	if (!address)
		return fail(error, TRV_ERR_ABI, path, kind->missing,
		            "the module names what it is with TRV_DRIVER_MODULE or TRV_PLUGIN_MODULE");
	if (!dladdr1(address, &info, (void **)&entry, RTLD_DL_SYMENT) || !entry ||
	    ELF64_ST_TYPE(entry->st_info) != STT_OBJECT || entry->st_size != sizeof(*found))
		return fail(error, TRV_ERR_ABI, path, "has something else under the name that is looked for",
		            "the module names what it is with TRV_DRIVER_MODULE or TRV_PLUGIN_MODULE");
	memcpy(found, address, sizeof(*found));
	if (!*found)
		return fail(error, TRV_ERR_ABI, path, "names nothing", "build it again");
	return 0;
}

static int check(void *handle, const struct kind *kind, const char *path, const void **found, struct trv_error *error)
{
	struct trv_error inner = { 0 };
	int r = look_up(handle, kind, path, found, error);

	if (r < 0)
		return r;
	r = kind->check(*found, &inner);
	if (r < 0) {
		trv_error_set(error, r, "module '%s': %s", path, inner.message);
		trv_error_hint(error, "%s", inner.hint);
	}
	return r;
}

static int load(struct trv__module_file *file, const struct kind *kind, const void **found, struct trv_error *error)
{
	char path[64];

	if (count == TRV_MAX_MODULES)
		return fail(error, TRV_ERR_LIMIT, file->path, "is one more than a process may load",
		            "link some of them");
	if (renumber(file) < 0)
		return fail(error, TRV_ERR_IO, file->path, "cannot be loaded: no free descriptor", "close some");
	struct loaded *entry = &table[count++];
	*entry = (struct loaded) { file->descriptor, file->status.st_dev, file->status.st_ino, NULL };
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file->descriptor);
	dlerror();
	void *handle = dlopen(path, RTLD_NOW | kind->scope);
	if (!handle) {
		count -= entry == &table[count - 1]; /* the linker keeps nothing of what it could not load */
		return fail(error, TRV_ERR_IO, file->path, "cannot be loaded",
		            "build it for this machine, and link it with what it needs");
	}
	int r = check(handle, kind, file->path, found, error);
	if (r < 0) {
		dlclose(handle);
		handle = dlopen(path, RTLD_NOW | RTLD_NOLOAD); /* when it told the linker to keep it */
	}
	entry->handle = handle;
	if (!handle)
		count -= entry == &table[count - 1];
	return r;
}

static int open_module(const struct kind *kind, const char *directory, const char *name, const void **found,
                       struct trv_error *error)
{
	struct trv__module_file file;
	int r = trv__module_find(&file, directory, name, error);

	if (r < 0)
		return r;
	pthread_mutex_lock(&lock);
	void *handle = find_loaded(&file.status);
	r = handle ? check(handle, kind, file.path, found, error) : load(&file, kind, found, error);
	pthread_mutex_unlock(&lock);
	close(file.descriptor);
	return r;
}

/* --- the two kinds ---------------------------------------------------------------------------------- */

static int check_driver(const void *descriptor, struct trv_error *error)
{
	struct trv__driver complete;

	return trv__driver_take(&complete, descriptor, error);
}

static int check_plugin(const void *descriptor, struct trv_error *error)
{
	return trv__plugin_check(descriptor, error);
}

static const struct kind driver_kind = { "trivet_driver_module", "is no driver", RTLD_LOCAL, check_driver };
/* Models refer to models of the plugins that theirs needs, which are loaded before it. */
static const struct kind plugin_kind = { "trivet_plugin_module", "is no plugin", RTLD_GLOBAL, check_plugin };

int trv_module_driver(const struct trv_driver **driver, const char *directory, const char *name,
                      struct trv_error *error)
{
	const void *found = NULL;
	int r = open_module(&driver_kind, directory, name, &found, error);

	if (r >= 0)
		*driver = found;
	return r;
}

int trv_module_plugin(const struct trv_plugin **plugin, const char *directory, const char *name,
                      struct trv_error *error)
{
	const void *found = NULL;
	int r = open_module(&plugin_kind, directory, name, &found, error);

	if (r >= 0)
		*plugin = found;
	return r;
}
