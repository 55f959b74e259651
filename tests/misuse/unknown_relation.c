/* gcc: 'struct task_query' has no member named 'project' */
/* clang: field designator 'project' does not refer to any field in type .*'struct task_query' */
/* A relation that the model does not have. */
#include "shop.trv.h"

int find(struct trv_session *s, struct task_list *found);

int find(struct trv_session *s, struct task_list *found)
{
	return task_find(s, found,
	                 &(struct task_query) {
#ifdef MISUSE
				 .project = &(struct person_query) { .columns = 0 },
#else
				 .assignee = &(struct person_query) { .columns = 0 },
#endif
			 });
}
