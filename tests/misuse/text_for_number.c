/* gcc: passing argument 2 of 'task_priority' makes integer from pointer without a cast */
/* clang: incompatible pointer to integer conversion passing 'char\[2\]' to parameter of type 'int16_t' */
/* A text where the column is a number. */
#include "shop.trv.h"

int find(struct trv_session *s, struct task_list *found);

int find(struct trv_session *s, struct task_list *found)
{
	return task_find(s, found,
	                 &(struct task_query) {
#ifdef MISUSE
				 .where = { task_priority(TRV_GE, "3") },
#else
				 .where = { task_priority(TRV_GE, 3) },
#endif
			 });
}
