#include "pages.h"
#include "table.h"
#include "text.h"

#include <stdio.h>

#define LINES_SHOWN 40
#define SUMMARY_WIDTH 45

/* The tree while it is drawn. A project is drawn with what it needs once; a second time it is only named. */
struct drawing {
	struct trv_session *session;
	struct table table;
	int64_t *drawn; /* keys */
	size_t drawn_count;
	size_t lines;
	uint32_t depth;
};

static const char *kind_of(const struct project *project, const struct project *target)
{
	for (size_t i = 0; i < project->needs->count; i++) {
		const struct dependency *dependency = project->needs->items[i];

		if (dependency->target_id == target->id)
			return dependency_kind_name(dependency->kind);
	}
	return "";
}

static bool is_drawn(const struct drawing *drawing, const struct project *project)
{
	for (size_t i = 0; i < drawing->drawn_count; i++) {
		if (drawing->drawn[i] == project->id)
			return true;
	}
	return false;
}

static void draw_line(struct drawing *drawing, const struct project *project, const struct project *parent, bool again)
{
	struct table *table = &drawing->table;
	char *summary = trv_arena_strdup(trv_session_arena(drawing->session), project->summary);

	if (summary)
		text_fit(summary, SUMMARY_WIDTH);
	table_cell(table, "%s%s", project->name, again ? " (see above)" : "");
	table_cell(table, "%s", parent ? kind_of(parent, project) : "");
	table_cell(table, "%.1f", (double)project->size / (1 << 20));
	table_cell(table, "%s", summary ? summary : "");
}

static int draw(struct drawing *drawing, const struct project *project, const struct project *parent,
                struct libscols_line *parent_line, uint32_t level)
{
	const struct project_refs *needed = project->dependencies;
	bool leaf = level == drawing->depth || !needed || needed->count == 0;
	bool again = !leaf && is_drawn(drawing, project);

	if (drawing->lines++ >= LINES_SHOWN)
		return 0;
	struct libscols_line *line = table_line(&drawing->table, parent_line);
	draw_line(drawing, project, parent, again);
	if (leaf || again)
		return 0;

	int64_t *drawn =
		array_room(trv_session_arena(drawing->session), drawing->drawn, drawing->drawn_count, sizeof(*drawn));
	if (!drawn)
		return TRV_ERR_NOMEM;
	drawing->drawn = drawn;
	drawn[drawing->drawn_count++] = project->id;
	for (size_t i = 0; i < needed->count; i++) {
		int r = draw(drawing, needed->items[i], project, line, level + 1);
		if (r < 0)
			return r;
	}
	return 0;
}

static int load_tree(struct trv_session *s, const char *name, uint32_t depth, struct project *root)
{
	const struct dependency_query kinds = { .columns = DEPENDENCY_KIND };

	return project_one(s, root,
	                   &(struct project_query) {
				   .where = { project_name(TRV_EQ, name) },
				   .needs = &kinds,
				   .dependencies =
					   &(struct project_query) {
						   .depth = depth,
						   .order_by = { project_by_name(TRV_ASC) },
						   .needs = &kinds,
					   },
			   });
}

int page_tree(struct trv_session *s, const char *name, uint32_t depth)
{
	static const struct table_column columns[] = {
		{ "PROJECT", SCOLS_FL_TREE },
		{ "KIND", 0 },
		{ "MIB", SCOLS_FL_RIGHT },
		{ "SUMMARY", 0 },
	};
	struct measure measure = measure_begin(s);
	struct trv_mark mark = trv_mark(s);
	struct project root;
	int r = load_tree(s, name, depth, &root);

	measure_end(s, &measure);
	if (r < 0)
		return r;

	struct drawing drawing = { .session = s, .depth = depth };
	printf("\nWhat %s needs, to a depth of %u\n\n", name, depth);
	drawing.table = table_begin(columns, TRV_COUNT_OF(columns));
	r = draw(&drawing, &root, NULL, NULL, 0);
	int printed = table_print(&drawing.table);
	if (drawing.lines > LINES_SHOWN)
		printf("... and %zu more lines\n", drawing.lines - LINES_SHOWN);
	trv_rewind(s, mark);
	if (r < 0 || printed < 0)
		return r < 0 ? r : printed;
	measure_print(&measure);
	return 0;
}
