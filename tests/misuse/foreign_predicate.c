/* gcc: incompatible types when initializing type .* using type 'struct person_expr' */
/* clang: with an expression of incompatible type 'struct person_expr' */
/* A predicate of one model in the query of another. */
#include "shop.trv.h"

int find(struct trv_session *s, struct task_list *found);

int find(struct trv_session *s, struct task_list *found)
{
	return task_find(s, found,
	                 &(struct task_query) {
#ifdef MISUSE
				 .where = { person_name(TRV_EQ, "Ann") },
#else
				 .where = { task_title(TRV_EQ, "Ann") },
#endif
			 });
}
