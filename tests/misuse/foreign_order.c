/* gcc: incompatible types when initializing type .* using type 'struct person_order' */
/* clang: with an expression of incompatible type 'struct person_order' */
/* The order of one model in the query of another. */
#include "shop.trv.h"

int find(struct trv_session *s, struct task_list *found);

int find(struct trv_session *s, struct task_list *found)
{
	return task_find(s, found,
	                 &(struct task_query) {
#ifdef MISUSE
				 .order_by = { person_by_name(TRV_ASC) },
#else
				 .order_by = { task_by_title(TRV_ASC) },
#endif
			 });
}
