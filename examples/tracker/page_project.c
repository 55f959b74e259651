#include "pages.h"
#include "table.h"
#include "task.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trivet/plugin.h>

#define TASKS_SHOWN 10
#define PEOPLE_SHOWN 8
#define TITLE_WIDTH 50
#define LOADS 5

/* The project with the most tasks; 0 when there are no tasks. */
static int most_tasks(struct trv_session *s, int64_t *project)
{
	struct task_groups groups;
	int r = task_aggregate(s, &groups,
	                       &(struct trv_aggregate) {
				       .values = { { TRV_COUNT_ROWS, 0 } },
				       .group_by = TASK_PROJECT_ID,
				       .order_by = 1,
				       .direction = TRV_DESC,
			       },
	                       &(struct task_query) { .order_by = { task_by_project_id(TRV_ASC) }, .limit = 1 });

	*project = r >= 0 && groups.count > 0 ? groups.items[0].key.project_id : 0;
	return r;
}

/* The project that needs the most others; 0 when none does. */
static int most_needs(struct trv_session *s, int64_t *project)
{
	struct dependency_groups groups;
	int r = dependency_aggregate(
		s, &groups,
		&(struct trv_aggregate) {
			.values = { { TRV_COUNT_ROWS, 0 } },
			.group_by = DEPENDENCY_PROJECT_ID,
			.order_by = 1,
			.direction = TRV_DESC,
		},
		&(struct dependency_query) { .order_by = { dependency_by_project_id(TRV_ASC) }, .limit = 1 });

	*project = r >= 0 && groups.count > 0 ? groups.items[0].key.project_id : 0;
	return r;
}

static int find_largest(struct trv_session *s, struct project *project)
{
	int64_t id;
	int r = most_tasks(s, &id);

	if (r >= 0 && id == 0)
		r = most_needs(s, &id);
	if (r >= 0 && id == 0)
		r = trv_session_fail(s, TRV_ERR_NOT_FOUND,
		                     "no project has tasks or needs another: name one with --project");
	return r < 0 ? r : project_get(s, project, id);
}

int page_choose_project(struct trv_session *s, const struct page_options *options, const char **name)
{
	struct project project;
	int r = options->project ? project_find_by_name(s, &project, options->project) : find_largest(s, &project);

	if (r >= 0)
		*name = project.name;
	return r;
}

/* --- three ways to load the same page ---------------------------------------------------------- */

/*
 * Everything at once: the tree of the query is the tree of what is loaded. Many tasks share few
 * people and uploads, so these come once each, not joined to every task.
 */
static int load_eager(struct trv_session *s, const char *name, struct project *project)
{
	return project_one(s, project,
	                   &(struct project_query) {
				   .where = { project_name(TRV_EQ, name) },
				   .lead = &(struct person_query) { 0 },
				   .people = &(struct person_query) { .order_by = { person_by_email(TRV_ASC) } },
				   .tasks =
					   &(struct task_query) {
						   .order_by = { task_by_closed(TRV_DESC), task_by_id(TRV_ASC) },
						   .assignee = &(struct person_query) { .how = TRV_SELECTIN },
						   .upload = &(struct upload_query) { .how = TRV_SELECTIN },
					   },
			   });
}

/* Each relation when it is touched, and then for all rows that were loaded together. */
static int load_lazy(struct trv_session *s, const char *name, struct project *project)
{
	int r = project_one(
		s, project,
		&(struct project_query) {
			.where = { project_name(TRV_EQ, name) },
			.lead = &(struct person_query) { .how = TRV_LAZY },
			.people = &(struct person_query) { .how = TRV_LAZY, .order_by = { person_by_email(TRV_ASC) } },
			.tasks =
				&(struct task_query) {
					.how = TRV_LAZY,
					.order_by = { task_by_closed(TRV_DESC), task_by_id(TRV_ASC) },
					.assignee = &(struct person_query) { .how = TRV_LAZY },
					.upload = &(struct upload_query) { .how = TRV_LAZY },
				},
		});
	if (r >= 0)
		r = project_lead(s, project);
	if (r >= 0)
		r = project_people(s, project);
	if (r >= 0)
		r = project_tasks(s, project);
	for (size_t i = 0; r >= 0 && i < project->tasks->count; i++) {
		r = task_assignee(s, project->tasks->items[i]);
		if (r >= 0)
			r = task_upload(s, project->tasks->items[i]);
	}
	return r;
}

/* A statement for each row: what a loop over _get does, and what the other two are there to avoid. */
static int load_task(struct trv_session *s, struct task *task)
{
	struct trv_arena *arena = trv_session_arena(s);

	task->assignee = trv_arena_zero(arena, 1, sizeof(*task->assignee));
	task->upload = trv_arena_zero(arena, 1, sizeof(*task->upload));
	if (!task->assignee || !task->upload)
		return TRV_ERR_NOMEM;
	int r = person_get(s, task->assignee, task->assignee_id);
	return r < 0 ? r : upload_get(s, task->upload, task->upload_id);
}

static int load_tasks_one_by_one(struct trv_session *s, struct project *project)
{
	struct trv_arena *arena = trv_session_arena(s);
	struct task_list tasks;
	int r = task_find(s, &tasks,
	                  &(struct task_query) {
				  .where = { task_project_id(TRV_EQ, project->id) },
				  .order_by = { task_by_closed(TRV_DESC), task_by_id(TRV_ASC) },
			  });

	if (r < 0)
		return r;
	project->tasks = trv_arena_zero(arena, 1, sizeof(*project->tasks));
	struct task **items = trv_arena_zero(arena, tasks.count + 1, sizeof(struct task *));
	if (!project->tasks || !items)
		return TRV_ERR_NOMEM;
	*project->tasks = (struct task_refs) { .items = items, .count = tasks.count };
	for (size_t i = 0; r >= 0 && i < tasks.count; i++) {
		items[i] = &tasks.items[i];
		r = load_task(s, items[i]);
	}
	return r;
}

static int compare_emails(const void *a, const void *b)
{
	const struct person *const *left = a;
	const struct person *const *right = b;

	return strcmp((*left)->email, (*right)->email);
}

static int load_people_one_by_one(struct trv_session *s, struct project *project)
{
	struct trv_arena *arena = trv_session_arena(s);
	struct membership_list links;
	int r = membership_find(s, &links,
	                        &(struct membership_query) { .where = { membership_project_id(TRV_EQ, project->id) } });

	if (r < 0)
		return r;
	project->people = trv_arena_zero(arena, 1, sizeof(*project->people));
	struct person *people = trv_arena_zero(arena, links.count + 1, sizeof(*people));
	struct person **items = trv_arena_zero(arena, links.count + 1, sizeof(struct person *));
	if (!project->people || !people || !items)
		return TRV_ERR_NOMEM;
	for (size_t i = 0; r >= 0 && i < links.count; i++) {
		items[i] = &people[i];
		r = person_get(s, items[i], links.items[i].person_id);
	}
	if (r < 0)
		return r;
	qsort(items, links.count, sizeof(*items), compare_emails);
	*project->people = (struct person_refs) { .items = items, .count = links.count };
	return 0;
}

static int load_one_by_one(struct trv_session *s, const char *name, struct project *project)
{
	int r = project_find_by_name(s, project, name);

	if (r < 0)
		return r;
	project->lead = trv_arena_zero(trv_session_arena(s), 1, sizeof(*project->lead));
	if (!project->lead)
		return TRV_ERR_NOMEM;
	r = person_get(s, project->lead, project->lead_id);
	if (r >= 0)
		r = load_people_one_by_one(s, project);
	return r < 0 ? r : load_tasks_one_by_one(s, project);
}

static const struct way {
	const char *name;
	int (*load)(struct trv_session *s, const char *name, struct project *project);
} ways[] = {
	{ "eager: the whole tree", load_eager },
	{ "lazy: a relation at a time", load_lazy },
	{ "naive: a row at a time", load_one_by_one },
};

/* --- the page ------------------------------------------------------------------------------------- */

/* FNV-1a over all that the page could show: equal for each way. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; text && *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

static uint64_t hash_page(const struct project *project)
{
	uint64_t hash = hash_text(UINT64_C(0xcbf29ce484222325), project->name);

	hash = hash_text(hash, project->lead->email);
	for (size_t i = 0; i < project->people->count; i++)
		hash = hash_text(hash, project->people->items[i]->email);
	for (size_t i = 0; i < project->tasks->count; i++) {
		const struct task *task = project->tasks->items[i];

		hash = hash_text(hash, task->title);
		hash = hash_text(hash, task->assignee->email);
		hash = hash_text(hash, task->upload->version);
	}
	return hash;
}

static int print_tasks(struct trv_session *s, const struct task_refs *tasks)
{
	static const struct table_column columns[] = {
		{ "BUG", SCOLS_FL_RIGHT }, { "CLOSED", 0 }, { "BY", 0 }, { "IN", 0 }, { "TITLE", 0 },
	};
	struct table table = table_begin(columns, TRV_COUNT_OF(columns));
	char day[TRV_TIME_TEXT];

	for (size_t i = 0; i < tasks->count && i < TASKS_SHOWN; i++) {
		const struct task *task = tasks->items[i];
		char *title = trv_arena_strdup(trv_session_arena(s), task->title);

		if (title)
			text_fit(title, TITLE_WIDTH);
		trv_timestamp_format(task->closed, day);
		table_line(&table, NULL);
		table_cell(&table, "%s%lld", task->tracker == TRACKER_LAUNCHPAD ? "LP " : "", (long long)task->bug);
		table_cell(&table, "%.10s", day);
		table_cell(&table, "%s", task->assignee->name);
		table_cell(&table, "%s", task->upload->version);
		table_cell(&table, "%s", title ? title : task->title);
	}
	return table_print(&table);
}

static int print_page(struct trv_session *s, const struct project *project)
{
	printf("\n%s %s: %s\n", project->name, project->version ? project->version : "",
	       project->summary ? project->summary : "");
	printf("  led by %s <%s>\n", project->lead->name, project->lead->email);
	printf("  %zu people, by address:\n", project->people->count);
	for (size_t i = 0; i < project->people->count && i < PEOPLE_SHOWN; i++)
		printf("    %s <%s>\n", project->people->items[i]->name, project->people->items[i]->email);
	if (project->people->count > PEOPLE_SHOWN)
		puts("    ...");
	printf("  %zu tasks%s\n\n", project->tasks->count, project->tasks->count > TASKS_SHOWN ? ", the latest:" : "");
	return project->tasks->count > 0 ? print_tasks(s, project->tasks) : 0;
}

static int print_comparison(const struct measure *measures)
{
	static const struct table_column columns[] = {
		{ "THE SAME PAGE", 0 },   { "STATEMENTS", SCOLS_FL_RIGHT }, { "ROWS", SCOLS_FL_RIGHT },
		{ "MS", SCOLS_FL_RIGHT }, { "RATIO", SCOLS_FL_RIGHT },
	};
	struct table table = table_begin(columns, TRV_COUNT_OF(columns));
	double base = (double)(measures[0].microseconds ? measures[0].microseconds : 1);

	putchar('\n');
	for (size_t i = 0; i < TRV_COUNT_OF(ways); i++) {
		table_line(&table, NULL);
		table_cell(&table, "%s", ways[i].name);
		table_cell(&table, "%llu", (unsigned long long)measures[i].statements);
		table_cell(&table, "%llu", (unsigned long long)measures[i].rows);
		table_cell(&table, "%.2f", (double)measures[i].microseconds / 1000);
		table_cell(&table, "%.1f", (double)measures[i].microseconds / base);
	}
	return table_print(&table);
}

/* The best of a few loads, after one that warms the caches: what is compared is loading, not compiling. */
static int load_measured(struct trv_session *s, const struct way *way, const char *name, struct project *project,
                         struct measure *best)
{
	struct trv_mark mark = trv_mark(s);
	int r = way->load(s, name, project);

	for (int i = 0; r >= 0 && i < LOADS; i++) {
		trv_rewind(s, mark);

		struct measure measure = measure_begin(s);
		r = way->load(s, name, project);
		measure_end(s, &measure);
		if (i == 0 || measure.microseconds < best->microseconds)
			*best = measure;
	}
	return r;
}

int page_project(struct trv_session *s, const char *name)
{
	struct measure measures[TRV_COUNT_OF(ways)] = { 0 };
	uint64_t first = 0;

	for (size_t i = 0; i < TRV_COUNT_OF(ways); i++) {
		struct trv_mark mark = trv_mark(s);
		struct project project;
		int r = load_measured(s, &ways[i], name, &project, &measures[i]);

		if (r >= 0 && i == 0) {
			first = hash_page(&project);
			r = print_page(s, &project);
		} else if (r >= 0 && hash_page(&project) != first) {
			fprintf(stderr, "tracker: \"%s\" loads another page\n", ways[i].name);
			r = TRV_ERR_INTERNAL;
		}
		trv_rewind(s, mark);
		if (r < 0)
			return r;
	}
	return print_comparison(measures);
}
