/**
 * @file module.h
 * Drivers and plugins in shared objects that are loaded by name while a program runs,
 * instead of being linked. Nothing is loaded unless the program asks for it, from the
 * directory that it names:
 *
 *     const struct trv_driver *driver;
 *     int r = trv_module_driver(&driver, "/usr/lib/trivet", "sqlite", &err);
 *     if (r == 0)
 *             r = trv_open(&db, &(struct trv_options){ .url = url, .driver = driver }, &err);
 *
 * The module `sqlite` is the file module-sqlite.so in that directory. Loading a file runs
 * its code, so what could have been put there by someone else is refused, before any of
 * it runs: names with other characters than letters, digits, `_` and `-`; directories
 * that are not absolute or go through `..` or a symbolic link; a file that is a symbolic
 * link or no regular file; files and directories, up to the root, that belong to someone
 * else than root and the effective user or that the group or others may write (above the
 * directory itself, one in which only owners rename, as /tmp, will do). The file that was
 * checked is the one that is loaded. The libraries that it needs in turn are found by
 * the system's linker in its own ways.
 *
 * A module is never unloaded: its models, hooks and connections may be in use anywhere,
 * and client libraries leave threads and exit handlers behind. Loading it again gives
 * the same one.
 *
 * A module says in one of its files what it is:
 *
 *     TRV_DRIVER_MODULE(my_driver);     // or
 *     TRV_PLUGIN_MODULE(my_plugin);
 *
 * and is linked with the shared library, as the program must be: with two copies of the
 * library in one process, neither knows the other.
 */
#ifndef TRIVET_MODULE_H
#define TRIVET_MODULE_H

#include <trivet/driver.h>
#include <trivet/plugin.h>

TRV_BEGIN_DECLS

#define TRV_MAX_MODULES 64 /* in one process */

/**
 * In a module: the one symbol that the loader looks for. Data, so that asking for it runs
 * no code; in a section of its own, so that sanitizers neither pad it nor take several
 * modules' for one thing defined twice.
 */
#define TRV_MODULE_SYMBOL TRV_API __attribute__((section("trivet_module")))

#define TRV_DRIVER_MODULE(driver)                                                                                      \
	TRV_MODULE_SYMBOL extern const struct trv_driver *const trivet_driver_module;                                  \
	const struct trv_driver *const trivet_driver_module = &(driver)

#define TRV_PLUGIN_MODULE(plugin)                                                                                      \
	TRV_MODULE_SYMBOL extern const struct trv_plugin *const trivet_plugin_module;                                  \
	const struct trv_plugin *const trivet_plugin_module = &(plugin)

/**
 * Loads the driver `name` from `directory`; it is valid for as long as the process runs.
 * Any thread. TRV_ERR_VALUE: no name or directory of the kind described above;
 * TRV_ERR_PERMISSION: someone else could have put it there; TRV_ERR_IO: it is not there or
 * cannot be loaded; TRV_ERR_ABI: it is no driver, or built for another ABI or a newer trivet, or
 * lacks an operation; TRV_ERR_LIMIT: too many modules. The message names the file, the
 * hint the way out.
 */
TRV_API TRV_MUST_CHECK int trv_module_driver(const struct trv_driver **driver, const char *directory, const char *name,
                                             struct trv_error *error);

/**
 * The same for a plugin, which is then named in the options of trv_open. Plugins are
 * loaded after those that they need: that is when their models find the models they refer
 * to. A to-many relation to a model of a plugin that comes later is as if that were not linked.
 */
TRV_API TRV_MUST_CHECK int trv_module_plugin(const struct trv_plugin **plugin, const char *directory, const char *name,
                                             struct trv_error *error);

TRV_END_DECLS

#endif
