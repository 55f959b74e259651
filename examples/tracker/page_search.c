#include "document.h"
#include "excerpt.h"
#include "pages.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

#define LINES_SHOWN 10
#define FOUND_READ 40
#define AROUND 32

/* How many documents from this one on say the same: packages that are built together share a changelog. */
static size_t count_equal(char *const *excerpts, size_t first, size_t count)
{
	size_t i = first + 1;

	while (i < count && strcmp(excerpts[i], excerpts[first]) == 0)
		i++;
	return i - first;
}

static void add_line(struct table *table, const struct document *document, size_t equal, const char *words)
{
	table_line(table, NULL);
	table_cell(table, "%s", document->project->name);
	if (equal > 1)
		table_cell(table, "and %zu more", equal - 1);
	else
		table_cell(table, "%s", "");
	table_cell(table, "%s", document_kind_name(document->kind));
	table_cell(table, "%.1f", (double)document->size / 1024);
	table_cell(table, "%s", words);
}

static int print_found(struct trv_session *s, const struct document_list *found, const char *text)
{
	static const struct table_column columns[] = {
		{ "PROJECT", 0 }, { "", 0 }, { "KIND", 0 }, { "KIB", SCOLS_FL_RIGHT }, { "TEXT", 0 },
	};
	char *excerpts[FOUND_READ];

	for (size_t i = 0; i < found->count; i++) {
		excerpts[i] = excerpt(found->items[i].body, text, AROUND, trv_session_arena(s));
		if (!excerpts[i])
			return TRV_ERR_NOMEM;
	}

	struct table table = table_begin(columns, TRV_COUNT_OF(columns));
	size_t equal;
	for (size_t i = 0, lines = 0; i < found->count && lines < LINES_SHOWN; i += equal, lines++) {
		equal = count_equal(excerpts, i, found->count);
		add_line(&table, &found->items[i], equal, excerpts[i]);
	}
	return table_print(&table);
}

int page_search(struct trv_session *s, const char *text)
{
	const struct document_expr has_text = document_body(TRV_CONTAINS, text);
	const struct document_query query = {
		.where = { has_text },
		.order_by = { document_by_size(TRV_ASC), document_by_id(TRV_ASC) },
		.limit = FOUND_READ,
		.project = &(struct project_query) { .columns = PROJECT_NAME },
	};
	struct measure measure = measure_begin(s);
	struct trv_mark mark = trv_mark(s);
	struct document_list found;
	uint64_t count;

	int r = document_count(s, &count, &(struct document_query) { .where = { has_text } });
	if (r >= 0)
		r = document_find(s, &found, &query);
	measure_end(s, &measure);
	if (r < 0)
		return r;
	printf("\nDocuments with \"%s\": %llu%s\n\n", text, (unsigned long long)count,
	       count > LINES_SHOWN ? ", the shortest:" : "");
	if (found.count > 0)
		r = print_found(s, &found, text);
	trv_rewind(s, mark);
	if (r < 0)
		return r;
	measure_print(&measure);
	return 0;
}
