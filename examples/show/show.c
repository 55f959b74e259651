/*
 * The smallest whole program: active projects, who leads them, and how many open tasks
 * they have. Run `tracker import` before; it makes tracker.db.
 */
#include <stdio.h>
#include <trivet/trivet.h>
#include "tracker.trv.h"

static int show(struct trv_session *s)
{
	struct project_list found;
	int r = project_find(s, &found, &(struct project_query){
		.where    = { project_status(TRV_EQ, PROJECT_ACTIVE),
		              project_name(TRV_LIKE, "lib%") },
		.order_by = { project_by_created(TRV_DESC) },
		.limit    = 20,
		.lead     = &(struct person_query){ 0 },            /* load the lead too */
		.tasks    = &(struct task_query){                    /* and its open tasks, */
			.where    = { task_state(TRV_NE, TASK_DONE) },
			.order_by = { task_by_priority(TRV_DESC) },
			.limit    = 5,                               /* five per project */
			.assignee = &(struct person_query){ 0 },
		},
	});
	if (r < 0)
		return r;
	for (size_t i = 0; i < found.count; i++)
		printf("%s, led by %s: %zu open\n", found.items[i].name,
		       found.items[i].lead->name, found.items[i].tasks->count);
	return 0;
}

int main(void)
{
	struct trv_error err = { 0 };
	struct trv_db *db = NULL;
	struct trv_session *s = NULL;

	int r = trv_open(&db, &(struct trv_options){
		.url = "sqlite:tracker.db", .models = &tracker_models, .pool.size = 8,
	}, &err);
	if (r == 0)
		r = trv_session_open(db, &s, &err);
	if (r == 0)
		r = show(s);
	if (r < 0)
		fprintf(stderr, "tracker: %s\n", s ? trv_error(s)->message : err.message);
	trv_session_close(s);        /* NULL is fine; every row it loaded dies here */
	trv_close(db);
	return r < 0;
}
