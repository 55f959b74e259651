#include "pages.h"
#include "table.h"
#include "task.h"

#include <stdio.h>
#include <string.h>

#define MOST 12

static const char *day_of(int64_t timestamp, char text[TRV_TIME_TEXT])
{
	trv_timestamp_format(timestamp, text);
	text[strlen("YYYY-MM-DD")] = '\0';
	return text;
}

/*
 * Packages that are built together share one changelog, so an upload is counted once by
 * its second and a bug once by its number.
 */
static int count_uploads(struct trv_session *s, struct upload_groups *groups)
{
	return upload_aggregate(s, groups,
	                        &(struct trv_aggregate) {
					.values = { { TRV_COUNT_DISTINCT, UPLOAD_UPLOADED },
	                                            { TRV_COUNT_DISTINCT, UPLOAD_PROJECT_ID },
	                                            { TRV_MIN, UPLOAD_UPLOADED },
	                                            { TRV_MAX, UPLOAD_UPLOADED } },
					.group_by = UPLOAD_PERSON_ID,
					.order_by = 1,
					.direction = TRV_DESC,
				},
	                        &(struct upload_query) { .order_by = { upload_by_person_id(TRV_ASC) }, .limit = MOST });
}

static int count_bugs(struct trv_session *s, struct task_groups *groups, const int64_t *people, size_t count)
{
	return task_aggregate(s, groups,
	                      &(struct trv_aggregate) { .values = { { TRV_COUNT_DISTINCT, TASK_BUG } },
	                                                .group_by = TASK_ASSIGNEE_ID },
	                      &(struct task_query) { .where = { task_assignee_id_in(people, count) } });
}

static int64_t bugs_of(const struct task_groups *groups, int64_t person)
{
	for (size_t i = 0; i < groups->count; i++) {
		if (groups->items[i].key.assignee_id == person)
			return groups->items[i].values[0].as.integer;
	}
	return 0;
}

static const char *name_of(const struct person_list *people, int64_t id)
{
	for (size_t i = 0; i < people->count; i++) {
		if (people->items[i].id == id)
			return people->items[i].name;
	}
	return "?";
}

static int print_uploaders(struct trv_session *s, const struct upload_groups *groups)
{
	static const struct table_column columns[] = {
		{ "PERSON", 0 },
		{ "UPLOADS", SCOLS_FL_RIGHT },
		{ "BUGS CLOSED", SCOLS_FL_RIGHT },
		{ "PROJECTS", SCOLS_FL_RIGHT },
		{ "FIRST", 0 },
		{ "LAST", 0 },
	};
	struct table table;
	struct person_list people;
	struct task_groups bugs;
	int64_t ids[MOST];
	char day[TRV_TIME_TEXT];

	for (size_t i = 0; i < groups->count; i++)
		ids[i] = groups->items[i].key.person_id;
	int r = person_get_many(s, &people, ids, groups->count);
	if (r >= 0)
		r = count_bugs(s, &bugs, ids, groups->count);
	if (r < 0)
		return r;
	table = table_begin(columns, TRV_COUNT_OF(columns));
	for (size_t i = 0; i < groups->count; i++) {
		const struct trv_value *values = groups->items[i].values;

		table_line(&table, NULL);
		table_cell(&table, "%s", name_of(&people, ids[i]));
		table_cell(&table, "%lld", (long long)values[0].as.integer);
		table_cell(&table, "%lld", (long long)bugs_of(&bugs, ids[i]));
		table_cell(&table, "%lld", (long long)values[1].as.integer);
		table_cell(&table, "%s", day_of(values[2].as.integer, day));
		table_cell(&table, "%s", day_of(values[3].as.integer, day));
	}
	return table_print(&table);
}

/* Where changelogs are stripped there are no uploads: the maintainers remain. */
static int print_maintainers(struct trv_session *s)
{
	static const struct table_column columns[] = { { "PERSON", 0 }, { "PROJECTS", SCOLS_FL_RIGHT } };
	struct membership_groups groups;
	struct person_list people;
	int64_t ids[MOST];

	int r = membership_aggregate(s, &groups,
	                             &(struct trv_aggregate) {
					     .values = { { TRV_COUNT_ROWS, 0 } },
					     .group_by = MEMBERSHIP_PERSON_ID,
					     .order_by = 1,
					     .direction = TRV_DESC,
				     },
	                             &(struct membership_query) {
					     .where = { membership_role(TRV_EQ, ROLE_MAINTAINER) },
					     .order_by = { membership_by_person_id(TRV_ASC) },
					     .limit = MOST,
				     });
	if (r < 0)
		return r;
	for (size_t i = 0; i < groups.count; i++)
		ids[i] = groups.items[i].key.person_id;
	r = person_get_many(s, &people, ids, groups.count);
	if (r < 0)
		return r;

	struct table table = table_begin(columns, TRV_COUNT_OF(columns));
	for (size_t i = 0; i < groups.count; i++) {
		table_line(&table, NULL);
		table_cell(&table, "%s", name_of(&people, ids[i]));
		table_cell(&table, "%lld", (long long)groups.items[i].values[0].as.integer);
	}
	return table_print(&table);
}

int page_people(struct trv_session *s)
{
	struct measure measure = measure_begin(s);
	struct upload_groups groups;
	int r = count_uploads(s, &groups);

	puts("\nThe busiest people\n");
	if (r >= 0)
		r = groups.count > 0 ? print_uploaders(s, &groups) : print_maintainers(s);
	if (r < 0)
		return r;
	measure_end(s, &measure);
	measure_print(&measure);
	return 0;
}
