#include "compiler.h"

#include <string.h>

/* uthash takes its memory here too; the table's function has `compiler` at hand. */
#define uthash_malloc(size) compiler_alloc(compiler, size)
#define uthash_free(memory, size) ((void)(memory))
#include <uthash.h>

struct name_entry {
	const char *name;
	void *value;
	UT_hash_handle hh;
};

static struct name_entry *find(const struct name_table *table, const char *name)
{
	struct name_entry *entry = NULL;

	HASH_FIND_STR(table->entries, name, entry);
	return entry;
}

void *name_find(const struct name_table *table, const char *name)
{
	const struct name_entry *entry = find(table, name);

	return entry ? entry->value : NULL;
}

void *name_add(struct compiler *compiler, struct name_table *table, const char *name, void *value)
{
	struct name_entry *entry = find(table, name);

	if (entry)
		return entry->value;
	entry = compiler_zero(compiler, 1, sizeof(*entry));
	entry->name = name;
	entry->value = value;
	HASH_ADD_KEYPTR(hh, table->entries, entry->name, strlen(entry->name), entry);
	return NULL;
}

const struct name_entry *name_next(const struct name_table *table, const struct name_entry *entry)
{
	return entry ? entry->hh.next : table->entries;
}

const char *name_text(const struct name_entry *entry)
{
	return entry->name;
}
