/* gcc: passing argument 2 of 'task_find' from incompatible pointer type */
/* clang: incompatible pointer types passing 'struct person_list \*' to parameter of type 'struct task_list \*' */
/* The rows of one model in the list of another. */
#include "shop.trv.h"

#ifdef MISUSE
#define LIST person_list
#else
#define LIST task_list
#endif

int find(struct trv_session *s, struct LIST *found);

int find(struct trv_session *s, struct LIST *found)
{
	return task_find(s, found, NULL);
}
