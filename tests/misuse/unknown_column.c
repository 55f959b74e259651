/* gcc: implicit declaration of function 'task_colour' */
/* clang: implicit declaration of function 'task_colour' */
/* A column that the model does not have. */
#include "shop.trv.h"

int find(struct trv_session *s, struct task_list *found);

int find(struct trv_session *s, struct task_list *found)
{
	return task_find(s, found,
	                 &(struct task_query) {
#ifdef MISUSE
				 .where = { task_colour(TRV_EQ, "red") },
#else
				 .where = { task_title(TRV_EQ, "red") },
#endif
			 });
}
