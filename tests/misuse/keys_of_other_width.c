/* gcc: passing argument 1 of 'task_id_in' from incompatible pointer type */
/* clang: incompatible pointer types passing 'const int\[3\]' to parameter of type 'const int64_t \*' */
/* An array of int where the column is 64 bits wide. */
#include "shop.trv.h"

int find(struct trv_session *s, struct task_list *found);

int find(struct trv_session *s, struct task_list *found)
{
#ifdef MISUSE
	static const int ids[] = { 1, 2, 3 };
#else
	static const int64_t ids[] = { 1, 2, 3 };
#endif

	return task_find(s, found, &(struct task_query) { .where = { task_id_in(ids, 3) } });
}
