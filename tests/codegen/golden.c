#include "golden.h"

#include <stdlib.h>

const char *golden_path(const char *name)
{
	static char path[1024];

	snprintf(path, sizeof(path), "%s/%s", GOLDEN, name);
	return path;
}

char *golden_read(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	ssize_t got;

	if (!in)
		return NULL;
	got = getdelim(&text, &size, '\0', in);
	fclose(in);
	if (got >= 0)
		return text;
	free(text);
	return strdup("");
}

static bool update(const char *path, const char *actual)
{
	FILE *out = fopen(path, "w");

	if (!out)
		return false;
	fputs(actual, out);
	return fclose(out) == 0;
}

/* The first line that differs, so that a failure is readable. */
static bool same_lines(const char *actual, const char *expected, const char *file, int line)
{
	char one[300], other[300];
	int number = 1;

	for (;; number++) {
		size_t a = strcspn(actual, "\n"), b = strcspn(expected, "\n");

		if (a != b || strncmp(actual, expected, a) != 0 || actual[a] != expected[b]) {
			snprintf(one, sizeof(one), "%d: %.*s", number, (int)a, actual);
			snprintf(other, sizeof(other), "%d: %.*s", number, (int)b, expected);
			return test_check_str(one, other, file, line, "the first line that differs");
		}
		if (!actual[a])
			return true;
		actual += a + 1;
		expected += b + 1;
	}
}

bool golden_check(const char *name, const char *actual, const char *file, int line)
{
	const char *path = golden_path(name);
	char *expected;
	bool same;

	if (getenv("TEST_UPDATE"))
		return test_check(update(path, actual), file, line, name);
	expected = golden_read(path);
	if (!expected)
		return test_check(false, file, line, path);
	same = same_lines(actual, expected, file, line);
	free(expected);
	return same;
}

static void require_loaded(struct schema *schema, int status)
{
	if (status < 0) {
		schema_report(schema, stderr);
		schema_release(schema);
	}
	REQUIRE_STATUS(status, 0);
}

void golden_schema(struct schema *schema, const char *name)
{
	require_loaded(schema, schema_load(schema, golden_path(name), NULL));
}

void golden_schema_text(struct schema *schema, const char *text)
{
	require_loaded(schema, schema_load_text(schema, "test.trv", text, strlen(text), NULL));
}
