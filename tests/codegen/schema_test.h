/* What the tests of the schema compiler share. */
#ifndef TRIVET_SCHEMA_TEST_H
#define TRIVET_SCHEMA_TEST_H

#include "schema.h"
#include "test.h"

/* The diagnostics of `text`, each as "line:col: message\n" (a warning as "line:col: warning: ..."); static. */
const char *diagnose(const char *text, const struct schema_options *options);

/* Loads `text`, which must have no errors; release it. */
void load_good(struct schema *schema, const char *text);

/* The model of that name; the test ends where there is none. */
const struct trv_model *find_test_model(const struct schema *schema, const char *name);
const struct trv_column *find_test_column(const struct trv_model *model, const char *member);
const struct trv_relation *find_test_relation(const struct trv_model *model, const char *name);

/* A schema, and what is wrong with it. */
struct wrong {
	const char *schema;
	const char *messages;
};
void check_wrong(const struct wrong *cases, size_t count);

#endif
