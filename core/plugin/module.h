/*
 * Opening a module's file so that nobody else can have had a hand in it. Apart from the
 * loading, so that it can be tested without loading anything.
 */
#ifndef TRIVET_PLUGIN_MODULE_H
#define TRIVET_PLUGIN_MODULE_H

#include <sys/stat.h>
#include <trivet/status.h>

#define TRV__MODULE_PATH 512

struct trv__module_file {
	int descriptor; /* for reading; the caller closes it */
	struct stat status; /* of the very file that is open */
	char path[TRV__MODULE_PATH]; /* for messages only: it may name another file by now */
};

/* TRV_ERR_VALUE, TRV_ERR_PERMISSION or TRV_ERR_IO, as trv_module_driver says. */
TRV_MUST_CHECK int trv__module_find(struct trv__module_file *file, const char *directory, const char *name,
                                    struct trv_error *error);

#endif
