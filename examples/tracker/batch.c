#include "batch.h"

#include "text.h"
#include <string.h>

/* Large enough that the transactions cost nothing, small enough for any machine. */
#define FULL_ROWS 4000
#define FULL_TEXT ((size_t)4 << 20)

static void empty(struct batch *batch)
{
	batch->mark = trv_mark(batch->session);
	batch->first_person = batch->people->count;
	batch->people_rows = (struct person_list) { 0 };
	batch->project_rows = (struct project_list) { 0 };
	batch->membership_rows = (struct membership_list) { 0 };
	batch->upload_rows = (struct upload_list) { 0 };
	batch->task_rows = (struct task_list) { 0 };
	batch->document_rows = (struct document_list) { 0 };
	batch->dependency_rows = (struct dependency_list) { 0 };
	batch->text = 0;
}

void batch_init(struct batch *batch, struct trv_session *session, struct names *people, struct names *projects)
{
	*batch = (struct batch) { .session = session, .people = people, .projects = projects };
	empty(batch);
}

bool batch_is_full(const struct batch *batch)
{
	return batch->upload_rows.count + batch->task_rows.count + batch->dependency_rows.count >= FULL_ROWS ||
	       batch->text >= FULL_TEXT;
}

void *batch_add(struct batch *batch, void *list, size_t row_size)
{
	struct trv_list *rows = list;
	char *items = array_room(trv_session_arena(batch->session), rows->items, rows->count, row_size);

	if (!items)
		return NULL;
	rows->items = items;
	return memset(items + rows->count++ * row_size, 0, row_size);
}

/* --- from places to keys ------------------------------------------------------------------- */

static int64_t person_key(const struct batch *batch, int64_t number)
{
	return names_value(batch->people, (size_t)number);
}

static int64_t project_key(const struct batch *batch, int64_t place)
{
	return batch->project_rows.items[place].id;
}

static int save_people(struct batch *batch)
{
	struct person_list *people = &batch->people_rows;
	int r = person_insert_many(batch->session, people->items, people->count);

	for (size_t i = 0; r >= 0 && i < people->count; i++)
		names_set_value(batch->people, batch->first_person + i, people->items[i].id);
	return r;
}

static int save_projects(struct batch *batch)
{
	struct project_list *projects = &batch->project_rows;
	size_t first = batch->projects->count - projects->count;

	for (size_t i = 0; i < projects->count; i++)
		projects->items[i].lead_id = person_key(batch, projects->items[i].lead_id);

	int r = project_insert_many(batch->session, projects->items, projects->count);
	for (size_t i = 0; r >= 0 && i < projects->count; i++)
		names_set_value(batch->projects, first + i, projects->items[i].id);
	return r;
}

static int save_memberships(struct batch *batch)
{
	struct membership_list *memberships = &batch->membership_rows;

	for (size_t i = 0; i < memberships->count; i++) {
		struct membership *membership = &memberships->items[i];

		membership->project_id = project_key(batch, membership->project_id);
		membership->person_id = person_key(batch, membership->person_id);
	}
	return membership_insert_many(batch->session, memberships->items, memberships->count);
}

static int save_uploads(struct batch *batch)
{
	struct upload_list *uploads = &batch->upload_rows;

	for (size_t i = 0; i < uploads->count; i++) {
		struct upload *upload = &uploads->items[i];

		upload->project_id = project_key(batch, upload->project_id);
		upload->person_id = person_key(batch, upload->person_id);
	}
	return upload_insert_many(batch->session, uploads->items, uploads->count);
}

/* After the uploads: a task was finished by one, for its project, by its person. */
static int save_tasks(struct batch *batch)
{
	struct task_list *tasks = &batch->task_rows;

	for (size_t i = 0; i < tasks->count; i++) {
		struct task *task = &tasks->items[i];
		const struct upload *upload = &batch->upload_rows.items[task->upload_id];

		task->upload_id = upload->id;
		task->project_id = upload->project_id;
		task->assignee_id = upload->person_id;
	}
	return task_insert_many(batch->session, tasks->items, tasks->count);
}

static int save_documents(struct batch *batch)
{
	struct document_list *documents = &batch->document_rows;

	for (size_t i = 0; i < documents->count; i++)
		documents->items[i].project_id = project_key(batch, documents->items[i].project_id);
	return document_insert_many(batch->session, documents->items, documents->count);
}

static int save_dependencies(struct batch *batch)
{
	return dependency_insert_many(batch->session, batch->dependency_rows.items, batch->dependency_rows.count);
}

/* In this order: each needs the keys of those before it. */
static int (*const steps[])(struct batch *batch) = {
	save_people, save_projects, save_memberships, save_uploads, save_tasks, save_documents, save_dependencies,
};

int batch_save(struct batch *batch)
{
	int r = trv_begin(batch->session, NULL);

	if (r < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < TRV_COUNT_OF(steps); i++)
		r = steps[i](batch);
	if (r < 0) {
		trv_rollback(batch->session);
		return r;
	}
	r = trv_commit(batch->session);
	if (r < 0)
		return r;
	trv_rewind(batch->session, batch->mark);
	empty(batch);
	return 0;
}
