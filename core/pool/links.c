/* Lists of links, and waiting on the monotonic clock. */
#include "pool/internal.h"

#include <time.h>

void trv__links_push(struct trv__links *links, struct trv__link *link)
{
	link->newer = NULL;
	link->older = links->newest;
	if (links->newest)
		links->newest->newer = link;
	else
		links->oldest = link;
	links->newest = link;
	links->count++;
}

void trv__links_remove(struct trv__links *links, struct trv__link *link)
{
	if (link->newer)
		link->newer->older = link->older;
	else
		links->newest = link->older;
	if (link->older)
		link->older->newer = link->newer;
	else
		links->oldest = link->newer;
	links->count--;
}

int trv__cond_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	int failed = pthread_condattr_init(&attributes);

	if (failed)
		return failed;
	failed = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (!failed)
		failed = pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
	return failed;
}

void trv__cond_wait(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t until)
{
	struct timespec time = { .tv_sec = (time_t)(until / UINT64_C(1000000000)),
		                 .tv_nsec = (long)(until % UINT64_C(1000000000)) };

	pthread_cond_timedwait(condition, lock, &time);
}
