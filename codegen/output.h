/* Files that the generator writes, all of them into one folder. */
#ifndef TRIVET_CODEGEN_OUTPUT_H
#define TRIVET_CODEGEN_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes `size` bytes to `folder`/`name`, whole or not at all; a file that holds them
 * already is left alone. 0 or -1 with errno; EINVAL where `name` is no plain file name.
 */
int output_write(const char *folder, const char *name, const char *data, size_t size);

/* Whether that file holds just these bytes. */
bool output_is_current(const char *folder, const char *name, const char *data, size_t size);

#endif
