/*
 * Rows that wait to be written together. While they wait, their references hold places
 * instead of keys, since the rows that they refer to may have none yet:
 *
 *  - of people: the number in the register of people,
 *  - of projects and uploads: the index in this batch.
 *
 * batch_save() writes everything in one transaction and puts the keys in.
 */
#ifndef TRACKER_BATCH_H
#define TRACKER_BATCH_H

#include "document.h"
#include "names.h"
#include "project.h"
#include "task.h"

struct batch {
	struct trv_session *session;
	struct names *people; /* by address; the value is the key of the row */
	struct names *projects; /* by name; likewise */
	struct trv_mark mark; /* where the rows' memory begins */
	size_t first_person; /* the number of people_rows.items[0] */
	struct person_list people_rows;
	struct project_list project_rows;
	struct membership_list membership_rows;
	struct upload_list upload_rows;
	struct task_list task_rows;
	struct document_list document_rows;
	struct dependency_list dependency_rows; /* these hold keys: they come when all projects have theirs */
	size_t text; /* bytes of documents */
};

void batch_init(struct batch *batch, struct trv_session *session, struct names *people, struct names *projects);

/* Whether it is large enough to be saved. */
bool batch_is_full(const struct batch *batch);

/*
 * A new zeroed row at the end of one of the batch's lists, or NULL:
 *
 *     struct task *task = BATCH_ADD(batch, task_rows);
 */
void *batch_add(struct batch *batch, void *list, size_t row_size);
#define BATCH_ADD(batch, list) batch_add(batch, &(batch)->list, sizeof(*(batch)->list.items))

/* Writes everything and empties the batch; all memory taken from the session since batch_init is freed. */
TRV_MUST_CHECK int batch_save(struct batch *batch);

#endif
