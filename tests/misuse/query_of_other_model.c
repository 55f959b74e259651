/* gcc: initialization of 'const struct person_query \*' from incompatible pointer type 'struct task_query \*' */
/* clang: incompatible pointer types initializing 'const struct person_query \*' with an expression of type 'struct task_query \*' */
/* A relation loaded by the query of a model that is not its target. */
#include "shop.trv.h"

int find(struct trv_session *s, struct task_list *found);

int find(struct trv_session *s, struct task_list *found)
{
	return task_find(s, found,
	                 &(struct task_query) {
#ifdef MISUSE
				 .assignee = &(struct task_query) { .columns = 0 },
#else
				 .assignee = &(struct person_query) { .columns = 0 },
#endif
			 });
}
