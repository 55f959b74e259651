#include "document.h"
#include "excerpt.h"
#include "pages.h"
#include "table.h"

#include <stdio.h>

#define FOUND_SHOWN 10
#define AROUND 32

static int print_found(struct trv_session *s, const struct document_list *found, const char *text)
{
	static const struct table_column columns[] = {
		{ "PROJECT", 0 },
		{ "KIND", 0 },
		{ "KIB", SCOLS_FL_RIGHT },
		{ "TEXT", 0 },
	};
	struct table table = table_begin(columns, TRV_COUNT_OF(columns));

	for (size_t i = 0; i < found->count; i++) {
		const struct document *document = &found->items[i];
		const char *words = excerpt(document->body, text, AROUND, trv_session_arena(s));

		table_line(&table, NULL);
		table_cell(&table, "%s", document->project->name);
		table_cell(&table, "%s", document_kind_name(document->kind));
		table_cell(&table, "%.1f", (double)document->size / 1024);
		table_cell(&table, "%s", words ? words : "");
	}
	return table_print(&table);
}

int page_search(struct trv_session *s, const char *text)
{
	const struct document_expr has_text = document_body(TRV_CONTAINS, text);
	const struct document_query query = {
		.where = { has_text },
		.order_by = { document_by_size(TRV_ASC), document_by_id(TRV_ASC) },
		.limit = FOUND_SHOWN,
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
	       count > FOUND_SHOWN ? ", the shortest:" : "");
	if (found.count > 0)
		r = print_found(s, &found, text);
	trv_rewind(s, mark);
	if (r < 0)
		return r;
	measure_print(&measure);
	return 0;
}
