/* gcc: passing argument 2 of 'task_title' makes pointer from integer without a cast */
/* clang: incompatible integer to pointer conversion passing 'int' to parameter of type 'const char \*' */
/* A number where the column is text. */
#include "shop.trv.h"

int find(struct trv_session *s, struct task_list *found);

int find(struct trv_session *s, struct task_list *found)
{
	return task_find(s, found,
	                 &(struct task_query) {
#ifdef MISUSE
				 .where = { task_title(TRV_EQ, 3) },
#else
				 .where = { task_title(TRV_EQ, "3") },
#endif
			 });
}
