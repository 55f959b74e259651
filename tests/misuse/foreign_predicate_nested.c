/* gcc: incompatible types when initializing type .* using type 'struct task_expr' */
/* clang: with an expression of incompatible type 'struct task_expr' */
/* A predicate of the parent's model in the query of a relation. */
#include "shop.trv.h"

int find(struct trv_session *s, struct task_list *found);

int find(struct trv_session *s, struct task_list *found)
{
	return task_find(s, found,
	                 &(struct task_query) {
				 .assignee =
					 &(struct person_query) {
#ifdef MISUSE
						 .where = { task_state(TRV_EQ, TASK_OPEN) },
#else
						 .where = { person_name(TRV_EQ, "Ann") },
#endif
					 },
			 });
}
