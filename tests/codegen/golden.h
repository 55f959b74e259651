/*
 * Files to compare with. GOLDEN is the folder; with TEST_UPDATE=1 in the environment the
 * files are written instead, to be read by a person before they are committed.
 */
#ifndef TRIVET_TEST_GOLDEN_H
#define TRIVET_TEST_GOLDEN_H

#include "schema.h"
#include "test.h"

/* "<GOLDEN>/<name>"; valid until the next call. */
const char *golden_path(const char *name);

/* All of a file, NUL-terminated, to be freed; NULL when it cannot be read. */
char *golden_read(const char *path);

bool golden_check(const char *name, const char *actual, const char *file, int line);
#define CHECK_GOLDEN(name, actual) golden_check(name, actual, __FILE__, __LINE__)

/* Loads a schema of that folder, or from text. Fails the test when it has errors. */
void golden_schema(struct schema *schema, const char *name);
void golden_schema_text(struct schema *schema, const char *text);

#endif
