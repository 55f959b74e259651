/* gcc: ignoring return value of 'task_insert' declared with attribute 'warn_unused_result' */
/* clang: ignoring return value of function declared with 'warn_unused_result' attribute */
/* A status that nobody looks at. */
#include "shop.trv.h"

int add(struct trv_session *s);

int add(struct trv_session *s)
{
	struct task task = { .title = "Write" };

#ifdef MISUSE
	task_insert(s, &task);
	return 0;
#else
	return task_insert(s, &task);
#endif
}
